"""Whether the settings can work here and now: what is wrong, what is risky, what would be better.

Every finding is one sentence that names the variable and the remedy. None repeats a secret: values that could carry one
are never put into a sentence.
"""

import asyncio
import ipaddress
import os
import shutil
import ssl
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from urllib.parse import SplitResult, urlsplit

from pydantic import SecretStr

from shared.errors import BrokerError, LoginRefused
from shared.settings import ENV_FILE, BrokerAddress, Settings, database_file

NETWORK_TIMEOUT = 2.0
"""Seconds that each network check may take."""
NETWORK_FILE_SYSTEMS = frozenset(
    {
        "9p",
        "afs",
        "cephfs",
        "cifs",
        "davfs",
        "fakeowner",
        "glusterfs",
        "nfs",
        "nfs4",
        "smb3",
        "smbfs",
        "vboxsf",
        "virtiofs",
    }
)
"""File systems without shared memory between processes, on which SQLite's WAL loses data or fails."""

_LOCAL_FUSE = frozenset({"fuseblk", "fuse.ext2", "fuse.mergerfs", "fuse.ntfs"})
_MIB = 1024**2
_LEAST_DISK, _GOOD_DISK = 100 * _MIB, 1024 * _MIB
_LEAST_MEMORY = 512 * _MIB
_LEAST_FILES = 512
_UNAUTHORISED = frozenset({401, 403})
_SERVER_ERROR = 500

# What a key of each provider starts with; a key of another shape may be one of a compatible server.
_KEY_PREFIXES = {"groq_api_key": "gsk_", "anthropic_api_key": "sk-ant-"}
_SHORTEST_KEY = 20


@dataclass(slots=True)
class ValidationResult:
    """The findings, one sentence each. Only critical errors make a configuration unusable."""

    critical_errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    recommendations: list[str] = field(default_factory=list)

    @property
    def is_valid(self) -> bool:
        """Whether HomeIQ can run with it."""
        return not self.critical_errors

    @classmethod
    def joined(cls, results: Iterable["ValidationResult"]) -> "ValidationResult":
        """All findings of several results, in their order."""
        whole = cls()
        for each in results:
            whole.critical_errors += each.critical_errors
            whole.warnings += each.warnings
            whole.recommendations += each.recommendations
        return whole


