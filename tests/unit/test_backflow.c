/* backflow, page_pg: what the province tells its collectors, on a throwaway PostgreSQL.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/ingest_fixture.h"

#include "aggregator/ingest/backflow.h"
#include "aggregator/ingest/notice.h"
#include "aggregator/store/page_pg.h"
#include "proto/notice.h"

static const struct unit_key UNIT = {"106", 12418}, OTHER = {"107", 12418};

struct talk { /* what the peers got */
    struct arena arena;
    struct message list[64];
    char peers[64][16];
    size_t n;
    struct backflow *flow;
};

static void got(void *ctx, const char *peer, const struct message *m)
{
    struct talk *t = ctx;
    struct bytes b = {0};
    struct err e;
    struct span kept;

    assert_true(t->n < COUNT(t->list));
    wire_pack_message(m, &b);
    kept = (struct span){(unsigned char *)arena_strn(&t->arena, b.p, b.n), b.n};
    bytes_clear(&b);
    if (!wire_read_message(kept, &t->arena, &t->list[t->n], &e))
        fail_msg("%s", e.text);
    snprintf(t->peers[t->n], sizeof t->peers[t->n], "%s", peer);
    t->n++;
}

static struct talk begin(void)
{
    return (struct talk){0};
}

static void end(struct talk *t)
{
    backflow_close(&t->flow);
    arena_clear(&t->arena);
}

static void tick(struct fixture *fx, struct talk *t, int64_t now)
{
    t->n = 0;
    if (!backflow_tick(t->flow, fx->pg, date_read("2025-06-16"), now, &fx->e))
        fail_msg("%s", fx->e.text);
}

static size_t count_kind(const struct talk *t, enum message_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        n += t->list[i].kind == kind;
    return n;
}

static const struct message *nth(const struct talk *t, enum message_kind kind, size_t n)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->list[i].kind == kind && n-- == 0)
            return &t->list[i];
    fail_msg("no such message of kind %d", (int)kind);
    return NULL;
}

static const struct message *first(const struct talk *t, enum message_kind kind)
{
    return nth(t, kind, 0);
}

/* The whole page, over the parts. */
static struct bytes fetch(struct fixture *fx, struct talk *t, const struct blob_ref *ref)
{
    struct bytes whole = {0};

    while (whole.n < ref->total) {
        struct part_request r = {*ref, (uint32_t)whole.n};
        const struct message *m;

        t->n = 0;
        assert_true(backflow_part(t->flow, fx->pg, "p1", &UNIT, &r,
                                  date_read("2025-06-16"), 5, &fx->e));
        m = first(t, MSG_PART);
        assert_int_equal(m->part.offset, whole.n);
        bytes_add(&whole, m->part.data.p, m->part.data.n);
    }
    return whole;
}

static void register_two(struct fixture *fx)
{
    sql(fx,
        "insert into entity values"
        " (1, 500, 'tax:6200001234', 'htx', 'HTX Bình Minh', 'agri', '106', '2004-01-01',"
        "  'Bình Lư', 'active', '2019-03-01', null, true),"
        " (1, 501, 'certificate:23 A|Huyện Tam Đường', 'tht', 'THT Sáng', 'agri', '106',"
        "  '2004-01-01', '', 'suspended', null, null, true),"
        " (1, 502, 'tax:6200045672', 'htx', 'HTX khác', 'agri', '107', '2004-01-01', '',"
        "  'active', null, null, true)");
    admin(fx);
}

/* What `catalogue load` writes of the form. */
static void unfold(struct fixture *fx)
{
    const struct form *f = catalogue_form(cat, "htx_list", 1);

    for (size_t i = 0; i < f->n_cells; i++) {
        const struct form_cell *c = &f->cells[i];
        const struct pg_arg args[] = {pg_int((int64_t)i + 1), pg_int(c->indicator->no),
                                      pg_text(c->b1), pg_text(c->b2)};

        if (!pg_query(fx->pg,
                      "insert into cat_cell values ('htx_list', 1, $1, $2, $3, $4, '')",
                      args, COUNT(args), NULL, &fx->e))
            fail_msg("%s", fx->e.text);
    }
}

/* -- pages ----------------------------------------------------------------------------
 */

