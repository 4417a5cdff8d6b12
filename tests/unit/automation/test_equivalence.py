"""Whether two automations mean the same: respelled and reordered ones do, changed ones do not."""

from __future__ import annotations

import re
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from contracts.home import HomeDocument
from shared.home import Registry
from tests.unit.automation.conftest import HOME
from tests.unit.automation.generated import Things, plan_strategy, plans
from workers.automation.equivalence import fingerprint, normal, same
from workers.automation.plan.actions import CallService, Choose, ChooseOption, Delay, If, Parallel, Sequence
from workers.automation.plan.conditions import AndCondition, NotCondition, OrCondition, TriggerCondition
from workers.automation.plan.duration import Duration
from workers.automation.plan.plan import Plan
from workers.automation.plan.triggers import HomeAssistantTrigger
from workers.automation.plan.walk import conditions_in
from workers.automation.reading.reading import read_document
from workers.automation.writing.compiler import compile_plan

THINGS = Things.of(Registry.from_document(HomeDocument.model_validate(HOME.model_dump())))
MOTION = {"trigger": "state", "entity_id": "binary_sensor.motion", "to": "on"}
DOOR = {"trigger": "state", "entity_id": "binary_sensor.door", "to": "on"}
ON = {"action": "light.turn_on", "target": {"entity_id": "light.hall"}}
OFF = {"action": "light.turn_off", "target": {"entity_id": "light.hall"}}
DARK = {"condition": "state", "entity_id": "sun.sun", "state": "below_horizon"}
HOME_ALONE = {"condition": "state", "entity_id": "person.anna", "state": "home"}


def plan(triggers: Any = (MOTION,), conditions: Any = (), actions: Any = (ON,), **more: Any) -> Plan:
    document = {"triggers": list(triggers), "conditions": list(conditions), "actions": list(actions), **more}
    found = read_document(document).plan
    assert found is not None
    return found


def asking(**fields: Any) -> dict[str, Any]:
    return {"condition": "state", **fields}


