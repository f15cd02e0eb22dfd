"""Who may do what in a course, by the roles of the launch."""

from __future__ import annotations

import pytest

from lti.roles import has_learner_result, is_learner, is_lecturer, may_place, normalize_roles

M = "http://purl.imsglobal.org/vocab/lis/v2/membership"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person"


@pytest.mark.parametrize(
    "role",
    [
        f"{M}#Instructor",
        f"{M}#Administrator",
        f"{M}/Instructor#TeachingAssistant",
        f"{M}/Instructor#TeachingAssistantSection",
        f"{M}#TeachingAssistant",
        "Instructor",
        "TeachingAssistant",
        "Administrator",
    ],
)
def test_a_teacher_of_the_course(role: str) -> None:
    roles = normalize_roles([role])
    assert is_lecturer(roles)
    assert may_place(roles)
    assert not has_learner_result(roles)


@pytest.mark.parametrize(
    "role",
    [
        f"{INSTITUTION}#Instructor",
        f"{INSTITUTION}#Administrator",
        f"{SYSTEM}#Administrator",
        f"{M}#Mentor",
        f"{M}#Member",
        f"{M}/Learner#Instructor",
        f"{M}#Learner#Instructor",
        f"{M}#instructor",
        f"{M}#Instructor ",
        f" {M}#Instructor",
        f"{M}#InstructorAssistantToBe",
        f"{M}/Administrator#Instructor",
        "http://purl.imsglobal.org.evil.example/vocab/lis/v2/membership#Instructor",
        "https://purl.imsglobal.org/vocab/lis/v2/membership#Instructor",
        "http://evil.example/http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor",
        "instructor",
        "instructor ",
        "Instructor ",
        "INSTRUCTOR",
        "urn:lti:role:ims/lis/Instructor",
        "NotAnInstructor",
        "",
    ],
)
def test_what_only_looks_like_a_teacher_gives_nothing(role: str) -> None:
    roles = normalize_roles([role])
    assert not is_lecturer(roles)
    assert not may_place(roles)


def test_a_content_developer_places_modules_and_teaches_nobody() -> None:
    roles = normalize_roles(["ContentDeveloper"])
    assert may_place(roles)
    assert not is_lecturer(roles)
    assert not has_learner_result(roles)


@pytest.mark.parametrize(
    "role", ["Learner", f"{M}#Learner", f"{M}/Learner#GuestLearner", f"{M}/Learner#Instructor"]
)
def test_a_student_of_the_course(role: str) -> None:
    roles = normalize_roles([role])
    assert is_learner(roles)
    assert has_learner_result(roles)


@pytest.mark.parametrize(
    "roles", [[], ["Whatever"], [f"{INSTITUTION}#Student"], [f"{INSTITUTION}#Instructor"]]
)
def test_who_is_not_known_as_more_is_treated_as_a_learner(roles: list[str]) -> None:
    known = normalize_roles(roles)
    assert not is_lecturer(known)
    assert not is_learner(known)
    assert has_learner_result(known)


def test_canvas_may_send_an_institutions_instructor_who_is_a_learner_here() -> None:
    roles = normalize_roles([f"{INSTITUTION}#Instructor", f"{M}#Learner"])
    assert not is_lecturer(roles)
    assert has_learner_result(roles)


def test_no_score_for_who_is_teacher_and_learner_at_once_or_a_mentor_only() -> None:
    assert not has_learner_result(normalize_roles(["Learner", "Instructor"]))
    assert not has_learner_result(normalize_roles(["Mentor"]))
    assert has_learner_result(normalize_roles(["Mentor", "Learner"]))


def test_simple_names_become_uris_once_and_in_order() -> None:
    assert normalize_roles(["Learner", f"{M}#Learner", "Unknown", "TeachingAssistant"]) == (
        f"{M}#Learner",
        "Unknown",
        f"{M}/Instructor#TeachingAssistant",
    )
