/*
 * pour - the units of a province as fast as serve takes them: reports out of plain lines
 * are sealed into signed batches, batches go over CURVE, receipts are counted. For tests
 * and measurements; what a collector does beside (sheets, rules, outbox) is left out.
 *
 *   pour keys DIR FROM CODE...   keys of units in DIR; prints the lines for keys enroll
 *   pour seal DIR GENESIS OUT    lines on stdin to sealed batches; heads stay in DIR
 *   pour send DIR ENDPOINT SERVERKEY FILE [WINDOW [MS]]
 *                                sends them all, in order, WINDOW of a unit on the way at
 *                                once; what has no answer within MS goes again; prints
 *                                one line of counts when each is answered
 *
 * Lines, fields parted by tabs, numbers as in htx.proto:
 *   unit CODE FROM                     whose the next ones are
 *   period SCHEME CODE VINTAGE
 *   report FORM KIND SCHEME ID ISSUER NAME SECTOR COMMUNE STATE CHANNEL REVISION
 * SUPERSEDES CELLS list FORM=ROWS ...                 the unit declares; without fields:
 * nothing to report hash                               prints the hash of the item before
 * CELLS: NUMBER[:B1[:B2]]=VALUE, parted by blanks, in the order of the wire.
 */
#include "proto/base/file.h"
#include "proto/batch.h"

#include <stdio.h>
#include <unistd.h>
#include <zmq.h>

enum {
    FIELDS = 16,
    CELLS = 512,
    UNITS = 256,
    SEALED_BYTES = WIRE_BATCH - 4096, /* of the items of a batch */
    CODE = 16,
    FILE_MAX = 1 << 30,
    AGAIN_MS = 15000,
};

NORETURN static void fail(const char *what, const char *detail)
{
    fprintf(stderr, "pour: %s: %s\n", what, detail);
    exit(EXIT_FAILED);
}

static void path_of(char *out, size_t n, const char *dir, const char *code,
                    const char *kind)
{
    snprintf(out, n, "%s/%s.%s", dir, code, kind);
}

/* -- keys --------------------------------------------------------------------------- */

static int make_keys(const char *dir, const char *from, char **codes, int n)
{
    struct err e = {0};

    for (int i = 0; i < n; i++) {
        char path[512], hex[2 * KEY_LEN + 1];
        struct keypair key;
        struct curve_pair curve;

        keypair_new(&key);
        path_of(path, sizeof path, dir, codes[i], "sign");
        if (!keypair_write(path, &key, &e))
            fail(codes[i], e.text);
        path_of(path, sizeof path, dir, codes[i], "curve");
        if (!curve_new(&curve, &e) || !curve_write(path, &curve, &e))
            fail(codes[i], e.text);
        printf("enroll unit=%s valid_from=%s sign=%s curve=%s\n", codes[i], from,
               hex_of(key.pub.b, KEY_LEN, hex), curve.pub);
    }
    return EXIT_DONE;
}

/* -- sealing ------------------------------------------------------------------------ */

struct sealer {
    const char *dir;
    FILE *out;
    struct hash genesis;
    char code[CODE];
    struct unit_key unit;
    struct keypair key;
    uint64_t number;
    struct hash previous;
    char scheme[32], period[32];
    enum vintage vintage;
    struct bytes bodies[WIRE_BATCH_ITEMS];
    enum item_kind kinds[WIRE_BATCH_ITEMS];
    size_t n, size;
    struct hash last;
    int64_t now;
    unsigned line;
};

static void put_u32(unsigned char *p, uint32_t v)
{
    for (int i = 3; i >= 0; i--, v >>= 8)
        p[i] = (unsigned char)v;
}

static uint32_t get_u32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* What was gathered becomes the unit's next batch. */
static void seal_now(struct sealer *s)
{
    struct batch_header h = {.unit = s->unit,
                             .recipient = s->genesis,
                             .epoch = 1,
                             .number = s->number + 1,
                             .previous = s->previous,
                             .sealed_at = s->now};
    struct item items[WIRE_BATCH_ITEMS];
    struct hash hashes[WIRE_BATCH_ITEMS];
    struct bytes wire = {0};
    unsigned char head[CODE + 12] = {0};

    if (s->n == 0)
        return;
    for (size_t i = 0; i < s->n; i++) {
        items[i] = (struct item){s->kinds[i], span_of(&s->bodies[i])};
        hashes[i] = item_hash(items[i].kind, items[i].body);
    }
    batch_seal(&h, items, hashes, s->n, &s->key, &wire, &s->previous);
    s->number++;
    memcpy(head, s->code, CODE);
    put_u32(head + CODE, (uint32_t)s->number);
    put_u32(head + CODE + 4, (uint32_t)s->n);
    put_u32(head + CODE + 8, (uint32_t)wire.n);
    if (fwrite(head, sizeof head, 1, s->out) != 1 ||
        fwrite(wire.p, wire.n, 1, s->out) != 1)
        fail("seal", "cannot write");
    for (size_t i = 0; i < s->n; i++)
        s->bodies[i].n = 0;
    s->n = s->size = 0;
    bytes_clear(&wire);
}

