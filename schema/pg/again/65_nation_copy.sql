-- What the ministry reads of its provinces. Run again at every migrate.

drop view if exists nation.stopped;
drop view if exists nation.cursor;
create view nation.cursor as
  select p.code, b.branch, p.chain, coalesce(g.epoch, 0) as epoch, coalesce(g.page, 0) as page,
    g.hash, coalesce(g.log_epoch, 0) as log_epoch, coalesce(g.last_seq, 0) as seq,
    g.sealed_at, g.at
  from nation.province p
  cross join lateral (select max(x.branch) as branch from nation.branch x
    where x.code = p.code) b
  left join lateral (select x.* from nation.page x
    where x.code = p.code and x.branch = b.branch
    order by x.epoch desc, x.page desc limit 1) g on true;
comment on view nation.cursor is
  'The newest page of each province on the line that is followed (epoch, page; 0: none yet), and the last position that the copy has (log_epoch, seq).';

create view nation.stopped as
  select distinct on (h.code) h.*
  from nation.halt h join nation.cursor c
    on (c.code, c.branch, c.epoch, c.page) = (h.code, h.branch, h.epoch, h.page)
  order by h.code, h.number desc;
comment on view nation.stopped is
  'The last word on why a province''s cursor stands where it does; an empty reason: nothing is wrong any more.';

-- One view over all copies a table, so that everything is readable by (province, epoch, seq).
create or replace function nation.unite() returns void
language plpgsql as $$
declare t record; parts text;
begin
  for t in select c.relname as name from pg_class c
    where c.relnamespace = to_regnamespace('htx') and c.relkind = 'r'
      and to_regclass(format('nation.%I', c.relname)) is null
      and c.relname not in ('province', 'audit', 'quarantine', 'redelivery', 'extract',
        'feed_page')
    order by c.relname
  loop
    select string_agg(format('select %L::text as province, c.* from %I.%I c', p.code,
        p.schema, t.name), ' union all ' order by p.code collate "C") into parts
    from nation.province p;
    if parts is null then
      return;
    end if;
    execute format('create view nation.%I as %s', t.name, parts);
    execute format('comment on view nation.%I is %L', t.name,
      t.name || ' of every province that is followed, the province in front.');
    execute format('grant select on nation.%I to htx_admin, htx_read', t.name);
  end loop;
end
$$;
comment on function nation.unite is
  'Makes the views over the copies of all provinces; whoever adds a province or changes a table drops and makes them anew.';

create or replace function nation.part() returns void
language plpgsql as $$
declare all_of_it text;
begin
  select string_agg(format('drop view nation.%I cascade;', c.relname), '') into all_of_it
  from pg_class c
  where c.relnamespace = to_regnamespace('nation') and c.relkind = 'v'
    and exists (select from pg_class h where h.relnamespace = to_regnamespace('htx')
      and h.relname = c.relname and h.relkind = 'r');
  execute coalesce(all_of_it, '');
end
$$;
comment on function nation.part is 'Drops what nation.unite() made.';

grant select on nation.cursor, nation.stopped to htx_admin, htx_read, htx_pull;
revoke execute on function nation.unite(), nation.part() from public;
