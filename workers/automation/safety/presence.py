"""Who set it off and who is there: smoke, somebody who arrives, a stranger, the clock, an empty house. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from workers.automation.home_view import HomeView
from workers.automation.plan.conditions import (
    Condition,
    NumericStateCondition,
    PurposeCondition,
    StateCondition,
    ZoneCondition,
)
from workers.automation.plan.triggers import (
    DeviceTrigger,
    EventTrigger,
    HomeAssistantTrigger,
    NumericStateTrigger,
    OtherTrigger,
    PurposeTrigger,
    StateTrigger,
    SunTrigger,
    TemplateTrigger,
    TimePatternTrigger,
    TimeTrigger,
    Trigger,
    ZoneTrigger,
)
from workers.automation.plan.value import Value
from workers.automation.safety.claims import CAME_FROM, CAME_TO, claim
from workers.automation.safety.deed import Deed
from workers.automation.safety.signals import guarded, implied
from workers.automation.safety.things import is_known_person, is_motion_sensor, is_person, is_smoke_sensor, says_away

_HOME = "zone.home"
_ALARMING = frozenset({"on", "smoke", "alarm", "detected", "triggered", "critical", "emergency"})
_ARMED = frozenset({"armed_away", "armed_vacation"})
_SMOKE_KINDS = frozenset({"air_quality.smoke_detected", "air_quality.co_detected", "smoke.detected"})
_MOTION_KINDS = frozenset({"motion.detected", "occupancy.detected", "doorbell.rang", "vibration.detected"})
_CLOCK_DOMAINS = frozenset({"sun", "schedule", "calendar", "time", "date"})
_CLOCK_ENTITIES = frozenset({"sensor.time", "sensor.date", "sensor.date_time", "sensor.time_date", "sensor.uptime"})
_CLOCK_IN_TEMPLATES = re.compile(r"\b(now|utcnow|today_at|as_timestamp)\b|sun\.sun|sensor\.time|sensor\.date")
_ENTITY_ID = re.compile(r"\b[a-z_]+\.[a-z0-9_]+\b")


def is_let_in(deed: Deed, home: HomeView) -> bool:
    """Whether a smoke or CO alarm set it off, or a known person who arrived: the doors may open then."""
    if guarded(deed.guards, lambda each: tells_smoke(each, home)):
        return True
    return any(
        triggers
        and all(is_smoke(each, home) or is_arrival(each, home) or _came_home(each, deed, home) for each in triggers)
        for triggers in deed.starters
    )


def in_empty_house(deed: Deed, home: HomeView) -> bool:
    """Whether it is done where nobody is at home: after somebody left, or where a condition says so."""
    if guarded(deed.guards, lambda each: tells_empty(each, home), lambda each: _tells_home(each, home)):
        return True
    if guarded(deed.guards, lambda each: _tells_home(each, home), lambda each: tells_empty(each, home)):
        return False
    return any(is_leaving(each, home) for triggers in deed.starters for each in triggers)


def is_smoke(trigger: Trigger, home: HomeView) -> bool:
    """Whether it is a smoke or CO alarm that goes off."""
    if isinstance(trigger, StateTrigger):
        to = _texts(trigger.to)
        known = bool(trigger.entity_id) and all(is_smoke_sensor(home, each) for each in trigger.entity_id)
        return known and trigger.attribute is None and bool(to) and to <= _ALARMING
    if isinstance(trigger, TemplateTrigger):
        claimed = claim(trigger.value_template)
        return claimed is not None and implied(claimed, lambda each: tells_smoke(each, home))
    if isinstance(trigger, DeviceTrigger):
        return str(trigger.config.get("type")) in {"smoke", "co"}
    return isinstance(trigger, PurposeTrigger) and trigger.kind in _SMOKE_KINDS


def is_arrival(trigger: Trigger, home: HomeView) -> bool:  # noqa: PLR0911 (one a kind)
    """Whether it is a known person who comes home."""
    if isinstance(trigger, StateTrigger):
        if trigger.entity_id == (_HOME,):
            return _texts(trigger.from_) == {"0"}
        return trigger.attribute is None and _all_known(trigger.entity_id, home) and _texts(trigger.to) == {"home"}
    if isinstance(trigger, NumericStateTrigger):
        above = trigger.above
        return trigger.entity_id == (_HOME,) and isinstance(above, (int, float)) and above >= 0
    if isinstance(trigger, ZoneTrigger):
        return trigger.zone == _HOME and trigger.event == "enter" and _all_known(trigger.entity_id, home)
    if isinstance(trigger, PurposeTrigger):
        return trigger.kind in {"zone.entered", "zone.occupancy_detected"} and _at_home(trigger)
    if isinstance(trigger, DeviceTrigger):
        enters = trigger.domain in {"person", "device_tracker"} and trigger.config.get("type") == "enters"
        return enters and trigger.config.get("zone") == _HOME
    claimed = claim(trigger.value_template) if isinstance(trigger, TemplateTrigger) else None
    return claimed is not None and implied(claimed, lambda each: _tells_home(each, home), _tells_nobody)


def _came_home(trigger: Trigger, deed: Deed, home: HomeView) -> bool:
    """Whether a known person moved, and conditions ask that it was home, from elsewhere.

    Without "from elsewhere" a person at home whose position is told again would do.
    """
    if not isinstance(trigger, StateTrigger) or trigger.attribute is not None:
        return False
    from_elsewhere = bool(trigger.from_) and "home" not in _texts(trigger.from_)
    from_elsewhere = from_elsewhere or "home" in _texts(trigger.not_from)
    from_elsewhere = from_elsewhere or guarded(
        deed.guards, lambda each: _moved(each, CAME_FROM, away=True), lambda each: _moved(each, CAME_FROM)
    )
    alone = trigger.entity_id if len(trigger.entity_id) == 1 else ()
    return (
        _all_known(trigger.entity_id, home)
        and from_elsewhere
        and guarded(deed.guards, lambda each: _moved(each, CAME_TO) or _is_at_home(each, alone))
    )


def _moved(condition: Condition, end: str, *, away: bool = False) -> bool:
    """Whether a simple condition says that the trigger's old or new state is home, or that it is not."""
    if not isinstance(condition, StateCondition) or condition.entity_id != (end,):
        return False
    return "home" not in _texts(condition.state) if away else _texts(condition.state) == {"home"}


