"""axe on a page as it stands, and the two measures that axe does not take: sideways scrolling and targets."""

from collections.abc import Iterable
from pathlib import Path

from playwright.sync_api import Frame, Page

AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text("utf-8")

_RUN = """async () => {
    const found = await axe.run(document, {
        resultTypes: ["violations"],
        rules: { "target-size": { enabled: true } },
    });
    return found.violations.flatMap(({ id, help, nodes }) =>
        nodes.map(({ target, failureSummary }) => `${id} (${help}) at ${target.join(" ")}: ${failureSummary}`));
}"""

#: A link inside a sentence may be as high as its line (WCAG 2.2, 2.5.8).
_SMALL = """() => [...document.querySelectorAll(
        "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=slider], [tabindex='0']")]
    .map((element) => [element, element.closest("label") ?? element])
    .filter(([element]) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    .filter(([element]) => !element.matches("p a, span a, .skip"))
    .map(([element, target]) => [element, target.getBoundingClientRect()])
    .filter(([, box]) => box.width > 1 && (box.width < 24 || box.height < 24))
    .map(([element, box]) => `${element.outerHTML.slice(0, 120)} is ${box.width} × ${box.height}`)"""

_SIDEWAYS = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [
    `${document.documentElement.scrollWidth} wide in ${innerWidth}`,
    ...[...document.querySelectorAll("body *")]
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
        .slice(0, 3).map((element) => element.outerHTML.slice(0, 160))]"""


def violations(place: Page | Frame) -> list[str]:
    """What axe finds, one line for each place; nothing when all is well."""
    if not place.evaluate("() => Boolean(window.axe)"):
        place.evaluate(f"() => {{ {AXE} }}")
    return list(place.evaluate(_RUN))


def too_small_targets(place: Page | Frame) -> list[str]:
    """What can be pointed at and is smaller than 24 × 24 px."""
    return list(place.evaluate(_SMALL))


def sideways(place: Page | Frame) -> list[str]:
    """Why the page scrolls sideways; nothing when it does not."""
    return list(place.evaluate(_SIDEWAYS))


def what_is_wrong(place: Page | Frame, where: str = "") -> list[str]:
    """All of it, one line for each place; nothing when the page is for everybody."""
    return [
        f"{where or place.url}: {line}"
        for line in (*violations(place), *too_small_targets(place), *sideways(place))
    ]


def what_is_wrong_at(page: Page, sizes: Iterable[tuple[int, int]]) -> list[str]:
    """The same in windows of these widths and heights; the last stays."""
    found: list[str] = []
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        found += what_is_wrong(page, f"{page.url}, {width} × {height}")
    return found
