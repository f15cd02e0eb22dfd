"""Drafts are saved as typed; an older tab does not write over newer text; handing in asks enough words."""

from typing import Any

import pytest

from tests.trainer.learning.conftest import ENOUGH, TEXTS, BuddyAtWork, Classroom
from trainer.learning import actions, errors, queries


def save(noor: BuddyAtWork, revision: int | None, **texts: str) -> actions.Saved:
    saved: actions.Saved = noor.do(actions.save_draft, "vertaalslag", texts=texts, revision=revision)
    return saved


def test_a_draft_is_there_again(room: Classroom, noor: BuddyAtWork) -> None:
    saved = save(noor, 0, worked="Een begin")
    assert (saved.is_conflict, saved.state.revision) == (False, 1)
    with room.database.reading() as connection:
        page = queries.reflection_page(connection, noor.enrolment, noor.buddy_id, "vertaalslag")
    assert page.state.draft["worked"] == "Een begin"
    assert page.state.saved_at == room.now
    assert [(short.key, short.words) for short in page.too_short][:2] == [("worked", 2), ("different", 0)]


def test_an_older_tab_does_not_write_over_newer_text(noor: BuddyAtWork) -> None:
    save(noor, 0, worked="in het ene tabblad")
    other = save(noor, 0, worked="in het andere")
    assert other.is_conflict
    assert (other.state.revision, other.state.draft["worked"]) == (1, "in het ene tabblad")
    assert not save(noor, other.state.revision, worked="in het andere").is_conflict


def test_a_save_whose_answer_was_lost_can_be_repeated(noor: BuddyAtWork) -> None:
    save(noor, 0, worked="hetzelfde")
    again = save(noor, 0, worked="hetzelfde")
    assert (again.is_conflict, again.state.revision) == (False, 1)


def test_a_form_without_script_always_writes(noor: BuddyAtWork) -> None:
    save(noor, 0, worked="eerst")
    assert save(noor, None, worked="daarna\r\nen verder").state.draft["worked"] == "daarna\nen verder"


def test_handing_in_asks_words_in_each_field_and_keeps_the_draft(noor: BuddyAtWork) -> None:
    handed = noor.hand_in({**TEXTS, "action": "Te kort."})
    assert not handed.is_handed_in
    assert [(short.key, short.words, short.needed) for short in handed.too_short] == [("action", 2, 10)]
    assert handed.state.draft["worked"] == ENOUGH
    assert noor.page().steps[3].status == "todo"


def test_what_was_handed_in_may_be_changed(room: Classroom, noor: BuddyAtWork) -> None:
    first = noor.hand_in()
    assert first.is_handed_in
    room.later(minutes=5)
    changed = {**TEXTS, "notice": ENOUGH + " Ook na een week."}
    second = noor.hand_in(changed, revision=first.state.revision)
    assert second.state.handed_in == changed
    assert second.state.handed_in_at == room.now


def test_a_change_that_is_too_short_leaves_what_was_handed_in(noor: BuddyAtWork) -> None:
    noor.hand_in()
    too_short = noor.hand_in(dict.fromkeys(TEXTS, "kort"))
    assert not too_short.is_handed_in
    assert too_short.state.handed_in == TEXTS
    assert too_short.state.has_changes
    assert noor.page().steps[3].status == "done"


def test_handing_in_from_an_older_tab_is_a_conflict(noor: BuddyAtWork) -> None:
    save(noor, 0, worked="nieuw")
    handed = noor.hand_in(TEXTS, revision=0)
    assert handed.is_conflict
    assert handed.state.draft["worked"] == "nieuw"


@pytest.mark.parametrize("text", ["nul \x00 byte", "half \ud83d teken", "emoji 👋 en \u2028"])
def test_any_text_can_be_kept(noor: BuddyAtWork, text: str) -> None:
    save(noor, 0, worked=text)
    reflection = noor.page().steps[3].reflection
    assert reflection is not None
    assert reflection.draft["worked"].split()[0] == text.split(maxsplit=1)[0]


def test_a_field_that_is_not_in_the_form_is_refused(noor: BuddyAtWork) -> None:
    texts: dict[str, Any] = {"worked": ENOUGH, "extra": "meer"}
    with pytest.raises(errors.BadAnswer):
        noor.do(actions.save_draft, "vertaalslag", texts=texts, revision=0)
    with pytest.raises(errors.NoSuchStep):
        noor.do(actions.save_draft, "film", texts={}, revision=0)
