"""Blackboard: one registration in its maker's portal, and each institution a deployment that the operator adopts."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.support.registering import BlackboardLms
from tests.trainer.conftest import BASE_URL, House
from tests.trainer.desks.lti.registering import presses_connect
from tests.trainer.desks.lti.test_platform_storage_launch import confirm, in_page
from tests.trainer.desks.operator.conftest import Staff
from tests.trainer.desks.operator.test_hub import text_of
from tests.trainer.desks.operator.test_inviting import address_in, invites
from trainer.institutions.models import Deployment, Registration


@pytest.fixture
def portal(house: House) -> Iterator[BlackboardLms]:
    """The portal, and the institutions' Blackboards behind its one issuer."""
    lms = BlackboardLms(BASE_URL, house.clock)
    yield lms
    lms.close()


@pytest.fixture
def number(house: House, operator: Staff, portal: BlackboardLms) -> int:
    """Of the platform: registered in the portal by an invitation, activated, and in the Blackboards of two institutions."""
    address = address_in(invites(operator, "Anthology", "blackboard"))
    presses_connect(house.browser(), portal.pastes(house.browser(), address))
    with house.database.reading() as connection:
        found = connection.execute(select(Registration.id).filter_by(issuer=portal.issuer)).scalar_one()
    operator.post(f"/hub/platforms/{found}/activate")
    for institution in ("PXL", "UHasselt"):
        portal.installs(institution, portal.client_id)
    return found


def logs_in(portal: BlackboardLms, browser: FlaskClient) -> tuple[dict[str, Any], dict[str, str]]:
    """What the login's page holds, and what it asks of Blackboard."""
    form = {
        "iss": portal.issuer,
        "login_hint": "hint",
        "target_link_uri": f"{BASE_URL}/lti/launch/groeten",
        "client_id": portal.client_id,
    }
    page = in_page(browser.post("/lti/login", data=form, base_url=BASE_URL), "login")
    asked = parse_qs(urlsplit(page["next"]).query)
    return page, {name: values[0] for name, values in asked.items()}


def opens(portal: BlackboardLms, browser: FlaskClient, institution: str) -> TestResponse:
    asked = logs_in(portal, browser)[1]
    return portal.post(browser, asked["state"], portal.launch_of(institution, asked["nonce"]))


def adopts(operator: Staff, number: int, deployment: str) -> None:
    operator.post(f"/hub/platforms/{number}/adopt", deployment=deployment)


def test_what_the_portal_registers_says_no_deployment(
    house: House, number: int, portal: BlackboardLms
) -> None:
    (tool,) = portal.tools.values()
    assert f"{BASE_URL}/lti/launch" in tool["redirect_uris"]
    with house.database.reading() as connection:
        statement = select(Deployment.deployment_id).filter_by(registration_id=number)
        assert connection.execute(statement).all() == []


def test_each_institution_waits_in_the_inbox_and_is_adopted_by_itself(
    house: House, operator: Staff, number: int, portal: BlackboardLms
) -> None:
    assert opens(portal, house.browser(), "PXL").status_code == 403
    assert opens(portal, house.browser(), "UHasselt").status_code == 403
    assert "2 deployments wachten" in text_of(operator, "/hub/")
    adopts(operator, number, portal.deployments["PXL"])
    assert opens(portal, house.browser(), "PXL").status_code == 303
    assert opens(portal, house.browser(), "UHasselt").status_code == 403
    assert "één deployment wacht" in text_of(operator, "/hub/")


def test_its_frame_is_used_though_the_login_does_not_name_it(
    house: House, operator: Staff, number: int, portal: BlackboardLms
) -> None:
    """With every cookie refused: the secret lies in the frame that Blackboard has and does not speak of."""
    opens(portal, house.browser(), "PXL")
    adopts(operator, number, portal.deployments["PXL"])
    login, asked = logs_in(portal, house.browser())
    assert login["storage"]["frame"] == portal.storage_frame
    assert "lti_storage_target" not in asked
    token = portal.launch_of("PXL", asked["nonce"])
    page = in_page(portal.post(house.browser(), asked["state"], token), "launch")
    assert page["storage"]["frame"] == portal.storage_frame
    answer = confirm(house, page, login["secret"])
    assert answer.status_code == 200
    assert answer.get_json()["location"].startswith("/m/")


def test_who_is_who_in_one_institution_says_nothing_about_another(
    house: House, operator: Staff, number: int, portal: BlackboardLms
) -> None:
    homes = []
    for institution in ("PXL", "UHasselt"):
        opens(portal, house.browser(), institution)
        adopts(operator, number, portal.deployments[institution])
        browser = house.browser()
        homes.append((browser, opens(portal, browser, institution).headers["Location"]))
    (pxl, first), (_, second) = homes
    assert first != second
    assert pxl.get(second, base_url=BASE_URL).status_code == 404
