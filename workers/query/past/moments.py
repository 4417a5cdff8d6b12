"""When it became so, and since when it is so.

Without a time that was said, the search goes back a day, then a week, a month, a year, and then to the beginning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from shared.home import Snapshot
from workers.query.answering.finding import Value
from workers.query.past.calendar import Interval
from workers.query.past.condition import condition
from workers.query.past.durations import rises_of, seconds_of
from workers.query.past.ending import Horizon
from workers.query.past.finding import PastFinding
from workers.query.past.judging import at_once, judge, nothing_of, steps_of, verdict
from workers.query.past.question import PastQuestion, Recall
from workers.query.past.records import Past, Record, records
from workers.query.past.steps import TRUE, Steps, Times
from workers.query.understanding.reading import Ask, Question

_BACK = (1, 7, 30, 365)
_DAY = 86_400.0
_BEGINNING = 0.0
_TICK = 1e-6


@dataclass(slots=True, eq=False)
class _Seen:
    """What was found from `since` on, slice by slice, the newest one first."""

    since: float
    until: float
    steps: dict[str, Steps] = field(default_factory=dict)
    known_from: dict[str, float] = field(default_factory=dict)
    nothing: tuple[str, ...] = ()
    events: int = 0
    latest: float = -np.inf
    """The time of the newest event."""
    last: bool = False
    """Whether nothing is known of the time before."""

    def add(self, asked: PastQuestion, snapshot: Snapshot, found: list[Record], since: float) -> None:
        """Put an older slice before what was found."""
        for entity_id, steps in steps_of(asked.about, found, snapshot).items():
            newer = self.steps.get(entity_id)
            self.steps[entity_id] = steps if newer is None else steps.then(newer)
        self.known_from.update({each.entity_id: each.known_from for each in found if not each.nothing})
        self.nothing = tuple(each for each in nothing_of(found) if each not in self.steps)
        self.events += sum(map(len, found))
        self.latest = max([self.latest, *(float(each.times[-1]) for each in found if len(each))])
        self.last = all(each.before is None for each in found)
        self.since = since

    @property
    def known(self) -> float | None:
        """From when on anything is known."""
        return max(min(self.known_from.values()), self.since) if self.known_from else None


def when(
    asked: PastQuestion, snapshot: Snapshot, past: Past, interval: Interval | None, horizon: Horizon
) -> PastFinding:
    """When it last, or first, became so: in an interval, or at all. None where it never did."""
    first = asked.recall is Recall.FIRST
    whole, wide = interval or Interval(_BEGINNING, horizon.until), first or interval is not None
    seen = None
    for seen in _looked(asked, snapshot, past, whole, wide=wide):
        times = _times(asked, seen)
        if len(times):
            times = condition(asked, snapshot, past, Interval(seen.since, seen.until)).among(times)
        if len(times):
            return _became(asked, snapshot, seen, float(times[0] if first else times[-1]), horizon.now)
    found = _never(seen) if seen else PastFinding()
    return replace(found, value=[]) if _listed(asked) and found.since is not None else found


def last_time(question: Question, snapshot: Snapshot, past: Past, until: float) -> PastFinding:
    """When something last became so before a time, and when that ended."""
    return when(PastQuestion(Recall.LAST, question), snapshot, past, None, Horizon(until))


def _listed(asked: PastQuestion) -> bool:
    """Whether it is asked which one became so last: each one counts alone."""
    return asked.about.ask in {Ask.WHICH, Ask.ROOMS}


def _times(asked: PastQuestion, seen: _Seen) -> Times:
    if not seen.steps:
        return np.zeros(0)
    if _listed(asked):
        return np.sort(np.concatenate([each.rises() for each in seen.steps.values()]))
    return rises_of(asked, seen.steps)


def _looked(asked: PastQuestion, snapshot: Snapshot, past: Past, whole: Interval, *, wide: bool) -> Iterator[_Seen]:
    """Ever longer ranges up to the end of the whole one, each event read once; at once the whole one where `wide`."""
    starts = [whole.until - days * _DAY for days in (() if wide else _BACK)]
    seen = _Seen(whole.until, whole.until)
    for start in (*(each for each in starts if each > whole.since), whole.since):
        seen.add(asked, snapshot, records(past, asked.about.subject.entities, start, seen.since), start)
        yield seen
        if seen.last:
            return


def _became(asked: PastQuestion, snapshot: Snapshot, seen: _Seen, at: float, now: float) -> PastFinding:
    if at_once(asked.about) and not _listed(asked):
        whole = verdict(asked.about, seen.steps)
        about, ended = asked.about.subject.entities, whole.end(at)
    else:
        about = tuple(each for each, one in seen.steps.items() if bool(np.any(one.rises() == at)))
        ended = seen.steps[about[0]].end(at)
    return PastFinding(
        value=_value(asked, snapshot, about, now - at), at=at, ended=ended, about=about,
        nothing=seen.nothing, events=seen.events,
        since=seen.known, until=seen.until,
    )  # fmt: skip


def _value(asked: PastQuestion, snapshot: Snapshot, about: tuple[str, ...], ago: float) -> Value:
    if asked.about.ask is Ask.WHICH:
        return list(about)
    if asked.about.ask is Ask.ROOMS:
        here = {snapshot.registry.entities[each].area_id for each in about}
        return [each for each in snapshot.registry.areas if each in here]
    return seconds_of(ago) if asked.recall is Recall.AGO else None


def _never(seen: _Seen) -> PastFinding:
    return PastFinding(
        nothing=seen.nothing, events=seen.events, since=seen.known,
        until=seen.until if seen.steps else None,
    )  # fmt: skip


def since(asked: PastQuestion, snapshot: Snapshot, past: Past, horizon: Horizon) -> PastFinding:
    """Since when it is so, or for how long it has been (Recall.HELD, in seconds); None where it is not so."""
    seen = None
    for seen in _looked(asked, snapshot, past, Interval(_BEGINNING, horizon.until + _TICK), wide=False):
        if not seen.steps:
            continue
        steps = verdict(asked.about, seen.steps)
        if steps.codes[-1] != TRUE:
            return _live(asked, snapshot, seen, horizon) or _over(steps, seen, horizon)
        if np.isfinite(steps.times[-1]):
            live = _live(asked, snapshot, seen, horizon) if horizon.ended is not None else None
            return live or _since(asked, seen, float(steps.times[-1]), horizon.until)
    return _live(asked, snapshot, seen, horizon) or _never(seen) if seen else PastFinding()


def _since(asked: PastQuestion, seen: _Seen, at: float, until: float) -> PastFinding:
    held = seconds_of(max(0.0, until - at))
    return PastFinding(
        value=held if asked.recall is Recall.HELD else None, at=at, nothing=seen.nothing, events=seen.events,
        since=at, until=until, seconds=held,
    )  # fmt: skip


def _live(asked: PastQuestion, snapshot: Snapshot, seen: _Seen, horizon: Horizon) -> PastFinding | None:
    """What the home itself says of one thing, where the history has not heard of it yet, or has ended."""
    ids = asked.about.subject.entities
    state = snapshot.state(ids[0]) if len(ids) == 1 else None
    if state is None or not state.known or state.last_changed is None:
        return None
    test = judge(asked.about, snapshot.registry.entities[ids[0]], snapshot)
    at = state.last_changed.timestamp()
    newer = horizon.ended is not None or seen.latest < at
    return _since(asked, seen, at, horizon.now) if test(state.state) and newer and at <= horizon.now else None


def _over(steps: Steps, seen: _Seen, horizon: Horizon) -> PastFinding:
    """That it is not so now, and when it last was, as far as was looked."""
    times = steps.rises()
    at = float(times[-1]) if len(times) else None
    return PastFinding(
        value=None, nothing=seen.nothing, events=seen.events, since=seen.known, until=horizon.until,
        low=at, high=steps.end(at) if at is not None else None, seconds=0.0,
    )  # fmt: skip
