"""A platform that others wrote from the standards alone agrees: launch, deep linking, and 409 to an old timestamp."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest

from tests.platforms.conftest import EXAMPLE, eventually
from tests.platforms.second_opinion import SecondOpinion
from tests.platforms.visitor import Visitor
from tests.support.service import RunningService


@dataclass
class Pair:
    """The service with the module `groeten`, and the platform that is connected to it."""

    service: RunningService
    platform: SecondOpinion


@pytest.fixture(scope="module")
def pair(migrated_sqlite_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    folder = tmp_path_factory.mktemp("second-opinion")
    platform = SecondOpinion(folder / "platform")
    file = folder / "trainer.db"
    shutil.copyfile(migrated_sqlite_file, file)
    service = RunningService(f"sqlite:///{file}", folder / "service")
    service.command("modules", "publish", EXAMPLE)
    platform.wait()
    told = folder / "platform.json"
    told.write_text(json.dumps(platform.connect(service.base_url)), "utf-8")
    service.command("platforms", "add", "--json", told)
    yield Pair(service, platform)
    service.stop()
    platform.stop()


def test_a_student_completes_a_module_and_the_platform_has_the_score(pair: Pair) -> None:
    anna = Visitor()
    page = anna.open(pair.platform.opening("anna"))
    assert (page.status, "Groeten bij naam" in page.text) == (200, True)

    anna.complete(page.url)

    eventually(lambda: "anna" in pair.platform.state()["scores"])
    score = pair.platform.state()["scores"]["anna"]
    assert (score["scoreGiven"], score["scoreMaximum"]) == (1, 1)
    assert (score["activityProgress"], score["gradingProgress"]) == ("Completed", "FullyGraded")


def test_a_score_that_is_not_later_gets_409_and_one_new_moment(pair: Pair) -> None:
    bram = Visitor()
    home = bram.open(pair.platform.opening("bram")).url
    before = len(pair.platform.state()["statuses"])
    pair.platform.finds_one_of_the_same_moment("bram")

    bram.complete(home)

    eventually(lambda: "bram" in pair.platform.state()["scores"])
    assert pair.platform.state()["statuses"][before:] == [409, 200]


def test_a_teacher_places_a_module_and_the_platform_reads_the_answer(pair: Pair) -> None:
    teacher = Visitor()
    catalogue = teacher.open(pair.platform.opening("docent", "Instructor", "deep_linking"))
    assert catalogue.status == 200
    token = re.search(r'<meta name="csrf-token" content="([^"]+)">', catalogue.text)
    assert token

    chosen = {"csrf_token": token[1], "module": "groeten", "column": "groeten"}
    answer = teacher.post(catalogue.url, chosen, pair.service.base_url)
    action = re.search(r'id="hand-over" action="([^"]*)"', answer.text)
    signed = re.search(r'name="JWT" value="([^"]*)"', answer.text)
    assert action and signed
    taken = teacher.post(unescape(action[1]), {"JWT": signed[1]}, pair.service.base_url)

    assert (taken.status, taken.json) == (200, {"placed": 1})
    [item] = pair.platform.state()["placed"]
    assert (item["type"], item["url"]) == ("ltiResourceLink", f"{pair.service.base_url}/lti/launch/groeten")
