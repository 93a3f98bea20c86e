#include "aggregator/migrate.h"
#include "aggregator/ministry/schema_name.h"

enum { LOCK_MIGRATE = 0x48545801 }; /* "HTX", 1; writing commands have 2 */

/* Steps count from 1; files of again/ have number 0 and run at every change. */
static int64_t number_of(const struct schema_file *f)
{
    return strtoll(f->name, NULL, 10);
}

/* Where files run, and where what ran is written down. */
struct place {
    struct pg *pg;
    const char *schema; /* of a province's copy; NULL: the province's own, htx */
};

/* A nation's tables are in one place only. */
static bool belongs(const struct place *at, const struct schema_file *f)
{
    return at->schema == NULL || strstr(f->name, "nation") == NULL;
}

static const char LEDGER[] =
    "create table if not exists public.htx_migration ("
    " number integer not null, name text primary key,"
    " hash bytea not null check (octet_length(hash) = 32),"
    " at timestamptz not null default now());"
    "comment on table public.htx_migration is 'What htx-aggregator migrate ran: numbered"
    " steps once; number 0 are views and functions, replaced as a whole.';"
    "grant select on public.htx_migration to public";

struct ledger {
    struct pg_rows rows; /* number, name, hash */
};

static bool ledger_read(const struct place *at, struct ledger *l, struct err *e)
{
    static const char OWN[] = "select number, name, hash from public.htx_migration",
                      COPY[] = "select number, name, hash from nation.migration"
                               " where schema = $1";
    const struct pg_arg schema = pg_text(at->schema);

    *l = (struct ledger){0};
    return at->schema == NULL ? pg_query(at->pg, OWN, NULL, 0, &l->rows, e)
                              : pg_query(at->pg, COPY, &schema, 1, &l->rows, e);
}

/* Did this file run? *same: with this content. */
static bool ledger_has(const struct ledger *l, const struct schema_file *f, bool *same)
{
    struct hash now = hash_of(DOMAIN_FILE, span_str(f->text)), then;

    *same = false;
    for (size_t i = 0; i < l->rows.n; i++)
        if (strcmp(pg_get_text(&l->rows, i, 1), f->name) == 0) {
            *same = pg_get_hash(&l->rows, i, 2, &then) && hash_eq(&now, &then);
            return true;
        }
    return false;
}

static int64_t ledger_newest(const struct ledger *l)
{
    int64_t newest = 0;

    for (size_t i = 0; i < l->rows.n; i++)
        if (pg_get_int(&l->rows, i, 0) > newest)
            newest = pg_get_int(&l->rows, i, 0);
    return newest;
}

static int64_t files_newest(const struct place *at, const struct schema_file *files,
                            size_t n)
{
    int64_t newest = 0;

    for (size_t i = 0; i < n; i++)
        if (belongs(at, &files[i]) && number_of(&files[i]) > newest)
            newest = number_of(&files[i]);
    return newest;
}

/* A file of again/ that this program no longer has: what it made must go. */
static bool ledger_strange(const struct place *at, const struct ledger *l,
                           const struct schema_file *files, size_t n)
{
    for (size_t i = 0; i < l->rows.n; i++) {
        bool here = pg_get_int(&l->rows, i, 0) != 0;

        for (size_t k = 0; k < n && !here; k++)
            here = belongs(at, &files[k]) &&
                   strcmp(files[k].name, pg_get_text(&l->rows, i, 1)) == 0;
        if (!here)
            return true;
    }
    return false;
}

static bool write_down(const struct place *at, const struct schema_file *f, struct err *e)
{
    static const char OWN[] = "insert into public.htx_migration (number, name, hash)"
                              " values ($1, $2, $3)",
                      COPY[] = "insert into nation.migration (number, name, hash, schema)"
                               " values ($1, $2, $3, $4)";
    struct hash hash = hash_of(DOMAIN_FILE, span_str(f->text));
    const struct pg_arg args[] = {pg_int(number_of(f)), pg_text(f->name), pg_hash(&hash),
                                  pg_text(at->schema)};

    return at->schema == NULL ? pg_query(at->pg, OWN, args, 3, NULL, e)
                              : pg_query(at->pg, COPY, args, COUNT(args), NULL, e);
}

/* Several statements, as they read for this place. */
static bool run_text(const struct place *at, const char *text, struct err *e)
{
    struct bytes renamed = {0};
    bool ok;

    if (at->schema == NULL)
        return pg_script(at->pg, text, e);
    schema_rename(text, at->schema, &renamed);
    ok = pg_script(at->pg, bytes_cstr(&renamed), e);
    bytes_clear(&renamed);
    return ok;
}

static bool execute(const struct place *at, const struct schema_file *f, struct err *e)
{
    return (run_text(at, f->text, e) && write_down(at, f, e)) ||
           err_in(e, "%s%s%s", at->schema != NULL ? at->schema : "",
                  at->schema != NULL ? ": " : "", f->name);
}

