"""`check`: trying out settings, broker, workers and home."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from shared.errors import BrokerError, LoginRefused
from workers.cli import terminal
from workers.cli.asking import reports_of
from workers.cli.terminal import Json

if TYPE_CHECKING:
    from shared.broker.probes import Finding
    from shared.bus.client import Client
    from shared.settings import Settings

_MARKS = {"ok": "[green]ok[/]    ", "weaker": "[yellow]weaker[/]", "failed": "[red]failed[/]"}


def register(app: typer.Typer) -> None:
    """Add the commands of this group."""
    app.command()(check)


def check(json_: Json = False) -> None:
    """Try out settings, broker, workers and home, and name what is missing or weaker. Warnings alone are status 0."""
    from rich.markup import escape

    findings = terminal.run(_check(terminal.settings("error")))
    if json_:
        terminal.print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            terminal.console().print(_MARKS[finding.verdict], escape(f"{finding.probe}: {finding.message}"))
    if any(finding.probe == "broker" for finding in findings):
        raise typer.Exit(terminal.NOBODY_ANSWERS)
    if any(finding.verdict == "failed" for finding in findings):
        raise typer.Exit(terminal.FAILED)


async def _check(chosen: Settings) -> list[Finding]:
    """Settings first, then the broker, then who is on it."""
    from shared.broker.probes import BrokerProbes, Finding, Verdict
    from shared.bus.mqtt import mqtt_connector

    findings = await _settings(chosen)
    try:
        address = terminal.broker_address(chosen, terminal.ADMIN)
        user = address.username or "anonymous"
        findings += await BrokerProbes(mqtt_connector(address), chosen.homeiq_root, user).run()
        speaker = terminal.client(chosen)
        findings += await terminal.speaking(_workers(speaker), speaker)
    except LoginRefused:
        raise
    except BrokerError as error:
        findings.append(Finding("broker", Verdict.FAILED, str(error)))
    return findings


async def _settings(chosen: Settings) -> list[Finding]:
    from shared.broker.probes import Finding, Verdict
    from shared.config_validator import ConfigValidator

    told = await ConfigValidator(chosen).validate_all()
    findings = [Finding("settings", Verdict.FAILED, text) for text in told.critical_errors]
    findings += [Finding("settings", Verdict.WEAKER, text) for text in told.warnings]
    findings += [Finding("settings", Verdict.OK, f"recommended: {text}") for text in told.recommendations]
    return findings or [Finding("settings", Verdict.OK, "nothing to say against them")]


async def _workers(speaker: Client) -> list[Finding]:
    from contracts.catalogue import WORKERS
    from shared.broker.probes import Finding, Verdict

    verdicts = {"ok": Verdict.OK, "degraded": Verdict.WEAKER, "failed": Verdict.FAILED}
    presences, reports = await reports_of(speaker)
    online = {each.worker for each in presences if each.status == "online"}
    findings = [
        Finding(f"worker {name}", Verdict.FAILED, "not there: `homeiq up` starts all, `homeiq worker` one")
        for name in WORKERS
        if name not in online
    ]
    for name, report in reports.items():
        for probe, found in report.checks.items():
            figures = ", ".join(f"{key} {value}" for key, value in found.figures.items() if value is not None)
            findings.append(Finding(f"{name}: {probe}", verdicts[found.status], found.message or figures))
    return findings
