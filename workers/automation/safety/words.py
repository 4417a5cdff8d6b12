"""Words that tell what a thing is, in English and German, as data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True)
class Words:
    """`whole` are words and word sequences as they stand, `parts` may stand within a longer word."""

    whole: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    def in_any(self, names: Iterable[str]) -> bool:
        """Whether one of some names has one of the words."""
        return any(self._pattern.search(spelled(name)) for name in names)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        words = "|".join(map(re.escape, self.whole))
        parts = "|".join(map(re.escape, self.parts))
        return re.compile("|".join(each for each in (rf"\b(?:{words})\b" if words else "", parts) if each))


@lru_cache(maxsize=16384)
def spelled(name: str) -> str:
    """A name in small letters, without umlauts, accents, punctuation: `Türöffner` is `tueroeffner`."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFC", name).lower().translate(_UMLAUTS))
    return " ".join(_WORD.findall(plain.encode("ascii", "ignore").decode()))


HEATERS = Words(
    whole=(
        "iron", "oven", "herd", "ofen", "hob", "grill", "kettle", "stove", "range", "toaster", "cooker", "fryer",
        "infrared panel", "infrarotpanel", "hot plate", "soldering", "curling", "fireplace", "kamin", "sauna",
        "radiator", "warmer", "heizung",
    ),
    parts=(
        "heater", "heizluefter", "heizstrahler", "heizluft", "heizdecke", "heizkissen", "heizkoerper", "heizofen",
        "heizpilz", "heizmatte", "infrarotheiz", "electric blanket", "heated blanket", "heating blanket", "heating pad",
        "straightener", "glaetteisen", "lockenstab", "buegeleisen", "buegelstation", "loetkolben", "backofen",
        "elektroherd", "kochfeld", "kochplatte", "cooktop", "stovetop", "wasserkocher", "fritteuse", "waffeleisen",
        "raclette", "elektroofen", "radiant heat",
    ),
)  # fmt: skip
"""What gets hot and is watched by nobody but the person who switched it on."""
FIXED_HEATING = Words(
    whole=("boiler", "pool", "seat", "garage door heater"),
    parts=("pump", "underfloor", "floor heating", "fussboden", "water heater", "warmwasser", "aquarium", "terrarium",
           "circulation", "zirkulation", "heating season", "thermostat"),
)  # fmt: skip
"""Heating with an end of its own."""
HEATER_PARTS = Words(
    whole=(
        "led",
        "light",
        "licht",
        "lamp",
        "lampe",
        "display",
        "mode",
        "modus",
        "child lock",
        "beep",
        "hood",
        "sensor",
    ),
    parts=("kindersicherung", "beleuchtung", "dunstabzug", "abzugshaube"),
)
"""A part of a stove or a heater that does not get hot."""
PLUG_IN_HEATERS = Words(parts=("fan heater", "space heater", "heizluefter", "heizstrahler", "portable heater"))
"""Heaters on a plug that show themselves as a climate device."""

