"""What somebody wrote in an answer, without what they answered to: quotations, their heads, signatures.

Rules of our own for the mail programs that people use in Spanish, English and Portuguese, a line at a time and in time that
grows with the length: this text comes from anybody (docs/decisions/0011-own-rules-for-quotations.md). Where a rule is not
sure, text stays: a line too many costs a glance, a line too few costs the customer's answer.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby

# A head of a quotation that is broken into lines has at most so many, and so many characters.
_HEAD_LINES = 4
_LONGEST_HEAD = 500
# "Sent from my phone" ends a mail, but for a name and a number below it.
_LINES_BELOW_A_MOBILE = 3
_QUOTED = re.compile(r"^\s{0,3}>")

_I = re.IGNORECASE
# "El lun, 3 nov 2026 a las 9:15, Ana (<ana@...>) escribió:", in one to four lines.
_WROTE = re.compile(
    r"^(?:>\s*)*[-–—*_ ]{0,5}(?:(?:el|en|on|em|no dia|a las)\b(?=.{0,300}\d)|[\w\"'(<].{0,80}<?[\w.+-]+@"
    r"|\d{1,4}[-/.]\d).{0,440}"
    r"\b(?:escribi[oó]|wrote|escreveu|ha escrito|schrieb|a écrit)\b[^\n]{0,60}:?[*_ ]*$",
    _I,
)
_NAME_WROTE = re.compile(r"^(?:>\s*)*[\w\"'(][^\n:]{0,80}\b(?:escribi[oó]|wrote|escreveu)[^\n]{0,20}:\s*$", _I)
# "2026-11-03 9:15 GMT-05:00 Ana López <ana@example.com>:"
_DATE_AND_ADDRESS = re.compile(r"^(?:>\s*)*\d{4}[-/.]\d{1,2}[-/.]\d{1,2},?\s.{0,120}<[^<>\s]+@[^<>\s]+>\s*:\s*$", _I)
_STARTS_A_HEAD = re.compile(r"^(?:>\s*)*[-–—*_ ]{0,5}(?:el|en|on|em|no dia)\b", _I)
_ORIGINAL = re.compile(
    r"^(?:>\s*)*[-_ ]{2,}\s*(?:mensaje original|original message|mensagem original|original appointment"
    r"|mensaje reenviado|forwarded message|mensagem encaminhada)\s*[-_ ]{2,}\s*$",
    _I,
)
_FORWARD = re.compile(
    r"^(?:inicio del mensaje reenviado|begin forwarded message|início da mensagem encaminhada)\s*:\s*$", _I
)
_RULE = re.compile(r"^\s*[_=]{8,}\s*$|^\s*-{20,}\s*$")
_FIELD = re.compile(
    r"^(?:>\s*)*[*_]{0,2}(?P<name>from|de|sent|enviado(?: el| em| por| a| às)?|enviada?(?: em)?|date|fecha|data"
    r"|to|para|cc|cco|bcc"
    r"|subject|asunto|assunto|reply-to|responder a|importancia|importance|prioridade)\s*:[*_]{0,2}(?:\s|$)",
    _I,
)
# A head without marks below it is believed only with an address or a time in it.
_CERTAIN = re.compile(r"@|\d{1,2}[:.h]\d{2}|original|reenviad|encaminhad|forwarded", _I)
_FROM = frozenset({"from", "de"})
_TO = frozenset({"to", "para", "cc", "cco", "bcc"})
_SIGNATURE = re.compile(r"^--\s?$|^—\s*$")
_MOBILE = re.compile(
    r"^\s*[-*_ ]{0,3}(?:"
    r"(?:enviado|mandado|sent|get|obtener|obter|obt[eé]n|obtenha|baixe|descarga(?:r)?)\s"
    r"(?:desde|de|do|da|from|con|com|via|by|pelo|pela|por|mi|meu|my|with|using|outlook|o|el)\b.{0,80}"
    r"(?:iphone|ipad|android|samsung|galaxy|m[oó]vil|celular|mobile|smartphone|tel[eé]fono|phone|outlook|yahoo|gmail|mail|correo"
    r"|windows|ios|huawei|xiaomi|motorola|blackberry|tablet|dispositivo)\b.{0,60}"
    r"|yahoo mail:.{0,80}|sent from\b.{0,60}|enviado (?:do|pelo) meu\b.{0,60}|enviado desde mi\b.{0,60}"
    r"|libre de virus.{0,60}|virus-free.{0,60}|livre de v[ií]rus.{0,60})\s*$",
    _I,
)
_DISCLAIMER = re.compile(
    r"^\W*(?:aviso legal|aviso de (?:confidencialidad|confidencialidade|privacidad|privacidade)|nota de confidencialidad"
    r"|confidentiality (?:notice|note)|disclaimer|legal notice"
    r"|(?:este|el presente|esta|this|a presente) (?:mensaje|correo|e-?mail|message|mensagem|comunicación|communication)"
    r"\b.{0,160}"
    r"(?:confidencial|confidential|privileged|privilegiad))",
    _I,
)


@dataclass(frozen=True)
class _Line:
    text: str
    quoted: bool


@dataclass(frozen=True)
class _Segment:
    quoted: bool
    lines: list[str]


def reply_only(text: str, *, marks: Collection[str] = ()) -> str:
    """The writer's own words of an answer. Empty where there are none.

    `marks`: lines of ours above which an answer is to be written; what is below one of them is not read. An answer
    between the lines of the quotation keeps the lines that it answers.
    """
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    marked = _above_mark(lines, marks)
    if marked is not None:
        lines = marked
    own = _without_quotations(lines)
    return _trimmed(_without_signature(own))


def _above_mark(lines: list[str], marks: Collection[str]) -> list[str] | None:
    """What stands above our mark with the quotation's head left off; None where that is nothing (it was answered below)."""
    wanted = [_plain(mark) for mark in marks if _plain(mark)]
    for number, line in enumerate(lines):
        plain = _plain(line)
        if plain and any(mark in plain for mark in wanted):
            above = lines[:number]
            end = len(above)
            while end and not above[end - 1].strip("> \t"):
                end -= 1
            for start in range(max(0, end - 8), end):
                if _head_at(above[:end], start):
                    end = start
                    break
            found = above[:end]
            return found if any(each.strip("> \t") for each in found) else None
    return None


