/* The structure message: what the codes and columns of the data mean. */
#include "aggregator/sdmx/sdmx_own.h"

static void put_ref(struct bytes *out, const char *class, const char *package,
                    const char *id)
{
    bytes_printf(out,
                 "<Ref id=\"%s\" version=\"" SDMX_VERSION "\" agencyID=\"" SDMX_AGENCY
                 "\" package=\"%s\" class=\"%s\"/>",
                 id, package, class);
}

static void put_code(const struct sdmx_code *c, struct bytes *out)
{
    bytes_printf(out, "        <str:Code id=\"%s\">\n", c->id);
    if (strcmp(c->id, c->code) != 0) {
        bytes_str(out,
                  "          <com:Annotations><com:Annotation><com:AnnotationTitle>");
        xml_put(out, c->code);
        bytes_str(out, "</com:AnnotationTitle><com:AnnotationType>HTX_CODE"
                       "</com:AnnotationType></com:Annotation></com:Annotations>\n");
    }
    xml_names(out, 10, "com:Name", c->vi, c->en);
    if (c->parent != NULL)
        bytes_printf(out, "          <str:Parent><Ref id=\"%s\"/></str:Parent>\n",
                     c->parent);
    bytes_str(out, "        </str:Code>\n");
}

static void put_lists(const struct sdmx *s, struct bytes *out)
{
    bytes_str(out, "    <str:Codelists>\n");
    for (size_t i = 0; i < SDMX_LISTS; i++) {
        const struct sdmx_list *l = &s->lists[i];

        bytes_printf(out,
                     "      <str:Codelist id=\"%s\" version=\"" SDMX_VERSION
                     "\" agencyID=\"" SDMX_AGENCY "\"%s>\n",
                     l->id, l->partial ? " isPartial=\"true\"" : "");
        xml_names(out, 8, "com:Name", l->vi, l->en);
        for (size_t k = 0; k < l->n; k++)
            put_code(&l->codes[k], out);
        bytes_str(out, "      </str:Codelist>\n");
    }
    bytes_str(out, "    </str:Codelists>\n");
}

static void put_concepts(struct bytes *out)
{
    bytes_str(out, "    <str:Concepts>\n      <str:ConceptScheme id=\"" SDMX_CONCEPTS
                   "\" version=\"" SDMX_VERSION "\" agencyID=\"" SDMX_AGENCY "\">\n");
    xml_names(out, 8, "com:Name", "Khái niệm của số liệu kinh tế tập thể",
              "Concepts of the figures on cooperatives");
    for (size_t i = 0; i < SDMX_COMPONENTS; i++) {
        bytes_printf(out, "        <str:Concept id=\"%s\">\n", sdmx_concepts[i].id);
        xml_names(out, 10, "com:Name", sdmx_concepts[i].vi, sdmx_concepts[i].en);
        bytes_str(out, "        </str:Concept>\n");
    }
    bytes_str(out, "      </str:ConceptScheme>\n    </str:Concepts>\n");
}

/* The concept, and which values it may have. */
static void put_component(const struct sdmx *s, size_t i, struct bytes *out)
{
    const struct sdmx_concept *c = &sdmx_concepts[i];

    bytes_printf(
        out,
        "            <str:ConceptIdentity><Ref id=\"%s\" "
        "maintainableParentID=\"" SDMX_CONCEPTS
        "\" maintainableParentVersion=\"" SDMX_VERSION "\" agencyID=\"" SDMX_AGENCY
        "\" package=\"conceptscheme\" class=\"Concept\"/></str:ConceptIdentity>\n"
        "            <str:LocalRepresentation>",
        c->id);
    if (c->list < SDMX_LISTS) {
        bytes_str(out, "<str:Enumeration>");
        put_ref(out, "Codelist", "codelist", s->lists[c->list].id);
        bytes_str(out, "</str:Enumeration>");
    } else {
        bytes_printf(out, "<str:TextFormat textType=\"%s\"/>",
                     c->list == SL_TIME      ? "ObservationalTimePeriod"
                     : c->list == SL_DECIMAL ? "Decimal"
                                             : "Integer");
    }
    bytes_str(out, "</str:LocalRepresentation>\n");
}

