"""Programs that were written down: what the language looks like, and what random ones have found."""

import pytest

from convergence.language import Violation, story


def test_people_type_into_one_text() -> None:
    story(
        """
        ada opens a tab
        bob opens a tab
        settle
        ada types "helo"
        bob types "x" at the start
        settle
        ada sees "xhelo"
        bob erases "x"
        ada undoes
        settle
        bob sees ""
        laws
        """
    )


def test_what_was_typed_offline_is_there_once_after_the_server_was_killed() -> None:
    story(
        """
        ada opens a tab
        bob opens a tab
        settle
        ada types "abc"
        all is delivered        # bob sees it, and nothing is committed
        bob sees "abc"
        the server is killed
        bob types "def"
        ada goes offline
        ada types "ghi" at the start
        an hour passes
        settle
        ada sees "ghiabcdef"
        the file holds "ghiabcdef"
        laws
        """
    )


def test_edits_kept_by_the_browser_come_back_with_the_next_tab() -> None:
    story(
        """
        ada opens a tab
        settle
        ada loses the connection
        ada types "abc"
        ada closes the tab
        the server restarts
        ada opens a tab
        settle
        ada sees "abc"
        laws
        """
    )


def test_a_viewer_who_writes_all_the_same_is_not_heard() -> None:
    story(
        """
        vic opens a tab
        ada opens a tab
        settle
        vic types "x"
        ada types "a"
        settle
        ada sees "a"
        laws
        """
    )


def test_a_person_whose_right_is_taken_keeps_what_was_not_sent() -> None:
    story(
        """
        ada opens a tab
        bob opens a tab
        settle
        ada types "abc"
        ada becomes a viewer
        settle
        bob sees ""
        ada sees "abc"
        laws
        ada may write again
        settle
        bob sees "abc"
        laws
        """
    )


def test_undo_takes_back_ones_own_edit_only() -> None:
    story(
        """
        ada opens a tab
        bob opens a tab
        settle
        ada types "ab"
        settle
        bob types "x" after "a"
        settle
        ada undoes
        settle
        bob sees "x"
        laws
        """
    )


def test_a_program_writes_into_the_file_in_the_moment_in_which_it_is_replaced() -> None:
    story(
        """
        ada opens a tab
        settle
        a program appends "z" in the moment in which the file is replaced
        ada types "a" at the start
        settle
        the file holds "alinez"
        laws
        """,
        content="line",
    )


def test_the_language_finds_a_lie() -> None:
    with pytest.raises(Violation, match="ada sees 'a', not 'b'"):
        story('ada opens a tab\nsettle\nada types "a"\nada sees "b"')
    with pytest.raises(ValueError, match="no act 'ada sings'"):
        story("ada sings")


# Found by random programs --------------------------------------------------------------------------------------------


def test_a_file_that_changes_while_it_is_opened_is_merged_once() -> None:
    """Two looks at once merged with the same base, and the later change was overwritten."""
    story(
        """
        stu opens a tab
        the server works
        the server restarts
        bob opens a tab
        a program appends "x"
        4 jobs are done         # the file is being merged
        sed adds "y" to line 33
        a moment passes
        settle
        laws
        """,
        content="abc\ndef\n",
    )


def test_a_change_of_the_file_during_a_merge_is_seen() -> None:
    """The wish for another look was forgotten when the one that was under way ended."""
    story(
        """
        ada opens a tab
        the server works
        a program appends "x"
        a while passes
        3 jobs are done         # the log has not committed it yet
        a program appends "y"
        a while passes
        settle
        the file holds "x\\ny\\n"
        ada sees "x\\ny\\n"
        laws
        """
    )


def test_a_file_that_is_being_rewritten_when_it_is_opened_is_not_believed_to_be_empty() -> None:
    """All was taken for deleted and then for written anew, and what had been deleted in the page came back."""
    story(
        """
        ada opens a tab
        bob opens a tab
        the server works
        all is delivered
        bob erases 2 at 1
        the server restarts
        ada reconnects
        a program truncates the file
        the server works
        and writes it again with "x"
        settle
        ada sees "ax"
        laws
        """,
        content="abc",
    )


