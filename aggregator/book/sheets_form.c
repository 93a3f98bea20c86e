/* The statements that units send, filled with the province's totals in the same layout.
 */
#include "aggregator/book/book.h"

#include "proto/base/text.h"
#include "proto/forms/statement.h"

enum { COLUMNS = STATEMENT_FIXED + STATEMENT_ACROSS + TAILS };

struct page {
    struct book *k;
    struct statement_plan plan;
    double widths[COLUMNS];
    const char *heads[COLUMNS];
    int columns;
    int tail[TAILS]; /* column, or -1 */
};

/* Did a unit send it? Its forms are "unit_statement 1/1, ...". */
static bool came_in(const struct totals *t, const char *code)
{
    const size_t n = strlen(code);

    for (size_t i = 0; i < t->n_units; i++)
        for (const char *p = t->units[i].forms; *p != 0;) {
            if (strncmp(p, code, n) == 0 && p[n] == ' ' && atoll(p + n) > 0)
                return true;
            p += strcspn(p, ",");
            p += strspn(p, ", ");
        }
    return false;
}

static bool is_statement(const struct form *f, int32_t day)
{
    return f->subject == SUBJECT_UNIT &&
           (f->layout == LAYOUT_BY_SECTOR || f->layout == LAYOUT_BY_PERIOD) &&
           (f->valid_from == DATE_NONE || f->valid_from <= day) &&
           (f->valid_to == DATE_NONE || day <= f->valid_to);
}

/* ---- values ---- */

static const struct figure *figure_of(const struct book *k, const struct form_cell *c,
                                      const char *code)
{
    const char *b1 = *code != 0 ? code : c->b1;
    const struct figure *f = book_find(k, "-", "", "", c->indicator->code, b1, c->b2);

    return f == NULL && *b1 != 0 && *c->b2 == 0
               ? book_find(k, "s", "", "", c->indicator->code, b1, "")
               : f;
}

/* The plan that the totals compare with: of the year where they say so. */
static const char *plan_value(const struct figure *f, bool of_year)
{
    const struct beside *b = &f->beside[CW_PLAN];
    const bool year = b->reason != NULL && strstr(b->reason, "year_plan") != NULL;

    return b->value != NULL && year == of_year ? b->value : "";
}

/* What the totals know of the column: this very period, or the plan beside it. */
static const char *value_of(const struct page *p, const struct statement_column *c,
                            const struct figure *f)
{
    const struct totals *t = p->k->x->totals;
    bool here;

    if (f == NULL)
        return "";
    if (p->plan.form->layout == LAYOUT_BY_SECTOR)
        return f->f[RC_VALUE];
    here = strcmp(c->period->code, t->period) == 0 &&
           strcmp(c->period->scheme, t->scheme) == 0;
    if (here && strcmp(vintage_word(c->vintage), t->vintage) == 0)
        return f->f[RC_VALUE];
    return c->vintage == VINTAGE_PLAN ? plan_value(f, !here) : "";
}

static void put_line(struct page *p, size_t line)
{
    struct layout *l = p->k->out;
    const struct form_cell *c = &p->plan.form->cells[p->plan.lines[line]];
    const struct name *name = indicator_name(p->k->x, c->indicator->code);
    const struct figure *whole = figure_of(p->k, c, "");
    char day[11];

    layout_height(l, most(paper_lines(c->label_vi, l->widths[1]),
                          paper_lines(c->indicator->unit_vi, l->widths[2])));
    layout_order(l, (int64_t)line + 1);
    layout_text(l, 1, c->label_vi, PAPER_TEXT);
    layout_text(l, 2, c->indicator->unit_vi, PAPER_CENTRE);
    for (int i = 0; i < p->plan.n_across; i++) {
        const struct statement_column *column = &p->plan.across[i];
        const struct form_cell *asked = statement_cell(&p->plan, line, i);

        if (asked == NULL)
            layout_text(l, STATEMENT_FIXED + i, "", PAPER_CLOSED);
        else
            layout_number(l, STATEMENT_FIXED + i,
                          value_of(p, column, figure_of(p->k, asked, column->code)),
                          name != NULL ? name->decimals : -1, PAPER_PLAIN);
    }
    for (int i = 0; i < TAILS; i++)
        if (p->tail[i] >= 0)
            layout_text(
                l, p->tail[i],
                i == TAIL_AS_OF && whole != NULL ? date_vi(p->k->x->totals->cutoff, day)
                : i == TAIL_NOTE && whole != NULL
                    ? coverage_of(p->k, whole->f[RC_REPORTED], whole->f[RC_EXPECTED])
                    : "",
                PAPER_CENTRE);
    l->row++;
}

