"""When it became so, and since when it is so.

Without a time that was said, the search goes back a day, then a week, a month, a year, and then to the beginning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from shared.home import Snapshot
from workers.query.past.calendar import Interval
from workers.query.past.durations import rises_of, seconds_of
from workers.query.past.finding import PastFinding
from workers.query.past.judging import at_once, judge, nothing_of, steps_of, verdict
from workers.query.past.question import PastQuestion, Recall
from workers.query.past.records import Past, Record, records
from workers.query.past.steps import TRUE, Steps

_BACK = (1, 7, 30, 365)
_DAY = 86_400.0
_BEGINNING = 0.0
_TICK = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What was found from a time on."""

    found: list[Record]
    steps: dict[str, Steps]
    interval: Interval

    @property
    def events(self) -> int:
        return sum(map(len, self.found))

    @property
    def last(self) -> bool:
        """Whether nothing is known of the time before."""
        return all(each.before is None for each in self.found)

    @property
    def known(self) -> float | None:
        """From when on anything is known."""
        known = [each.known_from for each in self.found if not each.nothing]
        return max(min(known), self.interval.since) if known else None


def when(asked: PastQuestion, snapshot: Snapshot, past: Past, interval: Interval | None, now: float) -> PastFinding:
    """When it last, or first, became so: in an interval, or at all. None where it never did."""
    first = asked.recall is Recall.FIRST
    seen = None
    for seen in _looked(
        asked, snapshot, past, interval or Interval(_BEGINNING, now), wide=first or interval is not None
    ):
        if not seen.steps:
            continue
        times = rises_of(asked, seen.steps)
        if len(times):
            return _became(asked, seen, float(times[0] if first else times[-1]), now)
    return _never(seen) if seen else PastFinding()


def _looked(asked: PastQuestion, snapshot: Snapshot, past: Past, whole: Interval, *, wide: bool) -> Iterator[_Seen]:
    """Ever longer ranges up to the end of the whole one; at once the whole one where it is `wide`."""
    for days in () if wide else _BACK:
        since = whole.until - days * _DAY
        if since <= whole.since:
            break
        seen = _seen(asked, snapshot, past, Interval(since, whole.until))
        yield seen
        if seen.last:
            return
    yield _seen(asked, snapshot, past, whole)


def _seen(asked: PastQuestion, snapshot: Snapshot, past: Past, interval: Interval) -> _Seen:
    found = records(past, asked.about.subject.entities, interval.since, interval.until)
    return _Seen(found, steps_of(asked.about, found, snapshot), interval)


def _became(asked: PastQuestion, seen: _Seen, at: float, now: float) -> PastFinding:
    if at_once(asked.about):
        whole = verdict(asked.about, seen.steps)
        about, ended = asked.about.subject.entities, whole.end(at)
    else:
        about = tuple(each for each, one in seen.steps.items() if bool(np.any(one.rises() == at)))
        ended = seen.steps[about[0]].end(at)
    return PastFinding(
        value=seconds_of(now - at) if asked.recall is Recall.AGO else None, at=at, ended=ended, about=about,
        nothing=nothing_of(seen.found), events=seen.events,
        since=seen.known, until=seen.interval.until,
    )  # fmt: skip


def _never(seen: _Seen) -> PastFinding:
    return PastFinding(
        nothing=nothing_of(seen.found), events=seen.events, since=seen.known,
        until=seen.interval.until if seen.steps else None,
    )  # fmt: skip


def since(asked: PastQuestion, snapshot: Snapshot, past: Past, now: float) -> PastFinding:
    """Since when it is so, or for how long it has been (Recall.HELD, in seconds); None where it is not so."""
    seen = None
    whole = Interval(_BEGINNING, now + _TICK)
    for seen in _looked(asked, snapshot, past, whole, wide=False):
        if not seen.steps:
            continue
        steps = verdict(asked.about, seen.steps)
        if steps.codes[-1] != TRUE:
            return _live(asked, snapshot, seen, now) or _over(steps, seen)
        if np.isfinite(steps.times[-1]):
            return _since(asked, seen, float(steps.times[-1]), now)
    return _live(asked, snapshot, seen, now) or _never(seen) if seen else PastFinding()


def _since(asked: PastQuestion, seen: _Seen, at: float, now: float) -> PastFinding:
    held = seconds_of(max(0.0, now - at))
    return PastFinding(
        value=held if asked.recall is Recall.HELD else None, at=at, nothing=nothing_of(seen.found), events=seen.events,
        since=at, until=now, seconds=held,
    )  # fmt: skip


def _live(asked: PastQuestion, snapshot: Snapshot, seen: _Seen, now: float) -> PastFinding | None:
    """What the home itself says of one thing, where the history has not heard of it yet."""
    ids = asked.about.subject.entities
    state = snapshot.state(ids[0]) if len(ids) == 1 else None
    if state is None or not state.known or state.last_changed is None:
        return None
    test = judge(asked.about, snapshot.registry.entities[ids[0]], snapshot)
    at = state.last_changed.timestamp()
    latest = max((float(each.times[-1]) for each in seen.found if len(each)), default=-np.inf)
    return _since(asked, seen, at, now) if test(state.state) and latest < at <= now else None


def _over(steps: Steps, seen: _Seen) -> PastFinding:
    """That it is not so now, and when it last was, as far as was looked."""
    times = steps.rises()
    at = float(times[-1]) if len(times) else None
    return PastFinding(
        value=None, nothing=nothing_of(seen.found), events=seen.events, since=seen.known, until=seen.interval.until,
        low=at, high=steps.end(at) if at is not None else None, seconds=0.0,
    )  # fmt: skip
