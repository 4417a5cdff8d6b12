"""What nobody can see before it runs: shells, chosen targets, blueprints."""

from __future__ import annotations

from collections.abc import Iterator

from workers.automation.finding import Code, Finding, error, info, warning
from workers.automation.plan.walk import templates_in
from workers.automation.safety.case import Case
from workers.automation.safety.override import SIGN
from workers.automation.safety.preset import RUNTIME_TARGET

SHELLS = frozenset({"shell_command", "python_script", "command_line", "pyscript", "hassio", "ssh_command", "terminal"})
"""Domains whose services run whatever somebody wrote."""
_HARMLESS_OF_SHELLS = frozenset({"reload", "backup_full", "backup_partial", "addon_restart", "app_restart"})
_SENDING = frozenset({"rest_command", "downloader"})
_HARMLESS = frozenset({"light", "media_player", "fan", "notify", "tts", "input_boolean", "input_number", "input_text",
                       "input_select", "input_datetime", "counter", "timer", "todo", "remote", "vacuum"})  # fmt: skip


def shell(case: Case) -> Iterator[Finding]:
    """A command or a script of the machine is run, or a request is sent whose content is chosen when it runs.

    Reason: it can do anything with the machine, and what a template puts in may come from outside.
    Dangerous: `shell_command.x`, `python_script.x`, a `rest_command` with a template. Harmless: a plain `rest_command`.
    """
    for deed in case.course.deeds:
        if deed.domain in SHELLS and deed.verb not in _HARMLESS_OF_SHELLS and _runs(deed.domain, deed.verb):
            yield error(Code.SHELL, deed.path, f"{deed.service} runs code on the machine{deed.means}. {SIGN}")
        elif deed.domain in _SENDING and deed.templated:
            told = f"{deed.service} sends what is chosen when it runs{deed.means}; write it out. {SIGN}"
            yield error(Code.SHELL, deed.path, told)


def runtime_target(case: Case) -> Iterator[Finding]:
    """An action, or what it is done to, is chosen when it runs.

    Reason: what is chosen then can't be judged now. An action that may be any is an error; a target is a warning, or a
    hint where nothing of its kind can do harm. Where something dangerous is among what it may be, its own rule says so.
    In what a person orders no template has any business, in its data neither.
    """
    if case.ordered:
        for path, template in templates_in(case.plan):
            yield error(RUNTIME_TARGET, path, f"{template[:60]!r} is a template; an order says what is meant. {SIGN}")
    for each in case.course.unread:
        if each.action:
            yield error(
                RUNTIME_TARGET, each.path, f"The action {each.what} may be any; choose between named ones. {SIGN}"
            )
            continue
        tell = info if each.what.partition(".")[0] in _HARMLESS else warning
        yield tell(
            RUNTIME_TARGET, each.path, f"What {each.what} is done to is chosen when it runs; name it if you can."
        )


def unseen_blueprint(case: Case) -> Iterator[Finding]:
    """It is made from a blueprint, whose actions are not seen here: a warning."""
    used = case.plan.use_blueprint
    if used is not None:
        told = f"What the blueprint {used.blueprint} does is not seen here; read it before you trust it."
        yield warning(Code.UNSEEN_BLUEPRINT, "use_blueprint", told)


def _runs(domain: str, verb: str) -> bool:
    return domain != "hassio" or verb in {"addon_stdin", "app_stdin"}
