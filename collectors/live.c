#include "collectors/live.h"

enum {
    AGAIN_MS = 2000,    /* a question without answer */
    PATIENCE_MS = 30000 /* without any answer */
};

struct job {
    struct live *live;
    struct cmd *cmd;
    struct reconcile_doc own;
    struct arena arena;
    struct reconcile_result result;
    size_t unit; /* of own, that is being asked about */
    struct reconcile_walk *walk;
    int64_t give_up;
    struct job *next;
};

struct live {
    struct loop *loop;
    struct sender *sender;
    struct job *jobs;
};

static void on_tick(void *ctx);

static void forget(struct job *j)
{
    struct job **at = &j->live->jobs;

    while (*at != j)
        at = &(*at)->next;
    *at = j->next;
    loop_never(j->live->loop, on_tick, j);
    reconcile_walk_close(&j->walk);
    reconcile_result_clear(&j->result);
    arena_clear(&j->arena);
    free(j);
}

/* The asker is gone. */
static void drop(void *ctx)
{
    forget(ctx);
}

static void end(struct job *j, enum exit_code code)
{
    struct cmd_wait *wait = j->cmd->wait;

    forget(j);
    wait->done(wait, code);
}

static const struct app_unit *unit_of(const struct job *j)
{
    return app_unit(j->cmd->app, j->own.units[j->unit].unit.code);
}

static void ask(struct job *j)
{
    struct reconcile_ask q;

    if (reconcile_walk_next(j->walk, &q))
        sender_ask(j->live->sender, unit_of(j), &q);
    loop_at(j->live->loop, clock_ms() + AGAIN_MS, on_tick, j);
}

static void on_tick(void *ctx)
{
    struct job *j = ctx;

    if (clock_ms() < j->give_up) {
        ask(j);
        return;
    }
    fprintf(
        j->cmd->err,
        j->cmd->lang == LANG_VI
            ? "Tỉnh chưa trả lời cho đơn vị %s: kiểm tra kết nối (htx-collector status) "
              "rồi thử lại, hoặc đối chiếu bằng tệp (--json, --with)\n"
            : "The province does not answer for unit %s: look at the connection "
              "(htx-collector status) and try again, or compare by files (--json, "
              "--with)\n",
        j->own.units[j->unit].unit.code);
    end(j, EXIT_LATER);
}

static void begin_unit(struct job *j)
{
    const struct log_pos now = {0};

    reconcile_walk_close(&j->walk);
    reconcile_walk_open(&j->walk, &j->own.units[j->unit], j->own.scheme, j->own.period,
                        &now, false);
}

static void print(struct job *j)
{
    struct bytes b = {0};

    reconcile_result_put(&j->result, &b);
    fwrite(b.p, 1, b.n, j->cmd->out);
    bytes_clear(&b);
}

/* True: the job goes on. */
static bool unit_done(struct job *j)
{
    struct reconcile_found f;

    reconcile_walk_found(j->walk, &f);
    j->result.upper.at = f.at; /* of several units: of the last one */
    j->result.upper.made_at = clock_wall();
    reconcile_result_walk(&j->result, &j->arena, &j->own.units[j->unit], true, j->walk);
    if (++j->unit < j->own.n_units) {
        begin_unit(j);
        return true;
    }
    print(j);
    end(j, reconcile_equal(&j->result) ? EXIT_DONE : EXIT_FINDINGS);
    return false;
}

static void take(struct job *j, const struct reconcile_answer *a)
{
    struct reconcile_ask q;
    struct err e = {0};

    if (!reconcile_walk_take(j->walk, a, &e)) {
        if (e.kind == ERR_NONE)
            return; /* late, or of another job */
        end(j, cmd_fail(j->cmd, &e));
        return;
    }
    j->give_up = clock_ms() + PATIENCE_MS;
    if (reconcile_walk_next(j->walk, &q) || unit_done(j))
        ask(j);
}

static void on_answer(void *ctx, const struct app_unit *unit,
                      const struct reconcile_answer *a)
{
    struct live *l = ctx;

    for (struct job *j = l->jobs, *next; j != NULL; j = next) {
        next = j->next;
        if (unit_of(j) == unit)
            take(j, a);
    }
}

void live_open(struct live **out, struct loop *loop, struct sender *sender)
{
    struct live *l = mem_new(sizeof *l);

    l->loop = loop;
    l->sender = sender;
    sender_on_answer(sender, on_answer, l);
    *out = l;
}

void live_close(struct live **lp)
{
    struct live *l = *lp;

    if (l == NULL)
        return;
    while (l->jobs != NULL)
        end(l->jobs, EXIT_LATER);
    free(l);
    *lp = NULL;
}

void live_reconcile(struct live *l, struct cmd *c, const struct reconcile_doc *own,
                    struct arena *a)
{
    struct app *app = c->app;
    struct job *j = mem_new(sizeof *j);

    j->live = l;
    j->cmd = c;
    j->own = *own;
    j->arena = *a;
    *a = (struct arena){0};
    j->result = (struct reconcile_result){
        .scheme = j->own.scheme,
        .period = j->own.period,
        .lower = j->own.party,
        .upper = {SIDE_PROVINCE, app->genesis.code, app->genesis.name, {0}, 0}
    };
    memcpy(j->result.province, j->own.province, sizeof j->result.province);
    j->give_up = clock_ms() + PATIENCE_MS;
    j->next = l->jobs;
    l->jobs = j;
    c->wait->waiting = true;
    c->wait->drop = drop;
    c->wait->job = j;
    begin_unit(j);
    ask(j);
}
