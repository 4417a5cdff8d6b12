"""The compiler: a plan as the document that Home Assistant 2026.11 has of it."""

from __future__ import annotations

from typing import Any

from workers.automation.plan.plan import DEFAULT_MAX, Plan
from workers.automation.plan.value import thawed
from workers.automation.writing.actions import write_actions
from workers.automation.writing.conditions import write_conditions
from workers.automation.writing.triggers import write_triggers
from workers.automation.writing.values import plain, said


def compile_plan(plan: Plan) -> dict[str, Any]:
    """The document of a plan, its keys always in the same order. What is behind a tag stays `Tagged`."""
    return {
        **said(id=plan.id, alias=plan.alias, description=plan.description),
        **_blueprint(plan),
        **said(trigger_variables=plan.trigger_variables, variables=plan.variables),
        **_parts(plan),
        **_running(plan),
    }


def _blueprint(plan: Plan) -> dict[str, Any]:
    use = plan.use_blueprint
    return {} if use is None else {"use_blueprint": {"path": plain(use.blueprint), "input": thawed(use.input)}}


def _parts(plan: Plan) -> dict[str, Any]:
    parts = {
        "triggers": write_triggers(plan.triggers),
        "conditions": write_conditions(plan.conditions),
        "actions": write_actions(plan.actions),
    }
    return parts if plan.use_blueprint is None else {key: part for key, part in parts.items() if part}


def _running(plan: Plan) -> dict[str, Any]:
    written: dict[str, Any] = {}
    if plan.mode != "single" or plan.use_blueprint is None:
        written["mode"] = plan.mode
    if plan.max != DEFAULT_MAX:
        written["max"] = plan.max
    if plan.max_exceeded != "warning":
        written["max_exceeded"] = plan.max_exceeded
    written |= said(initial_state=plan.initial_state)
    return written if plan.stored_traces is None else {**written, "trace": {"stored_traces": plan.stored_traces}}
