#include "proto/notice.h"

#include "proto/base/text.h"
#include "proto/merkle.h"
#include "proto/receipt.h"

#include <jansson.h>

static const char *const words[] = {"",       "accept",   "ask",      "return",
                                    "decide", "reminder", "extension"};

const char *notice_word(enum notice_kind k)
{
    return (size_t)k < COUNT(words) ? words[k] : "";
}

enum notice_kind notice_of(const char *word)
{
    for (size_t i = 1; i < COUNT(words); i++)
        if (strcmp(words[i], word) == 0)
            return (enum notice_kind)i;
    return NOTICE_NONE;
}

static const char *text_of(const json_t *j, const char *key, struct arena *a)
{
    const char *s = json_string_value(json_object_get(j, key));

    return s != NULL ? arena_str(a, s) : "";
}

static int32_t date_of(const json_t *j, const char *key)
{
    const char *s = json_string_value(json_object_get(j, key));

    return s != NULL ? date_read(s) : DATE_NONE;
}

static bool fill(const json_t *j, struct arena *a, struct notice_act *out, struct err *e)
{
    const char *about = text_of(j, "about", a), *head = text_of(j, "head", a);
    json_int_t revision = json_integer_value(json_object_get(j, "head_revision"));

    *out = (struct notice_act){
        .kind = notice_of(text_of(j, "notice", a)),
        .unit = {text_of(j, "unit", a), date_of(j, "unit_from")},
        .scheme = text_of(j, "scheme", a),
        .period = text_of(j, "period", a),
        .vintage = vintage_of(text_of(j, "vintage", a)),
        .has_about = about[0] != 0,
        .form = text_of(j, "form", a),
        .subject = text_of(j, "subject", a),
        .name = text_of(j, "name", a),
        .finding = text_of(j, "finding", a),
        .cell = text_of(j, "cell", a),
        .text = text_of(j, "text", a),
        .due = date_of(j, "due"),
        .person = text_of(j, "person", a),
        .person_name = text_of(j, "person_name", a),
        .decision = text_of(j, "decision", a),
        .has_head = head[0] != 0,
        .head_revision = revision > 0 && revision <= INT32_MAX ? (uint32_t)revision : 0,
    };
    if (!json_is_string(json_object_get(j, "notice")))
        return err_set(e, ERR_INPUT, "not a notice: another record of the log");
    if (out->unit.code[0] == 0 || out->unit.valid_from == DATE_NONE)
        return err_set(e, ERR_INPUT, "notice: unit and unit_from are required");
    if (out->has_about && !hex_read(about, out->about.b, HASH_LEN))
        return err_set(e, ERR_INPUT, "notice: about: not a hash");
    if (out->has_head && !hex_read(head, out->head.b, HASH_LEN))
        return err_set(e, ERR_INPUT, "notice: head: not a hash");
    return true;
}

bool notice_read(struct span act, struct arena *a, struct notice_act *out, struct err *e)
{
    json_t *j;
    bool ok;

    if (act.n > NOTICE_MAX)
        return err_set(e, ERR_INPUT, "notice: %zu bytes, at most %d", act.n, NOTICE_MAX);
    j = json_loadb((const char *)act.p, act.n, JSON_REJECT_DUPLICATES, NULL);
    ok = json_is_object(j) ? fill(j, a, out, e)
                           : err_set(e, ERR_INPUT, "notice: not a JSON object");
    json_decref(j);
    return ok;
}

bool notice_check(const struct notice *n, const struct hash *province,
                  const struct pubkey *keys, size_t n_keys, struct arena *a,
                  struct notice_act *out, struct err *e)
{
    struct hash leaf = hash_of(DOMAIN_CONTROL, n->act);
    struct statement st;

    if (!statement_check(n->statement, &n->signature, province, keys, n_keys, &st, e))
        return err_in(e, "notice");
    if (n->leaves != st.last_seq - st.first_seq + 1 ||
        !merkle_holds(&leaf, n->index, n->leaves, n->path, n->n_path, &st.root))
        return err_set(e, ERR_INPUT,
                       "notice: the path does not lead to the commit's root");
    if (!notice_read(n->act, a, out, e))
        return false;
    out->at = (struct log_pos){st.epoch, st.first_seq + n->index};
    out->time = st.time;
    return true;
}
