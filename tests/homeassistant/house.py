"""A house for the tests: a real Home Assistant with our package, and the broker that it speaks on."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from pydantic import SecretStr

from shared.broker.access import HOME_ASSISTANT, Naming
from shared.broker.credentials import password_file
from shared.broker.process import BrokerFiles, MosquittoProcess, find_mosquitto
from shared.bus.mqtt import mqtt_connector
from shared.settings import BrokerAddress
from tests.conftest import RawClient
from tests.homeassistant.hass import Hass

REPOSITORY = Path(__file__).parents[2]
FILES = REPOSITORY / "docs" / "home-assistant"
HOMEIQ = Path(sys.executable).with_name("homeiq")

SIMULATED = f"user {HOME_ASSISTANT}\ntopic readwrite homeassistant/#\ntopic readwrite simhome/#\n"
"""What the simulated devices need on our broker, beside what a real Home Assistant does."""

T = TypeVar("T")


@dataclass(frozen=True)
class House:
    """`environment` leads the command line to the broker; `broker` is Home Assistant's login there.

    Without `passwords` that one account is everybody's. `log` is Home Assistant's, where it can be reached.
    """

    url: str
    token: str
    broker: BrokerAddress
    passwords: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    log: Path | None = None

    def address(self, user: str) -> BrokerAddress:
        """How one user reaches the broker: all by one account where it has no users of ours."""
        if user not in self.passwords:
            return self.broker
        return BrokerAddress(self.broker.host, self.broker.port, user, SecretStr(self.passwords[user]))

    @asynccontextmanager
    async def hass(self) -> AsyncIterator[Hass]:
        """A client of Home Assistant."""
        headers = {"Authorization": f"Bearer {self.token}"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=60) as http:
            yield Hass(http, self.token)

    @asynccontextmanager
    async def client(self, user: str) -> AsyncIterator[RawClient]:
        """A client of the broker."""
        raw = RawClient(mqtt_connector(self.address(user)))
        async with raw.connection:
            yield raw

    async def run(self, *command: str | Path) -> str:
        """Run a command to its end with the settings of this house, and give what it printed."""
        process = await asyncio.create_subprocess_exec(
            *map(str, command),
            env=os.environ | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0, (command, out, err)
        return out.decode()

    @asynccontextmanager
    async def homeiq(self, *command: str) -> AsyncIterator[None]:
        """`homeiq up` or `homeiq worker …` in a process of its own, from the moment when it is ready."""
        with tempfile.TemporaryFile() as words:
            process = await asyncio.create_subprocess_exec(
                str(HOMEIQ),
                *command,
                "--json",
                env=os.environ | self.environment,
                stdout=subprocess.PIPE,
                stderr=words,
            )
            assert process.stdout is not None
            try:
                ready = await asyncio.wait_for(process.stdout.readline(), 30)
                words.seek(0)
                assert b'"event": "ready"' in ready, words.read().decode()
                yield
            finally:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
                await asyncio.wait_for(process.wait(), 20)
                await process.stdout.read()


# -- brokers -----------------------------------------------------------------------------------------------------------


@contextmanager
def own_broker(data: Path) -> Iterator[tuple[BrokerAddress, dict[str, str]]]:
    """The broker of `homeiq up`, with the devices' lines in `acl.local`: Home Assistant's login, and all passwords."""
    folder = BrokerFiles(data).folder
    folder.mkdir(parents=True)
    (folder / "acl.local").write_text(SIMULATED)
    with in_background(MosquittoProcess(data, Naming())) as process:
        yield process.address(HOME_ASSISTANT), process.passwords


@contextmanager
def foreign_broker(folder: Path) -> Iterator[BrokerAddress]:
    """Somebody's Mosquitto: the default configuration, and one account for everything."""
    folder.mkdir(parents=True)
    (folder / "passwords").write_text(password_file({"mqtt": "secret"}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    lines = [f"listener {port} 127.0.0.1", "allow_anonymous false", f"password_file {folder / 'passwords'}"]
    lines += [f"user {getpass.getuser()}"] if os.geteuid() == 0 else []
    (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
    process = subprocess.Popen(
        [find_mosquitto(), "-c", str(folder / "mosquitto.conf")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for_port(port)
        yield BrokerAddress("127.0.0.1", port, "mqtt", SecretStr("secret"))
    finally:
        process.terminate()
        process.wait(10)


def _wait_for_port(port: int) -> None:
    pause = threading.Event()
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        pause.wait(0.01)
    raise AssertionError(f"nothing listens on {port}")


@contextmanager
def in_background(manager: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """Enter it in an event loop of its own, in a thread: it outlives the loop of any test."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        entered = asyncio.run_coroutine_threadsafe(manager.__aenter__(), loop).result(60)
        try:
            yield entered
        finally:
            asyncio.run_coroutine_threadsafe(manager.__aexit__(None, None, None), loop).result(60)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


# -- Home Assistant ----------------------------------------------------------------------------------------------------


@contextmanager
def real_house(
    real_ha: Path, broker: BrokerAddress, passwords: dict[str, str], environment: dict[str, str]
) -> Iterator[House]:
    """A Home Assistant of the test's own, with simulated devices and with our package as its users have it."""
    assert broker.password is not None
    login = f"{broker.username}:{broker.password.get_secret_value()}"
    start: list[str | Path] = [
        sys.executable,
        Path(__file__).with_name("start_with_package.py"),
        real_ha,
        FILES,
        "start",
    ]
    # Its configuration is to have the event stream of our package, and no other.
    topics = ["--events-topic", "", "--states-topic", ""]
    started = _run(*start, "--port", "0", "--mqtt", f"mqtt://{login}@{broker.host}:{broker.port}", *topics)
    port = str(httpx.URL(started["url"]).port)
    try:
        _run(real_ha, "simulate", "--background", "--port", port)
        log = Path(started["config_dir"]) / "console.log"
        yield House(started["url"], started["token"], broker, passwords, environment, log if log.exists() else None)
    finally:
        _run(real_ha, "stop", "--port", port)


def _run(*command: str | Path) -> dict[str, str]:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(document, dict)
    return document


def require_home_assistant() -> None:
    """Skip the module that says so where no Home Assistant is given and none is to be started."""
    if given_house() is None and find_real_ha() is None:
        pytest.skip(
            "no Home Assistant: name one by HOMEIQ_HA_URL, HOMEIQ_HA_TOKEN and HOMEIQ_HA_MQTT_URL, "
            "or the program that starts one by HOMEIQ_REAL_HA",
            allow_module_level=True,
        )


def given_house() -> House | None:
    """The Home Assistant that the environment names, and the broker that it is on."""
    url, token, mqtt_url = (os.environ.get(f"HOMEIQ_HA_{name}") for name in ("URL", "TOKEN", "MQTT_URL"))
    if not (url and token and mqtt_url):
        return None
    return House(url, token, BrokerAddress.parse(mqtt_url), environment={"MQTT_URL": mqtt_url})


def find_real_ha() -> Path | None:
    """The program that starts a real Home Assistant, where the tests are to start one."""
    if named := os.environ.get("HOMEIQ_REAL_HA"):
        found = shutil.which(named)
        assert found is not None, f"HOMEIQ_REAL_HA names no program: {named}"
        return Path(found)
    beside = REPOSITORY.parent / "shared" / "homeassistant" / "real-ha"
    return beside if os.environ.get("HOMEIQ_HA_START") and beside.exists() else None
