"""Secrets in text: logs, addresses, pasted commands, bodies of requests.

Every pattern is linear: what may repeat excludes what ends it, and a name is only looked for where a word begins.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from api.files.scrubbing.names import is_secret, names_a_number, secret_kind
from api.files.scrubbing.tally import MARK, Kind, Tally

_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
# A key without an end: what still looks like one.
_KEY_BODY = re.compile(r"(?:\\n|\\r|[A-Za-z0-9+/=\s:,\-])*")

_COOKIE = re.compile(
    r"(?i)(?<![\w])((?:set-)?cookie2?)(\\?[\"']?\s{0,3}(?:=>|[:=])\s{0,3}\[?\\?[\"']?)([^\r\n\"\\]{3,16384})"
)
_PAIR = re.compile(r"([^\s=;,\"'\[\]]{1,256})=([^\s;\"'\]]{1,8192})")
_COOKIE_ATTRIBUTES = frozenset({"path", "domain", "expires", "max-age", "samesite", "priority", "version", "comment"})

_AUTHORIZATION = re.compile(
    r"(?i)(?<![\w])((?:proxy-|x-)?authorization)(\\?[\"']?\s{0,3}(?:=>|[:=])\s{0,3}\[?\\?[\"']?)"
    r"(?:(digest|aws4-hmac-sha256|hawk|signature|oauth)\s+([^\r\n]+)"
    r"|(bearer|basic|token|negotiate|ntlm|apikey|api-key|key)\s+([^\s\"'\\,;\])}]+)"
    r"|([^\s\"'\\,;\])}]{8,}))"
)
_USERINFO = re.compile(r"(?i)(?<![\w])([a-z][a-z0-9+.\-]{1,20}://[^\s/:@\"'<>]{0,128}):([^\s/@\"'<>]{1,256})@")
_XML = re.compile(r"<([A-Za-z_][\w:.\-]{1,63})((?:\s[^<>]{0,500})?)>([^<>]{1,4096})</")

_VALUE = (
    r"(?:\\\"((?:[^\"\\\r\n]){1,8192})(?=\\\")"  # \"value\" of JSON within JSON
    r"|\"((?:[^\"\\\r\n]|\\.){1,8192})\""
    r"|'([^'\r\n]{1,8192})'"
    r"|((?:[^\s\"'&;<>\\,)}\]]|[,)}\]](?!\s|$|[,)}\]]|[\w.\-]+[=:]))+))"
)
_FIELD = re.compile(
    r"(?<![\w\-.])((?:--)?[A-Za-z_À-ÿ][\w.\-]{1,63})(?:\[\])?(\\?[\"'\]]?[ \t]{0,4}(?:=>|:=|[:=])[ \t]{0,4})" + _VALUE
)
# Names of two words, and values that a person tells: "the API key is ...", "mi contraseña es ...".
_TOLD = re.compile(
    r"(?i)(?<![\w])(api key|app key|app token|access token|refresh token|auth token|session id|session token|secret key|"
    r"client secret|private token|access key|clave de api|chave de api|token de acceso|token de acesso|password|passwd|"
    r"passphrase|contraseña|contrasena|clave|senha|token|card number|pin)"
    r"(\s{0,2}(?:[:=]|\bis\b|\bes\b|\bé\b|\bwas\b|\bera\b)\s{1,2}[\"']?)([^\s\"'<>,;]{3,512})"
)
_OPTION = re.compile(r"(?<![\w\-])(--[a-z][a-z\-]{2,30}|-p)([ \t]+[\"']?)([^\s\"'\-][^\s\"']*)")
_CURL_USER = re.compile(r"(?<![\w\-])(-u|--user)([ \t]+[\"']?)([^\s:\"']{1,128}):([^\s\"']{1,256})")
_ENCODED = re.compile(r"(?i)%(?:3F|26)([a-z_][\w.\-]{1,63})%3D((?:(?!%26)[^\s&\"'#<>]){1,4096})")
_OAUTH_CODE = re.compile(r"(?i)([?&#]code=)([^\s&\"'#<>\\]{16,2048})")

_JWT = re.compile(r"(?<![\w\-])eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*){1,3}")
_BEARER = re.compile(r"(?i)(?<![\w])(bearer)(\s+|%20)([A-Za-z0-9._~+/\-]{16,}={0,2})(?![\w=])")
# Keys that say themselves what they are.
_KNOWN = re.compile(
    r"(?<![\w\-])(?:(?:AKIA|ASIA|AROA)[0-9A-Z]{16}|[sr]k_(?:live|test)_[0-9A-Za-z]{16,}|sk-[A-Za-z0-9_\-]{20,}"
    r"|gh[pousr]_[0-9A-Za-z]{30,}|github_pat_[0-9A-Za-z_]{30,}|glpat-[0-9A-Za-z_\-]{20,}|xox[abeoprs]-[0-9A-Za-z\-]{10,}"
    r"|AIza[0-9A-Za-z_\-]{35}|ya29\.[0-9A-Za-z_\-]{20,}|SG\.[0-9A-Za-z_\-]{16,}\.[0-9A-Za-z_\-]{16,}|npm_[0-9A-Za-z]{36}"
    r"|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|APP_USR-[0-9A-Za-z\-]{20,}|whsec_[0-9A-Za-z+/=]{16,}|dop_v1_[0-9a-f]{64}"
    r"|cp[stc]_[0-9A-Za-z_\-]{30,})(?![\w])"
)
_CARD = re.compile(r"(?<![\w.\-])\d(?:[ \-]?\d){13,18}(?![\w]|[.\-]\d)")
# Who issues: Visa, Mastercard, American Express, Discover, JCB, Diners, UnionPay, Elo, Hipercard.
_ISSUER = re.compile(
    r"4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3[47]|6011|65|64[4-9]|35(?:2[89]|[3-8])|36|30[0-5]|3[89]|62"
    r"|5067|4576|4011|5090|6277|6362|6363|650|6516|6550|606282|637"
)
_LENGTHS = {"34": 15, "37": 15, "36": 14, "30": 14, "38": 14, "39": 14}


def scrub_text(text: str, tally: Tally, *, name: str = "") -> str:
    """The text without its secrets, what was removed counted in `tally`. `name`: of the field that it stands in."""
    text = _private_keys(text, tally)
    passes: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
        (_COOKIE, lambda m: m[1] + m[2] + cookie_header(m[3], tally)),
        (_AUTHORIZATION, lambda m: _authorization(m, tally)),
        (_USERINFO, lambda m: _userinfo(m, tally)),
        (_XML, lambda m: _named(m, m[1].rpartition(":")[2], 3, tally)),
        (_CURL_USER, lambda m: f"{m[1]}{m[2]}{m[3]}:{_marked(Kind.PASSWORDS, m[4], tally)}"),
        (_FIELD, lambda m: _field(m, tally)),
        (_OPTION, lambda m: _option(m, tally)),
        (_TOLD, lambda m: _told(m, tally)),
        (_ENCODED, lambda m: _named(m, m[1], 2, tally)),
        (_OAUTH_CODE, lambda m: m[1] + _digits_only_if(Kind.TOKENS, m[2], tally)),
        (_JWT, lambda m: tally.mark(Kind.TOKENS, m[0])),
        (_BEARER, lambda m: m[1] + m[2] + _digits_only_if(Kind.TOKENS, m[3], tally)),
        (_KNOWN, lambda m: tally.mark(Kind.API_KEYS, m[0])),
    )
    for pattern, found in passes:
        text = pattern.sub(found, text)
    if names_a_number(name):
        return text
    return _CARD.sub(lambda m: _card(m, tally), text)


def cookie_header(value: str, tally: Tally) -> str:
    """A Cookie or Set-Cookie header with the values removed, names and attributes kept."""

    def pair(match: re.Match[str]) -> str:
        if match[1].lower() in _COOKIE_ATTRIBUTES:
            return match[0]
        return f"{match[1]}={_marked(Kind.COOKIES, match[2], tally)}"

    return _PAIR.sub(pair, value)


def authorization_header(value: str, tally: Tally) -> str:
    """An Authorization header with its scheme kept."""
    scheme, space, rest = value.strip().partition(" ")
    if space and rest.strip():
        return f"{scheme} {_marked(Kind.AUTHORIZATION, rest.strip(), tally)}"
    return _marked(Kind.AUTHORIZATION, value, tally) if is_secret(Kind.AUTHORIZATION, value) else value


def passes_luhn(digits: str) -> bool:
    """Luhn's checksum of a card number, ISO/IEC 7812-1."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + place % 2)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def _marked(kind: Kind, value: str, tally: Tally) -> str:
    return value if value.startswith(MARK) else tally.mark(kind, value)


