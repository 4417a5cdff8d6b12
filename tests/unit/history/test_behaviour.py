"""What every store of the home's past does: run on each of them by the fixture `history`."""

import random
import threading
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.history import NOBODY, Columns, Event, History

DAY = 86_400
MIDNIGHT = 1_772_323_200.0
"""A midnight in UTC."""
NOON = MIDNIGHT + DAY / 2
ULID, PARENT, USER = "01KAFE0123456789ABCDEFGHJK", "01KAFE0000000000000000000Z", "0123456789abcdef0123456789abcdef"


def at(seconds: float = 0.0, entity_id: str = "light.a", state: str = "on", *context: str | None) -> Event:
    """So many seconds after noon; the context as user, parent and id."""
    return Event(round(NOON + seconds, 6), entity_id, state, *context)


def in_order(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event[:3])


def everything(history: History) -> list[Event]:
    return list(history.read().events())


def many(seed: int, count: int, days: int = 3) -> list[Event]:
    """No two in one millisecond."""
    random_ = random.Random(seed)
    times = random_.sample(range(days * DAY * 1_000), count)
    contexts: Sequence[tuple[str | None, ...]] = ((None, None, None), (USER, None, ULID), (None, PARENT, ULID))
    return [
        at(each / 1_000 + 1e-6 * random_.randrange(1_000), f"light.lamp_{random_.randrange(40)}", state, *context)
        for each in times
        for state, context in [(random_.choice(("on", "off", "21.5")), random_.choice(contexts))]
    ]


# Ranges, and the order of what is in them.


def test_events_come_back_in_the_order_of_time(history: History) -> None:
    events = many(1, 3_000)
    assert history.append(events) == len(events)
    assert everything(history) == in_order(events)


def test_events_of_one_moment_come_by_entity_and_state(history: History) -> None:
    events = [at(0, entity, state) for entity in ("light.b", "light.a", "light.ä") for state in ("on", "off", "")]
    assert history.append([*events, at(1), at(-1)]) == 11
    assert everything(history) == in_order([*events, at(1), at(-1)])


def test_a_range_begins_with_its_first_moment_and_ends_before_its_last(history: History) -> None:
    history.append([at(each) for each in (0, 1, 2, 2.5)])
    for since, until, expected in (
        (1, 2.5, [1, 2]),
        (2, None, [2, 2.5]),
        (None, 0, []),
        (None, 0.000001, [0]),
        (1, 1, []),
        (2, 1, []),
        (3, None, []),
    ):
        columns = history.read(*(each if each is None else NOON + each for each in (since, until)))
        assert [each - NOON for each in columns.times] == expected


def test_bounds_beyond_all_times(history: History) -> None:
    history.append([at()])
    assert list(history.read(float("-inf"), float("inf")).events()) == [at()]
    assert list(history.read(-1e18, 1e18).events()) == [at()]
    assert len(history.read(float("inf"))) == len(history.read(None, float("-inf"))) == 0


def test_some_entities_only(history: History) -> None:
    events = many(2, 500)
    history.append(events)
    for chosen in (["light.lamp_3"], ["light.lamp_3", "light.lamp_11", "light.unheard_of"], ["light.unheard_of"], []):
        expected = in_order(event for event in events if event.entity_id in chosen)
        assert list(history.read(entity_ids=chosen).events()) == expected
        late = [event for event in expected if event.at >= NOON + DAY]
        assert list(history.read(NOON + DAY, entity_ids=chosen).events()) == late


def test_more_entities_than_one_would_name(history: History) -> None:
    events = [at(number, f"sensor.s_{number}") for number in range(1_200)]
    history.append(events)
    chosen = [f"sensor.s_{number}" for number in range(100, 1_100)]
    assert list(history.read(entity_ids=chosen).events()) == events[100:1_100]


def test_columns_name_no_more_than_they_have(history: History) -> None:
    history.append([at(0, "light.a", "on", USER), at(1, "light.b", "off", None, PARENT), at(DAY, "light.c", "dim")])
    columns = history.read(NOON + 1, NOON + 2)
    assert (columns.entity_ids, columns.state_names) == (("light.b",), ("off",))
    assert columns.context_list[0] == NOBODY
    assert [each.parent_id for each in columns.context_list] == [None, PARENT]
    assert (columns.automated.tolist(), columns.by_person.tolist()) == ([True], [False])
    assert [each.dtype.name for each in (columns.times, columns.entities, columns.states, columns.contexts)] == [
        "float64",
        "int32",
        "int32",
        "int32",
    ]


# Days.


