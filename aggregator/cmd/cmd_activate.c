/*
 * catalogue activate: one officer of the genesis proposes, another one puts it into
 * force. Both sign what travels with the bundle (proto/endorse.h).
 */
#include "aggregator/store/acts.h"
#include "aggregator/cmd/commands.h"
#include "aggregator/acts/register.h"
#include "proto/endorse.h"

#include <getopt.h>

struct activation {
    struct app *app;
    struct pg *pg;
    struct acts acts;
    struct catalogue *cat, *before; /* the candidate; what is in force now, or NULL */
    struct officers officers;
    struct catalogue_act what;
    struct endorsement list[OFFICERS_MAX]; /* different officers, first ones first */
    size_t n, n_new;
    struct keypair keys[ENDORSEMENTS_NEEDED];
    size_t n_keys;
    const char *actor;
};

static bool read_bundle(struct activation *a, const char *where, const struct pg_arg *arg,
                        struct catalogue **out, struct err *e)
{
    struct arena arena = {0};
    struct pg_rows rows = {0};
    const char *sql = arena_printf(
        &arena,
        "select b.bundle from catalogue_bundle b join catalogue_now n using (version)"
        " where %s",
        where);
    bool ok = pg_query(a->pg, sql, arg, arg != NULL, &rows, e);

    if (ok && rows.n > 0)
        ok = catalogue_load(out, pg_get_bytes(&rows, 0, 0), e);
    pg_rows_clear(&rows);
    arena_clear(&arena);
    return ok;
}

static bool read_versions(struct activation *a, const char *word, struct err *e)
{
    const struct pg_arg arg = pg_text(word);

    if (!read_bundle(a, "version::text = $1", &arg, &a->cat, e) ||
        !read_bundle(a, "n.active", NULL, &a->before, e))
        return false;
    if (a->cat == NULL)
        return app_set(a->app, e, ERR_INPUT, "chưa nạp phiên bản %s (catalogue load)",
                       "version %s is not loaded (catalogue load)", word);
    if (a->before != NULL && a->cat->version < a->before->version)
        return app_set(
            a->app, e, ERR_INPUT,
            "phiên bản %u mới hơn đang được sử dụng: muốn dùng lại nội dung cũ "
            "thì nạp nó thành phiên bản mới",
            "the newer version %u is in force: to go back, load the old "
            "content as a new version",
            a->before->version);
    return true;
}

static bool read_province(struct activation *a, struct err *e)
{
    struct pg_rows rows = {0};
    bool ok = pg_query(a->pg, "select genesis, file from province", NULL, 0, &rows, e);

    if (ok && (rows.n != 1 || !pg_get_hash(&rows, 0, 0, &a->what.province)))
        ok = err_set(e, ERR_SETUP,
                     "the database has no genesis yet: run htx-aggregator genesis");
    ok = ok && officers_read(pg_get_bytes(&rows, 0, 1), &a->officers, e);
    pg_rows_clear(&rows);
    return ok;
}

static bool signed_already(const struct activation *a, const struct pubkey *key)
{
    for (size_t i = 0; i < a->n; i++)
        if (memcmp(a->list[i].key.b, key->b, KEY_LEN) == 0)
            return true;
    return false;
}

/* What officers said before of this very content; anything else in the table is not
 * counted. */
static bool read_endorsements(struct activation *a, struct err *e)
{
    static const char SQL[] =
        "select key, signature from catalogue where version = $1 and key is not null"
        " and signature is not null order by epoch, seq";
    const struct pg_arg arg = pg_int(a->cat->version);
    struct pg_rows rows = {0};

    if (!pg_query(a->pg, SQL, &arg, 1, &rows, e))
        return false;
    for (size_t i = 0; i < rows.n && a->n < OFFICERS_MAX; i++) {
        struct span key = pg_get_bytes(&rows, i, 0), sig = pg_get_bytes(&rows, i, 1);
        struct endorsement one;

        if (key.n != KEY_LEN || sig.n != SIG_LEN)
            continue;
        memcpy(one.key.b, key.p, KEY_LEN);
        memcpy(one.signature.b, sig.p, SIG_LEN);
        if (officer_with_key(&a->officers, &one.key) != NULL &&
            !signed_already(a, &one.key) && endorsement_holds(&a->what, &one))
            a->list[a->n++] = one;
    }
    pg_rows_clear(&rows);
    return true;
}

