"""On a slow and lossy network the page never says more than is true: a file is called saved when the disk has it."""

import re
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, expect

from browser.people import Person, PersonFactory, wait_until
from browser.test_never_lose import SAVED, all_saved, devtools, once
from browser.test_together import text_of, two_people, type_at_end

#: The slow 3G of Chromium's developer tools, in bytes a second, with packets lost.
SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}


def emulate(session: CDPSession, **conditions: object) -> None:
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", conditions)


class Truth:
    """Each time the page says that all is saved, what it shows then must be what the file holds at that moment.

    The page notes what it shows in the very task in which the sentence appears, and asks the test, which reads the
    disk. Afterwards the disk may only be newer, so a look that comes a moment late blames no page that was right.
    """

    def __init__(self, person: Person, file: Path) -> None:
        self.lies: list[tuple[str, str]] = []
        self.said = 0
        self._file = file
        person.page.expose_function("saidSaved", self._check)
        person.page.evaluate(
            """() => {
                const state = document.querySelector('[role="status"][aria-label="Save state"]');
                const shown = () => [...document.querySelectorAll(".cm-line")].map((line) => line.textContent);
                let was = "";
                new MutationObserver(() => {
                    const now = state.textContent.trim();
                    if (now === was) return;
                    was = now;
                    if (now === "Saved to disk") window.saidSaved(shown().join("\\n"));
                }).observe(state, { subtree: true, childList: true, characterData: true });
            }"""
        )

    def _check(self, shown: str) -> None:
        self.said += 1
        on_disk = self._file.read_text()
        for line in shown.split("\n"):
            if line not in on_disk.split("\n"):
                self.lies.append((line, on_disk))


def holds(file: Path, text: str) -> bool:
    return text in file.read_text()


@pytest.mark.parametrize("lost_packets", [0, 10], ids=["slow", "slow and lossy"])
def test_saved_is_only_said_when_the_file_has_it(person: PersonFactory, lost_packets: int) -> None:
    ada, bob, _, main = two_people(person)
    all_saved(ada, bob)
    truth = Truth(ada, main)
    session = devtools(ada)
    emulate(session, **SLOW_3G, packetLoss=lost_packets)
    for number in range(4):
        type_at_end(ada, "main.py", f"# slow {number}")
        ada.page.keyboard.press("Control+s")
        wait_until(partial(holds, main, f"# slow {number}"), 30)
        expect(ada.save_state()).to_have_text(SAVED, timeout=30_000)
        ada.page.keyboard.type("\n")
    all_saved(ada, bob)
    assert truth.said >= 1
    assert truth.lies == []
    once(main.read_text(), *(f"# slow {number}" for number in range(4)))


def test_a_line_that_stalls_in_mid_upload_and_comes_back_brings_everything_once(person: PersonFactory) -> None:
    ada, bob, _, main = two_people(person)
    session = devtools(ada)
    emulate(session, offline=False, latency=200, downloadThroughput=50_000, uploadThroughput=2_000)
    paste = "".join(f"pasted line {number}\n" for number in range(300))
    ada.editor("main.py").click()
    ada.page.keyboard.press("Control+End")
    ada.page.keyboard.insert_text(paste)
    expect(ada.save_state()).to_have_text(re.compile("Edited|Saving"))
    emulate(session, offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    ada.page.keyboard.type("# while away\n")
    expect(ada.save_state()).to_have_text(re.compile("waiting: you are offline"))
    emulate(session, offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    expect(ada.save_state()).to_have_text(SAVED, timeout=30_000)
    wait_until(lambda: "# while away" in text_of(bob.page) or "# while away" in main.read_text())
    text = main.read_text()
    once(text, "# while away", "pasted line 0\n", "pasted line 150\n", "pasted line 299\n")
    assert text.count("pasted line") == 300
