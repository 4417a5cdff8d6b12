"""The sentences that Home Assistant's own voice assistant knows, for what our grammar does not read."""

from workers.query.understanding.upstream.reader import Upstream

__all__ = ["Upstream"]
