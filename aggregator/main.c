/*
 * htx-aggregator - the provincial program. One table names every command.
 */
#include "aggregator/ministry/view.h"
#include "proto/base/crash.h"

#include <getopt.h>
#include <stdio.h>

#define BY " [--by PERSON]"

/* clang-format off */
static const struct command COMMANDS[] = {
    {"serve", NULL, "", "nhận báo cáo của các đơn vị (chạy thường trực)",
     "take the units' reports (daemon)", cmd_serve, false},
    {"feed", "export",
     "[--chain full|publications] [--from EPOCH.PAGE] -o DIR",
     "ghi các trang của luồng dữ liệu gửi Bộ ra tệp để mang đi",
     "write pages of the feed to files, to be carried by hand", cmd_feed_export, false},
    {"feed", "list", "[--chain full|publications] [--json]",
     "các trang đã lập và ký của luồng dữ liệu gửi Bộ", "sealed pages of the feed", cmd_feed_list, false},
    {"feed", "verify", "[--chain full|publications]",
     "lập lại mọi trang từ nhật ký và so với trang đã ký",
     "make every page again from the log and compare it with what was sealed",
     cmd_feed_verify, false},
    {"feed", NULL, "", "gửi luồng dữ liệu cho Bộ và bên nhận khác (chạy thường trực)",
     "serve the feed to the ministry and other consumers (daemon)", cmd_feed, false},
    {"submit", NULL,
     "FILE|--nothing PERIOD --for UNIT --by PERSON --why TEXT --key FILE [--paper FILE] "
     "[--complete] [--paper-number N] [--paper-date DATE] [--signer NAME] [--title "
     "TITLE]",
     "nhập thay cho đơn vị không có máy gửi", "file for a unit without a collector",
     cmd_submit, false},
    {"migrate", NULL, "", "tạo hoặc nâng cấp cơ sở dữ liệu",
     "create or upgrade the database", cmd_migrate, false},
    {"epoch", "begin", "--why TEXT --by PERSON",
     "sau khi khôi phục cơ sở dữ liệu từ bản sao lưu: nhật ký đi tiếp dưới thế hệ mới",
     "after the database was restored from a backup: the log goes on as a new epoch",
     cmd_epoch_begin, false},
    {"genesis", NULL,
     "--officer CODE=KEY[,NAME] (at least 3) --sign KEYFILE (2) [--by PERSON]",
     "lập tệp khởi tạo của tỉnh, có hai người ký",
     "make the province's genesis file, signed by two officers", cmd_genesis, false},
    {"catalogue", "check", "DIR [--json]",
     "kiểm tra danh mục; có cơ sở dữ liệu thì xem báo cáo nào sẽ có kết quả khác",
     "check a catalogue; with a database also which reports it would judge otherwise",
     cmd_catalogue_check, true},
    {"catalogue", "load", "[DIR]" BY, "nạp một phiên bản danh mục",
     "load a catalogue version", cmd_catalogue_load, false},
    {"catalogue", "activate", "VERSION --sign KEYFILE [--sign KEYFILE]" BY,
     "đưa một phiên bản danh mục vào sử dụng: một người đề nghị, một người khác xác nhận",
     "put a catalogue version into force: one officer proposes, another confirms",
     cmd_catalogue_activate, false},
    {"catalogue", "show", "[--json]", "các phiên bản danh mục đã nạp",
     "catalogue versions loaded here", cmd_catalogue_show, false},
    {"unit", "load", "FILE.tsv" BY, "nạp đơn vị báo cáo", "load reporting units",
     cmd_unit_load, false},
    {"unit", "list", "[--lineage] [--json]",
     "danh sách đơn vị báo cáo; --lineage: đơn vị cũ nào thành đơn vị mới nào",
     "list reporting units; --lineage: which became which", cmd_unit_list, false},
    {"unit", "history", "CODE [--json]",
     "một mã đơn vị qua các lần sáp nhập, chia tách, đổi tên",
     "a unit's code through mergers, splits and renames", cmd_unit_history, false},
    {"entity", "load", "FILE.tsv" BY, "nạp danh bạ tổ chức kinh tế tập thể",
     "load the register of entities", cmd_entity_load, false},
    {"entity", "list",
     "[--on DATE] [--unit CODE] [--unconfirmed | --to-rehome] [--json] | --history NUMBER",
     "danh bạ tổ chức kinh tế tập thể, vào một ngày", "the register of entities on a day",
     cmd_entity_list, false},
    {"entity", "history", "NUMBER [--json]",
     "mọi việc đã ghi về một tổ chức: ngày, nội dung, căn cứ",
     "everything known of an entity: day, facts, document", cmd_entity_history, false},
    {"entity", "event",
     "NUMBER --event founded|renamed|moved|suspended|resumed|stopped|dissolved|bankrupt|"
     "converted|revoked|merged|split|changed --on DATE [--name N] [--kind K] [--sector S] "
     "[--unit CODE] [--commune C] [--state S] [--other NUMBER] --act TEXT [--note TEXT] "
     "[--yes] --by PERSON",
     "ghi một biến động theo văn bản", "enter what happened to an entity, by its document",
     cmd_entity_event, false},
    {"entity", "confirm", "NUMBER...|--unit CODE --by PERSON",
     "xác nhận tổ chức mới có trong báo cáo", "confirm entities that only reports know",
     cmd_entity_confirm, false},
    {"entity", "duplicates", "[--json]", "những mã có thể là một tổ chức",
     "numbers that may be one entity", cmd_entity_duplicates, false},
    {"entity", "merge", "NUMBER --into NUMBER --why TEXT [--yes] --by PERSON",
     "gộp: hai mã là một tổ chức", "two numbers are one entity", cmd_entity_merge, false},
    {"entity", "unmerge", "NUMBER --why TEXT [--yes] --by PERSON",
     "bỏ gộp: không phải là một", "they are not one after all", cmd_entity_unmerge, false},
    {"period", "load", "FILE.tsv" BY, "nạp kỳ báo cáo", "load reporting periods",
     cmd_period_load, false},
    {"period", "list", "[--json]", "danh sách kỳ báo cáo", "list reporting periods",
     cmd_period_list, false},
    {"period", "extend", "PERIOD --unit CODE --until DATE --why TEXT --by PERSON",
     "gia hạn cho một đơn vị", "give a unit more days", cmd_period_extend, false},
    {"remind", NULL,
     "PERIOD [--unit CODE] [--vintage V] [--note TEXT] [--json] --by PERSON",
     "đôn đốc các đơn vị chưa gửi hoặc gửi chưa đủ",
     "remind the units that have not sent or not declared", cmd_remind, false},
    {"person", "load", "FILE.tsv" BY, "nạp người dùng và vai trò",
     "load people and their roles", cmd_person_load, false},
    {"person", "list", "[--json]", "danh sách người dùng", "list people", cmd_person_list,
     false},
    {"keys", "new", "FILE", "tạo cặp khóa xác thực cho một người, in khóa xác thực công khai",
     "make a person's key file, print its public key", cmd_keys_new, true},
    {"keys", "enroll", "LINE|- | --consumer CODE --chain full|publications --curve KEY" BY,
     "đăng ký khóa xác thực theo dòng do htx-collector init in ra, hoặc của bên nhận luồng "
     "dữ liệu (Bộ, Liên minh HTX)",
     "enroll the line that htx-collector init prints, or a consumer of the feed",
     cmd_keys_enroll, false},
    {"keys", "revoke", "PUBLIC|--unit CODE [--from DATE]|--consumer CODE --reason TEXT" BY,
     "thu hồi khóa xác thực, có hiệu lực ngay", "revoke a key, effective at once",
     cmd_keys_revoke, false},
    {"keys", "list", "[--unit CODE] [--json]", "danh sách khóa xác thực", "list keys",
     cmd_keys_list, false},
    {"status", NULL, "PERIOD [--vintage V] [--json]",
     "tình hình gửi báo cáo của các đơn vị; ở Bộ: của các tỉnh",
     "who sent what for a period; at a ministry province by province", cmd_status, false},
    {"findings", "accept", "REPORT [--finding CODE [--cell CELL]] [--note TEXT] --by PERSON",
     "chấp nhận giải trình của đơn vị", "accept a unit's explanation",
     cmd_findings_accept, false},
    {"findings", "ask",
     "REPORT [--finding CODE [--cell CELL]] --note TEXT --by PERSON",
     "hỏi đơn vị về một báo cáo, một điều cần giải trình",
     "ask a unit about a report or finding", cmd_findings_ask, false},
    {"findings", "return",
     "REPORT [--finding CODE [--cell CELL]] --note TEXT --by PERSON",
     "trả lại báo cáo để đơn vị sửa và gửi lại", "return a report to be corrected",
     cmd_findings_return, false},
    {"findings", NULL, "PERIOD [--unit CODE] [--severity S] [--vintage V] [--json]",
     "những điều phải sửa, cần giải trình, lưu ý", "what is wrong in the reports",
     cmd_findings, false},
    {"decide", NULL,
     "REPORT count|reject --why TEXT --by PERSON [--yes] [--json] | --held PERIOD [--unit "
     "CODE] count|reject|list ...",
     "quyết định về báo cáo, thu hồi đang chờ, hoặc báo cáo đang được tính; kỳ đã khóa: "
     "cho xem ảnh hưởng trước, --yes mới ghi",
     "decide about what waits, or what counts; in a closed period the effect is shown "
     "first, --yes writes", cmd_decide, false},
    {"correct", NULL,
     "REPORT --set INDICATOR[:B1[:B2]]=VALUE [--set ...] --why TEXT --by PERSON --key FILE "
     "[--yes] [--json]",
     "điều chỉnh báo cáo của đơn vị: báo cáo nhập thay, đủ các ô, được tính thay báo cáo cũ",
     "correct a unit's report: a full report of the desk takes its place", cmd_correct,
     false},
    {"report", "list", "[PERIOD] [--unit CODE] [--vintage V] [--json]",
     "danh sách báo cáo đã nhận", "list reports", cmd_report_list, false},
    {"report", "show", "POSITION|ID|HASH [--json]", "một báo cáo, đọc từ bản gốc đã ký",
     "one report, from its signed bytes", cmd_report_show, false},
    {"rollup", NULL,
     "PERIOD [--vintage V] [--by unit,sector,size|grade|province] [--units as-was|as-is] "
     "[--as-of EPOCH.SEQ|12:EPOCH.SEQ,...] [--differences | --compare | --overlaps] "
     "[--json]",
     "tổng hợp một kỳ báo cáo; ở Bộ: của các tỉnh",
     "totals of a period; at a ministry over its provinces", cmd_rollup, false},
    {"history", "load",
     "FILE --document TEXT --date DATE --by PERSON --key FILE [--unit CODE] [--period P] "
     "[--vintage V]",
     "nạp số liệu cũ của các kỳ trước từ bảng, biểu đã có",
     "load earlier periods from the office's old tables", cmd_history_load, false},
    {"target", "load", "FILE.tsv" BY, "nạp mục tiêu của các kế hoạch nhiều năm",
     "load targets of multi-year plans", cmd_target_load, false},
    {"target", "list", "[--tsv | --json]", "danh sách mục tiêu, đúng như văn bản",
     "list targets, as written", cmd_target_list, false},
    {"target", "status", "[PERIOD] [--vintage V] [--as-of EPOCH.SEQ] [--json]",
     "từng mục tiêu: đạt, chưa đạt, không so sánh được và lý do",
     "each target: reached, not reached, not comparable and why", cmd_target_status,
     false},
    {"explain", NULL,
     "PERIOD INDICATOR [--unit CODE [--from DATE]] [--breakdown B] [--vintage V] [--units "
     "as-was|as-is] [--number N | --as-of EPOCH.SEQ] [--json] | PERIOD --verify",
     "một số tổng hợp gồm những ô nào, cái gì không được cộng và vì sao",
     "the signed cells a total rests on, what is left out and why", cmd_explain, false},
    {"close", NULL,
     "PERIOD [--vintage V] --sign KEYFILE [--by PERSON] | PERIOD --withdraw --why TEXT --by "
     "PERSON | PERIOD --show [--json]",
     "khóa kỳ: một người ký đề nghị, một người khác ký xác nhận; số liệu đến sau chờ xử lý",
     "close a period: one person proposes, another confirms; what arrives later is held",
     cmd_close, false},
    {"reopen", NULL,
     "PERIOD [--vintage V] --why TEXT --sign KEYFILE [--by PERSON] | PERIOD --withdraw --why "
     "TEXT --by PERSON | PERIOD --show [--json]",
     "mở lại kỳ đã khóa: có lý do, hai người ký",
     "reopen a closed period: with a reason, by two people", cmd_reopen, false},
    {"publish", NULL, "PERIOD [--vintage V] --by PERSON | --verify PERIOD [--number N]",
     "lập bản phát hành có số từ kỳ đã khóa", "make the numbered publication of a closed period",
     cmd_publish, false},
    {"issued", NULL,
     "PERIOD --number-of-paper N --date DATE --by PERSON [--vintage V] [--number N]",
     "ghi số, ký hiệu và ngày ban hành của văn bản",
     "note the number and date of the paper", cmd_issued, false},
    {"pull", NULL, "[--from tcp://HOST:PORT|DIR] [--province CODE] [--once] [--json]",
     "nhận số liệu của các tỉnh (chạy thường trực), hoặc từ thư mục tệp trang chép tay",
     "take in the provinces' pages (daemon), or page files carried by hand", cmd_pull, false},
    {"province", "add",
     "--genesis FILE [--endpoint tcp://HOST:PORT] [--chain full|publications]",
     "theo dõi một tỉnh: ghim tệp khởi tạo, lập bản sao riêng của tỉnh",
     "follow a province: pin its genesis, make a copy of its own", cmd_province_add, false},
    {"province", "list", "[--json]", "các tỉnh đang theo dõi, đã nhận đến đâu, vì sao dừng",
     "provinces followed, how far, and why one stands", cmd_province_list, false},
    {"province", "follow", "CODE --epoch N --why TEXT --by PERSON",
     "theo nhánh mới của một tỉnh đã phục hồi; bản sao cũ vẫn giữ",
     "take up the new branch of a province that was restored; the old copy is kept",
     cmd_province_follow, false},
    {"audit", "list", "[PERIOD] [--person P] [--unit CODE] [--since DATE] [--until DATE] [--json]",
     "ai đã làm gì, lúc nào; cả những việc bị từ chối", "who did what when; refused attempts too",
     cmd_audit_list, false},
    {"audit", "verify", "", "kiểm tra các chuỗi nhật ký và chữ ký khóa kỳ",
     "do the chains and the signatures of closing hold", cmd_audit_verify, false},
    {"reconcile", NULL, "PERIOD [--unit CODE] [--province CODE] [--with FILE] [--json] [-o DIR]",
     "đối chiếu số liệu một kỳ với đơn vị hoặc Bộ; -o: biên bản đối chiếu số liệu",
     "reconcile a period with a unit or the ministry; -o: the record of it, printed",
     cmd_reconcile, false},
    {"extract", NULL, "PERIOD --format xlsx|csv|pdf|docx|sdmx-structure|sdmx-ml|sdmx-csv|sdmx-xsd|zip|national-db "
     "[--template FILE.docx] [--vintage V] [--number N] [--since N | --since PERIOD/N] [--sign KEYFILE] "
     "[--as-of CODE:EPOCH.SEQ,...] -o DIR | --sample FILE.docx",
     "xuất tệp của một bản phát hành; ở Bộ: số liệu cả nước",
     "write the files of a publication; at a ministry the nation's figures", cmd_extract,
     false},
};
/* clang-format on */

