"""Topics and topic filters. Pure."""

SHARE = "$share/"
_LONGEST = 0xFFFF


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a filter, without its `$share/<group>/`, matches a topic (MQTT 5.0, section 4.7)."""
    if topic.startswith("$") and topic_filter[:1] in {"+", "#"}:
        return False
    pattern, levels = topic_filter.split("/"), topic.split("/")
    for index, want in enumerate(pattern):
        if want == "#":
            return True
        if index >= len(levels) or want not in {"+", levels[index]}:
            return False
    return len(pattern) == len(levels)


def is_filter(text: str) -> bool:
    """Whether it can be subscribed to: wildcards alone in their level, `#` only at the end, at most 65,535 bytes."""
    levels = text.split("/")
    alone = all(level in {"+", "#"} or not set(level) & {"+", "#"} for level in levels)
    return bool(text) and alone and "#" not in levels[:-1] and "\0" not in text and len(text.encode()) <= _LONGEST


def unshared(topic_filter: str) -> str:
    """The filter behind `$share/<group>/`."""
    return topic_filter.split("/", 2)[2] if topic_filter.startswith(SHARE) else topic_filter


def has_wildcards(topic: str) -> bool:
    """Whether it can only be subscribed to."""
    return "+" in topic or "#" in topic
