"""Damage to every file of a real index, at every kind of place, is found every time; and what happens then."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from knowledge_base import IndexDamaged, IndexMissing, KnowledgeBase, KnowledgeBaseError, build_index
from knowledge_base.publishing import (
    MANIFEST,
    open_published,
    previous_of,
    read_manifest,
    read_verified,
    written_aside,
)
from tests.knowledge_base.conftest import WordHashing, write, write_help_center

FLIPS_A_FILE = 60


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two indexes, `index` and `other`, whose files have the same names and other contents."""
    folder = tmp_path_factory.mktemp("built")
    articles = write_help_center(folder / "articles")
    build_index(articles, folder / "index", embedder=WordHashing())
    write(
        articles, "en/close-account.md", "---\ntitle: Close your account\n---\nChoose Close account. It takes a day.\n"
    )
    for locale in ("es", "pt"):
        shutil.copy(articles / "en/close-account.md", articles / locale)
    build_index(articles, folder / "other", embedder=WordHashing())
    return folder


@pytest.fixture
def index(built: Path, tmp_path: Path) -> Path:
    """A copy to damage."""
    return Path(shutil.copytree(built / "index", tmp_path / "index"))


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def some_bits(content: bytes, seed: str) -> list[int]:
    """Bits in the first and last bytes, where headers and footers are, and evenly over all regions between."""
    drawn = random.Random(seed)
    bits = len(content) * 8
    edges = [*range(min(bits, 64)), *range(max(0, bits - 64), bits)]
    step = max(1, bits // FLIPS_A_FILE)
    return sorted({*edges, *(min(bits - 1, start + drawn.randrange(step)) for start in range(0, bits, step))})


def test_a_bit_flipped_anywhere_in_any_file_is_found_every_time(index: Path, encoder: WordHashing) -> None:
    tried = 0
    for path in sorted(index.iterdir()):
        content = path.read_bytes()
        assert content, f"{path.name} is empty: nothing to flip"
        for bit in some_bits(content, path.name):
            path.write_bytes(flipped(content, bit))
            with pytest.raises(IndexDamaged, match=path.name):
                KnowledgeBase.open(index, embedder=encoder)
            tried += 1
        path.write_bytes(content)
    assert tried > 10 * FLIPS_A_FILE
    assert KnowledgeBase.open(index, embedder=encoder).locales == ("en", "es", "pt")


def test_every_bit_of_the_manifest_counts(index: Path) -> None:
    manifest = index / MANIFEST
    content = manifest.read_bytes()
    for byte in range(len(content)):
        manifest.write_bytes(flipped(content, byte * 8 + byte % 8))
        with pytest.raises(IndexDamaged, match=MANIFEST):
            read_manifest(index)
    manifest.write_bytes(content)
    assert read_manifest(index).files


def test_a_file_cut_short_anywhere_or_grown_is_found(index: Path) -> None:
    for path in sorted(index.iterdir()):
        content = path.read_bytes()
        size = len(content)
        for kept in sorted({0, 1, 7, size // 4, size // 2, size - 9, size - 1} & set(range(size))):
            path.write_bytes(content[:kept])
            with pytest.raises(IndexDamaged, match=path.name):
                read_verified(index)
        path.write_bytes(content + b"\n")
        with pytest.raises(IndexDamaged, match=path.name):
            read_verified(index)
        path.write_bytes(content)
    read_verified(index)


def test_a_removed_file_is_named(index: Path) -> None:
    for path in sorted(index.iterdir()):
        content = path.read_bytes()
        path.unlink()
        with pytest.raises(IndexDamaged, match=f"{path.name} is missing"):
            read_verified(index)
        path.write_bytes(content)


def test_a_file_of_another_build_is_refused(index: Path, built: Path) -> None:
    exchanged = 0
    for path in sorted(index.iterdir()):
        content, foreign = path.read_bytes(), (built / "other" / path.name).read_bytes()
        if content == foreign:
            continue
        path.write_bytes(foreign)
        with pytest.raises(IndexDamaged):
            read_verified(index)
        path.write_bytes(content)
        exchanged += 1
    assert exchanged > 5


def test_a_file_that_became_a_folder_is_refused(index: Path) -> None:
    (index / "articles.jsonl").unlink()
    (index / "articles.jsonl").mkdir()
    with pytest.raises(IndexDamaged, match=r"articles\.jsonl cannot be read"):
        read_verified(index)


def test_a_manifest_that_names_a_file_elsewhere_is_refused(index: Path, built: Path) -> None:
    from knowledge_base.publishing import _sealed

    described = json.loads((index / MANIFEST).read_text())
    described["files"]["../other/articles.jsonl"] = "0" * 64
    (index / MANIFEST).write_bytes(_sealed(json.dumps(described, indent=1).encode()))
    with pytest.raises(IndexDamaged, match="outside"):
        read_verified(index)


def test_an_index_of_an_older_format_says_so(index: Path) -> None:
    described = json.loads((index / MANIFEST).read_text())
    del described["digest"]
    described["format_version"] = 1
    (index / MANIFEST).write_text(json.dumps(described))
    with pytest.raises(IndexDamaged, match=r"format 1.*Build it again"):
        read_manifest(index)


def test_the_previous_index_serves_in_place_of_a_damaged_one_and_says_why(
    help_center: Path, tmp_path: Path, encoder: WordHashing
) -> None:
    index = tmp_path / "index"

    def opener(folder: Path) -> KnowledgeBase:
        return KnowledgeBase.open(folder, embedder=encoder)

    with pytest.raises(IndexMissing):
        open_published(index, opener)
    build_index(help_center, index, embedder=encoder)
    write(help_center, "en/new.md", "---\ntitle: Gift cards\n---\nSell gift cards in every shop.\n")
    build_index(help_center, index, embedder=encoder, afresh=True)
    found = open_published(index, opener)
    assert (found.index_dir, found.problem) == (index, None)
    assert found.content.article("new", "en") is not None

    articles = (index / "articles.jsonl").read_bytes()
    (index / "articles.jsonl").write_bytes(flipped(articles, 99))
    found = open_published(index, opener)
    assert found.index_dir == previous_of(index)
    assert found.content.article("new", "en") is None
    assert "articles.jsonl is not what was built" in (found.problem or "")
    assert "Build it again" in (found.problem or "")
    assert "the previous index, of 20" in (found.problem or "")

    (previous_of(index) / MANIFEST).write_bytes(b"{}")
    with pytest.raises(IndexDamaged, match=r"articles\.jsonl"):
        open_published(index, opener)


def test_a_damaged_index_does_not_push_out_the_good_one_before_it(
    help_center: Path, tmp_path: Path, encoder: WordHashing
) -> None:
    index = tmp_path / "index"
    for _ in range(2):
        build_index(help_center, index, embedder=encoder, afresh=True)
    good = read_manifest(previous_of(index))
    (index / "articles.jsonl").write_bytes(b"")
    build_index(help_center, index, embedder=encoder)
    assert read_verified(previous_of(index))[0] == good
    assert read_verified(index)
    assert {path.name for path in tmp_path.iterdir()} == {"index", "index.previous", "articles", "encoder-cache"}


BUILD_WITH_SMALL_FILES = """
import resource, sys
from pathlib import Path
from knowledge_base import KnowledgeBaseError, build_index
from tests.knowledge_base.conftest import WordHashing

articles, index, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    build_index(articles, index, embedder=WordHashing())
except KnowledgeBaseError as error:
    print(f"refused: {error}")
else:
    print("built")
"""


def test_where_a_file_cannot_grow_the_old_index_stays_and_nothing_is_left(
    help_center: Path, tmp_path: Path, encoder: WordHashing
) -> None:
    index = tmp_path / "index"
    build_index(help_center, index, embedder=encoder)
    before = {path.name: path.read_bytes() for path in index.iterdir()}
    sizes = sorted({len(content) for content in before.values()})
    cache = {path.name: path.read_bytes() for path in (tmp_path / "encoder-cache").iterdir()}
    write(help_center, "en/new.md", "---\ntitle: Gift cards\n---\nSell gift cards in every shop.\n")
    outcomes = set()
    # The kernel refuses every write past the limit (EFBIG), in whichever file is the first to pass it.
    for limit in (100, sizes[len(sizes) // 2], sizes[-1] // 2):
        done = subprocess.run(
            [sys.executable, "-c", BUILD_WITH_SMALL_FILES, str(help_center), str(index), str(limit)],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )  # fmt: skip
        outcomes.add(done.stdout.strip())
        assert {path.name: path.read_bytes() for path in index.iterdir()} == before
        assert {path.name for path in tmp_path.iterdir()} == {"index", "articles", "encoder-cache"}
        assert {path.name for path in (tmp_path / "encoder-cache").iterdir()} == set(cache)
    assert outcomes == {
        f"refused: The index {index} was not replaced: File too large. "
        "The previous one, if any, is unharmed. Free some space and build again"
    }
    build_index(help_center, index, embedder=encoder)
    assert KnowledgeBase.open(index, embedder=encoder).article("new", "en") is not None


def test_a_full_device_is_told_of_with_its_cure(tmp_path: Path) -> None:
    index = tmp_path / "index"

    def write_to_a_full_device() -> None:
        with written_aside(index) as folder:
            (folder / "articles.jsonl").symlink_to("/dev/full")
            (folder / "articles.jsonl").write_bytes(b"x" * 10_000)

    with pytest.raises(KnowledgeBaseError, match=r"No space left on device.*unharmed\. Free some space"):
        write_to_a_full_device()
    assert not list(tmp_path.iterdir())


def test_publishing_again_and_again_fails_no_one_who_opens_and_searches(
    index: Path, built: Path, encoder: WordHashing
) -> None:
    ended = Event()

    def read() -> int:
        searches = 0
        while not ended.is_set():
            opened = KnowledgeBase.open(index, embedder=encoder)
            for question, slug in (
                ("forgot my password", "reset-password"),
                ("CNAME at the registrar", "connect-domain"),
            ):
                assert opened.search(question, language="en").hits[0].article_id == slug
                searches += 1
        return searches

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        try:
            for number in range(20):
                with written_aside(index) as folder:
                    shutil.copytree(built / ("index", "other")[number % 2], folder, dirs_exist_ok=True)
        finally:
            ended.set()
        assert all(reader.result() > 0 for reader in readers)
    assert KnowledgeBase.open(index, embedder=encoder).article("close-account", "en") is not None
    assert KnowledgeBase.open(previous_of(index), embedder=encoder).article("close-account", "en") is None


def test_an_index_replaced_while_it_is_read_is_read_whole(index: Path, built: Path) -> None:
    """Only by exchanging the folders, as fast as that goes: every reading is of the one or the other."""
    from knowledge_base.publishing import _swap

    other = Path(shutil.copytree(built / "other", index.with_name("other")))
    digests = {read_manifest(index).digest, read_manifest(other).digest}
    ended = Event()

    def exchange() -> None:
        while not ended.is_set():
            _swap(other, index)

    with ThreadPoolExecutor(1) as pool:
        exchanging = pool.submit(exchange)
        try:
            read = {read_verified(index)[0].digest for _ in range(200)}
        finally:
            ended.set()
        exchanging.result()
    assert read == digests
