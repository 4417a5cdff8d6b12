"""How many sentences of the corpora are read as they are meant: `python -m tests.bench.sentences [--kept] [NAME …]`.

The corpora are in `tests/unit/query/corpus`, one half of each shown, the other kept for a last run.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from contracts.acting import Action
from contracts.home import HomeDocument
from shared.home import EntityState, Registry, Snapshot
from workers.automation.equivalence import same
from workers.automation.home_view import HomeView
from workers.automation.reading.reading import read_document
from workers.automation.verdict import Verdict, judge_actions, judge_reading, read
from workers.query.answering import Answer, respond
from workers.query.conversing.following import Followed, follow
from workers.query.conversing.refining import refine
from workers.query.conversing.turn import Turn
from workers.query.judging import without
from workers.query.past.question import PastQuestion
from workers.query.understanding import Understanding

HERE = Path(__file__).parents[1] / "unit" / "query"
HOMES = ("maple", "linden", "estate", "birch")
RECALLS = {
    "last": {"last", "ago"}, "since": {"since", "held", "last"}, "how_long": {"duration", "held", "since"},
    "how_often": {"often"}, "minimum": {"lowest"}, "maximum": {"highest"}, "average": {"average"}, "first": {"first"},
    "total": {"used", "duration"}, "was": {"so", "often", "last"},
    "who": {"who", "last", "first", "so"},
}  # fmt: skip
"""What the corpora call a recall, and which of ours may be meant by it."""


@dataclass(frozen=True)
class Home:
    """A home to be spoken to."""

    mind: Understanding
    snapshot: Snapshot
    view: HomeView


@cache
def home(name: str) -> Home:
    """One of the homes."""
    if name == "estate":
        spec = importlib.util.spec_from_file_location("estate", HERE / "corpus" / "estate.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        document = HomeDocument.model_validate(module.estate())
    else:
        document = HomeDocument.model_validate_json((HERE / "homes" / f"{name}.json").read_bytes())
    registry = Registry.from_document(document)
    states = {each.entity_id: EntityState(each.state or "unknown", each.attributes) for each in document.entities}
    snapshot = Snapshot(registry, states)
    return Home(Understanding(registry), snapshot, HomeView.of(snapshot))


def cases(name: str, half: str) -> list[dict[str, Any]]:
    """The cases of a home: `shown` or `kept`."""
    path = HERE / "corpus" / f"{name}_{half}.yaml"
    return list(yaml.safe_load(path.read_text("utf-8"))["cases"])


@dataclass
class Spoken:
    """What was said and answered, turn by turn."""

    home: Home
    last: Turn | None = None
    answers: list[tuple[Followed, Answer]] = field(default_factory=list)

    def say(self, case: dict[str, Any]) -> tuple[Followed, Answer]:
        """The answer to one turn, judged."""
        if "answer" in case and self.last is not None:
            followed = refine(self.home.mind, self.last, case["answer"]).followed
        else:
            followed = follow(self.home.mind, case["say"], case.get("area"), self.last)
        answer = self.judged(self.answer(followed))
        about = () if answer.clarifications and len(answer.entities) > 1 else answer.entities
        self.last = Turn("q", followed.sentence, case.get("area"), None, about, followed.chosen, answer.clarifications)
        return followed, answer

    def answer(self, followed: Followed) -> Answer:
        """The answer; a question about the past has only its reading here."""
        if isinstance(followed.reading, PastQuestion):
            about = followed.reading.about.subject.entities
            return Answer("answered", "history", "", entities=about)  # type: ignore[arg-type]
        return respond(followed.reading, self.home.snapshot, followed.sentence)

    def judged(self, answer: Answer) -> Answer:
        """The answer, or its refusal by the rules for automations."""
        verdict = self.verdict(answer)
        if verdict is not None and answer.sweeping and not verdict.safe:
            out = frozenset(entity_id for each in verdict.findings for entity_id in each.entities)
            answer = without(answer, out, self.home.snapshot.registry)
            verdict = self.verdict(answer)
        if verdict is None or (verdict.valid and verdict.safe):
            return answer
        told = "; ".join(f"{each.code} {each.message}" for each in verdict.findings if each.severity == "error")
        return Answer("refused", answer.query_type, told)  # type: ignore[arg-type]

    def verdict(self, answer: Answer) -> Verdict | None:
        """What the rules say of the proposed actions, or of the automation."""
        if answer.actions:
            return judge_actions([each.model_dump() for each in answer.actions], self.home.view)
        return judge_reading(read(answer.automation), self.home.view) if answer.automation is not None else None


def outcome(case: dict[str, Any], followed: Followed, got: Answer) -> tuple[str, str]:  # noqa: PLR0911 (one a kind)
    """How a turn ended (`right` or what was wrong with it), and what came instead."""
    kind, status = case["kind"], str(got.status)
    told = f"{status}: {got.text[:110]}"
    if got.actions and kind != "command":
        return "wrong action", _actions(got.actions)
    if got.automation is not None and kind != "wish":
        return "wrong action", json.dumps(got.automation, default=str)[:300]
    match kind:
        case "command":
            return _commanded(case, got, told)
        case "wish":
            return _wished(case, got, told)
        case "question":
            return _answered(case, got, told)
        case "past":
            return _recalled(case, followed, told)
        case "clarification":
            return _asked(case, got, told)
        case "refusal":
            return ("right", "") if status in {"refused", "not_understood"} else (_instead(got), told)
        case "unknown":
            return ("right", "") if status in {"not_understood", "clarification", "refused"} else (_instead(got), told)
        case _:
            return ("right", "") if got.query_type == kind else (_instead(got), told)


def _instead(got: Answer) -> str:
    return {"clarification": "asked back", "not_understood": "not understood", "refused": "refused"}.get(
        str(got.status), "wrong answer"
    )


def _flat(actions: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {
        (each["action"], entity, json.dumps({key: _number(value) for key, value in (each.get("data") or {}).items()}))
        for each in actions
        for entity in each["entities"]
    }


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _plain(actions: tuple[Action, ...]) -> list[dict[str, Any]]:
    return [
        {"action": each.action, "entities": each.target.get("entity_id", []), "data": each.data} for each in actions
    ]


def _actions(actions: tuple[Action, ...]) -> str:
    return "; ".join(f"{each['action']} {each['entities']} {each['data'] or ''}" for each in _plain(actions))[:300]


def _commanded(case: dict[str, Any], got: Answer, told: str) -> tuple[str, str]:
    if not got.actions:
        return ("wrong answer" if str(got.status) == "answered" else _instead(got)), told
    done = _flat(_plain(got.actions))
    expected = [case["actions"], *case.get("or", [])]
    return ("right", "") if any(_flat(each) == done for each in expected) else ("wrong action", _actions(got.actions))


def _wished(case: dict[str, Any], got: Answer, told: str) -> tuple[str, str]:
    if got.automation is None:
        return ("wrong answer" if str(got.status) == "answered" else _instead(got)), told
    plan = read_document(got.automation).plan
    for each in (case["automation"], *case.get("or", [])):
        wanted = read_document(_without_messages(each)).plan
        ours = read_document(_without_messages({**got.automation, "mode": each.get("mode", "single")})).plan
        if plan is not None and wanted is not None and ours is not None and same(ours, wanted):
            return "right", ""
    return "wrong automation", json.dumps(
        {key: got.automation[key] for key in ("triggers", "conditions", "actions", "mode") if key in got.automation},
        default=str,
    )[:700]


def _without_messages(automation: Any) -> Any:
    """The document with every message the same: its words are free."""
    if isinstance(automation, dict):
        return {
            key: "said" if key in {"message", "title"} else _without_messages(value)
            for key, value in automation.items()
            if key != "title"
        }
    return [_without_messages(each) for each in automation] if isinstance(automation, list) else automation


def _answered(case: dict[str, Any], got: Answer, told: str) -> tuple[str, str]:
    value = got.result.value if got.result else None
    if str(got.status) != "answered":
        return _instead(got), told
    wanted = case.get("value")
    if isinstance(wanted, list):
        right = isinstance(value, list) and sorted(value) == sorted(wanted)
    elif isinstance(wanted, bool) or isinstance(value, bool):
        right = value is wanted
    elif isinstance(wanted, (int, float)):
        right = isinstance(value, (int, float)) and abs(value - wanted) < 0.06
    else:
        right = str(value).casefold() == str(wanted).casefold()
    right = right and set(case.get("about", ())) <= {*got.entities, *(got.result.entities if got.result else ())}
    return ("right", "") if right else ("wrong answer", f"{value!r} {list(got.entities)[:4]}: {got.text[:90]}")


def _recalled(case: dict[str, Any], followed: Followed, told: str) -> tuple[str, str]:
    reading = followed.reading
    if not isinstance(reading, PastQuestion):
        return ("wrong answer" if told.startswith("answered") else _told(told)), told
    about = set(reading.about.subject.entities)
    right = reading.recall.value in RECALLS[case["recall"]] and set(case["about"]) <= about
    said = f"{reading.recall} of {sorted(about)[:4]} in {reading.period}"
    return ("right", "") if right else ("wrong answer", said[:200])


def _told(told: str) -> str:
    return {"clarification": "asked back", "not_understood": "not understood"}.get(told.partition(":")[0], "refused")


def _asked(case: dict[str, Any], got: Answer, told: str) -> tuple[str, str]:
    if str(got.status) != "clarification":
        return _instead(got), told
    options = [option for each in got.clarifications for option in each.options]
    wanted, values = case.get("options"), case.get("values")
    if wanted and {each.entity_id for each in options} != set(wanted):
        return "wrong answer", told
    if values and not {str(each).casefold() for each in values} <= {each.label.casefold() for each in options}:
        return "wrong answer", told
    return "right", ""


def outcomes(name: str, half: str) -> Iterator[tuple[str, str, str, str]]:
    """Of every turn of a corpus: its kind, how it ended, the sentence, and what came instead."""
    for case in cases(name, half):
        spoken = Spoken(home(name))
        turns = case.get("dialog") or [case]
        for at, turn in enumerate(turns):
            said = turn.get("say") or turn.get("answer")
            followed, answer = spoken.say(turn)
            how, instead = outcome(turn, followed, answer)
            before = f"{turns[at - 1].get('say') or turns[at - 1].get('answer')} > " if at else ""
            yield turn["kind"], how, f"{before}{said}", instead


def main() -> None:
    """Print what was wrong, and the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kept", action="store_true", help="the half that is kept for a last run")
    parser.add_argument("--quiet", action="store_true", help="the table alone")
    parser.add_argument("names", nargs="*", default=HOMES)
    parser.add_argument("--kind")
    asked = parser.parse_args()
    table: Counter[tuple[str, str]] = Counter()
    for name in asked.names:
        for kind, how, said, instead in outcomes(name, "kept" if asked.kept else "shown"):
            if asked.kind and kind != asked.kind:
                continue
            table[kind, how] += 1
            if how != "right" and not asked.quiet:
                print(f"{name:7}{kind:14}{how:16}{said}\n{'':24}{instead}")
    _print(table)


def _print(table: Counter[tuple[str, str]]) -> None:
    hows = sorted({how for _, how in table}, key=lambda how: (how != "right", how))
    print(f"{'':16}{'all':>6}" + "".join(f"{how:>18}" for how in hows))
    for kind, rows in itertools.groupby(sorted(table), key=lambda key: key[0]):
        counts = {how: table[kind, how] for _, how in rows}
        print(f"{kind:16}{sum(counts.values()):6}" + "".join(f"{counts.get(how, 0):18}" for how in hows))
    whole = {how: sum(count for (_, each), count in table.items() if each == how) for how in hows}
    print(f"{'all':16}{sum(whole.values()):6}" + "".join(f"{whole[how]:18}" for how in hows))
    print(f"right: {whole.get('right', 0) / max(1, sum(whole.values())):.3f}")


if __name__ == "__main__":
    main()
