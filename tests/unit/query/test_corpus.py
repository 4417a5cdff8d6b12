"""Sentences of four homes by authors who had not seen the reader: nearly all are read as they are meant.

`python -m tests.bench.sentences` lists what is wrong, by kind. One half of each corpus was tuned on; the other was kept
for one last run, and guards every run since.
"""

from __future__ import annotations

import pytest

from tests.bench.sentences import HOMES, outcomes

LEAST = {"shown": 0.82, "kept": 0.75}
"""The share that has to be right: what was reached, less what a change elsewhere may cost."""


@pytest.mark.parametrize("half", ["shown", "kept"])
@pytest.mark.parametrize("name", HOMES)
def test_sentences_are_read_as_they_are_meant(name: str, half: str) -> None:
    found = list(outcomes(name, half))
    wrong = [each for each in found if each[1] != "right"]
    for kind, how, said, instead in wrong:
        print(f"{kind:14}{how:18}{said}\n{'':32}{instead[:160]}")
    assert len(found) - len(wrong) >= LEAST[half] * len(found)
    assert not [said for _, how, said, _ in wrong if how == "wrong action"]
    assert not [said for kind, how, said, _ in wrong if how == "wrong automation" and kind != "wish"]
