import random
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shared.errors import InvalidRequest, NotFound
from shared.history import Event
from workers.data.csv_file import CsvFile
from workers.data.csv_rows import LONGEST_LINE
from workers.data.tally import BATCH, Tally

NOON = 1_772_366_400.0
"""2026-03-01T12:00:00Z."""
HEADER = "entity_id,state,last_changed\n"


def read(folder: Path, content: str | bytes, zone: str = "UTC", **more: float) -> tuple[list[Event], Tally]:
    path = folder / "history.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    file = CsvFile(path, zone, **more)
    events = [event for batch in file.batches() for event in batch]
    assert file.done == 1.0
    assert file.tally.rows == file.tally.events + file.tally.skipped + file.tally.bad
    assert file.tally.events == len(events)
    return events, file.tally


def reasons(tally: Tally) -> list[tuple[int, str]]:
    return [(each.line, each.reason) for each in tally.bad_lines]


def test_what_the_history_panel_exports(tmp_path: Path) -> None:
    content = HEADER + "light.a,on,2026-03-01T12:00:00.000Z\nlight.a,off,2026-03-01T12:00:01.250Z\n"
    events, tally = read(tmp_path, content)
    assert events == [Event(NOON, "light.a", "on"), Event(NOON + 1.25, "light.a", "off")]
    assert tally == Tally(rows=2, events=2)


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        ("2026-03-01T12:00:00Z", 0),
        ("2026-03-01T12:00:00.123456+00:00", 0.123456),
        ("2026-03-01 13:00:00+01:00", 0),
        ("2026-03-01T13:00:00", 0),  # the home's own time
        ("2026-03-01 13:00:00.5", 0.5),
        ("2026-07-01T14:00:00", 122 * 86_400),  # in summer
        ("1772366400", 0),
        ("1772366400.75", 0.75),
        ("  1772366400 ", 0),
    ],
)
def test_times(tmp_path: Path, time: str, seconds: float) -> None:
    events, _ = read(tmp_path, f"{HEADER}light.a,on,{time}\n", "Europe/Amsterdam")
    assert events == [Event(NOON + seconds, "light.a", "on")]


@pytest.mark.parametrize(
    "time", ["", "yesterday", "nan", "inf", "-5", "0", "1772366400000", "20260301", "2026-13-01T00:00:00", "1900-01-01"]
)
def test_no_times(tmp_path: Path, time: str) -> None:
    events, tally = read(tmp_path, f"{HEADER}light.a,on,{time}\n")
    assert events == []
    ((line, reason),) = reasons(tally)
    assert line == 2
    assert "is no time" in reason


def test_the_far_future_is_not_the_newest_event(tmp_path: Path) -> None:
    events, tally = read(tmp_path, f"{HEADER}light.a,on,{NOON}\nlight.a,off,{NOON + 60}\n", latest=NOON + 30)
    assert [event[2] for event in events] == ["on"]
    assert reasons(tally) == [(3, f"'{NOON + 60}' lies in the future")]


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    content = (
        b"\xef\xbb\xbf" + HEADER.replace("\n", "\r\n").encode() + b"light.a,on,1772366400\r\n\r\nlight.a,off,1772366401"
    )
    events, tally = read(tmp_path, content)
    assert [event[2] for event in events] == ["on", "off"]
    assert tally.rows == 2


def test_columns_in_any_order_and_others_left_alone(tmp_path: Path) -> None:
    content = (
        "Context_Parent_Id, state ,attributes,entity_id,context_user_id,last_changed\n"
        'p1,on,"{""a"": 1, ""b"": 2}",light.a,u1,1772366400\n'
        ",off,,light.a,,1772366401\n"
    )
    events, _ = read(tmp_path, content)
    assert events == [Event(NOON, "light.a", "on", "u1", "p1"), Event(NOON + 1, "light.a", "off")]


def test_quoted_fields_may_hold_commas_quotes_and_line_breaks(tmp_path: Path) -> None:
    content = (
        HEADER + '"sensor.a","one, ""two""\nthree",1772366400\r\nsensor.a,5" pipe,1772366401\nlight.b,on,1772366402\n'
    )
    events, tally = read(tmp_path, content)
    assert [event[2] for event in events] == ['one, "two"\nthree', '5" pipe', "on"]
    assert tally.bad == 0


