#include "aggregator/acts/signers.h"
#include "aggregator/store/audit.h"
#include "proto/base/text.h"
#include "proto/endorse.h"

static const struct {
    const char *word, *vi, *en;
} REFUSALS_OF[REFUSALS] = {
  /* clang-format off */
    [REFUSAL_NONE] = {"none", "không rõ", "no reason known"},
    [REFUSAL_KEY_FILE] = {"key_file", "tệp khóa xác thực không đọc được", "no key in the file"},
    [REFUSAL_UNKNOWN_KEY] = {"unknown_key", "khóa xác thực không phải của người nào trong danh sách",
                             "nobody of the register has this key"},
    [REFUSAL_REVOKED] = {"revoked", "khóa xác thực đã bị thu hồi", "the key was revoked"},
    [REFUSAL_PERSON] = {"person", "không đúng người", "not the person named"},
    [REFUSAL_ROLE] = {"role", "vai trò không được ký", "the role may not sign"},
    [REFUSAL_NOT_VALID] = {"not_valid", "ngoài thời gian làm nhiệm vụ", "outside the person's days"},
    [REFUSAL_SAME_PERSON] = {"same_person", "một người không được làm cả hai bước",
                             "one person cannot do both steps"},
    [REFUSAL_SAME_KEY] = {"same_key", "hai tên dùng chung một khóa xác thực", "one key under two names"},
    [REFUSAL_NO_REASON] = {"no_reason", "không nêu lý do", "no reason given"},
    [REFUSAL_LAPSED] = {"lapsed", "đề nghị đã hết hiệu lực sau 72 giờ", "the proposal lapsed after 72 hours"},
    [REFUSAL_STATE] = {"state", "kỳ không ở tình trạng làm được việc này",
                       "the period is not in a state for this"},
    [REFUSAL_DIFFERS] = {"differs", "tính lại không khớp với bản đã ký", "computed again, it differs"},
    [REFUSAL_PERIOD] = {"period", "không rõ kỳ báo cáo hoặc loại số liệu", "no such period or vintage"},
    [REFUSAL_ARGUMENT] = {"argument", "tham số không dùng được", "an argument cannot be used"},
  /* clang-format on */
};

const char *refusal_word(enum refusal r)
{
    return REFUSALS_OF[r].word;
}

const char *refusal_label(const char *word, enum lang lang)
{
    for (size_t i = 0; i < REFUSALS; i++)
        if (strcmp(REFUSALS_OF[i].word, word) == 0)
            return lang == LANG_VI ? REFUSALS_OF[i].vi : REFUSALS_OF[i].en;
    return word;
}

/* ---- who ---- */

/* A row of the register: does it let this person act today? */
enum { CODE, NAME, ROLE, VALID, WORKS };

static bool may_act(const struct app *app, const struct pg_rows *rows, size_t i,
                    struct arena *a, struct signing_person *out, enum refusal *why,
                    struct err *e)
{
    *out = (struct signing_person){arena_str(a, pg_get_text(rows, i, CODE)),
                                   arena_str(a, pg_get_text(rows, i, NAME))};
    if (!pg_get_bool(rows, i, WORKS)) {
        *why = REFUSAL_ROLE;
        return app_set(
            app, e, ERR_INPUT, "%s (%s) không có vai trò tổng hợp tỉnh hoặc lãnh đạo",
            "%s (%s) is neither consolidator nor leader", out->name, out->code);
    }
    if (!pg_get_bool(rows, i, VALID)) {
        *why = REFUSAL_NOT_VALID;
        return app_set(app, e, ERR_INPUT,
                       "%s (%s) không còn hoặc chưa làm nhiệm vụ vào ngày hôm nay",
                       "%s (%s) is not in office today", out->name, out->code);
    }
    return true;
}

/* $2 today, $3 the code of an officer of the genesis: there from the beginning. */
#define PERSON_COLUMNS                                                                   \
    "select p.code, p.name, p.role, (p.valid_from <= $2 or p.code = $3) and"             \
    " (p.valid_to is null or p.valid_to >= $2), p.role in ('consolidator', 'leader')"    \
    " from person_now p "

/* The officer with this key, or this code where key is NULL; *code NULL: none. */
static bool genesis_officer(struct pg *pg, const struct pubkey *key, const char *by,
                            struct arena *a, const char **code, struct err *e)
{
    struct pg_rows rows = {0};
    struct officers officers = {0};
    const struct officer_key *o = NULL;
    bool ok = pg_query(pg, "select file from province", NULL, 0, &rows, e) &&
              (rows.n == 1 || err_set(e, ERR_SETUP,
                                      "the database has no genesis yet: "
                                      "run htx-aggregator genesis")) &&
              officers_read(pg_get_bytes(&rows, 0, 0), &officers, e);

    pg_rows_clear(&rows);
    if (ok)
        o = key != NULL ? officer_with_key(&officers, key)
                        : officer_with_code(&officers, by);
    *code = o != NULL ? arena_str(a, o->code) : NULL;
    return ok;
}

static bool key_revoked(struct pg *pg, const char *hex, bool *revoked, struct err *e)
{
    const struct pg_arg arg = pg_text(hex);
    struct pg_rows rows = {0};

    if (!pg_query(pg, "select from key_now where public = $1 and revoked", &arg, 1, &rows,
                  e))
        return false;
    *revoked = rows.n != 0;
    pg_rows_clear(&rows);
    return true;
}

