#include "collectors/notices.h"

#include "proto/base/crash.h"
#include "proto/base/log.h"

enum { FINDINGS_SHOWN = 10 };

/* What a notice is called in the names of files; they are plain ASCII, as our folders. */
static const char *const slugs[] = {
    [NOTICE_NONE] = "thong-bao",      [NOTICE_ACCEPT] = "chap-nhan",
    [NOTICE_ASK] = "cau-hoi",         [NOTICE_RETURN] = "tra-lai",
    [NOTICE_DECISION] = "quyet-dinh", [NOTICE_REMINDER] = "don-doc",
    [NOTICE_EXTENSION] = "gia-han",
};

char *notice_file(const struct notice_act *act)
{
    char period[24] = "";
    size_t n = 0;

    /* a period's code comes from the province: only what a file may be called */
    for (const char *p = act->period; *p != 0 && n + 1 < sizeof period; p++)
        if ((*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') ||
            (*p >= 'a' && *p <= 'z') || *p == '-')
            period[n++] = *p;
    return mem_printf("%s%s%s-%llu.%llu.txt", period, n > 0 ? "-" : "",
                      slugs[(size_t)act->kind < COUNT(slugs) ? act->kind : NOTICE_NONE],
                      (unsigned long long)act->at.epoch, (unsigned long long)act->at.seq);
}

struct page {
    const struct catalogue *cat;
    enum lang lang;
    struct bytes *out;
};

static const char *text_of(const struct page *p, const char *key)
{
    return catalogue_text(p->cat, key, p->lang);
}

static void field(const struct page *p, const char *key, const char *value)
{
    if (value != NULL && value[0] != 0)
        bytes_printf(p->out, "%s: %s\n", text_of(p, key), value);
}

static void day(const struct page *p, const char *key, int32_t date)
{
    char text[11];

    if (date != DATE_NONE)
        field(p, key, p->lang == LANG_VI ? date_vi(date, text) : date_iso(date, text));
}

static void period(const struct page *p, const struct notice_act *a)
{
    char *line;

    if (a->vintage == VINTAGE_NONE) {
        field(p, "show.period", a->period);
        return;
    }
    line = mem_printf("%s, %s", a->period,
                      say_word(p->cat, p->lang, "vintage", vintage_word(a->vintage)));
    field(p, "show.period", line);
    free(line);
}

/* Every finding of the report that the notice is about, in words. */
static bool findings(const struct page *p, const struct notice_act *a,
                     const struct outbox_found *f, struct arena *arena, struct err *e)
{
    struct findings fs = {0};
    struct receipt r = {.index = 0};
    size_t shown = 0;
    bool ok = f->receipt.n == 0 || wire_read_receipt(f->receipt, arena, &r, e);
    struct span packed = f->receipt.n > 0 ? r.findings : f->findings;

    ok = ok && (packed.n == 0 || wire_read_findings(packed, &fs, e));
    for (size_t i = 0; ok && i < fs.n && shown < FINDINGS_SHOWN; i++) {
        if (strcmp(fs.list[i].code, a->finding) != 0 ||
            (a->cell[0] != 0 && strcmp(fs.list[i].cell, a->cell) != 0))
            continue;
        bytes_str(p->out, "  - ");
        say_finding(p->out, p->cat, p->lang, &fs.list[i]);
        bytes_printf(p->out, " (%s)\n", a->finding);
        shown++;
    }
    findings_clear(&fs);
    return ok;
}

/* The report as the officer knows it: form, entity, file, place. id gets its id. */
static bool report(const struct page *p, struct outbox *ob, const struct notice_act *a,
                   char id[37], struct err *e)
{
    struct arena arena = {0};
    struct outbox_found f;
    struct report r;
    char hex[2 * HASH_LEN + 1], *place;
    bool ok;

    hash_hex(&a->about, hex);
    if (!outbox_find(ob, hex, &arena, &f, e)) {
        arena_clear(&arena);
        if (e->kind != ERR_INPUT)
            return false;
        field(p, "show.form",
              catalogue_mark(p->cat, a->form)); /* not ours: what it says */
        field(p, "show.subject", a->name);
        field(p, "show.id", hex);
        field(p, "notice.finding", a->finding);
        return true;
    }
    ok = wire_read_report(f.body, &arena, &r, e);
    if (ok) {
        place = mem_printf("%s%s%s%s", r.source_name, r.source_place[0] != 0 ? " [" : "",
                           r.source_place, r.source_place[0] != 0 ? "]" : "");
        field(p, "show.form", catalogue_mark(p->cat, r.form));
        field(p, "show.subject", r.subject.name);
        field(p, "show.source", place);
        free(place);
        place = mem_printf("%s/%s", SPOOL_DONE, f.shown);
        field(p, "notice.kept", place);
        free(place);
        field(p, "show.id", uuid_text(&r.id, id));
        if (a->finding[0] != 0)
            field(p, "notice.finding", a->finding);
        ok = findings(p, a, &f, &arena, e);
    }
    arena_clear(&arena);
    return ok;
}

/* A decision that this release has words for. */
static bool decided(const struct notice_act *a)
{
    static const char *const words[] = {"count", "reject", "correct", "withdraw", "keep"};

    for (size_t i = 0; i < COUNT(words) && a->kind == NOTICE_DECISION; i++)
        if (strcmp(a->decision, words[i]) == 0)
            return true;
    return false;
}

static void decision(const struct page *p, const struct notice_act *a)
{
    char key[48];

    if (!decided(a))
        return;
    snprintf(key, sizeof key, "notice.decided_%s", a->decision);
    field(p, "notice.decision", text_of(p, key));
}

static void to_do(const struct page *p, const struct notice_act *a, const char *id)
{
    char key[48], date[11];

    if (decided(a))
        snprintf(key, sizeof key, "notice.do_decide_%s", a->decision);
    else
        snprintf(key, sizeof key, "notice.do_%s",
                 a->kind != NOTICE_NONE ? notice_word(a->kind) : "none");
    bytes_printf(p->out, "\n%s: ", text_of(p, "notice.to_do"));
    say(p->out, p->cat, p->lang, key, id,
        a->finding[0] != 0 ? a->finding : text_of(p, "notice.no_finding"), a->period,
        a->due != DATE_NONE ? date_vi(a->due, date) : "", NULL);
    bytes_char(p->out, '\n');
}

bool notice_text(const struct catalogue *cat, struct outbox *ob,
                 const struct outbox_notice *n, enum lang lang, struct bytes *out,
                 struct err *e)
{
    const struct page p = {cat, lang, out};
    const struct notice_act *a = &n->act;
    struct bytes when = {0};
    char id[37] = "", *from;

    say(out, cat, lang, "notice.head",
        say_word(cat, lang, "notice",
                 a->kind != NOTICE_NONE ? notice_word(a->kind) : "none"),
        NULL);
    bytes_char(out, '\n');
    field(&p, "show.unit", a->unit.code);
    period(&p, a);
    if (a->has_about && !report(&p, ob, a, id, e))
        return false;
    day(&p, a->kind == NOTICE_EXTENSION ? "notice.extended_to" : "notice.due", a->due);
    decision(&p, a);
    if (a->text[0] != 0)
        bytes_printf(out, "\n%s\n%s\n", text_of(&p, "notice.text"), a->text);
    to_do(&p, a, id);
    say_time(&when, a->time);
    from =
        mem_printf("%s, %s, %llu/%llu",
                   a->person_name[0] != 0 ? a->person_name : a->person, bytes_cstr(&when),
                   (unsigned long long)a->at.epoch, (unsigned long long)a->at.seq);
    bytes_char(out, '\n');
    field(&p, "notice.from", from);
    free(from);
    bytes_clear(&when);
    return true;
}

/* -- files -------------------------------------------------------------------------- */

struct pending { /* one notice copied out of the query */
    struct unit_key unit;
    struct log_pos at;
    char *file;
    struct bytes text;
    bool failed;
};

struct pendings {
    const struct catalogue *cat;
    struct outbox *ob;
    struct pending *list;
    size_t n;
    struct arena arena;
};

static void gather(void *ctx, const struct outbox_notice *n)
{
    struct pendings *ps = ctx;
    struct pending *p;
    struct err e = {0};

    ps->list = mem_grow(ps->list, ps->n + 1, sizeof *ps->list);
    p = &ps->list[ps->n++];
    *p = (struct pending){
        .unit = {arena_str(&ps->arena, n->act.unit.code), n->act.unit.valid_from},
        .at = n->act.at,
        .file = notice_file(&n->act),
    };
    p->failed = !notice_text(ps->cat, ps->ob, n, LANG_VI, &p->text, &e);
    if (p->failed)
        log_event(LOG_ERROR, "notice_not_written file=%s why=\"%s\"", p->file, e.text);
}

void notices_pending(const struct catalogue *cat, struct outbox *ob, struct spool *sp)
{
    struct pendings ps = {.cat = cat, .ob = ob};
    struct err e = {0};

    if (!outbox_notices(ob, NULL, true, gather, &ps, &e))
        log_event(LOG_ERROR, "notices_unreadable why=\"%s\"", e.text);
    for (size_t i = 0; i < ps.n; i++) {
        struct pending *p = &ps.list[i];

        /* a unit that is no longer configured has no folder; the list has its notices */
        if (!p->failed &&
            (!spool_notice(sp, p->unit.code, p->file, span_of(&p->text), &e) &&
             e.kind != ERR_INPUT))
            log_event(LOG_WARN, "notice_not_written file=%s why=\"%s\"", p->file, e.text);
        else if (!p->failed) {
            crash_point("notice.before_mark");
            if (!outbox_notice_shown(ob, &p->unit, &p->at, &e))
                log_event(LOG_WARN, "notice_not_marked file=%s why=\"%s\"", p->file,
                          e.text);
        }
        free(p->file);
        bytes_clear(&p->text);
    }
    free(ps.list);
    arena_clear(&ps.arena);
}
