from zoneinfo import ZoneInfo

import pytest

from shared.home import Registry
from shared.simulator.simulation import simulate
from workers.pattern.analysis import Findings, counted, examine
from workers.pattern.explanation import explanation

NEEDS = "a routine needs 7 days and 8 occurrences (5 days where it keeps to the clock)"


@pytest.mark.parametrize(
    ("findings", "told"),
    [
        (Findings([], 0, 0, []), f"The history has no events in these days; {NEEDS}."),
        (
            Findings([], 2, 12, ["light.a"], {"sensor.b": "its states are numbers"}),
            f"2 days with 12 events; {NEEDS}. So far 1 entity changed often enough to be compared, and 1 was left out.",
        ),
        (
            Findings([], 30, 1, [], {"light.a": "it changed to no state 8 times"}),
            f"30 days with 1 event, but no entity changed 8 times to one state, and 1 was left out; {NEEDS}.",
        ),
        (
            Findings([], 30, 5_000, ["light.a", "light.b"], {}, 1_234),
            (
                "30 days with 5,000 events: in 1,234 tests on 2 entities nothing happened together or at one time"
                f" more often than chance has it, and none was left out; {NEEDS}."
            ),
        ),
    ],
)
def test_nothing_was_found_because(findings: Findings, told: str) -> None:
    assert explanation(findings) == told


def test_two_days_are_not_enough_though_something_shows() -> None:
    home = simulate(1)
    days = list(home.days())
    registry, zone = Registry.from_document(home.registry_document), ZoneInfo(home.time_zone)
    two = examine(counted(days[:2]), registry, zone)
    assert two.days == 2
    assert not two.enough
    assert explanation(two).startswith(f"2 days with {two.events:,} events; {NEEDS}.")
    assert examine(counted(days[:7]), registry, zone).enough
