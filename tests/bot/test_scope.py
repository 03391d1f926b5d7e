"""What a text says of how much is down, for whom and when."""

import pytest

from bot.families import Families
from bot.scope import MOST_WORDS, OTHER, Scope, is_of_another, takes_in_the_whole, tells_of_a_failure

SMALL = Scope(
    {
        "part": "page report* pagina",
        "load": "opens open abre",
        "not": "no not doesnt nao",
        "whole": "store platform loja",
        "nothing": "the a da",
        "beside": "nao loja",
    }
)


def test_a_word_plays_the_part_of_the_list_that_holds_it() -> None:
    assert SMALL.of("page") == "part"
    assert SMALL.of("reporting") == "part"
    assert SMALL.of("the") == "nothing"
    assert SMALL.of("zebra") == OTHER
    assert SMALL.of("42") == "nothing"


def test_a_misspelt_word_of_the_whole_is_known_and_a_misspelt_one_of_a_part_is_not() -> None:
    assert SMALL.of("plaftorm") == "whole"
    assert SMALL.of("pgae") == OTHER


def test_two_languages_that_say_the_same_show_the_same() -> None:
    english, portuguese = "the report doesn't open", "a página não abre"
    assert SMALL.clauses(english) == SMALL.clauses(portuguese) == [["part", "not", "load"]]
    shown = set(SMALL.features(english))
    assert shown == set(SMALL.features(portuguese))
    assert {"r:part not load", "r:| part", "s:load part", "t:load not part"} <= shown


def test_each_clause_stands_by_itself_and_repetitions_count_once() -> None:
    assert SMALL.clauses("store store open. The page, no") == [["whole", "load"], ["part"], ["not"]]


def test_a_not_that_means_in_the_is_none_beside_portuguese_words() -> None:
    assert SMALL.clauses("no abre") == [["not", "load"]]
    assert SMALL.clauses("loja no abre") == [["whole", "load"]]


def test_a_letter_held_down_counts_once() -> None:
    assert SMALL.clauses("noooo abreeee") == [["not", "load"]]


def test_a_text_of_other_matters_shows_nothing() -> None:
    assert list(SMALL.features("zebra stripes")) == []
    assert list(Scope({}).features("the store")) == []


def test_a_pasted_log_is_cut() -> None:
    assert sum(map(len, SMALL.clauses("page open " * MOST_WORDS))) == MOST_WORDS


def test_every_word_of_the_lexicon_plays_one_part_only() -> None:
    listed = [word for part, words in Scope.read().members.items() if part != "beside" for word in words.split()]
    assert len(listed) > 1000
    assert len(listed) == len(set(listed))
    assert all(isinstance(part, str) for part in Scope.read().members), "yes, no, on and off are no names in YAML"
    assert Families.read().members


@pytest.mark.parametrize(
    "text",
    [
        "se cayó todo",
        "nobody gets in",
        "ninguém consegue abrir a loja",
        "a loja saiu do ar",
        "error 503",
        "the webiste is ofline",
    ],
)
def test_what_fails_is_heard(text: str) -> None:
    assert tells_of_a_failure(text)


@pytest.mark.parametrize(
    "text", ["we open another store in May", "nos interesa ser socios", "mesma letra em todas as páginas"]
)
def test_where_nothing_fails_there_is_none(text: str) -> None:
    assert not tells_of_a_failure(text)


@pytest.mark.parametrize(
    "text", ["kualico lleva dos horas caído", "Jadlog tá fora do ar", "the bank is down", "movilex gives error 503"]
)
def test_somebody_elses_failure_is_theirs(text: str) -> None:
    assert is_of_another(text)


@pytest.mark.parametrize(
    "text",
    [
        "the site is down",
        "o checkout caiu e agora a loja inteira tá fora",
        "pagos caídos, pedidos caídos, nadie puede entrar",
        "caímos",
        "something is down, nothing opens",
    ],
)
def test_what_names_the_whole_or_everybody_is_ours(text: str) -> None:
    assert not is_of_another(text)


@pytest.mark.parametrize(
    "text",
    [
        "the cart is down and so is the whole site",
        "nadie puede abrir la tienda",
        "o checkout caiu e agora a loja inteira tá fora",
    ],
)
def test_one_part_beside_the_whole_takes_in_the_whole(text: str) -> None:
    assert takes_in_the_whole(text)


@pytest.mark.parametrize(
    "text",
    [
        "the cart is down",
        "the whole site was down yesterday",
        "toda la tienda está lenta",
        "on my phone the whole store is down",
        "rename the whole shop",
    ],
)
def test_what_spares_somebody_does_not(text: str) -> None:
    assert not takes_in_the_whole(text)
