"""What a field's name says of its value, and whether the value can be the secret that the name promises.

The names are compared without case, accents and separators: `X-Api-Key`, `x_api_key` and `xApiKey` are one. What is no
secret is told apart here: `tokenType`, `nextPageToken`, `passwordExpiresAt`, `password: incorrect`, `orderId`.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from api.files.scrubbing.tally import MARK, Kind

_EXACT: dict[str, Kind] = {
    **dict.fromkeys(("authorization", "proxyauthorization", "xauthorization", "authheader"), Kind.AUTHORIZATION),
    **dict.fromkeys(("cookie", "setcookie", "cookie2", "cookies"), Kind.COOKIES),
    **dict.fromkeys(
        ("pwd", "pass", "pw", "clave", "contrasena", "contrasenia", "senha", "otp", "pin", "passcode", "userpass",
         "dbpass", "mfacode", "totp", "secretanswer"),
        Kind.PASSWORDS,
    ),
    **dict.fromkeys(
        ("jwt", "bearer", "authcode", "authorizationcode", "codeverifier", "assertion", "clientassertion",
         "samlresponse", "samlassertion", "xsrf", "csrf", "csrftoken", "sig", "signature", "xamzsignature",
         "xgoogsignature", "xhubsignature", "xhubsignature256", "hmac", "nonce", "devicecode", "magiclink", "tgt"),
        Kind.TOKENS,
    ),
    **dict.fromkeys(
        ("secret", "awsaccesskeyid", "xamzcredential", "xgoogcredential", "keyid", "credential", "credentials"),
        Kind.API_KEYS,
    ),
    **dict.fromkeys(("sid", "session", "sess", "jsessionid", "phpsessid", "connectsid", "sessid"), Kind.SESSION_IDS),
    **dict.fromkeys(
        ("cardnumber", "creditcard", "creditcardnumber", "cardno", "ccnumber", "ccnum", "pan", "numerotarjeta",
         "numerodetarjeta", "numerocartao", "numerodocartao", "cvv", "cvc", "cvv2", "cvc2", "securitycode",
         "cardsecuritycode", "codigodeseguridad", "codigodeseguranca"),
        Kind.CARDS,
    ),
}  # fmt: skip

_ENDINGS: tuple[tuple[tuple[str, ...], Kind], ...] = (
    (("password", "passwd", "passphrase", "contrasena", "senha", "passwordconfirmation", "passwordconfirm",
      "confirmpassword", "pwd"), Kind.PASSWORDS),
    (("token", "tokenvalue", "jwt", "authcookie"), Kind.TOKENS),
    (("apikey", "appkey", "accesskey", "secretkey", "privatekey", "subscriptionkey", "sharedkey", "encryptionkey",
      "masterkey", "accountkey", "signingkey", "secret", "apisecret", "appsecret", "functionskey", "accesskeyid",
      "apikeyid", "authkey"), Kind.API_KEYS),
    (("sessionid", "sessionkey", "sessid"), Kind.SESSION_IDS),
)  # fmt: skip

# Tokens that only say where a list goes on, and words about secrets.
_NO_SECRET = re.compile(
    r"(?:next|previous|prev|page|pagination|continuation|sync|cursor|skip|cancel|cancellation|stop|lexer|parser|unexpected|"
    r"invalid|missing|expired)token$|(?:has|is|no|show|forgot|reset|change|need|requires?|use|with|without)(?:password|"
    r"secret|apikey)$|publickey$|publishablekey$"
)
# A name that goes on after the secret's word is about the secret: passwordExpiresAt, token_type. Ends never match these.

# Short words, which are a name's end only behind a separator: DB_PASS, and no bypass.
_SHORT = re.compile(r"(?i)(?:^|[_\-.])(pass|pwd|pw|otp|pin|passcode|cvv2?|cvc2?)$")
_HARMLESS = re.compile(
    r"(?i)(?:null|none|nil|true|false|undefined|empty|missing|invalid|incorrect|incorrecta|incorreta|wrong|required|"
    r"requerida|obrigat[oó]ria|obligatoria|expired|expirad[ao]|changed|reset|updated|unknown|unexpected|optional|hidden|"
    r"string|text|password|token|secret|bearer|basic|redacted|removed|masked|filtered|yes|no|ok|valid|error|failed|"
    r"\[?(?:redacted|filtered|hidden|masked|removed)\]?)"
)
_MASKED = re.compile(r"[*•.xX_\-#]+")
_PLACEHOLDER = re.compile(r"\$\{[^}]*\}|\$[A-Z_]+|\{\{.*\}\}|\{\w*\}|<[\w \-]+>|%[sd]|%\w+%|:\w+")
_DIGIT = re.compile(r"\d")
_SPACE = re.compile(r"\s")


@functools.lru_cache(maxsize=20_000)
def plain_name(name: str) -> str:
    """The name in small letters without accents and separators."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", folded)


