-- Targets of multi-year plans, each with its act, as written. Read by position like all
-- else: over a prefix of the log without them every total is what it was.

create table htx.target (
  epoch      bigint not null,
  seq        bigint not null,
  document   text not null check (document is nfc normalized),
  line       integer not null,
  nth        integer not null,
  gone       boolean not null,
  seed       text not null check (seed is nfc normalized),
  section    text not null check (section is nfc normalized),
  level      text not null check (level is nfc normalized),
  area_code  text not null check (area_code is nfc normalized),
  area       text not null check (area is nfc normalized),
  period     text not null check (period is nfc normalized),
  as_of      text not null check (as_of is nfc normalized),
  kind       text not null check (kind is nfc normalized),
  indicator  text not null check (indicator is nfc normalized),
  breakdown  text not null check (breakdown is nfc normalized),
  qualifier  text not null check (qualifier is nfc normalized),
  text       text not null check (text is nfc normalized),
  value      text not null check (value ~ '^(-?[0-9]+([.][0-9]+)?)?$'),
  value_hi   text not null check (value_hi ~ '^(-?[0-9]+([.][0-9]+)?)?$'),
  unit       text not null check (unit is nfc normalized),
  note       text not null check (note is nfc normalized),
  population text not null,
  starts     date,
  ends       date,
  person     text not null,
  primary key (epoch, seq)
);
comment on table htx.target is
  'Mục tiêu: one line of a file of targets, every column as written (seed and section name the act), and what was read from it: population (a code of that breakdown), starts and ends of the period. document: the file''s name; line: its line. Of one (seed, section, area_code, period, kind, indicator, breakdown, nth) the highest position counts; gone: a later version of the document no longer has it. nth: the lines of a file that agree in all these, counted.';

grant select on htx.target to htx_serve, htx_admin, htx_read;
grant insert on htx.target to htx_admin;
