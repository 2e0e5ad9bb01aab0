"""Guess: committed before the result, kept across a restart, shown beside what happened; a default that says so."""

import json
import os
import re

import numpy as np
import pytest
import torch
from IPython.core.formatters import DisplayFormatter

import mtlkit as mk
from mtlkit.course.answers import FILE
from mtlkit.widgets.guess import guess
from mtlkit.widgets.picture import VIEW

QUESTION = "Which task is loudest?"
OPTIONS = ["topic", "minutes", "none of them"]
CURVE = {"step": (1, 60, 120, 180, 240), "λ of topic": (0.0, 1.0, 0.05)}
RISES = [0.1, 0.3, 0.5, 0.7, 0.9]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def cell(monkeypatch):
    """What the cell shows: the list of displayed MIME bundles; `.number` is the cell's."""

    class Cell(list):
        execution_count = 1
        display_formatter = DisplayFormatter()

    shown = Cell()
    monkeypatch.setattr("IPython.get_ipython", lambda: shown)
    monkeypatch.setattr("IPython.display.display", lambda data, raw, metadata=None: shown.append(data))
    return shown


def stored(folder) -> dict:
    return json.loads((folder / FILE).read_text(encoding="utf-8"))["answers"]


def ask(**settings):
    return guess(QUESTION, OPTIONS, name="00-loud", **settings)


def ask_curve(**settings):
    return guess("How will λ move?", curve=CURVE, name="05-λ", **settings)


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


def test_a_curve_is_drawn_by_sliders_and_numbers_and_the_picture_follows(folder):
    g = ask_curve(unit="of 1")
    sliders, numbers, picture = g.control.sliders, g.control.numbers, g.control.picture
    assert g.control.value == g.default == [0.5] * 5, "level, in the middle"
    assert "stays level" in picture.alt
    before = (picture.image.value, picture.image.width, picture.image.height)
    sliders[4].value = 0.5 + 8 * 0.05
    numbers[0].value = 0.1
    assert g.control.value == [0.1, 0.5, 0.5, 0.5, 0.9] and (sliders[0].value, numbers[4].value) == (0.1, 0.9)
    assert picture.image.value != before[0] and (picture.image.width, picture.image.height) == before[1:]
    assert "rises" in picture.alt and "0.1 → 0.5 → 0.5 → 0.5 → 0.9 of 1" in picture.alt
    assert not g.given and not (folder / FILE).exists()

    g.button.click()
    assert g.answer == stored(folder)["05-λ"]["answer"] == [0.1, 0.5, 0.5, 0.5, 0.9]
    assert "Committed: 0.1 → 0.5 → 0.5 → 0.5 → 0.9 of 1" in g.status.value
    assert all(one.disabled for one in sliders + numbers)
    again = ask_curve()
    assert again.answer == again.control.value == g.answer and again.control.disabled
    again.button.click()
    assert not any(one.disabled for one in again.control.sliders + again.control.numbers)


def test_several_questions_share_the_file(folder):
    ask().commit("minutes")
    guess("How many?", slider=(0, 10, 1)).commit(4)
    assert {name: r["answer"] for name, r in stored(folder).items()} == {"00-loud": "minutes", "How many?": 4}
    assert ask().answer == "minutes"


def names(widget) -> list[str]:
    """The tooltips of the names within a widget."""
    own = re.findall('<span title="([^"]+)"', widget.value) if type(widget).__name__ == "HTML" else []
    return own + [name for child in getattr(widget, "children", ()) for name in names(child)]


def test_every_control_has_a_name_with_a_tooltip():
    assert names(ask().widget) == ["Tab goes from answer to answer, space chooses one"]
    assert "0 to 1. Arrow keys" in names(guess("How large?", slider=(0.0, 1.0, 0.1)).widget)[0]
    said = names(ask_curve().widget)
    assert len(said) == len(CURVE["step"]) and all(
        f"at step {x}," in tip for x, tip in zip(CURVE["step"], said, strict=True)
    )
    assert all(g.button.tooltip for g in (ask(), ask_curve()))


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


