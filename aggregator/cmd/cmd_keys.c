/* keys: a person's key file; enrolling, revoking and listing the keys of units and desks.
 */
#include "aggregator/cmd/commands.h"
#include "aggregator/store/acts.h"
#include "aggregator/table.h"
#include "proto/feed.h"

#include <getopt.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096 };

/* ---- new ---- */

int cmd_keys_new(struct app *app, int argc, char **argv)
{
    struct err e = {0};
    struct keypair k;
    char hex[2 * KEY_LEN + 1];
    bool ok;

    if (argc != 2 || argv[1][0] == '-')
        return app_usage(app, NULL, NULL);
    if (access(argv[1], F_OK) == 0) {
        app_set(app, &e, ERR_SETUP, "%s đã có, không ghi đè khóa xác thực",
                "%s is there already: a key is never overwritten", argv[1]);
        return app_fail(app, &e);
    }
    keypair_new(&k);
    ok = keypair_write(argv[1], &k, &e);
    if (ok)
        puts(hex_of(k.pub.b, sizeof k.pub.b, hex));
    explicit_bzero(&k, sizeof k);
    return ok ? EXIT_DONE : app_fail(app, &e);
}

/* ---- records ---- */

struct key_row {
    const char *unit, *unit_from, *use, *public, *reason;
    bool revoked;
};

static void add_key(struct acts *acts, const struct key_row *k)
{
    struct json *j = json_new();

    json_text(j, "unit", k->unit);
    json_text(j, "unit_from", k->unit_from);
    json_text(j, "use", k->use);
    json_text(j, "public", k->public);
    json_bool(j, "revoked", k->revoked);
    json_text(j, "reason", k->reason);
    acts_add(acts, "key", &j);
}

/* ---- enroll ---- */

struct enrolment { /* one line, cut into its words */
    char *unit, *valid_from, *desk, *sign, *curve;
};

struct enroll {
    struct app *app;
    struct pg *pg;
    struct acts acts;
    size_t same;
};

/* "enroll unit=106 valid_from=2004-01-01 sign=<hex> curve=<z85>" */
static bool cut(const struct app *app, char *line, struct enrolment *en, struct err *e)
{
    struct {
        const char *name;
        char **value;
    } fields[] = {
        {"unit",       &en->unit      },
        {"valid_from", &en->valid_from},
        {"desk",       &en->desk      },
        {"sign",       &en->sign      },
        {"curve",      &en->curve     }
    };
    char *rest = line, *word;

    *en = (struct enrolment){0};
    while ((word = strsep(&rest, " \t\r\n")) != NULL) {
        char *eq = strchr(word, '=');
        bool known = *word == 0 || strcmp(word, "enroll") == 0;

        for (size_t i = 0; i < COUNT(fields) && eq != NULL && !known; i++)
            if (strncmp(word, fields[i].name, (size_t)(eq - word)) == 0 &&
                fields[i].name[eq - word] == 0 && *fields[i].value == NULL) {
                *fields[i].value = eq + 1;
                known = true;
            }
        if (!known)
            return app_set(app, e, ERR_INPUT,
                           "không hiểu \"%s\": chép nguyên dòng enroll",
                           "\"%s\" is not understood: copy the whole enroll line", word);
    }
    if (en->sign == NULL || (en->desk == NULL) == (en->unit == NULL) ||
        (en->unit != NULL && (en->valid_from == NULL || en->curve == NULL)))
        return app_set(
            app, e, ERR_INPUT,
            "dòng enroll thiếu: cần unit, valid_from, sign, curve; hoặc desk, sign",
            "incomplete enroll line: unit, valid_from, sign and curve, or desk "
            "and sign, are needed");
    return true;
}

