/*
 * Every row of rules.tsv with good and bad samples, tests/data/rules/samples.tsv: the
 * rule speaks on the bad ones and is silent on the good ones. A rule without both is a
 * failure.
 *
 * facts: "key=words" of the subject (kind, state, name, sector), of the register
 * (registered:name, :kind, :sector, :state, founded, expected, listed), "channel=", and
 * "text:KEY=words" ("*8001" is that many letters); "%" is a blank. past: reports
 * separated by " | ", each "PERIOD VINTAGE FORM CHANNEL: values", or "peer: values".
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/base/file.h"
#include "proto/tsv.h"
#include "tests/lib/rules_sample.h"

enum { PASTS = 16, TEXTS = 4 };

/* All that one line of the table makes. */
struct case_ {
    struct report r;
    struct named_text texts[TEXTS];
    struct past past;
    struct subject registered;
    struct past_report pasts[PASTS];
    struct report peers[PASTS];
    size_t n_peers;
    struct arena arena;
};

static const char *scheme_of(const char *period)
{
    return period[4] == '-' && period[5] != 'S' ? "plan" : "nd09";
}

static void subject_fact(struct subject *s, const char *key, const char *words)
{
    if (strcmp(key, "kind") == 0)
        s->kind = subject_of(words);
    else if (strcmp(key, "state") == 0)
        s->state = entity_state_of(words);
    else if (strcmp(key, "name") == 0)
        s->name = words;
    else if (strcmp(key, "sector") == 0)
        s->sector = words;
    else
        fail_msg("no such fact: %s", key);
}

static const char *long_text(struct arena *a, const char *words)
{
    size_t n = (size_t)atoi(words + 1);
    char *s;

    if (words[0] != '*')
        return words;
    s = arena_new(a, n + 1);
    memset(s, 'x', n);
    return s;
}

static void fact(struct case_ *k, const char *key, const char *words)
{
    if (strncmp(key, "text:", 5) == 0) {
        assert_true(k->r.n_texts < TEXTS);
        k->texts[k->r.n_texts++] =
            (struct named_text){key + 5, long_text(&k->arena, words)};
    } else if (strncmp(key, "registered:", 11) == 0) {
        k->past.registered = &k->registered;
        subject_fact(&k->registered, key + 11, words);
    } else if (strcmp(key, "founded") == 0) {
        k->past.founded = date_read(words);
        assert_int_not_equal(k->past.founded, DATE_NONE);
    } else if (strcmp(key, "expected") == 0) {
        k->past.expected = atoi(words);
    } else if (strcmp(key, "listed") == 0) {
        k->past.listed = atoi(words);
    } else if (strcmp(key, "channel") == 0) {
        k->r.channel = channel_of(words);
    } else {
        subject_fact(&k->r.subject, key, words);
    }
}

static void facts(struct case_ *k, const char *text)
{
    char *save = NULL;

    for (char *w = strtok_r(arena_str(&k->arena, text), " ", &save); w != NULL;
         w = strtok_r(NULL, " ", &save)) {
        char *words = strchr(w, '=');

        assert_non_null(words);
        *words++ = 0;
        fact(k, w, sample_words(words));
    }
}

static void past_report(struct fixture *fx, struct case_ *k, char *head,
                        const char *values)
{
    struct past_report *p = &k->pasts[k->past.n_reports];
    struct report r = {0};
    char *save = NULL;

    assert_true(k->past.n_reports < PASTS);
    sample(&r, fx->c, values, &k->arena);
    p->period = strtok_r(head, " ", &save);
    p->scheme = scheme_of(p->period);
    p->vintage = vintage_of(strtok_r(NULL, " ", &save));
    p->form = strtok_r(NULL, " ", &save);
    p->channel = channel_of(strtok_r(NULL, " ", &save));
    assert_int_not_equal(p->vintage, VINTAGE_NONE);
    assert_int_not_equal(p->channel, CHANNEL_NONE);
    p->form_version = 1;
    p->obs = r.obs;
    p->n_obs = r.n_obs;
    k->past.n_reports++;
}

static void pasts(struct fixture *fx, struct case_ *k, const char *text)
{
    char *next = arena_str(&k->arena, text), *one;

    while (next != NULL && *next != 0) {
        char *bar = strstr(next, " | "), *values;

        one = next;
        next = bar != NULL ? bar + 3 : NULL;
        if (bar != NULL)
            *bar = 0;
        values = strstr(one, ": ");
        assert_non_null(values);
        *values = 0;
        if (strcmp(one, "peer") == 0) {
            assert_true(k->n_peers < PASTS);
            k->peers[k->n_peers] = k->r;
            k->peers[k->n_peers].n_obs = 0;
            sample(&k->peers[k->n_peers++], fx->c, values + 2, &k->arena);
        } else {
            past_report(fx, k, one, values + 2);
        }
    }
}

static void read_case(struct fixture *fx, const struct tsv *t, struct case_ *k)
{
    bool statement = false;
    const struct form *form = catalogue_form(fx->c, tsv_get(t, "form"), 1);

    if (form == NULL)
        fail_msg("line %zu: no such form", t->line);
    statement = form->subject == SUBJECT_UNIT;
    *k = (struct case_){0};
    k->r = (struct report){
        .version = REPORT_VERSION,
        .form = tsv_get(t, "form"),
        .form_version = 1,
        .scheme = scheme_of(tsv_get(t, "period")),
        .period = tsv_get(t, "period"),
        .vintage = vintage_of(tsv_get(t, "vintage")),
        .channel = CHANNEL_TERRITORIAL,
        .subject = {.kind = statement ? SUBJECT_UNIT : SUBJECT_HTX,
                    .scheme = statement ? ID_NONE : ID_TAX,
                    .id = statement ? NULL : "6200001234",
                    .name = statement ? NULL : "HTX mẫu",
                    .sector = statement ? NULL : "agri",
                    .state = statement ? STATE_NONE : STATE_ACTIVE},
        .texts = k->texts
    };
    k->past = (struct past){
        .founded = DATE_NONE, .reports = k->pasts, .expected = -1, .listed = -1};
    facts(k, tsv_get(t, "facts"));
    sample(&k->r, fx->c, tsv_get(t, "values"), &k->arena);
    pasts(fx, k, tsv_get(t, "past"));
}

