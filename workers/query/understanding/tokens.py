"""A sentence or a name as tokens: what is compared, and what it is compared by.

Case, accents, punctuation, apostrophes and emoji say nothing. A token keeps its `word` (accents and all, so that an
exact name can win) beside its `plain` letters.
"""

import re
import unicodedata
from collections.abc import Container, Mapping
from typing import NamedTuple

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘`´ʼ＇'", "'"))  # noqa: RUF001 (these are the look-alikes)
_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "þ": "th"})
_WORD = re.compile(r"\d+(?:[.,]\d+)?(?=\D|\Z)(?![a-z])|[^\W_]+(?:'[^\W_]+)*'?|%|°", re.UNICODE)
_NUMBER_OWNS = re.compile(r"(\d)'s\b")
_MINUS = re.compile(r"[-\u2212\u2013]\d")
_SIGNS = {"%": "percent", "°": "degrees"}
_ENTITY_ID = re.compile(r"[a-z_]+\.[a-z0-9_]+")


_NUMBERS_IN_LETTERS = frozenset({"nan", "inf", "infinity"})


class Token(NamedTuple):
    """One word: `word` as written but for case and apostrophes, `plain` without accents."""

    word: str
    plain: str

    @property
    def number(self) -> float | None:
        """The number it is written as."""
        if self.plain[:1].isalpha() and self.plain not in _NUMBERS_IN_LETTERS:
            return None
        try:
            return float(self.plain.replace(",", "."))
        except ValueError:
            return None


def plain(word: str) -> str:
    """The letters without accents: `Küche` gives `kuche`, `straße` gives `strasse`."""
    if word.isascii():
        return word
    spread = unicodedata.normalize("NFKD", word.translate(_LETTERS))
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


def fold(key: str) -> str:
    """A key under which ä, ae and a are the same."""
    if "e" not in key:
        return key
    return key.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def singular(word: str) -> str:
    """A word without the s of a plural or a genitive, where it is long enough to have one."""
    return word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] != "s" else word  # noqa: PLR2004


def words(text: str) -> list[str]:
    """The words of a name, casefolded, apostrophes gone."""
    text = text.translate(_APOSTROPHES).casefold() if not text.isascii() else text.lower()
    text = _NUMBER_OWNS.sub(r"\1", text) if "'" in text else text
    return [word.replace("'", "") for word in _WORD.findall(text)]


def plainly(text: str) -> str:
    """A text as plain words joined by blanks, to compare it by."""
    return " ".join(plain(each) for each in words(text.replace("_", " ")))


def _signed(part: str) -> list[str]:
    """The words of a part of a sentence, with the minus of a number: "-5°"."""
    found = words(part)
    return [f"-{found[0]}", *found[1:]] if _MINUS.match(part) else found


COMMA, STOP = Token(",", ","), Token(".", ".")
"""What stands between the parts of a sentence, and between sentences."""
ARROWS = ("->", "=>", "→")
"""What stands between what sets something off and what is done then."""
_APART = frozenset({*ARROWS, "-", "–", "—"})  # noqa: RUF001 (dashes)
"""What stands apart and joins as a comma does."""
_MARKS = {",": COMMA, ";": STOP, ".": STOP, "!": STOP, "?": STOP, ":": COMMA}


def tokens(
    text: str, contractions: Mapping[str, str] | None = None, entity_ids: Container[str] = (), *, marks: bool = False
) -> list[Token]:
    """The tokens of a sentence, contractions spread out. An entity id that is in the home stays one token.

    `marks`: whether commas and stops are tokens too.
    """
    found: list[Token] = []
    for part in text.split():
        if part == "&":
            found.append(Token("and", "and"))
            continue
        if part in _APART:
            found += (COMMA,) if marks else ()
            continue
        entity_id = part.strip("?!.,;:\"'()").lower()
        if "." in entity_id and _ENTITY_ID.fullmatch(entity_id) and entity_id in entity_ids:
            found.append(Token(entity_id, entity_id))
            found += _mark(part) if marks else ()
            continue
        spelled = entity_id.translate(_APOSTROPHES)
        for word in (spelled,) if "'" in spelled and spelled in (contractions or {}) else _signed(part):
            spread = (contractions or {}).get(word, _SIGNS.get(word, word))
            found += [Token(each, plain(each)) for each in spread.split()]
        found += _mark(part) if marks else ()
    return found


def _mark(part: str) -> tuple[Token, ...]:
    """What stands behind a word."""
    return (_MARKS[part[-1]],) if part[-1] in _MARKS else ()
