"""What words stand for, whatever their language: the concepts of data/lexicon, each named by its English word. Pure.

What was learnt from one language's texts so helps in the others, and a synonym that no text holds still tells something.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.text import words

FOLDER = Path(__file__).resolve().parent.parent / "data" / "lexicon"

# An inflected word is looked up by its beginning: up to three letters are taken off, four have to stay.
_MOST_OFF = 3
_LEAST_LEFT = 4
# A form of the lexicon is found by all but its last two letters, from five on.
_LEAST_FORM = 5
_OFF_FORM = 2


class Concepts:
    """Concepts of folded words. Without any, every word stands for itself."""

    def __init__(self, forms: Mapping[str, str]) -> None:
        self.forms = dict(forms)
        self._stems: dict[str, str] = {}
        for form, concept in self.forms.items():
            if len(form) >= _LEAST_FORM:
                self._stems.setdefault(form[: max(_LEAST_LEFT, len(form) - _OFF_FORM)], concept)

    @classmethod
    def read(cls, folder: Path = FOLDER) -> Concepts:
        """From the lexicon's files: the English word, then its forms in other languages. The first line of a form counts,
        and software's words come before everyday ones."""
        forms: dict[str, str] = {}
        for path in sorted(folder.glob("*.tsv"), reverse=True):
            for line in path.read_text(encoding="utf-8").splitlines():
                columns = line.split("\t")
                if line.startswith("#") or len(columns) == 1:
                    continue
                for form in "|".join(columns).split("|"):
                    said = words(form)
                    if len(said) == 1:
                        forms.setdefault(said[0], columns[0].strip().lower())
        return cls(forms)

    def of(self, word: str) -> str:
        """The concept of a folded word; the word itself where the lexicon has none."""
        if word in self.forms:
            return self.forms[word]
        for off in range(_MOST_OFF + 1):
            if len(word) - off < _LEAST_LEFT:
                break
            if word[: len(word) - off] in self._stems:
                return self._stems[word[: len(word) - off]]
        return word
