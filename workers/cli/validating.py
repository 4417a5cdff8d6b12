"""`validate`: says of automations in YAML files whether they work and are safe; for people, and for a git hook."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contracts.automation import AutomationFinding, FindingSeverity, Preset, ValidateRequest, ValidateResponse
from shared.errors import DatabaseError, DeadlineExceeded, InvalidRequest, NoWorker, SettingsError
from workers.cli import terminal
from workers.cli.terminal import Json, Timeout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.bus.client import Client
    from shared.home import Snapshot
    from shared.settings import Settings
    from workers.automation.plan.plan import Plan
    from workers.automation.reading.reading import Reading
    from workers.automation.safety.override import Override

    Saved = tuple[Snapshot, list[tuple[Override, ...]]]

_COLOURS = {FindingSeverity.ERROR: "bold red", FindingSeverity.WARNING: "yellow", FindingSeverity.INFO: "cyan"}
_LARGEST = 1_100_000
"""Bytes of a file that are read: what is larger is no automation that can be judged."""


@dataclass(frozen=True)
class Given:
    """One automation of a file: as it was read, and its part of the text, on the lines where it stands."""

    file: str
    reading: Reading
    text: str

    @property
    def line(self) -> int:
        """Where it begins."""
        place = self.reading.locate("")
        return place.line if place is not None else 1

    @property
    def name(self) -> str:
        """What it is called."""
        plan = self.reading.plan
        return (plan.alias or plan.id or "" if plan is not None else "") or f"line {self.line}"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(validate)


def validate(
    files: Annotated[list[str], typer.Argument(help="YAML files with automations; `-` is stdin.", metavar="FILE...")],
    preset: Annotated[Preset, typer.Option("--preset", help="How strictly.")] = Preset.MODERATE,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no worker: judge here, against the home as it was last saved.")
    ] = False,
    timeout: Timeout = 5.0,
    json_: Json = False,
) -> None:
    """Judge the automations in files. Exit status 0: all are valid and safe; 1: one is not; 2: a file can't be read."""
    chosen = terminal.settings("error")
    given = [each for file in files for each in _read(file)]
    answers = None if offline else _asked(given, preset, chosen, timeout)
    if answers is None:
        answers = _judged_here(given, preset, chosen)
        if not offline:
            print("homeiq: no worker answers: judged here, against the home as it was last saved", file=sys.stderr)
    if json_:
        terminal.print_json(_document(given, answers))
    else:
        _show(given, answers)
    if not all(each.valid and each.safe for each in answers):
        raise typer.Exit(terminal.FAILED)


# -- the files ---------------------------------------------------------------------------------------------------------


def _read(file: str) -> list[Given]:
    from workers.automation.reading.reading import read_all_yaml

    text = _text(file)
    readings = read_all_yaml(text)
    if len(readings) == 1:
        return [Given(file, readings[0], text)]
    lines = text.splitlines(keepends=True)
    found = [Given(file, each, "") for each in readings]
    starts = [each.line for each in found]
    if sorted(set(starts)) != starts:  # several on one line: JSON
        return found
    ends = [*(start - 1 for start in starts[1:]), len(lines)]
    return [
        Given(file, each.reading, "\n" * (start - 1) + "".join(lines[start - 1 : end]))
        for each, start, end in zip(found, starts, ends, strict=True)
    ]


def _text(file: str) -> str:
    try:
        content = sys.stdin.buffer.read(_LARGEST) if file == "-" else _content(Path(file))
        return content.decode("utf-8-sig")
    except OSError as error:
        raise SettingsError(f"{file} can't be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise SettingsError(f"{file} is no text in UTF-8: {error.reason} at byte {error.start}") from None


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_LARGEST)


# -- the verdicts ------------------------------------------------------------------------------------------------------


def _asked(given: Sequence[Given], preset: Preset, chosen: Settings, timeout: float) -> list[ValidateResponse] | None:
    """What the worker says; None where none answers."""
    try:
        speaker = terminal.client(chosen)
        return terminal.run(terminal.speaking(_ask_all(speaker, given, preset, timeout), speaker))
    except (terminal.NobodyThereError, NoWorker, DeadlineExceeded):
        return None


async def _ask_all(speaker: Client, given: Sequence[Given], preset: Preset, timeout: float) -> list[ValidateResponse]:
    from contracts.automation import VALIDATE

    answers = []
    for each in given:
        try:
            answers.append(await speaker.request(VALIDATE, _request(each, preset), timeout=timeout))
        except InvalidRequest as error:
            raise SettingsError(f"{each.file}: {each.name} can't be asked: {error.message}") from None
    return answers


