#include "proto/forms/form.h"

#include "proto/base/text.h"
#include "proto/forms/form_own.h"
#include "proto/forms/sheet_mark.h"

void form_read_clear(struct form_read *f)
{
    for (size_t i = 0; i < f->n; i++)
        findings_clear(&f->per_report[i]);
    free(f->reports);
    free(f->tables);
    free(f->per_report);
    findings_clear(&f->sheet);
    arena_clear(&f->arena);
    *f = (struct form_read){0};
}

struct report *form_add_report(struct page_reader *p)
{
    struct form_read *out = p->out;
    struct report *r;

    if ((out->n & (out->n + 1)) == 0) { /* room for 1, 3, 7, 15, ... */
        size_t cap = 2 * out->n + 1;

        out->reports = mem_grow(out->reports, cap, sizeof *out->reports);
        out->per_report = mem_grow(out->per_report, cap, sizeof *out->per_report);
    }
    r = &out->reports[out->n];
    out->per_report[out->n++] = (struct findings){0};
    *r = (struct report){
        .version = REPORT_VERSION,
        .unit.code = arena_str(p->arena, p->ctx->unit),
        .form = p->form->code,
        .form_version = p->form->version,
        .subject.kind = p->form->subject,
        .catalogue = p->ctx->cat->version,
    };
    return r;
}

struct findings *form_findings(struct page_reader *p, const struct report *r)
{
    return &p->out->per_report[r - p->out->reports];
}

char *form_place(struct page_reader *p, const struct cell *c)
{
    return sheet_place(p->arena, p->page, c->row, c->col);
}

char *form_text(struct page_reader *p, const struct cell *c)
{
    char *text = arena_str(p->arena, c->text), *point = text;

    if (c->kind != CELL_NUMBER)
        return text;
    while (*point != 0 && *point != '.')
        point++;
    if (*point != 0)
        *point = ','; /* a workbook's 33.14 is read and printed as 33,14 */
    return text;
}

void form_page_finding(struct page_reader *p, const char *code, enum severity s,
                       bool refuses, const struct cell *place, const char *value,
                       const char *arg)
{
    struct finding f = {.code = code,
                        .severity = s,
                        .refuses = refuses,
                        .cell = place != NULL ? form_place(p, place) : p->page->name,
                        .value = value,
                        .args = {arg}};

    findings_add(&p->out->sheet, &f);
}

void form_cell_finding(struct page_reader *p, struct findings *fs, const char *code,
                       const struct cell *c, const struct indicator *ind, const char *arg)
{
    struct finding f = {.code = code,
                        .severity = SEV_ERROR,
                        .refuses = true,
                        .indicator = ind != NULL ? ind->no : 0,
                        .cell = form_place(p, c),
                        .value = form_text(p, c),
                        .args = {arg}};

    findings_add(fs, &f);
}

void form_torn(struct page_reader *p, const struct row *row, struct findings *fs)
{
    const struct cell *last = &row->cells[row->n - 1];

    if (p->commas && p->n_columns > 0 && last->col > p->columns[p->n_columns - 1].col)
        form_cell_finding(p, fs, "ROW_TORN", last, NULL, NULL);
}

bool form_part_of_year(const struct period *p)
{
    return p != NULL && strcmp(p->kind, "year") != 0;
}

bool form_unit(struct page_reader *p, const char *written, const struct indicator *ind,
               struct number_unit *out)
{
    /* columns of several periods: each cell is asked by that of its column */
    const bool part = p->form->layout != LAYOUT_BY_PERIOD && form_part_of_year(p->period);

    *out = number_unit_of(ind);
    out->part = part;
    if (written != NULL && *written != 0)
        return number_unit_read(written, ind, part, out);
    /* "triệu đồng" in the head is not about persons, "/năm" not about half a year */
    if (p->unit_line != NULL && !number_unit_read(p->unit_line, ind, part, out)) {
        *out = number_unit_of(ind);
        out->part = part;
    }
    return true;
}

