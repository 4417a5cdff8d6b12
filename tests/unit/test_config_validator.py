import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from shared import config_validator, service_checks, storage_checks
from shared.broker import process
from shared.config_validator import ConfigValidator, ValidationResult
from shared.errors import BrokerError
from shared.settings import Settings, load_settings
from shared.storage_checks import file_system

ACCEPTED = b"\x20\x03\x00\x00\x00"
REFUSED = b"\x20\x03\x00\x86\x00"
OLD_BROKER = b"\x20\x03\x00\x84\x00"
SECRET = "hunter2"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of this machine, a data folder of the test's own, an installed broker, and short waits."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("HOMEIQ_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(process, "find_mosquitto", lambda: "/usr/sbin/mosquitto")
    monkeypatch.setattr(service_checks, "NETWORK_TIMEOUT", 0.5)


@dataclass
class Server:
    """Says one thing to whoever speaks to it, or nothing."""

    answer: bytes
    port: int = 0
    heard: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                self.heard.append(data)
                writer.write(self.answer)
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(answer: bytes) -> AsyncIterator[Server]:
    told = Server(answer)
    server = await asyncio.start_server(told.serve, "127.0.0.1", 0)
    told.port = server.sockets[0].getsockname()[1]
    async with server:
        yield told


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def validator(**values: Any) -> ConfigValidator:
    return ConfigValidator(load_settings(env_file=None, **values))


def about(sentences: list[str], variable: str) -> str:
    (found,) = [sentence for sentence in sentences if sentence.startswith(variable)]
    return found


def silent(result: ValidationResult) -> bool:
    return not (result.critical_errors or result.warnings or result.recommendations)


async def test_the_defaults_work() -> None:
    result = await validator().validate_all()
    assert result.is_valid
    assert result.warnings == []
    assert {sentence.split()[0] for sentence in result.recommendations} >= {"HA_URL", "OPENAI_API_KEY,"}


def test_results_join() -> None:
    joined = ValidationResult.joined([ValidationResult(["a"], ["b"]), ValidationResult(["c"], [], ["d"])])
    assert joined == ValidationResult(["a", "c"], ["b"], ["d"])
    assert not joined.is_valid
    assert ValidationResult(warnings=["b"]).is_valid


# -- environment


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"ha_token": "abc"}, "HA_TOKEN has no effect without HA_URL"),
        ({"ha_url": "http://ha:8123"}, "HA_URL has no effect without HA_TOKEN"),
        ({"ha_url": "http://ha.example.org", "ha_token": "abc"}, "HA_URL sends HA_TOKEN unencrypted"),
        ({"influxdb_token": "abc"}, "INFLUXDB_TOKEN has no effect without INFLUXDB_URL"),
        ({"database_url": "a.db", "database_path": "b.db"}, "DATABASE_PATH is ignored because DATABASE_URL is set"),
        ({"mqtt_url": "mqtt://10.0.0.1"}, "MQTT_URL has no user"),
        ({"mqtt_url": "mqtt://u:p@broker.example.org"}, "MQTT_URL is unencrypted and leaves the local network"),
        ({"mqtt_url": "mqtt://u:p@8.8.8.8"}, "MQTT_URL is unencrypted and leaves the local network"),
        ({"mqtt_url": "mqtt://u:p@h", "mqtt_listen": "10.0.0.1"}, "MQTT_LISTEN has no effect with MQTT_URL"),
    ],
)
def test_variables_that_do_not_fit_each_other(values: dict[str, str], expected: str) -> None:
    result = validator(**values).validate_environment()
    assert result.is_valid
    (warning,) = result.warnings
    assert warning.startswith(expected)


@pytest.mark.parametrize(
    "values",
    [
        {"mqtt_url": "mqtt://u:p@core-mosquitto"},
        {"mqtt_url": "mqtt://u:p@ha.local"},
        {"mqtt_url": "mqtt://u:p@192.168.1.2"},
        {"mqtt_url": "mqtt://u:p@[::1]"},
        {"mqtt_url": "mqtts://u:p@broker.example.org"},
        {"ha_url": "https://ha.example.org", "ha_token": "abc"},
        {"ha_url": "http://homeassistant.local:8123", "ha_token": "abc"},
    ],
)
def test_variables_that_fit(values: dict[str, str]) -> None:
    assert validator(**values).validate_environment().warnings == []


