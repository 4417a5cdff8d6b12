"""What people see of patterns: words, sparklines and pictures."""

from __future__ import annotations

import random
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import matplotlib as mpl
import numpy as np
import pytest

from contracts.analysis import Pattern, PatternType
from contracts.home import HomeDocument
from shared.errors import SettingsError
from shared.history import Columns, Event
from shared.home import Registry
from shared.simulator.assembly import utc_days
from shared.simulator.demo import demo_home, demo_past
from shared.simulator.scoring import score
from tests.unit.pattern.lived import FIRST, ZONE, at
from tests.unit.pattern.past import DAY, MIDNIGHT, after, days_of, moments, noise, pulses
from workers.pattern.analysis import analyse
from workers.pattern.candidate import Candidate
from workers.pattern.pictures.album import write_album
from workers.pattern.pictures.canvas import check, safe
from workers.pattern.pictures.past import Past
from workers.pattern.pictures.sparkline import can_draw, sparkline
from workers.pattern.pictures.synergy_graph import NOWHERE, Link, links_of, links_of_patterns, placed
from workers.pattern.pictures.week import states_of
from workers.pattern.pictures.wording import duration, sentence

BERLIN = ZoneInfo("Europe/Berlin")
LINK = {"states": ["on", "on"], "lag_seconds": [12.3], "window_seconds": 30.0, "follow_share": 0.914, "expected": 2.5}


def pattern(
    kind: str, entities: Iterable[str], detail: Mapping[str, Any], *, support: int = 43, **more: Any
) -> Pattern:
    told = {"confidence": 0.9, "quality": 0.8, "status": "new", "pattern_id": "f00d", **more}
    return Pattern.model_validate(
        {
            "pattern_type": kind,
            "entities": [*entities],
            "detail": dict(detail),
            "support": support,
            "first_seen": "2025-10-10T00:00:00+00:00",
            "last_seen": "2025-11-08T00:00:00+00:00",
            **told,
        }
    )


def as_pattern(found: Candidate) -> Pattern:
    first, last = (datetime.fromtimestamp(each, UTC).isoformat() for each in (found.first_seen, found.last_seen))
    said = {"first_seen": first, "last_seen": last, "confidence": found.confidence, "quality": 0.5}
    return pattern(found.pattern_type, found.entities, found.detail, support=found.support, **said)


def past_of(events: Iterable[Event], zone: ZoneInfo = BERLIN, days: int = 30) -> Past:
    told = Columns.of(events)
    first = float(told.times[0])
    return Past(told, zone, first, first + days * DAY - 1)


def home(seed: str = "pictures") -> list[Event]:
    """A door, a lamp after it, and a radio after that."""
    random_ = random.Random(seed)
    doors = moments(random_, 30, 5)
    lamp = after(random_, doors, 0.8, 10)
    events = noise(random_, 4, 30) + pulses(random_, "binary_sensor.door", doors, 20)
    events += pulses(random_, "light.hall", lamp)
    events += pulses(random_, "switch.radio", after(random_, lamp, 0.8, 30))
    return [*(Event(MIDNIGHT, name, "off") for name in {each.entity_id for each in events}), *events]


# -- sparklines --------------------------------------------------------------------------------------------------------


def test_a_bar_for_each_amount_and_a_dot_for_nothing() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7, 8]) == "·▁▂▃▄▅▆▇█"
    assert sparkline([0, 1, 800]) == "·▁█"
    assert sparkline([0, 0]) == "··"
    assert sparkline([]) == ""


def test_marked_places_stand_in_brackets() -> None:
    assert sparkline([1, 8, 8, 1], {1, 2}) == "▁[██]▁"
    assert sparkline([8, 1, 8], {0, 2}) == "[█]▁[█]"
    assert sparkline([8, 1], {-1, 7}) == "█▁"


def test_there_are_bars_for_every_encoding() -> None:
    drawn = sparkline(range(9), ascii_only=True)
    assert drawn.isascii()
    assert len(set(drawn)) == 9
    assert can_draw("utf-8")
    assert not any(can_draw(name) for name in ("ascii", "latin-1", "no such encoding", None))


