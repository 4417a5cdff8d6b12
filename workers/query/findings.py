"""What is so: a question evaluated against the home as it is. Pure numbers and ids; the words come later."""

from collections.abc import Callable
from dataclasses import dataclass, field

from shared.home import Entity, EntityState, Snapshot
from workers.query.measures import Amount, attribute, number, read
from workers.query.reading import Ask, Extreme, Predicate, Question, Subject
from workers.query.states import ACTIVE, holds, meant, said
from workers.query.tokens import plainly

Value = bool | int | float | str | list[str] | None


@dataclass(frozen=True, slots=True)
class Finding:
    """The value of an answer and what it rests on."""

    value: Value = None
    unit: str | None = None
    at: str | None = None
    about: tuple[str, ...] = ()
    """What the value speaks of: for "which" exactly the answer."""
    evidence: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """Entities of which the home does not know."""
    amounts: dict[str, Amount] = field(default_factory=dict)
    understood: bool = True
    """False where the state asked for is none that the thing can have."""


def evaluate(question: Question, snapshot: Snapshot) -> Finding:
    """The finding for a question."""
    return _EVALUATORS.get(question.ask, _yes_no)(question, snapshot)


def home_unit(snapshot: Snapshot) -> str:
    """The temperature unit of the home: that of its first thermometer."""
    for entity in snapshot.entities():
        if entity.device_class == "temperature" and entity.domain == "sensor":
            state = snapshot.state(entity.entity_id)
            unit = state.attributes.get("unit_of_measurement") if state else None
            if unit:
                return str(unit)
    return "°C"


def word_for(snapshot: Snapshot, entity_id: str) -> str:
    """The state of an entity as a word: "open" for the contact of a door that is on."""
    state = snapshot.state(entity_id)
    return said(snapshot.registry.entities[entity_id], state.state) if state else "unknown"


def _at(snapshot: Snapshot, ids: tuple[str, ...]) -> str | None:
    state = snapshot.state(ids[0]) if len(ids) == 1 else None
    return state.last_changed.isoformat() if state and state.last_changed else None


def _known(snapshot: Snapshot, entity_id: str) -> bool:
    state = snapshot.state(entity_id)
    return state is not None and state.known


# Does it hold


def _test(question: Question, snapshot: Snapshot) -> Callable[[Entity], bool | None]:
    """Whether the predicate of a question holds of an entity."""
    predicate = question.predicate
    if predicate.threshold is not None:
        return lambda entity: _beyond(question, entity, snapshot)
    if predicate.raw is not None:
        raw = predicate.raw
        return lambda entity: _unless(_in_own_words(raw, entity, snapshot), negated=predicate.negated)
    if predicate.state is None:
        return lambda _: True

    def test(entity: Entity) -> bool | None:
        word = meant(predicate.state or "", entity) or predicate.state or ""
        return _unless(holds(word, entity, snapshot.state(entity.entity_id)), negated=predicate.negated)

    return test


def _unless(found: bool | None, *, negated: bool) -> bool | None:
    return found if found is None else found is not negated


def _beyond(question: Question, entity: Entity, snapshot: Snapshot) -> bool | None:
    amount = _amount(question, entity, snapshot)
    threshold = question.predicate.threshold
    if amount is None or threshold is None:
        return None
    return amount.value > threshold.number if threshold.above else amount.value < threshold.number


def _amount(question: Question, entity: Entity, snapshot: Snapshot) -> Amount | None:
    state = snapshot.state(entity.entity_id)
    if question.subject.measure:
        return read(question.subject.measure, entity, state, home_unit(snapshot))
    if state is None or not state.known:
        return None
    if question.attribute:
        value, unit = attribute(question.attribute, entity, state, home_unit(snapshot))
    else:
        value, unit = number(state.state), state.attributes.get("unit_of_measurement")
    return Amount(value, unit) if isinstance(value, int | float) else None


