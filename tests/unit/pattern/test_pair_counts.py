import random
from bisect import bisect_left
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.history import Columns, Event
from tests.unit.pattern.past import DAY, MIDNIGHT, counted, noise, tables
from workers.pattern.counts.day_items import DayItems, Item
from workers.pattern.counts.pair_counts import COLUMNS, LIMITS, WINDOWS, PairCounts
from workers.pattern.relations.items import Items
from workers.pattern.relations.occurrence import followings, meetings
from workers.pattern.relations.pair_table import PairTable


def plain(day: DayItems) -> Counter[tuple[str, str, int]]:
    """Leader, follower and column of each occurrence, by comparing each change with all before it."""
    found: Counter[tuple[str, str, int]] = Counter()
    times, items = day.times.tolist(), day.items.tolist()
    for place in range(day.before, len(times)):
        seen = set()
        for other in range(place - 1, -1, -1):
            lag = times[place] - times[other]
            if lag > WINDOWS[-1] or items[other] == items[place]:
                break
            one, two = day.names[items[other]], day.names[items[place]]
            if items[other] not in seen and one.entity_id != two.entity_id:
                column = bisect_left(LIMITS.tolist(), lag + 1)
                found[str(one), str(two), column] += 1
                if not lag:
                    found[str(two), str(one), column] += 1
            seen.add(items[other])
    return found


def vectorised(day: DayItems) -> Counter[tuple[str, str, int]]:
    counts = PairCounts.of(day)
    found: Counter[tuple[str, str, int]] = Counter()
    for leader, follower, row in zip(counts.leaders, counts.followers, counts.counts, strict=True):
        for column in range(COLUMNS):
            if row[column]:
                found[str(counts.names[leader]), str(counts.names[follower]), column] = int(row[column])
    return found


changes = st.lists(
    st.tuples(st.integers(0, 900), st.sampled_from("abcd"), st.sampled_from(("on", "off"))), max_size=60, unique=True
)


@settings(max_examples=150, deadline=None)
@given(changes, changes)
def test_counts_are_those_of_a_plain_comparison(
    before: list[tuple[int, str, str]], day: list[tuple[int, str, str]]
) -> None:
    earlier = Columns.of(Event(MIDNIGHT - 450 + at / 2, f"light.{name}", state) for at, name, state in before)
    found = DayItems.of(Columns.of(Event(MIDNIGHT + at, f"light.{name}", state) for at, name, state in day), earlier)
    assert vectorised(found) == plain(found)


def test_what_spans_midnight_belongs_to_the_followers_day() -> None:
    events = [Event(MIDNIGHT + DAY - 20, "light.a", "on"), Event(MIDNIGHT + DAY + 30, "light.b", "on")]
    first, second = map(vectorised, counted(events))
    assert not first
    assert second == {("Item(entity_id='light.a', state='on')", "Item(entity_id='light.b', state='on')", 3): 1}


def test_days_add_up_to_the_whole() -> None:
    """One more night gives what a count of everything gives."""
    events = noise(random.Random("whole"), 10, 6)
    items, table = tables(events)
    for window in WINDOWS:
        for leader in range(len(items)):
            for follower in range(len(items)):
                if items.entities[leader] == items.entities[follower]:
                    continue
                met = followings(items.times[leader], items.times[follower], window)
                assert table.followed[window][leader, follower] == len(met)


def test_a_rebuild_gives_what_the_nights_gave() -> None:
    events = noise(random.Random("nights"), 10, 5)
    nights = [DayItems.from_bytes(day.to_bytes()) for day in counted(events)]
    table = PairTable(Items(nights), [PairCounts.joined(map(PairCounts.of, nights))])
    _, rebuilt = tables(events)
    for window in WINDOWS:
        assert table.followed[window].tolist() == rebuilt.followed[window].tolist()
        assert table.expected[window].tolist() == rebuilt.expected[window].tolist()


def test_what_is_taken_away_was_never_there() -> None:
    days = [PairCounts.of(day) for day in counted(noise(random.Random("away"), 8, 4))]
    some, more = PairCounts.joined(days[1:]), PairCounts.joined(days, days[:1])
    assert (rows(some), len(some.counts) > 20) == (rows(more), True)
    assert rows(PairCounts.joined(days, days)) == {}


def rows(counts: PairCounts) -> dict[tuple[Item, Item], list[int]]:
    both = zip(counts.leaders.tolist(), counts.followers.tolist(), counts.counts.tolist(), strict=True)
    return {(counts.names[leader], counts.names[follower]): numbers for leader, follower, numbers in both}


def test_some_entities_alone_are_counted_as_among_others() -> None:
    names = {"light.lamp_1", "light.lamp_4"}
    for day in counted(noise(random.Random("alone"), 6, 2)):
        everything = rows(PairCounts.of(day))
        inside = {pair: each for pair, each in everything.items() if {name.entity_id for name in pair} <= names}
        assert rows(PairCounts.of(day.only(names))) == inside
        assert inside


def test_an_empty_day_has_no_pairs() -> None:
    counts = PairCounts.of(DayItems.of(Columns.of([])))
    assert len(counts.leaders) == 0
    assert PairTable(Items([]), [counts]).amounts.tolist() == []


def test_chance_is_what_jitter_within_half_an_hour_gives() -> None:
    """The closed form beside what comes of moving the followers about, a thousand times."""
    random_ = random.Random("jitter")
    leading = sorted(random_.uniform(0, 8 * 1_800) for _ in range(30))
    following = sorted(random_.uniform(0, 8 * 1_800) for _ in range(24))
    words = [Event(MIDNIGHT + at, "light.a", ("on", "off")[place % 2]) for place, at in enumerate(leading)]
    words += [Event(MIDNIGHT + at, "light.b", ("on", "off")[place % 2]) for place, at in enumerate(following)]
    items, table = tables(words)
    window, mean = 120_000, []
    one, other = items.times[0], items.times[2]
    for _ in range(1_000):
        moved = sorted(at // 1_800_000 * 1_800_000 + random_.randrange(1_800_000) for at in other.tolist())
        mean.append(sum(any(0 < at - lead <= window for at in moved) for lead in one.tolist()))
    # The closed form lets a window look beyond its half hour, where there may be nobody.
    assert table.expected[window][0, 2] == pytest.approx(sum(mean) / len(mean), rel=0.1)


def test_meetings_use_each_change_once() -> None:
    items, _ = tables(noise(random.Random("meet"), 6, 4))
    for one in range(0, len(items) - 2, 2):
        met = meetings(items.times[one], items.times[one + 2], 300_000)
        assert len(set(met.leaders.tolist())) == len(met) == len(set(met.followers.tolist()))
        assert (met.lags <= 300_000).all()


def test_a_part_of_a_table_is_the_table_of_that_part() -> None:
    days = counted(noise(random.Random("part"), 8, 5))
    parts = [PairCounts.of(day) for day in days]
    whole, some = Items(days), Items(days, {"light.lamp_2": "it repeats another", "light.lamp_5": "so does it"})
    table, again = PairTable(whole, parts).only(whole, some), PairTable(some, parts)
    assert len(some.names) == len(whole.names) - 4
    assert table.amounts.tolist() == again.amounts.tolist()
    assert (table.ties.tolist(), table.technical.tolist()) == (again.ties.tolist(), again.technical.tolist())
    for window in WINDOWS:
        assert table.followed[window].tolist() == again.followed[window].tolist()
        assert table.expected[window] == pytest.approx(again.expected[window], rel=1e-12)
