import random
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

import pytest

from contracts.home import HomeDocument
from shared.history import Event
from shared.home import Registry
from tests.unit.pattern.past import after, days_of, moments, noise, pulses, tables
from workers.pattern.analysis import counted, examine
from workers.pattern.candidate import Candidate
from workers.pattern.naming import named
from workers.pattern.relations.items import Items
from workers.pattern.relations.pair_table import PairTable
from workers.pattern.synergies.kinds import actionable, kind_of
from workers.pattern.synergies.prior import log_odds, relationship
from workers.pattern.synergies.scorer import DEFAULT, Features, LogisticScorer
from workers.pattern.synergies.synergy import Synergy, find_synergies, synergy_id

DAYS = 28
UTC = ZoneInfo("UTC")
CLASSES = {"motion": "motion", "door": "door", "window": "window", "garage": "garage"}


def home(*entity_ids: str, area: str | None = "hall", device: str | None = None, **areas: str) -> Registry:
    """A home with these, all in one area but those whose names say otherwise."""
    rooms = {name for name in (area, *areas.values()) if name}
    entities = [
        {
            "entity_id": entity_id,
            "area_id": areas.get(entity_id.partition(".")[2], area),
            "device_id": device,
            "device_class": CLASSES.get(entity_id.rpartition("_")[2].rpartition(".")[2]),
        }
        for entity_id in entity_ids
    ]
    devices = [] if device is None else [{"device_id": device}]
    document = {"areas": [{"area_id": name, "name": name} for name in sorted(rooms)], "entities": entities}
    return Registry.from_document(HomeDocument.model_validate({**document, "devices": devices}))


def patterns_of(events: Sequence[Event], registry: Registry | None) -> dict[str, Candidate]:
    return named(examine(counted(days_of(events)), registry, UTC).patterns)


def found(events: Iterable[Event], registry: Registry | None, **more: LogisticScorer) -> list[Synergy]:
    past = sorted(events, key=lambda each: each.at)
    items, table = tables(past)
    return find_synergies(patterns_of(past, registry), items, table, registry, **more)


def only(synergies: Iterable[Synergy], *devices: str) -> Synergy:
    (chosen,) = [each for each in synergies if each.devices == devices]
    return chosen


def lamp_after_motion(random_: random.Random, share: float = 0.8, a_day: float = 6) -> list[Event]:
    motion = moments(random_, DAYS, a_day)
    lamp = pulses(random_, "light.lamp", after(random_, motion, share, 20.0))
    return [*pulses(random_, "binary_sensor.motion", motion, 60.0), *lamp]


def chain(random_: random.Random, *entity_ids: str, share: float = 0.9) -> list[Event]:
    """Each some time after the one before."""
    times, events = moments(random_, DAYS, 4), []
    for entity_id in entity_ids:
        events += pulses(random_, entity_id, times)
        times = after(random_, times, share, 25.0)
    return events


def by_automation(events: Iterable[Event], entity_id: str) -> list[Event]:
    cause = {entity_id: "automation.a"}
    return [each._replace(context_parent_id=cause.get(each.entity_id)) for each in events]


def test_what_people_switch_after_motion_would_make_an_automation() -> None:
    registry = home("binary_sensor.motion", "light.lamp")
    past = [*lamp_after_motion(random.Random(1)), *noise(random.Random(2), 8, DAYS)]
    synergy = only(found(past, registry), "binary_sensor.motion", "light.lamp")
    assert (synergy.relationship, synergy.area) == ("motion_light", "hall")
    assert synergy.confidence > 0.9
    evidence = synergy.evidence
    assert evidence["states"] == ["on", "on"]
    assert evidence["pattern_ids"]
    assert set(evidence["pattern_ids"]) <= set(patterns_of(past, registry))
    assert 0 < evidence["support"] <= evidence["opportunities"]
    assert evidence["by_hand"] == [evidence["support"]]
    assert 20 <= evidence["days"] <= evidence["of_days"] == DAYS
    assert 10 < evidence["lag_seconds"][0] < 40
    assert 0 < synergy.score < 1


