"""docs/integrate.md: every sample signs a token that the api takes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.rest import Rest, ok, rest

__all__ = ["rest"]

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "integrate.md").read_text(encoding="utf-8")
SECTION = PAGE[PAGE.index("## Your signed-in customers") :]
SECRET = "s3cret-" * 6
USER: dict[str, Any] = {
    "id": 7,
    "email": "ana@shop.example",
    "name": 'Ana "Núñez"',
    "account": "acme",
    "stores": ["Main", "Outlet"],
}


def sample(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", SECTION, re.DOTALL)
    assert found, f"no sample in {language}"
    return found[1]


def printed(*command: str, given: str | None = None) -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def by_python(_: Path) -> str:
    names: dict[str, Any] = {"SECRET": SECRET}
    exec(sample("python"), names)  # noqa: S102 - our own page
    return str(names["copilot_token"](SimpleNamespace(**USER)))


def by_node(_: Path) -> str:
    driver = f"\nconst SECRET = {json.dumps(SECRET)};\nconsole.log(copilotToken({json.dumps(USER)}));\n"
    return printed("node", "--input-type=module", "-", given=sample("js") + driver)


def by_java(folder: Path) -> str:
    """The JDK runs a file without compiling it first; its first class has the `main`."""
    stores = ", ".join(json.dumps(each) for each in USER["stores"])
    values = ", ".join(json.dumps(str(USER[each]), ensure_ascii=False) for each in ("id", "email", "name", "account"))
    driver = (
        "class Driver { public static void main(String[] given) throws Exception { System.out.println("
        f"CopilotToken.of(new CopilotToken.User({values}, List.of({stores})), {json.dumps(SECRET)})); }} }}\n"
    )
    path = folder / "Driver.java"
    path.write_text(sample("java").replace("final class", driver + "final class", 1), encoding="utf-8")
    return printed("java", "-Dfile.encoding=UTF-8", "--source", "17", "-XX:TieredStopAtLevel=1", str(path))


def by_php(folder: Path) -> str:
    path = folder / "driver.php"
    call = f"define('SECRET', {json.dumps(SECRET)});\necho copilot_token(json_decode({json.dumps(json.dumps(USER))}));"
    path.write_text(f"{sample('php')}\n{call.replace('$', chr(92) + '$')}", encoding="utf-8")
    return printed("php", str(path))


RUNS = {"python": by_python, "js": by_node, "php": by_php, "java": by_java}
RUNTIME = {"python": "python3", "js": "node", "php": "php", "java": "javac"}
INSTALLED = [language for language, program in RUNTIME.items() if shutil.which(program)]


@pytest.mark.parametrize("language", INSTALLED)
def test_a_sample_signs_a_token_that_becomes_a_session(rest: Rest, tmp_path: Path, language: str) -> None:
    keys = rest.settings.host_jwt_keys
    keys["2026-a"] = SECRET
    try:
        token = RUNS[language](tmp_path)
        made = ok(rest.http.post("/panel/sessions", json={"identity": token}), 201)
    finally:
        del keys["2026-a"]
    assert (made["email"], made["name"], made["account_id"]) == (USER["email"], USER["name"], USER["account"])
    assert made["platforms"] == USER["stores"]


@pytest.mark.parametrize("language", RUNTIME)
def test_every_sample_says_the_same(language: str) -> None:
    """Whether or not its runtime is here."""
    text = sample(language)
    for said in ("support-copilot", "account_id", "platforms", "HS256", "2026-a", "jti", "240"):
        assert said in text, said


def test_every_attribute_and_method_of_the_panel_is_on_the_page() -> None:
    source = (Path(__file__).resolve().parents[2] / "api/web/static/support-copilot-panel.js").read_text(
        encoding="utf-8"
    )
    observed = re.search(r"observedAttributes = \[(.*?)\]", source)
    assert observed
    for name in (*re.findall(r"'([\w-]+)'", observed[1]), *re.findall(r"#say\('([\w-]+)'", source)):
        assert f"`{name}" in PAGE, name
    for method in ("identify", "setContext", "setLanguage", "open", "close"):
        assert re.search(rf"(?m)^  {method}\(", source), method
        assert f"`{method}(" in PAGE, method
