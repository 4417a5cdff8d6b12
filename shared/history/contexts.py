"""Contexts that are made when somebody asks for them: most only want to know whether there is one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from shared.history.event import Context


class LateContexts(Sequence[Context]):
    """A sequence of contexts, of which it is known at once who has a parent (`automated`) and a user (`by_person`)."""

    def __init__(
        self, automated: NDArray[np.bool_], by_person: NDArray[np.bool_], make: Callable[[], Iterable[Context]]
    ) -> None:
        self.automated, self.by_person = automated, by_person
        self._make = make
        self._made: tuple[Context, ...] | None = None

    def _all(self) -> tuple[Context, ...]:
        if self._made is None:
            self._made = tuple(self._make())
        return self._made

    def __len__(self) -> int:
        return len(self.automated)

    @overload
    def __getitem__(self, place: int) -> Context: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Context]: ...
    def __getitem__(self, place: int | slice) -> Context | Sequence[Context]:
        return self._all()[place]

    def __eq__(self, other: object) -> bool:
        return self._all() == (other._all() if isinstance(other, LateContexts) else other)

    def __hash__(self) -> int:
        return hash(self._all())


def masks(contexts: Sequence[Context]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which contexts have a parent, and which a user."""
    if isinstance(contexts, LateContexts):
        return contexts.automated, contexts.by_person
    automated = np.array([each.parent_id is not None for each in contexts], dtype=np.bool_)
    return automated, np.array([each.user_id is not None for each in contexts], dtype=np.bool_)
