"""The data worker: keeps the home as it is, from Home Assistant's messages and from imports."""
