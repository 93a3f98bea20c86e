#include "aggregator/book/csv.h"
#include "aggregator/sdmx/sdmx.h"

#include <inttypes.h>

static const char *by_word(const char *by)
{
    static const char *const words[][2] = {
        {"-",  "total"      },
        {"s",  "sector"     },
        {"u",  "unit"       },
        {"us", "unit,sector"}
    };

    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(by, words[i][0]) == 0)
            return words[i][1];
    return by;
}

static const char *unit_name(const struct totals *t, const struct figure *f)
{
    if (*f->f[RC_UNIT] == 0)
        return t->province_name;
    for (size_t i = 0; i < t->n_units; i++)
        if (strcmp(t->units[i].code, f->f[RC_UNIT]) == 0 &&
            strcmp(t->units[i].from, f->f[RC_UNIT_FROM]) == 0)
            return t->units[i].name;
    return f->f[RC_UNIT];
}

static void text(struct bytes *out, const char *s)
{
    bytes_char(out, ',');
    csv_text(out, s);
}

/* Numbers stay numbers: what begins with a minus here is one. */
static void number(struct bytes *out, const char *s)
{
    bytes_char(out, ',');
    bytes_str(out, s);
}

void extract_csv(const struct extract *x, const struct sdmx *keys, struct bytes *out)
{
    static const enum rollup_column counts[] = {
        RC_REPORTED,      RC_EXPECTED, RC_UNITS_STATEMENT, RC_UNITS_ENTITY, RC_NIL,
        RC_NOT_AVAILABLE, RC_REFUSED,  RC_MISSING,         RC_APPROXIMATE};
    const struct totals *t = x->totals;
    struct arena a = {0};

    bytes_str(out, "scheme,period,vintage,version,by,unit,unit_from,unit_name,indicator,"
                   "indicator_name,breakdown1,breakdown2,value,measure,status,numerator,"
                   "denominator,stated,basis,source,reported,expected,units_statement,"
                   "units_entity,nil,not_available,refused,missing,approximate,"
                   "obs_status,series_key\r\n");
    for (size_t i = 0; i < t->n_figures; i++) {
        const struct figure *f = &t->figures[i];
        const struct name *name =
            name_of(x->names->indicators, x->names->n_indicators, f->f[RC_INDICATOR]);

        csv_text(out, t->scheme);
        text(out, t->period);
        text(out, t->vintage);
        bytes_printf(out, ",%" PRId64, x->number);
        text(out, by_word(f->by));
        text(out, *f->f[RC_UNIT] != 0 ? f->f[RC_UNIT] : t->province_code);
        number(out, f->f[RC_UNIT_FROM]);
        text(out, unit_name(t, f));
        text(out, f->f[RC_INDICATOR]);
        text(out, name != NULL ? name->name : "");
        text(out, f->f[RC_B1]);
        text(out, f->f[RC_B2]);
        number(out, f->f[RC_VALUE]);
        text(out, f->f[RC_MEASURE]);
        text(out, figure_status_word(figure_status(f)));
        number(out, f->f[RC_NUMERATOR]);
        number(out, f->f[RC_DENOMINATOR]);
        number(out, f->f[RC_STATED]);
        text(out, f->f[RC_BASIS]);
        text(out, f->f[RC_SOURCE]);
        for (size_t c = 0; c < COUNT(counts); c++)
            number(out, f->f[counts[c]]);
        text(out, keys->rows[i].v[SC_OBS_STATUS]);
        text(out, sdmx_series_key(&a, &keys->rows[i]));
        bytes_str(out, "\r\n");
        arena_reset(&a);
    }
    arena_clear(&a);
}
