"""Whether the settings can work here and now: what is wrong, what is risky, what would be better.

Every finding is one sentence that names the variable and the remedy. None repeats a secret: values that could carry one
are never put into a sentence.
"""

import asyncio
import ipaddress
import os
import stat
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from shared.service_checks import check_broker, check_home_assistant, check_influxdb
from shared.settings import ENV_FILE, Settings, database_file
from shared.storage_checks import check_storage, written_folders
from shared.validation_result import ValidationResult

__all__ = ["ConfigValidator", "ValidationResult"]

_MIB = 1024**2
_LEAST_MEMORY = 512 * _MIB
_LEAST_FILES = 512

# What a key of each provider starts with; a key of another shape may be one of a compatible server.
_KEY_PREFIXES = {"groq_api_key": "gsk_", "anthropic_api_key": "sk-ant-"}
_SHORTEST_KEY = 20


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
            check_broker(self._settings), check_home_assistant(self._settings), check_influxdb(self._settings)
        )
        storage = (check_storage(variable, folder) for variable, folder in written_folders(self._settings))
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
