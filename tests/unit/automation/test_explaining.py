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


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("is_state_attr('climate.living', 'hvac_action', 'heating')",
         "the activity of Living room heating is “heating”"),
        ("state_attr('climate.living', 'current_temperature') >= 21.5",
         "the current temperature of Living room heating is at least 21.5 °C"),
        ("20 > states('sensor.outside') | float", "Outside temperature is below 20 °C"),
        ("not states('sensor.outside') | int(9) <= 9", "Outside temperature is known and not at most 9 °C"),
        ("states('person.ben') not in ['home', 'Work']", "Ben is neither home nor at Work"),
        ("states.light.hall.state == 'on'", "Hall lamp is on"),
        ("is_state('light.hall', 'on') and (is_state('person.anna', 'home') or has_value('sensor.outside'))",
         "Hall lamp is on and either Anna is home or Outside temperature is known"),
        ("now().hour >= 22", "it is after 22:00"),
        ("now().weekday() < 5", "it is a weekday"),
        ("now().month in [12, 1]", "it is December or January"),
        ("wait.completed", "that happened in time"),
        ("not wait.trigger is none", "that happened in time"),
        ("now().hour in [3, 9]", "a calculation is true"),
        ("[10 ** 10 ** 10] == 3", "a calculation is true"),
        ("(" * 500 + "1" + ")" * 500, "a calculation is true"),
        ("states('sensor.outside') | float > 3 or x", "a calculation with Outside temperature is true"),
    ],
)  # fmt: skip
def test_templates_that_say_a_condition(template: str, says: str) -> None:
    found = told({"triggers": AT_SIX, "conditions": ["{{ " + template + " }}"], "actions": LAMP})
    assert found == f"At 06:00, if {says}, turn on Hall lamp."


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ({"hours": "*", "minutes": 0, "seconds": 0}, "Every hour on the hour"),
        ({"minutes": 0}, "Every hour on the hour"),
        ({"minutes": "*"}, "Every minute"),
        ({"hours": 8}, "At 08:00"),
        ({"hours": 7, "minutes": 5, "seconds": 3}, "At 07:05:03"),
        ({"hours": "/2", "minutes": 30}, "At 30 minutes past every 2nd hour"),
        ({"hours": 8, "minutes": "/5"}, "Every 5 minutes, from 08:00 to 08:59"),
        ({"minutes": "/5", "seconds": 15}, "At 15 seconds past every 5th minute"),
        ({"minutes": 5, "seconds": "*"}, "Every second, in minute 5 of every hour"),
        ({"seconds": "/10"}, "Every 10 seconds"),
    ],
)
def test_patterns_of_time(pattern: dict[str, Any], says: str) -> None:
    assert (
        told({"triggers": [{"trigger": "time_pattern", **pattern}], "actions": LAMP}) == f"{says}, turn on Hall lamp."
    )


def test_devices_with_their_limits() -> None:
    washer = {"device_id": "d_washer", "domain": "sensor"}
    assert told({
        "triggers": [{"trigger": "device", **washer, "type": "power", "below": 5, "for": {"minutes": 3}}],
        "conditions": [{"condition": "device", **washer, "type": "is_power", "above": 1}],
        "actions": [
            {"device_id": "x", "domain": "cover", "type": "set_position", "position": 40, "entity_id": "cover.living"},
            {"action": "cover.stop_cover", "target": {"device_id": "d_washer"}},
            {"device_id": "d_washer", "domain": "washer", "type": "spin"},
        ],
    }) == (
        "When the power of Washing machine falls below 5 and stays so for 3 minutes, "
        "if the power of Washing machine is above 1, "
        "move Living room blind to 40 % open, stop all covers of Washing machine and let Washing machine do “spin”."
    )  # fmt: skip


def test_an_otherwise_belongs_to_one_if() -> None:
    """Behind a condition of the whole automation, `otherwise` could be read as of that."""
    branch = {"if": [ANNA], "then": LAMP, "else": [{"action": "script.goodnight"}]}
    assert told({"triggers": AT_SIX, "conditions": [ON], "actions": [branch]}) == (
        "At 06:00, if Hall lamp is on:\n- If Anna is home: turn on Hall lamp.\n- Otherwise: run Good night."
    )


def test_a_code_is_not_told() -> None:
    assert "1234" not in action(
        {"action": "lock.unlock", "target": {"entity_id": "lock.front"}, "data": {"code": "1234"}}
    )


def test_a_very_long_one_ends_somewhere() -> None:
    text = told({"triggers": AT_SIX, "actions": LAMP * 1_000})
    assert len(text) <= LONGEST
    assert text.endswith("… and more.")
