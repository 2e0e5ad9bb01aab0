"""History: tidy tables, a small file that survives crashes."""

import json
import math
from dataclasses import replace

import numpy as np
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


def test_a_followed_file_is_not_written_at_every_step_but_is_after_a_second(tmp_path, monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    history = recorded(tmp_path / "h.jsonl")
    history.flush()
    before = (tmp_path / "h.jsonl").read_text()
    step = mk.Step(4, 1, torch.tensor([1.0, 2.0]), torch.tensor([0.5, 0.5]), 1e-3, 0.4, 32)
    history.add_step(step)
    assert (tmp_path / "h.jsonl").read_text() == before
    now[0] += 1.0
    history.add_step(replace(step, step=5))
    assert len((tmp_path / "h.jsonl").read_text().splitlines()) == len(before.splitlines()) + 2


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


def test_arrays_make_the_history_that_steps_make(tmp_path):
    losses = np.array([[step / 3, math.nan] for step in range(1, 4)], dtype=np.float32)
    history = mk.History.from_arrays(
        ["a", "b"],
        losses,
        [[0.5, 0.0]] * 3,
        settings={"seed": 0},
        lr=1e-3,
        seconds=[0.1, 0.2, 3 * 0.1],
        examples=[8, 16, 24],
    )
    stepped = recorded()
    assert history.frame().equals(stepped.frame())
    records = [list(h.records()) for h in (history, stepped)]
    assert records[0] == [r for r in records[1] if "event" not in r and "metrics" not in r]
    history.add_step(mk.Step(4, 2, torch.ones(2), torch.ones(2), 0.0, 1.0, 32))  # and goes on
    assert history.steps().tolist() == [1, 2, 3, 4] and history.losses()[-1].tolist() == [1, 1]
    with pytest.raises(ValueError, match=r"\(steps, 2\) .* found \(3, 2\) and \(2, 2\)"):
        mk.History.from_arrays(["a", "b"], losses, [[0.5, 0.0]] * 2)


def test_an_array_that_was_given_out_stays_as_it_was_and_nobody_can_write_the_record():
    history = mk.History(["a"])
    taken = []
    for step in range(1, 1001):
        history.add_step(mk.Step(step, step, torch.tensor([float(step)]), torch.ones(1), 0.0, 0.0, step))
        if step in (1, 64, 700):
            taken.append((step, history.losses()))
    for step, losses in taken:
        assert losses[:, 0].tolist() == list(range(1, step + 1))
    assert history.losses()[:, 0].tolist() == history.steps().tolist() == list(range(1, 1001))
    for read in (history.losses, history.weights, history.steps):
        array = read()
        array[0] = 7
        assert read()[0] == 1
        torch.from_numpy(array)  # no warning: it may be written to


def test_whole_numbers_stay_whole_in_the_file(tmp_path):
    recorded().save(tmp_path / "h.jsonl")
    step = next(r for r in map(json.loads, (tmp_path / "h.jsonl").open()) if "losses" in r)
    assert step["losses"][1] is step["weights"][1] is None
    assert {k: type(step[k]) for k in ("step", "epoch", "examples", "lr")} == {
        "step": int, "epoch": int, "examples": int, "lr": float,
    }  # fmt: skip
