#include "aggregator/ingest/desk.h"

#include "proto/base/clock.h"
#include "proto/batch.h"

static void on_answer(void *ctx, void *who, struct span message)
{
    struct desk *d = ctx;
    struct arena a = {0};
    struct message m;
    struct err e = {0};

    (void)who;
    if (wire_read_message(message, &a, &m, &e) && m.kind == MSG_REJECT) {
        char key[48];

        snprintf(key, sizeof key, "reject.%s", reject_word(m.reject.reason));
        fprintf(stderr, "htx-aggregator: %s %s\n",
                catalogue_text(d->cat, key, d->app->lang), m.reject.detail);
        d->rejected = true;
    }
    arena_clear(&a);
}

bool desk_unit(struct desk *d, const char *option, const char *code, struct err *e)
{
    const struct context *c = ingest_context(d->ingest);
    const struct ctx_unit *best = NULL;
    int32_t today = settings_today(&d->app->settings);

    for (size_t i = 0; i < c->n_units; i++) {
        const struct ctx_unit *u = &c->units[i];

        if (strcmp(u->key.code, code) == 0 && u->key.valid_from <= today &&
            (best == NULL || u->key.valid_from > best->key.valid_from))
            best = u;
    }
    if (best == NULL)
        return app_set(d->app, e, ERR_INPUT,
                       "%s %s: không có đơn vị mã này (xem: unit list)",
                       "%s %s: no such unit (see: unit list)", option, code);
    d->unit =
        (struct unit_key){arena_str(&d->arena, best->key.code), best->key.valid_from};
    return true;
}

void desk_findings(const struct desk *d, const struct report *r,
                   const struct findings *fs)
{
    for (size_t i = 0; i < fs->n; i++) {
        struct bytes b = {0};
        char key[32];

        snprintf(key, sizeof key, "severity.%s",
                 fs->list[i].severity == SEV_ERROR     ? "error"
                 : fs->list[i].severity == SEV_WARNING ? "warning"
                                                       : "note");
        finding_render(d->cat, &fs->list[i], d->app->lang, &b);
        printf(
            "  %s%s%s: %s\n", r != NULL && r->subject.name != NULL ? r->subject.name : "",
            r != NULL && r->subject.name != NULL && r->subject.name[0] != 0 ? ", " : "",
            catalogue_text(d->cat, key, d->app->lang), bytes_cstr(&b));
        bytes_clear(&b);
    }
}

void desk_parse(struct desk *d, struct parsed *out, struct bytes *wire)
{
    const struct catalogues cats = {(struct catalogue **)&d->cat, 1};
    struct batch_header h = {.unit = d->unit,
                             .recipient = ingest_context(d->ingest)->province,
                             .epoch = d->epoch,
                             .number = d->number + 1,
                             .previous = d->previous,
                             .sealed_at = clock_wall()};
    struct hash head;

    batch_seal(&h, d->items, d->hashes, d->n, &d->key, wire, &head);
    parse_message(span_of(wire), &cats, &d->arena, out);
}

bool desk_enrolled(const struct desk *d)
{
    char public[2 * KEY_LEN + 1];
    const struct ctx_key *key =
        context_key(ingest_context(d->ingest), hex_of(d->key.pub.b, KEY_LEN, public));

    return key != NULL && strcmp(key->use, "desk") == 0;
}

static bool send_batch(struct desk *d, struct err *e)
{
    struct parsed parsed;
    struct bytes wire = {0};
    struct ingest_batch batch;
    int64_t now = clock_wall();
    bool ok;

    if (d->n == 0)
        return true;
    desk_parse(d, &parsed, &wire);
    d->previous = parsed.header_hash;
    d->number++;
    batch = (struct ingest_batch){.parsed = &parsed,
                                  .envelope = span_of(&wire),
                                  .carrier = arena_printf(&d->arena, "desk:%s", d->by)};
    ok = ingest_group(
        d->ingest, &batch, 1, now,
        settings_day(&d->app->settings, now, ingest_context(d->ingest)->tip.time), e);
    parsed_clear(&parsed);
    bytes_clear(&wire);
    for (size_t i = 0; i < d->n; i++)
        bytes_clear(&d->bodies[i]);
    return ok;
}

