"""Named SQL."""

from pathlib import Path

import pytest

from studium.hub.database import Statements


def test_statements_by_name(tmp_path: Path) -> None:
    path = tmp_path / "x.sql"
    path.write_text("-- one: The first.\nSELECT 1;\n\n-- two: The second.\n-- a remark\nSELECT\n  2;\n")
    found = Statements(path)
    assert found["one"] == "SELECT 1"
    assert found["two"].endswith("SELECT\n  2")
    assert found.descriptions == {"one": "The first.", "two": "The second."}


@pytest.mark.parametrize("text", ["SELECT 1;\n", "-- one: A.\nSELECT 1;\n-- one: B.\nSELECT 2;\n"])
def test_nameless_and_double_statements_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.sql"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"no name|two statements"):
        Statements(path)
