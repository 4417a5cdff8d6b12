"""The fields of a JSON schema in words, as a Markdown table."""

import json
from typing import Any

from contracts.documents.schemas import Schema, name_of
from contracts.envelope import Envelope

_LONGEST_PATTERN = 40
_NAMES = {"string": "text", "boolean": "true or false", "object": "object", "null": "null"}


def field_table(schema: Schema, known: dict[str, Schema]) -> str:
    """One row a field: name and type, and in a request the default; in everything else all fields are there.

    The fields of the envelope, which every request has, are left out.
    """
    asked = schema.get("additionalProperties") is False
    required = set(schema.get("required", ()))
    rows = [
        f"| `{name}` | {_type(node, known)} |" + (f" {_default(node, required=name in required)} |" if asked else "")
        for name, node in schema.get("properties", {}).items()
        if not (asked and name in Envelope.model_fields)
    ]
    head = ("| field | type | default |", "| --- | --- | --- |") if asked else ("| field | type |", "| --- | --- |")
    return "\n".join([*head, *rows]) if rows else "No fields."


def prose(schema: Schema) -> str:
    """What the model's docstring says."""
    return str(schema.get("description", "")).strip()


def _default(node: Schema, *, required: bool) -> str:
    if "default" in node:
        return f"`{json.dumps(node['default'], ensure_ascii=False)}`"
    if required:
        return "required"
    return {"array": "`[]`", "object": "`{}`"}.get(node.get("type", ""), "")


def _type(node: Schema, known: dict[str, Schema]) -> str:
    if "$ref" in node:
        return _reference(name_of(node["$ref"]), known)
    if "anyOf" in node:
        *others, last = (_type(each, known) for each in node["anyOf"])
        return f"{', '.join(others)} or {last}"
    if node.get("type") == "array":
        return f"list of {_type(node.get('items', {}), known)}"
    if isinstance(values := node.get("additionalProperties"), dict):
        return f"object of {_type(values, known)}"
    kind = str(node.get("type", "any value"))
    return f"`{node['const']}`" if "const" in node else _NAMES.get(kind, kind) + _limits(node)


def _reference(name: str, known: dict[str, Schema]) -> str:
    if "enum" in known[name]:
        return ", ".join(f"`{value}`" for value in known[name]["enum"])
    return f"[{name}](#{name.lower()})"


def _limits(node: dict[str, Any]) -> str:
    limits: list[str] = []
    if (most := node.get("maxLength")) is not None:
        limits.append(f"at most {most:,} characters")
    if (pattern := node.get("pattern")) is not None and len(pattern) <= _LONGEST_PATTERN:
        limits.append(f"`{pattern}`")
    return f" ({', '.join(limits)})" if limits else ""