SAME: list[tuple[str, Plan, Plan]] = [
    ("names", plan(alias="A", id="1", description="x"), plan(alias="B", initial_state=False)),
    ("order of triggers", plan([MOTION, DOOR]), plan([DOOR, MOTION])),
    (
        "lists of triggers",
        plan([{**MOTION, "entity_id": ["binary_sensor.motion", "binary_sensor.door"]}]),
        plan([DOOR, MOTION]),
    ),
    ("one as a list", plan([{**MOTION, "to": ["on"]}]), plan()),
    ("ids of triggers", plan([{**MOTION, "id": "a"}]), plan([{**MOTION, "id": "b"}])),
    (
        "asked for by ids",
        plan([{**MOTION, "id": "a"}, DOOR], [{"condition": "trigger", "id": "a"}]),
        plan([DOOR, {**MOTION, "id": "b"}], [{"condition": "trigger", "id": "b"}]),
    ),
    ("switched off", plan([MOTION, {**DOOR, "enabled": False}], actions=[{**OFF, "enabled": False}, ON]), plan()),
    ("order of conditions", plan(conditions=[DARK, HOME_ALONE]), plan(conditions=[HOME_ALONE, DARK])),
    ("and in and", plan(conditions=[{"and": [DARK, {"and": [HOME_ALONE]}]}]), plan(conditions=[HOME_ALONE, DARK])),
    (
        "or in or",
        plan(conditions=[{"or": [DARK, {"or": [HOME_ALONE]}]}]),
        plan(conditions=[{"or": [HOME_ALONE, DARK]}]),
    ),
    ("not not", plan(conditions=[{"not": [{"not": [DARK]}]}]), plan(conditions=[DARK])),
    (
        "not of two",
        plan(conditions=[{"not": [DARK, HOME_ALONE]}]),
        plan(conditions=[{"not": [DARK]}, {"not": [HOME_ALONE]}]),
    ),
    (
        "two entities",
        plan(conditions=[asking(entity_id=["light.a", "light.b"], state="on")]),
        plan(conditions=[asking(entity_id="light.b", state="on"), asking(entity_id="light.a", state=["on"])]),
    ),
    (
        "any of two",
        plan(conditions=[asking(entity_id=["light.a", "light.b"], state="on", match="any")]),
        plan(conditions=[{"or": [asking(entity_id="light.b", state="on"), asking(entity_id="light.a", state="on")]}]),
    ),
    ("a template", plan(conditions=["{{is_state('sun.sun','below_horizon')}}"]), plan(conditions=[DARK])),
    (
        "spaces and quotes",
        plan(conditions=["{{ states( 'sensor.a' ) |  float(0)  > 3 }}"]),
        plan(conditions=['{{states("sensor.a")|float( 0 ) > 3}}']),
    ),
    (
        "homeassistant.turn_on",
        plan(actions=[{"action": "homeassistant.turn_on", "target": {"entity_id": "light.hall"}}]),
        plan(),
    ),
    (
        "of two domains",
        plan(actions=[{"action": "homeassistant.turn_off", "target": {"entity_id": ["switch.a", "light.hall"]}}]),
        plan(actions=[{"parallel": [OFF, {"action": "switch.turn_off", "target": {"entity_id": "switch.a"}}]}]),
    ),
    (
        "a short scene",
        plan(actions=[{"scene": "scene.x"}]),
        plan(actions=[{"action": "scene.turn_on", "target": {"entity_id": "scene.x"}}]),
    ),
    (
        "neighbours",
        plan(actions=[ON, {**ON, "target": {"entity_id": "light.b"}}]),
        plan(actions=[{**ON, "target": {"entity_id": ["light.b", "light.hall"]}}]),
    ),
    (
        "if and choose",
        plan(actions=[{"if": [DARK], "then": [ON], "else": [OFF]}]),
        plan(actions=[{"choose": [{"conditions": [DARK], "sequence": [ON]}], "default": [OFF]}]),
    ),
    (
        "if in else",
        plan(actions=[{"if": [DARK], "then": [ON], "else": [{"if": [HOME_ALONE], "then": [OFF]}]}]),
        plan(actions=[{"choose": [{"conditions": DARK, "sequence": ON}, {"conditions": HOME_ALONE, "sequence": OFF}]}]),
    ),
    ("parallel", plan(actions=[{"parallel": [ON, {"delay": 1}]}]), plan(actions=[{"parallel": [{"delay": 1}, ON]}])),
    ("sequences", plan(actions=[{"sequence": [ON, {"sequence": [OFF]}]}]), plan(actions=[ON, OFF])),
    ("lengths of time", plan(actions=[{"delay": "00:05:00"}]), plan(actions=[{"delay": {"minutes": 5}}])),
    ("times", plan([{"trigger": "time", "at": "06:45"}]), plan([{"trigger": "time", "at": ["06:45:00"]}])),
    (
        "every day",
        plan(conditions=[{"condition": "time", "weekday": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}]),
        plan(),
    ),
    ("why it stops", plan(actions=[{"stop": "done"}]), plan(actions=[{"stop": ""}])),
    (
        "old spelling",
        plan(),
        plan(
            [{"platform": "state", "entity_id": "binary_sensor.motion", "to": "on"}],
            actions=[{"service": "light.turn_on", "entity_id": "light.hall"}],
        ),
    ),
]
OTHER: list[tuple[str, Plan, Plan]] = [
    ("order of actions", plan(actions=[ON, OFF]), plan(actions=[OFF, ON])),
    ("an area is not its entities", plan(actions=[{**ON, "target": {"area_id": "hall"}}]), plan()),
    ("or for and", plan(conditions=[{"or": [DARK, HOME_ALONE]}]), plan(conditions=[DARK, HOME_ALONE])),
    (
        "all for any",
        plan(conditions=[asking(entity_id=["light.a", "light.b"], state="on", match="any")]),
        plan(conditions=[asking(entity_id=["light.a", "light.b"], state="on")]),
    ),
    ("mode", plan(mode="restart"), plan()),
    ("for", plan([{**MOTION, "for": "00:00:05"}]), plan()),
    (
        "toggled twice",
        plan(actions=[{**ON, "action": "light.toggle"}] * 2),
        plan(actions=[{**ON, "action": "light.toggle"}]),
    ),
    (
        "how bright",
        plan(actions=[{**ON, "data": {"brightness_pct": 10}}]),
        plan(actions=[{**ON, "data": {"brightness_pct": 11}}]),
    ),
    (
        "which trigger is asked for",
        plan([{**MOTION, "id": "a"}, {**DOOR, "id": "b"}], [{"condition": "trigger", "id": "a"}]),
        plan([{**MOTION, "id": "a"}, {**DOOR, "id": "b"}], [{"condition": "trigger", "id": "b"}]),
    ),
    (
        "ids that a template asks for",
        plan([{**MOTION, "id": "a"}], ["{{ trigger.id == 'a' }}"]),
        plan([{**MOTION, "id": "b"}], ["{{ trigger.id == 'a' }}"]),
    ),
    ("a text in a template", plan(conditions=["{{ 'a  b' == x }}"]), plan(conditions=["{{ 'a b' == x }}"])),
    (
        "waiting ends it",
        plan(actions=[{"wait_template": "{{ x }}", "timeout": 5, "continue_on_timeout": False}]),
        plan(actions=[{"wait_template": "{{ x }}", "timeout": 5}]),
    ),
    ("stops with an error", plan(actions=[{"stop": "x", "error": True}]), plan(actions=[{"stop": "x"}])),
    ("from before", plan([{**MOTION, "from": "off"}]), plan()),
    (
        "not of and",
        plan(conditions=[{"not": [{"and": [DARK, HOME_ALONE]}]}]),
        plan(conditions=[{"not": [DARK, HOME_ALONE]}]),
    ),
]


