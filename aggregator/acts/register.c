#include "aggregator/acts/register.h"
#include "proto/base/file.h"
#include "proto/base/text.h"
#include "proto/index.h"
#include "proto/tsv.h"
#include "proto/wire.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <unistd.h>

enum { FILE_MAX_BYTES = 32 * 1024 * 1024 };

size_t reg_index(const struct reg *reg, const char *column)
{
    size_t i = 0;

    while (i < reg->n && strcmp(reg->columns[i].name, column) != 0)
        i++;
    assert(i < reg->n);
    return i;
}

const char *reg_get(const struct reg_load *l, const struct reg_row *row,
                    const char *column)
{
    return row->v[reg_index(l->reg, column)];
}

int32_t reg_date(const struct reg_load *l, const struct reg_row *row, const char *column)
{
    return date_read(reg_get(l, row, column));
}

/* ---- problems ---- */

static void problem_line(struct reg_load *l, const char *text)
{
    if (l->problems++ < REG_PROBLEMS)
        fprintf(stderr, "%s\n", text);
}

void reg_problem(struct reg_load *l, size_t line, const char *column, const char *value,
                 const char *vi, const char *en)
{
    char *text = mem_printf("%s:%zu: %s: \"%s\": %s", l->file, line, column, value,
                            app_say(l->app, vi, en));

    problem_line(l, text);
    free(text);
}

static bool before(const struct reg_load *l, const struct reg_row *row, const char *first,
                   const char *second)
{
    int32_t a = reg_date(l, row, first), b = reg_date(l, row, second);

    return a == DATE_NONE || b == DATE_NONE || a <= b;
}

void reg_in_order(struct reg_load *l, const struct reg_row *row, const char *first,
                  const char *second)
{
    char *vi, *en;

    if (before(l, row, first, second))
        return;
    vi = mem_printf("sớm hơn %s (%s): sửa một trong hai ngày", first,
                    reg_get(l, row, first));
    en = mem_printf("earlier than %s (%s): correct one of them", first,
                    reg_get(l, row, first));
    reg_problem(l, row->line, second, reg_get(l, row, second), vi, en);
    free(vi);
    free(en);
}

/* ---- reading ---- */

/* What spreadsheets leave in a text file: BOM, CR, no last LF, decomposed letters. */
static bool tidy(struct reg_load *l, const struct bytes *raw, struct bytes *out,
                 struct err *e)
{
    struct span all = span_of(raw);
    const char *nfc;

    if (all.n >= 3 && memcmp(all.p, "\xef\xbb\xbf", 3) == 0) {
        all.p += 3;
        all.n -= 3;
    }
    nfc = text_nfc(&l->arena, all);
    if (nfc == NULL)
        return app_set(l->app, e, ERR_INPUT,
                       "%s: không phải văn bản UTF-8: lưu lại dạng "
                       "UTF-8, cột cách nhau bằng dấu tab",
                       "%s: not UTF-8 text: save it as UTF-8 with tabs between columns",
                       l->file);
    for (const char *p = nfc; *p != 0; p++)
        if (p[0] != '\r' || p[1] != '\n')
            bytes_char(out, *p);
    if (out->n == 0 || out->p[out->n - 1] != '\n')
        bytes_char(out, '\n');
    return true;
}

static const char *word_of(const struct reg_column *c, const char *value)
{
    for (const struct reg_word *w = c->words; w->code != NULL; w++)
        if (strcmp(w->code, value) == 0)
            return w->code;
    return NULL;
}

static void wrong_word(struct reg_load *l, const struct reg_column *c, const char *value)
{
    struct bytes list = {0};
    char *vi, *en;

    for (const struct reg_word *w = c->words; w->code != NULL; w++)
        bytes_printf(&list, "%s%s (%s)", list.n != 0 ? ", " : "", w->code,
                     app_say(l->app, w->vi, w->en));
    vi = mem_printf("không có từ này, chọn một trong: %s", bytes_cstr(&list));
    en = mem_printf("no such word, use one of: %s", bytes_cstr(&list));
    reg_problem(l, l->rows[l->n - 1].line, c->name, value, vi, en);
    free(vi);
    free(en);
    bytes_clear(&list);
}

