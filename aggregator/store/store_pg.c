/* store over PostgreSQL: the questions. Writing groups is store_pg_write.c. */
#include "aggregator/store/store_pg.h"

#include "aggregator/migrate.h"

#include <stdlib.h>

void store_pg_open(struct store_pg_ctx **out, const char *conninfo, const char *chain)
{
    *out = mem_new(sizeof **out);
    (*out)->conninfo = mem_str(conninfo);
    (*out)->chain = chain;
}

void store_pg_close(struct store_pg_ctx **sp)
{
    if (*sp == NULL)
        return;
    pg_close(&(*sp)->pg);
    free((*sp)->conninfo);
    free(*sp);
    *sp = NULL;
}

bool store_pg_up(struct store_pg_ctx *s, struct err *e)
{
    if (s->pg != NULL && !pg_alive(s->pg))
        pg_close(&s->pg);
    if (s->pg != NULL)
        return true;
    if (!pg_open(&s->pg, s->conninfo, e))
        return false;
    /* many short questions: compiling the one of 4,096 pasts took as long as asking it */
    if (pg_script(s->pg, "set jit = off", e))
        return true;
    store_pg_drop(s);
    return false;
}

void store_pg_drop(struct store_pg_ctx *s)
{
    pg_close(&s->pg);
}

bool store_pg_ask(struct store_pg_ctx *s, const char *sql, const struct pg_arg *args,
                  size_t n, struct pg_rows *rows, struct err *e)
{
    *rows = (struct pg_rows){0};
    if (!store_pg_up(s, e))
        return false;
    if (pg_query(s->pg, sql, args, n, rows, e))
        return true;
    store_pg_drop(s);
    return false;
}

static struct span copied(struct arena *a, struct span s)
{
    return (struct span){(unsigned char *)arena_strn(a, s.p, s.n), s.n};
}

/* -- context ------------------------------------------------------------------------ */

static bool pg_tip(void *ctx, struct log_tip *out, struct err *e)
{
    struct store_pg_ctx *s = ctx;

    if (!store_pg_up(s, e))
        return false;
    if (oplog_tip(s->pg, out, e))
        return true;
    store_pg_drop(s);
    return false;
}

static bool load_units(struct store_pg_ctx *s, struct context *c, struct err *e)
{
    static const char SQL[] =
        "select distinct on (code, valid_from) code, valid_from, valid_to, name from unit"
        " order by code, valid_from, epoch desc, seq desc";
    struct pg_rows r;

    if (!store_pg_ask(s, SQL, NULL, 0, &r, e))
        return err_in(e, "units");
    c->units = arena_new(&c->arena, r.n * sizeof *c->units);
    for (size_t i = 0; i < r.n; i++)
        c->units[c->n_units++] = (struct ctx_unit){
            {arena_str(&c->arena, pg_get_text(&r, i, 0)), pg_get_date(&r, i, 1)},
            pg_get_date(&r, i, 2),
            arena_str(&c->arena, pg_get_text(&r, i, 3))
        };
    pg_rows_clear(&r);
    return true;
}

static bool load_keys(struct store_pg_ctx *s, struct context *c, struct err *e)
{
    static const char SQL[] =
        "select public, use, unit, unit_from from (select distinct on (public) * from key"
        " order by public, epoch desc, seq desc) k where not revoked and use <> "
        "'receipt'";
    struct pg_rows r;

    if (!store_pg_ask(s, SQL, NULL, 0, &r, e))
        return err_in(e, "keys");
    c->keys = arena_new(&c->arena, r.n * sizeof *c->keys);
    for (size_t i = 0; i < r.n; i++)
        c->keys[c->n_keys++] = (struct ctx_key){
            .public = arena_str(&c->arena, pg_get_text(&r, i, 0)),
            .use = arena_str(&c->arena, pg_get_text(&r, i, 1)),
            .unit = {arena_str(&c->arena, pg_get_text(&r, i, 2)), pg_get_date(&r, i, 3)}
        };
    pg_rows_clear(&r);
    return true;
}

