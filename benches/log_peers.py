#!/usr/bin/env python3
"""gradus and its peers on the same logs, one after the other.

The audit log is what `benches/generate.rs` makes (1 GiB unless `--mib` says otherwise), the
trail what `benches/trail.rs` makes (48 files unless `--files` says otherwise, as they are
delivered and unpacked). Every tool reads all of it in a process of its own: gradus' reader
reads the log and prints how many events it holds, gradus assesses a folder that holds it and
one agent, DuckDB counts by the members that tell actions apart, and a plain scan counts
newlines, or a plain inflater unpacks. They take turns for three rounds; printed is a
Markdown table of the medians of wall time, CPU-seconds (user and system) and the peak of
memory.

All that count events must agree on their number, or nothing is printed.

Takes cargo, and pip with a package index. `--gradus FILE`, `--log FILE`, `--trail FOLDER`
and `--bench FILE` name what is there already; `--audit2rbac FILE` a binary of audit2rbac,
which joins in on the audit log, once, since it takes minutes. `--only audit` and
`--only trail` leave out the other.
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
metadata: {{name: bench}}
agents:
  - name: agent-0
    environment: prod
    principals: {principals}
sources:
  activity: [{{path: {path}}}]
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
connection.execute("SET enable_progress_bar = false")
connection.execute("SET threads TO " + sys.argv[2])
print(connection.execute('''
    SELECT sum(n) FROM (SELECT count(*) AS n FROM read_json(?, format = 'newline_delimited',
    columns = ?, ignore_errors = true) GROUP BY "user".username, verb, objectRef.apiGroup,
    objectRef.resource, objectRef.subresource, objectRef."namespace",
    annotations."authorization.k8s.io/decision")''', [sys.argv[1], members]).fetchone()[0])
"""

# With `typed`, DuckDB is told which members to read; without, it finds out what there is.
COUNT_TRAIL = """
import duckdb, sys
columns = ""
if sys.argv[3] == "typed":
    columns = ''', columns = {Records: 'STRUCT(eventSource VARCHAR, eventName VARCHAR,
        errorCode VARCHAR, userIdentity STRUCT(arn VARCHAR))[]'}'''
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")
connection.execute("SET threads TO " + sys.argv[2])
print(connection.execute(f'''
    SELECT sum(n) FROM (SELECT count(*) AS n FROM (SELECT unnest(Records) AS record
    FROM read_json(?, maximum_object_size = 67108864 {columns}))
    GROUP BY record.eventSource, record.eventName, record.userIdentity.arn,
    record.errorCode)''', [sys.argv[1] + "/*"]).fetchone()[0])
"""

SCAN = """
import sys
count = 0
with open(sys.argv[1], "rb", buffering=0) as log:
    while block := log.read(1 << 20):
        count += block.count(10)
print(count)
"""

INFLATE = """
import gzip, pathlib, sys
for path in pathlib.Path(sys.argv[1]).iterdir():
    with gzip.open(path, "rb") as packed:
        while packed.read(1 << 20):
            pass
"""


def run(command, env=None):
    """Wall seconds, CPU-seconds, peak in MiB, and what was printed."""
    with tempfile.TemporaryFile() as out:
        begin = time.monotonic()
        process = subprocess.Popen(
            list(map(str, command)), stdout=out, env={**os.environ, **(env or {})}
        )
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
    logs = ("kubernetes-audit", "cloudtrail")
    return sum(source["items"] for source in sources if source["kind"] in logs)


