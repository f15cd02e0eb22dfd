"""One service and one practice LMS for all stories; each story begins with nobody in it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copyfile

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.held_session import opens  # noqa: F401
from tests.browser.keepers import keepers  # noqa: F401
from tests.browser.no_cookies import open_without_cookies  # noqa: F401
from tests.browser.school import School
from tests.browser.student import Student


@pytest.fixture(scope="session")
def running_school(migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    """The processes, which outlive a story."""
    folder = tmp_path_factory.mktemp("school")
    copyfile(migrated_sqlite_file, folder / "trainer.db")
    school = School(f"sqlite:///{folder / 'trainer.db'}", folder)
    yield school
    school.stop()


@pytest.fixture
def school(running_school: School) -> School:
    """The school, with nobody having done anything yet."""
    running_school.begin_anew()
    return running_school


@pytest.fixture
def student_opens_browser(
    school: School, open_context: Callable[..., BrowserContext]
) -> Callable[..., Student]:
    """A person with a browser of their own: `student_opens_browser("jef", viewport={…}, locale="en")`.

    ``at`` is another school than the usual one.
    """

    def open_one(person: str = "amina", *, at: School | None = None, **options: object) -> Student:
        options.setdefault("viewport", {"width": 1280, "height": 2000})
        return Student(at or school, open_context(**options), person)

    return open_one


@pytest.fixture
def student(student_opens_browser: Callable[..., Student]) -> Student:
    """Amina, who reads Dutch, in a window high enough for a whole course page."""
    return student_opens_browser()
