import math
from fractions import Fraction

import pytest

from workers.pattern.relations.evidence import coin_tail, poisson_tail, significant, wilson_lower


@pytest.mark.parametrize(("observed", "expected"), [(1, 0.5), (10, 2.0), (3, 5.0), (50, 50.0), (150, 100.0), (0, 3.0)])
def test_poisson_tail(observed: int, expected: float) -> None:
    below = sum(Fraction(expected) ** k / math.factorial(k) for k in range(observed))
    assert poisson_tail(observed, expected) == pytest.approx(1 - math.exp(-expected) * float(below), rel=1e-6, abs=1e-9)


def test_poisson_tail_at_its_ends() -> None:
    assert poisson_tail(3, 0.0) == 0.0
    assert poisson_tail(30, 1e-3) == pytest.approx(math.exp(-1e-3) * 1e-90 / math.factorial(30), rel=1e-3)
    assert poisson_tail(50_000, 100.0) == 0.0
    assert poisson_tail(10_000, 20_000.0) == pytest.approx(1.0)


@pytest.mark.parametrize(("heads", "throws"), [(0, 5), (1, 1), (5, 10), (9, 10), (30, 100), (70, 100), (0, 0)])
def test_coin_tail(heads: int, throws: int) -> None:
    exact = Fraction(sum(math.comb(throws, each) for each in range(heads, throws + 1)), 2**throws)
    assert coin_tail(heads, throws) == pytest.approx(float(exact), rel=1e-9)


def test_wilson_lower() -> None:
    assert wilson_lower(0, 0) == 0.0
    assert wilson_lower(0, 10) == pytest.approx(0.0, abs=1e-12)
    assert wilson_lower(8, 10) == pytest.approx(0.490157, abs=1e-6)
    assert wilson_lower(10, 10) == pytest.approx(0.722460, abs=1e-4)


def test_significant_is_benjamini_and_hochbergs() -> None:
    assert significant([], 100, 0.01) < 0
    assert significant([0.5], 1, 0.01) < 0
    assert significant([0.04, 0.001, 0.011, 0.03], 4, 0.05) == 0.04
    assert significant([0.04, 0.001, 0.011, 0.03], 40, 0.05) == 0.001
