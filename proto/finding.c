#include "proto/finding.h"

#include <stdlib.h>

/* A cell may hold more than travels in one string: whole characters, then "…". */
static const char *short_copy(struct arena *a, const char *s)
{
    size_t n = FINDING_TEXT - 3;

    if (s == NULL || strlen(s) <= FINDING_TEXT)
        return arena_str(a, s);
    while (n > 0 && ((unsigned char)s[n] & 0xc0) == 0x80)
        n--;
    return arena_printf(a, "%.*s…", (int)n, s);
}

void findings_add(struct findings *fs, const struct finding *f)
{
    struct finding *own;

    if (fs->n >= FINDINGS_MAX) {
        /* keep the worst of what is cut, so that a verdict never looks milder */
        own = &fs->list[FINDINGS_MAX - 1];
        own->refuses |= f->refuses;
        own->holds |= f->holds;
        if (f->severity > own->severity)
            own->severity = f->severity;
        return;
    }
    if (fs->n == fs->cap) {
        fs->cap = fs->cap != 0 ? 2 * fs->cap : 8;
        fs->list = mem_grow(fs->list, fs->cap, sizeof *fs->list);
    }
    own = &fs->list[fs->n++];
    *own = *f;
    own->code = arena_str(&fs->arena, f->code);
    own->b1 = arena_str(&fs->arena, f->b1);
    own->b2 = arena_str(&fs->arena, f->b2);
    own->cell = arena_str(&fs->arena, f->cell);
    own->value = short_copy(&fs->arena, f->value);
    for (size_t i = 0; i < FINDING_ARGS; i++)
        own->args[i] = short_copy(&fs->arena, f->args[i]);
}

void findings_clear(struct findings *fs)
{
    free(fs->list);
    arena_clear(&fs->arena);
    *fs = (struct findings){0};
}

enum severity findings_worst(const struct findings *fs)
{
    enum severity worst = 0;

    for (size_t i = 0; i < fs->n; i++)
        if (fs->list[i].severity > worst)
            worst = fs->list[i].severity;
    return worst;
}

bool findings_refuse(const struct findings *fs)
{
    for (size_t i = 0; i < fs->n; i++)
        if (fs->list[i].refuses)
            return true;
    return false;
}

bool findings_hold(const struct findings *fs)
{
    for (size_t i = 0; i < fs->n; i++)
        if (fs->list[i].holds)
            return true;
    return false;
}

struct finding finding_at(const char *code, enum severity s, const struct observation *o)
{
    return (struct finding){.code = code,
                            .severity = s,
                            .indicator = o->indicator,
                            .b1 = o->b1,
                            .b2 = o->b2,
                            .cell = o->cell,
                            .value = o->text};
}