static void head_keep(struct sealer *s)
{
    char path[512], text[2 * HASH_LEN + 40], hex[2 * HASH_LEN + 1];
    struct err e = {0};

    if (*s->code == 0)
        return;
    path_of(path, sizeof path, s->dir, s->code, "head");
    snprintf(text, sizeof text, "%llu %s\n", (unsigned long long)s->number,
             hash_hex(&s->previous, hex));
    if (!file_write(path, span_str(text), 0600, &e))
        fail(path, e.text);
}

static void head_read(struct sealer *s)
{
    char path[512], hex[2 * HASH_LEN + 1];
    unsigned long long number;
    FILE *f;

    s->number = 0;
    memset(&s->previous, 0, sizeof s->previous);
    path_of(path, sizeof path, s->dir, s->code, "head");
    f = fopen(path, "r");
    if (f == NULL)
        return; /* its first batch */
    if (fscanf(f, "%llu %64s", &number, hex) != 2 ||
        !hex_read(hex, s->previous.b, HASH_LEN))
        fail(path, "not a head");
    s->number = number;
    fclose(f);
}

static void take_unit(struct sealer *s, char **f)
{
    char path[512];
    struct err e = {0};

    seal_now(s);
    head_keep(s);
    snprintf(s->code, sizeof s->code, "%s", f[1]);
    s->unit = (struct unit_key){s->code, date_read(f[2])};
    path_of(path, sizeof path, s->dir, s->code, "sign");
    if (!keypair_read(path, &s->key, &e))
        fail(path, e.text);
    head_read(s);
}

/* The next body; what does not fit any more begins another batch. */
static void add(struct sealer *s, enum item_kind kind, struct bytes *body)
{
    struct bytes *to;

    if (s->n == WIRE_BATCH_ITEMS || (s->n > 0 && s->size + body->n + 16 > SEALED_BYTES))
        seal_now(s);
    to = &s->bodies[s->n];
    s->kinds[s->n++] = kind;
    s->size += body->n + 16;
    bytes_add(to, body->p, body->n);
    s->last = item_hash(kind, span_of(body));
    body->n = 0;
}

static size_t read_cells(char *text, struct observation *obs)
{
    size_t n = 0;
    char *rest = NULL;

    for (char *c = strtok_r(text, " ", &rest); c != NULL;
         c = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(c, '='), *b1 = strchr(c, ':'), *b2;

        if (value == NULL || n == CELLS)
            fail("cells", c);
        *value++ = 0;
        b2 = b1 != NULL ? strchr(b1 + 1, ':') : NULL;
        if (b1 != NULL)
            *b1++ = 0;
        if (b2 != NULL)
            *b2++ = 0;
        obs[n++] = (struct observation){.indicator = (uint32_t)strtoul(c, NULL, 10),
                                        .as_of = DATE_NONE,
                                        .b1 = b1 != NULL ? b1 : "",
                                        .b2 = b2 != NULL ? b2 : "",
                                        .state = OBS_VALUE,
                                        .value = strtoll(value, NULL, 10),
                                        .population = "",
                                        .text = "",
                                        .cell = ""};
    }
    return n;
}

