"""`copilot kb`: the knowledge base's own commands, with what customers asked and said of their answers."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge_base.cli import make_app
from knowledge_base.errors import KnowledgeBaseError
from knowledge_base.queries import LabelledQuery, read_queries

if TYPE_CHECKING:
    from api.database import Database
    from api.settings import Settings


class ConversationsUnreadable(KnowledgeBaseError):
    """There are no conversations yet, or their database cannot be reached."""

    http_status = 503
    try_again = True


class DatabaseCustomers:
    """The customers of this installation. The database is opened, and imported, only by what needs it (0.5 s)."""

    def labels(self, index: Path, given: Path | None) -> Path | None:
        settings = _settings()
        # Another index may be of other articles: what customers said was not about those. No database, no customers.
        if index.absolute() != settings.index_dir.absolute() or not _may_hold_conversations(settings):
            return given
        from api.help_center.feedback import labels_for_build

        labelled = read_queries(given) if given else []
        try:
            with _database(settings) as database:
                return labels_for_build(database, settings.var, labelled)
        except ConversationsUnreadable as error:
            # An index without what customers said is better than none.
            sys.stderr.write(f"copilot kb: built without what customers said of their answers: {error}\n")
            return given

    def asked(self, newest: int) -> list[LabelledQuery]:
        from api.help_center.feedback import asked_queries

        settings = _settings()
        if not _may_hold_conversations(settings):
            return []
        with _database(settings) as database:
            return asked_queries(database, newest)


def _settings() -> Settings:
    from api.settings import Settings

    # Not `load_settings`: secrets are not needed here, and must not be made.
    return Settings()


def _may_hold_conversations(settings: Settings) -> bool:
    """False where the database is a file that is not there: opening it would make it."""
    from sqlalchemy.engine import make_url

    url = make_url(settings.database.url)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()


@contextlib.contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    """Not migrated first: a build must not change the database that an older api still serves."""
    from sqlalchemy.exc import SQLAlchemyError

    from api.database import Database

    with contextlib.closing(Database(settings.database.url)) as database:
        try:
            yield database
        except SQLAlchemyError as error:
            raise ConversationsUnreadable(
                f"the database of the conversations cannot be read ({type(error).__name__}). "
                "Look at COPILOT_DATABASE__URL, or bring it up to date with `copilot up`"
            ) from None


app = make_app(DatabaseCustomers())
