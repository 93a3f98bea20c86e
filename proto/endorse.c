#include "proto/endorse.h"

static char *trimmed(char *s)
{
    size_t n;

    while (*s == ' ' || *s == '\t')
        s++;
    n = strlen(s);
    while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL)
        s[--n] = 0;
    return s;
}

/* "[officer an]" begins one; any other section ends it. */
static bool section(struct officers *o, char *line, struct officer_key **now,
                    struct err *e)
{
    char *end = strchr(line, ']');

    *now = NULL;
    if (end == NULL || strncmp(line, "[officer ", 9) != 0)
        return true;
    *end = 0;
    if (o->n == OFFICERS_MAX)
        return err_set(e, ERR_SETUP, "more than %d officers", OFFICERS_MAX);
    *now = &o->list[o->n++];
    snprintf((*now)->code, sizeof(*now)->code, "%s", trimmed(line + 9));
    return true;
}

static bool read_lines(struct officers *o, char *text, struct err *e)
{
    struct officer_key *now = NULL;
    char *rest = text, *line;

    while ((line = strsep(&rest, "\n")) != NULL) {
        char *eq;

        line = trimmed(line);
        if (*line == '[') {
            if (!section(o, line, &now, e))
                return false;
            continue;
        }
        eq = strchr(line, '=');
        if (now == NULL || *line == '#' || *line == ';' || eq == NULL)
            continue;
        *eq = 0;
        if (strcmp(trimmed(line), "key") == 0 &&
            !hex_read(trimmed(eq + 1), now->key.b, KEY_LEN))
            return err_set(e, ERR_SETUP, "[officer %s] key: no key of %d hex digits",
                           now->code, 2 * KEY_LEN);
    }
    return true;
}

bool officers_read(struct span genesis, struct officers *out, struct err *e)
{
    struct bytes copy = {0};
    bool ok;

    *out = (struct officers){0};
    bytes_add(&copy, genesis.p, genesis.n);
    bytes_cstr(&copy);
    ok = read_lines(out, (char *)copy.p, e);
    bytes_clear(&copy);
    return ok;
}

const struct officer_key *officer_with_key(const struct officers *o,
                                           const struct pubkey *key)
{
    static const struct pubkey none;

    for (size_t i = 0; i < o->n; i++)
        if (memcmp(o->list[i].key.b, key->b, KEY_LEN) == 0)
            return memcmp(key->b, none.b, KEY_LEN) != 0 ? &o->list[i] : NULL;
    return NULL;
}

const struct officer_key *officer_with_code(const struct officers *o, const char *code)
{
    for (size_t i = 0; i < o->n; i++)
        if (strcmp(o->list[i].code, code) == 0)
            return &o->list[i];
    return NULL;
}

static void pack_act(const struct catalogue_act *act, struct bytes *out)
{
    wire_pack_catalogue_act(&act->province, act->version, &act->bundle, act->from, out);
}

struct endorsement endorse(const struct catalogue_act *act, const struct keypair *key)
{
    struct endorsement one = {.key = key->pub};
    struct bytes b = {0};

    pack_act(act, &b);
    one.signature = sign(DOMAIN_ENDORSE, key, span_of(&b));
    bytes_clear(&b);
    return one;
}

bool endorsement_holds(const struct catalogue_act *act, const struct endorsement *one)
{
    struct bytes b = {0};
    bool holds;

    pack_act(act, &b);
    holds = sign_holds(DOMAIN_ENDORSE, &one->key, span_of(&b), &one->signature);
    bytes_clear(&b);
    return holds;
}

bool endorsed(const struct catalogue_act *act, const struct officers *officers,
              const struct endorsement *list, size_t n, struct err *e)
{
    const struct officer_key *signers[OFFICERS_MAX];
    size_t n_signers = 0;

    for (size_t i = 0; i < n; i++) {
        const struct officer_key *o = officer_with_key(officers, &list[i].key);
        bool again = false;

        if (o == NULL)
            continue; /* not of this genesis: it says nothing */
        if (!endorsement_holds(act, &list[i]))
            return err_set(e, ERR_INPUT,
                           "catalogue %u: the signature of officer %s does not hold",
                           act->version, o->code);
        for (size_t k = 0; k < n_signers; k++)
            again = again || signers[k] == o;
        if (!again)
            signers[n_signers++] = o;
    }
    return n_signers >= ENDORSEMENTS_NEEDED ||
           err_set(e, ERR_INPUT,
                   "catalogue %u: signed by %zu officers of the genesis, %d are needed",
                   act->version, n_signers, ENDORSEMENTS_NEEDED);
}