static void take_report(struct sealer *s, char **f, struct bytes *body)
{
    static struct observation obs[CELLS];
    struct err e = {0};
    struct report r = {
        .version = REPORT_VERSION,
        .id = uuid_new(s->now),
        .unit = s->unit,
        .form = f[1],
        .form_version = 1,
        .subject = {.kind = (enum subject_kind)atoi(f[2]),
                    .scheme = (enum id_scheme)atoi(f[3]),
                    .id = f[4],
                    .id_issuer = f[5],
                    .name = f[6],
                    .sector = f[7],
                    .commune = f[8],
                    .state = (enum entity_state)atoi(f[9])},
        .scheme = s->scheme,
        .period = s->period,
        .vintage = s->vintage,
        .channel = (enum channel)atoi(f[10]),
        .revision = (uint32_t)atoi(f[11]),
        .reason = atoi(f[11]) > 1 ? "điều chỉnh" : "",
        .catalogue = 1,
        .source_name = "danh-sach.xlsx",
        .maker = "",
        .obs = obs
    };

    r.has_supersedes = *f[12] != 0;
    if (r.has_supersedes && !hex_read(f[12], r.supersedes.b, HASH_LEN))
        fail("supersedes", f[12]);
    r.n_obs = read_cells(f[13], obs);
    if (!wire_pack_report(&r, body, &e))
        fail("report", e.text);
    add(s, ITEM_REPORT, body);
}

static void take_list(struct sealer *s, char **f, size_t n, struct bytes *body)
{
    const char *forms[FIELDS];
    uint32_t rows[FIELDS];
    struct err e = {0};
    struct submission d = {.version = REPORT_VERSION,
                           .id = uuid_new(s->now),
                           .unit = s->unit,
                           .scheme = s->scheme,
                           .period = s->period,
                           .vintage = s->vintage,
                           .nothing_to_report = n < 2,
                           .forms = forms,
                           .rows = rows,
                           .paper_date = DATE_NONE,
                           .signer = "Lò Văn Nam"};

    for (size_t i = 1; i < n; i++) {
        char *count = strchr(f[i], '=');

        if (count == NULL)
            fail("list", f[i]);
        *count = 0;
        forms[d.n_forms] = f[i];
        rows[d.n_forms++] = (uint32_t)strtoul(count + 1, NULL, 10);
    }
    if (!wire_pack_submission(&d, body, &e))
        fail("list", e.text);
    add(s, ITEM_SUBMISSION, body);
}

static void take_line(struct sealer *s, char *line, struct bytes *body)
{
    char *f[FIELDS] = {0}, hex[2 * HASH_LEN + 1];
    size_t n = 0;

    while (line != NULL && n < FIELDS)
        f[n++] = strsep(&line, "\t");
    if (strcmp(f[0], "unit") == 0 && n == 3)
        take_unit(s, f);
    else if (strcmp(f[0], "period") == 0 && n == 4) {
        snprintf(s->scheme, sizeof s->scheme, "%s", f[1]);
        snprintf(s->period, sizeof s->period, "%s", f[2]);
        s->vintage = (enum vintage)atoi(f[3]);
    } else if (strcmp(f[0], "report") == 0 && n == 14)
        take_report(s, f, body);
    else if (strcmp(f[0], "list") == 0)
        take_list(s, f, n, body);
    else if (strcmp(f[0], "hash") == 0)
        puts(hash_hex(&s->last, hex));
    else {
        fprintf(stderr, "pour: line %u is not understood: %s\n", s->line, f[0]);
        exit(EXIT_DATA);
    }
}

static int seal(const char *dir, const char *genesis, const char *out)
{
    static struct sealer s;
    struct bytes body = {0};
    char *line = NULL;
    size_t room = 0;
    ssize_t len;

    s.dir = dir;
    s.now = clock_wall();
    s.out = fopen(out, "wb");
    if (s.out == NULL || !hex_read(genesis, s.genesis.b, HASH_LEN))
        fail(out, "cannot be written, or the genesis is no hash");
    while ((len = getline(&line, &room, stdin)) > 0) {
        s.line++;
        if (line[len - 1] == '\n')
            line[len - 1] = 0;
        take_line(&s, line, &body);
    }
    seal_now(&s);
    head_keep(&s);
    free(line);
    bytes_clear(&body);
    return fclose(s.out) == 0 ? EXIT_DONE : EXIT_FAILED;
}

/* -- sending ------------------------------------------------------------------------ */

struct sealed {
    uint64_t number;
    uint32_t items;
    struct span wire;
    uint64_t *seqs; /* of the receipts so far: an answer comes in parts */
    uint32_t n_seqs;
};

struct speaker {
    char code[CODE];
    void *socket;
    struct sealed *list;
    size_t n, cap;
    size_t done, sent; /* all before are answered; all before were sent */
    int64_t heard;     /* when it got its last answer, or sent with nothing on the way */
    int64_t wait;      /* not before this */
};

