"""Hostile texts by the hundred, made of parts: what opens, what runs, how it is written. Each calls `ran(number)`."""

from __future__ import annotations

import html
import itertools
import urllib.parse

_TAGS = ("img", "svg", "video", "iframe", "input", "details", "body", "a", "marquee", "math", "object", "style", "x-y")
_HANDLERS = ("onerror", "onload", "onfocus", "ontoggle", "onmouseover", "onanimationstart", "onpointerrawupdate")
_QUOTES = ('"', "'", "`", "")
_BREAKS = ("", '">', "'>", "</textarea>", "</title></style>", "-->", "]]>", "\x00", "</script>")
_SCHEMES = ("javascript:", "JaVaScRiPt:", "java\tscript:", "\x01javascript:", "data:text/html,", "vbscript:", "blob:")


def vectors(count: int) -> list[str]:
    """So many of them, every kind among the first."""
    made = itertools.chain.from_iterable(itertools.zip_longest(_elements(), _links(), _scripts(), _templates()))
    return list(itertools.islice((each for each in made if each is not None), count))


def _call(number: int) -> str:
    return f"ran({number})"


def _elements() -> list[str]:
    parts = itertools.product(_HANDLERS, _TAGS, _QUOTES, _BREAKS)
    return [
        f"{stop}<{tag} src=x autofocus tabindex=1 open {handler}={quote}{_call(number)}{quote}>"
        for number, (handler, tag, quote, stop) in enumerate(parts)
    ]


def _links() -> list[str]:
    found = []
    for number, (scheme, stop) in enumerate(itertools.product(_SCHEMES, _BREAKS)):
        call = _call(number)
        found += [
            f'{stop}<a href="{scheme}{call}">go</a>',
            f"{stop}[go]({scheme}{call})",
            f"{stop}<form action={scheme}{call}><button>go",
            f"{scheme}{urllib.parse.quote(call)}",
        ]
    return found


def _scripts() -> list[str]:
    found = []
    for number, stop in enumerate(_BREAKS):
        inside = f"<script>{_call(number)}</script>"
        encoded = "".join(f"&#{ord(letter)};" for letter in inside)
        found += [
            stop + inside,
            stop + inside.upper(),
            stop + html.escape(inside),
            stop + encoded,
            stop + urllib.parse.quote(inside),
            f"{stop}<scr<script>ipt>{_call(number)}</scr</script>ipt>",
            f"{stop}<svg><script>{_call(number)}</script></svg>",
            f"{stop}<style>@import 'data:text/css,*{{background:url(javascript:{_call(number)})}}'</style>",
            f"{stop}<base href=//example.invalid><link rel=stylesheet href=//example.invalid/{number}.css>",
            f"{stop}<meta http-equiv=refresh content='0;url=javascript:{_call(number)}'>",
        ]
    return found


def _templates() -> list[str]:
    return [
        part.replace("CALL", _call(number))
        for number, part in enumerate(
            ("{{CALL}}", "${CALL}", "<%= CALL %>", "#{CALL}", "{{constructor.constructor('CALL')()}}", "`${CALL}`") * 8
        )
    ]
