select count(*), count(*) filter (where is_paired), count(likelihood_bp),
       coalesce(sum(likelihood_bp), 0)::bigint
  from person
