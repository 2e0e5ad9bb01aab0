"""Costs: FLOPs, passes and bytes are held against counts by hand; of seconds only how they hang together."""

import matplotlib
import numpy as np
import pandas as pd
import pytest
import torch
import toy
from torch import nn

import mtlkit as mk
from mtlkit import plots
from mtlkit.experiments import cost
from mtlkit.experiments.cost import _Memory, _Passes, count_flops, peak_flops
from mtlkit.experiments.forecast import Forecast

TASKS = ("colour", "size", "old")
ENDS = (("", 1.0), ("_low", 0.9), ("_high", 1.1))  # of a made-up table: the medians and their quartiles


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    torch.set_num_threads(1)
    encoder = mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.mktemp("toy"))))
    corpus = toy.corpus(TASKS)
    return mk.Run(mk.MultiTaskModel(encoder, corpus.tasks), corpus, batch_size=16, steps=8)


@pytest.fixture(scope="module")
def methods(run):
    runs = {"equal": run, "famo": run.clone("famo"), "gradnorm": run.clone("gradnorm")}
    runs["priority"] = run.clone("task_priority", validate=2)
    runs["pcgrad"] = run.clone("pcgrad")
    runs["on representation"] = run.clone(mk.weighting.PCGrad(on="representation"))
    runs["in quarters"] = run.clone(batch_size=4, accumulate=4)
    return mk.profile(runs, rounds=3)


# -- counts ----------------------------------------------------------------------------------------------------
def test_the_flops_of_a_linear_layer_are_those_by_hand():
    layer, x = nn.Linear(8, 3), torch.randn(5, 8, requires_grad=True)
    forward = 2 * 5 * 8 * 3
    assert count_flops(lambda: layer(x)) == forward
    assert count_flops(lambda: layer(x).sum().backward()) == 3 * forward  # backward: for the input, for the weights


def test_the_flops_of_an_encoder_are_those_by_hand(run):
    rows, tokens, config = 4, 9, run.model.encoder.config
    d, wide = config.hidden_size, config.intermediate_size
    ids, mask = torch.ones(rows, tokens, dtype=torch.long), torch.ones(rows, tokens, dtype=torch.long)
    weights = 4 * d * d + 2 * d * wide  # query, key, value, output; the feed-forward's two
    layer = 2 * rows * tokens * weights + 4 * rows * tokens**2 * d  # attention: scores, and their use
    assert count_flops(lambda: run.model.encoder(ids, mask)) == config.num_hidden_layers * layer


def test_flops_of_a_step_are_three_times_the_forward_pass_and_a_little(run):
    batch, one = run.batches[0], run.clone()
    forward = count_flops(lambda: one.model.train().losses(batch))
    step = count_flops(lambda: next(one))
    assert 3 * forward <= step < 3.2 * forward  # attention's backward computes its scores again


def test_memory_is_what_lives_at_once():
    kilobytes = torch.zeros(256)
    with _Memory() as memory:
        first = torch.ones(1024)
        view = first[:512].view(2, 256)
        del first
        assert memory.now == 4096  # the view holds it
        del view
        assert memory.now == 0
        kilobytes.add_(1)  # was there before
        other = kilobytes + 1
        assert (memory.now, memory.peak) == (1024, 4096)
    assert len(other) == 256


def test_passes_are_counted_where_the_first_layers_are_frozen_too(run):
    one = run.clone()
    one.model.encoder.word_embeddings.requires_grad_(False)
    with _Passes(one.model.encoder) as passes:
        next(one)
    assert (passes.forward, passes.backward) == (1, 1)
    one.model.encoder.requires_grad_(False)
    with _Passes(one.model.encoder) as passes:
        one.model.losses(one.batches[0]).sum().backward()
    assert (passes.forward, passes.backward) == (1, 0)
    assert not any(part._forward_hooks for part in one.model.encoder.modules())


# -- the table -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "forward", "backward"),
    [
        ("equal", 1, 1),
        ("famo", 2, 1),
        ("gradnorm", 1, 1),
        ("priority", 1, 1),
        ("pcgrad", 1, len(TASKS)),
        ("on representation", 1, 1),
        ("in quarters", 8, 4),
    ],
)
def test_each_methods_passes(methods, name, forward, backward):
    assert tuple(methods.loc[name, ["forward", "backward"]]) == (forward, backward)


