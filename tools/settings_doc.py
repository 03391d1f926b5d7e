"""Write docs/settings.md from the settings themselves: `python -m tools.settings_doc`."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from api.settings import PROJECT_ROOT, Settings

TARGET = PROJECT_ROOT / "docs" / "settings.md"

HEAD = """\
# Settings

Every setting is an environment variable. The api, the supervisor and the command line read them once, at their start.
In development nothing has to be set; in production (`COPILOT_MODE=production`) what is missing is refused by name.
`copilot doctor` checks a set-up.

This page is written by `python -m tools.settings_doc`; a test fails when it is out of date.

| variable | default | what it does |
|---|---|---|
"""


def rows(model: type[BaseModel], prefix: str) -> list[str]:
    """A table row a setting, those of nested models behind their prefix."""
    found: list[str] = []
    for name, field in model.model_fields.items():
        variable = f"{prefix}{name.upper()}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found += rows(field.annotation, f"{variable}__")
        else:
            found.append(f"| `{variable}` | {_default(field)} | {field.description} |")
    return found


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Path):
        value = value.relative_to(PROJECT_ROOT) if value.is_relative_to(PROJECT_ROOT) else value
    return f"`{value}`" if value not in ("", None, {}) else ""


def render() -> str:
    """The whole page."""
    return HEAD + "\n".join(rows(Settings, "COPILOT_")) + "\n"


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