static enum number_status read_cell(const struct cell *c, const struct indicator *ind,
                                    const struct number_unit *unit, struct number *n)
{
    switch (c->kind) {
    case CELL_NUMBER:
        return number_read_decimal(c->text, ind, unit, n);
    case CELL_BLANK:
    case CELL_TEXT:
        return number_read_in(c->text, ind, unit, n);
    case CELL_DATE: /* what Excel made of "3-5" */
    case CELL_BOOL:
    case CELL_ERROR:
        break;
    }
    return NUMBER_BAD;
}

/* A formula whose result no program has saved is another thing than #REF!. */
static const char *error_code(const struct cell *c)
{
    return *c->text == '#' ? "CELL_ERROR" : "CELL_FORMULA";
}

bool form_value(struct page_reader *p, const struct cell *c, const struct indicator *ind,
                const struct number_unit *unit, struct observation *o,
                struct findings *fs)
{
    static const char *const codes[] = {
        [NUMBER_ROUNDED] = "NUMBER_ROUNDED", [NUMBER_AMBIGUOUS] = "NUMBER_AMBIGUOUS",
        [NUMBER_BAD] = "NUMBER_BAD",         [NUMBER_UNIT] = "NUMBER_UNIT",
        [NUMBER_A_YEAR] = "NUMBER_A_YEAR",   [NUMBER_TOO_FINE] = "NUMBER_TOO_FINE",
        [NUMBER_RANGE] = "NUMBER_RANGE"};
    struct number n = {.state = OBS_MISSING};
    enum number_status st = read_cell(c, ind, unit, &n);
    bool ok = st == NUMBER_OK || st == NUMBER_ROUNDED;
    struct finding f;

    if (ok && n.state == OBS_MISSING)
        return false;
    o->indicator = ind->no;
    o->text = form_text(p, c);
    o->cell = form_place(p, c);
    o->state = n.state;
    o->qualifier = n.qualifier;
    o->has_upper = n.has_upper;
    o->value = n.value;
    o->upper = n.upper;
    if (st != NUMBER_OK) {
        f = finding_at(c->kind == CELL_ERROR ? error_code(c) : codes[st],
                       ok ? SEV_NOTE : SEV_ERROR, o);
        f.refuses = !ok;
        findings_add(fs, &f);
    }
    return ok;
}

/* Words as text_key() writes them (tòan); those that end in "." need nothing behind. */
struct words {
    const char *const *list;
    size_t n;
    bool whole; /* nothing but the word may stand there */
};

/* One of the row's first cells begins with one of the words. */
static bool begins_with(struct arena *a, const struct row *row, size_t cells,
                        struct words w)
{
    for (size_t i = 0; i < row->n && i < cells; i++) {
        const char *key = row->cells[i].kind == CELL_TEXT
                              ? text_key(a, form_unnumbered(row->cells[i].text))
                              : NULL;

        for (size_t k = 0; key != NULL && k < w.n; k++) {
            const char *word = w.list[k];
            size_t len = strlen(word);

            if (strncmp(key, word, len) != 0)
                continue;
            if (key[len] == 0 || key[len] == ':')
                return true;
            if (!w.whole && (word[len - 1] == '.' || strchr(" ./", key[len]) != NULL))
                return true;
        }
    }
    return false;
}

bool form_is_total(struct arena *a, const struct row *row)
{
    static const char *const first[] = {"tổng cộng", "tổng số", "cộng tòan",
                                        "tòan huyện"};
    static const char *const all[] = {"tổng", "cộng"}; /* not "Tổng hợp Xuân Lan" */

    return begins_with(a, row, 2, (struct words){first, COUNT(first), false}) ||
           begins_with(a, row, 2, (struct words){all, COUNT(all), true});
}

bool form_is_footer(struct arena *a, const struct row *row)
{
    static const char *const words[] = {
        "người lập",    "thủ trưởng", "nơi nhận",   "ghi chú",  "kt.",
        "tm.",          "tl.",        "tuq.",       "chủ tịch", "(ký",
        "phó chủ tịch", "xác nhận",   "người duyệt"};

    if (begins_with(a, row, row->n, (struct words){words, COUNT(words), false}))
        return true;
    for (size_t i = 0; i < row->n && row->n < 3; i++)
        if (row->cells[i].kind == CELL_TEXT && form_is_date_line(a, row->cells[i].text))
            return true;
    return false;
}

