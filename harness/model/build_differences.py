"""What differs between two builds beside the GIL: whether a comparison is a fair one.

When in doubt a difference is named: a withheld word costs less than a false one. What a
free-threaded build cannot do without (mimalloc, its defaults for threads) is no difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.build_flags import flags, options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model import Build, Variant

    _Fact = tuple[str, str, str]

__all__ = [
    "differences",
    "different_names",
    "implementation",
    "runtime_flags",
    "variant_differences",
]

_NAMES = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalPy"}
_FLAG_VARIABLES = {
    "PYTHON_THREAD_INHERIT_CONTEXT": "thread_inherit_context",
    "PYTHON_CONTEXT_AWARE_WARNINGS": "context_aware_warnings",
}


def implementation(build: Build) -> str:
    """Return the name of the implementation as it writes itself."""
    return _NAMES.get(build.implementation, build.implementation)


def differences(one: Build, other: Build) -> tuple[str, ...]:
    """Return what differs between two builds beside the GIL, one phrase for each.

    A phrase is ``name: one / other``; of options and flags it holds those of one side only.
    """
    return _phrases(_build_facts(one, other))


def variant_differences(one: Variant, other: Variant) -> tuple[str, ...]:
    """Return what differs between two variants beside the GIL: builds and how they are run."""
    return _phrases(_variant_facts(one, other))


def different_names(one: Variant, other: Variant) -> tuple[str, ...]:
    """Return the names alone of what differs between two variants."""
    return tuple(name for name, _, _ in _variant_facts(one, other))


def _phrases(facts: Iterable[_Fact]) -> tuple[str, ...]:
    return tuple(f"{name}: {mine} / {theirs}" for name, mine, theirs in facts)


def _build_facts(one: Build, other: Build) -> list[_Fact]:
    if one.implementation != other.implementation:
        return [("implementation", implementation(one), implementation(other))]
    if one == other:
        return []
    facts = (
        ("version", one.version, other.version),
        ("revision", one.revision, other.revision),
        ("source archive", *_archives(one, other)),
        ("compiler", one.compiler, other.compiler),
        ("optimisation", *_optimisations(one, other)),
        ("configure options", *_only(options(one.configure_args), options(other.configure_args))),
        ("compiler flags", *_only(flags(one.cflags), flags(other.cflags))),
        ("allocator", *_allocators(one, other)),
        ("libc", one.libc, other.libc),
        ("architecture", one.architecture, other.architecture),
        ("debug build", *(_yes(is_so=build.is_debug) for build in (one, other))),
        ("shared library", *(_yes(is_so=build.is_shared) for build in (one, other))),
        ("tail-call interpreter", *(_yes(is_so=build.has_tail_calls) for build in (one, other))),
        ("JIT built in", *(_yes(is_so=build.jit != "none") for build in (one, other))),
    )
    return [(name, mine or "?", theirs or "?") for name, mine, theirs in facts if mine != theirs]


def _variant_facts(one: Variant, other: Variant) -> list[_Fact]:
    facts: list[_Fact] = [
        ("JIT", _on_off(is_on=one.is_jit_on), _on_off(is_on=other.is_jit_on)),
        *_flag_facts(one, other),
        ("environment", _environment(one), _environment(other)),
    ]
    if one.build.implementation != other.build.implementation:
        facts = facts[-1:]  # another implementation has its own JIT and its own flags
    own = [fact for fact in facts if fact[1] != fact[2]]
    return _build_facts(one.build, other.build) + own


def runtime_flags(variant: Variant) -> dict[str, str]:
    """Return the flags that change how threads behave, as the variant's workers have them."""
    found = dict(flag.partition("=")[::2] for flag in variant.build.runtime_flags)
    for name, value in variant.environment:
        flag = _FLAG_VARIABLES.get(name)
        if flag in found and value:
            found[flag] = value
    return found


def _flag_facts(one: Variant, other: Variant) -> list[tuple[str, str, str]]:
    """Return the runtime flags of both, without those the two builds set by themselves."""
    mine, theirs = runtime_flags(one), runtime_flags(other)
    is_mixed = one.build.is_free_threaded != other.build.is_free_threaded
    chosen = {_FLAG_VARIABLES.get(name) for name, _ in (*one.environment, *other.environment)}
    return [
        (name, value, theirs[name])
        for name, value in mine.items()
        if name in theirs and not (is_mixed and name not in chosen)
    ]


def _environment(variant: Variant) -> str:
    # Said in words of their own: the states of GIL and JIT, and the runtime flags.
    told = {"PYTHON_GIL", "PYTHON_JIT"}
    told |= {name for name, flag in _FLAG_VARIABLES.items() if flag in runtime_flags(variant)}
    said = (f"{name}={value}" for name, value in sorted(variant.environment) if name not in told)
    return " ".join(said) or "as it is"


def _archives(one: Build, other: Build) -> tuple[str, str]:
    """Return the digests of the sources when both are known: one version may be patched."""
    if "packed" in (one.provenance.provider, other.provenance.provider):
        return "", ""  # those are the digests of the packed files
    digests = one.provenance.sha256[:12], other.provenance.sha256[:12]
    return digests if all(digests) else ("", "")


def _optimisations(one: Build, other: Build) -> tuple[str, str]:
    """Return how they were optimised; two that are not known are not known to be alike."""
    if one.has_own_config and other.has_own_config:
        return one.optimisation, other.optimisation
    return one.optimisation, f"{other.optimisation}, cannot be compared"


def _allocators(one: Build, other: Build) -> tuple[str, str]:
    """Return the allocators, the one that goes with the GIL or without it left out."""
    found = one.allocator, other.allocator
    is_mixed = one.is_free_threaded != other.is_free_threaded
    is_implied = is_mixed and set(found) == {"mimalloc", "pymalloc"}
    # Records made before the allocator was asked for do not know it.
    return ("", "") if is_implied or not all(found) else found


def _only(one: frozenset[str], other: frozenset[str]) -> tuple[str, str]:
    return tuple(" ".join(sorted(side)) or "none" for side in (one - other, other - one))  # type: ignore[return-value]


def _yes(*, is_so: bool) -> str:
    return "yes" if is_so else "no"


def _on_off(*, is_on: bool) -> str:
    return "on" if is_on else "off"
