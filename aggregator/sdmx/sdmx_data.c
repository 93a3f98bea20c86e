/* The observations, as XML and as CSV. */
#include "aggregator/sdmx/sdmx_own.h"

#include <inttypes.h>

/* ---- StructureSpecificTimeSeriesData 2.1 ---- */

static void put_series(const struct sdmx_row *r, bool key_only, struct bytes *out)
{
    bytes_str(out, "    <Series");
    for (size_t i = 0; i < SDMX_SERIES; i++)
        xml_at(out, sdmx_concepts[i].id, r->v[i]);
    for (size_t i = SC_UNIT_MEASURE; !key_only && i < SDMX_OBS; i++)
        xml_at(out, sdmx_concepts[i].id, r->v[i]);
    bytes_str(out, "><Obs");
    xml_at(out, sdmx_concepts[SC_TIME_PERIOD].id, r->v[SC_TIME_PERIOD]);
    if (!key_only)
        xml_at(out, sdmx_concepts[SC_OBS_VALUE].id, r->v[SC_OBS_VALUE]);
    for (size_t i = SDMX_OBS; !key_only && i < SDMX_COMPONENTS; i++)
        xml_at(out, sdmx_concepts[i].id, r->v[i]);
    bytes_str(out, "/></Series>\n");
}

static void put_set(const char *action, const struct sdmx_row *rows, size_t n,
                    struct bytes *out)
{
    bytes_printf(out,
                 "  <mes:DataSet ss:structureRef=\"" SDMX_DSD
                 "\" ss:dataScope=\"DataStructure\" xsi:type=\"coop:DataSetType\" "
                 "ss:action=\"%s\">\n",
                 action);
    for (size_t i = 0; i < n; i++)
        put_series(&rows[i], strcmp(action, "Delete") == 0, out);
    bytes_str(out, "  </mes:DataSet>\n");
}

static void put_source(const struct sdmx *s, struct bytes *out)
{
    const struct totals *t = s->now->totals;
    struct arena a = {0};
    const char *of_vi = "", *of_en = "";

    if (s->since != NULL) {
        of_vi = arena_printf(&a, ", khác biệt so với bản phát hành lần %" PRId64,
                             s->since->number);
        of_en =
            arena_printf(&a, ", changes since publication %" PRId64, s->since->number);
    }
    if (s->now->number != 0) {
        of_vi =
            arena_printf(&a, "bản phát hành lần %" PRId64 "%s", s->now->number, of_vi);
        of_en = arena_printf(&a, "publication %" PRId64 "%s", s->now->number, of_en);
    } else {
        of_vi =
            arena_printf(&a, "số liệu đến vị trí %s", t->vector != NULL ? t->vector : "");
        of_en = arena_printf(&a, "as of %s", t->vector != NULL ? t->vector : "");
    }
    xml_names(out, 4, "mes:Source",
              arena_printf(&a, "%s: %s, %s, %s; b2 %s", t->province_name, t->name_vi,
                           vintage_label(t->vintage, LANG_VI), of_vi, s->now->hash_hex),
              arena_printf(&a, "%s: %s, %s, %s; b2 %s", t->province_name, t->name_en,
                           vintage_label(t->vintage, LANG_EN), of_en, s->now->hash_hex));
    arena_clear(&a);
}

void sdmx_ml(const struct sdmx *s, struct bytes *out)
{
    struct arena a = {0};

    /* the schema beside it: a validator that has the schemas of SDMX finds it from here
     */
    bytes_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                   "<mes:StructureSpecificTimeSeriesData xmlns:mes=\"" SDMX_URI
                   "message\" xmlns:com=\"" SDMX_URI "common\" xmlns:ss=\"" SDMX_URI
                   "data/structurespecific\" xmlns:coop=\"" SDMX_NAMESPACE
                   "\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"");
    xml_at(out, "xsi:schemaLocation",
           arena_printf(&a, "%s %s", SDMX_NAMESPACE,
                        sdmx_file_name(&a, s->now, s->since, "_dsd.xsd")));
    bytes_str(out, ">\n");
    sdmx_header(s, "", out);
    bytes_printf(out, "    <mes:Structure structureID=\"" SDMX_DSD
                      "\" namespace=\"" SDMX_NAMESPACE
                      "\" dimensionAtObservation=\"TIME_PERIOD\">\n"
                      "      <com:Structure><Ref id=\"" SDMX_DSD
                      "\" version=\"" SDMX_VERSION "\" agencyID=\"" SDMX_AGENCY
                      "\" package=\"datastructure\" class=\"DataStructure\"/>"
                      "</com:Structure>\n    </mes:Structure>\n"
                      "    <mes:DataSetAction>Replace</mes:DataSetAction>\n");
    put_source(s, out);
    bytes_str(out, "  </mes:Header>\n");
    if (s->n_gone > 0)
        put_set("Delete", s->gone, s->n_gone, out);
    if (s->n_rows > 0 || s->n_gone == 0)
        put_set("Replace", s->rows, s->n_rows, out);
    bytes_str(out, "</mes:StructureSpecificTimeSeriesData>\n");
    arena_clear(&a);
}

/* ---- SDMX-CSV 2.0 ---- */

static void put_line(const struct sdmx *s, const struct sdmx_row *r, char action,
                     struct bytes *out)
{
    bytes_printf(out, "dataflow," SDMX_AGENCY ":%s(" SDMX_VERSION "),%c", s->dataflow,
                 action);
    for (size_t i = 0; i < SDMX_COMPONENTS; i++)
        bytes_printf(out, ",%s", action == 'D' && i >= SDMX_KEY ? "" : r->v[i]);
    bytes_str(out, "\r\n");
}

void sdmx_csv(const struct sdmx *s, struct bytes *out)
{
    bytes_str(out, "STRUCTURE,STRUCTURE_ID,ACTION");
    for (size_t i = 0; i < SDMX_COMPONENTS; i++)
        bytes_printf(out, ",%s", sdmx_concepts[i].id);
    bytes_str(out, "\r\n");
    /* a row that only deletes first: what is replaced may stand under the same key */
    for (size_t i = 0; i < s->n_gone && s->since != NULL; i++)
        put_line(s, &s->gone[i], 'D', out);
    for (size_t i = 0; i < s->n_rows; i++)
        put_line(s, &s->rows[i], 'R', out);
}
