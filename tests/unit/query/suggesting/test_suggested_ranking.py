"""What is about the same things, what of it comes first, and that each thing is told once."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.analysis import PatternStatus, PatternType
from contracts.suggestions import QuerySuggestionKind
from contracts.synergies import SynergyStatus
from tests.unit.query.suggesting.suggested_home import (
    CALLING,
    DOOR,
    LAMP,
    LIGHT,
    MOTION,
    REGISTRY,
    pattern,
    routine,
    synergy,
)
from workers.query.suggesting.idea import Idea, ideas
from workers.query.suggesting.listing import Listing
from workers.query.suggesting.ranking import Near, Ranked, Vicinity, ranked
from workers.query.suggesting.suggester import FRESH, hints, told


def about(found: list[Idea], *entities: str) -> list[Ranked]:
    return ranked(found, Vicinity(entities, REGISTRY), CALLING)


def keys(found: list[Ranked]) -> list[str]:
    return [each.idea.key for each in found]


def test_the_same_thing_comes_before_its_device_and_that_before_its_like() -> None:
    found = ideas(
        [
            pattern("like", "trigger", (MOTION, "on"), (LAMP, "on"), quality=0.99),
            pattern("far", "trigger", ("light.den", "on"), ("media_player.tv", "on"), quality=0.99),
            pattern("same", "trigger", ("light.den", "on"), (LIGHT, "on"), quality=0.3),
        ],
        [],
    )
    assert [(each.idea.key, each.near) for each in about(found, LIGHT)] == [("same", Near.ENTITY), ("like", Near.LIKE)]
    device = ideas([routine("plug", "switch.washer", "on", 600.0)], [])
    assert [each.near for each in about(device, "sensor.washer")] == [Near.DEVICE]
    assert about(device, "light.den") == []
    assert about(device, "light.never_heard_of") == []


def test_what_can_be_acted_upon_comes_before_what_is_only_so() -> None:
    only_so = pattern("so", "trigger", (LIGHT, "on"), (DOOR, "on"), quality=0.9)
    useful = pattern("useful", "trigger", (MOTION, "on"), (LIGHT, "on"), quality=0.2)
    assert keys(about(ideas([only_so, useful], []), LIGHT)) == ["useful", "so"]


@pytest.mark.parametrize("status", list(PatternStatus))
def test_what_is_over_or_done_or_unwanted_is_not_told(status: PatternStatus) -> None:
    wanted = status not in {"automated", "rejected", "gone", "fading"}
    steps = (MOTION, "on"), (LIGHT, "on")
    found = ideas([pattern("p", "trigger", *steps, status=status)], [synergy("s", *steps, rests_on=("p",))])
    assert [each.key for each in found] == (["p", "s"] if wanted else [])


@pytest.mark.parametrize("status", list(SynergyStatus))
def test_a_synergy_that_is_over_is_not_told(status: SynergyStatus) -> None:
    wanted = status not in {"rejected", "gone", "fading"}
    assert len(ideas([], [synergy("s", (MOTION, "on"), (LIGHT, "on"), status=status)])) == wanted


def test_a_pattern_and_its_synergy_are_told_once_with_both_ids() -> None:
    steps = (MOTION, "on"), (LIGHT, "on")
    [one] = about(ideas([pattern("p", "trigger", *steps, quality=0.8)], [synergy("s", *steps, score=0.7)]), LIGHT)
    said = told(one, CALLING)
    assert (said.kind, said.pattern_id, said.synergy_id) == (QuerySuggestionKind.PATTERN, "p", "s")
    assert (said.confidence, said.quality, said.entities) == (0.9, 0.8, [MOTION, LIGHT])
    [other] = about(ideas([pattern("p", "trigger", *steps, quality=0.6)], [synergy("s", *steps, score=0.7)]), LIGHT)
    said = told(other, CALLING)
    assert (said.kind, said.pattern_id, said.synergy_id, said.quality) == (QuerySuggestionKind.SYNERGY, "p", "s", 0.7)


def test_a_chain_and_its_links_are_told_once_and_a_routine_by_the_clock_beside_them() -> None:
    chain = pattern("chain", "sequence", (MOTION, "on"), (LIGHT, "on"), (LAMP, "on"), quality=0.9)
    links = [
        pattern("one", "trigger", (MOTION, "on"), (LIGHT, "on")),
        pattern("two", "trigger", (LIGHT, "on"), (LAMP, "on")),
    ]
    clocks = [routine("early", LIGHT, "on", 400.0, quality=0.5), routine("late", LIGHT, "on", 1100.0, quality=0.4)]
    off = pattern("off", "trigger", (MOTION, "off"), (LIGHT, "off"), quality=0.1)
    assert keys(about(ideas([chain, *links, *clocks, off], []), LIGHT)) == ["chain", "early", "late", "off"]
    weak = chain.model_copy(update={"quality": 0.1})
    assert keys(about(ideas([weak, *links], []), LIGHT)) == ["one", "two"]


def test_what_is_no_longer_in_the_home_is_not_told() -> None:
    assert about(ideas([pattern("p", "trigger", ("light.gone", "on"), (LIGHT, "on"))], []), LIGHT) == []


def test_a_reply_has_at_most_two_fresh_sentences_about_the_same_things() -> None:
    found = [
        pattern("like", "trigger", (DOOR, "on"), (LAMP, "on"), quality=0.99),
        pattern("so", "trigger", (LIGHT, "on"), (DOOR, "on"), quality=0.95),
        *(routine(f"at{hour}", LIGHT, "on", 60.0 * hour, quality=hour / 100) for hour in range(1, 8)),
    ]
    listing = Listing.of(found, [], at=1000.0)
    said = hints(listing, 1000.0 + FRESH, [LIGHT], CALLING)
    assert said == [
        f"Hall light turns on at about {hour}:00, give or take 7 min, 48 times in 30 days:"
        f" you can ask for “every day at {hour}:00 turn on the Hall light”."
        for hour in (7, 6)
    ]
    assert hints(listing, 1000.1 + FRESH, [LIGHT], CALLING) == []
    assert hints(listing, 1000.0, ["cover.blind"], CALLING) == []


ENTITIES = sorted(REGISTRY.entities)
STEPS = st.lists(st.tuples(st.sampled_from(ENTITIES), st.sampled_from(["on", "off"])), min_size=2, max_size=4)


@given(
    made=st.lists(
        st.tuples(st.sampled_from([PatternType.TRIGGER, PatternType.SEQUENCE, PatternType.CO_OCCURRENCE]), STEPS,
                  st.integers(0, 100), st.sampled_from(list(PatternStatus))),
        max_size=20,
    ),
    asked=st.sets(st.sampled_from(ENTITIES), max_size=3),
    seed=st.integers(0, 2**32),
)  # fmt: skip
def test_the_order_is_the_same_however_they_come_and_nothing_is_told_twice(
    made: list[tuple[PatternType, list[tuple[str, str]], int, PatternStatus]], asked: set[str], seed: int
) -> None:
    patterns = [
        pattern(f"{number:02}", kind, *steps, quality=quality / 100, status=status)
        for number, (kind, steps, quality, status) in enumerate(made)
    ]
    found = about(ideas(patterns, []), *asked)
    shuffled = random.Random(seed).sample(patterns, len(patterns))
    assert keys(about(ideas(shuffled, []), *asked)) == keys(found)
    assert [(each.near, each.wish is None) for each in found] == sorted(
        (each.near, each.wish is None) for each in found
    )
    wishes = [each.wish for each in found if each.wish is not None]
    assert len(wishes) == len(set(wishes))
    for number, each in enumerate(found):
        assert each.near is not Near.ENTITY or asked & set(each.idea.entities)
        assert not any(before.idea.meaning <= each.idea.meaning for before in found[:number])
    usable = [each for each in patterns if each.status not in {"automated", "rejected", "gone", "fading"}]
    near = [each for each in usable if asked & set(each.entities)]
    assert bool(near) <= bool(found)
