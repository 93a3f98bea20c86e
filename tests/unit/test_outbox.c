/* outbox: one transaction, revisions, sealing, receipts; real SQLite on a real disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collectors/db.h"
#include "collectors/outbox.h"
#include "proto/merkle.h"

struct fixture {
    char dir[64];
    char *path;
    struct outbox *ob;
    struct keypair key, province;
    struct hash recipient;
    struct arena arena;
    int claims;
    struct err e;
};

static const struct unit_key UNIT = {"106", 12418};

static int set_up(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    snprintf(fx->dir, sizeof fx->dir, "/tmp/htx-outbox-XXXXXX");
    if (!crypto_init() || mkdtemp(fx->dir) == NULL)
        return -1;
    fx->path = mem_printf("%s/outbox.sqlite", fx->dir);
    keypair_new(&fx->key);
    keypair_new(&fx->province);
    fx->recipient = hash_of(DOMAIN_GENESIS, span_str("lai chau"));
    *state = fx;
    if (outbox_open(&fx->ob, fx->path, 0, &fx->e))
        return 0;
    print_error("%s\n", fx->e.text);
    return -1;
}

static int tear_down(void **state)
{
    struct fixture *fx = *state;
    static const char *const ends[] = {"", "-wal", "-shm"};

    outbox_close(&fx->ob);
    for (size_t i = 0; i < COUNT(ends); i++) {
        char *name = mem_printf("%s%s", fx->path, ends[i]);

        unlink(name);
        free(name);
    }
    rmdir(fx->dir);
    arena_clear(&fx->arena);
    free(fx->path);
    free(fx);
    return 0;
}

static void reopen(struct fixture *fx)
{
    outbox_close(&fx->ob);
    assert_true(outbox_open(&fx->ob, fx->path, 0, &fx->e));
}

/* A statement with one value. */
static struct report report(struct fixture *fx, int64_t value)
{
    struct observation *o = arena_new(&fx->arena, sizeof *o);

    *o = (struct observation){.indicator = 1,
                              .b1 = "",
                              .b2 = "",
                              .state = OBS_VALUE,
                              .value = value,
                              .as_of = DATE_NONE,
                              .population = "",
                              .text = "",
                              .cell = "C7"};
    return (struct report){.version = REPORT_VERSION,
                           .id = uuid_new(clock_wall()),
                           .unit = UNIT,
                           .form = "unit_statement",
                           .form_version = 1,
                           .subject = {.kind = SUBJECT_UNIT},
                           .scheme = "nd09",
                           .period = "2023",
                           .vintage = VINTAGE_ESTIMATE,
                           .channel = CHANNEL_TERRITORIAL,
                           .revision = 1,
                           .catalogue = 1,
                           .source_name = "bieu.csv",
                           .made_at = clock_wall(),
                           .obs = o,
                           .n_obs = 1};
}

static struct outbox_line line(struct report *r)
{
    static struct bytes findings;
    struct findings none = {0};

    findings.n = 0;
    wire_pack_findings(&none, &findings);
    return (struct outbox_line){.title = "Biểu 02/ĐV",
                                .place = "Biểu!C7",
                                .outcome = OUTCOME_NEW,
                                .report = r,
                                .findings = span_of(&findings)};
}

static struct outbox_file file(struct fixture *fx)
{
    char *claim = arena_printf(&fx->arena, "%032d", ++fx->claims);

    return (struct outbox_file){.claim = claim,
                                .unit = UNIT,
                                .name = "bieu.csv",
                                .shown = claim,
                                .taken_at = clock_wall()};
}

/* Drops one file with one report; what became of it. */
static enum outcome drop(struct fixture *fx, struct report *r)
{
    struct outbox_line l = line(r);
    struct outbox_file f = file(fx);

    assert_true(outbox_intake(fx->ob, &f, &l, 1, &fx->e));
    return l.outcome;
}

