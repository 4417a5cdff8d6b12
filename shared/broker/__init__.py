"""The Mosquitto that belongs to HomeIQ: who may do what on it, its configuration, and its process."""
