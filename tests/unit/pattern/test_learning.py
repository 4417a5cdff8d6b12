import random

import pytest

from contracts.analysis import PatternType, Verdict
from workers.pattern.ranking.learning import NEUTRAL, Group, Learnt, Prior, Vote, domains_of, fitted

LAMP, FAN, DOOR = ("binary_sensor.a", "light.b"), ("binary_sensor.a", "fan.b"), ("switch.a", "binary_sensor.b")
KIND = PatternType.TRIGGER


def votes(entities: tuple[str, ...], accept: int = 0, reject: int = 0, kind: PatternType = KIND) -> list[Vote]:
    return [Vote(kind, entities, Verdict.ACCEPT)] * accept + [Vote(kind, entities, Verdict.REJECT)] * reject


def test_without_votes_all_is_neutral() -> None:
    assert Learnt().acceptance(KIND, LAMP) == NEUTRAL
    assert Learnt().groups == []


def test_the_first_vote_counts_and_each_one_more() -> None:
    accepted = [Learnt(votes(LAMP, accept=number)).acceptance(KIND, LAMP) for number in range(12)]
    rejected = [Learnt(votes(LAMP, reject=number)).acceptance(KIND, LAMP) for number in range(12)]
    assert accepted == sorted(set(accepted))
    assert rejected == sorted(set(rejected), reverse=True)
    assert accepted == pytest.approx([1 - each for each in rejected])
    assert 0.5 < accepted[1] < 0.7 < accepted[-1] < 1.0


def test_others_of_the_type_move_a_little_and_other_types_not_at_all() -> None:
    learnt = Learnt(votes(LAMP, reject=30))
    assert learnt.acceptance(KIND, LAMP) < 0.1
    assert 0.3 < learnt.acceptance(KIND, FAN) < 0.5
    assert learnt.acceptance(PatternType.SEQUENCE, LAMP) == NEUTRAL


def test_changing_is_accepting_in_part() -> None:
    changed = Learnt([Vote(KIND, LAMP, Verdict.MODIFY)] * 4).acceptance(KIND, LAMP)
    assert NEUTRAL < changed < Learnt(votes(LAMP, accept=4)).acceptance(KIND, LAMP)


def test_groups_are_by_type_and_by_the_domains_of_both_ends() -> None:
    assert domains_of(KIND, ("binary_sensor.a", "light.b")) == ("binary_sensor", "light")
    assert domains_of(KIND, ("light.b", "binary_sensor.a")) == ("light", "binary_sensor")
    assert domains_of(PatternType.SEQUENCE, ("person.a", "light.b", "fan.c")) == ("person", "fan")
    assert domains_of(PatternType.CO_OCCURRENCE, ("switch.a", "light.b")) == ("light", "switch")
    assert domains_of(PatternType.TIME_OF_DAY, ("switch.a",)) == ("switch",)
    (group,) = Learnt([*votes(LAMP, 2, 1), *votes(("binary_sensor.x", "light.y"), 1)]).groups
    assert group == Group(KIND, ("binary_sensor", "light"), 4, 3.0)


def made(rates: list[float], votes_each: int, seed: str) -> list[Group]:
    random_ = random.Random(seed)
    return [
        Group(KIND, (f"domain_{number}",), votes_each, float(sum(random_.random() < rate for _ in range(votes_each))))
        for number, rate in enumerate(rates)
    ]


def test_groups_that_differ_are_drawn_less_to_the_middle_than_groups_alike() -> None:
    unlike = fitted(made([0.05, 0.95, 0.1, 0.9, 0.02, 0.98], 30, "unlike"))
    alike = fitted(made([0.7] * 6, 30, "alike"))
    assert unlike.strength == 2.0
    assert alike.strength > 10
    assert alike.mean == pytest.approx(0.65, abs=0.07)


def test_shrinking_is_nearer_to_the_truth_than_the_share_of_few_votes() -> None:
    """Stein's effect, on a hundred types of eight groups with four votes each."""
    random_ = random.Random("stein")
    raw = shrunk = 0.0
    for number in range(100):
        rates = [min(max(random_.gauss(0.7, 0.15), 0.02), 0.98) for _ in range(8)]
        groups = made(rates, 4, str(number))
        prior = fitted(groups)
        raw += sum((group.acceptance - rate) ** 2 for group, rate in zip(groups, rates, strict=True))
        shrunk += sum((prior.estimate(group) - rate) ** 2 for group, rate in zip(groups, rates, strict=True))
    assert shrunk < 0.6 * raw


@pytest.mark.parametrize(
    "groups",
    [
        [],
        [Group(KIND, ("light",), 1, 1.0)],
        [Group(KIND, (name,), 1, 0.0) for name in "abcd"],
        [Group(KIND, (name,), 9, 9.0) for name in "abcd"],
        [Group(KIND, (name,), number, 0.75 * number) for number, name in enumerate("abcd", start=1)],
    ],
)
def test_a_prior_is_always_a_probability(groups: list[Group]) -> None:
    prior = fitted(groups)
    assert 0 < prior.mean < 1
    assert 2 <= prior.strength <= 20
    assert all(0 < prior.estimate(group) < 1 for group in groups)


def test_an_unseen_group_is_what_its_type_is() -> None:
    assert Prior(0.3, 5.0).estimate(None) == 0.3
    assert Prior(0.3, 5.0).estimate(Group(KIND, ("light",), 5, 5.0)) == pytest.approx(0.65)
