#include "collectors/answer.h"
#include "proto/base/crash.h"
#include "proto/base/log.h"

enum { STATES = VERDICT_CONFLICT + 4 };

/* What a line says in one word: a verdict, or why there is none. */
enum line_state {
    LINE_WAITING = VERDICT_CONFLICT + 1, /* no receipt yet */
    LINE_REFUSED_HERE,
    LINE_SAME,
};

/* What a person must act on comes first. */
static const size_t reading_order[] = {
    LINE_REFUSED_HERE, VERDICT_REFUSED,  VERDICT_CONFLICT, VERDICT_HELD,
    VERDICT_WARNINGS,  VERDICT_ACCEPTED, LINE_WAITING,     LINE_SAME,
};

struct writer {
    const struct catalogue *cat;
    enum lang lang;
    struct bytes *out;
    struct bytes sheet;          /* about the file as a whole */
    struct bytes bodies[STATES]; /* the lines of each state, in the order of the file */
    size_t n, states[STATES];
};

static const char *state_text(const struct writer *w, size_t state)
{
    switch (state) {
    case LINE_WAITING:
        return catalogue_text(w->cat, "cli.answer_waiting", w->lang);
    case LINE_REFUSED_HERE:
        return catalogue_text(w->cat, "verdict.refused", w->lang);
    case LINE_SAME:
        return catalogue_text(w->cat, "cli.answer_same", w->lang);
    default:
        return say_word(w->cat, w->lang, "verdict", verdict_word((enum verdict)state));
    }
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static bool listed(const struct findings *fs, const struct finding *f)
{
    for (size_t i = 0; i < fs->n; i++)
        if (same_text(fs->list[i].code, f->code) &&
            fs->list[i].indicator == f->indicator && same_text(fs->list[i].b1, f->b1) &&
            same_text(fs->list[i].b2, f->b2) && same_text(fs->list[i].cell, f->cell) &&
            same_text(fs->list[i].value, f->value))
            return true;
    return false;
}

static void write_finding(const struct writer *w, struct bytes *to,
                          const struct finding *f)
{
    bytes_str(to, "   - ");
    say_finding(to, w->cat, w->lang, f);
    bytes_char(to, '\n');
}

/* Our own findings, and behind them what the province added. */
static void write_findings(const struct writer *w, struct bytes *to, struct span local,
                           struct span receipt)
{
    struct findings ours = {0}, theirs = {0};
    struct arena a = {0};
    struct receipt r;
    struct err e = {0};

    if (local.n > 0 && !wire_read_findings(local, &ours, &e))
        log_event(LOG_ERROR, "findings_unreadable why=\"%s\"", e.text);
    if (receipt.n > 0 &&
        (!wire_read_receipt(receipt, &a, &r, &e) ||
         (r.findings.n > 0 && !wire_read_findings(r.findings, &theirs, &e))))
        log_event(LOG_ERROR, "receipt_unreadable why=\"%s\"", e.text);
    for (size_t i = 0; i < ours.n; i++)
        write_finding(w, to, &ours.list[i]);
    for (size_t i = 0; i < theirs.n; i++)
        if (!listed(&ours, &theirs.list[i]))
            write_finding(w, to, &theirs.list[i]);
    findings_clear(&ours);
    findings_clear(&theirs);
    arena_clear(&a);
}

static size_t state_of(const struct outbox_answer *l)
{
    if (l->outcome == OUTCOME_REFUSED)
        return LINE_REFUSED_HERE;
    if (l->outcome == OUTCOME_SAME)
        return LINE_SAME;
    return l->verdict == VERDICT_NONE ? (size_t)LINE_WAITING : (size_t)l->verdict;
}

/* ", phiếu tiếp nhận số 1/123 lúc ..., gửi chậm" */
static void write_receipt(const struct writer *w, struct bytes *to, struct span packed)
{
    struct arena a = {0};
    struct receipt r;
    struct leaf leaf;
    struct statement st;
    struct bytes when = {0};
    struct err e = {0};
    char epoch[24], seq[24];

    if (packed.n > 0 && wire_read_receipt(packed, &a, &r, &e) &&
        wire_read_leaf(r.leaf, &a, &leaf, &e) &&
        wire_read_statement(r.statement, &st, &e)) {
        snprintf(epoch, sizeof epoch, "%llu", (unsigned long long)leaf.epoch);
        snprintf(seq, sizeof seq, "%llu", (unsigned long long)leaf.seq);
        say_time(&when, st.time);
        bytes_str(to, "; ");
        say(to, w->cat, w->lang, "cli.answer_receipt", epoch, seq, bytes_cstr(&when),
            NULL);
        if (leaf.late)
            bytes_printf(to, "; %s", catalogue_text(w->cat, "status.late", w->lang));
    }
    bytes_clear(&when);
    arena_clear(&a);
}

static void write_line(void *ctx, const struct outbox_answer *l)
{
    struct writer *w = ctx;
    size_t state = state_of(l);
    struct bytes *to = &w->bodies[state];

    if (l->outcome == OUTCOME_SHEET) {
        bytes_printf(&w->sheet, "\n%s\n",
                     catalogue_text(w->cat, "cli.answer_sheet", w->lang));
        write_findings(w, &w->sheet, l->findings, (struct span){0});
        return;
    }
    w->n++;
    w->states[state]++;
    bytes_printf(to, "\n%zu. %s", w->n, l->title);
    if (l->place[0] != 0)
        bytes_printf(to, " [%s]", l->place);
    bytes_printf(to, "\n   %s", state_text(w, state));
    if (l->has_item && l->revision > 1 && state != LINE_SAME) {
        char revision[16];

        snprintf(revision, sizeof revision, "%u", l->revision);
        bytes_str(to, "; ");
        say(to, w->cat, w->lang, "cli.answer_revision", revision, NULL);
    }
    write_receipt(w, to, l->receipt);
    bytes_char(to, '\n');
    write_findings(w, to, l->findings, l->receipt);
}

static void write_head(struct writer *w, const struct outbox_file *f)
{
    char hex[2 * HASH_LEN + 1];
    struct bytes when = {0};

    say_time(&when, f->taken_at);
    say(w->out, w->cat, w->lang, "cli.answer_head", f->name, f->unit.code,
        bytes_cstr(&when), hash_hex(&f->hash, hex), NULL);
    bytes_char(w->out, '\n');
    bytes_clear(&when);
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

static void write_lines(struct writer *w)
{
    char n[24];

    snprintf(n, sizeof n, "%zu", w->n);
    say(w->out, w->cat, w->lang, "cli.answer_count", n, NULL);
    for (size_t i = 0; i < COUNT(reading_order); i++)
        if (w->states[reading_order[i]] > 0)
            bytes_printf(w->out, "\n- %s: %zu", state_text(w, reading_order[i]),
                         w->states[reading_order[i]]);
    bytes_char(w->out, '\n');
    bytes_add(w->out, w->sheet.p, w->sheet.n);
    for (size_t i = 0; i < COUNT(reading_order); i++) {
        const struct bytes *b = &w->bodies[reading_order[i]];

        bytes_add(w->out, b->p, b->n);
    }
}

bool answer_text(const struct catalogue *cat, struct outbox *ob, const char *claim,
                 enum lang lang, struct bytes *out, struct err *e)
{
    struct writer w = {.cat = cat, .lang = lang, .out = out};
    struct outbox_file f;
    bool known, ok = false;

    if (!outbox_file(ob, claim, &known, &f, e))
        goto out;
    if (!known) {
        err_set(e, ERR_INPUT, "%s: no such file", claim);
        goto out;
    }
    write_head(&w, &f);
    break_lines(out);
    if (!outbox_lines(ob, claim, write_line, &w, e))
        goto out;
    write_lines(&w);
    bytes_printf(out, "\n%s\n", catalogue_text(cat, "cli.answer_foot", lang));
    ok = true;
out:
    bytes_clear(&w.sheet);
    for (size_t i = 0; i < STATES; i++)
        bytes_clear(&w.bodies[i]);
    return ok;
}

bool answer_write(const struct catalogue *cat, struct outbox *ob, struct spool *sp,
                  const char *claim, struct err *e)
{
    struct bytes text = {0};
    struct outbox_file f;
    bool known;
    bool ok = answer_text(cat, ob, claim, LANG_VI, &text, e) &&
              outbox_file(ob, claim, &known, &f, e) &&
              spool_answer(sp, f.unit.code, f.shown, f.bad, span_of(&text), e);

    bytes_clear(&text);
    return ok;
}

void answer_pending(const struct catalogue *cat, struct outbox *ob, struct spool *sp)
{
    for (;;) {
        struct err e = {0};
        char *claim;
        bool ok = outbox_answerable(ob, &claim, &e);

        if (ok && claim == NULL)
            return;
        ok = ok && (answer_write(cat, ob, sp, claim, &e) || e.kind == ERR_INPUT);
        crash_point("answer.before_mark");
        ok = ok && outbox_answered(ob, claim, &e);
        free(claim);
        if (!ok) {
            log_event(LOG_WARN, "answer_not_written why=\"%s\"", e.text);
            return; /* asked again at the next scan */
        }
    }
}
