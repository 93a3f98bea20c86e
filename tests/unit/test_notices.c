/* notices: what the province says lands as a file that names the officer's own sheet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/notices.h"
#include "proto/base/file.h"
#include "tests/lib/shipped_catalogue.h"

struct fixture {
    char dir[64];
    char *inbox, *state, *path;
    struct spool *sp;
    struct outbox *ob;
    struct hash about;
    uint64_t seq; /* of the newest notice */
    struct arena arena;
    struct err e;
};

static struct catalogue *cat;
static const struct unit_key UNIT = {"106", 12418};

static int load_catalogue(void **state)
{
    (void)state;
    cat = shipped_catalogue();
    return 0;
}

static int close_catalogue(void **state)
{
    (void)state;
    catalogue_close(&cat);
    return 0;
}

/* A file with one report in which R103 was found in cell K9. */
static enum outcome drop(struct fixture *fx, int64_t value)
{
    struct observation o = {.indicator = 1,
                            .state = OBS_VALUE,
                            .value = value,
                            .as_of = DATE_NONE,
                            .cell = "Biểu!K9"};
    struct report r = {.version = REPORT_VERSION,
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
                       .source_name = "bieu 02.xlsx",
                       .source_place = "Biểu",
                       .made_at = clock_wall(),
                       .obs = &o,
                       .n_obs = 1};
    const struct finding f = {.code = "LATE",
                              .severity = SEV_WARNING,
                              .cell = "Biểu!K9",
                              .args = {"16/06/2023"}};
    struct findings fs = {0};
    struct bytes packed = {0}, body = {0};
    struct outbox_line line = {
        .title = "Biểu 02/ĐV", .place = "Biểu", .outcome = OUTCOME_NEW, .report = &r};
    struct outbox_file file = {
        .unit = UNIT, .name = "bieu 02.xlsx", .taken_at = clock_wall()};

    findings_add(&fs, &f);
    wire_pack_findings(&fs, &packed);
    line.findings = span_of(&packed);
    file.claim = arena_printf(&fx->arena, "%032d", (int)value);
    file.shown = arena_printf(&fx->arena, "bieu 02 (%d).xlsx", (int)value);
    assert_true(outbox_intake(fx->ob, &file, &line, 1, &fx->e));
    assert_true(wire_pack_report(&r, &body, &fx->e));
    fx->about = item_hash(ITEM_REPORT, span_of(&body));
    findings_clear(&fs);
    bytes_clear(&packed);
    bytes_clear(&body);
    return line.outcome;
}

static int set_up(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);
    const struct spool_folder folder = {"106",
                                        mem_printf("/tmp/htx-notices-%d/in", getpid())};

    *state = fx;
    fx->inbox = (char *)folder.inbox;
    snprintf(fx->dir, sizeof fx->dir, "/tmp/htx-notices-%d", getpid());
    fx->state = mem_printf("%s/state", fx->dir);
    fx->path = mem_printf("%s/outbox.sqlite", fx->state);
    if (!file_mkdirs(fx->state, &fx->e) || !outbox_open(&fx->ob, fx->path, 0, &fx->e) ||
        !spool_open(&fx->sp, fx->state, &folder, 1, 0, &fx->e)) {
        print_error("%s\n", fx->e.text);
        return -1;
    }
    drop(fx, 1100);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *f)
{
    (void)st;
    (void)type;
    (void)f;
    return remove(path);
}

static int tear_down(void **state)
{
    struct fixture *fx = *state;

    outbox_close(&fx->ob);
    spool_close(&fx->sp);
    nftw(fx->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    arena_clear(&fx->arena);
    free(fx->inbox);
    free(fx->state);
    free(fx->path);
    free(fx);
    return 0;
}

/* A notice as the sender keeps it, its proof checked. */
static struct notice_act notice(struct fixture *fx, enum notice_kind kind,
                                const char *finding, const char *text)
{
    char hex[2 * HASH_LEN + 1];
    char *record = arena_printf(
        &fx->arena,
        "{\"about\":\"%s\",\"due\":\"2025-06-20\",\"finding\":\"%s\",\"notice\":\"%s\","
        "\"period\":\"2023\",\"person\":\"an\",\"person_name\":\"Vũ Thị An\","
        "\"scheme\":\"nd09\",\"text\":\"%s\",\"unit\":\"106\",\"unit_from\":\"2004-01-"
        "01\","
        "\"vintage\":\"estimate\"}",
        hash_hex(&fx->about, hex), finding, notice_word(kind), text);
    struct notice_act act;

    if (!notice_read(span_str(record), &fx->arena, &act, &fx->e))
        fail_msg("%s", fx->e.text);
    act.at = (struct log_pos){1, ++fx->seq};
    act.time = 1750000000000;
    assert_true(outbox_notice_put(fx->ob, &act, span_str(record), span_str("proof"),
                                  clock_wall(), &fx->e));
    return act;
}

static bool is_open(struct fixture *fx, const struct notice_act *act)
{
    bool open;

    assert_true(outbox_notice_open(fx->ob, act, 0, &open, &fx->e));
    return open;
}

/* The notice's file; empty when there is none. */
static const char *written(struct fixture *fx, const struct notice_act *act)
{
    char *name = notice_file(act);
    char *path = mem_printf("%s/thong-bao/%s", fx->inbox, name);
    struct bytes b = {0};
    const char *text = "";

    if (file_read(path, 1 << 20, &b, &fx->e))
        text = arena_strn(&fx->arena, b.p, b.n);
    bytes_clear(&b);
    free(path);
    free(name);
    return text;
}

static void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no \"%s\" in: %s", part, text);
}

