"""The command line: what a person types, its configuration, and the composition of all parts into running processes."""


def main() -> None:
    """The ``studium`` command."""
    # Imported here, so that importing the package for its parts does not load click.
    from studium.cli.commands import studium

    studium(prog_name="studium")
