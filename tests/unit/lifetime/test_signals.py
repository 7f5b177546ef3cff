"""Signals that would end the process let it tidy up, unless the parent had ignored them."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from harness.lifetime.signals import deadly, polite_exits

DEADLY = ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGALRM")


@pytest.mark.parametrize("name", DEADLY)
def test_a_signal_raises_an_exit_with_the_code_of_shells(name: str) -> None:
    number = getattr(signal, name)
    with pytest.raises(SystemExit) as raised, polite_exits():
        os.kill(os.getpid(), number)
    assert raised.value.code == 128 + number
    assert signal.getsignal(number) is signal.SIG_DFL


def test_one_that_was_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with polite_exits():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_the_handlers_of_others_are_kept() -> None:
    heard = []
    before = signal.signal(signal.SIGUSR1, lambda number, _: heard.append(number))
    try:
        with polite_exits():
            os.kill(os.getpid(), signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert heard == [signal.SIGUSR1]


def test_another_thread_can_set_no_handlers() -> None:
    found = []
    thread = threading.Thread(target=lambda: found.append(deadly()))
    thread.start()
    thread.join()
    assert found == [{}]
