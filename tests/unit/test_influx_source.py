"""A real InfluxDB with a past in it, as HomeIQ and as Home Assistant write it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
import urllib3
from pydantic import SecretStr

from shared.errors import DatabaseError, InvalidRequest
from shared.history import Event
from shared.history.influx.server import InfluxServer
from shared.history.influx.store import InfluxHistory
from tests.unit.history.influxd import Influxd, installed
from workers.data.extract import Extract
from workers.data.influx_source import extract
from workers.data.tally import Tally

NOON = 1_772_366_400
"""2026-03-01T12:00:00Z."""
_NUMBERS = count()


@pytest.fixture(scope="module")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    if not installed():
        pytest.skip("no InfluxDB 1.x on this machine: apt-get install influxdb")
    with Influxd(tmp_path_factory.mktemp("influxd")) as server:
        yield server


@pytest.fixture
def server(influxd: Influxd) -> Iterator[InfluxServer]:
    name = f"source_{next(_NUMBERS)}"
    influxd.ask(f"CREATE DATABASE {name}")
    with closing(InfluxServer(influxd.url, None, None, name)) as server:
        yield server


def taken(server: InfluxServer, folder: Path) -> tuple[list[Event], Tally]:
    told: list[float] = []
    extract(server, folder / "x.changes", lambda done, what: told.append(done))
    assert told == sorted(told)
    assert told[-1] >= 1.0
    file = Extract(folder / "x.changes")
    return [event for batch in file.batches() for event in batch], file.tally


def theirs(measurement: str, entity_id: str, fields: str, second: float) -> str:
    domain, _, name = entity_id.partition(".")
    return f"{measurement},domain={domain},entity_id={name} {fields} {round((NOON + second) * 1e6)}000"


def test_homeiqs_own_layout(influxd: Influxd, server: InfluxServer, tmp_path: Path) -> None:
    past = [
        Event(NOON + 0.000001, "light.a", "on", "a person", None, "c1"),
        Event(NOON + 0.000001, "light.a", "off", None, "c1", "c2"),
        Event(NOON + 0.5, "sensor.b", "21.50"),
        Event(NOON + 3 * 86_400.0, "light.a", "on"),
        Event(NOON + 9 * 86_400.0, "cover.c", 'half "open", \\ so'),
    ]
    with closing(InfluxHistory(influxd.url, bucket=server._bucket)) as history:
        assert history.append(past) == len(past)
    events, tally = taken(server, tmp_path)
    assert sorted(events) == sorted(past)
    assert [each.at for each in events] == sorted(each.at for each in past)
    assert tally == Tally(rows=5, events=5)


def test_home_assistants_layout(server: InfluxServer, tmp_path: Path) -> None:
    lines = [
        theirs("%", "sensor.humidity", 'value=55.5,friendly_name_str="Humidity"', 0),
        theirs("%", "sensor.humidity", "value=56", 1.000001),
        theirs("light.a", "light.a", 'state="on",value=1,brightness=80', 2),
        theirs("light.a", "light.a", 'state="unavailable"', 3),
        theirs("°C", "sensor.temperature", "value=21.0", 4),
        theirs("°F", "sensor.temperature", "value=0.1", 86_400),  # its unit was another one
        theirs("state", "sensor.text", 'state="12 monkeys, \\"all\\" of them"', 5),
        theirs("light.a", "light.a", "brightness=70", 6),  # not a word of the state
        f"cpu,host=pi value=3 {NOON}000000000",  # another program's
    ]
    server.write(lines)
    events, tally = taken(server, tmp_path)
    assert events == [
        Event(NOON, "sensor.humidity", "55.5"),
        Event(NOON + 1.000001, "sensor.humidity", "56"),
        Event(NOON + 2, "light.a", "on"),
        Event(NOON + 4, "sensor.temperature", "21"),
        Event(NOON + 5, "sensor.text", '12 monkeys, "all" of them'),
        Event(NOON + 86_400, "sensor.temperature", "0.1"),
    ]
    assert (tally.events, tally.skipped, tally.bad) == (6, 2, 0)


def test_what_is_no_home(influxd: Influxd, server: InfluxServer, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="there is no home in this bucket"):
        extract(server, tmp_path / "x", lambda done, what: None)
    with (
        closing(InfluxServer(influxd.url, None, None, "nowhere")) as nowhere,
        pytest.raises(DatabaseError, match="has no bucket or database nowhere"),
    ):
        extract(nowhere, tmp_path / "x", lambda done, what: None)


def test_a_wrong_token_is_not_repeated(tmp_path: Path) -> None:
    if not installed():
        pytest.skip("no InfluxDB 1.x on this machine: apt-get install influxdb")
    with Influxd(tmp_path / "influxd", auth=True) as locked:
        urllib3.request(
            "POST", f"{locked.url}/query", fields={"q": "CREATE USER admin WITH PASSWORD 'right' WITH ALL PRIVILEGES"}
        )
        with (
            closing(InfluxServer(locked.url, SecretStr("admin:wrong"), None, "home")) as server,
            pytest.raises(DatabaseError, match="refused the token") as caught,
        ):
            extract(server, tmp_path / "x", lambda done, what: None)
    assert "wrong" not in str(caught.value)


def test_nobody_there(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken_port:
        port = taken_port.getsockname()[1]
    with (
        closing(InfluxServer(f"http://127.0.0.1:{port}", None, None, "home")) as server,
        pytest.raises(DatabaseError, match="is not reachable"),
    ):
        extract(server, tmp_path / "x", lambda done, what: None)
