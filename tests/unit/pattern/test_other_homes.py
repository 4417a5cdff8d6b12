"""Homes made otherwise than the simulator makes them: with nothing in them, and with pairs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest

from contracts.analysis import PatternType
from shared.history import Columns, Event
from tests.unit.planted import PlantedHome, awake_home, independent_home, planted_home
from workers.pattern.analysis import analyse
from workers.pattern.candidate import Candidate

SEEDS = range(101, 109)


def found(events: list[Event]) -> list[Candidate]:
    days = groupby(sorted(events, key=lambda event: event.at), lambda event: event.at // 86_400)
    return analyse([Columns.of(list(day)) for _, day in days], None, ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize("make", [independent_home, awake_home])
def test_homes_without_routines_have_none(make: Callable[[int], PlantedHome]) -> None:
    assert sum(len(found(make(seed).events)) for seed in SEEDS) <= 2


def test_planted_pairs_are_found_as_what_they_are() -> None:
    planted = right = false = 0
    for seed in SEEDS:
        home = planted_home(seed)
        truth = {frozenset(each.entities): each for each in home.planted}
        planted += len(truth)
        for pattern in found(home.events):
            pair = truth.get(frozenset(pattern.entities))
            if pattern.pattern_type in {PatternType.TIME_OF_DAY, PatternType.ANOMALY} or pair is None:
                false += pair is None
            elif pair.ordered:
                right += pattern.pattern_type is PatternType.TRIGGER and pattern.entities == pair.entities
            else:
                right += pattern.pattern_type is PatternType.CO_OCCURRENCE
    assert planted == 64
    assert right >= 55
    assert false <= 3
