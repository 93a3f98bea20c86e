#include "proto/forms/sheet_styles.h"

#include <ctype.h>

#include "proto/forms/sheet_read.h"

enum style_limits { STYLES_MAX = 65536, FORMATS_MAX = 4096 };

enum number_style style_of_code(const char *code)
{
    bool day = false, time = false;

    for (const char *p = code; *p != 0 && *p != ';'; p++) {
        if (*p == '"') {
            p = strchr(p + 1, '"');
            if (p == NULL)
                break;
        } else if (*p == '[') { /* colour, locale, elapsed time */
            p = strchr(p, ']');
            if (p == NULL)
                break;
        } else if ((*p == '\\' || *p == '_' || *p == '*') && p[1] != 0) {
            p++;
        } else if (*p == '%') {
            return STYLE_PERCENT;
        } else if (strncasecmp(p, "general", 7) == 0) {
            p += 6;
        } else if (strchr("dDyY", *p) != NULL) {
            day = true;
        } else if (strchr("hHsS", *p) != NULL) {
            time = true;
        } else if ((*p == 'm' || *p == 'M') && !time) {
            day = day || strpbrk(p, "hHsS") == NULL; /* months, unless minutes */
        }
    }
    return day ? STYLE_DATE : STYLE_PLAIN;
}

/* The numbers every program knows; 27-36 and 50-58 are dates of East Asian locales. */
static enum number_style built_in(unsigned id)
{
    if (id == 9 || id == 10)
        return STYLE_PERCENT;
    if ((id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 31) || id == 36 ||
        (id >= 50 && id <= 58))
        return STYLE_DATE;
    return STYLE_PLAIN;
}

static enum number_style style_of_id(const struct styles *s, unsigned id)
{
    for (size_t i = 0; i < s->n_formats; i++)
        if (s->formats[i].id == id)
            return s->formats[i].style;
    return built_in(id);
}

static unsigned number_attribute(const char **at, const char *name)
{
    const char *v = part_attribute(at, name);

    return v == NULL ? 0 : (unsigned)strtoul(v, NULL, 10);
}

static bool on_start(void *ctx, const char *name, const char **at, struct err *e)
{
    struct styles *s = ctx;
    const char *code;

    if (strcmp(name, "cellXfs") == 0) {
        s->in_cell_formats = true;
    } else if (strcmp(name, "xf") == 0 && s->in_cell_formats) {
        if (s->n == STYLES_MAX)
            return sheet_refuse(e, "SHEET-SIZE", "more than %d cell formats", STYLES_MAX);
        if (s->n % 256 == 0)
            s->list = mem_grow(s->list, s->n + 256, 1);
        s->list[s->n++] = (unsigned char)style_of_id(s, number_attribute(at, "numFmtId"));
    } else if (strcmp(name, "numFmt") == 0) {
        code = part_attribute(at, "formatCode");
        if (s->n_formats == FORMATS_MAX)
            return sheet_refuse(e, "SHEET-SIZE", "more than %d number formats",
                                FORMATS_MAX);
        s->formats = mem_grow(s->formats, s->n_formats + 1, sizeof *s->formats);
        s->formats[s->n_formats++] = (struct number_format){
            number_attribute(at, "numFmtId"), style_of_code(code == NULL ? "" : code)};
    }
    return true;
}

static bool on_end(void *ctx, const char *name, struct err *e)
{
    struct styles *s = ctx;

    (void)e;
    if (strcmp(name, "cellXfs") == 0)
        s->in_cell_formats = false;
    return true;
}

bool styles_read(struct styles *s, struct package *p, const char *part, struct err *e)
{
    struct part_reader r = {.ctx = s, .start = on_start, .end = on_end};

    return package_read(p, part, &r, e);
}

void styles_clear(struct styles *s)
{
    free(s->list);
    free(s->formats);
    *s = (struct styles){0};
}

enum number_style styles_of(const struct styles *s, unsigned index)
{
    return index < s->n ? (enum number_style)s->list[index] : STYLE_PLAIN;
}
