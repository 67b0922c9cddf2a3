do $$
begin
  if not exists (select from pg_roles where rolname = 'sanduq_app') then
    create role sanduq_app nologin;
  end if;
  execute format('grant sanduq_app to %I', current_user);
end
$$;
