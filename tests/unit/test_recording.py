"""Recordings: lines as mosquitto_sub prints them, ours beside them, and what is no such line."""

from __future__ import annotations

import ast
import json
import resource
import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bus import recording
from shared.bus.exchanges import agree, exchanges_of, read_reply, requests_of
from shared.bus.packets import Publish
from shared.bus.recording import (
    DamagedLineError,
    Recorded,
    RecordingError,
    RecordingWriter,
    format_line,
    read_recording,
)
from shared.bus.replay import offsets, readdressed
from workers.cli.recording import _filters

ROOT = Path(__file__).parents[2]
HEAD = b'{"tst":"2026-11-21T14:08:18.128611Z+0000","topic":"homeiq/t","qos":0,"retain":0,'
AT = datetime(2026, 11, 21, 14, 8, 18, 128611, UTC)

STOCK = {
    b'"payloadlen":4,"payload":"qos0"}': Publish("homeiq/t", b"qos0", qos=0),
    b'"payloadlen":0,"payload":null}': Publish("homeiq/t", qos=0),
    b'"payloadlen":7,"payload":"\xff\xfe\x80 bad"}': Publish("homeiq/t", b"\xff\xfe\x80 bad", qos=0),
    b'"payloadlen":14,"payload":"q\\"b\\\\s/ \\n\\r\\t\\u0001\\u001f\\b\\f"}': Publish(
        "homeiq/t", b'q"b\\s/ \n\r\t\x01\x1f\x08\x0c', qos=0
    ),
    b'"payloadlen":16,"payload":"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 \x7f\xc2\x80\xe2\x80\xa8"}': Publish(
        "homeiq/t", b"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 \x7f\xc2\x80\xe2\x80\xa8", qos=0
    ),
    b'"payloadlen":2,"properties":{"correlation-data":"\xff\\u0001\xfe\x80"},"payload":"hi"}': Publish(
        "homeiq/t", b"hi", qos=0, correlation_data=b"\xff\x01\xfe\x80"
    ),
    b'"payloadlen":2,"properties":{"correlation-data":"ab\xe2\x82"},"payload":"hi"}': Publish(
        "homeiq/t", b"hi", qos=0, correlation_data=b"ab\xe2\x82"
    ),
    b'"payloadlen":2,"properties":{"correlation-data":""},"payload":"hi"}': Publish(
        "homeiq/t", b"hi", qos=0, correlation_data=b""
    ),
    b'"payloadlen":2,"properties":{"content-type":"t","response-topic":"r","correlation-data":"c",'
    b'"user-properties":{"k":"1","j":"x","k":"2"},"message-expiry-interval":30},"payload":"hi"}': Publish(
        "homeiq/t",
        b"hi",
        qos=0,
        content_type="t",
        response_topic="r",
        correlation_data=b"c",
        user_properties=(("k", "1"), ("j", "x"), ("k", "2")),
        expiry=30,
    ),
}
"""Lines that mosquitto_sub 2.0.11 printed, with what was published."""

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0+#"), min_size=1, max_size=40)
PACKETS = st.builds(
    Publish,
    topic=TEXT,
    payload=st.binary(max_size=300) | TEXT.map(str.encode),
    qos=st.just(1),
    retain=st.booleans(),
    response_topic=st.none() | TEXT,
    correlation_data=st.none() | st.binary(max_size=300) | TEXT.map(str.encode),
    expiry=st.none() | st.integers(0, 2**32 - 1),
    content_type=st.none() | TEXT,
    user_properties=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
    mid=st.integers(1, 0xFFFF),
)


# -- the format --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tail", STOCK)
def test_a_stock_line_gives_what_was_published(tail: bytes) -> None:
    assert list(read_recording([HEAD + tail + b"\n"])) == [Recorded(AT, STOCK[tail], 1)]


