"""A toy corpus and a toy BERT in the Hub's layout: small enough that a test trains in a second."""

import random
from functools import cache
from pathlib import Path

import mtlkit as mk

COLOURS = ["red", "blue", "green"]
THINGS = ["car", "house", "boat", "tree", "lamp"]


def rows(count: int, seed: int) -> dict[str, list]:
    """Texts such as "the red car is not old near a boat": colour, age, length, things, whether it is old."""
    draw = random.Random(seed)
    table = {k: [] for k in ("text", "colour", "size", "things", "words", "tags", "old", "rare")}
    for i in range(count):
        colour, thing, other = draw.choice(COLOURS), draw.choice(THINGS), draw.choice(THINGS)
        old = draw.random() < 0.5
        words = ["the", colour, thing, "is", *([] if old else ["not"]), "old", "near", "a", other]
        words += ["today"] * draw.randrange(4)
        table["text"].append(" ".join(words))
        table["colour"].append(colour)
        table["size"].append(float(len(words)) * 10)
        table["things"].append([thing, other] if thing != other else [thing])
        table["words"].append(words)
        table["tags"].append(["B-thing" if w in THINGS else "O" for w in words])
        table["old"].append("yes" if old else "no")
        table["rare"].append(("yes" if old else "no") if i % 10 == 0 else None)
    return table


def corpus(tasks=("colour", "size", "things", "tags", "old", "rare"), train: int = 96) -> mk.Corpus:
    import pandas as pd

    kinds = {"size": "regression", "things": "multilabel", "tags": "tagging"}
    made = [
        mk.Task(name, kinds.get(name, "classification"), words="words" if name == "tags" else None) for name in tasks
    ]
    frames = {"train": rows(train, 0), "validation": rows(40, 1), "test": rows(40, 2)}
    return mk.Corpus.from_frames({n: pd.DataFrame(f) for n, f in frames.items()}, tasks=made)


@cache
def encoder_folder(tmp: str) -> str:
    """A random BERT of two layers, 32 wide, with a WordPiece tokenizer, in the Hub's layout."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

    folder = Path(tmp) / "toy-bert"
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(rows(200, 3)["text"], trainers.WordPieceTrainer(special_tokens=marks, vocab_size=200))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), marks, strict=True))
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=48, **names).save_pretrained(folder)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=48,
        attention_probs_dropout_prob=0.0,
    )
    BertForMaskedLM(config).save_pretrained(folder)
    return str(folder)
