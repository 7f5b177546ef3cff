from __future__ import annotations

import functools
import importlib
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import ConfigError, InterpreterError
from harness.interpreters import parse_all
from harness.interpreters.cache.entries import Recipe, Workspace, make_once
from harness.interpreters.finding.provision import Provisioned, provision
from harness.interpreters.finding.search import Search
from harness.interpreters.probing.probe import probe
from harness.interpreters.progress import ignore
from harness.interpreters.providers import discovered
from harness.interpreters.providers.answer import Answer, Obtainable, Unobtainable
from harness.model import ExpectedVariant, Optimised, Provenance, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.interpreters.naming.catalogue import Target
    from harness.interpreters.naming.requirement import Requirement
    from harness.interpreters.progress import Notify
    from harness.interpreters.providers.answer import Provider
    from harness.model import Build

FREE_THREADED: dict[str, Any] = {"is_free_threaded": True, "is_gil_enabled": False}
PYPY: dict[str, Any] = {"implementation": "pypy", "version": "8.0.1", "python_version": "3.11.17"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def keep(fake: Callable[..., Path], root: Path) -> Callable[..., Build]:
    """Put a fake interpreter into the cache."""

    def make(name: str, *, provider: str = "source", is_exact: bool = False, **facts: Any) -> Build:
        model = fake(name, **facts)

        def install(workspace: Workspace) -> Path:
            workspace.prefix.mkdir()
            return Path(shutil.copy(model, workspace.prefix / "python"))

        recipe = Recipe(name=name, provenance=Provenance(provider=provider, source=name))
        return make_once(root, recipe, make=install, is_exact=is_exact)

    return make


@pytest.fixture
def get_providers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Replace the providers that fetch or build."""

    def replace(*providers: Provider) -> None:
        module = importlib.import_module("harness.interpreters.finding.provision")
        monkeypatch.setattr(module, "Search", functools.partial(Search, get_providers=providers))

    replace()
    return replace


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let these interpreters be on this machine."""

    def place(*paths: Path) -> None:
        provenance = Provenance(provider="discovered", source="PATH")
        found = tuple(
            discovered.Installed(names=(path,), build=probe(path, provenance=provenance))
            for path in paths
        )
        monkeypatch.setattr(discovered, "installed", lambda _root: found)

    return place


def refuses(requirement: Requirement, *, root: Path) -> Answer:
    del requirement, root
    return Unobtainable(reason="source: no C compiler found")


def makes(keep: Callable[..., Build], log: list[str], *only: str) -> Provider:
    """Return a provider that can get the named targets."""

    def get(target: Target, notify: Notify) -> Build:
        del notify
        log.append(target.id)
        facts: dict[str, Any] = dict(FREE_THREADED) if target.is_free_threaded else {}
        version = f"{target.python}.1"
        return keep(target.id, version=version, python_version=version, **facts)

    def answer(requirement: Requirement, *, root: Path) -> Answer:
        del root
        target = requirement.target
        if target is None or target.id not in only:
            return Unobtainable(reason="maker: not this one")
        get_it = functools.partial(get, target)
        return Obtainable(how="made of paper", expected_s=130, get=get_it)

    return answer


def labels(requests: list[str], root: Path, **options: Any) -> list[str]:
    done = provision(parse_all(requests), notify=ignore, root=root, **options)
    return [variant.label for variant in done.variants]


def test_the_default_is_the_newest_pair_that_is_here(
    keep: Callable[..., Build], get_providers: Callable[..., None], root: Path
) -> None:
    get_providers(refuses)
    keep("old", version="3.13.1", python_version="3.13.1")
    keep("old-t", version="3.13.1", python_version="3.13.1", **FREE_THREADED)
    keep("newest-alone", version="3.15.0", python_version="3.15.0")
    gil = keep("gil")
    free = keep("free", **FREE_THREADED)
    pypy = keep("pypy", **PYPY)
    done = provision((), notify=ignore, root=root)
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
    keep: Callable[..., Build],
    get_providers: Callable[..., None],
    root: Path,
    other: dict[str, Any],
) -> None:
    get_providers(refuses)
    keep("newer-gil")
    keep("newer-free", **FREE_THREADED, **other)
    keep("old", version="3.13.1", python_version="3.13.1")
    keep("old-t", version="3.13.1", python_version="3.13.1", **FREE_THREADED)
    assert labels([], root) == ["3.13", "3.13t", "3.13t+gil"]


