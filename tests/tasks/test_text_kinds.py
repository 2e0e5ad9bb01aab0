"""The kinds that point into a text, choose among texts or write them: choice, span, clm, span corruption, generation;
windows over long texts."""

import dataclasses
import itertools
import math
import random

import numpy as np
import pandas as pd
import pytest
import torch
import toy
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics import CHRF
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM, AutoTokenizer

import mtlkit as mk
from mtlkit.batching import collate, evaluation_batches, generator
from mtlkit.experiments.paired_runs import Lockstep
from mtlkit.tasks import KINDS, Task
from mtlkit.tasks._counts import chrf, chrf_counts
from mtlkit.tasks._grouped import log_softmax
from mtlkit.tasks.span import normal, word_f1
from mtlkit.tasks.span_corruption import corrupt, sentinels

WORDS = ["red", "blue", "green", "car", "house", "boat", "tree", "lamp", "old", "near", "today"]
SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
WRITERS = {
    "gpt2": {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64},
    "llama": SMALL | {"num_key_value_heads": 2, "max_position_embeddings": 64},
    "t5": {"d_model": 32, "num_layers": 2, "num_heads": 4, "d_ff": 64, "d_kv": 8, "decoder_start_token_id": 0},
    "bart": {"d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64}
    | {"encoder_attention_heads": 4, "decoder_attention_heads": 4, "pad_token_id": 0, "decoder_start_token_id": 3},
}


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.getbasetemp())))


@pytest.fixture(scope="module")
def writer(tmp_path_factory):
    """A random small model that writes, of a family, with the toy's words and marks to hide spans behind."""
    made = {}

    def load(kind: str) -> mk.Encoder:
        if kind not in made:
            tokenizer = AutoTokenizer.from_pretrained(toy.encoder_folder(str(tmp_path_factory.getbasetemp())))
            tokenizer.add_special_tokens({"eos_token": "[SEP]"})
            tokenizer.add_special_tokens({"additional_special_tokens": [f"<extra_id_{i}>" for i in range(8)]})
            config = AutoConfig.for_model(kind, vocab_size=len(tokenizer) + 8, eos_token_id=3, **WRITERS[kind])
            torch.manual_seed(0)
            causal = not config.is_encoder_decoder
            model = (AutoModelForCausalLM if causal else AutoModelForSeq2SeqLM).from_config(config)
            folder = tmp_path_factory.mktemp(kind)
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
            made[kind] = mk.load_encoder(folder)
        return made[kind]

    return load


def frames(table: dict, *parts: str) -> dict:
    return dict.fromkeys(parts or ("train", "validation", "test"), pd.DataFrame(table))


def first_batch(model, split, size=4):
    tokenized = model.tokenize(split)
    return collate(tokenized, range(min(size, len(tokenized))), model.tasks, generator(0))


def trained(encoder, corpus, steps=60, **settings):
    model = mk.MultiTaskModel(encoder, corpus.tasks)
    settings = {"lr": 3e-3, "batch_size": 16, "validate": None} | settings
    mk.fit(mk.Run(model, corpus, steps=steps, **settings))
    return model


# -- softmax within groups ----------------------------------------------------------------------------------------
def test_a_softmax_in_groups_is_that_of_each_group_alone():
    logits = torch.randn(9, generator=torch.Generator().manual_seed(0)) * 30
    group = torch.tensor([2, 0, 0, 2, 1, 0, 2, 2, 0])
    found = log_softmax(logits, group)
    for number in range(3):
        torch.testing.assert_close(found[group == number], logits[group == number].log_softmax(0))
    torch.testing.assert_close(
        log_softmax(torch.zeros(5), torch.zeros(5, dtype=torch.long)).exp(), torch.full((5,), 0.2)
    )


# -- choice -------------------------------------------------------------------------------------------------------
def choices(count: int, seed: int) -> dict[str, list]:
    """Which candidate repeats a word of the text? Two to four candidates."""
    draw = random.Random(seed)
    table = {"text": [], "ends": [], "right": []}
    for _ in range(count):
        words = draw.sample(WORDS, 6)
        number = draw.randrange(2, 5)
        right = draw.randrange(number)
        table["text"].append(f"the {words[0]} is near a {words[1]}")
        table["ends"].append([words[0] if i == right else words[2 + i] for i in range(number)])
        table["right"].append(right)
    return table


@pytest.fixture(scope="module")
def choosing():
    tables = {
        name: choices(rows, i) for i, (name, rows) in enumerate({"train": 200, "validation": 40, "test": 60}.items())
    }
    tasks = [Task("right", "choice", choices="ends")]
    return mk.Corpus.from_frames({name: pd.DataFrame(t) for name, t in tables.items()}, tasks=tasks)


def test_the_loss_of_a_choice_is_the_cross_entropy_over_each_rows_candidates(bert, choosing):
    model = mk.MultiTaskModel(bert, choosing.tasks)
    batch = first_batch(model, choosing.train)
    candidates = choosing.train.cells("ends")[:4]
    assert batch.input_ids.shape[0] == sum(map(len, candidates)), (
        "each candidate a row of the pass, the text alone none"
    )
    logits = model.outputs(batch)["right"].squeeze(-1).split([len(c) for c in candidates])
    truth = choosing.train.labels("right")[:4]
    expected = [-score.log_softmax(0)[t] for score, t in zip(logits, truth, strict=True)]
    assert float(model.losses(batch)) == pytest.approx(float(torch.stack(expected).mean()), rel=1e-5)
    text = model.tokenizer.decode(batch.input_ids[1], skip_special_tokens=True)
    assert text == f"{choosing.train.texts[0]} {candidates[0][1]}"