def test_chains_of_four_devices_are_joined_with_their_parts() -> None:
    steps = ("binary_sensor.door", "light.lamp", "fan.fan", "media_player.radio")
    synergies = found([*chain(random.Random(3), *steps), *noise(random.Random(4), 8, DAYS)], home(*steps))
    whole, pair = only(synergies, *steps), only(synergies, *steps[:2])
    assert only(synergies, *steps[:3])
    assert only(synergies, *steps[1:])
    assert {len(whole.evidence[name]) for name in ("lag_seconds", "step_shares", "by_hand", "lift", "prior")} == {3}
    assert whole.evidence["support"] < pair.evidence["support"]
    assert whole.impact > pair.impact, "more steps save more"
    assert whole.confidence <= pair.confidence
    assert len(whole.evidence["pattern_ids"]) >= 3


def test_a_chain_goes_on_by_things_that_happen_together() -> None:
    """The analysis has no sequence by a link without an order."""
    random_ = random.Random(5)
    doors = moments(random_, DAYS, 5)
    lamps = after(random_, doors, 0.9, 30.0)
    fans = [at + random_.choice((-1, 1)) * random_.uniform(3, 25) for at in lamps]
    past = [*pulses(random_, "binary_sensor.door", doors, 20.0), *pulses(random_, "light.lamp", lamps)]
    past += [*pulses(random_, "fan.fan", fans), *noise(random_, 8, DAYS)]
    registry = home("binary_sensor.door", "light.lamp", "fan.fan")
    kinds = {pattern.pattern_type: pattern.entities for pattern in patterns_of(sorted(past), registry).values()}
    assert kinds["co_occurrence"] == ("fan.fan", "light.lamp")
    pair = next(each for each in found(past, registry) if set(each.devices) == {"fan.fan", "light.lamp"})
    assert pair.relationship in {"light_fan", "together"}
    assert pair.evidence["pattern_ids"]
    assert any(len(each.devices) == 3 for each in found(past, registry))


def test_what_a_sensor_does_makes_no_automation() -> None:
    steps = ("binary_sensor.door", "binary_sensor.motion", "light.lamp")
    past = chain(random.Random(6), *steps)
    assert {pattern.entities for pattern in patterns_of(sorted(past), home(*steps)).values()} >= {steps[:2], steps}
    assert {each.devices for each in found(past, home(*steps))} == {steps[1:]}


def test_what_an_automation_does_is_left_to_it() -> None:
    registry = home("binary_sensor.motion", "light.lamp", "fan.fan")
    past = lamp_after_motion(random.Random(7))
    assert found(past, registry)
    assert found(by_automation(past, "light.lamp"), registry) == []
    steps = ("binary_sensor.motion", "light.lamp", "fan.fan")
    assert found(by_automation(chain(random.Random(8), *steps), "light.lamp"), registry) == []


def test_a_lock_is_only_locked_and_a_garage_only_closed() -> None:
    registry = home("lock.front", "cover.garage", "cover.blind", "input_boolean.guests", "alarm_control_panel.alarm")
    can = {
        (entity_id, state)
        for entity_id in registry.entities
        for state in ("locked", "unlocked", "open", "closed", "on", "armed_away")
        if actionable(entity_id, state, registry)
    }
    assert {state for entity_id, state in can if entity_id == "lock.front"} == {"locked"}
    assert {state for entity_id, state in can if entity_id == "cover.garage"} == {"closed"}
    assert {("cover.blind", "open"), ("input_boolean.guests", "on")} <= can
    assert not any(entity_id == "alarm_control_panel.alarm" for entity_id, _ in can)


def test_a_sensor_of_the_same_device_only_tells_what_it_does() -> None:
    past = lamp_after_motion(random.Random(9))
    apart, one = home("binary_sensor.motion", "light.lamp"), home("binary_sensor.motion", "light.lamp", device="one")
    assert found(past, apart)
    assert found(past, one) == []


def seldom(random_: random.Random, share: float = 0.12) -> list[Event]:
    """A lamp that is switched after motion now and then, and by itself: too seldom for a pattern."""
    motion = moments(random_, DAYS, 5)
    lamp = [*after(random_, motion, share, 20.0), *moments(random_, DAYS, 0.4)]
    return [*pulses(random_, "binary_sensor.motion", motion, 60.0), *pulses(random_, "light.lamp", lamp)]


