"""Figures: the lines are read back, the sentences are checked against the data, and nothing is cut off."""

import io
import itertools

import matplotlib
import numpy as np
import pandas as pd
import pytest
import torch
import toy
from figures import title
from hypothesis import given
from hypothesis import strategies as st

import mtlkit as mk
from mtlkit import plots
from mtlkit.plots.end_labels import outline, spread
from mtlkit.plots.losses_weights import moving_mean, thin
from mtlkit.plots.sigmoid import effective_weight
from mtlkit.plots.style_guide import _ORDER, number, readable_color

HELPDESK = (
    "topic sentiment urgency minutes satisfaction entities symptoms escalated desk sentiment_noisy solves".split()
)
SCALES = dict(zip(HELPDESK, (2.0, 1.1, 0.08, 400.0, 1.2, 1.9, 0.5, 0.6, 1.4, 1.1, 0.7), strict=True))


@pytest.fixture(autouse=True)
def clean():
    matplotlib.use("Agg")
    with matplotlib.rc_context():
        plots.style()
        yield


class Past:
    """What the figures read of a history: losses that fall, weights by a weighting, events that change it."""

    def __init__(self, tasks=("topic", "urgency"), steps=10, weighting=None, events=(), scales=None):
        self.tasks, self.events = tuple(tasks), list(events)
        weighting = weighting or mk.Sigmoid()
        self.settings = {"weighting": {"name": weighting.name, **weighting.settings}}
        fall = np.linspace(1.0, 0.5, steps)[:, None] ** np.arange(1, len(tasks) + 1)
        noise = 1 + 0.1 * np.random.default_rng(0).standard_normal((steps, len(tasks)))
        self._losses = fall * noise * np.array([(scales or SCALES).get(t, 1.0) for t in tasks])
        lam = []
        for step, now in enumerate(self._losses, start=1):
            for event in self.events:
                if event["step"] == step:
                    setattr(weighting, event["setting"], event["value"])
            lam.append(weighting(torch.tensor(now)).numpy())
        self._weights = np.array(lam).reshape(steps, len(tasks))

    def steps(self):
        return np.arange(1, len(self._losses) + 1)

    def losses(self):
        return self._losses

    def weights(self):
        return self._weights

    def metrics(self):
        rows = [
            (step, epoch, task, metric, 0.5 + 0.01 * epoch * (i + 1) if metric == "accuracy" else 7.0, 100)
            for epoch, step in enumerate((5, 10, 15), start=1)
            for i, task in enumerate(self.tasks)
            for metric in ("accuracy", "perplexity")
        ]
        return pd.DataFrame(rows, columns=["step", "epoch", "task", "metric", "value", "rows"])


def event(step, setting, value):
    return {"step": step, "who": "cockpit", "setting": setting, "value": value}


def lines(ax) -> dict:
    return {line.get_label(): line for line in ax.lines if not line.get_label().startswith("_")}


# How a task looks.


def test_the_courses_tasks_look_different_and_always_the_same():
    looks = plots.task_style(HELPDESK + ["mlm"])
    assert len(looks) == 12
    assert len({(look["color"], look["linestyle"]) for look in looks.values()}) == 12
    assert len({look["marker"] for look in looks.values()}) == 12
    assert plots.task_style(["urgency"])["urgency"] == looks["urgency"]


def test_tasks_of_ones_own_look_alike_whatever_was_drawn_before():
    first = plots.task_style(["topic", "rainfall", "wind"])
    assert len({look["color"] for look in first.values()}) == 3
    plots.task_style(["wind", "fog", "rainfall", "topic"])
    assert plots.task_style(["topic", "rainfall", "wind"]) == first
    assert plots.task_style(["rainfall", "topic", "wind", "fog"])["wind"] == first["wind"], (
        "its place among the new ones"
    )
    many = plots.task_style([f"own {i}" for i in range(40)])
    assert all(look["color"] for look in many.values())


@pytest.mark.parametrize("color", sorted({look[0] for look in _ORDER}))
def test_letters_stand_out_on_white(color):
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in readable_color(color)]
    assert 1.05 / (np.dot(linear, (0.2126, 0.7152, 0.0722)) + 0.05) >= 4.5


@pytest.mark.parametrize(
    "value, text",
    [(0.0, "0.00"), (0.71, "0.71"), (0.0123, "0.0123"), (41.23, "41.2"), (1234.5, "1,234"), (-0.5, "−0.50")]
    + [(2e-7, "2.0e−07"), (float("nan"), "–")],
)
def test_numbers_read_well(value, text):
    assert number(value) == text


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(0.01, 0.3))
def test_labels_keep_apart_and_in_order(wanted, gap):
    places = spread(wanted, gap, 0.0, 1.0)
    assert places.min() >= -1e-9 and places.max() <= 1 + 1e-9
    if len(wanted) > 1:
        order = np.argsort(wanted, kind="stable")
        assert np.diff(places[order]).min() >= min(gap, 1 / (len(wanted) - 1)) - 1e-9


