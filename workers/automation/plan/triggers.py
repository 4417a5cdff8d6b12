"""What may start an automation, one class a kind. `kind` is what Home Assistant has under `trigger:`."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator, Tag

from workers.automation.plan.duration import Duration
from workers.automation.plan.node import Node
from workers.automation.plan.target import Target
from workers.automation.plan.value import AnyValue, Data, DataField, TemplateText, Text, Texts, Values

ANY_STATE: tuple[None] = (None,)
"""What `to: null` says: any change of the state, but not of an attribute alone."""


class BaseTrigger(Node):
    """What every trigger may have. `id` is what a `trigger` condition asks for; `enabled` may be a template."""

    alias: str | None = None
    id: str | None = None
    enabled: bool | TemplateText = True
    variables: DataField = Data()
    note: str | None = None


class StateTrigger(BaseTrigger):
    """Some entity changes its state, or an attribute. None is what was not said; `ANY_STATE` is `null`."""

    kind: Literal["state"] = "state"
    entity_id: Texts
    attribute: str | None = None
    from_: Values | None = None
    to: Values | None = None
    not_from: Values | None = None
    not_to: Values | None = None
    for_: Duration | None = None


class NumericStateTrigger(BaseTrigger):
    """A number comes above or below a limit; a limit is a number or the id of an entity."""

    kind: Literal["numeric_state"] = "numeric_state"
    entity_id: Texts
    attribute: str | None = None
    above: float | Text | None = None
    below: float | Text | None = None
    value_template: TemplateText | None = None
    for_: Duration | None = None


class TimeEntity(Node):
    """The time that an `input_datetime` or a sensor holds, with an offset."""

    entity_id: Text
    offset: Duration | None = None


class TimeTrigger(BaseTrigger):
    """A time of day, `HH:MM:SS`, or one that an entity holds (an id or a `TimeEntity`), or a template.

    `weekday` holds `mon` to `sun`; empty means every day.
    """

    kind: Literal["time"] = "time"
    at: tuple[Text | TimeEntity, ...]
    weekday: Texts = ()


class TimePatternTrigger(BaseTrigger):
    """Again and again: `*`, `/5` (every five) or `5` (at five); what stands left of the first one given is `*`."""

    kind: Literal["time_pattern"] = "time_pattern"
    hours: str | None = None
    minutes: str | None = None
    seconds: str | None = None


class SunTrigger(BaseTrigger):
    """Sunrise or sunset, with an offset that may be negative."""

    kind: Literal["sun"] = "sun"
    event: Text
    offset: Duration | None = None


class ZoneTrigger(BaseTrigger):
    """Somebody enters or leaves a zone."""

    kind: Literal["zone"] = "zone"
    entity_id: Texts
    zone: Text
    event: Text = "enter"


class TemplateTrigger(BaseTrigger):
    """A template becomes true."""

    kind: Literal["template"] = "template"
    value_template: TemplateText
    for_: Duration | None = None


class EventTrigger(BaseTrigger):
    """An event on Home Assistant's bus."""

    kind: Literal["event"] = "event"
    event_type: Texts
    event_data: DataField = Data()
    context: DataField = Data()


class MqttTrigger(BaseTrigger):
    """A message on a topic, which may have wildcards."""

    kind: Literal["mqtt"] = "mqtt"
    topic: Text
    payload: Text | None = None
    value_template: TemplateText | None = None
    encoding: str = "utf-8"
    qos: int = 0


class DeviceTrigger(BaseTrigger):
    """What a device's integration offers; `config` has the rest of it (`type`, `subtype`, `entity_id`, `for` ...)."""

    kind: Literal["device"] = "device"
    device_id: Text
    domain: Text
    config: DataField = Data()


class HomeAssistantTrigger(BaseTrigger):
    """Home Assistant has started, or shuts down."""

    kind: Literal["homeassistant"] = "homeassistant"
    event: Text


class PurposeTrigger(BaseTrigger):
    """One of Home Assistant's purpose-made triggers: `kind` is `light.turned_on`, `options` as it takes them."""

    kind: Text
    target: Target | None = None
    options: DataField = Data()


class OtherTrigger(BaseTrigger):
    """A trigger that is not typed here (`webhook`, `tag`, `calendar`, `conversation` ...); `config` has its own keys.

    Where it is not even a mapping (`!include ...`), `kind` is empty and `config` is what it was.
    """

    kind: Text
    config: AnyValue = Data()


_TYPED: tuple[type[BaseTrigger], ...] = (
    StateTrigger,
    NumericStateTrigger,
    TimeTrigger,
    TimePatternTrigger,
    SunTrigger,
    ZoneTrigger,
    TemplateTrigger,
    EventTrigger,
    MqttTrigger,
    DeviceTrigger,
    HomeAssistantTrigger,
)
TRIGGERS_BY_KIND: dict[str, type[BaseTrigger]] = {str(each.model_fields["kind"].default): each for each in _TYPED}
"""The class of each kind that has one of its own."""


def _name_of(value: object) -> str:
    if isinstance(value, BaseTrigger):
        return type(value).__name__
    kind = str(value.get("kind", "")) if isinstance(value, dict) else ""
    if kind in TRIGGERS_BY_KIND:
        return TRIGGERS_BY_KIND[kind].__name__
    return "OtherTrigger" if isinstance(value, dict) and "config" in value else "PurposeTrigger"


Trigger: TypeAlias = Annotated[
    Annotated[StateTrigger, Tag("StateTrigger")]
    | Annotated[NumericStateTrigger, Tag("NumericStateTrigger")]
    | Annotated[TimeTrigger, Tag("TimeTrigger")]
    | Annotated[TimePatternTrigger, Tag("TimePatternTrigger")]
    | Annotated[SunTrigger, Tag("SunTrigger")]
    | Annotated[ZoneTrigger, Tag("ZoneTrigger")]
    | Annotated[TemplateTrigger, Tag("TemplateTrigger")]
    | Annotated[EventTrigger, Tag("EventTrigger")]
    | Annotated[MqttTrigger, Tag("MqttTrigger")]
    | Annotated[DeviceTrigger, Tag("DeviceTrigger")]
    | Annotated[HomeAssistantTrigger, Tag("HomeAssistantTrigger")]
    | Annotated[PurposeTrigger, Tag("PurposeTrigger")]
    | Annotated[OtherTrigger, Tag("OtherTrigger")],
    Discriminator(_name_of),
]
