import socket
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from shared.history import History
from shared.history.influx.spool import Spool
from shared.history.influx.spooled import SpooledHistory
from shared.history.influx.store import InfluxHistory
from shared.history.sqlite import SqliteHistory
from tests.unit.history.influxd import Influxd, installed

_NUMBERS = count()


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    """One InfluxDB for all tests that only use it."""
    if not installed():
        pytest.skip("no InfluxDB 1.x on this machine: tests/fetch_influxd.sh .venv/bin brings one")
    with Influxd(tmp_path_factory.mktemp("influxd")) as server:
        yield server


@pytest.fixture
def database(influxd: Influxd) -> str:
    """A new, empty database of that server."""
    name = f"test_{next(_NUMBERS)}"
    influxd.ask(f"CREATE DATABASE {name}")
    return name


@pytest.fixture(params=["sqlite", "influxdb", "spooled"])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[History]:
    """Each store in turn, empty."""
    if request.param == "sqlite":
        with SqliteHistory(tmp_path / "data" / "history.db") as history:
            yield history
        return
    server: Influxd = request.getfixturevalue("influxd")
    influx = InfluxHistory(server.url, bucket=request.getfixturevalue("database"))
    spooled = SpooledHistory(influx, Spool(tmp_path / "data" / "history_spool.db"))
    with spooled if request.param == "spooled" else influx as history:
        yield history


@pytest.fixture
def free_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


@pytest.fixture
def mute_port() -> Iterator[int]:
    """A port at which somebody listens who never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]
