"""Every link, picture, script and style of a built site: is it there, and does it stay in the site?"""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a page loads by itself; an <a> only leads somewhere.
LOADS = {
    "img": "src",
    "script": "src",
    "link": "href",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "object": "data",
}


class Page(HTMLParser):
    """The anchors of a page, and (tag, address) of all that it loads or leads to."""

    def __init__(self, path: Path):
        super().__init__()
        self.anchors, self.links = {""}, []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.anchors.add(found.get("id") or "")
        address = found.get("href" if tag == "a" else LOADS.get(tag, ""))
        if address is not None:
            self.links.append((tag, address))


def problems(site: Path) -> list[str]:
    """A line for each link to a file or an anchor that is not there, and for each thing that would be loaded from
    elsewhere."""
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        for tag, address in page.links:
            if reason := trouble(path, tag, address, pages):
                found.append(f"{path.relative_to(site)}: <{tag}> {address!r}: {reason}")
    for path in sorted(site.rglob("*.css")):
        for address in re.findall(r"""(?:url\(|@import)\s*["']?((?:https?:)?//[^"')]+)""", path.read_text("utf-8")):
            found.append(f"{path.relative_to(site)}: {address!r}: would be loaded from elsewhere")
    return found


def trouble(path: Path, tag: str, address: str, pages: dict[Path, Page]) -> str | None:
    parts = urlsplit(address)
    if parts.scheme == "data":
        return None
    if parts.scheme or parts.netloc:
        return None if tag == "a" else "would be loaded from elsewhere"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return "there is no such file"
    if target in pages and unquote(parts.fragment) not in pages[target].anchors:
        return "there is no such anchor"
    return None
