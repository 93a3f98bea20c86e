#include "collectors/cmd.h"
#include "collectors/control.h"

#include <time.h>

enum { LOCK_PATIENCE_MS = 5000, LOCK_PAUSE_MS = 50 };

/* clang-format off */
const struct command cmd_list[] = {
    {"init", cmd_init, NEEDS_CONF, "",
     "tạo thư mục và khóa xác thực còn thiếu, in dòng đăng ký của từng đơn vị",
     "make missing folders and keys, print each unit's enrolment line"},
    {"run", cmd_run, NEEDS_CONF, "",
     "chạy thường trực: nhận tệp, gửi, nhận phiếu tiếp nhận",
     "the daemon: takes files in, sends, receives receipts"},
    {"template", cmd_template, NEEDS_CATALOGUE, "PERIOD -o FILE",
     "tạo bảng tính để điền cho một kỳ",
     "make the workbook to fill for a period"},
    {"check", cmd_check, NEEDS_CATALOGUE, "FILE...",
     "kiểm tra tệp, không gửi, không cần mạng",
     "judge files offline; nothing is sent"},
    {"submit", cmd_submit, NEEDS_OUTBOX, "FILE...",
     "nhận tệp vào ngay như thả vào Thư mục gửi",
     "take files in now, as if dropped into the inbox"},
    {"declare", cmd_declare, NEEDS_OUTBOX, "PERIOD",
     "khai báo bộ báo cáo của kỳ: đã đủ biểu, hoặc không phát sinh",
     "declare a period: forms complete, or nothing to report"},
    {"answer", cmd_answer, NEEDS_OUTBOX, "REPORT --finding CODE --text TEXT",
     "giải trình một điều, hoặc trả lời câu hỏi của tỉnh về một báo cáo",
     "explain a finding, or answer the province's question about a report"},
    {"withdraw", cmd_withdraw, NEEDS_OUTBOX, "REPORT --reason TEXT",
     "thu hồi một báo cáo: từ đó báo cáo không được tính",
     "withdraw a report: from then on it does not count"},
    {"status", cmd_status, NEEDS_OUTBOX, "",
     "tình trạng gửi của từng đơn vị",
     "what waits, what is on the way, what was answered"},
    {"receipts", cmd_receipts, NEEDS_OUTBOX, "",
     "các phiếu tiếp nhận đã nhận",
     "list the receipts that came"},
    {"notices", cmd_notices, NEEDS_OUTBOX, "",
     "thông báo của tỉnh: câu hỏi, trả lại, đôn đốc, gia hạn",
     "what the province told us: questions, returns, reminders, extensions"},
    {"report", cmd_report, NEEDS_OUTBOX, "list | show ID",
     "danh sách báo cáo, hoặc nội dung một báo cáo",
     "list reports, or show one"},
    {"reconcile", cmd_reconcile, NEEDS_CONF, "PERIOD [--with FILE]",
     "đối chiếu số liệu một kỳ với tỉnh, từng báo cáo; -o: biên bản đối chiếu số liệu",
     "reconcile a period with the province, report by report; -o: the printed record"},
    {"reconcile-lines", cmd_reconcile_lines, NEEDS_OUTBOX, "PERIOD", NULL, NULL},
    {"keys", cmd_keys, NEEDS_CONF, "",
     "in dòng đăng ký (khóa xác thực công khai) của từng đơn vị",
     "print each unit's enrolment line (public keys)"},
};
/* clang-format on */
const size_t cmd_n = COUNT(cmd_list);

const struct command *cmd_find(const char *name)
{
    for (size_t i = 0; i < cmd_n; i++)
        if (strcmp(cmd_list[i].name, name) == 0)
            return &cmd_list[i];
    return NULL;
}

static void help(const struct cmd *c, const struct opt *opts, size_t n)
{
    bool vi = c->lang == LANG_VI;

    if (c->self->help_vi == NULL)
        return;
    fprintf(c->out, "htx-collector [-c FILE] %s [--...] %s\n  %s\n", c->self->name,
            c->self->args, vi ? c->self->help_vi : c->self->help_en);
    for (size_t i = 0; i < n; i++) {
        char name[64];

        snprintf(name, sizeof name, "%s%s%s%s", opts[i].name[1] == 0 ? "-" : "--",
                 opts[i].name, opts[i].arg != NULL ? " " : "",
                 opts[i].arg != NULL ? opts[i].arg : "");
        fprintf(c->out, "  %-26s %s\n", name, vi ? opts[i].help_vi : opts[i].help_en);
    }
}

static const struct opt *opt_of(const struct opt *opts, size_t n, const char *word,
                                const char **value)
{
    size_t len = strcspn(word, "=");

    for (size_t i = 0; i < n; i++)
        if (strlen(opts[i].name) == len && strncmp(opts[i].name, word, len) == 0) {
            *value = word[len] == '=' ? word + len + 1 : NULL;
            return &opts[i];
        }
    return NULL;
}

static bool opt_set(const struct opt *o, const char *value)
{
    struct opt_list *list;

    switch (o->type) {
    case OPT_FLAG:
        *(bool *)o->into = true;
        return value == NULL;
    case OPT_TEXT:
        *(const char **)o->into = value;
        return value != NULL;
    case OPT_LIST:
        list = o->into;
        if (value == NULL || list->n == OPT_LIST_MAX)
            return false;
        list->list[list->n++] = value;
        return true;
    }
    return false;
}