/* What an attribute belongs to: all of the series key, or the value. */
static void put_relationship(size_t i, struct bytes *out)
{
    bytes_str(out, "            <str:AttributeRelationship>");
    if (i >= SDMX_OBS)
        bytes_str(out,
                  "<str:PrimaryMeasure><Ref id=\"OBS_VALUE\"/></str:PrimaryMeasure>");
    else
        for (size_t k = 0; k < SDMX_SERIES; k++)
            bytes_printf(out, "<str:Dimension><Ref id=\"%s\"/></str:Dimension>",
                         sdmx_concepts[k].id);
    bytes_str(out, "</str:AttributeRelationship>\n");
}

static void put_data_structure(const struct sdmx *s, struct bytes *out)
{
    bytes_str(out, "    <str:DataStructures>\n      <str:DataStructure id=\"" SDMX_DSD
                   "\" version=\"" SDMX_VERSION "\" agencyID=\"" SDMX_AGENCY "\">\n");
    xml_names(out, 8, "com:Name", "Cấu trúc số liệu kinh tế tập thể, hợp tác xã",
              "Structure of the figures on cooperatives");
    bytes_str(out, "        <str:DataStructureComponents>\n"
                   "        <str:DimensionList id=\"DimensionDescriptor\">\n");
    for (size_t i = 0; i < SDMX_KEY; i++) {
        const char *tag = i == SC_TIME_PERIOD ? "TimeDimension" : "Dimension";

        bytes_printf(out, "          <str:%s id=\"%s\" position=\"%zu\">\n", tag,
                     sdmx_concepts[i].id, i + 1);
        put_component(s, i, out);
        bytes_printf(out, "          </str:%s>\n", tag);
    }
    bytes_str(out, "        </str:DimensionList>\n"
                   "        <str:AttributeList id=\"AttributeDescriptor\">\n");
    for (size_t i = SC_OBS_VALUE + 1; i < SDMX_COMPONENTS; i++) {
        bytes_printf(out, "          <str:Attribute id=\"%s\" assignmentStatus=\"%s\">\n",
                     sdmx_concepts[i].id,
                     i <= SC_OBS_STATUS ? "Mandatory" : "Conditional");
        put_component(s, i, out);
        put_relationship(i, out);
        bytes_str(out, "          </str:Attribute>\n");
    }
    bytes_str(out, "        </str:AttributeList>\n"
                   "        <str:MeasureList id=\"MeasureDescriptor\">\n"
                   "          <str:PrimaryMeasure id=\"OBS_VALUE\">\n");
    put_component(s, SC_OBS_VALUE, out);
    bytes_str(out, "          </str:PrimaryMeasure>\n        </str:MeasureList>\n"
                   "        </str:DataStructureComponents>\n      </str:DataStructure>\n"
                   "    </str:DataStructures>\n");
}

void sdmx_structure(const struct sdmx *s, struct bytes *out)
{
    bytes_str(out,
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
              "<mes:Structure xmlns:mes=\"" SDMX_URI "message\" xmlns:str=\"" SDMX_URI
              "structure\" xmlns:com=\"" SDMX_URI "common\">\n");
    sdmx_header(s, "_structure", out);
    bytes_str(out, "  </mes:Header>\n  <mes:Structures>\n    <str:Dataflows>\n");
    bytes_printf(out,
                 "      <str:Dataflow id=\"%s\" version=\"" SDMX_VERSION
                 "\" agencyID=\"" SDMX_AGENCY "\">\n",
                 s->dataflow);
    xml_names(out, 8, "com:Name", s->dataflow_vi, s->dataflow_en);
    bytes_str(out, "        <str:Structure>");
    put_ref(out, "DataStructure", "datastructure", SDMX_DSD);
    bytes_str(out, "</str:Structure>\n      </str:Dataflow>\n    </str:Dataflows>\n");
    put_lists(s, out);
    put_concepts(out);
    put_data_structure(s, out);
    bytes_str(out, "  </mes:Structures>\n</mes:Structure>\n");
}