/* The canonical form of one field; "" after a problem. */
static const char *field(struct reg_load *l, const struct reg_column *c,
                         const char *value)
{
    size_t line = l->rows[l->n - 1].line;
    unsigned char key[KEY_LEN];

    if (*value == 0 && c->absent != NULL)
        value = c->absent;
    if (*value == 0) {
        if (c->required)
            reg_problem(l, line, c->name, value, "chưa ghi: phải có giá trị",
                        "empty: a value is needed");
        return "";
    }
    if (text_has_hidden(value)) {
        reg_problem(l, line, c->name, value, "có ký tự ẩn: xóa và gõ lại",
                    "hidden characters: delete and type it again");
        return "";
    }
    /* what people see travels to the units, too, which could not read it */
    if (c->vi != NULL && strlen(value) > WIRE_STRING_LEN) {
        reg_problem(l, line, c->name, arena_printf(&l->arena, "%.40s...", value),
                    "quá dài (tối đa 300 ký tự): viết gọn lại",
                    "too long (at most 300 characters): shorten it");
        return "";
    }
    switch (c->type) {
    case REG_TEXT:
    case REG_BESIDE:
        return value;
    case REG_CODE:
        if (strpbrk(value, " ,") != NULL || strstr(value, "\xc2\xa0") != NULL)
            reg_problem(l, line, c->name, value, "mã không có dấu cách, dấu phẩy: xóa đi",
                        "a code has no blanks and no commas: remove them");
        return value;
    case REG_DATE:
    case REG_DATE_LATER:
        if (date_read(value) == DATE_NONE)
            reg_problem(l, line, c->name, value,
                        "không phải ngày, ghi theo dạng 2025-06-30",
                        "no date, write it as 2025-06-30");
        return value;
    case REG_BOOL:
        if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
            reg_problem(l, line, c->name, value, "ghi yes hoặc no", "write yes or no");
        return value;
    case REG_WORD:
        if (word_of(c, value) == NULL)
            wrong_word(l, c, value);
        return value;
    case REG_KEY:
        if (!hex_read(value, key, sizeof key))
            reg_problem(
                l, line, c->name, value,
                "không phải khóa xác thực: 64 chữ số hệ 16 do lệnh keys new in ra",
                "no public key: 64 hex digits as printed by keys new");
        else
            value = hex_of(key, sizeof key, arena_new(&l->arena, 2 * sizeof key + 1));
        return value;
    }
    return "";
}

static struct reg_row *new_row(struct reg_load *l, size_t line)
{
    if (l->n == l->cap) {
        l->cap = l->cap != 0 ? 2 * l->cap : 64;
        l->rows = mem_grow(l->rows, l->cap, sizeof *l->rows);
    }
    l->rows[l->n] = (struct reg_row){.line = line};
    return &l->rows[l->n++];
}

static bool read_rows(struct reg_load *l, struct span data, struct err *e)
{
    const char *needed[REG_COLUMNS];
    size_t n_needed = 0;
    struct tsv t;
    bool ok;

    for (size_t i = 0; i < l->reg->n; i++)
        if (l->reg->columns[i].required && l->reg->columns[i].absent == NULL)
            needed[n_needed++] = l->reg->columns[i].name;
    ok = tsv_open(&t, l->file, data, needed, n_needed, e);
    while (ok) {
        size_t left = t.rest.n;

        if (!tsv_next(&t, e)) {
            if (e->kind == ERR_NONE)
                break;
            problem_line(l, e->text);
            ok = t.rest.n != left; /* the next line may be good */
            continue;
        }
        if (new_row(l, t.line) == NULL)
            break;
        for (size_t i = 0; i < l->reg->n; i++) {
            const struct reg_column *c = &l->reg->columns[i];

            l->rows[l->n - 1].v[i] =
                arena_str(&l->arena, field(l, c, tsv_get(&t, c->name)));
        }
    }
    tsv_close(&t);
    e->kind = ok ? ERR_NONE : ERR_INPUT;
    return ok;
}