def test_days_are_those_of_utc_and_empty_ones_are_left_out(history: History) -> None:
    last, first = Event(MIDNIGHT + DAY - 1e-6, "light.a", "on"), Event(MIDNIGHT + DAY, "light.a", "off")
    late = Event(MIDNIGHT + 9 * DAY + 5, "light.a", "on")
    history.append([late, first, last])
    assert [list(day.events()) for day in history.days()] == [[last], [first], [late]]
    assert [list(day.events()) for day in history.days(MIDNIGHT + DAY, MIDNIGHT + 9 * DAY)] == [[first]]
    assert [list(day.events()) for day in history.days(MIDNIGHT + DAY + 1)] == [[late]]
    assert list(history.days(MIDNIGHT + 2 * DAY, MIDNIGHT + 9 * DAY)) == []


def test_days_together_are_the_range(history: History) -> None:
    history.append(many(3, 1_000, days=6))
    since, until = NOON + 0.7 * DAY, NOON + 4.2 * DAY
    together = [event for day in history.days(since, until) for event in day.events()]
    assert together == list(history.read(since, until).events())


# What is one event, and what is another.


def test_the_same_event_again_changes_nothing(history: History) -> None:
    first = at(0.5001, "light.a", "on", USER, PARENT, ULID)
    assert history.append([first, first]) == 1
    assert history.append([first]) == 0
    assert history.append([at(0.5001)]) == 0, "nobody is known: what is known stays"
    assert history.append([at(0.5001, "light.a", "on", None, None, ULID), at(0.5001, "light.a", "on", "another")]) == 0
    assert everything(history) == [first]
    assert history.append([at(0.5001, state="off"), at(0.5001, "light.b"), at(0.500101), at(0.500101)]) == 3
    assert history.span().rows == 4


def test_one_moment_is_one_value_however_it_was_computed(history: History) -> None:
    assert history.append([Event(NOON + 0.1 + 0.2, "light.a", "on"), Event(NOON + 0.3, "light.a", "on")]) == 1
    assert everything(history) == [at(0.3)]


def test_microseconds_are_exact(history: History) -> None:
    events = [at(0.001001 + each * 1e-6) for each in range(998)]
    assert history.append(events) == 998
    assert everything(history) == events


def test_a_context_is_filled_in_later(history: History) -> None:
    history.append([at(0), at(1), at(2, "light.a", "on", USER)])
    told = [at(0, "light.a", "on", None, PARENT, ULID), at(1, "light.a", "on", USER)]
    assert history.append([*told, at(2, "light.a", "on", None, PARENT)]) == 0
    assert everything(history) == [*told, at(2, "light.a", "on", USER)]
    assert history.append([at(5), at(5, "light.a", "on", USER), at(5)]) == 1
    assert everything(history)[-1] == at(5, "light.a", "on", USER)


def test_a_whole_millisecond_is_any_time_in_it(history: History) -> None:
    assert history.append([at(0.123456, "light.a", "on"), at(0.5)]) == 2
    assert history.append([at(0.123, "light.a", "on", USER)]) == 0, "the rounded one comes later"
    assert history.append([at(0.500001), at(0.500999)]) == 0, "the exact ones come later"
    assert everything(history) == [at(0.123456, "light.a", "on", USER), at(0.5)]
    assert history.append([at(0.124), at(0.122), at(0.123, state="off"), at(0.123, "light.b")]) == 4
    assert history.append([at(0.123457), at(0.501), at(0.499999)]) == 3, "other times are other events"


def test_a_whole_millisecond_among_others_of_one_batch(history: History) -> None:
    assert history.append([at(0.1, "light.a", "on", USER), at(0.100042)]) == 1
    assert history.append([at(0.200042), at(0.2)]) == 1
    assert history.append([at(0.300001), at(0.3), at(0.300002)]) == 2
    assert [event.context_user_id for event in everything(history)] == [USER, None, None, None]
    assert history.append([at(0.1), at(0.100042), at(0.2), at(0.200042), at(0.3)]) == 0


def test_two_in_one_millisecond_are_both_kept(history: History) -> None:
    events = [at(0.000123), at(0.000124), at(0.000124, state="off")]
    for event in events:
        assert history.append([event]) == 1
    assert everything(history) == in_order(events)