# -- words -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "entities", "detail", "words"),
    [
        (
            "trigger",
            ["binary_sensor.hall", "light.hall"],
            LINK,
            "after binary_sensor.hall turns on, light.hall turns on within 30 s, mostly after 12 s (43 times, 91 %)",
        ),
        (
            "co_occurrence",
            ["cover.blind", "lock.door"],
            {"states": ["closed", "locked"], "window_seconds": 300.0, "together_share": 0.5},
            "cover.blind closes and lock.door is locked within 5 min of each other (43 times, 50 %)",
        ),
        (
            "sequence",
            ["person.lena", "light.hall", "media_player.tv"],
            {"states": ["home", "on", "playing"], "window_seconds": 60, "follow_share": 0.3},
            (
                "after person.lena comes home, light.hall turns on, then media_player.tv begins to play, "
                "each within 60 s (43 times, 30 %)"
            ),
        ),
        (
            "time_of_day",
            ["switch.coffee"],
            {"state": "on", "minute_of_day": 399.7, "spread_minutes": 6.6, "days": "weekday"},
            "switch.coffee turns on at about 06:40 on weekdays, give or take 7 min (43 days)",
        ),
        (
            "time_of_day",
            ["climate.lounge"],
            {"state": "heat", "minute_of_day": 1439.8, "spread_minutes": 0.2, "days": "all"},
            "climate.lounge becomes heat at about 00:00, give or take 1 min (43 days)",
        ),
        (
            "anomaly",
            ["binary_sensor.hall"],
            {"kind": "silent", "start": "2026-03-28T12:00:00+00:00", "end": "2026-03-29T12:00:00+00:00"},
            "binary_sensor.hall was silent from Sat 28 Mar 13:00 to Sun 29 Mar 14:00",
        ),
        (
            "anomaly",
            ["light.hall"],
            {"kind": "burst", "start": "2026-03-02T12:00:00+00:00", "end": "2026-03-02T12:10:00+00:00"},
            "light.hall changed far more often than usual from Mon 02 Mar 13:00 to 13:10",
        ),
        ("anomaly", ["light.hall"], {"kind": "burst", "start": "never"}, "light.hall was not as usual"),
        ("trigger", ["a.b", "c.d"], {}, "after a.b, c.d within 5 min, mostly after 0 s (43 times)"),
    ],
)
def test_a_pattern_is_a_sentence(kind: str, entities: list[str], detail: dict[str, Any], words: str) -> None:
    assert sentence(pattern(kind, entities, detail), BERLIN) == words


def test_times_are_told_as_people_do() -> None:
    assert [duration(each) for each in (0, 0.4, 2.46, 12.4, 119, 120, 7_100, 7_200)] == [
        *("0 s", "0.4 s", "2.5 s", "12 s", "119 s", "2 min", "118 min", "2 h")
    ]


# -- the past ----------------------------------------------------------------------------------------------------------


def test_occurrences_are_those_that_the_analysis_counted() -> None:
    events = home()
    found = analyse(days_of(events), None, BERLIN)
    past = past_of(events)
    kinds = {each.pattern_type for each in found}
    assert {PatternType.TRIGGER, PatternType.SEQUENCE} <= kinds
    for each in found:
        if each.pattern_type in {PatternType.TRIGGER, PatternType.SEQUENCE}:
            occurred = past.occurrences(as_pattern(each))
            assert len(occurred.times) == each.support
            lag = float(np.median(occurred.lags)) / 1_000
            assert lag == pytest.approx(sum(each.detail["lag_seconds"]), rel=0.1)
            assert past.a_day(occurred.times, 32).sum() == each.support


def test_of_two_things_together_the_sign_of_the_lag_says_which_was_first() -> None:
    events = [Event(MIDNIGHT, name, "off") for name in ("fan.a", "light.b")]
    events += [Event(MIDNIGHT + 100, "fan.a", "on"), Event(MIDNIGHT + 110, "light.b", "on")]
    events += [Event(MIDNIGHT + 900, name, "off") for name in ("fan.a", "light.b")]
    events += [Event(MIDNIGHT + 2_000, "light.b", "on"), Event(MIDNIGHT + 2_005, "fan.a", "on")]
    told = pattern("co_occurrence", ["fan.a", "light.b"], {"states": ["on", "on"], "window_seconds": 60.0})
    assert past_of(events).occurrences(told).lags.tolist() == [10_000, -5_000]


def test_what_says_nothing_new_is_no_change() -> None:
    states = ("off", "on", "on", "unavailable", "on", "off", "unknown", "on", "off")
    past = past_of([Event(MIDNIGHT + 60 * place, "light.a", state) for place, state in enumerate(states)])
    assert past.times("light.a", "on").tolist() == [int(MIDNIGHT + 60) * 1_000]
    assert len(past.times("light.a")) == 3
    assert len(past.times("light.nobody")) == len(past.times("light.a", "purple")) == 0


