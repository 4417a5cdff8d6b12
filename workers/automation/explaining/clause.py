"""What starts an automation, or is waited for, as a clause of a sentence. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from workers.automation.explaining.english import phrases


@dataclass(frozen=True, slots=True)
class Clause:
    """One trigger as what starts it, as its reason, and as what is waited for."""

    when: str
    because: str
    until: str

    @classmethod
    def event(cls, happens: str) -> Clause:
        """Of something that happens."""
        return cls(phrases.WHEN.format(happens), phrases.BECAUSE.format(happens), phrases.UNTIL.format(happens))

    @classmethod
    def moment(cls, at: str, moment: str) -> Clause:
        """Of a moment of the day: `at 06:45`, `06:45`."""
        return cls(at, at, phrases.UNTIL.format(moment))

    @classmethod
    def again(cls, every: str) -> Clause:
        """Of moments that come again and again."""
        return cls(every, every, phrases.UNTIL_AGAIN.format(every))
