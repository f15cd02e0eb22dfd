"""No page of the hub is a dead end: an error leads back, and the other language keeps its reader where they are."""

import html
import re

import pytest

from tests.trainer.conftest import House
from tests.trainer.desks.operator.conftest import Staff


def place_to_stay(page: str) -> str:
    """Where the switch of languages leads."""
    found = re.search(r'name="next" value="([^"]*)"', page)
    assert found, page
    return html.unescape(found[1])


@pytest.mark.parametrize("path", ["/hub/nowhere", "/hub/platforms/999", "/hub/guides/nowhere"])
def test_a_page_that_is_not_there_leads_back_to_the_hub(operator: Staff, path: str) -> None:
    page = operator.get(path).get_data(as_text=True)
    assert 'class="button" href="/hub/"' in page
    assert "cursus" not in page
    # what changes a learner's language would find nobody here
    assert 'action="/language"' not in page


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/hub/invitations", {"institution": "", "lms": "moodle"}),
        ("/hub/guides/chamilo/connect", {"institution": ""}),
        ("/hub/guides/cosnics/connect", {"institution": "HOGENT", "last_day": "gisteren"}),
        ("/hub/platforms/1/last-day", {"last_day": "gisteren"}),
    ],
)
def test_the_other_language_of_a_form_that_was_wrong(
    house: House, operator: Staff, path: str, form: dict[str, str]
) -> None:
    answer = operator.post(path, **form)
    assert answer.status_code == 422
    stays = place_to_stay(answer.get_data(as_text=True))
    assert operator.get(stays).status_code == 200


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/hub/invitations", {"institution": "Hogeschool X", "lms": "moodle"}),
        ("/hub/guides/cosnics/connect", {"institution": "HOGENT", "last_day": ""}),
    ],
)
def test_what_is_shown_once_is_not_lost_by_another_language(
    house: House, operator: Staff, path: str, form: dict[str, str]
) -> None:
    if "last_day" in form:
        form = {**form, "last_day": house.clock().date().isoformat()}
    answer = operator.post(path, **form)
    assert answer.status_code == 200
    assert 'class="languages"' not in answer.get_data(as_text=True)
    assert 'class="languages"' in operator.get("/hub/").get_data(as_text=True)
