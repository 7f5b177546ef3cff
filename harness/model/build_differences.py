"""The differences between two builds other than the GIL: whether a comparison is fair.

When in doubt a difference is named. What a free-threaded build needs (mimalloc, its defaults for
threads) is no difference.
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

_YES = {True: "yes", False: "no"}
_ON = {True: "on", False: "off"}
_NAMES = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalPy"}
_FLAG_VARIABLES = {
    "PYTHON_THREAD_INHERIT_CONTEXT": "thread_inherit_context",
    "PYTHON_CONTEXT_AWARE_WARNINGS": "context_aware_warnings",
}


def implementation(build: Build) -> str:
    """Return the proper name of the implementation."""
    return _NAMES.get(build.implementation, build.implementation)


def differences(first: Build, second: Build) -> tuple[str, ...]:
    """Return the differences between two builds other than the GIL, a phrase for each.

    A phrase is ``name: first / second``; it omits options and flags of both sides.
    """
    return _phrases(_build_facts(first, second))


def variant_differences(first: Variant, second: Variant) -> tuple[str, ...]:
    """Return the differences between two variants other than the GIL, a phrase for each."""
    return _phrases(_variant_facts(first, second))


def different_names(first: Variant, second: Variant) -> tuple[str, ...]:
    """Return the names of the differences between two variants."""
    return tuple(name for name, _, _ in _variant_facts(first, second))


def _phrases(facts: Iterable[_Fact]) -> tuple[str, ...]:
    return tuple(f"{name}: {mine} / {theirs}" for name, mine, theirs in facts)


def _build_facts(first: Build, second: Build) -> list[_Fact]:
    if first.implementation != second.implementation:
        return [("implementation", implementation(first), implementation(second))]
    if first == second:
        return []
    facts = (
        ("version", first.version, second.version),
        ("revision", first.revision, second.revision),
        ("source archive", *_archives(first, second)),
        ("compiler", first.compiler, second.compiler),
        ("optimisation", *_optimisations(first, second)),
        (
            "configure options",
            *_only(options(first.configure_args), options(second.configure_args)),
        ),
        ("compiler flags", *_only(*(flags(it.cflags) for it in (first, second)))),
        ("allocator", *_allocators(first, second)),
        ("libc", first.libc, second.libc),
        ("architecture", first.architecture, second.architecture),
        ("debug build", *(_YES[build.is_debug] for build in (first, second))),
        ("shared library", *(_YES[build.is_shared] for build in (first, second))),
        ("tail-call interpreter", *(_YES[build.has_tail_calls] for build in (first, second))),
        ("JIT built in", *(_YES[build.jit != "none"] for build in (first, second))),
    )
    return [(name, mine or "?", theirs or "?") for name, mine, theirs in facts if mine != theirs]


def _variant_facts(first: Variant, second: Variant) -> list[_Fact]:
    facts: list[_Fact] = [
        ("JIT", _ON[first.is_jit_on], _ON[second.is_jit_on]),
        *_flag_facts(first, second),
        ("environment", _environment(first), _environment(second)),
    ]
    if first.build.implementation != second.build.implementation:
        facts = facts[-1:]  # another implementation has its own JIT and flags
    own = [fact for fact in facts if fact[1] != fact[2]]
    return _build_facts(first.build, second.build) + own


def runtime_flags(variant: Variant) -> dict[str, str]:
    """Return the flags of the variant's workers that change how threads behave."""
    flags_of_build = dict(flag.partition("=")[::2] for flag in variant.build.runtime_flags)
    chosen = {_FLAG_VARIABLES.get(name): value for name, value in variant.environment if value}
    return {flag: chosen.get(flag, value) for flag, value in flags_of_build.items()}


def _flag_facts(first: Variant, second: Variant) -> list[_Fact]:
    """Return the runtime flags of both, without those the two builds set by themselves."""
    mine, theirs = runtime_flags(first), runtime_flags(second)
    is_mixed = first.build.is_free_threaded != second.build.is_free_threaded
    chosen = {_FLAG_VARIABLES.get(name) for name, _ in (*first.environment, *second.environment)}
    return [
        (name, value, theirs[name])
        for name, value in mine.items()
        if name in theirs and not (is_mixed and name not in chosen)
    ]


def _environment(variant: Variant) -> str:
    # The states of GIL and JIT and the runtime flags have facts of their own.
    covered = {"PYTHON_GIL", "PYTHON_JIT"}
    covered |= {name for name, flag in _FLAG_VARIABLES.items() if flag in runtime_flags(variant)}
    settings = sorted(setting for setting in variant.environment if setting[0] not in covered)
    return " ".join(map("=".join, settings)) or "as it is"


def _archives(first: Build, second: Build) -> tuple[str, str]:
    """Return the digests of the sources when both are known: first version may be patched."""
    if "packed" in (first.provenance.provider, second.provenance.provider):
        return "", ""  # those are the digests of the packed files
    digests = first.provenance.sha256[:12], second.provenance.sha256[:12]
    return digests if all(digests) else ("", "")


def _optimisations(first: Build, second: Build) -> tuple[str, str]:
    """Return their optimisations; two unknown ones need not be alike."""
    if first.has_own_config and second.has_own_config:
        return first.optimisation, second.optimisation
    return first.optimisation, f"{second.optimisation}, cannot be compared"


def _allocators(first: Build, second: Build) -> tuple[str, str]:
    """Return the allocators, unless they differ because of the GIL alone."""
    allocators = first.allocator, second.allocator
    is_mixed = first.is_free_threaded != second.is_free_threaded
    is_implied = is_mixed and set(allocators) == {"mimalloc", "pymalloc"}
    # Older records do not have the allocator.
    return ("", "") if is_implied or not all(allocators) else allocators


def _only(first: frozenset[str], second: frozenset[str]) -> tuple[str, str]:
    return tuple(" ".join(sorted(side)) or "none" for side in (first - second, second - first))  # type: ignore[return-value]
