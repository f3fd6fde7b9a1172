from tests.archive.test_imports_round_trip import *
from archive.sheets import running
@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(running, "BATCH", 2)
@catalogue(12)
def test_small(shared, tmp_path_factory, title, note, filed, alone):
    comes_back(shared, tmp_path_factory, title, note, filed, alone)
