"""How much of an encoder is trained: freezing, adapters, gradient checkpointing, learning rates by layer."""

import copy
import functools
import sys

import pytest
import torch
import toy

import mtlkit as mk
from mtlkit.encoder.adapters import adapt, levels

TEXTS = ["the red car is old", "a boat"]
ADAPTED = [{"freeze": "all"}, {"freeze": 1}, {"lora": 4}, {"gradient_checkpointing": True}]
ADAPTED += [{"lora": 4, "gradient_checkpointing": True}, {"freeze": 1, "gradient_checkpointing": True}]


def needs_peft(given):
    if "lora" in given:
        pytest.importorskip("peft", reason="needs pip install 'mtlkit[peft]'")


@pytest.fixture
def folder(tmp_path_factory):
    return toy.encoder_folder(str(tmp_path_factory.getbasetemp()))


@pytest.fixture(params=["bert", "deberta-v2", "modernbert", "gpt2", "t5", "bart"])
def kin(request, folder, tmp_path_factory):
    """One of each way in which families lay out their layers."""
    kept = tmp_path_factory.getbasetemp() / f"kin-{request.param}"
    return kept if kept.is_dir() else toy.family_folder(request.param, folder, kept)


corpus_of = functools.cache(lambda *tasks: toy.corpus(list(tasks)))


def vectors(encoder):
    enc = encoder.tokenizer(TEXTS, padding=True, return_tensors="pt")
    return encoder(enc["input_ids"], enc["attention_mask"], enc.get("token_type_ids"))


def run_of(encoder, tasks=("colour", "tags"), steps=4, **settings):
    corpus = corpus_of(*tasks)
    return mk.Run(mk.MultiTaskModel(encoder, corpus.tasks), corpus, steps=steps, lr=1e-2, validate=None, **settings)


def moved(run) -> set[str]:
    """The encoder's parameters that a run changes."""
    before = copy.deepcopy(dict(run.model.encoder.named_parameters()))
    for _ in run:
        pass
    return {n for n, p in run.model.encoder.named_parameters() if not torch.equal(p, before[n])}


# -- freezing -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", toy.FAMILIES)
def test_every_parameter_of_any_family_has_one_level(kind, folder, tmp_path):
    encoder = mk.load_encoder(toy.family_folder(kind, folder, tmp_path))
    found = levels(encoder)
    assert len(found) == 2 + encoder.config.num_hidden_layers
    flat = [id(p) for level in found for p in level]
    assert sorted(flat) == sorted(map(id, encoder.parameters())) and len(set(flat)) == len(flat)
    assert any(p is encoder.word_embeddings.weight for p in found[0])
    assert sum(p.numel() for p in found[1]) > 4000 < sum(p.numel() for p in found[2])


@pytest.mark.parametrize("given", [{"freeze": 1}, {"freeze": 1, "gradient_checkpointing": True}], ids=str)
def test_frozen_layers_of_any_family_learn_nothing_and_cost_no_backward_pass(kin, given):
    encoder = mk.load_encoder(kin, **given)
    lower, names = levels(encoder)[:2], {id(p): n for n, p in encoder.named_parameters()}
    frozen = {names[id(p)] for level in lower for p in level}
    assert encoder.trainable() == encoder.size() - sum(p.numel() for level in lower for p in level) > 0
    run = run_of(encoder, steps=2)
    changed = moved(run)
    assert changed and not changed & frozen
    seen, back = [], run.model.encoder.train()
    for layer in stack(back):
        layer.register_forward_hook(lambda _, __, out: seen.append(out if torch.is_tensor(out) else out[0]))
    vectors(back)
    assert [out.requires_grad for out in seen] == [False, True]


def stack(encoder) -> list:
    """The modules of an encoder's two layers."""
    return list(next(m for m in encoder.reader.modules() if isinstance(m, torch.nn.ModuleList) and len(m) == 2))


