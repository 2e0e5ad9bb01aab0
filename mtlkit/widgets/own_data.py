"""Own data: pickers for files, text columns and tasks in place of parameters, and the corpus that they make."""

from __future__ import annotations

import html
import inspect
from typing import Any

from mtlkit.corpus.custom import corpus_from_table, listed
from mtlkit.utils.errors import unknown
from mtlkit.widgets.controls import ALARM, INK, button, label, line, on_kernel_thread
from mtlkit.widgets.picture import VIEW

NONE, OUT = "(none)", "leave out"
SEPARATORS = {"by the file's suffix": None, "tab": "\t", "comma": ",", "semicolon": ";", "bar |": "|"}
ENCODINGS = ["utf-8", "latin-1", "cp1252", "utf-16"]
TIPS = {
    "train": "The file to learn from: CSV, TSV, JSON lines, Parquet or CoNLL",
    "validation": "The file to tune on; empty: held out from train",
    "test": "The file to measure on, once; empty: held out from train",
    "columns": "Names of the columns, with commas, where the files have no header line",
}


def own_data(**settings: Any) -> OwnData:
    """Pickers for files, text columns and tasks; take `corpus()` of them in a later cell.

    Without hands the settings stay as given, so a headless run needs nothing else.

    Args:
        **settings: where the pickers begin, those of `mk.corpus_from_table`; `train` is due.

    Returns:
        The pickers: show them as the last value of a cell.

    Raises:
        ValueError: no `train`, or a setting that `mk.corpus_from_table` doesn't take.
    """
    return OwnData(settings)


