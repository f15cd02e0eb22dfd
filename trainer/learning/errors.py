"""What cannot be found or done in learning; a desk turns these into a page or a status.

Every one has a ``code``: the desk's coded error, with its line in docs/errors.md.
"""


class LearningError(Exception):
    """The deed is refused; nothing was changed."""

    code = "learning_refused"


class NotSignedIn(LearningError):
    """The session of a report is unknown or over (401)."""

    code = "not_signed_in"


class NotFound(LearningError):
    """What is asked for does not exist, or is somebody else's: the two look the same (404)."""

    code = "not_found"


class NoSuchEnrolment(NotFound):
    """This buddy has no such enrolment."""

    code = "no_such_enrolment"


class NoSuchStep(NotFound):
    """The module has no step of this kind with this key."""

    code = "no_such_step"


class NoSuchFilm(NotFound):
    """The film is not in the module."""

    code = "no_such_film"


class NoSuchTranscript(NotFound):
    """The film has no captions in this language."""

    code = "no_such_transcript"


class TranscriptGone(NotFound):
    """The captions belong to the film, but their file is gone from the store: an operator has to put it back."""

    code = "transcript_gone"


class NoSuchQuestion(NotFound):
    """The step has no question with this key."""

    code = "no_such_question"


class NoSuchAttempt(NotFound):
    """The check was not started that often."""

    code = "no_such_attempt"


class BadAnswer(LearningError):
    """The answer is none that the question or the form offers (400); ``detail`` is the code of modules.marking."""

    code = "bad_answer"

    def __init__(self, detail: str) -> None:
        self.detail = detail
        super().__init__(detail)


class BadReport(LearningError):
    """The report of what was played or read makes no sense (400); the player keeps what it holds."""

    code = "bad_report"
