import sys,time,resource,datetime as dt
from pathlib import Path
import pytest
from archive.acts import Act
from archive.durable import handed_out
from archive.sheets import checking
from archive.sheets.entries import Defaults
from archive.sheets.lists import Said, open_list
from archive.sheets.report import report_to
from archive.words import Language
def rss(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024
def test_b(office,tmp_path):
    b=rss(); t=time.time(); l=open_list(Path("/tmp/h1/big.xlsx"),Said(defaults=Defaults(class_code="WS·BG",department="KF",year=2024))); n=sum(1 for _ in l.sheet.rows()); t1=time.time(); m1=rss()
    n=sum(1 for _ in l.entries()); t2=time.time(); m2=rss()
    with office.ask("archivist",Act.SHEET_CHECK) as u, handed_out(tmp_path/"r.xlsx",office.home) as f, report_to(f,l,Language.ZH) as w:
        r=checking.check(u,l,each=w.take); w.finish(r)
    t3=time.time()
    print(f"\nread {100000/(t1-t):.0f} rows/s +{m1-b:.0f}MB; entries {100000/(t2-t1):.0f} rows/s +{m2-b:.0f}; check+report {100000/(t3-t2):.0f} rows/s +{rss()-b:.0f}MB", r.fates, r.reasons, (tmp_path/"r.xlsx").stat().st_size)