def test_the_clock_is_the_home_s_own_on_both_sides_of_its_change() -> None:
    lit = [Event(at(day, 7.25), "light.a", "on") for day in range(28)]
    out = [Event(at(day, 20.5), "light.a", "off") for day in range(-1, 28)]
    past = past_of([*lit, *out], ZONE, 29)
    times = past.times("light.a", "on")
    assert past.a_clock(times).tolist() == [28 if hour == 7 else 0 for hour in range(24)]
    week = past.a_week(times, 48)
    assert week.shape == (7, 48)
    assert np.flatnonzero(week.sum(axis=0)).tolist() == [14]
    assert past.first_day == (FIRST - date(1970, 1, 1)).days - 1
    assert past.a_day(times, 3).tolist() == [1, 1, 0]


def test_a_week_is_an_average_of_the_days_that_there_were() -> None:
    events = [Event(at(0, 0), "light.a", "off")]
    events += [Event(at(day, 12), "light.a", ("on", "off")[day % 2]) for day in range(14)]
    past = past_of(events, ZONE, 14)
    week = past.a_week(past.times("light.a"), 24)
    assert week[:, 12].tolist() == [1.0] * 7


def test_nothing_at_all_is_a_past_too() -> None:
    past = Past(Columns.of([]), BERLIN, MIDNIGHT, MIDNIGHT)
    told = pattern("trigger", ["a.b", "c.d"], LINK)
    assert past.a_day(past.occurrences(told).times).tolist() == [0] * 30
    assert not past.a_week(past.times("a.b"), 48).any()


# -- the graph ---------------------------------------------------------------------------------------------------------


def test_a_chain_is_drawn_by_its_steps_each_with_its_best_score() -> None:
    told = [{"devices": ["a", "b", "c"], "score": 0.5}, {"devices": ["a", "b"], "score": 0.9}, {"score": 1}]
    told.append({"devices": ["d", "e"], "score": 0.1, "relationship": "together"})
    assert links_of(told) == [Link("a", "b", 0.9), Link("b", "c", 0.5), Link("d", "e", 0.1, ordered=False)]


def test_patterns_stand_in_for_synergies() -> None:
    found = [
        pattern("trigger", ["a.a", "b.b"], LINK, quality=0.3),
        pattern("co_occurrence", ["b.b", "c.c"], LINK, quality=0.6),
        pattern("trigger", ["a.a", "b.b"], LINK, quality=0.4),
        pattern("time_of_day", ["a.a"], {}),
    ]
    assert links_of_patterns(found) == [Link("b.b", "c.c", 0.6, ordered=False), Link("a.a", "b.b", 0.4)]


def test_devices_of_an_area_are_neighbours_on_the_circle() -> None:
    names = [f"light.{letter}" for letter in "abcdefgh"]
    areas = {name: ("Hall", "Attic")[place % 2] for place, name in enumerate(names[:6])}
    circle = placed([Link(one, other, 0.5) for one in names for other in names], areas)
    assert len(set(circle.devices.values())) == len(names)
    assert max(circle.devices.values()) < 2 * np.pi
    order = [areas.get(name, NOWHERE) for name in sorted(names, key=lambda name: circle.devices[name])]
    assert order == ["Attic"] * 3 + ["Hall"] * 3 + [NOWHERE] * 2
    assert list(circle.areas) == ["Attic", "Hall", NOWHERE]


# -- files -------------------------------------------------------------------------------------------------------------


def drawn(folder: Path, patterns: Iterable[Pattern], events: Iterable[Event], **more: Any) -> dict[str, bytes]:
    files = write_album(folder, [*patterns], past_of(events), {"light.hall": "Hall"}, **more)
    assert sorted(files) == sorted(folder.iterdir())
    return {each.name: each.read_bytes() for each in files}


SHOWN = [
    pattern("trigger", ["binary_sensor.door", "light.hall"], LINK),
    pattern("co_occurrence", ["light.hall", "switch.radio"], {**LINK, "expected": 0.2}),
    pattern("time_of_day", ["light.hall"], {"state": "on", "minute_of_day": 1_410, "days": "weekend"}),
    pattern("time_of_day", ["light.hall"], {"state": "on", "minute_of_day": 1_380, "days": "all"}),
    pattern("anomaly", ["switch.radio"], {"kind": "silent"}),
]


