"""Reads the catalog's YAML files strictly: what a typing slip would silently change is an error here, with its line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml


class CatalogError(Exception):
    """The catalog or a wording file cannot be used; trying again will not help. The message names file, key and cure."""

    def __init__(self, file: str, key: str, problem: str, cure: str) -> None:
        self.file = file
        self.key = key
        self.problem = problem
        self.cure = cure
        place = f"{file}: {key}" if key else file
        super().__init__(f"{place}: {problem}. {cure}.")


# The C parser reads a wording file in a fifth of the time; PyYAML has it wherever it was built with libyaml.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_Loader):  # type: ignore[misc]
    """YAML without its surprises: `no` and `9:30` stay text, and a key stands only once in its mapping."""


# YAML 1.1 reads `no` as False, 2026-01-31 as a date and 9:30 as 570; in these files the words are meant.
_StrictLoader.yaml_implicit_resolvers = {}
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), ["t", "f"])
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|)$"), ["n", ""])
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^(?:0|-?[1-9][0-9]*)$"), list("-0123456789"))


def _construct_mapping(loader: _StrictLoader, node: yaml.MappingNode) -> dict[str, Any]:
    mapping: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} is not text; put it in quotes", key_node.start_mark
            )
        if key in mapping:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} stands here a second time; keep one of them", key_node.start_mark
            )
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


_StrictLoader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)


def read_yaml(path: Path, name: str) -> dict[str, Any]:
    """The mapping that the file holds, or `CatalogError` with the line of the mistake. `name`: the file's, for the error."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise CatalogError(
            name, "", f"there is no such file in {path.parent}", "Create it, or correct the folder"
        ) from error
    except OSError as error:
        raise CatalogError(name, "", f"it cannot be read ({error.strerror})", "Check its owner and rights") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise CatalogError(name, f"line {line}", "this is not UTF-8 text", "Save the file as UTF-8") from error
    try:
        # The loader derives from SafeLoader: it builds plain values only.
        content = yaml.load(text, Loader=_StrictLoader)  # noqa: S506
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise CatalogError(name, place, error.problem or "this is not YAML", "Correct that line") from error
    except yaml.YAMLError as error:
        raise CatalogError(name, "", f"this is not YAML ({error})", "Correct it") from error
    if not isinstance(content, dict):
        raise CatalogError(
            name, "", "it holds no mapping of keys to values", "Start from the file that came with the project"
        )
    return content
