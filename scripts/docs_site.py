"""What the documentation's site has beside docs/: hooks of MkDocs (mkdocs.yml).

- CONTRIBUTING.md, CHANGELOG.md and THIRD_PARTY.md stay at the repository's root and are pages too.
- Each public room of the package gets a page made from its docstrings.
- Links are those that work on GitHub; here they lead to the site's pages, and to the repository
  where the site has none.
- The built pages load nothing from other hosts; one that does fails the build.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

import mimika

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
REPOSITORY = "https://github.com/mimika/mimika/blob/main"
ROOT_PAGES = ("CONTRIBUTING.md", "CHANGELOG.md", "THIRD_PARTY.md")
SOURCE = ROOT / "src" / "mimika"
REFERENCE = "reference"
# Apps are for people, not for programs: their reference is `mimika --help` and docs/settings.md.
NO_REFERENCE = {"apps", "assets"}
LINK = re.compile(r"(\]\()([^)\s#]+)((?:#[^)\s]*)?\))")
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=["']?(?:https?:)?//[^>]*>"""
    r"""|<link\b(?![^>]*\brel=["']?(?:canonical|alternate|prev|next|edit))[^>]*"""
    r"""\bhref=["']?(?:https?:)?//[^>]*>"""
    r"""|@import\s+["'(url]*(?:https?:)?//[^;]*""",
    re.IGNORECASE,
)


def rooms() -> list[str]:
    """Names of the rooms that have a page of reference."""
    return sorted(
        p.parent.name for p in SOURCE.glob("*/__init__.py") if p.parent.name not in NO_REFERENCE
    )


def modules(room: str) -> Iterator[str]:
    """Dotted names of a room's public modules; packages inside it before what they hold."""
    for path in sorted((SOURCE / room).rglob("*.py")):
        parts = path.relative_to(SOURCE.parent).with_suffix("").parts
        if path.name == "__init__.py":
            parts = parts[:-1]
        if not any(part.startswith("_") for part in parts):
            yield ".".join(parts)


def reference(room: str) -> str:
    """The text of a room's page of reference."""
    head, *rest = modules(room)
    options = "    options:\n      heading_level: 1\n      members: false\n"
    return f"::: {head}\n{options}\n" + "\n\n".join(f"::: {name}" for name in rest)


def on_config(config: MkDocsConfig) -> None:
    """Put the pages of reference into the navigation, where it says REFERENCE."""
    pages = [{"mimika": f"{REFERENCE}/mimika.md"}]
    pages += [{f"mimika.{room}": f"{REFERENCE}/{room}.md"} for room in rooms()]
    config.nav = _with_reference(config.nav, pages)


def _with_reference(nav: Any, pages: list[dict[str, str]]) -> Any:
    if isinstance(nav, list):
        return [_with_reference(item, pages) for item in nav]
    if isinstance(nav, dict):
        return {title: _with_reference(item, pages) for title, item in nav.items()}
    return pages if nav == "REFERENCE" else nav


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Add the pages that are not in docs/."""
    for name in ROOT_PAGES:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    names = "".join(f"        - {name}\n" for name in dir(mimika) if name != "__version__")
    public = f"::: mimika\n    options:\n      heading_level: 1\n      members:\n{names}"
    files.append(File.generated(config, f"{REFERENCE}/mimika.md", content=public))
    for room in rooms():
        uri = f"{REFERENCE}/{room}.md"
        files.append(File.generated(config, uri, content=reference(room)))


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn a page's links into those of the site."""
    del config
    uri = page.file.src_uri
    home = "" if uri in ROOT_PAGES else "docs"
    folder = posixpath.join(home, posixpath.dirname(uri))

    def rewritten(match: re.Match[str]) -> str:
        begin, target, end = match.groups()
        if ":" in target:
            return match[0]
        path = posixpath.normpath(posixpath.join(folder, target))
        inside = path.removeprefix("docs/")
        if files.get_file_from_path(inside) and (path != inside or path in ROOT_PAGES):
            return begin + posixpath.relpath(inside, posixpath.dirname(uri) or ".") + end
        if (ROOT / path).exists():
            return f"{begin}{REPOSITORY}/{path}{end}"
        return match[0]

    return LINK.sub(rewritten, markdown)


def on_post_build(config: MkDocsConfig) -> None:
    """Refuse pages that load something from another host.

    Raises:
        PluginError: one does.
    """
    for path in sorted(Path(config.site_dir).rglob("*")):
        if path.suffix in {".html", ".css"}:
            for found in FETCHED.findall(path.read_text(encoding="utf-8")):
                where = path.relative_to(config.site_dir)
                raise PluginError(f"{where} loads something from another host: {found}")