def _split(question: Question, snapshot: Snapshot) -> Finding:
    """The things of which it holds, of which it does not, and of which nobody knows."""
    test = _test(question, snapshot)
    parts: dict[bool | None, list[str]] = {True: [], False: [], None: []}
    amounts = {}
    for each in question.subject.entities:
        entity = snapshot.registry.entities[each]
        parts[test(entity)].append(each)
        if question.predicate.threshold is not None:
            amount = _amount(question, entity, snapshot)
            amounts.update({each: amount} if amount else {})
    return Finding(yes=tuple(parts[True]), no=tuple(parts[False]), unknown=tuple(parts[None]), amounts=amounts)


def _yes_no(question: Question, snapshot: Snapshot) -> Finding:
    found = _split(question, snapshot)
    ids = question.subject.entities
    ask = _meant(question)
    value = _verdict(ask, found)
    decisive = found.no if ask is Ask.ALL else found.yes
    evidence = decisive or ids
    return Finding(
        value=value, at=_at(snapshot, ids), about=evidence, evidence=(*evidence, *_rest(found.unknown, evidence)),
        yes=found.yes, no=found.no, unknown=found.unknown, amounts=found.amounts,
    )  # fmt: skip


def _meant(question: Question) -> Ask:
    """Whether it asks for any or for all: "are the windows open" for any, "are the windows closed" for all."""
    if question.ask is not Ask.CHECK or len(question.subject.entities) == 1:
        return question.ask if question.ask is not Ask.CHECK else Ask.ALL
    active = question.predicate.state in ACTIVE
    return Ask.ANY if question.subject.kinds and active is not question.predicate.negated else Ask.ALL


def _verdict(ask: Ask, found: Finding) -> bool | None:
    if not (found.yes or found.no or found.unknown):
        return {Ask.ANY: False, Ask.NONE: True}.get(ask)
    if ask is Ask.ALL:
        return False if found.no else None if found.unknown else True
    some = True if found.yes else None if found.unknown else False
    return some if some is None or ask is Ask.ANY else not some


def _rest(ids: tuple[str, ...], besides: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in ids if each not in besides)


def _check(question: Question, snapshot: Snapshot) -> Finding:
    return _raw(question, snapshot) if question.predicate.raw is not None else _yes_no(question, snapshot)


_CHOICES = ("options", "hvac_modes", "preset_modes", "source_list", "effect_list", "fan_speed_list", "sound_mode_list")
_CHOSEN = ("preset_mode", "source", "effect", "fan_speed", "sound_mode", "hvac_action")


def _raw(question: Question, snapshot: Snapshot) -> Finding:
    """Whether a thing is in a state that has its own words: the mode of a house, the zone of a person."""
    finding = _yes_no(question, snapshot)
    if finding.unknown or finding.yes or question.predicate.negated:
        return finding
    possible = any(plainly(question.predicate.raw or "") in _choices(snapshot, each) for each in finding.no)
    return finding if possible else Finding(understood=False)


def _in_own_words(raw: str, entity: Entity, snapshot: Snapshot) -> bool | None:
    """Whether the state of an entity, or what is chosen of it, is called so; None where nobody knows."""
    state = snapshot.state(entity.entity_id)
    if state is None or not state.known:
        return None
    return plainly(raw) in {plainly(each) for each in (state.state, *_chosen(state))}


def _chosen(state: EntityState) -> list[str]:
    return [str(state.attributes[name]) for name in _CHOSEN if state.attributes.get(name) is not None]


def _choices(snapshot: Snapshot, entity_id: str) -> set[str]:
    """The states an entity can have, as far as it tells: its options; for people the zones."""
    state = snapshot.state(entity_id)
    attributes = state.attributes if state else {}
    choices = {plainly(str(each)) for name in _CHOICES for each in _listed(attributes.get(name))}
    if entity_id.partition(".")[0] in {"person", "device_tracker"}:
        choices |= {plainly(each.name) for each in snapshot.entities() if each.domain == "zone"}
    return choices


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


# Which, where, how many


def _which(question: Question, snapshot: Snapshot) -> Finding:
    found = _split(question, snapshot)
    evidence = found.yes or question.subject.entities
    return Finding(
        value=list(found.yes), about=found.yes, evidence=(*evidence, *_rest(found.unknown, evidence)),
        yes=found.yes, no=found.no, unknown=found.unknown, amounts=found.amounts,
    )  # fmt: skip


