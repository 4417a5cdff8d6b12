"""Single points of the safety rules, presets, overrides, and homes of which little is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.errors import InvalidRequest
from shared.home import EntityState
from tests.unit.automation.safety_house import CORPUS, dangers, examples, house, read_plan
from workers.automation.finding import Code, Severity
from workers.automation.home_view import HomeView
from workers.automation.safety.judge import RULES, is_safe, judge
from workers.automation.safety.override import Override
from workers.automation.safety.preset import PRESETS, RUNTIME_TARGET, Strictness

POINTS = yaml.safe_load((CORPUS / "points.yaml").read_text())
NIGHT = {"trigger": "time", "at": "23:00:00"}


def _at_night(*actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"triggers": [NIGHT], "actions": list(actions), **more}


def _call(action: str, entity_id: str, **data: Any) -> dict[str, Any]:
    return {"action": action, "target": {"entity_id": entity_id}, "data": data}


@pytest.mark.parametrize(("name", "codes", "automation"), POINTS, ids=[each[0] for each in POINTS])
def test_points(name: str, codes: str, automation: dict[str, Any]) -> None:
    assert dangers(automation, house()) == set(codes.split())


def test_every_rule_says_why() -> None:
    assert all(rule.__doc__ for rule in RULES)


@pytest.mark.parametrize(
    ("action", "entity_id", "code"),
    [
        ("lock.unlock", "lock.any", Code.UNSAFE_LOCK),
        ("alarm_control_panel.alarm_disarm", "alarm_control_panel.any", Code.UNSAFE_ALARM),
        ("cover.open_cover", "cover.garage_door", Code.UNSAFE_COVER),
        ("cover.open_cover", "cover.garagentor", Code.UNSAFE_COVER),
        ("switch.turn_off", "switch.gefrierschrank", Code.CRITICAL_OFF),
        ("switch.turn_off", "switch.wlan", Code.CRITICAL_OFF),
        ("switch.turn_on", "switch.buegeleisen", Code.UNSAFE_HEAT),
        ("lock.unlock", "{{ states('input_text.x') }}", Code.UNSAFE_LOCK),
        ("switch.turn_off", "{{ states('input_text.x') }}", Code.CRITICAL_OFF),
        ("cover.open_cover", "{{ states('input_text.x') }}", Code.UNSAFE_COVER),
    ],
)
def test_an_unknown_home_is_judged_by_ids(action: str, entity_id: str, code: str) -> None:
    assert dangers(_at_night(_call(action, entity_id)), HomeView()) == {code}


@pytest.mark.parametrize(
    ("action", "entity_id"),
    [
        ("switch.turn_off", "switch.wifi_plug_3"),
        ("switch.turn_off", "switch.motor"),
        ("switch.turn_on", "switch.environment_monitor"),
        ("cover.open_cover", "cover.window"),
        ("switch.turn_off", "switch.freezer_light"),
        ("switch.turn_on", "switch.oven_light"),
    ],
)
def test_likeness_of_names_is_no_alarm(action: str, entity_id: str) -> None:
    assert dangers(_at_night(_call(action, entity_id)), HomeView()) == set()


def test_a_home_in_fahrenheit_has_rooms_of_41_to_86() -> None:
    home = HomeView(states={"climate.den": EntityState("heat", {"min_temp": 45, "max_temp": 95})})
    assert dangers(_at_night(_call("climate.set_temperature", "climate.den", temperature=72)), home) == set()
    assert dangers(_at_night(_call("climate.set_temperature", "climate.den", temperature=90)), home) == {
        Code.UNSAFE_CLIMATE
    }


def test_paths_are_those_of_the_automation_also_through_scripts() -> None:
    plan = read_plan(_at_night({"if": [], "then": [{"action": "script.evening"}]}))
    (finding,) = judge(plan, house())
    assert (finding.code, finding.path) == (Code.UNSAFE_LOCK, "actions[0].then[0]")
    assert "script.evening, script.let_in" in finding.message


def test_an_automation_that_is_known_already_is_no_circle_with_itself() -> None:
    automation = {
        "id": "7",
        "triggers": [{"trigger": "state", "entity_id": "light.hall", "to": "on"}],
        "actions": [_call("light.turn_on", "light.hall", brightness_pct=40)],
    }
    home = replace(house(), automations={"automation.hall": read_plan(automation)})
    assert dangers(automation, home) == set()


def test_a_circle_over_two_others() -> None:
    def link(before: str, after: str) -> dict[str, Any]:
        return {
            "alias": f"{before} {after}",
            "triggers": [{"trigger": "state", "entity_id": before, "to": "on"}],
            "actions": [_call("switch.turn_on", after)],
        }

    others = {"automation.b": link("switch.b", "switch.c"), "automation.c": link("switch.c", "switch.a")}
    home = HomeView(automations={name: read_plan(each) for name, each in others.items()})
    (finding,) = judge(read_plan(link("switch.a", "switch.b")), home)
    assert finding.code == Code.TRIGGER_LOOP
    assert "automation.b, then automation.c" in finding.message
    assert judge(read_plan(link("switch.a", "switch.x")), home) == []


def test_waits_and_blueprints_are_warnings() -> None:
    plan = read_plan(_at_night({"wait_template": "{{ is_state('light.hall', 'on') }}"}))
    used = read_plan({"use_blueprint": {"path": "x/y.yaml"}})
    assert [(each.code, each.severity) for each in judge(plan, house())] == [("missing_timeout", "warning")]
    assert [(each.code, each.severity) for each in judge(used, house())] == [("unseen_blueprint", "warning")]


def test_a_restarted_router_is_a_warning_in_moderation_and_an_error_where_strict() -> None:
    automation = _at_night(
        _call("switch.turn_off", "switch.router"), {"delay": 10}, _call("switch.turn_on", "switch.router")
    )
    assert [each.severity for each in judge(read_plan(automation), house())] == [Severity.WARNING]
    assert dangers(automation, house(), preset="strict") == {Code.CRITICAL_OFF}


def test_a_target_chosen_at_run_time_is_told() -> None:
    light = read_plan(_at_night(_call("light.turn_on", "{{ states('input_text.x') }}")))
    valve = read_plan(_at_night(_call("valve.close_valve", "{{ states('input_text.x') }}")))
    assert [(each.code, each.severity) for each in judge(light, house())] == [(RUNTIME_TARGET, Severity.INFO)]
    assert [(each.code, each.severity) for each in judge(valve, house())] == [(RUNTIME_TARGET, Severity.WARNING)]
    assert not is_safe(judge(valve, house(), Strictness.STRICT))


@pytest.mark.parametrize("name", ["dangerous", "harmless"])
def test_presets_only_ever_add_in_order(name: str) -> None:
    for each in examples(name):
        permissive, moderate, strict = (dangers(each.automation, house(), preset=p) for p in reversed(Strictness))
        assert permissive <= moderate <= strict, each.name


def test_an_override_is_a_warning_that_says_who() -> None:
    plan = read_plan(_at_night(_call("lock.unlock", "lock.front_door")))
    override = Override(
        who="Anna", when=datetime(2026, 11, 21, tzinfo=UTC), why="The nurse comes", codes={"unsafe_lock"}
    )
    (finding,) = judge(plan, house(), overrides=[override])
    assert finding.severity == Severity.WARNING
    assert "Anna on 2026-11-21: The nurse comes" in finding.message
    assert is_safe([finding])
    assert not is_safe(judge(plan, house(), overrides=[override.model_copy(update={"path": "actions[3]"})]))
    assert not is_safe(judge(plan, house(), overrides=[override.model_copy(update={"codes": frozenset({"shell"})})]))


@pytest.mark.parametrize(
    "action",
    [
        _call("lock.unlock", "{{ states('input_text.x') }}"),
        _call("switch.turn_off", "switch.cpap"),
        {"action": "shell_command.run"},
        {"action": "{{ states('input_text.x') }}"},
        {"repeat": {"while": "{{ true }}", "sequence": [{"delay": 1}]}},
    ],
)
@pytest.mark.parametrize("preset", list(PRESETS))
def test_some_rules_have_no_exception(action: dict[str, Any], preset: Strictness) -> None:
    every = frozenset({*Code, RUNTIME_TARGET})
    override = Override(who="Anna", when=datetime(2026, 11, 21, tzinfo=UTC), why="Please", codes=every)
    assert not is_safe(judge(read_plan(_at_night(action)), house(), preset, [override]))


def test_a_preset_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="strict, moderate, permissive"):
        judge(read_plan(_at_night()), house(), "lax")


def test_an_override_needs_a_name_and_a_reason() -> None:
    with pytest.raises(ValidationError):
        Override(who="", when=datetime(2026, 11, 21, tzinfo=UTC), why="x", codes={"shell"})


_WORDS = ["lock.front_door", "states", "trigger", "repeat.item", "{{", "}}", "{%", "%}", "if", "else", "(", ")",
          "'", "|", "list",
          "[", "]", "and", "not", "1", "set", "x", "=", "for", "in", "endif", ".", "is_state", ","]  # fmt: skip


_READABLE = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


@given(st.lists(st.sampled_from(_WORDS), max_size=20), st.text(_READABLE, max_size=30))
def test_any_template_is_judged_without_an_exception(words: list[str], text: str) -> None:
    template = "{{ " + " ".join(words) + text
    plan = read_plan(
        _at_night(
            {"condition": "template", "value_template": template},
            {"variables": {"x": template}},
            {"action": template, "target": {"entity_id": template}},
            {"action": "lock.unlock", "target": {"entity_id": template}},
            {"action": "climate.set_temperature", "target": {"entity_id": "all"}, "data": {"temperature": template}},
            {"repeat": {"while": template, "sequence": [{"wait_template": template}]}},
        )
    )
    assert Code.UNSAFE_LOCK in {each.code for each in judge(plan, house())}
