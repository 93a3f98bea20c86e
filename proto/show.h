/*
 * show - a report as people and machines read it; both programs' `report show`.
 *
 * Values are printed in the indicator's printed unit: decimal text, so that nothing is
 * rounded on the way. An indicator that the catalogue does not know is shown by its
 * number in smallest units.
 */
#ifndef HTX_SHOW_H
#define HTX_SHOW_H

#include "proto/catalogue.h"
#include "proto/verdict.h"

struct show_receipt { /* verdict NONE: there is none yet */
    enum verdict verdict;
    uint64_t epoch, seq;
    bool late;
};

void show_report(const struct catalogue *c, const struct report *r,
                 const struct show_receipt *receipt, enum lang lang, struct bytes *out);

/*
 * {"id", "unit", "unit_valid_from", "form", "form_version", "subject": {...}, "scheme",
 * "period", "vintage", "channel", "revision", "supersedes", "reason", "catalogue",
 * "source": {...}, "receipt": {...} | null, "observations": [{"indicator", "b1", "b2",
 * "state", "value", "upper", "qualifier", "unit", "as_of", "population", "text", "cell",
 * "stated"}], "texts": [{"key", "text"}]}
 */
void show_report_json(const struct catalogue *c, const struct report *r,
                      const struct show_receipt *receipt, struct bytes *out);

#endif
