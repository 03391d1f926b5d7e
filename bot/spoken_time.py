"""Since when, as the customer says it: "desde ayer", "since monday 9am", "faz dois dias"."""

from __future__ import annotations

import re

_NUMBER = (
    r"(?:\d{1,3}|un[ao]?s?|um|uma|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|varios|varias|algunos|algunas|pocos|pocas|"
    r"dois|duas|quatro|sete|oito|nove|dez|alguns|algumas|poucos|poucas|mais|mas|más|"
    r"an?|one|two|three|four|five|six|seven|eight|nine|ten|several|some|few|a\s+few|a\s+couple\s+of|couple\s+of|"
    r"medi[ao]|mei[ao]|half\s+an?|como|about|around|casi|almost|quase|cerca\s+de|uns|umas)"
)
_UNIT = (
    r"(?:minutos?|horas?|hs?|d[ií]as?|dias?|semanas?|meses|m[eê]s|mes|a[ñn]os?|anos?|rato|ratos|tempo|tiempo|mins?|minutes?|hours?|hrs?|days?|weeks?|"
    r"months?|years?|whiles?)\b"
)
_DAY = (
    r"(?:lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo|segunda(?:-feira)?|ter[cç]a(?:-feira)?|quarta(?:-feira)?|"
    r"quinta(?:-feira)?|sexta(?:-feira)?|mondays?|tuesday|wednesday|thursday|friday|saturday|sunday)"
)
_MONTH = (
    r"(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre|janeiro|fevereiro|mar[cç]o|"
    r"maio|junho|julho|setembro|outubro|novembro|dezembro|january|february|march|april|may|june|july|august|september|"
    r"october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_CLOCK = (
    r"(?:\d{1,2}(?:[:h.]\d{2})?\s*(?:a\.?m\.?|p\.?m\.?|hs?|hrs|horas|da\s+(?:manh[aã]|tarde|noite)|"
    r"de\s+la\s+(?:ma[ñn]ana|tarde|noche))?\b)"
)
_PART_OF_DAY = (
    r"(?:(?:de\s+la|hoje|la|esta|a|this|the|na|pela)\s+)?"
    r"(?:ma[ñn]ana|tarde|noche|madrugada|manh[aã]|noite|morning|afternoon|evening|night|noon|midnight|mediod[ií]a|meio-dia)"
)
_LAST_WEEK = (
    r"(?:(?:la|el|a|o)\s+)?(?:semana|mes|m[eê]s|a[ñn]o|ano|fin\s+de\s+semana|fim\s+de\s+semana)\s+(?:pasad[oa]|passad[oa]|anterior)|"
    r"pasad[oa]|passad[oa]|[uú]ltim[oa]|(?:last|this|the\s+past)\s+(?:week|month|year|weekend)"
)
_CHANGE = (
    r"(?:(?:la|el|a|o|the|our|nuestra|nossa)\s+)?(?:(?:[uú]ltima|last|latest|nueva|nova|new)\s+)?"
    r"(?:actualizaci[oó]n|atualiza[cç][aã]o|update|upgrade|cambio|mudan[cç]a|release|deploy|deployment|migraci[oó]n|migra[cç][aã]o|"
    r"migration|versi[oó]n|vers[aã]o)"
)
_MOMENT = (
    rf"(?:antes\s*de\s*ayer|anteayer|antier|ayer|anoche|hoy|anteontem|ontem|hoje|yesterday|today|tonight|last\s+night|{_DAY}|{_MONTH}|"
    rf"{_CLOCK}|\d{{1,2}}[/.-]\d{{1,2}}(?:[/.-]\d{{2,4}})?|\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}(?:st|nd|rd|th)|{_PART_OF_DAY}|{_LAST_WEEK}|{_CHANGE})"
)
_LINK = (
    r"(?:\s+(?:a|as|às|al|el|la|las|los|o|os|de|del|do|da|das|dos|por|pela|pelas|na|no|en|em|at|in|on|around|about|como|tipo|the|of|"
    r"this|m[aá]s\s+o\s+menos)){0,3}[\s,]+"
)
_MOMENTS = rf"{_MOMENT}(?:{_LINK}{_MOMENT}){{0,3}}"
_ARTICLES = (
    r"(?:(?:el|la|las|los|o|a|as|às|os|the|este|esta|esse|essa|this|que|d[ií]a|como|about|around|ya|j[aá]|fines\s+de|"
    r"principios\s+de)\s+){0,3}"
)

_SINCE = re.compile(
    rf"""\b(?:
        (?:desde|since|(?:a\s+partir|apartir)\s+d[eoa]s?l?|starting|as\s+of|ever\s+since)\s+(?:(?:hace|faz|h[aá])\s+(?:ya\s+|j[aá]\s+)?{_NUMBER}(?:\s+{_NUMBER})*\s+{_UNIT}|{_ARTICLES}{_MOMENTS})
        |(?:hace|faz|h[aá]|lleva|llevamos|llevo|tem)\s+(?:ya\s+|j[aá]\s+|como\s+|m[aá]s\s+de\s+|mais\s+de\s+|cerca\s+de\s+|uns\s+|umas\s+)?{_NUMBER}(?:\s+{_NUMBER})*\s+{_UNIT}
        |for\s+(?:about\s+|around\s+|the\s+|over\s+|more\s+than\s+)*(?:last\s+|past\s+)?(?:{_NUMBER}\s+){{1,2}}(?!months?\b|years?\b){_UNIT}(?:\s+now)?
        |from\s+(?:yesterday|{_DAY}|this\s+morning|last\s+\w+)
        |(?:started|began|happening|broken|down|comenz[oó]|empez[oó]|come[cç]ou|empezaron|come[cç]aram)\s+(?:on\s+|el\s+|a\s+|na\s+|no\s+|around\s+|at\s+|this\s+)?{_MOMENTS}
    )""",
    re.IGNORECASE | re.VERBOSE,
)


def since(text: str) -> str | None:
    """The words that say since when, as they stand; None where nothing says it."""
    match = _SINCE.search(text)
    return " ".join(match.group().split()).strip(" ,.") if match else None
