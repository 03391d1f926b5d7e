"""Which language a short text is written in: one of the catalog's, or another that we do not speak.

Learnt from the training examples of each language (data/training/nlu/<language>.yml): how often each word is said, and for
words never seen which letters follow which. Accents are set aside, since half of the customers type none, and only count
where they tell languages apart (ñ, ã, ß). Nothing is imported and nothing is stored: reading the examples takes 0.3 s once.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.text import fold

_EXAMPLES = Path(__file__).resolve().parent.parent / "data" / "training" / "nlu"

# Codes, addresses, numbers and quoted error messages are in no language, or in another than their writer's.
_NO_LANGUAGE = re.compile(
    r"""https?://\S+|www\.\S+|\S+@\S+|`[^`]*`|«[^»]*»|"[^"]*"|“[^”]*”|\S*[\d_/\\{}<>=]\S*""", re.VERBOSE
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?", re.UNICODE)
_ENTITY = re.compile(r"\[([^\]]+)\](?:\{[^}]*\}|\([^)]*\))")
_EXAMPLE = re.compile(r"^\s+- (.+)$", re.MULTILINE)

# Letters and marks that only one of the languages uses, with the odds (natural logarithm) that they add.
_MARKS = {
    "es": {"ñ": 4.0, "¿": 4.0, "¡": 3.0},
    "pt": {"ã": 4.0, "õ": 4.0, "ç": 3.0, "ê": 2.0, "ô": 2.0, "â": 1.5, "à": 1.5},
    "fr": {"ç": 2.0, "ê": 2.0, "è": 3.0, "œ": 4.0, "û": 3.0, "î": 3.0, "à": 1.5, "ù": 2.0, "ë": 2.0},
    "de": {"ß": 4.0, "ä": 4.0, "ö": 4.0, "ü": 3.0},
    "it": {"è": 2.0, "ò": 3.0, "ù": 2.0, "à": 1.0},
}

# Words of languages that we may not speak, and that ours do not use.
_OTHERS = {
    "fr": """il nous vous elle ils ne pas plus jamais rien est sont suis etes etait avez avons ont ai les des une du au aux
        dans avec sur sous mais mon ma mes notre nos votre vos leur cette ces celui depuis bonjour bonsoir salut merci comment
        pourquoi quand combien quel quelle fonctionne fonctionnent marche marchent peux peut pouvez puis pouvons voudrais
        voulons veux faire faut aide aider besoin boutique commande commandes client clients paiement payer erreur passe mot
        compte utilisateur modifier changer ajouter supprimer annuler creer connecter panier livraison facture produit
        produits probleme toujours tout tous tres pour hier aujourd'hui matin c'est j'ai n'est n'ai n'arrive l'erreur qu'il
        d'un d'une l'outil s'il ca cela et le qui site arrive arrivent affiche s'affiche mes lien je tu""",
    "de": """ich du wir ihr sie mich mir uns euch nicht und oder der die das ist sind war wurde ein eine einen einem einer mit
        auf fur kann konnen konnte muss mochte mochten mein meine meinen meinem unser unsere unseren wie warum wann wo was
        hallo danke bitte guten tag morgen funktioniert funktionieren geht gehen seit gestern heute bestellung bestellungen
        fehler fehlermeldung passwort zahlung zahlungen bezahlen hilfe brauche brauchen habe haben hat wird werden keine kein
        nichts mehr zum zur bei von vom aus dem den auch aber noch laden lasst sich einloggen anmelden andern loschen
        hinzufugen kunde kunden benutzer seite rechnung rechnungen artikel produkt produkte warenkorb versand lieferung
        konto nach beim uber immer alle gibt es im am zu""",
    "it": """io noi voi lui lei mi vi ci non il gli che di della delle dei del nel nella nelle sono siamo essere come perche
        quando quanto quale dove cosa ciao grazie buongiorno buonasera salve scusate funziona funzionano posso possiamo puo
        possono vorrei vorremmo devo dobbiamo voglio aiuto bisogno negozio ordine ordini pagamento pagare pagamenti errore
        mio mia miei nostro nostri nostra ho hai ha abbiamo avete questo questa questi da dal dalla alla allo sul sulla ieri
        oggi stamattina piu anche ma niente nulla tutto tutti dopo c'e un'ordine l'errore dell'ordine l'ordine un'altra con i
        le lo per cambiare modificare annullare creare aggiungere entrare accedere riesco riusciamo vedere fare clienti
        cliente utente utenti prodotto prodotti sito carrello spedizione spedizioni fattura fatture sconto si e'""",
}

# How much the letters of a word never seen may tell: they are dependent, and a product's name is no language.
_MOST_PER_WORD = 3.0
_SEEN_SHARE = 0.85
# Odds (natural logarithm) from which a language is said for sure, and from which one is named at all.
_SURE = 4.5
_LIKELY = 1.0


@dataclass(frozen=True)
class Spoken:
    """`language`: the likeliest of ours, None where nothing tells. `sure`: whether to act on it without asking.

    `other`: a language that is not ours ("fr", "de", "it"; "unknown" for another script), where that is clear.
    """

    language: str | None
    sure: bool
    other: str | None


def spoken_language(text: str, languages: Sequence[str] = ("es", "en", "pt")) -> Spoken:
    """Which of `languages` a customer's text is in. Never sure of fewer than two telling words ("ok", "hola")."""
    letters = [each for each in text if each.isalpha()]
    foreign = sum(1 for each in letters if not _is_latin(each))
    if letters and foreign * 2 > len(letters):
        return Spoken(None, False, "unknown")
    spoken = _WORD.findall(_NO_LANGUAGE.sub(" ", text))
    return _judged(text, [fold(each).replace("’", "'") for each in spoken], tuple(languages))


