-- One field of the canonical bytes: length first, so that no text can slide into its neighbour.
-- Its body is bound to its names when it is made and carries no setting of its own, so that it is
-- expanded in place where it is called. Stable, as convert_to is.
create or replace function ledger.sealed_text(p_text text) returns bytea
language sql stable parallel safe
return case when p_text is null then int4send(-1)
            else int4send(octet_length(convert_to(p_text, 'UTF8')))
                 || convert_to(p_text, 'UTF8') end;
