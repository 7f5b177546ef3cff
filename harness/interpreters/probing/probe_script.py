"""Print facts about the interpreter that runs this file, as one line of JSON."""

import importlib.util
import json
import os
import platform
import re
import sys
import sysconfig

OPTIONAL_MODULES = (
    ("bz2", "_bz2"),
    ("ctypes", "_ctypes"),
    ("hashlib", "_hashlib"),
    ("lzma", "_lzma"),
    ("sqlite3", "_sqlite3"),
    ("ssl", "_ssl"),
    ("zlib", "zlib"),
)
FLAG_VARIABLES = ("CFLAGS", "PY_CFLAGS_NODIST", "PY_LDFLAGS_NODIST")


def text_variable(name: str) -> str:
    """Return a configuration variable as text; PyPy and Windows lack most of them."""
    return str(sysconfig.get_config_var(name) or "")


def has_module(name: str) -> bool:
    """Return whether a module could be imported, without importing it."""
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def libc() -> str:
    """Return the C library and its version."""
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (AttributeError, OSError, ValueError):
        return " ".join(platform.libc_ver()).strip()


def jit() -> str:
    """Return ``none``, ``off`` or ``on``; ``not known`` for the JIT of CPython 3.13."""
    if sys.implementation.name == "pypy":
        return "on" if "pypyjit" in sys.builtin_module_names else "none"
    if sys.implementation.name == "graalpy":
        return "on"
    experimental = getattr(sys, "_jit", None)
    is_built = "-D_Py_JIT" in text_variable("PY_CFLAGS_NODIST")
    if experimental is None:
        return "not known" if is_built else "none"
    # The micro-op interpreter without a JIT reports itself as available too.
    if not experimental.is_available() or (has_own_config() and not is_built):
        return "none"
    return "on" if experimental.is_enabled() else "off"


def is_shared() -> bool:
    """Return whether the interpreter is a shared library, judging by its mapped files."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
            return re.search(r"/libpython[^/\n]*\.so", maps.read()) is not None
    except OSError:
        return bool(sysconfig.get_config_var("Py_ENABLE_SHARED"))


def has_own_config() -> bool:
    """Return whether the recorded configuration is that of this binary.

    Debian compiles each release several times, and ships a static executable with the record of
    the shared library, which does not tell whether the executable has PGO and LTO.
    """
    is_for_both = "--enable-static-libpython-for-interpreter" in text_variable("CONFIG_ARGS")
    return is_for_both or is_shared() == bool(sysconfig.get_config_var("Py_ENABLE_SHARED"))


def has_tail_calls() -> bool:
    """Return whether the evaluation loop uses tail calls, according to ``pyconfig.h``."""
    try:
        with open(sysconfig.get_config_h_filename(), encoding="utf-8", errors="replace") as header:
            return (
                re.search(r"^#define _?Py_TAIL_CALL_INTERP 1", header.read(), re.MULTILINE)
                is not None
            )
    except OSError:
        return bool(sysconfig.get_config_var("Py_TAIL_CALL_INTERP"))


def allocator() -> str:
    """Return the allocator of objects, for CPython."""
    if sys.implementation.name != "cpython":
        return ""
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "mimalloc"
    return "pymalloc" if sysconfig.get_config_var("WITH_PYMALLOC") else "malloc"


def runtime_flags() -> "list[str]":
    """Return the defaults that affect threads."""
    names = ("thread_inherit_context", "context_aware_warnings")
    return [f"{name}={int(getattr(sys.flags, name))}" for name in names if hasattr(sys.flags, name)]


def compiler() -> str:
    """Return the C compiler; PyPy has it in the last part of its version line."""
    name = platform.python_compiler()
    if not name and " with " in sys.version:
        name = sys.version.rpartition(" with ")[2].rstrip("]")
    return name


def implementation_version() -> str:
    """Return the version of PyPy, not of the language, where the two differ."""
    info = getattr(sys, "pypy_version_info", None) or sys.implementation.version
    return ".".join(str(part) for part in info[:3]) + suffix(info)


def suffix(info: "tuple[object, ...]") -> str:
    """Return the pre-release suffix of a version as Python writes it: ``a1``, ``rc2``."""
    short = {"alpha": "a", "beta": "b", "candidate": "rc"}
    level = str(info[3])
    return "" if level == "final" else short.get(level, level) + str(info[4])


def facts() -> "dict[str, object]":
    """Return all facts, ready for JSON."""
    gil = getattr(sys, "_is_gil_enabled", None)
    return {
        "implementation": sys.implementation.name,
        "version": implementation_version(),
        "python_version": ".".join(map(str, sys.version_info[:3])) + suffix(sys.version_info),
        "executable": os.path.realpath(sys.executable) if sys.executable else "",
        "is_free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "is_gil_enabled": True if gil is None else bool(gil()),
        "jit": jit(),
        "is_debug": hasattr(sys, "gettotalrefcount"),
        "compiler": compiler(),
        "cflags": " ".join(filter(None, map(text_variable, FLAG_VARIABLES))),
        "configure_args": text_variable("CONFIG_ARGS"),
        "libc": libc(),
        "architecture": platform.machine(),
        "revision": platform.python_revision(),
        "allocator": allocator(),
        "is_shared": is_shared(),
        "has_own_config": has_own_config(),
        "has_tail_calls": has_tail_calls(),
        "runtime_flags": runtime_flags(),
        "missing_modules": [name for name, probed in OPTIONAL_MODULES if not has_module(probed)],
    }


if __name__ == "__main__":
    print(json.dumps(facts()))
