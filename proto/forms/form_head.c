/* The head of a page: unit, period, vintage; and periods wherever they are written. */
#include "proto/base/text.h"
#include "proto/forms/form_own.h"

enum { WORDS_MAX = 24, TITLE_BYTES_MAX = 300 };

enum head_field {
    HEAD_UNIT,
    HEAD_CODE,
    HEAD_PERIOD,
    HEAD_VINTAGE,
    HEAD_MEASURE,
    HEAD_AS_OF,
    HEADS
};

struct head_value {
    const struct cell *cell; /* where the value stands */
    const char *text;        /* the value, trimmed, or NULL */
};

static const struct {
    enum head_field field;
    const char *label;
} labels[] = {
    {HEAD_UNIT,    "đơn vị báo cáo"             },
    {HEAD_UNIT,    "tên đơn vị báo cáo"        },
    {HEAD_UNIT,    "đơn vị gửi báo cáo"       },
    {HEAD_UNIT,    "đơn vị"                       },
    {HEAD_CODE,    "mã đơn vị"                   },
    {HEAD_CODE,    "mã đơn vị báo cáo"         },
    {HEAD_PERIOD,  "kỳ báo cáo"                   },
    {HEAD_PERIOD,  "kỳ"                             },
    {HEAD_PERIOD,  "kỳ số liệu"                 },
    {HEAD_PERIOD,  "thời kỳ báo cáo"            },
    {HEAD_PERIOD,  "năm báo cáo"                   },
    {HEAD_VINTAGE, "loại số liệu"               },
    {HEAD_VINTAGE, "loại báo cáo"                 },
    {HEAD_VINTAGE, "tính chất số liệu"         },
    {HEAD_MEASURE, "đơn vị tính"                 },
    {HEAD_MEASURE, "đvt"                             },
    {HEAD_AS_OF,   "thời điểm"                   },
    {HEAD_AS_OF,   "thời điểm chốt số liệu"},
    {HEAD_AS_OF,   "số liệu đến ngày"         },
};

/* Which field the text before the colon names; HEADS for none. */
static enum head_field field_of(struct page_reader *p, const char *text, size_t n)
{
    const char *key = text_key(p->arena, arena_strn(p->arena, text, n));

    for (size_t i = 0; key != NULL && i < COUNT(labels); i++)
        if (strcmp(key, text_key(p->arena, labels[i].label)) == 0)
            return labels[i].field;
    return HEADS;
}

static char *trimmed(struct page_reader *p, const char *s, size_t n)
{
    while (n > 0 && strchr(" \t\r\n", *s) != NULL) {
        s++;
        n--;
    }
    while (n > 0 && strchr(" \t\r\n.;", s[n - 1]) != NULL)
        n--;
    if (n > 0 && s[n - 1] == ')' && memchr(s, '(', n) == NULL)
        n--; /* "(Đơn vị tính: triệu đồng)" */
    return arena_strn(p->arena, s, n);
}

/* One "label: value" of a cell, or the label alone with its value in the next cell. */
static void take_field(struct page_reader *p, const struct row *row, size_t at,
                       const char *text, size_t n, struct head_value *out)
{
    const char *colon = memchr(text, ':', n);
    size_t label = colon == NULL ? n : (size_t)(colon - text);
    size_t open = strspn(text, " (");
    enum head_field f = open < label ? field_of(p, text + open, label - open) : HEADS;
    char *value;

    if (f == HEADS)
        return;
    value = colon == NULL ? "" : trimmed(p, colon + 1, n - label - 1);
    if (*value == 0 && at + 1 < row->n)
        value = trimmed(p, row->cells[at + 1].text, strlen(row->cells[at + 1].text));
    if (f == HEAD_UNIT && strstr(value, "đồng") != NULL)
        f = HEAD_MEASURE; /* "Đơn vị: triệu đồng" */
    if (*value != 0 && out[f].text == NULL)
        out[f] = (struct head_value){&row->cells[at], value};
}

static void collect(struct page_reader *p, size_t header, struct head_value *out)
{
    for (size_t i = 0; i < header; i++) {
        const struct row *row = &p->rows[i];

        for (size_t k = 0; k < row->n; k++) {
            const char *text = row->cells[k].text;

            if (row->cells[k].kind != CELL_TEXT || strlen(text) > 500)
                continue;
            while (*text != 0) { /* "Kỳ báo cáo: 2023; Loại số liệu: ước thực hiện" */
                size_t n = strcspn(text, ";\n");

                take_field(p, row, k, text, n, out);
                text += n + (text[n] != 0);
            }
        }
    }
}

