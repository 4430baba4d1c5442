#!/usr/bin/env python3
"""gradus and its peers on one audit log, one after the other.

The log is what `benches/generate.rs` makes (1 GiB unless `--mib` says otherwise). Every
tool reads all of it in a process of its own: gradus assesses a folder that holds the log
and one agent, DuckDB counts by the seven members that tell actions apart, and a plain
scan counts newlines. They take turns for three rounds; printed is a Markdown table of
the medians of wall time, CPU-seconds (user and system) and the peak of memory.

gradus and DuckDB must agree on the number of events, or nothing is printed.

Takes cargo, and pip with a package index. `--gradus FILE` and `--log FILE` name a binary
and a log that are there already.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
DUCKDB = "2.0.0"

WORKSPACE = """apiVersion: gradus/v1
kind: Workspace
metadata: {name: bench}
agents:
  - name: agent-0
    environment: prod
    principals: {kubernetes: ["system:serviceaccount:agents:agent-0"]}
sources:
  activity: [{path: audit.log}]
"""

COUNT = """
import duckdb, sys
members = {
    "stage": "VARCHAR", "verb": "VARCHAR", "user": 'STRUCT(username VARCHAR)',
    "objectRef": 'STRUCT(resource VARCHAR, "namespace" VARCHAR, apiGroup VARCHAR, subresource VARCHAR)',
    "responseStatus": "STRUCT(code INTEGER)",
    "annotations": 'STRUCT("authorization.k8s.io/decision" VARCHAR)',
}
connection = duckdb.connect()
connection.execute("SET threads TO " + sys.argv[2])
print(connection.execute('''
    SELECT sum(n) FROM (SELECT count(*) AS n FROM read_json(?, format = 'newline_delimited',
    columns = ?, ignore_errors = true) GROUP BY "user".username, verb, objectRef.apiGroup,
    objectRef.resource, objectRef.subresource, objectRef."namespace",
    annotations."authorization.k8s.io/decision")''', [sys.argv[1], members]).fetchone()[0])
"""

SCAN = """
import sys
count = 0
with open(sys.argv[1], "rb", buffering=0) as log:
    while block := log.read(1 << 20):
        count += block.count(10)
print(count)
"""


def run(command):
    """Wall seconds, CPU-seconds, peak in MiB, and what was printed."""
    with tempfile.TemporaryFile() as out:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=out)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
        # Already waited for.
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode()
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, text


def events_of(report):
    """The events that gradus says it read."""
    sources = json.loads(report)["coverage"]["sources"]
    return sum(source["items"] for source in sources if source["kind"] == "kubernetes-audit")


def build():
    subprocess.run(["cargo", "build", "--release", "--bin", "gradus"], cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "gradus"


def generate(path, mib):
    env = {**os.environ, "GRADUS_BENCH_LOG": str(path), "GRADUS_BENCH_MIB": str(mib)}
    command = ["cargo", "bench", "--bench", "logs", "--", "--list"]
    subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--gradus", type=Path)
    arguments.add_argument("--log", type=Path)
    arguments.add_argument("--mib", type=int, default=1024)
    arguments = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        log = folder / "audit.log"
        if arguments.log:
            log.symlink_to(arguments.log.resolve())
        else:
            generate(log, arguments.mib)
        (folder / "gradus.yaml").write_text(WORKSPACE)
        gradus = arguments.gradus or build()
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", f"duckdb=={DUCKDB}"], check=True)

        assess = [gradus, "assess", folder, "--quiet", "--format", "json"]
        tools = {
            "gradus assess": assess,
            "gradus assess, one thread": ["env", "RAYON_NUM_THREADS=1", *assess],
            f"DuckDB {DUCKDB}": [python, "-c", COUNT, log, "2"],
            "newlines alone": [sys.executable, "-c", SCAN, log],
        }
        measured = {name: [] for name in tools}
        for _ in range(ROUNDS):
            for name, command in tools.items():
                measured[name].append(run(list(map(str, command))))
        counts = {
            name: events_of(rounds[0][3]) if name.startswith("gradus") else int(rounds[0][3])
            for name, rounds in measured.items()
        }
        if len(set(counts.values())) != 1:
            sys.exit(f"they do not agree on the number of events: {counts}")
        size = log.stat().st_size
        print(f"{size:,} bytes, {next(iter(counts.values())):,} events, {os.cpu_count()} cores, "
              f"load {os.getloadavg()[0]:.1f}\n")
        print("| tool | wall s | CPU s | GB/s a core | peak MiB | CPU, times gradus |")
        print("| --- | --- | --- | --- | --- | --- |")
        median = lambda name, at: statistics.median(round[at] for round in measured[name])
        base = median("gradus assess", 1)
        for name in tools:
            wall, cpu, peak = (median(name, at) for at in range(3))
            print(f"| {name} | {wall:.2f} | {cpu:.2f} | {size / cpu / 1e9:.2f} | {peak:.0f} | {cpu / base:.1f} |")


if __name__ == "__main__":
    main()
