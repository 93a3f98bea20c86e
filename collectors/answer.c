#include "collectors/answer.h"
#include "proto/base/crash.h"
#include "proto/base/log.h"
#include "proto/rules.h"

/* What a person must act on comes first. */
static const size_t reading_order[] = {
    LINE_REFUSED_HERE, VERDICT_REFUSED, VERDICT_CONFLICT, VERDICT_HELD, VERDICT_WARNINGS,
    VERDICT_ACCEPTED,  LINE_WAITING,    LINE_CHECKED,     LINE_SAME,
};

const char *answer_state_text(const struct catalogue *cat, enum lang lang, size_t state)
{
    switch (state) {
    case LINE_WAITING:
        return catalogue_text(cat, "cli.answer_waiting", lang);
    case LINE_REFUSED_HERE:
        return catalogue_text(cat, "verdict.refused", lang);
    case LINE_SAME:
        return catalogue_text(cat, "cli.answer_same", lang);
    case LINE_CHECKED:
        return catalogue_text(cat, "cli.answer_checked", lang);
    default:
        return say_word(cat, lang, "verdict", verdict_word((enum verdict)state));
    }
}

const char *answer_title(struct arena *a, const struct catalogue *cat,
                         const struct report *r)
{
    const struct form *f = catalogue_form(cat, r->form, r->form_version);
    const struct period *p =
        catalogue_period(cat, arena_printf(a, "%s:%s", r->scheme, r->period));
    const char *vintage = vintage_word(r->vintage);
    const char *when = arena_printf(
        a, "%s, %s", p != NULL ? p->name_vi : r->period,
        catalogue_text(cat, arena_printf(a, "vintage.%s", vintage != NULL ? vintage : ""),
                       LANG_VI));

    if (r->subject.kind != SUBJECT_UNIT && r->subject.name != NULL &&
        r->subject.name[0] != 0)
        return arena_printf(a, "%s (%s), %s", r->subject.name,
                            r->subject.id != NULL && *r->subject.id != 0
                                ? r->subject.id
                                : catalogue_text(cat, "cli.answer_no_number", LANG_VI),
                            when);
    return arena_printf(a, "%s, %s", f != NULL ? f->mark : r->form, when);
}

/* -- gathering --------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

/*
 * The province does not see the sheet: what it says about the row as a whole we may have
 * said about a cell of it. place NULL: its cells are of another file, where the row stood
 * elsewhere.
 */
static bool same_cell(const struct finding *ours, const struct finding *theirs,
                      const char *place)
{
    return place == NULL || same_text(ours->cell, theirs->cell) ||
           same_text(theirs->cell, place);
}

static bool listed(const struct findings *fs, size_t n, const struct finding *f,
                   const char *place)
{
    for (size_t i = 0; i < n; i++)
        if (same_text(fs->list[i].code, f->code) &&
            fs->list[i].indicator == f->indicator && same_text(fs->list[i].b1, f->b1) &&
            same_text(fs->list[i].b2, f->b2) && same_cell(&fs->list[i], f, place) &&
            same_text(fs->list[i].value, f->value))
            return true;
    return false;
}

struct gathering {
    const struct catalogue *cat;
    struct outbox *outbox;
    struct answer *answer;
};

struct saying {
    struct arena *arena;
    struct answer_line *line;
};

static void gather_said(void *ctx, const struct outbox_said *s)
{
    struct saying *g = ctx;
    struct answer_line *l = g->line;

    if (s->withdraw)
        return;
    if ((l->n_says & (l->n_says + 1)) == 0)
        l->says = mem_grow(l->says, 2 * l->n_says + 1, sizeof *l->says);
    l->says[l->n_says++] =
        (struct answer_said){.finding = arena_str(g->arena, s->finding),
                             .b1 = arena_str(g->arena, s->b1),
                             .b2 = arena_str(g->arena, s->b2),
                             .text = arena_str(g->arena, s->text),
                             .indicator = s->indicator,
                             .made_at = s->made_at};
}

const struct answer_said *answer_explained(const struct answer_line *l,
                                           const struct finding *f)
{
    for (size_t i = l->n_says; i-- > 0;) {
        const struct answer_said *s = &l->says[i];

        if (same_text(s->finding, f->code) && s->indicator == f->indicator &&
            same_text(s->b1, f->b1) && same_text(s->b2, f->b2))
            return s;
    }
    return NULL;
}

/*
 * Our own findings, and behind them what the province added. What we said beside our copy
 * of the register was preliminary: a receipt says it again, or it no longer holds.
 */
static void gather_findings(const struct rules *rules, struct span local,
                            const struct receipt *r, const char *place, bool moved,
                            struct findings *out)
{
    struct findings own = {0}, theirs = {0};
    struct err e = {0};
    size_t ours;

