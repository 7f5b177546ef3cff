"""From sources to the cache, with sources that build in no time."""

from __future__ import annotations

import errno
import functools
import io
import json
import os
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from harness.errors import InterpreterError
from harness.interpreters import parse, parse_all
from harness.interpreters.building import build as building
from harness.interpreters.building.compile import BuildOptions, compile_cpython
from harness.interpreters.building.sources import Sources
from harness.interpreters.building.toolchain import usable_cpus
from harness.interpreters.cache.entries import entries
from harness.interpreters.finding.provision import provision
from harness.interpreters.getting import reachability
from harness.interpreters.naming.requirement import FromGit, FromTarball, Requirement
from harness.interpreters.progress import ignore, reporter
from harness.interpreters.providers import cached, source
from harness.interpreters.providers.answer import Found, Obtainable, Unobtainable
from harness.interpreters.tarball import tarfile
from harness.model import ExpectedBuild, ExpectedVariant, Optimised, Provenance

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.interpreters.cache.entries import Entry
    from harness.interpreters.progress import Progress
    from harness.model import Build

PATCHLEVEL = '#define PY_VERSION "3.14.7"\n'
CONFIGURE = """#!/bin/sh
echo "checking for gcc... yes"
cache=; for word; do case $word in --cache-file=*) cache=${word#--cache-file=};; esac; done
test -f "$cache" && echo "found $(cat "$cache")"
echo "answers" > "$cache"
printf '%s\\n' "$*" > asked
printf '%s\\n' "CC=$CC" >> asked
cat > Makefile <<'END'
all:
\t@echo gcc -c -o Objects/a.o Objects/a.c
install:
\tmkdir -p $(DESTDIR)/gilscope/bin $(DESTDIR)/gilscope/share
\tmkdir -p $(DESTDIR)/gilscope/lib/python3.14/idlelib/__pycache__
\tcp python $(DESTDIR)/gilscope/bin/python3.14
\tcp asked $(DESTDIR)/gilscope/asked
\tpwd > $(DESTDIR)/gilscope/built-in
\tprintf '%s\\n' "$(GITVERSION)" > $(DESTDIR)/gilscope/git
END
"""
LINES = 'i=0; while [ $i -lt 30 ]; do echo "line $i"; i=$((i+1)); done'


@pytest.fixture(autouse=True)
def _nothing_steers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CC", "CFLAGS", "CPPFLAGS", "LDFLAGS", "MAKEFLAGS", "GILSCOPE_CACHE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cache"


Files = dict[str, str]


@pytest.fixture
def sources(fake: Callable[..., Path]) -> Callable[..., Files]:
    """Return the files of a CPython that builds in no time."""

    def make(configure: str = CONFIGURE, **facts: Any) -> Files:
        return {
            "configure": configure,
            "python": fake("model", **facts).read_text(),
            "Include/patchlevel.h": PATCHLEVEL,
        }

    return make


def lay(files: Files, folder: Path) -> Path:
    for name, text in files.items():
        path = folder / "Python-3.14.7" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    return folder / "Python-3.14.7"


def pack(files: Files, path: Path) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(f"Python-3.14.7/{name}")
            member.size, member.mode = len(text.encode()), 0o755
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def material(files: Files) -> Sources:
    return Sources(
        name="cpython-3.14.7",
        title="Python-3.14.7.tar.xz",
        provenance=Provenance(provider="source", source="Python-3.14.7.tar.xz", sha256="5a"),
        write_files=functools.partial(lay, files),
    )


def requirement(text: str, *, optimised: Optimised = Optimised.ANY) -> Requirement:
    return parse(text, optimised=optimised).requirement


def make(
    text: str, files: Files, root: Path, *, optimised: Optimised = Optimised.ANY
) -> tuple[Build, list[Progress]]:
    told: list[Progress] = []
    asked = requirement(text, optimised=optimised)
    return building.build(asked, material(files), root=root, notify=told.append), told


def prefix(build: Build) -> Path:
    return Path(build.path).parent.parent


def only(root: Path) -> Entry:
    [(_, entry)] = entries(root)
    return entry


def left(root: Path, *folders: str) -> list[Path]:
    return [path for folder in folders for path in root.glob(f"{folder}/*")]


