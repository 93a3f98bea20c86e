-- Where the signed bytes of a report lie. Run again at every migrate; nothing here holds data.

create or replace function htx.later_of(p_evidence bytea, p_epoch bigint, p_seq bigint)
returns bigint language sql stable as $$
  select coalesce((select l.commit_number
    from htx.evidence_later l join htx.commit c
      on c.epoch = l.commit_epoch and c.number = l.commit_number
    where l.hash = p_evidence and l.commit_epoch = p_epoch
      and p_seq between c.first_seq and c.last_seq), 0)
$$;
comment on function htx.later_of is
  'In a copy of the log: the commit under which the batch stands once more with the body of the item at this position; 0: where it stands first.';

create or replace function htx.envelope_of(p_evidence bytea, p_epoch bigint, p_seq bigint)
returns bytea language sql stable as $$
  select coalesce((select l.envelope
    from htx.evidence_later l join htx.commit c
      on c.epoch = l.commit_epoch and c.number = l.commit_number
    where l.hash = p_evidence and l.commit_epoch = p_epoch
      and p_seq between c.first_seq and c.last_seq),
    (select e.envelope from htx.evidence e where e.hash = p_evidence))
$$;
comment on function htx.envelope_of is
  'The batch, as received, that has the body of the item at this position; null when there is no evidence.';
