from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.envelope import REQUEST_LIMIT
from contracts.past import EventsRequest, EventsResponse
from shared.history import Event, History
from shared.history.sqlite import SqliteHistory
from workers.data.recall import list_events
from workers.data.retention import DAY, Retention

MIDNIGHT = 1_772_323_200.0  # 2026-03-01 in UTC


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with SqliteHistory(tmp_path / "history.db") as history:
        yield history


@pytest.fixture
def three_days(history: History) -> History:
    history.append(
        Event(
            MIDNIGHT + 600 * place, f"light.{'ab'[place % 2]}", "on" if place % 4 < 2 else "off", "u" * 32, None, None
        )
        for place in range(3 * 144)
    )
    return history


def asked(history: History, zone: str = "UTC", **fields: Any) -> EventsResponse:
    return list_events(history, EventsRequest.model_validate(fields), zone)


def places(response: EventsResponse) -> list[float]:

    return [(datetime.fromisoformat(each.at).timestamp() - MIDNIGHT) / 600 for each in response.events]


def test_without_a_word_the_last_day_is_listed(three_days: History) -> None:
    found = asked(three_days)
    assert places(found) == list(range(432 - 144, 432))
    assert found.next_offset is None
    assert found.events[0].context_user_id == "u" * 32


def test_pages_make_up_the_whole_in_both_directions(three_days: History) -> None:
    for newest_first in (False, True):
        found: list[float] = []
        offset: int | None = 0
        while offset is not None:
            page = asked(three_days, since="2026-03-01T00:00:00Z", limit=100, offset=offset, newest_first=newest_first)
            found += places(page)
            offset = page.next_offset
        assert found == (list(reversed(range(432))) if newest_first else list(range(432)))


def test_entities_domains_and_states_are_told_apart(three_days: History) -> None:
    three_days.append([Event(MIDNIGHT + 1, "switch.a", "on")])
    everything = {"since": "2026-03-01T00:00:00+00:00"}
    assert len(asked(three_days, entity_id="light.a", **everything).events) == 216
    assert len(asked(three_days, entity_id=["light.a", "switch.a", "no.such"], **everything).events) == 217
    assert len(asked(three_days, domain="switch", **everything).events) == 1
    assert len(asked(three_days, state="off", **everything).events) == 216
    assert asked(three_days, domain="lights", **everything).events == []


def test_a_time_without_an_offset_is_of_the_homes_clock(three_days: History) -> None:
    found = asked(three_days, "Europe/Berlin", since="2026-03-02T01:00:00", until="2026-03-02T02:00:00")
    assert places(found) == [144, 145, 146, 147, 148, 149]


def test_a_reply_holds_what_fits(history: History) -> None:
    history.append(Event(MIDNIGHT + place, "sensor.text", "ä" * 250 + str(place)) for place in range(3_000))
    first = asked(history)
    assert len(first.model_dump_json().encode()) <= REQUEST_LIMIT
    assert first.next_offset == len(first.events)
    rest = asked(history, offset=first.next_offset)
    assert places(rest)[0] == pytest.approx(places(first)[-1] + 1 / 600)


def test_an_empty_history_has_nothing_to_list(history: History) -> None:
    assert asked(history) == EventsResponse(events=[])


@pytest.mark.parametrize(
    "fields",
    [
        {"entity_id": "front door"},
        {"entity_id": ["light.a"] * 101},
        {"since": "yesterday"},
        {"limit": 0},
        {"limit": 2_001},
        {"offset": -1},
        {"entity": "light.a"},
        {"domain": "light.a"},
    ],
)
def test_what_cannot_be_asked_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EventsRequest.model_validate(fields)


def test_retention_counts_back_from_the_newest_event(three_days: History) -> None:
    newest = MIDNIGHT + 431 * 600
    assert Retention(three_days, 0).forget(newest) == 0
    assert Retention(three_days, 3).forget(newest) == 0
    assert Retention(three_days, 1).forget(newest + 400 * DAY) == 144
    assert three_days.span().first == MIDNIGHT + DAY


def test_an_event_from_the_future_forgets_nothing(three_days: History) -> None:
    three_days.append([Event(MIDNIGHT + 5_000 * DAY, "light.a", "on")])
    assert Retention(three_days, 7).forget(MIDNIGHT + 3 * DAY) == 0


def test_an_empty_history_forgets_nothing(history: History) -> None:
    assert Retention(history, 1).forget(MIDNIGHT) == 0
