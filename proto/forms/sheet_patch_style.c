/* Formats of a workbook: copies with another fill, and those of our own page. */
#include <ctype.h>
#include <strings.h>

#include "proto/forms/sheet_patch.h"
#include "proto/forms/sheet_read.h"

enum { XFS_MAX = 60000, LISTS = 4 };
enum list { LIST_FONTS, LIST_FILLS, LIST_BORDERS, LIST_XFS };

static const char *const list_names[LISTS] = {"fonts", "fills", "borders", "cellXfs"};

/* Told apart from any other colour when the file comes back. */
static const char *const colours[] = {
    [MARK_BLUE] = "B4D5F2", [MARK_AMBER] = "FBD784", [MARK_RED] = "F2A9A2"};

struct reading {
    struct patch_styles *s;
    int list; /* open one, -1 none */
    bool solid;
};

static bool is_list(const struct xml_tag *t, int *list)
{
    for (int i = 0; i < LISTS; i++)
        if (t->main && t->depth == 2 && strcmp(t->name, list_names[i]) == 0) {
            *list = i;
            return true;
        }
    return false;
}

/* A colour's attributes as they would be written again; "" for none we know. */
static void colour_text(const struct xml_tag *t, char out[96])
{
    static const char *const names[] = {"rgb", "theme", "tint", "indexed"};
    size_t n = 0;

    out[0] = 0;
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *v = xml_attribute(t, names[i]);
        size_t len = v == NULL ? 0 : strlen(v);
        bool good = len > 0 && len < 24;

        for (size_t k = 0; k < len && good; k++)
            good =
                isalnum((unsigned char)v[k]) || v[k] == '.' || v[k] == '-' || v[k] == '+';
        if (good && n + len + 12 < 96)
            n += (size_t)snprintf(out + n, 96 - n, " %s=\"%s\"", names[i], v);
    }
}

static enum mark_level level_of(const char *colour)
{
    for (int i = MARK_BLUE; i <= MARK_RED; i++)
        if (strncmp(colour, " rgb=\"", 6) == 0 && strlen(colour) == 15 &&
            strncasecmp(colour + 8, colours[i], 6) == 0)
            return (enum mark_level)i;
    return MARK_CLEAR;
}

/*
 * The colour below one of ours stands behind it, where nothing shows it. One that another
 * program has put there instead is opaque; ours is not.
 */
static void read_under(struct style_fill *f, const char *colour)
{
    if (strncmp(colour, " rgb=\"00", 8) == 0)
        snprintf(f->under, sizeof f->under, " rgb=\"FF%s", colour + 8);
    else if (strncmp(colour, " theme=", 7) == 0 ||
             (strncmp(colour, " indexed=", 9) == 0 &&
              strcmp(colour, " indexed=\"64\"") != 0))
        snprintf(f->under, sizeof f->under, "%s", colour);
}

static void fill_part(struct reading *r, const struct xml_tag *t)
{
    struct style_fill *f = &r->s->fills[r->s->n_fills - 1];
    const char *type;
    char colour[96];

    if (strcmp(t->name, "patternFill") == 0) {
        type = xml_attribute(t, "patternType");
        r->solid = type != NULL && strcmp(type, "solid") == 0;
    } else if (r->solid && strcmp(t->name, "fgColor") == 0) {
        colour_text(t, f->colour);
        f->ours = level_of(f->colour);
        r->s->any_ours = r->s->any_ours || f->ours != MARK_CLEAR;
    } else if (r->solid && strcmp(t->name, "bgColor") == 0) {
        colour_text(t, colour);
        read_under(f, colour);
    }
}

static void add_xf(struct patch_styles *s, const struct xml_tag *t)
{
    const char *fill = xml_attribute(t, "fillId");

    if ((s->n_xfs & (s->n_xfs + 1)) == 0)
        s->xfs = mem_grow(s->xfs, 2 * s->n_xfs + 1, sizeof *s->xfs);
    s->xfs[s->n_xfs++] =
        (struct style_xf){.from = t->from,
                          .to = t->to,
                          .tag_to = t->to,
                          .closed = t->closed,
                          .fill = fill == NULL ? 0 : (unsigned)strtoul(fill, NULL, 10)};
}