struct sender {
    struct speaker list[UNITS];
    size_t n, window, left;
    int64_t again_ms;
    uint64_t items, again, verdicts[8];
    struct arena arena;
};

static struct speaker *speaker_of(struct sender *s, const char *code)
{
    for (size_t i = s->n; i > 0; i--)
        if (strcmp(s->list[i - 1].code, code) == 0)
            return &s->list[i - 1];
    if (s->n == UNITS)
        fail(code, "too many units");
    memcpy(s->list[s->n].code, code, CODE);
    return &s->list[s->n++];
}

static void read_batches(struct sender *s, struct span file)
{
    while (file.n > 0) {
        const unsigned char *p = file.p;
        size_t len = file.n >= CODE + 12 ? get_u32(p + CODE + 8) : file.n;
        struct speaker *u;

        if (file.n < CODE + 12 + len)
            fail("batches", "cut");
        u = speaker_of(s, (const char *)p);
        if (u->n == u->cap) {
            u->cap = u->cap > 0 ? 2 * u->cap : 16;
            u->list = mem_grow(u->list, u->cap, sizeof *u->list);
        }
        u->list[u->n++] = (struct sealed){
            .number = get_u32(p + CODE),
            .items = get_u32(p + CODE + 4),
            .wire = {p + CODE + 12, len}
        };
        s->left++;
        file.p += CODE + 12 + len;
        file.n -= CODE + 12 + len;
    }
}

static void dial(struct speaker *u, void *ctx, const char *dir, const char *endpoint,
                 const char *server)
{
    struct curve_pair curve;
    struct err e = {0};
    char path[512];
    int zero = 0, often = 50;

    path_of(path, sizeof path, dir, u->code, "curve");
    if (!curve_read(path, &curve, &e))
        fail(path, e.text);
    u->socket = zmq_socket(ctx, ZMQ_DEALER);
    if (u->socket == NULL ||
        zmq_setsockopt(u->socket, ZMQ_LINGER, &zero, sizeof zero) != 0 ||
        zmq_setsockopt(u->socket, ZMQ_RECONNECT_IVL, &often, sizeof often) != 0 ||
        zmq_setsockopt(u->socket, ZMQ_CURVE_SERVERKEY, server, CURVE_LEN) != 0 ||
        zmq_setsockopt(u->socket, ZMQ_CURVE_PUBLICKEY, curve.pub, CURVE_LEN) != 0 ||
        zmq_setsockopt(u->socket, ZMQ_CURVE_SECRETKEY, curve.secret, CURVE_LEN) != 0 ||
        zmq_connect(u->socket, endpoint) != 0)
        fail(endpoint, zmq_strerror(zmq_errno()));
}

static bool answered(const struct sealed *b)
{
    return b->n_seqs == b->items;
}

static void send_more(struct sender *s, struct speaker *u, int64_t now)
{
    if (u->sent > u->done && now - u->heard > s->again_ms) {
        s->again += u->sent - u->done;
        u->sent = u->done;
    }
    while (u->sent < u->n && u->sent < u->done + s->window && now >= u->wait) {
        struct sealed *b = &u->list[u->sent];

        if (!answered(b) && zmq_send(u->socket, b->wire.p, b->wire.n, ZMQ_DONTWAIT) < 0)
            return;
        if (u->sent == u->done)
            u->heard = now;
        u->sent++;
    }
}

static bool seen(const struct sealed *b, uint64_t seq)
{
    for (uint32_t i = 0; i < b->n_seqs; i++)
        if (b->seqs[i] == seq)
            return true;
    return false;
}

/* One part of the answer to a batch; parts of an earlier sending may come late. */
static void take_receipts(struct sender *s, struct sealed *b,
                          const struct receipts_msg *m)
{
    struct err e = {0};

    if (b->seqs == NULL)
        b->seqs = mem_array(b->items, sizeof *b->seqs);
    for (size_t i = 0; i < m->n; i++) {
        struct leaf leaf;

        if (!wire_read_leaf(m->receipts[i].leaf, &s->arena, &leaf, &e))
            fail("receipt", e.text);
        if (answered(b) || seen(b, leaf.seq))
            continue;
        b->seqs[b->n_seqs++] = leaf.seq;
        s->verdicts[leaf.verdict & 7]++;
        s->items++;
        s->left -= answered(b);
    }
}

static void not_yet(struct sender *s, struct speaker *u, int64_t now)
{
    u->wait = now + 100;
    s->again += u->sent - u->done;
    u->sent = u->done;
}