def test_a_missing_pair_is_got_from_one_provider(
    keep: Callable[..., Build], get_providers: Callable[..., None], root: Path
) -> None:
    log: list[str] = []
    get_providers(makes(keep, log, "3.15", "3.14", "3.14t"))
    assert labels([], root) == ["3.14", "3.14t", "3.14t+gil"]
    assert log == ["3.14", "3.14t"]


def test_without_any_pair_the_newest_plain_build_takes_part(
    keep: Callable[..., Build], get_providers: Callable[..., None], root: Path
) -> None:
    get_providers(refuses)
    keep("plain", version="3.12.1", python_version="3.12.1")
    done = provision((), notify=ignore, root=root)
    assert [variant.label for variant in done.variants] == ["3.12"]
    missing = [(one.label, one.reason) for one in done.unavailable]
    assert missing[0] == ("3.15t", "not installed; source: no C compiler found")
    assert [label for label, _ in missing] == ["3.15t", "3.15t+gil", "pypy"]


def test_with_nothing_at_all_every_row_has_a_reason(
    get_providers: Callable[..., None], root: Path
) -> None:
    get_providers(refuses)
    done = provision((), notify=ignore, root=root)
    assert done.variants == ()
    assert all("no C compiler found" in one.reason for one in done.unavailable)


def test_a_dry_run_says_how_and_how_long(
    keep: Callable[..., Build], get_providers: Callable[..., None], root: Path
) -> None:
    log: list[str] = []
    get_providers(refuses, makes(keep, log, "3.14", "3.14t"))
    done = provision((), notify=ignore, allow_get=False, root=root)
    assert [row.label for row in done.unavailable] == ["pypy"]
    assert [
        (one.label, one.is_gil_expected, one.environment, one.build.is_free_threaded)
        for one in done.candidates
    ] == [
        ("3.14", True, (), False),
        ("3.14t", False, (), True),
        ("3.14t+gil", True, (("PYTHON_GIL", "1"),), True),
    ]
    builds = [one.build for one in done.candidates if isinstance(one, ExpectedVariant)]
    assert [(build.how, build.expected_s) for build in builds] == [("made of paper", 130)] * 3
    assert builds[1] == builds[2] != builds[0]
    assert done.variants == ()
    assert log == []


@pytest.mark.parametrize(
    "requests", [[], ["3.14", "3.14t"], ["a=3.14t+gil", "3.14"], ["3.14t?env=PYTHON_TLBC=0"]]
)
@pytest.mark.parametrize("here", [{}, {"gil": {}}, {"free": FREE_THREADED}])
def test_a_dry_run_names_the_variants_that_the_run_has(
    keep: Callable[..., Build],
    get_providers: Callable[..., None],
    install: Callable[[dict[str, dict[str, Any]]], None],
    root: Path,
    requests: list[str],
    here: dict[str, dict[str, Any]],
) -> None:
    get_providers(makes(keep, [], "3.14", "3.14t"))
    install(here)
    asked = parse_all(requests)
    dry = provision(asked, notify=ignore, allow_get=False, root=root)
    real = provision(asked, notify=ignore, root=root)
    assert facts_of(dry) == facts_of(real)


def test_a_dry_run_expects_the_jit_of_a_package_that_is_known_to_have_it(
    get_providers: Callable[..., None], root: Path
) -> None:
    def answer(requirement: Requirement, *, root: Path) -> Answer:
        del root
        if requirement.name != "3.15":
            return Unobtainable(reason="no package", is_final=True)
        return Obtainable(how="unpacked", expected_s=10, has_jit=True, get=lambda _: never())

    get_providers(answer)
    done = provision((), notify=ignore, allow_get=False, root=root)
    assert [(one.label, one.is_jit_on) for one in done.candidates] == [
        ("3.15", False),
        ("3.15+jit", True),
    ]
    assert len({one.build for one in done.candidates}) == 1


