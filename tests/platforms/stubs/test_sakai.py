"""Sakai: hints that are encoded twice, messages as text, deployments that vary by site."""

import pytest

from tests.platforms.stubs.campus import Campus
from tests.platforms.stubs.sakai import SakaiStub
from trainer.institutions.actions import add_deployment


@pytest.fixture
def sakai(campus: Campus) -> SakaiStub:
    return campus.connects(SakaiStub)


def test_the_hint_comes_back_as_it_went_out(campus: Campus, sakai: SakaiStub) -> None:
    campus.opened_and_completed(sakai)

    assert sakai.grade() == 1.0


def test_the_page_itself_keeps_the_secret_and_takes_messages_as_text(
    campus: Campus, sakai: SakaiStub
) -> None:
    sakai.begin(campus.browser())

    storage = sakai.kept["storage"]
    assert (storage["frame"], storage["as_text"]) == ("_parent", True)
    assert storage["put_subjects"] == ["lti.put_data", "org.imsglobal.lti.put_data"]


def test_a_site_with_a_deployment_of_its_own_waits_for_one_click(campus: Campus, sakai: SakaiStub) -> None:
    """The default is "1"; a site, tool or property may say another (DEPLOYMENT.md)."""
    sakai.deployment_id = "site-lerarenopleiding"
    assert sakai.opens(campus.browser()).status_code == 403
    assert campus.deployments(sakai) == ({"1"}, {"site-lerarenopleiding"})

    with campus.database.writing() as connection:
        add_deployment(connection, sakai.registration_id, "site-lerarenopleiding", campus.clock())

    assert sakai.opens(campus.browser()).status_code == 303
