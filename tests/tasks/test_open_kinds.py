"""A kind is one file: what is in the kit, and what somebody else writes, works everywhere."""

import math
import random
from pathlib import Path

import foreign_kind
import matplotlib
import numpy as np
import pandas as pd
import pytest
import torch
import toy
from sklearn.metrics import cohen_kappa_score

import mtlkit as mk
from mtlkit.corpus.summary import majority_baseline, prior_loss
from mtlkit.tasks import KINDS, Target, register

NAME = {"stars": "ordinal", "dents": "tally"}


@pytest.fixture(scope="module", autouse=True)
def tally():
    register(foreign_kind.Tally)
    yield
    KINDS.remove("tally")


def frame(count: int, seed: int) -> pd.DataFrame:
    """The older and redder, the fewer stars and the more dents; a second task of a usual kind."""
    table, draw = pd.DataFrame(toy.rows(count, seed)), random.Random(seed)
    bad = (table["old"] == "yes") * 2 + (table["colour"] == "red")
    table["stars"] = [5 - b - draw.randrange(2) for b in bad]
    table["dents"] = [2.0 * b + draw.randrange(2) for b in bad]
    table.loc[::7, ["stars", "dents"]] = None
    return table[["text", "stars", "dents", "colour"]]


@pytest.fixture(scope="module")
def corpus():
    tasks = [mk.Task(name, kind) for name, kind in NAME.items()] + [mk.Task("colour", "classification")]
    frames = {"train": frame(240, 0), "validation": frame(60, 1), "test": frame(60, 2)}
    return mk.Corpus.from_frames(frames, tasks, name="garage")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.mktemp("encoder"))))


@pytest.fixture(scope="module")
def run(corpus, encoder):
    run = mk.Run(mk.MultiTaskModel(encoder, corpus.tasks), corpus, "dwa", epochs=12, batch_size=16, lr=2e-3)
    for _ in run:
        pass
    return run


def test_it_is_named_nowhere_in_the_package():
    files = list(Path(mk.__file__).parent.rglob("*.py"))
    assert len(files) > 100
    assert not [p for p in files if "tally" in p.read_text(encoding="utf-8").lower()]


def test_it_trains_validates_and_is_measured_with_intervals(run, corpus):
    table = mk.evaluate(run.model, corpus.test, bootstrap=200).groupby("task").first()
    assert table["metric"].to_dict() == {"stars": "kappa", "dents": "rank_agreement", "colour": "accuracy"}
    assert (table["value"] > 0.4).all() and (table["low"] <= table["value"]).all(), table
    assert (table["value"] <= table["high"]).all() and (table["rows"] == [60, 51, 51]).all()
    validated = run.history.metrics()
    assert set(validated["task"]) == {"stars", "dents", "colour"} and len(validated["step"].unique()) == 12


def test_it_is_asked_saved_and_loaded(run, corpus, tmp_path):
    text = corpus.test.texts[0]
    answer = run.model.predict([text])
    assert set(answer[0]["stars"]) == {"label", "score"} and answer[0]["dents"]["count"] >= 0
    run.model.save(tmp_path / "model")
    assert mk.MultiTaskModel.load(tmp_path / "model").predict([text]) == answer


@pytest.mark.parametrize("task", NAME)
def test_its_worst_errors_are_listed(run, corpus, task):
    table = mk.worst_errors(run.model, corpus.test, task, n=None)
    assert 0 < len(table) < 51 and (table["loss"].diff().dropna() <= 0).all()
    cells = corpus.test.cells(task)
    for row in table.itertuples():
        assert float(row.truth) == pytest.approx(cells[row.row], abs=0.6) and row.answer != row.truth


def test_the_corpus_is_described_and_looked_over(corpus):
    table = mk.describe(corpus).set_index("task")
    stars = pd.Series(corpus.train.cells("stars")).dropna()
    shares = stars.value_counts(normalize=True)
    assert table.loc["stars", "loss"] == pytest.approx(-(shares * np.log(shares)).sum(), abs=0.02)
    assert table.loc["stars", "labels"] == len(shares) and f"{shares.max():.0%}" in table.loc["stars", "commonest"]
    assert (
        table.loc["dents", "loss"] == pytest.approx(prior_loss(corpus, corpus.tasks[1]))
        and table.loc["dents", "loss"] > 1
    )
    floor = majority_baseline(corpus)["score"]
    assert floor["stars"] == 0 and floor["dents"] == 0 < floor["colour"]
    found = mk.find_issues(corpus).set_index("about")
    assert found.loc["stars", "finding"] == "missing labels" == found.loc["dents", "finding"]


def test_encoders_are_ranked_on_it(corpus, encoder, tmp_path):
    ranking = mk.rank_encoders(corpus, {"toy": encoder}, rows=100, folds=3, folder=tmp_path)
    values = ranking.values("toy").mean()
    assert set(values.index) == {"stars", "dents", "colour", "mean"} and values["stars"] > 0.1 < values["dents"]


