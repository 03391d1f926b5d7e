"""The few sentences of a passage that answer a question best, word for word: what is shown as the answer.

Everything is a slice of the passage's own text; steps and code are shown as they stand."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from knowledge_base.text import fold, terms

MAX_CHARACTERS = 320
# What steps and code may take: a customer follows them here instead of opening the article.
MAX_LIST_CHARACTERS = 1_200

# A sentence ends at . ! ? followed by space and a capital, digit or opening sign; a line always ends one.
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-ZÁÉÍÓÚÀÂÊÔÃÕÇÑ¿¡\d\"“(])")
_STEP = re.compile(r"(\d{1,3})\. (?=\S)")
_NESTED = re.compile(r"^[ \t]+\d+[.)][ \t]", re.M)
_BULLET = "- "
_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})[^\n`]*\n(.*?)(?:^[ \t>]*\1[`~]*[ \t]*$|\Z)", re.M | re.S)
_COMPOUND = re.compile(r"\w+(?:[.\-_/:]\w+)+")
# Combining accents belong to the word whose letters they follow.
_WORD = re.compile(r"[\w\u0300-\u036f]+")

Weigh = Callable[[str], float]
"""How much a stem of the question tells (its idf)."""


@dataclass(frozen=True, slots=True)
class Span:
    """Characters [start, end) of a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a numbered list: its number as written, and where its text stands (without the number; with everything
    that belongs to it, such as steps within it)."""

    number: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A slice of a passage's text (only a sentence that alone is too long ends in "…"). Ranges are in characters of
    `text`; `continues`: the article has more steps than these."""

    text: str
    highlights: tuple[Span, ...] = ()
    steps: tuple[Step, ...] = ()
    code: tuple[Span, ...] = ()
    continues: bool = False


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence, or a whole line of a list or of code."""

    start: int
    end: int
    stems: frozenset[str]
    # The ordered list that the piece is a part of, counted from 0, or -1.
    list: int = -1
    # The top-level step that the piece begins, or 0.
    number: int = 0
    # The run of code lines that it is a part of, counted from 0, or -1.
    code: int = -1


def excerpt(
    text: str,
    question: frozenset[str],
    language: str,
    *,
    markdown: str = "",
    context: str = "",
    weigh: Weigh | None = None,
) -> Excerpt:
    """The run of sentences of a passage's `text` that holds most of the question's stems, at most `MAX_CHARACTERS` long.
    Where it touches a numbered list or code, these are shown whole and from their beginning; what exceeds
    `MAX_LIST_CHARACTERS` is left off between two steps or lines.

    `question`: stems as `terms` gives them. `markdown`: the passage's, which tells code from prose. `context`: title and
    headings, shown above the excerpt: what they say already counts less.
    """
    pieces = _pieces(text, markdown, language)
    if not pieces:
        return Excerpt("")
    said = _stems(context, language)
    weights = {each: (weigh(each) if weigh else 1.0) * (0.5 if each in said else 1.0) for each in question}
    first, end = _best_run(pieces, weights)
    first, end, whole = _completed(pieces, first, end, question)
    start, stop = pieces[first].start, pieces[end - 1].end
    shown = text[start:stop]
    steps = tuple(_steps(pieces[first:end], start, stop))
    code = tuple(_code(pieces[first:end], start))
    if len(shown) > MAX_CHARACTERS and end - first == 1 and not code:
        limit = MAX_LIST_CHARACTERS if steps else MAX_CHARACTERS
        if len(shown) > limit:
            shown = shown[: limit - 1].rsplit(" ", 1)[0].rstrip() + "…"
            steps = tuple(Step(each.number, each.start, min(each.end, len(shown))) for each in steps)
    return Excerpt(shown, tuple(_highlights(shown, question, language)), steps, code, not whole)


def _best_run(pieces: Sequence[_Piece], weights: dict[str, float]) -> tuple[int, int]:
    """[first, end) of the pieces whose stems weigh most within the space there is; among equals the first."""
    asked = frozenset(weights)
    held = [piece.stems & asked for piece in pieces]
    # The first sentences of a section say what it is about: others must hold clearly more.
    prior = 0.5 * (sum(weights.values()) / len(weights) if weights else 1.0)
    best, best_score = (0, 1), -1.0
    for first, piece in enumerate(pieces):
        if first and not held[first]:
            continue  # a run that begins with nothing of the question is never the best
        end, found = first + 1, held[first]
        while end < len(pieces) and pieces[end].end - piece.start <= MAX_CHARACTERS:
            found = found | held[end] if held[end] else found
            end += 1
        # What follows a sentence explains it: a run begins with what was asked for rather than ends with it.
        score = sum(weights[each] for each in found) + 0.3 * sum(weights[each] for each in held[first])
        score += 0.0 if first else prior
        if score > best_score + 1e-9:
            best, best_score = (first, end), score
    return _with_context(pieces, *best)


def _with_context(pieces: Sequence[_Piece], first: int, end: int) -> tuple[int, int]:
    """A run that its passage cuts short begins with the sentences before it: alone it may point at what nobody sees."""
    stop = pieces[end - 1].end
    while (
        first and stop - pieces[first].start < MAX_CHARACTERS / 2 and stop - pieces[first - 1].start <= MAX_CHARACTERS
    ):
        if any(each.list >= 0 or each.code >= 0 for each in pieces[first - 1 : end]):
            break
        first -= 1
    return first, end


def _completed(pieces: Sequence[_Piece], first: int, end: int, asked: frozenset[str]) -> tuple[int, int, bool]:
    """The run with its lists and code whole, and whether they are; a run ends with the list that it comes to."""
    touched = {each.list: 0 for each in pieces[first:end] if each.list >= 0}
    for each in pieces[first:end]:
        if each.list >= 0:
            touched[each.list] += len(each.stems & asked)
    if touched:
        chosen = max(touched, key=lambda number: touched[number])
        begins = next(at for at, each in enumerate(pieces) if each.list == chosen)
        ends = next((at for at in range(begins, len(pieces)) if pieces[at].list != chosen), len(pieces))
        # Of two lists in one run the one that was asked for is shown, with what leads to it.
        before = (at + 1 for at in reversed(range(first, begins)) if pieces[at].list >= 0)
        first = _introduction(pieces, max(first, next(before, first)), begins)
        start = pieces[first].start
        steps = [at for at in range(begins, ends) if pieces[at].number] + [ends]
        fitting = [at for at in steps[1:] if pieces[at - 1].end - start <= MAX_LIST_CHARACTERS]
        # A first step that is too long alone is shown all the same, down to where its lines still fit.
        last = fitting[-1] if fitting else _lines_that_fit(pieces, begins, steps[1], start)
        return first, last, last == ends
    return *_with_code(pieces, first, end), True


def _introduction(pieces: Sequence[_Piece], first: int, begins: int) -> int:
    """Where a run that shows the list from `begins` starts: as chosen, or with the sentence that leads to the list."""
    if first < begins:
        return first
    leads = begins > 0 and pieces[begins - 1].list < 0 and pieces[begins - 1].code < 0
    return begins - 1 if leads and pieces[begins - 1].end - pieces[begins - 1].start <= MAX_CHARACTERS else begins


def _with_code(pieces: Sequence[_Piece], first: int, end: int) -> tuple[int, int]:
    if pieces[first].code >= 0:
        while first and pieces[first - 1].code == pieces[first].code:
            first -= 1
        if first and pieces[first - 1].list < 0 and pieces[first - 1].code < 0:
            first -= 1  # what the code is for
    start = pieces[first].start
    code = pieces[end - 1].code
    if code >= 0:
        while end < len(pieces) and pieces[end].code == code:
            end += 1
    return first, _lines_that_fit(pieces, first, end, start)


def _lines_that_fit(pieces: Sequence[_Piece], first: int, end: int, start: int) -> int:
    while end > first + 1 and pieces[end - 1].end - start > MAX_LIST_CHARACTERS:
        end -= 1
    return end


@lru_cache(maxsize=4096)
def _pieces(text: str, markdown: str, language: str) -> tuple[_Piece, ...]:
    lines = text.split("\n")
    coded = _code_lines(lines, markdown)
    nests = not markdown or _NESTED.search(markdown) is not None
    lists = _lists(lines, coded, nests=nests)
    found: list[_Piece] = []
    at = 0
    for number, line in enumerate(lines):
        if line.strip():
            of_list, step = lists.get(number, (-1, 0))
            if of_list >= 0 or coded[number] >= 0 or line.startswith(_BULLET) or _STEP.match(line):
                found.append(_Piece(at, at + len(line), frozenset(terms(line, language)), of_list, step, coded[number]))
            else:
                found.extend(_sentences(line, at, language))
        at += len(line) + 1
    return tuple(found)


def _sentences(line: str, at: int, language: str) -> Iterator[_Piece]:
    start = 0
    for gap in [*_SENTENCE.finditer(line), None]:
        end = gap.start() if gap else len(line)
        yield _Piece(at + start, at + end, frozenset(terms(line[start:end], language)))
        start = gap.end() if gap else end


def _code_lines(lines: Sequence[str], markdown: str) -> list[int]:
    """By line of the text: the fenced block of code that it stands in (counted from 0), or -1."""
    found = [-1] * len(lines)
    if "```" not in markdown and "~~~" not in markdown:
        return found
    at = 0
    for number, fence in enumerate(_FENCE.finditer(markdown)):
        block = [line.strip() for line in fence[2].split("\n") if line.strip()]
        if not block:
            continue
        for start in range(at, len(lines) - len(block) + 1):
            if [line.strip() for line in lines[start : start + len(block)]] == block:
                found[start : start + len(block)] = [number] * len(block)
                at = start + len(block)
                break
    return found


def _lists(lines: Sequence[str], coded: Sequence[int], *, nests: bool) -> dict[int, tuple[int, int]]:
    """By line: the numbered list that it belongs to, and the number of the step that it begins (0: it goes on with one).

    The text has lost its indentation: where the article `nests` lists, a 1 right after a step opens one within it, and a
    number that continues an outer list closes the inner one. What stands between two steps belongs to the first; bullets
    and code after the last, too.
    """
    found: dict[int, tuple[int, int]] = {}
    numbered = {
        at: int(match[1]) for at, line in enumerate(lines) if coded[at] < 0 and (match := _STEP.match(line)) is not None
    }
    count, open_until = 0, -1
    for begins in numbered:
        if begins <= open_until:
            continue
        tops, last = _one_list(numbered, begins, nests=nests)
        if len(tops) < 2:
            continue
        while last + 1 < len(lines) and (lines[last + 1].startswith(_BULLET) or coded[last + 1] >= 0):
            last += 1
        for at in range(begins, last + 1):
            found[at] = (count, tops.get(at, 0))
        count, open_until = count + 1, last
    return found


def _one_list(numbered: dict[int, int], begins: int, *, nests: bool) -> tuple[dict[int, int], int]:
    """The list whose first step is line `begins`: its own steps (line -> number), and the last line with a number in it."""
    levels, tops, last = [numbered[begins]], {begins: numbered[begins]}, begins
    for at, number in numbered.items():
        if at <= begins:
            continue
        if number == levels[-1] + 1:
            levels[-1] = number
        elif number == 1 and nests and at == last + 1:
            levels.append(1)
        else:
            outer = next((depth for depth in reversed(range(len(levels) - 1)) if levels[depth] + 1 == number), None)
            if outer is None:
                break
            levels[outer:] = [number]
        last = at
        if len(levels) == 1:
            tops[at] = number
    return tops, last


def _steps(pieces: Sequence[_Piece], start: int, stop: int) -> Iterator[Step]:
    begun: _Piece | None = None
    for at, piece in enumerate(pieces):
        if piece.number:
            begun = piece
        following = pieces[at + 1] if at + 1 < len(pieces) else None
        if begun is not None and piece.list >= 0 and (following is None or following.number or following.list < 0):
            mark = len(str(begun.number)) + 2
            yield Step(begun.number, begun.start + mark - start, min(piece.end, stop) - start)
            begun = None


def _code(pieces: Sequence[_Piece], start: int) -> Iterator[Span]:
    begins = -1
    for at, piece in enumerate(pieces):
        if piece.code < 0:
            continue
        if at == 0 or pieces[at - 1].code != piece.code:
            begins = piece.start
        if at + 1 == len(pieces) or pieces[at + 1].code != piece.code:
            yield Span(begins - start, piece.end - start)


def _highlights(text: str, question: frozenset[str], language: str) -> Iterator[Span]:
    """The words of `text` with a stem of the question, neighbours joined."""
    # A single digit or letter stands everywhere.
    spans = [
        Span(*match.span())
        for match in _WORD.finditer(text)
        if match.end() - match.start() > 1 and not question.isdisjoint(_stems(match[0], language))
    ]
    if not all(map(str.isalnum, question)):  # 2.4.4, ERR-401: whole, where the question has one
        spans += [Span(*match.span()) for match in _COMPOUND.finditer(text) if fold(match[0]) in question]
    held: Span | None = None
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if held is not None and (span.start <= held.end or text[held.end : span.start] == " "):
            held = Span(held.start, max(held.end, span.end))
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held


@lru_cache(maxsize=65_536)
def _stems(words: str, language: str) -> frozenset[str]:
    return frozenset(terms(words, language))


def excerpt_html(text: str, highlights: Sequence[Span], steps: Sequence[Step], code: Sequence[Span]) -> str:
    """An excerpt as safe HTML: `<mark>` around what was asked for, `<ol>` for steps, `<ul>` for bullets, `<pre>` for code,
    `<p>` for the rest."""
    from knowledge_base.rendering import sanitised

    at, parts = 0, list[str]()
    if steps:
        at = steps[-1].end
        parts += _blocks(text, highlights, code, 0, steps[0].start - len(f"{steps[0].number}. "))
        items = ("".join(_blocks(text, highlights, code, each.start, each.end)) for each in steps)
        parts.append(f'<ol start="{steps[0].number}">{"".join(f"<li>{item}</li>" for item in items)}</ol>')
    parts += _blocks(text, highlights, code, at, len(text))
    return sanitised("".join(parts))


def _blocks(text: str, highlights: Sequence[Span], code: Sequence[Span], start: int, end: int) -> Iterator[str]:
    at = start
    for span in [each for each in code if start <= each.start and each.end <= end]:
        yield from _paragraphs(text, highlights, at, span.start)
        yield f"<pre><code>{_marked(text, highlights, span.start, span.end)}</code></pre>"
        at = span.end
    yield from _paragraphs(text, highlights, at, end)


def _paragraphs(text: str, highlights: Sequence[Span], start: int, end: int) -> Iterator[str]:
    bullets: list[str] = []
    at = start
    for line in text[start:end].split("\n"):
        if line.startswith(_BULLET):
            bullets.append(f"<li>{_marked(text, highlights, at + len(_BULLET), at + len(line))}</li>")
        else:
            if bullets:
                yield f"<ul>{''.join(bullets)}</ul>"
                bullets = []
            if line.strip():
                yield f"<p>{_marked(text, highlights, at, at + len(line))}</p>"
        at += len(line) + 1
    if bullets:
        yield f"<ul>{''.join(bullets)}</ul>"


def _marked(text: str, highlights: Sequence[Span], start: int, end: int) -> str:
    parts: list[str] = []
    for span in highlights:
        if start <= span.start and span.end <= end:
            parts += [html.escape(text[start : span.start]), f"<mark>{html.escape(text[span.start : span.end])}</mark>"]
            start = span.end
    return "".join([*parts, html.escape(text[start:end])])