bool cmd_options(struct cmd *c, int argc, char **argv, const struct opt *opts, size_t n,
                 const char **pos, size_t max, size_t *n_pos, enum exit_code *code)
{
    bool plain = false; /* behind "--" */

    *n_pos = 0;
    for (int i = 1; i < argc; i++) {
        const char *value = NULL;
        const struct opt *o;

        if (!plain && (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0)) {
            help(c, opts, n);
            *code = EXIT_DONE;
            return false;
        }
        if (!plain && strcmp(argv[i], "--") == 0) {
            plain = true;
            continue;
        }
        if (plain || argv[i][0] != '-' || argv[i][1] == 0) {
            if (*n_pos == max) {
                *code = cmd_usage(c, argv[i]);
                return false;
            }
            pos[(*n_pos)++] = argv[i];
            continue;
        }
        o = strncmp(argv[i], "--", 2) == 0 ? opt_of(opts, n, argv[i] + 2, &value)
            : argv[i][2] == 0              ? opt_of(opts, n, argv[i] + 1, &value)
                                           : NULL;
        if (o != NULL && o->type != OPT_FLAG && value == NULL && i + 1 < argc)
            value = argv[++i];
        if (o == NULL || !opt_set(o, value)) {
            *code = cmd_usage(c, argv[i]);
            return false;
        }
    }
    return true;
}

enum exit_code cmd_usage(struct cmd *c, const char *what)
{
    bool vi = c->lang == LANG_VI;

    fprintf(c->err, "%s: %s\n%s: htx-collector %s --help\n",
            vi ? "Sai cú pháp" : "Usage error", what, vi ? "Xem" : "See", c->self->name);
    return EXIT_USAGE;
}

/* Who must act, in the reader's words. */
static const char *who_acts(enum err_kind kind, bool vi)
{
    switch (kind) {
    case ERR_RETRY:
        return vi ? "Chưa thực hiện được lúc này, hãy thử lại sau"
                  : "Not possible now, try again later";
    case ERR_INPUT:
        return vi ? "Dữ liệu hoặc tham số không đúng" : "What was given is wrong";
    case ERR_SETUP:
        return vi ? "Cần cán bộ kỹ thuật xem lại cấu hình, quyền hoặc đĩa"
                  : "An operator must look at configuration, rights or disk";
    case ERR_NONE:
        break;
    }
    return vi ? "Không thực hiện được" : "Failed";
}

/* The chain of causes behind it is for the technician. */
enum exit_code cmd_fail(struct cmd *c, const struct err *e)
{
    fprintf(c->err, "htx-collector: %s: %s\n", who_acts(e->kind, c->lang == LANG_VI),
            e->text);
    return err_exit(e);
}

void cmd_note(struct cmd *c, const char *key, const char *arg1, const char *arg2)
{
    struct bytes b = {0};

    say(&b, c->app->cat, c->lang, key, arg1 != NULL ? arg1 : "", arg2 != NULL ? arg2 : "",
        NULL);
    fprintf(c->err, "%s\n", bytes_cstr(&b));
    bytes_clear(&b);
}

const struct app_unit *cmd_unit(struct cmd *c, const char *code)
{
    const struct app_unit *u = app_unit(c->app, code);

    if (u == NULL)
        cmd_note(c, code == NULL ? "cli.which_unit" : "cli.no_unit", code, NULL);
    return u;
}

char *cmd_path(const struct cmd *c, const char *path)
{
    return path[0] == '/' ? mem_str(path) : mem_printf("%s/%s", c->cwd, path);
}

/* One that is just starting or ending holds the lock without listening: wait for either
 * to change. */
enum exit_code cmd_anywhere(struct cmd *c, int argc, char **argv)
{
    struct err e = {0};
    enum exit_code code = EXIT_FAILED;
    bool there;

    for (int waited = 0;; waited += LOCK_PAUSE_MS) {
        const struct timespec pause = {0, LOCK_PAUSE_MS * 1000000};

        if (!control_ask(c->app, c, argc, argv, &there, &code, &e))
            return cmd_fail(c, &e);
        if (there)
            return code;
        if (c->app->cat == NULL && !app_open_catalogue(c->app, &e))
            return cmd_fail(c, &e);
        if (app_open_outbox(c->app, &e))
            return c->self->run(c, argc, argv);
        if (e.kind != ERR_RETRY || waited >= LOCK_PATIENCE_MS)
            return cmd_fail(c, &e);
        nanosleep(&pause, NULL);
    }
}

enum { INPUT_MAX = 64 * 1024 };

bool cmd_input(int argc, char **argv, char **out, struct err *e)
{
    struct bytes b = {0};
    size_t got = 1;

    *out = NULL;
    for (int i = 1; i < argc; i++) {
        size_t n = strlen(argv[i]);

        if (n < 2 || strcmp(argv[i] + n - 2, "=-") != 0)
            continue;
        while (got > 0 && b.n <= INPUT_MAX) {
            got = fread(bytes_room(&b, 4096), 1, 4096, stdin);
            b.n += got;
        }
        if (b.n > INPUT_MAX ||
            memchr(b.n > 0 ? b.p : (unsigned char *)"-", 0, b.n) != NULL) {
            bytes_clear(&b);
            return err_set(e, ERR_INPUT,
                           "standard input: at most %d bytes of text are read",
                           INPUT_MAX);
        }
        *out = mem_str(bytes_cstr(&b));
        bytes_clear(&b);
        return true;
    }
    return true;
}
