"""Cases of somebody who had not seen the rules: what passed once, and what stands nearest to it on the other side."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.home import HomeDocument
from shared.home import EntityState, Registry
from workers.automation.finding import Finding, Severity
from workers.automation.home_view import HomeView
from workers.automation.reading.reading import read_document
from workers.automation.safety.judge import is_safe, judge
from workers.automation.validating.validation import judged, validate

CORPUS = Path(__file__).parent / "corpus" / "adversary"


@dataclass(frozen=True)
class Told:
    """What was said of an automation."""

    codes: frozenset[str]
    safe: bool
    valid: bool


@lru_cache(maxsize=1)
def home() -> HomeView:
    """The house of these cases: a home document, with the sequences of its scripts beside it."""
    told = json.loads((CORPUS / "home.json").read_text())
    document = HomeDocument.model_validate(told)
    return HomeView(
        Registry.from_document(document),
        {each.entity_id: EntityState(each.state or "on", each.attributes) for each in document.entities},
        scripts={
            name: _plan({"triggers": [], "actions": actions}).actions for name, actions in told["scripts"].items()
        },
        scenes=told["scenes"],
        automations={name: _plan(each) for name, each in told["automations"].items()},
    )


def told_of(automation: dict[str, Any]) -> Told:
    """The verdict on an automation in that house."""
    dangers = judge(_plan(automation), home())
    codes = frozenset(str(each.code) for each in dangers if each.severity is Severity.ERROR)
    return Told(codes, is_safe(dangers), validate(automation, home()).valid)


def _plan(automation: dict[str, Any]) -> Any:
    plan = read_document(automation).plan
    assert plan is not None
    return plan


def cases(name: str) -> list[Any]:
    """The cases of one file, by their names."""
    return [pytest.param(each, id=each["name"]) for each in yaml.safe_load((CORPUS / f"{name}.yaml").read_text())]


@pytest.mark.parametrize("case", cases("dangerous"))
def test_what_is_dangerous_is_not_safe(case: dict[str, Any]) -> None:
    told = told_of(case["automation"])

    assert not told.safe
    assert set(case["expect"]) <= told.codes


@pytest.mark.parametrize("case", cases("harmless"))
def test_what_is_everyday_is_left_alone(case: dict[str, Any]) -> None:
    told = told_of(case["automation"])

    assert (told.safe, told.valid, told.codes) == (True, True, frozenset())


@pytest.mark.parametrize("case", cases("broken"))
def test_what_is_broken_is_not_valid(case: dict[str, Any]) -> None:
    assert not validate(case["automation"], home()).valid


@pytest.mark.parametrize(
    ("topic", "wrong"),
    [
        ("a/+/b", False),
        ("#", False),
        ("a/#", False),
        ("+", False),
        ("", True),
        ("a+/b", True),
        ("a/#/b", True),
        ("a#", True),
        ("{{ where }}/+b", False),
    ],
)
def test_a_topic_to_listen_on_is_one_that_mqtt_takes(topic: str, wrong: bool) -> None:
    trigger = {"trigger": "mqtt", "topic": topic}

    assert bool(_of_topic({"triggers": [trigger], "actions": [{"delay": 1}]})) is wrong


@pytest.mark.parametrize(("topic", "wrong"), [("a/b", False), ("a/+", True), ("a/#", True), ("a/{{ x }}", False)])
def test_a_topic_to_publish_to_has_no_wildcards(topic: str, wrong: bool) -> None:
    publish = {"action": "mqtt.publish", "data": {"topic": topic, "payload": "on"}}

    found = _of_topic({"triggers": [{"trigger": "sun", "event": "sunset"}], "actions": [publish]})

    assert [each.path for each in found] == (["actions[0].data.topic"] if wrong else [])


def _of_topic(automation: dict[str, Any]) -> list[Finding]:
    return [
        each for each in judged(_plan(automation), home()) if each.path.endswith("topic") and "MQTT" in each.message
    ]


def test_all_trackers_are_known_where_no_person_tells_its_own() -> None:
    comes = {"trigger": "state", "entity_id": "device_tracker.phone", "to": "home"}
    unlock = {"action": "lock.unlock", "target": {"entity_id": "lock.front_door"}}
    plan = _plan({"triggers": [comes], "actions": [unlock]})

    assert is_safe(judge(plan, HomeView(states={"person.anna": EntityState("home", {})})))
    told = {"person.anna": EntityState("home", {"device_trackers": ["device_tracker.other"]})}
    assert not is_safe(judge(plan, HomeView(states=told)))


def test_a_message_of_endless_depth_is_no_command() -> None:
    publish = {"action": "mqtt.publish", "data": {"topic": "a/set", "payload": '{"state": ' + "[" * 4000}}
    plan = _plan({"triggers": [{"trigger": "sun", "event": "sunset"}], "actions": [publish]})

    assert is_safe(judge(plan, home()))