def test_sources_become_an_interpreter_of_the_store(
    sources: Callable[..., Files], root: Path
) -> None:
    built, told = make("3.14", sources(), root)
    assert Path(built.path).is_relative_to(root / "interpreters")
    assert Path(built.path).name == "python3.14"
    assert not (prefix(built) / "share").exists()
    assert not (prefix(built) / "lib/python3.14/idlelib").exists()
    assert left(root, "tmp") == []
    fractions = [one.fraction or 0.0 for one in told]
    assert fractions == sorted(fractions)
    assert {one.subject for one in told} == {"3.14"}
    phases = list(dict.fromkeys(one.phase for one in told))
    assert phases == ["unpacking", "configuring", "compiling", "installing", "trimming"]


def test_it_is_built_once(sources: Callable[..., Files], root: Path) -> None:
    built, _ = make("3.14", sources(), root)
    assert make("3.14", sources(), root) == (built, [])


def test_the_recipe_says_how_it_was_built(sources: Callable[..., Files], root: Path) -> None:
    make("3.14t?cc=gcc -m64", sources(), root)
    entry = only(root)
    recipe = entry.recipe
    assert recipe.name == "cpython-3.14.7t"
    assert recipe.key.startswith("cpython-3.14.7t-")
    assert (recipe.provenance.source, recipe.provenance.sha256) == ("Python-3.14.7.tar.xz", "5a")
    assert recipe.flags == (*building.FLAGS, "--disable-gil", "CC=gcc -m64")
    assert recipe.compiler.startswith("gcc")
    assert recipe.libc
    assert recipe.architecture
    assert entry.duration_s >= 0
    assert entry.created.endswith("+00:00")
    assert entry.size_bytes > 0


@pytest.mark.parametrize(
    ("text", "optimised", "flags"),
    [
        ("3.14", Optimised.ANY, ()),
        ("3.14", Optimised.PGO, ("--enable-optimizations",)),
        ("3.14t", Optimised.LTO, ("--disable-gil", "--enable-optimizations", "--with-lto")),
        ("git:x?flags=--disable-gil", Optimised.ANY, ("--disable-gil",)),
        ("3.14?flags=--with-pydebug CFLAGS=-O0", Optimised.ANY, ("--with-pydebug", "CFLAGS=-O0")),
        ("3.14t?flags=--disable-gil", Optimised.ANY, ("--disable-gil",)),
        (
            "3.14?flags=--with-lto --enable-optimizations",
            Optimised.LTO,
            ("--enable-optimizations", "--with-lto"),
        ),
    ],
)
def test_configure_is_told_what_was_asked_for(
    sources: Callable[..., Files],
    root: Path,
    text: str,
    optimised: Optimised,
    flags: tuple[str, ...],
) -> None:
    built, _ = make(text, sources(), root, optimised=optimised)
    told = (prefix(built) / "asked").read_text().splitlines()[0]
    beginning = "--prefix=/gilscope --cache-file=../config.cache"
    assert told == " ".join((beginning, *building.FLAGS, *flags))


@pytest.mark.parametrize(
    ("text", "optimised", "how", "expected_s"),
    [
        ("3.14", Optimised.ANY, "built from source (no PGO/LTO)", 125),
        ("3.14", Optimised.PGO, "built from source (PGO)", 290),
        ("3.14", Optimised.LTO, "built from source (PGO and LTO)", 1000),
        ("3.14?flags=--enable-optimizations", Optimised.ANY, "built from source (PGO)", 290),
        ("git:x?flags=--with-lto=thin", Optimised.PGO, "built from source (PGO and LTO)", 1000),
    ],
)
def test_how_it_would_be_built_is_said_before(
    text: str, optimised: Optimised, how: str, expected_s: float
) -> None:
    asked = requirement(text, optimised=optimised)
    assert (building.how(asked), building.expected_s(asked)) == (how, expected_s)


def test_both_builds_of_a_pair_differ_in_one_flag(
    sources: Callable[..., Files], root: Path
) -> None:
    make("3.14", sources(), root)
    make("3.14t", sources(is_free_threaded=True), root)
    recipes = {entry.is_free_threaded: entry.recipe for _, entry in entries(root)}
    assert set(recipes[True].flags) - set(recipes[False].flags) == {"--disable-gil"}
    assert set(recipes[False].flags) < set(recipes[True].flags)
    assert recipes[True].compiler == recipes[False].compiler


