-- Size classes and grades: rows of classes.tsv of each catalogue version, unfolded for
-- roll-ups. A version that was loaded before has none, so nothing that was published by it
-- changes.

create table htx.cat_class (
  version    integer not null,
  ord        integer not null,
  set        text not null,
  class      text not null,
  name_vi    text not null,
  name_en    text not null,
  valid_from date,
  valid_to   date,
  sectors    text[] not null,
  conditions text not null,
  verified   boolean not null,
  law        text not null,
  ended_by   text not null,
  primary key (version, ord)
);
comment on table htx.cat_class is
  'Rule sets with validity dates. Of a set the first line in force, for the sector ({*}: any), whose conditions hold is the class. conditions: JSON, clauses that all must hold, each a list of alternatives {"i": indicator, "op": ">=", "v": smallest units}, {"f": "age_months" ...} or {"f": "state", "w": word}; null: a threshold that nobody wrote down.';

grant select on htx.cat_class to htx_serve, htx_admin, htx_read;
grant insert on htx.cat_class to htx_admin;
