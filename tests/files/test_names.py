"""File names, made safe."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.files.kinds import extension_of
from api.files.names import LONGEST, safe_name


@pytest.mark.parametrize(
    ("given_name", "stored"),
    [
        ("error.png", "error.png"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\ana\\captura.png", "captura.png"),
        ("/absolute/path.log", "path.log"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("a\x00b\r\nc.txt", "abc.txt"),
        ("zero\u200bwidth.har", "zerowidth.har"),
        ("Año de ação.pdf", "Año de ação.pdf"),
        ("n\u0303.txt", "ñ.txt"),
        ("con.txt", "con_.txt"),
        ("LPT1.log", "LPT1_.log"),
        ('que"es<esto>?.txt', "que_es_esto__.txt"),
        ("  spaces   inside  .txt ", "spaces inside .txt"),
        ("...", "file"),
        ("", "file"),
        ("..", "file"),
        (".png", "png"),
        ("half\ud83d.txt", "half?.txt".replace("?", "_")),
    ],
)
def test_a_name_is_the_last_part_without_what_cannot_be_seen(given_name: str, stored: str) -> None:
    assert safe_name(given_name) == stored


def test_a_long_name_keeps_its_extension() -> None:
    assert safe_name("x" * 500 + ".HAR") == "x" * (LONGEST - 4) + ".HAR"
    assert extension_of(safe_name("x" * 500 + ".HAR")) == ".har"


@given(st.text(max_size=300))
def test_any_name_becomes_a_safe_one(name: str) -> None:
    safe = safe_name(name)
    assert 1 <= len(safe) <= LONGEST
    assert not set(safe) & set('/\\<>:"|?*')
    assert all(unicodedata.category(each)[0] != "C" for each in safe)
    assert safe not in (".", "..")
    assert safe_name(safe) == safe
