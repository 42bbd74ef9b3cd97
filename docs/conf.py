"""The documentation site: ``sphinx-build -W -c docs . site`` from the top of the tree.

The pages are the Markdown files of the tree as a code host shows them, links to code
included. Nothing in the site needs the network: formulas are MathML, fonts are the
reader's.
"""

import re
import shutil
from pathlib import Path

from docutils import nodes
from latex2mathml.converter import convert
from sphinx import addnodes
from sphinx.application import Sphinx

import siting

ROOT = Path(__file__).parents[1]
MENU = """
```{{toctree}}
{caption}:hidden:
:glob:

{pages}
```
"""
LINK = re.compile(r"\]\((.*?)\.md\)")
SHOWN = {".py": "python", ".toml": "toml", ".json": "json"}

project = "siting"
author = "the authors of siting"
version = release = siting.__version__
root_doc = "README"
include_patterns = [
    "*.md",
    "docs/**",
    "notebooks/*.ipynb",
    "regions/*/*.md",
    "benchmarks/**.md",
]
exclude_patterns = ["docs/images", "docs/conf.py"]
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["amsmath", "dollarmath"]
myst_heading_anchors = 4
nb_execution_mode = "off"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_google_docstring = False
html_theme = "furo"
html_title = "siting"
html_static_path = ["site.css"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_math_renderer = "mathml"
pygments_dark_style = "github-dark"
highlight_language = "none"


def menus() -> dict[str, dict[str, list[str]]]:
    """Menus by page, caption and entries; the main one is docs/README.md's index."""
    main = {"": ["docs/README"]}
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    for section in index.split("\n## ")[1:]:
        caption, _, text = section.partition("\n")
        main[caption] = [f"docs/{page}" for page in LINK.findall(text)]
    main["Project"] = [
        "README.zh",
        "CHANGELOG",
        "benchmarks/README",
        "benchmarks/results/results",
        "benchmarks/results/draws/results",
        "regions/*/README",
        "regions/*/LICENCE",
    ]
    recipes = (ROOT / "docs" / "howto" / "README.md").read_text(encoding="utf-8")
    return {
        root_doc: main,
        "docs/howto/README": {"": LINK.findall(recipes)},
        "docs/notebooks": {"": ["/notebooks/*"]},
    }


def add_menu(_: Sphinx, name: str, source: list[str]) -> None:
    """Put the menus at the end of their pages; a code host has the index instead."""
    for caption, pages in menus().get(name, {}).items():
        head = f":caption: {caption}\n" if caption else ""
        source[0] += MENU.format(caption=head, pages="\n".join(pages))


def show_code(app: Sphinx, tree: nodes.document, name: str) -> None:
    """Lead links to code to a page that shows it, rather than to a download."""
    for node in list(tree.findall(addnodes.download_reference)):
        folder = Path(app.env.doc2path(name)).parent
        path = (folder / node["reftarget"]).resolve().relative_to(ROOT.resolve())
        if path.suffix not in SHOWN:
            continue
        app.env.shown_code = {*getattr(app.env, "shown_code", ()), path}  # type: ignore[attr-defined]
        target = app.builder.get_relative_uri(name, f"_code/{path.as_posix()}")
        link = nodes.reference("", "", *node.children, refuri=target, internal=True)
        node.replace_self(link)


def code_pages(app: Sphinx) -> object:
    """Give a page for each file of code that a link leads to."""
    for path in sorted(getattr(app.env, "shown_code", ())):
        text = (ROOT / path).read_text(encoding="utf-8")
        code = app.builder.highlighter.highlight_block(text, SHOWN[path.suffix])  # type: ignore[attr-defined]
        body = f"<h1>{path.as_posix()}</h1>{code}"
        context = {"title": path.as_posix(), "body": body}
        yield f"_code/{path.as_posix()}", context, "page.html"


def first_page(app: Sphinx, error: Exception | None) -> None:
    """Let the site open at its first page."""
    if error is None and app.builder.name == "html":
        shutil.copy(app.outdir / f"{root_doc}.html", app.outdir / "index.html")


def inline_formula(writer: nodes.NodeVisitor, node: nodes.math) -> None:
    """Write a formula in a line as MathML."""
    writer.body.append(convert(node.astext()))  # type: ignore[attr-defined]
    raise nodes.SkipNode


def block_formula(writer: nodes.NodeVisitor, node: nodes.math_block) -> None:
    """Write a formula on lines of its own as MathML."""
    writer.body.append(convert(node.astext(), display="block"))  # type: ignore[attr-defined]
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Connect the above."""
    app.add_html_math_renderer("mathml", (inline_formula, None), (block_formula, None))
    app.connect("source-read", add_menu)
    app.connect("doctree-resolved", show_code)
    app.connect("html-collect-pages", code_pages)
    app.connect("build-finished", first_page)