def _plain(line: str) -> str:
    return " ".join(re.findall(r"\w+", line.lower()))


def _without_quotations(lines: list[str]) -> list[str]:
    kept: list[_Line] = []
    written = headed = False
    number = 0
    following = _following(lines)
    while number < len(lines):
        length = _head_at(lines, number)
        if not length:
            # What is marked before any head is the writer's own: a line of a log, somebody else's words.
            quoted = headed and bool(_QUOTED.match(lines[number]))
            kept.append(_Line(lines[number], quoted))
            written = written or (bool(lines[number].strip()) and not quoted and not _RULE.match(lines[number]))
            number += 1
            continue
        after = number + length
        if after < len(lines) and _QUOTED.match(following[after]):
            headed = True
            number = after
            continue
        head = " ".join(lines[number:after])
        if written and _CERTAIN.search(head):
            # Outlook and phones quote without any mark: from the head on everything is old.
            break
        # Words like those of a head, or an answer below an unmarked quotation: nothing tells them apart, all stays.
        kept += [_Line(line, quoted=False) for line in lines[number:after]]
        written = True
        number = after
    if not headed:
        kept = _without_marked_end(kept)
    return _joined(_segments(kept))


def _without_marked_end(lines: list[_Line]) -> list[_Line]:
    """Some programs quote below the answer and write no head: what is marked at the very end is left out."""
    end = len(lines)
    while end and (not lines[end - 1].text.strip() or _QUOTED.match(lines[end - 1].text)):
        end -= 1
    return lines[:end] if end else lines


def _is_text(line: str) -> bool:
    return bool(line.strip()) and not _RULE.match(line)


def _any_text(lines: list[str]) -> bool:
    return any(_is_text(line) for line in lines)