static void add_fill(struct patch_styles *s)
{
    if ((s->n_fills & (s->n_fills + 1)) == 0)
        s->fills = mem_grow(s->fills, 2 * s->n_fills + 1, sizeof *s->fills);
    s->fills[s->n_fills++] = (struct style_fill){0};
}

static bool on_start(void *ctx, const struct xml_tag *t, struct err *e)
{
    struct reading *r = ctx;
    struct patch_styles *s = r->s;

    if (t->depth == 1)
        xml_prefix(t, s->prefix);
    if (is_list(t, &r->list)) {
        if (s->lists[r->list].seen)
            return sheet_refuse(e, "SHEET-FORMAT", "two lists of %s", t->name);
        s->lists[r->list] = (struct style_list){true, *t, *t};
        return true;
    }
    if (r->list == LIST_FILLS && t->depth > 3 && s->n_fills > 0)
        fill_part(r, t);
    if (r->list < 0 || t->depth != 3)
        return true;
    if (s->n_xfs > XFS_MAX || s->n_fills > XFS_MAX)
        return sheet_refuse(e, "SHEET-SIZE", "more formats than a workbook may have");
    if (r->list == LIST_XFS) {
        add_xf(s, t);
    } else if (r->list == LIST_FILLS) {
        add_fill(s);
        r->solid = false;
    } else if (r->list == LIST_FONTS) {
        s->n_fonts++;
    } else {
        s->n_borders++;
    }
    return true;
}

static bool on_end(void *ctx, const struct xml_tag *t, struct err *e)
{
    struct reading *r = ctx;
    int list;

    (void)e;
    if (r->list == LIST_XFS && t->depth == 3 && r->s->n_xfs > 0)
        r->s->xfs[r->s->n_xfs - 1].to = t->to;
    if (is_list(t, &list)) {
        if (!r->s->lists[list].start.closed)
            r->s->lists[list].end = *t;
        r->list = -1;
    }
    return true;
}

bool patch_styles_read(struct patch_styles *s, struct span part, struct err *e)
{
    struct reading r = {.s = s, .list = -1};
    const struct xml_reader reader = {&r, on_start, on_end, NULL};

    s->part = part;
    if (!xml_walk(part, &reader, e))
        return false;
    for (int i = 0; i < LISTS; i++)
        if (!s->lists[i].seen)
            return sheet_refuse(e, "SHEET-FORMAT", "no %s among the styles",
                                list_names[i]);
    if (s->n_xfs == 0 || s->n_fills == 0)
        return sheet_refuse(e, "SHEET-FORMAT", "no cell formats");
    s->n_old = s->n_xfs;
    s->n_old_fills = s->n_fills;
    return true;
}

/* A new plain fill; its number. */
static unsigned fill_new(struct patch_styles *s, const char *front, const char *back)
{
    const char *p = s->prefix;

    bytes_printf(
        &s->fresh[LIST_FILLS],
        "<%sfill><%spatternFill patternType=\"solid\"><%sfgColor%s/><%sbgColor%s/>"
        "</%spatternFill></%sfill>",
        p, p, p, front, p, back, p, p);
    return (unsigned)s->n_fills++;
}

static unsigned fill_marked(struct patch_styles *s, const struct style_fill *f,
                            enum mark_level level)
{
    const char *under = f->ours != MARK_CLEAR ? f->under : f->colour;
    char front[96], back[96] = " indexed=\"64\"";

    if (level == MARK_CLEAR)
        return *under == 0 ? 0 : fill_new(s, under, back);
    snprintf(front, sizeof front, " rgb=\"FF%s\"", colours[level]);
    if (strncmp(under, " rgb=\"", 6) == 0 && strlen(under) > 8)
        snprintf(back, sizeof back, " rgb=\"00%s", under + 8);
    else if (*under != 0)
        snprintf(back, sizeof back, "%s", under);
    return fill_new(s, front, back);
}

