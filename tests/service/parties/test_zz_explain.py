import pytest
from sanduq.parties import store
from sanduq.parties.model import *
from sanduq.kit.pages import PageRequest
from sanduq.parties import service
from sanduq.kit.money import currency
def test_x(work, owner_url):
    import psycopg
    with work("user_maker") as uow:
        service.install_tiers(uow,[currency("USD")])
        service.create_parties(uow,[NewParty(PartyKind.PERSON, f"n{i%977} x", external_id=f"e{i}") for i in range(20000)])
    with psycopg.connect(owner_url, autocommit=True) as c:
        c.execute("analyze parties.party")
    with work("user_maker") as uow:
        for f in ({"name_prefix":"N97"},{"kind":"person"},{"kyc_tier":"full"},{"external_id":"e5"},{"name_prefix": "n"}):
            seen=[]
            orig=uow.composed
            class U: 
                institution_id=1
                def composed(self,q,p):
                    from psycopg import sql
                    return uow.connection.execute(sql.SQL("explain (costs off) ")+q,p).fetchall()
            from sanduq.kit.listing import newest_first
            w={**{k:None for k in PartyFilters.__dataclass_fields__}, **f}
            if w["name_prefix"]: w["name_prefix"]=store._starting_with(w["name_prefix"])
            rows,_=store._filtered(U(),store._PARTY,w,PageRequest(),id_column="party_id")
            print(f, *[r[0] for r in rows], sep="\n")
