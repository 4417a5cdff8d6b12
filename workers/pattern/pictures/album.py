"""All pictures of some patterns, as files in a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.analysis import Pattern
from shared.errors import SettingsError
from workers.pattern.pictures.canvas import check, look, safe, save
from workers.pattern.pictures.lag import PAIRS, draw_lags
from workers.pattern.pictures.past import Past
from workers.pattern.pictures.synergy_graph import draw_synergies, links_of, links_of_patterns
from workers.pattern.pictures.week import draw_week

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Drawing = tuple[str, Callable[[], "Figure"]]


def write_album(
    folder: Path,
    patterns: Sequence[Pattern],
    past: Past,
    areas: Mapping[str, str],
    synergies: Sequence[Mapping[str, Any]] = (),
    tell: Callable[[float, str], None] = lambda _done, _what: None,
) -> list[Path]:
    """Draw all there is to draw, each as PNG and SVG, over what is there; gives the files.

    `week-ENTITY` for each entity, `lag-ENTITY-ENTITY` for each pair, and `synergies`. `areas` are the names of the
    areas of entities. Raises SettingsError where matplotlib is missing, or the folder can't be written.
    """
    check()
    files: list[Path] = []
    drawings = list(_drawings(patterns, past, areas, synergies))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with look():
            for number, (name, draw) in enumerate(drawings):
                tell(number / len(drawings), name)
                files += save(draw(), folder / name)
    except OSError as error:
        raise SettingsError(f"{folder} can't be written ({error.strerror}): name another folder") from None
    return files


def _drawings(
    patterns: Sequence[Pattern], past: Past, areas: Mapping[str, str], synergies: Sequence[Mapping[str, Any]]
) -> Iterator[Drawing]:
    """The pictures and what they are called, no two the same."""
    taken: dict[str, int] = {}

    def named(stem: str, draw: Callable[[], Figure]) -> Drawing:
        taken[stem] = taken.get(stem, 0) + 1
        return (stem if taken[stem] == 1 else f"{stem}-{taken[stem]}"), draw

    for entity in sorted({entity for pattern in patterns for entity in pattern.entities}):
        own = [pattern for pattern in patterns if entity in pattern.entities]
        yield named(f"week-{safe(entity)}", partial(draw_week, entity, own, past))
    for pattern in sorted(patterns, key=lambda each: (each.entities, each.pattern_id)):
        if pattern.pattern_type in PAIRS and len(pattern.entities) == len(pattern.detail.get("states") or ()) == 2:  # noqa: PLR2004 - a pair
            stem = "-".join(map(safe, ("lag", *pattern.entities)))
            yield named(stem, partial(draw_lags, pattern, past))
    links = links_of(synergies) or links_of_patterns(patterns)
    if links:
        yield named("synergies", partial(draw_synergies, links, areas))