class ConfigValidator:
    """Checks settings. Network checks touch only what is configured; nothing here costs money or changes anything."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def validate_all(self) -> ValidationResult:
        """All checks."""
        services = await self.validate_services()
        return ValidationResult.joined(
            (
                self.validate_environment(),
                services,
                self.validate_ai_providers(),
                self.validate_performance_settings(),
            )
        )

    def validate_environment(self) -> ValidationResult:
        """Whether the variables fit each other, and the secrets in them are kept."""
        found, settings = ValidationResult(), self._settings
        _check_home_assistant_variables(settings, found)
        _check_broker_variables(settings, found)
        if {"database_url", "database_path"} <= settings.model_fields_set:
            found.warnings.append("DATABASE_PATH is ignored because DATABASE_URL is set: remove one of them.")
        if settings.influxdb_token and not settings.influxdb_url:
            found.warnings.append("INFLUXDB_TOKEN has no effect without INFLUXDB_URL: set both or none.")
        if settings.homeiq_execute_from_query:
            found.recommendations.append(
                "HOMEIQ_EXECUTE_FROM_QUERY lets whoever may ask also switch things: unset it where that is unwanted."
            )
        if ENV_FILE.is_file() and stat.S_IMODE(ENV_FILE.stat().st_mode) & 0o077:
            found.warnings.append(f"{ENV_FILE} can be read by other users of this machine: run `chmod 600 {ENV_FILE}`.")
        return found

    async def validate_services(self) -> ValidationResult:
        """Whether broker, Home Assistant, InfluxDB and the data folder are there and let us in. Takes some seconds."""
        network = await asyncio.gather(
            _check_broker(self._settings), _check_home_assistant(self._settings), _check_influxdb(self._settings)
        )
        storage = (_check_storage(variable, file) for variable, file in _files(self._settings))
        return ValidationResult.joined((*network, *storage))

    def validate_ai_providers(self) -> ValidationResult:
        """Whether keys and base URL have the shape they should have. Asks no provider."""
        found, settings = ValidationResult(), self._settings
        for name in ("openai_api_key", *_KEY_PREFIXES):
            _check_key(name, getattr(settings, name), _KEY_PREFIXES.get(name, ""), found)
        _check_base_url(settings, found)
        if not any(
            (settings.openai_api_key, settings.openai_base_url, settings.groq_api_key, settings.anthropic_api_key)
        ):
            found.recommendations.append(
                "OPENAI_API_KEY, GROQ_API_KEY or ANTHROPIC_API_KEY (or OPENAI_BASE_URL of a local model) lets HomeIQ "
                "answer what is no reading of the home; all else works without."
            )
        return found

    def validate_performance_settings(self) -> ValidationResult:
        """Whether pool, memory, cores and open files are enough for the workers."""
        found = ValidationResult()
        _check_pool(self._settings, found)
        memory, cores = _memory(), len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        if memory and memory < _LEAST_MEMORY:
            found.warnings.append(
                f"Memory is {memory // _MIB} MB, all workers need {_LEAST_MEMORY // _MIB} MB: run fewer of them here."
            )
        if cores == 1:
            found.recommendations.append("One processor core makes analyses slow: give HomeIQ two.")
        _check_open_files(found)
        return found


def _check_home_assistant_variables(settings: Settings, found: ValidationResult) -> None:
    if settings.ha_token and not settings.ha_url:
        found.warnings.append("HA_TOKEN has no effect without HA_URL: set both or none.")
    if settings.ha_url and not settings.ha_token:
        found.warnings.append("HA_URL has no effect without HA_TOKEN: make a long-lived token in your profile in HA.")
    if not settings.ha_url:
        found.recommendations.append(
            "HA_URL and HA_TOKEN let HomeIQ read names and areas from Home Assistant and deploy automations to it."
        )
    if settings.ha_url and settings.ha_token and _is_open(settings.ha_url):
        found.warnings.append("HA_URL sends HA_TOKEN unencrypted over the internet: use https://.")


def _check_broker_variables(settings: Settings, found: ValidationResult) -> None:
    broker = settings.mqtt_url
    if broker is None:
        return
    if settings.mqtt_listen:
        found.warnings.append("MQTT_LISTEN has no effect with MQTT_URL, whose broker is not ours: remove one of them.")
    if broker.username is None:
        found.warnings.append("MQTT_URL has no user: give the broker users and passwords, or anyone can ask and act.")
    if not broker.tls and not _is_local(broker.host):
        found.warnings.append("MQTT_URL is unencrypted and leaves the local network: use mqtts://.")


def _check_key(name: str, key: SecretStr | None, prefix: str, found: ValidationResult) -> None:
    if key is None:
        return
    text = key.get_secret_value()
    if prefix and not text.startswith(prefix):
        found.warnings.append(f"{name.upper()} should start with {prefix}: check that it is the key of that provider.")
    elif len(text) < _SHORTEST_KEY:
        found.warnings.append(f"{name.upper()} is shorter than such keys are: copy it again.")


def _check_base_url(settings: Settings, found: ValidationResult) -> None:
    url = settings.openai_base_url
    if url is None:
        return
    if not urlsplit(url).path.endswith(("/v1", "/v1beta/openai")):
        found.warnings.append("OPENAI_BASE_URL should end in /v1, as the base URL of OpenAI-compatible servers does.")
    if settings.openai_api_key and _is_open(url):
        found.warnings.append("OPENAI_BASE_URL sends OPENAI_API_KEY unencrypted over the internet: use https://.")


def _check_pool(settings: Settings, found: ValidationResult) -> None:
    from shared.database_pool import (  # noqa: PLC0415 - SQLAlchemy takes a third of a second
        CONNECTION_LIMIT,
        MAX_OVERFLOW,
        PAGE_CACHE_KIB,
        POOL_SIZE,
    )

    if POOL_SIZE + MAX_OVERFLOW > CONNECTION_LIMIT:
        found.critical_errors.append(
            f"The pool of the database is larger than the {CONNECTION_LIMIT} a worker may have."
        )
    memory, cache = _memory(), POOL_SIZE * PAGE_CACHE_KIB * 1024
    if memory and database_file(settings.database_url.get_secret_value()) and cache > memory // 2:
        found.recommendations.append(
            f"DATABASE_URL: {POOL_SIZE} connections may come to cache {cache // _MIB} MB of a large database, "
            f"and this machine has {memory // _MIB} MB."
        )


def _check_open_files(found: ValidationResult) -> None:
    import resource  # noqa: PLC0415 - only where it exists

    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= allowed < _LEAST_FILES:
        found.warnings.append(f"Only {allowed} files may be open at once: run `ulimit -n {_LEAST_FILES * 2}` before.")


async def _check_broker(settings: Settings) -> ValidationResult:
    found, address = ValidationResult(), settings.mqtt_url
    if address is None:
        _check_own_broker(found)
    elif problem := await _connection_problem(address):
        found.critical_errors.append(f"MQTT_URL: the broker at {address} {problem}: start it, or correct the address.")
    else:
        await _check_login(address, found)
    return found


def _check_own_broker(found: ValidationResult) -> None:
    from shared.broker.process import find_mosquitto  # noqa: PLC0415 - asked only without a broker

    try:
        find_mosquitto()
    except BrokerError as error:
        found.critical_errors.append(f"MQTT_URL is not set and no broker can be started. {error}.")


async def _check_login(address: BrokerAddress, found: ValidationResult) -> None:
    from shared.bus.mqtt import mqtt_connector  # noqa: PLC0415 - paho, asked only with a broker

    transport = mqtt_connector(address, timeout=NETWORK_TIMEOUT)(f"homeiq-check-{token_hex(4)}", None)
    try:
        await transport.connect(lambda _message: None)
    except LoginRefused:
        found.critical_errors.append(
            f"MQTT_URL: the broker at {address} refused the login: check user and password, and the user's rights."
        )
    except BrokerError:
        found.critical_errors.append(
            f"MQTT_URL: what answers at {address} does not speak MQTT 5: check host and port, and that the broker does."
        )
    else:
        await transport.close()


async def _check_home_assistant(settings: Settings) -> ValidationResult:
    found, token = ValidationResult(), settings.ha_token
    if settings.ha_url is None:
        return found
    try:
        status = await _http_status(settings.ha_url, "/api/", f"Bearer {token.get_secret_value()}" if token else None)
    except _NoAnswer as error:
        found.critical_errors.append(f"HA_URL: Home Assistant {error}: start it, or correct the address.")
        return found
    if status in _UNAUTHORISED and token:
        found.critical_errors.append("HA_TOKEN was refused by Home Assistant: make a new long-lived token there.")
    elif status not in {200, *_UNAUTHORISED}:
        found.warnings.append(f"HA_URL answers with status {status}, unlike Home Assistant: check host and port.")
    return found


async def _check_influxdb(settings: Settings) -> ValidationResult:
    found, token = ValidationResult(), settings.influxdb_token
    if settings.influxdb_url is None:
        return found
    try:
        status = await _http_status(
            settings.influxdb_url, "/health", f"Token {token.get_secret_value()}" if token else None
        )
    except _NoAnswer as error:
        found.critical_errors.append(f"INFLUXDB_URL: InfluxDB {error}: start it, or correct the address.")
        return found
    if status in _UNAUTHORISED:
        found.critical_errors.append("INFLUXDB_TOKEN was refused or is missing: make a token that may read the bucket.")
    elif status >= _SERVER_ERROR:
        found.warnings.append(f"INFLUXDB_URL answers with status {status}: look into the log of InfluxDB.")
    return found


class _NoAnswer(Exception):
    """Why nothing answers, as the end of a sentence."""


async def _connection_problem(address: BrokerAddress) -> str | None:
    try:
        async with asyncio.timeout(NETWORK_TIMEOUT):
            _, writer = await asyncio.open_connection(address.host, address.port, ssl=_tls(address.tls))
    except (OSError, UnicodeError) as error:
        return _reason(error)
    writer.transport.abort()
    return None


def _tls(wanted: bool) -> ssl.SSLContext | None:
    return ssl.create_default_context() if wanted else None


async def _http_status(url: str, path: str, authorization: str | None) -> int:
    """The status of one GET. Follows no redirect, so that a token goes to no other server."""
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(NETWORK_TIMEOUT):
            line = await _first_line(parts, path, authorization)
    except (OSError, UnicodeError, ValueError) as error:
        raise _NoAnswer(_reason(error)) from error
    words = line.split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():  # noqa: PLR2004 - and a status
        raise _NoAnswer("is reached, but what answers there does not speak HTTP")
    return int(words[1])


async def _first_line(parts: SplitResult, path: str, authorization: str | None) -> bytes:
    tls = parts.scheme == "https"
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or (443 if tls else 80), ssl=_tls(tls))
    head = [f"GET {parts.path}{path} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close", "Accept: */*"]
    if authorization:
        head.append(f"Authorization: {authorization}")
    try:
        writer.write("\r\n".join([*head, "", ""]).encode("ascii"))
        return await reader.readline()
    finally:
        writer.transport.abort()


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"does not answer within {NETWORK_TIMEOUT:g} seconds"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "shows a certificate that this machine does not trust"
    if isinstance(error, ssl.SSLError):
        return "does not speak TLS there"
    if isinstance(error, ConnectionRefusedError):
        return "refuses connections"
    return "can't be reached"


def _files(settings: Settings) -> list[tuple[str, Path]]:
    """The folders that are written to, each under the variable that says where it is."""
    database = database_file(settings.database_url.get_secret_value())
    folders = {settings.homeiq_data: "HOMEIQ_DATA"}
    if database:
        folders.setdefault(
            database.parent, "DATABASE_URL" if "database_url" in settings.model_fields_set else "DATABASE_PATH"
        )
    folders.setdefault(settings.correlation_cache_db.parent, "CORRELATION_CACHE_DB")
    return [(variable, folder) for folder, variable in folders.items()]


def _check_storage(variable: str, folder: Path) -> ValidationResult:
    found = ValidationResult()
    existing = next(place for place in (folder, *folder.parents) if place.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        found.critical_errors.append(f"{variable}: {existing} is no folder that this user may write to: change it.")
        return found
    free = shutil.disk_usage(existing).free
    if free < _LEAST_DISK:
        found.critical_errors.append(f"{variable}: {existing} has {free // _MIB} MB free: free at least 1 GB.")
    elif free < _GOOD_DISK:
        found.warnings.append(f"{variable}: {existing} has {free // _MIB} MB free: a year of history needs 1 GB.")
    kind = file_system(existing, _mounts())
    if kind in NETWORK_FILE_SYSTEMS or (kind.startswith("fuse") and kind not in _LOCAL_FUSE):
        found.critical_errors.append(
            f"{variable}: {existing} lies on a shared file system ({kind}), where databases break: use a local disk."
        )
    return found


def file_system(folder: Path, mounts: str) -> str:
    """The type of the file system a folder lies on, by the text of Linux's mountinfo; empty where that says nothing."""
    place, kind = Path(), ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        point = Path(fields[4].replace("\\040", " ")) if len(fields) > 4 and after else None  # noqa: PLR2004 - man 5 proc
        if point and folder.resolve().is_relative_to(point) and len(point.parts) >= len(place.parts):
            place, kind = point, after.split()[0]
    return kind


def _mounts() -> str:
    try:
        return Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # not Linux


def _memory() -> int | None:
    """Bytes of memory that this process may take, by the machine and by its control group."""
    try:
        limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    except (OSError, ValueError):
        return None
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            limits.append(int(Path(limit).read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue  # another version of control groups, or `max`
    return min(limits)


def _is_local(host: str) -> bool:
    """Whether a host is this machine or in a local network, as far as its name tells."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".home", ".home.arpa", ".internal"))
    return address.is_private or address.is_loopback


def _is_open(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and not _is_local(parts.hostname or "")
