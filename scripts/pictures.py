"""Pictures of the documentation, made from a running demo so that they stay true.

make run, then:  .venv/bin/python scripts/pictures.py http://localhost:8000 PASSWORD-OF-THE-DEMO
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "pictures"
PICTURES = {
    "home": ("chiara", "/en/admin/", 1280),
    "results": ("chiara", "/en/admin/surveys/results/", 1280),
    "queue": ("chiara", "/en/admin/feedback/queue/", 1280),
    "board": ("chiara", "/en/admin/actions/board/", 1280),
    "manager": ("aino", "/en/admin/", 1280),
    "desk": ("bram", "/en/admin/", 820),
    "front": (None, "/en/", 390),
}
OPENED = {"results": "Your visit"}
"""Of the list that the page shows, the first with these words."""


def main(base: str, password: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, (user, path, width) in PICTURES.items():
            page = browser.new_context(base_url=base, viewport={"width": width, "height": 800}).new_page()
            if user:
                page.goto("/en/account/login/")
                page.fill("[name=login]", user)
                page.fill("[name=password]", password)
                page.press("[name=password]", "Enter")
                page.wait_for_url("**/admin/**")
            page.goto(path)
            if name in OPENED:
                page.get_by_role("link", name=OPENED[name]).first.click()
                page.wait_for_load_state()
            page.screenshot(path=FOLDER / f"{name}.png")
            print(FOLDER / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:3])
