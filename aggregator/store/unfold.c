#include "aggregator/store/unfold.h"
#include "proto/classes.h"

/* Words of the TSV files, as roll-ups read them. */
static const char *const TYPE_WORDS[] = {[IND_STOCK] = "stock",
                                         [IND_FLOW] = "flow",
                                         [IND_MEAN] = "mean",
                                         [IND_RATIO] = "ratio",
                                         [IND_GIVEN] = "given"};
static const char *const OP_WORDS[] = {
    [OP_SUM] = "sum",     [OP_COUNT] = "count", [OP_LAST] = "last", [OP_WMEAN] = "wmean",
    [OP_RATIO] = "ratio", [OP_GIVEN] = "given", [OP_NONE] = "none"};
static const char *const LAYOUT_WORDS[] = {[LAYOUT_ENTITY_ROWS] = "entity_rows",
                                           [LAYOUT_BY_SECTOR] = "by_sector",
                                           [LAYOUT_BY_PERIOD] = "by_period",
                                           [LAYOUT_ROWS] = "rows",
                                           [LAYOUT_TEXTS] = "texts"};

struct unfold { /* a new version on its way into the tables */
    const struct catalogue *cat;
    bool *form_is_new; /* of each form */
};

static void indicators_of(const struct catalogue *c, struct bytes *b)
{
    for (size_t i = 0; i < c->n_indicators; i++) {
        const struct indicator *in = &c->indicators[i];

        copy_row(b, 15);
        copy_int4(b, (int32_t)c->version);
        copy_int4(b, (int32_t)in->no);
        copy_int4(b, (int32_t)i);
        copy_text(b, in->code);
        copy_text(b, in->name_vi);
        copy_text(b, in->name_en);
        copy_text(b, in->unit_vi);
        copy_text(b, in->unit_en);
        copy_int8(b, in->scale);
        copy_int4(b, in->decimals);
        copy_text(b, TYPE_WORDS[in->type]);
        copy_text(b, in->level);
        copy_text(b, OP_WORDS[in->op]);
        copy_text(b, in->num);
        copy_text(b, in->den);
    }
}

static void breakdowns_of(const struct catalogue *c, struct bytes *b)
{
    for (size_t i = 0; i < c->n_breakdowns; i++) {
        const struct breakdown *br = &c->breakdowns[i];

        copy_row(b, 7);
        copy_int4(b, (int32_t)c->version);
        copy_text(b, br->dim);
        copy_text(b, br->code);
        copy_int4(b, (int32_t)i);
        copy_text(b, br->parent);
        copy_text(b, br->name_vi);
        copy_text(b, br->name_en);
    }
}

static void sources_of(const struct catalogue *c, struct bytes *b)
{
    for (size_t i = 0; i < c->n_sources; i++) {
        const struct source_order *so = &c->sources[i];

        copy_row(b, 6);
        copy_int4(b, (int32_t)c->version);
        copy_int4(b, (int32_t)i);
        copy_text(b, so->indicator);
        copy_text(b, so->period_kind);
        copy_text(b, vintage_word(so->vintage));
        copy_text(b, so->order);
    }
}

static void classes_of(const struct catalogue *c, struct bytes *b)
{
    struct bytes conditions = {0};

    for (size_t i = 0; i < c->n_classes; i++) {
        const struct class_row *r = &c->classes[i];
        size_t n = 0;

        while (r->sectors[n] != NULL)
            n++;
        conditions.n = 0;
        class_conditions(r, &conditions);
        copy_row(b, 13);
        copy_int4(b, (int32_t)c->version);
        copy_int4(b, (int32_t)i);
        copy_text(b, r->set);
        copy_text(b, r->code);
        copy_text(b, r->name_vi);
        copy_text(b, r->name_en);
        copy_date(b, r->valid_from);
        copy_date(b, r->valid_to);
        copy_texts(b, r->sectors, n);
        copy_text(b, bytes_cstr(&conditions));
        copy_bool(b, r->verified);
        copy_text(b, r->law);
        copy_text(b, r->ended_by);
    }
    bytes_clear(&conditions);
}

static void forms_of(const struct unfold *u, struct bytes *b)
{
    for (size_t i = 0; i < u->cat->n_forms; i++) {
        const struct form *f = &u->cat->forms[i];

        if (!u->form_is_new[i])
            continue;
        copy_row(b, 7);
        copy_text(b, f->code);
        copy_int4(b, (int32_t)f->version);
        copy_text(b, subject_word(f->subject));
        copy_text(b, LAYOUT_WORDS[f->layout]);
        copy_int4(b, f->rank);
        copy_text(b, f->name_vi);
        copy_text(b, f->name_en);
    }
}

