"""Docstrings as Sphinx reads them. Ours are plain text with `code` in single ticks, settings as "name: what it is", and
Google's sections; reStructuredText would take a lone *, |x| or name_ for markup, and run settings together."""

import inspect
import re

import mtlkit

SECTION = re.compile(r"[A-Z][a-z]+( [a-z]+)?:$")  # a heading of Google's style, such as "Args:"
ITEM = re.compile(r"([-*•]|\d+[.)]) +")
# Words that begin a remark of their own in a docstring without sections.
REMARKS = ("Needs", "Cost", "Remembers", "Errors", "Settings", "Head", "Loss")


def process(app, what, name, obj, options, lines: list[str]) -> None:
    """For autodoc, before napoleon reads the sections."""
    lines[:] = convert(lines, parameters(obj))
    if what in ("attribute", "data", "property"):
        lines.insert(0, "\\ ")  # nothing; napoleon takes what stands before a colon in the first line for a type


def parameters(obj) -> frozenset[str]:
    """The names that a docstring may explain: a callable's parameters, a class's annotated fields."""
    try:
        names = set(inspect.signature(obj).parameters)
    except (TypeError, ValueError):
        names = set()
    return frozenset(names | set(getattr(obj, "__annotations__", ())))


def convert(lines: list[str], names: frozenset[str] = frozenset()) -> list[str]:
    """The lines of a docstring as reStructuredText."""
    converted, in_section = [], False
    for kind, block in blocks(lines):
        indented = block[0].startswith(" ")
        in_section = bool(SECTION.match(block[0])) or (in_section and indented)
        if kind == "text" and indented and not in_section:  # an example that is set in
            converted += ["::", "", *("    " + line for line in block)]
        elif kind == "code":
            converted += block
        elif kind == "list" or in_section:
            converted += [inline(line) for line in block]
        else:
            converted += [line for part in explained(block, names) for line in (inline(part), "")]
        converted.append("")
    return converted


def blocks(lines: list[str]):
    """(kind, lines) of what stands between blank lines, and of each list or doctest that follows a text without one.
    The kind is "code" (doctests, fenced blocks), "list" or "text"."""
    kind, block = "text", []
    rest = iter(lines)
    for line in rest:
        stripped, indent = line.strip(), len(line) - len(line.lstrip())
        if stripped.startswith("```"):
            yield from ((kind, block),) if block else ()
            code = [" " * indent + ".. code-block:: " + (stripped.strip("`") or "python"), ""]
            for inner in rest:
                if inner.strip().startswith("```"):
                    break
                code.append("    " + inner)
            yield "code", [*code, ""]
            kind, block = "text", []
            continue
        begins = "code" if stripped.startswith(">>>") else "list" if ITEM.match(stripped) else None
        if not stripped or (begins and begins != kind) or (SECTION.match(line) and block):
            if block:
                yield kind, block
            kind, block = begins or "text", []
        elif kind == "list" and not begins and not line.startswith(" "):  # the text goes on after the list
            yield kind, block
            kind, block = "text", []
        if stripped:
            block.append(line)
    if block:
        yield kind, block


def explained(block: list[str], names: frozenset[str]) -> list[str]:
    """A paragraph; split before each setting that it explains, and each of `REMARKS`."""
    text = " ".join(line.strip() for line in block)
    parts, begin = [], 0
    for match in re.finditer(r"(?:^|(?<=[.;:] ))(\w+(?:, \w+)*): ", text):
        words = match[1].split(", ")
        if set(words) <= names or words[0] in REMARKS:
            parts.append(text[begin : match.start()].rstrip())
            begin = match.start()
    parts.append(text[begin:])
    return [_field(part, names) for part in parts if part]


def _field(part: str, names: frozenset[str]) -> str:
    label, colon, text = part.partition(": ")
    if colon and set(label.split(", ")) <= names:
        return f":param {label.replace(', ', ',')}: {text}"  # with a space, the first would be a type
    return f"**{label}:** {text}" if colon and label in REMARKS else part


def inline(line: str) -> str:
    """One line: `code` in single ticks becomes code, a link where it is a public name; signs stand for themselves."""
    parts = re.split(r"(``.+?``|:[\w:]+:`[^`]+`|`[^`]+`)", line)
    for i, part in enumerate(parts):
        if i % 2 == 0:
            parts[i] = _escape(part)
        elif part.startswith("`") and not part.startswith("``"):
            before = "" if not parts[i - 1] or not parts[i - 1][-1].isalnum() else "\\ "
            after = "" if not parts[i + 1] or not parts[i + 1][0].isalnum() else "\\ "
            parts[i] = before + code(part[1:-1]) + after
    return "".join(parts)


def _escape(text: str) -> str:
    if re.match(r"(:param [^:]+:|\*\*\w+:\*\*) ", text):  # what `_field` wrote
        head, end, text = text.partition(": " if text.startswith(":") else ":** ")
        return head + end + _escape(text)
    if ITEM.match(text.strip()) and text.strip()[0] == "*":
        head, star, text = text.partition("*")
        return head + star + _escape(text)
    text = re.sub(r"[\\*]", r"\\\g<0>", text)
    text = re.sub(r"(?<=\S)\||\|(?=\S)", r"\\|", text)
    return re.sub(r"(?<=\w)(_+)(?=\W|$)", lambda m: m[1].replace("_", "\\_"), text)


def code(text: str) -> str:
    """`text` as code; as a link where it names something public."""
    path = _public().get(re.sub(r"^(mk|mtlkit)\.|\(\)$", "", text))
    return f":py:obj:`{text} <{path}>`" if path else f"``{text}``"


_PUBLIC: dict[str, str] = {}


def _public() -> dict[str, str]:
    """Public name, as docstrings write it → where the reference documents it."""
    if not _PUBLIC:
        from generated_pages import ROOMS, documented, public_names

        for room in ROOMS:
            for name in public_names(room):
                if name in mtlkit.__all__ or name[0].isupper():  # `weights` alone is mostly not plots.weights
                    _PUBLIC.setdefault(name, documented(room, name))
                _PUBLIC[f"{room}.{name}"] = documented(room, name)
    return _PUBLIC


def setup(app):
    app.connect("autodoc-process-docstring", process, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
