#include "proto/offices.h"

#include "proto/base/clock.h"
#include "proto/tsv.h"

enum { LINES_MOST = 2000, NAME_MOST = 400, CODE_MOST = 40 };

static size_t count_lines(struct span s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.n; i++)
        n += s.p[i] == '\n';
    return n;
}

static bool short_enough(const struct tsv *t, const char *column, size_t most,
                         struct err *e)
{
    return strlen(tsv_get(t, column)) <= most ||
           tsv_error(t, e, column, "too long for a letterhead");
}

/* What both files have. */
static bool read_line(const struct tsv *t, struct arena *a, const char *code,
                      struct office *o, struct err *e)
{
    int64_t place;

    if (!tsv_given(t, "place", e) ||
        !tsv_int(t, "place", 1, 1, OFFICE_PLACES, &place, e) ||
        !tsv_date(t, "valid_from", DATE_NONE, &o->valid_from, e) ||
        !tsv_date(t, "valid_to", DATE_NONE, &o->valid_to, e) ||
        !tsv_given(t, "name_vi", e) || !tsv_given(t, "name_en", e) ||
        !short_enough(t, "name_vi", NAME_MOST, e) ||
        !short_enough(t, "name_en", NAME_MOST, e) || !short_enough(t, code, CODE_MOST, e))
        return false;
    if (o->valid_from != DATE_NONE && o->valid_to != DATE_NONE &&
        o->valid_to < o->valid_from)
        return tsv_error(t, e, "valid_to", "before valid_from");
    o->place = (int)place;
    o->code = arena_str(a, tsv_get(t, code));
    o->name_vi = arena_str(a, tsv_get(t, "name_vi"));
    o->name_en = arena_str(a, tsv_get(t, "name_en"));
    return true;
}

static bool read_office(const struct tsv *t, struct arena *a, struct office *o,
                        struct err *e)
{
    static const char *const roles[] = {"maker", "ministry", "alliance", "recipient",
                                        NULL};
    size_t role;

    if (!tsv_word(t, "role", roles, &role, e) || !read_line(t, a, "code", o, e))
        return false;
    o->role = roles[role];
    return role != 0 || *o->code != 0 || strcmp(o->name_vi, "-") == 0 ||
           tsv_error(t, e, "code", "the maker's stands in the number of its papers");
}

static bool read_act(const struct tsv *t, struct arena *a, struct office *o,
                     struct err *e)
{
    o->role = "act";
    return tsv_given(t, "act", e) && read_line(t, a, "act", o, e);
}

static bool
read_file(const char *name, struct span file, const char *const *columns,
          size_t n_columns,
          bool (*read)(const struct tsv *, struct arena *, struct office *, struct err *),
          struct arena *a, const struct office **out, size_t *n, struct err *e)
{
    const size_t lines = count_lines(file);
    struct office *list = arena_new(a, (lines + 1) * sizeof *list);
    struct tsv t = {0};
    bool ok;

    *out = list;
    *n = 0;
    if (file.n == 0)
        return true;
    if (lines > LINES_MOST)
        return err_set(e, ERR_INPUT, "%s: too many lines", name);
    e->kind = ERR_NONE;
    ok = tsv_open(&t, name, file, columns, n_columns, e);
    while (ok && tsv_next(&t, e)) {
        ok = read(&t, a, &list[*n], e);
        ++*n;
    }
    tsv_close(&t);
    return ok && e->kind == ERR_NONE;
}

bool offices_read(struct offices *o, struct arena *a, struct span offices,
                  struct span legal, struct err *e)
{
    static const char *const columns[] = {"role", "place",   "valid_from", "valid_to",
                                          "code", "name_vi", "name_en"};
    static const char *const acts[] = {"place", "valid_from", "valid_to",
                                       "act",   "name_vi",    "name_en"};

    return read_file("offices.tsv", offices, columns, COUNT(columns), read_office, a,
                     &o->list, &o->n, e) &&
           read_file("legal.tsv", legal, acts, COUNT(acts), read_act, a, &o->acts,
                     &o->n_acts, e);
}

/* The last one that fits: a province's own lines stand behind the national ones. */
static const struct office *at(const struct office *list, size_t n, const char *role,
                               int place, int32_t day)
{
    for (size_t i = n; i-- > 0;) {
        const struct office *o = &list[i];

        if (o->place == place && strcmp(o->role, role) == 0 &&
            (o->valid_from == DATE_NONE || o->valid_from <= day) &&
            (o->valid_to == DATE_NONE || day <= o->valid_to))
            return strcmp(o->name_vi, "-") != 0 ? o : NULL;
    }
    return NULL;
}

const struct office *office_at(const struct offices *o, const char *role, int place,
                               int32_t day)
{
    return at(o->list, o->n, role, place, day);
}

const struct office *act_at(const struct offices *o, int place, int32_t day)
{
    return at(o->acts, o->n_acts, "act", place, day);
}
