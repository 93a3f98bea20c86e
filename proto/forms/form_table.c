/*
 * The header of a table: where it begins and ends, and what its columns are. Columns may
 * be moved, rows inserted, headings may take several lines or be merged cells.
 */
#include "proto/base/text.h"
#include "proto/forms/form_own.h"

static const struct {
    enum column_role role;
    const char *dim;
    const char *names; /* with "|" between them */
} common[] = {
    {ROLE_SKIP,       NULL,     "stt|tt|số tt|số thứ tự|no."                                                  },
    {ROLE_LABEL,      NULL,
     "chỉ tiêu|tên chỉ tiêu|nội dung chỉ tiêu|danh mục chỉ tiêu|các chỉ tiêu|"
     "chỉ tiêu báo cáo|chỉ tiêu chủ yếu|indicator"                                                        },
    {ROLE_UNIT,       NULL,     "đơn vị tính|đvt|đơn vị|unit"                                               },
    {ROLE_AS_OF,      NULL,
     "thời điểm|thời điểm số liệu|tại thời điểm|ngày số liệu|số liệu đến ngày|as of"},
    {ROLE_POPULATION, NULL,     "đối tượng|đối tượng tính|phạm vi|population"                          },
    {ROLE_BREAKDOWN,  "source", "nguồn|nguồn vốn|nguồn kinh phí|source"                                      },
    {ROLE_BREAKDOWN,  "item",   "nội dung|nội dung hỗ trợ|nội dung chi|item"                                },
    {ROLE_BREAKDOWN,  "lender", "ngân hàng|tổ chức cho vay|nơi cho vay|lender"                                 },
    {ROLE_BREAKDOWN,  "entity", "tên tổ chức|tên htx|tên hợp tác xã|tổ chức vay"                       },
    {ROLE_BREAKDOWN,  NULL,     "chia theo|phân tổ|trong đó|breakdown"                                           },
    {ROLE_SKIP,       NULL,     "ghi chú|note|số liệu kỳ trước"                                             },
};

static const struct {
    enum column_role role;
    const char *names;
} of_entities[] = {
    {ROLE_ORDER,       "stt|tt|số tt|số thứ tự|no."                                                       },
    {ROLE_NAME,
     "tên htx|tên hợp tác xã|tên tổ chức|tên đơn vị|tên|tên tổ chức kinh tế tập thể|"
     "tên tổ chức kinh tế hợp tác|tên htx, tht|hợp tác xã|tên hợp tác xã, tổ hợp "
     "tác|name"                                                                                                  },
    {ROLE_TAX,
     "mã số thuế|mst|mã số htx|mã số hợp tác xã|mã số thuế/mã số htx|mã số|"
     "mã số htx/mã số thuế|mã số htx, mã số thuế|mã số thuế, mã số htx|tax number"        },
    {ROLE_CERTIFICATE,
     "số giấy chứng nhận|số gcn|giấy chứng nhận|số giấy cnđk|số gcn đkhtx|"
     "số giấy chứng nhận đăng ký|số giấy chứng nhận đăng ký htx|số gcn đăng ký|"
     "số giấy chứng nhận đăng ký hợp tác xã|giấy chứng nhận đăng ký|certificate number"   },
    {ROLE_ISSUER,      "nơi cấp|cơ quan cấp|nơi cấp giấy chứng nhận|cơ quan cấp gcn|issuer"     },
    {ROLE_REGISTER,
     "số đăng ký tại xã|số sổ đăng ký|số đăng ký|số đăng ký tht|register number"         },
    {ROLE_SECTOR,
     "ngành|lĩnh vực|ngành, lĩnh vực|ngành nghề|lĩnh vực hoạt động|ngành nghề chính|"
     "lĩnh vực hoạt động chính|ngành, nghề|ngành/lĩnh vực|lĩnh vực chính|sector"              },
    {ROLE_COMMUNE,
     "xã|xã, phường|xã, phường, thị trấn|xã/phường/thị trấn|địa bàn|địa chỉ|"
     "xã, thị trấn|địa bàn hoạt động|xã/thị trấn|commune"                                      },
    {ROLE_STATE,       "tình trạng|trạng thái|tình trạng hoạt động|tình hình hoạt động|state"},
    {ROLE_KIND,        "loại hình|loại|loại hình tổ chức|kind"                                        },
    {ROLE_NOTE,        "ghi chú|note"                                                                            },
};

