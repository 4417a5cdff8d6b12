from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from shared.history import Event
from tests.unit.pattern.lived import ZONE, at, counted
from workers.pattern.clock.local_changes import MOST_STATES, LocalChanges
from workers.pattern.clock.local_clock import LocalClock, weekend


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
def test_the_wall_clock_is_right_across_daylight_saving(name: str) -> None:
    zone = ZoneInfo(name)
    moments = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=17 * each) for each in range(31_000)]
    times = np.array([int(moment.timestamp()) for moment in moments])
    walls = LocalClock(zone, float(times[0]), float(times[-1])).wall(times)
    expected = [int(moment.astimezone(zone).replace(tzinfo=UTC).timestamp()) for moment in moments]
    assert walls.tolist() == expected


def test_weekends() -> None:
    days = [(datetime(2026, 3, 2 + each, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days for each in range(7)]
    assert weekend(np.array(days)).tolist() == [False] * 5 + [True] * 2


def test_what_is_no_change() -> None:
    told = [
        (8.0, "off"),  # the first word
        (9.0, "on"),
        (9.001, "on"),  # told twice
        (10.0, "unavailable"),
        (10.1, "on"),  # as before the restart
        (11.0, "off"),
        (12.0, "unknown"),
        (12.5, "on"),  # nobody knows since when
    ]
    changes = LocalChanges(counted(Event(at(1, hour), "light.lamp", state) for hour, state in told), ZONE)
    assert changes.minutes.tolist() == [9 * 60, 11 * 60]
    spells = changes.spells()
    assert spells.ended[0]
    assert int(spells.ends[0] - spells.begins[0]) == 2 * 3_600


def test_a_lost_event_ends_no_spell() -> None:
    told = [(8.0, "off"), (9.0, "on"), (15.0, "on"), (15.2, "off")]
    changes = LocalChanges(counted(Event(at(1, hour), "light.lamp", state) for hour, state in told), ZONE)
    spells = changes.spells()
    assert spells.ended.tolist() == [False, False]
    assert int(spells.ends[0] - spells.begins[0]) == 6 * 3_600
    assert changes.loss == 0.5


def test_text_is_no_state() -> None:
    events = [Event(at(1, each / 10), "sensor.title", f"song {each}") for each in range(MOST_STATES + 1)]
    events += [Event(at(1, 8.0), "light.lamp", "off"), Event(at(1, 9.0), "light.lamp", "on")]
    changes = LocalChanges(counted(events), ZONE)
    assert {changes.counts.entity_ids[each] for each in changes.entities} == {"light.lamp"}
