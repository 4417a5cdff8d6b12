"""A small hotel of 5,000 entities, the same one every time."""

from random import Random
from typing import Any

ROOMS = [100 * floor + number for floor in range(1, 7) for number in (*range(1, 23), 40)]

# A part: domain, device class (or a light's modes), names (or the class); a star: the name stands without its area.
ROOM = (
    "light color_temp: Ceiling light; light color_temp,hs: Bedside lamp left, Bedside lamp right; light brightness: "
    "Desk lamp; light onoff: Mirror light; climate: Thermostat; cover blind: Blind; lock: Door lock; media_player tv: "
    "TV; fan: Bathroom fan; switch outlet: Minibar; switch switch: Towel rail, Do not disturb; button: Call service; "
    "binary_sensor window; binary_sensor door; binary_sensor motion; binary_sensor smoke: Smoke detector; binary_sensor"
    " moisture: Leak sensor; sensor temperature; sensor humidity; sensor carbon_dioxide: CO2; sensor illuminance: "
    "Brightness; sensor power: Minibar power, TV power; sensor battery: Door lock battery, Window battery, Door "
    "battery, Motion battery, Smoke detector battery, Leak sensor battery; sensor signal_strength: Door lock signal, "
    "Window signal, Motion signal, Smoke detector signal"
)
CORRIDOR = (
    "light brightness: Light 1, Light 2, Light 3; binary_sensor motion: Motion east, Motion west; binary_sensor smoke: "
    "Smoke detector; sensor temperature; sensor battery: Smoke detector battery"
)
MEETING = (
    "light color_temp: Ceiling light; climate: Thermostat; cover blind: Blinds; cover shade: Screen; media_player tv: "
    "Projector; binary_sensor motion; sensor temperature; sensor carbon_dioxide: CO2"
)
GARAGE = "light onoff: Light; cover garage: Garage door; switch outlet: Wallbox; binary_sensor motion; sensor power"
COMMON = {
    "Lobby": "light brightness: *Chandelier; light color_temp: *Reception lamp; switch switch: *Fountain; climate: "
    "Thermostat; media_player: *Lobby speaker; lock: *Main door; vacuum: *Rosie; select: *Playlist; sensor temperature",
    "Kitchen": "light brightness: Ceiling light; light onoff: *Pass light; fan: *Extractor hood; button: *Dinner gong; "
    "switch outlet: *Walk-in freezer, Fridge, *Dishwasher, *Bread oven; sensor power: *Dishwasher power; sensor "
    "temperature; binary_sensor smoke: Smoke detector",
    "Bar": "light color_temp,hs: *Shelf lights; light brightness: Pendant lights; media_player speaker: *Jukebox; "
    "switch outlet: *Ice machine",
    "Restaurant": "light brightness: Wall lights, Table lights; cover curtain: Curtains; climate: Thermostat; sensor "
    "temperature",
    "Spa": "light color_temp,hs: *Relaxation light; switch switch: *Whirlpool; humidifier humidifier: *Steam generator;"
    " media_player speaker: *Spa speaker; sensor temperature",
    "Pool": "light color_temp,hs: *Underwater lights; light onoff: Ceiling lights; water_heater: *Pool heater; switch "
    "switch: *Pool pump; cover shutter: *Pool cover; sensor temperature: Water temperature; binary_sensor motion",
    **{f"Conference room {tree}": MEETING for tree in ("Oak", "Maple", "Birch")},
    "Back office": "light color_temp: Ceiling light; climate: Thermostat; switch outlet: *Router, *Fan heater; sensor "
    "temperature; alarm_control_panel: *Estate alarm; sensor power: *Total power",
    "Laundry": "light onoff: Ceiling light; switch outlet: *Washer 1, *Washer 2, *Tumble dryer, *Iron; sensor power: "
    "*Washer 1 power, *Washer 2 power, *Tumble dryer power; binary_sensor moisture: Leak sensor",
    "Staff room": "light brightness: Ceiling light; switch outlet: *Coffee machine; climate: Thermostat",
    "Wine cellar": "light onoff: Light; switch outlet: *Wine cooler; sensor temperature; sensor humidity; lock: Door",
    "Terrace": "light onoff: *String lights; light brightness: Wall lights; cover awning: *Awning; switch switch: "
    "*Patio heater; lawn_mower: *Gunther; valve water: *Sprinkler; sensor temperature: *Outdoor temperature; "
    "binary_sensor motion",
    **{f"Garage {side}": GARAGE for side in ("North", "South")},
}
HOUSE = (
    "person: *Martha, *Oskar, *Priya, *Giulia, *Ben; scene: *Cocktail hour, *Gala dinner, *Quiet night; script: "
    "*Closing time, *Turndown; input_boolean: *High season, *Night shift; input_number: *Quiet volume; timer: *Tea "
    "timer; siren: *Fire siren"
)
READINGS = {"temperature": (18, 24, 1, "°C"), "humidity": (35, 65, 0, "%"), "carbon_dioxide": (420, 1400, 0, "ppm")}
READINGS |= {"illuminance": (5, 600, 0, "lx"), "power": (1, 90, 0, "W"), "battery": (15, 100, 0, "%")}
READINGS |= {"signal_strength": (-90, -40, 0, "dBm")}
STATES = (  # what is: the usual state, the rare one, its share in percent
    "light: off on 15; climate: heat off 20; cover: open closed 40; lock: locked unlocked 4; media_player: off playing"
    " 15; fan: off on 10; outlet: on off 0; switch: off on 30; smoke: off on 1; moisture: off on 1; binary_sensor: off"
    " on 5; vacuum: docked cleaning 0; select: Jazz Tango 0; humidifier: on off 0; water_heater: eco off 0; person: "
    "home not_home 40; alarm_control_panel: disarmed triggered 0; lawn_mower: docked mowing 0; input_number: 20.0 30.0"
    " 0; timer: idle active 0; siren: off on 0; script: off on 0; input_boolean: off on 0; valve: closed open 0; "
    "garage: closed open 0"
)
ATTRIBUTES: dict[str, dict[str, Any]] = {
    "climate": {"hvac_modes": ["off", "heat", "cool"], "min_temp": 7, "max_temp": 30, "supported_features": 385},
    "media_player": {"volume_level": 0.3, "source_list": ["TV", "HDMI"], "supported_features": 22925},
    "fan": {"percentage_step": 10.0, "supported_features": 49},
    "select": {"options": ["Jazz", "Piano", "Tango"]},
    "humidifier": {"humidity": 60, "min_humidity": 30, "max_humidity": 90},
    "water_heater": {"temperature": 27, "min_temp": 20, "max_temp": 35, "supported_features": 1},
    "alarm_control_panel": {"code_format": None, "code_arm_required": False, "supported_features": 7},
    "input_number": {"min": 0, "max": 100, "step": 1, "unit_of_measurement": "%"},
    **{
        domain: {"supported_features": number}
        for domain, number in (("cover", 15), ("vacuum", 13052), ("lawn_mower", 7))
    },
}
SERVICES = (
    "light switch fan humidifier siren input_boolean script climate media_player water_heater: turn_on turn_off toggle;"
    " scene: turn_on; climate: set_temperature set_hvac_mode; cover: open_cover close_cover stop_cover "
    "set_cover_position; lock: lock unlock; media_player: volume_set volume_up volume_down volume_mute media_play "
    "media_pause media_stop media_next_track media_previous_track select_source; fan: set_percentage; vacuum: start "
    "pause stop return_to_base locate; select: select_option; humidifier: set_humidity; water_heater: set_temperature; "
    "alarm_control_panel: alarm_arm_away alarm_arm_home alarm_arm_night alarm_disarm; lawn_mower: start_mowing pause "
    "dock; valve: open_valve close_valve; input_number: set_value; timer: start pause cancel; button: press; notify: "
    "mobile_app_martha_phone mobile_app_oskar_phone persistent_notification"
)


