"""What gets hot."""

from __future__ import annotations

from collections.abc import Iterator

from workers.automation.finding import Code, Finding, error
from workers.automation.safety.case import Case
from workers.automation.safety.deed import Deed
from workers.automation.safety.ending import answered, ended_by_clock, follows, watched
from workers.automation.safety.outcomes import OFF, ON, TOGGLE, outcome
from workers.automation.safety.presence import in_empty_house
from workers.automation.safety.things import called, is_heater

_HEATING = frozenset({ON, TOGGLE, "heat", "heat_cool", "auto"})


def unsafe_heat(case: Case) -> Iterator[Finding]:
    """A plug-in heater, a stove or an iron is switched on in an empty house, or without an end.

    Reason: these are made for somebody who stands beside them; alone they set houses on fire.
    Dangerous: a space heater when all have left, an iron that nothing switches off. Harmless: a heater for half an
    hour, one that another branch or an automation of the home switches off.
    """
    for deed in case.course.deeds:
        if outcome(deed) not in _HEATING:
            continue
        hot = next((each for each in sorted(deed.entity_ids) if is_heater(case.home, each)), None)
        if hot is not None and in_empty_house(deed, case.home):
            yield _told(case, deed, hot, "while nobody is at home; ask for somebody to be there")
        elif endless := [
            each for each in sorted(deed.entity_ids) if is_heater(case.home, each) and _endless(case, deed, each)
        ]:
            yield _told(case, deed, endless[0], "and nothing is sure to switch it off; add a delay and switch it off")


def _told(case: Case, deed: Deed, entity_id: str, why: str) -> Finding:
    return error(Code.UNSAFE_HEAT, deed.path, f"This switches on {called(case.home, entity_id)}{deed.means} {why}.")


def _endless(case: Case, deed: Deed, entity_id: str) -> bool:
    after = follows(case.course, deed, entity_id, OFF)
    if after is not None:
        return after > case.preset.longest_heat
    if answered(case.course, deed, entity_id, OFF) or watched(case.home, entity_id) is not None:
        return False
    return not ended_by_clock(case.home, deed, entity_id, case.preset.longest_heat)
