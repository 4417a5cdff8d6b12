"""Automations of Home Assistant: whether one can work, whether it is safe, and what it does."""

from enum import StrEnum
from typing import Any, Self

from pydantic import Field, model_validator

from contracts.model import Message, Request
from contracts.operation import Event, Operation, State


class Preset(StrEnum):
    """How strictly it is judged: a preset raises and lowers warnings, and renames nothing."""

    STRICT = "strict"
    MODERATE = "moderate"
    PERMISSIVE = "permissive"


class FindingSeverity(StrEnum):
    """How much a finding weighs: an error makes a verdict false."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class ValidateRequest(Request):
    """One automation: `automation` as Home Assistant's JSON has it, or `yaml` as its text; either of them.

    Every spelling that Home Assistant takes is read, old and new.
    """

    automation: dict[str, Any] | None = None
    yaml: str | None = None
    preset: Preset = Preset.MODERATE

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.automation is None) == (self.yaml is None):
            raise ValueError("give either `automation` or `yaml`")
        return self


class Fix(Message):
    """What to put where, in the automation as it was given.

    With `rename` the last key of `path` gets that name and keeps its value; with `remove` it goes; else `value` takes
    the place of what stands there.
    """

    path: str
    value: Any = None
    rename: str | None = None
    remove: bool = False


class AutomationFinding(Message):
    """One thing to say about an automation.

    `path` is where, in the current spelling (`actions[1].choose[0].sequence[2]`); empty for all of it. `line` and
    `column` count from 1, where it was given as YAML. `fix` is there where one is sure.
    """

    code: str
    severity: FindingSeverity
    path: str
    message: str
    fix: Fix | None = None
    line: int | None = None
    column: int | None = None


class Override(Message):
    """What an administrator has allowed in spite of a rule: which codes, only at `path` where it is given.

    `who` allowed it, `when` (ISO 8601, UTC) and `why`. Its findings come as warnings that say so.
    """

    who: str
    when: str
    why: str
    codes: list[str]
    path: str | None = None


class ValidateResponse(Message):
    """Both verdicts and all findings, in the order of their paths.

    `valid`: Home Assistant takes it, and all that it names is there. `safe`: no rule finds it dangerous; what can't be
    read is not called safe. `score` is 0 to 100, at most 49 where a verdict is false. `explanation` says in plain
    sentences what it does, null where it could not be read. Findings that do not fit into a reply are counted in
    `findings_left_out`. `overrides` are those that were applied.
    """

    valid: bool
    safe: bool
    score: int = Field(ge=0, le=100)
    findings: list[AutomationFinding] = Field(default_factory=list)
    findings_left_out: int = 0
    explanation: str | None = None
    overrides: list[Override] = Field(default_factory=list)


VALIDATE = Operation(
    "automation/validate",
    ValidateRequest,
    ValidateResponse,
    worker="automation",
    summary="Say whether an automation works and is safe, all that is wrong with it, and what it does.",
)

OPERATIONS = (VALIDATE,)
EVENTS: tuple[Event[Any], ...] = ()
STATES: tuple[State[Message], ...] = ()
