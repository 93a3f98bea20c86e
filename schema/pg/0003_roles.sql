-- Least privilege: no daemon owns a table or may change or remove a row.
-- htx_serve: the daemon. htx_admin: commands of administrators. htx_read: roll-ups, lists.
-- Roles are cluster-wide, so they may exist already.

do $$
begin
  if not exists (select from pg_roles where rolname = 'htx_serve') then
    create role htx_serve login;
  end if;
  if not exists (select from pg_roles where rolname = 'htx_admin') then
    create role htx_admin login;
  end if;
  if not exists (select from pg_roles where rolname = 'htx_read') then
    create role htx_read login;
  end if;
end
$$;

revoke all on schema htx from public;
grant usage on schema htx to htx_serve, htx_admin, htx_read;

grant select on all tables in schema htx to htx_serve, htx_admin, htx_read;
revoke select on htx.quarantine from htx_read;

grant insert on htx.commit, htx.commit_signature, htx.evidence, htx.receipt, htx.report,
  htx.report_cell, htx.finding, htx.report_id, htx.report_key, htx.supersession,
  htx.submission, htx.quarantine, htx.redelivery, htx.audit to htx_serve, htx_admin;

grant insert on htx.control, htx.province, htx.unit, htx.entity, htx.period, htx.person,
  htx.key, htx.catalogue, htx.catalogue_bundle, htx.cat_indicator, htx.cat_breakdown,
  htx.cat_form, htx.cat_cell, htx.cat_source, htx.publication, htx.extract to htx_admin;
