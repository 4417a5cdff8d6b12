"""Templates as trees, parsed with limits and never rendered. Pure."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes

LONGEST = 32_768
"""Characters of a template."""
_DEEPEST = 40
_OPENING, _CLOSING = "([{", ")]}"


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do"], autoescape=True)


@lru_cache(maxsize=1024)
def parsed(text: str) -> nodes.Template | None:
    """The tree of a template; None where it can't be parsed, is too long or nests too deep."""
    if len(text) > LONGEST or _depth(text) > _DEEPEST:
        return None
    try:
        return _environment().parse(text)
    except (TemplateSyntaxError, RecursionError, ValueError, OverflowError, MemoryError):
        return None


def expression(text: str) -> nodes.Expr | None:
    """The one expression that a template is, as in `{{ states('sun.sun') }}` or `now().hour == 7`."""
    tree = parsed(text if "{" in text else "{{ " + text + " }}")
    parts = [] if tree is None else [part for each in tree.body for part in _parts(each)]
    parts = [part for part in parts if not (isinstance(part, nodes.TemplateData) and not part.data.strip())]
    return parts[0] if len(parts) == 1 else None


def _parts(node: nodes.Node) -> list[nodes.Expr]:
    return node.nodes if isinstance(node, nodes.Output) else [nodes.Const(None), nodes.Const(None)]


def _depth(text: str) -> int:
    deepest = depth = 0
    for letter in text:
        if letter in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif letter in _CLOSING:
            depth = max(depth - 1, 0)
    return deepest