def test_a_choice_is_learnt_and_told_with_its_text(bert, choosing):
    model = trained(bert, choosing, steps=250)
    found = mk.evaluate(model, choosing.test)
    assert found.metric.tolist() == ["accuracy"] and found.rows.tolist() == [60]
    texts, ends = choosing.test.texts, choosing.test.cells("ends")
    told = model.predict(texts, choices={"right": ends})
    right = [
        answer["right"]["index"] == label for answer, label in zip(told, choosing.test.labels("right"), strict=True)
    ]
    assert np.mean(right) == pytest.approx(found.value[0]), "predict and evaluate read the same"
    assert all(a["right"]["label"] == e[a["right"]["index"]] for a, e in zip(told, ends, strict=True))
    assert found.value[0] > 0.6, "by chance about 0.36"
    assert model.predict(texts[:2]) == [{}, {}], "without candidates it isn't asked"


@pytest.mark.parametrize("cell, index", [(1, 1), ("1", 1), ("B", 1), ("a boat", 1), ("second", 1), (0.0, 0)])
def test_the_right_candidate_is_named_by_number_letter_text_or_column(cell, index):
    table = {"text": ["x", "x"], "first": ["a car"] * 2, "second": ["a boat"] * 2, "right": [cell, None]}
    task = Task("right", "choice", choices=("first", "second"))
    corpus = mk.Corpus.from_frames(frames(table, "train"), tasks=[task])
    assert corpus.train.labels("right") == [index, None]


@pytest.mark.parametrize(
    "change, message",
    [
        ({"right": [2]}, "column 'right', row 1 of train: '2' is none of the 2 candidates .a car, a boat.*from 0 to 1"),
        ({"ends": [["a car"]]}, "row 1 of train: a choice needs two candidates or more in 'ends', found .'a car'"),
    ],
)
def test_a_wrong_choice_is_named_with_its_row(change, message):
    table = {"text": ["x"], "ends": [["a car", "a boat"]], "right": [0]} | change
    with pytest.raises(ValueError, match=message):
        mk.Corpus.from_frames(frames(table, "train"), tasks=[Task("right", "choice", choices="ends")])


def test_a_choice_needs_its_candidates():
    with pytest.raises(ValueError, match="choices= names the columns of candidates"):
        Task("right", "choice")
    with pytest.raises(ValueError, match="There is no column 'endings'. Did you mean 'ends'"):
        mk.Corpus.from_frames(frames(choices(3, 0)), tasks=[Task("right", "choice", choices="endings")])


# -- span ---------------------------------------------------------------------------------------------------------
def questions(count: int, seed: int, filler: int = 4) -> dict[str, list]:
    """What stands behind the colour that is asked for? Contexts of about 9 + `filler` words."""
    draw = random.Random(seed)
    table = {"question": [], "context": [], "answers": []}
    for _ in range(count):
        colours, things = draw.sample(["red", "blue", "green"], 2), draw.sample(["car", "house", "boat", "tree"], 2)
        around = [draw.choice(["near", "old", "today", "a"]) for _ in range(filler)]
        cut = draw.randrange(filler + 1)
        middle = [*around[:cut], colours[0], things[0], "is", "not", colours[1], things[1], *around[cut:]]
        context = " ".join(middle)
        at = context.index(f"{colours[0]} {things[0]}") + len(colours[0]) + 1
        table["question"].append(f"the {colours[0]}")
        table["context"].append(context)
        table["answers"].append({"text": [things[0]], "answer_start": [at]})
    return table


def asking(filler: int = 4, train: int = 300, **settings) -> mk.Corpus:
    sizes = {"train": train, "validation": 40, "test": 60}
    tables = {name: pd.DataFrame(questions(rows, i, filler)) for i, (name, rows) in enumerate(sizes.items())}
    task = Task("answer", "span", column="answers", **settings)
    return mk.Corpus.from_frames(tables, tasks=[task], text=("question", "context"))


def test_the_loss_of_a_span_is_the_mean_of_two_cross_entropies_over_the_context(bert):
    corpus = asking()
    model = mk.MultiTaskModel(bert, corpus.tasks)
    batch = first_batch(model, corpus.train, size=1)
    start, end = model.outputs(batch)["answer"].unbind(1)
    context, label = corpus.train.texts[0][1], corpus.train.labels("answer")[0]
    words = context.split()
    assert len(start) == 1 + len(words), "a token a word here, and one before them"
    place = 1 + words.index(context[slice(*label[0])])
    expected = -(start.log_softmax(0)[place] + end.log_softmax(0)[place]) / 2
    assert float(model.losses(batch)) == pytest.approx(float(expected), rel=1e-5)


def test_a_span_is_learnt_and_told_by_its_place(bert):
    corpus = asking()
    model = trained(bert, corpus, steps=250)
    found = mk.evaluate(model, corpus.test).set_index("metric").value
    assert list(found.index) == ["f1", "exact"] and found["exact"] > 0.6, "a guess among things: at most a half"
    told = [answer["answer"] for answer in model.predict(corpus.test.texts)]
    exact = [t["text"] == c["text"][0] for t, c in zip(told, corpus.test.cells("answers"), strict=True)]
    assert np.mean(exact) == pytest.approx(found["exact"])
    for (_, context), answer in zip(corpus.test.texts, told, strict=True):
        assert context[answer["start"] : answer["end"]] == answer["text"] and 0 < answer["score"] <= 1
    assert model.predict(["the red car"]) == [{}], "a pair task isn't asked about a single text"


@pytest.mark.parametrize(
    "cell",
    [
        {"text": ["old car"], "answer_start": [4]},
        {"text": "old car", "answer_start": 4},
        {"start": 4, "end": 11},
        [{"start": 4, "end": 11, "text": "old car"}],
        [{"start": 3, "end": 12}],  # white space around it
        "old car",
    ],
)
def test_answers_are_read_in_every_form(cell):
    frame = pd.DataFrame({"text": ["the old car is near"], "answer": [cell]})
    corpus = mk.Corpus.from_frames({"train": frame}, tasks=[Task("answer", "span")])
    assert corpus.train.labels("answer") == [[(4, 11)]] and corpus.tasks[0].labels == ("answer",)


