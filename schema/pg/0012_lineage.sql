-- Other spellings of a unit's name: official lists disagree (Lả Nhì Thàng, Lản Nhì Thàng),
-- and entities must be found again under either.

alter table htx.unit add column aliases text not null default ''
  check (aliases is nfc normalized);
comment on column htx.unit.aliases is
  'Other spellings of the name, separated by semicolons: an entity may name its commune by any of them.';
