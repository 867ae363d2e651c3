"""Worker processes: they take tasks, are replaced when they die or hang, and end when their parent does."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, Self

from tunewise.batch.parts import PartCounts
from tunewise.batch.tasks import BatchSettings, Job, RowsTask
from tunewise.errors import EngineError

MAX_START_DEATHS = 3
"""How many workers may die or hang while they start, before it is no accident."""
START_SECONDS = 120.0
"""Seconds that a worker has to start, which takes one or two."""
LOOK_SECONDS = 1.0
"""Seconds between two looks at who hangs; more are never counted at once, as a machine or program may sleep."""
JOIN_SECONDS = 5.0
"""Seconds that a worker has to end when it is told to."""
CYCLES = 100_000
"""Objects more than before until a worker looks for cycles: a record has hundreds, and none in a cycle."""
# A forked child would share the parent's threads' locks and the engine's memory; a spawned one shares nothing.
SPAWN = multiprocessing.get_context("spawn")


class Workers:
    """A number of worker processes; use it as a context, which ends them."""

    def __init__(self, count: int, job: Job, settings: BatchSettings) -> None:
        self._make = partial(_Worker, job, settings)
        self._count = count
        self._workers: list[_Worker] = []
        self._stillborn = 0
        self._looked = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.end()

    def run(self, tasks: Iterable[RowsTask]) -> Iterator[PartCounts]:
        """Yield the result of each task as it comes.

        Where a worker dies of a task, hangs or fails at it, the task is parted and its parts are tried. Raises
        EngineError where workers cannot even start, OSError where one cannot write.
        """
        coming = iter(tasks)
        again: deque[RowsTask] = deque()
        while True:
            self._hand_out(again, coming)
            if not any(worker.task for worker in self._workers):
                return
            if not again and (ahead := next(coming, None)) is not None:
                again.append(ahead)  # read while the workers work
            for worker in self._reporting():
                yield from self._result(worker, again)
            for worker in self._hanging():
                worker.kill()  # so that it reports its end

    def _hand_out(self, again: deque[RowsTask], coming: Iterator[RowsTask]) -> None:
        """Give every idle worker a task; more workers are started only where there are tasks for them."""
        idle = deque(worker for worker in self._workers if worker.task is None)
        while idle or len(self._workers) < self._count:
            task = again.popleft() if again else next(coming, None)
            if task is None:
                return
            if not idle:
                self._workers.append(self._make())
            worker = idle.popleft() if idle else self._workers[-1]
            worker.task = task
            worker.begin()

    def _reporting(self) -> list[_Worker]:
        busy = [worker.connection for worker in self._workers if worker.task]
        ready = set(wait(busy, LOOK_SECONDS))
        return [worker for worker in self._workers if worker.connection in ready]

    def _hanging(self) -> list[_Worker]:
        """Return the workers whose time is up; only what passed since the last look is counted, and little of it."""
        before, self._looked = self._looked, time.monotonic()
        passed = min(self._looked - before, LOOK_SECONDS)
        busy = [worker for worker in self._workers if worker.task]
        return [worker for worker in busy if worker.waited(passed)]

    def _result(self, worker: _Worker, again: deque[RowsTask]) -> Iterator[PartCounts]:
        """Yield the result where a worker has one; put what it failed at into the queue, in parts."""
        kind, value = worker.answer()
        task = worker.task
        assert task is not None  # noqa: S101 - only those with a task are listened to
        if kind == "ready":
            worker.begin()
            return
        worker.task = None
        if kind == "done":
            yield value
        elif kind == "stopped":
            raise OSError(*value)
        elif kind == "broken":
            raise EngineError(f"a worker process cannot start: {value}")
        else:
            if kind == "died":
                self._replace(worker)
            fit = [task] if kind == "died" and not worker.ready else task.parted(value)
            again.extendleft(reversed(fit))

    def _replace(self, worker: _Worker) -> None:
        self._stillborn = 0 if worker.ready else self._stillborn + 1
        reason = worker.end()
        if self._stillborn >= MAX_START_DEATHS:
            raise EngineError(f"worker processes end while they start: {reason}")
        self._workers[self._workers.index(worker)] = self._make()


class _Worker:
    """One process and the line to it; `task` is what it works on, or will when it is ready.

    `hung` says how long it did not answer, where it was killed for that.
    """

    def __init__(self, job: Job, settings: BatchSettings) -> None:
        self.task: RowsTask | None = None
        self.ready, self.hung = False, ""
        self._left = START_SECONDS
        self.connection, theirs = SPAWN.Pipe()
        self._process = SPAWN.Process(target=_serve, args=(theirs,), daemon=True)
        with _no_interrupts():
            self._process.start()
        theirs.close()
        self._post((job, settings))

    def begin(self) -> None:
        """Send the task to a worker that is ready for it."""
        if self.ready and self.task is not None:
            self._left = self.task.patience
            self._post(self.task)

    def _post(self, what: object) -> None:
        """Send something; a process that hangs may never take it, and its parent must not wait for that."""
        self._posting = threading.Thread(target=self._send, args=(what,), daemon=True)
        self._posting.start()

    def _send(self, what: object) -> None:
        with contextlib.suppress(OSError):  # that it died is seen where its answer is awaited
            self.connection.send(what)

    def waited(self, seconds: float) -> bool:
        """Count seconds, and return whether the worker has had its time."""
        self._left -= seconds
        return self._left <= 0

    def kill(self) -> None:
        """Kill a process that hangs."""
        given = self.task.patience if self.ready and self.task else START_SECONDS
        self.hung = f"no answer within {given:,.0f} seconds"
        self._process.kill()

    def answer(self) -> tuple[str, Any]:
        """Return what the worker says: a word and what belongs to it."""
        try:
            kind, value = self.connection.recv()
        except (EOFError, OSError):
            return "died", self.hung or f"the process ended ({self._cause()})"
        self.ready = True
        return kind, value

    def end(self) -> str:
        """End the process, and return how it ended."""
        self._process.terminate()
        cause = self._cause()
        self._posting.join()  # with nobody to take it, it is over
        self.connection.close()
        return self.hung or cause

    def _cause(self) -> str:
        self._process.join(JOIN_SECONDS)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        code = self._process.exitcode or 0
        return f"exit status {code}" if code >= 0 else _signal_name(-code)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


@contextlib.contextmanager
def _no_interrupts() -> Iterator[None]:
    """Start a process that Ctrl-C does not reach: its parent hears it, when it has started, and ends it in good order.

    The process inherits the mask. In the parent a thread of some library may still take the signal, so that the
    handler waits, too.
    """
    resource_tracker.ensure_running()  # a first process would start it, and that ends all blocking of SIGINT
    held: list[int] = []
    listening = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT) or signal.SIG_DFL
    if listening:
        signal.signal(signal.SIGINT, lambda number, _: held.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if listening:
            signal.signal(signal.SIGINT, handler)
    if held:
        signal.raise_signal(held[0])


def _serve(connection: Connection) -> None:
    """Do tasks until there are no more; what does them comes first, and nothing is said to a parent that is gone."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    gc.set_threshold(CYCLES)
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        try:
            job, settings = connection.recv()
            work: Callable[[RowsTask], PartCounts] = job(settings)
        except BaseException as error:
            connection.send(("broken", _words(error)))
            return
        connection.send(("ready", None))
        while True:
            connection.send(_done(work, connection.recv()))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None  # noqa: S101 - a worker has one
    wait([parent.sentinel])
    os._exit(1)


def _done(work: Callable[[RowsTask], PartCounts], task: RowsTask) -> tuple[str, Any]:
    try:
        return "done", work(task)
    except OSError as error:
        return "stopped", (error.errno, error.strerror, error.filename)
    except BaseException as error:  # a panic of a library in Rust is no Exception
        return "failed", _words(error)


def _words(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
