"""The encoder: found by name or folder, pooled over real tokens, written in the Hub's layout."""

import copy
import json

import pytest
import torch
import toy

import mtlkit as mk


@pytest.fixture
def folder(tmp_path_factory):
    return toy.encoder_folder(str(tmp_path_factory.getbasetemp()))


def inputs(encoder, texts):
    enc = encoder.tokenizer(texts, padding=True, return_tensors="pt")
    return enc["input_ids"], enc["attention_mask"], enc.get("token_type_ids")


def test_the_vectors_are_those_of_the_transformers_model(folder):
    from transformers import AutoModel

    encoder = mk.load_encoder(folder)
    ids, mask, types = inputs(encoder, ["the red car is old", "a boat"])
    tokens, pooled = encoder(ids, mask, types)
    reference = AutoModel.from_pretrained(folder, add_pooling_layer=False)(input_ids=ids, attention_mask=mask)
    real = mask.bool()
    torch.testing.assert_close(tokens[real], reference.last_hidden_state[real], atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(pooled[1], tokens[1][real[1]].mean(0))


@pytest.mark.parametrize("pooling", ["mean", "first"])
def test_padding_changes_no_vector(folder, pooling):
    encoder = mk.load_encoder(folder, pooling=pooling)
    alone = encoder(*inputs(encoder, ["a boat"]))
    beside = encoder(*inputs(encoder, ["a boat", "the red car is not old near a green house today"]))
    size = alone[0].shape[1]
    torch.testing.assert_close(beside[0][0, :size], alone[0][0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(beside[1][0], alone[1][0], atol=1e-5, rtol=1e-4)


def test_random_weights_are_drawn_from_the_seed_and_leave_the_global_state_alone(folder):
    state = torch.get_rng_state()
    one, same, other = (mk.load_encoder(folder, pretrained=False, seed=s) for s in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(one.word_embeddings.weight, same.word_embeddings.weight)
    assert not torch.equal(one.word_embeddings.weight, other.word_embeddings.weight)
    assert one.mlm_state is None


def test_an_encoder_and_its_mlm_head_survive_saving(folder, tmp_path):
    from transformers import AutoModelForMaskedLM

    encoder = mk.load_encoder(folder)
    model = mk.MultiTaskModel(encoder, [mk.Task("mlm", "mlm")], seed=3)
    with torch.no_grad():
        model.heads["mlm"].bias.add_(1.0)
    model.encoder.save(tmp_path / "saved", model.heads["mlm"])
    again = mk.load_encoder(tmp_path / "saved")
    ids, mask, types = inputs(again, ["the red [MASK] is old"])
    ours = mk.MultiTaskModel(again, [mk.Task("mlm", "mlm")]).heads["mlm"](again(ids, mask, types)[0])
    theirs = AutoModelForMaskedLM.from_pretrained(tmp_path / "saved")(input_ids=ids, attention_mask=mask).logits
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)
    assert json.loads((tmp_path / "saved" / "config.json").read_text())["architectures"] == ["BertForMaskedLM"]


def test_an_unknown_name_is_answered_at_once_with_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'bert-tiny'"):
        mk.load_encoder("bert-tny")


def test_a_hub_id_offline_says_so():
    with pytest.raises(ValueError, match="Looked up as a Hub id, it could not be had"):
        mk.load_encoder("nobody/nothing")


def test_a_folder_that_lacks_something_says_what(folder, tmp_path):
    with pytest.raises(ValueError, match="lacks config.json and tokenizer.json"):
        mk.load_encoder(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ValueError, match="could not be read"):
        mk.load_encoder(tmp_path)


def test_a_copy_of_the_encoder_is_trained_not_the_one_handed_in(folder):
    encoder = mk.load_encoder(folder)
    before = copy.deepcopy(encoder.state_dict())
    corpus = toy.corpus(["colour"])
    mk.fit(mk.Run(mk.MultiTaskModel(encoder, corpus.tasks), corpus, steps=3, lr=1e-2))
    assert all(torch.equal(before[k], v) for k, v in encoder.state_dict().items())
