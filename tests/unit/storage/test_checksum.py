from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.storage.checksum import DamageError, repeated_key, sealed, unsealed

DOCUMENTS = st.dictionaries(
    st.text(), st.recursive(st.integers() | st.text() | st.floats(allow_nan=False), st.lists),
    min_size=1,
)  # fmt: skip


@given(DOCUMENTS, st.sampled_from([None, 1, 2]))
def test_a_sealed_object_is_still_json_with_one_more_key(
    document: dict[str, object], indent: int | None
) -> None:
    plain = json.dumps(document, indent=indent).encode()

    whole = sealed(plain)

    assert json.loads(unsealed(whole)) == document
    assert {**document, **json.loads(whole)} == json.loads(whole)
    assert list(json.loads(whole))[-1] == "crc32"


def test_the_form_of_the_object_is_kept() -> None:
    assert sealed(b'{"a":1}') == b'{"a":1,"crc32":"a702fc6e"}'
    assert sealed(b'{\n  "a": 1\n}\n') == b'{\n  "a": 1,\n  "crc32": "476d1ee6"\n}\n'


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_other_content_under_a_checksum_is_refused(first: int, second: int) -> None:
    one, two = (b'{"loops":%d}' % number for number in (first, second))
    forged = sealed(one).replace(one[:-1], two[:-1])

    if first == second:
        assert unsealed(forged) == two
    else:
        with pytest.raises(DamageError, match="checksum"):
            unsealed(forged)


@pytest.mark.parametrize("document", [b"", b"{}", b'{"a": 1}', b"rubbish", b'{"crc32":"x"}'])
def test_without_a_checksum_a_document_is_taken_as_it_is(document: bytes) -> None:
    assert unsealed(document) is document


@pytest.mark.parametrize(
    ("document", "key"),
    [
        (b'{"a": 1, "b": {"a": 1}}', ""),
        (b'{"a": 1, "a": 1}', "a"),
        (b'[{"b": {"c": 1e999, "d": [], "c": 2}}]', "c"),
        (b'{"a": ' + b"9" * 5000 + b"}", ""),
    ],
)
def test_a_repeated_key_is_found_at_any_depth(document: bytes, key: str) -> None:
    assert repeated_key(document) == key
