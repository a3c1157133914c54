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
    "front": (None, "/en/", 390),
}


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
            page.screenshot(path=FOLDER / f"{name}.png")
            print(FOLDER / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:3])
