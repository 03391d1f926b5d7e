"""The catalog's things that a text names."""

import pytest

from bot.catalog import load_catalog
from bot.named_things import NamedThings


@pytest.fixture(scope="module")
def things() -> NamedThings:
    return NamedThings(load_catalog())


@pytest.mark.parametrize(
    ("text", "intent", "found"),
    [
        ("cambia la categoría a solicitudes", "change_field", {"field": "category", "category": "request"}),
        ("cambia la categoria a solisitudes", "change_field", {"field": "category", "category": "request"}),
        ("mude a categoria para problema técnico", "change_field", {"field": "category", "category": "incident"}),
        ("the title is wrong", "change_field", {"field": "title"}),
        ("el título está mal", "change_field", {"field": "title"}),
        ("change the email", "change_field", {"field": "email"}),
        ("o impacto é alto", "change_field", {"field": "impact", "impact": "high"}),
        ("can we do this in english?", "choose_language", {"language": "en"}),
        ("em espanhol por favor", "choose_language", {"language": "es"}),
        ("hablemos en portugues", "choose_language", {"language": "pt"}),
        ("inglés o español", "choose_language", {"language": "es"}),
        ("¿cómo va mi ticket 1024?", "check_ticket_status", {"ticket_id": "1024"}),
        ("meu chamado nº 77", "check_ticket_status", {"ticket_id": "77"}),
        ("status of #1001", "check_ticket_status", {"ticket_id": "1001"}),
        ("no puedo ver 5 reportes", "describe_problem", {}),
        ("hola", "greet", {}),
    ],
)
def test_what_matters_to_the_intent_is_found(
    things: NamedThings, text: str, intent: str, found: dict[str, str]
) -> None:
    assert {each.entity: each.value for each in things.find(text, intent)} == found


def test_two_of_a_kind_said_with_equal_weight_are_none(things: NamedThings) -> None:
    assert things.find("spanish or english", "choose_language") == []
