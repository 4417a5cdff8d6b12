"""Databases as Home Assistant has made them since 2021, in its own words, and what is in them."""

from __future__ import annotations

import sqlite3
import threading
import uuid
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from shared.errors import InvalidRequest, NotFound
from shared.history import Event
from workers.data.extract import Extract, ulid
from workers.data.recorder_file import ROWS_AT_ONCE, extract
from workers.data.tally import BATCH, Tally

NOON = 1_772_366_400.123456
"""2026-03-01T12:00:00.123456Z."""
PERSON = "c9841e890e604dbd9f2144964bdd21dd"
CONTEXT = "01M7ZJCPVF7YMJHARB7WWX3CGV"
PARENT = "01M7ZJCPT24D2GZSVHQF0QXRS9"

SCHEMA_53 = """
    CREATE TABLE states_meta (metadata_id INTEGER NOT NULL, entity_id VARCHAR(255), PRIMARY KEY (metadata_id));
    CREATE TABLE state_attributes (attributes_id INTEGER NOT NULL, hash BIGINT, shared_attrs TEXT,
        PRIMARY KEY (attributes_id));
    CREATE TABLE events (event_id INTEGER NOT NULL, event_type CHAR(0), event_data CHAR(0), origin CHAR(0),
        origin_idx SMALLINT, time_fired CHAR(0), time_fired_ts FLOAT, context_id CHAR(0), context_user_id CHAR(0),
        context_parent_id CHAR(0), data_id INTEGER, context_id_bin BLOB, context_user_id_bin BLOB,
        context_parent_id_bin BLOB, event_type_id INTEGER, PRIMARY KEY (event_id));
    CREATE TABLE states (state_id INTEGER NOT NULL, entity_id CHAR(0), state VARCHAR(255), attributes CHAR(0),
        event_id SMALLINT, last_changed CHAR(0), last_changed_ts FLOAT, last_reported_ts FLOAT, last_updated CHAR(0),
        last_updated_ts FLOAT, old_state_id INTEGER, attributes_id INTEGER, context_id CHAR(0), context_user_id CHAR(0),
        context_parent_id CHAR(0), origin_idx SMALLINT, context_id_bin BLOB, context_user_id_bin BLOB,
        context_parent_id_bin BLOB, metadata_id INTEGER, PRIMARY KEY (state_id),
        FOREIGN KEY(old_state_id) REFERENCES states (state_id),
        FOREIGN KEY(attributes_id) REFERENCES state_attributes (attributes_id),
        FOREIGN KEY(metadata_id) REFERENCES states_meta (metadata_id));
    CREATE INDEX ix_states_metadata_id_last_updated_ts ON states (metadata_id, last_updated_ts);
    CREATE INDEX ix_states_last_updated_ts ON states (last_updated_ts);
"""
SCHEMA_30 = """
    CREATE TABLE events (event_id INTEGER NOT NULL, event_type VARCHAR(64), event_data TEXT, origin VARCHAR(32),
        origin_idx SMALLINT, time_fired DATETIME, context_id VARCHAR(36), context_user_id VARCHAR(36),
        context_parent_id VARCHAR(36), data_id INTEGER, PRIMARY KEY (event_id));
    CREATE TABLE states (state_id INTEGER NOT NULL, entity_id VARCHAR(255), state VARCHAR(255), attributes TEXT,
        event_id INTEGER, last_changed DATETIME, last_updated DATETIME, old_state_id INTEGER, attributes_id INTEGER,
        context_id VARCHAR(36), context_user_id VARCHAR(36), context_parent_id VARCHAR(36), origin_idx SMALLINT,
        PRIMARY KEY (state_id), FOREIGN KEY(event_id) REFERENCES events (event_id) ON DELETE CASCADE);
    CREATE INDEX ix_states_entity_id_last_updated ON states (entity_id, last_updated);
"""
SCHEMA_25 = """
    CREATE TABLE events (event_id INTEGER NOT NULL, event_type VARCHAR(64), event_data TEXT, origin VARCHAR(32),
        time_fired DATETIME, context_id VARCHAR(36), context_user_id VARCHAR(36), context_parent_id VARCHAR(36),
        PRIMARY KEY (event_id));
    CREATE TABLE states (state_id INTEGER NOT NULL, entity_id VARCHAR(255), state VARCHAR(255), attributes TEXT,
        event_id INTEGER, last_changed DATETIME, last_updated DATETIME, old_state_id INTEGER, attributes_id INTEGER,
        PRIMARY KEY (state_id), FOREIGN KEY(event_id) REFERENCES events (event_id) ON DELETE CASCADE);
"""
SCHEMA_16 = """
    CREATE TABLE events (event_id INTEGER NOT NULL, event_type VARCHAR(64), event_data TEXT, origin VARCHAR(32),
        time_fired DATETIME, created DATETIME, context_id VARCHAR(36), context_user_id VARCHAR(36),
        context_parent_id VARCHAR(36), PRIMARY KEY (event_id));
    CREATE TABLE states (state_id INTEGER NOT NULL, domain VARCHAR(64), entity_id VARCHAR(255), state VARCHAR(255),
        attributes TEXT, event_id INTEGER, last_changed DATETIME, last_updated DATETIME, created DATETIME,
        old_state_id INTEGER, PRIMARY KEY (state_id));
"""
TO_31 = """
    ALTER TABLE events ADD COLUMN time_fired_ts FLOAT;
    ALTER TABLE states ADD COLUMN last_updated_ts FLOAT;
    ALTER TABLE states ADD COLUMN last_changed_ts FLOAT;
"""
TO_38 = """
    ALTER TABLE states ADD COLUMN context_id_bin BLOB;
    ALTER TABLE states ADD COLUMN context_user_id_bin BLOB;
    ALTER TABLE states ADD COLUMN context_parent_id_bin BLOB;
    ALTER TABLE states ADD COLUMN metadata_id INTEGER;
    CREATE TABLE states_meta (metadata_id INTEGER NOT NULL, entity_id VARCHAR(255), PRIMARY KEY (metadata_id));
"""


