"""Guess: committed before the result, kept across a restart, shown beside what happened; a default that says so."""

import json
import os

import pytest
import torch

import mtlkit as mk
from mtlkit.widgets.answers import FILE
from mtlkit.widgets.figure import VIEW
from mtlkit.widgets.guess import guess

QUESTION = "Which task is loudest?"
OPTIONS = ["topic", "minutes", "none of them"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cell(monkeypatch):
    """What the cell shows: the list of displayed MIME bundles; `.number` is the cell's."""

    class Cell(list):
        execution_count = 1

    shown = Cell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shown)
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    return shown


def stored(folder) -> dict:
    return json.loads((folder / FILE).read_text(encoding="utf-8"))["answers"]


def ask(**settings):
    return guess(QUESTION, OPTIONS, name="00-loud", **settings)


# -- committing ------------------------------------------------------------------------------------------------
def test_a_committed_choice_is_stored_and_there_again_after_a_restart(folder):
    g = ask()
    assert (g.given, g.answer, g.value) == (False, None, "topic")
    g.control.value = "minutes"
    assert not g.given and not (folder / FILE).exists()  # choosing stores nothing
    g.button.click()
    assert (g.given, g.answer, g.value) == (True, "minutes", "minutes")
    record = stored(folder)["00-loud"]
    assert (record["question"], record["answer"]) == (QUESTION, "minutes")
    assert record["time"].startswith("20") and record["time"].endswith("+00:00")
    assert os.listdir(folder) == [FILE]

    again = ask()  # as after a restart: only the file remembers
    assert again.answer == "minutes" and again.control.value == "minutes"
    assert again.control.disabled and again.button.description == "Change"
    assert "Committed: “minutes”" in again.status.value


def test_nothing_is_chosen_beforehand_and_committing_nothing_asks_for_a_choice(folder):
    g = ask(default="minutes")
    assert g.control.value is None
    g.button.click()
    assert not g.given and "Choose one" in g.status.value
    assert not (folder / FILE).exists()


def test_a_guess_can_be_changed_and_the_first_stays_until_then(folder):
    g = ask()
    g.commit("minutes")
    g.button.click()
    assert not g.control.disabled and g.button.description == "Commit"
    g.control.value = "topic"
    assert g.answer == "minutes" and stored(folder)["00-loud"]["answer"] == "minutes"
    g.button.click()
    assert g.answer == "topic" and stored(folder)["00-loud"]["answer"] == "topic"


def test_slider_and_number_show_the_same_value():
    g = guess("How large is λ?", slider=(0.0, 1.0, 0.1), unit="nats")
    number = next(child for child in g.widget.children[1].children if type(child).__name__ == "BoundedFloatText")
    assert g.control.value == number.value == g.default == 0.5
    number.value = 0.3
    assert g.control.value == 0.3
    g.control.value = 0.1 + 2 * 0.1
    g.button.click()
    assert g.answer == 0.3
    assert number.disabled and g.control.disabled
    assert "0.3 nats" in g.status.value


def test_whole_numbers_stay_whole(folder):
    g = guess("How many?", slider=(1, 9, 2))
    assert (g.default, type(g.control).__name__) == (5, "IntSlider")
    g.commit(7)
    assert stored(folder)["How many?"]["answer"] == 7


def test_several_questions_share_the_file(folder):
    ask().commit("minutes")
    guess("How many?", slider=(0, 10, 1)).commit(4)
    assert {name: r["answer"] for name, r in stored(folder).items()} == {"00-loud": "minutes", "How many?": 4}
    assert ask().answer == "minutes"


def test_every_control_has_a_tooltip():
    for g in (ask(), guess("How large?", slider=(0.0, 1.0, 0.1))):
        assert g.control.tooltip and g.button.tooltip


# -- the reveal ------------------------------------------------------------------------------------------------
def reveal(g, actual, note=None) -> str:
    """The text that the reveal leaves in a terminal."""
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert g.reveal(actual, note) is None
    return out.getvalue()


