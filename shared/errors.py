"""The errors of HomeIQ.

HomeIQError
├── RequestError              what a reply carries; raised by handlers, raised again at the caller
│   ├── InvalidRequest        invalid_request
│   ├── NotFound              not_found
│   ├── Conflict              conflict
│   ├── Forbidden             forbidden
│   ├── Overloaded            overloaded
│   ├── DeadlineExceeded      deadline_exceeded
│   ├── Unavailable           unavailable
│   │   └── NoWorker          nobody serves the operation
│   └── InternalError         internal
├── SettingsError             a setting can't be used
├── BrokerError               the broker can't be started, reached or used
│   ├── LoginRefused          user name or password are wrong, or the user may not connect
│   └── ConnectionLost        the connection ended before the answer came
└── DatabaseError             the database can't be opened or is not what it should be
"""

from typing import Any, ClassVar

from contracts.envelope import ErrorBody, ErrorCode


class HomeIQError(Exception):
    """Anything that HomeIQ raises on purpose. Its text is one sentence for people and says what to do."""


class RequestError(HomeIQError):
    """A request that was not answered as asked. `details` has one entry a finding."""

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL

    def __init__(self, message: str, details: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details or []

    def body(self) -> ErrorBody:
        """The error as a reply carries it."""
        return ErrorBody(code=self.code, message=self.message, details=self.details)


class InvalidRequest(RequestError):
    """The request can't be read, or says something impossible."""

    code = ErrorCode.INVALID_REQUEST


class NotFound(RequestError):
    """What the request names does not exist."""

    code = ErrorCode.NOT_FOUND


class Conflict(RequestError):
    """The request contradicts what was done before."""

    code = ErrorCode.CONFLICT


class Forbidden(RequestError):
    """The caller may not do this."""

    code = ErrorCode.FORBIDDEN


class Overloaded(RequestError):
    """The worker has no room for another request now; trying again helps."""

    code = ErrorCode.OVERLOADED


class DeadlineExceeded(RequestError):
    """No answer came in time."""

    code = ErrorCode.DEADLINE_EXCEEDED


class Unavailable(RequestError):
    """Something that the request needs is down; the message says what."""

    code = ErrorCode.UNAVAILABLE


class NoWorker(Unavailable):
    """No worker serves this operation."""


class InternalError(RequestError):
    """The worker failed; its log says why."""

    code = ErrorCode.INTERNAL


class SettingsError(HomeIQError):
    """A setting can't be used."""


class BrokerError(HomeIQError):
    """The broker can't be started, reached or used."""


class LoginRefused(BrokerError):
    """The broker refused the user name or the password."""


class ConnectionLost(BrokerError):
    """The connection to the broker ended before the answer came."""


class DatabaseError(HomeIQError):
    """The database can't be opened, or is not what it should be."""


_UNKNOWN_OUTCOME = {"outcome": "unknown"}


def unknown_outcome(message: str) -> Unavailable:
    """The error for what was begun outside, can't be repeated, and can't be asked about."""
    return Unavailable(message, [_UNKNOWN_OUTCOME])


def outcome_unknown(error: RequestError) -> bool:
    """Whether something was begun outside, and nobody can say how it ended."""
    return _UNKNOWN_OUTCOME in error.details


_BY_CODE: dict[ErrorCode, type[RequestError]] = {
    cls.code: cls
    for cls in (InvalidRequest, NotFound, Conflict, Forbidden, Overloaded, DeadlineExceeded, Unavailable, InternalError)
}


def from_body(body: ErrorBody) -> RequestError:
    """The exception that a reply's error stands for."""
    return _BY_CODE[body.code](body.message, body.details)
