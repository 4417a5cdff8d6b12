"""What the catalogue does not say of itself: the words of `docs/topics.md` around its tables."""

from contracts.envelope import REQUEST_LIMIT, ErrorCode

HEAD = """
# Topics and messages

All of HomeIQ that is on the wire. This page is generated from `contracts/` by `make documents`, and so is
[asyncapi.json](asyncapi.json), which says the same to tools. `homeiq` is the root of all topics; `HOMEIQ_ROOT` names
another one.
"""

HOW_TO_ASK = """
## How to ask

As Home Assistant's user (`homeiq credentials homeassistant` prints where the broker is, and the password), with the
clients that come with Mosquitto:

```sh
login="-h 127.0.0.1 -p 1883 -u homeassistant -P ..."

# A question as plain text. The reply comes on the public topic, so somebody has to listen there first.
mosquitto_sub $login -q 1 -t homeiq/query/response -C 1 &
mosquitto_pub $login -q 1 -t homeiq/query/request -m 'which lights are on?'

# With a correlation id the reply stays for 60 s on a topic of its own: who publishes first and listens then gets it.
mosquitto_pub $login -q 1 -t homeiq/query/request \\
  -m '{"query": "is the front door locked?", "correlation_id": "door-1"}'
mosquitto_sub $login -q 1 -t homeiq/query/response/door-1 -C 1

# MQTT 5: a response topic of one's own, and correlation data that comes back byte for byte.
mosquitto_rr $login -V 5 -q 1 -t homeiq/query/request -e homeiq/reply/homeassistant/shell \\
  -D publish correlation-data 42 -m 'how many windows are open?'
```

A reply topic is below `homeiq/NAME/response/`, or below `homeiq/reply/<user>/`, which only that user can read. Publish
requests at QoS 1 and not retained.
"""

ENVELOPE = f"""
## The envelope

A request is a JSON object with the fields of its model and, beside them, these two:

- `correlation_id` (text, 1 to 128 of `[A-Za-z0-9._:-]`) stands in the reply. The same one with the same payload is the
  same request, and gets the same reply for 60 s.
- `reply_to` (text) is a reply topic, for clients that can set no MQTT 5 response topic.

An unknown field in a request is an error. A request has at most {REQUEST_LIMIT // 1024} KiB. Its message expiry, or
else the deadline of the operation, is how long the caller waits: nothing is answered later.

A reply is a JSON object too; readers ignore fields that they do not know:

```json
{{"correlation_id": "door-1", "status": "ok", "data": {{}}}}
{{"correlation_id": "door-1", "status": "error", "error": {{"code": "not_found", "message": "...", "details": []}}}}
```
"""

ERRORS: dict[ErrorCode, str] = {
    ErrorCode.INVALID_REQUEST: "The request can't be read; `details` has one `{path, message}` a field.",
    ErrorCode.NOT_FOUND: "What the request speaks of is not there.",
    ErrorCode.CONFLICT: "The request does not go with what was done before.",
    ErrorCode.FORBIDDEN: "The caller may not do this.",
    ErrorCode.OVERLOADED: "Too many requests are waiting. Trying again later helps.",
    ErrorCode.DEADLINE_EXCEEDED: "The answer was not found in time.",
    ErrorCode.UNAVAILABLE: "Something that the worker needs is down; `message` says what. Trying again later helps.",
    ErrorCode.INTERNAL: "The worker failed. Its log says why.",
}
