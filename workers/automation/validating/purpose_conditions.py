"""The purpose-made conditions of Home Assistant. Data, of one version (`components/*/conditions.yaml`).

A line a group: domain | names | domains of the entities that it is for (`-` where it takes no target) | its options,
those that must be there with a `!`, a threshold with the least and the most that it takes (`threshold!:0:100`).
"""

CONDITIONS = """
air_quality | is_gas_detected is_gas_cleared is_co_detected | binary_sensor | behavior for
air_quality | is_co_cleared is_smoke_detected | binary_sensor | behavior for
air_quality | is_smoke_cleared | binary_sensor | behavior for
air_quality | is_co_value is_ozone_value is_voc_value is_voc_ratio_value | sensor | behavior for threshold!
air_quality | is_no_value is_no2_value | sensor | behavior for threshold!
air_quality | is_so2_value is_radon_value is_co2_value is_pm1_value | sensor | behavior for threshold!
air_quality | is_pm25_value is_pm4_value | sensor | behavior for threshold!
air_quality | is_pm10_value is_n2o_value | sensor | behavior for threshold!
alarm_control_panel | is_armed is_armed_away is_armed_home | alarm_control_panel | behavior for
alarm_control_panel | is_armed_night is_armed_vacation | alarm_control_panel | behavior for
alarm_control_panel | is_disarmed is_triggered | alarm_control_panel | behavior for
assist_satellite | is_idle is_listening is_processing is_responding | assist_satellite | behavior for
battery | is_low is_not_low is_charging is_not_charging | binary_sensor | behavior for
battery | is_level | sensor | behavior for threshold!:0:100
calendar | is_event_active | calendar | behavior for
climate | is_off is_on is_cooling is_drying is_heating | climate | behavior for
climate | is_hvac_mode | climate | behavior for hvac_mode!
climate | is_target_humidity | climate | behavior for threshold!:0:100
climate | is_target_temperature | climate | behavior for threshold!
counter | is_value | counter | behavior for threshold!
cover | awning_is_closed awning_is_open blind_is_closed blind_is_open curtain_is_closed | cover | behavior for
cover | curtain_is_open shade_is_closed shade_is_open shutter_is_closed shutter_is_open | cover | behavior for
door | is_closed is_open | binary_sensor cover | behavior for
fan | is_off is_on | fan | behavior for
garage_door | is_closed is_open | binary_sensor cover | behavior for
gate | is_closed is_open | cover | behavior for
homeassistant | host_reboot_required restart_required | - |
humidifier | is_off is_on is_drying is_humidifying | humidifier | behavior for
humidifier | is_mode | humidifier | behavior for mode!
humidifier | is_target_humidity | humidifier | behavior for threshold!:0:100
humidity | is_value | climate humidifier sensor weather | behavior for threshold!:0:100
illuminance | is_detected is_not_detected | binary_sensor | behavior for
illuminance | is_value | sensor | behavior for threshold!:0:
lawn_mower | is_docked is_encountering_an_error is_idle is_mowing is_paused is_returning | lawn_mower | behavior for
light | is_off is_on | light | behavior for
light | is_brightness | light | behavior for threshold!:0:100
lock | is_jammed is_locked is_open is_unlocked | lock | behavior for
media_player | is_muted is_off is_on is_not_playing is_paused is_playing is_unmuted | media_player | behavior for
media_player | is_current_source | media_player | behavior for source!
media_player | is_volume | media_player | behavior for threshold!:0:100
moisture | is_detected is_not_detected | binary_sensor | behavior for
moisture | is_value | sensor | behavior for threshold!:0:100
moon | is_phase | - | phase!
moon | is_waxing is_waning | - |
motion | is_detected is_not_detected | binary_sensor | behavior for
occupancy | is_detected is_not_detected | binary_sensor | behavior for
power | is_value | sensor | behavior for threshold!
remote | is_off is_on | remote | behavior for
schedule | is_off is_on | schedule | behavior for
select | is_option_selected | input_select select | behavior for option!
siren | is_off is_on | siren | behavior for
sun | is_up is_set is_ascending is_descending is_night is_midnight_sun is_polar_night | - |
sun | is_golden_hour is_blue_hour | - | period
sun | elevation | - | threshold!:-90:90
sun | is_morning_twilight is_evening_twilight | - | type
switch | is_off is_on | input_boolean switch | behavior for
temperature | is_value | climate sensor water_heater weather | behavior for threshold!
text | is_equal_to | input_text text | behavior for value!
timer | is_active is_paused is_idle | timer | behavior for
todo | all_completed | todo | behavior for
todo | incomplete | todo | behavior for threshold!:0:
update | is_available is_not_available | update | behavior for
vacuum | is_cleaning is_docked is_encountering_an_error is_paused is_returning | vacuum | behavior for
valve | is_open is_closed | valve | behavior for
vibration | is_detected is_not_detected | binary_sensor | behavior for
water_heater | is_off is_on | water_heater | behavior for
water_heater | is_operation_mode | water_heater | behavior for operation_mode!
water_heater | is_target_temperature | water_heater | behavior for threshold!
window | is_closed is_open | binary_sensor cover | behavior for
zone | in_zone not_in_zone | device_tracker person | behavior for zone!
zone | occupancy_is_detected occupancy_is_not_detected | - | for zone!
zwave_js | node_status | - | device_id! behavior status!
zwave_js | config_parameter | - | device_id! behavior parameter! bitmask endpoint value!
zwave_js | value | - | device_id! behavior command_class! property! endpoint property_key value!
"""