bool form_of_entities(const struct form *f)
{
    return (f->layout == LAYOUT_ENTITY_ROWS || f->layout == LAYOUT_ROWS) &&
           f->subject != SUBJECT_UNIT;
}

void form_no_rows(struct page_reader *p)
{
    if (*p->page->form_mark != 0)
        form_page_finding(p, "FORM_BLANK", SEV_NOTE, false, NULL, NULL, NULL);
    else
        form_page_finding(p, "NO_ROWS", SEV_WARNING, false, NULL, NULL, NULL);
}

/* Among the text a call or a reference: "SUM(", "|", "!". */
static bool calls(const char *s)
{
    for (const char *p = s; *p != 0; p++)
        if (*p == '|' || *p == '!' ||
            (*p == '(' && p > s && p[-1] >= 'A' && p[-1] <= 'Z'))
            return true;
    return false;
}

bool form_is_formula(const char *text)
{
    static const char *const always[] = {"=", "@", "＝", "＠"};
    static const char *const perhaps[] = {"+", "-", "＋", "－"};

    text += strspn(text, " \t\r\n");
    for (size_t i = 0; i < COUNT(always); i++)
        if (strncmp(text, always[i], strlen(always[i])) == 0)
            return true;
    for (size_t i = 0; i < COUNT(perhaps); i++)
        if (strncmp(text, perhaps[i], strlen(perhaps[i])) == 0)
            return calls(text);
    return false;
}

static void split_rows(struct page_reader *p)
{
    const struct sheet_page *page = p->page;

    p->rows = mem_array(page->n_cells, sizeof *p->rows);
    for (size_t i = 0; i < page->n_cells; i++) {
        struct row *last = p->n_rows > 0 ? &p->rows[p->n_rows - 1] : NULL;

        if (last != NULL && last->cells->row == page->cells[i].row)
            last->n++;
        else
            p->rows[p->n_rows++] = (struct row){&page->cells[i], 1};
    }
}

/* The number behind "phiên bản", 0 when none is written. */
static uint32_t version_in(struct arena *a, const char *key)
{
    const char *at = strstr(key, text_key(a, "phiên bản"));

    if (at == NULL)
        return 0;
    at += strcspn(at, "0123456789");
    return (uint32_t)strtoul(at, NULL, 10);
}

/* A key whose slashes are blanks: "01/HTX", "01 / HTX" and "01-HTX" are one code. */
static char *without_slashes(struct arena *a, const char *text)
{
    char *key = text_key(a, text);

    for (char *c = key; c != NULL && *c != 0; c++)
        if (*c == '/')
            *c = ' ';
    return key == NULL ? NULL : text_key(a, key);
}

/* "01 htx" of "Biểu 01/HTX": what has to stand in the text besides the word biểu. */
static const char *mark_code(struct arena *a, const struct form *f)
{
    const char *key = without_slashes(a, f->mark), *space = strchr(key, ' ');

    return space == NULL ? key : space + 1;
}

/* Stands word as a whole in text? */
static bool has_word(const char *text, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = strstr(text, word); at != NULL && n > 0;
         at = strstr(at + 1, word)) {
        bool left = at == text || strchr(" :;,.(\"", at[-1]) != NULL;

        if (left && strchr(" :;,.)\"", at[n]) != NULL)
            return true;
    }
    return false;
}

/* The version named, else one valid today, else the newest. */
static uint64_t fitness(const struct form *f, uint32_t version, int32_t today)
{
    bool valid = (f->valid_from == DATE_NONE || f->valid_from <= today) &&
                 (f->valid_to == DATE_NONE || f->valid_to >= today);

    return (uint64_t)(f->version == version) << 33 | (uint64_t)valid << 32 | f->version;
}

/* "mẫu", "biểu" in small or capital letters: cheap, as every cell of a head is asked. */
static bool may_be_mark(const char *text)
{
    static const char *const parts[] = {"ẫu", "ẪU", "iểu", "IỂU"};

    for (size_t i = 0; i < COUNT(parts); i++)
        if (strstr(text, parts[i]) != NULL)
            return true;
    return false;
}

