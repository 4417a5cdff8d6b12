import json
import random
import threading
from pathlib import Path

import numpy as np
import pytest
from influxdb_client.client.write.point import Point
from pydantic import SecretStr

from shared.errors import DatabaseError
from shared.history import NOBODY, Event
from shared.history.influx.errors import InfluxRefused
from shared.history.influx.line_protocol import (
    MEASUREMENT,
    line,
    nanoseconds,
    series,
    tag_value,
    tags_of,
    told_by_tag,
    within,
)
from shared.history.influx.server import InfluxServer
from shared.history.influx.store import InfluxHistory
from tests.unit.history.influxd import Influxd
from tests.unit.history.told_server import NOTHING_FOUND, PING_2, PING_3, Answer, told

NOON = 1_772_366_400.0
SECRET = "hunter2-token=="
STRANGE = [
    'a "b" c', "a\\b", "a\\", "a,b=c d", "line\nbreak\r\ttab", "", " ", "'; DROP MEASUREMENT x --", "20,5 °C", "日本🏠",
    "#", "null", "1", "true", "x" * 5000, "\\n", '\\"', "%2C", "\u2028",
]  # fmt: skip


def points(influxd: Influxd, database: str, tags: str = "*") -> list[dict[str, object]]:
    """What the server has, by itself: tags and values of each point."""
    answer = json.loads(influxd.ask(f"SELECT * FROM {MEASUREMENT} GROUP BY {tags}", database))
    found = []
    for each in answer["results"][0].get("series", ()):
        for row in each["values"]:
            values = {name: value for name, value in zip(each["columns"], row, strict=True) if value is not None}
            found.append({**{name: value for name, value in each.get("tags", {}).items() if value}, **values})
    return found


# -- the layout


def test_the_layout_is_the_one_that_homeiq_has(influxd: Influxd, database: str) -> None:
    described = {"area_id": "hall", "device_class": "motion", "device_id": "", "other": "no tag"}
    with InfluxHistory(influxd.url, bucket=database, describe=lambda _: described) as history:
        assert history.append([Event(NOON, "binary_sensor.hall", "on", "u1", None, "c1")]) == 1
    assert points(influxd, database) == [
        {
            "time": nanoseconds(int(NOON) * 10**6, "on", {}),
            "domain": "binary_sensor",
            "entity_id": "binary_sensor.hall",
            "event_type": "state_changed",
            "area_id": "hall",
            "device_class": "motion",
            "state_value": "on",
            "context_user_id": "u1",
            "context_id": "c1",
        }
    ]


def test_a_line_is_what_the_client_library_writes() -> None:
    tags = tags_of("light.a b,c=d", {"area_id": "é 1"})
    point = Point(MEASUREMENT).field("state_value", 'say "on" \\ 1').time(17)
    for name, value in tags.items():
        point.tag(name, value)
    assert line(series(tags), 'say "on" \\ 1', NOBODY, 17) == point.to_line_protocol()


@pytest.mark.parametrize("text", STRANGE)
def test_strange_texts_come_back_as_they_were(influxd: Influxd, database: str, text: str) -> None:
    events = [
        Event(NOON, "sensor.a", text, None, f"p{text}", text),
        Event(NOON + 1, f"sensor.{text}", "on"),
        Event(NOON + 2, "sensor.b", "on"),
    ]
    with InfluxHistory(influxd.url, bucket=database, describe=lambda _: {"area_id": text}) as history:
        assert history.append(events) == 3
        assert list(history.read().events()) == events
        assert list(history.read(entity_ids=[f"sensor.{text}"]).events()) == events[1:2]
        assert history.last_before(NOON + 9, [f"sensor.{text}"]) == {f"sensor.{text}": events[1]}
        assert history.append(events) == 0


@pytest.mark.parametrize("text", STRANGE)
def test_a_tag_tells_its_text(text: str) -> None:
    assert told_by_tag(tag_value(text)) == text
    assert "\n" not in tag_value(text)
    assert not tag_value(text).endswith("\\")


def test_times_that_nanoseconds_cannot_count_are_bounded_in_questions() -> None:
    assert within(-(10**18), 10**18) == (" WHERE time >= -9223372036854775000 AND time < 9223372036854775000")


# -- one event, one point


def test_states_of_one_moment_all_survive(influxd: Influxd, database: str) -> None:
    names = [f"state {number}" for number in range(1000)]
    random.Random(4).shuffle(names)
    events = [Event(NOON + 0.000_001, "sensor.busy", name) for name in names]
    with InfluxHistory(influxd.url, bucket=database) as history:
        assert history.append(events[:500]) == 500
        assert history.append(events) == 500
        assert len(history.read()) == history.span().rows == 1000
        assert history.append(reversed(events)) == 0


