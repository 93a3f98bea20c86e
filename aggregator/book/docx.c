#include "aggregator/book/docx.h"
#include "proto/forms/sheet_repack.h"
#include "proto/forms/sheet_xml.h"

enum {
    NODES_MAX = 400000,
    OUT_MAX = 64 << 20, /* bytes of a part, filled */
    NAME_MAX_LEN = 200,
    UNKNOWN_MAX = 20, /* named in one error */
};

/* An element that matters or has one inside; its bytes stay in the part. */
struct node {
    const char *name; /* local; "" for those of other namespaces */
    size_t from, to;  /* start tag */
    size_t last, end; /* end tag: [last, end) */
    struct node *parent, *first, *tail, *next;
    struct bytes text; /* of a w:t */
    const char *now;   /* what stands there while its paragraph is written */
};

/* A list being repeated, within others perhaps. item -1: an empty one that must stand. */
struct turn {
    const char *list;
    long item;
    const struct turn *outer;
};

struct fill {
    const struct docx_values *v;
    struct span part;
    struct node root, *open;
    size_t nodes;
    struct arena arena;
    struct node **texts; /* all w:t, for their bytes */
    size_t n_texts;
    struct bytes *out;
    const struct turn *turn; /* NULL: nothing is repeated */
    struct bytes *unknown;   /* of all parts */
    size_t *n_unknown;
};

/* ---- reading ---- */

static bool on_start(void *ctx, const struct xml_tag *t, struct err *e)
{
    struct fill *f = ctx;
    struct node *n = arena_new(&f->arena, sizeof *n);

    if (++f->nodes > NODES_MAX)
        return err_set(e, ERR_INPUT, "more than %d elements", NODES_MAX);
    n->name = t->main ? arena_str(&f->arena, t->name) : "";
    n->from = t->from;
    n->to = n->last = n->end = t->to;
    n->parent = f->open;
    if (f->open->tail != NULL)
        f->open->tail->next = n;
    else
        f->open->first = n;
    f->open->tail = n;
    f->open = n;
    if (strcmp(n->name, "t") == 0) {
        if (f->n_texts % 256 == 0)
            f->texts = mem_grow(f->texts, f->n_texts + 256, sizeof(struct node *));
        f->texts[f->n_texts++] = n;
    }
    return true;
}

static bool on_end(void *ctx, const struct xml_tag *t, struct err *e)
{
    struct fill *f = ctx;

    (void)e;
    if (t->from >= f->open->to) { /* "<x/>" has no end of its own */
        f->open->last = t->from;
        f->open->end = t->to;
    }
    f->open = f->open->parent;
    return true;
}

static void on_text(void *ctx, struct span s)
{
    struct fill *f = ctx;

    if (strcmp(f->open->name, "t") == 0)
        bytes_add(&f->open->text, s.p, s.n);
}

static bool is(const struct node *n, const char *name)
{
    return strcmp(n->name, name) == 0;
}

/* ---- placeholders ---- */

struct runs { /* the w:t of one paragraph, and their text as one */
    struct node **list;
    size_t *at;
    size_t n;
    struct bytes text;
};

static void runs_clear(struct runs *r)
{
    free(r->list);
    free(r->at);
    bytes_clear(&r->text);
}

static void collect(const struct node *n, struct runs *r)
{
    for (struct node *c = n->first; c != NULL; c = c->next) {
        if (is(c, "p"))
            continue; /* of a text box: a paragraph of its own */
        if (is(c, "t")) {
            r->list = mem_grow(r->list, r->n + 1, sizeof(struct node *));
            r->at = mem_grow(r->at, r->n + 1, sizeof *r->at);
            r->at[r->n] = r->text.n;
            r->list[r->n++] = c;
            bytes_add(&r->text, c->text.p, c->text.n);
        } else if (is(c, "br") || is(c, "tab") || is(c, "cr")) {
            bytes_char(&r->text, '\n'); /* no placeholder goes over it */
        } else {
            collect(c, r);
        }
    }
}

/*
 * The next placeholder at or behind *at: [*at, *end) with its braces, its name trimmed in
 * the arena. NULL when there is no more.
 */
