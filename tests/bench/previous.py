"""What the round trips of reads took when they were measured before, to be seen beside what they take now."""

from __future__ import annotations

from typing import Final, NamedTuple

from tests.bench.report import Row
from tests.bench.roundtrips import FASTSTREAM, HOMEIQ, RAW, READS, Contender, Table


class Earlier(NamedTuple):
    """P50 at one caller in milliseconds, and requests a second at ten and at a hundred."""

    p50: float
    at_10: float
    at_100: float


DATE: Final = "2026-11-21"
"""When, on 2 CPUs: before there were effects."""
EARLIER: Final[dict[Contender, Earlier]] = {
    RAW: Earlier(0.376, 9_973, 11_518),
    FASTSTREAM: Earlier(1.87, 999, 944),
    HOMEIQ: Earlier(0.634, 4_279, 6_667),
}


def previous_rows(found: Table) -> list[Row]:
    """Now to then, for each contender: above 1 is slower. The floor tells how far the machine is another one."""
    section = f"time of a read, now / {DATE}"
    slower = {each: _slower(found, each) for each in READS}
    rows = []
    for place, name in enumerate(("1 caller, P50", "10 callers", "100 callers")):
        rows += [Row(section, f"{name}, {each.name}", slower[each][place], "x") for each in READS]
        rows.append(Row(section, f"{name}, HomeIQ, in units of raw", slower[HOMEIQ][place] / slower[RAW][place], "x"))
    return rows


def _slower(found: Table, contender: Contender) -> Earlier:
    now, then = found[contender], EARLIER[contender]
    return Earlier(now[1].p50 / then.p50, then.at_10 / now[10].per_second, then.at_100 / now[100].per_second)
