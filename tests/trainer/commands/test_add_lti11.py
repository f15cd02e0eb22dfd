"""An operator connects an LMS that speaks LTI 1.1 only."""

import re

import pytest
from sqlalchemy import select

from tests.trainer.commands.test_platforms import trainer
from tests.trainer.conftest import House
from trainer.core.crypto import Seal
from trainer.institutions.models import LegacyConsumer

ADD = ("platforms", "add-lti11", "--institution", "HOGENT", "--name", "Chamilo van HOGENT")


def test_key_and_secret_are_shown_once_and_the_secret_is_kept_sealed(house: House) -> None:
    added = trainer(house, *ADD, "--ends-on", "2028-09-01")
    assert added.exit_code == 0, added.output
    shown = dict(re.findall(r"^(Launch URL|Consumer key|Secret): +(\S+)$", added.output, re.MULTILINE))
    assert shown["Launch URL"] == "https://training.example.be/lti/1.1/launch"
    with house.database.reading() as connection:
        row = connection.execute(select(LegacyConsumer.consumer_key, LegacyConsumer.secret)).one()
    assert row.consumer_key == shown["Consumer key"]
    assert shown["Secret"] not in row.secret
    assert Seal(house.settings.secret_key).open(row.secret) == shown["Secret"]
    listed = trainer(house, "platforms", "list").output
    assert f"HOGENT · Chamilo van HOGENT · lti-1.1 · {row.consumer_key} · 1 deployments" in listed
    number = next(line.split()[0] for line in listed.splitlines() if "lti-1.1" in line)
    assert trainer(house, "platforms", "disable", number).exit_code == 0
    assert trainer(house, "platforms", "enable", number).exit_code == 0
    assert trainer(house, "platforms", "remove", number).exit_code == 0
    assert "lti-1.1" not in trainer(house, "platforms", "list").output


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ((), "--ends-on"),
        (("--ends-on", "2020-01-01"), "over already"),
        (("--ends-on", "9999-12-31"), "five years"),
        (("--ends-on", "2028-09-01", "--key", " "), "lti_registration"),
        (("--ends-on", "2028-09-01", "--address", "http://chamilo.example.be"), "url_not_allowed"),
        (("--ends-on", "2028-09-01", "--key", "taken"), "in use already"),
        (("--ends-on", "2028-09-01", "--name", " "), "lti_registration"),
        (("--ends-on", "2028-09-01", "--institution", ""), "name is empty"),
        (("--ends-on", "2028-09-01", "--institution", "i" * 201), "longer than 200"),
    ],
)
def test_what_cannot_be_is_refused_in_words(house: House, more: tuple[str, ...], says: str) -> None:
    assert trainer(house, *ADD, "--ends-on", "2028-09-01", "--key", "taken").exit_code == 0
    refused = trainer(house, *ADD, *more)
    assert refused.exit_code != 0
    assert says in refused.output