def test_labels_stay_where_they_are_when_there_is_room():
    assert spread([0.2, 0.9, 0.5], 0.1, 0, 1).tolist() == pytest.approx([0.2, 0.9, 0.5])
    assert spread([0.5, 0.5], 0.1, 0, 1).tolist() == pytest.approx([0.45, 0.55])


def test_a_label_drawn_as_shapes_is_as_wide_as_its_text():
    from matplotlib.textpath import TextPath

    ours = outline("sentiment_noisy 0.77", 1.0).get_extents()
    theirs = TextPath((0, 0), "sentiment_noisy 0.77", size=1.0).get_extents()
    assert ours.width == pytest.approx(theirs.width, rel=0.02)
    assert ours.height == pytest.approx(theirs.height, rel=0.02)


# Losses and weights.


def test_losses_and_weights_shows_what_was_recorded():
    past = Past(steps=10)
    top, bottom = plots.losses_and_weights(past)
    for i, task in enumerate(past.tasks):
        assert lines(top)[task].get_xdata().tolist() == list(range(1, 11))
        assert lines(top)[task].get_ydata().tolist() == past.losses()[:, i].tolist()
        assert lines(bottom)[task].get_ydata().tolist() == past.weights()[:, i].tolist()
        for axes in (top, bottom):
            assert lines(axes)[task].get_color() == plots.task_style([task])[task]["color"]
    assert top.get_xlim() == bottom.get_xlim() == (1, 10)
    assert bottom.get_position().y1 < top.get_position().y0
    assert "step" in bottom.get_xlabel() and "nats" in top.get_ylabel() and "λ" in bottom.get_ylabel()


def test_it_draws_where_told():
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(2)
    assert list(plots.losses_and_weights(Past(), ax=axes)) == list(axes)
    _, column = plt.subplots(2, 1, squeeze=False)
    assert list(plots.losses_and_weights(Past(), ax=column)) == column.ravel().tolist()
    for draw in (
        lambda ax: plots.sigmoid_curve(1, 0.5, losses={"topic": 1.0}, ax=ax),
        lambda ax: plots.weights_over_loss(Past(), ax=ax),
        lambda ax: plots.gradient_share({"topic": 0.3, "minutes": 0.7}, ax=ax),
        lambda ax: plots.gradient_share({"topic": [0.3, 0.2], "minutes": [0.7, 0.8]}, ax=ax),
        lambda ax: plots.metrics(scores(), ax=ax),
        lambda ax: plots.metrics(Past(), ax=ax),
    ):
        before = plt.get_fignums()
        _, ax = plt.subplots()
        assert draw(ax) is ax and ax.has_data() and len(plt.get_fignums()) == len(before) + 1
    with pytest.raises(ValueError, match="pair of axes, found 1"):
        plots.losses_and_weights(Past(), ax=ax)


def test_steps_without_a_task_leave_no_gap_in_its_line():
    past = Past(steps=10)
    past._losses[[0, 3, 9], 1] = past._weights[[0, 3, 9], 1] = np.nan
    top, bottom = plots.losses_and_weights(past)
    for axes in (top, bottom):
        assert lines(axes)["urgency"].get_xdata().tolist() == [2, 3, 5, 6, 7, 8, 9]
    past._losses[:, 1] = past._weights[:, 1] = np.nan
    top, _ = plots.losses_and_weights(past)
    assert len(lines(top)["urgency"].get_xdata()) == 0


def test_many_steps_get_a_moving_mean_over_the_faint_raw_values():
    past = Past(steps=200)
    top, _ = plots.losses_and_weights(past)
    bold = lines(top)["topic"]
    assert bold.get_ydata() == pytest.approx(moving_mean(past.losses()[:, 0], 10))
    raw = [line for line in top.lines if line.get_alpha() and np.array_equal(line.get_ydata(), past.losses()[:, 0])]
    assert len(raw) == 1 and raw[0].get_alpha() < 0.5 and raw[0].get_linewidth() < bold.get_linewidth()


def test_a_jump_of_the_weights_is_not_smoothed_away():
    past = Past(steps=200, events=[event(100, "alpha", -30.0)])
    _, bottom = plots.losses_and_weights(past)
    shown = dict(zip(*lines(bottom)["topic"].get_data(), strict=True))
    assert shown[99] == pytest.approx(past.weights()[94:99, 0].mean(), abs=0.05)
    assert shown[99] > 0.6 and shown[100] < 0.01


def test_the_loss_axis_is_logarithmic_where_the_tasks_are_far_apart():
    top, bottom = plots.losses_and_weights(Past(["topic", "minutes"]))
    assert top.get_yscale() == "log" and bottom.get_yscale() == "linear"
    low, high = top.get_ylim()
    assert 0 < low < 1 and high > 400
    top, _ = plots.losses_and_weights(Past(["topic", "sentiment"]))
    assert top.get_yscale() == "linear" and top.get_ylim()[0] == 0


