"""Media players: on and off, playing, volume, source."""

from __future__ import annotations

from workers.query.acting.deeds import Call, NotAble, OutOfRange, Trouble
from workers.query.acting.thing import Thing
from workers.query.acting.values import PERCENT, option, stepped, tidy, within
from workers.query.understanding.orders.order import Deed, Order, Setting

_PLAIN = {
    Deed.ON: "turn_on", Deed.OFF: "turn_off", Deed.TOGGLE: "toggle", Deed.PLAY: "media_play", Deed.START: "media_play",
    Deed.PAUSE: "media_pause", Deed.STOP: "media_stop", Deed.NEXT: "media_next_track",
    Deed.PREVIOUS: "media_previous_track", Deed.ACTIVATE: "turn_on",
}  # fmt: skip


def of_media_player(thing: Thing, order: Order) -> tuple[Call, ...] | Trouble:
    """What a media player is asked."""
    if order.deed in {Deed.MUTE, Deed.UNMUTE}:
        return (Call.of("media_player.volume_mute", is_volume_muted=order.deed is Deed.MUTE),)
    if not order.settings:
        service = _PLAIN.get(order.deed)
        return (Call.of(f"media_player.{service}"),) if service else NotAble((thing.entity_id,), order.deed)
    setting = order.settings[0]
    if setting.what == "shuffle":
        return (Call.of("media_player.shuffle_set", shuffle=setting.value != "off"),)
    if isinstance(setting.value, str):
        return _source(thing, setting.value)
    if setting.what not in {"", "volume"} or setting.unit in {"degrees", "kelvin", "fahrenheit"}:
        return NotAble((thing.entity_id,), Deed.SET, setting.what)
    return _volume(thing, setting)


def _volume(thing: Thing, setting: Setting) -> tuple[Call, ...] | Trouble:
    if setting.step and setting.value is None:
        return (Call.of("media_player.volume_up" if setting.step > 0 else "media_player.volume_down"),)
    if setting.step:
        level = thing.number("volume_level")
        now = None if level is None else level * 100
        value = stepped(thing, setting, now, 10, "volume", PERCENT)
    else:
        value = within(thing, setting, "volume", PERCENT, "%")
    if isinstance(value, (OutOfRange, NotAble)):
        return value
    return (Call.of("media_player.volume_set", volume_level=tidy(value / 100)),)


def _source(thing: Thing, said: str) -> tuple[Call, ...] | Trouble:
    sources = thing.listed("source_list")
    if (source := option(said, sources)) is not None:
        return (Call.of("media_player.select_source", source=source),)
    modes = thing.listed("sound_mode_list")
    if (mode := option(said, modes)) is not None:
        return (Call.of("media_player.select_sound_mode", sound_mode=mode),)
    return NotAble((thing.entity_id,), Deed.SET, "source", said, sources)