def _following(lines: list[str]) -> list[str]:
    """For each line, itself or the next one that is not blank."""
    found = [""] * len(lines)
    last = ""
    for number in range(len(lines) - 1, -1, -1):
        last = lines[number] if lines[number].strip() else last
        found[number] = last
    return found


def _segments(lines: list[_Line]) -> list[_Segment]:
    marked: list[tuple[bool, str]] = []
    quoted_next = False
    for line in reversed(lines):
        # A blank line belongs to the quotation below it, if there is one above it as well (see the second pass).
        quoted_next = line.quoted if line.text.strip() else quoted_next
        marked.append((quoted_next, line.text))
    marked.reverse()
    for number, (quoted, text) in enumerate(marked):
        if not text.strip():
            marked[number] = (quoted and number > 0 and marked[number - 1][0], text)
    return [
        _Segment(quoted, [line for _, line in group]) for quoted, group in groupby(marked, key=lambda each: each[0])
    ]


def _joined(segments: list[_Segment]) -> list[str]:
    own = [
        number for number, each in enumerate(segments) if not each.quoted and _any_text(_without_signature(each.lines))
    ]
    first_quoted = next((number for number, each in enumerate(segments) if each.quoted), len(segments))
    if sum(number > first_quoted for number in own) < 2:
        return [line for number in own for line in [*segments[number].lines, ""]]
    # Answered between the lines: what is answered stays, up to the last answer.
    return [line for each in segments[: own[-1] + 1] for line in each.lines]


def _head_at(lines: list[str], number: int) -> int:
    """How many lines the head of a quotation has that begins at this one; 0: none does."""
    line = lines[number].strip()
    if not line:
        return 0
    if _ORIGINAL.match(line) or _FORWARD.match(line):
        return 1 + _fields(lines, number + 1)
    if _RULE.match(line):
        fields = _fields(lines, number + 1)
        return 1 + fields if fields else 0
    if _NAME_WROTE.match(line) or _DATE_AND_ADDRESS.match(line):
        return 1
    if _STARTS_A_HEAD.match(line) or "@" in line or _WROTE.match(line[:_LONGEST_HEAD]):
        joined = ""
        for count in range(1, _HEAD_LINES + 1):
            if number + count > len(lines):
                break
            part = lines[number + count - 1].strip()
            if not part:
                break
            joined = f"{joined} {part.lstrip('> ')}".strip()
            if len(joined) > _LONGEST_HEAD:
                break
            if _WROTE.match(joined) and joined.rstrip("*_ ").endswith(":"):
                return count
    return _fields(lines, number) if _FIELD.match(line) else 0


def _fields(lines: list[str], number: int) -> int:
    """How many lines a block of From, Sent, To, Subject has that begins here: sender, and date or subject."""
    count, names, last = 0, set(), 0
    while number + count < len(lines) and count < 14:
        line = lines[number + count].strip()
        found = _FIELD.match(line)
        if found:
            names.add(found["name"].lower())
            last = count + 1
        elif line.strip("> ") and not (last == count and last and not found and len(names) >= 1):
            break
        count += 1
    return last if names & _FROM and len(names - _FROM - _TO) >= 1 else 0


def _without_signature(lines: list[str]) -> list[str]:
    first = next((number for number, line in enumerate(lines) if _is_text(line)), len(lines))
    below = sum(bool(line.strip()) for line in lines[first:])
    for number, line in enumerate(lines[first:], first):
        if not line.strip():
            continue
        below -= 1
        if number > first and (_SIGNATURE.match(line) or _DISCLAIMER.match(line[:_LONGEST_HEAD])):
            return lines[:number]
        if below <= _LINES_BELOW_A_MOBILE and (number > first or not below) and _MOBILE.match(line[:_LONGEST_HEAD]):
            return lines[:number]
    return lines


def _trimmed(lines: list[str]) -> str:
    while lines and (not lines[-1].strip() or _RULE.match(lines[-1])):
        lines = lines[:-1]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n").strip()
