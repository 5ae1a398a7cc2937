from tests.access.addresses import named
from tests.access.table import *
from tests.access.asking import *
from tests.access import people
import time
def test_a(world):
    missing=[]
    for n,a in named().items():
        if n not in RULES: continue
        args=world.arguments(n,RULES[n].object,a.arguments)
        if None in args.values(): missing.append((n,args)); continue
        t=time.time()
        world.address(n,args)
    print(missing)
    assert not missing