    if (local.n > 0 && !wire_read_findings(local, &own, &e))
        log_event(LOG_ERROR, "findings_unreadable why=\"%s\"", e.text);
    for (size_t i = 0; i < own.n; i++)
        if (r == NULL || !rules_reads_past(rules, own.list[i].code))
            findings_add(out, &own.list[i]);
    findings_clear(&own);
    ours = out->n;
    if (r != NULL && r->findings.n > 0 && !wire_read_findings(r->findings, &theirs, &e))
        log_event(LOG_ERROR, "receipt_unreadable why=\"%s\"", e.text);
    for (size_t i = 0; i < theirs.n; i++)
        if (!listed(out, ours, &theirs.list[i], moved ? NULL : place)) {
            if (moved) /* another row stands there now */
                theirs.list[i].cell = "";
            findings_add(out, &theirs.list[i]);
        }
    findings_clear(&theirs);
}

static size_t state_of(const struct outbox_answer *l)
{
    if (l->outcome == OUTCOME_REFUSED)
        return LINE_REFUSED_HERE;
    if (l->outcome == OUTCOME_SAME)
        return LINE_SAME;
    return l->verdict == VERDICT_NONE ? (size_t)LINE_WAITING : (size_t)l->verdict;
}

static struct answer_line *add_line(struct answer *a)
{
    if ((a->n & (a->n + 1)) == 0)
        a->lines = mem_grow(a->lines, 2 * a->n + 1, sizeof *a->lines);
    a->lines[a->n] = (struct answer_line){0};
    return &a->lines[a->n++];
}

static void gather_receipt(struct answer_line *to, const struct receipt *r,
                           struct arena *a)
{
    struct leaf leaf;
    struct statement st;
    struct err e = {0};

    if (!wire_read_leaf(r->leaf, a, &leaf, &e) ||
        !wire_read_statement(r->statement, &st, &e)) {
        log_event(LOG_ERROR, "receipt_unreadable why=\"%s\"", e.text);
        return;
    }
    to->has_receipt = true;
    to->epoch = leaf.epoch;
    to->seq = leaf.seq;
    to->late = leaf.late;
    to->time = st.time;
}

static void gather_line(void *ctx, const struct outbox_answer *l)
{
    struct gathering *g = ctx;
    struct answer *a = g->answer;
    struct answer_line *to;
    struct arena scratch = {0};
    struct receipt r;
    struct err e = {0};
    bool receipt;

    if (l->outcome == OUTCOME_SHEET) {
        gather_findings(NULL, l->findings, NULL, "", false, &a->sheet);
        return;
    }
    to = add_line(a);
    to->title = arena_str(&a->arena, l->title);
    to->place = arena_str(&a->arena, l->place);
    to->state = state_of(l);
    to->revision = l->revision;
    to->has_item = l->has_item;
    to->hash = l->hash;
    to->id = l->id;
    receipt = l->receipt.n > 0 && wire_read_receipt(l->receipt, &scratch, &r, &e);
    if (l->receipt.n > 0 && !receipt)
        log_event(LOG_ERROR, "receipt_unreadable why=\"%s\"", e.text);
    if (receipt)
        gather_receipt(to, &r, &scratch);
    gather_findings(g->cat->rules, l->findings, receipt ? &r : NULL, to->place, l->moved,
                    &to->findings);
    if (l->has_item && !outbox_said(g->outbox, &l->hash, gather_said,
                                    &(struct saying){&a->arena, to}, &e))
        log_event(LOG_ERROR, "explanations_unreadable why=\"%s\"", e.text);
    arena_clear(&scratch);
}

bool answer_gather(const struct catalogue *cat, struct outbox *ob, const char *claim,
                   struct answer *out, struct err *e)
{
    struct gathering g = {cat, ob, out};
    struct outbox_file f;
    bool known;

    *out = (struct answer){0};
    if (!outbox_file(ob, claim, &known, &f, e))
        return false;
    if (!known)
        return err_set(e, ERR_INPUT, "%s: no such file", claim);
    out->name = arena_str(&out->arena, f.name);
    out->unit = arena_str(&out->arena, f.unit.code);
    out->taken_at = f.taken_at;
    out->file = f.hash;
    if (outbox_lines(ob, claim, gather_line, &g, e))
        return true;
    answer_clear(out);
    return false;
}

static void copy_findings(struct findings *to, const struct findings *from)
{
    for (size_t i = 0; i < from->n; i++)
        findings_add(to, &from->list[i]);
}

