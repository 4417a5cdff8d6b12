"""What an action is done to, and what a purpose-made trigger or condition watches."""

from __future__ import annotations

from workers.automation.plan.node import Node
from workers.automation.plan.value import Tagged, Template, Texts

TARGET_KEYS = ("entity_id", "device_id", "area_id", "floor_id", "label_id")
"""The keys of a target, as Home Assistant has them."""


class Target(Node):
    """Things by id, each list in any order; a `Template` among them is chosen when it is run.

    `entity_id` may hold `all` or `none`. One template alone may give several ids. `exclude` takes things out again.
    """

    entity_id: Texts = ()
    device_id: Texts = ()
    area_id: Texts = ()
    floor_id: Texts = ()
    label_id: Texts = ()
    exclude: Target | None = None

    @property
    def empty(self) -> bool:
        """Whether it names nothing."""
        return not any(getattr(self, key) for key in TARGET_KEYS)

    @property
    def dynamic(self) -> bool:
        """Whether some of it is chosen when it is run, or can't be seen here."""
        return any(isinstance(each, (Template, Tagged)) for key in TARGET_KEYS for each in getattr(self, key))
