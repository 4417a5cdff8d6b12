"""What goes wrong with InfluxDB, in a sentence that says what to do.

DatabaseError
└── InfluxRefused    the server will never take these lines; whatever else is raised may be over later
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from urllib3.exceptions import HTTPError

from shared.errors import DatabaseError

GOOD: Final = range(200, 300)
UNAUTHORISED: Final = frozenset({401, 403})

_NOT_FOUND = 404
_SERVER_ERROR = 500
_NEVER = frozenset({400, 413, 422})
_WORDS = 200
_DROPPED = re.compile(r"dropped[= ](\d+)")
_REASONS = {
    "NewConnectionError": "it refuses connections, or the address is wrong",
    "NameResolutionError": "there is no such host",
    "ConnectTimeoutError": "it does not answer",
    "ReadTimeoutError": "it does not answer in time",
    "ProtocolError": "it broke off the connection",
    "IncompleteRead": "it broke off the connection",
    "InvalidChunkLength": "it broke off the connection",
    "SSLError": "no trusted TLS connection",
}


class InfluxRefused(DatabaseError):
    """InfluxDB will never take some of these lines: it says why. `dropped`: how many, where it says that too."""

    def __init__(self, message: str, dropped: int | None = None) -> None:
        super().__init__(message)
        self.dropped = dropped


@dataclass(frozen=True, slots=True)
class InfluxErrors:
    """The errors of one server and its bucket. None of them repeats the token."""

    url: str
    bucket: str

    def of_status(self, status: int, words: bytes) -> DatabaseError:
        """What an answer means that is no success."""
        said = _sentence(words)
        if status in UNAUTHORISED:
            return DatabaseError(
                f"InfluxDB at {self.url} refused the token: set INFLUXDB_TOKEN to one that may use the bucket."
            )
        if status == _NOT_FOUND:
            return self._no_bucket()
        return DatabaseError(f"InfluxDB at {self.url} answers with status {status} ({said}): look into its log.")

    def of_ping(self, status: int, words: bytes) -> DatabaseError:
        """What an answer to `/ping` means that is no success."""
        return self.of_status(status, words) if status >= _SERVER_ERROR else self._no_influxdb()

    def forgotten(self, status: int, words: bytes) -> int:
        """How many lines the retention of the server forgot. Raises where something else was wrong with a write."""
        if status not in _NEVER:
            raise self.of_status(status, words)
        said = _sentence(words)
        dropped = int(found[1]) if (found := _DROPPED.search(said)) else None
        if "retention policy" in said and "partial write" in said:
            return dropped or 0
        raise InfluxRefused(f"InfluxDB at {self.url} will not take this: {said}.", dropped)

    def read(self, line: bytes) -> dict[str, Any]:
        """The JSON object in a line of an answer; nothing where the line is empty."""
        if not line.strip():
            return {}
        with suppress(ValueError, RecursionError):
            found = json.loads(line)
            if isinstance(found, dict):
                return found
        raise self._no_influxdb()

    def raise_error_in(self, answer: dict[str, Any]) -> None:
        """Raise the error that stands within an answer of status 200."""
        results = answer.get("results", ())
        told = [answer.get("error"), *(each.get("error") for each in results if isinstance(each, dict))]
        for said in filter(None, told):
            if "database not found" in str(said):
                raise self._no_bucket()
            raise DatabaseError(
                f"InfluxDB at {self.url} can't answer ({_sentence(str(said).encode())}): look into its log."
            )

    def unreachable(self, why: str) -> DatabaseError:
        """Nobody answers."""
        return DatabaseError(f"InfluxDB at {self.url} is not reachable ({why}): start it, or correct INFLUXDB_URL.")

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn what the connection says into DatabaseError."""
        try:
            yield
        except HTTPError as error:
            name = type(error).__name__
            raise self.unreachable(_REASONS.get(name, name)) from error
        except (OSError, ValueError) as error:  # what the HTTP library does not translate
            raise self.unreachable(type(error).__name__) from error

    def _no_influxdb(self) -> DatabaseError:
        return DatabaseError(f"What answers at {self.url} is no InfluxDB: check INFLUXDB_URL.")

    def _no_bucket(self) -> DatabaseError:
        return DatabaseError(
            f"InfluxDB at {self.url} has no bucket or database {self.bucket}, or no mapping for it: make it, as "
            "docs/influxdb.md says, or correct INFLUXDB_BUCKET."
        )


def _sentence(said: bytes) -> str:
    """What a server says, as a part of a sentence: short, and without line breaks."""
    text = said.decode(errors="replace")
    with suppress(ValueError, RecursionError):
        found = json.loads(text)
        if isinstance(found, dict):
            text = str(found.get("error") or found.get("message") or text)
    plain = "".join(each if each.isprintable() else " " for each in text).strip().rstrip(".")
    return plain[:_WORDS] or "it says no more"
