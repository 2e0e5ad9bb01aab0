"""What the domain step buys and costs: ``python data/encoders/worth_clinical.py`` writes the card of
`bert-tiny-clinical`, README.md in its folder.

`bert-tiny` against `bert-tiny-clinical`: hidden tokens guessed on unseen notes and tickets, and fine-tuning on the
clinical tasks and on helpdesk's with 50, 200 and 1,000 training rows, as `worth.py` does it.
"""

import argparse
import functools
import json
import sys
import time
from pathlib import Path

from worth import ROWS, STEPS, Race, megabytes

import mtlkit as mk

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "generate"))

import clinical  # noqa: E402 - the generator is a script beside the data, not a part of the package
from clinical_notes import DRUG  # noqa: E402
from phrases_clinical import DIAGNOSES  # noqa: E402

FOLDER = HERE / "bert-tiny-clinical"
ARMS = {name: {"name": name} for name in ("bert-tiny", "bert-tiny-clinical")}
SEEDS = 3


def clinical_corpus() -> mk.Corpus:
    """1,000 notes to train on, and 600 to test on that share no clause with them."""
    import pandas as pd

    frames = {"train": clinical.notes(max(ROWS), seed=11), "test": clinical.notes(600, seed=11, part="test")}
    tasks = [mk.Task(**task) for task in clinical.TASKS]
    return mk.Corpus.from_frames({split: pd.DataFrame(rows) for split, rows in frames.items()}, tasks)


def guesses(corpus: mk.Corpus) -> list[str]:
    """For each encoder, the hidden tokens of the corpus's test texts guessed right, and the perplexity; table cells."""
    cells = []
    for arm in ARMS.values():
        masked = corpus.with_tasks([mk.Task("mlm", "mlm")]).only(["mlm"])
        model = mk.MultiTaskModel(mk.load_encoder(**arm), masked.tasks)
        found = mk.evaluate(model, masked.test).set_index("metric").value
        cells.append(f"{found['accuracy']:.1%}, {found['perplexity']:.1f}")
    return cells


def pieces_a_word(texts: list[str]) -> float:
    """Word pieces for each word (a run of letters; one-letter ones and numbers are no words) of the texts."""
    tokenizer = mk.load_encoder("bert-tiny").tokenizer
    split = tokenizer.backend_tokenizer.pre_tokenizer.pre_tokenize_str
    words = [word.lower() for text in texts for word, _ in split(text) if word.isalpha() and len(word) > 1]
    return sum(len(tokenizer.tokenize(word)) for word in words) / len(words)


def card(corpora: dict[str, mk.Corpus], races: dict[str, Race], seconds: float) -> str:
    a = json.loads((FOLDER / "pretraining.json").read_text())
    pieces = {name: pieces_a_word(corpus.test.cells("text")) for name, corpus in corpora.items()}
    drugs = pieces_a_word(sorted({d for about in DIAGNOSES.values() for d in DRUG.findall(" ".join(about["drugs"]))}))
    examples = "\n".join(f"> {note['text']}\n>" for note in clinical.notes(3, seed=4, part="test")).removesuffix("\n>")
    return f"""# bert-tiny-clinical

[`bert-tiny`](../bert-tiny/README.md), pretrained further on clinical notes: the kit's own stand-in for a domain model
such as BioBERT. The same architecture, tokenizer and vocabulary: {a["parameters"]:,} parameters,
{a["vocabulary"]:,} lower-case WordPiece tokens, texts of up to 128 tokens; {megabytes(FOLDER):.1f} MB in the Hub's
layout, with its masked-language head. Licence: Apache-2.0, as the project.

**It is a teaching encoder, and of no clinical use.** Every note that it has read is synthetic: a grammar written for
this project made it, and no patient, record or corpus is behind it. Don't use it for anything that concerns a person.

## How it was made

`python data/encoders/pretrain_clinical.py`, after BioBERT's recipe (Lee et al. 2020, arXiv:1901.08746): it starts from
bert-tiny's weights and goes on with masked language modelling, by the kit's own `Run`, on {a["notes"]:,} notes of
`stream` in `data/generate/clinical.py`, mixed with {a["tickets"]:,} fresh helpdesk tickets so that it forgets less of
what it knew. {a["steps"]:,} steps of {a["batch_size"]} rows, {a["seconds"]:,} seconds on one CPU core.
Loss {a["loss_first"]} nats over the first 20 steps, {a["loss_last"]} over the last 200. Notes look like this:

{examples}

A vocabulary kept is paid for in pieces. bert-tiny's was learnt from helpdesk tickets: a word of a ticket falls into
{pieces["tickets"]:.2f} pieces on average, one of a note into {pieces["notes"]:.2f}, one of a drug's name into
{drugs:.2f}.

![Loss of the pretraining, step by step](pretraining.png)

## What the domain step buys, and what it costs

`python data/encoders/worth_clinical.py` ({seconds:,.0f} seconds) measures all of this and writes this card.

Hidden tokens guessed right, and perplexity, on unseen texts (notes that share no clause with those read; helpdesk's
test part):

| texts | bert-tiny | bert-tiny-clinical |
| --- | ---: | ---: |
{chr(10).join(f"| {name} | {' | '.join(guesses(corpus))} |" for name, corpus in corpora.items())}

Fine-tuning on four clinical tasks (diagnosis, severity, symptoms, medication; `notes` in the same generator), all
together, {STEPS} steps. Test metrics, mean ± half the 95 % interval over {SEEDS} seeds; each seed draws other rows:

{chr(10).join(races["notes"].table())}

Mean gain over the tasks, paired by seed: {races["notes"].gains()}.

The same on helpdesk, whose texts bert-tiny was made for:

{chr(10).join(races["tickets"].table())}

Mean gain (below zero: cost) over all tasks but the control `desk`, paired by seed: {races["tickets"].gains()}.
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--jobs", type=int, default=2)
    o = options.parse_args()
    started = time.time()
    load = {"notes": clinical_corpus, "tickets": functools.partial(mk.load_corpus, "helpdesk")}
    races = {name: Race(load_one, ARMS, SEEDS, o.jobs) for name, load_one in load.items()}
    text = card({name: load_one() for name, load_one in load.items()}, races, time.time() - started)
    (FOLDER / "README.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
