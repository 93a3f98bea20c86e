/* init: folders and keys that are missing; keys: the enrolment lines again. */
#include "collectors/cmd.h"
#include "collectors/spool.h"
#include "proto/base/file.h"

#include <unistd.h>

static bool make_keys(struct app *app, const char *code, struct err *e)
{
    char *sign_path = app_key_path(app, code, "sign");
    char *curve_path = app_key_path(app, code, "curve");
    struct keypair sign;
    struct curve_pair curve;
    bool ok = true;

    /* a key that exists is never replaced: the province knows it */
    if (access(sign_path, F_OK) != 0) {
        keypair_new(&sign);
        ok = keypair_write(sign_path, &sign, e);
    }
    if (ok && access(curve_path, F_OK) != 0)
        ok = curve_new(&curve, e) && curve_write(curve_path, &curve, e);
    free(sign_path);
    free(curve_path);
    return ok;
}

static bool make_all(struct app *app, struct err *e)
{
    static const char *const folders[] = {"keys", "claims", "originals"};
    bool ok = true;

    for (size_t i = 0; ok && i < COUNT(folders); i++) {
        char *path = app_path(app, folders[i]);

        ok = file_mkdirs(path, e);
        free(path);
    }
    for (size_t i = 0; ok && i < app->n_units; i++)
        ok = make_keys(app, app->units[i].key.code, e) &&
             spool_inbox(app->units[i].inbox, e);
    return ok;
}

static void print_people(struct cmd *c)
{
    char hex[2 * KEY_LEN + 1], from[11];

    for (size_t i = 0; i < c->app->n_units; i++) {
        const struct app_unit *u = &c->app->units[i];

        fprintf(c->out, "enroll unit=%s valid_from=%s sign=%s curve=%s\n", u->key.code,
                date_iso(u->key.valid_from, from), hex_of(u->sign.pub.b, KEY_LEN, hex),
                u->curve.pub);
    }
}

static void print_json(struct cmd *c)
{
    static const struct listing_column columns[] = {
        {"unit",       ""},
        {"valid_from", ""},
        {"sign",       ""},
        {"curve",      ""}
    };
    char hex[2 * KEY_LEN + 1], from[11];
    struct listing *t;

    listing_open(&t, columns, COUNT(columns));
    for (size_t i = 0; i < c->app->n_units; i++) {
        const struct app_unit *u = &c->app->units[i];

        listing_text(t, u->key.code);
        listing_text(t, date_iso(u->key.valid_from, from));
        listing_text(t, hex_of(u->sign.pub.b, KEY_LEN, hex));
        listing_text(t, u->curve.pub);
    }
    listing_print(t, c->out, true);
    listing_close(&t);
}

static enum exit_code keys(struct cmd *c, int argc, char **argv, bool make)
{
    bool json = false;
    const struct opt opts[] = {
        {"json", OPT_FLAG, &json, NULL, "in dạng JSON", "print JSON"}
    };
    enum exit_code code;
    struct err e = {0};
    size_t n;

    if (!cmd_options(c, argc, argv, opts, COUNT(opts), NULL, 0, &n, &code))
        return code;
    if ((make && !make_all(c->app, &e)) || !app_open_keys(c->app, &e))
        return cmd_fail(c, &e);
    if (json)
        print_json(c);
    else
        print_people(c);
    return EXIT_DONE;
}

enum exit_code cmd_init(struct cmd *c, int argc, char **argv)
{
    return keys(c, argc, argv, true);
}

enum exit_code cmd_keys(struct cmd *c, int argc, char **argv)
{
    return keys(c, argc, argv, false);
}
