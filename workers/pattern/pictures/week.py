"""The week of an entity: at what times of which days it changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from contracts.analysis import Pattern, PatternType
from workers.pattern.pictures.canvas import COLOURS, MARK, sheet
from workers.pattern.pictures.past import Past
from workers.pattern.pictures.wording import becomes, clock

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PARTS: Final = 48
"""Half hours of a day."""
_NAMES: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ROWS: Final = {"all": (0, 6), "weekday": (0, 4), "weekend": (5, 6)}
_HOURS: Final = range(0, 25, 3)
_CROWDED: Final = 1.4
"""Hours between two times, below which they would be written over each other."""


def states_of(entity_id: str, patterns: Iterable[Pattern]) -> list[str]:
    """The states of an entity that patterns speak of, `on` before `off`; none where they speak of all its changes."""
    found: set[str] = set()
    for pattern in patterns:
        states = pattern.detail.get("states") or [pattern.detail.get("state")]
        told = zip(pattern.entities, states, strict=False)
        found.update(str(state) for entity, state in told if entity == entity_id and state is not None)
    return sorted(found, reverse=True)


def week_of(entity_id: str, states: Sequence[str], past: Past) -> NDArray[np.float64]:
    """Changes in each half hour of an average week, shape (7, 48); to these states, or all where there are none."""
    times = [past.times(entity_id, state) for state in states] or [past.times(entity_id)]
    return past.a_week(np.concatenate(times), PARTS)


def draw_week(entity_id: str, patterns: Sequence[Pattern], past: Past) -> Figure:
    """A heat map with a row for each weekday; the routines by the clock among the patterns are marked."""
    states = states_of(entity_id, patterns)
    figure, axes = sheet(8.6, 3.1, (0.55, 0.3, 0.55, 0.65))
    week = week_of(entity_id, states, past)
    shown = axes.pcolormesh(
        np.arange(PARTS + 1) / 2, np.arange(8), week, cmap=COLOURS, vmin=0.0, vmax=week.max() or 1.0, edgecolors="w"
    )
    shown.set_linewidth(0.4)
    routines = [each for each in patterns if _is_routine_of(each, entity_id)]
    axes.set_title(f"{entity_id}: when it {_does(entity_id, states)}", pad=26 if routines else 8)
    axes.set_xlabel("hour of the day, on the home's clock")
    axes.set_xticks(list(_HOURS), [f"{hour}" for hour in _HOURS])
    axes.set_yticks(np.arange(7) + 0.5, _NAMES)
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[:].set_color("#d0d0d0")
    axes.spines[:].set_visible(True)
    bar = figure.colorbar(shown, ax=axes, pad=0.015, aspect=14, fraction=0.09)
    bar.set_label("average of each half hour", fontsize=9)
    bar.ax.locator_params(nbins=4)
    bar.outline.set_visible(False)
    _mark(axes, routines)
    return figure


def _does(entity_id: str, states: Sequence[str]) -> str:
    if not states:
        return "changes"
    does = [becomes(entity_id, state) for state in states]
    return " or ".join([", ".join(does[:-1]), does[-1]] if len(does) > 1 else does)


def _is_routine_of(pattern: Pattern, entity_id: str) -> bool:
    return pattern.pattern_type is PatternType.TIME_OF_DAY and pattern.entities[0] == entity_id


def _mark(axes: Axes, routines: Sequence[Pattern]) -> None:
    """A line at the time of each routine, on its days; the time stands above, lower and higher by turns."""
    last_hour, low = -_CROWDED, True
    for pattern in sorted(routines, key=_hour):
        hour = _hour(pattern)
        first, last = _ROWS.get(str(pattern.detail.get("days")), _ROWS["all"])
        axes.plot([hour, hour], [first, last + 1], color=MARK, linewidth=1.5, linestyle=(0, (3, 2)))
        low = hour - last_hour >= _CROWDED or not low
        last_hour = hour
        axes.annotate(
            clock(60 * hour),
            (hour, 0),
            (0, 3 if low else 13),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=MARK,
            fontsize=9,
            fontweight="bold",
        )


def _hour(pattern: Pattern) -> float:
    return float(pattern.detail.get("minute_of_day") or 0.0) / 60