def test_changes_of_settings_are_marked_where_they_acted():
    events = [event(20, "alpha", 2.0), event(60, "beta", -0.25), event(61, "alpha", 3.0), event(90, "normalize", True)]
    top, bottom = plots.losses_and_weights(Past(steps=100, events=events))
    assert [text.get_text() for text in bottom.texts] == ["α=2", "β=−0.25, α=3", "normalize=True"]
    for axes in (top, bottom):
        marks = [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == "--" and line.get_lw() < 1]
        assert marks == [20, 60, 90]
    plots.png(top.figure)
    names = [text.get_window_extent() for text in bottom.texts]
    assert min(box.y0 for box in names) > bottom.bbox.y1
    assert max(box.y1 for box in names) < bottom._left_title.get_window_extent().y0


def test_a_slider_that_was_dragged_leaves_names_that_can_be_read():
    events = [event(20 + i, "alpha", 1 + i / 2) for i in range(15)] + [event(98, "normalize", True)]
    _, bottom = plots.losses_and_weights(Past(steps=100, events=events))
    boxes = [text.get_window_extent() for text in bottom.texts]
    assert all(one.x1 < other.x0 for one, other in itertools.pairwise(boxes)) and boxes[-1].x1 <= bottom.bbox.x1 + 2
    assert "α=8" in [text.get_text() for text in bottom.texts]


def test_the_titles_say_the_finding():
    past = Past(["topic", "sentiment"], steps=40)
    past._losses[:10], past._losses[10:] = (2.0, 1.0), (0.5, 0.8)
    past._weights[20:] = (0.3, 0.7)
    top, bottom = plots.losses_and_weights(past)
    assert title(top) == "The loss of topic fell most, to 25% of its start; sentiment least, to 80%"
    assert title(bottom) == "sentiment weighs most at the end, λ = 0.70; topic least, 0.30"
    past._losses[10:], past._weights[20:] = (4.0, 1.1), (1.0, 1.0)
    top, bottom = plots.losses_and_weights(past)
    assert title(top) == "No loss fell; that of topic rose most, to 200% of its start"
    assert title(bottom) == "All tasks carry the same weight at the end, λ = 1.00"
    past._losses[10:] = (0.5, 1.1)
    assert title(plots.losses_and_weights(past)[0]).endswith("to 25% of its start; sentiment rose, to 110%")
    past._losses[10:] = (1.0, 0.5)  # both to a half
    assert title(plots.losses_and_weights(past)[0]) == "2 of 2 losses fell, to 50% of the start"


def test_one_task_alone_is_compared_with_no_other():
    past = Past(["mlm"], steps=20)
    past._losses[:10, 0], past._losses[10:, 0] = 8.0, 6.0
    top, bottom = plots.losses_and_weights(past)
    assert title(top) == "The loss of mlm fell to 75% of its start"
    assert title(bottom).startswith("One task alone")
    assert "Losses of one task over 20 steps" in plots.alt(top)
    top, _ = plots.losses_and_weights(Past(["mlm"], steps=19))
    assert title(top) == "Nothing is said of fewer than 20 steps"


def test_the_description_tells_the_data():
    past = Past(["topic", "sentiment"], steps=12, events=[event(4, "alpha", 3.0)])
    top, _ = plots.losses_and_weights(past)
    text = plots.alt(top)
    assert "Losses of 2 tasks over 12 steps" in text and "α=3 at step 4" in text
    assert f"topic {number(past.losses()[-1, 0])}" in text and f"topic {number(past.weights()[-1, 0])}" in text


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_run_that_has_hardly_begun_can_be_drawn(steps):
    past = Past(steps=steps)
    top, _bottom = plots.losses_and_weights(past)
    plots.png(top.figure)
    assert (title(top) == "No step yet") == (steps == 0)
    plots.weights_over_loss(past)


def test_losses_of_nought_and_negative_weights_can_be_drawn():
    past = Past(["topic", "minutes"], steps=80)
    past._losses[5:9, 0] = 0.0
    past._weights[:, 1] = -0.4
    top, bottom = plots.losses_and_weights(past)
    assert bottom.get_ylim()[0] < -0.4
    plots.png(top.figure)


def test_an_updated_figure_is_the_figure_made_anew():
    def seen(figure):
        data = [(line.get_label(), *map(list, line.get_data())) for axes in figure.axes for line in axes.lines]
        labels = [label.texts for label in figure.labels]
        return sorted(map(str, data)), labels, [title(a) for a in figure.axes], [a.get_ylim() for a in figure.axes]

    stages = [
        Past(["topic", "minutes"], steps=0),
        Past(["topic", "minutes"], steps=5, scales={"minutes": 1.5}),
        Past(["topic", "minutes"], steps=120, events=[event(7, "alpha", 2.0)]),
        Past(["topic", "minutes"], steps=3),
    ]
    live = plots.LossesAndWeights(["topic", "minutes"])
    sizes = set()
    for past in stages:
        live.update(past)
        fresh = plots.LossesAndWeights(["topic", "minutes"])
        fresh.update(past)
        assert seen(live) == seen(fresh)
        sizes.add(picture(live.figure).size)
    assert len(sizes) == 1  # nothing jumps


def picture(figure):
    from PIL import Image

    return Image.open(io.BytesIO(plots.png(figure)))


