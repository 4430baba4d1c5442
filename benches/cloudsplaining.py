#!/usr/bin/env python3
"""gradus and cloudsplaining on one file, one after the other.

The file holds 200 roles of 20 statements each, as `benches/iam.rs` makes them.
Both judge it whole: cloudsplaining every policy, gradus every role as an agent of
its own, with risks, paths and advice. Printed are the CPU-seconds of each (user and
system, of the whole process; the best of three) and their ratio.

Takes cargo, and pip with a package index. `--gradus FILE` and `--details FILE` name
a binary and a file that are there already.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROLES = 200
VERSION = "0.9.1"
ROUNDS = 3
ROOT = Path(__file__).resolve().parent.parent


def cpu_seconds(command, output):
    """The least that a command took, and whether it wrote what it was asked for."""
    best = None
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if not output.exists():
            sys.exit(f"{command[0]} wrote nothing: {done.stderr or done.stdout}")
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = spent if best is None else min(best, spent)
    return best


def write_details(path):
    env = {**os.environ, "GRADUS_BENCH_ACCOUNT": str(path), "GRADUS_BENCH_ROLES": str(ROLES)}
    command = ["cargo", "bench", "--bench", "iam", "--", "--list"]
    subprocess.run(command, cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)


def build_gradus():
    subprocess.run(["cargo", "build", "--release", "--bin", "gradus"], cwd=ROOT, check=True)
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "gradus"


def workspace(folder, details):
    """Every role of the file as an agent."""
    (folder / "details.json").write_text(details.read_text())
    arns = [role["Arn"] for role in json.loads(details.read_text())["RoleDetailList"]]
    agents = "".join(
        f"  - {{name: agent-{number}, environment: prod, principals: {{aws: [{json.dumps(arn)}]}}}}\n"
        for number, arn in enumerate(arns)
    )
    head = "apiVersion: gradus/v1\nkind: Workspace\nmetadata: {name: roles}\nagents:\n"
    (folder / "gradus.yaml").write_text(head + agents)
    return len(arns)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--gradus", type=Path)
    parser.add_argument("--details", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        details = given.details or folder / "account.json"
        if given.details is None:
            write_details(details)
        gradus = given.gradus or build_gradus()
        venv.create(folder / "venv", with_pip=True)
        tools = folder / "venv" / "bin"
        pip = [tools / "pip", "install", "--quiet", f"cloudsplaining=={VERSION}"]
        subprocess.run(pip, check=True)

        theirs = folder / "theirs"
        theirs.mkdir()
        scan = [tools / "cloudsplaining", "scan", "--skip-open-report"]
        scan += ["--input-file", details, "--output", theirs]
        ours = folder / "ours"
        ours.mkdir()
        agents = workspace(ours, details)
        assess = [gradus, "assess", ours, "-f", "json", "-o", folder / "ours.json"]

        slow = cpu_seconds(scan, theirs / f"iam-results-{details.stem}.json")
        fast = cpu_seconds(assess, folder / "ours.json")
        assessed = json.loads((folder / "ours.json").read_text())
        if len(assessed["agents"]) != agents:
            sys.exit("gradus did not judge every role")
    print(f"{agents} roles: cloudsplaining {slow:.2f} CPU-s, gradus {fast:.3f} CPU-s")
    print(f"gradus takes {slow / fast:.0f} times fewer CPU-seconds")


if __name__ == "__main__":
    main()
