/* ingest_own - what the files of ingest share; others use ingest.h. */
#ifndef HTX_INGEST_OWN_H
#define HTX_INGEST_OWN_H

#include "aggregator/ingest/ingest.h"
#include "aggregator/ingest/pasts.h"

struct ingest {
    struct ingest_ports ports;
    struct context ctx;
    bool have_ctx;
    bool whole;                /* the log was seen to reach what is signed */
    struct commit_sign *signs; /* made, not yet kept; statement is not used */
    size_t n_signs;
    struct catalogues cats; /* those of ctx, loaded */
};

/* Signs a committed statement; the signature is kept with the next commit. */
bool ingest_sign(struct ingest *in, uint64_t epoch, uint64_t number,
                 struct span statement, struct signature *out, struct err *e) MUST_CHECK;
/* What committed while nobody signed: our own last breath, or an administrator's act. */
bool ingest_sign_unsigned(struct ingest *in, struct err *e) MUST_CHECK;
/* A log that ends before what was signed under its key is not the whole log: ERR_SETUP.
 */
bool ingest_log_whole(struct ingest *in, struct err *e) MUST_CHECK;

#endif
