"""Which passwords may be chosen (3.2): length in bytes, no names, no words, no rows of keys in three languages."""

from __future__ import annotations

import pytest

from app.kernel.errors import Invalid
from app.people.password_strength import MAX_PASSWORD_BYTES, require_good_password
from app.texts.messages import MESSAGES_BY_CODE

pytestmark = [pytest.mark.clause("3.2"), pytest.mark.undriven]
LOGIN, NAMES = "a.asanova@oshtu.kg", ("Асанова", "Айгүл", "Бакытовна")


def refusal(password: str) -> str:
    try:
        require_good_password(password, LOGIN, NAMES)
    except Invalid as refused:
        (problem,) = refused.fields["new"]
        assert problem.code in MESSAGES_BY_CODE
        return problem.code.rpartition(".")[2]
    return ""


@pytest.mark.parametrize(
    "password",
    [
        "йцукенгшщзхъ",
        "фывапролджэ1",
        "ячсмитьбю123",
        "qwertyuiop12",
        "пароль123456",
        "ПАРОЛЬ123456",
        "gfhjkm123456",
        "сырсөз123456",
        "сырсоз123456",
        "кыргызстан2026",
        "123456789012",
        "111111111111",
        "aaaaaaaaaaaa",
        "password1234",
        "бишкек2026!",
    ],
)
def test_words_and_rows_of_keys_are_refused(password):
    assert refusal(password) == "guessable"


@pytest.mark.parametrize(
    "password",
    ["Асанова-7-чокулар-көл", "xx айгүл zz 81 туман", "a.asanova@oshtu.kg 77 q", "Fcfyjdf-7-xjrekfh-rjk"],
)
def test_names_and_user_name_are_refused_on_either_layout(password):
    assert refusal(password) == "own_name"


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("тоокөл", "guessable"),
        ("тоокө", "too_short"),
        ("Zq7-kV9_pM", "too_short"),
        ("Zq7-kV9_pMx", "too_short"),
        ("Zq7-kV9_pMxw", ""),
        ("Zq7-kV9_pMxw" + "-" * (MAX_PASSWORD_BYTES - 12), ""),
        ("Zq7-kV9_pMxw" + "-" * (MAX_PASSWORD_BYTES - 11), "too_long"),
    ],
)
def test_length_counts_bytes(password, expected):
    assert refusal(password) == expected


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "шыргалаң күкүк беде тарак",
        "туман чокусу 47 көпүрө",
        "zebra-Kettle-9-ploum",
    ],
)
def test_several_unrelated_words_are_taken(password):
    assert refusal(password) == ""


@pytest.mark.parametrize("password", ["\ud800" * 8, "\x00" * 12, "🔑" * 300, "Z" * 1_000_000])
def test_anything_is_answered(password):
    assert refusal(password) in ("", "guessable", "too_long")
