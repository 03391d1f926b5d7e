"""What a typed answer to "does nothing load at all, for anybody?" says. Pure, and slow to believe in an emergency."""

from __future__ import annotations

import re
from itertools import pairwise

from bot.text import words

# Words of the three languages, folded. Slowness and a part of it are no emergency, whatever else is said.
_SLOW = re.compile(r"^(lent|slow|demor|tard|devagar|lag|retras|atras|intermit)")
_PARTLY = frozenset(
    """solo solamente only just apenas so somente algun algunos alguna algunas some alguns algumas certain ciertas unos
    parte partes part parcial partial partially parcialmente veces sometimes vezes""".split()  # noqa: SIM905 - a quote a word hides the words
)
_ONE_PERSON = re.compile(
    r"\b(?:(?:solo|solamente|apenas|so|somente|only|just)\s+(?:a\s+|para\s+|for\s+|con\s+|com\s+|en\s+)?"
    r"(?:mi|yo|me|mim|eu|i|comigo|conmigo|my|mine|meu|minha))\b"
)
_WORKS = re.compile(
    r"^(funciona(n|m)?|works?|working|abren?|abrem|abriu|opens?|entro|entra(n|m)?|carga(n)?|carrega(m)?|loads?|loading|anda(n|m)?"
    r"|responden?|respondem|puedo|pueden|podem|posso|can|up)$"
)
_NOT = frozenset(
    """no not nao n nunca never doesnt dont isnt wont cant cannot ni nem nada nothing nadie nobody ninguem none sin sem
    without tampoco neither nenhum nenhuma ningun ninguna ninguno dejo deixou parou paro stopped jamas""".split()  # noqa: SIM905
)
_NOT_ALL = re.compile(r"\b(?:not|no|nao|nem)\s+(?:everything|everyone|everybody|all|todo|todos|toda|todas|tudo)\b")
_ALL = frozenset(
    """nada nothing nadie nobody noone anyone anybody anything ninguem todo todos toda todas tudo everything everyone
    everybody all whole entire completamente completely totalmente ningun ninguna ninguno nenhum nenhuma""".split()  # noqa: SIM905
)
_YES = frozenset(
    """si sí sim yes yep yeah yup y s claro exacto exactamente exactly correct correcto correto confirmo confirm confirmed
    afirmativo asi isso eso isto right sure positivo certo definitely""".split()  # noqa: SIM905
)
_NO = frozenset({"no", "nao", "nope", "n", "not", "negativo", "tampoco"})
_CONTRACTED = frozenset({"doesn", "don", "can", "won", "isn", "aren", "couldn"})
# How far before a word its "not" may stand.
_REACH = 3


def nothing_loads(text: str) -> bool | None:
    """True: nothing loads, for anybody. False: something works, it is slow, or it is one person's. None: it is not clear."""
    said = words(text)
    if not said:
        return None
    joined = " ".join(said)
    if any(_SLOW.match(each) for each in said) or _ONE_PERSON.search(joined):
        return False
    works = [index for index, each in enumerate(said) if _WORKS.match(each)]
    if any(not _negated(said, index) for index in works):
        return False
    if _PARTLY & set(said) or _NOT_ALL.search(joined):
        return False
    if said[0] in _NO and (len(said) == 1 or _stops_after_first(text)) and not _ALL & set(said[1:]):
        return False
    if said[0] in _YES or _ALL & set(said):
        return True
    return False if set(said) <= _NO else None


def _negated(said: tuple[str, ...], index: int) -> bool:
    """Whether a "not" stands before the word: `doesn't` and `can't` come as two words."""
    before = said[max(0, index - _REACH) : index]
    contracted = any(one in _CONTRACTED and other == "t" for one, other in pairwise(before))
    return contracted or any(each in _NOT for each in before)


def _stops_after_first(text: str) -> bool:
    return re.match(r"\W*\w+\s*[,.;:!-]", text) is not None
