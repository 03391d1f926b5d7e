"""Check digits of cards, accounts and tax numbers: whether a number can be what it looks like.

Each function takes the bare characters, without separators, and never raises.
"""

from __future__ import annotations

import string
from collections.abc import Iterable

_NIF_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_CIF_LETTERS = "JABCDEFGHI"
_CUIT_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_NIT_WEIGHTS = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71)
# Characters of an account number by country, where many of our customers bank (the registry of ISO 13616).
_IBAN_LENGTHS = {
    "AT": 20, "BE": 16, "BR": 29, "CH": 21, "CR": 22, "DE": 22, "DK": 18, "DO": 28, "ES": 24, "FI": 18, "FR": 27, "GB": 22,
    "GR": 27, "GT": 28, "IE": 22, "IT": 27, "LU": 20, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "SE": 24, "SV": 28,
}  # fmt: skip
_ALPHANUMERIC = frozenset(string.digits + string.ascii_uppercase)


def luhn(digits: str) -> bool:
    """ISO/IEC 7812, Annex B."""
    total = 0
    for place, each in enumerate(reversed(digits)):
        value = int(each) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0 and not _alike(digits)


def iban(text: str) -> bool:
    """ISO 13616: the country's letters, two check digits, 11 to 30 letters and digits; remainder 1 by 97."""
    length = _IBAN_LENGTHS.get(text[:2], len(text))
    if not 15 <= len(text) <= 34 or len(text) != length or not set(text) <= _ALPHANUMERIC:
        return False
    return int("".join(str(int(each, 36)) for each in text[4:] + text[:4])) % 97 == 1


def cpf(digits: str) -> bool:
    """A person in Brazil: eleven digits, the last two of them check digits."""
    if len(digits) != 11 or _alike(digits):
        return False
    return all(_by_eleven(digits[:size], range(size + 1, 1, -1)) == int(digits[size]) for size in (9, 10))


def cnpj(text: str) -> bool:
    """A company in Brazil: fourteen characters, letters among the first twelve since 2026, two check digits."""
    if len(text) != 14 or not set(text) <= _ALPHANUMERIC or not text[12:].isdigit() or _alike(text):
        return False
    weights = (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)
    return all(_by_eleven(text[:size], weights[13 - size :]) == int(text[size]) for size in (12, 13))


def cuit(digits: str) -> bool:
    """Argentina: a kind of holder, eight digits, a check digit."""
    if len(digits) != 11 or digits[:2] not in ("20", "23", "24", "25", "26", "27", "30", "33", "34"):
        return False
    return _from_eleven(digits[:10], _CUIT_WEIGHTS) % 11 == int(digits[10])


def ruc(digits: str) -> bool:
    """Peru: a kind of holder, eight digits, a check digit."""
    if len(digits) != 11 or digits[:2] not in ("10", "15", "17", "20"):
        return False
    return _from_eleven(digits[:10], _CUIT_WEIGHTS) % 10 == int(digits[10])


def nit(digits: str) -> bool:
    """Colombia: nine digits (a person's may have eight or ten) and a check digit."""
    if not 9 <= len(digits) <= 11 or _alike(digits):
        return False
    rest = sum(int(each) * weight for each, weight in zip(reversed(digits[:-1]), _NIT_WEIGHTS, strict=False)) % 11
    return int(digits[-1]) == (rest if rest < 2 else 11 - rest)


def rut(text: str) -> bool:
    """Chile: seven or eight digits and a check digit, which may be K."""
    number, check = text[:-1], text[-1:].upper()
    if not number.isdigit() or not 7 <= len(number) <= 8 or _alike(number):
        return False
    total = sum(int(each) * (2 + place % 6) for place, each in enumerate(reversed(number)))
    return check == "0123456789K0"[11 - total % 11]


def rfc(text: str) -> bool:
    """Mexico: letters of the name, a date, three characters. The date is checked, the last character is not: registered
    numbers break its rule."""
    date = text[-9:-3]
    return len(text) in (12, 13) and date.isdigit() and 1 <= int(date[2:4]) <= 12 and 1 <= int(date[4:]) <= 31


def nif_of_spain(text: str) -> bool:
    """Persons (eight digits and a letter), foreigners (X, Y, Z first) and companies (a letter first)."""
    text = text.upper()
    if len(text) != 9:
        return False
    head, body, check = text[0], text[1:8], text[8]
    if not body.isdigit():
        return False
    if head.isdigit() or head in "XYZ":
        number = int(f"{'XYZ'.find(head) if head in 'XYZ' else head}{body}")
        return check == _NIF_LETTERS[number % 23]
    if head not in "ABCDEFGHJNPQRSUVW":
        return False
    odd = sum(sum(divmod(2 * int(each), 10)) for each in body[::2])
    digit = -(odd + sum(int(each) for each in body[1::2])) % 10
    return check in (str(digit), _CIF_LETTERS[digit])


def nif_of_portugal(digits: str) -> bool:
    """Nine digits, the last a check digit."""
    if len(digits) != 9 or digits[0] not in "1235689" or _alike(digits):
        return False
    check = _from_eleven(digits[:8], range(9, 1, -1))
    return int(digits[8]) == (check if check < 10 else 0)


def _by_eleven(text: str, weights: Iterable[int]) -> int:
    rest = sum((ord(each) - ord("0")) * weight for each, weight in zip(text, weights, strict=True)) % 11
    return 0 if rest < 2 else 11 - rest


def _from_eleven(digits: str, weights: Iterable[int]) -> int:
    """11 - the weighted sum's rest by 11: 1 to 11."""
    return 11 - sum(int(each) * weight for each, weight in zip(digits, weights, strict=True)) % 11


def _alike(text: str) -> bool:
    return len(set(text)) == 1
