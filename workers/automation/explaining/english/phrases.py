"""The sentences of the explanations in English, and the words in them. Pure."""

from __future__ import annotations

from typing import Final

AND, OR, THEN = "and", "or", "then"
BOTH, EITHER = "both {}", "either {}"
OR_ELSE: Final = ", or "
QUOTED: Final = "“{}”"
COMPUTED: Final = "a calculated value"
SECRET: Final = "a secret value"  # noqa: S105 - a word
FROM_BLUEPRINT: Final = "what is put in as {}"
FROM_FILE: Final = "what stands in another file"
DYNAMIC_TARGET: Final = "what is chosen at run time"
NOTHING: Final = "nothing"
YES, NO = "yes", "no"
UNIT_WORDS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
MILLISECONDS: Final = "{:g} seconds"
NO_TIME: Final = "no time"
SOME_TIME: Final = "a calculated time"

# -- names -------------------------------------------------------------------------------------------------------------

ROOMS: Final = frozenset(
    {
        *("kitchen", "bathroom", "bedroom", "room", "hall", "hallway", "corridor", "garage", "garden", "office"),
        *("cellar", "basement", "attic", "loft", "nursery", "study", "lounge", "pantry", "balcony", "terrace"),
        *("porch", "patio", "yard", "toilet", "entrance", "staircase", "conservatory", "workshop", "shed"),
        *("carport", "driveway", "library", "laundry", "cloakroom"),
    }
)
"""Last words of the names of areas that take an article."""
IN_ROOM, IN_AREA = "in the {}", "in {}"
ON_FLOOR, ON_NAMED_FLOOR = "on the {}", "on {}"
FLOOR: Final = "floor"
PLACES: Final = frozenset({"upstairs", "downstairs", "outside", "outdoors"})
"""Names of floors and areas that take no preposition."""
NOUNS: Final[dict[str, tuple[str, str]]] = {
    "alarm_control_panel": ("alarm system", "alarm systems"),
    "climate": ("heating", "heating"),
    "cover": ("cover", "covers"),
    "fan": ("fan", "fans"),
    "light": ("light", "lights"),
    "switch": ("switch", "switches"),
    "vacuum": ("vacuum cleaner", "vacuum cleaners"),
    "binary_sensor": ("sensor", "sensors"),
    "battery": ("battery", "batteries"),
    "motion": ("motion sensor", "motion sensors"),
    "occupancy": ("presence sensor", "presence sensors"),
}
"""What the things of a domain are called; else the domain's own words."""
EVERYTHING: Final = "everything"
ALL_OF: Final = "all {}"
LABELLED: Final = "labelled {}"
OF_DEVICE: Final = "of {}"
EXCEPT: Final = "{} except {}"
SOMETHING: Final = "something"
UNKNOWN_DEVICE: Final = "a device that is not known"
ONE_OF, FIRST_OF, LAST_OF, EACH_OF, NONE_OF = "a {}", "the first {}", "the last {}", "all {}", "no {}"
ONE_THING, EACH_THING, NO_THING = "something", "everything", "nothing"
BOTH_NAMED, ALL_NAMED = "both {}", "all of {}"
NEITHER_NAMED, NONE_NAMED = "neither {} nor {}", "none of {}"
FIRST_NAMED, LAST_NAMED = "the first of {}", "the last of {}"
IS_NEITHER: Final = "is neither {} nor {}"
NOT: Final = "not {}"
OF: Final = "the {} of {}"
MEASURES: Final = ("temperature", "humidity", "power", "battery", "illuminance", "energy", "pressure", "brightness")
"""Device classes that are named where the name of a sensor does not tell them."""

# -- what starts it ----------------------------------------------------------------------------------------------------

