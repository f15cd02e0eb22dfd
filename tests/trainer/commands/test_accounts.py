"""What is typed about operators' accounts, and what comes of it."""

from click.testing import Result

from tests.trainer.commands.test_platforms import trainer
from tests.trainer.conftest import House

ADD = ("accounts", "add", "--email", "Ines@Support.example", "--name", "Ines")
GOOD = "een fiets in de regen"


def add(house: House, password: str = GOOD) -> Result:
    return trainer(house, *ADD, text=f"{password}\n{password}\n")


def test_the_password_is_asked_twice_and_not_shown(house: House) -> None:
    added = add(house)
    assert added.exit_code == 0, added.output
    assert "https://training.example.be/hub/" in added.output
    assert GOOD not in added.output
    assert "on   ines@support.example  Ines  operator" in trainer(house, "accounts", "list").output


def test_a_password_may_come_by_standard_input(house: House) -> None:
    assert trainer(house, *ADD, "--password-stdin", text=GOOD + "\n").exit_code == 0


def test_an_address_has_one_account(house: House) -> None:
    add(house)
    again = add(house)
    assert again.exit_code == 1
    assert "has an account already" in again.output


def test_an_account_is_kept_out_and_let_in_again(house: House) -> None:
    add(house)
    assert trainer(house, "accounts", "disable", "INES@support.example").exit_code == 0
    assert "off  ines" in trainer(house, "accounts", "list").output
    assert trainer(house, "accounts", "enable", "ines@support.example").exit_code == 0
    assert "on   ines" in trainer(house, "accounts", "list").output
    assert trainer(house, "accounts", "disable", "jan@support.example").exit_code == 1


def test_another_password(house: House) -> None:
    add(house)
    words = ("accounts", "password", "ines@support.example", "--password-stdin")
    assert trainer(house, *words, text="een heel andere zin\n").exit_code == 0
    refused = trainer(house, *words, text="te kort\n")
    assert refused.exit_code == 1
    assert "shorter than 15" in refused.output


def test_what_is_no_address_or_name(house: House) -> None:
    for email, name in (
        ("ines", "Ines"),
        ("@x", "Ines"),
        ("a b@x", "Ines"),
        ("ines@x", ""),
        ("ines@x", "a" * 201),
    ):
        answer = trainer(
            house, "accounts", "add", "--email", email, "--name", name, "--password-stdin", text=GOOD
        )
        assert answer.exit_code == 1, (email, name)
