from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.errors import ConfigError
from harness.interpreters.naming.catalogue import Target, catalogue
from harness.interpreters.naming.requirement import (
    AtPath,
    FromGit,
    FromTarball,
    Packed,
    Requirement,
)
from harness.interpreters.naming.spec import parse, parse_all
from harness.model import Optimised

if TYPE_CHECKING:
    from harness.interpreters.naming.requirement import UserBuild

CPYTHON = "https://github.com/python/cpython"
GIL_ON = (("PYTHON_GIL", "1"),)
JIT_ON = (("PYTHON_JIT", "1"),)


def target(name: str) -> Target:
    found = catalogue().target(name)
    assert found is not None
    return found


def what(text: str) -> Target | UserBuild:
    return parse(text).requirement.what


def test_a_name_is_its_own_label() -> None:
    request = parse("3.14t")
    assert (request.label, request.spec, request.environment) == ("3.14t", "3.14t", ())
    assert request.requirement == Requirement(what=target("3.14t"))


@pytest.mark.parametrize("name", [row.id for row in catalogue().interpreters])
def test_every_row_of_the_catalogue_can_be_asked_for(name: str) -> None:
    assert parse(name).requirement.target == target(name)


def test_gil_suffix_sets_the_environment_of_the_same_interpreter() -> None:
    request = parse("on=3.14t+gil")
    assert (request.label, request.environment, request.is_gil_forced) == ("on", GIL_ON, True)
    assert request.requirement == parse("3.14t").requirement


def test_jit_suffix_sets_the_environment_and_asks_for_a_build_that_has_one() -> None:
    request = parse("3.15+jit")
    assert (request.label, request.environment) == ("3.15+jit", JIT_ON)
    assert request.requirement == Requirement(what=target("3.15"), needs_jit=True)


@pytest.mark.parametrize("spec", ["3.14t+gil+jit", "3.14t+jit+gil"])
def test_both_suffixes_go_together_in_any_order(spec: str) -> None:
    assert parse(spec).environment == (*GIL_ON, *JIT_ON)


def test_a_jit_that_is_switched_off_need_not_be_there() -> None:
    request = parse("3.15?env=PYTHON_JIT=0")
    assert (request.requirement.needs_jit, request.environment) == (False, (("PYTHON_JIT", "0"),))


@pytest.mark.parametrize("spec", ["3.14", "pypy", "3.14t", "./python"])
def test_the_gil_is_never_switched_off_by_us(spec: str) -> None:
    assert parse(spec).environment == ()


@pytest.mark.parametrize(
    ("spec", "row", "version", "uv"),
    [
        ("3.14.7", "3.14", "3.14.7", "cpython-3.14.7"),
        ("3.14.7t", "3.14t", "3.14.7", "cpython-3.14.7+freethreaded"),
        ("3.15.0rc2", "3.15", "3.15.0rc2", "cpython-3.15.0rc2"),
    ],
)
def test_one_release_narrows_its_row(spec: str, row: str, version: str, uv: str) -> None:
    request = parse(spec)
    asked = request.requirement.target
    assert asked is not None
    assert (asked.id, asked.version, asked.uv, request.label) == (spec, version, uv, spec)
    assert asked.is_free_threaded == target(row).is_free_threaded


def test_a_release_may_be_run_with_its_gil_on() -> None:
    assert parse("3.14.7t+gil").is_gil_forced


@pytest.mark.parametrize(
    "spec", ["3.7.1", "3.14.x", "pypy3.11.1", "3.14.7+t", "3.14.7.1", "3.14.\u0667", "3.14.7\n"]
)
def test_what_only_looks_like_a_release_is_an_unknown_interpreter(spec: str) -> None:
    with pytest.raises(ConfigError, match="unknown interpreter"):
        parse(spec)


@pytest.mark.parametrize("path", ["./python", "../python", "/x/my python", "/x/pythön", ".python"])
def test_a_path_waits_for_the_probe_to_be_named(path: str) -> None:
    request = parse(path)
    assert (request.label, request.spec, request.requirement) == (
        *("", path),
        Requirement(what=AtPath(path=Path(path))),
    )


