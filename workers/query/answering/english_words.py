"""English words, and the parts that its sentences are put together from."""

from collections.abc import Sequence

from shared.home import UNKNOWN_STATES, Snapshot
from workers.query.answering.finding import Finding, word_for
from workers.query.answering.labels import clean, enumerated, labels
from workers.query.meanings.measures import Amount
from workers.query.understanding.lexicon import load
from workers.query.understanding.reading import Extreme, Question, Subject

STATES = {
    "home": "at home", "out": "out", "in": "in", "up": "up", "down": "down", "light_outside": "light",
    "set_sun": "below the horizon", "risen": "above the horizon", "vacant": "empty", "detected": "active",
    "normal": "ok",
}  # fmt: skip
RAW = {
    "not_home": "away", "home": "at home",
    "above_horizon": "above the horizon", "below_horizon": "below the horizon",
}  # fmt: skip
EVENTS = {
    "motion": "motion", "occupancy": "presence", "somebody": "presence", "leak": "a water leak", "smoke": "smoke",
    "gas_leak": "gas", "carbon_monoxide": "carbon monoxide", "vibration": "vibration", "sound": "sound",
    "problem": "a problem", "tamper": "tampering", "update": "a pending update",
}  # fmt: skip
NOUNS = {
    "openable": ("opening", "openings"), "entrance": ("door", "doors"), "switchable": ("device", "devices"),
    "somebody": ("presence sensor", "presence sensors"), "thing": ("thing", "things"),
}  # fmt: skip
MEASURES = {
    "carbon_dioxide": "CO2", "carbon_monoxide": "carbon monoxide", "pm25": "PM2.5", "pm10": "PM10", "voc": "VOC",
    "aqi": "air quality index", "uv": "UV index",
}  # fmt: skip
NUMBERED = frozenset({"sensor", "climate", "number", "input_number", "select", "input_select"})
DAYLIGHT = frozenset({"dark", "light_outside"})
ADVERBS = frozenset({"outside", "upstairs", "downstairs"})
ATTRIBUTES = {"setting": "setting", "target": "target", "title": "title"}
EXTREMES = {Extreme.HIGHEST: "highest", Extreme.LOWEST: "lowest", Extreme.AVERAGE: "average", Extreme.TOTAL: "total"}


def named(ids: Sequence[str], snapshot: Snapshot) -> str:
    """Some entities by their names."""
    return enumerated(labels(ids, snapshot.registry), "and", "{} more")


def with_amounts(ids: Sequence[str], finding: Finding, snapshot: Snapshot) -> str:
    """Some entities with their readings."""
    told = [
        f"{name} {amount_text(finding.amounts[each])}" if each in finding.amounts else name
        for each, name in zip(ids, labels(ids, snapshot.registry), strict=True)
    ]
    return enumerated(told, "and", "{} more")


def listed(ids: Sequence[str], finding: Finding, snapshot: Snapshot) -> str:
    """What was found, after a colon."""
    if not ids:
        return ""
    return f": {with_amounts(ids, finding, snapshot)}" if finding.amounts else f": {named(ids, snapshot)}"


def checked(question: Question, finding: Finding, snapshot: Snapshot) -> str:
    """What was looked at in vain, unless that is the whole home."""
    if "thing" in question.subject.kinds or not finding.no:
        return "" if finding.no else " as far as I know"
    return f": {named(finding.no, snapshot)}"


def unavailable(finding: Finding, snapshot: Snapshot) -> str:
    """What can't be told, by name."""
    if not finding.unknown:
        return ""
    told = [
        f"{name} is {state_word(snapshot, each)}"
        for each, name in zip(finding.unknown, labels(finding.unknown, snapshot.registry), strict=True)
    ]
    them = "that one" if len(told) == 1 else "those"
    return f" {enumerated(told, 'and', '{} more')}, so I can't tell for {them}."


def state_word(snapshot: Snapshot, entity_id: str) -> str:
    """The state of a thing, as a word."""
    word = word_for(snapshot, entity_id)
    if entity_id.partition(".")[0] in {"person", "device_tracker"} and word not in {*RAW, *UNKNOWN_STATES}:
        return f"at {clean(word)}"
    return RAW.get(word, clean(word.replace("_", " ")))


def asked_state(question: Question) -> str:
    """What was asked to hold."""
    threshold = question.predicate.threshold
    if threshold is not None:
        return f"{'above' if threshold.above else 'below'} {threshold.number:g}"
    return f"not {plain_state(question)}" if question.predicate.negated else plain_state(question)


def plain_state(question: Question) -> str:
    """What was asked to hold, or not to."""
    if question.predicate.raw is not None:
        people = "person" in question.subject.kinds or question.subject.entities[0].startswith("person.")
        return f"{'at ' if people else ''}{clean(question.predicate.raw)}"
    return STATES.get(question.predicate.state or "", question.predicate.state or "")


def is_existence(question: Question) -> bool:
    """Whether it only asks whether there is such a thing."""
    return question.predicate.state is None and question.predicate.threshold is None and question.predicate.raw is None


def noun(subject: Subject, count: int = 2) -> str:
    """What the subject is called."""
    if not subject.kinds:
        return f"{measured_noun(subject.measure)} readings" if subject.measure else "things" if count != 1 else "thing"
    said = " or ".join(noun_of(kind, count) for kind in subject.kinds)
    return f"other {said}" if subject.others else said


def noun_of(kind: str, count: int = 2) -> str:
    """What a kind is called."""
    one, many = NOUNS.get(kind) or load("en").labels.get(kind, (kind, kind))
    return one if count == 1 else many


def measured_noun(measure: str | None) -> str:
    """What a measure is called."""
    return MEASURES.get(measure or "", (measure or "value").replace("_", " "))


def within(place: str | None) -> str:
    """A place with its preposition."""
    if not place:
        return ""
    if place in ADVERBS:
        return f" {place}"
    if place == "basement":
        return " in the basement"
    return f" {'on' if 'floor' in place.casefold() else 'in'} {clean(place)}"


def at_place(subject: Subject) -> str:
    """The place of a subject with its preposition."""
    return within(subject.place)


def verb(ids: Sequence[str]) -> str:
    """Is or are."""
    return "is" if len(ids) == 1 else "are"


def amount_text(amount: Amount) -> str:
    """A reading with its unit."""
    return f"{amount.value}{unit_text(amount.unit)}"


def value_text(finding: Finding) -> str:
    """A value with its unit."""
    return f"{clean(str(finding.value))}{unit_text(finding.unit)}"


def unit_text(unit: object) -> str:
    """A unit, after a blank."""
    return f" {clean(str(unit))}" if unit else ""


def each_state(ids: Sequence[str], snapshot: Snapshot) -> str:
    """What each of some things is."""
    named = zip(ids, labels(ids, snapshot.registry), strict=True)
    return enumerated([f"{name} is {detailed(each, snapshot)}" for each, name in named], "and", "{} more")


def detailed(entity_id: str, snapshot: Snapshot) -> str:
    """The state of a thing with what people would add."""
    state = snapshot.state(entity_id)
    if state is None or not state.known:
        return state_word(snapshot, entity_id)
    word, domain = state_word(snapshot, entity_id), entity_id.partition(".")[0]
    attributes = state.attributes
    if domain in {"sensor", "input_number", "number"}:
        return f"{clean(word)}{unit_text(attributes.get('unit_of_measurement'))}"
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
