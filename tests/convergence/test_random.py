"""The short run of random programs; ``make soak`` is the long one."""

import logging
import os
import secrets

import pytest

from convergence.programs import random_program, shortened, violation_of

PROGRAMS = 100


def test_the_laws_hold_over_random_programs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)  # refusals and failed saves are part of the programs
    first = int(os.environ.get("STUDIUM_TEST_SEED") or secrets.randbelow(10**9))
    print(f"seeds {first} to {first + PROGRAMS - 1}; STUDIUM_TEST_SEED={first} runs them again")
    for seed in range(first, first + PROGRAMS):
        program = random_program(seed)
        violation = violation_of(program)
        if violation is not None:
            pytest.fail(f"Seed {seed} breaks a law. {violation_of(shortened(program, violation))}")


def test_a_program_runs_the_same_each_time() -> None:
    for seed in (7, 99, 321):
        program = random_program(seed)
        assert program.run().text_at_the_end == program.run().text_at_the_end
