#include "collectors/intake.h"
#include "collectors/answer.h"
#include "collectors/explain.h"
#include "proto/base/crash.h"
#include "proto/base/log.h"
#include "proto/forms/reading.h"

#include <sys/stat.h>

enum { SHOWN_MAX = 200 /* bytes of a name, so that our suffixes still fit */ };

/* -- reading ----------------------------------------------------------------------- */

bool intake_read(const struct catalogue *cat, const struct intake_unit *unit,
                 int32_t today, const char *path, struct form_read *form, struct err *e)
{
    struct reading_context ctx = {cat, unit->key, unit->channel, today, NULL};
    struct register_page page = {.n = 0};
    struct err why = {0};
    bool there = false, ok;

    /* a damaged one is fetched again by the daemon; until then those rules wait */
    if (unit->state != NULL && !page_open(&page, unit->state, &unit->key, &there, &why))
        log_event(LOG_WARN, "register_page_damaged unit=%s why=\"%s\"", unit->key.code,
                  why.text);
    ctx.page = there ? &page : NULL;
    ok = reading_file(&ctx, path, form, e);
    page_clear(&page);
    return ok;
}

/* -- storing ----------------------------------------------------------------------- */

static struct span packed(struct arena *a, const struct findings *fs)
{
    struct bytes b = {0};
    struct span s;

    wire_pack_findings(fs, &b);
    s.p = (unsigned char *)arena_strn(a, b.p, b.n);
    s.n = b.n;
    bytes_clear(&b);
    return s;
}

/* Too large for the wire, or otherwise not packable: the sender must split it. */
static void check_packable(struct report *r, struct findings *fs)
{
    struct bytes b = {0};
    struct err e = {0};

    if (!wire_pack_report(r, &b, &e))
        findings_add(fs, &(struct finding){.code = "REPORT_TOO_LARGE",
                                           .severity = SEV_ERROR,
                                           .refuses = true,
                                           .args = {e.text}});
    bytes_clear(&b);
}

struct work {
    struct arena arena;
    struct outbox_line *lines;
    size_t n;
};

static void line_of(struct intake *in, const struct spool_claim *c,
                    const struct hash *hash, struct form_read *form, size_t i,
                    struct work *w)
{
    struct report *r = &form->reports[i];
    struct findings *fs = &form->per_report[i];
    struct outbox_line *line = &w->lines[w->n++];

    r->id = uuid_new(clock_wall());
    r->source_name = c->name;
    r->source_hash = *hash;
    r->made_at = clock_wall();
    r->revision = 1; /* the outbox knows better */
    r->reason = in->reason;
    if (!findings_refuse(fs))
        check_packable(r, fs);
    line->title = answer_title(&w->arena, in->cat, r);
    line->place = r->source_place != NULL ? r->source_place : "";
    line->findings = packed(&w->arena, fs);
    line->outcome = OUTCOME_REFUSED;
    if (!findings_refuse(fs)) { /* a refused page has no reports: its neighbours go on */
        line->outcome = OUTCOME_NEW;
        line->report = r;
    }
}

static void lines_of(struct intake *in, const struct spool_claim *c,
                     const struct hash *hash, struct form_read *form, struct work *w)
{
    w->lines = arena_new(&w->arena, (form->n + 1) * sizeof *w->lines);
    if (form->sheet.n > 0)
        w->lines[w->n++] =
            (struct outbox_line){.title = c->name,
                                 .place = "",
                                 .outcome = OUTCOME_SHEET,
                                 .findings = packed(&w->arena, &form->sheet)};
    for (size_t i = 0; i < form->n; i++)
        line_of(in, c, hash, form, i, w);
}

