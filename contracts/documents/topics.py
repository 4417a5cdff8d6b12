"""`docs/topics.md`: every topic and message, for people."""

from collections.abc import Sequence
from typing import Any

from contracts.catalogue import EVENTS, OPERATIONS, STATES, WORKERS
from contracts.documents.fields import field_table, prose
from contracts.documents.prose import ENVELOPE, ERRORS, HEAD, HOW_TO_ASK
from contracts.documents.schemas import Schema, schemas
from contracts.envelope import ErrorCode
from contracts.operation import Operation

ERROR_MODEL = "Failed"


def topics_markdown() -> str:
    """The text of the page."""
    known = schemas()
    parts = [
        HEAD,
        "## Workers\n\n"
        + _table(("worker", "what it is for"), [(f"`{name}`", what) for name, what in WORKERS.items()]),
        HOW_TO_ASK,
        "## Operations\n\n" + _operations(),
        ENVELOPE,
        _errors(),
        "## Events\n\nFacts, published once after they happened, at QoS 1 and not retained.\n\n" + _events(),
        "## Retained states\n\nThe latest state of a thing: who subscribes gets it at once.\n\n" + _states(),
        _messages(known),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _operations() -> str:
    head = ("operation", "request topic", "who may ask", "deadline", "effect", "request", "reply", "")
    rows = [
        (
            f"`{each.name}`",
            f"`{each.request_topic()}`",
            _callers(each),
            f"{each.timeout:g} s",
            "yes" if each.effect else "",
            _link(each.request.__name__),
            _link(each.response.__name__),
            each.summary,
        )
        for each in OPERATIONS
    ]
    return f"{_table(head, rows)}\n\n{_notes()}"


def _callers(operation: Operation[Any, Any]) -> str:
    named = [*sorted(str(role) for role in operation.callers), "admin"]
    return ", ".join([*named, *(f"{worker} (worker)" for worker in sorted(operation.by))])


def _notes() -> str:
    bare = [f"`{each.name}` (`{each.text_field}`)" for each in OPERATIONS if each.text_field]
    return (
        "The reply goes to the response topic of the request (MQTT 5), else to the topic in `reply_to`, else to\n"
        "`homeiq/NAME/response` and, with a correlation id, retained for 60 s to\n"
        "`homeiq/NAME/response/<correlation_id>`. Operations with an effect happen once, though delivered twice.\n"
        f"A payload that is plain text is taken as the one required field of {', '.join(bare)}."
    )


def _events() -> str:
    rows = [(f"`{each.topic()}`", _link(each.model.__name__), f"`{each.worker}`", each.summary) for each in EVENTS]
    return _table(("topic", "message", "from", ""), rows)


def _states() -> str:
    rows = [
        (
            f"`{each.topic(worker='<worker>', instance='<instance>')}`",
            _link(each.model.__name__),
            "every worker" if each.worker == "*" else f"`{each.worker}`",
            each.summary,
        )
        for each in STATES
    ]
    return _table(("topic", "message", "from", ""), rows)


def _errors() -> str:
    rows = [(f"`{code}`", ERRORS[code]) for code in ErrorCode]
    return "## Errors\n\n" + _table(("code", "meaning"), rows)


def _messages(known: dict[str, Schema]) -> str:
    parts = ["## Messages"]
    for name, schema in known.items():
        if "enum" in schema or name == ERROR_MODEL:
            continue
        described = prose(schema)
        parts.append(f"### {name}\n\n{described}\n\n{field_table(schema, known)}".replace("\n\n\n\n", "\n\n"))
    return "\n\n".join(parts)


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in lines)
