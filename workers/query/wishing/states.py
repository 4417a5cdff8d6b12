"""Which raw states of an entity a word of a question means, for triggers and conditions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shared.home import Entity, Snapshot
from workers.query.meanings.measures import ATTRIBUTES, MEASURES, PERCENT, Amount, in_base_unit
from workers.query.meanings.states import FULL_BATTERY, LOW_BATTERY, OPPOSITES, TESTS, meant
from workers.query.understanding.reading import Ask, Predicate, Question, Threshold
from workers.query.understanding.tokens import plainly

_PAIRS = {"on": "off", "home": "not_home", "open": "closed", "locked": "unlocked", "above_horizon": "below_horizon"}
_OTHER = {**_PAIRS, **{other: one for one, other in _PAIRS.items()}}
_TWO_STATES = frozenset({
    "light", "switch", "fan", "input_boolean", "humidifier", "siren", "automation", "remote", "script", "group",
    "binary_sensor", "update", "person", "device_tracker", "cover", "valve", "lock", "sun", "schedule",
})  # fmt: skip
_MAIN: dict[tuple[str, str], str] = {
    ("unlocked", "lock"): "unlocked", ("on", "vacuum"): "cleaning",
    ("cleaning", "vacuum"): "cleaning", ("running", "vacuum"): "cleaning", ("running", "media_player"): "playing",
    ("idle", "media_player"): "idle", ("idle", "vacuum"): "docked", ("stopped", "vacuum"): "docked",
    ("off", "media_player"): "off", ("off", "vacuum"): "docked", ("recording", "camera"): "recording",
    ("occupied", "binary_sensor"): "on", ("jammed", "vacuum"): "error",
}  # fmt: skip
"""Of several states, the one that a thing comes to."""
_SAID: dict[tuple[str, str], tuple[str, ...]] = {
    ("alarm_control_panel", "triggered"): ("triggered",), ("vacuum", "jammed"): ("error",),
    ("lawn_mower", "jammed"): ("error",), ("alarm_control_panel", "disarmed"): ("disarmed",),
    ("alarm_control_panel", "armed_away"): ("armed_away",), ("alarm_control_panel", "armed_home"): ("armed_home",),
    ("alarm_control_panel", "armed_night"): ("armed_night",),
    ("alarm_control_panel", "armed_vacation"): ("armed_vacation",),
    ("alarm_control_panel", "armed"): (
        "armed_away", "armed_custom_bypass", "armed_home", "armed_night", "armed_vacation"
    ),
}  # fmt: skip
"""Words that only some things have states for."""
_ACTIONS = frozenset({"heating", "cooling"})
_SUN = {"dark": "below_horizon", "light_outside": "above_horizon", "risen": "above_horizon", "set_sun": "below_horizon"}
_PEOPLE = frozenset({"person", "device_tracker"})
_LEAST = 0.01
"""What tells "60 and more" from "more than 60": Home Assistant's limits do not hold of the number itself."""
_OPTIONS = ("options", "hvac_modes", "preset_modes", "source_list")