static void count(const struct form_read *form, const struct work *w,
                  struct intake_result *out)
{
    *out = (struct intake_result){.findings = form->sheet.n > 0};
    for (size_t i = 0; i < form->n; i++)
        out->findings = out->findings || form->per_report[i].n > 0;
    for (size_t i = 0; i < w->n; i++)
        switch (w->lines[i].outcome) {
        case OUTCOME_NEW:
            out->fresh++;
            break;
        case OUTCOME_REVISED:
            out->revised++;
            break;
        case OUTCOME_SAME:
            out->same++;
            break;
        case OUTCOME_REFUSED:
            out->refused++;
            break;
        case OUTCOME_SHEET:
        case OUTCOME_NONE:
            break;
        }
    out->bad = out->fresh + out->revised + out->same == 0;
}

/* At most SHOWN_MAX bytes of a name, cut between characters, its extension kept. */
static char *short_name(struct arena *a, const char *name)
{
    const char *dot = strrchr(name, '.');
    size_t n = strlen(name), ext = dot != NULL && strlen(dot) <= 6 ? strlen(dot) : 0;
    size_t cut = SHOWN_MAX - ext;

    if (n <= SHOWN_MAX)
        return arena_str(a, name);
    while (cut > 0 && ((unsigned char)name[cut] & 0xc0) == 0x80)
        cut--;
    return arena_printf(a, "%.*s%s", (int)cut, name, ext != 0 ? dot : "");
}

/* A name that no answered file of this unit bears: "biểu.xlsx", "biểu (2).xlsx", ... */
static bool choose_shown(struct intake *in, const struct spool_claim *c, struct arena *a,
                         const char **shown, struct err *e)
{
    char *name = spool_answered_name(c->name);
    char *base = short_name(a, name);
    char *dot = strrchr(base, '.');
    int stem = (int)(dot != NULL && dot != base ? (size_t)(dot - base) : strlen(base));

    free(name);
    *shown = base;
    for (int k = 2;; k++) {
        bool taken;

        if (!outbox_shown_taken(in->outbox, c->unit, *shown, &taken, e))
            return false;
        if (!taken && !spool_lies(in->spool, c->unit, *shown))
            return true;
        *shown = arena_printf(a, "%.*s (%d)%s", stem, base, k, base + stem);
    }
}

static bool store(struct intake *in, const struct intake_unit *unit,
                  const struct spool_claim *c, const struct hash *hash,
                  struct form_read *form, struct intake_result *out, struct err *e)
{
    struct work w = {0};
    struct explain_loose loose;
    size_t said;
    struct outbox_file f = {.claim = c->claim,
                            .unit = unit->key,
                            .name = c->name,
                            .hash = *hash,
                            .taken_at = clock_wall()};
    bool ok = false;

    lines_of(in, c, hash, form, &w);
    if (!explain_attach(in->outbox, in->cat, form, w.lines + (w.n - form->n), &w.arena,
                        &loose, e))
        goto out;
    count(form, &w, out);
    f.bad = out->bad;
    if (!choose_shown(in, c, &w.arena, &f.shown, e))
        goto out;
    /* said twice is said once: a crash in between does no harm */
    if (!outbox_explain(in->outbox, loose.list, loose.n, f.taken_at, &said, e) ||
        !outbox_intake(in->outbox, &f, w.lines, w.n, e))
        goto out;
    count(form, &w, out); /* now with the outbox's word on each */
    log_event(LOG_INFO,
              "file_taken unit=%s name=\"%s\" new=%zu revised=%zu same=%zu refused=%zu",
              unit->key.code, c->name, out->fresh, out->revised, out->same, out->refused);
    ok = true;
out:
    arena_clear(&w.arena);
    return ok;
}

/*
 * Writes what is known so far and moves the stored file on: the move comes last, since
 * the claim in work is what a restart finds. Safe to repeat.
 */
static bool move_on(struct intake *in, const struct spool_claim *c, struct err *e)
{
    struct outbox_file f;
    bool known;

    if (!outbox_file(in->outbox, c->claim, &known, &f, e))
        return false;
    if (!known)
        return err_set(e, ERR_SETUP, "%s: not in the outbox", c->claim);
    if (!answer_write(in->cat, in->outbox, in->spool, c->claim, e))
        return false;
    /* lent strings did not outlive that */
    return outbox_file(in->outbox, c->claim, &known, &f, e) &&
           spool_finish(in->spool, c, f.shown, f.bad, e);
}

