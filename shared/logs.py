"""Logging, set up once: one line an event on stderr, JSON or console, without secrets and without forged lines.

Every line carries what is bound in the context: `with bound(correlation_id=…):` around the work on a request.
"""

import logging
import math
import re
import sys
from collections.abc import MutableMapping
from contextlib import AbstractContextManager
from typing import Any, TextIO

import structlog
from pydantic import SecretStr
from structlog.typing import Processor

REDACTED = "***"

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_SECRET_KEY = re.compile(
    r"passw|passphrase|secret|token(?!s|_count)|api[_-]?key|authorization|credential|cookie", re.IGNORECASE
)
_SECRET_IN_TEXT = re.compile(
    r"((?:password|passwd|passphrase|secret|token|api[_-]?key|authorization)[\"']?\s*[=:]\s*)"
    r"(\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|\S+)",
    re.IGNORECASE,
)
_BEARER = re.compile(r"\b(bearer)\s+\S+", re.IGNORECASE)
_WORD = re.compile(r"\S+")
_DEEPEST = 6


def configure(level: str = "info", fmt: str = "auto") -> None:
    """Log from `level` on, as `json`, as `console` or, with `auto`, as console on a terminal. The last call counts.

    What libraries log by `logging` takes the same way, from WARNING on.
    """
    console = fmt == "console" or (fmt == "auto" and sys.stderr.isatty())
    chain, renderer = _chain(console=console), _renderer(console=console)
    structlog.configure(
        processors=[*chain, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level.lower()]),
        logger_factory=_StderrLogger,
        # Loggers are made at import, before this call, and must follow a later one.
        cache_logger_on_first_use=False,
    )
    _route_libraries(chain, renderer)


def bound(**values: Any) -> AbstractContextManager[None]:
    """Put `values` on every line that is logged inside, in this task and those it starts."""
    return structlog.contextvars.bound_contextvars(**values)


def redact(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Processor: hide secrets, by key, by type and in text; what is no JSON becomes text."""
    return {str(key): _clean(value, str(key)) for key, value in event.items()}


def hide_secrets(text: str) -> str:
    """The text without logins in URLs, bearer tokens, and `password=…` or the like."""
    if "://" in text and "@" in text:
        text = _WORD.sub(lambda word: _without_login(word[0]), text)
    return _SECRET_IN_TEXT.sub(rf"\1{REDACTED}", _BEARER.sub(rf"\1 {REDACTED}", text))


def _without_login(word: str) -> str:
    start, end = word.find("://"), word.rfind("@")
    return f"{word[: start + 3]}{REDACTED}{word[end:]}" if 0 <= start < end else word


def _clean(value: Any, key: str = "", depth: int = 0) -> Any:
    if isinstance(value, SecretStr) or (_SECRET_KEY.search(key) and value is not None):
        return REDACTED
    if isinstance(value, dict) and depth < _DEEPEST:
        return {str(name): _clean(each, str(name), depth + 1) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset) and depth < _DEEPEST:
        return [_clean(each, depth=depth + 1) for each in value]
    if value is None or isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return hide_secrets(str(value) if isinstance(value, str) else _as_text(value))


def _as_text(value: object) -> str:
    try:
        return repr(value)
    except Exception:  # noqa: BLE001 - a log line must not fail because of what it tells
        return f"<{type(value).__name__}>"


def escape(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Processor for the console: no value can start a line of its own. Tracebacks keep their lines, indented."""
    trace = event.pop("exception", None)
    escaped: dict[str, Any] = {_printable(key): _escaped(value) for key, value in event.items()}
    if isinstance(trace, str):
        escaped["exception"] = "\n".join(f"  | {_printable(line)}" for line in trace.split("\n"))
    return escaped


def _escaped(value: Any) -> Any:
    return _printable(value) if isinstance(value, str) else value


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def _chain(*, console: bool) -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
        *([escape] if console else []),
    ]


def _renderer(*, console: bool) -> Processor:
    if console:
        return structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, sort_keys=False
        )
    return structlog.processors.JSONRenderer(sort_keys=False)


class _StderrLogger:
    """Writes to whatever stderr is now; a stderr that is gone is no reason to fail."""

    def __init__(self, *_names: object) -> None:
        pass

    def msg(self, line: str) -> None:
        try:
            sys.stderr.write(line + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            pass

    debug = info = warning = error = critical = exception = msg


class _LibraryHandler(logging.StreamHandler[TextIO]):
    """The handler of the root logger that is ours."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        """Whatever stderr is now."""
        return sys.stderr


def _route_libraries(chain: list[Processor], renderer: Processor) -> None:
    handler = _LibraryHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *chain, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [each for each in root.handlers if not isinstance(each, _LibraryHandler)] + [handler]
    root.setLevel(logging.WARNING)
