from studium.compute.driver import ProjectFailed
from studium.hub.failures import MAX_LOG_CHARACTERS, failed_state

SECRET = "a secret of this test"


def test_the_last_whole_lines_of_a_long_log_are_shown() -> None:
    log = "".join(f"line {number}\n" for number in range(10_000))
    shown = failed_state(ProjectFailed("It ended.", log), SECRET).log
    assert shown is not None
    assert len(shown) <= MAX_LOG_CHARACTERS
    assert shown.startswith("line ")
    assert shown.endswith("line 9999\n")
    one_line = failed_state(ProjectFailed("It ended.", "x" * 10_000), SECRET).log
    assert one_line == "x" * MAX_LOG_CHARACTERS


def test_a_secret_and_what_the_database_cannot_hold_are_taken_out() -> None:
    state = failed_state(ProjectFailed("It ended.", f"key={SECRET}\0<script>"), SECRET)
    assert state.log == "key=(secret)\ufffd<script>"
    assert failed_state(ProjectFailed("It ended."), SECRET).log is None
