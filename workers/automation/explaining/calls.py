"""Actions of integrations as orders: `turn on Hall lamp at 40 %`. Pure."""

from __future__ import annotations

import re
from typing import Final

from workers.automation.explaining.english import phrases, services
from workers.automation.explaining.naming import Names, noun
from workers.automation.explaining.values import clock, listed, number, opaque, quoted, seconds_of, span, value, words
from workers.automation.plan.actions import CallService
from workers.automation.plan.value import Data, Tagged, Template, Value, is_template

_IT_BEHIND: Final = re.compile(r"^turn (on|off) it\b")
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


def call(action: CallService, names: Names) -> str:
    """What an action does, as an order."""
    if isinstance(action.action, (Template, Tagged)):
        return phrases.COMPUTED_ACTION
    domain, _, service = action.action.partition(".")
    data = action.data if isinstance(action.data, Data) else Data()
    if domain == "script" and service not in {"turn_on", "turn_off", "toggle", "reload"}:
        told = phrases.RUN.format(names.entity(action.action))
        return _told_behind(told, dict(data), names)
    target = _target(action, names, domain)
    given: dict[str, str] = {key: field(key, each, names) for key, each in data.items()}
    if action.action == "scene.apply":
        given["entities"] = _states(data.get("entities"), names)
    given |= {"target": target} if target else {}
    for phrase in _phrases(action.action):
        wanted = set(_PLACEHOLDER.findall(phrase)) - {"service", "domain"}
        if wanted <= given.keys():
            break
    else:
        phrase = services.ANY_ACTION + (services.ON_TARGET if target else "")
        wanted = {"target"}
    told = phrase.format(**{"service": _service(service, names), "domain": words(domain).capitalize(), **given})
    if target == phrases.IT:
        told = _IT_BEHIND.sub(r"turn it \1", told)
    if isinstance(action.data, Template):
        told = phrases.WITH.format(told, phrases.COMPUTED)
    if action.action == "media_player.volume_mute" and isinstance(muted := data.get("is_volume_muted"), bool):
        told = (phrases.MUTE if muted else phrases.UNMUTE).format(target)
    return _told_behind(told, {key: each for key, each in data.items() if key not in wanted}, names)


def known_action(action: str) -> bool:
    """Whether an action has words of its own."""
    return action in services.SERVICES or action.partition(".")[2] in services.EVERYWHERE


def _phrases(action: str) -> tuple[str, ...]:
    domain, _, service = action.partition(".")
    if action == "notify.notify":
        return (services.DEFAULT_NOTIFIER,)
    return services.SERVICES.get(action) or services.EVERYWHERE.get(service) or services.BY_DOMAIN.get(domain, ())


def _service(service: str, names: Names) -> str:
    """The name of an action that is the house's own: of a phone's, the phone's name."""
    phone = service.removeprefix("mobile_app_")
    return words(service) if phone == service else names.named_like(phone)


def _target(action: CallService, names: Names, domain: str) -> str:
    if isinstance(action.target, (Template, Tagged)):
        return phrases.DYNAMIC_TARGET
    target = action.target
    if target is None or target.empty:
        return ""
    told = names.target(target, domain)
    if (
        domain == "automation"
        and target.entity_id
        and len(target.entity_id) == 1
        and told != phrases.ALL_OF.format(noun(domain, 1))
    ):
        return phrases.THE_AUTOMATION.format(told)
    return told


def _told_behind(told: str, rest: dict[str, Value], names: Names) -> str:
    more = services.OTHERWISE_BEHIND
    for key, each in rest.items():
        phrase = _behind(key, each) if key in services.SPECIAL else services.BEHIND.get(key, more)
        if phrase:
            told = f"{told} {phrase.format(field=words(key), value=field(key, each, names))}"
            more = services.AND_BEHIND if phrase == more else more
    return told


def _behind(key: str, given: Value) -> str:
    """What is told behind an action of a field whose value decides how."""
    if key == "retain":
        return services.KEPT_BY_BROKER if given is True else ""
    if key == "data":
        return _extras(given) if isinstance(given, Data) else ""
    darker = isinstance(given, (int, float)) and given < 0
    return services.DIMMER if darker else services.BRIGHTER


def _extras(given: Data) -> str:
    """How a message is sent: urgently, with buttons."""
    push = given.get("push")
    sound = push.get("sound") if isinstance(push, Data) else None
    critical = isinstance(sound, Data) and bool(sound.get("critical"))
    told = []
    if critical or any(given.get(each) in ("high", "max") for each in ("priority", "importance")):
        told.append(services.URGENTLY)
    actions = given.get("actions")
    titles = [each.get("title") for each in actions if isinstance(each, Data)] if isinstance(actions, tuple) else []
    if named := [quoted(each) for each in titles if isinstance(each, str)]:
        told.append(services.WITH_BUTTONS.format(listed(named)))
    return " ".join(told).replace("{", "{{").replace("}", "}}")


def field(key: str, given: Value, names: Names) -> str:  # noqa: PLR0911 - one case a kind
    """The value of a field of an action's data in words."""
    if key in services.POSITIONS:
        return phrases.COMPUTED_POSITION if isinstance(given, str) else phrases.OPEN.format(f"{value(given)} %")
    if key == "rgb_color" and isinstance(given, tuple) and len(given) == 3:  # noqa: PLR2004 - red, green, blue
        return services.COLOURS.get(given) or services.MIXED.format(*(value(each) for each in given))
    if key in services.STEPS and isinstance(given, (int, float)):
        return f"{number(round(100 * abs(given) / services.STEPS[key]))} %"
    if key in services.ENTITY_FIELDS:
        ids = given if isinstance(given, tuple) else (given,)
        return names.entities([each for each in ids if isinstance(each, str)])
    if isinstance(given, str):
        return _text(key, given)
    if key in services.SHARES and isinstance(given, (int, float)) and not isinstance(given, bool):
        return f"{number(round(100 * given / services.SHARES[key]))} %"
    if key in services.DURATIONS and (seconds := seconds_of(given)) is not None:
        return span(seconds)
    unit = names.temperature_unit if services.UNITS.get(key) == "°C" else services.UNITS.get(key)
    if unit is not None and isinstance(given, (int, float)):
        return f"{number(given)} {unit}"
    return value(given)


def _text(key: str, given: str) -> str:  # noqa: PLR0911 - one case a kind
    if isinstance(given, (Template, Tagged)):
        return opaque(given)
    if key in services.DURATIONS and (seconds := seconds_of(given)) is not None:
        return span(seconds)
    if key == "topic":
        return given
    if key in {"time", "datetime"}:
        return clock(given)
    if key == "command":
        return quoted(words(given))
    if key in services.NO_WORDS or " " in given or is_template(given):
        return quoted(given)
    return services.WORDS.get(given) or words(given)


def _states(given: Value, names: Names) -> str:
    """What a scene sets: `Hall lamp to on`."""
    if not isinstance(given, Data):
        return phrases.DYNAMIC_TARGET
    parts = []
    for entity_id, wanted in given.items():
        state = wanted.get("state") if isinstance(wanted, Data) else wanted
        state = "on" if state is True else "off" if state is False else state
        parts.append(phrases.STATE_OF_SCENE.format(names.entity(entity_id), value(state)))
    return listed(parts)