WHEN, BECAUSE, UNTIL, UNTIL_AGAIN = "when {}", "because {}", "until {}", "until it is time again ({})"
AT: Final = "at {}"
ENTITY_TIME: Final = "the time of {}"
TIMES: Final = ("time", "alarm")
"""Last words of names that say themselves that they are times."""
BEFORE, AFTER = "{} before {}", "{} after {}"
ANY_CHANGE: Final = "anything about {} changes"
ATTRIBUTE_CHANGES: Final = "{} changes"
CHANGES: Final = "{} changes"
FROM, TO = "from {}", "to {}"
TO_OTHER: Final = "to something else"
NOT_FROM, NOT_TO = "from anything but {}", "to anything but {}"
STAYS: Final = "{} and stays so for {}"
LASTS: Final = "{} {} for {}"
UNLESS_BEFORE: Final = "{} (unless it was {} before)"
ATTRIBUTES: Final = {"hvac_action": "activity", "hvac_mode": "mode"}
"""Attributes whose own name nobody says."""
TEMPERATURE_UNIT: Final = "°"
ATTRIBUTE_UNITS: Final = {
    **dict.fromkeys(("current_temperature", "temperature"), TEMPERATURE_UNIT),
    **dict.fromkeys(("humidity", "current_humidity", "battery_level", "current_position", "percentage"), " %"),
    **dict.fromkeys(("elevation", "azimuth"), " degrees"),
}
DEVICE_EVENTS: Final = {
    "motion": "detects motion",
    "no_motion": "stops detecting motion",
    "occupied": "detects presence",
    "not_occupied": "stops detecting presence",
    "smoke": "detects smoke",
    "no_smoke": "stops detecting smoke",
    "moist": "gets wet",
    "not_moist": "gets dry",
    "not_opened": "closes",
    "changed_states": "turns on or off",
    "toggled": "turns on or off",
    "bat_low": "gets low",
    "remote_button_short_press": "is pressed",
    "remote_button_short_release": "is let go",
    "remote_button_long_press": "is held",
    "remote_button_long_release": "is let go after a long press",
    "remote_button_double_press": "is pressed twice",
    "remote_button_triple_press": "is pressed three times",
}
"""What the triggers of devices say, beside the purpose-made ones."""
THE_BUTTON: Final = "the button {} of {}"
DEVICE_STATES: Final = {
    "occupied": ("detects presence", "detects no presence"),
    "motion": ("detects motion", "detects no motion"),
    "smoke": ("detects smoke", "detects no smoke"),
}
PRESSED: Final = "{} is pressed"
ACTIVATED: Final = "{} is activated"
REPORTS_ANYTHING: Final = "{} reports something"
RISES, FALLS, COMES_BETWEEN = "{} rises above {}", "{} falls below {}", "{} comes between {} and {}"
LEAVES_RANGE: Final = "{} leaves the range of {} to {}"
STAYS_THERE: Final = "{} and stays there for {}"
CALCULATION: Final = "a calculation"
CALCULATION_WITH: Final = "a calculation with {}"
BECOMES_TRUE: Final = "{} becomes true"
AS_SOON_AS: Final = "as soon as {}"
HAS_LASTED: Final = "{} and that has lasted for {}"
CALCULATION_OF: Final = "a value calculated from {}"
EVENT_HAPPENS: Final = "the event {} happens"
WITH: Final = "{} (with {})"
MESSAGE_ARRIVES: Final = "a message arrives on the MQTT topic {}"
THE_MESSAGE_ARRIVES: Final = "the message {} arrives on the MQTT topic {}"
IN_WHICH: Final = "in which a calculation gives it"
ENTERS, LEAVES = "{} arrives at {}", "{} leaves {}"
REPORTS: Final = "{} reports {}"
SUBTYPE: Final = "{} ({})"
HASS_STARTS, HASS_STOPS = "Home Assistant starts", "Home Assistant shuts down"
THE_SUN: Final = "the sun"
ITS_CHANGES: Final = "changes its {}"
REPORTS_THAT: Final = "reports {}"
IN_EVERY, IN_UNIT = "in every {}", "in minute {}"
COMES_HOME, LEAVES_HOME = "{} comes home", "{} leaves home"
SINCE: Final = "{} (for {} already)"
STARTS_STOPS: Final = {"started": "starts {}", "stopped": "stops {}"}
DETECTS, DETECTS_NO = "detects {}", "detects no {}"
EVERY: Final = "every {}"
PAST: Final = "at {} past every {}"
ON_THE_HOUR: Final = "every hour on the hour"
IN_MINUTE: Final = "in minute {} of every hour"
AT_HOURS: Final = "from {0}:00 to {0}:59"
WEEKDAYS: Final = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
ON_WEEKDAYS, AT_WEEKENDS, ON_DAYS = "on weekdays", "at weekends", "on {}"
OTHER_TRIGGERS: Final = {
    "webhook": "something outside calls the address of this automation",
    "persistent_notification": "a message of Home Assistant is shown or taken away",
}
EVENTS: Final = {
    "timer.finished": "{} finishes",
    "timer.cancelled": "{} is cancelled",
    "timer.paused": "{} is paused",
    "timer.started": "{} starts",
    "timer.restarted": "{} starts anew",
}
"""Events that tell of one entity."""
TAPPED: Final = "somebody taps {} in a message on a phone"
HAS_STARTED: Final = "Home Assistant has started"
FOR_ENTITY: Final = "for {}"
TAG_SCANNED: Final = "the tag {} is scanned"
SAID: Final = "somebody says {} to the house"
CALENDAR: Final = {"start": "an appointment in {} begins", "end": "an appointment in {} ends"}
UNKNOWN_TRIGGER: Final = "{} happens"
FOREIGN: Final = "something that stands in another file"
BY_HAND: Final = "only when it is started by hand"
IF_ENABLED: Final = "{} (where that is enabled at run time)"
PURPOSE: Final[dict[str, str]] = {
    "turned_on": "turns on",
    "turned_off": "turns off",
    "opened": "opens",
    "closed": "closes",
    "locked": "is locked",
    "unlocked": "is unlocked",
    "jammed": "jams",
    "pressed": "is pressed",
    "activated": "is activated",
    "rang": "rings",
    "triggered": "goes off",
    "armed": "is armed",
    "armed_away": "is armed for absence",
    "armed_home": "is armed for people at home",
    "armed_night": "is armed for the night",
    "armed_vacation": "is armed for holidays",
    "disarmed": "is disarmed",
    "muted": "is muted",
    "unmuted": "is no longer muted",
    "finished": "finishes",
    "cancelled": "is cancelled",
    "restarted": "starts anew",
    "started": "starts",
    "paused": "is paused",
    "received": "reports something",
    "errored": "reports an error",
    "returned_to_dock": "returns to its dock",
    "became_idle": "becomes idle",
    "became_low": "gets low",
    "no_longer_low": "is no longer low",
    "became_available": "becomes available",
    "incremented": "counts up",
    "decremented": "counts down",
    "maximum_reached": "reaches its maximum",
    "minimum_reached": "reaches its minimum",
    "reset": "is reset",
    "entered": "enters",
    "left": "leaves",
    "detected": "detects {noun}",
    "cleared": "stops detecting {noun}",
    "selection_changed": "changes",
    "changed": "changes",
}
"""What purpose-made triggers say of a thing, by the last words of their name."""
MEASURE_CHANGES: Final = "the {} of {} changes"
DETECTED_NOUNS: Final = {"occupancy": "presence", "illuminance": "light", "moisture": "water", "co": "carbon monoxide"}
SUN_EVENTS: Final = {
    "sunrise": "sunrise",
    "sunset": "sunset",
    "solar_noon": "solar noon",
    "solar_midnight": "solar midnight",
    "dawn": "dawn",
    "dusk": "dusk",
}

