"""Texts, flags and ids where they stand. What is wrong is noted, and the likeliest meaning is given."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Any

from workers.automation.plan.value import Data, Tagged, Template, Value, frozen, is_template
from workers.automation.reading.cursor import Cursor

_OBJECT_ID = r"(?!_)[\da-z_]+(?<!_)"
ENTITY_ID = re.compile(rf"{_OBJECT_ID}\.{_OBJECT_ID}")
_REGISTRY_ID = re.compile(r"[0-9a-f]{32}")
_TRUE = frozenset({"1", "true", "yes", "on", "enable"})
_FALSE = frozenset({"0", "false", "no", "off", "disable"})
_EVERYTHING = frozenset({"all", "none"})


def spelled(cursor: Cursor) -> str:
    """The text that was meant where YAML made something else of it: `on` for True."""
    if cursor.written is not None:
        return cursor.written
    if isinstance(cursor.value, bool):
        return "on" if cursor.value else "off"
    return str(cursor.value)


def read_text(cursor: Cursor | None) -> str | None:
    """A text; numbers and flags become one, as in Home Assistant."""
    if cursor is None:
        return None
    value = cursor.value
    if isinstance(value, str):
        return Template(value) if type(value) is str and is_template(value) else value
    if value is None or isinstance(value, (list, tuple, Mapping)):
        cursor.wrong(f"This should be a text, not {'nothing' if value is None else cursor.shown}.")
        return None
    return spelled(cursor)


def read_strict_text(cursor: Cursor | None) -> str | None:
    """A text where Home Assistant takes nothing else: what YAML made a number or a flag of must be quoted."""
    if cursor is None or isinstance(cursor.value, str):
        return read_text(cursor)
    if cursor.value is None or isinstance(cursor.value, (list, tuple, Mapping)):
        return read_text(cursor)
    _quote(cursor)
    return spelled(cursor)


def read_texts(cursor: Cursor | None, *, strict: bool = False) -> tuple[str, ...]:
    """A text or a list of texts."""
    if cursor is None:
        return ()
    read = read_strict_text if strict else read_text
    found = (read(each) for each in cursor.values())
    return tuple(each for each in found if each is not None)


def read_template(cursor: Cursor | None) -> Template | Tagged | None:
    """A template, with or without markup."""
    found = read_text(cursor)
    return found if found is None or isinstance(found, (Template, Tagged)) else Template(found)


def read_state_values(cursor: Cursor | None, *, attribute: bool, nothing: bool = False) -> tuple[Value, ...] | None:
    """States, or values of an attribute; `nothing` says that null may stand for any."""
    if cursor is None:
        return None
    if attribute:
        kept = frozen(cursor.value)
        return kept if isinstance(kept, tuple) else (kept,)
    if cursor.value is None:
        if not nothing:
            cursor.wrong("There is no state here: write one.")
        return (None,)
    found = (read_strict_text(each) for each in cursor.values())
    return tuple(each for each in found if each is not None)


def read_flag(cursor: Cursor | None, default: bool) -> bool:
    """True or false, in any of Home Assistant's spellings."""
    found = _flag(cursor, default)
    if found is None and cursor is not None:
        cursor.wrong(f"This should be true or false, not {cursor.shown}.")
    return default if found is None else found


def read_enabled(cursor: Cursor | None) -> bool | Template | Tagged:
    """True or false, or a template that says it."""
    if cursor is not None and isinstance(cursor.value, Tagged):
        return cursor.value
    found = _flag(cursor, True)
    if found is not None or cursor is None:
        return True if found is None else found
    if isinstance(cursor.value, str):
        return Template(cursor.value)
    cursor.wrong(f"This should be true, false or a template, not {cursor.shown}.")
    return True


def read_fixed_enabled(cursor: Cursor, enabled: bool | Template | Tagged, what: str) -> None:
    """Note a template for `enabled` where Home Assistant refuses one: it reads devices' parts twice."""
    if isinstance(enabled, Template):
        cursor.under("enabled", enabled).wrong(f"{what} can't be enabled by a template: write true or false.")


