"""How Sphinx makes the site. All that a page loads lies beside it: no font, script or formula comes from afar."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import mtlkit

project = "mtlkit"
author = "the mtlkit authors"
copyright = "the mtlkit authors, Apache-2.0"
release = version = mtlkit.__version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "myst_nb", "docstrings", "mathml"]
root_doc = "index"

# -- notebooks and Markdown
nb_execution_mode = "off"  # shown as committed: `make course` runs them
nb_ipywidgets_js = {}  # their code would come from a server; each widget leaves a static picture beside itself
nb_render_markdown_format = "myst"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 4
myst_html_meta = {"viewport": "width=device-width, initial-scale=1"}
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type"]

# -- reference
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
maximum_signature_line_length = 88
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Shape", "params_style"), "Needs", "Cost", "Remembers"]
add_module_names = False
toc_object_entries_show_parents = "hide"

smartquotes_action = "D"  # dashes; quotes in a text about code are code

# -- look
html_theme = "furo"
html_title = "mtlkit"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_show_search_summary = False  # it would fetch every page found, which a browser refuses for files
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": False, "top_of_page_buttons": []}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "github-dark"
