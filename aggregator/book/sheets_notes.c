/* Ghi chú: how the figures were made, what is not complete, and what the marks mean. */
#include "aggregator/book/book.h"

#include "proto/catalogue.h"

#include <inttypes.h>

struct notes {
    struct book *k;
    int n;
};

static void head(struct notes *n, const char *s)
{
    struct layout *l = n->k->out;

    layout_height(l, 1);
    layout_across(l, 0, l->columns - 1, s, PAPER_GUIDE);
    l->row++;
}

/* Mark or number, and the words. */
static void line(struct notes *n, const char *mark, const char *s)
{
    struct layout *l = n->k->out;

    layout_height(l, paper_lines(s, l->widths[1] + l->widths[2]));
    if (mark == NULL)
        layout_order(l, ++n->n);
    else
        layout_text(l, 0, mark, PAPER_CENTRE);
    layout_across(l, 1, 2, s, PAPER_TEXT);
    l->row++;
}

/* What units still reported though no law asks it any more. */
static void not_asked(struct notes *n)
{
    const struct extract *x = n->k->x;
    struct bytes names = {0};

    for (size_t i = 0; i < x->names->n_indicators; i++) {
        const struct name *name = &x->names->indicators[i];
        bool there = false;

        for (size_t k = 0; !is_printed(x, name->code) && k < x->totals->n_figures; k++)
            there =
                there || strcmp(x->totals->figures[k].f[RC_INDICATOR], name->code) == 0;
        if (there)
            bytes_printf(&names, "%s%s", names.n > 0 ? "; " : "", name->name);
    }
    if (names.n > 0)
        line(n, NULL,
             arena_printf(&n->k->out->arena,
                          "Không in các chỉ tiêu không còn áp dụng tại thời điểm chốt số "
                          "liệu (số đã ghi vẫn giữ trong số liệu phát hành): %s.",
                          bytes_cstr(&names)));
    bytes_clear(&names);
}

static void method(struct notes *n)
{
    const struct extract *x = n->k->x;
    struct arena *a = &n->k->out->arena;
    char cutoff[11];

    head(n, "A. Phương pháp tổng hợp");
    line(
        n, NULL,
        "Mỗi chỉ tiêu của một đơn vị chỉ lấy từ một nguồn (biểu tổng hợp của đơn vị hoặc "
        "báo cáo của từng tổ chức) theo danh mục chỉ tiêu; nguồn còn lại chỉ để đối "
        "chiếu, "
        "không cộng hai lần.");
    line(n, NULL,
         "Số bình quân và tỷ lệ được tính lại từ tổng tử số và tổng mẫu số, không lấy "
         "trung bình của các số bình quân.");
    line(
        n, NULL,
        "Số đã báo cáo/phải báo cáo ghi bên cạnh từng chỉ tiêu. Số phải báo cáo lấy theo "
        "danh bạ tại thời điểm chốt số liệu.");
    line(n, NULL,
         arena_printf(
             a,
             "Thời điểm chốt số liệu: %s; kỳ báo cáo %s:%s (%s); bản phát hành lần "
             "%" PRId64 "; danh mục chỉ tiêu phiên bản %" PRId64
             "; mã băm số liệu (BLAKE2b-256): %s.",
             date_vi(x->totals->cutoff, cutoff), x->totals->scheme, x->totals->period,
             vintage_label(x->totals->vintage, LANG_VI), x->number, x->totals->catalogue,
             x->hash_hex));
    not_asked(n);
    if (x->totals->format < 2)
        line(n, NULL,
             "Bản phát hành này lập theo mẫu số liệu cũ: không có cột so sánh với cùng "
             "kỳ, "
             "kế hoạch và mục tiêu.");
}

