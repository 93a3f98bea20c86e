#include "aggregator/acts/lineage.h"

enum { PREDECESSORS = 500 /* of one unit */ };

/* One "CODE[@VALID_FROM][:part]". */
struct token {
    const char *text; /* as written, trimmed */
    const char *code;
    int32_t from; /* DATE_NONE: not given */
    bool part, sound;
};

struct line {
    const char *old, *new;
    int32_t old_from, new_from, day;
    bool part;
    const char *act;
    const struct reg_row *row; /* of the file that says so, else NULL */
    const char *token;
};

struct lines {
    struct line *list;
    size_t n, cap;
};

/* ---- reading the column ---- */

static struct token read_token(struct arena *a, const char *start, size_t n)
{
    struct token t = {.from = DATE_NONE, .sound = true};
    char *s, *mark;

    while (n > 0 && (start[n - 1] == ' ' || start[n - 1] == '\t'))
        n--;
    while (n > 0 && (*start == ' ' || *start == '\t')) {
        start++;
        n--;
    }
    t.text = arena_strn(a, start, n);
    s = arena_strn(a, start, n);
    if ((mark = strchr(s, ':')) != NULL) {
        t.part = strcmp(mark, ":part") == 0;
        t.sound = t.part;
        *mark = 0;
    }
    if ((mark = strchr(s, '@')) != NULL) {
        *mark = 0;
        t.from = date_read(mark + 1);
        t.sound = t.sound && t.from != DATE_NONE;
    }
    t.code = s;
    t.sound = t.sound && *s != 0 && strchr(s, ' ') == NULL;
    return t;
}

/* The next token of a field; false at its end. Empty ones are left out. */
static bool next_token(struct arena *a, const char **rest, struct token *t)
{
    while (**rest != 0) {
        size_t n = strcspn(*rest, ";");
        const char *start = *rest;

        *rest += n + (start[n] == ';');
        *t = read_token(a, start, n);
        if (*t->text != 0)
            return true;
    }
    return false;
}

static bool says_none(const char *field)
{
    return strcmp(field, "-") == 0;
}

/* ---- units ---- */

