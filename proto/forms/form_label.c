/* Labels of rows and columns, matched as words are, whatever numbers stand before them.
 */
#include "proto/base/text.h"
#include "proto/forms/form_own.h"

enum { LOOSE_BYTES_MAX = 300 };

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct label *)a)->key, ((const struct label *)b)->key);
}

static void add_label(struct page_reader *p, const struct form_cell *cell,
                      const char *text)
{
    const char *key = text == NULL ? NULL : text_key(p->arena, text);

    if (key == NULL || *key == 0)
        return;
    if ((p->n_labels & (p->n_labels + 1)) == 0)
        p->labels = mem_grow(p->labels, 2 * p->n_labels + 1, sizeof *p->labels);
    p->labels[p->n_labels++] = (struct label){key, cell};
}

void form_labels(struct page_reader *p)
{
    const struct form *f = p->form;

    for (size_t i = 0; i < f->n_cells; i++) {
        const struct form_cell *c = &f->cells[i];

        if (i > 0 && c->row == f->cells[i - 1].row)
            continue; /* one line of the form, one label */
        add_label(p, c, c->label_vi);
        add_label(p, c, c->label_en);
        for (size_t k = 0; c->aliases != NULL && c->aliases[k] != NULL; k++)
            add_label(p, c, c->aliases[k]);
    }
    if (p->n_labels > 0)
        qsort(p->labels, p->n_labels, sizeof *p->labels, by_key);
}

/*
 * What a label says without the words that people put in or leave out: "Tổng số HTX đang
 * hoạt động trên địa bàn huyện" is "hợp tác xã hoạt động". Words keep their order.
 */
static char *loose_key(struct arena *a, const char *text)
{
    static const char *const dropped[] = {
        "số",   "tổng", "lượng", "của",   "các",  "một",  "1",  "01", "mỗi",  "trong",
        "trên", "địa",  "bàn",   "huyện", "tỉnh", "được", "đã", "là", "hiện", "có",
        "và",   "tòan", "đang",  "từ",    "về",   "cho",  "ở",  "tại"};
    static const char *const longer[][2] = {
        {"htx",   "hợp tác xã"              },
        {"tht",   "tổ hợp tác"             },
        {"lhhtx", "liên hiệp hợp tác xã" },
        {"lh",    "liên hiệp"                },
        {"bq",    "bình quân"                 },
        {"lđ",   "lao động"                 },
        {"lđtx", "lao động thường xuyên"},
        {"cbql",  "cán bộ quản lý"        },
        {"tv",    "thành viên"                },
        {"qtdnd", "qũy tín dụng nhân dân" }
    };
    char *key = text_key(a, text), *save = NULL, *out;
    const char *before = NULL;
    struct bytes b = {0};

    for (char *w = key == NULL ? NULL : strtok_r(key, " ,;:.()/\"+*", &save); w != NULL;
         w = strtok_r(NULL, " ,;:.()/\"+*", &save)) {
        size_t i = 0, k = 0;

        while (i < COUNT(dropped) && strcmp(w, dropped[i]) != 0)
            i++;
        if (before != NULL && strcmp(before, "trong") == 0 &&
            (strcmp(w, "năm") == 0 || strcmp(w, "kỳ") == 0))
            i = 0; /* "mỗi năm" says more than "trong năm" */
        before = w;
        while (k < COUNT(longer) && strcmp(w, longer[k][0]) != 0)
            k++;
        if (i == COUNT(dropped))
            bytes_printf(&b, "%s%s", b.n > 0 ? " " : "",
                         k < COUNT(longer) ? longer[k][1] : w);
    }
    out = arena_strn(a, b.p, b.n);
    bytes_clear(&b);
    return out;
}

/* Loose keys of all labels; one that two lines share stands for neither. */
static void loosen(struct page_reader *p)
{
    size_t kept = 0;

    p->loose = mem_array(p->n_labels + 1, sizeof *p->loose);
    for (size_t i = 0; i < p->n_labels; i++)
        p->loose[i] =
            (struct label){loose_key(p->arena, p->labels[i].key), p->labels[i].cell};
    qsort(p->loose, p->n_labels, sizeof *p->loose, by_key);
    for (size_t i = 0; i < p->n_labels; i++) {
        struct label *last = kept > 0 ? &p->loose[kept - 1] : NULL;

        if (last == NULL || strcmp(last->key, p->loose[i].key) != 0)
            p->loose[kept++] = p->loose[i];
        else if (last->cell != NULL && last->cell->row != p->loose[i].cell->row)
            last->cell = NULL;
    }
    p->n_loose = kept;
}

