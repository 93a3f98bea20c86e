-- Closing, reopening and issuing: acts of two people over the same bytes.

create table htx.seal (
  epoch        bigint not null,
  seq          bigint not null,
  act          text not null check (act in ('propose', 'withdraw', 'close',
                 'reopen_propose', 'reopen_withdraw', 'reopen', 'issue')),
  scheme       text not null,
  period       text not null,
  vintage      text not null check (vintage in ('plan', 'estimate', 'actual')),
  number       integer not null check (number > 0),
  as_epoch     bigint,
  as_seq       bigint,
  statement    bytea,
  key          bytea check (octet_length(key) = 32),
  signature    bytea check (octet_length(signature) = 64),
  person       text not null,
  why          text not null check (why is nfc normalized),
  paper_number text not null check (paper_number is nfc normalized),
  paper_date   date,
  primary key (epoch, seq),
  check ((statement is null) = (act in ('withdraw', 'reopen_withdraw', 'issue'))),
  check ((statement is null) = (key is null) and (key is null) = (signature is null)
    and (statement is null) = (as_epoch is null) and (statement is null) = (as_seq is null)),
  check ((paper_date is null) = (act <> 'issue'))
);
create index seal_period on htx.seal (period, scheme, vintage);
create unique index seal_number on htx.seal (period, scheme, vintage, number)
  where act = 'close';
comment on table htx.seal is
  'Khóa kỳ, mở lại kỳ, ban hành: propose (a person proposes to close; nothing behind as_epoch, as_seq counts) and close (another one signs the same statement), likewise reopen_propose and reopen; withdraw, reopen_withdraw: the proposal is taken back; issue: số and ngày of the paper that carries the publication. number: of the publication. statement: the exact bytes of both signatures.';

alter table htx.key drop constraint key_use_check;
alter table htx.key add constraint key_use_check
  check (use in ('sign', 'curve', 'desk', 'receipt', 'person'));
comment on table htx.key is
  'Keys of units (sign: Ed25519 hex, curve: Z85), of the province''s desk (desk: may sign nhập thay for any unit) and receipt keys; of a person''s key (person) only its revocation stands here, unit being the person''s code. Of one public key the highest position counts; a signature counts if its batch committed before the revocation.';

grant select on htx.seal to htx_serve, htx_admin, htx_read;
grant insert on htx.seal to htx_admin;
