-- What was said about the reports of a period, and how far it has come. Run again at every
-- migrate.

create or replace function htx.extension_at(p_scheme text, p_period text, p_epoch bigint,
  p_seq bigint) returns setof htx.extension
language sql stable as $$
  select distinct on (x.unit, x.unit_from) x.* from htx.extension x
  where x.scheme = p_scheme and x.period = p_period and (x.epoch, x.seq) <= (p_epoch, p_seq)
  order by x.unit, x.unit_from, x.epoch desc, x.seq desc
$$;
comment on function htx.extension_at is 'Gia hạn of a period at a position: the newest of each unit.';

-- The newest explanation and the newest remark on every finding that a person still has to
-- look at. An explanation that names an indicator is about that one, one that names a cell
-- about that cell, any other about every finding of its code.
drop function if exists htx.finding_talk_at(text, text, text, bigint, bigint);
create function htx.finding_talk_at(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint)
returns table (
  unit text, unit_from date, epoch bigint, seq bigint, vintage text, ord integer, code text,
  severity text, counts boolean, state text,
  explained_at text, explanation text, maker text,
  remark_at text, remark text, note text, person text)
language sql stable as $$
  select r.unit, r.unit_from, r.epoch, r.seq, r.vintage, f.ord, f.code, f.severity, r.counts,
    case when m.act in ('accept', 'decide_count') then 'accepted'
      when m.act = 'return' then 'returned'
      when m.act = 'ask' and (a.seq is null or (a.epoch, a.seq) < (m.epoch, m.seq))
        then 'asked'
      when a.seq is not null then 'explained'
      when f.severity in ('error', 'warning') and r.counts then 'open'
      else '' end,
    a.epoch || '.' || a.seq, a.text, a.maker, m.epoch || '.' || m.seq, m.act, m.note, m.person
  from htx.report_open(p_scheme, p_period, p_vintage, p_epoch, p_seq) r
  join htx.finding f on f.epoch = r.epoch and f.seq = r.seq
  left join lateral (
    select x.* from htx.answer x
    where x.target = r.hash and x.counts and not x.withdraw and x.finding = f.code
      and (x.epoch, x.seq) <= (p_epoch, p_seq)
      and case when x.indicator <> 0
        then x.indicator = f.indicator and x.b1 = f.b1 and x.b2 = f.b2
        else x.place in ('', f.place) end
    order by x.epoch desc, x.seq desc limit 1) a on true
  left join lateral (
    select y.* from (
      select x.epoch, x.seq, x.act, x.note, x.person from htx.remark x
      where x.about = r.hash
        and case when x.finding <> '' then x.finding = f.code and x.place in ('', f.place)
          else x.act <> 'ask' end
      union all -- what made a person decide is settled by the decision
      select d.epoch, d.seq, 'decide_count', d.why, d.person from htx.decision d
      where d.about = r.hash and d.act = 'count'
        and (f.holds or (r.verdict = 'conflict' and f.severity = 'error'))) y
    where (y.epoch, y.seq) <= (p_epoch, p_seq)
    order by y.epoch desc, y.seq desc limit 1) m on true
  order by r.unit collate "C", r.unit_from, r.epoch, r.seq, f.ord
$$;
comment on function htx.finding_talk_at is
  'How far the conversation on each open finding has come: open (cần giải trình), explained, asked (a question newer than the explanation), accepted, returned (trả lại), or nothing for what needs no word.';

-- What was said about a report as a whole, or about what its receipt does not name.
drop function if exists htx.report_talk_at(text, text, text, bigint, bigint);
create function htx.report_talk_at(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint)
returns table (
  unit text, unit_from date, epoch bigint, seq bigint, vintage text, form text, name text,
  at_epoch bigint, at_seq bigint, act text, finding text, note text, person text,
  open boolean)
