"""Home Assistant's purpose-made triggers and conditions in words. Pure."""

from __future__ import annotations

from typing import Final

from workers.automation.explaining.english import phrases
from workers.automation.explaining.english.states import ANYWHERE, BY_DOMAIN, plural
from workers.automation.explaining.naming import Names, noun
from workers.automation.explaining.values import listed, quoted, seconds_of, span, value, words
from workers.automation.plan.conditions import PurposeCondition
from workers.automation.plan.target import Target
from workers.automation.plan.triggers import PurposeTrigger
from workers.automation.plan.value import Data, Value

_SAID: Final = frozenset({"behavior", "for", "threshold"})
_BEGINNINGS: Final = {"first": phrases.FIRST_OF, "all": phrases.LAST_OF, "last": phrases.LAST_OF}
_STARTS: Final = ("started_", "stopped_")
_COVERS: Final = ("awning", "blind", "curtain", "shade", "shutter")


def purpose_trigger(trigger: PurposeTrigger, names: Names) -> tuple[str, str]:
    """What happens, and `at` which moment where it is one (else empty): `("dusk", "at dusk")`."""
    domain, _, name = str(trigger.kind).partition(".")
    if domain == "sun" and name in phrases.SUN_EVENTS:
        return _sun(phrases.SUN_EVENTS[name], trigger.options.get("offset"))
    options, threshold = trigger.options, _threshold(trigger.options.get("threshold"), names)
    thing, verb = _kind(domain, name)
    behavior = _BEGINNINGS.get(str(options.get("behavior")), phrases.ONE_OF)
    subject = phrases.THE_SUN if domain == "sun" else names.one_of(trigger.target, thing, behavior)
    if verb.endswith(("crossed_threshold", "changed")) and (measure := _measure(domain, verb)):
        subject = phrases.OF.format(measure, _something(subject, domain))
        happens = phrases.CHANGES.format(subject)
        if verb.endswith("crossed_threshold"):
            happens = _crossing(options.get("threshold"), subject, names)
        elif threshold:
            happens = f"{happens} {phrases.TO.format(threshold)}"
    else:
        happens = f"{subject} {_verb(domain, verb)}"
    return _lasting(_with(happens, options, names), options.get("for")), ""


def purpose_condition(condition: PurposeCondition, names: Names, *, holds: bool) -> str:
    """The condition as a clause, or its opposite."""
    domain, _, name = str(condition.kind).partition(".")
    options = condition.options
    thing, verb = _kind(domain, name)
    named = domain == "sun" or _named(condition, names)
    every = options.get("behavior") == "all"
    behavior = phrases.EACH_OF if every else phrases.ONE_OF if holds else phrases.NONE_OF
    subject = phrases.THE_SUN if domain == "sun" else names.one_of(condition.target, thing, behavior)
    denied = named and not holds
    if (threshold := _threshold(options.get("threshold"), names)) and (measure := _measure(domain, verb)):
        subject = phrases.OF.format(measure, _something(subject, domain))
        told = (phrases.IS_NOT if denied else phrases.IS).format(subject, threshold)
    else:
        state = _state(domain, verb, denied=denied)
        told = f"{subject} {plural(state) if every and not named else state}"
    if every and not holds and not named:
        told = phrases.NOT.format(told)
    return _for(_with(told, options, names), options.get("for"))


def _named(condition: PurposeCondition, names: Names) -> bool:
    """Whether it is about one thing that has a name."""
    target = condition.target or Target()
    return len(target.entity_id) + len(target.device_id) == 1 and not list(names.places(target))


def _sun(event: str, offset: Value) -> tuple[str, str]:
    seconds = seconds_of(offset)
    if not seconds:
        return event, phrases.AT.format(event)
    earlier = seconds < 0 or (isinstance(offset, str) and offset.startswith("-"))
    told = (phrases.BEFORE if earlier else phrases.AFTER).format(span(seconds), event)
    return told, told


def _kind(domain: str, name: str) -> tuple[str, str]:
    """What it is about, and what of it: `cover.blind_opened` is about blinds."""
    first, _, rest = name.partition("_")
    return (first, rest) if domain == "cover" and first in _COVERS else (domain, name)


def _verb(domain: str, name: str) -> str:
    first, _, rest = name.partition("_")
    if rest in {"detected", "cleared"}:
        domain, name = first, rest
    if (known := phrases.PURPOSE.get(name)) is not None:
        return known.format(noun=phrases.DETECTED_NOUNS.get(domain, words(domain)))
    if name.startswith(_STARTS):
        return phrases.STARTS_STOPS[first].format(words(rest))
    if name.endswith("_changed"):
        return phrases.ITS_CHANGES.format(words(name.removesuffix("_changed")))
    return phrases.REPORTS_THAT.format(quoted(words(name)))


