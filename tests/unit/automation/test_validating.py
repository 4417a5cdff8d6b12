"""The validator as a whole: verdicts, score, order, places, fixes; and that no input is too much for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.home import HomeDocument
from shared.home import EntityState, Registry, Snapshot
from tests.unit.automation.mutations import spoilt
from workers.automation.finding import Code, Finding, Severity, error, info, warning
from workers.automation.home_view import HomeView
from workers.automation.validating.report import Report, ordered
from workers.automation.validating.validation import validate

CORPUS = Path(__file__).parent / "corpus"
SOUND: list[dict[str, Any]] = yaml.safe_load((CORPUS / "sound" / "sound.yaml").read_text())


def broken_home() -> HomeView:
    document = HomeDocument.model_validate(json.loads((CORPUS / "broken" / "home.json").read_text()))
    states = {each.entity_id: EntityState(each.state or "unknown", each.attributes) for each in document.entities}
    return HomeView.of(Snapshot(Registry.from_document(document), states))


HOME = broken_home()


def found(automation: Any, code: Code) -> list[Finding]:
    return [each for each in validate(automation, HOME).findings if each.code == code]


def said(automation: Any, path: str) -> list[str]:
    return [each.message for each in validate(automation, HOME).findings if each.path == path]


@pytest.mark.parametrize("automation", SOUND, ids=lambda each: each["alias"])
def test_what_is_sound_is_left_alone(automation: dict[str, Any]) -> None:
    report = validate(automation, HOME)
    worse = [each for each in report.findings if each.severity is not Severity.INFO]
    assert worse == []
    assert report.valid
    assert report.score > 90


def test_a_text_has_lines_and_columns() -> None:
    text = """alias: Lines
triggers:
  - trigger: state
    entity_id: binary_sensor.kitchen_motion
actions:
  - action: light.turn_on
    target:
      entity_id: light.kitchen_celing
