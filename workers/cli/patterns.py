"""`patterns`: what was found, in words, as sparklines and as pictures."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared.errors import DatabaseError, NoWorker, SettingsError
from workers.cli import terminal
from workers.cli.terminal import Json, Timeout

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from contracts.analysis import Pattern
    from shared.home import Registry
    from shared.settings import Settings
    from workers.pattern.pictures.past import Past

_DAY = 86_400
_LONGEST_DAYS = 400
"""That a picture looks back."""
_SUREST = 0.99
"""Nothing is told as certain."""


def patterns(
    entity: Annotated[str | None, typer.Option("--entity", help="Only those with this entity.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Such as trigger or co_occurrence.")] = None,
    status: Annotated[str | None, typer.Option("--status", help="Such as new, active or rejected.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="How many.")] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", file_okay=False, help="A folder for pictures of them, PNG and SVG.")
    ] = None,
    timeout: Timeout = 5.0,
    json_: Json = False,
) -> None:
    """List the patterns that were found, the best first; each with a small chart of the last 30 days."""
    from contracts.analysis import PATTERNS, PatternsRequest

    if plot is not None:
        from workers.pattern.pictures.canvas import check

        check()
    said = {"entity_id": entity, "pattern_type": type_, "status": status, "limit": limit}
    wanted = terminal.request_of(PatternsRequest, {name: value for name, value in said.items() if value is not None})
    chosen = terminal.settings()
    speaker = terminal.client(chosen)
    response = terminal.run(terminal.speaking(speaker.request(PATTERNS, wanted, timeout=timeout), speaker))
    if json_:
        print(response.model_dump_json())
    elif response.patterns:
        _show(response.patterns, chosen)
    else:
        terminal.console().print("There are none. `homeiq analyze` looks for them.")
    if plot is not None:
        told = _draw(response.patterns, _synergies(entity, chosen, timeout), plot, chosen)
        print(told, file=sys.stderr if json_ else sys.stdout)


def _show(found: Sequence[Pattern], chosen: Settings) -> None:
    """Two lines for each: what it is in words, and a small chart with how it stands."""
    from workers.pattern.pictures.past import DAYS
    from workers.pattern.pictures.sparkline import can_draw
    from workers.pattern.pictures.wording import sentence

    zone = _zone(_registry(chosen))
    try:
        past = _past(found, chosen, zone, DAYS)
    except DatabaseError:
        past = None  # a list without charts is better than none
    out, ascii_only = terminal.console(), not can_draw(sys.stdout.encoding)
    for each in found:
        out.print(f"{each.pattern_type.value:<13} {sentence(each, zone)}", markup=False)
        drawn = "" if past is None else f"{chart(each, past, ascii_only=ascii_only)}  "
        sure = f"{min(each.confidence, _SUREST):.0%}".replace("%", " % sure")
        out.print(f"{'':<13} {drawn}{sure}, {each.status.value}, {each.pattern_id}", style="dim", markup=False)


def chart(pattern: Pattern, past: Past, *, ascii_only: bool) -> str:
    """The sparkline of a pattern: of its day for a routine by the clock, else of the last 30 days."""
    from contracts.analysis import PatternType
    from workers.pattern.pictures.past import DAYS
    from workers.pattern.pictures.sparkline import sparkline
    from workers.pattern.pictures.wording import moment

    times = past.occurrences(pattern).times
    if pattern.pattern_type is PatternType.TIME_OF_DAY:
        return f"0h {sparkline(past.a_clock(times).tolist(), ascii_only=ascii_only)} 24h"
    marked: range | tuple[()] = ()
    begin, end = (moment(str(pattern.detail.get(name, ""))) for name in ("start", "end"))
    if pattern.pattern_type is PatternType.ANOMALY and begin and end:
        oldest = past.last_day - DAYS + 1
        marked = range(past.day_of(begin.timestamp()) - oldest, past.day_of(end.timestamp()) - oldest + 1)
    return f"{sparkline(past.a_day(times).tolist(), marked, ascii_only=ascii_only)} {DAYS} days"


def _synergies(entity: str | None, chosen: Settings, timeout: float) -> list[dict[str, Any]]:
    """The synergies, of one entity where it is named; none where no worker knows any."""
    from contracts.synergies import SYNERGIES, SynergiesRequest

    speaker = terminal.client(chosen)
    asked = speaker.request(SYNERGIES, SynergiesRequest(entity_id=entity), timeout=timeout)
    try:
        response = terminal.run(terminal.speaking(asked, speaker))
    except NoWorker:
        return []
    return [each.model_dump() for each in response.synergies]


def _draw(found: Sequence[Pattern], synergies: list[dict[str, Any]], folder: Path, chosen: Settings) -> str:
    """Draw all pictures, and say how many there are."""
    from workers.pattern.pictures.album import write_album

    registry = _registry(chosen)
    past = _past(found, chosen, _zone(registry), _LONGEST_DAYS)
    if past is None:
        raise SettingsError(
            f"there is no history to draw in {chosen.homeiq_data}: name the data folder by HOMEIQ_DATA, or import one"
        )
    names = {area_id: area.name for area_id, area in registry.areas.items()}
    areas = {
        entity_id: names.get(entity.area_id, entity.area_id)
        for entity_id, entity in registry.entities.items()
        if entity.area_id
    }
    with terminal.progress("Drawing") as tell:
        files = write_album(folder, found, past, areas, synergies, tell)
    return f"{len(files)} files in {folder}."


def _past(found: Sequence[Pattern], chosen: Settings, zone: ZoneInfo, days: int) -> Past | None:
    """The last days of the entities of patterns: a month, and up to so many days where the patterns go back as far.

    None where there is no history here. Raises DatabaseError.
    """
    from shared.history.opening import HISTORY_FILE, open_history
    from workers.pattern.pictures.past import DAYS, Past

    if chosen.influxdb_url is None and not (chosen.homeiq_data / HISTORY_FILE).exists():
        return None
    with open_history(chosen) as history:
        first, last, _ = history.span()
        if first is None or last is None:
            return None
        wanted = min(last - (DAYS + 1) * _DAY, _earliest(found, last))
        since = max(first, wanted, last - (days + 1) * _DAY)
        read = history.read(since, None, {entity for each in found for entity in each.entities})
    return Past(read, zone, since, last)


def _earliest(found: Sequence[Pattern], last: float) -> float:
    """When the first of the patterns was seen first, less a day: its states of before are then known."""
    from workers.pattern.pictures.wording import moment

    moments = filter(None, (moment(each.first_seen) for each in found))
    return min((each.timestamp() for each in moments), default=last) - _DAY


def _registry(chosen: Settings) -> Registry:
    """The home as the workers saved it; an empty one where it can't be read from here."""
    from shared.home import Registry as _Registry
    from shared.settings import database_file

    url = chosen.database_url.get_secret_value()
    file = database_file(url)
    if file is not None and not file.exists():
        return _Registry()
    try:
        return terminal.run(_loaded(url))
    except DatabaseError:
        return _Registry()


async def _loaded(url: str) -> Registry:
    from shared.database_pool import create_shared_db_engine, dispose_engines
    from shared.home_store import HomeStore

    try:
        registry, _ = await HomeStore(create_shared_db_engine(url)).load()
    finally:
        await dispose_engines()
    return registry


def _zone(registry: Registry) -> ZoneInfo:
    from zoneinfo import ZoneInfo as _ZoneInfo

    return _ZoneInfo(registry.time_zone)
