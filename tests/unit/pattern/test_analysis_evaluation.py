"""The evaluation itself: what it counts, and what homes it counts in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from contracts.analysis import PatternType
from shared.simulator.habits import HABITS
from shared.simulator.household import Person
from shared.simulator.scoring import Score, Verdict
from shared.simulator.simulation import simulate
from tests.bench.routines.outcome import Outcome, interval
from tests.bench.routines.reliability import reliability
from tests.bench.routines.replication import KINDS, replication
from tests.bench.routines.situations import Situation, late, situations
from workers.pattern.candidate import Candidate


def told(confidence: float, kind: PatternType = PatternType.TRIGGER) -> Candidate:
    return Candidate(kind, ("light.hall",), {}, 10, 0.0, 1.0, confidence, 1e-9, 0.0, None)


def outcome(rows: list[tuple[Candidate, Verdict]]) -> Outcome:
    return Outcome(1, [each for each, _ in rows], Score(verdicts=[(each, verdict) for each, verdict in rows]), 0.1)


def test_the_table_of_reliability() -> None:
    clock = told(0.75, PatternType.TIME_OF_DAY)
    rows = [
        (told(0.92), Verdict.RIGHT),
        (told(0.94), Verdict.NEUTRAL),
        (told(0.9), Verdict.FALSE),
        (clock, Verdict.FALSE),
        (told(1.0), Verdict.RIGHT),
        (told(0.97), Verdict.RIGHT),
    ]
    table = {each.low: each for each in reliability([outcome(rows[:2]), outcome(rows[2:])])}
    assert [each.count for each in table.values()] == [0, 1, 0, 3, 2]
    assert (table[0.9].real, table[0.9].planted) == (2, 1)
    assert table[0.9].confidence == pytest.approx(0.92)
    assert table[0.9].share == pytest.approx(2 / 3)
    assert table[0.9].share_95 == interval(2, 3)
    assert sum(each.count for each in reliability([outcome(rows)], PatternType.TIME_OF_DAY)) == 1


def test_what_is_there_comes_again_far_more_often_than_what_is_not() -> None:
    found = replication(Situation(days=40, entities=40, events=15_000).homes([6]))
    assert set(found) == set(KINDS)
    triggers = found[PatternType.TRIGGER]
    assert triggers.found >= triggers.same_entities >= triggers.same_id > 0
    assert triggers.same_entities / triggers.found > 10 * triggers.base_rate > 0


def test_every_situation_gives_a_home_and_most_of_them_another_one() -> None:
    plain = Situation(days=10, entities=40, events=3_000)
    homes = {name: next(each.homes([5])) for name, each in situations(plain).items()}
    lengths = {name: len(home.events) for name, home in homes.items()}
    assert lengths["lose"] < lengths["nothing"] < lengths["repeat"]
    assert lengths["late"] == lengths["nothing"] == lengths["rename"]
    assert homes["rename"].truth.renamed
    assert set(homes["habits"].events.entity_ids) - set(homes["nothing"].events.entity_ids)
    assert not np.array_equal(homes["shifts"].events.times, homes["nothing"].events.times)


def test_a_store_brings_late_events_in_order() -> None:
    home = simulate(5, days=3, entities=40, events=2_000)
    again = late(home).events
    assert np.array_equal(again.times, home.events.times)
    assert list(again.events()) == list(home.events.events())


def test_habits_are_the_same_each_time_and_in_the_document() -> None:
    home = simulate(5, days=5, entities=40, events=2_000)
    for habit in HABITS.values():
        one, other = habit(home), habit(home)
        assert list(one.events.events()) == list(other.events.events())
        assert set(one.events.entity_ids) <= {each.entity_id for each in one.registry_document.entities}
        assert one.truth == home.truth


def test_who_works_in_shifts_leaves_later_in_every_second_week() -> None:
    person = Person(0, 6 * 3600.0, 8 * 3600.0, 7.5 * 3600.0, 16 * 3600.0, 22 * 3600.0, 600.0, shifts=True)
    weeks = [person.in_week_of(day) for day in (0, 6, 7, 13, 14)]
    assert [each.leave == person.leave for each in weeks] == [True, True, False, False, True]
    assert weeks[2].leave is not None
    assert person.wake < weeks[2].wake < weeks[2].leave < weeks[2].back < weeks[2].sleep
    assert replace(person, shifts=False).in_week_of(7).leave == person.leave


def test_the_first_to_leave_is_on_time_though_others_leave_later() -> None:
    """The door opens at about 6:50 on working days, and again for those who leave within the hour."""
    natural = simulate(30, routines=False, events=5_000).truth.natural_times
    door = [
        each.minute_of_day for each in natural if (each.entity_id, each.state) == ("binary_sensor.front_door", "on")
    ]
    assert min(abs(each - 410.0) for each in door) <= 5.0
