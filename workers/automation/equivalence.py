"""Whether two automations mean the same, by their normal form. Pure.

The normal form leaves out names, ids, descriptions, comments, what is switched off, what is kept for looking at
(traces, the level of logs), and whether the automation is on after a start. It has one spelling for what has several:

- triggers and conditions in any order; a trigger on two entities, times or events is two triggers; `not`, `and` and
  `or` within each other, lists of one, and a state asked of two entities are taken apart,
- a `trigger` condition asks for triggers, not for their ids,
- `homeassistant.turn_on` of entities is the action of their domain; a scene's short form is `scene.turn_on`; a device's
  action on an entity id is that entity's; neighbours that switch alike are one call,
- `if` is `choose`, also in the `else` of another; a sequence in a sequence is part of it; parallel branches have no
  order,
- times, lengths of time, numbers, weekdays and templates as what they say, not as they are spelled,
- a template of `is_state` and `states(...) == ...`, joined by `and`, `or` and `not`, is those conditions; the `not` of
  an `and` is the `or` of the opposites; a change to one of several states is one to each, where none must last.

The order of actions is kept: one may depend on the one before. An area, a floor, a label or a device is not the same as
the entities that are in it today: tomorrow there may be others. The same in other words (a template that computes what
a numeric condition says) is not found: `same` may miss, it does not claim what is not so.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from workers.automation.normal.actions import actions
from workers.automation.normal.conditions import conditions
from workers.automation.normal.triggers import triggers
from workers.automation.normal.values import Normal, key, value
from workers.automation.plan.plan import Plan
from workers.automation.plan.walk import templates_in

_BY_ID: Final = re.compile(r"\btrigger\s*(\.\s*|\[\s*['\"])id\b")
_BY_NUMBER: Final = re.compile(r"\btrigger\s*(\.\s*|\[\s*['\"])idx\b")


def same(plan: Plan, other: Plan) -> bool:
    """Whether two automations do the same."""
    return key(normal(plan)) == key(normal(other))


def fingerprint(plan: Plan) -> str:
    """A text that automations share exactly where `same` says that they mean the same: 64 hexadecimal digits."""
    return hashlib.sha256(key(normal(plan)).encode()).hexdigest()


def normal(plan: Plan) -> Normal:
    """The normal form of an automation, as data of JSON."""
    templates = [template for _, template in templates_in(plan)]
    ids = any(_BY_ID.search(each) for each in templates)
    numbered = any(_BY_NUMBER.search(each) for each in templates)
    active = tuple(plan.triggers)
    started = triggers(active, with_ids=ids)
    form: dict[str, Normal] = {
        "triggers": [value(each) for each in active] if numbered else started,
        "conditions": conditions(plan.conditions, active),
        "actions": actions(plan.actions, active),
        "mode": plan.mode,
    }
    if plan.mode in {"queued", "parallel"}:
        form["max"] = plan.max
    if plan.use_blueprint is not None:
        form["blueprint"] = value(plan.use_blueprint)
    said = {"variables": plan.variables, "trigger_variables": plan.trigger_variables}
    return form | {name: value(each) for name, each in said.items() if each}