static bool due(void *ctx, const struct outbox_waiting *w)
{
    const bool *only_approved = ctx;

    return !*only_approved || w->approved;
}

static uint64_t seal(struct fixture *fx, struct hash *hash)
{
    bool any = false;
    const struct outbox_seal s = {.unit = UNIT,
                                  .recipient = fx->recipient,
                                  .key = &fx->key,
                                  .now = 1000,
                                  .due = due,
                                  .ctx = &any};
    uint64_t number;

    assert_true(outbox_seal(fx->ob, &s, &number, hash, &fx->e));
    return number;
}

/* The batch as the province reads it. */
static struct batch batch(struct fixture *fx, uint64_t number)
{
    struct bytes *b = arena_new(&fx->arena, sizeof *b);
    struct message m;
    struct span s;

    assert_true(outbox_batch(fx->ob, &UNIT, 1, number, b, &fx->e));
    s = (struct span){(unsigned char *)arena_strn(&fx->arena, b->p, b->n), b->n};
    bytes_clear(b);
    assert_true(wire_read_message(s, &fx->arena, &m, &fx->e));
    assert_int_equal(m.kind, MSG_BATCH);
    return m.batch;
}

/* A receipt as the province gives it; the store does not check signatures. */
static struct outbox_receipt receipt(struct fixture *fx, const struct item *item,
                                     enum verdict v, uint64_t seq)
{
    struct outbox_receipt r = {
        .leaf = {.item_hash = item_hash(item->kind, item->body),
                 .kind = item->kind,
                 .unit = UNIT,
                 .epoch = 1,
                 .seq = seq,
                 .verdict = v},
        .time = 5000
    };

    r.bytes = span_str(
        arena_printf(&fx->arena, "receipt %d %llu", (int)v, (unsigned long long)seq));
    return r;
}

static void answer(struct fixture *fx, uint64_t number, enum verdict v)
{
    struct batch b = batch(fx, number);
    struct batch_ref ref = {UNIT, 1, number};
    struct outbox_receipt *list = arena_new(&fx->arena, b.n_items * sizeof *list);
    bool complete;
    size_t differ;

    for (size_t i = 0; i < b.n_items; i++)
        list[i] = receipt(fx, &b.items[i], v, number * 100 + i);
    assert_true(
        outbox_receipts(fx->ob, &ref, list, b.n_items, 6000, &complete, &differ, &fx->e));
    assert_true(complete);
    assert_int_equal(differ, 0);
}

/* ---------------------------------------------------------------------------------- */

static void a_file_dropped_twice_makes_one_report(void **state)
{
    struct fixture *fx = *state;
    struct report a = report(fx, 1100), again = report(fx, 1100);
    struct outbox_counts n;

    assert_int_equal(drop(fx, &a), OUTCOME_NEW);
    reopen(fx);
    assert_int_equal(drop(fx, &again), OUTCOME_SAME);
    assert_true(outbox_count(fx->ob, &UNIT, &n, &fx->e));
    assert_int_equal(n.waiting, 1);
    assert_int_equal(n.files, 2);
}

static void a_correction_names_what_it_replaces(void **state)
{
    struct fixture *fx = *state;
    struct report a = report(fx, 1100), b = report(fx, 1200), back = report(fx, 1100);
    struct bytes body = {0}, none = {0};
    char id[37];
    struct hash first;

    assert_int_equal(drop(fx, &a), OUTCOME_NEW);
    assert_true(outbox_report(fx->ob, uuid_text(&a.id, id), &body, &none, &fx->e));
    first = item_hash(ITEM_REPORT, span_of(&body));
    assert_int_equal(drop(fx, &b), OUTCOME_REVISED);
    assert_int_equal(b.revision, 2);
    assert_true(b.has_supersedes);
    assert_memory_equal(b.supersedes.b, first.b, HASH_LEN);
    /* what was said first differs from the newest: it is said anew, not forgotten */
    assert_int_equal(drop(fx, &back), OUTCOME_REVISED);
    assert_int_equal(back.revision, 3);
    bytes_clear(&body);
    bytes_clear(&none);
}

