"""Workloads that go wrong, each in a way of its own; only ``sound`` does not.

What is expected of each is in ``worker_faults.py``.
"""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workloads import Part, workload

if TYPE_CHECKING:
    from collections.abc import Callable

# A file of the user's sees its own arguments alone: these are the worker's.
_WORKER = getattr(sys, "orig_argv", [])
RESULT = Path(_WORKER[_WORKER.index("-o") + 1]) if "-o" in _WORKER else None
"""The file that pyperf will write."""
MEGABYTE = b"x" * (1 << 20)
KEPT: list[Any] = []


def fault(*modes: str) -> Callable[[Callable[[Part], int]], object]:
    """Register a workload of threads, unless other ``modes`` are given."""
    return workload(modes=modes or ("threads",))


@fault()
def sound(part: Part) -> int:
    """Be right, beside all others."""
    return sum(range(20_000)) % 1000


# How a process can end.


@fault()
def segfault(part: Part) -> int:
    """Read address 0."""
    return len(ctypes.string_at(0))


@fault()
def abort(part: Part) -> int:
    """Abort."""
    os.abort()


@fault()
def kill_itself(part: Part) -> int:
    """Be killed."""
    os.kill(os.getpid(), signal.SIGKILL)
    return part.count


@fault()
def stop_itself(part: Part) -> int:
    """Be stopped."""
    os.kill(os.getpid(), signal.SIGSTOP)
    return part.count


@fault()
def kill_its_group(part: Part) -> int:
    """Kill its group."""
    os.killpg(0, signal.SIGKILL)
    return part.count


@fault()
def exit_0(part: Part) -> int:
    """End at once, in peace."""
    os._exit(0)


@fault()
def exit_77(part: Part) -> int:
    """End at once."""
    os._exit(77)


@fault()
def leave(part: Part) -> int:
    """Raise SystemExit."""
    sys.exit(0)


@fault()
def last_words(part: Part) -> int:
    """Write what no terminal should see, and end."""
    os.write(2, bytes(range(256)) * 20 + b"\n\x1b]0;title\x07\x1b[2J\xff last " + b"z" * 5000)
    os._exit(9)


# What a process can lack.


@fault()
def no_memory(part: Part) -> int:
    """Use up an allowance of memory."""
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    KEPT.extend(bytearray(1 << 24) for _ in range(1000))
    return part.count


@fault()
def no_time(part: Part) -> int:
    """Use up an allowance of CPU time."""
    resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
    while True:
        pass


@fault()
def no_descriptors(part: Part) -> int:
    """Use up all descriptors."""
    try:
        while True:
            KEPT.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        return part.count


@fault()
def close_descriptors(part: Part) -> int:
    """Close all descriptors."""
    os.closerange(0, 1024)
    return part.count


@fault()
def no_folder(part: Part) -> int:
    """Remove the folder of the worker."""
    if RESULT:
        shutil.rmtree(RESULT.parent, ignore_errors=True)
    return part.count


@fault()
def locked_folder(part: Part) -> int:
    """Take all rights from the folder of the worker."""
    if RESULT:
        (RESULT.parent / "inner").mkdir(exist_ok=True)
        (RESULT.parent / "inner").chmod(0)
        RESULT.parent.chmod(0)
    return part.count


@fault()
def elsewhere(part: Part) -> int:
    """Change the current folder."""
    os.chdir("/")
    return part.count


@fault()
def no_streams(part: Part) -> int:
    """Fail without streams to say so."""
    sys.stdout = sys.stderr = None
    raise ValueError("nobody hears this")


@fault()
def deep(part: Part) -> int:
    """Recurse without end."""
    sys.setrecursionlimit(10**8)

    def deeper(level: int) -> int:
        return deeper(level + 1) + 1

    return deeper(0)


# What never ends.


@fault()
def spin(part: Part) -> int:
    """Compute for ever."""
    while True:
        pass


