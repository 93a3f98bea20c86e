/*
 * intake - one claimed file, from spool to outbox.
 *
 * sheet -> form -> rules -> one transaction in the outbox -> the file moves on, its
 * answer beside it. A crash anywhere ends in the same place: until the transaction the
 * file is still in work and is read again; after it only the move and the answer are
 * repeated.
 */
#ifndef HTX_INTAKE_H
#define HTX_INTAKE_H

#include "collectors/outbox.h"
#include "collectors/spool.h"
#include "proto/forms/form.h"

struct intake {
    const struct catalogue *cat;
    struct outbox *outbox;
    struct spool *spool;
    int32_t today;      /* civil date that the forms are judged by */
    const char *reason; /* of a revision, when a person gave one; or NULL */
};

/* What a claim belongs to. */
struct intake_unit {
    struct unit_key key;
    enum channel channel;
    const char *state; /* folder with what the province sent back; NULL: nothing */
};

/*
 * Reads and judges a file as far as it goes without the province: every report with the
 * findings of form and rules. A file that cannot be read has a finding that refuses in
 * form->sheet. False only for troubles of our own (ERR_RETRY, ERR_SETUP).
 */
bool intake_read(const struct catalogue *cat, const struct intake_unit *unit,
                 int32_t today, const char *path, struct form_read *form,
                 struct err *e) MUST_CHECK;

struct intake_result {
    bool bad; /* nothing could be taken from it */
    size_t fresh, revised, same, refused;
    bool findings;
};

/*
 * The kept original of a file once more, under in->cat: for those of its reports that the
 * province takes no more as they are (items). The answer is written anew.
 */
bool intake_reread(struct intake *in, const struct intake_unit *unit, const char *claim,
                   const struct hash *items, size_t n, struct err *e) MUST_CHECK;

/* ERR_RETRY: the claim stays in work, come again. */
bool intake_file(struct intake *in, const struct intake_unit *unit,
                 const struct spool_claim *c, struct intake_result *out,
                 struct err *e) MUST_CHECK;

#endif
