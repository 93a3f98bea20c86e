/*
 * lint - what a catalogue version may not do to those before it, and where a province's
 * own lines belong. Each problem is printed with file, line or code, and remedy.
 */
#ifndef HTX_LINT_H
#define HTX_LINT_H

#include "aggregator/cmd/commands.h"

/* A province's lines stand in *.local.tsv, and nothing else does. Counts problems. */
bool lint_folder(struct app *app, const char *dir, size_t *problems,
                 struct err *e) MUST_CHECK;

/*
 * Against a version loaded before: numbers and codes of indicators mean what they meant,
 * form versions keep their cells. Counts problems; what is only worth knowing is printed
 * but not counted.
 */
size_t lint_against(struct app *app, const struct catalogue *candidate,
                    const struct catalogue *older);

/* An error in a merged line names the file that the line stands in. */
void lint_place(const char *dir, struct err *e);

#endif
