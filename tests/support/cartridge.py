"""An LMS's import of a Common Cartridge 1.3, by the standard's words and with the standard library alone.

Held to: the manifest (imscp_v1p1 for CC 1.3) with its metadata, one rooted hierarchy of items in which each leaf names a
resource, each resource with the one file that is there; and each link (imslticc_v1p3) with its elements in the schema's
order, of which title, an address and the vendor's code and name must be there.
"""

import zipfile
from dataclasses import dataclass
from io import BytesIO
from xml.etree import ElementTree as Xml

MANIFEST = "{http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1}"
LOM = "{http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest}"
LINK = "{http://www.imsglobal.org/xsd/imslticc_v1p3}"
BLTI = "{http://www.imsglobal.org/xsd/imsbasiclti_v1p0}"
LTICM = "{http://www.imsglobal.org/xsd/imslticm_v1p0}"
LTICP = "{http://www.imsglobal.org/xsd/imslticp_v1p0}"
#: BasicLTI's elements, as its schema orders them
ORDER = (
    "title", "description", "custom", "extensions", "launch_url", "secure_launch_url", "icon", "secure_icon", "vendor",
)  # fmt: skip


@dataclass(frozen=True)
class ImportedLink:
    """A link as it stands in the course after the import."""

    title: str
    description: str
    url: str
    custom: dict[str, str]


@dataclass(frozen=True)
class ImportedCourse:
    """What the import made. language: of the title."""

    title: str
    language: str
    links: tuple[ImportedLink, ...]


def import_cartridge(content: bytes) -> ImportedCourse:
    """Import a file; AssertionError where it is not as the standard has it."""
    archive = zipfile.ZipFile(BytesIO(content))
    assert archive.testzip() is None
    names = archive.namelist()
    assert len(set(names)) == len(names)
    assert all(not name.startswith("/") and ".." not in name for name in names)
    root = Xml.fromstring(archive.read("imsmanifest.xml"))
    assert root.tag == MANIFEST + "manifest"
    assert root.get("identifier")
    assert [one.tag for one in root] == [
        MANIFEST + name for name in ("metadata", "organizations", "resources")
    ]
    assert root.findtext(f"{MANIFEST}metadata/{MANIFEST}schema") == "IMS Common Cartridge"
    assert root.findtext(f"{MANIFEST}metadata/{MANIFEST}schemaversion") == "1.3.0"
    title = _only(root, f"{MANIFEST}metadata/{LOM}lom/{LOM}general/{LOM}title/{LOM}string")
    identifiers = [one.get("identifier") for one in root.iter() if one.get("identifier")]
    assert len(set(identifiers)) == len(identifiers), "identifiers are unique"

    organization = _only(root, f"{MANIFEST}organizations/{MANIFEST}organization")
    assert organization.get("structure") == "rooted-hierarchy"
    top = _only(organization, f"{MANIFEST}item")
    assert top.find(f"{MANIFEST}title") is None, "the root item has no title"
    leaves = [item for item in top.iter(f"{MANIFEST}item") if item.find(f"{MANIFEST}item") is None]
    files = {
        str(resource.get("identifier")): _file_of(resource)
        for resource in root.iterfind(f"{MANIFEST}resources/{MANIFEST}resource")
    }
    assert {"imsmanifest.xml", *files.values()} == set(names), "no file is missing, and none is unnamed"
    links = []
    for item in leaves:
        link = _link(archive.read(files[str(item.get("identifierref"))]))
        assert item.findtext(f"{MANIFEST}title") == link.title
        links.append(link)
    assert len(links) == len(files)
    return ImportedCourse(title.text or "", title.get("language", ""), tuple(links))


def _file_of(resource: Xml.Element) -> str:
    assert resource.get("type") == "imsbasiclti_xmlv1p3"
    return str(_only(resource, f"{MANIFEST}file").get("href"))


def _link(content: bytes) -> ImportedLink:
    root = Xml.fromstring(content)
    assert root.tag == LINK + "cartridge_basiclti_link"
    found = [one.tag for one in root if one.tag.startswith(BLTI)]
    assert found == [BLTI + name for name in ORDER if BLTI + name in found], "in the schema's order"
    assert _only(root, f"{BLTI}vendor/{LTICP}code").text
    assert _only(root, f"{BLTI}vendor/{LTICP}name").text
    secure, plain = root.findtext(f"{BLTI}secure_launch_url"), root.findtext(f"{BLTI}launch_url")
    return ImportedLink(
        _only(root, f"{BLTI}title").text or "",
        root.findtext(f"{BLTI}description") or "",
        secure or plain or "",
        {str(one.get("name")): one.text or "" for one in root.iterfind(f"{BLTI}custom/{LTICM}property")},
    )


def _only(root: Xml.Element, path: str) -> Xml.Element:
    found = root.findall(path)
    assert len(found) == 1, f"{len(found)} × {path}"
    return found[0]
