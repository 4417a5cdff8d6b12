"""What Home Assistant says and takes: its event and state streams over MQTT."""