static size_t first_of(const struct lineage_units *u, const char *code)
{
    size_t low = 0, high = u->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (strcmp(u->list[mid].code, code) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static const struct lineage_unit *unit_of(const struct lineage_units *u, const char *code,
                                          int32_t from)
{
    for (size_t i = first_of(u, code); i < u->n && strcmp(u->list[i].code, code) == 0;
         i++)
        if (u->list[i].from == from)
            return &u->list[i];
    return NULL;
}

/* Of a code alone: its newest unit from before the day. */
static const struct lineage_unit *before_day(const struct lineage_units *u,
                                             const char *code, int32_t day)
{
    const struct lineage_unit *found = NULL;

    for (size_t i = first_of(u, code); i < u->n && strcmp(u->list[i].code, code) == 0;
         i++)
        if (u->list[i].from < day)
            found = &u->list[i];
    return found;
}

/* "01/01/2004-30/06/2025; ..." of a code, for a message. */
static const char *times_of(struct arena *a, const struct lineage_units *u,
                            const char *code)
{
    const char *list = "";

    for (size_t i = first_of(u, code); i < u->n && strcmp(u->list[i].code, code) == 0;
         i++) {
        char from[11], to[11];

        list = arena_printf(a, "%s%s%s@%s - %s", list, *list != 0 ? "; " : "", code,
                            date_iso(u->list[i].from, from),
                            u->list[i].to != DATE_NONE ? date_iso(u->list[i].to, to)
                                                       : "...");
    }
    return list;
}

/* ---- checks ---- */

static void bad(struct reg_load *l, const struct reg_row *row, const char *value,
                const char *vi, const char *en)
{
    reg_problem(l, row->line, "from", value, vi, en);
}

static const struct lineage_unit *find_old(struct reg_load *l, const struct reg_row *row,
                                           const struct lineage_units *units,
                                           const struct token *t, int32_t day)
{
    struct arena *a = &l->arena;
    const struct lineage_unit *old;
    const char *times = times_of(a, units, t->code);
    char iso[11];

    if (*times == 0) {
        bad(l, row, t->text,
            "không có đơn vị cũ mã này: sửa mã, hoặc nạp đơn vị cũ (có thể trong cùng "
            "tệp)",
            "no unit has this code: correct it, or load the old unit (the same file may "
            "hold it)");
        return NULL;
    }
    old = t->from != DATE_NONE ? unit_of(units, t->code, t->from)
                               : before_day(units, t->code, day);
    if (old == NULL && t->from != DATE_NONE)
        bad(l, row, t->text,
            arena_printf(a, "mã này không có đơn vị từ ngày đó, chỉ có: %s", times),
            arena_printf(a, "no unit of this code begins on that day, there is: %s",
                         times));
    else if (old == NULL || old->from >= day)
        bad(l, row, t->text,
            arena_printf(a,
                         "đơn vị cũ phải có trước ngày %s của đơn vị mới (một đơn vị "
                         "không thể nối vòng về chính nó), chỉ có: %s",
                         date_iso(day, iso), times),
            arena_printf(a,
                         "an old unit must begin before %s, the day of the new one (no "
                         "unit can lead back to itself), there is: %s",
                         date_iso(day, iso), times));
    return old != NULL && old->from < day ? old : NULL;
}

/* Does the old unit end on the day before? One that gives only a part may live on. */
static bool check_end(struct reg_load *l, const struct reg_row *row, const char *value,
                      const char *column, const struct lineage_unit *old, int32_t day,
                      bool part)
{
    struct arena *a = &l->arena;
    char end[11], last[11], first[11];

    date_iso(old->to, end);
    date_iso(day - 1, last);
    date_iso(day, first);
    if (!part && (old->to == DATE_NONE || old->to >= day)) {
        reg_problem(
            l, row->line, column, value,
            arena_printf(a,
                         "đơn vị cũ %s còn hiệu lực sau ngày %s%s%s: ghi valid_to của nó "
                         "là %s, hoặc ghi %s:part nếu chỉ một phần chuyển đi",
                         old->code, first, *end != 0 ? " (đến " : "",
                         *end != 0 ? arena_printf(a, "%s)", end) : "", last, old->code),
            arena_printf(a,
                         "the old unit %s is still valid after %s%s%s: give it the "
                         "valid_to %s, or write %s:part if only a part went over",
                         old->code, first, *end != 0 ? " (until " : "",
                         *end != 0 ? arena_printf(a, "%s)", end) : "", last, old->code));
        return false;
    }
    if (old->to != DATE_NONE && old->to < day - 1) {
        reg_problem(
            l, row->line, column, value,
            arena_printf(
                a,
                "đơn vị cũ %s kết thúc ngày %s, đơn vị mới bắt đầu ngày %s: ngày "
                "kết thúc phải là %s, sửa một trong hai ngày",
                old->code, end, first, last),
            arena_printf(a,
                         "the old unit %s ended on %s, the new one begins on %s: the end "
                         "must be %s, correct one of them",
                         old->code, end, first, last));
        return false;
    }
    return true;
}

static void add_line(struct lines *lines, struct line line)
{
    if (lines->n == lines->cap) {
        lines->cap = lines->cap != 0 ? 2 * lines->cap : 64;
        lines->list = mem_grow(lines->list, lines->cap, sizeof *lines->list);
    }
    lines->list[lines->n++] = line;
}

/* The lines of one row. With units they are checked; those that stand are added. */
static void row_lines(struct reg_load *l, const struct reg_row *row,
                      const struct lineage_units *units, struct lines *out)
{
    const char *rest = reg_get(l, row, "from"), *code = reg_get(l, row, "code");
    const int32_t day = reg_date(l, row, "valid_from");
    const size_t first = out->n;
    struct token t;
    size_t n = 0;

    if (says_none(rest) || day == DATE_NONE)
        return;
    while (next_token(&l->arena, &rest, &t)) {
        const struct lineage_unit *old;
        bool twice = false;

        if (++n > PREDECESSORS) {
            bad(l, row, t.text, "quá nhiều đơn vị cũ cho một đơn vị",
                "too many old units for one unit");
            return;
        }
        if (!t.sound) {
            bad(l, row, t.text,
                "ghi MÃ, MÃ@NGÀY (yyyy-mm-dd) hoặc MÃ:part, cách nhau bằng dấu chấm phẩy",
                "write CODE, CODE@DATE (yyyy-mm-dd) or CODE:part, with semicolons "
                "between");
            continue;
        }
        old = find_old(l, row, units, &t, day);
        if (old == NULL || !check_end(l, row, t.text, "from", old, day, t.part))
            continue;
        for (size_t i = first; i < out->n && !twice; i++)
            twice = strcmp(out->list[i].old, old->code) == 0 &&
                    out->list[i].old_from == old->from;
        if (twice)
            bad(l, row, t.text, "ghi hai lần: bỏ một", "given twice: leave one out");
        else
            add_line(out, (struct line){old->code, code, old->from, day, day, t.part,
                                        reg_get(l, row, "act"), row, t.text});
    }
}

/* What the register says, but for new units that the file speaks of. */
static bool register_lines(struct reg_load *l, struct pg *pg, bool spoken,
                           struct lines *out, struct err *e)
{
    struct pg_rows rows = {0};

    if (!pg_query(pg,
                  "select old, old_from, new, new_from, day, part = 'part', act"
                  " from lineage_at(9223372036854775807, 9223372036854775807)"
                  " order by old, old_from, new, new_from",
                  NULL, 0, &rows, e))
        return err_in(e, "reading lineage");
    for (size_t i = 0; i < rows.n; i++) {
        struct line line = {.old = pg_get_text(&rows, i, 0),
                            .new = pg_get_text(&rows, i, 2),
                            .old_from = pg_get_date(&rows, i, 1),
                            .new_from = pg_get_date(&rows, i, 3),
                            .day = pg_get_date(&rows, i, 4),
                            .part = pg_get_bool(&rows, i, 5)};
        bool here = false;

        for (size_t k = 0; k < l->n && !here; k++)
            here = *reg_get(l, &l->rows[k], "from") != 0 &&
                   strcmp(reg_get(l, &l->rows[k], "code"), line.new) == 0 &&
                   reg_date(l, &l->rows[k], "valid_from") == line.new_from;
        if (here != spoken)
            continue;
        line.old = arena_str(&l->arena, line.old);
        line.new = arena_str(&l->arena, line.new);
        line.act = arena_str(&l->arena, pg_get_text(&rows, i, 6));
        add_line(out, line);
    }
    pg_rows_clear(&rows);
    return true;
}

static int by_old(const void *pa, const void *pb)
{
    const struct line *a = pa, *b = pb;
    int c = strcmp(a->old, b->old);

    if (c == 0 && a->old_from != b->old_from)
        c = a->old_from < b->old_from ? -1 : 1;
    return c != 0 ? c : strcmp(a->new, b->new);
}

static bool same_old(const struct line *a, const struct line *b)
{
    return strcmp(a->old, b->old) == 0 && a->old_from == b->old_from;
}

/* As a whole into one, or in parts into several: never both. */
static void check_whole(struct reg_load *l, const struct line *line, size_t n)
{
    const struct line *row = NULL, *other;
    bool whole = false;

    for (size_t i = 0; i < n; i++) {
        whole = whole || !line[i].part;
        if (line[i].row != NULL)
            row = &line[i];
    }
    if (n < 2 || !whole || row == NULL)
        return;
    other = row == line ? line + 1 : line;
    bad(l, row->row, row->token,
        arena_printf(
            &l->arena,
            "đơn vị cũ %s có cả ở đơn vị mới %s: nếu nó chia cho nhiều đơn vị, ghi "
            "%s:part ở từng đơn vị; nếu không, bỏ dòng sai",
            row->old, other->new, row->old),
        arena_printf(&l->arena,
                     "the old unit %s is also given to %s: if it was divided, write "
                     "%s:part with each of its successors; if not, leave the wrong one "
                     "out",
                     row->old, other->new, row->old));
}

bool lineage_check(struct reg_load *l, struct pg *pg, const struct lineage_units *units,
                   struct err *e)
{
    struct lines lines = {0};

    if (!register_lines(l, pg, false, &lines, e)) {
        free(lines.list);
        return false;
    }
    /* an end that the file moves must still fit to what became of the unit */
    for (size_t i = 0; i < lines.n; i++) {
        const struct line *line = &lines.list[i];
        const struct lineage_unit *old = unit_of(units, line->old, line->old_from);

        if (old != NULL && old->row != NULL)
            check_end(l, old->row, reg_get(l, old->row, "valid_to"), "valid_to", old,
                      line->day, line->part);
    }
    for (size_t i = 0; i < l->n; i++)
        row_lines(l, &l->rows[i], units, &lines);
    if (lines.n > 0)
        qsort(lines.list, lines.n, sizeof *lines.list, by_old);
    for (size_t i = 0, n; i < lines.n; i += n) {
        n = 1;
        while (i + n < lines.n && same_old(&lines.list[i], &lines.list[i + n]))
            n++;
        check_whole(l, lines.list + i, n);
    }
    l->extra = lines.list;
    l->n_extra = lines.n;
    return true;
}

/* ---- records ---- */

static void record(struct acts *acts, const struct line *line, const char *part,
                   const char *act)
{
    struct json *j = json_new();

    json_text(j, "old", line->old);
    json_date(j, "old_from", line->old_from);
    json_text(j, "new", line->new);
    json_date(j, "new_from", line->new_from);
    json_date(j, "day", line->day);
    json_text(j, "part", part);
    json_text(j, "act", act);
    acts_add(acts, "lineage", &j);
}

static const struct line *find_line(const struct lines *lines, const struct line *wanted)
{
    for (size_t i = 0; i < lines->n; i++)
        if (same_old(&lines->list[i], wanted) &&
            strcmp(lines->list[i].new, wanted->new) == 0 &&
            lines->list[i].new_from == wanted->new_from)
            return &lines->list[i];
    return NULL;
}

bool lineage_records(struct reg_load *l, struct pg *pg, struct acts *acts, size_t *same,
                     struct err *e)
{
    const struct line *said = l->extra;
    struct lines now = {0}, told = {0};
    bool ok = register_lines(l, pg, true, &now, e);

    for (size_t i = 0; ok && i < l->n_extra; i++) {
        const struct line *was;

        if (said[i].row == NULL)
            continue;
        add_line(&told, said[i]);
        was = find_line(&now, &said[i]);
        if (was != NULL && was->day == said[i].day && was->part == said[i].part &&
            strcmp(was->act, said[i].act) == 0)
            ++*same;
        else
            record(acts, &said[i], said[i].part ? "part" : "full", said[i].act);
    }
    for (size_t i = 0; ok && i < now.n; i++)
        if (find_line(&told, &now.list[i]) == NULL)
            record(acts, &now.list[i], "none", now.list[i].act);
    free(now.list);
    free(told.list);
    return ok;
}
