-- Whoever opens the database with psql finds out what is what.
\echo tables and views without a comment
select c.oid::regclass from pg_class c
where c.relnamespace in ('htx'::regnamespace, 'nation'::regnamespace, 'public'::regnamespace)
  and c.relkind in ('r', 'v', 'm', 'p') and obj_description(c.oid, 'pg_class') is null
order by 1;
\echo sequences (positions are counted by the commit row, never by a sequence)
select c.oid::regclass from pg_class c
where c.relnamespace in ('htx'::regnamespace, 'nation'::regnamespace) and c.relkind = 'S' order by 1;
\echo columns that are not stored in UTC
select table_name, column_name from information_schema.columns
where table_schema in ('htx', 'nation') and data_type = 'timestamp without time zone' order by 1, 2;
\echo floating point, which no figure passes through
select table_name, column_name from information_schema.columns
where table_schema in ('htx', 'nation') and data_type in ('real', 'double precision', 'money') order by 1, 2;
