/* clang-format off */
/*
 * national_db - how the update file for the national cooperative information system is
 * laid out: which fact stands in which column, under which heading, written how. The
 * ministry's own layout is not known yet, so all of it is data, and says of each column
 * whether anybody has confirmed it.
 *
 * national_db.tsv   part column source format name_vi name_en sure
 *   part     entity (who there is), fact (figures of a period), event (what happened): a
 *            file each, all three laid out; columns in the order of the lines; each needs
 *            the sources action, and subject or id
 *   column   the heading in the file; each once in a part
 *   source   of every part: action, subject (the number with its kind, as we write it),
 *            id_kind, id, issuer, province, province_name, and "=TEXT" for a constant;
 *            of entity: kind name sector sector_name unit unit_from unit_name commune
 *            state founded dissolved confirmed;
 *            of fact: name kind unit scheme period vintage cutoff, and value:INDICATOR,
 *            mark:INDICATOR, qualifier:INDICATOR, each with /B1 or /B1/B2 behind it;
 *            of event: event day act other note name told
 *   format   text; date (2025-06-30) or date_vi (30/06/2025) of a day; number (in the
 *            indicator's unit, decimal point) or number_vi (1234,5) of a value; or
 *            words:A=X,B=Y: Y is written for B, other words as they are
 *   name_vi, name_en  what the column means
 *   sure     yes: as the ministry's layout has it; no: not confirmed yet
 *
 * A line "-" in `column` takes the column of that source in its part away: for a
 * province's own lines, which stand behind the national ones. A catalogue without the
 * file has no such layout.
 */
/* clang-format on */
#ifndef HTX_NATIONAL_DB_H
#define HTX_NATIONAL_DB_H

#include "proto/base/err.h"

enum national_part { NATIONAL_ENTITY, NATIONAL_FACT, NATIONAL_EVENT, NATIONAL_PARTS };

enum national_format {
    NATIONAL_TEXT,
    NATIONAL_DATE,
    NATIONAL_DATE_VI,
    NATIONAL_NUMBER,
    NATIONAL_NUMBER_VI,
    NATIONAL_WORDS,
};

struct national_column {
    enum national_part part;
    const char *heading, *source;
    const char *indicator, *b1, *b2; /* of value:, mark:, qualifier:; else NULL */
    enum national_format format;
    const char *const *words; /* word, what is written, ...; NULL at the end */
    const char *name_vi, *name_en;
    bool sure;
};

struct national_layout {
    const struct national_column *list; /* by part, then as they are listed */
    size_t n;
    size_t first[NATIONAL_PARTS + 1]; /* where each part begins */
};

extern const char *const national_parts[NATIONAL_PARTS + 1];

/* Empty bytes: the catalogue has no such file. Everything lives in the arena. known: is
 * there such an indicator? */
bool national_read(struct national_layout *l, struct arena *a, struct span file,
                   bool (*known)(const void *ctx, const char *indicator), const void *ctx,
                   struct err *e) MUST_CHECK;
/* Every column is confirmed. */
bool national_sure(const struct national_layout *l);

#endif
