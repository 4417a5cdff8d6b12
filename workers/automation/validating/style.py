"""What works and would be better otherwise: names, timeouts, modes, ids that tell nobody anything. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workers.automation.finding import Code, Finding, Fix, info, warning
from workers.automation.plan.actions import (
    CallService,
    Delay,
    DeviceAction,
    SetVariables,
    WaitForTrigger,
    WaitTemplate,
)
from workers.automation.plan.conditions import DeviceCondition, TriggerCondition
from workers.automation.plan.node import Node
from workers.automation.plan.plan import Plan
from workers.automation.plan.target import Target
from workers.automation.plan.triggers import DeviceTrigger
from workers.automation.validating.known import Known
from workers.automation.validating.nearest import nearest
from workers.automation.validating.places import child, known_text

LONG = 60.0
"""Seconds of a delay, from which on it matters what a second start does."""
_WORD = re.compile(r"\w+")
_PHONE = "notify.mobile_app_"


def judge_style(plan: Plan, known: Known) -> Iterator[Finding]:
    """Hints on a plan: nothing of this keeps it from working."""
    if not plan.alias:
        yield info(Code.STYLE, "alias", "It has no alias; give it a name that says what it does.")
    yield from _blueprint(plan)
    yield from _mode(plan, known)
    yield from _trigger_ids(plan, known)
    yield from _unused(plan, known)
    for node in known.nodes:
        yield from _waiting(node)
        yield from _device(node)
        yield from _phone(node)


def _blueprint(plan: Plan) -> Iterator[Finding]:
    if plan.use_blueprint is not None:
        said = f"What the blueprint {plan.use_blueprint.blueprint[:100]} does is not seen here; look at it yourself."
        yield warning(Code.UNSEEN_BLUEPRINT, "use_blueprint", said)


def _mode(plan: Plan, known: Known) -> Iterator[Finding]:
    if plan.mode != "single":
        return
    for action in known.nodes:
        if isinstance(action, Delay) and (action.delay.seconds or 0.0) >= LONG:
            said = "While this delay lasts, the mode single ignores every trigger; say whether restart is meant."
            yield info(Code.STYLE, action.path, said)
            return


def _waiting(node: Node) -> Iterator[Finding]:
    if isinstance(node, (WaitForTrigger, WaitTemplate)) and node.timeout is None:
        yield warning(Code.MISSING_TIMEOUT, node.path, "This may wait for ever; give it a timeout.")


# -- ids of triggers ---------------------------------------------------------------------------------------------------


def _trigger_ids(plan: Plan, known: Known) -> Iterator[Finding]:
    """Ids that conditions ask for, and triggers that no condition can ask for."""
    asked = [each for each in known.nodes if isinstance(each, TriggerCondition)]
    if not asked or plan.use_blueprint is not None:
        return
    ids = {each.id for each in plan.triggers if each.id is not None}
    able = ids | {str(number) for number in range(len(plan.triggers))}
    for condition in asked:
        for index, each in enumerate(condition.id):
            name = known_text(each)
            if name is not None and name not in able:
                path = child(child(condition.path, "id"), index)
                better = nearest(name, sorted(ids))
                hint = f"; did you mean {better}?" if better else "; it never holds."
                fix = Fix(path=path, value=better) if better else None
                yield warning(Code.STYLE, path, f"No trigger has the id {name[:60]}{hint}", fix)
    if not ids:
        return
    for trigger in plan.triggers:
        if trigger.id is None:
            yield info(Code.STYLE, trigger.path, "Conditions ask for ids of triggers; give this one an id, too.")


# -- names that nobody uses --------------------------------------------------------------------------------------------


def _unused(plan: Plan, known: Known) -> Iterator[Finding]:
    if plan.use_blueprint is not None:
        return
    used = {word for place in known.places for word in _WORD.findall(place.template)}
    for node in known.nodes:
        for path, name in _given(node):
            if name not in used:
                yield info(Code.STYLE, path, f"Nothing uses {name[:60]}; remove it.", Fix(path=path, remove=True))


def _given(node: Node) -> Iterator[tuple[str, str]]:
    if isinstance(node, Plan):
        for key in ("variables", "trigger_variables"):
            for name in getattr(node, key):
                yield child(key, name), name
    elif isinstance(node, SetVariables):
        for name in node.variables:
            yield child(child(node.path, "variables"), name), name
    elif isinstance(node, CallService) and node.response_variable is not None:
        yield child(node.path, "response_variable"), node.response_variable


# -- ids that tell nobody anything -------------------------------------------------------------------------------------


def _device(node: Node) -> Iterator[Finding]:
    if isinstance(node, (DeviceTrigger, DeviceCondition, DeviceAction)) and "entity_id" in node.config:
        said = "A device's id changes when the device is replaced; name the entity instead."
        yield info(Code.STYLE, child(node.path, "device_id"), said)
    elif isinstance(node, CallService) and isinstance(node.target, Target) and node.target.device_id:
        said = "A device's id changes when the device is replaced; name its entity or an area instead."
        yield info(Code.STYLE, child(node.target.path, "device_id"), said)


def _phone(node: Node) -> Iterator[Finding]:
    if isinstance(node, CallService) and node.action.startswith(_PHONE):
        said = "This names one phone; a notify group stays right when the phone is replaced."
        yield info(Code.STYLE, child(node.path, "action"), said)
