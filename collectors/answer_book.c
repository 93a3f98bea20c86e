/* The answer as a workbook: the findings as marks, and the page in front that lists them.
 */
#include "collectors/answer.h"
#include "proto/base/log.h"
#include "proto/base/text.h"
#include "proto/forms/sheet_mark.h"

enum {
    HEAD_ROWS_MAX = 14,
    CELL_BYTES = 8000,
    LISTED_MAX = 10000,
    SEAL_HEX = 2 * HASH_LEN
};

enum columns {
    COL_NO,
    COL_SEVERITY,
    COL_PAGE,
    COL_CELL,
    COL_WHO,
    COL_VALUE,
    COL_TEXT,
    COL_REMEDY,
    COL_ANSWER,
    COL_KEY, /* not shown, from here */
    COLS = COL_KEY + FORM_ANSWER_KEYS,
};

struct place {
    const char *page; /* NULL: none */
    bool has_cell;
    uint32_t row, col;
};

struct book {
    const struct catalogue *cat;
    const struct answer *a;
    struct arena arena;
    struct mark *marks;
    size_t n_marks;
    struct page {
        struct front_cell *cells;
        size_t n;
        uint32_t row, head;
    } front, back, *page; /* findings; receipts; the one being written */
    size_t n;             /* findings listed */
    const struct form_answer *answered;
    size_t n_answered;
};

static const char *text_of(const struct book *b, const char *key)
{
    return catalogue_text(b->cat, key, LANG_VI);
}

static struct front_cell *put(struct book *b, uint32_t col, enum front_style style,
                              const char *text)
{
    struct page *p = b->page;

    if (text != NULL && strlen(text) > CELL_BYTES) {
        size_t n = CELL_BYTES;

        while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
        text = arena_printf(&b->arena, "%.*s…", (int)n, text);
    }
    if ((p->n & (p->n + 1)) == 0)
        p->cells = mem_grow(p->cells, 2 * p->n + 1, sizeof *p->cells);
    p->cells[p->n] = (struct front_cell){
        .row = p->row, .col = col, .style = style, .text = text != NULL ? text : ""};
    return &p->cells[p->n++];
}

static const char *number_text(struct book *b, size_t n)
{
    return arena_printf(&b->arena, "%zu", n);
}

/* -- places ------------------------------------------------------------------------- */

static bool read_ref(const char *ref, uint32_t *row, uint32_t *col)
{
    uint32_t r = 0, c = 0;

    for (; *ref >= 'A' && *ref <= 'Z' && c < 20000; ref++)
        c = c * 26 + (uint32_t)(*ref - 'A' + 1);
    for (; *ref >= '0' && *ref <= '9' && r < 2000000; ref++)
        r = r * 10 + (uint32_t)(*ref - '0');
    if (*ref != 0 || r == 0 || c == 0 || r > 1048576 || c > 16384)
        return false;
    *row = r - 1;
    *col = c - 1;
    return true;
}

/* "Biểu 01!C7", "C7" of a file without pages, or the name of a page. */
static struct place place_of(struct book *b, const char *text)
{
    const char *bang = text == NULL ? NULL : strrchr(text, '!');
    struct place p = {0};

    if (text == NULL || *text == 0)
        return p;
    p.has_cell = read_ref(bang != NULL ? bang + 1 : text, &p.row, &p.col);
    if (p.has_cell)
        p.page = bang == NULL ? "" : arena_strn(&b->arena, text, (size_t)(bang - text));
    else
        p.page = arena_str(&b->arena, text);
    return p;
}

static const char *ref_of(struct book *b, const struct place *p)
{
    char letters[8];
    size_t n = sizeof letters - 1;

    letters[n] = 0;
    for (uint32_t c = p->col + 1; c > 0 && n > 0; c = (c - 1) / 26)
        letters[--n] = (char)('A' + (c - 1) % 26);
    return arena_printf(&b->arena, "%s%u", letters + n, p->row + 1);
}

/* -- one finding -------------------------------------------------------------------- */

static const char *severity_key(enum severity s)
{
    return s == SEV_ERROR ? "error" : s == SEV_WARNING ? "warning" : "note";
}

/*
 * A text of the catalogue says what is wrong, then what to do: its last sentence. Where
 * it has only one, the severity says what to do.
 */
