"""Text without accents and case, in Python and in SQL: ``Ação`` and ``ACAO`` are one word."""

from __future__ import annotations

import unicodedata
from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

# PostgreSQL without its `unaccent` extension, which needs the rights of a superuser: the letters of Latin 1 and a few more,
# in both cases, because a database in the locale "C" lowers none of them.
_LETTERS = "áàâãäåāéèêëēíìîïīóòôõöōúùûüūçñýÿšžčć"
_PLAIN = "aaaaaaaeeeeeiiiiioooooouuuuucnyyszcc"
_ACCENTED = _LETTERS + _LETTERS.upper()
# The name under which `api.database` gives `fold` to SQLite.
SQLITE_FUNCTION = "copilot_fold"


def fold(text: str) -> str:
    """Without accents, case and compatibility forms."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    if decomposed.isascii():
        return decomposed
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def fold_for_sqlite(text: Any) -> str | None:
    """`fold` as SQLite calls it."""
    return fold(text) if isinstance(text, str) else None


class Folded(FunctionElement[str]):
    """``Folded(column)``: its text folded by the database, to be compared with `fold`ed text."""

    name = "folded"
    type = String()
    inherit_cache = True


@compiles(Folded, "sqlite")
def _sqlite(element: Folded, compiler: SQLCompiler, **options: Any) -> str:
    return f"{SQLITE_FUNCTION}({compiler.process(element.clauses, **options)})"


@compiles(Folded, "postgresql")
def _postgresql(element: Folded, compiler: SQLCompiler, **options: Any) -> str:
    return f"translate(lower({compiler.process(element.clauses, **options)}), '{_ACCENTED}', '{_PLAIN * 2}')"