def _count(question: Question, snapshot: Snapshot) -> Finding:
    found = _split(question, snapshot)
    evidence = found.yes or question.subject.entities
    return Finding(
        value=len(found.yes), about=found.yes, evidence=(*evidence, *_rest(found.unknown, evidence)),
        yes=found.yes, no=found.no, unknown=found.unknown, amounts=found.amounts,
    )  # fmt: skip


def _rooms(question: Question, snapshot: Snapshot) -> Finding:
    found = _split(question, snapshot)
    here = {snapshot.registry.entities[each].area_id for each in found.yes}
    rooms = [each for each in snapshot.registry.areas if each in here]
    evidence = found.yes or question.subject.entities
    return Finding(
        value=rooms if question.ask is Ask.ROOMS else len(rooms), about=found.yes,
        evidence=(*evidence, *_rest(found.unknown, evidence)),
        yes=found.yes, no=found.no, unknown=found.unknown, amounts=found.amounts,
    )  # fmt: skip


def _place(question: Question, snapshot: Snapshot) -> Finding:
    ids = question.subject.entities
    area_id = snapshot.registry.entities[ids[0]].area_id
    return Finding(value=area_id, about=ids, evidence=ids)


# How much


def _state(question: Question, snapshot: Snapshot) -> Finding:
    ids = question.subject.entities
    unknown = tuple(each for each in ids if not _known(snapshot, each))
    said_of = {each: word_for(snapshot, each) for each in ids}
    if not ids:
        return Finding()
    if len(set(said_of.values())) > 1:
        return Finding(value="mixed", about=ids, evidence=ids, unknown=unknown)
    state = snapshot.state(ids[0])
    entity = snapshot.registry.entities[ids[0]]
    amount = number(state.state) if state and entity.domain in {"sensor", "number", "input_number", "counter"} else None
    unit = state.attributes.get("unit_of_measurement") if state and amount is not None else None
    value = None if unknown else amount if amount is not None else said_of[ids[0]]
    return Finding(value=value, unit=unit, at=_at(snapshot, ids), about=ids, evidence=ids, unknown=unknown)


def _measure(question: Question, snapshot: Snapshot) -> Finding:
    ids = question.subject.entities
    amounts = _amounts(question.subject, snapshot)
    amount = amounts.get(ids[0])
    return Finding(
        value=amount.value if amount else None, unit=amount.unit if amount else None, at=_at(snapshot, ids),
        about=ids, evidence=ids, unknown=() if amount else ids, amounts=amounts,
    )  # fmt: skip


def _amounts(subject: Subject, snapshot: Snapshot) -> dict[str, Amount]:
    unit = home_unit(snapshot)
    found = {}
    for each in subject.entities:
        amount = read(subject.measure or "", snapshot.registry.entities[each], snapshot.state(each), unit)
        if amount is not None:
            found[each] = amount
    return found


def _attribute(question: Question, snapshot: Snapshot) -> Finding:
    if question.predicate == Predicate("playing"):
        return _playing(question, snapshot)
    ids = question.subject.entities
    entity = snapshot.registry.entities[ids[0]]
    state = snapshot.state(ids[0])
    if state is None or not state.known:
        return Finding(about=ids, evidence=ids, unknown=ids)
    value, unit = attribute(question.attribute or "", entity, state, home_unit(snapshot))
    if value is None and question.attribute == "brightness" and state.state == "off":
        value, unit = 0, "%"
    if value is None and question.attribute == "setting":
        value, unit = said(entity, state.state), None
    return Finding(value=value, unit=unit, at=_at(snapshot, ids), about=ids, evidence=ids)


def _playing(question: Question, snapshot: Snapshot) -> Finding:
    """What the players that are playing play."""
    found = _split(question, snapshot)
    titles = []
    for each in found.yes:
        state = snapshot.state(each)
        title = attribute("title", snapshot.registry.entities[each], state, None)[0] if state else None
        titles.append(str(title) if title is not None else None)
    evidence = found.yes or question.subject.entities
    value = ", ".join(each for each in titles if each) or None
    return Finding(
        value=value, about=found.yes, evidence=evidence, yes=found.yes, no=found.no, unknown=found.unknown,
    )  # fmt: skip


