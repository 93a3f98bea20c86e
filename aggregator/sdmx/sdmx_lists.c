/* Concepts and code lists: what stands in every file and what a publication brings. */
#include "aggregator/sdmx/sdmx_own.h"

/* clang-format off */
const struct sdmx_concept sdmx_concepts[SDMX_COMPONENTS] = {
    [SC_FREQ] = {"FREQ", SL_FREQ, "Tần suất", "Frequency"},
    [SC_REF_AREA] = {"REF_AREA", SL_AREA, "Tỉnh hoặc đơn vị báo cáo", "Province or reporting unit"},
    [SC_INDICATOR] = {"INDICATOR", SL_INDICATOR, "Chỉ tiêu", "Indicator"},
    [SC_BREAKDOWN1] = {"BREAKDOWN1", SL_BREAKDOWN, "Chia theo (thứ nhất)", "First breakdown"},
    [SC_BREAKDOWN2] = {"BREAKDOWN2", SL_BREAKDOWN, "Chia theo (thứ hai)", "Second breakdown"},
    [SC_VINTAGE] = {"VINTAGE", SL_VINTAGE, "Loại số liệu", "Vintage"},
    [SC_TIME_PERIOD] = {"TIME_PERIOD", SL_TIME, "Kỳ báo cáo", "Time period"},
    [SC_OBS_VALUE] = {"OBS_VALUE", SL_DECIMAL, "Giá trị", "Observation value"},
    [SC_UNIT_MEASURE] = {"UNIT_MEASURE", SL_UNIT, "Đơn vị tính", "Unit of measure"},
    [SC_UNIT_MULT] = {"UNIT_MULT", SL_UNIT_MULT, "Bội số của đơn vị tính", "Unit multiplier"},
    [SC_DECIMALS] = {"DECIMALS", SL_DECIMALS, "Số chữ số thập phân", "Decimals"},
    [SC_OBS_STATUS] = {"OBS_STATUS", SL_OBS_STATUS, "Tình trạng của giá trị", "Observation status"},
    [SC_QUALIFIER] = {"QUALIFIER", SL_QUALIFIER, "Từ chỉ mức độ", "Qualifier"},
    [SC_BASIS] = {"BASIS", SL_BASIS, "Cơ sở tính", "What the value rests on"},
    [SC_SOURCE] = {"SOURCE", SL_SOURCE, "Nguồn số liệu", "Source"},
    [SC_COVERAGE_REPORTED] = {"COVERAGE_REPORTED", SL_COUNT, "Số đã báo cáo", "Reported"},
    [SC_COVERAGE_EXPECTED] = {"COVERAGE_EXPECTED", SL_COUNT, "Số phải báo cáo", "Expected to report"},
    [SC_COVERAGE_UNITS_REPORTED] = {"COVERAGE_UNITS_REPORTED", SL_COUNT, "Số đơn vị đã báo cáo", "Units that reported"},
    [SC_COVERAGE_UNITS_EXPECTED] = {"COVERAGE_UNITS_EXPECTED", SL_COUNT, "Số đơn vị phải báo cáo", "Units expected to report"},
    [SC_COVERAGE_ENTITIES_REPORTED] = {"COVERAGE_ENTITIES_REPORTED", SL_COUNT, "Số tổ chức đã báo cáo", "Entities that reported"},
    [SC_COVERAGE_ENTITIES_EXPECTED] = {"COVERAGE_ENTITIES_EXPECTED", SL_COUNT, "Số tổ chức phải báo cáo", "Entities expected to report"},
    [SC_COUNT_NIL] = {"COUNT_NIL", SL_COUNT, "Số nơi không phát sinh", "Who had nothing to report (nil)"},
    [SC_COUNT_NOT_AVAILABLE] = {"COUNT_NOT_AVAILABLE", SL_COUNT, "Số nơi chưa có số liệu", "Who had no figure yet"},
    [SC_COUNT_REFUSED] = {"COUNT_REFUSED", SL_COUNT, "Số nơi không cung cấp", "Who refused"},
    [SC_COUNT_MISSING] = {"COUNT_MISSING", SL_COUNT, "Số nơi để trống", "Who left the cell empty"},
    [SC_COUNT_APPROXIMATE] = {"COUNT_APPROXIMATE", SL_COUNT, "Số giá trị gần đúng trong đó", "Approximate values in it"},
    [SC_NUMERATOR] = {"NUMERATOR", SL_DECIMAL, "Tử số", "Numerator"},
    [SC_DENOMINATOR] = {"DENOMINATOR", SL_DECIMAL, "Mẫu số", "Denominator"},
    [SC_STATED] = {"STATED", SL_DECIMAL, "Số bình quân đơn vị tự nêu", "Mean as the unit stated it"},
};

