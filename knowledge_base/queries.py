"""Question files: JSON lines of `{id, locale, query, relevant: [article ids], kind}`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge_base.errors import QueriesInvalid


class LabelledQuery(BaseModel):
    """A question and the articles that answer it; none for one that must stay unanswered. Other keys are ignored."""

    model_config = ConfigDict(frozen=True)

    id: str
    query: str
    locale: str = ""
    relevant: tuple[str, ...] = ()
    kind: str = Field(default="")
    overlap_head: float | None = None
    """The share of the question's words that its article's title and headings hold, where the file says it."""
    answered: bool | None = None
    """What a customer said about the answer shown: it solved the matter, or not; None where nobody was asked."""


def read_queries(path: Path) -> list[LabelledQuery]:
    """Raises `QueriesInvalid` naming the line and the key."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise QueriesInvalid(f"The queries file {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise QueriesInvalid(f"The queries file {path} is not UTF-8 text") from None
    found: list[LabelledQuery] = []
    # Not splitlines: U+2028 may stand within a JSON string.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            found.append(LabelledQuery.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise QueriesInvalid(f"{path}:{number}: {where + ': ' if where else ''}{first['msg']}") from None
    if not found:
        raise QueriesInvalid(f"The queries file {path} holds no question")
    return found
