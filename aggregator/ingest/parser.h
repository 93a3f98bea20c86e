/*
 * parser - hostile bytes are unpacked in a process without database, files or network.
 *
 * When it dies a new one is started and tries the message once more; dead over it twice,
 * the message is at fault: parser_parse() fails with ERR_INPUT. ERR_RETRY: no parser.
 */
#ifndef HTX_PARSER_H
#define HTX_PARSER_H

#include "aggregator/ingest/parsed.h"
#include "proto/base/duplex.h"

struct parser {
    struct duplex ch;
    int pid;
    struct bytes catalogues; /* as last given, for a restart */
};

bool parser_start(struct parser *p, struct err *e) MUST_CHECK;
void parser_stop(struct parser *p);

/* Bundles of the catalogue versions reports may name, oldest first. */
bool parser_catalogues(struct parser *p, const struct span *bundles, size_t n,
                       struct err *e) MUST_CHECK;

/* out's strings live in the arena; parsed_clear() it. */
bool parser_parse(struct parser *p, struct span wire, struct arena *a, struct parsed *out,
                  struct err *e) MUST_CHECK;

#endif