static const struct sdmx_list LISTS[SDMX_LISTS] = {
    [SL_FREQ] = {.id = "CL_FREQ", .vi = "Tần suất", .en = "Frequency"},
    [SL_AREA] = {.id = "CL_AREA", .vi = "Tỉnh, đơn vị báo cáo", .en = "Provinces and reporting units", .partial = true},
    [SL_INDICATOR] = {.id = "CL_INDICATOR", .vi = "Chỉ tiêu", .en = "Indicators"},
    [SL_BREAKDOWN] = {.id = "CL_BREAKDOWN", .vi = "Các mục chia theo", .en = "Breakdowns", .partial = true},
    [SL_VINTAGE] = {.id = "CL_VINTAGE", .vi = "Loại số liệu", .en = "Vintages"},
    [SL_UNIT] = {.id = "CL_UNIT_MEASURE", .vi = "Đơn vị tính", .en = "Units of measure"},
    [SL_UNIT_MULT] = {.id = "CL_UNIT_MULT", .vi = "Bội số của đơn vị tính", .en = "Unit multipliers"},
    [SL_DECIMALS] = {.id = "CL_DECIMALS", .vi = "Số chữ số thập phân", .en = "Decimals"},
    [SL_OBS_STATUS] = {.id = "CL_OBS_STATUS", .vi = "Tình trạng của giá trị", .en = "Observation status"},
    [SL_QUALIFIER] = {.id = "CL_QUALIFIER", .vi = "Từ chỉ mức độ", .en = "Qualifiers"},
    [SL_BASIS] = {.id = "CL_BASIS", .vi = "Cơ sở tính", .en = "What a value rests on"},
    [SL_SOURCE] = {.id = "CL_SOURCE", .vi = "Nguồn số liệu", .en = "Sources"},
};

/* Codes of one or two letters are those of the cross-domain list of the same name. */
static const struct {
    enum sdmx_list_no list;
    struct sdmx_code code;
} FIXED[] = {
    {SL_FREQ, {"A", NULL, "A", "Hằng năm", "Annual"}},
    {SL_FREQ, {"S", NULL, "S", "Nửa năm", "Half-yearly, semester"}},
    {SL_FREQ, {"Q", NULL, "Q", "Hằng quý", "Quarterly"}},
    {SL_FREQ, {"M", NULL, "M", "Hằng tháng", "Monthly"}},
    {SL_FREQ, {"_O", NULL, "_O", "Khác (9 tháng, nhiều năm)", "Other (nine months, several years)"}},
    {SL_BREAKDOWN, {"_T", NULL, "_T", "Tổng số", "Total"}},
    {SL_BREAKDOWN, {"sector-unknown", NULL, "unknown", "Chưa rõ ngành", "Sector not known"}},
    {SL_BREAKDOWN, {"sector-undivided", NULL, "undivided", "Không chia theo ngành", "Not divided by sector"}},
    {SL_VINTAGE, {"plan", NULL, "plan", "Kế hoạch", "Plan"}},
    {SL_VINTAGE, {"estimate", NULL, "estimate", "Ước thực hiện", "Estimate"}},
    {SL_VINTAGE, {"actual", NULL, "actual", "Thực hiện", "Actual"}},
    {SL_UNIT_MULT, {"0", NULL, "0", "Đơn vị", "Units"}},
    {SL_UNIT_MULT, {"3", NULL, "3", "Nghìn", "Thousands"}},
    {SL_UNIT_MULT, {"6", NULL, "6", "Triệu", "Millions"}},
    {SL_UNIT_MULT, {"9", NULL, "9", "Tỷ", "Billions"}},
    {SL_OBS_STATUS, {"A", NULL, "A", "Bình thường", "Normal value"}},
    {SL_OBS_STATUS, {"B", NULL, "B", "Đứt quãng của dãy số liệu", "Time series break"}},
    {SL_OBS_STATUS, {"E", NULL, "E", "Ước tính, gần đúng", "Estimated value"}},
    {SL_OBS_STATUS, {"P", NULL, "P", "Chưa đầy đủ: còn nơi chưa báo cáo", "Provisional value: not all have reported"}},
    {SL_OBS_STATUS, {"L", NULL, "L", "Không có giá trị: nơi báo cáo không cung cấp", "Missing value; data exist but were not collected: refused"}},
    {SL_OBS_STATUS, {"M", NULL, "M", "Không có giá trị: không áp dụng", "Missing value; data cannot exist: not applicable"}},
    {SL_OBS_STATUS, {"O", NULL, "O", "Không có giá trị: để trống", "Missing value"}},
    {SL_OBS_STATUS, {"NIL", NULL, "NIL", "Không phát sinh (giá trị 0)", "Nil: nothing to report (the value is 0)"}},
    {SL_OBS_STATUS, {"NOT_YET", NULL, "NOT_YET", "Không có giá trị: chưa có số liệu", "Missing value; not yet available"}},
    {SL_OBS_STATUS, {"NO_WEIGHT", NULL, "NO_WEIGHT", "Không có giá trị: chỉ nêu số bình quân, không có số để tính", "Missing value; a mean was stated without its weight"}},
    {SL_BASIS, {"reported", NULL, "reported", "Tính từ số tổng đã báo cáo", "Sums as reported"}},
    {SL_BASIS, {"parts", NULL, "parts", "Tính từ các phần", "Derived from the parts"}},
    {SL_BASIS, {"stated", NULL, "stated", "Số bình quân tự nêu nhân với quyền số", "A stated mean by its weight"}},
    {SL_BASIS, {"mixed", NULL, "mixed", "Nhiều cơ sở", "Several of these"}},
    {SL_SOURCE, {"statement", NULL, "statement", "Biểu tổng hợp của đơn vị", "Statement of the unit"}},
    {SL_SOURCE, {"entity", NULL, "entity", "Báo cáo của từng tổ chức", "Entity reports"}},
    {SL_SOURCE, {"event", NULL, "event", "Biến động trong danh bạ", "Events of the register"}},
    {SL_SOURCE, {"mixed", NULL, "mixed", "Nhiều nguồn", "Several sources"}},
};
/* clang-format on */

