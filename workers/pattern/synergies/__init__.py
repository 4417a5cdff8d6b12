"""Devices that would make a good automation together, by what people do by hand and by what devices are for."""