def build():
    subprocess.run(["cargo", "build", "--release", "--bin", "gradus"], cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "gradus"


def build_bench():
    """The bench as a program: it writes logs, and reads them."""
    command = ["cargo", "bench", "--bench", "logs", "--no-run", "--message-format", "json"]
    built = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
    artifacts = map(json.loads, built.splitlines())
    return next(
        artifact["executable"]
        for artifact in artifacts
        if artifact.get("executable") and artifact["target"]["name"] == "logs"
    )


def compare(size, tools, base):
    """Lets tools take turns, and prints a table. A tool is a command, its environment, how to
    read a number of events from what it prints (none where it counts none), and how often
    it is to run."""
    measured = {name: [] for name in tools}
    for turn in range(ROUNDS):
        for name, (command, env, _, times) in tools.items():
            if turn < times:
                measured[name].append(run(command, env))
    counts = {
        name: count(measured[name][0][3]) for name, (_, _, count, _) in tools.items() if count
    }
    if len(set(counts.values())) != 1:
        sys.exit(f"they do not agree on the number of events: {counts}")
    print(f"{size:,} bytes, {next(iter(counts.values())):,} events, {os.cpu_count()} cores, "
          f"load {os.getloadavg()[0]:.1f}\n")
    print(f"| tool | wall s | CPU s | GB/s a core | peak MiB | CPU, times {base} |")
    print("| --- | --- | --- | --- | --- | --- |")
    median = lambda name, at: statistics.median(round[at] for round in measured[name])
    for name in tools:
        wall, cpu, peak = (median(name, at) for at in range(3))
        print(f"| {name} | {wall:.2f} | {cpu:.2f} | {size / cpu / 1e9:.2f} | {peak:.0f} | "
              f"{cpu / median(base, 1):.1f} |")
    print()


def audit(arguments, folder, bench, gradus, python):
    log = folder / "audit.log"
    if arguments.log:
        log.symlink_to(arguments.log.resolve())
    else:
        run([bench], {"GRADUS_BENCH_LOG": str(log), "GRADUS_BENCH_MIB": str(arguments.mib)})
    principals = '{kubernetes: ["system:serviceaccount:agents:agent-0"]}'
    workspace = WORKSPACE.format(principals=principals, path="audit.log")
    (folder / "gradus.yaml").write_text(workspace)
    read = {"GRADUS_BENCH_READ": str(log)}
    one = {"RAYON_NUM_THREADS": "1"}
    assess = [gradus, "assess", folder, "--quiet", "--format", "json"]
    tools = {
        "gradus' reader, one thread": ([bench], {**read, **one}, int, ROUNDS),
        "gradus' reader": ([bench], read, int, ROUNDS),
        "gradus assess": (assess, {}, events_of, ROUNDS),
        f"DuckDB {DUCKDB}": ([python, "-c", COUNT, log, "2"], {}, int, ROUNDS),
        "newlines alone": ([sys.executable, "-c", SCAN, log], {}, int, ROUNDS),
    }
    if arguments.audit2rbac:
        command = [arguments.audit2rbac, "-f", log, "--serviceaccount", "agents:agent-0"]
        tools["audit2rbac, for one of its users"] = (command, {}, None, 1)
    compare(log.stat().st_size, tools, "gradus' reader, one thread")


def trail(arguments, folder, bench, gradus, python):
    files = folder / "trail"
    if arguments.trail:
        files.symlink_to(arguments.trail.resolve())
    else:
        files.mkdir()
        run([bench], {"GRADUS_BENCH_TRAIL": str(files), "GRADUS_BENCH_FILES": str(arguments.files)})
    size = sum(path.stat().st_size for path in (files / "plain").iterdir())
    principals = '{aws: ["arn:aws:iam::111122223333:role/agents/role-0"]}'
    one = {"RAYON_NUM_THREADS": "1"}
    for form in ("plain", "packed"):
        workspace = WORKSPACE.format(principals=principals, path=f"trail/{form}")
        (folder / "gradus.yaml").write_text(workspace)
        path = files / form
        assess = [gradus, "assess", folder, "--quiet", "--format", "json"]
        count = [python, "-c", COUNT_TRAIL, path, "2"]
        tools = {
            "gradus' reader": ([bench], {"GRADUS_BENCH_READ": str(path), **one}, int, ROUNDS),
            "gradus assess": (assess, {}, events_of, ROUNDS),
            f"DuckDB {DUCKDB}": ([*count, "found"], {}, int, ROUNDS),
            f"DuckDB {DUCKDB}, told what to read": ([*count, "typed"], {}, int, ROUNDS),
        }
        if form == "packed":
            inflate = [sys.executable, "-c", INFLATE, path]
            tools["zlib's inflater alone"] = (inflate, {}, None, ROUNDS)
        print(f"A trail, {form}:\n")
        compare(size, tools, "gradus' reader")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--gradus", type=Path)
    arguments.add_argument("--bench", type=Path)
    arguments.add_argument("--log", type=Path)
    arguments.add_argument("--trail", type=Path)
    arguments.add_argument("--audit2rbac", type=Path)
    arguments.add_argument("--only", choices=["audit", "trail"])
    arguments.add_argument("--mib", type=int, default=1024)
    arguments.add_argument("--files", type=int, default=48)
    arguments = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        bench = arguments.bench or build_bench()
        gradus = arguments.gradus or build()
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv" / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", f"duckdb=={DUCKDB}"], check=True)
        for name, compare_all in (("audit", audit), ("trail", trail)):
            if arguments.only in (None, name):
                within = folder / name
                within.mkdir()
                compare_all(arguments, within, bench, gradus, python)


if __name__ == "__main__":
    main()