enum { DECIMALS_MAX = 18 }; /* as many as an int64 has */

/* ---- units of measure ---- */

static const struct {
    const char *vi, *en, *mult;
} MULTIPLES[] = {
    {"nghìn ",  "thousand ", "3"},
    {"triệu ", "million ",  "6"},
    {"tỷ ",    "billion ",  "9"},
};

/* "VND/person/year" is VND_per_person_per_year; what has no letter is told by its bytes.
 */
static const char *unit_id(struct arena *a, const char *en)
{
    struct bytes out = {0};
    const char *id;

    for (const char *p = en; *p != 0; p++) {
        if (strncmp(p, " / ", 3) == 0 || strncmp(p, ", ", 2) == 0) {
            bytes_str(&out, *p == ' ' ? "_or_" : "_and_");
            p += *p == ' ' ? 2 : 1;
        } else if (*p == '/') {
            bytes_str(&out, "_per_");
        } else if (*p == '%') {
            bytes_str(&out, "PC");
        } else {
            bytes_str(&out, *p == ' ' ? "_" : sdmx_id(a, (const char[]){*p, 0}));
        }
    }
    id = arena_strn(a, out.p, out.n);
    bytes_clear(&out);
    return id;
}

/* Digits that a value may have: those of the division, or of the smallest unit. */
static int decimals_of(const struct indicator *i)
{
    int n = 0;

    if (i->op == OP_WMEAN || i->op == OP_RATIO)
        return i->decimals;
    for (int64_t s = i->scale; s > 1; s /= 10)
        n++;
    return n;
}

struct sdmx_measure sdmx_measure_of(struct arena *a, const struct indicator *i)
{
    struct sdmx_measure m = {.vi = i->unit_vi, .en = i->unit_en, .mult = "0"};

    for (size_t k = 0; k < COUNT(MULTIPLES); k++) {
        const size_t vi = strlen(MULTIPLES[k].vi), en = strlen(MULTIPLES[k].en);

        if (strncmp(i->unit_en, MULTIPLES[k].en, en) == 0 &&
            strncmp(i->unit_vi, MULTIPLES[k].vi, vi) == 0) {
            m.mult = MULTIPLES[k].mult;
            m.vi += vi;
            m.en += en;
        }
    }
    m.unit = unit_id(a, m.en);
    m.decimals = arena_printf(a, "%d", decimals_of(i));
    return m;
}

/* ---- what a source brings ---- */

bool sdmx_list_put(struct sdmx *s, enum sdmx_list_no list, struct sdmx_code code,
                   struct err *e)
{
    struct sdmx_list *l = &s->lists[list];

