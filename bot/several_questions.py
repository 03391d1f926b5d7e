"""One message that holds several questions, split into them; one problem told at length stays one.

Careful before clever: two halves of one problem searched apart find neither. A cut is made only where the customer makes
one: at a question mark that another sentence follows, a numbered line, or "y además", "also", "e também" before a clause of
its own.
"""

from __future__ import annotations

import re

from bot.text import words

MOST_PARTS = 4
# A part with fewer words is no question of its own ("¿ok?", "y además gracias").
_LEAST_WORDS = 3

# Words of an answer before another question.
_SHORT_ANSWER = 5

_KEPT = re.compile(r"`[^`]*`|«[^»]*»|“[^”]*”|\"[^\"]*\"|https?://\S+|\S+@\S+")
_NUMBERED = re.compile(r"(?:^|[\s:;,.])(?P<number>\d{1,2})\s?[.)-](?=\s+\D)\s*")
_ANNOUNCED = re.compile(
    r"\b(?:dos|tres|cuatro|varias|varios|two|three|four|several|some|duas|dois|tr[eê]s|quatro|v[aá]rias|v[aá]rios|algumas|algunas)\s+"
    r"(?:cosas?|dudas?|preguntas?|consultas?|problemas?|errores|things|questions|problems|issues|coisas|d[uú]vidas|perguntas|erros)",
    re.IGNORECASE,
)
_BULLET = re.compile(r"(?:^|\n)\s*[-•*–]\s+")
_ASKED = re.compile(r"(?<=\?)\s+(?=\S)|(?<=\?)(?=¿)")
_JOINED = re.compile(
    r"""(?:(?<=[.!;,])|(?<=\n)|(?<=\s)|(?<=\?))\s*\b(?:
        (?:y|e)\s+(?:adem[aá]s|tambi[eé]n|tamb[eé]m|al[eé]m\s+disso|por\s+otro\s+lado|otra\s+cosa|outra\s+coisa|aparte)
        |(?:adem[aá]s|por\s+otro\s+lado|por\s+otra\s+parte|aparte\s+de\s+eso|otra\s+(?:cosa|duda|pregunta|consulta)|al[eé]m\s+disso|por\s+outro\s+lado|outra\s+(?:coisa|d[uú]vida|pergunta)|mais\s+uma\s+(?:coisa|d[uú]vida|pergunta)|una?\s+[uú]ltima\s+(?:cosa|pregunta|duda)|una\s+segunda\s+(?:pregunta|duda)|second\s+question|another\s+(?:thing|question|issue|problem)|one\s+more\s+(?:thing|question)|on\s+top\s+of\s+that|in\s+addition|secondly|besides)
        |and\s+(?:also|another(?:\s+(?:thing|question|issue|problem))?|secondly|one\s+more(?:\s+(?:thing|question))?)|also
        |(?:tambi[eé]n|tamb[eé]m)
        )\b\s*[,:]?\s*""",
    re.IGNORECASE | re.VERBOSE,
)
# "también" and "also" join clauses only at the start of a sentence, and where a verb of wanting or failing follows.
_NEEDS_SENTENCE = re.compile(r"^\s*(?:adem[aá]s|tambi[eé]n|tamb[eé]m|also|besides)\b", re.IGNORECASE)