static void a_page_holds_the_units_entities_and_their_last_values(void **state)
{
    struct fixture *fx = fixture(state);
    struct report one = report_of(1, TAX, 8), foreign = report_of(2, TAX2, 9);
    struct report both[] = {one, foreign};
    struct sealed s = seal(fx, both, 2);
    struct subject ask = one.subject;
    struct register_page p;
    const struct page_entry *entry;
    struct bytes page = {0}, again = {0};
    struct arena a = {0};
    struct past past;

    unfold(fx);
    register_two(fx);
    ingest_one(fx, &s);
    assert_true(page_build(fx->pg, &UNIT, date_read("2025-06-16"), &page, &fx->e));
    assert_true(page_read(&p, span_of(&page), &fx->e));
    /* the unit itself and its two; who stands in another unit's register is not listed */
    assert_int_equal(p.n, 3);
    assert_int_equal(p.entries[0].subject.kind, SUBJECT_UNIT);
    assert_string_not_equal(p.entries[0].subject.name, "");
    entry = page_find(&p, &ask);
    assert_non_null(entry);
    assert_true(entry->registered);
    assert_int_equal(entry->founded, date_read("2019-03-01"));
    page_past(&p, entry, &a, &past);
    assert_int_equal(past.n_reports, 1);
    assert_string_equal(past.reports[0].period, "2025-S1");
    assert_int_equal(past.reports[0].n_obs, 1);
    assert_int_equal(past.reports[0].obs[0].value, 8);
    ask = (struct subject){.kind = SUBJECT_THT,
                           .scheme = ID_CERTIFICATE,
                           .id = "23 A",
                           .id_issuer = "Huyện Tam Đường"};
    entry = page_find(&p, &ask);
    assert_non_null(entry);
    assert_int_equal(entry->subject.state, STATE_SUSPENDED);
    assert_int_equal(entry->n_reports, 0);
    page_clear(&p);
    /* what does not concern the unit does not change its page */
    admin(fx);
    assert_true(page_build(fx->pg, &UNIT, date_read("2025-06-16"), &again, &fx->e));
    assert_true(span_eq(span_of(&page), span_of(&again)));
    /* an entity moves here: with the values that another unit reported */
    assert_true(page_build(fx->pg, &OTHER, date_read("2025-06-16"), &again, &fx->e));
    assert_true(page_read(&p, span_of(&again), &fx->e));
    assert_int_equal(p.n, 1);
    assert_int_equal(p.entries[0].n_reports, 1);
    page_clear(&p);
    arena_clear(&a);
    bytes_clear(&page);
    bytes_clear(&again);
    bytes_clear(&s.wire);
}

static void a_page_shows_what_counts_and_who_only_reported(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct sealed s = seal(fx, &r, 1);
    struct register_page p;
    struct bytes page = {0};
    struct arena a = {0};
    struct past past;

    unfold(fx);
    ingest_one(fx, &s);
    r = report_of(2, TAX, 11);
    r.revision = 2;
    r.has_supersedes = true;
    r.supersedes = s.items[0];
    bytes_clear(&s.wire);
    s = seal(fx, &r, 1);
    ingest_one(fx, &s);
    assert_true(page_build(fx->pg, &UNIT, date_read("2025-06-16"), &page, &fx->e));
    assert_true(page_read(&p, span_of(&page), &fx->e));
    assert_int_equal(p.n, 2);
    assert_false(p.entries[1].registered);
    assert_string_equal(p.entries[1].subject.name, "HTX Bình Minh");
    page_past(&p, &p.entries[1], &a, &past);
    assert_null(past.registered);
    assert_int_equal(past.n_reports, 1);
    assert_int_equal(past.reports[0].obs[0].value, 11);
    page_clear(&p);
    arena_clear(&a);
    bytes_clear(&page);
    bytes_clear(&s.wire);
}

