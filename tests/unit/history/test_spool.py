import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from shared.errors import DatabaseError, InvalidRequest
from shared.history import Event, Span
from shared.history.influx.line_protocol import MEASUREMENT
from shared.history.influx.spool import Spool
from shared.history.influx.spooled import SpooledHistory
from shared.history.influx.store import InfluxHistory
from shared.history.opening import open_history
from shared.history.sqlite import SqliteHistory
from shared.settings import Settings, load_settings
from tests.unit.history.influxd import Influxd

NOON = 1_772_366_400.0
DAY = 86_400.0


def on(number: float, entity_id: str = "light.a", **context: str) -> Event:
    return Event(NOON + number, entity_id, "on", **context)


@pytest.fixture
def spool_file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history_spool.db"


@pytest.fixture
def opened(spool_file: Path, database: str) -> Callable[[str], SpooledHistory]:
    """The history at an address, with the test's spool and bucket."""
    return lambda url: SpooledHistory(InfluxHistory(url, bucket=database), Spool(spool_file))


@pytest.fixture
def nowhere(free_port: int) -> str:
    return f"http://127.0.0.1:{free_port}"


Opened = Callable[[str], SpooledHistory]


# -- InfluxDB is down


def test_what_comes_while_influxdb_is_down_waits_and_is_sent(opened: Opened, nowhere: str, influxd: Influxd) -> None:
    with opened(nowhere) as history:
        assert history.trouble() is None
        assert history.append([on(1), on(2, context_user_id="u"), on(1)]) == 2
        assert history.append([on(2), on(3)]) == 1
        assert history.flush() == 0
        trouble = str(history.trouble())
        assert trouble.startswith("3 events wait in ")
        assert f"InfluxDB at {nowhere} is not reachable" in trouble
        assert history.figures()["waiting"] == 3
        uses = (history.read, lambda: list(history.days()), lambda: history.last_before(NOON, ["light.a"]))
        for use in (*uses, history.span, history.counts, lambda: history.forget(NOON)):
            with pytest.raises(DatabaseError, match="is not reachable"):
                use()
    with opened(influxd.url) as history:
        assert "has not taken them yet" in str(history.trouble())
        assert history.flush() == 3
        assert history.trouble() is None
        assert list(history.read().events()) == [on(1), on(2, context_user_id="u"), on(3)]
        assert history.append([on(3), on(4)]) == 1
        assert history.figures()["waiting"] == 0


def test_while_anything_waits_new_events_wait_too(
    opened: Opened, nowhere: str, influxd: Influxd, spool_file: Path
) -> None:
    with opened(nowhere) as history:
        history.append([on(1)])
    with opened(influxd.url) as history, closing(Spool(spool_file)) as spool:
        assert history.append([on(2)]) == 1
        assert spool.count() == 2
        assert history.flush() == 2
        assert history.append([on(3)]) == 1
        assert spool.count() == 0


def test_a_wrong_password_at_the_start_is_told_and_nothing_is_lost(tmp_path: Path, spool_file: Path) -> None:
    with Influxd(tmp_path / "influxd", auth=True) as server:
        server.ask("CREATE USER root WITH PASSWORD 'secret' WITH ALL PRIVILEGES")
        server.ask("CREATE DATABASE home", login="root:secret")
        for token, sent in (("root:wrong", 0), ("root:secret", 1)):
            influx = InfluxHistory(server.url, SecretStr(token), bucket="home")
            with SpooledHistory(influx, Spool(spool_file)) as history:
                history.append([on(1)])
                assert history.flush() == sent
                assert ("refused the token" in str(history.trouble())) == (not sent)
        with InfluxHistory(server.url, SecretStr("root:secret"), bucket="home") as influx:
            assert list(influx.read().events()) == [on(1)]


