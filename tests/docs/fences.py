"""The fenced blocks of README, CONTRIBUTING and docs, and what their info strings say.

A block of `sh` or `console` is run as it stands. After the language may follow `long` (it runs with
`make test-full`) or `not-run="the reason"`; GitHub shows neither.
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
FENCE = re.compile(r"^( *)```([^\n]*)\n(.*?)\n\1```$", re.MULTILINE | re.DOTALL)
COMMANDS = ("sh", "console")


@dataclass(frozen=True)
class Fence:
    document: str
    line: int
    info: str
    text: str

    @property
    def language(self) -> str:
        return self.info.partition(" ")[0]

    @property
    def reason(self) -> str:
        """Return why it is not run, or nothing."""
        match = re.search(r'not-run="([^"]+)"', self.info)
        return match.group(1) if match else ""

    @property
    def is_long(self) -> bool:
        return "long" in self.info.split()

    @property
    def steps(self) -> list[tuple[str, str]]:
        """Return each command with the output that the document shows below it."""
        if self.language == "sh":
            return [(self.text, "")]
        parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]
        return [(command, output) for command, _, output in (p.partition("\n") for p in parts)]


def fences() -> list[Fence]:
    return [
        Fence(
            document=path.relative_to(ROOT).as_posix(),
            line=text.count("\n", 0, match.start()) + 1,
            info=match.group(2),
            text=re.sub(rf"^{match.group(1)}", "", match.group(3), flags=re.MULTILINE),
        )
        for path in DOCUMENTS
        for text in [path.read_text()]
        for match in FENCE.finditer(text)
    ]
