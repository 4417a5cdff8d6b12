"""How well the ranking of synergies tells what people want done from what only happens to be so, on simulated homes.

    python -m tests.bench.synergies --fit 0-29 --seeds 30-49

A case is a chain: those that patterns tell, and all pairs of which the events say something, likely kinds or not.
`planted`: each link of it is one of a routine that was planted. `wanted`: that, or the ceiling lamp of a room after its
motion sensor or its door, which the people of these homes switch by hand; these lamps are left out of `planted`.
`told`: what is wanted among what an analysis tells. Area under the ROC curve and average precision over all homes,
with the 95 % interval of a bootstrap over homes. `evidence` and `both` are fitted on the homes of --fit to what is
wanted (`as set`: with the weight of the prior that is shipped), `prior` is the log odds of kinds and areas alone,
`shipped` the scorer that an analysis uses.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from itertools import pairwise
from math import inf
from time import perf_counter
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from shared.home import Registry
from shared.simulator.simulation import SimulatedHome, simulate
from shared.simulator.truth import CO_OCCURRENCE, SEQUENCE, TRIGGER
from workers.pattern.analysis import counted, examine
from workers.pattern.naming import named
from workers.pattern.relations.items import Items
from workers.pattern.relations.pair_table import PairTable
from workers.pattern.synergies.chain import Chain
from workers.pattern.synergies.scorer import DEFAULT, Features
from workers.pattern.synergies.synergy import considered, features_of, find_synergies

Floats = NDArray[np.float64]
NAMES: Final = tuple(each.name for each in fields(Features))
CHOSEN: Final = ("share", "certainty", "steadiness", "proven", "released")
"""The figures of the evidence that the weights are fitted for."""
SET: Final = 0.3
"""The weight of the prior that is shipped."""
RIDGE: Final = 1.0
RESAMPLED: Final = 1_000
MOST: Final = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """The chains of one home: figures, a row each; which are planted, wanted, and told; and the shipped scores."""

    seed: int
    figures: Floats
    planted: NDArray[np.bool_]
    wanted: NDArray[np.bool_]
    told: NDArray[np.bool_]
    shipped: Floats
    seconds: float
    names: tuple[str, ...]


def case_of(home: SimulatedHome) -> Case:
    """What is considered in a home."""
    registry, days = Registry.from_document(home.registry_document), counted(home.days())
    findings = examine(days, registry, ZoneInfo(home.time_zone))
    items = Items((each.items for each in days), findings.excluded)
    table = PairTable(items, (each.pairs for each in days))
    patterns = named(findings.patterns)
    begun = perf_counter()
    find_synergies(patterns, items, table, registry)
    seconds = perf_counter() - begun
    chains, ids = considered(patterns, items, table, registry, least=-inf, most=MOST)
    likely = {(chain.devices, chain.states) for chain in considered(patterns, items, table, registry)[0]}
    figures = [features_of(chain, ids, registry) for chain in chains]
    planted, links = _planted(home), [_links(chain) for chain in chains]
    rooms = planted | _lamps(home)
    return Case(
        home.seed,
        np.array([astuple(each) for each in figures]).reshape(-1, len(NAMES)),
        np.array([each <= planted for each in links], dtype=np.bool_),
        np.array([each <= rooms for each in links], dtype=np.bool_),
        np.array([(chain.devices, chain.states) in likely for chain in chains], dtype=np.bool_),
        np.array(DEFAULT(figures)),
        seconds,
        tuple(" > ".join(f"{name}={state}" for name, state in zip(c.devices, c.states, strict=True)) for c in chains),
    )


Step = tuple[str, str]
Links = set[tuple[Step, Step]]


def _links(chain: Chain) -> Links:
    return set(pairwise(zip(chain.devices, chain.states, strict=True)))


def _planted(home: SimulatedHome) -> Links:
    """The links of the routines."""
    found: Links = set()
    for each in home.truth.planted:
        if each.pattern_type in {TRIGGER, SEQUENCE, CO_OCCURRENCE}:
            steps = list(zip(each.entities, map(str, each.detail["states"]), strict=True))
            found |= set(pairwise(steps))
            if each.pattern_type == CO_OCCURRENCE:
                found.add((steps[1], steps[0]))
    return found


def _lamps(home: SimulatedHome) -> Links:
    """What the people of these homes do by hand in each room."""
    rooms = [area.area_id for area in home.registry_document.areas]
    return {
        ((f"binary_sensor.{room}_{sensor}", state), (f"light.{room}_ceiling", state))
        for room in rooms
        for sensor in ("motion", "door")
        for state in ("on", "off")
    }


Model = tuple[float, dict[str, float]]
"""A constant and weights."""


def fit(figures: Floats, wanted: NDArray[np.bool_], names: Sequence[str], prior: float = 0.0) -> Model:
    """A logistic regression with a small ridge (le Cessie and van Houwelingen 1992); the prior's weight may be set."""
    chosen, given = [NAMES.index(name) for name in names], prior * figures[:, NAMES.index("prior")]
    mean, scale = figures[:, chosen].mean(axis=0), np.maximum(figures[:, chosen].std(axis=0), 1e-9)
    x = np.column_stack([np.ones(len(figures)), (figures[:, chosen] - mean) / scale])
    beta, ridge = np.zeros(x.shape[1]), RIDGE * np.diag([0.0, *np.ones(len(chosen))])
    for _ in range(50):
        chance = 1.0 / (1.0 + np.exp(-x @ beta - given))
        gradient = x.T @ (wanted - chance) - ridge @ beta
        beta += np.linalg.solve((x * (chance * (1 - chance))[:, None]).T @ x + ridge, gradient)
    weights = beta[1:] / scale
    named_ = {name: float(weight) for name, weight in zip(names, weights, strict=True)}
    return float(beta[0] - weights @ mean), {"prior": prior, **named_}