static const char *next_name(struct arena *a, struct bytes *text, size_t *at, size_t *end)
{
    const char *s = bytes_cstr(text);

    for (;;) {
        const char *open = strstr(s + *at, "{{"), *close;
        const char *name;

        if (open == NULL)
            return NULL;
        while (open[2] == '{')
            open++;
        close = open + 2 + strcspn(open + 2, "{}\n");
        *at = (size_t)(open - s) + 2;
        if (close[0] != '}' || close[1] != '}' || close - open - 2 > NAME_MAX_LEN)
            continue;
        for (name = open + 2; *name == ' '; name++)
            ;
        while (close > name && close[-1] == ' ')
            close--;
        *at = (size_t)(open - s);
        *end = *at + strcspn(s + *at, "}") + 2;
        return arena_strn(a, name, (size_t)(close - name));
    }
}

/* The list of "list.field", when there is such a list. */
static const char *list_of(struct fill *f, const char *name)
{
    const char *dot = strchr(name, '.');
    const char *list;

    if (dot == NULL)
        return NULL;
    list = arena_strn(&f->arena, name, (size_t)(dot - name));
    return f->v->items(f->v->ctx, list) >= 0 ? list : NULL;
}

static const struct turn *turn_of(const struct fill *f, const char *list)
{
    const struct turn *t = f->turn;

    while (t != NULL && strcmp(t->list, list) != 0)
        t = t->outer;
    return t;
}

static const char *value_of(struct fill *f, const char *name)
{
    const char *list = list_of(f, name), *value = NULL;
    const struct turn *t = list != NULL ? turn_of(f, list) : NULL;

    if (list == NULL)
        value = f->v->value(f->v->ctx, name);
    else if (t != NULL) /* else: two lists in one row */
        value = t->item < 0
                    ? ""
                    : f->v->field(f->v->ctx, list, strchr(name, '.') + 1, t->item);
    if (value == NULL) {
        if ((*f->n_unknown)++ < UNKNOWN_MAX)
            bytes_printf(f->unknown, "%s{{%s}}", f->unknown->n > 0 ? ", " : "", name);
        value = "";
    }
    return value;
}

/*
 * The first list that a paragraph of n names and that is not being repeated already; rows
 * of tables within n are their own.
 */
static const char *list_in(struct fill *f, const struct node *n)
{
    const char *found = NULL;

    if (is(n, "p")) {
        struct runs r = {0};
        const char *name;
        size_t at = 0, end;

        collect(n, &r);
        while (found == NULL &&
               (name = next_name(&f->arena, &r.text, &at, &end)) != NULL) {
            found = list_of(f, name);
            if (found != NULL && turn_of(f, found) != NULL)
                found = NULL;
            at = end;
        }
        runs_clear(&r);
    }
    for (const struct node *c = n->first; found == NULL && c != NULL; c = c->next)
        if (!is(c, "tbl"))
            found = list_in(f, c);
    return found;
}

/* "#list" or "/list" when that is all the paragraph says. */
static const char *marker_of(struct fill *f, const struct node *n)
{
    struct runs r = {0};
    const char *name = NULL;
    size_t at = 0, end;

    if (!is(n, "p"))
        return NULL;
    collect(n, &r);
    name = next_name(&f->arena, &r.text, &at, &end);
    if (name != NULL &&
        ((*name != '#' && *name != '/') || strspn(bytes_cstr(&r.text), " \n") != at ||
         strspn(bytes_cstr(&r.text) + end, " \n") != r.text.n - end))
        name = NULL;
    runs_clear(&r);
    return name;
}

/* ---- writing ---- */

static void put_raw(struct fill *f, size_t from, size_t to)
{
    if (to > from)
        bytes_add(f->out, f->part.p + from, to - from);
}

/* A w:t with another text; its lines are parted by w:br. */
static void put_text(struct fill *f, const struct node *n)
{
    const char *tag = (const char *)f->part.p + n->from + 1, *s = n->now;
    const int prefix = (int)strcspn(tag, " \t\r\n/>") - 1; /* "w:", without the t */

    for (;;) {
        const size_t len = strcspn(s, "\n");
        char *line = mem_printf("%.*s", (int)len, s);

        bytes_printf(f->out, "<%.*st xml:space=\"preserve\">", prefix, tag);
        xml_words(f->out, line);
        bytes_printf(f->out, "</%.*st>", prefix, tag);
        free(line);
        if (s[len] == 0)
            break;
        bytes_printf(f->out, "<%.*sbr/>", prefix, tag);
        s += len + 1;
    }
}

