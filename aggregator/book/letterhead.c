#include "aggregator/book/letterhead.h"
#include "proto/base/text.h"

#define BLANK_NUMBER ".........."
#define BLANK_DAY "ngày ..... tháng ..... năm ........."

const char *day_in_words(int32_t day, struct arena *a)
{
    int y, m, d;

    date_split(day, &y, &m, &d);
    return arena_printf(a, "ngày %02d tháng %0*d năm %d", d, m <= 2 ? 2 : 1, m, y);
}

/* "Tỉnh Lai Châu": "Lai Châu", as it stands before a date. */
static const char *place_of(const char *name)
{
    static const char *const kinds[] = {"Tỉnh ", "Thành phố "};

    for (size_t i = 0; i < COUNT(kinds); i++)
        if (strncmp(name, kinds[i], strlen(kinds[i])) == 0)
            return name + strlen(kinds[i]);
    return name;
}

/* "tỉnh Lai Châu", inside a sentence. */
static const char *inside(const char *name, struct arena *a)
{
    if (strncmp(name, "Tỉnh ", strlen("Tỉnh ")) == 0)
        return arena_printf(a, "tỉnh %s", place_of(name));
    if (strncmp(name, "Thành phố ", strlen("Thành phố ")) == 0)
        return arena_printf(a, "thành phố %s", place_of(name));
    return name;
}

static const char *name_of_office(const struct office *o)
{
    return o != NULL ? o->name_vi : NULL;
}

static const char *const *names_of(const struct offices *o, bool acts, int32_t day,
                                   struct arena *a)
{
    const char **list = arena_new(a, (OFFICE_PLACES + 1) * sizeof *list);
    size_t n = 0;

    for (int place = 1; place <= OFFICE_PLACES; place++) {
        const struct office *found =
            acts ? act_at(o, place, day) : office_at(o, "recipient", place, day);

        if (found != NULL)
            list[n++] = found->name_vi;
    }
    list[n] = NULL;
    return list;
}

/* "20/06/2025" */
static int32_t day_read(const char *vi)
{
    int day, month, year;

    if (vi == NULL || sscanf(vi, "%2d/%2d/%4d", &day, &month, &year) != 3)
        return DATE_NONE;
    return date_make(year, month, day);
}

void letterhead_make(const struct offices *o, const struct totals *t,
                     const char *published, const char *number, const char *issued,
                     struct arena *a, struct letterhead *out)
{
    const int32_t given = number != NULL ? day_read(issued) : DATE_NONE;
    const int32_t day = given != DATE_NONE ? given : day_read(published);
    const struct office *maker = office_at(o, "maker", 1, day);
    size_t digits;

    *out = (struct letterhead){
        .maker = name_of_office(maker),
        .maker_code = maker != NULL ? maker->code : NULL,
        .ministry = name_of_office(office_at(o, "ministry", 1, day)),
        .alliance = name_of_office(office_at(o, "alliance", 1, day)),
        .recipients = names_of(o, false, day, a),
        .acts = names_of(o, true, day, a),
        .province = inside(t->province_name, a),
        .place = place_of(t->province_name),
        .day = given != DATE_NONE ? day_in_words(given, a) : BLANK_DAY,
        .digits = BLANK_NUMBER,
        .symbol = arena_printf(a, "BC-%s", maker != NULL ? maker->code : "UBND"),
    };
    if (number != NULL) {
        digits = strcspn(number, "/");
        out->digits = arena_strn(a, number, digits);
        out->symbol = arena_str(a, number[digits] != 0 ? number + digits + 1 : "");
        out->number = arena_str(a, number);
    } else {
        out->number = arena_printf(a, "%s/%s", out->digits, out->symbol);
    }
    out->attached =
        arena_printf(a, "(Kèm theo Báo cáo số %s %s của %s %s)", out->number, out->day,
                     out->maker != NULL ? out->maker : "Ủy ban nhân dân", out->province);
}
