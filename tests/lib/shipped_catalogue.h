/* shipped_catalogue - the catalogue of schema/catalogue, for tests that judge by it. */
#ifndef HTX_TEST_SHIPPED_CATALOGUE_H
#define HTX_TEST_SHIPPED_CATALOGUE_H

#include "proto/catalogue.h"
#include "proto/crypto.h"

/* The caller's to close; a catalogue that does not load ends the test. */
static inline struct catalogue *shipped_catalogue(void)
{
    struct catalogue *c = NULL;
    struct bytes bundle = {0};
    struct err e = {0};

    assert_true(crypto_init());
    if (!catalogue_bundle("schema/catalogue", &bundle, &e) ||
        !catalogue_load(&c, span_of(&bundle), &e))
        fail_msg("%s", e.text);
    bytes_clear(&bundle);
    return c;
}

#endif
