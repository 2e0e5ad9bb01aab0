"""Methods that combine gradients: against TorchJD's own loop, against plain sums, and what they refuse."""

import math

import pytest
import torch
import toy

import mtlkit as mk
from mtlkit.training.errors import NonFiniteError
from mtlkit.training.rng import own_randomness
from mtlkit.weighting import METHODS
from mtlkit.weighting._jacobian import JacobianMethod

pytest.importorskip("cvxpy", reason="needs all of TorchJD: pip install 'mtlkit[torchjd]'")
NAMES = sorted(name for name, method in METHODS.items() if method.kind == "gradient-based")
each = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.mktemp("encoder"))))


def run_of(encoder, weighting, tasks=("colour", "tags", "old"), **settings):
    corpus = toy.corpus([task for task in tasks if task != "mlm"])
    if "mlm" in tasks:
        corpus = corpus.with_tasks([mk.Task("mlm", "mlm")])
    settings = {"steps": 4, "batch_size": 16, "lr": 1e-3, "validate": None} | settings
    return mk.Run(mk.MultiTaskModel(encoder, corpus.tasks), corpus, weighting, **settings)


class Sum(JacobianMethod):
    """Nothing but the sum: what the plain loop does in one pass."""

    aggregator = "Sum"


def same(ours: mk.Run, theirs: mk.Run, **close) -> None:
    """Both train alike."""
    for here, there in zip(ours, theirs, strict=True):
        torch.testing.assert_close(here.losses, there.losses, equal_nan=True, **close)
    for (name, here), there in zip(ours.model.named_parameters(), theirs.model.parameters(), strict=True):
        torch.testing.assert_close(here, there, msg=name, rtol=1e-3, atol=2e-5)


def test_they_are_all_there():
    assert len(NAMES) == 13
    table = mk.weighting.names()
    assert set(table.loc[NAMES, "kind"]) == {"gradient-based"}
    assert table.loc["mgda", "cost"].startswith("a backward pass of each task")
    assert table.loc["famo", "cost"] == "a second forward pass of the batch, without gradient"


@pytest.mark.parametrize("settings", [{}, {"accumulate": 2}], ids=["", "accumulate"])
@pytest.mark.parametrize("tasks", [("colour", "tags", "old"), ("colour", "rare", "mlm")], ids=["plain", "tied"])
def test_the_sum_of_the_gradients_is_the_gradient_of_the_sum(encoder, tasks, settings):
    """Rows without a label, a head that shares weights with the encoder, several batches a step."""
    same(run_of(encoder, Sum(), tasks, **settings), run_of(encoder, "equal", tasks, **settings))


@pytest.mark.parametrize("tasks", [("colour", "tags", "old"), ("colour", "rare", "mlm")], ids=["plain", "tied"])
def test_so_it_is_on_the_representation(encoder, tasks):
    same(run_of(encoder, Sum(on="representation"), tasks), run_of(encoder, "equal", tasks))


class Mean(JacobianMethod):
    aggregator = "Mean"


@pytest.mark.parametrize("on", ["parameters", "representation"])
def test_heads_are_weighed_on_request(encoder, on):
    same(run_of(encoder, Mean(on, weigh_heads=True)), run_of(encoder, mk.Fixed([1 / 3] * 3)))
    same(run_of(encoder, Mean(on)), run_of(encoder, Mean(on)))
    plain, weighed = run_of(encoder, Mean(on)), run_of(encoder, Mean(on, weigh_heads=True))
    lengths = []
    for run in (plain, weighed):
        heads = list(run.model.heads.parameters())
        run.optimizer.step = lambda heads=heads: lengths.append(float(sum(p.grad.norm() for p in heads)))
        next(run)
    assert lengths[0] > 1.2 * lengths[1], "the clipped gradient is otherwise made of the same parts"


def by_torchjd(run: mk.Run, on: str) -> list[float] | None:
    """One step of the same training, as TorchJD's documentation writes it."""
    from torchjd.autojac import jac_to_grad, mtl_backward

    for group, lr in zip(run.optimizer.param_groups, run._rates(), strict=True):
        group["lr"] = lr
    batch = run.batches[run.done]
    with own_randomness(run):
        run.model.train()
        tokens, pooled = run.model.encode(batch)
        losses = run.model.task_losses(batch, (tokens, pooled))
        names = tuple(losses)
        if on == "parameters":
            mtl_backward(list(losses.values()), features=tokens, retain_graph=True, parallel_chunk_size=1)
            shared = [p for p in run.model.encoder.parameters() if getattr(p, "jac", None) is not None]
            weights = jac_to_grad(shared, run.weighting._for_tasks(names))
        else:
            rows = [torch.autograd.grad(loss, tokens, retain_graph=True)[0].flatten() for loss in losses.values()]
            own = [p for p in run.model.heads.parameters()]
            torch.autograd.backward(list(losses.values()), inputs=own, retain_graph=True)
            tokens.backward(run.weighting._for_tasks(names)(torch.stack(rows)).view_as(tokens))
            weights = None
    torch.nn.utils.clip_grad_norm_(run._parameters, 1.0)
    run.optimizer.step()
    run.optimizer.zero_grad(set_to_none=True)
    run.done += 1
    return weights


