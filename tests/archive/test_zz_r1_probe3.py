from __future__ import annotations
import json, os
import pytest
import cli
from archive.acts import Act
from archive.errors import ArchiveError
from archive.faults import armed
from tests import make
from tests.archive import parcels
from tests.archive.counter import counter as a_counter
from tests.conftest import Office, opened
from archive.unit import LOG_KEY
from archive.model import Event
from sqlalchemy import select

@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)

def test_misc(counter, template, tmp_path):
    o = Office(None); o.instance = opened(counter.home, template/"key", lambda: counter.now)
    v = parcels.shelved(o); 
    with o.ask("gm") as unit: code = unit.record(v).reference_code
    o.instance.close()
    (tmp_path/".left.xlsx.part").write_bytes(b"what a crash left")
    (tmp_path/".left.pdf.part").write_bytes(b"what a crash left")
    for a in [("sheet","export","VOLUMES","--to",tmp_path/"left.xlsx"),("label","print","--volumes","--to",tmp_path/"left.pdf"),
      ("sheet","export","VOLUMES","--to",tmp_path/"c.csv","--class","金丝雀张三","--department","金丝雀李四"),
      ("form","print","f3","--to",tmp_path/"c.pdf","--class","金丝雀张三"),("form","print","f3","--to",tmp_path/"c2.pdf","--department","金丝雀李四"),("form","print","f3","--to",tmp_path/"c3.pdf","--period","金丝雀王五"),
      ("form","print","f17","--to",tmp_path/"c4.pdf","--period","金丝雀王五"),("form","print","f6","--to",tmp_path/"c5.pdf","--period","金丝雀王五"),("form","print","f8","--to",tmp_path/"c6.pdf","--class","金丝雀王五","--department","金丝雀"),
      ("label","print","--class","金丝雀","--to",tmp_path/"c7.pdf"),("properties","record","--class","金丝雀"),
      ("form","print","f10","金丝雀赵六","--to",tmp_path/"c8.pdf"),("form","print","f14","金丝雀赵六","--to",tmp_path/"c8.pdf"),
      ("form","print","f3","--year","99999999999999999999999","--to",tmp_path/"c9.pdf"),("form","print","f8","--year","-5","--to",tmp_path/"c10.pdf"),
      ("sheet","export","VOLUMES","--to",tmp_path/"y.csv","--year","99999999999999999999999"),("label","print","--year","99999999999999999999999","--to",tmp_path/"y.pdf"),
      ("form","print","f4-spine",code,"--width","99999999999999999999","--to",tmp_path/"w.pdf"),("form","print","f17","--year","99999999999999999999999","--to",tmp_path/"c11.pdf"),
      ("form","print","f3","--to","/dev/null"),("form","print","f3","--to","/dev/full.pdf"),("sheet","check","/dev/zero"),("sheet","check","/dev/tty"),("form","template","install","f10","/dev/zero"),
      ("package","check","/dev"),("package","check","/dev/zero"),("scan","attach","/dev/zero"),("scan","attach","/dev/zero","--by","pages","--volume",code),("label","print","--file","/dev/zero","--to",tmp_path/"z.pdf"),
      ("sheet","import","/dev/zero"),("scan","attach",tmp_path/"nofile"),("label","print","a\nb","--to",tmp_path/"z1.pdf"),("label","print","R1\x00","--to",tmp_path/"z2.pdf"),
      ("form","print","f1","\u202e"+code,"--to",tmp_path/"z3.pdf"),("scan","attach",tmp_path,"--report","/dev/null"),("sheet","export","VOLUMES","--to",counter.home/"x.csv"),
      ("label","print","--volumes","--to",counter.home/"x.pdf"),("form","template","example","f10","--to",counter.home/"x.docx"),("properties","record",code,"--report",counter.home/"x.pdf"),("statistics","holdings","--svg",counter.home/"x.svg"),("volume","list","--xlsx",counter.home/"x.xlsx"),("intake","list","--xlsx",counter.home/"y.xlsx"),
      ("statistics","holdings","--svg",tmp_path/"nodir"/"x.svg"),("package","export",code,"--to",counter.home/"pk","--for","x"),("package","export",code,"--to",tmp_path/"pk2","--for"," "),
      ]:
        t=counter.run("archivist",*a)
        print(t.status,[str(x)[-22:] for x in a],(t.err or t.out)[:110].replace("\n","|"))
    import sqlite3
    db=sqlite3.connect(counter.home/"catalogue.db")
    for r in db.execute("select act,outcome,object_kind,object_code,facts from event"):
        if "金丝雀" in "".join(map(str,r)): print("CLEAR",r)
