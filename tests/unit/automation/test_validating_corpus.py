"""A hundred broken automations, each with what is wrong: all are found out, and at the right place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.home import HomeDocument
from shared.home import EntityState, Registry, Snapshot
from workers.automation.finding import Fix, Severity
from workers.automation.home_view import HomeView
from workers.automation.validating.validation import validate

BROKEN = Path(__file__).parent / "corpus" / "broken"
CASES = [
    pytest.param(case, id=f"{file.stem}-{case['wrong']}".replace(" ", "_"))
    for file in sorted(BROKEN.glob("*.yaml"))
    for case in yaml.safe_load(file.read_text())
]


@pytest.fixture(scope="module")
def home() -> HomeView:
    document = HomeDocument.model_validate(json.loads((BROKEN / "home.json").read_text()))
    states = {each.entity_id: EntityState(each.state or "unknown", each.attributes) for each in document.entities}
    return HomeView.of(Snapshot(Registry.from_document(document), states))


def test_there_are_a_hundred() -> None:
    assert len(CASES) >= 100


@pytest.mark.parametrize("case", CASES)
def test_what_is_broken_is_found(case: dict[str, Any], home: HomeView) -> None:
    report = validate(case["automation"], home)
    errors = [each for each in report.findings if each.severity is Severity.ERROR]
    assert not report.valid
    assert report.score < 50
    assert set(case["codes"]) <= {each.code for each in errors}
    assert {each.code for each in errors} == set(case["codes"]), "nothing else is an error"
    if "path" in case:
        assert case["path"] in {each.path for each in errors}


@pytest.mark.parametrize("case", [each for each in CASES if "fix" in each.values[0]])  # type: ignore[operator]
def test_a_sure_fix_is_given(case: dict[str, Any], home: HomeView) -> None:
    fixes = [each.fix for each in validate(case["automation"], home).findings if each.fix is not None]
    assert case["fix"] in {fix.rename or fix.value for fix in fixes}


@pytest.mark.parametrize("case", [each for each in CASES if "fix" in each.values[0]])  # type: ignore[operator]
def test_a_fix_mends_what_it_was_given_for(case: dict[str, Any], home: HomeView) -> None:
    automation = json.loads(json.dumps(case["automation"]))
    for finding in validate(automation, home).findings:
        if finding.severity is Severity.ERROR and finding.fix is not None:
            mend(automation, finding.fix)
    assert validate(automation, home).valid


def mend(document: Any, fix: Fix) -> None:
    """Do what a fix says, in the document."""
    steps = [int(step) if step.isdigit() else step for step in fix.path.replace("]", "").replace("[", ".").split(".")]
    *around, last = steps
    for step in around:
        document = document[step]
    if fix.rename is not None:
        document[fix.rename] = document.pop(last)
    else:
        document[last] = fix.value