@dataclass(frozen=True, slots=True)
class Raw:
    """Raw states, or (`but`) all others; of an attribute, where one tells."""

    states: tuple[str, ...]
    but: bool = False
    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that a state, or an attribute, is above or below."""

    above: float | None = None
    below: float | None = None
    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class NotSayable:
    """What no trigger and no condition can say of an entity."""

    entity_id: str
    word: str


def of_each(question: Question) -> Question:
    """What a question says of each one: of "nobody is home" that each is away."""
    if question.ask is not Ask.NONE:
        return question
    predicate = question.predicate
    return replace(question, ask=Ask.ALL, predicate=replace(predicate, negated=not predicate.negated))


def told(question: Question, entity_id: str, snapshot: Snapshot, *, change: bool) -> Raw | Limit | NotSayable:
    """What the predicate of a question means for an entity; `change` where it comes to it."""
    entity = snapshot.registry.entities[entity_id]
    predicate = question.predicate
    if predicate.threshold is not None and not predicate.negated:
        if question.attribute is not None:
            return _limit_of(question.attribute, predicate.threshold, entity)
        return _limit(predicate.threshold, question.subject.measure, entity, snapshot)
    if predicate.raw is None and predicate.state is None:
        return NotSayable(entity_id, "")
    known = _SAID.get((entity.domain, predicate.raw or predicate.state or ""))
    if known is None and predicate.raw is not None:
        raw = own_words(predicate.raw, entity, snapshot)
        known = (raw,) if raw is not None else None
        return Raw(known, predicate.negated) if known else NotSayable(entity_id, predicate.raw)
    if known:
        return Raw(known, predicate.negated)
    found = _word(predicate, entity, change=change)
    elsewhere = entity.domain in _PEOPLE and found == Raw(("not_home",)) and _has_zones(snapshot)
    unless = ("home",) if change else ("home", "unavailable", "unknown")
    return Raw(unless, but=True) if elsewhere else found


def _has_zones(snapshot: Snapshot) -> bool:
    """Whether people are in other places that have a name: who is at work is neither home nor `not_home`."""
    return any(each.startswith("zone.") and each != "zone.home" for each in snapshot.registry.entities)


def _word(predicate: Predicate, entity: Entity, *, change: bool) -> Raw | Limit | NotSayable:
    """What a word of `meanings.states` means for an entity."""
    word = meant(predicate.state or "", entity) or predicate.state or ""
    battery = {"low": Limit(below=LOW_BATTERY), "normal": Limit(above=LOW_BATTERY), "full": Limit(above=FULL_BATTERY)}
    if entity.domain == "sensor" and word in battery:
        return battery[word] if not predicate.negated else NotSayable(entity.entity_id, word)
    if word in _ACTIONS:
        return Raw((word,), predicate.negated, "hvac_action")
    if entity.domain == "sun" and word in _SUN:
        return _either_way(_SUN[word], negated=predicate.negated)
    return _tested(word, predicate, entity, change=change)


def _tested(word: str, predicate: Predicate, entity: Entity, *, change: bool) -> Raw | NotSayable:
    """The raw states of a word by the table of tests; of things with two states the other one for "not"."""
    base = OPPOSITES.get(word, word)
    rows = TESTS.get(base, {})
    test = rows.get(f"{entity.domain}.{entity.device_class or ''}") or rows.get(entity.domain) or rows.get("*")
    if test is None:
        return NotSayable(entity.entity_id, word)
    but = test.but is not ((base != word) is not predicate.negated)
    states = tuple(sorted(test.raw))
    said = _opposite_of(word) if predicate.negated else word
    main = _MAIN.get((said, entity.domain))
    if main is not None and (change or entity.domain == "lock"):
        return Raw((main,))
    if len(states) == 1:
        return _either_way(states[0], negated=but) if entity.domain in _TWO_STATES else Raw(states, but)
    plain = _MAIN.get((base, entity.domain))
    if but and entity.domain in _TWO_STATES and plain in _OTHER:
        return Raw((_OTHER[plain],))
    return Raw(states, but)


def _opposite_of(word: str) -> str:
    return next((each for each, base in OPPOSITES.items() if base == word), OPPOSITES.get(word, ""))


def _either_way(state: str, *, negated: bool) -> Raw:
    """A state, or the other one of the two that there are."""
    if not negated:
        return Raw((state,))
    return Raw((_OTHER[state],)) if state in _OTHER else Raw((state,), but=True)


def own_words(words: str, entity: Entity, snapshot: Snapshot) -> str | None:
    """A state in the sentence's own words, as the entity spells it; None where it has no such state."""
    said = plainly(words)
    state = snapshot.states.get(entity.entity_id)
    options = [state.state] if state is not None else []
    for name in _OPTIONS if state is not None else ():
        found = state.attributes.get(name) if state is not None else None
        options += [each for each in found if isinstance(each, str)] if isinstance(found, list | tuple) else []
    if entity.domain in {"person", "device_tracker"}:
        options += [each.name for each in snapshot.registry.entities.values() if each.domain == "zone"]
    if entity.domain == "weather":
        options += ["rainy", "pouring", "sunny", "cloudy", "snowy", "windy", "fog", "clear-night", "partlycloudy"]
    return next((each for each in options if plainly(each) == said), None)


def _limit(threshold: Threshold, measure: str | None, entity: Entity, snapshot: Snapshot) -> Limit:
    state = snapshot.states.get(entity.entity_id)
    unit = state.attributes.get("unit_of_measurement") if state is not None else None
    number = threshold.number
    if threshold.unit and isinstance(unit, str) and unit != threshold.unit:
        scale = in_base_unit(Amount(1, unit)).value
        number = in_base_unit(Amount(number, threshold.unit)).value / scale if scale else number
    attribute = None
    if entity.domain != "sensor" and measure is not None and measure in MEASURES:
        attribute = MEASURES[measure].attributes.get(entity.domain)
    return _bounded(threshold, number, attribute, least=_LEAST)


def _limit_of(attribute: str, threshold: Threshold, entity: Entity) -> Limit | NotSayable:
    """A limit of what a thing is set to, in percent: the volume of a player."""
    name, *_ = ATTRIBUTES[attribute].get(entity.domain, ("",))
    if not name:
        return NotSayable(entity.entity_id, attribute)
    one = PERCENT.get(name, 100) / 100
    return _bounded(threshold, threshold.number * one, name, least=_LEAST * one)


def _bounded(threshold: Threshold, number: float, attribute: str | None, *, least: float) -> Limit:
    if threshold.inclusive:
        number += -least if threshold.above else least
    number = int(number) if float(number).is_integer() else round(number, 6)
    return Limit(above=number, attribute=attribute) if threshold.above else Limit(below=number, attribute=attribute)
