"""The pages that are written from the package itself: one a weighting method, one a task kind, one a room."""

import inspect
import json
import pkgutil
import re
import tomllib
from functools import cache
from importlib import import_module
from pathlib import Path

import method_figures
import numpy as np
import record_methods

import mtlkit as mk

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
# In the order of the line that is computed; rooms made later follow.
ORDER = (
    "corpus inputs batching encoder tasks model sharing weighting training evaluation experiments apps plots widgets"
)
FORMULAS = tomllib.loads((HERE / "formulas.toml").read_text("utf-8"))


def _rooms() -> list[str]:
    order, found = ORDER.split(), [module.name for module in pkgutil.iter_modules(mk.__path__) if module.name[0] != "_"]
    return sorted(found, key=lambda name: (order.index(name) if name in order else len(order), name))


ROOMS = _rooms()


def write(source: Path) -> None:
    """All generated pages, and the first page with the site's contents, into `source`."""
    (source / "methods").mkdir()
    methods = [
        write_page(source / "methods" / f"{name}.md", method_page(name, source))
        for name in sorted(mk.weighting.METHODS)
    ]
    kinds = [write_page(source / "kinds" / f"{name}.md", kind_page(name)) for name in mk.tasks.kinds()]
    rooms = [write_page(source / "reference" / f"{room}.md", room_page(room)) for room in ROOMS]
    write_page(source / "methods" / "index.md", methods_page() + contents("", methods, source / "methods"))
    write_page(source / "kinds" / "index.md", kinds_page() + contents("", kinds, source / "kinds"))
    write_page(source / "reference" / "index.md", reference_page() + contents("", rooms, source / "reference"))
    first = (source / "README.md").read_text("utf-8")
    (source / "README.md").unlink()
    parts = {
        "The course": sorted((source / "notebooks").glob("*.ipynb")),
        "Reference": [source / place / "index.md" for place in ("methods", "kinds", "reference")],
        "Data and encoders": sorted((source / "data").rglob("README.md")),
        "Measured": sorted((source / "benchmarks").glob("*.md")),
        "More": [*sorted((source / "docs").glob("*.md")), *sorted(source.glob("*.md"))],
    }
    write_page(source / "index.md", first + "".join(contents(title, pages, source) for title, pages in parts.items()))


