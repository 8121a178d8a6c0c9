"""Every command of README, CONTRIBUTING and docs is run as it stands, or says why not."""

import re
from itertools import groupby

import pytest
from django.core.management import get_commands

from tests.docs.conftest import Clone
from tests.docs.fences import COMMANDS, DOCUMENTS, ROOT, Fence, fences
from tests.test_env_example import NAMES

LANGUAGES = {*COMMANDS, "caddyfile", "dotenv", "json", "nginx", "python", "sql"}
RUN = [fence for fence in fences() if fence.language in COMMANDS and not fence.reason]
INLINE = re.compile(r"`[^`\n]*?\b(make|manage\.py) ([a-z_][\w-]*)[^`\n]*`")


def groups() -> list[object]:
    """Return the blocks of each document in their order; later ones may need earlier ones."""
    by_document = groupby(RUN, key=lambda fence: (fence.document, fence.is_long))
    return [
        pytest.param(list(group), id=document, marks=[pytest.mark.long] if is_long else [])
        for (document, is_long), group in by_document
    ]


def shown_first(output: str) -> list[str]:
    return output.split()[:3]


@pytest.mark.slow
@pytest.mark.parametrize("blocks", groups())
def test_commands_work_as_they_stand(blocks: list[Fence], clone: Clone) -> None:
    for block in blocks:
        for command, output in block.steps:
            done = clone.run(command)
            where = f"{block.document}:{block.line}: {command}"
            assert done.returncode == 0, f"{where}\n{done.stdout}\n{done.stderr[-3000:]}"
            if output:
                printed = (done.stdout + done.stderr).split()
                assert printed[:3] == shown_first(output), where


def test_no_block_hides_a_command() -> None:
    """A block says its language, and what is not run says why."""
    for fence in fences():
        where = f"{fence.document}:{fence.line}"
        assert fence.language in LANGUAGES, where
        assert fence.language in COMMANDS or "manage.py" not in fence.text, where
        for test in re.findall(r"tests/[\w/]+\.py", fence.reason):
            assert (ROOT / test).exists(), where
    for document in DOCUMENTS:
        assert not re.search(r"^    \S*manage\.py", document.read_text(), re.MULTILINE), document


def test_commands_within_sentences_exist() -> None:
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    known = {"make": targets, "manage.py": set(get_commands())}
    mentioned = [
        (document.name, program, name)
        for document in DOCUMENTS
        for program, name in INLINE.findall(document.read_text())
    ]
    assert len(mentioned) > 20
    assert [entry for entry in mentioned if entry[2] not in known[entry[1]]] == []


def test_settings_in_documents_exist() -> None:
    for fence in fences():
        if fence.language == "dotenv":
            names = re.findall(r"^([A-Z_]+)=", fence.text, re.MULTILINE)
            assert names
            assert set(names) <= set(NAMES), f"{fence.document}:{fence.line}"


def test_the_first_words_of_an_output_are_compared() -> None:
    fence = Fence("x.md", 1, 'console not-run="a reason"', "$ true\n$ echo a b\na b\nc")
    assert fence.steps == [("true", ""), ("echo a b", "a b\nc")]
    assert fence.reason == "a reason"