static void a_page_is_offered_until_the_peer_has_it_and_when_it_changes(void **state)
{
    struct fixture *fx = fixture(state);
    struct talk t = begin();
    struct have have = {.unit = UNIT};
    struct blob_ref ref;
    struct bytes whole;

    backflow_open(&t.flow, got, &t);
    backflow_says(t.flow, "p1", fx->curve.pub, &UNIT, &have);
    tick(fx, &t, 1);
    ref = first(&t, MSG_OFFER)->offer.blob;
    assert_int_equal(ref.kind, BLOB_REGISTER);
    assert_string_equal(t.peers[0], "p1");
    tick(fx, &t, 2);
    assert_int_equal(t.n, 0); /* not again at once */
    whole = fetch(fx, &t, &ref);
    assert_int_equal(whole.n, ref.total);
    have.has_page = true;
    have.page = ref.hash;
    backflow_says(t.flow, "p1", fx->curve.pub, &UNIT, &have);
    tick(fx, &t, 2 + BACKFLOW_AGAIN_MS);
    assert_int_equal(t.n, 0);
    /* who has it and asks for ever makes us compute it once a minute */
    for (int64_t at = 5; at < BACKFLOW_VALUES_MS; at += BACKFLOW_VALUES_MS / 4) {
        assert_true(backflow_part(t.flow, fx->pg, "p1", &UNIT,
                                  &(struct part_request){ref, 0}, date_read("2025-06-16"),
                                  at, &fx->e));
        assert_int_equal(count_kind(&t, MSG_PART), 0);
    }
    assert_true(backflow_part(t.flow, fx->pg, "p1", &UNIT, &(struct part_request){ref, 0},
                              date_read("2025-06-16"), 1 + BACKFLOW_VALUES_MS, &fx->e));
    assert_int_equal(count_kind(&t, MSG_PART), 1);
    register_two(fx);
    tick(fx, &t, 3 + BACKFLOW_AGAIN_MS);
    assert_int_equal(t.n, 1); /* at once: the register moved */
    assert_false(hash_eq(&first(&t, MSG_OFFER)->offer.blob.hash, &ref.hash));
    tick(fx, &t, 4 + 2 * BACKFLOW_AGAIN_MS);
    assert_int_equal(t.n, 1); /* it was not taken: once more */
    /* asked for by its old hash: offered as it is now */
    t.n = 0;
    assert_true(backflow_part(t.flow, fx->pg, "p1", &UNIT, &(struct part_request){ref, 0},
                              date_read("2025-06-16"), 5, &fx->e));
    assert_int_equal(count_kind(&t, MSG_OFFER), 1);
    /* another unit's page is not given */
    ref.unit = OTHER;
    t.n = 0;
    assert_true(backflow_part(t.flow, fx->pg, "p1", &UNIT, &(struct part_request){ref, 0},
                              date_read("2025-06-16"), 5, &fx->e));
    assert_int_equal(t.n, 0);
    bytes_clear(&whole);
    end(&t);
}

/* -- the catalogue --------------------------------------------------------------------
 */

static void endorse_in_table(struct fixture *fx, int version, const char *act, char key)
{
    char *text = mem_printf("insert into catalogue values (1, %d, %d, '%s', '', 'x',"
                            " decode(repeat('%02x', 32), 'hex'),"
                            " decode(repeat('%02x', 64), 'hex'))",
                            800 + 10 * version + key, version, act, key, key);

    sql(fx, text);
    free(text);
}

/* body: an expression; serve reads the holidays of what is in force, others only send
 * it.
 */
static void load_bundle(struct fixture *fx, int version, const char *from,
                        const char *until, const char *body)
{
    char *text =
        mem_printf("insert into catalogue_bundle select %d, decode(repeat('%02x', 32), "
                   "'hex'), date '%s', cast(%s as date), %s",
                   version, version, from, until, body);

    sql(fx, text);
    free(text);
}

static void load_version(struct fixture *fx, int version, const char *from,
                         const char *until)
{
    load_bundle(fx, version, from, until, "'\\x6162'::bytea");
}

