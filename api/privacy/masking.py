"""Takes personal data out of a text: what a lead reads in a transcript, a cluster of questions or an export.

Each find is replaced by a mark that says what stood there: `[email]`, `[phone]`, `[card]`, `[tax id]`, `[iban]`, `[secret]`
(passwords, tokens, keys), `[ip]`. Order and ticket numbers, prices, dates, versions and product codes stay, as they are
what the matter is about. Names and postal addresses stay too: no rule finds them without taking half of the text.

Rules:

* card: 13 to 19 digits that an issuer gives, with a right Luhn digit; a security code after its name
* tax id: CPF, CNPJ, CUIT, NIT, RUT, RFC, CURP, RUC, NIF (Spain, Portugal), SSN, where check digits or punctuation prove
  it, or where the text names it ("mi DNI es 12345678")
* phone: with `+`, as telephones are grouped, or after a word such as *whatsapp*; not after *order* and the like, nor beside
  a currency
* iban: by its check digits
* ip: addresses of the public internet; private ones name nobody, and four single digits are a version
* secret: keys of known forms, what follows *password*, long strings of mixed letters and digits, log-ins and keys in links

Full-width forms and invisible characters do not hide anything. Masking what is masked changes nothing. The time grows with
the length only: 100 kB with many numbers in it take 150 ms of CPU.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from api.privacy import check_digits
from api.privacy.numbers import numbers

KINDS = ("email", "phone", "card", "tax id", "iban", "secret", "ip")


@dataclass(frozen=True, slots=True)
class Found:
    """Characters `[start, end)` of a text and which of `KINDS` they are."""

    start: int
    end: int
    kind: str


def mask(text: str) -> str:
    """`text` with a mark in place of each piece of personal data."""
    parts: list[str] = []
    end = 0
    for each in personal_data(text):
        parts += (text[end : each.start], f"[{each.kind}]")
        end = each.end
    parts.append(text[end:])
    return "".join(parts)


def without_personal_data(text: str) -> str:
    """`text` with nothing in place of it, for what compares texts."""
    for each in reversed(personal_data(text)):
        text = f"{text[: each.start]} {text[each.end :]}"
    return " ".join(text.split())


def personal_data(text: str) -> list[Found]:
    """Where the personal data of `text` stands, in order, none over another."""
    plain, places = _plain(text)
    taken: list[Found] = []
    covered = bytearray(len(plain))
    for rule in _RULES:
        for each in rule(plain):
            if each.start < each.end and not any(covered[each.start : each.end]):
                covered[each.start : each.end] = b"\x01" * (each.end - each.start)
                taken.append(each)
    taken.sort(key=lambda each: each.start)
    if places is None:
        return taken
    return [Found(places[each.start], places[each.end - 1] + 1, each.kind) for each in taken]


def _plain(text: str) -> tuple[str, list[int] | None]:
    """`text` as the rules read it, and where each of its characters stands in `text` (None: at the same place)."""
    changed = {each: folded for each in set(text) if each > "\x7f" and (folded := _folded(each)) != each}
    if not changed:
        return text, None
    characters: list[str] = []
    places: list[int] = []
    for place, each in enumerate(text):
        plain = changed.get(each, each)
        if plain:
            characters.append(plain)
            places.append(place)
    return "".join(characters), places


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    """One character for one, or nothing for one that is not seen."""
    match unicodedata.category(character):
        case "Cf":
            return ""
        case "Nd":
            return str(unicodedata.digit(character))
        case "Pd":
            return "-"
        case "Zs":
            return " "
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character


# Possessive quantifiers (`++`) never give a character back: no text makes these slow.
_EMAIL = re.compile(
    r"(?<![\w.%+'-])[\w.%+'-]++(?:@|\s?[(\[](?:at|arroba)[)\]]\s?|\s(?:arroba)\s)"
    r"\w[\w-]*+(?:(?:\.|\s?[(\[](?:dot|punto|ponto)[)\]]\s?|\s(?:punto|ponto)\s)\w[\w-]*+)++"
)
_LINK_LOGIN = re.compile(r"(?<=://)[^\s/@:]{1,256}+:[^\s/@]{1,256}+(?=@)")
_LINK_KEY = re.compile(
    r"[?&#](?:[\w-]{0,24}(?:token|secret|signature|password|passwd|apikey|api_key|auth)|key|sig|code|session|sid)=([^\s&#\"'<>]{6,}+)",
    re.IGNORECASE,
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[\w+/=\s\\]*+(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"
)
_KNOWN_KEYS = re.compile(
    r"(?<![\w-])(?:(?:sk|pk|rk|whsec)_(?:live|test)?_?\w{16,}+|gh[pousr]_\w{20,}+|github_pat_\w{20,}+|glpat-[\w-]{16,}+|"
    r"xox[abeprs]-[\w-]{10,}+|(?:AKIA|ASIA)[A-Z0-9]{16}(?!\w)|AIza[\w-]{30,}+|sk-[\w-]{20,}+|"
    r"(?:APP_USR|TEST)-[\w-]{20,}+|eyJ[\w-]{8,}+\.[\w-]{4,}+(?:\.[\w-]*+)?)"
)
_BEARER = re.compile(r"\b(?:bearer|basic)\s{1,4}([\w.~+/-]{12,}+=*+)", re.IGNORECASE)
_PASSWORD = re.compile(
    r"\b(?:password|passwort|passwd|pwd|passphrase|contrase[nñ]a|clave(?: secreta)?|senha|secret|token|api[ _-]?key)s?"
    r"(\s{0,3}[:=]\s{0,3}|\s{1,3}(?:is|es|é|era|was)\s{1,3}[:\"']?)([^\s,;]{4,}+)",
    re.IGNORECASE,
)
# `password=$PASSWORD`, `<token>`, `{key}`, and what is masked already.
_PLACEHOLDER = "[$<{%\\"
_LONG = re.compile(r"(?<![\w-])[A-Za-z0-9_-]{32,}+(?![\w-])")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_LONG_PART = 14
_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{1,4}+){2,8}", re.IGNORECASE)
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{6,39}+(?![\w:])")
_VERSION = re.compile(
    r"\b(?:v|ver|version|versi[oó]n|vers[aã]o|release|magento|commerce|php|mysql)\W{0,3}$", re.IGNORECASE
)
_IP = re.compile(r"\bip\b\W{0,3}(?:\w{1,8}\W{1,3})?$", re.IGNORECASE)
_SECURITY_CODE = re.compile(r"\b(?:cvv2?|cvc2?|csc)\b\W{0,3}(?:(?:is|es|é)\s)?(\d{3,4})(?!\d)", re.IGNORECASE)
_LETTERED = re.compile(
    r"(?<![\w&.])(?:"
    r"(?P<rfc>[A-ZÑ&]{3,4}-?\d{6}-?[A-Z0-9]{3})"
    r"|(?P<curp>[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d)"
    r"|(?P<nif>(?:\d{8}|\d{2}\.\d{3}\.\d{3}|[XYZ][-]?\d{7})-?[A-Z]|[A-HJNP-SUVW]-?\d{7}-?[0-9A-J])"
    r"|(?P<cnpj>[A-Z0-9]{2}\.[A-Z0-9]{3}\.[A-Z0-9]{3}/[A-Z0-9]{4}-\d{2})"
    r"|(?P<rut>\d{1,2}\.?\d{3}\.?\d{3}-[\dK])"
    r"|PT ?(?P<pt>\d{9})"
    r")(?!\w|-\w|\.\d)",
    re.IGNORECASE,
)


def _emails(text: str) -> Iterator[Found]:
    for each in _EMAIL.finditer(text):
        quotes = len(each[0]) - len(each[0].lstrip("'"))
        yield Found(each.start() + quotes, each.end(), "email")


def _secrets(text: str) -> Iterator[Found]:
    for pattern in (_PRIVATE_KEY, _LINK_LOGIN, _KNOWN_KEYS):
        yield from (Found(each.start(), each.end(), "secret") for each in pattern.finditer(text))
    for pattern in (_LINK_KEY, _BEARER):
        yield from (Found(each.start(1), each.end(1), "secret") for each in pattern.finditer(text))
    for each in _PASSWORD.finditer(text):
        # "my password is wrong" tells none: a value has a digit or a sign in it, or stands behind a colon.
        told = each[2].rstrip(".!?)\"'")
        if told and (not each[1].strip().isalpha() or not told.isalpha()) and told[0] not in _PLACEHOLDER:
            yield Found(each.start(2), each.start(2) + len(told), "secret")
    for each in _LONG.finditer(text):
        mixed = re.search(r"\d", each[0]) and re.search(r"[A-Za-z]", each[0])
        if mixed and not _UUID.fullmatch(each[0]) and not _is_words(each[0]):
            yield Found(each.start(), each.end(), "secret")


def _is_words(text: str) -> bool:
    """A slug or a file's name such as `how-to-export-orders-in-2-4-7p1`: no long part mixes letters and digits."""
    parts = [part for part in re.split("[-_]", text) if part]
    return all(len(part) < _LONG_PART or part.isalpha() or part.isdigit() for part in parts)