def never() -> Build:
    raise AssertionError("a dry run gets nothing")


@pytest.fixture
def install(
    fake: Callable[..., Path], installed: Callable[..., None]
) -> Callable[[dict[str, dict[str, Any]]], None]:
    """Let fake interpreters with these names and facts be on this machine."""
    return lambda here: installed(*(fake(name, **facts) for name, facts in here.items()))


def facts_of(provisioned: Provisioned) -> list[tuple[object, ...]]:
    return [
        (one.label, one.spec, one.environment, one.is_gil_expected, one.is_jit_on)
        for one in provisioned.candidates
    ]


def test_an_explicit_pair_is_got_together_though_half_is_installed(
    keep: Callable[..., Build],
    fake: Callable[..., Path],
    get_providers: Callable[..., None],
    installed: Callable[..., None],
    root: Path,
) -> None:
    log: list[str] = []
    get_providers(makes(keep, log, "3.14", "3.14t"))
    installed(fake("bin/python3.14"))
    assert labels(["3.14"], root) == ["3.14"]
    assert log == []
    assert labels(["3.14", "3.14t"], root) == ["3.14", "3.14t"]
    assert log == ["3.14", "3.14t"]


def test_half_of_a_pair_is_better_than_none(
    keep: Callable[..., Build], get_providers: Callable[..., None], root: Path
) -> None:
    log: list[str] = []
    get_providers(makes(keep, log, "3.14"))
    done = provision(parse_all(["3.14", "3.14t"]), notify=ignore, root=root)
    assert [variant.label for variant in done.variants] == ["3.14"]
    reason = "not installed; maker: not this one"
    assert done.unavailable == (Unavailable(label="3.14t", spec="3.14t", reason=reason),)
    assert log == ["3.14"]


def test_a_path_is_labelled_by_what_it_is(
    fake: Callable[..., Path], get_providers: Callable[..., None], root: Path
) -> None:
    get_providers()
    plain, debug = fake("plain"), fake("debug", is_debug=True)
    free, pypy = fake("free", **FREE_THREADED), fake("pypy", **PYPY)
    requirement = [plain, plain, debug, free, f"{free}+gil", pypy, f"mine={plain}"]
    expected = ["3.14", "3.14-2", "3.14d", "3.14t", "3.14t+gil", "pypy3.11", "mine"]
    assert labels([str(one) for one in requirement], root) == expected


def test_a_path_that_cannot_be_used_stops_at_once(root: Path, tmp_path: Path) -> None:
    with pytest.raises(InterpreterError, match="does not exist"):
        labels([f"{tmp_path}/none"], root)


def test_a_plain_build_cannot_be_asked_for_with_gil(fake: Callable[..., Path], root: Path) -> None:
    with pytest.raises(InterpreterError, match="is for free-threaded builds"):
        labels([f"on={fake()}+gil"], root)


def test_a_broken_cached_interpreter_is_made_again(
    keep: Callable[..., Build], get_providers: Callable[..., None], root: Path
) -> None:
    log: list[str] = []
    get_providers(makes(keep, log, "3.13", "3.13t"))
    labels(["3.13", "3.13t"], root)
    for path in root.glob("interpreters/3.13t-*/prefix/python"):
        path.write_text("#!/bin/sh\nexit 1\n")
    assert labels(["3.13", "3.13t"], root) == ["3.13", "3.13t"]
    assert log == ["3.13", "3.13t"] * 2


JIT: dict[str, Any] = {"version": "3.15.0", "python_version": "3.15.0", "jit": "off"}
PLAIN: dict[str, Any] = {"version": "3.15.0", "python_version": "3.15.0"}
PGO = "'--enable-optimizations'"
LTO = "'--enable-optimizations' '--with-lto'"


