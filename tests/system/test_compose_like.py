"""What compose.yaml would run, run as processes: its commands, environment and mounts, without an engine.

Volumes are folders of the test, the network of compose is loopback, and what a container does not mount is not named in
its environment. Users, capabilities and read-only file systems are the engine's, and not tried here.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.catalogue import WORKERS
from shared.broker.files import broker_files
from shared.broker.process import find_mosquitto
from shared.bus.connection import Connection
from shared.bus.mqtt import mqtt_connector
from shared.liveness import Liveness
from shared.settings import load_settings
from shared.simulator.demo import demo_home
from tests.conftest import free_port, until
from tests.system.conftest import Installation, Up

SERVICES: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "compose.yaml").read_text())["services"]


class Compose:
    """The volumes, and the services that see them."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.installation = Installation(folder / "data")

    def volume(self, name: str) -> Path:
        found = self.folder / name
        found.mkdir(mode=0o700, exist_ok=True)
        return found

    def inside(self, service: str, text: str, **mounts: Path) -> str:
        """A text with the paths and names of a container, as they are here."""
        for mount in SERVICES[service]["volumes"]:
            volume, target = mount.split(":")[:2]
            text = text.replace(target, str(self.volume(volume)))
        text = text.replace("/app/secrets", str(self.folder / "secrets"))
        return text.replace("/tmp/alive", str(self.folder / f"alive-{service}"))  # noqa: S108 - the container's

    def environment(self, service: str, **given: str) -> dict[str, str]:
        """The image's settings, and the service's with what `.env` gives."""
        found = {"HOMEIQ_DATA": str(self.volume("data"))}
        for name, value in SERVICES[service]["environment"].items():
            if value.startswith("${"):
                found[name] = given.get(name, "")
            else:
                found[name] = self.inside(service, value).replace("@mosquitto", f"@127.0.0.1:{self.port}")
        return found

    def command(self, service: str) -> list[str]:
        return [self.inside(service, each) for each in SERVICES[service]["command"]]

    async def init(self, **given: str) -> dict[str, Any]:
        """Run `init`, whose secrets land in the volumes that the others mount."""
        for each in ("admin", *WORKERS):
            link = self.folder / "secrets" / each
            if not link.exists():
                link.parent.mkdir(exist_ok=True)
                link.symlink_to(self.volume(f"secret-{each}"))
        command = self.command("init")
        status, out, error = await self.installation.run(*command, "--json", **self.environment("init", **given))
        assert (status, error) == (0, "")
        made: dict[str, Any] = json.loads(out)
        return made

    async def start_worker(self, service: str, **given: str) -> asyncio.subprocess.Process:
        environment = self.environment(service, **given)
        return await self.installation.start(*self.command(service), "--json", **environment)

    async def homeiq(self, *arguments: str) -> Any:
        """What a command prints in the service of that name."""
        environment = self.environment("homeiq")
        status, out, error = await self.installation.run(*arguments, "--json", **environment)
        assert status == 0, error
        return json.loads(out)

    async def broker(self, stack: AsyncExitStack) -> None:
        """Mosquitto with the configuration that `init` wrote."""
        configuration = (self.volume("broker") / "mosquitto.conf").read_text()
        text = self.inside("mosquitto", configuration)
        text = text.replace("listener 1883 0.0.0.0", f"listener {self.port} 127.0.0.1")
        assert str(self.port) in text
        file = self.folder / "here.conf"
        file.write_text(text + ("user root\n" if os.geteuid() == 0 else ""))
        with (self.folder / "mosquitto.log").open("wb") as out:
            process = await asyncio.create_subprocess_exec(find_mosquitto(), "-c", str(file), stdout=out, stderr=out)
        stack.push_async_callback(_end, process)
        await until(lambda: _listens(self.port))


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def _end(process: asyncio.subprocess.Process) -> None:
    process.terminate()
    await process.wait()


