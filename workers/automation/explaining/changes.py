"""Triggers on states and numbers as clauses: `when Hall motion detects motion`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from workers.automation.explaining.clause import Clause
from workers.automation.explaining.english import phrases
from workers.automation.explaining.english.states import wording
from workers.automation.explaining.naming import Names
from workers.automation.explaining.values import (
    duration,
    listed,
    quoted,
    value,
    words,
)
from workers.automation.plan import triggers as kinds
from workers.automation.plan.triggers import ANY_STATE
from workers.automation.plan.value import Tagged, Template, Value

_NO_STATES: Final = frozenset({"unavailable", "unknown"})
_PRESSED: Final = frozenset({"button", "input_button"})


def state(trigger: kinds.StateTrigger, names: Names) -> Clause:
    """A change of a state, or a state that has lasted."""
    subject = names.entities(trigger.entity_id, phrases.OR)
    domain = trigger.entity_id[0].partition(".")[0] if trigger.entity_id else ""
    kind = names.home.device_class(trigger.entity_id[0]) if trigger.entity_id else None
    if domain == "sun" and trigger.attribute is None:
        subject = phrases.THE_SUN
    if trigger.attribute is not None:
        subject, domain, kind = attribute_of(trigger.attribute, subject), "", None
    lasting = trigger.for_ if trigger.for_ is not None and trigger.for_.seconds != 0 else None
    plain = [each for each in trigger.to or () if _plain(each)]
    anew = trigger.not_from is None or {state_text(each) for each in trigger.not_from} <= _NO_STATES
    if plain and len(plain) == len(trigger.to or ()) and anew and _natural(trigger):
        spoken = [wording(domain if not trigger.attribute else "", kind, state_text(each)) for each in plain]
        if lasting is not None:
            lasts = phrases.LASTS.format(
                subject, listed([each.lasts for each in spoken], phrases.OR), duration(lasting)
            )
            if trigger.not_from:
                lasts = phrases.UNLESS_BEFORE.format(lasts, _any_state(trigger.not_from))
            return Clause.event(lasts)
        happens = phrases.HOLDS.format(subject, listed([each.begins for each in spoken], phrases.OR))
        if trigger.not_from:
            happens = phrases.UNLESS_BEFORE.format(happens, _any_state(trigger.not_from))
        return Clause.event(happens)
    happens = _change(trigger, subject, domain)
    return Clause.event(phrases.STAYS.format(happens, duration(lasting)) if lasting is not None else happens)


def _natural(trigger: kinds.StateTrigger) -> bool:
    """Whether what it was before goes without saying."""
    if trigger.from_ is None or trigger.from_ == ANY_STATE:
        return True
    opposites = ({"on", "off"}, {"open", "closed"}, {"home", "not_home"}, {"locked", "unlocked"})
    to = trigger.to or ()
    return len(to) == len(trigger.from_) == 1 and {state_text(to[0]), state_text(trigger.from_[0])} in opposites


def _change(trigger: kinds.StateTrigger, subject: str, domain: str) -> str:
    if not any((trigger.from_, trigger.to, trigger.not_from, trigger.not_to)):
        if trigger.attribute is not None:
            return phrases.CHANGES.format(subject)
        if domain in _PRESSED:
            return phrases.PRESSED.format(subject)
        if domain == "event":
            return phrases.REPORTS_ANYTHING.format(subject)
        return (phrases.ACTIVATED if domain == "scene" else phrases.ANY_CHANGE).format(subject)
    parts = [phrases.CHANGES.format(subject)]
    if trigger.from_ and trigger.from_ != ANY_STATE:
        parts.append(phrases.FROM.format(_any_of(trigger.from_)))
    if trigger.not_from:
        parts.append(phrases.NOT_FROM.format(_any_of(trigger.not_from)))
    if trigger.to and trigger.to != ANY_STATE:
        parts.append(phrases.TO.format(_any_of(trigger.to)))
    elif trigger.not_to:
        parts.append(phrases.NOT_TO.format(_any_of(trigger.not_to)))
    elif trigger.from_ and trigger.from_ != ANY_STATE:
        parts.append(phrases.TO_OTHER)
    return " ".join(parts)


def _any_state(states: Sequence[Value]) -> str:
    return listed([words(state_text(each)) for each in states], phrases.OR)


def _any_of(states: Sequence[Value]) -> str:
    return listed([quoted(each) if _plain(each) and isinstance(each, str) else value(each) for each in states], "or")


def _plain(state: Value) -> bool:
    return isinstance(state, (str, int, float)) and not isinstance(state, (Template, Tagged))


def state_text(state: Value) -> str:
    """A state as Home Assistant has it."""
    if isinstance(state, bool):
        return "on" if state else "off"
    return state if isinstance(state, str) else value(state)


def attribute_of(attribute: str, subject: str) -> str:
    """An attribute in words: `the brightness of Floor lamp`."""
    return phrases.OF.format(phrases.ATTRIBUTES.get(attribute) or words(attribute), subject)


def numeric_subject(entity_ids: Sequence[str], attribute: str | None, template: str | None, names: Names) -> str:
    """The number that is looked at."""
    if template is not None:
        return phrases.CALCULATION_OF.format(names.entities(entity_ids, phrases.OR))
    if attribute is not None:
        return attribute_of(attribute, names.entities(entity_ids, phrases.OR))
    return listed([names.measure(each) for each in entity_ids], phrases.OR)


def limit(given: float | str | None, unit: str, names: Names) -> str:
    """A limit in words: a number with its unit, or what an entity says."""
    if isinstance(given, str):
        return names.entity(given) if type(given) is str else value(given)
    return value(given) + unit


def unit_of(entity_ids: Sequence[str], attribute: str | None, template: str | None, names: Names) -> str:
    """The unit of the number that is looked at, where that is known."""
    if attribute is not None and template is None:
        unit = phrases.ATTRIBUTE_UNITS.get(attribute, "")
        return f" {names.temperature_unit}" if unit == phrases.TEMPERATURE_UNIT else unit
    units = {names.unit(each) for each in entity_ids}
    return units.pop() if len(units) == 1 and attribute is None and template is None else ""


def numeric(trigger: kinds.NumericStateTrigger, names: Names) -> Clause:
    """A number that comes above or below its limits."""
    what = (trigger.entity_id, trigger.attribute, trigger.value_template)
    subject, unit = numeric_subject(*what, names), unit_of(*what, names)
    above, below = trigger.above, trigger.below
    if above is not None and below is not None:
        happens = phrases.COMES_BETWEEN.format(subject, limit(above, unit, names), limit(below, unit, names))
    elif above is not None:
        happens = phrases.RISES.format(subject, limit(above, unit, names))
    else:
        happens = phrases.FALLS.format(subject, limit(below, unit, names))
    if trigger.for_ is not None and trigger.for_.seconds != 0:
        happens = phrases.STAYS_THERE.format(happens, duration(trigger.for_))
    return Clause.event(happens)
