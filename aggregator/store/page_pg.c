#include "aggregator/store/page_pg.h"

#include "proto/base/log.h"

struct cells { /* of one form version */
    const char *form;
    int64_t version;
    size_t n;
    const int64_t *indicator;
    const char *const *b1, *const *b2;
    struct cells *next;
};

struct entry { /* an entity and its place in the page */
    const char *key;
    struct subject subject;
    bool registered;
    int32_t founded;
    struct past_report *reports;
    size_t n_reports;
};

struct build {
    struct pg *pg;
    const struct unit_key *unit;
    struct arena arena;
    struct cells *cells;
    struct entry *entries;
    size_t n, cap;
    struct log_pos at;
};

static void saw(struct build *b, int64_t epoch, int64_t seq)
{
    struct log_pos p = {(uint64_t)epoch, (uint64_t)seq};

    if (p.epoch > b->at.epoch || (p.epoch == b->at.epoch && p.seq > b->at.seq))
        b->at = p;
}

/* -- subjects -------------------------------------------------------------------------
 */

/* "tax:ID", "certificate:ID|ISSUER", "register:ID|ISSUER", "unit". */
static void subject_of_key(const char *key, struct arena *a, struct subject *s)
{
    const char *colon = strchr(key, ':'), *bar;

    s->id = s->id_issuer = "";
    if (colon == NULL)
        return;
    s->scheme = id_scheme_of(arena_strn(a, key, (size_t)(colon - key)));
    bar = s->scheme != ID_TAX ? strrchr(colon, '|') : NULL;
    s->id = bar != NULL ? arena_strn(a, colon + 1, (size_t)(bar - colon) - 1)
                        : arena_str(a, colon + 1);
    s->id_issuer = bar != NULL ? arena_str(a, bar + 1) : "";
}

static struct entry *add_entry(struct build *b, const char *key)
{
    struct entry *entry;

    if (b->n == b->cap) {
        b->cap = b->cap != 0 ? 2 * b->cap : 256;
        b->entries = mem_grow(b->entries, b->cap, sizeof *b->entries);
    }
    entry = &b->entries[b->n++];
    *entry = (struct entry){.key = arena_str(&b->arena, key), .founded = DATE_NONE};
    subject_of_key(entry->key, &b->arena, &entry->subject);
    return entry;
}

static int by_key(const void *x, const void *y)
{
    const struct entry *a = x, *b = y;
    bool ua = a->subject.kind == SUBJECT_UNIT, ub = b->subject.kind == SUBJECT_UNIT;

    return ua != ub ? ub - ua : strcmp(a->key, b->key); /* the unit comes first */
}

static struct entry *find_entry(struct build *b, size_t n, const char *key)
{
    struct entry k = {.key = key};

    return n > 0 ? bsearch(&k, b->entries, n, sizeof k, by_key) : NULL;
}

/* The unit's entities of today, merged ones under the number they are counted under. */
static bool read_register(struct build *b, int32_t today, struct err *e)
{
    static const char SQL[] =
        "select subject, kind, name, sector, commune, state, founded, epoch, seq, here"
        " from unit_register($1, $2, $3) order by subject collate \"C\"";
    const struct pg_arg args[] = {pg_text(b->unit->code), pg_date(b->unit->valid_from),
                                  pg_date(today)};
    struct pg_rows r = {0};

    if (!pg_query(b->pg, SQL, args, COUNT(args), &r, e))
        return false;
    for (size_t i = 0; i < r.n; i++) {
        struct entry *entry;

        saw(b, pg_get_int(&r, i, 7), pg_get_int(&r, i, 8));
        if (!pg_get_bool(&r, i, 9)) /* it has left, or is still to come */
            continue;
        entry = add_entry(b, pg_get_text(&r, i, 0));
        entry->subject.kind = subject_of(pg_get_text(&r, i, 1));
        entry->subject.name = arena_str(&b->arena, pg_get_text(&r, i, 2));
        entry->subject.sector = arena_str(&b->arena, pg_get_text(&r, i, 3));
        entry->subject.commune = arena_str(&b->arena, pg_get_text(&r, i, 4));
        entry->subject.state = entity_state_of(pg_get_text(&r, i, 5));
        entry->founded = pg_get_date(&r, i, 6);
        entry->registered = true;
        if (entry->subject.scheme == ID_NONE || entry->subject.kind == SUBJECT_NONE)
            b->n--; /* nothing a report could name */
    }
    pg_rows_clear(&r);
    if (b->n > 0)
        qsort(b->entries, b->n, sizeof *b->entries, by_key);
    return true;
}