@pytest.mark.parametrize("tail", [tail for tail in STOCK if b"\xff" not in tail and b"ab\xe2" not in tail])
def test_ours_is_the_stock_line_byte_for_byte(tail: bytes) -> None:
    (recorded,) = read_recording([HEAD + tail])
    assert format_line(recorded).encode() == HEAD + tail


@given(PACKETS, st.datetimes(datetime(1971, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_what_is_written_is_read_back(packet: Publish, at: datetime) -> None:
    line = format_line(Recorded(at, packet))
    assert "\n" not in line
    assert isinstance(json.loads(line.encode("utf-8", "strict")), dict)
    assert list(read_recording([line])) == [Recorded(at, packet, 1)]


def test_bytes_that_are_no_text_stand_under_keys_of_ours() -> None:
    line = json.loads(format_line(Recorded(AT, Publish("t", b"\xff\x00", correlation_data=b"\xfe"))))
    assert (line["payload-base64"], line["payloadlen"], line["properties"]) == (
        "/wA=",
        2,
        {"correlation-data-base64": "/g=="},
    )
    assert "payload" not in line


def test_the_time_is_local_behind_its_z() -> None:
    """mosquitto_sub under TZ=America/New_York, at 14:14 UTC."""
    line = HEAD.replace(b"14:08:18.128611Z+0000", b"09:14:05.781276Z-0500") + b'"payloadlen":0,"payload":null}'
    (recorded,) = read_recording([line])
    assert recorded.at == datetime(2026, 11, 21, 14, 14, 5, 781276, UTC)
    berlin = timezone(timedelta(hours=1))
    assert '"tst":"2026-11-21T14:08:18.128611Z+0000"' in format_line(Recorded(AT.astimezone(berlin), Publish("t")))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (HEAD + b'"payloadlen":3,"payload":"a"}', "1 of 3 bytes"),
        (HEAD + b'"payloadlen":1,"payload":""}', "0 of 1 bytes"),
        (HEAD + b'"payloadlen":3,"payl', "no JSON object"),
        (b"[]", "no JSON object"),
        (b"nonsense", "no JSON object"),
        (b'{"topic":' + b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b'{"qos":' + b"9" * 10_000 + b"}", "no JSON object"),
        (HEAD + b'"payloadlen":2,"payload":12}', "no JSON object"),
        (HEAD + b'"payloadlen":2,"payload-base64":"?"}', "no JSON object"),
        (HEAD + b'"payloadlen":3,"payload":"\\ud800"}', "no JSON object"),
        (HEAD + b'"payloadlen":0,"properties":[]}', "no JSON object"),
        (HEAD + b'"payloadlen":0,"properties":{"user-properties":[]}}', "user-properties"),
        (HEAD + b'"payloadlen":0,"properties":{"message-expiry-interval":-1}}', "message-expiry-interval"),
        (HEAD + b'"payloadlen":"0"}', "payloadlen"),
        (HEAD.replace(b"homeiq/t", b"homeiq/#") + b'"payloadlen":0}', "topic: "),
        (HEAD.replace(b"homeiq/t", b"x" * 70_000) + b'"payloadlen":0}', "longer than 65535"),
        (HEAD.replace(b"homeiq/t", b"\xff") + b'"payloadlen":0}', "topic: "),
        (HEAD.replace(b"Z+0000", b"") + b'"payloadlen":0}', "tst: "),
        (HEAD.replace(b"2026-11", b"2026-13") + b'"payloadlen":0}', "tst: "),
        (HEAD.replace(b'"qos":0', b'"qos":3') + b'"payloadlen":0}', "qos: "),
        (b'{"payloadlen":0}', "tst: Field required"),
    ],
)
def test_a_damaged_line_is_told_by_its_number(line: bytes, reason: str) -> None:
    good = HEAD + b'"payloadlen":2,"payload":"hi"}'
    with pytest.raises(DamagedLineError, match="line 3 of the recording is damaged: ") as told:
        list(read_recording([good, b"\n", line, good]))
    assert (told.value.line, reason in told.value.reason) == (3, True), told.value.reason
    errors: list[DamagedLineError] = []
    assert [each.line for each in read_recording([good, b"\n", line, good], damaged=errors.append)] == [1, 4]
    assert [each.line for each in errors] == [3]


def test_a_line_that_is_too_long_is_skipped_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "LONGEST_LINE", 200)
    good = HEAD + b'"payloadlen":2,"payload":"hi"}'
    long = HEAD + b'"payloadlen":900,"payload":"%b"}' % (b"x" * 900)
    exact = good[:-1] + b" " * (199 - len(good)) + b"}\n"
    file = tmp_path / "long.ndjson"
    file.write_bytes(b"\n".join([good, long, good, long]) + b"\n" + exact + long)
    errors: list[DamagedLineError] = []
    assert [each.line for each in read_recording(file, damaged=errors.append)] == [1, 3, 5]
    assert [(each.line, each.reason) for each in errors] == [(n, "it is longer than 200 bytes") for n in (2, 4, 6)]
    assert [each.line for each in read_recording([long, good], damaged=errors.append)] == [2]


