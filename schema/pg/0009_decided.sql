-- Reports that a decision may count are looked up by their key, as those that count are.

create index report_waiting on htx.report (period, scheme, subject, unit) where not counts;
