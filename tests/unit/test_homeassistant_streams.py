"""Home Assistant's streams, message by message."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.history import NOBODY, Event
from shared.home import EntityState, StateChange
from shared.homeassistant.eventstream import Told, read_event, read_time
from shared.homeassistant.statestream import StateStream

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=5)
TOPIC = "hass/states/light/lamp/"


def event(**data: Any) -> bytes:
    return json.dumps({"event_type": "state_changed", "event_data": data}).encode()


def state(text: str, at: datetime = NOON, **attributes: Any) -> dict[str, Any]:
    return {
        "entity_id": "light.lamp",
        "state": text,
        "attributes": attributes,
        "last_changed": at.isoformat(),
        "last_updated": at.isoformat(),
        "context": {"id": "01", "parent_id": None, "user_id": None},
    }


def told(**data: Any) -> Told:
    found = read_event(event(**data))
    assert found is not None
    return found


def test_an_event_gives_the_new_state_with_its_times() -> None:
    found = told(entity_id="light.lamp", old_state=None, new_state=state("on", brightness=3))
    assert found.change == StateChange("light.lamp", EntityState("on", {"brightness": 3}, NOON, NOON))
    assert found.event == Event(NOON.timestamp(), "light.lamp", "on", None, None, "01")


def test_an_event_without_a_new_state_is_a_removal_and_no_event_of_the_past() -> None:
    found = told(entity_id="light.lamp", old_state=state("on"), new_state=None)
    assert (found.change, found.event) == (StateChange("light.lamp", None), None)


def test_new_attributes_alone_are_no_event_of_the_past() -> None:
    found = told(entity_id="light.lamp", old_state=state("on"), new_state=state("on", brightness=3))
    assert found.change.state is not None
    assert found.event is None


def test_who_was_behind_it_is_told() -> None:
    new = state("on") | {"context": {"id": "01", "parent_id": "00", "user_id": "f" * 32}}
    found = told(entity_id="light.lamp", old_state=state("off"), new_state=new)
    assert found.event is not None
    assert found.event[3:] == ("f" * 32, "00", "01")
    odd = told(
        entity_id="light.lamp", old_state=5, new_state=state("on") | {"context": {"id": 7, "user_id": "", "x": 1}}
    )
    assert odd.context == NOBODY


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b"state_changed",
        b'{"event_type": "call_service", "event_data": {"note": "state_changed"}}',
        b'{"event_type": "state_changed"}',
        b'{"event_type": "state_changed", "event_data": []}',
        event(entity_id=5, new_state=None),
        event(entity_id="<b>", new_state={"state": "on"}),
        event(entity_id="light.a\n", new_state={"state": "on"}),
        event(entity_id="light." + "a" * 300, new_state={"state": "on"}),
        event(entity_id="light.lamp", new_state="on"),
        event(entity_id="light.lamp", new_state={"state": 5}),
        b'{"event_type": "state_changed", "x": ' + b"[" * 100_000,
        b"\xff state_changed",
    ],
)
def test_what_is_no_change_of_state_is_passed_over(payload: bytes) -> None:
    assert read_event(payload) is None


def test_a_time_with_an_offset_is_told_in_utc() -> None:
    assert read_time("2026-11-21T13:00:00+01:00") == NOON
    assert read_time("2026-11-21T12:00:00") == NOON
    assert read_time("noon") is None
    assert read_time(None) is None


class Stream:
    def __init__(self) -> None:
        self.stream = StateStream("hass/states")

    def take(self, **pieces: str) -> None:
        for piece, text in pieces.items():
            self.stream.take(TOPIC + piece, text.encode())

    def collected(self, now: datetime = LATER) -> list[StateChange]:
        return self.stream.collected(now)


def test_pieces_come_together_as_one_change() -> None:
    stream = Stream()
    stream.take(state="on", last_updated=NOON.isoformat(), last_changed=NOON.isoformat(), brightness="3")
    assert stream.collected() == [StateChange("light.lamp", EntityState("on", {"brightness": 3}, NOON, NOON))]
    assert stream.collected() == []


def test_the_order_of_the_pieces_does_not_matter() -> None:
    stream = Stream()
    stream.take(brightness="3", last_updated=NOON.isoformat(), state="on")
    assert stream.collected()[0].state == EntityState("on", {"brightness": 3}, None, NOON)


def test_where_no_times_are_published_the_moment_of_hearing_stands_for_them() -> None:
    stream = Stream()
    stream.take(state="on", friendly_name='"Lamp"')
    assert stream.collected()[0].state == EntityState("on", {"friendly_name": "Lamp"}, None, LATER)


def test_a_new_state_waits_for_its_time_but_not_for_ever() -> None:
    stream = Stream()
    stream.take(state="on", last_updated=NOON.isoformat())
    stream.collected()
    stream.take(state="off")
    assert stream.collected() == []
    stream.take(last_updated=LATER.isoformat())
    assert stream.collected()[0].state == EntityState("off", {}, None, LATER)
    stream.take(state="on")
    rounds = [stream.collected() for _ in range(12)]
    assert [len(changes) for changes in rounds] == [0] * 9 + [1, 0, 0]


def test_attributes_are_kept_from_change_to_change() -> None:
    stream = Stream()
    stream.take(state="on", brightness="3")
    stream.collected()
    stream.take(state="off")
    assert stream.collected()[0].state == EntityState("off", {"brightness": 3}, None, LATER)


def test_what_the_event_stream_has_told_is_not_told_again() -> None:
    stream = Stream()
    stream.stream.told_by_event(StateChange("light.lamp", EntityState("off", {}, LATER, LATER)))
    stream.take(state="on", last_updated=NOON.isoformat())
    assert stream.collected() == []
    stream.take(state="on", last_updated=(LATER + timedelta(seconds=1)).isoformat())
    assert len(stream.collected()) == 1


def test_without_times_the_event_stream_has_the_last_word() -> None:
    stream = Stream()
    stream.stream.told_by_event(StateChange("light.lamp", EntityState("off", {}, NOON, NOON)))
    stream.take(state="on")
    assert stream.collected() == []


def test_what_the_event_stream_removed_does_not_come_back_from_what_is_retained() -> None:
    stream = Stream()
    stream.take(state="on")
    stream.stream.told_by_event(StateChange("light.lamp", None))
    stream.take(state="on")
    assert stream.collected() == []


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("hass/states/light/lamp", b"on"),
        ("hass/states/li ght/<b>/state", b"on"),
        ("hass/states/light/lamp/a/b", b"on"),
        ("elsewhere/light/lamp/state", b"on"),
        ("hass/states/light/lamp/brightness", b"not json"),
        ("hass/states/light/lamp/state", b"\xff"),
    ],
)
def test_what_can_not_be_read_is_passed_over(topic: str, payload: bytes) -> None:
    stream = Stream()
    stream.stream.take(topic, payload)
    assert stream.collected() == []
    assert not stream.stream.waiting
