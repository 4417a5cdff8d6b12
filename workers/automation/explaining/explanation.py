"""An automation in one or two plain sentences; a nested one as a short list below its first sentence. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from workers.automation.explaining.conditions import Checks
from workers.automation.explaining.english import phrases
from workers.automation.explaining.moments import on_days
from workers.automation.explaining.naming import Names
from workers.automation.explaining.steps import Step, Steps, lines, one_line
from workers.automation.explaining.triggers import clauses, reasons
from workers.automation.explaining.values import listed, quoted, sentence, value, words
from workers.automation.home_view import HomeView
from workers.automation.plan.actions import Delay, Repeat, WaitForTrigger, WaitTemplate
from workers.automation.plan.conditions import Condition, TimeCondition
from workers.automation.plan.plan import BlueprintUse, Plan
from workers.automation.plan.triggers import SunTrigger, TimePatternTrigger, TimeTrigger
from workers.automation.plan.walk import actions_in

LONGEST: Final = 4_000
"""Characters."""
_IF: Final = phrases.IF.format("")
_OF_A_CLOCK: Final = (TimeTrigger, SunTrigger, TimePatternTrigger)
_MOST: Final = 10
"""How many run at once or wait, unless the plan says otherwise."""
_WAITING: Final = (Delay, Repeat, WaitForTrigger, WaitTemplate)


def explain(plan: Plan, home: HomeView | Names) -> str:
    """What an automation does, for people, with the names of the home; at most `LONGEST` characters.

    What is switched off in it is left out. A template that only compares a state is told as that, any other as a
    calculation with what it looks at. Whoever explains often in one home keeps its `Names`.
    """
    names = home if isinstance(home, Names) else Names(home)
    if plan.use_blueprint is not None:
        told = sentence(_blueprint(plan.use_blueprint, names))
    else:
        checks = Checks(names, plan.triggers, reasons)
        conditions = [each for each in plan.conditions if each.enabled is not False]
        days, conditions = _days(plan, conditions)
        head = f"{days}{_start(plan, names)}"
        if (held := checks.all_of(conditions)) != phrases.ALWAYS:
            head = f"{head}, {phrases.IF.format(held)}"
        steps = Steps(names, checks).of(plan.actions)
        told = _whole(head, steps, checked=held != phrases.ALWAYS)
    for more in (_again(plan), phrases.STARTS_OFF if plan.initial_state is False else ""):
        if more:
            told = f"{told}{chr(10) if chr(10) in told else ' '}{more}"
    return (
        told if len(told) <= LONGEST else told[: LONGEST - len(phrases.AND_MORE) - 1].rstrip() + " " + phrases.AND_MORE
    )


def explain_order(plan: Plan, home: HomeView | Names) -> str:
    """What an order does, as `explain` would say it, such as: Unlock Front door."""
    names = home if isinstance(home, Names) else Names(home)
    steps = Steps(names, Checks(names, (), reasons)).of(plan.actions)
    short = one_line(steps)
    told = sentence(short) if short is not None else "\n".join(lines(steps))
    return (
        told if len(told) <= LONGEST else f"{told[: LONGEST - len(phrases.AND_MORE) - 1].rstrip()} {phrases.AND_MORE}"
    )


def _whole(head: str, steps: Sequence[Step], *, checked: bool) -> str:
    """The head and the orders; an `otherwise` behind two ifs would be anybody's guess, so that is a list."""
    short = one_line(steps)
    if checked and len(steps) == 1 and steps[0].branches and steps[0].branches[0][0].startswith(_IF):
        short = None
    if short is not None:
        return sentence(f"{head}, {short}")
    return "\n".join([sentence(f"{head}:"), *lines(steps)])


def _start(plan: Plan, names: Names) -> str:
    """What starts it: `at 06:45 or when Anna leaves home`."""
    told = [each.when for each in clauses(plan.triggers, names)]
    return listed(told, phrases.OR) or phrases.BY_HAND


def _days(plan: Plan, conditions: list[Condition]) -> tuple[str, list[Condition]]:
    """Days that are a condition, told before the time, where nothing but times of day starts it."""
    active = [each for each in plan.triggers if each.enabled is not False]
    if not active or not all(isinstance(each, _OF_A_CLOCK) and not getattr(each, "weekday", ()) for each in active):
        return "", conditions
    only_days = [
        each for each in conditions if isinstance(each, TimeCondition) and each.weekday and each.enabled is True
    ]
    if len(only_days) != 1:
        return "", conditions
    [said] = only_days
    hours = [said.model_copy(update={"weekday": ()})] if said.after or said.before else []
    left = [part for each in conditions for part in (hours if each is said else [each])]
    return on_days(said.weekday), left


def _again(plan: Plan) -> str:
    """What happens when it is started while it runs, where it takes any time."""
    if not any(isinstance(each, _WAITING) for each in actions_in(plan)):
        return ""
    told = phrases.MODES[plan.mode]
    limited = plan.mode in {"queued", "parallel"} and plan.max is not None and plan.max != _MOST
    return phrases.BUT_AT_MOST.format(told.removesuffix("."), plan.max) if limited else told


def _blueprint(use: BlueprintUse, names: Names) -> str:
    path = use.blueprint if type(use.blueprint) is str else value(use.blueprint)
    told = phrases.BLUEPRINT.format(quoted(words(path.removesuffix(".yaml"))))
    inputs = []
    for key, each in use.input.items():
        known = isinstance(each, str) and names.home.entity(each) is not None
        inputs.append(
            phrases.ITS_STATE.format(name=words(key), value=names.entity(str(each)) if known else value(each))
        )
    return phrases.WITH_INPUT.format(told, listed(inputs)) if inputs else told
