"""Findings: what is wrong with an automation, what is dangerous about it, what would be better. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class Severity(StrEnum):
    """How much a finding weighs: an error makes a verdict false, a warning is worth a look, an info is a hint."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Code(StrEnum):
    """The codes that other people's code relies on."""

    SYNTAX = "syntax"
    SCHEMA = "schema"
    TEMPLATE_ERROR = "template_error"
    UNKNOWN_ENTITY = "unknown_entity"
    UNKNOWN_SERVICE = "unknown_service"

    UNSAFE_LOCK = "unsafe_lock"
    UNSAFE_ALARM = "unsafe_alarm"
    UNSAFE_CLIMATE = "unsafe_climate"
    UNSAFE_HEAT = "unsafe_heat"
    UNSAFE_COVER = "unsafe_cover"
    CRITICAL_OFF = "critical_off"
    BULK_OFF = "bulk_off"
    UNBOUNDED_LOOP = "unbounded_loop"
    TRIGGER_LOOP = "trigger_loop"
    TOO_OFTEN = "too_often"
    SHELL = "shell"
    RUNTIME_TARGET = "runtime_target"

    MISSING_TIMEOUT = "missing_timeout"
    UNSEEN_BLUEPRINT = "unseen_blueprint"
    UNSEEN_TAG = "unseen_tag"
    OLD_SYNTAX = "old_syntax"
    STYLE = "style"


INVALIDATING = frozenset({Code.SYNTAX, Code.SCHEMA, Code.TEMPLATE_ERROR, Code.UNKNOWN_ENTITY, Code.UNKNOWN_SERVICE})
"""Errors of these codes make `valid` false."""
ENDANGERING = frozenset(
    {
        Code.UNSAFE_LOCK,
        Code.UNSAFE_ALARM,
        Code.UNSAFE_CLIMATE,
        Code.UNSAFE_HEAT,
        Code.UNSAFE_COVER,
        Code.CRITICAL_OFF,
        Code.BULK_OFF,
        Code.UNBOUNDED_LOOP,
        Code.TRIGGER_LOOP,
        Code.TOO_OFTEN,
        Code.SHELL,
        Code.RUNTIME_TARGET,
    }
)
"""Errors of these codes make `safe` false."""


class Fix(BaseModel):
    """What to put in place of what is there.

    `path` is where, in the document as it was given. With `rename`, the last key of the path gets that name and keeps
    its value; with `remove`, the key and its value go; else `value` takes the place of what stands there.
    """

    model_config = ConfigDict(frozen=True)

    path: str
    value: Any = None
    rename: str | None = None
    remove: bool = False


class Finding(BaseModel):
    """One thing to say about an automation.

    `path` is where it stands in the current spelling, such as `actions[1].choose[0].sequence[2].target.entity_id`; it
    is empty for the automation as a whole. `message` is one sentence that says what is wrong and what to do. `line`
    and `column` count from 1, where the automation was given as YAML. `fix` is there where one is sure. `entities` are
    those that would have to be left out.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    severity: Severity
    path: str
    message: str
    fix: Fix | None = None
    line: int | None = None
    column: int | None = None
    entities: tuple[str, ...] = ()


def error(code: str, path: str, message: str, fix: Fix | None = None, entities: tuple[str, ...] = ()) -> Finding:
    """A finding that makes a verdict false; `entities` are what it is about, where leaving them out would help."""
    return Finding(code=code, severity=Severity.ERROR, path=path, message=message, fix=fix, entities=entities)


def warning(code: str, path: str, message: str, fix: Fix | None = None) -> Finding:
    """A finding that is worth a look."""
    return Finding(code=code, severity=Severity.WARNING, path=path, message=message, fix=fix)


def info(code: str, path: str, message: str, fix: Fix | None = None) -> Finding:
    """A finding that is a hint."""
    return Finding(code=code, severity=Severity.INFO, path=path, message=message, fix=fix)