def auc(scores: Floats, real: NDArray[np.bool_]) -> float:
    """The area under the ROC curve: how likely a real one is before another (Mann and Whitney 1947)."""
    low, high = np.sort(scores[~real]), scores[real]
    if not len(low) or not len(high):
        return float("nan")
    below = np.searchsorted(low, high) + np.searchsorted(low, high, side="right")
    return float(below.mean() / 2 / len(low))


def average_precision(scores: Floats, real: NDArray[np.bool_]) -> float:
    """The mean over the real ones of the precision down to their rank; of equals the false ones come first."""
    if not real.any():
        return float("nan")
    ranked = real[np.lexsort((real, -scores))]
    return float((np.cumsum(ranked) / np.arange(1, len(ranked) + 1))[ranked].mean())


def bootstrap(
    measure: Callable[[Floats, NDArray[np.bool_]], float], scores: Sequence[Floats], real: Sequence[NDArray[np.bool_]]
) -> tuple[float, float, float]:
    """The measure over all homes, and the 95 % interval over homes drawn with replacement (Efron 1979)."""
    random, drawn = np.random.default_rng(0), []
    for _ in range(RESAMPLED):
        homes = random.integers(len(scores), size=len(scores))
        drawn.append(measure(np.concatenate([scores[h] for h in homes]), np.concatenate([real[h] for h in homes])))
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    return measure(np.concatenate(scores), np.concatenate(real)), float(low), float(high)


def _seeds(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _odds(cases: Sequence[Case], model: Model) -> list[Floats]:
    weights = np.array([model[1].get(name, 0.0) for name in NAMES])
    return [model[0] + case.figures @ weights for case in cases]


def ranked(fitted: Sequence[Case], cases: Sequence[Case]) -> dict[str, list[Floats]]:
    """The scores that each way of ranking gives the cases, home by home."""
    figures, wanted = (np.concatenate([getattr(each, name) for each in fitted]) for name in ("figures", "wanted"))
    both, as_set = fit(figures, wanted, ["prior", *CHOSEN]), fit(figures, wanted, CHOSEN, SET)
    for name, (constant, weights) in (("both", both), ("as set", as_set)):
        print(f"{name}:", round(constant, 2), {each: round(weight, 2) for each, weight in weights.items()})
    return {
        "evidence": _odds(cases, fit(figures, wanted, CHOSEN)),
        "prior": [each.figures[:, NAMES.index("prior")] for each in cases],
        "both": _odds(cases, both),
        "shipped": [each.shipped for each in cases],
    }


def report(fitted: Sequence[Case], cases: Sequence[Case]) -> None:
    """Fit on some homes, and print what it comes to on others."""
    scored = ranked(fitted, cases)
    for label in ("planted", "wanted", "told"):
        real = [each.planted if label == "planted" else each.wanted for each in cases]
        kept = [
            each.told if label == "told" else each.planted | ~each.wanted if label == "planted" else each.wanted >= 0
            for each in cases
        ]
        chosen = [each[where] for each, where in zip(real, kept, strict=True)]
        print(f"{label}: {sum(map(np.sum, chosen))} of {sum(map(len, chosen))} chains in {len(cases)} homes")
        for name, scores in scored.items():
            those = [each[where] for each, where in zip(scores, kept, strict=True)]
            area, precision = (bootstrap(each, those, chosen) for each in (auc, average_precision))
            print(f"  {name:8}  AUC {area[0]:.3f} ({area[1]:.3f}-{area[2]:.3f})", end="")
            print(f"  AP {precision[0]:.3f} ({precision[1]:.3f}-{precision[2]:.3f})")
    print(f"seconds a home: {np.mean([each.seconds for each in cases]):.3f}")


def explain(cases: Iterable[Case]) -> Iterator[str]:
    """What is told, the best first, a line each."""
    for case in cases:
        for place in np.argsort(-case.shipped):
            if case.told[place]:
                mark = "planted" if case.planted[place] else "wanted" if case.wanted[place] else ""
                yield f"{case.seed} {case.shipped[place]:.2f} {mark:8}{case.names[place]}"


def main() -> None:
    """Run it, and print the figures."""
    parser = argparse.ArgumentParser(description="How well synergies are ranked, on homes with planted routines.")
    parser.add_argument("--fit", type=_seeds, default=range(30), help="homes that the weights are fitted on")
    parser.add_argument("--seeds", type=_seeds, default=range(30, 50), help="homes that they are measured on")
    parser.add_argument("--entities", type=int, default=60)
    parser.add_argument("--explain", action="store_true", help="list what is told, the best first")
    arguments = parser.parse_args()
    fitted = [case_of(simulate(seed, entities=arguments.entities)) for seed in arguments.fit]
    cases = [case_of(simulate(seed, entities=arguments.entities)) for seed in arguments.seeds]
    report(fitted, cases)
    for line in explain(cases) if arguments.explain else ():
        print(line)


if __name__ == "__main__":
    main()
