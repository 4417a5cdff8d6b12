"""Numbers and choices: a value within its limits, an option of a list."""

from __future__ import annotations

from workers.query.acting.deeds import Call, NotAble, Trouble, WhichValue
from workers.query.acting.thing import Thing
from workers.query.acting.values import option, stepped, within
from workers.query.understanding.orders.order import Deed, Order
from workers.query.understanding.tokens import plainly

_LIMITS = (0.0, 100.0)


def of_number(thing: Thing, order: Order) -> tuple[Call, ...] | Trouble:
    """What a number is asked."""
    if not order.settings:
        return (
            WhichValue(thing.entity_id, "value") if order.deed is Deed.SET else NotAble((thing.entity_id,), order.deed)
        )
    setting = order.settings[0]
    if isinstance(setting.value, str):
        return NotAble((thing.entity_id,), Deed.SET, "value", setting.value)
    limits = thing.limits("min", "max", _LIMITS)
    if setting.step:
        now = float(thing.state) if _numeric(thing.state) else None
        value = stepped(thing, setting, now, thing.number("step") or 1, "value", limits)
    else:
        value = within(thing, setting, "value", limits, "")
    return (Call.of(f"{thing.domain}.set_value", value=value),) if isinstance(value, (int, float)) else value


def _numeric(text: str) -> bool:
    return text.replace(".", "", 1).removeprefix("-").isdigit()


def of_select(thing: Thing, order: Order) -> tuple[Call, ...] | Trouble:
    """What a choice is asked."""
    options = thing.listed("options")
    if order.deed not in {Deed.SET, Deed.ON, Deed.ACTIVATE}:
        return NotAble((thing.entity_id,), order.deed)
    if not order.settings:
        return WhichValue(thing.entity_id, "option", options)
    said = order.settings[0].value
    found = option(plainly(str(int(said) if isinstance(said, float) and said == int(said) else said)), options)
    if found is None:
        return NotAble((thing.entity_id,), Deed.SET, "option", str(said), options)
    return (Call.of(f"{thing.domain}.select_option", option=found),)