/* -- reports --------------------------------------------------------------------------
 */

static struct cells *cells_of(struct build *b, const char *form, int64_t version,
                              struct err *e)
{
    static const char SQL[] = "select indicator, b1, b2 from cat_cell where form = $1"
                              " and version = $2 order by pos";
    const struct pg_arg args[] = {pg_text(form), pg_int(version)};
    struct pg_rows r = {0};
    struct cells *c;
    int64_t *indicator;
    const char **b1, **b2;

    for (c = b->cells; c != NULL; c = c->next)
        if (c->version == version && strcmp(c->form, form) == 0)
            return c;
    if (!pg_query(b->pg, SQL, args, COUNT(args), &r, e))
        return NULL;
    c = arena_new(&b->arena, sizeof *c);
    indicator = arena_new(&b->arena, r.n * sizeof *indicator);
    b1 = arena_new(&b->arena, r.n * sizeof *b1);
    b2 = arena_new(&b->arena, r.n * sizeof *b2);
    for (size_t i = 0; i < r.n; i++) {
        indicator[i] = pg_get_int(&r, i, 0);
        b1[i] = arena_str(&b->arena, pg_get_text(&r, i, 1));
        b2[i] = arena_str(&b->arena, pg_get_text(&r, i, 2));
    }
    *c = (struct cells){
        arena_str(&b->arena, form), version, r.n, indicator, b1, b2, b->cells};
    b->cells = c;
    pg_rows_clear(&r);
    return c;
}

static enum obs_state state_of(char mark)
{
    static const char marks[] = " v-x.k";
    const char *at = strchr(marks, mark);

    return mark != 0 && at != NULL ? (enum obs_state)(at - marks) : OBS_MISSING;
}

static enum qualifier qualifier_of(char letter)
{
    static const char letters[] = " a>+<!re";
    const char *at = strchr(letters, letter);

    return letter != 0 && at != NULL ? (enum qualifier)(at - letters) : QUAL_NONE;
}

/* The next element of a bigint[] as PostgreSQL writes it; false for NULL or the end. */
static bool next_number(const char **at, int64_t *v)
{
    char *end;
    bool given;

    if (**at == '{' || **at == ',')
        ++*at;
    *v = strtoll(*at, &end, 10);
    given = end != *at;
    *at = given ? end : *at + strcspn(*at, ",}");
    return given;
}

static void rare_facts(struct build *b, const struct pg_rows *rare, size_t i,
                       struct observation *o)
{
    o->stated = pg_get_bool(rare, i, 9);
    o->as_of = pg_get_date(rare, i, 10);
    o->population = arena_str(&b->arena, pg_get_text(rare, i, 11));
}

/* Whole observations beside the form. */
static struct observation rare_whole(struct build *b, const struct pg_rows *rare,
                                     size_t i)
{
    struct observation o = {.indicator = (uint32_t)pg_get_int(rare, i, 3),
                            .b1 = arena_str(&b->arena, pg_get_text(rare, i, 4)),
                            .b2 = arena_str(&b->arena, pg_get_text(rare, i, 5)),
                            .value = pg_get_int(rare, i, 6),
                            .has_upper = !pg_is_null(rare, i, 7),
                            .upper = pg_get_int(rare, i, 7),
                            .state = state_of(pg_get_text(rare, i, 8)[0]),
                            .qualifier = qualifier_of(pg_get_text(rare, i, 12)[0])};

    rare_facts(b, rare, i, &o);
    if (o.state != OBS_VALUE)
        o.has_upper = false;
    return o;
}

static bool is_before(const struct pg_rows *rare, size_t i, int64_t epoch, int64_t seq)
{
    int64_t e = pg_get_int(rare, i, 0);

    return e != epoch ? e < epoch : pg_get_int(rare, i, 1) < seq;
}

/* Rows of rare with this position: [*first, return). They come in the order of positions.
 */
static size_t rare_range(const struct pg_rows *rare, int64_t epoch, int64_t seq,
                         size_t *first)
{
    size_t low = 0, high = rare->n, end;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (is_before(rare, mid, epoch, seq))
            low = mid + 1;
        else
            high = mid;
    }
    *first = end = low;
    while (end < rare->n && pg_get_int(rare, end, 0) == epoch &&
           pg_get_int(rare, end, 1) == seq)
        end++;
    return end;
}