def text(at: float) -> str:
    """As SQLAlchemy writes a time into SQLite."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def raw(context: str) -> bytes:
    """The 16 bytes of a ULID."""
    number = 0
    for letter in context:
        number = number * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(letter)
    return number.to_bytes(16, "big")


class Recorder:
    """A database, and rows for it by column."""

    def __init__(self, path: Path, *schemas: str) -> None:
        self.path = path
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.execute("PRAGMA journal_mode = WAL")
        for schema in schemas:
            self.connection.executescript(schema)

    def add(self, table: str = "states", **values: Any) -> None:
        names, places = ", ".join(values), ", ".join("?" * len(values))
        self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", tuple(values.values()))


def taken(source: Path, folder: Path, **more: float) -> tuple[list[Event], Tally]:
    target = folder / "extract.changes"
    target.unlink(missing_ok=True)
    extract(source, target, lambda done, what: None)
    file = Extract(target, **more)
    events = [event for batch in file.batches() for event in batch]
    assert file.done == 1.0
    assert file.tally.rows == file.tally.events + file.tally.skipped + file.tally.bad
    return events, file.tally


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home-assistant_v2.db"


@pytest.fixture
def recorder(path: Path) -> Recorder:
    made = Recorder(path, SCHEMA_53)
    made.add("states_meta", metadata_id=7, entity_id="light.a")
    made.add("states_meta", metadata_id=9, entity_id="sensor.b")
    return made


def test_the_database_of_today(recorder: Recorder, tmp_path: Path) -> None:
    recorder.add(metadata_id=7, state="on", last_updated_ts=NOON)
    recorder.add(metadata_id=7, state="on", last_updated_ts=NOON + 1, last_changed_ts=NOON)  # brightness
    recorder.add(metadata_id=9, state="21.50", last_updated_ts=NOON + 2, last_reported_ts=NOON + 9)
    recorder.add(metadata_id=9, state="unavailable", last_updated_ts=NOON + 3)
    recorder.add(metadata_id=9, state="unknown", last_updated_ts=NOON + 4)
    recorder.add(metadata_id=9, state="", last_updated_ts=NOON + 5)  # it was removed
    recorder.add(
        metadata_id=7,
        state="off",
        last_updated_ts=NOON + 6,
        context_id_bin=raw(CONTEXT),
        context_user_id_bin=uuid.UUID(PERSON).bytes,
    )
    recorder.add(
        metadata_id=7,
        state="on",
        last_updated_ts=NOON + 7,
        context_id_bin=raw(CONTEXT),
        context_parent_id_bin=raw(PARENT),
    )
    events, tally = taken(recorder.path, tmp_path)
    assert events == [
        Event(NOON, "light.a", "on"),
        Event(NOON + 2, "sensor.b", "21.50"),
        Event(NOON + 6, "light.a", "off", PERSON, None, CONTEXT),
        Event(NOON + 7, "light.a", "on", None, PARENT, CONTEXT),
    ]
    assert tally == Tally(rows=8, events=4, skipped=4)


def test_times_are_exact_to_the_microsecond(recorder: Recorder, tmp_path: Path) -> None:
    moments = [1_772_366_400_000_000 + each for each in (1, 999_999, 123_457, 500_001, 999_998_000_007)]
    for each in moments:
        recorder.add(
            metadata_id=7, state=str(each), last_updated_ts=datetime.fromtimestamp(each / 1e6, UTC).timestamp()
        )
    events, _ = taken(recorder.path, tmp_path)
    assert [(each.at, each.state) for each in events] == [(moment / 1e6, str(moment)) for moment in moments]


def test_the_database_of_2022(path: Path, tmp_path: Path) -> None:
    made = Recorder(path, SCHEMA_30)
    made.add(entity_id="light.a", state="on", last_updated=text(NOON), context_id="c1", context_user_id=PERSON)
    made.add(entity_id="light.a", state="on", last_updated=text(NOON + 1), last_changed=text(NOON), context_id="c2")
    made.add(entity_id="light.a", state="off", last_updated=text(NOON + 2), context_id="c3", context_parent_id="c1")
    made.add(entity_id="light.a", state="on", last_updated="2026-03-01 12:00:09", context_id="c4")
    events, tally = taken(path, tmp_path)
    assert events == [
        Event(NOON, "light.a", "on", PERSON, None, "c1"),
        Event(NOON + 2, "light.a", "off", None, "c1", "c3"),
        Event(1_772_366_409.0, "light.a", "on"),
    ]
    assert tally == Tally(rows=4, events=3, skipped=1)


@pytest.mark.parametrize("schema", [SCHEMA_25, SCHEMA_16])
def test_the_database_of_2021_keeps_who_did_it_with_the_event(schema: str, path: Path, tmp_path: Path) -> None:
    made = Recorder(path, schema)
    made.add("events", event_id=4, event_type="state_changed", context_id="c1", context_user_id=PERSON)
    made.add("events", event_id=5, event_type="state_changed", context_id="c2", context_parent_id="c1")
    both = {"last_changed": text(NOON), "last_updated": text(NOON)}
    made.add(entity_id="light.a", state="on", event_id=4, **both)
    made.add(entity_id="light.b", state="on", event_id=5, **both)
    made.add(entity_id="light.c", state="on", event_id=6, **both)  # its event was purged
    made.add(entity_id="light.c", state="on", last_changed=text(NOON), last_updated=text(NOON + 5))
    events, tally = taken(path, tmp_path)
    assert events == [
        Event(NOON, "light.a", "on", PERSON, None, "c1"),
        Event(NOON, "light.b", "on", None, "c1", "c2"),
        Event(NOON, "light.c", "on"),
    ]
    assert tally == Tally(rows=4, events=3, skipped=1)


def test_a_database_that_is_just_being_converted(path: Path, tmp_path: Path) -> None:
    made = Recorder(path, SCHEMA_30, TO_31, TO_38)
    made.add("states_meta", metadata_id=7, entity_id="light.new")
    made.add("events", event_id=4, context_id="c0", context_user_id=PERSON)
    made.add(entity_id="light.old", state="on", event_id=4, last_changed=text(NOON), last_updated=text(NOON))
    made.add(entity_id="light.old", state="on", last_changed=text(NOON), last_updated=text(NOON + 1))
    # The times are converted, the rest is not.
    made.add(
        entity_id="light.old",
        state="off",
        last_changed=text(NOON + 2),
        last_updated=text(NOON + 2),
        last_changed_ts=NOON + 2,
        last_updated_ts=NOON + 2,
        context_id=CONTEXT,
        context_parent_id=PARENT,
    )
    # The contexts are converted too, the entity id is not.
    made.add(
        entity_id="light.old",
        state="on",
        last_updated_ts=NOON + 3,
        context_id_bin=raw(CONTEXT),
        context_parent_id_bin=raw(PARENT),
    )
    made.add(metadata_id=7, state="on", last_updated_ts=NOON + 4, context_user_id_bin=uuid.UUID(PERSON).bytes)
    events, tally = taken(path, tmp_path)
    assert events == [
        Event(NOON, "light.old", "on", PERSON, None, "c0"),
        Event(NOON + 2, "light.old", "off", None, PARENT, CONTEXT),
        Event(NOON + 3, "light.old", "on", None, PARENT, CONTEXT),
        Event(NOON + 4, "light.new", "on", PERSON),
    ]
    assert tally == Tally(rows=5, events=4, skipped=1)


def test_rows_that_no_home_can_have_are_bad_and_named(recorder: Recorder, tmp_path: Path) -> None:
    recorder.add(state_id=5, metadata_id=7, state="on", last_updated_ts=NOON)
    recorder.add(state_id=6, metadata_id=99, state="on", last_updated_ts=NOON)
    recorder.add(state_id=7, metadata_id=7, state="on", last_updated_ts=None)
    recorder.add(state_id=8, metadata_id=7, state="on", last_updated_ts=12.0)
    recorder.add(state_id=9, metadata_id=7, state="on", last_updated_ts=NOON + 100)
    recorder.add(state_id=10, metadata_id=7, state="x" * 300, last_updated_ts=NOON)
    recorder.connection.execute("INSERT INTO states_meta VALUES (3, 'No Entity')")
    recorder.add(state_id=11, metadata_id=3, state="on", last_updated_ts=NOON)
    no_text = (
        "INSERT INTO states (state_id, metadata_id, state, last_updated_ts) VALUES (12, 7, CAST(x'6fff' AS TEXT), ?)"
    )
    recorder.connection.execute(no_text, (NOON,))
    events, tally = taken(recorder.path, tmp_path, latest=NOON + 60)
    assert events == [Event(NOON, "light.a", "on"), Event(NOON, "light.a", "o\N{REPLACEMENT CHARACTER}")]
    assert [(each.line, each.reason) for each in tally.bad_lines] == [
        (6, "it belongs to no entity"),
        (7, "it has no time that a home can have"),
        (8, "it has no time that a home can have"),
        (9, "it lies in the future"),
        (10, "the state is longer than 255 characters"),
        (11, "'No Entity' is no entity id"),
    ]


def test_the_order_is_that_of_the_rows_also_where_the_clock_was_set_back(recorder: Recorder, tmp_path: Path) -> None:
    for beyond in (5, 6, 2, 3):
        recorder.add(metadata_id=7, state=str(beyond), last_updated_ts=NOON + beyond)
    events, _ = taken(recorder.path, tmp_path)
    assert [each.state for each in events] == ["5", "6", "2", "3"]


def test_more_rows_than_one_step_takes(recorder: Recorder, tmp_path: Path) -> None:
    rows = ROWS_AT_ONCE + BATCH + 3
    told: list[float] = []
    recorder.connection.execute("BEGIN")
    recorder.connection.executemany(
        "INSERT INTO states (state_id, metadata_id, state, last_updated_ts) VALUES (?, 7, ?, ?)",
        ((1000 + 3 * number, f"{number}", NOON + number) for number in range(rows)),
    )
    recorder.connection.execute("COMMIT")
    extract(recorder.path, tmp_path / "e", lambda done, what: told.append(done))
    batches = list(Extract(tmp_path / "e").batches())
    assert [event.state for batch in batches for event in batch] == [str(number) for number in range(rows)]
    assert {len(batch) for batch in batches[:-1]} == {BATCH}
    assert told == sorted(told)
    assert len(told) == 2
    assert told[-1] == 1.0


def test_it_is_read_while_home_assistant_writes_it(recorder: Recorder, tmp_path: Path) -> None:
    for number in range(1000):
        recorder.add(metadata_id=7, state=str(number), last_updated_ts=NOON + number)
    ended = threading.Event()

    def write() -> None:
        number = 1000
        while not ended.is_set():
            recorder.add(metadata_id=7, state=str(number), last_updated_ts=NOON + number)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = [taken(recorder.path, tmp_path)[0] for _ in range(5)]
    finally:
        ended.set()
        writer.join()
    sizes = [len(events) for events in found]
    assert sizes == sorted(sizes)
    assert sizes[0] >= 1000
    for events in found:
        assert [each.state for each in events] == [str(number) for number in range(len(events))]
    recorder.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert recorder.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_database_at_rest_is_left_as_it_is(recorder: Recorder, path: Path, tmp_path: Path) -> None:
    recorder.add(metadata_id=7, state="on", last_updated_ts=NOON)
    recorder.connection.close()
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    before = path.read_bytes(), sorted(tmp_path.iterdir())
    events, _ = taken(path, folder)
    assert len(events) == 1
    assert (path.read_bytes(), sorted(tmp_path.iterdir())) == before


def test_an_empty_database_has_no_past(recorder: Recorder, tmp_path: Path) -> None:
    assert taken(recorder.path, tmp_path) == ([], Tally())


def test_what_is_no_such_database(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"

    def refused(message: str) -> None:
        with pytest.raises(InvalidRequest, match=message) as caught:
            extract(path, target, lambda done, what: None)
        assert "\n" not in str(caught.value)
        target.unlink(missing_ok=True)

    refused(r"home-assistant_v2\.db can't be read \(No such file or directory\)")
    path.mkdir()
    refused(r"can't be read \(Is a directory\)")
    path.rmdir()
    path.touch()
    refused("no table of states")
    path.write_bytes(bytes(range(256)) * 400)
    refused("is no SQLite database, or an encrypted one")
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.executescript("CREATE TABLE urls (id INTEGER PRIMARY KEY, url TEXT); CREATE TABLE states (name TEXT)")
    refused("is not Home Assistant's database")
    with closing(sqlite3.connect(path)) as other:
        other.executescript("DROP TABLE states; CREATE VIEW states AS SELECT 1 AS state_id, 'on' AS state")
    refused("is not Home Assistant's database")


def test_a_database_that_was_cut_off(recorder: Recorder, path: Path, tmp_path: Path) -> None:
    for number in range(5000):
        recorder.add(metadata_id=7, state=str(number), last_updated_ts=NOON + number)
    recorder.connection.close()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InvalidRequest, match=r"^home-assistant_v2\.db is damaged or cut off: copy it again"):
        taken(path, tmp_path)


def test_a_database_that_is_locked(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.data.extract._BUSY_TIMEOUT", 0.1)
    made = Recorder(path, SCHEMA_53)
    made.connection.execute("PRAGMA journal_mode = DELETE")
    made.connection.execute("BEGIN EXCLUSIVE")
    with pytest.raises(InvalidRequest, match="is locked by another program"):
        taken(path, tmp_path)


def test_an_extract_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "x.changes"
    with pytest.raises(NotFound, match="is not there any more"):
        Extract(file)
    file.write_bytes(b"junk" * 1000)
    with pytest.raises(InvalidRequest, match="file is not a database"):
        Extract(file)
    file.unlink()
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE changes (id)")
    with pytest.raises(InvalidRequest, match="was not laid down by"):
        Extract(file)


def test_context_ids_are_told_as_home_assistant_does() -> None:
    assert (ulid(raw(CONTEXT)), ulid(bytes(16)), ulid(b"\xff" * 16)) == (CONTEXT, "0" * 26, "7" + "Z" * 25)
