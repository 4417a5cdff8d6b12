"""Writing: Home Assistant's current form, and YAML that says the same."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.home import Registry
from tests.unit.automation.conftest import HOME
from tests.unit.automation.generated import Things, plan_strategy, plans
from workers.automation.plan.actions import CallService, Parallel, SetVariables
from workers.automation.plan.actions import Sequence as SequenceAction
from workers.automation.plan.duration import Duration
from workers.automation.plan.plan import Plan
from workers.automation.plan.target import Target
from workers.automation.plan.triggers import ANY_STATE, StateTrigger, TimeTrigger
from workers.automation.plan.value import Tagged
from workers.automation.reading.reading import read_document, read_yaml
from workers.automation.reading.yaml_text import parse_yaml
from workers.automation.writing.compiler import compile_plan
from workers.automation.writing.values import write_duration
from workers.automation.writing.yaml_text import write_document, write_yaml

THINGS = Things.of(Registry.from_document(HOME))
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
SCALARS = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False, allow_infinity=False)
LINES = st.lists(st.sampled_from(["", " ", "a", "  b: c", "# d", "- e", "{{ f }}", "'", "on"]), max_size=5).map(
    "\n".join
)
TRICKY = st.sampled_from(
    [
        "on",
        "No",
        "null",
        "~",
        "1e3",
        "12:30:00",
        "012",
        "0o7",
        "=",
        "<<",
        "-",
        "- a",
        "a: b",
        "a #b",
        "%a",
        "@a",
        "y",
        "1_0",
    ]
)
DOCUMENTS: Any = st.recursive(
    SCALARS | TEXTS | LINES | TRICKY,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS | TRICKY, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS)
def test_yaml_says_what_the_document_does(document: Any) -> None:
    written = write_document({"x": document})
    parsed = parse_yaml(written)
    assert parsed.readable, (written, parsed.findings)
    assert parsed.value == {"x": document}
    assert yaml.safe_load(written) == {"x": document}


@settings(max_examples=150, deadline=None)
@given(plan_strategy(THINGS))
def test_reading_what_was_written_gives_the_same_plan(plan: Plan) -> None:
    document = compile_plan(plan)
    for reading in (read_document(document), read_yaml(write_yaml(plan))):
        assert reading.findings == ()
        assert reading.plan == plan
        assert reading.plan is not None
        assert compile_plan(reading.plan) == document


def test_writing_is_stable() -> None:
    for plan in plans(11, 100, THINGS):
        text = write_yaml(plan)
        again = read_yaml(text).plan
        assert again is not None
        assert write_yaml(again) == text


def test_every_path_of_a_plan_leads_to_its_node() -> None:
    for plan in plans(12, 50, THINGS):
        document = compile_plan(plan)
        reading = read_document(document)
        assert reading.plan is not None
        for action in reading.plan.actions:
            assert action.path.startswith("actions[")


def test_the_current_form() -> None:
    plan = Plan(
        alias="Evening",
        triggers=(StateTrigger(entity_id="binary_sensor.door", from_=ANY_STATE, to="on", for_=Duration.of(300)),),
        actions=(
            CallService(action="light.turn_on", target=Target(area_id=("hall", "kitchen")), data={"brightness": 5}),
            Parallel(branches=(SequenceAction(sequence=(SetVariables(variables={"a": 1}),)),)),
        ),
    )
    assert compile_plan(plan) == {
        "alias": "Evening",
        "triggers": [
            {"trigger": "state", "entity_id": "binary_sensor.door", "from": None, "to": "on", "for": "00:05:00"}
        ],
        "conditions": [],
        "actions": [
            {"action": "light.turn_on", "target": {"area_id": ["hall", "kitchen"]}, "data": {"brightness": 5}},
            {"parallel": [{"variables": {"a": 1}}]},
        ],
        "mode": "single",
    }


def test_names_stand_as_comments() -> None:
    plan = Plan(
        alias="Evening",
        triggers=(TimeTrigger(at=("18:00:00",)),),
        actions=(CallService(action="light.turn_on", target=Target(entity_id=("light.a", "light.b"))),),
    )
    names = {"light.a": "Lamp: A\n# and more", "light.b": "Lamp B"}
    text = write_yaml(plan, lambda _, identifier: names.get(identifier), "At 18:00\nturn on the lamps.")
    assert text.startswith("# At 18:00\n# turn on the lamps.\nalias: Evening\n")
    assert "        - light.a  # Lamp: A # and more\n        - light.b  # Lamp B\n" in text
    assert read_yaml(text).plan == plan


def test_durations_keep_their_microseconds() -> None:
    assert write_duration(Duration.of(0)) == "00:00:00"
    assert write_duration(Duration.of(-1800)) == "-00:30:00"
    assert write_duration(Duration.of(100 * 3600 + 0.25)) == "100:00:00.25"
    assert write_duration(Duration(parts={"minutes": "{{ 1 }}"})) == {"minutes": "{{ 1 }}"}


def test_tags_are_written_as_tags() -> None:
    plan = read_yaml(
        "triggers: !include triggers.yaml\nactions:\n- action: lock.unlock\n  data: {code: !secret pin}\n"
    ).plan
    assert plan is not None
    text = write_yaml(plan)
    assert "triggers: !include triggers.yaml" in text
    assert "code: !secret pin" in text
    assert read_yaml(text).plan == plan
    assert isinstance(compile_plan(plan)["triggers"], Tagged)
