from __future__ import annotations

import functools
import importlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import InterpreterError
from harness.interpreters import parse_all, provision
from harness.interpreters.answers import Answer, CanGet, Cannot
from harness.interpreters.cache import Recipe, Workshop, make_once
from harness.interpreters.finding import Search
from harness.interpreters.progress import ignore
from harness.interpreters.providers import discovered
from harness.model import Provenance, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.interpreters.answers import Provider
    from harness.interpreters.catalogue import Target
    from harness.interpreters.progress import Tell
    from harness.model import Build

FREE_THREADED: dict[str, Any] = {"is_free_threaded": True, "is_gil_enabled": False}
PYPY: dict[str, Any] = {"implementation": "pypy", "version": "8.0.1", "python_version": "3.11.17"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def keep(fake: Callable[..., Path], root: Path) -> Callable[..., Build]:
    """Put a fake interpreter into the cache."""

    def make(name: str, *, provider: str = "source", **facts: Any) -> Build:
        model = fake(name, **facts)

        def install(workshop: Workshop) -> Path:
            workshop.prefix.mkdir()
            return Path(shutil.copy(model, workshop.prefix / "python"))

        recipe = Recipe(name=name, provenance=Provenance(provider=provider, source=name))
        return make_once(root, recipe, make=install)

    return make


@pytest.fixture
def getters(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Replace the providers that fetch or build."""

    def replace(*providers: Provider) -> None:
        module = importlib.import_module("harness.interpreters.provision")
        monkeypatch.setattr(module, "Search", functools.partial(Search, getters=providers))

    replace()
    return replace


def refuses(target: Target, *, root: Path) -> Answer:
    del target, root
    return Cannot(reason="source: no C compiler found")


def makes(keep: Callable[..., Build], log: list[str], *only: str) -> Provider:
    """Return a provider that can get the named targets."""

    def get(target: Target, tell: Tell) -> Build:
        del tell
        log.append(target.id)
        facts: dict[str, Any] = dict(FREE_THREADED) if target.is_free_threaded else {}
        version = f"{target.python}.1"
        return keep(target.id, version=version, python_version=version, **facts)

    def answer(target: Target, *, root: Path) -> Answer:
        del root
        if target.id not in only:
            return Cannot(reason="maker: not this one")
        get_it = functools.partial(get, target)
        return CanGet(how="made of paper", expected_s=130, get=get_it)

    return answer


def labels(requests: list[str], root: Path, **options: Any) -> list[str]:
    done = provision(parse_all(requests), tell=ignore, root=root, **options)
    return [variant.label for variant in done.variants]


def test_the_default_is_the_newest_pair_that_is_here(
    keep: Callable[..., Build], getters: Callable[..., None], root: Path
) -> None:
    getters(refuses)
    keep("old", version="3.13.1", python_version="3.13.1")
    keep("old-t", version="3.13.1", python_version="3.13.1", **FREE_THREADED)
    keep("newest-alone", version="3.15.0", python_version="3.15.0")
    gil = keep("gil")
    free = keep("free", **FREE_THREADED)
    pypy = keep("pypy", **PYPY)
    done = provision((), tell=ignore, root=root)
    assert [(v.label, v.build, v.environment, v.is_gil_expected) for v in done.variants] == [
        ("3.14", gil, (), True),
        ("3.14t", free, (), False),
        ("3.14t+gil", free, (("PYTHON_GIL", "1"),), True),
        ("pypy", pypy, (), True),
    ]
    assert done.unavailable == ()


@pytest.mark.parametrize(
    "other", [{"version": "3.14.6"}, {"provider": "uv"}, {"compiler": "clang 19"}]
)
def test_builds_of_another_origin_are_no_pair(
    keep: Callable[..., Build], getters: Callable[..., None], root: Path, other: dict[str, Any]
) -> None:
    getters(refuses)
    keep("newer-gil")
    keep("newer-free", **FREE_THREADED, **other)
    keep("old", version="3.13.1", python_version="3.13.1")
    keep("old-t", version="3.13.1", python_version="3.13.1", **FREE_THREADED)
    assert labels([], root) == ["3.13", "3.13t", "3.13t+gil"]


def test_a_missing_pair_is_got_from_one_provider(
    keep: Callable[..., Build], getters: Callable[..., None], root: Path
) -> None:
    log: list[str] = []
    getters(makes(keep, log, "3.15", "3.14", "3.14t"))
    assert labels([], root) == ["3.14", "3.14t", "3.14t+gil"]
    assert log == ["3.15", "3.14", "3.14t"]


def test_without_any_pair_the_newest_plain_build_takes_part(
    keep: Callable[..., Build], getters: Callable[..., None], root: Path
) -> None:
    getters(refuses)
    keep("plain", version="3.12.1", python_version="3.12.1")
    done = provision((), tell=ignore, root=root)
    assert [variant.label for variant in done.variants] == ["3.12"]
    missing = [(one.label, one.reason) for one in done.unavailable]
    assert missing[0] == ("3.15t", "not installed; source: no C compiler found")
    assert [label for label, _ in missing] == ["3.15t", "3.15t+gil", "pypy"]


def test_with_nothing_at_all_every_row_has_a_reason(
    getters: Callable[..., None], root: Path
) -> None:
    getters(refuses)
    done = provision((), tell=ignore, root=root)
    assert done.variants == ()
    assert all("no C compiler found" in one.reason for one in done.unavailable)


def test_a_dry_run_says_how_and_how_long(
    keep: Callable[..., Build], getters: Callable[..., None], root: Path
) -> None:
    log: list[str] = []
    getters(refuses, makes(keep, log, "3.14", "3.14t"))
    done = provision((), tell=ignore, allow_get=False, root=root)
    assert [one.label for one in done.unavailable] == ["3.14", "3.14t", "3.14t+gil", "pypy"]
    reason = "not here yet; can be made of paper in about 2 minutes"
    assert done.unavailable[0] == Unavailable(label="3.14", spec="3.14", reason=reason)
    assert log == []


def test_an_explicit_pair_is_got_together_though_half_is_installed(
    keep: Callable[..., Build],
    fake: Callable[..., Path],
    getters: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    root: Path,
) -> None:
    log: list[str] = []
    getters(makes(keep, log, "3.14", "3.14t"))
    installed = discovered.Found(
        path=str(fake("bin/python3.14")), implementation="cpython", version="3.14.7"
    )
    monkeypatch.setattr(discovered, "_installed", lambda _path: (installed,))
    assert labels(["3.14"], root) == ["3.14"]
    assert log == []
    assert labels(["3.14", "3.14t"], root) == ["3.14", "3.14t"]
    assert log == ["3.14", "3.14t"]


def test_half_of_a_pair_is_better_than_none(
    keep: Callable[..., Build], getters: Callable[..., None], root: Path
) -> None:
    log: list[str] = []
    getters(makes(keep, log, "3.14"))
    done = provision(parse_all(["3.14", "3.14t"]), tell=ignore, root=root)
    assert [variant.label for variant in done.variants] == ["3.14"]
    reason = "not installed; maker: not this one"
    assert done.unavailable == (Unavailable(label="3.14t", spec="3.14t", reason=reason),)
    assert log == ["3.14"]


def test_a_path_is_labelled_by_what_it_is(
    fake: Callable[..., Path], getters: Callable[..., None], root: Path
) -> None:
    getters()
    plain, debug = fake("plain"), fake("debug", is_debug=True)
    free, pypy = fake("free", **FREE_THREADED), fake("pypy", **PYPY)
    wanted = [plain, plain, debug, free, f"{free}+gil", pypy, f"mine={plain}"]
    expected = ["3.14", "3.14-2", "3.14d", "3.14t", "3.14t+gil", "pypy3.11", "mine"]
    assert labels([str(one) for one in wanted], root) == expected


def test_a_path_that_cannot_be_used_stops_at_once(root: Path, tmp_path: Path) -> None:
    with pytest.raises(InterpreterError, match="no such file"):
        labels([f"{tmp_path}/none"], root)


def test_a_plain_build_cannot_be_asked_for_with_gil(fake: Callable[..., Path], root: Path) -> None:
    with pytest.raises(InterpreterError, match="is for free-threaded builds"):
        labels([f"on={fake()}+gil"], root)


def test_a_broken_cached_interpreter_is_made_again(
    keep: Callable[..., Build], getters: Callable[..., None], root: Path
) -> None:
    log: list[str] = []
    getters(makes(keep, log, "3.13", "3.13t"))
    labels(["3.13", "3.13t"], root)
    for path in root.glob("interpreters/3.13t-*/prefix/python"):
        path.write_text("#!/bin/sh\nexit 1\n")
    assert labels(["3.13", "3.13t"], root) == ["3.13", "3.13t"]
    assert log == ["3.13", "3.13t"] * 2
