"""The canvas of all pictures: one look, and files whose bytes depend on nothing but what is drawn."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from shared.errors import SettingsError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS: Final = "Blues"
"""From light to dark, so that it reads in black and white, too."""
DARK, MIDDLE, MARK, FAINT = "#08306b", "#2f7ebc", "#b8321f", "#767676"
FORMATS: Final = ("png", "svg")

_LOOK: Final[dict[str, Any]] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#9a9a9a",
    "axes.labelcolor": "#333333",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "font.size": 10,
    "savefig.dpi": 144,
    "savefig.facecolor": "white",
    "svg.hashsalt": "homeiq",
    "text.parse_math": False,
    "xtick.color": "#555555",
    "ytick.color": "#555555",
}
_UNSAFE: Final = re.compile(r"[^a-z0-9_.-]+")
_LONGEST_NAME: Final = 80


def check() -> None:
    """See that pictures can be drawn. Raises SettingsError where matplotlib is missing."""
    if find_spec("matplotlib") is None:
        raise SettingsError("pictures need matplotlib: pip install 'homeiq[plots]'")


def safe(name: str) -> str:
    """A part of a file's name: what an entity id has, and nothing else."""
    return _UNSAFE.sub("_", name.lower()).strip(".")[:_LONGEST_NAME] or "_"


@contextmanager
def look() -> Iterator[None]:
    """Draw in our look, whatever the user's own settings of matplotlib say."""
    from matplotlib import style  # noqa: PLC0415 - an extra, and slow

    with style.context(["default", _LOOK]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def sheet(width: float, height: float, margins: tuple[float, float, float, float]) -> tuple[Figure, Axes]:
    """A figure of one chart, and its margins (left, right, bottom, top); all in inches.

    Margins are given, since finding them takes matplotlib longer than all the drawing.
    """
    from matplotlib.figure import Figure as _Figure  # noqa: PLC0415

    left, right, bottom, top = margins
    figure = _Figure(figsize=(width, height))
    inner = (left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height)
    return figure, figure.add_axes(inner)


def save(figure: Figure, stem: Path) -> list[Path]:
    """Write a figure as PNG and SVG, over what is there. Raises OSError."""
    files = [stem.with_name(f"{stem.name}.{kind}") for kind in FORMATS]
    for file, kind in zip(files, FORMATS, strict=True):
        figure.savefig(file, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return files
