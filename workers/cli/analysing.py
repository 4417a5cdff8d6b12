"""`analyze`: look for what regularly happens in the home."""

from __future__ import annotations

from typing import Annotated

import typer

from shared.errors import Unavailable
from workers.cli import terminal
from workers.cli.patterns import patterns
from workers.cli.terminal import Json, Timeout


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
        if done.explanation:
            terminal.console().print(done.explanation, markup=False)
    if done.status is not JobStatus.COMPLETED:
        raise Unavailable(f"the analysis {done.status.value}: {'; '.join(done.errors) or 'nothing more is known'}")
