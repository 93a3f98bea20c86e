#include "proto/base/text.h"
#include "proto/forms/number.h"
#include "proto/rules_own.h"

/*
 * Shape: what any report must be, whatever the catalogue's rules say. Form and period
 * first, then who, then each cell in the order of the report, then what is missing.
 */

static const char *str(const char *s)
{
    return s != NULL ? s : "";
}

/* About the report as a whole: its place is where it came from, the row of a list. */
static void about_report(const struct report_view *v, struct findings *fs,
                         const char *code, enum severity s, bool refuses,
                         const char *value, const char *arg)
{
    struct finding f = {.code = code,
                        .severity = s,
                        .refuses = refuses,
                        .cell = v->r->source_place,
                        .value = value,
                        .args = {arg}};

    findings_add(fs, &f);
}

static void check_form(const struct report_view *v, const struct form *form,
                       struct findings *fs)
{
    const struct report *r = v->r;
    uint32_t newest = 0;
    char written[128], version[16];

    for (size_t i = 0; i < v->c->n_forms; i++)
        if (strcmp(v->c->forms[i].code, str(r->form)) == 0 &&
            v->c->forms[i].version > newest)
            newest = v->c->forms[i].version;
    snprintf(written, sizeof written, "%s %u", str(r->form), r->form_version);
    snprintf(version, sizeof version, "%u", newest);
    if (form == NULL)
        about_report(v, fs,
                     r->form_version > newest && newest != 0 ? "FORM_VERSION_NEW"
                                                             : "UNKNOWN_FORM",
                     SEV_ERROR, true, written, version);
    else if (v->period != NULL && form->valid_to != DATE_NONE &&
             form->valid_to < v->period->starts)
        about_report(v, fs, "FORM_VERSION_OLD", SEV_ERROR, true, written, version);
    if (v->period == NULL)
        about_report(v, fs, "UNKNOWN_PERIOD", SEV_ERROR, true, str(r->period), NULL);
    if (r->vintage == VINTAGE_NONE)
        about_report(v, fs, "NO_VINTAGE", SEV_ERROR, true, NULL, NULL);
}

static const char *tax_finding(const struct subject *s)
{
    char digits[16];

    /* since 7/2025 a group may go by its leader's citizen number */
    if (s->kind == SUBJECT_THT && strlen(str(s->id)) == 12 &&
        strspn(s->id, "0123456789") == 12)
        return NULL;
    switch (tax_number(str(s->id), digits)) {
    case TAX_OK:
        return NULL;
    case TAX_BRANCH:
        return "TAX_BRANCH";
    case TAX_LENGTH:
        return "TAX_LENGTH";
    case TAX_SERIAL:
        return "TAX_SERIAL";
    case TAX_CHECK:
        return "TAX_CHECK";
    }
    return "TAX_LENGTH";
}

static void check_subject(const struct report_view *v, const struct form *form,
                          struct findings *fs)
{
    const struct subject *s = &v->r->subject;
    const char *code;

    if (s->kind == SUBJECT_NONE || s->kind == SUBJECT_UNIT ||
        (form != NULL && form->subject == SUBJECT_UNIT))
        return;
    if (str(s->name)[0] == 0)
        about_report(v, fs, "NAME_MISSING", SEV_WARNING, false, NULL, NULL);
    if (str(s->sector)[0] != 0 && catalogue_breakdown(v->c, "sector", s->sector) == NULL)
        about_report(v, fs, "SECTOR_UNKNOWN", SEV_ERROR, true, s->sector, NULL);
    switch (s->scheme) {
    case ID_TAX:
        code = tax_finding(s);
        if (code != NULL)
            about_report(v, fs, code, SEV_ERROR, true, str(s->id), NULL);
        break;
    case ID_CERTIFICATE:
        if (str(s->id_issuer)[0] == 0)
            about_report(v, fs, "ENTITY_NO_ISSUER", SEV_WARNING, false, s->id,
                         str(s->name));
        break;
    case ID_REGISTER:
        break;
    case ID_NONE: {
        struct finding f = {.code = "ENTITY_NO_NUMBER",
                            .severity = SEV_ERROR,
                            .holds = true,
                            .cell = v->r->source_place,
                            .args = {str(s->name)}};

        findings_add(fs, &f);
        break;
    }
    }
}

static void at_cell(struct findings *fs, const char *code, enum severity s,
                    const struct observation *o, const char *arg1, const char *arg2)
{
    struct finding f = finding_at(code, s, o);

    f.refuses = s == SEV_ERROR;
    f.args[0] = arg1;
    f.args[1] = arg2;
    findings_add(fs, &f);
}