def test_the_columns_hang_together(methods, run):
    assert methods.index[0] == "equal" and (methods.loc["equal", ["ratio", "ratio_low", "ratio_high"]] == 1).all()
    for what in ("seconds", "ratio"):
        assert (methods[f"{what}_low"] <= methods[what]).all() and (methods[what] <= methods[f"{what}_high"]).all()
    assert (methods["seconds"] > 0).all() and (methods["share"] > 0).all()
    assert (methods["useful_per_second"] <= methods["tokens_per_second"]).all()
    assert methods["padding"].between(0, 1, inclusive="left").all()
    assert methods["rows"].eq(16).all()
    masks = [run.batches[k].attention_mask for k in (2, 3, 4)]  # after the two that were counted
    assert methods.loc["equal", "tokens"] == np.median([m.numel() for m in masks])
    useful, whole = sum(int(m.sum()) for m in masks), sum(m.numel() for m in masks)
    assert methods.loc["equal", "padding"] == pytest.approx(1 - useful / whole)


def test_more_passes_are_more_flops_and_more_gradients_more_memory(methods):
    flops, memory = methods["flops"] / methods.loc["equal", "flops"], methods["memory"]
    assert flops["famo"] == pytest.approx(4 / 3, abs=0.05)
    assert flops["pcgrad"] == pytest.approx((1 + 2 * len(TASKS)) / 3, abs=0.1)
    assert memory["pcgrad"] > memory["on representation"] > memory["equal"] > memory["in quarters"]


def test_memory_holds_parameters_gradients_and_adams_two(run):
    found = mk.profile(run, rounds=1)
    assert found.index.tolist() == ["equal"]
    parameters = 4 * sum(p.numel() for p in run.model.parameters()) / 2**20
    assert found["memory"].item() > 4 * parameters


def test_the_run_is_left_as_it_was(run):
    before = {name: t.clone() for name, t in run.model.state_dict().items()}
    random = torch.get_rng_state()
    mk.profile({"a": run, "b": run}, rounds=1)
    assert (run.done, len(run.history)) == (0, 0)
    assert all(torch.equal(t, before[name]) for name, t in run.model.state_dict().items())
    assert torch.equal(torch.get_rng_state(), random)


@pytest.mark.parametrize("runs", [{}, {"a": 3}, [1], "equal", {"a": "equal"}])
def test_what_is_no_run_is_named(runs):
    with pytest.raises(ValueError, match="A Run, or a dict name → Run"):
        mk.profile(runs)


def test_no_rounds_are_refused(run):
    with pytest.raises(ValueError, match="rounds is a whole number of at least 1, found 0"):
        mk.profile(run, rounds=0)


def test_a_machine_has_a_peak():
    assert peak_flops() > 1e8


def test_a_machine_that_is_slow_at_products_is_asked_for_fewer(monkeypatch):
    asked = []

    def slow(call, device):
        asked.append(call)
        return 2.0

    monkeypatch.setattr(cost, "seconds", slow)
    monkeypatch.setattr(cost, "PATIENCE", 0.0)
    assert peak_flops("bf16") == 256**3 and len(asked) == 1  # 2 · 256³ operations in 2 s


# -- forecast --------------------------------------------------------------------------------------------------
def steps(pairs=((2, 4), (2, 64), (6, 4), (6, 64)), a=0.002, b=0.001, c=0.0001):
    layers, rows = np.array(pairs).T
    return pd.DataFrame({"layers": layers, "rows": rows, "seconds": a + b * layers + c * layers * rows})


def test_a_forecast_finds_the_law_and_never_a_negative_part():
    law = Forecast(steps())
    assert (law.a, law.b, law.c) == pytest.approx((0.002, 0.001, 0.0001))
    assert law.step(12, 32) == pytest.approx(0.002 + 0.012 + 0.0384)
    assert law.epoch(12, [1, 32], of=64) == pytest.approx([64 * law.step(12, 1), 2 * law.step(12, 32)])
    bent = steps(a=-0.001)
    assert Forecast(bent).a == 0


