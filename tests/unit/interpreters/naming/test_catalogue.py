from __future__ import annotations

import re

import msgspec
import pytest

from harness.interpreters.naming.catalogue import catalogue, decode


def test_names_are_unique() -> None:
    names = [row.id for row in catalogue().interpreters]
    assert len(names) == len(set(names))


def test_pairs_are_listed_newest_first() -> None:
    ids = [(gil.id, free.id) for gil, free in catalogue().pairs()]
    assert ids == [("3.15", "3.15t"), ("3.14", "3.14t"), ("3.13", "3.13t")]


def test_both_builds_of_a_pair_come_from_the_same_sources() -> None:
    for gil, free in catalogue().pairs():
        assert catalogue().sources_of(gil) == catalogue().sources_of(free)


def test_every_source_has_a_checksum_and_an_address() -> None:
    for source in catalogue().sources:
        assert re.fullmatch(r"[0-9a-f]{64}", source.sha256)
        assert all(source.version in url for url in source.urls)


def test_a_misspelt_key_is_refused() -> None:
    text = b'source = []\n[[interpreter]]\nid = "x"\nimplementation = "cpython"\npyhton = "3"\n'
    with pytest.raises(msgspec.ValidationError):
        decode(text)
