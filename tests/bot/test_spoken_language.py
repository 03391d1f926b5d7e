"""Which language a customer's text is in."""

import pytest

from bot.spoken_language import Spoken, examples_of, spoken_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("no me deja hacer checkout", "es"),
        ("el reporte de ventas no carga desde ayer", "es"),
        ("necesito ayuda con mi tienda porfa", "es"),
        ("se cayo el panel no puedo entrar", "es"),
        ("los pedidos no bajan al erp", "es"),
        ("my shop is down since this morning", "en"),
        ("how do i change the logo", "en"),
        ("customers cannot pay with their cards", "en"),
        ("the webhook doesnt fire", "en"),
        ("nao consigo entrar no painel", "pt"),
        ("como faço para mudar o idioma", "pt"),
        ("os pedidos nao estao chegando no erp", "pt"),
        ("preciso que voces liberem o acesso", "pt"),
        ("o relatório de vendas não exporta", "pt"),
    ],
)
def test_a_plain_sentence_is_heard_for_sure(text: str, language: str) -> None:
    assert spoken_language(text) == Spoken(language, True, None)


@pytest.mark.parametrize(
    "text", ["ok", "hola", "", "👍", "1234", "checkout", "api key", "LMB-4012", "ana@tienda.example", "no"]
)
def test_few_or_shared_words_are_never_sure(text: str) -> None:
    assert not spoken_language(text).sure


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("je n'arrive pas à me connecter à ma boutique", "fr"),
        ("bonjour, comment annuler une commande ?", "fr"),
        ("le paiement ne fonctionne plus depuis hier", "fr"),
        ("ich kann mich nicht einloggen", "de"),
        ("wie kann ich eine Bestellung stornieren", "de"),
        ("meine Kunden können nicht bezahlen", "de"),
        ("non riesco ad accedere al mio negozio", "it"),
        ("il carrello non funziona da ieri", "it"),
        ("не работает магазин", "unknown"),
        ("店铺打不开", "unknown"),
        ("المتجر لا يعمل", "unknown"),
    ],
)
def test_a_language_that_is_not_ours_is_told_apart(text: str, other: str) -> None:
    assert spoken_language(text) == Spoken(None, False, other)


def test_a_quoted_error_message_does_not_change_the_language() -> None:
    text = 'cuando entro me dice "you do not have permission to view this page, please contact your administrator"'
    assert spoken_language(text).language == "es"


def test_a_deployment_with_fewer_languages_hears_only_those() -> None:
    assert spoken_language("nao consigo entrar no painel", ("es", "en")).language in (None, "es")
    assert spoken_language("how do i change the logo", ("en",)).language == "en"


@pytest.mark.parametrize("language", ["es", "en", "pt"])
def test_its_own_examples_are_hardly_ever_taken_for_another_language(language: str) -> None:
    found = [spoken_language(each) for each in examples_of(language)[::7]]
    assert sum(each.sure and each.language != language for each in found) <= len(found) * 0.005