def test_on_disk_is_said_again_after_a_crash_that_lost_what_was_announced() -> None:
    """The version that a page waited for was never reached: it said "on the server" for ever."""
    story(
        """
        cyd opens a tab
        the server works
        all is delivered
        the server is killed
        cyd goes online
        the server works
        all is delivered
        cyd types "x"
        all is delivered
        cyd types "y"
        all is delivered        # two updates, which cyd will send as one
        bob opens a tab
        2 jobs are done
        deliver 2 to bob        # the greeting has the number of an edit that is never committed
        the server is killed
        settle
        bob is shown "disk"
        laws
        """,
        content="abc\n",
    )


def test_pending_edits_are_carried_into_a_new_document_without_what_they_left_alone() -> None:
    """Told from the two texts alone, what stood in both was taken for deleted and written anew."""
    story(
        """
        cyd opens a tab
        the server works
        all is delivered
        bob opens a tab
        cyd types "a\\n"
        2 jobs are done
        cyd types "b"
        all is delivered
        a while passes
        bob types "c\\n" at the start
        the server works
        bob types "d\\n" at the start
        the file manager removes the file
        bob erases 2 at 0
        the server is killed
        bob replaces 4 with "x" at 3
        settle
        laws
        """
    )


def test_two_tabs_do_not_both_carry_what_one_of_them_typed_into_a_new_document() -> None:
    story(
        """
        ada opens a tab
        the server works
        all is delivered
        a program appends "z"
        ada types "abc"
        a moment passes         # the browser keeps it
        ada opens a second tab
        the server is killed
        the file manager removes the file
        settle
        ada sees "abc"
        laws
        """
    )


def test_a_file_that_changes_after_an_interrupted_save_is_merged_with_what_was_written() -> None:
    """The log did not know whether the file had been replaced, and what was typed was taken for the program's, too."""
    story(
        """
        cyd opens a tab
        the server works
        all is delivered
        cyd types "x\\n" at the start
        all is delivered
        the server works
        a while passes
        1 jobs are done
        commit                  # of what was typed
        commit                  # of what is about to be written
        1 jobs are done         # the file is written, and the log does not know it
        the file holds "x\\nabc"
        the server is killed
        git checks out the file with "y" on line 0
        settle
        the file holds "xy\\n\\nabc"
        laws
        """,
        content="abc",
    )


def test_a_file_that_was_made_anew_before_an_interrupted_save_takes_out_nothing_that_was_typed() -> None:
    """It had nothing of what was about to be written, and was taken for that text with everything taken out."""
    story(
        """
        ada opens a tab
        the server works
        all is delivered
        ada types "x\\n" at 7
        ada saves
        ada erases 4 at 9
        all is delivered
        3 jobs are done         # the log knows what is about to be written
        the file is deleted outside
        a program appends "w"
        commit
        the server is killed right after a commit
        settle
        the file holds "xw\\n"
        laws
        """,
        content="abc\ndef\nghi\n",
    )


def test_a_line_break_does_not_tell_what_a_file_was_made_from() -> None:
    """It stood in the file and in what was about to be written, which was taken for that text with all else gone."""
    story(
        """
        ada opens a tab
        the server works
        all is delivered
        git checks out the file with "x" on line 0
        a program truncates the file
        ada types "y\\n"
        all is delivered
        a moment passes
        a moment passes
        4 jobs are done         # the log knows what is about to be written
        commit
        the server is killed right after a commit
        settle                  # what had been truncated is there again
        the file holds "y\\nx\\n"
        laws
        """,
        content="",
    )


def test_a_deletion_that_a_killed_server_passed_on_is_not_forgotten_by_who_has_it() -> None:
    """Who comes back told only what it had inserted, and a deletion that nobody else had stayed with it alone."""
    story(
        """
        cyd opens a tab
        the server works
        all is delivered
        ada opens a tab
        the server works
        cyd erases 2 at 0
        all is delivered        # ada sees it, and nothing is committed
        the server is killed
        cyd closes the tab
        settle
        ada sees "c"
        laws
        """,
        content="abc",
    )


