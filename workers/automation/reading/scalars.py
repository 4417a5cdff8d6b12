"""Plain scalars as Home Assistant's YAML 1.1 reads them: `on` is true, `12:30:00` is 45000, `010` is 8."""

from __future__ import annotations

import yaml

from workers.automation.plan.value import Value

_PREFIX = "tag:yaml.org,2002:"
_RESOLVERS = yaml.SafeLoader.yaml_implicit_resolvers
_TRUE = frozenset({"yes", "true", "on"})
_DIGITS = 4000
"""Python refuses to read longer numbers."""


def resolve(text: str) -> str:
    """What YAML 1.1 takes an unquoted scalar for: `str`, `bool`, `int`, `float`, `null`, `timestamp`, `merge` ..."""
    for tag, pattern in _RESOLVERS.get(text[:1], []):
        if pattern.match(text):
            return str(tag).removeprefix(_PREFIX)
    return "str"


def construct(kind: str, text: str) -> Value:
    """The value of a scalar of a kind. A ValueError where the text does not fit it."""
    if kind == "bool":
        return text.lower() in _TRUE
    if kind == "null":
        return None
    if kind == "int":
        return _integer(text)
    return _float(text) if kind == "float" else text


def _integer(text: str) -> int:
    digits = text.replace("_", "").lower()
    if len(digits) > _DIGITS:
        raise ValueError("the number is too long")
    sign = -1 if digits.startswith("-") else 1
    digits = digits.lstrip("+-")
    if ":" in digits:
        return sign * int(_sexagesimal(digits))
    if digits[:2] in ("0b", "0x"):
        return sign * int(digits, 0)
    return sign * int(digits, 8 if digits.startswith("0") and digits != "0" else 10)


def _float(text: str) -> float:
    digits = text.replace("_", "").lower()
    sign = -1.0 if digits.startswith("-") else 1.0
    digits = digits.lstrip("+-")
    if digits in (".inf", ".nan"):
        return sign * float(digits[1:])
    return sign * (_sexagesimal(digits) if ":" in digits else float(digits))


def _sexagesimal(digits: str) -> float:
    value = 0.0
    for part in digits.split(":"):
        value = value * 60 + float(part)
    if value > 1e15:  # noqa: PLR2004 (beyond it a float is no longer exact)
        raise ValueError("the number is too large")
    return value
