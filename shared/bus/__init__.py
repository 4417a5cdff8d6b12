"""The bus: requests, replies and events over MQTT, and the same in memory.

From a question to its answer: `client.py` publishes and waits; `connection.py` keeps the connection; `serving.py`
admits, runs and answers requests; `worker.py` is how a worker says what it handles. `transport.py` is the seam to the
MQTT client (`mqtt.py`) and to the memory broker (`memory.py`).
"""
