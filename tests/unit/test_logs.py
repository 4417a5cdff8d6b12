import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from shared.logs import bound, configure, hide_secrets

log = structlog.get_logger()


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err.splitlines()


def only(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    (line,) = lines(capsys)
    found: dict[str, Any] = json.loads(line)
    return found


def test_one_json_object_a_line_with_time_level_and_correlation_id(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    with bound(correlation_id="abc-1"):
        log.info("asked", operation="query")
    found = only(capsys)
    assert found.pop("timestamp").endswith("Z")
    assert found == {"event": "asked", "level": "info", "operation": "query", "correlation_id": "abc-1"}
    log.info("later")
    assert "correlation_id" not in only(capsys)


def test_the_last_call_counts_and_repeats_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    configure("debug", "json")
    configure("warning", "json")
    log.info("unheard")
    log.warning("heard")
    logging.getLogger("paho").warning("heard too")
    assert [json.loads(line)["event"] for line in lines(capsys)] == ["heard", "heard too"]


def test_libraries_are_heard_from_warning_on(capsys: pytest.CaptureFixture[str]) -> None:
    configure("debug", "json")
    logging.getLogger("sqlalchemy.engine").info("SELECT 1")
    with bound(correlation_id="abc-2"):
        logging.getLogger("alembic").warning("slow: %s", "mqtt://u:hunter2@h")
    found = only(capsys)
    assert found["event"] == "slow: mqtt://***@h"
    assert (found["logger"], found["level"], found["correlation_id"]) == ("alembic", "warning", "abc-2")


@pytest.mark.parametrize(
    "key",
    ["password", "mqtt_password", "HA_TOKEN", "access_token", "client_secret", "api_key", "apikey", "Authorization"],
)
@pytest.mark.parametrize("value", ["hunter2", 4711, ["hunter2"], SecretStr("hunter2")])
def test_secrets_by_key(key: str, value: object, capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    log.info("login", **{key: value}, nested={"deep": [{key: value}]})
    found = only(capsys)
    assert found[key] == "***"
    assert found["nested"] == {"deep": [{key: "***"}]}


def test_counts_of_tokens_are_no_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    log.info("asked", prompt_tokens=12, token_count=3, password=None)
    found = only(capsys)
    assert (found["prompt_tokens"], found["token_count"], found["password"]) == (12, 3, None)


def fail(message: str) -> None:
    raise ConnectionError(message)


class Login:
    def __repr__(self) -> str:
        return "Login(user='ha', password='hunter2, with more')"


class Unreadable:
    def __repr__(self) -> str:
        raise RuntimeError


def test_secrets_by_type_and_inside_text(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    log.info(
        "at http://u:hunter2@h/x",
        one=SecretStr("hunter2"),
        two=Login(),
        three={"a", "mqtts://u:p@ss@h"},
        four=ValueError("token: hunter2"),
    )
    found = only(capsys)
    assert "hunter2" not in json.dumps(found)
    assert found["event"] == "at http://***@h/x"
    assert found["two"] == "Login(user='ha', password=***)"
    assert sorted(found["three"]) == ["a", "mqtts://***@h"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgresql://u:hunter2@h/d and mqtt://h", "postgresql://***@h/d and mqtt://h"),
        ("mqtt://u:p/w#@x@h:1", "mqtt://***@h:1"),
        ("Authorization: Bearer hunter2.x", "Authorization: *** ***"),
        ("use bearer abc", "use bearer ***"),
        ('{"api_key": "hunter\\"2", "n": 1}', '{"api_key": ***, "n": 1}'),
        ("PASSWORD=hunter2,x", "PASSWORD=***"),
        ("write to me@example.org about http://h", "write to me@example.org about http://h"),
        ("a token of love", "a token of love"),
    ],
)
def test_secrets_in_text(text: str, expected: str) -> None:
    assert hide_secrets(text) == expected


def test_hiding_takes_linear_time() -> None:
    hostile = "x@" + "://" * 100_000 + "password=" * 50_000 + "'" * 50_000
    assert hide_secrets(hostile)  # in quadratic time this would take minutes


@pytest.mark.parametrize("source", ["structlog", "logging"])
@pytest.mark.parametrize("fmt", ["json", "console"])
def test_exception_text_is_redacted(fmt: str, source: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", fmt)
    try:
        fail("lost mqtt://u:hunter2@h password=hunter2")
    except ConnectionError:
        (log if source == "structlog" else logging.getLogger("paho")).exception("failed")
    written = capsys.readouterr().err
    assert "ConnectionError: lost mqtt://***@h password=***" in written
    assert "hunter2" not in written


FORGED = 'x\n{"event": "forged"}\r2026-11-21 [error] forged\u2028\x1b[2J'


def test_no_json_line_can_be_forged(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    log.info(FORGED, value=FORGED, **{"a\nb": 1})
    found = only(capsys)
    assert found["event"] == found["value"] == FORGED


def test_no_console_line_can_be_forged(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "console")
    log.info(FORGED, value=FORGED, deep={"a": FORGED}, **{"a\nb": 1})
    written = capsys.readouterr().err
    assert written.count("\n") == 1
    assert written.rstrip("\n").isprintable()
    assert "x\\n" in written


def test_a_traceback_on_the_console_is_marked_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "console")
    try:
        fail(FORGED)
    except ConnectionError:
        log.exception("failed")
    first, *rest = lines(capsys)
    assert "failed" in first
    assert rest
    assert all(line.startswith("  | ") and line.isprintable() for line in rest)


def test_values_that_are_no_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    loop: list[Any] = []
    loop.append(loop)
    log.info("odd", nan=float("nan"), data=b"\xff", unreadable=Unreadable(), loop=loop, keys={1: "a", None: "b"})
    found = only(capsys)
    assert (found["nan"], found["data"], found["unreadable"]) == ("nan", "b'\\xff'", "<Unreadable>")
    assert found["keys"] == {"1": "a", "None": "b"}


def test_auto_is_json_away_from_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    log.info("first")
    assert only(capsys)["event"] == "first"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    configure()
    log.info("second")
    assert lines(capsys)[0].startswith("\x1b[")


def test_a_stderr_that_is_gone_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def isatty(self) -> bool:
            return False

        def write(self, _text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Gone())
    configure("info", "json")
    log.info("nobody hears")
