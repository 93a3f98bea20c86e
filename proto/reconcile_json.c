#include "proto/reconcile_json.h"

#include "proto/reconcile_words.h"

#include <inttypes.h>
#include <jansson.h>

enum { UNITS_MAX = 20000 };

static const char *const ITEM_KINDS[] = {"", "report", "submission", "answer"};
static const char WHAT[] = "htx-reconcile", RESULT[] = "htx-reconcile-result";

/* -- writing --------------------------------------------------------------------------
 */

static json_t *hash_json(const struct hash *h)
{
    char hex[2 * HASH_LEN + 1];

    return json_string(hash_hex(h, hex));
}

static json_t *position_json(const struct log_pos *p)
{
    char text[48] = "";

    if (p->epoch != 0)
        snprintf(text, sizeof text, "%" PRIu64 ".%" PRIu64, p->epoch, p->seq);
    return json_string(text);
}

static json_t *day_json(int32_t day)
{
    char text[11];

    return json_string(date_iso(day, text));
}

static json_t *line_json(const struct reconcile_line *l)
{
    return json_pack("{s:o, s:s, s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:I, s:I, s:o, s:o}",
                     "item", hash_json(&l->item), "verdict", verdict_word(l->verdict),
                     "kind", ITEM_KINDS[l->kind], "state", reconcile_state_word(l->state),
                     "desk", l->desk, "form", l->form, "subject", l->subject, "name",
                     l->name, "vintage", vintage_word(l->vintage), "revision",
                     (json_int_t)l->revision, "time", (json_int_t)l->time, "position",
                     position_json(&l->at), "by",
                     l->has_by ? hash_json(&l->by) : json_string(""));
}

static json_t *party_json(const struct reconcile_party *p)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:I}", "side", reconcile_side_word(p->side),
                     "code", p->code, "name", p->name, "position", position_json(&p->at),
                     "made_at", (json_int_t)p->made_at);
}

static void dump(json_t *j, struct bytes *out)
{
    char *text = json_dumps(j, JSON_INDENT(1));

    bytes_printf(out, "%s\n", text != NULL ? text : "");
    free(text);
    json_decref(j);
}

static json_t *unit_json(const struct unit_key *u, const char *name)
{
    return json_pack("{s:s, s:o, s:s}", "unit", u->code, "unit_from",
                     day_json(u->valid_from), "name", name);
}

void reconcile_doc_put(const struct reconcile_doc *d, struct bytes *out)
{
    json_t *units = json_array();

    for (size_t i = 0; i < d->n_units; i++) {
        const struct reconcile_unit *u = &d->units[i];
        const struct hash root = reconcile_root(u, 0, u->n);
        json_t *j = unit_json(&u->unit, u->name), *lines = json_array();

        for (size_t k = 0; k < u->n; k++)
            json_array_append_new(lines, line_json(&u->lines[k]));
        json_object_set_new(j, "count", json_integer((json_int_t)u->n));
        json_object_set_new(j, "root", hash_json(&root));
        json_object_set_new(j, "lines", lines);
        json_array_append_new(units, j);
    }
    dump(json_pack("{s:s, s:i, s:s, s:s, s:s, s:s*, s:o, s:o}", "what", WHAT, "version",
                   1, "province", d->province, "scheme", d->scheme, "period", d->period,
                   "only", d->only, "party", party_json(&d->party), "units", units),
         out);
}

static json_t *sum_json(const struct reconcile_sum *s)
{
    json_t *states = s->whole ? json_object() : json_null();

    for (int i = RECONCILE_COUNTS; s->whole && i <= RECONCILE_ON_THE_WAY; i++)
        if (s->states[i] > 0)
            json_object_set_new(states, reconcile_state_word((enum reconcile_state)i),
                                json_integer((json_int_t)s->states[i]));
    return json_pack("{s:I, s:o, s:o}", "count", (json_int_t)s->count, "root",
                     hash_json(&s->root), "states", states);
}

static json_t *difference_json(const struct reconcile_result *r,
                               const struct reconcile_difference *d)
{
    const struct unit_key *u = &r->units[d->unit].unit;

    return json_pack("{s:s, s:o, s:s, s:b, s:{s:s, s:s}, s:o, s:o}", "unit", u->code,
                     "unit_from", day_json(u->valid_from), "kind",
                     reconcile_kind_word(d->kind), "expected",
                     reconcile_kind_expected(d->kind), "why", "vi",
                     reconcile_why(r, d, LANG_VI), "en", reconcile_why(r, d, LANG_EN),
                     "lower", d->has_lower ? line_json(&d->lower) : json_null(), "upper",
                     d->has_upper ? line_json(&d->upper) : json_null());
}

