"""Following an automation through all its branches, scripts and scenes, to all that it may do. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from workers.automation.home_view import HomeView
from workers.automation.plan.actions import (
    Action,
    ActivateScene,
    CallService,
    Choose,
    DeviceAction,
    FireEvent,
    If,
    Parallel,
    Repeat,
    Sequence,
    Stop,
)
from workers.automation.plan.plan import Plan
from workers.automation.plan.target import Target
from workers.automation.plan.value import Data, Template, is_template
from workers.automation.safety.aim import aim
from workers.automation.safety.chosen import Choice, Scope, choices
from workers.automation.safety.deed import Course, Deed, Guard, Loop, Unread
from workers.automation.safety.outcomes import FOLLOWED, POSSIBLE, device_service, scene_services
from workers.automation.safety.setting import Setting, after, branches, enabled
from workers.automation.safety.signals import set_off_by
from workers.automation.safety.wire import commanded

_MOST_DEEDS = 4_000
_DEEPEST_CALL = 12
_SCRIPT_SERVICES = frozenset({"turn_on", "turn_off", "toggle", "reload"})


def course_of(plan: Plan, home: HomeView) -> Course:
    """All that an automation may do in a home."""
    walker = _Walker(home)
    starters = tuple(each for each in plan.triggers if each.enabled is not False)
    variables = {**dict(plan.trigger_variables), **dict(plan.variables)}
    setting = Setting(starters=(starters,), variables=variables).given(Guard(enabled(plan.conditions)))
    walker.sequence(plan.actions, setting, ())
    return Course(tuple(walker.deeds), tuple(walker.loops), tuple(walker.recursions), tuple(walker.unread), walker.cut)


class _Walker:
    def __init__(self, home: HomeView) -> None:
        self.home = home
        self.deeds: list[Deed] = []
        self.loops: list[Loop] = []
        self.recursions: list[tuple[str, str]] = []
        self.unread: list[Unread] = []
        self.cut: str | None = None
        self.made: dict[str, Mapping[str, Any]] = {}
        """Scenes that the automation itself creates."""

    # -- sequences and branches ----------------------------------------------------------------------------------------

    def sequence(self, actions: tuple[Action, ...], setting: Setting, later: tuple[tuple[Action, ...], ...]) -> None:
        """All of a sequence, each action in what is so after those before it."""
        for at, action in enumerate(actions):
            if action.enabled is False:
                continue
            if len(self.deeds) >= _MOST_DEEDS:
                self.cut = self.cut or setting.path or action.path
                return
            self.action(action, replace(setting, sources=(*setting.sources, action)), (actions[at + 1 :], *later))
            if isinstance(action, Stop):
                return
            setting = after(action, setting)

    def action(self, action: Action, setting: Setting, later: tuple[tuple[Action, ...], ...]) -> None:
        """One action."""
        if isinstance(action, CallService):
            self.call(action, setting, later)
        elif isinstance(action, (If, Choose)):
            for guards, branch in branches(action):
                self.sequence(branch, setting.given(*guards), later)
        elif isinstance(action, Repeat):
            self.repeat(action, setting, later)
        elif isinstance(action, Sequence):
            self.sequence(action.sequence, setting, later)
        elif isinstance(action, Parallel):
            for each in action.branches:
                self.action(each, setting, later)
        else:
            self.short(action, setting, later)

    def repeat(self, action: Repeat, setting: Setting, later: tuple[tuple[Action, ...], ...]) -> None:
        """What is repeated; `repeat.item` is any of the list."""
        self.loops.append(Loop(setting.path or action.path, action, setting.through))
        if action.for_each is not None:
            setting = replace(setting, variables={**(setting.variables or {}), "repeat.item": action.for_each})
        self.sequence(action.sequence, setting.given(Guard(enabled(action.while_ or ()))), later)

    def short(self, action: Action, setting: Setting, later: tuple[tuple[Action, ...], ...]) -> None:
        """What is no service in so many words: a scene, an event, a device action."""
        path = setting.path or action.path
        if isinstance(action, ActivateScene):
            call = CallService(action="scene.turn_on", target=Target(entity_id=action.scene), path=action.path)
            self.call(call, setting, later)
        elif isinstance(action, FireEvent):
            data = {key: choices(value, self._scope(setting)) for key, value in action.event_data.items()}
            ids = frozenset({f"event:{each}" for each in choices(action.event, self._scope(setting)).texts})
            self._do(Deed(path, "event.fire", ids, ids, data=data), setting, later)
        elif isinstance(action, DeviceAction):
            self.call(_device_call(action, self.home), setting, later)

    # -- services ------------------------------------------------------------------------------------------------------

    def call(self, call: CallService, setting: Setting, later: tuple[tuple[Action, ...], ...]) -> None:
        """One service, or each that it may be."""
        path, scope = setting.path or call.path, self._scope(setting)
        for service in self._services(call, scope, path):
            domain = service.partition(".")[0]
            hit = aim(call, domain, scope)
            if hit.open:
                self.unread.append(Unread(path, service))
            data = (
                {} if isinstance(call.data, str) else {key: choices(value, scope) for key, value in call.data.items()}
            )
            deed = Deed(
                path,
                service,
                hit.entity_ids,
                hit.named,
                hit.everything,
                hit.open,
                data,
                templated=_templated(call.data),
            )
            self._do(deed, setting, later)
            self._follow(deed, call, setting, later)

    def _services(self, call: CallService, scope: Scope, path: str) -> list[str]:
        """The services that a call may be, in small letters."""
        chosen = choices(call.action, scope)
        if chosen.complete:
            return sorted(each.lower() for each in chosen.texts)
        head = call.action.partition("{")[0].strip().lower()
        if "." in head:
            return [each for each in POSSIBLE if each.startswith(head)] or [f"{head.partition('.')[0]}.?"]
        self.unread.append(Unread(path, str(call.action), action=True))
        return sorted(each for each in chosen.texts if each in POSSIBLE)

    def _do(self, deed: Deed, setting: Setting, later: tuple[tuple[Action, ...], ...]) -> None:
        self.deeds.append(
            replace(
                deed,
                guards=setting.guards,
                starters=setting.starters,
                through=setting.through,
                sources=setting.sources,
                later=later,
            )
        )

    def _scope(self, setting: Setting) -> Scope:
        return Scope(self.home, setting.variables or {}, set_off_by(setting.starters[0] if setting.starters else ()))

    # -- scripts, scenes, other automations ----------------------------------------------------------------------------

    def _follow(self, deed: Deed, call: CallService, setting: Setting, later: tuple[tuple[Action, ...], ...]) -> None:
        inner = replace(setting, path=deed.path)
        if deed.service == "scene.apply":
            entities = call.data.get("entities") if isinstance(call.data, Data) else None
            self._scene("scene.apply", entities if isinstance(entities, Mapping) else {}, inner, later)
            return
        if deed.service == "scene.create":
            self._create(call)
            return
        if deed.service == "mqtt.publish":
            for service, ids in commanded(deed.data, self.home):
                self._do(Deed(deed.path, service, ids, ids), setting, later)
            return
        for entity_id in _started(deed):
            domain = entity_id.partition(".")[0]
            if domain == "scene" and deed.verb in {"turn_on", "toggle"}:
                self._scene(entity_id, self.made.get(entity_id) or self.home.scenes.get(entity_id, {}), inner, later)
            elif domain == "script":
                self._script(entity_id, call, inner, later)
            elif domain == "automation" and deed.verb == "trigger" and (plan := self.home.automations.get(entity_id)):
                self._within(entity_id, plan.actions, dict(plan.variables), inner, later)

    def _script(
        self, entity_id: str, call: CallService, setting: Setting, later: tuple[tuple[Action, ...], ...]
    ) -> None:
        given: Mapping[str, Any] = call.data if isinstance(call.data, Data) else {}
        if call.action.startswith("script.turn_on") or call.domain == "homeassistant":
            inner = given.get("variables", {})
            given = inner if isinstance(inner, Mapping) else {}
        scope = self._scope(setting)
        passed = {key: _settled(value, scope) for key, value in given.items()}
        self._within(entity_id, self.home.scripts.get(entity_id, ()), passed, setting, later)

    def _within(
        self,
        entity_id: str,
        actions: tuple[Action, ...],
        variables: Mapping[str, Any],
        setting: Setting,
        later: tuple[tuple[Action, ...], ...],
    ) -> None:
        if entity_id in setting.through:
            self.recursions.append((setting.path or "", entity_id))
        elif len(setting.through) < _DEEPEST_CALL:
            inner = replace(setting, through=(*setting.through, entity_id), variables=variables)
            self.sequence(actions, inner, later)

    def _create(self, call: CallService) -> None:
        told: Mapping[str, Any] = call.data if isinstance(call.data, Data) else {}
        name, entities = told.get("scene_id"), told.get("entities")
        if isinstance(name, str) and isinstance(entities, Mapping):
            self.made[f"scene.{name}"] = entities

    def _scene(
        self, name: str, entities: Mapping[str, Any], setting: Setting, later: tuple[tuple[Action, ...], ...]
    ) -> None:
        scope, inner = self._scope(setting), replace(setting, through=(*setting.through, name))
        for entity_id, value in entities.items():
            ids = frozenset({str(entity_id)})
            for service, data in scene_services(str(entity_id), value):
                chosen = {key: choices(each, scope) for key, each in data.items()}
                self._do(Deed(setting.path or "", service, ids, ids, data=chosen), inner, later)


def _device_call(action: DeviceAction, home: HomeView) -> CallService:
    """The service call that a device action stands for; an entity that is named by no id is any of the device."""
    service = device_service(action.domain, str(action.config.get("type", "")))
    listed = str(action.config.get("entity_id", ""))
    carried = home.registry.by_device.get(action.device_id, ())
    ids = (listed,) if "." in listed else tuple(each for each in carried if each.startswith(f"{action.domain}."))
    config = action.config.without("type", "entity_id", "subtype")
    return CallService(action=service, target=Target(entity_id=ids), data=config, path=action.path)


def _started(deed: Deed) -> Iterator[str]:
    """The scripts, scenes and automations that a deed starts."""
    if deed.domain == "script" and deed.verb not in _SCRIPT_SERVICES:
        yield deed.service
    elif deed.verb in {"turn_on", "toggle", "trigger"}:
        yield from sorted(each for each in deed.entity_ids if each.partition(".")[0] in FOLLOWED)


def _settled(value: Any, scope: Scope) -> Any:
    """A variable that is passed on: what it may be, as a list; the template itself where that can't be told."""
    if not isinstance(value, Template):
        return value
    chosen: Choice = choices(value, scope)
    return tuple(sorted(chosen.values, key=str)) if chosen.complete else value


def _templated(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_templated(each) for each in value.values())
    if isinstance(value, (tuple, list)):
        return any(_templated(each) for each in value)
    return isinstance(value, str) and is_template(value)
