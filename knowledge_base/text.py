"""Words and character n-grams of a text, folded and stemmed: what the lexical retrievers count."""

from __future__ import annotations

import hashlib
import re
import threading
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
import Stemmer

Keys = npt.NDArray[np.uint64]

_WORD = re.compile(r"\w+")
# 2.4.4, ERR-401, max_execution_time, app.php: found whole as well as by their parts.
_COMPOUND = re.compile(r"\w+(?:[.\-_/:]\w+)+")
_STEMMERS = {
    "ca": "catalan", "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
    "it": "italian", "nb": "norwegian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
_STOPWORDS_FOR = {
    "da": "DANISH", "de": "GERMAN", "en": "EN_PLUS", "es": "SPANISH", "fr": "FRENCH", "it": "ITALIAN", "no": "NORWEGIAN",
    "pt": "PORTUGUESE", "ru": "RUSSIAN", "sv": "SWEDISH", "tr": "TURKISH",
}  # fmt: skip
# What people wrap a question in, which the general lists lack: it names no topic in any article.
_CHATTER = {
    "en": "hi hello hey please thanks thank help need want know does did doing get got keep keeps trying try can't cant "
    "don't dont doesn't doesnt isn't isnt i'm im i've ive it's its there's anyone someone something anything way",
    "es": "hola buenas buenos dias tardes favor gracias ayuda necesito quiero quisiera puedo puede pueden podria saber "
    "hacer hago hace tengo tiene tienen hay alguien algo manera forma ustedes uds sale dice cuando donde como cual",
    "pt": "ola oi bom boa dia tarde favor obrigado obrigada ajuda preciso quero queria posso pode podem poderia saber "
    "fazer faco faz tenho tem alguem algo jeito maneira voces vcs aparece diz quando onde como qual pra pro ta to gente",
}
# Typed without its accents a Portuguese ending is unknown to the stemmer (configuracao), and its plural in -ões always.
_PORTUGUESE_ENDINGS = (
    (re.compile("oes$"), "ao"),
    (re.compile("cao$"), "ção"),
    (re.compile("sao$"), "são"),
)

_stemmer_lock = threading.Lock()


def language_of(locale: str) -> str:
    """The language of a locale: `pt-BR` -> `pt`."""
    return re.split("[-_]", locale, maxsplit=1)[0].lower()


def fold(text: str) -> str:
    """Lower case without accents, compatibility forms resolved: `Sesión ﬁnal` -> `sesion final`."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKD", text.casefold()).translate(_combining())


@cache
def _combining() -> dict[int, None]:
    # A table is eight times quicker than asking for each character: a fifth of the time of weighing a help center's words.
    return {code: None for code in range(0x20000) if unicodedata.combining(chr(code))}


@lru_cache(maxsize=32)
def stopwords(language: str) -> frozenset[str]:
    """Folded words of `language` that carry no topic; empty for a language without a list."""
    words = set(_CHATTER.get(language, "").split())
    if language in _STOPWORDS_FOR:
        from bm25s import stopwords as lists

        words.update(getattr(lists, f"STOPWORDS_{_STOPWORDS_FOR[language]}"))
    return frozenset(part for word in words for part in _WORD.findall(fold(word)))


@lru_cache(maxsize=32)
def _stemmer(language: str) -> Stemmer.Stemmer | None:
    return Stemmer.Stemmer(_STEMMERS[language]) if language in _STEMMERS else None


@lru_cache(maxsize=262_144)
def stem(word: str, language: str) -> str:
    """The folded stem of a folded word; the word itself in a language without a stemmer."""
    if language == "pt":
        for ending, accented in _PORTUGUESE_ENDINGS:
            word = ending.sub(accented, word)
    stemmer = _stemmer(language)
    if stemmer is None:
        return word
    with _stemmer_lock:  # a PyStemmer object is not for two threads at once
        return fold(stemmer.stemWord(word))


def terms(text: str, language: str) -> list[str]:
    """Stems in the order of the text, stop words out; compounds such as `2.4.4` follow as a whole."""
    folded = fold(text)
    stop = stopwords(language)
    found = [stem(word, language) for word in _WORD.findall(folded) if word not in stop]
    found.extend(word for word in _COMPOUND.findall(folded) if any(each.isdigit() for each in word))
    return found


@lru_cache(maxsize=262_144)
def _key(term: str) -> int:
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def term_keys(words: Sequence[str]) -> Keys:
    """A 64-bit key a word, so that an index needs no dictionary: two words share one with a chance of 1e-9 at 200,000."""
    return np.fromiter((_key(word) for word in words), dtype=np.uint64, count=len(words))


_BASE = np.uint64(0x100000001B3)


def gram_keys(text: str) -> Keys:
    """Keys of the character 3-, 4- and 5-grams within the words of `text` (each word between two spaces), with repeats."""
    spaced = f" {' '.join(_WORD.findall(fold(text)))} "
    codes = np.frombuffer(spaced.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    space = codes == 32
    found: list[Keys] = []
    for size in (3, 4, 5):
        count = len(codes) - size + 1
        if count <= 0:
            break
        key = np.full(count, size, dtype=np.uint64)
        inside = np.ones(count, dtype=bool)
        for offset in range(size):
            key = key * _BASE + codes[offset : offset + count]
            if 0 < offset < size - 1:
                inside &= ~space[offset : offset + count]
        found.append(_mixed(key[inside]))
    return np.concatenate(found) if found else np.zeros(0, dtype=np.uint64)


def _mixed(key: Keys) -> Keys:
    """splitmix64's finaliser: polynomial keys of short strings lie close together without it."""
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: Keys = key ^ (key >> np.uint64(31))
    return mixed


def guess_language(text: str, languages: Sequence[str]) -> str | None:
    """The language whose stop words `text` uses most, of `languages`; None where none or several are as likely."""
    words = _WORD.findall(fold(text))
    counts = sorted(((sum(word in stopwords(each) for word in words), each) for each in languages), reverse=True)
    if not counts or counts[0][0] == 0 or (len(counts) > 1 and counts[0][0] == counts[1][0]):
        return None
    return counts[0][1]
