#include "proto/forms/reconcile_record.h"

#include "proto/reconcile_show.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

enum { SHORT_HASH = 16 };

enum column {
    C_ORDER,
    C_UNIT,
    C_NAME,
    C_VINTAGE,
    C_REVISION,
    C_DAY,
    C_LOWER,
    C_UPPER,
    C_WHY
};

struct making {
    const struct reconcile_result *r;
    const struct catalogue *cat;
    struct arena *a;
    struct record *out;
};

static struct record_row *add_row(struct making *m)
{
    struct record *o = m->out;

    /* the rows grow in the arena, by doubling */
    if ((o->n_rows & (o->n_rows - 1)) == 0) {
        struct record_row *more =
            arena_new(m->a, (o->n_rows == 0 ? 1 : 2 * o->n_rows) * sizeof *more);

        if (o->n_rows > 0)
            memcpy(more, o->rows, o->n_rows * sizeof *more);
        o->rows = more;
    }
    o->rows[o->n_rows] = (struct record_row){.lines = 1};
    return &o->rows[o->n_rows++];
}

static void put(struct making *m, struct record_row *row, int from, int to,
                enum paper_style style, const char *text)
{
    double width = 0;
    int lines;

    for (int i = from; i <= to; i++)
        width += m->out->widths[i];
    lines = style == PAPER_TEXT_SMALL ? paper_lines_small(text, width)
                                      : paper_lines(text, width);
    if (lines > row->lines)
        row->lines = lines;
    row->cells[row->n++] = (struct record_cell){from, to, style, false, 0, text};
}

static void order(struct record_row *row, int64_t n)
{
    row->cells[row->n++] = (struct record_cell){0, 0, PAPER_ORDER, true, n, ""};
}

static void across(struct making *m, const char *text, enum paper_style style)
{
    put(m, add_row(m), 0, RECORD_COLUMNS - 1, style, text);
}

static const char *count(struct making *m, uint32_t n)
{
    return arena_printf(m->a, "%" PRIu32, n);
}

static const char *root(struct making *m, const struct hash *h)
{
    char hex[2 * HASH_LEN + 1];

    return arena_printf(m->a, "%.*s", SHORT_HASH, hash_hex(h, hex));
}

/* "bên gửi", "bên nhận": small words of the two sides. */
static const char *party_of(struct making *m, const struct reconcile_party *p)
{
    const char *side = reconcile_side_name(p->side, LANG_VI);
    const char *name = *p->name != 0 ? p->name : side;
    char day[11];
    int minutes = (int)((p->made_at / 60000 + 7 * 60) % (24 * 60));
    const char *when =
        p->made_at == 0
            ? ""
            : arena_printf(m->a, ", lấy số liệu lúc %02d:%02d ngày %s", minutes / 60,
                           minutes % 60, date_vi(date_of_wall(p->made_at), day));
    const char *at =
        p->at.epoch == 0
            ? ""
            : arena_printf(m->a, ", vị trí %" PRIu64 ".%" PRIu64, p->at.epoch, p->at.seq);

    return arena_printf(m->a, "%s%s%s%s%s%s", name, *p->code != 0 ? " (mã " : "", p->code,
                        *p->code != 0 ? ")" : "", when, at);
}

/* "được tính: 10; đã thu hồi: 1", of the side whose every line was seen */
static const char *states(struct making *m, const struct reconcile_result_unit *u)
{
    const struct reconcile_sum *s = u->upper.whole ? &u->upper : &u->lower;
    struct bytes b = {0};
    const char *text;

    for (int i = RECONCILE_COUNTS; s->whole && i <= RECONCILE_ON_THE_WAY; i++)
        if (s->states[i] > 0)
            bytes_printf(&b, "; %s: %" PRIu32,
                         reconcile_state_name((enum reconcile_state)i, LANG_VI),
                         s->states[i]);
    text = arena_str(m->a, bytes_cstr(&b));
    bytes_clear(&b);
    return text;
}

static size_t differences_of(const struct reconcile_result *r, size_t unit)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_differences; i++)
        n += r->differences[i].unit == unit;
    return n;
}

static void unit_heads(struct making *m)
{
    const char *lower = reconcile_side_name(m->r->lower.side, LANG_VI);
    const char *upper = reconcile_side_name(m->r->upper.side, LANG_VI);
    struct record_row *row = add_row(m);

    put(m, row, C_ORDER, C_ORDER, PAPER_HEAD, "STT");
    put(m, row, C_UNIT, C_UNIT, PAPER_HEAD, "Mã đơn vị");
    put(m, row, C_NAME, C_NAME, PAPER_HEAD, "Đơn vị báo cáo");
    put(m, row, C_VINTAGE, C_VINTAGE, PAPER_HEAD,
        arena_printf(m->a, "Số lượng: %s", lower));
    put(m, row, C_REVISION, C_DAY, PAPER_HEAD, arena_printf(m->a, "Số lượng: %s", upper));
    put(m, row, C_LOWER, C_LOWER, PAPER_HEAD, arena_printf(m->a, "Mã gốc: %s", lower));
    put(m, row, C_UPPER, C_UPPER, PAPER_HEAD, arena_printf(m->a, "Mã gốc: %s", upper));
    put(m, row, C_WHY, C_WHY, PAPER_HEAD, "Kết quả đối chiếu");
}

