"""Comparisons: fair by construction, never done twice, claims that the intervals allow."""

import io
import json
import math
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import joblib
import matplotlib
import pandas as pd
import pytest
import torch
import toy
from dask.distributed import Client, LocalCluster

import mtlkit as mk
from mtlkit.experiments.comparison import ALONE, Comparison
from mtlkit.experiments.jobs import Job, JobRunner, peak_memory, train
from mtlkit.utils import cache

SETTINGS = {"batch_size": 16, "lr": 1e-3}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.mktemp("encoder"))))


@pytest.fixture(scope="module")
def corpus():
    return toy.corpus(["colour", "old"])


class Breaks(mk.weighting.Weighting):
    """Works until its third step."""

    def __init__(self):
        super().__init__()
        self.steps = 0

    def weights(self, losses, present):
        self.steps += 1
        if self.steps == 3:
            raise RuntimeError("out of ideas")
        return torch.ones_like(losses)


@pytest.fixture(scope="module")
def found(corpus, encoder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    methods = {"equal": "equal", "sigmoid": mk.Sigmoid(alpha=-2.0)}
    return mk.compare(methods, corpus, encoder, seeds=2, budget=8, folder=folder, **SETTINGS), folder


# -- training -----------------------------------------------------------------------------------------------------
def test_a_training_is_a_run(found, corpus, encoder):
    comparison, _ = found
    for name, weighting in (("equal", mk.Equal()), ("sigmoid", mk.Sigmoid(alpha=-2.0))):
        model = mk.MultiTaskModel(encoder, corpus.tasks, seed=1)
        history = mk.fit(mk.Run(model, corpus, weighting, steps=8, seed=1, validate=None, **SETTINGS))
        kept = comparison.history(name, seed=1)
        assert kept.weights() == pytest.approx(history.weights(), nan_ok=True) and kept.tasks == history.tasks
        table = mk.evaluate(model, corpus.test).groupby("task").first()["value"]
        for task in ("colour", "old"):
            assert comparison.values(name).loc[1, task] == pytest.approx(table[task], abs=1e-9)
    alone = comparison.results.query("method == @ALONE", local_dict={"ALONE": ALONE})
    assert sorted(set(alone.task)) == ["colour", "old"] and len(alone) == 4
    assert (comparison.results.seconds > 0).all() and (comparison.results.memory > 0).all()


def test_memory_is_the_peak_in_megabytes(tmp_path, monkeypatch):
    (tmp_path / "status").write_text("Name:\tpython\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n")
    monkeypatch.setattr("mtlkit.experiments.jobs.STATUS", tmp_path / "status")
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    assert peak_memory() == 200.0


def test_two_processes_give_the_same_numbers(found, corpus, encoder, tmp_path):
    methods = {"equal": "equal", "sigmoid": mk.Sigmoid(alpha=-2.0)}
    other = mk.compare(methods, corpus, encoder, seeds=2, budget=8, jobs=2, folder=tmp_path, **SETTINGS)
    columns = ["method", "seed", "task", "value"]
    assert other.results[columns].equals(found[0].results[columns])


def test_a_cluster_gives_the_same_numbers(found, corpus, encoder, tmp_path):
    methods = {"equal": "equal", "sigmoid": mk.Sigmoid(alpha=-2.0)}
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with cluster, Client(cluster), joblib.parallel_config("dask"):
        other = mk.compare(methods, corpus, encoder, seeds=2, budget=8, jobs=2, folder=tmp_path, **SETTINGS)
    columns = ["method", "seed", "task", "value"]
    assert other.results[columns].equals(found[0].results[columns])
    assert len(list(tmp_path.glob("*.json"))) == 8


def test_what_is_finished_is_not_trained_again(found, corpus, encoder, monkeypatch):
    comparison, folder = found
    monkeypatch.setattr("mtlkit.experiments.jobs.train", lambda *args: pytest.fail("trained again"))
    methods = {"equal": "equal", "sigmoid": mk.Sigmoid(alpha=-2.0)}
    again = mk.compare(methods, corpus, encoder, seeds=2, budget=8, folder=folder, **SETTINGS)
    assert again.results.equals(comparison.results)


def test_what_decides_the_outcome_decides_the_name(corpus, encoder, tmp_path, monkeypatch):
    def name(weighting="sigmoid", seed=0, split="test", data=corpus, reads=encoder, settings=None, **more):
        runner = JobRunner(data, reads, {"steps": 8} | (settings or {}), tmp_path)
        training = Job("any", mk.weighting.get(weighting, **more), ("colour", "old"), seed, split)
        return runner.file(training).name

    other = toy.encoder_folder(str(tmp_path))
    names = [
        name(),
        name(alpha=2.0),
        name("equal"),
        name(seed=1),
        name(split="validation"),
        name(settings={"steps": 9}),
        name(data=toy.corpus(["colour", "old"], train=95)),
        name(reads=mk.load_encoder(other, pretrained=False)),
    ]
    with monkeypatch.context() as other_torch:
        other_torch.setattr(torch, "__version__", "9.9")
        names.append(name())
    assert len(set(names)) == len(names) and name() == names[0]
    (tmp_path / "own_method.py").write_text("import mtlkit as mk\nclass Own(mk.Equal):\n    pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    import own_method

    runner = JobRunner(corpus, encoder, {}, tmp_path)
    before = runner.file(Job("own", own_method.Own(), ("old",), 0, "test"))
    import linecache

    (tmp_path / "own_method.py").write_text("import mtlkit as mk\nclass Own(mk.Equal):\n    better = True\n")
    linecache.clearcache()
    assert runner.file(Job("own", own_method.Own(), ("old",), 0, "test")) != before


@pytest.mark.parametrize(
    "file, trained_anew",
    [
        ("encoder/encoder.py", True),
        ("tasks/_base.py", True),
        ("batching/batches.py", True),
        ("weighting/_base.py", True),
        ("training/optimizer.py", True),
        ("evaluation/metrics.py", True),
        ("corpus/split.py", True),
        ("model.py", True),
        ("experiments/jobs.py", True),
        ("utils/files.py", True),
        ("plots/heatmap.py", False),
        ("widgets/cockpit.py", False),
        ("course/runner.py", False),
        ("experiments/comparison.py", False),
        ("cli.py", False),
    ],
)
def test_a_change_of_what_a_training_runs_through_makes_another(
    file, trained_anew, corpus, encoder, tmp_path, monkeypatch
):
    package = Path(mk.__file__).parent
    shutil.copytree(package, tmp_path / "mtlkit", ignore=shutil.ignore_patterns("__pycache__", "data"))
    monkeypatch.setattr(cache, "_PACKAGE", tmp_path / "mtlkit")
    job = Job("any", mk.Equal(), ("colour", "old"), 0, "test")
    before = JobRunner(corpus, encoder, {}, tmp_path).file(job)
    with open(tmp_path / "mtlkit" / file, "a") as code:
        code.write("\n# another line\n")
    assert (JobRunner(corpus, encoder, {}, tmp_path).file(job) != before) == trained_anew


def test_a_history_that_is_not_there_is_said(found):
    with pytest.raises(ValueError, match="'equal' with seed 7 came.*'equal' with seed 0, 'equal' with seed 1"):
        found[0].history("equal", seed=7)


@pytest.mark.parametrize("ask", ["values", "difference", "gain"])
def test_an_unknown_method_is_named(ask):
    with pytest.raises(ValueError, match="There is no method 'bsae'. Did you mean 'base'"):
        getattr(made(base=[(1, 1)], other=[(1, 1)]), ask)("bsae")


def test_what_trainings_warn_of_is_told_once_a_method(corpus, encoder, tmp_path):
    methods = {"equal": "equal", "mute": mk.weighting.get("sigmoid", alpha=8.0, beta={"colour": 0.0, "old": 9.0})}
    settings = {"seeds": 2, "budget": 55, "folder": tmp_path, "alone": False, "jobs": 2} | SETTINGS
    for _ in range(2):  # the second time nothing is trained any more
        with pytest.warns(UserWarning, match="thousandth") as told:
            mk.compare(methods, corpus, encoder, **settings)
        found = [str(warning.message) for warning in told if "thousandth" in str(warning.message)]
        assert len(found) == 1 and re.match("'mute', in 2 of 2 trainings: .*'old'", found[0])


def test_a_method_that_fails_is_named_and_tried_again_alone(corpus, encoder, tmp_path, monkeypatch, caplog):
    methods = {"equal": "equal", "breaks": Breaks(), "rlw": "rlw"}
    settings = dict(seeds=2, budget=4, folder=tmp_path, alone=False, **SETTINGS)
    with pytest.warns(UserWarning, match="'breaks' with seed 0 failed and is left out: RuntimeError: out of ideas"):
        found = mk.compare(methods, corpus, encoder, **settings)
    assert set(found.failed) == {("breaks", 0), ("breaks", 1)} and "line" in found.failed["breaks", 0]
    assert set(found.results.method) == {"equal", "rlw"} and "as it failed: breaks" in found.report()
    assert len(found.frame().method.unique()) == 2
    with pytest.warns(UserWarning, match="breaks"):
        against = mk.compare(methods, corpus, encoder, baseline="breaks", **settings)
    assert "Nothing can be held against breaks, which failed" in against.report()
    assert against.frame()["low"].isna().all()
    assert [record.exc_info[1].args for record in caplog.records] == 4 * [("out of ideas",)], "with its traceback"
    tried = []
    monkeypatch.setattr(
        "mtlkit.experiments.jobs.train", lambda training, *args: tried.append(training.who) or {"error": "no"}
    )
    with pytest.warns(UserWarning, match="breaks"):
        mk.compare(methods, corpus, encoder, **settings)
    assert tried == ["breaks", "breaks"]


def test_a_method_typed_in_a_notebook_travels(corpus, encoder, tmp_path):
    typed = {"__name__": "__main__"}  # as in a notebook: no process could import it
    exec(
        """
import torch
import mtlkit as mk
class Half(mk.weighting.Weighting):
    def weights(self, losses, present):
        return torch.full_like(losses, 0.5)
""",
        typed,
    )
    methods = {"half": typed["Half"](), "fixed": mk.Fixed(0.5)}
    found = mk.compare(methods, corpus, encoder, seeds=2, budget=4, jobs=2, alone=False, folder=tmp_path, **SETTINGS)
    assert not found.failed and found.difference("fixed")["mean"].abs().max() == 0.0


# -- tuning -------------------------------------------------------------------------------------------------------
def test_draws_are_the_same_for_a_seed_and_begin_with_the_defaults():
    search = mk.Search("sigmoid", alpha=(-5.0, 5.0), beta=[0.25, 1.0])
    drawn = [search.draw(k, ("a", "b")).settings for k in range(30)]
    assert drawn[0] == mk.Sigmoid().settings and drawn == [search.draw(k, ("a", "b")).settings for k in range(30)]
    assert {s["beta"] for s in drawn[1:]} == {0.25, 1.0} and all(-5 <= s["alpha"] <= 5 for s in drawn)
    fixed = mk.Search("fixed", lambdas=(0.1, 10.0))
    assert fixed.draw(0, ("a", "b")).settings["lambdas"] == [1.0, 1.0]
    logs = [math.log10(v) for k in range(1, 200) for v in fixed.draw(k, ("a", "b")).settings["lambdas"].values()]
    assert min(logs) < -0.9 and max(logs) > 0.9 and abs(sum(logs) / len(logs)) < 0.1


def test_settings_are_chosen_on_validation_and_test_is_met_once(corpus, encoder, tmp_path, monkeypatch):
    plans = []

    def results(self, trainings, jobs, bar):
        plans.append(trainings)
        worth = {3.0: 1.0, 5.0: math.nan}  # α = 5: a correlation of an answer that is the same for every text
        scores = [{t: worth.get(x.weighting.settings.get("alpha"), 0.0) for t in x.tasks} for x in trainings]
        return [{"scores": s, "seconds": 1.0, "memory": 1.0} for s in scores]

    monkeypatch.setattr(JobRunner, "results", results)
    methods = {"tuned": mk.Search("sigmoid", alpha=[-3.0, 3.0, 5.0]), "equal": "equal"}
    found = mk.compare(methods, corpus, encoder, seeds=3, trials=8, folder=tmp_path)
    tuning, final = plans
    assert len(tuning) == 8 and {t.split for t in tuning} == {"validation"} and len({t.seed for t in tuning}) == 1
    assert {t.split for t in final} == {"test"} and found.weightings["tuned"].alpha == 3.0
    assert [t.weighting.alpha for t in final if t.who == "tuned"] == [3.0] * 3
    assert {t.seed for t in tuning}.isdisjoint(t.seed for t in final)


# -- what is told -------------------------------------------------------------------------------------------------
def made(**values) -> Comparison:
    """A comparison with these metrics: method → for each seed (a, b)."""
    tasks = [SimpleNamespace(name=n, main_metric="accuracy") for n in ("a", "b")]
    plan = [Job(m, mk.Equal(), ("a", "b"), seed, "test") for m, of in values.items() for seed in range(len(of))]
    kept = [dict(zip(("a", "b"), pair, strict=True)) for of in values.values() for pair in of]
    results = [{"scores": s, "seconds": 2.0, "memory": 100.0} for s in kept]
    weightings = {m: mk.Equal() for m in values if m != ALONE}
    return Comparison(SimpleNamespace(tasks=tasks), weightings, plan, results, next(iter(values)))


def test_differences_are_in_pairs_of_a_seed():
    base = [(0.5, 0.1), (0.9, 0.2), (0.7, 0.9)]
    found = made(base=base, more=[(x + 0.1, y) for x, y in base], mixed=[(0.6, 0.1), (0.8, 0.2), (0.7, 0.9)])
    more = found.difference("more")
    assert more["mean"].tolist() == pytest.approx([0.1, 0.0, 0.05]), "the seeds' own ups and downs cancel"
    assert more[["low", "high"]].isna().all(axis=None), "all alike: nothing is known of how they vary"
    mixed = found.difference("mixed").loc["a"]
    assert mixed["mean"] == pytest.approx(0) and mixed["low"] < -0.05 and mixed["high"] > 0.05
    assert found.difference("base", "more").loc["a", "mean"] == pytest.approx(-0.1)


def test_the_table_by_hand():
    found = made(
        **{"base": [(0.5, 0.2), (0.7, 0.4)], "other": [(0.6, 0.1), (0.8, 0.3)], ALONE: [(0.4, 0.4), (0.4, 0.4)]}
    )
    table = found.frame().set_index(["method", "task"])
    assert table.loc[("base", "a"), "mean"] == pytest.approx(0.6)
    assert table.loc[("base", "a"), "std"] == pytest.approx(math.sqrt(0.02))
    assert table.loc[("other", "b"), "difference"] == pytest.approx(-0.1)
    assert table.loc[("base", "mean"), "rank"] == table.loc[("other", "mean"), "rank"] == 1.5
    assert table.loc[("base", "mean"), "worst"] == "b"
    assert found.gain("base") == pytest.approx(100 * ((0.6 - 0.4) / 0.4 + (0.3 - 0.4) / 0.4) / 2)
    assert math.isnan(made(base=[(1, 1)], other=[(1, 1)]).gain("base"))


def moved(base, by, spread=0.01):
    """Both tasks higher, by a little more or less from seed to seed."""
    shifts = [by + spread * (k - (len(base) - 1) / 2) for k in range(len(base))]
    return [(x + d, y + d) for (x, y), d in zip(base, shifts, strict=True)]


def test_the_report_claims_what_the_intervals_allow():
    base = [(0.5, 0.1), (0.9, 0.2), (0.7, 0.9)]
    said = made(base=base, better=moved(base, 0.1), worse=moved(base, -0.1)).report()
    assert "3 methods, 3 seeds, 2 tasks" in said and "Better than base in the mean over tasks: better (+0.100" in said
    assert "Worse: worse (−0.100" in said and "No method" not in said
    mixed = [(0.6, 0.1), (0.8, 0.2), (0.7, 0.9)]
    said = made(base=base, mixed=mixed).report()
    assert "No method beats base at 3 seeds. Not to be told apart from it: mixed" in said
    assert "nan" not in made(base=base, same=base).report() and "same (+0.000)" in made(base=base, same=base).report()
    for few in (1, 2):
        said = made(base=base[:few], better=moved(base[:few], 0.1, 0.001)).report()
        assert "Fewer than 3 seeds decide nothing; the means differ from base's by: better (+0.100)." in said


def test_the_interval_is_that_of_students_t_for_as_many_methods_as_are_held_against_the_baseline():
    base = [(0.5, 0.1), (0.9, 0.2), (0.7, 0.9)]
    others = {f"m{k}": moved(base, 0.02 * k) for k in range(1, 4)}
    apart = made(base=base, **others).difference("m2").loc["mean"]
    assert (apart["high"] - apart["mean"]) / (0.01 / math.sqrt(3)) == pytest.approx(7.649, abs=1e-3), "t(1 − 0.05/3)"
    alone = made(base=base, m2=others["m2"]).difference("m2").loc["mean"]
    assert (alone["high"] - alone["mean"]) / (0.01 / math.sqrt(3)) == pytest.approx(4.3027, abs=1e-3)
    chosen = made(base=base, **others).difference("m3", "m1").loc["mean"]
    assert math.isnan(chosen["low"]), "the same in all seeds"


def test_a_difference_that_more_seeds_would_tell_is_said_with_their_number():
    base = [(0.5, 0.1), (0.9, 0.2), (0.7, 0.9)]
    found = made(base=base, close=moved(base, 0.01))
    needed = found.seeds_needed("close")
    assert 8 < needed < 14 and f"some {needed} seeds would tell" in found.report()
    assert found.seeds_needed("base") is None
    with pytest.raises(ValueError, match="close"):
        found.seeds_needed("clse")


def test_what_a_task_gains_is_not_divided_by_next_to_nothing():
    alone = {ALONE: [(0.4, 0.01), (0.4, -0.01)]}
    found = made(base=[(0.5, 0.2), (0.7, 0.4)], other=[(0.6, 0.1), (0.8, 0.3)], **alone)
    assert found.gain("base") == pytest.approx(50.0), "of the first task alone"


def test_a_comparison_shows_itself_as_a_table():
    base = [(0.5, 0.1), (0.9, 0.2), (0.7, 0.9)]
    found = made(base=base, better=moved(base, 0.1))
    assert repr(found) == "Comparison(base, better; 3 seeds)"
    (table,) = pd.read_html(io.StringIO(found._repr_html_()), index_col=0)
    assert list(table.index) == ["base", "better"] and list(table.columns) == [
        "a", "b", "mean", "mean − base", "low", "high"
    ]  # fmt: skip
    assert float(table.loc["better", "mean − base"]) == 0.1 and table.loc["base", "low"] == "–"


def test_the_figure_says_the_finding(tmp_path):
    base = [(0.5, 0.1), (0.9, 0.2), (0.7, 0.9)]
    found = made(base=base, better=moved(base, 0.2), same=base)
    with matplotlib.rc_context({"backend": "Agg"}):
        ax = found.plot()
    assert ax.get_title(loc="left") == "At 3 seeds, in the mean of tasks: better above base"
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b", "mean of tasks"]
    assert "better +0.200 (+" in mk.plots.alt(ax) and "same +0.000." in mk.plots.alt(ax)
    with matplotlib.rc_context({"backend": "Agg"}):
        ax = made(base=base[:2], better=moved(base, 0.1)[:2]).plot()
    assert ax.get_title(loc="left") == "Means of 2 seeds: fewer than 3 decide nothing"
    assert len(json.dumps(found.frame().to_dict("list"), default=float)) > 100


def test_the_readmes_comparison_runs(corpus, encoder, tmp_path, monkeypatch, capsys):
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "mk.compare" in block]
    monkeypatch.setattr(mk, "load_encoder", lambda name: encoder)
    small = {"seeds=5": "seeds=2", "budget=300": f"budget=3, trials=2, folder={str(tmp_path)!r}", "jobs=2": "jobs=1"}
    for whole, part in small.items():
        assert whole in code
        code = code.replace(whole, part)
    exec(code, {"mk": mk, "corpus": corpus})
    assert "4 methods, 2 seeds, 2 tasks" in capsys.readouterr().out


# -- bad input ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "methods, settings, said",
    [
        (["equal", "famo"], {}, "Methods are due as .*found \\["),
        ({"equal": "equal"}, {}, "at least two methods, found \\['equal'\\]"),
        ({"a": "equal", "b": "rlw"}, {"seeds": 0}, "at least one seed.*found seeds=0"),
        ({"a": "equal", "b": "rlw"}, {"seeds": [1, 1]}, "each once"),
        ({"a": "equal", "b": "rlw"}, {"baseline": "c"}, "no method to be the baseline 'c'. Known: a, b"),
        ({"a": "equal", "b": "rwl"}, {}, "Did you mean 'rlw'"),
        ({"a": "equal", "b": "rlw"}, {"split": "tset"}, "Did you mean 'test'"),
        ({"a": "equal", "b": "rlw"}, {"batchsize": 8}, "no setting of a run 'batchsize'. Did you mean 'batch_size'"),
        ({"a": "equal", "b": "rlw"}, {"steps": 5}, "steps: a comparison sets this itself, by `budget` and `seeds`"),
    ],
)
def test_what_makes_no_comparison_is_said(methods, settings, said, corpus, encoder, tmp_path):
    with pytest.raises(ValueError, match=said):
        mk.compare(methods, corpus, encoder, folder=tmp_path, **settings)


