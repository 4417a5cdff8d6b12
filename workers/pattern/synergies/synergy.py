"""Synergies: two to four devices that would make a good automation. Pure.

They come from the links that patterns tell, joined to chains, and from pairs that commonly go together and that the
events say something of, though not enough for a pattern.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from math import exp, log1p, log10
from typing import Any, Final

import numpy as np

from shared.home import Registry
from workers.pattern.candidate import Candidate
from workers.pattern.relations.evidence import wilson_lower
from workers.pattern.relations.items import Items
from workers.pattern.relations.pair_table import PairTable
from workers.pattern.relations.relation import Relation
from workers.pattern.synergies.chain import Chain, chains
from workers.pattern.synergies.kinds import actionable, active, acts, kind_of, resting
from workers.pattern.synergies.link import Ids, Link, links_of
from workers.pattern.synergies.prior import log_odds, relationship
from workers.pattern.synergies.scorer import DEFAULT, Features, Scorer
from workers.pattern.synergies.unproven import LIKELY, MOST_PAIRS, unproven_pairs

MOSTLY: Final = 0.5
"""Share of its occurrences, above which a step is an automation's doing."""
OFTEN: Final = 7.0
"""Steps a week done by hand, at which the impact is 0.63."""
SMALLEST: Final = 1e-30


@dataclass(frozen=True, slots=True)
class Synergy:
    """What would make a good automation; the fields are those of `contracts.synergies.Synergy`."""

    synergy_id: str
    devices: tuple[str, ...]
    relationship: str
    area: str | None
    confidence: float
    impact: float
    score: float
    evidence: Mapping[str, Any]


def synergy_id(devices: Iterable[str]) -> str:
    """What a synergy is called in every analysis: from its devices in their order."""
    return hashlib.sha256(json.dumps(["synergy", *devices]).encode()).hexdigest()[:16]


def find_synergies(
    patterns: Mapping[str, Candidate],
    items: Items,
    table: PairTable,
    registry: Registry | None,
    scorer: Scorer = DEFAULT,
) -> list[Synergy]:
    """The synergies of a home, the best first, each order of devices once.

    `patterns` are those of an analysis, by what they are called, `items` and `table` what it counted.
    """
    found, ids = considered(patterns, items, table, registry)
    scores = scorer([features_of(chain, ids, registry) for chain in found])
    best: dict[tuple[str, ...], Synergy] = {}
    for chain, worth in zip(found, scores, strict=True):
        synergy = _synergy(chain, float(worth), ids, registry)
        known = best.get(chain.devices)
        if known is None or synergy.score > known.score:
            best[chain.devices] = synergy
    return sorted(best.values(), key=lambda each: (-each.score, each.synergy_id))


def considered(
    patterns: Mapping[str, Candidate],
    items: Items,
    table: PairTable,
    registry: Registry | None,
    *,
    least: float = LIKELY,
    most: int = MOST_PAIRS,
) -> tuple[list[Chain], dict[tuple[int, ...], str]]:
    """The chains that are ranked, and what the patterns are called by the places of their steps.

    All but the first of a chain can be acted upon, no automation does it, and no sensor only tells of its own device.
    Pairs without a pattern are let in by `least` log odds of their kinds and areas, at `most` so many.
    """
    links, ids = links_of(patterns, items)
    known: dict[Link, Relation] = {}

    def relate(link: Link) -> Relation:
        if link not in known:
            known[link] = _relation(items, link)
        return known[link]

    useful = list(_useful(links, items, registry))
    found = [each for each in chains(items, useful, relate) if _by_hand(each, registry)]
    pairs = unproven_pairs(items, table, registry, useful, least=least, most=most)
    unproven = (Chain.of(items, link, each) for link, each in pairs if not _told_twice(items, link, registry))
    return [*found, *(each for each in unproven if _by_hand(each, registry))], ids


def features_of(chain: Chain, ids: Ids, registry: Registry | None) -> Features:
    """The figures of a chain, by which it is ranked."""
    relations, weeks = chain.relations, _weeks(chain.items)
    lows = [wilson_lower(round(share * tries), tries) for share, tries in zip(chain.shares, _tries(chain), strict=True)]
    return Features(
        prior=min(_priors(chain, registry)),
        share=min(lows),
        excess=min(each.excess / max(each.opportunities, 1) for each in relations),
        certainty=min(_digits(each.p_value) for each in relations),
        direction=min(_digits(each.direction) if each.ordered else 0.0 for each in relations),
        steadiness=1.0 - max(min(1.0, 1_000 * each.spread / each.window) for each in relations),
        days=chain.days / (7 * weeks),
        by_hand=float(chain.by_hand[:, 1:].mean()),
        weekly=log1p(len(chain) / weeks),
        proven=float(chain.steps in ids or all((link.leader, link.follower) in ids for link in chain.links)),
        released=float(np.mean([resting(one) and active(other) for one, other in pairwise(chain.states)])),
        longer=float(len(chain.links) - 1),
    )


