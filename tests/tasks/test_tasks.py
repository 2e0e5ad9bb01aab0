"""The kinds: labels read, losses of a model that knows nothing, metrics, answers."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
import toy

import mtlkit as mk
from mtlkit.corpus.summary import majority_baseline
from mtlkit.tasks import KINDS, Task, kinds
from mtlkit.tasks.tagging import spans


def test_the_kinds_are_found_by_themselves():
    assert kinds() == [
        "choice", "classification", "clm", "generation", "mlm", "multilabel", "ordinal", "regression", "span",
        "span_corruption", "tagging",
    ]  # fmt: skip


def test_each_kind_declares_what_the_others_rely_on():
    for name, kind in KINDS.items():
        assert kind.name == name and kind.metric_names


@pytest.mark.parametrize("size", [2, 3, 8])
def test_the_loss_of_a_classifier_that_knows_nothing_is_log_c(size):
    loss = KINDS["classification"].loss(torch.zeros(5, size), torch.arange(5) % size)
    assert float(loss) == pytest.approx(math.log(size))


def test_the_loss_of_a_regression_that_knows_the_mean_is_the_variance():
    labels = torch.tensor([1.0, 4.0, 7.0, 30.0])
    loss = KINDS["regression"].loss(labels.mean().expand(4, 1), labels)
    assert float(loss) == pytest.approx(float(labels.var(unbiased=False)))


def test_the_loss_of_a_multilabel_head_that_knows_nothing_is_log_2():
    assert float(KINDS["multilabel"].loss(torch.zeros(3, 5), torch.ones(3, 5))) == pytest.approx(math.log(2))


@pytest.mark.parametrize(
    "kind, value, parsed",
    [
        ("classification", "b", 1),
        ("classification", " b ", 1),
        ("classification", "", None),
        ("classification", None, None),
        ("classification", math.nan, None),
        ("regression", "2.5", 2.5),
        ("regression", 3, 3.0),
        ("regression", "", None),
        ("multilabel", "a|b", [0, 1]),
        ("multilabel", "a;b", [0, 1]),
        ("multilabel", ["b"], [1]),
        ("multilabel", "-", []),
        ("multilabel", [], []),
        ("multilabel", "", None),
        ("multilabel", None, None),
    ],
)
def test_cells_are_read(kind, value, parsed):
    task = Task("t", kind, labels=None if kind == "regression" else ("a", "b"))
    assert task.spec.parse(value, task, "row 1") == parsed


def test_whole_numbers_with_gaps_stay_whole():
    task = Task("t", "classification", labels=KINDS["classification"].labels_of([1.0, None, 10.0, 2.0]))
    assert task.labels == ("1", "2", "10")
    assert task.spec.parse(10.0, task, "row 1") == 2


def test_labels_have_one_order_whatever_they_look_like():
    labels_of = KINDS["classification"].labels_of
    assert labels_of(["10", "1", "01"]) == ("01", "1", "10")
    assert labels_of(["²", "--5", "a"]) == ("--5", "a", "²")


@pytest.mark.parametrize("value", ["warm", "nan", "inf", [1]])
def test_no_number_where_a_number_is_due_names_task_row_and_value(value):
    task = Task("heat", "regression")
    with pytest.raises(ValueError, match=r"'heat', row 7: a number is due, found .*leave the cell empty"):
        task.spec.parse(value, task, "row 7")


def test_a_label_unseen_in_training_is_named_or_masked():
    task = Task("topic", "classification", labels=("a", "b"))
    with pytest.raises(ValueError, match=r"'topic', row 3: the label 'c' does not occur .*a, b.*unknown=\"mask\""):
        task.spec.parse("c", task, "row 3")
    masking = Task("topic", "classification", labels=("a", "b"), unknown="mask")
    assert masking.spec.parse("c", masking, "row 3") is None


def test_a_tag_that_marks_no_entity_among_tags_that_do_is_named():
    task = Task("ner", "tagging", labels=("O", "B-x"))
    with pytest.raises(ValueError, match="row 2: in training every tag is O or has a mark, .* found 'NOUN'"):
        task.spec.parse("O NOUN", task, "row 2")


@pytest.mark.parametrize(
    "tags",
    ["O B-a I-a B-a O B-b", "O B-a E-a S-a O S-b", "O B-a L-a U-a O U-b", "O I-a I-a B-a O I-b"],
    ids=["BIO", "BIOES", "BILOU", "IOB1"],
)
def test_every_scheme_of_entities_is_read_as_bio(tags):
    task = Task("ner", "tagging").with_labels(Task("ner", "tagging").spec.labels_of([tags]))
    assert task.labels == ("O", "B-a", "B-b", "I-a")
    read = [task.labels[i] for i in task.spec.parse(tags, task, "row 1")]
    assert read == ["O", "B-a", "I-a", "B-a", "O", "B-b"]
    assert task.main_metric == "f1" and task.spec.names_in(tags, task) == ["a", "a", "b"]


def test_tags_of_words_alone_are_judged_by_words():
    task = Task("pos", "tagging").with_labels(Task("pos", "tagging").spec.labels_of(["DET NOUN", ["VERB", "ADV"]]))
    assert task.labels == ("ADV", "DET", "NOUN", "VERB") and task.main_metric == "accuracy"
    pairs = [(("DET", "NOUN"), ("DET", "NOUN")), (("VERB", "NOUN"), ("VERB", "VERB"))]
    expected = {"accuracy": 0.75, "macro_f1": (1 + 2 / 3 + 2 / 3) / 3, "absent_labels": 1.0}
    assert task.metrics(pairs) == pytest.approx(expected)
    drawn = task.statistic(pairs)(np.array([[0, 0], [1, 1]]))
    assert drawn["accuracy"].tolist() == [1.0, 0.5]
    with pytest.raises(ValueError, match="metric='f1' is not for its tags; take one of accuracy, macro_f1"):
        replace(task, metric="f1").spec.head(replace(task, metric="f1"), None)


def test_smoothed_labels_share_a_part_of_themselves_out():
    output, labels = torch.tensor([[2.0, 0.0, -1.0], [0.0, 1.0, 0.0]]), torch.tensor([0, 2])
    task = Task("a", "classification", labels=("x", "y", "z"), label_smoothing=0.3)
    wanted = torch.tensor([[0.8, 0.1, 0.1], [0.1, 0.1, 0.8]])
    by_hand = -(wanted * output.log_softmax(-1)).sum(-1).mean()
    assert float(task.loss(output, labels)) == pytest.approx(float(by_hand))
    floor = -(wanted * wanted.log()).sum(-1).mean()
    assert float(task.loss(wanted.log(), labels)) == pytest.approx(float(floor)) and floor > 0.6
    plain = Task("a", "classification", labels=("x", "y", "z"))
    assert float(plain.loss(output, labels)) == float(torch.nn.functional.cross_entropy(output, labels))


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"name": "a", "kind": "regresion"}, "Did you mean 'regression'"),
        ({"name": "", "kind": "regression"}, "name"),
        ({"name": "a.b", "kind": "regression"}, "without a dot"),
        ({"name": "a", "kind": "regression", "unknown": "skip"}, '"error" or "mask"'),
        ({"name": "a", "kind": "classification", "label_smoothing": 1}, "below 1, found 1"),
        ({"name": "a", "kind": "regression", "label_smoothing": 0.1}, "label_smoothing is for classification alone"),
    ],
)
def test_a_wrong_task_says_what_is_wrong(settings, message):
    with pytest.raises(ValueError, match=message):
        Task(**settings)


def test_spans_open_at_b_and_at_an_i_of_another_label():
    text = "a b c d e"
    words = [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9)]
    found = spans(["B-x", "I-x", "B-x", "I-y", "O"], words, text)
    assert [(s["label"], s["text"]) for s in found] == [("x", "a b"), ("x", "c"), ("y", "d")]
    assert all(text[s["start"] : s["end"]] == s["text"] for s in found)


def test_regression_metrics_by_hand():
    metrics = KINDS["regression"].metrics([(1.0, 1.0), (2.0, 3.0), (3.0, 2.0)], Task("r", "regression"))
    assert metrics["pearson"] == pytest.approx(0.5) and metrics["spearman"] == pytest.approx(0.5)
    assert metrics["mae"] == pytest.approx(2 / 3) and metrics["r2"] == pytest.approx(0.0)


def test_a_constant_answer_has_no_correlation():
    metrics = KINDS["regression"].metrics([(2.0, 1.0), (2.0, 3.0)], Task("r", "regression"))
    assert math.isnan(metrics["pearson"])


def test_entity_f1_wants_the_whole_span():
    task = Task("ner", "tagging")
    pairs = [(["B-x", "I-x", "O"], ["B-x", "O", "O"]), (["O", "B-x"], ["O", "B-x"])]
    assert task.spec.metrics(pairs, task)["f1"] == pytest.approx(0.5)


# -- by which metric a task is judged -------------------------------------------------------------------------------
def test_a_task_is_judged_by_the_metric_that_it_names():
    """Nine of ten rows are of class b: an answer that is always b looks good by accuracy alone."""
    always = [(1, 1)] * 9 + [(1, 0)]
    plain = Task("t", "classification", labels=("a", "b"))
    assert plain.main_metric == "accuracy" and list(plain.metrics(always)) == ["accuracy", "macro_f1"]
    assert plain.metrics(always)["accuracy"] == 0.9
    for metric, value in {"matthews": 0.0, "f1": 18 / 19}.items():
        task = Task("t", "classification", labels=("a", "b"), metric=metric)
        assert task.main_metric == metric and next(iter(task.metrics(always))) == metric
        assert task.metrics(always)[metric] == pytest.approx(value)
    by_rank = Task("r", "regression", metric="spearman")
    assert by_rank.metrics([(1.0, 1.0), (2.0, 5.0), (9.0, 6.0)])["spearman"] == pytest.approx(1.0)


def test_matthews_correlation_is_that_of_the_table_of_counts():
    tp, fp, tn, fn = 6, 1, 4, 2
    pairs = [(1, 1)] * tp + [(1, 0)] * fp + [(0, 0)] * tn + [(0, 1)] * fn
    expected = (tp * tn - fp * fn) / math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn))
    task = Task("t", "classification", labels=("a", "b"), metric="matthews")
    assert task.metrics(pairs)["matthews"] == pytest.approx(expected)


def test_an_unknown_metric_is_refused_with_those_that_the_kind_has():
    with pytest.raises(ValueError, match="'t' .classification.: There is no metric 'mathews'. Did you mean 'matthews'"):
        Task("t", "classification", metric="mathews")
    with pytest.raises(ValueError, match="There is no metric 'mae'"):  # less of it is better
        Task("t", "regression", metric="mae")
    three = Task("t", "classification", labels=("a", "b", "c"), metric="f1")
    with pytest.raises(ValueError, match='second of two classes; it has 3 .a, b, c.. Take "macro_f1"'):
        three.spec.head(three, None)


def test_a_label_that_no_row_has_is_counted_and_left_out_of_macro_f1_by_classes_and_labels_alike():
    classes = Task("c", "classification", labels=["a", "b", "never"])
    several = Task("m", "multilabel", labels=["a", "b", "never"])
    one = classes.metrics([(0, 0), (1, 1), (1, 0)])
    many = several.metrics([([1, 0, 0], [1, 0, 0]), ([0, 1, 0], [0, 1, 0]), ([0, 1, 0], [1, 0, 0])])
    assert one["macro_f1"] == many["macro_f1"] == pytest.approx(2 / 3)
    assert one["absent_labels"] == many["absent_labels"] == 1
    said = classes.metrics([(0, 0), (1, 1), (2, 0)])  # an answer names it: a class of its own, and never right
    assert said["macro_f1"] == pytest.approx((2 / 3 + 1 + 0) / 3) and said["absent_labels"] == 1
    assert "absent_labels" not in classes.metrics([(0, 0), (1, 1), (1, 2)])


def test_another_prompt_is_another_task_to_what_is_kept():
    one, other = (Task("reply", "generation", prompt=prompt) for prompt in ("say:", "tell:"))
    assert one.identity != other.identity and one.identity == Task("reply", "generation", prompt="say:").identity


def test_parts_of_speech_are_learnt_and_answered_word_by_word(tmp_path):
    known = {"the": "DET", "a": "DET", "is": "AUX", "not": "ADV", "near": "ADP", "today": "NOUN", "old": "ADJ"}
    frames = {}
    for seed, split in enumerate(("train", "test")):
        rows = toy.rows((96, 40)[seed], seed)
        rows["pos"] = [[known.get(w, "ADJ" if w in toy.COLOURS else "NOUN") for w in words] for words in rows["words"]]
        frames[split] = pd.DataFrame({k: rows[k] for k in ("text", "words", "pos")})
    corpus = mk.Corpus.from_frames(frames, [Task("pos", "tagging", words="words")])
    assert corpus.tasks[0].labels == ("ADJ", "ADP", "ADV", "AUX", "DET", "NOUN")
    model = mk.MultiTaskModel(mk.load_encoder(toy.encoder_folder(str(tmp_path))), corpus.tasks)
    floor = majority_baseline(corpus)
    mk.fit(mk.Run(model, corpus, steps=60, lr=5e-3, validate=None))
    found = mk.evaluate(model, corpus.test).set_index("metric").value
    assert list(found.index) == ["accuracy", "macro_f1"] and found.accuracy > 0.95
    assert floor.metric["pos"] == "accuracy" and 0.2 < floor.score["pos"] < 0.5
    model.save(tmp_path / "model")
    answer = mk.MultiTaskModel.load(tmp_path / "model").predict(["the red car is old"])[0]["pos"]
    assert [(s["text"], s["label"]) for s in answer["spans"]] == [
        ("the", "DET"), ("red", "ADJ"), ("car", "NOUN"), ("is", "AUX"), ("old", "ADJ"),
    ]  # fmt: skip