static void a_refused_report_leaves_its_key_free(void **state)
{
    struct fixture *fx = *state;
    struct report a = report(fx, 1100), same = report(fx, 1100), fixed = report(fx, 1000);
    struct hash h;

    assert_int_equal(drop(fx, &a), OUTCOME_NEW);
    assert_int_equal(seal(fx, &h), 1);
    answer(fx, 1, VERDICT_REFUSED);
    assert_int_equal(drop(fx, &same), OUTCOME_SAME); /* the same rules refuse it again */
    assert_int_equal(drop(fx, &fixed), OUTCOME_NEW);
    assert_int_equal(fixed.revision, 1);
    assert_false(fixed.has_supersedes);
}

static void a_duplicate_is_replaced_under_the_first_ones_hash(void **state)
{
    struct fixture *fx = *state;
    struct report a = report(fx, 1100), b = report(fx, 1200);
    struct batch_ref ref = {UNIT, 1, 1};
    struct outbox_receipt r;
    struct hash h, elsewhere = hash_of(DOMAIN_REPORT, span_str("sent before"));
    struct batch sealed;
    bool complete;
    size_t differ;

    drop(fx, &a);
    seal(fx, &h);
    sealed = batch(fx, 1);
    r = receipt(fx, &sealed.items[0], VERDICT_ACCEPTED, 7);
    r.leaf.has_duplicate = true;
    r.leaf.duplicate_of = elsewhere;
    assert_true(outbox_receipts(fx->ob, &ref, &r, 1, 6000, &complete, &differ, &fx->e));
    assert_int_equal(drop(fx, &b), OUTCOME_REVISED);
    assert_memory_equal(b.supersedes.b, elsewhere.b, HASH_LEN);
}

static struct hash hash_of_report(struct fixture *fx, const struct report *r)
{
    struct bytes body = {0}, none = {0};
    struct hash h;
    char id[37];

    assert_true(outbox_report(fx->ob, uuid_text(&r->id, id), &body, &none, &fx->e));
    h = item_hash(ITEM_REPORT, span_of(&body));
    bytes_clear(&body);
    bytes_clear(&none);
    return h;
}

static size_t explain(struct fixture *fx, const struct hash *about, const char *finding,
                      const char *text)
{
    const struct explanation x = {
        .about = *about, .finding = finding, .indicator = 1, .text = text};
    size_t fresh;

    assert_true(outbox_explain(fx->ob, &x, 1, 1000, &fresh, &fx->e));
    return fresh;
}

static void an_explanation_is_said_once(void **state)
{
    struct fixture *fx = *state;
    struct report a = report(fx, 1100);
    struct explanation back;
    struct batch b;
    struct hash about, h;

    drop(fx, &a);
    about = hash_of_report(fx, &a);
    assert_int_equal(explain(fx, &about, "R103", "do mất mùa"), 1);
    assert_int_equal(explain(fx, &about, "R103", "do mất mùa"), 0);
    assert_int_equal(explain(fx, &about, "R104", "do mất mùa"), 1);
    assert_int_equal(explain(fx, &about, "R103", "do mất giá"), 1);
    assert_int_equal(seal(fx, &h), 1);
    b = batch(fx, 1);
    assert_int_equal(b.n_items, 4);
    assert_int_equal(b.items[1].kind, ITEM_ANSWER);
    assert_true(wire_read_explanation(b.items[1].body, &fx->arena, &back, &fx->e));
    assert_memory_equal(back.about.b, about.b, HASH_LEN);
    assert_string_equal(back.period, "2023");
    assert_string_equal(back.unit.code, "106");
    answer(fx, 1, VERDICT_ACCEPTED);
    assert_int_equal(explain(fx, &about, "R103", "do mất giá"), 0);
}

