-- Everything that was done and attempted, for `audit list`. Run again at every migrate.

drop view if exists htx.done cascade;

create or replace function htx.json_of(body bytea) returns jsonb
language plpgsql immutable as $$
begin
  return convert_from(body, 'UTF8')::jsonb;
exception when others then
  return '{}';
end
$$;
comment on function htx.json_of is 'The body of a control record; {} when it is no JSON.';

create view htx.done as
  select c.at, k.epoch, k.seq, '' as chain, k.kind as what, k.actor, htx.json_of(k.body) as body
  from htx.control k
  cross join lateral (select x.at from htx.commit x
    where x.epoch = k.epoch and x.first_seq <= k.seq
    order by x.first_seq desc limit 1) c
  union all
  select a.at, 0, a.number, a.chain, a.what, '', coalesce((
      select jsonb_object_agg(m[1], m[2])
      from regexp_matches(a.detail, '([a-z_]+)=(\S+)', 'g') m), '{}')
    || jsonb_build_object('detail', a.detail)
  from htx.audit a;
comment on view htx.done is
  'Acts (control records) and the access audit: when, what, by whom, and its words; chain names the audit chain, seq its row.';

grant select on htx.done to htx_admin, htx_read;