def test_what_was_erased_in_another_document_may_be_typed_into_the_new_one() -> None:
    """Bob carries his letters into it; that Ada erased them in the old one, where they were lost, is no edit of it."""
    story(
        """
        ada opens a tab
        bob opens a tab
        the server works
        all is delivered
        bob types "xyz" at 10
        the file manager removes the file
        ada opens a second tab
        all is delivered
        the server is killed
        ada replaces 4 with "w" at 37
        ada's second tab goes online
        the server works
        ada closes the tab
        settle
        laws
        """,
        content="abc",
    )


def test_a_file_that_is_emptied_again_is_given_time_again() -> None:
    """It was being written anew for the second time, and was believed after what was left of the first."""
    story(
        """
        ada opens a tab
        bob opens a tab
        the server works
        all is delivered
        ada types "xy" at 0
        all is delivered
        a program truncates the file
        bob erases 4 at 1
        a moment passes
        the server works        # it looks, and waits
        the file comes back
        a while passes
        a program truncates the file
        3 jobs are done
        settle
        laws
        """,
        content="abc",
    )


def test_who_does_not_read_yet_is_asked_for_what_it_has_all_the_same() -> None:
    """It was only brought up to date later, and what it had typed before it was connected stayed with it."""
    story(
        """
        stu opens a tab
        the server works
        cyd opens a tab
        the disk is full
        cyd types "xy"
        cyd stops reading
        2 jobs are done
        commit
        the disk has room
        commit
        all is delivered
        settle
        ada sees "xy"
        laws
        """,
        content="",
    )


def test_what_was_typed_beside_a_change_of_the_file_is_saved_after_a_crash() -> None:
    """The log said that the file holds all up to the version of its own edit, so nobody saved what came beside it."""
    story(
        """
        bob opens a tab
        the server works
        all is delivered
        bob types "xyz" at 1
        all is delivered
        git checks out the file with "w" on line 1
        a moment passes
        2 jobs are done
        the server is killed right after a commit
        settle
        laws
        """,
        content="abc\ndef\n",
    )


def test_what_follows_a_gap_is_shown_by_nobody() -> None:
    """A stock client sends what is typed before it has sent what it typed offline, and is gone."""
    story(
        """
        stu opens a tab
        the server works
        all is delivered
        the server restarts
        stu types "x\\n" at the start
        stu goes online
        stu types "y" at 3
        all is delivered
        stu vanishes
        ada opens a tab
        settle
        laws
        """,
        content="abc\ndef\n",
    )


def test_a_word_that_a_program_leaves_alone_does_not_come_back() -> None:
    """Lines were compared each with the one in its place, and so a word went out of one and into the next."""
    story(
        """
        ada opens a tab
        the server works
        all is delivered
        sed deletes line 15
        git checks out the file with "x" on line 10
        ada erases 3 at 8       # the last line
        settle
        ada sees "abc\\ndefx\\n\\n"
        laws
        """,
        content="abc\ndef\nghi\n",
    )


def test_a_line_that_a_program_moves_on_is_not_doubled() -> None:
    """An empty line, of which there was one on both sides, was taken for what had stayed."""
    story(
        """
        ada opens a tab
        the server works
        all is delivered
        ada types "w" at 8      # amid a line
        git checks out the file with "x" on line 0
        git checks out the file with "y" on line 3
        sed adds "z" to line 6
        settle
        ada sees "abcdx\\n\\n\\nefwghy\\n\\n\\nikz"
        laws
        """,
        content="abcd\n\nefgh\n\nik",
    )


def test_a_clock_that_is_set_makes_an_emptied_file_seem_old() -> None:
    """Then the file counts as emptied, and what is written into it as new."""
    story(
        """
        bob opens a tab
        the server works
        all is delivered
        bob erases 2 at 0
        the clock is set forward an hour
        a program truncates the file
        3 jobs are done
        the clock is set back an hour
        settle
        laws
        """,
        content="abc\ndef",
    )