static void split(struct book *b, const struct finding *f, const char **what,
                  const char **todo)
{
    struct finding without = *f; /* its place has a column of its own */
    struct bytes t = {0};
    const char *cut = NULL, *s;

    without.cell = "";
    finding_render(b->cat, &without, LANG_VI, &t);
    s = arena_str(&b->arena, bytes_cstr(&t));
    bytes_clear(&t);
    for (const char *p = s; (p = strstr(p, ". ")) != NULL; p += 2)
        cut = p;
    *what = cut == NULL ? s : arena_strn(&b->arena, s, (size_t)(cut - s));
    *todo = cut != NULL ? cut + 2
                        : text_of(b, arena_printf(&b->arena, "book.todo_%s",
                                                  severity_key(f->severity)));
}

static void mark(struct book *b, const struct finding *f, const struct place *p,
                 const char *what, const char *todo)
{
    struct bytes note = {0};

    if (!p->has_cell || b->n_marks == MARKS_MAX)
        return;
    if ((b->n_marks & (b->n_marks + 1)) == 0)
        b->marks = mem_grow(b->marks, 2 * b->n_marks + 1, sizeof *b->marks);
    say(&note, b->cat, LANG_VI, "book.note",
        say_word(b->cat, LANG_VI, "severity", severity_key(f->severity)), what, todo,
        NULL);
    for (size_t i = 0; i + 2 < note.n; i++) /* a TSV field has no line ends */
        if (memcmp(note.p + i, " | ", 3) == 0) {
            note.p[i] = '\n';
            memmove(note.p + i + 1, note.p + i + 3, note.n - i - 3);
            note.n -= 2;
        }
    b->marks[b->n_marks++] =
        (struct mark){.page = p->page,
                      .row = p->row,
                      .col = p->col,
                      .level = f->severity == SEV_ERROR     ? MARK_RED
                               : f->severity == SEV_WARNING ? MARK_AMBER
                                                            : MARK_BLUE,
                      .note = arena_str(&b->arena, bytes_cstr(&note))};
    bytes_clear(&note);
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

/* What the officer wrote to this finding in the file itself. */
static const char *answered(const struct book *b, const struct finding *f,
                            const struct indicator *ind, const char *title)
{
    for (size_t i = 0; i < b->n_answered; i++) {
        const struct form_answer *x = &b->answered[i];

        if (same_text(x->code, f->code) &&
            same_text(x->indicator, ind != NULL ? ind->code : NULL) &&
            same_text(x->b1, f->b1) && same_text(x->b2, f->b2) &&
            same_text(x->title, title))
            return x->text;
    }
    return "";
}

static void link_to(struct front_cell *c, const struct place *p)
{
    c->link = p->page;
    c->link_row = p->row;
    c->link_col = p->col;
}

/* Text from a file may turn what stands behind it around: such marks are named. */
static const char *shown(struct book *b, const char *text)
{
    struct bytes out = {0};
    const char *s;

    if (text == NULL || !text_has_hidden(text))
        return text;
    for (const unsigned char *p = (const unsigned char *)text; *p != 0;) {
        size_t n = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
        char one[5] = "";

        memcpy(one, p, strnlen((const char *)p, n));
        if (n == 1 || !text_has_hidden(one))
            bytes_str(&out, one);
        else
            bytes_str(&out, "¿");
        p += strlen(one);
    }
    s = arena_str(&b->arena, bytes_cstr(&out));
    bytes_clear(&out);
    return s;
}

/* "HTX Ngọc Minh (0100233488)": which period it is stands above the table. */
static const char *who_of(struct book *b, const char *title)
{
    const char *end = strstr(title, "), ");

    return shown(
        b, end == NULL ? title : arena_strn(&b->arena, title, (size_t)(end + 1 - title)));
}

/* "460 dòng, số 1/575 đến 1/1034": in the summary; the list is on the last page. */
static void say_receipts(const struct book *b, struct bytes *out)
{
    const struct answer_line *first = NULL, *last = NULL;
    char n_text[24], from[48], to[48];
    size_t n = 0;

    for (size_t i = 0; i < b->a->n; i++) {
        const struct answer_line *l = &b->a->lines[i];

        if (!l->has_receipt)
            continue;
        n++;
        if (first == NULL || l->epoch < first->epoch ||
            (l->epoch == first->epoch && l->seq < first->seq))
            first = l;
        if (last == NULL || l->epoch > last->epoch ||
            (l->epoch == last->epoch && l->seq > last->seq))
            last = l;
    }
    if (n == 0)
        return;
    snprintf(n_text, sizeof n_text, "%zu", n);
    snprintf(from, sizeof from, "%llu/%llu", (unsigned long long)first->epoch,
             (unsigned long long)first->seq);
    snprintf(to, sizeof to, "%llu/%llu", (unsigned long long)last->epoch,
             (unsigned long long)last->seq);
    say(out, b->cat, LANG_VI, "book.receipts_from", n_text, from, to, NULL);
}

static void list_finding(struct book *b, const struct finding *f,
                         const struct answer_line *l)
{
    static const enum front_style styles[] = {
        [SEV_NOTE] = FRONT_BLUE, [SEV_WARNING] = FRONT_AMBER, [SEV_ERROR] = FRONT_RED};
    const struct indicator *ind = catalogue_indicator_no(b->cat, f->indicator);
    const char *title = l != NULL ? l->title : "";
    struct place p = place_of(b, f->cell != NULL && *f->cell != 0 ? f->cell
                                 : l != NULL                      ? l->place
                                                                  : "");
    bool input = f->severity == SEV_WARNING && l != NULL;
    const struct answer_said *said = l != NULL ? answer_explained(l, f) : NULL;
    const char *what, *todo, *text, *keys[FORM_ANSWER_KEYS];
    char hex[2 * ID_LEN + 1] = "";
    struct front_cell *c;

    split(b, f, &what, &todo);
    what = shown(b, what);
    text = answered(b, f, ind, title);
    if (said != NULL) {
        todo = text_of(b, "book.todo_said");
        text = *text != 0 ? text : said->text;
    }
    mark(b, f, &p, what, todo);
    if (++b->n > LISTED_MAX)
        return;
    b->page->row++;
    put(b, COL_NO, FRONT_CENTRE, number_text(b, b->n));
    put(b, COL_SEVERITY, styles[f->severity],
        say_word(b->cat, LANG_VI, "severity", severity_key(f->severity)));
    put(b, COL_PAGE, FRONT_CELL, p.page);
    c = put(b, COL_CELL, p.page != NULL ? FRONT_LINK : FRONT_CENTRE,
            p.has_cell       ? ref_of(b, &p)
            : p.page != NULL ? text_of(b, "book.open")
                             : "");
    if (p.page != NULL)
        link_to(c, &p);
    put(b, COL_WHO, FRONT_CELL, who_of(b, title));
    put(b, COL_VALUE, FRONT_CELL,
        strcmp(f->code, "CELL_FORMULA") == 0 ? text_of(b, "book.no_value")
                                             : shown(b, f->value));
    put(b, COL_TEXT, FRONT_CELL, what);
    put(b, COL_REMEDY, FRONT_CELL, todo);
    put(b, COL_ANSWER, input ? FRONT_INPUT : FRONT_CELL, shown(b, text));
    if (l != NULL && l->has_item)
        hex_of(l->id.b, ID_LEN, hex);
    keys[FORM_KEY_REPORT] = arena_str(&b->arena, hex);
    keys[FORM_KEY_CODE] = f->code;
    keys[FORM_KEY_INDICATOR] = ind != NULL ? ind->code : "";
    keys[FORM_KEY_B1] = f->b1;
    keys[FORM_KEY_B2] = f->b2;
    keys[FORM_KEY_CELL] = f->cell;
    keys[FORM_KEY_TITLE] = title;
    for (uint32_t i = 0; i < FORM_ANSWER_KEYS; i++)
        put(b, COL_KEY + i, FRONT_TEXT, keys[i]);
}

static void list_findings(struct book *b, enum severity s)
{
    for (size_t i = 0; i < b->a->sheet.n; i++)
        if (b->a->sheet.list[i].severity == s)
            list_finding(b, &b->a->sheet.list[i], NULL);
    for (size_t i = 0; i < b->a->n; i++)
        for (size_t k = 0; k < b->a->lines[i].findings.n; k++)
            if (b->a->lines[i].findings.list[k].severity == s)
                list_finding(b, &b->a->lines[i].findings.list[k], &b->a->lines[i]);
}

/* -- the page ----------------------------------------------------------------------- */

static void across(struct book *b, enum front_style style, const char *text)
{
    put(b, 0, style, text)->across = COL_ANSWER;
}

static void put_head(struct book *b)
{
    static const char *const names[] = {
        [COL_NO] = "book.no",        [COL_SEVERITY] = "cli.severity",
        [COL_PAGE] = "book.page",    [COL_CELL] = "book.cell",
        [COL_WHO] = "book.who",      [COL_VALUE] = "book.value",
        [COL_TEXT] = "book.text",    [COL_REMEDY] = "book.todo",
        [COL_ANSWER] = "book.answer"};
    struct bytes head = {0};
    char *save = NULL, *line;

    across(b, FRONT_TITLE, text_of(b, "book.title"));
    put(b, COL_KEY, FRONT_TEXT, FRONT_MARK);
    answer_head(b->cat, LANG_VI, b->a, &head);
    say_receipts(b, &head);
    bytes_printf(&head, "\n%s", text_of(b, "book.legend"));
    for (line = strtok_r((char *)(uintptr_t)bytes_cstr(&head), "\n", &save);
         line != NULL && b->page->row < HEAD_ROWS_MAX;
         line = strtok_r(NULL, "\n", &save)) {
        b->page->row++;
        across(b, FRONT_TEXT, arena_str(&b->arena, line));
    }
    bytes_clear(&head);
    b->page->row += 2;
    for (uint32_t i = 0; i < COUNT(names); i++)
        put(b, i, FRONT_HEAD, text_of(b, names[i]));
    for (uint32_t i = 0; i < FORM_ANSWER_KEYS; i++)
        put(b, COL_KEY + i, FRONT_TEXT, form_answer_keys[i]);
}

enum receipt_columns {
    REC_NO,
    REC_NUMBER,
    REC_TIME,
    REC_VERDICT,
    REC_WHO,
    REC_PAGE,
    REC_CELL,
    REC_HASH,
    REC_KEY, /* not shown */
    REC_COLS,
};

static void list_receipt(struct book *b, const struct answer_line *l, size_t n)
{
    struct place p = place_of(b, l->place);
    struct bytes when = {0};
    char hex[2 * HASH_LEN + 1];
    struct front_cell *c;

    say_time(&when, l->time);
    b->page->row++;
    put(b, REC_NO, FRONT_CENTRE, number_text(b, n));
    put(b, REC_NUMBER, FRONT_CENTRE,
        arena_printf(&b->arena, "%llu/%llu", (unsigned long long)l->epoch,
                     (unsigned long long)l->seq));
    put(b, REC_TIME, FRONT_CENTRE, arena_str(&b->arena, bytes_cstr(&when)));
    put(b, REC_VERDICT, FRONT_CELL, answer_state_text(b->cat, LANG_VI, l->state));
    put(b, REC_WHO, FRONT_CELL, who_of(b, l->title));
    put(b, REC_PAGE, FRONT_CELL, p.page);
    c = put(b, REC_CELL, p.has_cell ? FRONT_LINK : FRONT_CENTRE,
            p.has_cell ? ref_of(b, &p) : "");
    if (p.has_cell)
        link_to(c, &p);
    put(b, REC_HASH, FRONT_CENTRE,
        arena_printf(&b->arena, "%.16s", hash_hex(&l->hash, hex)));
    bytes_clear(&when);
}

/* The numbers of what was taken, on the last page. */
static void put_receipts(struct book *b)
{
    static const char *const names[] = {[REC_NO] = "book.no",
                                        [REC_NUMBER] = "book.receipt_no",
                                        [REC_TIME] = "book.receipt_time",
                                        [REC_VERDICT] = "book.verdict",
                                        [REC_WHO] = "book.who",
                                        [REC_PAGE] = "book.page",
                                        [REC_CELL] = "book.cell",
                                        [REC_HASH] = "book.receipt_hash"};
    size_t n = 0;

    for (size_t i = 0; i < b->a->n; i++)
        n += b->a->lines[i].has_receipt;
    if (n == 0)
        return;
    b->page = &b->back;
    put(b, 0, FRONT_TITLE, text_of(b, "book.receipts"))->across = REC_HASH;
    put(b, REC_KEY, FRONT_TEXT, FRONT_MARK);
    b->page->row++;
    put(b, 0, FRONT_TEXT, text_of(b, "cli.answer_foot"))->across = REC_HASH;
    b->page->row++;
    b->page->head = b->page->row;
    for (uint32_t i = 0; i < COUNT(names); i++)
        put(b, i, FRONT_HEAD, text_of(b, names[i]));
    n = 0;
    for (size_t i = 0; i < b->a->n && n < LISTED_MAX; i++)
        if (b->a->lines[i].has_receipt)
            list_receipt(b, &b->a->lines[i], ++n);
}

static void put_findings(struct book *b)
{
    b->page = &b->front;
    put_head(b);
    b->page->head = b->page->row;
    list_findings(b, SEV_ERROR);
    list_findings(b, SEV_WARNING);
    list_findings(b, SEV_NOTE);
    b->page->row += 2;
    across(b, FRONT_TEXT, text_of(b, "cli.answer_foot"));
}

/* -- the seal: has anybody saved it since? ------------------------------------------ */

#define SEAL "HTX1:"

enum { SEAL_LEN = sizeof SEAL - 1 + SEAL_HEX, END_LEN = 22 };

static struct hash seal_hash(struct span book)
{
    return hash_of(DOMAIN_FILE, (struct span){book.p, book.n - SEAL_HEX});
}

/* Into the comment of the archive, which no program keeps when it saves. */
static void seal(struct bytes *book)
{
    char hex[SEAL_HEX + 1];
    struct hash h;

    if (book->n < END_LEN || memcmp(book->p + book->n - END_LEN, "PK\5\6", 4) != 0 ||
        book->p[book->n - 2] != 0 || book->p[book->n - 1] != 0)
        return;
    book->p[book->n - 2] = SEAL_LEN;
    bytes_str(book, SEAL);
    h = hash_of(DOMAIN_FILE, span_of(book));
    bytes_str(book, hash_hex(&h, hex));
}

bool answer_is_ours(struct span book)
{
    char hex[SEAL_HEX + 1];
    struct hash h;

    if (book.n < END_LEN + SEAL_LEN ||
        memcmp(book.p + book.n - SEAL_LEN, SEAL, sizeof SEAL - 1) != 0)
        return false;
    h = seal_hash(book);
    return memcmp(book.p + book.n - SEAL_HEX, hash_hex(&h, hex), SEAL_HEX) == 0;
}

static struct front front_of(const struct page *p, const char *name,
                             const unsigned *widths, size_t cols, size_t hidden)
{
    return (struct front){.name = name,
                          .widths = widths,
                          .n_cols = cols,
                          .n_hidden = hidden,
                          .cells = p->cells,
                          .n_cells = p->n,
                          .head = p->head,
                          .footer = "&C&P/&N"};
}

static bool write_book(struct book *b, const char *path, const struct sheet *s,
                       struct bytes *out, struct err *e)
{
    static const unsigned widths[COLS] = {5,  11, 13, 7, 25, 14, 36, 32,
                                          34, 3,  3,  3, 3,  3,  3,  3};
    static const unsigned back_widths[REC_COLS] = {6, 14, 18, 38, 44, 18, 8, 22, 3};
    struct marking m = {.note_head = text_of(b, "book.note_head"), .author = "HTX"};
    struct err why = {0};

    form_answers(s, &b->arena, &b->answered, &b->n_answered);
    put_findings(b);
    put_receipts(b);
    m.marks = b->marks;
    m.n = b->n_marks;
    m.front =
        front_of(&b->front, text_of(b, "book.sheet"), widths, COLS, FORM_ANSWER_KEYS);
    m.back =
        front_of(&b->back, text_of(b, "book.sheet_receipts"), back_widths, REC_COLS, 1);
    if (!sheet_mark(path, s, &m, out, &why, e))
        return false;
    if (why.kind != ERR_NONE)
        log_event(LOG_INFO, "workbook_made_again name=\"%s\" why=\"%s\"", b->a->name,
                  why.text);
    seal(out);
    return true;
}

bool answer_book(const struct catalogue *cat, const struct answer *a, const char *path,
                 struct bytes *out, struct err *e)
{
    struct book b = {.cat = cat, .a = a};
    struct sheet *s = NULL;
    bool ok = sheet_open(&s, path, e) && write_book(&b, path, s, out, e);

    sheet_close(&s);
    free(b.marks);
    free(b.front.cells);
    free(b.back.cells);
    arena_clear(&b.arena);
    return ok;
}
