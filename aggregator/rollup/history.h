/*
 * history - earlier figures as offices kept them: a plain table, one figure a line.
 *
 * Columns are known by their heads, in any order: who (area_code), period, kind (plan,
 * estimate, actual), indicator, breakdown, qualifier, text (as written), value, value_hi,
 * unit (đơn vị tính), as_of, note. A line gives one observation; lines of targets and
 * needs are counted and left to `target load`.
 */
#ifndef HTX_HISTORY_H
#define HTX_HISTORY_H

#include "aggregator/cmd/commands.h"
#include "proto/forms/sheet.h"

struct history_line {
    const char *unit;   /* code */
    const char *period; /* "2023" or "scheme:code" */
    enum vintage vintage;
    struct observation obs; /* cell: "FILE Sheet!C7" */
};

struct history_table {
    struct history_line *lines;
    size_t n;
    size_t targets;  /* lines of targets and needs */
    size_t others;   /* of growth and other kinds, which are no figures of a period */
    size_t problems; /* lines left out; each was printed with its place and remedy */
    struct arena arena;
};

/* What a line may leave out. */
struct history_default {
    const char *unit, *period; /* NULL: the line must say */
    enum vintage vintage;      /* VINTAGE_NONE: likewise */
};

/* Is there a line of heads that names indicator and value? */
bool history_is_table(const struct sheet_page *p, const struct history_default *d);

/* Appends the page's lines; file is named in places. */
void history_read(const struct app *app, const struct catalogue *cat, const char *file,
                  const struct sheet_page *p, const struct history_default *d,
                  struct history_table *t);
void history_clear(struct history_table *t);

/*
 * The population a note or breakdown speaks of, as a code of the breakdown "population":
 * "trong THT + HTX + LHHTX" is kttt, "gộp chi nhánh" htx_branch; "" for none we know.
 */
const char *history_population(const struct catalogue *cat, const char *words);

#endif