/*
 * The form whose mark stands in the text, in the version named or the newest one; *text
 * looks like a mark although no form has it: *foreign.
 */
static const struct form *form_marked(const struct form_context *ctx, const char *text,
                                      uint32_t *version, bool *foreign)
{
    struct arena a = {0};
    const char *key = may_be_mark(text) ? without_slashes(&a, text) : NULL;
    const struct form *found = NULL;
    bool marked = key != NULL && (has_word(key, "mẫu") || has_word(key, "biểu"));

    *version = 0;
    for (size_t i = 0; marked && i < ctx->cat->n_forms; i++) {
        const struct form *f = &ctx->cat->forms[i];

        if (!has_word(key, mark_code(&a, f)))
            continue;
        *version = version_in(&a, key);
        if (found == NULL ||
            fitness(f, *version, ctx->today) > fitness(found, *version, ctx->today))
            found = f;
    }
    *foreign = marked && found == NULL && has_word(key, "mẫu số") &&
               strpbrk(key, "0123456789") != NULL;
    arena_clear(&a);
    return found;
}

/* The version written may be over, or not known yet. False after a finding. */
static bool version_valid(struct page_reader *p, uint32_t version, const char *text,
                          const struct cell *place)
{
    const struct form *newest = p->form;
    int32_t today = p->ctx->today;
    char arg[16];

    for (size_t i = 0; i < p->ctx->cat->n_forms; i++) {
        const struct form *f = &p->ctx->cat->forms[i];

        if (strcmp(f->mark, p->form->mark) == 0 && f->version > newest->version)
            newest = f;
    }
    snprintf(arg, sizeof arg, "%u", newest->version);
    if (version > newest->version ||
        (p->form->valid_from != DATE_NONE && p->form->valid_from > today)) {
        form_page_finding(p, "FORM_VERSION_NEW", SEV_ERROR, true, place, text, arg);
        return false;
    }
    if ((version != 0 && p->form->version != version) ||
        (p->form->valid_to != DATE_NONE && p->form->valid_to < today)) {
        form_page_finding(p, "FORM_VERSION_OLD", SEV_ERROR, true, place, text, arg);
        return false;
    }
    return true;
}

enum page_mark {
    MARK_NONE,
    MARK_REFUSED,
    MARK_FOUND,
    MARK_OURS, /* a page of our own that holds no form: a guide, or the list of an answer
                */
};

/* Looks for the mark in the page's first rows, then in our own defined name. */
static enum page_mark find_mark(struct page_reader *p)
{
    const struct cell *foreign_cell = NULL;
    uint32_t version;
    bool foreign;

    if (strcmp(p->page->form_mark, "-") == 0)
        return MARK_OURS;
    for (size_t i = 0; i < p->n_rows && i < HEADER_SEARCH; i++) {
        for (size_t k = 0; k < p->rows[i].n; k++) {
            const struct cell *c = &p->rows[i].cells[k];

            if (c->kind != CELL_TEXT || strlen(c->text) > 300)
                continue;
            p->form = form_marked(p->ctx, c->text, &version, &foreign);
            if (p->form != NULL)
                return version_valid(p, version, c->text, c) ? MARK_FOUND : MARK_REFUSED;
            if (foreign && foreign_cell == NULL)
                foreign_cell = c;
        }
    }
    if (*p->page->form_mark != 0) {
        p->form = form_marked(p->ctx, p->page->form_mark, &version, &foreign);
        if (p->form != NULL)
            return version_valid(p, version, p->page->form_mark, NULL) ? MARK_FOUND
                                                                       : MARK_REFUSED;
    }
    if (foreign_cell == NULL)
        return MARK_NONE;
    form_page_finding(p, "UNKNOWN_FORM", SEV_ERROR, true, foreign_cell,
                      foreign_cell->text, NULL);
    return MARK_REFUSED;
}

