import time, pytest
from collections import Counter
pytestmark = pytest.mark.django_db
from tests.access.addresses import named
from tests.access.table import *
from tests.access.asking import *
from tests.access import people, expected
from tests.access.world import absent, THEIRS
def test_a(world):
    bad=[]; n_=0; writes=[]; leaks=[]; slow=[]
    conf=named()
    miss=[n for n in RULES if n not in conf]; print("MISS",miss)
    print("UNCLASSIFIED",[n for n in conf if n not in RULES and n not in APART and n not in DOORS and n not in OWN_ACCOUNT])
    T=time.time()
    for n,rule in RULES.items():
        a=conf[n]
        args=world.arguments(n,rule.object,a.arguments)
        if None in args.values(): bad.append((n,args)); continue
        for who in world.users:
            t=time.time()
            got=ask(world,who,world.address(n,args)); n_+=1
            if time.time()-t>.3: slow.append((n,who,round(time.time()-t,2)))
            want=expected.reading(rule,who)
            if got.answer!=want: bad.append((n,who,"want",want.name,"got",got.answer.name,got.status))
            if got.written: writes.append((n,who,got.written))
            if world.rival.name in got.text and who not in people.TEAM|{people.RIVAL}: leaks.append((n,who))
    print(n_, time.time()-T)
    for x in bad: print(x)
    print("WRITES"); 
    for x in writes: print(x)
    print("LEAKS",leaks); print("SLOW",slow)
    T=time.time()
    bad=[];n_=0;allowed_w=Counter()
    for n,rule in RULES.items():
        a=conf[n]
        args=world.arguments(n,rule.object,a.arguments)
        if None in args.values(): continue
        for who in world.users:
            got=ask(world,who,world.address(n,args),method="POST"); n_+=1
            want=expected.acting(rule,who)
            if got.answer!=want: bad.append((n,who,"want",want.name,"got",got.answer.name,got.status))
            if got.written and want!=Answer.OPEN: bad.append((n,who,got.written))
            if got.written and want==Answer.OPEN: allowed_w[n]+=1
    print("POST",n_,time.time()-T)
    for x in bad: print(x)
    print(allowed_w)
    bad=[];n_=0;T=time.time()
    for n,rule in RULES.items():
        a=conf[n]
        args=world.arguments(n,rule.object,a.arguments)
        if None in args.values(): continue
        for one in a.arguments:
            wrong=dict(args)|{one:absent(one,args[one])}
            for who in world.users:
                got=ask(world,who,world.address(n,wrong)); n_+=1
                want=expected.reading(rule,who)
                ok={Answer.UNSEEN} | ({want} if want is Answer.SIGN_IN or rule.hides==one and want is not Answer.OPEN else set())
                if rule.hides==one and want is not Answer.OPEN: ok={want}
                if got.answer not in ok: bad.append((n,one,who,"want",ok,"got",got.answer.name,got.status))
    print("ABSENT",n_,time.time()-T)
    for x in bad: print(x)