/* A department's code behind "mã": "(mã STC)"; NULL where the folder's is not there. */
static const char *named_code(struct page_reader *p, const char *text)
{
    const char *code = p->ctx->unit == NULL ? NULL : text_key(p->arena, p->ctx->unit);
    const char *key = text_key(p->arena, text);
    const char *at = key == NULL ? NULL : strstr(key, "mã");
    size_t n = code == NULL ? 0 : strlen(code);

    for (at = at == NULL || n == 0 ? NULL : strstr(at, code); at != NULL;
         at = strstr(at + 1, code))
        if (strchr(" :(", at[-1]) != NULL && strchr(" );,.", at[n]) != NULL)
            return p->ctx->unit;
    return NULL;
}

/* The unit's code: digits behind "mã", or nothing but digits; "" for none. */
static const char *unit_code(struct page_reader *p, const char *text)
{
    const char *key = text_key(p->arena, text), *at = NULL;

    for (const char *m = key; m != NULL && (m = strstr(m, "mã")) != NULL; m++)
        if (m[strcspn(m, "0123456789")] != 0)
            at = m + strcspn(m, "0123456789");
    if (at == NULL && key != NULL && *key != 0 && key[strspn(key, "0123456789")] == 0)
        at = key;
    return at == NULL ? "" : arena_strn(p->arena, at, strspn(at, "0123456789"));
}

static bool head_unit(struct page_reader *p, const struct head_value *heads)
{
    const struct head_value *v =
        &heads[heads[HEAD_CODE].text != NULL ? HEAD_CODE : HEAD_UNIT];
    const char *named = v->text == NULL ? NULL : named_code(p, v->text);
    const char *code = named != NULL     ? named
                       : v->text == NULL ? ""
                                         : unit_code(p, v->text);
    struct finding f = {
        .code = "WRONG_UNIT",
        .severity = SEV_ERROR,
        .refuses = true,
        .value = v->text,
        .args = {code, p->ctx->unit}
    };

    if (*code == 0) { /* the folder says whose it is */
        form_page_finding(p, "NO_UNIT", SEV_WARNING, false, v->cell, v->text, NULL);
        return true;
    }
    if (p->ctx->unit == NULL || strcmp(code, p->ctx->unit) == 0)
        return true;
    f.cell = form_place(p, v->cell);
    findings_add(&p->out->sheet, &f);
    return false;
}

/* Words and numbers of a key; marks of every kind part them. */
static size_t split(char *key, const char **words)
{
    size_t n = 0;
    char *save = NULL;

    for (char *w = strtok_r(key, " ().,:;/\"", &save); w != NULL && n < WORDS_MAX;
         w = strtok_r(NULL, " ().,:;/\"", &save))
        words[n++] = w;
    return n;
}

static int number_of(const char *w)
{
    return strlen(w) < 5 && w[strspn(w, "0123456789")] == 0 ? atoi(w) : -1;
}

/* What a period's words say; text_key has moved tones: qúy, giai đọan. */
struct said {
    int years[2];
    size_t n_years;
    int months, quarter, shift; /* shift: -1 for năm trước */
    bool relative, second;
    bool dated; /* "đến 30/6/2023", "tháng 6/2023": a day or month, no period of ours */
};

static void say(const char *w, const char *next, struct said *s)
{
    static const char *const quarters[] = {"i", "ii", "iii", "iv"};
    int n = number_of(w);

    if ((strcmp(w, "tháng") == 0 && number_of(next) > 0 && number_of(next) < 13) ||
        (*w == 't' && w[1] != 0 && number_of(w + 1) > 0) ||
        (n > 0 && n < 32 && number_of(next) > 0 && number_of(next) < 13))
        s->dated = true;
    if (n >= 1900 && n <= 2100 && s->n_years < 2)
        s->years[s->n_years++] = n;
    else if (n > 0 && n < 13 && strcmp(next, "tháng") == 0)
        s->months = n;
    else if (strcmp(w, "6t") == 0 || strcmp(w, "6th") == 0)
        s->months = 6;
    else if (strcmp(w, "9t") == 0 || strcmp(w, "9th") == 0)
        s->months = 9;
    else if (strcmp(w, "s1") == 0 || strcmp(w, "s2") == 0) {
        s->months = 6;
        s->second = w[1] == '2';
    } else if (strcmp(w, "cuối") == 0)
        s->second = true;
    else if (strcmp(w, "năm") == 0)
        s->relative = true;
    else if (strcmp(w, "trước") == 0)
        s->shift = -1;
    else if (strcmp(w, "sau") == 0 || strcmp(w, "tới") == 0 || strcmp(w, "tiếp") == 0)
        s->shift = 1;
    else if (strcmp(w, "qúy") == 0)
        for (size_t i = 0; i < COUNT(quarters); i++)
            if (strcmp(next, quarters[i]) == 0 || number_of(next) == (int)i + 1)
                s->quarter = (int)i + 1;
}