static bool run_step(const struct place *at, const struct schema_file *f, struct err *e)
{
    if (!pg_begin(at->pg, e))
        return false;
    if (execute(at, f, e) && pg_commit(at->pg, e))
        return true;
    pg_rollback(at->pg);
    return false;
}

/* Everything that again/ makes; tables' own functions would live in a numbered step. */
static const char DROP_AGAIN[] =
    "do $$ declare all_of_it text; begin"
    " select string_agg(format('drop view if exists %s cascade;', c.oid::regclass), '')"
    "  into all_of_it from pg_class c"
    "  where c.relnamespace = 'htx'::regnamespace and c.relkind = 'v';"
    " execute coalesce(all_of_it, '');"
    " select string_agg(format('drop routine if exists %s cascade;',"
    "   p.oid::regprocedure), '') into all_of_it from pg_proc p"
    "  where p.pronamespace = 'htx'::regnamespace"
    "  and not exists (select from pg_trigger t where t.tgfoid = p.oid);"
    " execute coalesce(all_of_it, '');"
    "end $$;";

/* The same of the nation's schema, beside a province's own. */
static const char DROP_NATION[] =
    "do $$ declare all_of_it text; begin"
    " select string_agg(format('drop view if exists %s cascade;', c.oid::regclass), '')"
    "  into all_of_it from pg_class c"
    "  where c.relnamespace = to_regnamespace('nation') and c.relkind = 'v';"
    " execute coalesce(all_of_it, '');"
    " select string_agg(format('drop routine if exists %s cascade;',"
    "   p.oid::regprocedure), '') into all_of_it from pg_proc p"
    "  where p.pronamespace = to_regnamespace('nation');"
    " execute coalesce(all_of_it, '');"
    "end $$;";

/* What a daemon of the province may do in its own tables nobody may in a copy of them. */
static const char COPY_RIGHTS[] =
    "revoke all on schema htx from htx_serve, htx_feed, htx_admin;"
    "revoke all on all tables in schema htx from htx_serve, htx_feed, htx_admin;"
    "grant usage on schema htx to htx_admin, htx_read, htx_pull;"
    "grant select on all tables in schema htx to htx_admin, htx_read, htx_pull;"
    "grant insert on htx.commit, htx.commit_signature, htx.control_proof, htx.evidence,"
    " htx.evidence_later, htx.receipt, htx.report, htx.report_cell, htx.finding, htx.report_id,"
    " htx.report_key, htx.supersession, htx.submission, htx.answer, htx.control,"
    " htx.province, htx.unit, htx.entity, htx.entity_event, htx.entity_merge, "
    "htx.lineage,"
    " htx.period, htx.person, htx.key, htx.catalogue, htx.catalogue_bundle,"
    " htx.cat_indicator, htx.cat_breakdown, htx.cat_form, htx.cat_cell, htx.cat_source,"
    " htx.cat_class, htx.publication, htx.seal, htx.notice, htx.remark, htx.extension,"
    " htx.decision, htx.target to htx_pull";

static bool forget_again(const struct place *at, struct err *e)
{
    const struct pg_arg schema = pg_text(at->schema);

    if (at->schema == NULL)
        return pg_script(at->pg, DROP_NATION, e) &&
               pg_script(at->pg, "delete from public.htx_migration where number = 0", e);
    return pg_query(at->pg,
                    "delete from nation.migration where number = 0 and schema = $1",
                    &schema, 1, NULL, e);
}

static bool run_again(const struct place *at, const struct schema_file *files, size_t n,
                      struct err *e)
{
    if (!pg_begin(at->pg, e))
        return false;
    if (!run_text(at, DROP_AGAIN, e) || !forget_again(at, e))
        goto failed;
    for (size_t i = 0; i < n; i++)
        if (number_of(&files[i]) == 0 && belongs(at, &files[i]) &&
            !execute(at, &files[i], e))
            goto failed;
    if (at->schema != NULL && !run_text(at, COPY_RIGHTS, e))
        goto failed;
    if (pg_commit(at->pg, e))
        return true;
failed:
    pg_rollback(at->pg);
    return false;
}

static bool edited(const struct schema_file *f, struct err *e)
{
    return err_set(
        e, ERR_SETUP,
        "%s: this step ran with another content: a step is never edited, add a "
        "new one",
        f->name);
}