@pytest.mark.parametrize(
    "name", ["CC", "CFLAGS", "CPPFLAGS", "LDFLAGS", "LIBS", "PKG_CONFIG_PATH", "PKG_CONFIG"]
)
def test_what_configure_takes_from_the_environment_makes_another_build(
    sources: Callable[..., Files], root: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    value = "gcc" if name == "CC" else "-O1"
    make("3.14", sources(), root)
    monkeypatch.setenv(name, value)
    make("3.14", sources(), root)
    flags = {entry.recipe.flags for _, entry in entries(root)}
    assert flags == {building.FLAGS, (*building.FLAGS, f"{name}={value}")}
    # configure refuses answers that were found in another environment
    assert len(left(root, "configure")) == 2


@pytest.mark.parametrize("name", ["my cache", "cäche", "a;b$c'd"])
def test_any_folder_may_hold_the_store(
    sources: Callable[..., Files], tmp_path: Path, name: str
) -> None:
    root = tmp_path / name
    built, _ = make("3.14", sources(), root)
    assert Path(built.path).is_relative_to(root)
    bench = Path((prefix(built) / "built-in").read_text().strip())
    assert " " not in str(bench)
    assert str(bench).isascii()
    assert not bench.exists()
    assert left(root, "tmp") == []


def test_in_a_plain_folder_it_is_built_beside_the_store(
    sources: Callable[..., Files], root: Path
) -> None:
    built, _ = make("3.14", sources(), root)
    assert (prefix(built) / "built-in").read_text().startswith(str(root / "tmp"))


RECIPE = LINES.replace("$", "$$")
FAILING = {
    "configuring": f"#!/bin/sh\n{LINES}\nexit 77\n",
    "compiling": f"#!/bin/sh\nprintf 'all:\\n\\t@{RECIPE}; exit 77\\n' >Makefile",
}


@pytest.mark.parametrize("phase", ["configuring", "compiling"])
def test_a_failed_build_shows_the_end_of_its_log_and_leaves_nothing_else(
    sources: Callable[..., Files], root: Path, phase: str
) -> None:
    with pytest.raises(InterpreterError) as caught:
        make("3.14", sources(FAILING[phase]), root)
    [log] = left(root, "logs")
    lines = str(caught.value).splitlines()
    code = {"configuring": 77, "compiling": 2}[phase]
    assert lines[0] == (f"{phase} failed with exit code {code}; the log is {log}, it ends with:")
    assert len(lines) == 21
    last = [line for line in lines[1:] if line.startswith("line ")]
    assert last == [f"line {number}" for number in range(30 - len(last), 30)]
    assert log.read_text().startswith("line 0\n")
    assert left(root, "interpreters", "tmp", "configure") == []


def test_a_second_try_starts_anew(sources: Callable[..., Files], root: Path) -> None:
    with pytest.raises(InterpreterError):
        make("3.14", sources(FAILING["configuring"]), root)
    built, _ = make("3.14", sources(), root)
    assert Path(built.path).exists()
    [log] = left(root, "logs")
    assert "line 0" not in log.read_text()


def test_an_interrupted_build_leaves_nothing_behind(
    sources: Callable[..., Files], root: Path
) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.phase == "compiling":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        building.build(requirement("3.14"), material(sources()), root=root, notify=interrupt)
    assert left(root, "interpreters", "tmp") == []


def test_what_was_installed_must_answer_the_probe(
    sources: Callable[..., Files], root: Path
) -> None:
    files = sources()
    files["python"] = "#!/bin/sh\necho 'cannot load libpython' >&2\nexit 127\n"
    with pytest.raises(InterpreterError, match=r"exit code 127 .*cannot load libpython"):
        make("3.14", files, root)
    assert left(root, "interpreters", "tmp") == []


def test_a_make_that_installs_nothing_is_an_error(
    sources: Callable[..., Files], root: Path
) -> None:
    nothing = "#!/bin/sh\nprintf 'all:\\ninstall:\\n' > Makefile\n"
    with pytest.raises(InterpreterError, match=r"created no interpreter; the log is .*\.log"):
        make("3.14", sources(nothing), root)
    empty = "#!/bin/sh\nprintf 'all:\\ninstall:\\n\\tmkdir -p $(DESTDIR)/gilscope/bin\\n' >Makefile"
    with pytest.raises(InterpreterError, match=r"created no bin/python3"):
        make("3.14", sources(empty), root)


def test_a_disk_that_fills_up_while_compiling_is_in_the_end_of_the_log(
    sources: Callable[..., Files], root: Path
) -> None:
    full = "as: a.o: No space left on device"
    configure = f"#!/bin/sh\nprintf 'all:\\n\\t@echo \"{full}\"; exit 1\\n' > Makefile\n"
    with pytest.raises(InterpreterError, match=f"compiling failed(.|\n)*{full}"):
        make("3.14", sources(configure), root)
    assert left(root, "interpreters", "tmp") == []


def test_a_disk_that_fills_up_while_unpacking_is_said_in_our_words(root: Path) -> None:
    def full(folder: Path) -> NoReturn:
        raise OSError(errno.ENOSPC, "No space left on device", str(folder))

    provenance = Provenance(provider="source", source="x")
    stuff = Sources(name="x", title="x", provenance=provenance, write_files=full)
    with pytest.raises(InterpreterError, match=rf"^no space left in {root}: make room there"):
        building.build(requirement("3.14"), stuff, root=root, notify=ignore)
    assert left(root, "interpreters", "tmp") == []


@pytest.mark.parametrize(
    ("optimised", "free", "needed"),
    [
        (Optimised.ANY, 499_000_000, "500 MB"),
        (Optimised.PGO, 700_000_000, "800 MB"),
        (Optimised.LTO, 900_000_000, "1000 MB"),
    ],
)
def test_too_little_room_is_said_before_anything_is_fetched(
    monkeypatch: pytest.MonkeyPatch, root: Path, optimised: Optimised, free: int, needed: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    answer = source.answer(requirement("3.14", optimised=optimised), root=root / "not" / "yet")
    assert isinstance(answer, Unobtainable)
    assert answer.reason.startswith(f"source: a build needs {needed} in {root}/not/yet, and ")
    assert "GILSCOPE_CACHE" in answer.reason


@pytest.mark.parametrize("spec", ["3.14?cc=clang-99", "git:x@/y?cc=clang-99"])
def test_a_compiler_that_is_missing_is_said_before_anything_is_fetched(
    root: Path, spec: str
) -> None:
    answer = source.answer(requirement(spec), root=root)
    assert isinstance(answer, Unobtainable)
    assert "compiler 'clang-99' not found: install it, or leave out cc=" in answer.reason


@pytest.mark.parametrize("options", ["flags=--with-pydebug", "cc=gcc", "flags=LDFLAGS=-s"])
def test_a_plain_name_never_gets_a_build_made_to_order(
    sources: Callable[..., Files], root: Path, options: str
) -> None:
    make(f"3.14?{options}", sources(), root)
    assert not only(root).is_standard
    assert isinstance(cached.answer(requirement("3.14"), root=root), Unobtainable)
    built, _ = make("3.14", sources(), root)
    assert cached.answer(requirement("3.14"), root=root) == Found(builds=(built,))


@pytest.mark.parametrize(
    "what", [FromTarball(path=Path("x")), FromGit(revision="a", repository="b")]
)
def test_a_plain_name_never_gets_sources_of_the_users_own(
    sources: Callable[..., Files], root: Path, what: FromTarball | FromGit
) -> None:
    building.build(Requirement(what=what), material(sources()), root=root, notify=ignore)
    assert not only(root).is_standard
    assert isinstance(cached.answer(requirement("3.14"), root=root), Unobtainable)


def log_of(root: Path, beginning: str) -> str:
    [log] = root.glob(f"logs/{beginning}-????????????.log")
    return log.read_text()


def test_the_second_build_starts_from_what_the_first_found_out(
    sources: Callable[..., Files], root: Path
) -> None:
    make("3.14", sources(), root)
    make("3.14t", sources(), root)
    assert "found" not in log_of(root, "cpython-3.14.7")
    assert "found answers" in log_of(root, "cpython-3.14.7t")


def test_another_compiler_or_other_flags_start_from_nothing(
    sources: Callable[..., Files], root: Path
) -> None:
    for text in ("3.14", "3.14?cc=gcc -m64", "3.14?flags=--with-pydebug"):
        make(text, sources(), root)
    assert "found" not in "".join(log.read_text() for log in left(root, "logs"))
    assert len(left(root, "configure")) == 3


def test_a_path_that_is_no_text_is_no_crash(
    sources: Callable[..., Files], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/x\udcff")
    make("3.14", sources(), root)


def test_ccache_is_used_and_leaves_no_trace_in_the_build(
    sources: Callable[..., Files],
    script: Callable[[str, str], Path],
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    used = tmp_path / "used"
    ccache = script("bin/ccache", f"echo \"${{0##*/}} $CCACHE_NOHASHDIR\" >> '{used}'")
    monkeypatch.setenv("PATH", f"{ccache.parent}:{os.environ['PATH']}")
    configure = CONFIGURE.replace("@echo gcc", "@gcc")
    built, _ = make("3.14", sources(configure), root)
    assert used.read_text() == "gcc 1\n"
    assert (prefix(built) / "asked").read_text().splitlines()[1] == "CC="
    assert "ccache" not in " ".join(only(root).recipe.flags)


def test_make_is_told_neither_of_our_jobs_nor_of_another_python(
    sources: Callable[..., Files], root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKEFLAGS", "--dry-run")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    configure = CONFIGURE.replace("CC=$CC", "home=$PYTHONHOME")
    built, _ = make("3.14", sources(configure), root)
    assert (prefix(built) / "asked").read_text().splitlines()[1] == "home="


def test_modules_that_are_missing_are_said_with_what_to_install(
    sources: Callable[..., Files], root: Path
) -> None:
    _, told = make("3.14", sources(missing_modules=["ssl", "zlib"]), root)
    assert told[-1].phase == (
        "built without ssl, zlib, their headers are not installed (on Debian libssl-dev zlib1g-dev)"
    )
    assert only(root).missing_modules == ("ssl", "zlib")


def test_profiling_counts_the_tests_it_runs(tmp_path: Path) -> None:
    files = {
        "configure": '#!/bin/sh\nprintf \'all:\\n\\t@echo "$(PROFILE_TASK)"; echo "0:00:01 [ 3/44]'
        " test_json\"\\ninstall:\\n\\tmkdir -p $(DESTDIR)/gilscope\\n' > Makefile\n"
    }
    steps: list[Progress] = []
    compile_cpython(
        lay(files, tmp_path / "source"),
        options=BuildOptions(
            flags=("--enable-optimizations",), environment=dict(os.environ), jobs=3
        ),
        log=tmp_path / "log",
        report=reporter(steps.append, "3.14", expected_s=1),
        start=0.02,
    )
    assert ("profiling", "test_json") in [(step.phase, step.detail) for step in steps]
    # As many as CPUs, whatever the memory allows: both of a pair are trained alike.
    task = f"-m test --pgo --timeout=1200 -j{usable_cpus()}\n"
    assert task in (tmp_path / "log").read_text()
    fractions = [step.fraction or 0.0 for step in steps]
    assert fractions == sorted(fractions)


def test_a_tarball_of_the_users_own_is_built(
    sources: Callable[..., Files], root: Path, tmp_path: Path
) -> None:
    path = pack(sources(), tmp_path / "my CPython (new).tar.xz")
    done = provision(parse_all([f"mine=src:{path}", f"src:{path}"]), notify=ignore, root=root)
    assert [variant.label for variant in done.variants] == ["mine", "3.14"]
    entry = only(root)
    assert entry.recipe.name == "my-CPython-new"
    assert entry.recipe.provenance.source == path.name
    assert len(entry.recipe.provenance.sha256) == 64


@pytest.mark.parametrize("missing", ["configure", "Include/patchlevel.h"])
def test_a_tarball_of_something_else_is_refused(
    sources: Callable[..., Files], root: Path, tmp_path: Path, missing: str
) -> None:
    files = sources()
    del files[missing]
    path = pack(files, tmp_path / "pypy.tar")
    with pytest.raises(InterpreterError, match=rf"^pypy\.tar has no CPython sources .*{missing}"):
        provision(parse_all([f"src:{path}"]), notify=ignore, root=root)
    assert left(root, "interpreters", "tmp") == []


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone.tar.xz", "^source: .*gone.tar.xz does not exist$"),
        (
            "folder",
            r"^source: .*folder is a folder: give .* git:REVISION@.*folder$",
        ),
        ("x" * 300, "does not exist"),
    ],
)
def test_a_tarball_that_cannot_be_used_stops_at_once(
    root: Path, tmp_path: Path, name: str, message: str
) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(InterpreterError, match=message):
        provision(parse_all([f"src:{tmp_path}/{name}"]), notify=ignore, root=root)


def test_a_tarball_that_vanishes_meanwhile_is_an_error_of_ours(
    sources: Callable[..., Files], root: Path, tmp_path: Path
) -> None:
    path = pack(sources(), tmp_path / "x.tar")
    answer = source.answer(Requirement(what=FromTarball(path=path)), root=root)
    assert isinstance(answer, Obtainable)
    path.unlink()
    with pytest.raises(InterpreterError, match="cannot be read"):
        answer.get(ignore)


def commit(repository: Path, files: Files) -> str:
    for name, text in files.items():
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def run(*words: str) -> str:
        identity = ("-c", "user.name=x", "-c", "user.email=x@y", "-c", "commit.gpgsign=false")
        command = ["git", "-C", str(repository), *identity, *words]
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("GIT_")
        }
        return subprocess.run(
            command, capture_output=True, text=True, check=True, env=environment
        ).stdout.strip()

    run("init", "--quiet")
    run("add", "--all")
    run("commit", "--quiet", "--no-verify", "-m", "x")
    return run("rev-parse", "HEAD")


def test_two_revisions_of_a_repository_are_two_builds(
    sources: Callable[..., Files], root: Path, tmp_path: Path
) -> None:
    clone = tmp_path / "my clone"
    clone.mkdir()
    shas = [commit(clone, sources(revision=revision)) for revision in ("older", "newer")]
    asked = [f"base=git:HEAD~1@{clone}", f"head=git:HEAD@{clone}", f"git:{shas[1]}@{clone}"]
    done = provision(parse_all(asked), notify=ignore, root=root)
    assert [(one.label, one.build.revision) for one in done.variants] == [
        ("base", "older"),
        ("head", "newer"),
        ("3.14", "newer"),
    ]
    assert done.variants[1].build == done.variants[2].build
    found = sorted(entry.recipe.name for _, entry in entries(root))
    assert found == sorted(f"cpython-git-{sha[:12]}" for sha in shas)
    source = done.variants[0].build.provenance.source
    assert source == f"my_clone {shas[0]}"
    told = (prefix(done.variants[0].build) / "git").read_text()
    assert told == f"echo {shas[0][:12]}\n"
    assert left(root, "tmp") == []


def test_a_revision_of_something_else_is_refused(root: Path, tmp_path: Path) -> None:
    commit(tmp_path, {"setup.py": "x"})
    with pytest.raises(InterpreterError, match=r"at HEAD has no CPython sources"):
        provision(parse_all([f"git:HEAD@{tmp_path}"]), notify=ignore, root=root)
    with pytest.raises(InterpreterError, match="'gone' is not in"):
        provision(parse_all([f"git:gone@{tmp_path}"]), notify=ignore, root=root)


def test_a_dry_run_expects_revisions_until_they_are_built(
    sources: Callable[..., Files], root: Path, tmp_path: Path
) -> None:
    for revision in ("older", "newer"):
        commit(tmp_path, sources(revision=revision))
    asked = parse_all([f"base=git:HEAD~1@{tmp_path}", f"git:HEAD@{tmp_path}?flags=--disable-gil"])
    dry = provision(asked, notify=ignore, allow_get=False, root=root)
    assert [(one.label, one.is_gil_expected) for one in dry.candidates] == [
        ("base", True),
        ("3.14t", False),
    ]
    builds = [one.build for one in dry.candidates if isinstance(one, ExpectedVariant)]
    assert [build.name for build in builds] == [
        f"HEAD~1@{tmp_path}",
        f"HEAD@{tmp_path}?flags=--disable-gil",
    ]
    assert {build.how for build in builds} == {"built from source (no PGO/LTO)"}
    assert list(root.glob("interpreters/*")) == []

    made = provision(asked[:1], notify=ignore, root=root)
    dry = provision(asked, notify=ignore, allow_get=False, root=root)
    assert dry.variants == made.variants


@pytest.mark.parametrize("allow_get", [False, True])
def test_what_is_wrong_with_a_clone_is_noticed_before_anything_is_built(
    root: Path, tmp_path: Path, *, allow_get: bool
) -> None:
    commit(tmp_path, {"setup.py": "x"})
    (tmp_path / "folder").mkdir()
    for spec, message in (
        (f"git:main@{tmp_path}/gone", "gone does not exist; give the top folder"),
        (f"git:main@{tmp_path}/folder", "is not a git repository"),
        (f"git:gone@{tmp_path}", "'gone' is not in"),
        (f"git:HEAD@{tmp_path}", "at HEAD has no CPython sources"),
    ):
        with pytest.raises(InterpreterError, match=message):
            provision(parse_all([spec]), notify=ignore, allow_get=allow_get, root=root)
    assert not (root / "tmp").exists()


def test_a_credential_in_a_url_is_not_shown_by_a_dry_run(
    monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    monkeypatch.setattr(reachability, "_accepts", lambda _host, _port: True)
    asked = parse_all(["git:main@https://ada:secret@example.org/cpython"])
    dry = provision(asked, notify=ignore, allow_get=False, root=root)
    (build,) = (one.build for one in dry.candidates)
    assert isinstance(build, ExpectedBuild)
    assert build.name == "main@https://example.org/cpython"
    assert [one.label for one in dry.candidates] == ["main"]


def test_a_repository_that_cannot_be_reached_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    monkeypatch.setattr(reachability, "_accepts", lambda _host, _port: False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with pytest.raises(InterpreterError) as caught:
        provision(parse_all(["git:main"]), notify=ignore, root=root)
    message = str(caught.value)
    assert message.startswith("git: https://github.com/python/cpython cannot be reached")
    assert message.endswith("give a local clone with @PATH")


@pytest.mark.parametrize("url", ["https://[x", "https://host:port/x", "http://a:99999999/"])
def test_an_address_that_is_none_cannot_be_reached(root: Path, url: str) -> None:
    answer = source.answer(Requirement(what=FromGit(revision="main", repository=url)), root=root)
    assert isinstance(answer, Unobtainable)


def test_the_record_can_be_read_by_people(sources: Callable[..., Files], root: Path) -> None:
    make("3.14", sources(), root)
    [record] = root.glob("interpreters/*/build.json")
    text = record.read_text()
    assert json.loads(text)["recipe"]["provenance"]["provider"] == "source"
    assert len(text.splitlines()) > 10


@pytest.mark.parametrize("what", [".", "lib/python3.14", "bin/python3.14", "share"])
def test_a_link_that_leads_outside_is_refused_before_anything_is_trimmed(
    tmp_path: Path, what: str
) -> None:
    outside = tmp_path / "outside"
    (outside / "__pycache__").mkdir(parents=True)
    (outside / "pydoc_data").mkdir()
    (outside / "share").mkdir()
    place = "$(DESTDIR)/gilscope" + ("" if what == "." else f"/{what}")
    files = {
        "configure": "#!/bin/sh\nprintf 'all:\\n\\ttrue\\ninstall:\\n"
        f'\\tmkdir -p "$$(dirname {place})"\\n\\tln -s {outside} {place}\\n\' > Makefile\n'
    }
    with pytest.raises(InterpreterError, match="link that leads outside"):
        compile_cpython(
            lay(files, tmp_path / "work" / "source"),
            options=BuildOptions(flags=(), environment=dict(os.environ), jobs=1),
            log=tmp_path / "log",
            report=reporter(ignore, "3.14", expected_s=1),
            start=0.0,
        )
    assert sorted(path.name for path in outside.iterdir()) == ["__pycache__", "pydoc_data", "share"]


def test_the_end_of_a_log_is_short_and_harmless(tmp_path: Path) -> None:
    files = {
        "configure": "#!/bin/sh\nhead -c 3000000 /dev/zero | tr '\\0' x\n"
        "printf '\\n\\033]0;title\\007red\\n'\nexit 1\n"
    }
    with pytest.raises(InterpreterError) as failed:
        compile_cpython(
            lay(files, tmp_path / "work" / "source"),
            options=BuildOptions(flags=(), environment=dict(os.environ), jobs=1),
            log=tmp_path / "log",
            report=reporter(ignore, "3.14", expected_s=1),
            start=0.0,
        )
    assert len(str(failed.value)) < 2000
    assert "\x1b" not in str(failed.value)
    assert str(failed.value).endswith("red")
