"""The error message that a text quotes: in quotes, in backticks, after "dice que", or as a code."""

from __future__ import annotations

import re

from bot.text import words

_MOST = 300  # characters

_QUOTED = re.compile(r"`{1,3}([^`]+)`{1,3}|«([^»]+)»|“([^”]+)”|\"([^\"]+)\"|(?<!\w)'([^']{4,})'(?!\w)")
# Words beside a quotation that make it a message of the system and not a product's name.
_OF_AN_ERROR = frozenset(
    """error errores erro erros errors mensaje mensagem message msg dice diz says said saying aparece aparecen apareceu
    appears sale sai shows mostra muestra devuelve devolve returns retorna responde respondio lanza throws aviso alerta
    alert warning popup leyenda cartel fallo falla falha failed recibo recebo get getting got me da tira joga
    response respuesta resposta exception excepcion excecao""".split()  # noqa: SIM905
)
_NEAR = 6  # words before the quotation

_SAYS = re.compile(
    r"""\b(?:(?:me\s+|nos\s+|le\s+|les\s+)?(?:dice|sale|aparece|muestra|devuelve|tira)(?:\s+que|\s+el\s+mensaje(?:\s+de\s+error)?(?:\s+que\s+dice)?|\s*:)
        |(?:it|that|which|and|just|screen|page|system)\s+(?:says|said|shows)(?:\s+that|\s*:)?
        |(?:diz|dizendo|aparece|mostra|retorna)(?:\s+que|\s+a\s+mensagem(?:\s+de\s+erro)?(?:\s+que)?|\s*:)
        |(?:el\s+)?(?:mensaje|error)(?:\s+(?:exacto|completo|de\s+error))?\s+(?:es|dice)\s*:?
        |(?:the\s+)?(?:exact\s+)?(?:error\s+)?message\s+(?:is|says|reads)\s*:?|(?:the\s+)?error\s+(?:is|says|reads)\s*:?
        |(?:a\s+)?(?:mensagem|erro)(?:\s+(?:exata|exato|completa|completo|de\s+erro))?\s+(?:é|e|diz)\s*:?
        )\s+(?P<said>[^\n]{4,})""",
    re.IGNORECASE | re.VERBOSE,
)
_COLON = re.compile(
    r"\b(?P<said>(?:error|erro|exception|fatal|warning)(?:\s+[\w-]{2,12})?\s*:\s*[^\n]{3,})", re.IGNORECASE
)
_CODE = re.compile(
    r"""\b(?P<said>(?:(?:error|erro|http|status|codigo|código|code|cod)\s+(?:de\s+)?(?:(?:error|erro|code|status|codigo|código|n[ºo°.]*)\s*)?\#?[45]\d\d(?-i:(?:\s+[A-Z]\w+)*)
        |(?-i:[A-Z]{2,6}[-_]\d{2,6})
        |(?-i:(?:[A-Z][a-z]+){1,4}(?:Exception|Error)\b(?::[^\n.]+)?)
        |(?:ERR|E)_[A-Z0-9_]{3,}
        |(?:error|erro)\s+(?:(?:code|codigo|código|n[ºo°.]*|numero|número|number)\s+)?\#?(?=[\w-]*\d)[\w-]{2,20}))""",
    re.VERBOSE | re.IGNORECASE,
)
_EXACT_CODE = re.compile(
    r"\b[A-Z]{2,6}[-_]\d{2,6}\b|\b(?:ERR|E)_[A-Z0-9_]{3,}\b|\b(?:[A-Z][a-z]+){1,4}(?:Exception|Error)\b"
)
# Where a message told in passing ends and the customer's own words go on.
_ENDS = re.compile(
    r"(?<=[^\d\s.])[.;](?:\s|$)|\s+(?:y|e|and|pero|mas|but|cuando|quando|when|al|ao|desde|since)\s+", re.IGNORECASE
)


def error_text(text: str) -> str | None:
    """The message or code as the customer copied it, without its quotes; None where the text holds none."""
    return _shortened(_quoted(text) or _told(text) or _code(text))


def _shortened(found: str | None) -> str | None:
    cleaned = " ".join((found or "").split()).strip(" .,;:")
    return cleaned[:_MOST] or None


def _quoted(text: str) -> str | None:
    for match in _QUOTED.finditer(text):
        held = next(each for each in match.groups() if each)
        if match.group(1) or _OF_AN_ERROR.intersection(words(text[: match.start()])[-_NEAR:] + words(held)):
            return held
    return None


def _told(text: str) -> str | None:
    match = _COLON.search(text)
    if match:
        return _own_part(match.group("said"), keeps_conjunctions=True)
    match = _SAYS.search(text)
    if match:
        said = _own_part(match.group("said"), keeps_conjunctions=False)
        return said if len(words(said)) >= 2 or _CODE.search(said) else None
    return None


def _own_part(said: str, *, keeps_conjunctions: bool) -> str:
    for end in _ENDS.finditer(said):
        if keeps_conjunctions and not end.group().startswith((".", ";")):
            continue
        return said[: end.start()]
    return said


def _code(text: str) -> str | None:
    match = _EXACT_CODE.search(text) or _CODE.search(text)
    return match.group() if match else None
