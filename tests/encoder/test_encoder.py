"""The encoder: found by name or folder, pooled over real tokens, written in the Hub's layout."""

import contextlib
import copy
import http.server
import json
import shutil
import socket
import threading

import huggingface_hub
import pytest
import torch
import toy
import waiting

import mtlkit as mk
from mtlkit.encoder import sources as hub
from mtlkit.encoder.encoder import PLAIN_ATTENTION


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


needs_minilm = pytest.mark.skipif(
    hub.PACKAGED["minilm"].folder() is None, reason=f"needs {hub.PACKAGED['minilm'].install}"
)


@needs_minilm
def test_minilm_is_the_published_encoder_and_tells_meanings_apart():
    import sys

    encoder = mk.load_encoder("minilm")
    assert encoder.name == "minilm" and encoder.pooling == "mean" and encoder.hidden_size == 384
    assert 22e6 < encoder.size() < 23e6
    with torch.no_grad():
        texts = ["I forgot my password.", "How can my login be reset?", "The soup was far too salty."]
        vectors = torch.nn.functional.normalize(encoder(*inputs(encoder, texts))[1], dim=1)
    near, far, other = vectors[0] @ vectors[1], vectors[0] @ vectors[2], vectors[1] @ vectors[2]
    assert near > 0.4 > 0.2 > max(far, other)
    assert "sentence_transformers" not in sys.modules


def test_minilm_that_is_not_installed_or_not_the_published_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(hub.PACKAGED["minilm"], "package", "gt_not_here")
    with pytest.raises(ValueError, match="not installed: pip install gt-not-here==0.1.0"):
        mk.load_encoder("minilm")
    (tmp_path / "gt_not_here" / "model").mkdir(parents=True)
    (tmp_path / "gt_not_here" / "__init__.py").write_text("raise AssertionError('imported')")
    (tmp_path / "gt_not_here" / "model" / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="SHA-256 expected 53aa5117.*found [0-9a-f]{64}.*--force-reinstall"):
        mk.load_encoder("minilm")