@pytest.mark.parametrize("context", ["notebook", "talk"])
@pytest.mark.parametrize(
    "kind", ["losses", "curve", "points", "bars", "shares", "scores", "methods", "metrics", "weights"]
)
def test_nothing_is_cut_off_or_written_over(kind, context):
    plots.style(context)
    past = Past(HELPDESK, steps=100)
    draw = {
        "losses": lambda: plots.losses_and_weights(past),
        "curve": lambda: plots.sigmoid_curve(1, 0.5, losses=SCALES),
        "points": lambda: plots.weights_over_loss(past),
        "bars": lambda: plots.gradient_share(SCALES),
        "shares": lambda: plots.gradient_share(pd.DataFrame(past.losses(), columns=HELPDESK, index=past.steps())),
        "scores": lambda: plots.metrics(scores(HELPDESK)),
        "methods": lambda: plots.metrics({"equal": scores(HELPDESK), "a long name": scores(HELPDESK, 0.01)}),
        "metrics": lambda: plots.metrics(past),
        "weights": lambda: plots.weights({f"method {k}": Past(HELPDESK[:4], steps=100) for k in range(6)}),
    }
    ax = np.ravel(draw[kind]())[0]
    figure = ax.figure
    size = picture(figure).size
    assert size == pytest.approx(tuple(figure.get_size_inches() * figure.dpi), abs=1)
    rim = np.asarray(picture(figure)).astype(int)
    for edge in (rim[0], rim[-1], rim[:, 0], rim[:, -1]):
        assert edge.min() == 255, "something touches the edge of the figure"
    for axes in figure.axes:
        texts = [axes._left_title, axes.xaxis.label, *axes.texts, *axes.get_yticklabels()]
        boxes = [text.get_window_extent() for text in texts if text.get_text() and text.get_visible()]
        for one, other in itertools.combinations(boxes, 2):
            assert not one.shrunk(0.9, 0.8).overlaps(other.shrunk(0.9, 0.8))


# The curve, the points on it.


@pytest.mark.parametrize("alpha, beta", [(1.0, 0.5), (-3.0, 1.0), (1e6, 0.2), (0.0, 1.0)])
@pytest.mark.parametrize("detach", [True, False])
def test_the_curve_is_the_weighting(alpha, beta, detach):
    losses = torch.linspace(0, 4, 50, dtype=torch.float64)
    expected = mk.Sigmoid(alpha, beta, detach=detach)(losses).numpy()
    assert effective_weight(losses.numpy(), alpha, beta, detach) == pytest.approx(expected)


def test_sigmoid_curve_marks_the_losses():
    ax = plots.sigmoid_curve(4.0, 0.5, losses={"topic": 1.0, "urgency": 0.1})
    curve = next(line for line in ax.lines if len(line.get_xdata()) > 100)
    assert curve.get_ydata() == pytest.approx(effective_weight(curve.get_xdata(), 4.0, 0.5))
    assert curve.get_xdata()[0] == 0 and curve.get_xdata()[-1] >= 3
    assert lines(ax)["topic"].get_data()[1] == pytest.approx([1 / (1 + np.exp(-2))])
    assert lines(ax)["urgency"].get_marker() == plots.task_style(["urgency"])["urgency"]["marker"]
    assert "topic at loss 1.00 has weight 0.88" in plots.alt(ax)


@pytest.mark.parametrize(
    "alpha, beta, finding",
    [
        (4.0, 1.0, "λ climbs from 0.1 at loss 0.45 to 0.9 at 1.55"),
        (-4.0, 1.0, "λ falls from 0.9 at loss 0.45 to 0.1 at 1.55"),
        (4.0, 0.5, "λ climbs from 0.12 at loss 0 to 0.9 at loss 1.05"),
        (1000.0, 0.5, "A switch at loss 0.50: λ jumps to 1 there"),
        (0.0, 0.5, "α = 0: every loss has weight ½"),
        (4.0, -2.0, "λ climbs no further: it is 1.00 at loss 0 already"),
    ],
)
def test_the_curves_title_says_where_it_turns(alpha, beta, finding):
    assert title(plots.sigmoid_curve(alpha, beta)) == finding


def test_the_curve_follows_a_slider():
    curve = plots.SigmoidCurve(["topic", "minutes"])
    curve.update(1.0, 0.5, {"topic": 1.0, "minutes": 300.0})
    assert curve.ax.get_xscale() == "log"
    curve.update(2.0, 5.0, {"topic": 1.0})
    assert curve.ax.get_xscale() == "linear" and curve.ax.get_xlim()[1] > 5
    assert len(curve.points["minutes"].get_xdata()) == 0 and list(curve.labels.texts) == ["topic"]
    with pytest.raises(ValueError, match="no task on this curve 'topci'. Did you mean 'topic'"):
        curve.update(1.0, 0.5, {"topci": 1.0})


def grey_curves(ax) -> int:
    return sum(len(line.get_xdata()) == 300 for line in ax.lines)


