"""Orders: what a person tells the home to do now, judged by the rules of the automations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.home import HomeDocument
from shared.home import Home
from shared.home_store import HomeStore
from tests.unit.automation.safety_house import house
from workers.automation.acting.acting import as_judged
from workers.automation.finding import Code, Severity
from workers.automation.home_view import HomeView
from workers.automation.plan.plan import Plan
from workers.automation.safety.judge import ORDER_RULES, RULES, judge_order
from workers.automation.verdict import Verdict, judge_actions

NUMBER = {"min": 0, "max": 100, "unit_of_measurement": "%"}
LIGHT = {"entity": [{"domain": ["light"]}]}
HOME = HomeDocument.model_validate(
    {
        "areas": [{"area_id": "bath", "name": "Bath"}],
        "entities": [
            {
                "entity_id": "light.bath",
                "name": "Bath lamp",
                "area_id": "bath",
                "state": "on",
                "attributes": {
                    "min_color_temp_kelvin": 2200,
                    "max_color_temp_kelvin": 4000,
                    "effect_list": ["colorloop"],
                },
            },
            {
                "entity_id": "climate.bath",
                "name": "Bath heating",
                "area_id": "bath",
                "state": "heat",
                "attributes": {"min_temp": 7, "max_temp": 25, "hvac_modes": ["off", "heat"], "preset_modes": ["eco"]},
            },
            {"entity_id": "switch.pump", "name": "Fountain", "state": "on"},
            {"entity_id": "cover.blind", "name": "Blind", "area_id": "bath", "device_class": "blind", "state": "open"},
            {"entity_id": "fan.bath", "name": "Fan", "area_id": "bath", "state": "on"},
            {
                "entity_id": "media_player.radio",
                "name": "Radio",
                "state": "on",
                "attributes": {"source_list": ["Radio 1", "Radio 2"]},
            },
            {
                "entity_id": "input_select.mode",
                "name": "Mode",
                "state": "day",
                "attributes": {"options": ["day", "night"]},
            },
        ],
        "services": {
            "light": {
                "turn_on": {
                    "fields": {
                        "brightness_pct": {"selector": {"number": NUMBER}},
                        "effect": {},
                        "color_temp_kelvin": {},
                    },
                    "target": LIGHT,
                },
                "turn_off": {"fields": {}, "target": LIGHT},
            },
            "climate": {"set_temperature": {}, "set_hvac_mode": {}, "set_preset_mode": {}},
            "cover": {"set_cover_position": {}},
            "fan": {"set_percentage": {}},
            "media_player": {"volume_set": {}, "select_source": {}},
            "input_select": {"select_option": {}},
            "switch": {"turn_off": {}},
        },
    }
)


def home() -> HomeView:
    living = Home()
    living.load(*HomeStore.read(HOME))
    return HomeView.of(living.snapshot())


def order(action: str, entity_id: Any = None, area_id: Any = None, **data: Any) -> dict[str, Any]:
    target = {key: value for key, value in (("entity_id", entity_id), ("area_id", area_id)) if value is not None}
    return {"action": action, "target": target, "data": data}


def judged(*orders: Any, view: HomeView | None = None) -> Verdict:
    return judge_actions(list(orders), view or house())


def codes(verdict: Verdict, severity: Severity = Severity.ERROR) -> set[str]:
    return {each.code for each in verdict.findings if each.severity is severity}


HARMLESS = [
    order("light.turn_on", "light.hall", brightness_pct=20),
    order("light.turn_off", "all"),
    order("lock.lock", "lock.front_door"),
    order("cover.close_cover", "cover.garage_door"),
    order("cover.open_cover", "cover.living_blinds"),
    order("climate.set_temperature", "climate.bedroom", temperature=21),
    order("switch.turn_on", "switch.space_heater"),
    order("switch.turn_on", "switch.iron"),
    order("switch.turn_off", ["switch.tv_plug", "switch.stereo"]),
    order("alarm_control_panel.alarm_arm_away", "alarm_control_panel.home"),
]


@pytest.mark.parametrize("ordered", HARMLESS, ids=lambda each: str(each["action"]))
def test_what_a_person_may_order_is_done_at_once(ordered: dict[str, Any]) -> None:
    verdict = judged(ordered)
    assert (verdict.valid, verdict.safe, verdict.confirm) == (True, True, False), verdict.findings


CONFIRM = [
    (order("lock.unlock", "lock.front_door"), Code.UNSAFE_LOCK),
    (order("lock.open", "lock.front_door"), Code.UNSAFE_LOCK),
    (order("lock.unlock", area_id="hall"), Code.UNSAFE_LOCK),
    (order("lock.unlock", "all"), Code.UNSAFE_LOCK),
    (order("LOCK.Unlock", "LOCK.front_door"), Code.UNSAFE_LOCK),
    (order("switch.turn_on", "switch.door_buzzer"), Code.UNSAFE_LOCK),
    (order("alarm_control_panel.alarm_disarm", "alarm_control_panel.home"), Code.UNSAFE_ALARM),
    (order("cover.open_cover", "cover.garage_door"), Code.UNSAFE_COVER),
    (order("cover.toggle", "cover.gate"), Code.UNSAFE_COVER),
    (order("cover.set_cover_position", "cover.drive", position=30), Code.UNSAFE_COVER),
    (order("cover.open_cover", area_id="garage"), Code.UNSAFE_COVER),
    (order("switch.turn_on", "switch.garage_relay"), Code.UNSAFE_COVER),
    (order("button.press", "button.gate"), Code.UNSAFE_COVER),
    (order("mqtt.publish", topic="zigbee2mqtt/Front door lock/set", payload="UNLOCK"), Code.UNSAFE_LOCK),
]


@pytest.mark.parametrize(("ordered", "code"), CONFIRM, ids=lambda each: str(each)[:60])
def test_a_door_an_alarm_and_a_gate_are_asked_back(ordered: dict[str, Any], code: str) -> None:
    verdict = judged(ordered)
    assert (verdict.valid, verdict.safe, verdict.confirm) == (True, True, True), verdict.findings
    [told] = [each for each in verdict.findings if each.code == code]
    assert (told.severity, told.path) == (Severity.WARNING, "actions[0]")
    assert told.message.endswith("a person has to confirm it.")


def test_what_is_asked_back_is_told_in_a_sentence() -> None:
    assert judged(order("lock.unlock", "lock.front_door")).explanation == "Unlock Front door lock."


REFUSED = [
    (order("switch.turn_off", "switch.freezer"), Code.CRITICAL_OFF),
    (order("switch.toggle", "switch.fridge"), Code.CRITICAL_OFF),
    (order("homeassistant.turn_off", area_id="utility"), Code.CRITICAL_OFF),
    (order("switch.turn_off", "switch.cpap"), Code.CRITICAL_OFF),
    (order("homeassistant.stop"), Code.CRITICAL_OFF),
    (order("switch.turn_off", "all"), Code.BULK_OFF),
    (order("automation.turn_off", "all"), Code.BULK_OFF),
    (order("climate.set_temperature", "climate.bedroom", temperature=34), Code.UNSAFE_CLIMATE),
    (order("climate.set_temperature", "climate.bedroom", temperature=3), Code.UNSAFE_CLIMATE),
    (order("water_heater.set_temperature", "water_heater.boiler", temperature=80), Code.UNSAFE_CLIMATE),
    (order("shell_command.run"), Code.SHELL),
    (order("python_script.anything"), Code.SHELL),
    (order("{{ states('input_text.x') }}", "light.hall"), Code.RUNTIME_TARGET),
    (order("light.turn_on", "{{ states('input_text.x') }}"), Code.RUNTIME_TARGET),
    (order("light.turn_on", "light.hall", brightness_pct="{{ 10 }}"), Code.RUNTIME_TARGET),
    (order("notify.notify", message="{% set x = 1 %}"), Code.RUNTIME_TARGET),
    (order("notify.notify", message="hello", data={"deep": [{"url": "{{ 1 }}"}]}), Code.RUNTIME_TARGET),
    (order("lock.unlock", "{{ states('input_text.x') }}"), Code.UNSAFE_LOCK),
    (order("cover.open_cover", "{{ states('input_text.x') }}"), Code.RUNTIME_TARGET),
]


@pytest.mark.parametrize(("ordered", "code"), REFUSED, ids=lambda each: str(each)[:60])
def test_what_nobody_may_order_is_refused(ordered: dict[str, Any], code: str) -> None:
    verdict = judged(ordered)
    assert not verdict.safe
    assert code in codes(verdict)


@pytest.mark.parametrize(
    ("script", "confirm", "safe"),
    [
        (order("lock.unlock", "lock.front_door"), True, True),
        (order("switch.turn_off", "switch.freezer"), False, False),
        (order("light.turn_off", "light.hall"), False, True),
    ],
)
def test_a_script_is_judged_by_what_it_does(script: dict[str, Any], confirm: bool, safe: bool) -> None:
    plan = judged(script).plan
    assert plan is not None
    view = replace(house(), scripts={**house().scripts, "script.mine": plan.actions})
    entities = {**view.states, "script.mine": view.states["light.hall"]}
    view = replace(view, states=entities)
    for ordered in (order("script.turn_on", "script.mine"), order("script.mine")):
        verdict = judged(ordered, view=view)
        assert (verdict.confirm, verdict.safe) == (confirm, safe), ordered


def test_one_that_is_refused_and_one_that_is_asked_back_are_both_told() -> None:
    verdict = judged(order("lock.unlock", "lock.front_door"), order("switch.turn_off", "switch.freezer"))
    assert (verdict.safe, verdict.confirm) == (False, True)
    assert codes(verdict) == {Code.CRITICAL_OFF}
    assert codes(verdict, Severity.WARNING) == {Code.UNSAFE_LOCK}


OUT_OF_RANGE = [
    (order("light.turn_on", "light.bath", brightness_pct=150), "brightness_pct"),
    (order("light.turn_on", "light.bath", brightness_pct=-1), "brightness_pct"),
    (order("light.turn_on", "light.bath", brightness_pct="bright"), "brightness_pct"),
    (order("light.turn_on", "light.bath", brightness=300), "brightness"),
    (order("light.turn_on", "light.bath", color_temp_kelvin=6500), "color_temp_kelvin"),
    (order("light.turn_on", area_id="bath", color_temp_kelvin=6500), "color_temp_kelvin"),
    (order("light.turn_on", "light.bath", effect="disco"), "effect"),
    (order("climate.set_temperature", "climate.bath", temperature=28), "temperature"),
    (order("climate.set_temperature", area_id="bath", temperature=28), "temperature"),
    (order("climate.set_hvac_mode", "climate.bath", hvac_mode="cool"), "hvac_mode"),
    (order("climate.set_preset_mode", "climate.bath", preset_mode="boost"), "preset_mode"),
    (order("cover.set_cover_position", "cover.blind", position=101), "position"),
    (order("fan.set_percentage", "fan.bath", percentage=-5), "percentage"),
    (order("media_player.volume_set", "media_player.radio", volume_level=11), "volume_level"),
    (order("media_player.select_source", "media_player.radio", source="Radio 3"), "source"),
    (order("input_select.select_option", "input_select.mode", option="dusk"), "option"),
]


@pytest.mark.parametrize(("ordered", "field"), OUT_OF_RANGE, ids=lambda each: str(each)[:70])
def test_a_value_that_is_not_taken_is_found_and_not_clamped(ordered: dict[str, Any], field: str) -> None:
    verdict = judged(ordered, view=home())
    assert not verdict.valid
    assert f"actions[0].data.{field}" in {each.path for each in verdict.findings if each.severity is Severity.ERROR}


IN_RANGE = [
    order("light.turn_on", "light.bath", brightness_pct=100, color_temp_kelvin=2200, effect="colorloop"),
    order("climate.set_temperature", "climate.bath", temperature=25),
    order("climate.set_hvac_mode", "climate.bath", hvac_mode="heat"),
    order("cover.set_cover_position", "cover.blind", position=0),
    order("fan.set_percentage", "fan.bath", percentage=100),
    order("media_player.volume_set", "media_player.radio", volume_level=0.4),
    order("input_select.select_option", "input_select.mode", option="night"),
]


@pytest.mark.parametrize("ordered", IN_RANGE, ids=lambda each: str(each["action"]))
def test_a_value_that_is_taken_is_no_finding(ordered: dict[str, Any]) -> None:
    verdict = judged(ordered, view=home())
    assert (verdict.valid, verdict.safe, verdict.findings) == (True, True, ())


@pytest.mark.parametrize(
    ("ordered", "code"),
    [
        (order("light.turn_on", "light.bat"), Code.UNKNOWN_ENTITY),
        (order("light.turn_on", area_id="attic"), Code.UNKNOWN_ENTITY),
        (order("light.turn_onn", "light.bath"), Code.UNKNOWN_SERVICE),
        (order("light.turn_on", "switch.pump"), Code.SCHEMA),
        (order("light.turn_on"), Code.SCHEMA),
        (order("light", "light.bath"), Code.SCHEMA),
        ({"delay": 5}, Code.SCHEMA),
        ({"scene": "scene.evening"}, Code.SCHEMA),
        ({"stop": "now"}, Code.SCHEMA),
        ({"action": "light.turn_off", "target": {"entity_id": "light.bath"}, "enabled": False}, Code.SCHEMA),
        ({"action": "light.turn_off", "target": 7}, Code.SCHEMA),
        ({"action": 7}, Code.SCHEMA),
        ({}, Code.SCHEMA),
        ("light.turn_on", Code.SCHEMA),
        (None, Code.SCHEMA),
    ],
    ids=str,
)
def test_what_cannot_work_is_invalid(ordered: Any, code: str) -> None:
    verdict = judged(ordered, view=home())
    assert not verdict.valid
    assert code in codes(verdict)


def test_an_order_of_nothing_is_invalid_and_one_that_is_too_deep_is_not_read() -> None:
    assert not judged(view=home()).valid
    deep: Any = "x"
    for _ in range(500):
        deep = [deep]
    verdict = judged(order("notify.notify", message=deep), view=home())
    assert (verdict.valid, verdict.safe, verdict.plan) == (False, False, None)


def test_an_order_needs_no_name_and_has_no_style() -> None:
    assert judged(order("light.turn_off", "light.bath"), view=home()).findings == ()


def test_the_rules_of_orders_are_those_of_automations() -> None:
    assert set(ORDER_RULES) < set(RULES)
    assert judge_order(Plan(path=""), home()) == ([], False)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
ACTIONS = st.lists(
    VALUES
    | st.fixed_dictionaries(
        {"action": st.sampled_from(["light.turn_on", "lock.unlock", "climate.set_temperature"]) | VALUES},
        optional={"target": st.dictionaries(st.sampled_from(["entity_id", "area_id"]), VALUES) | VALUES,
                  "data": st.dictionaries(st.sampled_from(["temperature", "code", "entity_id"]), VALUES) | VALUES},
    ),
    max_size=4,
)  # fmt: skip


@given(ACTIONS)
def test_nothing_beside_it_hides_what_is_dangerous(ordered: list[Any]) -> None:
    verdict = judged(*ordered, order("lock.unlock", "lock.front_door"), *ordered)
    assert verdict.confirm or not verdict.safe or not verdict.valid
    assert Code.UNSAFE_LOCK in {each.code for each in verdict.findings} or verdict.plan is None


@given(ACTIONS)
def test_what_is_sent_is_what_was_judged(ordered: list[Any]) -> None:
    verdict = judged(*ordered, view=home())
    if verdict.valid:
        sent = [each.model_dump() for each in as_judged(verdict)]
        again = judged(*sent, view=home())
        assert again.plan is not None
        assert [each.action for each in as_judged(again)] == [each["action"] for each in sent]
        assert (again.valid, again.safe, again.confirm) == (True, verdict.safe, verdict.confirm)