@pytest.fixture
def no_cache(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


OFFLINE = "the Hub can't be reached, and no earlier download.*take bert-tiny.*minilm \\(pip install .*give the folder"


def test_a_hub_id_offline_says_so(no_cache):
    with pytest.raises(ValueError, match=OFFLINE):
        mk.load_encoder("nobody/nothing")


@pytest.mark.parametrize("silent", [False, True], ids=["refused", "silent"])
def test_a_hub_that_does_not_answer_is_waited_for_but_seconds(no_cache, monkeypatch, silent):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if silent:
            server.listen()  # and never accepts
        monkeypatch.setattr(hub, "SECONDS", 0.5)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        asked, model_info = [], huggingface_hub.HfApi.model_info
        monkeypatch.setattr(
            huggingface_hub.HfApi,
            "model_info",
            lambda api, name, timeout: asked.append(timeout) or model_info(api, name, timeout=timeout),
        )
        with pytest.raises(ValueError, match=OFFLINE):
            mk.load_encoder("nobody/nothing")
        assert asked == [0.5], "once, and not longer"
        if silent:
            server.setblocking(False)
            server.accept()[0].close()
            with pytest.raises(BlockingIOError):  # nobody else asked the server
                server.accept()


def test_a_model_that_the_hub_does_not_know_is_said(no_cache, monkeypatch):
    class Unknown(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(404)
            self.send_header("X-Error-Code", "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Unknown) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(ValueError, match="Nor does the Hub know a model of this id"):
            mk.load_encoder("nobody/nothing")


def test_an_earlier_download_is_found_without_network(folder, no_cache):
    snapshot = no_cache / "models--somebody--something" / "snapshots" / "1234"
    shutil.copytree(folder, snapshot)
    (no_cache / "models--somebody--something" / "refs").mkdir()
    (no_cache / "models--somebody--something" / "refs" / "main").write_text("1234")
    encoder = mk.load_encoder("somebody/something")
    assert encoder.name == "somebody/something" and encoder.mlm_state is not None
    assert torch.equal(encoder.word_embeddings.weight, mk.load_encoder(folder).word_embeddings.weight)


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json"])
def test_code_that_comes_with_a_model_is_refused(folder, tmp_path, file):
    shutil.copytree(folder, tmp_path / "own")
    about = json.loads((tmp_path / "own" / file).read_text())
    about["auto_map"] = {"AutoModel": "modeling_own.OwnModel"}
    (tmp_path / "own" / file).write_text(json.dumps(about))
    (tmp_path / "own" / "modeling_own.py").write_text("raise AssertionError('run')")
    with pytest.raises(ValueError, match=f"{file} asks to run code that comes with it .auto_map: AutoModel.*never run"):
        mk.load_encoder(tmp_path / "own")


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


# -- families -----------------------------------------------------------------------------------------------------
@pytest.fixture(params=toy.FAMILIES)
def kin(request, folder, tmp_path):
    """A random small model of each family in the Hub's layout, and what of it reads the text."""
    return toy.family_folder(request.param, folder, tmp_path), toy.FAMILIES[request.param][1]


@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("pooling", ["mean", "first", "last"])
def test_padding_on_either_side_changes_no_vector_of_any_family(kin, side, pooling):
    encoder = mk.load_encoder(kin[0], pooling=pooling)
    encoder.tokenizer.padding_side = side
    with torch.no_grad():
        alone = encoder(*inputs(encoder, ["a boat"]))
        beside = encoder(*inputs(encoder, ["a boat", "the red car is not old near a green house today"]))
    size = alone[0].shape[1]
    real = slice(size) if side == "right" else slice(-size, None)
    torch.testing.assert_close(beside[0][0, real], alone[0][0], atol=1e-5, rtol=0)
    torch.testing.assert_close(beside[1][0], alone[1][0], atol=1e-5, rtol=0)


def test_no_family_of_plain_attention_waits_for_the_device(kin):
    encoder = mk.load_encoder(kin[0])
    ids, mask, _types = inputs(encoder, ["a boat", "the red car is not old near a green house today"])
    with torch.no_grad():
        expected = encoder.reader(input_ids=ids, attention_mask=mask).last_hidden_state  # as transformers masks
        with waiting.NoSync() if encoder.config.model_type in PLAIN_ATTENTION else contextlib.nullcontext():
            tokens, _ = encoder(ids, mask)
            if encoder.family == "encoder-decoder":
                said = encoder.decode(ids[:, :3], tokens, mask)
        torch.testing.assert_close(tokens[mask.bool()], expected[mask.bool()], atol=1e-5, rtol=0)
        if encoder.family == "encoder-decoder":
            seen = {"encoder_hidden_states": tokens, "encoder_attention_mask": mask}
            theirs = encoder.backbone.get_decoder()(input_ids=ids[:, :3], **seen).last_hidden_state
            torch.testing.assert_close(said, theirs, atol=1e-5, rtol=0)


def test_each_family_pools_what_has_read_the_text_and_trains(kin):
    encoder = mk.load_encoder(kin[0])
    assert encoder.family == kin[1] and encoder.pooling == ("last" if kin[1] == "decoder" else "mean")
    ids, mask, types = inputs(encoder, ["the red car is old", "a boat"])
    with torch.no_grad():
        tokens, pooled = encoder(ids, mask, types)
    expected = tokens[1][mask[1].bool()]
    torch.testing.assert_close(pooled[1], expected[-1] if kin[1] == "decoder" else expected.mean(0))
    corpus = toy.corpus(["colour", "tags"])
    run = mk.Run(mk.MultiTaskModel(encoder, corpus.tasks), corpus, steps=3, lr=1e-2, validate=None)
    before = copy.deepcopy(run.model.encoder.word_embeddings.weight)
    mk.fit(run)
    assert not torch.equal(before, run.model.encoder.word_embeddings.weight)


def test_every_family_is_saved_and_read_again(kin, tmp_path_factory):
    encoder = mk.load_encoder(kin[0])
    again = tmp_path_factory.mktemp("again") / "encoder"
    encoder.save(again)
    ids, mask, types = inputs(encoder, ["the red car is old", "a boat"])
    with torch.no_grad():
        one, other = encoder(ids, mask, types)[1], mk.load_encoder(again)(ids, mask, types)[1]
    torch.testing.assert_close(one, other)


def test_the_longest_text_of_any_family_is_read(kin):
    encoder = mk.load_encoder(kin[0])
    encoder.tokenizer.model_max_length = 10**30
    longest = min(encoder.max_length, 1100)
    with torch.no_grad():
        tokens, _ = encoder(torch.full((1, longest), 7), torch.ones(1, longest, dtype=torch.long))
    assert tokens.shape[1] == longest >= 510


def test_weights_that_the_file_lacks_are_said(folder, tmp_path):
    from safetensors.torch import load_file, save_file

    shutil.copytree(folder, tmp_path / "part")
    file = tmp_path / "part" / "model.safetensors"
    tensors = {k: v for k, v in load_file(file).items() if "layer.1.output.dense" not in k}
    save_file(tensors, file, metadata={"format": "pt"})
    with pytest.warns(UserWarning, match="lacks 2 of the model's tensors.*encoder.layer.1.output.dense.bias"):
        mk.load_encoder(tmp_path / "part")


def test_a_tokenizer_of_another_model_is_said(kin, tmp_path_factory):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(kin[0])
    tokenizer.add_tokens([f"new{i}" for i in range(50)])
    tokenizer.save_pretrained(kin[0])
    with pytest.raises(ValueError, match="They are not of the same model"):
        mk.load_encoder(kin[0])


def test_a_missing_padding_token_is_chosen_and_said(folder, tmp_path):
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    config = AutoConfig.for_model("gpt2", vocab_size=len(tokenizer), **toy.FAMILIES["gpt2"][0])
    AutoModel.from_config(config).save_pretrained(tmp_path)
    tokenizer.pad_token, tokenizer.eos_token = None, "[SEP]"
    tokenizer.save_pretrained(tmp_path)
    with pytest.warns(UserWarning, match="has no padding token; '\\[SEP\\]' pads, and is masked out"):
        encoder = mk.load_encoder(tmp_path)
    assert encoder.tokenizer.pad_token_id == encoder.tokenizer.eos_token_id


def test_words_can_not_be_hidden_without_a_mask(folder):
    encoder = mk.load_encoder(folder)
    encoder.tokenizer.mask_token = None
    with pytest.raises(ValueError, match="Task 'mlm': the tokenizer of 'toy-bert' has no token to hide words with"):
        mk.MultiTaskModel(encoder, [mk.Task("mlm", "mlm")])


@pytest.mark.parametrize("cased", [True, False])
def test_an_old_folder_with_a_vocabulary_and_a_bin_file_alone(folder, tmp_path, cased):
    from transformers import AutoModel, AutoTokenizer

    words = sorted(AutoTokenizer.from_pretrained(folder).get_vocab().items(), key=lambda pair: pair[1])
    words = [w.capitalize() if cased and w.isalpha() and i % 2 else w for w, i in words]
    model = AutoModel.from_pretrained(folder, add_pooling_layer=False)
    model.config.save_pretrained(tmp_path)
    (tmp_path / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    torch.save({f"bert.{k}": v for k, v in model.state_dict().items()}, tmp_path / "pytorch_model.bin")
    encoder = mk.load_encoder(tmp_path)
    word = next(w for w in words if w.isalpha() and (w != w.lower()) == cased and len(w) > 2)
    assert encoder.tokenizer.tokenize(word) == [word]
    assert torch.equal(encoder.word_embeddings.weight, model.get_input_embeddings().weight)
    assert (encoder.tokenizer.tokenize(word.upper()) == [word]) == (not cased)
