import pytest
from tests import make

@pytest.fixture
def code(office):
    return make.volume(office, "ZX·02", 3, held=True)

def test_try(site, office, code):
    v = site.visitor("archivist")
    r = v.get("/catalogue"); print(r.status_code); assert r.status_code==200, r.text[:3000]
    r = v.get("/catalogue/classes/ZX·02"); assert r.status_code==200, r.text[:3000]
    r = v.get(f"/records/{code}"); assert r.status_code==301, r.text
    loc = r.headers["Location"]; print(loc)
    for part in ("", "/retention", "/use", "/custody", "/history"):
        r = v.get(loc+part); assert r.status_code==200, r.text[:3000]
    r = v.get(loc+"-001"); assert r.status_code==200, r.text[:3000]

def test_try2(site, office, code):
    v = site.visitor("archivist")
    for p in ("/catalogue/new", "/catalogue/new?class_code=ZX·02", "/catalogue/grid", "/catalogue/grid?class_code=HT·01", "/catalogue?all=1"):
        r = v.get(p); assert r.status_code==200, r.text[:3000]
    with office.ask("archivist") as unit: c = unit.volume(code).reference_code
    r = v.get(f"/records/{c}/edit"); assert r.status_code==200, r.text[:3000]
    r = v.get(f"/records/{c}-001/edit"); assert r.status_code==200, r.text[:3000]
