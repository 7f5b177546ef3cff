"""The configure options and compiler flags of a CPython build that can change its speed."""

from __future__ import annotations

import re
import shlex
from pathlib import PurePosixPath

__all__ = ["flags", "has_lto", "has_pgo", "is_enabled", "options"]

_IDLE_OPTION = re.compile(
    r"""--(
    # Where it is installed, and how configure itself is run.
    (exec-)?prefix | \w+dir | srcdir | program-(prefix|suffix|transform-name) | cache-file
    | config-cache | quiet | silent | (en|dis)able-option-checking | build
    | (en|dis)able-(silent-rules|dependency-tracking|maintainer-mode)
    # Other installed files, and which modules can be imported.
    | with-suffix | with(out)?-ensurepip | (en|dis)able-test-modules
    | with(out)?-static-libpython | with-wheel-pkg-dir | with-tzpath | with-platlibdir
    | with-pkg-config | with(out)?-readline | with-dbmliborder | (en|dis)able-ipv6
    | (en|dis)able-loadable-sqlite-extensions
    | with-openssl(-rpath)? | with-ssl-default-suites
    # Recorded by the probe.
    | (en|dis)able-(gil|shared|optimizations)
    )(=.*)?
    # Defaults wherever the compiler can do it.
    | --with-(pymalloc|computed-gotos|doc-strings|mimalloc)(=yes)?
    | --with(out)?-(lto|pydebug)(=(yes|no))?
    | -[Cqn]
    """,
    re.VERBOSE,
)
_COMPILERS = frozenset({"CC", "CXX", "CPP", "LINKCC", "BLDSHARED", "LDSHARED"})
_IDLE_VARIABLES = frozenset(
    {
        *("AR", "RANLIB", "READELF", "INSTALL", "MKDIR_P", "MAKEFLAGS", "MACHDEP", "PYTHON"),
        *("PYTHON_FOR_REGEN", "PKG_CONFIG", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR"),
        # Their flags are in the record of the compiler's flags.
        *("CFLAGS", "CFLAGS_NODIST"),
    }
)
_LAUNCHERS = frozenset({"ccache", "sccache", "distcc", "icecc", "env"})

_TAKES_PATH = frozenset({"-I", "-L", "-isystem", "-iquote", "-idirafter", "-isysroot", "--sysroot"})
_IDLE_FLAG = re.compile(
    r"""-[IL].+ | -(isystem|iquote|idirafter|isysroot).+ | --sysroot=.+ | -Wl,-rpath[,=].+
    # Warnings; -Wl, -Wa and -Wp hand something to the linker, assembler or preprocessor.
    | -W(?![lap],).* | -w | -pedantic(-errors)? | -pipe
    # Debug information: compilers promise the same code with and without it.
    | -g([0-3]|gdb[0-3]?|dwarf.*|split-dwarf|(no-)?record-gcc-switches|no-.*|z.*|line-.*)?
    | -f(debug|file|macro|profile)-(prefix|compilation)-(map|dir)=.* | -f(no-)?diagnostics-.*
    | -f(no-)?color-diagnostics | -fmessage-length=.* | -frandom-seed=.*
    # Recorded elsewhere: PGO, LTO (with any number of jobs), the JIT.
    | -fprofile-(instr-)?use(=.*)? | -fprofile-correction
    | -flto(=(auto|jobserver|\d+))? | -f(no-)?fat-lto-objects | -f(no-)?use-linker-plugin
    | -D_Py_JIT | -D_Py_TIER2=\d+
    """,
    re.VERBOSE,
)
_FAMILY = re.compile(r"-(O|(?:[fm](?:no-)?|std|[DU])[\w-]*)")


def is_enabled(configure_args: str, name: str) -> bool:
    """Return whether an option such as ``optimizations`` or ``lto`` is on: the last one wins."""
    form = re.compile(rf"--(enable|disable|with|without)-{re.escape(name)}(?:=(.*))?")
    matches = [match for word in _words(configure_args) if (match := form.fullmatch(word))]
    return bool(matches) and matches[-1][1] in ("enable", "with") and matches[-1][2] != "no"


def has_pgo(configure_args: str, cflags: str = "") -> bool:
    """Return whether the build was optimised with a profile of itself."""
    is_used = re.search(r"-fprofile-(instr-)?use", cflags) is not None
    return is_used or is_enabled(configure_args, "optimizations")


def has_lto(configure_args: str, cflags: str = "") -> bool:
    """Return whether the build was optimised as a whole when it was linked."""
    is_used = re.search(r"-flto\b", cflags) is not None
    return is_used or is_enabled(configure_args, "lto")


def options(configure_args: str) -> frozenset[str]:
    """Return the options of a configure line that can change speed."""
    kept: list[str] = []
    for word in _words(configure_args):
        name, equals, value = word.partition("=")
        if equals and not name.startswith("-"):
            kept += _variable(name, value)
        elif not _IDLE_OPTION.fullmatch(word):
            kept.append(_without_folders(word))
    return frozenset(kept)


def flags(cflags: str) -> frozenset[str]:
    """Return the compiler's flags that can change speed.

    Of flags that override each other, such as ``-O2`` and ``-O3``, the order is kept: they
    become one word, because the compiler's and the linker's flags are recorded as one text.
    """
    families: dict[str, list[str]] = {}
    words = iter(_words(cflags))
    for word in words:
        if word in _TAKES_PATH:
            next(words, None)
        elif not _IDLE_FLAG.fullmatch(word):
            flags_of_family = families.setdefault(_family(word), [])
            flag = _without_folders(word)
            # CPython's Makefile gives many flags twice.
            if flags_of_family[-1:] != [flag]:
                flags_of_family.append(flag)
    return frozenset(map(" ".join, families.values()))


def _variable(name: str, value: str) -> list[str]:
    if name in _IDLE_VARIABLES:
        return []
    if name in _COMPILERS:
        # The compiler itself is recorded elsewhere; the launcher changes nothing.
        words = [word for word in _words(value) if PurePosixPath(word).name not in _LAUNCHERS]
        given = sorted(flags(" ".join(word for word in words if word.startswith("-"))))
    elif name.endswith("FLAGS"):
        given = sorted(flags(value))
    else:
        given = [_without_folders(value)]
    return [f"{name}={' '.join(given)}"] if any(given) else []


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # quotes that do not match
        return text.split()


def _family(flag: str) -> str:
    """Return the common part of flags that override each other."""
    match = _FAMILY.match(flag)
    if match is None:
        return flag
    return match[1].replace("no-", "", 1) if match[1][0] in "fm" else match[1].lstrip("DU")


def _without_folders(word: str) -> str:
    """Return the word with paths cut to their last part: the folders tell nothing."""
    # Only where a part begins: tried at each of its characters, a long one takes its square.
    return re.sub(r"(?<![^\s=,:/])(?:[^\s=,:/]*/)+([^\s=,:/]*)", r"…/\1", word)