static bool keys_look_right(const struct app *app, struct enrolment *en, struct err *e)
{
    unsigned char key[KEY_LEN];

    if (!hex_read(en->sign, key, sizeof key))
        return app_set(app, e, ERR_INPUT, "sign=%s: không phải khóa xác thực",
                       "sign=%s: no public key", en->sign);
    hex_of(key, sizeof key, en->sign); /* one spelling */
    if (en->curve != NULL && !curve_valid(en->curve))
        return app_set(app, e, ERR_INPUT, "curve=%s: không phải khóa xác thực",
                       "curve=%s: no public key", en->curve);
    if (en->valid_from != NULL && date_read(en->valid_from) == DATE_NONE)
        return app_set(app, e, ERR_INPUT, "valid_from=%s: không phải ngày",
                       "valid_from=%s: no date", en->valid_from);
    return true;
}

/* *from gets the start of the unit's or person's validity. */
static bool owner_known(struct enroll *w, const struct enrolment *en, const char **from,
                        struct err *e)
{
    const struct pg_arg args[] = {pg_text(en->unit != NULL ? en->unit : en->desk),
                                  pg_text(en->valid_from)};
    struct pg_rows rows = {0};

    if (!pg_query(
            w->pg,
            en->unit != NULL
                ? "select valid_from from unit_now where code = $1 and valid_from = $2"
                : "select valid_from from person_now where code = $1 and $2::text is "
                  "null",
            args, 2, &rows, e))
        return false;
    *from = rows.n == 1 ? arena_str(&w->acts.arena, pg_get_text(&rows, 0, 0)) : NULL;
    pg_rows_clear(&rows);
    if (*from != NULL)
        return true;
    if (en->unit != NULL)
        return app_set(w->app, e, ERR_INPUT,
                       "không có đơn vị %s từ ngày %s: nạp đơn vị trước (unit load)",
                       "there is no unit %s from %s: load it first (unit load)", en->unit,
                       en->valid_from);
    return app_set(w->app, e, ERR_INPUT,
                   "không có người mã %s: nạp người dùng trước (person load)",
                   "there is no person %s: load them first (person load)", en->desk);
}

/* New, the same again, or somebody else's, or revoked: then never again. */
static bool enroll_key(struct enroll *w, const struct key_row *k, struct err *e)
{
    const struct pg_arg arg = pg_text(k->public);
    struct pg_rows rows = {0};
    bool ok = true;

    if (!pg_query(w->pg,
                  "select unit, unit_from, use, revoked from key_now where public = $1",
                  &arg, 1, &rows, e))
        return false;
    if (rows.n == 0)
        add_key(&w->acts, k);
    else if (pg_get_bool(&rows, 0, 3))
        ok = strcmp(k->use, "feed") == 0 || strcmp(k->use, "publications") == 0
                 ? app_set(
                       w->app, e, ERR_INPUT,
                       "khóa xác thực %.16s… đã bị thu hồi và không dùng lại được: bên "
                       "nhận chuyển tệp keys/pull.curve của mình đi nơi khác, chạy lại "
                       "province add, gửi dòng curve mới cho mọi tỉnh đang theo",
                       "key %.16s… was revoked and is never taken again: the consumer "
                       "moves its keys/pull.curve away, runs province add again, and "
                       "sends the new curve line to every province it follows",
                       k->public)
                 : app_set(w->app, e, ERR_INPUT,
                           "khóa xác thực %.16s… đã bị thu hồi: tạo khóa xác thực mới "
                           "(htx-collector init)",
                           "key %.16s… was revoked: make a new one (htx-collector init)",
                           k->public);
    else if (strcmp(pg_get_text(&rows, 0, 0), k->unit) != 0 ||
             strcmp(pg_get_text(&rows, 0, 1), k->unit_from) != 0 ||
             strcmp(pg_get_text(&rows, 0, 2), k->use) != 0)
        ok = app_set(w->app, e, ERR_INPUT,
                     "khóa xác thực %.16s… đã đăng ký cho %s (%s): mỗi đơn vị một khóa "
                     "xác thực riêng",
                     "key %.16s… is enrolled for %s (%s): every unit has keys of its own",
                     k->public, pg_get_text(&rows, 0, 0), pg_get_text(&rows, 0, 2));
    else
        w->same++;
    pg_rows_clear(&rows);
    return ok;
}

