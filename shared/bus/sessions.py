"""Connections whose session outlives them, for what a worker must hear though it was not there when it was said."""

from __future__ import annotations

from typing import Final

from shared.bus.connection import Connection
from shared.bus.transport import Connector

SESSION: Final = 3600
"""Seconds for which the broker keeps what nobody is there to take."""


class Sessions:
    """Opens such connections for one worker: only the instance that leads may, since there is one session a name.

    The broker keeps what is published at QoS 1; ours raises what is published at QoS 0 to the QoS of the subscription.
    """

    def __init__(self, connector: Connector, root: str, worker: str) -> None:
        self._connector, self._prefix = connector, f"{root.replace('/', '.')}-{worker}"

    def open(self, name: str) -> Connection:
        """A connection to be entered; the same name finds the same session."""
        return Connection(self._connector, f"{self._prefix}-{name}", session=SESSION, patient=True)
