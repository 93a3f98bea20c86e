/*
 * wire_own - what the files of wire share; nobody else includes it, for behind it stands
 * the generated code.
 */
#ifndef HTX_WIRE_OWN_H
#define HTX_WIRE_OWN_H

#include "proto/htx.pb-c.h"
#include "proto/merkle.h"
#include "proto/wire.h"

/* Pre-scan, capped unpacking; strict: the canonical form of a known version. NULL: e. */
void *wire_unpack(const ProtobufCMessageDescriptor *d, struct span b, bool strict,
                  struct arena *a, struct err *e);
/* The same with limits of its own for what is larger than a message. */
void *wire_unpack_most(const ProtobufCMessageDescriptor *d, struct span b, bool strict,
                       size_t most, size_t heap, struct arena *a, struct err *e);
/* A version newer than ours is "not now", before anything else is looked at. */
bool wire_version_known(struct span b, const char *what, uint64_t ours, struct err *e);

bool wire_observation_in(const Htx__V1__Observation *m, struct observation *o,
                         struct err *e);
bool wire_subject_in(const Htx__V1__Subject *m, struct subject *s, struct err *e);

/* wire_back.c: the messages of the back flow */
bool wire_notice_in(const Htx__V1__Notice *m, struct arena *a, struct notice *n,
                    struct err *e);
bool wire_offer_in(const Htx__V1__Offer *m, struct arena *a, struct offer *o,
                   struct err *e);
bool wire_part_request_in(const Htx__V1__PartRequest *m, struct part_request *r,
                          struct err *e);
bool wire_part_in(const Htx__V1__Part *m, struct part *p, struct err *e);
bool wire_have_in(const Htx__V1__Have *m, struct have *h, struct err *e);

/* wire_feed.c: the messages of the feed and of reconciliation; false: none of them */
bool wire_feed_out(const struct message *msg, struct arena *a, Htx__V1__Envelope *m);
bool wire_feed_in(const Htx__V1__Envelope *env, struct arena *a, struct message *m,
                  struct err *e);

/* wire_reconcile.c */
bool wire_reconcile_ask_in(const Htx__V1__ReconcileAsk *m, struct reconcile_ask *r,
                           struct err *e);
bool wire_reconcile_answer_in(const Htx__V1__ReconcileAnswer *m, struct arena *a,
                              struct reconcile_answer *r, struct err *e);
/* In the arena; they borrow the strings. */
Htx__V1__ReconcileAsk *wire_reconcile_ask_out(struct arena *a,
                                              const struct reconcile_ask *r);
Htx__V1__ReconcileAnswer *wire_reconcile_answer_out(struct arena *a,
                                                    const struct reconcile_answer *r);

/* wire.c: packing; "" and zero are absent on the wire */
void wire_pack_any(const void *message, struct bytes *out);
Htx__V1__UnitKey *wire_unit_out(struct arena *a, const struct unit_key *u);

static inline ProtobufCBinaryData wire_data(const void *p, size_t n)
{
    return (ProtobufCBinaryData){n, (uint8_t *)p};
}

static inline ProtobufCBinaryData wire_span(struct span s)
{
    return wire_data(s.p, s.n);
}

#define SET(m, field, v) ((m)->has_##field = 1, (m)->field = (v))
#define SET_IF(m, field, cond, v)                                                        \
    do {                                                                                 \
        if (cond)                                                                        \
            SET(m, field, v);                                                            \
    } while (0)

/* -- small helpers ------------------------------------------------------------------ */

static inline const char *text(const char *s)
{
    return s != NULL ? s : "";
}

static inline bool fixed(const ProtobufCBinaryData *d, bool has, void *out, size_t n,
                         const char *what, struct err *e)
{
    if (!has || d->len != n)
        return err_set(e, ERR_INPUT, "%s: must have %zu bytes", what, n);
    memcpy(out, d->data, n);
    return true;
}

#define FIXED(m, field, out)                                                             \
    fixed(&(m)->field, (m)->has_##field, (out), sizeof *(out), #field, e)

static inline struct unit_key unit_in(const Htx__V1__UnitKey *u)
{
    return u == NULL ? (struct unit_key){"", DATE_NONE}
                     : (struct unit_key){text(u->code),
                                         u->has_valid_from ? u->valid_from : DATE_NONE};
}

static inline bool unit_required(const struct unit_key *u, struct err *e)
{
    if (u->code[0] == 0 || !date_is_day(u->valid_from) || strlen(u->code) > 20)
        return err_set(e, ERR_INPUT, "unit: code and valid_from are required");
    return true;
}

static inline bool in_enum(int v, int max)
{
    return v >= 0 && v <= max;
}

/* A path too long is read as none: then it leads nowhere. */
static inline bool path_in(const ProtobufCBinaryData *list, size_t n, struct arena *a,
                           const struct hash **path, size_t *n_path, struct err *e)
{
    struct hash *out;

    *n_path = n <= MERKLE_PATH_MAX ? n : 0;
    *path = out = arena_new(a, *n_path * sizeof *out);
    for (size_t i = 0; i < *n_path; i++)
        if (!fixed(&list[i], true, &out[i], HASH_LEN, "path", e))
            return false;
    return true;
}

#endif
