"""What must hold on a GPU, for those who have one: no step waits for it, and it gives what the CPU gives."""

import contextlib

import pandas as pd
import pytest
import torch
from each_kind import KINDS, TEXTS, corpus_of, run_of

import mtlkit as mk
from mtlkit.training.errors import NonFiniteError
from mtlkit.weighting import METHODS

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU that torch can use")


@contextlib.contextmanager
def no_waiting():
    """An error for whatever makes the host wait for the GPU."""
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize("kind", KINDS)
def test_no_step_waits_for_the_gpu(kind):
    run = run_of(kind)
    for _ in range(3):
        next(run)
    with no_waiting():
        for _ in range(5):
            next(run)
    assert run.device.type == "cuda"


@pytest.mark.parametrize("name", [n for n, m in METHODS.items() if m.kind == "loss-based"])
def test_no_loss_based_weighting_waits_for_the_gpu(name):
    run = run_of("helpdesk", mk.Fixed([1.0] * 11) if name == "fixed" else name, validate=39)
    for _ in range(3):
        next(run)
    with no_waiting():
        for _ in range(5):
            next(run)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gpu_gives_the_losses_gradients_and_answers_of_the_cpu(kind):
    losses, gradients, found = [], [], []
    for device in ("cuda", "cpu"):
        run = run_of(kind, precision="fp32", device=device)
        model = run.model.eval()  # dropout draws apart on either
        own = model.losses(run.batches[0].to(run.device))
        own.sum().backward()
        losses.append(own.detach().cpu())
        gradients.append(model.encoder.word_embeddings.weight.grad.cpu())
        found.append(mk.evaluate(model, run.corpus.test).set_index(["task", "metric"]).value)
    torch.testing.assert_close(*losses, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(*gradients, rtol=1e-3, atol=1e-3 * float(gradients[1].abs().max()))
    pd.testing.assert_series_equal(*found, rtol=0.01, atol=0.01)


def test_a_step_that_is_not_finite_changes_no_weight_and_stops_the_run():
    run = run_of("mlm", steps=100)
    next(run)
    torch.nn.init.constant_(run.model.heads["mlm"].bias, float("nan"))
    before = {name: value.clone() for name, value in run.model.encoder.state_dict().items()}
    with pytest.raises(NonFiniteError, match="Step 2[0-9]: .* is not finite .*lr"):
        for _ in range(40):
            next(run)
    for name, value in run.model.encoder.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_what_a_gpu_trained_is_read_on_the_cpu_and_answers_there(tmp_path):
    run = run_of("helpdesk", checkpoint=tmp_path / "run", steps=5)
    for _ in run:
        pass
    run.model.save(tmp_path / "model")
    read = mk.MultiTaskModel.load(tmp_path / "model")
    on_gpu, on_cpu = run.model.predict(TEXTS[:3]), read.predict(TEXTS[:3])
    assert [a["topic"]["label"] for a in on_gpu] == [a["topic"]["label"] for a in on_cpu]
    assert read.device.type == "cpu"


def test_a_run_goes_on_from_its_checkpoint_on_the_gpu(tmp_path):
    run = run_of("helpdesk", checkpoint=tmp_path, checkpoint_every=4, steps=8)
    for _ in range(5):
        next(run)
    again = run_of("helpdesk", checkpoint=tmp_path, checkpoint_every=4, steps=8)
    assert again.resumed_from == 4
    for _ in again:
        pass
    assert len(again.history.losses()) == 8


@pytest.mark.parametrize("name", ["gpt-tiny", "t5-tiny"])
def test_text_is_written_on_the_gpu(name):
    corpus = corpus_of("generation")
    model = mk.MultiTaskModel(mk.load_encoder(name), corpus.tasks).to("cuda")
    (told,) = model.predict(TEXTS[:1])
    assert isinstance(told["reply"], (str, dict))


@pytest.mark.parametrize("settings", [{"freeze": 1}, {"lora": 4}, {"gradient_checkpointing": True}])
def test_an_adapted_encoder_trains_on_the_gpu(settings):
    corpus = mk.load_corpus("helpdesk", tasks=["topic", "sentiment"])
    model = mk.MultiTaskModel(mk.load_encoder("bert-tiny", **settings), corpus.tasks)
    run = mk.Run(model, corpus, "sigmoid", steps=5, accumulate=2, validate=5, layer_decay=0.9)
    assert all(step.losses.isfinite().all() for step in run)
    assert len(run.history.metrics())


@pytest.mark.parametrize("name", [n for n, m in METHODS.items() if m.kind != "loss-based"])
def test_gradient_based_methods_train_on_the_gpu(name):
    run = run_of("helpdesk", name, steps=3)
    for step in run:
        assert step.weights.device.type == "cuda"
    assert run.gradient_cosines().shape == (11, 11)


def test_encoders_are_ranked_and_costs_measured_on_the_gpu(tmp_path):
    corpus = mk.load_corpus("helpdesk", tasks=["topic", "sentiment"])
    assert len(mk.rank_encoders(corpus.sample(100), ["bert-tiny", "gpt-tiny"], folder=tmp_path).results)
    table = mk.profile({"equal": run_of("helpdesk"), "uncertainty": run_of("helpdesk", "uncertainty")}, 5)
    assert (table.seconds > 0).all() and (table.memory > 0).all()
