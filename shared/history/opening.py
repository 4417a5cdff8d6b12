"""The history that the settings name."""

from __future__ import annotations

from collections.abc import Mapping

from shared.history.history import History
from shared.history.influx.points import Describe
from shared.settings import Settings

HISTORY_FILE = "history.db"
SPOOL_FILE = "history_spool.db"
"""What waits for InfluxDB, in the data folder as the other."""


def _nothing(_entity_id: str) -> Mapping[str, str]:
    return {}


def open_history(settings: Settings, describe: Describe = _nothing) -> History:
    """InfluxDB where INFLUXDB_URL is set, else `history.db` in the data folder. Close it in the end.

    InfluxDB need not be there yet. `describe` gives the `area_id`, `device_class` and `device_id` of an entity, where
    they are known. Raises DatabaseError where the file can't be used.
    """
    if settings.influxdb_url is None:
        from shared.history.sqlite import SqliteHistory  # noqa: PLC0415 - one store, not both

        return SqliteHistory(settings.homeiq_data / HISTORY_FILE)
    from shared.history.influx.spool import Spool  # noqa: PLC0415
    from shared.history.influx.spooled import SpooledHistory  # noqa: PLC0415
    from shared.history.influx.store import InfluxHistory  # noqa: PLC0415 - urllib3

    spool = Spool(settings.homeiq_data / SPOOL_FILE)
    influx = InfluxHistory(
        settings.influxdb_url,
        settings.influxdb_token,
        settings.influxdb_org,
        settings.influxdb_bucket,
        describe=describe,
    )
    return SpooledHistory(influx, spool)
