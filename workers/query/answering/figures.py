"""States and readings: what a thing is, how much there is, the highest and the higher."""

from shared.home import Snapshot
from workers.query.answering.finding import Finding, Value, home_unit, is_known, since, word_for
from workers.query.answering.verdicts import split
from workers.query.meanings.measures import Amount, attribute, in_base_unit, number, read, tidy
from workers.query.meanings.states import said
from workers.query.understanding.reading import Ask, Extreme, Predicate, Question, Subject


def state_of(question: Question, snapshot: Snapshot) -> Finding:
    """The state of a thing, as a word or as the number of a sensor."""
    ids = question.subject.entities
    unknown = tuple(each for each in ids if not is_known(snapshot, each))
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
    return Finding(value=value, unit=unit, at=since(snapshot, ids), about=ids, evidence=ids, unknown=unknown)


def reading_of(question: Question, snapshot: Snapshot) -> Finding:
    """One reading."""
    ids = question.subject.entities
    amounts = _amounts(question.subject, snapshot)
    amount = amounts.get(ids[0])
    return Finding(
        value=amount.value if amount else None, unit=amount.unit if amount else None, at=since(snapshot, ids),
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


def attribute_of(question: Question, snapshot: Snapshot) -> Finding:
    """The attribute of a thing."""
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
    return Finding(value=value, unit=unit, at=since(snapshot, ids), about=ids, evidence=ids)


def _playing(question: Question, snapshot: Snapshot) -> Finding:
    """What the players that are playing play."""
    found = split(question, snapshot)
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


def extreme_of(question: Question, snapshot: Snapshot) -> Finding:
    """The highest, lowest, average or total of some readings."""
    amounts = _amounts(question.subject, snapshot)
    unknown = tuple(each for each in question.subject.entities if each not in amounts)
    amounts = _same_unit(amounts)
    if not amounts:
        return Finding(about=question.subject.entities, evidence=question.subject.entities, unknown=unknown)
    unit = next(iter(amounts.values())).unit
    if question.extreme in {Extreme.AVERAGE, Extreme.TOTAL}:
        total = sum(each.value for each in amounts.values())
        value = tidy(total / len(amounts) if question.extreme is Extreme.AVERAGE else total)
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
    plain_ones = {each: in_base_unit(amount) for each, amount in amounts.items()}
    units = [amount.unit for amount in plain_ones.values()]
    if len(set(units)) < 2:  # noqa: PLR2004
        return amounts if len({amount.unit for amount in amounts.values()}) < 2 else plain_ones  # noqa: PLR2004
    most = max(dict.fromkeys(units), key=units.count)
    return {each: amount for each, amount in plain_ones.items() if amount.unit == most}


def comparison_of(question: Question, snapshot: Snapshot) -> Finding:
    """Whether one reading is above, or below, the other."""
    other = question.other or question.subject
    amounts = {**_amounts(question.subject, snapshot), **_amounts(other, snapshot)}
    ids = (*question.subject.entities, *other.entities)
    one, two = (amounts.get(each) for each in (question.subject.entities[0], other.entities[0]))
    unknown = tuple(each for each in ids if each not in amounts)
    if one is None or two is None:
        return Finding(about=ids, evidence=ids, unknown=unknown, amounts=amounts)
    more = one.value > two.value if question.predicate.state == "above" else one.value < two.value
    return Finding(value=more is not question.predicate.negated, about=ids, evidence=ids, amounts=amounts)