/* Of rows that are events, products, members or loans; dim: only where the form has it.
 */
static const struct {
    enum column_role role;
    const char *dim;
    const char *names;
} of_rows[] = {
    {ROLE_AS_OF,     NULL,
     "ngày|ngày, tháng|ngày, tháng, năm|ngày tháng năm|ngày biến động|ngày quyết định|"
     "ngày ban hành|ngày đăng ký|ngày cấp|ngày cấp giấy chứng nhận|ngày cấp gcn|"
     "ngày chứng nhận|ngày công nhận|ngày có hiệu lực|thời điểm|thời gian|"
     "ngày cấp giấy chứng nhận ocop|ngày quyết định công nhận|ngày vay|date"},
    {ROLE_BREAKDOWN, "decision",
     "số quyết định|quyết định|quyết định số|số văn bản|số thông báo|căn cứ|"
     "số quyết định, thông báo|số, ký hiệu quyết định|văn bản|decision"  },
    {ROLE_BREAKDOWN, "new_name",
     "tên mới|tên sau khi đổi|tên htx mới|tên hợp tác xã mới|tên gọi mới|"
     "tên mới (nếu đổi tên)|new name"                                                 },
    {ROLE_BREAKDOWN, "certificate",
     "số giấy chứng nhận ocop|giấy chứng nhận ocop|số gcn ocop|gcn ocop|"
     "sản phẩm ocop: số giấy chứng nhận|ocop: số giấy chứng nhận|"
     "số quyết định công nhận|quyết định công nhận|certificate"              },
    {ROLE_PRODUCT,   "certificate",
     "tên sản phẩm|sản phẩm|tên sản phẩm ocop|sản phẩm ocop|product"         },
    {ROLE_BREAKDOWN, "lender",
     "ngân hàng|tên ngân hàng|tổ chức cho vay|bên cho vay|nơi cho vay|đơn vị cho vay|"
     "tổ chức tín dụng|ngân hàng, tổ chức tín dụng|tctd|ngân hàng cho vay|"
     "tổ chức cho vay, bảo lãnh|ngân hàng, quỹ|lender"                              },
    {ROLE_OTHER_TAX, "entity",
     "mã số thuế htx thành viên|mst htx thành viên|htx thành viên: mã số thuế|"
     "htx thành viên: mst|mã số thuế bên vay|mst bên vay|bên vay: mã số thuế|"
     "mã số thuế hợp tác xã thành viên"                                             },
    {ROLE_NOTE,      NULL,          "lý do|lý do biến động|nội dung"                  },
};

/* The head of the names in a list of groups, unions, funds. */
static const char UNION_NAMES[] =
    "tên liên hiệp htx|tên lhhtx|tên liên hiệp hợp tác xã|liên hiệp htx|lhhtx|"
    "tên liên hiệp|liên hiệp hợp tác xã|tên quỹ|tên qtdnd|tên quỹ tín dụng nhân dân|"
    "quỹ tín dụng nhân dân|tên tht|tên tổ hợp tác|tổ hợp tác|qtdnd|tht";

static void add_headings(struct page_reader *p, enum column_role role, const char *dim,
                         const char *names)
{
    char *list = arena_str(p->arena, names), *save = NULL;

    for (char *n = strtok_r(list, "|", &save); n != NULL;
         n = strtok_r(NULL, "|", &save)) {
        if ((p->n_headings & (p->n_headings + 1)) == 0)
            p->headings =
                mem_grow(p->headings, 2 * p->n_headings + 1, sizeof *p->headings);
        p->headings[p->n_headings++] = (struct heading){text_key(p->arena, n), role, dim};
    }
}