language sql stable as $$
  with said as (
    select r.unit, r.unit_from, r.epoch, r.seq, r.vintage, r.form, r.name, r.hash, x.*
    from htx.report_open(p_scheme, p_period, p_vintage, p_epoch, p_seq) r
    cross join lateral (
      select a.epoch as at_epoch, a.seq as at_seq, 'explain' as act, a.finding,
        a.text as note, a.maker as person
      from htx.answer a where a.target = r.hash and a.counts and not a.withdraw
      union all
      select m.epoch, m.seq, m.act, m.finding, m.note, m.person
      from htx.remark m where m.about = r.hash
      union all
      select d.epoch, d.seq, 'decide_' || d.act, '', d.why, d.person
      from htx.decision d where d.about = r.hash) x
    where (x.at_epoch, x.at_seq) <= (p_epoch, p_seq)
      and (x.finding = '' or not exists (select from htx.finding f
        where f.epoch = r.epoch and f.seq = r.seq and f.code = x.finding)))
  select s.unit, s.unit_from, s.epoch, s.seq, s.vintage, s.form, s.name, s.at_epoch,
    s.at_seq, s.act, s.finding, s.note, s.person,
    s.act = 'return' or (s.act = 'ask' and not exists (select from said n
      where n.hash = s.hash and n.finding = s.finding and n.act <> 'ask'
        and (n.at_epoch, n.at_seq) > (s.at_epoch, s.at_seq)))
  from said s
  order by s.unit collate "C", s.unit_from, s.epoch, s.seq, s.at_epoch, s.at_seq
$$;
comment on function htx.report_talk_at is
  'Questions, returns, acceptances, decisions and explanations about whole reports that a person still has to look at; open: the unit has not answered, or not corrected, yet.';

drop function if exists htx.talk_at(text, text, text, bigint, bigint);
create function htx.talk_at(p_scheme text, p_period text, p_vintage text,
  p_epoch bigint, p_seq bigint)
returns table (
  unit text, unit_from date, to_explain bigint, explained bigint, accepted bigint,
  asked bigint, returned bigint, extended_to date, reminded_at text)
language sql stable as $$
  with said as (
    select unit, unit_from, count(*) filter (where state = 'open') as to_explain,
      count(*) filter (where state = 'explained') as explained,
      count(*) filter (where state = 'accepted' and severity in ('error', 'warning')) as accepted,
      count(*) filter (where state = 'asked') as asked, 0::bigint as returned
    from htx.finding_talk_at(p_scheme, p_period, p_vintage, p_epoch, p_seq)
    group by unit, unit_from
    union all
    select unit, unit_from, 0, 0, 0, count(*) filter (where act = 'ask'), 0
    from htx.report_talk_at(p_scheme, p_period, p_vintage, p_epoch, p_seq)
    where open group by unit, unit_from
    union all
    select r.unit, r.unit_from, 0, 0, 0, 0, count(distinct r.hash)
    from htx.report_open(p_scheme, p_period, p_vintage, p_epoch, p_seq) r
    join htx.remark m on m.about = r.hash and (m.epoch, m.seq) <= (p_epoch, p_seq)
    where m.act = 'return' group by r.unit, r.unit_from),
  told as (
    select unit, unit_from, sum(to_explain)::bigint as to_explain,
      sum(explained)::bigint as explained, sum(accepted)::bigint as accepted,
      sum(asked)::bigint as asked, sum(returned)::bigint as returned
    from said group by unit, unit_from),
  late as (
    select unit, unit_from, due from htx.extension_at(p_scheme, p_period, p_epoch, p_seq)),
  reminded as (
    select distinct on (unit, unit_from) unit, unit_from, epoch || '.' || seq as at
    from htx.notice where kind = 'reminder' and scheme = p_scheme and period = p_period
      and (epoch, seq) <= (p_epoch, p_seq)
    order by unit, unit_from, epoch desc, seq desc)
  select unit, unit_from, coalesce(t.to_explain, 0), coalesce(t.explained, 0),
    coalesce(t.accepted, 0), coalesce(t.asked, 0), coalesce(t.returned, 0), l.due, m.at
  from told t full join late l using (unit, unit_from)
  full join reminded m using (unit, unit_from)
$$;
comment on function htx.talk_at is
  'The conversation of a period, one line a unit: findings to explain, explained, accepted, asked about; reports returned; the extended due date; the newest reminder.';
