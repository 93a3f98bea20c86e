/* htx-collector: the daemon beside the spreadsheets, and the commands around it. */
#include "collectors/cmd.h"
#include "proto/base/crash.h"

#include <locale.h>
#include <unistd.h>

#define CONF_DEFAULT "/etc/htx/collector.conf"

static void usage(FILE *out, enum lang lang)
{
    bool vi = lang == LANG_VI;

    fprintf(out, "htx-collector [-c FILE] %s\n",
            vi ? "LỆNH [--tùy chọn] ..." : "COMMAND [--options] ...");
    for (size_t i = 0; i < cmd_n; i++)
        if (cmd_list[i].help_vi != NULL)
            fprintf(out, "  %-9s %s\n", cmd_list[i].name,
                    vi ? cmd_list[i].help_vi : cmd_list[i].help_en);
    fprintf(out, "  %-9s %s\n", "--sample",
            vi ? "in tệp cấu hình mẫu" : "print a sample configuration");
    fprintf(out, "%s %s\n",
            vi ? "Tệp cấu hình mặc định:" : "Default configuration:", CONF_DEFAULT);
}

static void sample(void)
{
    struct bytes b = {0};

    conf_sample(app_keys, app_n_keys, &b);
    fwrite(b.p, 1, b.n, stdout);
    bytes_clear(&b);
}

/* A command without a daemon: this process opens the outbox itself. */
static enum exit_code run_alone(struct cmd *c, int argc, char **argv)
{
    struct err e = {0};

    if ((c->self->needs == NEEDS_CATALOGUE && !app_open_catalogue(c->app, &e)) ||
        (c->self->needs == NEEDS_OUTBOX &&
         (!app_open_catalogue(c->app, &e) || !app_open_outbox(c->app, &e))))
        return cmd_fail(c, &e);
    return c->self->run(c, argc, argv);
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "-h") == 0 || strcmp(argv[i], "--help") == 0)
            return true;
    return false;
}

static enum exit_code dispatch(const char *conf, enum lang lang, int argc, char **argv)
{
    struct app app = {.lock = -1};
    char *cwd = getcwd(NULL, 0);
    struct cmd c = {.self = cmd_find(argv[0]),
                    .app = &app,
                    .lang = lang,
                    .cwd = cwd != NULL ? cwd : "/",
                    .out = stdout,
                    .err = stderr};
    enum exit_code code;
    char *input = NULL;
    struct err e = {0};

    if (c.self == NULL) {
        fprintf(stderr, "htx-collector: %s: %s\n", argv[0],
                lang == LANG_VI ? "không có lệnh này" : "no such command");
        usage(stderr, lang);
        code = EXIT_USAGE;
    } else if (wants_help(argc, argv)) {
        code = c.self->run(&c, argc, argv); /* prints help before it touches anything */
    } else if (!app_open(&app, conf, &e) ||
               (c.self->needs == NEEDS_OUTBOX && !cmd_input(argc, argv, &input, &e))) {
        code = cmd_fail(&c, &e);
    } else {
        c.input = input;
        code = c.self->needs == NEEDS_OUTBOX ? cmd_anywhere(&c, argc, argv)
                                             : run_alone(&c, argc, argv);
    }
    app_close(&app);
    free(input);
    free(cwd);
    return code;
}

int main(int argc, char **argv)
{
    const char *conf = CONF_DEFAULT;
    enum lang lang;
    int at = 1;

    setlocale(LC_CTYPE, "");
    lang = say_lang();
    crash_init();
    log_init("htx-collector", LOG_INFO);
    if (!crypto_init()) {
        fprintf(stderr, "htx-collector: libsodium does not start\n");
        return EXIT_SETUP;
    }
    while (at < argc && argv[at][0] == '-') {
        if (strcmp(argv[at], "-c") == 0 && at + 1 < argc) {
            conf = argv[at + 1];
            at += 2;
        } else if (strcmp(argv[at], "-h") == 0 || strcmp(argv[at], "--help") == 0) {
            usage(stdout, lang);
            return EXIT_DONE;
        } else if (strcmp(argv[at], "--sample") == 0) {
            sample();
            return EXIT_DONE;
        } else if (strcmp(argv[at], "--version") == 0) {
            printf("%s\n", HTX_COLLECTOR);
            return EXIT_DONE;
        } else {
            break;
        }
    }
    if (at >= argc || argv[at][0] == '-') {
        usage(stderr, lang);
        return EXIT_USAGE;
    }
    return (int)dispatch(conf, lang, argc - at, argv + at);
}
