"""Who someone is in a course: LTI Core 1.3, 5.3.7 and appendix A.2.

Only *context* roles count. What someone is at the institution or in the system gives no right in a course,
and what is not in the vocabulary gives none either: whoever is not known as more has the rights of a learner.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

_MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership"

ADMINISTRATOR: Final = f"{_MEMBERSHIP}#Administrator"
CONTENT_DEVELOPER: Final = f"{_MEMBERSHIP}#ContentDeveloper"
INSTRUCTOR: Final = f"{_MEMBERSHIP}#Instructor"
LEARNER: Final = f"{_MEMBERSHIP}#Learner"
MENTOR: Final = f"{_MEMBERSHIP}#Mentor"
TEACHING_ASSISTANT: Final = f"{_MEMBERSHIP}/Instructor#TeachingAssistant"

#: The simple names that platforms may use for context roles (LTI Core 1.3, A.2.2), and LTI 1.1's
#: TeachingAssistant.
_SIMPLE_NAMES = {
    **{
        name: f"{_MEMBERSHIP}#{name}"
        for name in (
            "Administrator",
            "ContentDeveloper",
            "Instructor",
            "Learner",
            "Mentor",
            "Manager",
            "Member",
            "Officer",
        )
    },
    "TeachingAssistant": TEACHING_ASSISTANT,
    # Written as a principal role although the vocabulary has it as a sub-role of Instructor only
    f"{_MEMBERSHIP}#TeachingAssistant": TEACHING_ASSISTANT,
}
#: The assistants of groups and sections are assistants.
_ASSISTANTS = {
    f"{TEACHING_ASSISTANT}{part}"
    for part in ("", "Group", "Offering", "Section", "SectionAssociation", "Template")
}
_LECTURER = frozenset({INSTRUCTOR, ADMINISTRATOR, *_ASSISTANTS})
_MAY_PLACE = _LECTURER | {CONTENT_DEVELOPER}
#: Mind `membership/Learner#Instructor`: a student who teaches, so a learner.
_LEARNER = frozenset(
    {
        LEARNER,
        *(
            f"{_MEMBERSHIP}/Learner#{name}"
            for name in ("ExternalLearner", "GuestLearner", "Instructor", "Learner", "NonCreditLearner")
        ),
    }
)
_NOT_GRADED = _MAY_PLACE | {MENTOR}


def normalize_roles(roles: Iterable[str]) -> tuple[str, ...]:
    """The roles with simple names written as URIs, each once, in order. What is not known stays as it is."""
    return tuple(dict.fromkeys(_SIMPLE_NAMES.get(role, role) for role in roles))


def is_lecturer(roles: Collection[str]) -> bool:
    """True for a teacher, teaching assistant or administrator *of the course*. Takes normalized roles."""
    return not _LECTURER.isdisjoint(roles)


def may_place(roles: Collection[str]) -> bool:
    """True for lecturers and content developers: who may place modules. Takes normalized roles."""
    return not _MAY_PLACE.isdisjoint(roles)


def is_learner(roles: Collection[str]) -> bool:
    """True when the platform says, in so many words, that this is a student of the course.

    Takes normalized roles.
    """
    return not _LEARNER.isdisjoint(roles)


def has_learner_result(roles: Collection[str]) -> bool:
    """True when a score may be sent for someone with these (normalized) roles.

    Platforms refuse scores of teachers (Canvas 422, Moodle 400), and a teacher's preview is no result.
    Someone without a known role is treated as a learner; the platform has the last word.
    """
    if is_lecturer(roles):
        return False
    return is_learner(roles) or _NOT_GRADED.isdisjoint(roles)
