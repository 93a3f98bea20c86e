/* spool: what is taken and what is left alone, and every crash on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collectors/spool.h"
#include "proto/base/crash.h"
#include "proto/base/file.h"

enum { REST = 100 };

struct fixture {
    char dir[64];
    char *inbox, *state;
    struct spool *sp;
    struct bytes taken; /* names, one a line */
    char claim[64];
    bool full;
    bool known; /* what the outbox says of every claim */
    struct err e;
};

static void reopen(struct fixture *fx)
{
    const struct spool_folder folder = {"106", fx->inbox};

    spool_close(&fx->sp);
    assert_true(spool_open(&fx->sp, fx->state, &folder, 1, REST, &fx->e));
}

static int set_up(void **state)
{
    struct fixture *fx = mem_new(sizeof *fx);

    snprintf(fx->dir, sizeof fx->dir, "/tmp/htx-spool-XXXXXX");
    if (!crypto_init() || mkdtemp(fx->dir) == NULL)
        return -1;
    fx->inbox = mem_printf("%s/Thư mục gửi", fx->dir);
    fx->state = mem_printf("%s/state", fx->dir);
    *state = fx;
    reopen(fx);
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

    spool_close(&fx->sp);
    nftw(fx->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    bytes_clear(&fx->taken);
    free(fx->inbox);
    free(fx->state);
    free(fx);
    return 0;
}

static void drop(struct fixture *fx, const char *name, const char *content)
{
    char *path = mem_printf("%s/%s", fx->inbox, name);

    assert_true(file_write(path, span_str(content), 0644, &fx->e));
    free(path);
}

static bool there(const char *folder, const char *name)
{
    char *path = mem_printf("%s/%s", folder, name);
    bool yes = access(path, F_OK) == 0;

    free(path);
    return yes;
}

static bool take(void *ctx, const struct spool_claim *c)
{
    struct fixture *fx = ctx;

    bytes_printf(&fx->taken, "%s\n", c->name);
    snprintf(fx->claim, sizeof fx->claim, "%s", c->claim);
    assert_int_equal(access(c->path, F_OK), 0);
    return true;
}

static bool room(void *ctx)
{
    struct fixture *fx = ctx;

    return !fx->full;
}

static bool known(void *ctx, const char *claim)
{
    struct fixture *fx = ctx;

    (void)claim;
    return fx->known;
}

/* Looks at t; what was taken by it. */
static const char *scan(struct fixture *fx, int64_t t)
{
    fx->taken.n = 0;
    spool_scan(fx->sp, t, room, take, fx);
    return bytes_cstr(&fx->taken);
}

static const char *left(struct fixture *fx)
{
    fx->taken.n = 0;
    spool_left(fx->sp, known, take, fx);
    return bytes_cstr(&fx->taken);
}

static void a_file_is_taken_when_it_rests(void **state)
{
    struct fixture *fx = *state;

    drop(fx, "biểu.csv", "1");
    assert_string_equal(scan(fx, 1000), "");
    assert_string_equal(scan(fx, 1050), "");
    drop(fx, "biểu.csv", "12"); /* still being copied */
    assert_string_equal(scan(fx, 1110), "");
    assert_string_equal(scan(fx, 1150), "");
    assert_string_equal(scan(fx, 1210), "biểu.csv\n");
    assert_string_equal(scan(fx, 1400), ""); /* it is in work now */
    assert_false(there(fx->inbox, "biểu.csv"));
}

static void saved(struct fixture *fx, const char *name, time_t when)
{
    char *path = mem_printf("%s/%s", fx->inbox, name);
    const struct timespec times[] = {{.tv_sec = when}, {.tv_sec = when}};

    drop(fx, name, "1");
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    free(path);
}

static void what_was_saved_first_comes_first(void **state)
{
    struct fixture *fx = *state;

    saved(fx, "b.csv", 1000);
    saved(fx, "d.csv", 4000);
    saved(fx, "a.csv", 3000);
    saved(fx, "e.csv", 2000);
    saved(fx, "c.csv", 2000);
    scan(fx, 0);
    assert_string_equal(scan(fx, 1000), "b.csv\nc.csv\ne.csv\na.csv\nd.csv\n");
}

static void a_full_disk_leaves_files_where_they_are(void **state)
{
    struct fixture *fx = *state;

    drop(fx, "a.csv", "1");
    fx->full = true;
    scan(fx, 0);
    assert_string_equal(scan(fx, 1000), "");
    assert_true(there(fx->inbox, "a.csv"));
    fx->full = false;
    assert_string_equal(scan(fx, 1100), "a.csv\n");
}

static void what_office_programs_leave_is_left_alone(void **state)
{
    struct fixture *fx = *state;
    static const char *const not_ours[] = {
        "~$biểu.xlsx",   ".~lock.biểu.xlsx#",     "biểu.tmp",
        "biểu.csv.part", ".hidden.csv",           "Thumbs.db",
        "biểu.csv~",     "biểu.xlsx.ket-qua.txt", "x.crdownload",
    };
    char *folder = mem_printf("%s/năm 2023.csv", fx->inbox);
    char *link = mem_printf("%s/link.csv", fx->inbox);

    for (size_t i = 0; i < COUNT(not_ours); i++)
        drop(fx, not_ours[i], "x");
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(symlink("/etc/passwd", link), 0);
    scan(fx, 0);
    assert_string_equal(scan(fx, 1000), "");
    for (size_t i = 0; i < COUNT(not_ours); i++)
        assert_true(there(fx->inbox, not_ours[i]));
    free(folder);
    free(link);
}

static void the_original_is_kept_by_its_hash(void **state)
{
    struct fixture *fx = *state;
    struct hash hash, again;
    struct spool_claim c = {"106", fx->inbox, fx->claim, "a.CSV", NULL};
    struct bytes b = {0};
    char *path, *work, *second;
    struct stat st;

    drop(fx, "a.CSV", "một,hai");
    scan(fx, 0);
    scan(fx, REST);
    c.path = work = mem_printf("%s/claims/106/%s/a.CSV", fx->state, fx->claim);
    assert_true(spool_keep(fx->sp, &c, &hash, &path, &fx->e));
    assert_true(file_read(path, 100, &b, &fx->e));
    assert_true(span_eq(span_of(&b), span_str("một,hai")));
    again = hash_of(DOMAIN_FILE, span_str("một,hai"));
    assert_memory_equal(hash.b, again.b, HASH_LEN);
    assert_non_null(strstr(path, ".csv"));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0400);
    assert_true(spool_keep(fx->sp, &c, &again, &second, &fx->e)); /* a second time */
    assert_string_equal(path, second);
    bytes_clear(&b);
    free(path);
    free(second);
    free(work);
}

