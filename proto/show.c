#include "proto/show.h"
#include "proto/base/text.h"

#include <jansson.h>

static const char *or_empty(const char *s)
{
    return s != NULL ? s : "";
}

static const char *hex_text(const struct hash *h, char out[2 * HASH_LEN + 1])
{
    return hex_of(h->b, HASH_LEN, out);
}

/* -- JSON -------------------------------------------------------------------------- */

static json_t *text_or_null(const char *s)
{
    return s != NULL && s[0] != 0 ? json_string(s) : json_null();
}

static json_t *plain(int64_t v, const struct indicator *ind)
{
    struct bytes b = {0};
    json_t *j;

    value_plain(v, ind != NULL ? ind->scale : 1, &b);
    j = json_string(bytes_cstr(&b));
    bytes_clear(&b);
    return j;
}

/*
 * The unit of a figure. Where bodies are counted and the document says which ("17 doanh
 * nghiệp, hợp tác xã"), it is they, not the indicator's general word.
 */
static void unit_of(const struct catalogue *c, const struct observation *o,
                    const struct indicator *ind, enum lang lang, struct bytes *out)
{
    const struct breakdown *counted = NULL;
    const char *name;

    if (ind == NULL)
        return;
    if (o->population != NULL && o->population[0] != 0 && ind->unit_en != NULL &&
        (strcmp(ind->unit_en, "organisations") == 0 ||
         strcmp(ind->unit_en, "units") == 0))
        counted = catalogue_breakdown(c, "population", o->population);
    if (counted == NULL) {
        bytes_str(out, or_empty(lang == LANG_VI ? ind->unit_vi : ind->unit_en));
        return;
    }
    name = lang == LANG_VI ? counted->name_vi : counted->name_en;
    bytes_char(out, name[0] >= 'A' && name[0] <= 'Z' ? name[0] - 'A' + 'a' : name[0]);
    bytes_str(out, name + 1);
}

static json_t *unit_json(const struct catalogue *c, const struct observation *o,
                         const struct indicator *ind)
{
    struct bytes b = {0};
    json_t *j;

    unit_of(c, o, ind, LANG_VI, &b);
    j = json_string(bytes_cstr(&b));
    bytes_clear(&b);
    return j;
}

static json_t *indicator_json(const struct indicator *ind, uint32_t no)
{
    char number[16];

    if (ind != NULL)
        return json_string(ind->code);
    snprintf(number, sizeof number, "#%u", no);
    return json_string(number);
}

static json_t *observation_json(const struct catalogue *c, const struct observation *o)
{
    const struct indicator *ind = catalogue_indicator_no(c, o->indicator);
    bool has_value = o->state == OBS_VALUE;
    json_t *j = json_object();
    char date[11];

    json_object_set_new(j, "indicator", indicator_json(ind, o->indicator));
    json_object_set_new(j, "b1", json_string(or_empty(o->b1)));
    json_object_set_new(j, "b2", json_string(or_empty(o->b2)));
    json_object_set_new(j, "state", json_string(or_empty(obs_state_word(o->state))));
    json_object_set_new(j, "value", has_value ? plain(o->value, ind) : json_null());
    json_object_set_new(j, "upper",
                        has_value && o->has_upper ? plain(o->upper, ind) : json_null());
    json_object_set_new(j, "qualifier",
                        json_string(or_empty(qualifier_word(o->qualifier))));
    json_object_set_new(j, "unit", unit_json(c, o, ind));
    json_object_set_new(j, "as_of", text_or_null(date_iso(o->as_of, date)));
    json_object_set_new(j, "population", json_string(or_empty(o->population)));
    json_object_set_new(j, "text", json_string(or_empty(o->text)));
    json_object_set_new(j, "cell", json_string(or_empty(o->cell)));
    json_object_set_new(j, "stated", json_boolean(o->stated));
    return j;
}

static json_t *subject_json(const struct subject *s)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "kind",
                     or_empty(subject_word(s->kind)), "scheme",
                     or_empty(id_scheme_word(s->scheme)), "id", or_empty(s->id),
                     "id_issuer", or_empty(s->id_issuer), "name", or_empty(s->name),
                     "sector", or_empty(s->sector), "commune", or_empty(s->commune),
                     "state", or_empty(entity_state_word(s->state)));
}

static json_t *receipt_json(const struct show_receipt *r)
{
    if (r == NULL || r->verdict == VERDICT_NONE)
        return json_null();
    return json_pack("{s:s, s:I, s:I, s:b}", "verdict", verdict_word(r->verdict), "epoch",
                     (json_int_t)r->epoch, "seq", (json_int_t)r->seq, "late",
                     (int)r->late);
}