def test_home_is_expanded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "python+gil").touch()
    assert what("~/python") == AtPath(path=tmp_path / "python")
    assert what("~/python+gil") == AtPath(path=tmp_path / "python+gil")
    with pytest.raises(ConfigError, match="there is no such user"):
        parse("~nobody-of-this-name/python")


@pytest.mark.parametrize(
    ("suffix", "environment"), [("+gil", GIL_ON), ("+jit", JIT_ON), ("+jit+gil", GIL_ON + JIT_ON)]
)
def test_a_path_may_have_a_suffix(suffix: str, environment: tuple[tuple[str, str], ...]) -> None:
    request = parse(f"on=/x y/python{suffix}")
    assert request.requirement.what == AtPath(path=Path("/x y/python"))
    assert request.environment == environment


def test_a_file_named_like_the_suffix_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "python+gil"
    path.touch()
    request = parse(f"on={path}")
    assert (request.requirement.what, request.is_gil_forced) == (AtPath(path=path), False)
    assert parse(f"on={path}+gil").is_gil_forced


def test_a_path_may_contain_an_equals_sign(tmp_path: Path) -> None:
    assert what(f"{tmp_path}/a=b/python") == AtPath(path=tmp_path / "a=b" / "python")


@pytest.mark.parametrize("name", ["what?/python", "a?b?c", "p?flags=x", "ü ?"])
@pytest.mark.parametrize(
    ("behind", "environment"),
    [("", ()), ("+gil", GIL_ON), ("?env=PYTHON_GIL=1", GIL_ON), ("+gil?env=PYTHON_GIL=1", GIL_ON)],
)
def test_a_file_that_is_there_may_have_a_question_mark_in_its_name(
    tmp_path: Path, name: str, behind: str, environment: tuple[tuple[str, str], ...]
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    request = parse(f"it={path}{behind}")
    assert (request.requirement.what, request.environment) == (AtPath(path=path), environment)


def test_a_file_in_the_present_folder_needs_no_separator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "python").touch()
    monkeypatch.chdir(tmp_path)
    assert what("python") == AtPath(path=Path("python"))
    assert what("base=python+gil") == AtPath(path=Path("python"))


@pytest.mark.parametrize("name", ["3.14t+gil", "3.14t", "3.14?flags=--with-lto"])
def test_a_folder_here_never_stands_in_the_way_of_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    assert isinstance(what(name), Target)