_MATTER = frozenset(
    """como cuando cuanto cuantos donde por que cual quien puedo puede pueden podria necesito quiero quisiera queremos
    necesitamos quero queria preciso precisamos posso pode podem gostaria how what when where why which who can
    could is are do does did need want would funciona funcionan funcionam anda carga cargan carrega falla falha
    fallan error erro works working broken fail fails failing cannot cant doesnt isnt wont tengo tenho have
    problema problem issue deja deixa aparece aparecem aparecen sale sai llega llegan chega chegam sigue shows
    says duda duvida question saber know onde quanto quando qual quais quem ayuda ajuda help no nao not stopped
    dejo parou crear cambiar configurar activar existe hay tem quitar agregar t dont salen vacio vacia vacios
    empty empties sent estan parar sincroniza sync syncs duplicate duplicados wrong mal errado errada slow lento
    lenta lentos devuelve devuelven devolve returns borraron perdieron perdio disappeared sumiu sumiram duplica cobraron
    cobraram cobrou charged overcharged""".split()  # noqa: SIM905
)
_OWN_BEGINNINGS = frozenset(
    """como cuando cuanto cuantos donde cual quien por que how what when where why which who can could is are do does
    onde quanto quando qual quais quem el la los las mi mis un una unos nuestro nuestra nuestros the my our a an
    some o os as meu minha meus minhas nosso nossa um uma quiero quisiera necesito necesitamos queremos quero
    queria preciso precisamos gostaria tengo tenemos tenho temos tem hay se there i we puedo podemos posso saber
    en in no pueden podem voces ustedes you please porque error""".split()  # noqa: SIM905
) - {"no", "se", "in", "en"}
_OF_THE_SPEAKER = (
    "no puedo", "no podemos", "no me deja", "no logro", "no encuentro", "no se como", "nao consigo", "nao conseguimos",
    "nao sei", "nao posso", "nao encontro", "can t", "cannot", "no llegan", "no llega", "nao chega",
)  # fmt: skip
# "and also emails are not sent": a subject of one or two words of its own, and what is the matter with it.
_SUBJECT = re.compile(
    r"(?!(?:it|they|this|that|these|those|he|she|there)\b)\w+(?: \w+)? "
    r"(?:are|is|do|does|have|has|can|won t|don t|doesn t|isn t|aren t|can t|cannot|keep|keeps|fail|fails|stopped)\b"
)
# How a wish begins that a second one may share: "necesito cambiar el logo y también configurar el envío".
_WISH = re.compile(
    r"""(?:^|[\s,.:;¿])(?P<wish>(?:
        (?:quiero|quisiera|queremos|quisi[eé]ramos|necesito|necesitamos|puedo|podemos|me\s+gustar[ií]a)
        (?:\s+saber)?(?:\s+c[oó]mo)?(?:\s+(?:puedo|podemos|hago\s+para|hacemos\s+para))?
        |c[oó]mo\s+(?:puedo|podemos|hago\s+para|hacemos\s+para|se\s+puede)
        |(?:quero|queria|queremos|preciso|precisamos|posso|podemos|gostaria\s+de)(?:\s+saber)?(?:\s+como)?(?:\s+(?:posso|podemos|fa[cç]o\s+(?:pra|para)))?
        |como\s+(?:posso|podemos|(?:eu\s+)?fa[cç]o\s+(?:pra|para)|fazemos\s+(?:pra|para)|se\s+pode)
        |(?:i|we)\s+(?:want|need|would\s+like|have)\s+to(?:\s+know\s+how\s+to)?|i['’]?d\s+like\s+to|(?:can|could)\s+(?:i|we)
        |how\s+(?:do|can|could|would|should)\s+(?:i|we)|how\s+to
        ))\s+(?=\w)""",
    re.IGNORECASE | re.VERBOSE,
)
# What is wished for, right behind that.
_DOING = re.compile(
    r"""(?:(?:que|a|de|para|pra|to)\s+)?(?P<doing>
        [^\W\d_]{2,}(?:[aei]r|[aei]rlo|[aei]rla|[aei]rles?|[aei]rme|[aei]rnos)
        |(?:add|assign|block|buy|cancel|change|configure|connect|create|delete|disable|edit|enable|export|find|get|hide|import
        |install|invite|know|move|print|publish|remove|rename|reset|schedule|see|send|set|show|switch|translate|turn|update|upgrade
        |upload|use))\b\s+(?=\w)""",
    re.IGNORECASE | re.VERBOSE,
)
# Where one of these is said, a story is told: "quiero cambiar el precio y también guardar, pero no me deja".
_HOW = (("como",), ("how",))
_FAILING = (
    *_OF_THE_SPEAKER,
    "no me ",
    "no nos ",
    "no se ",
    "no funciona",
    "no carga",
    "nao funciona",
    "nao carrega",
    "nao chegam",
)
_STORY = frozenset(
    """no nao not dont doesnt cant cannot wont error erro errors pero mas but falla falha fails when cuando quando if si se
    porque because""".split()  # noqa: SIM905
)
_SAME_MATTER = frozenset(
    """gracias thanks obrigado obrigada ok vale saludos abraco abracos regards please porfa urgente me ayudan podem
    ajudar ayudar ajuda help ayuda alguien alguem anyone someone somebody pueden puede puedes can could you hola
    ola oi hi hello is it the do does a an i my we to of que el la los las es un una de o os e um uma da us nos
    y and buenas pode poderia there estan hay tem ai ahi por favor pls plz here aqui algun alguna""".split()  # noqa: SIM905
)


def several_questions(text: str) -> tuple[str, ...]:
    """The separate questions or problems of a message, at most MOST_PARTS, else the text as it is."""
    whole = (text.strip(),)
    for split in (_by_list, _by_signs):
        parts = split(text)
        if 2 <= len(parts) <= MOST_PARTS:
            return tuple(parts)
        if len(parts) > MOST_PARTS:
            return whole
    return whole


def said_besides(text: str) -> str | None:
    """What a short answer goes on to ask: "how do I add a user?" of "yes, thanks, and also how do I add a user?"."""
    for match in _JOINED.finditer(text):
        answer, rest = text[: match.start()], text[match.end() :].strip()
        if len(words(answer)) <= _SHORT_ANSWER and _is_matter(rest) and not _is_matter(answer):
            return rest
    return None


