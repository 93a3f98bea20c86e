-- The typed rows of control records, from their canonical JSON bodies alone: the province's
-- own commands and whoever receives the log write them by the very same statements. What a
-- body cannot carry comes beside it as a blob whose hash it names. Bodies of earlier
-- releases lack what was not there then, and give what it was then.
-- Run again at every migrate; nothing here holds data.

create or replace function htx.act_records(p_kind text, p_epoch bigint, p_first bigint,
  p_last bigint) returns table (epoch bigint, seq bigint, b jsonb)
language sql stable rows 1000 as $$
  select c.epoch, c.seq, convert_from(c.body, 'UTF8')::jsonb
  from htx.control c
  where c.kind = p_kind and c.epoch = p_epoch and c.seq between p_first and p_last
  offset 0
$$;
comment on function htx.act_records is
  'Control records of a kind between two positions, their bodies read once.';

create or replace function htx.act_hex(b jsonb, field text) returns bytea
language sql immutable as $$ select decode(b ->> field, 'hex') $$;
comment on function htx.act_hex is 'A field of a body that holds bytes; null where it is absent.';

create or replace function htx.act_apply(p_epoch bigint, p_first bigint, p_last bigint)
returns void language plpgsql as $$
declare
  kinds text[] := array(select distinct c.kind from htx.control c
    where c.epoch = p_epoch and c.seq between p_first and p_last);
  known constant text[] := array['genesis', 'key', 'unit', 'entity', 'period', 'person',
    'catalogue', 'notice', 'remark', 'extension', 'entity_event', 'entity_merge', 'lineage',
    'decision', 'seal', 'target', 'publication', 'epoch'];
  strange record;
