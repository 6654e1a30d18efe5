"""What the tests of viewers do with files."""

from browser.people import Person
from browser.test_page import SCREENS, axe_problems


def visit(person: Person, path: str) -> None:
    """Open a file by its address, whatever shows it."""
    person.page.goto(f"{person.studium.url}/projects/{person.project_id()}/edit/{path}")


def put(person: Person, path: str, data: bytes) -> None:
    """A file with these bytes."""
    person.request("PUT", f"/projects/{person.project_id()}/files/{path}", data=data)


def command(person: Person, words: str) -> None:
    """Run a command by the palette."""
    person.page.keyboard.press("Control+k")
    person.page.keyboard.type(f">{words}")
    person.page.keyboard.press("Enter")


def look_at(person: Person, name: str, look: str) -> None:
    """Photograph the page and check that everybody can use it."""
    page = person.page
    page.evaluate("() => document.fonts.ready")
    SCREENS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENS / f"{name}-{look}.png")
    problems = axe_problems(page)
    assert not problems, "\n".join(problems)
    overflow = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
