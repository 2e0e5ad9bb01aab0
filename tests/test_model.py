"""The model: one pass a batch, heads only where labels are, answers, saving and loading."""

import json
import math
import shutil
import warnings
from dataclasses import replace

import pytest
import torch
import toy

import mtlkit as mk
from mtlkit.batching import Batches, TokenizedSplit, collate, epoch_order, evaluation_batches, generator


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return toy.encoder_folder(str(tmp_path_factory.getbasetemp()))


@pytest.fixture(scope="module")
def corpus():
    return toy.corpus().with_tasks([mk.Task("mlm", "mlm")])


@pytest.fixture(scope="module")
def model(folder, corpus):
    return mk.MultiTaskModel(mk.load_encoder(folder), corpus.tasks)


def batch_of(model, corpus, rows, tasks=None):
    tasks = [t for t in corpus.tasks if tasks is None or t.name in tasks]
    tokenized = model.tokenize(corpus.train, tasks)
    return collate(tokenized, rows, corpus.tasks if tasks is None else tasks, generator(0))


def test_one_encoder_pass_for_all_tasks(model, corpus, monkeypatch):
    passes = []
    forward = model.encoder.backbone.forward
    monkeypatch.setattr(model.encoder.backbone, "forward", lambda **k: passes.append(1) or forward(**k))
    losses = model.losses(batch_of(model, corpus, range(20)))
    assert len(passes) == 1 and losses.shape == (7,) and bool((losses > 0).all())


def test_an_absent_task_has_no_loss_and_its_head_no_gradient(model, corpus):
    batch = batch_of(model, corpus, [1, 2, 3])  # "rare" is labelled in rows 0, 10, 20 …
    assert batch.present.tolist() == [True, True, True, True, True, False, True]
    model.zero_grad()
    losses = model.losses(batch)
    losses.sum().backward()
    assert float(losses[5].detach()) == 0.0
    assert all(p.grad is None for p in model.heads["rare"].parameters())
    assert all(p.grad is not None for p in model.heads["colour"].parameters())


def test_masked_labels_give_no_gradient(model, corpus):
    """Rows 1 … 9 have no "rare" label: the gradient with them in the batch is that of row 0 alone."""
    grads = []
    for rows in ([0], [0, 1, 2, 3]):
        model.zero_grad()
        model.losses(batch_of(model, corpus, rows, ["rare"]))[5].backward()
        grads.append(model.heads["rare"][1].weight.grad.clone())
    torch.testing.assert_close(grads[0], grads[1], atol=1e-6, rtol=1e-4)


def test_main_tasks_read_unmasked_text_beside_mlm(model, corpus):
    with_mlm = model.losses(batch_of(model, corpus, range(8)))
    without = model.losses(batch_of(model, corpus, range(8), [t.name for t in corpus.tasks if t.kind != "mlm"]))
    torch.testing.assert_close(with_mlm[:5], without[:5], atol=1e-5, rtol=1e-4)
    batch = batch_of(model, corpus, range(8))
    assert len(batch.input_ids) == 16 and batch.size == 8
    assert bool((batch.input_ids[:8] != model.tokenizer.mask_token_id).all())


def test_other_tokens_are_hidden_in_every_batch(model, folder):
    """Batches of one shape, so that nothing but the draw tells them apart; and some 15 % of the words each time."""
    import pandas as pd

    texts = [f"the {colour} {thing} is old near a boat" for colour in toy.COLOURS for thing in toy.THINGS]
    other = mk.Task("other", "regression", column="size")
    frame = pd.DataFrame({"text": texts * 4, "size": 1.0})
    corpus = mk.Corpus.from_frames({"train": frame}, tasks=[other]).with_tasks([mk.Task("mlm", "mlm")]).only(["mlm"])
    run = mk.Run(mk.MultiTaskModel(model.encoder, corpus.tasks), corpus, steps=12, batch_size=20, validate=None)
    hidden = []
    for number in range(12):  # four epochs
        target = run.batches[number].targets["mlm"]
        hidden.append(frozenset(zip(target.rows.tolist(), target.positions.tolist(), strict=True)))
    assert len(set(hidden)) == 12
    words = 12 * 20 * len(texts[0].split())
    share = sum(map(len, hidden)) / words
    assert share == pytest.approx(0.15, abs=4 * math.sqrt(0.15 * 0.85 / words))


def test_mlm_alone_passes_only_the_masked_copies(model, corpus):
    assert len(batch_of(model, corpus, range(8), ["mlm"]).input_ids) <= 8