def test_a_file_is_answered_with_its_columns(run, tmp_path):
    frame(5, 3)[["text"]].to_csv(tmp_path / "in.csv", index=False)
    mk.predict_file(run.model, tmp_path / "in.csv", tmp_path / "out.csv", progress=False)
    table = pd.read_csv(tmp_path / "out.csv")
    assert list(table.columns) == [
        "text", "stars_answer", "stars_score", "dents_answer", "colour_answer", "colour_score",
    ]  # fmt: skip
    assert table["stars_answer"].between(1, 5).all() and table["stars_score"].between(0, 1).all()


def test_its_card_has_its_numbers(run, corpus):
    card = mk.model_card(run.model, corpus, mk.evaluate(run.model, corpus.test), run=run)
    assert "| stars | ordinal | 1, 2, 3, 4, 5 |" in card and "| dents | tally |" in card and "rank_agreement" in card


def test_every_figure_shows_it(run, corpus):
    scores = mk.evaluate(run.model, corpus.test, bootstrap=50)
    norms = run.clone().gradient_norms()
    axes = [
        mk.plots.contents(corpus)[0],
        mk.plots.metrics(scores, floor=majority_baseline(corpus)["score"]),
        mk.plots.metrics(run.history.metrics()),
        mk.plots.losses_and_weights(run.history)[0],
        mk.plots.gradient_share(norms),
    ]
    for ax in axes:
        ax.figure.canvas.draw()
        words = [t.get_text() for t in ax.figure.findobj(matplotlib.text.Text)]
        words += [mk.plots.alt(each) or "" for each in ax.figure.axes]
        assert any("stars" in w for w in words) and any("dents" in w for w in words), ax
    panels = [ax.get_xlabel() for ax in axes[0].figure.axes]
    assert panels == ["share of its labels", "its number", "share of its labels", "words"]


def test_an_atlas_takes_it(corpus, encoder):
    model = mk.MultiTaskModel(encoder, corpus.tasks)
    made = mk.atlas(model, corpus, alpha=[-2.0, 2.0], beta=[0.5, 1.0], steps=3, batch_size=16)
    assert set(made.metrics) == {"kappa", "rank_agreement", "accuracy"}


# -- ordinal ---------------------------------------------------------------------------------------------------------
ORDINAL = KINDS["ordinal"]
STARS = mk.Task("stars", "ordinal", labels=["1", "2", "3", "4", "5"])


def test_the_probabilities_of_all_classes_add_up_and_the_loss_is_theirs():
    encoder = type("Encoder", (), {"hidden_size": 6})
    torch.manual_seed(0)
    head = ORDINAL.head(STARS, encoder).eval()
    with torch.no_grad():
        head.gaps.copy_(torch.tensor([0.3, -5.0, 2.0]))
    output = head(torch.randn(7, 6))
    assert (output.diff(dim=1) < 0).all(), "a higher threshold is passed less often"
    losses = torch.stack([ORDINAL.loss(output[i : i + 1], torch.tensor([k])) for i in range(7) for k in range(5)])
    torch.testing.assert_close((-losses).exp().view(7, 5).sum(1), torch.ones(7))
    best = ORDINAL.decode(output, None, None, STARS)[0]
    k = STARS.labels.index(best["label"])
    assert best["score"] == pytest.approx(math.exp(-float(losses[k])), abs=1e-5)


def test_to_be_far_off_costs_more():
    output = torch.tensor([[2.0, 1.0, -1.0, -2.0]])  # the third of five
    losses = [float(ORDINAL.loss(output, torch.tensor([k]))) for k in range(5)]
    assert losses[0] > losses[1] > losses[2] < losses[3] < losses[4]


def test_kappa_is_scikit_learns():
    random = np.random.default_rng(0)
    true = random.integers(5, size=200)
    said = np.clip(true + random.integers(-1, 2, size=200), 0, 4)
    output = torch.where(torch.arange(4) < torch.tensor(said)[:, None], 1.0, -1.0)
    pairs = ORDINAL.predictions_and_targets(output, Target(torch.arange(200), torch.tensor(true)), STARS)
    values = STARS.metrics(pairs)
    assert list(values) == ["kappa", "accuracy", "mae"]
    assert values["kappa"] == pytest.approx(cohen_kappa_score(true, said, weights="quadratic"))
    assert values["mae"] == pytest.approx(abs(true - said).mean())
    assert float(ORDINAL.score(output, torch.tensor(true))) == pytest.approx(values["kappa"], abs=1e-6)
    assert math.isnan(STARS.metrics([(1, 1)] * 4)["kappa"])


def test_labels_need_an_order():
    table = pd.DataFrame({"text": ["a b", "b c", "c d"], "mood": ["low", "high", "middle"]})
    with pytest.raises(ValueError, match="'high' doesn't tell: give them from lowest to highest"):
        mk.Corpus.from_frames({"train": table}, [mk.Task("mood", "ordinal")])
    task = mk.Task("mood", "ordinal", labels=["low", "middle", "high"])
    assert mk.Corpus.from_frames({"train": table}, [task]).train.labels("mood") == [0, 2, 1]
    with pytest.raises(ValueError, match="needs two labels or more, found low"):
        ORDINAL.head(mk.Task("mood", "ordinal", labels=["low"]), None)
