"""What is said beside the home: the clock, lists, timers, announcements, media; read and answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.home import HomeDocument
from contracts.query import QueryStatus
from shared.home import EntityState, Registry, Snapshot
from workers.query.answering.answer import Answer
from workers.query.answering.asides import answer_aside
from workers.query.past.question import PastQuestion
from workers.query.understanding.asides import AsideReader
from workers.query.understanding.asides.aside import Clock, ListDeed, MediaSearch, OnList, Tells, TimerDeed, WithTimer
from workers.query.understanding.orders.order import Command
from workers.query.understanding.reading import Ask, NameAlone, OutOfReach, Question, Reach, Subject, Unclear

NOW = datetime(2026, 7, 31, 22, 30, tzinfo=UTC)
LISTS = [
    {"entity_id": "todo.shopping_list", "name": "Shopping List", "state": "3"},
    {"entity_id": "todo.chores", "name": "Chores", "state": "unavailable"},
]
TIMERS = [
    {"entity_id": "timer.pizza", "name": "Pizza timer", "area_id": "kitchen", "state": "idle"},
    {
        "entity_id": "timer.laundry",
        "name": "Laundry",
        "state": "active",
        "attributes": {"finishes_at": "2026-07-31T22:55:05+00:00"},
    },
    {"entity_id": "timer.nap", "name": "Nap", "state": "paused", "attributes": {"remaining": "0:01:40"}},
]
SATELLITES = [
    {"entity_id": "assist_satellite.hall", "name": "Hall satellite", "attributes": {"supported_features": 3}},
    {"entity_id": "assist_satellite.old", "name": "Old satellite", "attributes": {"supported_features": 2}},
]


class Spoken:
    """A home that asides are said to."""

    def __init__(self, *entities: dict[str, Any]) -> None:
        areas = [{"area_id": "kitchen", "name": "Kitchen"}]
        document = HomeDocument.model_validate(
            {"time_zone": "Europe/Amsterdam", "areas": areas, "entities": [*entities]}
        )
        registry = Registry.from_document(document)
        states = {each.entity_id: EntityState(each.state or "unknown", each.attributes) for each in document.entities}
        self.snapshot, self.reader = Snapshot(registry, states), AsideReader(registry, "en")

    def say(self, sentence: str) -> Answer:
        aside = self.reader.read(sentence)
        assert aside is not None, sentence
        return answer_aside(aside, self.snapshot, NOW)

    def done(self, sentence: str) -> tuple[str, list[str], dict[str, Any]]:
        answer = self.say(sentence)
        (action,) = answer.actions
        return action.action, action.target["entity_id"], action.data


@pytest.fixture(scope="module")
def full() -> Spoken:
    return Spoken(*LISTS, *TIMERS, *SATELLITES)


@pytest.fixture(scope="module")
def bare() -> Spoken:
    return Spoken({"entity_id": "light.one", "name": "Lamp"})


@pytest.mark.parametrize(
    ("sentence", "value", "text"),
    [
        ("What time is it?", "2026-08-01T00:30:00+02:00", "It is 00:30."),
        ("do you know what time it is", "2026-08-01T00:30:00+02:00", "It is 00:30."),
        ("what is the date today", "2026-08-01", "It is Saturday, 1 August 2026."),
        ("what's the date of tomorrow", "2026-08-02", "Tomorrow is Sunday, 2 August 2026."),
        ("what day is it", "Saturday", "It is Saturday."),
        ("which day is the day after tomorrow", "Monday", "The day after tomorrow is Monday."),
        ("what month is it", "2026-08", "It is August 2026."),
        ("which year is it", 2026, "It is 2026."),
    ],
)
def test_clock_is_that_of_the_home(bare: Spoken, sentence: str, value: str | int, text: str) -> None:
    answer = bare.say(sentence)
    assert answer.result is not None
    assert (answer.status, answer.result.value, answer.text) == (QueryStatus.ANSWERED, value, text)


@pytest.mark.parametrize(
    ("sentence", "service", "entity_id", "data"),
    [
        ("add 2 litres of milk to the shopping list", "add_item", "todo.shopping_list", {"item": "2 litres of milk"}),
        ("put eggs on the list", "add_item", "todo.shopping_list", {"item": "eggs"}),
        ("put eggs on my grocery list", "add_item", "todo.shopping_list", {"item": "eggs"}),
        ("add the bins to my chores list.", "add_item", "todo.chores", {"item": "the bins"}),
        ("check eggs off the list", "update_item", "todo.shopping_list", {"item": "eggs", "status": "completed"}),
        (
            "mark the bins as done on my chores",
            "update_item",
            "todo.chores",
            {"item": "the bins", "status": "completed"},
        ),
        ("remove Eggs Benedict from the shopping list", "remove_item", "todo.shopping_list", {"item": "Eggs Benedict"}),
    ],
)
def test_list_takes_what_was_said(
    full: Spoken, sentence: str, service: str, entity_id: str, data: dict[str, str]
) -> None:
    assert full.done(sentence) == (f"todo.{service}", [entity_id], data)


def test_list_that_is_not_there_is_said(full: Spoken, bare: Spoken) -> None:
    assert full.reader.read("add milk to the holiday list") is None
    none = bare.say("add milk to the shopping list")
    assert (none.status, none.actions) == (QueryStatus.REFUSED, ())


def test_one_of_several_lists_is_asked_for() -> None:
    home = Spoken(*({"entity_id": f"todo.{each}", "name": each.title()} for each in ("work", "chores")))
    answer = home.say("add stamps to my list")
    assert answer.status is QueryStatus.CLARIFICATION
    assert [each.entity_id for each in answer.clarifications[0].options] == ["todo.work", "todo.chores"]


def test_list_that_can_not_be_changed_is_left_alone() -> None:
    fixed = {"entity_id": "todo.post", "name": "Post", "attributes": {"supported_features": 4}}
    answer = Spoken(fixed).say("add stamps to my post list")
    assert (answer.status, answer.actions) == (QueryStatus.REFUSED, ())


def test_length_of_a_list(full: Spoken) -> None:
    counted, unknown = full.say("what is on my shopping list?"), full.say("how many things are on my chores list")
    assert counted.result is not None
    assert (counted.result.value, unknown.status) == (3, QueryStatus.NOT_UNDERSTOOD)


@pytest.mark.parametrize(
    ("sentence", "service", "entities", "data"),
    [
        ("start the pizza timer", "start", ["timer.pizza"], {}),
        ("set the pizza timer for 1 hour and 15 minutes", "start", ["timer.pizza"], {"duration": "01:15:00"}),
        ("set a timer called pizza for half an hour", "start", ["timer.pizza"], {"duration": "00:30:00"}),
        ("5 and a half minute pizza timer", "start", ["timer.pizza"], {"duration": "00:05:30"}),
        ("set a 1/2 hour timer in the kitchen", "start", ["timer.pizza"], {"duration": "00:30:00"}),
        (
            "start a laundry timer for 1 hour, 15 minutes, and 30 seconds",
            "start",
            ["timer.laundry"],
            {"duration": "01:15:30"},
        ),
        ("pause the timer", "pause", ["timer.laundry"], {}),
        ("resume the timer", "start", ["timer.nap"], {}),
        ("cancel all timers", "cancel", ["timer.laundry", "timer.nap"], {}),
        ("add 5 minutes to the timer", "change", ["timer.laundry"], {"duration": "00:05:00"}),
        ("shorten the laundry timer by 90 seconds", "change", ["timer.laundry"], {"duration": "-00:01:30"}),
    ],
)
def test_timer_helper_is_used(
    full: Spoken, sentence: str, service: str, entities: list[str], data: dict[str, str]
) -> None:
    assert full.done(sentence) == (f"timer.{service}", entities, data)


@pytest.mark.parametrize(
    ("sentence", "seconds"),
    [("how long is left on the laundry timer", 1505), ("nap timer status", 100), ("status of the pizza timer", None)],
)
def test_timer_tells_what_is_left(full: Spoken, sentence: str, seconds: int | None) -> None:
    answer = full.say(sentence)
    assert answer.status is QueryStatus.ANSWERED
    assert (answer.result.value if answer.result else None) == seconds


def test_timer_that_may_be_several_or_none(full: Spoken, bare: Spoken) -> None:
    assert full.say("set a timer for 5 minutes").status is QueryStatus.CLARIFICATION
    assert full.say("start the soup timer").status is QueryStatus.NOT_UNDERSTOOD
    refused = bare.say("set a timer for 5 minutes")
    assert (refused.status, refused.actions) == (QueryStatus.REFUSED, ())


@pytest.mark.parametrize("state", ["", "tomorrow", "9999-99-99", "1:2", "a:b:c", "99999999999999:0:0"])
def test_timer_with_nonsense_in_it_is_not_running(state: str) -> None:
    for status in ("active", "paused"):
        attributes = {"finishes_at": state, "remaining": state}
        timer = {"entity_id": "timer.x", "name": "Soup", "state": status, "attributes": attributes}
        assert Spoken(timer).say("soup timer status").result is None


def test_announcement_is_said_by_what_can(full: Spoken, bare: Spoken) -> None:
    assert full.done("broadcast that dinner is ready") == (
        "assist_satellite.announce",
        ["assist_satellite.hall"],
        {"message": "dinner is ready"},
    )
    assert bare.say("announce dinner is ready").status is QueryStatus.REFUSED


def test_media_are_not_searched_for(full: Spoken) -> None:
    answer = full.say("play the album Queen")
    assert (answer.status, answer.query_type) == (QueryStatus.REFUSED, "media_search")


@pytest.mark.parametrize(
    "sentence", ["hi Home Assistant", "are you always listening?", "where does my data go", "never mind"]
)
def test_remarks_are_answered(bare: Spoken, sentence: str) -> None:
    assert bare.say(sentence).status is QueryStatus.ANSWERED


@pytest.mark.parametrize(
    "sentence",
    [
        "add milk to the shopping list when I leave",
        "when I leave add milk to the shopping list",
        "what time is sunset",
        "turn on the timer light",
        "is the oven on",
        "",
        "add to the shopping list",
        "what is " * 60,
        "a " * 300,
    ],
)
def test_other_sentences_are_none(full: Spoken, sentence: str) -> None:
    assert full.reader.read(sentence) is None


def test_after_a_reading_of_the_home(full: Spoken) -> None:
    ordered, asked = Command(()), Question(Ask.STATE, Subject(("timer.pizza",)))
    for kept in (ordered, OutOfReach(Reach.WISH)):
        assert full.reader.after(kept, "what time is it") is kept
    assert full.reader.after(asked, "what time is it") == Clock(Tells.TIME)
    assert full.reader.after(asked, "status of the pizza timer") is asked
    assert full.reader.after(asked, "play Queen") is asked
    assert full.reader.after(NameAlone(("light.x",)), "play Queen") == MediaSearch("Queen")
    found = full.reader.after(Unclear(), "add milk to the list")
    assert found == OnList(ListDeed.ADD, "milk", ("todo.shopping_list",))
    assert not isinstance(full.reader.after(Unclear(), "bananas"), PastQuestion)


@pytest.mark.parametrize("name", ["{item}", "(a|b)", "[milk]", "<my>", "list", "!!!"])
def test_name_of_a_list_is_no_template(name: str) -> None:
    home = Spoken(*LISTS, {"entity_id": "todo.odd", "name": name})
    assert home.done("add milk to the shopping list")[1] == ["todo.shopping_list"]
    assert home.reader.read("add milk to a") is None


def test_lengths_add_up(full: Spoken) -> None:
    assert full.reader.read("pause my 2 hour 5 minute nap timer") == WithTimer(
        TimerDeed.PAUSE, ("timer.nap",), timedelta(hours=2, minutes=5), "nap"
    )


def test_language_without_sentences_has_no_asides() -> None:
    assert AsideReader(Registry(), "xx").read("what time is it") is None


@settings(max_examples=60)
@given(st.text(max_size=60), st.sampled_from(["add {} to the list", "set a {} timer", "announce {}", "play {}", "{}"]))
def test_whatever_is_said_is_answered_or_left(said: str, template: str) -> None:
    home = Spoken(*LISTS, *TIMERS)
    aside = home.reader.read(template.format(said))
    if aside is not None:
        answer = answer_aside(aside, home.snapshot, NOW)
        assert answer.text
        assert len(answer.actions) <= 1