static void help(const struct app *app, const char *group, FILE *out)
{
    if (group == NULL)
        fprintf(
            out, "%s\n\n",
            app_say(app,
                    "Cách dùng: htx-aggregator [-c TỆP] [-p TỈNH] LỆNH [THAM SỐ]\n"
                    "  -c TỆP    tệp cấu hình (mặc định /etc/htx/aggregator.conf)\n"
                    "  -p TỈNH   ở Bộ: xem bản sao của một tỉnh\n"
                    "  -h        trợ giúp; LỆNH -h: trợ giúp của một lệnh\n"
                    "  -V        phiên bản\n"
                    "  --sample  in tệp cấu hình mẫu",
                    "Usage: htx-aggregator [-c FILE] [-p PROVINCE] COMMAND [ARGUMENTS]\n"
                    "  -c FILE   configuration (default /etc/htx/aggregator.conf)\n"
                    "  -p CODE   at the ministry: look into a province's copy\n"
                    "  -h        help; COMMAND -h: help of one command\n"
                    "  -V        release\n"
                    "  --sample  print a sample configuration"));
    for (size_t i = 0; i < COUNT(COMMANDS); i++) {
        const struct command *c = &COMMANDS[i];

        if (group == NULL || strcmp(group, c->name) == 0)
            fprintf(out, "  %s%s%s %s\n        %s\n", c->name, c->sub != NULL ? " " : "",
                    c->sub != NULL ? c->sub : "", c->args, app_say(app, c->vi, c->en));
    }
}

