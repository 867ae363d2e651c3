"""Kills workers at random moments, and counts what each pool of processes makes of it.

Each run gives two workers 40 tasks of half a megabyte and kills one worker, as the system does where memory runs out.
A run is whole where every task has a result, the one that was killed at worst a second time.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass

from tunewise.batch.workers import SPAWN, Workers

TASKS, WORKERS, BYTES, LONGEST = 40, 2, 500_000, 20.0


@dataclass(frozen=True)
class Load:
    """A task of some size."""

    number: int
    data: bytes = b"x" * BYTES
    patience = LONGEST

    def parted(self, reason: str) -> list[Load]:
        """Try the same again."""
        return [self]


def work(task: Load) -> int:
    """Take a few milliseconds."""
    end = time.perf_counter() + 0.005
    while time.perf_counter() < end:
        pass
    return task.number


def begin(given: None) -> Callable[[Load], int]:
    """Return what does the tasks."""
    return work


def ours() -> Iterator[int]:
    """Use the pool of this project."""
    with Workers(WORKERS, begin, None) as workers:
        yield from workers.run(map(Load, range(TASKS)))


def pebbles() -> Iterator[int]:
    """Use one of pebble's pools, with as many tasks on their way as keep its workers busy."""
    from pebble import ProcessExpired, ProcessPool

    pool = ProcessPool(max_workers=WORKERS, context=SPAWN)
    coming = map(Load, range(TASKS))
    running = {}
    try:
        again: list[Load] = []
        while True:
            while len(running) < WORKERS + 1 and (
                task := again.pop() if again else next(coming, None)
            ):
                running[pool.schedule(work, args=(task,))] = task
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                task = running.pop(future)
                try:
                    yield future.result()
                except ProcessExpired:
                    again.append(task)
    finally:
        pool.stop()
        pool.join()


def outcome(pool: Callable[[], Iterator[int]], after: int, chance: random.Random) -> str:
    """Return what comes of a run in which a worker is killed after so many results."""
    end = threading.Timer(LONGEST, os._exit, (3,))
    end.daemon = True
    end.start()
    seen = set()
    try:
        for number in pool():
            seen.add(number)
            if len(seen) == after:
                delay = chance.uniform(0, 0.02)
                threading.Timer(delay, kill, (chance,)).start()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return "whole" if len(seen) == TASKS else f"{TASKS - len(seen)} results missing"


def kill(chance: random.Random) -> None:
    """Kill any worker."""
    workers = multiprocessing.active_children()
    if workers:
        os.kill(chance.choice(workers).pid or 0, signal.SIGKILL)


def main() -> None:
    """Print for each pool how its runs ended."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--one", nargs=2)
    options = parser.parse_args()
    kinds = {"ours": ours, "pebble": pebbles}
    if options.one:
        name, seed = options.one
        chance = random.Random(int(seed))
        print(outcome(kinds[name], chance.randint(1, TASKS // 2), chance), flush=True)
        os._exit(0)
    for name in kinds:
        tally(name, options.runs)


def tally(name: str, runs: int) -> None:
    """Run a pool often, each time in a process of its own, and print the counts of what came of it."""
    ends: Counter[str] = Counter()
    began = time.perf_counter()
    for seed in range(runs):
        command = [sys.executable, __file__, "--one", name, str(seed)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        ends[done.stdout.strip() or f"no end within {LONGEST:.0f} s"] += 1
    print(f"{name}: {runs} runs, {(time.perf_counter() - began) / runs:.1f} s each")
    for end, count in ends.most_common():
        print(f"  {count:4}  {end}")


if __name__ == "__main__":
    main()
