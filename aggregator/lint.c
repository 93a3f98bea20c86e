#include "aggregator/lint.h"

#include "proto/base/file.h"
#include "proto/tsv.h"

#include <unistd.h>

enum { FILE_MAX = 4 * 1024 * 1024 };

/* Which column of a file carries the namespace. */
static const struct {
    const char *file, *column;
} SPACES[] = {
    {"indicators", "code"     },
    {"breakdowns", "code"     },
    {"forms",      "code"     },
    {"rows",       "form"     },
    {"periods",    "scheme"   },
    {"rules",      "code"     },
    {"sources",    "indicator"},
    {"texts",      "key"      },
};

static void problem(const struct app *app, const char *where, const char *vi,
                    const char *en)
{
    fprintf(stderr, "%s: %s\n", where, app_say(app, vi, en));
}

/* A text's key holds the code it speaks of: "finding.X12.BEES". */
static bool own(const char *file, const char *code)
{
    if (strcmp(file, "texts") != 0)
        return catalogue_namespace(code) >= 0;
    for (const char *p = code; *p != 0; p++)
        if (catalogue_namespace(p) >= 0 && (p == code || p[-1] == '.'))
            return true;
    return false;
}

static bool lint_file(struct app *app, const char *dir, size_t i, bool local,
                      size_t *problems, struct err *e)
{
    char *path = mem_printf("%s/%s%s.tsv", dir, SPACES[i].file, local ? ".local" : "");
    const char *const columns[] = {SPACES[i].column};
    struct bytes data = {0};
    struct tsv t = {0};
    bool ok = true;

    if (access(path, F_OK) != 0) /* a national one that is missing was told before */
        goto out;
    ok = file_read(path, FILE_MAX, &data, e) &&
         tsv_open(&t, strrchr(path, '/') + 1, span_of(&data), columns, 1, e);
    while (ok && tsv_next(&t, e)) {
        const char *code = tsv_get(&t, SPACES[i].column);
        struct err here = {0};

        if (own(SPACES[i].file, code) == local)
            continue;
        ++*problems;
        tsv_error(
            &t, &here, SPACES[i].column,
            local ? app_say(app, "tệp .local chỉ chứa mã riêng của tỉnh (xNN.)",
                            "a .local file holds the province's own codes (xNN.) only")
                  : app_say(app, "mã riêng của tỉnh (xNN.) phải ghi trong tệp .local.tsv",
                            "a province's own code (xNN.) belongs into the .local.tsv"));
        fprintf(stderr, "%s\n", here.text);
    }
    ok = ok && e->kind == ERR_NONE;
    tsv_close(&t);
out:
    bytes_clear(&data);
    free(path);
    return ok;
}

bool lint_folder(struct app *app, const char *dir, size_t *problems, struct err *e)
{
    *problems = 0;
    for (size_t i = 0; i < COUNT(SPACES); i++)
        if (!lint_file(app, dir, i, false, problems, e) ||
            !lint_file(app, dir, i, true, problems, e))
            return false;
    return true;
}

/* -- against a version before ---------------------------------------------------------
 */

static size_t lint_indicator(struct app *app, const struct indicator *now,
                             const struct catalogue *older)
{
    const struct indicator *no = catalogue_indicator_no(older, now->no);
    const struct indicator *code = catalogue_indicator(older, now->code);
    struct arena a = {0};
    const char *where = arena_printf(&a, "indicators.tsv: %u %s", now->no, now->code);
    size_t n = 0;

    if (no != NULL && strcmp(no->code, now->code) != 0) {
        problem(app, arena_printf(&a, "%s (%u: %s)", where, older->version, no->code),
                "số chỉ tiêu đã dùng cho chỉ tiêu khác: chọn số chưa dùng",
                "the number meant another indicator: take one that was never used");
        n++;
    } else if (code != NULL && code->no != now->no) {
        problem(app, arena_printf(&a, "%s (%u: %u)", where, older->version, code->no),
                "mã chỉ tiêu đã có số khác: giữ nguyên số cũ",
                "the code had another number: keep it");
        n++;
    } else if (code != NULL && (code->scale != now->scale || code->type != now->type ||
                                code->op != now->op)) {
        problem(
            app, arena_printf(&a, "%s (%u)", where, older->version),
            "đơn vị nhỏ nhất, loại hoặc cách tổng hợp đã thay đổi: số liệu cũ sẽ mang "
            "nghĩa khác; lập chỉ tiêu mới với số mới",
            "scale, type or operator changed: stored values would mean something else; "
            "make a new indicator with a new number");
        n++;
    }
    arena_clear(&a);
    return n;
}