/* b1 belongs to one of the dimensions, b2 to a later one. */
static void check_breakdown(const struct report_view *v, const struct indicator *ind,
                            const struct observation *o, struct findings *fs)
{
    const char *codes[2] = {str(o->b1), str(o->b2)};
    size_t dim = 0;

    for (size_t k = 0; k < COUNT(codes); k++) {
        if (codes[k][0] == 0)
            continue;
        if (ind->dims[0] == NULL) {
            at_cell(fs, "BREAKDOWN_NOT_ALLOWED", SEV_ERROR, o, codes[k], NULL);
            return;
        }
        while (ind->dims[dim] != NULL &&
               catalogue_breakdown(v->c, ind->dims[dim], codes[k]) == NULL &&
               catalogue_breakdown(v->c, ind->dims[dim], "*") == NULL)
            dim++;
        if (ind->dims[dim] == NULL) {
            at_cell(fs, "BREAKDOWN_UNKNOWN", SEV_ERROR, o, codes[k], NULL);
            return;
        }
        dim++;
    }
    if (codes[0][0] == 0 && codes[1][0] != 0)
        at_cell(fs, "BREAKDOWN_NOT_ALLOWED", SEV_ERROR, o, codes[1], NULL);
}

static void check_range(const struct indicator *ind, const struct observation *o,
                        struct findings *fs)
{
    struct bytes min = {0}, max = {0};
    bool low = o->value < ind->min || (o->has_upper && o->upper < ind->min);
    bool high = o->value > ind->max || (o->has_upper && o->upper > ind->max);

    if (o->state != OBS_VALUE || (!low && !high))
        return;
    value_plain(ind->min, ind->scale, &min);
    value_plain(ind->max, ind->scale, &max);
    at_cell(fs,
            strcmp(ind->unit_vi, "%") == 0            ? "PERCENT_RANGE"
            : low && ind->min == 0 && ind->scale == 1 ? "NEGATIVE_COUNT"
                                                      : "VALUE_RANGE",
            SEV_ERROR, o, bytes_cstr(&min), bytes_cstr(&max));
    bytes_clear(&min);
    bytes_clear(&max);
}

/* A rule that begins when the indicator ended, and is about it, says why. */
static bool ending_has_rule(const struct report_view *v, const struct indicator *ind)
{
    for (size_t i = 0; v->c->rules != NULL && i < v->c->rules->n; i++) {
        const struct rule *r = &v->c->rules->list[i];

        if (ind->valid_to == DATE_NONE || r->valid_from != ind->valid_to + 1 ||
            !rule_applies(r, v))
            continue;
        for (size_t k = 0; k < r->n_indicators && !r->but; k++)
            if (r->indicators[k] == ind)
                return true;
    }
    return false;
}

static void check_cell(const struct report_view *v, const struct observation *o,
                       struct findings *fs)
{
    const struct indicator *ind = catalogue_indicator_no(v->c, o->indicator);
    char no[16];

    if (ind == NULL) {
        snprintf(no, sizeof no, "%u", o->indicator);
        at_cell(fs, "UNKNOWN_INDICATOR", SEV_ERROR, o, no, NULL);
        return;
    }
    if (v->period != NULL &&
        ((ind->valid_from != DATE_NONE && v->period->ends < ind->valid_from) ||
         (ind->valid_to != DATE_NONE && v->period->starts > ind->valid_to)) &&
        !ending_has_rule(v, ind))
        at_cell(fs, "INDICATOR_EXPIRED", SEV_WARNING, o, NULL, NULL);
    check_breakdown(v, ind, o, fs);
    if (str(o->population)[0] != 0 &&
        catalogue_breakdown(v->c, "population", o->population) == NULL)
        at_cell(fs, "POPULATION_UNKNOWN", SEV_ERROR, o, o->population, NULL);
    check_range(ind, o, fs);
    /* the first of two stands, so the finding is at the later one */
    if (view_find(v, o->indicator, o->b1, o->b2) != o)
        at_cell(fs, "DUPLICATE_CELL", SEV_ERROR, o, NULL, NULL);
}

/* A cell that was read and found wrong is not missing as well. */
static bool found_wrong(const struct findings *fs, const struct form_cell *c)
{
    for (size_t i = 0; i < fs->n; i++)
        if (fs->list[i].refuses && fs->list[i].indicator == c->indicator->no &&
            strcmp(str(fs->list[i].b1), c->b1) == 0 &&
            strcmp(str(fs->list[i].b2), c->b2) == 0)
            return true;
    return false;
}

static void check_required(const struct report_view *v, const struct form *form,
                           struct findings *fs)
{
    for (size_t i = 0; i < form->n_cells; i++) {
        const struct form_cell *c = &form->cells[i];
        struct finding f = {.code = "REQUIRED_MISSING",
                            .severity = SEV_WARNING,
                            .indicator = c->indicator->no,
                            .b1 = c->b1,
                            .b2 = c->b2,
                            .cell = v->r->source_place};

        if (c->required && view_find(v, c->indicator->no, c->b1, c->b2) == NULL &&
            !found_wrong(fs, c))
            findings_add(fs, &f);
    }
}

void rules_shape(const struct report_view *v, struct findings *fs)
{
    const struct report *r = v->r;
    const struct form *form = catalogue_form(v->c, str(r->form), r->form_version);

    check_form(v, form, fs);
    check_subject(v, form, fs);
    for (size_t i = 0; i < r->n_obs; i++)
        check_cell(v, &r->obs[i], fs);
    if (form != NULL)
        check_required(v, form, fs);
}
