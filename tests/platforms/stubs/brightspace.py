"""D2L Brightspace: as D2L's community articles and documentation have it (23752, 23764, 27427, 4261;
LTI_register_external_learning_tool), and docs.ltiaas.com for its audience."""

from dataclasses import replace
from typing import Any

from lti.platform import Platform
from tests.platforms.stubs.base import StubLms
from tests.platforms.stubs.course import Person, Placed
from tests.platforms.stubs.wire import Answer

#: the same for all customers; another than the token endpoint
AUDIENCE = "https://api.brightspace.com/auth/token"
#: the role "Can be graded in Grades" is off, or the person is not enrolled (community.d2l.com, 23752)
NOT_GRADABLE = Answer(403, {"title": "Forbidden", "status": 403})
INSTITUTION_STUDENT = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student"


class BrightspaceStub(StubLms):
    """One university's Brightspace."""

    family = "desire2learn"
    deployment_id = "a1b2-deployment"
    #: the deployment's security setting "Anonymous": no name, and no role in the course (23764)
    anonymous = False

    def platform(self) -> Platform:
        """Told what it is, and its audience: on loopback that is another site's than the token endpoint's."""
        return replace(super().platform(), family="brightspace", audience=AUDIENCE)

    def expected_audience(self) -> str:
        """Its authorization server's."""
        return AUDIENCE

    def launch_claims(self, person: Person, link: Placed) -> dict[str, Any]:
        """With a claim of its own, and fewer where it is set to tell nothing."""
        if self.anonymous:
            person = replace(person, name=None, roles=(INSTITUTION_STUDENT,))
            self._learners.add(person.sub)
        told = super().launch_claims(person, link)
        return {**told, "http://www.brightspace.com": {"username": "s0123", "org_defined_id": "0123"}}

    def custom(self, link: Placed) -> dict[str, Any]:
        """It knows both histories (4261); a variable in quotes comes as it was written (23764)."""
        known = {
            "$ResourceLink.id.history": "link-of-last-year",
            "$Context.id.history": "course-of-last-year",
        }
        return {name: known.get(str(value), value) for name, value in link.custom.items()}

    def refuse_person(self) -> Answer:
        """Without a word of use."""
        return NOT_GRADABLE