def _request(given: Given, preset: Preset) -> ValidateRequest:
    """By its text, which says more than the document; by that only where it has no lines of its own."""
    from workers.automation.reading.reading import read_yaml

    if given.reading.plan is None or read_yaml(given.text).plan == given.reading.plan:
        return ValidateRequest(yaml=given.text, preset=preset)
    return ValidateRequest(automation=given.reading.document, preset=preset)


def _judged_here(given: Sequence[Given], preset: Preset, chosen: Settings) -> list[ValidateResponse]:
    from workers.automation.home_view import HomeView
    from workers.automation.verdict import judge_reading
    from workers.automation.worker import response

    plans = [each.reading.plan for each in given]
    saved = _saved(chosen, plans)
    home, allowed = (HomeView(), [()] * len(plans)) if saved is None else (HomeView.of(saved[0]), saved[1])
    return [
        response(judge_reading(each.reading, home, preset.value, overrides))
        for each, overrides in zip(given, allowed, strict=True)
    ]


def _saved(chosen: Settings, plans: Sequence[Plan | None]) -> Saved | None:
    """The home as the workers saved it, and what is allowed of each plan; None where it can't be read from here."""
    from shared.settings import database_file

    url = chosen.database_url.get_secret_value()
    file = database_file(url)
    if file is not None and not file.exists():
        return None
    try:
        return terminal.run(_loaded(url, plans))
    except DatabaseError:
        return None


async def _loaded(url: str, plans: Sequence[Plan | None]) -> Saved:
    from shared.database_pool import create_shared_db_engine, dispose_engines
    from shared.home import Snapshot as _Snapshot
    from shared.home_store import HomeStore
    from shared.migrations import check_schema
    from workers.automation.override_store import OverrideStore

    try:
        engine = create_shared_db_engine(url)
        home = _Snapshot(*await HomeStore(engine).load())
        try:
            await check_schema(engine)
        except DatabaseError:  # an older one, which knows no overrides
            return home, [()] * len(plans)
        allowed = [() if each is None else await OverrideStore(engine).standing(each) for each in plans]
        return home, allowed
    finally:
        await dispose_engines()


# -- what is shown -----------------------------------------------------------------------------------------------------


def _document(given: Sequence[Given], answers: Sequence[ValidateResponse]) -> dict[str, Any]:
    """All of it as one: the verdicts of all together, and each by itself."""
    each_told = [
        {"file": one.file, "line": one.line, "alias": one.name, **answer.model_dump(mode="json")}
        for one, answer in zip(given, answers, strict=True)
    ]
    return {
        "valid": all(each.valid for each in answers),
        "safe": all(each.safe for each in answers),
        "score": min((each.score for each in answers), default=100),
        "findings": [finding for told in each_told for finding in told["findings"]],
        "automations": each_told,
    }


def _show(given: Sequence[Given], answers: Sequence[ValidateResponse]) -> None:
    out = terminal.console()
    for one, answer in zip(given, answers, strict=True):
        good = answer.valid and answer.safe
        out.print(f"{one.name}: {_verdict(answer)}", style="bold green" if good else "bold red", markup=False)
        if answer.explanation:
            for sentence in answer.explanation.splitlines():
                out.print(f"  {sentence}", style="dim", markup=False)
        for line, column, finding in _by_line(one, answer):
            place = f"{one.file}:{line}:{column}"
            out.print(f"  {place}: ", style="dim", markup=False, end="")
            out.print(f"{finding.severity.value}", style=_COLOURS[finding.severity], markup=False, end="")
            out.print(f": {finding.message} [{finding.code}]", markup=False)
        if answer.findings_left_out:
            out.print(f"  … and {answer.findings_left_out} more", markup=False)
    if len(given) > 1:
        bad = sum(not (each.valid and each.safe) for each in answers)
        out.print(f"{len(given)} automations, {bad or 'none'} of them not valid or not safe", markup=False)


def _verdict(answer: ValidateResponse) -> str:
    valid = "valid" if answer.valid else "not valid"
    safe = "safe" if answer.safe else "not safe"
    return f"{valid}{' and ' if answer.valid is answer.safe else ', '}{safe}, score {answer.score}"


def _by_line(given: Given, answer: ValidateResponse) -> list[tuple[int, int, AutomationFinding]]:
    """The findings with their places, from the top of the file to its end."""
    found = []
    for each in answer.findings:
        place = given.reading.locate(each.path)
        line = each.line or (place.line if place is not None else given.line)
        found.append((line, each.column or (place.column if place is not None else 1), each))
    return sorted(found, key=lambda each: each[:2])
