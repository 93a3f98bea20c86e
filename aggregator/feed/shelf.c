#include "aggregator/feed/shelf.h"

static void take_off(struct shelf_page *p)
{
    bytes_clear(&p->file);
    *p = (struct shelf_page){0};
}

void shelf_clear(struct shelf *s)
{
    for (size_t i = 0; i < SHELF_PAGES; i++)
        take_off(&s->pages[i]);
}

static struct shelf_page *oldest(struct shelf *s)
{
    struct shelf_page *old = &s->pages[0];

    for (size_t i = 1; i < SHELF_PAGES; i++)
        if (s->pages[i].used < old->used)
            old = &s->pages[i];
    return old;
}

static size_t held(const struct shelf *s)
{
    size_t n = 0;

    for (size_t i = 0; i < SHELF_PAGES; i++)
        n += s->pages[i].file.cap;
    return n;
}

/* Room for one more; one large page may stand there alone. */
static struct shelf_page *make_room(struct shelf *s)
{
    struct shelf_page *p = oldest(s);

    take_off(p);
    while (held(s) > SHELF_BYTES / 2) {
        struct shelf_page *old = NULL;

        for (size_t i = 0; i < SHELF_PAGES; i++)
            if (s->pages[i].at.page != 0 && (old == NULL || s->pages[i].used < old->used))
                old = &s->pages[i];
        if (old == NULL)
            break;
        take_off(old);
    }
    return p;
}

bool shelf_page(struct shelf *s, struct pg *pg, const struct feed_cursor *at,
                struct span *file, bool *found, struct err *e)
{
    struct shelf_page *p;

    for (size_t i = 0; i < SHELF_PAGES; i++) {
        p = &s->pages[i];
        if (at->page != 0 && p->at.page == at->page && p->at.epoch == at->epoch &&
            p->at.chain == at->chain) {
            p->used = ++s->now;
            *file = span_of(&p->file);
            *found = true;
            return true;
        }
    }
    p = make_room(s);
    if (!page_load(pg, at, &p->file, found, e) || !*found) {
        take_off(p);
        return e->kind == ERR_NONE;
    }
    p->at = *at;
    p->used = ++s->now;
    *file = span_of(&p->file);
    return true;
}
