"""Documents meant to do harm: each is refused with a code, at once, without a look at files or network."""

import resource
import socket
import threading
import time

import pytest

from modules import DocumentError, parse_document

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
NS = "https://buddytrainer.example/ns/module/1"


def laughs(levels, width):
    lines = ['<!ENTITY a0 "ha">']
    lines += [f'<!ENTITY a{n} "{f"&a{n - 1};" * width}">' for n in range(1, levels)]
    return f"<!DOCTYPE module [{''.join(lines)}]><module>&a{levels - 1};</module>"


def code_of(content):
    started = time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DocumentError) as refused:
        parse_document(content, name="attack.xml")
    assert time.process_time() - started < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 50_000
    problems = refused.value.problems
    assert all(problem.file == "attack.xml" and problem.sentence for problem in problems)
    return problems[0].code


@pytest.mark.parametrize(
    "attack",
    [
        '<!DOCTYPE module SYSTEM "file:///etc/passwd"><module/>',
        '<!DOCTYPE module [<!ENTITY x SYSTEM "file:///etc/passwd">]><module>&x;</module>',
        '<!DOCTYPE module [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]><module/>',
        laughs(10, 10),
        f'<!DOCTYPE module [<!ENTITY a "{"a" * 50_000}">]><module>{"&a;" * 50_000}</module>',
        "<!DOCTYPE module><module/>",
        "<!-- a --> \n<!-- b --><?x y?><!DOCTYPE module><module/>",
        "<!doctype module><module/>",
    ],
    ids=["file", "entity", "parameter", "laughs", "quadratic", "bare", "hidden", "lower-case"],
)
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7"]
)
def test_a_doctype_is_refused_in_every_encoding(attack, encoding):
    declared = encoding.upper().removesuffix("-SIG")
    text = DECLARATION.replace("UTF-8", declared) + attack
    if encoding == "utf-7":
        content = DECLARATION.replace("UTF-8", "UTF-7").encode() + attack.encode("utf-7")
    else:
        content = text.encode(encoding)
    assert code_of(content) == "xml_dtd"


def test_a_doctype_all_in_utf_7_without_a_declaration_is_refused():
    assert code_of("+ADwAIQ-DOCTYPE module+AD4APA-module/+AD4-".encode("ascii")) == "xml_dtd"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "iso-8859-1", "utf-7", "cp037"])
def test_only_utf_8_is_read(encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?><module>\u00e9</module>'
    content = text.encode("ascii", "ignore") if encoding == "utf-7" else text.encode(encoding)
    assert code_of(content) in {"xml_encoding", "xml_dtd"}
    assert code_of(content) == "xml_encoding"


def test_three_hundred_thousand_elements_deep():
    deep = DECLARATION + "<a>" * 300_000
    assert code_of(deep.encode()) == "xml_malformed"


def test_deeper_than_a_module_ever_is():
    assert code_of((DECLARATION + "<a>" * 100 + "</a>" * 100).encode()) == "xml_too_deep"


def test_too_large():
    assert code_of(b"<module>" + b" " * 1_000_001) == "xml_too_large"


def test_xinclude_is_refused():
    include = f'<module xmlns="{NS}" xmlns:i="http://www.w3.org/2001/XInclude"><i:include href="file:///etc/passwd"/></module>'
    assert code_of(include.encode()) == "xml_include"


@pytest.mark.parametrize(
    "attack",
    [
        '<?xml-stylesheet type="text/xsl" href="http://127.0.0.1:9/x.xsl"?><module/>',
        "<module><title><?php system('id') ?></title></module>",
        "<module/><?after all?>",
    ],
)
def test_processing_instructions_are_refused(attack):
    assert code_of(attack.encode()) == "xml_instruction"


def test_an_entity_that_is_none_of_the_five_is_refused():
    assert code_of(f'<module xmlns="{NS}">&nbsp;</module>'.encode()) == "xml_malformed"


@pytest.mark.parametrize(
    "content", [b"", b"\x00", b"\xff", b"<", b"no xml", b"<a", b"<a></b>", b"\xef\xbb\xbf"]
)
def test_what_is_no_xml_is_refused(content):
    assert code_of(content) in {"xml_malformed", "xml_encoding"}


def test_nothing_is_fetched_from_the_network():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        asked = []

        def listen():
            try:
                asked.append(server.accept())
            except TimeoutError:
                return

        listener = threading.Thread(target=listen)
        listener.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        for attack in (
            f'<!DOCTYPE module SYSTEM "{url}"><module/>',
            f'<module xmlns="{NS}" xmlns:s="http://www.w3.org/2001/XMLSchema-instance" s:schemaLocation="{NS} {url}"/>',
        ):
            with pytest.raises(DocumentError):
                parse_document(attack.encode(), name="attack.xml")
        listener.join()
    assert asked == []
