"""Whether the topics of MQTT are ones that it takes: filters to listen on, and topics to publish to. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from workers.automation.finding import Code, Finding, error
from workers.automation.plan.actions import CallService
from workers.automation.plan.node import Node
from workers.automation.plan.triggers import MqttTrigger
from workers.automation.plan.value import Data
from workers.automation.validating.known import Known
from workers.automation.validating.places import child, known_text

_LONGEST = 65_535
"""Bytes of a topic."""


def judge_topics(known: Known) -> Iterator[Finding]:
    """What is wrong with the topics of a plan that are known before it runs."""
    for node in known.nodes:
        for path, topic, listens in _topics(node):
            if (why := _wrong(topic, listens)) is not None:
                yield error(Code.SCHEMA, path, f"The MQTT topic {topic[:60]!r} {why}.")


def _topics(node: Node) -> Iterator[tuple[str, str, bool]]:
    """The topics of a node that are known: where, which, and whether it listens."""
    if isinstance(node, MqttTrigger):
        path, topic = child(node.path, "topic"), known_text(node.topic)
    elif isinstance(node, CallService) and node.action == "mqtt.publish" and isinstance(node.data, Data):
        path, topic = child(child(node.path, "data"), "topic"), known_text(node.data.get("topic"))
    else:
        return
    if topic is not None:
        yield path, topic, isinstance(node, MqttTrigger)


def _wrong(topic: str, listens: bool) -> str | None:
    if not topic:
        return "is empty: name one"
    if len(topic.encode("utf-8", "replace")) > _LONGEST:
        return f"is longer than {_LONGEST} bytes: shorten it"
    levels = topic.split("/")
    if not listens:
        return "is published to and can't have + or #" if {"+", "#"} & set(topic) else None
    if any("+" in each and each != "+" for each in levels):
        return "has a + beside other characters: it stands for a whole level"
    if any("#" in each for each in levels[:-1]) or ("#" in levels[-1] and levels[-1] != "#"):
        return "has a # that is not its last level: write it alone at the end"
    return None