/* Two lines with one key. */
static void find_doubles(struct reg_load *l)
{
    struct index seen;

    index_open(&seen, &l->arena, l->n);
    for (size_t i = 0; i < l->n; i++) {
        const char *key = "";

        for (size_t k = 0; k < l->reg->n_key; k++)
            key = arena_printf(&l->arena, "%s\t%s", key, l->rows[i].v[k]);
        if (!index_add(&seen, key, NULL, l))
            reg_problem(l, l->rows[i].line, l->reg->columns[0].name, l->rows[i].v[0],
                        "đã có ở một dòng trên: mỗi đối tượng chỉ một dòng",
                        "stands in a line above already: one line each");
    }
}

/* ---- records ---- */

void reg_record(const struct reg *reg, const char *const *values, struct acts *acts)
{
    struct json *j = json_new();

    for (size_t i = 0; i < reg->n; i++) {
        const struct reg_column *c = &reg->columns[i];
        const char *v = values[i];
        bool said = reg->young == 0 || i < reg->young ||
                    strcmp(v, c->absent != NULL ? c->absent : "") != 0;

        if (!said)
            continue;
        switch (c->type) {
        case REG_TEXT:
        case REG_CODE:
        case REG_WORD:
            json_text(j, c->name, v);
            break;
        case REG_DATE_LATER:
            if (*v != 0)
                json_date(j, c->name, date_read(v));
            break;
        case REG_DATE:
            json_date(j, c->name, date_read(v));
            break;
        case REG_BOOL:
            json_bool(j, c->name, strcmp(v, "yes") == 0);
            break;
        case REG_KEY:
            json_text(j, c->name, *v != 0 ? v : NULL);
            break;
        case REG_BESIDE:
            break;
        }
    }
    acts_add(acts, reg->kind, &j);
}

bool reg_changes(const struct reg *reg, struct pg *pg, const struct reg_row *rows,
                 size_t n, struct acts *acts, size_t *same, struct err *e)
{
    char *sql = mem_printf("select encode(c.hash, 'hex') from %s n join control c"
                           " using (epoch, seq)",
                           reg->now);
    struct pg_rows now = {0};
    struct index known;
    struct arena a = {0};
    bool ok = false;

    *same = 0;
    if (!pg_query(pg, sql, NULL, 0, &now, e))
        goto out;
    index_open(&known, &a, now.n);
    for (size_t i = 0; i < now.n; i++)
        index_add(&known, pg_get_text(&now, i, 0), NULL, rows);
    for (size_t i = 0; i < n; i++) {
        char hex[2 * HASH_LEN + 1];
        struct hash hash;

        reg_record(reg, rows[i].v, acts);
        hash = hash_of(DOMAIN_CONTROL, acts->list[acts->n - 1].body);
        if (index_find(&known, hash_hex(&hash, hex), NULL) != NULL) {
            acts->n--; /* its bytes stay in the arena */
            ++*same;
        }
    }
    ok = true;
out:
    pg_rows_clear(&now);
    arena_clear(&a);
    free(sql);
    return ok;
}

/* ---- commands ---- */

static bool load(struct reg_load *l, const char *by, struct err *e)
{
    struct bytes raw = {0}, text = {0};
    struct acts acts = {0};
    const char *actor;
    struct pg *pg;
    size_t same, n;
    bool ok = false;

    if (access(l->file, R_OK) != 0)
        return err_set(e, ERR_INPUT, "%s: %s", l->file, strerror(errno));
    if (!file_read(l->file, FILE_MAX_BYTES, &raw, e) || !tidy(l, &raw, &text, e))
        goto out;
    if (!read_rows(l, span_of(&text), e) && l->problems == 0)
        goto out;
    find_doubles(l);
    if ((pg = app_writer(l->app, e)) == NULL)
        goto out;
    actor = app_actor(l->app, &l->arena, by, e);
    if (actor == NULL || (l->reg->check != NULL && !l->reg->check(l, pg, e)))
        goto out;
    if (l->problems != 0) {
        app_set(l->app, e, ERR_INPUT, "%s: %zu chỗ phải sửa, chưa nạp dòng nào",
                "%s: %zu problems, nothing was loaded", l->file, l->problems);
        goto out;
    }
    if (!reg_changes(l->reg, pg, l->rows, l->n, &acts, &same, e))
        goto out;
    n = acts.n;
    if (l->reg->more != NULL && !l->reg->more(l, pg, &acts, &same, e))
        goto out;
    ok = acts_append(&acts, pg, actor, e);
    if (ok)
        app_print(l->app, "đã nạp %zu dòng, %zu dòng không thay đổi\n",
                  "%zu loaded, %zu unchanged\n", n, same);
out:
    acts_clear(&acts);
    bytes_clear(&raw);
    bytes_clear(&text);
    return ok;
}

