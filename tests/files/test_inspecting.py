"""What is taken, what is refused, and what is stored of it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from api.files.inspecting import Finding, inspect
from api.files.kinds import KINDS
from api.files.refusing import Unacceptable
from api.settings import PROJECT_ROOT
from tests.files import samples

KIND_SAMPLES = samples.every_kind()


@dataclass
class Bench:
    """A folder to inspect files in."""

    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def thumbnail(self) -> Path:
        return self.folder / "thumbnail"

    def inspect(self, content: bytes, extension: str) -> Finding:
        source = self.folder / "source"
        source.write_bytes(content)
        return inspect(source, extension, self.out, self.thumbnail)

    def refused(self, content: bytes, extension: str) -> str:
        with pytest.raises(Unacceptable) as error:
            self.inspect(content, extension)
        return error.value.code

    def stored(self, content: bytes, extension: str) -> bytes:
        return self.out.read_bytes() if self.inspect(content, extension).rewritten else content


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_there_is_a_sample_of_every_kind() -> None:
    assert set(KIND_SAMPLES) == set(KINDS)


@pytest.mark.parametrize("extension", KINDS)
def test_every_kind_is_taken_as_what_it_is(bench: Bench, extension: str) -> None:
    found = bench.inspect(KIND_SAMPLES[extension], extension)
    assert found.media_type == KINDS[extension].media_type
    assert found.thumbnail == found.media_type.startswith("image/")


@pytest.mark.parametrize("extension", KINDS)
@pytest.mark.parametrize("other", KINDS)
def test_no_kind_is_taken_under_the_name_of_another(bench: Bench, extension: str, other: str) -> None:
    mine, theirs = KINDS[extension], KINDS[other]
    # What may share a content: two names of one kind, any text, and the two names of one family of recordings.
    if mine.media_type == theirs.media_type or (not mine.mark and not theirs.mark):
        return
    if {extension, other} == {".mp4", ".mov"}:
        assert bench.inspect(KIND_SAMPLES[extension], other).media_type == mine.media_type
        return
    assert bench.refused(KIND_SAMPLES[extension], other) == "attachment_mismatch"


@pytest.mark.parametrize(
    "extension", [".png", ".jpg", ".webp", ".gif", ".pdf", ".mp4", ".mov", ".webm", ".docx", ".xlsx", ".har"]
)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.85])
def test_a_file_that_was_cut_is_refused(bench: Bench, extension: str, share: float) -> None:
    whole = KIND_SAMPLES[extension]
    assert bench.refused(whole[: int(len(whole) * share)], extension) in ("attachment_broken", "attachment_mismatch")


@pytest.mark.parametrize("extension", [".exe", ".html", ".svg", ".zip", ".docm", ".js", "", ".png.exe"])
def test_other_kinds_are_refused_by_name(bench: Bench, extension: str) -> None:
    assert bench.refused(b"anything", extension) == "attachment_type"


def test_an_empty_file_is_refused(bench: Bench) -> None:
    assert bench.refused(b"", ".txt") == "attachment_empty"


def test_a_picture_keeps_what_it_shows_and_loses_what_it_tells(bench: Bench) -> None:
    found = bench.inspect(samples.photo(), ".jpg")
    assert (found.width, found.height) == (200, 400), "turned as its camera was held"
    content = bench.out.read_bytes()
    assert b"Camera" not in content
    assert b"taken at home" not in content
    with Image.open(bench.out) as image:
        assert not image.getexif()
    with Image.open(bench.thumbnail) as small:
        assert small.format == "WEBP"
        assert small.size == (160, 320)


def test_a_png_stays_the_same_picture_without_its_texts(bench: Bench) -> None:
    told = PngInfo()
    told.add_text("Author", "Ana")
    stored = bench.stored(samples.picture("PNG", pnginfo=told, icc_profile=b"profile of Ana"), ".png")
    assert b"Ana" not in stored
    with Image.open(io.BytesIO(stored)) as after, Image.open(io.BytesIO(samples.picture())) as before:
        assert after.tobytes() == before.tobytes()


def test_what_hides_behind_a_picture_is_not_stored(bench: Bench) -> None:
    for extension in (".png", ".jpg", ".gif", ".webp"):
        assert b"<script" not in bench.stored(KIND_SAMPLES[extension] + b"<script>alert(1)</script>", extension)


def test_an_animation_stays_one_without_its_comment(bench: Bench) -> None:
    stored = bench.stored(samples.animation(4), ".gif")
    assert b"by Ana" not in stored
    with Image.open(io.BytesIO(stored)) as image:
        assert getattr(image, "n_frames", 1) == 4


def test_a_picture_of_144_million_pixels_is_refused_before_it_is_decoded(bench: Bench) -> None:
    content = samples.huge_png()
    assert len(content) < 30_000
    assert bench.refused(content, ".png") == "attachment_pixels"


def test_an_animation_of_too_many_pixels_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.files.images.MOST_FRAME_PIXELS", 1000)
    assert bench.refused(samples.animation(3), ".gif") == "attachment_pixels"


def test_a_document_that_unpacks_to_too_much_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.files.documents.MOST_UNPACKED", 1_000_000)
    bomb = samples.office(".docx", **{"word/media/a.bin": bytes(3_000_000)})
    assert len(bomb) < 10_000
    assert bench.refused(bomb, ".docx") == "attachment_broken"


def test_documents_with_macros_or_strange_parts_are_refused(bench: Bench) -> None:
    assert bench.refused(samples.office(".xlsx", **{"xl/vbaProject.bin": b"x"}), ".xlsx") == "attachment_macros"
    assert bench.refused(samples.office(".docx", **{"../../evil.txt": b"x"}), ".docx") == "attachment_broken"
    assert bench.refused(samples.office(".docx"), ".xlsx") == "attachment_mismatch"
    assert bench.refused(samples.office(".docx") + b"%PDF-1.7 behind it", ".docx") == "attachment_mismatch"


def test_a_pdf_with_something_behind_it_is_refused(bench: Bench) -> None:
    assert bench.refused(samples.pdf() + samples.office() * 20, ".pdf") == "attachment_broken"


def test_recordings_of_other_kinds_are_refused(bench: Bench) -> None:
    heic = samples.box(b"ftyp", b"heic\x00\x00\x00\x00") + samples.box(b"mdat", bytes(50))
    assert bench.refused(heic, ".mp4") == "attachment_mismatch"
    assert bench.refused(samples.webm(b"matroska"), ".webm") == "attachment_mismatch"
    assert bench.inspect(samples.webm(whole=False), ".webm").media_type == "video/webm"


def test_text_of_other_encodings_becomes_utf_8(bench: Bench) -> None:
    for encoding in ("utf-16", "cp1252"):
        assert bench.stored("Año de ação\r\n".encode(encoding), ".log").decode() == "Año de ação\r\n"
    assert bench.refused(b"a\x00b", ".txt") == "attachment_mismatch"
    assert bench.refused(bytes(range(256)), ".log") == "attachment_mismatch"
    assert bench.refused(samples.pdf(), ".txt") == "attachment_mismatch"


@pytest.mark.parametrize("depth", [2_000, 100_000])
def test_a_har_nested_without_end_is_refused(bench: Bench, depth: int) -> None:
    nested = b'{"log":' + b"[" * depth + b"]" * depth + b"}"
    assert bench.refused(nested, ".har") == "attachment_broken"


def test_what_json_does_not_have_is_refused(bench: Bench) -> None:
    for content in (b'{"a": NaN}', b"{'a': 1}", b'{"a": 1', b"\xff{}"):
        assert bench.refused(content, ".json") == "attachment_mismatch"
    half = b'{"text": "\\ud83d", "password": "Perro2026"}'
    assert json.loads(bench.stored(half, ".json")) == {"text": "\ud83d", "password": "REMOVED_PASSWORDS"}


def test_json_of_one_document_a_line_is_a_log(bench: Bench) -> None:
    stored = bench.stored(b'{"a": 1}\n{"password": "Perro2026"}\n', ".json")
    assert [json.loads(line) for line in stored.splitlines()] == [{"a": 1}, {"password": "REMOVED_PASSWORDS"}]


def test_the_columns_of_a_table_are_the_customers_own(bench: Bench) -> None:
    assert not bench.inspect(b"user;password\nana;Perro2026!\n", ".csv").rewritten


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(extension=st.sampled_from(sorted(KINDS)), data=st.data())
def test_a_flipped_bit_is_refused_or_does_no_harm(bench: Bench, extension: str, data: st.DataObject) -> None:
    content = bytearray(KIND_SAMPLES[extension])
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= 1 << data.draw(st.integers(0, 7))
    _survives(bench, bytes(content), extension)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(extension=st.sampled_from(sorted(KINDS)), content=st.binary(min_size=1, max_size=400))
def test_any_bytes_behind_a_kinds_mark_are_refused_or_do_no_harm(bench: Bench, extension: str, content: bytes) -> None:
    kind = KINDS[extension]
    _survives(bench, bytes(kind.offset) + kind.mark + content, extension)


def _survives(bench: Bench, content: bytes, extension: str) -> None:
    try:
        found = bench.inspect(content, extension)
    except Unacceptable:
        return
    if extension == ".har" and found.rewritten:
        json.loads(bench.out.read_text(encoding="utf-8"))


def test_the_child_gives_itself_limits_and_says_what_it_found(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"password=Perro2026!\n")
    out, thumbnail = str(tmp_path / "out"), str(tmp_path / "thumbnail")
    command = [sys.executable, "-m", "api.files.child", str(source), ".log", out, thumbnail]
    ended = subprocess.run(
        command, cwd=PROJECT_ROOT, env={"PYTHONPATH": str(PROJECT_ROOT)}, capture_output=True, check=True
    )
    assert json.loads(ended.stdout)["finding"]["removed"] == {"passwords": 1}
    script = (
        "import resource as r; from api.files import child; child.limit();"
        "print(r.getrlimit(r.RLIMIT_AS)[0], r.getrlimit(r.RLIMIT_CPU)[0]); bytearray(2_000_000_000)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT_ROOT, env={"PYTHONPATH": str(PROJECT_ROOT)}, capture_output=True
    )
    assert ended.stdout.split() == [b"1000000000", b"30"]
    assert b"MemoryError" in ended.stderr
