"""`homeiq validate`: for people, for a git hook, with a running `homeiq up` and without."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.system.conftest import HOMEIQ, Installation

GOOD = """\
alias: Lamp
triggers:
  - trigger: time
    at: "06:45:00"
actions:
  - action: light.turn_on
    target:
      entity_id: light.{lamp}
"""
DANGEROUS = """\
- alias: Door
  trigger:
    platform: state
    entity_id: binary_sensor.nobody_home
    to: "on"
  action:
    - service: lock.unlock
      target:
        entity_id: lock.front
- alias: Dusk
  triggers:
    - trigger: sun
      event: sunset
  actions:
    - delay: 1
"""


def written(folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text)
    return str(folder / name)


async def test_without_any_worker_it_judges_here_and_says_so(installation: Installation, tmp_path: Path) -> None:
    status, out, err = await installation.run("validate", written(tmp_path, "good.yaml", GOOD.format(lamp="hall")))
    assert (status, "no worker answers" in err) == (0, True)
    assert out.startswith("Lamp: valid and safe")
    assert "At 06:45, turn on Hall." in out
    status, _, err = await installation.run("validate", "--offline", written(tmp_path, "good.yaml", GOOD))
    assert err == ""


async def test_what_is_dangerous_fails_with_lines_in_the_order_of_the_file(
    installation: Installation, tmp_path: Path
) -> None:
    file = written(tmp_path, "automations.yaml", DANGEROUS)
    status, out, _ = await installation.run("validate", "--offline", file)
    assert status == 1
    assert f"{file}:7:7: error: " in out
    assert "[unsafe_lock]" in out
    lines = [int(line.split(":")[1]) for line in out.splitlines() if line.strip().startswith(file)]
    assert lines == sorted(lines)
    assert out.splitlines()[-1] == "2 automations, 1 of them not valid or not safe"

    status, out, _ = await installation.run("validate", "--offline", "--json", file)
    told: dict[str, Any] = json.loads(out)
    assert (status, told["valid"], told["safe"]) == (1, True, False)
    assert [each["alias"] for each in told["automations"]] == ["Door", "Dusk"]
    assert [each["safe"] for each in told["automations"]] == [False, True]
    assert told["automations"][1]["explanation"] == "At sunset, wait 1 second."
    assert told["automations"][1]["line"] == 10


async def test_many_files_and_standard_input(installation: Installation, tmp_path: Path) -> None:
    good, bad = written(tmp_path, "a.yaml", GOOD.format(lamp="hall")), written(tmp_path, "b.yaml", "alias: [\n")
    assert (await installation.run("validate", "--offline", good, good))[0] == 0
    status, out, _ = await installation.run("validate", "--offline", good, bad)
    assert (status, f"{bad}:2:1: error: " in out) == (1, True)
    process = await asyncio.create_subprocess_exec(
        *(HOMEIQ, "validate", "--offline", "-"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=installation.environment,
    )
    out_bytes, _ = await process.communicate(DANGEROUS.encode())
    assert (process.returncode, b"-:7:7: error" in out_bytes) == (1, True)


@pytest.mark.parametrize(("content", "says"), [(None, "No such file"), (b"\xff\xfe\x00", "no text in UTF-8")])
async def test_a_wrong_call_is_status_2_and_one_line(
    installation: Installation, tmp_path: Path, content: bytes | None, says: str
) -> None:
    if content is not None:
        (tmp_path / "x.yaml").write_bytes(content)
    status, out, err = await installation.run("validate", "--offline", str(tmp_path / "x.yaml"))
    assert (status, out, err.count("\n"), says in err) == (2, "", 1, True)
    assert (await installation.run("validate"))[0] == 2


async def test_with_a_running_system_the_worker_judges_against_its_home(
    installation: Installation, tmp_path: Path
) -> None:
    async with installation.up("--demo"):
        listed = await installation.json("request", "data/entities", '{"domain": "light", "limit": 1}')
        lamp = listed["data"]["entities"][0]
        file = written(tmp_path, "good.yaml", GOOD.format(lamp=lamp["entity_id"].partition(".")[2]))
        status, out, err = await installation.run("validate", file)
        assert (status, err) == (0, "")
        assert f"At 06:45, turn on {lamp['name']}." in out
        unknown = written(tmp_path, "unknown.yaml", "\n" + GOOD.format(lamp="no_such_thing"))
        status, out, _ = await installation.run("validate", "--preset", "strict", unknown)
        assert (status, f"{unknown}:9:" in out, "[unknown_entity]" in out) == (1, True, True)
        both = written(tmp_path, "two.yaml", DANGEROUS)
        status, out, _ = await installation.run("validate", "--json", both)
        told = json.loads(out)
        assert [each["line"] for each in told["automations"]] == [1, 10]
        assert {each["line"] for each in told["findings"] if each["code"] == "unsafe_lock"} == {7}
        assert not told["safe"]


async def test_what_an_admin_allows_is_known_with_and_without_the_system(
    installation: Installation, tmp_path: Path
) -> None:
    file = written(tmp_path, "door.yaml", DANGEROUS.partition("- alias: Dusk")[0])
    said = {"yaml": (tmp_path / "door.yaml").read_text(), "codes": ["unsafe_lock"], "why": "The nurse comes"}
    async with installation.up("--demo"):
        _, out, _ = await installation.run("validate", file)
        assert "not safe" in out
        kept = (await installation.json("request", "automation/override", json.dumps(said)))["data"]
        assert kept["allows"] == 1
        _, out, _ = await installation.run("validate", file)
        assert "Allowed by admin on" in out
        assert "not safe" not in out
    _, out, _ = await installation.run("validate", "--offline", "--json", file)
    told = json.loads(out)
    assert told["safe"]
    assert [each["override_id"] for each in told["automations"][0]["overrides"]] == [kept["override_id"]]