/* What stands in the column "Giải trình của đơn vị" of a file that is dropped again. */
static void a_file_explains_what_its_line_comes_to(void **state)
{
    struct fixture *fx = *state;
    struct report a = report(fx, 1100), same = report(fx, 1100), b = report(fx, 1200);
    const struct explanation x = {.finding = "R103", .text = "do mất mùa"};
    struct report *list[] = {&a, &same, &same, &b};
    static const int64_t waiting[] = {2, 2, 2, 4};
    struct outbox_counts n;

    for (size_t i = 0; i < COUNT(list); i++) {
        struct outbox_line l = line(list[i]);
        struct outbox_file f = file(fx);

        l.says = &x;
        l.n_says = 1;
        assert_true(outbox_intake(fx->ob, &f, &l, 1, &fx->e));
        assert_true(outbox_count(fx->ob, &UNIT, &n, &fx->e));
        assert_int_equal(n.waiting, waiting[i]);
    }
}

static bool withdraw(struct fixture *fx, const struct hash *about, size_t *fresh)
{
    const struct explanation x = {
        .about = *about, .text = "nhầm đơn vị", .withdraw = true};

    return outbox_explain(fx->ob, &x, 1, 1000, fresh, &fx->e);
}

static void what_was_withdrawn_is_said_anew(void **state)
{
    struct fixture *fx = *state;
    struct report a = report(fx, 1100), b = report(fx, 1100), c = report(fx, 1100),
                  d = report(fx, 1200);
    const struct submission s = {
        .unit = UNIT, .scheme = "nd09", .period = "2023", .vintage = VINTAGE_ESTIMATE};
    struct hash about, h;
    uint32_t rows;
    size_t fresh;

    drop(fx, &a);
    about = hash_of_report(fx, &a);
    assert_true(withdraw(fx, &about, &fresh));
    assert_int_equal(fresh, 1);
    assert_true(withdraw(fx, &about, &fresh));
    assert_int_equal(fresh, 0);
    assert_true(outbox_rows(fx->ob, &s, "unit_statement", &rows, &fx->e));
    assert_int_equal(rows, 0);
    seal(fx, &h);
    answer(fx, 1, VERDICT_ACCEPTED);
    assert_int_equal(drop(fx, &b), OUTCOME_REVISED);
    assert_int_equal(b.revision, 2);
    assert_memory_equal(b.supersedes.b, about.b, HASH_LEN);
    assert_true(outbox_rows(fx->ob, &s, "unit_statement", &rows, &fx->e));
    assert_int_equal(rows, 1);
    assert_int_equal(drop(fx, &c), OUTCOME_SAME);
    about = hash_of_report(fx, &b);
    drop(fx, &d);
    assert_false(withdraw(fx, &about, &fresh)); /* replaced since */
    assert_int_equal(fx->e.kind, ERR_INPUT);
}

/* After closing the province holds it: until a person decides, the report counts. */
static void a_withdrawal_that_is_held_withdraws_nothing(void **state)
{
    struct fixture *fx = *state;
    struct report a = report(fx, 1100), b = report(fx, 1100);
    struct hash about, h;
    size_t fresh;

    drop(fx, &a);
    about = hash_of_report(fx, &a);
    seal(fx, &h);
    answer(fx, 1, VERDICT_ACCEPTED);
    assert_true(withdraw(fx, &about, &fresh));
    assert_int_equal(seal(fx, &h), 2);
    answer(fx, 2, VERDICT_HELD);
    assert_int_equal(drop(fx, &b), OUTCOME_SAME);
    assert_false(withdraw(fx, &h, &fresh)); /* no report of ours */
    assert_int_equal(fx->e.kind, ERR_INPUT);
}

