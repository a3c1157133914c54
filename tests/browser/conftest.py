"""A real Chromium through Playwright, and axe beside it."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.conftest import CHROMIUM

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright's own event loop runs in the thread of the tests

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
ARGUMENTS = [
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
]


@pytest.fixture(scope="session")
def chromium() -> Browser:
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *sandbox])
        yield browser
        browser.close()


@pytest.fixture
def browser(chromium, live_server) -> Callable[..., BrowserContext]:
    """Makes a window: `browser(width=390, dark=True, user=chiara, script=False)`."""
    contexts: list[BrowserContext] = []

    def window(*, width=390, height=844, dark=False, user=None, script=True, **more) -> BrowserContext:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            reduced_motion="reduce",
            **more,
        )
        context.set_default_timeout(15_000)
        if script:
            context.add_init_script(WATCH_POLICY)
        if user:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": signed_in(user), "url": live_server.url}]
            )
        contexts.append(context)
        return context

    yield window
    for context in contexts:
        context.close()


@pytest.fixture
def page(browser) -> Page:
    """A phone, English, light, nobody signed in."""
    return browser().new_page()


def signed_in(user) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


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