static void explain(struct fixture *fx, const char *finding)
{
    const struct explanation x = {
        .about = fx->about, .finding = finding, .text = "do lũ"};
    size_t fresh;

    assert_true(outbox_explain(fx->ob, &x, 1, clock_wall(), &fresh, &fx->e));
    assert_int_equal(fresh, 1);
}

static void a_question_names_the_officers_own_file(void **state)
{
    struct fixture *fx = *state;
    struct notice_act act = notice(fx, NOTICE_ASK, "LATE", "Vì sao gửi chậm?");
    const char *text;
    char *name = notice_file(&act);

    assert_string_equal(name, "2023-cau-hoi-1.1.txt");
    free(name);
    notices_pending(cat, fx->ob, fx->sp);
    text = written(fx, &act);
    has(text, "câu hỏi");
    has(text, "bieu 02.xlsx [Biểu]");
    has(text, "da-xu-ly/bieu 02 (1100).xlsx");
    has(text, "Biểu!K9");
    has(text, "(LATE)");
    has(text, "Vì sao gửi chậm?");
    has(text, "--finding LATE --text");
    has(text, "Vũ Thị An");
    assert_true(is_open(fx, &act));
    explain(fx, "R999"); /* about something else */
    assert_true(is_open(fx, &act));
    explain(fx, "LATE");
    assert_false(is_open(fx, &act));
}

static void a_file_is_written_once(void **state)
{
    struct fixture *fx = *state;
    struct notice_act act = notice(fx, NOTICE_EXTENSION, "", "mưa lũ");
    char *name = notice_file(&act), *path;

    notices_pending(cat, fx->ob, fx->sp);
    has(written(fx, &act), "20/06/2025");
    assert_false(is_open(fx, &act));
    path = mem_printf("%s/thong-bao/%s", fx->inbox, name);
    assert_int_equal(unlink(path), 0); /* the officer put it away */
    notices_pending(cat, fx->ob, fx->sp);
    assert_string_equal(written(fx, &act), "");
    free(path);
    free(name);
}

static void a_return_waits_for_the_correction(void **state)
{
    struct fixture *fx = *state;
    struct notice_act act = notice(fx, NOTICE_RETURN, "", "Sai tổng số");

    notices_pending(cat, fx->ob, fx->sp);
    has(written(fx, &act), "trả lại");
    assert_true(is_open(fx, &act));
    assert_int_equal(drop(fx, 1200), OUTCOME_REVISED);
    assert_false(is_open(fx, &act));
}

static void a_reminder_waits_for_the_declaration(void **state)
{
    struct fixture *fx = *state;
    struct notice_act act = notice(fx, NOTICE_REMINDER, "", "Chưa gửi");
    const struct submission s = {.version = 1,
                                 .id = uuid_new(clock_wall()),
                                 .unit = UNIT,
                                 .scheme = "nd09",
                                 .period = "2023",
                                 .vintage = VINTAGE_ESTIMATE,
                                 .nothing_to_report = true,
                                 .paper_date = DATE_NONE,
                                 .signer = "Nguyễn Văn Hùng"};
    bool same;
    int64_t approved;

    assert_true(is_open(fx, &act));
    assert_true(outbox_declare(fx->ob, &s, &same, &approved, &fx->e));
    assert_false(is_open(fx, &act));
}

/* A kind of a newer release, and a report that this outbox never had. */
static void what_is_not_known_is_shown_all_the_same(void **state)
{
    struct fixture *fx = *state;
    struct notice_act act;

    fx->about.b[0] ^= 1;
    act = notice(fx, NOTICE_ASK, "LATE", "Báo cáo nào đây?");
    notices_pending(cat, fx->ob, fx->sp);
    has(written(fx, &act), "Báo cáo nào đây?");
    has(written(fx, &act), "LATE");
    act = notice(fx, NOTICE_NONE, "", "Nghỉ lễ");
    notices_pending(cat, fx->ob, fx->sp);
    has(written(fx, &act), "Nghỉ lễ");
    assert_false(is_open(fx, &act));
}

#define STORY(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORY(a_question_names_the_officers_own_file),
        STORY(a_file_is_written_once),
        STORY(a_return_waits_for_the_correction),
        STORY(a_reminder_waits_for_the_declaration),
        STORY(what_is_not_known_is_shown_all_the_same),
    };

    return cmocka_run_group_tests(tests, load_catalogue, close_catalogue);
}
