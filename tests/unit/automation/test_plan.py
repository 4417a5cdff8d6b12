"""The plan: equal by what it says, hashable, dumped and loaded."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from shared.home import Registry
from tests.unit.automation.conftest import HOME
from tests.unit.automation.generated import Things, plan_strategy, plans
from workers.automation.plan.actions import CallService, CheckCondition
from workers.automation.plan.conditions import StateCondition
from workers.automation.plan.duration import Duration
from workers.automation.plan.plan import Plan
from workers.automation.plan.target import Target
from workers.automation.plan.triggers import StateTrigger
from workers.automation.plan.value import Data, Tagged, Template, frozen, thawed
from workers.automation.plan.walk import actions_in, conditions_in, templates_in, triggers_in, walk

THINGS = Things.of(Registry.from_document(HOME))


def test_the_path_is_no_part_of_what_is_said() -> None:
    one = StateTrigger(entity_id="light.a", to="on", path="triggers[0]")
    other = StateTrigger(entity_id=("light.a",), to=("on",), path="triggers[7]")
    assert one == other
    assert hash(one) == hash(other)
    assert "path" not in one.model_dump()
    assert one != StateTrigger(entity_id="light.a", to="off")


def test_a_plan_never_changes() -> None:
    plan = Plan(alias="x")
    with pytest.raises(ValidationError, match="frozen"):
        plan.alias = "y"


def test_texts_with_markup_are_templates() -> None:
    call = CallService(action="light.turn_on", target=Target(entity_id="{{ x }}"), data={"a": ["{{ y }}", "z"]})
    assert isinstance(call.target, Target)
    assert isinstance(call.target.entity_id[0], Template)
    assert call.target.dynamic
    assert [type(each) for each in call.data["a"]] == [Template, str]
    assert call.domain == "light"
    assert CallService(action="{{ 'light.turn_on' }}").domain == ""


def test_data_are_equal_in_any_order() -> None:
    assert Data({"a": 1, "b": [2]}) == Data({"b": (2,), "a": 1})
    assert hash(Data({"a": 1, "b": 2})) == hash(Data({"b": 2, "a": 1}))
    assert thawed(frozen({"a": [1, {"b": None}]})) == {"a": [1, {"b": None}]}


def test_a_tag_has_a_name() -> None:
    tagged = Tagged("!secret door code")
    assert (tagged.tag, tagged.name) == ("!secret", "door code")


def test_a_duration_is_exact() -> None:
    assert Duration.of(0.1).microseconds == 100_000
    assert Duration.of(90).seconds == 90
    assert Duration(template="{{ 1 }}").seconds is None


def test_walking_reaches_every_branch() -> None:
    for plan in plans(3, 40, THINGS):
        parts = list(walk(plan))
        assert parts[0] is plan
        assert set(plan.triggers) <= set(triggers_in(plan))
        assert set(plan.conditions) <= set(conditions_in(plan))
        assert len(list(actions_in(plan))) >= len(plan.actions)
        checked = [each.condition for each in actions_in(plan) if isinstance(each, CheckCondition)]
        assert set(checked) <= set(conditions_in(plan))


def test_templates_are_found_deep_inside() -> None:
    plan = Plan(
        actions=(CallService(action="x.y", data={"a": [{"b": "{{ deep }}"}]}, path="actions[0]"),),
        conditions=(StateCondition(entity_id="light.a", state="on", enabled="{{ flag }}", path="conditions[0]"),),
    )
    assert set(templates_in(plan)) == {("actions[0]", "{{ deep }}"), ("conditions[0]", "{{ flag }}")}


@settings(max_examples=60, deadline=None)
@given(plan_strategy(THINGS))
def test_a_dump_loads_as_the_same(plan: Plan) -> None:
    assert Plan.model_validate(plan.model_dump()) == plan
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