def test_recorded_weights_lie_on_the_formulas_curve():
    past = Past(["topic", "minutes"], steps=30)
    ax = plots.weights_over_loss(past)
    for i, task in enumerate(past.tasks):
        assert lines(ax)[task].get_xdata().tolist() == past.losses()[:, i].tolist()
        assert lines(ax)[task].get_ydata().tolist() == past.weights()[:, i].tolist()
    assert grey_curves(ax) == 1 and ax.get_xscale() == "log"
    assert title(ax) == "Every recorded weight lies on σ(α(L − β)); α = 1, β = 0.5"
    through = plots.weights_over_loss(Past(steps=30, weighting=mk.Sigmoid(3.0, 0.2, detach=False)))
    assert title(through) == "Every recorded weight lies on σ + ασ(1 − σ)L; α = 3, β = 0.2"
    steered = plots.weights_over_loss(Past(steps=30, events=[event(9, "alpha", 2.0), event(9, "beta", 1.0)]))
    assert grey_curves(steered) == 2 and title(steered).endswith("2 settings of α, β")


def test_each_curve_says_its_alpha_and_beta_and_a_legend_the_tasks():
    events = [event(9, "alpha", 8.0), event(19, "alpha", -4.0)]
    ax = plots.weights_over_loss(Past(steps=30, events=events))
    plots.png(ax.figure)
    assert [text.get_text() for text in ax.texts] == ["α=1, β=0.5", "α=8, β=0.5", "α=−4, β=0.5"]
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    assert all(ax.bbox.x0 < box.x0 and box.x1 < ax.bbox.x1 for box in boxes)
    legend = ax.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["topic", "urgency"]
    assert ax.bbox.y1 < legend.get_window_extent().y0 + 5
    assert legend.get_window_extent().y1 < ax._left_title.get_window_extent().y0
    many = plots.weights_over_loss(Past(steps=30, events=[event(2 + i, "alpha", 2.0 + i) for i in range(20)]))
    assert not many.texts and grey_curves(many) == 21


@pytest.mark.parametrize("weighting", [mk.Sigmoid(normalize=True), mk.Sigmoid(relative=True), mk.Equal()], ids=repr)
def test_no_curve_where_the_weight_is_no_function_of_the_loss(weighting):
    ax = plots.weights_over_loss(Past(steps=30, weighting=weighting))
    assert grey_curves(ax) == 0 and "lies on" not in title(ax)


def test_weights_that_do_not_lie_on_the_formula_are_not_said_to():
    past = Past(steps=30)
    past._weights[3, 0] += 0.1
    assert "lies on" not in title(plots.weights_over_loss(past))


# Weights of several methods.


def methods():
    """Weights that stay, that are 1e4 apart, and that are not there."""
    quiet, none = Past(weighting=mk.Fixed({"topic": 1.0, "urgency": 1e-4})), Past()
    none._weights = np.full_like(none._weights, np.nan)
    return {"equal": Past(weighting=mk.Equal()), "fixed": quiet, "sigmoid": Past(), "graddrop": none}


def test_each_method_has_a_panel_with_the_weights_that_acted():
    past = methods()
    axes = plots.weights(past)
    for ax, (method, history) in zip(axes, past.items(), strict=True):
        assert method in [text.get_text() for text in ax.texts]
        assert ax.get_xlim() == (1, 10) and ax.get_ylim() == axes[0].get_ylim()
        for i, task in enumerate(history.tasks):
            if method == "graddrop":
                assert not lines(ax) and "no λ" in [text.get_text() for text in ax.texts]
            else:
                assert lines(ax)[task].get_ydata().tolist() == history.weights()[:, i].tolist()
                assert lines(ax)[task].get_color() == plots.task_style([task])[task]["color"]
    assert [text.get_text() for text in axes[0].get_legend().get_texts()] == ["topic", "urgency"]
    assert axes[0].get_yscale() == "log", "1 and 1e-4 are read off one axis"


def test_the_panels_title_says_whose_weight_moved():
    past = methods()
    assert title(plots.weights(past)[0]) == "The weight of topic moved most under sigmoid; 2 of 4 methods moved none"
    assert title(plots.weights({"equal": past["equal"], "fixed": past["fixed"]})[0]) == "No weight moved"
    assert title(plots.weights({"graddrop": past["graddrop"]})[0]) == "No method has a weight to show"
    said = plots.alt(plots.weights(past)[0])
    assert "λ under fixed, first to last step: topic 1.00 to 1.00, urgency 1.0e−04 to 1.0e−04." in said
    assert "λ under graddrop, first to last step: none." in said


def test_a_weight_of_nought_lies_on_the_lower_edge_of_a_logarithmic_axis():
    past = methods()
    past["fixed"]._weights[3, 1] = 0.0
    ax = plots.weights(past)[1]
    assert lines(ax)["urgency"].get_ydata()[3] == ax.get_ylim()[0] > 0
    past["fixed"]._weights[3, 1] = -0.5
    assert plots.weights(past)[1].get_yscale() == "linear", "a weight below 0 has no logarithm"