static void the_catalogue_in_force_is_offered_with_its_signatures(void **state)
{
    struct fixture *fx = fixture(state);
    struct talk t = begin();
    struct have have = {.unit = UNIT};
    const struct offer *o;

    load_version(fx, 2, "2025-01-01", "null");
    load_version(fx, 3, "2025-06-01", "null");
    load_version(fx, 4, "2025-07-01", "null");
    for (int v = 2; v <= 4; v++) {
        endorse_in_table(fx, v, "propose", 1);
        endorse_in_table(fx, v, "activate", 2);
    }
    load_version(fx, 5, "2025-06-01", "null");
    endorse_in_table(fx, 5, "propose", 1);     /* by one officer only */
    load_version(fx, 6, "2025-06-02", "null"); /* an older release asked for none */
    sql(fx, "insert into catalogue values (1, 870, 6, 'activate', '', '', null, null)");
    endorse_in_table(fx, 6, "propose", 1);
    admin(fx);
    backflow_open(&t.flow, got, &t);
    backflow_says(t.flow, "p1", fx->curve.pub, &UNIT, &have);
    tick(fx, &t, 1);
    assert_int_equal(count_kind(&t, MSG_OFFER), 3); /* 3, 4 of July, the page */
    o = &t.list[0].offer;
    assert_int_equal(o->blob.version, 3);
    assert_int_equal(o->from, date_read("2025-06-01"));
    assert_int_equal(o->n_endorsements, 2);
    assert_int_equal(o->endorsements[1].key.b[0], 2);
    assert_int_equal(t.list[1].offer.blob.version, 4);
    t.n = 0;
    assert_true(backflow_part(t.flow, fx->pg, "p1", &UNIT,
                              &(struct part_request){t.list[0].offer.blob, 0},
                              date_read("2025-06-16"), 5, &fx->e));
    assert_true(span_eq(first(&t, MSG_PART)->part.data, span_str("ab")));
    have.catalogue = 4;
    memset(have.catalogue_hash.b, 4, HASH_LEN);
    backflow_says(t.flow, "p1", fx->curve.pub, &UNIT, &have);
    tick(fx, &t, 2 + BACKFLOW_AGAIN_MS);
    assert_int_equal(count_kind(&t, MSG_OFFER), 1); /* the page only */
    have.catalogue_hash.b[0] = 9;                   /* other bytes under this version */
    backflow_says(t.flow, "p1", fx->curve.pub, &UNIT, &have);
    tick(fx, &t, 3 + 2 * BACKFLOW_AGAIN_MS);
    assert_int_equal(t.list[0].offer.blob.version, 4);
    end(&t);
}

static void a_newer_version_says_until_when_older_reports_are_taken(void **state)
{
    struct fixture *fx = fixture(state);
    struct report r = report_of(1, TAX, 8);
    struct sealed s = seal(fx, &r, 1);
    static const char SHIPPED[] =
        "(select bundle from catalogue_bundle where version = 1)";

    load_bundle(fx, 2, "2025-06-01", "'2025-06-16'", SHIPPED);
    endorse_in_table(fx, 2, "activate", 2);
    load_bundle(fx, 3, "2025-06-17", "'2025-01-01'",
                SHIPPED); /* not in force before its day */
    endorse_in_table(fx, 3, "activate", 2);
    admin(fx);
    assert_true(ingest(fx, &s, 1, "2025-06-17"));
    assert_int_equal(refused_for_now(fx), NOT_NOW_CATALOGUE_OLDER);
    forget_answers(fx);
    assert_true(ingest(fx, &s, 1, "2025-06-16"));
    assert_int_equal(verdict(fx, 0), VERDICT_WARNINGS);
    bytes_clear(&s.wire);
}

/* -- notices --------------------------------------------------------------------------
 */

static void add_notice(struct fixture *fx, const struct unit_key *unit, const char *text)
{
    const struct notice_act n = {.kind = NOTICE_ASK,
                                 .unit = *unit,
                                 .period = "2025-S1",
                                 .text = text,
                                 .due = DATE_NONE,
                                 .person = "a"};
    struct acts acts = {0};

    notice_add(&acts, &n);
    if (!acts_append(&acts, fx->pg, "a", &fx->e))
        fail_msg("%s", fx->e.text);
    acts_clear(&acts);
}

