"""Whether what is done to an entity fires a trigger: by the states it can come to, and those it comes from. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from workers.automation.home_view import HomeView
from workers.automation.plan.conditions import Condition, NumericStateCondition, StateCondition, TriggerCondition
from workers.automation.plan.triggers import (
    DeviceTrigger,
    EventTrigger,
    MqttTrigger,
    NumericStateTrigger,
    PurposeTrigger,
    StateTrigger,
    TemplateTrigger,
    Trigger,
)
from workers.automation.plan.value import Value
from workers.automation.safety.claims import BY_HAND, CAME_TO, claim
from workers.automation.safety.deed import Deed, Guard
from workers.automation.safety.outcomes import CHANGED, OFF, ON, OPEN, TOGGLE, outcome
from workers.automation.safety.signals import guarded, implied

_STATE_CHANGED, _CALLED = "event:state_changed", "event:call_service"
_OPPOSITE = {ON: OFF, OFF: ON, OPEN: "closed", "closed": OPEN, "opening": "closing", "closing": "opening"}
_WAYS = {OPEN: ("opening", OPEN), "closed": ("closing", "closed"), "unlocked": ("unlocking", "unlocked"),
         "locked": ("locking", "locked")}  # fmt: skip
_PURPOSES = {"turned_on": ON, "turned_off": OFF, "opened": OPEN, "closed": "closed", "unlocked": "unlocked",
             "locked": "locked",
             "awning_opened": OPEN, "blind_opened": OPEN, "curtain_opened": OPEN, "shade_opened": OPEN,
             "shutter_opened": OPEN, "awning_closed": "closed", "blind_closed": "closed", "curtain_closed": "closed",
             "shade_closed": "closed", "shutter_closed": "closed", "disarmed": "disarmed"}  # fmt: skip


def watches(trigger: Trigger, home: HomeView) -> frozenset[str]:
    """The entities that a trigger watches; `event:x` for events, `mqtt:` for messages."""
    if isinstance(trigger, (StateTrigger, NumericStateTrigger)):
        return frozenset(trigger.entity_id)
    if isinstance(trigger, PurposeTrigger):
        domain = trigger.kind.partition(".")[0]
        found = home.reached(trigger.target, domain) if trigger.target is not None else frozenset()
        return frozenset(each for each in found if each.startswith(f"{domain}."))
    if isinstance(trigger, DeviceTrigger):
        listed = str(trigger.config.get("entity_id", ""))
        return frozenset({listed} if "." in listed else home.registry.by_device.get(trigger.device_id, ()))
    if isinstance(trigger, EventTrigger):
        return frozenset(f"event:{each}" for each in trigger.event_type)
    if isinstance(trigger, TemplateTrigger):
        claimed = claim(trigger.value_template)
        return frozenset() if claimed is None else frozenset(_entities(claimed))
    return frozenset({"mqtt:"}) if isinstance(trigger, MqttTrigger) else frozenset()


def touched(deed: Deed) -> frozenset[str]:
    """What a deed changes, by the names of `watches`."""
    if deed.service == "mqtt.publish":
        return frozenset({"mqtt:"})
    if deed.service == "event.fire":
        return deed.entity_ids
    told = {_STATE_CHANGED} if outcome(deed) and deed.entity_ids else set()
    return deed.entity_ids | told | {_CALLED}


def results(deed: Deed, before: str | None) -> tuple[str, ...]:
    """The states that a thing goes through when this is done to it in a state (None where that is not known)."""
    done = outcome(deed)
    if done != TOGGLE:
        return _WAYS.get(done, (done or CHANGED,))
    if before in _OPPOSITE:
        after = _OPPOSITE[before]
        return _WAYS.get(after, (after,))
    return ("opening", OPEN, "closing", "closed") if deed.domain == "cover" else (ON, OFF)


def fires(trigger: Trigger, deed: Deed, entity_id: str, before: str | None, after: str) -> bool:  # noqa: PLR0911 (one a kind)
    """Whether a trigger fires when a deed brings an entity from one state (None: not known) to another."""
    if isinstance(trigger, StateTrigger):
        if trigger.attribute is not None or not outcome(deed):
            return trigger.attribute in deed.data
        return _state_fires(trigger, before, after)
    if isinstance(trigger, NumericStateTrigger):
        return trigger.attribute is None and outcome(deed) == CHANGED and _within(trigger, deed)
    if isinstance(trigger, (PurposeTrigger, DeviceTrigger)):
        kind = (
            trigger.kind.partition(".")[2] if isinstance(trigger, PurposeTrigger) else str(trigger.config.get("type"))
        )
        wanted = _PURPOSES.get(kind)
        toggled = kind == "changed_states" and after in {ON, OFF}
        return (wanted == after and before != after) or toggled
    if isinstance(trigger, EventTrigger):
        return _same_data(trigger, deed, entity_id)
    if isinstance(trigger, MqttTrigger):
        return _same_message(trigger, deed)
    claimed = claim(trigger.value_template) if isinstance(trigger, TemplateTrigger) else None
    return claimed is not None and before != after and implied(claimed, lambda each: _is(each, entity_id, after))


def excluded(guards: Iterable[Guard], entity_id: str, state: str) -> bool:
    """Whether conditions rule out that an entity is in a state."""
    if guarded(guards, lambda each: isinstance(each, TriggerCondition) and BY_HAND in each.id):
        return True
    if state == CHANGED:
        return guarded(guards, lambda each: isinstance(each, NumericStateCondition) and entity_id in each.entity_id)
    return guarded(guards, lambda each: _is_not(each, entity_id, state), lambda each: _is(each, entity_id, state))


def _state_fires(trigger: StateTrigger, before: str | None, after: str) -> bool:
    to, from_ = _texts(trigger.to), _texts(trigger.from_)
    if after == CHANGED:
        return not to
    if before == after and (to or from_ or trigger.not_to or trigger.not_from or trigger.to is not None):
        return False
    if (to and after not in to) or after in _texts(trigger.not_to):
        return False
    if before is None:
        return not (from_ and from_ <= {after})
    return not (from_ and before not in from_) and before not in _texts(trigger.not_from)


def _within(trigger: NumericStateTrigger, deed: Deed) -> bool:
    chosen = deed.data.get("value")
    if chosen is None or not chosen.complete:
        return True
    above = trigger.above if isinstance(trigger.above, (int, float)) else float("-inf")
    below = trigger.below if isinstance(trigger.below, (int, float)) else float("inf")
    return any(above < each < below for each in chosen.numbers)


def _same_data(trigger: EventTrigger, deed: Deed, event: str) -> bool:
    """Whether the event's data may be what the trigger asks for."""
    if event == _STATE_CHANGED:
        return trigger.event_data.get("entity_id") in {None, *deed.entity_ids}
    if event == _CALLED:
        domain, service = trigger.event_data.get("domain"), trigger.event_data.get("service")
        return domain in {None, deed.domain} and service in {None, deed.verb}
    for key, value in trigger.event_data.items():
        chosen = deed.data.get(key)
        if chosen is None or (chosen.complete and value not in chosen.values):
            return False
    return True


