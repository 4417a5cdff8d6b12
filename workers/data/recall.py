"""Lists events of the past, as many at once as a reply holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from contracts.past import MOST_EVENTS, EventsRequest, EventsResponse, PastEvent
from shared.history import Columns, Event, History
from shared.listing import fitting

_DAY = 86_400.0


def list_events(history: History, request: EventsRequest, time_zone: str) -> EventsResponse:
    """The events that are asked for. Blocks; reads no more than it must."""
    span = history.span()
    if span.first is None or span.last is None:
        return EventsResponse(events=[])
    zone = ZoneInfo(time_zone)
    until, since = _seconds(request.until, zone), _seconds(request.since, zone)
    end = span.last + 1 if until is None else min(until, span.last + 1)
    start = end - _DAY if since is None else max(since, span.first)
    most = request.limit or MOST_EVENTS
    # One more tells whether there is more.
    asked = [*islice(_matching(history, request, start, end), request.offset, request.offset + most + 1)]
    listed = [*fitting(_past(event) for event in asked[:most])]
    return EventsResponse(events=listed, next_offset=request.offset + len(listed) if len(listed) < len(asked) else None)


def _matching(history: History, request: EventsRequest, start: float, end: float) -> Iterator[Event]:
    for columns in _ranges(history, request, start, end):
        events = columns.events()
        for event in reversed([*events]) if request.newest_first else events:
            if request.state is not None and event.state != request.state:
                continue
            if request.domain is None or event.entity_id.startswith(f"{request.domain}."):
                yield event


def _ranges(history: History, request: EventsRequest, start: float, end: float) -> Iterator[Columns]:
    """All at once where few entities are asked for, else a day at a time."""
    if request.entity_id:
        yield history.read(start, end, request.entity_id)
        return
    days = [(at, min((at // _DAY + 1) * _DAY, end)) for at in _steps(start, end)]
    for since, until in reversed(days) if request.newest_first else days:
        yield history.read(since, until)


def _steps(start: float, end: float) -> Iterator[float]:
    at = start
    while at < end:
        yield at
        at = (at // _DAY + 1) * _DAY


def _past(event: Event) -> PastEvent:
    moment = datetime.fromtimestamp(event.at, UTC).isoformat(timespec="microseconds")
    return PastEvent(**{**event._asdict(), "at": moment})


def _seconds(moment: datetime | None, zone: ZoneInfo) -> float | None:
    if moment is None:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()
