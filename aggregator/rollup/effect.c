#include "aggregator/rollup/effect.h"

#include "aggregator/table.h"
#include "proto/rules.h"
#include "proto/verdict.h"
#include "proto/wire.h"

enum { CODES = 256 };

struct tally { /* of one finding's code */
    const char *code;
    size_t come, gone;
};

struct effect {
    struct app *app;
    struct pg *pg;
    const struct catalogue *now, *then; /* in force, candidate */
    struct table table;
    struct tally tallies[CODES];
    size_t n_tallies;
    size_t reports, changed, verdicts[VERDICT_CONFLICT + 1][VERDICT_CONFLICT + 1];
    struct arena arena; /* of the codes */
};

static const struct column COLUMNS[] = {
    {"unit",      COL_TEXT, "Mã đơn vị",               "Unit"        },
    {"unit_name", COL_TEXT, "Đơn vị",                   "Name"        },
    {"name",      COL_TEXT, "Tổ chức",                  "Subject"     },
    {"form",      COL_TEXT, "Biểu",                       "Form"        },
    {"period",    COL_TEXT, "Kỳ",                         "Period"      },
    {"before",    COL_TEXT, "Kết quả hiện nay",       "Now"         },
    {"after",     COL_TEXT, "Kết quả theo bản mới", "Then"        },
    {"come",      COL_TEXT, "Phát hiện thêm",           "New findings"},
    {"gone",      COL_TEXT, "Không còn",                  "Gone"        },
    {"position",  COL_TEXT, NULL,                           NULL          },
};

static enum verdict verdict_of(const struct findings *fs)
{
    if (findings_refuse(fs))
        return VERDICT_REFUSED;
    if (findings_hold(fs))
        return VERDICT_HELD;
    return findings_worst(fs) > SEV_NOTE ? VERDICT_WARNINGS : VERDICT_ACCEPTED;
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static bool has(const struct findings *fs, const struct finding *f)
{
    for (size_t i = 0; i < fs->n; i++)
        if (same_text(fs->list[i].code, f->code) && fs->list[i].severity == f->severity &&
            fs->list[i].indicator == f->indicator && same_text(fs->list[i].b1, f->b1) &&
            same_text(fs->list[i].b2, f->b2))
            return true;
    return false;
}

static struct tally *tally_of(struct effect *x, const char *code)
{
    for (size_t i = 0; i < x->n_tallies; i++)
        if (strcmp(x->tallies[i].code, code) == 0)
            return &x->tallies[i];
    if (x->n_tallies == CODES)
        return &x->tallies[CODES - 1];
    x->tallies[x->n_tallies].code = arena_str(&x->arena, code);
    return &x->tallies[x->n_tallies++];
}

/* Codes in a that are not in b, each once, and counted. */
static size_t differ(struct effect *x, const struct findings *a, const struct findings *b,
                     bool come, struct bytes *codes)
{
    size_t n = 0;

    for (size_t i = 0; i < a->n; i++) {
        const char *code = a->list[i].code;
        struct tally *t;
        bool said = false;

        if (has(b, &a->list[i]))
            continue;
        t = tally_of(x, code);
        *(come ? &t->come : &t->gone) += 1;
        for (size_t k = 0; k < i; k++)
            said = said || (same_text(a->list[k].code, code) && !has(b, &a->list[k]));
        if (!said)
            bytes_printf(codes, "%s%s", codes->n > 0 ? " " : "", code);
        n++;
    }
    return n;
}

static const char *verdict_text(const struct effect *x, enum verdict v)
{
    char key[64];

    snprintf(key, sizeof key, "verdict.%s", verdict_word(v));
    return catalogue_text(x->now, key, x->app->lang);
}

static void add_row(struct effect *x, const struct report *r, const char *unit_name,
                    const char *position, enum verdict before, enum verdict after,
                    struct bytes *come, struct bytes *gone)
{
    struct table *t = &x->table;

