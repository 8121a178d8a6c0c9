"""A page as its reader sees it: its numbers are taken piece by piece.

`left()` says afterwards which numbers nobody took.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

INLINE = {"abbr", "strong", "em", "a", "span", "small", "time"}
APART = {"visually-hidden", "media__title", "rank", "moved"}  # classes that stand for themselves
VOID = {"meta", "link", "input", "img", "br", "hr"}
SPOKEN = ("title", "aria-label", "alt")  # attributes that are shown or read out
CONSTANT = ("filters", "play__forget", "spotify-link", "compare-form", "art")  # classes without any


@dataclass(slots=True)
class Node:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: "list[Node | str]" = field(default_factory=list)
    is_read: bool = False

    @property
    def classes(self) -> list[str]:
        return self.attributes.get("class", "").split()

    @property
    def is_hidden(self) -> bool:
        """Drawn, not read, or without a number of anybody's."""
        unread = self.tag in ("svg", "script", "template")
        return unread or self.attributes.get("aria-hidden") == "true" or self._is_constant

    @property
    def _is_constant(self) -> bool:
        if self.tag == "form" and "no-print" in self.classes:
            return True  # a button beside a line
        return any(name in CONSTANT for name in self.classes)

    def walk(self) -> "Iterator[Node]":
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def all(self, tag: str = "", *, has: str = "") -> "list[Node]":
        return [
            node
            for node in self.walk()
            if (not tag or node.tag == tag) and (not has or has in node.classes)
        ]

    def text(self) -> str:
        """What one reads of it, in one line."""
        return " ".join("".join(self._pieces()).split())

    def _pieces(self) -> Iterator[str]:
        if not self.is_hidden:
            for child in self.children:
                yield child if isinstance(child, str) else "".join(child._pieces())
            if self.tag not in INLINE or APART & set(self.classes):
                yield " "

    def read(self) -> str:
        """Its text, which then was counted."""
        for node in self.walk():
            node.is_read = True
        return self.text()

    def unread(self) -> Iterator[str]:
        if self.is_hidden:
            return
        if not self.is_read:
            yield from (self.attributes[name] for name in SPOKEN if name in self.attributes)
            yield from (child for child in self.children if isinstance(child, str))
        for child in self.children:
            if isinstance(child, Node):
                yield from child.unread()


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Node("document")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        while len(self.open) > 1 and self.open.pop().tag != tag:
            pass

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


class Page:
    """The content of one page, without header, navigation and footer."""

    def __init__(self, html: str) -> None:
        tree = _Tree()
        tree.feed(html)
        self.main = next(node for node in tree.root.walk() if node.tag == "main")

    def part(self, title_id: str) -> Node:
        """The section of that heading."""
        return next(
            node
            for node in self.main.walk()
            if node.attributes.get("aria-labelledby") == title_id or _id(node) == title_id
        )

    def find(self, match: Callable[[Node], bool]) -> list[Node]:
        return [node for node in self.main.walk() if match(node)]

    def facts(self, inside: Node | None = None) -> dict[str, str]:
        """What each term says."""
        found = {}
        for group in (inside or self.main).walk():
            terms = [node for node in group.children if isinstance(node, Node)]
            if group.tag == "div" and terms and terms[0].tag == "dt":
                found[terms[0].read()] = " ".join(node.read() for node in terms[1:])
        return found

    def rows(self, inside: Node) -> list[str]:
        """The lines of its lists."""
        return [node.read() for node in inside.all("li", has="row")]

    def table(self, inside: Node) -> list[list[str]]:
        """Its rows without the head."""
        lines = [node for body in inside.all("tbody") for node in body.all("tr")]
        cells = ([node for node in line.children if isinstance(node, Node)] for line in lines)
        return [[cell.read() for cell in line] for line in cells]

    def has_chart(self, name: str) -> bool:
        return any(_id(node) == f"chart-{name}" for node in self.main.walk())

    def chart(self, name: str) -> "Chart":
        """The numbers that are drawn, and those of the table below."""
        script = next(node for node in self.main.walk() if _id(node) == f"chart-{name}")
        figure = next(f for f in self.main.all("figure") if script in f.children)
        drawn = json.loads(str(script.children[0]))
        picture = next(node for node in figure.walk() if "chart" in node.classes)
        words = picture.attributes["aria-label"]
        title, *_ = [node.read() for node in figure.all("summary")]
        table = self.table(figure)
        for node in figure.walk():
            node.is_read = True
        return Chart(drawn=drawn, table=table, words=words, title=title)

    def left(self) -> list[str]:
        """Whatever holds a digit and was not read."""
        return [" ".join(text.split()) for text in self.main.unread() if re.search(r"\d", text)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    drawn: dict[str, Any]
    table: list[list[str]]
    words: str
    title: str

    @property
    def lines(self) -> dict[str, list[Any]]:
        return {series["label"]: series["values"] for series in self.drawn["series"]}


def _id(node: Node) -> str:
    return node.attributes.get("id", "")
