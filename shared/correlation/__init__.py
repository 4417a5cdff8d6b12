"""The parts of the correlation cache (`shared/correlation_cache.py`): its entries, rows, store and file."""
