#include "proto/forms/number_words.h"

#include "proto/base/text.h"

enum { PHRASE_WORDS = 5, UNIT_TOKENS = 24 };

/* Keys as text_key() writes them: it moves the tone of oa and uy, hence khỏang, qúy. */
static const struct {
    const char *key;
    struct phrase phrase;
} phrases[] = {
    {"khỏang",                    {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"ước khỏang",             {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"xấp xỉ",                  {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"gần",                       {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"hơn",                        {PHRASE_QUALIFIER, QUAL_MORE_THAN, 0, 0}},
    {"trên",                       {PHRASE_QUALIFIER, QUAL_MORE_THAN, 0, 0}},
    {"lớn hơn",                  {PHRASE_QUALIFIER, QUAL_MORE_THAN, 0, 0}},
    {"ít nhất",                  {PHRASE_QUALIFIER, QUAL_AT_LEAST, 0, 0} },
    {"tối thiểu",               {PHRASE_QUALIFIER, QUAL_AT_LEAST, 0, 0} },
    {"trở lên",                  {PHRASE_QUALIFIER, QUAL_AT_LEAST, 0, 0} },
    {"không dưới",              {PHRASE_QUALIFIER, QUAL_AT_LEAST, 0, 0} },
    {"dưới",                     {PHRASE_QUALIFIER, QUAL_LESS_THAN, 0, 0}},
    {"nhỏ hơn",                  {PHRASE_QUALIFIER, QUAL_LESS_THAN, 0, 0}},
    {"chưa đến",                {PHRASE_QUALIFIER, QUAL_LESS_THAN, 0, 0}},
    {"chưa tới",                 {PHRASE_QUALIFIER, QUAL_LESS_THAN, 0, 0}},
    {"không quá",                 {PHRASE_QUALIFIER, QUAL_AT_MOST, 0, 0}  },
    {"không vượt quá",         {PHRASE_QUALIFIER, QUAL_AT_MOST, 0, 0}  },
    {"tối đa",                   {PHRASE_QUALIFIER, QUAL_AT_MOST, 0, 0}  },
    {"nhiều nhất",              {PHRASE_QUALIFIER, QUAL_AT_MOST, 0, 0}  },
    {"trở xuống",               {PHRASE_QUALIFIER, QUAL_AT_MOST, 0, 0}  },
    {"ước đạt",               {PHRASE_QUALIFIER, QUAL_EXPECTED, 0, 0} },
    {"ước thực hiện",        {PHRASE_QUALIFIER, QUAL_EXPECTED, 0, 0} },
    {"ước tính",                {PHRASE_QUALIFIER, QUAL_EXPECTED, 0, 0} },
    {"ước",                      {PHRASE_QUALIFIER, QUAL_EXPECTED, 0, 0} },
    {"dự kiến",                 {PHRASE_QUALIFIER, QUAL_EXPECTED, 0, 0} },
    {"vào khỏang",               {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"trong khỏang",              {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"khỏang chừng",            {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"chừng",                     {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"chừng khỏang",            {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"độ",                       {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"độ khỏang",              {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"tầm",                       {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"tầm khỏang",              {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"cỡ",                        {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"trên dưới",               {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"ngót",                       {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"gần đạt",                {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"xấp xỉ đạt",           {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"xấp xỉ bằng",           {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"ước chừng",              {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"nhiều hơn",                {PHRASE_QUALIFIER, QUAL_MORE_THAN, 0, 0}},
    {"cao hơn",                    {PHRASE_QUALIFIER, QUAL_MORE_THAN, 0, 0}},
    {"vượt",                     {PHRASE_QUALIFIER, QUAL_MORE_THAN, 0, 0}},
    {"vượt quá",                {PHRASE_QUALIFIER, QUAL_MORE_THAN, 0, 0}},
    {"qúa",                        {PHRASE_QUALIFIER, QUAL_MORE_THAN, 0, 0}},
    {"đạt trên",                {PHRASE_QUALIFIER, QUAL_MORE_THAN, 0, 0}},
    {"đạt hơn",                 {PHRASE_QUALIFIER, QUAL_MORE_THAN, 0, 0}},
    {"ít nhất là",              {PHRASE_QUALIFIER, QUAL_AT_LEAST, 0, 0} },
    {"tối thiểu là",           {PHRASE_QUALIFIER, QUAL_AT_LEAST, 0, 0} },
    {"không ít hơn",             {PHRASE_QUALIFIER, QUAL_AT_LEAST, 0, 0} },
    {"không thấp hơn",          {PHRASE_QUALIFIER, QUAL_AT_LEAST, 0, 0} },
    {"không nhỏ hơn",           {PHRASE_QUALIFIER, QUAL_AT_LEAST, 0, 0} },
    {"không kém",                 {PHRASE_QUALIFIER, QUAL_AT_LEAST, 0, 0} },
    {"lớn hơn họăc bằng",   {PHRASE_QUALIFIER, QUAL_AT_LEAST, 0, 0} },
    {"bằng họăc lớn hơn",   {PHRASE_QUALIFIER, QUAL_AT_LEAST, 0, 0} },
    {"từ đủ",                  {PHRASE_QUALIFIER, QUAL_AT_LEAST, 0, 0} },
    {"chí ít",                    {PHRASE_QUALIFIER, QUAL_AT_LEAST, 0, 0} },
    {"ít hơn",                    {PHRASE_QUALIFIER, QUAL_LESS_THAN, 0, 0}},
    {"thấp hơn",                 {PHRASE_QUALIFIER, QUAL_LESS_THAN, 0, 0}},
    {"chưa đầy",                {PHRASE_QUALIFIER, QUAL_LESS_THAN, 0, 0}},
    {"không đến",               {PHRASE_QUALIFIER, QUAL_LESS_THAN, 0, 0}},
    {"không tới",                {PHRASE_QUALIFIER, QUAL_LESS_THAN, 0, 0}},
    {"chưa đạt",                {PHRASE_QUALIFIER, QUAL_LESS_THAN, 0, 0}},
    {"tối đa là",               {PHRASE_QUALIFIER, QUAL_AT_MOST, 0, 0}  },
    {"nhiều nhất là",          {PHRASE_QUALIFIER, QUAL_AT_MOST, 0, 0}  },
    {"không hơn",                 {PHRASE_QUALIFIER, QUAL_AT_MOST, 0, 0}  },
    {"không nhiều hơn",         {PHRASE_QUALIFIER, QUAL_AT_MOST, 0, 0}  },
    {"không cao hơn",             {PHRASE_QUALIFIER, QUAL_AT_MOST, 0, 0}  },
    {"không lớn hơn",           {PHRASE_QUALIFIER, QUAL_AT_MOST, 0, 0}  },
    {"không trên",                {PHRASE_QUALIFIER, QUAL_AT_MOST, 0, 0}  },
    {"nhỏ hơn họăc bằng",   {PHRASE_QUALIFIER, QUAL_AT_MOST, 0, 0}  },
    {"bằng họăc nhỏ hơn",   {PHRASE_QUALIFIER, QUAL_AT_MOST, 0, 0}  },
    {"dự ước",                 {PHRASE_QUALIFIER, QUAL_EXPECTED, 0, 0} },
    {"ước cả năm",            {PHRASE_QUALIFIER, QUAL_EXPECTED, 0, 0} },
    {"ước được",             {PHRASE_QUALIFIER, QUAL_EXPECTED, 0, 0} },
    {"÷",                          {PHRASE_TO, 0, 0, 0}                    },
    {"chiếm",                     {PHRASE_FILLER, 0, 0, 0}                },
    {"tỷ lệ",                   {PHRASE_FILLER, 0, 0, 0}                },
    {"lđ",                         {PHRASE_COUNT, COUNT_WORKERS, 0, 0}     },
    {"tv",                          {PHRASE_COUNT, COUNT_MEMBERS, 0, 0}     },
    {"bình quân",                 {PHRASE_FILLER, 0, 0, 0}                },
    {"trung bình",                 {PHRASE_FILLER, 0, 0, 0}                },
    {"tổng",                      {PHRASE_FILLER, 0, 0, 0}                },
    {"tổng số",                 {PHRASE_FILLER, 0, 0, 0}                },
    {"tổng cộng",               {PHRASE_FILLER, 0, 0, 0}                },
    {"cộng",                      {PHRASE_FILLER, 0, 0, 0}                },
    {"hiện có",                  {PHRASE_FILLER, 0, 0, 0}                },
    {"gồm",                       {PHRASE_FILLER, 0, 0, 0}                },
    {"được",                    {PHRASE_FILLER, 0, 0, 0}                },
    {"bằng",                      {PHRASE_FILLER, 0, 0, 0}                },
    {"số",                        {PHRASE_FILLER, 0, 0, 0}                },
    {"cả thảy",                 {PHRASE_FILLER, 0, 0, 0}                },
    {"tất cả",                  {PHRASE_FILLER, 0, 0, 0}                },
    {"thành viên htx",            {PHRASE_COUNT, COUNT_MEMBERS, 0, 0}     },
    {"thành viên hợp tác xã", {PHRASE_COUNT, COUNT_MEMBERS, 0, 0}     },
    {"nhân khẩu",                {PHRASE_COUNT, COUNT_PERSONS, 0, 0}     },
    {"cán bộ quản lý",        {PHRASE_COUNT, COUNT_PERSONS, 0, 0}     },
    {"nhân viên",                 {PHRASE_COUNT, COUNT_PERSONS, 0, 0}     },
    {"nghìn đ",                   {PHRASE_MAGNITUDE, 1000, true, 0}       },
    {"ngđ",                        {PHRASE_MAGNITUDE, 1000, true, 0}       },
    {"ng.đ",                       {PHRASE_MAGNITUDE, 1000, true, 0}       },
    {"ngàn đ",                    {PHRASE_MAGNITUDE, 1000, true, 0}       },
    {">",                           {PHRASE_QUALIFIER, QUAL_MORE_THAN, 0, 0}},
    {">=",                          {PHRASE_QUALIFIER, QUAL_AT_LEAST, 0, 0} },
    {"≥",                         {PHRASE_QUALIFIER, QUAL_AT_LEAST, 0, 0} },
    {"<",                           {PHRASE_QUALIFIER, QUAL_LESS_THAN, 0, 0}},
    {"<=",                          {PHRASE_QUALIFIER, QUAL_AT_MOST, 0, 0}  },
    {"≤",                         {PHRASE_QUALIFIER, QUAL_AT_MOST, 0, 0}  },
    {"~",                           {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"≈",                         {PHRASE_QUALIFIER, QUAL_ABOUT, 0, 0}    },
    {"từ",                        {PHRASE_FROM, 0, 0, 0}                  },
    {"đến",                      {PHRASE_TO, 0, 0, 0}                    },
    {"tới",                       {PHRASE_TO, 0, 0, 0}                    },
    {"đạt",                      {PHRASE_FILLER, 0, 0, 0}                },
    {"là",                         {PHRASE_FILLER, 0, 0, 0}                },
    {"có",                         {PHRASE_FILLER, 0, 0, 0}                },
    {"nghìn",                      {PHRASE_MAGNITUDE, 1000, 0, 0}          },
    {"ngàn",                       {PHRASE_MAGNITUDE, 1000, 0, 0}          },
    {"triệu",                     {PHRASE_MAGNITUDE, 1000000, 0, 0}       },
    {"tỷ",                        {PHRASE_MAGNITUDE, 1000000000, 0, 0}    },
    {"tỉ",                        {PHRASE_MAGNITUDE, 1000000000, 0, 0}    },
    {"trđ",                        {PHRASE_MAGNITUDE, 1000000, true, 0}    },
    {"tr.đ",                       {PHRASE_MAGNITUDE, 1000000, true, 0}    },
    {"tr.đồng",                  {PHRASE_MAGNITUDE, 1000000, true, 0}    },
    {"trđồng",                   {PHRASE_MAGNITUDE, 1000000, true, 0}    },
    {"tr",                          {PHRASE_MAGNITUDE, 1000000, 0, 0}       },
    {"đồng",                     {PHRASE_MONEY, 0, true, 0}              },
    {"đồng vn",                  {PHRASE_MONEY, 0, true, 0}              },
    {"đồng việt nam",          {PHRASE_MONEY, 0, true, 0}              },
    {"việt nam đồng",          {PHRASE_MONEY, 0, true, 0}              },
    {"đ",                          {PHRASE_MONEY, 0, true, 0}              },
    {"vnđ",                        {PHRASE_MONEY, 0, true, 0}              },
    {"vnd",                         {PHRASE_MONEY, 0, true, 0}              },
    {"%",                           {PHRASE_MONEY, 0, 0, true}              },
    {"phần trăm",                {PHRASE_MONEY, 0, 0, true}              },
    {"htx",                         {PHRASE_COUNT, COUNT_HTX, 0, 0}         },
    {"hợp tác xã",              {PHRASE_COUNT, COUNT_HTX, 0, 0}         },
    {"tht",                         {PHRASE_COUNT, COUNT_THT, 0, 0}         },
    {"tổ hợp tác",             {PHRASE_COUNT, COUNT_THT, 0, 0}         },
    {"lhhtx",                       {PHRASE_COUNT, COUNT_LHHTX, 0, 0}       },
    {"liên hiệp hợp tác xã", {PHRASE_COUNT, COUNT_LHHTX, 0, 0}       },
    {"lh htx",                      {PHRASE_COUNT, COUNT_LHHTX, 0, 0}       },
    {"liên hiệp",                {PHRASE_COUNT, COUNT_LHHTX, 0, 0}       },
    {"tổ",                        {PHRASE_COUNT, COUNT_THT, 0, 0}         },
    {"mô hình",                   {PHRASE_COUNT, COUNT_BODIES, 0, 0}      },
    {"liên hiệp htx",            {PHRASE_COUNT, COUNT_LHHTX, 0, 0}       },
    {"qtdnd",                       {PHRASE_COUNT, COUNT_QTDND, 0, 0}       },
    {"qũy tín dụng nhân dân", {PHRASE_COUNT, COUNT_QTDND, 0, 0}       },
    {"qũy",                        {PHRASE_COUNT, COUNT_QTDND, 0, 0}       },
    {"doanh nghiệp",              {PHRASE_COUNT, COUNT_FIRMS, 0, 0}       },
    {"tổ chức",                 {PHRASE_COUNT, COUNT_BODIES, 0, 0}      },
    {"chi nhánh",                  {PHRASE_COUNT, COUNT_BRANCHES, 0, 0}    },
    {"cơ sở",                    {PHRASE_COUNT, COUNT_BODIES, 0, 0}      },
    {"chi nhánh hợp tác xã",   {PHRASE_COUNT, COUNT_BRANCHES, 0, 0}    },
    {"chi nhánh htx",              {PHRASE_COUNT, COUNT_BRANCHES, 0, 0}    },
    {"quy mô",                     {PHRASE_COUNT, COUNT_ANY, 0, 0}         },
    {"htx thành viên",            {PHRASE_COUNT, COUNT_HTX, 0, 0}         },
    {"hợp tác xã thành viên", {PHRASE_COUNT, COUNT_HTX, 0, 0}         },
    {"đơn vị",                  {PHRASE_COUNT, COUNT_ANY, 0, 0}         },
    {"người",                    {PHRASE_COUNT, COUNT_PERSONS, 0, 0}     },
    {"lao động",                 {PHRASE_COUNT, COUNT_WORKERS, 0, 0}     },
    {"người lao động",        {PHRASE_COUNT, COUNT_WORKERS, 0, 0}     },
    {"thành viên",                {PHRASE_COUNT, COUNT_MEMBERS, 0, 0}     },
    {"xã viên",                   {PHRASE_COUNT, COUNT_MEMBERS, 0, 0}     },
    {"cán bộ",                   {PHRASE_COUNT, COUNT_PERSONS, 0, 0}     },
    {"giám đốc",                {PHRASE_COUNT, COUNT_PERSONS, 0, 0}     },
    {"hộ",                        {PHRASE_COUNT, COUNT_PERSONS, 0, 0}     },
    {"xã",                         {PHRASE_COUNT, COUNT_PLACES, 0, 0}      },
    {"phường",                   {PHRASE_COUNT, COUNT_PLACES, 0, 0}      },
    {"thị trấn",                {PHRASE_COUNT, COUNT_PLACES, 0, 0}      },
    {"sp",                          {PHRASE_COUNT, COUNT_PRODUCTS, 0, 0}    },
    {"sản phẩm",                {PHRASE_COUNT, COUNT_PRODUCTS, 0, 0}    },
    {"điểm",                     {PHRASE_COUNT, COUNT_POINTS, 0, 0}      },
    {"ha",                          {PHRASE_COUNT, COUNT_AREA, 0, 0}        },
    {"hecta",                       {PHRASE_COUNT, COUNT_AREA, 0, 0}        },
    {"héc ta",                     {PHRASE_COUNT, COUNT_AREA, 0, 0}        },
    {"năm",                        {PHRASE_A_YEAR, 1, 0, 0}                },
    {"qúy",                        {PHRASE_A_YEAR, 4, 0, 0}                },
    {"tháng",                      {PHRASE_A_YEAR, 12, 0, 0}               },
};

/* Every kind that is written must be wanted, by its own word or by its family's. */
bool units_fit(unsigned written, unsigned wanted)
{
    static const struct {
        unsigned all, kinds;
    } families[] = {
        {COUNT_PERSONS, COUNT_WORKERS | COUNT_MEMBERS                                 },
        {COUNT_BODIES,  COUNT_HTX | COUNT_THT | COUNT_LHHTX | COUNT_QTDND | COUNT_FIRMS |
                           COUNT_BRANCHES                       },
        {COUNT_ANY,     COUNT_BODIES | COUNT_HTX | COUNT_THT | COUNT_LHHTX | COUNT_QTDND |
                        COUNT_FIRMS | COUNT_BRANCHES | COUNT_PLACES},
    };
    unsigned fits = wanted;

    if (written == COUNT_NONE || wanted == COUNT_NONE)
        return true;
    for (size_t i = 0; i < COUNT(families); i++) {
        if ((wanted & families[i].all) != 0)
            fits |= families[i].kinds;
        if ((wanted & families[i].kinds) != 0)
            fits |= families[i].all;
    }
    return (written & ~fits) == 0;
}

static bool has(const char *p, const char *s)
{
    return strncmp(p, s, strlen(s)) == 0;
}

/* Blanks that set off thousands and nothing else: thin ones and their like. */
static size_t narrow_at(const char *p)
{
    if (has(p, "\xe2\x80\xaf") || has(p, "\xe2\x81\x9f"))
        return 3;
    return has(p, "\xe2\x80") && (unsigned char)p[2] >= 0x80 &&
                   (unsigned char)p[2] <= 0x8a
               ? 3
               : 0;
}

static size_t blank_at(const char *p)
{
    if (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
        return 1;
    return has(p, "\xc2\xa0") ? 2 : narrow_at(p);
}

/* U+2010 .. U+2015 and the minus sign U+2212. */
static size_t dash_at(const char *p)
{
    if (*p == '-')
        return 1;
    if (has(p, "\xe2\x88\x92"))
        return 3;
    return has(p, "\xe2\x80") && (unsigned char)p[2] >= 0x90 &&
                   (unsigned char)p[2] <= 0x95
               ? 3
               : 0;
}

static size_t sign_at(const char *p)
{
    static const char *const signs[] = {"<=", ">=", "≤", "≥", "<", ">", "~", "≈"};

    for (size_t i = 0; i < COUNT(signs); i++)
        if (has(p, signs[i]))
            return strlen(signs[i]);
    return 0;
}

static size_t digits_at(const char *p)
{
    size_t n = 0;

    if (*p < '0' || *p > '9')
        return 0;
    while ((p[n] >= '0' && p[n] <= '9') ||
           ((p[n] == '.' || p[n] == ',') && p[n + 1] >= '0' && p[n + 1] <= '9'))
        n++;
    return n;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/*
 * "1 234 567,5": blanks between groups of three. Narrow blanks stand there for nothing
 * else; of others a single group may as well be two numbers ("12 500").
 */
static size_t grouped_at(const char *p)
{
    size_t n = 0, groups = 0, blank;
    bool plain = false;

    while (is_digit(p[n]))
        n++;
    if (n == 0 || n > 3 || *p == '0')
        return 0;
    while ((blank = blank_at(p + n)) > 0 && is_digit(p[n + blank]) &&
           is_digit(p[n + blank + 1]) && is_digit(p[n + blank + 2]) &&
           !is_digit(p[n + blank + 3])) {
        plain = plain || narrow_at(p + n) == 0;
        n += blank + 3;
        groups++;
    }
    if (groups < (plain ? 2U : 1U) || p[n] == '.')
        return 0;
    if (p[n] == ',' && is_digit(p[n + 1]))
        for (n++; is_digit(p[n]); n++)
            continue;
    return blank_at(p + n) > 0 && is_digit(p[n + blank_at(p + n)]) ? 0 : n;
}

/* The same with dots between the groups, as read_digits() knows it. */
static struct span grouped(struct arena *a, const char *p, size_t n)
{
    char *out = arena_new(a, n + 1);
    size_t used = 0, blank;

    for (size_t i = 0; i<n; i += blank> 0 ? blank : 1) {
        blank = blank_at(p + i);
        out[used++] = blank > 0 ? '.' : p[i];
    }
    return (struct span){(unsigned char *)out, used};
}

static bool letter_at(const char *p)
{
    unsigned char c = (unsigned char)*p;

    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return blank_at(p) == 0 && dash_at(p) == 0 && sign_at(p) == 0 && !has(p, "…");
}

static size_t word_at(const char *p)
{
    size_t n = 0;

    while (letter_at(p + n) || (n > 0 && p[n] == '.' && letter_at(p + n + 1)))
        n++;
    return n;
}

size_t tokens_read(struct arena *a, const char *text, struct token *out, size_t max)
{
    const char *p = text_nfc(a, span_str(text));
    size_t n = 0, len, spaced;
    int depth = 0;
    bool blank = false;

    for (; p != NULL && *p != 0; p += len) {
        struct token *t = &out[n];

        len = blank_at(p);
        if (len > 0 || (strchr("(),;:.", *p) != NULL &&
                        !((*p == '.' || *p == ',') && is_digit(p[1])))) {
            depth += *p == '(' ? 1 : *p == ')' && depth > 0 ? -1 : 0;
            len = len > 0 ? len : 1;
            blank = true;
            continue;
        }
        if (n == max)
            return 0;
        spaced = len = grouped_at(p);
        if (len > 0 || (len = digits_at(p)) > 0)
            t->kind = TOKEN_NUMBER;
        else if ((len = dash_at(p)) > 0)
            t->kind = TOKEN_DASH;
        else if ((len = sign_at(p)) > 0)
            t->kind = TOKEN_SIGN;
        else if (*p == '%' && (len = 1) > 0)
            t->kind = TOKEN_PERCENT;
        else if (*p == '/' && (len = 1) > 0)
            t->kind = TOKEN_SLASH;
        else if ((len = word_at(p)) > 0)
            t->kind = TOKEN_WORD;
        else
            t->kind = TOKEN_BAD;
        if (t->kind == TOKEN_BAD)
            len = has(p, "…") ? strlen("…") : 1; /* all else of many bytes is a letter */
        t->text = t->kind == TOKEN_WORD ? span_str(text_key(a, arena_strn(a, p, len)))
                                        : (struct span){(const unsigned char *)p, len};
        if (spaced > 0)
            t->text = grouped(a, p, len);
        t->blank_before = blank;
        t->in_parentheses = depth > 0;
        blank = false;
        n++;
    }
    return n;
}

static const struct phrase *phrase_find(struct span key)
{
    for (size_t i = 0; i < COUNT(phrases); i++)
        if (span_eq(key, span_str(phrases[i].key)))
            return &phrases[i].phrase;
    return NULL;
}

size_t phrase_at(const struct token *tokens, size_t n, struct phrase *out)
{
    bool slash = n > 1 && tokens[0].kind == TOKEN_SLASH;
    const struct token *t = tokens + slash;
    char key[96];
    size_t used = 0, best = 0;

    *out = (struct phrase){PHRASE_NONE, 0, false, false};
    for (size_t i = 0; i < n - slash && i < PHRASE_WORDS; i++) {
        const struct phrase *found;

        if ((t[i].kind != TOKEN_WORD && i > 0) || used + t[i].text.n + 1 > sizeof key)
            break;
        if (i > 0)
            key[used++] = ' ';
        memcpy(key + used, t[i].text.p, t[i].text.n);
        used += t[i].text.n;
        found = phrase_find((struct span){(unsigned char *)key, used});
        if (found != NULL) {
            *out = *found;
            best = i + 1;
        }
        if (t[i].kind != TOKEN_WORD)
            break;
    }
    if (slash && out->kind == PHRASE_COUNT)
        out->kind = PHRASE_PER;
    else if (slash ? out->kind != PHRASE_A_YEAR : out->kind == PHRASE_A_YEAR)
        out->kind = PHRASE_NONE; /* "tháng" without its slash, "/đồng" */
    return out->kind == PHRASE_NONE ? 1 : best + slash;
}

/* Persons and bodies in one breath count nothing. */
static bool one_family(unsigned count)
{
    static const unsigned families[] = {
        COUNT_PERSONS | COUNT_WORKERS | COUNT_MEMBERS,
        COUNT_ANY | COUNT_BODIES | COUNT_HTX | COUNT_THT | COUNT_LHHTX | COUNT_QTDND |
            COUNT_FIRMS | COUNT_BRANCHES | COUNT_PLACES | COUNT_PRODUCTS,
        COUNT_POINTS,
        COUNT_AREA,
    };

    for (size_t i = 0; i < COUNT(families); i++)
        if ((count & ~families[i]) == 0)
            return true;
    return false;
}

bool unit_words_add(struct unit_words *u, const struct phrase *ph)
{
    u->given = true;
    u->money = u->money || ph->money;
    u->percent = u->percent || ph->percent;
    if (u->money && u->percent)
        return false;
    if (u->percent && (u->count == COUNT_POINTS || ph->n == COUNT_POINTS) &&
        (u->count == COUNT_POINTS || ph->kind == PHRASE_COUNT))
        return false; /* percentage points measure a change */
    if (ph->kind == PHRASE_MAGNITUDE) {
        if (u->magnitude > 1000000000)
            return false;
        u->magnitude *= ph->n;
        return u->magnitude <= INT64_C(1000000000000);
    }
    if (ph->kind == PHRASE_COUNT) {
        u->count |= (unsigned)ph->n;
        return one_family(u->count);
    }
    if (ph->kind == PHRASE_PER) {
        if (u->per != COUNT_NONE)
            return false;
        u->per = (unsigned)ph->n;
    }
    if (ph->kind == PHRASE_A_YEAR) {
        if (u->times_a_year != 0)
            return false;
        u->times_a_year = (int)ph->n;
    }
    return true;
}

bool unit_words_read(const char *written, struct unit_words *out)
{
    struct arena a = {0};
    struct token tokens[UNIT_TOKENS];
    size_t n = tokens_read(&a, written, tokens, UNIT_TOKENS), at = 0;
    bool ok = true;

    if (n > 1 && tokens[0].kind == TOKEN_NUMBER) { /* "1.000 đồng", "1000đ" */
        ok = span_eq(tokens[0].text, span_str("1.000")) ||
             span_eq(tokens[0].text, span_str("1000"));
        out->magnitude *= 1000;
        out->given = true;
        at = 1;
    }
    while (ok && at < n) {
        struct phrase ph;

        at += phrase_at(tokens + at, n - at, &ph);
        ok = (ph.kind == PHRASE_MAGNITUDE || ph.kind == PHRASE_MONEY ||
              ph.kind == PHRASE_COUNT || ph.kind == PHRASE_A_YEAR ||
              ph.kind == PHRASE_PER) &&
             unit_words_add(out, &ph);
    }
    arena_clear(&a);
    return ok;
}
