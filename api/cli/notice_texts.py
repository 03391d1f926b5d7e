"""A notice's texts from the command line: options by language, or a YAML file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from api.errors import Invalid

# option -> language -> text, or for keywords a list.
TextOptions = dict[str, dict[str, Any]]


class NoticeFileError(Exception):
    """The file cannot be read; the message says where and why."""


def text_options(arguments: Sequence[str], names: Sequence[str], languages: Sequence[str]) -> TextOptions:
    """``--title-es TEXT`` and the like among what is left of a command line; `Invalid`, with the cure, for anything else.

    Keywords come with commas between.
    """
    known = {f"--{name}-{language}": (name, language) for name in names for language in languages}
    found: TextOptions = {}
    rest = list(arguments)
    while rest:
        option, equals, value = rest.pop(0).partition("=")
        if option not in known:
            raise Invalid(f"There is no option {option}: use {', '.join(known)}.")
        if not equals:
            if not rest:
                raise Invalid(f"{option} needs a text behind it.")
            value = rest.pop(0)
        name, language = known[option]
        words = [each.strip() for each in value.split(",") if each.strip()]
        found.setdefault(name, {})[language] = words if name == "keywords" else value
    return found


def read_notice_file(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file, with the keys of the api's body. Raises `NoticeFileError`."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise NoticeFileError(f"{path} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark is not None else ""
        raise NoticeFileError(f"{path}{where} is no YAML: {getattr(error, 'problem', None) or error}") from error
    if not isinstance(content, dict):
        raise NoticeFileError(f"{path} holds no keys: write title, text and what else docs/notices.md shows")
    return content
