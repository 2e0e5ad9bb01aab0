"""Pretrain a small encoder on support tickets, with the kit's own Run: ``python data/encoders/pretrain.py bert-tiny``,
or ``gpt-tiny``, or ``t5-tiny``.

The tasks: masked language modelling; causal modelling; span corruption, with writing the text again beside it, as from
span corruption alone the decoder of a T5 this small hardly learns to look at what the encoder read. Texts come from the
generator's stream, which holds no sentence of helpdesk's validation or test part. Writes the folder of that name beside
this file, in the Hub's layout, and its loss curve; `worth.py` writes the rest of its card.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import mtlkit as mk

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "generate"))

from helpdesk import stream  # noqa: E402 - the generator is a script beside the data, not a part of the package

LENGTH = 128  # the longest text that the encoder reads, in tokens
KINDS = {"bert-tiny": "mlm", "gpt-tiny": "clm", "t5-tiny": "span_corruption"}
COPY = mk.Task("copy", "generation", column="text")
NO_DROPOUT = 0.0  # a small encoder and fresh texts: there is nothing to overfit to


def train_tokenizer(name: str, texts, size: int):
    """A tokenizer of `size` tokens, of the kind that the big model has: WordPiece, byte-level BPE, Unigram."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    if name == "bert-tiny":
        marks = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
        marks |= {"mask_token": "[MASK]"}
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        kind, single, pair = trainers.WordPieceTrainer, "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"
        used, more = ("[CLS]", "[SEP]"), []
    elif name == "gpt-tiny":
        marks = {"pad_token": "<|pad|>", "eos_token": "<|endoftext|>", "sep_token": "<|sep|>"}
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        kind, single, pair, used, more = trainers.BpeTrainer, "$A", "$A <|sep|> $B", ("<|sep|>",), []
    else:
        marks = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizers.NFKC()
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        tokenizer.decoder = decoders.Metaspace()
        kind, single, pair, used = trainers.UnigramTrainer, "$A </s>", "$A </s> $B </s>", ("</s>",)
        # blanks around a mark are the mark's, as in T5: otherwise they would be tokens of their own
        more = [AddedToken(f"<extra_id_{i}>", lstrip=True, rstrip=True, special=True) for i in range(20)]
    special = {"special_tokens": [*marks.values(), *more], "vocab_size": size, "show_progress": False}
    if kind is trainers.UnigramTrainer:
        special |= {"unk_token": "<unk>", "n_sub_iterations": 4}  # with its default of 2, "▁I" isn't one token
    if kind is trainers.BpeTrainer:
        special["initial_alphabet"] = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(texts, kind(**special))
    tokenizer.post_processor = processors.TemplateProcessing(
        single=single, pair=pair, special_tokens=[(mark, tokenizer.token_to_id(mark)) for mark in used]
    )
    extra = {"additional_special_tokens": more} if more else {}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=LENGTH, **marks, **extra)


