"""Check of a diagram in a process of its own with limits: diagrams come from anybody.

The process may use `MAX_CPU_SECONDS` for one check and `MAX_MEMORY_BYTES` more than it has when it begins; a file that
needs more gets the finding `diagrams.check.limit`. The process is kept for the next check.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from threading import Lock
from typing import ParamSpec

from app.diagrams.checking import CheckReport, check_diagram, report_of_one_finding
from app.kernel.i18n import current_locale, set_current_locale

MAX_CPU_SECONDS = 8
MAX_WALL_SECONDS = 20.0
MAX_MEMORY_BYTES = 512 * 1024 * 1024
_P = ParamSpec("_P")
_pool: ProcessPoolExecutor | None = None
_pool_lock = Lock()


def check_diagram_with_limits(xml: bytes, forms: Mapping[str, str]) -> CheckReport:
    """Check a diagram file with its forms in the process with limits, in the language of the reader."""
    return run_check_with_limits(check_diagram, xml, dict(forms))


def run_check_with_limits(
    check: Callable[_P, CheckReport], *args: _P.args, **kwargs: _P.kwargs
) -> CheckReport:
    """Run a check, a function of a module, in the process with limits; beyond them the report says so."""
    pool = _limited_checking_process_pool()
    try:
        waiting: Future[CheckReport] = pool.submit(
            _run_check_within_cpu_limit, MAX_CPU_SECONDS, current_locale(), check, *args, **kwargs
        )
        return waiting.result(MAX_WALL_SECONDS)
    except (BrokenProcessPool, FutureTimeoutError, MemoryError):
        _stop_process_pool(pool)
        return report_of_one_finding("diagrams.check.limit")


def start_checking_process() -> None:
    """Start the process with limits in advance, without waiting for it: a first check is about to come."""
    _limited_checking_process_pool().submit(os.getpid)


def stop_checking_process() -> None:
    """Stop the process with limits, if there is one."""
    if _pool is not None:
        _stop_process_pool(_pool)


def _limited_checking_process_pool() -> ProcessPoolExecutor:
    """Return the pool of one process, forked from a server that has imported this module and has no threads."""
    global _pool
    with _pool_lock:
        if _pool is None:
            context = get_context("forkserver")
            context.set_forkserver_preload([__name__])
            _pool = ProcessPoolExecutor(1, context, _limit_process_memory)
        return _pool


def _stop_process_pool(pool: ProcessPoolExecutor) -> None:
    """Stop a pool whose process is gone or hangs; the next check starts another one."""
    global _pool
    with _pool_lock:
        if _pool is pool:
            _pool = None
    for process in list((pool._processes or {}).values()):
        process.kill()
    pool.shutdown(wait=False, cancel_futures=True)


def _limit_process_memory() -> None:
    """Limit the address space of this process to what it has now and `MAX_MEMORY_BYTES` more."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    limit = pages * resource.getpagesize() + MAX_MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _run_check_within_cpu_limit(
    cpu_seconds: int, locale: str, check: Callable[_P, CheckReport], /, *args: _P.args, **kwargs: _P.kwargs
) -> CheckReport:
    """Run with so many seconds more CPU than this process has used; the kernel ends it beyond that."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + cpu_seconds, hard))
    set_current_locale(locale)
    return check(*args, **kwargs)
