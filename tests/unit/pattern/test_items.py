import random

import pytest

from shared.errors import DatabaseError
from shared.history import Columns, Event
from tests.unit.pattern.past import DAY, MIDNIGHT, counted, days_of, noise, pulses, tables
from workers.pattern.counts.day_changes import MOST_A_DAY
from workers.pattern.counts.day_items import NUMERIC, TOO_MANY_CHANGES, TOO_MANY_STATES, DayItems, Item
from workers.pattern.relations.items import FEWEST, TOO_FEW_CHANGES, Items
from workers.pattern.relations.mirror import mirrors, told


def toggles(entity_id: str, times: list[float]) -> list[Event]:
    return [Event(at, entity_id, ("on", "off")[place % 2]) for place, at in enumerate(times)]


def test_what_is_said_again_and_what_comes_after_unavailable_is_no_change() -> None:
    words = ("off", "on", "on", "unavailable", "on", "off", "unknown", "on")
    day = Columns.of(Event(MIDNIGHT + place, "light.a", word) for place, word in enumerate(words))
    found = DayItems.of(day)
    assert found.names == (Item("light.a", "off"), Item("light.a", "on"))
    assert [found.names[place].state for place in found.items] == ["off", "on", "off"]
    assert (found.times - found.day * 86_400_000).tolist() == [0, 1_000, 5_000]
    assert found.words == {"light.a": 8}


def test_of_the_day_before_only_the_last_five_minutes_count() -> None:
    before = Columns.of(toggles("light.a", [MIDNIGHT - 301, MIDNIGHT - 300, MIDNIGHT - 1]))
    day = Columns.of(toggles("light.a", [MIDNIGHT + 5]))
    found = DayItems.of(day, before)
    assert found.before == 2
    assert (found.times - found.day * 86_400_000).tolist() == [-300_000, -1_000, 5_000]


def test_an_automations_changes_are_told_apart() -> None:
    day = Columns.of(
        [Event(MIDNIGHT, "light.a", "on", None, "automation"), Event(MIDNIGHT + 9, "light.a", "off", "me")]
    )
    assert DayItems.of(day).automated.tolist() == [True, False]


def test_each_exclusion_has_its_reason() -> None:
    events = [Event(MIDNIGHT + 60 * place, "sensor.power", str(place)) for place in range(50)]
    events += [Event(MIDNIGHT + 60 * place, "sensor.text", f"title {place}") for place in range(50)]
    events += toggles("switch.mad", [MIDNIGHT + 10 * place for place in range(MOST_A_DAY + 1)])
    events += toggles("light.rare", [MIDNIGHT + 10 * place for place in range(2 * FEWEST - 2)])
    events += toggles("light.fair", [MIDNIGHT + 10 * place for place in range(2 * FEWEST)])
    events += toggles("binary_sensor.ping", [MIDNIGHT + 10 * place for place in range(40)])
    items = Items(counted(events), {"binary_sensor.ping": "it is diagnostic"})
    assert items.left_out == {
        "sensor.power": NUMERIC,
        "sensor.text": TOO_MANY_STATES,
        "switch.mad": TOO_MANY_CHANGES,
        "light.rare": TOO_FEW_CHANGES,
        "binary_sensor.ping": "it is diagnostic",
    }
    assert items.eligible == ["light.fair"]
    assert items.events == len(events)


def test_states_that_differ_from_day_to_day_are_too_many() -> None:
    events = [
        Event(MIDNIGHT + day * DAY + at, "sensor.text", f"{day} {at % 2}") for day in range(11) for at in range(30)
    ]
    assert Items(counted(events)).left_out == {"sensor.text": TOO_MANY_STATES}


@pytest.mark.parametrize("at", [float("nan"), float("inf"), -1e300, 1e300])
def test_times_that_no_clock_shows_are_left_out(at: float) -> None:
    day = Columns.of([*toggles("light.a", [MIDNIGHT, MIDNIGHT + 5, MIDNIGHT + 9]), Event(at, "light.a", "odd")])
    found = DayItems.of(day)
    assert len(found.times) == 3
    assert found.day == int(MIDNIGHT // DAY)


def test_nothing_at_all_is_no_trouble() -> None:
    empty = DayItems.of(Columns.of([]))
    assert len(DayItems.from_bytes(empty.to_bytes()).times) == 0
    items = Items([])
    assert (items.names, items.eligible, items.days) == ([], [], [])


def test_a_day_comes_back_from_its_bytes() -> None:
    random_ = random.Random("bytes")
    events = [*noise(random_, 12, 2), Event(MIDNIGHT + 60, "light.lamp_1", "dim", None, "automation")]
    for day in counted(events):
        again = DayItems.from_bytes(day.to_bytes())
        assert (again.day, again.events, again.before, again.names) == (day.day, day.events, day.before, day.names)
        assert again.times.tolist() == day.times.tolist()
        assert again.items.tolist() == day.items.tolist()
        assert again.automated.tolist() == day.automated.tolist()
        assert (again.words, again.left_out) == (day.words, day.left_out)


@pytest.mark.parametrize("harm", [b"", b"no", slice(0, -9), slice(5, None)])
def test_other_bytes_are_refused_in_one_sentence(harm: bytes | slice) -> None:
    whole = next(iter(counted(noise(random.Random(1), 3, 1)))).to_bytes()
    with pytest.raises(DatabaseError, match="run a full analysis"):
        DayItems.from_bytes(harm if isinstance(harm, bytes) else whole[harm])


def test_groups_and_templates_are_mirrors() -> None:
    random_ = random.Random("mirrors")
    events = noise(random_, 6, 12)
    one, other = ([each for each in events if each.entity_id == f"light.lamp_{number}"] for number in (0, 1))
    events += [
        Event(each.at + 0.05, "binary_sensor.lamp_0_is_off", {"on": "off", "off": "on"}[each.state]) for each in one
    ]
    lit = {each.entity_id: False for each in (*one, *other)}
    for each in sorted((*one, *other)):
        lit[each.entity_id] = each.state == "on"
        events.append(Event(each.at + 0.02, "light.group", "on" if any(lit.values()) else "off"))
    found = mirrors(*tables(events))
    assert found == {
        "binary_sensor.lamp_0_is_off": ("light.lamp_0",),
        "light.group": ("light.lamp_0", "light.lamp_1"),
    }
    assert told(found)["light.group"] == "it repeats light.lamp_0 and light.lamp_1"


def test_what_follows_within_a_second_now_and_then_is_no_mirror() -> None:
    random_ = random.Random("no mirror")
    lamp = pulses(random_, "light.a", [MIDNIGHT + place * 7_000 for place in range(40)])
    radio = pulses(random_, "switch.b", [each.at + 1 for each in lamp if each.state == "on"], lasts=3_000)
    assert mirrors(*tables(lamp + radio)) == {}


def test_the_order_of_the_rows_does_not_matter() -> None:
    events = noise(random.Random("order"), 8, 3)
    shuffled = random.Random(2).sample(events, len(events))
    one, other = counted(events), counted(shuffled)
    assert [each.to_bytes() for each in one] == [each.to_bytes() for each in other]
    assert len(list(days_of(events))) == len(one)