@pytest.mark.parametrize("again", [False, True])
def test_a_wholly_frozen_encoder_gives_vectors_without_a_graph_and_the_heads_learn(folder, again):
    encoder = mk.load_encoder(folder, freeze="all", gradient_checkpointing=again)
    assert encoder.trainable() == 0 and not vectors(encoder.train())[0].requires_grad
    run = run_of(encoder, steps=20)
    assert not moved(run)
    losses = run.history.frame().groupby("step")["loss"].mean()
    assert losses.iloc[-3:].mean() < losses.iloc[:3].mean()


def test_what_is_trained_is_shown(folder):
    whole, frozen = mk.load_encoder(folder), mk.load_encoder(folder, freeze=1)
    assert whole.trainable() == whole.size()
    text = f"<Encoder 'toy-bert' (bert): {frozen.size():,} parameters, {frozen.trainable():,} of them trained"
    assert repr(frozen) == f"{text}, pooling='mean', freeze=1>"


@pytest.mark.parametrize("wrong", [3, -1, 1.5, True, "most"])
def test_what_can_not_be_frozen_is_said(folder, wrong):
    with pytest.raises(ValueError, match='freeze is "all", or how many of its 2 layers.*found'):
        mk.load_encoder(folder, freeze=wrong)


def test_layers_that_share_their_weights_can_only_be_frozen_together(folder, tmp_path, monkeypatch):
    small = toy.SMALL | {"embedding_size": 16}
    monkeypatch.setitem(toy.FAMILIES, "albert", (small, "encoder"))
    kin = toy.family_folder("albert", folder, tmp_path)
    with pytest.raises(ValueError, match="the layers of 'albert' can't be told apart; freeze=.all. can be"):
        mk.load_encoder(kin, freeze=1)
    assert mk.load_encoder(kin, freeze="all").trainable() == 0


@pytest.mark.parametrize("method", ["upgrad", "gradnorm"])
def test_methods_that_combine_gradients_say_that_a_frozen_encoder_has_none(folder, method):
    if method == "upgrad":
        pytest.importorskip("torchjd")
    with pytest.raises(ValueError, match=f"'{method}' looks at the tasks' gradients.*all of 'toy-bert' is frozen"):
        run_of(mk.load_encoder(folder, freeze="all"), weighting=method)


@pytest.mark.parametrize("given", [{"freeze": 1}, {"lora": 4}, {"freeze": 1, "gradient_checkpointing": True}])
@pytest.mark.parametrize("on", ["parameters", "representation"])
def test_methods_that_combine_gradients_train_what_is_not_frozen(folder, given, on):
    pytest.importorskip("torchjd")
    needs_peft(given)
    run = run_of(mk.load_encoder(folder, **given), weighting=mk.weighting.get("upgrad", on=on))
    frozen = {n for n, p in run.model.encoder.named_parameters() if not p.requires_grad}
    changed = moved(run)
    assert changed and not changed & frozen


def test_a_frozen_encoder_has_gradients_of_zero(folder):
    run = run_of(mk.load_encoder(folder, freeze="all"))
    assert run.gradient_norms() == {"colour": 0.0, "tags": 0.0}
    assert run.gradient_cosines("representation").isna().all(axis=None)


# -- adapters -----------------------------------------------------------------------------------------------------
def test_adapters_of_any_family_change_nothing_at_first_and_are_all_that_learns(kin, tmp_path):
    needs_peft({"lora": 4})
    plain, encoder = mk.load_encoder(kin), mk.load_encoder(kin, lora=4, seed=3)
    with torch.no_grad():
        torch.testing.assert_close(vectors(encoder)[0], vectors(plain)[0])
    assert 0 < encoder.trainable() < 0.5 * encoder.size()
    run = run_of(encoder, steps=2)
    changed = moved(run)
    assert changed and all("lora_" in name for name in changed)
    learned = run.model.encoder.eval()
    learned.save(tmp_path / "encoder")  # as part of the weights, for those who know of no adapters
    again = mk.load_encoder(tmp_path / "encoder")
    assert again.size() == plain.size() and again.adapted == {}
    with torch.no_grad():
        torch.testing.assert_close(vectors(again)[0], vectors(learned)[0], atol=1e-5, rtol=1e-4)
        assert not torch.allclose(vectors(again)[0], vectors(plain)[0], atol=1e-3)