void answer_of_form(const struct catalogue *cat, const char *name, const char *unit,
                    const struct form_read *form, struct answer *out)
{
    *out = (struct answer){0};
    out->name = arena_str(&out->arena, name);
    out->unit = arena_str(&out->arena, unit);
    copy_findings(&out->sheet, &form->sheet);
    for (size_t i = 0; i < form->n; i++) {
        const struct report *r = &form->reports[i];
        struct answer_line *l = add_line(out);

        l->title = answer_title(&out->arena, cat, r);
        l->place = r->source_place != NULL ? arena_str(&out->arena, r->source_place) : "";
        l->state =
            findings_refuse(&form->per_report[i]) ? LINE_REFUSED_HERE : LINE_CHECKED;
        copy_findings(&l->findings, &form->per_report[i]);
    }
}

void answer_clear(struct answer *a)
{
    for (size_t i = 0; i < a->n; i++) {
        findings_clear(&a->lines[i].findings);
        free(a->lines[i].says);
    }
    free(a->lines);
    findings_clear(&a->sheet);
    arena_clear(&a->arena);
    *a = (struct answer){0};
}

bool answer_has_findings(const struct answer *a)
{
    bool any = a->sheet.n > 0;

    for (size_t i = 0; i < a->n && !any; i++)
        any = a->lines[i].findings.n > 0;
    return any;
}

/* -- as text ------------------------------------------------------------------------ */

struct writer {
    const struct catalogue *cat;
    enum lang lang;
    const struct answer *a;
    struct bytes *out;
};

static void write_said(const struct writer *w, const struct answer_said *s)
{
    struct bytes when = {0};

    say_time(&when, s->made_at);
    bytes_str(w->out, "     ");
    say(w->out, w->cat, w->lang, "cli.answer_said", bytes_cstr(&when), s->text, NULL);
    bytes_char(w->out, '\n');
    bytes_clear(&when);
}

/* l: the line they are of, NULL: of the file. */
static void write_findings(const struct writer *w, const struct findings *fs,
                           const struct answer_line *l)
{
    for (size_t i = 0; i < fs->n; i++) {
        const struct answer_said *s =
            l != NULL ? answer_explained(l, &fs->list[i]) : NULL;

        bytes_str(w->out, "   - ");
        say_finding(w->out, w->cat, w->lang, &fs->list[i]);
        bytes_char(w->out, '\n');
        if (s != NULL)
            write_said(w, s);
    }
    for (size_t i = 0; l != NULL && i < l->n_says; i++)
        if (l->says[i].finding[0] == 0)
            write_said(w, &l->says[i]);
}

/* "; phiếu tiếp nhận số 1/123 lúc ..., gửi chậm" */
static void write_receipt(const struct writer *w, const struct answer_line *l)
{
    struct bytes when = {0};
    char epoch[24], seq[24];

    if (!l->has_receipt)
        return;
    snprintf(epoch, sizeof epoch, "%llu", (unsigned long long)l->epoch);
    snprintf(seq, sizeof seq, "%llu", (unsigned long long)l->seq);
    say_time(&when, l->time);
    bytes_str(w->out, "; ");
    say(w->out, w->cat, w->lang, "cli.answer_receipt", epoch, seq, bytes_cstr(&when),
        NULL);
    if (l->late)
        bytes_printf(w->out, "; %s", catalogue_text(w->cat, "status.late", w->lang));
    bytes_clear(&when);
}

static void write_line(const struct writer *w, size_t i)
{
    const struct answer_line *l = &w->a->lines[i];

    bytes_printf(w->out, "\n%zu. %s", i + 1, l->title);
    if (l->place[0] != 0)
        bytes_printf(w->out, " [%s]", l->place);
    bytes_printf(w->out, "\n   %s", answer_state_text(w->cat, w->lang, l->state));
    if (l->has_item && l->revision > 1 && l->state != LINE_SAME) {
        char revision[16];

        snprintf(revision, sizeof revision, "%u", l->revision);
        bytes_str(w->out, "; ");
        say(w->out, w->cat, w->lang, "cli.answer_revision", revision, NULL);
    }
    write_receipt(w, l);
    bytes_char(w->out, '\n');
    write_findings(w, &l->findings, l);
}

/* The head is one text; " | " in it starts a new line, since a TSV field cannot. */
static void break_lines(struct bytes *b)
{
    size_t kept = 0;

    for (size_t i = 0; i < b->n; i++) {
        if (i + 2 < b->n && memcmp(b->p + i, " | ", 3) == 0) {
            b->p[kept++] = '\n';
            i += 2;
            continue;
        }
        b->p[kept++] = b->p[i];
    }
    b->n = kept;
}

void answer_head(const struct catalogue *cat, enum lang lang, const struct answer *a,
                 struct bytes *out)
{
    char hex[2 * HASH_LEN + 1], n[24];
    size_t states[LINE_STATES] = {0};
    struct bytes when = {0};

