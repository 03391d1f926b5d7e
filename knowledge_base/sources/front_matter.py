"""YAML front matter, read without trusting it: no aliases, at most 64 kB, errors by line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_FRONT_MATTER_BYTES = 64 * 1024


class FrontMatterInvalid(Exception):
    """`line` counts from 1 in the whole file."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Document:
    """A file split in two. `fields` holds scalars, lists and mappings as YAML gave them, dates as text."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # PyYAML may come without libyaml
    """Safe types only; a seventh of the time where PyYAML was built with libyaml."""


# Numbers and timestamps stay the text that they are written as: a title `010` is not 8, `2024-13-45` must not turn a whole
# article away, and an integer of 16,000 hexadecimal digits cannot even be shown.
_TEXT_TAGS = tuple(f"tag:yaml.org,2002:{name}" for name in ("int", "float", "timestamp", "binary"))
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _TEXT_TAGS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _as_written(loader: Any, node: yaml.nodes.Node) -> str:
    return str(loader.construct_scalar(node))


for _tag in _TEXT_TAGS:
    _Loader.add_constructor(_tag, _as_written)

# Aliases unfold (219 bytes of them to megabytes), and libyaml crashes the process at some 10,000 levels: a text that may hold
# either is read event by event first, which builds nothing.
_SUSPECT = re.compile(r"[&*][^\s,\[\]{}]|^[ \t?-]{60}", re.M)
_BRACKET = re.compile(r"[\[{]")
_MAX_LEVELS = 60


def split_document(text: str) -> Document:
    """Front matter and body of a Markdown file. A file without front matter is all body.

    Raises `FrontMatterInvalid` for front matter that does not end, is too large, is no mapping or no valid YAML.
    """
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return Document(body=text)
    size = 0
    for number, line in enumerate(lines[1:], start=2):
        if line.rstrip() in ("---", "..."):
            return Document(fields=_parse("\n".join(lines[1 : number - 1])), body="\n".join(lines[number:]))
        size += len(line.encode("utf-8", "surrogatepass")) + 1
        if size > MAX_FRONT_MATTER_BYTES:
            raise FrontMatterInvalid(number, f"front matter is larger than {MAX_FRONT_MATTER_BYTES // 1024} kB")
    raise FrontMatterInvalid(1, "front matter is opened by --- and never closed")


def _parse(text: str) -> Mapping[str, Any]:
    try:
        loaded = _load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # The first line of the file is the opening ---, and marks count from 0.
        line = (mark.line if mark else 0) + 2
        raise FrontMatterInvalid(line, f"broken front matter: {error.problem or error.context or 'not YAML'}") from None
    except yaml.YAMLError as error:
        raise FrontMatterInvalid(2, f"broken front matter: {str(error).splitlines()[0]}") from None
    except (RecursionError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise FrontMatterInvalid(2, f"broken front matter: {type(error).__name__}") from None
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise FrontMatterInvalid(2, "broken front matter: expected `key: value` lines")
    return {str(key): value for key, value in loaded.items()}


def _load(text: str) -> Any:
    if _SUSPECT.search(text) or len(_BRACKET.findall(text)) > _MAX_LEVELS:
        _refuse_bombs(text)
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader


def _refuse_bombs(text: str) -> None:
    level = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 2 if event.start_mark else 2
        if isinstance(event, yaml.events.AliasEvent):
            raise FrontMatterInvalid(line, "broken front matter: aliases (*name) are not accepted")
        if isinstance(event, yaml.events.CollectionStartEvent):
            level += 1
        elif isinstance(event, yaml.events.CollectionEndEvent):
            level -= 1
        if level > _MAX_LEVELS:
            raise FrontMatterInvalid(line, "broken front matter: nested too deeply")