@pytest.mark.parametrize(
    "cell, message",
    [
        ({"text": ["old car"], "answer_start": [3]}, "row 1 of train: the answer 'old car' does not lie at 3 to 10"),
        ({"start": 4, "end": 99}, "does not lie at 4 to 99 of the context .19 characters."),
        ({"start": -2, "end": 3}, "does not lie at -2 to 3"),
        ("bike", "the answer 'bike' occurs 0 times in the context; give its place"),
        ("e", "the answer 'e' occurs 2 times"),
    ],
)
def test_an_answer_that_is_not_in_its_context_is_named_with_row_and_offset(cell, message):
    frame = pd.DataFrame({"text": ["the old car is near"], "answer": [cell]})
    with pytest.raises(ValueError, match=message):
        mk.Corpus.from_frames({"train": frame}, tasks=[Task("answer", "span")])


def test_a_question_may_have_no_answer(bert):
    """Half of the questions ask for a colour that the context hasn't."""
    table = pd.DataFrame(questions(300, 0))
    for row in range(0, 300, 2):
        table.at[row, "question"] = "the lamp"
        table.at[row, "answers"] = {"text": [], "answer_start": []}
    corpus = mk.Corpus.from_frames(
        frames(table), tasks=[Task("a", "span", column="answers")], text=("question", "context")
    )
    assert corpus.tasks[0].labels == ("answer", "none")
    model = trained(bert, corpus, steps=120)
    told = [answer["a"]["text"] for answer in model.predict(corpus.test.texts)]
    assert np.mean([text == "" for text in told[::2]]) > 0.9 and np.mean([text == "" for text in told[1::2]]) < 0.1


@pytest.mark.parametrize("blank", ["", None, float("nan")])
def test_an_empty_cell_among_answers_is_asked_about(blank):
    frame = pd.DataFrame({"text": ["the old car is near"] * 4, "answer": ["car", blank, "old car", blank]})
    with pytest.raises(
        ValueError, match=r"'answer': 2 of the 4 cells of column 'answer' in train are empty.*unlabelled"
    ):
        mk.Corpus.from_frames({"train": frame}, tasks=[Task("answer", "span")])
    told = {}
    for empty in ("no answer", "unlabelled"):
        corpus = mk.Corpus.from_frames({"train": frame}, tasks=[Task("answer", "span", empty=empty)])
        told[empty] = corpus.tasks[0].labels, corpus.train.labels("answer")
    assert told["no answer"] == (("answer", "none"), [[(8, 11)], [], [(4, 11)], []])
    assert told["unlabelled"] == (("answer",), [[(8, 11)], None, [(4, 11)], None])
    with pytest.raises(ValueError, match="empty is 'no answer' or 'unlabelled', found 'none'"):
        Task("answer", "span", empty="none")
    with pytest.raises(ValueError, match="'mood' is 'classification': empty is 'unlabelled', found 'no answer'"):
        Task("mood", "classification", empty="no answer")
    with pytest.raises(ValueError, match="'mood' is 'classification': threshold= is for span alone"):
        Task("mood", "classification", threshold=1.0)


@pytest.mark.parametrize(
    "none, old",
    [
        ([], [{"start": 4, "end": 7}]),
        ({"text": [], "answer_start": []}, {"text": ["old"], "answer_start": [4]}),
        ({"text": "", "answer_start": 4}, {"text": "old", "answer_start": 4}),
        ({"start": 4, "end": 4}, {"start": 4, "end": 7}),
        ({"start": None, "end": None}, {"start": 4, "end": 7}),
    ],
)
def test_an_empty_list_or_stretch_says_that_there_is_no_answer(none, old):
    frame = pd.DataFrame({"text": ["the old car"] * 3, "answer": [none, old, None]})
    corpus = mk.Corpus.from_frames({"train": frame}, tasks=[Task("answer", "span")])
    assert corpus.train.labels("answer") == [[], [(4, 7)], None] and corpus.tasks[0].labels == ("answer", "none")


def test_a_split_without_any_answer_is_unlabelled():
    frame = pd.DataFrame({"text": ["the old car"] * 2, "answer": ["old", ""]})
    hidden = frame.assign(answer=["", ""])
    task = Task("answer", "span", empty="no answer")
    corpus = mk.Corpus.from_frames({"train": frame, "test": hidden}, tasks=[task])
    assert corpus.test.labels("answer") == [None, None]


def test_merging_keeps_what_an_empty_cell_means():
    own = pd.DataFrame({"text": ["the old car", "the new car"], "answer": ["old", ""]})
    other = pd.DataFrame({"text": ["a boat", "a tree"], "thing": ["boat", "tree"]})
    answers = mk.Corpus.from_frames({"train": own}, tasks=[Task("answer", "span", empty="no answer")])
    merged = mk.Corpus.merge(
        [answers, mk.Corpus.from_frames({"train": other}, tasks=[Task("thing", "classification")])]
    )
    assert merged.train.labels("answer") == [[(4, 7)], [], None, None]


def half_without_answer(**settings):
    """Half of the questions ask for a colour that the context hasn't, and their cells are empty."""
    table = pd.DataFrame(questions(400, 0))
    table["answers"] = [cell["text"][0] for cell in table["answers"]]
    table.loc[::2, ["question", "answers"]] = ["the lamp", ""]
    task = Task("a", "span", column="answers", **settings)
    return mk.Corpus.from_frames(frames(table), tasks=[task], text=("question", "context"))


