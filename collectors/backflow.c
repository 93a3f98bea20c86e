#include "collectors/backflow.h"

#include "proto/base/crash.h"
#include "proto/base/file.h"
#include "proto/page.h"

#include <fcntl.h>
#include <unistd.h>

static char *page_path(const struct app *app, const struct app_unit *unit)
{
    return mem_printf("%s/register/%s.page", app->state, unit->key.code);
}

/* The hash of the page as it lies there; a damaged one has another, and comes again. */
static bool page_hash(const struct app *app, const struct app_unit *unit, struct hash *h)
{
    char *path = page_path(app, unit);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool there = fd >= 0 && hash_file(fd, h);

    if (fd >= 0)
        close(fd);
    free(path);
    return there;
}

bool backflow_have(struct app *app, const struct app_unit *unit, struct have *out,
                   struct err *e)
{
    *out = (struct have){.unit = unit->key,
                         .catalogue = app->held.version,
                         .catalogue_hash = app->held.hash};
    out->has_page = page_hash(app, unit, &out->page);
    return outbox_notice_newest(app->outbox, &unit->key, &out->notice, e);
}

bool backflow_offer(struct app *app, const struct app_unit *unit, const struct offer *o,
                    bool *wanted, bool *new_catalogue, struct err *e)
{
    struct hash have;

    *wanted = *new_catalogue = false;
    if (o->blob.kind == BLOB_REGISTER) {
        *wanted = !page_hash(app, unit, &have) || !hash_eq(&have, &o->blob.hash);
        return true;
    }
    if (o->blob.version == app->held.version && hash_eq(&o->blob.hash, &app->held.hash))
        return true;
    if (!held_offer(app->state, &app->genesis, o, wanted, e))
        return false;
    *new_catalogue = !*wanted;
    return true;
}

static bool keep_page(struct app *app, const struct app_unit *unit, struct span blob,
                      struct err *e)
{
    char *dir = app_path(app, "register"), *path = page_path(app, unit);
    struct register_page page;
    bool ok = page_read(&page, blob, e);

    if (ok) {
        if (strcmp(page.unit.code, unit->key.code) != 0 ||
            page.unit.valid_from != unit->key.valid_from)
            ok = err_set(e, ERR_INPUT, "the register page of unit %s", page.unit.code);
        page_clear(&page);
    }
    ok = ok && file_mkdirs(dir, e) && file_write(path, blob, 0600, e);
    free(dir);
    free(path);
    return ok;
}

bool backflow_blob(struct app *app, const struct app_unit *unit,
                   const struct blob_ref *ref, struct span blob, bool *new_catalogue,
                   struct err *e)
{
    *new_catalogue = false;
    crash_point("back.before_keep");
    if (ref->kind == BLOB_REGISTER)
        return keep_page(app, unit, blob, e);
    *new_catalogue = held_bundle(app->state, &app->genesis, ref->version, blob, e);
    return *new_catalogue;
}

/* Positions in their order. */
static bool before(const struct log_pos *a, const struct log_pos *b)
{
    return a->epoch != b->epoch ? a->epoch < b->epoch : a->seq < b->seq;
}

bool backflow_notice(struct app *app, const struct app_unit *unit, const struct notice *n,
                     bool *fresh, struct err *e)
{
    const struct genesis *g = &app->genesis;
    struct message m = {.kind = MSG_NOTICE, .notice = *n};
    struct arena a = {0};
    struct bytes proof = {0};
    struct notice_act act;
    struct log_pos newest;
    bool ok = notice_check(n, &g->hash, g->keys, g->n_keys, &a, &act, e) &&
              outbox_notice_newest(app->outbox, &unit->key, &newest, e);

    *fresh = false;
    if (!ok)
        goto out;
    if (strcmp(act.unit.code, unit->key.code) != 0 ||
        act.unit.valid_from != unit->key.valid_from) {
        ok = err_set(e, ERR_INPUT, "a notice to unit %s", act.unit.code);
        goto out;
    }
    if (!before(&newest, &act.at) || before(&newest, &n->previous))
        goto out; /* known, or one before it was lost: it will come again */
    wire_pack_message(&m, &proof);
    ok = outbox_notice_put(app->outbox, &act, n->act, span_of(&proof), clock_wall(), e);
    *fresh = ok;
out:
    bytes_clear(&proof);
    arena_clear(&a);
    return ok;
}
