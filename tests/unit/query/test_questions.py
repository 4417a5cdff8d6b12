"""The corpus: every sentence of `questions.yaml` is answered as it says there."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from contracts.query import QueryStatus

CORPUS = yaml.safe_load((Path(__file__).parent / "questions.yaml").read_text("utf-8"))
CASES = [
    pytest.param(home, row, id=f"{home}: {row['ask'][:60]}{' @' + row['area'] if 'area' in row else ''}")
    for home, rows in CORPUS.items()
    for row in rows
]


@pytest.mark.parametrize(("home", "row"), CASES)
def test_question_is_answered_as_expected(homes: dict[str, Any], home: str, row: dict[str, Any]) -> None:
    got = homes[home].ask(row["ask"], row.get("area"))
    if "refused" in row:
        assert (got.status, got.query_type) == (QueryStatus.NOT_UNDERSTOOD, row["refused"])
        assert got.result is None
        assert got.suggestions[:1] == ((row["near"],) if "near" in row else ())
    elif "options" in row:
        assert got.status is QueryStatus.CLARIFICATION
        assert [option.entity_id for option in got.clarifications[0].options] == row["options"]
    elif "said" in row:
        assert [got.status.value, got.query_type] == row["said"]
        assert got.result is None
    elif "type" in row:
        assert (got.status, got.query_type) == (QueryStatus.ANSWERED, row["type"])
    else:
        _check_result(got, row)
    assert got.text


def _check_result(got: Any, row: dict[str, Any]) -> None:
    assert got.status is QueryStatus.ANSWERED, got.text
    assert (got.result.value, got.result.unit) == (row["value"], row.get("unit"))
    assert type(got.result.value) is type(row["value"])
    assert got.result.entities == row.get("about", row["value"])
    assert set(got.result.entities) <= set(got.entities)


def test_corpus_is_large_and_of_every_kind() -> None:
    rows = [row for rows in CORPUS.values() for row in rows]
    assert len(rows) > 600
    assert {"refused", "options", "value", "type"} <= {key for row in rows for key in row}