int reg_cmd_load(struct app *app, const struct reg *reg, int argc, char **argv)
{
    static const struct option options[] = {
        {"by",  required_argument, NULL, 'b'},
        {0}
    };
    struct reg_load l = {.app = app, .reg = reg};
    const char *by = NULL;
    struct err e = {0};
    int c;
    bool ok;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c != 'b')
            return app_usage(app, NULL, NULL);
        by = optarg;
    }
    if (optind != argc - 1)
        return app_usage(app, NULL, NULL);
    l.file = argv[optind];
    ok = load(&l, by, &e);
    free(l.rows);
    free(l.extra);
    arena_clear(&l.arena);
    return ok ? EXIT_DONE : app_fail(app, &e);
}

static void list_field(struct table *t, const struct reg_column *c, enum lang lang,
                       const struct pg_rows *rows, size_t row, size_t col)
{
    const char *v = pg_get_text(rows, row, col);

    switch (c->type) {
    case REG_TEXT:
    case REG_CODE:
    case REG_BESIDE:
        table_text(t, v);
        return;
    case REG_KEY:
        table_text(t, *v != 0 ? v + 2 : NULL);
        return;
    case REG_DATE:
    case REG_DATE_LATER:
        table_date(t, date_read(v));
        return;
    case REG_BOOL:
        table_bool(t, *v == 't');
        return;
    case REG_WORD:
        for (const struct reg_word *w = c->words; w->code != NULL; w++)
            if (strcmp(w->code, v) == 0) {
                table_shown(t, v, lang == LANG_VI ? w->vi : w->en);
                return;
            }
        table_text(t, v);
        return;
    }
}

int reg_list(struct app *app, const struct reg *reg, bool json, const char *where,
             const struct pg_arg *args, size_t n)
{
    struct column columns[REG_COLUMNS];
    const struct reg_column *shown[REG_COLUMNS];
    size_t n_shown = 0;
    struct bytes sql = {0};
    struct pg_rows rows = {0};
    struct table t = {0};
    struct err e = {0};
    struct pg *pg = app_pg(app, DB_READ, &e);
    bool ok = false;

    bytes_str(&sql, "select ");
    for (size_t i = 0; i < reg->n; i++) {
        const struct reg_column *c = &reg->columns[i];

        if (c->type == REG_BESIDE)
            continue;
        columns[n_shown] = (struct column){c->name,
                                           c->type == REG_DATE   ? COL_DATE
                                           : c->type == REG_BOOL ? COL_BOOL
                                                                 : COL_TEXT,
                                           c->vi, c->en};
        shown[n_shown++] = c;
        bytes_printf(&sql, "%s%s", i == 0 ? "" : ", ", c->name);
    }
    bytes_printf(&sql, " from %s %s order by %s", reg->now, where != NULL ? where : "",
                 reg->key);
    if (pg == NULL || !pg_query(pg, bytes_cstr(&sql), args, n, &rows, &e))
        goto out;
    table_init(&t, columns, n_shown);
    for (size_t r = 0; r < rows.n; r++)
        for (size_t i = 0; i < n_shown; i++)
            list_field(&t, shown[i], app->lang, &rows, r, i);
    table_print(&t, app->lang, json, stdout);
    ok = true;
out:
    pg_rows_clear(&rows);
    table_clear(&t);
    bytes_clear(&sql);
    return ok ? EXIT_DONE : app_fail(app, &e);
}

int reg_cmd_list(struct app *app, const struct reg *reg, int argc, char **argv)
{
    bool json;

    if (!app_json_only(argc, argv, 0, 0, &json))
        return app_usage(app, NULL, NULL);
    return reg_list(app, reg, json, NULL, NULL, 0);
}