struct source { /* the two answers that reports are put together from */
    struct pg_rows reports, rare;
};

enum report_column {
    R_EPOCH,
    R_SEQ,
    R_SUBJECT,
    R_KIND,
    R_FORM,
    R_VERSION,
    R_SCHEME,
    R_PERIOD,
    R_VINTAGE,
    R_CHANNEL,
    R_NAME,
    R_SECTOR,
    R_COMMUNE,
    R_STATE,
    R_VALUE,
    R_UPPER,
    R_MARK,
    R_QUALIFIER
};

static bool unfold(struct build *b, const struct source *s, size_t i, size_t rare,
                   size_t rare_end, struct past_report *out, struct err *e)
{
    const struct pg_rows *r = &s->reports;
    const char *values = pg_get_text(r, i, R_VALUE), *uppers = pg_get_text(r, i, R_UPPER);
    const char *mark = pg_get_text(r, i, R_MARK);
    const char *qualifier = pg_get_text(r, i, R_QUALIFIER);
    size_t n_marks = strlen(mark), n_qualifiers = strlen(qualifier), n = 0;
    const struct cells *c =
        cells_of(b, pg_get_text(r, i, R_FORM), pg_get_int(r, i, R_VERSION), e);
    struct observation *obs;

    if (c == NULL)
        return false;
    obs = arena_new(&b->arena, (c->n + (rare_end - rare)) * sizeof *obs);
    for (size_t k = 0; k < c->n && k < n_marks; k++) {
        struct observation *o = &obs[n];
        int64_t value, upper;

        next_number(&values, &value);
        *o = (struct observation){.indicator = (uint32_t)c->indicator[k],
                                  .b1 = c->b1[k],
                                  .b2 = c->b2[k],
                                  .state = state_of(mark[k]),
                                  .as_of = DATE_NONE,
                                  .value = value};
        o->has_upper = next_number(&uppers, &upper) && o->state == OBS_VALUE;
        o->upper = o->has_upper ? upper : 0;
        if (k < n_qualifiers)
            o->qualifier = qualifier_of(qualifier[k]);
        for (size_t x = rare; x < rare_end; x++)
            if (pg_get_int(&s->rare, x, 2) == (int64_t)k + 1)
                rare_facts(b, &s->rare, x, o);
        n += o->state != OBS_MISSING;
    }
    for (size_t x = rare; x < rare_end; x++)
        if (pg_is_null(&s->rare, x, 2)) {
            obs[n] = rare_whole(b, &s->rare, x);
            n += obs[n].state != OBS_MISSING;
        }
    *out =
        (struct past_report){.form = c->form,
                             .form_version = (uint32_t)c->version,
                             .scheme = arena_str(&b->arena, pg_get_text(r, i, R_SCHEME)),
                             .period = arena_str(&b->arena, pg_get_text(r, i, R_PERIOD)),
                             .vintage = vintage_of(pg_get_text(r, i, R_VINTAGE)),
                             .channel = channel_of(pg_get_text(r, i, R_CHANNEL)),
                             .obs = obs,
                             .n_obs = n};
    return true;
}

/* The facts of one that only reports know, as its newest report has them. */
static void reported_facts(struct build *b, const struct pg_rows *r, size_t i,
                           struct entry *entry)
{
    struct subject *s = &entry->subject;

    s->kind = subject_of(pg_get_text(r, i, R_KIND));
    s->name = arena_str(&b->arena, pg_get_text(r, i, R_NAME));
    s->sector = arena_str(&b->arena, pg_get_text(r, i, R_SECTOR));
    s->commune = arena_str(&b->arena, pg_get_text(r, i, R_COMMUNE));
    s->state = entity_state_of(pg_get_text(r, i, R_STATE));
}

/* The reports of one subject stand together: rows [i, return). */
static size_t subject_end(const struct pg_rows *r, size_t i)
{
    size_t end = i + 1;

    while (end < r->n &&
           strcmp(pg_get_text(r, i, R_SUBJECT), pg_get_text(r, end, R_SUBJECT)) == 0)
        end++;
    return end;
}