/* An officer of the genesis who has left does not sign any more, nor a revoked key. */
static bool still_here(struct activation *a, const struct officer_key *o, struct err *e)
{
    static const char SQL[] =
        "select exists (select from person_now where code = $1"
        "  and (valid_to is null or valid_to >= $2)),"
        " exists (select from key_now where public = $3 and revoked)";
    char hex[2 * KEY_LEN + 1];
    const struct pg_arg args[] = {pg_text(o->code),
                                  pg_date(settings_today(&a->app->settings)),
                                  pg_text(hex_of(o->key.b, KEY_LEN, hex))};
    struct pg_rows rows = {0};
    bool here, revoked;

    if (!pg_query(a->pg, SQL, args, COUNT(args), &rows, e))
        return false;
    here = pg_get_bool(&rows, 0, 0);
    revoked = pg_get_bool(&rows, 0, 1);
    pg_rows_clear(&rows);
    if (revoked)
        return app_set(a->app, e, ERR_INPUT, "khóa xác thực của %s đã bị thu hồi",
                       "the key of %s was revoked", o->code);
    return here ||
           app_set(a->app, e, ERR_INPUT, "%s không còn trong danh sách người dùng",
                   "%s is no longer a person of the register", o->code);
}

/* Adds what this key signs. */
static bool sign_with(struct activation *a, const struct keypair *key, const char *by,
                      bool *by_signed, struct err *e)
{
    const struct officer_key *o = officer_with_key(&a->officers, &key->pub);

    if (o == NULL)
        return app_set(a->app, e, ERR_INPUT,
                       "--sign: không phải khóa xác thực của người có trong tệp khởi tạo",
                       "--sign: not the key of an officer of the genesis");
    if (signed_already(a, &key->pub))
        return app_set(a->app, e, ERR_INPUT,
                       "%s đã ký phiên bản %u; cần một người khác trong tệp khởi tạo",
                       "%s signed version %u already; another officer is needed", o->code,
                       a->cat->version);
    if (!still_here(a, o, e))
        return false;
    *by_signed = *by_signed || (by != NULL && strcmp(by, o->code) == 0);
    if (by == NULL)
        a->actor = o->code;
    a->list[a->n++] = endorse(&a->what, key);
    a->n_new++;
    return true;
}

/* One record for each new signature; the one that makes two puts into force. */
static void add_records(struct activation *a)
{
    for (size_t i = a->n - a->n_new; i < a->n; i++) {
        const struct endorsement *one = &a->list[i];
        const char *act = i + 1 < ENDORSEMENTS_NEEDED ? "propose" : "activate";
        const char *code = officer_with_key(&a->officers, &one->key)->code;
        char hash[2 * HASH_LEN + 1], key[2 * KEY_LEN + 1], sig[2 * SIG_LEN + 1];
        struct json *j = json_new();

        json_text(j, "act", act);
        json_int(j, "version", a->what.version);
        json_text(j, "hash", hash_hex(&a->what.bundle, hash));
        json_date(j, "from", a->what.from);
        json_text(j, "person", code);
        json_text(j, "key", hex_of(one->key.b, KEY_LEN, key));
        json_text(j, "signature", hex_of(one->signature.b, SIG_LEN, sig));
        acts_add(&a->acts, "catalogue", &j);
    }
}

static bool same_period(const struct period *a, const struct period *b)
{
    return strcmp(a->kind, b->kind) == 0 && strcmp(a->name_vi, b->name_vi) == 0 &&
           strcmp(a->name_en, b->name_en) == 0 && a->starts == b->starts &&
           a->ends == b->ends && a->opens == b->opens && a->cutoff == b->cutoff &&
           a->due == b->due && a->closes == b->closes;
}

/* The version before said the same of this period: what was decided since stands. */
static bool said_before(const struct activation *a, const struct period *p)
{
    for (size_t i = 0; a->before != NULL && i < a->before->n_periods; i++) {
        const struct period *old = &a->before->periods[i];

        if (strcmp(old->scheme, p->scheme) == 0 && strcmp(old->code, p->code) == 0)
            return same_period(old, p);
    }
    return false;
}