/* The bytes of a format with another fill in it. */
static void copy_xf(struct patch_styles *s, const struct style_xf *x, unsigned fill)
{
    struct span old = {s->part.p + x->from, x->to - x->from};
    struct xml_tag t = {.bytes = old, .to = x->tag_to - x->from, .closed = x->closed};
    struct edits es = {0};
    struct err e = {0};
    char number[16];

    snprintf(number, sizeof number, "%u", fill);
    edit_attribute(&es, &t, "fillId", number);
    edit_attribute(&es, &t, "applyFill", "1");
    if (!edits_apply(&es, old, &s->fresh[LIST_XFS], &e)) /* the tag was parsed before */
        bytes_add(&s->fresh[LIST_XFS], old.p, old.n);
    edits_clear(&es);
}

unsigned patch_style(struct patch_styles *s, unsigned xf, enum mark_level level)
{
    struct style_xf *x;
    const struct style_fill none = {0}, *f;

    if (xf >= s->n_old)
        xf = 0;
    x = &s->xfs[xf];
    f = x->fill < s->n_old_fills ? &s->fills[x->fill] : &none;
    if (f->ours == level)
        return xf;
    if (x->made[level] == 0) {
        copy_xf(s, x, fill_marked(s, f, level));
        x->made[level] = (unsigned)s->n_xfs++ + 1;
    }
    return x->made[level] - 1;
}

static unsigned font_new(struct patch_styles *s, const char *what, int size,
                         const char *colour)
{
    const char *p = s->prefix;

    bytes_printf(&s->fresh[LIST_FONTS],
                 "<%sfont>%s%s%s<%ssz val=\"%d\"/><%scolor rgb=\"FF%s\"/>"
                 "<%sname val=\"Times New Roman\"/><%sfamily val=\"1\"/></%sfont>",
                 p, *what != 0 ? "<" : "", *what != 0 ? p : "", what, p, size, p, colour,
                 p, p, p);
    return (unsigned)s->n_fonts++;
}

static unsigned border_new(struct patch_styles *s)
{
    static const char *const sides[] = {"left", "right", "top", "bottom"};
    struct bytes *b = &s->fresh[LIST_BORDERS];
    const char *p = s->prefix;

    bytes_printf(b, "<%sborder>", p);
    for (size_t i = 0; i < COUNT(sides); i++)
        bytes_printf(b, "<%s%s style=\"thin\"><%scolor rgb=\"FF9AA5B1\"/></%s%s>", p,
                     sides[i], p, p, sides[i]);
    bytes_printf(b, "<%sdiagonal/></%sborder>", p, p);
    return (unsigned)s->n_borders++;
}

