"""Would the laws see it? Each way of breaking the engine must show within some programs."""

import logging

import pytest

from convergence.mutants import MUTANTS, Patch
from convergence.programs import random_program, violation_of

PROGRAMS = 250


@pytest.mark.parametrize(("mutant", "seed"), MUTANTS, ids=[mutant.__name__ for mutant, _ in MUTANTS])
def test_a_broken_engine_breaks_a_law(
    mutant: Patch, seed: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    mutant(monkeypatch)
    assert any(violation_of(random_program(each)) for each in [seed, *range(PROGRAMS)])
