import random

import pytest

from contracts.analysis import PatternType
from shared.history import Event
from tests.unit.pattern.past import after, counted, moments, noise, pulses, tables
from workers.pattern.candidate import Candidate
from workers.pattern.counts.day_items import DayItems
from workers.pattern.counts.pair_counts import PairCounts
from workers.pattern.relations.items import Items
from workers.pattern.relations.pair_table import PairTable
from workers.pattern.sequence import find_sequences
from workers.pattern.trigger import links

DAYS = 30
CHAIN = ("binary_sensor.door", "light.hall", "switch.kettle", "media_player.radio")


def found(events: list[Event]) -> dict[tuple[str, ...], Candidate]:
    items, table = tables(events)
    return {each.entities: each for each in find_sequences(items, links(items, table)).found}


def home(seed: str, length: int, share: float) -> list[Event]:
    random_ = random.Random(f"{seed} {length} {share}")
    times = moments(random_, DAYS, 5)
    events = noise(random_, 6, DAYS) + pulses(random_, CHAIN[0], times, 20)
    for name in CHAIN[1:length]:
        times = after(random_, times, share, 15)
        events += pulses(random_, name, times + moments(random_, DAYS, 1))
    return events


@pytest.mark.parametrize(("length", "share"), [(3, 0.8), (3, 0.95), (4, 0.8), (4, 0.95)])
def test_a_planted_chain_is_found_as_it_really_ended(length: int, share: float) -> None:
    chains = found(home("chain", length, share))
    chain = chains[CHAIN[:length]]
    assert chain.pattern_type is PatternType.SEQUENCE
    assert chain.detail["states"] == ["on"] * length
    assert chain.detail["lag_seconds"] == [pytest.approx(15, rel=0.25)] * (length - 1)
    assert chain.detail["follow_share"] == pytest.approx(share ** (length - 1), abs=0.12)
    assert chain.replicated is True
    assert chain.confidence > 0.9
    assert all(set(each) <= set(CHAIN) for each in chains)


def test_links_that_do_not_go_on_from_each_other_are_no_chain() -> None:
    """The kettle follows the lamp only where the lamp followed nothing."""
    random_ = random.Random("parted")
    doors, lamps = moments(random_, DAYS, 5), moments(random_, DAYS, 5)
    events = noise(random_, 5, DAYS) + pulses(random_, CHAIN[0], doors, 20)
    events += pulses(random_, CHAIN[1], after(random_, doors, 0.9, 10) + lamps, 30)
    events += pulses(random_, CHAIN[2], after(random_, lamps, 0.9, 10))
    items, table = tables(events)
    known = links(items, table)
    assert {(items.entities[each.leader], items.entities[each.follower]) for each in known} >= {CHAIN[:2], CHAIN[1:3]}
    sought = find_sequences(items, known)
    assert sought.tests > 0
    assert sought.found == ()


def test_a_chain_across_midnight_is_one() -> None:
    random_ = random.Random("midnight")
    starts = [1_760_054_400.0 + day * 86_400 - 12 for day in range(1, DAYS)] + moments(random_, DAYS, 2)
    events = noise(random_, 5, DAYS)
    for place, name in enumerate(CHAIN[:3]):
        events += pulses(random_, name, [at + 10 * place + random_.uniform(0, 3) for at in starts])
    assert found(events)[CHAIN[:3]].support > DAYS + 20


def test_the_same_is_found_from_what_the_nights_kept() -> None:
    events = home("kept", 4, 0.9)
    items, table = tables(events)
    whole = find_sequences(items, links(items, table))
    nights = [DayItems.from_bytes(day.to_bytes()) for day in counted(events)]
    again = Items(nights)
    assert find_sequences(again, links(again, PairTable(again, map(PairCounts.of, nights)))) == whole
    assert whole.found


def test_without_links_there_are_no_chains() -> None:
    nothing = find_sequences(Items([]), [])
    assert (nothing.found, nothing.tests) == ((), 0)
