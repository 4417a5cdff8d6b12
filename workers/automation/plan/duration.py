"""How long: a length of time that is known, or a template that gives one."""

from __future__ import annotations

from datetime import timedelta

from workers.automation.plan.node import Node
from workers.automation.plan.value import Data, DataField, TemplateText

_MICROSECOND = timedelta(microseconds=1)


class Duration(Node):
    """A length of time, kept to the microsecond. Exactly one of its fields says it.

    `length` is negative only for offsets. `template` gives the whole of it when it is run; `parts` has some of `days`,
    `hours`, `minutes`, `seconds` and `milliseconds`, at least one of them a template.
    """

    length: timedelta | None = None
    template: TemplateText | None = None
    parts: DataField = Data()

    @classmethod
    def of(cls, seconds: float) -> Duration:
        """A length in seconds."""
        return cls(length=timedelta(seconds=seconds))

    @property
    def seconds(self) -> float | None:
        """The length in seconds; None where a template says it."""
        return None if self.length is None else self.length / timedelta(seconds=1)

    @property
    def microseconds(self) -> int | None:
        """The length in microseconds; None where a template says it."""
        return None if self.length is None else self.length // _MICROSECOND