def test_what_commonly_goes_together_is_told_before_it_is_a_pattern() -> None:
    registry = home("binary_sensor.motion", "light.lamp")
    past = seldom(random.Random(10))
    assert patterns_of(sorted(past), registry) == {}
    synergy = only(found(past, registry), "binary_sensor.motion", "light.lamp")
    assert synergy.evidence["pattern_ids"] == []
    assert synergy.evidence["support"] >= 5
    often = only(found(lamp_after_motion(random.Random(10)), registry), "binary_sensor.motion", "light.lamp")
    assert synergy.score < often.score
    assert synergy.confidence < often.confidence
    assert synergy.impact < often.impact


@pytest.mark.parametrize(
    "registry",
    [
        pytest.param(None, id="nothing is known of the home"),
        pytest.param(home("binary_sensor.motion", "light.lamp", lamp="attic"), id="another room"),
        pytest.param(home("binary_sensor.motion"), id="a lamp that the home does not know"),
    ],
)
def test_without_a_reason_to_expect_it_little_evidence_is_none(registry: Registry | None) -> None:
    assert found(seldom(random.Random(10)), registry) == []


@pytest.mark.parametrize("seed", range(11, 16))
def test_kinds_alone_are_no_evidence(seed: int) -> None:
    random_ = random.Random(seed)
    motion, lamp = moments(random_, DAYS, 5), moments(random_, DAYS, 2)
    past = [*pulses(random_, "binary_sensor.motion", motion, 60.0), *pulses(random_, "light.lamp", lamp)]
    near = [each for each in found(past, home("binary_sensor.motion", "light.lamp")) if each.confidence > 0.5]
    assert near == []


def test_states_that_contradict_each_other_are_not_expected() -> None:
    """A lamp that goes off when somebody comes in is no lamp for a motion sensor, but it is for the end of motion."""
    registry = home("binary_sensor.motion", "light.lamp")
    past = seldom(random.Random(10))
    turned = {("light.lamp", "on"): "off", ("light.lamp", "off"): "on"}
    past = [each._replace(state=turned.get((each.entity_id, each.state), each.state)) for each in past]
    assert found(past, registry) == []


def test_what_comes_first_is_not_told_as_what_follows() -> None:
    """Whoever switches the lamp is seen soon after."""
    random_ = random.Random(26)
    lamps = moments(random_, DAYS, 5)
    seen = sorted([*after(random_, lamps, 0.9, 30.0), *moments(random_, DAYS, 2)])
    past = [*pulses(random_, "light.lamp", lamps, 60.0), *pulses(random_, "binary_sensor.motion", seen, 40.0)]
    registry = home("binary_sensor.motion", "light.lamp")
    assert {pattern.entities[0] for pattern in patterns_of(sorted(past), registry).values()} >= {"light.lamp"}
    assert [each.devices for each in found(past, registry) if each.evidence["states"][1] == "on"] == []


def test_a_group_is_no_partner_of_its_lamp() -> None:
    """What the analysis takes for a mirror is not among its items."""
    registry = home("binary_sensor.motion", "light.lamp", "light.all")
    past = lamp_after_motion(random.Random(27))
    past += [each._replace(at=each.at + 0.05, entity_id="light.all") for each in past if each.entity_id == "light.lamp"]
    past.sort()
    days = counted(days_of(past))
    findings = examine(days, registry, UTC)
    items = Items((each.items for each in days), findings.excluded)
    table = PairTable(items, (each.pairs for each in days))
    synergies = find_synergies(named(findings.patterns), items, table, registry)
    assert [each.devices for each in synergies] == [("binary_sensor.motion", "light.lamp")]


def test_another_ranking_can_take_the_place_of_ours() -> None:
    registry = home("binary_sensor.motion", "light.lamp", "fan.fan")
    random_ = random.Random(18)
    past = [*lamp_after_motion(random_), *pulses(random_, "fan.fan", moments(random_, DAYS, 2))]
    seen: list[Features] = []

    class Mine(LogisticScorer):
        def __call__(self, found: Sequence[Features]) -> list[float]:
            seen.extend(found)
            return [1.0 for _ in found]

    ranked = found(past, registry, scorer=Mine(0.0, {}))
    assert len(ranked) <= len(seen) > 0
    for each in ranked:
        assert each.evidence["worth"] == 1.0
        assert each.score == pytest.approx((1 + each.impact) / 2, abs=1e-4)


