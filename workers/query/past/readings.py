"""What was measured: the highest, the lowest, the average, at a moment, and what was used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from shared.home import Snapshot
from workers.query.meanings.measures import number, tidy
from workers.query.meanings.states import said
from workers.query.past.calendar import Interval
from workers.query.past.condition import Condition, condition
from workers.query.past.finding import PastFinding
from workers.query.past.judging import nothing_of, unit_of
from workers.query.past.question import PastQuestion, Recall
from workers.query.past.records import Past, Record, record_at, records
from workers.query.past.steps import ALWAYS, Steps, Times
from workers.query.understanding.reading import Ask, Extreme

_RESET = 0.9
"""A meter whose reading falls below this part of the last one has begun anew; a smaller fall is noise.

As Home Assistant's own statistics tell it (`reset_detected` of its sensor recorder).
"""
_EXTREMES = {Extreme.HIGHEST: Recall.HIGHEST, Extreme.LOWEST: Recall.LOWEST, Extreme.AVERAGE: Recall.AVERAGE}


_WITHOUT_MOMENT = frozenset({Recall.AVERAGE, Recall.RANGE})


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """The readings of one entity in an interval: each holds until the next one."""

    entity_id: str
    times: Times
    values: Times
    lengths: Times
    """For how long each of them held, in seconds."""

    @property
    def mean(self) -> float:
        """The average over time; of what came with the last event of all, its readings alone."""
        total = self.lengths.sum()
        return float((self.values * self.lengths).sum() / total if total else self.values.mean())

    def place(self, recall: Recall) -> int:
        """Where the highest or lowest reading is; the first one of several."""
        return int(np.argmin(self.values) if recall is Recall.LOWEST else np.argmax(self.values))


def _course(record: Record, interval: Interval, during: Steps = ALWAYS) -> _Course | None:
    before, times, values = record.numbers(number)
    if before is not None and not (len(times) and times[0] == interval.since):
        times, values = np.append(interval.since, times), np.append(before, values)
    if not len(times):
        return None
    if during is not ALWAYS:
        within = during.times[(during.times > times[0]) & (during.times < interval.until)]
        moments = np.union1d(times, within)
        times, values = moments, values[np.searchsorted(times, moments, side="right") - 1]
    lengths, held = np.diff(np.append(times, interval.until)), during.hold_at(times)
    return _Course(record.entity_id, times[held], values[held], lengths[held]) if held.any() else None


def _course_at(record: Record) -> _Course | None:
    """The one reading at a moment."""
    value = number(record.before.state) if record.before is not None else None
    if record.before is None or value is None:
        return None
    return _Course(record.entity_id, np.array([record.before.at]), np.array([float(value)]), np.ones(1))


def reading(asked: PastQuestion, snapshot: Snapshot, past: Past, interval: Interval) -> PastFinding:
    """One reading: at a moment what it was; of an interval the highest, the lowest or the average over time."""
    ids, recall = asked.about.subject.entities, _recall(asked)
    if interval.moment and len(ids) == 1:
        return at_moment(asked, snapshot, past, interval)
    during = condition(asked, snapshot, past, interval)
    if interval.moment:
        found = record_at(past, ids, interval.since)
        courses = [course for each in found if (course := _course_at(each)) is not None]
    else:
        found = records(past, ids, interval.since, interval.until)
        courses = [course for each in found if (course := _course(each, interval, during.steps)) is not None]
    events = (len(courses) if interval.moment else sum(map(len, found))) + during.events
    if not courses:
        return _nothing(found, during, interval, events)
    low = min(float(each.values.min()) for each in courses)
    high = max(float(each.values.max()) for each in courses)
    best = _best(courses, recall)
    at = None if recall in _WITHOUT_MOMENT else float(best.times[best.place(recall)])
    return PastFinding(
        value=_value(asked, snapshot, courses, best, recall), unit=_unit(asked, snapshot, best),
        at=at, about=_about(courses, best, recall),
        nothing=tuple(each for each in ids if each not in {one.entity_id for one in courses}),
        events=events, since=max(interval.since, min(float(each.times[0]) for each in courses)), until=interval.until,
        low=_plain(low), high=_plain(high),
    )  # fmt: skip


def _nothing(found: list[Record], during: Condition, interval: Interval, events: int) -> PastFinding:
    """That there is no reading, or none of the time at which the condition held."""
    if all(_course(each, interval) is None for each in found) or during.steps is ALWAYS:
        return PastFinding(nothing=tuple(each.entity_id for each in found), events=events)
    return PastFinding(events=events, since=interval.since, until=interval.until, never=True)


def _recall(asked: PastQuestion) -> Recall:
    if asked.recall is not Recall.SO:
        return asked.recall
    return _EXTREMES.get(asked.about.extreme or Extreme.AVERAGE, Recall.AVERAGE)


def _best(courses: list[_Course], recall: Recall) -> _Course:
    """The course with the highest or lowest reading; of averages the highest, where one is asked for."""
    if recall is Recall.LOWEST:
        return min(courses, key=lambda each: float(each.values.min()))
    return max(courses, key=lambda each: each.mean if recall is Recall.AVERAGE else float(each.values.max()))


def _value(
    asked: PastQuestion, snapshot: Snapshot, courses: list[_Course], best: _Course, recall: Recall
) -> float | str | list[str]:
    if asked.about.of is Ask.WHICH:
        return [best.entity_id]
    if asked.about.of is Ask.ROOMS:
        area_id = snapshot.registry.entities[best.entity_id].area_id
        return [area_id] if area_id else []
    if recall is Recall.AVERAGE:
        return tidy(sum(each.mean for each in courses) / len(courses))
    if recall is Recall.RANGE:
        low, high = (pick(float(pick(each.values)) for each in courses) for pick in (min, max))
        return f"{_plain(low)} to {_plain(high)}"
    return _plain(float(best.values[best.place(recall)]))


def _about(courses: list[_Course], best: _Course, recall: Recall) -> tuple[str, ...]:
    return tuple(each.entity_id for each in courses) if recall in _WITHOUT_MOMENT else (best.entity_id,)


def _unit(asked: PastQuestion, snapshot: Snapshot, best: _Course) -> str | None:
    return None if asked.about.of else unit_of(snapshot, best.entity_id)


def _plain(value: float) -> float:
    return int(value) if value.is_integer() else value


def at_moment(asked: PastQuestion, snapshot: Snapshot, past: Past, interval: Interval) -> PastFinding:
    """The state of one thing at a moment: a number of a sensor, else a word."""
    found = record_at(past, asked.about.subject.entities, interval.since)
    one = found[0] if len(found) == 1 else None
    if one is None or one.before is None:
        return PastFinding(nothing=nothing_of(found), known=len(found) == 1)
    entity = snapshot.registry.entities[one.entity_id]
    value = number(one.before.state) if entity.domain in {"sensor", "number", "input_number", "counter"} else None
    return PastFinding(
        value=said(entity, one.before.state) if value is None else value,
        unit=None if value is None else unit_of(snapshot, one.entity_id),
        at=one.before.at, about=(one.entity_id,), events=1, since=interval.since, until=interval.until,
    )  # fmt: skip


def used(asked: PastQuestion, snapshot: Snapshot, past: Past, interval: Interval) -> PastFinding:
    """How much a meter counted, over its resets. A meter that may run backwards is read at both ends."""
    ids = asked.about.subject.entities
    found = records(past, ids, interval.since, interval.until)
    courses = [course for each in found if (course := _course(each, interval)) is not None]
    units = {unit_of(snapshot, each.entity_id) for each in courses}
    if not courses or len(units) > 1:
        return PastFinding(nothing=ids, events=sum(map(len, found)))
    total = sum(_counted(each, snapshot) for each in courses)
    return PastFinding(
        value=tidy(total), unit=units.pop(), about=tuple(each.entity_id for each in courses),
        nothing=tuple(each for each in ids if each not in {one.entity_id for one in courses}),
        events=sum(map(len, found)), since=min(float(each.times[0]) for each in courses), until=interval.until,
    )  # fmt: skip


def _counted(course: _Course, snapshot: Snapshot) -> float:
    state = snapshot.state(course.entity_id)
    if state is not None and state.attributes.get("state_class") == "total":
        return float(course.values[-1] - course.values[0])
    before, after = course.values[:-1], course.values[1:]
    grown = np.where(after < _RESET * before, after, after - before)
    return float(grown.sum())