def _is_at_home(condition: Condition, entity_ids: tuple[str, ...]) -> bool:
    if not entity_ids or not isinstance(condition, (StateCondition, ZoneCondition)):
        return False
    if isinstance(condition, ZoneCondition):
        return condition.entity_id == entity_ids and condition.zone == (_HOME,)
    return condition.entity_id == entity_ids and _texts(condition.state) == {"home"}


def is_leaving(trigger: Trigger, home: HomeView) -> bool:  # noqa: PLR0911 (one a kind)
    """Whether it is somebody who leaves, or the house that is empty now."""
    if isinstance(trigger, StateTrigger):
        to, from_ = _texts(trigger.to), _texts(trigger.from_)
        if trigger.entity_id == (_HOME,):
            return to == {"0"}
        if _all_persons(trigger.entity_id, home):
            return "not_home" in to or (from_ == {"home"} and "home" not in to) or "home" in _texts(trigger.not_to)
        away = all(says_away(home, each) for each in trigger.entity_id) and "on" in to
        return away or (bool(to) and to <= _ARMED)
    if isinstance(trigger, NumericStateTrigger):
        return trigger.entity_id == (_HOME,) and isinstance(trigger.below, (int, float)) and trigger.below <= 1
    if isinstance(trigger, ZoneTrigger):
        return trigger.zone == _HOME and trigger.event == "leave"
    if isinstance(trigger, PurposeTrigger):
        left = trigger.kind in {"zone.left", "zone.occupancy_cleared"} and _at_home(trigger)
        return left or trigger.kind in {"alarm_control_panel.armed_away", "alarm_control_panel.armed_vacation"}
    claimed = claim(trigger.value_template) if isinstance(trigger, TemplateTrigger) else None
    return claimed is not None and _means_empty(claimed, home)


def is_clock(trigger: Trigger) -> bool:
    """Whether it comes by itself: the time, the sun, a calendar, the start of Home Assistant."""
    if isinstance(trigger, (TimeTrigger, TimePatternTrigger, SunTrigger, HomeAssistantTrigger)):
        return True
    if isinstance(trigger, (OtherTrigger, PurposeTrigger)):
        return trigger.kind.partition(".")[0] in _CLOCK_DOMAINS | {"moon"}
    if isinstance(trigger, (StateTrigger, NumericStateTrigger)):
        return any(each.partition(".")[0] in _CLOCK_DOMAINS or each in _CLOCK_ENTITIES for each in trigger.entity_id)
    if isinstance(trigger, EventTrigger):
        return bool({"time_changed", "homeassistant_start", "homeassistant_started"} & set(trigger.event_type))
    return isinstance(trigger, TemplateTrigger) and bool(_CLOCK_IN_TEMPLATES.search(trigger.value_template))


