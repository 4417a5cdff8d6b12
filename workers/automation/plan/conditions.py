"""What must hold, one class a kind. `kind` is what Home Assistant has under `condition:`."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Tag

from workers.automation.plan.duration import Duration
from workers.automation.plan.node import Node
from workers.automation.plan.target import Target
from workers.automation.plan.value import AnyValue, Data, DataField, TemplateText, Text, Texts, Values


class BaseCondition(Node):
    """What every condition may have; one that is not enabled is as if it were not there."""

    alias: str | None = None
    enabled: bool | TemplateText = True
    note: str | None = None


class StateCondition(BaseCondition):
    """Entities are in one of some states; `match` says whether `all` or `any` of them must be."""

    kind: Literal["state"] = "state"
    entity_id: Texts
    state: Values
    match: Literal["all", "any"] = "all"
    attribute: str | None = None
    for_: Duration | None = None


class NumericStateCondition(BaseCondition):
    """A number is above and below its limits; a limit is a number or the id of an entity."""

    kind: Literal["numeric_state"] = "numeric_state"
    entity_id: Texts
    attribute: str | None = None
    above: float | Text | None = None
    below: float | Text | None = None
    value_template: TemplateText | None = None


class TimeCondition(BaseCondition):
    """It is after, before, on: times are `HH:MM:SS` or ids of entities; `weekday` is empty for every day."""

    kind: Literal["time"] = "time"
    after: Text | None = None
    before: Text | None = None
    weekday: Texts = ()


class SunCondition(BaseCondition):
    """It is after or before `sunrise` or `sunset`, with offsets that may be negative."""

    kind: Literal["sun"] = "sun"
    after: Text | None = None
    after_offset: Duration | None = None
    before: Text | None = None
    before_offset: Duration | None = None


class ZoneCondition(BaseCondition):
    """All entities are in one of the zones."""

    kind: Literal["zone"] = "zone"
    entity_id: Texts
    zone: Texts


class TemplateCondition(BaseCondition):
    """A template gives true."""

    kind: Literal["template"] = "template"
    value_template: TemplateText


class TriggerCondition(BaseCondition):
    """One of the triggers with these ids (or, as a text, this number from 0) set it off."""

    kind: Literal["trigger"] = "trigger"
    id: Texts


class DeviceCondition(BaseCondition):
    """What a device's integration offers; `config` has the rest of it (`type`, `entity_id`, `for` ...)."""

    kind: Literal["device"] = "device"
    device_id: Text
    domain: Text
    config: DataField = Data()


class AndCondition(BaseCondition):
    """All of them hold."""

    kind: Literal["and"] = "and"
    conditions: tuple[Condition, ...]


class OrCondition(BaseCondition):
    """One of them holds."""

    kind: Literal["or"] = "or"
    conditions: tuple[Condition, ...]


class NotCondition(BaseCondition):
    """None of them holds."""

    kind: Literal["not"] = "not"
    conditions: tuple[Condition, ...]


class PurposeCondition(BaseCondition):
    """One of Home Assistant's purpose-made conditions: `kind` is `light.is_on`, `options` as it takes them."""

    kind: Text
    target: Target | None = None
    options: DataField = Data()


class OtherCondition(BaseCondition):
    """A condition that is not typed here; `config` has its own keys.

    Where it is not even a mapping (`!include ...`), `kind` is empty and `config` is what it was.
    """

    kind: Text
    config: AnyValue = Data()


_TYPED: tuple[type[BaseCondition], ...] = (
    StateCondition,
    NumericStateCondition,
    TimeCondition,
    SunCondition,
    ZoneCondition,
    TemplateCondition,
    TriggerCondition,
    DeviceCondition,
    AndCondition,
    OrCondition,
    NotCondition,
)
CONDITIONS_BY_KIND: dict[str, type[BaseCondition]] = {str(each.model_fields["kind"].default): each for each in _TYPED}
"""The class of each kind that has one of its own."""


def _name_of(value: object) -> str:
    if isinstance(value, BaseCondition):
        return type(value).__name__
    kind = str(value.get("kind", "")) if isinstance(value, dict) else ""
    if kind in CONDITIONS_BY_KIND:
        return CONDITIONS_BY_KIND[kind].__name__
    return "OtherCondition" if isinstance(value, dict) and "config" in value else "PurposeCondition"


Condition: TypeAlias = Annotated[
    Annotated[StateCondition, Tag("StateCondition")]
    | Annotated[NumericStateCondition, Tag("NumericStateCondition")]
    | Annotated[TimeCondition, Tag("TimeCondition")]
    | Annotated[SunCondition, Tag("SunCondition")]
    | Annotated[ZoneCondition, Tag("ZoneCondition")]
    | Annotated[TemplateCondition, Tag("TemplateCondition")]
    | Annotated[TriggerCondition, Tag("TriggerCondition")]
    | Annotated[DeviceCondition, Tag("DeviceCondition")]
    | Annotated[AndCondition, Tag("AndCondition")]
    | Annotated[OrCondition, Tag("OrCondition")]
    | Annotated[NotCondition, Tag("NotCondition")]
    | Annotated[PurposeCondition, Tag("PurposeCondition")]
    | Annotated[OtherCondition, Tag("OtherCondition")],
    Discriminator(_name_of),
]

for _each in (AndCondition, OrCondition, NotCondition):
    _each.model_rebuild()