static bool take_reports(struct build *b, const struct source *s, struct err *e)
{
    const struct pg_rows *r = &s->reports;
    size_t n_registered = b->n;

    for (size_t i = 0, end; i < r->n; i = end) {
        struct entry *entry = find_entry(b, n_registered, pg_get_text(r, i, R_SUBJECT));

        end = subject_end(r, i);
        if (entry == NULL)
            entry = add_entry(b, pg_get_text(r, i, R_SUBJECT));
        if (!entry->registered)
            reported_facts(b, r, end - 1, entry);
        entry->reports = arena_new(&b->arena, (end - i) * sizeof *entry->reports);
        for (size_t k = i; k < end; k++) {
            int64_t epoch = pg_get_int(r, k, R_EPOCH), seq = pg_get_int(r, k, R_SEQ);
            size_t rare, rare_end = rare_range(&s->rare, epoch, seq, &rare);

            saw(b, epoch, seq);
            if (!unfold(b, s, k, rare, rare_end, &entry->reports[entry->n_reports++], e))
                return false;
        }
    }
    return true;
}

/*
 * Of each subject, form, period and vintage the report that counts: not superseded, of
 * the authoritative channel. Of entities of the register whoever reported them: a new
 * commune sees what its district said.
 */
/* clang-format off */
#define CHOSEN                                                                           \
    "with p as (select scheme, code, ends from (select scheme, code, ends,"              \
    "  row_number() over (partition by scheme, kind order by ends desc) as n"            \
    "  from period_now where starts <= $3) x where n <= $4),"                            \
    " own as materialized ("                                                             \
    "  select o.subject, o.subject as root from unnest($5::text[]) o (subject)"          \
    "  union select m.subject, m.root from unnest($5::text[]) o (subject)"               \
    "  join same_at(9223372036854775807, 0) m on m.root = o.subject),"                   \
    " let_in as (select r.*, p.ends from decision d join report r on r.hash = d.about"   \
    "   join p on p.code = r.period and p.scheme = r.scheme"                             \
    "   where d.act = 'count' and not r.counts),"                                        \
    " mine as (select r.*, p.ends from p join report r on r.period = p.code"             \
    "   and r.scheme = p.scheme where r.counts and r.unit = $1 and r.unit_from = $2"     \
    "  union all select r.* from let_in r where r.unit = $1 and r.unit_from = $2),"      \
    " r as (select m.*, m.subject as root from mine m where m.kind = 'unit'"             \
    "   or (m.subject <> '' and m.subject not in (select subject from own)"              \
    "    and not exists (select from entity e where e.subject = m.subject))"             \
    "  union all select r.*, p.ends, own.root from own join report r"                    \
    "   on r.subject = own.subject and r.counts and r.kind <> 'unit'"                    \
    "   join p on p.code = r.period and p.scheme = r.scheme"                             \
    "  union all select r.*, own.root from own join let_in r on r.subject = own.subject" \
    "   and r.kind <> 'unit'),"                                                          \
    " chosen as (select distinct on (root collate \"C\", ends, form, scheme, period,"    \
    "   vintage) * from r where not exists (select from supersession s"                  \
    "   where s.old = r.hash) and coalesce((select d.act = 'count' from decision d"      \
    "   where d.about = r.hash order by d.epoch desc, d.seq desc limit 1), true)"        \
    "   order by root collate \"C\", ends, form, scheme,"                                \
    "   period, vintage, channel_rank(channel), epoch, seq) "
/* clang-format on */

/* What stands on the page by now: the register's. */
static const char *const *own_keys(struct build *b)
{
    const char **keys = arena_new(&b->arena, (b->n + 1) * sizeof *keys);

    for (size_t i = 0; i < b->n; i++)
        keys[i] = b->entries[i].key;
    return keys;
}

static bool read_reports(struct build *b, int32_t today, int periods, struct err *e)
{
    static const char REPORTS[] =
        CHOSEN "select epoch, seq, root, kind, form, form_version, scheme, period,"
               " vintage, channel, name, sector, commune, state, value, upper, mark,"
               " qualifier from chosen order by root collate \"C\", ends, form, scheme,"
               " period, vintage";
    static const char RARE[] =
        CHOSEN "select c.epoch, c.seq, c.cell, c.indicator, c.b1, c.b2, c.value, c.upper,"
               " c.mark, c.stated, c.as_of, c.population, c.qualifier"
               " from chosen join report_cell c using (epoch, seq)"
               " order by c.epoch, c.seq, c.ord";
    const struct pg_arg args[] = {pg_text(b->unit->code), pg_date(b->unit->valid_from),
                                  pg_date(today + 366), pg_int(periods),
                                  pg_texts(own_keys(b), b->n)};
    struct source s = {{0}, {0}};
    bool ok = pg_query(b->pg, REPORTS, args, COUNT(args), &s.reports, e) &&
              pg_query(b->pg, RARE, args, COUNT(args), &s.rare, e) &&
              take_reports(b, &s, e);

    pg_rows_clear(&s.reports);
    pg_rows_clear(&s.rare);
    return ok;
}