static void read_table(struct page_reader *p)
{
    size_t header, before = p->out->n;

    bool texts = p->form->layout == LAYOUT_TEXTS;

    form_labels(p);
    if (!(texts ? form_texts_header(p, &header) : form_header(p, &header)))
        return;
    if (!form_head(p, header) || (!texts && !form_classify(p, header)))
        return;
    if (p->form->subject == SUBJECT_UNIT)
        form_document(p, header);
    switch (p->form->layout) {
    case LAYOUT_ENTITY_ROWS:
        form_entities(p);
        form_keep_columns(p, before);
        break;
    case LAYOUT_BY_SECTOR:
    case LAYOUT_BY_PERIOD:
        form_statement(p);
        break;
    case LAYOUT_ROWS:
        form_rows(p);
        break;
    case LAYOUT_TEXTS:
        form_texts(p);
        break;
    }
}

void form_page_open(struct page_reader *p, const struct form_context *ctx,
                    struct form_read *out, const struct sheet_page *page)
{
    *p = (struct page_reader){
        .ctx = ctx, .out = out, .arena = &out->arena, .page = page, .as_of = DATE_NONE};
    split_rows(p);
}

void form_page_close(struct page_reader *p)
{
    free(p->rows);
    free(p->labels);
    free(p->loose);
    free(p->headings);
}

/* Letters that no program can bring back: the officer types them again. */
static void find_damaged(struct page_reader *p)
{
    for (size_t i = 0; i < p->page->n_cells; i++)
        if (p->page->cells[i].damaged)
            form_page_finding(p, "TEXT_DAMAGED", SEV_WARNING, false, &p->page->cells[i],
                              p->page->cells[i].text, NULL);
}

/* One page; how its mark stands. */
static enum page_mark read_page(const struct sheet *s, const struct form_context *ctx,
                                struct form_read *out, const struct sheet_page *page,
                                bool guess)
{
    struct page_reader *p = mem_new(sizeof *p);
    enum page_mark mark;

    form_page_open(p, ctx, out, page);
    p->commas = s->delimiter == ',';
    mark = guess ? MARK_NONE : find_mark(p);
    if (guess && (p->form = form_guess(ctx, page)) != NULL) {
        form_page_finding(p, "FORM_GUESSED", SEV_WARNING, false, NULL, NULL,
                          p->form->mark);
        mark = MARK_FOUND;
    }
    if (mark == MARK_FOUND && page->hidden)
        form_page_finding(p, "HIDDEN_SHEET", SEV_WARNING, false, NULL, NULL, page->name);
    else if (mark == MARK_FOUND)
        read_table(p);
    if (mark == MARK_FOUND && !page->hidden)
        find_damaged(p);
    form_page_close(p);
    free(p);
    return mark;
}

static void sheet_finding(struct form_read *out, const char *code, enum severity s,
                          bool refuses, const char *cell, const char *arg)
{
    struct finding f = {
        .code = code, .severity = s, .refuses = refuses, .cell = cell, .args = {arg}};

    findings_add(&out->sheet, &f);
}

/*
 * No page bears a mark: our own defined name of the file then stands for the first
 * visible page.
 */
static bool read_by_name(const struct sheet *s, const struct form_context *ctx,
                         struct form_read *out)
{
    for (size_t i = 0; *s->form_mark != 0 && i < s->n_pages; i++) {
        struct sheet_page page = s->pages[i];

        if (page.hidden || page.n_cells == 0 || sheet_is_front(&page))
            continue;
        page.form_mark = s->form_mark;
        return read_page(s, ctx, out, &page, false) != MARK_NONE;
    }
    return false;
}

/* What the reader put right in the file's text, for the note. */
static const char *repaired_from(struct form_read *out, const struct sheet *s)
{
    bool whole = *s->encoding != 0 && strcmp(s->encoding, "UTF-8") != 0;

    if (s->repaired_from == NULL || *s->repaired_from == 0)
        return whole ? s->encoding : "Unicode (NFD)";
    return whole ? arena_printf(&out->arena, "%s, %s", s->encoding, s->repaired_from)
                 : s->repaired_from;
}