def test_questions_with_and_without_an_answer_are_judged_apart(bert):
    corpus = half_without_answer(empty="no answer")
    model = trained(bert, corpus, steps=120)
    found = mk.evaluate(model, corpus.test, bootstrap=20).set_index("metric")["value"]
    assert list(found.index) == ["f1", "exact", "has_answer_f1", "has_answer_exact", "no_answer_accuracy"]
    assert found["no_answer_accuracy"] > 0.9
    shares = np.mean([label == [] for label in corpus.test.labels("a")])
    both = (1 - shares) * found["has_answer_f1"] + shares * found["no_answer_accuracy"]
    assert found["f1"] == pytest.approx(both)


def test_a_threshold_chosen_on_validation_is_the_best_there_and_is_kept(bert, tmp_path):
    corpus = half_without_answer(empty="no answer")
    model = trained(bert, corpus, steps=40)

    def f1(threshold=None):
        if threshold is not None:
            model.tasks = tuple(dataclasses.replace(t, threshold=threshold) for t in model.tasks)
        return mk.evaluate(model, corpus.validation).set_index("metric")["value"]["f1"]

    before = f1()
    chosen = mk.choose_threshold(model, corpus.validation, "a")
    assert model.tasks[0].threshold == chosen
    best = f1()
    assert best >= before and all(f1(t) <= best + 1e-9 for t in np.linspace(chosen - 8, chosen + 8, 41))
    f1(50.0)
    assert all(answer["a"]["text"] == "" for answer in model.predict(corpus.test.texts[:8]))
    model.save(tmp_path / "model")
    assert mk.MultiTaskModel.load(tmp_path / "model").tasks[0].threshold == 50.0
    with pytest.raises(ValueError, match="Task 'answer' .span. always answers"):
        mk.choose_threshold(mk.MultiTaskModel(bert, asking().tasks), asking().validation, "answer")
    with pytest.raises(ValueError, match="no task 'b'. Known: a"):
        mk.choose_threshold(model, corpus.validation, "b")


def test_a_context_without_text_has_no_answer(bert):
    """The question is not taken for the context."""
    corpus = half_without_answer(empty="no answer")
    model = trained(bert, corpus, steps=5)
    for answer in model.predict([("the red", ""), ("the red", "a red car")])[:1]:
        assert answer.get("a", {"text": "", "start": None})["text"] == "", answer
    table = pd.DataFrame(questions(8, 0))
    table["answers"] = [cell["text"][0] for cell in table["answers"]]
    table.loc[::2, ["context", "answers"]] = ""
    task = Task("a", "span", column="answers", empty="no answer", pair=True)
    corpus = mk.Corpus.from_frames(frames(table), tasks=[task], text=("question", "context"))
    assert corpus.train.labels("a")[0] == []
    table.loc[0, "answers"] = "red"
    with pytest.raises(ValueError, match="row 1 of .*'red' occurs 0 times in the context"):
        mk.Corpus.from_frames(frames(table), tasks=[task], text=("question", "context"))


def test_span_metrics_are_squads():
    assert normal("The  old-Car, today!") == "oldcar today"
    assert word_f1("the old red car", "a red car today") == pytest.approx(2 / 3)
    task = Task("a", "span", labels=["answer"])
    found = task.metrics([("Red Car", ["a boat", "the red car."]), ("tree", ["old tree"]), ("", [""]), ("x", [""])])
    assert found == {"f1": pytest.approx((1 + 2 / 3 + 1 + 0) / 4), "exact": 0.5}
    task = Task("a", "span", labels=["answer", "none"])
    found = task.metrics([("Red Car", ["the red car."]), ("tree", ["old tree"]), ("", [""]), ("x", [""]), ("", ["y"])])
    assert found == {
        "f1": pytest.approx((1 + 2 / 3 + 1) / 5),
        "exact": 0.4,
        "has_answer_f1": pytest.approx((1 + 2 / 3) / 3),
        "has_answer_exact": pytest.approx(1 / 3),
        "no_answer_accuracy": 0.5,
    }


# -- windows over long texts --------------------------------------------------------------------------------------
def test_no_answer_of_a_long_context_is_lost(bert):
    """Contexts of some 100 words, the encoder reads 48 tokens: the answer may lie anywhere."""
    corpus = asking(filler=100)
    with pytest.warns(
        UserWarning, match="300 of 300 texts in train are longer than the 48 tokens.*windows that share 12"
    ):
        model = trained(bert, corpus, steps=300, batch_size=32)
    with pytest.warns(UserWarning, match="longer"):
        tokenized = model.tokenize(corpus.test)
    assert len(tokenized) > 3 * 60 and (tokenized.lengths <= 48).all()
    read = 0
    for batch in evaluation_batches(tokenized, model.tasks, 8):
        target = batch.targets["answer"]
        group, start, end = target.labels.unbind(1)
        assert (torch.bincount(group, start) == 1).all() and (torch.bincount(group, end) == 1).all()
        answers = {r for r in range(len(batch.index)) if bool(start[target.rows == r][1:].any())}
        read += len(set(tokenized.row[batch.index[sorted(answers)]]))
        texts = tokenized.row[batch.index]
        assert all((tokenized.row == t).sum() == (texts == t).sum() for t in texts), "a text's windows lie together"
    assert read == 60, "each answer is whole in a window"
    with pytest.warns(UserWarning, match="longer"):
        found = mk.evaluate(model, corpus.test).set_index("metric").value
        told = [answer["answer"] for answer in model.predict(corpus.test.texts)]
    exact = [t["text"] == c["text"][0] for t, c in zip(told, corpus.test.cells("answers"), strict=True)]
    assert np.mean(exact) == pytest.approx(found["exact"]) and found["exact"] > 0.5
    for (_, context), answer in zip(corpus.test.texts, told, strict=True):
        assert context[answer["start"] : answer["end"]] == answer["text"]


