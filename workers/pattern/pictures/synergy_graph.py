"""The graph of synergies: which devices go with which, on a circle by area."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from contracts.analysis import Pattern, PatternType
from workers.pattern.pictures.canvas import COLOURS, DARK, FAINT, sheet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST: Final = 60
"""Links that are drawn; of more, the best."""
NOWHERE: Final = "no area"
TOGETHER: Final = "together"
"""The relationship in which neither comes first."""
_GAP: Final = 0.8
"""Between areas, in places of a device."""
_LONGEST_NAME: Final = 36


@dataclass(frozen=True, slots=True)
class Link:
    """Two devices in causal order (where `ordered`), and how good their synergy is, 0 to 1."""

    one: str
    other: str
    score: float
    ordered: bool = True


@dataclass(frozen=True, slots=True)
class Circle:
    """Places on a circle, in radians, clockwise from the top: those of devices, and each area's first and last."""

    devices: dict[str, float]
    areas: dict[str, tuple[float, float]]


def links_of(synergies: Iterable[Mapping[str, Any]]) -> list[Link]:
    """The links of synergies, the best first: each step of a chain once, with its best score."""
    return _best(
        Link(one, other, float(synergy.get("score") or 0.0), synergy.get("relationship") != TOGETHER)
        for synergy in synergies
        for one, other in pairwise(map(str, synergy.get("devices") or ()))
    )


def links_of_patterns(patterns: Iterable[Pattern]) -> list[Link]:
    """The same from patterns, where there are no synergies: their score is their quality."""
    return _best(
        Link(pattern.entities[0], pattern.entities[1], pattern.quality, pattern.pattern_type is PatternType.TRIGGER)
        for pattern in patterns
        if pattern.pattern_type in {PatternType.TRIGGER, PatternType.CO_OCCURRENCE} and len(pattern.entities) > 1
    )


def _best(links: Iterable[Link]) -> list[Link]:
    """The best of each two devices, in order of the score."""
    best: dict[tuple[str, str], Link] = {}
    for link in sorted(links, key=lambda each: (-each.score, each.one, each.other)):
        best.setdefault((link.one, link.other), link)
    return list(best.values())


def placed(links: Sequence[Link], areas: Mapping[str, str]) -> Circle:
    """A place for each device of the links; those of an area are neighbours, with a gap to the next area."""
    devices = sorted({name for link in links for name in (link.one, link.other)})
    groups: dict[str, list[str]] = {}
    for device in sorted(devices, key=lambda name: (name not in areas, areas.get(name, ""), name)):
        groups.setdefault(areas.get(device, NOWHERE), []).append(device)
    step = 2 * np.pi / max(len(devices) + _GAP * len(groups), 1)
    found, spans, at = {}, {}, 0.0
    for area, members in groups.items():
        spans[area] = (at * step, (at + len(members) - 1) * step)
        for device in members:
            found[device] = at * step
            at += 1
        at += _GAP
    return Circle(found, spans)


def draw_synergies(links: Sequence[Link], areas: Mapping[str, str]) -> Figure:
    """The best links as arrows between devices; the darker and wider, the better. Areas stand outside."""
    from matplotlib.cm import ScalarMappable  # noqa: PLC0415
    from matplotlib.colors import Normalize  # noqa: PLC0415

    shown = list(links[:MOST])
    circle = placed(shown, areas)
    figure, axes = sheet(10.5, 9.2, (0.1, 0.1, 0.65, 0.35))
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_xlim(-2.15, 2.15)
    axes.set_ylim(-1.85, 1.85)
    more = f" (the best {len(shown)} of {len(links)})" if len(links) > len(shown) else ""
    axes.set_title(f"What goes with what{more}")
    colours = _upper_part()
    for link in reversed(shown):
        _arrow(axes, link, circle, colours(link.score))
    for device, angle in circle.devices.items():
        _device(axes, device, angle)
    for area, span in circle.areas.items():
        _area(axes, area, span)
    legend = ScalarMappable(Normalize(0.0, 1.0), colours)
    bar = figure.colorbar(legend, cax=figure.add_axes((0.35, 0.055, 0.3, 0.011)), orientation="horizontal")
    bar.set_label("score of the link; an arrow goes from what comes first", fontsize=9)
    bar.outline.set_visible(False)
    return figure


def _upper_part() -> Any:
    """The colours of links: without the lightest, which can't be seen on white."""
    from matplotlib import colormaps  # noqa: PLC0415
    from matplotlib.colors import ListedColormap  # noqa: PLC0415

    return ListedColormap(colormaps[COLOURS](np.linspace(0.35 / 1.35, 1.0, 128)))


def _point(angle: float, radius: float) -> tuple[float, float]:
    return float(radius * np.sin(angle)), float(radius * np.cos(angle))


def _arrow(axes: Axes, link: Link, circle: Circle, colour: Any) -> None:
    from matplotlib.patches import FancyArrowPatch  # noqa: PLC0415

    one, other = circle.devices[link.one], circle.devices[link.other]
    apart = float((other - one + np.pi) % (2 * np.pi) - np.pi)
    bend = (1.0 if apart > 0 else -1.0) * (0.45 - 0.1 * abs(apart))
    axes.add_patch(
        FancyArrowPatch(
            _point(one, 0.985),
            _point(other, 0.985),
            connectionstyle=f"arc3,rad={bend:.4f}",
            arrowstyle="-|>" if link.ordered else "-",
            mutation_scale=13,
            shrinkA=3,
            shrinkB=5,
            linewidth=1.0 + 2.2 * link.score,
            color=colour,
            joinstyle="miter",
        )
    )


def _device(axes: Axes, device: str, angle: float) -> None:
    """A dot, and its name outwards; never upside down."""
    axes.plot(*_point(angle, 1.0), marker="o", markersize=7, color=DARK, zorder=4)
    left = np.sin(angle) < 0
    turned = 90.0 - np.degrees(angle)
    axes.annotate(
        device if len(device) <= _LONGEST_NAME else f"{device[: _LONGEST_NAME - 1]}…",
        _point(angle, 1.05),
        rotation=turned + 180.0 if left else turned,
        rotation_mode="anchor",
        ha="right" if left else "left",
        va="center",
        fontsize=8.5,
        color="#222222",
    )


def _area(axes: Axes, area: str, span: tuple[float, float]) -> None:
    """An arc along the devices of an area, with its name inside of it."""
    reach = np.linspace(span[0] - 0.05, span[1] + 0.05, 40)
    axes.plot(np.sin(reach), np.cos(reach), color=FAINT, linewidth=6.0, alpha=0.3, zorder=0)
    middle = (span[0] + span[1]) / 2
    axes.annotate(
        area,
        _point(middle, 0.74),
        ha="center",
        va="center",
        fontsize=9,
        fontweight="bold",
        color="#555555",
        zorder=5,
        bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.85},
    )