static bool enroll_line(struct enroll *w, char *line, struct err *e)
{
    struct enrolment en;
    struct key_row k = {.reason = ""};

    if (!cut(w->app, line, &en, e) || !keys_look_right(w->app, &en, e) ||
        !owner_known(w, &en, &k.unit_from, e))
        return false;
    k.unit = en.unit != NULL ? en.unit : en.desk;
    k.use = en.unit != NULL ? "sign" : "desk";
    k.public = en.sign;
    if (!enroll_key(w, &k, e))
        return false;
    if (en.curve == NULL)
        return true;
    k.use = "curve";
    k.public = en.curve;
    return enroll_key(w, &k, e);
}

static bool enroll_stdin(struct enroll *w, struct err *e)
{
    char line[LINE_MAX_BYTES];
    size_t n = 0;

    while (fgets(line, sizeof line, stdin) != NULL) {
        n++;
        if (line[strspn(line, " \t\r\n")] == 0)
            continue;
        if (!enroll_line(w, line, e))
            return err_in(e, "stdin:%zu", n);
    }
    return true;
}

/* The words of a line may come as one argument or as several. */
static bool enroll_words(struct enroll *w, char **words, struct err *e)
{
    struct bytes line = {0};
    bool ok;

    for (; *words != NULL; words++)
        bytes_printf(&line, "%s ", *words);
    bytes_cstr(&line);
    ok = enroll_line(w, (char *)line.p, e);
    bytes_clear(&line);
    return ok;
}

/* Who reads the feed: the ministry, Liên minh HTX tỉnh; its right names one chain. */
struct consumer_words {
    const char *code, *chain, *curve;
};

static bool code_looks_right(const char *code)
{
    return *code != 0 && strlen(code) <= 20 &&
           strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                        "_-.") == strlen(code);
}

static bool enroll_consumer(struct enroll *w, const struct consumer_words *c,
                            struct err *e)
{
    const struct key_row k = {.unit = c->code,
                              .unit_from = "1970-01-01",
                              .use = strcmp(c->chain, "full") == 0 ? "feed" : c->chain,
                              .public = c->curve,
                              .reason = ""};

    if (!code_looks_right(c->code))
        return app_set(w->app, e, ERR_INPUT,
                       "--consumer %s: mã gồm 1 đến 20 chữ cái, chữ số, dấu - _ .",
                       "--consumer %s: a code is 1 to 20 letters, digits, - _ .",
                       c->code);
    if (feed_chain_of(c->chain) == FEED_CHAIN_NONE)
        return app_set(w->app, e, ERR_INPUT, "--chain %s: phải là full hoặc publications",
                       "--chain %s: must be full or publications", c->chain);
    if (!curve_valid(c->curve))
        return app_set(w->app, e, ERR_INPUT,
                       "--curve %s: không phải khóa xác thực (40 ký tự Z85)",
                       "--curve %s: no public key (40 characters of Z85)", c->curve);
    return enroll_key(w, &k, e);
}

int cmd_keys_enroll(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"by",               required_argument, NULL, 'b'},
        {"consumer",              required_argument, NULL, 'c'},
        {"chain",                  required_argument, NULL, 'h'},
        {"curve",required_argument, NULL, 'k'},
        {0              }
    };
    struct enroll w = {.app = app};
    struct consumer_words consumer = {0};
    const char *by = NULL, *actor;
    struct err e = {0};
    bool ok = false;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'b':
            by = optarg;
            break;
        case 'c':
            consumer.code = optarg;
            break;
        case 'h':
            consumer.chain = optarg;
            break;
        case 'k':
            consumer.curve = optarg;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (consumer.code != NULL
            ? optind != argc || consumer.chain == NULL || consumer.curve == NULL
            : optind == argc || consumer.chain != NULL || consumer.curve != NULL)
        return app_usage(app, NULL, NULL);
    w.pg = app_writer(app, &e);
    actor = w.pg != NULL ? app_actor(app, &w.acts.arena, by, &e) : NULL;
    if (actor == NULL)
        goto out;
    ok = consumer.code != NULL            ? enroll_consumer(&w, &consumer, &e)
         : strcmp(argv[optind], "-") == 0 ? enroll_stdin(&w, &e)
                                          : enroll_words(&w, argv + optind, &e);
    ok = ok && acts_append(&w.acts, w.pg, actor, &e);
    if (ok)
        app_print(app, "đã đăng ký %zu khóa xác thực, %zu khóa xác thực đã có\n",
                  "%zu keys enrolled, %zu were there\n", w.acts.n, w.same);
