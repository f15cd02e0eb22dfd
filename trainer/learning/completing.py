"""Writing the completion: once, with its evidence, in the transaction of what caused it."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from modules.completion import decide, percent_done
from trainer.catalogue.queries import PublishedEdition, edition
from trainer.core.insert import insert_or_ignore
from trainer.learning.models import Completion, Enrolment
from trainer.learning.progress import Traces, gather
from trainer.learning.states import CompletionState, EnrolmentState

_COMPLETION = select(
    Completion.completed_at, Completion.via, Completion.edition_id, Completion.evidence
).where(Completion.enrolment_id == bindparam("enrolment_id"))
_COMPLETED = (
    update(Enrolment)
    .where(Enrolment.id == bindparam("enrolment"), Enrolment.completed_at.is_(None))
    .values(completed_at=bindparam("at"), edition_id=bindparam("edition"), progress=100)
)
_PROGRESS = (
    update(Enrolment).where(Enrolment.id == bindparam("enrolment")).values(progress=bindparam("percent"))
)


def evaluate_completion(
    connection: Connection, enrolment: EnrolmentState, now: datetime
) -> CompletionState | None:
    """The completion, written now when the rule is met for the first time; none while something is missing.

    The caller holds the enrolment's lock (``lock_enrolment``).  Keeps the progress for overviews too.  What was
    completed is never weighed again: no later event takes it back.
    """
    if enrolment.completed_at is not None:
        row = connection.execute(_COMPLETION, {"enrolment_id": enrolment.id}).one()
        return CompletionState(row.completed_at, row.via, row.edition_id, row.evidence)
    published = edition(connection, enrolment.edition_id)
    traces = gather(connection, enrolment.id)
    progress = traces.progress(published.module)
    verdict = decide(published.module, progress)
    if not verdict.complete:
        percent = percent_done(published.module, progress)
        if percent != enrolment.progress:
            connection.execute(_PROGRESS, {"enrolment": enrolment.id, "percent": percent})
        return None
    evidence = {**verdict.evidence, **_details(published, enrolment, traces)}
    films = verdict.evidence["films"]
    vias = {film["via"] for film in films.values()} if isinstance(films, dict) else set()
    completion = CompletionState(
        now, "transcript" if "transcript" in vias else "film", published.id, evidence
    )
    connection.execute(
        insert_or_ignore(connection, Completion).values(
            enrolment_id=enrolment.id,
            edition_id=completion.edition_id,
            completed_at=now,
            via=completion.via,
            evidence=evidence,
        )
    )
    connection.execute(_COMPLETED, {"enrolment": enrolment.id, "at": now, "edition": published.id})
    return completion


def _details(published: PublishedEdition, enrolment: EnrolmentState, traces: Traces) -> dict[str, object]:
    """What the verdict's own evidence cannot know: which edition, which seconds, when."""
    module = published.module
    films = {step.film.media.sha256 for step in module.webcasts}
    return {
        "edition": published.number,
        "period": enrolment.period,
        #: film → watched seconds as half-open ranges: what the bits said
        "watched": {
            sha256: [list(span) for span in watched.spans]
            for sha256, (watched, _) in traces.films.items()
            if sha256 in films
        },
        "transcripts_read": {
            sha256: {one.language: one.finished_at.isoformat() for one in read if one.finished_at is not None}
            for sha256, read in traces.transcripts.items()
            if sha256 in films and any(one.finished_at is not None for one in read)
        },
        "handed_in": {
            key: reflection.handed_in_at.isoformat()
            for key, reflection in traces.reflections.items()
            if reflection.handed_in_at is not None
        },
    }
