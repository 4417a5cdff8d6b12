"""The history in an InfluxDB, and what waits for it while it is away."""