def test_an_event_that_moved_to_another_area_is_still_one(influxd: Influxd, database: str) -> None:
    area = {"area_id": "hall"}
    event = Event(NOON, "light.a", "on")
    with InfluxHistory(influxd.url, bucket=database, describe=lambda _: area) as history:
        assert history.append([event]) == 1
        area["area_id"] = "attic"
        assert history.append([event, Event(NOON + 1, "light.a", "off")]) == 1
        assert history.append([event._replace(context_parent_id="p")]) == 0
        assert [each.context_parent_id for each in history.read().events()] == ["p", None]
        assert history.counts() == {"light.a": 2}
    assert [each["area_id"] for each in points(influxd, database)] == ["attic", "hall"]


def test_an_event_that_another_program_wrote_twice_is_read_once(influxd: Influxd, database: str) -> None:
    time = nanoseconds(int(NOON) * 10**6, "on", {})
    influxd.write(
        database,
        f'{MEASUREMENT},entity_id=light.a,area_id=hall state_value="on" {time}',
        f'{MEASUREMENT},entity_id=light.a,area_id=attic state_value="on",context_parent_id="p" {time + 3}',
        f'{MEASUREMENT},entity_id=light.a,area_id=attic attributes="no state",duration_in_state_seconds=3 {time + 5}',
    )
    with InfluxHistory(influxd.url, bucket=database) as history:
        assert list(history.read().events()) == [Event(NOON, "light.a", "on", None, "p")]
        assert history.last_before(NOON + 1, ["light.a"]) == {"light.a": Event(NOON, "light.a", "on", None, "p")}
        assert history.append([Event(NOON, "light.a", "on", "u")]) == 0


def test_a_batch_that_lies_far_apart_is_looked_up_where_it_lies(influxd: Influxd, database: str) -> None:
    rng = random.Random(7)
    events = [Event(NOON - rng.randrange(10**8), f"light.{number % 300}", "on") for number in range(600)]
    with InfluxHistory(influxd.url, bucket=database) as history:
        assert history.append(events) == len(set(events))
        assert history.append(reversed(events)) == 0
        assert list(history.read().events()) == sorted(set(events))


def test_a_hundred_thousand_events_in_batches(influxd: Influxd, database: str) -> None:
    rng = random.Random(11)
    at = int(NOON * 10**6)
    events = []
    for number in range(100_000):
        at += rng.randrange(1, 4_000_000)
        parent = f"p{number}" if number % 7 == 0 else None
        events.append(Event(at / 10**6, f"sensor.s{rng.randrange(130)}", str(rng.randrange(50)), None, parent))
    with InfluxHistory(influxd.url, bucket=database) as history:
        assert history.append(events) == 100_000
        columns = history.read()
        assert list(columns.events()) == events
        assert sum(len(each) for each in history.days()) == 100_000
        assert history.append(events[40_000:60_000]) == 0
        assert sum(history.counts().values()) == history.span().rows == 100_000
        half = history.read(until=events[50_000].at)
        assert np.array_equal(half.times, columns.times[:50_000])


# -- what goes wrong


def test_a_wrong_password_is_told_without_it(tmp_path: Path) -> None:
    with Influxd(tmp_path / "influxd", auth=True) as server:
        server.ask("CREATE USER root WITH PASSWORD 'secret' WITH ALL PRIVILEGES")
        server.ask("CREATE DATABASE home", login="root:secret")
        for token in (SecretStr("root:wrong"), SecretStr(SECRET), None):
            with InfluxHistory(server.url, token, bucket="home") as history:
                for use in (history.read, history.span, lambda: history.append([Event(NOON, "light.a", "on")])):
                    with pytest.raises(DatabaseError, match="refused the token: set INFLUXDB_TOKEN") as caught:
                        use()
                    assert not isinstance(caught.value, InfluxRefused)
                assert history.trouble() == str(caught.value)
                assert not token or token.get_secret_value() not in f"{caught.value!r} {vars(history)} {history!r}"
        # As docs/influxdb.md says.
        server.ask("CREATE USER homeiq WITH PASSWORD 'choose-one'", login="root:secret")
        server.ask("GRANT ALL ON home TO homeiq", login="root:secret")
        with InfluxHistory(server.url, SecretStr("homeiq:choose-one"), bucket="home") as history:
            assert history.append([Event(NOON, "light.a", "on")]) == 1
            assert history.forget(NOON + 90_000) == 1
            assert history.trouble() is None


def test_a_database_that_is_not_there(influxd: Influxd) -> None:
    with InfluxHistory(influxd.url, bucket="nowhere") as history:
        for use in (history.read, history.counts, lambda: history.append([Event(NOON, "light.a", "on")])):
            with pytest.raises(DatabaseError, match="has no bucket or database nowhere.*docs/influxdb.md"):
                use()