static const struct form_cell *find_loose(struct page_reader *p, const char *text)
{
    struct label key = {.key = ""}, *hit;

    if (strlen(text) > LOOSE_BYTES_MAX)
        return NULL;
    if (p->loose == NULL)
        loosen(p);
    key.key = loose_key(p->arena, text);
    hit = *key.key == 0 ? NULL : bsearch(&key, p->loose, p->n_loose, sizeof key, by_key);
    return hit == NULL ? NULL : hit->cell;
}

static const struct form_cell *find(struct page_reader *p, const char *text)
{
    struct label key = {.key = text_key(p->arena, text)}, *hit;
    size_t n = key.key == NULL ? 0 : strlen(key.key);
    char *trimmed;

    while (n > 0 && strchr(" :;.,", key.key[n - 1]) != NULL)
        n--;
    if (n == 0 || p->n_labels == 0)
        return NULL;
    trimmed = arena_strn(p->arena, key.key, n);
    key.key = trimmed;
    hit = bsearch(&key, p->labels, p->n_labels, sizeof key, by_key);
    return hit == NULL ? NULL : hit->cell;
}

const char *form_unnumbered(const char *text)
{
    const char *p = text, *q;
    size_t letters;

    while (*p != 0 && strchr(" \t\r\n+*-", *p) != NULL)
        p++;
    if (strncmp(p, "•", strlen("•")) == 0 || strncmp(p, "–", strlen("–")) == 0)
        p += strlen("•");
    p += strspn(p, " ");
    q = p + (*p == '(');
    letters = strspn(q, "IVXivx");
    if (letters == 0 && ((*q >= 'a' && *q <= 'z') || (*q >= 'A' && *q <= 'Z')))
        letters = 1;
    if (letters > 0 && letters < 5 && (q[letters] == '.' || q[letters] == ')')) {
        q += letters + 1; /* "IV.", "a)"; then perhaps "IV.2." */
        p = q + strspn(q, " ");
        q = p;
    }
    letters = strspn(q, "0123456789.");
    if (letters > 0 && letters < 8 &&
        ((q[letters] == ' ' && memchr(q, '.', letters) != NULL) || q[letters] == ')' ||
         q[letters] == ':')) { /* "1.", "1.2 ", "(1)"; not "3 sao" */
        q += letters;
        q += strspn(q, ".):");
        p = q + strspn(q, " ");
    } else if (letters > 1 && letters < 8 && q[letters - 1] == '.') { /* "1.Tổng số" */
        p = q + letters;
    }
    return p;
}

/* "Trong đó: X" names X; what is behind those words, or NULL. */
static const char *of_which(struct page_reader *p, const char *text)
{
    static const char *const before[] = {"trong đó", "tr.đó", "trđ:"};
    const char *key = text_key(p->arena, text);

    for (size_t i = 0; key != NULL && i < COUNT(before); i++) {
        size_t n = strlen(before[i]);

        if (strncmp(key, before[i], n) == 0 && strchr(" :,", key[n]) != NULL)
            return key + n + strspn(key + n, " :,");
    }
    return NULL;
}

static const struct form_cell *find_any(struct page_reader *p, const char *text)
{
    const struct form_cell *c = find(p, text);
    const char *rest = NULL;

    if (c == NULL)
        c = find(p, form_unnumbered(text));
    if (c == NULL && (rest = of_which(p, form_unnumbered(text))) != NULL)
        c = find(p, rest);
    if (c == NULL)
        c = find_loose(p, form_unnumbered(text));
    if (c == NULL && rest != NULL)
        c = find_loose(p, rest);
    return c;
}

/* A column number in brackets, "(3)" or "(3)=(1)+(2)", says nothing. */
static bool is_number_only(const char *s)
{
    return s[strspn(s, "0123456789()=+-*/: ")] == 0;
}

/* The label without the part from at on, if that part is a unit of the indicator. */
static bool with_unit(struct page_reader *p, const char *text, size_t at, size_t n,
                      struct label_hit *hit)
{
    char *unit = arena_strn(p->arena, text + at + 1, n);
    struct number_unit u;

