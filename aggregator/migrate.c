#include "aggregator/migrate.h"

enum { LOCK_MIGRATE = 0x48545801 }; /* "HTX", 1; writing commands have 2 */

/* Steps count from 1; files of again/ have number 0 and run at every change. */
static int64_t number_of(const struct schema_file *f)
{
    return strtoll(f->name, NULL, 10);
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

static bool ledger_read(struct pg *pg, struct ledger *l, struct err *e)
{
    static const char SQL[] = "select number, name, hash from public.htx_migration";

    *l = (struct ledger){0};
    return pg_query(pg, SQL, NULL, 0, &l->rows, e);
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

static int64_t files_newest(const struct schema_file *files, size_t n)
{
    int64_t newest = 0;

    for (size_t i = 0; i < n; i++)
        if (number_of(&files[i]) > newest)
            newest = number_of(&files[i]);
    return newest;
}

/* A file of again/ that this program no longer has: what it made must go. */
static bool ledger_strange(const struct ledger *l, const struct schema_file *files,
                           size_t n)
{
    for (size_t i = 0; i < l->rows.n; i++) {
        bool here = pg_get_int(&l->rows, i, 0) != 0;

        for (size_t k = 0; k < n && !here; k++)
            here = strcmp(files[k].name, pg_get_text(&l->rows, i, 1)) == 0;
        if (!here)
            return true;
    }
    return false;
}

static bool write_down(struct pg *pg, const struct schema_file *f, struct err *e)
{
    struct hash hash = hash_of(DOMAIN_FILE, span_str(f->text));
    const struct pg_arg args[] = {pg_int(number_of(f)), pg_text(f->name), pg_hash(&hash)};

    return pg_query(pg,
                    "insert into public.htx_migration (number, name, hash)"
                    " values ($1, $2, $3)",
                    args, COUNT(args), NULL, e);
}

static bool execute(struct pg *pg, const struct schema_file *f, struct err *e)
{
    return (pg_script(pg, f->text, e) && write_down(pg, f, e)) ||
           err_in(e, "%s", f->name);
}

static bool run_step(struct pg *pg, const struct schema_file *f, struct err *e)
{
    if (!pg_begin(pg, e))
        return false;
    if (execute(pg, f, e) && pg_commit(pg, e))
        return true;
    pg_rollback(pg);
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
    "end $$;"
    "delete from public.htx_migration where number = 0";

static bool run_again(struct pg *pg, const struct schema_file *files, size_t n,
                      struct err *e)
{
    if (!pg_begin(pg, e))
        return false;
    if (!pg_script(pg, DROP_AGAIN, e))
        goto failed;
    for (size_t i = 0; i < n; i++)
        if (number_of(&files[i]) == 0 && !execute(pg, &files[i], e))
            goto failed;
    if (pg_commit(pg, e))
        return true;
failed:
    pg_rollback(pg);
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

static bool run_all(struct pg *pg, const struct schema_file *files, size_t n,
                    const struct ledger *l, migrate_fn *done, void *ctx, struct err *e)
{
    bool again = false, same;

    if (ledger_newest(l) > files_newest(files, n))
        return err_set(e, ERR_SETUP,
                       "the database has step %lld, this program knows %lld: install the "
                       "newer program",
                       (long long)ledger_newest(l), (long long)files_newest(files, n));
    for (size_t i = 0; i < n; i++) {
        if (number_of(&files[i]) == 0) {
            again |= !ledger_has(l, &files[i], &same) || !same;
            continue;
        }
        if (ledger_has(l, &files[i], &same)) {
            if (!same)
                return edited(&files[i], e);
            continue;
        }
        if (!run_step(pg, &files[i], e))
            return false;
        done(ctx, files[i].name);
        again = true;
    }
    if (!again && !ledger_strange(l, files, n))
        return true;
    if (!run_again(pg, files, n, e))
        return false;
    for (size_t i = 0; i < n; i++)
        if (number_of(&files[i]) == 0)
            done(ctx, files[i].name);
    return true;
}

bool migrate_run(struct pg *pg, const struct schema_file *files, size_t n,
                 migrate_fn *done, void *ctx, struct err *e)
{
    const struct pg_arg lock = pg_int(LOCK_MIGRATE);
    struct ledger l = {0};
    struct err ignored;
    bool ok = false;

    if (!pg_query(pg, "select pg_advisory_lock($1)", &lock, 1, NULL, e))
        return false;
    if (!pg_script(pg, "set client_min_messages = warning", e) ||
        !pg_script(pg, LEDGER, e) || !ledger_read(pg, &l, e))
        goto out;
    ok = run_all(pg, files, n, &l, done, ctx, e);
out:
    pg_rows_clear(&l.rows);
    if (!pg_query(pg, "select pg_advisory_unlock($1)", &lock, 1, NULL, &ignored) && ok)
        ok = err_set(e, ignored.kind, "%s", ignored.text);
    return ok;
}

bool migrate_ready(struct pg *pg, struct err *e)
{
    static const char HOW[] = "run htx-aggregator migrate";
    struct ledger l = {0};
    bool ok = true, same;

    if (!ledger_read(pg, &l, e)) {
        ok = strcmp(pg_state(pg), "42P01") == 0
                 ? err_set(e, ERR_SETUP, "the database is empty: %s", HOW)
                 : false;
        goto out;
    }
    for (size_t i = 0; i < schema_files_n && ok; i++) {
        if (number_of(&schema_files[i]) == 0)
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
