import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from shared.history import NOBODY, Columns, Context, Event
from shared.history.batch import ticks_of

PERSON = Context("user", None, "one")
AUTOMATION = Context(None, "one", "two")


def test_no_events_at_all() -> None:
    columns = Columns.of(())
    assert (len(columns), list(columns.events())) == (0, [])
    assert (columns.entity_ids, columns.state_names, columns.context_list) == ((), (), (NOBODY,))
    assert len(columns.automated) == len(columns.by_person) == 0


def test_events_in_any_order_come_back_in_that_of_time_entity_and_state() -> None:
    events = [
        Event(2.5, "light.b", "on", *PERSON),
        Event(1.0, "light.b", "on"),
        Event(2.5, "light.a", "on"),
        Event(2.5, "light.a", "off", *AUTOMATION),
    ]
    columns = Columns.of(events)
    assert list(columns.events()) == [events[1], events[3], events[2], events[0]]
    assert columns.times.tolist() == [1.0, 2.5, 2.5, 2.5]
    assert list(Columns.of(columns.events()).events()) == list(columns.events())


def test_each_name_is_there_once_and_nobody_is_the_first_context() -> None:
    columns = Columns.of([Event(each, "light.a", "on", *PERSON) for each in range(3)] + [Event(9, "light.a", "off")])
    assert (columns.entity_ids, columns.state_names) == (("light.a",), ("on", "off"))
    assert columns.context_list == (NOBODY, PERSON)
    assert columns.contexts.tolist() == [1, 1, 1, 0]
    assert {each.dtype for each in (columns.entities, columns.states, columns.contexts)} == {np.dtype(np.int32)}


def test_who_was_behind_an_event() -> None:
    both = Context("user", "one", "three")
    columns = Columns.of(
        [Event(place, "light.a", "on", *each) for place, each in enumerate((NOBODY, PERSON, AUTOMATION, both))]
    )
    assert columns.by_person.tolist() == [False, True, False, True]
    assert columns.automated.tolist() == [False, False, True, True]


def test_columns_are_not_changed_by_mistake() -> None:
    with pytest.raises(AttributeError):
        Columns.of(()).times = np.zeros(1)  # type: ignore[misc]


def test_a_time_falls_into_the_microsecond_that_python_gives_it() -> None:
    """Home Assistant's recorder keeps what its clock said, with digits beyond; its events have the microsecond."""
    random_ = random.Random(5)
    for seconds in [1795287739.6754534, *(random_.uniform(1.6e9, 1.9e9) for _ in range(5_000))]:
        exact = datetime.fromtimestamp(seconds, UTC) - datetime.fromtimestamp(0, UTC)
        assert int(ticks_of([seconds])[0]) == exact // timedelta(microseconds=1)