@pytest.mark.parametrize(
    "context",
    [
        (USER, None, None),
        (None, PARENT, ULID),
        (USER, PARENT, ULID),
        (USER.upper(), PARENT.lower(), ULID.lower()),
        ("f" * 32, "0" * 26, "7" + "Z" * 25),
        ("user", "8" + "Z" * 25, "0123456789ABCDEFGHIJKLMNOP"),
        (ULID, USER, USER),
        ("", "", ""),
        ("ü" * 32, "é" * 26, "٣" * 26),
    ],
)
def test_contexts_come_back_letter_by_letter(history: History, context: tuple[str | None, ...]) -> None:
    event = at(0, "light.a", "on", *context)
    history.append([at(-1), event, at(1)])
    assert everything(history) == [at(-1), event, at(1)]
    assert history.last_before(NOON + 1, ["light.a"]) == {"light.a": event}


def test_a_context_of_nobody_may_be_forgotten(history: History) -> None:
    history.append([at(0, "light.a", "on", None, None, ULID)])
    assert everything(history)[0][:5] == at()[:5]


@pytest.mark.parametrize(
    "state",
    [
        "",
        " ",
        "ein 'Wort'\n",
        'a"b\\c',
        "=,= ",
        "\u00e4",
        "a\u0308",
        "\U0001f4a1",
        "x" * 255,
        "ß" * 255,
        "0",
        "1e3",
        "NaN",
    ],
)
def test_texts_of_states_come_back_as_they_were(history: History, state: str) -> None:
    events = [at(0, "light.a", "before"), at(1, "sensor.wörter", state), at(2, "light.a", f"{state}x")]
    assert history.append(events) == 3
    assert history.append(events) == 0
    assert everything(history) == events


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_order_and_any_split_give_the_same_columns(history: History, data: st.DataObject) -> None:
    """Times lie between whole milliseconds. Each example has its own stretch of days."""
    base = data.draw(st.integers(0, 20_000), label="first day") * DAY * 1_000_000
    moments = st.integers(0, 3 * DAY * 1_000).map(lambda each: (base + each * 1_000 + 500) / 1e6)
    near = st.sampled_from([(base + DAY * 1_000_000 + each) / 1e6 for each in (-2, -1, 1, 2)])
    names = st.sampled_from(["light.a", "light.b", "sensor.ü"])
    contexts = st.sampled_from([NOBODY[:2], (USER, None), (None, PARENT)])
    drawn = st.tuples(moments | near, names, st.text("onf1.", max_size=3), contexts)
    events = [Event(*first, *context) for *first, context in data.draw(st.lists(drawn, max_size=40))]
    unique = list({event[:3]: event for event in events}.values())
    history.forget(NOON + 9 * DAY)
    shuffled = data.draw(st.permutations(unique + unique[:5]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=3)))
    new = sum(
        history.append(shuffled[start:end]) for start, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)
    )
    assert new == len(unique)
    assert list(history.read().events()) == list(Columns.of(unique).events())
    assert history.span().rows == len(unique)


# The last event before a moment, and how much there is.


def test_the_last_event_before_a_moment(history: History) -> None:
    long_ago, door = at(-40 * DAY, "lock.door", "locked", USER), at(0, "light.a", "off", None, PARENT, ULID)
    history.append([long_ago, at(-5), door, at(10), at(10, "light.b")])
    entities = ["light.a", "light.b", "lock.door", "light.unheard_of"]
    assert history.last_before(NOON + 10, entities) == {"light.a": door, "lock.door": long_ago}
    assert history.last_before(NOON, entities) == {"light.a": at(-5), "lock.door": long_ago}
    assert history.last_before(NOON + 0.000001, ["light.a"]) == {"light.a": door}
    assert history.last_before(long_ago.at, entities) == {}
    assert set(history.last_before(NOON + 100 * DAY, entities)) == set(entities[:3])
    assert history.last_before(NOON, []) == {}


def test_the_last_of_one_moment_is_the_last_in_order(history: History) -> None:
    history.append([at(0, state=each) for each in ("b", "c", "a")])
    assert history.last_before(NOON + 1, ["light.a"]) == {"light.a": at(0, state="c")}


def test_the_last_event_of_each_is_the_last_that_a_reading_shows(history: History) -> None:
    events = in_order(many(4, 800, days=5))
    history.append(events)
    moment = NOON + 2.5 * DAY
    expected = {event.entity_id: event for event in events if event.at < moment}
    assert history.last_before(moment, {event.entity_id for event in events}) == expected


def test_how_much_there_is(history: History) -> None:
    assert history.append([at(5), at(-5), at(0, "light.b"), at(DAY, "sensor.ä"), at(DAY)]) == 5
    assert history.append([at(5), at(6)]) == 1
    assert history.span() == (NOON - 5, NOON + DAY, 6)
    assert history.counts() == {"light.a": 4, "light.b": 1, "sensor.ä": 1}