def test_a_quote_that_nobody_closed_spoils_its_own_line_only(tmp_path: Path) -> None:
    good = "".join(f"light.a,{number},{NOON + number}\n" for number in range(40))
    events, tally = read(tmp_path, f'{HEADER}light.a,"on,1772366400\n{good}light.a,"off",x"y\n{good}')
    assert len(events) == 80
    assert [line for line, _ in reasons(tally)] == [2, 43]
    assert "quote" in reasons(tally)[0][1]


def test_rows_out_of_order_are_taken_as_they_come(tmp_path: Path) -> None:
    events, _ = read(tmp_path, f"{HEADER}light.a,on,{NOON + 5}\nlight.b,on,{NOON}\n")
    assert [event[1] for event in events] == ["light.a", "light.b"]


def test_states_that_say_nothing_are_counted_apart(tmp_path: Path) -> None:
    rows = "".join(f"light.a,{state},1772366400\n" for state in ("unknown", "unavailable", "", "  ", "on"))
    events, tally = read(tmp_path, HEADER + rows)
    assert (len(events), tally.skipped, tally.bad) == (1, 4, 0)


def test_bad_rows_are_counted_and_the_first_twenty_named(tmp_path: Path) -> None:
    bad = [
        "Light.A,on,1772366400",
        "light,on,1772366400",
        "light.a,on",
        "light.a,a,b,c",
        f"light.a,{'x' * 256},1772366400",
    ]
    events, tally = read(tmp_path, HEADER + "\n".join(bad) + "\nlight.a,on,1772366400,,\n" + "x\n" * 30)
    assert len(events) == 1
    assert (tally.bad, len(tally.bad_lines)) == (35, 20)
    assert reasons(tally)[:6] == [
        (2, "'Light.A' is no entity id"),
        (3, "'light' is no entity id"),
        (4, "the row has 2 fields, not 3"),
        (5, "the row has 4 fields, not 3"),
        (6, "the state is longer than 255 characters"),
        (8, "the row has 1 fields, not 3"),
    ]


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    content = HEADER.encode() + b"light.a,o\0n,1772366400\nlight.a,\xff\xfe,1772366400\n"
    content += b"light.a," + b"x" * 3 * LONGEST_LINE + b",1772366400\nlight.a,on,1772366400\n" + b"y" * 2 * LONGEST_LINE
    events, tally = read(tmp_path, content)
    assert len(events) == 1
    assert reasons(tally) == [
        (2, "the line holds a NUL byte"),
        (3, "the line is not in UTF-8"),
        (4, f"the line is longer than {LONGEST_LINE} bytes"),
        (6, f"the line is longer than {LONGEST_LINE} bytes"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty: its first line must be entity_id,state,last_changed"),
        (b"light.a,on,2026-03-01T12:00:00Z\n", "no column entity_id and no column state and no column last_changed"),
        (b"entity_id,state\n", "the file has no column last_changed: its first line must name"),
        (b"entity_id;state;last_changed\n", "with commas between them"),
        (b"entity_id,state,state,last_changed\n", "the first line names the column state twice"),
        (HEADER.encode("utf-16"), r"the first line can't be read \(.*\): save the file as CSV in UTF-8"),
        (b"\n" + HEADER.encode(), "no column"),
        (b"SQLite format 3\0" * 2_000, "the first line can't be read"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message):
        read(tmp_path, content)


def test_what_is_missing_is_named_for_programs_too(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest) as caught:
        read(tmp_path, "entity_id,when\n")
    assert [each["path"] for each in caught.value.details] == ["state", "last_changed"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"^nowhere\.csv can't be read"):
        CsvFile(tmp_path / "nowhere.csv", "UTC")


def test_a_header_alone_is_an_empty_history(tmp_path: Path) -> None:
    assert read(tmp_path, HEADER) == ([], Tally())


def test_large_files_are_never_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    with path.open("w") as file:
        file.write(HEADER)
        file.writelines(f"light.a,on,{NOON + number}\n" for number in range(20 * BATCH + 1))
        file.write("z" * 20_000_000)
    file_ = CsvFile(path, "UTC")
    tracemalloc.start()
    try:
        sizes, seen = [], []
        for batch in file_.batches():
            sizes.append(len(batch))
            seen.append(file_.done)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(sizes) == 20 * BATCH + 1
    assert all(BATCH <= size < 2 * BATCH for size in sizes[:-1])
    assert seen == sorted(seen)
    assert 0.0 < seen[0] < seen[-1] == 1.0
    assert (file_.tally.bad, file_.tally.bad_lines[0].line) == (1, 20 * BATCH + 3)
    assert peak < 8_000_000


def test_offsets_and_forms_may_change_from_row_to_row(tmp_path: Path) -> None:
    times = [
        "2026-03-01T12:00:00Z",
        "2026-03-01T14:00:00.5+02:00",
        f"{NOON}",
        "2026-03-01T13:00:00",
        "20260301T120000Z",
    ]
    events, tally = read(tmp_path, HEADER + "".join(f"light.a,on,{each}\n" for each in times), "Europe/Amsterdam")
    assert [each.at - NOON for each in events] == [0, 0.5, 0, 0]
    assert [line for line, _ in reasons(tally)] == [6]


@pytest.mark.parametrize("form", ["{}+00:00", "{}Z", "{}"])
def test_times_are_exact_to_the_microsecond(tmp_path: Path, form: str) -> None:
    random_ = random.Random(4)
    ticks = [random_.randrange(1_500_000_000_000_000, 1_800_000_000_000_000) for _ in range(2000)]
    moments = [datetime.fromtimestamp(each // 1_000_000, UTC).replace(microsecond=each % 1_000_000) for each in ticks]
    texts = [form.format(each.replace(tzinfo=None).isoformat(timespec="microseconds")) for each in moments]
    events, _ = read(tmp_path, HEADER + "".join(f"light.a,on,{each}\n" for each in texts))
    assert [each.at for each in events] == [each / 1e6 for each in ticks]
    events, _ = read(tmp_path, HEADER + "".join(f"light.a,on,{each / 1e6!r}\n" for each in ticks))
    assert [each.at for each in events] == [each / 1e6 for each in ticks]


ODD = [
    "light.a,on",
    "Light.a,on,1772366400",
    "light.a,unavailable,1772366400",
    " light.a , on ,1772366400,,",
    'light.a,"a, ""b""",1772366400',
    'light.a,"one\ntwo\nthree",1772366400',
    'light.a,"never closed,1772366400',
    "",
    "  ",
    ",,",
    "light.a,o\0n,1772366400",
    "light.a,on,today",
    "light.a,on,2026-03-01",
    "light.a,on,NaT",
    "light.a," + "x" * 300 + ",1772366400",
    "light.a," + "y" * 20_000 + ",1772366400",
    "light.\u00fc,on,1772366400",
    "light.a,caf\u00e9\u2028,1772366400\r",
]


@pytest.mark.parametrize("odd", [0.0, 0.01, 0.3])
@pytest.mark.parametrize("seed", range(4))
def test_fast_or_carefully_a_file_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, odd: float
) -> None:
    random_ = random.Random(seed)
    plain = ["light.a,on,2026-03-01T12:00:00Z", "sensor.b,21.5,2026-03-01T12:00:00.25Z", '"light.c","off","1772366400"']
    kinds = plain[seed % 2 : seed % 2 + 2]
    rows = [random_.choice(ODD if random_.random() < odd else kinds) for _ in range(3000)]
    content = HEADER + "\n".join(rows)
    expected = read(tmp_path, content)
    with monkeypatch.context() as patched:
        patched.setattr("workers.data.csv_file._BLOCK", 100 + seed)
        assert read(tmp_path, content) == expected

    def never(_: object) -> None:
        raise ValueError

    monkeypatch.setattr(CsvFile, "_columnwise", lambda self, rows: never(rows))
    assert read(tmp_path, content) == expected
    monkeypatch.setattr("workers.data.csv_file.split", never)
    assert read(tmp_path, content) == expected


def test_rows_with_quotes_are_as_fast_as_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CsvFile, "_odd", lambda *_: pytest.fail("a plain row was looked at closely"))
    rows = "".join(f'"light.a","on","{NOON + number}"\r\n' for number in range(5000))
    assert len(read(tmp_path, HEADER + rows)[0]) == 5000