def test_a_plain_name_never_means_a_free_threaded_build(
    keep: Callable[..., Build],
    fake: Callable[..., Path],
    get_providers: Callable[..., None],
    installed: Callable[..., None],
    root: Path,
) -> None:
    get_providers(refuses)
    keep("free", **FREE_THREADED)
    installed(fake("bin/python3.14", **FREE_THREADED), fake("bin/python3.14d", is_debug=True))
    done = provision(parse_all(["3.14", "3.14.7"]), notify=ignore, root=root)
    assert done.variants == ()
    assert [one.label for one in done.unavailable] == ["3.14", "3.14.7"]


def test_one_release_is_never_another(
    keep: Callable[..., Build], get_providers: Callable[..., None], root: Path
) -> None:
    get_providers(refuses)
    keep("new")
    older = keep("old", version="3.14.2", python_version="3.14.2")
    done = provision(parse_all(["3.14.2", "3.14.5"]), notify=ignore, root=root)
    assert [variant.build for variant in done.variants] == [older]
    assert [one.label for one in done.unavailable] == ["3.14.5"]


def test_what_was_made_as_one_release_is_not_what_a_shorter_name_means(
    keep: Callable[..., Build],
    fake: Callable[..., Path],
    get_providers: Callable[..., None],
    installed: Callable[..., None],
    root: Path,
) -> None:
    get_providers(refuses)
    older = keep("old", version="3.14.2", python_version="3.14.2", is_exact=True)
    installed(fake("a/python3.14"))
    exact, newest = provision(parse_all(["3.14.2", "3.14"]), notify=ignore, root=root).variants
    assert exact.build == older
    assert newest.build.version == "3.14.7"


def test_of_an_installed_pair_the_fairest_is_taken(
    fake: Callable[..., Path],
    get_providers: Callable[..., None],
    installed: Callable[..., None],
    root: Path,
) -> None:
    get_providers(refuses)
    alike = fake("b/python3.14")
    installed(
        fake("a/python3.14", libc="glibc 2.43"), alike, fake("c/python3.14t", **FREE_THREADED)
    )
    gil, _ = provision(parse_all(["3.14", "3.14t"]), notify=ignore, root=root).variants
    assert gil.build.path == str(alike)


def test_the_newest_pair_of_the_default_is_taken_wherever_it_is(
    keep: Callable[..., Build],
    fake: Callable[..., Path],
    get_providers: Callable[..., None],
    installed: Callable[..., None],
    root: Path,
) -> None:
    get_providers(refuses)
    keep("old", version="3.13.1", python_version="3.13.1")
    keep("old-t", version="3.13.1", python_version="3.13.1", **FREE_THREADED)
    installed(fake("a/python3.14"), fake("b/python3.14t", **FREE_THREADED))
    assert labels([], root)[:2] == ["3.14", "3.14t"]


def test_one_known_from_memory_is_asked_again_before_it_is_measured(
    fake: Callable[..., Path],
    get_providers: Callable[..., None],
    installed: Callable[..., None],
    root: Path,
) -> None:
    get_providers(refuses)
    path = fake("a/python3.14")
    installed(path)
    fake("a/python3.14", version="3.14.8", python_version="3.14.8")
    (variant,) = provision(parse_all(["3.14"]), notify=ignore, root=root).variants
    assert variant.build.version == "3.14.8"


def test_two_different_builds_of_one_version_are_not_chosen_between(
    fake: Callable[..., Path],
    get_providers: Callable[..., None],
    installed: Callable[..., None],
    root: Path,
) -> None:
    get_providers(refuses)
    paths = [fake("a/python3.14", cflags="-O3 -flto"), fake("b/python3.14", cflags="-O2")]
    installed(*paths, fake("c/python3.14", version="3.14.6", python_version="3.14.6"))
    with pytest.raises(ConfigError) as refused:
        labels(["3.14"], root)
    message = str(refused.value)
    assert message.startswith("'3.14' is ambiguous: 2 different builds of 3.14.7 are installed;")
    assert "--interpreter LABEL=PATH" in message
    assert [line.split()[0] for line in message.splitlines()[1:]] == [str(path) for path in paths]
    assert "LTO" in message.splitlines()[1]