static void a_batch_is_sealed_once_and_chained(void **state)
{
    struct fixture *fx = *state;
    struct report a = report(fx, 1100), b = report(fx, 1200);
    struct hash h1, h2, hashes[WIRE_BATCH_ITEMS], header;
    struct batch first, again, second;
    struct outbox_head head;

    drop(fx, &a);
    assert_int_equal(seal(fx, &h1), 1);
    assert_int_equal(seal(fx, &h2), 0); /* nothing is left to seal */
    first = batch(fx, 1);
    assert_int_equal(batch_check(&first, hashes, &header), REJECT_NONE);
    assert_memory_equal(header.b, h1.b, HASH_LEN);
    reopen(fx);
    again = batch(fx, 1);
    assert_true(span_eq(first.header_bytes, again.header_bytes));
    drop(fx, &b);
    assert_int_equal(seal(fx, &h2), 2);
    second = batch(fx, 2);
    assert_memory_equal(second.header.previous.b, h1.b, HASH_LEN);
    assert_true(outbox_head(fx->ob, &UNIT, &head, &fx->e));
    assert_int_equal(head.sealed, 2);
    assert_int_equal(head.done, 0);
    answer(fx, 2, VERDICT_ACCEPTED);
    assert_true(outbox_head(fx->ob, &UNIT, &head, &fx->e));
    assert_int_equal(head.done, 0); /* 1 is still open */
    answer(fx, 1, VERDICT_WARNINGS);
    assert_true(outbox_head(fx->ob, &UNIT, &head, &fx->e));
    assert_int_equal(head.done, 2);
}

static void a_batch_holds_no_more_than_the_wire_allows(void **state)
{
    struct fixture *fx = *state;
    struct hash h;
    size_t total = 0;

    for (int i = 0; i < 600; i++) {
        struct report r = report(fx, i);

        r.period = arena_printf(&fx->arena, "%d", i);
        assert_int_equal(drop(fx, &r), OUTCOME_NEW);
    }
    for (uint64_t number = 1; seal(fx, &h) != 0; number++) {
        struct bytes b = {0};
        struct batch sealed = batch(fx, number);

        assert_true(outbox_batch(fx->ob, &UNIT, 1, number, &b, &fx->e));
        assert_in_range(b.n, 1, WIRE_BATCH);
        assert_in_range(sealed.n_items, 1, WIRE_BATCH_ITEMS);
        total += sealed.n_items;
        bytes_clear(&b);
    }
    assert_int_equal(total, 600);
}

static void only_what_is_due_is_sealed(void **state)
{
    struct fixture *fx = *state;
    struct report a = report(fx, 1100);
    struct submission s = {.version = 1,
                           .id = uuid_new(clock_wall()),
                           .unit = UNIT,
                           .scheme = "nd09",
                           .period = "2023",
                           .vintage = VINTAGE_ESTIMATE,
                           .paper_date = DATE_NONE,
                           .signer = "Nguyễn Văn A",
                           .made_at = clock_wall()};
    const char *forms[] = {"unit_statement"};
    uint32_t rows[] = {1}, counted;
    bool approved_only = true, same;
    const struct outbox_seal rq = {.unit = UNIT,
                                   .recipient = fx->recipient,
                                   .key = &fx->key,
                                   .due = due,
                                   .ctx = &approved_only};
    struct hash h;
    uint64_t number;
    int64_t approved;

    drop(fx, &a);
    assert_true(outbox_seal(fx->ob, &rq, &number, &h, &fx->e));
    assert_int_equal(number, 0);
    s.forms = forms;
    s.rows = rows;
    s.n_forms = 1;
    assert_true(outbox_rows(fx->ob, &s, "unit_statement", &counted, &fx->e));
    assert_int_equal(counted, 1);
    assert_true(outbox_declare(fx->ob, &s, &same, &approved, &fx->e));
    assert_false(same);
    assert_int_equal(approved, 1);
    s.id = uuid_new(clock_wall());
    assert_true(outbox_declare(fx->ob, &s, &same, &approved, &fx->e));
    assert_true(same); /* declared twice, sent once */
    assert_true(outbox_seal(fx->ob, &rq, &number, &h, &fx->e));
    assert_int_equal(number, 1);
    assert_int_equal(batch(fx, 1).n_items, 2); /* report first, then the declaration */
    assert_int_equal(batch(fx, 1).items[1].kind, ITEM_SUBMISSION);
}

