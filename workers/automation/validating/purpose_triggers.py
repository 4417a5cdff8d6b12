"""The purpose-made triggers of Home Assistant. Data, of one version (`components/*/triggers.yaml`).

A line a group: domain | names | domains of the entities that it is for (`-` where it takes no target) | its options,
those that must be there with a `!`, a threshold with the least and the most that it takes (`threshold!:0:100`).
"""

TRIGGERS = """
air_quality | gas_detected gas_cleared co_detected co_cleared | binary_sensor | behavior for
air_quality | smoke_detected smoke_cleared | binary_sensor | behavior for
air_quality | co_changed co2_changed pm1_changed pm25_changed | sensor | threshold!
air_quality | pm4_changed pm10_changed ozone_changed | sensor | threshold!
air_quality | voc_changed voc_ratio_changed no_changed no2_changed n2o_changed so2_changed | sensor | threshold!
air_quality | radon_changed | sensor | threshold!
air_quality | co_crossed_threshold co2_crossed_threshold pm1_crossed_threshold | sensor | behavior for threshold!
air_quality | pm25_crossed_threshold | sensor | behavior for threshold!
air_quality | pm4_crossed_threshold pm10_crossed_threshold ozone_crossed_threshold | sensor | behavior for threshold!
air_quality | voc_crossed_threshold voc_ratio_crossed_threshold no_crossed_threshold | sensor | behavior for threshold!
air_quality | no2_crossed_threshold n2o_crossed_threshold so2_crossed_threshold | sensor | behavior for threshold!
air_quality | radon_crossed_threshold | sensor | behavior for threshold!
alarm_control_panel | armed armed_away armed_home armed_night | alarm_control_panel | behavior for
alarm_control_panel | armed_vacation disarmed triggered | alarm_control_panel | behavior for
assist_satellite | idle listening processing responding | assist_satellite | behavior for
battery | became_low no_longer_low started_charging stopped_charging | binary_sensor | behavior for
battery | level_changed | sensor | threshold!:0:100
battery | level_crossed_threshold | sensor | behavior for threshold!:0:100
button | pressed | button input_button |
calendar | event_started event_ended | calendar | offset
climate | started_cooling started_drying started_heating turned_off turned_on | climate | behavior for
climate | hvac_mode_changed | climate | behavior for hvac_mode!
climate | target_humidity_changed | climate | threshold!:0:100
climate | target_humidity_crossed_threshold | climate | behavior for threshold!:0:100
climate | target_temperature_changed | climate | threshold!
climate | target_temperature_crossed_threshold | climate | behavior for threshold!
counter | incremented decremented | counter |
counter | maximum_reached minimum_reached reset | counter | behavior for
cover | awning_closed awning_opened blind_closed blind_opened curtain_closed curtain_opened | cover | behavior for
cover | shade_closed shade_opened shutter_closed shutter_opened | cover | behavior for
door | closed opened | binary_sensor cover | behavior for
doorbell | rang | event |
event | received | event | event_type!
fan | turned_on turned_off | fan | behavior for
fumis | fuel_became_low | - | device_id!
garage_door | closed opened | binary_sensor cover | behavior for
gate | closed opened | cover | behavior for
homeassistant | host_reboot_required restart_required updated | - |
humidifier | started_drying started_humidifying turned_on turned_off | humidifier | behavior for
humidifier | mode_changed | humidifier | behavior for mode!
humidity | changed | climate humidifier sensor weather | threshold!:0:100
humidity | crossed_threshold | climate humidifier sensor weather | behavior for threshold!:0:100
illuminance | detected cleared | binary_sensor | behavior for
illuminance | changed | sensor | threshold!
illuminance | crossed_threshold | sensor | behavior for threshold!
knx | telegram | - | destination group_value_write group_value_response group_value_read incoming outgoing type
lawn_mower | returned_to_dock errored paused_mowing started_mowing | lawn_mower | behavior for
lawn_mower | started_returning became_idle | lawn_mower | behavior for
light | turned_on turned_off | light | behavior for
light | brightness_changed | light | threshold!:0:100
light | brightness_crossed_threshold | light | behavior for threshold!:0:100
lock | jammed locked opened unlocked | lock | behavior for
media_player | muted unmuted paused_playing started_playing | media_player | behavior for
media_player | stopped_playing turned_off turned_on | media_player | behavior for
media_player | volume_changed | media_player | threshold!:0:100
media_player | volume_crossed_threshold | media_player | behavior for threshold!:0:100
moisture | detected cleared | binary_sensor | behavior for
moisture | changed | sensor | threshold!:0:100
moisture | crossed_threshold | sensor | behavior for threshold!:0:100
moon | phase_changed | - | phase
motion | detected cleared | binary_sensor | behavior for
occupancy | detected cleared | binary_sensor | behavior for
power | changed | sensor | threshold!
power | crossed_threshold | sensor | behavior for threshold!
remote | turned_off turned_on | remote | behavior for
scene | activated | scene |
schedule | block_ended block_started | schedule | behavior for
select | selection_changed | input_select select |
siren | turned_off turned_on | siren | behavior for
sun | sunrise sunset solar_noon solar_midnight midnight_sun_started midnight_sun_ended | - | offset
sun | polar_night_started polar_night_ended | - | offset
sun | dawn dusk | - | type offset
sun | golden_hour_started golden_hour_ended blue_hour_started blue_hour_ended | - | period offset
sun | elevation_changed | - | threshold!:-90:90
sun | elevation_crossed_threshold | - | for threshold!:-90:90
switch | turned_off turned_on | input_boolean switch | behavior for
temperature | changed | climate sensor water_heater weather | threshold!
temperature | crossed_threshold | climate sensor water_heater weather | behavior for threshold!
text | changed | input_text text |
timer | cancelled finished paused restarted started | timer | behavior for
timer | remaining_time_reached | timer | remaining!
todo | item_added item_completed item_removed | todo |
update | became_available | update | behavior for
vacuum | returned_to_dock errored paused_cleaning started_cleaning started_returning | vacuum | behavior for
valve | closed opened | valve | behavior for
vibration | detected cleared | binary_sensor | behavior for
water_heater | operation_mode_changed | water_heater | behavior for operation_mode!
water_heater | turned_off turned_on | water_heater | behavior for
water_heater | target_temperature_changed | water_heater | threshold!
water_heater | target_temperature_crossed_threshold | water_heater | behavior for threshold!
webostv | turn_on | - | device_id entity_id
window | closed opened | binary_sensor cover | behavior for
zone | entered left | device_tracker person | behavior for zone!
zone | occupancy_detected occupancy_cleared | - | for zone!
zwave_js | event | - | event_source! config_entry_id device_id entity_id event! event_data partial_dict_match
zwave_js | value_updated | - | device_id entity_id command_class! property! endpoint property_key from to
"""
