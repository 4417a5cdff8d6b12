"""The verdict on an automation or an order: whether it works, whether it is safe, and what it does, in one. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from workers.automation.explaining.explanation import explain, explain_order
from workers.automation.explaining.naming import Names
from workers.automation.finding import INVALIDATING, Finding, Severity
from workers.automation.home_view import HomeView
from workers.automation.plan.plan import Plan
from workers.automation.reading.reading import Reading, read_document, read_order, read_yaml
from workers.automation.safety.judge import judge, judge_order
from workers.automation.safety.override import Override, applied
from workers.automation.validating.report import FAILED, Report
from workers.automation.validating.validation import validated


@dataclass(frozen=True)
class Verdict:
    """Both verdicts, the score (0 to 100), and all findings in the order of their paths.

    What could not be read has no plan, no explanation, and is not safe: nobody can know. `overrides` are those by which
    an error is a warning. `confirm`: it is an order that a person has to confirm.
    """

    valid: bool
    safe: bool
    score: int
    findings: tuple[Finding, ...]
    plan: Plan | None = None
    explanation: str | None = None
    overrides: tuple[Override, ...] = ()
    confirm: bool = False

    @classmethod
    def of(
        cls,
        findings: tuple[Finding, ...],
        plan: Plan | None,
        explanation: str | None,
        overrides: tuple[Override, ...] = (),
        *,
        confirm: bool = False,
    ) -> Verdict:
        """The verdict of some findings: every error makes it not valid or not safe."""
        report = Report.of(findings)
        dangerous = any(each.severity is Severity.ERROR and each.code not in INVALIDATING for each in report.findings)
        safe = plan is not None and not dangerous
        score = report.score if report.valid and safe else min(report.score, FAILED)
        return cls(report.valid, safe, score, report.findings, plan, explanation, overrides, confirm)

    def with_findings(self, more: tuple[Finding, ...]) -> Verdict:
        """The same with more found."""
        found = (*self.findings, *more)
        return Verdict.of(found, self.plan, self.explanation, self.overrides, confirm=self.confirm) if more else self


def read(automation: str | dict[str, Any]) -> Reading:
    """An automation, given as YAML text or as a document."""
    return read_yaml(automation) if isinstance(automation, str) else read_document(automation)


def judge_reading(
    reading: Reading,
    home: HomeView,
    preset: str = "moderate",
    overrides: tuple[Override, ...] = (),
    names: Names | None = None,
) -> Verdict:
    """The verdict on what was read, in the home where it is to run; its former self there is left out of account.

    `overrides` are those of this automation. `names` are those of this home, where they are kept.
    """
    plan = reading.plan
    found = validated(reading, home, preset)
    if plan is None:
        return Verdict.of(found, None, None)
    others = without_itself(home, plan)
    known = {(each.code, each.path) for each in found}
    dangers = [each for each in judge(plan, others, preset, overrides) if (each.code, each.path) not in known]
    told = (*found, *reading.placed(dangers))
    return Verdict.of(told, plan, explain(plan, names or home), applied(overrides, dangers))


def judge_actions(actions: list[Any], home: HomeView, preset: str = "moderate", names: Names | None = None) -> Verdict:
    """The verdict on what a person orders now, each action as `{action, target?, data?}`."""
    reading = read_order(actions)
    plan = reading.plan
    found = validated(reading, home, preset, ordered=True)
    if plan is None:
        return Verdict.of(found, None, None)
    known = {(each.code, each.path) for each in found}
    dangers, confirm = judge_order(plan, home, preset)
    told = (*found, *(each for each in dangers if (each.code, each.path) not in known))
    return Verdict.of(told, plan, explain_order(plan, names or home), confirm=confirm)


def without_itself(home: HomeView, plan: Plan) -> HomeView:
    """The home without the automation of the same id: that which the plan takes the place of."""
    if plan.id is None or all(each.id != plan.id for each in home.automations.values()):
        return home
    return replace(home, automations={key: each for key, each in home.automations.items() if each.id != plan.id})