/* What became of each: from the store, as committed. */
static bool show_verdicts(struct desk *d, struct err *e)
{
    static const char SQL[] =
        "select coalesce(r.verdict, s.verdict), t.epoch, t.seq, coalesce(r.name, ''), "
        "t.findings"
        " from receipt t left join report r on r.hash = t.item_hash"
        " left join submission s on s.hash = t.item_hash"
        " where t.item_hash = any($1::bytea[]) order by t.epoch, t.seq";
    const struct pg_arg args[] = {pg_hashes(d->hashes, d->n)};
    struct pg_rows rows;

    if (!pg_query(d->pg, SQL, args, COUNT(args), &rows, e))
        return false;
    for (size_t i = 0; i < rows.n; i++) {
        struct findings fs = {0};
        struct err ignored = {0};
        char key[48];

        snprintf(key, sizeof key, "verdict.%s", pg_get_text(&rows, i, 0));
        printf("%lld.%lld  %s  %s\n", (long long)pg_get_int(&rows, i, 1),
               (long long)pg_get_int(&rows, i, 2),
               catalogue_text(d->cat, key, d->app->lang), pg_get_text(&rows, i, 3));
        if (wire_read_findings(pg_get_bytes(&rows, i, 4), &fs, &ignored))
            desk_findings(d, NULL, &fs);
        d->refused += findings_refuse(&fs);
        findings_clear(&fs);
    }
    pg_rows_clear(&rows);
    return true;
}

bool desk_flush(struct desk *d, struct err *e)
{
    if (!send_batch(d, e))
        return false;
    if (!d->rejected && !d->quiet && d->n > 0 && !show_verdicts(d, e))
        return false;
    d->n = 0;
    return true;
}

bool desk_add(struct desk *d, enum item_kind kind, struct bytes *body, struct err *e)
{
    size_t size = body->n;

    for (size_t i = 0; i < d->n; i++)
        size += d->bodies[i].n + 16;
    if ((d->n == WIRE_BATCH_ITEMS || size > WIRE_BATCH - 1024) && !desk_flush(d, e))
        return false;
    d->bodies[d->n] = *body;
    d->items[d->n] = (struct item){kind, span_of(&d->bodies[d->n])};
    d->hashes[d->n] = item_hash(kind, span_of(&d->bodies[d->n]));
    d->n++;
    return true;
}

bool desk_head(struct desk *d, const struct report *r, const char *subject,
               struct hash *hash, struct hash *digest, uint32_t *revision, struct err *e)
{
    static const char SQL[] =
        "select h.hash, r.digest, h.revision from key_head($1, $2, $3, $4, $5, $6, $7,"
        " $8) h join report r on r.hash = h.hash";
    const struct pg_arg args[] = {
        pg_text(r->scheme),    pg_text(r->period),
        pg_text(d->unit.code), pg_date(d->unit.valid_from),
        pg_text(r->form),      pg_text(vintage_word(r->vintage)),
        pg_text(subject),      pg_text(channel_word(r->channel))};
    struct pg_rows rows;
    bool ok = true;

    *revision = 0;
    if (!pg_query(d->pg, SQL, args, COUNT(args), &rows, e))
        return false;
    if (rows.n == 1) {
        ok = pg_get_hash(&rows, 0, 0, hash) && pg_get_hash(&rows, 0, 1, digest);
        *revision = (uint32_t)pg_get_int(&rows, 0, 2);
    }
    pg_rows_clear(&rows);
    return ok || err_set(e, ERR_SETUP, "key_head: bad hash");
}

bool desk_open(struct desk *d, struct app *app, const char *by, const char *key_file,
               struct err *e)
{
    struct ingest_ports ports = {
        .store = &store_pg, .answer = on_answer, .answer_ctx = d};

    d->app = app;
    d->by = by;
    d->cat = app_catalogue(app, e);
    d->pg = app_pg(app, DB_ADMIN, e);
    if (d->cat == NULL || d->pg == NULL || !keypair_read(key_file, &d->key, e))
        return false;
    store_pg_open(&d->store, app->settings.db_admin, "desk");
    ports.store_ctx = d->store;
    ingest_open(&d->ingest, &ports);
    d->epoch =
        (uint64_t)clock_wall(); /* never a collector's, whose epochs count from 1 */
    return ingest_refresh(d->ingest, e);
}

void desk_close(struct desk *d)
{
    for (size_t i = 0; i < d->n; i++)
        bytes_clear(&d->bodies[i]);
    ingest_close(&d->ingest);
    store_pg_close(&d->store);
    arena_clear(&d->arena);
    memset(&d->key, 0, sizeof d->key);
}