static bool run_all(const struct place *at, const struct schema_file *files, size_t n,
                    const struct ledger *l, migrate_fn *done, void *ctx, struct err *e)
{
    bool again = false, same;

    if (ledger_newest(l) > files_newest(at, files, n))
        return err_set(e, ERR_SETUP,
                       "the database has step %lld, this program knows %lld: install the "
                       "newer program",
                       (long long)ledger_newest(l),
                       (long long)files_newest(at, files, n));
    for (size_t i = 0; i < n; i++) {
        if (!belongs(at, &files[i]))
            continue;
        if (number_of(&files[i]) == 0) {
            again |= !ledger_has(l, &files[i], &same) || !same;
            continue;
        }
        if (ledger_has(l, &files[i], &same)) {
            if (!same)
                return edited(&files[i], e);
            continue;
        }
        if (!run_step(at, &files[i], e))
            return false;
        done(ctx, at->schema, files[i].name);
        again = true;
    }
    if (!again && !ledger_strange(at, l, files, n))
        return true;
    if (!run_again(at, files, n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (number_of(&files[i]) == 0 && belongs(at, &files[i]))
            done(ctx, at->schema, files[i].name);
    return true;
}

static bool run_place(const struct place *at, const struct schema_file *files, size_t n,
                      migrate_fn *done, void *ctx, struct err *e)
{
    struct ledger l = {0};
    bool ok = ledger_read(at, &l, e) && run_all(at, files, n, &l, done, ctx, e);

    pg_rows_clear(&l.rows);
    return ok;
}

bool migrate_run(struct pg *pg, const struct schema_file *files, size_t n,
                 migrate_fn *done, void *ctx, struct err *e)
{
    const struct place own = {.pg = pg};
    const struct pg_arg lock = pg_int(LOCK_MIGRATE);
    struct err ignored;
    bool ok;

    if (!pg_query(pg, "select pg_advisory_lock($1)", &lock, 1, NULL, e))
        return false;
    ok = pg_script(pg, "set client_min_messages = warning", e) &&
         pg_script(pg, LEDGER, e) && run_place(&own, files, n, done, ctx, e);
    if (!pg_query(pg, "select pg_advisory_unlock($1)", &lock, 1, NULL, &ignored) && ok)
        ok = err_set(e, ignored.kind, "%s", ignored.text);
    return ok;
}

bool migrate_copy(struct pg *pg, const char *schema, migrate_fn *done, void *ctx,
                  struct err *e)
{
    const struct place copy = {.pg = pg, .schema = schema};

    if (!schema_name_valid(schema))
        return err_set(e, ERR_SETUP, "\"%s\": no name of a schema", schema);
    return pg_script(pg, "set client_min_messages = warning", e) &&
           run_place(&copy, schema_files, schema_files_n, done, ctx, e);
}

/* What again/ does not make anew, functions of triggers, must read its own tables too. */
static const char RENAME_TRIGGERS[] =
    "do $$ declare f record; begin"
    " for f in select pg_get_functiondef(p.oid) as text from pg_proc p"
    "  where p.pronamespace = '%s'::regnamespace loop"
    "  execute regexp_replace(f.text, '\\m%s\\.', '%s.', 'g');"
    " end loop; end $$";

bool migrate_rename(struct pg *pg, const char *old, const char *new, struct err *e)
{
    const struct place copy = {.pg = pg, .schema = new};
    const struct pg_arg args[] = {pg_text(old), pg_text(new)};
    char *sql, *triggers;
    bool ok;

    if (!schema_name_valid(old) || !schema_name_valid(new))
        return err_set(e, ERR_SETUP, "\"%s\": no name of a schema", new);
    sql = mem_printf("alter schema %s rename to %s", old, new);
    triggers = mem_printf(RENAME_TRIGGERS, new, old, new);
    ok = pg_script(pg, sql, e) &&
         pg_query(pg, "update nation.migration set schema = $2 where schema = $1", args,
                  COUNT(args), NULL, e) &&
         run_text(&copy, DROP_AGAIN, e) && forget_again(&copy, e) &&
         pg_script(pg, triggers, e);
    free(sql);
    free(triggers);
    return ok;
}

static bool ready(const struct place *at, struct err *e)
{
    static const char HOW[] = "run htx-aggregator migrate";
    struct ledger l = {0};
    bool ok = true, same;

    if (!ledger_read(at, &l, e)) {
        ok = strcmp(pg_state(at->pg), "42P01") == 0
                 ? err_set(e, ERR_SETUP, "the database is empty: %s", HOW)
                 : false;
        goto out;
    }
    for (size_t i = 0; i < schema_files_n && ok; i++) {
        if (number_of(&schema_files[i]) == 0 || !belongs(at, &schema_files[i]))
            continue;
        if (!ledger_has(&l, &schema_files[i], &same))
            ok = err_set(e, ERR_SETUP, "the database lacks %s: %s", schema_files[i].name,
                         HOW);
        else if (!same)
            ok = edited(&schema_files[i], e);
    }
out:
    pg_rows_clear(&l.rows);
    return ok;
}

bool migrate_ready(struct pg *pg, struct err *e)
{
    return ready(&(struct place){.pg = pg}, e);
}

bool migrate_copy_ready(struct pg *pg, const char *schema, struct err *e)
{
    return ready(&(struct place){.pg = pg, .schema = schema}, e) ||
           err_in(e, "%s", schema);
}

struct hash migrate_hash(void)
{
    struct bytes all = {0};
    struct hash hash;

    for (size_t i = 0; i < schema_files_n; i++)
        if (number_of(&schema_files[i]) != 0) {
            bytes_str(&all, schema_files[i].name);
            bytes_char(&all, 0);
            bytes_str(&all, schema_files[i].text);
            bytes_char(&all, 0);
        }
    hash = hash_of(DOMAIN_FILE, span_of(&all));
    bytes_clear(&all);
    return hash;
}