static void put_unit(struct making *m, size_t i, int64_t n)
{
    const struct reconcile_result_unit *u = &m->r->units[i];
    struct record_row *row = add_row(m);

    order(row, n);
    put(m, row, C_UNIT, C_UNIT, PAPER_CENTRE, u->unit.code);
    put(m, row, C_NAME, C_NAME, PAPER_TEXT, u->name);
    put(m, row, C_VINTAGE, C_VINTAGE, PAPER_CENTRE, count(m, u->lower.count));
    put(m, row, C_REVISION, C_DAY, PAPER_CENTRE, count(m, u->upper.count));
    put(m, row, C_LOWER, C_LOWER, PAPER_CENTRE, root(m, &u->lower.root));
    put(m, row, C_UPPER, C_UPPER, PAPER_CENTRE, root(m, &u->upper.root));
    put(m, row, C_WHY, C_WHY, PAPER_TEXT_SMALL,
        u->equal ? arena_printf(m->a, "Khớp%s", states(m, u))
                 : arena_printf(m->a, "Có %zu chênh lệch%s", differences_of(m->r, i),
                                states(m, u)));
}

static void difference_heads(struct making *m)
{
    struct record_row *row = add_row(m);

    put(m, row, C_ORDER, C_ORDER, PAPER_HEAD, "STT");
    put(m, row, C_UNIT, C_UNIT, PAPER_HEAD, "Mã đơn vị");
    put(m, row, C_NAME, C_NAME, PAPER_HEAD, "Báo cáo");
    put(m, row, C_VINTAGE, C_VINTAGE, PAPER_HEAD, "Loại số liệu");
    put(m, row, C_REVISION, C_REVISION, PAPER_HEAD, "Lần");
    put(m, row, C_DAY, C_DAY, PAPER_HEAD, "Ngày");
    put(m, row, C_LOWER, C_LOWER, PAPER_HEAD,
        reconcile_side_name(m->r->lower.side, LANG_VI));
    put(m, row, C_UPPER, C_UPPER, PAPER_HEAD,
        reconcile_side_name(m->r->upper.side, LANG_VI));
    put(m, row, C_WHY, C_WHY, PAPER_HEAD, "Lý do chênh lệch");
}

static const char *side_text(struct making *m, const struct reconcile_line *l, bool has)
{
    const char *verdict = reconcile_verdict_text(m->cat, l, has, LANG_VI);

    return has && l->verdict != VERDICT_NONE
               ? arena_printf(m->a, "%s; %s", verdict, reconcile_state_text(l, LANG_VI))
               : verdict;
}

static void put_difference(struct making *m, const struct reconcile_difference *d,
                           int64_t n)
{
    const struct reconcile_line *l = d->has_upper ? &d->upper : &d->lower;
    const char *vintage = vintage_word(l->vintage);
    struct record_row *row = add_row(m);
    char day[11];

    if (m->cat != NULL)
        vintage =
            catalogue_text(m->cat, arena_printf(m->a, "vintage.%s", vintage), LANG_VI);
    order(row, n);
    put(m, row, C_UNIT, C_UNIT, PAPER_CENTRE, m->r->units[d->unit].unit.code);
    put(m, row, C_NAME, C_NAME, PAPER_TEXT,
        reconcile_item_name(m->cat, l, LANG_VI, m->a));
    put(m, row, C_VINTAGE, C_VINTAGE, PAPER_CENTRE, vintage);
    put(m, row, C_REVISION, C_REVISION, PAPER_CENTRE,
        l->revision > 0 ? count(m, l->revision) : "");
    put(m, row, C_DAY, C_DAY, PAPER_CENTRE,
        arena_str(m->a, date_vi(date_of_wall(l->time), day)));
    put(m, row, C_LOWER, C_LOWER, PAPER_TEXT_SMALL,
        side_text(m, &d->lower, d->has_lower));
    put(m, row, C_UPPER, C_UPPER, PAPER_TEXT_SMALL,
        side_text(m, &d->upper, d->has_upper));
    put(m, row, C_WHY, C_WHY, PAPER_TEXT_SMALL, reconcile_why(m->r, d, LANG_VI));
}

static void put_differences(struct making *m, int unit)
{
    int64_t n = 0;

    for (size_t i = 0; i < m->r->n_differences; i++) {
        const struct reconcile_difference *d = &m->r->differences[i];

        if (unit != RECORD_ALL && d->unit != (size_t)unit)
            continue;
        if (n++ == 0) {
            across(m, "Các báo cáo có chênh lệch", PAPER_TEXT_BOLD);
            difference_heads(m);
        }
        put_difference(m, d, n);
    }
    if (n == 0)
        across(m, "Hai bên khớp số liệu: không có báo cáo nào chênh lệch.",
               PAPER_TEXT_BOLD);
}