/* By what a report is about, then in the order of the file. */
static int by_subject(const void *a, const void *b)
{
    const struct report *x = *(const struct report *const *)a;
    const struct report *y = *(const struct report *const *)b;
    const char *const of[][2] = {
        {x->form,              y->form             },
        {x->scheme,            y->scheme           },
        {x->period,            y->period           },
        {x->subject.id,        y->subject.id       },
        {x->subject.id_issuer, y->subject.id_issuer},
    };
    int d = (x->vintage > y->vintage) - (x->vintage < y->vintage);

    if (d == 0)
        d = (x->subject.scheme > y->subject.scheme) -
            (x->subject.scheme < y->subject.scheme);
    for (size_t i = 0; d == 0 && i < COUNT(of); i++)
        if (of[i][0] != of[i][1]) /* mostly the very same text */
            d = strcmp(of[i][0] != NULL ? of[i][0] : "",
                       of[i][1] != NULL ? of[i][1] : "");
    return d;
}

static int by_subject_and_place(const void *a, const void *b)
{
    const struct report *x = *(const struct report *const *)a;
    const struct report *y = *(const struct report *const *)b;
    int d = by_subject(a, b);

    return d != 0 ? d : (x > y) - (x < y);
}

static void twice(struct form_read *out, const struct report *r,
                  const struct report *other)
{
    bool unit = r->subject.kind == SUBJECT_UNIT;
    struct finding f = {
        .code = unit ? "STATEMENT_TWICE" : "ENTITY_TWICE",
        .severity = SEV_ERROR,
        .refuses = true,
        .cell = r->source_place,
        .value = unit ? "" : r->subject.id,
        .args = {r->subject.name, r->subject.id, other->source_place}
    };

    findings_add(&out->per_report[r - out->reports], &f);
}

/* Two reports of one file about the same: the later one would replace the other unseen.
 * The first row of a cooperative stays; where names differ nobody knows whose number it
 * is. */
static void find_twice(struct form_read *out)
{
    const struct report **sorted = mem_array(out->n + 1, sizeof *sorted);

    for (size_t i = 0; i < out->n; i++)
        sorted[i] = &out->reports[i];
    qsort(sorted, out->n, sizeof *sorted, by_subject_and_place);
    for (size_t first = 0, i = 1; i < out->n; i++) {
        const struct report *a = sorted[first], *b = sorted[i];
        bool unit = b->subject.kind == SUBJECT_UNIT;

        if (by_subject(&sorted[first], &sorted[i]) != 0) {
            first = i;
            continue;
        }
        if (!unit && b->subject.scheme == ID_NONE)
            continue;
        twice(out, b, a);
        if (i == first + 1 && (unit || strcmp(a->subject.name, b->subject.name) != 0))
            twice(out, a, b);
    }
    free(sorted);
}

void form_read(const struct sheet *s, const struct form_context *ctx,
               struct form_read *out)
{
    enum page_mark *marks = mem_array(s->n_pages, sizeof *marks);
    bool any = false;

    *out = (struct form_read){0};
    if (s->repaired)
        sheet_finding(out, "TEXT_REPAIRED", SEV_NOTE, false, "", repaired_from(out, s));
    form_answers(s, &out->arena, &out->answers, &out->n_answers);
    for (size_t i = 0; i < s->n_pages; i++) {
        if (sheet_is_front(&s->pages[i])) { /* our own answer, come back */
            marks[i] = MARK_OURS;
            continue;
        }
        marks[i] = read_page(s, ctx, out, &s->pages[i], false);
        any = any || marks[i] == MARK_REFUSED || marks[i] == MARK_FOUND;
    }
    for (size_t i = 0; !any && *s->form_mark == 0 && i < s->n_pages; i++)
        if (marks[i] == MARK_NONE && !s->pages[i].hidden)
            marks[i] = read_page(s, ctx, out, &s->pages[i], true);
    for (size_t i = 0; i < s->n_pages; i++)
        any = any || marks[i] == MARK_FOUND;
    if (!any && !read_by_name(s, ctx, out))
        sheet_finding(out, "NO_FORM", SEV_ERROR, true, "", NULL);
    for (size_t i = 0; any && i < s->n_pages; i++)
        if (marks[i] == MARK_NONE && !s->pages[i].hidden && s->pages[i].n_cells > 0)
            sheet_finding(out, "PAGE_SKIPPED", SEV_NOTE, false, s->pages[i].name,
                          s->pages[i].name);
    find_twice(out);
    free(marks);
}
