"""The duel: two runs in lockstep, without its panel and driven through it."""

import asyncio
import copy
import json

import numpy as np
import pytest
import torch
import toy
from loop import others, until
from scipy.stats import ttest_1samp

import mtlkit as mk
from mtlkit.experiments.paired_runs import Lockstep
from mtlkit.training.run import NonFiniteError

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

TASKS = ["colour", "tags", "rare"]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.getbasetemp())))


@pytest.fixture(scope="module")
def corpus():
    return toy.corpus(TASKS)


@pytest.fixture
def make(encoder, corpus):
    def make(weighting=None, corpus=corpus, model_seed=0, **settings):
        settings = {"steps": 8, "batch_size": 16, "lr": 1e-3, "validate": None} | settings
        model = mk.MultiTaskModel(encoder, corpus.tasks, seed=model_seed)
        return mk.Run(model, corpus, mk.Sigmoid(alpha=3.0) if weighting is None else weighting, **settings)

    return make


@pytest.fixture
def pair(make):
    a = make()
    return a, a.clone("equal")


def train(run: mk.Run) -> mk.Run:
    for _ in run:
        pass
    return run


def same(a: mk.Run, b: mk.Run) -> bool:
    """Bit for bit, times aside: what was recorded, and the weights."""
    one, two = (run.history.frame().drop(columns="seconds") for run in (a, b))
    weights = zip(a.model.state_dict().values(), b.model.state_dict().values(), strict=True)
    return one.equals(two) and a.history.events == b.history.events and all(torch.equal(v, w) for v, w in weights)


def main_metrics(run: mk.Run, split) -> dict[str, float]:
    """By `evaluate`: the first of each task."""
    return mk.evaluate(run.model, split).groupby("task")["value"].first().to_dict()


# -- without a widget -----------------------------------------------------------------------------------------------
def test_lockstep_is_the_two_plain_loops_bit_for_bit(make, pair):
    ways = Lockstep(*pair)
    while ways.step():
        assert pair[0].done == pair[1].done == ways.done
    assert ways.done == 8
    assert same(pair[0], train(make())) and same(pair[1], train(make("equal")))
    assert not same(*pair)


def test_who_is_ahead_after_an_interrupt_waits(make, pair):
    ways = Lockstep(*pair)
    ways.step()
    next(pair[0])  # the interrupt came after A's step
    ways.step()
    assert pair[0].done == pair[1].done == 2
    while ways.step():
        pass
    assert same(pair[0], train(make())) and same(pair[1], train(make("equal")))


