"""A whole automation."""

from __future__ import annotations

from typing import Literal

from workers.automation.plan.actions import Action
from workers.automation.plan.conditions import Condition
from workers.automation.plan.node import Node
from workers.automation.plan.triggers import Trigger
from workers.automation.plan.value import Data, DataField, Text

MODES = ("single", "restart", "queued", "parallel")
DEFAULT_MAX = 10
"""Runs at once, where `max` is not said."""


class BlueprintUse(Node):
    """The blueprint that an automation is made from, by its path below `blueprints/automation`, and what is put in."""

    blueprint: Text
    input: DataField = Data()


class Plan(Node):
    """An automation. Where it uses a blueprint, it has only what it adds to that: triggers and actions may be empty.

    `id` is Home Assistant's, None where there is none. `initial_state` is whether it is on after a start, None for as
    it was. `max` holds for the modes `queued` and `parallel`. `max_exceeded` is a level of the log, in small letters,
    or `silent`. `stored_traces` is how many runs are kept to look at.
    """

    id: Text | None = None
    alias: Text | None = None
    description: Text | None = None
    use_blueprint: BlueprintUse | None = None
    triggers: tuple[Trigger, ...] = ()
    conditions: tuple[Condition, ...] = ()
    actions: tuple[Action, ...] = ()
    mode: Literal["single", "restart", "queued", "parallel"] = "single"
    max: int = DEFAULT_MAX
    max_exceeded: Literal["silent", "critical", "fatal", "error", "warning", "warn", "info", "debug", "notset"] = (
        "warning"
    )
    initial_state: bool | None = None
    variables: DataField = Data()
    trigger_variables: DataField = Data()
    stored_traces: int | None = None
