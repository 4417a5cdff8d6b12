"""The corpus of dangerous and harmless automations; what lies in `kept` was written before any rule."""

from __future__ import annotations

import pytest

from tests.unit.automation.safety_house import Example, dangers, examples, house
from workers.automation.safety.judge import SAFETY_CODES


@pytest.mark.parametrize("example", examples("dangerous"), ids=lambda each: each.name)
def test_what_is_dangerous_is_told_as_what_it_is(example: Example) -> None:
    assert dangers(example.automation, house()) == example.expect


@pytest.mark.parametrize("example", examples("harmless"), ids=lambda each: each.name)
def test_what_is_harmless_passes(example: Example) -> None:
    assert dangers(example.automation, house()) == set()


@pytest.mark.parametrize("name", ["dangerous", "harmless", "kept/dangerous", "kept/harmless"])
def test_the_corpus_says_what_it_expects(name: str) -> None:
    listed = examples(name)
    assert len({each.name for each in listed}) == len(listed)
    assert all(bool(each.expect) == name.endswith("dangerous") and each.expect <= SAFETY_CODES for each in listed)


def test_nothing_dangerous_of_the_kept_half_passes() -> None:
    listed = examples("kept/dangerous")
    passed = [each.name for each in listed if not dangers(each.automation, house())]
    wrong = [each.name for each in listed if not each.expect <= dangers(each.automation, house())]
    print(
        f"kept: {len(listed)} dangerous, {len(passed)} pass as safe {passed}, {len(wrong)} under another code {wrong}"
    )
    assert (passed, wrong) == ([], [])


def test_few_false_alarms_in_the_kept_half() -> None:
    listed = examples("kept/harmless")
    alarmed = {each.name: dangers(each.automation, house()) for each in listed if dangers(each.automation, house())}
    print(f"kept: {len(listed)} harmless, {len(alarmed)} false alarms {alarmed}")
    assert len(alarmed) <= 0.05 * len(listed)
