-- Which periods are closed, and what two people have signed. Run again at every migrate.

drop view if exists htx.seal_now, htx.seal_pending, htx.closing, htx.issue_now cascade;

-- A publication of a release that had no seals closed its period by itself.
create view htx.closing as
  select s.epoch, s.seq, s.scheme, s.period, s.vintage, s.number, true as sealed
  from htx.seal s where s.act = 'close'
  union all
  select p.epoch, p.seq, p.scheme, p.period, p.vintage, p.number, false
  from htx.publication p
  where not exists (select from htx.seal s where s.act = 'close' and s.scheme = p.scheme
    and s.period = p.period and s.vintage = p.vintage and s.number = p.number);
comment on view htx.closing is
  'Every closing of a period and vintage; sealed: by two people, else by a publication of a release that had no seals.';

-- The newest word on closing and on reopening, where that is a proposal; clocks that run
-- backwards bring no proposal back to life.
create view htx.seal_pending as
  with word as (
    select epoch, seq, act, scheme, period, vintage, number from htx.seal
    where act <> 'issue'
    union all
    select epoch, seq, 'close', scheme, period, vintage, number from htx.closing
    where not sealed),
  newest as (
    select distinct on (scheme, period, vintage) * from word
    order by scheme, period, vintage, epoch desc, seq desc),
  clock as (
    select greatest(now(), (select c.at from htx.commit c
      order by c.epoch desc, c.number desc limit 1)) as at)
  select n.scheme, n.period, n.vintage, n.act, n.number, n.epoch, n.seq, c.at,
    c.at + interval '72 hours' as lapses, clock.at >= c.at + interval '72 hours' as lapsed
  from newest n cross join clock
  cross join lateral (select x.at from htx.commit x
    where x.epoch = n.epoch and x.first_seq <= n.seq
    order by x.first_seq desc limit 1) c
  where n.act in ('propose', 'reopen_propose');
comment on view htx.seal_pending is
  'Proposals to close or to reopen that nobody has confirmed or taken back; lapsed: 72 hours after their commit they cannot be confirmed any more.';

create view htx.seal_now as
  with word as (
    select epoch, seq, scheme, period, vintage, number, 'closed' as state from htx.closing
    union all
    select epoch, seq, scheme, period, vintage, number, 'open' from htx.seal
    where act = 'reopen'),
  newest as (
    select distinct on (scheme, period, vintage) * from word
    order by scheme, period, vintage, epoch desc, seq desc)
  select scheme, period, vintage, state, number, null::timestamptz as lapses, epoch, seq
  from newest where state = 'closed'
  union all
  select scheme, period, vintage, 'proposed', number, lapses, epoch, seq
  from htx.seal_pending where act = 'propose' and not lapsed;
comment on view htx.seal_now is
  'Periods and vintages that take no more figures: proposed for closing (until lapses), or closed. No row: open. number: of the publication that the closing stands for.';

create view htx.issue_now as
  select distinct on (scheme, period, vintage, number) scheme, period, vintage, number,
    paper_number, paper_date, person, epoch, seq
  from htx.seal where act = 'issue'
  order by scheme, period, vintage, number, epoch desc, seq desc;
comment on view htx.issue_now is
  'Số, ký hiệu and ngày ban hành of the paper that carries a publication: the newest word.';

grant select on htx.closing, htx.seal_pending, htx.seal_now, htx.issue_now
  to htx_serve, htx_admin, htx_read;