def test_who_may_act_is_told() -> None:
    result = validator(homeiq_execute_from_query=True).validate_environment()
    assert about(result.recommendations, "HOMEIQ_EXECUTE_FROM_QUERY")


def test_a_file_of_secrets_that_others_can_read(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.touch(mode=0o600)
    assert validator().validate_environment().warnings == []
    file.chmod(0o644)
    assert "chmod 600 .env" in about(validator().validate_environment().warnings, ".env")


# -- broker


async def test_a_broker_that_lets_us_in() -> None:
    async with listening(ACCEPTED) as broker:
        result = await validator(mqtt_url=f"mqtt://u:{SECRET}@127.0.0.1:{broker.port}").validate_services()
    assert silent(result)
    connect = b"".join(broker.heard)
    assert SECRET.encode() in connect
    assert connect[2:9] == b"\x00\x04MQTT\x05"


async def test_a_refused_login_is_not_an_unreachable_broker(closed_port: int) -> None:
    async with listening(REFUSED) as broker:
        refused = await validator(mqtt_url=f"mqtt://u:{SECRET}@127.0.0.1:{broker.port}").validate_services()
    assert "refused the login: check user and password" in about(refused.critical_errors, "MQTT_URL")
    gone = await validator(mqtt_url=f"mqtt://u:{SECRET}@127.0.0.1:{closed_port}").validate_services()
    assert "refuses connections: start it" in about(gone.critical_errors, "MQTT_URL")
    assert SECRET not in str((refused, gone))


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", OLD_BROKER])
async def test_what_is_no_broker_of_mqtt_5(answer: bytes) -> None:
    async with listening(answer) as server:
        result = await validator(mqtt_url=f"mqtt://127.0.0.1:{server.port}").validate_services()
    assert "does not speak MQTT 5" in about(result.critical_errors, "MQTT_URL")


async def test_a_broker_without_tls() -> None:
    async with listening(ACCEPTED) as server:
        result = await validator(mqtt_url=f"mqtts://127.0.0.1:{server.port}").validate_services()
    assert "does not speak TLS" in about(result.critical_errors, "MQTT_URL")


async def test_a_host_that_does_not_exist() -> None:
    result = await validator(mqtt_url="mqtt://no-such-host.invalid").validate_services()
    assert "can't be reached" in about(result.critical_errors, "MQTT_URL")


async def test_no_broker_and_none_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise BrokerError("Mosquitto is not installed: apt install mosquitto")

    monkeypatch.setattr(process, "find_mosquitto", missing)
    result = await validator().validate_services()
    assert "Mosquitto is not installed" in about(result.critical_errors, "MQTT_URL")


# -- Home Assistant and InfluxDB


def http(status: int) -> bytes:
    return f"HTTP/1.1 {status} Whatever\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("status", "token", "critical", "warning"),
    [
        (200, SECRET, None, None),
        (401, None, None, None),
        (401, SECRET, "HA_TOKEN was refused", None),
        (302, SECRET, None, "HA_URL answers with status 302, unlike Home Assistant"),
        (404, None, None, "HA_URL answers with status 404, unlike Home Assistant"),
    ],
)
async def test_home_assistant(status: int, token: str | None, critical: str | None, warning: str | None) -> None:
    async with listening(http(status)) as server:
        result = await validator(ha_url=f"http://127.0.0.1:{server.port}/", ha_token=token).validate_services()
    assert [sentence.startswith(str(critical)) for sentence in result.critical_errors] == [True] * bool(critical)
    assert [sentence.startswith(str(warning)) for sentence in result.warnings] == [True] * bool(warning)
    request = b"".join(server.heard)
    assert request.startswith(b"GET /api/ HTTP/1.1\r\n")
    assert (f"Authorization: Bearer {SECRET}".encode() in request) == bool(token)
    assert SECRET not in str(result)


@pytest.mark.parametrize(
    ("status", "critical", "warning"),
    [
        (200, None, None),
        (404, None, None),
        (401, "INFLUXDB_TOKEN", None),
        (503, None, "INFLUXDB_URL answers with status 503"),
    ],
)
async def test_influxdb(status: int, critical: str | None, warning: str | None) -> None:
    async with listening(http(status)) as server:
        result = await validator(
            influxdb_url=f"http://127.0.0.1:{server.port}", influxdb_token=SECRET
        ).validate_services()
    assert [sentence.startswith(str(critical)) for sentence in result.critical_errors] == [True] * bool(critical)
    assert [sentence.startswith(str(warning)) for sentence in result.warnings] == [True] * bool(warning)
    assert f"Authorization: Token {SECRET}".encode() in b"".join(server.heard)


