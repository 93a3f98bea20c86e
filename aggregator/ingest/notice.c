#include "aggregator/ingest/notice.h"

static void given(struct json *j, const char *key, const char *text)
{
    if (text != NULL && text[0] != 0)
        json_text(j, key, text);
}

void notice_add(struct acts *acts, const struct notice_act *n)
{
    static const char SQL[] =
        "insert into notice (epoch, seq, kind, unit, unit_from, scheme, period, vintage,"
        " about, finding, cell, text, due, person)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    struct arena *a = &acts->arena;
    struct json *j = json_new();
    struct hash *about = NULL;
    const char *vintage = vintage_word(n->vintage);
    char hex[2 * HASH_LEN + 1];

    json_text(j, "notice", notice_word(n->kind));
    json_text(j, "unit", n->unit.code);
    json_date(j, "unit_from", n->unit.valid_from);
    given(j, "scheme", n->scheme);
    given(j, "period", n->period);
    given(j, "vintage", vintage);
    given(j, "form", n->form);
    given(j, "subject", n->subject);
    given(j, "name", n->name);
    given(j, "finding", n->finding);
    given(j, "cell", n->cell);
    given(j, "text", n->text);
    given(j, "person", n->person);
    given(j, "person_name", n->person_name);
    given(j, "decision", n->decision);
    if (n->has_head) {
        json_text(j, "head", hash_hex(&n->head, hex));
        json_int(j, "head_revision", n->head_revision);
    }
    if (n->due != DATE_NONE)
        json_date(j, "due", n->due);
    if (n->has_about) {
        json_text(j, "about", hash_hex(&n->about, hex));
        about = arena_new(a, sizeof *about);
        *about = n->about;
    }
    acts_add(acts, "notice", &j, SQL,
             (const struct pg_arg[]){
                 pg_text(notice_word(n->kind)), pg_text(arena_str(a, n->unit.code)),
                 pg_date(n->unit.valid_from),
                 pg_text(arena_str(a, n->scheme != NULL ? n->scheme : "")),
                 pg_text(arena_str(a, n->period != NULL ? n->period : "")),
                 pg_text(vintage != NULL ? vintage : ""), pg_hash(about),
                 pg_text(arena_str(a, n->finding != NULL ? n->finding : "")),
                 pg_text(arena_str(a, n->cell != NULL ? n->cell : "")),
                 pg_text(arena_str(a, n->text != NULL ? n->text : "")), pg_date(n->due),
                 pg_text(arena_str(a, n->person != NULL ? n->person : ""))},
             12);
}
