"""What is masked, what stays, and that no text makes it slow or wrong."""

from __future__ import annotations

import re
import string
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.privacy import check_digits
from api.privacy.masking import KINDS, mask, personal_data

MASKED = [
    ("Hola, soy ana@tienda.example y no puedo entrar", "Hola, soy [email] y no puedo entrar"),
    ("Escríbeme a ana.gómez+ventas@correo.tienda.example.", "Escríbeme a [email]."),
    ("ana (at) tienda (dot) com, ana arroba tienda punto com", "[email], [email]"),
    ("llámame al 300 123 4567", "llámame al [phone]"),
    ("meu telefone é (11) 91234-5678", "meu telefone é [phone]"),
    ("whatsapp 11987654321, obrigado", "whatsapp [phone], obrigado"),
    ("call me on +1 (555) 123-4567 please", "call me on [phone] please"),
    ("mi número es 612 345 678", "mi número es [phone]"),
    ("tel. 5123-4567", "tel. [phone]"),
    ("tarjeta 4111 1111 1111 1111 cvv 123", "tarjeta [card] cvv [card]"),
    ("card 4111111111111111 was charged twice", "card [card] was charged twice"),
    ("amex 3782-822463-10005", "amex [card]"),
    ("CPF 529.982.247-25", "CPF [tax id]"),
    ("pode faturar no 52998224725?", "pode faturar no [tax id]?"),
    ("CNPJ 11.222.333/0001-81 ou 11222333000181", "CNPJ [tax id] ou [tax id]"),
    ("CNPJ novo 12.ABC.345/01DE-35", "CNPJ novo [tax id]"),
    ("NIT 890.903.938-8", "NIT [tax id]"),
    ("mi RUT: 12.345.678-5", "mi RUT: [tax id]"),
    ("RFC GODE561231GR8", "RFC [tax id]"),
    ("CUIT 20-12345678-6", "CUIT [tax id]"),
    ("mi NIF 12345678Z y el de la empresa B12345674", "mi NIF [tax id] y el de la empresa [tax id]"),
    ("contribuinte 501442600", "contribuinte [tax id]"),
    ("mi DNI es 30.123.456", "mi DNI es [tax id]"),
    ("IBAN ES91 2100 0418 4502 0005 1332 gracias", "IBAN [iban] gracias"),
    ("from de89370400440532013000 today", "from [iban] today"),
    ("my password: hunter2", "my password: [secret]"),
    ("la contraseña es Pepe123!", "la contraseña es [secret]!"),
    ("minha senha é abc-1234", "minha senha é [secret]"),
    ("use Bearer abcdef.ghijkl.mnopqrstu", "use Bearer [secret]"),
    ("key sk_live_abcdefghijklmnop123", "key [secret]"),
    ("integration a3f5c9e8b7d6a1f2c3e4d5b6a7f8e9d0", "integration [secret]"),
    ("https://shop.example/x?token=abcdef123456&page=2", "https://shop.example/x?token=[secret]&page=2"),
    ("blocked: 8.8.4.45 and 2001:4860:4860::8888", "blocked: [ip] and [ip]"),
]

KEPT = [
    "mi pedido 100023456 no llega",
    "o pedido #1234567890123-01 sumiu",
    "order number is 5512345678, ticket 12345",
    "ticket 4000000000000002",
    "SKU 1234567890 and tracking 9400111899223100001",
    "costó $ 300 123 4567, o sea 1.234.567,89",
    "R$ 12.345.678,90 no dia 31/01/2026",
    "the 2026-01-31 12:30:45, version 2.4.6.12, php 8.1.2",
    "timestamp 20260131 and 2026-01-31T12:30:45Z",
    "my password is wrong, la contraseña es incorrecta",
    "router 192.168.0.1, std::vector, 12:30:45",
    "https://help.example/how-to-export-orders-in-2-4-7-and-import-again",
    "request 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "b2b-1-4-0-installation-fails-on-2-4-6-p1-on-premises and Patch-Composer-245p5-244p6develop-again",
    "mysql --password=$MYSQL_PWD, token: <token>, 4294967296 rows, 100.4.0.0",
    "tenemos 612.345.678 visitas y 15000000 productos",
]


@pytest.mark.parametrize(("text", "expected"), MASKED)
def test_personal_data_is_replaced_by_what_it_was(text: str, expected: str) -> None:
    assert mask(text) == expected


