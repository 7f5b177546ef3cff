"""What interpreters differ in with one thread: calls, objects, floats, threads, start."""

from __future__ import annotations

import math
import subprocess
import sys
import threading

from workloads.registry import Part, workload

MODES = ("threads", "processes", "interpreters")
SCALES = "N times as much on N cores without the GIL; with it no more than one thread"


def _fib(number: int) -> int:
    return number if number < 2 else _fib(number - 1) + _fib(number - 2)  # noqa: PLR2004


@workload(kind="cpu", scaling="weak", expectation=SCALES, size=23, modes=MODES, tags=("runtime",))
def fibonacci(part: Part) -> int:
    """Compute a Fibonacci number the slow way: 92 735 calls of a Python function.

    Isolates: calling Python functions, and little else.
    Scales: weak, every thread computes the same number.
    Shared: the function, which is only read.
    """
    return _fib(part.size)


class Body:
    """A body of one unit of mass, in a plane."""

    __slots__ = ("vx", "vy", "x", "y")

    def __init__(self, x: float, y: float) -> None:
        """Place a body at rest."""
        self.x, self.y, self.vx, self.vy = x, y, 0.0, 0.0


def _pull(one: Body, other: Body, dt: float) -> None:
    dx, dy = other.x - one.x, other.y - one.y
    squared = dx * dx + dy * dy + 0.01
    force = dt / (squared * math.sqrt(squared))
    one.vx += dx * force
    one.vy += dy * force
    other.vx -= dx * force
    other.vy -= dy * force


@workload(
    kind="cpu", scaling="weak", expectation=SCALES, size=1_500, modes=MODES, tags=("runtime",)
)
def nbody(part: Part) -> int:
    """Move five bodies that attract each other: attributes and floating point.

    Isolates: reading and writing attributes, and floats: on CPython each is a new object.
    Scales: weak, every thread moves bodies of its own.
    Shared: nothing that a thread writes to.
    """
    bodies = [Body(float(3 * number % 7), float(5 * number % 11)) for number in range(5)]
    pairs = [(one, other) for one in bodies for other in bodies[bodies.index(one) + 1 :]]
    for _ in range(part.size):
        for one, other in pairs:
            _pull(one, other, 0.01)
        for body in bodies:
            body.x += body.vx * 0.01
            body.y += body.vy * 0.01
    # IEEE 754 fixes every operation above to the last bit, so the floats may be compared.
    weighted = enumerate(bodies, start=1)  # their plain sum would never change
    return round(sum(place * (body.x + 2.0 * body.y) for place, body in weighted) * 1e9)


@workload(kind="cpu", scaling="weak", expectation=SCALES, size=48, modes=MODES, tags=("runtime",))
def mandelbrot(part: Part) -> int:
    """Count the steps to escape over a small picture of the Mandelbrot set.

    Isolates: float arithmetic in local variables, with branches.
    Scales: weak, every thread computes the whole picture.
    Shared: nothing that a thread writes to.
    """
    size = part.size
    steps = 0
    for row in range(size):
        ci = 2.5 * row / size - 1.25
        for column in range(size):
            cr = 3.0 * column / size - 2.0
            zr = zi = 0.0
            for _ in range(50):
                zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
                if zr * zr + zi * zi > 4.0:  # noqa: PLR2004
                    break
                steps += 1
    return steps


def _count(done: list[int]) -> None:
    done.append(1)


@workload(
    kind="mixed",
    scaling="weak",
    expectation="less than N times as much anywhere: all threads of a process stand in one list",
    size=40,
    units=40,
    modes=MODES,
    tags=("runtime",),
)
def thread_churn(part: Part) -> int:
    """Create, start and join threads that do next to nothing, one after another.

    Isolates: the price of a thread, where it is made for every small job.
    Scales: weak, every thread makes as many; in the kernel too they share one process.
    Shared: what the interpreter and the kernel keep of their threads, behind locks.
    """
    done: list[int] = []
    for _ in range(part.size):
        thread = threading.Thread(target=_count, args=(done,))
        thread.start()
        thread.join()
    return len(done)


@workload(
    kind="mixed",
    scaling="weak",
    expectation="N times as much on N cores on every build: the work is in other processes",
    modes=MODES,
    tags=("runtime",),
)
def startup(part: Part) -> int:
    """Start this interpreter on an empty program, and wait for its end.

    Isolates: what a command-line tool pays before its first line. The child inherits the
    environment, and so the state of GIL and JIT; its CPU time is not counted as ours.
    Scales: weak, every thread starts as many.
    Shared: the files of the standard library, which the kernel caches.
    """
    ended = [subprocess.run([sys.executable, "-c", ""], check=True) for _ in range(part.size)]
    return len(ended)
