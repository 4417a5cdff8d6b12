"""A past that somebody keeps in an InfluxDB: in HomeIQ's layout, or as Home Assistant's own integration writes it.

Home Assistant's measurements are units or entity ids, with the tags `domain` and `entity_id` (without the domain), the
field `value` where a state is a number, and else `state`. A number has so lost how it was written: 21.0 comes as 21.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from shared.errors import InvalidRequest
from shared.history import Event
from shared.history.influx.answer import parts
from shared.history.influx.line_protocol import EVENTS, select, ticks_of
from shared.history.influx.server import InfluxServer
from shared.home import UNKNOWN_STATES
from workers.data.extract import begun, complete
from workers.data.moments import EARLIEST, LATEST

_DAY: Final = 86_400 * 10**9
_TICKS_A_SECOND = 1_000_000
_NANOSECONDS = 10**9
_EXACT = 2.0**53
_NO_STATE = UNKNOWN_STATES | {""}
_RANGE = " WHERE time >= {since} AND time < {until}"
_OURS = select(EVENTS, _RANGE, ' GROUP BY "entity_id"')
_THEIRS = f'SELECT "state", "value" FROM /.*/{_RANGE} GROUP BY "domain", "entity_id"'  # noqa: S608 - times only
_EDGES = tuple(
    query.replace("EDGE", edge)
    for edge in ("first", "last")
    for query in (
        select('EDGE("state_value")'),
        'SELECT EDGE("state") FROM /.*/ GROUP BY "domain"',
        'SELECT EDGE("value") FROM /.*/ GROUP BY "domain"',
    )
)
_INSERT = """
    INSERT INTO extract.changes (at, entity_id, state, context_user_id, context_parent_id, context_id)
    VALUES (?, ?, ?, ?, ?, ?)
"""

Row = Mapping[str, Any]


def extract(server: InfluxServer, target: Path, tell: Callable[[float, str], None]) -> None:
    """Write what a bucket knows of states into a new file, for an `Extract`: day by day, in the order of time.

    Raises InvalidRequest where there is nothing of a home in it, DatabaseError where the server can't be used.
    """
    span = _span(server)
    if span is None:
        raise InvalidRequest(
            "there is no home in this bucket, neither in HomeIQ's layout nor in Home Assistant's: name another one by "
            "--bucket"
        )
    first, last = span
    with begun(target) as connection:
        kept = left_out = 0
        days = range(first - first % _DAY, last + 1, _DAY)
        for number, since in enumerate(days, 1):
            found, nothing = _day(server, since, since + _DAY)
            _keep(connection, found)
            kept, left_out = kept + len(found), left_out + nothing
            tell(number / len(days), f"{kept} states read")
        complete(connection, kept, left_out)


def _keep(connection: sqlite3.Connection, events: list[Event]) -> None:
    connection.execute("BEGIN")
    rows = ((each.at, each.entity_id, each.state, *each[3:]) for each in events)
    connection.executemany(_INSERT, rows)
    connection.execute("COMMIT")


def _day(server: InfluxServer, since: int, until: int) -> tuple[list[Event], int]:
    """The events of a range in the order of time, and how many points tell of no state."""
    events, nothing = [], 0
    for found in (_ours(server, since, until), _theirs(server, since, until)):
        for event in found:
            if event is None or event.state in _NO_STATE:
                nothing += 1
            else:
                events.append(event)
    events.sort(key=lambda each: each.at)
    return events, nothing


def _ours(server: InfluxServer, since: int, until: int) -> Iterator[Event | None]:
    for part in parts(server.query(_OURS.format(since=since, until=until))):
        for time, state, context in zip(part.times, part.states, part.contexts, strict=True):
            yield Event(_seconds(time), part.entity_id, state, *context) if part.entity_id else None


def _theirs(server: InfluxServer, since: int, until: int) -> Iterator[Event | None]:
    for row in _rows(server.query(_THEIRS.format(since=since, until=until))):
        state = row.get("state") if row.get("state") is not None else _number(row.get("value"))
        entity_id = f"{row.get('domain')}.{row.get('entity_id')}"
        known = row.get("domain") and row.get("entity_id") and isinstance(state, str)
        yield Event(_seconds(row["time"]), entity_id, str(state)) if known else None


def _rows(series: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Rows by column. Versions 1 and 2 name tags beside the columns, version 3 as columns."""
    for each in series:
        tags = each.get("tags") or {}
        for values in each["values"]:
            yield {**tags, **dict(zip(each["columns"], values, strict=True))}


def _number(value: Any) -> str | None:
    """The text of a number, as short as it gets."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return str(value) if isinstance(value, int | float) else None


def _span(server: InfluxServer) -> tuple[int, int] | None:
    """The first and the last time in nanoseconds, within what a home can have; None where there is nothing."""
    rows = (row for query in _EDGES for row in _rows(server.query(query)))
    found = [time for row in rows if isinstance(time := row.get("time"), int)]
    bounds = int(EARLIEST) * _NANOSECONDS, int(LATEST) * _NANOSECONDS
    return (max(min(found), bounds[0]), min(max(found), bounds[1])) if found else None


def _seconds(time: int) -> float:
    return ticks_of(time) / _TICKS_A_SECOND
