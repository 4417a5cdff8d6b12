"""How long, how often, and whether it was so."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from shared.home import Snapshot
from workers.query.answering.finding import Value
from workers.query.past.calendar import Interval
from workers.query.past.condition import Condition, condition
from workers.query.past.finding import PastFinding
from workers.query.past.judging import at_once, nothing_of, steps_of, throughout, verdict
from workers.query.past.question import PastQuestion
from workers.query.past.records import Past, Record, record_at, records
from workers.query.past.steps import FALSE, TRUE, UNKNOWN, Steps, Times, both
from workers.query.understanding.reading import Ask

_LISTED = frozenset({Ask.WHICH, Ask.COUNT, Ask.ROOMS, Ask.COUNT_ROOMS})


def duration(asked: PastQuestion, snapshot: Snapshot, past: Past, interval: Interval) -> PastFinding:
    """For how long it was so, in seconds: of several things, for how long of any, all or none, as it was asked."""
    found = records(past, asked.about.subject.entities, interval.since, interval.until)
    steps = steps_of(asked.about, found, snapshot)
    if not steps:
        return _unknown(found)
    during = condition(asked, snapshot, past, interval)
    whole = both(verdict(asked.about, steps), during.steps)
    known = whole.known_from(interval.since, interval.until)
    seconds = whole.seconds(TRUE, interval.since, interval.until)
    return PastFinding(
        value=None if known is None else seconds_of(seconds),
        at=whole.first(TRUE, interval.since, interval.until), nothing=nothing_of(found),
        events=sum(map(len, found)) + during.events, since=known, until=interval.until,
    )  # fmt: skip


def often(asked: PastQuestion, snapshot: Snapshot, past: Past, interval: Interval) -> PastFinding:
    """How often it became so: of several things each time counts, of sensors of one event the first one to tell."""
    found = records(past, asked.about.subject.entities, interval.since, interval.until)
    steps = steps_of(asked.about, found, snapshot)
    if not steps:
        return _unknown(found)
    during = condition(asked, snapshot, past, interval)
    times = during.among(rises_of(asked, steps))
    known = verdict_known(steps, during, interval)
    return PastFinding(
        value=None if known is None else len(times),
        at=float(times[-1]) if len(times) else None, nothing=nothing_of(found),
        events=sum(map(len, found)) + during.events, since=known, until=interval.until,
    )  # fmt: skip


def rises_of(asked: PastQuestion, steps: dict[str, Steps]) -> Times:
    """When it became so, in order."""
    if at_once(asked.about):
        return verdict(asked.about, steps).rises()
    return np.sort(np.concatenate([each.rises() for each in steps.values()]))


def verdict_known(steps: dict[str, Steps], during: Condition, interval: Interval) -> float | None:
    """From when on anything is known of any of some things."""
    known = [both(each, during.steps).known_from(interval.since, interval.until) for each in steps.values()]
    return min((each for each in known if each is not None), default=None)


def seconds_of(seconds: float) -> float:
    """Seconds to the microsecond, whole where they are."""
    rounded = round(seconds, 6)
    return int(rounded) if float(rounded).is_integer() else rounded


def so(asked: PastQuestion, snapshot: Snapshot, past: Past, interval: Interval) -> PastFinding:
    """Whether it was so, of which things, of how many: at a moment, at any time, or throughout."""
    ids = asked.about.subject.entities
    if interval.moment:
        found = record_at(past, ids, interval.since)
    else:
        found = records(past, ids, interval.since, interval.until)
    steps = steps_of(asked.about, found, snapshot)
    if not steps:
        return _unknown(found, value=[] if asked.about.ask is Ask.WHICH and not ids else None)
    during = condition(asked, snapshot, past, interval)
    told = _judged(asked, during, interval)
    if asked.about.ask in _LISTED:
        return _listed(asked, snapshot, found, {each: told(steps[each]) for each in steps}, interval)
    return _yes_no(asked, found, steps, told, during, interval)


def _judged(asked: PastQuestion, during: Condition, interval: Interval) -> Callable[[Steps], int]:
    """What is made of the steps in an interval: TRUE, FALSE or UNKNOWN."""
    if interval.moment:
        return lambda steps: steps.at(interval.since)

    def happened(steps: Steps) -> int:
        return TRUE if len(during.among(steps.rises())) else _ever_known(both(steps, during.steps), interval)

    def lasted(steps: Steps) -> int:
        if _ever(both(steps.negated, during.steps), interval):
            return FALSE
        return TRUE if _ever(both(steps, during.steps), interval) else UNKNOWN

    def was(steps: Steps) -> int:
        then = both(steps, during.steps)
        return TRUE if _ever(then, interval) else _ever_known(then, interval)

    return happened if asked.event else lasted if throughout(asked) else was


def _ever(steps: Steps, interval: Interval) -> bool:
    return steps.first(TRUE, interval.since, interval.until) is not None


def _ever_known(steps: Steps, interval: Interval) -> int:
    """That it never was, unless nothing is known in the whole interval."""
    return UNKNOWN if steps.known_from(interval.since, interval.until) is None else FALSE


def _yes_no(
    asked: PastQuestion, found: Sequence[Record], steps: dict[str, Steps], told: Callable[[Steps], int],
    during: Condition, interval: Interval,
) -> PastFinding:  # fmt: skip
    ask = asked.about.ask
    whole = None if asked.event and not asked.about.subject.groups else verdict(asked.about, steps)
    code = told(whole) if whole is not None else _of_each([told(each) for each in steps.values()], ask)
    known = interval.since if interval.moment else verdict_known(steps, during, interval)
    inside = None if whole is None else both(whole, during.steps)
    at = _first(asked, steps, inside, during, interval) if code == TRUE else None
    return PastFinding(
        value=None if code == UNKNOWN else code == TRUE,
        at=_since(found) if interval.moment else at,
        about=_responsible(steps, told) if code == TRUE and ask is not Ask.NONE else (),
        nothing=nothing_of(found), events=sum(map(len, found)) + during.events,
        since=None if code == UNKNOWN and asked.during is None else known, until=interval.until,
        seconds=None if inside is None or interval.moment else inside.seconds(TRUE, interval.since, interval.until),
    )  # fmt: skip


def _of_each(codes: list[int], ask: Ask) -> int:
    """Whether all, any or none became so."""
    decisive = FALSE if ask is Ask.ALL else TRUE
    code = decisive if decisive in codes else UNKNOWN if UNKNOWN in codes else 1 - decisive
    return code if ask is not Ask.NONE or code == UNKNOWN else 1 - code


def _since(found: Sequence[Record]) -> float | None:
    """Since when one thing was what it was at a moment."""
    return found[0].before.at if len(found) == 1 and found[0].before is not None else None


def _first(
    asked: PastQuestion, steps: dict[str, Steps], whole: Steps | None, during: Condition, interval: Interval
) -> float | None:
    """When it was so, or became so, for the first time."""
    if whole is not None:
        return whole.first(TRUE, interval.since, interval.until)
    times = during.among(rises_of(asked, steps)) if asked.about.ask is not Ask.NONE else np.zeros(0)
    return float(times[0]) if len(times) else None


def _responsible(steps: dict[str, Steps], told: Callable[[Steps], int]) -> tuple[str, ...]:
    return tuple(each for each, one in steps.items() if told(one) == TRUE)


def _listed(
    asked: PastQuestion, snapshot: Snapshot, found: Sequence[Record], codes: dict[str, int], interval: Interval
) -> PastFinding:
    """The things, or their rooms, of which it was so, or their number."""
    yes = tuple(each for each, code in codes.items() if code == TRUE)
    ask, entities = asked.about.ask, snapshot.registry.entities
    here = {entities[each].area_id for each in yes}
    if asked.about.of is Ask.ALL:
        here -= {entities[each].area_id for each, code in codes.items() if code != TRUE}
        yes = tuple(each for each in yes if entities[each].area_id in here)
    areas = [each for each in snapshot.registry.areas if each in here]
    values: dict[Ask, Value] = {
        Ask.WHICH: list(yes),
        Ask.COUNT: len(yes),
        Ask.ROOMS: areas,
        Ask.COUNT_ROOMS: len(areas),
    }
    known = [each.known_from for each in found if not each.nothing]
    return PastFinding(
        value=values[ask], about=yes, nothing=nothing_of(found), events=sum(map(len, found)),
        since=max(min(known), interval.since), until=interval.until,
    )  # fmt: skip


def _unknown(found: Sequence[Record], value: list[str] | None = None) -> PastFinding:
    """That the history has nothing of it."""
    return PastFinding(value=value, nothing=nothing_of(found))
