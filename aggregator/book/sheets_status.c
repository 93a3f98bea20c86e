/* Tình hình gửi báo cáo, Đối chiếu nguồn: who sent what, and where two sources differ. */
#include "aggregator/book/book.h"

/* ---- Tình hình gửi báo cáo ---- */

/* "htx_list 53/53, ..." with the forms' names. */
static const char *forms_vi(struct book *k, const char *forms)
{
    struct bytes b = {0};
    const char *s;

    while (*forms != 0) {
        size_t n = strcspn(forms, " "), rest = strcspn(forms + n, ",");
        const char *code = arena_strn(&k->out->arena, forms, n);
        const struct name *name = name_of(k->x->names->forms, k->x->names->n_forms, code);

        bytes_printf(&b, "%s%s:%.*s", b.n > 0 ? "; " : "",
                     name != NULL ? name->name : code, (int)rest, forms + n);
        forms += n + rest;
        forms += strspn(forms, ", ");
    }
    s = arena_str(&k->out->arena, bytes_cstr(&b));
    bytes_clear(&b);
    return s;
}

static void put_list(struct book *k, const char *what,
                     bool (*is)(const struct unit_line *))
{
    const struct totals *t = k->x->totals;
    struct bytes b = {0};
    size_t n = 0;

    for (size_t i = 0; i < t->n_units; i++)
        if (is(&t->units[i]))
            bytes_printf(&b, "%s%s", n++ > 0 ? "; " : "", t->units[i].name);
    if (n > 0) {
        book_line(k,
                  arena_printf(&k->out->arena, "%s (%zu): %s.", what, n, bytes_cstr(&b)),
                  PAPER_NOTE);
    }
    bytes_clear(&b);
}

static bool is_missing(const struct unit_line *u)
{
    return u->expected && strcmp(u->state, "none") == 0;
}

static bool is_partly(const struct unit_line *u)
{
    return strcmp(u->state, "partly") == 0;
}

static bool is_late(const struct unit_line *u)
{
    return u->late;
}

/* How many of those that had to report did. */
static void put_summary(struct book *k)
{
    const struct totals *t = k->x->totals;
    size_t expected = 0, missing = 0, late = 0;

    for (size_t i = 0; i < t->n_units; i++) {
        expected += t->units[i].expected;
        missing += is_missing(&t->units[i]);
        late += is_late(&t->units[i]);
    }
    book_line(k,
              arena_printf(&k->out->arena,
                           "Tổng số đơn vị phải báo cáo: %zu; đã gửi: %zu; chưa gửi: "
                           "%zu; gửi chậm: %zu.",
                           expected, expected - missing, missing, late),
              PAPER_NOTE);
}

void sheet_status(struct book *k)
{
    static const double widths[] = {5, 8, 27, 17, 10, 34, 9, 9, 9, 9, 10, 16, 10};
    static const char *const heads[] = {"STT",
                                        "Mã",
                                        "Đơn vị báo cáo",
                                        "Tình hình",
                                        "Gửi chậm",
                                        "Biểu đã nhận (đã nhận/kê khai)",
                                        "Số báo cáo",
                                        "Số kê khai",
                                        "Cần giải trình",
                                        "Chờ xử lý",
                                        "Không tiếp nhận",
                                        "HTX đã báo cáo",
                                        "HTX chưa xác nhận"};
    const struct totals *t = k->x->totals;
    int64_t sum[5] = {0}, reported = 0, listed = 0, unconfirmed = 0;
    struct bytes b = {0};

    book_annex(k, "Tình hình gửi báo cáo", widths, COUNT(widths),
               "TÌNH HÌNH GỬI BÁO CÁO CỦA CÁC ĐƠN VỊ",
               "Đơn vị tính: báo cáo, hợp tác xã");
    book_heads(k, heads, 3);
    for (size_t i = 0; i < t->n_units; i++) {
        const struct unit_line *u = &t->units[i];
        const char *forms = forms_vi(k, u->forms);
        const int64_t counts[] = {u->rows, u->declared, u->warnings, u->held, u->refused};

        layout_height(k->out, most(paper_lines_small(forms, k->out->widths[5]),
                                   most(paper_lines(u->name, k->out->widths[2]),
                                        paper_lines(state_vi(u), k->out->widths[3]))));
        layout_order(k->out, (int64_t)i + 1);
        layout_text(k->out, 1, u->code, PAPER_CENTRE);
        layout_text(k->out, 2, u->name, PAPER_TEXT);
        layout_text(k->out, 3, state_vi(u), PAPER_CENTRE);
        layout_text(k->out, 4, u->late ? "gửi chậm" : "", PAPER_CENTRE);
        layout_text(k->out, 5, forms, PAPER_TEXT_SMALL);
        for (size_t c = 0; c < COUNT(counts); c++) {
            if (counts[c] < 0) {
                layout_text(k->out, 6 + (int)c, "", PAPER_CENTRE);
                continue;
            }
            layout_count(k->out, 6 + (int)c, counts[c]);
            sum[c] += counts[c];
        }
        layout_text(k->out, 11, unit_coverage(k, u), PAPER_CENTRE);
        layout_count(k->out, 12, u->unconfirmed);
        unconfirmed += u->unconfirmed;
        if (u->listed >= 0) {
            reported += u->reported;
            listed += u->listed;
        }
        k->out->row++;
    }
    layout_across(k->out, 0, 5, "Tổng cộng", PAPER_HEAD);
    for (size_t c = 0; c < COUNT(sum); c++)
        layout_count(k->out, 6 + (int)c, sum[c]);
    coverage_vi(reported, listed, listed > 0, &b);
    layout_text(k->out, 11, bytes_cstr(&b), PAPER_CENTRE);
    layout_count(k->out, 12, unconfirmed);
    bytes_clear(&b);
    k->out->row += 2;
    put_summary(k);
    put_list(k, "Đơn vị chưa gửi", is_missing);
    put_list(k, "Đơn vị đã gửi một phần", is_partly);
    put_list(k, "Đơn vị gửi chậm", is_late);
    layout_sheet_done(k->out);
}