    for (size_t i = 0; i < l->n; i++)
        if (strcmp(l->codes[i].id, code.id) == 0)
            return strcmp(l->codes[i].code, code.code) == 0 ||
                   err_set(e, ERR_SETUP, "%s: %s và %s cùng có mã / both are %s", l->id,
                           l->codes[i].code, code.code, code.id);
    if ((l->n & (l->n + 1)) == 0)
        l->codes = mem_grow(l->codes, 2 * l->n + 1, sizeof *l->codes);
    l->codes[l->n++] = code;
    return true;
}

static bool put_fixed(struct sdmx *s, struct err *e)
{
    for (size_t i = 0; i < SDMX_LISTS; i++)
        s->lists[i] = LISTS[i];
    for (size_t i = 0; i < COUNT(FIXED); i++)
        if (!sdmx_list_put(s, FIXED[i].list, FIXED[i].code, e))
            return false;
    for (int i = 0; i <= DECIMALS_MAX; i++) {
        const char *id = arena_printf(&s->arena, "%d", i);
        const struct sdmx_code code = {
            id, NULL, id, arena_printf(&s->arena, "%d chữ số", i),
            arena_printf(&s->arena, i == 1 ? "%d digit" : "%d digits", i)};

        if (!sdmx_list_put(s, SL_DECIMALS, code, e))
            return false;
    }
    return true;
}

static bool put_indicators(struct sdmx *s, const struct catalogue *c, struct err *e)
{
    for (size_t i = 0; i < c->n_indicators; i++) {
        const struct indicator *ind = &c->indicators[i];
        const struct sdmx_measure m = sdmx_measure_of(&s->arena, ind);

        if (!sdmx_list_put(s, SL_INDICATOR,
                           (struct sdmx_code){sdmx_id(&s->arena, ind->code), NULL,
                                              ind->code, ind->name_vi, ind->name_en},
                           e) ||
            !sdmx_list_put(s, SL_UNIT, (struct sdmx_code){m.unit, NULL, m.en, m.vi, m.en},
                           e))
            return false;
    }
    return true;
}

static const char *part_id(struct sdmx *s, const char *dim, const char *code)
{
    return sdmx_id(&s->arena, arena_printf(&s->arena, "%s.%s", dim, code));
}

/* Codes of dimensions that an indicator is divided by; qualifiers are a list of theirs.
 */
static bool put_breakdowns(struct sdmx *s, const struct catalogue *c, struct err *e)
{
    for (size_t i = 0; i < c->n_breakdowns; i++) {
        const struct breakdown *b = &c->breakdowns[i];
        const bool qualifier = strcmp(b->dim, "qualifier") == 0;
        bool used = qualifier;

        for (size_t k = 0; !used && k < c->n_indicators; k++)
            for (size_t d = 0; c->indicators[k].dims[d] != NULL; d++)
                used = used || strcmp(c->indicators[k].dims[d], b->dim) == 0;
        if (!used || strcmp(b->code, "*") == 0)
            continue;
        if (!sdmx_list_put(
                s, qualifier ? SL_QUALIFIER : SL_BREAKDOWN,
                (struct sdmx_code){
                    qualifier ? sdmx_id(&s->arena, b->code) : part_id(s, b->dim, b->code),
                    *b->parent != 0 && !qualifier ? part_id(s, b->dim, b->parent) : NULL,
                    b->code, b->name_vi, b->name_en},
                e))
            return false;
    }
    return true;
}

bool sdmx_lists_add(struct sdmx *s, const struct sdmx_source *of, struct err *e)
{
    const struct totals *t = of->totals;
    const char *province = sdmx_id(&s->arena, t->province_code);

    if (s->lists[0].id == NULL && !put_fixed(s, e))
        return false;
    if (!put_indicators(s, of->catalogue, e) || !put_breakdowns(s, of->catalogue, e) ||
        !sdmx_list_put(s, SL_AREA,
                       (struct sdmx_code){province, NULL, t->province_code,
                                          t->province_name, t->province_name},
                       e))
        return false;
    for (size_t i = 0; i < t->n_units; i++) {
        const struct unit_line *u = &t->units[i];
        const char *id = sdmx_area(&s->arena, u->code, u->from);

        if (!sdmx_list_put(s, SL_AREA,
                           (struct sdmx_code){id, province, u->code, u->name, u->name},
                           e))
            return false;
    }
    return true;
}
