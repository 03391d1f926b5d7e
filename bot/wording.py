"""The sentences and labels of one language: data/wording/<language>.yml."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.catalog_files import CatalogError, read_yaml

SECTIONS = ("labels", "words", "messages", "web", "mail", "errors", "ledger")


def placeholders(template: str) -> frozenset[str]:
    """The names in the template's braces. ValueError where it is no plain `{name}` template."""
    names = set()
    for _, name, format_spec, conversion in string.Formatter().parse(template):
        if name is None:
            continue
        if not name.isidentifier() or format_spec or conversion:
            raise ValueError(f"{{{name}}} is no plain placeholder")
        names.add(name)
    return frozenset(names)


class Wording:
    """Every sentence and label of one language, by dotted key: `messages.ask.scenario`.

    Read-only; `{vendor}` is filled by itself. KeyError, naming file and key, for what is not there.
    """

    def __init__(self, language: str, file: str, content: Mapping[str, Any], vendor: str) -> None:
        self.language = language
        self.file = file
        self.vendor = vendor
        self._content = content

    @classmethod
    def read(cls, path: Path, language: str, vendor: str) -> Wording:
        """Reads the file and checks every template in it. CatalogError names the file, the key and the cure."""
        file = f"wording/{path.name}"
        content = read_yaml(path, file)
        for section in SECTIONS:
            if content.get(section) is None:
                content[section] = {}
        for section, entries in content.items():
            if section not in SECTIONS:
                raise CatalogError(file, section, "no such section", f"Use one of: {', '.join(SECTIONS)}")
            if not isinstance(entries, dict):
                raise CatalogError(file, section, "it is not a mapping", "Put the keys of the section under it")
        wording = cls(language, file, content, vendor)
        wording._check()
        return wording

    def _check(self) -> None:
        for key, leaf in self.leaves():
            words = isinstance(leaf, tuple)
            for text in leaf if isinstance(leaf, tuple) else (leaf,):
                if not text.strip():
                    raise CatalogError(self.file, key, "the text is empty", "Write it")
                if words:
                    continue
                try:
                    placeholders(text)
                except ValueError as error:
                    cure = "Write {name} for a value, {{ and }} for braces"
                    raise CatalogError(self.file, key, f"the braces are not right ({error})", cure) from error

    def leaves(self, section: str = "") -> Iterator[tuple[str, str | tuple[str, ...]]]:
        """(dotted key, text or tuple of texts), in the file's order, below one key (`labels`, `labels.days`) or all."""
        yield from self._leaves((self._find(section) or {}) if section else self._content, section)

    def _leaves(self, node: Any, key: str) -> Iterator[tuple[str, str | tuple[str, ...]]]:
        if isinstance(node, Mapping):
            for name, child in node.items():
                if "." in name:
                    raise CatalogError(self.file, f"{key}.{name}", "a key holds no dot", "Write it as a group of keys")
                yield from self._leaves(child, f"{key}.{name}" if key else name)
        elif isinstance(node, str):
            yield key, node
        elif isinstance(node, list) and all(isinstance(item, str) for item in node):
            yield key, tuple(node)
        else:
            kind = "nothing" if node is None else repr(node)
            raise CatalogError(
                self.file, key, f"it holds {kind}, not text", "Write a text, in quotes where it is a number"
            )

    def _find(self, key: str) -> Any:
        node: Any = self._content
        for name in key.split("."):
            if not isinstance(node, Mapping) or name not in node:
                return None
            node = node[name]
        return node

    def __contains__(self, key: object) -> bool:
        """Whether there is a text under that dotted key."""
        return isinstance(key, str) and isinstance(self._find(key), str)

    def text(self, key: str, /, **values: object) -> str:
        """The text under the key with its placeholders filled. KeyError where the key, or a value it needs, is missing."""
        template = self._find(key)
        if not isinstance(template, str):
            what = "is a group of keys" if template is not None else "is missing"
            raise KeyError(f"{self.file}: {key} {what}")
        try:
            return template.format(**{"vendor": self.vendor, **values})
        except KeyError as error:
            raise KeyError(f"{self.file}: {key} needs a value for {{{error.args[0]}}}") from error

    def words(self, key: str, /) -> tuple[str, ...]:
        """The list under the key: () where there is none."""
        found = self._find(key)
        return tuple(found) if isinstance(found, list) else ()

    def section(self, name: str) -> dict[str, str]:
        """dotted key below the section -> text, `{vendor}` filled and every other placeholder left for the reader to fill."""
        marked = {}
        for key, leaf in self.leaves(name):
            if isinstance(leaf, str):
                marked[key.removeprefix(f"{name}.")] = leaf.replace("{vendor}", self.vendor)
        return marked

    def canonical(self, sections: tuple[str, ...] | None = None) -> Mapping[str, Any]:
        """The content, for a digest: the whole, or only these sections of the file."""
        if sections is None:
            return self._content
        return {each: self._content[each] for each in sections if each in self._content}