    table_text(t, r->unit.code);
    table_text(t, unit_name);
    table_text(t, r->subject.name);
    table_shown(t, r->form, catalogue_mark(x->now, r->form));
    table_text(t, r->period);
    table_shown(t, verdict_word(before), verdict_text(x, before));
    table_shown(t, verdict_word(after), verdict_text(x, after));
    table_text(t, bytes_cstr(come));
    table_text(t, bytes_cstr(gone));
    table_text(t, position);
}

static void judge(struct effect *x, const struct report *r, const char *unit_name,
                  const char *position)
{
    struct findings now = {0}, then = {0};
    struct bytes come = {0}, gone = {0};
    enum verdict before, after;

    rules_check(x->now, r, NULL, &now);
    rules_check(x->then, r, NULL, &then);
    before = verdict_of(&now);
    after = verdict_of(&then);
    x->reports++;
    if (differ(x, &then, &now, true, &come) + differ(x, &now, &then, false, &gone) > 0 ||
        before != after) {
        x->changed++;
        if (before != after)
            x->verdicts[before][after]++;
        add_row(x, r, unit_name, position, before, after, &come, &gone);
    }
    bytes_clear(&come);
    bytes_clear(&gone);
    findings_clear(&now);
    findings_clear(&then);
}

/* The reports of one batch: rows [i, end) name its items. Activating a catalogue is an act
 * of the province, which keeps its batches whole. */
static bool judge_batch(struct effect *x, const struct pg_rows *rows, size_t i,
                        size_t end, struct err *e)
{
    struct hash batch;
    struct pg_rows evidence = {0};
    struct arena a = {0};
    struct message m;
    bool ok = pg_get_hash(rows, i, 0, &batch) ||
              err_set(e, ERR_SETUP, "report: bad hash of its evidence");

    if (ok) {
        const struct pg_arg arg = pg_hash(&batch);

        ok = pg_query(x->pg, "select envelope from evidence where hash = $1", &arg, 1,
                      &evidence, e) &&
             (evidence.n == 1 || err_set(e, ERR_SETUP, "a batch has no evidence")) &&
             wire_read_message(pg_get_bytes(&evidence, 0, 0), &a, &m, e);
    }
    for (; ok && i < end; i++) {
        int64_t item = pg_get_int(rows, i, 1);
        struct report r;

        ok = m.kind == MSG_BATCH && item >= 0 && (size_t)item < m.batch.n_items &&
             wire_read_report(m.batch.items[item].body, &a, &r, e);
        if (ok)
            judge(x, &r, pg_get_text(rows, i, 2), pg_get_text(rows, i, 3));
        else if (e->kind == ERR_NONE)
            err_set(e, ERR_SETUP, "evidence: no report at item %lld", (long long)item);
    }
    pg_rows_clear(&evidence);
    arena_clear(&a);
    return ok || err_in(e, "reading the signed bytes");
}

static bool judge_all(struct effect *x, struct err *e)
{
    static const char SQL[] =
        "select r.evidence, r.item, coalesce(u.name, ''), r.epoch || '.' || r.seq"
        " from report r join period_now p on p.code = r.period and p.scheme = r.scheme"
        " left join unit_now u on u.code = r.unit and u.valid_from = r.unit_from"
        " where r.counts and p.opens <= $1 and (p.closes is null or p.closes >= $1)"
        " and not exists (select from supersession s where s.old = r.hash)"
        " and not exists (select from seal_now b where b.scheme = r.scheme"
        "  and b.period = r.period and b.vintage = r.vintage and b.state = 'closed')"
        " and coalesce((select d.act = 'count' from decision d where d.about = r.hash"
        "  order by d.epoch desc, d.seq desc limit 1), true)"
        " order by r.evidence, r.item";
    const struct pg_arg arg = pg_date(settings_today(&x->app->settings));
    struct pg_rows rows = {0};
    bool ok = pg_query(x->pg, SQL, &arg, 1, &rows, e);

    for (size_t i = 0, end; ok && i < rows.n; i = end) {
        for (end = i + 1; end < rows.n && strcmp(pg_get_text(&rows, i, 0),
                                                 pg_get_text(&rows, end, 0)) == 0;
             end++)
            ;
        ok = judge_batch(x, &rows, i, end, e);
    }
    pg_rows_clear(&rows);
    return ok;
}

static void print(struct effect *x)
{
    app_print(
        x->app,
        "so với phiên bản %u đang dùng, xét lại %zu báo cáo của các kỳ chưa đóng: %zu "
        "báo cáo thay đổi\n",
        "against version %u in force, %zu reports of open periods judged again: %zu "
        "would change\n",
        x->now->version, x->reports, x->changed);
    for (size_t b = 0; b <= VERDICT_CONFLICT; b++)
        for (size_t a = 0; a <= VERDICT_CONFLICT; a++)
            if (x->verdicts[b][a] > 0)
                printf("  %s -> %s: %zu\n", verdict_text(x, (enum verdict)b),
                       verdict_text(x, (enum verdict)a), x->verdicts[b][a]);
    for (size_t i = 0; i < x->n_tallies; i++)
        printf("  %s: +%zu -%zu\n", x->tallies[i].code, x->tallies[i].come,
               x->tallies[i].gone);
    if (x->changed > 0)
        table_print(&x->table, x->app->lang, false, stdout);
}

bool effect_show(struct app *app, const struct catalogue *candidate, bool json,
                 struct err *e)
{
    struct effect x = {.app = app, .then = candidate};
    struct catalogue *now = NULL;
    struct err none = {0};
    bool ok;

    x.pg = app_pg(app, DB_READ, e);
    if (x.pg == NULL)
        return false;
    if (!catalogue_active(x.pg, &now, &none)) {
        if (none.kind == ERR_SETUP && pg_alive(x.pg))
            return true; /* no version is in force yet: nothing to compare with */
        *e = none;
        return false;
    }
    x.now = now;
    table_init(&x.table, COLUMNS, COUNT(COLUMNS));
    ok = judge_all(&x, e);
    if (ok && json)
        table_print(&x.table, app->lang, true, stdout);
    else if (ok)
        print(&x);
    table_clear(&x.table);
    arena_clear(&x.arena);
    catalogue_close(&now);
    return ok;
}
