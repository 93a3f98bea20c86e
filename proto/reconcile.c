#include "proto/reconcile.h"

#include "proto/merkle.h"

/* -- lists ----------------------------------------------------------------------------
 */

static struct hash line_hash(const struct reconcile_line *l)
{
    unsigned char b[HASH_LEN + 1];

    memcpy(b, l->item.b, HASH_LEN);
    b[HASH_LEN] = (unsigned char)l->verdict;
    return hash_of(DOMAIN_RECONCILE, (struct span){b, sizeof b});
}

static int by_item(const void *a, const void *b)
{
    return memcmp(((const struct reconcile_line *)a)->item.b,
                  ((const struct reconcile_line *)b)->item.b, HASH_LEN);
}

bool reconcile_ready(struct reconcile_unit *u, struct arena *a, struct err *e)
{
    if (u->n > 1)
        qsort(u->lines, u->n, sizeof *u->lines, by_item);
    u->hashes = arena_new(a, u->n * sizeof *u->hashes);
    for (size_t i = 0; i < u->n; i++) {
        char hex[2 * HASH_LEN + 1];

        if (i > 0 && hash_eq(&u->lines[i - 1].item, &u->lines[i].item))
            return err_set(e, ERR_INPUT, "unit %s: item %s stands twice", u->unit.code,
                           hash_hex(&u->lines[i].item, hex));
        u->hashes[i] = line_hash(&u->lines[i]);
    }
    return true;
}

struct hash reconcile_root(const struct reconcile_unit *u, size_t first, size_t n)
{
    static const struct hash none;

    return n > 0 ? merkle_root(u->hashes + first, n) : none;
}

void reconcile_only_fed(struct reconcile_unit *u)
{
    size_t n = 0;

    for (size_t i = 0; i < u->n; i++)
        if (u->lines[i].verdict != VERDICT_REFUSED)
            u->lines[n++] = u->lines[i];
    u->n = n;
}

struct range {
    size_t first, n;
};