static bool load_periods(struct store_pg_ctx *s, struct context *c, struct err *e)
{
    static const char PERIODS[] = "select distinct on (code, scheme) scheme, code, "
                                  "starts, ends, opens, due from period"
                                  " order by code, scheme, epoch desc, seq desc";
    static const char SEALS[] =
        "select scheme, period, vintage, (extract(epoch from lapses) * 1000)::bigint"
        " from seal_now";
    struct pg_rows r;

    if (!store_pg_ask(s, PERIODS, NULL, 0, &r, e))
        return err_in(e, "periods");
    c->periods = arena_new(&c->arena, r.n * sizeof *c->periods);
    for (size_t i = 0; i < r.n; i++)
        c->periods[c->n_periods++] =
            (struct ctx_period){arena_str(&c->arena, pg_get_text(&r, i, 0)),
                                arena_str(&c->arena, pg_get_text(&r, i, 1)),
                                pg_get_date(&r, i, 2),
                                pg_get_date(&r, i, 3),
                                pg_get_date(&r, i, 4),
                                pg_get_date(&r, i, 5)};
    pg_rows_clear(&r);
    if (!store_pg_ask(s, SEALS, NULL, 0, &r, e))
        return err_in(e, "closings");
    c->seals = arena_new(&c->arena, r.n * sizeof *c->seals);
    for (size_t i = 0; i < r.n; i++)
        c->seals[c->n_seals++] = (struct ctx_seal){
            arena_str(&c->arena, pg_get_text(&r, i, 0)),
            arena_str(&c->arena, pg_get_text(&r, i, 1)),
            arena_str(&c->arena, pg_get_text(&r, i, 2)), pg_get_int(&r, i, 3)};
    pg_rows_clear(&r);
    return true;
}

static bool load_extensions(struct store_pg_ctx *s, struct context *c, struct err *e)
{
    static const char SQL[] =
        "select distinct on (period, scheme, unit, unit_from) scheme, period, unit,"
        " unit_from, due from extension"
        " order by period, scheme, unit, unit_from, epoch desc, seq desc";
    struct pg_rows r;

    if (!store_pg_ask(s, SQL, NULL, 0, &r, e))
        return err_in(e, "extensions");
    c->extensions = arena_new(&c->arena, r.n * sizeof *c->extensions);
    for (size_t i = 0; i < r.n; i++)
        c->extensions[c->n_extensions++] = (struct ctx_extension){
            .scheme = arena_str(&c->arena, pg_get_text(&r, i, 0)),
            .code = arena_str(&c->arena, pg_get_text(&r, i, 1)),
            .unit = {arena_str(&c->arena, pg_get_text(&r, i, 2)), pg_get_date(&r, i, 3)},
            .due = pg_get_date(&r, i, 4)
        };
    pg_rows_clear(&r);
    return true;
}

static bool load_catalogues(struct store_pg_ctx *s, struct context *c, struct err *e)
{
    static const char SQL[] =
        "select b.version, b.hash, b.bundle, b.accept_until, b.valid_from,"
        " a.n = max(a.n) over () as active"
        " from (select version, row_number() over (order by max(epoch), max(seq)) as n"
        "  from catalogue where act = 'activate' group by version) a"
        " join catalogue_bundle b using (version) order by b.version";
    struct pg_rows r;
    bool ok = true;

    if (!store_pg_ask(s, SQL, NULL, 0, &r, e))
        return err_in(e, "catalogues");
    c->catalogues = arena_new(&c->arena, r.n * sizeof *c->catalogues);
    for (size_t i = 0; i < r.n && ok; i++) {
        struct ctx_catalogue *k = &c->catalogues[c->n_catalogues++];

        k->version = (uint32_t)pg_get_int(&r, i, 0);
        ok = pg_get_hash(&r, i, 1, &k->hash) ||
             err_set(e, ERR_SETUP, "catalogue %u: bad hash", k->version);
        k->bundle = copied(&c->arena, pg_get_bytes(&r, i, 2));
        k->accept_until = pg_get_date(&r, i, 3);
        k->valid_from = pg_get_date(&r, i, 4);
        k->active = pg_get_bool(&r, i, 5);
    }
    pg_rows_clear(&r);
    return ok;
}