/* Gives the runs of a paragraph the text they shall have now. */
static void set_runs(struct fill *f, struct runs *r)
{
    struct bytes *now = mem_array(r->n, sizeof *now);
    bool *changed = mem_array(r->n, sizeof *changed);
    const char *name;
    size_t at = 0, end = 0, done = 0, run = 0;

#define RUN_END(i) ((i) + 1 < r->n ? r->at[(i) + 1] : r->text.n)
    for (;;) {
        const size_t from = done;
        const char *value;

        at = done;
        name = next_name(&f->arena, &r->text, &at, &end);
        if (name == NULL)
            at = end = r->text.n;
        for (size_t i = from; i < at; i++) { /* what stands before it stays */
            while (run + 1 < r->n && i >= RUN_END(run))
                run++;
            if (i >= r->at[run] && i < r->at[run] + r->list[run]->text.n)
                bytes_char(&now[run], r->text.p[i]);
        }
        if (name == NULL)
            break;
        while (run + 1 < r->n && at >= RUN_END(run))
            run++;
        value = value_of(f, name);
        bytes_str(&now[run], value);
        changed[run] = true;
        for (size_t i = run + 1; i < r->n && r->at[i] < end; i++)
            changed[i] = true;
        done = end;
    }
#undef RUN_END
    for (size_t i = 0; i < r->n; i++) {
        r->list[i]->now = changed[i] ? arena_str(&f->arena, bytes_cstr(&now[i])) : NULL;
        bytes_clear(&now[i]);
    }
    free(now);
    free(changed);
}

static bool put_inside(struct fill *f, struct node *n, struct err *e);
static bool put_block(struct fill *f, struct node *open, const struct node *end,
                      const char *list, struct err *e);

static bool put_whole(struct fill *f, struct node *n, struct err *e)
{
    struct runs r = {0};
    bool ok;

    if (is(n, "t") && n->now != NULL) {
        put_text(f, n);
        return true;
    }
    if (is(n, "p")) {
        collect(n, &r);
        if (r.n > 0)
            set_runs(f, &r);
    }
    put_raw(f, n->from, n->to);
    ok = put_inside(f, n, e);
    put_raw(f, n->last, n->end);
    for (size_t i = 0; i < r.n; i++)
        r.list[i]->now = NULL;
    runs_clear(&r);
    if (ok && f->out->n > OUT_MAX)
        ok = err_set(e, ERR_INPUT, "the filled document would be larger than %d MiB",
                     OUT_MAX >> 20);
    return ok;
}

/* Once for each item; a row or paragraph that a table cannot lack stays, empty. */
static bool put_node(struct fill *f, struct node *n, struct err *e)
{
    const char *list = is(n, "tr") || is(n, "p") ? list_in(f, n) : NULL;
    const bool must = is(n, "tr") || is(n->parent, "tc");
    struct turn turn = {list, 0, f->turn};
    bool ok = true;
    long items;

    if (list == NULL)
        return put_whole(f, n, e);
    items = f->v->items(f->v->ctx, list);
    f->turn = &turn;
    if (items == 0 && must) {
        turn.item = -1;
        ok = put_whole(f, n, e);
    }
    for (turn.item = 0; ok && turn.item < items; turn.item++)
        ok = put_node(f, n, e); /* which may name one list more */
    f->turn = turn.outer;
    return ok;
}

/* The sibling that closes the block which `open` begins; NULL when there is none. */
static struct node *block_end(struct fill *f, const struct node *open, const char *list)
{
    for (struct node *c = open->next; c != NULL; c = c->next) {
        const char *marker = marker_of(f, c);

        if (marker != NULL && *marker == '/' && strcmp(marker + 1, list) == 0)
            return c;
    }
    return NULL;
}

/* Siblings [first, stop), with what stands between them from `at` on. */
static bool put_span(struct fill *f, struct node *first, const struct node *stop,
                     size_t at, struct err *e)
{
    for (struct node *c = first; c != stop; c = c->next) {
        const char *marker = marker_of(f, c);
        struct node *end = marker != NULL ? block_end(f, c, marker + 1) : NULL;

        put_raw(f, at, c->from);
        if (marker == NULL) {
            if (!put_node(f, c, e))
                return false;
            at = c->end;
            continue;
        }
        if (*marker != '#' || end == NULL || f->v->items(f->v->ctx, marker + 1) < 0)
            return err_set(e, ERR_INPUT,
                           "{{%s}}: cần một danh sách đã biết, mở bằng {{#...}} và đóng "
                           "bằng {{/...}} / a known list, opened and closed",
                           marker);
        if (!put_block(f, c, end, marker + 1, e))
            return false;
        c = end;
        at = c->end;
    }
    return true;
}