begin
  if not kinds <@ known then
    select c.seq, c.kind into strange from htx.control c
    where c.epoch = p_epoch and c.seq between p_first and p_last
      and c.kind <> all (known) order by c.seq limit 1;
    raise exception 'record %.%: kind "%" is not known to this release', p_epoch, strange.seq,
      strange.kind using errcode = 'undefined_object';
  end if;

  if 'genesis' = any (kinds) then
    insert into htx.province (code, name, genesis, file)
    select b ->> 'code', b ->> 'name', htx.act_hex(b, 'hash'),
      convert_to(b ->> 'file', 'UTF8')
    from htx.act_records('genesis', p_epoch, p_first, p_last);
  end if;

  if 'key' = any (kinds) then
    insert into htx.key (epoch, seq, unit, unit_from, use, public, revoked, reason)
    select epoch, seq, coalesce(b ->> 'unit', ''),
      coalesce(b ->> 'unit_from', '1970-01-01')::date, b ->> 'use', b ->> 'public',
      coalesce((b ->> 'revoked')::boolean, false), coalesce(b ->> 'reason', '')
    from htx.act_records('key', p_epoch, p_first, p_last);
  end if;

  if 'unit' = any (kinds) then
    insert into htx.unit (epoch, seq, code, valid_from, valid_to, name, kind, parent, act,
      reports, aliases)
    select epoch, seq, b ->> 'code', (b ->> 'valid_from')::date, (b ->> 'valid_to')::date,
      b ->> 'name', b ->> 'kind', b ->> 'parent', b ->> 'act',
      coalesce((b ->> 'reports')::boolean, true), coalesce(b ->> 'aliases', '')
    from htx.act_records('unit', p_epoch, p_first, p_last);
  end if;

  if 'entity' = any (kinds) then
    insert into htx.entity (epoch, seq, subject, as_of, kind, name, sector, unit, unit_from,
      commune, state, founded, dissolved, confirmed)
    select epoch, seq, b ->> 'subject', (b ->> 'as_of')::date, b ->> 'kind', b ->> 'name',
      b ->> 'sector', b ->> 'unit', (b ->> 'unit_from')::date, b ->> 'commune',
      b ->> 'state', (b ->> 'founded')::date, (b ->> 'dissolved')::date,
      (b ->> 'confirmed')::boolean
    from htx.act_records('entity', p_epoch, p_first, p_last);
  end if;

  if 'period' = any (kinds) then
    insert into htx.period (epoch, seq, scheme, code, kind, name_vi, name_en, starts, ends,
      opens, cutoff, due, closes)
    select epoch, seq, b ->> 'scheme', b ->> 'code', b ->> 'kind', b ->> 'name_vi',
      b ->> 'name_en', (b ->> 'starts')::date, (b ->> 'ends')::date,
      (b ->> 'opens')::date, (b ->> 'cutoff')::date, (b ->> 'due')::date,
      (b ->> 'closes')::date
    from htx.act_records('period', p_epoch, p_first, p_last);
  end if;

  if 'person' = any (kinds) then
    insert into htx.person (epoch, seq, code, name, role, title, key, valid_from, valid_to)
    select epoch, seq, b ->> 'code', b ->> 'name', b ->> 'role', b ->> 'title',
      htx.act_hex(b, 'key'), (b ->> 'valid_from')::date, (b ->> 'valid_to')::date
    from htx.act_records('person', p_epoch, p_first, p_last);
  end if;

  if 'catalogue' = any (kinds) then
    insert into htx.catalogue (epoch, seq, version, act, hash, person, key, signature)
    select epoch, seq, (b ->> 'version')::integer, b ->> 'act', htx.act_hex(b, 'hash'),
      coalesce(b ->> 'person', ''), htx.act_hex(b, 'key'), htx.act_hex(b, 'signature')
    from htx.act_records('catalogue', p_epoch, p_first, p_last);
  end if;

  if 'notice' = any (kinds) then
    insert into htx.notice (epoch, seq, kind, unit, unit_from, scheme, period, vintage,
      about, finding, cell, text, due, person)
    select epoch, seq, b ->> 'notice', b ->> 'unit', (b ->> 'unit_from')::date,
      coalesce(b ->> 'scheme', ''), coalesce(b ->> 'period', ''),
      coalesce(b ->> 'vintage', ''), htx.act_hex(b, 'about'),
      coalesce(b ->> 'finding', ''), coalesce(b ->> 'cell', ''), coalesce(b ->> 'text', ''),
      (b ->> 'due')::date, coalesce(b ->> 'person', '')
    from htx.act_records('notice', p_epoch, p_first, p_last);
  end if;

  if 'remark' = any (kinds) then
    insert into htx.remark (epoch, seq, act, unit, unit_from, scheme, period, vintage,
      about, finding, place, note, person)
    select epoch, seq, b ->> 'act', b ->> 'unit', (b ->> 'unit_from')::date,
      b ->> 'scheme', b ->> 'period', b ->> 'vintage', htx.act_hex(b, 'about'),
      b ->> 'finding', b ->> 'cell', b ->> 'note', b ->> 'person'
    from htx.act_records('remark', p_epoch, p_first, p_last);
  end if;

  if 'extension' = any (kinds) then
    insert into htx.extension (epoch, seq, unit, unit_from, scheme, period, due, why, person)
    select epoch, seq, b ->> 'unit', (b ->> 'unit_from')::date, b ->> 'scheme',
      b ->> 'period', (b ->> 'due')::date, b ->> 'why', b ->> 'person'
    from htx.act_records('extension', p_epoch, p_first, p_last);
  end if;

  if 'entity_event' = any (kinds) then
    insert into htx.entity_event (epoch, seq, subject, event, day, kind, name, sector, unit,
      unit_from, commune, state, other, act, note, person)
    select epoch, seq, b ->> 'subject', b ->> 'event', (b ->> 'day')::date, b ->> 'kind',
      b ->> 'name', b ->> 'sector', b ->> 'unit', (b ->> 'unit_from')::date,
      b ->> 'commune', b ->> 'state', b ->> 'other', b ->> 'act', b ->> 'note',
      b ->> 'person'
    from htx.act_records('entity_event', p_epoch, p_first, p_last);
  end if;

  if 'entity_merge' = any (kinds) then
    insert into htx.entity_merge (epoch, seq, subject, into_subject, act, why, person)
    select epoch, seq, b ->> 'subject', b ->> 'into', b ->> 'act', b ->> 'why',
      b ->> 'person'
    from htx.act_records('entity_merge', p_epoch, p_first, p_last);
  end if;

  if 'lineage' = any (kinds) then
    insert into htx.lineage (epoch, seq, old, old_from, new, new_from, day, part, act)
    select epoch, seq, b ->> 'old', (b ->> 'old_from')::date, b ->> 'new',
      (b ->> 'new_from')::date, (b ->> 'day')::date, b ->> 'part', b ->> 'act'
    from htx.act_records('lineage', p_epoch, p_first, p_last);
  end if;

  if 'decision' = any (kinds) then
    insert into htx.decision (epoch, seq, act, about, replaces, unit, unit_from, scheme,
      period, vintage, why, person)
    select epoch, seq, b ->> 'act', htx.act_hex(b, 'about'), htx.act_hex(b, 'replaces'),
      b ->> 'unit', (b ->> 'unit_from')::date, b ->> 'scheme', b ->> 'period',
      b ->> 'vintage', b ->> 'why', b ->> 'person'
    from htx.act_records('decision', p_epoch, p_first, p_last);
    insert into htx.supersession (old, by, epoch, seq)
    select htx.act_hex(b, 'replaces'), htx.act_hex(b, 'about'), epoch, seq
    from htx.act_records('decision', p_epoch, p_first, p_last)
    where b ->> 'replaces' is not null;
  end if;

  if 'seal' = any (kinds) then -- what confirms signs the statement that its proposal holds
    insert into htx.seal (epoch, seq, act, scheme, period, vintage, number, as_epoch,
      as_seq, statement, key, signature, person, why, paper_number, paper_date)
    select r.epoch, r.seq, r.b ->> 'act', r.b ->> 'scheme', r.b ->> 'period',
      r.b ->> 'vintage', (r.b ->> 'number')::integer, (r.b ->> 'as_epoch')::bigint,
      (r.b ->> 'as_seq')::bigint,
      convert_to(coalesce(r.b ->> 'statement', case when r.b ? 'key' then (
        select convert_from(c.body, 'UTF8')::jsonb ->> 'statement' from htx.control c
        where c.epoch = (r.b ->> 'about_epoch')::bigint
          and c.seq = (r.b ->> 'about_seq')::bigint and c.kind = 'seal') end), 'UTF8'),
      htx.act_hex(r.b, 'key'), htx.act_hex(r.b, 'signature'), r.b ->> 'person',
      coalesce(r.b ->> 'why', ''), coalesce(r.b ->> 'paper_number', ''),
      (r.b ->> 'paper_date')::date
    from htx.act_records('seal', p_epoch, p_first, p_last) r;
  end if;

  if 'target' = any (kinds) then
    insert into htx.target (epoch, seq, document, line, nth, gone, seed, section, level,
      area_code, area, period, as_of, kind, indicator, breakdown, qualifier, text, value,
      value_hi, unit, note, population, starts, ends, person)
    select epoch, seq, b ->> 'document', (b ->> 'line')::integer, (b ->> 'nth')::integer,
      (b ->> 'gone')::boolean, b ->> 'seed', b ->> 'section', b ->> 'level',
      b ->> 'area_code', b ->> 'area', b ->> 'period', b ->> 'as_of', b ->> 'kind',
      b ->> 'indicator', b ->> 'breakdown', b ->> 'qualifier', b ->> 'text', b ->> 'value',
      b ->> 'value_hi', b ->> 'unit', b ->> 'note', b ->> 'population',
      (b ->> 'starts')::date, (b ->> 'ends')::date, b ->> 'person'
    from htx.act_records('target', p_epoch, p_first, p_last);
  end if;