def test_panels_that_do_not_fit_are_refused():
    import matplotlib.pyplot as plt

    past = methods()
    _, axes = plt.subplots(2, 2)
    assert plots.weights(past, ax=axes).tolist() == axes.ravel().tolist()
    with pytest.raises(ValueError, match="4 methods need as many axes, found 1"):
        plots.weights(past, ax=axes[0, 0])
    with pytest.raises(ValueError, match="nothing to draw"):
        plots.weights({})


# Shares and scores.


def test_shares_are_parts_of_their_sum():
    ax = plots.gradient_share({"topic": 1.0, "minutes": 9.0})
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([10, 90])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["topic", "minutes"]
    assert title(ax) == "minutes makes up 90% of the shared encoder's gradient"
    table = pd.DataFrame({"task": ["topic", "minutes"], "share": [0.1, 0.9]})
    assert [bar.get_width() for bar in plots.gradient_share(table).patches] == pytest.approx([10, 90])


def test_shares_over_steps_are_lines():
    wide = pd.DataFrame({"topic": [0.5, 0.2], "minutes": [0.5, 0.8]}, index=[10, 20])
    long = wide.rename_axis("step").melt(ignore_index=False, var_name="task", value_name="share").reset_index()
    for table in (wide, long):
        ax = plots.gradient_share(table)
        assert lines(ax)["minutes"].get_xdata().tolist() == [10, 20]
        assert lines(ax)["minutes"].get_ydata() == pytest.approx([50, 80])
        assert title(ax) == "No task ever holds more than 80% of the shared encoder's gradient"
        assert plots.alt(ax) == "Shares of the shared encoder's gradient at the end: topic 20%, minutes 80%."


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        ([0.997, 0.992], "minutes always holds at least 99%"),
        ([0.997, 0.4], "minutes holds up to 99.7%"),
        ([0.4, 0.553], "No task ever holds more than 60%"),
        ([0.5, 0.441], "No task ever holds more than 56%"),
    ],
)
def test_shares_over_steps_say_who_rules_or_that_nobody_does(minutes, said):
    table = pd.DataFrame({"topic": [1 - share for share in minutes], "minutes": minutes}, index=[10, 20])
    assert title(plots.gradient_share(table)) == f"{said} of the shared encoder's gradient"


@pytest.mark.parametrize(
    ("topic", "minutes", "said", "at_the_end"),
    [
        ([0.1, np.nan], [0.9, 1.0], "minutes always holds at least 90%", "topic 10%, minutes 100%"),
        ([0.4, 1.0], [0.6, np.nan], "topic holds up to 100%", "topic 100%, minutes 60%"),
        ([1.0, 1.0], [np.nan, np.nan], "topic always holds at least 100%", "topic 100%"),
    ],
)
def test_a_task_that_is_absent_at_some_steps_has_its_last_share_and_no_line_there(topic, minutes, said, at_the_end):
    ax = plots.gradient_share({"topic": topic, "minutes": minutes})
    assert title(ax) == f"{said} of the shared encoder's gradient"
    assert plots.alt(ax) == f"Shares of the shared encoder's gradient at the end: {at_the_end}."
    assert len(lines(ax)["minutes"].get_ydata()) == np.isfinite(minutes).sum()


def test_a_task_without_a_share_has_no_bar():
    ax = plots.gradient_share({"topic": np.nan, "minutes": 3.0, "mood": 1.0})
    assert title(ax) == "minutes makes up 75% of the shared encoder's gradient"
    assert plots.alt(ax) == "Shares of the shared encoder's gradient: minutes 75%, mood 25%."
    assert [label.get_text() for label in ax.get_yticklabels()] == ["topic", "mood", "minutes"]


def test_a_share_is_a_hundred_percent_only_when_it_is_all():
    texts = {1.0: "100%", 0.9974: "99.7%", 0.99999: "99.9%", 0.994: "99%"}
    for share, text in texts.items():
        ax = plots.gradient_share({"topic": 1 - share, "minutes": share})
        assert title(ax) == f"minutes makes up {text} of the shared encoder's gradient"


@pytest.mark.parametrize("shares", [{}, {"topic": 0.0}, {"topic": float("nan")}, {"topic": [1.0, 0.0]}], ids=str)
def test_shares_of_nothing_are_refused(shares):
    with pytest.raises(ValueError, match="Shares of a gradient should be numbers above 0"):
        plots.gradient_share(shares)


def scores(tasks=("topic", "urgency"), more=0.0, interval=0.05):
    rows = []
    for i, task in enumerate(tasks):
        value = 0.3 + 0.6 * i / len(tasks) + more
        main = "pearson" if task in ("urgency", "minutes") else "accuracy"
        rows.append((task, main, value, value - interval, value + interval, 100))
        rows.append((task, "mae", 12.0, np.nan, np.nan, 100))
    return pd.DataFrame(rows, columns=["task", "metric", "value", "low", "high", "rows"])