@pytest.mark.parametrize("name", ["ha_url", "influxdb_url"])
async def test_servers_that_do_not_answer(name: str, closed_port: int) -> None:
    gone = await validator(**{name: f"http://127.0.0.1:{closed_port}"}).validate_services()
    assert "refuses connections: start it, or correct the address." in about(gone.critical_errors, name.upper())
    async with listening(b"") as server:
        mute = await validator(**{name: f"http://127.0.0.1:{server.port}"}).validate_services()
    assert "does not answer within 0.5 seconds" in about(mute.critical_errors, name.upper())
    async with listening(b"SSH-2.0-OpenSSH\r\n") as server:
        other = await validator(**{name: f"http://127.0.0.1:{server.port}"}).validate_services()
    assert "does not speak HTTP" in about(other.critical_errors, name.upper())
    async with listening(b"SSH-2.0-OpenSSH\r\n") as server:
        plain = await validator(**{name: f"https://127.0.0.1:{server.port}"}).validate_services()
    assert "does not speak TLS" in about(plain.critical_errors, name.upper())


async def test_a_certificate_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_args: object, **_options: object) -> None:
        raise ssl.SSLCertVerificationError

    monkeypatch.setattr(asyncio, "open_connection", refuse)
    result = await validator(ha_url="https://127.0.0.1").validate_services()
    assert "does not trust" in about(result.critical_errors, "HA_URL")


# -- storage


async def test_a_data_folder_that_is_none(tmp_path: Path) -> None:
    file = tmp_path / "file"
    await asyncio.to_thread(file.touch)
    result = await validator(homeiq_data=file / "data").validate_services()
    assert f"{file} is no folder that this user may write to" in about(result.critical_errors, "HOMEIQ_DATA")


async def test_a_data_folder_that_may_not_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda _path, _mode: False)
    result = await validator().validate_services()
    assert about(result.critical_errors, "HOMEIQ_DATA")


async def test_other_places_are_checked_too(tmp_path: Path) -> None:
    (file := tmp_path / "file").touch()
    result = await validator(database_path=file / "a.db", correlation_cache_db=file / "b" / "c.db").validate_services()
    assert about(result.critical_errors, "DATABASE_PATH")
    assert about(result.critical_errors, "CORRELATION_CACHE_DB")


