/* class(SET) and @class(SET): the class of a report's subject by the report's figures. */
#include "proto/rules_own.h"

static const int64_t *figure(void *ctx, const struct indicator *ind, bool *part)
{
    static const int64_t nothing = 0;
    const struct report_view *v = ctx;
    const struct observation *o = view_find(v, ind->no, "", "");

    *part = ind->type == IND_FLOW && strcmp(v->period->kind, "year") != 0;
    if (o == NULL || (o->state != OBS_VALUE && o->state != OBS_NIL))
        return NULL;
    return o->state == OBS_NIL ? &nothing : &o->value;
}

static const struct class_row *class_in(const struct report_view *v, const char *set)
{
    const char *code = v->r->subject.sector != NULL ? v->r->subject.sector : "";
    const struct breakdown *sector = catalogue_breakdown(v->c, "sector", code);
    struct class_facts f = {.sector = sector == NULL           ? ""
                                      : sector->parent[0] != 0 ? sector->parent
                                                               : sector->code,
                            .state = v->r->subject.state,
                            .age_months = -1, /* the register's, not the report's */
                            .figure = figure,
                            .ctx = (void *)v};

    if (v->period == NULL)
        return NULL;
    f.day = v->period->cutoff;
    return class_of(v->c, set, &f);
}

struct value rule_class(const struct report_view *v, const char *set, const char *code)
{
    const struct class_row *r = code != NULL && *code != 0 ? class_in(v, set) : NULL;

    return r != NULL ? value_number(strcmp(r->code, code) == 0) : value_unknown();
}

const char *rule_class_name(const struct report_view *v, const char *set)
{
    const struct class_row *r = class_in(v, set);

    return r != NULL ? r->name_vi : "";
}

const char *rule_class_law(const struct report_view *v, const char *set)
{
    const struct class_row *r = class_in(v, set);

    return r != NULL ? r->law : "";
}