def test_no_more_is_read_than_asked_for() -> None:
    def lines() -> Any:
        yield HEAD + b'"payloadlen":2,"payload":"hi"}'
        raise AssertionError

    assert next(read_recording(lines())).packet.payload == b"hi"


def test_a_file_that_can_not_be_read_is_a_clear_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(RecordingError, match="can't be read"):
            list(read_recording(path))


# -- writing -----------------------------------------------------------------------------------------------------------


def test_a_recording_is_private_on_disk_at_once_and_never_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "a.ndjson"
    messages = [Recorded(AT, Publish("t", b"1"), 1), Recorded(AT, Publish("t", b"\xff"), 2)]
    with RecordingWriter(file) as writer:
        for count, each in enumerate(messages, 1):
            writer.write(each)
            assert list(read_recording(file)) == messages[:count]
    assert writer.written == 2
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(RecordingError, match="exists: name another file, or overwrite it with --force"):
        RecordingWriter(file)
    assert list(read_recording(file)) == messages


def test_force_empties_the_file_and_makes_it_private(tmp_path: Path) -> None:
    file = tmp_path / "a.ndjson"
    file.write_text("something else")
    file.chmod(0o644)
    with RecordingWriter(file, force=True):
        assert file.read_bytes() == b""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_only_regular_files_are_written(tmp_path: Path) -> None:
    before = Path("/dev/null").stat().st_mode
    for path, reason in (
        (Path("/dev/null"), "no regular file"),
        (tmp_path, "no regular file"),
        (tmp_path / "no" / "a", "No such file"),
    ):
        with pytest.raises(RecordingError, match=reason):
            RecordingWriter(path, force=True)
    assert Path("/dev/null").stat().st_mode == before


def test_a_full_disk_is_a_clear_error(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with RecordingWriter(tmp_path / "a") as writer:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
        try:
            with pytest.raises(RecordingError, match="can't be written"):
                writer.write(Recorded(AT, Publish("t", b"x" * 200)))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)


# -- who asked, and what came back -------------------------------------------------------------------------------------


def request(payload: str = "x", topic: str = "homeiq/query/request", **fields: Any) -> Recorded:
    return Recorded(AT, Publish(topic, payload.encode(), **fields))


def reply(name: str, topic: str = "homeiq/query/response", **fields: Any) -> Recorded:
    envelope = {"correlation_id": name, "status": "ok", "data": {"n": name}}
    return Recorded(AT, Publish(topic, json.dumps(envelope).encode(), **fields))


def replies(*recording: Recorded) -> list[str | None]:
    return [each.reply and each.reply["data"]["n"] for each in exchanges_of(recording)]


