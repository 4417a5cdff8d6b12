"""One template, parsed and never rendered: what is wrong with it, and what of the home it names. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes

from workers.automation.finding import Severity
from workers.automation.validating.jinja_names import FILTERS, FUNCTIONS, TESTS
from workers.automation.validating.nearest import nearest
from workers.automation.validating.template_names import Mention, mentions

LONGEST = 32_768
"""Characters of a template."""
DEEPEST = 40
"""Brackets within each other."""
_MOST_NODES = 20_000
_OPENING, _CLOSING = "([{", ")]}"
_ORDERING = frozenset({"lt", "lteq", "gt", "gteq"})
_NUMBERS = frozenset({"int", "float"})
_SELECTING = frozenset({"select", "reject", "selectattr", "rejectattr"})


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a template; `line` counts from 1, within the template."""

    severity: Severity
    message: str
    line: int = 1


@dataclass(frozen=True, slots=True)
class TemplateReading:
    """What a template says: its problems, what of the home it names, and the names that somebody else must give it."""

    problems: tuple[Problem, ...] = ()
    mentions: tuple[Mention, ...] = ()
    unbound: frozenset[str] = frozenset()
    called: frozenset[str] = frozenset()


@lru_cache(maxsize=1024)
def read_template(text: str) -> TemplateReading:
    """Parse a template as Home Assistant does. It is parsed only: nothing in it is ever run."""
    if len(text) > LONGEST:
        return _refused(f"The template has more than {LONGEST} characters; split it into variables.")
    if _depth(text) > DEEPEST:
        return _refused(f"The template nests more than {DEEPEST} deep; split it into variables.")
    try:
        parsed = _environment().parse(text)
    except TemplateSyntaxError as error:
        return _refused(f"The template can't be parsed: {_sentence(error.message or 'wrong syntax')}", error.lineno)
    except (RecursionError, ValueError, OverflowError, MemoryError):
        return _refused("The template can't be parsed: it nests too deep, or has a number that is too large.")
    found = list(_nodes(parsed))
    if len(found) >= _MOST_NODES:
        return _refused("The template is too large; split it into variables.")
    return _read(found)


@cache
def _environment() -> Environment:
    return Environment(autoescape=False, extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do"])  # noqa: S701


def _refused(message: str, line: int = 1) -> TemplateReading:
    return TemplateReading((Problem(Severity.ERROR, message, line),))


def _sentence(message: str) -> str:
    return message[:300].rstrip(".") + "."


def _depth(text: str) -> int:
    depth = deepest = 0
    for letter in text:
        if letter in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif letter in _CLOSING:
            depth = max(0, depth - 1)
    return deepest


def _nodes(root: nodes.Node) -> Iterator[nodes.Node]:
    """All nodes without recursion: a sum of a thousand parts is a thousand deep."""
    waiting = [root]
    for _ in range(_MOST_NODES):
        if not waiting:
            return
        node = waiting.pop()
        yield node
        waiting.extend(reversed(list(node.iter_child_nodes())))


def _read(found: list[nodes.Node]) -> TemplateReading:
    bound = _bound(found)
    loaded = {node.name: node.lineno for node in reversed(found) if isinstance(node, nodes.Name) and node.ctx == "load"}
    called = {
        node.node.name: node.lineno
        for node in found
        if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name)
    }
    unbound = frozenset(loaded) - bound - FUNCTIONS
    return TemplateReading(
        problems=tuple(_problems(found)),
        mentions=tuple(mentions(found)),
        unbound=unbound,
        called=unbound & frozenset(called),
    )


def _bound(found: list[nodes.Node]) -> frozenset[str]:
    """The names that the template itself gives: by `set`, `for`, `macro`, `import`. Wherever they stand."""
    names: set[str] = {"caller", "varargs", "kwargs"}
    for node in found:
        if isinstance(node, nodes.Macro) or (isinstance(node, nodes.Name) and node.ctx in {"store", "param"}):
            names.add(node.name)
        elif isinstance(node, nodes.Import):
            names.add(node.target)
        elif isinstance(node, nodes.FromImport):
            names.update(each if isinstance(each, str) else each[1] for each in node.names)
    return frozenset(names)


def _problems(found: list[nodes.Node]) -> Iterator[Problem]:
    for node in found:
        if isinstance(node, nodes.Filter):
            yield from _unknown("filter", node.name, FILTERS, node.lineno)
            yield from _undefaulted(node)
            if node.name in _SELECTING | {"map"}:
                yield from _named_by_text(node)
        elif isinstance(node, nodes.Test):
            yield from _unknown("test", node.name, TESTS, node.lineno)
        elif isinstance(node, nodes.Compare):
            yield from _compared(node)


def _unknown(kind: str, name: str, known: frozenset[str], line: int) -> Iterator[Problem]:
    if name not in known:
        better = nearest(name, known)
        hint = f"; did you mean {better!r}?" if better else "."
        yield Problem(Severity.ERROR, f"Home Assistant has no {kind} {name!r}{hint}", line)


def _named_by_text(node: nodes.Filter) -> Iterator[Problem]:
    """`map('upper')`, `select('is_state', …)`: the name of a filter or of a test as a text."""
    place = 1 if node.name.endswith("attr") else 0
    told = node.args[place] if len(node.args) > place else None
    name = told.value if isinstance(told, nodes.Const) else None
    if isinstance(name, str):
        kind, known = ("filter", FILTERS) if node.name == "map" else ("test", TESTS)
        yield from _unknown(kind, name, known, node.lineno)


def _reads_state(node: nodes.Node | None) -> bool:
    """Whether it is the text of a state: `states('…')`, `states.light.x.state`, `'…' | states`."""
    if isinstance(node, nodes.Call):
        return isinstance(node.node, nodes.Name) and node.node.name in {"states", "state_attr"}
    if isinstance(node, nodes.Getattr):
        return node.attr == "state"
    return isinstance(node, nodes.Filter) and node.name == "states"


def _undefaulted(node: nodes.Filter) -> Iterator[Problem]:
    if node.name in _NUMBERS and not node.args and not node.kwargs and _reads_state(node.node):
        yield Problem(
            Severity.WARNING,
            f"`{node.name}` fails where the entity is unavailable; give it a default: `{node.name}(0)`.",
            node.lineno,
        )


def _compared(node: nodes.Compare) -> Iterator[Problem]:
    sides = [node.expr, *(operand.expr for operand in node.ops)]
    ordering = any(operand.op in _ORDERING for operand in node.ops)
    if ordering and any(_is_text(each) for each in sides):
        yield Problem(
            Severity.WARNING,
            "A state is a text, and is compared here like a number; write `| float(0)` behind it.",
            node.lineno,
        )


def _is_text(node: nodes.Node) -> bool:
    return _reads_state(node) and not (
        isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == "state_attr"
    )