static void heard(struct sender *s, struct speaker *u, struct span b, int64_t now)
{
    struct message m;
    struct err e = {0};

    arena_reset(&s->arena);
    if (!wire_read_message(b, &s->arena, &m, &e))
        fail(u->code, e.text);
    u->heard = now;
    if (m.kind == MSG_REJECT) {
        fprintf(stderr, "pour: unit %s, batch %llu: %s %s\n", u->code,
                (unsigned long long)m.reject.batch.number, reject_word(m.reject.reason),
                m.reject.detail);
        exit(EXIT_DATA);
    }
    for (size_t i = u->done; m.kind == MSG_RECEIPTS && i < u->sent; i++)
        if (u->list[i].number == m.receipts.batch.number)
            take_receipts(s, &u->list[i], &m.receipts);
    while (u->done < u->n && answered(&u->list[u->done])) {
        free(u->list[u->done].seqs);
        u->list[u->done++].seqs = NULL;
    }
    if (u->sent < u->done)
        u->sent = u->done;
    if (m.kind == MSG_NOT_NOW || (m.kind == MSG_RECEIPTS && m.receipts.n_not_now > 0))
        not_yet(s, u, now);
}

static void turn(struct sender *s, zmq_pollitem_t *polled)
{
    int64_t now = clock_ms();

    for (size_t i = 0; i < s->n; i++) {
        send_more(s, &s->list[i], now);
        polled[i] = (zmq_pollitem_t){s->list[i].socket, 0, ZMQ_POLLIN, 0};
    }
    if (zmq_poll(polled, (int)s->n, 20) < 0)
        return;
    now = clock_ms();
    for (size_t i = 0; i < s->n; i++) {
        zmq_msg_t part;

        if (!(polled[i].revents & ZMQ_POLLIN))
            continue;
        zmq_msg_init(&part);
        while (zmq_msg_recv(&part, s->list[i].socket, ZMQ_DONTWAIT) >= 0)
            heard(s, &s->list[i], (struct span){zmq_msg_data(&part), zmq_msg_size(&part)},
                  now);
        zmq_msg_close(&part);
    }
}

static int send_all(const char *dir, const char *endpoint, const char *server,
                    const char *file, size_t window, int64_t again_ms)
{
    static struct sender s;
    static zmq_pollitem_t polled[UNITS];
    struct bytes data = {0};
    struct err e = {0};
    void *ctx = zmq_ctx_new();
    int64_t began;
    size_t batches;

    if (!file_read(file, FILE_MAX, &data, &e))
        fail(file, e.text);
    read_batches(&s, span_of(&data));
    s.window = window;
    s.again_ms = again_ms;
    batches = s.left;
    for (size_t i = 0; i < s.n; i++)
        dial(&s.list[i], ctx, dir, endpoint, server);
    began = clock_ms();
    while (s.left > 0)
        turn(&s, polled);
    printf("batches=%zu items=%llu ms=%lld again=%llu", batches,
           (unsigned long long)s.items, (long long)(clock_ms() - began),
           (unsigned long long)s.again);
    for (int v = VERDICT_ACCEPTED; v <= VERDICT_CONFLICT; v++)
        printf(" %s=%llu", verdict_word((enum verdict)v),
               (unsigned long long)s.verdicts[v]);
    putchar('\n');
    for (size_t i = 0; i < s.n; i++) {
        zmq_close(s.list[i].socket);
        free(s.list[i].list);
    }
    zmq_ctx_term(ctx);
    arena_clear(&s.arena);
    bytes_clear(&data);
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    if (!crypto_init())
        fail("crypto", "libsodium does not start");
    if (argc >= 5 && strcmp(argv[1], "keys") == 0)
        return make_keys(argv[2], argv[3], argv + 4, argc - 4);
    if (argc == 5 && strcmp(argv[1], "seal") == 0)
        return seal(argv[2], argv[3], argv[4]);
    if (argc >= 6 && argc <= 8 && strcmp(argv[1], "send") == 0)
        return send_all(argv[2], argv[3], argv[4], argv[5],
                        argc > 6 ? (size_t)atoi(argv[6]) : 4,
                        argc > 7 ? atoi(argv[7]) : AGAIN_MS);
    fputs("usage: pour keys | seal | send, see the head of pour.c\n", stderr);
    return EXIT_USAGE;
}
