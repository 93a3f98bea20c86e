/* intake: from a dropped file to reports and an answer; every crash ends in one report.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collectors/answer.h"
#include "collectors/intake.h"
#include "proto/base/crash.h"
#include "proto/base/file.h"
#include "tests/lib/shipped_catalogue.h"

struct fixture {
    char dir[64];
    char *inbox, *state, *path;
    struct spool *sp;
    struct outbox *ob;
    struct intake_result result;
    uint64_t min_free;
    bool ok;
    struct err e;
};

static struct catalogue *cat;
static const struct intake_unit UNIT = {
    {"106", 12418},
    CHANNEL_TERRITORIAL, NULL
};

#define HEAD                                                                                                   \
    "Mẫu số: Biểu 02/ĐV\nĐơn vị báo cáo: Huyện Tam Đường (mã 106)\nKỳ báo cáo: 2023\n" \
    "Loại số liệu: ước thực hiện\n\nSTT,Chỉ tiêu,Đơn vị tính,Tổng số\n"
#define STATEMENT(total) HEAD "1,Tổng số hợp tác xã,HTX," total "\n"

#define LIST_HEAD                                                                                     \
    "Mẫu số: Biểu 01/HTX;;;;;\nĐơn vị báo cáo: Huyện Tam Đường (mã 106);;;;;\n"    \
    "Kỳ báo cáo: 6 tháng đầu năm 2025;;;;;\nLoại số liệu: thực hiện;;;;;\n;;;;;\n" \
    "STT;Tên HTX;Mã số thuế;Loại hình;Ngành, lĩnh vực;Tình trạng hoạt động\n"
#define GOOD_ROW(no, tax)                                                                \
    no ";HTX số " no " (mẫu);" tax ";HTX;Nông, lâm, ngư nghiệp;Đang hoạt động\n"

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

static void open_all(struct fixture *fx)
{
    const struct spool_folder folder = {"106", fx->inbox};

    outbox_close(&fx->ob);
    spool_close(&fx->sp);
    assert_true(outbox_open(&fx->ob, fx->path, fx->min_free, &fx->e));
    assert_true(spool_open(&fx->sp, fx->state, &folder, 1, 0, &fx->e));
}

static int set_up(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    snprintf(fx->dir, sizeof fx->dir, "/tmp/htx-intake-XXXXXX");
    if (mkdtemp(fx->dir) == NULL)
        return -1;
    fx->inbox = mem_printf("%s/inbox", fx->dir);
    fx->state = mem_printf("%s/state", fx->dir);
    fx->path = mem_printf("%s/state/outbox.sqlite", fx->dir);
    *state = fx;
    if (!file_mkdirs(fx->state, &fx->e))
        return -1;
    open_all(fx);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int tear_down(void **state)
{
    struct fixture *fx = *state;

    outbox_close(&fx->ob);
    spool_close(&fx->sp);
    nftw(fx->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(fx->inbox);
    free(fx->state);
    free(fx->path);
    free(fx);
    return 0;
}

static bool take(void *ctx, const struct spool_claim *c)
{
    struct fixture *fx = ctx;
    struct intake in = {cat, fx->ob, fx->sp, date_read("2025-06-20"), NULL};

    fx->ok = intake_file(&in, &UNIT, c, &fx->result, &fx->e);
    return fx->ok;
}

static bool room(void *ctx)
{
    (void)ctx;
    return true;
}

static bool known(void *ctx, const char *claim)
{
    struct fixture *fx = ctx;
    struct outbox_file f;
    bool is = false;

    return outbox_file(fx->ob, claim, &is, &f, &fx->e) && is;
}

/* What the daemon does at a start and at every scan. */
static void look(struct fixture *fx)
{
    spool_left(fx->sp, known, take, fx);
    spool_scan(fx->sp, 0, room, take, fx);
    spool_scan(fx->sp, 1, room, take, fx);
    answer_pending(cat, fx->ob, fx->sp);
}

static void put(struct fixture *fx, const char *name, struct span content)
{
    char *path = mem_printf("%s/%s", fx->inbox, name);

    assert_true(file_write(path, content, 0644, &fx->e));
    free(path);
}

static const struct intake_result *drop(struct fixture *fx, const char *name,
                                        const char *content)
{
    put(fx, name, span_str(content));
    fx->ok = false;
    look(fx);
    return &fx->result;
}

