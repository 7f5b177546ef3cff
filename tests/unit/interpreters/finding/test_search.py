"""How the providers are asked, with providers of paper."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import ConfigError, InterpreterError
from harness.interpreters import parse, parse_all
from harness.interpreters.finding import default_matrix
from harness.interpreters.finding import search as finding
from harness.interpreters.finding.provision import provision
from harness.interpreters.finding.search import Missing, Search
from harness.interpreters.probing.probe import probe
from harness.interpreters.progress import Progress, ignore
from harness.interpreters.providers.answer import Answer, Found, Obtainable, Unobtainable
from harness.model import ExpectedBuild, Provenance

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.interpreters.finding.default_matrix import RequirementPair
    from harness.interpreters.naming.requirement import Requirement
    from harness.model import Build

FREE: dict[str, Any] = {"is_free_threaded": True, "is_gil_enabled": False}


@dataclass
class Paper:
    """A provider that has or can get builds, and notes what it was told to get."""

    has: dict[str, list[Build]] = field(default_factory=dict)
    gets: dict[str, Build | str] = field(default_factory=dict)
    got: list[str] = field(default_factory=list)

    def __call__(self, requirement: Requirement, *, root: Path) -> Answer:
        """Answer as a provider does."""
        del root
        if requirement.name in self.has:
            return Found.of(self.has[requirement.name])
        if requirement.name not in self.gets:
            return Unobtainable(reason=f"paper: no {requirement.name}")

        def get(notify: Callable[[Progress], None]) -> Build:
            notify(Progress(subject=requirement.name, phase="folding"))
            self.got.append(requirement.name)
            build = self.gets[requirement.name]
            if isinstance(build, str):
                raise InterpreterError(build)
            return build

        return Obtainable(how="folded", expected_s=60, get=get)


@pytest.fixture
def build(fake: Callable[..., Path]) -> Callable[..., Build]:
    def make(name: str, *, provider: str = "paper", **facts: Any) -> Build:
        provenance = Provenance(provider=provider, source=name)
        return probe(fake(f"{name}/python", **facts), provenance=provenance)

    return make


@pytest.fixture
def search(tmp_path: Path) -> Callable[..., Search]:
    def make(*, has: list[Paper], gets: list[Paper], may_get: bool = True) -> Search:
        return Search(
            root=tmp_path,
            notify=ignore,
            may_get=may_get,
            local_providers=tuple(has),
            get_providers=tuple(gets),
        )

    return make


def pair() -> RequirementPair:
    return parse("3.14").requirement, parse("3.14t").requirement


def test_what_is_here_beats_what_can_be_got(
    build: Callable[..., Build], search: Callable[..., Search]
) -> None:
    here, provider = build("here"), Paper(gets={"3.14": build("there")})
    local_providers = [Paper(), Paper(has={"3.14": [here]})]
    assert finding.find_build(pair()[0], search(has=local_providers, gets=[provider])) == here
    assert provider.got == []


def test_the_next_way_is_tried_when_one_fails(
    build: Callable[..., Build], search: Callable[..., Search]
) -> None:
    ways = [
        Paper(),
        Paper(gets={"3.14": "paper: it tore"}),
        Paper(gets={"3.14": build("wrong", **FREE)}),
        Paper(has={"3.14": [build("good")]}),
    ]
    found = finding.find_build(pair()[0], search(has=[], gets=ways))
    assert found == ways[3].has["3.14"][0]
    found = finding.find_build(pair()[0], search(has=[], gets=ways[:3]))
    assert isinstance(found, Missing)
    reason = "not installed; paper: no 3.14; paper: it tore; paper: provided cpython 3.14.7, free"
    assert found.reason.startswith(reason)


def test_without_getting_the_first_way_is_what_is_expected(
    build: Callable[..., Build], search: Callable[..., Search]
) -> None:
    ways = [Paper(), Paper(gets={"3.14t": build("a")}), Paper(gets={"3.14t": build("b")})]
    found = finding.find_build(pair()[1], search(has=[], gets=ways, may_get=False))
    assert found == ExpectedBuild(
        name="3.14t",
        how="folded",
        expected_s=60,
        implementation="cpython",
        python_version="3.14",
        is_free_threaded=True,
    )
    found = finding.find_build(pair()[0], search(has=[], gets=ways, may_get=False))
    assert found == Missing(reason="not installed; paper: no 3.14")
    assert [way.got for way in ways] == [[], [], []]


def test_a_pair_is_expected_from_the_provider_that_a_run_would_ask(
    build: Callable[..., Build], search: Callable[..., Search]
) -> None:
    """Also where half of it is installed: a run would get both from one provider."""
    half, both = Paper(gets={"3.14": build("a")}), Paper(gets={"3.14": "", "3.14t": ""})
    here = Paper(has={"3.14": [build("here")]})
    found = default_matrix.find_pair(pair(), search(has=[here], gets=[half, both], may_get=False))
    assert [type(found[requirement]) for requirement in pair()] == [ExpectedBuild] * 2


def test_a_reason_that_nothing_can_be_done_about_gives_way_to_one_that_tells_what_to_do() -> None:
    hopeless = Missing(reason="distro: has no package of it", is_final=True)
    hopeful = Missing(reason="source: no C compiler found: install one")
    found = finding.all_missing([hopeless, hopeful, hopeful])
    assert found.reason == "not installed; source: no C compiler found: install one"
    assert not found.is_final
    found = finding.all_missing([hopeless])
    assert (found.reason, found.is_final) == ("not installed; distro: has no package of it", True)


def nothing(requirement: Requirement, *, root: Path) -> Answer:
    del requirement, root
    return Unobtainable(reason="uv: not among its downloads", is_final=True)


def needs_a_compiler(requirement: Requirement, *, root: Path) -> Answer:
    del root
    if requirement.name.startswith("3.15"):
        return Unobtainable(reason="source: no tarball", is_final=True)
    return Unobtainable(reason="source: no C compiler found")


def test_the_pair_that_is_named_as_missing_is_the_one_that_could_be_here(
    build: Callable[..., Build], search: Callable[..., Search]
) -> None:
    """3.15t has no sources in the catalogue: a compiler would bring 3.14t."""
    here = Paper(has={"3.11": [build("old", version="3.11.2", python_version="3.11.2")]})
    asked = search(has=[here], gets=[])
    asked = dataclasses.replace(asked, get_providers=(nothing, needs_a_compiler))
    (gil, free), found = default_matrix.choose(asked)
    assert (gil.name, free.name) == ("3.11", "3.14t")
    assert found[free] == Missing(reason="not installed; source: no C compiler found")


def test_without_a_pair_a_newer_build_that_can_be_got_beats_an_old_one_that_is_here(
    build: Callable[..., Build], search: Callable[..., Search]
) -> None:
    here = Paper(has={"3.11": [build("old", version="3.11.2", python_version="3.11.2")]})
    newer = build("newer", version="3.15.0", python_version="3.15.0")
    (gil, _), found = default_matrix.choose(search(has=[here], gets=[Paper(gets={"3.15": newer})]))
    assert (gil.name, found[gil]) == ("3.15", newer)


def test_what_our_own_cache_holds_is_no_guess(
    build: Callable[..., Build], search: Callable[..., Search]
) -> None:
    twice = [build("a", cflags="-O2"), build("b", cflags="-O3")]
    found = finding.find_build(pair()[0], search(has=[Paper(has={"3.14": twice})], gets=[]))
    assert found in twice
    same = [build("c", provider="discovered"), build("d", provider="discovered", cflags="-O2")]
    with pytest.raises(ConfigError, match="is ambiguous: 2 different builds"):
        finding.find_build(pair()[0], search(has=[Paper(has={"3.14": same})], gets=[]))


def test_of_pre_releases_the_newest_wins(build: Callable[..., Build]) -> None:
    versions = ["3.15.0a7", "3.15.0b4", "3.15.0rc2", "3.15.0rc10", "3.15.0b1"]
    builds = [build(one, version=one, python_version=one, cflags="-flto") for one in versions]
    for count, newest in ((3, "3.15.0rc2"), (5, "3.15.0rc10")):
        assert Found.of(builds[:count]).builds[0].version == newest
        assert Found.of(reversed(builds[:count])).builds[0].version == newest
    final = build("final", version="3.15.0", python_version="3.15.0")
    assert Found.of([*builds, final]).builds[0] == final


@pytest.mark.parametrize("half", ["3.14", "3.14t"])
def test_of_a_provider_with_half_a_pair_nothing_is_got(
    build: Callable[..., Build], search: Callable[..., Search], half: str
) -> None:
    provider = Paper(gets={half: build("half")})
    found = finding.get_pair(pair(), provider, search(has=[], gets=[provider]))
    other = {"3.14": "3.14t", "3.14t": "3.14"}[half]
    assert found == Missing(reason=f"paper: no {other}")
    assert provider.got == []


def test_the_second_half_is_not_got_when_the_first_fails(
    build: Callable[..., Build], search: Callable[..., Search]
) -> None:
    provider = Paper(gets={"3.14": "paper: it tore", "3.14t": build("free", **FREE)})
    found = finding.get_pair(pair(), provider, search(has=[], gets=[provider]))
    assert found == Missing(reason="paper: it tore")
    assert provider.got == ["3.14"]


@pytest.mark.parametrize(
    "other",
    [
        {"version": "3.14.6"},
        {"compiler": "Clang 19"},
        {"configure_args": "'--enable-optimizations'"},
        {"provider": "scissors"},
    ],
)
def test_a_pair_of_different_making_is_none(
    build: Callable[..., Build], search: Callable[..., Search], other: dict[str, Any]
) -> None:
    gil, free = build("gil"), build("free", **FREE, **other)
    provider = Paper(gets={"3.14": gil, "3.14t": free})
    assert isinstance(finding.get_pair(pair(), provider, search(has=[], gets=[])), Missing)
    provider = Paper(has={"3.14": [gil], "3.14t": [free]})
    assert finding.installed_pair(pair(), provider, search(has=[], gets=[])) is None
    good = build("good", **FREE)
    provider.has["3.14t"].append(good)
    assert finding.installed_pair(pair(), provider, search(has=[], gets=[])) == (gil, good)


def test_what_failed_for_a_pair_is_not_tried_a_second_time(
    build: Callable[..., Build], search: Callable[..., Search]
) -> None:
    here = build("here")
    provider = Paper(gets={"3.14": build("gil"), "3.14t": "paper: it tore"})
    asked = search(has=[Paper(has={"3.14": [here]})], gets=[provider, Paper()])
    found = default_matrix.find_pair(pair(), asked)
    missing = Missing(reason="not installed; paper: it tore; paper: no 3.14")
    assert found == {pair()[0]: here, pair()[1]: missing}
    assert provider.got == ["3.14", "3.14t"]


def test_a_redundant_flag_makes_no_pair_of_two_free_threaded_builds(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[str, str]] = []

    def find_pair(pair: RequirementPair, search: Search) -> dict[Requirement, Missing]:
        del search
        asked.append((pair[0].name, pair[1].name))
        return dict.fromkeys(pair, Missing(reason="x"))

    monkeypatch.setattr(default_matrix, "find_pair", find_pair)
    requests = parse_all(["3.14t", "x=3.14t?flags=--disable-gil", "3.14"])
    provision(requests, notify=ignore, allow_get=False, root=tmp_path)
    assert asked
    assert all(gil == "3.14" for gil, _ in asked)