# -- what must hold ----------------------------------------------------------------------------------------------------

IF: Final = "if {}"
SOMEBODY_HOME, NOBODY_HOME = "somebody is home", "nobody is home"
HOLDS: Final = "{} {}"
FOR: Final = "{} for {}"
IS, IS_NOT = "{} is {}", "{} is not {}"
ABOVE, BELOW, BETWEEN = "above {}", "below {}", "between {} and {}"
AT_LEAST, AT_MOST_OF, EXACTLY, NOT_EXACTLY = "at least {}", "at most {}", "exactly {}", "anything but {}"
OUTSIDE: Final = "outside {} to {}"
PASSES_UNKNOWN: Final = ("{} is {} or not known", "{} is known and not {}")
KNOWN, NOT_KNOWN = "{} is known", "{} is not known"
CHANGED_TO: Final = ("{} changed to {}", "{} did not change to {}")
CHANGED_FROM: Final = ("{} was {} before", "{} was not {} before")
WHAT_STARTED_IT: Final = "what started it"
IN_TIME, NOT_IN_TIME = "that happened in time", "that did not happen in time"
ANY_VALUE: Final = "anything"
IT_IS, IT_IS_NOT = "it is {}", "it is not {}"
AFTER_TIME, BEFORE_TIME = "after {}", "before {}"
LATER, EARLIER = "later than {}", "earlier than {}"
IS_HOME, IS_NOT_HOME = "{} is home", "{} is not home"
A_WEEKDAY, THE_WEEKEND = "a weekday", "the weekend"
SUN_IS: Final = "the sun {} {}"
TRUE, NOT_TRUE = "{} is true", "{} is not true"
BEGAN, NOT_BEGAN = "it began {}", "it did not begin {}"
BY: Final = "by {}"
IN_ZONE, NOT_IN_ZONE = "{} is at {}", "{} is not at {}"
ALWAYS, NEVER = "in any case", "something impossible holds"
ANY_DAY: Final = "any day"
NOT_SO: Final = "it is not so that {}"
FOREIGN_CONDITION: Final = "what stands in another file holds"
UNKNOWN_CONDITION: Final = "{} holds"

