"""What is wrong with a page that a browser shows: axe, its policy, its width. Needs no Django."""

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page

ASSETS = Path(__file__).resolve().parent.parent / "assets"
AXE = (ASSETS / "axe.min.js").read_text()
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOURS = ["color-contrast", "link-in-text-block"]
END_TRANSITIONS = """() => {
  for (const one of document.getAnimations()) if (one instanceof CSSTransition) one.finish();
}"""
WATCH_POLICY = """
  window.cxPolicyViolations = [];
  document.addEventListener('securitypolicyviolation',
    event => window.cxPolicyViolations.push(event.violatedDirective + ' ' + event.blockedURI));
"""


def leave(page: Page, selector: str) -> None:
    """Click what leads to another page, and wait until that page is there: `click` alone returns before."""
    with page.expect_navigation():
        page.click(selector)


def axe_violations(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """Every violation of WCAG 2.2 A and AA and of axe's best practices, or of these rules, as "rule: place"."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE)
    chosen = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": AXE_RULES}
    result = page.evaluate(
        "chosen => axe.run(document, {runOnly: chosen, preload: false, resultTypes: ['violations']})", chosen
    )
    return [
        f"{violation['id']}: {' '.join(map(str, node['target']))} {node['any'][0]['message'] if node['any'] else ''}"
        for violation in result["violations"]
        for node in violation["nodes"]
    ]


def everywhere(page: Page, widths: Sequence[int]) -> list[str]:
    """Faults of a light page as it stands, in each width and in the dark too. Ends as it began.

    Nothing is loaded anew: what a page does about width and colours is in its style alone, and in the dark nothing but
    colours is another (test_everywhere.py holds both), so only the rules about colours are asked again.
    """
    began, found = page.viewport_size or {"width": 390, "height": 844}, []
    for width in widths:
        page.set_viewport_size({"width": width, "height": began["height"]})
        found += [f"{width} px: {fault}" for fault in axe_violations(page)]
        if scrolls_sideways(page):
            found.append(f"{width} px: scrolls sideways")
        page.emulate_media(color_scheme="dark")
        page.evaluate(END_TRANSITIONS)
        found += [f"{width} px, dark: {fault}" for fault in axe_violations(page, OF_COLOURS)]
        page.emulate_media(color_scheme="light")
        page.evaluate(END_TRANSITIONS)
    page.set_viewport_size(began)
    return found + policy_violations(page)


def policy_violations(page: Page) -> list[str]:
    return page.evaluate("window.cxPolicyViolations")


def scrolls_sideways(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
