"""The sun over a home, hour by hour. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

_LATITUDE: Final = {"Australia/Sydney": -33.9, "Asia/Tokyo": 35.7, "America/New_York": 40.7}
_EUROPE: Final = 51.5
_LONGITUDE: Final = {"Australia/Sydney": 151.2, "Asia/Tokyo": 139.7, "America/New_York": -74.0, "Europe/London": -0.1}
_YEAR: Final = 365.2422 * 86_400.0


def elevation(times: NDArray[np.float64], time_zone: str) -> NDArray[np.float64]:
    """Degrees of the sun above the horizon at these times (seconds since 1970), to a degree or two."""
    latitude = np.radians(_LATITUDE.get(time_zone, _EUROPE))
    declination = np.radians(-23.44) * np.cos(2 * np.pi * (times / _YEAR - 9 / 365.2422 + 19 / 365.2422))
    hour_angle = 2 * np.pi * ((times / 86_400.0) % 1.0 - 0.5) + np.radians(_LONGITUDE.get(time_zone, 9.0))
    sine = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    found: NDArray[np.float64] = np.degrees(np.arcsin(sine))
    return found