def test_each_word_of_a_long_text_is_tagged_once(bert):
    table = toy.rows(40, 0)
    long = {"words": [], "tags": [], "text": []}
    for i in range(0, 40, 8):
        for name in ("words", "tags"):
            long[name].append(list(itertools.chain(*table[name][i : i + 8])))
        long["text"].append(" ".join(long["words"][-1]))
    tasks = [Task("tags", "tagging", words="words"), Task("mlm", "mlm")]
    corpus = mk.Corpus.from_frames(frames(long), tasks=tasks[:1]).with_tasks(tasks[1:])
    with pytest.warns(UserWarning, match="others the first window"):
        model = trained(bert, corpus, steps=150, batch_size=4)
        tokenized = model.tokenize(corpus.test)
    batches = list(evaluation_batches(tokenized, model.tasks, 8))
    tagged = sum(len(batch.targets["tags"].rows) for batch in batches)
    assert tagged == sum(map(len, long["words"])), "each word once, in the window with more around it"
    assert tokenized.labels["mlm"].count(True) == 5, "language modelling reads first windows"
    with pytest.warns(UserWarning, match="longer"):
        found = mk.evaluate(model, corpus.test).set_index(["task", "metric"])
        told = model.predict(long["text"], tasks=["tags"])
    assert found.loc[("tags", "f1"), "rows"] == 5, "metrics count texts, not windows"
    assert found.loc[("tags", "f1"), "value"] > 0.9
    for words, tags, answer in zip(long["words"], long["tags"], told, strict=True):
        said = [s["text"] for s in answer["tags"]["spans"]]
        things = [w for w, t in zip(words, tags, strict=True) if t != "O"]
        assert abs(len(said) - len(things)) <= 0.1 * len(things), "entities from beginning to end"


def test_windows_change_nothing_where_texts_are_short(bert):
    corpus = toy.corpus(["tags", "colour"])
    model = mk.MultiTaskModel(bert, corpus.tasks)
    tokenized = model.tokenize(corpus.test)
    assert len(tokenized) == 40 and tokenized.row.tolist() == list(range(40))


def test_a_question_that_leaves_no_room_for_its_context_is_cut_with_a_warning(bert):
    questions, contexts = ["red " * 60, "which car"], ["blue " * 60 + "boat", "the old car"]
    answers = [{"start": 300, "end": 304}, {"start": 8, "end": 11}]
    frame = pd.DataFrame({"q": questions, "c": contexts, "a": answers})
    corpus = mk.Corpus.from_frames({"train": frame, "test": frame}, tasks=[Task("a", "span")], text=("q", "c"))
    with pytest.warns(UserWarning, match="Of 1 text pairs the first leaves less than 12 of 48 tokens"):
        model = trained(bert, corpus)
    with pytest.warns(UserWarning, match="of the first is not read"):
        told = model.predict(list(zip(questions, contexts, strict=True)))
    assert [a["a"]["text"] for a in told] == ["boat", "car"], "the context is read to its end"


# -- language models ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_causal_modelling_is_that_of_the_transformers_model(writer, kind):
    encoder = writer(kind)
    corpus = mk.Corpus.from_frames(frames({"text": ["the red car is old", "a boat"]}), tasks=[Task("clm", "clm")])
    model = mk.MultiTaskModel(encoder, corpus.tasks)
    batch = first_batch(model, corpus.train)
    labels = batch.input_ids.masked_fill(batch.attention_mask == 0, -100)
    with torch.no_grad():
        reference = encoder.backbone(input_ids=batch.input_ids, attention_mask=batch.attention_mask, labels=labels)
        assert float(model.losses(batch)) == pytest.approx(float(reference.loss), rel=1e-5)
    assert batch.input_ids.shape[0] == 2, "no row of the pass but the texts"
    told = model.predict(["the red car"])[0]["clm"]["next"]
    ids = encoder.tokenizer("the red car", return_tensors="pt")["input_ids"]
    with torch.no_grad():
        best = int(encoder.backbone(input_ids=ids).logits[0, -1].argmax())
    assert told[0]["token"] == encoder.tokenizer.convert_ids_to_tokens(best)


@pytest.mark.parametrize("prompt", ["", "is red near"])
@pytest.mark.parametrize("kind", ["t5", "bart"])
def test_what_a_decoder_is_taught_is_what_transformers_teaches(writer, kind, prompt):
    encoder = writer(kind)
    table = {"text": ["the red car is old", "a boat", "a lamp"], "reply": ["the old car", None, "today a lamp near"]}
    corpus = mk.Corpus.from_frames(frames(table), tasks=[Task("reply", "generation", prompt=prompt)])
    model = mk.MultiTaskModel(encoder, corpus.tasks)
    batch = first_batch(model, corpus.train)
    inputs = encoder.tokenizer([table["text"][0], table["text"][2]], padding=True, return_tensors="pt")
    answers = [encoder.tokenizer(t, add_special_tokens=False)["input_ids"] + [3] for t in table["reply"] if t]
    width = max(map(len, answers))
    begin = encoder.tokenizer(prompt, add_special_tokens=False)["input_ids"]
    labels = torch.tensor([[-100] * len(begin) + a + [-100] * (width - len(a)) for a in answers])
    said = torch.tensor([[encoder.decoder_start, *begin, *a[:-1], *[0] * (width - len(a))] for a in answers])
    with torch.no_grad():
        reference = encoder.backbone(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            labels=labels,
            decoder_input_ids=said,
        )
        assert float(model.losses(batch)) == pytest.approx(float(reference.loss), rel=1e-5)