@pytest.fixture
async def compose(tmp_path: Path) -> Compose:
    return Compose(tmp_path, await free_port())


async def test_from_init_to_an_answer_by_three_workers(compose: Compose, entered: AsyncExitStack) -> None:
    await compose.init()
    await compose.broker(entered)
    workers = []
    for service in (*WORKERS, "query", "query"):
        worker = Up(await compose.start_worker(service))
        entered.push_async_callback(worker.end)
        workers.append(worker)
    for worker in workers:
        await worker.ready()

    home = compose.folder / "home.json"
    home.write_bytes(demo_home())
    await compose.homeiq("import", "home", str(home))
    async with asyncio.timeout(30):  # until all three have heard of the new home
        answered = 0
        while answered < 4:
            answer = await compose.homeiq("ask", "which windows are open?")
            answered = answered + 1 if answer["status"] == "answered" else 0
    assert answer["result"]["value"] == ["binary_sensor.bedroom_window"]
    status = await compose.homeiq("status")
    online = [each["worker"] for each in status["workers"] if each["status"] == "online"]
    assert (online.count("data"), online.count("query")) == (1, 3)
    passwords = [file.read_text().strip() for file in compose.folder.glob("secret-*/*password")]
    assert len(passwords) == len(WORKERS) + 3
    for worker in workers:
        assert not any(password in worker.log for password in passwords)
        assert await worker.end() == 0


async def test_a_worker_that_reaches_the_broker_is_alive(compose: Compose, entered: AsyncExitStack) -> None:
    await compose.init()
    await compose.broker(entered)
    worker = Up(await compose.start_worker("query"))
    entered.push_async_callback(worker.end)
    await worker.ready()
    liveness = Liveness(compose.folder / "alive-query")
    await until(lambda: liveness.age() is not None)
    test = SERVICES["query"]["healthcheck"]["test"]
    command = [*(compose.inside("query", each) for each in test[1:])]
    path = f"{Path(sys.executable).parent}:{os.defpath}"
    done = subprocess.run(command, env={"PATH": path}, check=False, capture_output=True, text=True)
    assert (done.returncode, "the broker was reached" in done.stdout) == (0, True)


async def test_init_again_changes_no_password_and_no_database(compose: Compose) -> None:
    def secrets() -> dict[str, tuple[str, int]]:
        return {
            str(file.relative_to(compose.folder)): (file.read_text(), file.stat().st_mtime_ns)
            for file in compose.folder.glob("secret-*/*")
        }

    first = await compose.init()
    assert "went from schema none" in first["database"]
    assert first["tls"] is False
    kept, credentials = secrets(), (compose.volume("credentials") / "credentials.json").read_text()
    again = await compose.init()
    assert "as before" in again["database"]
    assert (secrets(), (compose.volume("credentials") / "credentials.json").read_text()) == (kept, credentials)


async def test_each_secret_is_its_workers_alone(compose: Compose) -> None:
    made = await compose.init()
    known = json.loads((compose.volume("credentials") / "credentials.json").read_text())
    assert set(known) == set(made["users"]) == {*WORKERS, "homeassistant", "dashboard", "admin"}
    for worker in WORKERS:
        [file] = compose.volume(f"secret-{worker}").iterdir()
        assert (file.name, file.read_text(), file.stat().st_mode & 0o777) == ("password", f"{known[worker]}\n", 0o400)
    admin = {file.name: file.read_text().strip() for file in compose.volume("secret-admin").iterdir()}
    assert admin == {
        "password": known["admin"],
        "homeassistant.password": known["homeassistant"],
        "dashboard.password": known["dashboard"],
    }
    for volume in ("broker", "data"):
        for file in compose.volume(volume).iterdir():
            assert file.stat().st_mode & 0o077 == 0
            assert not any(password.encode() in file.read_bytes() for password in known.values())


async def test_the_configuration_is_the_one_that_people_can_read(compose: Compose) -> None:
    await compose.init()
    for name, shown in broker_files().items():
        if "bridge" not in name:
            written = (compose.volume("broker") / Path(name).name).read_text()
            assert shown.partition("\n")[2].strip() in written