@pytest.mark.parametrize("label", ["base", "3.14", "a+b-c_d.e", "x" * 40, "0"])
@pytest.mark.parametrize("spec", ["3.14", "./build/python", "git:main", "pack.tar.xz"])
def test_any_spec_may_have_a_label(
    label: str, spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pack.tar.xz").touch()
    monkeypatch.chdir(tmp_path)
    request = parse(f"{label}={spec}")
    assert (request.label, request.spec) == (label, spec)


@pytest.mark.parametrize("ending", ["tar", "tar.xz", "tar.gz", "tgz", "tar.bz2", "tar.zst"])
def test_a_file_that_ends_like_an_archive_is_a_pack(ending: str) -> None:
    path = Path(f"some folder/pack.{ending}")
    request = parse(f"there={path}", optimised=Optimised.LTO)
    assert request.requirement == Requirement(what=Packed(path=path))


@pytest.mark.parametrize(
    ("spec", "revision", "repository"),
    [
        ("git:main", "main", CPYTHON),
        ("git:v3.15.0~2", "v3.15.0~2", CPYTHON),
        ("git:main@./cpython", "main", "./cpython"),
        ("git:main@/a b/cpython=2", "main", "/a b/cpython=2"),
        ("git:main@https://me:it@host/x", "main", "https://me:it@host/x"),
        ("git:topic/x@git@host:me/cpython", "topic/x", "git@host:me/cpython"),
        ("git:HEAD@{1}", "HEAD@{1}", CPYTHON),
        ("git:HEAD@{1}@./cpython", "HEAD@{1}", "./cpython"),
    ],
)
@pytest.mark.parametrize("label", ["", "head"])
def test_a_revision_may_name_its_repository(
    spec: str, revision: str, repository: str, label: str
) -> None:
    request = parse(f"{label}={spec}" if label else spec)
    assert request.label == label
    assert request.requirement.what == FromGit(revision=revision, repository=repository)


def test_sources_may_have_options_and_suffixes() -> None:
    request = parse("git:main@./cpython+jit+gil?flags=--disable-gil&cc=clang-19")
    assert request.requirement == Requirement(
        what=FromGit(revision="main", repository="./cpython"),
        needs_jit=True,
        flags=("--disable-gil",),
        compiler="clang-19",
    )
    assert (request.label, request.environment) == ("", GIL_ON + JIT_ON)


@pytest.mark.parametrize("path", ["Python-3.14.7.tar.xz", "/a b/ü.tgz", "../x=y.tar"])
def test_a_tarball_of_sources_is_no_pack(path: str) -> None:
    assert what(f"src:{path}") == FromTarball(path=Path(path))
    assert what(f"base=src:{path}") == FromTarball(path=Path(path))


def test_a_tarball_may_have_a_question_mark_in_its_name(tmp_path: Path) -> None:
    path = tmp_path / "why?.tar.xz"
    path.touch()
    request = parse(f"src:{path}?flags=--with-lto")
    assert request.requirement == Requirement(what=FromTarball(path=path), flags=("--with-lto",))


def test_a_name_with_options_waits_for_the_probe_to_be_named() -> None:
    request = parse("3.14t?flags=--disable-gil --enable-optimizations&cc=clang-19&env=PYTHON_JIT=1")
    assert request.label == ""
    assert request.environment == JIT_ON
    assert request.requirement == Requirement(
        what=target("3.14t"),
        needs_jit=True,
        flags=("--disable-gil", "--enable-optimizations"),
        compiler="clang-19",
    )


@pytest.mark.parametrize("optimised", Optimised)
def test_how_well_it_is_compiled_is_no_question_of_what_is_there(optimised: Optimised) -> None:
    asked = ["3.14", "git:main", "src:x.tar.xz", "./python", "a.tar.xz", "./pack.tar"]
    found = [one.requirement.optimised for one in parse_all(asked[:4], optimised=optimised)]
    assert found == [optimised, optimised, optimised, Optimised.ANY]
    assert parse(asked[5], optimised=optimised).requirement.optimised is Optimised.ANY


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("3.41", "unknown interpreter '3.41': did you mean"),
        ("3.14+gil", "for free-threaded builds; 3.14 has the GIL anyway, use '3.14'"),
        ("3.14.7+gil", "use '3.14.7'"),
        ("3.14?env=PYTHON_GIL=0", "for free-threaded builds"),
        ("pypy+gil", "for free-threaded builds"),
        ("pypy+jit", r"turns on CPython's own JIT; pypy always .* use 'pypy'"),
        ("graalpy+jit", "use 'graalpy'"),
        ("pypy?env=PYTHON_JIT=0", "use 'pypy'"),
        ("3.14t+gil?env=PYTHON_GIL=0", r"\+gil sets PYTHON_GIL=1, and env= sets it to '0'"),
        ("./python+jit?env=PYTHON_JIT=0", r"\+jit sets PYTHON_JIT=1"),
        ("git:main+gil", r"build one with \?flags=--disable-gil"),
        ("src:x.tar?env=PYTHON_GIL=1", r"build one with \?flags=--disable-gil"),
        ("3.14?flags=--disable-gil", "never a free-threaded build; use 3.14t$"),
        ("3.14?flags=--disable-gil=yes", "use 3.14t$"),
        ("3.14?flags=--enable-gil=no", "use 3.14t$"),
        ("3.14.7?flags=--disable-gil", "use 3.14.7t$"),
        ("3.14t?flags=--enable-gil", "always a free-threaded build"),
        ("pypy?flags=--with-lto", "for builds from source; leave them out"),
        ("3.12?cc=gcc", "for builds from source"),
        ("./python?flags=--with-lto", "for builds from source"),
        ("./python?cc=gcc", "for builds from source"),
        ("pack.tar.xz?cc=gcc", "unknown interpreter|for builds from source"),
        ("./pack.tar.xz?cc=gcc", "for builds from source"),
        ("3.14?", "no options after"),
        ("3.14?flag=--with-lto", "unknown option 'flag'; did you mean 'flags'"),
        ("./python?x", "unknown option 'x'"),
        ("git:", "write git:REVISION"),
        ("base=git:", "write git:REVISION"),
        ("git:@./x", "write git:REVISION@REPOSITORY"),
        ("git:main@", "write git:REVISION@REPOSITORY"),
        ("src:", "write src:TARBALL"),
        ("src:?cc=gcc", "write src:TARBALL"),
        ("a b=3.14", "label 'a b' .* starts with a letter or digit"),
        ("<b>=3.14", "label '<b>' "),
        ("&amp;=3.14", "label '&amp;' "),
        ("..=3.14", r"label '\.\.' "),
        ("-x=3.14", "label '-x' "),
        ('"=3.14', "is not valid"),
        ("ü=3.14", "label 'ü' "),
        ("x\n=3.14", "is not valid"),
        (f"{'x' * 41}=3.14", "at most 40"),
        ("=3.14", "empty label"),
        ("base=", "has nothing after '='"),
        ("", "the interpreter is empty"),
    ],
)
def test_what_cannot_be_used_is_explained(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        parse(text)


@pytest.mark.parametrize("text", ["a/b=3.14", "../x=3.14", "/etc/x=3.14", "~/x=3.14"])
def test_what_leads_into_another_folder_is_never_a_label(text: str) -> None:
    request = parse(text)
    assert (request.label, request.spec) == ("", text)
    assert isinstance(request.requirement.what, AtPath)


def test_two_of_one_label_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"two interpreters have the label '3\.14'.*LABEL=3\.14$"):
        parse_all(["3.14", "3.14"])
    with pytest.raises(ConfigError, match="two interpreters have the label 'x'"):
        parse_all(["x=./a", "./b", "x=git:main"])
    assert len(parse_all(["3.14", "again=3.14", "./a", "./a", "3.14?flags=--with-lto"])) == 5


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}", fullmatch=True))
def test_every_valid_label_is_kept(label: str) -> None:
    assert parse(f"{label}=3.14").label == label


