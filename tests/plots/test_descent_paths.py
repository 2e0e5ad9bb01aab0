"""Two bowls: the paths are what each method's paper says they are, and the figure shows them."""

import pytest
import torch
from figures import title

import mtlkit as mk
from mtlkit import plots

START = (-0.3, 1.6)


def test_equal_weights_are_gradient_descent_on_the_sum():
    bowls, theta, path = mk.QuadraticLosses(3.0), torch.tensor(START), []
    for _ in range(6):
        path.append(theta)
        theta = theta - 0.1 * torch.autograd.functional.jacobian(bowls, theta).sum(0)
    torch.testing.assert_close(mk.optimization_path("equal", bowls, START, steps=5, lr=0.1), torch.stack(path))


def test_the_sigmoids_path_follows_its_formula():
    bowls, theta = mk.QuadraticLosses(3.0), torch.tensor(START)
    weights = torch.sigmoid(2.0 * (bowls(theta) - 1.0))
    expected = theta - 0.1 * weights @ torch.autograd.functional.jacobian(bowls, theta)
    path = mk.optimization_path(mk.Sigmoid(alpha=2.0, beta=1.0), bowls, START, steps=1, lr=0.1)
    torch.testing.assert_close(path[1], expected)


def test_pcgrad_takes_away_what_conflicts():
    bowls, theta = mk.QuadraticLosses(3.0), torch.tensor([0.2, 0.7])
    a, b = torch.autograd.functional.jacobian(bowls, theta)
    assert a @ b < 0
    expected = theta - 0.1 * (a - a @ b / (b @ b) * b + b - a @ b / (a @ a) * a)
    torch.testing.assert_close(mk.optimization_path("pcgrad", bowls, theta.tolist(), steps=1, lr=0.1)[1], expected)


@pytest.mark.parametrize("name", ["mgda", "upgrad"])
def test_no_loss_rises_on_the_way(name):
    bowls = mk.QuadraticLosses(3.0)
    losses = bowls(mk.optimization_path(name, bowls, START, steps=100, lr=0.01))
    assert (losses.diff(dim=0) < 1e-6).all() and (losses[-1] < 0.5 * losses[0]).any()


@pytest.mark.parametrize("name", ["equal", "sigmoid", "famo", "pcgrad", "mgda", "upgrad", "uncertainty", "rlw"])
def test_paths_end_at_the_front(name):
    bowls = mk.QuadraticLosses(2.0)
    end = mk.optimization_path(name, bowls, START, steps=400, lr=0.05)[-1]
    assert (bowls.front(400) - end).norm(dim=1).min() < 0.1


def test_on_the_front_the_gradients_oppose():
    bowls = mk.QuadraticLosses(3.0)
    for point in bowls.front()[5:45:10]:
        a, b = torch.autograd.functional.jacobian(bowls, point)
        assert torch.cosine_similarity(a, b, dim=0) == pytest.approx(-1, abs=1e-4)


def test_a_method_is_left_as_it_was_and_one_that_needs_a_model_is_refused():
    famo = mk.weighting.FAMO()
    mk.optimization_path(famo, mk.QuadraticLosses(), START, steps=3)
    assert famo.tasks is None
    with pytest.raises(ValueError, match="'coba' needs validation: give it to a Run"):
        mk.optimization_path("coba", mk.QuadraticLosses(), START)


def test_the_figure_has_a_panel_for_each_path():
    bowls = mk.QuadraticLosses(3.0)
    found = {name: mk.optimization_path(name, bowls, START, steps=40, lr=0.1) for name in ("equal", "upgrad")}
    axes = plots.paths(bowls, found, bowls.front())
    for ax, (name, path) in zip(axes, found.items(), strict=True):
        front, line, start, end = ax.lines
        assert torch.tensor(line.get_xydata()).float().equal(path) and len(front.get_xydata()) == 50
        assert (
            start.get_xydata()[0].tolist() == pytest.approx(START) and end.get_xydata()[0].tolist() == path[-1].tolist()
        )
        assert ax.texts[0].get_text().startswith(f"{name}: ")
    assert title(axes[0]).startswith("The two losses end most alike under upgrad (")
    assert "equal: from (−0.30, 1.60) to" in plots.alt(axes[0])
    with pytest.raises(ValueError, match="no path to draw"):
        plots.paths(bowls, {})


def test_each_panel_is_told_by_its_own_method():
    bowls = mk.QuadraticLosses(3.0)
    found = {name: mk.optimization_path(name, bowls, START, steps=9) for name in ("equal", "gls")}
    figure = plots.Paths(list(found))
    figure.update(bowls, {"gls": found["gls"], "equal": found["equal"]})
    told = plots.alt(figure.axes[0])
    assert told.index("equal: from") < told.index("gls: from")
    assert [ax.texts[0].get_text().split(":")[0] for ax in figure.axes] == ["equal", "gls"]
    assert title(plots.paths(bowls, dict.fromkeys("ab", found["gls"]))[0]) == (
        "The two losses end equally alike under 2 of 2 methods"
    )


@pytest.mark.parametrize(
    ("methods", "said"),
    [(["equal"], "Each method of the figure needs a path; there is none of gls"), (["equal", "gsl"], "mean 'gls'")],
)
def test_paths_of_other_methods_than_the_figures_are_refused_before_anything_is_drawn(methods, said):
    bowls, figure = mk.QuadraticLosses(), plots.Paths(["equal", "gls"])
    with pytest.raises(ValueError, match=said):
        figure.update(bowls, dict.fromkeys(methods, mk.optimization_path("equal", bowls, START, steps=2)))
    assert not figure.contours and not len(figure.lines["equal"][1].get_xdata())


def test_the_panel_moves_with_its_sliders():
    panel = mk.widgets.paths({"equal": "equal", "upgrad": "upgrad"})
    before, picture = panel.found["equal"], panel.picture.image.value
    panel.sliders["loudness"].value = 8.0
    assert not panel.found["equal"].equal(before) and panel.picture.image.value != picture
    state = panel.state
    panel.reset()
    assert panel.found["equal"].equal(before)
    panel.state = state
    assert panel.sliders["loudness"].value == 8.0 and "'loudness': 8.0" in panel.code()


def test_cosines_are_drawn_by_pair_and_counted():
    import pandas as pd

    def table(ab, ac, bc):
        return pd.DataFrame([[1, ab, ac], [ab, 1, bc], [ac, bc, 1]], list("abc"), list("abc"))

    ax = plots.cosines({0: table(0.5, -0.2, float("nan")), 10: table(0.1, -0.4, 0.3)})
    assert title(ax) == "40% of the cosines are below 0; the lowest, −0.40, is a · c's"
    assert [line.get_ydata()[-1] for line in ax.lines[1:]] == [0.1, -0.4, 0.3]
    assert "a · b 0.30" in plots.alt(ax)
    with pytest.raises(ValueError, match="nothing to draw"):
        plots.cosines({})
    with pytest.raises(ValueError, match="give two tasks or more, found .'a'."):
        plots.cosines({0: pd.DataFrame([[1.0]], ["a"], ["a"])})
    nan = float("nan")
    ax = plots.cosines({0: table(0.5, nan, nan), 10: table(nan, nan, nan)})
    assert title(ax) == "0% of the cosines are below 0; the lowest, 0.50, is a · b's"
    assert plots.alt(ax).endswith("Means: a · b 0.50.")
    ax = plots.cosines({0: table(nan, nan, nan)})
    assert title(ax) == "No cosine is defined at these steps" and plots.alt(ax).endswith("none is defined.")
