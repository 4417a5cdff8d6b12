"""The documents of the wire, rendered from the catalogue: `docs/topics.md` for people, `docs/asyncapi.json` for tools.

Pure and deterministic; `python -m contracts.documents` writes them.
"""

from contracts.documents.asyncapi import asyncapi_json
from contracts.documents.topics import topics_markdown

__all__ = ["asyncapi_json", "documents", "topics_markdown"]


def documents() -> dict[str, str]:
    """The text of each document, by its path below the project's folder."""
    return {"docs/topics.md": topics_markdown(), "docs/asyncapi.json": asyncapi_json()}
