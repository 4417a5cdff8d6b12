"""Templates are parsed as Home Assistant parses them, with limits, and never rendered."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.home import Registry, Snapshot
from workers.automation.finding import Severity
from workers.automation.home_view import HomeView
from workers.automation.validating.template import LONGEST, read_template
from workers.automation.validating.templates import MOST
from workers.automation.validating.validation import validate


def errors(text: str) -> list[str]:
    return [each.message for each in read_template(text).problems if each.severity is Severity.ERROR]


def names(text: str) -> set[str]:
    return {each.name for each in read_template(text).mentions}


@pytest.mark.parametrize(
    "text",
    [
        "{{ states('sensor.a') | float(0) | round(1) }}",
        "{% set n = namespace(x=1) %}{% for i in range(3) %}{% if i > 1 %}{% break %}{% endif %}{% endfor %}{{ n.x }}",
        "{% do [1].append(2) %}",
        "{{ 'a' is match('b') and 3 is number and [1] is contains(1) }}",
        "{{ [1, 2] | select('gt', 1) | map('float', 0) | list | median }}",
        "{{ area_entities('kitchen') | expand | selectattr('state', 'eq', 'on') | list }}",
        "{{ 1 if trigger.id == 'x' else 2 }}",
        "{% macro f(x) %}{{ x }}{% endmacro %}{{ f(1) }}",
        "{% from 'tools.jinja' import shout as s %}{{ s('x') }}",
        "{{ x | is_defined }}",
        "no markup at all",
        "",
    ],
)
def test_what_home_assistant_takes_is_taken(text: str) -> None:
    reading = read_template(text)
    assert errors(text) == []
    assert not reading.called


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("{{ x | flaot }}", "did you mean 'float'"),
        ("{{ x is defind }}", "did you mean 'defined'"),
        ("{{ x | map('uper') }}", "no filter 'uper'"),
        ("{{ x | selectattr('a', 'eqal') }}", "no test 'eqal'"),
        ("{{ x", "can't be parsed"),
        ("{% if x %}", "can't be parsed"),
        ("{% nope %}", "can't be parsed"),
        ("{{ " + "(" * 60 + "1" + ")" * 60 + " }}", "nests more than"),
        ("{{ " + "not " * 5_000 + "x }}", "nests too deep"),
        ("{{ " + "9" * 5_000 + " }}", "too large"),
        ("x" * (LONGEST + 1), "more than"),
        ("{% if a %}" * 3_000, "too deep"),
    ],
)
def test_what_is_wrong_is_said(text: str, part: str) -> None:
    (message,) = errors(text)
    assert part in message


def test_the_line_is_the_templates_own() -> None:
    (problem,) = read_template("{{ 1 }}\n{{ 2 }}\n{{ 3 | nope }}\n").problems
    assert problem.line == 3


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{{ states('sensor.a') }}", {"sensor.a"}),
        ("{{ 'sensor.a' | states }}", {"sensor.a"}),
        ("{{ states.light.kitchen.state }}", {"light.kitchen"}),
        ("{{ states['light.kitchen'].state }}", {"light.kitchen"}),
        ("{{ states.light | list }}", set()),
        ("{{ is_state('a.b', 'on') and state_attr('c.d', 'x') }}", {"a.b", "c.d"}),
        ("{{ expand('group.a', ['light.b', 'light.c']) }}", {"group.a", "light.b", "light.c"}),
        ("{{ ['light.b', 'light.c'] | map('states') | list }}", {"light.b", "light.c"}),
        ("{{ 'light.b' is is_state('on') }}", {"light.b"}),
        (
            "{{ area_entities('kitchen') + label_entities('night') + device_entities('d1') }}",
            {"kitchen", "night", "d1"},
        ),
        ("{{ 'light.b' if x else 'light.c' }}", {"light.b", "light.c"}),
        ("{{ states('sensor.' ~ x) }}", set()),
    ],
)
def test_what_a_template_names(text: str, named: set[str]) -> None:
    assert names(text) == named


def test_names_that_somebody_must_give() -> None:
    reading = read_template("{% set a = 1 %}{% for b in c %}{{ a + b + d + nope() }}{% endfor %}{{ now() }}")
    assert reading.unbound == {"c", "d", "nope"}
    assert reading.called == {"nope"}


def test_a_long_sum_is_no_deep_nesting() -> None:
    assert errors("{{ 1" + " + 1" * 2_000 + " }}") == []


@given(st.text(alphabet="{}%|()[]'\" abisnot.,0123456789+-~\n", max_size=120))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_any_text_is_read(text: str) -> None:
    assert read_template("{{" + text).mentions is not None


def test_more_templates_than_anybody_writes_are_refused() -> None:
    delays = [{"delay": f"{{{{ states('sensor.a') | int({number}) }}}}"} for number in range(MOST + 1)]
    trigger = {"trigger": "homeassistant", "event": "start"}
    report = validate({"triggers": [trigger], "actions": delays}, HomeView.of(Snapshot(Registry(), {})))
    assert [(each.code, each.path) for each in report.findings if each.severity is Severity.ERROR] == [
        ("template_error", f"actions[{MOST}].delay.template")
    ]
    assert validate({"triggers": [trigger], "actions": delays[:MOST]}, HomeView.of(Snapshot(Registry(), {}))).valid