void reconcile_result_put(const struct reconcile_result *r, struct bytes *out)
{
    json_t *units = json_array(), *differences = json_array();

    for (size_t i = 0; i < r->n_units; i++) {
        const struct reconcile_result_unit *u = &r->units[i];
        json_t *j = unit_json(&u->unit, u->name);

        json_object_set_new(j, "equal", json_boolean(u->equal));
        json_object_set_new(j, "lower", sum_json(&u->lower));
        json_object_set_new(j, "upper", sum_json(&u->upper));
        json_array_append_new(units, j);
    }
    for (size_t i = 0; i < r->n_differences; i++)
        json_array_append_new(differences, difference_json(r, &r->differences[i]));
    dump(json_pack("{s:s, s:i, s:s, s:s, s:s, s:b, s:b, s:o, s:o, s:o, s:o}", "what",
                   RESULT, "version", 1, "province", r->province, "scheme", r->scheme,
                   "period", r->period, "fed", r->fed, "equal", reconcile_equal(r),
                   "lower", party_json(&r->lower), "upper", party_json(&r->upper),
                   "units", units, "differences", differences),
         out);
}

/* -- reading --------------------------------------------------------------------------
 */

struct in { /* where we are, for people */
    struct arena *a;
    struct err *e;
    const char *place;
};

static bool bad(const struct in *in, const char *key, const char *what)
{
    return err_set(in->e, ERR_INPUT, "%s: \"%s\" %s", in->place, key, what);
}

