"""The atlas' figure and panel, driven from code: a click sets `at`, a slider its value, as a person's would."""

import itertools
import json

import numpy as np
import pytest
from figures import title

import mtlkit as mk
from mtlkit.experiments.atlas import Atlas
from mtlkit.widgets.atlas_panel import tries_of

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

TASKS = ("topic", "urgency", "escalated")
ALPHA, BETA = [-2.0, 0.5, 3.0], [0.0, 0.7, 1.5, 4.0]  # not square: a transposition must fail


@pytest.fixture(scope="module")
def atlas():
    corpus = mk.load_corpus("helpdesk", tasks=TASKS).sample(120, seed=0).sample(60, seed=0, split="validation")
    model = mk.MultiTaskModel(mk.load_encoder("bert-tiny"), corpus.tasks)
    return mk.atlas(model, corpus, mk.Sigmoid, alpha=ALPHA, beta=BETA, steps=20, batch_size=8, seeds=2)


@pytest.fixture
def panel(atlas):
    return mk.widgets.atlas(atlas)


def click(panel, first: int, second: int) -> None:
    """In the middle of a cell."""
    box = panel.map.ax.get_position()
    x = box.x0 + box.width * (first + 0.5) / len(ALPHA)
    y = box.y0 + box.height * (second + 0.5) / len(BETA)
    panel.picture.image.at = [x, 1 - y]


