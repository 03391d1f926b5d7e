"""What can go wrong with the knowledge base, each error with its cure in the message."""

from __future__ import annotations

from pathlib import Path


class KnowledgeBaseError(Exception):
    """A problem whose message tells an operator what to do. `try_again`: whether the same call may succeed later."""

    http_status = 500
    try_again = False


class SourceUnusable(KnowledgeBaseError):
    """The source folder is missing, is no folder, or holds nothing that can be indexed."""

    http_status = 422


class SourceUnavailable(KnowledgeBaseError):
    """A remote source does not answer, refuses, or answers nonsense: what was fetched before stays in use."""

    http_status = 503
    try_again = True


class RequestRefused(KnowledgeBaseError):
    """A request that must not be made: a host that is not listed, an address that is not public, another scheme."""

    http_status = 422


class SourcesFileInvalid(KnowledgeBaseError):
    """`sources.yml` cannot be read or declares something unknown."""

    http_status = 422


class QueriesInvalid(KnowledgeBaseError):
    """A queries or labels file is missing or malformed (named by line)."""

    http_status = 422


class IndexMissing(KnowledgeBaseError):
    """There is no index where one was expected."""

    http_status = 503
    try_again = True

    def __init__(self, index_dir: Path) -> None:
        super().__init__(
            f"No help center index at {index_dir}. Build it: copilot kb build --source DIR --index {index_dir}"
        )
        self.index_dir = index_dir


class IndexDamaged(KnowledgeBaseError):
    """A file of the index is missing, changed, or of another format version."""

    http_status = 503

    def __init__(self, index_dir: Path, what: str) -> None:
        super().__init__(
            f"The help center index at {index_dir} is damaged: {what}. "
            f"Build it again: copilot kb build --source DIR --index {index_dir}"
        )
        self.index_dir = index_dir


class EncoderUnusable(KnowledgeBaseError):
    """The bundled encoder is missing or is not the file that was reviewed."""

    http_status = 503


class VectorsInvalid(KnowledgeBaseError, ValueError):
    """Vectors or a query of the wrong shape, length or content."""


class VectorStoreUnusable(KnowledgeBaseError):
    """The setting of where vectors are kept is wrong, or the server there cannot keep them; no use in trying again."""

    http_status = 503


class VectorStoreUnavailable(KnowledgeBaseError):
    """The server that keeps the vectors does not answer now."""

    http_status = 503
    try_again = True