@pytest.mark.parametrize(
    ("guessed", "actual", "words"),
    [
        (RISES, [0.2, 0.4, 0.6, 0.8, 1.0], "✓ They agree: on average 0.1 apart, 10.0% of the range"),
        (RISES, [0.2, 0.4, 0.6, 0.8, 1.1], "✗ They differ: on average 0.12 apart, 12.0% of the range"),
        (RISES, torch.tensor(RISES) + 3, "✗ They differ: on average 3 apart, 300.0% of the range"),
        (RISES, RISES, "Both rise."),
        (RISES, RISES[::-1], "The guess rises, what happened falls."),
        ([0.5] * 5, [0.5, 0.54, 0.5, 0.52, 0.5], "Both stay level."),
        ([0.2, 0.8, 0.5, 0.3, 0.1], [0.3, 0.5, 0.52, 0.51, 0.2], "Both first rise, then fall."),
        ([0.5, 0.47, 0.52, 0.55, 0.55], RISES, "Both rise."),
        ([0.5, 0.4, 0.6, 0.5, 0.5], RISES, "The guess first falls, then rises, then falls, what happened rises."),
    ],
)
def test_a_curve_says_how_far_apart_and_whether_it_goes_the_same_way(guessed, actual, words):
    g = ask_curve()
    g.commit(guessed)
    assert words in reveal(g, actual)


def test_a_whole_curve_is_compared_at_the_points_and_drawn_in_full(folder):
    g = ask_curve()
    g.commit(RISES)
    steps = np.arange(1, 241)
    noise = 0.3 * (-1.0) ** steps
    ys = 0.1 + 0.8 * (steps - 1) / 239 + noise
    ys[[0, 100]] = np.nan  # steps without the task
    said = reveal(g, (steps, torch.tensor(ys)))
    assert "✓ They agree" in said and "Both rise." in said
    happened = stored(folder)["05-λ"]["happened"]
    assert happened == pytest.approx(RISES, abs=0.05), "the noise of single steps is smoothed away"
    raw = g.figure.axes[0].lines[1]
    assert raw.get_xdata()[[0, -1]].tolist() == [2, 240] and raw.get_ydata().max() > 1.1

    short = reveal(g, ([0, 120, 300], [0.1, 0.5, 1.1]))  # a few numbers, as of each epoch: as they are
    assert "What happened: 0.1 → 0.3 → 0.5 → 0.7 → 0.9." in short


def test_the_drawing_of_a_reveal_names_both_and_says_the_finding(cell):
    g = ask_curve()
    g.reveal(RISES[::-1])
    assert "What happened: 0.9 → 0.7" in cell[1]["text/html"] and "default is 0.5 → 0.5" in cell[1]["text/html"]
    assert cell[2]["image/png"] and "What happened: 0.9 → 0.7" in cell[2]["text/plain"]
    ax = g.figure.axes[0]
    title = "On average 24.0% of the range apart: the guess stays level, what happened falls"
    assert ax.get_title(loc="left") == title and cell[2]["text/plain"].startswith(title)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "λ of topic")
    from matplotlib import pyplot

    assert pyplot.get_fignums() == [], "an open figure would be shown a second time"


def test_what_happened_must_be_an_answer():
    with pytest.raises(ValueError, match="What happened should be one of the options.*Did you mean 'minutes'"):
        ask().reveal("minute")
    with pytest.raises(ValueError, match="What happened should be a number, found 'high'"):
        guess("How large?", slider=(0, 1, 1)).reveal("high")


@pytest.mark.parametrize(
    ("actual", "message"),
    [
        ("high", "5 finite numbers, one per point, or a pair .* found 0: 'high'"),
        (0.5, "5 finite numbers, one per point, .* found 1: 0.5"),
        ([0.1, 0.2], "5 finite numbers, .* found 2"),
        ([0.1, 0.2, 0.3, 0.4, float("nan")], "5 finite numbers"),
        ([0.1, 0.2, 0.3, 0.4, "high"], "What happened should be numbers, found .*high"),
        (([1, 240], [0.1, 0.2, 0.3]), "equally many, found 2 and 3"),
        (([1, 60, 60, 240], [0.1] * 4), "The xs .* each larger than the one before"),
        (([1, 240], [0.1, "b"]), "The ys of what happened should be numbers"),
        (([1, 100], [0.1, 0.2]), "should reach from step 1 to 240, as the guess does, found numbers from 1 to 100"),
        (([1, 240], [float("nan")] * 2), "found no finite number"),
    ],
)
def test_what_cannot_have_happened_to_a_curve_is_refused(folder, actual, message):
    g = ask_curve()
    g.commit(RISES)
    with pytest.raises(ValueError, match=message):
        g.reveal(actual)
    assert "happened" not in stored(folder)["05-λ"]


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


