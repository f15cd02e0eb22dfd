"""The school of the practice LMS: who is there, which courses, which modules are placed in them.

It is fixed: ids may be relied upon by scripts and tests. A load test builds a `School` of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Person:
    #: The `sub` of launches and the `userId` of scores.
    id: str
    given_name: str
    family_name: str
    email: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}"


@dataclass(frozen=True, slots=True)
class Link:
    """One placed module: an LTI resource link."""

    id: str
    title: str
    #: The module's key in the custom parameter `module`; None: placed without choosing a module.
    module: str | None
    #: Whether a gradebook column was made when the link was placed.
    has_column: bool = True
    #: Where the tool wants it opened, when the tool itself gave the link.
    target: str | None = None
    #: The custom parameters that the tool gave it.
    custom: tuple[tuple[str, str], ...] = ()

    @property
    def parameters(self) -> dict[str, str]:
        """What launches carry in the claim `custom`."""
        return dict(self.custom) if self.custom else {"module": self.module} if self.module else {}


@dataclass(frozen=True)
class Course:
    id: str
    label: str
    title: str
    links: tuple[Link, ...]
    students: tuple[str, ...]
    teachers: tuple[str, ...]

    def is_teacher(self, person_id: str) -> bool:
        return person_id in self._teachers

    def is_student(self, person_id: str) -> bool:
        return person_id in self._students

    def is_member(self, person_id: str) -> bool:
        return self.is_teacher(person_id) or self.is_student(person_id)

    @cached_property
    def _students(self) -> frozenset[str]:
        return frozenset(self.students)

    @cached_property
    def _teachers(self) -> frozenset[str]:
        return frozenset(self.teachers)


@dataclass(frozen=True)
class School:
    people: tuple[Person, ...]
    courses: tuple[Course, ...]

    def person(self, person_id: str) -> Person | None:
        return self._people.get(person_id)

    def course(self, course_id: str) -> Course | None:
        return self._courses.get(course_id)

    def placed(self, link_id: str) -> tuple[Course, Link] | None:
        """A link with its course; None if there is no such link."""
        return self._links.get(link_id)

    def courses_of(self, person_id: str) -> list[Course]:
        return [course for course in self.courses if course.is_member(person_id)]

    @cached_property
    def _people(self) -> dict[str, Person]:
        return {person.id: person for person in self.people}

    @cached_property
    def _courses(self) -> dict[str, Course]:
        return {course.id: course for course in self.courses}

    @cached_property
    def _links(self) -> dict[str, tuple[Course, Link]]:
        return {link.id: (course, link) for course in self.courses for link in course.links}


#: The twelve modules of the training, in its order: key and title.
_MODULES = (
    ("kwaliteitsvol-buddyschap", "Wat is kwaliteitsvol buddyschap?"),
    ("warme-band", "Een warme band opbouwen met je leerling"),
    ("veilig-en-discreet", "Veilig en discreet: privacy, geheimen en grenzen"),
    ("sessie-plannen", "Een sessie plannen: van doel naar uitstapvraag"),
    ("rekenen-lager", "Remediëren voor wiskunde in de lagere school"),
    ("lezen-en-taal", "Remediëren voor lezen en taal"),
    ("feedback", "Feedback die doet denken"),
    ("motivatie-zelfregulatie", "Motiveren en leren leren"),
    ("samenwerken", "Samenwerken met leraar, school en ouders"),
    ("taal-en-diversiteit", "Taalsterk en divers begeleiden"),
    ("online", "Online buddyen: nabij op afstand"),
    ("afronden", "Evalueren en afronden"),
)
_TITLES = dict(_MODULES)
_STUDENTS = ("amina", "jef", "lotte")
_TEACHERS = ("katrien",)

LEERBUDDY_SCHOOL = School(
    people=(
        Person("amina", "Amina", "Belkacem", "amina.belkacem@student.oefenhogeschool.example"),
        Person("jef", "Jef", "Claes", "jef.claes@student.oefenhogeschool.example"),
        Person("lotte", "Lotte", "De Smet", "lotte.desmet@student.oefenhogeschool.example"),
        Person("katrien", "Katrien", "Vermeulen", "katrien.vermeulen@oefenhogeschool.example"),
    ),
    courses=(
        Course(
            id="leerbuddy",
            label="LB-26",
            title="Leerbuddy 2026-2027",
            links=tuple(Link(f"leerbuddy-{key}", title, key) for key, title in _MODULES),
            students=_STUDENTS,
            teachers=_TEACHERS,
        ),
        # The same modules met again elsewhere, in the three ways that a teacher can place one.
        Course(
            id="stage",
            label="STAGE-26",
            title="Stage in de lagere school 2026-2027",
            links=(
                Link("stage-warme-band", _TITLES["warme-band"], "warme-band"),
                Link("stage-feedback", _TITLES["feedback"], "feedback", has_column=False),
                Link("stage-te-kiezen", "Module naar keuze", None),
            ),
            students=_STUDENTS,
            teachers=_TEACHERS,
        ),
    ),
)