def test_requests_are_told_by_topic_and_old_ones_left_out() -> None:
    asked = [request(), request(topic="homeiq/a/b/request")]
    others = [request(retain=True), request(topic="other/query/request"), request(topic="homeiq/request"), reply("1")]
    others += [request(topic="homeiq//request"), request(topic="homeiq/query/requests")]
    assert list(requests_of([*others, *asked])) == asked
    assert [each.operation for each in exchanges_of([*others, *asked])] == ["query", "a/b"]
    assert list(requests_of(others, root="other")) == [others[1]]


def test_replies_find_their_requests() -> None:
    mine, public = "homeiq/reply/me/x", '{"query": "a", "correlation_id": "%s"}'
    by_data = [request(response_topic=mine, correlation_data=data) for data in (b"1", b"\xff")]
    echoes = [reply("b", mine, correlation_data=b"\xff"), reply("a", mine, correlation_data=b"1")]
    assert replies(*by_data, *echoes) == ["a", "b"]
    assert replies(request(public % "1"), request(public % "2"), reply("2"), reply("1")) == ["1", "2"]
    assert replies(request(public % "1"), reply("1", retain=True), reply("other")) == [None]
    assert replies(request(json.dumps({"reply_to": mine, "correlation_id": "7"})), reply("7", mine)) == ["7"]
    assert replies(request(response_topic=mine, correlation_data=b"1"), reply("1", mine)) == [None]
    assert replies(request(), Recorded(AT, Publish("homeiq/query/response", b"[" * 100_000))) == [None]


def test_a_request_that_names_nothing_gets_the_reply_that_can_only_be_its_own() -> None:
    assert replies(request("a"), reply("1"), request("b"), reply("2")) == ["1", "2"]
    assert replies(request("a"), request("b"), reply("1"), reply("2")) == [None, None], "nothing tells them apart"
    named = request('{"query": "a", "correlation_id": "1"}')
    assert replies(named, request("b"), reply("1"), reply("1"), reply("2")) == ["1", "2"]


def test_repetitions_are_one_call_and_share_a_reply() -> None:
    named = request('{"query": "a", "correlation_id": "1"}')
    other = request('{"query": "b", "correlation_id": "1"}')
    first, again, another = exchanges_of([named, named, request()])
    assert first.call == again.call != another.call
    assert replies(named, named, reply("1")) == ["1", "1"]
    assert replies(named, other, reply("1")) == [None, None], "which of the two is meant, nothing tells"


@pytest.mark.parametrize(
    ("recorded", "now", "same"),
    [
        ({"a": 1, "query_id": "x"}, {"a": 1, "query_id": "y", "new": 2}, True),
        ({"a": [{"at": 1, "b": 2}]}, {"a": [{"at": 5, "b": 2}]}, True),
        ({"a": 1.0}, {"a": 1}, True),
        ({"a": True}, {"a": 1}, False),
        ({"a": 1, "b": None}, {"a": 1}, False),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ({"a": [1, 2]}, {"a": [2, 1]}, False),
        ({"a": None}, {"a": {}}, False),
    ],
)
def test_replies_are_compared_without_what_differs_each_time(recorded: Any, now: Any, same: bool) -> None:
    def envelope(name: str, data: Any) -> dict[str, Any]:
        return {"correlation_id": name, "status": "ok", "data": data}

    assert agree(envelope("1", recorded), envelope("2", now)) is same


def test_errors_agree_by_code_and_details() -> None:
    def failed(code: str, message: str, path: str) -> dict[str, Any]:
        body = {"code": code, "message": message, "details": [{"path": path}]}
        return {"correlation_id": "", "status": "error", "error": body}

    was = failed("not_found", "a", "$")
    assert agree(was, failed("not_found", "b", "$"))
    assert not agree(was, failed("conflict", "a", "$"))
    assert not agree(was, failed("not_found", "a", "$.x"))
    assert not agree(was, {"correlation_id": "", "status": "ok", "data": {}})


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"1", b'{"status": []}', b'{"status": "error"}', b"\xff", b"[" * 99999]
)
def test_what_is_no_envelope_is_no_reply(payload: bytes) -> None:
    assert read_reply(payload) is None


# -- asking again ------------------------------------------------------------------------------------------------------