/* ---- Đối chiếu nguồn: only where the two sources differ ---- */

void sheet_differences(struct book *k)
{
    static const double widths[] = {5, 8, 24, 36, 20, 20, 13, 20, 13, 13};
    static const char *const heads[] = {"STT",
                                        "Mã",
                                        "Đơn vị báo cáo",
                                        "Chỉ tiêu",
                                        "Chia theo",
                                        "Nguồn được lấy",
                                        "Giá trị",
                                        "Nguồn đối chiếu",
                                        "Giá trị",
                                        "Chênh lệch"};
    const struct totals *t = k->x->totals;

    if (t->n_differences == 0)
        return;
    book_annex(k, "Đối chiếu nguồn số liệu", widths, COUNT(widths),
               "ĐỐI CHIẾU BIỂU TỔNG HỢP VỚI BÁO CÁO CỦA TỪNG TỔ CHỨC",
               "Đơn vị tính: theo từng chỉ tiêu");
    book_heads(k, heads, 3);
    for (size_t i = 0; i < t->n_differences; i++) {
        const struct difference *d = &t->differences[i];
        const struct name *name =
            name_of(k->x->names->indicators, k->x->names->n_indicators, d->indicator);
        const char *unit = d->unit, *what = name != NULL ? name->name : d->indicator;
        const char *part = *d->b1 != 0 ? part_name(k->x, d->indicator, d->b1) : "";
        const int decimals = name != NULL ? name->decimals : -1;

        for (size_t j = 0; j < t->n_units; j++)
            if (strcmp(t->units[j].code, d->unit) == 0 &&
                strcmp(t->units[j].from, d->from) == 0)
                unit = t->units[j].name;
        layout_height(k->out, most(paper_lines(what, k->out->widths[3]),
                                   paper_lines_small(part, k->out->widths[4])));
        layout_order(k->out, (int64_t)i + 1);
        layout_text(k->out, 1, d->unit, PAPER_CENTRE);
        layout_text(k->out, 2, unit, PAPER_TEXT);
        layout_text(k->out, 3, what, PAPER_TEXT);
        layout_text(k->out, 4, part, PAPER_TEXT_SMALL);
        layout_text(k->out, 5, source_label(d->source, LANG_VI), PAPER_TEXT_SMALL);
        layout_number(k->out, 6, d->value, decimals, PAPER_PLAIN);
        layout_text(k->out, 7, source_label(d->other, LANG_VI), PAPER_TEXT_SMALL);
        layout_number(k->out, 8, d->other_value, decimals, PAPER_PLAIN);
        layout_number(k->out, 9, d->difference, decimals, PAPER_PLAIN);
        k->out->row++;
    }
    layout_sheet_done(k->out);
}
