"""An InfluxDB server: lines in, answers out, by HTTP. It knows nothing of events.

Versions from 1.8 on are written to by influxdb-client over `/api/v2/write`, older ones over `/write`; all of them
answer InfluxQL over `/query`. What the server calls itself is asked once (`/ping`).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlencode

import urllib3
from pydantic import SecretStr

from shared.errors import DatabaseError
from shared.history.influx.errors import GOOD, UNAUTHORISED, InfluxErrors

if TYPE_CHECKING:
    from influxdb_client.client.influxdb_client import InfluxDBClient

CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 30.0
"""How long the server may say nothing."""
LINE_LIMIT: Final = 64 * 1024 * 1024
"""Bytes of one line of an answer. One of ours has 10,000 rows, which take 1 MB."""

_ROWS_A_LINE = 10_000
_READ_AT_ONCE = 256 * 1024
_ERROR_LIMIT = 64 * 1024
_FIRST_WITH_V2_WRITE = (1, 8)
_OK = 200
_VERSION_LIMIT = 40
_VERSION = re.compile(r"v?(\d+)\.(\d+)")
_FIRST_NANOSECOND = datetime(1678, 1, 1, tzinfo=UTC)


class InfluxServer:
    """One bucket of a server (a database, as version 1 calls it). Any thread may call; nothing is asked before.

    The token may be `user:password`, for version 1. Whatever goes wrong is a DatabaseError that says what to do.
    """

    def __init__(self, url: str, token: SecretStr | None, org: str | None, bucket: str) -> None:
        self.url = url
        self.version: str | None = None
        """What the server calls itself; None before it was asked."""
        self._token, self._org, self._bucket = token, org, bucket
        self._errors = InfluxErrors(url, bucket)
        timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS)
        # A redirect could carry the token to another server.
        self._http = urllib3.PoolManager(retries=False, timeout=timeout, headers=authorization(token), maxsize=4)
        self._writes_v2: bool | None = None
        self._client: InfluxDBClient | None = None
        self._connecting = Lock()

    def close(self) -> None:
        """Let go of the connections."""
        with self._connecting:
            client, self._client = self._client, None
        if client is not None:
            client.close()  # type: ignore[no-untyped-call]
        self._http.clear()

    @property
    def keeps_own_retention(self) -> bool:
        """Whether only the server itself can forget: version 3 deletes nothing by request."""
        self._ask_version()
        return _numbers(self.version) >= (3, 0)

    def write(self, lines: Sequence[str]) -> int:
        """Write lines of the protocol. Gives how many the server's own retention forgot at once.

        Raises InfluxRefused where it will never take some of them; it may have taken the others.
        """
        body = "\n".join(lines).encode(errors="replace")
        self._ask_version()
        if not self._writes_v2:
            status, words = self._post("/write", {"db": self._bucket, "precision": "ns"}, body)
        else:
            status, words = self._write_v2(body)
        return 0 if status in GOOD else self._errors.forgotten(status, words)

    def query(self, text: str) -> Iterator[dict[str, Any]]:
        """The series that a query gives, in parts: `tags`, `columns` and `values`. Times are in nanoseconds."""
        parameters = {
            "db": self._bucket, "q": text, "epoch": "ns", "chunked": "true", "chunk_size": str(_ROWS_A_LINE),
        }  # fmt: skip
        with self._errors.told():
            answer = self._http.request("GET", f"{self.url}/query", fields=parameters, preload_content=False)
        try:
            if answer.status != _OK:
                self._raise(answer)
            yield from self._series(answer)
        except BaseException:
            answer.close()  # what was not read to its end can't be used for the next question
            raise

    def delete(self, measurement: str, before: int) -> None:
        """Delete what a measurement has before a time in microseconds since 1970. Version 3 can't."""
        self._ask_version()
        if _numbers(self.version) < (2, 0):
            statement = f'DELETE FROM "{measurement}" WHERE time < {before * 1000}'  # noqa: S608 - a name of ours
            status, words = self._post("/query", {"db": self._bucket, "q": statement}, b"")
            if status in GOOD:
                self._errors.raise_error_in(self._errors.read(words))
                return
            raise self._errors.of_status(status, words)
        stop = datetime.fromtimestamp(before // 1_000_000 - 1, UTC)
        with self._errors.told(), self._client_errors():
            self._v2().delete_api().delete(
                _FIRST_NANOSECOND, stop.replace(microsecond=999_999), f'_measurement="{measurement}"', self._bucket
            )

    def _ask_version(self) -> None:
        if self.version is not None:
            return
        with self._errors.told():
            answer = self._http.request("GET", f"{self.url}/ping")
        if answer.status not in GOOD and answer.status not in UNAUTHORISED:
            raise self._errors.of_ping(answer.status, answer.data)
        version = str(answer.headers.get("X-Influxdb-Version") or "")
        if not version and answer.status == _OK:
            version = str(self._errors.read(answer.data).get("version", ""))
        self._writes_v2 = _numbers(version) >= _FIRST_WITH_V2_WRITE
        # Version 3 may want a token even for this, and tell nothing without.
        if answer.status in GOOD:
            self.version = version[:_VERSION_LIMIT] or "unknown"

    def _write_v2(self, body: bytes) -> tuple[int, bytes]:
        from influxdb_client.client.write_api import SYNCHRONOUS  # noqa: PLC0415 - see `_v2`
        from influxdb_client.rest import ApiException  # noqa: PLC0415

        with self._errors.told():
            try:
                self._v2().write_api(write_options=SYNCHRONOUS).write(self._bucket, record=body)
            except ApiException as error:
                if not error.status:
                    raise self._errors.unreachable(str(error.reason)) from None
                return error.status, str(error.body or "").encode()
        return 204, b""

    def _v2(self) -> InfluxDBClient:
        from influxdb_client.client.influxdb_client import InfluxDBClient  # noqa: PLC0415 - 0.5 s, which version 1 need not wait for

        with self._connecting:
            if self._client is None:
                timeout = (int(CONNECT_SECONDS * 1000), int(ANSWER_SECONDS * 1000))
                token = self._token.get_secret_value() if self._token else ""
                self._client = InfluxDBClient(self.url, token, org=self._org or "-", timeout=timeout)
            return self._client

    @contextmanager
    def _client_errors(self) -> Iterator[None]:
        from influxdb_client.rest import ApiException  # noqa: PLC0415 - see `_v2`

        try:
            yield
        except ApiException as error:
            raise self._errors.of_status(error.status or 0, str(error.body or error.reason or "").encode()) from None

    def _post(self, path: str, parameters: dict[str, str], body: bytes) -> tuple[int, bytes]:
        with self._errors.told():
            answer = self._http.request("POST", f"{self.url}{path}?{urlencode(parameters)}", body=body)
            return answer.status, answer.data

    def _raise(self, answer: urllib3.BaseHTTPResponse) -> NoReturn:
        with self._errors.told():
            said = answer.read(_ERROR_LIMIT)
        raise self._errors.of_status(answer.status, said)

    def _series(self, answer: urllib3.BaseHTTPResponse) -> Iterator[dict[str, Any]]:
        partial = False
        for line in self._lines(answer):
            found = self._errors.read(line)
            self._errors.raise_error_in(found)
            for result in found.get("results", ()):
                partial = result.get("partial", False)
                yield from result.get("series", ())
        if partial:
            raise DatabaseError(f"InfluxDB at {self.url} broke off in the middle of an answer: try again.")

    def _lines(self, answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
        parts: list[bytes] = []
        size = 0
        while True:
            with self._errors.told():
                more = answer.read(_READ_AT_ONCE)
            if not more:
                break
            *whole, rest = more.split(b"\n")
            for each in whole:
                yield b"".join((*parts, each))
                parts, size = [], 0
            parts.append(rest)
            size += len(rest)
            if size > LINE_LIMIT:
                raise DatabaseError(f"InfluxDB at {self.url} gave an answer without an end: check INFLUXDB_URL.")
        yield b"".join(parts)


def authorization(token: SecretStr | None) -> dict[str, str]:
    """The headers that let us in: of a token, or of `user:password`, which version 1 knows."""
    if token is None:
        return {}
    secret = token.get_secret_value()
    if ":" in secret:
        return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
    return {"Authorization": f"Token {secret}"}


def _numbers(version: str | None) -> tuple[int, int]:
    """The first two numbers of a version. One that nobody knows is taken for 2."""
    found = _VERSION.match(version or "")
    return (int(found[1]), int(found[2])) if found else (2, 0)
