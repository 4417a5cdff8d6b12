"""Answers in English. Everything that is said to people is said here."""

from collections.abc import Callable, Sequence

from shared.home import UNKNOWN_STATES, Registry, Snapshot
from workers.query.findings import Finding, word_for
from workers.query.labels import clean, enumerated, labels
from workers.query.lexicon import load
from workers.query.measures import Amount
from workers.query.reading import (
    Ambiguous,
    Ask,
    Extreme,
    NameAlone,
    NoPlace,
    NoSuchThing,
    NotApplicable,
    Question,
    Reach,
    Subject,
    UnknownLanguage,
    UnknownName,
)

_STATES = {
    "home": "at home", "out": "out", "in": "in", "up": "up", "down": "down", "light_outside": "light",
    "set_sun": "below the horizon", "risen": "above the horizon", "vacant": "empty", "detected": "active",
    "normal": "ok",
}  # fmt: skip
_RAW = {
    "not_home": "away", "home": "at home",
    "above_horizon": "above the horizon", "below_horizon": "below the horizon",
}  # fmt: skip
_EVENTS = {
    "motion": "motion", "occupancy": "presence", "somebody": "presence", "leak": "a water leak", "smoke": "smoke",
    "gas_leak": "gas", "carbon_monoxide": "carbon monoxide", "vibration": "vibration", "sound": "sound",
    "problem": "a problem", "tamper": "tampering", "update": "a pending update",
}  # fmt: skip
_NOUNS = {
    "openable": ("opening", "openings"), "entrance": ("door", "doors"), "switchable": ("device", "devices"),
    "somebody": ("presence sensor", "presence sensors"), "thing": ("thing", "things"),
}  # fmt: skip
_MEASURES = {
    "carbon_dioxide": "CO2", "carbon_monoxide": "carbon monoxide", "pm25": "PM2.5", "pm10": "PM10", "voc": "VOC",
    "aqi": "air quality index", "uv": "UV index",
}  # fmt: skip
_NUMBERED = frozenset({"sensor", "climate", "number", "input_number", "select", "input_select"})
_DAYLIGHT = frozenset({"dark", "light_outside"})
_ADVERBS = frozenset({"outside", "upstairs", "downstairs"})
_ATTRIBUTES = {"setting": "setting", "target": "target", "title": "title"}
_EXTREMES = {Extreme.HIGHEST: "highest", Extreme.LOWEST: "lowest", Extreme.AVERAGE: "average", Extreme.TOTAL: "total"}
_REACHES = {
    Reach.ORDER: "I can only answer questions for now: I can't switch or change anything yet.",
    Reach.WISH: "I can only answer questions for now: I can't make automations yet.",
    Reach.PAST: "I only know how the home is now: I can't answer questions about the past yet.",
    Reach.FUTURE: "I only know how the home is now: I can't tell the future yet.",
}
HELP = (
    "Ask me how your home is right now, for example: Is the front door locked? Which lights are on? "
    "How many windows are open upstairs? What is the temperature in the bedroom? Who is home? Which batteries are low?"
)


