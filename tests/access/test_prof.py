import time, pytest, cProfile, pstats
pytestmark = pytest.mark.django_db
from tests.access.addresses import named
from tests.access.table import *
from tests.access.asking import *
from tests.access import people
def test_a(world):
    conf=named()
    def run(whos):
        for n,rule in RULES.items():
            if not n.startswith(("evaluation","contracts")): continue
            a=conf[n]
            args=world.arguments(n,rule.object,a.arguments)
            for who in whos: ask(world,who,world.address(n,args))
    run([people.VISITOR])
    p=cProfile.Profile()
    p.enable(); t=time.time(); run([people.COLLEAGUE,people.RIVAL,people.VISITOR]); print(time.time()-t); p.disable()
    pstats.Stats(p).sort_stats("tottime").print_stats(30)
    pstats.Stats(p).sort_stats("cumtime").print_stats(60)
