"""Sphinx configuration: ``make docs`` builds the site in ``docs/_build`` with warnings as errors, offline."""

import inspect
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_ext")]

from imu_tempo import __version__  # noqa: E402

project = "imu-tempo"
author = "the imu-tempo contributors"
project_copyright = "the imu-tempo contributors, MIT licence"
release = version = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "numpydoc",
    "sphinx.ext.viewcode",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx_design",
    "drawn",  # figures, drawn from the code when the site is built
    "told",  # tables of columns, definitions, words and events, read from the code when the site is built
    "outside",  # links from a page to files of the repository that are no pages
]

exclude_patterns = ["_build", "_generated", "_ext", "**/.ipynb_checkpoints"]
suppress_warnings = ["myst.strikethrough"]
nitpicky = False

# -- Markdown

myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
myst_links_external_new_tab = False

# -- docstrings

numpydoc_show_class_members = False
numpydoc_xref_param_type = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_preserve_defaults = True
autodoc_default_options = {"members": True}  # those with a docstring: a class tells its fields itself
add_module_names = False
python_maximum_signature_line_length = 88
python_use_unqualified_type_names = True

# -- HTML

html_theme = "furo"
html_title = "imu-tempo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5c8a", "color-brand-content": "#0b5c8a"},
    "dark_css_variables": {"color-brand-primary": "#6cc0ee", "color-brand-content": "#6cc0ee"},
    "navigation_with_keys": True,
}
highlight_language = "none"
pygments_style = "friendly"
pygments_dark_style = "github-dark"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


def setup(app: object) -> None:
    """Leave out what only says that a class has a field: the class's own docstring tells its meaning."""

    def skip(_: object, __: str, ___: str, member: object, skipped: bool, ____: object) -> bool:
        return skipped or inspect.ismemberdescriptor(member) or type(member).__name__ == "_tuplegetter"

    app.connect("autodoc-skip-member", skip)
