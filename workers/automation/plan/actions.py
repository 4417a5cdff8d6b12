"""What an automation does, one class a kind. `kind` is Home Assistant's own name of the kind of action."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator

from workers.automation.plan.conditions import Condition
from workers.automation.plan.duration import Duration
from workers.automation.plan.node import Node
from workers.automation.plan.target import Target
from workers.automation.plan.triggers import Trigger
from workers.automation.plan.value import AnyValue, Data, DataField, TemplateText, Text, Values


class BaseAction(Node):
    """What every action may have, save a condition; one that is not enabled is passed over."""

    alias: str | None = None
    enabled: bool | TemplateText = True
    continue_on_error: bool = False
    note: str | None = None


class CallService(BaseAction):
    """An action of an integration, such as `light.turn_on`; `action` may be a `Template`.

    What stood in `data` of entities, devices, areas, floors and labels is in `target`, where Home Assistant puts it
    too. `data` and `target` may each be one template.
    """

    kind: Literal["call_service"] = "call_service"
    action: Text
    target: Target | TemplateText | None = None
    data: TemplateText | DataField = Data()
    response_variable: str | None = None
    metadata: DataField = Data()

    @property
    def domain(self) -> str:
        """The part of `action` before the dot; empty where it is chosen when it is run."""
        return "" if type(self.action) is not str else self.action.partition(".")[0]


class ChooseOption(Node):
    """One branch of a `Choose`: what it does where all its conditions hold."""

    alias: str | None = None
    note: str | None = None
    conditions: tuple[Condition, ...]
    sequence: tuple[Action, ...]


class Choose(BaseAction):
    """The first option whose conditions hold, else `default`."""

    kind: Literal["choose"] = "choose"
    options: tuple[ChooseOption, ...]
    default: tuple[Action, ...] = ()


class If(BaseAction):
    """`then` where all conditions hold, `else_` where not."""

    kind: Literal["if"] = "if"
    conditions: tuple[Condition, ...]
    then: tuple[Action, ...]
    else_: tuple[Action, ...] = ()


class Repeat(BaseAction):
    """The sequence again and again; exactly one of `count`, `while_`, `until` and `for_each` is not None."""

    kind: Literal["repeat"] = "repeat"
    count: int | TemplateText | None = None
    while_: tuple[Condition, ...] | None = None
    until: tuple[Condition, ...] | None = None
    for_each: TemplateText | Values | None = None
    sequence: tuple[Action, ...]


class Sequence(BaseAction):
    """Actions one after the other."""

    kind: Literal["sequence"] = "sequence"
    sequence: tuple[Action, ...]
    metadata: DataField = Data()


class Parallel(BaseAction):
    """Branches at the same time, each of them a `Sequence`."""

    kind: Literal["parallel"] = "parallel"
    branches: tuple[Sequence, ...]


class Delay(BaseAction):
    """Waits for a time."""

    kind: Literal["delay"] = "delay"
    delay: Duration


class WaitTemplate(BaseAction):
    """Waits until a template gives true, or for `timeout`; None is for ever."""

    kind: Literal["wait_template"] = "wait_template"
    wait_template: TemplateText
    timeout: Duration | None = None
    continue_on_timeout: bool = True


class WaitForTrigger(BaseAction):
    """Waits until one of some triggers fires, or for `timeout`; None is for ever."""

    kind: Literal["wait_for_trigger"] = "wait_for_trigger"
    triggers: tuple[Trigger, ...]
    timeout: Duration | None = None
    continue_on_timeout: bool = True


class SetVariables(BaseAction):
    """Gives names to values, for what comes after."""

    kind: Literal["variables"] = "variables"
    variables: DataField


class SetConversationResponse(BaseAction):
    """What Assist says; None is nothing."""

    kind: Literal["set_conversation_response"] = "set_conversation_response"
    response: Text | None = None


class FireEvent(BaseAction):
    """Fires an event on Home Assistant's bus."""

    kind: Literal["event"] = "event"
    event: Text
    event_data: DataField = Data()


class Stop(BaseAction):
    """Ends the run; with `error` as one that failed."""

    kind: Literal["stop"] = "stop"
    reason: Text | None = None
    error: bool = False
    response_variable: str | None = None


class ActivateScene(BaseAction):
    """Activates a scene, in the short spelling `scene: scene.evening`."""

    kind: Literal["scene"] = "scene"
    scene: Text


class DeviceAction(BaseAction):
    """What a device's integration offers; `config` has the rest of it (`type`, `entity_id` ...)."""

    kind: Literal["device"] = "device"
    device_id: Text
    domain: Text
    config: DataField = Data()


class CheckCondition(Node):
    """Goes on only where a condition holds. Its alias, and whether it is enabled, are the condition's."""

    kind: Literal["condition"] = "condition"
    condition: Condition

    @property
    def alias(self) -> str | None:
        """The condition's."""
        return self.condition.alias

    @property
    def enabled(self) -> bool | str:
        """The condition's."""
        return self.condition.enabled


class OtherAction(BaseAction):
    """An action that is not typed here, or could not be read; `config` is what it was, without what all may have."""

    kind: Literal["other"] = "other"
    config: AnyValue = Data()


Action: TypeAlias = Annotated[
    CallService
    | Choose
    | If
    | Repeat
    | Sequence
    | Parallel
    | Delay
    | WaitTemplate
    | WaitForTrigger
    | SetVariables
    | SetConversationResponse
    | FireEvent
    | Stop
    | ActivateScene
    | DeviceAction
    | CheckCondition
    | OtherAction,
    Discriminator("kind"),
]

for _each in (ChooseOption, Choose, If, Repeat, Sequence, Parallel):
    _each.model_rebuild()