PIECES = st.sampled_from(
    [
        *("3.14", "3.14t", "3.14.7", "pypy", "git:", "src:", "main", "@", "@{1}", "=", "?", "&"),
        *("+gil", "+jit", "flags=", "cc=", "env=", "PYTHON_GIL=", "PYTHON_JIT=", "1", "0", "'"),
        *("--disable-gil", "--with-lto", "/", "..", "~", "~root", " ", "\0", "ü", "\udcff", ".tar"),
    ]
)


@example("~\0")
@given(st.text() | st.lists(PIECES, max_size=9).map("".join))
def test_any_text_is_a_request_or_a_config_error(text: str) -> None:
    try:
        request = parse(text)
    except ConfigError:
        return
    assert request.spec
    assert request.label == "" or parse(f"{request.label}=3.14").label == request.label
    assert (request.requirement.target is None) == (
        not isinstance(request.requirement.what, Target)
    )


@pytest.mark.parametrize("beginning", ["", "x=", "3.14?flags=", "git:"])
def test_a_text_longer_than_any_file_name_is_no_crash(beginning: str) -> None:
    with contextlib.suppress(ConfigError):
        assert parse(beginning + "x" * 5000).requirement.target is None


def test_a_password_in_a_url_is_used_and_not_recorded() -> None:
    request = parse("x=git:main@https://me:secret@example.org/cpython?y=z?flags=--disable-gil")
    assert request.requirement.what == FromGit(
        revision="main", repository="https://me:secret@example.org/cpython?y=z"
    )
    assert request.spec == "git:main@https://example.org/cpython?y=z?flags=--disable-gil"
