#include "proto/reconcile_show.h"

#include <inttypes.h>

enum { SHORT_HASH = 16 }; /* hex digits that people compare by eye */

static const char *say(enum lang lang, const char *vi, const char *en)
{
    return lang == LANG_VI ? vi : en;
}

const char *reconcile_verdict_text(const struct catalogue *c,
                                   const struct reconcile_line *l, bool has,
                                   enum lang lang)
{
    char key[32];

    if (!has)
        return say(lang, "không có", "not there");
    if (l->verdict == VERDICT_NONE)
        return say(lang, "chưa có phiếu tiếp nhận", "no receipt yet");
    snprintf(key, sizeof key, "verdict.%s", verdict_word(l->verdict));
    return c != NULL ? catalogue_text(c, key, lang) : verdict_word(l->verdict);
}

static void party(const struct reconcile_party *p, enum lang lang, struct bytes *out)
{
    bytes_printf(out, "%s %s%s%s", reconcile_side_name(p->side, lang), p->code,
                 *p->name != 0 ? " " : "", p->name);
    if (p->at.epoch != 0)
        bytes_printf(out, " (%s %" PRIu64 ".%" PRIu64 ")",
                     say(lang, "vị trí", "position"), p->at.epoch, p->at.seq);
}

static void sums(const struct reconcile_sum *s, enum reconcile_side side, enum lang lang,
                 struct bytes *out)
{
    char hex[2 * HASH_LEN + 1];

    bytes_printf(out, "%s %" PRIu32 " [%.*s]", reconcile_side_name(side, lang), s->count,
                 SHORT_HASH, hash_hex(&s->root, hex));
}

static void states(const struct reconcile_sum *s, enum lang lang, struct bytes *out)
{
    const char *comma = "";

    bytes_str(out, "    ");
    for (int i = RECONCILE_COUNTS; i <= RECONCILE_ON_THE_WAY; i++) {
        if (s->states[i] == 0)
            continue;
        bytes_printf(out, "%s%s: %" PRIu32, comma,
                     reconcile_state_name((enum reconcile_state)i, lang), s->states[i]);
        comma = "; ";
    }
    bytes_char(out, '\n');
}

static void side_of(const struct catalogue *c, const struct reconcile_line *l, bool has,
                    enum reconcile_side side, enum lang lang, struct bytes *out)
{
    bytes_printf(out, "%s: %s", reconcile_side_name(side, lang),
                 reconcile_verdict_text(c, l, has, lang));
    if (has && l->verdict != VERDICT_NONE)
        bytes_printf(out, ", %s", reconcile_state_text(l, lang));
}

static void difference(const struct reconcile_result *r,
                       const struct reconcile_difference *d, const struct catalogue *c,
                       enum lang lang, struct bytes *out)
{
    const struct reconcile_line *l = d->has_upper ? &d->upper : &d->lower;
    char day[11], hex[2 * HASH_LEN + 1], key[32];
    struct arena a = {0};

    snprintf(key, sizeof key, "vintage.%s", vintage_word(l->vintage));
    bytes_printf(out, "  %s %s (%s", reconcile_kind_expected(d->kind) ? "-" : "!",
                 reconcile_item_name(c, l, lang, &a),
                 c != NULL ? catalogue_text(c, key, lang) : vintage_word(l->vintage));
    if (l->revision != 0)
        bytes_printf(out, ", %s %" PRIu32, say(lang, "lần", "revision"), l->revision);
    bytes_printf(out, ", %s) [%.*s]\n      ", date_vi(date_of_wall(l->time), day),
                 SHORT_HASH, hash_hex(&l->item, hex));
    side_of(c, &d->lower, d->has_lower, r->lower.side, lang, out);
    bytes_str(out, "; ");
    side_of(c, &d->upper, d->has_upper, r->upper.side, lang, out);
    bytes_printf(out, "\n      %s\n", reconcile_why(r, d, lang));
    arena_clear(&a);
}

void reconcile_show(const struct reconcile_result *r, const struct catalogue *c,
                    enum lang lang, struct bytes *out)
{
    bytes_printf(out, "%s %s\n  ", say(lang, "Đối chiếu số liệu kỳ", "Reconciliation of"),
                 r->period);
    party(&r->lower, lang, out);
    bytes_str(out, " - ");
    party(&r->upper, lang, out);
    bytes_char(out, '\n');
    for (size_t i = 0; i < r->n_units; i++) {
        const struct reconcile_result_unit *u = &r->units[i];

        bytes_printf(out, "%s %s: ", u->unit.code, u->name);
        sums(&u->lower, r->lower.side, lang, out);
        bytes_str(out, "; ");
        sums(&u->upper, r->upper.side, lang, out);
        bytes_printf(out, ": %s\n",
                     u->equal ? say(lang, "khớp", "equal")
                              : say(lang, "có chênh lệch", "they differ"));
        if (u->upper.whole || u->lower.whole)
            states(u->upper.whole ? &u->upper : &u->lower, lang, out);
        for (size_t k = 0; k < r->n_differences; k++)
            if (r->differences[k].unit == i)
                difference(r, &r->differences[k], c, lang, out);
    }
    if (r->fed)
        bytes_printf(
            out, "%s\n",
            say(lang,
                "Không đối chiếu báo cáo không tiếp nhận: Bộ chỉ nhận mã băm và kết quả.",
                "Refused reports are left out: the ministry gets their hash and verdict "
                "only."));
}

void reconcile_show_doc(const struct reconcile_doc *d, enum lang lang, struct bytes *out)
{
    bytes_printf(out, "%s %s: ", say(lang, "Số liệu kỳ", "Held of"), d->period);
    party(&d->party, lang, out);
    bytes_char(out, '\n');
    for (size_t i = 0; i < d->n_units; i++) {
        const struct reconcile_unit *u = &d->units[i];
        const struct reconcile_sum s = reconcile_sum_of(u);

        bytes_printf(out, "%s %s: ", u->unit.code, u->name);
        sums(&s, d->party.side, lang, out);
        bytes_char(out, '\n');
        states(&s, lang, out);
    }
}
