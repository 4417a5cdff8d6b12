"""Yes or no, which, how many: evaluated against the home as it is."""

from collections.abc import Callable
from dataclasses import replace

from shared.home import Entity, EntityState, Snapshot
from workers.query.answering.finding import Finding, besides_these, home_unit, since
from workers.query.meanings.measures import Amount, attribute, in_base_unit, number, read
from workers.query.meanings.states import ACTIVE, holds, meant
from workers.query.understanding.reading import Ask, Question
from workers.query.understanding.tokens import plainly


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
    value, limit = amount.value, threshold.number
    if threshold.unit:
        value = in_base_unit(amount).value
        limit = in_base_unit(Amount(threshold.number, threshold.unit)).value
    if threshold.inclusive and value == limit:
        return True
    return value > limit if threshold.above else value < limit


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


def split(question: Question, snapshot: Snapshot) -> Finding:
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


def yes_no(question: Question, snapshot: Snapshot) -> Finding:
    """True, false, or None where nobody knows."""
    found = split(question, snapshot)
    ids = question.subject.entities
    ask = meant_form(question)
    value = _in_each(question.subject.groups, ask, found)
    decisive = found.no if ask is Ask.ALL else found.yes
    evidence = decisive or ids
    return Finding(
        value=value, at=since(snapshot, ids), about=evidence,
        evidence=(*evidence, *besides_these(found.unknown, evidence)),
        yes=found.yes, no=found.no, unknown=found.unknown, amounts=found.amounts,
    )  # fmt: skip


def meant_form(question: Question) -> Ask:
    """Whether it asks for any or for all: "are the windows open" for any, "are the windows closed" for all."""
    if question.ask is not Ask.CHECK or len(question.subject.entities) == 1:
        return question.ask if question.ask is not Ask.CHECK else Ask.ALL
    active = question.predicate.state in ACTIVE
    return Ask.ANY if question.subject.kinds and active is not question.predicate.negated else Ask.ALL


def _in_each(groups: tuple[tuple[str, ...], ...], ask: Ask, found: Finding) -> bool | None:
    """The verdict, which for "any" has to hold in each group: "are lights on in the kitchen and the hall"."""
    if not groups or ask is not Ask.ANY:
        return _verdict(ask, found)
    parts = [
        Finding(
            yes=tuple(each for each in found.yes if each in group),
            no=tuple(each for each in found.no if each in group),
            unknown=tuple(each for each in found.unknown if each in group),
        )
        for group in groups
    ]
    verdicts = {_verdict(ask, part) for part in parts}
    return False if False in verdicts else None if None in verdicts else True


def _verdict(ask: Ask, found: Finding) -> bool | None:
    if not (found.yes or found.no or found.unknown):
        return {Ask.ANY: False, Ask.NONE: True}.get(ask)
    if ask is Ask.ALL:
        return False if found.no else None if found.unknown else True
    some = True if found.yes else None if found.unknown else False
    return some if some is None or ask is Ask.ANY else not some


def check(question: Question, snapshot: Snapshot) -> Finding:
    """Whether one thing, or definite ones, are so."""
    return _raw(question, snapshot) if question.predicate.raw is not None else yes_no(question, snapshot)


_CHOICES = ("options", "hvac_modes", "preset_modes", "source_list", "effect_list", "fan_speed_list", "sound_mode_list")
_CHOSEN = ("preset_mode", "source", "effect", "fan_speed", "sound_mode", "hvac_action")


def _raw(question: Question, snapshot: Snapshot) -> Finding:
    """Whether a thing is in a state that has its own words: the mode of a house, the zone of a person."""
    finding = yes_no(question, snapshot)
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


def which(question: Question, snapshot: Snapshot) -> Finding:
    """The things that are so."""
    found = split(question, snapshot)
    evidence = found.yes or question.subject.entities
    return Finding(
        value=list(found.yes), about=found.yes, evidence=(*evidence, *besides_these(found.unknown, evidence)),
        yes=found.yes, no=found.no, unknown=found.unknown, amounts=found.amounts,
    )  # fmt: skip


def count(question: Question, snapshot: Snapshot) -> Finding:
    """How many things are so."""
    found = split(question, snapshot)
    evidence = found.yes or question.subject.entities
    return Finding(
        value=len(found.yes), about=found.yes, evidence=(*evidence, *besides_these(found.unknown, evidence)),
        yes=found.yes, no=found.no, unknown=found.unknown, amounts=found.amounts,
    )  # fmt: skip


def rooms(question: Question, snapshot: Snapshot) -> Finding:
    """The rooms, or their number, with things that are so."""
    found = split(question, snapshot)
    here = {snapshot.registry.entities[each].area_id for each in found.yes}
    if question.of is Ask.ALL:
        here -= {snapshot.registry.entities[each].area_id for each in (*found.no, *found.unknown)}
        found = replace(
            found, yes=tuple(each for each in found.yes if snapshot.registry.entities[each].area_id in here)
        )
    rooms = [each for each in snapshot.registry.areas if each in here]
    evidence = found.yes or question.subject.entities
    return Finding(
        value=rooms if question.ask is Ask.ROOMS else len(rooms), about=found.yes,
        evidence=(*evidence, *besides_these(found.unknown, evidence)),
        yes=found.yes, no=found.no, unknown=found.unknown, amounts=found.amounts,
    )  # fmt: skip


def place(question: Question, snapshot: Snapshot) -> Finding:
    """The area a thing is in."""
    ids = question.subject.entities
    area_id = snapshot.registry.entities[ids[0]].area_id
    return Finding(value=area_id, about=ids, evidence=ids)