/* A period is due on a working day, by the holidays of the catalogue in use. */
static bool move_due(struct context *c, struct err *e)
{
    struct holidays h = {0};

    for (size_t i = 0; i < c->n_catalogues; i++)
        if (c->catalogues[i].active &&
            !holidays_of_bundle(&h, &c->arena, c->catalogues[i].bundle, e))
            return err_in(e, "catalogue %u", c->catalogues[i].version);
    for (size_t i = 0; i < c->n_periods; i++)
        c->periods[i].due = workday_from(&h, c->periods[i].due);
    return true;
}

static bool pg_context(void *ctx, struct context *out, struct err *e)
{
    struct store_pg_ctx *s = ctx;
    bool ok;

    *out = (struct context){0};
    if (!store_pg_up(s, e))
        return false;
    /* the tip is read first: what is newer than it is found by the next tip */
    ok = migrate_ready(s->pg, e) && oplog_tip(s->pg, &out->tip, e) &&
         oplog_identity(s->pg, &out->province, &out->receipt_key, e) &&
         load_units(s, out, e) && load_keys(s, out, e) && load_periods(s, out, e) &&
         load_extensions(s, out, e) && load_catalogues(s, out, e) && move_due(out, e);
    if (!ok)
        context_clear(out);
    return ok;
}

void context_clear(struct context *c)
{
    arena_clear(&c->arena);
    *c = (struct context){0};
}

const struct ctx_unit *context_unit(const struct context *c, const struct unit_key *key)
{
    for (size_t i = 0; i < c->n_units; i++)
        if (c->units[i].key.valid_from == key->valid_from &&
            strcmp(c->units[i].key.code, key->code) == 0)
            return &c->units[i];
    return NULL;
}

const struct ctx_period *context_period(const struct context *c, const char *scheme,
                                        const char *code)
{
    for (size_t i = 0; i < c->n_periods; i++)
        if (strcmp(c->periods[i].code, code) == 0 &&
            strcmp(c->periods[i].scheme, scheme) == 0)
            return &c->periods[i];
    return NULL;
}

int32_t context_due(const struct context *c, const struct ctx_period *p,
                    const struct unit_key *unit)
{
    for (size_t i = 0; i < c->n_extensions; i++) {
        const struct ctx_extension *x = &c->extensions[i];

        if (x->unit.valid_from == unit->valid_from && x->due > p->due &&
            strcmp(x->unit.code, unit->code) == 0 && strcmp(x->code, p->code) == 0 &&
            strcmp(x->scheme, p->scheme) == 0)
            return x->due;
    }
    return p->due;
}

bool context_sealed(const struct context *c, const char *scheme, const char *code,
                    const char *vintage, int64_t now)
{
    const int64_t time = now > c->tip.time ? now : c->tip.time;

    for (size_t i = 0; i < c->n_seals; i++)
        if (strcmp(c->seals[i].code, code) == 0 &&
            strcmp(c->seals[i].scheme, scheme) == 0 &&
            strcmp(c->seals[i].vintage, vintage) == 0)
            return c->seals[i].lapses == 0 || time < c->seals[i].lapses;
    return false;
}

const struct ctx_key *context_key(const struct context *c, const char *public)
{
    for (size_t i = 0; i < c->n_keys; i++)
        if (strcmp(c->keys[i].public, public) == 0)
            return &c->keys[i];
    return NULL;
}

/* -- probe -------------------------------------------------------------------------- */

/*
 * One row an item, in the order asked. base: the superseded report, or what it leads back
 * to through reports that do not count (at most 16 steps). Decisions of the unit's period
 * let in holders that report_key does not know, and move heads: key_head() is asked only
 * where there are any.
 */