static json_t *source_json(const struct report *r)
{
    char hex[2 * HASH_LEN + 1];

    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "name", or_empty(r->source_name),
                     "hash", hex_text(&r->source_hash, hex), "place",
                     or_empty(r->source_place), "maker", or_empty(r->maker), "paper_hash",
                     or_empty(r->paper_hash), "made_at", (json_int_t)r->made_at);
}

static json_t *head_json(const struct report *r)
{
    char id[37], from[11];

    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:o, s:s, s:s, s:s, s:s, s:i}", "id",
                     uuid_text(&r->id, id), "unit", or_empty(r->unit.code),
                     "unit_valid_from", date_iso(r->unit.valid_from, from), "form",
                     or_empty(r->form), "form_version", (int)r->form_version, "subject",
                     subject_json(&r->subject), "scheme", or_empty(r->scheme), "period",
                     or_empty(r->period), "vintage", or_empty(vintage_word(r->vintage)),
                     "channel", or_empty(channel_word(r->channel)), "revision",
                     (int)r->revision);
}

void show_report_json(const struct catalogue *c, const struct report *r,
                      const struct show_receipt *receipt, struct bytes *out)
{
    json_t *j = head_json(r);
    json_t *obs = json_array(), *texts = json_array();
    char hex[2 * HASH_LEN + 1];
    char *dump;

    json_object_set_new(j, "supersedes",
                        r->has_supersedes ? json_string(hex_text(&r->supersedes, hex))
                                          : json_null());
    json_object_set_new(j, "reason", text_or_null(r->reason));
    json_object_set_new(j, "catalogue", json_integer(r->catalogue));
    json_object_set_new(j, "source", source_json(r));
    json_object_set_new(j, "receipt", receipt_json(receipt));
    for (size_t i = 0; i < r->n_obs; i++)
        json_array_append_new(obs, observation_json(c, &r->obs[i]));
    for (size_t i = 0; i < r->n_texts; i++)
        json_array_append_new(texts,
                              json_pack("{s:s, s:s}", "key", or_empty(r->texts[i].key),
                                        "text", or_empty(r->texts[i].text)));
    json_object_set_new(j, "observations", obs);
    json_object_set_new(j, "texts", texts);
    dump = json_dumps(j, JSON_INDENT(1));
    if (dump != NULL)
        bytes_str(out, dump);
    bytes_char(out, '\n');
    free(dump);
    json_decref(j);
}

/* -- for people -------------------------------------------------------------------- */

struct page {
    const struct catalogue *c;
    enum lang lang;
    struct bytes *out;
};

static const char *text_of(const struct page *p, const char *prefix, const char *word)
{
    char key[96];

    if (word == NULL || word[0] == 0)
        return "";
    snprintf(key, sizeof key, "%s.%s", prefix, word);
    return catalogue_text(p->c, key, p->lang);
}

static void field(const struct page *p, const char *key, const char *value)
{
    char full[64];

    if (value == NULL || value[0] == 0)
        return;
    snprintf(full, sizeof full, "show.%s", key);
    bytes_printf(p->out, "%s: %s\n", catalogue_text(p->c, full, p->lang), value);
}

static void number(const struct page *p, int64_t v, const struct indicator *ind)
{
    int64_t scale = ind != NULL ? ind->scale : 1;

    if (p->lang == LANG_VI)
        value_vi(v, scale, p->out);
    else
        value_plain(v, scale, p->out);
}

static void value(const struct page *p, const struct observation *o,
                  const struct indicator *ind)
{
    const char *q = qualifier_word(o->qualifier);

    if (o->state != OBS_VALUE) {
        bytes_str(p->out, text_of(p, "obs", obs_state_word(o->state)));
        return;
    }
    if (o->qualifier != QUAL_NONE && o->qualifier != QUAL_RANGE)
        bytes_printf(p->out, "%s ", text_of(p, "qualifier", q));
    number(p, o->value, ind);
    if (o->has_upper) {
        bytes_str(p->out, " – ");
        number(p, o->upper, ind);
    }
    bytes_char(p->out, ' ');
    unit_of(p->c, o, ind, p->lang, p->out);
}

/* The name of a breakdown code among the dimensions the indicator allows. */
static const char *breakdown_name(const struct page *p, const struct indicator *ind,
                                  const char *code)
{
    for (size_t i = 0; ind != NULL && ind->dims != NULL && ind->dims[i] != NULL; i++) {
        const struct breakdown *b = catalogue_breakdown(p->c, ind->dims[i], code);

        if (b != NULL)
            return p->lang == LANG_VI ? b->name_vi : b->name_en;
    }
    return code;
}

