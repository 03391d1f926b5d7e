"""Secrets in text: logs, addresses, pasted commands, bodies of requests.

Every pattern is linear: what may repeat excludes what ends it, and a name is only looked for where a word begins.
"""

from __future__ import annotations

import functools
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

_INPUT = re.compile(
    r"(?i)(?<![\w])(?:name|key)=\\?[\"']([\w.\-:\[\]]{2,64})\\?[\"'][^<>]{0,200}?\bvalue=\\?[\"']([^\"'<>\\]{1,8192})"
)

# A field's name and what stands between it and its value; the value is only looked at where the name is a secret's, so that
# fields within a value (JSON within JSON, an address within an address) are found as well.
_FIELD = re.compile(
    r"(?<![\w\-.])((?:--)?[A-Za-z_À-ÿ][\w.\-]{1,63})(?:\[\])?(\\?[\"'\]]{0,2}[ \t]{0,4}(?:=>|:=|[:=])[ \t]{0,4})"
)
_VALUE = re.compile(
    r"\\\"([^\"\\\r\n]{1,8192})(?=\\\")"  # of JSON within a string
    r"|\"((?:[^\"\\\r\n]|\\.){1,8192})\""
    r"|'([^'\r\n]{1,8192})'"
    r"|((?:[^\s\"'&;<>\\,)}\]]|[,)}\]](?!\s|$|[,)}\]]|[\w.\-]+[=:])){1,8192})"
)
# Names of two words, and values that a person tells: "the API key is ...", "mi contraseña es ...".
_TOLD = re.compile(
    r"(?i)(?<![\w])(api key|app key|app token|access token|refresh token|auth token|session id|session token|secret key|"
    r"client secret|private token|access key|clave de api|chave de api|token de acceso|token de acesso|password|passwd|"
    r"passphrase|contraseña|contrasena|clave|senha|token|card number|pin)"
    r"((?:\s[a-zà-ÿ]{1,12}){0,4})"
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
    for pattern, found in _HEADERS:
        text = pattern.sub(functools.partial(found, tally), text)
    text = _fields(text, tally)
    for pattern, found in _TELLING:
        text = pattern.sub(functools.partial(found, tally), text)
    if names_a_number(name):
        return text
    return _CARD.sub(functools.partial(_card, tally), text)


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


def _authorization(tally: Tally, match: re.Match[str]) -> str:
    if match[3]:
        return f"{match[1]}{match[2]}{match[3]} {_marked(Kind.AUTHORIZATION, match[4], tally)}"
    if match[5]:
        if not is_secret(Kind.AUTHORIZATION, match[6], exact=False) and match[5].lower() != "basic":
            return match[0]
        return match[0][: -len(match[6])] + _marked(Kind.AUTHORIZATION, match[6], tally)
    if not is_secret(Kind.AUTHORIZATION, match[7], exact=False):
        return match[0]
    return match[0][: -len(match[7])] + _marked(Kind.AUTHORIZATION, match[7], tally)


def _userinfo(tally: Tally, match: re.Match[str]) -> str:
    if not is_secret(Kind.PASSWORDS, match[2]):
        return match[0]
    return f"{match[1]}:{_marked(Kind.PASSWORDS, match[2], tally)}@"


def _named(match: re.Match[str], name: str, group: int, tally: Tally) -> str:
    """What stands under a name, where the name is a secret's."""
    kind = secret_kind(name)
    if kind is None or not is_secret(kind, match[group], name=name):
        return match[0]
    start, end = match.start(group) - match.start(), match.end(group) - match.start()
    value = match[group]
    marked = authorization_header(value, tally) if kind is Kind.AUTHORIZATION else _marked(kind, value, tally)
    return match[0][:start] + marked + match[0][end:]


def _fields(text: str, tally: Tally) -> str:
    """``name=value``, ``name: value``, ``"name": "value"``, and the same with escaped quotes."""
    out, at = [], 0
    for match in _FIELD.finditer(text):
        if match.start() < at:
            continue
        name = match[1]
        kind = secret_kind(name) or secret_kind(name.rpartition(".")[2])
        if kind is None or kind is Kind.COOKIES:
            continue
        value = _VALUE.match(text, match.end())
        if value is None or value.lastindex is None:
            continue
        start, end = value.span(value.lastindex)
        if value.lastindex == 4 and kind in (Kind.SESSION_IDS, Kind.TOKENS):
            # Within an address the query, or what follows it, goes on.
            end = min((place for each in "?#" if (place := text.find(each, start, end)) >= 0), default=end)
        # After "name: " a sentence may follow; after "name=" and in quotes a value does.
        exact = value.lastindex != 4 or not match[2].endswith((": ", ":\t"))
        if not is_secret(kind, text[start:end], name=name, exact=exact):
            continue
        out += [text[at:start], _marked(kind, text[start:end], tally)]
        at = end
    return "".join([*out, text[at:]])


def _option(tally: Tally, match: re.Match[str]) -> str:
    kind = Kind.PASSWORDS if match[1] == "-p" else secret_kind(match[1])
    if kind is None or match[1] == "-p" or not is_secret(kind, match[3], name=match[1]):
        return match[0]
    return f"{match[1]}{match[2]}{_marked(kind, match[3], tally)}"


def _told(tally: Tally, match: re.Match[str]) -> str:
    kind = secret_kind(match[1]) or Kind.TOKENS
    value = match[4].rstrip(".!?)")
    if not any(each.isdigit() for each in value) or not is_secret(kind, value, name=match[1], exact=False):
        return match[0]
    if match[2] and value.isdigit():
        return match[0]  # "token count: 125000"
    return f"{match[1]}{match[2]}{match[3]}{_marked(kind, value, tally)}{match[4][len(value) :]}"


def _card(tally: Tally, match: re.Match[str]) -> str:
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


_Found = Callable[[Tally, "re.Match[str]"], str]
# In this order: what a header or an address says of its parts comes before what a part looks like.
_HEADERS: tuple[tuple[re.Pattern[str], _Found], ...] = (
    (_COOKIE, lambda tally, m: m[1] + m[2] + cookie_header(m[3], tally)),
    (_AUTHORIZATION, _authorization),
    (_USERINFO, _userinfo),
    (_XML, lambda tally, m: _named(m, m[1].rpartition(":")[2], 3, tally)),
    (_INPUT, lambda tally, m: _named(m, m[1], 2, tally)),
    (_CURL_USER, lambda tally, m: f"{m[1]}{m[2]}{m[3]}:{_marked(Kind.PASSWORDS, m[4], tally)}"),
)
_TELLING: tuple[tuple[re.Pattern[str], _Found], ...] = (
    (_OPTION, _option),
    (_TOLD, _told),
    (_ENCODED, lambda tally, m: _named(m, m[1], 2, tally)),
    (_OAUTH_CODE, lambda tally, m: m[1] + _digits_only_if(Kind.TOKENS, m[2], tally)),
    (_JWT, lambda tally, m: tally.mark(Kind.TOKENS, m[0])),
    (_BEARER, lambda tally, m: m[1] + m[2] + _digits_only_if(Kind.TOKENS, m[3], tally)),
    (_KNOWN, lambda tally, m: tally.mark(Kind.API_KEYS, m[0])),
)