def _digits_only_if(kind: Kind, value: str, tally: Tally) -> str:
    """Marked where it holds a digit: a long word is none."""
    return _marked(kind, value, tally) if any(each.isdigit() for each in value) else value


def _private_keys(text: str, tally: Tally) -> str:
    begin = _KEY_BEGIN.search(text)
    if begin is None:
        return text
    out, at = [], 0
    while begin is not None:
        end = _KEY_END.search(text, begin.end())
        body = _KEY_BODY.match(text, begin.end())
        stop = end.end() if end else body.end() if body else begin.end()
        out += [text[at : begin.start()], tally.mark(Kind.PRIVATE_KEYS, text[begin.start() : stop])]
        at = stop
        begin = _KEY_BEGIN.search(text, at)
    return "".join([*out, text[at:]])


def _authorization(match: re.Match[str], tally: Tally) -> str:
    if match[3]:
        return f"{match[1]}{match[2]}{match[3]} {_marked(Kind.AUTHORIZATION, match[4], tally)}"
    if match[5]:
        if not is_secret(Kind.AUTHORIZATION, match[6], exact=False) and match[5].lower() != "basic":
            return match[0]
        return match[0][: -len(match[6])] + _marked(Kind.AUTHORIZATION, match[6], tally)
    if not is_secret(Kind.AUTHORIZATION, match[7], exact=False):
        return match[0]
    return match[0][: -len(match[7])] + _marked(Kind.AUTHORIZATION, match[7], tally)


