"""What compose.yaml and Dockerfile promise, and the health check that they use."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.catalogue import WORKERS
from shared.liveness import Liveness, main
from shared.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
OURS = [name for name in SERVICES if name != "mosquitto"]


def mounts(service: str) -> dict[str, tuple[str, bool]]:
    """Volume to mount point, and whether it may be written."""
    found = {}
    for mount in SERVICES[service]["volumes"]:
        volume, target, *options = mount.split(":")
        found[volume] = (target, "ro" not in options)
    return found


def test_every_worker_is_a_service_and_nothing_else_is() -> None:
    assert set(SERVICES) == {"init", "mosquitto", "homeiq", *WORKERS}
    for worker in WORKERS:
        assert SERVICES[worker]["command"] == ["worker", worker]


def test_workers_differ_in_what_they_run_and_see_alone() -> None:
    own = {"command", "environment", "volumes"}
    [first, *others] = [{key: value for key, value in SERVICES[each].items() if key not in own} for each in WORKERS]
    assert all(each == first for each in others)


@pytest.mark.parametrize("worker", WORKERS)
def test_a_worker_sees_the_databases_and_its_own_secret(worker: str) -> None:
    assert mounts(worker) == {"data": ("/app/data", True), f"secret-{worker}": (f"/app/secrets/{worker}", False)}
    environment = SERVICES[worker]["environment"]
    assert environment["MQTT_URL"] == f"mqtt://{worker}@mosquitto"
    assert environment["MQTT_PASSWORD_FILE"] == f"/app/secrets/{worker}/password"


def test_init_alone_sees_all_passwords_and_the_admin_its_own() -> None:
    secrets = {f"secret-{each}" for each in ("admin", *WORKERS)}
    assert set(mounts("init")) == {"data", "broker", "credentials", *secrets}
    assert {name for name in SERVICES if "credentials" in mounts(name)} == {"init"}
    assert {name for name in SERVICES if "secret-admin" in mounts(name)} == {"init", "homeiq"}
    assert SERVICES["init"]["network_mode"] == "none"
    command = SERVICES["init"]["command"]
    assert command == [
        *("init", "--broker", mounts("init")["broker"][0], "--secrets", "/app/secrets"),
        *("--credentials", mounts("init")["credentials"][0]),
    ]


def test_every_volume_is_declared_and_used() -> None:
    assert set(COMPOSE["volumes"]) == {volume for name in SERVICES for volume in mounts(name)}


def test_the_token_of_home_assistant_reaches_only_who_speaks_with_it() -> None:
    holders = {name for name in SERVICES if "HA_TOKEN" in json.dumps(SERVICES[name])}
    assert {"data"} <= holders <= {"data", "automation"}


def test_settings_are_those_that_exist_and_their_values_come_from_env() -> None:
    known = {name.upper() for name in Settings.model_fields}
    example = set(re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    for name in OURS:
        environment = SERVICES[name]["environment"]
        assert set(environment) <= known, name
        for key, value in environment.items():
            if "$" in value:
                assert value == f"${{{key}:-}}", "empty counts as not set"
                assert key in example


def test_no_password_is_in_an_environment() -> None:
    for service in SERVICES.values():
        for value in service.get("environment", {}).values():
            assert not re.search(r"//[^@/]*:[^@/]*@", value)


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_has_no_more_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert service["pids_limit"]
    assert any(each.startswith("/tmp") for each in service["tmpfs"])  # noqa: S108 - in a container
    assert not {"container_name", "privileged", "cap_add", "devices", "pid", "ipc"} & set(service)


def test_only_the_broker_is_reached_and_only_from_this_machine() -> None:
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "mosquitto": ["127.0.0.1:1883:1883"]
    }


def test_who_waits_for_whom() -> None:
    ready = "service_completed_successfully"
    for worker in WORKERS:
        needs = SERVICES[worker]["depends_on"]
        assert (needs["init"]["condition"], needs["mosquitto"]["condition"]) == (ready, "service_healthy")
        assert SERVICES[worker]["restart"] == "unless-stopped"
    assert SERVICES["mosquitto"]["depends_on"]["init"]["condition"] == ready
    assert SERVICES["init"]["restart"] == "no"
    assert SERVICES["homeiq"]["profiles"], "it starts when it is called"


def test_one_service_builds_the_image_and_all_use_it() -> None:
    assert [name for name in SERVICES if "build" in SERVICES[name]] == ["init"]
    assert {SERVICES[name]["image"] for name in OURS} == {"homeiq:local"}


def test_images_are_pinned_by_tag() -> None:
    assert re.fullmatch(r"eclipse-mosquitto:2\.\d+\.\d+", SERVICES["mosquitto"]["image"])
    assert re.search(r"^ARG PYTHON=3\.11-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"python:${PYTHON}"}


def test_what_init_writes_the_broker_may_read() -> None:
    [user] = re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)
    assert SERVICES["mosquitto"]["user"] == user
    assert not user.startswith("0")
    assert all("user" not in SERVICES[name] for name in OURS)
    assert mounts("mosquitto")["broker"] == ("/mosquitto/config", False)
    assert DOCKERFILE.rstrip().endswith('ENTRYPOINT ["homeiq"]')


def test_what_the_image_copies_is_sent_to_the_builder() -> None:
    rules = (ROOT / ".dockerignore").read_text().split()
    sent = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = set()
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        copied |= set(line.split()[:-1])
    assert rules[0] == "*"
    assert copied == sent
    assert all((ROOT / each).exists() for each in sent)
    assert not any(fnmatch(".env", each) or fnmatch("data/credentials.json", each) for each in sent)


# -- the health check --------------------------------------------------------------------------------------------------


def test_the_health_check_asks_for_the_file_that_the_worker_touches() -> None:
    for worker in WORKERS:
        test = SERVICES[worker]["healthcheck"]["test"]
        assert test[:4] == ["CMD", "python", "-m", "shared.liveness"]
        assert test[4] == SERVICES[worker]["environment"]["HOMEIQ_ALIVE_FILE"]


def check(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "shared.liveness", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_a_file_that_was_touched_lately_is_alive(tmp_path: Path) -> None:
    liveness = Liveness(tmp_path / "alive")
    assert liveness.age() is None
    assert check(str(liveness.path)) == (1, "not alive: the broker was not reached yet\n")
    liveness.touch()
    assert check(str(liveness.path), "--within", "3600")[0] == 0
    then = time.time() - 120
    os.utime(liveness.path, (then, then))
    assert main([str(liveness.path), "--within", "90"]) == 1
    assert main([str(liveness.path), "--within", "600"]) == 0
    liveness.touch()
    age = liveness.age()
    assert age is not None
    assert age < 110


def test_a_file_of_tomorrow_is_no_mistake(tmp_path: Path) -> None:
    liveness = Liveness(tmp_path / "alive")
    liveness.touch()
    os.utime(liveness.path, (time.time() + 3600, time.time() + 3600))
    assert liveness.age() == 0.0


def test_a_file_that_can_not_be_touched_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    liveness = Liveness(tmp_path / "no folder" / "alive")
    liveness.touch()
    liveness.touch()
    assert [record.getMessage() for record in caplog.records] == [
        f"HOMEIQ_ALIVE_FILE: {liveness.path} can't be touched: No such file or directory"
    ]


def test_the_health_check_loads_nothing_of_the_workers() -> None:
    program = "import sys, shared.liveness; print(*sorted(name for name in sys.modules if '.' not in name))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    foreign = set(done.stdout.split()) - set(sys.stdlib_module_names) - {"shared", "__main__"}
    assert not {name for name in foreign if not name.startswith("_")}