static const char PROBE[] =
    "with asked as (select * from unnest($1::bigint[], $2::bytea[], $3::text[], "
    "$4::date[],"
    " $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], "
    "$11::text[],"
    " $12::int[], $13::bytea[], $14::bytea[], $15::bytea[], $16::bigint[], $17::bigint[],"
    " $18::bytea[])"
    " as a(n, item, unit, unit_from, id, period, scheme, form, vintage, subject, channel,"
    " revision, supersedes, batch, previous, batch_epoch, batch_number, digest))"
    " select r.item_hash is not null, i.hash is not null and i.hash <> a.item,"
    " k.hash, k.digest, coalesce(dh.hash, h.hash), coalesce(dh.revision, h.revision),"
    " b.known, b.hash, en.unit, en.unit_from,"
    " ev.hash is not null, pv.hash is not null, ot.hash is not null,"
    " coalesce(dh.gone, exists (select from supersession s where s.old = h.hash)),"
    " en.kind, en.name, en.sector, en.state, en.founded,"
    " coalesce((select d.act = 'reject' from decision d where d.about = k.hash"
    "  order by d.epoch desc, d.seq desc limit 1), false),"
    " a.subject not in ('', 'unit')"
    "  and entity_touched(a.subject, en.unit, en.unit_from)"
    " from asked a"
    " left join receipt r on r.item_hash = a.item"
    " left join report_id i on i.unit = a.unit and i.unit_from = a.unit_from and i.id = "
    "a.id"
    " left join lateral (select hash, digest from (select x.hash, x.digest"
    "   from report_key x where x.period = a.period and x.scheme = a.scheme"
    "   and x.unit = a.unit and x.unit_from = a.unit_from and x.form = a.form"
    "   and x.vintage = a.vintage and x.subject = a.subject and x.channel = a.channel"
    "   and x.revision = a.revision"
    "  union all select x.hash, x.digest from decision d join report x on x.hash = "
    "d.about"
    "   where d.period = a.period and d.scheme = a.scheme and d.act = 'count'"
    "   and not x.counts and x.subject = a.subject"
    "   and x.unit = a.unit and x.unit_from = a.unit_from and x.form = a.form"
    "   and x.vintage = a.vintage and x.channel = a.channel and x.revision = a.revision) "
    "x"
    "  order by (digest = a.digest) desc limit 1) k on true"
    " left join lateral (select hash, revision from report_key x where x.period = "
    "a.period"
    "  and x.scheme = a.scheme and x.unit = a.unit and x.unit_from = a.unit_from"
    "  and x.form = a.form and x.vintage = a.vintage and x.subject = a.subject"
    "  and x.channel = a.channel order by revision desc limit 1) h on true"
    " left join lateral (select g.* from (select where exists (select from decision d"
    "   where d.period = a.period and d.scheme = a.scheme and d.unit = a.unit"
    "   and d.unit_from = a.unit_from)) o, key_head(a.scheme, a.period, a.unit,"
    "  a.unit_from, a.form, a.vintage, a.subject, a.channel) g) dh on true"
    " left join lateral (with recursive back(hash, next, holds, depth) as ("
    "  select p.hash, coalesce(p.duplicate_of, p.supersedes), p.counts or exists (select"
    "    from decision d where d.about = p.hash and d.act = 'count'), 1 from report p"
    "   where p.hash = a.supersedes"
    "  union all select p.hash, coalesce(p.duplicate_of, p.supersedes), p.counts or"
    "    exists (select from decision d where d.about = p.hash and d.act = 'count'),"
    "    depth + 1"
    "   from back join report p on p.hash = back.next where not back.holds and depth < "
    "16)"
    "  select true as known, hash from back order by depth desc limit 1) b"
    "  on a.supersedes is not null"
    " left join lateral (select unit, unit_from, kind, name, sector, state, founded"
    "  from entity x where x.subject = a.subject"
    "  order by epoch desc, seq desc limit 1) en on a.subject not in ('', 'unit')"
    " left join evidence ev on ev.hash = a.batch"
    " left join evidence pv on pv.hash = a.previous"
    " left join evidence ot on ot.unit = a.unit and ot.unit_from = a.unit_from"
    "  and ot.batch_epoch = a.batch_epoch and ot.batch_number = a.batch_number"
    "  and ot.hash <> a.batch"
    " order by a.n";