class OwnData:
    """What `own_data` gives. All fields and kinds have a `value`, which code may set as well.

    Attributes:
        settings: what is picked, as `mk.corpus_from_table` takes it.
        fields: "train", "validation", "test", "columns" (texts), "sep", "encoding", "text", "second" (pickers).
        kinds: column → picker of its task's kind.
        error: what is wrong, or "".
    """

    def __init__(self, settings: dict):
        import ipywidgets as w

        known = inspect.signature(corpus_from_table).parameters
        for name in settings:
            if name not in known:
                raise ValueError(unknown("setting of own data", name, known))
        self._given: dict[str, Any] = {"tasks": "auto", "text": "text", "sep": None, "encoding": "utf-8"} | settings
        if "train" not in settings:
            raise ValueError('own_data needs a file to begin with: own_data(train="my.csv").')
        wide = w.Layout(width="22em")
        texts = {n: str(self._given.get(n) or "") for n in ("train", "validation", "test")}
        texts["columns"] = ", ".join(listed(self._given.get("columns")))
        self.fields: dict[str, Any] = {
            n: w.Text(value, continuous_update=False, layout=wide, tooltip=TIPS[n]) for n, value in texts.items()
        }
        separators = SEPARATORS | {repr(v): v for v in [self._given["sep"]] if v not in SEPARATORS.values()}
        encodings = list(dict.fromkeys([*ENCODINGS, self._given["encoding"]]))
        self.fields["sep"] = w.Dropdown(options=separators, value=self._given["sep"], layout=wide)
        self.fields["encoding"] = w.Dropdown(options=encodings, value=self._given["encoding"], layout=wide)
        self.fields["text"] = w.Dropdown(options=[NONE], layout=wide)
        self.fields["second"] = w.Dropdown(options=[NONE], layout=wide)
        self.kinds: dict = {}
        self.error, self._alarm, self._columns = "", line("auto", "14px"), w.VBox([])
        names = {
            "train": "Train", "validation": "Validation", "test": "Test", "columns": "Column names", "sep": "Separator",
            "encoding": "Encoding", "text": "Text", "second": "Second text",
        }  # fmt: skip
        rows = [w.HBox([_name(names[n], TIPS.get(n, names[n])), field]) for n, field in self.fields.items()]
        self._code, self._lines = (
            button("Code", "code", "The lines that bring this back", self._show_code),
            line("auto"),
        )
        self.widget = w.VBox([*rows, self._columns, self._alarm, self._code, self._lines])
        self._quiet = False
        self._read()
        for name in ("train", "columns", "sep", "encoding"):
            self.fields[name].observe(on_kernel_thread(self._changed), "value")
        for name in ("text", "second"):
            self.fields[name].observe(on_kernel_thread(self._texts_changed), "value")

    # -- what is picked --------------------------------------------------------------------------------------------
    @property
    def settings(self) -> dict:
        """What is picked, as `mk.corpus_from_table` takes it."""
        at = {name: field.value for name, field in self.fields.items()}
        text = [column for column in (at["text"], at["second"]) if column != NONE]
        tasks = [f"{column}:{kind.value}" for column, kind in self.kinds.items() if kind.value != OUT]
        return {
            **{n: v for n, v in self._given.items() if n in ("words", "quoting", "share", "seed")},
            **{n: at[n] or None for n in ("validation", "test")},
            "train": at["train"],
            "text": text or self._given["text"],
            "tasks": tasks,
            "columns": listed(at["columns"]) or None,
            "sep": at["sep"],
            "encoding": at["encoding"],
        }

    def corpus(self):
        """The corpus of what is picked.

        Returns:
            A new `Corpus`.

        Raises:
            FileNotFoundError: a file is not there.
            ValueError: a file that can't be read, no column picked as a task, or what else can't be a corpus.
        """
        if self.error:
            corpus_from_table(
                **self._given | {n: v for n, v in self.settings.items() if n != "tasks"}
            )  # says it better
            raise ValueError(self.error)
        if not self.settings["tasks"]:
            raise ValueError("No column is picked as a task: give one a kind in place of 'leave out'.")
        return corpus_from_table(**self.settings)

    def code(self) -> str:
        """The lines of the parameters cell that begin where the pickers are now."""
        return "\n".join(f"{name} = {value!r}" for name, value in self.settings.items())

    def _show_code(self) -> None:
        shown = f"<pre style='{INK}'>{html.escape(self.code())}</pre>"
        self._lines.value = "" if self._lines.value == shown else shown

    # -- the file --------------------------------------------------------------------------------------------------
    def _changed(self, _) -> None:
        self._read()

    def _read(self) -> None:
        """Read the training file anew: its columns fill the pickers."""
        from mtlkit.corpus.readers import read

        at, given = {name: field.value for name, field in self.fields.items()}, listed(self._given["text"])
        try:
            columns = listed(at["columns"]) or None
            words = self._given.get("words")
            self._data = read(
                at["train"], columns, at["sep"], at["encoding"], words, given[0], self._given.get("quoting")
            )
        except (ValueError, FileNotFoundError) as error:
            self._say(str(error))
            return
        there = self._data.column_names
        self._quiet = True
        for name, wanted in (("text", given[0]), ("second", given[1] if len(given) > 1 else NONE)):
            before = self.fields[name].value
            self.fields[name].options = [NONE, *there]
            self.fields[name].value = next((c for c in (before, wanted) if c in there), NONE)
        self._quiet = False
        self._propose()

    def _texts_changed(self, _) -> None:
        if not self._quiet:
            self._propose()

    def _propose(self) -> None:
        """A picker for each column that is no text, at what it reads like."""
        import ipywidgets as w

        from mtlkit.corpus.infer_tasks import find_tasks, infer_kind
        from mtlkit.corpus.split import Split
        from mtlkit.tasks import KINDS

        text = tuple(f.value for f in (self.fields["text"], self.fields["second"]) if f.value != NONE)
        split, wanted = Split("train", self._data, text), self._given["tasks"]
        try:
            if self.fields["text"].value == NONE:
                raise ValueError(f"Which column holds the texts? There are: {', '.join(self._data.column_names)}.")
            split.check_texts()
            found = {c: infer_kind(split, c) for c in self._data.column_names if c not in text}
            said = {} if wanted == "auto" else {t.column: t.kind for t in find_tasks(split, listed(wanted))}
        except ValueError as error:
            self._say(str(error))
            return
        options, rows = [OUT, *(n for n, kind in KINDS.items() if kind.needs_column)], []
        before, self.kinds = {c: picker.value for c, picker in self.kinds.items()}, {}
        for column, (kind, why, _) in found.items():
            start = said.get(column, OUT) if wanted != "auto" else kind or OUT
            tip = f"What to learn from the column {column}"
            self.kinds[column] = w.Dropdown(options=options, value=before.get(column, start), tooltip=tip)
            self.kinds[column].layout.width = "11em"
            example = next((str(c) for c in self._data[column][:50] if c is not None), "")[:40]
            shown = html.escape(f"{why}; such as {example!r}")
            rows.append(w.HBox([_name(column, tip), self.kinds[column], w.HTML(f"<span style='{INK}'>{shown}</span>")]))
        self._why = {column: why for column, (_, why, _) in found.items()}
        self._columns.children = rows
        self._say("")

    def _say(self, error: str) -> None:
        self.error = error
        self._alarm.value = error and f'<div role="alert" style="{ALARM}">{html.escape(error)}</div>'

    # -- in the cell -----------------------------------------------------------------------------------------------
    def _ipython_display_(self) -> None:
        """The pickers where there is a kernel; on a page, a table of what is picked."""
        from IPython.display import display

        data = {VIEW: self.widget.get_view_spec(), "text/html": self._page(), "text/plain": "[own data: pickers]"}
        display(data, raw=True)

    def _page(self) -> str:
        if self.error:
            return self._alarm.value
        cells = [(c, kind.value, self._why[c]) for c, kind in self.kinds.items()]
        rows = "".join(f"<tr>{''.join(f'<td>{html.escape(c)}</td>' for c in row)}</tr>" for row in cells)
        about = f"{self._data.num_rows:,} rows; text: {', '.join(self.settings['text'])}"
        head = "<tr><th>column</th><th>picked as</th><th>why</th></tr>"
        return f"<p>{html.escape(about)}</p><table>{head}{rows}</table>"


def _name(text: str, tip: str):
    import ipywidgets as w

    return label(text, tip, layout=w.Layout(width="10em", flex="0 0 auto"))
