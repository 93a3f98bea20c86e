/* Mục tiêu: each line of a plan of several years beside what was reached, or why that
 * cannot be said. */
#include "aggregator/book/book.h"

/* The last year a target's period names: "2021-2025" is 2025. */
static int year_of(const char *period)
{
    const size_t n = strlen(period);
    const char *year = n >= 4 ? period + n - 4 : period;

    return strspn(year, "0123456789") == 4 ? atoi(year) : 9999;
}

static bool of_figure(const struct totals *t, const struct target_line *l,
                      const struct figure *f)
{
    const char *part = strcmp(l->breakdown, "all") == 0 ? "" : l->breakdown;

    return strcmp(l->indicator, f->f[RC_INDICATOR]) == 0 &&
           strcmp(part, f->f[RC_B1]) == 0 && *f->f[RC_B2] == 0 && *l->outcome != 0 &&
           (*l->area == 0 || strcmp(l->area, t->province_code) == 0);
}

const struct target_line *target_of(const struct extract *x, const struct figure *f)
{
    const struct totals *t = x->totals;
    const struct target_line *best = NULL;
    int year, month, day;

    date_split(t->cutoff, &year, &month, &day);
    for (size_t i = 0; i < t->n_targets; i++) {
        const struct target_line *l = &t->targets[i];

        if (of_figure(t, l, f) && year_of(l->period) >= year &&
            (best == NULL || year_of(l->period) < year_of(best->period)))
            best = l;
    }
    return best;
}

const char *target_written(const struct target_line *l, struct arena *a)
{
    static const char *const behind[] = {"mỗi năm", "trở lên", "trở xuống"};

    if (*l->qualifier == 0 || strstr(l->qualifier, "…") != NULL ||
        strstr(l->text, l->qualifier) != NULL)
        return l->text;
    for (size_t i = 0; i < COUNT(behind); i++)
        if (strcmp(l->qualifier, behind[i]) == 0)
            return arena_printf(a, "%s %s", l->text, l->qualifier);
    return arena_printf(a, "%s %s", l->qualifier, l->text);
}

const char *target_text(const struct target_line *l, struct arena *a)
{
    return arena_printf(a, "%s (%s)", target_written(l, a), l->period);
}

static const char *what_of(struct book *k, const struct target_line *l)
{
    const struct name *name = indicator_name(k->x, l->indicator);
    const char *what = name != NULL ? name->name : l->indicator;

    if (strcmp(l->breakdown, "all") == 0 || *l->breakdown == 0)
        return what;
    return arena_printf(&k->out->arena, "%s - %s", what,
                        part_name(k->x, l->indicator, l->breakdown));
}

const char *target_outcome(const struct target_line *l)
{
    static const char *const words[][2] = {
        {"reached",        "Đạt"                  },
        {"not_reached",    "Chưa đạt"            },
        {"not_comparable", "Không so sánh được"}
    };

    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(l->outcome, words[i][0]) == 0)
            return words[i][1];
    return outcome_label(l->outcome, LANG_VI);
}

static void put_target(struct book *k, const struct target_line *l, int order)
{
    struct arena *a = &k->out->arena;
    const struct name *name = indicator_name(k->x, l->indicator);
    const char *why = compare_reason(l->reason, LANG_VI, a);
    const char *words[] = {
        what_of(k, l), l->measure,        l->period, target_written(l, a),
        NULL,          target_outcome(l), why,       l->act};
    const enum paper_style styles[] = {PAPER_TEXT,       PAPER_CENTRE,    PAPER_CENTRE,
                                       PAPER_CENTRE,     PAPER_TEXT,      PAPER_CENTRE,
                                       PAPER_TEXT_SMALL, PAPER_TEXT_SMALL};
    int lines = 1;

    if (*l->note != 0)
        words[0] = arena_printf(a, "%s (%s)", words[0], l->note);
    layout_order(k->out, order);
    for (int i = 0; i < (int)COUNT(words); i++)
        if (words[i] != NULL) {
            const double width = k->out->widths[1 + i];

            lines = most(lines, styles[i] == PAPER_TEXT_SMALL
                                    ? paper_lines_small(words[i], width)
                                    : paper_lines(words[i], width));
            layout_text(k->out, 1 + i, words[i], styles[i]);
        } else {
            layout_number(k->out, 1 + i, l->actual,
                          name != NULL ? shown_decimals(name, l->actual) : -1,
                          PAPER_PLAIN);
        }
    layout_height(k->out, lines);
    k->out->row++;
}

void sheet_targets(struct book *k)
{
    static const double widths[] = {5, 42, 15, 12, 18, 14, 14, 28, 24};
    static const char *const heads[] = {"STT",
                                        "Chỉ tiêu",
                                        "Đơn vị tính",
                                        "Giai đoạn, năm",
                                        "Mục tiêu",
                                        "Thực hiện đến kỳ báo cáo",
                                        "Kết quả",
                                        "Lý do",
                                        "Văn bản giao mục tiêu"};
    const struct totals *t = k->x->totals;

    book_annex(k, "Mục tiêu", widths, COUNT(widths), "KẾT QUẢ THỰC HIỆN CÁC MỤC TIÊU",
               "Đơn vị tính: theo từng chỉ tiêu");
    book_heads(k, heads, 2);
    for (size_t i = 0; i < t->n_targets; i++)
        put_target(k, &t->targets[i], (int)i + 1);
    if (t->n_targets == 0)
        book_line(k, "Bản phát hành này không có mục tiêu nào.", PAPER_TEXT);
    layout_sheet_done(k->out);
}