static bool put_block(struct fill *f, struct node *open, const struct node *end,
                      const char *list, struct err *e)
{
    struct turn turn = {list, 0, f->turn};
    const long n = f->v->items(f->v->ctx, list);
    bool ok = true;

    f->turn = &turn;
    for (; ok && turn.item < n; turn.item++)
        ok = put_span(f, open->next, end, open->end, e);
    f->turn = turn.outer;
    return ok;
}

static bool put_inside(struct fill *f, struct node *n, struct err *e)
{
    const struct node *last = n->tail;

    if (!put_span(f, n->first, NULL, n->to, e))
        return false;
    put_raw(f, last != NULL ? last->end : n->to, n->last);
    return true;
}

static bool fill_part(struct fill *f, struct bytes *out, struct err *e)
{
    const struct xml_reader reader = {f, on_start, on_end, on_text};
    bool ok;

    f->open = &f->root;
    f->root.name = "";
    f->out = out;
    ok = xml_walk(f->part, &reader, e);
    f->root.last = f->root.end = f->part.n;
    ok = ok && put_inside(f, &f->root, e);
    for (size_t i = 0; i < f->n_texts; i++)
        bytes_clear(&f->texts[i]->text);
    free(f->texts);
    arena_clear(&f->arena);
    return ok;
}

/* ---- the archive ---- */

static bool fill_named(struct repack *r, const char *name, const struct docx_values *v,
                       struct bytes *unknown, size_t *n_unknown, struct err *e)
{
    struct fill f = {.v = v, .unknown = unknown, .n_unknown = n_unknown};
    struct bytes out = {0};
    bool ok = repack_read(r, name, &f.part, e) && fill_part(&f, &out, e);

    if (ok)
        repack_put(r, name, &out);
    bytes_clear(&out);
    return ok || err_in(e, "%s", name);
}

static bool fill_all(struct repack *r, const struct docx_values *v, struct err *e)
{
    static const char *const numbered[] = {"header", "footer"};
    static const char *const single[] = {"footnotes", "endnotes"};
    enum { PARTS = 40 };
    struct bytes unknown = {0};
    size_t n_unknown = 0;
    bool ok = fill_named(r, "word/document.xml", v, &unknown, &n_unknown, e);
    char name[64];

    for (size_t i = 0; ok && i < COUNT(numbered); i++)
        for (int n = 0; ok && n <= PARTS; n++) {
            snprintf(name, sizeof name, n == 0 ? "word/%s.xml" : "word/%s%d.xml",
                     numbered[i], n);
            if (repack_has(r, name))
                ok = fill_named(r, name, v, &unknown, &n_unknown, e);
        }
    for (size_t i = 0; ok && i < COUNT(single); i++) {
        snprintf(name, sizeof name, "word/%s.xml", single[i]);
        if (repack_has(r, name))
            ok = fill_named(r, name, v, &unknown, &n_unknown, e);
    }
    if (ok && n_unknown > 0)
        ok = err_set(e, ERR_INPUT,
                     "chỗ điền không có trong danh sách (%zu) / unknown placeholders: %s",
                     n_unknown, bytes_cstr(&unknown));
    bytes_clear(&unknown);
    return ok;
}

bool docx_fill(struct span document, const struct docx_values *v, struct bytes *out,
               struct err *e)
{
    struct repack *r;
    bool ok;

    if (document.n == 0)
        return err_set(e, ERR_INPUT, "tệp rỗng / an empty file");
    if (!repack_open(&r, document, e))
        return false;
    if (!repack_has(r, "word/document.xml"))
        ok = err_set(e, ERR_INPUT,
                     "không phải văn bản .docx / not a .docx document (word/document.xml "
                     "is missing)");
    else if (repack_has(r, "word/vbaProject.bin"))
        ok = err_set(e, ERR_INPUT,
                     "văn bản có macro: lưu lại dạng .docx / it holds macros: save it as "
                     ".docx");
    else
        ok = fill_all(r, v, e) && repack_write(r, out, e);
    repack_close(&r);
    return ok;
}
