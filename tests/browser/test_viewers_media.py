"""Audio and video: played from where one likes, with captions, and with a type for the player alone."""

import io
import re
import wave

import pytest
from playwright.sync_api import expect

from browser.people import Person, PersonFactory
from browser.viewers import look_at, put, visit


def wav(seconds: int) -> bytes:
    """Silence."""
    packed = io.BytesIO()
    with wave.open(packed, "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(44_100)
        sound.writeframes(bytes(4 * 44_100 * seconds))
    return packed.getvalue()


@pytest.fixture
def ada(person: PersonFactory) -> Person:
    ada = person("Ada Lovelace")
    ada.new_project("Talks")
    return ada


def test_audio_is_played_from_anywhere(ada: Person) -> None:
    put(ada, "talk.wav", wav(60))
    put(ada, "talk.vtt", b"WEBVTT\n\n00:00.000 --> 00:50.000\nGood morning\n")
    visit(ada, "talk.wav")
    player = ada.page.locator("audio")
    expect(player).to_have_attribute("aria-label", "talk.wav", timeout=20_000)
    ada.page.wait_for_function("() => document.querySelector('audio')?.duration === 60")
    expect(player.locator("track")).to_have_attribute("src", re.compile("^blob:"))
    player.evaluate(
        "(audio) => new Promise((done) => { audio.addEventListener('seeked', done); audio.currentTime = 55; })"
    )
    assert player.evaluate("(audio) => audio.currentTime") == 55
    look_at(ada, "audio", "light")


def test_what_cannot_be_played_says_so(ada: Person) -> None:
    put(ada, "broken.mp4", b"<html><script>parent.owned = 1</script>")
    visit(ada, "broken.mp4")
    expect(ada.page.get_by_text(re.compile("This browser cannot play broken.mp4"))).to_be_visible(timeout=20_000)
    expect(ada.page.get_by_role("link", name="Download")).to_be_visible()
    assert ada.page.evaluate("() => globalThis.owned === undefined")