def test_a_state_of_another_type_is_refused_for_good(influxd: Influxd, database: str) -> None:
    influxd.write(database, f"{MEASUREMENT},entity_id=sensor.a state_value=21.5 {int(NOON)}000000000")
    with InfluxHistory(influxd.url, bucket=database) as history:
        assert list(history.read().events()) == [Event(NOON, "sensor.a", "21.5")]
        with pytest.raises(InfluxRefused, match="field type conflict") as caught:
            history.append([Event(NOON + 1, "sensor.a", "on"), Event(NOON + 2, "sensor.a", "off")])
        assert caught.value.dropped == 2


def test_what_the_retention_of_the_server_forgets_at_once_is_not_new(influxd: Influxd) -> None:
    influxd.ask("CREATE DATABASE short WITH DURATION 1000d NAME keep")
    with InfluxHistory(influxd.url, bucket="short") as history:
        assert history.append([Event(10**9, "light.a", "on"), Event(10**9 + 1, "light.a", "off")]) == 0
        assert history.figures()["too_old"] == 2
        assert history.trouble() is None


def test_a_time_beyond_nanoseconds_is_refused_for_good(influxd: Influxd, database: str) -> None:
    with (
        InfluxHistory(influxd.url, bucket=database) as history,
        pytest.raises(InfluxRefused, match="will not take this: unable to parse"),
    ):
        history.append([Event(2e11, "light.a", "on")])


def test_nobody_answers(free_port: int) -> None:
    with InfluxHistory(f"http://127.0.0.1:{free_port}") as history:
        with pytest.raises(DatabaseError, match="is not reachable .it refuses connections.*start it, or correct"):
            history.read()
        assert "is not reachable" in str(history.trouble())


def test_a_server_that_is_killed_loses_no_event(tmp_path: Path) -> None:
    events = [Event(NOON + number, f"light.{number % 9}", str(number)) for number in range(3000)]
    with Influxd(tmp_path / "influxd") as server, InfluxHistory(server.url, bucket="home") as history:
        server.ask("CREATE DATABASE home")
        done = 0
        for kill in (900, 1900):
            killing = threading.Event()
            killer = threading.Thread(target=lambda: killing.wait() and server.kill())  # noqa: B023
            killer.start()
            with pytest.raises(DatabaseError):  # noqa: PT012
                while True:
                    if done >= kill:
                        killing.set()
                    history.append(events[done : done + 20])
                    done += 20
            killer.join()
            server.start()
            assert set(events[:done]) <= set(history.read().events())
        history.append(events)
        assert list(history.read().events()) == sorted(events)
        assert history.span().rows == 3000


# -- versions 2 and 3, by what their makers say that they answer


def test_version_2_is_written_to_by_its_own_interface() -> None:
    with (
        told(ping=PING_2, query=NOTHING_FOUND, api_v2_write=Answer(), api_v2_delete=Answer()) as server,
        InfluxHistory(server.url, SecretStr(SECRET), "me", "home") as history,
    ):
        assert history.append([Event(NOON, "light.a", "on")]) == 1
        server.answers["/query"] = Answer(
            200, {"results": [{"series": [{"name": "m", "columns": ["time", "count"], "values": [[0, 7]]}]}]}
        )
        assert history.forget(NOON) == 7
        assert history.figures()["version"] == "v2.7.6"
    write = next(each for each in server.asked if each.path == "/api/v2/write")
    assert (write.parameters["org"], write.parameters["bucket"], write.parameters["precision"]) == ("me", "home", "ns")
    assert write.body == (
        f"{MEASUREMENT},domain=light,entity_id=light.a,event_type=state_changed "
        f'state_value="on" {nanoseconds(int(NOON) * 10**6, "on", {})}'
    )
    assert {each.authorization for each in server.asked} == {f"Token {SECRET}"}
    asked = next(each for each in server.asked if each.path == "/query")
    assert (asked.method, asked.parameters["db"], asked.parameters["epoch"]) == ("GET", "home", "ns")
    delete = json.loads(server.asked[-1].body)
    assert delete["predicate"] == f'_measurement="{MEASUREMENT}"'
    assert delete["stop"].startswith("2026-02-28T23:59:59.999999")


@pytest.mark.parametrize(
    ("status", "body", "kind", "sentence"),
    [
        (401, {"code": "unauthorized", "message": "unauthorized access"}, DatabaseError, "refused the token"),
        (404, {"code": "not found", "message": 'bucket "home" not found'}, DatabaseError, "has no bucket"),
        (400, {"code": "invalid", "message": "unable to parse 'x': bad\n"}, InfluxRefused, "unable to parse 'x': bad"),
        (413, b"too large", InfluxRefused, "too large"),
        (429, {"code": "too many requests", "message": "slow down"}, DatabaseError, "status 429 .slow down"),
        (503, b"<html>\r\n", DatabaseError, "answers with status 503"),
        (302, b"", DatabaseError, "answers with status 302"),
    ],
)
def test_what_version_2_says_to_a_write(status: int, body: object, kind: type[DatabaseError], sentence: str) -> None:
    answer = Answer(status, body, {"Location": "http://elsewhere.example/"})
    with (
        told(ping=PING_2, query=NOTHING_FOUND, api_v2_write=answer) as server,
        InfluxHistory(server.url, SecretStr(SECRET), None, "home") as history,
    ):
        with pytest.raises(DatabaseError, match=sentence) as caught:
            history.append([Event(NOON, "light.a", "on")])
        assert type(caught.value) is kind
        assert SECRET not in repr(caught.value)
        assert "\n" not in str(caught.value)


