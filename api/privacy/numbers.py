"""Which runs of digits in a text are a person's: cards, telephone numbers, tax numbers; and which are an order's, a ticket's,
a price or a date, without which the text says nothing any more.

A number is judged by its check digits, by the way it is grouped, and by the words in front of it. Where these leave it
open, long numbers grouped as telephones are taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from api.folding import fold
from api.privacy import check_digits

# Groups of digits with at most two separators between them.
_RUN = re.compile(r"(?<!\w)[+(]{0,2}\d++(?:[ ().\-/]{1,2}\d++)*+(?!\w)")
_GROUP = re.compile(r"\d+")
# A card of five groups, a telephone with its country, prefix and five pairs.
_MOST_GROUPS = 7
_FEWEST_DIGITS, _MOST_DIGITS = 7, 19
# Characters in front of a number in which a word says what it is.
_BEFORE = 32

_TAIL = re.compile(r"[^\d\n\]]*$")
_WORD = re.compile(r"[^\W\d_]+|#|[nN][º°]")
_SENTENCE_END = re.compile(r"[.!?;]\s")
# How many words in front of a number may say what it is.
_WORDS = 4
_OF_ORDER = """
# nº n° pedido pedidos orden ordenes ordem ordens order orders ticket tickets tiquete tiquetes chamado chamados caso
case solicitud solicitacao request factura fatura invoice fiscal sku skus ean gtin isbn upc protocolo transacao
transaccion transaction tracking guia rastreio rastreo envio shipment id ids lote batch error erro log build produto
producto product codigo code ref referencia reference increment
"""
_OF_TELEPHONE = """
tel tels telefono telefonos telefone telefones telephone phone fone fones fono celular celulares cel movil mobile
cell whatsapp whats wsp zap ligar ligue liga ligarem call text sms fax contacto contato reach llama llamar llame
llamame llamarme llamen llamenme llamada
"""
_OF_PERSON = """
dni cedula cpf cnpj rg nit rut run rfc curp cuit cuil nif nie cif nipc ruc ssn ein vat contribuinte contribuyente
pasaporte passaporte passport tax
"""
_ORDER_WORDS, _TELEPHONE_WORDS, _PERSON_WORDS = (
    frozenset(each.split()) for each in (_OF_ORDER, _OF_TELEPHONE, _OF_PERSON)
)
_OF_A_PRICE = re.compile(r"(?:[$€£¥]|\b(?:usd|eur|brl|cop|clp|mxn|ars|pen|gbp))[ ]?$", re.IGNORECASE)
_PRICED = re.compile(
    r"[ ]?(?:[€$£¥%]|(?:usd|eur|brl|cop|clp|mxn|ars|pen|gbp|reais|pesos|euros|d[oó]lares)\b)", re.IGNORECASE
)

# Issuers' first digits: Visa, Mastercard, American Express, Discover, Diners, JCB, Maestro, Elo, Hipercard, UnionPay.
_CARD = re.compile(r"4|5[0-9]|2[2-7]|3[045678]|6")
_CARD_GROUPS = {
    (4, 4, 4, 4),
    (4, 6, 5),
    (4, 6, 4),
    (4, 4, 4, 4, 3),
    (4, 4, 4, 1),
    (8, 8),
    (8, 4, 4),
    (4, 8, 4),
    (4, 4, 8),
}
_TELEPHONE_GROUPS = {
    (2, 4, 4), (2, 5, 4), (3, 3, 4), (3, 4, 4), (2, 8), (2, 9), (3, 7), (5, 4),
    (1, 3, 3, 4), (2, 3, 3, 4), (2, 2, 4, 4), (2, 2, 5, 4), (2, 1, 4, 4), (2, 3, 3, 3), (2, 1, 2, 4, 4), (2, 1, 3, 3, 4),
    (3, 3, 3, 3), (3, 2, 2, 2), (3, 3, 3), (1, 4, 4), (2, 2, 2, 2, 2), (2, 3, 2, 2, 2),
}  # fmt: skip
_ONLY_AFTER = {(3, 3, 3): "6789", (3, 2, 2, 2): "6789", (1, 4, 4): "9", (5, 4): "9", (2, 2, 2, 2, 2): "0"}
_TAX_GROUPS = {(3, 3, 3, 2), (2, 3, 3, 4, 2), (2, 8, 1), (8, 1), (9, 1), (3, 2, 4)} | {
    (*head, 3, 3, last) for head in ((1,), (2,), (3,), (1, 3)) for last in (1,)
}
_GROUPS = _CARD_GROUPS | _TELEPHONE_GROUPS | _TAX_GROUPS
# Ends of the ranges of numbers in a computer, which error messages quote.
_LIMITS = ("2147483647", "2147483648", "4294967295", "4294967296")
_TELLS = re.compile(r"[^\W\d]|[#$€£¥]")
_CALLING_CODES = ("1", "34", "351", "51", "52", "54", "55", "56", "57", "58", "591", "593", "595", "598")


@dataclass(frozen=True, slots=True)
class Number:
    """Characters `[start, end)` and what they are: `card`, `phone` or `tax id`."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    text: str
    groups: tuple[str, ...]
    said: str
    """What the words in front say that it is: `order`, `phone`, `tax id`, `price`, or nothing."""
    after: str
    tail: str

    @property
    def digits(self) -> str:
        return "".join(self.groups)

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(map(len, self.groups))


def numbers(text: str) -> Iterator[Number]:
    """The personal numbers of `text`, in order, none over another. Costs a fixed time for each group of digits."""
    for run in _RUN.finditer(text):
        groups = list(_GROUP.finditer(run[0]))
        at = 0
        while at < len(groups):
            found, used = _longest(text, run, groups, at)
            if found:
                yield found
            at += used


