"""The words of the lesson's story that hold for every experiment, and where to read on."""

from __future__ import annotations

from harness.report.elements import Link, Snippet

__all__ = ["GIL", "LINKS", "NOW", "THEN", "TWO_WAYS", "WAIT", "WAITING"]

_SPACE = "\u00a0"

THEN = (
    (
        "A lesson on threads takes four numbers and looks for all divisors of each. One after "
        f"another that took 0.699{_SPACE}s. Then each number got a thread of its own, and the "
        f"four together took 0.854{_SPACE}s: more hands, and it took longer."
    ),
    (
        "Its reason is the lock that this page is about: under the GIL the four threads take "
        "turns, so that nothing is gained, and the turns themselves are not free. But it is one "
        "run of one interpreter on one machine, and from that alone nobody can tell switching "
        "from chance."
    ),
)
NOW = (
    "Here is the same work on this machine, each way once in every block under every interpreter, "
    "in an order drawn at random."
)
WAITING = (
    "The lesson has another half: threads are there to wait. A thread that waits for the network, "
    "a file or a clock lets the GIL go, and others run in the meantime. So waiting adds up under "
    "every build, with the lock and without."
)
GIL = (
    (
        "The global interpreter lock, the GIL, is a lock that a thread must hold while it runs "
        "Python code."
    ),
    (
        "It keeps the data of the interpreter itself whole, above all the count of references "
        "that every object carries, and no more than that: updates of a program can still be torn "
        "between two threads."
    ),
    (
        "So of all the threads of a process one at a time makes progress, however many cores "
        "there are; in CPython one that wants its turn asks for it after "
        f"5{_SPACE}ms, unless told otherwise."
    ),
    (
        "A thread lets the lock go while it waits in the operating system, and so does some code "
        "in C while it computes, such as hashing and compression."
    ),
    (
        "CPython can be built without it, since 3.13 as an experiment and since 3.14 with official "
        "support, though not by default; such a build lets threads compute side by side, and "
        "usually pays for it with a slower single thread."
    ),
)
"""What the GIL is, in five sentences."""
LINKS = (
    Link(
        title="The GIL in the glossary of Python",
        href="https://docs.python.org/3/glossary.html#term-global-interpreter-lock",
    ),
    Link(
        title="Python support for free threading",
        href="https://docs.python.org/3/howto/free-threading-python.html",
    ),
    Link(title="PEP 703: making the GIL optional", href="https://peps.python.org/pep-0703/"),
    Link(
        title="PEP 779: when free threading is supported", href="https://peps.python.org/pep-0779/"
    ),
)
TWO_WAYS = (
    Snippet(title="One after another", code="for number in numbers:\n    divisors(number)\n"),
    Snippet(
        title="A thread for each",
        code=(
            "threads = [Thread(target=divisors, args=(number,)) for number in numbers]\n"
            "for thread in threads:\n"
            "    thread.start()\n"
            "for thread in threads:\n"
            "    thread.join()\n"
        ),
    ),
)
WAIT = Snippet(
    title="Waiting, in every thread",
    code="select.select([connection], [], [], 0.1)  # the GIL is free meanwhile\n",
)