def test_a_forecast_needs_three_measured_steps():
    with pytest.raises(ValueError, match="three measured steps at least.*found 2"):
        Forecast(steps([(1, 2), (3, 4)]))
    with pytest.raises(ValueError, match="found 4, without layers"):
        Forecast(steps().drop(columns="layers"))


def test_the_forecasts_sliders_say_what_an_epoch_takes():
    panel, law = mk.widgets.forecast(steps(), rows=640), Forecast(steps())
    panel.sliders["rows"].value, panel.sliders["tasks"].value = 64, 8
    assert panel.seconds == pytest.approx({"joint": 10 * law.step(2, 64), "separate": 80 * law.step(2, 64)})
    assert "64 rows, 2 layers, 8 tasks" in panel.picture.alt
    assert panel.chart.points.get_xdata().tolist() == [4, 64]
    panel.sliders["layers"].value = 3
    assert len(panel.chart.points.get_xdata()) == 0  # nothing was measured there
    other = mk.widgets.forecast(steps(), rows=640)
    other.state = panel.state
    assert other.seconds == panel.seconds
    panel.reset()
    assert panel.state == mk.widgets.forecast(steps(), rows=640).state


# -- figures ---------------------------------------------------------------------------------------------------
def table(seconds, index, flops=None):
    seconds = np.array(seconds, dtype=float)
    columns = {f"{w}{e}": v * f for w, v in (("seconds", seconds), ("ratio", seconds / seconds[0])) for e, f in ENDS}
    return pd.DataFrame(columns | {"flops": flops or list(seconds)}, index=pd.Index(index))


@pytest.fixture(autouse=True)
def clean():
    matplotlib.use("Agg")
    with matplotlib.rc_context():
        plots.style()
        yield


def test_ratios_say_who_costs_most_and_how_many_cost_nothing():
    ax = plots.cost_ratios(table([1, 1.02, 2.5], ["equal", "sigmoid", "pcgrad"], flops=[3, 3, 7]))
    assert [bar.get_width() for bar in ax.patches] == [1, 1.02, 2.5]
    assert ax.get_title(loc="left") == "pcgrad takes 2.50 times as long as equal; within a tenth of it: 1 of 2"
    assert "pcgrad 2.50 (by FLOPs 2.33)" in plots.alt(ax)
    ax = plots.cost_ratios(table([1, 1.02], ["equal", "sigmoid"]))
    assert ax.get_title(loc="left") == "Nothing clearly takes longer than equal; within a tenth of it: 1 of 1"
    with pytest.raises(ValueError, match="two runs or more, found 1"):
        plots.cost_ratios(table([1], ["equal"]))


def test_expected_lines_begin_at_the_first_measured_point():
    joint, separate = table([2, 2.1, 2.4], [1, 2, 4]), table([2, 4, 8], [1, 2, 4])
    ax = plots.scaling({"joint": joint, "separate": separate}, {"one each": [1, 2, 4]}, xlabel="tasks")
    lines = {line.get_label(): line.get_ydata().tolist() for line in ax.lines}
    assert lines["one each"] == [2, 4, 8] and lines["joint"] == [2, 2.1, 2.4]
    assert ax.get_title(loc="left") == "From 1 to 4: joint 1.20 ×, separate 4.00 ×; expected: one each 4.00 ×"
    assert plots.scaling(joint, {"N": [1, 10, 100]}, xlabel="parameters", log=True).get_xscale() == "log"
    with pytest.raises(ValueError, match="'N' expects 2 numbers of seconds for the 3 quantities"):
        plots.scaling(joint, {"N": [1, 2]}, xlabel="parameters")
    with pytest.raises(ValueError, match="'N' expects 0 numbers"):
        plots.scaling(joint, {"N": []}, xlabel="parameters")
    for nothing, said in (({}, "{}"), ({"joint": joint.head(0)}, "'joint' without rows")):
        with pytest.raises(ValueError, match=f"There is nothing to draw: .* found {said}"):
            plots.scaling(nothing, {}, xlabel="tasks")