/* Does an indicator of the form break down by it? */
static bool form_has_dim(const struct form *f, const char *dim)
{
    for (size_t i = 0; i < f->n_cells; i++)
        for (size_t d = 0; f->cells[i].indicator->dims[d] != NULL; d++)
            if (strcmp(f->cells[i].indicator->dims[d], dim) == 0)
                return true;
    return false;
}

static void form_headings(struct page_reader *p)
{
    enum form_layout layout = p->form->layout;
    bool rows = layout == LAYOUT_ROWS, entities = form_of_entities(p->form);

    for (size_t i = 0; rows && i < COUNT(of_rows); i++)
        if (of_rows[i].dim == NULL || form_has_dim(p->form, of_rows[i].dim))
            add_headings(p, of_rows[i].role, of_rows[i].dim, of_rows[i].names);
    for (size_t i = 0; entities && i < COUNT(of_entities); i++)
        add_headings(p, of_entities[i].role, NULL, of_entities[i].names);
    if (entities)
        add_headings(p, ROLE_NAME, NULL, UNION_NAMES);
    if (rows && !entities) {
        add_headings(p, ROLE_OTHER_TAX, NULL, "mã số thuế|mst");
        add_headings(p, ROLE_COMMUNE, NULL, "địa chỉ|xã|địa bàn|xã, phường, thị trấn");
        add_headings(p, ROLE_SKIP, NULL, "stt|tt|số tt|số thứ tự|no.|ghi chú|note");
    }
    for (size_t i = 0; !rows && !entities && i < COUNT(common); i++)
        add_headings(p, common[i].role, common[i].dim, common[i].names);
}

const struct heading *form_heading(const struct page_reader *p, const char *key)
{
    for (size_t i = 0; i < p->n_headings; i++)
        if (strcmp(p->headings[i].key, key) == 0)
            return &p->headings[i];
    return NULL;
}

/* Headings that mean the whole, b1 "", as text_key() writes them: tòan. */
static bool is_total(const char *key)
{
    static const char *const totals[] = {
        "tổng số",   "tổng cộng", "tổng",        "chung",    "tòan huyện",
        "tòan tỉnh", "tòan xã",   "tòan đơn vị", "cả huyện", "tất cả",
        "số liệu",   "giá trị",   "kết quả",     "số lượng", "total"};

    for (size_t i = 0; i < COUNT(totals); i++)
        if (strcmp(key, totals[i]) == 0)
            return true;
    return false;
}