def _longest(text: str, run: re.Match[str], groups: list[re.Match[str]], at: int) -> tuple[Number | None, int]:
    """The longest number that begins with group `at`, and how many groups to go on by."""
    offset = run.start()
    # A bracket or plus belongs to the group behind it.
    start = offset + groups[at].start()
    while start > offset and text[start - 1] in "(+":
        start -= 1
    before, said = text[max(0, start - _BEFORE) : start], None
    digits = 0
    sizes = []
    for size in range(1, min(_MOST_GROUPS, len(groups) - at) + 1):
        digits += groups[at + size - 1].end() - groups[at + size - 1].start()
        if _FEWEST_DIGITS <= digits <= _MOST_DIGITS:
            sizes.append(size)
    for size in reversed(sizes):
        said = _said(before) if said is None else said
        end = offset + groups[at + size - 1].end()
        chosen = tuple(each[0] for each in groups[at : at + size])
        if not said and size > 1 and text[start] not in "+(" and tuple(map(len, chosen)) not in _GROUPS:
            continue
        kind = _kind(_Candidate(text[start:end], chosen, said, text[end : end + 10], before[-2:]))
        if kind:
            return Number(start, end, kind), size
    return None, 1


def _said(before: str) -> str:
    """The nearest word that tells decides; one for an order does not reach into the next sentence."""
    if not _TELLS.search(before):
        return ""
    if _OF_A_PRICE.search(before):
        return "price"
    tail = _TAIL.search(before)
    words = list(_WORD.finditer(tail[0])) if tail else []
    for each in reversed(words[-_WORDS:]):
        word = fold(each[0])
        if word in _PERSON_WORDS:
            return "tax id"
        if word in _TELEPHONE_WORDS:
            return "phone"
        if word == "id" and tail and re.search(r"\btax\W+$", tail[0][: each.start()], re.IGNORECASE):
            return "tax id"
        if word in _ORDER_WORDS:
            apart = tail and len(word) > 3 and _SENTENCE_END.search(tail[0], each.end())
            return "" if apart else "order"
    return ""


def _kind(one: _Candidate) -> str | None:
    if _is_card(one):
        return "card"
    if len(one.digits) > 15 or re.match(r"[.,/-]\d", one.after) or re.search(r"\d[.,/-]$", one.tail):
        return None
    if one.said == "price" or _PRICED.match(one.after):
        return None
    if _is_tax_id(one):
        return "tax id"
    if one.text in _LIMITS:
        return None
    return "phone" if "/" not in one.text and one.said != "order" and _is_telephone(one) else None


def _is_card(one: _Candidate) -> bool:
    digits = one.digits
    if not 13 <= len(digits) <= 19 or not _CARD.match(digits) or not check_digits.luhn(digits):
        return False
    if len(one.groups) == 1:
        # One in ten numbers passes by chance; one that is called an order's is one.
        return one.said != "order"
    return one.shape in _CARD_GROUPS and not re.search(r"[./()]", one.text)


def _is_tax_id(one: _Candidate) -> bool:
    text, digits = one.text.lstrip("("), one.digits
    if one.said == "tax id":
        return not re.fullmatch(r"(?:19|20)\d\d(?:[-/.]\d\d){2}", text)
    if re.fullmatch(r"\d{3}\.\d{3}\.\d{3}-\d\d|\d{2}\.\d{3}\.\d{3}/\d{4}-\d\d", text):
        return True  # a CPF or CNPJ whatever its check digits say: typed wrong it still tells who it was
    if re.fullmatch(r"\d{2}-\d{8}-\d", text):
        return check_digits.cuit(digits)
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,3}-\d|\d{8,9}-\d", text) and (
        check_digits.nit(digits) or check_digits.rut(digits)
    ):
        return True
    if re.fullmatch(r"\d{3}-\d\d-\d{4}", text):
        return text[:3] not in ("000", "666") and text[0] != "9"
    if one.said == "order":
        return False
    if re.fullmatch(r"\d{3} \d{3} \d{3}[ -]\d\d", text):
        return check_digits.cpf(digits)
    if len(one.groups) > 1:
        return False
    return (
        check_digits.cpf(digits) or check_digits.cnpj(digits) or check_digits.cuit(digits) or check_digits.ruc(digits)
    )


def _is_telephone(one: _Candidate) -> bool:
    digits, shape, text = one.digits, one.shape, one.text
    if text.startswith(("+", "(+")):
        return len(digits) >= 8
    if re.fullmatch(
        r"(?:19|20)\d\d[-. ]?[01]\d[-. ]?[0-3]\d(?:[ ]?\d{2,6})?|[0-3]?\d[-. ][01]?\d[-. ](?:19|20)\d\d", text
    ):
        return False  # a date
    if one.said == "phone":
        return True
    if re.fullmatch(r"\(0?\d{2,4}\)[ .\-]?\d[\d .\-]*", text):
        return 8 <= len(digits) <= 13
    if len(shape) == 1:
        return _is_bare_telephone(digits)
    if shape not in _TELEPHONE_GROUPS or not text[0].isdigit():
        return False
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", text):
        return False  # thousands
    if len(shape) > 3 and len(digits) > 10 and not digits.startswith(_CALLING_CODES):
        return False
    return digits[0] in _ONLY_AFTER.get(shape, digits[0])


def _is_bare_telephone(digits: str) -> bool:
    """Without a separator: mobiles of nine to eleven digits, and those with their country in front."""
    match len(digits):
        case 9:
            return digits[0] in "679"
        case 10:
            return digits[0] in "23456789"
        case 11:
            return (digits[2] == "9" and digits[0] != "0") or digits.startswith("569")
        case 12 | 13:
            return digits.startswith(("521", "549", "52", "54", "55", "57", "34", "351", "51"))
    return False
