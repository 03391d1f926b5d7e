"""What a typed answer to "does nothing load at all, for anybody?" says. Pure, and slow to believe in an emergency."""

from __future__ import annotations

import re

from bot.emergency_words import ALL, ONE_PERSON, PARTLY, SLOW, WORKS, clearly_down, negated
from bot.text import words

_NOT_ALL = re.compile(r"\b(?:not|no|nao|nem)\s+(?:everything|everyone|everybody|all|todo|todos|toda|todas|tudo)\b")
_YES = frozenset(
    """si sí sim yes yep yeah yup y s claro exacto exactamente exactly correct correcto correto confirmo confirm confirmed
    afirmativo asi isso eso isto right sure positivo certo definitely""".split()  # noqa: SIM905
)
# The longest answer, in words, that says yes or no by one of them.
_SHORT = 12
_NO = frozenset({"no", "nao", "nope", "n", "not", "negativo", "tampoco"})


def nothing_loads(text: str) -> bool | None:
    """True: nothing loads, for anybody. False: something works, it is slow, or it is one person's. None: it is not clear."""
    said = words(text)
    # A question is no answer, and in Spanish "y" begins one.
    if not said or ("?" in text and not clearly_down(text)):
        return None
    joined = " ".join(said)
    if any(SLOW.match(each) for each in said) or ONE_PERSON.search(joined):
        return False
    works = [index for index, each in enumerate(said) if WORKS.match(each)]
    if any(not negated(said, index) for index in works):
        return False
    if PARTLY & set(said) or _NOT_ALL.search(joined):
        return False
    if said[0] in _NO and (len(said) == 1 or _stops_after_first(text)) and not ALL & set(said[1:]):
        return False
    says_yes = said[0] in _YES and (len(said) == 1 or len(said[0]) > 1)
    # In a long story "all" and "nothing" are about anything.
    if clearly_down(text) or (len(said) <= _SHORT and (says_yes or ALL & set(said))):
        return True
    return False if set(said) <= _NO else None


def _stops_after_first(text: str) -> bool:
    return re.match(r"\W*\w+\s*[,.;:!-]", text) is not None