@pytest.mark.parametrize(
    "name, ranges, said",
    [
        ("sigmoidd", {"alpha": (0, 1)}, "Did you mean 'sigmoid'"),
        ("sigmoid", {"alhpa": (0, 1)}, "Did you mean 'alpha'"),
        ("sigmoid", {"alpha": 3}, "a pair \\(low, high\\) or a list, found 3"),
        ("sigmoid", {}, "names no setting to tune"),
    ],
)
def test_a_search_over_nothing_is_said(name, ranges, said):
    with pytest.raises(ValueError, match=said):
        mk.Search(name, **ranges)


def test_the_number_of_threads_is_as_before(corpus, encoder):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    assert "error" in train(Job("x", mk.Equal(), ("colour",), 0, "test"), corpus, encoder, {"steps": -1})
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)


def test_a_script_without_a_main_guard_starts_no_processes_without_end(tmp_path):
    """Processes that import the script again would each call `compare` again."""
    folder, place = str(tmp_path), str(Path(toy.__file__).parent)
    script = f"""
import sys
sys.path.insert(0, {place!r})
import toy
import mtlkit as mk

print("the script begins", flush=True)
encoder = mk.load_encoder(toy.encoder_folder({folder!r}))
methods = {{"a": "equal", "b": "uncertainty"}}
found = mk.compare(methods, toy.corpus(("colour", "old")), encoder, seeds=1, budget=2, jobs=2, alone=False)
print(len(found.frame().method.unique()), "methods", flush=True)
"""
    (tmp_path / "script.py").write_text(script, encoding="utf-8")
    done = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("the script begins") == 1 and "2 methods" in done.stdout