static void notices_leave_signed_and_in_order_until_they_are_confirmed(void **state)
{
    struct fixture *fx = fixture(state);
    struct talk t = begin();
    struct have have = {.unit = UNIT};
    struct notice_act act;
    struct log_pos before;

    backflow_open(&t.flow, got, &t);
    backflow_says(t.flow, "p1", fx->curve.pub, &UNIT, &have);
    add_notice(fx, &UNIT, "Một");
    add_notice(fx, &OTHER, "của đơn vị khác");
    add_notice(fx, &UNIT, "Hai");
    assert_int_equal(count(fx, "select count(*) from notice where text = 'Hai'"), 1);
    tick(fx, &t, 1);
    assert_int_equal(count_kind(&t, MSG_NOTICE),
                     0); /* their commits are not signed yet */
    assert_true(ingest_refresh(fx->ingest, &fx->e));
    tick(fx, &t, 2);
    assert_int_equal(count_kind(&t, MSG_NOTICE), 2);
    assert_true(notice_check(&first(&t, MSG_NOTICE)->notice, &fx->province,
                             &fx->receipt_key.pub, 1, &t.arena, &act, &fx->e));
    assert_string_equal(act.text, "Một");
    assert_string_equal(act.period, "2025-S1");
    assert_int_equal(first(&t, MSG_NOTICE)->notice.previous.seq, 0);
    before = act.at;
    assert_true(notice_check(&nth(&t, MSG_NOTICE, 1)->notice, &fx->province,
                             &fx->receipt_key.pub, 1, &t.arena, &act, &fx->e));
    tick(fx, &t, 3);
    assert_int_equal(count_kind(&t, MSG_NOTICE), 0); /* wait for a word */
    tick(fx, &t, 3 + BACKFLOW_NOTICE_MS);
    assert_int_equal(count_kind(&t, MSG_NOTICE), 2);
    have.notice = before; /* the second one was lost */
    backflow_says(t.flow, "p1", fx->curve.pub, &UNIT, &have);
    tick(fx, &t, 4 + BACKFLOW_NOTICE_MS);
    assert_int_equal(count_kind(&t, MSG_NOTICE), 1);
    assert_int_equal(first(&t, MSG_NOTICE)->notice.previous.seq, before.seq);
    have.notice = act.at;
    backflow_says(t.flow, "p1", fx->curve.pub, &UNIT, &have);
    tick(fx, &t, 5 + 3 * BACKFLOW_NOTICE_MS);
    assert_int_equal(count_kind(&t, MSG_NOTICE), 0);
    /* restored from an older copy: it says what it has, and gets the rest again */
    have.notice = (struct log_pos){0};
    backflow_says(t.flow, "p2", fx->curve.pub, &UNIT, &have);
    tick(fx, &t, 6 + 3 * BACKFLOW_NOTICE_MS);
    assert_int_equal(count_kind(&t, MSG_NOTICE), 2);
    assert_string_equal(t.peers[0], "p2");
    end(&t);
}

static void who_was_revoked_hears_nothing_more(void **state)
{
    struct fixture *fx = fixture(state);
    struct talk t = begin();
    struct have have = {.unit = UNIT};
    char *text =
        mem_printf("insert into key values (1, 900, '106', '2004-01-01', 'curve',"
                   " '%s', true, 'mất máy')",
                   fx->curve.pub);

    backflow_open(&t.flow, got, &t);
    backflow_says(t.flow, "p1", fx->curve.pub, &UNIT, &have);
    tick(fx, &t, 1);
    assert_int_equal(count_kind(&t, MSG_OFFER), 1);
    sql(fx, text);
    free(text);
    add_notice(fx, &UNIT, "Một");
    assert_true(ingest_refresh(fx->ingest, &fx->e));
    tick(fx, &t, 2 + BACKFLOW_AGAIN_MS);
    assert_int_equal(t.n, 0);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_page_holds_the_units_entities_and_their_last_values),
        STORY(a_page_shows_what_counts_and_who_only_reported),
        STORY(a_page_is_offered_until_the_peer_has_it_and_when_it_changes),
        STORY(the_catalogue_in_force_is_offered_with_its_signatures),
        STORY(a_newer_version_says_until_when_older_reports_are_taken),
        STORY(notices_leave_signed_and_in_order_until_they_are_confirmed),
        STORY(who_was_revoked_hears_nothing_more),
    };
    int failed;

    if (!begin_stories())
        return 1;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    end_stories();
    return failed;
}