static void the_first_receipt_stays(void **state)
{
    struct fixture *fx = *state;
    struct report a = report(fx, 1100);
    struct batch_ref ref = {UNIT, 1, 1};
    struct outbox_receipt r, other, foreign;
    struct item stranger = {ITEM_REPORT, span_str("nobody's")};
    struct batch sealed;
    struct bytes body = {0}, kept = {0};
    char id[37];
    struct hash h;
    bool complete;
    size_t differ;

    drop(fx, &a);
    seal(fx, &h);
    sealed = batch(fx, 1);
    r = receipt(fx, &sealed.items[0], VERDICT_ACCEPTED, 1);
    other = receipt(fx, &sealed.items[0], VERDICT_HELD, 2);
    foreign = receipt(fx, &stranger, VERDICT_ACCEPTED, 3);
    assert_false(
        outbox_receipts(fx->ob, &ref, &foreign, 1, 1, &complete, &differ, &fx->e));
    assert_int_equal(fx->e.kind, ERR_INPUT);
    assert_true(outbox_receipts(fx->ob, &ref, &r, 1, 1, &complete, &differ, &fx->e));
    assert_true(outbox_receipts(fx->ob, &ref, &r, 1, 2, &complete, &differ, &fx->e));
    assert_int_equal(differ, 0);
    assert_true(outbox_receipts(fx->ob, &ref, &other, 1, 3, &complete, &differ, &fx->e));
    assert_int_equal(differ, 1);
    assert_true(outbox_report(fx->ob, uuid_text(&a.id, id), &body, &kept, &fx->e));
    assert_true(span_eq(span_of(&kept), r.bytes));
    bytes_clear(&body);
    bytes_clear(&kept);
}

static void an_older_copy_begins_a_new_epoch(void **state)
{
    struct fixture *fx = *state;
    struct report a = report(fx, 1100);
    struct hash h, theirs = hash_of(DOMAIN_BATCH, span_str("batch five"));
    struct head head = {UNIT, 1, 5, theirs};
    struct outbox_head own;
    struct head *heads;
    struct bytes b = {0};
    struct message m;
    size_t n;

    drop(fx, &a);
    assert_int_equal(seal(fx, &h), 1);
    assert_true(outbox_new_epoch(fx->ob, &UNIT, 2, &head, 1, 9, &fx->e));
    assert_true(outbox_head(fx->ob, &UNIT, &own, &fx->e));
    assert_int_equal(own.epoch, 2);
    assert_int_equal(own.sealed, 0);
    assert_int_equal(seal(fx, &theirs), 1); /* what had no answer is asked again */
    assert_true(outbox_batch(fx->ob, &UNIT, 2, 1, &b, &fx->e));
    assert_true(wire_read_message(span_of(&b), &fx->arena, &m, &fx->e));
    assert_int_equal(m.batch.header.epoch, 2);
    assert_int_equal(m.batch.header.n_continues, 2);
    assert_int_equal(m.batch.header.continues[0].number, 1);
    assert_memory_equal(m.batch.header.continues[0].hash.b, h.b, HASH_LEN);
    assert_int_equal(m.batch.header.continues[1].number, 5);
    assert_true(outbox_heads(fx->ob, &UNIT, &fx->arena, &heads, &n, &fx->e));
    assert_int_equal(n, 2);
    bytes_clear(&b);
}

