"""History: tidy tables, a small file that survives crashes."""

import math

import pytest
import torch

import mtlkit as mk


def recorded(file=None):
    history = mk.History(["a", "b"], {"seed": 0}, file=file)
    for step in range(1, 4):
        history.add_step(
            mk.Step(step, 1, torch.tensor([step / 3, math.nan]), torch.tensor([0.5, 0.0]), 1e-3, step * 0.1, step * 8)
        )
    history.add_event({"step": 2, "who": "cockpit", "setting": "alpha", "value": 2.0})
    history.add_metrics(3, 1, {"a": {"accuracy": 0.5}}, {"a": 10})
    return history


def test_the_frame_is_tidy_and_an_absent_task_has_neither_loss_nor_weight():
    frame = recorded().frame()
    assert list(frame) == [
        "step", "epoch", "task", "loss", "weight", "weighted_loss", "lr", "seconds", "examples",
    ]  # fmt: skip
    assert len(frame) == 6
    a, b = (frame[frame.task == t] for t in "ab")
    assert a.weighted_loss.tolist() == pytest.approx([1 / 6, 2 / 6, 3 / 6])
    assert b[["loss", "weight", "weighted_loss"]].isna().all(axis=None)


def test_an_empty_history_has_empty_tables():
    history = mk.History(["a", "b"])
    assert len(history) == 0 and len(history.frame()) == 0 and history.losses().shape == (0, 2)
    assert len(history.metrics()) == 0


def test_a_saved_history_comes_back_equal(tmp_path):
    history = recorded()
    history.save(tmp_path / "h.jsonl")
    again = mk.History.load(tmp_path / "h.jsonl")
    assert history.frame().equals(again.frame()) and history.metrics().equals(again.metrics())
    assert (again.events, again.settings, again.tasks) == (history.events, history.settings, history.tasks)


def test_a_followed_file_holds_what_was_recorded_and_a_cut_off_line_is_left_out(tmp_path):
    file = tmp_path / "h.jsonl"
    history = recorded(file)
    history.close()
    assert mk.History.load(file).frame().equals(history.frame())
    text = file.read_text()
    file.write_text(text[:-5])
    assert len(mk.History.load(file).metrics()) == 0
    assert len(mk.History.load(file, until=2)) == 2


@pytest.mark.parametrize("text", ["", "step,loss\n1,2\n", "[1]\n"])
def test_a_foreign_file_says_so(tmp_path, text):
    (tmp_path / "x").write_text(text)
    with pytest.raises(ValueError, match="not a history"):
        mk.History.load(tmp_path / "x")


def test_a_broken_line_in_the_middle_is_named(tmp_path):
    file = tmp_path / "h.jsonl"
    recorded().save(file)
    lines = file.read_text().split("\n")
    file.write_text("\n".join([lines[0], lines[1], "{broken", *lines[3:]]))
    with pytest.raises(ValueError, match="line 3"):
        mk.History.load(file)
