"""Automations that set each other off."""

from __future__ import annotations

from collections.abc import Iterator

from workers.automation.finding import Code, Finding, error
from workers.automation.home_view import HomeView
from workers.automation.plan.plan import Plan
from workers.automation.plan.triggers import StateTrigger, Trigger
from workers.automation.safety.case import Case
from workers.automation.safety.course import course_of
from workers.automation.safety.deed import Deed, Guard
from workers.automation.safety.firing import excluded, fires, results, touched, watches
from workers.automation.safety.outcomes import TOGGLE, outcome
from workers.automation.safety.things import called


def trigger_loop(case: Case) -> Iterator[Finding]:
    """It switches what sets it off, by itself or over other automations of the home.

    Reason: it runs again and again, and a person's own switching is undone.
    Dangerous: a toggle of the light whose change sets it off; A switches what triggers B, which switches what triggers
    A. Harmless: off after ten minutes of being on, more brightness when it is switched on: these states don't follow.
    In a circle of several, two that only follow each other count too: while a device is slow they chase each other.
    """
    found = _itself(case)
    if found is not None:
        yield found
        return
    yield from _over_others(case)


def _itself(case: Case) -> Finding | None:
    for deed in case.course.deeds:
        if deed.service == "automation.trigger" and any(_same(case, each) for each in deed.entity_ids):
            return error(Code.TRIGGER_LOOP, deed.path, "This triggers the automation itself; leave it out.")
    steps = _steps(case)
    for start in range(len(case.plan.triggers)):
        if start in _reached(steps, start):
            deed, entity_id = next(
                hit for at, hit in steps[start].items() if at == start or start in _reached(steps, at)
            )
            told = f"This changes {_named(case.home, entity_id)}{deed.means}, which sets off this automation again; "
            return error(Code.TRIGGER_LOOP, deed.path, f"{told}ask for a state that it can't come to.")
    return None


Steps = dict[int, dict[int, tuple[Deed, str]]]
"""Which triggers (by number) fire after which, each with the deed that does it and the entity it changes."""


def _steps(case: Case) -> Steps:
    listening = [(at, each) for at, each in enumerate(case.plan.triggers) if each.enabled is not False]
    steps: Steps = {at: {} for at, _ in enumerate(case.plan.triggers)}
    watched = {at: watches(each, case.home) for at, each in listening}
    for at, trigger in listening:
        for other, listener in listening:
            for entity_id in sorted(watched[other]):
                deed = _firing(case, trigger, listener, entity_id, shared=entity_id in watched[at])
                if deed is not None:
                    steps[at].setdefault(other, (deed, entity_id))
    return steps


def _reached(steps: Steps, start: int) -> set[int]:
    """The triggers that may fire, one after the other, once a first one has."""
    found: set[int] = set()
    edge = {start}
    while edge:
        edge = {after for each in edge for after in steps[each]} - found
        found |= edge
    return found


def _firing(case: Case, trigger: Trigger, listener: Trigger, entity_id: str, *, shared: bool) -> Deed | None:
    """What is done after one trigger that fires another by changing an entity; `shared` where both watch it."""
    state = _first_state(trigger) if shared else None
    several = len(watches(trigger, case.home)) > 1
    for deed in case.course.deeds:
        if not _led(deed, trigger):
            continue
        if _toggles_a_member(case.home, deed, listener, entity_id):
            return deed
        if entity_id not in touched(deed):
            continue
        before = None if several and outcome(deed) == TOGGLE else state
        for after in results(deed, before):
            again = fires(listener, deed, entity_id, before, after)
            if again and not excluded((Guard(case.plan.conditions), *deed.guards), entity_id, after):
                return deed
            state = before = after
    return None


def _toggles_a_member(home: HomeView, deed: Deed, listener: Trigger, entity_id: str) -> bool:
    """Whether it toggles a member of a group whose every change sets it off: the group changes each time."""
    every = isinstance(listener, StateTrigger) and (listener.to, listener.from_, listener.attribute) == (None,) * 3
    members = home.members(entity_id) if every and outcome(deed) == TOGGLE and not deed.guards else frozenset()
    return entity_id not in deed.entity_ids and bool(members & deed.entity_ids)


def _led(deed: Deed, trigger: Trigger) -> bool:
    return not deed.starters or any(each is trigger for each in deed.starters[0])


def _first_state(trigger: Trigger) -> str | None:
    """The state in which a trigger leaves its entity, where there is but one."""
    if isinstance(trigger, StateTrigger):
        return str(trigger.to[0]) if trigger.to and len(trigger.to) == 1 and trigger.to[0] is not None else None
    kind = trigger.kind.partition(".")[2]
    return {"turned_on": "on", "turned_off": "off", "opened": "open", "closed": "closed"}.get(kind)


def _over_others(case: Case) -> Iterator[Finding]:
    """A circle over other automations: the first deed of this one that begins it."""
    others = {name: plan for name, plan in case.home.automations.items() if not _same(case, name)}
    for deed in case.course.deeds:
        way = _way_back(case, deed, dict(others))
        if way:
            told = ", then ".join(_named(case.home, each) for each in way)
            yield error(
                Code.TRIGGER_LOOP,
                deed.path,
                f"This sets off {told}, which sets off this one again; break the circle by a condition.",
            )
            return


def _way_back(case: Case, first: Deed, unseen: dict[str, Plan]) -> tuple[str, ...]:
    """The automations over which a deed comes back to the one that is judged, fewest first; empty where it does not."""
    edge: list[tuple[tuple[str, ...], tuple[Deed, ...]]] = [((), (first,))]
    while edge and unseen:
        way, deeds = edge.pop(0)
        for name in [each for each, plan in unseen.items() if any(_sets_off(deed, plan, case.home) for deed in deeds)]:
            following = course_of(unseen.pop(name), case.home).deeds
            if any(_sets_off(each, case.plan, case.home) for each in following):
                return (*way, name)
            edge.append(((*way, name), following))
    return ()


def _sets_off(deed: Deed, plan: Plan, home: HomeView) -> bool:
    """Whether a deed may fire a trigger of an automation whose conditions do not rule it out."""
    changed = touched(deed)
    if not changed:
        return False
    for trigger in plan.triggers:
        for entity_id in changed & watches(trigger, home) if trigger.enabled is not False else ():
            for after in results(deed, None):
                guards = (Guard(plan.conditions),)
                if fires(trigger, deed, entity_id, None, after) and not excluded(guards, entity_id, after):
                    return True
    return False


def _same(case: Case, name: str) -> bool:
    """Whether an automation of the home is the one that is judged, as it stands now."""
    other, plan = case.home.automations.get(name), case.plan
    if other is None:
        return False
    if plan.id is not None and other.id is not None:
        return plan.id == other.id
    return (plan.alias is not None and plan.alias == other.alias) or plan == other


def _named(home: HomeView, entity_id: str) -> str:
    kind, _, name = entity_id.partition(":")
    if not name and kind != "mqtt":
        return called(home, entity_id)
    return "the MQTT topic" if kind == "mqtt" else f"the event {name}"