end
$$;
comment on function htx.act_apply is
  'Writes the typed rows of the control records of an epoch between two positions, which are in htx.control already; those that need a blob besides are named by act_blobs. An unknown kind is refused (42704). Kinds without rows of their own: epoch.';

create or replace function htx.act_blobs(p_epoch bigint, p_first bigint, p_last bigint)
returns table (seq bigint, kind text, hash bytea)
language sql stable as $$
  select r.seq, 'catalogue', htx.act_hex(r.b, 'hash')
  from htx.act_records('catalogue', p_epoch, p_first, p_last) r
  where r.b ->> 'act' = 'load'
  union all
  select r.seq, 'publication', htx.act_hex(r.b, 'totals')
  from htx.act_records('publication', p_epoch, p_first, p_last) r
  order by 1
$$;
comment on function htx.act_blobs is
  'Records whose rows need bytes that their bodies name by hash: the bundle of a catalogue version, the totals of a publication. By position.';

create or replace function htx.act_publication(p_epoch bigint, p_seq bigint, p_totals bytea)
returns void language sql as $$
  insert into htx.publication (epoch, seq, scheme, period, vintage, number, as_epoch, as_seq,
    method, catalogue, totals, hash, missing)
  select epoch, seq, b ->> 'scheme', b ->> 'period', b ->> 'vintage',
    (b ->> 'number')::integer, (b ->> 'as_epoch')::bigint, (b ->> 'as_seq')::bigint,
    (b ->> 'method')::integer, (b ->> 'catalogue')::integer, p_totals,
    htx.act_hex(b, 'totals'), string_to_array(b ->> 'missing', ',')
  from htx.act_records('publication', p_epoch, p_seq, p_seq)
$$;
comment on function htx.act_publication is
  'The typed row of a publication; the caller has compared the totals with the hash in the body.';
