"""A toy corpus and a toy BERT in the Hub's layout: small enough that a test trains in a second."""

import random
from functools import cache
from pathlib import Path

import mtlkit as mk

COLOURS = ["red", "blue", "green"]
THINGS = ["car", "house", "boat", "tree", "lamp"]

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
FAMILIES = {  # model type → what makes it small, and what reads the text
    "bert": (SMALL, "encoder"),
    "roberta": (SMALL | {"pad_token_id": 0}, "encoder"),
    "distilbert": ({"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64}, "encoder"),
    "electra": (SMALL | {"embedding_size": 16}, "encoder"),
    "deberta-v2": (SMALL | {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]}, "encoder"),
    "modernbert": (SMALL | {"pad_token_id": 0, "global_attn_every_n_layers": 2, "local_attention": 8}, "encoder"),
    "gpt2": ({"n_embd": 32, "n_layer": 2, "n_head": 4}, "decoder"),
    "llama": (SMALL | {"num_key_value_heads": 2}, "decoder"),
    "qwen2": (SMALL | {"num_key_value_heads": 2}, "decoder"),
    "t5": ({"d_model": 32, "num_layers": 2, "num_heads": 4, "d_ff": 64, "d_kv": 8}, "encoder-decoder"),
    "bart": (
        {"d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64}
        | {"encoder_attention_heads": 4, "decoder_attention_heads": 4, "pad_token_id": 0},
        "encoder-decoder",
    ),
}


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
    import torch
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
    with torch.random.fork_rng():  # the same weights, whatever test asks first
        torch.manual_seed(0)
        BertForMaskedLM(config).save_pretrained(folder)
    return str(folder)


def family_folder(kind: str, bert: str, folder: Path) -> Path:
    """A random small model of a family in the Hub's layout, written to `folder`; its tokenizer is that of `bert`."""
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(bert)
    settings, reads = FAMILIES[kind]
    config = transformers.AutoConfig.for_model(kind, vocab_size=len(tokenizer) + 8, **settings)  # Qwen adds a mark
    written = {"encoder": "AutoModel", "decoder": "AutoModelForCausalLM", "encoder-decoder": "AutoModelForSeq2SeqLM"}
    torch.manual_seed(0)
    getattr(transformers, written[reads]).from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
