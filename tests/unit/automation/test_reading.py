"""Reading: every spelling that Home Assistant takes, every mistake with its path, bad text as a finding."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workers.automation.finding import Code, Finding, Severity
from workers.automation.plan.actions import (
    ActivateScene,
    CallService,
    CheckCondition,
    Delay,
    OtherAction,
    Parallel,
    WaitForTrigger,
)
from workers.automation.plan.conditions import AndCondition, OrCondition, StateCondition, TemplateCondition
from workers.automation.plan.plan import Plan
from workers.automation.plan.target import Target
from workers.automation.plan.triggers import (
    ANY_STATE,
    NumericStateTrigger,
    OtherTrigger,
    PurposeTrigger,
    StateTrigger,
    TimePatternTrigger,
    TimeTrigger,
)
from workers.automation.plan.value import Tagged, Template
from workers.automation.reading.place import child, parent
from workers.automation.reading.reading import Reading, read_all_yaml, read_document, read_yaml
from workers.automation.reading.yaml_text import LARGEST, MOST_NODES, parse_yaml
from workers.automation.writing.compiler import compile_plan
from workers.automation.writing.yaml_text import write_yaml

CORPUS = sorted((Path(__file__).parent / "corpus" / "read").glob("*.yaml"))
ACTIONS = [{"action": "light.turn_on", "target": {"entity_id": "light.a"}}]
TRIGGERS = [{"trigger": "state", "entity_id": "light.a"}]


def plan_of(reading: Reading) -> Plan:
    assert reading.plan is not None, reading.findings
    return reading.plan


def clean(document: Any) -> Plan:
    reading = read_document(document)
    assert reading.clean, reading.findings
    return plan_of(reading)


def wrong(reading: Reading) -> dict[str, Finding]:
    """The errors by path."""
    return {each.path: each for each in reading.findings if each.severity is Severity.ERROR}


def actions(*written: Any) -> Any:
    return {"triggers": TRIGGERS, "actions": list(written)}


def conditions(*written: Any) -> Any:
    return {"triggers": TRIGGERS, "conditions": list(written), "actions": ACTIONS}


def triggers(*written: Any) -> Any:
    return {"triggers": list(written), "actions": ACTIONS}


# -- the corpus --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_the_corpus_says_the_same_after_writing(file: Path) -> None:
    reading = read_yaml(file.read_text())
    assert reading.clean, reading.findings
    plan = plan_of(reading)
    again = read_yaml(write_yaml(plan))
    assert [each for each in again.findings if each.code != Code.UNSEEN_TAG] == []
    assert again.plan == plan
    assert read_document(compile_plan(plan)).plan == plan


def test_the_corpus_is_there() -> None:
    assert len(CORPUS) >= 12


def test_old_and_new_spelling_are_the_same_plan() -> None:
    old = """
        trigger: {platform: state, entity_id: "light.a, Light.B", to: "on", for: {minutes: 5}}
        condition: "{{ 1 > 0 }}"
        action:
          service: light.turn_on
          entity_id: light.c
          data_template: {brightness: "{{ 5 }}"}
    """
    new = {
        "triggers": [{"trigger": "state", "entity_id": ["light.a", "light.b"], "to": "on", "for": "00:05:00"}],
        "conditions": [{"condition": "template", "value_template": "{{ 1 > 0 }}"}],
        "actions": [{"action": "light.turn_on", "target": {"entity_id": "light.c"}, "data": {"brightness": "{{ 5 }}"}}],
    }
    reading = read_yaml(old)
    assert plan_of(reading) == clean(new)
    assert {each.code for each in reading.findings} == {Code.OLD_SYNTAX}
    assert read_document(new).findings == ()


def test_an_old_key_is_renamed_where_it_stands() -> None:
    reading = read_yaml("trigger:\n- platform: state\n  entity_id: light.a\naction: []\n")
    renamed = {(each.path, each.fix.path, each.fix.rename) for each in reading.findings if each.fix}
    assert renamed == {
        ("triggers", "trigger", "triggers"),
        ("actions", "action", "actions"),
        ("triggers[0].trigger", "trigger[0].platform", "trigger"),
    }


# -- paths and places --------------------------------------------------------------------------------------------------


def test_paths_are_in_the_current_spelling_and_places_in_the_text() -> None:
    text = (
        "- alias: x\n  trigger:\n    platform: state\n    entity_id: light.a\n  action:\n  - choose:\n"
        "      conditions: []\n      sequence:\n        service: light.turn_on\n        colour: red\n"
    )
    reading = read_yaml(text)
    found = wrong(reading)["actions[0].choose[0].sequence[0].colour"]
    assert (found.line, found.column) == (10, 9)
    assert reading.source("actions[0].choose[0].sequence[0].colour") == "[0].action[0].choose.sequence.colour"
    place = reading.locate("actions[0].choose[0].sequence[0].target.entity_id")
    assert place is not None
    assert place.line == 8
    call = plan_of(reading).actions[0]
    assert call.path == "actions[0]"


@given(st.lists(st.text() | st.integers(0, 99), min_size=1, max_size=4))
def test_a_path_has_a_parent(steps: list[str | int]) -> None:
    paths = [""]
    for step in steps:
        paths.append(child(paths[-1], step))
    for before, path in pairwise(paths):
        if path != before:
            assert parent(path) == before
    assert parent("") is None


def test_nested_nodes_know_their_path() -> None:
    plan = clean(actions({"if": "{{ true }}", "then": {"parallel": [{"delay": 1}, {"sequence": [{"delay": 2}]}]}}))
    branches = plan.actions[0].then[0].branches  # type: ignore[union-attr]
    assert [each.sequence[0].path for each in branches] == [
        "actions[0].then[0].parallel[0].sequence[0]",
        "actions[0].then[0].parallel[1].sequence[0]",
    ]


# -- what YAML 1.1 makes of it -----------------------------------------------------------------------------------------


def test_an_unquoted_state_is_wrong_and_meant() -> None:
    reading = read_yaml("triggers:\n- trigger: state\n  entity_id: light.a\n  to: on\nactions: []\n")
    found = wrong(reading)["triggers[0].to"]
    assert (found.code, found.line) == (Code.SCHEMA, 4)
    assert found.fix is not None
    assert (found.fix.path, found.fix.value) == ("triggers[0].to", "on")
    trigger = plan_of(reading).triggers[0]
    assert isinstance(trigger, StateTrigger)
    assert trigger.to == ("on",)


def test_an_unquoted_state_of_json_is_wrong_too() -> None:
    reading = read_document(conditions({"condition": "state", "entity_id": "light.a", "state": [True, 5]}))
    assert {path: each.fix and each.fix.value for path, each in wrong(reading).items()} == {
        "conditions[0].state[0]": "on",
        "conditions[0].state[1]": "5",
    }


def test_a_value_of_an_attribute_may_be_anything() -> None:
    plan = clean(triggers({"trigger": "state", "entity_id": "light.a", "attribute": "x", "to": True, "from": None}))
    trigger = plan.triggers[0]
    assert isinstance(trigger, StateTrigger)
    assert (trigger.to, trigger.from_, trigger.not_to) == ((True,), ANY_STATE, None)


def test_an_unquoted_time_is_wrong_and_meant() -> None:
    reading = read_yaml("triggers:\n- trigger: time\n  at: 12:30:00\nactions: []\n")
    found = wrong(reading)["triggers[0].at"]
    assert found.fix is not None
    assert found.fix.value == "12:30:00"
    assert plan_of(reading).triggers == (TimeTrigger(at=("12:30:00",)),)


def test_an_unquoted_duration_is_seconds() -> None:
    reading = read_yaml("triggers: !include t.yaml\nactions:\n- delay: 5:00\n- delay: '5:00'\n")
    lengths = [each.delay.length for each in plan_of(reading).actions if isinstance(each, Delay)]
    assert lengths == [timedelta(minutes=5), timedelta(hours=5)]
    assert [each.path for each in reading.findings if each.code == Code.STYLE] == ["actions[0].delay"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", True),
        ("No", False),
        ("010", 8),
        ("1_000", 1000),
        ("0x1f", 31),
        ("1:30", 90),
        ("1e3", "1e3"),
        ("1.5", 1.5),
        ("~", None),
        ("", None),
        ("2026-01-01", "2026-01-01"),
        ("'on'", "on"),
        ("-.inf", float("-inf")),
    ],
)
def test_scalars_are_those_of_yaml_1_1(written: str, value: Any) -> None:
    assert parse_yaml(f"x: {written}").value == {"x": value}


def test_merge_keys_and_aliases() -> None:
    parsed = parse_yaml("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\nc: *a\nd:\n  <<: [*a, {z: 4, x: 9}]\n")
    assert parsed.findings == []
    assert parsed.value == {
        "a": {"x": 1, "y": 2},
        "b": {"x": 1, "y": 3},
        "c": {"x": 1, "y": 2},
        "d": {"x": 1, "y": 2, "z": 4},
    }


# -- durations ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("00:05:00", 300),
        ("1:30", 5400),
        (90, 90),
        ("90", 90),
        (0.5, 0.5),
        ({"minutes": 1, "seconds": "30"}, 90),
        ({"days": 1, "milliseconds": 250}, 86400.25),
        ("00:00:01.5", 1.5),
        ("+00:01", 60),
    ],
)
def test_durations(written: Any, seconds: float) -> None:
    (delay,) = clean(actions({"delay": written})).actions
    assert isinstance(delay, Delay)
    assert delay.delay.seconds == seconds


def test_a_templated_duration_is_kept() -> None:
    plan = clean(actions({"delay": "{{ 5 }}"}, {"delay": {"minutes": "{{ 5 }}", "seconds": 1}}))
    first, second = (each.delay for each in plan.actions if isinstance(each, Delay))
    assert first.template == "{{ 5 }}"
    assert dict(second.parts) == {"minutes": "{{ 5 }}", "seconds": 1}


@pytest.mark.parametrize(
    "written",
    [
        "soon",
        "1:2:3:4",
        {},
        {"minuts": 5},
        {"minutes": "x"},
        None,
        [5],
        True,
        -5,
        "-00:01",
        "nan",
        "1e400",
        float("inf"),
        {"days": 1e18},
        "9" * 30,
    ],
)
def test_no_duration(written: Any) -> None:
    assert any(path.startswith("actions[0].delay") for path in wrong(read_document(actions({"delay": written}))))


def test_an_offset_may_be_negative() -> None:
    clean(triggers({"trigger": "sun", "event": "Sunset", "offset": "-01:00:00"}))


# -- triggers ----------------------------------------------------------------------------------------------------------


def test_triggers_that_are_not_typed_are_kept() -> None:
    plan = clean(triggers({"trigger": "webhook", "webhook_id": "x", "id": "hook"}))
    assert plan.triggers == (OtherTrigger(kind="webhook", config={"webhook_id": "x"}, id="hook"),)


def test_purpose_made_triggers_have_target_and_options() -> None:
    written = {"trigger": "light.turned_on", "target": {"area_id": "hall"}, "options": {"behavior": "first"}}
    plan = clean(triggers(written))
    assert plan.triggers == (
        PurposeTrigger(kind="light.turned_on", target=Target(area_id="hall"), options={"behavior": "first"}),
    )


def test_options_of_a_classic_trigger_are_its_keys() -> None:
    plan = clean(triggers({"trigger": "state", "options": {"entity_id": "light.a", "to": "on"}}))
    assert plan.triggers == (StateTrigger(entity_id="light.a", to="on"),)


def test_nested_trigger_lists_are_flat() -> None:
    plan = clean({"triggers": [{"triggers": [*TRIGGERS, *TRIGGERS]}, *TRIGGERS], "actions": ACTIONS})
    assert [each.path for each in plan.triggers] == ["triggers[0]", "triggers[1]", "triggers[2]"]


def test_limits_are_numbers_or_entities() -> None:
    plan = clean(triggers({"trigger": "numeric_state", "entity_id": "sensor.a", "above": "5", "below": "sensor.max"}))
    assert plan.triggers == (NumericStateTrigger(entity_id="sensor.a", above=5, below="sensor.max"),)


def test_patterns() -> None:
    plan = clean(triggers({"trigger": "time_pattern", "minutes": "/05", "hours": 7}))
    assert plan.triggers == (TimePatternTrigger(minutes="/5", hours="7"),)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ({"trigger": "state"}, ""),
        ({"trigger": "state", "entity_id": "nonsense"}, ".entity_id"),
        ({"trigger": "state", "entity_id": "{{ x }}"}, ".entity_id"),
        ({"trigger": "state", "entity_id": None}, ".entity_id"),
        ({"trigger": "state", "entity_id": [5, "light.a"]}, ".entity_id[0]"),
        ({"trigger": "state", "entity_id": "light.a", "to": "on", "not_to": "off"}, ".not_to"),
        ({"trigger": "state", "entity_id": "light.a", "tol": "on"}, ".tol"),
        ({"trigger": "state", "entity_id": "light.a", "id": 5}, ".id"),
        ({"trigger": "state", "entity_id": "light.a", "variables": None}, ".variables"),
        ({"trigger": "state", "entity_id": "light.a", "enabled": [1]}, ".enabled"),
        ({"trigger": "state", "platform": "state", "entity_id": "light.a"}, ".trigger"),
        ({"trigger": "numeric_state", "entity_id": "sensor.a"}, ""),
        ({"trigger": "numeric_state", "entity_id": "sensor.a", "above": 5, "below": 4}, ""),
        ({"trigger": "numeric_state", "entity_id": "sensor.a", "above": "light.a"}, ".above"),
        ({"trigger": "numeric_state", "entity_id": "sensor.a", "above": None}, ".above"),
        ({"trigger": "time"}, ""),
        ({"trigger": "time", "at": []}, ".at"),
        ({"trigger": "time", "at": "25:00"}, ".at"),
        ({"trigger": "time", "at": "light.a"}, ".at"),
        ({"trigger": "time", "at": {"offset": "00:01:00"}}, ".at"),
        ({"trigger": "time", "at": "07:00", "weekday": ["Mon"]}, ".weekday[0]"),
        ({"trigger": "time", "at": "07:00", "weekday": "monday"}, ".weekday"),
        ({"trigger": "time_pattern"}, ""),
        ({"trigger": "time_pattern", "minutes": "/0"}, ".minutes"),
        ({"trigger": "time_pattern", "hours": 24}, ".hours"),
        ({"trigger": "sun", "event": "noon"}, ".event"),
        ({"trigger": "sun"}, ""),
        ({"trigger": "sun", "event": "sunset", "offset": "{{ 1 }}"}, ".offset"),
        ({"trigger": "zone", "entity_id": "person.a", "zone": "home"}, ".zone"),
        ({"trigger": "zone", "entity_id": "person.a", "zone": "zone.home", "event": "in"}, ".event"),
        ({"trigger": "template"}, ""),
        ({"trigger": "template", "value_template": None}, ".value_template"),
        ({"trigger": "event"}, ""),
        ({"trigger": "event", "event_type": "x", "event_data": "y"}, ".event_data"),
        ({"trigger": "mqtt"}, ""),
        ({"trigger": "mqtt", "topic": "a", "qos": 3}, ".qos"),
        ({"trigger": "device", "device_id": "x"}, ""),
        ({"trigger": "homeassistant", "event": "restart"}, ".event"),
        ({"trigger": "light.turned_on", "to": "on"}, ".to"),
        ({"trigger": "light.turned_on", "target": "light.a"}, ".target"),
        ({"trigger": "light.turned_on", "target": {"exclude": {"area_id": "hall"}}}, ".target"),
        ({"trigger": None}, ".trigger"),
        ({"entity_id": "light.a"}, ""),
        ("{{ template }}", ""),
        (None, ""),
        ([], ""),
    ],
)
def test_wrong_triggers(written: Any, path: str) -> None:
    reading = read_document(triggers(written))
    assert list(wrong(reading)) == [f"triggers[0]{path}"]
    assert len(plan_of(reading).triggers) == 1


# -- conditions --------------------------------------------------------------------------------------------------------


def test_condition_shorthands() -> None:
    template, state = "{{ 1 }}", {"condition": "state", "entity_id": "light.a", "state": "on"}
    plan = clean(conditions(template, {"or": [template, state]}, {"condition": [template]}, {"and": template}))
    held = TemplateCondition(value_template=template)
    assert plan.conditions == (
        held,
        OrCondition(conditions=(held, StateCondition(entity_id="light.a", state="on"))),
        AndCondition(conditions=(held,)),
        AndCondition(conditions=(held,)),
    )
    assert plan.conditions[1].conditions[0].path == "conditions[1].conditions[0]"  # type: ignore[union-attr]


def test_a_condition_as_an_action() -> None:
    plan = clean(actions({"condition": "{{ 1 }}", "alias": "Only then"}, {"or": ["{{ 1 }}"]}))
    first, second = plan.actions
    assert isinstance(first, CheckCondition)
    assert first.alias == "Only then"
    assert isinstance(second, CheckCondition)
    assert isinstance(second.condition, OrCondition)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("yes", ""),
        (5, ""),
        ({"condition": "state", "entity_id": "light.a"}, ""),
        ({"condition": "state", "entity_id": "light.a", "state": None}, ".state"),
        ({"condition": "state", "entity_id": "light.a", "state": "on", "match": "both"}, ".match"),
        ({"condition": "state", "entity_id": "light.a", "state": "1", "attribute": "x", "for": 5}, ".for"),
        ({"condition": "numeric_state", "entity_id": "sensor.a"}, ""),
        ({"condition": "time"}, ""),
        ({"condition": "time", "after": "7"}, ".after"),
        ({"condition": "sun"}, ""),
        ({"condition": "sun", "after": "noon"}, ".after"),
        ({"condition": "zone", "entity_id": "person.a"}, ""),
        ({"condition": "template"}, ""),
        ({"condition": "trigger"}, ""),
        ({"condition": "device", "domain": "light"}, ""),
        ({"condition": "device", "device_id": "x", "domain": "light", "enabled": "{{ 1 }}"}, ".enabled"),
        ({"condition": "and"}, ""),
        ({"condition": "and", "conditions": [{"condition": "or", "conditions": [7]}]}, ".conditions[0].conditions[0]"),
        ({"condition": "{{ 1 }}"}, ".condition"),
        ({"or": ["{{ 1 }}"], "when": 1}, ".when"),
        ({"condition": "light.is_on", "state": "on"}, ".state"),
        ({}, ""),
    ],
)
def test_wrong_conditions(written: Any, path: str) -> None:
    reading = read_document(conditions(written))
    assert list(wrong(reading)) == [f"conditions[0]{path}"]
    assert len(plan_of(reading).conditions) == 1


# -- actions -----------------------------------------------------------------------------------------------------------


def test_ids_among_the_data_are_the_target() -> None:
    written = {
        "service": "light.turn_on",
        "target": {"area_id": "hall"},
        "data": {"entity_id": "light.a, light.b", "area_id": "kitchen", "brightness": 3},
    }
    (call,) = clean(actions(written)).actions
    target = Target(entity_id=("light.a", "light.b"), area_id="hall")
    assert call == CallService(action="light.turn_on", target=target, data={"brightness": 3})


def test_a_target_may_be_a_template() -> None:
    (call,) = clean(actions({"action": "{{ x }}", "target": "{{ y }}", "data": "{{ z }}"})).actions
    assert isinstance(call, CallService)
    assert [type(each) for each in (call.action, call.target, call.data)] == [Template] * 3


def test_branches_of_parallel() -> None:
    (parallel,) = clean(actions({"parallel": [{"delay": 1}, [{"delay": 2}, {"delay": 3}], {"sequence": []}]})).actions
    assert isinstance(parallel, Parallel)
    assert [len(each.sequence) for each in parallel.branches] == [1, 2, 0]


def test_waiting_for_an_old_trigger() -> None:
    (wait,) = clean(actions({"wait_for_trigger": {"platform": "state", "entity_id": "light.a"}, "timeout": 5})).actions
    assert isinstance(wait, WaitForTrigger)
    assert wait.triggers == (StateTrigger(entity_id="light.a"),)


def test_other_actions() -> None:
    plan = clean(actions({"scene": "scene.a"}, {"stop": None}, {"set_conversation_response": None}, {"event": "x"}))
    assert plan.actions[0] == ActivateScene(scene="scene.a")
    assert [each.kind for each in plan.actions] == ["scene", "stop", "set_conversation_response", "event"]


def test_the_first_key_of_home_assistants_order_says_the_kind() -> None:
    reading = read_document(actions({"delay": 5, "action": "light.turn_on"}))
    assert list(wrong(reading)) == ["actions[0].action"]
    assert isinstance(plan_of(reading).actions[0], Delay)


@pytest.mark.parametrize(
    ("written", "path"),
    [
        ("light.turn_on", ""),
        ({}, ""),
        ({"alias": "x"}, ""),
        ({"action": "light"}, ".action"),
        ({"action": None}, ".action"),
        ({"action": "light.turn_on", "service": "light.turn_on"}, ".action"),
        ({"action": "light.turn_on", "data": None}, ".data"),
        ({"action": "light.turn_on", "data": "x"}, ".data"),
        ({"action": "light.turn_on", "target": None}, ".target"),
        ({"action": "light.turn_on", "target": {"room": "hall"}}, ".target.room"),
        ({"action": "light.turn_on", "entity_id": "{{ x }}"}, ".entity_id"),
        ({"action": "light.turn_on", "data": {"entity_id": "x"}}, ".target.entity_id"),
        ({"action": "light.turn_on", "continue_on_error": "maybe"}, ".continue_on_error"),
        ({"action": "light.turn_on", "brightness": 5}, ".brightness"),
        ({"choose": [{"conditions": []}]}, ".choose[0]"),
        ({"choose": ["x"]}, ".choose[0]"),
        ({"if": "{{ 1 }}"}, ""),
        ({"if": "{{ 1 }}", "then": [], "elif": []}, ".elif"),
        ({"repeat": {"sequence": []}}, ".repeat"),
        ({"repeat": {"count": 2, "until": [], "sequence": []}}, ".repeat"),
        ({"repeat": {"count": "x", "sequence": []}}, ".repeat.count"),
        ({"repeat": {"count": 2}}, ".repeat"),
        ({"repeat": {"for_each": "x", "sequence": []}}, ".repeat.for_each"),
        ({"repeat": 5}, ".repeat"),
        ({"delay": 5, "for": 1}, ".for"),
        ({"wait_template": None}, ".wait_template"),
        ({"wait_for_trigger": [{"trigger": "state"}]}, ".wait_for_trigger[0]"),
        ({"variables": [1]}, ".variables"),
        ({"scene": "light.a"}, ".scene"),
        ({"stop": "x", "error": True, "response_variable": "y"}, ".response_variable"),
        ({"device_id": "x", "type": "turn_on"}, ""),
        ({"device_id": "x", "domain": "light", "type": "turn_on", "enabled": "{{ 1 }}"}, ".enabled"),
        ({"parallel": [{"nothing": 1}]}, ".parallel[0].sequence[0]"),
        ({"event": "x", "event_data": 5}, ".event_data"),
    ],
)
def test_wrong_actions(written: Any, path: str) -> None:
    reading = read_document(actions(written))
    assert list(wrong(reading)) == [f"actions[0]{path}"]
    assert len(plan_of(reading).actions) == 1


def test_all_mistakes_are_told() -> None:
    reading = read_document(
        {
            "triggers": [{"trigger": "sun"}, {"trigger": "time", "at": "x"}],
            "conditions": [{"condition": "sun"}],
            "actions": [{"repeat": {"count": 1, "sequence": [{"delay": "x"}, {"scene": 5}]}}, {"if": [], "then": [1]}],
            "mode": "resart",
            "max": 1,
            "nonsense": True,
        }
    )
    assert set(wrong(reading)) == {
        "triggers[0]",
        "triggers[1].at",
        "conditions[0]",
        "actions[0].repeat.sequence[0].delay",
        "actions[0].repeat.sequence[1].scene",
        "actions[1].then[0]",
        "mode",
        "max",
        "nonsense",
    }
    mode = wrong(reading)["mode"]
    assert mode.fix is not None
    assert mode.fix.value == "restart"


def test_a_key_that_is_nearly_right_has_a_fix() -> None:
    reading = read_document(triggers({"trigger": "state", "entitiy_id": "light.a"}))
    fixes = {each.fix.path: each.fix.rename for each in reading.findings if each.fix}
    assert fixes == {"triggers[0].entitiy_id": "entity_id"}


# -- whole automations -------------------------------------------------------------------------------------------------


def test_blueprints_are_kept_as_such() -> None:
    plan = clean(
        {"alias": "x", "use_blueprint": {"path": "a/b.yaml", "input": {"light": "light.a"}}, "mode": "restart"}
    )
    assert plan.use_blueprint is not None
    assert (plan.use_blueprint.blueprint, plan.mode) == ("a/b.yaml", "restart")
    assert compile_plan(plan) == {
        "alias": "x",
        "use_blueprint": {"path": "a/b.yaml", "input": {"light": "light.a"}},
        "mode": "restart",
    }


@pytest.mark.parametrize(
    "wrapped", [[{"id": "1", **triggers()}], {"automation": triggers()}, {"automation x": [triggers()]}]
)
def test_one_automation_may_be_wrapped(wrapped: Any) -> None:
    assert read_document(wrapped).plan is not None


def test_several_automations_are_read_one_by_one() -> None:
    text = "".join(f"- id: '{n}'\n  trigger: []\n  action:\n  - delay: !secret x\n" for n in range(12))
    readings = read_all_yaml(text)
    assert [plan_of(each).id for each in readings] == [str(n) for n in range(12)]
    assert wrong(readings[10])["triggers"].line == 42
    assert [each.path for each in readings[1].findings if each.code == Code.UNSEEN_TAG] == ["actions[0].delay"]
    assert read_yaml(text).plan is None
    assert [each.code for each in read_yaml(text).findings] == [Code.SCHEMA]


@pytest.mark.parametrize(
    "document",
    [
        None,
        5,
        "turn on the light",
        [],
        {},
        {"sensor": [{"platform": "template"}]},
        {"blueprint": {"name": "x"}, "trigger": []},
        {"light": {"platform": "group"}},
        {"automation": "x"},
        [[]],
        {"automation": None},
    ],
)
def test_no_automation(document: Any) -> None:
    reading = read_document(document)
    assert reading.plan is None
    assert [(each.code, each.severity) for each in reading.findings] == [(Code.SCHEMA, Severity.ERROR)]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"triggers": []}, "triggers"),
        ({"trigger": []}, "triggers"),
        ({"id": 5}, "id"),
        ({"alias": None}, "alias"),
        ({"initial_state": "maybe"}, "initial_state"),
        ({"trace": {"stored_traces": -1}}, "trace.stored_traces"),
        ({"trace": 5}, "trace"),
        ({"variables": "x"}, "variables"),
        ({"max_exceeded": "loud"}, "max_exceeded"),
        ({"max": "many"}, "max"),
        ({"use_blueprint": "x"}, "use_blueprint"),
        ({"use_blueprint": {"input": {}}}, "use_blueprint"),
    ],
)
def test_wrong_automations(change: Any, path: str) -> None:
    reading = read_document({"triggers": TRIGGERS, "actions": ACTIONS} | change)
    assert list(wrong(reading)) == [path]
    assert reading.plan is not None


def test_triggers_and_actions_must_be_there() -> None:
    messages = [each.message for each in read_document({"alias": "x"}).findings]
    assert messages == ["An automation needs triggers.", "An automation needs actions."]


# -- bad text ----------------------------------------------------------------------------------------------------------

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("# nothing\n", 1),
        ("a: b: c", 1),
        ("a:\n\t- b", 2),
        ("a:\n  b: 1\n\tc: 2", 3),
        ("x: 1\na: b\0c", 2),
        ("a: \ud800", 1),
        ("a: 1\n---\nb: 2", 2),
        ("a: &a [*a]", 1),
        ("a: *b", 1),
        ("\na: !!python/object/apply:os.system ['x']", 2),
        ("!!python/object:os.system {}", 1),
        ("a: !shell x", 1),
        ("? [a]\n: b", 1),
        ("a: [", 1),
        ("a: 'x", 1),
        ("[" * 100_000, 1),
        ("- " * 100_000, 1),
        (BOMB, 5),
        ("- a: bbbbbbbbbbbbbbbbbbbbbbbbbbbb\n" * 29_000, MOST_NODES // 3 + 1),
        ("a: b\n" * 200_000, 100),
        ("{" + "a," * 400_000, 1),
    ],
)
def test_bad_text_is_a_finding(text: str, line: int) -> None:
    reading = read_yaml(text)
    assert reading.plan is None
    found = reading.findings[-1]
    assert (found.code, found.severity) == (Code.SYNTAX, Severity.ERROR)
    assert found.line is not None
    assert abs(found.line - line) <= 1
    assert len(reading.findings) <= 101


@pytest.mark.parametrize("text", ["x" * (LARGEST + 1), "é" * (LARGEST // 2 + 1), "%TAG ! x\n" * 20_000])
def test_text_without_a_place_is_a_finding(text: str) -> None:
    reading = read_yaml(text)
    assert [each.code for each in reading.findings] == [Code.SYNTAX]


def test_a_duplicate_key_is_a_finding_at_its_place() -> None:
    reading = read_yaml("alias: x\ntrigger: []\naction:\n- delay: 1\n  delay: 2\n")
    (found,) = [each for each in reading.findings if each.code == Code.SYNTAX]
    assert (found.path, found.line, found.column) == ("actions[0].delay", 5, 3)


def test_tags_of_home_assistant_are_kept_and_told() -> None:
    text = "triggers: !include t.yaml\nactions:\n- action: lock.unlock\n  data: {code: !secret pin}\n- !input more\n"
    reading = read_yaml(text)
    plan = plan_of(reading)
    assert reading.clean
    assert plan.triggers == (OtherTrigger(kind="", config=Tagged("!include t.yaml")),)
    assert plan.actions[1] == OtherAction(config=Tagged("!input more"))
    told = {each.path: each.line for each in reading.findings if each.code == Code.UNSEEN_TAG}
    assert told == {"triggers": 1, "actions[0].data.code": 4, "actions[1]": 5}


def test_a_key_that_yaml_takes_for_a_flag_is_a_finding() -> None:
    reading = read_yaml("trigger: []\naction: []\nvariables:\n  on: 1\n")
    (found,) = [each for each in reading.findings if each.code == Code.SYNTAX]
    assert (found.path, found.line) == ("variables.on", 4)


def test_a_document_too_deep_or_too_large_is_a_finding() -> None:
    deep: Any = []
    for _ in range(10_000):
        deep = [deep]
    for document in (deep, [0] * (MOST_NODES + 1), {"alias": "\0"}, {"alias": "\ud800"}):
        assert [each.code for each in read_document(document).findings] == [Code.SYNTAX]


KEYS = """
    alias id enabled trigger triggers platform condition conditions action actions service data target entity_id at for
    to from above below repeat count while until for_each sequence choose default if then else parallel delay
    wait_template wait_for_trigger timeout variables stop event scene device_id domain options exclude and or not kind
    hours weekday offset zone topic state attribute use_blueprint
