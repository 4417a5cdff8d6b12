"""Sentences that upstream's grammar lacks, in its form: sensors by their class, and some orders."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import yaml

from workers.query.understanding.lexicon import LOADER

_COUNTED = {
    "any": "<are_any> {things} {state}",
    "all": "<are_all> {things} {state}",
    "which": "<which> {things} <is> {state}",
    "how_many": "<how_many> {things} <is> {state}",
}
_PLACED = " [<in> [<the>] {area}]"
_NAMING = frozenset({"things", "called"})


def additions(language: str) -> dict[str, list[dict[str, Any]]]:
    """The sentences of a language by the intent of upstream's that they are for; none where it has none."""
    file = files("workers.query.understanding.upstream") / f"{language}.yaml"
    if not file.is_file():
        return {}
    words = yaml.load(file.read_text("utf-8"), Loader=LOADER)  # noqa: S506 (a safe one)
    asked = [*_sensors(words["sensors"], words["telling"]), *_binary(words["binary"])]
    return {**words["orders"], "HassGetState": asked}


def _sensors(classes: dict[str, str], telling: str) -> Iterator[dict[str, Any]]:
    """A reading of a thing that is named together with what it reads."""
    for device_class, said in classes.items():
        yield {
            "sentences": [f"<what_is> [the] {said} {telling} {{name}}", f"<what_is> [the] {{name}}[s] {said}"],
            "slots": {"domain": "sensor", "device_class": device_class},
            "requires_context": {"domain": ["sensor"]},
            "response": "one",
        }


def _binary(classes: dict[str, dict[str, str]]) -> Iterator[dict[str, Any]]:
    """A state of all things of a class, or of a named one."""
    for device_class, words in classes.items():
        for state, said in words.items():
            if state in _NAMING:
                continue
            slots = {"domain": "binary_sensor", "device_class": device_class, "state": state}
            for response, template in _COUNTED.items():
                spoken = template.replace("{things}", words["things"]).replace("{state}", said)
                yield {"sentences": [spoken + _PLACED], "slots": slots, "response": response}
            yield {
                "sentences": [f"(is|are) [<the>] {{name}} {words.get('called', '')} {said}{_PLACED}"],
                "slots": slots,
                "requires_context": {"domain": ["binary_sensor"]},
                "response": "one_yesno",
            }