/* The first line whose item is not below these bytes, which are filled up with zeros. */
static size_t not_below(const struct reconcile_unit *u, const unsigned char *prefix,
                        size_t n_prefix)
{
    size_t lo = 0, hi = u->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (memcmp(u->lines[mid].item.b, prefix, n_prefix) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static struct range under(const struct reconcile_unit *u, const unsigned char *prefix,
                          size_t n_prefix)
{
    size_t lo = not_below(u, prefix, n_prefix), hi = u->n, first = lo;

    while (lo < hi) { /* the first one behind those that begin so */
        size_t mid = lo + (hi - lo) / 2;

        if (memcmp(u->lines[mid].item.b, prefix, n_prefix) == 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return (struct range){first, lo - first};
}

/* -- answering ------------------------------------------------------------------------
 */

static void put_part(struct reconcile_row *r, const struct reconcile_unit *u,
                     const unsigned char *prefix, size_t n_prefix, struct range part)
{
    *r = (struct reconcile_row){.unit = u->unit,
                                .name = u->name,
                                .n_prefix = n_prefix,
                                .count = (uint32_t)part.n,
                                .root = reconcile_root(u, part.first, part.n)};
    if (n_prefix > 0)
        memcpy(r->prefix, prefix, n_prefix);
}

static void answer_list(const struct reconcile_unit *u, const struct reconcile_ask *ask,
                        struct range part, struct arena *a, struct reconcile_answer *out)
{
    struct reconcile_row *rows = arena_new(a, RECONCILE_PAGE * sizeof *rows);
    size_t i = part.first, end = part.first + part.n, bytes = 0;

    if (ask->has_after)
        while (i < end && memcmp(u->lines[i].item.b, ask->after.b, HASH_LEN) <= 0)
            i++;
    for (; i < end && out->n < RECONCILE_PAGE && bytes < RECONCILE_PAGE_BYTES; i++) {
        const struct reconcile_line *l = &u->lines[i];

        bytes += 160 + strlen(l->form) + strlen(l->subject) + strlen(l->name);
        rows[out->n++] = (struct reconcile_row){.is_item = true, .line = *l};
    }
    out->rows = rows;
    out->more = i < end;
}

void reconcile_answer(const struct reconcile_unit *u, const struct reconcile_ask *ask,
                      struct arena *a, struct reconcile_answer *out)
{
    struct range part = under(u, ask->prefix, ask->n_prefix);
    unsigned char prefix[HASH_LEN];
    struct reconcile_row *rows;

    out->ask = *ask;
    out->n = 0;
    out->more = false;
    if (ask->list) {
        answer_list(u, ask, part, a, out);
        return;
    }
    out->rows = rows = arena_new(a, 257 * sizeof *rows);
    put_part(&rows[out->n++], u, ask->prefix, ask->n_prefix, part);
    if (ask->n_prefix == HASH_LEN)
        return;
    memcpy(prefix, ask->prefix, ask->n_prefix);
    for (size_t i = part.first; i < part.first + part.n;) {
        struct range child;

        prefix[ask->n_prefix] = u->lines[i].item.b[ask->n_prefix];
        child = under(u, prefix, ask->n_prefix + 1);
        put_part(&rows[out->n], u, prefix, ask->n_prefix + 1, child);
        rows[out->n].unit.code = ""; /* said by the first row */
        rows[out->n++].name = "";
        i = child.first + child.n;
    }
}

void reconcile_answer_units(const struct reconcile_unit *list, size_t n,
                            const struct reconcile_ask *ask, struct arena *a,
                            struct reconcile_answer *out)
{
    size_t most = n < WIRE_LINES ? n : WIRE_LINES;
    struct reconcile_row *rows = arena_new(a, most * sizeof *rows);

    out->ask = *ask;
    out->rows = rows;
    out->n = most;
    out->more = most < n;
    for (size_t i = 0; i < most; i++)
        put_part(&rows[i], &list[i], NULL, 0, (struct range){0, list[i].n});
}

/* -- asking ---------------------------------------------------------------------------
 */

struct node { /* of the tree, that differs */
    unsigned char prefix[HASH_LEN];
    size_t n_prefix;
    bool list, known; /* known: count and root were said before */
    uint32_t count;   /* theirs */
    struct hash root;
};

struct reconcile_walk {
    const struct reconcile_unit *ours;
    const char *scheme, *period;
    struct log_pos at;
    bool fed;
    struct node *stack;
    size_t n_stack;
    struct reconcile_line *page; /* lines of the list that is being asked */
    size_t n_page;
    struct reconcile_line *theirs;
    size_t n_theirs;
    const struct reconcile_line **mine;
    size_t n_mine;
    bool begun;
    uint32_t count;
    struct hash root;
    const char *name;
    size_t questions;
    struct arena arena;
};

void reconcile_walk_open(struct reconcile_walk **out, const struct reconcile_unit *ours,
                         const char *scheme, const char *period, const struct log_pos *at,
                         bool fed)
{
    struct reconcile_walk *w = mem_new(sizeof *w);

    w->ours = ours;
    w->scheme = scheme;
    w->period = period;
    w->at = *at;
    w->fed = fed;
    w->name = "";
    w->stack = mem_array(1, sizeof *w->stack);
    w->n_stack = 1;
    *out = w;
}

void reconcile_walk_close(struct reconcile_walk **wp)
{
    struct reconcile_walk *w = *wp;

    if (w == NULL)
        return;
    free(w->stack);
    free(w->page);
    free(w->theirs);
    free(w->mine);
    arena_clear(&w->arena);
    free(w);
    *wp = NULL;
}

bool reconcile_walk_next(struct reconcile_walk *w, struct reconcile_ask *ask)
{
    const struct node *p;

    if (w->n_stack == 0)
        return false;
    p = &w->stack[w->n_stack - 1];
    *ask = (struct reconcile_ask){.unit = w->ours->unit,
                                  .scheme = w->scheme,
                                  .period = w->period,
                                  .n_prefix = p->n_prefix,
                                  .list = p->list,
                                  .has_after = p->list && w->n_page > 0,
                                  .at = w->at,
                                  .fed = w->fed};
    memcpy(ask->prefix, p->prefix, p->n_prefix);
    if (ask->has_after)
        ask->after = w->page[w->n_page - 1].item;
    return true;
}

static bool same_ask(const struct reconcile_ask *a, const struct reconcile_ask *b)
{
    return a->unit.valid_from == b->unit.valid_from &&
           strcmp(a->unit.code, b->unit.code) == 0 && strcmp(a->scheme, b->scheme) == 0 &&
           strcmp(a->period, b->period) == 0 && a->n_prefix == b->n_prefix &&
           memcmp(a->prefix, b->prefix, a->n_prefix) == 0 && a->list == b->list &&
           a->has_after == b->has_after &&
           (!a->has_after || hash_eq(&a->after, &b->after)) &&
           a->at.epoch == b->at.epoch && a->at.seq == b->at.seq && a->fed == b->fed;
}

static bool liar(struct err *e, const char *why)
{
    return err_set(e, ERR_INPUT, "the other side contradicts itself: %s", why);
}

static void push(struct reconcile_walk *w, const struct node *p)
{
    w->stack = mem_grow(w->stack, w->n_stack + 1, sizeof *w->stack);
    w->stack[w->n_stack++] = *p;
}

static struct reconcile_line kept_line(struct arena *a, const struct reconcile_line *l)
{
    struct reconcile_line own = *l;

    own.form = arena_str(a, l->form);
    own.subject = arena_str(a, l->subject);
    own.name = arena_str(a, l->name);
    return own;
}

static void their_line(struct reconcile_walk *w, const struct reconcile_line *l)
{
    w->theirs = mem_grow(w->theirs, w->n_theirs + 1, sizeof *w->theirs);
    w->theirs[w->n_theirs++] = *l;
}

static void our_line(struct reconcile_walk *w, const struct reconcile_line *l)
{
    w->mine = mem_grow(w->mine, w->n_mine + 1, sizeof *w->mine);
    w->mine[w->n_mine++] = l;
}

static bool agrees(const struct reconcile_unit *ours, struct range r, uint32_t count,
                   const struct hash *root)
{
    struct hash own = reconcile_root(ours, r.first, r.n);

    return r.n == count && hash_eq(&own, root);
}

/* A part of theirs that differs, or is empty here or there. */
static void differing(struct reconcile_walk *w, const struct node *p)
{
    struct range r = under(w->ours, p->prefix, p->n_prefix);

    if (p->count == 0) {
        for (size_t i = 0; i < r.n; i++)
            our_line(w, &w->ours->lines[r.first + i]);
        return;
    }
    push(w, p);
}

/* Cheaper than asking part by part: the lines of the whole, page by page. */
static bool list_whole(const struct node *whole, size_t parts)
{
    return whole->count / RECONCILE_PAGE + 1 <= parts;
}

/*
 * Children come in ascending order and add up to the whole. Those that differ replace it
 * on the stack.
 */
static bool take_parts(struct reconcile_walk *w, const struct reconcile_row *rows,
                       size_t n, struct err *e)
{
    struct node whole = w->stack[w->n_stack - 1], next[256];
    bool here[256] = {false};
    size_t parts = 0;
    uint64_t sum = 0;
    int last = -1;

    for (size_t i = 1; i < n; i++) {
        const struct reconcile_row *r = &rows[i];
        struct node *p;

        if (r->is_item || r->n_prefix != whole.n_prefix + 1 || r->count == 0 ||
            memcmp(r->prefix, whole.prefix, whole.n_prefix) != 0 ||
            (int)r->prefix[whole.n_prefix] <= last)
            return liar(e, "parts out of order");
        last = r->prefix[whole.n_prefix];
        sum += r->count;
        here[last] = true;
        p = &next[last];
        *p = (struct node){
            .n_prefix = r->n_prefix, .known = true, .count = r->count, .root = r->root};
        memcpy(p->prefix, r->prefix, r->n_prefix);
        p->list = r->n_prefix == HASH_LEN || r->count <= RECONCILE_PAGE;
    }
    if (sum != whole.count)
        return liar(e, "the parts do not add up");
    w->n_stack--;
    for (size_t b = 0; b < 256; b++) {
        struct range r;

        if (!here[b]) {
            next[b] = (struct node){.n_prefix = whole.n_prefix + 1, .known = true};
            memcpy(next[b].prefix, whole.prefix, whole.n_prefix);
            next[b].prefix[whole.n_prefix] = (unsigned char)b;
        }
        r = under(w->ours, next[b].prefix, next[b].n_prefix);
        here[b] = !agrees(w->ours, r, next[b].count, &next[b].root);
        parts += here[b] && next[b].count > 0;
    }
    if (parts > 0 && list_whole(&whole, parts)) {
        whole.list = true;
        push(w, &whole);
        return true;
    }
    for (size_t b = 0; b < 256; b++)
        if (here[b])
            differing(w, &next[b]);
    return true;
}

static bool take_tree(struct reconcile_walk *w, const struct reconcile_answer *a,
                      struct err *e)
{
    struct node *p = &w->stack[w->n_stack - 1];
    const struct reconcile_row *head = a->rows;

    if (a->n == 0 || head->is_item || head->n_prefix != p->n_prefix ||
        memcmp(head->prefix, p->prefix, p->n_prefix) != 0)
        return liar(e, "an answer without its head");
    if (head->count > RECONCILE_LINES_MAX)
        return liar(e, "more lines than a unit can have");
    if (p->known && (head->count != p->count || !hash_eq(&head->root, &p->root)))
        return liar(e, "two roots of one part");
    p->known = true;
    p->count = head->count;
    p->root = head->root;
    if (!w->begun) {
        w->begun = true;
        w->count = head->count;
        w->root = head->root;
        w->name = arena_str(&w->arena, head->name);
    }
    if (agrees(w->ours, under(w->ours, p->prefix, p->n_prefix), p->count, &p->root)) {
        w->n_stack--;
        return true;
    }
    if (p->count == 0) {
        struct node empty = *p;

        w->n_stack--;
        differing(w, &empty);
        return true;
    }
    return take_parts(w, a->rows, a->n, e);
}

/* Both are in order: what only one has, or has with another verdict, differs. */
static void compare_page(struct reconcile_walk *w, struct range r)
{
    const struct reconcile_line *ours = w->ours->lines + r.first;
    size_t i = 0, k = 0;

    while (i < r.n || k < w->n_page) {
        int order = i == r.n ? 1
                    : k == w->n_page
                        ? -1
                        : memcmp(ours[i].item.b, w->page[k].item.b, HASH_LEN);

        if (order == 0 && ours[i].verdict == w->page[k].verdict) {
            i++;
            k++;
            continue;
        }
        if (order <= 0)
            our_line(w, &ours[i++]);
        if (order >= 0)
            their_line(w, &w->page[k++]);
    }
}

static bool take_list(struct reconcile_walk *w, const struct reconcile_answer *a,
                      struct err *e)
{
    const struct node *p = &w->stack[w->n_stack - 1];
    struct reconcile_unit all = {.unit = w->ours->unit};
    struct arena scratch = {0};
    struct hash root;

    if (a->n == 0 && a->more)
        return liar(e, "a list that does not go on");
    for (size_t i = 0; i < a->n; i++) {
        const struct reconcile_line *l = &a->rows[i].line;

        if (!a->rows[i].is_item || memcmp(l->item.b, p->prefix, p->n_prefix) != 0 ||
            (w->n_page > 0 &&
             memcmp(w->page[w->n_page - 1].item.b, l->item.b, HASH_LEN) >= 0) ||
            w->n_page == p->count)
            return liar(e, "a list out of order");
        w->page = mem_grow(w->page, w->n_page + 1, sizeof *w->page);
        w->page[w->n_page++] = kept_line(&w->arena, l);
    }
    if (a->more)
        return true;
    all.lines = w->page;
    all.n = w->n_page;
    if (!reconcile_ready(&all, &scratch, e)) {
        arena_clear(&scratch);
        return false;
    }
    root = reconcile_root(&all, 0, all.n);
    arena_clear(&scratch);
    if (w->n_page != p->count || !hash_eq(&root, &p->root))
        return liar(e, "the lines do not make the root");
    compare_page(w, under(w->ours, p->prefix, p->n_prefix));
    w->n_page = 0;
    w->n_stack--;
    return true;
}

bool reconcile_walk_take(struct reconcile_walk *w, const struct reconcile_answer *a,
                         struct err *e)
{
    struct reconcile_ask asked;

    if (!reconcile_walk_next(w, &asked) || !same_ask(&asked, &a->ask))
        return false;
    if (asked.at.epoch != 0 &&
        (a->at.epoch != asked.at.epoch || a->at.seq != asked.at.seq))
        return liar(e, "an answer as of another position");
    w->at = a->at;
    w->questions++;
    return asked.list ? take_list(w, a, e) : take_tree(w, a, e);
}

static int by_pointed_item(const void *a, const void *b)
{
    return by_item(*(const struct reconcile_line *const *)a,
                   *(const struct reconcile_line *const *)b);
}

void reconcile_walk_found(const struct reconcile_walk *w, struct reconcile_found *out)
{
    if (w->n_theirs > 1)
        qsort(w->theirs, w->n_theirs, sizeof *w->theirs, by_item);
    if (w->n_mine > 1)
        qsort((void *)w->mine, w->n_mine, sizeof *w->mine, by_pointed_item);
    *out = (struct reconcile_found){.count = w->count,
                                    .root = w->root,
                                    .at = w->at,
                                    .name = w->name,
                                    .theirs = w->theirs,
                                    .n_theirs = w->n_theirs,
                                    .ours = w->mine,
                                    .n_ours = w->n_mine,
                                    .questions = w->questions};
}