def _judged(text: str, said: list[str], languages: tuple[str, ...]) -> Spoken:
    if not said:
        return Spoken(None, False, None)
    model = _model(languages)
    scores = model.scores(said)
    for language in languages:
        marks = _MARKS.get(language, {})
        scores[language] += sum(marks[each] for each in set(text.casefold()) if each in marks)
    ranked = sorted(languages, key=lambda each: scores[each], reverse=True)
    other = _other(text, said, languages, model)
    if other is not None:
        return Spoken(None, False, other)
    best = ranked[0]
    margin = scores[best] - scores[ranked[1]] if len(ranked) > 1 else _LIKELY
    telling = model.telling(said, best)
    return Spoken(best if margin >= _LIKELY else None, margin >= _SURE and telling >= 2, None)


def _other(text: str, said: list[str], languages: tuple[str, ...], model: _Model) -> str | None:
    """Another language whose own words make up a good part of the text, more than the words of any of ours do."""
    best, most = None, 0.0
    for language, listed in _other_words().items():
        if language in languages:
            continue
        shared = [each for each in said if each in listed]
        own = [each for each in shared if not model.knows(each)]
        marks = sum(_MARKS[language].get(each, 0.0) for each in set(text.casefold())) / 4
        weight = len(own) + 0.5 * (len(shared) - len(own)) + marks
        if len(own) >= 2 and weight > most:
            best, most = language, weight
    if best is None:
        return None
    listed = _other_words()[best]
    ours = max(sum(model.knows(each, language) for each in said if each not in listed) for language in languages)
    return best if most > ours and most >= 0.3 * len(said) else None


@lru_cache(maxsize=1)
def _other_words() -> dict[str, frozenset[str]]:
    return {language: frozenset(listed.split()) for language, listed in _OTHERS.items()}


class _Model:
    """Words and letters of each language, from its examples."""

    def __init__(self, examples: dict[str, Iterable[str]]) -> None:
        self._words = {each: Counter[str]() for each in examples}
        for language, texts in examples.items():
            for text in texts:
                self._words[language].update(fold(word) for word in _WORD.findall(_NO_LANGUAGE.sub(" ", text)))
        self._totals = {each: sum(counted.values()) + 1 for each, counted in self._words.items()}
        self._letters = {each: _letters_of(counted) for each, counted in self._words.items()}

    def scores(self, said: Sequence[str]) -> dict[str, float]:
        """By language: the logarithm of how likely it is to say so, unlike words held apart by at most _MOST_PER_WORD."""
        found = dict.fromkeys(self._words, 0.0)
        for word in said:
            each = self._word(word)
            highest = max(each.values())
            for language, score in each.items():
                found[language] += max(score - highest, -_MOST_PER_WORD)
        return found

    def telling(self, said: Sequence[str], language: str) -> int:
        """How many different words speak for the language: twice as likely in it as in any other."""
        found = 0
        for word in set(said):
            each = self._word(word)
            rest = [score for other, score in each.items() if other != language]
            found += not rest or each[language] - max(rest) > math.log(3)
        return found

    def knows(self, word: str, language: str | None = None) -> bool:
        """Whether the examples (of a language, or of any) say the word more than by chance."""
        return any(counted[word] >= 3 for known, counted in self._words.items() if language in (None, known))

    def _word(self, word: str) -> dict[str, float]:
        return {
            language: math.log(
                _SEEN_SHARE * counted[word] / self._totals[language]
                + (1 - _SEEN_SHARE) * math.exp(_letters_score(word, self._letters[language]))
            )
            for language, counted in self._words.items()
        }


def _letters_of(counted: Counter[str]) -> dict[str, int]:
    """How often each run of one to four letters stands in the words (each word counted by the root of its frequency)."""
    found: dict[str, int] = {}
    for word, times in counted.items():
        weight = 1 + int(math.sqrt(times))
        padded = f"^{word}$"
        for size in (1, 2, 3, 4):
            for start in range(len(padded) - size + 1):
                run = padded[start : start + size]
                found[run] = found.get(run, 0) + weight
        found[""] = found.get("", 0) + weight * len(padded)
    return found


def _letters_score(word: str, letters: dict[str, int]) -> float:
    """The logarithm of how likely the word's letters follow each other, each given the three before it (Witten-Bell-like)."""
    padded = f"^{word}$"
    total = 0.0
    for at in range(1, len(padded)):
        likely = 1 / 40
        for size in range(4):
            if size > at:
                break
            context = padded[at - size : at]
            seen = letters.get(context, 0)
            likely = (letters.get(context + padded[at], 0) + 5 * likely) / (seen + 5)
        total += math.log(likely)
    return total


@lru_cache(maxsize=8)
def _model(languages: tuple[str, ...]) -> _Model:
    return _Model({language: tuple(examples_of(language)) for language in languages})


def examples_of(language: str) -> list[str]:
    """The training examples of a language, without their entities' marks; none where nobody has written any."""
    path = _EXAMPLES / f"{language}.yml"
    if not path.is_file():
        return []
    return [_ENTITY.sub(r"\1", each) for each in _EXAMPLE.findall(path.read_text(encoding="utf-8"))]


@lru_cache(maxsize=4096)
def _is_latin(letter: str) -> bool:
    return unicodedata.name(letter, "").startswith(("LATIN", "FEMININE ORDINAL", "MASCULINE ORDINAL", "MICRO"))