/* The file's answer; an empty text when there is none. */
static const char *answer(struct fixture *fx, const char *folder, const char *name)
{
    static struct bytes text;
    char *path = mem_printf("%s/%s/%s" SPOOL_ANSWER, fx->inbox, folder, name);
    struct err e = {0};

    text.n = 0;
    if (!file_read(path, 100000, &text, &e))
        text.n = 0;
    free(path);
    return bytes_cstr(&text);
}

static bool lies(struct fixture *fx, const char *folder, const char *name)
{
    char *path = mem_printf("%s/%s/%s", fx->inbox, folder, name);
    bool yes = access(path, F_OK) == 0;

    free(path);
    return yes;
}

static int64_t waiting(struct fixture *fx)
{
    struct outbox_counts n;

    assert_true(outbox_count(fx->ob, &UNIT.key, &n, &fx->e));
    return n.waiting;
}

/* ---------------------------------------------------------------------------------- */

static void a_statement_becomes_a_report(void **state)
{
    struct fixture *fx = *state;
    const struct intake_result *r = drop(fx, "biểu 02.csv", STATEMENT("53"));

    assert_true(fx->ok);
    assert_int_equal(r->fresh, 1);
    assert_true(lies(fx, SPOOL_DONE, "biểu 02.csv"));
    assert_non_null(strstr(answer(fx, SPOOL_DONE, "biểu 02.csv"), "chờ phiếu tiếp nhận"));
    assert_int_equal(waiting(fx), 1);
}

static void dropped_twice_it_is_said_once(void **state)
{
    struct fixture *fx = *state;

    drop(fx, "b.csv", STATEMENT("53"));
    assert_int_equal(drop(fx, "b.csv", STATEMENT("53"))->same, 1);
    assert_true(lies(fx, SPOOL_DONE, "b (2).csv"));
    assert_non_null(strstr(answer(fx, SPOOL_DONE, "b (2).csv"), "không thay đổi"));
    assert_int_equal(waiting(fx), 1);
}

static void a_correction_is_the_next_revision(void **state)
{
    struct fixture *fx = *state;

    drop(fx, "b.csv", STATEMENT("53"));
    assert_int_equal(drop(fx, "b.csv", STATEMENT("54"))->revised, 1);
    assert_non_null(strstr(answer(fx, SPOOL_DONE, "b (2).csv"), "bản điều chỉnh, lần 2"));
    assert_int_equal(waiting(fx), 2);
}

static void good_rows_are_not_held_hostage(void **state)
{
    struct fixture *fx = *state;
    const struct intake_result *r =
        drop(fx, "ds.csv",
             LIST_HEAD GOOD_ROW("1", "6291110012") GOOD_ROW("2", "6291110013")
                 GOOD_ROW("3", "6291110037"));
    const char *text = answer(fx, SPOOL_DONE, "ds.csv");

    assert_int_equal(r->fresh, 2);
    assert_int_equal(r->refused, 1);
    assert_non_null(strstr(text, "6291110013"));
    assert_non_null(strstr(text, "[phải sửa]"));
    assert_non_null(strstr(text, "Không tiếp nhận, đề nghị sửa và gửi lại: 1"));
    assert_int_equal(waiting(fx), 2);
}

static void a_sheet_without_its_mark_comes_back(void **state)
{
    struct fixture *fx = *state;

    assert_true(drop(fx, "x.csv", "a,b\n1,2\n")->bad);
    assert_true(lies(fx, SPOOL_BAD, "x.csv"));
    assert_non_null(strstr(answer(fx, SPOOL_BAD, "x.csv"), "Mẫu số"));
    assert_int_equal(waiting(fx), 0);
}

static void a_sheet_of_another_unit_comes_back(void **state)
{
    struct fixture *fx = *state;

    assert_true(drop(fx, "x.csv",
                     "Mẫu số: Biểu 02/ĐV\nĐơn vị báo cáo: Huyện Mường Tè (mã 107)\n"
                     "Kỳ báo cáo: 2023\nLoại số liệu: thực hiện\n\n"
                     "STT,Chỉ tiêu,Đơn vị tính,Tổng số\n1,Tổng số hợp tác xã,HTX,5\n")
                    ->bad);
    assert_true(lies(fx, SPOOL_BAD, "x.csv"));
    assert_int_equal(waiting(fx), 0);
}

