"""Laws of the text diff and of the three-way merge."""

from hypothesis import example, given
from hypothesis import strategies as st
from pycrdt import Doc, Text

from studium.sync.diff import Edit, apply_edits, diff
from studium.sync.merge import edit_text, three_way

texts = st.text(alphabet="ab\né😀\u0301 x", max_size=60)
# Lines of a small stock, so that lines repeat, move and disappear.
files = st.lists(st.sampled_from(["one", "two", "three", "", "x = 1", "😀"]), max_size=14).map("\n".join)


def check_order(text: str, edits: list[Edit]) -> None:
    position = 0
    for edit in edits:
        assert position <= edit.start <= edit.end <= len(text)
        position = edit.end


@given(old=texts | files, new=texts | files)
def test_a_diff_leads_from_old_to_new(old: str, new: str) -> None:
    edits = diff(old, new)
    check_order(old, edits)
    assert apply_edits(old, edits) == new


@given(data=st.data(), size=st.integers(0, 14))
def test_what_stands_in_both_texts_in_one_order_is_left_alone(data: st.DataObject, size: int) -> None:
    letters = [chr(ord("a") + number) for number in range(size)]

    def broken(marks: str) -> str:
        """Some of the letters, with line breaks and other letters between them."""
        fresh = iter(marks)
        out = []
        for letter in [*letters, ""]:
            kind = data.draw(st.integers(0, 5))
            out += ["\n" * data.draw(st.integers(1, 3))] if kind < 2 else [next(fresh)] if kind == 2 else []
            out += [letter] if data.draw(st.integers(0, 4)) else []
        return "".join(out)

    old, new = broken("0123456789ABCDEF"), broken("αβγδεζηθικλμνξοπ")
    both = set(old) & set(new) - {"\n"}
    for edit in diff(old, new):
        assert not both & {*edit.text, *old[edit.start : edit.end]}, (old, new)


@given(base=texts | files, mine=texts | files, theirs=texts | files)
@example(base="", mine="a", theirs="b")
@example(base="abc", mine="aXc", theirs="ac")
def test_the_laws_of_the_merge(base: str, mine: str, theirs: str) -> None:
    assert apply_edits(base, three_way(base, base, theirs)) == theirs
    assert three_way(base, mine, base) == []
    assert three_way(base, mine, mine) == []
    edits = three_way(base, mine, theirs)
    check_order(mine, edits)
    apply_edits(mine, edits)


@given(data=st.data(), size=st.integers(0, 14))
def test_everything_typed_is_kept_once_and_everything_removed_is_gone(data: st.DataObject, size: int) -> None:
    base = [chr(ord("a") + number) for number in range(size)]

    def edited(first_mark: str) -> tuple[str, set[str], set[str]]:
        out: list[str] = []
        removed: set[str] = set()
        added: set[str] = set()
        for letter in [*base, ""]:
            if data.draw(st.integers(0, 3)) == 0:
                mark = chr(ord(first_mark) + len(added))
                out.append(mark)
                added.add(mark)
            if letter and data.draw(st.integers(0, 3)) == 0:
                removed.add(letter)
            else:
                out.append(letter)
        return "".join(out), removed, added

    mine, mine_removed, mine_added = edited("0")
    theirs, theirs_removed, theirs_added = edited("А")
    merged = apply_edits(mine, three_way("".join(base), mine, theirs))
    expected = (set(base) - mine_removed - theirs_removed) | mine_added | theirs_added
    assert sorted(merged) == sorted(expected)


@given(old=texts | files, new=texts | files)
def test_edits_reach_a_shared_text_whole(old: str, new: str) -> None:
    doc: Doc[Text] = Doc()
    doc["source"] = text = Text(old)
    with doc.transaction():
        edit_text(text, old, diff(old, new))
    assert str(text) == new