def test_the_figure_draws_the_map_where_told(atlas):
    import matplotlib.pyplot as plt

    _, ax = plt.subplots()
    assert mk.plots.atlas_map(atlas, "topic", path=[{"alpha": 0.5, "beta": 1.5}, {"alpha": 3, "beta": 0}], ax=ax) is ax
    (mesh,) = ax.get_images()
    np.testing.assert_allclose(mesh.get_array(), atlas.map("topic").T)
    assert next(list(line.get_xdata()) for line in ax.lines) == [1, 2]
    assert next(list(line.get_ydata()) for line in ax.lines) == [2, 0]
    assert [t.get_text() for t in ax.texts] == ["1", "2"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["−2", "0.5", "3"]
    best = atlas.best("topic")
    assert f"α = {best['alpha']:g}".replace("-", "−") in mk.plots.alt(ax)


def test_the_frame_encloses_just_the_cells_that_are_as_good(atlas):
    drawn = mk.plots.AtlasMap(atlas)
    good = np.zeros((3, 4), bool)
    good[1, 2] = good[2, 2] = True
    drawn._enclose(good)
    found = {tuple(sorted(map(tuple, ends.tolist()))) for ends in drawn.edges.get_segments()}
    around = [(0.5, 1.5), (1.5, 1.5), (2.5, 1.5), (2.5, 2.5), (1.5, 2.5), (0.5, 2.5), (0.5, 1.5)]
    assert found == {tuple(sorted(pair)) for pair in itertools.pairwise(around)}


def test_a_click_shows_the_cells_training(panel, atlas):
    for first, second in ((0, 3), (2, 1), (1, 0)):
        click(panel, first, second)
        assert panel.cell == (first, second)
        assert panel.settings == {"alpha": ALPHA[first], "beta": BETA[second]}
        assert [p.value for p in panel.pickers.values()] == [first, second]
        drawn = panel.curves.lines[0]["topic"].get_ydata()
        np.testing.assert_allclose(drawn, atlas.losses[0, first, second, :, 0], rtol=1e-6)
        assert f"topic accuracy {atlas.scores[:, first, second, 0].mean():.2f}" in panel.told.value
    before = panel.cell
    panel.picture.image.at = [0.99, 0.5]  # beside the map
    assert panel.cell == before


def test_sliders_chooser_and_best_move_it_too(panel, atlas):
    panel.pickers["alpha"].value = 2
    panel.pickers["beta"].value = 3
    assert panel.cell == (2, 3)
    panel.what = "urgency"
    np.testing.assert_allclose(panel.map.mesh.get_array(), atlas.map("urgency").T)
    panel.best.click()
    assert panel.cell == atlas.cell(**atlas.best("urgency"))
    picture = panel.picture.image.value
    panel.what = "λ topic"
    assert panel.picture.image.value != picture


def test_its_state_comes_back(atlas, panel):
    panel.what = "topic"
    click(panel, 2, 1)
    state = json.loads(json.dumps(panel.state))
    other = mk.widgets.atlas(atlas)
    other.state = state
    assert (other.what, other.cell, other.state) == ("topic", (2, 1), state)
    assert other.picture.image.value == panel.picture.image.value
    lines = panel.code()
    made = eval(lines.split("panel.state = ")[1].split("\n")[0])
    assert made == state
    for part in (f"alpha={ALPHA}", f"beta={BETA}", "steps=20", "seeds=2", "'sigmoid'"):
        assert part in lines
    panel.share.click()
    assert "mk.widgets.atlas(atlas)" in panel.lines.value
    panel.share.click()
    assert panel.lines.value == ""


def test_a_state_that_does_not_fit_is_refused(panel):
    for change, message in (
        ({"panel": "explorer"}, "expected 'atlas', found 'explorer'"),
        ({"format": 99}, "it comes from a newer version"),
        ({"map": "topics"}, "Did you mean 'topic'"),
    ):
        with pytest.raises(ValueError, match=message):
            panel.state = panel.state | change
    short = panel.state
    del short["map"]
    with pytest.raises(ValueError, match="lacks map"):
        panel.state = short
    with pytest.raises(ValueError, match="there is no cell \\(3, 0\\)"):
        panel.cell = (3, 0)


def test_the_tries_of_a_steered_run_are_the_way(atlas):
    run = atlas.run(alpha=0.5, beta=0.0)
    next(run)
    run.steer("cockpit", alpha=3.0)
    next(run)
    run.steer("cockpit", beta=4.0)
    next(run)
    ways = [{"alpha": 0.5, "beta": 0.0}, {"alpha": 3.0, "beta": 0.0}, {"alpha": 3.0, "beta": 4.0}]
    assert tries_of(run.history, ["alpha", "beta"]) == ways
    panel = mk.widgets.atlas(atlas, run.history)
    assert panel.cell == (2, 3)
    assert list(panel.map.way.get_xdata()) == [1, 2, 2]


def test_tries_may_hold_more_than_the_two_settings(atlas):
    tries = [{"alpha": 0.5, "beta": 0.0}, {"alpha": 3.0, "beta": 4.0, "relative": True}]
    assert mk.widgets.atlas(atlas, tries).cell == (2, 3)
    assert mk.plots.atlas_map(atlas, path=tries).has_data()


@pytest.mark.parametrize("value", [{}, {"beta": None}, {"beta": "1"}, {"beta": float("nan")}], ids=str)
def test_a_try_without_a_number_is_named(atlas, panel, value):
    tries = [{"alpha": 1.0, "beta": 1.0}, {"alpha": 1.0} | value]
    for show in (
        lambda: mk.widgets.atlas(atlas, tries),
        lambda: mk.plots.atlas_map(atlas, path=tries),
        lambda: setattr(panel, "state", panel.state | {"tries": tries}),
    ):
        with pytest.raises(ValueError, match="Try 2 should give a number for beta, found"):
            show()


def test_a_history_that_does_not_say_its_settings_is_no_way(atlas):
    history = mk.History.from_arrays(TASKS, np.ones((2, 3)), np.ones((2, 3)))
    with pytest.raises(ValueError, match="doesn't say which settings acted.*a number for alpha and beta"):
        mk.widgets.atlas(atlas, history)


def test_the_title_says_how_many_cells_are_as_good_as_the_best(atlas):
    ax = mk.plots.atlas_map(atlas, "mean")
    good = atlas.as_good("mean")
    assert good.sum() > 1 and title(ax).endswith(f"; {good.sum()} of {good.size} cells as good")


@pytest.mark.parametrize("seeds", [1, 2])
def test_a_map_of_which_every_training_broke_says_so(atlas, seeds):
    broken = (np.full_like(part[:seeds], np.nan) for part in (atlas.losses, atlas.weights, atlas.scores))
    broken = Atlas(atlas.axes, *broken, atlas.trainings, 0)
    panel = mk.widgets.atlas(broken)
    assert panel.cell == (0, 0) and "topic accuracy –" in panel.told.value
    for what in broken.maps:
        panel.what = what
        assert title(panel.map.ax) == f"{what}: every training broke"
        assert "every training broke." in mk.plots.alt(panel.map.ax)
        with pytest.raises(ValueError, match=f"Every training of this atlas broke: .* '{what}'"):
            broken.best(what)


def test_an_error_in_a_callback_is_said_in_the_panel(panel, monkeypatch):
    monkeypatch.setattr(panel, "_show_training", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        click(panel, 0, 0)
    assert "ZeroDivisionError" in panel.error_line.value and 'role="alert"' in panel.error_line.value