async def test_names_of_ones_own_reach_broker_and_secrets(compose: Compose) -> None:
    made = await compose.init(HOMEIQ_HA_USER="ha", HOMEIQ_ROOT="site/house")
    assert "ha" in made["users"]
    assert (compose.volume("secret-admin") / "ha.password").exists()
    assert "topic write site/house/query/request" in (compose.volume("broker") / "acl").read_text()


async def test_lines_of_ones_own_join_the_access_list(compose: Compose) -> None:
    (compose.volume("broker") / "acl.local").write_text("user zigbee\ntopic readwrite zigbee2mqtt/#\n")
    await compose.init()
    assert (compose.volume("broker") / "acl").read_text().endswith("topic readwrite zigbee2mqtt/#\n")


async def test_an_address_beyond_this_machine_gets_tls(compose: Compose, entered: AsyncExitStack) -> None:
    made = await compose.init(MQTT_LISTEN="192.168.1.10")
    assert made["tls"] is True
    written = {file.name for file in compose.volume("broker").iterdir()}
    assert written == {"mosquitto.conf", "passwords", "acl", "server.crt", "server.key"}
    assert (compose.volume("secret-admin") / "ca.crt").read_text().startswith("-----BEGIN CERTIFICATE-----")
    secure = await free_port()
    configuration = compose.volume("broker") / "mosquitto.conf"
    text = configuration.read_text()
    assert "listener 8883 0.0.0.0" in text
    configuration.write_text(text.replace("listener 8883 0.0.0.0", f"listener {secure} 127.0.0.1"))
    await compose.broker(entered)
    admin = (compose.volume("secret-admin") / "password").read_text().strip()
    authority = str(compose.volume("secret-admin") / "ca.crt")
    url = f"mqtts://admin:{admin}@127.0.0.1:{secure}"
    address = load_settings(env_file=None, mqtt_url=url, mqtt_ca_file=authority).mqtt_url
    assert address is not None
    async with Connection(mqtt_connector(address), "x"):
        pass


# -- mistakes ----------------------------------------------------------------------------------------------------------


async def failing(compose: Compose, service: str, **environment: str) -> tuple[int, str]:
    process = await compose.start_worker(service, **environment)
    out, error = await asyncio.wait_for(process.communicate(), 40)
    assert out == b""
    assert b"Traceback" not in error
    return process.returncode or 0, error.decode()


async def test_a_worker_without_its_secret_says_what_is_missing(compose: Compose) -> None:
    await compose.init()
    (compose.volume("secret-query") / "password").unlink()
    status, error = await failing(compose, "query")
    assert status == 2
    assert error.count("\n") == 1
    assert error.startswith("homeiq: MQTT_PASSWORD_FILE can't be read from ")
    assert "secret-query/password" in error


async def test_a_worker_with_the_secret_of_another_is_refused(compose: Compose, entered: AsyncExitStack) -> None:
    await compose.init()
    await compose.broker(entered)
    stolen = (compose.volume("secret-data") / "password").read_text()
    file = compose.volume("secret-query") / "password"
    file.unlink()
    file.write_text(stolen)
    status, error = await failing(compose, "query")
    assert status == 3
    assert stolen.strip() not in error


async def test_init_names_a_folder_that_it_can_not_write(compose: Compose) -> None:
    (compose.folder / "file").touch()
    status, out, error = await compose.installation.run("init", "--broker", str(compose.folder / "file" / "x"))
    assert (status, out, error.count("\n")) == (1, "", 1)
    assert str(compose.folder / "file") in error


async def test_init_needs_the_address_that_others_use(compose: Compose) -> None:
    status, _, error = await compose.installation.run("init", MQTT_LISTEN="0.0.0.0")  # noqa: S104 - to be refused
    assert (status, "must be the address" in error) == (2, True)
