"""The one place that Ray is used in: it runs stages over files, on this machine or a cluster, and is quiet."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tunewise.errors import EngineError, Problem, UserError, harmless, shown

CONNECT_SECONDS = 15.0
"""Seconds that a cluster has to answer."""
OBJECT_STORE_BYTES = 512_000_000
"""Bytes of shared memory on a machine of our own: some hundred chunks on their way."""
RAY_BLOCK_BYTES = 1 << 20
"""Bytes that are handed on at a time, so that one large file keeps all workers busy."""
TASK_RETRIES = 2
"""How often rows are tried again where a worker dies of them."""
AUTO = "auto"
HEALTH = (sys.executable, "-m", "ray.scripts.scripts", "health-check", "--address")
NOT_HERE = "no Ray runs on this machine"
NOT_READY = (ConnectionError, RuntimeError, TimeoutError, ValueError)
"""What Ray raises where it cannot be started or joined, beside its own errors."""
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DISABLE_IMPORT_WARNING": "1",
}
TOLD = re.compile(r"TellingError: (.+)")
LOGGERS = ("ray", "ray.data", "ray.data._internal")


@dataclass(frozen=True, slots=True)
class Stage:
    """A function from tables to tables, the part of a core it is given, and how many may run at once."""

    function: Callable[[Any], Any]
    cores: float
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A running Ray; `cores` is how many it has."""

    ray: Any
    cores: int

    def over(self, items: Sequence[Mapping[str, Any]], stages: Sequence[Stage]) -> Iterator[Any]:
        """Yield the tables that the last stage returns, as they come; raise UserError where a stage does."""
        data = self.ray.data.from_items(list(items), override_num_blocks=len(items))
        for stage in stages:
            data = data.map_batches(
                _Telling(stage.function),
                batch_size=1,
                batch_format="pyarrow",
                num_cpus=stage.cores,
                concurrency=stage.most,
                max_retries=TASK_RETRIES,
            )
        try:
            yield from data.iter_batches(batch_size=None, batch_format="pyarrow")
        except self.ray.exceptions.RayError as error:
            raise _cause(error) from None


RAY_MISSING = "--on ray needs the extra: pip install 'tunewise[ray]'"


def check_installed() -> None:
    """Raise UserError where Ray or what it needs for data is not installed."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import pyarrow  # noqa: F401
        import ray.data  # noqa: F401
    except ImportError as error:
        raise UserError(f"{RAY_MISSING} ({error})") from None


@contextlib.contextmanager
def session(address: str | None, workers: int) -> Iterator[Session]:
    """Hold a Ray: one of this machine's own, or a connection to the cluster at an address.

    Raises UserError where nothing answers there, EngineError where none of our own can be started.
    """
    ray = _ray()
    place = tempfile.mkdtemp(prefix="tunewise-", dir=_short()) if address is None else None
    try:
        if place is None:
            _connect(ray, str(address))
        else:
            _start(ray, place, workers)
        with warnings.catch_warnings():
            _hush(ray)
            yield Session(ray, int(ray.cluster_resources().get("CPU", 1)))
    finally:
        ray.shutdown()
        if place is not None:
            shutil.rmtree(place, ignore_errors=True)


def _ray() -> Any:
    """Return Ray, whose own functions have no types."""
    import ray
    import ray.data
    import ray.exceptions

    return ray


def _short() -> str:
    """Return a folder with a short name: Ray puts sockets below it, whose paths may have 107 characters."""
    return "/tmp" if os.path.isdir("/tmp") else tempfile.gettempdir()  # noqa: S108, PTH112


def _start(ray: Any, place: str, workers: int) -> None:
    try:
        ray.init(
            num_cpus=workers,
            object_store_memory=OBJECT_STORE_BYTES,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.CRITICAL,
            _temp_dir=place,
        )
    except (*NOT_READY, ray.exceptions.RayError) as error:
        raise EngineError(f"Ray does not start: {_first_line(error)}") from None


def _connect(ray: Any, address: str) -> None:
    if address != AUTO:
        _check_answers(address)
    try:
        ray.init(address=address, log_to_driver=False, logging_level=logging.CRITICAL)
    except (*NOT_READY, ray.exceptions.RayError) as error:
        said = NOT_HERE if address == AUTO else _first_line(error)
        raise _refused(address, said) from None


def _check_answers(address: str) -> None:
    """Raise UserError where no Ray answers; Ray itself would wait for a minute and more, and end the process."""
    host, colon, port = address.rpartition(":")
    if not (colon and host and port.isdigit()) or "/" in host:
        raise UserError(f"--address: expected HOST:PORT or {AUTO}, found {shown(address)}")
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()
        subprocess.run(  # noqa: S603 - our own interpreter
            [*HEALTH, address], check=True, capture_output=True, timeout=CONNECT_SECONDS
        )
    except subprocess.SubprocessError:
        raise _refused(address, "what answers there is no Ray") from None
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error) or "no answer"
        raise _refused(address, f"no Ray answers there: {reason}") from None


def _first_line(error: Exception) -> str:
    return harmless(str(error).strip().partition("\n")[0])


def _refused(address: str, message: str) -> UserError:
    return UserError(f"--address {shown(address)}: {message}")


def _hush(ray: Any) -> None:
    """Have Ray say nothing by itself: what a user can do about it, our own errors say."""
    warnings.simplefilter("ignore")
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    context.target_max_block_size = RAY_BLOCK_BYTES
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


class TellingError(Exception):
    """What a stage raises instead of any error: Ray hands on nothing but the text, with much around it."""


@dataclass(frozen=True, slots=True)
class _Telling:
    """A stage's function whose errors come through: as a JSON list of lines if they are the user's, else a text."""

    function: Callable[[Any], Any]

    def __call__(self, table: Any) -> Iterator[Any]:
        try:
            found = self.function(table)
            yield from found if isinstance(found, Iterator) else (found,)
        except UserError as error:
            raise TellingError(json.dumps([str(one) for one in error.problems])) from None
        except Exception as error:
            raise TellingError(json.dumps(f"{type(error).__name__}: {error}")) from None


def _cause(error: Exception) -> Exception:
    """Return what went wrong in a worker: the user's mistake, or a failure in one line."""
    told = TOLD.search(str(error))
    said = json.loads(told[1]) if told else " ".join(str(error).split())
    if isinstance(said, list):
        return UserError(Problem("", None, "", line) for line in said)
    return EngineError(f"a worker of the cluster failed: {harmless(said)}")
