"""The files of the Docker build context, by the rules of `.dockerignore`.

The rules are moby's (github.com/moby/patternmatcher): patterns begin at the root, the last one that
fits the path or a folder above it decides, and `!` takes a path back in.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

TOKENS = re.compile(r"\*\*/|\*\*|\*|\?|.")
MEANINGS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


class BuildContext:
    def __init__(self, root: Path) -> None:
        self.root = root
        lines = map(str.strip, (root / ".dockerignore").read_text().splitlines())
        rules = [line for line in lines if line and not line.startswith("#")]
        self._kept = [rule[1:] for rule in rules if rule.startswith("!")]
        self._rules = [(not rule.startswith("!"), _pattern(rule.lstrip("!"))) for rule in rules]

    def has(self, path: str) -> bool:
        """Tell whether a path below the root, with slashes, is part of the context."""
        parts = PurePosixPath(path)
        paths = [str(each) for each in (parts, *parts.parents)][:-1]
        ignored = False
        for ignores, pattern in self._rules:
            if ignores != ignored and any(map(pattern.fullmatch, paths)):
                ignored = ignores
        return not ignored

    def files(self) -> Iterator[str]:
        """Yield the paths of all files of the context."""
        for folder, names, files in os.walk(self.root):
            where = Path(folder).relative_to(self.root)
            names[:] = [name for name in names if self._may_hold((where / name).as_posix())]
            yield from filter(self.has, ((where / name).as_posix() for name in files))

    def _may_hold(self, folder: str) -> bool:
        return self.has(folder) or any(kept.startswith(f"{folder}/") for kept in self._kept)


def _pattern(rule: str) -> re.Pattern[str]:
    tokens = TOKENS.findall(rule.rstrip("/"))
    return re.compile("".join(MEANINGS.get(token) or re.escape(token) for token in tokens))