@pytest.mark.parametrize("text", KEPT)
def test_what_the_matter_is_about_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    "text",
    ["４１１１ 1111 1111 1111", "4111\u200b1111\u00a01111 1111", "ａｎａ＠tienda.example", "ana\u00ad@tienda.example"],
)
def test_other_forms_of_a_character_hide_nothing(text: str) -> None:
    assert mask(text) in ("[card]", "[email]")


def test_places_are_those_of_the_text_as_it_was_given() -> None:
    text = "so\u200by ａｎａ@tienda.example, gracias"
    (found,) = personal_data(text)
    assert text[found.start : found.end] == "ａｎａ@tienda.example"


@given(st.text(max_size=200))
def test_any_text_is_masked_once_and_for_all(text: str) -> None:
    masked = mask(text)
    assert all(each.kind in KINDS for each in personal_data(text))
    assert mask(masked) == masked


@given(
    st.text(alphabet=string.ascii_lowercase + string.digits + "._+-", min_size=1, max_size=30),
    st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=20),
)
def test_no_address_survives(local: str, host: str) -> None:
    assert mask(f"de {local}@{host}.example hoy") == "de [email] hoy"


@given(st.sampled_from(["4", "51", "2221", "37", "6011"]), st.text(alphabet=string.digits, min_size=14, max_size=14))
def test_a_card_with_a_right_check_digit_never_survives(issuer: str, rest: str) -> None:
    body = (issuer + rest)[: 14 if issuer == "37" else 15]
    card = next(body + str(digit) for digit in range(10) if check_digits.luhn(body + str(digit)))
    assert mask(f"a {card} b") == "a [card] b"


@given(st.integers(min_value=0, max_value=999_999_998).map(lambda number: f"{number:09}"))
def test_a_cpf_is_found_with_and_without_its_dots(body: str) -> None:
    for check in range(100):
        cpf = f"{body}{check:02}"
        if check_digits.cpf(cpf):
            assert mask(f"o {cpf} ok") == "o [tax id] ok"
            assert mask(f"o {cpf[:3]}.{cpf[3:6]}.{cpf[6:9]}-{cpf[9:]} ok") == "o [tax id] ok"


@given(st.from_regex(re.compile(r"(pedido|order|ticket|chamado|orden) #?\d{1,12}"), fullmatch=True))
def test_a_number_that_is_called_an_order_or_a_ticket_stays(text: str) -> None:
    if not any(check(re.sub(r"\D", "", text)) for check in (check_digits.luhn, check_digits.cpf)):
        assert mask(text) == text


@pytest.mark.parametrize(
    "part", ["a", "1 ", "1", "a@", "a.", "+1-", "ES91 ", "(", "12:", "password is ", "1.234-", "#de"]
)
def test_no_text_is_slow_by_more_than_its_length(part: str) -> None:
    # With a quadratic rule these take minutes; how quick they are is the docstring's word.
    mask(part * (20_000 // len(part)))


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        (check_digits.cpf, "52998224725", "52998224724"),
        (check_digits.cnpj, "11222333000181", "11222333000182"),
        (check_digits.cnpj, "12ABC34501DE35", "12ABC34501DE36"),
        (check_digits.cuit, "20123456786", "20123456787"),
        (check_digits.ruc, "20100070970", "20100070971"),
        (check_digits.nit, "8909039388", "8909039389"),
        (check_digits.rut, "123456785", "123456784"),
        (check_digits.rut, "10000013K", "100000130"),
        (check_digits.rfc, "GODE561231GR8", "GODE561331GR8"),
        (check_digits.nif_of_spain, "12345678Z", "12345678A"),
        (check_digits.nif_of_spain, "X1234567L", "X1234567A"),
        (check_digits.nif_of_spain, "B12345674", "B12345675"),
        (check_digits.nif_of_portugal, "501442600", "501442601"),
        (check_digits.iban, "ES9121000418450200051332", "ES9121000418450200051333"),
        (check_digits.luhn, "4111111111111111", "4111111111111112"),
    ],
)
def test_check_digits_tell_right_numbers_from_wrong_ones(check: Callable[[str], bool], right: str, wrong: str) -> None:
    assert check(right)
    assert not check(wrong)
