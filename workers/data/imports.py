"""Files to import: laid into the data folder by the command line, read from there by the worker."""

from __future__ import annotations

import codecs
import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import ValidationError

from contracts.home import HomeDocument
from shared.bus.requests import json_path
from shared.errors import InvalidRequest, NotFound

LARGEST_HOME = 64 * 1024 * 1024
"""Bytes. A home of 5,000 entities has some 3 MB."""
_MOST_DETAILS = 20
_PART = 1024 * 1024
_DRAFT_SECONDS = 86_400


class ImportFolder:
    """The `imports` folder below the data folder."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "imports"

    def lay_down(self, content: bytes) -> str:
        """Put content there under a name that tells it apart, and give the name."""
        name = hashlib.sha256(content).hexdigest()[:32] + ".json"
        with self._draft() as draft:
            draft.write_bytes(content)
            draft.replace(self._folder / name)
        return name

    def copy(self, source: Path) -> str:
        """Put a copy of a file of any size there, under a name that tells its content apart, and give the name."""
        digest = hashlib.sha256()
        with self._draft() as draft:
            with source.open("rb") as file, draft.open("wb") as copy:
                while part := file.read(_PART):
                    digest.update(part)
                    copy.write(part)
            name = digest.hexdigest()[:32] + ".csv"
            draft.replace(self._folder / name)
        return name

    def extract(self, write: Callable[[Path], None]) -> str:
        """Put a file there that `write` makes, and give its name."""
        name = f"{secrets.token_hex(16)}.changes"
        with self._draft() as draft:
            write(draft)
            draft.replace(self._folder / name)
        return name

    @contextmanager
    def _draft(self) -> Iterator[Path]:
        """A file of another name first, so that nobody reads a half one."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._sweep()
            draft = self._folder / f".{secrets.token_hex(8)}"
            try:
                yield draft
            finally:
                draft.unlink(missing_ok=True)
        except OSError as error:
            raise InvalidRequest(f"the file can't be laid into {self._folder} ({error.strerror})") from None

    def _sweep(self) -> None:
        """Forget drafts of commands that were killed."""
        old = time.time() - _DRAFT_SECONDS
        for draft in self._folder.glob(".*"):
            with suppress(OSError):
                if draft.stat().st_mtime < old:
                    draft.unlink()

    def path(self, name: str) -> Path:
        """Where a file laid down before is."""
        return self._folder / name

    def read(self, name: str) -> bytes:
        """The content of a file laid down before. Raises NotFound, or InvalidRequest where it is too large."""
        file = self._folder / name
        try:
            if file.stat().st_size > LARGEST_HOME:
                raise InvalidRequest(f"{name} is larger than {LARGEST_HOME // 1024 // 1024} MB")
            return file.read_bytes()
        except OSError:
            raise NotFound(
                f"{name} is not in the imports folder: `homeiq import` must use the data folder of the data worker"
            ) from None

    def remove(self, name: str) -> None:
        """Forget a file that was imported, or can't be."""
        for path in (self.path(name), self.bookmark(name)):
            path.unlink(missing_ok=True)

    def bookmark(self, name: str) -> Path:
        """Where is kept how far an import of the file has come."""
        return self._folder / f"{name}.at"


def read_home(content: bytes) -> HomeDocument:
    """A home from the text of a file. Raises InvalidRequest with a detail for each finding."""
    try:
        document = HomeDocument.model_validate_json(content.removeprefix(codecs.BOM_UTF8))
    except ValidationError as error:
        details = [
            {"path": json_path(each["loc"]), "message": each["msg"]}
            for each in error.errors(include_url=False, include_input=False, include_context=False)[:_MOST_DETAILS]
        ]
        first = details[0]
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        raise InvalidRequest(f"the file is no home: {first['path']}: {first['message']}{more}", details) from None
    if not document.areas and not document.entities:
        raise InvalidRequest("the file is no home: it has neither areas nor entities")
    return document
