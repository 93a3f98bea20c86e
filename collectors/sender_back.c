/* sender_back - carries out what a session asks about the back flow. See backflow.h. */
#include "collectors/backflow.h"
#include "collectors/sender_own.h"

void back_send_have(struct line *l)
{
    struct message m = {.kind = MSG_HAVE};
    struct err e = {0};

    if (backflow_have(l->sender->app, l->unit, &m.have, &e))
        line_send(l, &m);
    else
        line_trouble(l, "have_failed", &e);
}

/* What cannot be believed is an alarm, what cannot be written is our own trouble. */
static void not_kept(struct line *l, const char *what, const struct err *e)
{
    if (e->kind == ERR_INPUT)
        line_alarm(l, what, e->text);
    else
        line_trouble(l, what, e);
}

/* From now on every file, rule and text is of the newer version. */
static void catalogue_came(struct line *l)
{
    struct sender *s = l->sender;
    struct err e = {0};
    bool changed;

    if (!app_refresh_catalogue(s->app, &changed, &e)) {
        line_trouble(l, "catalogue_not_used", &e);
        return;
    }
    log_event(LOG_INFO, "catalogue_kept unit=%s newest=%u in_force=%u", l->unit->key.code,
              s->app->held.version, s->app->cat->version);
    for (size_t i = 0; i < s->n; i++) {
        session_kept(s->lines[i].session);
        session_again(s->lines[i].session, clock_ms());
    }
    for (size_t i = 0; i < s->n; i++)
        if (&s->lines[i] != l)
            line_pump(&s->lines[i], NULL);
}

void back_offer(struct line *l, const struct offer *o)
{
    struct err e = {0};
    bool wanted, new_catalogue;

    if (!backflow_offer(l->sender->app, l->unit, o, &wanted, &new_catalogue, &e))
        not_kept(l, "offer_bad", &e);
    else if (wanted)
        session_want(l->session, &o->blob, clock_ms());
    else if (new_catalogue)
        catalogue_came(l);
    else
        session_kept(l->session); /* it is here: say so once more */
}

void back_ask_part(struct line *l, const struct session_action *act)
{
    line_send(l, &(struct message){
                     .kind = MSG_PART_REQUEST, .part_request = {act->blob, act->offset}
    });
}

void back_blob(struct line *l, const struct session_action *act)
{
    struct err e = {0};
    bool new_catalogue;

    if (!backflow_blob(l->sender->app, l->unit, &act->blob, session_blob(l->session),
                       &new_catalogue, &e)) {
        not_kept(l,
                 act->blob.kind == BLOB_REGISTER ? "page_not_kept" : "catalogue_not_kept",
                 &e);
        return;
    }
    if (new_catalogue) {
        catalogue_came(l);
        return;
    }
    log_event(LOG_INFO, "register_page unit=%s bytes=%u", l->unit->key.code,
              act->blob.total);
    session_kept(l->session);
}

void back_notice(struct line *l, const struct notice *n)
{
    struct sender *s = l->sender;
    struct err e = {0};
    bool fresh;

    if (!backflow_notice(s->app, l->unit, n, &fresh, &e)) {
        not_kept(l, "notice_bad", &e);
        return;
    }
    session_kept(l->session);
    if (!fresh)
        return;
    log_event(LOG_INFO, "notice_kept unit=%s", l->unit->key.code);
    s->answered(s->answered_ctx);
}

/* Reports of a catalogue that the province takes no more: their files are read again. */
void back_not_now(struct line *l, const struct receipts_msg *m)
{
    struct sender *s = l->sender;
    struct hash *items = mem_array(m->n_not_now, sizeof *items);
    struct batch_ref ref = m->batch;
    struct err e = {0};
    bool complete;
    size_t n = 0;

    ref.unit = l->unit->key;
    for (size_t i = 0; i < m->n_not_now; i++)
        if (m->not_now[i].has_item && m->not_now[i].reason == NOT_NOW_CATALOGUE_OLDER)
            items[n++] = m->not_now[i].item_hash;
    if (n > 0 && s->outdated != NULL && s->outdated(s->outdated_ctx, l->unit, items, n)) {
        if (!outbox_batch_complete(s->app->outbox, &ref, &complete, &e))
            line_trouble(l, "batch_unreadable", &e);
        else if (complete) /* nothing of it is waited for any more */
            session_stored(l->session, ref.epoch, ref.number, true, clock_ms());
        s->answered(s->answered_ctx);
    }
    free(items);
}

/* -- reconciliation ----------------------------------------------------------------- */

bool sender_ask(struct sender *s, const struct app_unit *unit,
                const struct reconcile_ask *ask)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->lines[i].unit == unit)
            return s->lines[i].linked &&
                   line_send(&s->lines[i], &(struct message){.kind = MSG_RECONCILE_ASK,
                                                             .reconcile_ask = *ask});
    return false;
}

void sender_on_answer(struct sender *s, sender_answer_fn *fn, void *ctx)
{
    s->reconciled = fn;
    s->reconciled_ctx = ctx;
}