def write_page(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def contents(title: str, pages: list[Path], folder: Path) -> str:
    lines = [str(page.relative_to(folder).with_suffix("").as_posix()) for page in pages]
    caption = f":caption: {title}\n" if title else ""
    return "\n\n```{toctree}\n:hidden:\n" + caption + "\n" + "\n".join(lines) + "\n```\n"


# -- a weighting method ------------------------------------------------------------------------------------------------
def method_page(name: str, source: Path) -> str:
    method, settings = mk.weighting.METHODS[name], record_methods.SETTINGS.get(name, {})
    call = "".join(f", {setting}={value!r}" for setting, value in settings.items())
    parts = [f"# {name}", f"{linked(method.paper)}"]
    if name in FORMULAS:
        parts.append(f"$$\n{FORMULAS[name]}\n$$")
    parts.append(f'```python\nmk.Run(model, corpus, weighting=mk.weighting.get("{name}"{call}))\n```')
    parts.append(picture(name, source))
    parts.append("## What a step costs\n\n" + cost(name))
    if sliders := slider_table(method.cls):
        parts.append("## Sliders\n\n" + sliders)
    parts.append("## The class\n\n" + rst(f".. autoclass:: {path_of(method.cls)}"))
    parts.append(seen_in(name, method.cls.__name__))
    return "\n\n".join(part for part in parts if part) + "\n"


def picture(name: str, source: Path) -> str:
    """λ on the recorded run, for the light page and the dark one, with what it was told."""
    lam = method_figures.weights(name)
    tasks = ", ".join(method_figures.recorded()["counts"])
    run = f"bert-tiny on the help desk's {tasks}, batches of {record_methods.BATCH}, seed {record_methods.SEED}"
    if lam is None:
        return f"Its λ is not recorded yet: `python docs/site/record_methods.py` trains {run}, and records it."
    if np.isnan(lam).all():
        return "It moves the shared weights without a weight for each task: there is no λ to draw."
    for theme, drawn in method_figures.draw(lam).items():
        (source / "methods" / f"{name}-{theme}.svg").write_bytes(drawn)
    alt = method_figures.described(lam)
    how = (
        "what it makes of the losses recorded in a training with equal weights"
        if record_methods.told_by_losses(name)
        else ("as it acted in a training of its own")
    )
    images = "\n".join(
        f"```{{image}} {name}-{theme}.svg\n:alt: {alt}\n:class: only-{theme}\n```" for theme in method_figures.INK
    )
    return f"{images}\n\nIts λ over {len(lam)} steps: {how}; {run}."


def cost(name: str) -> str:
    """Needs, in words, and what was measured."""
    method, told = mk.weighting.METHODS[name], method_figures.recorded()
    lines = [f"Beyond the losses: {method.cost}."]
    if measured := told["methods"].get(name):
        lines.append(
            "| a step / one with equal weights | quartiles | passes forward | passes back | MB |\n"
            "| ---: | ---: | ---: | ---: | ---: |\n"
            f"| {measured['ratio']:.2f} | {measured['ratio_low']:.2f} to {measured['ratio_high']:.2f} "
            f"| {measured['forward']:.3g} | {measured['backward']:.3g} | {measured['memory']:.0f} |"
        )
        lines.append(
            f"`mk.profile`, {told['rounds']} rounds, the recorded run; with equal weights a step takes "
            f"{1000 * told['seconds']:.0f} ms. {told['made']}. Passes are those through the encoder, counted; "
            "MB: parameters, optimizer and the most that a step adds in tensors."
        )
    if on_gpu := gpu_ratios().get(name):
        ratios = ", ".join(f"{ratio} at {tasks} tasks" for tasks, ratio in on_gpu)
        lines.append(f"[On a GPU](../benchmarks/GPU.md), a step / one with equal weights: {ratios}.")
    return "\n\n".join(lines)


@cache
def gpu_ratios() -> dict[str, list[tuple[str, str]]]:
    """Method → (tasks, ratio) as benchmarks/GPU.md has them."""
    ratios: dict[str, list[tuple[str, str]]] = {}
    page = (ROOT / "benchmarks" / "GPU.md").read_text("utf-8")
    for name, tasks, ratio in re.findall(r"^\| (\w+) / Equal, (\d+) tasks[^|]*\| ([\d.]+) \|", page, re.MULTILINE):
        ratios.setdefault(name, []).append((tasks, ratio))
    return ratios


def slider_table(cls: type) -> str:
    """The settings that panels steer, with their ranges."""
    defaults = {name: parameter.default for name, parameter in inspect.signature(cls).parameters.items()}
    rows = []
    for setting, control in cls.controls.items():
        default = defaults.get(setting, inspect.Parameter.empty)
        shown = (
            "" if default is inspect.Parameter.empty else f"{default:g}" if isinstance(default, float) else str(default)
        )
        each = ", one for each task" if control.per_task else ""
        rows.append(
            f"| `{setting}` | {control.label} | {shown} | {control.low:g} to {control.high:g}{each} | {control.help} |"
        )
    head = "| setting | slider | default | range | |\n| --- | --- | ---: | --- | --- |\n"
    return head + "\n".join(rows) if rows else ""


def methods_page() -> str:
    rows = []
    for name, method in sorted(mk.weighting.METHODS.items(), key=lambda item: (item[1].kind != "loss-based", item[0])):
        measured = method_figures.recorded()["methods"].get(name)
        ratio = f"{measured['ratio']:.2f}" if measured else ""
        rows.append(f"| [{name}]({name}.md) | {method.kind} | {method.cost} | {ratio} | {linked(method.paper)} |")
    return (
        "# Weighting methods\n\n"
        "Losses in, λ out: each of these sets the weights of the tasks in every step. Any of them goes by its name "
        'wherever a weighting is asked for: `mk.Run(model, corpus, weighting="famo")`.\n\n'
        "| name | kind | what it needs beyond the losses | step / equal | paper |\n| --- | --- | --- | ---: | --- |\n"
        + "\n".join(rows)
        + "\n\nstep / equal: the time of a step over one with equal weights, measured side by side "
        f"({method_figures.recorded()['made']}); the pages have quartiles. "
        "[Which is better?](../benchmarks/METHODS.md) is another question.\n"
    )


# -- a task kind -------------------------------------------------------------------------------------------------------
def kind_page(name: str) -> str:
    kind = mk.tasks.KINDS[name]
    cls = type(kind)
    traits = {
        "its labels stand in a column": kind.needs_column,
        "a label is about each word": kind.needs_words,
        "each row has candidates": kind.needs_choices,
        "long texts are read in windows": kind.windowed,
        "its answers are texts that the language model writes": kind.generates,
        "takes `label_smoothing`": kind.smooths_labels,
    }
    usual, *others = kind.metric_names
    more = ", ".join(f"`{metric}`" for metric in others)
    lines = [
        f"# {name}",
        f'```python\nmk.Task("…", "{name}")\n```',
        rst(f".. autoclass:: {path_of(cls)}\n   :no-index-entry:"),
        f"Judged by `{usual}`" + (f"; also {more}." if more else "."),
        "\n".join(f"- {what}: {'yes' if is_so else 'no'}" for what, is_so in traits.items()),
    ]
    if tasks := embedded_tasks().get(name):
        lines.append("In the embedded corpora: " + ", ".join(tasks) + ".")
    lines.append(seen_in(name, f'"{name}"'))
    return "\n\n".join(part for part in lines if part) + "\n"


@cache
def embedded_tasks() -> dict[str, list[str]]:
    """Kind → the tasks of that kind in the embedded corpora, with a link to the corpus's card."""
    found: dict[str, list[str]] = {}
    for file in sorted((ROOT / "data").glob("*/corpus.json")):
        for task in json.loads(file.read_text("utf-8")).get("tasks", ()):
            link = f"{task['name']} ([{file.parent.name}](../data/{file.parent.name}/README.md))"
            found.setdefault(task["kind"], []).append(link)
    return found


def kinds_page() -> str:
    rows = []
    for name in mk.tasks.kinds():
        kind = mk.tasks.KINDS[name]
        rows.append(f"| [{name}]({name}.md) | `{kind.metric_names[0]}` | {summary(type(kind))} |")
    return (
        "# Task kinds\n\nA kind says how labels are read, and has the head, the loss, the metrics and the answer: "
        '`mk.Task("topic", "classification")`.\n\n| kind | judged by | |\n| --- | --- | --- |\n'
        + "\n".join(rows)
        + "\n"
    )


# -- a room ------------------------------------------------------------------------------------------------------------
def public_names(room: str) -> list[str]:
    """What the room exports; else what `mk.…` has of it."""
    module = import_module(f"mtlkit.{room}")
    names = getattr(module, "__all__", None)
    if names is None:
        names = [
            name for name in mk.__all__ if home(name).startswith(f"mtlkit.{room}.") or home(name) == f"mtlkit.{room}"
        ]
    return [name for name in names if not inspect.ismodule(value_of(room, name))]


@cache
def home(name: str) -> str:
    return getattr(getattr(mk, name), "__module__", "") or ""


def room_page(room: str) -> str:
    module = import_module(f"mtlkit.{room}")
    parts = [f"# {room}", rst(f".. py:module:: mtlkit.{room}"), paragraph(module)]
    elsewhere = {method.cls: f"../methods/{name}.md" for name, method in mk.weighting.METHODS.items()}
    entries, links = [], []
    for name in public_names(room):
        value = value_of(room, name)
        if inspect.isclass(value) and value in elsewhere:
            links.append(f"[{name}]({elsewhere[value]})")
        else:
            entries.append((name, value))
    if links:
        parts.append("Each method has a page: " + ", ".join(links) + ".")
    for name, value in entries:
        parts.append(rst(directive(documented(room, name), value)))
    if hasattr(module, "__path__"):
        parts.append("## Files\n\n" + files(module))
    return "\n\n".join(part for part in parts if part) + "\n"


def value_of(room: str, name: str):
    """What a room calls `name`; what `mk.…` does where that is only a file of the room."""
    value = getattr(import_module(f"mtlkit.{room}"), name, None)
    return getattr(mk, name) if value is None or (inspect.ismodule(value) and hasattr(mk, name)) else value


def documented(room: str, name: str) -> str:
    """The path under which the reference has a public name of a room: the room's own, or that of its file."""
    value = value_of(room, name)
    own = getattr(import_module(f"mtlkit.{room}"), name, None) is value
    return f"mtlkit.{room}.{name}" if own else f"{value.__module__}.{value.__qualname__}"


def directive(where: str, value) -> str:
    if inspect.isclass(value):
        return f".. autoclass:: {where}\n   :members:"
    if callable(value):
        return f".. autofunction:: {where}"
    shown = f"\n   :value: {value!r}" if isinstance(value, int | float | str) else ""
    module, _, name = where.rpartition(".")
    return f".. py:data:: {name}\n   :module: {module}\n   :type: {type(value).__name__}{shown}"


def files(package) -> str:
    """The files of a room, with the line that each begins with."""
    rows = []
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda found: found.name):
        path = Path(package.__path__[0]) / (f"{module.name}/__init__.py" if module.ispkg else f"{module.name}.py")
        told = re.match(r'"""(.+?)(?:"""|\n\n)', path.read_text("utf-8"), re.DOTALL)
        rows.append(f"| `{module.name}{'/' if module.ispkg else '.py'}` | {markdown(told[1]) if told else ''} |")
    return "| file | |\n| --- | --- |\n" + "\n".join(rows)