    hit->cell = find_any(p, arena_strn(p->arena, text, at));
    if (hit->cell == NULL)
        return false;
    if (is_number_only(unit))
        return true;
    hit->unit = unit;
    return number_unit_read(unit, hit->cell->indicator, false, &u);
}

bool form_label(struct page_reader *p, const char *text, struct label_hit *hit)
{
    size_t n = strlen(text);
    const char *mark;

    *hit = (struct label_hit){.cell = find_any(p, text)};
    if (hit->cell != NULL)
        return true;
    while (n > 0 && strchr(" :;.\n", text[n - 1]) != NULL)
        n--;
    if (n > 0 && text[n - 1] == ')' && (mark = strrchr(text, '(')) != NULL &&
        with_unit(p, text, (size_t)(mark - text), n - (size_t)(mark - text) - 2, hit))
        return true;
    if ((mark = strrchr(text, ',')) != NULL &&
        with_unit(p, text, (size_t)(mark - text), n - (size_t)(mark - text) - 1, hit))
        return true;
    *hit = (struct label_hit){0};
    for (mark = strchr(text, ':'); mark != NULL; mark = strchr(mark + 1, ':')) {
        hit->cell = find_any(p, arena_strn(p->arena, text, (size_t)(mark - text)));
        hit->breakdown = mark + 1 + strspn(mark + 1, " ");
        if (hit->cell != NULL && *hit->breakdown != 0)
            return true;
    }
    *hit = (struct label_hit){0};
    return false;
}

/* "CN - TTCN" and "công nghiệp và tiểu thủ công nghiệp" in one spelling. */
static char *spelt_out(struct arena *a, const char *text)
{
    static const char *const longer[][2] = {
        {"cn",   "công nghiệp"             },
        {"ttcn", "tiểu thủ công nghiệp"},
        {"tm",   "thương mại"             },
        {"dv",   "dịch vụ"                },
        {"xd",   "xây dựng"                },
        {"vt",   "vận tải"                },
        {"gtvt", "giao thông vận tải"    },
        {"nn",   "nông nghiệp"             },
        {"và",  ""                           }
    };
    char *key = text_key(a, text), *save = NULL, *out;
    struct bytes b = {0};

    for (char *w = key == NULL ? NULL : strtok_r(key, " ,;:.()/&", &save); w != NULL;
         w = strtok_r(NULL, " ,;:.()/&", &save)) {
        for (size_t i = 0; i < COUNT(longer); i++)
            if (strcmp(w, longer[i][0]) == 0) {
                w = (char *)longer[i][1];
                break;
            }
        bytes_printf(&b, "%s%s", b.n > 0 && *w != 0 ? " " : "", w);
    }
    out = arena_strn(a, b.p, b.n);
    bytes_clear(&b);
    return out;
}

/* A sector whose name or alias says the same with its words spelt out. */
const struct breakdown *form_sector_spelt_out(struct page_reader *p, const char *text)
{
    const struct catalogue *cat = p->ctx->cat;
    const char *key = spelt_out(p->arena, text);

    for (size_t i = 0; *key != 0 && i < cat->n_breakdowns; i++) {
        const struct breakdown *b = &cat->breakdowns[i];

        if (strcmp(b->dim, "sector") != 0)
            continue;
        if (strcmp(spelt_out(p->arena, b->name_vi), key) == 0)
            return b;
        for (size_t k = 0; b->aliases[k] != NULL; k++)
            if (strcmp(spelt_out(p->arena, b->aliases[k]), key) == 0)
                return b;
    }
    return NULL;
}

const struct breakdown *form_code(struct page_reader *p, const char *dim,
                                  const char *text)
{
    static const char *const before[] = {
        "trong đó ", "lĩnh vực ", "ngành ", "hợp tác xã ", "htx ",   "khối ",
        "nhóm ",     "các ",      "số ",    "theo ",       "thuộc ", "hoạt động "};
    const struct catalogue *cat = p->ctx->cat;
    const char *key = text_key(p->arena, form_unnumbered(text));
    const struct breakdown *b =
        key == NULL ? NULL : catalogue_breakdown_named(cat, dim, key);
    bool again = key != NULL && strcmp(dim, "sector") == 0;

    while (b == NULL && again) {
        again = false;
        for (size_t i = 0; i < COUNT(before) && !again; i++)
            if (strncmp(key, before[i], strlen(before[i])) == 0) {
                key += strlen(before[i]);
                again = true;
            }
        b = catalogue_breakdown_named(cat, dim, key);
    }
    return b;
}