def is_stranger(trigger: Trigger, home: HomeView) -> bool:
    """Whether anybody who passes can cause it: motion, occupancy, the doorbell."""
    if isinstance(trigger, (StateTrigger, NumericStateTrigger)):
        return any(is_motion_sensor(home, each) for each in trigger.entity_id)
    if isinstance(trigger, PurposeTrigger):
        return trigger.kind in _MOTION_KINDS
    if isinstance(trigger, DeviceTrigger):
        return str(trigger.config.get("type")) in {"motion", "occupied", "present", "moving", "vibration", "sound"}
    if isinstance(trigger, TemplateTrigger):
        return any(is_motion_sensor(home, each) for each in _ENTITY_ID.findall(trigger.value_template))
    return False


def tells_smoke(condition: Condition, home: HomeView) -> bool:
    """Whether a simple condition says that there is smoke or CO."""
    if isinstance(condition, StateCondition):
        states = _texts(condition.state)
        known = bool(condition.entity_id) and all(is_smoke_sensor(home, each) for each in condition.entity_id)
        return known and condition.attribute is None and bool(states) and states <= _ALARMING
    kinds = {"air_quality.is_smoke_detected", "air_quality.is_co_detected"}
    return isinstance(condition, PurposeCondition) and condition.kind in kinds


def tells_empty(condition: Condition, home: HomeView) -> bool:
    """Whether a simple condition says that somebody, or everybody, is away."""
    if isinstance(condition, StateCondition):
        states = _texts(condition.state)
        if condition.entity_id == (_HOME,):
            return states == {"0"}
        if _all_persons(condition.entity_id, home):
            return "home" not in states
        away = bool(condition.entity_id) and all(says_away(home, each) for each in condition.entity_id)
        return (away and "on" in states) or (bool(states) and states <= _ARMED)
    if isinstance(condition, NumericStateCondition):
        below = condition.below
        return condition.entity_id == (_HOME,) and isinstance(below, (int, float)) and below <= 1
    kinds = {
        "zone.occupancy_is_not_detected",
        "alarm_control_panel.is_armed_away",
        "alarm_control_panel.is_armed_vacation",
    }
    return isinstance(condition, PurposeCondition) and (
        condition.kind in kinds or (condition.kind == "zone.not_in_zone" and _at_home(condition))
    )


def _means_empty(condition: Condition, home: HomeView) -> bool:
    return implied(condition, lambda each: tells_empty(each, home), lambda each: _tells_home(each, home))


def _tells_home(condition: Condition, home: HomeView) -> bool:
    """Whether a simple condition says that a known person is at home."""
    if isinstance(condition, StateCondition):
        return _all_known(condition.entity_id, home) and _texts(condition.state) == {"home"}
    if isinstance(condition, NumericStateCondition):
        above = condition.above
        return condition.entity_id == (_HOME,) and isinstance(above, (int, float)) and above >= 0
    return isinstance(condition, ZoneCondition) and condition.zone == (_HOME,) and _all_known(condition.entity_id, home)


def _tells_nobody(condition: Condition) -> bool:
    """Whether a simple condition says that nobody is at home: where it does not hold, somebody is."""
    return (
        isinstance(condition, StateCondition) and condition.entity_id == (_HOME,) and _texts(condition.state) == {"0"}
    )


def _all_known(entity_ids: Iterable[str], home: HomeView) -> bool:
    ids = tuple(entity_ids)
    return bool(ids) and all(is_known_person(home, each) for each in ids)


def _all_persons(entity_ids: Iterable[str], home: HomeView) -> bool:
    ids = tuple(entity_ids)
    return bool(ids) and all(is_person(home, each) for each in ids)


def _at_home(node: PurposeTrigger | PurposeCondition) -> bool:
    zones = node.options.get("zone", ())
    named = (zones,) if isinstance(zones, str) else (zones if isinstance(zones, tuple) else ())
    targets = node.target.entity_id if node.target is not None else ()
    return _HOME in named or _HOME in targets


def _texts(values: tuple[Value, ...] | None) -> frozenset[str]:
    return frozenset(str(each) for each in values or () if each is not None)
