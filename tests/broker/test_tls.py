"""TLS to a real Mosquitto: our own authority, who is let in by it, and `homeiq up --listen`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from shared.broker.access import ADMIN, Naming
from shared.broker.certificates import CertificateFiles, ensure_certificates, names_of
from shared.broker.configuration import SecureListener
from shared.broker.process import MosquittoProcess, own_broker
from shared.bus.connection import Connection
from shared.bus.mqtt import mqtt_connector
from shared.errors import BrokerError, LoginRefused, SettingsError
from shared.settings import BrokerAddress, load_settings
from tests.conftest import RawClient, free_port
from tests.system.conftest import Installation

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
HERE = ("127.0.0.1", "localhost")


@asynccontextmanager
async def broker(folder: Path, names: tuple[str, ...] = HERE) -> AsyncIterator[MosquittoProcess]:
    files = ensure_certificates(folder / "tls", names)
    secure = SecureListener(
        host="127.0.0.1",
        port=await free_port(),
        certificate_file=str(files.server),
        key_file=str(files.server_key),
        ca_file=str(files.authority),
        names=names,
    )
    async with MosquittoProcess(folder, Naming(), secure=secure) as process:
        yield process


def through_tls(process: MosquittoProcess, user: str = ADMIN, ca_file: Path | None = None) -> BrokerAddress:
    assert process.secure is not None
    trusted = ca_file or Path(process.secure.ca_file)
    return replace(process.address(user), port=process.secure.port, tls=True, ca_file=trusted)


async def refused(address: BrokerAddress) -> str:
    """What is told where no connection comes about."""
    with pytest.raises(BrokerError) as told:
        async with Connection(mqtt_connector(address, timeout=3), "x"):
            pass
    assert not isinstance(told.value, LoginRefused)
    return str(told.value)


async def test_who_trusts_our_authority_gets_in(tmp_path: Path, entered: AsyncExitStack) -> None:
    async with broker(tmp_path) as process:
        client = RawClient(mqtt_connector(through_tls(process)))
        await entered.enter_async_context(client.connection)
        await client.subscribe("homeiq/reply/admin/tls")
        large = secrets.token_bytes(200_000)
        await client.publish("homeiq/reply/admin/tls", large)
        assert (await client.next()).payload == large, "more than one record of TLS, and more than one read"
        many = [str(number).encode() * 400 for number in range(300)]
        await asyncio.gather(*(client.publish("homeiq/reply/admin/tls", each) for each in many))
        assert [(await client.next()).payload for _ in many] == many


async def test_a_login_that_is_wrong_is_refused_there_too(tmp_path: Path) -> None:
    async with broker(tmp_path) as process:
        for address in (replace(through_tls(process), username="nobody"), replace(through_tls(process), username=None)):
            with pytest.raises(LoginRefused):
                async with Connection(mqtt_connector(address), "x"):
                    pass


async def test_without_the_authority_there_is_no_connection(tmp_path: Path) -> None:
    other = ensure_certificates(tmp_path / "other", HERE)
    async with broker(tmp_path) as process:
        assert "certificate verify failed" in await refused(replace(through_tls(process), ca_file=None))
        assert "certificate verify failed" in await refused(through_tls(process, ca_file=other.authority))


async def test_a_certificate_for_somebody_else_is_refused(tmp_path: Path) -> None:
    async with broker(tmp_path, names=("homeiq.example",)) as process:
        assert "127.0.0.1" in await refused(through_tls(process))


async def test_a_client_without_tls_gets_nothing_on_that_port(tmp_path: Path) -> None:
    async with broker(tmp_path) as process:
        assert process.secure is not None
        await refused(replace(process.address(ADMIN), port=process.secure.port))
        reader, writer = await asyncio.open_connection("127.0.0.1", process.secure.port)
        writer.write(b"\x10\x0f\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x02ab")
        said = b""
        with contextlib.suppress(ConnectionResetError):
            said = await asyncio.wait_for(reader.read(), 5)
        assert said[:1] not in {b"\x20", b"\xe0"}, "neither CONNACK nor DISCONNECT"
        writer.close()


async def test_other_commands_still_use_loopback_without_tls(tmp_path: Path) -> None:
    async with broker(tmp_path) as process:
        assert own_broker(tmp_path, ADMIN) == process.address(ADMIN)
        async with Connection(mqtt_connector(process.address(ADMIN)), "x"):
            pass


async def test_the_listener_comes_back_with_the_broker(tmp_path: Path) -> None:
    async with broker(tmp_path) as process:
        process.kill()
        async with asyncio.timeout(10):
            while process.restarts == 0 or await _unreachable(process):
                await asyncio.sleep(0.05)


async def _unreachable(process: MosquittoProcess) -> bool:
    try:
        async with Connection(mqtt_connector(through_tls(process), timeout=3), "x"):
            return False
    except BrokerError:
        return True


async def test_an_address_of_another_machine_is_named(tmp_path: Path) -> None:
    files = ensure_certificates(tmp_path / "tls", ["192.0.2.7"])
    paths = (str(files.server), str(files.server_key), str(files.authority))
    with pytest.raises(BrokerError, match=r"can't listen on 192\.0\.2\.7, port 8883"):
        async with MosquittoProcess(tmp_path, Naming(), secure=SecureListener("192.0.2.7", 8883, *paths, ("x",))):
            pass


@pytest.mark.parametrize("content", [None, "", "no certificate"])
async def test_an_authority_that_is_none_is_named(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.crt"
    if content is not None:
        file.write_text(content)
    address = load_settings(mqtt_url="mqtts://u:p@127.0.0.1:9", mqtt_ca_file=str(file)).mqtt_url
    assert address is not None
    with pytest.raises(SettingsError, match=r"^MQTT_CA_FILE: .*ca\.crt can't be used"):
        async with Connection(mqtt_connector(address), "x"):
            pass


# -- certificates ------------------------------------------------------------------------------------------------------


def content(files: CertificateFiles) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in files.folder.iterdir()}


def certificate(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def test_certificates_are_kept_and_their_keys_private(tmp_path: Path) -> None:
    files = ensure_certificates(tmp_path, HERE, NOW)
    before = content(files)
    assert set(before) == {"ca.crt", "ca.key", "server.crt", "server.key"}
    for secret in (files.authority_key, files.server_key):
        assert secret.stat().st_mode & 0o077 == 0
    assert content(ensure_certificates(tmp_path, HERE, NOW + timedelta(days=300))) == before
    assert content(ensure_certificates(tmp_path, HERE[:1], NOW)) == before, "it serves fewer names too"


def test_a_new_address_gets_a_new_certificate_of_the_same_authority(tmp_path: Path) -> None:
    files = ensure_certificates(tmp_path, HERE, NOW)
    before = content(files)
    after = content(ensure_certificates(tmp_path, [*HERE, "192.168.1.10"], NOW))
    assert (after["ca.crt"], after["ca.key"]) == (before["ca.crt"], before["ca.key"])
    assert after["server.crt"] != before["server.crt"]
    names = certificate(files.server).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "192.168.1.10"]
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]


def test_a_certificate_is_renewed_a_month_before_its_end(tmp_path: Path) -> None:
    files = ensure_certificates(tmp_path, HERE, NOW)
    first, end = content(files), certificate(files.server).not_valid_after_utc
    assert content(ensure_certificates(tmp_path, HERE, end - timedelta(days=31))) == first
    renewed = content(ensure_certificates(tmp_path, HERE, end - timedelta(days=29)))
    assert renewed["server.crt"] != first["server.crt"]
    assert renewed["ca.crt"] == first["ca.crt"]


def test_an_authority_at_its_end_is_replaced(tmp_path: Path) -> None:
    files = ensure_certificates(tmp_path, HERE, NOW)
    first, end = content(files), certificate(files.authority).not_valid_after_utc
    assert end - NOW == timedelta(days=3652)
    last = ensure_certificates(tmp_path, HERE, end - timedelta(days=60))
    assert certificate(last.server).not_valid_after_utc <= end, "no certificate outlives its authority"
    assert content(ensure_certificates(tmp_path, HERE, end - timedelta(days=29)))["ca.crt"] != first["ca.crt"]


@pytest.mark.parametrize("lost", ["server.crt", "server.key"])
def test_a_certificate_that_is_lost_or_damaged_is_made_again(tmp_path: Path, lost: str) -> None:
    files = ensure_certificates(tmp_path, HERE, NOW)
    before = content(files)
    (tmp_path / lost).write_text("-----BEGIN")
    after = content(ensure_certificates(tmp_path, HERE, NOW))
    assert after["ca.crt"] == before["ca.crt"]
    assert certificate(files.server).issuer == certificate(files.authority).subject
    (tmp_path / lost).unlink()
    ensure_certificates(tmp_path, HERE, NOW)
    assert (tmp_path / lost).read_bytes() != after[lost]


@pytest.mark.parametrize("damaged", ["ca.crt", "ca.key"])
def test_an_authority_that_is_damaged_is_told_and_left_alone(tmp_path: Path, damaged: str) -> None:
    ensure_certificates(tmp_path, HERE, NOW)
    (tmp_path / damaged).write_text("x")
    with pytest.raises(BrokerError, match=r"ca\.crt and ca\.key are no pair"):
        ensure_certificates(tmp_path, HERE, NOW)
    assert (tmp_path / damaged).read_text() == "x"


def test_what_a_broker_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "Attic.lan")
    named = names_of("192.168.1.10")
    assert named == ["192.168.1.10", "attic", "attic.local", "localhost", "127.0.0.1", "::1"]
    assert names_of("homeiq.lan")[0] == "homeiq.lan"
    assert set(named[1:]) <= set(names_of("0.0.0.0"))  # noqa: S104 - no socket
    monkeypatch.setattr("socket.gethostname", lambda: "dachböden")
    assert names_of("192.168.1.10") == ["192.168.1.10", "localhost", "127.0.0.1", "::1"]


# -- the command -------------------------------------------------------------------------------------------------------


async def test_up_listens_beyond_this_machine_and_says_what_to_do(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "data")
    port = await free_port()
    async with installation.up("--listen", f"0.0.0.0:{port}") as up:
        secure = up.event["secure"]
        assert up.event["mqtt_url"].startswith("mqtt://127.0.0.1:")
        assert secure["username"] == "homeassistant"
        assert secure["ca_file"] == str(tmp_path / "data/tls/ca.crt")
        login = await installation.json("credentials", "homeassistant")
        assert login["mqtt_url"] == up.event["mqtt_url"]
        url = f"mqtts://{login['username']}:{login['password']}@localhost:{port}"
        address = load_settings(mqtt_url=url, mqtt_ca_file=secure["ca_file"]).mqtt_url
        assert address is not None
        async with Connection(mqtt_connector(address), "x"):
            pass
        admin = json.loads((tmp_path / "data/credentials.json").read_text())[ADMIN]
        elsewhere = {"MQTT_URL": f"mqtts://admin:{admin}@127.0.0.1:{port}", "MQTT_CA_FILE": secure["ca_file"]}
        for environment in ({}, elsewhere):
            status, out, error = await installation.run("status", **environment)
            assert (status, "query" in out) == (0, True), error


async def test_up_tells_people_what_to_enter_in_home_assistant(tmp_path: Path) -> None:
    installation = Installation(tmp_path / "data")
    port = await free_port()
    process = await installation.start("up", MQTT_LISTEN=f"0.0.0.0:{port}")
    assert process.stdout is not None
    text = ""
    async with asyncio.timeout(40):
        while "Advanced options" not in text:
            line = await process.stdout.readline()
            assert line
            text += line.decode()
    process.terminate()
    await process.communicate()
    for part in (f"port {port}", "homeassistant", str(tmp_path / "data/tls/ca.crt")):
        assert part in text


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (["--listen", "0.0.0.0:x"], {}, "--listen must look like host or host:port"),
        (["--listen", "0.0.0.0:1883"], {}, "port 1883 is for connections without TLS"),
        (["--listen", "192.168.1.10"], {"MQTT_URL": "mqtt://127.0.0.1:9"}, "--listen has no effect with MQTT_URL"),
    ],
)
async def test_a_listener_that_can_not_be_is_a_matter_of_usage(
    tmp_path: Path, arguments: list[str], environment: dict[str, str], told: str
) -> None:
    status, out, error = await Installation(tmp_path / "data").run("up", *arguments, **environment)
    assert (status, out, error.count("\n")) == (2, "", 1)
    assert told in error


def test_only_what_needs_tls_loads_what_makes_certificates() -> None:
    program = "import sys, workers.bootstrap, workers.cli.running; print('cryptography' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
