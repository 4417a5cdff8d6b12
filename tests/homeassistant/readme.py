"""The snippets of docs/home-assistant/README.md."""

from __future__ import annotations

import re

from tests.homeassistant.house import FILES

_README = (FILES / "README.md").read_text()


def snippets(language: str) -> list[str]:
    """All snippets of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```", _README, re.MULTILINE | re.DOTALL)


def snippet(language: str, holds: str) -> str:
    """The one snippet that holds these words."""
    [found] = [each for each in snippets(language) if holds in each]
    return found
