/*
 * nation - totals over the copies of the provinces; the sums are made by the functions in
 * schema/pg/again/71_nation_rollup.sql.
 *
 * A figure is a function of a vector of positions, "02:1.345,12:1.99": the same vector
 * gives the same figure whatever has come since. A province that a vector does not name
 * is not in its figures. Only for today's map (as_is) the ministry's own register of
 * units is read as it is now.
 */
#ifndef HTX_NATION_H
#define HTX_NATION_H

#include "aggregator/rollup/publish.h"

enum { NATION_MAX = 256 }; /* provinces in one vector */

struct nation_at { /* strings live in the caller's arena */
    const char *scheme, *period;
    const char *name_vi, *name_en;
    int32_t cutoff;
    const char *vintage; /* NULL: every one, each by itself */
    size_t n;
    const char *codes[NATION_MAX];
    int64_t epochs[NATION_MAX], seqs[NATION_MAX];
    const char *vector; /* as text, in order of the codes */
    bool as_is;         /* provinces on today's map */
};

/* Does this database follow provinces, and is none of them being looked into? */
bool nation_here(const struct app *app, struct pg *pg, bool *here,
                 struct err *e) MUST_CHECK;

/*
 * period and vintage as rollup_at_find; as_of a vector or NULL for all there is.
 * ERR_INPUT names what is unknown, a position that has not come yet, or that no province
 * has the period.
 */
bool nation_at_find(const struct app *app, struct pg *pg, const char *period,
                    const char *vintage, const char *as_of, struct arena *a,
                    struct nation_at *at, struct err *e) MUST_CHECK;

/* Says on stderr which position each figure is of, and which provinces are not in it. */
bool nation_say(const struct app *app, struct pg *pg, const struct nation_at *at,
                struct err *e) MUST_CHECK;

/* In the columns of rollup_rows; the unit is the province. */
bool nation_rows(struct pg *pg, const struct nation_at *at, bool by_province,
                 bool by_sector, bool listed, struct pg_rows *rows,
                 struct err *e) MUST_CHECK;

/* What counts twice and what that takes off: a table on stdout. */
bool nation_overlaps(const struct app *app, struct pg *pg, const struct nation_at *at,
                     bool by_sector, bool json, struct err *e) MUST_CHECK;

/*
 * The vintage meant when none was named: actual if any province has such figures, else the
 * only one there is. ERR_INPUT asks to name one.
 */
bool nation_vintage(const struct app *app, struct pg *pg, struct nation_at *at,
                    struct arena *a, struct err *e) MUST_CHECK;

/* Every province followed: how far it is with the period, and how old what is here. */
bool nation_status(struct app *app, struct pg *pg, const struct nation_at *at, bool json,
                   struct err *e) MUST_CHECK;

/*
 * The nation's figures in the form of canonical totals (publish.h), for totals_read: of the
 * nation ("-", "s") and by province as they reported ("u", "us"); the units are the
 * provinces, reported and listed their units that sent and must; as-of is the vector.
 * at->vintage must be given. The province is the ministry, by its configuration.
 */
bool nation_totals_make(const struct app *app, struct pg *pg, const struct nation_at *at,
                        struct bytes *out, struct err *e) MUST_CHECK;

/*
 * The same as an extract is made of: number 0 is no publication but the figures of the
 * vector, dated by its newest commit. From here on pg looks into the copy of a province
 * that has the newest catalogue, for its names.
 */
bool nation_publication(const struct app *app, struct pg *pg, const struct nation_at *at,
                        struct arena *a, struct publication *p, struct err *e) MUST_CHECK;

#endif
