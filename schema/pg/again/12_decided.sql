-- What decisions make of reports: which count, and which one a correction must replace.
-- Run again at every migrate; nothing here holds data.

-- A key's head: what came to hold it last, or, where another report took its place since
-- (a decision may let the desk's correction do so), the end of that chain. Who was let in
-- by a decision holds the key from the decision on. gone: it was withdrawn.
drop function if exists htx.key_head(text, text, text, date, text, text, text, text);
create function htx.key_head(p_scheme text, p_period text, p_unit text, p_unit_from date,
  p_form text, p_vintage text, p_subject text, p_channel text)
returns table (hash bytea, revision integer, gone boolean)
language sql stable rows 1 as $$
  with recursive
  holder as (
    (select k.hash, k.revision, r.epoch, r.seq
     from htx.report_key k join htx.report r on r.hash = k.hash
     where k.period = p_period and k.scheme = p_scheme and k.unit = p_unit
       and k.unit_from = p_unit_from and k.form = p_form and k.vintage = p_vintage
       and k.subject = p_subject and k.channel = p_channel
     order by k.revision desc limit 1)
    union all
    select r.hash, r.revision, d.epoch, d.seq
    from htx.report r join htx.decision d on d.about = r.hash and d.act = 'count'
    where not r.counts and r.period = p_period and r.scheme = p_scheme
      and r.subject = p_subject and r.unit = p_unit and r.unit_from = p_unit_from
      and r.form = p_form and r.vintage = p_vintage and r.channel = p_channel),
  chain (hash, step) as (
    (select h.hash, 0 from holder h order by h.epoch desc, h.seq desc limit 1)
    union all
    select s.by, c.step + 1
    from chain c join htx.supersession s on s.old = c.hash
    where c.step < 1000 and exists (select from htx.report r where r.hash = s.by))
  select c.hash, (select max(h.revision) from holder h),
    exists (select from htx.supersession s where s.old = c.hash)
  from chain c order by c.step desc limit 1
$$;
comment on function htx.key_head is
  'The report that a correction of this key must replace, as the log stands: its hash, the highest revision the key has seen, and whether it was withdrawn. No row: nobody holds the key.';

create or replace function htx.report_standing_at(p_scheme text, p_period text,
  p_vintage text, p_epoch bigint, p_seq bigint) returns setof htx.report
language sql stable rows 100000 as $$
  select r.* from htx.report r
  where r.counts and r.scheme = p_scheme and r.period = p_period
    and (p_vintage is null or r.vintage = p_vintage)
    and (r.epoch, r.seq) <= (p_epoch, p_seq)
    and not exists (select from htx.supersession s
      where s.old = r.hash and (s.epoch, s.seq) <= (p_epoch, p_seq))
    and coalesce((select d.act = 'count' from htx.decision d
      where d.about = r.hash and (d.epoch, d.seq) <= (p_epoch, p_seq)
      order by d.epoch desc, d.seq desc limit 1), true)
  union all
  select r.* from htx.decision_at(p_scheme, p_period, p_epoch, p_seq) d
  join htx.report r on r.hash = d.about
  where d.act = 'count' and not r.counts and r.scheme = p_scheme and r.period = p_period
    and (p_vintage is null or r.vintage = p_vintage)
    and (r.epoch, r.seq) <= (p_epoch, p_seq)
    and not exists (select from htx.supersession s
      where s.old = r.hash and (s.epoch, s.seq) <= (p_epoch, p_seq))
$$;
comment on function htx.report_standing_at is
  'Reports that hold their key at a position, as decided by then: of one entity several may, by several channels (report_at chooses).';
