"""The JSON schemas of all messages, under the names of their models."""

import inspect
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from contracts.catalogue import EVENTS, OPERATIONS, STATES
from contracts.envelope import Failed

PREFIX = "#/components/schemas/"

Schema = dict[str, Any]


def schemas() -> dict[str, Schema]:
    """Every model that is on the wire, and every model in it, by name and in order of the names.

    Requests as they are accepted, with the fields of the envelope; everything else as it is sent, so that a reader sees
    which fields are always there.
    """
    asked: dict[str, type[BaseModel]] = {each.request.__name__: each.incoming for each in OPERATIONS}
    said = [each.response for each in OPERATIONS] + [each.model for each in EVENTS] + [each.model for each in STATES]
    wanted: dict[type[BaseModel], JsonSchemaMode] = dict.fromkeys(asked.values(), "validation")
    wanted |= dict.fromkeys([*said, Failed], "serialization")
    _, document = models_json_schema(list(wanted.items()), ref_template=f"{PREFIX}{{model}}")
    found: dict[str, Schema] = document["$defs"]
    for each in OPERATIONS:  # the model with the envelope's fields says nothing of its own
        found[each.request.__name__].setdefault("description", inspect.getdoc(each.request))
    return {name: _plain(found[name]) for name in sorted(found)}


def name_of(reference: str) -> str:
    """The name of the schema that a `$ref` points to."""
    return reference.removeprefix(PREFIX)


def _plain(node: Any) -> Any:
    r"""Without titles that repeat a name, and with the end of a pattern as JSON schema writes it (`$` for `\z`)."""
    if isinstance(node, list):
        return [_plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _plain(value) for key, value in node.items() if key != "title" or not isinstance(value, str)}
    if isinstance(pattern := plain.get("pattern"), str):
        plain["pattern"] = pattern.removesuffix(r"\z") + "$" if pattern.endswith(r"\z") else pattern
    return plain
