"""Formulas as MathML, which browsers draw themselves: no script. The font of its signs travels with the site."""

import base64
import io
import logging
from pathlib import Path
from xml.etree import ElementTree

import latex2mathml.converter
import ziamath
from docutils.nodes import SkipNode
from fontTools import subset
from fontTools.ttLib import TTFont

# Latin, Greek, punctuation, arrows, operators, brackets, and the mathematical alphabets.
SIGNS = [
    (0x20, 0x7E),
    (0xB1, 0xB7),
    (0x370, 0x3FF),
    (0x2010, 0x2064),
    (0x2190, 0x22FF),
    (0x27E8, 0x27EB),
    (0x1D400, 0x1D7FF),
]


NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"

logging.getLogger("fontTools").setLevel(logging.WARNING)  # each table that is cut is worth a line to it


def convert(formula: str, display: str) -> str:
    """LaTeX as MathML. ValueError where a command is not known, which would stand there as it is."""
    tree = ElementTree.fromstring(latex2mathml.converter.convert(formula.strip(), display=display))
    for element in tree.iter():
        tag, text = element.tag.removeprefix(NAMESPACE), element.text or ""
        if text.startswith("\\"):
            raise ValueError(f"{text} in {formula!r} has no MathML: write it by other commands.")
        if tag == "mo" and text in "|\u2016" and not element.attrib:
            # A bar is as high as its line, not as the whole fraction around it, and no sign between two terms.
            element.attrib.update(stretchy="false", lspace="0", rspace="0")
        if tag == "msub" and display == "block" and element[0].text in ("min", "max"):
            element.tag = NAMESPACE + "munder"
    ElementTree.register_namespace("", NAMESPACE.strip("{}"))
    return ElementTree.tostring(tree, encoding="unicode")


def visit_inline(self, node):
    self.body.append(convert(node.astext(), "inline"))
    raise SkipNode


def visit_block(self, node):
    self.body.append(f'<div class="formula">{convert(node.astext(), "block")}</div>\n')
    raise SkipNode


def font_face() -> str:
    """The style that brings STIX Two Math (SIL Open Font Licence), with the signs that formulas are made of. It lies in
    the style itself: some browsers take no font from another file next to the page."""
    path = Path(ziamath.__file__).parent / "fonts" / "STIXTwoMath-Regular.ttf"
    font = TTFont(path)
    cutter = subset.Subsetter(subset.Options(layout_features=["ssty"], notdef_outline=True))
    cutter.populate(unicodes=[code for first, last in SIGNS for code in range(first, last + 1)])
    cutter.subset(font)
    font.flavor = "woff"
    file = io.BytesIO()
    font.save(file)
    data = base64.b64encode(file.getvalue()).decode()
    return (
        f'@font-face {{ font-family: "STIX Two Math"; src: url(data:font/woff;base64,{data}) format("woff"); }}\n'
        'math { font-family: "STIX Two Math", math; font-size: 1.1em; }\n'
    )


def write_font(app):
    folder = Path(app.outdir) / "_static"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "math.css").write_text(font_face(), encoding="utf-8")


def load_font(app, page, template, context, doctree):
    """Only a page with a formula loads the font."""
    if "<math" in context.get("body", ""):
        app.add_css_file("math.css")


def setup(app):
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    app.connect("builder-inited", write_font)
    app.connect("html-page-context", load_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
