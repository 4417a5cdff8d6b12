"""Actions in Home Assistant's current form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workers.automation.plan.actions import (
    Action,
    ActivateScene,
    CallService,
    CheckCondition,
    Choose,
    ChooseOption,
    Delay,
    DeviceAction,
    FireEvent,
    If,
    OtherAction,
    Parallel,
    Repeat,
    SetConversationResponse,
    SetVariables,
    Stop,
    WaitForTrigger,
    WaitTemplate,
)
from workers.automation.plan.actions import Sequence as SequenceAction
from workers.automation.plan.value import thawed
from workers.automation.writing.conditions import write_condition, write_conditions
from workers.automation.writing.triggers import write_triggers
from workers.automation.writing.values import plain, said


def write_actions(actions: Sequence[Action]) -> Any:
    """A list of actions; one that is a tag stands alone, as it was read."""
    written = [write_action(each) for each in actions]
    return written[0] if len(written) == 1 and isinstance(written[0], str) else written


def write_action(action: Action) -> Any:
    """One action: a mapping, save where something else was read."""
    if isinstance(action, CheckCondition):
        return write_condition(action.condition)
    if isinstance(action, OtherAction) and not isinstance(action.config, Mapping):
        return thawed(action.config)
    written = said(alias=action.alias, note=action.note)
    if action.enabled is not True:
        written["enabled"] = plain(action.enabled)
    own = _flow(action)
    after = {"continue_on_error": True} if action.continue_on_error else {}
    return {**written, **own, **after}


def _flow(action: Action) -> dict[str, Any]:
    """The keys of what decides, repeats and groups; else those of one step."""
    match action:
        case Choose():
            default = {"default": write_actions(action.default)} if action.default else {}
            return {"choose": [_option(each) for each in action.options], **default}
        case If():
            otherwise = {"else": write_actions(action.else_)} if action.else_ else {}
            return {"if": write_conditions(action.conditions), "then": write_actions(action.then), **otherwise}
        case Repeat():
            return {"repeat": _repeat(action)}
        case SequenceAction():
            return {"sequence": write_actions(action.sequence), **said(metadata=action.metadata)}
        case Parallel():
            return {"parallel": [_branch(each) for each in action.branches]}
        case _:
            return _step(action)


def _step(action: Action) -> dict[str, Any]:  # noqa: C901, PLR0911 (a case for each kind)
    match action:
        case CallService():
            return _call(action)
        case Delay():
            return said(delay=action.delay)
        case WaitTemplate():
            return {**said(wait_template=action.wait_template), **_wait(action)}
        case WaitForTrigger():
            return {"wait_for_trigger": write_triggers(action.triggers), **_wait(action)}
        case SetVariables():
            return {"variables": thawed(action.variables)}
        case SetConversationResponse():
            return {"set_conversation_response": plain(action.response)}
        case FireEvent():
            return said(event=action.event, event_data=action.event_data)
        case Stop():
            error = {"error": True} if action.error else {}
            return {"stop": plain(action.reason), **error, **said(response_variable=action.response_variable)}
        case ActivateScene():
            return said(scene=action.scene)
        case DeviceAction():
            return {**said(device_id=action.device_id, domain=action.domain), **thawed(action.config)}
        case _:
            return {**thawed(action.config)} if isinstance(action, OtherAction) else {}


def _call(action: CallService) -> dict[str, Any]:
    return {
        **said(action=action.action, metadata=action.metadata, target=action.target, data=action.data),
        **said(response_variable=action.response_variable),
    }


def _wait(action: WaitTemplate | WaitForTrigger) -> dict[str, Any]:
    written = said(timeout=action.timeout)
    return written if action.continue_on_timeout else {**written, "continue_on_timeout": False}


def _option(option: ChooseOption) -> dict[str, Any]:
    return {
        **said(alias=option.alias, note=option.note),
        "conditions": write_conditions(option.conditions),
        "sequence": write_actions(option.sequence),
    }


def _branch(branch: SequenceAction) -> Any:
    """A branch; one action alone stands without `sequence`, where nothing else is said of the branch."""
    alone = branch.sequence[:1]
    if alone and branch == SequenceAction(sequence=alone) and not isinstance(alone[0], SequenceAction):
        return write_action(alone[0])
    return write_action(branch)


def _repeat(action: Repeat) -> dict[str, Any]:
    written = said(count=action.count)
    if action.while_ is not None:
        written["while"] = write_conditions(action.while_)
    if action.until is not None:
        written["until"] = write_conditions(action.until)
    if action.for_each is not None:
        written["for_each"] = plain(action.for_each)
    return {**written, "sequence": write_actions(action.sequence)}
