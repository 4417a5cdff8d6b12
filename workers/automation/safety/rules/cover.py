"""The big doors: garage doors and gates."""

from __future__ import annotations

from collections.abc import Iterator

from workers.automation.finding import Code, Finding, error, warning
from workers.automation.plan.triggers import NumericStateTrigger, TemplateTrigger
from workers.automation.safety.case import CONFIRM, Case
from workers.automation.safety.deed import Deed
from workers.automation.safety.outcomes import ON, OPEN, TOGGLE, outcome
from workers.automation.safety.override import SIGN
from workers.automation.safety.presence import in_empty_house, is_clock, is_let_in, is_stranger
from workers.automation.safety.things import called, is_gate


def unsafe_cover(case: Case) -> Iterator[Finding]:
    """A garage door or a gate is opened by motion, by the clock, or in an empty house.

    Reason: it lets in whoever stands before it, and nobody sees it.
    Dangerous: at half past seven, by motion in the drive, by the doorbell, when the last one leaves; also by the relay
    that moves it. Harmless: when Anna arrives, by a remote's button, closing it at any time. Who orders it has to
    confirm it.
    """
    for deed in case.course.deeds:
        if outcome(deed) not in {OPEN, TOGGLE, ON}:
            continue
        gate = next((each for each in sorted(deed.entity_ids) if is_gate(case.home, each)), None)
        unnamed = deed.open and deed.domain == "cover" and not deed.entity_ids
        if (gate is None and not unnamed) or is_let_in(deed, case.home):
            continue
        what = f"This opens {called(case.home, gate) if gate else 'a cover that is chosen when it runs'}{deed.means}"
        if case.ordered:
            yield error(Code.UNSAFE_COVER, deed.path, f"{what}; {CONFIRM}{'' if gate else f' {SIGN}'}")
        elif (why := _why(case, deed)) is not None:
            yield error(Code.UNSAFE_COVER, deed.path, f"{what} {why}; let a known person who arrives set it off.")
        elif any(isinstance(each, (NumericStateTrigger, TemplateTrigger)) for found in deed.starters for each in found):
            yield warning(Code.UNSAFE_COVER, deed.path, f"{what} though nobody asked for it; let a person set it off.")


def _why(case: Case, deed: Deed) -> str | None:
    triggers = [each for found in deed.starters for each in found]
    if any(is_stranger(each, case.home) for each in triggers):
        return "for anybody who passes"
    if any(is_clock(each) for each in triggers):
        return "by the clock"
    return "while nobody is at home" if in_empty_house(deed, case.home) else None
