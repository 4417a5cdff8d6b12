"""The figures by which rankings of synergies are compared."""

import numpy as np
import pytest

from tests.bench.synergies import NAMES, auc, average_precision, bootstrap, fit

REAL = np.array([True, True, False, False])


@pytest.mark.parametrize(
    ("scores", "area", "precision"),
    [
        ([4, 3, 2, 1], 1.0, 1.0),
        ([1, 2, 3, 4], 0.0, (1 / 3 + 2 / 4) / 2),
        ([4, 1, 3, 2], 0.5, 0.75),
        ([1] * 4, 0.5, 5 / 12),
    ],
)
def test_areas_and_precisions_by_hand(scores: list[float], area: float, precision: float) -> None:
    assert auc(np.array(scores, dtype=float), REAL) == pytest.approx(area)
    assert average_precision(np.array(scores, dtype=float), REAL) == pytest.approx(precision)


def test_a_bootstrap_over_homes_holds_the_measure() -> None:
    random = np.random.default_rng(1)
    real = [random.random(30) < 0.4 for _ in range(8)]
    scores = [each + random.normal(0, 0.7, size=30) for each in real]
    value, low, high = bootstrap(auc, scores, real)
    assert 0.5 < low < value < high < 1.0


def test_a_fit_finds_what_made_the_cases() -> None:
    random = np.random.default_rng(2)
    figures = random.normal(size=(4_000, len(NAMES)))
    share, prior = figures[:, NAMES.index("share")], figures[:, NAMES.index("prior")]
    wanted = random.random(4_000) < 1 / (1 + np.exp(-(0.5 + 2 * share + prior)))
    constant, weights = fit(figures, wanted, ["share", "certainty", "prior"])
    assert constant == pytest.approx(0.5, abs=0.15)
    assert weights == pytest.approx({"share": 2.0, "certainty": 0.0, "prior": 1.0}, abs=0.2)
    assert fit(figures, wanted, ["share"], prior=1.0)[1] == pytest.approx({"share": 2.0, "prior": 1.0}, abs=0.2)