def _flag(cursor: Cursor | None, default: bool) -> bool | None:
    if cursor is None:
        return default
    value = cursor.value
    if isinstance(value, str):
        value = value.lower().strip()
        return True if value in _TRUE else False if value in _FALSE else None
    return bool(value) if isinstance(value, (bool, int, float)) else None


def read_choice(cursor: Cursor | None, choices: Collection[str], default: str) -> Any:
    """One of some words, in small letters; one behind a tag or from a template is not looked at."""
    if cursor is None:
        return default
    said = spelled(cursor).lower() if isinstance(cursor.value, (str, bool)) else None
    if said in choices:
        return said
    close = difflib.get_close_matches(str(said), choices, 1, 0.75)
    cursor.wrong(
        f"This should be one of {', '.join(sorted(choices))}, not {cursor.shown}.", close[0] if close else None
    )
    return default


def read_data(cursor: Cursor | None) -> Data:
    """A mapping of any shape."""
    if cursor is None:
        return Data()
    if isinstance(cursor.value, Mapping):
        return Data(cursor.value)
    cursor.wrong(f"This should be a mapping, not {'nothing' if cursor.value is None else cursor.shown}.")
    return Data()


def read_entity_ids(
    cursor: Cursor | None, *, templates: bool = False, everything: bool = False, domains: Collection[str] = ()
) -> tuple[str, ...]:
    """Entity ids: a list, or a text with commas. `everything` says that `all` and `none` may stand alone."""
    if cursor is None:
        return ()
    if cursor.value is None:
        cursor.wrong("There is no entity here: name one.")
        return ()
    found: list[str] = []
    for each in cursor.values():
        found += _entity_ids(each, templates, everything, domains)
    return tuple(found)


def _entity_ids(cursor: Cursor, templates: bool, everything: bool, domains: Collection[str]) -> list[str]:
    if not isinstance(cursor.value, str):
        cursor.wrong(f"This should be the id of an entity, not {cursor.shown}.")
        return []
    if isinstance(cursor.value, Tagged):
        return [cursor.value]
    if is_template(cursor.value):
        if not templates:
            cursor.wrong("A template can't stand here: name the entities.")
        return [Template(cursor.value)]
    if cursor.value.lower() in _EVERYTHING and everything:
        return [cursor.value.lower()]
    parts = [part.strip().lower() for part in cursor.value.split(",")]
    return [part for part in parts if read_entity_id(cursor.with_value(part), domains) is not None]


def read_entity_id(cursor: Cursor | None, domains: Collection[str] = ()) -> str | None:
    """The id of one entity, of one of some domains where they are given."""
    if cursor is None:
        return None
    value = cursor.value
    if isinstance(value, Tagged):
        return value
    if not isinstance(value, str):
        cursor.wrong(f"This should be the id of an entity, not {cursor.shown}.")
        return None
    small = value.strip().lower()
    if not (is_entity_id(small) or (not domains and _REGISTRY_ID.fullmatch(small))):
        cursor.wrong(f"{cursor.shown} is no id of an entity, such as light.kitchen.")
        return small
    if domains and small.partition(".")[0] not in domains:
        cursor.wrong(f"Only an entity of {', '.join(sorted(domains))} may stand here, not {small}.")
    return small


def is_entity_id(text: str) -> bool:
    """Whether a text has the form of an entity id, or of an action: `light.turn_on`."""
    domain, _, _ = text.partition(".")
    return ENTITY_ID.fullmatch(text) is not None and "__" not in domain


def _quote(cursor: Cursor) -> None:
    meant = spelled(cursor)
    read = "yes or no" if isinstance(cursor.value, bool) else "a number"
    cursor.wrong(f'{meant} is read as {read} here: put it into quotes, "{meant}".', meant)