static void cells_of(const struct unfold *u, struct bytes *b)
{
    for (size_t i = 0; i < u->cat->n_forms; i++) {
        const struct form *f = &u->cat->forms[i];

        for (size_t k = 0; k < f->n_cells && u->form_is_new[i]; k++) {
            copy_row(b, 7);
            copy_text(b, f->code);
            copy_int4(b, (int32_t)f->version);
            copy_int4(b, (int32_t)k + 1);
            copy_int4(b, (int32_t)f->cells[k].indicator->no);
            copy_text(b, f->cells[k].b1);
            copy_text(b, f->cells[k].b2);
            copy_text(b, f->cells[k].label_vi);
        }
    }
}

static bool copy_into(struct pg *pg, const char *sql, struct bytes *b, struct err *e)
{
    bool ok;

    copy_end(b);
    ok = pg_copy(pg, sql, span_of(b), e);
    b->n = 0;
    copy_begin(b);
    return ok;
}

static bool tables(struct pg *pg, const struct unfold *u, struct err *e)
{
    const struct catalogue *c = u->cat;
    struct bytes b = {0};
    bool ok;

    copy_begin(&b);
    indicators_of(c, &b);
    ok = copy_into(pg, "copy cat_indicator from stdin (format binary)", &b, e);
    if (ok) {
        breakdowns_of(c, &b);
        ok = copy_into(pg, "copy cat_breakdown from stdin (format binary)", &b, e);
    }
    if (ok) {
        sources_of(c, &b);
        ok = copy_into(pg, "copy cat_source from stdin (format binary)", &b, e);
    }
    if (ok) {
        classes_of(c, &b);
        ok = copy_into(pg, "copy cat_class from stdin (format binary)", &b, e);
    }
    if (ok) {
        forms_of(u, &b);
        ok = copy_into(pg, "copy cat_form from stdin (format binary)", &b, e);
    }
    if (ok) {
        cells_of(u, &b);
        ok = copy_into(pg, "copy cat_cell from stdin (format binary)", &b, e);
    }
    bytes_clear(&b);
    return ok;
}

static bool same_cells(struct pg *pg, const struct form *f, bool *is_new, bool *same,
                       struct err *e)
{
    static const char SQL[] = "select indicator, b1, b2 from cat_cell where form = $1 and"
                              " version = $2 order by pos";
    const struct pg_arg args[] = {pg_text(f->code), pg_int(f->version)};
    struct pg_rows rows = {0};

    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return false;
    *is_new = rows.n == 0;
    *same = *is_new || rows.n == f->n_cells;
    for (size_t i = 0; i < rows.n && *same; i++)
        *same = pg_get_int(&rows, i, 0) == (int64_t)f->cells[i].indicator->no &&
                strcmp(pg_get_text(&rows, i, 1), f->cells[i].b1) == 0 &&
                strcmp(pg_get_text(&rows, i, 2), f->cells[i].b2) == 0;
    pg_rows_clear(&rows);
    return true;
}

bool unfold_forms(struct pg *pg, const struct catalogue *cat, bool *is_new,
                  const struct form **other, struct err *e)
{
    *other = NULL;
    for (size_t i = 0; i < cat->n_forms && *other == NULL; i++) {
        bool same;

        if (!same_cells(pg, &cat->forms[i], &is_new[i], &same, e))
            return false;
        if (!same)
            *other = &cat->forms[i];
    }
    return true;
}

bool unfold(struct pg *pg, const struct hash *hash, struct span bundle, struct err *e)
{
    static const char BUNDLE[] =
        "insert into catalogue_bundle (version, hash, valid_from, accept_until, bundle)"
        " values ($1, $2, $3, $4, $5)";
    struct catalogue *c = NULL;
    struct unfold u = {0};
    const struct form *other = NULL;
    bool ok = catalogue_load(&c, bundle, e);

    if (ok && !hash_eq(&c->hash, hash))
        ok = err_set(e, ERR_INPUT, "the bundle has another hash than its record says");
    if (ok) {
        u = (struct unfold){c, mem_array(c->n_forms + 1, sizeof(bool))};
        ok = unfold_forms(pg, c, u.form_is_new, &other, e);
    }
    if (ok && other != NULL)
        ok = err_set(e, ERR_INPUT,
                     "version %u: form %s version %u is here with other cells",
                     c->version, other->code, other->version);
    if (ok) {
        const struct pg_arg args[] = {pg_int(c->version), pg_hash(hash),
                                      pg_date(c->valid_from), pg_date(c->accept_until),
                                      pg_bytes(bundle)};

        ok = pg_query(pg, BUNDLE, args, COUNT(args), NULL, e) && tables(pg, &u, e);
    }
    free(u.form_is_new);
    catalogue_close(&c);
    return ok;
}
