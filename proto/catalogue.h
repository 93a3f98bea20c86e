/*
 * catalogue - what is asked and how it is judged: data, versioned as a whole.
 *
 * The catalogue is a set of TSV files (schema/catalogue/). Packed into one "bundle"
 * (every file's name, length and bytes, in the order of catalogue_files) it has a hash,
 * travels, and is stored; catalogue_load() reads a bundle, never a folder, so that both
 * sides judge by the same bytes. Loading checks everything: a bad line is ERR_INPUT
 * "FILE:LINE: column: value: reason". All pointers below live until catalogue_close().
 *
 * A province adds lines of its own in files beside these, indicators.local.tsv and so on,
 * with the same first line; bundling appends them. They stay in the province's namespace:
 * codes (forms, indicators, rules, breakdowns, schemes) begin with "xNN." (rules also
 * "XNN."), NN being the province's two digits, and indicator numbers run from 100000 +
 * NN x 100 to 99 more; so no later national line can mean something else by them.
 *
 * TSV: UTF-8 NFC, LF, first line names the columns, no quoting, empty = not given,
 * dates yyyy-mm-dd, order of lines is kept. Files and columns:
 *
 * catalogue.tsv    key value          version, name_vi, name_en, valid_from (the day it
 *                                     comes into force), accept_until (last day on which
 *                                     reports made under older versions are taken; empty:
 *                                     no end)
 * indicators.tsv   no code name_vi name_en unit_vi unit_en scale decimals type level
 *                  operator num den min max dims valid_from valid_to note
 * breakdowns.tsv   dim code parent name_vi name_en aliases vsic valid_from valid_to
 * forms.tsv        code version name_vi name_en subject layout columns rank mark
 *                  valid_from valid_to [channels] [kinds]
 * rows.tsv         form version indicator b1 b2 label_vi label_en aliases required
 * periods.tsv      scheme code kind name_vi name_en starts ends opens cutoff due closes
 * rules.tsv        code severity effect scope form valid_from valid_to each expr
 *                  text_vi text_en
 * sources.tsv      indicator period_kind vintage order
 * texts.tsv        key vi en
 * and, where a bundle has them:
 * holidays.tsv     date kind name_vi name_en sure (proto/holidays.h)
 * classes.tsv      set class name_vi name_en valid_from valid_to sectors conditions sure
 *                  law ended_by (proto/classes.h)
 * offices.tsv      role place valid_from valid_to code name_vi name_en (proto/offices.h)
 * legal.tsv        place valid_from valid_to act name_vi name_en
 * national_db.tsv  part column source format name_vi name_en sure (proto/national_db.h)
 *
 * Lists within a field: dims, columns, channels, kinds, sources by "," and aliases by
 * "|". min and max are in printed units. num and den are indicator codes, several joined
 * by "," are added; "htx.new:agri" takes one breakdown, "htx.total:all" the whole also
 * for a sector. The first line of sources.tsv that fits counts. A dimension with the code
 * "*" is open: any name may stand there. The breakdown codes of an observation follow the
 * order of dims: b1 belongs to one of them, b2 to a later one.
 */
#ifndef HTX_CATALOGUE_H
#define HTX_CATALOGUE_H

#include "proto/classes.h"
#include "proto/finding.h"
#include "proto/holidays.h"
#include "proto/national_db.h"
#include "proto/offices.h"

enum indicator_type { IND_STOCK, IND_FLOW, IND_MEAN, IND_RATIO, IND_GIVEN };

/* How it consolidates (design 8). */
enum indicator_op {
    OP_SUM,
    OP_COUNT, /* distinct entities; num is the predicate "kind=htx", "state=active", ...
               */
    OP_LAST,  /* stock that is not summed over time */
    OP_WMEAN, /* num: total indicator if it exists (revenue.total), den: the weight */
    OP_RATIO, /* Σ num / Σ den */
    OP_GIVEN, /* as named, never combined */
    OP_NONE,  /* not consolidated */
};