@pytest.mark.parametrize("prompt", ["", "is red near"])
def test_a_decoder_is_taught_to_go_on_after_the_text_and_the_prompt(writer, prompt):
    encoder = writer("gpt2")
    table = {"text": ["the red car is old", "a boat"], "reply": ["the old car", "a lamp"]}
    corpus = mk.Corpus.from_frames(frames(table), tasks=[Task("reply", "generation", prompt=prompt)])
    model = mk.MultiTaskModel(encoder, corpus.tasks)
    batch = first_batch(model, corpus.train)
    assert [encoder.tokenizer.decode(i, skip_special_tokens=True) for i in batch.input_ids] == [
        f"the red car is old {prompt} the old car".replace("  ", " "),
        f"a boat {prompt} a lamp".replace("  ", " "),
    ]
    losses = []
    for text, reply in zip(table["text"], table["reply"], strict=True):
        begin = encoder.tokenizer(prompt, add_special_tokens=False)["input_ids"]
        head = encoder.tokenizer(text)["input_ids"] + begin
        tail = encoder.tokenizer(reply, add_special_tokens=False)["input_ids"] + [3]
        with torch.no_grad():
            logits = encoder.backbone(input_ids=torch.tensor([head + tail])).logits[0, len(head) - 1 : -1]
        losses.append(torch.nn.functional.cross_entropy(logits, torch.tensor(tail), reduction="none"))
    assert float(model.losses(batch)) == pytest.approx(float(torch.cat(losses).mean()), rel=1e-5)


@pytest.mark.parametrize("kind", WRITERS)
def test_a_task_that_writes_learns_beside_one_that_sorts_and_survives_saving(writer, kind, tmp_path):
    table = toy.rows(64, 0)
    table = {"text": table["text"], "colour": table["colour"], "reply": [f"a {c} lamp" for c in table["colour"]]}
    tasks = [Task("colour", "classification"), Task("reply", "generation")]
    corpus = mk.Corpus.from_frames(frames(table), tasks=tasks)
    model = trained(writer(kind), corpus, steps=120, lr=1e-2, head_lr=1e-2)
    told = model.predict(table["text"][:20], max_new_tokens=8)
    assert np.mean([a["reply"]["text"] == r for a, r in zip(told, table["reply"], strict=False)]) > 0.8
    assert np.mean([a["colour"]["label"] == c for a, c in zip(told, table["colour"], strict=False)]) > 0.8
    found = mk.evaluate(model, corpus.test).set_index(["task", "metric"]).value
    assert found["reply", "exact"] > 0.8 and found["reply", "chrf"] > 0.9 and found["reply", "unfinished"] < 0.1
    assert found["reply", "token_accuracy"] > 0.9 and 1 <= found["reply", "perplexity"] < 2
    model.save(tmp_path / "saved")
    again = mk.MultiTaskModel.load(tmp_path / "saved")
    assert again.predict(table["text"][:5], max_new_tokens=8) == told[:5]
    beams = model.predict(table["text"][:5], tasks=["reply"], beams=3, max_new_tokens=8)
    assert all(set(answer) == {"reply"} for answer in beams)


@pytest.mark.parametrize("kind", ["gpt2", "t5"])
def test_greedy_and_beam_answers_are_those_of_transformers(writer, kind):
    encoder = writer(kind)
    model = mk.MultiTaskModel(encoder, [Task("reply", "generation", prompt="")])
    texts = ["the red car is old", "a boat"]
    for beams in (1, 3):
        told = [a["reply"]["text"] for a in model.predict(texts, beams=beams, max_new_tokens=6)]
        for text, answer in zip(texts, told, strict=True):
            ids = encoder.tokenizer(text, return_tensors="pt")["input_ids"]
            options = {
                "num_beams": beams,
                "max_new_tokens": 6,
                "do_sample": False,
                "pad_token_id": 0,
                "eos_token_id": 3,
            }
            if kind == "t5":
                options["decoder_start_token_id"] = 0
            with torch.no_grad():
                written = encoder.backbone.generate(input_ids=ids, attention_mask=torch.ones_like(ids), **options)
            written = written[0] if kind == "t5" else written[0, ids.shape[1] :]
            assert answer == encoder.tokenizer.decode(written, skip_special_tokens=True).strip()


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_an_answer_that_leaves_no_room_for_the_text_is_refused(writer, kind):
    model = mk.MultiTaskModel(writer(kind), [Task("reply", "generation", prompt="is red near")])
    longest, texts = model.encoder.max_length, ["the red car is old"]
    most = longest - 2 - len(model.tokenizer("is red near", add_special_tokens=False)["input_ids"])
    for tokens in (most + 1, longest, 2 * longest):
        said = f"max_new_tokens={tokens} leaves no room .* {longest} tokens.*at most {most}"
        with pytest.raises(ValueError, match=said):
            model.predict(texts, max_new_tokens=tokens)
    assert set(model.predict(texts, max_new_tokens=most)[0]) == {"reply"}


@pytest.mark.parametrize("kind", WRITERS)
def test_two_tasks_that_write_are_told_apart(writer, kind, tmp_path):
    """Each gave the answer of the other where nothing told the decoder which it answers."""
    table = toy.rows(64, 0)
    things = [words[2] for words in table["words"]]
    table = {"text": table["text"], "colour": table["colour"], "thing": things}
    tasks = [Task("colour", "generation", prompt="near"), Task("thing", "generation", prompt="old")]
    corpus = mk.Corpus.from_frames(frames(table), tasks=tasks)
    model = trained(writer(kind), corpus, steps=300, lr=1e-2, head_lr=1e-2)
    found = mk.evaluate(model, corpus.test).set_index(["task", "metric"]).value
    assert found["colour", "exact"] > 0.9 and found["thing", "exact"] > 0.6
    told = model.predict(table["text"][:20], max_new_tokens=4)
    model.save(tmp_path / "saved")
    assert mk.MultiTaskModel.load(tmp_path / "saved").predict(table["text"][:20], max_new_tokens=4) == told


def test_two_tasks_with_one_prompt_are_refused(writer):
    tasks = [Task("colour", "generation", prompt="say it:"), Task("thing", "generation", prompt="say it: ")]
    with pytest.raises(ValueError, match="'colour' and 'thing' write after the prompts 'say it:' and 'say it:', which"):
        mk.MultiTaskModel(writer("t5"), tasks)
    tasks = [Task("a", "generation", prompt="1"), Task("b", "generation", prompt="2")]  # no word of the tokenizer's
    with pytest.raises(ValueError, match="'a' and 'b' write after the prompts '1' and '2', which are the same to the"):
        mk.MultiTaskModel(writer("t5"), tasks)
    with pytest.raises(ValueError, match="Task 'a' is 'classification': prompt= is for generation alone"):
        Task("a", "classification", prompt="say it:")


