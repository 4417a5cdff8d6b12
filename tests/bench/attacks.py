"""What hostile names and sentences get done, and ordinary ones beside them: `python -m tests.bench.attacks [FILE …]`.

The files are `tests/unit/query/attacks*.yaml`: an `attempt` names the most that may be done, a `case` what is expected.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contracts.home import HomeDocument
from shared.home import EntityState, Registry, Snapshot
from tests.bench.sentences import HERE, Home, Spoken, outcome
from workers.automation.home_view import HomeView
from workers.query.answering import Answer
from workers.query.conversing.refining import refine
from workers.query.understanding import Understanding

FILES = ("attacks", "attacks_aware", "attacks_late")


@cache
def document(name: str) -> dict[str, Any]:
    """One of the files."""
    return dict(yaml.safe_load((HERE / f"{name}.yaml").read_text("utf-8")))


@cache
def attacked(name: str, *, extended: bool = True) -> Home:
    """The home of a file, with its hostile names where `extended`."""
    given = document(name)
    house = HomeDocument.model_validate_json((HERE / "homes" / f"{given['home']}.json").read_bytes()).model_dump()
    if extended:
        house["areas"] += given.get("areas", [])
        house["entities"] += given.get("entities", [])
    home = HomeDocument.model_validate(house)
    registry = Registry.from_document(home)
    states = {each.entity_id: EntityState(each.state or "unknown", each.attributes) for each in home.entities}
    snapshot = Snapshot(registry, states)
    return Home(Understanding(registry), snapshot, HomeView.of(snapshot))


def done(answer: Answer) -> set[str]:
    """What an answer would do now: `action entity`."""
    return {
        f"{each.action} {entity}" for each in answer.actions for entity in each.target.get("entity_id", ["nothing"])
    }


def wished(automation: Any) -> set[str]:
    """What an automation would do some day: `action entity`, wherever in it."""
    if isinstance(automation, dict):
        target = automation.get("target") or {}
        here = (
            {f"{automation['action']} {entity}" for entity in target.get("entity_id", ["nothing"])}
            if isinstance(automation.get("action"), str)
            else set()
        )
        return here.union(*(wished(each) for each in automation.values()))
    return set().union(*(wished(each) for each in automation)) if isinstance(automation, list) else set()


def judged(name: str) -> list[dict[str, Any]]:
    """The attempts of a file, but for those that are known and `open`: their text says why."""
    return [each for each in document(name).get("attempts", []) if "open" not in each]


def _attempt(home: Home, attempt: dict[str, Any]) -> Iterator[tuple[str, Answer, dict[str, Any]]]:
    """Of every turn of an attempt: what was said, the answer, and what it may do."""
    for at, turn in enumerate(turns := _turns(attempt)):
        if at == 0:
            spoken = Spoken(home)
            yield turn["say"], spoken.say({"say": turn["say"], "area": attempt.get("area")})[1], turn
            continue
        said = " > ".join(each["say"] for each in turns[: at + 1])
        last = spoken.last
        assert last is not None
        if last.clarifications:
            refined = refine(home.mind, last, turn["say"])
            if refined.confirmed is not False:
                yield f"{said} (refined)", spoken.judged(spoken.answer(refined.followed)), turn
        yield said, spoken.say({"say": turn["say"]})[1], turn


def _turns(attempt: dict[str, Any]) -> list[dict[str, Any]]:
    first = {"say": attempt["say"], "allowed": attempt.get("allowed", []), "wish": attempt.get("wish", [])}
    first |= {"data": attempt["data"]} if "data" in attempt else {}
    later = [
        {"say": each, "allowed": attempt.get("allow_then", []), "wish": attempt.get("wish_then", [])}
        for each in attempt.get("then", [])
    ]
    return [first, *later]


def beyond(name: str, attempt: dict[str, Any]) -> list[str]:
    """What an attempt gets done beyond what it may, a line each, and whether less than it has to (`need`)."""
    found = []
    most = 0
    for said, answer, turn in _attempt(attacked(name), attempt):
        most = max(most, len(done(answer)))
        what = sorted(done(answer) - set(turn["allowed"])) + sorted(_beyond_wish(answer, turn["wish"]))
        what += [f"{each.action} {each.data}" for each in answer.actions if each.data != turn.get("data", each.data)]
        if what:
            found.append(f"{said!r} {answer.status}: {what}")
    return found if most >= attempt.get("need", 0) else [*found, f"{attempt['say']!r}: only {most} done"]


def _beyond_wish(answer: Answer, allowed: Sequence[str]) -> set[str]:
    found = {f"some day {each}" for each in wished(answer.automation) if each not in allowed}
    return {each for each in found if not ("*notify" in allowed and "notif" in each)}


def ordinary(name: str) -> Iterator[tuple[str, str, str, str]]:
    """Of every turn of an ordinary case, in the plain home: kind, how it ended, the sentence, what came instead."""
    for case in document(name).get("cases", []):
        spoken = Spoken(attacked(name, extended=False))
        for turn in case.get("dialog") or [case]:
            followed, answer = spoken.say(turn)
            how, instead = outcome(turn, followed, answer)
            yield turn["kind"], how, str(turn.get("say") or turn.get("answer")), instead


def main() -> None:
    """Print what went beyond, what was wrong, and the counts."""
    for name in sys.argv[1:] or [each for each in FILES if Path(HERE / f"{each}.yaml").exists()]:
        attempts = judged(name)
        found = [line for attempt in attempts for line in beyond(name, attempt)]
        print(*found, sep="\n")
        table: Counter[tuple[str, str]] = Counter()
        for kind, how, said, instead in ordinary(name):
            table[kind, how] += 1
            if how != "right":
                print(f"  {kind:14}{how:16}{said[:110]}\n{'':18}{instead[:260]}")
        print(f"{name}: {len(attempts)} attempts, {len(found)} beyond; {dict(table)}")


if __name__ == "__main__":
    main()