def test_adapters_are_drawn_from_the_seed(folder):
    needs_peft({"lora": 4})
    state = torch.get_rng_state()
    one, same, other = (mk.load_encoder(folder, lora=4, seed=s).state_dict() for s in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(one[k], same[k]) for k in one) and any(not torch.equal(one[k], other[k]) for k in one)


def test_bad_adapters_are_said(folder, monkeypatch):
    with pytest.raises(ValueError, match="lora is a rank, a whole number of at least 1.*found 0"):
        mk.load_encoder(folder, lora=0)
    with pytest.raises(ValueError, match="Give freeze or lora"):
        mk.load_encoder(folder, lora=4, freeze=1)
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ImportError, match="lora=4 needs peft: pip install 'mtlkit\\[peft\\]'"):
        mk.load_encoder(folder, lora=4)


# -- one call after the other -------------------------------------------------------------------------------------
@pytest.mark.parametrize("given", ADAPTED[-2:], ids=str)
@pytest.mark.parametrize("order", [1, -1])
def test_a_second_call_adds_to_the_first(folder, tmp_path, given, order):
    needs_peft(given)
    encoder, whole = mk.load_encoder(folder), mk.load_encoder(folder, **given)
    for name in [*given][::order]:
        adapt(encoder, **{name: given[name]})
    adapt(encoder, **given)  # is done already
    assert repr(encoder) == repr(whole)
    assert list(encoder.state_dict()) == list(whole.state_dict())
    learned = run_of(encoder)
    moved(learned)
    learned.model.save(tmp_path / "model")
    again = mk.MultiTaskModel.load(tmp_path / "model")
    assert again.predict(TEXTS) == learned.model.predict(TEXTS) and repr(again.encoder) == repr(whole)
    learned.model.encoder.save(tmp_path / "encoder")
    with torch.no_grad():
        merged, own = vectors(mk.load_encoder(tmp_path / "encoder"))[0], vectors(learned.model.encoder.eval())[0]
    torch.testing.assert_close(merged, own, atol=1e-5, rtol=1e-4)


def test_more_layers_may_be_frozen_later(folder):
    encoder = mk.load_encoder(folder, freeze=0)
    adapt(encoder, freeze=1)
    assert repr(encoder) == repr(mk.load_encoder(folder, freeze=1))
    adapt(encoder, freeze="all")
    assert encoder.trainable() == 0 and encoder.adapted == {"freeze": "all"}


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ({"lora": 8}, {"freeze": 1}, "has lora=8 already, which doesn't go with freeze=1: load it anew"),
        ({"freeze": 1}, {"lora": 8}, "has freeze=1 already, which doesn't go with lora=8: load it anew"),
        ({"lora": 8}, {"lora": 4}, "has lora=8 already, which lora=4 can't take back: load it anew"),
        ({"freeze": "all"}, {"freeze": 2}, "has freeze='all' already, which freeze=2 can't take back: load it anew"),
        ({}, {"freeze": 1, "gradient_checkpointing": True}, "no gradient checkpointing for 'bert'"),
        ({}, {"lora": 8, "gradient_checkpointing": True}, "no gradient checkpointing for 'bert'"),
    ],
)
def test_what_is_refused_leaves_the_encoder_as_it_was(folder, first, second, said):
    needs_peft(first | second)
    encoder = mk.load_encoder(folder, **first)
    encoder.backbone.supports_gradient_checkpointing = False
    before, names = repr(encoder), list(encoder.state_dict())
    with pytest.raises(ValueError, match=said):
        adapt(encoder, **second)
    assert repr(encoder) == before and list(encoder.state_dict()) == names


# -- all of them: training, copies, files -------------------------------------------------------------------------
@pytest.mark.parametrize("given", ADAPTED, ids=str)
def test_an_adapted_model_is_saved_and_read_again(folder, tmp_path, given):
    needs_peft(given)
    run = run_of(mk.load_encoder(folder, **given))
    moved(run)
    model = run.model
    model.save(tmp_path / "model")
    again = mk.MultiTaskModel.load(tmp_path / "model")
    assert again.predict(TEXTS) == model.predict(TEXTS) and repr(again.encoder) == repr(model.encoder)
    frozen = {n for n, p in model.named_parameters() if not p.requires_grad}
    assert {n for n, p in again.named_parameters() if not p.requires_grad} == frozen