CRITICAL = {
    "cold": Words(
        whole=("freezer", "fridge", "deep freeze", "kuehltruhe"),
        parts=("refrigerat", "freezer", "gefrier", "kuehlschrank", "tiefkuehl", "kuehltruhe", "kuehlgefrier", "fridge",
               "kuehlbox"),
    ),
    "smoke alarm": Words(
        whole=("co alarm", "co detector", "co melder", "smoke"),
        parts=("smoke", "rauchmelder", "rauchwarn", "carbon monoxide", "kohlenmonoxid", "gas alarm", "gasmelder",
               "brandmelde", "fire alarm"),
    ),
    "pump": Words(
        whole=("sump",),
        parts=("sump pump", "tauchpumpe", "hebeanlage", "pumpensumpf", "kellerpumpe", "drainage", "schmutzwasserpumpe",
               "bilge", "septic"),
    ),
    "medical": Words(
        whole=("cpap", "bipap", "apap", "oxygen", "insulin", "medical", "medizin", "infusion"),
        parts=("oxygen", "sauerstoff", "dialys", "nebuli", "beatmung", "inhalat", "pflegebett",
               "hausnotruf", "medikament", "medical", "schlafapnoe", "babyphone", "baby monitor", "feeding pump",
               "life support"),
    ),
}  # fmt: skip
"""What must stay on, by kind."""
NETWORK = Words(
    whole=("nas", "ups", "usv", "dsl", "ont", "internet", "server", "access point", "network switch"),
    parts=("router", "modem", "netzwerk", "fritz box", "fritzbox", "zigbee coordinator", "zigbee gateway",
           "home assistant", "homeassistant", "raspberry", "glasfaser", "wlan repeater", "wifi repeater",
           "wifi access", "wlan access"),
)  # fmt: skip
"""What carries the network. Models are not asked: every plug is a "Wi-Fi" or a "Zigbee" one."""
NETWORK_ALONE = frozenset({"wlan", "wifi", "wi fi", "lan", "network", "poe", "gateway", "zigbee"})
"""Names that say network where they stand alone."""
NOT_THE_THING = Words(
    whole=("led", "light", "licht", "lamp", "lampe", "display", "mode", "modus", "eco", "boost", "guest", "gast",
           "gaeste", "sabbath", "beep", "sound", "fan", "luefter", "chime", "notification", "child lock", "wine",
           "block", "test", "vpn", "magnet", "magnets"),
    parts=("schnell", "super", "fast", "quick", "express", "urlaub", "vacation", "holiday", "beleuchtung", "anzeige",
           "ice maker", "eiswuerfel", "kindersicherung", "gaestenetz", "poster", "adblock", "pi hole"),
)  # fmt: skip
"""A part or a way of working, not the thing itself: the light or the fast cooling of a fridge, the guests' network."""
ALWAYS_ON = Words(
    whole=(
        "critical",
        "kritisch",
        "never off",
        "always on",
        "dauerstrom",
        "nie aus",
        "immer an",
        "essential",
        "lebenswichtig",
    ),
    parts=("do not turn off", "nicht ausschalten"),
)
"""Labels and names by which people say so themselves."""
SAFETY_AUTOMATIONS = Words(
    whole=("fire", "brand", "leak", "co", "security", "burglar", "panic", "sos"),
    parts=("smoke", "rauch", "alarm", "wasserleck", "wassermelder", "leckage", "water leak", "flood", "ueberflut",
           "einbruch", "intrusion", "frost", "feuer", "notruf", "emergency", "notfall", "freezer", "gefrier"),
)  # fmt: skip
"""Automations that watch over the house."""

GATES = Words(
    whole=("gate", "tor", "garage", "overhead door", "barrier", "schranke"),
    parts=("garage door", "garagentor", "hoftor", "einfahrtstor", "gartentor", "schiebetor", "drehtor", "tiefgarage",
           "driveway gate", "einfahrt", "rolltor", "sektionaltor", "garagedoor"),
)  # fmt: skip
GATE_OPENERS = Words(
    whole=("gate", "tor", "gate impulse", "torantrieb"),
    parts=("garage door", "garagentor", "garage opener", "gate opener", "hoftor", "toroeffner", "torimpuls",
           "torantrieb", "einfahrtstor", "garagedoor", "garage relay"),
)  # fmt: skip
"""Switches and buttons that move a gate."""
DOOR_OPENERS = Words(
    whole=("door buzzer", "door strike", "buzzer", "unlock", "entriegeln"),
    parts=("tueroeffner", "door opener", "door release", "door strike", "door unlock", "tuersummer", "electric strike",
           "unlock door", "tuer oeffnen", "schloss oeffnen"),
)  # fmt: skip
"""Switches and buttons that unlock a door."""

SPECIAL_CLIMATES = Words(
    whole=("pool", "sauna", "spa", "hot tub", "jacuzzi", "fridge", "freezer", "kiln", "oven", "wine",
           "boiler", "cellar cooler"),
    parts=("whirlpool", "schwimmbad", "infrared cabin", "dampfbad", "steam", "warmwasser", "water heater", "hot water",
           "refrigerat", "kuehlschrank", "gefrier", "incubator", "brutkasten", "terrarium", "aquarium", "greenhouse",
           "gewaechshaus", "vorlauf", "flow temperature", "weinschrank", "fermenter", "smoker", "heat pump water"),
)  # fmt: skip
"""Climate devices that are not for a room."""
TARGET_TEMPERATURES = Words(parts=("target", "setpoint", "set point", "soll", "temperatur"))

AWAY = Words(
    whole=("away", "holiday", "urlaub", "ferien", "weg", "nobody home", "house empty", "empty house"),
    parts=("vacation", "abwesen", "urlaub", "away mode", "nobody home", "no one home", "niemand"),
)
"""Helpers that are on while nobody is at home."""
SMOKE = Words(
    whole=("co", "smoke", "fire"),
    parts=("smoke", "rauch", "carbon monoxide", "kohlenmonoxid", "brandmelde", "fire alarm"),
)
MOTION = Words(whole=("pir", "person detected"), parts=("motion", "bewegung", "occupancy", "praesenz", "presence"))
