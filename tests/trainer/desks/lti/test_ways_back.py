"""Pages on which a launch ends without a module say why, and show the way back."""

from tests.support.lms import CLAIM
from tests.trainer.conftest import BASE_URL, House


def test_the_words_of_the_lms_are_quoted_and_are_only_text(house: House) -> None:
    words = {
        "error": "invalid_request",
        "error_description": "Unregistered redirect_uri <a href='//evil.example'>here</a>",
    }

    answer = house.browser().post("/lti/launch", data=words, base_url=BASE_URL)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "Je leerplatform stuurde deze woorden mee:" in page
    assert "invalid_request Unregistered redirect_uri &lt;a href=" in page
    assert "<a href='//evil" not in page


def test_other_refusals_quote_nobody(house: House) -> None:
    answer = house.browser().post("/lti/launch", data={"state": "x"}, base_url=BASE_URL)

    assert "<blockquote" not in answer.get_data(as_text=True)


def test_a_link_without_a_module_leads_back_to_the_course(house: House) -> None:
    changes = {
        CLAIM + "target_link_uri": f"{BASE_URL}/lti/launch",
        CLAIM + "launch_presentation": {"return_url": "https://lms.example/course/7"},
    }

    answer = house.lms.open(house.browser(), house.clock(), changes)

    page = answer.get_data(as_text=True)
    assert "Hier staat nog geen module" in page
    assert (
        '<a class="button quiet" href="https://lms.example/course/7" target="_top">Terug naar je cursus</a>'
        in page
    )
