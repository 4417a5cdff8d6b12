"""What Home Assistant's recorder knows of a time: for filling the gap that a downtime has left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import structlog

from contracts.home import ENTITY_ID
from shared.errors import DeadlineExceeded, NotFound
from shared.history.event import Event
from shared.homeassistant.websocket import HomeAssistant

log = structlog.get_logger(__name__)

_ENTITIES: Final = 100
_HOURS: Final = 6
"""One question is about so many entities and hours: some 10,000 rows where they are busy."""
_MICROSECOND: Final = 1e-6
_AUTOMATION: Final = "automation_triggered"
_CAUSES: Final = {_AUTOMATION, "script_started"}
_NOTHING: Final = "sensor.homeiq_waits_for_the_recorder"
_COMMITTED: Final = 30.0


class _Cause(NamedTuple):
    user_id: str | None
    entity_id: str | None


async def changes(client: HomeAssistant, since: float, until: float, entity_ids: Collection[str]) -> list[Event]:
    """The changes of state from `since` up to before `until` (seconds since 1970, UTC), in the order of time.

    `at` is equal to the `last_updated` of the live event. `context_user_id` is as live; `context_parent_id` is the
    entity id of the automation or script that did it; there is no `context_id`. What Home Assistant does not record is
    not there.
    """
    return [event async for part in change_parts(client, since, until, entity_ids) for event in part]


async def change_parts(
    client: HomeAssistant, since: float, until: float, entity_ids: Collection[str]
) -> AsyncIterator[list[Event]]:
    """The same in bounded parts, each of some hours and some entities; of one entity in the order of time."""
    if since >= until:
        return
    await committed(client)
    ids = sorted({each for each in entity_ids if ENTITY_ID.fullmatch(each)})
    for group in (ids[start : start + _ENTITIES] for start in range(0, len(ids), _ENTITIES)):
        before: dict[str, str] = {}
        for start, end in _pieces(since, until):
            answer = await client.request(
                "history/history_during_period",
                start_time=_iso(start - _MICROSECOND),  # what is asked for begins after this
                end_time=_iso(end + _MICROSECOND),
                entity_ids=group,
                include_start_time_state=start == since,
                significant_changes_only=False,
                minimal_response=False,
                no_attributes=True,
            )
            found = await asyncio.to_thread(_real_changes, answer, start, end, before)
            if found:
                causes = await _causes(client, start, end, sorted({event.entity_id for event in found}))
                yield [_with_cause(event, causes) for event in found]


async def committed(client: HomeAssistant) -> None:
    """Wait until the recorder has written what has happened up to now: it writes every five seconds only.

    A stream of history begins with what is written, waits for the rest to be, and goes on with that: the second part.
    """
    since = _iso(datetime.now(UTC).timestamp() - 60)
    try:
        async with (
            asyncio.timeout(_COMMITTED),
            client.subscription(
                "history/stream", start_time=since, entity_ids=[_NOTHING], include_start_time_state=False
            ) as parts,
        ):
            await parts.get()
            await parts.get()
    except (TimeoutError, DeadlineExceeded):
        log.warning("Home Assistant's recorder is behind; its last seconds may be missing here")


def _pieces(since: float, until: float) -> Iterator[tuple[float, float]]:
    start = since
    while start < until:
        end = min(start + _HOURS * 3600, until)
        yield start, end
        start = end


def _real_changes(answer: Any, start: float, end: float, before: dict[str, str]) -> list[Event]:
    """Those rows that changed a state. `before` is the last state of each entity, and is brought up to date."""
    found = []
    for entity_id, rows in answer.items() if isinstance(answer, Mapping) else ():
        for row in rows:
            state, updated = row.get("s"), row.get("lu")
            at = _moment(updated)
            if at is None:
                continue
            # Absent, `lc` is the same as `lu`; else only attributes were others.
            same = row.get("lc", updated) != updated or state == before.get(entity_id)
            if same and state:
                continue
            before[entity_id] = state or ""
            if state and start <= at < end:  # an entity that was removed has no state
                found.append(Event(at, entity_id, state))
    return sorted(found)


async def _causes(
    client: HomeAssistant, start: float, end: float, entity_ids: Sequence[str]
) -> dict[tuple[str, float], _Cause]:
    """Who was behind changes, by entity and time. Empty where the logbook is switched off or has nothing to say."""
    try:
        answer = await client.request(
            "logbook/get_events",
            start_time=_iso(start - _MICROSECOND),
            end_time=_iso(end + _MICROSECOND),
            entity_ids=list(entity_ids),
        )
    except NotFound:
        return {}
    return {
        (each["entity_id"], at): cause
        for each in answer
        if "state" in each and (at := _moment(each.get("when"))) is not None and (cause := _cause(each)) is not None
    }


def _cause(entry: Mapping[str, Any]) -> _Cause | None:
    kind, causing = entry.get("context_event_type"), entry.get("context_entity_id")
    by = causing if kind in _CAUSES and causing != entry.get("entity_id") else None
    # The logbook names who set off the automation, too; the live event does not.
    user = None if by and kind == _AUTOMATION else entry.get("context_user_id")
    return _Cause(user, by) if user or by else None


def _with_cause(event: Event, causes: Mapping[tuple[str, float], _Cause]) -> Event:
    cause = causes.get((event.entity_id, event.at))
    return event if cause is None else event._replace(context_user_id=cause.user_id, context_parent_id=cause.entity_id)


def _moment(told: Any) -> float | None:
    """A time as live events carry it: as text, rounded to the microsecond. None for what is no time."""
    try:
        return datetime.fromtimestamp(told, UTC).timestamp()
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
