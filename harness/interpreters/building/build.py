"""Build CPython from source into the cache."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.building import configure_cache, toolchain
from harness.interpreters.building.compile import BuildOptions, compile_cpython
from harness.interpreters.building.sources import refuse_unless_cpython
from harness.interpreters.cache.entries import Recipe, Workspace, existing, make_once
from harness.interpreters.getting import relocate
from harness.interpreters.progress import Notify, reporter
from harness.interpreters.search_path import without_shims
from harness.lifetime.life import life
from harness.model import Optimised
from harness.model.build_flags import has_lto, has_pgo, is_enabled
from harness.subprocesses import clean_environment
from harness.wording import byte_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.interpreters.building.sources import Sources
    from harness.interpreters.naming.requirement import Requirement
    from harness.model import Build

__all__ = ["FLAGS", "INSTALLED_BYTES", "build", "expected_s", "how", "made_before", "obstacle"]

FLAGS = ("--disable-test-modules", "--without-static-libpython", "--without-ensurepip")
DOWNLOAD_SHARE = 0.02
_EXPECTED_S = {Optimised.ANY: 125.0, Optimised.PGO: 290.0, Optimised.LTO: 1000.0}
"""Measured on two cores."""
_DISK_BYTES = {Optimised.ANY: 500_000_000, Optimised.PGO: 800_000_000, Optimised.LTO: 1_000_000_000}
"""Needed during the build."""
INSTALLED_BYTES = 30_000_000
"""Size of a trimmed build."""
_STEERING = (
    *("CFLAGS", "CPPFLAGS", "LDFLAGS", "LIBS", "CPP"),
    *("PKG_CONFIG", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR"),
)
"""They decide the build; ``configure`` also refuses cached answers found with other values."""
_UNRECORDED = (
    *("OPT", "BASECFLAGS", "CFLAGS_NODIST", "LDFLAGS_NODIST", "CFLAGSFORSHARED", "CCSHARED"),
    *("ARFLAGS", "EXTRA_CFLAGS", "PROFILE_TASK", "CONFIG_SITE", "DESTDIR"),
    *("MAKEFLAGS", "MAKELEVEL"),
)
"""They would change a build without being recorded: removed from its environment."""
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


def obstacle(requirement: Requirement, root: Path) -> str:
    """Return why nothing can be built here, or an empty string; starts nothing."""
    missing = toolchain.missing_tool(requirement.compiler)
    if missing:
        return missing
    if is_enabled(shlex.join(requirement.flags), "shared") and not sys.platform.startswith("linux"):
        return "--enable-shared works only on Linux: elsewhere the library would not be found"
    place = next(path for path in (root, *root.parents) if path.exists())
    free = shutil.disk_usage(place).free
    needed = _DISK_BYTES[_optimised(requirement)]
    if free < needed:
        return (
            f"a build needs {byte_size(needed)} in {root}, and {byte_size(free)} are free: "
            "make room, or set GILSCOPE_CACHE to a folder on a larger disk"
        )
    return ""


def how(requirement: Requirement) -> str:
    """Return how it would be built, to follow "can be"."""
    words = {Optimised.ANY: "no PGO/LTO", Optimised.PGO: "PGO", Optimised.LTO: "PGO and LTO"}
    return f"built from source ({words[_optimised(requirement)]})"


def expected_s(requirement: Requirement) -> float:
    """Return how long the build takes on two cores."""
    return _EXPECTED_S[_optimised(requirement)]


def made_before(requirement: Requirement, sources: Sources, *, root: Path) -> Build | None:
    """Return the build of ``sources`` as ``requirement`` asks for, if the cache has it."""
    return existing(root, _recipe(requirement, sources))


def build(requirement: Requirement, sources: Sources, *, root: Path, notify: Notify) -> Build:
    """Return a build of ``sources`` as ``requirement`` asks for, from the cache or made now."""
    report = reporter(notify, requirement.name, expected_s=expected_s(requirement))
    recipe = _recipe(requirement, sources)
    answer_files: list[Path] = []

    def make(workspace: Workspace) -> Path:
        with _workbench(workspace.scratch) as bench:
            report("unpacking", DOWNLOAD_SHARE, recipe.name)
            (bench / "source").mkdir()
            folder = sources.write_files(bench / "source")
            refuse_unless_cpython(folder, title=sources.title)
            answers = configure_cache.file_of(recipe, folder, root=root)
            answer_files.append(answers)
            configure_cache.lend(answers, folder.parent)
            options = BuildOptions(
                flags=_flags(requirement),
                environment=_environment(requirement, bench),
                jobs=toolchain.jobs(has_lto=_optimised(requirement) is Optimised.LTO),
                variables=sources.variables,
            )
            prefix = compile_cpython(
                folder, options=options, log=workspace.log, report=report, start=DOWNLOAD_SHARE
            )
            configure_cache.keep(answers, folder.parent)
            _redact_folder(bench, prefix)
            shutil.move(prefix, workspace.prefix)
        return _executable(workspace.prefix, recipe)

    build = make_once(
        root,
        recipe,
        make=make,
        is_standard=_is_standard(requirement, recipe),
        is_exact=requirement.target is not None and bool(requirement.target.version),
        on_wait=lambda: report("waiting", DOWNLOAD_SHARE, "another run is building it"),
    )
    if build.missing_modules:
        # Look for them again once their headers are installed.
        for answers in answer_files:
            answers.unlink(missing_ok=True)
        report(f"built without {_missing(build)}", 1.0)
    return build


def _is_standard(requirement: Requirement, recipe: Recipe) -> bool:
    """Return whether a catalogue name may select it: not if it has the user's own flags."""
    has_own_flags = requirement.is_custom or any(not flag.startswith("--") for flag in recipe.flags)
    return requirement.target is not None and not has_own_flags