def test_the_reveal_shows_both_and_says_whether_they_agree():
    g = ask()
    g.commit("minutes")
    said = reveal(g, "minutes", note="Its unit is minutes squared.")
    assert "You thought: “minutes”." in said and "What happened: “minutes”." in said
    assert "✓ They agree." in said and said.rstrip().endswith("Its unit is minutes squared.")
    assert "✗ They differ." in reveal(g, "topic")


def test_without_a_guess_the_default_is_taken_and_said():
    said = reveal(ask(default="none of them"), "minutes")
    assert "No guess was given; the default is “none of them”." in said
    assert "You thought" not in said and "✗ They differ." in said


def test_a_default_of_nought_is_a_default():
    said = reveal(guess("How much?", slider=(0, 100, 5), unit="%", default=0), 30)
    assert "the default is 0 %" in said and "✗ Too low by 30 %." in said


@pytest.mark.parametrize(
    ("guessed", "actual", "words"),
    [
        (0.3, 0.34, "✓ They agree, as closely as the slider can say it."),
        (0.3, 0.35, "✓ They agree"),
        (0.3, 0.5, "✗ Too low by 0.2 nats, 10% of the slider's range."),
        (2.0, torch.tensor(0.5), "✗ Too high by 1.5 nats, 75% of the slider's range."),
        (2.0, 12, "✗ Too low by 10 nats, 500%"),
        (2.0, float("nan"), "✗ No number could have met that."),
    ],
)
def test_a_number_says_how_far_off_it_was(guessed, actual, words):
    g = guess("How large?", slider=(0.0, 2.0, 0.1), unit="nats")
    g.commit(guessed)
    assert words in reveal(g, actual)


def test_what_happened_must_be_an_answer():
    with pytest.raises(ValueError, match="What happened should be one of the options.*Did you mean 'minutes'"):
        ask().reveal("minute")
    with pytest.raises(ValueError, match="What happened should be a number, found 'high'"):
        guess("How large?", slider=(0, 1, 1)).reveal("high")


# -- in the cell -----------------------------------------------------------------------------------------------
def test_the_cell_shows_the_panel_once_and_reads_well_without_a_kernel(cell):
    g = ask()
    g._ipython_display_()  # the last value of the cell that made it
    assert len(cell) == 1
    assert cell[0][VIEW]["model_id"] == g.widget.model_id
    for kind in ("text/plain", "text/html"):
        assert QUESTION in cell[0][kind] and all(option in cell[0][kind] for option in OPTIONS)
        assert "No guess committed yet; the default is “topic”." in cell[0][kind]
        assert "VBox" not in cell[0][kind]
    cell.execution_count = 2
    g._ipython_display_()
    assert len(cell) == 2
    g.commit("minutes")
    g.reveal("minutes")
    assert "✓ They agree." in cell[2]["text/html"] and VIEW not in cell[2]


def test_without_a_kernel_a_slider_is_its_range(cell):
    guess("How large?", slider=(0.0, 2.0, 0.1), unit="nats")
    assert "○ a number from 0 to 2 nats\nNo guess committed yet; the default is 1 nats." in cell[0]["text/plain"]


def test_what_is_asked_and_answered_is_escaped(cell):
    g = guess("Is <b>λ</b> & L?", ["<i>yes</i>", "no"])
    g.commit("<i>yes</i>")
    g.reveal("no", note="<script>")
    shown = "".join(bundle["text/html"] for bundle in cell) + g.status.value + g.widget.children[0].value
    assert "&lt;b&gt;λ" in shown and "&lt;script&gt;" in shown
    assert not any(tag in shown for tag in ("<b>λ", "<i>yes", "<script>"))


# -- bad input -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"answers": {}}',
        '{"mtlkit-answers": 1, "answers": {"00-loud": "minutes"}}',
        "\x00\x01",
        "[" * 9999,
    ]
    + ['{"mtlkit-answers": 1, "answers": {"00-loud": {"answer": null}}}', '{"mtlkit-answers": 99, "answers": {}}'],
)
def test_a_broken_file_is_moved_aside_and_said(folder, content):
    (folder / FILE).write_text(content)
    g = ask()
    assert not g.given and "is not a file of guesses" in g.status.value
    assert "mtlkit-answers.broken-1.json" in g.status.value
    assert (folder / "mtlkit-answers.broken-1.json").read_text() == content and not (folder / FILE).exists()
    g.commit("minutes")
    assert ask().answer == "minutes"

    (folder / FILE).write_text(content)
    ask()
    assert (folder / "mtlkit-answers.broken-2.json").read_text() == content
    assert (folder / "mtlkit-answers.broken-1.json").read_text() == content