/* Of several people with one key the one that --by names. */
static bool choose(const struct app *app, const struct pg_rows *rows, const char *by,
                   size_t *chosen, enum refusal *why, struct err *e)
{
    *chosen = rows->n;
    for (size_t i = 0; i < rows->n; i++)
        if (by != NULL && strcmp(by, pg_get_text(rows, i, CODE)) == 0)
            *chosen = i;
    if (by == NULL && rows->n == 1)
        *chosen = 0;
    if (*chosen < rows->n)
        return true;
    *why = rows->n == 0 ? REFUSAL_UNKNOWN_KEY : REFUSAL_PERSON;
    if (rows->n == 0)
        return app_set(app, e, ERR_INPUT,
                       "--sign: không phải khóa xác thực của người nào trong danh sách "
                       "người dùng (person list)",
                       "--sign: nobody of the register has this key (person list)");
    if (by != NULL)
        return app_set(app, e, ERR_INPUT, "--by: khóa xác thực là của %s, không phải %s",
                       "--by: the key is that of %s, not of %s",
                       pg_get_text(rows, 0, CODE), by);
    return app_set(app, e, ERR_INPUT,
                   "--sign: %s và %s dùng chung khóa xác thực này; cần --by",
                   "--sign: %s and %s have this key in common; --by is needed",
                   pg_get_text(rows, 0, CODE), pg_get_text(rows, 1, CODE));
}

bool signer_of_key(const struct app *app, struct pg *pg, const struct pubkey *key,
                   const char *by, struct arena *a, struct signing_person *out,
                   enum refusal *why, struct err *e)
{
    /* an officer whose row of the register says nothing of a key has that of the genesis
     */
    static const char SQL[] =
        PERSON_COLUMNS " where p.key = $1::bytea or (p.key is null and p.code = $3)"
                       " order by p.code collate \"C\"";
    const char *officer;
    char hex[2 * KEY_LEN + 1];
    struct pg_arg args[3] = {pg_bytes((struct span){key->b, KEY_LEN}),
                             pg_date(settings_today(&app->settings))};
    struct pg_rows rows = {0};
    bool revoked, ok;
    size_t i;

    hex_of(key->b, KEY_LEN, hex);
    if (!genesis_officer(pg, key, NULL, a, &officer, e) ||
        !key_revoked(pg, hex, &revoked, e))
        return false;
    args[2] = pg_text(officer);
    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return false;
    ok = choose(app, &rows, by, &i, why, e) && may_act(app, &rows, i, a, out, why, e);
    pg_rows_clear(&rows);
    if (ok && revoked) {
        *why = REFUSAL_REVOKED;
        return app_set(app, e, ERR_INPUT, "khóa xác thực của %s (%s) đã bị thu hồi",
                       "the key of %s (%s) was revoked", out->name, out->code);
    }
    return ok;
}

bool signer_named(const struct app *app, struct pg *pg, const char *by, struct arena *a,
                  struct signing_person *out, enum refusal *why, struct err *e)
{
    static const char SQL[] = PERSON_COLUMNS " where p.code = $1";
    struct pg_arg args[3] = {pg_text(by), pg_date(settings_today(&app->settings))};
    const char *officer;
    struct pg_rows rows = {0};
    bool ok;

    if (!genesis_officer(pg, NULL, by, a, &officer, e))
        return false;
    args[2] = pg_text(officer);
    if (!pg_query(pg, SQL, args, COUNT(args), &rows, e))
        return false;
    if (rows.n == 0) {
        *why = REFUSAL_PERSON;
        ok = app_set(app, e, ERR_INPUT,
                     "--by: không có người mã \"%s\" trong danh sách (person list)",
                     "--by: there is no person \"%s\" in the register (person list)", by);
    } else {
        ok = may_act(app, &rows, 0, a, out, why, e);
    }
    pg_rows_clear(&rows);
    return ok;
}

/* ---- what a refused attempt leaves ---- */

enum { WORD_MAX = 80 };

/* A word of the line: no blanks, no control characters, not without end. */
static void put_word(struct bytes *out, const char *name, const char *value)
{
    const bool valid = value != NULL && text_valid(span_str(value));
    size_t n = 0;

    if (value == NULL || *value == 0)
        return;
    bytes_printf(out, "%s%s=", out->n != 0 ? " " : "", name);
    for (const unsigned char *p = (const unsigned char *)value; *p != 0; p++) {
        if (n >= WORD_MAX && (*p & 0xc0) != 0x80)
            break;
        bytes_char(out, *p <= ' ' || *p == '=' || (*p >= 0x7f && !valid) ? '_' : *p);
        n++;
    }
}

void attempt_refused(struct app *app, const struct attempt_line *line)
{
    struct bytes detail = {0};
    struct arena a = {0};
    struct err e = {0};
    struct pg *pg = app_writer(app, &e);
    char hex[2 * KEY_LEN + 1];

    put_word(&detail, "period", line->period);
    put_word(&detail, "vintage", line->vintage);
    put_word(&detail, "person", line->person);
    if (line->key != NULL)
        put_word(&detail, "key", hex_of(line->key->b, KEY_LEN, hex));
    put_word(&detail, "reason", refusal_word(line->why));
    if (pg == NULL ||
        !audit_append(pg, "desk", arena_printf(&a, "%s_refused", line->command),
                      bytes_cstr(&detail), clock_wall(), &e))
        fprintf(stderr, "htx-aggregator: %s: %s\n",
                app_say(app, "không ghi được nhật ký kiểm tra", "no line in the audit"),
                e.text);
    bytes_clear(&detail);
    arena_clear(&a);
}