def test_an_answer_that_is_cut_off_says_so_and_is_counted(writer):
    table = {"text": ["the red car", "a boat"], "reply": ["the old car is red", "a lamp near the tree"]}
    corpus = mk.Corpus.from_frames(frames(table), tasks=[Task("reply", "generation")])
    model = mk.MultiTaskModel(writer("t5"), corpus.tasks)
    told = [answer["reply"] for answer in model.predict(table["text"], max_new_tokens=3)]
    assert [answer["finished"] for answer in told] == [False, False]
    assert mk.evaluate(model, corpus.test).set_index("metric").value["unfinished"] == 1
    model = trained(model.encoder, corpus, steps=60, lr=1e-2)
    told = [answer["reply"] for answer in model.predict(table["text"])]
    assert told == [{"text": text, "finished": True} for text in table["reply"]]
    assert mk.evaluate(model, corpus.test).set_index("metric").value["unfinished"] == 0


def test_what_is_written_is_judged_not_the_next_token_alone(writer):
    """Errors of a training that is not at its end: the list, the metrics and the answers agree."""
    table = toy.rows(60, 0)
    table = {"text": table["text"], "reply": [" ".join(words[1:3]) for words in table["words"]]}
    corpus = mk.Corpus.from_frames(frames(table), tasks=[Task("reply", "generation")])
    model = trained(writer("t5"), corpus, steps=60, lr=1e-2, head_lr=1e-2)
    found = mk.evaluate(model, corpus.test, bootstrap=200).set_index("metric")
    told = [a["reply"]["text"] for a in model.predict(corpus.test.texts, max_new_tokens=6)]
    right = [a == b for a, b in zip(told, table["reply"], strict=True)]
    assert 0 < found.value["exact"] < 1 and found.value["exact"] == pytest.approx(np.mean(right))
    assert found.value["chrf"] == pytest.approx(CHRF().corpus_score(told, [table["reply"]]).score / 100)
    assert found.low["exact"] < found.value["exact"] < found.high["exact"]
    wrong = mk.worst_errors(model, corpus.test, "reply", n=100)
    assert sorted(wrong.row) == [i for i, good in enumerate(right) if not good]
    assert wrong.answer.tolist() == [told[row] for row in wrong.row]


def test_a_validation_writes_some_answers_and_an_evaluation_all(writer, monkeypatch):
    table = toy.rows(150, 0)
    table = {"text": table["text"], "reply": table["colour"]}
    corpus = mk.Corpus.from_frames(frames(table, "train", "validation"), tasks=[Task("reply", "generation")])
    model = mk.MultiTaskModel(writer("t5"), corpus.tasks)
    run = mk.Run(model, corpus, steps=1, validate=1)
    seen = []
    write = type(corpus.tasks[0].spec).write
    monkeypatch.setattr(
        type(corpus.tasks[0].spec),
        "write",
        lambda self, e, rows, *a, **k: seen.append(len(rows)) or write(self, e, rows, *a, **k),
    )
    next(run)
    assert sum(seen) == 64 and set(run.history.metrics().metric) >= {"chrf", "exact", "unfinished", "perplexity"}
    seen.clear()
    mk.evaluate(model, corpus.validation)
    assert sum(seen) == 150


@given(st.text(alphabet="abc é", max_size=12), st.text(alphabet="abc é", min_size=1, max_size=12))
def test_chrf_is_that_of_sacrebleu(said, right):
    ours = chrf(np.array(chrf_counts(said, right), dtype=float))
    assert float(ours) == pytest.approx(CHRF().corpus_score([said], [[right]]).score / 100, abs=1e-9)


def test_corrupted_spans_are_those_that_are_written():
    ids = list(range(100, 140))
    marks = list(range(8))
    for seed in range(20):
        read, written = corrupt(ids, marks, torch.Generator().manual_seed(seed))
        spans: dict[int, list[int]] = {}
        for token in written:
            spans.setdefault(token, []) if token in marks else spans[list(spans)[-1]].append(token)
        assert sum(map(len, spans.values())) == 6, "15 % of 40 tokens"
        assert list(spans) == [token for token in read if token in marks] == [0, 1], "in spans of three on average"
        filled = [t for token in read for t in (spans[token] if token in marks else [token])]
        assert filled == ids
    places = {corrupt(ids[:5], marks, torch.Generator().manual_seed(seed))[0].index(0) for seed in range(100)}
    assert places == {0, 1, 2, 3, 4}, "any place of a text may be hidden, its ends too"
    two = {str(corrupt([5, 6], marks, torch.Generator().manual_seed(seed))) for seed in range(20)}
    assert two == {"([5, 0], [0, 6])", "([0, 6], [0, 5])"}, "one of two tokens is left"


def test_span_corruption_reads_copies_and_learns(writer):
    encoder = writer("t5")
    table = {"text": toy.rows(96, 0)["text"], "colour": toy.rows(96, 0)["colour"]}
    tasks = [Task("colour", "classification"), Task("gaps", "span_corruption")]
    corpus = mk.Corpus.from_frames(frames(table), tasks=tasks)
    model = mk.MultiTaskModel(encoder, corpus.tasks)
    batch = first_batch(model, corpus.train)
    marks = torch.tensor(sentinels(encoder.tokenizer))
    assert batch.input_ids.shape[0] == 8 and not torch.isin(batch.input_ids[:4], marks).any(), (
        "colour reads texts whole"
    )
    assert torch.isin(batch.input_ids[4:], marks).any(1).all()
    first = mk.evaluate(model, corpus.test).set_index(["task", "metric"]).value["gaps", "perplexity"]
    model = trained(encoder, corpus, steps=60, lr=1e-2)
    assert mk.evaluate(model, corpus.test).set_index(["task", "metric"]).value["gaps", "perplexity"] < first / 4
    assert set(model.predict(["a red car"])[0]) == {"colour"}, "it is trained, not asked"