@functools.lru_cache(maxsize=20_000)
def secret_kind(name: str) -> Kind | None:
    """What a field of this name holds; None for what is no secret."""
    if len(name) > 100:
        return None
    plain = plain_name(name)
    if not plain or _NO_SECRET.search(plain):
        return None
    if plain in _EXACT:
        return _EXACT[plain]
    if plain.startswith("aspsessionid"):
        return Kind.SESSION_IDS
    short = _SHORT.search(name)
    if short is not None:
        return Kind.CARDS if short[1].lower().startswith("cv") else Kind.PASSWORDS
    for endings, kind in _ENDINGS:
        if plain.endswith(endings):
            return kind
    return None


_ORDERS = re.compile(
    r"(?i)(?:order|orden|pedido|compra|sku|ean|gtin|upc|barcode|invoice|factura|fatura|nota|nfe|track|rastre|guia|gu[ií]a|"
    r"shipment|env[ií]o|request|trace|span|transaction|trans|tid|nsu|txn|ref|product|item|seller|phone|tel|celular|"
    r"imei|serial|version|build|time|date|fecha|data|stamp|latency|duration|elapsed|bytes|size|count|offset|total|amount)"
    r"[\w\-]*$|(?:[_\-.]|^|[a-z](?=Id))(?:ids?|Id|ns|us|ms)$"
)


def names_a_number(name: str) -> bool:
    """Whether the name is one of a number that may look like a card's and is none: an order, an SKU, a time."""
    return _ORDERS.search(name) is not None


def is_secret(kind: Kind, value: str, *, name: str = "", exact: bool = True) -> bool:
    """Whether the value can be such a secret. `exact`: it stands by itself, not at the end of what may be a sentence."""
    text = value.strip()
    if not text or MARK in text or _HARMLESS.fullmatch(text) or _MASKED.fullmatch(text):
        return False
    if _PLACEHOLDER.fullmatch(text):
        return False
    has_digit = _DIGIT.search(text) is not None
    match kind:
        case Kind.PASSWORDS:
            if plain_name(name) == "pwd" and text.startswith(("/", "~", "\\")):
                return False  # the working directory
            if plain_name(name) in ("pin", "otp", "totp", "mfacode", "pass", "pw", "clave"):
                return len(text) >= 4 and has_digit
            return len(text) >= 3 if exact else len(text) >= 4 and (has_digit or not text.isalpha())
        case Kind.AUTHORIZATION:
            return len(text) >= 8 and (exact or has_digit)
        case Kind.TOKENS | Kind.API_KEYS:
            if _SPACE.search(text):
                return False
            if plain_name(name) in ("nonce", "sig", "signature", "keyid", "hmac"):
                return len(text) >= 16 and has_digit
            return len(text) >= 6 and (has_digit or len(text) >= 20)
        case Kind.SESSION_IDS:
            return len(text) >= (16 if plain_name(name) == "sid" else 12) and has_digit and not _SPACE.search(text)
        case Kind.CARDS:
            digits = re.sub(r"[ \-]", "", text)
            return digits.isdigit() and (len(digits) in (3, 4) or 13 <= len(digits) <= 19)
        case _:
            return True