    if (a->taken_at != 0) {
        say_time(&when, a->taken_at);
        say(out, cat, lang, "cli.answer_head", a->name, a->unit, bytes_cstr(&when),
            hash_hex(&a->file, hex), NULL);
    } else {
        say(out, cat, lang, "cli.answer_head_checked", a->name, a->unit, NULL);
    }
    break_lines(out);
    bytes_char(out, '\n');
    snprintf(n, sizeof n, "%zu", a->n);
    say(out, cat, lang, "cli.answer_count", n, NULL);
    for (size_t i = 0; i < a->n; i++)
        states[a->lines[i].state]++;
    for (size_t i = 0; i < COUNT(reading_order); i++)
        if (states[reading_order[i]] > 0)
            bytes_printf(out, "\n- %s: %zu",
                         answer_state_text(cat, lang, reading_order[i]),
                         states[reading_order[i]]);
    bytes_char(out, '\n');
    bytes_clear(&when);
}

static void write_text(const struct writer *w)
{
    answer_head(w->cat, w->lang, w->a, w->out);
    if (w->a->sheet.n > 0) {
        bytes_printf(w->out, "\n%s\n",
                     catalogue_text(w->cat, "cli.answer_sheet", w->lang));
        write_findings(w, &w->a->sheet, NULL);
    }
    for (size_t k = 0; k < COUNT(reading_order); k++)
        for (size_t i = 0; i < w->a->n; i++)
            if (w->a->lines[i].state == reading_order[k])
                write_line(w, i);
    bytes_printf(w->out, "\n%s\n", catalogue_text(w->cat, "cli.answer_foot", w->lang));
}

bool answer_text(const struct catalogue *cat, struct outbox *ob, const char *claim,
                 enum lang lang, struct bytes *out, struct err *e)
{
    struct answer a;

    if (!answer_gather(cat, ob, claim, &a, e))
        return false;
    write_text(&(struct writer){cat, lang, &a, out});
    answer_clear(&a);
    return true;
}

/* -- beside the file ----------------------------------------------------------------- */

/*
 * The workbook is a help: where it cannot be made, or somebody is writing in the last
 * one, the text says the same. False only for what will pass.
 */
static bool write_book(const struct catalogue *cat, const struct answer *a,
                       const struct outbox_file *f, struct spool *sp, struct err *e)
{
    char *path = spool_original(sp, &f->hash, f->name);
    struct bytes book = {0};
    bool ok = true;

    if (answer_has_findings(a) &&
        spool_book_free(sp, f->unit.code, f->shown, f->bad, answer_is_ours)) {
        if (answer_book(cat, a, path, &book, e))
            ok = spool_book(sp, f->unit.code, f->shown, f->bad, span_of(&book), e);
        else
            log_event(LOG_WARN, "workbook_not_marked unit=%s name=\"%s\" why=\"%s\"",
                      f->unit.code, f->name, e->text);
    }
    bytes_clear(&book);
    free(path);
    return ok;
}

bool answer_write(const struct catalogue *cat, struct outbox *ob, struct spool *sp,
                  const char *claim, struct err *e)
{
    struct bytes text = {0};
    struct outbox_file f;
    struct answer a;
    bool known, ok;

    if (!answer_gather(cat, ob, claim, &a, e))
        return false;
    write_text(&(struct writer){cat, LANG_VI, &a, &text});
    ok = outbox_file(ob, claim, &known, &f, e) &&
         spool_answer(sp, f.unit.code, f.shown, f.bad, span_of(&text), e) &&
         write_book(cat, &a, &f, sp, e);
    bytes_clear(&text);
    answer_clear(&a);
    return ok;
}

void answer_pending(const struct catalogue *cat, struct outbox *ob, struct spool *sp)
{
    char *after = mem_str(""), *claim;

    for (;; free(after), after = claim) {
        struct err e = {0};

        if (!outbox_answerable(ob, after, &claim, &e)) {
            log_event(LOG_WARN, "answers_not_written why=\"%s\"", e.text);
            break;
        }
        if (claim == NULL)
            break;
        /* what cannot be written now, a folder being away, is asked again at the next
         * scan */
        if (!answer_write(cat, ob, sp, claim, &e) && e.kind != ERR_INPUT) {
            log_event(LOG_WARN, "answer_not_written claim=%s why=\"%s\"", claim, e.text);
            continue;
        }
        crash_point("answer.before_mark");
        if (!outbox_answered(ob, claim, &e))
            log_event(LOG_WARN, "answer_not_marked claim=%s why=\"%s\"", claim, e.text);
    }
    free(after);
}