@pytest.mark.parametrize(("one", "other"), [each[1:] for each in SAME], ids=[each[0] for each in SAME])
def test_what_means_the_same_is_the_same(one: Plan, other: Plan) -> None:
    assert normal(one) == normal(other)
    assert same(one, other)
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(("one", "other"), [each[1:] for each in OTHER], ids=[each[0] for each in OTHER])
def test_what_does_not_is_not(one: Plan, other: Plan) -> None:
    assert not same(one, other)
    assert fingerprint(one) != fingerprint(other)


def test_a_fingerprint_is_64_digits_and_the_same_in_every_process() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", fingerprint(plan()))
    assert fingerprint(plan()) == fingerprint(plan())


# -- any plan ----------------------------------------------------------------------------------------------------------


def respelled(given_plan: Plan, random: Random) -> Plan:
    """The same with other names, in another order, and nested without need."""
    triggers = list(given_plan.triggers)
    asked = [each for one in conditions_in(given_plan) if isinstance(one, TriggerCondition) for each in one.id]
    if "idx" not in str(given_plan) and not any(each.isdigit() for each in asked):
        random.shuffle(triggers)
    conditions = list(given_plan.conditions)
    random.shuffle(conditions)
    nested = (
        (AndCondition(conditions=tuple(conditions)),) if conditions and random.random() < 0.5 else tuple(conditions)
    )
    actions: list[Any] = []
    for each in given_plan.actions:
        if isinstance(each, If) and each.enabled is True:
            option = ChooseOption(conditions=each.conditions, sequence=each.then)
            actions.append(Choose(options=(option,), default=each.else_, continue_on_error=each.continue_on_error))
        elif isinstance(each, Parallel):
            actions.append(
                each.model_copy(update={"branches": tuple(random.sample(each.branches, len(each.branches)))})
            )
        else:
            actions.append(Sequence(sequence=(each,)) if random.random() < 0.3 else each)
    update = {"alias": f"Name {random.random()}", "id": "other", "description": "x", "stored_traces": 3}
    return given_plan.model_copy(
        update={**update, "triggers": tuple(triggers), "conditions": nested, "actions": tuple(actions)}
    )


@settings(max_examples=300, deadline=None)
@given(plan_strategy(THINGS), st.integers(0, 10_000))
def test_a_plan_that_is_only_respelled_is_the_same(made: Plan, seed: int) -> None:
    assert normal(respelled(made, Random(seed))) == normal(made)


@settings(max_examples=200, deadline=None)
@given(plan_strategy(THINGS))
def test_writing_and_reading_again_changes_no_meaning(made: Plan) -> None:
    again = read_document(compile_plan(made)).plan
    assert again is not None
    assert same(made, again)