def reference_page() -> str:
    rows = [f"| [{room}]({room}.md) | {markdown(paragraph(import_module(f'mtlkit.{room}')))} |" for room in ROOMS]
    names = []
    for name in mk.__all__:
        value = getattr(mk, name)
        if inspect.ismodule(value):
            link = f"[`mk.{name}`]({value.__name__.split('.')[1]}.md)"
        else:
            link = f"{{py:obj}}`mk.{name} <{documented(home(name).split('.')[1], name)}>`"
        names.append(f"| {link} | {summary(value)} |")
    return (
        "# The package\n\nIt lies in rooms, in the order of the line that it computes: text, encoder, heads, "
        "losses, λ, sum, step.\n\n| room | |\n| --- | --- |\n" + "\n".join(rows) + "\n\n## The public names\n\n"
        "`import mtlkit as mk` has these.\n\n| name | |\n| --- | --- |\n" + "\n".join(names) + "\n"
    )


# -- small things ------------------------------------------------------------------------------------------------------
def rst(text: str) -> str:
    return f"```{{eval-rst}}\n{text}\n```"


def path_of(cls: type) -> str:
    """Where the reference documents a class: the room that exports it, else its own file."""
    room = ".".join(cls.__module__.split(".")[:2])
    public = getattr(import_module(room), cls.__name__, None) is cls
    return f"{room}.{cls.__name__}" if public else f"{cls.__module__}.{cls.__qualname__}"


