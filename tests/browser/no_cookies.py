"""A browser whose owner let it keep no cookies of one site: not in a frame, not in a window, and no storage either.

The setting is the browser's own (Settings → Site settings → Cookies), written into its profile before it starts. The
headless shell of the npm package has no such settings: there a proxy takes the cookies out of what the site answers.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from scripts.system_parts import find_chromium
from tests.browser.cookie_stop import stopping_cookies
from tests.support.chromium import ARGUMENTS

_BLOCK = 2

#: site, options of the context → a browser that keeps no cookies of that site
Blocks = Callable[..., BrowserContext]


@pytest.fixture
def open_without_cookies(browser: Browser, tmp_path: Path) -> Iterator[Blocks]:
    """Opens browsers: `open_without_cookies("http://127.0.0.1:8000", viewport={…})`."""
    chromium = find_chromium()
    assert chromium is not None
    with ExitStack() as at_end:

        def open_one(site: str, **options: object) -> BrowserContext:
            profile = tmp_path / f"profile-{len(list(tmp_path.iterdir()))}"
            settings = {"content_settings": {"exceptions": {"cookies": {f"{site},*": {"setting": _BLOCK}}}}}
            (profile / "Default").mkdir(parents=True)
            (profile / "Default" / "Preferences").write_text(json.dumps({"profile": settings}), "utf-8")
            if chromium.environment:
                options["proxy"] = at_end.enter_context(stopping_cookies(site, lambda _headers, _name: True))
            context = browser.browser_type.launch_persistent_context(
                profile,
                executable_path=chromium.executable,
                env={**os.environ, **chromium.environment},
                args=list(ARGUMENTS),
                headless=True,
                **{"locale": "nl-BE", "timezone_id": "Europe/Brussels", **options},  # type: ignore[arg-type]
            )
            at_end.callback(context.close)
            context.set_default_timeout(10_000)
            return context

        yield open_one
