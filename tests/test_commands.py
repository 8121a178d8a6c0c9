"""Every management command of this project has `--json`: one document on stdout, nothing else."""

import json
from collections.abc import Callable
from contextlib import nullcontext, suppress
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands, load_command_class

from ingestion.backup.restoration import RestoreReport
from ingestion.pipeline.transformation import Outcome
from spotifyweb.accounts.models import Listener
from spotifyweb.commands import JsonCommand
from spotifyweb.warehouse.scratch import Scratch

APPS = ("spotifyweb", "ingestion", "recommendations", "nowplaying")
EXEMPT = {"dbt"}  # it becomes dbt's own process, whose JSON is one document for each log line
OURS = {
    name: app
    for name, app in get_commands().items()
    if str(app).split(".")[0] in APPS and name not in EXEMPT
}

BUILT = Outcome(build_id="b1", status="published", models=40, tests=90, seconds=1.5)
RESTORED = RestoreReport(name="backup", rows=1, objects=2, records=0, erasures=0, logins=0)
HISTORY = [{"ts": "2026-01-02T10:00:00Z", "ms_played": 200_000, "spotify_track_uri": None}]


def history_file(folder: Path) -> str:
    path = folder / "Streaming_History_Audio_2026.json"
    path.write_text(json.dumps(HISTORY))
    return str(path)


def plays_file(folder: Path) -> str:
    """Return a Parquet file in which one listener plays four tracks in turn."""
    path = folder / "plays.parquet"
    with Scratch() as scratch:
        scratch.execute(
            "copy (select 'dora' as user_id, 't' || (i % 4) as track_id, 'a' as artist_name, "
            "timestamptz '2026-01-01 00:00:00+00' + to_minutes(4 * i) as played_at "
            f"from range(300) as plays(i)) to '{path}' (format parquet)"
        )
    return str(path)


def settings_file(folder: Path) -> str:
    path = folder / "company.env"
    path.touch()
    return str(path)


Arguments = Callable[[Path], list[str]]
ARGUMENTS: dict[str, Arguments] = {
    "allow_listener": lambda _: ["dora", "--admin"],
    "backup": lambda folder: [str(folder / "backups")],
    "consume": lambda _: [],
    "dead_letters": lambda _: ["list"],
    "doctor": lambda _: ["--deep"],
    "erase_listener": lambda _: ["dora"],
    "evaluate_recommendations": lambda folder: [plays_file(folder), "--cases", "5"],
    "import_history": lambda folder: [history_file(folder), "--user", "dora"],
    "install_schedule": lambda _: [],
    "migrate_install": lambda folder: ["--to", settings_file(folder), "--dry-run"],
    "pipeline": lambda _: [],
    "prepare": lambda _: [],
    "produce": lambda _: [],
    "rebuild": lambda _: [],
    "replace_keys": lambda _: [],
    "restore": lambda folder: [str(folder)],
    "rotate_token_keys": lambda _: [],
    "sandbox_spotify": lambda _: [],
    "show_recommendations": lambda _: ["dora"],
    "simulate": lambda _: ["--users", "1", "--days", "1"],
    "snowflake_acceptance": lambda _: ["--list"],
    "snowflake_setup": lambda _: ["--dry-run"],
    "transform": lambda _: [],
}


@pytest.fixture
def quick_builds(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes long, needs a build or an empty install, or never ends has tests of its own."""
    queries = "recommendations.queries.ListenerQueries"
    monkeypatch.setattr(f"{queries}.top_recommendations", lambda *_: [])
    monkeypatch.setattr(
        "ingestion.pipeline.transformation.transform", lambda *_args, **_options: BUILT
    )
    monkeypatch.setattr("ingestion.backup.restoration.restore", lambda *_args, **_options: RESTORED)
    monkeypatch.setattr(
        "ingestion.transfer.process.ask", lambda *_args, **_options: {"target": {}, "finished": []}
    )
    for name in ("hold_data_folder", "valkey"):
        monkeypatch.setattr(f"spotifyweb.devserver.environment.{name}", nullcontext)
    monkeypatch.setattr("uvicorn.Server.run", lambda _server: None)


def test_each_command_is_tried_below() -> None:
    assert ARGUMENTS.keys() == OURS.keys()


@pytest.mark.parametrize("name", OURS)
def test_each_command_says_the_same_of_json(name: str) -> None:
    command = load_command_class(OURS[name], name)
    assert isinstance(command, JsonCommand)
    assert "print the result as one JSON document" in command.create_parser("", name).format_help()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("own_place", "quick_builds")
@pytest.mark.parametrize("name", ARGUMENTS)
def test_json_is_one_document_on_stdout(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    Listener.objects.local("dora")
    arguments = ARGUMENTS[name](tmp_path)
    capfd.readouterr()
    with suppress(SystemExit):  # of a doctor who found something wrong
        call_command(name, *arguments, "--json")
    assert isinstance(json.loads(capfd.readouterr().out), dict)