def _relation(items: Items, link: Link) -> Relation:
    """What the events say of a link; where either may go first the more frequent one leads."""
    pair = (link.leader, link.follower)
    if not link.ordered and len(items.times[link.leader]) < len(items.times[link.follower]):
        pair = pair[::-1]
    return Relation(items, *pair, link.window, ordered=link.ordered)


def _useful(links: Iterable[Link], items: Items, registry: Registry | None) -> Iterator[Link]:
    """The links that an automation could make: what a sensor does after something else is true, and no more."""
    for link in links:
        turned = (link, replace(link, leader=link.follower, follower=link.leader))
        for each in turned[: 1 if link.ordered else 2]:
            if actionable(*items.names[each.follower], registry) and not _told_twice(items, each, registry):
                yield each
                break


def _by_hand(chain: Chain, registry: Registry | None) -> bool:
    """Whether people do it, all steps of it: what an automation sets off needs no other one."""
    acted = [step for step, name in enumerate(chain.devices) if acts(name, registry)]
    return len(chain) > 0 and bool((chain.by_hand[:, acted].mean(axis=0) >= MOSTLY).all())


def _told_twice(items: Items, link: Link, registry: Registry | None) -> bool:
    """Whether the leader is a sensor of the follower's own device: it only tells what that does."""
    sensor, thing = items.entities[link.leader], items.entities[link.follower]
    if registry is None or acts(sensor, registry):
        return False
    one, other = registry.entities.get(sensor), registry.entities.get(thing)
    return one is not None and other is not None and one.device_id is not None and one.device_id == other.device_id


def _synergy(chain: Chain, worth: float, ids: Ids, registry: Registry | None) -> Synergy:
    kinds = [kind_of(each, registry) for each in (chain.devices[0], chain.devices[-1])]
    impact = _impact(chain)
    return Synergy(
        synergy_id=synergy_id(chain.devices),
        devices=chain.devices,
        relationship=relationship(*kinds, ordered=all(link.ordered for link in chain.links)),
        area=_area(chain.devices, registry),
        confidence=round(chain.confidence, 4),
        impact=round(impact, 4),
        score=round(worth * (1.0 + impact) / 2.0, 4),
        evidence=_evidence(chain, worth, ids, registry),
    )


def _evidence(chain: Chain, worth: float, ids: Ids, registry: Registry | None) -> dict[str, Any]:
    weeks = _weeks(chain.items)
    told = [ids.get((link.leader, link.follower)) for link in chain.links]
    return {
        "states": list(chain.states),
        "lag_seconds": [round(each, 3) for each in chain.lags],
        "window_seconds": max(link.window for link in chain.links) / 1_000,
        "support": len(chain),
        "opportunities": _tries(chain)[0],
        "days": chain.days,
        "of_days": round(7 * weeks),
        "follow_share": round(float(np.prod(chain.shares)), 4),
        "step_shares": [round(each, 4) for each in chain.shares],
        "lift": [round(each.lift, 2) for each in chain.relations],
        "by_hand": [int(each) for each in chain.by_hand[:, 1:].sum(axis=0)],
        "weekly": round(len(chain) / weeks, 2),
        "pattern_ids": sorted({each for each in (*told, ids.get(chain.steps)) if each}),
        "prior": [round(1.0 / (1.0 + exp(-each)), 4) for each in _priors(chain, registry)],
        "worth": round(worth, 4),
    }


def _impact(chain: Chain) -> float:
    """How much handwork it saves: 0 for none, towards 1 for many steps a week."""
    return 1.0 - exp(-int(chain.by_hand[:, 1:].sum()) / _weeks(chain.items) / OFTEN)


def _tries(chain: Chain) -> list[int]:
    """How often each link could have happened."""
    return [
        chain.relations[0].opportunities,
        *(round(len(chain) / max(float(np.prod(chain.shares[step:])), 1e-9)) for step in range(1, len(chain.shares))),
    ]


def _priors(chain: Chain, registry: Registry | None) -> list[float]:
    """The log odds of each link."""
    entities = registry.entities if registry else {}
    areas = {name: entity.area_id for name in chain.devices if (entity := entities.get(name))}
    return [
        log_odds(kind_of(one, registry), kind_of(other, registry), areas.get(one), areas.get(other))
        for one, other in pairwise(chain.devices)
    ]


def _area(devices: Iterable[str], registry: Registry | None) -> str | None:
    """The area of most of the devices that are somewhere."""
    entities = registry.entities if registry else {}
    areas = Counter(entity.area_id for name in devices if (entity := entities.get(name)) and entity.area_id)
    most = areas.most_common(1)
    return most[0][0] if most and 2 * most[0][1] > areas.total() else None


def _weeks(items: Items) -> float:
    return (items.days[-1] - items.days[0] + 1) / 7.0


def _digits(p_value: float) -> float:
    """How small a p value is, growing ever more slowly."""
    return log10(1.0 - log10(max(p_value, SMALLEST)))