/* -- the page -------------------------------------------------------------------------
 */

/* The unit stands on its page, with or without statements: who it is, it knows from here.
 */
static bool read_unit(struct build *b, struct err *e)
{
    static const char SQL[] = "select name, epoch, seq from unit_now where code = $1"
                              " and valid_from = $2";
    const struct pg_arg args[] = {pg_text(b->unit->code), pg_date(b->unit->valid_from)};
    struct pg_rows r = {0};
    bool ok = pg_query(b->pg, SQL, args, COUNT(args), &r, e);
    struct entry *own = NULL;

    for (size_t i = 0; ok && i < b->n; i++)
        if (b->entries[i].subject.kind == SUBJECT_UNIT)
            own = &b->entries[i];
    if (ok && r.n > 0) {
        own = own != NULL ? own : add_entry(b, "unit");
        own->subject.kind = SUBJECT_UNIT;
        own->subject.name = arena_str(&b->arena, pg_get_text(&r, 0, 0));
        saw(b, pg_get_int(&r, 0, 1), pg_get_int(&r, 0, 2));
    }
    pg_rows_clear(&r);
    return ok;
}

/* False: it does not fit. */
static bool pack(struct build *b, struct bytes *out)
{
    if (b->n > WIRE_ENTITIES)
        return false;
    if (b->n > 0)
        qsort(b->entries, b->n, sizeof *b->entries, by_key);
    page_begin(out, &(struct page_head){*b->unit, b->at});
    for (size_t i = 0; i < b->n; i++) {
        const struct entry *entry = &b->entries[i];
        bool known = entry->registered || entry->subject.kind == SUBJECT_UNIT;
        const struct past past = {.registered = known ? &entry->subject : NULL,
                                  .founded = entry->founded,
                                  .reports = entry->reports,
                                  .n_reports = entry->n_reports};

        if (!page_add(out, &entry->subject, &past))
            return false;
    }
    return true;
}

/* A decision changes what the page says without a new report. */
static bool read_decided(struct build *b, struct err *e)
{
    static const char SQL[] = "select epoch, seq from decision where unit = $1"
                              " and unit_from = $2 order by epoch desc, seq desc limit 1";
    const struct pg_arg args[] = {pg_text(b->unit->code), pg_date(b->unit->valid_from)};
    struct pg_rows r = {0};
    bool ok = pg_query(b->pg, SQL, args, COUNT(args), &r, e);

    if (ok && r.n > 0)
        saw(b, pg_get_int(&r, 0, 0), pg_get_int(&r, 0, 1));
    pg_rows_clear(&r);
    return ok;
}

static bool build_once(struct pg *pg, const struct unit_key *unit, int32_t today,
                       int periods, struct bytes *out, bool *fits, struct err *e)
{
    struct build b = {.pg = pg, .unit = unit};
    bool ok =
        read_register(&b, today, e) &&
        (periods == 0 || (read_reports(&b, today, periods, e) && read_decided(&b, e))) &&
        read_unit(&b, e);

    *fits = ok && pack(&b, out);
    free(b.entries);
    arena_clear(&b.arena);
    return ok;
}

bool page_build(struct pg *pg, const struct unit_key *unit, int32_t today,
                struct bytes *out, struct err *e)
{
    bool ok = pg_query(pg, "begin transaction isolation level repeatable read read only",
                       NULL, 0, NULL, e);
    bool fits = false;

    for (int periods = PAGE_PERIODS; ok && !fits && periods >= 0; periods--)
        ok = build_once(pg, unit, today, periods, out, &fits, e);
    if (ok && !fits)
        ok = err_set(e, ERR_INPUT, "the register page of unit %s is too large",
                     unit->code);
    pg_rollback(pg); /* it only read */
    return ok;
}