def _by_list(text: str) -> list[str]:
    """Numbered 1, 2, ... or bulleted lines. What stands before the first is kept with it where it says something."""
    hidden, kept = _hidden(text)
    marks = list(_NUMBERED.finditer(hidden))
    numbers = [int(each.group("number")) for each in marks]
    if len(marks) < 2 or numbers != list(range(1, len(marks) + 1)):
        marks = list(_BULLET.finditer(hidden))
    if len(marks) < 2:
        return []
    ends = [each.start() for each in marks[1:]] + [len(hidden)]
    parts = [hidden[mark.end() : end].strip(" \n;,") for mark, end in zip(marks, ends)]  # noqa: B905 - same size
    announced = bool(_ANNOUNCED.search(hidden[: marks[0].start()]))
    if not all(len(words(each)) >= 2 and (announced or _is_matter(each, least=2)) for each in parts):
        return []
    return [_shown(each, kept) for each in parts]


def _by_signs(text: str) -> list[str]:
    hidden, kept = _hidden(text)
    parts: list[str] = []
    for asked in _ASKED.split(hidden):
        for number, piece in enumerate(_at_joints(asked)):
            # Two questions are apart; a question and what is told to explain it are one, save where a "besides" parts them.
            apart = bool(parts) and (number > 0 or ("?" in piece and parts[-1].endswith("?")) or _joined(asked))
            if parts and not (apart and _is_matter(piece) and _is_matter(parts[-1])):
                parts[-1] = f"{parts[-1]} {piece}".strip()
            elif piece:
                parts.append(piece)
    return [_shown(each, kept) for each in parts]


def _joined(text: str) -> bool:
    return bool(_JOINED.match(text.lstrip()))


def _at_joints(text: str) -> list[str]:
    cuts: list[tuple[int, int, str]] = []
    for match in _JOINED.finditer(text):
        before, after = text[: match.start()].rstrip(), text[match.end() :]
        opens = not before or before[-1] in ".!?;" or "\n" in text[len(before) : match.start() + 1]
        if _NEEDS_SENTENCE.match(match.group()) and not opens and not before.endswith(","):
            continue
        shared = _shared_wish(before, after)
        if shared is not None:
            wish, begins = shared
            cuts.append((match.start(), match.end() + begins, wish))
        elif _begins_apart(before, after, opens) and _is_matter(after) and _is_matter(before):
            cuts.append((match.start(), match.end(), ""))
    parts, begin, led = [], 0, ""
    for start, end, own in cuts:
        parts.append(led + text[begin:start].strip(" ,;\n"))
        begin, led = end, own
    return [*parts, led + text[begin:].strip(" \n")]


def _shared_wish(before: str, after: str) -> tuple[str, int] | None:
    """The wish of the clause before a joint that the one behind it shares ("how do I " for "add a user and also change it"),
    and from which letter on the latter says what is wished.

    None where each stands by itself, or where either tells a story.
    """
    wishes = list(_WISH.finditer(before))
    does = _DOING.match(after)
    if not wishes or does is None or _STORY & {*words(after), *words(before[wishes[-1].end() :])}:
        return None
    if not _DOING.match(before[wishes[-1].end() :]) or len(words(after)) < _LEAST_WORDS - 1:
        return None
    return f"{wishes[-1].group('wish').strip()} ", does.start("doing")


def _begins_apart(before: str, after: str, opens: bool) -> bool:
    """Whether a clause has a subject of its own: "y también no aparece" goes on with what was said before it."""
    said = words(after)
    if not said:
        return False
    if said[0] in _OWN_BEGINNINGS or _SUBJECT.match(" ".join(said)):
        return True
    # What fails beside a wish is another matter: "necesito cambiar el dominio y además no llegan los correos".
    wishes = _WISH.search(before) is not None or words(before)[:1] in _HOW
    return (opens or (wishes and not _STORY & set(words(before)))) and " ".join(said[:4]).startswith(_FAILING)


def _is_matter(text: str, least: int = _LEAST_WORDS) -> bool:
    """Whether a piece asks or complains of something by itself."""
    said = words(text)
    own = [each for each in said if each not in _SAME_MATTER]
    return len(said) >= least and len(own) >= 2 and ("?" in text or bool(_MATTER.intersection(own)))


def _hidden(text: str) -> tuple[str, list[str]]:
    """The text with quotations and addresses put aside, so that nothing is cut inside of them."""
    kept: list[str] = []

    def put_aside(match: re.Match[str]) -> str:
        kept.append(match.group())
        return f"\ue000{len(kept) - 1}\ue001"

    return _KEPT.sub(put_aside, text), kept


def _shown(text: str, kept: list[str]) -> str:
    return re.sub("\ue000(\\d+)\ue001", lambda match: kept[int(match.group(1))], text).strip()
