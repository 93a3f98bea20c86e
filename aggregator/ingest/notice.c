#include "aggregator/ingest/notice.h"

static void given(struct json *j, const char *key, const char *text)
{
    if (text != NULL && text[0] != 0)
        json_text(j, key, text);
}

void notice_add(struct acts *acts, const struct notice_act *n)
{
    struct json *j = json_new();
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
    if (n->has_about)
        json_text(j, "about", hash_hex(&n->about, hex));
    acts_add(acts, "notice", &j);
}