static void a_file_is_answerable_when_its_last_receipt_is_in(void **state)
{
    struct fixture *fx = *state;
    struct report a = report(fx, 1100), same = report(fx, 1100);
    struct hash h;
    char *claim, *next;

    drop(fx, &a);
    drop(fx, &same);
    assert_true(outbox_answerable(fx->ob, "", &claim, &fx->e));
    assert_null(claim);
    seal(fx, &h);
    answer(fx, 1, VERDICT_ACCEPTED);
    /* one that cannot be written is passed over */
    assert_true(outbox_answerable(fx->ob, "", &claim, &fx->e));
    assert_true(outbox_answerable(fx->ob, claim, &next, &fx->e));
    assert_non_null(next);
    assert_string_not_equal(claim, next);
    free(claim);
    assert_true(outbox_answerable(fx->ob, next, &claim, &fx->e));
    assert_null(claim);
    free(next);
    for (int i = 0; i < 2; i++) {
        assert_true(outbox_answerable(fx->ob, "", &claim, &fx->e));
        assert_non_null(claim);
        assert_true(outbox_answered(fx->ob, claim, &fx->e));
        free(claim);
    }
    assert_true(outbox_answerable(fx->ob, "", &claim, &fx->e));
    assert_null(claim);
}

static void a_failed_file_leaves_nothing_behind(void **state)
{
    struct fixture *fx = *state;
    struct report a = report(fx, 1100), clash = report(fx, 1200);
    struct outbox_line lines[2];
    struct outbox_file f = file(fx);
    struct outbox_counts n;
    bool known;

    clash.period = "2024";
    clash.id = a.id; /* an id twice: the second line cannot be stored */
    lines[0] = line(&a);
    lines[1] = line(&clash);
    assert_false(outbox_intake(fx->ob, &f, lines, 2, &fx->e));
    assert_true(outbox_file(fx->ob, f.claim, &known, &f, &fx->e));
    assert_false(known);
    assert_true(outbox_count(fx->ob, &UNIT, &n, &fx->e));
    assert_int_equal(n.waiting + n.files, 0);
}

static void new_work_is_refused_before_the_disk_is_full(void **state)
{
    struct fixture *fx = *state;

    outbox_close(&fx->ob);
    assert_true(outbox_open(&fx->ob, fx->path, UINT64_MAX / 2, &fx->e));
    assert_false(outbox_room(fx->ob, &fx->e));
    assert_int_equal(fx->e.kind, ERR_RETRY);
    assert_non_null(strstr(fx->e.text, "bytes free"));
}

static void nobody_else_gets_in(void **state)
{
    struct fixture *fx = *state;
    struct outbox *second = NULL;

    assert_false(outbox_open(&second, fx->path, 0, &fx->e));
    assert_int_equal(fx->e.kind, ERR_RETRY);
    assert_null(second);
}