CHANGES: dict[str, Any] = {
    "another trigger": lambda made: {"triggers": (*made.triggers, HomeAssistantTrigger(event="no such event"))},
    "another action": lambda made: {"actions": (*made.actions, Delay(delay=Duration(length=timedelta(seconds=1.23))))},
    "an action before": lambda made: {"actions": (CallService(action="no.such"), *made.actions)},
    "another mode": lambda made: {"mode": "restart" if made.mode != "restart" else "single"},
    "a condition that never holds": lambda made: {"conditions": (*made.conditions, OrCondition(conditions=()))},
    "the opposite": lambda made: {
        "conditions": (NotCondition(conditions=(AndCondition(conditions=made.conditions),)),)
    },
}


@pytest.mark.parametrize("change", CHANGES)
@settings(max_examples=60, deadline=None)
@given(made=plan_strategy(THINGS))
def test_a_changed_plan_is_another(made: Plan, change: str) -> None:
    if change == "a condition that never holds":
        never = normal(made.model_copy(update={"conditions": (OrCondition(conditions=()),)}))["conditions"]
        held = normal(made)["conditions"]
        assume(never not in (held, *(held.get("and", ()))))
    changed = made.model_copy(update=CHANGES[change](made))
    assert not same(made, changed)
    assert fingerprint(made) != fingerprint(changed)


def test_different_plans_have_different_fingerprints() -> None:
    found = {fingerprint(each): each for each in plans(11, 400, THINGS)}
    assert len(found) > 380


# -- documents as people write them ------------------------------------------------------------------------------------


DARK_YAML = "{condition: state, entity_id: sun.sun, state: below_horizon}"
HOME_YAML = "{condition: state, entity_id: person.a, state: home}"
ON_YAML = "{action: light.turn_on, target: {entity_id: light.a}}"
OFF_YAML = "{action: light.turn_off, target: {entity_id: light.a}}"


def written(text: str) -> Plan:
    """An automation from its parts in YAML, with a trigger and an action where it says none."""
    for name, given_yaml in (("DARK", DARK_YAML), ("HOME", HOME_YAML), ("ON", ON_YAML), ("OFF", OFF_YAML)):
        text = re.sub(rf"\b{name}\b", given_yaml, text)
    document = {
        "triggers": [{"trigger": "state", "entity_id": "binary_sensor.m", "to": "on"}],
        "actions": [yaml.safe_load(ON_YAML)],
    } | yaml.safe_load(text)
    found = read_document(document).plan
    assert found is not None
    return found


