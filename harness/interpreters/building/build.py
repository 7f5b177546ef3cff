"""Sources of CPython → an interpreter in our cache, compiled as asked for."""

from __future__ import annotations

import contextlib
import functools
import os
import platform
import re
import shlex
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.building import configure_cache, toolchain
from harness.interpreters.building.compile import Order, Step, compile_cpython
from harness.interpreters.cache.entries import Recipe, Workshop, make_once
from harness.interpreters.getting import relocate
from harness.interpreters.naming.wanted import Optimised
from harness.interpreters.progress import Progress, Tell
from harness.interpreters.search_path import without_shims
from harness.interpreters.subprocesses import clean_environment
from harness.interpreters.words import size
from harness.model.build_flags import has_lto, has_pgo, is_enabled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.interpreters.naming.wanted import Wanted
    from harness.model import Build, Provenance

__all__ = ["FLAGS", "Material", "build", "expected_s", "how", "obstacle", "size_bytes"]

FLAGS = ("--disable-test-modules", "--without-static-libpython", "--without-ensurepip")
FETCH_SHARE = 0.02
_EXPECTED_S = {Optimised.ANY: 125.0, Optimised.PGO: 290.0, Optimised.LTO: 1000.0}
"""One build on two cores."""
_DISK_BYTES = {Optimised.ANY: 500_000_000, Optimised.PGO: 800_000_000, Optimised.LTO: 1_000_000_000}
"""What a build needs while it is going on."""
_INSTALLED_BYTES = 30_000_000
_STEERING = (
    *("CFLAGS", "CPPFLAGS", "LDFLAGS", "LIBS", "CPP"),
    *("PKG_CONFIG", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR"),
)
"""``configure`` refuses answers that were found with other values of these, too."""
_UNRECORDED = (
    *("OPT", "BASECFLAGS", "CFLAGS_NODIST", "LDFLAGS_NODIST", "CFLAGSFORSHARED", "CCSHARED"),
    *("ARFLAGS", "EXTRA_CFLAGS", "PROFILE_TASK", "CONFIG_SITE", "DESTDIR"),
    *("MAKEFLAGS", "MAKELEVEL"),
)
"""They would steer a build and be in no record of it: taken out of its environment."""
_SAFE_PATH = re.compile(r"[A-Za-z0-9/._+-]+")
_MODULE_PACKAGES = {
    "bz2": "libbz2-dev",
    "ctypes": "libffi-dev",
    "hashlib": "libssl-dev",
    "lzma": "liblzma-dev",
    "sqlite3": "libsqlite3-dev",
    "ssl": "libssl-dev",
    "zlib": "zlib1g-dev",
}


@dataclass(frozen=True, kw_only=True)
class Material:
    """The sources of one CPython, and what they are called."""

    name: str
    """Readable head of the cache's key, such as ``cpython-3.14.7``."""
    provenance: Provenance
    lay_out: Callable[[Path], Path]
    """Puts the sources into an empty folder, returns the folder that has ``configure``."""
    variables: tuple[str, ...] = ()
    """For ``make``, as ``NAME=VALUE``."""


def obstacle(wanted: Wanted, root: Path) -> str:
    """Return why nothing can be built here, or an empty string; nothing is started yet."""
    missing = toolchain.missing_tool(wanted.compiler)
    if missing:
        return missing
    if is_enabled(shlex.join(wanted.flags), "shared") and not sys.platform.startswith("linux"):
        return "--enable-shared is for Linux here: elsewhere the library would not be found"
    free = shutil.disk_usage(_nearest_existing(root)).free
    needed = _DISK_BYTES[_optimised(wanted)]
    if free < needed:
        return (
            f"a build needs {size(needed)} in {root}, and {size(free)} are free: make room, or "
            "set GILSCOPE_CACHE to a folder on a larger disk"
        )
    return ""


def how(wanted: Wanted) -> str:
    """Return how it would be built, to follow "it can be"."""
    words = {Optimised.ANY: "no PGO/LTO", Optimised.PGO: "PGO", Optimised.LTO: "PGO and LTO"}
    return f"built from source ({words[_optimised(wanted)]})"


def expected_s(wanted: Wanted) -> float:
    """Return how long it takes on two cores."""
    return _EXPECTED_S[_optimised(wanted)]


def size_bytes() -> int:
    """Return what a trimmed build takes on disk."""
    return _INSTALLED_BYTES


def build(wanted: Wanted, material: Material, *, root: Path, tell: Tell) -> Build:
    """Return the build of ``material`` as ``wanted``, made now unless the cache has it."""
    report = functools.partial(_report, wanted, tell)
    recipe = _recipe(wanted, material)
    learned_from: list[Path] = []

    def make(workshop: Workshop) -> Path:
        with _workbench(workshop.aside) as bench:
            report(Step(phase="unpacking", fraction=FETCH_SHARE, detail=recipe.name))
            (bench / "source").mkdir()
            folder = material.lay_out(bench / "source")
            learned = configure_cache.file_of(recipe, folder, root=root)
            learned_from.append(learned)
            configure_cache.lend(learned, folder.parent)
            order = Order(
                flags=_flags(wanted),
                environment=_environment(wanted, bench),
                jobs=toolchain.jobs(has_lto=_optimised(wanted) is Optimised.LTO),
                variables=material.variables,
            )
            prefix = compile_cpython(
                folder, order=order, log=workshop.log, report=report, start=FETCH_SHARE
            )
            configure_cache.keep(learned, folder.parent)
            _forget(bench, prefix)
            shutil.move(prefix, workshop.prefix)
        return _executable(workshop.prefix, recipe)

    waiting = Step(phase="waiting", fraction=FETCH_SHARE, detail="another run is building it")
    made = make_once(
        root,
        recipe,
        make=make,
        is_standard=_is_standard(wanted, recipe),
        is_exact=wanted.target is not None and bool(wanted.target.version),
        on_wait=lambda: report(waiting),
    )
    if made.missing_modules:
        # Once their headers are installed, they must be looked for again.
        configure_cache.forget(learned_from)
        report(Step(phase=f"built without {_missing(made)}", fraction=1.0))
    return made


def _is_standard(wanted: Wanted, recipe: Recipe) -> bool:
    """Say whether a name may mean it; flags of the environment are the user's own as well."""
    has_own_flags = wanted.is_custom or any(not flag.startswith("--") for flag in recipe.flags)
    return wanted.target is not None and not has_own_flags


def _missing(build: Build) -> str:
    packages = sorted({_MODULE_PACKAGES.get(name, "") for name in build.missing_modules} - {""})
    hint = f", their headers are not installed (on Debian {' '.join(packages)})" if packages else ""
    return f"{', '.join(build.missing_modules)}{hint}"


def _optimised(wanted: Wanted) -> Optimised:
    flags = shlex.join(_flags(wanted))
    if has_lto(flags):
        return Optimised.LTO
    return Optimised.PGO if has_pgo(flags) else Optimised.ANY


def _report(wanted: Wanted, tell: Tell, step: Step) -> None:
    tell(
        Progress(
            subject=wanted.name,
            phase=step.phase,
            fraction=step.fraction,
            detail=step.detail,
            expected_s=expected_s(wanted),
        )
    )


def _recipe(wanted: Wanted, material: Material) -> Recipe:
    compiler = toolchain.find_compiler(wanted.compiler)
    flags = _flags(wanted)
    # What ``configure`` would take from the environment decides the build as well.
    given = {name: os.environ[name] for name in _STEERING if os.environ.get(name)}
    if command := wanted.compiler or os.environ.get("CC"):
        given = {"CC": command, **given}
    return Recipe(
        name=f"{material.name}{'t' if '--disable-gil' in flags else ''}",
        provenance=material.provenance,
        flags=(*flags, *(f"{name}={value}" for name, value in given.items())),
        compiler=compiler.version if compiler else "",
        libc=" ".join(platform.libc_ver()),
        architecture=platform.machine(),
    )


def _flags(wanted: Wanted) -> tuple[str, ...]:
    """Return what ``configure`` is told."""
    flags = list(FLAGS)
    if wanted.target is not None and wanted.target.is_free_threaded:
        flags.append("--disable-gil")
    if wanted.optimised is not Optimised.ANY:
        flags.append("--enable-optimizations")
    if wanted.optimised is Optimised.LTO:
        flags.append("--with-lto")
    return (*flags, *(flag for flag in wanted.flags if flag not in flags))


def _environment(wanted: Wanted, bench: Path) -> dict[str, str]:
    environment = clean_environment()
    for name in _UNRECORDED:
        environment.pop(name, None)
    # A shim may answer for a Python that is not there, and ``configure`` would believe it.
    folders = environment.get("PATH", os.defpath).split(os.pathsep)
    environment["PATH"] = os.pathsep.join(without_shims(folders))
    if wanted.compiler:
        environment["CC"] = wanted.compiler
    return toolchain.with_ccache(environment, wanted.compiler, bench=bench)


@contextlib.contextmanager
def _workbench(aside: Path) -> Iterator[Path]:
    """Give a folder to build in whose path ``make`` and the linker can bear.

    Neither copes with blanks; a user's cache folder may have them all the same.
    """
    if _SAFE_PATH.fullmatch(str(aside)):
        yield aside
        return
    folders = (tempfile.gettempdir(), "/tmp", "/var/tmp")  # noqa: S108  # mkdtemp makes its own
    safe = next((one for one in folders if _SAFE_PATH.fullmatch(one) and Path(one).is_dir()), None)
    if safe is None:
        raise InterpreterError(f"{aside}: CPython cannot be built in a path with blanks")
    with tempfile.TemporaryDirectory(prefix="gilscope-build-", dir=safe) as bench:
        yield Path(bench)


def _forget(bench: Path, prefix: Path) -> None:
    """Take the folder it was built in out of what an interpreter says of itself.

    It means nothing once the folder is gone, and it may hold a user's name.
    """
    patterns = (
        *("lib/python3.*/_sysconfig*", "lib/python3.*/config-3.*/Makefile"),
        *("lib/pkgconfig/*.pc", "bin/python3*-config", "lib/python3.*/build-details.json"),
    )
    for path in {found for pattern in patterns for found in prefix.glob(pattern)}:
        if path.is_file() and not path.is_symlink():
            text = path.read_bytes()
            path.write_bytes(text.replace(os.fsencode(bench), b"/gilscope/build"))


def _executable(prefix: Path, recipe: Recipe) -> Path:
    """Return the executable by its fullest name: ``python3.14t``, not its link ``python3``.

    It finds a shared library beside it, wherever that is; the system's own would be another
    interpreter.
    """
    names = re.compile(r"python3\.\d+t?d?")
    found = [path for path in (prefix / "bin").glob("python3*") if names.fullmatch(path.name)]
    if not found:
        raise InterpreterError("make install left no bin/python3.*")
    executable = max(found, key=lambda path: len(path.name))
    if is_enabled(shlex.join(recipe.flags), "shared"):
        relocate.set_rpath(executable, "$ORIGIN/../lib")
    return executable


def _nearest_existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
