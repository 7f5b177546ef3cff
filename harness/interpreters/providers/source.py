"""Build CPython from its release tarball: fetch, verify, configure, make, install, trim.

Place in the flow: the last resort, which needs only a C compiler and a reachable mirror.
Both builds of a pair come from one tarball with the same flags, so that nothing but the
GIL differs between them.
"""

from __future__ import annotations

import functools
import os
import platform
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters import apt, toolchain
from harness.interpreters.answers import Answer, CanGet, Cannot
from harness.interpreters.cache import Recipe, Workshop, make_once
from harness.interpreters.catalogue import Source, Target, catalogue
from harness.interpreters.compiling import Step, compile_cpython
from harness.interpreters.fetch import fetch
from harness.interpreters.progress import Progress, Tell
from harness.interpreters.unpack import unpack
from harness.model import Build, Provenance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["FLAGS", "answer"]

FLAGS = ("--disable-test-modules", "--without-static-libpython", "--without-ensurepip")
EXPECTED_S = 125.0
"""One plain build on two cores."""
_FETCH_SHARE = 0.02


def answer(target: Target, *, root: Path) -> Answer:
    """Say whether a tarball is known and a compiler is here; nothing is fetched yet."""
    if not catalogue().sources_of(target):
        return Cannot(reason="source: no tarball of it in the catalogue")
    missing = toolchain.missing_tool()
    if missing:
        return Cannot(reason=f"source: {missing}")
    get = functools.partial(_get, target, root)
    return CanGet(how="built from source (no PGO/LTO)", expected_s=EXPECTED_S, get=get)


def _get(target: Target, root: Path, tell: Tell) -> Build:
    def report(step: Step) -> None:
        tell(
            Progress(
                subject=target.id,
                phase=step.phase,
                fraction=step.fraction,
                detail=step.detail,
                expected_s=EXPECTED_S,
            )
        )

    source, tarball = _fetched(target, root, report)
    recipe = _recipe(target, source)

    def make(workshop: Workshop) -> Path:
        report(Step(phase="unpacking", fraction=_FETCH_SHARE, detail=tarball.name))
        folder = unpack(tarball, workshop.aside / "source")
        compile_cpython(
            folder, flags=recipe.flags, workshop=workshop, report=report, start=_FETCH_SHARE
        )
        suffix = "t" if target.is_free_threaded else ""
        return workshop.prefix / "bin" / f"python{source.python}{suffix}"

    waiting = Step(phase="waiting", fraction=_FETCH_SHARE, detail="another run is building it")
    return make_once(root, recipe, make=make, on_wait=lambda: report(waiting))


def _fetched(target: Target, root: Path, report: Callable[[Step], None]) -> tuple[Source, Path]:
    """Fetch the newest release that can be had; older ones are better than none."""
    wrongs = []
    for source in catalogue().sources_of(target):
        tarball = root / "downloads" / f"Python-{source.version}.tar.xz"

        def on_share(share: float, name: str = tarball.name) -> None:
            report(Step(phase="fetching", fraction=share * _FETCH_SHARE, detail=name))

        try:
            fetch(_urls(source), sha256=source.sha256, target=tarball, on_share=on_share)
        except InterpreterError as error:
            wrongs.append(str(error))
            continue
        return source, tarball
    raise InterpreterError(f"no source of {target.id}: {'; '.join(wrongs)}")


def _urls(source: Source) -> tuple[str, ...]:
    mirror = apt.mirror() if apt.distribution() else ""
    mirror = mirror if mirror.startswith(("http:", "https:")) else ""
    return tuple(
        url.replace("{distro_mirror}", mirror)
        for url in source.urls
        if mirror or "{distro_mirror}" not in url
    )


def _recipe(target: Target, source: Source) -> Recipe:
    compiler = toolchain.find_compiler()
    flags = FLAGS + (("--disable-gil",) if target.is_free_threaded else ())
    # What ``configure`` would take from the environment decides the build as well.
    steering = ("CC", "CFLAGS", "CPPFLAGS", "LDFLAGS")
    flags += tuple(f"{name}={os.environ[name]}" for name in steering if os.environ.get(name))
    return Recipe(
        name=f"cpython-{source.version}{'t' if target.is_free_threaded else ''}",
        provenance=Provenance(
            provider="source", source=f"Python-{source.version}.tar.xz", sha256=source.sha256
        ),
        flags=flags,
        compiler=compiler.version if compiler else "",
        libc=" ".join(platform.libc_ver()),
        architecture=platform.machine(),
    )