@fault()
def deadlock(part: Part) -> int:
    """Wait for itself."""
    lock = threading.Lock()
    return sum(map(bool, (lock.acquire(), lock.acquire())))


@fault()
def deaf(part: Part) -> int:
    """Ignore signals, and wait for ever."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
    return threading.Event().wait()


@fault()
def print_endlessly(part: Part) -> int:
    """Print for ever."""
    while True:
        os.write(1 + part.index % 2, MEGABYTE)


@fault()
def print_200_mb(part: Part) -> int:
    """Print much, and fail."""
    for _ in range(200):
        os.write(1, MEGABYTE)
    raise RuntimeError("after much")


# What is left behind.


@fault()
def leave_children(part: Part) -> int:
    """Start programs and forget them."""
    if len(KEPT) < 10:
        KEPT.append(subprocess.Popen(["sleep", "600"]))
    return part.count


@fault()
def leave_sessions(part: Part) -> int:
    """Start programs in sessions of their own."""
    if len(KEPT) < 10:
        KEPT.append(subprocess.Popen(["sleep", "600"], start_new_session=True))
    return part.count


@fault()
def leave_a_stranger(part: Part) -> int:
    """Start a program in a session and an environment of its own."""
    if not KEPT:
        script = f"PATH={os.environ.get('PATH', '')} setsid sleep 600 &"
        KEPT.append(subprocess.run(["env", "-i", "sh", "-c", script], check=True))
    return part.count


@fault()
def leave_a_writer(part: Part) -> int:
    """Start a program that goes on writing where the worker lives."""
    if RESULT and not KEPT:
        loop = 'while :; do mkdir -p "$0"; echo x > "$0/$(date +%N)"; done'
        command = ["sh", "-c", loop, str(RESULT.parent)]
        quiet = subprocess.DEVNULL
        KEPT.append(subprocess.Popen(command, start_new_session=True, stdout=quiet, stderr=quiet))
    return part.count


@fault()
def leave_a_printer(part: Part) -> int:
    """Start a program that goes on printing."""
    if not KEPT:
        KEPT.append(subprocess.Popen(["yes"], start_new_session=True))
    return part.count


@fault()
def leave_a_fork(part: Part) -> int:
    """Fork, and have the child wait."""
    if not KEPT:
        KEPT.append(os.fork())
        if KEPT == [0]:
            time.sleep(600)
    return part.count


@fault()
def come_back_twice(part: Part) -> int:
    """Fork, and have both go on."""
    if not KEPT:
        KEPT.append(os.fork())
    return part.count


@fault()
def leave_a_server(part: Part) -> int:
    """Listen, and never close."""
    if not KEPT:
        KEPT.append(socket.create_server(("127.0.0.1", 0)))
    return part.count


@fault()
def leave_a_thread(part: Part) -> int:
    """Start a thread that never ends."""
    if not KEPT:
        thread = threading.Thread(target=threading.Event().wait)
        KEPT.append(thread)
        thread.start()
    return part.count


@fault()
def leave_threads(part: Part) -> int:
    """Start many threads."""
    for _ in range(300 if not KEPT else 0):
        thread = threading.Thread(target=threading.Event().wait, daemon=True)
        KEPT.append(thread)
        thread.start()
    return part.count


# What the children of a worker do.


@fault("processes")
def child_segfault(part: Part) -> int:
    """Read address 0."""
    return len(ctypes.string_at(0))


@fault("processes")
def child_hang(part: Part) -> int:
    """Wait for ever."""
    return threading.Event().wait()


@fault("processes")
def child_print(part: Part) -> int:
    """Print much."""
    for _ in range(20):
        os.write(1, MEGABYTE)
    return part.count


@fault("processes")
def child_children(part: Part) -> int:
    """Start programs in a child."""
    if len(KEPT) < 3:
        KEPT.append(subprocess.Popen(["sleep", "600"], start_new_session=bool(part.index)))
    return part.count