/* The catalogue's periods, as far as they differ from those in force. */
static bool add_periods(struct activation *a, struct err *e)
{
    const struct catalogue *c = a->cat;
    struct reg_row *rows = mem_array(c->n_periods, sizeof *rows);
    struct arena arena = {0};
    size_t same, n = 0;
    bool ok;

    for (size_t i = 0; i < c->n_periods; i++) {
        const struct period *p = &c->periods[i];
        const struct {
            const char *column, *text;
            int32_t date;
        } values[] = {
            {"scheme",  p->scheme,  0        },
            {"code",    p->code,    0        },
            {"kind",    p->kind,    0        },
            {"name_vi", p->name_vi, 0        },
            {"name_en", p->name_en, 0        },
            {"starts",  NULL,       p->starts},
            {"ends",    NULL,       p->ends  },
            {"opens",   NULL,       p->opens },
            {"cutoff",  NULL,       p->cutoff},
            {"due",     NULL,       p->due   },
            {"closes",  NULL,       p->closes}
        };

        if (said_before(a, p))
            continue;
        for (size_t k = 0; k < COUNT(values); k++)
            rows[n].v[reg_index(&reg_period, values[k].column)] =
                values[k].text != NULL ? values[k].text
                                       : date_iso(values[k].date, arena_new(&arena, 11));
        n++;
    }
    ok = reg_changes(&reg_period, a->pg, rows, n, &a->acts, &same, e);
    free(rows);
    arena_clear(&arena);
    return ok;
}

static void say(const struct activation *a)
{
    uint32_t v = a->what.version;
    char day[11];

    if (a->n_new == 0)
        app_print(a->app, "phiên bản %u đang được sử dụng, không thay đổi\n",
                  "version %u is in force already, nothing to do\n", v);
    else if (a->n < ENDORSEMENTS_NEEDED)
        app_print(
            a->app,
            "%s đã đề nghị đưa phiên bản %u vào sử dụng; cần một người khác trong "
            "tệp khởi tạo xác nhận: catalogue activate %u --sign KHÓA --by NGƯỜI\n",
            "%s proposed version %u; another officer of the genesis has to confirm: "
            "catalogue activate %u --sign KEYFILE --by PERSON\n",
            a->actor, v, v);
    else if (a->what.from > settings_today(&a->app->settings))
        app_print(a->app, "phiên bản %u có hiệu lực từ %s, %zu kỳ mới hoặc thay đổi\n",
                  "version %u comes into force on %s, %zu periods new or changed\n", v,
                  date_vi(a->what.from, day), a->acts.n - a->n_new);
    else
        app_print(a->app, "phiên bản %u có hiệu lực, %zu kỳ mới hoặc thay đổi\n",
                  "version %u is in force, %zu periods new or changed\n", v,
                  a->acts.n - a->n_new);
}

static bool activate(struct activation *a, const char *word, const char *by,
                     struct err *e)
{
    bool by_signed = false;

    a->pg = app_writer(a->app, e);
    if (a->pg == NULL || !read_province(a, e) || !read_versions(a, word, e))
        return false;
    a->what.version = a->cat->version;
    a->what.bundle = a->cat->hash;
    a->what.from = a->cat->valid_from;
    a->actor = by;
    if (!read_endorsements(a, e))
        return false;
    if (a->before != NULL && a->before->version == a->cat->version &&
        a->n >= ENDORSEMENTS_NEEDED) {
        say(a);
        return true;
    }
    for (size_t i = 0; i < a->n_keys; i++)
        if (!sign_with(a, &a->keys[i], by, &by_signed, e))
            return false;
    if (by != NULL && !by_signed)
        return app_set(a->app, e, ERR_INPUT, "--by: %s không ký trong số các --sign",
                       "--by: %s is not among those who --sign", by);
    add_records(a);
    if (a->n >= ENDORSEMENTS_NEEDED && !add_periods(a, e))
        return false;
    if (!acts_append(&a->acts, a->pg, a->actor, e))
        return false;
    say(a);
    return true;
}

int cmd_catalogue_activate(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"sign", required_argument, NULL, 's'},
        {"by",  required_argument, NULL, 'b'},
        {0     }
    };
    struct activation a = {.app = app};
    const char *by = NULL;
    struct err e = {0};
    bool ok = true, usage = false;
    int c;

    while (ok && !usage && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'b')
            by = optarg;
        else if (c == 's' && a.n_keys < COUNT(a.keys))
            ok = keypair_read(optarg, &a.keys[a.n_keys++], &e);
        else
            usage = true;
    }
    usage = usage || (ok && (optind + 1 != argc || a.n_keys == 0));
    ok = ok && !usage && activate(&a, argv[optind], by, &e);
    acts_clear(&a.acts);
    catalogue_close(&a.cat);
    catalogue_close(&a.before);
    explicit_bzero(a.keys, sizeof a.keys);
    if (usage)
        return app_usage(app, NULL, NULL);
    return ok ? EXIT_DONE : app_fail(app, &e);
}