def test_without_a_kernel_a_curve_is_a_picture_with_words(cell):
    ask_curve()
    assert "○ a curve of λ of topic, 0 to 1, through step 1, 60, 120, 180, 240" in cell[0]["text/plain"]
    assert '<img src="data:image/png;base64,' in cell[0]["text/html"]
    assert 'alt="Drawn so far: stays level. λ of topic: 0.5 → 0.5' in cell[0]["text/html"]


def test_what_is_asked_and_answered_is_escaped(cell):
    named = guess("?", curve={"<b>step</b>": (0, 1), '"<b>λ': (0, 1, 0.5)})
    named.reveal([0, 1])
    assert not any("<b>" in part.replace("<b>Your guess first.</b>", "") for part in cell[0]["text/html"].split("✗"))
    assert 'alt="Drawn so far: stays level. &quot;&lt;b&gt;λ' in cell[0]["text/html"]
    assert "<b>" not in named.control.picture.words.value
    cell.clear()
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
    + ['{"mtlkit-answers": 1, "answers": {"00-loud": {"answer": [1, "a"]}}}']
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
    assert not guess(QUESTION, curve=CURVE, name="00-loud").given
    ask_curve().commit(RISES)
    for other in ({"step": (1, 2), "λ": (0, 1, 0.1)}, {"step": CURVE["step"], "λ": (0, 0.5, 0.1)}):
        g = guess("How will λ move?", curve=other, name="05-λ")
        assert not g.given and "[0.1, 0.3, 0.5, 0.7, 0.9], is no longer among the answers" in g.status.value
    assert not guess("How will λ move?", OPTIONS, name="05-λ").given


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
        ({"slider": (0, 1, 1), "curve": CURVE}, "either options=.* or slider=.* or curve="),
        ({"curve": ((1, 2), (0, 1, 0.1))}, 'curve should be {"step": .*found'),
        ({"curve": {"step": (1, 2)}}, 'curve should be {"step"'),
        ({"curve": {"step": (1,), "λ": (0, 1, 0.1)}}, "The points along step should be at least two .*found \\(1,\\)"),
        ({"curve": {"step": (1, 3, 2), "λ": (0, 1, 0.1)}}, "each larger than the one before, found \\(1, 3, 2\\)"),
        ({"curve": {"step": (1, float("inf")), "λ": (0, 1, 0.1)}}, "The points along step"),
        ({"curve": {"step": (1, "b"), "λ": (0, 1, 0.1)}}, "The points along step should be numbers"),
        ({"curve": {"step": (1, 2), "λ": (1, 0, 0.1)}}, "The range of λ should be \\(lowest, highest, step\\)"),
        ({"curve": CURVE, "default": [0.5] * 4}, "The default should be a list of 5 numbers from 0 to 1, found"),
        ({"curve": CURVE, "default": 0.5}, "The default should be a list of 5 numbers from 0 to 1, found 0.5"),
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
    for wrong in (RISES[:4], [0.1, 0.3, 0.5, 0.7, 1.9], [0.1, 0.3, 0.5, 0.7, float("nan")], 0.5):
        with pytest.raises(ValueError, match="A guess should be a list of 5 numbers from 0 to 1"):
            ask_curve().commit(wrong)
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


def test_a_curve_stands_in_the_table_of_guesses(tmp_path):
    g = ask_curve()
    g.commit(RISES)
    g.reveal([0.2, 0.4, 0.6, 0.8, 1.0])
    table = mk.widgets.guesses(tmp_path)
    assert table.iloc[0][["thought", "happened", "agrees"]].tolist() == [RISES, [0.2, 0.4, 0.6, 0.8, 1.0], True]
    assert "[0.1, 0.3, 0.5, 0.7, 0.9]" in table.to_html()