/* ---- the page ---- */

static void choose_columns(struct page *p)
{
    const struct catalogue *cat = p->k->x->catalogue;
    int n = 0;

    for (; n < STATEMENT_FIXED; n++) {
        p->widths[n] = n == 2 ? 13 : statement_heads[n];
        p->heads[n] = catalogue_text(cat, statement_head_keys[n], LANG_VI);
    }
    for (int i = 0; i < p->plan.n_across; i++, n++) {
        /* figures of the province are longer than a unit's */
        p->widths[n] = statement_width(&p->plan) + (i == 0 ? 2.5 : 1.3);
        p->heads[n] = p->plan.across[i].head;
    }
    for (int i = 0; i < TAILS; i++) {
        p->tail[i] = p->plan.has[i] ? n : -1;
        if (!p->plan.has[i])
            continue;
        p->widths[n] = i == TAIL_NOTE ? 13 : statement_tails[i];
        p->heads[n++] = i == TAIL_NOTE
                            ? "Đã báo cáo"
                            : catalogue_text(cat, statement_tail_keys[i], LANG_VI);
    }
    p->columns = n;
}

/* "Biểu 02-ĐV": what a sheet may be called. */
static const char *sheet_name(struct book *k, const struct form *f)
{
    char *name = arena_str(&k->out->arena, *f->mark != 0 ? f->mark : f->code);

    for (char *c = name; *c != 0; c++)
        if (strchr("/\\?*[]:'", *c) != NULL)
            *c = '-';
    return name;
}

static void put_page(struct book *k, const struct form *f)
{
    struct page *p = arena_new(&k->out->arena, sizeof *p);
    const struct totals *t = k->x->totals;
    struct arena *a = &k->out->arena;
    const struct period *period =
        catalogue_period(k->x->catalogue, arena_printf(a, "%s:%s", t->scheme, t->period));
    const char *title = text_upper(a, f->name_vi);

    if (period == NULL && f->layout == LAYOUT_BY_PERIOD)
        return; /* a period that the catalogue no longer has cannot be laid out */
    p->k = k;
    statement_plan(&p->plan, k->x->catalogue, f, period, vintage_of(t->vintage), a);
    choose_columns(p);
    layout_sheet(k->out, sheet_name(k, f), p->widths, p->columns,
                 arena_printf(a, "Mẫu số: %s", f->mark),
                 arena_printf(a, "%s - TOÀN TỈNH", title != NULL ? title : f->name_vi),
                 "Đơn vị tính: theo từng chỉ tiêu");
    book_heads(k, p->heads, STATEMENT_FIXED);
    for (size_t i = 0; i < p->plan.n_lines; i++)
        put_line(p, i);
    book_legend(k, "Ô trống: không có số liệu trong bản phát hành này.");
    layout_sheet_done(k->out);
}

void sheet_forms(struct book *k)
{
    const struct catalogue *c = k->x->catalogue;
    const struct form *first = NULL;
    bool any = false;

    for (size_t i = 0; c != NULL && i < c->n_forms; i++) {
        const struct form *f = &c->forms[i];

        if (!is_statement(f, k->x->totals->cutoff))
            continue;
        if (first == NULL)
            first = f;
        if (came_in(k->x->totals, f->code)) {
            put_page(k, f);
            any = true;
        }
    }
    if (!any && first != NULL) /* all came by their lists: the province's still stands */
        put_page(k, first);
}
