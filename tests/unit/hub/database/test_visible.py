"""Whether a snapshot sees a transaction, when 32-bit ids have wrapped around too."""

import pytest

from studium.hub.database.changes import _visible

EPOCH = 1 << 32


@pytest.mark.parametrize(
    ("transaction", "snapshot", "seen"),
    [
        (100, "90:101:", True),
        (100, "90:100:", False),
        (100, "90:120:95,100,110", False),
        (100, "90:120:95,110", True),
        (5, f"{EPOCH + 1}:{EPOCH + 9}:", True),
        (9, f"{EPOCH + 1}:{EPOCH + 9}:", False),
        (EPOCH - 3, f"{EPOCH + 1}:{EPOCH + 9}:", True),
        (5, f"{EPOCH + 1}:{EPOCH + 9}:{EPOCH + 5}", False),
        (2, f"{EPOCH - 9}:{EPOCH - 1}:", False),
        (100, "0:0:", False),
    ],
)
def test_visible(transaction: int, snapshot: str, seen: bool) -> None:
    assert _visible(transaction, snapshot) is seen
