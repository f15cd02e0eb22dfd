"""A Common Cartridge of links: a file that an LMS imports into a course, one LTI link for each module.

1EdTech Common Cartridge 1.3 (https://www.imsglobal.org/cc/ccv1p3/imscc_Overview-v1p3.html) with its LTI links
(section "Basic LTI Links"): a manifest, and for each link a document of the type `imsbasiclti_xmlv1p3`. No content, no
questions: what a module is stays here, so nothing in a course grows old.

The same links make the same bytes, whenever and wherever they are written.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from modules.xml import Node, write_xml

MIME = "application/vnd.ims.imsccv1p3"
_MANIFEST = "http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1"
_MANIFEST_PREFIXES = {"lomimscc": "http://ltsc.ieee.org/xsd/imsccv1p3/LOM/manifest"}
_LINK = "http://www.imsglobal.org/xsd/imslticc_v1p3"
_LINK_PREFIXES = {
    "blti": "http://www.imsglobal.org/xsd/imsbasiclti_v1p0",
    "lticm": "http://www.imsglobal.org/xsd/imslticm_v1p0",
    "lticp": "http://www.imsglobal.org/xsd/imslticp_v1p0",
}
_LINK_TYPE = "imsbasiclti_xmlv1p3"
#: The oldest moment that a ZIP file can name: when it was written says nothing about what is in it.
_NO_MOMENT = (1980, 1, 1, 0, 0, 0)
_VENDOR = "buddy-trainer"


@dataclass(frozen=True, slots=True)
class CartridgeLink:
    """One link. key: the module's. url: where it is launched. custom: parameters that travel with each launch."""

    key: str
    title: str
    description: str
    url: str
    custom: Mapping[str, str]


def write_cartridge(links: Sequence[CartridgeLink], *, title: str, language: str) -> bytes:
    """The `.imscc` file. title: of the folder that the LMS makes; language: a tag such as `nl-BE`.

    ValueError for no links, or two of the same key.
    """
    keys = [link.key for link in links]
    if not keys or len(set(keys)) != len(keys):
        raise ValueError("a cartridge holds at least one link, and each module once")
    files = {f"links/{link.key}.xml": _link(link) for link in links}
    body = BytesIO()
    # Stored, not packed: what a compressor makes differs with its version
    with zipfile.ZipFile(body, "w", zipfile.ZIP_STORED) as archive:
        for name, content in ({"imsmanifest.xml": _manifest(links, title, language)} | files).items():
            entry = zipfile.ZipInfo(name, _NO_MOMENT)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return body.getvalue()


def _manifest(links: Sequence[CartridgeLink], title: str, language: str) -> bytes:
    named = Node(
        "lomimscc:title", children=[Node("lomimscc:string", {"language": language}, text=_plain(title))]
    )
    metadata = Node(
        "metadata",
        children=[
            Node("schema", text="IMS Common Cartridge"),
            Node("schemaversion", text="1.3.0"),
            Node("lomimscc:lom", children=[Node("lomimscc:general", children=[named])]),
        ],
    )
    items = [
        Node(
            "item",
            {"identifier": f"item-{link.key}", "identifierref": f"link-{link.key}"},
            children=[Node("title", text=_plain(link.title))],
        )
        for link in links
    ]
    folder = Node("item", {"identifier": "folder"}, children=[Node("title", text=_plain(title)), *items])
    organization = Node(
        "organization",
        {"identifier": "modules", "structure": "rooted-hierarchy"},
        children=[Node("item", {"identifier": "root"}, children=[folder])],
    )
    resources = [
        Node(
            "resource",
            {"identifier": f"link-{link.key}", "type": _LINK_TYPE},
            children=[Node("file", {"href": f"links/{link.key}.xml"})],
        )
        for link in links
    ]
    digest = hashlib.sha256("\n".join(f"{link.key} {link.url}" for link in links).encode()).hexdigest()[:16]
    root = Node(
        "manifest",
        {"identifier": f"{_VENDOR}-{digest}"},
        children=[
            metadata,
            Node("organizations", children=[organization]),
            Node("resources", children=resources),
        ],
    )
    return write_xml(root, namespace=_MANIFEST, prefixes=_MANIFEST_PREFIXES)


def _link(link: CartridgeLink) -> bytes:
    """In the order that the schema asks (imsbasiclti_v1p0p1): title, description, custom, addresses, vendor."""
    custom = [Node("lticm:property", {"name": name}, text=value) for name, value in link.custom.items()]
    addresses = [Node("blti:launch_url", text=link.url)]
    if link.url.startswith("https:"):
        addresses.append(Node("blti:secure_launch_url", text=link.url))
    root = Node(
        "cartridge_basiclti_link",
        children=[
            Node("blti:title", text=_plain(link.title)),
            Node("blti:description", text=_plain(link.description)),
            Node("blti:custom", children=custom),
            *addresses,
            Node(
                "blti:vendor",
                children=[Node("lticp:code", text=_VENDOR), Node("lticp:name", text="Buddy Trainer")],
            ),
        ],
    )
    return write_xml(root, namespace=_LINK, prefixes=_LINK_PREFIXES)


def _plain(text: str) -> str:
    """White space is one blank, so that a reader who keeps it and one who does not show the same."""
    return " ".join(text.split())
