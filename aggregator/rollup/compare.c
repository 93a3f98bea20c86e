#include "aggregator/rollup/compare.h"

/* ---- words ---- */

/* clang-format off */
static const char *const WHAT[CW_COUNT][3] = {
    [CW_PREVIOUS]         = {"previous",         "Cùng kỳ năm trước",          "A year earlier"},
    [CW_PLAN]             = {"plan",             "Kế hoạch",                   "Plan"},
    [CW_CHANGE]           = {"change",           "Tăng, giảm so với cùng kỳ",  "Change on a year earlier"},
    [CW_PERCENT_PREVIOUS] = {"percent_previous", "So với cùng kỳ (%)",           "Of a year earlier (%)"},
    [CW_PERCENT_PLAN]     = {"percent_plan",     "So với kế hoạch (%)",          "Of plan (%)"},
    [CW_SECOND_HALF]      = {"second_half",      "6 tháng cuối năm",           "Second half"},
};

static const char *const REASONS[][3] = {
    /* the cell is empty */
    {"not_reported",    "kỳ đó chưa có số liệu",
     "not reported for that period"},
    {"no_period",       "chưa có kỳ đó trong danh mục kỳ báo cáo",
     "there is no such period in the register"},
    {"no_plan",         "chưa có kế hoạch",
     "there is no plan"},
    {"is_plan",         "đây là số kế hoạch",
     "this is the plan itself"},
    {"no_figure",       "kỳ này chưa có số liệu",
     "no figure in this period"},
    {"not_positive",    "số so sánh bằng 0 hoặc âm, không tính tỷ lệ",
     "compared with zero or less: no percentage"},
    {"stated",          "chỉ có số đã nêu, không tính lại được từ tử số và mẫu số",
     "only stated: cannot be derived again from numerator and denominator"},
    {"not_additive",    "không so sánh được: chỉ tiêu không cộng trừ được giữa các kỳ",
     "not comparable: does not add up over periods"},
    {"no_first_half", "chưa có số liệu 6 tháng đầu năm", "the first half was not reported"},
    {"negative",        "không so sánh được: cả năm nhỏ hơn 6 tháng đầu năm",
     "not comparable: the year is less than its first half"},
    /* the cell is given, with a restriction; or empty where only that would do */
    {"other_reporters", "không cùng các đơn vị, tổ chức báo cáo",
     "not the same reporters"},
    {"year_plan",       "so với kế hoạch cả năm",
     "of the whole year's plan"},
    {"estimate",        "năm trước chỉ có số ước thực hiện",
     "a year earlier there is only an estimate"},
    {"year_less_first", "cả năm trừ 6 tháng đầu năm",
     "year less first half"},
    {"break",           "đơn vị hành chính đã thay đổi giữa hai kỳ",
     "units changed between the two periods"},
    /* targets */
    {"not_due",         "chưa đến hạn",
     "not yet due"},
    {"part_of_year",    "mục tiêu tính cho cả năm, kỳ này mới là một phần của năm",
     "a target for a whole year, this period is part of one"},
    {"population",      "khác phạm vi, đối tượng tính",
     "another population"},
    {"grouping",        "số liệu gộp nhiều nhóm, không tách được",
     "the figure takes several groups together"},
    {"unit",            "khác đơn vị tính",
     "another unit of measure"},
    {"qualifier",       "không rõ cách so sánh mục tiêu",
     "how to compare with the target is not known"},
    {"unknown",         "chỉ tiêu này không có trong danh mục",
     "the catalogue has no such indicator"},
    {"need",            "nhu cầu kinh phí, không đánh giá",
     "a need of funds, not judged"},
    {"ended",           "mục tiêu đã hết thời hạn trước kỳ này",
     "the target ended before this period"},
};

static const char *const OUTCOMES[][3] = {
    {"reached",        "đạt",                    "reached"},
    {"not_reached",    "chưa đạt",              "not reached"},
    {"not_comparable", "không so sánh được",   "not comparable"},
};
/* clang-format on */

enum compare_what compare_what_of(const char *word)
{
    for (size_t i = 0; i < CW_COUNT; i++)
        if (strcmp(WHAT[i][0], word) == 0)
            return (enum compare_what)i;
    return CW_COUNT;
}

const char *compare_word(enum compare_what what)
{
    return WHAT[what][0];
}

const char *compare_label(enum compare_what what, enum lang lang)
{
    return WHAT[what][lang == LANG_VI ? 1 : 2];
}

static const char *label(const char *const (*list)[3], size_t n, const char *code,
                         size_t len, enum lang lang)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(list[i][0]) == len && strncmp(list[i][0], code, len) == 0)
            return list[i][lang == LANG_VI ? 1 : 2];
    return NULL;
}

const char *compare_reason(const char *reason, enum lang lang, struct arena *a)
{
    const char *words = "";

    while (*reason != 0) {
        size_t n = strcspn(reason, ",");
        const char *word = label(REASONS, COUNT(REASONS), reason, n, lang);

        if (word == NULL)
            word = arena_strn(a, reason, n);
        words = *words == 0 ? word : arena_printf(a, "%s; %s", words, word);
        reason += n + (reason[n] == ',');
    }
    return words;
}

const char *outcome_label(const char *outcome, enum lang lang)
{
    const char *word = label(OUTCOMES, COUNT(OUTCOMES), outcome, strlen(outcome), lang);

    return word != NULL ? word : outcome;
}

/* ---- rows ---- */

bool compare_rows(struct pg *pg, const struct rollup_at *at, bool by_unit, bool by_sector,
                  struct pg_rows *rows, struct err *e)
{
    static const char SQL[] =
        "select unit, to_char(unit_from, 'YYYY-MM-DD'), vintage, indicator, b1, b2, what,"
        " value, reason from compare($1, $2, $3, $4, $5, $6::int, $7, $8)"
        " order by unit collate \"C\", unit_from, vintage collate \"C\","
        " indicator collate \"C\", b1 collate \"C\", b2 collate \"C\", ord";
    const struct pg_arg args[] = {pg_text(at->scheme),  pg_text(at->period),
                                  pg_text(at->vintage), pg_int(at->epoch),
                                  pg_int(at->seq),      pg_int(at->catalogue),
                                  pg_bool(by_unit),     pg_bool(by_sector)};

    return pg_query(pg, SQL, args, COUNT(args), rows, e) ||
           err_in(e, "comparing %s", at->period);
}
