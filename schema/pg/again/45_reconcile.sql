-- What this side holds of a period, item by item, for a reconciliation with another side.
-- Run again at every migrate; nothing here holds data.

-- Both halves of `report` are looked up by an index of their own.
drop function if exists htx.reconcile_lines(text, text, text, date, bigint, bigint);
create function htx.reconcile_lines(p_scheme text, p_period text, p_unit text,
  p_unit_from date, p_epoch bigint, p_seq bigint)
returns table (unit text, unit_from date, item bytea, verdict text, kind integer, state text,
  desk boolean, form text, subject text, name text, vintage text, revision integer,
  at timestamptz, epoch bigint, seq bigint, by bytea)
language sql stable rows 10000 as $$
  with
  reports as (
    select * from htx.report r
    where r.counts and r.period = p_period and r.scheme = p_scheme
    union all
    select * from htx.report r
    where not r.counts and r.period = p_period and r.scheme = p_scheme),
  items as (
    select r.unit, r.unit_from, r.hash, r.verdict, 1 as kind, r.form, r.subject, r.name,
      r.vintage, r.revision, r.epoch, r.seq, r.evidence, s.by,
      case when w.hash is not null then 'withdrawn'
        when s.old is not null then 'replaced'
        when d.act = 'count' then 'let_in'
        when d.act = 'reject' then 'left_out'
        when r.duplicate_of is not null then 'duplicate'
        when r.counts then 'counts' else 'not_counted' end as state
    from reports r
    left join htx.supersession s on s.old = r.hash and (s.epoch, s.seq) <= (p_epoch, p_seq)
    left join lateral (select a.hash from htx.answer a
      where a.target = r.hash and a.hash = s.by limit 1) w on true
    left join lateral (select x.act from htx.decision x
      where x.about = r.hash and (x.epoch, x.seq) <= (p_epoch, p_seq)
      order by x.epoch desc, x.seq desc limit 1) d on true
    union all
    select b.unit, b.unit_from, b.hash, b.verdict, 2, '', '', '', b.vintage, 0, b.epoch, b.seq,
      b.evidence, null,
      case when b.verdict not in ('accepted', 'warnings') then 'not_counted'
        when exists (select from htx.submission n
          where n.unit = b.unit and n.unit_from = b.unit_from and n.scheme = b.scheme
            and n.period = b.period and n.vintage = b.vintage
            and n.verdict in ('accepted', 'warnings')
            and (n.epoch, n.seq) > (b.epoch, b.seq)
            and (n.epoch, n.seq) <= (p_epoch, p_seq)) then 'replaced'
        else 'counts' end
    from htx.submission b where b.period = p_period and b.scheme = p_scheme
    union all
    select a.unit, a.unit_from, a.hash, a.verdict, 3, coalesce(t.form, ''),
      coalesce(t.subject, ''), coalesce(t.name, ''), a.vintage, coalesce(t.revision, 0),
      a.epoch, a.seq, a.evidence, null,
      case when a.counts then 'counts' else 'not_counted' end
    from htx.answer a
    left join lateral (select r.form, r.subject, r.name, r.revision from htx.report r
      where r.hash = a.about limit 1) t on true
    where a.period = p_period and a.scheme = p_scheme)
  select i.unit, i.unit_from, i.hash, i.verdict, i.kind, i.state,
    exists (select from htx.evidence e join htx.key k on k.public = encode(e.signer, 'hex')
      where e.hash = i.evidence and k.use = 'desk'),
    i.form, i.subject, i.name, i.vintage, i.revision, c.at, i.epoch, i.seq, i.by
  from items i
  left join lateral (select m.at from htx.commit m
    where m.epoch = i.epoch and m.first_seq <= i.seq
    order by m.first_seq desc limit 1) c on true
  where (p_unit is null or i.unit = p_unit)
    and (p_unit_from is null or i.unit_from = p_unit_from)
    and (i.epoch, i.seq) <= (p_epoch, p_seq)
  order by i.unit collate "C", i.unit_from, i.hash
$$;
comment on function htx.reconcile_lines is
  'Every item received of a period (kind 1 report, 2 declaration, 3 explanation or withdrawal) with its verdict and what became of it: counts, replaced, withdrawn, duplicate, not_counted (see the verdict), let_in or left_out by a decision. desk: signed with a key of the province''s desk. As of a position.';

grant select on htx.decision, htx.unit to htx_feed;
