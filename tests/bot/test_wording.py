"""The words of every language: complete, alike in keys and placeholders, and translated."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

import bot
from bot import plain_commands, speech
from bot.catalog import Catalog, CatalogError
from bot.catalog_labels import required_labels
from bot.wording import SECTIONS, Wording, placeholders

DATA = Path(bot.__file__).parent.parent / "data"
CATALOG = Catalog.load(DATA)
LANGUAGES = CATALOG.languages
# The language in which a sentence is written first; the others are held against it.
FIRST = CATALOG.default_language
OTHERS = [each for each in LANGUAGES if each != FIRST]


def missing_labels(catalog: Catalog, language: str) -> list[str]:
    wording = catalog.wording(language)
    return [key for key in required_labels(catalog) if key not in wording]


def same_labels(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """label key -> the languages that share one text, for every label that is not different in all of them."""
    found = {}
    for key, leaf in catalog.wording(FIRST).leaves("labels"):
        texts = {each: catalog.wording(each).text(key, **_filled(str(leaf))) for each in catalog.languages}
        counted = Counter(texts.values())
        shared = tuple(each for each, text in texts.items() if counted[text] > 1)
        if shared:
            found[key.removeprefix("labels.")] = shared
    return found


def _filled(template: str) -> dict[str, str]:
    return {name: name for name in placeholders(template)}


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A copy of the data that a test may spoil."""
    shutil.copy(DATA / "catalog.yml", tmp_path)
    shutil.copytree(DATA / "wording", tmp_path / "wording")
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    content = path.read_text(encoding="utf-8")
    assert old in content, f"{path.name} no longer holds {old!r}; correct the test"
    path.write_text(content.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_label_that_the_catalog_needs_is_written(language: str) -> None:
    assert missing_labels(CATALOG, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("key", "lines"),
    [
        ("labels.statuses.solved", "    solved: "),
        ("labels.subcategories.bulk_actions", "    bulk_actions: "),
        ("labels.details.affiliate_id", "    affiliate_id: "),
        ("labels.days.sunday", "    sunday: "),
    ],
)
def test_a_missing_label_is_named_with_its_file_and_language(
    data_dir: Path, language: str, key: str, lines: str
) -> None:
    path = data_dir / "wording" / f"{language}.yml"
    replace(path, lines, f"    taken_away_{key.rpartition('.')[2]}: ")
    with pytest.raises(CatalogError) as refused:
        Catalog.load(data_dir)
    assert refused.value.file == f"wording/{language}.yml"
    assert refused.value.key == key
    assert f"the label is missing in '{language}'" in str(refused.value)


def test_a_topic_that_no_word_reveals_is_named(data_dir: Path) -> None:
    replace(data_dir / "wording" / "pt.yml", "    payments: [", "    paid: [")
    with pytest.raises(CatalogError, match=r"wording/pt\.yml: words\.topics\.payments: no word reveals"):
        Catalog.load(data_dir)


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("section", SECTIONS)
def test_every_language_has_the_same_keys(language: str, section: str) -> None:
    here = {key for key, _ in CATALOG.wording(language).leaves(section)}
    there = {key for key, _ in CATALOG.wording(FIRST).leaves(section)}
    assert here == there, f"{language}.yml lacks {sorted(there - here)} and has besides {sorted(here - there)}"


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_placeholders(language: str) -> None:
    here = dict(CATALOG.wording(language).leaves())
    different = [
        f"{key}: {sorted(placeholders(text))} in {FIRST}, {sorted(placeholders(other))} in {language}"
        for key, text in CATALOG.wording(FIRST).leaves()
        if isinstance(text, str)
        and isinstance(other := here.get(key), str)
        and placeholders(text) != placeholders(other)
    ]
    assert different == []


@pytest.mark.parametrize("language", OTHERS)
def test_what_is_a_list_in_one_language_is_a_list_in_all(language: str) -> None:
    here = dict(CATALOG.wording(language).leaves())
    different = [
        key for key, leaf in CATALOG.wording(FIRST).leaves() if key in here and type(here[key]) is not type(leaf)
    ]
    assert different == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_label_stands_for_an_id_that_the_catalog_does_not_have(language: str) -> None:
    known = set(required_labels(CATALOG))
    kinds = {key.split(".")[1] for key in known} - {"choices", "help", "cards"}
    left_over = [
        key for key, _ in CATALOG.wording(language).leaves("labels") if key.split(".")[1] in kinds and key not in known
    ]
    assert left_over == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_stand_only_for_ids_of_the_catalog(language: str) -> None:
    known = {key.removeprefix("labels.") for key in required_labels(CATALOG)} | {"talk.vague"}
    # Words for what is asked once a ticket is open, and at the end: no things of the catalog.
    known |= {f"follow_up.{each}" for each in ("list", "open", "comment", "reopen", "status", "own")}
    known |= {"rating.good", "rating.bad"}
    known |= {f"commands.{each}" for each in plain_commands.LISTED}
    known |= {f"speech.{each}" for each in speech.LISTED}
    spoken = [key.removeprefix("words.").removeprefix("told.") for key, _ in CATALOG.wording(language).leaves("words")]
    # A choice of one step (choices.solved.yes) is no id of the catalog.
    left_over = [key for key in spoken if key not in known and not re.fullmatch(r"choices\.[a-z_]+\.[a-z_]+", key)]
    assert left_over == []


def test_a_label_that_is_the_same_in_two_languages_has_been_reviewed() -> None:
    assert same_labels(CATALOG) == dict(CATALOG.same_labels), "correct same_labels in data/catalog.yml, or translate"


def test_an_unreviewed_label_that_is_the_same_in_two_languages_is_found(data_dir: Path) -> None:
    replace(data_dir / "wording" / "pt.yml", "    reports: Relatórios", "    reports: Reportes")
    found = same_labels(Catalog.load(data_dir))
    assert found["subcategories.reports"] == ("es", "pt")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_vendor_s_name_is_written_in_no_wording(language: str) -> None:
    texts = CATALOG.wording(language).leaves()
    assert [key for key, leaf in texts if CATALOG.vendor.casefold() in str(leaf).casefold()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_of_one_kind_can_be_told_apart(language: str) -> None:
    """Two options with one label could not be chosen between."""
    for kind in (
        "categories",
        "subcategories",
        "scenarios",
        "subjects",
        "purposes",
        "statuses",
        "priorities",
        "fields",
    ):
        labels = [leaf for _, leaf in CATALOG.wording(language).leaves(f"labels.{kind}")]
        assert [each for each, count in Counter(labels).items() if count > 1] == []


# Asking for a text


def wording_of(tmp_path: Path, content: str) -> Wording:
    path = tmp_path / "es.yml"
    path.write_text(content, encoding="utf-8")
    return Wording.read(path, "es", "Acme")


def test_a_text_comes_with_the_vendor_and_its_values(tmp_path: Path) -> None:
    wording = wording_of(tmp_path, 'messages: {ask: {name: "{vendor} pregunta a {person}: {{sic}}"}}')
    assert wording.text("messages.ask.name", person="{vendor}") == "Acme pregunta a {vendor}: {sic}"


def test_a_key_that_is_not_there_is_named_with_its_file(tmp_path: Path) -> None:
    wording = wording_of(tmp_path, "messages: {ask: {name: Hola}}")
    with pytest.raises(KeyError, match=r"wording/es\.yml: messages\.ask\.age is missing"):
        wording.text("messages.ask.age")
    with pytest.raises(KeyError, match=r"wording/es\.yml: messages\.ask is a group of keys"):
        wording.text("messages.ask")
    assert "messages.ask.name" in wording
    assert "messages.ask" not in wording


def test_a_value_that_is_not_given_is_named(tmp_path: Path) -> None:
    wording = wording_of(tmp_path, 'messages: {number: "Ticket {number}"}')
    with pytest.raises(KeyError, match=r"messages\.number needs a value for \{number\}"):
        wording.text("messages.number")


def test_yes_and_no_stay_words_and_not_truths(tmp_path: Path) -> None:
    wording = wording_of(tmp_path, "labels: {choices: {yes: Sí, no: No, on: 'on'}}")
    assert [wording.text(f"labels.choices.{each}") for each in ("yes", "no", "on")] == ["Sí", "No", "on"]


def test_a_section_is_given_whole_with_its_placeholders_left_to_fill(tmp_path: Path) -> None:
    wording = wording_of(tmp_path, 'web: {panel: {title: "{vendor}: {count}"}, words: [a, b]}')
    assert wording.section("web") == {"panel.title": "Acme: {count}"}
    assert wording.words("web.words") == ("a", "b")
    assert wording.words("web.nothing") == ()


@pytest.mark.parametrize(
    ("content", "key", "problem"),
    [
        ('messages: {a: "{0}"}', "messages.a", "braces are not right"),
        ('messages: {a: "{x.__class__}"}', "messages.a", "braces are not right"),
        ('messages: {a: "{x!r}"}', "messages.a", "braces are not right"),
        ('messages: {a: "{x"}', "messages.a", "braces are not right"),
        ("messages: {a: 5}", "messages.a", "it holds 5, not text"),
        ("messages: {a: }", "messages.a", "it holds nothing, not text"),
        ("messages: {a: ' '}", "messages.a", "the text is empty"),
        ("messages: {a: [b, 5]}", "messages.a", "not text"),
        ("messages: {a.b: c}", "messages.a.b", "a key holds no dot"),
        ("messages: hello", "messages", "not a mapping"),
        ("massages: {a: b}", "massages", "no such section"),
    ],
)
def test_a_text_that_could_not_be_shown_is_refused_at_once(
    tmp_path: Path, content: str, key: str, problem: str
) -> None:
    with pytest.raises(CatalogError) as refused:
        wording_of(tmp_path, content)
    assert refused.value.key == key
    assert problem in str(refused.value)
    assert refused.value.file == "wording/es.yml"


def test_an_unknown_language_is_refused_with_the_known_ones() -> None:
    with pytest.raises(CatalogError, match="Use one of: es, en, pt"):
        CATALOG.wording("fr")


def test_a_choice_is_named_by_its_full_name_or_by_its_value() -> None:
    assert CATALOG.label("choices", "platform.skip", "en") == CATALOG.label("choices", "skip", "en") == "Skip"
    with pytest.raises(KeyError, match=r"wording/en\.yml: labels\.choices\.sing"):
        CATALOG.label("choices", "solved.sing", "en")


def test_a_label_may_have_a_sentence_that_explains_it() -> None:
    assert CATALOG.help("impact", "high", "pt")
    assert CATALOG.help("priorities", "high", "pt") is None


# What docs/words.md says under "One word for one thing": the words that would be a second one.
SECOND_WORDS = {
    "es": r"e-?mails?|ficheros?|base de conocimiento|loguear\w*|estatus",
    "en": r"emails?|help centre|knowledge base|log ?in|login",
    "pt": r"tickets?|emails?|ficheiros?|centro de ajuda|base de conhecimento|login|palavra-passe",
}
# Not for people: a query of the reference's search is written in the api's own words.
OF_THE_API = {"web.reference.search_hint"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_thing_has_one_word_on_every_face(language: str) -> None:
    wording = CATALOG.wording(language)
    found = {}
    for section in SECTIONS:
        if section == "words":
            continue
        for key, text in wording.leaves(section):
            # Placeholders, commands and addresses are names.
            said = re.sub(r"\{[^}]*\}|copilot tickets[^.]*|\S+@\S+|/\S+", "", str(text))
            second = re.search(rf"(?<![\w-])(?:{SECOND_WORDS[language]})(?![\w-])", said, re.IGNORECASE)
            if second and key not in OF_THE_API:
                found[key] = second.group()
    assert found == {}
