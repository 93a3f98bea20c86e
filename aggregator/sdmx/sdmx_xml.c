/* The few words of XML that the three messages share. */
#include "aggregator/sdmx/sdmx_own.h"

#include <ctype.h>
#include <inttypes.h>

static bool holds(const unsigned char *p)
{
    if (*p < 0x20)
        return *p == '\t' || *p == '\n' || *p == '\r';
    return !(p[0] == 0xEF && p[1] == 0xBF && (p[2] == 0xBE || p[2] == 0xBF));
}

void xml_put(struct bytes *out, const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p != 0; p++) {
        if (!holds(p)) {
            bytes_str(out, "\xEF\xBF\xBD");
            p += *p == 0xEF ? 2 : 0;
            continue;
        }
        switch (*p) {
        case '<':
            bytes_str(out, "&lt;");
            break;
        case '>':
            bytes_str(out, "&gt;");
            break;
        case '&':
            bytes_str(out, "&amp;");
            break;
        case '"':
            bytes_str(out, "&quot;");
            break;
        case '\t':
        case '\n':
        case '\r': /* in an attribute they would be read as spaces */
            bytes_printf(out, "&#%d;", *p);
            break;
        default:
            bytes_char(out, *p);
        }
    }
}

void xml_at(struct bytes *out, const char *name, const char *value)
{
    if (*value == 0)
        return;
    bytes_printf(out, " %s=\"", name);
    xml_put(out, value);
    bytes_char(out, '"');
}

static void name_in(struct bytes *out, int indent, const char *tag, const char *lang,
                    const char *text)
{
    bytes_printf(out, "%*s<%s xml:lang=\"%s\">", indent, "", tag, lang);
    xml_put(out, text);
    bytes_printf(out, "</%s>\n", tag);
}

void xml_names(struct bytes *out, int indent, const char *tag, const char *vi,
               const char *en)
{
    name_in(out, indent, tag, "vi", vi);
    name_in(out, indent, tag, "en", en);
}

/* In the id of a message nobody looks a code up: what may not stand there is "_". */
static void put_id(struct bytes *out, const char *s)
{
    for (; *s != 0; s++)
        bytes_char(out, isalnum((unsigned char)*s) || *s == '-' ? *s : '_');
}

/* Its time is that of the publication: the same question gets the same bytes. */
void sdmx_header(const struct sdmx *s, const char *what, struct bytes *out)
{
    const struct totals *t = s->now->totals;
    struct arena a = {0};
    const char *province = sdmx_id(&a, t->province_code);

    bytes_printf(out, "  <mes:Header>\n    <mes:ID>%s_", s->dataflow);
    put_id(out, t->period);
    bytes_char(out, '_');
    put_id(out, t->vintage);
    if (s->now->number != 0)
        bytes_printf(out, "_%s_v%" PRId64, province, s->now->number);
    else
        bytes_printf(out, "_%s_%.12s", province, s->now->hash_hex);
    if (s->since != NULL)
        bytes_printf(out, "_since_v%" PRId64, s->since->number);
    bytes_printf(out,
                 "%s</mes:ID>\n    <mes:Test>false</mes:Test>\n"
                 "    <mes:Prepared>%s</mes:Prepared>\n    <mes:Sender id=\"%s\">\n",
                 what, s->now->prepared, province);
    xml_names(out, 6, "com:Name", t->province_name, t->province_name);
    bytes_str(out, "    </mes:Sender>\n");
    arena_clear(&a);
}
