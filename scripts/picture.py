"""Take the picture of the README, ``docs/images/project.png``: two people in one file, as the page is now.

It uses the people of the browser tests: ``PYTHONPATH=tests .venv/bin/python scripts/picture.py``.
"""

import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from browser.conftest import CHROMIUM, CHROMIUM_ARGUMENTS
from browser.people import PASSWORD, Person, Studium, share
from support.serving import admin, running

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "images" / "project.png"
MAIN = (ROOT / "src" / "studium" / "tutorial" / "main.py").read_text()
FILES = ("README.md", "notes.tex", "week1.md", "week2.md")


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        running("serve", "--data", f"{folder}/data", "--port", "0", "--no-browser") as serving,
        sync_playwright() as driver,
    ):
        password = Path(folder) / "password"
        password.write_text(PASSWORD)
        studium = Studium(serving, Path(folder) / "data")
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        people = []
        for name in ("Ada Lovelace", "Bashir Khan"):
            email = f"{name.split()[0].lower()}@example.org"
            admin(studium.data, "account", "add", email, "--name", name, "--password-file", str(password))
            context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
            people.append(Person(name, email, context, context.new_page(), studium))
            people[-1].sign_in()
        ada, bashir = people
        project = ada.new_project("Number theory")
        share(ada, bashir)
        for path in FILES:
            ada.write(project, path, f"{path}\n")
        ada.run(project, "mkdir -p homework lectures")
        ada.write(project, "main.py", MAIN)
        for person in people:
            person.open_file(project, "main.py")
            expect(person.editor("main.py")).to_contain_text("collatz")
        ada.editor("main.py").get_by_text("largest = max(numbers)").click()
        ada.page.keyboard.press("End")
        bashir.editor("main.py").get_by_text("steps = [number]").click()
        bashir.page.keyboard.press("End")
        bashir.page.keyboard.type("  # the way down")
        expect(ada.editor("main.py")).to_contain_text("the way down")
        expect(ada.save_state()).to_have_text("Saved to disk")
        bashir.page.keyboard.type(".")
        expect(ada.editor("main.py")).to_contain_text("the way down.")
        expect(ada.page.locator(".cm-person-caret")).to_contain_text("Bashir")
        expect(ada.save_state()).to_have_text("Saved to disk")
        ada.page.screenshot(path=TARGET)
        browser.close()
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
