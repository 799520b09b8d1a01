#!/usr/bin/env python3
"""How long `flakewise check` takes beside statix and deadnix, which look at each file alone.

    beside_linters.py --flakewise BIN --statix BIN --deadnix BIN FOLDER [--runs N]

FOLDER holds repositories, one per folder, each with a flake.nix. Every program is run N times (3 if not said) in each of
them, one after the other and in turns, and the best time counts: what else the machine does makes times longer and never
shorter. Beside the time from start to end stands the time of all cores together, which depends less on what else runs.
Prints a table in Markdown, sorted by the number of Nix files, with the sums.
"""

import argparse
import os
import platform
import subprocess
import sys
import time


def seconds(command, folder):
    """The time of one run, and that of all cores. Findings make these programs fail, a signal is something else."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode < 0:
        sys.exit(f"{command[0]} died in {folder}: signal {-process.returncode}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime


def size(folder):
    """Nix files and their lines."""
    files = lines = 0
    for path, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != ".git"]
        for name in names:
            if name.endswith(".nix"):
                files += 1
                with open(os.path.join(path, name), "rb") as file:
                    lines += file.read().count(b"\n")
    return files, lines


def processor():
    try:
        with open("/proc/cpuinfo") as info:
            names = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
        return f"{len(names)} x {names[0]}"
    except (OSError, IndexError):
        return platform.processor() or platform.machine()


def main():
    arguments = argparse.ArgumentParser()
    for name in ("flakewise", "statix", "deadnix"):
        arguments.add_argument(f"--{name}", required=True)
    arguments.add_argument("folder")
    arguments.add_argument("--runs", type=int, default=3)
    given = arguments.parse_args()
    commands = {
        "flakewise": [os.path.abspath(given.flakewise), "check"],
        "statix": [os.path.abspath(given.statix), "check", "."],
        "deadnix": [os.path.abspath(given.deadnix), "."],
    }
    rows = []
    for name in sorted(os.listdir(given.folder)):
        folder = os.path.join(given.folder, name)
        if not os.path.exists(os.path.join(folder, "flake.nix")):
            continue
        best = dict.fromkeys(commands, (float("inf"), float("inf")))
        for _ in range(given.runs):
            for program, command in commands.items():
                best[program] = tuple(map(min, best[program], seconds(command, folder)))
        rows.append((*size(folder), name, best))
        print(f"{name}: {best}", file=sys.stderr, flush=True)
    rows.sort(key=lambda row: row[:3])
    print(f"{time.strftime('%Y-%m-%d')}, {processor()}, load {os.getloadavg()[0]:.1f}, best of {given.runs}. Seconds from "
          "start to end, and in brackets those of all cores together.\n")
    print("| repository | Nix files | lines | flakewise check | statix + deadnix | statix | deadnix |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    cell = lambda times: f"{times[0]:.2f} ({times[1]:.2f})"
    add = lambda *all: tuple(sum(times) for times in zip(*all))
    total = dict.fromkeys(commands, (0.0, 0.0))
    for files, lines, name, best in rows:
        both = add(best["statix"], best["deadnix"])
        print(f"| {name.replace('+', '/')} | {files} | {lines} | {cell(best['flakewise'])} | {cell(both)} "
              f"| {cell(best['statix'])} | {cell(best['deadnix'])} |")
        total = {program: add(total[program], best[program]) for program in commands}
    both = add(total["statix"], total["deadnix"])
    print(f"| **all {len(rows)}** | {sum(row[0] for row in rows)} | {sum(row[1] for row in rows)} "
          f"| {cell(total['flakewise'])} | {cell(both)} | {cell(total['statix'])} | {cell(total['deadnix'])} |")


main()