def test_a_server_that_is_killed_gets_each_event_once(tmp_path: Path, spool_file: Path) -> None:
    events = [Event(NOON + number, f"light.{number % 9}", str(number)) for number in range(6000)]
    with Influxd(tmp_path / "influxd") as server:
        server.ask("CREATE DATABASE home")
        with SpooledHistory(InfluxHistory(server.url, bucket="home"), Spool(spool_file)) as history:
            killer = threading.Thread(target=server.kill)
            for start in range(0, 6000, 40):
                if start == 2000:
                    killer.start()
                history.append(events[start : start + 40])
                history.flush()
            killer.join()
            history.append([on(10_000)])
            assert "is not reachable" in str(history.trouble())
            server.start()
            assert history.flush() > 0
            assert history.trouble() is None
            assert list(history.read().events()) == [*sorted(events), on(10_000)]
            assert history.span().rows == 6001
            assert history.figures()["rejected"] == 0


def test_what_was_sent_before_a_crash_and_not_removed_is_sent_again_and_is_one(
    opened: Opened, nowhere: str, influxd: Influxd, database: str
) -> None:
    events = [on(number) for number in range(20)]
    with opened(nowhere) as history:
        history.append(events)
    with InfluxHistory(influxd.url, bucket=database) as influx:
        influx.append(events[:15])
    with opened(influxd.url) as history:
        assert list(history.read().events()) == events
        assert history.flush() == 20
        assert history.span() == Span(NOON, NOON + 19, 20)


def test_a_context_that_comes_while_its_event_is_sent_is_not_lost(spool_file: Path) -> None:
    with closing(Spool(spool_file)) as spool:
        assert spool.keep([on(1), on(2)]) == 2
        sent = spool.first(10)
        assert spool.keep([on(1, context_parent_id="p"), on(2)]) == 0
        spool.remove(sent)
        assert spool.events() == [on(1, context_parent_id="p")]
        assert spool.keep([on(1, context_parent_id="other")]) == 0
        assert spool.events() == [on(1, context_parent_id="p")]


def test_threads_append_while_another_sends(opened: Opened, nowhere: str, influxd: Influxd) -> None:
    with opened(nowhere) as history:
        history.append([on(0)])
    with opened(influxd.url) as history:

        def append(first: int) -> None:
            for number in range(first, 600, 3):
                history.append([on(number), on(number + 0.5, "light.b")])

        threads = [threading.Thread(target=append, args=(first,)) for first in (0, 1, 2)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            history.flush()
        for thread in threads:
            thread.join()
        history.flush()
        assert history.trouble() is None
        assert history.counts() == {"light.a": 600, "light.b": 600}


# -- reads while something waits


def test_reads_put_both_together(opened: Opened, nowhere: str, influxd: Influxd, database: str) -> None:
    there = [on(1), on(2, context_user_id="u"), on(2 * DAY), on(5, "light.b")]
    waiting = [on(-3 * DAY), on(2), on(2 * DAY + 1), on(9 * DAY, "light.b"), on(9 * DAY + 1, "light.c")]
    with InfluxHistory(influxd.url, bucket=database) as influx:
        influx.append(there)
    with opened(nowhere) as history:
        history.append(waiting)
    everything = sorted({*there, *waiting} - {on(2)})
    with opened(influxd.url) as history:
        assert list(history.read().events()) == everything
        assert list(history.read(NOON, NOON + 3 * DAY, ["light.a"]).events()) == [
            each for each in everything if NOON <= each.at < NOON + 3 * DAY and each.entity_id == "light.a"
        ]
        days = [list(columns.events()) for columns in history.days()]
        assert [len(day) for day in days] == [1, 3, 2, 2]
        assert [event for day in days for event in day] == everything
        assert history.last_before(NOON + 9 * DAY + 1, ["light.a", "light.b", "light.c"]) == {
            "light.a": on(2 * DAY + 1),
            "light.b": on(9 * DAY, "light.b"),
        }
        assert history.span()[:2] == (NOON - 3 * DAY, NOON + 9 * DAY + 1)
        assert history.counts()["light.c"] == 1
        assert history.forget(NOON) == 1
        assert list(history.read().events()) == everything[1:]


# -- what InfluxDB will never take


def test_one_that_is_refused_holds_up_no_other(opened: Opened, nowhere: str, influxd: Influxd) -> None:
    never = [Event(2e11 + number, "sensor.b", "later than InfluxDB can count") for number in range(3)]
    events = [Event(NOON + number, "sensor.a", str(number)) for number in range(500)]
    with opened(nowhere) as history:
        history.append([*events[:7], never[0], *events[7:200], *never[1:], *events[200:]])
    with opened(influxd.url) as history:
        assert history.flush() == 500
        assert history.trouble() is None
        assert history.figures()["rejected"] == 3
        assert list(history.read().events()) == events
        history.append([Event(NOON + 500, "sensor.a", "500"), never[0]])
        assert history.flush() == 1
        assert history.figures()["waiting"] == 0
        assert history.span().rows == 501


def test_what_was_refused_is_tried_again_after_the_next_start(
    opened: Opened, nowhere: str, influxd: Influxd, database: str, spool_file: Path
) -> None:
    influxd.write(database, f"{MEASUREMENT},entity_id=sensor.a state_value=21.5 {int(NOON)}000000000")
    with opened(nowhere) as history:
        history.append(on(number) for number in range(40))
    with opened(influxd.url) as history:
        assert history.flush() == 0
        assert history.figures()["rejected"] == 40
        assert history.trouble() is None
    influxd.ask("CREATE DATABASE another")
    with SpooledHistory(InfluxHistory(influxd.url, bucket="another"), Spool(spool_file)) as history:
        assert history.flush() == 40
        assert history.figures()["rejected"] == 0
        assert len(history.read()) == 40


# -- the file


def test_a_full_disk_is_an_error(opened: Opened, nowhere: str) -> None:
    with opened(nowhere) as history:
        history._spool._connection.execute("PRAGMA max_page_count = 12")
        with pytest.raises(DatabaseError, match="can't grow: free some space"):
            history.append(on(number) for number in range(5000))
        assert history.append([on(1)]) == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"junk" * 2000, "is not a SQLite database"), (None, "was made by a newer HomeIQ"), ("", "of another program")],
)
def test_a_file_that_is_no_spool(spool_file: Path, content: bytes | str | None, sentence: str) -> None:
    spool_file.parent.mkdir()
    if isinstance(content, bytes):
        spool_file.write_bytes(content)
    elif content is None:
        with closing(Spool(spool_file)) as spool:
            spool._connection.execute("PRAGMA user_version = 99")
    else:
        SqliteHistory(spool_file).close()
        with closing(sqlite3.connect(spool_file)) as connection:
            connection.execute("PRAGMA user_version = 0")
    with pytest.raises(DatabaseError, match=sentence):
        Spool(spool_file)


