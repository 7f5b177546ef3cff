from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import InterpreterError
from harness.interpreters import apt, private_apt, relocating, toolchain
from harness.interpreters.answers import CanGet, Cannot, Have
from harness.interpreters.cache import Workshop
from harness.interpreters.catalogue import Target, catalogue
from harness.interpreters.compiling import Step, compile_cpython
from harness.interpreters.progress import ignore
from harness.interpreters.providers import discovered, distro, source, uv

if TYPE_CHECKING:
    from collections.abc import Callable


def target(name: str) -> Target:
    found = catalogue().target(name)
    assert found is not None
    return found


def found(path: Path, version: str = "3.14.7") -> discovered.Found:
    return discovered.Found(path=str(path), implementation="cpython", version=version)


def install(monkeypatch: pytest.MonkeyPatch, *candidates: discovered.Found) -> None:
    monkeypatch.setattr(discovered, "_installed", lambda _path: candidates)


def test_discovery_believes_the_probe_alone(
    fake: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    free = fake("a/python", is_free_threaded=True, is_gil_enabled=False)
    plain = fake("b/python", version="3.14.2", python_version="3.14.2")
    install(monkeypatch, found(free), found(plain), found(tmp_path / "gone"))
    answer = discovered.answer(target("3.14"), root=tmp_path)
    assert isinstance(answer, Have)
    assert [build.path for build in answer.builds] == [str(plain)]


def test_the_newest_discovered_version_comes_first(
    fake: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    versions = ["3.14.9", "3.14.10rc1", "3.14.10", "3.14.2"]
    paths = [fake(f"{v}/python", version=v, python_version=v) for v in versions]
    install(monkeypatch, *(found(path) for path in paths))
    answer = discovered.answer(target("3.14"), root=tmp_path)
    assert isinstance(answer, Have)
    order = [build.version for build in answer.builds]
    assert order == ["3.14.10", "3.14.10rc1", "3.14.9", "3.14.2"]


def test_environments_and_second_names_are_passed_over(
    fake: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = fake("usr/bin/python3.14")
    (tmp_path / "usr/bin/python3").symlink_to(real)
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "venv/pyvenv.cfg").touch()
    (tmp_path / "venv/bin/python").symlink_to(real)
    names = ("venv/bin/python", "usr/bin/python3", "usr/bin/python3.14")
    install(monkeypatch, *(found(tmp_path / name) for name in names))
    answer = discovered.answer(target("3.14"), root=tmp_path)
    assert isinstance(answer, Have)
    assert [build.path for build in answer.builds] == [str(tmp_path / "usr/bin/python3")]


def test_the_search_path_has_pyenvs_versions_but_no_shims(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "versions/3.13.0/bin").mkdir(parents=True)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}/shims:/usr/bin")
    monkeypatch.delenv("UV_PYTHON_SEARCH_PATH", raising=False)
    assert discovered.search_path() == f"/usr/bin:{tmp_path}/versions/3.13.0/bin"


def test_without_uv_the_file_names_are_scanned(fake: Callable[..., Path], tmp_path: Path) -> None:
    for name in ("python3.14t", "pypy3", "python3-config", "perl"):
        fake(f"bin/{name}")
    known = [
        (Path(f.path).name, f.implementation, f.version)
        for f in discovered._scanned(f"{tmp_path}/bin:/no")
    ]
    assert known == [("pypy3", "pypy", "3"), ("python3.14t", "cpython", "3.14")]


LISTS_A_FILE = """test "$2" = list && echo '[{"url": "file:///x"}]' && exit 0"""


def test_uv_promises_no_download_that_it_cannot_reach(
    script: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    listing = script("uv", """echo '[{"url": "http://127.0.0.1:9/x"}]'""")
    monkeypatch.setattr(uv, "find_uv", lambda: str(listing))

    assert uv.answer(target("3.14"), root=tmp_path) == Cannot(
        reason="uv: its download server cannot be reached from here"
    )


def test_uv_says_in_one_sentence_why_it_cannot(
    script: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake_uv = script(
        "uv",
        f"{LISTS_A_FILE}; echo 'error: no' >&2; echo '  cause: dns error' >&2; exit 1",
    )
    monkeypatch.setattr(uv, "find_uv", lambda: str(fake_uv))
    answer = uv.answer(target("3.14t"), root=tmp_path / "cache")
    assert isinstance(answer, CanGet)
    with pytest.raises(InterpreterError) as caught:
        answer.get(ignore)
    assert str(caught.value) == "uv: cannot download cpython-3.14+freethreaded (dns error)"
    assert list(tmp_path.glob("cache/interpreters/*")) == []


def test_uv_installs_into_our_store(
    script: Callable[[str, str], Path],
    fake: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    model = fake("model")
    fake_uv = script(
        "uv",
        f"{LISTS_A_FILE}\n"
        f'test "$UV_PYTHON_INSTALL_BIN$UV_HTTP_RETRIES" = 00 || exit 1\n'
        f'mkdir -p "$4/cpython-3.14.10/bin" && cp {model} "$4/cpython-3.14.10/bin/python3.14"',
    )
    monkeypatch.setattr(uv, "find_uv", lambda: str(fake_uv))
    answer = uv.answer(target("3.14"), root=tmp_path / "cache")
    assert isinstance(answer, CanGet)
    assert Path(answer.get(ignore).path).is_relative_to(tmp_path / "cache" / "interpreters")


def test_without_uv_the_reason_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(uv, "find_uv", lambda: None)
    assert uv.answer(target("3.14"), root=tmp_path) == Cannot(
        reason="uv: not installed (pip install uv)"
    )


def test_without_a_compiler_the_reason_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    answer = source.answer(target("3.14"), root=tmp_path)
    assert isinstance(answer, Cannot)
    assert answer.reason.startswith("source: no C compiler found (gcc or cc): install")


def test_the_compiler_in_the_environment_is_preferred(
    script: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", f"{script('mycc', 'echo mycc 1.0')} -m64")
    compiler = toolchain.find_compiler()
    assert compiler is not None
    assert compiler.version == "mycc 1.0"


def test_both_builds_of_a_pair_differ_in_one_flag() -> None:
    tarball = catalogue().sources_of(target("3.14"))[0]
    plain = source._recipe(target("3.14"), tarball)
    free = source._recipe(target("3.14t"), tarball)
    assert set(free.flags) - set(plain.flags) == {"--disable-gil"}
    assert set(plain.flags) < set(free.flags)
    assert (plain.provenance, plain.compiler) == (free.provenance, free.compiler)


def test_a_mirror_apt_does_not_know_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    tarball = catalogue().sources_of(target("3.14"))[0]
    monkeypatch.setattr(apt, "mirror", lambda: "")
    assert source._urls(tarball) == tarball.urls[:1]
    monkeypatch.setattr(apt, "distribution", lambda: "debian")
    monkeypatch.setattr(apt, "mirror", lambda: "http://mirror.invalid/debian")
    assert source._urls(tarball)[1].startswith("http://mirror.invalid/debian/pool/")


CONFIGURE = """
echo "checking for gcc... yes"
prefix=${1#--prefix=}
cat > Makefile <<END
all:
\t@echo gcc -c -o Objects/a.o Objects/a.c
install:
\tmkdir -p $(DESTDIR)$prefix/bin $(DESTDIR)$prefix/share
\ttouch $(DESTDIR)$prefix/bin/python3.14
END
"""


def _compile(tmp_path: Path, configure: str) -> tuple[Workshop, list[Step]]:
    folder, aside = tmp_path / "source", tmp_path / "aside"
    folder.mkdir()
    aside.mkdir()
    (folder / "configure").write_text(f"#!/bin/sh\n{configure}")
    (folder / "configure").chmod(0o755)
    workshop = Workshop(prefix=tmp_path / "prefix", aside=aside, log=tmp_path / "log")
    steps: list[Step] = []
    compile_cpython(folder, flags=(), workshop=workshop, report=steps.append, start=0.02)
    return workshop, steps


def test_a_build_is_configured_made_installed_and_trimmed(tmp_path: Path) -> None:
    workshop, steps = _compile(tmp_path, CONFIGURE.replace("$(", r"\$("))
    assert (workshop.prefix / "bin" / "python3.14").exists()
    assert not (workshop.prefix / "share").exists()
    phases = list(dict.fromkeys(step.phase for step in steps))
    assert phases == ["configuring", "compiling", "installing", "trimming"]
    assert "a.c" in [step.detail for step in steps]
    fractions = [step.fraction for step in steps]
    assert fractions == sorted(fractions)


def test_a_failed_build_shows_the_end_of_its_log(tmp_path: Path) -> None:
    body = 'i=0; while [ $i -lt 30 ]; do echo "line $i"; i=$((i+1)); done; exit 77'
    with pytest.raises(InterpreterError) as caught:
        _compile(tmp_path, body)
    lines = str(caught.value).splitlines()
    head = f"configuring failed with exit code 77; the whole log is {tmp_path}/log"
    assert lines[0].startswith(head)
    assert lines[1:] == [f"line {i}" for i in range(10, 30)]


TARGETS = """\
nodistro https://third.invalid/node
bookworm-security http://mirror.invalid/debian-security/
bookworm http://mirror.invalid/debian/
"""


@pytest.mark.parametrize(
    ("codename", "expected"),
    [
        ("bookworm", "http://mirror.invalid/debian"),
        ("", "https://third.invalid/node"),
    ],
)
def test_the_main_archive_is_picked_by_codename(codename: str, expected: str) -> None:
    assert apt._main_archive(TARGETS, codename=codename) == expected
    assert apt._main_archive("", codename=codename) == ""


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ({"ID": "debian"}, "debian"),
        ({"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, "ubuntu"),
        ({"ID": "fedora"}, ""),
        ({}, ""),
    ],
)
def test_derivatives_count_as_their_parent(
    monkeypatch: pytest.MonkeyPatch, release: dict[str, str], expected: str
) -> None:
    monkeypatch.setattr(apt, "_release", lambda: release)
    assert apt.distribution() == expected


def test_elsewhere_than_on_debian_the_distro_cannot(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(apt, "distribution", lambda: "")
    answer = distro.answer(target("pypy"), root=tmp_path)
    assert answer == Cannot(reason="distro: only on Debian, Ubuntu and what derives from them")


def _fake_apt(monkeypatch: pytest.MonkeyPatch, apt_get: Path, mirror: str) -> None:
    monkeypatch.setenv("PATH", f"{apt_get.parent}:/usr/bin:/bin")
    monkeypatch.setattr(apt, "mirror", lambda: mirror)


def test_the_private_apt_touches_only_its_folder(
    script: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    listing = (
        "'http://m.invalid/b_2.deb' b_2.deb 1 SHA256:0\n'http://m.invalid/a_1.deb' a_1.deb 1 x"
    )
    _fake_apt(monkeypatch, script("bin/apt-get", f'echo "{listing}"'), "http://m.invalid/debian")
    opened = private_apt.open_release(tmp_path / "apt", distribution="debian", release="forky")
    assert opened.closure("pypy3") == ("a_1.deb", "b_2.deb")
    sources = (tmp_path / "apt/sources.list").read_text()
    assert sources == (
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
        "http://m.invalid/debian forky main\n"
    )
    settings = (tmp_path / "apt/apt.conf").read_text()
    assert f'Dir::State::status "{tmp_path}/apt/status";' in settings
    assert "#clear APT::Update::Post-Invoke;" in settings


def test_apts_own_complaint_is_passed_on(
    script: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    body = "echo 'W: old' >&2; echo 'E: no Release file' >&2; echo 'N: see' >&2; exit 100"
    _fake_apt(monkeypatch, script("bin/apt-get", body), "http://m.invalid/debian")
    with pytest.raises(InterpreterError, match=r"apt-get update failed \(no Release file\)"):
        private_apt.open_release(tmp_path / "apt", distribution="debian", release="forky")


def test_a_prefix_without_the_command_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InterpreterError, match="no usr/bin/pypy3"):
        relocating.relocate(tmp_path, command="pypy3")


def test_only_real_launchers_are_patched(fake: Callable[..., Path], tmp_path: Path) -> None:
    folder = tmp_path / "usr/bin"
    fake("usr/bin/pypy3compile")
    fake("usr/bin/pypy3.10")
    (folder / "pypy3.11").write_bytes(b"\x7fELF...")
    (folder / "pypy3").symlink_to("pypy3.11")
    assert relocating._launchers(tmp_path) == [folder / "pypy3.11"]


def test_uv_is_found_from_several_threads_at_once() -> None:
    """In a process of its own: only the first use of ``sysconfig`` is fragile."""
    code = (
        "import threading\n"
        "from harness.interpreters.uv_tool import find_uv\n"
        "gate, found = threading.Barrier(8), []\n"
        "def look():\n"
        "    gate.wait()\n"
        "    found.append(find_uv())\n"
        "threads = [threading.Thread(target=look) for _ in range(8)]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
        "assert len(found) == 8, found\n"
    )
    for _ in range(5):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
