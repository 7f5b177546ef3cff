"""Where interpreters are looked for, and what of it is one of them."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.interpreters import search_path as places
from harness.interpreters.naming.catalogue import catalogue
from harness.interpreters.naming.requirement import AtPath, Requirement
from harness.interpreters.providers import discovered
from harness.interpreters.providers.answer import Found, Unobtainable
from harness.interpreters.search_path import NAME, executables, search_path
from harness.model import Optimised

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.interpreters.providers.discovered import Installed

    Look = Callable[[Path], tuple[Installed, ...]]

STEERING = (
    *("UV_PYTHON_SEARCH_PATH", "UV_PYTHON_INSTALL_DIR", "PYENV_ROOT", "ASDF_DATA_DIR"),
    *("MISE_DATA_DIR", "XDG_DATA_HOME"),
)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the home of somebody with nothing but ``home/bin`` on ``PATH``."""
    folder = tmp_path / "home"
    (folder / "bin").mkdir(parents=True)
    for name in STEERING:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("PATH", str(folder / "bin"))
    monkeypatch.setattr(places, "_SYSTEM", ())
    monkeypatch.setattr(discovered, "find_uv", lambda: None)
    return folder


def requirement(name: str, *, optimised: Optimised = Optimised.ANY) -> Requirement:
    target = catalogue().target(name)
    assert target is not None
    return Requirement(what=target, optimised=optimised)


@pytest.mark.parametrize(
    "name",
    [
        *("python", "python3", "python3.13", "python3.14t", "python3.14d", "python3.14td"),
        *("python3.13-nogil", "python3.13-dbg", "python.exe", "python3.14t.exe"),
        *("pypy", "pypy3", "pypy3.11", "graalpy", "graalpy.exe", "graalpy3.12"),
    ],
)
def test_what_is_called_like_an_interpreter_is_looked_at(name: str) -> None:
    assert NAME.fullmatch(name)


@pytest.mark.parametrize(
    "name",
    [
        *("python3-config", "python3.14t-config", "pythonw", "ipython3", "python-argcomplete"),
        *("python3.14-gdb.py", "pypy3.11-c", "perl", "python.", "python3.", "micropython"),
    ],
)
def test_what_is_called_otherwise_is_never_started(name: str) -> None:
    assert not NAME.fullmatch(name)


@pytest.mark.parametrize(
    "folder",
    [
        *(".pyenv/versions/3.13.0/bin", ".asdf/installs/python/3.14.0/bin"),
        *(".local/share/mise/installs/python/3.14/bin", ".local/bin", ".local/python-3.14t/bin"),
        *(".local/share/uv/python/cpython-3.14.0-linux-x86_64-gnu/bin", "bin"),
    ],
)
def test_the_folders_of_version_managers_are_looked_through(home: Path, folder: str) -> None:
    (home / folder).mkdir(parents=True, exist_ok=True)
    assert str(home / folder) in search_path()


@pytest.mark.parametrize(
    ("variable", "folder"),
    [
        ("PYENV_ROOT", "versions/3.13.0/bin"),
        ("ASDF_DATA_DIR", "installs/python/3.14.0/bin"),
        ("MISE_DATA_DIR", "installs/python/3.14/bin"),
        ("UV_PYTHON_INSTALL_DIR", "cpython-3.14.0-linux-x86_64-gnu/bin"),
    ],
)
def test_version_managers_that_were_moved_are_found(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, folder: str
) -> None:
    assert home
    moved = tmp_path / "moved here"
    (moved / folder).mkdir(parents=True)
    monkeypatch.setenv(variable, str(moved))
    assert str(moved / folder) in search_path()


def test_what_people_put_beside_the_system_is_found(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert home
    folders = ["opt/python3.14/bin", "opt/python/3.13t/bin"]
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True)
    inside = str(tmp_path).lstrip("/")
    monkeypatch.setattr(places, "_SYSTEM", (f"/{inside}/opt/*/bin", f"/{inside}/opt/*/*/bin"))
    assert search_path()[-2:] == tuple(str(tmp_path / folder) for folder in folders)


def test_the_system_is_searched_where_people_install_things() -> None:
    assert {"/usr/local/bin", "/opt/*/bin", "/opt/*/*/bin"} < set(places._SYSTEM)