def architecture(name: str, tokenizer):
    """Two layers, 128 wide, 4 heads; for t5-tiny two layers on either side."""
    from transformers import BertConfig, GPT2Config, T5Config

    known = {"vocab_size": len(tokenizer), "pad_token_id": tokenizer.pad_token_id}
    if name == "bert-tiny":
        size = {"hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 512}
        # with dropout on attention the CPU's attention is twice as slow
        still = {"attention_probs_dropout_prob": 0.0, "hidden_dropout_prob": NO_DROPOUT}
        return BertConfig(max_position_embeddings=LENGTH, **known, **size, **still)
    end = {"eos_token_id": tokenizer.eos_token_id}
    if name == "gpt-tiny":
        still = dict.fromkeys(("attn_pdrop", "resid_pdrop", "embd_pdrop"), NO_DROPOUT)
        size = {"n_embd": 128, "n_layer": 2, "n_head": 4, "n_positions": LENGTH}
        return GPT2Config(bos_token_id=tokenizer.eos_token_id, **known, **end, **size, **still)
    size = {"d_model": 128, "d_kv": 32, "d_ff": 512, "num_layers": 2, "num_decoder_layers": 2, "num_heads": 4}
    return T5Config(decoder_start_token_id=tokenizer.pad_token_id, dropout_rate=NO_DROPOUT, **known, **end, **size)


def blank_encoder(name: str, tokenizer, folder: Path):
    """The architecture with random weights, by way of a folder in the Hub's layout."""
    architecture(name, tokenizer).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return mk.load_encoder(folder, pretrained=False, seed=0)


def set_dropout(config) -> None:
    """As it is usual for fine-tuning."""
    for setting in ("hidden_dropout_prob", "resid_pdrop", "embd_pdrop", "dropout_rate"):
        if hasattr(config, setting):
            setattr(config, setting, 0.1)


def corpus_of(rows: int, seed: int, kind: str = "mlm", end: str = ""):
    """The stream's texts and pairs as a corpus with one task, span corruption with a second; `end` closes each."""
    import pandas as pd

    def frame(rows, seed):
        texts = list(stream(rows, seed=seed, answers=0.25))
        pairs = [(t + end, None) if isinstance(t, str) else (t[0], t[1] + end) for t in texts]
        return pd.DataFrame(pairs, columns=["text", "answer"])

    frames = {"train": frame(rows, seed), "validation": frame(1000, seed + 1)}
    tasks = [mk.Task(kind, kind)] + [COPY] * (kind == "span_corruption")
    return mk.Corpus.from_frames(frames, tasks=tasks, text=("text", "answer"))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("name", choices=KINDS)
    options.add_argument("--texts", type=int, default=100_000)
    options.add_argument("--epochs", type=int, default=2)
    options.add_argument("--lr", type=float, default=2e-3, help="the peak learning rate")
    options.add_argument("--vocabulary", type=int, default=6000)
    options.add_argument("--out", type=Path)
    o = options.parse_args()
    kind, out = KINDS[o.name], o.out or HERE / o.name
    corpus = corpus_of(o.texts, 1, kind, "<|endoftext|>" if kind == "clm" else "")
    texts = (row["text"] for row in corpus.train[: min(o.texts, 40_000)])
    tokenizer = train_tokenizer(o.name, texts, o.vocabulary)
    with tempfile.TemporaryDirectory() as folder:
        encoder = blank_encoder(o.name, tokenizer, Path(folder))
    encoder.name = o.name
    model = mk.MultiTaskModel(encoder, corpus.tasks)
    run = mk.Run(model, corpus, epochs=o.epochs, batch_size=64, lr=o.lr, head_lr=o.lr, validate=2000)
    history = mk.fit(run)
    set_dropout(model.encoder.config)
    model.encoder.save(out, model.heads["mlm"] if kind == "mlm" else None)
    axes = mk.plots.losses_and_weights(history)
    axes[0].figure.savefig(out / "pretraining.png", dpi=80)
    found = history.metrics().query("step == step.max() and task == @kind").set_index("metric").value
    losses = history.losses()[:, 0]
    about = {
        "texts": o.texts,
        "epochs": o.epochs,
        "steps": run.steps,
        "batch_size": 64,
        "lr": o.lr,
        "seconds": round(run.seconds),
        "device": "a GPU" if run.device.type == "cuda" else "a CPU",
        "parameters": encoder.size(),
        "vocabulary": len(tokenizer),
        "kind": kind,
        "loss_first": round(float(losses[:20].mean()), 3),
        "loss_last": round(float(losses[-200:].mean()), 3),
        "accuracy": round(found["accuracy"], 4),
        "perplexity": round(found["perplexity"], 2),
    }
    (out / "pretraining.json").write_text(json.dumps(about, indent=1) + "\n")
    print(json.dumps(about))


if __name__ == "__main__":
    main()