def _state(domain: str, name: str, *, denied: bool) -> str:
    """`is on`, or its opposite."""
    first, _, rest = name.partition("_is_")
    if rest:
        name = f"is_{rest}"
        domain = first
    state = name.removeprefix("is_")
    head, _, tail = state.partition("_")
    if tail in {"detected", "cleared"} or state in {"detected", "cleared", "not_detected"}:
        noun = phrases.DETECTED_NOUNS.get(head if tail in {"detected", "cleared"} and head != "not" else domain)
        noun = noun or words(head if tail in {"detected", "cleared"} and head != "not" else domain)
        none = state.endswith("cleared") or state == "not_detected"
        return (phrases.DETECTS_NO if none != denied else phrases.DETECTS).format(noun)
    known = BY_DOMAIN.get(domain, {}).get(state) or ANYWHERE.get(state)
    if known is not None:
        return known.fails if denied else known.holds
    return (phrases.IS_NOT if denied else phrases.IS).format("", words(state)).strip()


def _measure(domain: str, verb: str) -> str:
    for end in ("_crossed_threshold", "_changed", "crossed_threshold", "changed"):
        if verb.endswith(end):
            return words(verb.removesuffix(end)) or words(domain)
    rest = verb.removeprefix("is_")
    return words(domain) if rest in {"value", "elevation"} else words(rest)


def _something(subject: str, domain: str) -> str:
    """Of a temperature in the kitchen: of something there, not of a temperature."""
    things = {
        phrases.ONE_OF: phrases.SOMETHING,
        phrases.FIRST_OF: phrases.SOMETHING,
        phrases.LAST_OF: phrases.SOMETHING,
        phrases.EACH_OF: phrases.EACH_THING,
        phrases.NONE_OF: phrases.SOMETHING,
    }
    for behavior, thing in things.items():
        head = behavior.format(noun(domain, int(behavior == phrases.EACH_OF)))
        if subject.startswith(head):
            return thing + subject.removeprefix(head)
    return subject


def _limit(given: Value, names: Names) -> str:
    if not isinstance(given, Data):
        return value(given)
    if isinstance(entity := given.get("entity"), str) and given.get("active_choice") != "number":
        return names.entity(entity)
    unit = given.get("unit_of_measurement")
    return value(given.get("number")) + (f" {unit}" if isinstance(unit, str) else "")


def _threshold(given: Value, names: Names) -> str:
    if not isinstance(given, Data):
        return ""
    low, high = _limit(given.get("value_min"), names), _limit(given.get("value_max"), names)
    return {
        "above": phrases.ABOVE.format(_limit(given.get("value"), names)),
        "below": phrases.BELOW.format(_limit(given.get("value"), names)),
        "between": phrases.BETWEEN.format(low, high),
        "outside": phrases.OUTSIDE.format(low, high),
    }.get(str(given.get("type")), "")


def _crossing(given: Value, subject: str, names: Names) -> str:
    given = given if isinstance(given, Data) else Data()
    low, high = _limit(given.get("value_min"), names), _limit(given.get("value_max"), names)
    return {
        "below": phrases.FALLS.format(subject, _limit(given.get("value"), names)),
        "between": phrases.COMES_BETWEEN.format(subject, low, high),
        "outside": phrases.LEAVES_RANGE.format(subject, low, high),
    }.get(str(given.get("type")), phrases.RISES.format(subject, _limit(given.get("value"), names)))


def _with(told: str, options: Data, names: Names) -> str:
    rest = [f"{words(key)} {_option(each, names)}" for key, each in options.items() if key not in _SAID]
    return phrases.WITH.format(told, listed(rest)) if rest else told


def _option(given: Value, names: Names) -> str:
    if isinstance(given, tuple):
        return listed([_option(each, names) for each in given], phrases.OR)
    if isinstance(given, str) and names.home.entity(given) is not None:
        return names.entity(given)
    return quoted(given) if isinstance(given, str) else value(given)


def _lasting(happens: str, for_: Value) -> str:
    seconds = seconds_of(for_)
    return phrases.STAYS.format(happens, span(seconds)) if seconds else happens


def _for(told: str, for_: Value) -> str:
    seconds = seconds_of(for_)
    return phrases.SINCE.format(told, span(seconds)) if seconds else told