/* A file that is too large, or none at all: never opened, only moved aside. */
static bool set_aside(struct intake *in, const struct spool_claim *c,
                      const struct err *why, struct err *e)
{
    struct form_read form = {0};
    struct bytes text = {0};
    struct arena a = {0};
    const char *shown;
    bool ok;

    reading_refused(&form, why);
    say_finding(&text, in->cat, LANG_VI, &form.sheet.list[0]);
    bytes_char(&text, '\n');
    ok = choose_shown(in, c, &a, &shown, e) &&
         spool_answer(in->spool, c->unit, shown, true, span_of(&text), e) &&
         spool_finish(in->spool, c, shown, true, e);
    log_event(LOG_WARN, "file_set_aside unit=%s name=\"%s\" why=\"%s\"", c->unit, c->name,
              why->text);
    form_read_clear(&form);
    bytes_clear(&text);
    arena_clear(&a);
    return ok;
}

static bool fits(const struct spool_claim *c, struct err *why)
{
    struct stat st;

    if (lstat(c->path, &st) != 0 || !S_ISREG(st.st_mode))
        return err_set(why, ERR_INPUT, "SHEET-TYPE: not a plain file");
    if ((uint64_t)st.st_size > sheet_limits.file_bytes)
        return err_set(why, ERR_INPUT, "SHEET-SIZE: %lld bytes, %zu are allowed",
                       (long long)st.st_size, sheet_limits.file_bytes);
    return true;
}

bool intake_file(struct intake *in, const struct intake_unit *unit,
                 const struct spool_claim *c, struct intake_result *out, struct err *e)
{
    struct form_read form = {0};
    struct outbox_file f;
    struct hash hash;
    struct err why = {0};
    char *original = NULL;
    bool known, ok = false;

    *out = (struct intake_result){.bad = true};
    if (!outbox_file(in->outbox, c->claim, &known, &f, e))
        goto out;
    if (!known) {
        if (!outbox_room(in->outbox, e))
            goto out;
        if (!fits(c, &why)) {
            ok = set_aside(in, c, &why, e);
            goto out;
        }
        if (!spool_keep(in->spool, c, &hash, &original, e) ||
            !intake_read(in->cat, unit, in->today, original, &form, e) ||
            !store(in, unit, c, &hash, &form, out, e))
            goto out;
    }
    ok = move_on(in, c, e);
out:
    form_read_clear(&form);
    free(original);
    return ok || err_in(e, "%s", c->name);
}

bool intake_reread(struct intake *in, const struct intake_unit *unit, const char *claim,
                   const struct hash *items, size_t n, struct err *e)
{
    struct form_read form = {0};
    struct work w = {0};
    struct spool_claim c = {.unit = unit->key.code, .claim = claim};
    struct outbox_file f;
    struct hash hash;
    char *original = NULL;
    bool known, ok = false;

    if (!outbox_file(in->outbox, claim, &known, &f, e))
        return false;
    if (!known)
        return err_set(e, ERR_SETUP, "%s: not in the outbox", claim);
    hash = f.hash; /* lent strings do not outlive the next call */
    c.name = arena_str(&w.arena, f.name);
    original = spool_original(in->spool, &hash, c.name);
    if (!intake_read(in->cat, unit, in->today, original, &form, e))
        goto out;
    lines_of(in, &c, &hash, &form, &w);
    ok = outbox_reread(in->outbox, claim, items, n, w.lines, w.n, in->cat->version, e) &&
         answer_write(in->cat, in->outbox, in->spool, claim, e);
out:
    form_read_clear(&form);
    arena_clear(&w.arena);
    free(original);
    return ok || err_in(e, "%s", claim);
}
