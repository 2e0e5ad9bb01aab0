"""Tagging: one tag for each word. BIO tags, read together, mark the entities of a text; others, such as parts of
speech, are about each word alone."""

import torch
from torch import nn

from mtlkit.tasks._counts import absent_labels, class_scores, entity_counts, entity_scores, tag_counts
from mtlkit.tasks._grouped import by_text
from mtlkit.tasks._heads import LinearHead
from mtlkit.tasks._kind import Kind, log_frequencies, register
from mtlkit.tasks._labels import NONE, index_of, label_text, missing, name_of, no_gaps
from mtlkit.tasks._tags import OUTSIDE, mark_entities, to_bio
from mtlkit.tasks._target import Target


@register
class Tagging(Kind):
    """Head: hidden → C logits at the first sub-word of each word. Loss: cross-entropy in nats, mean over words.
    A cell holds a list of tags or one space-joined text, as many as the row has words; or character spans, a list of
    {"start", "end", "label"}, which a Corpus turns into tags. Tags that mark entities may be BIO, BIOES, BILOU or IOB1
    and are read as BIO; they are judged by entities. If one tag is of another form, all are about words alone, and
    judged by accuracy and macro F1 over words."""

    name = "tagging"
    windowed = True
    metric_names = ("f1", "precision", "recall", "accuracy", "macro_f1")
    needs_words = True
    pipeline_tag = "token-classification"

    def labels_of(self, values):
        rows = [split(v, f"training row {row:,}") for row, v in enumerate(values, 1) if not missing(v)]
        tags = tuple(sorted({tag for row in rows for tag in row}))
        if not mark_entities(tags):
            return tags
        return (OUTSIDE, *sorted({tag for row in rows for tag in to_bio(row)} - {OUTSIDE}))

    def names_in(self, cell, task):
        """Of its entities, each once; of words' own tags all."""
        tags = [name_of(tag, task) for tag in split(cell, f"Task {task.name!r}")]
        return [tag[2:] for tag in to_bio(tags) if tag.startswith("B-")] if marks(task) else tags

    def parse(self, value, task, where):
        if missing(value):
            return None
        tags = [name_of(tag, task) for tag in split(value, f"Task {task.name!r}, {where}")]
        if marks(task):
            for tag in tags:
                if not mark_entities((tag,)):
                    raise ValueError(
                        f"Task {task.name!r}, {where}: in training every tag is O or has a mark, such as B-… and I-…; "
                        f"found {tag!r}."
                    )
            tags = to_bio(tags)
        found = [index_of(tag, task, where) for tag in tags]
        return None if None in found else found

    def target(self, labels, rows, task):
        row_of, position, tags = [], [], []
        for row in range(len(rows)):
            if labels is not None and labels[row] is None:
                continue
            for word, token in enumerate(rows.first_tokens(row, task)):
                if token is None:  # cut off: the text is longer than the encoder reads
                    continue
                row_of.append(row)
                position.append(token)
                if labels is not None:
                    tags.append(labels[row][word])
        if not row_of:
            return None
        texts = torch.tensor([rows.text_of[row] for row in row_of])
        truth = None if labels is None else torch.tensor(tags)
        return Target(torch.tensor(row_of), truth, torch.tensor(position), texts)

    def tensor(self, labels, task):
        """The tags of all rows, one after the other."""
        return torch.tensor([tag for tags in labels for tag in tags])

    def truths(self, labels, task):
        texts = torch.tensor([row for row, tags in enumerate(labels) for _ in tags])
        return Target(texts, self.tensor(labels, task), texts=texts)

    def prior(self, labels, task):
        return log_frequencies(self.tensor(labels, task), len(task.labels))

    def constants(self, labels, task):
        prior = self.prior(labels, task)
        if not marks(task):
            return [prior]
        begins = [i for i, tag in enumerate(task.labels) if tag.startswith("B-")]
        commonest = max(begins, key=lambda i: prior[i], default=0)  # every word such an entity
        return [prior, torch.nn.functional.one_hot(torch.tensor(commonest), len(prior))]

    def main_metric(self, task):
        return task.metric or ("f1" if marks(task) else "accuracy")

    def head(self, task, encoder):
        if task.metric is not None and (task.metric in ("accuracy", "macro_f1")) == marks(task):
            able = "f1, precision, recall" if marks(task) else "accuracy, macro_f1"
            raise ValueError(f"Task {task.name!r}: metric={task.metric!r} is not for its tags; take one of {able}.")
        return LinearHead(encoder.hidden_size, len(task.labels))

    def loss(self, output, labels):
        return nn.functional.cross_entropy(output, labels)

    def predictions_and_targets(self, output, target, task):
        tags = zip(output.argmax(-1).tolist(), target.labels.tolist(), strict=True)
        texts = by_text(target, tags).values()
        return [tuple([task.labels[tag] for tag in side] for side in zip(*words, strict=True)) for words in texts]

    def counts(self, pairs, task):
        if marks(task):
            return entity_counts(*zip(*pairs, strict=True))
        number = {tag: i for i, tag in enumerate(task.labels)}
        predicted, true = ([[number[tag] for tag in row] for row in side] for side in zip(*pairs, strict=True))
        return tag_counts(predicted, true, len(task.labels))

    def from_counts(self, sums, task):
        """Of entities precision, recall and F1 (micro) as CoNLL's script counts them: the whole span and its label must
        agree. Of words' own tags accuracy and macro F1, over words."""
        if marks(task):
            return entity_scores(sums)
        scores = class_scores(sums)
        return {name: scores[name] for name in ("accuracy", "macro_f1")}

    def remarks(self, sums, task):
        return {} if marks(task) else absent_labels(sums)

    def probe_targets(self, labels, task):
        return 2 * nn.functional.one_hot(labels, len(task.labels)) - 1

    def decode(self, output, target, rows, task):
        names = task.labels if marks(task) else [f"B-{label}" for label in task.labels]
        tags = by_text(target, [names[best] for best in output.argmax(-1).tolist()])
        read: dict[int, list] = {}  # the words that have a tag, in the order of the target
        for row, text in enumerate(rows.text_of):
            words = zip(rows.word_spans(row, task), rows.first_tokens(row, task), strict=True)
            read.setdefault(text, []).extend(span for span, token in words if token is not None)
        return [{"spans": spans(tags.get(i, []), read[i], rows.text(i))} for i in rows.first_windows.tolist()]

    def format(self, answer):
        return "; ".join(f"{span['label']}: {span['text']}" for span in answer["spans"]) or NONE


def marks(task) -> bool:
    """Whether the task's tags mark entities."""
    return mark_entities(task.labels or ())


def split(value, where: str) -> list[str]:
    """The tags in a cell that is not missing. ValueError naming `where` for an empty one in a list."""
    return value.split() if isinstance(value, str) else list(map(label_text, no_gaps(value, where)))


def spans(tags: list[str], words: list[tuple[int, int]], text: str) -> list[dict]:
    """Entities as character spans: a B- tag, or an I- tag of another label, opens one."""
    found: list[dict] = []
    label = None
    for tag, (start, end) in zip(tags, words, strict=True):
        if tag == "O":
            label = None
            continue
        if tag.startswith("B-") or tag[2:] != label:
            found.append({"start": start, "end": end, "label": tag[2:]})
        found[-1]["end"] = end
        label = tag[2:]
    return [{**s, "text": text[s["start"] : s["end"]]} for s in found]
