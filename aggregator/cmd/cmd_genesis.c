/*
 * genesis: the province's keys, its officers and the hash of its tables in one file,
 * signed by two officers; the first commit of the log. The file is made from nothing that
 * changes with time, so after a crash the same command finishes what it began.
 */
#include "aggregator/store/acts.h"
#include "aggregator/cmd/commands.h"
#include "aggregator/migrate.h"
#include "aggregator/acts/register.h"
#include "proto/base/file.h"
#include "proto/base/text.h"

#include <getopt.h>
#include <unistd.h>

enum { OFFICERS_MAX = 16, OFFICERS_MIN = 3, SIGNERS = 2 };

struct officer {
    const char *code, *name;
    struct pubkey key;
};

struct genesis {
    struct app *app;
    struct officer officers[OFFICERS_MAX];
    size_t n_officers;
    struct keypair signers[SIGNERS];
    const char *signer_codes[SIGNERS];
    size_t n_signers;
    struct curve_pair curve;
    struct keypair receipt;
    struct bytes file, signatures; /* genesis.conf, genesis.sig */
    struct hash hash;
    struct arena arena;
};

/* ---- arguments ---- */

/* KEY: 64 hex digits, or a file made by `keys new`. */
static bool read_key(const char *key, struct pubkey *out, struct err *e)
{
    struct keypair pair;

    if (hex_read(key, out->b, sizeof out->b))
        return true;
    if (!keypair_read(key, &pair, e))
        return false;
    *out = pair.pub;
    explicit_bzero(&pair, sizeof pair);
    return true;
}

/* CODE=KEY or CODE=KEY,NAME */
static bool add_officer(struct genesis *g, const char *arg, struct err *e)
{
    char *code = arena_str(&g->arena, arg), *key = strchr(code, '='), *name;
    struct officer *o;

    if (g->n_officers == OFFICERS_MAX)
        return app_set(g->app, e, ERR_INPUT, "nhiều nhất %d người", "at most %d officers",
                       OFFICERS_MAX);
    if (key == NULL || key == code)
        return app_set(g->app, e, ERR_INPUT, "--officer %s: ghi MÃ=KHÓA[,HỌ TÊN]",
                       "--officer %s: write CODE=KEY[,NAME]", arg);
    *key++ = 0;
    name = strchr(key, ',');
    if (name != NULL)
        *name++ = 0;
    else
        name = code;
    o = &g->officers[g->n_officers];
    o->code = code;
    o->name = text_nfc(&g->arena, span_str(name));
    if (o->name == NULL || text_has_hidden(name) || text_has_hidden(code) ||
        strpbrk(code, " ]") != NULL)
        return app_set(g->app, e, ERR_INPUT, "--officer %s: mã hoặc tên không hợp lệ",
                       "--officer %s: no valid code or name", arg);
    if (!read_key(key, &o->key, e))
        return err_in(e, "--officer %s", code);
    for (size_t i = 0; i < g->n_officers; i++)
        if (strcmp(g->officers[i].code, code) == 0 ||
            memcmp(&g->officers[i].key, &o->key, sizeof o->key) == 0)
            return app_set(
                g->app, e, ERR_INPUT, "--officer %s: trùng mã hoặc khóa xác thực với %s",
                "--officer %s: same code or key as %s", code, g->officers[i].code);
    g->n_officers++;
    return true;
}

static bool add_signer(struct genesis *g, const char *path, struct err *e)
{
    if (g->n_signers == SIGNERS)
        return app_set(g->app, e, ERR_INPUT, "--sign: đúng %d người ký",
                       "--sign: exactly %d signers", SIGNERS);
    return keypair_read(path, &g->signers[g->n_signers++], e);
}

/* Signers are officers, and not the same one twice. */
static bool know_signers(struct genesis *g, struct err *e)
{
    if (g->n_officers < OFFICERS_MIN || g->n_signers != SIGNERS)
        return app_set(g->app, e, ERR_INPUT, "cần ít nhất %d --officer và đúng %d --sign",
                       "at least %d --officer and exactly %d --sign are needed",
                       OFFICERS_MIN, SIGNERS);
    for (size_t s = 0; s < SIGNERS; s++) {
        for (size_t i = 0; i < g->n_officers; i++)
            if (memcmp(&g->officers[i].key, &g->signers[s].pub, KEY_LEN) == 0)
                g->signer_codes[s] = g->officers[i].code;
        if (g->signer_codes[s] == NULL ||
            (s > 0 && g->signer_codes[s] == g->signer_codes[0]))
            return app_set(
                g->app, e, ERR_INPUT,
                "--sign: người ký phải là hai người khác nhau trong số --officer",
                "--sign: the signers are two different ones of the officers");
    }
    return true;
}