def test_the_path_comes_first_and_each_folder_once(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = str(home / ".local" / "bin")
    monkeypatch.setenv("PATH", f"/b::{local}:/a:/b")
    assert search_path() == ("/b", local, "/a")


def test_folders_of_shims_are_passed_over(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{home}/.pyenv/shims:{home}/.asdf/shims/:/a")
    assert search_path() == ("/a", str(home / ".local" / "bin"))


def test_uvs_own_search_path_stands_in_for_all(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".pyenv/versions/3.13.0/bin").mkdir(parents=True)
    monkeypatch.setenv("UV_PYTHON_SEARCH_PATH", "/x:/shims:/y")
    assert search_path() == ("/x", "/y")
    monkeypatch.setenv("UV_PYTHON_SEARCH_PATH", "")
    assert search_path() == ()


def test_somebody_without_a_home_has_a_search_path(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert home
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("os.getuid", lambda: 987_654_321)
    monkeypatch.setenv("PATH", "/a")
    assert search_path()[0] == "/a"


def test_a_folder_that_is_none_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "python3").touch()
    (tmp_path / "notes").touch()
    folders = (f"{tmp_path}/gone", f"{tmp_path}/file", str(tmp_path))
    assert executables(folders) == [tmp_path / "python3"]


@pytest.mark.parametrize("name", ["python3.13-nogil", "python3.13t", "python3.13"])
def test_a_free_threaded_build_is_found_whatever_it_is_called(
    home: Path, fake: Callable[..., Path], look_around: Look, name: str
) -> None:
    facts = {"version": "3.13.1", "python_version": "3.13.1"}
    path = fake(f"home/bin/{name}", is_free_threaded=True, is_gil_enabled=False, **facts)
    [found] = look_around(home.parent / "cache")
    assert found.names == (path,)
    assert found.build is not None
    assert found.build.is_free_threaded
    assert found.build.provenance.provider == "discovered"


def test_discovery_believes_the_probe_alone(
    home: Path, fake: Callable[..., Path], look_around: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake("home/.pyenv/versions/3.14.0/bin/python3.14", is_free_threaded=True)
    plain = fake("home/bin/python3.13t", version="3.14.2", python_version="3.14.2")
    fake("home/bin/python3.14d", is_debug=True)
    monkeypatch.setattr(discovered, "installed", look_around)
    answer = discovered.answer(requirement("3.14"), root=home.parent / "cache")
    assert isinstance(answer, Found)
    assert [build.path for build in answer.builds] == [str(plain)]


def test_the_newest_version_comes_first_and_of_one_version_the_best_optimised(
    home: Path, fake: Callable[..., Path], look_around: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("3.14.9", "3.14.10rc1", "3.14.10", "3.14.2"):
        fake(f"home/.local/{version}/bin/python", version=version, python_version=version)
    newest = {"version": "3.14.10", "python_version": "3.14.10"}
    fake("home/.local/a/bin/python", cflags="-fprofile-use", **newest)
    fake("home/.local/b/bin/python", cflags="-fprofile-use -flto", **newest)
    monkeypatch.setattr(discovered, "installed", look_around)
    root = home.parent / "cache"
    answer = discovered.answer(requirement("3.14"), root=root)
    assert isinstance(answer, Found)
    order = [Path(build.path).parts[-3] for build in answer.builds]
    assert order == ["b", "a", "3.14.10", "3.14.10rc1", "3.14.9", "3.14.2"]
    answer = discovered.answer(requirement("3.14", optimised=Optimised.LTO), root=root)
    assert isinstance(answer, Found)
    assert [Path(build.path).parts[-3] for build in answer.builds] == ["b"]


def test_second_names_of_one_executable_are_grouped(
    home: Path, script: Callable[[str, str], Path], fake: Callable[..., Path], look_around: Look
) -> None:
    real = fake("home/usr/python3.14")
    starts = home / "starts"
    real.write_text(real.read_text().replace("printf", f"echo x >> '{starts}'; printf", 1))
    names = [home / "bin" / name for name in ("python", "python3", "python3.14")]
    for name in names:
        name.symlink_to(real)
    script("home/.local/bin/python3.14", f'exec {real} "$@"')
    own, other = look_around(home.parent / "cache")
    assert own.names == tuple(names)
    assert other.names == (home / ".local/bin/python3.14",)
    assert starts.read_text() == "x\n" * 2


def test_virtual_environments_are_left_out(
    home: Path, fake: Callable[..., Path], look_around: Look
) -> None:
    real = fake("home/bin/python3.14")
    (home / ".local/venv/bin").mkdir(parents=True)
    (home / ".local/venv/pyvenv.cfg").touch()
    (home / ".local/venv/bin/python").symlink_to(real)
    [found] = look_around(home.parent / "cache")
    assert found.names == (real,)


def test_our_own_store_is_left_out(
    home: Path, fake: Callable[..., Path], look_around: Look
) -> None:
    root = home / ".local" / "cache"
    stored = fake("home/.local/cache/interpreters/x/prefix/bin/python3.14")
    beside = fake("home/.local/cache-of-another/bin/python3.14")
    (home / "bin" / "python3.14").symlink_to(stored)
    [found] = look_around(root)
    assert found.names == (beside,)


def test_broken_ones_are_passed_over_with_their_complaint(
    home: Path, script: Callable[[str, str], Path], look_around: Look
) -> None:
    script("home/bin/python3.12", "exit 7")
    script("home/bin/python3.13", "echo hello")
    (home / "bin/python3.14").write_bytes(b"\x00\x01")
    (home / "bin/python3.14").chmod(0o755)
    (home / "bin/python3.15").mkdir()
    (home / "bin/python3.11").write_text("not to be run")
    (home / "bin/python3.10").symlink_to(home / "gone")
    found = {one.names[0].name: one for one in look_around(home.parent / "cache")}
    assert {name: one.build for name, one in found.items()} == dict.fromkeys(
        ["python3.12", "python3.13", "python3.14", "python3.15"]
    )
    assert "exit code 7" in found["python3.12"].complaint
    assert "does not answer like a Python" in found["python3.13"].complaint
    assert "cannot be run" in found["python3.14"].complaint
    assert "is a directory" in found["python3.15"].complaint


def test_one_that_names_an_executable_that_is_not_here_is_passed_over(
    home: Path, fake: Callable[..., Path], look_around: Look
) -> None:
    """Such as a script that runs the Python of a container."""
    fake("home/bin/python3.13", executable="/gone/from/here/python3.13")
    good = fake("home/bin/python3.14")
    broken, found = look_around(home.parent / "cache")
    assert broken.build is None
    assert "/gone/from/here" in broken.complaint
    assert found.build is not None
    assert found.build.path == str(good)


@pytest.mark.parametrize("version", ["3", "three.14", ""])
def test_one_with_an_odd_version_is_passed_over(
    home: Path, fake: Callable[..., Path], look_around: Look, version: str
) -> None:
    fake("home/bin/python", python_version=version)
    [found] = look_around(home.parent / "cache")
    assert found.build is None
    assert "does not answer like a Python" in found.complaint


def test_what_uv_knows_beside_is_asked_too(
    home: Path,
    script: Callable[[str, str], Path],
    fake: Callable[..., Path],
    look_around: Look,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = fake("home/registry/python3.14")
    uv = script("home/uv", f"""echo '[{{"path": "{known}"}}, {{"path": "/gone/python"}}]'""")
    monkeypatch.setattr(discovered, "find_uv", lambda: str(uv))
    [found] = look_around(home.parent / "cache")
    assert found.names == (known,)


@pytest.mark.parametrize("body", ["exit 2", "echo '[{}]'", "echo nonsense", "printf '\\377'"])
def test_a_uv_that_lists_nothing_usable_is_no_error(
    home: Path,
    script: Callable[[str, str], Path],
    look_around: Look,
    monkeypatch: pytest.MonkeyPatch,
    body: str,
) -> None:
    uv = script("home/uv", body)
    monkeypatch.setattr(discovered, "find_uv", lambda: str(uv))
    assert look_around(home.parent / "cache") == ()


def test_two_who_ask_at_once_look_around_once(
    home: Path, monkeypatch: pytest.MonkeyPatch, look_around: Look
) -> None:
    looks: list[str] = []
    gate = threading.Barrier(2)

    def look() -> tuple[str, ...]:
        looks.append("x")
        return ()

    def ask() -> None:
        gate.wait(30)
        discovered.answer(requirement("3.14"), root=home.parent / "cache")

    monkeypatch.setattr(discovered, "search_path", look)
    monkeypatch.setattr(discovered, "installed", look_around)
    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert looks == ["x"]


@pytest.mark.parametrize(
    "asked",
    [
        Requirement(what=AtPath(path=Path("x"))),
        Requirement(what=requirement("3.14").what, flags=("--with-lto",)),
        Requirement(what=requirement("3.14").what, compiler="clang"),
    ],
)
def test_what_was_made_to_order_is_never_looked_for(asked: Requirement, tmp_path: Path) -> None:
    assert isinstance(discovered.answer(asked, root=tmp_path), Unobtainable)


def test_with_nothing_installed_it_says_so(tmp_path: Path) -> None:
    answer = discovered.answer(requirement("3.14"), root=tmp_path)
    assert answer == Unobtainable(reason="discovered: none installed")
