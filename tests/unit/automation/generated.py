"""Valid plans of every kind, over the things of a given home: seeded, and as a hypothesis strategy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

from shared.home import Registry
from workers.automation.plan.actions import (
    Action,
    ActivateScene,
    CallService,
    CheckCondition,
    Choose,
    ChooseOption,
    Delay,
    DeviceAction,
    FireEvent,
    If,
    Parallel,
    Repeat,
    SetConversationResponse,
    SetVariables,
    Stop,
    WaitForTrigger,
    WaitTemplate,
)
from workers.automation.plan.actions import Sequence as SequenceAction
from workers.automation.plan.conditions import (
    AndCondition,
    Condition,
    DeviceCondition,
    NotCondition,
    NumericStateCondition,
    OrCondition,
    PurposeCondition,
    StateCondition,
    SunCondition,
    TemplateCondition,
    TimeCondition,
    TriggerCondition,
    ZoneCondition,
)
from workers.automation.plan.duration import Duration
from workers.automation.plan.plan import Plan
from workers.automation.plan.target import Target
from workers.automation.plan.triggers import (
    ANY_STATE,
    DeviceTrigger,
    EventTrigger,
    HomeAssistantTrigger,
    MqttTrigger,
    NumericStateTrigger,
    PurposeTrigger,
    StateTrigger,
    SunTrigger,
    TemplateTrigger,
    TimeEntity,
    TimePatternTrigger,
    TimeTrigger,
    Trigger,
    ZoneTrigger,
)
from workers.automation.plan.value import Template

T = TypeVar("T")

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PURPOSE_TRIGGERS = ("light.turned_on", "light.turned_off", "switch.turned_on", "motion.detected", "door.opened")
PURPOSE_CONDITIONS = ("light.is_on", "light.is_off", "switch.is_on", "motion.is_detected", "door.is_open")
SERVICES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("light.turn_on", {"brightness_pct": 40, "transition": 2.5}),
    ("light.turn_on", {"color_name": "red", "flash": "short"}),
    ("light.turn_off", {}),
    ("switch.turn_on", {}),
    ("switch.turn_off", {}),
    ("homeassistant.toggle", {}),
    ("climate.set_temperature", {"temperature": 21.5, "hvac_mode": "heat"}),
)
MESSAGES = (
    "The door is open",
    "yes",
    "12:30",
    "Küche: 5 °C # warm",
    "a\nb",
    " on ",
    "'quoted' \"twice\"",
    "2026-01-01",
)
TEMPLATES = (
    "{{ states('sensor.outside') | float(0) > 20 }}",
    "{{ is_state('sun.sun', 'below_horizon') }}",
    "{% if true %}\n  {{ 1 }}\n{% endif %}",
    "{{ now().hour in [7, 8] and 'x' != \"y\" }}",
)
NAMES = ("Evening light", "Nacht: alles aus", "on", "7", "# no comment", "Lampe é ☀️", "tab\tin it")


@dataclass(frozen=True)
class Things:
    """What plans may speak of. `carried` has devices with one of their lights or switches."""

    entities: Sequence[str]
    areas: Sequence[str]
    floors: Sequence[str]
    labels: Sequence[str]
    devices: Sequence[str]
    carried: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, registry: Registry) -> Things:
        """The things of a home."""
        carried = [
            (entity.device_id, entity.entity_id)
            for entity in registry.entities.values()
            if entity.device_id is not None and entity.domain in ("light", "switch")
        ]
        return cls(
            registry.entity_ids,
            sorted(registry.areas),
            sorted(registry.floors),
            sorted(registry.labels),
            sorted(registry.devices),
            sorted(carried),
        )

    def of_domain(self, *domains: str) -> Sequence[str]:
        """The entities of some domains, else one that may not be there."""
        found = [each for each in self.entities if each.partition(".")[0] in domains]
        return found or [f"{domains[0]}.somewhere"]


def plans(seed: int, count: int, things: Things) -> Iterator[Plan]:
    """Plans, the same for the same seed."""
    maker = Maker(Random(seed), things)
    return (maker.plan(number) for number in range(count))


def plan_strategy(things: Things) -> st.SearchStrategy[Plan]:
    """Any plan, for hypothesis."""
    return st.randoms(use_true_random=False).map(lambda random: Maker(random, things).plan(0))


class Maker:
    """Makes plans by chance."""

    def __init__(self, random: Random, things: Things) -> None:
        self._random, self._things = random, things

    # -- choices -------------------------------------------------------------------------------------------------------

    def _one(self, choices: Sequence[T]) -> T:
        return choices[self._random.randrange(len(choices))]

    def _some(self, choices: Sequence[T], most: int = 3) -> tuple[T, ...]:
        count = self._random.randint(1, min(most, len(choices)))
        left = list(choices)
        return tuple(left.pop(self._random.randrange(len(left))) for _ in range(count))

    def _maybe(self, make: Callable[[], T], odds: float = 0.3) -> T | None:
        return make() if self._random.random() < odds else None

    def _many(self, make: Callable[[int], T], depth: int, most: int = 3) -> tuple[T, ...]:
        return tuple(make(depth) for _ in range(self._random.randint(1, most)))

    def _likely(self, odds: float) -> bool:
        return self._random.random() < odds

    # -- parts ---------------------------------------------------------------------------------------------------------

    def template(self) -> Template:
        return Template(self._one(TEMPLATES))

    def duration(self, *, templates: bool = True) -> Duration:
        kind = self._random.randrange(5 if templates else 3)
        if kind == 0:
            return Duration(length=timedelta(seconds=self._random.randint(0, 200_000)))
        if kind == 1:
            return Duration(length=timedelta(milliseconds=self._random.randint(1, 90_000)))
        if kind == 2:
            return Duration(length=timedelta(minutes=self._random.randint(1, 120)))
        if kind == 3:
            return Duration(template=Template("{{ 5 * 60 }}"))
        return Duration(parts={"minutes": "{{ 2 + 3 }}", "seconds": 30})

    def offset(self) -> Duration:
        return Duration(length=timedelta(seconds=self._random.randint(-7200, 7200)))

    def clock(self) -> str:
        return f"{self._random.randrange(24):02}:{self._random.randrange(60):02}:{self._random.randrange(60):02}"

    def target(self, *, templates: bool = True, entities: Sequence[str] | None = None) -> Target:
        things = self._things
        ways: list[dict[str, Any]] = [{"entity_id": self._some(entities or things.entities)}]
        for key, ids in (
            ("device_id", things.devices),
            ("area_id", things.areas),
            ("floor_id", things.floors),
            ("label_id", things.labels),
        ):
            if ids:
                ways.append({key: self._some(ids, 2)})
        if templates:
            ways.append({"entity_id": ("{{ area_entities('kitchen') }}",)})
        chosen = {key: value for way in self._some(ways, 2) for key, value in way.items()}
        exclude = self._maybe(lambda: Target(entity_id=self._some(things.entities, 2)), 0.1)
        return Target(**chosen, exclude=exclude)

    def common(self) -> dict[str, Any]:
        return {
            "alias": self._maybe(lambda: self._one(NAMES)),
            "enabled": self._one([True, True, True, True, False, Template("{{ 1 == 1 }}")]),
            "note": self._maybe(lambda: "Why this is here.\nIn two lines.", 0.1),
        }

    # -- triggers ------------------------------------------------------------------------------------------------------

    def trigger(self, _depth: int = 0) -> Trigger:
        common = {
            **self.common(),
            "id": self._maybe(lambda: self._one(["door", "0", "yes", "morning light"])),
            "variables": self._maybe(lambda: {"room": "kitchen", "level": 3, "list": [1, "{{ 2 }}"]}, 0.2) or {},
        }
        kinds = [
            self._state_trigger,
            self._numeric_trigger,
            self._time_trigger,
            self._pattern_trigger,
            self._sun_trigger,
            self._zone_trigger,
            self._template_trigger,
            self._event_trigger,
            self._mqtt_trigger,
            self._homeassistant_trigger,
            self._purpose_trigger,
        ]
        if self._things.carried:
            kinds.append(self._device_trigger)
        return self._one(kinds)(common)

    def _state_trigger(self, common: dict[str, Any]) -> Trigger:
        attribute = self._maybe(lambda: "brightness", 0.2)
        values: list[Any] = [("on",), ("on", "off"), ANY_STATE, None] if attribute is None else [(255,), ("x", 3), None]
        before = {self._one(["from_", "not_from"]): self._one(values)}
        after = {self._one(["to", "not_to"]): self._one(values)}
        return StateTrigger(
            entity_id=self._some(self._things.entities),
            attribute=attribute,
            for_=self._maybe(self.duration),
            **before,
            **after,
            **common,
        )

    def _limits(self) -> dict[str, Any]:
        return self._one(
            [
                {"above": 5},
                {"below": 21.5},
                {"above": -3.25, "below": 1e6},
                {"above": self._one(self._things.of_domain("sensor"))},
                {"below": "input_number.limit", "above": 0},
            ]
        )

    def _numeric_trigger(self, common: dict[str, Any]) -> Trigger:
        return NumericStateTrigger(
            entity_id=self._some(self._things.of_domain("sensor")),
            attribute=self._maybe(lambda: "level"),
            value_template=self._maybe(lambda: Template("{{ state.state | float(0) + 1 }}")),
            for_=self._maybe(self.duration),
            **self._limits(),
            **common,
        )

    def _time_trigger(self, common: dict[str, Any]) -> Trigger:
        ways: list[Any] = [
            self.clock(),
            "input_datetime.wake_up",
            "sensor.next_alarm",
            TimeEntity(entity_id="sensor.next_alarm", offset=self._maybe(self.offset, 0.8)),
            Template("{{ '07:30:00' }}"),
        ]
        weekday = self._maybe(lambda: self._some(WEEKDAYS, 7)) or ()
        return TimeTrigger(at=self._some(ways), weekday=weekday, **common)

    def _pattern_trigger(self, common: dict[str, Any]) -> Trigger:
        return TimePatternTrigger(
            hours=self._maybe(lambda: self._one(["*", "/2", "7"])),
            minutes=self._one(["/5", "0", "30", "*"]),
            seconds=self._maybe(lambda: self._one(["/30", "15"])),
            **common,
        )

    def _sun_trigger(self, common: dict[str, Any]) -> Trigger:
        return SunTrigger(event=self._one(["sunrise", "sunset"]), offset=self._maybe(self.offset), **common)

    def _zone_trigger(self, common: dict[str, Any]) -> Trigger:
        people = self._things.of_domain("person", "device_tracker")
        event = self._one(["enter", "leave"])
        return ZoneTrigger(entity_id=self._some(people), zone="zone.home", event=event, **common)

    def _template_trigger(self, common: dict[str, Any]) -> Trigger:
        return TemplateTrigger(value_template=self.template(), for_=self._maybe(self.duration), **common)

    def _event_trigger(self, common: dict[str, Any]) -> Trigger:
        return EventTrigger(
            event_type=self._some(["my_event", "zha_event", "timer.finished"]),
            event_data=self._maybe(lambda: {"command": "on", "args": [1, 2], "n": "{{ 1 }}"}) or {},
            context=self._maybe(lambda: {"user_id": ["abc"]}, 0.1) or {},
            **common,
        )

    def _mqtt_trigger(self, common: dict[str, Any]) -> Trigger:
        return MqttTrigger(
            topic=self._one(["home/+/button", "zigbee2mqtt/remote/action", "a/#"]),
            payload=self._maybe(lambda: self._one(["on", "{{ 'x' }}", "5"])),
            value_template=self._maybe(lambda: Template("{{ value_json.action }}")),
            encoding=self._one(["utf-8", "utf-8", "ascii"]),
            qos=self._random.randrange(3),
            **common,
        )

    def _homeassistant_trigger(self, common: dict[str, Any]) -> Trigger:
        return HomeAssistantTrigger(event=self._one(["start", "shutdown"]), **common)

    def _device_trigger(self, common: dict[str, Any]) -> Trigger:
        device_id, entity_id = self._one(self._things.carried)
        config: dict[str, Any] = {"type": self._one(["turned_on", "turned_off"]), "entity_id": entity_id}
        if self._likely(0.3):
            config["for"] = {"hours": 0, "minutes": 5, "seconds": 0}
        return DeviceTrigger(device_id=device_id, domain=entity_id.partition(".")[0], config=config, **common)

    def _purpose_trigger(self, common: dict[str, Any]) -> Trigger:
        options: dict[str, Any] = {}
        if self._likely(0.5):
            options["behavior"] = self._one(["each", "first", "all"])
        if self._likely(0.5):
            options["for"] = self._one(["00:05:00", {"minutes": 5}])
        target = self.target(templates=False)
        return PurposeTrigger(kind=self._one(PURPOSE_TRIGGERS), target=target, options=options, **common)

    # -- conditions ----------------------------------------------------------------------------------------------------

    def condition(self, depth: int = 2) -> Condition:
        common = self.common()
        kinds = [
            self._state_condition,
            self._numeric_condition,
            self._time_condition,
            self._sun_condition,
            self._zone_condition,
            self._template_condition,
            self._trigger_condition,
            self._purpose_condition,
        ]
        if self._things.carried:
            kinds.append(self._device_condition)
        if depth and self._likely(0.3):
            logic: Any = self._one([AndCondition, OrCondition, NotCondition])
            made: Condition = logic(conditions=self._many(self.condition, depth - 1), **common)
            return made
        return self._one(kinds)(common)

    def _state_condition(self, common: dict[str, Any]) -> Condition:
        if self._likely(0.2):
            return StateCondition(
                entity_id=self._some(self._things.entities),
                attribute="brightness",
                state=self._one([(255,), (True,), ("on", 3), (None,)]),
                **common,
            )
        return StateCondition(
            entity_id=self._some(self._things.entities),
            state=self._some(["on", "off", "home", "12", "null"]),
            match=self._one(["all", "any"]),
            for_=self._maybe(self.duration),
            **common,
        )

    def _numeric_condition(self, common: dict[str, Any]) -> Condition:
        return NumericStateCondition(
            entity_id=self._some(self._things.of_domain("sensor")),
            attribute=self._maybe(lambda: "level"),
            value_template=self._maybe(lambda: Template("{{ state.state | float(0) }}")),
            **self._limits(),
            **common,
        )

    def _time_condition(self, common: dict[str, Any]) -> Condition:
        after = self._one([self.clock(), "input_datetime.wake_up"])
        return TimeCondition(
            after=after,
            before=self._maybe(self.clock, 0.5),
            weekday=self._maybe(lambda: self._some(WEEKDAYS, 7)) or (),
            **common,
        )

    def _sun_condition(self, common: dict[str, Any]) -> Condition:
        return SunCondition(
            after=self._one(["sunrise", "sunset"]),
            after_offset=self._maybe(self.offset),
            before=self._maybe(lambda: self._one(["sunrise", "sunset"])),
            before_offset=self._maybe(self.offset),
            **common,
        )

    def _zone_condition(self, common: dict[str, Any]) -> Condition:
        people = self._things.of_domain("person", "device_tracker")
        return ZoneCondition(entity_id=self._some(people), zone=("zone.home",), **common)

    def _template_condition(self, common: dict[str, Any]) -> Condition:
        return TemplateCondition(value_template=self.template(), **common)

    def _trigger_condition(self, common: dict[str, Any]) -> Condition:
        return TriggerCondition(id=self._some(["door", "0", "yes"]), **common)

    def _device_condition(self, common: dict[str, Any]) -> Condition:
        device_id, entity_id = self._one(self._things.carried)
        config = {"type": self._one(["is_on", "is_off"]), "entity_id": entity_id}
        common = {**common, "enabled": common["enabled"] is not False}
        return DeviceCondition(device_id=device_id, domain=entity_id.partition(".")[0], config=config, **common)

    def _purpose_condition(self, common: dict[str, Any]) -> Condition:
        options: dict[str, Any] = {"behavior": self._one(["any", "all"])}
        if self._likely(0.3):
            options["for"] = "00:05:00"
        target = self.target(templates=False)
        return PurposeCondition(kind=self._one(PURPOSE_CONDITIONS), target=target, options=options, **common)

    # -- actions -------------------------------------------------------------------------------------------------------

    def action(self, depth: int = 2) -> Action:
        if self._likely(0.15):
            return CheckCondition(condition=self.condition(1))
        common = {**self.common(), "continue_on_error": self._likely(0.1)}
        if depth and self._likely(0.4):
            nested = [self._choose, self._if, self._repeat, self._sequence, self._parallel]
            return self._one(nested)(common, depth - 1)
        steps = [
            self._call,
            self._call,
            self._call,
            self._delay,
            self._wait_template,
            self._wait_for_trigger,
            self._variables,
            self._conversation,
            self._event,
            self._stop,
            self._scene,
        ]
        if self._things.carried:
            steps.append(self._device)
        return self._one(steps)(common)

    def _call(self, common: dict[str, Any]) -> Action:
        kind = self._random.randrange(6)
        if kind == 0:
            data = {"message": self._one(MESSAGES), "title": "{{ trigger.id }}", "data": {"tag": "x", "n": [1, None]}}
            return CallService(action="persistent_notification.create", data=data, **common)
        if kind == 1:
            target: Any = self._one([Template("{{ {'entity_id': 'light.a'} }}"), self.target()])
            return CallService(action="{{ 'light.turn_' ~ 'on' }}", data="{{ {} }}", target=target, **common)
        if kind == 2:
            return CallService(
                action="weather.get_forecasts",
                target=Target(entity_id="weather.home"),
                data={"type": "daily"},
                response_variable="forecast",
                **common,
            )
        action, data = self._one(SERVICES)
        return CallService(action=action, target=self.target(), data=data, **common)

    def _delay(self, common: dict[str, Any]) -> Action:
        return Delay(delay=self.duration(), **common)

    def _wait(self) -> dict[str, Any]:
        return {"timeout": self._maybe(self.duration, 0.7), "continue_on_timeout": self._likely(0.6)}

    def _wait_template(self, common: dict[str, Any]) -> Action:
        return WaitTemplate(wait_template=self.template(), **self._wait(), **common)

    def _wait_for_trigger(self, common: dict[str, Any]) -> Action:
        return WaitForTrigger(triggers=self._many(self.trigger, 0, 2), **self._wait(), **common)

    def _variables(self, common: dict[str, Any]) -> Action:
        return SetVariables(variables={"level": 3, "room": "{{ 'x' }}", "deep": {"a": [1.5, True, None]}}, **common)

    def _conversation(self, common: dict[str, Any]) -> Action:
        return SetConversationResponse(response=self._one(["Done", "{{ 'Done' }}", None]), **common)

    def _event(self, common: dict[str, Any]) -> Action:
        return FireEvent(event="homeiq_test", event_data={"text": self._one(MESSAGES), "n": "{{ 1 }}"}, **common)

    def _stop(self, common: dict[str, Any]) -> Action:
        if self._likely(0.5):
            return Stop(reason=self._one(["Enough", None]), error=True, **common)
        return Stop(reason="Enough", response_variable=self._maybe(lambda: "forecast"), **common)

    def _scene(self, common: dict[str, Any]) -> Action:
        return ActivateScene(scene=self._one(self._things.of_domain("scene")), **common)

    def _device(self, common: dict[str, Any]) -> Action:
        device_id, entity_id = self._one(self._things.carried)
        config = {"type": self._one(["turn_on", "turn_off", "toggle"]), "entity_id": entity_id}
        common = {**common, "enabled": common["enabled"] is not False}
        return DeviceAction(device_id=device_id, domain=entity_id.partition(".")[0], config=config, **common)

    def _choose(self, common: dict[str, Any], depth: int) -> Action:
        def option(level: int) -> ChooseOption:
            return ChooseOption(
                alias=self._maybe(lambda: self._one(NAMES)),
                conditions=self._many(self.condition, 1, 2),
                sequence=self._many(self.action, level, 2),
            )

        default = self._maybe(lambda: self._many(self.action, depth, 2)) or ()
        return Choose(options=self._many(option, depth, 2), default=default, **common)

    def _if(self, common: dict[str, Any], depth: int) -> Action:
        return If(
            conditions=self._many(self.condition, 1, 2),
            then=self._many(self.action, depth, 2),
            else_=self._maybe(lambda: self._many(self.action, depth, 2)) or (),
            **common,
        )

    def _repeat(self, common: dict[str, Any], depth: int) -> Action:
        ways: list[dict[str, Any]] = [
            {"count": self._one([3, Template("{{ 2 + 1 }}")])},
            {"while_": self._many(self.condition, 1, 2)},
            {"until": self._many(self.condition, 1, 2)},
            {"for_each": self._one([("a", "b"), ({"x": 1}, {"x": "{{ 2 }}"}), Template("{{ [1, 2] }}")])},
        ]
        return Repeat(sequence=self._many(self.action, depth, 2), **self._one(ways), **common)

    def _sequence(self, common: dict[str, Any], depth: int) -> Action:
        return SequenceAction(sequence=self._many(self.action, depth), **common)

    def _parallel(self, common: dict[str, Any], depth: int) -> Action:
        def branch(level: int) -> SequenceAction:
            return SequenceAction(
                alias=self._maybe(lambda: self._one(NAMES)), sequence=self._many(self.action, level, 2)
            )

        return Parallel(branches=self._many(branch, depth), **common)

    # -- the whole -----------------------------------------------------------------------------------------------------

    def plan(self, number: int) -> Plan:
        mode: Any = self._one(["single", "restart", "queued", "parallel"])
        return Plan(
            id=f"generated_{number}",
            alias=f"Generated {number}",
            description=self._maybe(lambda: self._one(MESSAGES)),
            triggers=self._many(self.trigger, 0),
            conditions=self._maybe(lambda: self._many(self.condition, 2), 0.6) or (),
            actions=self._many(self.action, 2),
            mode=mode,
            max=self._random.randint(2, 20) if mode in ("queued", "parallel") else 10,
            max_exceeded=self._one(["warning", "silent", "error"]),
            initial_state=self._one([None, None, True, False]),
            variables=self._maybe(lambda: {"room": "kitchen", "level": "{{ 1 + 1 }}"}) or {},
            trigger_variables=self._maybe(lambda: {"place": "hall"}) or {},
            stored_traces=self._maybe(lambda: 5, 0.1),
        )