static const struct rule *rule_of(struct fixture *fx, const char *code)
{
    for (size_t i = 0; i < fx->c->rules->n; i++)
        if (strcmp(fx->c->rules->list[i].code, code) == 0)
            return &fx->c->rules->list[i];
    return NULL;
}

/* What the rules of its scope say about the case. */
static void judge(struct fixture *fx, const struct rule *rule, struct case_ *k,
                  struct findings *fs)
{
    const struct report *list[PASTS + 1] = {&k->r};
    struct findings each[PASTS + 1] = {{0}};

    if (rule->scope != SCOPE_PEERS) {
        rules_check(fx->c, &k->r, &k->past, fs);
        return;
    }
    for (size_t i = 0; i < k->n_peers; i++)
        list[i + 1] = &k->peers[i];
    rules_check_peers(fx->c, list, k->n_peers + 1, each);
    *fs = each[0];
    for (size_t i = 0; i < k->n_peers; i++) {
        assert_int_equal(each[i + 1].n, 0); /* the others are as they should be */
        findings_clear(&each[i + 1]);
    }
}

static size_t times(const struct findings *fs, const char *code)
{
    size_t n = 0;

    for (size_t i = 0; i < fs->n; i++)
        n += strcmp(fs->list[i].code, code) == 0;
    return n;
}

/* The sentence says all it wants to say: no argument is unknown, no hole is left. */
static size_t holes(struct fixture *fx, const struct findings *fs, const char *code,
                    size_t line)
{
    size_t n = 0;

    for (size_t i = 0; i < fs->n; i++) {
        struct bytes b = {0};

        if (strcmp(fs->list[i].code, code) != 0)
            continue;
        for (enum lang lang = LANG_VI; lang <= LANG_EN; lang++) {
            b.n = 0;
            finding_render(fx->c, &fs->list[i], lang, &b);
            if (strchr(bytes_cstr(&b), '{') != NULL || strstr(bytes_cstr(&b), "?%") ||
                strstr(bytes_cstr(&b), " ? ") != NULL) {
                print_error("line %zu: %s\n", line, bytes_cstr(&b));
                n++;
            }
        }
        bytes_clear(&b);
    }
    return n;
}

static void each_rule_speaks_on_its_bad_samples_and_not_on_its_good_ones(void **state)
{
    struct fixture *fx = *state;
    static const char *const columns[] = {"code",    "sample", "form",   "period",
                                          "vintage", "facts",  "values", "past"};
    size_t n = fx->c->rules->n, failed = 0;
    bool(*seen)[2] = mem_array(n, sizeof *seen);
    struct bytes data = {0};
    struct tsv t = {0};

    assert_true(file_read("tests/data/rules/samples.tsv", 1 << 20, &data, &fx->e));
    if (!tsv_open(&t, "samples.tsv", span_of(&data), columns, COUNT(columns), &fx->e))
        fail_msg("%s", fx->e.text);
    while (tsv_next(&t, &fx->e)) {
        const char *code = tsv_get(&t, "code");
        bool good = strcmp(tsv_get(&t, "sample"), "good") == 0;
        const struct rule *rule = rule_of(fx, code);
        struct findings fs = {0};
        struct case_ k;

        if (rule == NULL)
            fail_msg("line %zu: there is no rule %s", t.line, code);
        read_case(fx, &t, &k);
        judge(fx, rule, &k, &fs);
        if ((times(&fs, code) == 0) != good) {
            print_error("line %zu: %s is %s\n", t.line, code,
                        good ? "not silent" : "silent");
            failed++;
        }
        failed += holes(fx, &fs, code, t.line);
        seen[rule - fx->c->rules->list][good] = true;
        findings_clear(&fs);
        arena_clear(&k.arena);
    }
    if (fx->e.kind != ERR_NONE)
        fail_msg("%s", fx->e.text);
    for (size_t i = 0; i < n; i++)
        for (int good = 0; good < 2; good++)
            if (!seen[i][good]) {
                print_error("%s has no %s sample\n", fx->c->rules->list[i].code,
                            good ? "good" : "bad");
                failed++;
            }
    assert_int_equal(failed, 0);
    assert_true(n >= 60);
    tsv_close(&t);
    bytes_clear(&data);
    free(seen);
}

/* What travels to a collector without the register's page is judged without it. */
static void without_a_past_the_rules_of_the_register_wait(void **state)
{
    struct fixture *fx = *state;
    const char *codes[64];
    size_t n = rules_waiting(fx->c, "htx_list", codes, COUNT(codes));
    bool named = false;

    assert_true(n > 0 && n <= COUNT(codes));
    for (size_t i = 0; i < n; i++) {
        named = named || strcmp(codes[i], "NAME_NOT_REGISTERED") == 0;
        assert_int_equal(rule_of(fx, codes[i])->scope, SCOPE_REGISTER);
    }
    assert_true(named);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_speaks_on_its_bad_samples_and_not_on_its_good_ones),
        cmocka_unit_test(without_a_past_the_rules_of_the_register_wait),
    };

    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