static void an_answered_file_lies_beside_its_answer(void **state)
{
    struct fixture *fx = *state;
    struct spool_claim c = {"106", fx->inbox, fx->claim, "a.csv", NULL};
    char *work, *done = mem_printf("%s/" SPOOL_DONE, fx->inbox);

    drop(fx, "a.csv", "1");
    scan(fx, 0);
    scan(fx, REST);
    c.path = work = mem_printf("%s/claims/106/%s/a.csv", fx->state, fx->claim);
    assert_false(spool_lies(fx->sp, "106", "a.csv"));
    assert_true(spool_finish(fx->sp, &c, "a.csv", false, &fx->e));
    assert_true(spool_finish(fx->sp, &c, "a.csv", false, &fx->e)); /* after a crash */
    assert_true(spool_answer(fx->sp, "106", "a.csv", false, span_str("x"), &fx->e));
    assert_true(there(done, "a.csv"));
    assert_true(there(done, "a.csv" SPOOL_ANSWER));
    assert_true(spool_lies(fx->sp, "106", "a.csv"));
    assert_string_equal(left(fx), "");
    free(work);
    free(done);
}

static void a_file_named_by_a_person_stays_where_it_is(void **state)
{
    struct fixture *fx = *state;
    char *path = mem_printf("%s/tay.csv", fx->dir), *claim;

    assert_true(file_write(path, span_str("1"), 0600, &fx->e));
    assert_true(spool_add(fx->sp, "106", path, &claim, &fx->e));
    fx->taken.n = 0;
    assert_true(spool_get(fx->sp, "106", claim, take, fx, &fx->e));
    assert_string_equal(bytes_cstr(&fx->taken), "tay.csv\n");
    assert_true(there(fx->dir, "tay.csv"));
    free(claim);
    assert_false(spool_add(fx->sp, "106", "/nowhere/x.csv", &claim, &fx->e));
    assert_int_equal(fx->e.kind, ERR_INPUT);
    free(path);
}

/* A child that dies at a named point; then we look at what it left. */
static void die_at(struct fixture *fx, const char *point, void (*work)(struct fixture *))
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        setenv("HTX_CRASH_AT", point, 1);
        crash_init();
        work(fx);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 137);
}

static bool nothing(void *ctx, const struct spool_claim *c)
{
    (void)ctx;
    (void)c;
    return true;
}

static void scan_twice(struct fixture *fx)
{
    spool_scan(fx->sp, 0, room, nothing, fx);
    spool_scan(fx->sp, REST, room, nothing, fx);
}

static bool finish_as_a(void *ctx, const struct spool_claim *c)
{
    struct fixture *fx = ctx;

    return spool_finish(fx->sp, c, "a.csv", false, &fx->e);
}

static void finish_left(struct fixture *fx)
{
    spool_left(fx->sp, known, finish_as_a, fx);
}

static void a_crash_after_the_claim_loses_nothing(void **state)
{
    struct fixture *fx = *state;

    drop(fx, "a.csv", "1");
    die_at(fx, "spool.claimed", scan_twice);
    reopen(fx);
    assert_string_equal(scan(fx, 5000), "");
    assert_string_equal(left(fx), "a.csv\n");
    assert_string_equal(left(fx), "a.csv\n"); /* until it moves on */
}

