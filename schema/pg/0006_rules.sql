-- What a rule of scope register reads when a report is judged: the reports of the same
-- subject for a handful of periods. Begins with the period, as the other keys do: what
-- arrives now lies together.

create index report_past on htx.report (period, scheme, subject, unit) where counts;
