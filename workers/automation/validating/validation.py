"""Whether an automation can work: all that is wrong with it, from its text to its style. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from workers.automation.finding import Code, Finding, Severity
from workers.automation.home_view import HomeView
from workers.automation.plan.plan import Plan
from workers.automation.reading.reading import Reading, read_document, read_yaml
from workers.automation.validating.fixes import sure
from workers.automation.validating.known import Known
from workers.automation.validating.references import judge_references
from workers.automation.validating.report import Report
from workers.automation.validating.schema import judge_schema
from workers.automation.validating.services import judge_services
from workers.automation.validating.style import judge_style
from workers.automation.validating.templates import judge_templates
from workers.automation.validating.topics import judge_topics

MOST_FINDINGS = 500
"""What is wrong beyond that is not told, the least first."""
_WORST_FIRST = (Severity.ERROR, Severity.WARNING, Severity.INFO)
_HINTS = frozenset({Code.STYLE, Code.OLD_SYNTAX})


def validate(automation: Any, home: HomeView, preset: str = "moderate") -> Report:
    """What there is to say about an automation, given as YAML text or as a document.

    `preset` is about hints alone: `strict` makes those on style warnings, `permissive` leaves them out. No preset makes
    an error of a hint, or the other way round.
    """
    reading = read_yaml(automation) if isinstance(automation, str) else read_document(automation)
    return Report.of(validated(reading, home, preset))


def validated(
    reading: Reading, home: HomeView, preset: str = "moderate", *, ordered: bool = False
) -> tuple[Finding, ...]:
    """All findings on what was read, with line and column where it was a text; safety is judged elsewhere.

    `ordered`: no automation, but what a person orders now.
    """
    found = list(reading.findings)
    if reading.plan is not None:
        found += reading.placed(sure(judged(reading.plan, home, ordered=ordered), reading))
    found.sort(key=lambda each: _WORST_FIRST.index(each.severity))
    return tuple(_by_preset(found[:MOST_FINDINGS], preset))


def judged(plan: Plan, home: HomeView, *, ordered: bool = False) -> list[Finding]:
    """What is wrong with a plan, in the home where it is to run; what is `ordered` has no style."""
    known = Known.of(plan, home, ordered=ordered)
    judges: tuple[Iterable[Finding], ...] = (
        judge_schema(plan, known),
        judge_templates(plan, known),
        judge_references(known),
        judge_topics(known),
        judge_services(known),
        () if ordered else judge_style(plan, known),
    )
    return [finding for each in judges for finding in each]


def _by_preset(findings: Iterable[Finding], preset: str) -> Iterator[Finding]:
    for each in findings:
        hint = each.code in _HINTS and each.severity is Severity.INFO
        if hint and preset == "permissive":
            continue
        yield each.model_copy(update={"severity": Severity.WARNING}) if hint and preset == "strict" else each
