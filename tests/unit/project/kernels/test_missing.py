"""What a notebook says whose kernel is not there."""

import pytest

from studium.project.kernels.missing import how_to_install


@pytest.mark.parametrize(
    ("name", "language", "says"),
    [
        ("ir", "R", "Ask the administrator of this Studium to run “apt-get install r-cran-irkernel”."),
        ("r-4.4", "R", "apt-get install r-cran-irkernel"),
        (
            "bash",
            "bash",
            "Run “!pip install bash_kernel && python -m bash_kernel.install” in a cell of a Python notebook.",
        ),
        ("gap-4", "GAP 4", "Run “!pip install passagemath-gap-pkg-jupyterkernel”"),
        (
            "octave",
            "octave",
            "to run “apt-get install octave”. Then run “!pip install octave_kernel” in a cell of a Python notebook.",
        ),
        ("julia-1.11", "julia", "Install it, or choose another kernel."),
    ],
)
def test_who_does_what(name: str, language: str, says: str) -> None:
    sentence = how_to_install(name, {"kernelspec": {"name": name, "language": language}})
    assert sentence.startswith(f"The kernel {name} is not installed in this project. ")
    assert says in sentence


@pytest.mark.parametrize("metadata", [{}, {"kernelspec": None}, {"kernelspec": {"language": ["R"]}}, {"kernelspec": 3}])
def test_strange_metadata(metadata: dict[str, object]) -> None:
    assert how_to_install("x" * 5000, metadata).count("x") <= 110