/* Words of others: they will be printed. */
static bool text_in(const struct in *in, const json_t *j, const char *key,
                    const char **out)
{
    const json_t *v = json_object_get(j, key);
    const char *s = json_string_value(v);

    if (s == NULL || json_string_length(v) > WIRE_STRING_LEN)
        return bad(in, key, "must be a text of at most 1000 bytes");
    for (const char *p = s; *p != 0; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            return bad(in, key, "holds a control character");
    *out = arena_str(in->a, s);
    return true;
}

static bool number_in(const struct in *in, const json_t *j, const char *key, int64_t max,
                      int64_t *out)
{
    const json_t *v = json_object_get(j, key);

    *out = json_integer_value(v);
    return (json_is_integer(v) && *out >= 0 && *out <= max) ||
           bad(in, key, "must be a whole number within its bounds");
}

static bool hash_in(const struct in *in, const json_t *j, const char *key,
                    struct hash *out)
{
    const char *s = json_string_value(json_object_get(j, key));

    return (s != NULL && strlen(s) == 2 * HASH_LEN && hex_read(s, out->b, HASH_LEN)) ||
           bad(in, key, "must be a hash of 64 hex digits");
}

static bool position_in(const struct in *in, const json_t *j, const char *key,
                        struct log_pos *out)
{
    const char *s = json_string_value(json_object_get(j, key));
    int end = 0;

    *out = (struct log_pos){0};
    if (s != NULL && *s == 0)
        return true;
    return (s != NULL && strlen(s) < 40 && strspn(s, "0123456789.") == strlen(s) &&
            sscanf(s, "%" SCNu64 ".%" SCNu64 "%n", &out->epoch, &out->seq, &end) == 2 &&
            s[end] == 0 && out->epoch <= INT64_MAX && out->seq <= INT64_MAX) ||
           bad(in, key, "must be a position like 1.345, or empty");
}

static int word_in(const char *const *words, size_t n, const char *word)
{
    for (size_t i = 0; word != NULL && i < n; i++)
        if (strcmp(words[i], word) == 0)
            return (int)i;
    return -1;
}

static bool line_in(const struct in *in, const json_t *j, struct reconcile_line *l)
{
    const char *verdict = json_string_value(json_object_get(j, "verdict"));
    const char *state = json_string_value(json_object_get(j, "state"));
    const char *vintage = json_string_value(json_object_get(j, "vintage"));
    const char *by = json_string_value(json_object_get(j, "by"));
    int kind = word_in(ITEM_KINDS, COUNT(ITEM_KINDS),
                       json_string_value(json_object_get(j, "kind")));
    int64_t revision;
    int v = VERDICT_CONFLICT;

    *l = (struct reconcile_line){.desk = json_is_true(json_object_get(j, "desk"))};
    if (verdict == NULL || state == NULL || vintage == NULL || kind <= 0)
        return bad(in, "lines", "hold one without verdict, kind, state or vintage");
    while (v > VERDICT_NONE && strcmp(verdict_word((enum verdict)v), verdict) != 0)
        v--;
    if (v == VERDICT_NONE && *verdict != 0)
        return bad(in, "verdict", "is no verdict");
    l->verdict = (enum verdict)v;
    l->kind = (enum item_kind)kind;
    l->state = reconcile_state_of(state);
    l->vintage = vintage_of(vintage);
    if (l->state == RECONCILE_NONE || l->vintage == VINTAGE_NONE)
        return bad(in, "state", "or vintage is no word of ours");
    l->has_by = by != NULL && *by != 0;
    if (!hash_in(in, j, "item", &l->item) || !text_in(in, j, "form", &l->form) ||
        !text_in(in, j, "subject", &l->subject) || !text_in(in, j, "name", &l->name) ||
        !number_in(in, j, "revision", 1000000, &revision) ||
        !number_in(in, j, "time", INT64_MAX, &l->time) ||
        !position_in(in, j, "position", &l->at) ||
        (l->has_by && !hash_in(in, j, "by", &l->by)))
        return false;
    l->revision = (uint32_t)revision;
    return true;
}

static bool party_in(struct in *in, const json_t *j, const char *key,
                     struct reconcile_party *p)
{
    const json_t *v = json_object_get(j, key);
    const char *side;

    *p = (struct reconcile_party){.side = SIDE_NONE};
    in->place = key;
    if (!text_in(in, v, "side", &side) || !text_in(in, v, "code", &p->code) ||
        !text_in(in, v, "name", &p->name) || !position_in(in, v, "position", &p->at) ||
        !number_in(in, v, "made_at", INT64_MAX, &p->made_at))
        return false;
    p->side = reconcile_side_of(side);
    return p->side != SIDE_NONE || bad(in, "side", "is no side");
}

static bool unit_in(const struct in *in, const json_t *j, struct unit_key *u,
                    const char **name)
{
    const char *from;

    if (!text_in(in, j, "unit", &u->code) || !text_in(in, j, "unit_from", &from) ||
        (name != NULL && !text_in(in, j, "name", name)))
        return false;
    u->valid_from = date_read(from);
    return (u->code[0] != 0 && strlen(u->code) <= 20 && u->valid_from != DATE_NONE) ||
           bad(in, "unit", "is no unit: code and unit_from, as 2004-01-01");
}

static bool doc_unit_in(struct in *in, const json_t *j, struct reconcile_unit *u)
{
    const json_t *lines = json_object_get(j, "lines");
    struct hash said, root;
    int64_t count;

    in->place = "units";
    if (!unit_in(in, j, &u->unit, &u->name))
        return false;
    in->place = arena_printf(in->a, "unit %s", u->unit.code);
    u->n = json_array_size(lines);
    if (!json_is_array(lines) || u->n > RECONCILE_LINES_MAX)
        return bad(in, "lines", "must be a list");
    u->lines = arena_new(in->a, u->n * sizeof *u->lines);
    for (size_t i = 0; i < u->n; i++)
        if (!line_in(in, json_array_get(lines, i), &u->lines[i]))
            return false;
    if (!number_in(in, j, "count", RECONCILE_LINES_MAX, &count) ||
        !hash_in(in, j, "root", &said) || !reconcile_ready(u, in->a, in->e))
        return false;
    root = reconcile_root(u, 0, u->n);
    return (count == (int64_t)u->n && hash_eq(&root, &said)) ||
           bad(in, "root", "is not that of the lines: the file was changed on its way");
}

/* The beginning of both files; the caller's to release. NULL: e says why. */
static json_t *file_in(struct in *in, struct span s, const char *what, char *province,
                       const char **scheme, const char **period)
{
    json_error_t why;
    json_t *j = s.n <= RECONCILE_FILE_MAX
                    ? json_loadb((const char *)s.p, s.n, JSON_REJECT_DUPLICATES, &why)
                    : NULL;
    const char *said = json_string_value(json_object_get(j, "what"));
    int64_t version;
    struct hash genesis;

    in->place = "file";
    if (s.n > RECONCILE_FILE_MAX)
        err_set(in->e, ERR_INPUT, "%zu bytes, at most %d", s.n, RECONCILE_FILE_MAX);
    else if (j == NULL)
        err_set(in->e, ERR_INPUT, "no JSON: line %d: %s", why.line, why.text);
    else if (said == NULL || strcmp(said, what) != 0)
        err_set(in->e, ERR_INPUT, "not written by reconcile --json (\"what\" is not %s)",
                what);
    else if (number_in(in, j, "version", INT32_MAX, &version) && version != 1)
        err_set(in->e, ERR_INPUT, "written by a newer release (version %d)",
                (int)version);
    else if (version == 1 && hash_in(in, j, "province", &genesis) &&
             text_in(in, j, "scheme", scheme) && text_in(in, j, "period", period)) {
        hash_hex(&genesis, province);
        return j;
    }
    json_decref(j);
    return NULL;
}

static bool same_unit(const struct unit_key *a, const struct unit_key *b)
{
    return a->valid_from == b->valid_from && strcmp(a->code, b->code) == 0;
}

static int by_unit(const void *a, const void *b)
{
    const struct reconcile_unit *x = a, *y = b;
    int order = strcmp(x->unit.code, y->unit.code);

    return order != 0 ? order
                      : (x->unit.valid_from > y->unit.valid_from) -
                            (x->unit.valid_from < y->unit.valid_from);
}

bool reconcile_doc_read(struct span s, struct arena *a, struct reconcile_doc *d,
                        struct err *e)
{
    struct in in = {a, e, "file"};
    const json_t *units;
    json_t *j;
    bool ok;

    *d = (struct reconcile_doc){.scheme = ""};
    j = file_in(&in, s, WHAT, d->province, &d->scheme, &d->period);
    if (j == NULL)
        return false;
    units = json_object_get(j, "units");
    ok = party_in(&in, j, "party", &d->party) &&
         (json_object_get(j, "only") == NULL || text_in(&in, j, "only", &d->only));
    if (ok && (!json_is_array(units) || json_array_size(units) > UNITS_MAX))
        ok = bad(&in, "units", "must be a list of at most 20000");
    d->units = arena_new(a, ok ? json_array_size(units) * sizeof *d->units : 0);
    for (size_t i = 0; ok && i < json_array_size(units); i++)
        ok = doc_unit_in(&in, json_array_get(units, i), &d->units[d->n_units++]);
    if (ok && d->n_units > 1)
        qsort(d->units, d->n_units, sizeof *d->units, by_unit);
    in.place = "units";
    for (size_t i = 1; ok && i < d->n_units; i++)
        if (same_unit(&d->units[i - 1].unit, &d->units[i].unit))
            ok = bad(&in, d->units[i].unit.code, "stands twice");
    json_decref(j);
    return ok;
}

static bool sum_in(const struct in *in, const json_t *j, const char *key,
                   struct reconcile_sum *s)
{
    const json_t *v = json_object_get(j, key), *states = json_object_get(v, "states");
    int64_t n;

    *s = (struct reconcile_sum){.whole = json_is_object(states)};
    if (!number_in(in, v, "count", RECONCILE_LINES_MAX, &n) ||
        !hash_in(in, v, "root", &s->root))
        return false;
    s->count = (uint32_t)n;
    for (int i = RECONCILE_COUNTS; s->whole && i <= RECONCILE_ON_THE_WAY; i++)
        s->states[i] = (uint32_t)json_integer_value(
            json_object_get(states, reconcile_state_word((enum reconcile_state)i)));
    return true;
}

static bool difference_in(const struct in *in, const json_t *j,
                          const struct reconcile_result *r,
                          struct reconcile_difference *d)
{
    const json_t *lower = json_object_get(j, "lower"),
                 *upper = json_object_get(j, "upper");
    const char *kind = json_string_value(json_object_get(j, "kind"));
    struct unit_key u;

    *d =
        (struct reconcile_difference){.kind = reconcile_kind_of(kind != NULL ? kind : ""),
                                      .has_lower = json_is_object(lower),
                                      .has_upper = json_is_object(upper)};
    if (d->kind == DIFFER_NONE)
        return bad(in, "kind", "is no kind of difference");
    if (!unit_in(in, j, &u, NULL))
        return false;
    while (d->unit < r->n_units && !same_unit(&r->units[d->unit].unit, &u))
        d->unit++;
    if (d->unit == r->n_units)
        return bad(in, "unit", "is none of the units");
    return (!d->has_lower || line_in(in, lower, &d->lower)) &&
           (!d->has_upper || line_in(in, upper, &d->upper));
}

bool reconcile_result_read(struct span s, struct arena *a, struct reconcile_result *r,
                           struct err *e)
{
    struct in in = {a, e, "file"};
    const json_t *units, *differences;
    json_t *j;
    bool ok;

    *r = (struct reconcile_result){.scheme = ""};
    j = file_in(&in, s, RESULT, r->province, &r->scheme, &r->period);
    if (j == NULL)
        return false;
    r->fed = json_is_true(json_object_get(j, "fed"));
    units = json_object_get(j, "units");
    differences = json_object_get(j, "differences");
    ok = party_in(&in, j, "lower", &r->lower) && party_in(&in, j, "upper", &r->upper);
    r->units = mem_array(json_array_size(units), sizeof *r->units);
    r->differences = mem_array(json_array_size(differences), sizeof *r->differences);
    in.place = "units";
    for (size_t i = 0; ok && i < json_array_size(units); i++) {
        const json_t *v = json_array_get(units, i);
        struct reconcile_result_unit *u = &r->units[r->n_units++];

        u->equal = json_is_true(json_object_get(v, "equal"));
        ok = unit_in(&in, v, &u->unit, &u->name) && sum_in(&in, v, "lower", &u->lower) &&
             sum_in(&in, v, "upper", &u->upper);
    }
    in.place = "differences";
    for (size_t i = 0; ok && i < json_array_size(differences); i++)
        ok = difference_in(&in, json_array_get(differences, i), r,
                           &r->differences[r->n_differences++]);
    json_decref(j);
    if (!ok)
        reconcile_result_clear(r);
    return ok;
}

/* -- comparing ------------------------------------------------------------------------
 */

static struct reconcile_unit *find(const struct reconcile_doc *d,
                                   const struct unit_key *u)
{
    for (size_t i = 0; i < d->n_units; i++)
        if (same_unit(&d->units[i].unit, u))
            return &d->units[i];
    return NULL;
}

static bool wanted(const struct unit_key *u, const char *code)
{
    return code == NULL || strcmp(u->code, code) == 0;
}

/* A ministry has no content of what was refused, and so no period. */
static bool only_fed(const struct reconcile_doc *d, struct arena *a, struct err *e)
{
    for (size_t i = 0; i < d->n_units; i++) {
        reconcile_only_fed(&d->units[i]);
        if (!reconcile_ready(&d->units[i], a, e))
            return false;
    }
    return true;
}

bool reconcile_docs(const struct reconcile_doc *x, const struct reconcile_doc *y,
                    const char *unit, struct arena *arena, struct reconcile_result *r,
                    struct err *e)
{
    const struct reconcile_doc *lower = x->party.side <= y->party.side ? x : y;
    const struct reconcile_doc *upper = lower == x ? y : x;

    if (x->party.side == y->party.side)
        return err_set(e, ERR_INPUT,
                       "both lists are of the same side: the file of the other side is "
                       "needed (reconcile %s --json there)",
                       x->period);
    if (unit == NULL)
        unit = x->only != NULL ? x->only : y->only;
    if (strcmp(x->province, y->province) != 0)
        return err_set(e, ERR_INPUT, "the two sides are of two provinces (%.12s, %.12s)",
                       x->province, y->province);
    if (strcmp(x->scheme, y->scheme) != 0 || strcmp(x->period, y->period) != 0)
        return err_set(e, ERR_INPUT, "the two sides are of two periods: %s:%s, %s:%s",
                       x->scheme, x->period, y->scheme, y->period);
    *r = (struct reconcile_result){.scheme = x->scheme,
                                   .period = x->period,
                                   .fed = upper->party.side == SIDE_MINISTRY,
                                   .lower = lower->party,
                                   .upper = upper->party};
    memcpy(r->province, x->province, sizeof r->province);
    if (r->fed && (!only_fed(x, arena, e) || !only_fed(y, arena, e)))
        return false;
    for (size_t i = 0; i < lower->n_units; i++)
        if (wanted(&lower->units[i].unit, unit))
            reconcile_result_whole(r, arena, &lower->units[i],
                                   find(upper, &lower->units[i].unit));
    for (size_t i = 0; i < upper->n_units && lower->party.side != SIDE_COLLECTOR; i++)
        if (wanted(&upper->units[i].unit, unit) &&
            find(lower, &upper->units[i].unit) == NULL)
            reconcile_result_whole(r, arena, NULL, &upper->units[i]);
    if (r->n_units > 0 || unit == NULL)
        return true;
    reconcile_result_clear(r);
    return err_set(e, ERR_INPUT, "neither side names unit %s", unit);
}