static void a_file_that_is_no_sheet_comes_back_with_a_remedy(void **state)
{
    struct fixture *fx = *state;
    static const unsigned char old[] = {0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1};

    put(fx, "cũ.xls", (struct span){old, sizeof old});
    look(fx);
    assert_true(fx->result.bad);
    assert_true(lies(fx, SPOOL_BAD, "cũ.xls"));
    assert_non_null(strstr(answer(fx, SPOOL_BAD, "cũ.xls"), ".xlsx"));
}

static void a_huge_file_is_set_aside_unread(void **state)
{
    struct fixture *fx = *state;
    char *path = mem_printf("%s/to.csv", fx->inbox);

    put(fx, "to.csv", span_str("x"));
    assert_int_equal(truncate(path, (off_t)sheet_limits.file_bytes + 1), 0);
    look(fx);
    assert_true(fx->ok);
    assert_true(lies(fx, SPOOL_BAD, "to.csv"));
    assert_non_null(strstr(answer(fx, SPOOL_BAD, "to.csv"), "quá lớn"));
    free(path);
}

static void with_a_full_disk_the_claim_waits(void **state)
{
    struct fixture *fx = *state;

    fx->min_free = UINT64_MAX / 2;
    open_all(fx);
    drop(fx, "b.csv", STATEMENT("53"));
    assert_false(fx->ok);
    assert_int_equal(fx->e.kind, ERR_RETRY);
    assert_int_equal(waiting(fx), 0);
    fx->min_free = 0;
    open_all(fx);
    look(fx);
    assert_int_equal(waiting(fx), 1);
    assert_true(lies(fx, SPOOL_DONE, "b.csv"));
}

static void a_long_name_still_gets_its_answer(void **state)
{
    struct fixture *fx = *state;
    struct bytes name = {0};

    for (int i = 0; i < 80; i++) /* 240 bytes */
        bytes_str(&name, "ế");
    bytes_str(&name, ".csv");
    drop(fx, bytes_cstr(&name), STATEMENT("53"));
    assert_true(fx->ok);
    name.n = 65 * 3;
    bytes_str(&name, ".csv");
    assert_true(lies(fx, SPOOL_DONE, bytes_cstr(&name)));
    assert_int_not_equal(answer(fx, SPOOL_DONE, bytes_cstr(&name))[0], 0);
    bytes_clear(&name);
}

/* The daemon dies at this point; the next one finishes: one report, one file, one answer.
 */
static void survives(struct fixture *fx, const char *point)
{
    int status;
    pid_t pid;

    put(fx, "b.csv", span_str(STATEMENT("53")));
    outbox_close(&fx->ob); /* nobody holds it across a fork */
    spool_close(&fx->sp);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        setenv("HTX_CRASH_AT", point, 1);
        crash_init();
        open_all(fx);
        look(fx);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) != 137)
        fail_msg("%s was not passed", point);
    open_all(fx);
    look(fx);
    look(fx);
    if (waiting(fx) != 1 || !lies(fx, SPOOL_DONE, "b.csv") ||
        lies(fx, SPOOL_DONE, "b (2).csv") || answer(fx, SPOOL_DONE, "b.csv")[0] == 0)
        fail_msg("after a crash at %s", point);
}

static void every_crash_ends_in_one_report(void **state)
{
    static const char *const points[] = {
        "spool.claimed",       "spool.original_kept", "intake.before_commit",
        "intake.after_commit", "spool.before_move",   "spool.moved",
        "answer.before_write",
    };

    for (size_t i = 0; i < COUNT(points); i++) {
        struct fixture *fx;

        assert_int_equal(set_up(state), 0);
        fx = *state;
        survives(fx, points[i]);
        tear_down(state);
    }
}

int main(void)
{
#define STORY(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STORY(a_statement_becomes_a_report),
        STORY(dropped_twice_it_is_said_once),
        STORY(a_correction_is_the_next_revision),
        STORY(good_rows_are_not_held_hostage),
        STORY(a_sheet_without_its_mark_comes_back),
        STORY(a_sheet_of_another_unit_comes_back),
        STORY(a_file_that_is_no_sheet_comes_back_with_a_remedy),
        STORY(a_huge_file_is_set_aside_unread),
        STORY(with_a_full_disk_the_claim_waits),
        STORY(a_long_name_still_gets_its_answer),
        cmocka_unit_test(every_crash_ends_in_one_report),
    };

    return cmocka_run_group_tests(tests, load_catalogue, close_catalogue);
}
