-- The database holds the line: names are stored composed, whoever writes them.
set search_path = htx;
\echo composed
insert into unit values (1, 1, '106', '2004-01-01', null, U&'Huy\1EC7n Tam \0110\01B0\1EDDng', 'district', '', '');
\echo decomposed, refused
insert into unit values (1, 2, '106', '2004-01-01', null, U&'Huye\0323\0302n', 'district', '', '');
insert into entity values (1, 2, 'tax:1', 'htx', U&'a\0300', '', '106', '2004-01-01', '', 'active', null, null, true);
insert into person values (1, 2, 'a', U&'a\0300', 'reader', '', null, '2004-01-01', null);
\echo columns for names without the check
select c.table_name, c.column_name from information_schema.columns c
join information_schema.tables t using (table_schema, table_name)
where c.table_schema = 'htx' and t.table_type = 'BASE TABLE' and c.column_name = 'name'
  and not exists (select from pg_constraint k
    where k.conrelid = format('htx.%I', c.table_name)::regclass and k.contype = 'c'
      and pg_get_constraintdef(k.oid) ilike '%name is nfc normalized%')
order by 1, 2;