def test_tags_sit_on_the_first_sub_word(model, corpus):
    batch = batch_of(model, corpus, [0], ["tags"])
    target = batch.targets["tags"]
    words = corpus.train[0]["words"]
    assert len(target.positions) == len(words)
    for position, word in zip(target.positions.tolist(), words, strict=True):
        token = model.tokenizer.convert_ids_to_tokens(int(batch.input_ids[0, position]))
        assert word.startswith(token)


@pytest.mark.parametrize("epoch", [1, 2])
def test_an_epoch_holds_each_row_once_in_an_order_of_seed_and_epoch(epoch):
    lengths = torch.randint(5, 60, (1000,)).numpy()
    order = epoch_order(lengths, 16, seed=3, epoch=epoch)
    assert sorted(i for b in order for i in b) == list(range(1000))
    again = epoch_order(lengths, 16, seed=3, epoch=epoch)
    assert all((a == b).all() for a, b in zip(order, again, strict=True))
    other = epoch_order(lengths, 16, seed=3, epoch=epoch + 1)
    assert any(len(a) != len(b) or (a != b).any() for a, b in zip(order, other, strict=True))
    padded = sum(lengths[b].max() * len(b) for b in order)
    assert padded < 1.15 * lengths.sum()


def test_batches_can_be_read_in_any_order(model, corpus):
    tokenized = model.tokenize(corpus.train)
    a, b = (Batches(tokenized, corpus.tasks, 16, seed=1) for _ in range(2))
    late = a[9]
    for k in range(10):
        early = b[k]
    assert torch.equal(late.input_ids, early.input_ids) and (late.index == early.index).all()


def test_a_text_that_is_too_long_is_cut_counted_and_said(model, folder):
    import pandas as pd

    frame = pd.DataFrame({"text": ["red " * 100, "a boat", "blue " * 90], "y": ["a", "b", "a"]})
    corpus = mk.Corpus.from_frames({"train": frame}, tasks=[mk.Task("y", "classification")])
    with pytest.warns(UserWarning, match="2 of 3 texts in train are longer than the 48 tokens"):
        tokenized = model.tokenize(corpus.train, corpus.tasks)
    assert tokenized.lengths.max() == 48


def test_texts_that_are_too_long_are_said_once_whoever_reads_them(model):
    """A report that read the same split from eleven places showed the same red block eleven times."""
    import pandas as pd

    frame = pd.DataFrame({"text": ["red " * 100, "a boat", "a lamp", "blue " * 90], "y": ["a", "b", "a", "b"]})
    corpus = mk.Corpus.from_frames({"train": frame}, tasks=[mk.Task("y", "classification")])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        own = mk.MultiTaskModel(model.encoder, corpus.tasks)
        own.tokenize(corpus.train)
        mk.evaluate(own, corpus.train)
        next(mk.Run(own, corpus, steps=1, validate=None))
    assert [str(w.message)[:39] for w in caught] == ["2 of 4 texts in train are longer than t"]


# -- answers ------------------------------------------------------------------------------------------------------
def test_predict_gives_every_task_one_answer_a_text(model):
    text = "the red car is not old near a boat"
    (answer,) = model.predict([text])
    assert list(answer) == ["colour", "size", "things", "tags", "old", "rare"]  # no [MASK]: nothing to fill
    assert answer["colour"]["label"] in toy.COLOURS and 0 < answer["colour"]["score"] <= 1
    assert all(text[s["start"] : s["end"]] == s["text"] for s in answer["tags"]["spans"])
    assert set(answer["things"]["scores"]) == set(toy.THINGS)


def test_a_text_asked_about_has_the_words_that_corpora_keep_whole(model):
    """The tokenizer cuts at every mark; a tag for each half of an order number would tear the entity apart."""
    text = "The (blue) car-boat A-4506 doesn't float, see 3.5/2: no!"
    tokenized = TokenizedSplit([text], model.tokenizer, 48)
    words = [text[start:end] for start, end in tokenized.align(0, model.tasks[3])[0]]
    assert words == [
        "The",
        "(",
        "blue",
        ")",
        "car-boat",
        "A-4506",
        "doesn't",
        "float",
        ",",
        "see",
        "3.5/2",
        ":",
        "no",
        "!",
    ]
    firsts = tokenized.align(0, model.tasks[3])[1]
    assert firsts == sorted(set(firsts))  # each word is read at a token of its own


def test_predict_answers_in_the_order_of_the_texts(model):
    texts = ["a boat", "the red car is not old near a boat today today", "the green lamp is old near a tree"]
    together = model.predict(texts, batch_size=2)
    for text, answer in zip(texts, together, strict=True):
        (alone,) = model.predict([text])
        assert alone["size"]["value"] == pytest.approx(answer["size"]["value"], abs=1e-4)
        assert alone["colour"]["label"] == answer["colour"]["label"]