def _same_message(trigger: MqttTrigger, deed: Deed) -> bool:
    topics, payloads = deed.data.get("topic"), deed.data.get("payload")
    if topics is None or not any(matches(trigger.topic, each) for each in topics.texts):
        return False
    known = (
        trigger.payload is not None and trigger.value_template is None and payloads is not None and payloads.complete
    )
    return not known or payloads is None or trigger.payload in {str(each) for each in payloads.values}


def matches(pattern: str, topic: str) -> bool:
    """Whether an MQTT topic is one that a filter with `+` and `#` takes."""
    wanted, given = pattern.split("/"), topic.split("/")
    for at, each in enumerate(wanted):
        if each == "#":
            return True
        if at >= len(given) or each not in {"+", given[at]}:
            return False
    return len(wanted) == len(given)


def _is(condition: Condition, entity_id: str, state: str) -> bool:
    return (
        isinstance(condition, StateCondition)
        and (entity_id in condition.entity_id or condition.entity_id == (CAME_TO,))
        and state in _texts(condition.state)
    )


def _is_not(condition: Condition, entity_id: str, state: str) -> bool:
    return (
        isinstance(condition, StateCondition)
        and condition.attribute is None
        and (entity_id in condition.entity_id or condition.entity_id == (CAME_TO,))
        and (condition.match == "all" or len(condition.entity_id) == 1)
        and state not in _texts(condition.state)
    )


def _entities(condition: Condition) -> tuple[str, ...]:
    if isinstance(condition, StateCondition):
        return condition.entity_id
    return tuple(name for each in getattr(condition, "conditions", ()) for name in _entities(each))


def _texts(values: tuple[Value, ...] | None) -> frozenset[str]:
    return frozenset(str(each) for each in values or () if each is not None)
