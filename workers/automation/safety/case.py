"""What a rule judges: an automation or an order, all that it may do, the home, and how strict one is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from workers.automation.finding import Finding
from workers.automation.home_view import HomeView
from workers.automation.plan.plan import Plan
from workers.automation.safety.deed import Course
from workers.automation.safety.preset import Preset

CONFIRM = "a person has to confirm it."
"""How a finding ends that asks back, where a person orders what no automation may do by itself."""


@dataclass(frozen=True)
class Case:
    """One automation before the rules; `ordered`: no automation, but what a person orders now."""

    plan: Plan
    home: HomeView
    course: Course
    preset: Preset
    ordered: bool = False


Rule = Callable[[Case], Iterator[Finding]]
"""A rule gives all that it finds; none needs another."""
