import sys, time
from tests.web.browser.crawling import crawled
from tests.web.browser.conftest import real
from tests.conftest import PEOPLE
def test_x(lived_in):
    site = real(lived_in)
    import os
    for a in os.environ.get("WHO","archivist").split():
        t=time.time(); c=crawled(site,a)
        print("==",a,c.read,len(c.kinds),len(c.wrong),round(time.time()-t,1))
        for w in c.wrong[:150]: print("   ",w[:300])
