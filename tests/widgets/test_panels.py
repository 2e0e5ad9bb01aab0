"""What holds of every panel, whatever it shows: controls with a name and a tip, nothing from data taken for HTML,
nothing left behind by many moves, its state as JSON, one panel a cell."""

import gc
import html
import json

import pandas as pd
import pytest
import toy

import mtlkit as mk

pytest.importorskip("matplotlib").use("Agg")

EVIL = "<img src=x onerror=alert(1)>"
TASKS = [EVIL, "old"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A model, its corpus with a task of an evil name, and a trained run in which a β of its own was set."""
    encoder = mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.getbasetemp())))
    tables = {}
    for name, count in (("train", 64), ("validation", 24)):
        rows = toy.rows(count, len(name))
        evil = [f"<b>{colour}</b>" for colour in rows["colour"]]
        tables[name] = pd.DataFrame({"text": rows["text"], EVIL: evil, "old": rows["old"]})
    corpus = mk.Corpus.from_frames(tables, tasks=[mk.Task(task, "classification") for task in TASKS])

    def run(weighting=None):
        model = mk.MultiTaskModel(encoder, corpus.tasks)
        return mk.Run(model, corpus, weighting or mk.Sigmoid(2.0, 0.7), steps=12, batch_size=16, validate=4)

    trained = run()
    trained.steer("x", beta={EVIL: 0.5, "old": 1.0})
    for _ in trained:
        pass
    trained.history.add_shares(5, {EVIL: 2.0, "old": 1.0})
    atlas = mk.atlas(trained.model, corpus, mk.Sigmoid, alpha=[-1, 0, 1], beta=[0.0, 1.0], steps=4, batch_size=8)
    return run, trained, atlas


KINDS = ["explorer", "explorer of a run", "cockpit", "duel", "replay", "replay of two", "atlas", "forecast"]


@pytest.fixture
def panel(made, request):
    run, trained, atlas = made
    w = mk.widgets
    given = {
        "explorer": lambda: w.explorer(),
        "explorer of a run": lambda: w.explorer(trained),
        "cockpit": lambda: w.cockpit(run()),
        "duel": lambda: w.duel(one := run(), one.clone(mk.Fixed({EVIL: 1.0, "old": 0.5}))),
        "replay": lambda: w.replay(trained.history),
        "replay of two": lambda: w.replay(trained.history, trained.history),
        "atlas": lambda: w.atlas(atlas, [{"alpha": 1.0, "beta": 0.5}]),
        "forecast": lambda: w.forecast(pd.DataFrame({key: [1, 2, 4] for key in ("layers", "rows", "seconds")}), 64),
    }
    panel = given[request.param]()
    yield panel
    panel.close()


def parts(widget) -> list:
    """The widget and all within it."""
    return [widget] + [part for child in getattr(widget, "children", ()) for part in parts(child)]


def train(panel) -> None:
    if hasattr(panel, "run_headless") and getattr(panel, "training", None) is not None:
        panel.run_headless()


def move(panel, n: int) -> None:
    """One of the things that a hand does."""
    if panel.kind == "explorer":
        panel.sliders["beta"].value = n % 90 / 20
    elif panel.kind == "cockpit":
        panel.sliders["alpha"].value = n % 90 / 10
        panel.buttons["reset" if n % 20 == 19 else "step"].click()
    elif panel.kind == "duel":
        panel.buttons["reset" if n % 20 == 19 else "step"].click()
    elif panel.kind == "replay":
        panel.slider.value = 1 + n % 12
    elif panel.kind == "forecast":
        panel.sliders["rows"].value = 1 + n % 90
    else:
        panel.picture.image.at = [0.1 + n % 25 / 100, 0.2 + n % 60 / 100]


every = pytest.mark.parametrize("panel", KINDS, indirect=True)


@every
def test_every_control_has_a_name_and_a_tip(panel):
    import ipywidgets as w

    kinds = (w.Button, w.FloatSlider, w.IntSlider, w.SelectionSlider, w.FloatText, w.Dropdown, w.ToggleButtons)
    seen = 0
    for box in parts(panel.widget):
        within = getattr(box, "children", ())
        named = any(isinstance(part, w.HTML) and "<span title=" in part.value for part in within)
        for part in within:
            if isinstance(part, kinds):
                own = part.tooltips if isinstance(part, w.ToggleButtons) else part.description and part.tooltip
                assert named or own, part
                seen += 1
    assert seen


@every
def test_names_from_data_are_no_html(panel):
    import ipywidgets as w

    train(panel)
    panel.share.click()  # the code, with the state in it
    shown = [part.value for part in parts(panel.widget) if isinstance(part, w.HTML)]
    assert not [value for value in shown if "<img" in value or "<b>red" in value]
    if panel.kind != "forecast" and panel.name != "explorer: sliders for α and β; run the cell to use them":
        assert [value for value in shown if html.escape(EVIL) in value or html.escape(EVIL, quote=False) in value]


@every
def test_many_moves_leave_nothing_behind(panel):
    """Wherever in the process it might be kept: no figure, widget, observer or artist more. What moves cost in memory,
    benchmarks/ tells."""
    import matplotlib.pyplot as plt
    from ipywidgets.widgets.widget import _instances
    from matplotlib.artist import Artist

    def count():
        gc.collect()
        observers = sum(
            len(callbacks)
            for part in parts(panel.widget)
            for by_type in part._trait_notifiers.values()
            for callbacks in by_type.values()
        )
        children = sum(len(ax.get_children()) for ax in panel.figure.axes)
        artists = sum(issubclass(type(thing), Artist) for thing in gc.get_objects())
        return (plt.get_fignums(), len(_instances), observers, children), artists

    for n in range(20):
        move(panel, n)
    before = count()
    for n in range(20):
        move(panel, n)
    after = count()
    assert after[0] == before[0] and before[0][0] == []
    assert after[1] <= before[1]  # fewer, where something of an earlier test went only now


@every
def test_its_state_is_json_and_another_panels_or_a_newer_one_is_refused(panel):
    train(panel)
    state = json.loads(json.dumps(panel.state))
    panel.state = state
    assert panel.state == state
    with pytest.raises(ValueError, match=f"another panel: expected '{panel.kind}', found 'piano'"):
        panel.state = state | {"panel": "piano"}
    with pytest.raises(ValueError, match="comes from a newer version; upgrade"):
        panel.state = state | {"format": 99}
    with pytest.raises(ValueError, match="The state lacks"):
        panel.state = {"panel": panel.kind, "format": 1}
    with pytest.raises(ValueError, match="expected"):
        panel.state = "cockpit"
    assert panel.state == state and "mk.widgets." in panel.code()


@every
def test_running_its_cell_again_closes_it(panel, monkeypatch):
    from ipywidgets.widgets.widget import _instances

    monkeypatch.setattr(panel, "_made_in", ("cell", "first"))
    monkeypatch.setattr("mtlkit.widgets.panel._cell", lambda: ("another", "second"))
    mk.widgets.explorer()
    assert panel.widget in _instances.values()
    monkeypatch.setattr("mtlkit.widgets.panel._cell", lambda: ("cell", "third"))
    mk.widgets.explorer()
    assert panel.widget not in _instances.values() and not [p for p in parts(panel.widget) if p in _instances.values()]