def test_identical_twins_and_other_versions_are_no_question(
    fake: Callable[..., Path],
    get_providers: Callable[..., None],
    installed: Callable[..., None],
    root: Path,
) -> None:
    get_providers(refuses)
    old = {"version": "3.14.6", "python_version": "3.14.6", "compiler": "Clang 19"}
    twins = fake("a/python3.14"), fake("b/python3.14")
    installed(fake("c/python3.14", **old), *twins)
    done = provision(parse_all(["3.14"]), notify=ignore, root=root)
    assert [variant.build.path for variant in done.variants] == [str(twins[0])]


def test_an_explicit_pair_that_cannot_be_had_is_not_guessed_either(
    fake: Callable[..., Path],
    get_providers: Callable[..., None],
    installed: Callable[..., None],
    root: Path,
) -> None:
    get_providers(refuses)
    installed(fake("a/python3.14"), fake("b/python3.14", cflags="-O2"))
    for allow_get in (False, True):
        with pytest.raises(ConfigError, match="is ambiguous: 2 different builds"):
            labels(["3.14", "3.14t"], root, allow_get=allow_get)


@pytest.mark.parametrize("allow_get", [False, True])
@pytest.mark.parametrize("twice", [{}, PYPY])
def test_the_default_matrix_is_never_ambiguous(
    fake: Callable[..., Path],
    get_providers: Callable[..., None],
    installed: Callable[..., None],
    root: Path,
    *,
    allow_get: bool,
    twice: dict[str, Any],
) -> None:
    get_providers(refuses)
    installed(fake("a/python3.14", **twice), fake("b/python3.14", cflags="-O2", **twice))
    expected = ["pypy"] if twice else ["3.14"]
    assert labels([], root, allow_get=allow_get) == expected


def test_a_promised_pair_of_the_default_matrix_is_never_ambiguous(
    keep: Callable[..., Build],
    fake: Callable[..., Path],
    get_providers: Callable[..., None],
    installed: Callable[..., None],
    root: Path,
) -> None:
    get_providers(makes(keep, [], "3.14", "3.14t"))
    installed(fake("a/python3.14"), fake("b/python3.14", cflags="-O2"))
    done = provision((), notify=ignore, allow_get=False, root=root)
    assert [one.label for one in done.candidates] == ["3.14", "3.14t", "3.14t+gil"]


def test_a_name_with_and_without_its_jit_is_the_same_binary(
    keep: Callable[..., Build], get_providers: Callable[..., None], root: Path
) -> None:
    get_providers(refuses)
    keep("optimised", configure_args=LTO, **PLAIN)
    jit = keep("jit", **JIT)
    for asked in (["3.15", "3.15+jit"], ["3.15+jit", "3.15"]):
        done = provision(parse_all(asked), notify=ignore, root=root)
        assert [variant.build for variant in done.variants] == [jit, jit]
        assert {variant.label: variant.is_jit_on for variant in done.variants} == {
            "3.15": False,
            "3.15+jit": True,
        }


def test_without_a_jit_a_name_is_a_row_and_a_path_is_an_error(
    keep: Callable[..., Build],
    fake: Callable[..., Path],
    get_providers: Callable[..., None],
    root: Path,
) -> None:
    get_providers(refuses)
    keep("plain", **PLAIN)
    done = provision(parse_all(["3.15", "3.15+jit"]), notify=ignore, root=root)
    assert [variant.label for variant in done.variants] == ["3.15"]
    assert [one.label for one in done.unavailable] == ["3.15+jit"]
    with pytest.raises(InterpreterError, match=r"was built without CPython's JIT; leave out"):
        labels([f"{fake()}+jit"], root)
    assert labels([f"{fake(**JIT)}+jit"], root) == ["3.15+jit"]