/* Letters, digits and the hyphen of a code: it may come from a file of others. */
static const char *plain(struct making *m, const char *code)
{
    char *own = arena_str(m->a, code);

    for (char *c = own; *c != 0; c++)
        if ((*c < '0' || *c > '9') && (*c < 'A' || *c > 'Z') && (*c < 'a' || *c > 'z'))
            *c = '-';
    return own;
}

static const char *representative(struct making *m, const struct reconcile_party *p)
{
    return arena_printf(m->a, "Đại diện %s",
                        p->side == SIDE_COLLECTOR  ? "đơn vị báo cáo"
                        : p->side == SIDE_PROVINCE ? "tỉnh"
                                                   : "Bộ");
}

void record_make(const struct reconcile_result *r, int unit, const char *agency,
                 const char *period, const struct catalogue *c, struct arena *a,
                 struct record *out)
{
    static const double widths[] = {5, 9, 32, 12, 6, 11, 21, 21, 38};
    struct making m = {r, c, a, out};
    struct reconcile_party lower = r->lower;
    const char *code = r->lower.code;

    *out = (struct record){.name = "Biên bản đối chiếu",
                           .title = "BIÊN BẢN ĐỐI CHIẾU SỐ LIỆU",
                           .unit_line = "Đơn vị tính: báo cáo"};
    memcpy(out->widths, widths, sizeof widths);
    if (unit != RECORD_ALL && lower.side == SIDE_COLLECTOR) { /* the unit itself signs */
        lower.code = code = r->units[unit].unit.code;
        lower.name = r->units[unit].name;
    }
    out->file = arena_printf(a, "bien-ban-doi-chieu_%s_%s", plain(&m, code),
                             plain(&m, r->period));
    out->words = (struct paper_words){
        .agency = arena_str(a, agency),
        .lines = {arena_printf(a,             "Kỳ báo cáo: %s%s%s%s", period != NULL ? period : "",
                  period != NULL ? " (" : "",                    r->period,
                  period != NULL ? ")" : ""),
                  arena_printf(a, "Bên gửi: %s", party_of(&m, &lower)),
                  arena_printf(a, "Bên nhận: %s", party_of(&m, &r->upper))},
        .document = "Biên bản đối chiếu số liệu",
        .comments = "",
        .created =
            (r->lower.made_at > r->upper.made_at ? r->lower.made_at : r->upper.made_at) /
            1000,
        .signers = {representative(&m, &lower),                                         representative(&m,                                                     &r->upper)},
    };
    unit_heads(&m);
    out->head_rows = out->n_rows;
    for (size_t i = 0, n = 0; i < r->n_units; i++)
        if (unit == RECORD_ALL || i == (size_t)unit)
            put_unit(&m, i, (int64_t)++n);
    put_differences(&m, unit);
    out->keep = out->n_rows - 1;
    across(
        &m,
        "Mã gốc: 16 ký tự đầu của giá trị gốc (cây Merkle) tính trên mã băm và kết quả "
        "tiếp nhận của từng báo cáo; hai bên khớp khi số lượng và mã gốc như nhau.",
        PAPER_NOTE);
    if (r->fed)
        across(&m,
               "Không đối chiếu báo cáo không tiếp nhận: Bộ chỉ nhận mã băm và kết quả.",
               PAPER_NOTE);
}

/* -- as a workbook ---------------------------------------------------------------------
 */

static void put_sheet(struct paper *p, const struct record *rec)
{
    paper_sheet(p, rec->name, rec->widths, RECORD_COLUMNS, NULL, rec->title,
                rec->unit_line);
    for (size_t i = 0; i < rec->n_rows; i++) {
        const struct record_row *row = &rec->rows[i];

        if (i == rec->head_rows)
            paper_head_done(p, 0);
        if (i == rec->keep)
            paper_keep(p);
        paper_height(p, row->lines);
        for (size_t k = 0; k < row->n; k++)
            if (row->cells[k].order)
                paper_order(p, row->cells[k].n);
            else
                paper_across(p, row->cells[k].from, row->cells[k].to, row->cells[k].text,
                             row->cells[k].style);
        p->row++;
    }
    paper_sheet_done(p);
}

bool record_xlsx(const struct record *rec, const char *dir, char **path, struct err *e)
{
    char *part;
    struct paper p = {0};
    bool ok;

    *path = mem_printf("%s/%s.xlsx", dir, rec->file);
    part = mem_printf("%s.part", *path);
    ok = paper_open(&p, part, &rec->words, e);
    if (ok) {
        put_sheet(&p, rec);
        ok = paper_close(&p, part, e);
    }
    if (ok && rename(part, *path) < 0)
        ok = err_set(e, ERR_SETUP, "%s: %s", *path, strerror(errno));
    if (!ok)
        unlink(part);
    free(part);
    return ok;
}
