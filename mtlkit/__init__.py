"""mtlkit: multi-task learning on language models, taught and tried in notebooks. `import mtlkit as mk`."""

__version__ = "0.1.0"
_homes: dict[str, tuple[str, str]] = {}  # public name → (the module it comes from, its name there)


def _read_stub() -> dict[str, tuple[str, str]]:
    """`_homes`, as the stub beside this file says; read once, when the first name is asked for."""
    if not _homes:
        import ast
        from pathlib import Path

        homes = {}
        for line in ast.parse(Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8")).body:
            if isinstance(line, ast.ImportFrom):
                homes |= {name.asname: (line.module, name.name) for name in line.names}
            elif isinstance(line, ast.Assign):  # a second name: check = checks
                homes[ast.unparse(line.targets[0])] = homes[ast.unparse(line.value)]
        _homes.update({name: home for name, home in homes.items() if not name.startswith("_")})
    return _homes


def __getattr__(name: str):
    homes = _read_stub()
    if name == "__all__":
        return sorted(homes)
    if name not in homes:
        from mtlkit.utils.errors import unknown

        raise AttributeError(unknown("name in mtlkit", name, sorted(homes)))
    from importlib import import_module

    module, there = homes[name]
    if module == __name__:
        value = import_module(f"{module}.{there}")
    else:
        value = getattr(__import__(module, fromlist=[there]), there)  # a name of the module, or a module inside it
    globals()[name] = value
    return value


def __dir__():
    return [*sorted(_read_stub()), "__version__"]
