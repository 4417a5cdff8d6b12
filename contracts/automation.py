"""Automations of Home Assistant: whether one can work, whether it is safe, and what it does."""

import unicodedata
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from contracts.home import Identifier
from contracts.model import Message, Request
from contracts.operation import ADMIN_ONLY, Event, Operation, State

MOST_ACTIONS = 100
"""Actions of the longest order."""


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


class AutomationRequest(Request):
    """One automation: `automation` as Home Assistant's JSON has it, or `yaml` as its text; either of them.

    Every spelling that Home Assistant takes is read, old and new.
    """

    ways: ClassVar[tuple[str, ...]] = ("automation", "yaml")
    """The fields of which one has to be given."""

    automation: dict[str, Any] | None = None
    yaml: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(getattr(self, each) is not None for each in self.ways) != 1:
            raise ValueError(f"give either {' or '.join(f'`{each}`' for each in self.ways)}")
        return self

    @property
    def given(self) -> dict[str, Any] | str:
        """The document or the text."""
        return self.yaml if self.yaml is not None else self.automation or {}


class ValidateRequest(AutomationRequest):
    """What to judge, one of three: an `automation` as Home Assistant's JSON has it, its text as `yaml`, or `actions`.

    Every spelling that Home Assistant takes of an automation is read, old and new. `actions` are what a person orders
    now, each `{action, target?, data?}` as for `home/act`.
    """

    ways: ClassVar[tuple[str, ...]] = (*AutomationRequest.ways, "actions")

    actions: Annotated[list[dict[str, Any]], Field(max_length=MOST_ACTIONS)] | None = None
    preset: Preset = Preset.MODERATE


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
    `column` count from 1, where it was given as YAML. `fix` is there where one is sure. `entities` are those that would
    have to be left out.
    """

    code: str
    severity: FindingSeverity
    path: str
    message: str
    fix: Fix | None = None
    line: int | None = None
    column: int | None = None
    entities: list[str] = Field(default_factory=list)


class Override(Message):
    """What an administrator has allowed in spite of a rule: which codes, only at `path` where it is given.

    `who` allowed it, `when` (ISO 8601, UTC) and `why`. Its findings come as warnings that say so. `override_id` is
    that of its record.
    """

    who: str
    when: str
    why: str
    codes: list[str]
    path: str | None = None
    override_id: str | None = None


class ValidateResponse(Message):
    """Both verdicts and all findings, in the order of their paths.

    `valid`: Home Assistant takes it, and all that it names is there. `safe`: no rule finds it dangerous; what can't be
    read is not called safe. `score` is 0 to 100, at most 49 where a verdict is false. `explanation` says in plain
    sentences what it does, null where it could not be read. Findings that do not fit into a reply are counted in
    `findings_left_out`. `overrides` are those that were applied. `confirm` is for orders: whether a person has to
    confirm them, since they unlock a door, disarm an alarm, or open a garage door or a gate.
    """

    valid: bool
    safe: bool
    confirm: bool = False
    score: int = Field(ge=0, le=100)
    findings: list[AutomationFinding] = Field(default_factory=list)
    findings_left_out: int = 0
    explanation: str | None = None
    overrides: list[Override] = Field(default_factory=list)


def _line(text: str) -> str:
    if any(unicodedata.category(each) == "Cc" and each not in "\t\n\r" for each in text):
        raise ValueError("leave the control characters out")
    return " ".join(text.split())


_LINE = AfterValidator(_line)
"""Line ends and runs of spaces become one space; other control characters are refused."""


class OverrideRequest(AutomationRequest):
    """Allow `codes` of one automation, everywhere in it or only at `path` (as its finding names it).

    The automation is known again by what it does: under another name it is the same, with another meaning it is not,
    and nothing is allowed. With `path` it has to stay as it is but for its name, id and description. `why` is the
    reason, `who` the name of the person who takes the word for it.
    """

    codes: Annotated[list[Identifier], Field(min_length=1, max_length=64)]
    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000), _LINE]
    who: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), _LINE] = "admin"
    path: Annotated[str, StringConstraints(max_length=1_000), _LINE] | None = None


class OverrideResponse(Message):
    """What was recorded. `allows` counts the findings that are errors in this home now and become warnings by it."""

    override_id: str
    when: str
    fingerprint: str
    allows: int


class RecordedOverride(Override):
    """An override with its history; it stands for as long as `revoked_at` (ISO 8601, UTC) is null.

    `fingerprint` is the same for automations that do the same; `alias` is what this one was called then.
    """

    override_id: str
    fingerprint: str
    alias: str | None = None
    revoked_at: str | None = None


class OverridesRequest(Request):
    """Which overrides to list; without `limit` as many as fit into 256 KiB."""

    limit: Annotated[int, Field(ge=1, le=10_000)] | None = None
    offset: int = Field(default=0, ge=0, le=1_000_000_000)


class OverridesResponse(Message):
    """Overrides, the newest first, revoked ones too. `total` counts all; `next_offset` is null at the end."""

    overrides: list[RecordedOverride]
    total: int
    next_offset: int | None = None


class RevokeRequest(Request):
    """Allow no more what an override allowed."""

    override_id: Identifier


class RevokeResponse(Message):
    """The override counts no more, since `revoked_at`."""

    override_id: str
    revoked_at: str


VALIDATE = Operation(
    "automation/validate",
    ValidateRequest,
    ValidateResponse,
    worker="automation",
    summary="Say whether an automation, or an order, works and is safe, all that is wrong with it, and what it does.",
    by=frozenset({"query"}),
)
OVERRIDE = Operation(
    "automation/override",
    OverrideRequest,
    OverrideResponse,
    worker="automation",
    summary="Allow what a safety rule forbids in one automation, and record who did, when and why.",
    effect=True,
    callers=ADMIN_ONLY,
)
REVOKE = Operation(
    "automation/override/revoke",
    RevokeRequest,
    RevokeResponse,
    worker="automation",
    summary="Take an override back; its record stays.",
    effect=True,
    callers=ADMIN_ONLY,
)
OVERRIDES = Operation(
    "automation/overrides",
    OverridesRequest,
    OverridesResponse,
    worker="automation",
    summary="List what was allowed in spite of the safety rules, by whom, when and why.",
)

OPERATIONS = (VALIDATE, OVERRIDE, REVOKE, OVERRIDES)
EVENTS: tuple[Event[Any], ...] = ()
STATES: tuple[State[Message], ...] = ()