void patch_styles_front(struct patch_styles *s)
{
    const unsigned title = font_new(s, "b/>", 16, "1F3864");
    const unsigned text = font_new(s, "", 11, "000000");
    const unsigned bold = font_new(s, "b/>", 11, "000000");
    const unsigned link = font_new(s, "u/>", 11, "0563C1");
    const unsigned line = border_new(s);
    const unsigned head = fill_new(s, " rgb=\"FFDCE6F1\"", " indexed=\"64\"");
    const unsigned input = fill_new(s, " rgb=\"FFFFFBE6\"", " indexed=\"64\"");
    const struct {
        unsigned font, fill, border;
        const char *alignment, *more;
    } looks[FRONT_STYLES] = {
        [FRONT_TITLE] = {title, 0,     0,    "vertical=\"center\"",                  ""},
        [FRONT_TEXT] = {text,  0,     0,    "vertical=\"top\" wrapText=\"1\"",      ""},
        [FRONT_HEAD] = {bold,  head,  line,
                         "horizontal=\"center\" vertical=\"center\" wrapText=\"1\"", ""},
        [FRONT_CELL] = {text,  0,     line, "vertical=\"top\" wrapText=\"1\"",      ""},
        [FRONT_CENTRE] = {text,  0,     line,
                         "horizontal=\"center\" vertical=\"top\" wrapText=\"1\"",    ""},
        [FRONT_LINK] = {link,  0,     line,
                         "horizontal=\"center\" vertical=\"top\" wrapText=\"1\"",    ""},
        [FRONT_INPUT] = {text,  input, line, "vertical=\"top\" wrapText=\"1\"",
                         "locked=\"0\""                                                },
    };
    const char *p = s->prefix;

    for (int i = 0; i < FRONT_STYLES; i++) {
        unsigned fill = looks[i].fill, font = looks[i].font, border = looks[i].border;
        const char *alignment = looks[i].alignment, *more = looks[i].more;
        char front[32];

        if (i >= FRONT_BLUE && i <= FRONT_RED) {
            snprintf(front, sizeof front, " rgb=\"FF%s\"",
                     colours[MARK_BLUE + i - FRONT_BLUE]);
            fill = fill_new(s, front, " indexed=\"64\"");
            font = bold;
            border = line;
            alignment = looks[FRONT_CENTRE].alignment;
            more = "";
        }
        bytes_printf(&s->fresh[LIST_XFS],
                     "<%sxf numFmtId=\"49\" fontId=\"%u\" fillId=\"%u\" borderId=\"%u\""
                     " xfId=\"0\" applyNumberFormat=\"1\" applyFont=\"1\" applyFill=\"1\""
                     " applyBorder=\"1\" applyAlignment=\"1\"%s><%salignment %s/>",
                     p, font, fill, border, *more != 0 ? " applyProtection=\"1\"" : "", p,
                     alignment);
        if (*more != 0)
            bytes_printf(&s->fresh[LIST_XFS], "<%sprotection %s/>", p, more);
        bytes_printf(&s->fresh[LIST_XFS], "</%sxf>", p);
        s->front[i] = (unsigned)s->n_xfs++;
    }
}

bool patch_styles_write(struct patch_styles *s, struct bytes *out, struct err *e)
{
    const size_t counts[LISTS] = {s->n_fonts, s->n_fills, s->n_borders, s->n_xfs};
    struct edits es = {0};
    bool ok;

    for (int i = 0; i < LISTS; i++) {
        struct style_list *l = &s->lists[i];
        char count[24], name[48];

        snprintf(count, sizeof count, "%zu", counts[i]);
        snprintf(name, sizeof name, "%s%s", s->prefix, list_names[i]);
        edit_attribute(&es, &l->start, "count", count);
        edit_inside(&es, l->start.closed ? &l->start : &l->end, name,
                    span_of(&s->fresh[i]));
    }
    ok = edits_apply(&es, s->part, out, e);
    edits_clear(&es);
    return ok;
}

void patch_styles_clear(struct patch_styles *s)
{
    free(s->xfs);
    free(s->fills);
    for (int i = 0; i < LISTS; i++)
        bytes_clear(&s->fresh[i]);
}

const char patch_plain_styles[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
    "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">"
    "<fonts count=\"1\"><font><sz val=\"11\"/><name val=\"Times New "
    "Roman\"/></font></fonts>"
    "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>"
    "<fill><patternFill patternType=\"gray125\"/></fill></fills>"
    "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border>"
    "</borders>"
    "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\""
    " borderId=\"0\"/></cellStyleXfs>"
    "<cellXfs count=\"4\">"
    "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>"
    "<xf numFmtId=\"14\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\""
    " applyNumberFormat=\"1\"/>"
    "<xf numFmtId=\"10\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\""
    " applyNumberFormat=\"1\"/>"
    "<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\""
    " applyNumberFormat=\"1\" applyAlignment=\"1\"><alignment vertical=\"top\""
    " wrapText=\"1\"/></xf>"
    "</cellXfs>"
    "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/>"
    "</cellStyles></styleSheet>";