def paragraph(value) -> str:
    """The first paragraph of a docstring, as Markdown."""
    return (inspect.getdoc(value) or "").split("\n\n")[0]


def summary(value) -> str:
    """The first sentence of a docstring, as a cell of a table."""
    return markdown(re.split(r"(?<=[^.]\.)\s", paragraph(value))[0])


def markdown(text: str) -> str:
    """Plain text as a cell of a Markdown table: signs stand for themselves, code stays code."""
    parts = re.split(r"(`[^`]+`)", " ".join(text.split()))
    escaped = (part if i % 2 else re.sub(r"([*_<\[\]$])", r"\\\1", part) for i, part in enumerate(parts))
    return "".join(escaped).replace("|", "\\|")


def linked(paper: str) -> str:
    """A paper's arXiv number as a link."""
    return re.sub(r"arXiv:(\d{4}\.\d{4,5})", r"[arXiv:\1](https://arxiv.org/abs/\1)", paper)


def seen_in(name: str, word: str) -> str:
    """The notebooks whose code or text names it."""
    pattern = re.compile(rf'"{name}"|\b{word}\b' if word.isidentifier() else re.escape(word))
    named = [path for path, text in notebooks().items() if pattern.search(text)]
    links = ", ".join(f"[{path.stem.split('_')[0]}](../notebooks/{path.name})" for path in named)
    return f"In the course: {links}." if links else ""


@cache
def notebooks() -> dict[Path, str]:
    """Notebook → its code and text."""
    files = sorted((ROOT / "notebooks").glob("*.ipynb"))
    cells = {path: json.loads(path.read_text("utf-8"))["cells"] for path in files}
    return {path: "\n".join("".join(cell["source"]) for cell in found) for path, found in cells.items()}
