"""What is computed in bf16, what in float32, and what long windows on a CPU train without."""

import pytest
import torch
import toy
from torch.overrides import TorchFunctionMode

import mtlkit as mk
from mtlkit.encoder import attention
from mtlkit.encoder.precision import choose_precision
from mtlkit.evaluation import compute_metrics

TASKS = ["colour", "size", "things", "tags"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return toy.encoder_folder(str(tmp_path_factory.getbasetemp()))


@pytest.fixture(scope="module")
def run(folder):
    corpus = toy.corpus(TASKS)
    model = mk.MultiTaskModel(mk.load_encoder(folder), corpus.tasks)
    weighting = mk.Fixed([1.0, 0.02, 1.0, 1.0])  # the lengths are loud
    # 300 steps: at 150 some chances still lie so near 0.5 that rounding decides them
    run = mk.Run(model, corpus, weighting, steps=300, batch_size=16, lr=5e-3, validate=None, precision="fp32")
    mk.fit(run)
    return run


@pytest.fixture
def bf16_pays(monkeypatch):
    """As on a machine, and with an encoder, where "auto" takes bf16."""

    def choose(name, device, encoder):
        return "bf16" if name == "auto" else choose_precision(name, device, encoder)

    monkeypatch.setattr("mtlkit.model.choose_precision", choose)


def passes(model) -> list[bool]:
    """A list that grows by whether autocast was on, at each pass of the encoder."""
    seen = []
    model.encoder.register_forward_pre_hook(lambda *_: seen.append(torch.is_autocast_enabled("cpu")))
    return seen


def test_auto_takes_bf16_where_it_pays(monkeypatch):
    class Wide:
        hidden_size = 384

    class Narrow:
        hidden_size = 128

    cpu = torch.device("cpu")
    for supported, encoder, expected in [(True, Wide, "bf16"), (True, Narrow, "fp32"), (False, Wide, "fp32")]:
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda supported=supported: supported)
        assert choose_precision("auto", cpu, encoder) == expected
    with pytest.raises(ValueError, match="bf61"):
        choose_precision("bf61", cpu, Wide)


def test_every_way_to_an_answer_reads_in_bf16_where_it_pays(run, bf16_pays, tmp_path):
    model, test = run.model, run.corpus.test
    (tmp_path / "texts.csv").write_text("text\n" + "\n".join(test.texts[:3]) + "\n")
    seen = passes(model)
    for answer in (
        lambda: model.predict(test.texts[:3]),
        lambda: mk.evaluate(model, test),
        lambda: mk.worst_errors(model, test, "colour"),
        lambda: mk.predict_file(model, tmp_path / "texts.csv", tmp_path / "out.csv", progress=False),
    ):
        seen.clear()
        answer()
        assert seen and all(seen)


def test_a_run_validates_in_its_own_precision(folder, bf16_pays):
    corpus = toy.corpus(TASKS)
    for precision in ("fp32", "bf16"):
        model = mk.MultiTaskModel(mk.load_encoder(folder), corpus.tasks)
        run = mk.Run(model, corpus, steps=1, batch_size=16, precision=precision)
        seen = passes(model)
        run.validate()
        assert seen and all(on == (precision == "bf16") for on in seen)


def test_in_bf16_the_answers_are_those_of_float32_whatever_the_batch(run, bf16_pays):
    model, texts = run.model, run.corpus.test.texts
    exact = compute_metrics(model, model.tokenize(run.corpus.test), precision="fp32")[0]
    together = model.predict(texts, batch_size=64)
    assert len({answer["colour"]["label"] for answer in together}) == 3  # it has learnt something
    for batch_size in (1, 7):
        for one, other in zip(model.predict(texts, batch_size=batch_size), together, strict=True):
            assert one["colour"]["label"] == other["colour"]["label"]
            assert one["colour"]["score"] == pytest.approx(other["colour"]["score"], abs=0.005)
            assert one["things"]["labels"] == other["things"]["labels"] and one["tags"] == other["tags"]
            assert one["size"]["value"] == pytest.approx(other["size"]["value"], rel=0.005)
    for task, values in compute_metrics(model, model.tokenize(run.corpus.test))[0].items():
        for metric, value in values.items():
            bar = {"abs": 0.002} if metric != "mae" else {"rel": 0.005}  # in the label's unit
            assert value == pytest.approx(exact[task][metric], **bar), (task, metric)


def test_heads_answer_in_float32(run, bf16_pays):
    """In bf16 numbers near 3 lie 0.016 apart, and close classes are a tie."""
    values = torch.tensor([answer["size"]["value"] for answer in run.model.predict(run.corpus.test.texts)])
    assert (values != values.bfloat16().float()).float().mean() > 0.9


# -- dropout on attention ---------------------------------------------------------------------------
class Seen(TorchFunctionMode):
    """The rates of dropout that attention was asked for."""

    def __init__(self):
        super().__init__()
        self.rates = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func is torch.nn.functional.scaled_dot_product_attention:
            self.rates.append((kwargs or {}).get("dropout_p", 0.0))
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("family", ["bert", "distilbert", "gpt2", "bart"])
def test_long_windows_train_without_dropout_on_attention_and_with_all_other(folder, tmp_path, monkeypatch, family):
    encoder = mk.load_encoder(toy.family_folder(family, folder, tmp_path / family)).train()
    for module in encoder.modules():  # families differ in their defaults
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.1
        if isinstance(getattr(module, "dropout", None), float):
            module.dropout = 0.1
    monkeypatch.setattr(attention, "LONG", 8)
    for tokens, dropped in ((7, True), (8, False)):
        ids = torch.randint(5, 20, (2, tokens))
        with Seen() as seen:
            first = encoder(ids, torch.ones_like(ids))[0]
        assert seen.rates and all((rate > 0) == dropped for rate in seen.rates)
        assert not torch.equal(first, encoder(ids, torch.ones_like(ids))[0])  # other dropout goes on
    with Seen() as seen:
        encoder.eval()(ids[:, :7], torch.ones_like(ids[:, :7]))
    assert not any(seen.rates)


def test_a_run_says_from_where_on_and_goes_on_under_the_same_rule_only(folder, monkeypatch, tmp_path):
    corpus = toy.corpus(["colour"])

    def make():
        model = mk.MultiTaskModel(mk.load_encoder(folder), corpus.tasks)
        return mk.Run(model, corpus, steps=4, batch_size=16, validate=None, checkpoint=tmp_path / "run", device="cpu")

    run = make()
    next(run)
    assert run.history.settings["attention_dropout_below"] == attention.LONG
    assert attention.attention_dropout_below(torch.device("cuda")) is None
    monkeypatch.setattr(attention, "LONG", 8)
    with pytest.raises(ValueError, match="attention_dropout_below was 384 and is 8"):
        make()