/* Behind the name of a period, which scheme it is of: by its key, "scheme:" or "". */
static const char *scheme_said(struct page_reader *p, const char *key)
{
    static const char *const words[][2] = {
        {"dương lịch",             "calendar:"},
        {"theo công văn của Bộ", "ministry:"},
    };

    for (size_t i = 0; i < COUNT(words); i++)
        if (key != NULL && strstr(key, text_key(p->arena, words[i][0])) != NULL)
            return words[i][1];
    return "";
}

const struct period *form_period(struct page_reader *p, const char *text,
                                 const struct period *base)
{
    const struct period *direct =
        catalogue_period(p->ctx->cat, trimmed(p, text, strlen(text)));
    const char *all = text_key(p->arena, text);
    const char *scheme = scheme_said(p, all);
    /* "6 tháng đầu năm 2025 (từ 15/12/2024 đến 14/6/2025)" */
    char *key = text_key(p->arena, arena_strn(p->arena, text, strcspn(text, "(")));
    const char *words[WORDS_MAX + 1];
    struct said s = {.n_years = 0};
    int year, month, day;
    char code[32], tail[8] = "";
    size_t n;

    if (direct != NULL || key == NULL)
        return direct;
    n = split(key, words);
    words[n] = "";
    for (size_t i = 0; i < n; i++)
        say(words[i], words[i + 1], &s);
    if (s.n_years == 0 && base != NULL && (s.relative || s.months != 0)) {
        date_split(base->ends, &year, &month, &day);
        s.years[s.n_years++] = year + s.shift;
    }
    if (s.n_years == 0 || s.dated)
        return NULL;
    if (s.n_years == 2)
        snprintf(tail, sizeof tail, "-%d", s.years[1]);
    else if (s.months == 6)
        snprintf(tail, sizeof tail, s.second ? "-S2" : "-S1");
    else if (s.months == 9)
        snprintf(tail, sizeof tail, "-9T");
    else if (s.quarter != 0)
        snprintf(tail, sizeof tail, "-Q%d", s.quarter);
    else if (s.months != 0 && s.months != 12)
        return NULL;
    snprintf(code, sizeof code, "%s%d%s", scheme, s.years[0], tail);
    return catalogue_period(p->ctx->cat, code);
}

/*
 * The first name of a vintage that stands in the text as whole words, of two there the
 * longer: "kế hoạch thực hiện" is a plan, "ước thực hiện" an estimate.
 */
enum vintage form_vintage(struct page_reader *p, const char *text)
{
    const struct catalogue *cat = p->ctx->cat;
    const char *key = text_key(p->arena, text);
    const struct breakdown *best = NULL;
    const char *first = NULL;
    size_t longest = 0;
    char *padded;

    if (key == NULL)
        return VINTAGE_NONE;
    padded = arena_printf(p->arena, " %s ", key);
    for (char *c = padded; *c != 0; c++)
        if (strchr("().,:;/\"", *c) != NULL)
            *c = ' ';
    for (size_t i = 0; i < cat->n_breakdowns; i++) {
        const struct breakdown *b = &cat->breakdowns[i];
        const char *name = b->name_vi;

        if (strcmp(b->dim, "vintage") != 0)
            continue;
        for (size_t k = 0; name != NULL; k++) {
            char *word = arena_printf(p->arena, " %s ", text_key(p->arena, name));

            const char *at = strstr(padded, word);

            if (at != NULL && (first == NULL || at < first ||
                               (at == first && strlen(word) > longest))) {
                first = at;
                longest = strlen(word);
                best = b;
            }
            name = b->aliases == NULL ? NULL : b->aliases[k];
        }
    }
    return best == NULL ? VINTAGE_NONE : vintage_of(best->code);
}

/* A line that names a document or a law speaks of other years. */
static bool is_title(const char *key)
{
    static const char *const others[] = {"kèm theo", "căn cứ",     "luật", "thông tư",
                                         "nghị",     "quyết định", "số:",  "ngày",
                                         "văn bản",  "công văn"};

    for (size_t i = 0; i < COUNT(others); i++)
        if (strstr(key, others[i]) != NULL)
            return false;
    return true;
}

/* "SỐ LIỆU ƯỚC THỰC HIỆN NĂM 2023": not "tình hình thực hiện kế hoạch". */
static enum vintage vintage_of_title(struct page_reader *p, const char *key)
{
    static const char *const behind[] = {" năm", " 6 tháng", " 9 tháng", " qúy",
                                         " cả năm"};
    enum vintage v = form_vintage(p, key);
    const char *plan = strstr(key, "kế hoạch"), *done = strstr(key, "thực hiện");
    bool then = false;

