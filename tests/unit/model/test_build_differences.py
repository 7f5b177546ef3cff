"""A tax is claimed between builds that differ in the GIL alone: real records, and small lies."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import pytest

from harness.model import Build, Provenance, Variant
from harness.model.build_differences import differences, runtime_flags, variant_differences
from harness.model.build_flags import flags, has_lto, has_pgo, options
from tests.unit import fakes

# As the probe recorded them: CPython 3.14.7 built twice from one archive, and Debian's.
SOURCE_FLAGS = (
    "-fno-strict-overflow -Wsign-compare -DNDEBUG -g -O3 -Wall -std=c11 -Wextra "
    "-Wno-unused-parameter -fvisibility=hidden  -I./Include/internal -I./Include/internal/mimalloc"
)
SOURCE_OPTIONS = (
    "'--prefix=/gilscope' '--disable-test-modules' '--without-static-libpython' "
    "'--without-ensurepip'"
)
DEBIAN_FLAGS = (
    "-fno-strict-overflow -Wsign-compare -DNDEBUG -g -O2 -Wall -Wdate-time -D_FORTIFY_SOURCE=2 -g "
    "-fstack-protector -fcf-protection  -g -fwrapv -O2     -std=c11 -Wextra -fvisibility=hidden "
    "-D_Py_TIER2=3 -D_Py_JIT  -I../Include/internal  -Wl,-z,relro -g -fwrapv -O2    "
)
DEBIAN_OPTIONS = (
    "'--enable-shared' '--prefix=/usr' '--libdir=/usr/lib/x86_64-linux-gnu' '--enable-ipv6' "
    "'--enable-loadable-sqlite-extensions' '--with-dbmliborder=bdb:gdbm' '--with-computed-gotos' "
    "'--without-ensurepip' '--with-system-expat' '--with-dtrace' "
    "'--with-ssl-default-suites=openssl' '--with-system-libmpdec=no' "
    "'--with-wheel-pkg-dir=/usr/share/python-wheels/' 'MKDIR_P=/bin/mkdir -p' "
    "'--enable-experimental-jit=yes-off' 'CC=x86_64-linux-gnu-gcc'"
)
# What is left of these.
DEBIANS_OPTIONS = (
    "--enable-experimental-jit=yes-off", "--with-dtrace", "--with-system-expat",
    "--with-system-libmpdec=no",
)  # fmt: skip
DEBIANS_FLAGS = (
    "-D_FORTIFY_SOURCE=2", "-O2", "-Wl,-z,relro", "-fcf-protection", "-fstack-protector",
    "-fwrapv",
)  # fmt: skip
ARCHIVE = Provenance(provider="source", source="Python-3.14.7.tar.xz", sha256="3b48dac8" * 8)


def source(name: str = "3.14", **changes: object) -> Build:
    is_free = name.endswith("t")
    flag = int(is_free)
    facts: dict[str, Any] = {
        "cflags": SOURCE_FLAGS,
        "configure_args": SOURCE_OPTIONS + (" '--disable-gil'" if is_free else ""),
        "allocator": "mimalloc" if is_free else "pymalloc",
        "runtime_flags": (f"thread_inherit_context={flag}", f"context_aware_warnings={flag}"),
        "provenance": ARCHIVE,
    }
    return fakes.build(name, **{**facts, **changes})


def debian(**changes: object) -> Build:
    facts: dict[str, Any] = {
        "version": "3.14.8", "jit": "off", "compiler": "GCC 16.2.0", "cflags": DEBIAN_FLAGS,
        "configure_args": DEBIAN_OPTIONS, "libc": "glibc 2.43", "is_shared": True,
        "provenance": Provenance(provider="distro", source="forky: python3.14_3.14.8-1.deb"),
    }  # fmt: skip
    return source(**{**facts, **changes})


def variant(build: Build, **environment: str) -> Variant:
    return Variant(
        label="one", spec="one", build=build, environment=tuple(environment.items()),
        is_gil_expected=not build.is_free_threaded or environment.get("PYTHON_GIL") == "1",
    )  # fmt: skip


def test_two_builds_of_one_archive_differ_in_the_gil_alone() -> None:
    assert differences(source("3.14"), source("3.14t")) == ()
    assert variant_differences(variant(source("3.14")), variant(source("3.14t"))) == ()


def test_a_distributions_build_differs_from_one_of_ours_in_many_ways() -> None:
    assert differences(source("3.14t"), debian()) == (
        "version: 3.14.7 / 3.14.8",
        "compiler: GCC 12.2.0 / GCC 16.2.0",
        f"configure options: none / {' '.join(DEBIANS_OPTIONS)}",
        f"compiler flags: -O3 / {' '.join(DEBIANS_FLAGS)}",
        "libc: glibc 2.36 / glibc 2.43",
        "shared library: no / yes",
        "JIT built in: no / yes",
    )


@pytest.mark.parametrize(
    "extra",
    [
        "--prefix=/opt/one",
        "--exec-prefix=/opt/one --libdir=/opt/one/lib64 --build=x86_64-pc-linux-gnu",
        "--without-ensurepip",
        "'CC=ccache gcc' 'CXX=ccache g++'",
        "CC=/usr/lib/ccache/gcc MAKEFLAGS=-j8 PKG_CONFIG_PATH=/opt/lib/pkgconfig",
        "CFLAGS=-g --with-computed-gotos --with-openssl=/opt/ssl --quiet",
        "--disable-test-modules --enable-loadable-sqlite-extensions",
        "'CPPFLAGS=-I/opt/include' 'LDFLAGS=-L/opt/lib -Wl,-rpath,/opt/lib'",
    ],
)
def test_what_cannot_change_speed_does_not_withhold_the_word(extra: str) -> None:
    other = source("3.14t", configure_args=f"{extra} {SOURCE_OPTIONS} --disable-gil")

    assert differences(source(), other) == ()


def test_order_quoting_and_repetition_of_options_say_nothing() -> None:
    one = source(configure_args="--enable-optimizations '--with-dtrace' --with-lto", has_pgo=True)
    other = source(
        configure_args="--with-lto=yes --with-dtrace --enable-optimizations --enable-optimizations",
        has_pgo=True,
    )

    assert differences(one, other) == ()


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("--with-lto=thin", "--with-lto=thin"),
        ("--enable-bolt", "--enable-bolt"),
        ("--without-pymalloc", "--without-pymalloc"),
        ("--without-computed-gotos", "--without-computed-gotos"),
        ("--with-hash-algorithm=fnv", "--with-hash-algorithm=fnv"),
        ("--enable-experimental-jit=interpreter", "--enable-experimental-jit=interpreter"),
        ("'CC=gcc -march=native'", "CC=-march=native"),
        ("'LDFLAGS=-fuse-ld=mold -L/x'", "LDFLAGS=-fuse-ld=mold"),
        ("'CPPFLAGS=-D_FORTIFY_SOURCE=3'", "CPPFLAGS=-D_FORTIFY_SOURCE=3"),
    ],
)
def test_options_that_change_speed_are_named(extra: str, said: str) -> None:
    other = source("3.14t", configure_args=f"{SOURCE_OPTIONS} {extra} --disable-gil")

    assert differences(source(), other) == (f"configure options: none / {said}",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("-O2", "-O3"),
        ("-O2 -O3", "-O3 -O2"),
        ("-O3 -O2", "-O2"),
        ("-O3", "-O3 -march=native"),
        ("-fwrapv", "-fwrapv -fno-wrapv"),
        ("-O3 -fomit-frame-pointer", "-O3 -fno-omit-frame-pointer"),
        ("-O3 -DNDEBUG", "-O3 -DNDEBUG -UNDEBUG"),
        ("-flto=thin", "-flto=full"),
        ("-specs=/usr/lib/a", "-specs=/usr/lib/b"),
        ("-Wp,-D_FORTIFY_SOURCE=2", "-Wp,-D_FORTIFY_SOURCE=3"),
    ],
)
def test_flags_that_change_code_are_kept_apart(one: str, other: str) -> None:
    assert flags(one) != flags(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("-O3 -Wall -g", "-g3 -O3 -Wextra -Werror=x"),
        ("-O3 -fwrapv", "-fwrapv -O3 -fwrapv -O3"),
        ("-flto=auto", "-flto=8"),
        ("-I /a -isystem /b -O2", "-O2 -I/c"),
        ("-specs=/a/x", "-specs=/b/x"),
        ("-ffile-prefix-map=/a=. -fdiagnostics-color", "-fdebug-prefix-map=/b=."),
    ],
)
def test_flags_that_change_no_code_are_alike(one: str, other: str) -> None:
    assert flags(one) == flags(other)


def test_an_unbalanced_quote_is_no_crash() -> None:
    assert options("'--with-dtrace --x") == frozenset({"'--with-dtrace", "--x"})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"has_pgo": True}, "optimisation: no PGO/LTO / PGO"),
        ({"revision": "abc123"}, "revision: ? / abc123"),
        ({"compiler": "Clang 19.1.7"}, "compiler: GCC 12.2.0 / Clang 19.1.7"),
        ({"libc": "musl 1.2.5"}, "libc: glibc 2.36 / musl 1.2.5"),
        ({"is_debug": True}, "debug build: no / yes"),
        ({"is_shared": True}, "shared library: no / yes"),
        ({"has_tail_calls": True}, "tail-call interpreter: no / yes"),
        ({"architecture": "aarch64"}, "architecture: x86_64 / aarch64"),
        (
            {"provenance": msgspec.structs.replace(ARCHIVE, sha256="ff" * 32)},
            "source archive: 3b48dac83b48 / ffffffffffff",
        ),
    ],
)
def test_every_fact_that_changes_speed_is_named(changes: dict[str, Any], said: str) -> None:
    assert differences(source(), source("3.14t", **changes)) == (said,)


def test_mimalloc_is_no_difference_but_plain_malloc_is() -> None:
    free = source("3.14t")

    assert differences(source(allocator="malloc"), free) == ("allocator: malloc / mimalloc",)
    assert differences(source(), source(allocator="malloc")) == ("allocator: pymalloc / malloc",)
    assert differences(source(allocator=""), free) == ()


def test_another_implementation_is_said_in_one_phrase() -> None:
    one, other = variant(source()), variant(fakes.build("pypy"), PYTHON_GIL="1")

    assert variant_differences(one, other) == ("implementation: CPython / PyPy",)


def test_a_jit_is_named_as_it_is_run() -> None:
    off, on = variant(debian()), variant(debian(), PYTHON_JIT="1")

    assert variant_differences(off, on) == ("JIT: off / on",)
    assert variant_differences(off, variant(debian(), PYTHON_JIT="0")) == ()
    assert variant_differences(variant(source()), variant(source(), PYTHON_JIT="1")) == ()


def test_the_environment_is_named_in_no_order_and_without_the_gil() -> None:
    one = variant(source("3.14t"), PYTHON_TLBC="0", PYTHONHASHSEED="1")
    other = variant(source("3.14t"), PYTHONHASHSEED="1", PYTHON_GIL="1", PYTHON_TLBC="0")

    assert variant_differences(one, other) == ()
    assert variant_differences(variant(source("3.14t")), one) == (
        "environment: as it is / PYTHONHASHSEED=1 PYTHON_TLBC=0",
    )


def test_a_runtime_flag_is_a_difference_when_it_was_chosen() -> None:
    gil, free = source("3.14"), source("3.14t")
    name = "PYTHON_THREAD_INHERIT_CONTEXT"

    assert runtime_flags(variant(free, **{name: "0"}))["thread_inherit_context"] == "0"
    assert variant_differences(variant(free), variant(free, **{name: "0"})) == (
        "thread_inherit_context: 1 / 0",
    )
    # Set alike on purpose, or left to the builds: no difference either way.
    assert variant_differences(variant(gil, **{name: "1"}), variant(free)) == ()
    assert variant_differences(variant(gil), variant(free, **{name: "1"})) == (
        "thread_inherit_context: 0 / 1",
    )


def test_a_flag_the_record_does_not_know_stays_in_the_environment() -> None:
    old = source("3.14t", runtime_flags=())

    assert variant_differences(variant(old), variant(old, PYTHON_CONTEXT_AWARE_WARNINGS="0")) == (
        "environment: as it is / PYTHON_CONTEXT_AWARE_WARNINGS=0",
    )


@pytest.mark.parametrize(
    ("line", "pgo", "lto"),
    [
        ("'--enable-optimizations' '--with-lto'", True, True),
        ("'--enable-optimizations' '--with-lto=thin'", True, True),
        ("'--enable-optimizations' '--with-lto' '--without-lto'", True, False),
        ("'--enable-optimizations' '--disable-optimizations' '--with-lto=no'", False, False),
        ("'--disable-optimizations' '--enable-optimizations'", True, False),
        ("'--with-lto-like-thing' '--enable-optimizations-too'", False, False),
    ],
)
def test_of_options_that_contradict_each_other_the_last_counts(
    line: str, *, pgo: bool, lto: bool
) -> None:
    assert (has_pgo(line), has_lto(line)) == (pgo, lto)


def test_builds_whose_optimisation_is_not_known_are_not_taken_for_alike() -> None:
    one = source(has_own_config=False)
    assert differences(one, one) == ()
    other = source("3.14t", has_own_config=False)
    assert differences(one, other) == ("optimisation: not known / not known, cannot be compared",)


def test_the_digests_of_packed_files_say_nothing_of_their_sources() -> None:
    one, other = (
        source(name, provenance=Provenance(provider="packed", source="x", sha256=digit * 64))
        for name, digit in (("3.14", "1"), ("3.14t", "2"))
    )
    assert differences(one, other) == ()


@pytest.mark.parametrize("unit", ["W", "/", "a/", "=", "-f", "'"])
def test_the_longest_flags_take_no_time_in_their_square(unit: str) -> None:
    longest = (unit * 20_000)[:20_000]
    started = time.process_time()
    for _ in range(5):
        flags(longest)
        options(longest)
    assert time.process_time() - started < 3
