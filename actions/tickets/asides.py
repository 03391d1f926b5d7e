"""What a text is when it is no answer: a question of the customer's own, a file alone, "I don't have it". Pure."""

from __future__ import annotations

import re

from actions.tickets.fields import field_named
from bot.catalog import Catalog
from bot.text import is_slip_of, words

# Beginnings of questions that are also typed without a question mark, in the languages of the catalog. Words that begin
# a story as often ("cuando", "when", "is") are left out.
_ASKED = """
que es; que son; que significa; que quiere decir; que hago; que pasa si; como; cual es; cuales son; donde encuentro;
donde veo; donde saco; donde esta; de donde saco; por que me piden; para que; a que se refiere; cuanto tarda; cuanto demora;
what is; what s; whats; what are; what does; what do you mean; what happens if; how do; how can; how to; how does;
how long; how much; where do; where can; where is; which one is; why do you;
o que e; o que sao; o que significa; o que quer dizer; o que acontece se; que e; qual e; quais sao; onde encontro;
onde vejo; onde fica; onde esta; de onde tiro; por que voces; para que serve; quanto tempo; quanto demora
"""
_ASKING = tuple(tuple(each.split()) for each in _ASKED.split(";"))
# Before the question itself.
_OPENERS = frozenset(
    "y e and oye ey hey pero mas but perdon desculpa sorry una uma pregunta duda pois entao so".split()  # noqa: SIM905
)
_LEAST_WORDS = 3

_FILE_NAME = re.compile(
    r"^\S+\.(?:png|jpe?g|gif|webp|heic|pdf|har|mp4|mov|webm|txt|log|zip|csv|xlsx?|docx?|json|xml|eml)$", re.IGNORECASE
)
_FILE_WORDS = frozenset(
    """adjunto adjunta adjuntos adjunte archivo captura capturas pantallazo screenshot screenshots attached attachment file
    anexo anexei anexada arquivo print foto fotos imagen imagem image video har log aqui here segue ahi mando envio""".split()  # noqa: SIM905
)
_MOST_WORDS_WITH_FILE = 8

_NOT_AT_HAND = re.compile(
    r"^(?:pues |es que |i |eu |yo |la verdad )*(?:"
    r"no|nop|nope|nao|na|n a|ni idea|idk|no idea|nada|none|nothing|ninguno|ninguna|nenhum|nenhuma|no aplica|not applicable|"
    r"nao se aplica|(?:no|nao)(?: \w+)? ?(?:se|sei|lo se|la se|tengo|tenho|hay|ha|tem|recuerdo|lembro|encuentro|acho)\b.*|"
    r"(?:do not|don t|dont|can t|cant) (?:know|have|remember|find|recall)\b.*|not sure|no clue"
    r")$"
)
_MOST_WORDS_NOT_AT_HAND = 7


def is_question(text: str) -> bool:
    """Whether the text asks something, question mark or not."""
    said = words(text)
    if not said:
        return False
    if "?" in text or "¿" in text:
        return len(said) >= 2
    while said and said[0] in _OPENERS:
        said = said[1:]
    return len(said) >= _LEAST_WORDS and any(said[: len(each)] == each for each in _ASKING)


def is_file_alone(text: str, catalog: Catalog) -> bool:
    """Whether a text that came with a file says nothing but that."""
    said = words(text)
    if not said or all(_FILE_NAME.match(each) for each in text.split()):
        return True
    if len(said) > _MOST_WORDS_WITH_FILE:
        return False
    known = set(_FILE_WORDS)
    for language in catalog.languages:
        for field in catalog.fields:
            if field.kind == "attachments" and field_named(catalog, field.id) is not None:
                for phrase in catalog.words("fields", field.id, language):
                    known.update(words(phrase))
    return any(is_slip_of(each, every) for each in said for every in known)


def is_not_at_hand(text: str) -> bool:
    """Whether somebody who was asked for a detail says that they do not have it."""
    said = words(text)
    return 0 < len(said) <= _MOST_WORDS_NOT_AT_HAND and _NOT_AT_HAND.match(" ".join(said)) is not None