static void sql_in(const char *path, const char *sql)
{
    sqlite3 *h;

    assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
    assert_int_equal(sqlite3_exec(h, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(h);
}

static void a_newer_file_is_left_alone(void **state)
{
    struct fixture *fx = *state;

    outbox_close(&fx->ob);
    sql_in(fx->path, "pragma user_version = 99");
    assert_false(outbox_open(&fx->ob, fx->path, 0, &fx->e));
    assert_int_equal(fx->e.kind, ERR_SETUP);
    assert_non_null(strstr(fx->e.text, "newer release"));
}

static void another_programs_file_is_left_alone(void **state)
{
    struct fixture *fx = *state;

    outbox_close(&fx->ob);
    sql_in(fx->path, "pragma application_id = 1");
    assert_false(outbox_open(&fx->ob, fx->path, 0, &fx->e));
    assert_int_equal(fx->e.kind, ERR_SETUP);
}

/* -- a disk whose fsync fails ------------------------------------------------------ */

static sqlite3_vfs broken_vfs;
static sqlite3_io_methods broken_methods;
static const sqlite3_io_methods *real_methods;
static bool fsync_fails;

static int broken_sync(sqlite3_file *f, int flags)
{
    return fsync_fails ? SQLITE_IOERR_FSYNC : real_methods->xSync(f, flags);
}

static int broken_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags,
                       int *out)
{
    sqlite3_vfs *real = vfs->pAppData;
    int rc = real->xOpen(real, name, f, flags, out);

    if (rc == SQLITE_OK && f->pMethods != NULL) {
        real_methods = f->pMethods;
        broken_methods = *f->pMethods;
        broken_methods.xSync = broken_sync;
        f->pMethods = &broken_methods;
    }
    return rc;
}

static void a_failed_fsync_ends_the_process(void **state)
{
    struct fixture *fx = *state;
    struct report a = report(fx, 1100), b = report(fx, 1200);
    struct outbox_file f = file(fx), g = file(fx);
    int status;
    pid_t pid;

    outbox_close(&fx->ob);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct outbox *ob;
        struct outbox_line l = line(&b), m = line(&a);
        int null = open("/dev/null", O_WRONLY);

        dup2(null, 2);
        broken_vfs = *sqlite3_vfs_find(NULL);
        broken_vfs.pAppData = sqlite3_vfs_find(NULL);
        broken_vfs.zName = "broken";
        broken_vfs.xOpen = broken_open;
        sqlite3_vfs_register(&broken_vfs, 1);
        if (!outbox_open(&ob, fx->path, 0, &fx->e))
            _exit(99);
        /* the first commit of a journal is synced in any mode: the second tells */
        if (!outbox_intake(ob, &f, &l, 1, &fx->e))
            _exit(97);
        fsync_fails = true;
        (void)!outbox_intake(ob, &g, &m, 1, &fx->e);
        _exit(98); /* went on after a failed fsync */
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EXIT_LATER);
    assert_true(outbox_open(&fx->ob, fx->path, 0, &fx->e));
    assert_true(drop(fx, &a) != OUTCOME_NONE); /* starts clean */
}

/* The pragmas are read back: a connection that lost them would not open. */
static void the_file_is_wal_and_strict(void **state)
{
    struct fixture *fx = *state;
    sqlite3 *h;
    sqlite3_stmt *st;

    outbox_close(&fx->ob);
    assert_int_equal(sqlite3_open(fx->path, &h), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(h,
                           "select count(*) from sqlite_schema where type ="
                           " 'table' and name not like 'sqlite_%' and sql not"
                           " like '%strict%'",
                           -1, &st, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(st, 0), 0);
    sqlite3_finalize(st);
    assert_int_equal(sqlite3_prepare_v2(h, "pragma journal_mode", -1, &st, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(st, 0), "wal");
    sqlite3_finalize(st);
    sqlite3_close(h);
}

int main(void)
{
#define STORY(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STORY(a_file_dropped_twice_makes_one_report),
        STORY(a_correction_names_what_it_replaces),
        STORY(a_refused_report_leaves_its_key_free),
        STORY(a_duplicate_is_replaced_under_the_first_ones_hash),
        STORY(an_explanation_is_said_once),
        STORY(a_file_explains_what_its_line_comes_to),
        STORY(what_was_withdrawn_is_said_anew),
        STORY(a_withdrawal_that_is_held_withdraws_nothing),
        STORY(a_batch_is_sealed_once_and_chained),
        STORY(a_batch_holds_no_more_than_the_wire_allows),
        STORY(only_what_is_due_is_sealed),
        STORY(the_first_receipt_stays),
        STORY(an_older_copy_begins_a_new_epoch),
        STORY(a_file_is_answerable_when_its_last_receipt_is_in),
        STORY(a_failed_file_leaves_nothing_behind),
        STORY(new_work_is_refused_before_the_disk_is_full),
        STORY(nobody_else_gets_in),
        STORY(a_newer_file_is_left_alone),
        STORY(another_programs_file_is_left_alone),
        STORY(a_failed_fsync_ends_the_process),
        STORY(the_file_is_wal_and_strict),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
