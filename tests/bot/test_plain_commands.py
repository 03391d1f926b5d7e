"""Commands that a whole text is, in words that mean nothing else."""

import pytest

from bot.catalog import Catalog, load_catalog
from bot.plain_commands import LISTED, PlainCommands
from bot.text import words


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.fixture(scope="module")
def commands(catalog: Catalog) -> PlainCommands:
    return PlainCommands(catalog)


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("never mind", "cancel"),
        ("Ok, never mind then, thanks", "cancel"),
        ("forget it!", "cancel"),
        ("Don't bother", "cancel"),
        ("don\u2019t send it", "cancel"),
        ("olvídalo", "cancel"),
        ("dejalo", "cancel"),
        ("Ay no, mejor olvídalo, gracias", "cancel"),
        ("esquece", "cancel"),
        ("deixa pra lá", "cancel"),
        ("não precisa mais", "cancel"),
        ("start over", "restart"),
        ("nevermind start over", "restart"),
        ("olvídalo, mejor volver atrás", "go_back"),
        ("Sorry, can we start over please?", "restart"),
        ("empezar de nuevo", "restart"),
        ("vamos começar de novo", "restart"),
        ("go back one step", "go_back"),
        ("volver atrás", "go_back"),
        ("pergunta anterior", "go_back"),
        ("quiero hablar con una persona", "talk_to_person"),
        ("falar com um atendente, por favor", "talk_to_person"),
        ("talk to a human", "talk_to_person"),
    ],
)
def test_a_text_that_is_a_command_and_nothing_more_is_one(commands: PlainCommands, text: str, intent: str) -> None:
    assert commands.intent(text) == intent


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "Never mind the gap shows in the title",
        "Customers cannot cancel orders",
        "The form has to start over after an error",
        "No deja volver atrás",
        "cancelar un pedido pagado",
        "Ao voltar um passo some tudo",
        "esquece a senha e não recebe e-mail",
        "gracias",
        "no",
        "ok, please, thanks",
        "please please please please please please never mind",
    ],
)
def test_a_text_that_says_more_is_none(commands: PlainCommands, text: str) -> None:
    assert commands.intent(text) is None


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_every_language_lists_two_dozen_and_no_phrase_for_two_intents(catalog: Catalog, language: str) -> None:
    listed = {intent: catalog.words("commands", intent, language) for intent in LISTED}
    assert len(listed["cancel"]) + len(listed["restart"]) >= 24
    said = [words(line) for lines in listed.values() for line in lines]
    assert len(said) == len(set(said))


def test_no_label_of_an_option_is_a_command(catalog: Catalog, commands: PlainCommands) -> None:
    """A customer who types it chooses it."""
    labels = [
        catalog.label(field.label_kind, value, language)
        for field in catalog.fields
        if field.enabled and field.label_kind
        for value in field.options
        for language in catalog.languages
    ]
    assert labels
    assert [each for each in labels if commands.intent(each)] == []
