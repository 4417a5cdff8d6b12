"""Home Assistant's own database (`home-assistant_v2.db`), read while Home Assistant writes it, of any age.

Its table of states was another one before 2022 (schema 25: who was behind a change stood in the event's row), before
2023 (schema 30: times as text, no table of entity ids) and since. A database that is just being converted has both in
one table, so that each value is taken from wherever it stands in its row. What is not a change of state (of attributes
alone), or says nothing (`unknown`, `unavailable`, a removed entity), is left out and counted.

All of it is done by SQLite, from one file into the other: by Python it would take four times as long.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from shared.errors import InvalidRequest
from workers.data.extract import begun, complete

ROWS_AT_ONCE: Final = 50_000
"""Rows of one step: Home Assistant's log can be folded back into its database between two steps."""

_WAL_BYTES = slice(18, 20)
_STEP = """
    SELECT max(state_id), count(*)
    FROM (SELECT state_id FROM recorder.states WHERE state_id > ? ORDER BY state_id LIMIT ?)
"""
_BEFORE_ALL = -(2**63)


def extract(source: Path, target: Path, tell: Callable[[float, str], None]) -> None:
    """Write what a recorder database knows of changes into a new file, for an `Extract`.

    In the order of the rows, which is the one in which they happened, also where the clock was set back; and it is read
    straight on, where an index would jump about in the file. Raises InvalidRequest in one sentence where `source` is no
    such database, damaged or locked.
    """
    uri, alone = _uri(source)
    with _told(source), begun(target) as both:
        both.execute("ATTACH ? AS recorder", (uri,))
        _copy(both, _copying(both, source), tell)
    if alone and _log(source).exists():
        raise InvalidRequest(f"Home Assistant began to write {source.name} meanwhile: import it again")


def _copy(both: sqlite3.Connection, copying: str, tell: Callable[[float, str], None]) -> None:
    first, end = both.execute("SELECT min(state_id), max(state_id) FROM recorder.states").fetchone()
    last, rows, kept = _BEFORE_ALL, 0, 0
    while first is not None:
        both.execute("BEGIN")
        step, count = both.execute(_STEP, (last, ROWS_AT_ONCE)).fetchone()
        if count:
            kept += both.execute(copying, (last, step)).rowcount
        both.execute("COMMIT")
        if not count:
            break
        last, rows = step, rows + count
        tell((last - first) / max(1, end - first), f"{rows} rows read")
    complete(both, kept, rows - kept)


def _copying(both: sqlite3.Connection, source: Path) -> str:
    """The statement that copies the rows of one step. Raises InvalidRequest where the tables are another program's."""
    states, events, meta = (_columns(both, table) for table in ("states", "events", "states_meta"))
    by_meta = "metadata_id" in states and {"metadata_id", "entity_id"} <= meta
    by_event = "event_id" in states and {"event_id", "context_user_id"} <= events
    entity = ["meta.entity_id"] if by_meta else []
    entity += ["states.entity_id"] if "entity_id" in states else []
    if not (entity and {"state_id", "state"} <= states and {"last_updated_ts", "last_updated"} & states):
        raise InvalidRequest(
            f"{source.name} is not Home Assistant's database, since it has no table of states: "
            "name its home-assistant_v2.db"
        )
    user, parent, context = (
        _context(name, states, events if by_event else frozenset())
        for name in ("context_user_id", "context_parent_id", "context_id")
    )
    at, changed = _time(states)
    return f"""
        INSERT INTO extract.changes
        SELECT id, at, entity_id, state, user, parent,
            CASE WHEN user IS NOT NULL OR parent IS NOT NULL THEN context END
        FROM (
            SELECT states.state_id AS id, {at} AS at, {_first(entity)} AS entity_id,
                CAST(states.state AS TEXT) AS state,
                CASE typeof({user}) WHEN 'blob' THEN lower(hex({user})) ELSE {user} END AS user,
                {parent} AS parent, {context} AS context
            FROM recorder.states AS states
            {"LEFT JOIN recorder.states_meta AS meta ON meta.metadata_id = states.metadata_id" if by_meta else ""}
            {"LEFT JOIN recorder.events AS events ON events.event_id = states.event_id" if by_event else ""}
            WHERE states.state_id > ? AND states.state_id <= ? AND {changed}
                AND states.state NOT IN ('unknown', 'unavailable', '')
        )
    """  # noqa: S608 - column names, of our own choosing


