"""What a clause says is to be done, and which domains can do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from workers.query.understanding.orders.clauses import Clause
from workers.query.understanding.orders.order import Deed, Setting

_SWITCHED = (
    "light", "switch", "fan", "media_player", "climate", "humidifier", "siren", "input_boolean", "water_heater",
    "remote", "camera", "scene", "script", "automation", "vacuum", "lawn_mower", "cover", "valve", "lock",
    "alarm_control_panel", "button", "input_button", "group", "timer",
)  # fmt: skip
_OPENED = ("cover", "valve", "lock")

DOMAINS: dict[Deed, tuple[str, ...]] = {
    Deed.ON: _SWITCHED,
    Deed.OFF: _SWITCHED,
    Deed.TOGGLE: ("light", "switch", "fan", "media_player", "input_boolean", "cover", "siren", "humidifier", "climate"),
    Deed.OPEN: _OPENED,
    Deed.CLOSE: _OPENED,
    Deed.LOCK: ("lock",),
    Deed.UNLOCK: ("lock",),
    Deed.START: (
        "vacuum", "lawn_mower", "timer", "script", "scene", "media_player", "automation", "button", "switch", "light",
        "fan", "climate", "humidifier", "input_boolean", "siren", "water_heater",
    ),
    Deed.STOP: (
        "cover", "vacuum", "lawn_mower", "media_player", "timer", "script", "valve", "switch", "light", "fan",
        "climate", "humidifier", "siren", "input_boolean", "water_heater",
    ),
    Deed.PAUSE: ("media_player", "vacuum", "lawn_mower", "timer"),
    Deed.PLAY: ("media_player", "vacuum", "lawn_mower", "timer"),
    Deed.NEXT: ("media_player",),
    Deed.PREVIOUS: ("media_player",),
    Deed.LEAVE: _SWITCHED,
    Deed.MUTE: ("media_player", "siren"),
    Deed.UNMUTE: ("media_player",),
    Deed.DOCK: ("vacuum", "lawn_mower"),
    Deed.LOCATE: ("vacuum",),
    Deed.ACTIVATE: ("scene", "script", "automation", "alarm_control_panel", *_SWITCHED[:10], "button", "input_button"),
    Deed.ARM: ("alarm_control_panel",),
    Deed.DISARM: ("alarm_control_panel",),
    Deed.PRESS: ("button", "input_button", "script"),
    Deed.CANCEL: ("timer", "vacuum", "script"),
}  # fmt: skip
"""The domains that can follow a deed, the likeliest first."""

_BY_SETTING: dict[str, tuple[str, ...]] = {
    "brightness": ("light",),
    "color": ("light",),
    "kelvin": ("light",),
    "effect": ("light",),
    "temperature": ("climate", "water_heater"),
    "position": ("cover", "valve"),
    "tilt": ("cover",),
    "volume": ("media_player",),
    "source": ("media_player",),
    "shuffle": ("media_player",),
    "speed": ("fan",),
    "oscillate": ("fan",),
    "direction": ("fan",),
    "humidity": ("humidifier", "climate"),
    "mode": ("climate", "alarm_control_panel", "humidifier", "water_heater", "select", "input_select", "fan"),
    "preset": ("climate", "fan"),
    "option": ("select", "input_select", "media_player", "climate", "fan", "light", "humidifier", "water_heater"),
    "": ("light", "cover", "climate", "fan", "media_player", "humidifier", "water_heater", "valve", "number",
         "input_number", "select", "input_select", "alarm_control_panel", "scene"),
}  # fmt: skip
_CHOOSING = (
    "climate", "select", "input_select", "number", "input_number", "alarm_control_panel", "scene", "light",
    "water_heater", "humidifier",
)  # fmt: skip
"""What can be set to something that has to be asked, or by its name alone."""
_BY_UNIT: dict[str, tuple[str, ...]] = {
    "degrees": ("climate", "water_heater", "number", "input_number"),
    "fahrenheit": ("climate", "water_heater"),
    "kelvin": ("light",),
    "percent": ("light", "cover", "fan", "media_player", "humidifier", "valve", "number", "input_number"),
}

_PLAIN: dict[str, Deed] = {
    "on": Deed.ON, "off": Deed.OFF, "toggle": Deed.TOGGLE, "open": Deed.OPEN, "close": Deed.CLOSE, "lock": Deed.LOCK,
    "unlock": Deed.UNLOCK, "start": Deed.START, "stop": Deed.STOP, "pause": Deed.PAUSE, "play": Deed.PLAY,
    "next": Deed.NEXT, "previous": Deed.PREVIOUS, "mute": Deed.MUTE, "unmute": Deed.UNMUTE, "clean": Deed.START,
    "dock": Deed.DOCK, "mow": Deed.START, "locate": Deed.LOCATE, "arm": Deed.ARM, "disarm": Deed.DISARM,
    "activate": Deed.ACTIVATE, "leave": Deed.LEAVE, "press": Deed.PRESS, "cancel": Deed.CANCEL, "set": Deed.SET,
}  # fmt: skip
_PARTICLES: dict[str, Deed] = {
    "on": Deed.ON, "off": Deed.OFF, "open": Deed.OPEN, "closed": Deed.CLOSE, "out": Deed.OPEN, "in": Deed.CLOSE,
    "home": Deed.DOCK, "playing": Deed.PLAY, "locked": Deed.LOCK, "unlocked": Deed.UNLOCK,
}  # fmt: skip
_WAYS = {"up": 1, "down": -1}
_STEPPING = {"raise": ("", 1), "lower": ("", -1), "dim": ("brightness", -1), "brighten": ("brightness", 1),
             "heat": ("temperature", 1), "cool": ("temperature", -1)}  # fmt: skip
_SILENT_TOPICS = frozenset({"playback", "track"})
IMPLIED: dict[str, str] = {
    "shuffle": "media_player",
    "playback": "media_player",
    "track": "media_player",
    "volume": "media_player",
}
"""What is said of no thing: the domain that the topic implies."""


def domains(deed: Deed, settings: Sequence[Setting]) -> tuple[str, ...]:
    """The domains that can do it, the likeliest first."""
    if deed is not Deed.SET and not (deed in {Deed.ON, Deed.ACTIVATE} and settings):
        return DOMAINS[deed]
    if not settings:
        return _CHOOSING
    found: tuple[str, ...] | None = None
    for each in settings:
        by_unit = _BY_UNIT.get(each.unit) if not each.what else None
        able = by_unit or _BY_SETTING[each.what]
        if not each.what and each.step and each.value is None:
            able = ("light", "media_player", "climate", "cover", "fan", "water_heater")
        found = able if found is None else tuple(domain for domain in found if domain in able)
    return found if found is not None else _BY_SETTING[""]


def meaning(clause: Clause) -> tuple[Deed, tuple[Setting, ...]] | None:  # noqa: PLR0911 (one a way to say nothing)
    """What a clause says is to be done and set; None where it says nothing, or what does not go together."""
    verb = clause.verbs[0] if clause.verbs else None
    if "mode" in clause.topics and not clause.modes and clause.verbs and clause.verbs[0] in {"heat", "cool"}:
        clause.modes, clause.verbs = [clause.verbs[0]], []  # "the air conditioning cool mode"
    if clause.lost or len(set(clause.verbs)) > 1 or len(set(clause.particles)) > 1 or _less_of_a_word(clause):
        return None
    particle = clause.particles[0] if clause.particles else None
    settings = _settings(clause, verb, particle)
    deed = _deed(clause, verb, particle, settings)
    if deed is None or _contradict(settings) or (verb is None and _of_a_place(clause, settings)):
        return None
    if "shuffle" in clause.topics:
        return Deed.SET, (Setting("shuffle", "off" if deed is Deed.OFF or "off" in clause.modes else "on"),)
    if "oscillate" in clause.topics and deed in {Deed.SET, Deed.ON, Deed.OFF, Deed.START, Deed.STOP}:
        return Deed.SET, (Setting("oscillate", "off" if deed in {Deed.OFF, Deed.STOP} else "on"),)
    if deed in {Deed.OPEN, Deed.CLOSE} and settings:
        return Deed.SET, tuple(_opened(each) for each in settings)
    if settings and not _takes(deed, settings):
        return None
    return deed, settings


def _less_of_a_word(clause: Clause) -> bool:
    """Whether more or less is wanted of what has no more or less: "less red"."""
    worded = any(isinstance(each.value, str) or each.what == "kelvin" for each in clause.settings)
    return worded and any(each.step and each.value is None for each in clause.settings)


def _of_a_place(clause: Clause, settings: tuple[Setting, ...]) -> bool:
    """Whether a bare number stands beside a place alone: "bedroom 22", "the bedroom one"."""
    bare = len(settings) == 1 and not (settings[0].what or settings[0].unit or settings[0].step)
    return bare and bool(clause.groups) and not any(each.things or each.kinds for each in clause.groups)


def _contradict(settings: tuple[Setting, ...]) -> bool:
    """Whether one thing would be set to two values: "from 20 to 30", "20 or 30"."""
    numbers = [each for each in settings if isinstance(each.value, float)]
    words = [each for each in settings if isinstance(each.value, str)]
    units = [each.unit for each in numbers if not each.what]
    whats = [each.what for each in (*numbers, *words) if each.what]
    unclear = len(units) > 1 and (len(set(units)) < len(units) or "" in units)
    return unclear or len(set(whats)) < len(whats)


def _takes(deed: Deed, settings: tuple[Setting, ...]) -> bool:
    """Whether a deed goes with what is set: a bare number behind "turn on" may be a time or a room."""
    if deed is Deed.ON:
        return all(each.what or each.unit or isinstance(each.value, str) for each in settings)
    if deed is Deed.ARM:
        return all(each.what in {"mode", "option"} for each in settings)
    return deed in {Deed.SET, Deed.ACTIVATE}


def _opened(setting: Setting) -> Setting:
    return setting if setting.what else replace(setting, what="position")


def _deed(clause: Clause, verb: str | None, particle: str | None, settings: tuple[Setting, ...]) -> Deed | None:  # noqa: C901, PLR0911, PLR0912
    if verb in _STEPPING:
        return Deed.SET
    if verb == "turn" or (verb == "set" and particle in {"on", "off"}):
        if particle in _PARTICLES:
            return _PARTICLES[particle]
        if "oscillate" in clause.topics:
            return Deed.SET
        return Deed.SET if settings else None
    if verb == "draw":
        return {"up": Deed.OPEN, "open": Deed.OPEN, "out": Deed.OPEN}.get(particle or "", Deed.CLOSE)
    if verb is None and "oscillate" in clause.topics:
        return Deed.SET
    if verb == "send":
        return Deed.DOCK if particle == "home" and clause.groups else None
    if verb == "set":
        return Deed.SET if settings or particle is None else _PARTICLES.get(particle)
    if verb in {"close", "leave"} and particle == "off":
        return Deed.OFF if verb == "close" else Deed.LEAVE
    if verb == "leave":
        return Deed.LEAVE
    if verb is not None:
        if particle and particle not in _WAYS and _PARTICLES[particle] is not _PLAIN.get(verb):
            both = {_PLAIN.get(verb), _PARTICLES[particle]}
            return Deed.DOCK if both in ({Deed.DOCK}, {Deed.START, Deed.DOCK}) else None
        return _PLAIN.get(verb)
    if particle in {"in", "home", "out"}:
        return None
    if particle in _PARTICLES:
        return _PARTICLES[particle]
    return Deed.SET if settings else None


def _settings(clause: Clause, verb: str | None, particle: str | None) -> tuple[Setting, ...]:
    """All that is set, each with what it is, as far as that was said."""
    topics = [each for each in dict.fromkeys(clause.topics) if each not in _SILENT_TOPICS]
    found = _values(clause)
    if verb == "dim" and found:
        topics = topics or ["brightness"]
    way = _STEPPING[verb] if verb in _STEPPING else ("", _WAYS.get(particle or "", 0))
    steps = [each for each in found if each.step and each.value is None]
    values = [each for each in found if each not in steps]
    if "playback" in clause.topics and not topics and (steps or way[1]):
        topics = ["volume"]
    what = topics[0] if len(topics) == 1 else ""
    if values:
        sign = way[1] or next((each.step for each in steps), 0)
        what = what or next((each.what for each in steps if each.what), "") or way[0]
        values = [each if each.what else replace(each, what=what) for each in values]
        turned = particle in _WAYS and verb in {"turn", "set", None} and all(each.unit for each in clause.settings)
        if clause.by or ((steps or turned) and not clause.to):
            values = [replace(each, step=sign) if isinstance(each.value, float) else each for each in values]
        return tuple(values)
    if steps:
        return tuple(each if each.what else replace(each, what=what or way[0]) for each in steps[:1])
    if way[1] and (verb in _STEPPING or verb in {"turn", "set", None}):
        return (Setting(what or way[0], None, step=way[1]),)
    return ()


def _values(clause: Clause) -> list[Setting]:
    """The values that were said: numbers, colours, modes, words of the thing's own."""
    found = list(clause.settings)
    topics = set(clause.topics)
    for mode in dict.fromkeys(clause.modes):
        what = next((each for each in ("preset", "source", "effect", "direction", "speed") if each in topics), "mode")
        found.append(Setting(what, mode))
    if clause.raw:
        what = next((each for each in ("source", "effect", "preset", "mode") if each in topics), "option")
        found.append(Setting(what, " ".join(span.phrase for span in clause.raw)))
    return found