@pytest.mark.parametrize(
    "change, named",
    [
        ({"seed": 1}, "seed is 0 in A and 1 in B"),
        ({"batch_size": 8}, "batch_size is 16 in A and 8 in B"),
        ({"steps": 9}, "steps is 8 in A and 9 in B"),
        ({"lr": 1e-2}, "lr is 0.001 in A and 0.01 in B"),
        ({"model_seed": 1}, "the first weights are others"),
        ({"corpus": toy.corpus(TASKS, train=80)}, "other texts or labels .96 rows in A, 80 in B"),
        ({"corpus": toy.corpus(TASKS[:2])}, "the tasks are colour, tags, rare in A and colour, tags in B"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_difference_besides_the_weighting_is_named(make, change, named):
    with pytest.raises(ValueError, match=named):
        mk.widgets.duel(make(), make("equal", **change))


def test_labels_alone_make_other_data(make, corpus):
    import pandas as pd

    rows = toy.rows(96, 0)
    rows["colour"] = rows["colour"][1:] + rows["colour"][:1]
    frames = {"train": pd.DataFrame(rows), "validation": pd.DataFrame(toy.rows(40, 1))}
    other = mk.Corpus.from_frames(frames, tasks=list(corpus.tasks))
    with pytest.raises(ValueError, match="training data are other texts or labels"):
        Lockstep(make(), make("equal", corpus=other))


def test_what_two_runs_must_not_share(make):
    a = make()
    with pytest.raises(ValueError, match="the same model"):
        mk.widgets.duel(a, mk.Run(a.model, a.corpus, "equal", steps=8, batch_size=16, lr=1e-3, validate=None))
    with pytest.raises(ValueError, match="the same model"):
        mk.widgets.duel(a, a)
    with pytest.raises(ValueError, match="same weighting object"):
        mk.widgets.duel(a, make(a.weighting))
    with pytest.raises(ValueError, match="the second is a History"):
        mk.widgets.duel(a, a.history)


def test_a_run_that_was_trained_already_is_caught_up_with(make):
    done = train(make())
    duel = mk.widgets.duel(done, done.clone("equal"))
    assert "A is at step 8: B catches up first" in duel.notice.value and duel.status == "ready"
    a, b = duel.run_headless()
    assert len(a) == len(b) == 8 and same(duel.pair.runs["B"], train(make("equal"))) and same(done, train(make()))


def test_a_run_that_was_trained_elsewhere_is_named(make):
    a, b = make(), make("equal")
    next(mk.Run(b.model, b.corpus, "equal", steps=3, batch_size=16))
    with pytest.raises(ValueError, match="the model of B was trained elsewhere"):
        Lockstep(a, b)
    b.reset()
    Lockstep(a, b)


def test_the_tables_difference_is_that_of_evaluate(pair, corpus):
    duel = mk.widgets.duel(*pair)
    for steps in (0, 8):
        duel.run_headless(steps)
        table = duel.table()
        a, b = (main_metrics(run, corpus.validation) for run in pair)
        rows = table.set_index("task")
        assert list(rows.index) == TASKS and list(table) == ["task", "metric", "a", "b", "difference"]
        assert rows["a"].to_dict() == a and rows["b"].to_dict() == b
        assert rows["difference"].to_dict() == {task: b[task] - a[task] for task in TASKS}
        for value in (a["colour"], b["colour"]):
            assert f"{value:.3f}" in duel.scores.widget.value


def test_without_validation_rows_the_test_rows_count(make, corpus):
    import pandas as pd

    frames = {"train": pd.DataFrame(toy.rows(96, 0)), "test": pd.DataFrame(toy.rows(24, 5))}
    for given, split in ((frames, "test"), ({"train": frames["train"]}, None)):
        other = mk.Corpus.from_frames(given, tasks=list(corpus.tasks))
        a = make(corpus=other, steps=1)
        duel = mk.widgets.duel(a, a.clone("equal"))
        duel.run_headless()
        if split:
            assert duel.table().set_index("task")["a"].to_dict() == main_metrics(a, other.test)
            assert "On test rows" in duel.scores.widget.value
        else:
            assert "neither validation nor test" in duel.notice.value
            with pytest.raises(ValueError, match="neither validation nor test"):
                duel.table()


def test_over_seeds_both_are_trained_anew_and_the_interval_is_the_t_interval(make, encoder):
    corpus = toy.corpus(["colour", "size"])
    events = [{"step": 4, "who": "code", "setting": "alpha", "value": -2.0}]
    settings = {"steps": 8, "batch_size": 16, "lr": 1e-2, "validate": None}
    a = make(mk.Sigmoid(alpha=3.0, relative=True), corpus, events=events, **settings)
    duel = mk.widgets.duel(a, a.clone(mk.Sigmoid(alpha=-1.0)))
    with pytest.raises(ValueError, match="finish it first"):
        duel.table(seeds=2)
    duel.run_headless()
    table = duel.table(seeds=2).set_index("task")

    def alone(seed, weighting, **more):
        """By hand, from the encoder as given."""
        model = mk.MultiTaskModel(encoder, corpus.tasks, seed=seed)
        return main_metrics(train(mk.Run(model, corpus, weighting, seed=seed, **settings, **more)), corpus.validation)

    one = [alone(seed, mk.Sigmoid(alpha=3.0, relative=True), events=events) for seed in (0, 1, 2)]
    two = [alone(seed, mk.Sigmoid(alpha=-1.0)) for seed in (0, 1, 2)]
    for task in ("colour", "size"):
        x, y = (np.array([values[task] for values in each]) for each in (one, two))
        row = table.loc[task]
        assert (row["a"], row["b"]) == pytest.approx((x.mean(), y.mean())) and row["seeds"] == 3
        assert row["difference"] == pytest.approx((y - x).mean())
        low, high = ttest_1samp(y - x, 0).confidence_interval(1 - 0.05 / 2)  # two tasks are read at once
        assert (row["low"], row["high"]) == pytest.approx((low, high)) or not (y - x).std()
    assert table.loc["size", "low"] < table.loc["size", "high"], "a correlation is never twice the same"
    assert "95 % interval over 3 seeds" in duel.scores.widget.value
    few = duel.table(seeds=1)
    assert few[["low", "high"]].isna().all(axis=None) and (few["seeds"] == 2).all()
    assert duel.scores.finding == "Means of 2 seeds; fewer than 3 decide nothing."
    with pytest.raises(ValueError, match="whole number of at least 1, found 0"):
        duel.table(seeds=0)


def test_a_further_seed_starts_from_the_encoders_first_weights(pair):
    from mtlkit.experiments.paired_runs import anew

    a = pair[0]
    first = copy.deepcopy(a.model.encoder.state_dict())
    train(a)
    again = anew(a, seed=7)
    assert again.seed == 7 and again.done == 0 and again.history.settings["seed"] == 7
    assert all(torch.equal(v, again.model.encoder.state_dict()[n]) for n, v in first.items())
    new = mk.MultiTaskModel(again.model.encoder, a.model.tasks, seed=7)
    new.init_heads(a.corpus.train)
    assert all(torch.equal(v, again.model.heads.state_dict()[n]) for n, v in new.heads.state_dict().items())


# -- the panel ------------------------------------------------------------------------------------------------------
def test_the_buttons_train_both_in_lockstep_and_pause_leaves_no_task(make, pair):
    async def notebook():
        duel = mk.widgets.duel(*pair)
        duel.buttons["run"].click()
        duel.buttons["run"].click()  # a second click is no second training
        assert duel.pair.done == 0 and len(others()) == 1, "the cell returns at once"
        await until(lambda: duel.pair.done >= 3)
        duel.buttons["pause"].click()
        duel.buttons["run"].click()  # before the first task woke up
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(others()) == 1
        duel.buttons["pause"].click()
        done = duel.pair.done
        await until(lambda: not others())
        assert duel.status == "paused" and pair[0].done == pair[1].done == done
        duel.buttons["step"].click()
        assert duel.status == "paused" and pair[0].done == pair[1].done == done + 1
        duel.buttons["run"].click()
        await until(lambda: duel.status == "finished")
        await until(lambda: not others())
        return duel

    duel = asyncio.run(notebook())
    assert same(pair[0], train(make())) and same(pair[1], train(make("equal")))
    assert {name for name, button in duel.buttons.items() if not button.disabled} == {"reset", "seeds"}
    assert "One seed alone decides nothing" in duel.notice.value
    duel.buttons["reset"].click()
    assert duel.status == "ready" and not len(pair[0].history) and "–" in duel.scores.widget.value
    assert len(duel.run_headless()[1]) == 8
    assert same(pair[1], train(make("equal")))


def test_both_are_on_the_same_axes(make, pair):
    from mtlkit.plots import task_style

    duel = mk.widgets.duel(*pair)
    empty = duel.picture.image.value
    a, b = duel.run_headless()
    assert duel.picture.image.value != empty
    for which, values in enumerate(((a.losses(), b.losses()), (a.weights(), b.weights()))):
        ax = duel.chart.axes[which]
        low, high = ax.get_ylim()
        for name, recorded, style in zip("AB", values, ("-", "--"), strict=True):
            for i, (task, line) in enumerate(duel.chart.parts[name].lines[which].items()):
                there = np.isfinite(recorded[:, i])
                assert line.axes is ax and line.get_linestyle() == style
                assert line.get_color() == task_style(TASKS)[task]["color"]
                np.testing.assert_allclose(line.get_ydata(), recorded[there, i])
                assert low <= np.nanmin(recorded) and np.nanmax(recorded) <= high
    key = [text.get_text() for text in duel.chart.axes[0].get_legend().get_texts()]
    assert key == ["A: sigmoid α = 3, β = 0.5", "B: equal"]
    assert f"colour {a.losses()[-1, 0]:.2f} in A, {b.losses()[-1, 0]:.2f} in B" in duel.picture.alt


def test_the_key_names_what_differs_and_what_was_changed(make):
    a = make(mk.Sigmoid(alpha=3.0, beta=0.5, normalize=True))
    b = a.clone(mk.Sigmoid(alpha=-1.5, beta=0.5, normalize=True))
    duel = mk.widgets.duel(a, b)
    assert duel.chart.keys == {"A": "sigmoid α = 3", "B": "sigmoid α = −1.5"}
    duel.run_headless(4)
    b.steer(alpha=2.0)
    duel.run_headless(2)
    assert duel.chart.keys["B"] == "sigmoid α = −1.5, from step 5 α = 2"


def test_a_loss_that_is_not_finite_stops_the_duel_and_says_in_which_run(pair):
    async def notebook():
        duel = mk.widgets.duel(*pair)
        duel.run_headless(3)
        with torch.no_grad():
            next(pair[1].model.parameters()).fill_(float("nan"))
        duel.buttons["run"].click()
        await until(lambda: duel.status == "stopped")
        await until(lambda: not others())
        return duel

    duel = asyncio.run(notebook())
    assert pair[0].done == 4 and pair[1].done == 3
    assert "Stopped in run B. Step 4" in duel.notice.value and 'role="alert"' in duel.notice.value
    with pytest.raises(NonFiniteError, match="Step 4"):
        duel.run_headless()
    assert pair[0].done == 4, "it waits for B"
    duel.buttons["reset"].click()
    assert duel.status == "ready" and len(duel.run_headless()[1]) == 8


def test_over_seeds_in_the_background(pair, monkeypatch):
    async def notebook():
        duel = mk.widgets.duel(*pair)
        duel.run_headless()
        duel.buttons["seeds"].click()
        assert duel.status == "over seeds" and "about" in duel.notice.value
        with pytest.raises(ValueError, match="pause it"):
            duel.table(seeds=1)
        await asyncio.sleep(0)
        duel.buttons["pause"].click()
        await until(lambda: not others())
        assert duel.status == "finished" and "over seeds" in duel.scores.widget.value
        duel.buttons["seeds"].click()
        await until(lambda: duel.status == "finished")
        await until(lambda: not others())
        return duel

    duel = asyncio.run(notebook())
    assert "over 4 seeds" in duel.scores.widget.value and "over 4 seeds" in duel.notice.value
    shown = duel.scores.widget.value
    duel.table(seeds=3)  # nothing left to train
    assert duel.scores.widget.value == shown


def test_outside_an_event_loop_the_buttons_say_what_to_do(pair):
    duel = mk.widgets.duel(*pair)
    duel.buttons["run"].click()
    assert duel.status == "ready" and "run_headless" in duel.notice.value
    duel.run_headless()
    duel.buttons["seeds"].click()
    assert duel.status == "finished" and "table(seeds=3)" in duel.notice.value


def test_its_state_comes_back(make):
    def fresh():
        a = make(mk.Sigmoid(alpha=2.0))
        return mk.widgets.duel(a, a.clone("equal"))

    duel = fresh()
    duel.run_headless(4)
    duel.pair.runs["A"].steer(alpha=-3.0)
    duel.run_headless(3)
    state = json.loads(json.dumps(duel.state))
    other = fresh()
    other.state = state
    assert other.status == "paused" and other.pair.done == 7 and other.state == state
    for name in "AB":
        assert same(duel.pair.runs[name], other.pair.runs[name])
    assert other.picture.image.value == duel.picture.image.value
    with pytest.raises(ValueError, match="of another run B: its seed is 1, here 0"):
        other.state = state | {"runs": [state["runs"][0], state["runs"][1] | {"seed": 1}]}

    lines, _, rest = duel.code().partition("panel = ")
    names = {"model": make().model, "corpus": duel.pair.runs["A"].corpus}
    exec(lines, names)
    again = mk.widgets.duel(names["run_a"], names["run_b"])
    again.state = eval(rest.split("panel.state = ")[1].rsplit("\n", 1)[0])
    assert same(again.pair.runs["A"], duel.pair.runs["A"]) and same(again.pair.runs["B"], duel.pair.runs["B"])


def test_a_newer_panel_on_one_of_the_models_stops_the_older(make, pair):
    async def notebook():
        cockpit = mk.widgets.cockpit(pair[1])
        first = mk.widgets.duel(*pair)
        assert cockpit.status == "closed"
        first.buttons["run"].click()
        await until(lambda: first.pair.done >= 1)
        second = mk.widgets.duel(*pair)
        await until(lambda: not others())
        assert first.status == "closed" and all(button.disabled for button in first.buttons.values())
        assert second.status == "paused"
        with pytest.raises(ValueError, match="taken over"):
            first.run_headless()

    asyncio.run(notebook())