static enum lang lang_of_locale(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

    for (size_t i = 0; i < COUNT(names); i++) {
        const char *v = getenv(names[i]);

        if (v != NULL && *v != 0)
            return strncmp(v, "vi", 2) == 0 ? LANG_VI : LANG_EN;
    }
    return LANG_EN;
}

/* argv[0] is the first word of the command; *words gets how many words name it. */
static const struct command *find(int argc, char **argv, int *words)
{
    for (size_t i = 0; i < COUNT(COMMANDS); i++) {
        const struct command *c = &COMMANDS[i];

        if (strcmp(c->name, argv[0]) != 0)
            continue;
        if (c->sub != NULL && (argc < 2 || strcmp(c->sub, argv[1]) != 0))
            continue;
        *words = c->sub != NULL ? 2 : 1;
        return c;
    }
    return NULL;
}

static int unknown(const struct app *app, int argc, char **argv)
{
    fprintf(stderr, "htx-aggregator: %s: %s%s%s\n",
            app_say(app, "không có lệnh", "no such command"), argv[0],
            argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
    for (size_t i = 0; i < COUNT(COMMANDS); i++)
        if (strcmp(COMMANDS[i].name, argv[0]) == 0) {
            help(app, argv[0], stderr);
            return EXIT_USAGE;
        }
    fprintf(stderr, "%s: htx-aggregator -h\n", app_say(app, "Xem", "See"));
    return EXIT_USAGE;
}

static bool asks_for_help(int argc, char **argv)
{
    return argc > 1 && (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0);
}

static int run(struct app *app, const char *conf, const char *province, int argc,
               char **argv)
{
    struct err e = {0};
    char *whole = NULL;
    int words, code;

    app->command = find(argc, argv, &words);
    if (app->command == NULL) {
        if (!asks_for_help(argc, argv))
            return unknown(app, argc, argv);
        help(app, argv[0], stdout);
        return EXIT_DONE;
    }
    if (asks_for_help(argc - words + 1, argv + words - 1)) {
        help(app, argv[0], stdout);
        return EXIT_DONE;
    }
    if (!app->command->bare && !settings_open(&app->settings, conf, &e))
        return app_fail(app, &e);
    log_init("htx-aggregator",
             app->settings.conf != NULL ? app->settings.log_level : LOG_INFO);
    if (province != NULL && !province_view_allows(app->command)) {
        fprintf(stderr, "htx-aggregator: %s\n",
                app_say(app, "-p chỉ đi cùng lệnh xem số liệu của một tỉnh",
                        "-p goes with commands that look at a province's data only"));
        return EXIT_USAGE;
    }
    if (province != NULL && !province_view_open(app, province, &e))
        return app_fail(app, &e);
    whole = mem_printf("htx-aggregator %s%s%s", argv[0], words == 2 ? " " : "",
                       words == 2 ? argv[1] : "");
    argv[words - 1] = whole;
    optind = 0; /* getopt starts afresh */
    code = app->command->run(app, argc - words + 1, argv + words - 1);
    free(whole);
    return code;
}

static void close_all(struct app *app)
{
    for (size_t i = 0; i < DB_ROLES; i++)
        pg_close(&app->pg[i]);
    catalogue_close(&app->catalogue);
    settings_close(&app->settings);
    arena_clear(&app->view);
}

static int sample(void)
{
    struct bytes b = {0};

    settings_sample(&b);
    fwrite(b.p, 1, b.n, stdout);
    bytes_clear(&b);
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"config",     required_argument, NULL, 'c'},
        {"help",        no_argument, NULL, 'h'},
        {"province",            required_argument, NULL, 'p'},
        {"version",no_argument, NULL, 'V'},
        {"sample",         no_argument, NULL, 's'},
        {0  }
    };
    struct app app = {.lang = lang_of_locale()};
    const char *conf = "/etc/htx/aggregator.conf", *province = NULL;
    int c, code;

    while ((c = getopt_long(argc, argv, "+c:p:hV", options, NULL)) != -1) {
        switch (c) {
        case 'c':
            conf = optarg;
            app.conf_given = true;
            break;
        case 'p':
            province = optarg;
            break;
        case 'h':
            help(&app, NULL, stdout);
            return EXIT_DONE;
        case 'V':
            puts("htx-aggregator " HTX_RELEASE);
            return EXIT_DONE;
        case 's':
            return sample();
        default:
            return EXIT_USAGE;
        }
    }
    if (optind == argc) {
        help(&app, NULL, stderr);
        return EXIT_USAGE;
    }
    crash_init();
    if (!crypto_init()) {
        fputs("htx-aggregator: libsodium does not start\n", stderr);
        return EXIT_SETUP;
    }
    app.conf_path = conf;
    code = run(&app, conf, province, argc - optind, argv + optind);
    close_all(&app);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("htx-aggregator: stdout");
        return EXIT_FAILED;
    }
    return code;
}
