"""The pickers of a stranger's file: they begin at the parameters, follow hand and code, and make the same corpus."""

import pandas as pd
import pytest
import toy

import mtlkit as mk
from mtlkit.widgets.own_data import NONE, OUT


@pytest.fixture
def file(tmp_path):
    rows = toy.rows(60, 0)
    table = pd.DataFrame({"id": range(60), "body": rows["text"], "<b>colour": rows["colour"], "size": rows["size"]})
    table.assign(tags=[" ".join(t) for t in rows["tags"]]).to_csv(tmp_path / "mine.csv", index=False)
    return tmp_path / "mine.csv"


def test_untouched_it_gives_what_the_parameters_say(file, capsys):
    panel = mk.widgets.own_data(train=file, text="body", tasks="auto")
    assert panel.error == ""
    assert {c: k.value for c, k in panel.kinds.items()} == {
        "id": OUT, "<b>colour": "classification", "size": "classification", "tags": "tagging",
    }  # fmt: skip
    corpus, plain = panel.corpus(), mk.corpus_from_table(file, text="body")
    assert corpus.tasks == plain.tasks and corpus.test.texts == plain.test.texts
    panel = mk.widgets.own_data(train=file, text="body", tasks="size:regression")
    assert [(t.name, t.kind) for t in panel.corpus().tasks] == [("size", "regression")]


def test_picked_by_hand(file):
    panel = mk.widgets.own_data(train=file, text="body", share=0.3, seed=1)
    panel.kinds["size"].value, panel.kinds["tags"].value = "regression", OUT
    corpus = panel.corpus()
    assert [(t.name, t.kind) for t in corpus.tasks] == [("<b>colour", "classification"), ("size", "regression")]
    assert corpus.test.texts == mk.corpus_from_table(file, text="body", share=0.3, seed=1).test.texts
    again: dict = {}
    exec(panel.code(), again)
    again.pop("__builtins__")
    assert mk.corpus_from_table(**again).tasks == corpus.tasks
    panel.fields["second"].value = "<b>colour"
    assert panel.settings["text"] == ["body", "<b>colour"] and "<b>colour" not in panel.kinds
    assert panel.kinds["size"].value == "regression"  # what was picked stays


def test_what_is_wrong_is_said_in_the_panel_and_raised_for_the_corpus(file):
    panel = mk.widgets.own_data(train=file.with_name("mime.csv"), text="body")
    assert "no file 'mime.csv'" in panel.error and "mine.csv" in panel.error
    with pytest.raises(FileNotFoundError, match="Did you mean 'mine.csv'"):
        panel.corpus()
    panel.fields["train"].value = str(file)
    assert panel.error == "" and panel.corpus().train
    panel.fields["text"].value = NONE
    assert "Which column holds the texts" in panel.error
    panel = mk.widgets.own_data(train=file)
    with pytest.raises(ValueError, match="There is no column 'text'"):
        panel.corpus()
    panel.fields["text"].value = "body"
    for picker in panel.kinds.values():
        picker.value = OUT
    with pytest.raises(ValueError, match="No column is picked"):
        panel.corpus()
    with pytest.raises(ValueError, match="needs a file"):
        mk.widgets.own_data()
    with pytest.raises(ValueError, match="no setting of own data 'spe'. Did you mean 'sep'"):
        mk.widgets.own_data(train=file, spe=";")


def test_a_file_without_a_header_in_another_encoding(tmp_path):
    path = tmp_path / "raw.txt"
    path.write_bytes("\n".join(f"{c}:fine café {i} is old" for i in range(30) for c in ("A", "B")).encode("latin-1"))
    panel = mk.widgets.own_data(train=path, text="q", columns="coarse, fine, q", sep=(":", " "), encoding="latin-1")
    assert panel.error == "" and panel.kinds["coarse"].value == "classification"
    assert "café" in panel.corpus().train.texts[0]
    panel.fields["encoding"].value = "utf-8"
    assert "not utf-8" in panel.error
    panel.fields["encoding"].value = "latin-1"
    assert panel.error == ""


def test_every_control_has_a_name_and_names_from_data_are_no_html(file):
    import ipywidgets as w

    panel = mk.widgets.own_data(train=file, text="body")
    panel._show_code()
    boxes = [part for part in panel.widget.children + panel._columns.children if isinstance(part, w.HBox)]
    assert len(boxes) == 12 and all("<span title=" in box.children[0].value for box in boxes)
    shown = [part.value for box in boxes for part in box.children if isinstance(part, w.HTML)] + [panel._page()]
    assert not [value for value in shown if "<b>" in value] and "&lt;b&gt;colour" in panel._page()