out:
    acts_clear(&w.acts);
    return ok ? EXIT_DONE : app_fail(app, &e);
}

/* ---- revoke ---- */

struct revocation {
    const char *public, *unit, *from, *consumer, *reason;
};

static bool revoke_keys(struct app *app, const struct revocation *r, const char *by,
                        size_t *n, struct err *e)
{
    static const char SQL[] =
        "select unit, unit_from, use, public from key_now where not revoked and"
        " use <> 'receipt' and (public = $1 or lower(public) = lower($1)"
        "   and use not in ('curve', 'feed', 'publications')"
        "  or unit = $2 and use in ('sign', 'curve') and"
        "   ($3::date is null or unit_from = $3)"
        "  or unit = $4 and use in ('feed', 'publications'))"
        " union all select * from (select distinct on (key) code, valid_from, 'person',"
        "  encode(key, 'hex') as public from person where encode(key, 'hex') = lower($1)"
        "  order by key, epoch desc, seq desc) p"
        " where not exists (select from key_now k where k.public = p.public)"
        " order by public";
    const struct pg_arg args[] = {pg_text(r->public), pg_text(r->unit), pg_text(r->from),
                                  pg_text(r->consumer)};
    struct acts acts = {0};
    struct pg_rows rows = {0};
    struct pg *pg = app_writer(app, e);
    const char *actor = pg != NULL ? app_actor(app, &acts.arena, by, e) : NULL;
    bool ok = false;

    if (actor == NULL || !pg_query(pg, SQL, args, COUNT(args), &rows, e))
        goto out;
    if (rows.n == 0) {
        app_set(app, e, ERR_INPUT, "không có khóa xác thực nào đang dùng của \"%s\"",
                "\"%s\" has no key in use",
                r->unit != NULL       ? r->unit
                : r->consumer != NULL ? r->consumer
                                      : r->public);
        goto out;
    }
    for (size_t i = 0; i < rows.n; i++)
        add_key(&acts, &(const struct key_row){
                           .unit = pg_get_text(&rows, i, 0),
                           .unit_from = pg_get_text(&rows, i, 1),
                           .use = pg_get_text(&rows, i, 2),
                           .public = pg_get_text(&rows, i, 3),
                           .revoked = true,
                           .reason = r->reason,
                       });
    *n = acts.n;
    ok = acts_append(&acts, pg, actor, e);
out:
    pg_rows_clear(&rows);
    acts_clear(&acts);
    return ok;
}

int cmd_keys_revoke(struct app *app, int argc, char **argv)
{
    static const struct option options[] = {
        {"unit",             required_argument, NULL, 'u'},
        {"from",              required_argument, NULL, 'f'},
        {"consumer",                  required_argument, NULL, 'c'},
        {"reason",required_argument, NULL, 'r'},
        {"by",               required_argument, NULL, 'b'},
        {0        }
    };
    struct revocation r = {0};
    const char *by = NULL;
    struct err e = {0};
    size_t n = 0;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (c) {
        case 'u':
            r.unit = optarg;
            break;
        case 'f':
            r.from = optarg;
            break;
        case 'c':
            r.consumer = optarg;
            break;
        case 'r':
            r.reason = optarg;
            break;
        case 'b':
            by = optarg;
            break;
        default:
            return app_usage(app, NULL, NULL);
        }
    }
    if (optind == argc - 1)
        r.public = argv[optind++];
    if (optind != argc ||
        (r.public != NULL) + (r.unit != NULL) + (r.consumer != NULL) != 1 ||
        (r.from != NULL && (r.unit == NULL || date_read(r.from) == DATE_NONE)))
        return app_usage(app, NULL, NULL);
    if (r.reason == NULL || *r.reason == 0)
        return app_usage(app, "thu hồi phải có lý do (--reason)",
                         "revoking needs a reason (--reason)");
    if (!revoke_keys(app, &r, by, &n, &e))
        return app_fail(app, &e);
    app_print(app, "đã thu hồi %zu khóa xác thực\n", "%zu keys revoked\n", n);
    return EXIT_DONE;
}

