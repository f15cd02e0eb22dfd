"""The vertaalslag: drafts are saved as they are typed, and handed in when every field says enough.

A save carries the revision it was typed on.  A tab that was opened earlier and saves later does not write over what is
newer: it is told so and gets the newer text, to show beside its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

import modules.model as content
from modules.reflection import ShortField, short_fields
from trainer.catalogue.queries import edition
from trainer.learning.completing import evaluate_completion
from trainer.learning.enrolments import lock_enrolment
from trainer.learning.errors import BadAnswer, NoSuchStep
from trainer.learning.models import Reflection
from trainer.learning.progress import reflection_state
from trainer.learning.states import CompletionState, EnrolmentState, ReflectionState


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a draft."""

    #: a newer text stands already and was kept: ``state.draft``; nothing was written
    is_conflict: bool
    #: as it stands now; send ``state.revision`` along with the next save
    state: ReflectionState


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What became of handing in: it was, or there is a conflict, or fields are too short (the draft is kept then)."""

    is_conflict: bool
    too_short: tuple[ShortField, ...]
    state: ReflectionState
    #: the module's completion, by this or before
    completion: CompletionState | None

    @property
    def is_handed_in(self) -> bool:
        return not self.is_conflict and not self.too_short


_FIND = select(
    Reflection.draft, Reflection.revision, Reflection.saved_at, Reflection.handed_in, Reflection.handed_in_at
).where(Reflection.enrolment_id == bindparam("enrolment_id"), Reflection.step_key == bindparam("step_key"))
_KEEP = (
    update(Reflection)
    .where(
        Reflection.enrolment_id == bindparam("the_enrolment"), Reflection.step_key == bindparam("the_step")
    )
    .values(
        draft=bindparam("text"),
        revision=bindparam("count"),
        saved_at=bindparam("moment"),
        handed_in=bindparam("final"),
        handed_in_at=bindparam("final_at"),
    )
)


def save_draft(
    connection: Connection,
    public_id: str,
    buddy_id: int,
    step_key: str,
    *,
    texts: Mapping[str, str],
    revision: int | None,
    unheard: Mapping[str, str] | None = None,
    now: datetime,
) -> Saved:
    """Keep a draft: field key → text; a field that is absent becomes empty.

    ``revision`` is that of the text that was typed on (0: none yet; None: whatever stands there is written over).
    Saving the same text again is no conflict, so a save whose answer was lost can be repeated.  ``unheard`` is what the
    same page sent before without hearing an answer (it may have been leaving): if that stands there, it is no conflict
    either.

    Raises:
        NoSuchEnrolment, NoSuchStep: unknown, or the step is no vertaalslag.
        BadAnswer: a text for a field that the form does not have.
    """
    enrolment = lock_enrolment(connection, public_id, buddy_id, now)
    step = _reflection(connection, enrolment, step_key)
    draft = _draft(step, texts)
    present = _present(connection, enrolment, step_key)
    if present is not None and present.draft == draft:
        return Saved(False, present)
    if present is not None and _is_anothers(step, present, revision, unheard):
        return Saved(True, present)
    return Saved(False, _keep(connection, enrolment, step_key, present, draft=draft, now=now, hands_in=False))


def hand_in(
    connection: Connection,
    public_id: str,
    buddy_id: int,
    step_key: str,
    *,
    texts: Mapping[str, str],
    revision: int | None,
    unheard: Mapping[str, str] | None = None,
    now: datetime,
) -> HandedIn:
    """Hand in the vertaalslag, with these texts.  It may be changed and handed in again; a completion stays.

    When a field has too few words the texts are kept as a draft and what was handed in before, if anything, stands.
    ``revision`` and ``unheard`` as in ``save_draft``.

    Raises:
        NoSuchEnrolment, NoSuchStep: unknown, or the step is no vertaalslag.
        BadAnswer: a text for a field that the form does not have.
    """
    enrolment = lock_enrolment(connection, public_id, buddy_id, now)
    step = _reflection(connection, enrolment, step_key)
    draft = _draft(step, texts)
    present = _present(connection, enrolment, step_key)
    if present is not None and present.draft != draft and _is_anothers(step, present, revision, unheard):
        return HandedIn(True, (), present, None)
    if present is not None and present.handed_in == draft:
        return HandedIn(False, (), present, evaluate_completion(connection, enrolment, now))
    too_short = short_fields(step, draft)
    state = _keep(connection, enrolment, step_key, present, draft=draft, now=now, hands_in=not too_short)
    completion = None if too_short else evaluate_completion(connection, enrolment, now)
    return HandedIn(False, too_short, state, completion)


def _reflection(connection: Connection, enrolment: EnrolmentState, step_key: str) -> content.Reflection:
    try:
        step = edition(connection, enrolment.edition_id).module.step(step_key)
    except KeyError:
        raise NoSuchStep(step_key) from None
    if not isinstance(step, content.Reflection):
        raise NoSuchStep(step_key)
    return step


def _draft(step: content.Reflection, texts: Mapping[str, str]) -> dict[str, str]:
    keys = [field.key for field in step.fields]
    if not texts.keys() <= set(keys):
        raise BadAnswer("unknown_field")
    return {key: _clean(texts.get(key, "")) for key in keys}


def _clean(text: str) -> str:
    """As a text can be stored and compared: forms end lines with CRLF and scripts do not; half a character is none."""
    text = text.replace("\r\n", "\n").replace("\0", "")
    return text.encode("utf-8", "replace").decode()


def _present(connection: Connection, enrolment: EnrolmentState, step_key: str) -> ReflectionState | None:
    key = {"enrolment_id": enrolment.id, "step_key": step_key}
    row = connection.execute(_FIND, key).mappings().one_or_none()
    return None if row is None else reflection_state(row)


def _is_anothers(
    step: content.Reflection,
    present: ReflectionState,
    revision: int | None,
    unheard: Mapping[str, str] | None,
) -> bool:
    """Whether the present text is neither the one that was typed on nor one that the same page sent."""
    if revision is None or revision == present.revision:
        return False
    return unheard is None or present.draft != _draft(step, unheard)


def _keep(
    connection: Connection,
    enrolment: EnrolmentState,
    step_key: str,
    present: ReflectionState | None,
    *,
    draft: dict[str, str],
    now: datetime,
    hands_in: bool,
) -> ReflectionState:
    before = present or ReflectionState({}, 0, None, None, None)
    state = ReflectionState(
        draft=draft,
        revision=before.revision + 1,
        saved_at=now,
        handed_in=draft if hands_in else before.handed_in,
        handed_in_at=now if hands_in else before.handed_in_at,
    )
    if present is None:
        connection.execute(
            insert(Reflection),
            {
                "enrolment_id": enrolment.id,
                "step_key": step_key,
                "draft": draft,
                "revision": state.revision,
                "saved_at": now,
                "handed_in": state.handed_in,
                "handed_in_at": state.handed_in_at,
            },
        )
    else:
        connection.execute(
            _KEEP,
            {
                "the_enrolment": enrolment.id,
                "the_step": step_key,
                "text": draft,
                "count": state.revision,
                "moment": now,
                "final": state.handed_in,
                "final_at": state.handed_in_at,
            },
        )
    return state