def _extreme(question: Question, snapshot: Snapshot) -> Finding:
    amounts = _amounts(question.subject, snapshot)
    unknown = tuple(each for each in question.subject.entities if each not in amounts)
    amounts = _same_unit(amounts)
    if not amounts:
        return Finding(about=question.subject.entities, evidence=question.subject.entities, unknown=unknown)
    unit = next(iter(amounts.values())).unit
    if question.extreme in {Extreme.AVERAGE, Extreme.TOTAL}:
        total = sum(each.value for each in amounts.values())
        value = _tidy(total / len(amounts) if question.extreme is Extreme.AVERAGE else total)
        return Finding(
            value=value, unit=unit, about=tuple(amounts), evidence=(*amounts, *unknown), unknown=unknown,
            amounts=amounts,
        )  # fmt: skip
    pick = max if question.extreme is Extreme.HIGHEST else min
    best = pick(each.value for each in amounts.values())
    ids = tuple(each for each, amount in amounts.items() if amount.value == best)
    return Finding(
        value=_extreme_value(question, ids, best, snapshot), unit=unit if question.of is None else None,
        about=ids, evidence=(*ids, *unknown), yes=ids, unknown=unknown, amounts=amounts,
    )  # fmt: skip


def _extreme_value(question: Question, ids: tuple[str, ...], best: float, snapshot: Snapshot) -> Value:
    if question.of is Ask.WHICH:
        return list(ids)
    if question.of is Ask.ROOMS:
        rooms = {snapshot.registry.entities[each].area_id for each in ids}
        return [each for each in snapshot.registry.areas if each in rooms]
    return best


def _same_unit(amounts: dict[str, Amount]) -> dict[str, Amount]:
    """The readings in the unit that most have: kW and W are not compared, they are made one first."""
    plain_ones = {each: _in_base_unit(amount) for each, amount in amounts.items()}
    units = [amount.unit for amount in plain_ones.values()]
    if len(set(units)) < 2:  # noqa: PLR2004
        return amounts if len({amount.unit for amount in amounts.values()}) < 2 else plain_ones  # noqa: PLR2004
    most = max(dict.fromkeys(units), key=units.count)
    return {each: amount for each, amount in plain_ones.items() if amount.unit == most}


_SCALES = {"kW": (1000, "W"), "MW": (1_000_000, "W"), "mW": (0.001, "W"), "Wh": (0.001, "kWh"), "MWh": (1000, "kWh")}


def _in_base_unit(amount: Amount) -> Amount:
    scale, unit = _SCALES.get(amount.unit or "", (1, amount.unit))
    return Amount(_tidy(amount.value * scale), unit) if scale != 1 else amount


def _tidy(value: float) -> float:
    """A computed number to two places, whole where it is."""
    rounded = round(value, 2)
    return int(rounded) if float(rounded).is_integer() else rounded


def _compare(question: Question, snapshot: Snapshot) -> Finding:
    other = question.other or question.subject
    amounts = {**_amounts(question.subject, snapshot), **_amounts(other, snapshot)}
    ids = (*question.subject.entities, *other.entities)
    one, two = (amounts.get(each) for each in (question.subject.entities[0], other.entities[0]))
    unknown = tuple(each for each in ids if each not in amounts)
    if one is None or two is None:
        return Finding(about=ids, evidence=ids, unknown=unknown, amounts=amounts)
    more = one.value > two.value if question.predicate.state == "above" else one.value < two.value
    return Finding(value=more is not question.predicate.negated, about=ids, evidence=ids, amounts=amounts)


_EVALUATORS: dict[Ask, Callable[[Question, Snapshot], Finding]] = {
    Ask.CHECK: _check,
    Ask.WHICH: _which,
    Ask.ROOMS: _rooms,
    Ask.COUNT_ROOMS: _rooms,
    Ask.COUNT: _count,
    Ask.STATE: _state,
    Ask.MEASURE: _measure,
    Ask.ATTRIBUTE: _attribute,
    Ask.PLACE: _place,
    Ask.EXTREME: _extreme,
    Ask.COMPARE: _compare,
}
