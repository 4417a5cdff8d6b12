"""What actions are called in English. Pure data.

`{target}` is what it is done to; every other placeholder is a field of the action's data. Of several phrases the first
one holds whose placeholders are all there. Fields that no placeholder takes are told behind, by `BEHIND`.
"""

from __future__ import annotations

from typing import Final

EVERYWHERE: Final[dict[str, tuple[str, ...]]] = {
    "turn_on": ("turn on {target}",),
    "turn_off": ("turn off {target}",),
    "toggle": ("toggle {target}",),
}
"""Actions that many domains have."""
SERVICES: Final[dict[str, tuple[str, ...]]] = {
    "alarm_control_panel.alarm_arm_away": ("arm {target} for absence",),
    "alarm_control_panel.alarm_arm_home": ("arm {target} for people at home",),
    "alarm_control_panel.alarm_arm_night": ("arm {target} for the night",),
    "alarm_control_panel.alarm_arm_vacation": ("arm {target} for holidays",),
    "alarm_control_panel.alarm_disarm": ("disarm {target}",),
    "alarm_control_panel.alarm_trigger": ("set off {target}",),
    "automation.trigger": ("run {target}",),
    "button.press": ("press {target}",),
    "climate.set_temperature": (
        "switch {target} to {hvac_mode} at {temperature}",
        "switch {target} to {hvac_mode} between {target_temp_low} and {target_temp_high}",
        "set {target} to {temperature}",
        "keep {target} between {target_temp_low} and {target_temp_high}",
    ),
    "climate.set_hvac_mode": ("switch {target} to {hvac_mode}",),
    "climate.set_preset_mode": ("switch {target} to the preset {preset_mode}",),
    "climate.set_fan_mode": ("switch the fan of {target} to {fan_mode}",),
    "climate.set_humidity": ("set {target} to a humidity of {humidity}",),
    "counter.decrement": ("count {target} down",),
    "counter.increment": ("count {target} up",),
    "counter.reset": ("reset {target}",),
    "cover.close_cover": ("close {target}",),
    "cover.close_cover_tilt": ("close the slats of {target}",),
    "cover.open_cover": ("open {target}",),
    "cover.open_cover_tilt": ("open the slats of {target}",),
    "cover.set_cover_position": ("move {target} to {position}",),
    "cover.set_cover_tilt_position": ("turn the slats of {target} to {tilt_position}",),
    "cover.stop_cover": ("stop {target}",),
    "cover.toggle": ("open {target} where closed and close it where open",),
    "fan.oscillate": ("set the oscillation of {target} to {oscillating}",),
    "fan.set_direction": ("turn {target} {direction}",),
    "fan.set_percentage": ("set {target} to {percentage}",),
    "fan.set_preset_mode": ("switch {target} to the preset {preset_mode}",),
    "homeassistant.restart": ("restart Home Assistant",),
    "homeassistant.stop": ("shut down Home Assistant",),
    "homeassistant.update_entity": ("read {target} anew",),
    "humidifier.set_humidity": ("set {target} to a humidity of {humidity}",),
    "humidifier.set_mode": ("switch {target} to {mode}",),
    "input_boolean.toggle": ("toggle {target}",),
    "input_button.press": ("press {target}",),
    "input_datetime.set_datetime": (
        "set {target} to {date} at {time}",
        "set {target} to {datetime}",
        "set {target} to {date}",
        "set {target} to {time}",
        "set {target} to {timestamp}",
    ),
    "input_number.decrement": ("lower {target} by one step",),
    "input_number.increment": ("raise {target} by one step",),
    "input_number.set_value": ("set {target} to {value}",),
    "input_select.select_next": ("set {target} to its next option",),
    "input_select.select_option": ("set {target} to {option}",),
    "input_select.select_previous": ("set {target} to its previous option",),
    "input_text.set_value": ("set {target} to {value}",),
    "lawn_mower.dock": ("send {target} back to its dock",),
    "lawn_mower.pause": ("pause {target}",),
    "lawn_mower.start_mowing": ("let {target} mow",),
    "lock.lock": ("lock {target}",),
    "lock.open": ("open {target}",),
    "lock.unlock": ("unlock {target}",),
    "logbook.log": ("note {message} in the logbook",),
    "media_player.media_next_track": ("skip to the next title on {target}",),
    "media_player.media_pause": ("pause {target}",),
    "media_player.media_play": ("start playing on {target}",),
    "media_player.media_play_pause": ("pause {target} where it plays, else let it play",),
    "media_player.media_previous_track": ("go back to the previous title on {target}",),
    "media_player.media_stop": ("stop {target}",),
    "media_player.play_media": ("play {media_content_id} on {target}",),
    "media_player.select_source": ("switch {target} to the source {source}",),
    "media_player.volume_down": ("turn {target} down a little",),
    "media_player.volume_mute": ("set the muting of {target} to {is_volume_muted}",),
    "media_player.volume_set": ("set the volume of {target} to {volume_level}",),
    "media_player.volume_up": ("turn {target} up a little",),
    "mqtt.publish": ("send {payload} to the MQTT topic {topic}", "send an empty message to the MQTT topic {topic}"),
    "notify.send_message": ("send the message {message} to {target}",),
    "number.set_value": ("set {target} to {value}",),
    "persistent_notification.create": ("show the message {message}",),
    "persistent_notification.dismiss": ("take the message {notification_id} away",),
    "scene.apply": ("set {entities}",),
    "scene.create": (
        "keep the present state of {snapshot_entities} as the scene {scene_id}",
        "keep a scene {scene_id}",
    ),
    "scene.turn_on": ("activate {target}",),
    "script.turn_on": ("run {target}",),
    "script.turn_off": ("stop {target}",),
    "select.select_option": ("set {target} to {option}",),
    "siren.turn_on": ("sound {target}",),
    "siren.turn_off": ("silence {target}",),
    "text.set_value": ("set {target} to {value}",),
    "timer.cancel": ("cancel {target}",),
    "timer.finish": ("finish {target} at once",),
    "timer.pause": ("pause {target}",),
    "timer.start": ("start {target} for {duration}", "start {target}"),
    "tts.speak": ("say {message} on {media_player_entity_id}",),
    "update.install": ("install the update of {target}",),
    "vacuum.locate": ("let {target} tell where it is",),
    "vacuum.pause": ("pause {target}",),
    "vacuum.return_to_base": ("send {target} back to its dock",),
    "vacuum.start": ("start {target}",),
    "vacuum.stop": ("stop {target}",),
    "todo.add_item": ("add {item} to {target}",),
    "todo.remove_item": ("take {item} off {target}",),
    "vacuum.send_command": ("send the order {command} to {target}",),
    "weather.get_forecasts": ("look up the {type} forecast of {target}",),
    "calendar.get_events": ("look up the appointments in {target}",),
    "camera.snapshot": ("take a picture with {target}",),
    "conversation.process": ("let the house understand {text}",),
    "valve.close_valve": ("close {target}",),
    "valve.open_valve": ("open {target}",),
    "valve.set_valve_position": ("move {target} to {position}",),
    "water_heater.set_operation_mode": ("switch {target} to {operation_mode}",),
    "water_heater.set_temperature": ("set {target} to {temperature}",),
}
"""Actions by their full name."""
TARGET_UNSAID: Final = frozenset({"tts.speak"})
"""Actions whose target is only the tool that they use."""
BY_DOMAIN: Final[dict[str, tuple[str, ...]]] = {
    "notify": ("send the message {message} to {service}",),
    "persistent_notification": ("use the messages of Home Assistant ({service})",),
    "shell_command": ("run the shell command “{service}”",),
    "rest_command": ("call the web address “{service}”",),
    "python_script": ("run the Python script “{service}”",),
    "tts": ("say {message} on {target}", "say {message}"),
}
"""Actions whose name is the house's own: `{service}` is it, in words."""
DEFAULT_NOTIFIER: Final = "send the message {message}"
ANY_ACTION: Final = "use “{domain}: {service}”"
ON_TARGET: Final = " on {target}"
BEHIND: Final[dict[str, str]] = {
    "brightness_pct": "at {value}",
    "brightness": "at {value}",
    "color_temp_kelvin": "at {value}",
    "color_name": "in {value}",
    "rgb_color": "in {value}",
    "transition": "over {value}",
    "effect": "with the effect {value}",
    "flash": "with a {value} flash",
    "percentage": "at {value}",
    "title": "titled {value}",
    "tone": "with the tone {value}",
    "code": "with a code",
    "stop_actions": "",
    "media_content_type": "",
    "cache": "",
    "language": "",
    "qos": "",
    "duration": "for {value}",
}
"""What is told behind an action, by field; empty where it need not be told."""
OTHERWISE_BEHIND: Final = "with {field} {value}"
AND_BEHIND: Final = "and {field} {value}"
SPECIAL: Final = frozenset({"retain", "data", "brightness_step_pct", "brightness_step"})
"""Fields that are told by what is in them."""
BRIGHTER, DIMMER = "brighter by {value}", "dimmer by {value}"
STEPS: Final[dict[str, float]] = {"brightness_step_pct": 100, "brightness_step": 255}
POSITIONS: Final = frozenset({"position", "tilt_position"})
KEPT_BY_BROKER: Final = "and let the broker keep it"
URGENTLY: Final = "urgently"
WITH_BUTTONS: Final = "with the buttons {}"
COLOURS: Final = {
    (255, 0, 0): "red",
    (0, 255, 0): "green",
    (0, 0, 255): "blue",
    (255, 255, 0): "yellow",
    (255, 0, 255): "magenta",
    (0, 255, 255): "cyan",
    (255, 255, 255): "white",
}
MIXED: Final = "the colour of {} parts red, {} green and {} blue"
NO_WORDS: Final = frozenset(
    {
        "item",
        "command",
        "text",
        "payload",
        "message",
        "title",
        "option",
        "effect",
        "source",
        "media_content_id",
        "topic",
    }
)
"""Fields whose text is told in quotation marks."""
ENTITY_FIELDS: Final = frozenset({"media_player_entity_id", "entity_id", "snapshot_entities"})
"""Fields that name entities."""
UNITS: Final[dict[str, str]] = {
    **dict.fromkeys(("brightness_pct", "percentage"), "%"),
    "humidity": "%",
    **dict.fromkeys(("temperature", "target_temp_low", "target_temp_high"), "°C"),
    "color_temp_kelvin": "K",
}
"""Units of fields."""
SHARES: Final[dict[str, float]] = {"brightness": 255, "volume_level": 1}
"""Fields that are told in percent, with their full value."""
DURATIONS: Final = frozenset({"transition", "duration"})
"""Fields that are a length of time, in seconds or as `HH:MM:SS`."""
WORDS: Final[dict[str, str]] = {
    "heat": "heating",
    "cool": "cooling",
    "heat_cool": "heating and cooling",
    "fan_only": "fan only",
    "dry": "drying",
}
"""Values that have a word."""