struct indicator {
    uint32_t no; /* never reused */
    const char *code, *name_vi, *name_en, *unit_vi, *unit_en;
    int64_t scale; /* smallest units in one printed unit: 1000000 for triệu đồng */
    int decimals;  /* printed digits of a derived mean or ratio */
    enum indicator_type type;
    const char *level; /* letters of C U P */
    enum indicator_op op;
    const char *num, *den;
    int64_t min, max;        /* of value, smallest units */
    const char *const *dims; /* allowed dimensions of b1, b2; NULL-terminated */
    int32_t valid_from, valid_to;
};

struct breakdown { /* one code of a dimension: sector, lender, source, item, population */
    const char *dim, *code, *parent, *name_vi, *name_en;
    const char *const *aliases; /* as people write it; NULL-terminated */
    const char *vsic;
    int32_t valid_from, valid_to;
};

enum form_layout {
    LAYOUT_ENTITY_ROWS, /* one row for each entity, indicators across */
    LAYOUT_BY_SECTOR,   /* indicators down, codes of one dimension (form.dim) across */
    LAYOUT_BY_PERIOD, /* indicators down, (period, vintage) across: biểu chỉ tiêu */
    LAYOUT_ROWS,  /* a row is an event, product, member or loan: of one entity, which may
                     have several rows, or of the unit; the row's breakdowns in columns */
    LAYOUT_TEXTS, /* named texts: label and text */
};

/* A cell of a form: its place in the arrays of a stored report. */
struct form_cell {
    const struct indicator *indicator;
    const char *b1, *b2;
    const char *label_vi, *label_en;
    const char *const *aliases;
    bool required;
    int coded;  /* 1 or 2: its column holds words, not numbers: the name of b1 or b2, and
                   the value is 1; 0: numbers */
    size_t row; /* line of rows.tsv within the form */
};

/*
 * The order of cells is fixed for ever by (code, version): rows of rows.tsv in order; a
 * row with b1 "*" takes one cell for each code of `columns` ("all" is ""), in that order.
 * Where a row of the sheet is an entity or an event (entity_rows, rows), "*" in b1 or b2
 * says that the column names that breakdown in words ("Hội Nông dân", "giải thể", a
 * cooperative): one cell for the whole, then for b1 one for each code of `columns` that
 * belongs to the indicator's first dimension.
 */
struct form {
    const char *code;
    uint32_t version;
    const char *name_vi, *name_en;
    enum subject_kind subject; /* SUBJECT_UNIT: the form makes statements */
    enum form_layout layout;
    const char *const *columns;
    const char *dim;             /* by_sector: the dimension of columns; else NULL */
    const char *const *channels; /* of units that fill it; none: all */
    const char *const *kinds;    /* of periods it is due in; none: all */
    int rank;         /* of two forms that say one cell of one subject the lower counts;
                         a form of entities with rank 0 lists all of its kind, others speak
                         of some of them and count nobody */
    const char *mark; /* what is written in the sheet: "Biểu 01/HTX" */
    int32_t valid_from, valid_to;
    const struct form_cell *cells;
    size_t n_cells;
    const uint32_t *sorted; /* cells by (indicator, b1, b2), for form_cell_index() */
};

struct period {
    const char *scheme, *code, *kind; /* kind: half, year, nine, quarter, multi */
    const char *name_vi, *name_en;
    int32_t starts, ends, opens, cutoff, due, closes; /* due: as written; period_due() */
};

struct source_order {
    const char *indicator; /* code, or "*" */
    const char *period_kind;
    enum vintage vintage; /* VINTAGE_NONE: any */
    const char *order;    /* "statement,entity", "complete_entity,statement" */
};

enum lang { LANG_VI, LANG_EN };

struct catalogue {
    uint32_t version;
    struct hash hash; /* of the bundle */
    const char *name_vi, *name_en;
    int32_t valid_from, accept_until;
    const struct indicator *indicators;
    size_t n_indicators;
    const struct breakdown *breakdowns;
    size_t n_breakdowns;
    const struct form *forms;
    size_t n_forms;
    const struct period *periods;
    size_t n_periods;
    const struct source_order *sources;
    size_t n_sources;
    struct rules *rules; /* compiled; see rules.h */
    struct holidays holidays;
    const struct class_row *classes;
    size_t n_classes;
    struct offices offices;
    struct national_layout national; /* no columns: the catalogue lays nothing out */
    /* the catalogue that the program came with, or NULL; borrowed: one that travelled may
     * be older than the program and lack words it says */
    const struct catalogue *words;
};

