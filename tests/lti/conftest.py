"""Fixtures for the stories about LTI: keys are made once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

import lti
from tests.lti.sides import NOW, Browser, Lms, Tool, platform, rsa_key


@pytest.fixture(scope="session")
def signing_key() -> rsa.RSAPrivateKey:
    return rsa_key()


@pytest.fixture(scope="session")
def other_key() -> rsa.RSAPrivateKey:
    return rsa_key()


@pytest.fixture(scope="session")
def lms(signing_key: rsa.RSAPrivateKey) -> Lms:
    return Lms(platform(), signing_key)


@pytest.fixture(scope="session")
def tool(lms: Lms) -> Tool:
    return Tool(lms)


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
def launch(lms: Lms, tool: Tool, browser: Browser) -> Callable[..., lti.ResourceLinkLaunch]:
    """A whole launch, with changes to the claims (DELETE takes one away), the header or the platform."""

    def launch(
        changes: Mapping[str, Any] | None = None,
        headers: Mapping[str, Any] | None = None,
        registration: lti.Platform | None = None,
        later: timedelta = timedelta(0),
    ) -> lti.ResourceLinkLaunch:
        side = Lms(registration, lms.key) if registration else lms
        request = side.begin()
        browser.follow(request)
        claims = side.claims(request.nonce, changes)
        form = [("state", request.state), ("id_token", side.token(claims, headers))]
        receiver = Tool(side) if registration else tool
        return receiver.receive(form, browser, NOW + later)

    return launch


@pytest.fixture
def receive(lms: Lms, tool: Tool, browser: Browser) -> Callable[..., lti.AnyMessage]:
    """A whole launch with changes to the claims, of whatever message they make."""

    def receive(changes: Mapping[str, Any] | None = None) -> lti.AnyMessage:
        request = lms.begin()
        browser.follow(request)
        form = [("state", request.state), ("id_token", lms.token(lms.claims(request.nonce, changes)))]
        return tool.receive_any(form, browser)

    return receive


@pytest.fixture(scope="session")
def tool_key() -> lti.ToolKey:
    return lti.generate_key(NOW - timedelta(days=30))