static void observation(const struct page *p, const struct observation *o)
{
    const struct indicator *ind = catalogue_indicator_no(p->c, o->indicator);
    const struct breakdown *pop;
    char date[11];

    if (ind != NULL)
        bytes_printf(p->out, "  %s  %s", ind->code,
                     p->lang == LANG_VI ? ind->name_vi : ind->name_en);
    else
        bytes_printf(p->out, "  #%u", o->indicator);
    if (or_empty(o->b1)[0] != 0)
        bytes_printf(p->out, " | %s", breakdown_name(p, ind, o->b1));
    if (or_empty(o->b2)[0] != 0)
        bytes_printf(p->out, " | %s", breakdown_name(p, ind, o->b2));
    bytes_str(p->out, ": ");
    value(p, o, ind);
    if (o->as_of != DATE_NONE)
        bytes_printf(p->out, "; %s %s", catalogue_text(p->c, "show.as_of", p->lang),
                     p->lang == LANG_VI ? date_vi(o->as_of, date)
                                        : date_iso(o->as_of, date));
    if (or_empty(o->population)[0] != 0) {
        pop = catalogue_breakdown(p->c, "population", o->population);
        bytes_printf(p->out, "; %s",
                     pop == NULL          ? o->population
                     : p->lang == LANG_VI ? pop->name_vi
                                          : pop->name_en);
    }
    if (o->stated)
        bytes_printf(p->out, "; %s", catalogue_text(p->c, "show.stated", p->lang));
    if (or_empty(o->text)[0] != 0)
        bytes_printf(p->out, "; \"%s\"", o->text);
    if (or_empty(o->cell)[0] != 0)
        bytes_printf(p->out, " [%s]", o->cell);
    bytes_char(p->out, '\n');
}

static void subject(const struct page *p, const struct subject *s)
{
    const struct breakdown *sector = or_empty(s->sector)[0] != 0
                                         ? catalogue_breakdown(p->c, "sector", s->sector)
                                         : NULL;
    char *line;

    if (s->kind == SUBJECT_UNIT)
        return;
    line =
        mem_printf("%s, %s %s%s%s", or_empty(s->name),
                   text_of(p, "id", id_scheme_word(s->scheme)), or_empty(s->id),
                   or_empty(s->id_issuer)[0] != 0 ? " / " : "", or_empty(s->id_issuer));
    field(p, "subject", line);
    free(line);
    field(p, "kind", text_of(p, "kind", subject_word(s->kind)));
    field(p, "state", text_of(p, "state", entity_state_word(s->state)));
    field(p, "sector",
          sector == NULL       ? s->sector
          : p->lang == LANG_VI ? sector->name_vi
                               : sector->name_en);
    field(p, "commune", s->commune);
}

static void receipt_line(const struct page *p, const struct show_receipt *r)
{
    char *line;

    if (r == NULL || r->verdict == VERDICT_NONE) {
        field(p, "verdict", catalogue_text(p->c, "verdict.none", p->lang));
        return;
    }
    line = mem_printf(
        "%s (%llu/%llu)%s%s", text_of(p, "verdict", verdict_word(r->verdict)),
        (unsigned long long)r->epoch, (unsigned long long)r->seq, r->late ? "; " : "",
        r->late ? catalogue_text(p->c, "status.late", p->lang) : "");
    field(p, "verdict", line);
    free(line);
}

void show_report(const struct catalogue *c, const struct report *r,
                 const struct show_receipt *receipt, enum lang lang, struct bytes *out)
{
    const struct page p = {c, lang, out};
    const struct form *f = catalogue_form(c, r->form, r->form_version);
    char id[37], hex[2 * HASH_LEN + 1], number_text[16];
    char *form = mem_printf("%s (%s, %u)",
                            f == NULL         ? r->form
                            : lang == LANG_VI ? f->name_vi
                                              : f->name_en,
                            f != NULL ? f->mark : "?", r->form_version);

    field(&p, "id", uuid_text(&r->id, id));
    field(&p, "unit", r->unit.code);
    field(&p, "form", form);
    subject(&p, &r->subject);
    field(&p, "period", r->period);
    field(&p, "vintage", text_of(&p, "vintage", vintage_word(r->vintage)));
    field(&p, "channel", text_of(&p, "channel", channel_word(r->channel)));
    snprintf(number_text, sizeof number_text, "%u", r->revision);
    field(&p, "revision", number_text);
    if (r->has_supersedes)
        field(&p, "supersedes", hex_text(&r->supersedes, hex));
    field(&p, "reason", r->reason);
    field(&p, "source", r->source_name);
    field(&p, "place", r->source_place);
    receipt_line(&p, receipt);
    for (size_t i = 0; i < r->n_obs; i++)
        observation(&p, &r->obs[i]);
    for (size_t i = 0; i < r->n_texts; i++)
        bytes_printf(out, "\n%s\n%s\n", text_of(&p, "text", r->texts[i].key),
                     or_empty(r->texts[i].text));
    free(form);
}
