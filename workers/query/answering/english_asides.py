"""What is said in English to asides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from workers.query.answering.english_times import lasted
from workers.query.understanding.asides.aside import ListDeed, OnList, Tells, TimerDeed, WithTimer

REMARKS = {
    "hello": "Hello! Ask me about your home, or tell me what to do.",
    "listening": "No. I only read the sentences that are sent to me, and hear nothing.",
    "data": "Your data stays on your own machine.",
    "never_mind": "All right. Nothing was done.",
}
NO_SATELLITES = "There is no voice satellite in this home that could announce it. Nothing was said."
NO_SEARCH = "I can't search for media. I can play, pause and skip what is there, and set volume and source."
NO_TIMERS = (
    "I have no timers of my own. Add a timer helper in Home Assistant, or tell it to a voice assistant, which has them."
)
NO_LISTS = "There is no to-do list in this home. Add one in Home Assistant first."
WHICH_TIMER = "Which timer?"
_DAYS = {
    0: "It is",
    1: "Tomorrow is",
    -1: "Yesterday was",
    2: "The day after tomorrow is",
    -2: "The day before yesterday was",
}


def clock(tells: Tells, wall: datetime, days: int) -> str:
    """The time, or a part of the date."""
    said = {
        Tells.TIME: f"{wall:%H:%M}",
        Tells.DATE: f"{wall:%A}, {wall.day} {wall:%B} {wall.year}",
        Tells.WEEKDAY: f"{wall:%A}",
        Tells.MONTH: f"{wall:%B} {wall.year}",
        Tells.YEAR: str(wall.year),
    }
    return f"{_DAYS[days]} {said[tells]}."


def on_list(aside: OnList, name: str) -> str:
    """What is done with a thing on a list."""
    return {
        ListDeed.ADD: f"Adding {aside.item} to {name}.",
        ListDeed.COMPLETE: f"Checking {aside.item} off {name}.",
        ListDeed.REMOVE: f"Removing {aside.item} from {name}.",
    }[aside.deed]


def list_length(name: str, count: int) -> str:
    """How many things are on a list."""
    things = "1 thing is" if count == 1 else f"{count or 'No'} things are"
    return f"{things} open on {name}. I can't read them out."


def unknown_list(said: str, names: Sequence[str]) -> str:
    """That no list is called so."""
    return f"I know of no list called “{said}”. There is: {', '.join(names)}."


def which_list(aside: OnList) -> str:
    """The question which list is meant."""
    return "Which list?" if aside.deed is ListDeed.LENGTH else f"On which list is {aside.item}, or shall it be?"


def unknown_timer(said: str, names: Sequence[str]) -> str:
    """That no timer is called so."""
    return f"I know of no timer called “{said}”. There is: {', '.join(names)}."


def with_timer(aside: WithTimer, names: Sequence[str]) -> str:
    """What is done with timers."""
    told, length = " and ".join(names), lasted(aside.length.total_seconds()) if aside.length else ""
    return {
        TimerDeed.START: f"Starting {told}{f' for {length}' if length else ''}.",
        TimerDeed.CANCEL: f"Cancelling {told}.",
        TimerDeed.PAUSE: f"Pausing {told}.",
        TimerDeed.RESUME: f"Resuming {told}.",
        TimerDeed.LENGTHEN: f"Adding {length} to {told}.",
        TimerDeed.SHORTEN: f"Taking {length} off {told}.",
    }[aside.deed]


def timer_state(name: str, state: str, left: timedelta | None) -> str:
    """How long a timer still runs."""
    if left is None or state == "idle":
        return f"{name} is not running."
    return f"{name} {'is paused with' if state == 'paused' else 'has'} {lasted(left.total_seconds())} left."


def announcing(message: str) -> str:
    """What is announced."""
    return f"Announcing: {message}"


def list_is_fixed(name: str) -> str:
    """That a list does not take it."""
    return f"{name} can't be changed that way from here."


def unknown_length(name: str) -> str:
    """That a list says nothing."""
    return f"{name} does not say how many things are on it."