def _slug(name: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


def _thing(random: Random, domain: str, kind: str, name: str, area: str | None) -> dict[str, Any]:
    states = dict(part.split(": ") for part in STATES.split("; "))
    usual, rare, share = states.get(kind, states.get(domain, "unknown unknown 0")).split()
    state, attributes = (rare if random.random() * 100 < int(share) else usual), dict(ATTRIBUTES.get(domain, {}))
    if domain == "sensor":
        low, high, digits, unit = READINGS[kind]
        state = f"{random.uniform(low, high):.{digits}f}"
        attributes = {"unit_of_measurement": unit, "state_class": "measurement"}
    elif domain == "light":
        modes = kind.split(",")
        attributes = {"supported_color_modes": modes, "color_mode": modes[0] if state == "on" else None}
        attributes |= {} if kind == "onoff" else {"brightness": random.randrange(20, 255) if state == "on" else None}
        attributes |= {"min_color_temp_kelvin": 2200, "max_color_temp_kelvin": 6500} if "color_temp" in kind else {}
    elif domain == "climate":
        attributes |= {"temperature": random.randrange(19, 23), "current_temperature": round(random.uniform(18, 23), 1)}
    elif domain == "cover" and kind != "garage":
        attributes |= {"current_position": 100 if state == "open" else 0}
    entity: dict[str, Any] = {"entity_id": f"{domain}.{_slug(name)}", "name": name, "aliases": [], "area_id": area}
    device_class = None if kind == "-" or domain == "light" else kind
    return entity | {"device_class": device_class, "state": state, "attributes": attributes}


def estate() -> dict[str, Any]:
    """The document of the home: floors, areas, devices, entities, services."""
    random, devices, services = Random(5), dict[str, dict[str, Any]](), dict[str, dict[str, Any]]()
    areas, entities = list[dict[str, Any]](), list[dict[str, Any]]()
    places: dict[str, tuple[str, int | None]] = {name: (table, 1) for name, table in COMMON.items()}
    places |= {"Terrace": (COMMON["Terrace"], None)} | {f"Corridor {floor}": (CORRIDOR, floor) for floor in range(1, 7)}
    places |= {f"Room {number}": (ROOM, number // 100) for number in ROOMS} | {"": (HOUSE, None)}
    for place, (table, floor) in places.items():
        area = _slug(place) or None
        if area:
            areas.append({"area_id": area, "name": place, "aliases": [], "floor_id": floor and f"floor_{floor}"})
        for head, _, names in (part.partition(": ") for part in table.split("; ")):
            domain, kind = (*head.split(), "-")[:2]
            for name in (names or kind.capitalize()).split(", "):
                full = name[1:] if name.startswith("*") else f"{place} {name}"
                owner = full if domain != "sensor" else full.removesuffix(" battery").removesuffix(" power")
                device = _slug(owner.removesuffix(" signal")) if area else None
                if device:
                    devices.setdefault(device, {"device_id": device, "name": owner, "area_id": area})
                entities.append(_thing(random, domain, kind, full, area) | {"device_id": device})
    for domains, names in (part.split(": ") for part in SERVICES.split("; ")):
        for domain in domains.split():
            services.setdefault(domain, {}).update({name: {} for name in names.split()})
    words = enumerate(("First", "Second", "Third", "Fourth", "Fifth", "Sixth"), 1)
    floors = [{"floor_id": f"floor_{n}", "name": f"{o} floor", "aliases": [f"floor {n}"], "level": n} for n, o in words]
    house = {"time_zone": "Europe/London", "floors": floors, "areas": areas, "devices": list(devices.values())}
    return house | {"entities": entities, "services": services}