def test_the_pace_is_the_recorded_one_or_a_part_of_it() -> None:
    seconds = (0, 2, 1, 10)
    recorded = [Recorded(AT + timedelta(seconds=each), Publish("homeiq/query/request")) for each in seconds]
    exchanges = exchanges_of(recorded)
    assert offsets(exchanges, 1) == [0, 2, 2, 10], "a clock that was set back holds nothing up"
    assert offsets(exchanges, 4) == [0, 0.5, 0.5, 2.5]
    assert offsets(exchanges, None) == [0, 0, 0, 0]
    assert offsets([], 1) == []


def again(packet: Publish) -> Publish:
    return readdressed(packet, "mine", "c0ffee", 7)


def test_a_request_carries_again_what_it_carried() -> None:
    bare = Publish("t", b"is a window open?", qos=2, mid=4, user_properties=(("a", "b"),))
    assert again(bare) == Publish("t", bare.payload, response_topic="mine", user_properties=(("a", "b"),))
    full = again(Publish("t", b" {}", response_topic="r", correlation_data=b"1", expiry=3, content_type="c"))
    assert full == Publish("t", b" {}", response_topic="mine", correlation_data=b"c0ffee", expiry=7, content_type="c")
    assert again(Publish("t", correlation_data=b"\xfe")).correlation_data == b"\xff\xc0\xff\xee"
    assert again(Publish("t", correlation_data=b"")).correlation_data == b""


@pytest.mark.parametrize(
    ("payload", "changed", "by_payload"),
    [
        ('{"q": "ä", "correlation_id": "1"}', '{"q":"ä","correlation_id":"c0ffee"}', False),
        ('{"reply_to": "r", "q": 1e2}', '{"reply_to":"mine","q":100.0}', True),
        ('{"correlation_id": "1", "reply_to": "r"}', '{"correlation_id":"c0ffee","reply_to":"mine"}', True),
        ('{"correlation_id": "a/b",  "q": 1}', '{"correlation_id": "a/b",  "q": 1}', False),
        ('{"correlation_id": 7}', '{"correlation_id": 7}', False),
        ('{"correlation_id": "1", "q": "\\ud800"}', '{"correlation_id":"c0ffee","q":"\\ud800"}', False),
        ("[1", "[1", False),
        ("[" * 100_000, "[" * 100_000, False),
    ],
)
def test_only_correlation_and_reply_topic_change_in_a_payload(payload: str, changed: str, by_payload: bool) -> None:
    packet = again(Publish("t", payload.encode()))
    assert packet.payload.decode() == changed
    assert packet.response_topic == (None if by_payload else "mine")
    assert again(Publish("t", payload.encode(), response_topic="r")).response_topic == "mine"


# -- beside ------------------------------------------------------------------------------------------------------------


def test_a_filter_that_another_one_holds_is_left_out() -> None:
    class Chosen:
        homeiq_root, ha_events_topic, ha_states_topic = "homeiq", "hass/events", "hass/states"

    def filters(*given: str, home_assistant: bool = False) -> list[str]:
        return _filters(Chosen(), list(given) or None, home_assistant=home_assistant)  # type: ignore[arg-type]

    assert filters() == ["homeiq/#"]
    assert filters(home_assistant=True) == ["homeiq/#", "hass/events", "hass/states/#"]
    assert filters("hass/#", home_assistant=True) == ["hass/#"]
    assert filters("a/#", "a", "a/+/b", "a/b/#", "ab/#", "a/#") == ["a/#", "ab/#"]
    assert filters("#", "a/#", "a/b") == ["#"]


def test_pytest_is_imported_by_its_plugin_alone() -> None:
    importing = set()
    for package in ("contracts", "shared", "workers"):
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                if any(name.partition(".")[0] == "pytest" or name.endswith("pytest_replay") for name in names):
                    importing.add(file.relative_to(ROOT).as_posix())
    assert importing == {"shared/bus/pytest_replay.py"}
