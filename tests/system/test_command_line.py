"""The command line as people use it, with what they get wrong."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from shared.broker.process import BrokerFiles
from shared.settings import BrokerAddress
from shared.simulator.demo import demo_home, demo_past
from tests.system.conftest import Installation, Up


async def test_from_an_empty_folder_to_an_answer(installation: Installation) -> None:
    async with installation.up("--demo") as up:
        assert up.event["event"] == "ready"
        assert up.event["mqtt_url"].startswith("mqtt://127.0.0.1:")
        answer = await installation.json("ask", "which windows are open?")
        assert answer["status"] == "answered"
        assert answer["result"]["value"] == answer["entities"] or set(answer["result"]["value"]) <= set(
            answer["entities"]
        )
        assert all(each.startswith("binary_sensor.") for each in answer["result"]["value"])

        status, out, _ = await installation.run("ask", "which", "windows", "are", "open?")
        assert status == 0
        assert answer["answer"] in out

        envelope = await installation.json("request", "query", "which windows are open?", "--correlation-id", "me-1")
        assert (envelope["correlation_id"], envelope["status"]) == ("me-1", "ok")
        assert envelope["data"]["result"] == answer["result"]

        found = await installation.json("status")
        assert {each["worker"] for each in found["workers"]} == {"data", "query", "pattern", "automation"}
        assert {report["status"] for report in found["health"].values()} == {"ok"}

        findings = await installation.json("check")
        assert {finding["verdict"] for finding in findings} <= {"ok", "weaker"}
        assert "round trip" in {finding["probe"] for finding in findings}

        login = await installation.json("credentials", "homeassistant")
        assert login["mqtt_url"] == up.event["mqtt_url"]
        assert set(login) == {"mqtt_url", "username", "password"}
        for password in json.loads(BrokerFiles(installation.data).credentials.read_text()).values():
            assert password not in up.log
    assert up.process.returncode == 0


async def test_people_read_the_same_as_text(installation: Installation) -> None:
    async with installation.up("--demo"):
        shown = {}
        for command in (
            "status",
            "check",
            "topics",
            "credentials",
            "credentials homeassistant",
            "request query/health",
        ):
            status, shown[command], error = await installation.run(*command.split())
            assert (status, error) == (0, "")
        assert "query" in shown["status"]
        assert "online" in shown["status"]
        assert "ok     round trip: MQTT 5" in shown["check"]
        assert "homeiq/query/request" in shown["topics"]
        users = ["data", "query", "pattern", "automation", "homeassistant", "dashboard", "admin"]
        assert shown["credentials"].split() == users
        assert "password" in shown["credentials homeassistant"]
        assert json.loads(shown["request query/health"])["worker"] == "query"
        status, out, _ = await installation.run("ask", "is the bathroom window open?", "--area", "bathroom")
        assert (status, "Bathroom window" in out) == (0, True)
        status, out, _ = await installation.run("watch", "homeiq/workers/#", "-n", "2")
        assert out.count("(retained)") == 2


async def test_a_question_that_fits_several_things_shows_the_choices(installation: Installation) -> None:
    async with installation.up("--demo"):
        status, out, _ = await installation.run("ask", "is the window open?")
        assert status == 0
        assert out.count("binary_sensor.") >= 4


async def test_a_conversation_from_an_order_to_what_is_done_next(installation: Installation) -> None:
    async with installation.up("--demo"):
        asked = await installation.json("ask", "turn off the lounge light", "--session", "me")
        assert asked["status"] == "clarification"
        labels = [each["label"] for each in asked["clarifications"][0]["options"]]
        assert labels == ["Lounge ceiling light", "Floor lamp"]
        floor = [{"action": "light.turn_off", "target": {"entity_id": ["light.floor_lamp"]}, "data": {}}]
        refined = await installation.json("ask", "the second one", "--refine", asked["query_id"])
        assert (refined["actions"], refined["clarifications"]) == (floor, [])
        assert (await installation.json("ask", "the", "floor", "lamp", "--session", "me"))["actions"] == floor
        again = await installation.json("ask", "turn it on again", "--session", "me")
        assert again["actions"] == [{**floor[0], "action": "light.turn_on"}]

        shown = {}
        for arguments in ("turn off the lounge light", "dim the lounge lights to 30 percent --execute --explain"):
            status, shown[arguments], error = await installation.run("ask", *arguments.split())
            assert (status, error) == (0, "")
        asking, doing = shown.values()
        assert "Floor lamp  light.floor_lamp" in asking
        assert re.search(r"answer by: homeiq ask --refine [0-9a-f]{32} …", asking)
        assert "light.turn_on  entity_id light.lounge_ceiling_light, light.floor_lamp, brightness_pct 30" in doing
        assert "dim  (verb dim)" in doing
        assert "(Command)" in doing
        command = re.search(r"have it done by: homeiq (request home/act) '(.*)'", doing)
        assert command is not None
        status, error = await failing(installation, *command[1].split(), command[2])
        assert status == 1
        assert "HA_URL" in error  # it is understood and allowed, and there is no Home Assistant


async def test_a_wish_and_a_refusal_are_shown(installation: Installation) -> None:
    async with installation.up("--demo"):
        status, out, _ = await installation.run("ask", "turn on the entrance light at sunset unless nobody is home")
        assert (status, "At sunset" in out) == (0, True)
        assert '"trigger": "sun"' in out
        assert "home/act" not in out
        status, out, _ = await installation.run("ask", "unlock the front door when somebody moves in the entrance")
        assert (status, "I won't do that." in out) == (0, True)
        assert "trigger" not in out


async def test_the_demo_runs_to_its_end(installation: Installation) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "workers.cli.demo"),
        stdout=asyncio.subprocess.PIPE,
        env=installation.environment,
        cwd=Path(__file__).parents[2],
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    text = out.decode()
    assert text.count(" ms, from ") == 5
    assert "light.floor_lamp" in text
    assert "Lena and Tobias" in text, "the change that was played shows in the answer"
    told = re.search(r"Of (\d+) routines and anomalies that the simulator planted, (\d+) were found", text)
    assert told is not None
    assert int(told[1]) >= 9
    assert int(told[2]) >= int(told[1]) - 1
    assert "trigger: after " in text
    assert re.search(r"turns on at about \d\d:\d\d(?: on weekdays)?, give or take \d+ min", text)


async def test_patterns_are_shown_in_words_and_small_charts_and_drawn(
    installation: Installation, tmp_path: Path
) -> None:
    home, past, album = tmp_path / "home.json", tmp_path / "past.csv", tmp_path / "album"
    home.write_bytes(demo_home())
    past.write_bytes(demo_past(date(2026, 4, 9)).csv())
    async with installation.up():
        await installation.json("import", "home", str(home))
        status, out, error = await installation.run("patterns", "--plot", str(album))
        assert (status, error.count("\n"), album.exists()) == (2, 1, False)
        assert "there is no history to draw" in error
        assert "There are none." in out
        await installation.json("import", "csv", str(past))
        done = await installation.json("analyze")
        found = await installation.json("patterns")
        assert len(found["patterns"]) == found["total"]
        assert done["patterns_detected"] >= found["total"] > 10

        status, out, error = await installation.run("patterns", PYTHONIOENCODING="utf-8")
        assert (status, error) == (0, "")
        lines = out.splitlines()
        assert len(lines) == 2 * len(found["patterns"])
        for pattern, line, below in zip(found["patterns"], lines[::2], lines[1::2], strict=True):
            assert line.startswith(pattern["pattern_type"])
            assert all(entity in line for entity in pattern["entities"])
            assert set("▁▂▃▄▅▆▇█") & set(below)
            assert below.endswith(pattern["pattern_id"])
        assert "switch.coffee_maker turns on at about 06:" in out
        status, plain, _ = await installation.run("patterns", PYTHONIOENCODING="ascii")
        assert (status, plain.isascii()) == (0, True)
        assert plain.splitlines()[::2] == lines[::2]

        chosen = ("patterns", "--type", "trigger", "--limit", "1", "--plot", str(album))
        status, out, error = await installation.run(*chosen)
        drawn = {each.name.partition("-")[0].partition(".")[0] for each in album.iterdir()}
        assert (status, error, drawn) == (0, "", {"week", "lag", "synergies"})
        assert f"8 files in {album}." in out
        status, out, error = await installation.run(*chosen, "--json")
        assert (status, json.loads(out)["patterns"][0]["pattern_type"]) == (0, "trigger")
        assert error == f"8 files in {album}.\n"
        assert len(list(album.iterdir())) == 8


async def test_patterns_are_listed_where_their_history_is_not(installation: Installation, tmp_path: Path) -> None:
    async with installation.up("--demo") as up:
        done = await installation.json("analyze")
        assert (done["days"], done["events"] > 20_000) == (30, True)
        login = await installation.json("credentials", "admin")
        url = up.event["mqtt_url"].replace("mqtt://", f"mqtt://{login['username']}:{login['password']}@")
        elsewhere = {"MQTT_URL": url, "HOMEIQ_DATA": str(tmp_path / "elsewhere")}
        status, out, error = await installation.run("patterns", "--limit", "3", **elsewhere)
        assert (status, error, len(out.splitlines())) == (0, "", 6)
        assert not (tmp_path / "elsewhere" / "history.db").exists()
        status, out, error = await installation.run(
            "patterns", "--json", "--plot", str(tmp_path / "album"), **elsewhere
        )
        assert (status, "HOMEIQ_DATA" in error) == (2, True)


async def test_an_import_replaces_the_home(installation: Installation, tmp_path: Path) -> None:
    home = tmp_path / "home.json"
    home.write_text(
        json.dumps(
            {
                "areas": [{"area_id": "attic", "name": "Attic"}],
                "entities": [
                    {"entity_id": "light.spot", "name": "Attic spot", "area_id": "attic", "state": "on"},
                    {"entity_id": "light.beam", "name": "Attic beam", "area_id": "attic", "state": "off"},
                ],
            }
        )
    )
    async with installation.up("--demo"):
        imported = await installation.json("import", "home", str(home))
        assert imported["counts"]["entities"] == 2
        answer = await installation.json("ask", "which lights are on?")
        assert answer["result"]["value"] == ["light.spot"]
        assert not list((installation.data / "imports").iterdir())
    async with installation.up("--demo"):
        answer = await installation.json("ask", "which lights are on in the attic?")
        assert answer["result"]["value"] == ["light.spot"], (
            "the home outlives a restart, and is no empty one for the demo"
        )


async def test_the_port_is_kept_and_a_broker_left_behind_is_taken_over(installation: Installation) -> None:
    async with installation.up() as first:
        first.process.kill()
        await first.process.wait()
        left_behind = json.loads(BrokerFiles(installation.data).place.read_text())["pid"]
    async with installation.up() as second:
        assert second.event["mqtt_url"] == first.event["mqtt_url"]
        assert json.loads(BrokerFiles(installation.data).place.read_text())["pid"] != left_behind
        assert (await installation.run("status"))[0] == 0


async def test_two_at_once_on_one_folder_are_told_apart(installation: Installation) -> None:
    async with installation.up():
        status, out, error = await installation.run("up")
        assert (status, out) == (1, "")
        assert error.count("\n") == 1
        assert "another `homeiq up`" in error


async def test_watch_shows_what_is_said(installation: Installation) -> None:
    async with installation.up("--demo"):
        watching = asyncio.create_task(installation.run("watch", "homeiq/query/response", "-n", "1", "--json"))
        await asyncio.sleep(1.0)
        await installation.run("request", "query", '{"query": "is a light on?", "reply_to": "homeiq/query/response"}')
        sender = asyncio.create_task(_publish_until_seen(installation, watching))
        status, out, _ = await watching
        await sender
    assert status == 0
    assert json.loads(out)["topic"] == "homeiq/query/response"


async def _publish_until_seen(installation: Installation, watching: asyncio.Task[Any]) -> None:
    login = await installation.json("credentials", "homeassistant")
    host, port = login["mqtt_url"].removeprefix("mqtt://").split(":")
    while not watching.done():
        process = await asyncio.create_subprocess_exec(
            *("mosquitto_pub", "-h", host, "-p", port, "-u", login["username"], "-P", login["password"], "-V", "5"),
            *("-t", "homeiq/query/request", "-m", "is a light on?", "-q", "1"),
        )
        await process.wait()
        await asyncio.sleep(0.2)


async def test_up_on_a_users_own_broker_starts_none(installation: Installation, foreign: BrokerAddress) -> None:
    assert foreign.password is not None
    url = f"mqtt://{foreign.username}:{foreign.password.get_secret_value()}@{foreign.host}:{foreign.port}"
    installation.environment |= {"MQTT_URL": url, "HOMEIQ_ROOT": "site/home"}
    async with installation.up("--demo") as up:
        assert up.event["mqtt_url"] == str(foreign)
        assert not BrokerFiles(installation.data).folder.exists()
        assert (await installation.json("ask", "is a light on?"))["status"] == "answered"
        findings = {each["probe"]: each for each in await installation.json("check")}
        assert findings["round trip"]["verdict"] == "weaker"
        status, error = await failing(installation, "credentials", "admin")
        assert status == 2
        assert "keeps its own users" in error


# -- mistakes ----------------------------------------------------------------------------------------------------------


async def failing(installation: Installation, *arguments: str, **environment: str) -> tuple[int, str]:
    """Status and the one line on stderr."""
    status, out, error = await installation.run(*arguments, **environment)
    assert out == ""
    assert "Traceback" not in error
    assert error.count("\n") == 1, error
    return status, error


async def test_without_a_broker_nobody_answers(installation: Installation) -> None:
    status, error = await failing(installation, "ask", "is a light on?")
    assert status == 4
    assert "homeiq up" in error


async def test_a_broker_that_is_away_is_named(installation: Installation) -> None:
    status, error = await failing(installation, "status", MQTT_URL="mqtt://127.0.0.1:9")
    assert status == 4
    assert "127.0.0.1:9" in error


@pytest.mark.parametrize("command", ["up", "worker query"])
async def test_being_told_to_stop_while_the_broker_is_away_is_an_orderly_end(
    installation: Installation, command: str
) -> None:
    process = await installation.start(*command.split(), MQTT_URL="mqtt://127.0.0.1:9")
    assert process.stderr is not None
    async with asyncio.timeout(20):
        while b"no connection to the broker" not in await process.stderr.readline():
            pass
    process.terminate()
    _, error = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, b"Traceback" in error) == (0, False)


async def test_a_ca_file_that_is_none_is_named_in_one_line(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text("no certificate")
    status, error = await failing(
        installation, "ask", "x", MQTT_URL="mqtts://127.0.0.1:9", MQTT_CA_FILE=str(tmp_path / "ca.crt")
    )
    assert (status, "MQTT_CA_FILE" in error) == (2, True)


async def test_a_wrong_password_is_status_3(installation: Installation) -> None:
    async with installation.up() as up:
        url = up.event["mqtt_url"].replace("mqtt://", "mqtt://admin:not-the-password@")
        for arguments in (["ask", "x"], ["status"], ["check"], ["up"], ["worker", "query"]):
            status, error = await failing(installation, *arguments, MQTT_URL=url, HOMEIQ_LOG_LEVEL="error")
            assert status == 3, arguments
            assert "user name and password" in error
            assert "not-the-password" not in error


async def test_an_operation_nobody_serves_is_status_4(installation: Installation) -> None:
    async with installation.up():
        status, error = await failing(installation, "request", "training/start")
        assert status == 4
        assert "no worker serves training/start" in error


async def test_a_query_that_nobody_asked_can_not_be_refined(installation: Installation) -> None:
    async with installation.up():
        status, error = await failing(installation, "ask", "yes", "--refine", "nobody")
        assert (status, "ask it again" in error) == (1, True)


async def test_an_error_reply_is_printed_as_it_came_with_json(installation: Installation) -> None:
    async with installation.up():
        status, out, _ = await installation.run("request", "query", '{"qurey": 1}', "--json")
        assert status == 1
        assert json.loads(out)["error"]["code"] == "invalid_request"
        status, error = await failing(installation, "request", "query", '{"qurey": 1}')
        assert (status, "invalid_request" in error) == (1, True)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "is no home"),
        ("[]", "is no home"),
        ("{}", "neither areas nor entities"),
        ('{"entities": [{"entity_id": "x"}]}', "$.entities[0].entity_id"),
        ('{"entities": [{"entity_id": "light.a"}, {"entity_id": "light.a"}]}', "more than once"),
    ],
)
async def test_a_file_that_is_no_home_says_where(
    installation: Installation, tmp_path: Path, content: str, told: str
) -> None:
    file = tmp_path / "home.json"
    file.write_text(content)
    status, error = await failing(installation, "import", "home", str(file))
    assert status == 1
    assert told in error


async def test_bad_settings_are_named_without_their_secret(installation: Installation) -> None:
    status, error = await failing(installation, "up", MQTT_URL="http://me:hush@host")
    assert status == 2
    assert "MQTT_URL" in error
    assert "hush" not in error


async def test_a_listener_beyond_loopback_is_refused_without_tls(installation: Installation) -> None:
    status, error = await failing(installation, "up", MQTT_LISTEN="0.0.0.0:1883")
    assert status == 2
    assert "loopback" in error


async def test_a_port_that_is_taken_is_named(installation: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, error = await failing(installation, "up", MQTT_LISTEN=f"127.0.0.1:{port}")
    assert status == 1
    assert f"port {port}" in error


async def test_a_database_that_is_broken_is_named_and_left_alone(installation: Installation) -> None:
    installation.data.mkdir(parents=True)
    broken = installation.data / "homeiq.db"
    broken.write_bytes(b"this is no database" * 100)
    status, error = await failing(installation, "up", HOMEIQ_LOG_LEVEL="error")
    assert status == 1
    assert "homeiq.db" in error
    assert broken.read_bytes() == b"this is no database" * 100


async def test_a_data_folder_that_is_none_is_named(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    status, error = await failing(installation, "up", HOMEIQ_DATA=str(file))
    assert (status, "HOMEIQ_DATA" in error) == (2, True)
    status, error = await failing(installation, "ask", "x", HOMEIQ_DATA=str(file))
    assert (status, "homeiq up" in error) == (4, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ask", "x" * 2_001], "2000 characters"),
        (["ask", "x", "--session", "x" * 129], "128 characters"),
        (["ask", "yes", "--refine", ""], "1 character"),
        (["ask", "y" * 2_001, "--refine", "q"], "2000 characters"),
        (["ask", "\udcff"], "unicode"),
        (["watch", "a/#/b"], "no topic filter"),
        (["request", "query", "x", "--correlation-id", "a b"], "correlation id"),
    ],
)
async def test_what_can_not_be_sent_is_a_matter_of_usage(
    installation: Installation, arguments: list[str], told: str
) -> None:
    status, error = await failing(installation, *arguments)
    assert (status, told in error) == (2, True), error


async def test_check_without_a_broker_says_that_nobody_answers(installation: Installation) -> None:
    status, out, _ = await installation.run("check")
    assert (status, "failed broker: no broker is known" in out) == (4, True)


async def test_an_unknown_worker_is_named(installation: Installation) -> None:
    status, error = await failing(installation, "worker", "cooking")
    assert status == 2
    assert "data, query" in error


async def test_an_unknown_user_is_named(installation: Installation) -> None:
    status, error = await failing(installation, "credentials", "mallory")
    assert status == 2
    assert "homeassistant" in error


async def test_what_is_on_the_wire_can_be_listed_without_anybody_there(installation: Installation) -> None:
    topics = await installation.json("topics")
    assert {"homeiq/query/request", "homeiq/home/changed"} <= {each["topic"] for each in topics}
    status, out, _ = await installation.run("credentials", "--acl")
    assert status == 0
    assert "user homeassistant\ntopic write homeiq/query/request\n" in out


async def test_it_knows_its_version(installation: Installation) -> None:
    status, out, _ = await installation.run("--version")
    assert (status, out.startswith("homeiq ")) == (0, True)


async def test_sigterm_ends_a_worker_cleanly(installation: Installation) -> None:
    async with installation.up():
        worker = Up(await installation.start("worker", "query", "--json"))
        await worker.ready()
        assert worker.event["workers"] == ["query"]
        assert await worker.end() == 0