def test_an_album_has_all_pictures_twice_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    files = drawn(tmp_path / "deep" / "album", SHOWN, home())
    stems = {"synergies", "lag-binary_sensor.door-light.hall", "lag-light.hall-switch.radio"}
    stems |= {f"week-{name}" for name in ("binary_sensor.door", "light.hall", "switch.radio")}
    assert files.keys() == {f"{stem}.{kind}" for stem in stems for kind in ("png", "svg")}
    for name, content in files.items():
        if name.endswith("png"):
            assert content.startswith(b"\x89PNG\r\n")
        else:
            assert ET.fromstring(content).tag.endswith("svg")  # noqa: S314 - our own
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "svg.hashsalt": None}):
        assert drawn(tmp_path / "deep" / "album", SHOWN, home()) == files


def test_what_is_drawn_depends_on_what_happened(tmp_path: Path) -> None:
    one, other = (drawn(tmp_path / seed, SHOWN[:1], home(seed)) for seed in ("one", "other"))
    assert one.keys() == other.keys()
    assert all(one[name] != other[name] for name in one if not name.startswith("synergies"))


def test_synergies_are_drawn_where_there_are_any(tmp_path: Path) -> None:
    synergies = [{"devices": ["binary_sensor.door", "light.hall", "switch.radio"], "score": 0.7}]
    assert drawn(tmp_path / "a", [], home(), synergies=synergies).keys() == {"synergies.png", "synergies.svg"}
    assert drawn(tmp_path / "b", [], home()) == {}


def test_names_of_files_can_lead_nowhere(tmp_path: Path) -> None:
    assert safe("light.hall") == "light.hall"
    assert safe("../../etc/passwd") == "_.._etc_passwd"
    assert safe("..") == "_"
    assert len(safe("light." + "x" * 255)) <= 80
    hostile = ["../up", "light." + "ü" * 200]
    detail = {"states": ["$\\frac{", "門が開く"], "window_seconds": -1, "expected": "many"}
    files = drawn(tmp_path / "album", [pattern("trigger", hostile, detail), pattern("trigger", hostile, LINK)], home())
    assert len(files) == 2 * (2 + 2 + 1)
    assert [each.name for each in tmp_path.iterdir()] == ["album"]


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="name another folder"):
        write_album(tmp_path / "file" / "album", SHOWN, past_of(home()), {})


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(SettingsError, match=r"pip install 'homeiq\[plots\]'"):
        check()
    with pytest.raises(SettingsError, match="matplotlib"):
        write_album(tmp_path / "album", SHOWN, past_of(home()), {})
    assert not (tmp_path / "album").exists()


def test_a_week_shows_the_states_that_patterns_speak_of() -> None:
    assert states_of("light.hall", SHOWN) == ["on"]
    assert states_of("switch.radio", SHOWN[4:]) == []
    assert states_of("light.nobody", SHOWN) == []


# -- the demo home -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", [date(2026, 4, 9), date(2026, 11, 20)])
def test_an_analysis_finds_what_was_planted_in_the_demo_home(last: date) -> None:
    document = HomeDocument.model_validate_json(demo_home())
    registry, past = Registry.from_document(document), demo_past(last)
    found = analyse(utc_days(past.events), registry, ZoneInfo(document.time_zone))
    result = score(found, past.truth)
    planted = [each for each in past.truth.planted if each.required]
    assert len(planted) == 10
    assert {each.pattern_type for each in planted} == {each.value for each in PatternType}
    assert len(result.missed) <= 1
    assert result.false <= 3
    assert {*past.events.entity_ids} <= {each.entity_id for each in document.entities}


def test_the_past_of_the_demo_home_ends_with_its_last_day_and_is_the_same_each_time() -> None:
    past, again = demo_past(date(2026, 4, 9), 8), demo_past(date(2026, 4, 9), 8)
    assert past.csv() == again.csv()
    lines = past.csv().decode().splitlines()
    assert lines[0].startswith("entity_id,state,last_changed")
    assert len(lines) == len(past.events) + 1
    zone = ZoneInfo("Europe/Berlin")
    first, last = (datetime.fromtimestamp(float(past.events.times[place]), zone).date() for place in (0, -1))
    assert (first, last) == (date(2026, 4, 2), date(2026, 4, 9))
    assert any(past.events.automated)
