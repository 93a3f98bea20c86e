/*
 * sdmx_own - what the files of aggregator/sdmx share.
 */
#ifndef HTX_SDMX_OWN_H
#define HTX_SDMX_OWN_H

#include "aggregator/sdmx/sdmx.h"

#define SDMX_AGENCY "HTX"
#define SDMX_DSD "COOP"
#define SDMX_CONCEPTS "CONCEPTS"
#define SDMX_VERSION "1.0"
/* What the data messages are written in, and the schema is of. */
#define SDMX_NAMESPACE                                                                   \
    "urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure=" SDMX_AGENCY ":" SDMX_DSD  \
    "(" SDMX_VERSION "):ObsLevelDim:TIME_PERIOD"
#define SDMX_URI "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/"

const char *sdmx_dataflow(struct arena *a, const char *scheme);
/* from: "2004-01-01", the first day of a unit; "" for one whose code is its own. */
const char *sdmx_area(struct arena *a, const char *code, const char *from);

/* The lists of a source, into those there are; of one id the first stands. */
bool sdmx_lists_add(struct sdmx *s, const struct sdmx_source *of,
                    struct err *e) MUST_CHECK;
/* Puts a code at the end of a list unless its id is there; ERR_SETUP: for another code.
 */
bool sdmx_list_put(struct sdmx *s, enum sdmx_list_no list, struct sdmx_code code,
                   struct err *e) MUST_CHECK;

struct sdmx_measure { /* of an indicator */
    const char *unit; /* id in SL_UNIT */
    const char *vi, *en;
    const char *mult, *decimals;
};
const char *sdmx_status(const struct totals *t, const struct figure *f); /* OBS_STATUS */
struct sdmx_measure sdmx_measure_of(struct arena *a, const struct indicator *i);

/* ---- XML ---- */

/* Text of an element or attribute: escaped; what XML cannot hold becomes U+FFFD. */
void xml_put(struct bytes *out, const char *text);
/* ' name="value"'; nothing at all for an empty value. */
void xml_at(struct bytes *out, const char *name, const char *value);
/* Two elements <com:Name xml:lang="vi">, "en", each on a line of its own. */
void xml_names(struct bytes *out, int indent, const char *tag, const char *vi,
               const char *en);
/* The header up to what kind of message needs inside; `what` ends its id. */
void sdmx_header(const struct sdmx *s, const char *what, struct bytes *out);

#endif