def phrase(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    """The answer to a question."""
    if not finding.understood:
        names = _names(question.subject.entities, snapshot)
        return f"I don't know the state “{clean(question.predicate.raw or '')}” of {names}."
    return _PHRASES.get(question.ask, _yes_no)(question, finding, snapshot)


def which_one(reading: Ambiguous | NameAlone, registry: Registry) -> str:
    """The question back."""
    if isinstance(reading, NameAlone):
        return f"What would you like to know about {enumerated(labels(reading.candidates, registry), 'or', '{} more')}?"
    return f"Which one do you mean: {enumerated(labels(reading.candidates, registry), 'or', '{} more')}?"


def beyond(reach: Reach) -> str:
    """That something is not possible yet."""
    return _REACHES[reach]


def unknown_name(reading: UnknownName) -> str:
    """That a name is not known, with the nearest ones."""
    return f"I don't know “{clean(reading.words)}” in this home.{_near(reading.near)}"


def no_such_thing(reading: NoSuchThing) -> str:
    """That there is no such thing there."""
    noun = _MEASURES.get(reading.noun, reading.noun.replace("_", " "))
    if reading.measure:
        return f"I know of no {noun} reading{_in(reading.place)}.{_near(reading.near)}"
    noun_there = f"“{clean(reading.noun)}”" if reading.elsewhere else _noun_of(reading.noun)
    return f"I know of no {noun_there}{_in(reading.place)}.{_near(reading.near)}"


def not_applicable(reading: NotApplicable, registry: Registry) -> str:
    """That a thing has no such state or measure."""
    names = enumerated(labels(reading.entities, registry), "and", "{} more")
    if not reading.what:
        return f"I can't tell that of {names}."
    return f"I can't tell “{_STATES.get(reading.what, reading.what.replace('_', ' '))}” of {names}."


def no_place(_: NoPlace) -> str:
    """That nobody said where here is."""
    return "I don't know which room you are in. Please name the room."


def unknown_language(reading: UnknownLanguage) -> str:
    """That the language is not known (in English: there is no other)."""
    return f"I don't understand the language “{clean(reading.language)}” yet. I know: {', '.join(reading.known)}."


def unclear(*, empty: bool) -> str:
    """That there was no sense in it."""
    return "Please ask me a question about your home." if empty else f"I did not understand that. {HELP}"


def _near(near: Sequence[str]) -> str:
    return f" Did you mean {enumerated([clean(each) for each in near], 'or', '{} more')}?" if near else ""


# Yes and no


def _yes_no(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    if not question.subject.entities:
        return f"I know of no {_noun(question.subject)}{_place(question.subject)}."
    if len(question.subject.entities) == 1 and not _sensed(question):
        return _one(question, finding, snapshot)
    return _many(question, finding, snapshot) + _unavailable(finding, snapshot)


def _one(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    ids = question.subject.entities
    name = _names(ids, snapshot)
    if finding.unknown:
        return f"I can't tell: {name} is {_raw(snapshot, ids[0])}."
    word = "Yes" if finding.value else "No"
    if _exists(question):
        return f"{word}, there is {name}{_place(question.subject)}."
    if question.predicate.state in _DAYLIGHT:
        lit = (question.predicate.state == "dark") is (finding.yes == ids)
        return f"{word}, it is {'dark' if lit else 'light'}: {name} is {_detailed(ids[0], snapshot)}."
    return f"{word}, {name} is {_holds(question, finding, ids[0], snapshot)}."


def _holds(question: Question, finding: Finding, entity_id: str, snapshot: Snapshot) -> str:
    """What holds of one thing: the state that was asked, else the one it has."""
    amount = finding.amounts.get(entity_id)
    if question.predicate.threshold is not None and amount is not None:
        return f"at {_amount(amount)}"
    said = _plain_predicate(question)
    if (entity_id in finding.yes) is not question.predicate.negated:
        return said
    now = _detailed(entity_id, snapshot)
    return f"not {said} ({now})" if entity_id.partition(".")[0] in _NUMBERED or now == said else now


def _many(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    if _sensed(question):
        return _event(question, finding, snapshot)
    if _exists(question):
        return f"{'Yes' if finding.value else 'No'}: {_names(finding.yes, snapshot)}."
    ids, state = question.subject.entities, _predicate(question)
    if not question.subject.kinds and finding.value is not None:
        return f"{'Yes' if finding.value else 'No'}: {_each(ids, snapshot)}."
    of_all = f"{len(ids)} {_noun(question.subject, len(ids))}{_place(question.subject)}"
    if finding.value is None:
        share = f"{len(finding.yes)} of {of_all} {_be(finding.yes)} {state}"
        return f"I can't tell for all: {share}{_listed(finding.yes, finding, snapshot)}."
    return f"{'Yes' if finding.value else 'No'}, {_share(question, finding, snapshot, of_all)}."


def _share(question: Question, finding: Finding, snapshot: Snapshot, of_all: str) -> str:
    """How many of all, and which."""
    ids, state = question.subject.entities, _predicate(question)
    if len(finding.yes) == len(ids):
        return f"all {of_all} are {state}: {_names(ids, snapshot)}"
    if not finding.yes and len(ids) == 1:
        return (
            f"the only {_noun(question.subject, 1)}{_place(question.subject)} is not {state}: {_names(ids, snapshot)}"
        )
    if not finding.yes:
        return f"none of the {of_all} is {state}{_checked(question, finding, snapshot)}"
    against = finding.about == finding.no
    told = finding.no if against else finding.yes
    return f"{len(told)} of {of_all} {_be(told)} {'not ' if against else ''}{state}{_listed(told, finding, snapshot)}"


def _sensed(question: Question) -> bool:
    """Whether it is about something that sensors sense, such as motion."""
    return question.predicate.state == "detected" and any(kind in _EVENTS for kind in question.subject.kinds)


def _event(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    noun = _EVENTS[next(kind for kind in question.subject.kinds if kind in _EVENTS)]
    place = _place(question.subject)
    if finding.value is None:
        return f"I can't tell whether there is {noun}{place}."
    if finding.yes:
        return f"{'Yes' if finding.value else 'No'}, there is {noun}{place}: {_names(finding.yes, snapshot)}."
    checked = f"{_names(finding.no, snapshot)} {_be(finding.no)} clear"
    return f"{'Yes' if finding.value else 'No'}, there is no {noun.removeprefix('a ')}{place}: {checked}."


# Which, how many, where


def _which(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    subject, total = question.subject, len(question.subject.entities)
    if not total:
        return f"I know of no {_noun(subject)}{_place(subject)}."
    noun = _noun(subject, len(finding.yes))
    if _exists(question):
        return f"{len(finding.yes)} {noun}{_place(subject)}: {_names(finding.yes, snapshot)}."
    if not finding.yes and total == 1 and finding.no:
        only = f"The only {_noun(subject, 1)}{_place(subject)}"
        return f"{only} is not {_predicate(question)}: {_names(finding.no, snapshot)}."
    if not finding.yes:
        none = f"None of the {total} {_noun(subject, total)}{_place(subject)} is {_predicate(question)}"
        return f"{none}{_checked(question, finding, snapshot)}.{_unavailable(finding, snapshot)}"
    share = f"{len(finding.yes)} of {total} {_noun(subject, total)}"
    return (
        f"{share}{_place(subject)} {_be(finding.yes)} {_predicate(question)}"
        f"{_listed(finding.yes, finding, snapshot)}.{_unavailable(finding, snapshot)}"
    )


def _rooms(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    if not question.subject.entities:
        return f"I know of no {_noun(question.subject)}{_place(question.subject)}."
    what = f"{_noun(question.subject)} {'' if _exists(question) else _predicate(question)}".strip()
    if not finding.yes:
        return f"In no room: {what}. I looked at {_names(finding.no, snapshot)}.{_unavailable(finding, snapshot)}"
    here = {snapshot.registry.entities[each].area_id for each in finding.yes}
    rooms = [clean(area.name) for area in snapshot.registry.areas.values() if area.area_id in here]
    told = enumerated(rooms, "and", "{} more") or "no room that I know"
    return f"{told}{_listed(finding.yes, finding, snapshot)}.{_unavailable(finding, snapshot)}"


def _where(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    name = _names(question.subject.entities, snapshot)
    area = snapshot.registry.areas.get(str(finding.value))
    return f"{name} is in {clean(area.name)}." if area else f"{name} is in no room that I know of."


# States and readings


def _state(question: Question, _: Finding, snapshot: Snapshot) -> str:
    ids = question.subject.entities
    if not ids:
        return f"I know of no {_noun(question.subject)}{_place(question.subject)}."
    return f"{_each(ids, snapshot)}."


def _each(ids: Sequence[str], snapshot: Snapshot) -> str:
    """What each of some things is."""
    named = zip(ids, labels(ids, snapshot.registry), strict=True)
    return enumerated([f"{name} is {_detailed(each, snapshot)}" for each, name in named], "and", "{} more")


def _detailed(entity_id: str, snapshot: Snapshot) -> str:
    """The state of a thing with what people would add."""
    state = snapshot.state(entity_id)
    if state is None or not state.known:
        return _raw(snapshot, entity_id)
    word, domain = _raw(snapshot, entity_id), entity_id.partition(".")[0]
    attributes = state.attributes
    if domain in {"sensor", "input_number", "number"}:
        return f"{clean(word)}{_unit(attributes.get('unit_of_measurement'))}"
    extra = ""
    if domain == "light" and isinstance(attributes.get("brightness"), int | float):
        extra = f" at {round(attributes['brightness'] * 100 / 255)} %"
    elif domain == "climate":
        target = attributes.get("temperature")
        return f"in mode {clean(word)}" + (f", set to {target}°" if target is not None else "")
    elif domain == "media_player" and attributes.get("media_title"):
        extra = f": {clean(str(attributes['media_title']))}"
    elif domain == "cover" and state.state == "open" and attributes.get("current_position") not in {None, 100}:
        extra = f" to {attributes['current_position']} %"
    return f"{clean(word)}{extra}"


def _measure(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    ids = question.subject.entities
    name = _names(ids, snapshot)
    amount = finding.amounts.get(ids[0])
    if amount is None:
        return f"I can't tell: {name} {_without(question.subject.measure, ids[0], snapshot)}."
    noun = _measured(question.subject.measure)
    if noun in name.casefold():
        return f"{name} is {_amount(amount)}."
    return f"The {noun} of {name} is {_amount(amount)}."


def _without(measure: str | None, entity_id: str, snapshot: Snapshot) -> str:
    state = snapshot.state(entity_id)
    if state is None or not state.known:
        return f"is {_raw(snapshot, entity_id)}"
    return f"tells no {_measured(measure)} now"


def _attribute(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    if question.predicate.state == "playing":
        return _playing(finding, snapshot)
    ids = question.subject.entities
    name, noun = _names(ids, snapshot), _ATTRIBUTES.get(question.attribute or "", question.attribute or "")
    if finding.unknown:
        return f"I can't tell: {name} is {_raw(snapshot, ids[0])}."
    if finding.value is None:
        return f"{name} tells no {noun} now; it is {_raw(snapshot, ids[0])}."
    value = _value(finding)
    if question.attribute in {"setting", "target"}:
        return f"{name} is set to {value}."
    if question.attribute == "action":
        return f"{name} is {value}."
    return f"The {noun} of {name} is {value}."


def _playing(finding: Finding, snapshot: Snapshot) -> str:
    if not finding.yes:
        told = f": {_names(finding.no, snapshot)}" if finding.no else " that I know of"
        return f"Nothing is playing{told}.{_unavailable(finding, snapshot)}"
    title = f" {clean(str(finding.value))}" if finding.value else ""
    return f"{_names(finding.yes, snapshot)} {_be(finding.yes)} playing{title}.{_unavailable(finding, snapshot)}"


def _extreme(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    noun, place = _measured(question.subject.measure), _place(question.subject)
    if finding.value is None:
        return f"I can't tell: no {noun} reading{place} is available."
    how = _EXTREMES[question.extreme or Extreme.HIGHEST]
    best = finding.amounts[finding.about[0]]
    if question.extreme in {Extreme.AVERAGE, Extreme.TOTAL}:
        told = _with_amounts(tuple(finding.amounts), finding, snapshot)
        return f"The {how} {noun}{place} is {_value(finding)}: {told}.{_unavailable(finding, snapshot)}"
    names = _names(finding.about, snapshot)
    if question.of is Ask.ROOMS:
        area_id = snapshot.registry.entities[finding.about[0]].area_id
        area = snapshot.registry.areas.get(area_id or "")
        names = f"{clean(area.name)} ({names})" if area else names
    return f"The {how} {noun}{place} is {_amount(best)}: {names}.{_unavailable(finding, snapshot)}"


def _compare(_: Question, finding: Finding, snapshot: Snapshot) -> str:
    if finding.value is None:
        return f"I can't compare them.{_unavailable(finding, snapshot)}"
    return f"{'Yes' if finding.value else 'No'}: {_with_amounts(finding.about, finding, snapshot)}."


# Parts of a sentence


def _names(ids: Sequence[str], snapshot: Snapshot) -> str:
    return enumerated(labels(ids, snapshot.registry), "and", "{} more")


def _with_amounts(ids: Sequence[str], finding: Finding, snapshot: Snapshot) -> str:
    told = [
        f"{name} {_amount(finding.amounts[each])}" if each in finding.amounts else name
        for each, name in zip(ids, labels(ids, snapshot.registry), strict=True)
    ]
    return enumerated(told, "and", "{} more")


def _listed(ids: Sequence[str], finding: Finding, snapshot: Snapshot) -> str:
    if not ids:
        return ""
    return f": {_with_amounts(ids, finding, snapshot)}" if finding.amounts else f": {_names(ids, snapshot)}"


def _checked(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    """What was looked at in vain, unless that is the whole home."""
    if "thing" in question.subject.kinds or not finding.no:
        return "" if finding.no else " as far as I know"
    return f": {_names(finding.no, snapshot)}"


def _unavailable(finding: Finding, snapshot: Snapshot) -> str:
    """What can't be told, by name."""
    if not finding.unknown:
        return ""
    told = [
        f"{name} is {_raw(snapshot, each)}"
        for each, name in zip(finding.unknown, labels(finding.unknown, snapshot.registry), strict=True)
    ]
    them = "that one" if len(told) == 1 else "those"
    return f" {enumerated(told, 'and', '{} more')}, so I can't tell for {them}."


def _raw(snapshot: Snapshot, entity_id: str) -> str:
    word = word_for(snapshot, entity_id)
    if entity_id.partition(".")[0] in {"person", "device_tracker"} and word not in {*_RAW, *UNKNOWN_STATES}:
        return f"at {clean(word)}"
    return _RAW.get(word, clean(word.replace("_", " ")))


def _predicate(question: Question) -> str:
    """What was asked to hold."""
    threshold = question.predicate.threshold
    if threshold is not None:
        return f"{'above' if threshold.above else 'below'} {threshold.number:g}"
    return f"not {_plain_predicate(question)}" if question.predicate.negated else _plain_predicate(question)


def _plain_predicate(question: Question) -> str:
    """What was asked to hold, or not to."""
    if question.predicate.raw is not None:
        people = "person" in question.subject.kinds or question.subject.entities[0].startswith("person.")
        return f"{'at ' if people else ''}{clean(question.predicate.raw)}"
    return _STATES.get(question.predicate.state or "", question.predicate.state or "")


def _exists(question: Question) -> bool:
    return question.predicate.state is None and question.predicate.threshold is None and question.predicate.raw is None


def _noun(subject: Subject, count: int = 2) -> str:
    if not subject.kinds:
        return f"{_measured(subject.measure)} readings" if subject.measure else "things" if count != 1 else "thing"
    return " or ".join(_noun_of(kind, count) for kind in subject.kinds)


def _noun_of(kind: str, count: int = 2) -> str:
    one, many = _NOUNS.get(kind) or load("en").labels.get(kind, (kind, kind))
    return one if count == 1 else many


def _measured(measure: str | None) -> str:
    return _MEASURES.get(measure or "", (measure or "value").replace("_", " "))


def _in(place: str | None) -> str:
    if not place:
        return ""
    if place in _ADVERBS:
        return f" {place}"
    if place == "basement":
        return " in the basement"
    return f" {'on' if 'floor' in place.casefold() else 'in'} {clean(place)}"


def _place(subject: Subject) -> str:
    return _in(subject.place)


def _be(ids: Sequence[str]) -> str:
    return "is" if len(ids) == 1 else "are"


def _amount(amount: Amount) -> str:
    return f"{amount.value}{_unit(amount.unit)}"


def _value(finding: Finding) -> str:
    return f"{clean(str(finding.value))}{_unit(finding.unit)}"


def _unit(unit: object) -> str:
    return f" {clean(str(unit))}" if unit else ""


_PHRASES: dict[Ask, Callable[[Question, Finding, Snapshot], str]] = {
    Ask.WHICH: _which,
    Ask.COUNT: _which,
    Ask.ROOMS: _rooms,
    Ask.COUNT_ROOMS: _rooms,
    Ask.STATE: _state,
    Ask.MEASURE: _measure,
    Ask.ATTRIBUTE: _attribute,
    Ask.PLACE: _where,
    Ask.EXTREME: _extreme,
    Ask.COMPARE: _compare,
}
