"""What a customer's text may be: the checks before a message is accepted."""

from __future__ import annotations

import unicodedata

from api.errors import Invalid

MAX_CHARACTERS = 4000

_KEPT_CONTROLS = {"\n", "\t"}


def clean_text(text: str) -> str:
    """The text as it is stored and shown: control characters and lone surrogates removed, ends trimmed.

    Raises `Invalid` with code ``text_empty`` or ``text_too_long`` (`values`: ``limit``, ``length``).
    """
    if len(text) > MAX_CHARACTERS * 4:
        # Far over the limit: refuse before looking at each character.
        raise _too_long(len(text))
    kept = "".join(
        character
        for character in text.replace("\r\n", "\n").replace("\r", "\n")
        if character in _KEPT_CONTROLS or unicodedata.category(character) not in ("Cc", "Cs")
    ).strip()
    if not kept or all(unicodedata.category(character) in ("Cf", "Zs", "Zl", "Zp", "Cc") for character in kept):
        raise Invalid("the message is empty: write what you need, or choose an option", code="text_empty")
    if len(kept) > MAX_CHARACTERS:
        raise _too_long(len(kept))
    return kept


def printable(text: str, limit: int) -> str:
    """At most `limit` characters of a text that people only read: no control characters, ends trimmed."""
    kept = "".join(
        character
        for character in text[: limit * 4]
        if character in _KEPT_CONTROLS or unicodedata.category(character) not in ("Cc", "Cs")
    )
    return kept.strip()[:limit]


def normalise(text: str) -> str:
    """The text as the dialogue reads it: NFKC, format characters (zero width, byte order mark) removed, one line.

    NFKC comes first because it turns look-alikes (the full-width slash) into what they look like; what is checked
    afterwards is what is used.
    """
    folded = unicodedata.normalize("NFKC", text)
    visible = "".join(character for character in folded if unicodedata.category(character) not in ("Cf", "Cs"))
    return " ".join(visible.split())


def _too_long(length: int) -> Invalid:
    return Invalid(
        f"the message has {length} characters, at most {MAX_CHARACTERS} are accepted: shorten it or attach a file",
        code="text_too_long",
        values={"limit": MAX_CHARACTERS, "length": length},
    )