def test_a_model_that_knows_nothing_guesses_among_its_words():
    for kind in ("clm", "span_corruption", "generation"):
        loss = KINDS[kind].loss(torch.zeros(5, 40), torch.arange(5))
        assert float(loss) == pytest.approx(math.log(40))


@pytest.mark.parametrize(
    "kind, family, message",
    [
        ("clm", "t5", "'clm' is for the family 'decoder', and .* is of 'encoder-decoder'"),
        ("span_corruption", "gpt2", "'span_corruption' is for the family 'encoder-decoder', and .* is of 'decoder'"),
    ],
)
def test_a_task_of_another_family_is_refused(writer, kind, family, message):
    with pytest.raises(ValueError, match=message):
        mk.MultiTaskModel(writer(family), [Task("t", kind)])


def test_an_encoder_writes_nothing(bert):
    with pytest.raises(ValueError, match="Task 'reply': the tokenizer of .* has no token to end an answer with"):
        mk.MultiTaskModel(bert, [Task("reply", "generation")])


# -- several corpora as one ---------------------------------------------------------------------------------------
def test_corpora_of_all_kinds_become_one():
    """Pairs with spans, texts with candidates, texts with replies."""
    ask, choose = asking(train=20), choices(20, 0)
    chosen = mk.Corpus.from_frames(frames(choose), tasks=[Task("right", "choice", choices="ends")], name="choices")
    table = {"text": ["a red car"] * 4, "reply": ["a boat", None, "a tree", "a lamp"]}
    replies = mk.Corpus.from_frames(frames(table), tasks=[Task("reply", "generation")], name="replies")
    merged = mk.Corpus.merge([ask, chosen, replies], names=["asking", "choices", "replies"])
    assert merged.counts() == {"answer": 20, "right": 20, "reply": 3}
    for part, task in ((ask, "answer"), (chosen, "right"), (replies, "reply")):
        found = [label for label in merged.train.labels(task) if label is not None]
        assert found == [label for label in part.train.labels(task) if label is not None]
    assert merged.train.choices("right")[20:40] == chosen.train.choices("right")


def test_a_merged_corpus_of_spans_and_choices_trains(bert):
    ask, choose = asking(train=20), choices(20, 0)
    chosen = mk.Corpus.from_frames(frames(choose), tasks=[Task("right", "choice", choices="ends")])
    merged = mk.Corpus.merge([ask, chosen], names=["asking", "choices"])
    model = trained(bert, merged, steps=6)
    assert set(mk.evaluate(model, merged.test).task) == {"answer", "right"}


def test_answers_with_their_places_are_found_by_themselves(capsys):
    tables = {"train": pd.DataFrame(questions(20, 0))}
    corpus = mk.Corpus.from_frames(tables, tasks="auto", text=("question", "context"))
    assert [(t.name, t.kind) for t in corpus.tasks] == [("answers", "span")]
    assert "answers: span, the places of answers in the text" in capsys.readouterr().out


# -- measured alike, whatever the kind and the family ---------------------------------------------------------------
CELLS = {  # kind → what a row about a colour and a thing says; a kind that is not here reads a number from 1 to 3
    "classification": lambda colour, thing: colour,
    "regression": lambda colour, thing: float(len(colour)),
    "multilabel": lambda colour, thing: [colour, thing],
    "tagging": lambda colour, thing: ["O", "B-colour", "B-thing", "O", "O"],
    "span": lambda colour, thing: thing,
    "choice": lambda colour, thing: ["car", "boat", "tree"].index(thing),
    "generation": lambda colour, thing: "red",
}


def about_things(kind: str) -> mk.Corpus:
    """24 rows with one task of a kind, the same to learn from and to be measured on."""
    cell = CELLS.get(kind, lambda colour, thing: len(colour) - 2)
    seen = list(itertools.product(["red", "blue", "green"], ["car", "boat", "tree"])) * 3
    table = {"text": [f"the {colour} {thing} is here" for colour, thing in seen]}
    table |= {"answer": [cell(*pair) for pair in seen], "ends": [["car", "boat", "tree"]] * len(seen)}
    table["words"] = [text.split() for text in table["text"]]
    task = Task("answer", kind, **{"choice": {"choices": "ends"}, "tagging": {"words": "words"}}.get(kind, {}))
    if task.spec.needs_column:
        return mk.Corpus.from_frames(frames(table, "train", "validation"), tasks=[task])
    other = Task("other", "regression", column="size")
    corpus = mk.Corpus.from_frames(frames(table | {"size": [1.0] * len(seen)}, "train", "validation"), tasks=[other])
    return corpus.with_tasks([task]).only(["answer"])


@pytest.mark.parametrize("family", ["bert", "gpt2", "t5"])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_duel_measures_what_evaluate_measures(kind, family, bert, writer):
    corpus = about_things(kind)
    try:
        model = mk.MultiTaskModel(bert if family == "bert" else writer(family), corpus.tasks)
    except ValueError as error:
        pytest.skip(str(error))  # a kind that this family does not do
    a = mk.Run(model, corpus, steps=15, batch_size=9, lr=1e-2, validate=None)
    duel = Lockstep(a, a.clone(mk.Fixed(0.5)))
    while duel.step():
        pass
    told = duel.scores()["answer"]
    for run, value in zip(duel.runs.values(), told, strict=True):
        assert value == mk.evaluate(run.model, corpus.validation).value[0]
    if kind == "generation":
        assert min(told) > 0.4, "the same answer to all is learnt: two zeros would be alike, too"