const struct cell *form_cell_at(const struct row *row, uint32_t col)
{
    size_t low = 0, high = row->n;

    if (col < row->n && row->cells[col].col == col)
        return &row->cells[col]; /* no blank cell before it, as mostly */
    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (row->cells[mid].col == col)
            return &row->cells[mid];
        if (row->cells[mid].col < col)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

struct column *form_column(struct page_reader *p, enum column_role role)
{
    for (size_t i = 0; i < p->n_columns; i++)
        if (p->columns[i].role == role)
            return &p->columns[i];
    return NULL;
}

static bool classify_entity(struct page_reader *p, const char *text, const char *key,
                            struct column *c)
{
    const struct heading *h = form_heading(p, key);
    struct label_hit hit;

    if (h != NULL) {
        c->role = h->role;
        c->dim = h->dim;
        return true;
    }
    if (!form_label(p, text, &hit) || hit.breakdown != NULL)
        return false;
    c->role = ROLE_VALUE;
    c->cell = hit.cell;
    if (c->cell->coded != 0)
        c->dim = c->cell->indicator->dims[c->cell->coded - 1];
    return form_unit(p, hit.unit, hit.cell->indicator, &c->unit);
}

/* A code of the form's dimension (mostly a sector), or the whole. */
static bool classify_code(struct page_reader *p, const char *text, const char *key,
                          struct column *c)
{
    const struct breakdown *b;

    c->role = ROLE_VALUE;
    c->code = "";
    if (is_total(key))
        return true;
    b = form_code(p, p->form->dim, text);
    if (b == NULL && strcmp(p->form->dim, "sector") == 0 && strlen(text) < SHORT_BYTES_MAX)
        b = form_sector_spelt_out(p, form_unnumbered(text));
    if (b == NULL)
        c->role = ROLE_NONE;
    else
        c->code = b->code;
    return b != NULL;
}

/* "So với kế hoạch (%)": what is compared is computed anew, never read. */
static bool is_comparison(const char *key)
{
    static const char *const words[] = {"so với", "so sánh", "tỷ lệ",
                                        "tăng",   "%",       "giảm"};

    for (size_t i = 0; i < COUNT(words); i++)
        if (strstr(key, words[i]) != NULL)
            return true;
    return false;
}

/* "Ước thực hiện cả năm 2023". */
static bool classify_period(struct page_reader *p, const char *text, const char *key,
                            struct column *c)
{
    if (is_comparison(key))
        return false;
    c->period = form_period(p, text, p->period);
    c->vintage = form_vintage(p, text);
    if (c->vintage == VINTAGE_NONE && c->period != NULL)
        c->vintage = p->vintage;
    if (c->period == NULL || c->vintage == VINTAGE_NONE)
        return false;
    c->role = ROLE_VALUE;
    c->code = "";
    return true;
}

/* Rows that are organisations or something of them; not lines of indicators. */
static bool is_list(const struct page_reader *p)
{
    return p->form->layout == LAYOUT_ENTITY_ROWS || p->form->layout == LAYOUT_ROWS;
}

/* What a row is about stands in this column. */
static bool is_main(const struct page_reader *p, const struct column *c)
{
    if (form_of_entities(p->form))
        return c->role == ROLE_NAME;
    if (p->form->layout == LAYOUT_ROWS)
        return c->role == ROLE_VALUE && c->cell->coded != 0;
    return c->role == ROLE_LABEL;
}

static bool classify(struct page_reader *p, const char *text, struct column *c)
{
    const char *key = text_key(p->arena, form_unnumbered(text));
    const struct heading *h;

    if (key == NULL || *key == 0)
        return false;
    if (strncmp(key, "kỳ trước:", strlen("kỳ trước:")) == 0) {
        c->role = ROLE_SKIP; /* a hint of our templates */
        return true;
    }
    if (is_list(p))
        return classify_entity(p, text, key, c);
    h = form_heading(p, key);
    if (h != NULL) {
        c->role = h->role;
        c->dim = h->dim;
        if (p->content_is_label && h->dim != NULL && strcmp(h->dim, "item") == 0)
            c->role = ROLE_LABEL;
        return true;
    }
    switch (p->form->layout) {
    case LAYOUT_BY_SECTOR:
        return classify_code(p, text, key, c);
    case LAYOUT_BY_PERIOD:
        return classify_period(p, text, key, c);
    case LAYOUT_ENTITY_ROWS:
    case LAYOUT_ROWS:
    case LAYOUT_TEXTS:
        break;
    }
    return false;
}

static bool has_digit_first(const struct cell *c)
{
    return c->kind == CELL_NUMBER ||
           (c->kind == CELL_TEXT && *c->text >= '0' && *c->text <= '9');
}

bool form_is_numbering(const struct row *row)
{
    for (size_t i = 0; i < row->n; i++) {
        const char *s = row->cells[i].text;
        size_t n = strlen(s);

        if (s[strspn(s, "0123456789()=+-*/:., \xe2\x80\xa6")] == 0 && n > 0)
            continue; /* "(4)=(5)+…+(10)" */
        if (n == 1 || (n == 3 && s[0] == '(' && s[2] == ')'))
            continue;
        return false;
    }
    return row->n >= 3;
}

/* Headings of this form in the row, up to enough of them; *main_one: the main one is. */
static size_t score(struct page_reader *p, const struct row *row, size_t enough,
                    bool *main_one)
{
    size_t n = 0;

    *main_one = false;
    for (size_t i = 0; i < row->n && i < COLUMNS_MAX && (n < enough || !*main_one); i++) {
        struct column c = {0};

        if (row->cells[i].kind != CELL_TEXT || !classify(p, row->cells[i].text, &c))
            continue;
        n++;
        *main_one = *main_one || is_main(p, &c);
    }
    return n;
}

/* "2022", "6 tháng đầu năm" below "Thực hiện". */
static bool heads_a_period(struct page_reader *p, const struct cell *c)
{
    return p->form->layout == LAYOUT_BY_PERIOD &&
           (c->kind == CELL_NUMBER || c->kind == CELL_TEXT) &&
           strlen(c->text) < HEADING_BYTES_MAX &&
           form_period(p, c->text, p->period) != NULL;
}

/* The heading goes on in this row: more words under it, no numbers, not yet data. */
static bool header_goes_on(struct page_reader *p, size_t first, size_t at, uint32_t main)
{
    const struct row *row = &p->rows[at];

    if (at >= p->n_rows || at - first >= HEADER_ROWS ||
        row->cells->row != p->rows[at - 1].cells->row + 1)
        return false;
    if (row->n < 2 || form_cell_at(row, main) != NULL || form_is_footer(p->arena, row))
        return false;
    for (size_t i = 0; i < row->n; i++)
        if ((row->cells[i].kind != CELL_TEXT || has_digit_first(&row->cells[i])) &&
            !heads_a_period(p, &row->cells[i]))
            return false;
    return true;
}

/* The texts of the header's rows by column, merged cells filled. */
struct head_grid {
    const char *text[HEADER_ROWS][COLUMNS_MAX];
    size_t n_rows;
    uint32_t first_row;
};

static void fill_grid(struct page_reader *p, size_t first, struct head_grid *g)
{
    for (size_t i = 0; i < g->n_rows; i++)
        for (size_t k = 0; k < p->rows[first + i].n; k++) {
            const struct cell *c = &p->rows[first + i].cells[k];

            if (c->col < COLUMNS_MAX && c->row - g->first_row < HEADER_ROWS)
                g->text[c->row - g->first_row][c->col] = c->text;
        }
    for (size_t i = 0; i < p->page->n_merges; i++) {
        const struct sheet_merge *m = &p->page->merges[i];
        const char *text;

        if (m->row < g->first_row || m->row - g->first_row >= g->n_rows ||
            m->col >= COLUMNS_MAX)
            continue;
        text = g->text[m->row - g->first_row][m->col];
        for (uint32_t r = m->row; r <= m->last_row && r - g->first_row < g->n_rows; r++)
            for (uint32_t c = m->col; c <= m->last_col && c < COLUMNS_MAX; c++)
                g->text[r - g->first_row][c] = text;
    }
    /* a CSV knows no merged cells: a group's name stands over its first column only */
    for (size_t r = 0; p->page->n_merges == 0 && r + 1 < g->n_rows; r++)
        for (size_t c = 1; c < COLUMNS_MAX; c++)
            if (g->text[r][c] == NULL && g->text[r + 1][c] != NULL &&
                g->text[r][c - 1] != NULL && g->text[r + 1][c - 1] != NULL)
                g->text[r][c] = g->text[r][c - 1];
}

/* Lines of one column from top to bottom, each once; how many. */
static size_t lines_of(const struct head_grid *g, size_t col, const char **lines)
{
    size_t n = 0;

    for (size_t r = 0; r < g->n_rows; r++) {
        const char *t = g->text[r][col];

        if (t != NULL && (n == 0 || strcmp(lines[n - 1], t) != 0))
            lines[n++] = t;
    }
    return n;
}

static const char *join(struct page_reader *p, const char **lines, size_t n,
                        const char *between)
{
    struct bytes b = {0};
    char *text;

    for (size_t i = 0; i < n; i++) {
        bytes_str(&b, i > 0 ? between : "");
        bytes_str(&b, lines[i]);
    }
    text = arena_strn(p->arena, b.p, b.n);
    bytes_clear(&b);
    return text;
}

/* The lowest line says most; then all lines; a bare "Tổng số" is what its group says. */
static void name_column(struct page_reader *p, const char **lines, size_t n,
                        struct column *c)
{
    bool by_period = p->form->layout == LAYOUT_BY_PERIOD;
    const char *last = lines[n - 1];

    c->text = join(p, lines, n, " ");
    if (!by_period && classify(p, last, c))
        return;
    if (classify(p, c->text, c) || (n > 1 && classify(p, join(p, lines, n, ": "), c)))
        return;
    if (by_period && classify(p, last, c))
        return;
    if (n > 1 && is_total(text_key(p->arena, last)) && classify(p, lines[n - 2], c))
        return;
    c->role = ROLE_NONE;
}

static bool same_meaning(const struct column *a, const struct column *b)
{
    if (a->role != b->role || a->role == ROLE_NONE || a->role == ROLE_SKIP ||
        a->role == ROLE_NOTE)
        return false;
    if (a->role == ROLE_VALUE)
        return a->cell == b->cell && a->period == b->period && a->vintage == b->vintage &&
               (a->code == b->code ||
                (a->code != NULL && b->code != NULL && strcmp(a->code, b->code) == 0));
    return a->role != ROLE_BREAKDOWN ||
           (a->dim == b->dim ||
            (a->dim != NULL && b->dim != NULL && strcmp(a->dim, b->dim) == 0));
}

static const struct cell *head_cell(struct page_reader *p, const struct column *c)
{
    for (size_t i = p->data; i-- > 0;) {
        const struct cell *cell = form_cell_at(&p->rows[i], c->col);

        if (cell != NULL)
            return cell;
    }
    return NULL;
}

/*
 * "Nông nghiệp" beside "Thủy sản" or "Lâm nghiệp" is what is left without them; beside
 * "Trồng trọt" or "Chăn nuôi" it is their total.
 */
static void set_apart(struct page_reader *p)
{
    static const char *const apart[] = {"fishery", "forestry", "salt"};
    static const char *const inside[] = {"crops", "livestock", "agri_mixed"};
    struct column *agri = NULL;
    bool beside = false;

    for (size_t i = 0; i < p->n_columns; i++) {
        struct column *c = &p->columns[i];
        const char *key = c->role == ROLE_VALUE && c->code != NULL && *c->code != 0
                              ? text_key(p->arena, c->text)
                              : NULL;

        for (size_t k = 0; key != NULL && k < COUNT(apart); k++) {
            beside = beside || strcmp(c->code, apart[k]) == 0;
            if (strcmp(c->code, inside[k]) == 0)
                return;
        }
        if (key != NULL && strcmp(c->code, "agri") == 0 && strstr(key, "ngư") == NULL &&
            strstr(key, "thủy") == NULL && strstr(key, "lâm") == NULL)
            agri = c;
    }
    if (agri == NULL || !beside ||
        catalogue_breakdown(p->ctx->cat, "sector", "agri_rest") == NULL)
        return;
    agri->code = "agri_rest";
    form_page_finding(p, "SECTOR_APART", SEV_NOTE, false, head_cell(p, agri), agri->text,
                      NULL);
}

/* Unknown columns that hold something, and two columns for one thing. */
static bool check_columns(struct page_reader *p)
{
    bool ok = true;

    for (size_t i = 0; i < p->n_columns; i++) {
        struct column *c = &p->columns[i];

        if (c->role == ROLE_NONE && !is_list(p) &&
            is_comparison(text_key(p->arena, c->text)))
            form_page_finding(p, "COMPARISON_COLUMN", SEV_NOTE, false, head_cell(p, c),
                              c->text, NULL);
        else if (c->role == ROLE_NONE)
            form_unknown(p, "UNKNOWN_COLUMN", head_cell(p, c), c->text);
        for (size_t k = 0; k < i; k++) {
            if (same_meaning(c, &p->columns[k])) {
                form_page_finding(p, "COLUMN_TWICE", SEV_ERROR, true, head_cell(p, c),
                                  c->text, NULL);
                ok = false;
            }
        }
    }
    return ok;
}

/* The columns of a list that the form cannot do without. */
static void check_required(struct page_reader *p)
{
    for (size_t i = 0; i < p->form->n_cells; i++) {
        const struct form_cell *cell = &p->form->cells[i];
        bool there = false;

        for (size_t k = 0; k < p->n_columns && !there; k++)
            there = p->columns[k].cell == cell;
        if (cell->required && !there && cell->coded == 0)
            form_page_finding(p, "COLUMN_MISSING", SEV_ERROR, false,
                              p->rows[p->data - 1].cells, NULL, cell->label_vi);
    }
}

/* Whether the row may be a header at all: cheap, as any row may be very long. */
static bool may_head(struct page_reader *p, const struct row *row)
{
    bool entities = form_of_entities(p->form);

    if (row->n < 2)
        return false;
    if (p->form->layout == LAYOUT_ROWS && !entities)
        return true; /* what it is about is a label of the form */
    for (size_t i = 0; i < row->n && i < COLUMNS_MAX; i++) {
        const struct cell *c = &row->cells[i];
        const struct heading *h;
        const char *key;

        if (c->kind != CELL_TEXT || strlen(c->text) > HEADING_BYTES_MAX)
            continue;
        key = text_key(p->arena, form_unnumbered(c->text));
        h = key == NULL ? NULL : form_heading(p, key);
        if (h != NULL && (h->role == (entities ? ROLE_NAME : ROLE_LABEL) ||
                          (p->content_is_label && !entities)))
            return true;
    }
    return false;
}

static bool search(struct page_reader *p, size_t *header)
{
    bool list = is_list(p), main_one = false;

    for (size_t i = 0; i < p->n_rows && i < HEADER_SEARCH; i++) {
        size_t enough = list ? 2 : 1;
        size_t n = may_head(p, &p->rows[i]) ? score(p, &p->rows[i], enough, &main_one) : 0;

        if (n >= enough && main_one) {
            *header = i;
            return true;
        }
    }
    return false;
}

bool form_header(struct page_reader *p, size_t *header)
{
    form_headings(p);
    if (search(p, header))
        return true;
    p->content_is_label = true;
    if (search(p, header))
        return true;
    form_page_finding(p, "NO_TABLE", SEV_ERROR, true, NULL, NULL, NULL);
    return false;
}

static uint32_t main_column(struct page_reader *p, const struct row *row)
{
    for (size_t i = 0; i < row->n; i++) {
        struct column c = {0};

        if (row->cells[i].kind == CELL_TEXT && classify(p, row->cells[i].text, &c) &&
            is_main(p, &c))
            return row->cells[i].col;
    }
    return 0;
}

bool form_classify(struct page_reader *p, size_t first)
{
    struct head_grid *g = mem_new(sizeof *g);
    uint32_t main = main_column(p, &p->rows[first]);
    size_t end = first + 1, values = 0;
    const char *lines[HEADER_ROWS];
    bool ok;

    while (end < p->n_rows && header_goes_on(p, first, end, main))
        end++;
    g->first_row = p->rows[first].cells->row;
    g->n_rows = end - first;
    fill_grid(p, first, g);
    if (end < p->n_rows && form_is_numbering(&p->rows[end]))
        end++;
    p->data = end;
    for (uint32_t col = 0; col < COLUMNS_MAX; col++) {
        size_t n = lines_of(g, col, lines);
        struct column *c = &p->columns[p->n_columns];

        if (n == 0)
            continue;
        *c = (struct column){.col = col};
        name_column(p, lines, n, c);
        values += c->role == ROLE_VALUE;
        p->n_columns++;
    }
    free(g);
    ok = check_columns(p);
    if (p->form->layout == LAYOUT_BY_SECTOR)
        set_apart(p);
    if (ok && is_list(p))
        check_required(p);
    if (ok && values == 0 && !is_list(p)) {
        form_page_finding(p, "NO_TABLE", SEV_ERROR, true, p->rows[first].cells, NULL,
                          NULL);
        return false;
    }
    return ok;
}
