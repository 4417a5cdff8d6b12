"""Readings in several units made comparable."""

from collections.abc import Mapping

from workers.query.measures import Amount

SCALES: Mapping[str, tuple[float, str]] = {
    "kW": (1000, "W"),
    "MW": (1_000_000, "W"),
    "mW": (0.001, "W"),
    "Wh": (0.001, "kWh"),
    "MWh": (1000, "kWh"),
}
"""Unit to factor and base unit."""


def in_base_unit(amount: Amount) -> Amount:
    """A reading in the unit that its kind is compared in."""
    scale, unit = SCALES.get(amount.unit or "", (1, amount.unit))
    return Amount(tidy(amount.value * scale), unit) if scale != 1 else amount


def tidy(value: float) -> float:
    """A computed number to two places, whole where it is."""
    rounded = round(value, 2)
    return int(rounded) if float(rounded).is_integer() else rounded
