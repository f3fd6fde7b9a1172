"""Everything that can be refused: the class names the fact, the facts fill in the sentence.

Exit status: 0 done, 1 cannot now, 2 usage, 3 not permitted, 4 not found, 5 a check found faults,
6 no key or wrong secret, 7 the machine (disk, file, database), 70 a defect of ours.

The classes stand by topic in the modules beside this one; everybody imports them from here.
"""

from archive.errors.access import *
from archive.errors.appraisal import *
from archive.errors.backups import *
from archive.errors.catalogue import *
from archive.errors.custody import *
from archive.errors.disposition import *
from archive.errors.files import *
from archive.errors.incidents import *
from archive.errors.keys import *
from archive.errors.kinds import *
from archive.errors.lending import *
from archive.errors.machine import *
from archive.errors.papers import *
from archive.errors.questions import *
from archive.errors.requests import *
from archive.errors.retention import *
from archive.errors.sheets import *
