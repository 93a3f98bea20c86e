#include "proto/holidays.h"

#include "proto/catalogue_own.h"

enum {
    DAYS_MAX = 2000,
    REST_MAX =
        30, /* no rest is longer: a list that says so does not move a day for ever */
};

static int by_date(const void *x, const void *y)
{
    const struct holiday *a = x, *b = y;

    return a->date < b->date ? -1 : a->date > b->date;
}

static int of_week(int32_t day) /* 0: Thursday, as day 0 was */
{
    return ((day % 7) + 7) % 7;
}

bool date_is_saturday(int32_t day)
{
    return of_week(day) == 2;
}

static bool is_weekend(int32_t day)
{
    return date_is_saturday(day) || of_week(day) == 3;
}

static bool read_day(const struct tsv *t, struct arena *a, struct holiday *h,
                     struct err *e)
{
    static const char *const kinds[] = {"holiday", "working", NULL};
    static const char *const sure[] = {"fixed", "announced", "expected", NULL};
    size_t kind, how;

    if (!tsv_given(t, "date", e) || !tsv_date(t, "date", DATE_NONE, &h->date, e) ||
        !tsv_word(t, "kind", kinds, &kind, e) || !tsv_given(t, "name_vi", e) ||
        !tsv_given(t, "name_en", e) || !tsv_word(t, "sure", sure, &how, e))
        return false;
    h->working = kind == 1;
    if (h->working && !is_weekend(h->date))
        return tsv_error(t, e, "kind", "working is for a Saturday or a Sunday");
    h->name_vi = arena_str(a, tsv_get(t, "name_vi"));
    h->name_en = arena_str(a, tsv_get(t, "name_en"));
    return true;
}

bool holidays_read(struct holidays *h, struct arena *a, struct span file, struct err *e)
{
    static const char *const columns[] = {"date", "kind", "name_vi", "name_en", "sure"};
    const size_t lines = load_lines(file);
    struct holiday *days;
    struct tsv t = {0};
    size_t n = 0;
    bool ok;

    *h = (struct holidays){0};
    e->kind = ERR_NONE;
    if (file.n == 0)
        return true;
    if (lines > DAYS_MAX)
        return err_set(e, ERR_INPUT, "holidays.tsv: more than %d days", DAYS_MAX);
    days = arena_new(a, (lines + 1) * sizeof *days);
    ok = tsv_open(&t, "holidays.tsv", file, columns, COUNT(columns), e);
    while (ok && tsv_next(&t, e))
        ok = read_day(&t, a, &days[n++], e);
    tsv_close(&t);
    if (!ok || e->kind != ERR_NONE)
        return false;
    qsort(days, n, sizeof *days, by_date);
    for (size_t i = 1; i < n; i++)
        if (days[i].date == days[i - 1].date) {
            char day[11];

            return err_set(e, ERR_INPUT, "holidays.tsv: date: %s: appears twice",
                           date_iso(days[i].date, day));
        }
    *h = (struct holidays){true, days, n};
    return true;
}

bool holidays_of_bundle(struct holidays *h, struct arena *a, struct span bundle,
                        struct err *e)
{
    struct span parts[CATALOGUE_PARTS];

    return catalogue_split(bundle, parts, e) &&
           holidays_read(h, a, parts[PART_HOLIDAYS], e);
}

const struct holiday *holiday_on(const struct holidays *h, int32_t day, bool *weekend)
{
    const struct holiday key = {.date = day};
    const struct holiday *found =
        h->n > 0 ? bsearch(&key, h->days, h->n, sizeof *h->days, by_date) : NULL;

    *weekend = found == NULL && is_weekend(day);
    return found != NULL && !found->working ? found : NULL;
}

int32_t workday_from(const struct holidays *h, int32_t day)
{
    if (!h->known || day == DATE_NONE)
        return day;
    for (int i = 0; i < REST_MAX; i++) {
        bool weekend;

        if (holiday_on(h, day + i, &weekend) == NULL && !weekend)
            return day + i;
    }
    return day;
}