static void a_crash_around_the_move_ends_in_the_same_place(void **state)
{
    struct fixture *fx = *state;
    char *done = mem_printf("%s/" SPOOL_DONE, fx->inbox);

    drop(fx, "a.csv", "1");
    scan(fx, 0);
    scan(fx, REST);
    die_at(fx, "spool.before_move", finish_left);
    assert_false(there(done, "a.csv"));
    assert_string_equal(left(fx), "a.csv\n");
    die_at(fx, "spool.moved", finish_left);
    assert_true(there(done, "a.csv"));
    assert_string_equal(left(fx), ""); /* the empty folder of the claim is cleared */
    free(done);
}

/* What share_claim() leaves when the machine stops half way through a copy. */
static void leave_in_share(struct fixture *fx, const char *claim, bool copied)
{
    char *share = mem_printf("%s/.htx-%s", fx->inbox, claim);
    char *file = mem_printf("%s/s.csv", share);
    char *dir = mem_printf("%s/claims/106/%s", fx->state, claim);
    char *half = mem_printf("%s/.s.csv.tmp", dir), *whole = mem_printf("%s/s.csv", dir);

    assert_true(file_mkdirs(share, &fx->e) && file_mkdirs(dir, &fx->e));
    assert_true(file_write(file, span_str("share"), 0600, &fx->e));
    assert_true(file_write(copied ? whole : half, span_str("sh"), 0600, &fx->e));
    free(share);
    free(file);
    free(dir);
    free(half);
    free(whole);
}

static void a_claim_inside_a_share_is_fetched_again(void **state)
{
    struct fixture *fx = *state;
    static const char CLAIM[] = "0123456789abcdef0123456789abcdef";

    leave_in_share(fx, CLAIM, false);
    assert_string_equal(left(fx), "s.csv\n");
    assert_string_equal(fx->claim, CLAIM);
    assert_false(there(fx->inbox, ".htx-0123456789abcdef0123456789abcdef"));
}

static void a_claim_that_was_taken_in_is_only_cleared(void **state)
{
    struct fixture *fx = *state;
    static const char CLAIM[] = "0123456789abcdef0123456789abcdef";
    char *work = mem_printf("%s/claims/106/%s/s.csv", fx->state, CLAIM);

    leave_in_share(fx, CLAIM, true);
    unlink(work); /* it moved on; the copy in the share outlived it */
    fx->known = true;
    assert_string_equal(left(fx), "");
    assert_false(there(fx->inbox, ".htx-0123456789abcdef0123456789abcdef"));
    free(work);
}

/* Whoever may send from there must be able to read what became of it. */
static void officers_can_read_their_answers(void **state)
{
    struct fixture *fx = *state;
    static const char *const folders[] = {SPOOL_DONE, SPOOL_BAD};
    mode_t mask = umask(007);
    struct stat st;

    assert_int_equal(chmod(fx->inbox, 02770), 0);
    for (size_t i = 0; i < COUNT(folders); i++) {
        char *path = mem_printf("%s/%s", fx->inbox, folders[i]);

        assert_int_equal(rmdir(path), 0);
        reopen(fx);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 02770); /* and in the officers' group */
        free(path);
    }
    umask(mask);
}

/* Who may write into the inbox must not choose where we write. */
static void a_folder_of_ours_is_not_followed_elsewhere(void **state)
{
    struct fixture *fx = *state;
    static const char *const folders[] = {SPOOL_DONE, SPOOL_BAD, SPOOL_NOTICES};
    char *target = mem_printf("%s/elsewhere", fx->state);

    assert_int_equal(mkdir(target, 0700), 0);
    for (size_t i = 0; i < COUNT(folders); i++) {
        char *path = mem_printf("%s/%s", fx->inbox, folders[i]);

        assert_int_equal(rmdir(path), 0);
        assert_int_equal(symlink(target, path), 0);
        free(path);
    }
    assert_false(spool_answer(fx->sp, "106", "a.csv", false, span_str("x"), &fx->e));
    assert_false(spool_answer(fx->sp, "106", "a.csv", true, span_str("x"), &fx->e));
    assert_false(spool_notice(fx->sp, "106", "a.txt", span_str("x"), &fx->e));
    assert_int_equal(rmdir(target), 0); /* nothing came there */
    free(target);
}

int main(void)
{
#define STORY(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        STORY(a_file_is_taken_when_it_rests),
        STORY(what_was_saved_first_comes_first),
        STORY(a_full_disk_leaves_files_where_they_are),
        STORY(what_office_programs_leave_is_left_alone),
        STORY(the_original_is_kept_by_its_hash),
        STORY(an_answered_file_lies_beside_its_answer),
        STORY(officers_can_read_their_answers),
        STORY(a_folder_of_ours_is_not_followed_elsewhere),
        STORY(a_file_named_by_a_person_stays_where_it_is),
        STORY(a_crash_after_the_claim_loses_nothing),
        STORY(a_crash_around_the_move_ends_in_the_same_place),
        STORY(a_claim_inside_a_share_is_fetched_again),
        STORY(a_claim_that_was_taken_in_is_only_cleared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
