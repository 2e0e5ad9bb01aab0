"""What `mk.` offers: the same names to Python, to a type checker and to an editor, and no import before one is used."""

import ast
import inspect
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import jedi
import pytest

import mtlkit as mk

PACKAGE = Path(mk.__file__).parent
STUB = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
# Python itself hangs a room on the package once it is imported, and jedi lists what lies in the folder.
ROOMS = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}


def public(names) -> set[str]:
    return {name for name in names if not name.startswith("_")}


def in_the_stub() -> set[str]:
    """What a type checker takes as exported: names imported as themselves, and names that are assigned."""
    imported = {
        a.name for line in STUB.body if isinstance(line, ast.ImportFrom) for a in line.names if a.asname == a.name
    }
    assigned = {line.targets[0].id for line in STUB.body if isinstance(line, ast.Assign)}
    return imported | assigned


def in_an_editor() -> set[str]:
    return public(c.name for c in jedi.Script("import mtlkit as mk\nmk.").complete(2, 3))


def test_python_stub_and_editor_know_the_same_names():
    names = public(dir(mk))
    assert {"Run", "Task", "compare", "check", "weighting", "Sigmoid"} <= names
    assert names == in_the_stub() == set(mk.__all__)
    assert in_an_editor() - (ROOMS - names) == names
    assert public(c.name for c in jedi.Interpreter("mk.", [{"mk": mk}]).complete()) - (ROOMS - names) == names


def test_every_public_name_is_there_and_star_imports_it():
    taken: dict = {}
    exec("from mtlkit import *", taken)
    assert public(taken) == public(dir(mk))
    assert mk.check is mk.checks and mk.courseware.__name__ == "mtlkit.course.runner"
    assert mk.Sigmoid is mk.weighting.Sigmoid


@pytest.mark.parametrize(
    "call, first",
    [("mk.Run(", ["model", "corpus", "weighting"]), ("mk.compare(", ["methods", "corpus", "encoder"])],
)
def test_an_editor_shows_the_arguments(call, first):
    (signature,) = jedi.Script(f"import mtlkit as mk\n{call}").get_signatures(2, len(call))
    assert [parameter.name for parameter in signature.params][:3] == first


def test_a_weighting_is_a_name_of_the_weighting_room_and_three_are_also_names_of_the_package():
    methods = public(name for name, one in vars(mk.weighting).items() if isinstance(one, type))
    assert {"GradNorm", "FAMO", "PCGrad"} < methods
    assert methods & public(dir(mk)) == {"Equal", "Fixed", "Sigmoid"}


def test_a_name_that_is_not_there_names_the_nearest():
    with pytest.raises(AttributeError, match="no name in mtlkit 'Sigmod'. Did you mean 'Sigmoid'"):
        mk.Sigmod  # noqa: B018


def test_importing_the_package_imports_nothing_else():
    code = "import sys; before = set(sys.modules); import mtlkit; print(*set(sys.modules) - before)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["mtlkit"]


def public_functions():
    """Name → (function, the docstring that speaks of it): public functions, and what public classes write."""
    found = {n: getattr(mk, n) for n in mk.__all__}
    for room in (mk.glue, mk.plots, mk.tasks, mk.weighting, mk.widgets):
        found |= {f"{room.__name__.rpartition('.')[2]}.{n}": getattr(room, n) for n in room.__all__}
    for name, one in found.items():
        if inspect.isfunction(one):
            yield name, one, inspect.getdoc(one)
        elif inspect.isclass(one):
            for method, m in vars(one).items():
                function = inspect.unwrap(m.fget if isinstance(m, property) else getattr(m, "__func__", m))
                ours = inspect.isfunction(function) and function.__module__.startswith("mtlkit")
                makes = method in ("__init__", "__post_init__")
                if ours and (makes or not method.startswith("_")):
                    yield f"{name}.{method}", function, inspect.getdoc(one if makes else function)


def each(functions):
    return pytest.mark.parametrize("name, function, says", [pytest.param(*one, id=one[0]) for one in functions])


PUBLIC = sorted(public_functions(), key=lambda one: one[0])


def section(docstring: str, *names: str) -> str:
    """The lines of a section, such as "Args"."""
    inside = re.search(rf"^(?:{'|'.join(names)}):\n(.*?)(?=^\S|\Z)", docstring, re.MULTILINE | re.DOTALL)
    return inside[1] if inside else ""


@each(PUBLIC)
def test_a_public_function_says_what_it_takes_and_gives(name, function, says):
    parameters = [p for p in inspect.signature(function).parameters.values() if p.name not in ("self", "cls")]
    assert [p.name for p in parameters if p.annotation is p.empty] == []
    summary, *rest = says.split("\n")
    assert summary and rest[:1] in ([], [""]), "one line, then an empty one"
    taken = section(says, "Args", "Attributes")
    handed_out = name.endswith("__init__") and says.startswith("What `")  # a function's answer, made by no user
    assert handed_out or [p.name for p in parameters if not re.search(rf"\b{p.name}\b.*:", taken)] == []
    if not name.endswith("init__"):
        assert "return" in function.__annotations__
        gives = function.__annotations__["return"] not in (None, "None")
        assert not (parameters and gives) or section(says, "Returns", "Yields")


@each(one for one in PUBLIC if one[1].__code__.co_filename != "<string>")  # which a dataclass writes
def test_a_public_function_says_what_it_raises(name, function, says):
    code = ast.parse(textwrap.dedent(inspect.getsource(function)))
    raised = {r.exc.func.id for r in ast.walk(code) if isinstance(r, ast.Raise) and isinstance(r.exc, ast.Call)}
    assert raised - set(re.findall(r"(\w+): ", section(says, "Raises"))) == set()
