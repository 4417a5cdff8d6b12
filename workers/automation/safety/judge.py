"""The verdict on an automation, or on an order: all that the safety rules find. The front door of this package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from shared.errors import InvalidRequest
from workers.automation.finding import ENDANGERING, Code, Finding, Severity
from workers.automation.home_view import HomeView
from workers.automation.plan.plan import Plan
from workers.automation.safety.case import Case, Rule
from workers.automation.safety.course import course_of
from workers.automation.safety.override import Override, may_override, overridden
from workers.automation.safety.preset import PRESETS, RUNTIME_TARGET, Preset, Strictness
from workers.automation.safety.rules.access import unsafe_alarm, unsafe_lock
from workers.automation.safety.rules.circle import trigger_loop
from workers.automation.safety.rules.climate import unsafe_climate
from workers.automation.safety.rules.cover import unsafe_cover
from workers.automation.safety.rules.frequency import too_often
from workers.automation.safety.rules.heat import unsafe_heat
from workers.automation.safety.rules.looping import missing_timeout, unbounded_loop
from workers.automation.safety.rules.runtime import runtime_target, shell, unseen_blueprint
from workers.automation.safety.rules.switching_off import bulk_off, critical_off

RULES: tuple[Rule, ...] = (
    unsafe_lock,
    unsafe_alarm,
    unsafe_climate,
    unsafe_heat,
    unsafe_cover,
    critical_off,
    bulk_off,
    unbounded_loop,
    trigger_loop,
    too_often,
    shell,
    runtime_target,
    missing_timeout,
    unseen_blueprint,
)
ORDER_RULES: tuple[Rule, ...] = (
    unsafe_lock,
    unsafe_alarm,
    unsafe_climate,
    unsafe_cover,
    critical_off,
    bulk_off,
    shell,
    runtime_target,
)
"""The rules for what a person orders, who stands there: it is done once, and what gets hot is seen to."""
CONFIRMED = frozenset({Code.UNSAFE_LOCK, Code.UNSAFE_ALARM, Code.UNSAFE_COVER})
"""What a person may order, and has to confirm."""
SAFETY_CODES = frozenset({*ENDANGERING, RUNTIME_TARGET})
"""Errors of these codes make `safe` false."""


def judge(
    plan: Plan,
    home: HomeView,
    preset: Preset | Strictness | str = Strictness.MODERATE,
    overrides: Sequence[Override] = (),
) -> list[Finding]:
    """All that is dangerous about an automation in a home, each once, in the order of the rules.

    `preset` is one of `strict`, `moderate`, `permissive`. What an override allows stays as a warning that says so.
    Raises `InvalidRequest` where there is no such preset.
    """
    chosen = preset if isinstance(preset, Preset) else preset_of(preset)
    case = Case(plan, home, course_of(plan, home), chosen)
    return _once(overridden(each, tuple(overrides)) for each in _found(case, RULES))


def judge_order(
    plan: Plan, home: HomeView, preset: Preset | Strictness | str = Strictness.MODERATE
) -> tuple[list[Finding], bool]:
    """All that is dangerous about an order, a plan that nothing starts, and whether a person has to confirm it.

    What has to be confirmed is a warning; what nobody may order is an error. Raises as `judge` does.
    """
    chosen = preset if isinstance(preset, Preset) else preset_of(preset)
    case = Case(plan, home, course_of(plan, home), chosen, ordered=True)
    found = _once(_found(case, ORDER_RULES))
    told = [each.model_copy(update={"severity": Severity.WARNING}) if _asks(each) else each for each in found]
    return told, any(_asks(each) for each in found)


def _asks(finding: Finding) -> bool:
    return finding.code in CONFIRMED and finding.severity is Severity.ERROR and may_override(finding)


def _found(case: Case, rules: Iterable[Rule]) -> Iterator[Finding]:
    return (_weighed(each, case.preset) for rule in rules for each in rule(case))


def _once(found: Iterable[Finding]) -> list[Finding]:
    once: dict[tuple[str, str], Finding] = {}
    for each in found:
        known = once.get((each.code, each.path))
        if known is None or (known.severity is not Severity.ERROR and each.severity is Severity.ERROR):
            once[each.code, each.path] = each
    return list(once.values())


def is_safe(findings: Iterable[Finding]) -> bool:
    """Whether none of some findings is an error of a safety code."""
    return not any(each.severity is Severity.ERROR and each.code in SAFETY_CODES for each in findings)


def preset_of(name: str) -> Preset:
    """The preset of a name; raises `InvalidRequest` where there is none."""
    if name not in set(Strictness):
        raise InvalidRequest(f"There is no preset {name[:40]!r}; take one of {', '.join(Strictness)}.")
    return PRESETS[Strictness(name)]


def _weighed(finding: Finding, preset: Preset) -> Finding:
    """A finding as a preset weighs it; one without exception is never lowered."""
    level = preset.levels.get((finding.code, finding.severity))
    if level is None or (finding.severity is Severity.ERROR and not may_override(finding)):
        return finding
    return finding.model_copy(update={"severity": level})