""".split()  # noqa: SIM905 (shorter than a list)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
PLAIN: Any = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
KINDS = ["state", "time", "sun", "zone", "numeric_state", "light.turned_on", "and", "template"]
WORDS = """
    alias id enabled trigger triggers platform condition conditions action actions service data target entity_id at for
    to from above below repeat count while until for_each sequence choose default if then else parallel delay
    wait_template wait_for_trigger timeout variables stop event scene device_id domain options exclude and or not kind
    hours weekday offset zone topic state attribute use_blueprint
"""
KINDS = ["state", "time", "sun", "zone", "numeric_state", "light.turned_on", "and", "template"]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
PLAIN: Any = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
ANYTHING: Any = st.recursive(
    PLAIN | st.sampled_from(["{{ x }}", "light.a"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS.split()), inner | st.sampled_from(KINDS), max_size=5)
    ),
    max_leaves=25,
)


@settings(max_examples=400, deadline=None)
@given(ANYTHING, ANYTHING, ANYTHING)
def test_nothing_raises_and_what_is_read_can_be_written(first: Any, second: Any, third: Any) -> None:
    reading = read_document({"triggers": first, "conditions": second, "actions": third})
    plan = plan_of(reading)
    written = compile_plan(plan)
    if reading.clean:
        assert read_document(written).plan == plan


@settings(max_examples=200, deadline=None)
@given(st.text() | st.text(alphabet="ab:-[]{}&*!|>%@'\"# \n\t,?0123on", max_size=60))
def test_no_text_raises(text: str) -> None:
    parsed = parse_yaml(text)
    assert parsed.readable or parsed.findings
    read_yaml(text)


def test_a_trigger_of_no_kind_is_refused() -> None:
    findings = read_document({"triggers": [{"trigger": " "}], "actions": [{"action": "light.turn_on"}]}).findings
    assert [(each.code, each.path) for each in findings] == [("schema", "triggers[0]")]


def test_no_error_is_lost_behind_hints() -> None:
    actions = [{"service": "light.turn_on"} for _ in range(300)]
    findings = read_document({"triggers": [], "actions": [*actions, {"delay": "soon"}]}).findings
    assert "actions[300].delay" in {each.path for each in findings if each.severity is Severity.ERROR}
