-- No daemon owns, changes or removes anything; each may insert only where its work is.
\echo roles that own something, are superusers, or may pass row security
select rolname from pg_roles r where rolname like 'htx\_%' and (rolsuper or rolcreaterole
  or rolcreatedb or rolreplication or rolbypassrls
  or exists (select from pg_class c where c.relowner = r.oid));

\echo schemas where a daemon may create
select r.rolname, n.nspname from pg_roles r, pg_namespace n
where r.rolname like 'htx\_%' and n.nspname not like 'pg\_%'
  and has_schema_privilege(r.rolname, n.oid, 'create') order by 1, 2;

\echo tables that a daemon may change
select r.rolname, t.table_schema || '.' || t.table_name as name, p.privilege
from information_schema.tables t,
  (values ('htx_serve'), ('htx_admin'), ('htx_read'), ('htx_pull'), ('htx_feed')) r (rolname),
  (values ('update'), ('delete'), ('truncate'), ('references'), ('trigger')) p (privilege)
where t.table_schema in ('htx', 'nation', 'public')
  and has_table_privilege(r.rolname, format('%I.%I', t.table_schema, t.table_name), p.privilege)
order by 1, 2, 3;

\echo columns that a daemon may change
select count(*) from information_schema.column_privileges
where table_schema in ('htx', 'nation') and grantee like 'htx\_%' and privilege_type in ('UPDATE', 'REFERENCES');

\echo functions that run with the rights of their owner
select oid::regprocedure from pg_proc
where pronamespace in ('htx'::regnamespace, 'nation'::regnamespace) and prosecdef order by 1;

\echo where each may insert
select r.rolname, string_agg(t.table_name, ' ' order by t.table_name) as tables
from information_schema.tables t,
  (values ('htx_serve'), ('htx_read'), ('htx_pull'), ('htx_feed')) r (rolname)
where t.table_schema in ('htx', 'nation', 'public')
  and has_table_privilege(r.rolname, format('%I.%I', t.table_schema, t.table_name), 'insert')
group by 1 order by 1;

\echo base tables where the administrator may not insert
select t.table_schema, t.table_name from information_schema.tables t
where t.table_schema in ('htx', 'nation', 'public') and t.table_type = 'BASE TABLE'
  and not has_table_privilege('htx_admin', format('%I.%I', t.table_schema, t.table_name), 'insert')
order by 1, 2;

\echo what the reader may not read
select t.table_schema, t.table_name from information_schema.tables t
where t.table_schema in ('htx', 'nation', 'public')
  and not has_table_privilege('htx_read', format('%I.%I', t.table_schema, t.table_name), 'select')
order by 1, 2;

\echo and tried for real: every statement is refused with 42501
set role htx_serve;
do $$
declare t record; act text; tried integer := 0;
begin
  for t in select format('%I.%I', table_schema, table_name) as name
    from information_schema.tables where table_schema = 'htx' and table_type = 'BASE TABLE'
  loop
    foreach act in array array['delete from %s', 'truncate %s', 'drop table %s',
      'alter table %s add x integer', 'lock table %s in access exclusive mode'] loop
      begin
        execute format(act, t.name);
        raise exception 'allowed: %', format(act, t.name);
      exception when insufficient_privilege then
        tried := tried + 1;
      end;
    end loop;
  end loop;
  if tried < 100 then
    raise exception 'only % tried', tried;
  end if;
end
$$;
insert into htx.unit values (1, 1, '106', '2004-01-01', null, 'x', 'district', '', '');
insert into htx.key values (1, 1, '106', '2004-01-01', 'sign', 'x', false, '');
update htx.report set counts = true;
create table htx.x ();
create table public.x ();
reset role;
