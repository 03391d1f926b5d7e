"""Categories and subcategories named in free words where they are asked for, in the three languages."""

import pytest

from bot.catalog import Catalog, load_catalog
from bot.speech import speech_of
from bot.spoken_choices import spoken_choices
from bot.typed_answers import resolve
from bot.voice import Voice, option

# language, category within which it is asked (None: the category itself), what is meant, what is said.
NAMED = (
    ("es", None, "request", "quiero pedir algo"),
    ("es", None, "outage", "se cayó la plataforma"),
    ("es", None, "outage", "la tienda no abre para nadie"),
    ("es", None, "linkedin", "quiero una demo"),
    ("es", "request", "training", "quiero que me enseñen a usarlo"),
    ("es", "request", "cancellations", "ya no quiero seguir con el servicio"),
    ("es", "request", "new_services", "otro servicio"),
    ("es", "request", "domains", "quiero otra url"),
    ("es", "incident", "roles", "lo de los permisos"),
    ("es", "incident", "security", "me robaron la clave"),
    ("es", "incident", "other", "no es ninguno de esos"),
    ("es", "question", "integrations", "vincular otra plataforma"),
    ("en", None, "outage", "the whole thing is down"),
    ("en", None, "question", "just want to know something"),
    ("en", "request", "version_upgrades", "a newer version of the platform"),
    ("en", "request", "complaint", "I'm really unhappy with the service"),
    ("en", "request", "new_services", "add another service"),
    ("en", "request", "other", "a different matter"),
    ("en", "incident", "authentication", "that people can't get in"),
    ("en", "incident", "roles", "access levels"),
    ("en", "incident", "integrations", "link with another system"),
    ("en", "incident", "reports", "numbers don't add up"),
    ("en", "question", "roles", "what each person can do"),
    ("pt", None, "outage", "caiu a plataforma"),
    ("pt", None, "question", "como usa"),
    ("pt", "request", "cancellations", "sair da plataforma"),
    ("pt", "request", "domains", "o endereço do site"),
    ("pt", "request", "other", "não tá na lista"),
    ("pt", "incident", "roles", "as permissões do pessoal"),
    ("pt", "incident", "error_message", "um aviso vermelho"),
    ("pt", "incident", "records", "quem fez a mudança"),
    ("pt", "question", "bulk_actions", "subir vários produtos juntos"),
)


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog()


@pytest.mark.parametrize(("language", "category", "value", "text"), NAMED)
def test_what_a_customer_calls_it_finds_it(
    catalog: Catalog, language: str, category: str | None, value: str, text: str
) -> None:
    voice = Voice(catalog, language)
    asks, kind = ("subcategory", "subcategories") if category else ("category", "categories")
    ids = catalog.selectable_subcategories(category) if category else [each.id for each in catalog.categories]
    choices = [option(voice, asks, each, voice.label(kind, each)) for each in ids]
    found = resolve(text, asks, choices, speech_of(catalog), spoken_choices(choices, catalog))
    assert (found.name if found else None) == f"{asks}.{value}"
