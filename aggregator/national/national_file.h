/*
 * national_file - the update file for the national cooperative information system: a CSV
 * for each part of the layout that the publication's catalogue has (proto/national_db.h).
 *
 * Complete, or since an earlier publication: a line for all that is new or different then
 * (replace), and one for all that is there no more (delete), known by its key: the
 * entity; the entity with period and vintage; the entity with day and kind of event.
 * Figures of another period than that of the earlier publication are all new, none of
 * them goes. Lines stand in bytewise order of their keys. Everything is read at the
 * positions of the publications, so the same question gives the same bytes.
 */
#ifndef HTX_NATIONAL_FILE_H
#define HTX_NATIONAL_FILE_H

#include "aggregator/rollup/publish.h"

/* One part, appended to out. c: the catalogue of p; since may be NULL. ERR_SETUP: c lays
 * nothing out. */
bool national_make(const struct app *app, struct pg *pg, const struct catalogue *c,
                   const struct publication *p, const struct publication *since,
                   enum national_part part, struct arena *a, struct bytes *out,
                   struct err *e) MUST_CHECK;

/* "HTX_NATIONAL-DB_1.0_2025-S1_12_v2-since-v1_entity.csv"; a layout that nobody has
 * confirmed says so where its version would stand: "unverified". */
char *national_name(struct arena *a, const struct national_layout *l,
                    const char *province, const struct publication *p,
                    const struct publication *since, enum national_part part);

#endif
