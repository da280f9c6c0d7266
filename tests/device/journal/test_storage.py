# SPDX-License-Identifier: Apache-2.0
import sqlite3

import pytest

from device.errors import JournalError
from device.journal.storage import CIPHER, connect, journal_error, translated

ENGINES = [engine for engine in (CIPHER, sqlite3) if engine is not None]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("SQLITE_FULL", "JRN-01", "plein"),
        ("SQLITE_READONLY_DBMOVED", "JRN-02", "n’accepte plus d’écriture"),
        ("SQLITE_CORRUPT_INDEX", "JRN-03", "abîmé"),
        ("SQLITE_CANTOPEN_ISDIR", "JRN-05", "absent"),
        ("SQLITE_IOERR_FSYNC", "JRN-06", "ne répond plus"),
        ("SQLITE_BUSY", "JRN-07", "déjà utilisé"),
        ("SQLITE_NOTADB", "JRN-08", "clef"),
        ("SQLITE_SOMETHING_ELSE", "JRN-03", "abîmé"),
        ("", "JRN-03", "abîmé"),
    ],
)
def test_each_failure_of_either_engine_has_its_code_and_line(engine, name, code, words):
    failure = engine.OperationalError("detail")
    failure.sqlite_errorname = name
    error = journal_error(failure)
    assert error.code == code
    assert words in error.line
    assert "detail" in str(error)


def test_a_failing_file_system_is_a_journal_error():
    with pytest.raises(JournalError, match="OSError 5"), translated():
        raise OSError(5, "input/output error")


@pytest.mark.parametrize("key", [b"", b"short", bytes(33)])
def test_a_key_is_32_bytes(tmp_path, key):
    with pytest.raises(JournalError) as refusal:
        connect(tmp_path / "journal.db", key, read_only=True)
    assert refusal.value.code == "JRN-09"


def test_a_path_with_odd_characters_opens(tmp_path):
    path = tmp_path / "é ?mode=memory#%41.db"
    path.touch()
    connect(path, None, read_only=False).execute("CREATE TABLE t (x)").connection.close()
    assert path.stat().st_size > 0