/* ---- keys and file ---- */

/* Keys of an earlier try are kept. */
static bool have_keys(struct genesis *g, struct err *e)
{
    const struct settings *s = &g->app->settings;
    char *dir = settings_path(s, "keys"), *curve = settings_path(s, "keys/server.curve"),
         *receipt = settings_path(s, "keys/receipt.sign");
    bool ok = file_mkdirs(dir, e);

    if (ok && access(curve, F_OK) == 0)
        ok = curve_read(curve, &g->curve, e);
    else if (ok)
        ok = curve_new(&g->curve, e) && curve_write(curve, &g->curve, e);
    if (ok && access(receipt, F_OK) == 0) {
        ok = keypair_read(receipt, &g->receipt, e);
    } else if (ok) {
        keypair_new(&g->receipt);
        ok = keypair_write(receipt, &g->receipt, e);
    }
    free(dir);
    free(curve);
    free(receipt);
    return ok;
}

static void write_text(struct genesis *g)
{
    const struct settings *s = &g->app->settings;
    char hex[2 * KEY_LEN + 1], hash[2 * HASH_LEN + 1];
    struct hash schema = migrate_hash();

    bytes_printf(
        &g->file,
        "# HTX genesis of a province. Never edit: its hash is what others pin.\n"
        "[province]\ncode = %s\nname = %s\ncurve = %s\nreceipt = %s\nschema = %s\n",
        s->province_code, s->province_name, g->curve.pub,
        hex_of(g->receipt.pub.b, KEY_LEN, hex), hash_hex(&schema, hash));
    for (size_t i = 0; i < g->n_officers; i++)
        bytes_printf(&g->file, "\n[officer %s]\nname = %s\nkey = %s\n",
                     g->officers[i].code, g->officers[i].name,
                     hex_of(g->officers[i].key.b, KEY_LEN, hex));
    g->hash = hash_of(DOMAIN_GENESIS, span_of(&g->file));
    for (size_t i = 0; i < SIGNERS; i++) {
        struct signature sig = sign(DOMAIN_GENESIS, &g->signers[i], span_of(&g->file));
        char sig_hex[2 * SIG_LEN + 1];

        bytes_printf(&g->signatures, "%s %s %s\n", g->signer_codes[i],
                     hex_of(g->signers[i].pub.b, KEY_LEN, hex),
                     hex_of(sig.b, SIG_LEN, sig_hex));
    }
}

/* Writes the file, or finds the very same one there. */
static bool have_file(struct genesis *g, const char *name, const struct bytes *content,
                      struct err *e)
{
    char *path = settings_path(&g->app->settings, name);
    struct bytes there = {0};
    bool ok;

    if (access(path, F_OK) != 0)
        ok = file_write(path, span_of(content), 0644, e);
    else if ((ok = file_read(path, 1 << 20, &there, e)) &&
             !span_eq(span_of(&there), span_of(content)))
        ok = app_set(
            g->app, e, ERR_SETUP,
            "%s đã có với nội dung khác: đối chiếu, chuyển tệp cũ đi nơi khác nếu "
            "chắc chắn nó chưa được dùng",
            "%s is there with other content: compare, and move the old file away if "
            "it is certain that nobody uses it",
            path);
    bytes_clear(&there);
    free(path);
    return ok;
}

/* ---- the first commit ---- */

static void add_records(struct genesis *g, struct acts *acts)
{
    const struct settings *s = &g->app->settings;
    char hex[2 * HASH_LEN + 1], today[11];
    struct json *j = json_new();

    json_text(j, "code", s->province_code);
    json_text(j, "name", s->province_name);
    json_text(j, "hash", hash_hex(&g->hash, hex));
    json_text(j, "file", bytes_cstr(&g->file));
    json_text(j, "signatures", bytes_cstr(&g->signatures));
    acts_add(acts, "genesis", &j);
    j = json_new();
    hex_of(g->receipt.pub.b, KEY_LEN, hex);
    json_text(j, "use", "receipt");
    json_text(j, "public", hex);
    acts_add(acts, "key", &j);
    date_iso(settings_today(s), today);
    for (size_t i = 0; i < g->n_officers; i++) {
        const struct officer *o = &g->officers[i];
        const char *values[REG_COLUMNS] = {NULL};

        for (size_t c = 0; c < reg_person.n; c++)
            values[c] = "";
        values[reg_index(&reg_person, "code")] = o->code;
        values[reg_index(&reg_person, "name")] = o->name;
        values[reg_index(&reg_person, "role")] = "leader";
        values[reg_index(&reg_person, "key")] = hex_of(o->key.b, KEY_LEN, hex);
        values[reg_index(&reg_person, "valid_from")] = today;
        reg_record(&reg_person, values, acts);
    }
}

