"""Pretrain `bert-tiny` by masked language modelling, with the kit's own Run: ``python data/encoders/pretrain.py``.

Texts come from the generator's stream, which holds no sentence of helpdesk's validation or test part. Writes the
folder `bert-tiny` beside this file, in the Hub's layout, and its loss curve; `worth.py` writes the rest of its card.
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

MARKS = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]"}
LENGTH = 128  # the longest text that the encoder reads, in tokens
SIZES = {"hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 512}


def train_tokenizer(texts, size: int):
    """A lower-casing WordPiece tokenizer, BERT's kind, of `size` tokens."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=size, special_tokens=list(MARKS.values()), show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    marks = [(mark, tokenizer.token_to_id(mark)) for mark in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=marks
    )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=LENGTH, **MARKS)


def blank_encoder(tokenizer, folder: Path):
    """The architecture with random weights, by way of a folder in the Hub's layout."""
    from transformers import BertConfig

    config = BertConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=LENGTH,
        attention_probs_dropout_prob=0.0,  # with it the CPU's attention is twice as slow
        hidden_dropout_prob=0.0,  # a small encoder and fresh texts: there is nothing to overfit to
        pad_token_id=tokenizer.pad_token_id,
        **SIZES,
    )
    config.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return mk.load_encoder(folder, pretrained=False, seed=0)


def corpus_of(rows: int, seed: int):
    """The stream's texts and pairs as a corpus with one task, mlm."""
    import pandas as pd

    def frame(rows, seed):
        texts = list(stream(rows, seed=seed, answers=0.25))
        return pd.DataFrame([(t, None) if isinstance(t, str) else t for t in texts], columns=["text", "answer"])

    frames = {"train": frame(rows, seed), "validation": frame(1000, seed + 1)}
    return mk.Corpus.from_frames(frames, tasks=[mk.Task("mlm", "mlm")], text=("text", "answer"))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--texts", type=int, default=100_000)
    options.add_argument("--epochs", type=int, default=2)
    options.add_argument("--vocabulary", type=int, default=6000)
    options.add_argument("--out", type=Path, default=HERE / "bert-tiny")
    o = options.parse_args()
    corpus = corpus_of(o.texts, seed=1)
    tokenizer = train_tokenizer((row["text"] for row in corpus.train[: min(o.texts, 40_000)]), o.vocabulary)
    with tempfile.TemporaryDirectory() as folder:
        encoder = blank_encoder(tokenizer, Path(folder))
    encoder.name = "bert-tiny"
    model = mk.MultiTaskModel(encoder, corpus.tasks)
    run = mk.Run(model, corpus, epochs=o.epochs, batch_size=64, lr=2e-3, head_lr=2e-3, validate=2000)
    history = mk.fit(run)
    model.encoder.config.hidden_dropout_prob = 0.1  # for fine-tuning
    model.encoder.save(o.out, model.heads["mlm"])
    axes = mk.plots.losses_and_weights(history)
    axes[0].figure.savefig(o.out / "pretraining.png", dpi=80)
    found = history.metrics().query("step == step.max()").set_index("metric").value
    about = {
        "texts": o.texts,
        "steps": run.steps,
        "batch_size": 64,
        "seconds": round(run.seconds),
        "parameters": encoder.size(),
        "vocabulary": len(tokenizer),
        "loss_first": round(float(history.losses()[:20].mean()), 3),
        "loss_last": round(float(history.losses()[-200:].mean()), 3),
        "accuracy": round(found["accuracy"], 4),
        "perplexity": round(found["perplexity"], 2),
    }
    (o.out / "pretraining.json").write_text(json.dumps(about, indent=1) + "\n")
    print(json.dumps(about))


if __name__ == "__main__":
    main()