"""
    (finding,) = found(text, Code.UNKNOWN_ENTITY)
    assert (finding.line, finding.column) == (8, 7)
    assert finding.fix is not None
    assert (finding.fix.path, finding.fix.value) == ("actions[0].target.entity_id", "light.kitchen_ceiling")


def test_a_fix_names_the_keys_that_are_there() -> None:
    automation = {
        "alias": "Old",
        "trigger": {"platform": "sun", "event": "sunset"},
        "action": {"service": "light.trun_on", "entity_id": "light.kitchen_ceiling, light.kitchen_conter"},
    }
    (service,) = found(automation, Code.UNKNOWN_SERVICE)
    assert service.path == "actions[0].action"
    assert service.fix is not None
    assert service.fix.path == "action.service"
    (entity,) = found(automation, Code.UNKNOWN_ENTITY)
    assert entity.fix is not None
    assert entity.fix.path == "action.entity_id"
    assert entity.fix.value == "light.kitchen_ceiling, light.kitchen_counter"


def test_all_findings_come_in_the_order_of_reading_and_once() -> None:
    late, early = error(Code.SCHEMA, "actions[10].data", "a"), warning(Code.STYLE, "actions[2]", "b")
    first, hint = error(Code.SCHEMA, "triggers[0]", "c"), info(Code.STYLE, "triggers[0]", "d")
    assert ordered([late, hint, early, first, late]) == (first, hint, early, late)


def test_the_score_counts_findings_and_fails_with_the_verdicts() -> None:
    hints = [warning(Code.STYLE, "", "a"), info(Code.STYLE, "", "b")]
    assert Report.of([]).score == 100
    assert Report.of(hints).score == 94
    assert Report.of([*hints, error(Code.SCHEMA, "", "c")]).score == 49
    dangerous = Report.of([error(Code.SHELL, "", "d")])
    assert (dangerous.valid, dangerous.safe, dangerous.score) == (True, False, 49)
    assert Report.of([error(Code.SCHEMA, str(number), "c") for number in range(9)]).score == 0


def test_presets_are_about_hints_alone() -> None:
    nameless = {**SOUND[0]}
    nameless.pop("alias")
    broken = {**nameless, "mode": "twice"}
    reports = {preset: validate(broken, HOME, preset) for preset in ("strict", "moderate", "permissive")}
    assert [each.valid for each in reports.values()] == [False] * 3
    severities = {
        preset: {each.severity for each in report.findings if each.path == "alias"}
        for preset, report in reports.items()
    }
    assert severities == {"strict": {Severity.WARNING}, "moderate": {Severity.INFO}, "permissive": set()}


def test_where_nothing_is_known_of_a_home_nothing_in_it_is_unknown() -> None:
    report = validate({**SOUND[0], "alias": "Elsewhere"}, HomeView())
    assert report.valid


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"wait_template": "{{ is_state('light.hallway_light', 'on') }}"}, Code.MISSING_TIMEOUT),
        ({"wait_for_trigger": [{"trigger": "sun", "event": "sunset"}]}, Code.MISSING_TIMEOUT),
        ({"variables": {"nobody": 1}}, Code.STYLE),
        ({"delay": 600}, Code.STYLE),
        ({"action": "notify.mobile_app_annas_phone", "data": {"message": "Hello"}}, Code.STYLE),
        ({"action": "light.turn_on", "target": {"device_id": "hallway_light"}}, Code.STYLE),
        ({"condition": "trigger", "id": "nobody"}, Code.STYLE),
        ({"if": ["{{ states('sensor.outdoor_temperature') > 5 }}"], "then": []}, Code.STYLE),
        ({"if": ["{{ states('sensor.outdoor_temperature') | float > 5 }}"], "then": []}, Code.STYLE),
        ({"if": ["{{ undefined_thing > 5 }}"], "then": []}, Code.STYLE),
    ],
)
def test_hints_leave_it_valid(part: dict[str, Any], message: Code) -> None:
    automation = {"alias": "Hints", "triggers": [{"trigger": "sun", "event": "sunset"}], "actions": [part]}
    report = validate(automation, HOME)
    assert report.valid
    assert message in {each.code for each in report.findings}


def test_a_blueprint_is_not_seen() -> None:
    automation = {
        "alias": "From a blueprint",
        "use_blueprint": {"path": "homeassistant/motion_light.yaml", "input": {}},
    }
    assert validate(automation, HOME).valid
    assert [each.severity for each in found(automation, Code.UNSEEN_BLUEPRINT)] == [Severity.WARNING]


def test_triggers_without_an_id_where_ids_are_asked_for() -> None:
    automation = {
        "alias": "Ids",
        "triggers": [{"trigger": "sun", "event": "sunset", "id": "down"}, {"trigger": "sun", "event": "sunrise"}],
        "conditions": [{"condition": "trigger", "id": "dwon"}],
        "actions": [{"action": "light.turn_on", "target": {"area_id": "kitchen"}}],
    }
    assert said(automation, "conditions[0].id[0]") == ["No trigger has the id dwon; did you mean down?"]
    assert len(said(automation, "triggers[1]")) == 1


def test_automations_spoilt_at_random_give_findings_never_exceptions() -> None:
    reports = [validate(each, HOME) for each in spoilt(SOUND, seed=7, count=400)]
    assert sum(not each.valid for each in reports) > 200
    assert all(0 <= each.score <= 100 for each in reports)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["triggers", "actions", "action", "target", "data", "entity_id", "choose", "x"]), inner
        )
    ),
    max_leaves=20,
)


@given(JSON)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_document_gives_a_report(document: Any) -> None:
    report = validate(document, HOME)
    assert report.valid == (not any(each.severity is Severity.ERROR for each in report.findings))


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_text_gives_a_report(text: str) -> None:
    assert not validate(text, HOME).valid


@pytest.mark.parametrize(
    "text",
    [
        "x: " + "a" * 1_100_000,
        "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: [*c, *c, *c]\n" * 2,
        "[" * 5_000,
        "alias: x\nalias: y\ntriggers: []\nactions: []\n",
        "alias: \0",
        "\talias: x",
        "alias: x\n---\nalias: y\n",
        "- 1\n- 2\n",
        "sensor:\n  - platform: template\n",
        "!!python/object/apply:os.system [ls]",
    ],
    ids=["large", "aliases", "deep", "twice", "nul", "tab", "two", "list", "foreign", "tag"],
)
def test_bad_texts_give_findings(text: str) -> None:
    report = validate(text, HOME)
    assert not report.valid
    assert {each.code for each in report.findings if each.severity is Severity.ERROR} <= {Code.SYNTAX, Code.SCHEMA}
