"""A practice LMS: a small but real LTI 1.3 platform for the demo and the browser tests.

It shares no code with `lti/` and signs with another library, so that a mistake of one side cannot be cancelled
by the same mistake on the other. It is strict where platforms differ: what it takes, Moodle and Chamilo take.

    app = create_app(Settings(origin="http://localhost:8100", tool="http://127.0.0.1:8000", store=Path("var")))
"""

from practice.app import create_app
from practice.school import LEERBUDDY_SCHOOL, Course, Link, Person, School
from practice.serve import serve
from practice.settings import Settings

__all__ = ["LEERBUDDY_SCHOOL", "Course", "Link", "Person", "School", "Settings", "create_app", "serve"]