def test_the_default_matrix_has_an_arm_with_the_jit_where_there_is_one(
    keep: Callable[..., Build], get_providers: Callable[..., None], root: Path
) -> None:
    get_providers(refuses)
    jit = keep("jit", **JIT)
    keep("free", **PLAIN, **FREE_THREADED)
    done = provision((), notify=ignore, root=root)
    assert [(one.label, one.is_jit_on) for one in done.variants] == [
        ("3.15", False),
        ("3.15+jit", True),
        ("3.15t", False),
        ("3.15t+gil", False),
    ]
    assert {one.build for one in done.variants[:2]} == {jit}


def test_a_plain_name_takes_the_best_optimised(
    keep: Callable[..., Build], get_providers: Callable[..., None], root: Path
) -> None:
    get_providers(refuses)
    keep("plain")
    best = keep("lto", configure_args=LTO)
    keep("pgo", configure_args=PGO)
    done = provision(parse_all(["3.14"]), notify=ignore, root=root)
    assert [variant.build for variant in done.variants] == [best]


@pytest.mark.parametrize(
    ("optimised", "enough", "too_little"),
    [(Optimised.PGO, [PGO, LTO], [""]), (Optimised.LTO, [LTO], ["", PGO, "'--with-lto'"])],
)
def test_one_that_is_to_be_optimised_is_never_a_lesser_build(
    keep: Callable[..., Build],
    get_providers: Callable[..., None],
    root: Path,
    optimised: Optimised,
    enough: list[str],
    too_little: list[str],
) -> None:
    get_providers(refuses)
    for args in too_little:
        keep(f"lesser{len(args)}", configure_args=args)
        keep(f"lesser{len(args)}t", configure_args=args, **FREE_THREADED)
    asked = parse_all(["3.14", "3.14t+gil"], optimised=optimised)
    assert provision(asked, notify=ignore, root=root).variants == ()
    assert provision((), notify=ignore, root=root, optimised=optimised).variants == ()
    for args in enough:
        built = keep(f"good{len(args)}", configure_args=args)
        done = provision(asked, notify=ignore, root=root)
        assert [variant.build for variant in done.variants] == [built]


def test_one_with_pgo_and_one_without_are_no_pair(
    keep: Callable[..., Build], get_providers: Callable[..., None], root: Path
) -> None:
    get_providers(refuses)
    keep("pgo", configure_args=PGO)
    plain = keep("plain")
    free = keep("free", **FREE_THREADED)
    done = provision(parse_all(["3.14", "3.14t"]), notify=ignore, root=root)
    assert [variant.build for variant in done.variants] == [plain, free]


def test_how_a_pypy_was_compiled_is_no_question(
    keep: Callable[..., Build], get_providers: Callable[..., None], root: Path
) -> None:
    get_providers(refuses)
    keep("pypy", **PYPY)
    asked = parse_all(["pypy"], optimised=Optimised.LTO)
    assert [one.label for one in provision(asked, notify=ignore, root=root).variants] == ["pypy"]


def test_what_was_got_must_be_what_was_asked_for(
    keep: Callable[..., Build], get_providers: Callable[..., None], root: Path
) -> None:
    get_providers(makes(keep, [], "3.14"))
    asked = parse_all(["3.14"], optimised=Optimised.PGO)
    [row] = provision(asked, notify=ignore, root=root).unavailable
    assert row.reason.startswith("not installed; source: provided cpython 3.14.1, GIL, no PGO/LTO")


def test_a_path_beside_its_twin_and_a_name_are_all_measured(
    keep: Callable[..., Build],
    fake: Callable[..., Path],
    get_providers: Callable[..., None],
    root: Path,
) -> None:
    get_providers(refuses)
    keep("plain")
    path = fake("bin/python3.14")
    assert labels(["3.14", str(path), f"x={path}"], root) == ["3.14", "3.14-2", "x"]


@pytest.mark.parametrize("spec", ["{}/none", "src:{}/none", "{}/none.tar.xz", "git:x@{}/none"])
def test_the_reason_is_that_of_the_one_provider_it_is_for(
    root: Path, tmp_path: Path, spec: str
) -> None:
    with pytest.raises(InterpreterError) as caught:
        labels([spec.format(tmp_path)], root)
    assert "only for" not in str(caught.value)
    assert str(caught.value).count(f"{tmp_path}/none") == 1