/* ---- list ---- */

static const char *use_label(const struct app *app, const char *use)
{
    static const char *const words[][3] = {
        {"sign",         "ký báo cáo",                         "signs reports"       },
        {"curve",        "kết nối",                           "connects"            },
        {"desk",         "nhập thay",                           "files on behalf"     },
        {"person",       "ký của người dùng",              "signs as a person"   },
        {"receipt",      "ký phiếu tiếp nhận",             "signs receipts"      },
        {"feed",         "nhận toàn bộ luồng dữ liệu", "reads the whole feed"},
        {"publications", "nhận các bản phát hành",         "reads publications"  },
    };

    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(words[i][0], use) == 0)
            return app_say(app, words[i][1], words[i][2]);
    return use;
}

int cmd_keys_list(struct app *app, int argc, char **argv)
{
    static const char SQL[] =
        "select unit, unit_from, coalesce((select u.name from unit_now u where"
        " u.code = k.unit and u.valid_from = k.unit_from and k.use in ('sign', 'curve')),"
        " (select p.name from person_now p where p.code = k.unit and k.use in ('desk', "
        "'person')), "
        "''),"
        " use, public, revoked, reason, epoch, seq from key_now k"
        " where $1::text is null or unit = $1 order by unit, unit_from, use, epoch, seq";
    static const struct column COLUMNS[] = {
        {"unit",      COL_TEXT, "Đơn vị",        "Unit"      },
        {"unit_from", COL_DATE, NULL,                NULL        },
        {"name",      COL_TEXT, "Tên",              "Name"      },
        {"use",       COL_TEXT, "Dùng để",       "Use"       },
        {"public",    COL_TEXT, "Khóa xác thực", "Public key"},
        {"revoked",   COL_BOOL, "Đã thu hồi",    "Revoked"   },
        {"reason",    COL_TEXT, "Lý do",            "Reason"    },
        {"epoch",     COL_INT,  NULL,                NULL        },
        {"seq",       COL_INT,  NULL,                NULL        }
    };
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {"unit",  required_argument, NULL, 'u'},
        {0     }
    };
    struct pg_rows rows = {0};
    struct pg_arg unit = pg_null();
    struct table t;
    struct err e = {0};
    struct pg *pg;
    bool json = false;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'j')
            json = true;
        else if (c == 'u')
            unit = pg_text(optarg);
        else
            return app_usage(app, NULL, NULL);
    }
    if (optind != argc)
        return app_usage(app, NULL, NULL);
    pg = app_pg(app, DB_READ, &e);
    if (pg == NULL || !pg_query(pg, SQL, &unit, 1, &rows, &e))
        return app_fail(app, &e);
    table_init(&t, COLUMNS, COUNT(COLUMNS));
    for (size_t i = 0; i < rows.n; i++) {
        table_text(&t, pg_get_text(&rows, i, 0));
        table_date(&t, pg_get_date(&rows, i, 1));
        table_text(&t, pg_get_text(&rows, i, 2));
        table_shown(&t, pg_get_text(&rows, i, 3),
                    use_label(app, pg_get_text(&rows, i, 3)));
        table_text(&t, pg_get_text(&rows, i, 4));
        table_bool(&t, pg_get_bool(&rows, i, 5));
        table_text(&t, pg_get_text(&rows, i, 6));
        table_int(&t, pg_get_int(&rows, i, 7));
        table_int(&t, pg_get_int(&rows, i, 8));
    }
    table_print(&t, app->lang, json, stdout);
    table_clear(&t);
    pg_rows_clear(&rows);
    return EXIT_DONE;
}
