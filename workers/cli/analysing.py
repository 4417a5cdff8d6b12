"""`analyze` and `patterns`: what regularly happens in the home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from shared.errors import Unavailable
from workers.cli import terminal
from workers.cli.terminal import Json, Timeout

if TYPE_CHECKING:
    from contracts.analysis import Pattern


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(analyze)
    app.command()(patterns)


def analyze(
    days: Annotated[int, typer.Option(min=1, max=3650, help="How far back from the newest event.")] = 30,
    full: Annotated[bool, typer.Option("--full", help="Take nothing from the cache.")] = False,
    timeout: Timeout = 600.0,
    json_: Json = False,
) -> None:
    """Look for patterns in the home's past, and wait for the end."""
    from contracts.analysis import RUN, AnalysisDone, AnalysisRequest
    from contracts.jobs import JobStatus

    speaker = terminal.client(terminal.settings())
    with terminal.progress("Analysing") as told:
        running = speaker.run(
            RUN,
            AnalysisRequest(days=days, full=full),
            timeout=timeout,
            progress=lambda fact: told(fact.done, fact.message),
        )
        done = terminal.run(terminal.speaking(running, speaker))
    assert isinstance(done, AnalysisDone)  # noqa: S101 - for the type checker
    if json_:
        print(done.model_dump_json())
    elif done.status is JobStatus.COMPLETED:
        terminal.console().print(
            f"{done.events} events of {done.days} days: {done.patterns_detected} patterns, {done.patterns_new} of them "
            f"new ({done.duration_seconds:.1f} s). `homeiq patterns` lists them.",
            markup=False,
        )
    if done.status is not JobStatus.COMPLETED:
        raise Unavailable(f"the analysis {done.status.value}: {'; '.join(done.errors) or 'nothing more is known'}")


def patterns(
    entity: Annotated[str | None, typer.Option("--entity", help="Only those with this entity.")] = None,
    type_: Annotated[str | None, typer.Option("--type", help="Such as trigger or co_occurrence.")] = None,
    status: Annotated[str | None, typer.Option("--status", help="Such as new, active or rejected.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="How many.")] = None,
    timeout: Timeout = 5.0,
    json_: Json = False,
) -> None:
    """List the patterns that were found, the best first."""
    from contracts.analysis import PATTERNS, PatternsRequest

    said = {"entity_id": entity, "pattern_type": type_, "status": status, "limit": limit}
    wanted = terminal.request_of(PatternsRequest, {name: value for name, value in said.items() if value is not None})
    speaker = terminal.client(terminal.settings())
    response = terminal.run(terminal.speaking(speaker.request(PATTERNS, wanted, timeout=timeout), speaker))
    if json_:
        print(response.model_dump_json())
        return
    for each in response.patterns:
        terminal.console().print(_line(each), markup=False)
    if not response.patterns:
        terminal.console().print("There are none. `homeiq analyze` looks for them.")


def _line(pattern: Pattern) -> str:
    states = pattern.detail.get("states") or []
    told = [f"{entity} {state}" for entity, state in zip(pattern.entities, states, strict=False)] or pattern.entities
    joined = (" -> " if pattern.pattern_type == "trigger" else " + ").join(told)
    return (
        f"{pattern.pattern_id}  {pattern.pattern_type:<13} {pattern.confidence:4.0%} of {pattern.support:>4} times  "
        f"{joined}  ({pattern.status.value})"
    )
