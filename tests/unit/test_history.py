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

from shared.errors import DatabaseError
from shared.history import EventRow, History
from shared.history.events import ROWS_AT_ONCE, VERSION

ROOT = Path(__file__).parents[2]
NOON = 1_772_366_400.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.db"


@pytest.fixture
def history(path: Path) -> Iterator[History]:
    with History(path) as history:
        yield history


def row(seconds: float = 0.0, entity: str = "light.a", state: str = "on") -> EventRow:
    return NOON + seconds, entity, state, None, None


def many(seed: int, count: int) -> list[EventRow]:
    random_ = random.Random(seed)
    times = random_.sample(range(10_000_000), count)
    return [
        (
            NOON + each / 1_000,
            f"light.lamp_{random_.randrange(40)}",
            random_.choice(("on", "off")),
            random_.choice((None, "user")),
            random_.choice((None, "parent")),
        )
        for each in times
    ]


def test_events_come_back_in_the_order_of_time(history: History) -> None:
    rows = many(1, 2 * ROWS_AT_ONCE + 345)
    assert history.append(rows) == len(rows)
    assert list(history.events()) == sorted(rows, key=lambda each: each[0])


def test_pages_lose_nothing_among_events_of_one_moment(history: History) -> None:
    rows = [row(0, f"light.lamp_{number:05}", state) for number in range(ROWS_AT_ONCE) for state in ("off", "on")]
    rows.append(row(1))
    assert history.append(reversed(rows)) == len(rows)
    assert sorted(history.events(), key=lambda each: each[:3]) == rows


def test_a_span_begins_with_its_first_moment_and_ends_before_its_last(history: History) -> None:
    history.append([row(0), row(1), row(2, state="off"), row(2.5)])
    assert [each[0] - NOON for each in history.events(NOON + 1, NOON + 2.5)] == [1, 2]
    assert [each[0] - NOON for each in history.events(since=NOON + 2)] == [2, 2.5]
    assert [each[0] - NOON for each in history.events(until=NOON)] == []


def test_the_same_row_again_changes_nothing(history: History) -> None:
    first = (NOON, "light.a", "on", "user", "parent")
    assert history.append([first, first]) == 1
    assert history.append([(NOON, "light.a", "on", None, None)]) == 0
    assert list(history.events()) == [first]
    assert history.append([row(0, state="off"), row(0, "light.b"), row(0.000001)]) == 3


def test_one_moment_is_one_value_however_it_was_computed(history: History) -> None:
    assert history.append([row(0.1 + 0.2), row(0.3)]) == 1
    assert [each[0] for each in history.events()] == [NOON + 0.3]


def test_how_much_there_is(history: History) -> None:
    assert history.span() == (None, None, 0)
    assert history.counts() == {}
    assert history.append(iter(())) == 0
    history.append([row(5), row(-5), row(0, "light.b"), row(1, "sensor.ä", "ein 'Wort'\n")])
    assert history.span() == (NOON - 5, NOON + 5, 4)
    assert history.counts() == {"light.a": 2, "light.b": 1, "sensor.ä": 1}


def test_it_is_there_again_after_a_restart(path: Path) -> None:
    with History(path) as history:
        history.append([row()])
    with History(path) as history:
        assert list(history.events()) == [row()]


def test_the_file_is_its_owners_and_in_wal_mode(history: History, path: Path) -> None:
    history.append([row()])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_a_reader_waits_for_no_writer_and_a_writer_for_no_reader(history: History, path: Path) -> None:
    history.append([row(0), row(1)])
    reading = history.events()
    assert next(reading) == row(0)
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM events")
        assert history.span().rows == 2
        assert len(list(history.events())) == 2
        other.execute("ROLLBACK")
    assert history.append([row(2)]) == 1
    assert [next(reading), *reading][0] == row(1)


def test_what_is_added_ahead_of_a_reader_is_seen(history: History) -> None:
    history.append(many(2, ROWS_AT_ONCE + 1))
    reading = history.events()
    next(reading)
    history.append([row(99_999, "light.late")])
    assert list(reading)[-1] == row(99_999, "light.late")


def test_threads_and_processes_append_side_by_side(history: History, path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from shared.history import History\n"
        "with History(Path(sys.argv[1])) as h:\n"
        "    print(h.append((float(sys.argv[2]) + n, f'light.l{n % 7}', 'on', None, None) for n in range(12000)))"
    )
    command = [sys.executable, "-c", code, str(path)]
    processes = [
        subprocess.Popen([*command, str(NOON + 6_000 * each)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for each in range(2)
    ]
    new: list[int] = []
    threads = [
        threading.Thread(
            target=lambda each=each: new.append(history.append(row(each + n / 10, "light.t") for n in range(6_000)))
        )
        for each in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [int(process.communicate()[0]) for process in processes]
    assert sum(new) == 6_010
    assert sum(told) == history.span().rows - sum(new)
    # 6,000 seconds are in both; 6,000 is no multiple of 7, so they speak of other lights then.
    assert sum(told) == 24_000


def test_a_newer_file_is_refused(path: Path) -> None:
    History(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(DatabaseError, match=r"^[^\n]*history\.db was made by a newer HomeIQ \(version 2[^\n]*$"):
        History(path)


def test_the_database_of_another_program_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE states (state)")
    with pytest.raises(DatabaseError, match="is the database of another program: move it away"):
        History(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("states",)]


def test_a_file_that_is_no_database(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"x" * 5_000)
    with pytest.raises(DatabaseError, match="is not a SQLite database"):
        History(path)


def test_a_file_that_was_damaged(path: Path) -> None:
    with History(path) as history:
        history.append(many(3, 20_000))
    random_ = random.Random(4)
    content = bytearray(path.read_bytes())
    for start in range(3 * 4_096, len(content), 4_096):
        content[start : start + 100] = random_.randbytes(100)
    path.write_bytes(content)
    with History(path) as history, pytest.raises(DatabaseError, match=r"^[^\n]*is damaged: restore a backup[^\n]*$"):
        list(history.events())


def test_a_disk_that_is_full_keeps_what_was_whole(history: History) -> None:
    history.append([row()])
    history._writer.execute("PRAGMA max_page_count = 40")
    with pytest.raises(DatabaseError, match=r"^[^\n]*can't grow: free some space on its disk\.$"):
        history.append(many(5, 40_000))
    kept = history.span().rows
    assert kept % ROWS_AT_ONCE == 1
    history._writer.execute("PRAGMA max_page_count = 100000")
    assert history.append(many(5, 40_000)) == 40_001 - kept


def test_a_folder_that_may_not_be_written() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        code = "import os, sys; from pathlib import Path; from shared.history import History\n"
        code += "if os.geteuid() == 0: os.setuid(65534)\n"
        code += "try: History(Path(sys.argv[1]))\nexcept Exception as error: print(type(error).__name__, error)"
        command = [sys.executable, "-c", code, str(folder / "history.db")]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        folder.chmod(0o755)
    expected = (
        f"DatabaseError {folder}/history.db can't be used (Permission denied): check the path and this user's rights."
    )
    assert done.stdout.splitlines() == [expected]
