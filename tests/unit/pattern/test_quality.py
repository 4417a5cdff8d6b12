from dataclasses import replace

import pytest

from contracts.analysis import PatternType, Verdict
from tests.unit.pattern.kept import found
from workers.pattern.candidate import Candidate
from workers.pattern.ranking.learning import Learnt, Vote
from workers.pattern.ranking.quality import combined, effect, quality

NOBODY = Learnt()
DAY = 86_400.0


def value(candidate: Candidate, days: int = 30, learnt: Learnt = NOBODY) -> float:
    return quality(candidate, days, learnt)[0]


def clock(days: str = "all", support: int = 25, spread: float = 5.0) -> Candidate:
    detail = {"state": "on", "minute_of_day": 420.0, "spread_minutes": spread, "days": days}
    return Candidate(PatternType.TIME_OF_DAY, ("light.a",), detail, support, 0.0, 29 * DAY, 0.9, 1e-9, 0.0, None)


def test_the_parts_say_what_the_quality_is() -> None:
    made, parts = quality(replace(found(share=0.6), replicated=True, last_seen=1_760_000_000 + 29 * DAY), 30, NOBODY)
    assert parts == {
        "certainty": 0.8,
        "replication": 1.0,
        "regularity": pytest.approx(0.903, abs=0.001),
        "strength": pytest.approx(0.54),
        "usable": 1.0,
        "acceptance": 0.5,
    }
    assert made == combined(parts)
    others = (0.8**2 * 1.0 * parts["regularity"] * parts["strength"] * 1.0**3) ** (1 / 8)
    assert made == pytest.approx(others**0.75 * 0.5**0.25, abs=0.001)


def test_what_is_better_in_one_respect_is_better() -> None:
    plain = found(share=0.5)
    better = [
        replace(plain, confidence=0.99),
        replace(plain, replicated=True),
        replace(plain, support=40),
        replace(plain, last_seen=plain.first_seen + 30 * DAY),
        found(share=0.6),
        replace(plain, detail={**plain.detail, "lift": 20.0}),
    ]
    assert min(map(value, better)) > value(plain) > value(replace(plain, replicated=False))


def test_what_nobody_can_act_upon_is_below_what_is_much_weaker() -> None:
    sensor = replace(found(share=0.95, last="binary_sensor.motion"), confidence=1.0, replicated=True, support=300)
    assert value(sensor) < value(replace(found(share=0.2), confidence=0.8))
    assert quality(sensor, 30, NOBODY)[1]["usable"] == 0.1


def test_where_there_is_no_order_one_that_can_be_controlled_is_enough() -> None:
    pair = replace(found(pattern_type="co_occurrence"), entities=("light.a", "sensor.b"))
    assert quality(pair, 30, NOBODY)[1]["usable"] == 1.0
    assert quality(replace(found(), entities=("light.a", "sensor.b")), 30, NOBODY)[1]["usable"] == 0.1


def test_a_routine_by_the_clock_is_as_strong_as_it_keeps_to_it_on_its_days() -> None:
    def strength(candidate: Candidate) -> float:
        return quality(candidate, 28, NOBODY)[1]["strength"]

    assert strength(clock(support=28)) > strength(clock(support=14)) > 0
    assert strength(clock(support=20, days="weekday")) == pytest.approx(strength(clock(support=8, days="weekend")))
    assert strength(clock(spread=2.0)) > strength(clock(spread=20.0))


def test_an_anomaly_has_only_the_parts_that_make_sense_of_it() -> None:
    detail = {"kind": "left_on", "start": "2026-03-08T20:00:00+00:00", "end": "2026-03-09T09:00:00+00:00"}
    anomaly = Candidate(PatternType.ANOMALY, ("light.a",), detail, 1, 0.0, 1.0, 0.9, 1e-9, 0.0, None)
    made, parts = quality(anomaly, 30, NOBODY)
    assert parts == {"certainty": 0.9, "acceptance": 0.5}
    assert made == pytest.approx(0.9**0.75 * 0.5**0.25, abs=0.001)


@pytest.mark.parametrize("verdict", [Verdict.ACCEPT, Verdict.REJECT])
def test_votes_multiply_the_quality_by_their_effect(verdict: Verdict) -> None:
    learnt = Learnt([Vote(PatternType.TRIGGER, found().entities, verdict)] * 3)
    (group,) = learnt.groups
    factor = effect(learnt.estimate(group))
    assert value(found(), learnt=learnt) == pytest.approx(factor * value(found()), abs=0.001)
    assert (factor > 1) == (verdict is Verdict.ACCEPT)


@pytest.mark.parametrize("days", [0, 1, 30, 3_650])
def test_it_is_from_zero_to_one_whatever_comes(days: int) -> None:
    extremes = [
        replace(found(), confidence=0.0, support=0, last_seen=found().first_seen),
        replace(found(), confidence=1.0, support=10**9, last_seen=4e9, replicated=True, detail={}),
        replace(clock(), support=0),
        clock(spread=24.0, days="weekend", support=10**6),
    ]
    for each in extremes:
        made, parts = quality(each, days, NOBODY)
        assert 0 <= made <= 1
        assert all(0 <= part <= 1 for part in parts.values())
