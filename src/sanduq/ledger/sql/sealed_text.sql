-- One field of the canonical bytes: length first, so that no text can slide into its neighbour.
create or replace function ledger.sealed_text(p_text text) returns bytea
language sql immutable parallel safe set search_path = pg_catalog
as $$
  select case when p_text is null then int4send(-1)
              else int4send(octet_length(convert_to(p_text, 'UTF8')))
                   || convert_to(p_text, 'UTF8') end
$$;
