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


class _NoAliasLoader(yaml.SafeLoader):
    """Safe types only, and no `&anchor`/`*alias`: 219 bytes of them can unfold to megabytes."""

    def compose_node(self, parent: yaml.nodes.Node | None, index: int) -> yaml.nodes.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases (*name) are not accepted", event.start_mark)
        return super().compose_node(parent, index)


# Numbers and timestamps stay the text that they are written as: a title `010` is not 8, `2024-13-45` must not turn a whole
# article away, and an integer of 16,000 hexadecimal digits cannot even be shown.
_TEXT_TAGS = tuple(f"tag:yaml.org,2002:{name}" for name in ("int", "float", "timestamp", "binary"))
_NoAliasLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _TEXT_TAGS]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

# libyaml reads 1,359 front matters in a seventh of the time, but composes without asking about aliases and crashes the
# process at some 10,000 levels: it only gets texts in which no `&name` or `*name` can hide and which cannot be deep.
# Whatever it refuses is read again by the other loader, whose errors name lines.
_MAYBE_ALIAS = re.compile(r"[&*][^\s,\[\]{}]")
_OPENS_LEVEL = re.compile(r"[\[{]|[-?](?=\s)")
_MAX_QUICK_LEVELS = 200


class _QuickLoader(getattr(yaml, "CSafeLoader", _NoAliasLoader)):  # type: ignore[misc]  # PyYAML may be built without libyaml
    pass


_QuickLoader.yaml_implicit_resolvers = _NoAliasLoader.yaml_implicit_resolvers


def _as_written(loader: Any, node: yaml.nodes.Node) -> str:
    return str(loader.construct_scalar(node))


for _loader in (_NoAliasLoader, _QuickLoader):
    for _tag in _TEXT_TAGS:
        _loader.add_constructor(_tag, _as_written)

# `[[[[...`: the loader would go down a thousand levels, for 0.7 s, before it gave up.
_BRACKET = re.compile(r"[\[\]{}]")
_MAX_LEVELS = 100


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
    except RecursionError:
        raise FrontMatterInvalid(2, "broken front matter: nested too deeply") from None
    except (ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise FrontMatterInvalid(2, f"broken front matter: {type(error).__name__}") from None
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise FrontMatterInvalid(2, "broken front matter: expected `key: value` lines")
    return {str(key): value for key, value in loaded.items()}


def _load(text: str) -> Any:
    level = 0
    for bracket in _BRACKET.findall(text):
        level += 1 if bracket in "[{" else -1
        if level > _MAX_LEVELS:
            raise RecursionError
    if not _MAYBE_ALIAS.search(text) and len(_OPENS_LEVEL.findall(text)) <= _MAX_QUICK_LEVELS:
        try:
            return yaml.load(text, Loader=_QuickLoader)  # noqa: S506 - a SafeLoader
        except (yaml.YAMLError, ValueError, RecursionError):
            pass
    return yaml.load(text, Loader=_NoAliasLoader)  # noqa: S506 - a SafeLoader, made stricter