def test_a_file_that_breaks_while_the_question_is_open_is_not_overwritten(folder):
    g = ask()
    (folder / FILE).write_bytes(b"\xff\xfe broken")
    g.commit("minutes")
    assert "is not a file of guesses" in g.status.value and "✓ Committed" in g.status.value
    assert (folder / "mtlkit-answers.broken-1.json").read_bytes() == b"\xff\xfe broken"
    assert stored(folder)["00-loud"]["answer"] == "minutes"


def test_a_guess_that_cannot_be_stored_counts_and_says_so(folder):
    g = ask()
    (folder / FILE).mkdir()
    g.commit("minutes")
    assert g.answer == "minutes" and "could not be stored" in g.status.value
    assert os.listdir(folder) == [FILE]
    assert "can&#x27;t be read" in ask().status.value


def test_an_earlier_answer_that_is_no_longer_offered_is_asked_again(folder):
    ask().commit("minutes")
    g = guess(QUESTION, ["topic", "urgency"], name="00-loud")
    assert not g.given and g.control.value is None
    assert "“minutes”" not in g.status.value and "minutes, is no longer among the answers" in g.status.value
    assert not guess(QUESTION, slider=(0, 1, 1), name="00-loud").given


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "either options=.* or slider="),
        ({"options": ["a", "b"], "slider": (0, 1, 1)}, "either options=.* or slider="),
        ({"options": ["a"]}, "at least two texts"),
        ({"options": "ab"}, "at least two texts"),
        ({"options": ["a", 3]}, "at least two texts"),
        ({"options": ["a", "a"]}, "Two options are the same"),
        ({"options": ["red", "blue"], "default": "bleu"}, "The default should be one of the options.*mean 'blue'"),
        ({"slider": (1, 0, 0.1)}, "lowest, highest, step.*found \\(1, 0, 0.1\\)"),
        ({"slider": (0, 1, 0)}, "lowest, highest, step"),
        ({"slider": (0, float("inf"), 1)}, "lowest, highest, step"),
        ({"slider": (0, 1)}, "lowest, highest, step"),
        ({"slider": "abc"}, "lowest, highest, step"),
        ({"slider": (0, 1, 0.1), "default": 2}, "The default should be a number from 0 to 1, found 2"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        guess("?", **settings)


def test_code_cannot_commit_to_what_is_no_answer(folder):
    with pytest.raises(ValueError, match="A guess should be one of the options"):
        ask().commit("hours")
    with pytest.raises(ValueError, match="A guess should be a number from 0 to 1"):
        guess("How large?", slider=(0, 1, 1)).commit(7)
    assert not (folder / FILE).exists()


def test_all_guesses_are_gathered_in_one_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = mk.widgets.guess("Which?", ["a", "b"], default="a")
    first.reveal("b")
    assert len(mk.widgets.guesses()) == 0, "a default is no guess"
    first.commit("a")
    mk.widgets.guess("How many?", slider=(0, 10, 1)).commit(7)
    table = mk.widgets.guesses()
    assert table[["question", "thought"]].values.tolist() == [["Which?", "a"], ["How many?", 7]]
    assert table.happened.isna().all() and table.agrees.isna().all()
    first.reveal("b")
    mk.widgets.guess("How many?", slider=(0, 10, 1)).reveal(7.2)
    table = mk.widgets.guesses(tmp_path)
    assert table.happened.tolist() == ["b", 7.2] and table.agrees.tolist() == [False, True]
    first.commit("b")  # anew: what happened is to be seen again
    assert mk.widgets.guesses().happened.isna().tolist() == [True, False]