def _ibans(text: str) -> Iterator[Found]:
    at = 0
    while each := _IBAN.search(text, at):
        # A word behind the number may look like its last group, and another number behind that word like more of them.
        at, end = each.start() + 1, each.end()
        while end > each.start():
            if check_digits.iban(text[each.start() : end].replace(" ", "").upper()):
                yield Found(each.start(), end, "iban")
                at = end
                break
            end = text.rfind(" ", each.start(), end)


def _addresses(text: str) -> Iterator[Found]:
    for each in _IPV4.finditer(text):
        before = text[max(0, each.start() - 16) : each.start()]
        version = _VERSION.search(before) or (
            all(len(part) == 1 for part in each[0].split(".")) and not _IP.search(before)
        )
        if not version and not each[0].endswith(".0.0") and _is_public(each[0]):
            yield Found(each.start(), each.end(), "ip")
    for each in _IPV6.finditer(text):
        if (each[0].count(":") == 7 or "::" in each[0]) and re.search(r"\d", each[0]) and _is_public(each[0]):
            yield Found(each.start(), each.end(), "ip")


def _is_public(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_global
    except ValueError:
        return False


def _tax_ids(text: str) -> Iterator[Found]:
    for each in _LETTERED.finditer(text):
        name = each.lastgroup or ""
        bare = re.sub(r"[.\-/\s]", "", each[name]).upper()
        if _LETTERED_RULES[name](bare):
            yield Found(each.start(name), each.end(), "tax id")


_LETTERED_RULES: dict[str, Callable[[str], bool]] = {
    "rfc": check_digits.rfc,
    "curp": lambda text: check_digits.rfc(f"{text[:10]}AAA"),
    "nif": check_digits.nif_of_spain,
    "cnpj": check_digits.cnpj,
    "rut": check_digits.rut,
    "pt": check_digits.nif_of_portugal,
}


def _digits(text: str) -> Iterator[Found]:
    yield from (Found(each.start, each.end, each.kind) for each in numbers(text))


def _security_codes(text: str) -> Iterator[Found]:
    yield from (Found(each.start(1), each.end(1), "card") for each in _SECURITY_CODE.finditer(text))


# In this order: an address may hold what looks like a number, and an account what looks like a telephone.
_RULES: tuple[Callable[[str], Iterable[Found]], ...] = (
    _emails,
    _secrets,
    _ibans,
    _tax_ids,
    _addresses,
    _digits,
    _security_codes,
)
