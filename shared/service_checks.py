"""Whether the services that the settings name are there and let us in. Asks only what is configured."""

import asyncio
import ssl
from pathlib import Path
from secrets import token_hex
from urllib.parse import SplitResult, urlencode, urlsplit

from shared.errors import BrokerError, LoginRefused
from shared.settings import BrokerAddress, Settings
from shared.validation_result import ValidationResult

NETWORK_TIMEOUT = 2.0
"""Seconds that each check may take."""
_UNAUTHORISED = frozenset({401, 403})
_SERVER_ERROR = 500


async def check_broker(settings: Settings) -> ValidationResult:
    """Whether the broker of MQTT_URL is there and lets us in, or one of our own can be started."""
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


async def check_home_assistant(settings: Settings) -> ValidationResult:
    """Whether Home Assistant answers and takes the token."""
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


async def check_influxdb(settings: Settings) -> ValidationResult:
    """Whether InfluxDB answers and takes the token."""
    found = ValidationResult()
    if settings.influxdb_url is None:
        return found
    from shared.history.influx.server import authorization  # noqa: PLC0415 - urllib3, asked only with InfluxDB

    # A question that needs the token in every version: `/ping` and `/health` do not.
    question = urlencode({"db": settings.influxdb_bucket, "q": "SHOW MEASUREMENTS LIMIT 1"})
    login = authorization(settings.influxdb_token).get("Authorization")
    try:
        status = await _http_status(settings.influxdb_url, f"/query?{question}", login)
    except _NoAnswer as error:
        found.critical_errors.append(f"INFLUXDB_URL: InfluxDB {error}: start it, or correct the address.")
        return found
    if status in _UNAUTHORISED:
        found.critical_errors.append("INFLUXDB_TOKEN was refused or is missing: make a token that may use the bucket.")
    elif status >= _SERVER_ERROR:
        found.warnings.append(f"INFLUXDB_URL answers with status {status}: look into the log of InfluxDB.")
    return found


class _NoAnswer(Exception):
    """Why nothing answers, as the end of a sentence."""


async def _connection_problem(address: BrokerAddress) -> str | None:
    try:
        async with asyncio.timeout(NETWORK_TIMEOUT):
            tls = _tls(address.tls, address.ca_file)
            _, writer = await asyncio.open_connection(address.host, address.port, ssl=tls)
    except (OSError, UnicodeError) as error:
        return _reason(error)
    writer.transport.abort()
    return None


def _tls(wanted: bool, ca_file: Path | None = None) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=ca_file) if wanted else None


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
