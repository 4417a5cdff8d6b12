"""Automations in plain sentences: a corpus that people can read, and whatever else a plan can be."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from contracts.home import HomeDocument
from shared.home import Snapshot
from shared.home_store import HomeStore
from tests.unit.automation.generated import Things, plan_strategy
from workers.automation.explaining.explanation import LONGEST, explain
from workers.automation.home_view import HomeView
from workers.automation.plan.plan import Plan
from workers.automation.reading.reading import read_document

CORPUS = yaml.safe_load((Path(__file__).parent / "corpus" / "explained.yaml").read_text())
HOME = HomeView.of(Snapshot(*HomeStore.read(HomeDocument.model_validate(CORPUS["home"]))))
CASES: list[dict[str, Any]] = CORPUS["automations"]
NOT_PLAIN = re.compile(r"[a-z]_[a-z]|[{}]|None|Data\(|\b(entity|device|area)_id\b|\bnot_home\b|binary_sensor")
"""What nobody would say aloud."""
AT_SIX = [{"trigger": "time", "at": "06:00:00"}]
LAMP = [{"action": "light.turn_on", "target": {"entity_id": "light.hall"}}]


def told(document: dict[str, Any], home: HomeView = HOME) -> str:
    plan = read_document(document).plan
    assert plan is not None
    return explain(plan, home)


def condition(*conditions: Any) -> str:
    """What is told of conditions."""
    found = re.fullmatch(
        r"At 06:00, if (.*), turn on Hall lamp\.",
        told({"triggers": AT_SIX, "conditions": [*conditions], "actions": LAMP}),
    )
    assert found is not None
    return found[1]


def action(*actions: Any) -> str:
    """What is told of actions."""
    return told({"triggers": AT_SIX, "actions": [*actions]}).removeprefix("At 06:00, ")


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_the_corpus_is_told_as_people_would_tell_it(case: dict[str, Any]) -> None:
    assert told(case["does"]) == case["says"]


def test_the_corpus_has_fifty_and_no_word_of_yaml() -> None:
    assert len(CASES) >= 50
    assert not [case["says"] for case in CASES if NOT_PLAIN.search(case["says"])]


@settings(max_examples=300, deadline=None)
@given(plan_strategy(Things.of(HOME.registry)))
def test_every_plan_is_told_in_plain_words(plan: Plan) -> None:
    text = explain(plan, HOME)
    assert text[0].isupper() or text[0].isdigit()
    assert len(text) <= LONGEST
    assert not NOT_PLAIN.search(text), text


@settings(max_examples=100, deadline=None)
@given(plan_strategy(Things.of(HOME.registry)))
def test_a_home_that_knows_nothing_is_enough(plan: Plan) -> None:
    assert explain(plan, HomeView())


ON = {"condition": "state", "entity_id": "light.hall", "state": "on"}
ANNA = {"condition": "state", "entity_id": "person.anna", "state": "home"}


@pytest.mark.parametrize(
    ("conditions", "says"),
    [
        ([{"not": [ON]}], "Hall lamp is not on"),
        ([{"not": [{"not": [ON]}]}], "Hall lamp is on"),
        ([{"not": [{"and": [ON, ANNA]}]}], "either Hall lamp is not on or Anna is not home"),
        ([{"not": [{"or": [ON, ANNA]}]}], "Hall lamp is not on and Anna is not home"),
        ([{"or": [{"and": [ON, ANNA]}, ANNA]}], "either Hall lamp is on and Anna is home, or Anna is home"),
        ([{**ON, "entity_id": ["light.hall", "light.porch"]}], "both Hall lamp and Porch light are on"),
        ([{**ON, "entity_id": ["light.hall", "light.porch"], "match": "any"}], "Hall lamp or Porch light is on"),
        ([{"not": [{**ON, "entity_id": ["light.hall", "light.porch"]}]}], "Hall lamp or Porch light is not on"),
        ([{**ON, "state": ["on", "unavailable"]}], "Hall lamp is on or is unavailable"),
        ([{"not": [{**ON, "state": ["on", "unavailable"]}]}], "Hall lamp is neither on nor unavailable"),
        ([{**ON, "enabled": False}, ANNA], "Anna is home"),
        (["{{ is_state('light.hall', 'on') }}"], "Hall lamp is on"),
        (["{{ not is_state('light.hall', 'on') }}"], "Hall lamp is not on"),
        (["{{ states('sensor.outside') | float(0) > 20 }}"], "Outside temperature is above 20 °C"),
        (["{{ states('sensor.outside') | float(0) < 20 }}"], "Outside temperature is below 20 °C or not known"),
        ([{"condition": "numeric_state", "entity_id": "zone.home", "below": 1}], "nobody is home"),
        ([{"not": [{"condition": "numeric_state", "entity_id": "zone.home", "above": 0}]}], "nobody is home"),
        ([{"condition": "sun", "after": "sunset", "after_offset": "01:00:00"}], "it is later than 1 hour after sunset"),
        ([{"condition": "time", "after": "22:00"}], "it is after 22:00"),
        ([{"condition": "zone", "entity_id": "person.anna", "zone": "zone.work"}], "Anna is at Work"),
        ([{"condition": "or", "conditions": []}], "something impossible holds"),
        ([{"condition": "light.is_off", "target": {"area_id": "hall"}, "options": {"behavior": "all"}}],
         "all lights in the hall are off"),
    ],
)  # fmt: skip
def test_conditions_and_their_opposites(conditions: list[Any], says: str) -> None:
    assert condition(*conditions) == says


@pytest.mark.parametrize(
    ("actions", "says"),
    [
        ([{"action": "light.turn_on", "target": {"entity_id": "light.hall"}, "data": {"brightness": 128}}],
         "turn on Hall lamp at 50 %."),
        ([{"action": "lock.lock", "target": {"entity_id": "lock.front"}, "enabled": False}], "do nothing."),
        ([{"action": "light.turn_off", "target": {"entity_id": "none"}}], "turn off nothing."),
        ([{"action": "cover.set_cover_position", "target": {"area_id": "living_room"}, "data": {"position": 30}}],
         "move all covers in the living room to 30 % open."),
        ([{"action": "garden.water_plants", "data": {"how_long": 5}}],
         "use “Garden: water plants” with how long 5."),
        ([{"action": "{{ 'light.turn_on' }}"}], "do what a calculation chooses."),
        ([{"action": "alarm_control_panel.alarm_disarm", "target": {"entity_id": "alarm_control_panel.home"},
           "data": {"code": "1234"}}], "disarm House alarm with a code."),
        ([{"action": "light.turn_on", "target": {"device_id": "nowhere"}}], "turn on a device that is not known."),
        ([{"wait_template": "{{ is_state('light.hall', 'off') }}", "timeout": 90}],
         "wait until Hall lamp is off (for at most 1 minute 30 seconds, then go on)."),
        ([{"stop": "No", "error": True}], "stop with the error “No”."),
        ([{"device_id": "d_remote", "domain": "light", "type": "turn_off", "entity_id": "light.kitchen"}],
         "turn off Kitchen lamp."),
    ],
)  # fmt: skip
def test_actions(actions: list[Any], says: str) -> None:
    assert action(*actions) == says


def test_a_code_is_not_told() -> None:
    assert "1234" not in action(
        {"action": "lock.unlock", "target": {"entity_id": "lock.front"}, "data": {"code": "1234"}}
    )


def test_a_very_long_one_ends_somewhere() -> None:
    text = told({"triggers": AT_SIX, "actions": LAMP * 1_000})
    assert len(text) <= LONGEST
    assert text.endswith("… and more.")