/* Array parameters as PostgreSQL text: only words of ours and escaped strings. */
struct columns {
    struct bytes col[18];
};

void column_add(struct bytes *b, size_t row, const char *word, bool quote)
{
    bytes_char(b, row == 0 ? '{' : ',');
    if (word == NULL) {
        bytes_str(b, "NULL");
        return;
    }
    if (!quote) {
        bytes_str(b, word);
        return;
    }
    bytes_char(b, '"');
    for (const char *p = word; *p != 0; p++) {
        if (*p == '"' || *p == '\\')
            bytes_char(b, '\\');
        bytes_char(b, *p);
    }
    bytes_char(b, '"');
}

static void column_hash(struct bytes *b, size_t row, const struct hash *h)
{
    char hex[2 * HASH_LEN + 4];

    if (h == NULL) {
        column_add(b, row, NULL, false);
        return;
    }
    memcpy(hex, "\\x", 3);
    hex_of(h->b, HASH_LEN, hex + 2);
    column_add(b, row, hex, true);
}

void column_int(struct bytes *b, size_t row, uint64_t v)
{
    char word[24];

    snprintf(word, sizeof word, "%llu", (unsigned long long)v);
    column_add(b, row, word, false);
}

static void probe_row(struct columns *c, size_t row, const struct probe *p)
{
    const struct parsed_item *it = p->item;
    bool report = it->kind == ITEM_REPORT && it->not_now == NOT_NOW_NONE;
    const struct parsed_report *r = &it->report;
    char day[11], id[37];

    column_int(&c->col[0], row, row);
    column_hash(&c->col[1], row, &it->hash);
    column_add(&c->col[2], row, p->header->unit.code, true);
    column_add(&c->col[3], row, date_iso(p->header->unit.valid_from, day), false);
    column_add(&c->col[4], row, uuid_text(&it->id, id), false);
    column_add(&c->col[5], row, report ? r->period : NULL, true);
    column_add(&c->col[6], row, report ? r->scheme : NULL, true);
    column_add(&c->col[7], row, report ? r->form : NULL, true);
    column_add(&c->col[8], row, report ? vintage_word(r->vintage) : NULL, true);
    column_add(&c->col[9], row, report ? r->subject : NULL, true);
    column_add(&c->col[10], row, report ? channel_word(r->channel) : NULL, true);
    if (report)
        column_int(&c->col[11], row, r->revision);
    else
        column_add(&c->col[11], row, NULL, false);
    column_hash(&c->col[12], row, report && r->has_supersedes ? &r->supersedes : NULL);
    column_hash(&c->col[13], row, p->batch);
    column_hash(&c->col[14], row, &p->header->previous);
    column_int(&c->col[15], row, p->header->epoch);
    column_int(&c->col[16], row, p->header->number);
    column_hash(&c->col[17], row, report ? &r->digest : NULL);
}

static void known_from(const struct pg_rows *r, size_t i, struct known *k)
{
    k->answered = pg_get_bool(r, i, 0);
    k->id_taken = pg_get_bool(r, i, 1);
    k->key_held =
        pg_get_hash(r, i, 2, &k->key_hash) && pg_get_hash(r, i, 3, &k->key_digest);
    k->has_head = pg_get_hash(r, i, 4, &k->head);
    k->head_revision = (uint32_t)pg_get_int(r, i, 5);
    k->supersedes_known =
        pg_get_bool(r, i, 6) && pg_get_hash(r, i, 7, &k->supersedes_base);
}

static const struct past nothing_known = {
    .founded = DATE_NONE, .expected = -1, .listed = -1};

/* What the register says of the subject. */
static void registered_from(const struct pg_rows *r, size_t i, struct arena *a,
                            struct known *k)
{
    struct subject *s = arena_new(a, sizeof *s);
    struct unit_key *unit = arena_new(a, sizeof *unit);