static void marks(struct notes *n)
{
    struct book *k = n->k;

    if (k->marks.n == 0)
        return;
    head(n, "B. Ký hiệu trong các cột so sánh");
    for (size_t i = 0; i < k->marks.n; i++)
        line(n, book_mark(k, k->marks.reasons[i]),
             arena_printf(&k->out->arena, "%s.",
                          compare_reason(k->marks.reasons[i], LANG_VI, &k->out->arena)));
}

static void completeness(struct notes *n)
{
    const struct totals *t = n->k->x->totals;
    struct arena *a = &n->k->out->arena;
    const char *provisional = provisional_vi(a, t);

    head(n, "C. Mức độ đầy đủ của số liệu");
    line(n, NULL,
         provisional != NULL ? arena_printf(a, "%s.", provisional)
                             : "Số liệu của đủ các đơn vị phải báo cáo.");
    for (size_t i = 0; i < t->n_units; i++) {
        const struct unit_line *u = &t->units[i];

        if (u->expected && strcmp(u->state, "none") == 0)
            line(n, NULL, arena_printf(a, "%s: chưa gửi.", u->name));
        else if (strcmp(u->state, "partly") == 0)
            line(n, NULL, arena_printf(a, "%s: đã gửi một phần.", u->name));
        if (u->held > 0)
            line(n, NULL,
                 arena_printf(a,
                              "%s: %" PRId64 " báo cáo chờ xử lý, chưa tính vào số liệu.",
                              u->name, u->held));
    }
}

static void breaks(struct notes *n)
{
    const struct totals *t = n->k->x->totals;

    if (t->n_breaks == 0)
        return;
    head(n, "D. Chuỗi số liệu bị gián đoạn");
    for (size_t i = 0; i < t->n_breaks; i++) {
        const struct break_line *b = &t->breaks[i];
        char day[11];

        line(n, NULL,
             arena_printf(&n->k->out->arena, "%s, từ ngày %s: %s",
                          unit_name(n->k, b->unit, b->from),
                          date_vi(date_read(b->day), day), b->text));
    }
}

/* What nobody has explained, by unit. */
static void warnings(struct notes *n)
{
    const struct totals *t = n->k->x->totals;

    if (t->n_warnings == 0)
        return;
    head(n, "Đ. Điểm chưa được giải trình");
    for (size_t i = 0; i < t->n_units; i++) {
        const struct unit_line *u = &t->units[i];
        struct bytes codes = {0};
        size_t count = 0;

        for (size_t j = 0; j < t->n_warnings; j++) {
            const struct warning_line *w = &t->warnings[j];

            if (strcmp(w->unit, u->code) != 0 || strcmp(w->from, u->from) != 0)
                continue;
            count++;
            if (strstr(bytes_cstr(&codes), w->code) == NULL)
                bytes_printf(&codes, "%s%s", codes.n > 0 ? ", " : "", w->code);
        }
        if (count > 0)
            line(n, NULL,
                 arena_printf(&n->k->out->arena, "%s: %zu (quy tắc %s).", u->name, count,
                              bytes_cstr(&codes)));
        bytes_clear(&codes);
    }
}

void sheet_notes(struct book *k)
{
    static const double widths[] = {8, 60, 80};
    static const char *const heads[] = {"STT", "Nội dung", ""};
    struct notes n = {.k = k};

    book_annex(k, "Ghi chú", widths, COUNT(widths),
               "GHI CHÚ VỀ PHƯƠNG PHÁP, PHẠM VI VÀ KHẢ NĂNG SO SÁNH CỦA SỐ LIỆU",
               "Đơn vị tính: theo từng chỉ tiêu");
    layout_height(k->out, 1);
    layout_text(k->out, 0, heads[0], PAPER_HEAD);
    layout_across(k->out, 1, 2, heads[1], PAPER_HEAD);
    k->out->row++;
    layout_head_done(k->out, 1);
    method(&n);
    marks(&n);
    completeness(&n);
    breaks(&n);
    warnings(&n);
    layout_sheet_done(k->out);
}