def _missing(build: Build) -> str:
    packages = sorted({_MODULE_PACKAGES.get(name, "") for name in build.missing_modules} - {""})
    hint = f", their headers are not installed (on Debian {' '.join(packages)})" if packages else ""
    return f"{', '.join(build.missing_modules)}{hint}"


def _optimised(requirement: Requirement) -> Optimised:
    flags = shlex.join(_flags(requirement))
    if has_lto(flags):
        return Optimised.LTO
    return Optimised.PGO if has_pgo(flags) else Optimised.ANY


def _recipe(requirement: Requirement, sources: Sources) -> Recipe:
    compiler = toolchain.find_compiler(requirement.compiler)
    flags = _flags(requirement)
    # ``configure`` takes these from the environment.
    given = {name: os.environ[name] for name in _STEERING if os.environ.get(name)}
    if command := requirement.compiler or os.environ.get("CC"):
        given = {"CC": command, **given}
    return Recipe(
        name=f"{sources.name}{'t' if '--disable-gil' in flags else ''}",
        provenance=sources.provenance,
        flags=(*flags, *(f"{name}={value}" for name, value in given.items())),
        compiler=compiler.version if compiler else "",
        libc=" ".join(platform.libc_ver()),
        architecture=platform.machine(),
    )


def _flags(requirement: Requirement) -> tuple[str, ...]:
    """Return the arguments of ``configure``."""
    flags = list(FLAGS)
    if requirement.target is not None and requirement.target.is_free_threaded:
        flags.append("--disable-gil")
    if requirement.optimised is not Optimised.ANY:
        flags.append("--enable-optimizations")
    if requirement.optimised is Optimised.LTO:
        flags.append("--with-lto")
    return (*flags, *(flag for flag in requirement.flags if flag not in flags))


def _environment(requirement: Requirement, bench: Path) -> dict[str, str]:
    inherited = clean_environment().items()
    environment = {name: value for name, value in inherited if name not in _UNRECORDED}
    # A shim may name a Python that is not installed, and ``configure`` would rely on it.
    folders = environment.get("PATH", os.defpath).split(os.pathsep)
    environment["PATH"] = os.pathsep.join(without_shims(folders))
    if requirement.compiler:
        environment["CC"] = requirement.compiler
    return toolchain.with_ccache(environment, requirement.compiler, bench=bench)


@contextlib.contextmanager
def _workbench(scratch: Path) -> Iterator[Path]:
    """Yield a build folder without blanks in its path, as ``make`` and the linker require."""
    if _SAFE_PATH.fullmatch(str(scratch)):
        yield scratch
        return
    folders = (tempfile.gettempdir(), "/tmp", "/var/tmp")  # noqa: S108  # mkdtemp makes its own
    safe = next(
        (path for path in folders if _SAFE_PATH.fullmatch(path) and Path(path).is_dir()), None
    )
    if safe is None:
        raise InterpreterError(f"{scratch}: CPython cannot be built in a path with blanks")
    # The folder of this life is removed even if this process is killed.
    place = life().folder if safe == tempfile.gettempdir() else safe
    with tempfile.TemporaryDirectory(prefix="gilscope-build-", dir=place) as bench:
        yield Path(bench)


def _redact_folder(bench: Path, prefix: Path) -> None:
    """Remove the build folder, which may contain a user's name, from the interpreter's records."""
    patterns = (
        *("lib/python3.*/_sysconfig*", "lib/python3.*/config-3.*/Makefile"),
        *("lib/pkgconfig/*.pc", "bin/python3*-config", "lib/python3.*/build-details.json"),
    )
    for path in {match for pattern in patterns for match in prefix.glob(pattern)}:
        if path.is_file() and not path.is_symlink():
            text = path.read_bytes()
            path.write_bytes(text.replace(os.fsencode(bench), b"/gilscope/build"))


def _executable(prefix: Path, recipe: Recipe) -> Path:
    """Return the executable by its full name: ``python3.14t``, not its link ``python3``.

    Make it load its own shared library: the system's would be another interpreter.
    """
    paths = (prefix / "bin").glob("python3*")
    executables = [path for path in paths if re.fullmatch(r"python3\.\d+t?d?", path.name)]
    if not executables:
        raise InterpreterError("make install created no bin/python3.*")
    executable = max(executables, key=lambda path: len(path.name))
    if is_enabled(shlex.join(recipe.flags), "shared"):
        relocate.set_rpath(executable, "$ORIGIN/../lib")
    return executable