    *s = (struct subject){.kind = subject_of(pg_get_text(r, i, 14)),
                          .name = arena_str(a, pg_get_text(r, i, 15)),
                          .sector = arena_str(a, pg_get_text(r, i, 16)),
                          .state = entity_state_of(pg_get_text(r, i, 17))};
    *unit = (struct unit_key){k->entity_unit, k->entity_unit_from};
    k->past.registered = s;
    k->past.unit = unit;
    k->past.founded = pg_get_date(r, i, 18);
}

static bool pg_probe(void *ctx, const struct probe *asked, size_t n, struct arena *a,
                     struct known *out, struct err *e)
{
    struct columns c = {0};
    struct pg_arg args[COUNT(c.col)];
    struct pg_rows r = {0};
    bool ok = true, touched = false;

    if (n == 0)
        return true;
    for (size_t i = 0; i < n; i++)
        probe_row(&c, i, &asked[i]);
    for (size_t i = 0; i < COUNT(c.col); i++) {
        bytes_char(&c.col[i], '}');
        args[i] = pg_text(bytes_cstr(&c.col[i]));
    }
    ok = store_pg_ask(ctx, PROBE, args, COUNT(args), &r, e);
    if (ok && r.n != n)
        ok = err_set(e, ERR_SETUP, "probe: %zu rows for %zu items", r.n, n);
    for (size_t i = 0; ok && i < n; i++) {
        known_from(&r, i, &out[i]);
        out[i].entity_known = !pg_is_null(&r, i, 8);
        snprintf(out[i].entity_unit, sizeof out[i].entity_unit, "%s",
                 pg_get_text(&r, i, 8));
        out[i].entity_unit_from = pg_get_date(&r, i, 9);
        out[i].batch_stored = pg_get_bool(&r, i, 10);
        out[i].previous_stored = pg_get_bool(&r, i, 11);
        out[i].number_other = pg_get_bool(&r, i, 12);
        out[i].head_gone = pg_get_bool(&r, i, 13);
        out[i].key_rejected = pg_get_bool(&r, i, 19);
        out[i].has_past = asked[i].n_periods > 0;
        out[i].past = nothing_known;
        if (out[i].has_past && out[i].entity_known)
            registered_from(&r, i, a, &out[i]);
        touched |= out[i].entity_touched = pg_get_bool(&r, i, 20);
    }
    pg_rows_clear(&r);
    for (size_t i = 0; i < COUNT(c.col); i++)
        bytes_clear(&c.col[i]);
    ok = ok && (!touched || store_pg_registered(ctx, asked, n, a, out, e)) &&
         store_pg_ours(ctx, asked, n, a, out, e) &&
         store_pg_probe_answers(ctx, asked, n, out, e) &&
         store_pg_pasts(ctx, asked, n, a, out, e);
    return ok || err_in(e, "probe");
}

/* -- receipts, signatures, heads ---------------------------------------------------- */

static bool pg_receipts(void *ctx, const struct hash *items, size_t n, struct arena *a,
                        struct stored_receipt *out, size_t *n_out, struct err *e)
{
    static const char SQL[] =
        "select r.item_hash, r.leaf, r.findings, c.statement,"
        " case when lag(r.number) over (partition by r.epoch order by r.seq)"
        "  is distinct from r.number then c.leaves end,"
        " r.epoch, r.number, r.seq, c.first_seq, s.signature"
        " from receipt r join commit c using (epoch, number)"
        " left join commit_signature s using (epoch, number)"
        " where r.item_hash = any($1::bytea[]) order by r.epoch, r.seq";
    const struct pg_arg args[] = {pg_hashes(items, n)};
    struct pg_rows r;
    bool ok = true;