def figures(**more: float) -> Features:
    common = {"prior": 0.0, "share": 0.4, "excess": 0.4, "certainty": 1.3, "direction": 1.0, "steadiness": 0.8}
    rest = {"days": 0.7, "by_hand": 1.0, "weekly": 2.0, "proven": 1.0, "released": 0.0, "longer": 0.0}
    return Features(**{**common, **rest, **more})


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (figures(prior=2.0), figures(prior=-1.0)),
        (figures(share=0.6), figures(share=0.2)),
        (figures(certainty=1.45), figures(certainty=0.9)),
        (figures(steadiness=0.9), figures(steadiness=0.6)),
        (figures(proven=1.0), figures(proven=0.0)),
        (figures(released=0.0), figures(released=1.0)),
    ],
)
def test_the_ranking_goes_by_what_is_expected_and_by_what_was_seen(better: Features, worse: Features) -> None:
    first, second = DEFAULT([better, worse])
    assert 0 <= second < first <= 1


def test_ranking_nothing_gives_nothing() -> None:
    assert DEFAULT([]) == []


def test_the_same_past_gives_the_same_synergies_and_the_next_night_the_same_ids() -> None:
    steps = ("binary_sensor.door", "light.lamp", "fan.fan")
    registry, past = home(*steps), sorted([*chain(random.Random(21), *steps), *noise(random.Random(22), 5, DAYS)])
    once, again = found(past, registry), found(past, registry)
    assert once == again
    earlier = found([each for each in past if each.at < past[-1].at - 86_400], registry)
    names = {each.devices: each.synergy_id for each in once}
    assert {each.devices: each.synergy_id for each in earlier}.items() <= names.items()
    assert len({synergy_id(each) for each in (steps, steps[::-1], steps[:2])}) == 3


def test_a_home_without_events() -> None:
    items, table = tables([])
    assert find_synergies({}, items, table, home("light.lamp")) == []


def test_patterns_of_what_no_longer_takes_part_are_passed_over() -> None:
    registry = home("binary_sensor.motion", "light.lamp")
    known = patterns_of(sorted(lamp_after_motion(random.Random(23))), registry)
    assert known
    items, table = tables(noise(random.Random(24), 3, DAYS))
    assert find_synergies(known, items, table, registry) == []


def test_the_area_is_that_of_most_of_the_devices() -> None:
    steps = ("person.anna", "light.lamp", "fan.fan")
    past = chain(random.Random(25), *steps)
    words = {(steps[0], "on"): "home", (steps[0], "off"): "not_home"}
    past = [each._replace(state=words.get((each.entity_id, each.state), each.state)) for each in past]
    here = found(past, home(*steps, anna=None))  # type: ignore[arg-type]
    assert only(here, *steps).area == "hall"
    assert only(here, *steps).relationship == "follows"
    assert only(here, *steps[:2]).relationship == "presence_light"
    apart = found(past, home(*steps, anna=None, fan="attic"))  # type: ignore[arg-type]
    assert only(apart, *steps).area is None
    assert only(apart, *steps[:2]).area == "hall"


def test_what_one_expects_depends_on_kinds_and_rooms() -> None:
    near = log_odds("motion", "light", "hall", "hall")
    assert near > log_odds("motion", "light", None, "hall") > log_odds("motion", "light", "attic", "hall")
    assert near > log_odds("motion", "player", "hall", "hall") > log_odds("sensor", "lock", "hall", "hall")
    assert relationship("door", "climate", ordered=True) == "door_climate"
    assert relationship("sensor", "lock", ordered=True) == "follows"
    assert relationship("sensor", "lock", ordered=False) == "together"


def test_what_an_entity_is() -> None:
    registry = home("binary_sensor.motion", "sensor.odd", "input_select.mode", "script.night", "person.anna")
    kinds = [kind_of(each, registry) for each in (*registry.entities, "light.unknown", "binary_sensor.unknown")]
    assert kinds == ["motion", "sensor", "mode", "scene", "presence", "light", "sensor"]
    assert kind_of("binary_sensor.motion", None) == "sensor"