def _time(states: frozenset[str]) -> tuple[str, str]:
    """When a row's state was written, and whether that is when it became so (a null `last_changed` means the same)."""
    found, same = [], []
    if "last_updated_ts" in states:
        found.append("states.last_updated_ts")
        same.append(
            "WHEN states.last_updated_ts IS NOT NULL THEN "
            "coalesce(states.last_changed_ts, states.last_updated_ts) = states.last_updated_ts"
        )
    if "last_updated" in states:
        found.append(
            "CAST(strftime('%s', states.last_updated) AS REAL) + CAST('0' || substr(states.last_updated, 20) AS REAL)"
        )
        same.append(
            "WHEN states.last_updated IS NOT NULL THEN "
            "coalesce(states.last_changed, states.last_updated) = states.last_updated"
        )
    return _first(found), f"CASE {' '.join(same)} ELSE 1 END"


def _context(name: str, states: frozenset[str], events: frozenset[str]) -> str:
    """Wherever a context stands: as bytes, as text, or with the event."""
    places = [("states", f"{name}_bin", states), ("states", name, states)]
    places += [("events", f"{name}_bin", events), ("events", name, events)]
    return _first([f"nullif({table}.{column}, '')" for table, column, known in places if column in known])


def _first(found: list[str]) -> str:
    return f"coalesce({', '.join(found)}, NULL)" if found else "NULL"


def _columns(both: sqlite3.Connection, table: str) -> frozenset[str]:
    """The columns of a table; none where it is missing, or a view, which could be anything."""
    is_table = "SELECT 1 FROM recorder.sqlite_master WHERE type = 'table' AND name = ?"
    if both.execute(is_table, (table,)).fetchone() is None:
        return frozenset()
    return frozenset(row[0] for row in both.execute("SELECT name FROM pragma_table_info(?, 'recorder')", (table,)))


def _uri(source: Path) -> tuple[str, bool]:
    """How to open it read-only, and whether it is taken to be at rest.

    A database in WAL mode without a log is open nowhere. SQLite would leave a log of ours there, which Home Assistant
    may not be able to write; told that nobody writes, it leaves nothing.
    """
    with _told(source), source.open("rb") as file:
        at_rest = file.read(100)[_WAL_BYTES] == b"\x02\x02" and not _log(source).exists()
    return f"{source.absolute().as_uri()}?mode=ro{'&immutable=1' if at_rest else ''}", at_rest


def _log(source: Path) -> Path:
    return source.with_name(f"{source.name}-wal")


@contextmanager
def _told(source: Path) -> Iterator[None]:
    """What SQLite says of a file that can't be used, for people."""
    try:
        yield
    except OSError as error:
        raise InvalidRequest(f"{source} can't be read ({error.strerror})") from None
    except sqlite3.Error as error:
        raise InvalidRequest(f"{source.name} {_sentence(str(error))}") from None


def _sentence(error: str) -> str:
    if "not a database" in error:
        return "is no SQLite database, or an encrypted one: name Home Assistant's home-assistant_v2.db"
    if "malformed" in error:
        return "is damaged or cut off: copy it again with its -wal file, or while Home Assistant is stopped"
    if "locked" in error or "busy" in error:
        return "is locked by another program: try again, or import a copy of it"
    if "full" in error:
        return "does not fit into the data folder of HomeIQ: the disk is full"
    return f"can't be read ({error}): HomeIQ needs to read it, and its -wal and -shm files where they are"