@pytest.mark.parametrize("given", ADAPTED, ids=str)
def test_same_seed_same_history_across_a_resume(folder, tmp_path, given):
    needs_peft(given)
    encoder = mk.load_encoder(folder, **given)
    whole = run_of(encoder, layer_decay=0.5)
    moved(whole)
    part = run_of(encoder, layer_decay=0.5, checkpoint=tmp_path / "run", checkpoint_every=2)
    next(part), next(part)
    rest = run_of(encoder, layer_decay=0.5, checkpoint=tmp_path / "run", checkpoint_every=2)
    assert rest.resumed_from == 2
    moved(rest)
    one, other = (r.history.frame().drop(columns="seconds") for r in (whole, rest))
    assert one.equals(other)
    with pytest.raises(ValueError, match="belongs to another run"):
        changed = {"freeze": 0} if given == {"freeze": "all"} else {"freeze": "all"}
        run_of(mk.load_encoder(folder, **changed), layer_decay=0.5, checkpoint=tmp_path / "run")


def test_computing_activations_again_changes_no_step(kin):
    losses, calls = [], []
    for again in (False, True):
        run = run_of(mk.load_encoder(kin, gradient_checkpointing=again), steps=2)
        inner = next(m for m in stack(run.model.encoder)[0].modules() if not list(m.children()))
        inner.register_forward_hook(lambda *_, again=again: calls.append(again))
        losses.append(torch.stack([step.losses for step in run]))
    torch.testing.assert_close(*losses)
    assert (calls.count(False), calls.count(True)) == (2, 4)  # the second time on the way back


def test_comparisons_tell_adapted_encoders_apart(folder, tmp_path):
    corpus = toy.corpus(["colour", "old"])
    found = {}
    for freeze in (None, "all", 1):
        encoder = mk.load_encoder(folder, freeze=freeze)
        made = mk.compare(
            {"equal": "equal", "dwa": "dwa"}, corpus, encoder, seeds=1, budget=3, alone=False, folder=tmp_path, lr=1e-2
        )
        found[freeze] = made.history("equal", 0).frame()["loss"].tolist()
    assert len(list(tmp_path.glob("*.json"))) == 6
    assert found[None] != found["all"] != found[1] != found[None]


# -- learning rates by layer --------------------------------------------------------------------------------------
def test_each_lower_layer_learns_at_a_smaller_rate(kin):
    run = run_of(mk.load_encoder(kin), layer_decay=0.5)
    rates = {id(p): g["lr"] for g in run.optimizer.param_groups for p in g["params"]}
    for level, factor in zip(levels(run.model.encoder), (0.25, 0.5, 1.0, 1.0), strict=True):
        assert all(rates[id(p)] == pytest.approx(1e-2 * factor) for p in level)
    assert rates[id(run.model.heads["colour"][1].weight)] == run.config.head_lr["colour"]
    assert run.history.settings["layer_decay"] == 0.5 and next(run).lr == pytest.approx(1e-2)
    again = run.clone()
    assert again.config.layer_decay == 0.5 and again.clone(layer_decay=None).config.layer_decay is None


def test_a_factor_of_one_is_no_decay(folder):
    encoder = mk.load_encoder(folder)
    plain, one = run_of(encoder), run_of(encoder, layer_decay=1.0)
    moved(plain), moved(one)
    torch.testing.assert_close(*(torch.tensor(r.history.frame()["loss"].to_numpy()) for r in (plain, one)))


@pytest.mark.parametrize("wrong", [0, 1.5, -0.5, True, "0.9", float("nan")])
def test_a_factor_that_is_none_is_said(folder, wrong):
    with pytest.raises(ValueError, match="layer_decay is None or a factor above 0 and at most 1"):
        run_of(mk.load_encoder(folder), layer_decay=wrong)