extern const char *const catalogue_files[]; /* NULL-terminated */

/* Of the files: how many every bundle has, and room for all. */
enum { CATALOGUE_NEEDED = 9, CATALOGUE_PARTS = 16 };

/* The bytes of each file, by place in catalogue_files; empty where an optional one is
 * not there. Borrowed from bundle. */
bool catalogue_split(struct span bundle, struct span parts[CATALOGUE_PARTS],
                     struct err *e) MUST_CHECK;

enum { LOCAL_NUMBERS = 100000, LOCAL_NUMBERS_EACH = 100 };

/* The province of a code in a province's namespace ("x12.bees" is 12); -1: national. */
int catalogue_namespace(const char *code);

/* Reads the folder's files, and the province's beside them, into one bundle. */
bool catalogue_bundle(const char *dir, struct bytes *bundle, struct err *e) MUST_CHECK;
bool catalogue_load(struct catalogue **out, struct span bundle, struct err *e) MUST_CHECK;
void catalogue_close(struct catalogue **cat);

const struct indicator *catalogue_indicator(const struct catalogue *c, const char *code);
const struct indicator *catalogue_indicator_no(const struct catalogue *c, uint32_t no);
/* Is it asked for a period with that cut-off? (The law on grades ended on 17/9/2025: a
 * table of a later period has no line for them.) */
bool indicator_asked(const struct indicator *i, int32_t cutoff);
const struct breakdown *catalogue_breakdown(const struct catalogue *c, const char *dim,
                                            const char *code);
/* By name, alias or code as people write it (text_key on both sides); NULL if unknown. */
const struct breakdown *catalogue_breakdown_named(const struct catalogue *c,
                                                  const char *dim, const char *written);
/*
 * A named group of codes that documents merge, kept as stated and never split:
 * "trade_service+tourism" is both, "all-agri" all but that one. No entity belongs to one.
 */
bool breakdown_is_group(const char *code);
/* Is code, or the code above it, one of the group's? */
bool breakdown_group_has(const struct catalogue *c, const char *dim, const char *group,
                         const char *code);
const struct form *catalogue_form(const struct catalogue *c, const char *code,
                                  uint32_t version);
/* What people call the form, "Biểu 01/HTX", by its newest version; else the code. */
const char *catalogue_mark(const struct catalogue *c, const char *code);
/* "2025-S1" in the first scheme that has it, or "scheme:code". */
const struct period *catalogue_period(const struct catalogue *c, const char *code);
/* The day by which a report of the period is on time: due, or the working day after. */
int32_t period_due(const struct catalogue *c, const struct period *p);
/* Index of the cell in form->cells, or -1: then the observation is an extra one. */
int form_cell_index(const struct form *f, uint32_t indicator, const char *b1,
                    const char *b2);

/* The text of a key, else that of c->words; the key itself when there is none (a test
 * walks that none is missing). */
const char *catalogue_text(const struct catalogue *c, const char *key, enum lang lang);

/*
 * The sentence of a finding: place, what, what to do. {1}..{4} args, {#1}..{#4} the same
 * as numbers ("1234.5" is 1.234,5 in Vietnamese), {value}, {indicator} (with its
 * breakdown in brackets), {breakdown}, {unit}, {cell}; a text without {cell} gets the
 * cell in front.
 */
void finding_render(const struct catalogue *c, const struct finding *f, enum lang lang,
                    struct bytes *out);

/*
 * A value in the indicator's printed unit: "1234567.89" for machines, "1.234.567,89" for
 * people. Trailing zeros of the scale are dropped.
 */
void value_plain(int64_t value, int64_t scale, struct bytes *out);
void value_vi(int64_t value, int64_t scale, struct bytes *out);

#endif
