from datetime import UTC, datetime, timedelta

import pytest

from contracts.analysis import PatternStatus
from workers.pattern.ranking.lifecycle import DECIDED, UNLISTED, found_again, found_first, not_found

NIGHT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
OPEN = sorted(set(PatternStatus) - DECIDED)


def test_what_nobody_knew() -> None:
    assert found_first(0.5) is PatternStatus.NEW
    assert found_first(0.51) is PatternStatus.AUTOMATED


@pytest.mark.parametrize("status", sorted(DECIDED))
def test_what_was_decided_stays(status: PatternStatus) -> None:
    assert found_again(status, NIGHT, 1.0, NIGHT + 30 * DAY) is status
    assert not_found(status, NIGHT, NIGHT + 30 * DAY) is status


@pytest.mark.parametrize("status", OPEN)
def test_what_is_found_again_is_active_or_an_automations(status: PatternStatus) -> None:
    assert found_again(status, NIGHT, 0.0, NIGHT + DAY) is PatternStatus.ACTIVE
    assert found_again(status, NIGHT, 0.9, NIGHT + DAY) is PatternStatus.AUTOMATED


def test_new_is_new_until_another_night() -> None:
    assert found_again(PatternStatus.NEW, NIGHT, 0.0, NIGHT + timedelta(hours=11)) is PatternStatus.NEW
    assert found_again(PatternStatus.NEW, NIGHT, 0.0, NIGHT + timedelta(hours=12)) is PatternStatus.ACTIVE
    assert found_again(PatternStatus.GONE, NIGHT, 0.0, NIGHT) is PatternStatus.ACTIVE


@pytest.mark.parametrize("status", OPEN)
def test_what_is_not_found_for_a_week_is_gone(status: PatternStatus) -> None:
    assert not_found(status, NIGHT, NIGHT + 7 * DAY) is PatternStatus.GONE
    after_a_day = not_found(status, NIGHT, NIGHT + DAY)
    assert after_a_day is (status if status in UNLISTED else PatternStatus.FADING)