def test_metrics_shows_each_tasks_main_one_with_its_interval():
    ax = plots.metrics(scores())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["topic  accuracy", "urgency  pearson"]
    assert lines(ax)["topic"].get_xdata() == pytest.approx([0.3])
    assert lines(ax)["urgency"].get_xdata() == pytest.approx([0.6])
    intervals = [list(line.get_xdata()) for line in ax.lines if len(line.get_xdata()) == 2]
    assert intervals == [pytest.approx([0.25, 0.35]), pytest.approx([0.55, 0.65])]
    assert ax.get_xlim() == (0, 1) and [text.get_text() for text in ax.texts] == ["0.30", "0.60"]
    assert title(ax) == "Each task in its own metric: the rows make no ranking"
    ax = plots.metrics(scores(["topic", "sentiment"]))
    assert title(ax) == "Best: sentiment, 0.60 accuracy; weakest: topic, 0.30 accuracy"
    ax = plots.metrics(scores(["topic", "sentiment"], interval=0.3))
    assert title(ax) == "No task is best beyond the intervals"
    assert title(plots.metrics(scores(["topic"]))) == "topic: 0.30 accuracy"


def test_metrics_holds_each_task_against_a_model_that_knows_nothing():
    ax = plots.metrics(scores(), floor={"topic": 0.28, "urgency": 0.0, "another": 0.5})
    ticks = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "|"]
    assert ticks == [0.28, 0.0] and "grey tick" in ax.get_xlabel()
    assert title(ax) == "1 of 2 tasks above a model that knows nothing"  # topic's interval holds 0.28
    assert "topic accuracy 0.30 (knows nothing: 0.28)" in plots.alt(ax)
    ax = plots.metrics(scores(interval=np.nan), floor={"topic": 0.28, "urgency": 0.0})
    assert title(ax) == "Without intervals no difference can be told from chance"


def test_scores_have_two_decimals():
    table = scores()
    table["value"] = [0.0213, 12.0, -0.001, 12.0]
    assert [text.get_text() for text in plots.metrics(table).texts] == ["0.02", "0.00"]


def test_another_metric_is_a_matter_of_filtering():
    table = scores()
    ax = plots.metrics(table[table["metric"] == "mae"])
    assert lines(ax)["topic"].get_xdata() == pytest.approx([12.0]) and ax.get_xlim()[1] >= 12


def test_negative_and_undefined_metrics_can_be_drawn():
    table = scores(interval=np.nan)
    table.loc[0, "value"], table.loc[2, "value"] = -0.2, np.nan
    ax = plots.metrics(table)
    assert ax.get_xlim()[0] < -0.2 and ax.texts[1].get_text() == "–"
    table["value"] = np.nan
    assert title(plots.metrics(table)) == "No metric is defined on these rows"


def test_methods_are_compared_side_by_side():
    ax = plots.metrics({"equal": scores(), "sigmoid": scores(more=0.02), "tuned": scores(more=0.2)})
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["equal", "sigmoid", "tuned"]
    assert title(ax) == "Ahead beyond the intervals: tuned on 2 of 2 tasks"
    assert len({line.get_ydata()[0] for line in ax.lines if len(line.get_xdata()) == 1}) == 6
    ax = plots.metrics({"equal": scores(), "sigmoid": scores(more=0.02)})
    assert title(ax) == "No one is ahead beyond the intervals on any of 2 tasks"
    ax = plots.metrics({"equal": scores(interval=np.nan), "sigmoid": scores(more=0.02, interval=np.nan)})
    assert title(ax) == "Without intervals no difference can be told from chance"


def test_who_leads_beyond_the_intervals_is_not_hidden_by_small_leads():
    few = pd.DataFrame(
        [
            (task, "accuracy", value, value - 0.1, value + 0.1)
            for task, value in zip("abc", (0.9, 0.50, 0.50), strict=True)
        ],
        columns=["task", "metric", "value", "low", "high"],
    )
    many = few.assign(value=[0.2, 0.51, 0.51], low=[0.1, 0.41, 0.41], high=[0.3, 0.61, 0.61])
    assert title(plots.metrics({"few": few, "many": many})) == "Ahead beyond the intervals: few on 1 of 3 tasks"


def test_metrics_of_a_history_are_lines_over_the_steps():
    ax = plots.metrics(Past(["topic", "urgency"]))
    assert lines(ax)["urgency"].get_xdata().tolist() == [5, 10, 15]
    assert lines(ax)["urgency"].get_ydata() == pytest.approx([0.52, 0.54, 0.56])
    assert title(ax) == "0 of 2 tasks ended above their first validation by more than chance"
    past = Past()
    past.metrics = lambda: Past().metrics().iloc[:0]
    assert title(plots.metrics(past)) == "No validation yet"
    mixed = Past(["topic", "urgency"])
    table = mixed.metrics()
    table.loc[(table["task"] == "urgency") & (table["step"] == 15), "value"] = 0.95
    mixed.metrics = lambda: table
    assert title(plots.metrics(mixed)) == "1 of 2 tasks ended above their first validation by more than chance"
    mixed.metrics = lambda: table[table["step"] == 15]
    assert title(plots.metrics(mixed)) == "One validation: a change takes two"