def test_what_is_no_event_is_refused_as_by_the_other_stores(opened: Opened, nowhere: str) -> None:
    with opened(nowhere) as history:
        history.append([on(1)])
        for event in (Event(float("nan"), "light.a", "on"), Event(NOON, "light.a", "\ud800")):
            with pytest.raises(InvalidRequest):
                history.append([event])
        assert history.figures()["waiting"] == 1


def test_a_file_that_had_much_in_it_gives_its_room_back(spool_file: Path) -> None:
    with closing(Spool(spool_file)) as spool:
        spool.keep([Event(NOON + number, "sensor.a", f"{number:0300}") for number in range(15_000)])
        spool._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert spool_file.stat().st_size > 5_000_000
        while waiting := spool.first(5000):
            spool.remove(waiting)
        spool._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert spool_file.stat().st_size < 100_000
    assert spool_file.stat().st_mode & 0o777 == 0o600


# -- which store it is


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Settings]:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return lambda **more: load_settings(env_file=None, homeiq_data=tmp_path / "home", **more)


def test_the_settings_name_the_store(
    settings: Callable[..., Settings], influxd: Influxd, database: str, tmp_path: Path
) -> None:
    with open_history(settings()) as history:
        assert isinstance(history, SqliteHistory)
        history.append([on(1)])
    assert (tmp_path / "home" / "history.db").exists()
    influx = settings(influxdb_url=influxd.url, influxdb_bucket=database)
    with open_history(influx, describe=lambda _: {"area_id": "hall"}) as history:
        assert isinstance(history, SpooledHistory)
        assert history.append([on(1)]) == 1
        assert history.figures()["store"] == "influxdb"
    assert "hall" in influxd.ask("SHOW TAG VALUES WITH KEY = area_id", database)


def test_the_client_library_is_loaded_for_writing_only() -> None:
    code = "import sys, shared.history.influx.spooled, shared.history.opening; print('influxdb_client' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert told.stdout == "False\n"
