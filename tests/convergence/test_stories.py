from convergence.language import story


def test_first() -> None:
    story(
        """
        ada opens a tab
        bob opens a tab
        settle
        ada types "helo"
        bob goes offline
        bob types "xyz"
        settle
        laws
        """
    )
