"""The values of a plan: texts, templates, tagged values, and data of any shape, all of them immutable and hashable."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, TypeAlias

from pydantic import PlainSerializer, PlainValidator
from pydantic_core import PydanticSerializationUnexpectedValue

_MARKS = ("{{", "{%", "{#")


def is_template(text: str) -> bool:
    """Whether Home Assistant takes a text for a template."""
    return any(mark in text for mark in _MARKS)


class Template(str):
    """A Jinja template, as it was written."""

    __slots__ = ()


class Tagged(str):
    """What stands behind a YAML tag of Home Assistant, tag included: `!secret alarm_code`, `!input motion`.

    What it stands for is not known here. `tag` and `name` are its parts.
    """

    __slots__ = ()

    @property
    def tag(self) -> str:
        """The tag: `!secret`."""
        return self.partition(" ")[0]

    @property
    def name(self) -> str:
        """What is behind the tag: `alarm_code`."""
        return self.partition(" ")[2]


class Data(Mapping[str, "Value"]):
    """A mapping that never changes; equal to another with the same items in any order."""

    __slots__ = ("_hash", "_items")

    def __init__(self, items: Mapping[str, Any] | None = None) -> None:
        self._items: dict[str, Value] = {str(key): frozen(value) for key, value in (items or {}).items()}
        self._hash: int | None = None

    def __getitem__(self, key: str) -> Value:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and dict(self._items) == dict(other)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self._items.items()))
        return self._hash

    def __repr__(self) -> str:
        return f"Data({self._items!r})"

    def without(self, *keys: str) -> Data:
        """The same without some keys."""
        return Data({key: value for key, value in self._items.items() if key not in keys})


Value: TypeAlias = bool | int | float | str | tuple[Any, ...] | Data | None
"""A value of a document; lists are tuples, mappings are `Data`, texts with markup are `Template`s."""


def frozen(value: Any) -> Value:  # noqa: PLR0911 (one for each type)
    """A value of a document as a plan keeps it. What JSON and YAML do not have becomes its text."""
    if isinstance(value, (Data, Template, Tagged)) or value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return Template(value) if is_template(value) else value
    if isinstance(value, Mapping):
        return Data(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return tuple(frozen(each) for each in value)
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    return str(value.total_seconds()) if isinstance(value, timedelta) else str(value)


def thawed(value: Value) -> Any:
    """A value as lists and dicts, for a document. Templates become plain texts, what is tagged stays so."""
    if isinstance(value, Data):
        return {key: thawed(each) for key, each in value.items()}
    if isinstance(value, tuple):
        return [thawed(each) for each in value]
    return str(value) if isinstance(value, Template) else value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("this should be a text")  # noqa: TRY004 (pydantic turns a ValueError into a finding)
    return Template(value) if type(value) is str and is_template(value) else value


def _template(value: Any) -> Template | Tagged:
    if not isinstance(value, str):
        raise ValueError("this should be a template")  # noqa: TRY004 (as above)
    return value if isinstance(value, (Template, Tagged)) else Template(value)


def _texts(value: Any) -> tuple[str, ...]:
    return (_text(value),) if isinstance(value, str) else tuple(_text(each) for each in value)


def _values(value: Any) -> tuple[Value, ...]:
    kept = frozen(value)
    return kept if isinstance(kept, tuple) else (kept,)


def _data(value: Any) -> Data:
    return value if isinstance(value, Data) else Data(value)


def _dumped_text(value: Any) -> str:
    if not isinstance(value, str):
        raise PydanticSerializationUnexpectedValue("no text")
    return str(value)


def _dumped_list(value: Any) -> Any:
    if not isinstance(value, tuple):
        raise PydanticSerializationUnexpectedValue("no list")
    return thawed(value)


def _dumped_data(value: Any) -> Any:
    if not isinstance(value, Data):
        raise PydanticSerializationUnexpectedValue("no mapping")
    return thawed(value)


Text = Annotated[str, PlainValidator(_text), PlainSerializer(_dumped_text)]
"""A text that may be a `Template` or `Tagged`."""
Texts = Annotated[tuple[str, ...], PlainValidator(_texts), PlainSerializer(_dumped_list)]
"""Texts, each of which may be a `Template` or `Tagged`; one alone is taken as a list of one."""
TemplateText = Annotated[Template | Tagged, PlainValidator(_template), PlainSerializer(_dumped_text)]
"""A text that is a template even where it has no markup."""
AnyValue = Annotated[Value, PlainValidator(frozen), PlainSerializer(thawed)]
"""A value of any shape."""
Values = Annotated[tuple[Value, ...], PlainValidator(_values), PlainSerializer(_dumped_list)]
"""Values of any shape; one alone is taken as a list of one."""
DataField = Annotated[Data, PlainValidator(_data), PlainSerializer(_dumped_data)]
"""A mapping of any shape."""