static bool not_yet(struct genesis *g, struct pg *pg, struct err *e)
{
    struct pg_rows rows = {0};
    bool ok = false;

    if (!pg_query(pg, "select code, name from province", NULL, 0, &rows, e))
        return false;
    if (rows.n != 0)
        app_set(g->app, e, ERR_SETUP,
                "đã khởi tạo rồi: %s %s; tệp khởi tạo chỉ lập một lần",
                "genesis was done before: %s %s; it is done once",
                pg_get_text(&rows, 0, 0), pg_get_text(&rows, 0, 1));
    else
        ok = true;
    pg_rows_clear(&rows);
    return ok;
}

static bool is_officer(const struct genesis *g, const char *code)
{
    for (size_t i = 0; i < g->n_officers; i++)
        if (strcmp(g->officers[i].code, code) == 0)
            return true;
    return false;
}

static bool make(struct genesis *g, const char *by, struct err *e)
{
    struct acts acts = {0};
    const char *actor = by;
    struct pg *pg;
    bool ok = false;

    if (!know_signers(g, e) || (pg = app_writer(g->app, e)) == NULL)
        goto out;
    if (!migrate_ready(pg, e) || !not_yet(g, pg, e))
        goto out;
    if (by != NULL && !is_officer(g, by)) {
        app_set(g->app, e, ERR_INPUT, "--by: %s không có trong số --officer",
                "--by: %s is none of the officers", by);
        goto out;
    }
    if (by == NULL && (actor = app_actor(g->app, &g->arena, NULL, e)) == NULL)
        goto out;
    if (!have_keys(g, e))
        goto out;
    write_text(g);
    if (!have_file(g, "genesis.conf", &g->file, e) ||
        !have_file(g, "genesis.sig", &g->signatures, e))
        goto out;
    add_records(g, &acts);
    ok = oplog_begin(pg, actor, acts.list, acts.n, &g->hash, &g->receipt.pub, e);
out:
    acts_clear(&acts);
    return ok;
}

static int finish(struct genesis *g, bool ok, const struct err *e)
{
    struct app *app = g->app;
    char hex[2 * HASH_LEN + 1];

    if (ok) {
        printf("genesis %s\ncurve %s\nreceipt ", hash_hex(&g->hash, hex), g->curve.pub);
        printf("%s\n", hex_of(g->receipt.pub.b, KEY_LEN, hex));
        fprintf(stderr, "%s: %s/genesis.conf\n",
                app_say(app, "giao tệp này cho các đơn vị báo cáo và Bộ",
                        "give this file to the units and the ministry"),
                app->settings.dir);
    }
    bytes_clear(&g->file);
    bytes_clear(&g->signatures);
    arena_clear(&g->arena);
    explicit_bzero(g, sizeof *g);
    return ok ? EXIT_DONE : app_fail(app, e);
}

int cmd_genesis(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"officer",          required_argument, NULL, 'o'},
        {"sign",              required_argument, NULL, 's'},
        {"by",                  required_argument, NULL, 'b'},
        {0}
    };
    struct genesis g = {.app = app};
    const char *by = NULL;
    struct err e = {0};
    bool ok = true;
    int c;

    while (ok && (c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'o':
            ok = add_officer(&g, optarg, &e);
            break;
        case 's':
            ok = add_signer(&g, optarg, &e);
            break;
        case 'b':
            by = optarg;
            break;
        default:
            arena_clear(&g.arena);
            return app_usage(app, NULL, NULL);
        }
    }
    if (ok && (optind != argc || g.n_officers == 0)) {
        arena_clear(&g.arena);
        return app_usage(app, NULL, NULL);
    }
    return finish(&g, ok && make(&g, by, &e), &e);
}