def test_version_2_forgets_what_is_too_old() -> None:
    said = "failure writing points to database: partial write: dropped 1 points outside retention policy of duration 1h"
    answer = Answer(422, {"code": "unprocessable entity", "message": said})
    with (
        told(ping=PING_2, query=NOTHING_FOUND, api_v2_write=answer) as server,
        InfluxHistory(server.url, bucket="home") as history,
    ):
        assert history.append([Event(NOON, "light.a", "on")]) == 0


def test_version_3_tells_tags_as_columns_and_forgets_by_itself() -> None:
    columns = ["time", "entity_id", "state_value", "context_parent_id"]
    rows = [[int(NOON) * 10**9 + 7, "light.a", "on", None], [int(NOON) * 10**9 + 9, "light.b", "off", "p"]]
    answer = Answer(200, {"results": [{"series": [{"name": MEASUREMENT, "columns": columns, "values": rows}]}]})
    with (
        told(ping=PING_3, query=answer, api_v2_write=Answer()) as server,
        InfluxHistory(server.url, SecretStr("apiv3_x"), None, "home") as history,
    ):
        expected = [Event(NOON, "light.a", "on"), Event(NOON, "light.b", "off", None, "p")]
        assert list(history.read().events()) == expected
        assert history.append(expected) == 0
        assert history.append([Event(NOON + 1, "light.a", "off")]) == 1
        assert history.forget(NOON + 10**6) == 0
        assert history.figures()["version"] == "3.1.0"
    assert "/api/v2/delete" not in server.paths()
    assert {each.authorization for each in server.asked} == {"Token apiv3_x"}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Answer(200, b"<html>hello</html>"), "is no InfluxDB: check INFLUXDB_URL"),
        (Answer(200, b"[" * 100_000), "is no InfluxDB"),
        (Answer(200, [1, 2]), "is no InfluxDB"),
        (Answer(200, {"results": [{"series": [{"columns": ["x"], "values": [[1]]}]}]}), "nobody asked for"),
        (Answer(200, {"results": [{"series": [{"columns": ["time"], "values": [[1, 2]]}]}]}), "nobody asked for"),
        (Answer(200, {"results": [{"series": [7]}]}), "nobody asked for"),
        (Answer(200, {"results": [{"series": 7}]}), "nobody asked for"),
        (Answer(200, {"results": 7}), "nobody asked for"),
        (Answer(200, {"results": [{"statement_id": 0, "error": "database not found: home"}]}), "has no bucket"),
        (Answer(200, {"results": [{"statement_id": 0, "error": "timeout"}]}), "can't answer .timeout"),
        (Answer(200, {"results": [{"series": [], "partial": True}]}), "broke off in the middle"),
        (Answer(200, {"results": []}, cut=5), "broke off the connection"),
        (Answer(500, {"error": "engine is closed"}), "status 500 .engine is closed"),
    ],
)
def test_an_answer_that_is_none(answer: Answer, sentence: str) -> None:
    with told(ping=PING_2, query=answer) as server, InfluxHistory(server.url, bucket="home") as history:
        for use in (history.read, lambda: history.append([Event(NOON, "light.a", "on")])):
            with pytest.raises(DatabaseError, match=sentence) as caught:
                use()
            assert type(caught.value) is DatabaseError


def test_another_server_is_no_influxdb() -> None:
    with told() as server, pytest.raises(DatabaseError, match="is no InfluxDB"):
        InfluxServer(server.url, None, None, "home").write(["x"])


def test_an_answer_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.history.influx.server.LINE_LIMIT", 100_000)
    answer = Answer(200, b" " * 1_000_000)
    with (
        told(query=answer) as server,
        InfluxHistory(server.url, bucket="home") as history,
        pytest.raises(DatabaseError, match="without an end"),
    ):
        history.read()


def test_a_server_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, mute_port: int) -> None:
    monkeypatch.setattr("shared.history.influx.server.ANSWER_SECONDS", 0.2)
    with (
        InfluxHistory(f"http://127.0.0.1:{mute_port}") as history,
        pytest.raises(DatabaseError, match="it does not answer in time"),
    ):
        history.read()
