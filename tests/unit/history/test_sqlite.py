"""What is the SQLite store's own: its file, its size, what is in its way, and what an older version left."""

import os
import random
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from shared.errors import DatabaseError, InvalidRequest
from shared.history import Columns, Event
from shared.history.sqlite import SqliteHistory, conversion, numbering, reading, retention
from shared.history.sqlite import store as sqlite
from shared.history.sqlite.file import VERSION, connect

ROOT = Path(__file__).parents[3]
DAY = 86_400
NOON = 1_772_366_400.0
ULID, USER = "01KAFE0123456789ABCDEFGHJK", "0123456789abcdef0123456789abcdef"
PLAIN = (
    "CREATE TABLE entities (id INTEGER PRIMARY KEY, entity_id TEXT NOT NULL UNIQUE)",
    """
    CREATE TABLE events (
        at INTEGER NOT NULL,
        entity INTEGER NOT NULL REFERENCES entities,
        state TEXT NOT NULL,
        context_user TEXT,
        context_parent TEXT,
        PRIMARY KEY (at, entity, state)
    ) WITHOUT ROWID
    """,
    "PRAGMA user_version = 1",
)
"""How version 1 made its file."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.db"


@pytest.fixture
def history(path: Path) -> Iterator[SqliteHistory]:
    with SqliteHistory(path) as history:
        yield history


def at(seconds: float = 0.0, entity_id: str = "light.a", state: str = "on", *context: str | None) -> Event:
    return Event(round(NOON + seconds, 6), entity_id, state, *context)


def many(seed: int, count: int) -> list[Event]:
    random_ = random.Random(seed)
    return [
        at(each / 1_000, f"light.l{random_.randrange(40)}", str(random_.randrange(90)), random_.choice((None, USER)))
        for each in random_.sample(range(10_000_000), count)
    ]


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


# The file, and who else uses it.


def test_it_is_there_again_after_a_restart(path: Path) -> None:
    for number in range(3):
        with SqliteHistory(path) as history:
            assert history.append([at(0), at(number, "light.b")]) == 1 + (number == 0)
    with SqliteHistory(path) as history:
        assert history.counts() == {"light.a": 1, "light.b": 3}


def test_the_file_is_its_owners_and_in_wal_mode(history: SqliteHistory, path: Path) -> None:
    history.append([at()])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert rows(path, "PRAGMA journal_mode") == [("wal",)]
    assert rows(path, "PRAGMA user_version") == [(VERSION,)]


def test_a_reader_waits_for_no_writer_and_a_writer_for_no_reader(history: SqliteHistory, path: Path) -> None:
    history.append([at(0), at(DAY)])
    days = history.days()
    assert list(next(days).events()) == [at(0)]
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM events")
        assert len(history.read()) == history.span().rows == 2
        other.execute("ROLLBACK")
    assert history.append([at(DAY + 1)]) == 1
    assert list(next(days).events()) == [at(DAY), at(DAY + 1)]


def test_a_long_read_holds_no_log_back(history: SqliteHistory, path: Path) -> None:
    history.append(at(number * DAY) for number in range(5))
    days = history.days()
    next(days)
    with closing(sqlite3.connect(path, timeout=0)) as other:
        assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    assert len(list(days)) == 4


def test_a_reading_outlives_the_history(path: Path) -> None:
    with SqliteHistory(path) as history:
        history.append([at(0), at(DAY)])
        days = history.days()
        next(days)
    assert list(next(days).events()) == [at(DAY)]


def test_threads_and_processes_append_side_by_side(history: SqliteHistory, path: Path) -> None:
    """Seven lights and as many states, which all of them give their numbers."""
    code = (
        "import sys; from pathlib import Path; from shared.history import Event\n"
        "from shared.history.sqlite import SqliteHistory\n"
        "first = float(sys.argv[2])\n"
        "with SqliteHistory(Path(sys.argv[1])) as history:\n"
        "    events = [Event(first + n, f'light.l{n % 7}', str(n % 7)) for n in range(3000)]\n"
        "    print(sum(history.append(events[n:n + 100]) for n in range(0, 3000, 100)))"
    )
    command = [sys.executable, "-c", code, str(path)]
    processes = [
        subprocess.Popen([*command, str(NOON + 1_400 * each)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for each in range(2)
    ]
    new: list[int] = []

    def append(first: int) -> None:
        for start in range(0, 700, 70):
            told = history.append(
                at(10_000 + first + n, f"light.l{n % 7}", str(n % 7)) for n in range(start, start + 70)
            )
            new.append(told)

    threads = [threading.Thread(target=append, args=(350 * each,)) for each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = sum(int(process.communicate()[0]) for process in processes)
    columns = history.read()
    assert (sum(new), told) == (1_050, 4_400)
    assert len(columns) == history.span().rows == 5_450
    assert {event.entity_id[-1] for event in columns.events()} == set("0123456")
    assert all(event.entity_id.endswith(event.state) for event in columns.events())


def test_what_append_returned_for_is_synced(path: Path) -> None:
    """The last commit is FULL and writes something, also where all was known: what came before goes with it."""
    with SqliteHistory(path) as history:
        told: list[str] = []
        history._writer.set_trace_callback(told.append)
        for events, begun in (([at()], 1), ([at()], 1), ((at(each) for each in range(120_000)), 3)):
            told.clear()
            history.append(events)
            steps = [each for each in told if each.startswith(("PRAGMA synchronous", "COMMIT"))]
            assert steps[-2:] == ["PRAGMA synchronous = FULL", "COMMIT"]
            assert steps.count("COMMIT") == begun
            assert steps.count("PRAGMA synchronous = FULL") == 1
        history._writer.set_trace_callback(None)
        log = Path(f"{path}-wal")
        with closing(connect(path)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert log.stat().st_size == 0
        assert history.append([at()]) == 0
        assert log.stat().st_size > 0


# Sizes.


def test_numbers_are_forgotten_and_found_again(history: SqliteHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbering, "REMEMBERED", 50)
    events = [at(number, f"sensor.s{number % 300}", f"{number % 700}", None, str(number)) for number in range(2_100)]
    for start in range(0, 2_100, 70):
        assert history.append(events[start : start + 70]) == 70
    assert list(history.read().events()) == events
    assert all(len(each._recent._numbers) <= 50 for each in (history._appender._states, history._appender._contexts))


def test_a_hundred_thousand_entities(history: SqliteHistory, path: Path) -> None:
    count = 100_000
    assert history.append(at(number / 100, f"sensor.s{number}") for number in range(count)) == count
    assert len(history.read().entity_ids) == len(history.counts()) == history.span().rows == count
    wanted = [f"sensor.s{number}" for number in range(0, count, 1_000)]
    assert len(history.last_before(NOON + count, wanted)) == 100
    assert path.stat().st_size < 20_000_000


def test_a_day_is_read_in_pages_where_it_is_long(history: SqliteHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    events = many(6, 2_000)
    history.append(events)
    monkeypatch.setattr(reading, "ROWS_A_PAGE", 70)
    assert list(history.read().events()) == list(Columns.of(events).events())
    assert list(history.read(NOON + 100, NOON + 5_000, ["light.l3", "light.l4"]).events()) == [
        event
        for event in Columns.of(events).events()
        if NOON + 100 <= event.at < NOON + 5_000 and event.entity_id in {"light.l3", "light.l4"}
    ]


def test_contexts_are_kept_once_a_day_and_go_with_it(history: SqliteHistory, path: Path) -> None:
    context = (USER, None, ULID)
    history.append(at(number, f"light.l{number}", "on", *context) for number in range(50))
    history.append(at(number, f"light.l{number}", "off", *context) for number in range(50))
    history.append([at(DAY, "light.a", "on", *context), at(DAY + 1)])
    history.append([at(0, "light.l0", "on", None, "another")])
    assert rows(path, "SELECT day, count(*) FROM contexts GROUP BY day") == [(20513, 1), (20514, 1)]
    stored = rows(path, "SELECT user_id, parent_id, length(context_id) FROM contexts LIMIT 1")
    assert stored == [(bytes.fromhex(USER), None, 16)]
    history.forget(NOON + DAY)
    assert rows(path, "SELECT day FROM contexts") == [(20514,)]
    assert history.append([at(0, "light.a", "on", *context)]) == 1
    assert next(history.days()).context_list[1] == context


def test_states_that_nobody_names_any_more_go(
    history: SqliteHistory, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "FEW_STATES", 10)
    history.append(at(number, "sensor.power", f"{number}") for number in range(40))
    history.append(at(DAY + number, "sensor.power", f"{number}") for number in range(30, 45))
    assert history.forget(NOON + DAY) == 40
    assert len(rows(path, "SELECT * FROM states")) == 15
    assert history.append([at(DAY + 100, "sensor.power", "3"), at(DAY + 101, "sensor.power", "44")]) == 2
    assert [event.state for event in history.read().events()] == [*map(str, range(30, 45)), "3", "44"]


def test_a_state_that_comes_back_meanwhile_stays(
    history: SqliteHistory, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "FEW_STATES", 0)
    history.append([at(0, state="gone"), at(1, state="back"), at(DAY)])
    found = retention.unused_states

    def and_meanwhile(connection: sqlite3.Connection) -> retention.Unused | None:
        unused = found(connection)
        with SqliteHistory(path) as other:
            other.append([at(DAY + 5, state="back")])
        return unused

    monkeypatch.setattr(retention, "unused_states", and_meanwhile)
    history.forget(NOON + DAY)
    assert sorted(rows(path, "SELECT state FROM states")) == [("back",), ("on",)]
    assert [event.state for event in history.read().events()] == ["on", "back"]


def test_the_counts_are_those_of_the_rows(history: SqliteHistory, path: Path) -> None:
    random_ = random.Random(7)
    events = [event._replace(at=event.at + DAY * random_.randrange(4)) for event in many(8, 3_000)]
    for start in range(0, 3_000, 250):
        history.append(events[start : start + 400])
    history.forget(NOON + 1.5 * DAY)
    counted = "SELECT day, count(*), min(at), max(at) FROM events GROUP BY day ORDER BY day"
    assert rows(path, "SELECT day, events, first, last FROM days ORDER BY day") == rows(path, counted)
    counted = "SELECT entity, day, count(*), max(at) FROM events GROUP BY entity, day ORDER BY entity, day"
    assert rows(path, "SELECT * FROM entity_days ORDER BY entity, day") == rows(path, counted)


# Bad input.


@pytest.mark.parametrize("time", [float("nan"), float("inf"), float("-inf"), 1e300, 253_402_300_800.0])
def test_a_time_that_is_none_is_refused(history: SqliteHistory, time: float) -> None:
    with pytest.raises(InvalidRequest, match="is no time of an event: give seconds since 1970"):
        history.append([at(), Event(time, "light.a", "on")])
    assert history.span().rows == 0
    assert history.trouble() is None


@pytest.mark.parametrize("event", [at(0, "light.\ud800"), at(0, "light.a", "\udfff")])
def test_a_text_that_is_none_is_refused(history: SqliteHistory, event: Event) -> None:
    with pytest.raises(InvalidRequest, match="is no text that can be stored"):
        history.append([at(0, "light.fine", "fine"), event])
    assert history.append([at(0, "light.fine", "fine")]) == 1


def test_an_end_in_the_middle_keeps_what_was_whole(history: SqliteHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "ROWS_AT_ONCE", 100)

    def events() -> Iterator[Event]:
        yield from (at(number, f"light.l{number}") for number in range(350))
        raise OSError("the other file is gone")

    with pytest.raises(OSError, match="gone"):
        history.append(events())
    kept = history.span().rows
    assert kept % 100 == 0
    assert history.append(at(number, f"light.l{number}") for number in range(350)) == 350 - kept


def test_before_1970_and_far_ahead(history: SqliteHistory) -> None:
    events = [
        Event(-3 * DAY - 0.5, "light.a", "on"),
        Event(-1e-6, "light.a", "off"),
        Event(253_402_300_799.0, "x.y", ""),
    ]
    assert history.append(events) == 3
    assert list(history.read().events()) == events
    assert history.last_before(0.0, ["light.a"]) == {"light.a": events[1]}


# Files that are not what they should be.


def test_a_newer_file_is_refused(path: Path) -> None:
    SqliteHistory(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(DatabaseError, match=r"^[^\n]*history\.db was made by a newer HomeIQ \(version 4[^\n]*$"):
        SqliteHistory(path)


def test_the_database_of_another_program_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE states (state)")
    with pytest.raises(DatabaseError, match="is the database of another program: move it away"):
        SqliteHistory(path)
    assert rows(path, "SELECT name FROM sqlite_master") == [("states",)]


def test_a_file_that_is_no_database(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"x" * 5_000)
    with pytest.raises(DatabaseError, match="is not a SQLite database"):
        SqliteHistory(path)


def test_a_file_that_was_damaged(path: Path) -> None:
    with SqliteHistory(path) as history:
        history.append(many(3, 20_000))
    random_ = random.Random(4)
    content = bytearray(path.read_bytes())
    for start in range(10 * 4_096, len(content), 4_096):
        content[start : start + 100] = random_.randbytes(100)
    path.write_bytes(content)
    with (
        SqliteHistory(path) as history,
        pytest.raises(DatabaseError, match=r"^[^\n]*is damaged: restore a backup[^\n]*$"),
    ):
        history.read()


def test_a_file_that_was_cut_off(path: Path) -> None:
    with SqliteHistory(path) as history:
        history.append(many(3, 20_000))
    path.write_bytes(path.read_bytes()[: 40 * 4_096])
    with pytest.raises(DatabaseError, match="is damaged"), SqliteHistory(path) as history:
        history.read()


def test_a_disk_that_is_full_keeps_what_was_whole(history: SqliteHistory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "ROWS_AT_ONCE", 5_000)
    history.append([at()])
    history._writer.execute("PRAGMA max_page_count = 120")
    with pytest.raises(DatabaseError, match=r"^[^\n]*can't grow: free some space on its disk\.$"):
        history.append(many(5, 40_000))
    assert history.trouble() == f"{history._path} can't grow: free some space on its disk."
    kept = history.span().rows
    assert kept % 5_000 == 1
    assert len(history.read()) == kept
    history._writer.execute("PRAGMA max_page_count = 100000")
    assert history.append(many(5, 40_000)) == 40_001 - kept
    assert history.trouble() is None


def test_what_is_in_figures_is_cheap_and_true(history: SqliteHistory) -> None:
    history.append(many(9, 5_000))
    figures = history.figures()
    assert (figures["store"], figures["new_events"]) == ("sqlite", 5_000)
    assert 0.1 < figures["size_mb"] < 2


def test_a_folder_that_may_not_be_written() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        code = "import os, sys; from pathlib import Path; from shared.history.sqlite import SqliteHistory\n"
        code += "if os.geteuid() == 0: os.setuid(65534)\n"
        code += "try: SqliteHistory(Path(sys.argv[1]))\n"
        code += "except Exception as error: print(type(error).__name__, error)"
        command = [sys.executable, "-c", code, str(folder / "history.db")]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        folder.chmod(0o755)
    expected = (
        f"DatabaseError {folder}/history.db can't be used (Permission denied): check the path and this user's rights."
    )
    assert done.stdout.splitlines() == [expected]


# A file of version 1.


def plain(path: Path, count: int) -> list[Event]:
    """Some in one millisecond too, which the plain table took for different ones."""
    path.parent.mkdir(mode=0o700)
    random_ = random.Random(10)
    events = [at(-1, state=f"ein 'Wort' {n}") for n in range(5)]
    events += [at(0.123 + each, "light.l0") for each in (0, 0.000001, 0.000999)]
    while len(events) < count:
        context = random_.choice(((None, None), (USER, None), (None, ULID), ("me", "you")))
        seconds = random_.uniform(-9 * DAY, 9 * DAY)
        events.append(at(seconds, f"light.l{random_.randrange(30)}", random_.choice(("on", "off", "7.5")), *context))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for statement in PLAIN:
            connection.execute(statement)
        connection.executemany(
            "INSERT OR IGNORE INTO entities (entity_id) VALUES (?)", ((event.entity_id,) for event in events)
        )
        ids = dict(connection.execute("SELECT entity_id, id FROM entities"))
        connection.executemany(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?)",
            ((round(event.at * 1e6), ids[event.entity_id], *event[2:5]) for event in events),
        )
        connection.commit()
    return sorted(events, key=lambda event: event[:3])


def test_a_plain_table_is_taken_over_row_by_row(path: Path) -> None:
    events = plain(path, 5_000)
    with SqliteHistory(path) as history:
        assert list(history.read().events()) == events
        assert history.span() == (events[0].at, events[-1].at, 5_000)
        assert history.append(events) == 0
        assert history.append([at(99 * DAY)]) == 1
    assert rows(path, "PRAGMA user_version") == [(VERSION,)]
    assert "plain_events" not in {name for (name,) in rows(path, "SELECT name FROM sqlite_master")}
    with SqliteHistory(path) as history:
        assert history.span().rows == 5_001


def test_a_conversion_that_was_cut_short_goes_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = plain(path, 3_000)
    finish, add, calls = conversion.finish, conversion.Appender.add, iter(range(100))
    monkeypatch.setattr(conversion, "finish", lambda connection, file: finish(connection, file, rows_at_once=400))

    def cut(self: conversion.Appender, batch: object) -> None:
        if next(calls) == 3:
            raise KeyboardInterrupt
        add(self, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(conversion.Appender, "add", cut)
    with pytest.raises(KeyboardInterrupt):
        SqliteHistory(path)
    assert rows(path, "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM plain_events)") == [(1_200, 1_800)]
    assert rows(path, "PRAGMA user_version") == [(1,)]
    with SqliteHistory(path) as history:
        assert list(history.read().events()) == events
        assert history.span().rows == 3_000


def test_an_empty_plain_table(path: Path) -> None:
    plain(path, 8)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DELETE FROM events")
        connection.commit()
    with SqliteHistory(path) as history:
        assert history.span().rows == 0
        assert history.append([at()]) == 1


def test_what_is_forgotten_while_it_is_read_is_left_out(
    history: SqliteHistory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "FEW_STATES", 0)
    history.append([at(0, state="gone"), at(DAY, "light.b", "stays"), at(DAY + 1, state="last")])
    named = reading.Reading._named

    def and_meanwhile(self: reading.Reading, *values: object) -> object:
        monkeypatch.setattr(reading.Reading, "_named", named)
        history.forget(NOON + DAY)
        return named(self, *values)  # type: ignore[arg-type]

    monkeypatch.setattr(reading.Reading, "_named", and_meanwhile)
    columns = history.read()
    assert [event.state for event in columns.events()] == ["stays", "last"]
    assert sorted(columns.state_names) == ["last", "stays"]


def test_an_entity_takes_its_past_along_to_another_id(history: SqliteHistory) -> None:
    history.append([Event(NOON, "light.old", "on"), Event(NOON, "light.other", "on")])
    assert history.rename("light.old", "light.new")
    assert not history.rename("light.old", "light.new")
    assert not history.rename("light.new", "light.new")
    history.append([Event(NOON + 1, "light.new", "off"), Event(NOON + 1, "light.old", "on")])
    assert [(each.at - NOON, each.entity_id, each.state) for each in history.read().events()] == [
        (0, "light.new", "on"),
        (0, "light.other", "on"),
        (1, "light.new", "off"),
        (1, "light.old", "on"),
    ]


def test_both_ids_may_have_a_past(history: SqliteHistory) -> None:
    """The first events under the new id may come before the word that it is new."""
    old = [Event(NOON + 600 * place, "light.old", "on" if place % 2 else "off") for place in range(300)]
    new = [Event(NOON + 600 * place, "light.new", "on" if place % 2 else "off") for place in range(290, 310)]
    history.append([*old, *new])
    assert history.rename("light.old", "light.new")
    assert history.counts() == {"light.new": 310}
    assert history.span().rows == 310
    moved = [each._replace(entity_id="light.new") for each in old]
    assert [*history.read().events()] == sorted({*moved, *new})
    last = history.last_before(NOON + 1e6, ["light.new", "light.old"])
    assert last == {"light.new": new[-1]}
    assert history.append([*moved, *new]) == 0


def test_days_without_marks_are_given_them(path: Path) -> None:
    with SqliteHistory(path) as history:
        history.append([at(), at(DAY)])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE days DROP COLUMN mark")
        connection.execute("PRAGMA user_version = 2")
        connection.commit()
    with SqliteHistory(path) as history:
        before = history.marks()
        assert len(before) == 2
        assert history.append([at(5, state="off")]) == 1
        after = history.marks()
        assert [after[day] != mark for day, mark in before.items()] == [True, False]
    assert rows(path, "PRAGMA user_version") == [(VERSION,)]


def test_a_rename_marks_the_days_of_the_entity(path: Path) -> None:
    with SqliteHistory(path) as history:
        history.append([at(), at(DAY, "light.b"), at(2 * DAY), at(2 * DAY, "light.b")])
        before = history.marks()
        assert history.rename("light.a", "light.c")
        after = history.marks()
        assert [after[day] != mark for day, mark in before.items()] == [True, False, True]