# -- what is done ------------------------------------------------------------------------------------------------------

NOTHING_DONE: Final = "do nothing"
WAIT: Final = "wait {}"
AT_MOST: Final = "{} (for at most {}, then {})"
GO_ON, END = "go on", "stop"
GO_ON_ONLY: Final = "go on only if {}"
COUNTED: Final = "do this {} times:"
ONCE: Final = "do this once:"
COUNTED_BY: Final = "do this as often as a calculation says:"
WHILE: Final = "as long as {}, do this again and again:"
REPEAT_UNTIL: Final = "do this again and again until {}:"
FOR_EACH: Final = "do this for each of {}:"
FOR_EACH_COMPUTED: Final = "do this for each thing that a calculation gives:"
PARALLEL: Final = "do at the same time:"
IN_A_ROW: Final = "do one after the other:"
OTHERWISE_IF: Final = "otherwise, if {}"
OTHERWISE: Final = "otherwise"
REMEMBER: Final = "remember {}"
IT: Final = "it"
COMPUTED_POSITION: Final = "a calculated position"
OPEN: Final = "{} open"
ANSWER, NO_ANSWER = "answer {}", "answer nothing"
FIRE: Final = "fire the event {}"
STOP, STOP_BECAUSE, STOP_ERROR, STOP_FAILED = (
    "stop here",
    "stop here ({})",
    "stop with the error {}",
    "stop with an error",
)
ACTIVATE: Final = "activate {}"
RUN: Final = "run {}"
DEVICE_DOES: Final = "let {} do {}"
OTHER_ACTION: Final = "do what can't be told in words"
COMPUTED_ACTION: Final = "do what a calculation chooses"
MUTE, UNMUTE = "mute {}", "unmute {}"
PERHAPS: Final = "where that is enabled at run time,"
FOR_EVER: Final = "for ever"
THE_AUTOMATION: Final = "the automation {}"
STATE_OF_SCENE: Final = "{} to {}"
BLUEPRINT: Final = "it does what the blueprint {} does"
WITH_INPUT: Final = "{}, with {}"
ITS_STATE: Final = "{name} {value}"
MODES: Final = {
    "single": "",
    "restart": "If that happens again meanwhile, it starts over.",
    "queued": "If that happens again meanwhile, it waits for its turn.",
    "parallel": "If that happens again meanwhile, it runs once more beside.",
}
BUT_AT_MOST: Final = "{}, {} of them at most."
STARTS_OFF: Final = "It is off until somebody turns it on."
AND_MORE: Final = "… and more."


def ordinal(number: str) -> str:
    """A number as a place in a row: `2nd`."""
    ending = "th" if number[-2:] in {"11", "12", "13"} else {"1": "st", "2": "nd", "3": "rd"}.get(number[-1:], "th")
    return number + ending