    *n_out = 0;
    if (!store_pg_ask(ctx, SQL, args, COUNT(args), &r, e))
        return err_in(e, "looking up %zu receipts", n);
    for (size_t i = 0; i < r.n && i < n && ok; i++) {
        struct stored_receipt *o = &out[(*n_out)++];
        struct span sig = pg_get_bytes(&r, i, 9);

        *o = (struct stored_receipt){.leaf = copied(a, pg_get_bytes(&r, i, 1)),
                                     .findings = copied(a, pg_get_bytes(&r, i, 2)),
                                     .statement = copied(a, pg_get_bytes(&r, i, 3)),
                                     .epoch = (uint64_t)pg_get_int(&r, i, 5),
                                     .number = (uint64_t)pg_get_int(&r, i, 6),
                                     .seq = (uint64_t)pg_get_int(&r, i, 7),
                                     .first_seq = (uint64_t)pg_get_int(&r, i, 8),
                                     .has_signature = sig.n == SIG_LEN};
        /* replays of one commit share its leaves: 128 KiB for each would be 512 MB */
        if (i > 0 && o[-1].epoch == o->epoch && o[-1].number == o->number)
            o->leaves = o[-1].leaves;
        else
            o->leaves = copied(a, pg_get_bytes(&r, i, 4));
        if (o->has_signature)
            memcpy(o->signature.b, sig.p, SIG_LEN);
        if (!pg_get_hash(&r, i, 0, &o->item) || o->leaves.n == 0)
            ok = err_set(e, ERR_SETUP, "receipt %llu.%llu is damaged",
                         (unsigned long long)o->epoch, (unsigned long long)o->seq);
    }
    pg_rows_clear(&r);
    return ok;
}

static bool pg_unsigned_commits(void *ctx, struct arena *a, struct commit_sign **out,
                                size_t *n, struct err *e)
{
    static const char SQL[] =
        "select c.epoch, c.number, c.statement from commit c where not exists"
        " (select from commit_signature s where s.epoch = c.epoch and s.number = "
        "c.number)"
        /* once one of a new epoch is signed, what the one before left stays as it is */
        " and not exists (select from commit_signature s where s.epoch > c.epoch)"
        " order by c.epoch, c.number";
    struct pg_rows r;

    *n = 0;
    if (!store_pg_ask(ctx, SQL, NULL, 0, &r, e))
        return err_in(e, "unsigned commits");
    *out = arena_new(a, r.n * sizeof **out);
    for (size_t i = 0; i < r.n; i++)
        (*out)[(*n)++] =
            (struct commit_sign){.epoch = (uint64_t)pg_get_int(&r, i, 0),
                                 .number = (uint64_t)pg_get_int(&r, i, 1),
                                 .statement = copied(a, pg_get_bytes(&r, i, 2))};
    pg_rows_clear(&r);
    return true;
}

static bool pg_heads(void *ctx, const struct unit_key *unit, struct arena *a,
                     struct head **out, size_t *n, struct err *e)
{
    static const char SQL[] =
        "select distinct on (batch_epoch) batch_epoch, batch_number, hash from evidence"
        " where unit = $1 and unit_from = $2 and carrier not like 'desk:%'"
        " order by batch_epoch, batch_number desc";
    const struct pg_arg args[] = {pg_text(unit->code), pg_date(unit->valid_from)};
    struct pg_rows r;
    bool ok = true;

    *n = 0;
    if (!store_pg_ask(ctx, SQL, args, COUNT(args), &r, e))
        return err_in(e, "heads of %s", unit->code);
    *out = arena_new(a, r.n * sizeof **out);
    for (size_t i = 0; i < r.n && ok; i++) {
        struct head *h = &(*out)[(*n)++];

        h->unit = (struct unit_key){arena_str(a, unit->code), unit->valid_from};
        h->epoch = (uint64_t)pg_get_int(&r, i, 0);
        h->number = (uint64_t)pg_get_int(&r, i, 1);
        ok = pg_get_hash(&r, i, 2, &h->hash) ||
             err_set(e, ERR_SETUP, "evidence: bad hash");
    }
    pg_rows_clear(&r);
    return ok;
}

const struct store store_pg = {.context = pg_context,
                               .tip = pg_tip,
                               .probe = pg_probe,
                               .commit = store_pg_commit,
                               .receipts = pg_receipts,
                               .redeliver = store_pg_redeliver,
                               .unsigned_commits = pg_unsigned_commits,
                               .keep_signs = store_pg_keep_signs,
                               .quarantine = store_pg_quarantine,
                               .heads = pg_heads,
                               .audit = store_pg_audit};