def test_nothing_at_all(history: History) -> None:
    assert history.append([]) == history.append(iter(())) == 0
    assert len(history.read()) == len(history.read(0, NOON, ["light.a"])) == 0
    assert history.read().context_list == (NOBODY,)
    assert list(history.days()) == []
    assert history.last_before(NOON, ["light.a"]) == {}
    assert history.span() == (None, None, 0)
    assert history.counts() == {}
    assert history.forget(NOON) == 0
    assert history.trouble() is None
    assert isinstance(history.figures(), dict)


# Retention.


def test_whole_days_are_forgotten_and_nothing_else(history: History) -> None:
    events = [Event(MIDNIGHT + each, "light.a", "on", USER) for each in (0, 5, DAY - 1, DAY, 2 * DAY - 1, 2 * DAY)]
    history.append([*events, at(0, "light.b")])
    assert history.forget(MIDNIGHT + DAY - 1e-6) == 0
    assert history.forget(MIDNIGHT + 2 * DAY - 1e-6) == 4
    assert everything(history) == events[3:]
    assert history.span() == (MIDNIGHT + DAY, MIDNIGHT + 2 * DAY, 3)
    assert history.counts() == {"light.a": 3}
    assert history.last_before(MIDNIGHT + 9 * DAY, ["light.a", "light.b"]) == {"light.a": events[-1]}
    assert history.forget(MIDNIGHT + 2 * DAY) == 2
    assert history.forget(MIDNIGHT + 9 * DAY) == 1
    assert history.span() == (None, None, 0)


def test_what_was_forgotten_can_come_again(history: History) -> None:
    events = in_order(many(5, 300, days=2))
    history.append(events)
    assert history.forget(NOON + 9 * DAY) == 300
    assert history.append(events) == 300
    assert everything(history) == events


# Side by side.


def test_reading_while_others_append(history: History) -> None:
    """A reader sees whole batches in order, and never fewer than the time before."""
    batches = [[at(10 * number + each / 10, f"light.l{each % 5}") for each in range(50)] for number in range(20)]
    ended, failed = threading.Event(), []

    def append() -> None:
        try:
            for batch in batches:
                history.append(batch)
        except Exception as error:  # noqa: BLE001 - told by the test
            failed.append(error)
        finally:
            ended.set()

    thread = threading.Thread(target=append)
    thread.start()
    seen = 0
    while not ended.is_set():
        times = history.read().times
        assert len(times) >= seen
        assert (times[1:] >= times[:-1]).all()
        seen = len(times)
    thread.join()
    assert not failed
    assert len(everything(history)) == 1_000


def test_threads_append_side_by_side(history: History) -> None:
    new: list[int] = []

    def append(first: int) -> None:
        for start in range(first, first + 300, 100):
            told = history.append([at(each) for each in range(start, start + 100)])
            new.append(told)

    threads = [threading.Thread(target=append, args=(first,)) for first in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(new) == history.span().rows == 500


def test_a_context_with_an_id_takes_the_place_of_one_without(history: History) -> None:
    """What was fetched afterwards names the automation, what was told live its context."""
    fetched = Event(NOON, "light.a", "on", None, "automation.porch")
    live = Event(NOON, "light.a", "on", None, "01KAJ8Q0000000000000000000", "01KAJ8Q0000000000000000001")
    assert history.append([fetched]) == 1
    assert history.append([Event(NOON, "light.a", "on")]) == 0
    assert history.append([live]) == 0
    assert history.append([fetched, Event(NOON, "light.a", "on", "u" * 32)]) == 0
    assert [*history.read().events()] == [live]
    assert (
        history.append([Event(NOON + 1, "light.a", "off", *fetched[3:]), Event(NOON + 1, "light.a", "off", *live[3:])])
        == 1
    )
    assert [*history.read(NOON + 1).events()] == [Event(NOON + 1, "light.a", "off", *live[3:])]


def test_the_mark_of_a_day_changes_with_its_events(history: History) -> None:
    assert history.marks() == {}
    history.append([at(), at(86_400.0), at(2 * 86_400.0)])
    first = history.marks()
    days = list(first)
    assert days == [int(at(number * 86_400.0).at // 86_400) for number in range(3)]
    assert history.marks() == first
    assert history.append([at(86_400.0)]) == 0
    assert history.marks() == first
    history.append([at(86_401.0, state="off")])
    second = history.marks()
    assert [day for day in days if second[day] != first[day]] == days[1:2]
    history.append([at(0.0, "light.a", "on", "someone")])  # a context that is told later
    third = history.marks()
    assert [day for day in days if third[day] != second[day]] == days[:1]
    assert history.marks(at(86_400.0 + 5).at) == {day: third[day] for day in days[1:]}
