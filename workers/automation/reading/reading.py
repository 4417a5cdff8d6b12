"""What was read: the plan and all findings. The front door of this package: `read_yaml` and `read_document`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shared.home import is_text
from workers.automation.finding import Code, Finding, error
from workers.automation.plan.actions import CallService, OtherAction
from workers.automation.plan.plan import Plan
from workers.automation.reading.actions import read_actions
from workers.automation.reading.automation import automations_in, read_automation
from workers.automation.reading.cursor import Cursor, Notes
from workers.automation.reading.place import Place, nearest, parent
from workers.automation.reading.yaml_text import DEEPEST, MOST_NODES, MOST_NODES_OF_ALL, YamlDocument, parse_yaml

CALL_KEYS = frozenset({"action", "target", "data"})
"""What an order may say of each call."""


@dataclass(frozen=True)
class Reading:
    """What one automation says. `plan` is None where it could not be read at all.

    `findings` are of the codes `syntax`, `schema`, `unseen_tag`, `old_syntax` and `style`. `document` is the automation
    as it was given. Paths are in the current spelling, from the automation on.
    """

    plan: Plan | None
    findings: tuple[Finding, ...]
    document: Any = None
    _sources: Mapping[str, str] = field(default_factory=dict, repr=False)
    _places: dict[str, Place] = field(default_factory=dict, repr=False)

    @property
    def clean(self) -> bool:
        """Whether there is a plan and no error."""
        return self.plan is not None and not any(each.severity == "error" for each in self.findings)

    def source(self, path: str) -> str:
        """Where something stands in the text as it was given, by the keys that are used there."""
        at: str | None = path
        while at is not None:
            if at in self._sources:
                return self._sources[at] + path[len(at) :]
            at = parent(at)
        return path

    def locate(self, path: str) -> Place | None:
        """The line and column of something, or of the nearest thing around it; None where there was no text."""
        return nearest(self.source(path), self._places) if self._places else None

    def placed(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Findings with their line and column, and with the paths of their fixes as the text spells them."""
        return tuple(self._placed(each) for each in findings)

    def _placed(self, finding: Finding) -> Finding:
        update: dict[str, Any] = {}
        if finding.line is None and (place := self.locate(finding.path)) is not None:
            update |= {"line": place.line, "column": place.column}
        if finding.fix is not None:
            update["fix"] = finding.fix.model_copy(update={"path": self.source(finding.fix.path)})
        return finding.model_copy(update=update) if update else finding


def read_yaml(text: str) -> Reading:
    """The one automation of a YAML text."""
    readings = _read(parse_yaml(text))
    return readings[0] if len(readings) == 1 else _not_one(len(readings))


def read_all_yaml(text: str) -> tuple[Reading, ...]:
    """All automations of a YAML text, such as `automations.yaml`."""
    return _read(parse_yaml(text, MOST_NODES_OF_ALL))


def read_document(document: Any) -> Reading:
    """The one automation of a document of dicts, lists and scalars."""
    if (message := _unreadable(document)) is not None:
        return Reading(None, (error(Code.SYNTAX, "", message),))
    readings = _read(YamlDocument(value=document))
    return readings[0] if len(readings) == 1 else _not_one(len(readings))


def read_order(actions: list[Any]) -> Reading:
    """What a person orders now, as a plan that nothing starts: calls with the keys action, target and data."""
    document = {"actions": actions}
    if (message := _unreadable(document)) is not None:
        return Reading(None, (error(Code.SYNTAX, "", message),))
    notes = Notes()
    cursor = Cursor(document, "", "", notes).under("actions", actions)
    for each in cursor.items():
        for key in sorted(str(key) for key in each.value if key not in CALL_KEYS) if _is_call(each.value) else ():
            each.wrong(f"An order has no key {key[:60]!r}, only action, target and data: remove it.")
    plan = Plan(path="", actions=read_actions(cursor))
    for action in plan.actions:
        if not isinstance(action, (CallService, OtherAction)):
            notes.findings.append(error(Code.SCHEMA, action.path, "An order is a call: name it by the key action."))
    return Reading(plan, tuple(notes.findings), document, notes.sources)


def _is_call(value: Any) -> bool:
    return isinstance(value, Mapping) and "action" in value


def _read(parsed: YamlDocument) -> tuple[Reading, ...]:
    if not parsed.readable:
        return (Reading(None, tuple(parsed.findings)),)
    notes = Notes(texts=parsed.texts)
    return tuple(_read_one(each, parsed) for each in automations_in(Cursor(parsed.value, "", "", notes)))


def _read_one(found: Cursor, parsed: YamlDocument) -> Reading:
    notes = Notes(texts=parsed.texts, sources={"": found.source})
    cursor = Cursor(found.value, "", found.source, notes)
    plan = read_automation(cursor)
    reading = Reading(plan, (), found.value, notes.sources, parsed.places)
    in_text = _in_current_spelling(parsed.findings, found.source, notes.sources)
    return replace(reading, findings=(*in_text, *reading.placed(notes.findings)))


def _in_current_spelling(findings: Iterable[Finding], root: str, sources: dict[str, str]) -> list[Finding]:
    """The findings of a text that are about one automation in it, with its own paths."""
    innermost = {source: path for path, source in sources.items()}
    outermost = {source: path for path, source in reversed(sources.items())}
    found = []
    for each in findings:
        at: str | None = each.path
        while at is not None and at not in innermost:
            at = parent(at)
        if at is not None and _within(each.path, root):
            path = outermost[at] if at == each.path else innermost[at] + each.path[len(at) :]
            found.append(each.model_copy(update={"path": path}))
    return found


def _within(path: str, root: str) -> bool:
    return not root or (path.startswith(root) and path[len(root) :][:1] in ("", ".", "["))


def _not_one(count: int) -> Reading:
    message = "There is no automation in it: give one." if not count else f"There are {count} automations: give one."
    return Reading(None, (error(Code.SCHEMA, "", message),))


def _unreadable(document: Any) -> str | None:
    """Why a document can't be read, where it is too large, too deep, or holds what is no text."""
    count, level = 0, [document]
    for _ in range(DEEPEST + 1):
        count += len(level)
        if count > MOST_NODES:
            return f"It has more than {MOST_NODES} parts: make it smaller."
        if not all(is_text(each) for each in level if isinstance(each, str)):
            return "A text in it holds NUL or half of a character: remove that."
        level = [inner for each in level for inner in _inner(each)]
        if not level:
            return None
    return f"It is nested deeper than {DEEPEST} levels: flatten it."


def _inner(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return (*(key for key in value if isinstance(key, str)), *value.values())
    return value if isinstance(value, (list, tuple)) else ()
