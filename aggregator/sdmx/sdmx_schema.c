/*
 * The schema of the data messages of this structure: the abstract types of SDMX 2.1
 * restricted to our components and the codes of the lists, so that a stranger's validator
 * sees a code that is in no list.
 */
#include "aggregator/sdmx/sdmx_own.h"

static void put_list(const struct sdmx_list *l, struct bytes *out)
{
    bytes_printf(
        out, "  <xs:simpleType name=\"%s\">\n    <xs:restriction base=\"xs:string\">\n",
        l->id);
    for (size_t i = 0; i < l->n; i++)
        bytes_printf(out, "      <xs:enumeration value=\"%s\"/>\n", l->codes[i].id);
    bytes_str(out, "    </xs:restriction>\n  </xs:simpleType>\n");
}

static const char *type_of(const struct sdmx *s, size_t i)
{
    switch (sdmx_concepts[i].list) {
    case SL_TIME:
        return "common:ObservationalTimePeriodType";
    case SL_DECIMAL:
        return "xs:decimal";
    case SL_COUNT:
        return "xs:nonNegativeInteger";
    default:
        return s->lists[sdmx_concepts[i].list].id;
    }
}

/* Attributes are optional: a message that deletes has none. */
static void put_attributes(const struct sdmx *s, size_t from, size_t to, const char *use,
                           struct bytes *out)
{
    for (size_t i = from; i < to; i++)
        bytes_printf(out, "        <xs:attribute name=\"%s\" type=\"%s\" use=\"%s\"/>\n",
                     sdmx_concepts[i].id, type_of(s, i), use);
}

static void begin_type(const char *name, const char *base, struct bytes *out)
{
    bytes_printf(out,
                 "  <xs:complexType name=\"%s\">\n    <xs:complexContent>\n"
                 "      <xs:restriction base=\"dsd:%s\">\n        <xs:sequence>\n"
                 "          <xs:element ref=\"common:Annotations\" minOccurs=\"0\"/>\n",
                 name, base);
}

static void end_type(struct bytes *out)
{
    bytes_str(out, "      </xs:restriction>\n    </xs:complexContent>\n"
                   "  </xs:complexType>\n");
}

void sdmx_schema(const struct sdmx *s, struct bytes *out)
{
    bytes_str(
        out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns=\"" SDMX_NAMESPACE
        "\" xmlns:dsd=\"" SDMX_URI "data/structurespecific\" xmlns:common=\"" SDMX_URI
        "common\" targetNamespace=\"" SDMX_NAMESPACE
        "\" elementFormDefault=\"qualified\" attributeFormDefault=\"unqualified\">\n"
        "  <xs:import namespace=\"" SDMX_URI
        "common\" schemaLocation=\"SDMXCommon.xsd\"/>\n"
        "  <xs:import namespace=\"" SDMX_URI "data/structurespecific\" "
        "schemaLocation=\"SDMXDataStructureSpecific.xsd\"/>\n"
        "  <xs:import namespace=\"" SDMX_URI
        "message\" schemaLocation=\"SDMXMessage.xsd\"/>\n");
    begin_type("DataSetType", "TimeSeriesDataSetType", out);
    bytes_str(out, "          <xs:element name=\"DataProvider\" "
                   "type=\"common:DataProviderReferenceType\" form=\"unqualified\" "
                   "minOccurs=\"0\"/>\n          <xs:choice minOccurs=\"0\">\n"
                   "            <xs:element name=\"Series\" type=\"SeriesType\" "
                   "form=\"unqualified\" maxOccurs=\"unbounded\"/>\n"
                   "          </xs:choice>\n        </xs:sequence>\n"
                   "        <xs:attributeGroup ref=\"dsd:SetAttributeGroup\"/>\n");
    end_type(out);
    begin_type("SeriesType", "TimeSeriesType", out);
    bytes_str(out, "          <xs:element name=\"Obs\" type=\"ObsType\" "
                   "form=\"unqualified\" minOccurs=\"0\" maxOccurs=\"unbounded\"/>\n"
                   "        </xs:sequence>\n");
    put_attributes(s, 0, SDMX_SERIES, "required", out);
    put_attributes(s, SC_UNIT_MEASURE, SDMX_OBS, "optional", out);
    end_type(out);
    begin_type("ObsType", "TimeSeriesObsType", out);
    bytes_str(out, "        </xs:sequence>\n"
                   "        <xs:attribute name=\"type\" type=\"common:IDType\" "
                   "use=\"prohibited\"/>\n");
    put_attributes(s, SC_TIME_PERIOD, SC_TIME_PERIOD + 1, "required", out);
    put_attributes(s, SC_OBS_VALUE, SC_OBS_VALUE + 1, "optional", out);
    put_attributes(s, SDMX_OBS, SDMX_COMPONENTS, "optional", out);
    end_type(out);
    for (size_t i = 0; i < SDMX_LISTS; i++)
        put_list(&s->lists[i], out);
    bytes_str(out, "</xs:schema>\n");
}