def test_metrics_over_steps_that_are_all_undefined_are_said_to_be():
    past = Past()
    table = past.metrics().assign(value=np.nan)
    past.metrics = lambda: table
    assert title(plots.metrics(past)) == "No metric is defined on these rows"


def test_a_table_that_is_no_table_of_metrics_is_said():
    with pytest.raises(ValueError, match="has columns metric, task, value; found .*'score'"):
        plots.metrics(pd.DataFrame({"task": ["topic"], "score": [1.0]}))
    with pytest.raises(ValueError, match="nothing to compare"):
        plots.metrics({})


# What long runs cost, and what Jupyter gets.


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=300), st.integers(4, 60))
def test_thinning_keeps_the_ends_and_the_extremes(values, most):
    x, y = thin(np.arange(len(values)), np.array(values), most=most)
    assert len(x) <= max(most, 2) and (np.diff(x) > 0).all()
    assert (x[0], x[-1]) == (0, len(values) - 1)
    assert (y.min(), y.max()) == (min(values), max(values)) and y.tolist() == [values[i] for i in x]


def test_the_moving_mean_of_the_ends_is_cut():
    assert moving_mean(np.array([1.0, 2.0, 6.0, 3.0]), 3).tolist() == [1.5, 3.0, 11 / 3, 4.5]
    assert moving_mean(np.array([]), 3).tolist() == []


def test_an_unknown_style_is_refused():
    with pytest.raises(ValueError, match="notebook or a talk, found 'poster'"):
        plots.style("poster")


def test_jupyter_carries_the_description(monkeypatch):
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    cells = [
        "import mtlkit as mk\nmk.plots.style()",
        "ax = mk.plots.sigmoid_curve(4, 1)",
        "import matplotlib.pyplot as plt\nax = plt.figure().gca()\nax.plot([1, 2])\n"
        "mk.plots.alt(ax, 'A line that rises.');",
        "plt.plot([1, 2]);",
        "curve = mk.plots.SigmoidCurve()\nplt.close(curve.figure)\ncurve.update(1, 1)\n"
        "shown = display(curve.figure, display_id=True)",
        "curve.update(1000, 1)\nshown.update(curve.figure)",
    ]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    NotebookClient(book, timeout=120, kernel_name="python3").execute()
    outputs = [[o for o in cell.outputs if "image/png" in o.get("data", {})] for cell in book.cells]
    assert [len(o) for o in outputs] == [0, 1, 1, 1, 1, 0]
    said = [o[0].metadata.get("image/png", {}).get("alt") for o in outputs if o]
    assert said[0] == "Sigmoid weight over the loss. λ climbs from 0.1 at loss 0.45 to 0.9 at 1.55."
    assert said[1:3] == ["A line that rises.", None]
    assert said[3] == "Sigmoid weight over the loss. A switch at loss 1.00: λ jumps to 1 there."


# -- what a corpus holds -------------------------------------------------------------------------------------------
def test_contents_show_each_tasks_labels_and_the_texts_lengths():
    corpus = toy.corpus()
    axes = plots.contents(corpus)
    names = ["colour", "size", "things", "tags", "old", "rare", "texts"]
    assert [ax.texts[0].get_text() for ax in axes] == names
    colours = corpus.train.frame()["colour"].value_counts(normalize=True)
    assert [bar.get_width() for bar in axes[0].patches] == pytest.approx(colours.tolist())
    assert "tags, where thing is 100% of 1 labels" not in axes[0].get_title("left")  # one label can't be unequal
    assert "bars train, black test" in axes[0].get_title("left") and "colour: " in plots.alt(axes[0])
    alone = plots.contents(corpus, other=None)
    assert "black" not in alone[0].get_title("left")
    for wrong in ({"split": "trian"}, {"other": "trian"}):
        with pytest.raises(ValueError, match="no split 'trian'. Did you mean 'train'"):
            plots.contents(corpus, **wrong)


def test_a_split_whose_labels_are_hidden_shows_its_texts_alone():
    frame = pd.DataFrame({"text": ["x y"] * 4, "kind": ["a", "b"] * 2})
    tables = {"train": frame, "test": frame.assign(kind=None)}
    corpus = mk.Corpus.from_frames(tables, [mk.Task("kind", "classification")])
    (ax,) = plots.contents(corpus, "test", other=None)
    assert title(ax) == "No labels to be unequal (bars test)" and ax.texts[0].get_text() == "texts"
    assert [ax.texts[0].get_text() for ax in plots.contents(corpus)] == ["kind", "texts"]


def test_of_many_labels_the_commonest_eight_are_shown_and_it_is_said():
    frame = pd.DataFrame({"text": ["x"] * 78, "kind": [f"k{i}" for i in range(12) for _ in range(i + 1)]})
    corpus = mk.Corpus.from_frames({"train": frame}, [mk.Task("kind", "classification")])
    ax = plots.contents(corpus)[0]
    assert ax.texts[0].get_text() == "kind: 8 of 12 labels"
    assert [label.get_text() for label in ax.get_yticklabels()] == [f"k{i}" for i in range(11, 3, -1)]