def _userinfo(match: re.Match[str], tally: Tally) -> str:
    if not is_secret(Kind.PASSWORDS, match[2]):
        return match[0]
    return f"{match[1]}:{_marked(Kind.PASSWORDS, match[2], tally)}@"


def _named(match: re.Match[str], name: str, group: int, tally: Tally) -> str:
    """What stands under a name, where the name is a secret's."""
    kind = secret_kind(name)
    if kind is None or not is_secret(kind, match[group], name=name):
        return match[0]
    start, end = match.start(group) - match.start(), match.end(group) - match.start()
    return match[0][:start] + _marked(kind, match[group], tally) + match[0][end:]


def _field(match: re.Match[str], tally: Tally) -> str:
    name = match[1]
    kind = secret_kind(name) or secret_kind(name.rpartition(".")[2])
    if kind is None:
        return match[0]
    group = next(number for number in (3, 4, 5, 6) if match[number] is not None)
    # After "name: " a sentence may follow; after "name=" and in quotes a value does.
    exact = group != 6 or ":" not in match[2] or not match[2].endswith((" ", "\t"))
    if kind is Kind.COOKIES:
        return match[0]
    value = match[group]
    if not is_secret(kind, value, name=name, exact=exact):
        return match[0]
    start, end = match.start(group) - match.start(), match.end(group) - match.start()
    return match[0][:start] + _marked(kind, value, tally) + match[0][end:]


def _option(match: re.Match[str], tally: Tally) -> str:
    kind = Kind.PASSWORDS if match[1] == "-p" else secret_kind(match[1])
    if kind is None or match[1] == "-p" or not is_secret(kind, match[3], name=match[1]):
        return match[0]
    return f"{match[1]}{match[2]}{_marked(kind, match[3], tally)}"


def _told(match: re.Match[str], tally: Tally) -> str:
    kind = secret_kind(match[1]) or Kind.TOKENS
    value = match[3].rstrip(".!?)")
    if not any(each.isdigit() for each in value) or not is_secret(kind, value, name=match[1], exact=False):
        return match[0]
    return f"{match[1]}{match[2]}{_marked(kind, value, tally)}{match[3][len(value) :]}"


def _card(match: re.Match[str], tally: Tally) -> str:
    digits = re.sub(r"[ \-]", "", match[0])
    if _ISSUER.match(digits) is None or not passes_luhn(digits):
        return match[0]
    if _LENGTHS.get(digits[:2], 16) != len(digits):
        return match[0]
    before = match.string[max(0, match.start() - 40) : match.start()]
    name = before.rstrip(" \"'\\:=#[(").rpartition("&")[2].rpartition("/")[2].rpartition("?")[2]
    if names_a_number(name) or len(set(digits)) == 1:
        return match[0]
    return tally.mark(Kind.CARDS, digits)