ALIKE = [
    ("actions: [{action: light.turn_on, data: {entity_id: light.a}}]", "actions: [ON]"),
    ("actions: [{service: light.turn_on, entity_id: 'light.a, light.b'}]",
     "actions: [{action: light.turn_on, target: {entity_id: [light.b, light.a]}}]"),
    ("triggers: {trigger: state, entity_id: a.b, to: x, for: 300}",
     "triggers: {trigger: state, entity_id: a.b, to: [x], for: {minutes: 5}}"),
    ("triggers: {trigger: state, entity_id: a.b, to: [x, y]}",
     "triggers: [{trigger: state, entity_id: a.b, to: y}, {trigger: state, entity_id: a.b, to: x}]"),
    ("triggers: {trigger: time_pattern, minutes: /5}",
     "triggers: {trigger: time_pattern, hours: '*', minutes: /5, seconds: 0}"),
    ("triggers: {trigger: numeric_state, entity_id: a.b, above: '5'}",
     "triggers: {trigger: numeric_state, entity_id: [a.b], above: 5.0}"),
    ("triggers: {trigger: sun, event: sunset, offset: '-00:30:00'}",
     "triggers: {trigger: sun, event: sunset, offset: {minutes: -30}}"),
    ("conditions: ['{{ x > 3 }}']", "conditions: {condition: template, value_template: '{{x>3}}'}"),
    ("conditions: {not: [{or: [DARK, HOME]}]}", "conditions: {not: [HOME, DARK]}"),
    ("conditions: {not: [{and: [DARK, HOME]}]}", "conditions: {or: [{not: [HOME]}, {not: [DARK]}]}"),
    ("conditions: [\"{{ is_state('person.a', 'home') and is_state('sun.sun', 'below_horizon') }}\"]",
     "conditions: [DARK, HOME]"),
    ("conditions: [\"{{ states('person.a') == 'home' or not is_state('sun.sun', 'below_horizon') }}\"]",
     "conditions: {or: [{not: [DARK]}, HOME]}"),
    ("actions: [{choose: {conditions: DARK, sequence: ON}, default: []}]", "actions: [{if: [DARK], then: ON}]"),
    ("actions: [{wait_template: '{{ x }}', continue_on_timeout: false}]", "actions: [{wait_template: '{{ x }}'}]"),
    ("actions: [{parallel: [ON, {delay: 1}]}]",
     "actions: [{parallel: [{sequence: [{delay: '00:00:01'}]}, {sequence: [ON]}]}]"),
    ("{alias: x, mode: single, max_exceeded: silent}", "{description: y}"),
]  # fmt: skip
UNLIKE = [
    ("actions: [ON, OFF]", "actions: [OFF, ON]"),
    ("actions: [ON, DARK, OFF]", "{conditions: DARK, actions: [ON, OFF]}"),
    ("actions: [{if: [DARK], then: [ON]}, OFF]", "actions: [DARK, ON, OFF]"),
    ("actions: [{if: [DARK], then: [ON]}, {if: [HOME], then: [OFF]}]",
     "actions: [{choose: [{conditions: DARK, sequence: ON}, {conditions: HOME, sequence: OFF}]}]"),
    ("actions: [{choose: [{conditions: DARK, sequence: ON}], default: OFF}]",
     "actions: [{choose: [{conditions: DARK, sequence: ON}]}]"),
    ("actions: [{repeat: {while: [DARK], sequence: [ON]}}]", "actions: [{repeat: {until: [DARK], sequence: [ON]}}]"),
    ("actions: [{parallel: [{sequence: [{delay: 1}, ON]}]}]", "actions: [{parallel: [{delay: 1}, ON]}]"),
    ("actions: [ON, {stop: x}, OFF]", "actions: [ON, OFF]"),
    ("actions: [ON, OFF, ON]", "actions: [ON, OFF]"),
    ("{mode: queued, max: 3}", "{mode: queued}"),
    ("triggers: {trigger: state, entity_id: a.b, to: [x, y], for: 5}",
     "triggers: [{trigger: state, entity_id: a.b, to: y, for: 5}, {trigger: state, entity_id: a.b, to: x, for: 5}]"),
    ("triggers: {trigger: state, entity_id: a.b, to: null}", "triggers: {trigger: state, entity_id: a.b}"),
    ("triggers: {trigger: numeric_state, entity_id: a.b, above: 5}",
     "triggers: {trigger: numeric_state, entity_id: a.b, below: 5}"),
    ("triggers: {trigger: sun, event: sunset, offset: '-00:30:00'}",
     "triggers: {trigger: sun, event: sunset, offset: '00:30:00'}"),
    ("conditions: {not: [{and: [DARK, HOME]}]}", "conditions: {not: [DARK, HOME]}"),
    ("conditions: {condition: time, after: '20:00', before: '06:00'}",
     "conditions: {condition: time, after: '06:00', before: '20:00'}"),
    ("conditions: [\"{{ is_state('a.b', 'on') or is_state('a.c', 'on') }}\"]",
     "conditions: {condition: state, entity_id: [a.b, a.c], state: 'on'}"),
    ("conditions: [\"{{ states('a.b') == 'unknown' }}\"]",
     "conditions: {condition: state, entity_id: a.b, state: unknown}"),
    ("conditions: [\"{{ is_state('a.b', 'input_text.c') }}\"]",
     "conditions: {condition: state, entity_id: a.b, state: input_text.c}"),
    ("conditions: [\"{{ 'a < b' == x }}\"]", "conditions: [\"{{ 'a<b' == x }}\"]"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_other_words_for_the_same(one: str, other: str) -> None:
    assert normal(written(one)) == normal(written(other))


@pytest.mark.parametrize(("one", "other"), UNLIKE)
def test_what_only_looks_alike(one: str, other: str) -> None:
    assert not same(written(one), written(other))
