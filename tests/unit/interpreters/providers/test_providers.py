from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.errors import InterpreterError
from harness.interpreters import parse
from harness.interpreters.getting import apt, private_apt, reachability, relocate
from harness.interpreters.naming.catalogue import Target, catalogue
from harness.interpreters.naming.requirement import Requirement
from harness.interpreters.progress import ignore
from harness.interpreters.providers import cached, distro, source, uv
from harness.interpreters.providers.answer import Obtainable, Unobtainable

if TYPE_CHECKING:
    from collections.abc import Callable


def target(name: str) -> Target:
    found = catalogue().target(name)
    assert found is not None
    return found


def requirement(name: str) -> Requirement:
    return Requirement(what=target(name))


LISTS_A_FILE = """test "$2" = list && echo '[{"url": "file:///x"}]' && exit 0"""


def test_uv_promises_no_download_that_it_cannot_reach(
    script: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(reachability, "_accepts", lambda host, port: (host, port) != ("u", 9))
    listing = script("uv", """echo '[{"url": "http://u:9/x"}]'""")
    monkeypatch.setattr(uv, "find_uv", lambda: str(listing))

    assert uv.answer(requirement("3.14"), root=tmp_path) == Unobtainable(
        reason="uv: its download server cannot be reached"
    )


def test_uv_says_in_one_sentence_why_it_cannot(
    script: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake_uv = script(
        "uv",
        f"{LISTS_A_FILE}; echo 'error: no' >&2; echo '  cause: dns error' >&2; exit 1",
    )
    monkeypatch.setattr(uv, "find_uv", lambda: str(fake_uv))
    answer = uv.answer(requirement("3.14t"), root=tmp_path / "cache")
    assert isinstance(answer, Obtainable)
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
    answer = uv.answer(requirement("3.14"), root=tmp_path / "cache")
    assert isinstance(answer, Obtainable)
    assert Path(answer.get(ignore).path).is_relative_to(tmp_path / "cache" / "interpreters")


def test_without_uv_the_reason_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(uv, "find_uv", lambda: None)
    assert uv.answer(requirement("3.14"), root=tmp_path) == Unobtainable(
        reason="uv: not installed (pip install uv)"
    )


@pytest.mark.parametrize("spec", ["./python", "git:main", "src:x", "3.14?cc=gcc", "./x.tar"])
def test_what_is_made_to_order_is_nobodys_release_build(tmp_path: Path, spec: str) -> None:
    asked = parse(spec).requirement
    for provider in (cached.answer, uv.answer, distro.answer):
        assert isinstance(provider(asked, root=tmp_path), Unobtainable)


def test_uv_is_asked_for_one_release_by_its_number(
    script: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake_uv = script("uv", f'{LISTS_A_FILE}; echo "error: no $5" >&2; exit 1')
    monkeypatch.setattr(uv, "find_uv", lambda: str(fake_uv))
    answer = uv.answer(parse("3.14.2t").requirement, root=tmp_path / "cache")
    assert isinstance(answer, Obtainable)
    with pytest.raises(InterpreterError, match=r"\(no cpython-3\.14\.2\+freethreaded\)"):
        answer.get(ignore)


def test_without_a_compiler_the_reason_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    answer = source.answer(requirement("3.14"), root=tmp_path)
    assert isinstance(answer, Unobtainable)
    assert answer.reason.startswith("source: no C compiler found (gcc or cc): install")


def test_a_mirror_apt_does_not_know_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tarball = catalogue().sources_of(target("3.14"))[0]
    monkeypatch.setattr(apt, "mirror", lambda _root: "")
    assert source._urls(tarball, tmp_path) == tarball.urls[:1]
    monkeypatch.setattr(apt, "distribution", lambda: "debian")
    monkeypatch.setattr(apt, "mirror", lambda _root: "http://mirror.invalid/debian")
    assert source._urls(tarball, tmp_path)[1].startswith("http://mirror.invalid/debian/pool/")


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


@pytest.mark.parametrize("lists", ["full", "empty"])
def test_the_mirror_is_known_with_and_without_package_lists(
    script: Callable[[str, str], Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    lists: str,
) -> None:
    """Container images have no lists: apt then names a mirror only if it need not look into one."""
    body = 'case "$*" in *--no-release-info*) ;; *) exit 0;; esac\n' if lists == "empty" else ""
    _fake_apt(monkeypatch, script("bin/apt-get", f"{body}printf '%s' '{TARGETS}'"))
    monkeypatch.setattr(apt, "_release", lambda: {"VERSION_CODENAME": "bookworm"})
    apt.mirror.cache_clear()
    assert apt.mirror(tmp_path / "cache") == "http://mirror.invalid/debian"
    apt.mirror.cache_clear()


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
    answer = distro.answer(requirement("pypy"), root=tmp_path)
    reason = "distro: only on Debian, Ubuntu and their derivatives"
    assert answer == Unobtainable(reason=reason, is_final=True)


def test_a_cache_that_cannot_be_written_is_the_distros_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "tmp").touch()
    monkeypatch.setattr(apt, "distribution", lambda: "debian")
    monkeypatch.setattr(apt, "mirror", lambda root: MIRROR)  # noqa: ARG005
    wanted = target("pypy")
    assert wanted.distro is not None

    with pytest.raises(InterpreterError, match=r"cannot be used: .*; set GILSCOPE_CACHE"):
        distro._get(wanted, wanted.distro, tmp_path, ignore)


MIRROR = "http://m.invalid/debian"


def _fake_apt(monkeypatch: pytest.MonkeyPatch, apt_get: Path) -> None:
    monkeypatch.setenv("PATH", f"{apt_get.parent}:/usr/bin:/bin")


def test_the_private_apt_touches_only_its_folder(
    script: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    listing = (
        "'http://m.invalid/b_2.deb' b_2.deb 1 SHA256:0\n'http://m.invalid/a_1.deb' a_1.deb 1 x"
    )
    _fake_apt(monkeypatch, script("bin/apt-get", f'echo "{listing}"'))
    opened = private_apt.open_release(
        tmp_path / "apt", distribution="debian", release="forky", mirror=MIRROR
    )
    assert opened.closure("pypy3") == ("a_1.deb", "b_2.deb")
    sources = (tmp_path / "apt/sources.list").read_text()
    assert sources == (
        "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "
        "http://m.invalid/debian forky main\n"
    )
    settings = (tmp_path / "apt/apt.conf").read_text()
    assert f'Dir::State::status "{tmp_path}/apt/status";' in settings
    assert "#clear APT::Update::Post-Invoke;" in settings
    # Otherwise "Unable to locate package" would be all that is said without a network.
    assert 'APT::Update::Error-Mode "any";' in settings


@pytest.mark.parametrize("proxy", ["", "http://proxy.invalid:3128"])
def test_a_mirror_is_reached_directly_or_by_apts_own_proxy(
    script: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, proxy: str
) -> None:
    monkeypatch.setattr(reachability, "_accepts", lambda _host, _port: False)
    monkeypatch.setattr(apt, "mirror", lambda _root: MIRROR)
    script("bin/apt-get", "exit 0")
    line = f'Acquire::http::Proxy "{proxy}";' if proxy else 'Acquire "";'
    _fake_apt(monkeypatch, script("bin/apt-config", f"echo '{line}'"))
    apt._has_proxy.cache_clear()
    assert apt.is_mirror_reachable(tmp_path) == bool(proxy)
    apt._has_proxy.cache_clear()


def test_apts_own_complaint_is_passed_on(
    script: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    body = "echo 'W: old' >&2; echo 'E: no Release file' >&2; echo 'N: see' >&2; exit 100"
    _fake_apt(monkeypatch, script("bin/apt-get", body))
    with pytest.raises(InterpreterError, match=r"apt-get update failed \(no Release file\)"):
        private_apt.open_release(
            tmp_path / "apt", distribution="debian", release="forky", mirror=MIRROR
        )


def test_a_prefix_without_the_command_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InterpreterError, match="no usr/bin/pypy3"):
        relocate.relocate(tmp_path, command="pypy3")


def test_only_real_launchers_are_patched(fake: Callable[..., Path], tmp_path: Path) -> None:
    folder = tmp_path / "usr/bin"
    fake("usr/bin/pypy3compile")
    fake("usr/bin/pypy3.10")
    (folder / "pypy3.11").write_bytes(b"\x7fELF...")
    (folder / "pypy3").symlink_to("pypy3.11")
    assert relocate._launchers(tmp_path) == [folder / "pypy3.11"]


def test_uv_is_found_from_several_threads_at_once() -> None:
    """In a process of its own: only the first use of ``sysconfig`` is fragile."""
    code = (
        "import threading\n"
        "from harness.interpreters.getting.uv_tool import find_uv\n"
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