    if (v == VINTAGE_ESTIMATE)
        return plan == NULL ? v : VINTAGE_NONE;
    if ((plan != NULL) == (done != NULL) || strstr(key, "tình hình thực hiện") != NULL)
        return VINTAGE_NONE;
    for (size_t i = 0; i < COUNT(behind); i++)
        then = then || strstr(plan != NULL ? plan : done, behind[i]) != NULL;
    return then ? v : VINTAGE_NONE;
}

/*
 * Period and vintage that only the title says; where it names two, neither is taken. A
 * note tells how it was read.
 */
static void read_titles(struct page_reader *p, size_t header, bool period, bool vintage)
{
    const struct cell *place = NULL;
    bool two_periods = false, two_vintages = false;

    for (size_t i = 0; i < header; i++)
        for (size_t k = 0; k < p->rows[i].n && k < WORDS_MAX; k++) {
            const struct cell *c = &p->rows[i].cells[k];
            const char *key = c->kind == CELL_TEXT && strlen(c->text) < TITLE_BYTES_MAX
                                  ? text_key(p->arena, c->text)
                                  : NULL;
            const struct period *t;
            enum vintage v;

            if (key == NULL || !is_title(key))
                continue;
            t = form_period(p, c->text, NULL);
            v = vintage_of_title(p, key);
            place = place == NULL && (t != NULL || v != VINTAGE_NONE) ? c : place;
            two_periods = two_periods ||
                          (t != NULL && p->title_period != NULL && t != p->title_period);
            two_vintages = two_vintages || (v != VINTAGE_NONE && v != p->title_vintage &&
                                            p->title_vintage != VINTAGE_NONE);
            p->title_period = t != NULL ? t : p->title_period;
            p->title_vintage = v != VINTAGE_NONE ? v : p->title_vintage;
        }
    if (two_periods || !period)
        p->title_period = NULL;
    if (two_vintages || !vintage)
        p->title_vintage = VINTAGE_NONE;
    if (p->title_period != NULL || p->title_vintage != VINTAGE_NONE)
        form_page_finding(p, "TITLE_READ", SEV_NOTE, false, place, place->text,
                          p->title_period != NULL ? p->title_period->name_vi : "");
}

static bool head_period(struct page_reader *p, const struct head_value *v)
{
    if (v->text != NULL)
        p->period = form_period(p, v->text, NULL);
    else if (p->form->layout != LAYOUT_BY_PERIOD)
        p->period = p->title_period;
    if (p->period != NULL)
        return true;
    if (p->form->layout == LAYOUT_BY_PERIOD && v->text == NULL)
        return true; /* the columns name theirs */
    form_page_finding(p, v->text == NULL ? "NO_PERIOD" : "UNKNOWN_PERIOD", SEV_ERROR,
                      true, v->cell, v->text, NULL);
    return false;
}

static bool head_vintage(struct page_reader *p, const struct head_value *v)
{
    if (v->text != NULL)
        p->vintage = form_vintage(p, v->text);
    else if (p->form->layout != LAYOUT_BY_PERIOD)
        p->vintage = p->title_vintage;
    if (p->vintage != VINTAGE_NONE)
        return true;
    if (p->form->layout == LAYOUT_BY_PERIOD && v->text == NULL)
        return true;
    form_page_finding(p, v->text == NULL ? "NO_VINTAGE" : "UNKNOWN_VINTAGE", SEV_ERROR,
                      true, v->cell, v->text, NULL);
    return false;
}

bool form_head(struct page_reader *p, size_t header)
{
    struct head_value v[HEADS] = {
        {NULL, NULL}
    };
    bool ok;

    collect(p, header, v);
    if (p->form->layout != LAYOUT_BY_PERIOD &&
        (v[HEAD_PERIOD].text == NULL || v[HEAD_VINTAGE].text == NULL))
        read_titles(p, header, v[HEAD_PERIOD].text == NULL, v[HEAD_VINTAGE].text == NULL);
    ok = head_unit(p, v);
    ok = head_period(p, &v[HEAD_PERIOD]) && ok;
    ok = head_vintage(p, &v[HEAD_VINTAGE]) && ok;
    p->unit_line = v[HEAD_MEASURE].text;
    if (v[HEAD_AS_OF].text != NULL) {
        p->as_of = number_date(v[HEAD_AS_OF].text);
        if (p->as_of == DATE_NONE)
            form_page_finding(p, "DATE_BAD", SEV_WARNING, false, v[HEAD_AS_OF].cell,
                              v[HEAD_AS_OF].text, NULL);
        if (p->period != NULL && p->as_of == p->period->cutoff)
            p->as_of = DATE_NONE; /* says nothing new */
    }
    return ok;
}
