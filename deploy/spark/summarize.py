#!/usr/bin/env python3
"""Summarizes logs with gradus on a Spark cluster: docs/beyond-one-machine.md.

    spark-submit --master spark://HOST:7077 --files target/release/gradus \\
        deploy/spark/summarize.py s3a://bucket/logs s3a://bucket/all.summary

Every executor runs the same gradus over its share of the files, and summaries are merged
two by two. A task that is run again gives the same bytes, so retries change nothing. The
result is that of one run over all files: gradus sees to it, this job only hands out work.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

from pyspark import SparkFiles
from pyspark.sql import SparkSession

# What Spark hands over of one file.
MOST_BYTES = (1 << 31) - 1


def arguments():
    parser = argparse.ArgumentParser(
        prog="summarize.py", description="Summarizes logs with gradus on a Spark cluster."
    )
    parser.add_argument("input", help="a folder of logs: any path that Spark reads")
    parser.add_argument("output", help="the summary, any path that Spark writes; replaced")
    parser.add_argument(
        "--gradus",
        help="gradus on every machine (default: the one that came with --files)",
    )
    parser.add_argument(
        "--prefix",
        default="",
        help="what names of logs begin with, such as logs/: as a workspace names them",
    )
    parser.add_argument(
        "--part-mib", type=int, default=256, help="MiB of logs in one task (default: 256)"
    )
    parser.add_argument(
        "--hand-over",
        action="store_true",
        help="let Spark hand over the bytes of logs in local folders as well, which machines "
        "that do not share them need",
    )
    parser.add_argument(
        "--assess",
        metavar="WORKSPACE",
        help="a workspace on this machine: the summary is put into it, and it is assessed",
    )
    parser.add_argument(
        "--summary-name",
        default="all.summary",
        help="what the workspace calls the summary (default: all.summary)",
    )
    parser.add_argument(
        "--assessment", default="assessment.json", help="the assessment (default: %(default)s)"
    )
    return parser.parse_args()


def listed(spark, folder):
    """All files below a folder: (path, name below it, bytes), by name."""
    jvm = spark.sparkContext._jvm
    root = jvm.org.apache.hadoop.fs.Path(folder)
    system = root.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())
    root = system.resolvePath(root)
    prefix = root.toUri().getPath().rstrip("/") + "/"
    files, walk = [], system.listFiles(root, True)
    while walk.hasNext():
        status = walk.next()
        path = status.getPath()
        name = path.toUri().getPath()
        if not name.startswith(prefix):
            raise SystemExit(f"summarize.py: {name} is not below {prefix}")
        files.append((path.toString(), name[len(prefix) :], status.getLen()))
    return sorted(files, key=lambda file: file[1]), root.toUri().getScheme()


def shares(files, most):
    """Files in shares of some `most` bytes. Those of one size stay together: among them
    are copies of each other, which only whoever sees both can count once."""
    sizes = {}
    for file in files:
        sizes.setdefault(file[2], []).append(file)
    current, held = [], 0
    for size in sorted(sizes):
        group = sizes[size]
        if current and held + size * len(group) > most:
            yield current
            current, held = [], 0
        current.extend(group)
        held += size * len(group)
    if current:
        yield current


def run(gradus, folder, options):
    """Runs gradus; what it wrote to `out.summary`."""
    command = [gradus, "activity", "summarize", "--quiet", "-o", "out.summary", *options]
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip()
        raise RuntimeError(f"gradus ended with {done.returncode}: {reason}")
    with open(os.path.join(folder, "out.summary"), "rb") as summary:
        return summary.read()


def place(root, name):
    """Where a log of this name lies below `root`; its folder is there afterwards."""
    path = os.path.normpath(os.path.join(root, name))
    if not path.startswith(root + os.sep):
        raise RuntimeError(f"{name} leads out of its folder")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def summarizer(gradus, prefix):
    """What an executor does with its share: (name, path or bytes) to one summary."""

    def summarize(share):
        with tempfile.TemporaryDirectory(prefix="gradus-") as scratch:
            root, names = os.path.join(scratch, "logs"), []
            os.mkdir(root)
            for name, content in share:
                names.append(prefix + name)
                path = place(root, prefix + name)
                if isinstance(content, str):
                    os.symlink(content, path)
                else:
                    with open(path, "wb") as log:
                        log.write(content)
            if not names:
                return
            with open(os.path.join(scratch, "names"), "w", encoding="utf-8") as out:
                out.writelines(f"{os.path.join(root, name)}\n" for name in names)
            binary = gradus or SparkFiles.get("gradus")
            yield run(binary, scratch, ["--root", root, "--files-from", "names"])

    return summarize


def merger(gradus):
    """Two summaries to one."""

    def merge(one, other):
        with tempfile.TemporaryDirectory(prefix="gradus-") as scratch:
            for name, content in (("one.summary", one), ("other.summary", other)):
                with open(os.path.join(scratch, name), "wb") as out:
                    out.write(content)
            binary = gradus or SparkFiles.get("gradus")
            return run(binary, scratch, ["one.summary", "other.summary"])

    return merge


def handed_over(spark, share):
    """The share as (name, bytes), read by Spark in one task."""
    # Spark passes over files without bytes: they are told all the same.
    empty = [(name, b"") for _, name, size in share if size == 0]
    names = {path: name for path, name, size in share if size > 0}
    told = spark.sparkContext.parallelize(empty, 1)
    if not names:
        return told
    literal = [re.sub(r"([\\*?\[\]{}])", r"\\\1", path) for path in names]
    rows = spark.read.format("binaryFile").load(literal).select("path", "content")
    read = rows.rdd.map(lambda row: (names[row.path], bytes(row.content)))
    return told.union(read).coalesce(1)


def write(spark, path, content):
    """Writes beside the path and renames, so that half a summary never bears its name."""
    jvm = spark.sparkContext._jvm
    target, part = (jvm.org.apache.hadoop.fs.Path(p) for p in (path, path + ".part"))
    system = target.getFileSystem(spark.sparkContext._jsc.hadoopConfiguration())
    out = system.create(part, True)
    try:
        out.write(bytearray(content))
    finally:
        out.close()
    system.delete(target, False)
    if not system.rename(part, target):
        raise SystemExit(f"summarize.py: {path} cannot be written")


def main():
    options = arguments()
    spark = SparkSession.builder.appName("gradus activity summarize").getOrCreate()
    context = spark.sparkContext
    prefix = options.prefix.strip("/") + "/" if options.prefix.strip("/") else ""
    files, scheme = listed(spark, options.input)
    if not files:
        raise SystemExit(f"summarize.py: there is no file below {options.input}")
    # A name with a line end in it is told, not lost.
    odd = [name for _, name, _ in files if "\n" in name]
    if odd:
        raise SystemExit(f"summarize.py: {odd[0]!r} is a name of two lines: rename it")
    parts = list(shares(files, options.part_mib << 20))
    if scheme in (None, "file") and not options.hand_over:
        local = [
            [(name, re.sub(r"^file:/*", "/", path)) for path, name, _ in part] for part in parts
        ]
        logs = context.parallelize(local, len(local)).flatMap(lambda part: part)
    else:
        large = [name for _, name, size in files if size > MOST_BYTES]
        if large:
            raise SystemExit(
                f"summarize.py: {large[0]} has more bytes than Spark hands over (2 GiB): "
                "put it where all machines can open it"
            )
        logs = context.union([handed_over(spark, part) for part in parts])
    summaries = logs.mapPartitions(summarizer(options.gradus, prefix))
    summary = summaries.treeReduce(merger(options.gradus))
    write(spark, options.output, summary)
    print(f"{len(files)} files in {len(parts)} parts: {options.output}")
    code = 0
    if options.assess:
        with open(os.path.join(options.assess, options.summary_name), "wb") as out:
            out.write(summary)
        gradus = options.gradus or SparkFiles.get("gradus")
        code = subprocess.run(
            [gradus, "assess", options.assess, "-f", "json", "-o", options.assessment],
            stdin=subprocess.DEVNULL,
            check=False,
        ).returncode
    spark.stop()
    return code


if __name__ == "__main__":
    sys.exit(main())