def test_predict_fills_masks(model):
    (answer,) = model.predict(["the [MASK] car is [MASK]"], tasks=["mlm"])
    assert len(answer["mlm"]["masks"]) == 2 and len(answer["mlm"]["masks"][0]) == 5


def test_predict_leaves_training_mode_and_randomness_alone(model):
    model.train()
    state = torch.get_rng_state()
    model.predict(["a boat"])
    assert model.training and torch.equal(torch.get_rng_state(), state)
    model.eval()


def test_predict_says_what_it_takes(model):
    with pytest.raises(ValueError, match="a list of texts"):
        model.predict("a boat")
    with pytest.raises(ValueError, match="Did you mean 'colour'"):
        model.predict(["a boat"], tasks=["color"])
    assert model.predict([]) == []


# -- saving ---------------------------------------------------------------------------------------------------------
TEXTS = ["the red car is not old near a boat", "a green tree", "the [MASK] lamp"]


def test_a_task_with_smoothed_labels_has_another_loss_the_same_metrics_and_stays_so(model, corpus, tmp_path):
    smooth = [replace(t, label_smoothing=0.2) if t.name == "colour" else t for t in model.tasks]
    other = mk.MultiTaskModel(model.encoder, smooth)
    other.load_state_dict(model.state_dict())
    batch = next(evaluation_batches(model.tokenize(corpus.test), model.tasks, 40))
    plain, smoothed = model.task_losses(batch), other.task_losses(batch)
    assert [name for name in plain if plain[name] != smoothed[name]] == ["colour"]
    assert mk.evaluate(other, corpus.test).equals(mk.evaluate(model, corpus.test))
    other.save(tmp_path / "m")
    assert mk.MultiTaskModel.load(tmp_path / "m").tasks == other.tasks


def test_load_gives_the_same_answers(model, tmp_path):
    model.save(tmp_path / "m")
    assert mk.MultiTaskModel.load(tmp_path / "m").predict(TEXTS) == model.predict(TEXTS)
    model.save(tmp_path / "m")  # over itself
    assert mk.MultiTaskModel.load(tmp_path / "m").predict(TEXTS) == model.predict(TEXTS)
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


def test_a_save_that_fails_leaves_the_old_model_whole(model, tmp_path, monkeypatch):
    model.save(tmp_path / "m")
    monkeypatch.setattr(type(model.tokenizer), "save_pretrained", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        model.save(tmp_path / "m")
    monkeypatch.undo()
    assert mk.MultiTaskModel.load(tmp_path / "m").predict(TEXTS) == model.predict(TEXTS)
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


def test_a_model_killed_between_the_two_renames_is_still_found(model, tmp_path):
    model.save(tmp_path / "m")
    (tmp_path / "m").rename(tmp_path / ".m.previous")
    assert mk.MultiTaskModel.load(tmp_path / "m").predict(TEXTS) == model.predict(TEXTS)


def test_saving_over_something_else_is_refused(model, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ValueError, match="something else than a model"):
        model.save(tmp_path)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_a_damaged_model_folder_says_so(model, tmp_path):
    with pytest.raises(ValueError, match="lacks mtlkit.json"):
        mk.MultiTaskModel.load(tmp_path)
    model.save(tmp_path / "m")
    file = tmp_path / "m" / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(ValueError, match="is damaged"):
        mk.MultiTaskModel.load(tmp_path / "m")
    model.save(tmp_path / "n")
    about = json.loads((tmp_path / "n" / "mtlkit.json").read_text())
    about["tasks"] = about["tasks"][1:]
    (tmp_path / "n" / "mtlkit.json").write_text(json.dumps(about))
    with pytest.raises(ValueError, match="don't fit its tasks"):
        mk.MultiTaskModel.load(tmp_path / "n")
    shutil.rmtree(tmp_path / "n")


def test_heads_are_drawn_from_the_seed_whatever_was_drawn_before(folder, corpus):
    encoder = mk.load_encoder(folder)
    one = mk.MultiTaskModel(encoder, corpus.tasks, seed=1)
    torch.rand(7)
    two = mk.MultiTaskModel(encoder, corpus.tasks, seed=1)
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), two.parameters(), strict=True))


def test_tasks_without_labels_and_doubled_tasks_are_refused(folder):
    encoder = mk.load_encoder(folder)
    with pytest.raises(ValueError, match="'topic' has no labels yet"):
        mk.MultiTaskModel(encoder, [mk.Task("topic", "classification")])
    with pytest.raises(ValueError, match="same name"):
        mk.MultiTaskModel(encoder, [mk.Task("a", "regression"), mk.Task("a", "regression")])
