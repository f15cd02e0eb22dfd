"""Which passwords are taken."""

import pytest

from trainer.people.passwords import PasswordRefused, check_rules, hash_password, is_password

ABOUT = ("ines.peeters@support.example", "Ines Peeters")


@pytest.mark.parametrize(
    "password",
    [
        "een fiets in de regen",
        "aaaaaaaaaaabcde",
        "nog nooit gehoord",
        "é" * 3 + " ünïcödé zin",
        "x1 y2 z3 " * 14,
    ],
)
def test_long_enough_is_good_enough(password: str) -> None:
    check_rules(password, about=ABOUT)


@pytest.mark.parametrize(
    "password",
    [
        "veertien teken",
        "x" * 129,
        "",
        "aaaaaaaaaaaaaaaa",
        "123123123123123",
        "wachtwoordwachtwoord",
        "Correct Horse Battery Staple",
        "leerbuddy leerbuddy",
        "Buddy Trainer 2026!",
        "qwertyuiopasdfghjkl",
        "ines.peeters@support.example",
        "Ines Peeters 123",
        "een zin met een\x00 erin",
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(PasswordRefused):
        check_rules(password, about=ABOUT)


def test_a_password_is_kept_by_argon2id() -> None:
    kept = hash_password("een fiets in de regen")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert is_password(kept, "een fiets in de regen")
    assert not is_password(kept, "Een fiets in de regen")
    assert not is_password(kept, "een fiets in de regen" + "x" * 200)
    assert not is_password(None, "een fiets in de regen")
    assert not is_password(None, "the password of nobody at all")
    assert not is_password("what no hash is", "een fiets in de regen")