@each
@pytest.mark.parametrize("on", ["parameters", "representation"])
def test_each_trains_as_torchjds_own_loop(encoder, name, on):
    ours, theirs = (run_of(encoder, mk.weighting.get(name, on=on)) for _ in range(2))
    for _ in range(3):
        step, weights = next(ours), by_torchjd(theirs, on)
        if weights is not None:
            torch.testing.assert_close(step.weights, weights.float(), rtol=1e-3, atol=1e-4)
        for (which, here), there in zip(ours.model.named_parameters(), theirs.model.parameters(), strict=True):
            torch.testing.assert_close(here, there, msg=which, rtol=1e-3, atol=5e-5)
    assert step.weights.isnan().all() == (name in ("graddrop", "config"))


@each
def test_tasks_that_a_step_lacks_take_no_part(encoder, name):
    run = run_of(encoder, name, ("colour", "rare"), batch_size=4, steps=12)
    absent = 0
    for step in run:
        gone = step.losses.isnan()
        absent += int(gone.sum())
        alone = int((~gone).sum()) == 1
        assert (step.weights[gone] == 0).all()
        assert step.weights[~gone].isfinite().all() == (alone or name not in ("graddrop", "config"))
        assert not alone or step.weights[~gone] == 1, "a task alone moves the weights by its own gradient"
    assert absent > 2, "else this tries nothing"


def test_weights_are_what_their_papers_say(encoder):
    for step in run_of(encoder, "mgda"):
        assert step.weights.sum() == pytest.approx(1) and (step.weights >= 0).all()
    for step in run_of(encoder, "upgrad"):
        assert (step.weights >= 1 / 3 - 1e-4).all(), "each projection adds of the others, and takes of none"


def test_a_moved_setting_acts_at_the_next_step(encoder):
    run = run_of(encoder, mk.weighting.get("cagrad", c=0.0))
    assert next(run).weights.tolist() == pytest.approx([1 / 3] * 3, abs=1e-4)
    run.weighting.c = 0.9
    assert next(run).weights.tolist() != pytest.approx([1 / 3] * 3, abs=1e-2)


def test_so_does_one_that_torchjd_calls_otherwise(encoder):
    run = run_of(encoder, mk.weighting.get("excess_mtl", step=1e-6))
    next(run)
    assert next(run).weights.tolist() == pytest.approx([1 / 3] * 3, abs=1e-4)
    run.weighting.step = 5.0
    assert next(run).weights.tolist() != pytest.approx([1 / 3] * 3, abs=1e-2)


def test_losses_alone_do_not_do(encoder):
    with pytest.raises(ValueError, match="'mgda' weighs gradients, which losses alone don't tell: give it to a Run"):
        mk.weighting.get("mgda")(torch.ones(2))
    with pytest.raises(ValueError, match="accumulate=1, or on='parameters'"):
        run_of(encoder, mk.weighting.get("mgda", on="representation"), accumulate=2)


def test_without_torchjd_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"'mgda' needs TorchJD: pip install 'mtlkit\[torchjd\]'"):
        mk.weighting.get("mgda")


def test_a_loss_that_is_not_finite_stops_the_run_before_the_step(encoder):
    run = run_of(encoder, "upgrad")
    next(run.model.heads["old"].parameters()).data[:] = math.nan
    before = run.model.encoder.word_embeddings.weight.clone()
    with pytest.raises(NonFiniteError, match="task 'old'"):
        next(run)
    assert torch.equal(run.model.encoder.word_embeddings.weight, before)


def test_the_panels_can_measure_shares(encoder):
    run = run_of(encoder, "pcgrad")
    next(run)
    assert set(run.gradient_norms()) == set(run.tasks)


def test_in_a_loop_of_your_own_a_failed_step_leaves_nothing_for_the_next():
    """`zero_grad` does not know of TorchJD's Jacobians."""
    losses = lambda w: torch.stack([(w**2).sum(), (3 * w).sum()])  # noqa: E731
    found = []
    for left in (False, True):
        w = torch.tensor([2.0, -1.0], requires_grad=True)
        if left:
            w.jac = torch.full((2, 2), 7.0)
        mk.weighting.get("upgrad").backward(mk.weighting.StepContext(losses(w), shared=[w]))
        found.append(w.grad)
    torch.testing.assert_close(*found)
