"""The codes are a promise to help desks: each has a meaning, a status of its kind, and is used."""

from __future__ import annotations

import re
from pathlib import Path

import lti


def test_every_code_has_a_status_and_a_sentence() -> None:
    for code, row in lti.ERROR_CODES.items():
        assert row.code == code
        assert row.status in {400, 401, 403, 409, 422, 503}, code
        assert row.meaning.endswith("."), code
        assert row.public in lti.ERROR_CODES or row.public in lti.PUBLIC_CODES, code


def test_every_refusal_and_every_reason_to_wait_has_a_sentence() -> None:
    for meaning in [*lti.REFUSALS.values(), *lti.RETRY_REASONS.values(), *lti.PUBLIC_CODES.values()]:
        assert meaning.endswith(".")


def test_no_code_in_the_source_is_missing_from_the_list() -> None:
    folder = Path(lti.__file__).parent
    source = "\n".join(path.read_text() for path in folder.rglob("*.py"))
    raised = set(re.findall(r'LtiError\(\s*"(\w+)"', source))
    assert raised <= set(lti.ERROR_CODES)
    reasons = set(re.findall(r'Refused\(\s*"(\w+)"', source)) | set(
        re.findall(r'RefusalText\(\d+, "[^"]*", "(\w+)"', source)
    )
    assert reasons <= set(lti.REFUSALS)
    waits = set(re.findall(r'Retry\(\s*"(\w+)"', source))
    assert waits <= set(lti.RETRY_REASONS)
    kinds = re.search(r"kind: (.*?)\.\n", (folder / "http.py").read_text(), re.S)
    assert kinds is not None
    assert set(re.findall(r"`(\w+)`", kinds[1])) <= set(lti.RETRY_REASONS)


def test_a_refusal_carries_its_code_and_keeps_its_detail_for_the_log() -> None:
    refusal = lti.LtiError("lti_key", "unknown kid at https://lms.example")
    assert (refusal.code, refusal.public_code, refusal.status) == ("lti_key", "lti_token", 401)
    assert "unknown kid" in str(refusal)
