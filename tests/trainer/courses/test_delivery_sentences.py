"""Where a score is, in words: for the student a sentence, for staff what to do, in both languages."""

from datetime import UTC, datetime

import pytest

from lti.outcomes import REFUSALS, RETRY_REASONS
from trainer.core.i18n import catalogue, in_locale
from trainer.courses.delivery_queries import ScoreOnItsWay, advice_for_staff, sentence_for_student
from trainer.courses.reasons import OUTAGES, REASONS, code_of_refusal, code_of_retry

NOW = datetime(2026, 11, 3, 13, 10, tzinfo=UTC)


def score(state: str, reason: str | None = None, moment: datetime | None = None) -> ScoreOnItsWay:
    return ScoreOnItsWay(state, reason, None, moment, "Warme band", "Stage 1", "Canvas")


@pytest.mark.parametrize(
    ("where", "dutch", "english"),
    [
        (score("to_come"), "Vertrekt zodra de module af is.", "Leaves as soon as the module is done."),
        (score("waiting"), "Onderweg naar het leerplatform.", "On its way to the LMS."),
        (score("delivered", None, NOW.replace(minute=5)), "Verzonden om 14:05.", "Sent at 14:05."),
        (
            score("parked", "no_column"),
            "Deze cursus heeft geen puntenkolom.",
            "This course has no grade column.",
        ),
        (
            score("waiting", "server_error", NOW.replace(minute=40)),
            "Het leerplatform antwoordt even niet; we blijven het proberen. Volgende poging rond 14:40.",
            "The LMS does not answer right now; we keep trying. Next try around 14:40.",
        ),
    ],
)
def test_a_student_reads_where_it_is(where: ScoreOnItsWay, dutch: str, english: str) -> None:
    with in_locale("nl-BE"):
        assert sentence_for_student(where, NOW) == dutch
    with in_locale("en"):
        assert sentence_for_student(where, NOW) == english


@pytest.mark.parametrize("code", sorted(REASONS))
def test_every_reason_is_said_in_dutch(code: str) -> None:
    with in_locale("en"):
        english = [str(REASONS[code].student), advice_for_staff(code)]
    with in_locale("nl-BE"):
        dutch = [str(REASONS[code].student), advice_for_staff(code)]
    for message, text in zip(english, dutch, strict=True):
        assert text
        assert text != message, "not translated"
    assert catalogue("nl-BE")


def test_every_outcome_of_a_service_has_its_reason() -> None:
    for reason in RETRY_REASONS:
        code = code_of_retry(reason)
        assert code in REASONS
        assert code == "unreachable" if reason == "refused" else code == reason
    for reason in REFUSALS:
        code = code_of_refusal(reason)
        assert code in REASONS
        assert code == "no_scope" if reason == "scope_missing" else code == reason
    assert set(REASONS) >= OUTAGES