@pytest.mark.parametrize(("free", "kind"), [(50, "critical_errors"), (500, "warnings")])
async def test_a_disk_that_is_nearly_full(free: int, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": free * 1024**2})
    monkeypatch.setattr("shared.storage_checks.shutil.disk_usage", lambda _path: usage)
    result = await validator().validate_services()
    assert f"has {free} MB free" in about(getattr(result, kind), "HOMEIQ_DATA")


MOUNTS = """\
21 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw
30 21 0:40 / /mnt/nas\\040box rw - nfs4 nas:/x rw
31 21 0:41 / /mnt/nas\\040box/local rw - btrfs /dev/sdb rw
32 21 0:42 / /mnt/desktop rw - fuse.grpcfuse grpcfuse rw
33 21 0:43 / /mnt/usb rw - fuseblk /dev/sdc rw
garbage
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib", "ext4"),
        ("/mnt/nas box/data", "nfs4"),
        ("/mnt/nas box/local/data", "btrfs"),
        ("/mnt/nas boxes", "ext4"),
        ("/mnt/desktop", "fuse.grpcfuse"),
    ],
)
def test_file_systems(folder: str, kind: str) -> None:
    assert file_system(Path(folder), MOUNTS) == kind
    assert file_system(Path(folder), "") == ""


@pytest.mark.parametrize(
    ("kind", "valid"), [("nfs4", False), ("fuse.grpcfuse", False), ("fuseblk", True), ("ext4", True)]
)
async def test_databases_need_a_local_disk(kind: str, valid: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_checks, "_mounts", lambda: f"1 0 8:1 / / rw - {kind} x rw")
    result = await validator().validate_services()
    assert result.is_valid == valid
    if not valid:
        assert f"({kind})" in about(result.critical_errors, "HOMEIQ_DATA")


async def test_a_machine_that_lists_no_mounts(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_args: object, **_options: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    assert silent(await validator().validate_services())


# -- providers


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"openai_api_key": SECRET}, "OPENAI_API_KEY is shorter"),
        ({"groq_api_key": SECRET * 4}, "GROQ_API_KEY should start with gsk_"),
        ({"anthropic_api_key": SECRET * 4}, "ANTHROPIC_API_KEY should start with sk-ant-"),
        ({"anthropic_api_key": "sk-ant-1"}, "ANTHROPIC_API_KEY is shorter"),
        ({"openai_base_url": "http://localhost:8080"}, "OPENAI_BASE_URL should end in /v1"),
        (
            {"openai_base_url": "http://llm.example.org/v1", "openai_api_key": SECRET * 4},
            "OPENAI_BASE_URL sends OPENAI_API_KEY unencrypted",
        ),
    ],
)
def test_keys_and_urls_of_an_odd_shape(values: dict[str, str], expected: str) -> None:
    result = validator(**values).validate_ai_providers()
    (warning,) = result.warnings
    assert warning.startswith(expected)
    assert SECRET not in str(result)


def test_providers_as_they_should_be() -> None:
    assert silent(
        validator(
            openai_api_key="sk-" + "x" * 40,
            openai_base_url="http://localhost:8080/v1/",
            groq_api_key="gsk_" + "x" * 40,
            anthropic_api_key="sk-ant-" + "x" * 40,
        ).validate_ai_providers()
    )


# -- performance


@pytest.fixture
def large_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_validator, "_memory", lambda: 8 * 1024**3)
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: {0, 1}, raising=False)
    monkeypatch.setattr("resource.getrlimit", lambda _which: (1024, 4096))


@pytest.mark.usefixtures("large_machine")
def test_a_machine_that_is_large_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    assert silent(validator().validate_performance_settings())
    monkeypatch.setattr(config_validator, "_memory", lambda: None)
    assert silent(validator().validate_performance_settings())


@pytest.mark.usefixtures("large_machine")
def test_a_machine_that_is_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_validator, "_memory", lambda: 256 * 1024**2)
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: {0}, raising=False)
    monkeypatch.setattr("resource.getrlimit", lambda _which: (256, 4096))
    result = validator().validate_performance_settings()
    assert "256 MB" in about(result.warnings, "Memory")
    assert "ulimit -n 1024" in about(result.warnings, "Only 256 files")
    assert about(result.recommendations, "One processor core")
    assert "640 MB" in about(result.recommendations, "DATABASE_URL")


@pytest.mark.usefixtures("large_machine")
def test_a_pool_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.database_pool.POOL_SIZE", 30)
    assert about(validator().validate_performance_settings().critical_errors, "The pool")


def test_memory_is_that_of_the_control_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "read_text", lambda _self, **_options: "300000000\n")
    assert config_validator._memory() == 300_000_000
    monkeypatch.setattr(Path, "read_text", lambda _self, **_options: "max\n")
    assert config_validator._memory() == os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


# -- secrets


async def test_no_secret_is_ever_told(closed_port: int) -> None:
    address = f"127.0.0.1:{closed_port}"
    secrets: dict[str, str] = dict.fromkeys(
        ("ha_token", "influxdb_token", "openai_api_key", "groq_api_key", "anthropic_api_key"), SECRET
    )
    told = [
        await validator(
            **secrets,
            mqtt_url=f"{scheme}://u:{SECRET}@{address}",
            ha_url=f"http://{address}",
            influxdb_url=f"http://{address}",
            openai_base_url="http://llm.example.org",
            database_url=database,
        ).validate_all()
        for scheme, database in (("mqtt", f"postgresql://u:{SECRET}@{address}/d"), ("mqtts", "a.db"))
    ]
    async with listening(http(401)) as server, listening(REFUSED) as broker:
        urls = dict.fromkeys(("ha_url", "influxdb_url"), f"http://127.0.0.1:{server.port}")
        url = f"mqtt://u:{SECRET}@127.0.0.1:{broker.port}"
        told.append(await validator(**secrets, **urls, mqtt_url=url).validate_all())
    assert all(len(result.critical_errors) >= 3 for result in told)
    assert SECRET not in str(told)