static bool same_cells(const struct form *a, const struct form *b)
{
    if (a->n_cells != b->n_cells)
        return false;
    for (size_t i = 0; i < a->n_cells; i++)
        if (a->cells[i].indicator->no != b->cells[i].indicator->no ||
            strcmp(a->cells[i].b1, b->cells[i].b1) != 0 ||
            strcmp(a->cells[i].b2, b->cells[i].b2) != 0)
            return false;
    return true;
}

static size_t lint_form(struct app *app, const struct form *now,
                        const struct catalogue *older)
{
    const struct form *f = catalogue_form(older, now->code, now->version);
    char *where;

    if (f == NULL || same_cells(now, f))
        return 0;
    where = mem_printf("rows.tsv: %s %u (%u)", now->code, now->version, older->version);
    problem(app, where, "phiên bản biểu này đã có với các ô khác: đặt phiên bản biểu mới",
            "this form version has other cells: give the form a new version");
    free(where);
    return 1;
}

static void say_gone(struct app *app, const struct catalogue *candidate,
                     const struct catalogue *older)
{
    for (size_t i = 0; i < older->n_indicators; i++) {
        const struct indicator *o = &older->indicators[i];

        if (catalogue_indicator(candidate, o->code) == NULL) {
            char *where = mem_printf("indicators.tsv: %u %s", o->no, o->code);

            problem(app, where, "(lưu ý) chỉ tiêu không còn trong phiên bản này",
                    "(note) this version has the indicator no more");
            free(where);
        }
    }
    for (size_t i = 0; i < older->n_forms; i++) {
        const struct form *o = &older->forms[i];

        if (catalogue_form(candidate, o->code, o->version) == NULL) {
            char *where = mem_printf("forms.tsv: %s %u", o->code, o->version);

            problem(app, where,
                    "(lưu ý) phiên bản biểu không còn trong danh mục: báo cáo theo biểu "
                    "này sẽ "
                    "không được tiếp nhận",
                    "(note) the form version is gone: reports by it will be refused");
            free(where);
        }
    }
}

size_t lint_against(struct app *app, const struct catalogue *candidate,
                    const struct catalogue *older)
{
    size_t n = 0;

    if (candidate->version == older->version) {
        if (hash_eq(&candidate->hash, &older->hash))
            return 0;
        problem(app, "catalogue.tsv: version",
                "phiên bản này đã nạp với nội dung khác: tăng version",
                "this version is loaded with other content: raise it");
        n++;
    }
    for (size_t i = 0; i < candidate->n_indicators; i++)
        n += lint_indicator(app, &candidate->indicators[i], older);
    for (size_t i = 0; i < candidate->n_forms; i++)
        n += lint_form(app, &candidate->forms[i], older);
    if (candidate->version > older->version)
        say_gone(app, candidate, older);
    return n;
}

void lint_place(const char *dir, struct err *e)
{
    char name[64], *path, *rest;
    struct bytes national = {0};
    struct err ignored = {0};
    size_t line, lines = 0;
    int used = 0;

    if (sscanf(e->text, "%40[a-z].tsv:%zu:%n", name, &line, &used) != 2 || used == 0)
        return;
    path = mem_printf("%s/%s.tsv", dir, name);
    if (file_read(path, FILE_MAX, &national, &ignored)) {
        for (size_t i = 0; i < national.n; i++)
            lines += national.p[i] == '\n';
        if (line > lines) {
            rest = mem_str(e->text + used);
            err_set(e, e->kind, "%s.local.tsv:%zu:%s", name, line - lines + 1, rest);
            free(rest);
        }
    }
    bytes_clear(&national);
    free(path);
}
