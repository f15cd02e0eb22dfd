"""The page of the connection check as an operator reads it, and the LMS that it is about."""

import html
import re

from sqlalchemy import update

from tests.support.checked_lms import LINE_ITEM, LINE_ITEM_READ, ROSTER, SCORE
from tests.trainer.conftest import House
from tests.trainer.desks.operator.conftest import Staff
from trainer.institutions.models import Registration


def set_family(house: House, family: str) -> None:
    with house.database.writing() as connection:
        connection.execute(
            update(Registration).where(Registration.client_id == "checked").values(family=family)
        )


def read(staff: Staff, page: str) -> dict[str, tuple[str, str]]:
    """Title of a line → (its mark, all that stands in it)."""
    answer = staff.get(page)
    assert answer.status_code == 200
    lines = re.findall(
        r'<li>\s*<span class="state (\w+)">.*?<h3>(.*?)</h3>(.*?)</li>',
        answer.get_data(as_text=True),
        re.DOTALL,
    )
    return {
        title: (mark, re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", rest))).strip())
        for mark, title, rest in lines
    }


def tried(staff: Staff, page: str) -> dict[str, tuple[str, str]]:
    """The same, after a try."""
    answer = staff.post(page, page)
    assert (answer.status_code, answer.headers.get("Location")) == (303, page)
    return read(staff, page)


RIGHTS = {
    SCORE: "Recht om scores te sturen",
    LINE_ITEM: "Recht om puntenkolommen te maken",
    LINE_ITEM_READ: "Recht om puntenkolommen te lezen",
    ROSTER: "Recht om te lezen wie in een cursus zit",
}
KEYS, TOKEN, CLOCK = "Sleutels van het leerplatform", "Token voor de diensten", "Klok van het leerplatform"


def hub_marks(operator: Staff) -> list[str]:
    """The marks that stand in the list of platforms."""
    return re.findall(r'<a class="state (\w+)"', operator.get("/hub/").get_data(as_text=True))
