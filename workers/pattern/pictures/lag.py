"""Lags: how long after the first thing the second one came, in all occurrences of a pair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from contracts.analysis import Pattern, PatternType
from workers.pattern.pictures.canvas import DARK, FAINT, MARK, MIDDLE, sheet
from workers.pattern.pictures.past import Past, window_of
from workers.pattern.pictures.wording import becomes, duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BARS: Final = 30
PAIRS: Final = frozenset({PatternType.TRIGGER, PatternType.CO_OCCURRENCE})
"""What has lags to draw."""


def draw_lags(pattern: Pattern, past: Past) -> Figure:
    """A histogram of the lags of a pair, with their middle, and what chance would give."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - an extra, and slow

    lags = past.occurrences(pattern).lags / 1_000
    window = window_of(pattern)
    either = pattern.pattern_type is PatternType.CO_OCCURRENCE
    figure, axes = sheet(7.2, 3.5, (0.65, 0.2, 0.55, 0.6))
    edges = np.linspace(-window if either else 0.0, window, BARS + 1)
    axes.hist(np.clip(lags, edges[0], edges[-1]), bins=list(edges), color=MIDDLE, edgecolor="white", linewidth=0.6)
    axes.set_title(_title(pattern))
    axes.set_xlim(edges[0], edges[-1])
    axes.set_xlabel(_along(pattern), loc="left")
    axes.set_ylabel(f"times, of {len(lags)}")
    axes.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    axes.margins(y=0.22)
    _say_chance(axes, pattern)
    if len(lags):
        _say_middle(axes, float(np.median(lags)), either=either)
    return figure


def _title(pattern: Pattern) -> str:
    states = [str(each) for each in pattern.detail.get("states") or []]
    one, other = (f"{entity} {becomes(entity, state)}" for entity, state in zip(pattern.entities, states, strict=False))
    joined = "and" if pattern.pattern_type is PatternType.CO_OCCURRENCE else "then"
    return f"{one},\n{joined} {other}"


def _along(pattern: Pattern) -> str:
    if pattern.pattern_type is PatternType.CO_OCCURRENCE:
        return "seconds from the first to the second, below 0 where that came first"
    return "seconds from the first to the second"


def _say_middle(axes: Axes, middle: float, *, either: bool) -> None:
    if either:
        axes.axvline(0.0, color=DARK, linewidth=1.0)
        return
    axes.axvline(middle, color=MARK, linewidth=1.4, linestyle=(0, (3, 2)))
    right = middle > 0.7 * axes.get_xlim()[1]
    axes.annotate(
        f"half of them within {duration(middle)}",
        (middle, 0.95),
        (-5 if right else 5, 0),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="right" if right else "left",
        va="top",
        color=MARK,
        fontsize=9,
        fontweight="bold",
    )


def _say_chance(axes: Axes, pattern: Pattern) -> None:
    expected = pattern.detail.get("expected")
    if not isinstance(expected, int | float):
        return
    level = expected / BARS
    axes.axhline(level, color=FAINT, linewidth=1.2, linestyle=(0, (1, 1.5)))
    axes.annotate(
        f"dotted: by chance, {expected:.0f} in all" if expected >= 1 else "dotted: by chance, less than one in all",
        (1.0, 0.0),
        (0, -24),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="top",
        color=FAINT,
        fontsize=9,
    )
