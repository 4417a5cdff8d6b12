"""Who may come in: locks, door openers, the alarm."""

from __future__ import annotations

from collections.abc import Iterator

from workers.automation.finding import Code, Finding, error
from workers.automation.safety.case import CONFIRM, Case
from workers.automation.safety.deed import Deed
from workers.automation.safety.outcomes import DISARMED, ON, TOGGLE, UNLOCKED, outcome
from workers.automation.safety.override import SIGN
from workers.automation.safety.presence import is_let_in
from workers.automation.safety.things import called, is_door_opener


def unsafe_lock(case: Case) -> Iterator[Finding]:
    """A door is unlocked, and neither a smoke or CO alarm nor a known person who arrived has set it off.

    Reason: whoever finds the door open has no need to break in, and no insurance pays.
    Dangerous: `lock.unlock` at seven, by motion, by the doorbell. Harmless: at smoke, when Anna comes home. Who orders
    it has to confirm it.
    """
    for deed in case.course.deeds:
        what = _unlocked(case, deed)
        if what is not None and not is_let_in(deed, case.home):
            yield error(Code.UNSAFE_LOCK, deed.path, _told(f"This unlocks {what}{deed.means}", deed, case))


def unsafe_alarm(case: Case) -> Iterator[Finding]:
    """The alarm is disarmed, and neither a smoke or CO alarm nor a known person who arrived has set it off.

    Reason: an alarm that disarms itself protects nobody; who orders it has to confirm it.
    Dangerous: `alarm_disarm` at six. Harmless: when Ben enters zone.home.
    """
    for deed in case.course.deeds:
        if outcome(deed) == DISARMED and not is_let_in(deed, case.home):
            what = ", ".join(called(case.home, each) for each in sorted(deed.entity_ids)[:3]) or "an alarm"
            yield error(Code.UNSAFE_ALARM, deed.path, _told(f"This disarms {what}{deed.means}", deed, case))


def _unlocked(case: Case, deed: Deed) -> str | None:
    done = outcome(deed)
    if done == UNLOCKED and deed.domain == "lock":
        named = ", ".join(called(case.home, each) for each in sorted(deed.entity_ids)[:3])
        return "a lock that is chosen when it runs" if deed.open else named or "a lock"
    if done in {ON, TOGGLE}:
        found = [each for each in sorted(deed.entity_ids) if is_door_opener(case.home, each)]
        return called(case.home, found[0]) if found else None
    return None


def _told(what: str, deed: Deed, case: Case) -> str:
    end = f" {SIGN}" if deed.open else ""
    if case.ordered:
        return f"{what}; {CONFIRM}{end}"
    return f"{what} without a smoke or CO alarm or a known person who arrives; let one of these set it off.{end}"
