/* form: movements, unions, loans, departments, texts; and the words of an entity list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/form_fixture.h"

static const struct observation *at(struct fixture *fx, size_t report, const char *code,
                                    const char *b1, const char *b2, int64_t value)
{
    const struct observation *o = obs_of(fx, report, code, b1, b2);

    assert_int_equal(o->state, OBS_VALUE);
    assert_int_equal(o->value, value);
    return o;
}

static void absent(struct fixture *fx, size_t report, const char *code, const char *b1,
                   const char *b2)
{
    const struct indicator *ind = catalogue_indicator(fx->cat, code);

    assert_non_null(ind);
    assert_null(report_find(&fx->form.reports[report], ind->no, b1, b2));
}

#define MOVEMENTS HEAD("04/BĐ", "6 tháng đầu năm 2025", "thực hiện")
#define LOANS HEAD("08/VV", "6 tháng đầu năm 2025", "thực hiện")

static void marks_and_words_of_a_list(void **state)
{
    struct fixture *fx = *state;

    read_text(
        fx, LIST
        "STT|Tên HTX|Mã số thuế|Số thành viên|Trong đó: thành viên nữ|Lao động|Lao động "
        "nữ|Phụ nữ làm chủ|Vùng đồng bào DTTS|Xã nông thôn mới|Tổ chức vận động thành "
        "lập|Quy mô|Đại học trở lên\n"
        "1|HTX Một|6200001234|12|5|8|3|1|có|Không|Hội LHPN|siêu nhỏ|2\n"
        "2|HTX Hai|6200045672|12|-|8|…|x|0|-|Hội làm vườn|…|\n"
        "3|HTX Ba|6200099991|9|KCC|8|0||||…|2|-\n");
    assert_int_equal(fx->form.n, 3);
    assert_int_equal(fx->form.sheet.n, 0);
    assert_int_equal(fx->form.per_report[0].n, 0);
    value_is(fx, 0, "member.women", "", 5);
    value_is(fx, 0, "worker.women", "", 3);
    value_is(fx, 0, "htx.women", "", 1);
    value_is(fx, 0, "htx.ethnic", "", 1);
    assert_string_equal(obs_of(fx, 0, "htx.ethnic", "", "")->text, "có");
    value_is(fx, 0, "htx.new_rural", "", 0);
    value_is(fx, 0, "htx.founded_by", "hlhpn", 1);
    value_is(fx, 0, "htx.size", "micro", 1);
    value_is(fx, 0, "mgr.edu.dai_hoc+", "", 2);
    finding_is(fx, &fx->form.per_report[1], "MARK_X", "T!H8", false);
    finding_is(fx, &fx->form.per_report[1], "CODE_UNKNOWN", "T!K8", true);
    assert_non_null(strstr(fx->form.per_report[1].list[1].args[0], "Hội Nông dân"));
    assert_int_equal(obs_of(fx, 1, "htx.women", "", "")->state, OBS_NOT_APPLICABLE);
    assert_int_equal(obs_of(fx, 1, "htx.size", "", "")->state, OBS_NOT_AVAILABLE);
    assert_int_equal(obs_of(fx, 1, "member.women", "", "")->state, OBS_NIL);
    assert_int_equal(fx->form.per_report[2].n, 0);
    assert_int_equal(obs_of(fx, 2, "htx.founded_by", "", "")->state, OBS_NOT_AVAILABLE);
    value_is(fx, 2, "htx.size", "small", 1); /* the class by its number */
    absent(fx, 2, "htx.women", "", "");
}

static void movements_are_events_with_their_dates(void **state)
{
    struct fixture *fx = *state;
    const struct observation *o;

    read_text(fx, MOVEMENTS
              "STT|Tên HTX|Mã số thuế|Loại hình|Ngành, lĩnh vực|Loại biến động|Ngày|Số "
              "quyết định|Tên cũ|Tên mới|Lý do|Ghi chú\n"
              "1|HTX Một|6200001234|HTX|Nông nghiệp|Thành lập mới|12/01/2025|05/GCN\n"
              "2|HTX Một|6200001234|||Đổi tên|@2025-03-20|07/TB|HTX A|HTX Một|yêu cầu\n"
              "3|HTX Hai|6200045672|HTX|Xây dựng|Giải thể|ngày 3 tháng 4 năm "
              "2025|12/QĐ-UBND|||nợ|hết vốn\n"
              "4|||||Thu hồi GCN|05/04/2025|13/QĐ-UBND\n"
              "5|Tổ hợp tác Ba||THT||Thành lập mới|2/2/2025\n"
              "6|HTX Bốn|6200099991|HTX|Du lịch|đi vắng|32/13/2025|-\n"
              "Tổng cộng|||||6\n");
    assert_int_equal(fx->form.n, 4);
    assert_int_equal(fx->form.per_report[0].n, 0);
    o = at(fx, 0, "ktt.event", "new", "05/GCN", 1);
    assert_int_equal(o->as_of, date_make(2025, 1, 12));
    assert_string_equal(o->text, "Thành lập mới");
    o = at(fx, 0, "ktt.event", "renamed", "07/TB", 1);
    assert_int_equal(o->as_of, date_make(2025, 3, 20));
    at(fx, 0, "ktt.event", "new", "", 1);
    at(fx, 0, "ktt.event", "", "", 2);
    o = at(fx, 0, "ktt.renamed", "HTX A", "HTX Một", 1);
    assert_int_equal(o->as_of, date_make(2025, 3, 20));
    at(fx, 0, "htx.new", "", "", 1);
    at(fx, 0, "htx.renamed", "", "", 1);
    absent(fx, 0, "htx.dissolved", "", "");
    assert_string_equal(fx->form.reports[0].subject.sector, "agri");
    assert_string_equal(fx->form.reports[0].texts[0].text, "yêu cầu");

    at(fx, 1, "ktt.event", "dissolved", "12/QĐ-UBND", 1);
    o = at(fx, 1, "ktt.event", "revoked", "13/QĐ-UBND", 1); /* no name: the row above */
    assert_int_equal(o->as_of, date_make(2025, 4, 5));
    at(fx, 1, "htx.dissolved", "", "", 1);
    at(fx, 1, "htx.revoked", "", "", 1);
    assert_string_equal(fx->form.reports[1].texts[0].text, "nợ; hết vốn");

    assert_int_equal(fx->form.reports[2].subject.kind, SUBJECT_THT);
    o = at(fx, 2, "ktt.event", "new", "", 1); /* no decision: counted, with its date */
    assert_int_equal(o->as_of, date_make(2025, 2, 2));
    finding_is(fx, &fx->form.per_report[3], "CODE_UNKNOWN", "T!F12", true);
}

static void groups_end_as_groups(void **state)
{
    struct fixture *fx = *state;
    const struct observation *o;

    read_text(fx, MOVEMENTS "STT|Tên|Số đăng ký tại xã|Xã|Loại hình|Loại biến động|Ngày\n"
                            "I|Thành lập mới\n"
                            "1|Tổ hợp tác Ba|03|Tả Lèng|THT||2/2/2025\n"
                            "II|Giải thể\n"
                            "2|Tổ hợp tác Bốn|04|Tả Lèng|THT||3/2/2025\n"
                            "3|LHHTX Năm|05|Tả Lèng|LHHTX|Tạm ngừng|32/13/2025\n");
    assert_int_equal(fx->form.n, 3);
    assert_int_equal(fx->form.per_report[0].n, 0);
    assert_int_equal(fx->form.reports[0].subject.scheme, ID_REGISTER);
    o = at(fx, 0, "ktt.event", "new", "", 1);
    assert_int_equal(o->as_of, date_make(2025, 2, 2));
    at(fx, 0, "tht.new", "", "", 1);
    at(fx, 1, "tht.dissolved", "", "", 1);
    absent(fx, 1, "tht.new", "", "");
    absent(fx, 1, "htx.dissolved", "", "");
    finding_is(fx, &fx->form.per_report[2], "DATE_BAD", "T!G11", true);
}

static void a_union_and_its_members(void **state)
{
    struct fixture *fx = *state;

    read_text(fx, HEAD("06/LH", "2025",
                       "thực hiện") "STT|Tên LHHTX|Mã số thuế|Tình trạng|Số HTX thành "
                                    "viên|Doanh thu|Tên HTX "
                                    "thành viên|MST HTX thành viên\n"
                                    "1|LHHTX Chè|6200001234|Đang hoạt động|3|1.250|HTX "
                                    "Một|6200045672\n"
                                    "||||||HTX Hai|\n"
                                    "||||||HTX Ba|6200000000\n"
                                    "2|LHHTX Gạo|6200012346|Đang hoạt động|…|-\n");
    assert_int_equal(fx->form.n, 2);
    assert_int_equal(fx->form.reports[0].subject.kind, SUBJECT_LHHTX);
    at(fx, 0, "lh.member", "HTX Một (6200045672)", "", 1);
    at(fx, 0, "lh.member", "HTX Hai", "", 1);
    at(fx, 0, "lh.member", "", "", 3);
    at(fx, 0, "lh.member_htx", "", "", 3);
    at(fx, 0, "lh.revenue", "", "", INT64_C(1250000000));
    assert_true(fx->form.per_report[0].n == 1);
    assert_string_equal(fx->form.per_report[0].list[0].cell, "T!H9");
    absent(fx, 1, "lh.member", "", "");
    assert_int_equal(obs_of(fx, 1, "lh.member_htx", "", "")->state, OBS_NOT_AVAILABLE);
}

static void loans_by_lender_and_borrower(void **state)
{
    struct fixture *fx = *state;
    const struct observation *o;

    read_text(fx,
              LOANS "STT|Ngân hàng|Tên bên vay|Mã số thuế|Số tiền vay|Trong đó: nợ "
                    "xấu|Số vốn được bảo lãnh|Thời điểm\n"
                    "1|NHCSXH|HTX Bình Lư||350 triệu đồng|-||30/06/2025\n"
                    "2||HTX Ngọc Minh|6200045672|534|-||30/06/2025\n"
                    "3|Agribank|HTX Ngọc Minh|6200045672|khoảng 1.000|…|15,7 tỷ đồng\n"
                    "|Agribank|Công ty A||200||\n"
                    "|Ngân hàng ngoài trái đất|HTX X||1\n"
                    "Tổng cộng||||2.085||15.700\n");
    assert_int_equal(fx->form.n, 1);
    assert_int_equal(fx->form.reports[0].subject.kind, SUBJECT_UNIT);
    o = at(fx, 0, "loan.amount", "nhcsxh", "HTX Bình Lư", 350000000);
    assert_int_equal(o->as_of, date_make(2025, 6, 30));
    at(fx, 0, "loan.amount", "nhcsxh", "HTX Ngọc Minh (6200045672)", 534000000);
    o = at(fx, 0, "loan.amount", "nhcsxh", "", 884000000);
    assert_string_equal(o->text, "");
    assert_int_equal(o->as_of, date_make(2025, 6, 30));
    o = at(fx, 0, "loan.amount", "nhno", "", INT64_C(1200000000));
    assert_int_equal(o->qualifier, QUAL_ABOUT);
    o = at(fx, 0, "loan.amount", "", "", INT64_C(2085000000)); /* as the sheet says */
    assert_string_equal(o->text, "2.085");
    at(fx, 0, "loan.count", "nhcsxh", "HTX Bình Lư", 1);
    at(fx, 0, "loan.count", "nhcsxh", "", 2);
    at(fx, 0, "loan.count", "nhno", "", 2);
    at(fx, 0, "guarantee.amount", "nhno", "HTX Ngọc Minh (6200045672)",
       INT64_C(15700000000));
    o = at(fx, 0, "loan.npl", "nhno", "", 0);
    assert_int_equal(o->qualifier, QUAL_AT_LEAST); /* one is not available */
    finding_is(fx, &fx->form.per_report[0], "CODE_UNKNOWN", "T!B11", true);
}

static void lenders_as_group_headings_with_their_totals(void **state)
{
    struct fixture *fx = *state;

    read_text(fx, LOANS "TT|Tên HTX, doanh nghiệp|Dư nợ|Nợ xấu\n"
                        "I|Ngân hàng Nông nghiệp|=1300|=10\n"
                        "1|HTX Một|=500|\n"
                        "2|Công ty Hai|=700|=10\n"
                        "II|Ngân hàng CSXH\n"
                        "1|HTX Một|=350|\n"
                        "|Tổng số|=1650|=10\n"
                        "|Người lập\n");
    nothing_is_wrong(fx);
    assert_int_equal(fx->form.n, 1);
    at(fx, 0, "loan.amount", "nhno", "", INT64_C(1300000000));
    at(fx, 0, "loan.amount", "nhno", "HTX Một", 500000000);
    at(fx, 0, "loan.amount", "nhcsxh", "HTX Một", 350000000);
    at(fx, 0, "loan.amount", "nhcsxh", "", 350000000);
    at(fx, 0, "loan.amount", "", "", INT64_C(1650000000));
    at(fx, 0, "loan.npl", "nhno", "", 10000000);
    at(fx, 0, "loan.count", "nhno", "", 2);
    at(fx, 0, "loan.count", "", "", 3);
}

static void support_by_source_and_item(void **state)
{
    struct fixture *fx = *state;

    read_text(
        fx,
        HEAD(
            "09/HT", "2025",
            "thực hiện") "STT|Nội dung|Đơn vị tính|Tổng số|Ngân sách trung "
                         "ương|NSĐP|Lồng ghép|Tài "
                         "trợ|Đóng góp\n"
                         "I|Nhu cầu kinh phí hỗ trợ|triệu đồng|35.874|28.124|7.750|-||…\n"
                         "1|Đào tạo, bồi dưỡng|triệu đồng|8.919|8.919\n"
                         "2|Kết cấu hạ tầng|tỷ đồng|16,5|16,5\n"
                         "II|Kinh phí hỗ trợ đã thực hiện|triệu đồng|120|20|100\n"
                         "|- Xúc tiến thương mại||20|20\n"
                         "III|Số HTX được hỗ trợ|HTX|12|3|9\n");
    nothing_is_wrong(fx);
    assert_int_equal(fx->form.n, 1);
    at(fx, 0, "support.need", "", "", INT64_C(35874000000));
    at(fx, 0, "support.need", "nsdp", "", INT64_C(7750000000));
    at(fx, 0, "support.need", "nstw", "training", INT64_C(8919000000));
    at(fx, 0, "support.need", "training", "", INT64_C(8919000000));
    at(fx, 0, "support.need", "nstw", "infrastructure", INT64_C(16500000000));
    assert_int_equal(obs_of(fx, 0, "support.need", "contribution", "")->state,
                     OBS_NOT_AVAILABLE);
    at(fx, 0, "support.paid", "nstw", "promotion", 20000000);
    at(fx, 0, "support.beneficiary", "nsdp", "", 9);
}

static void what_a_department_knows(void **state)
{
    struct fixture *fx = *state;
    const struct observation *o;

    read_text(fx, HEAD("10/SN", "2025",
                       "thực hiện") "STT|Tên HTX|Mã số thuế|Nợ thuế|Ưu đãi thuế TNDN|Số "
                                    "người tham gia BHXH|Diện "
                                    "tích đất được giao, cho thuê (ha)|Sản phẩm "
                                    "OCOP|Hạng sao|Số giấy chứng nhận "
                                    "OCOP|Ngày cấp\n"
                                    "1|HTX Một|6200001234|12,5|-|8|0,525|Chè Tà Tổng|3 "
                                    "sao|12/GCN|05/11/2023\n"
                                    "|||||||Gạo Mường|4|13/GCN|@2024-02-20\n"
                                    "3|HTX Một|6200001234|12,5||||Miến|3 sao||\n"
                                    "4|HTX Hai|6200045672|x|…|KCC||\n"
                                    "5|HTX Ba|6200012346|3||||||\n"
                                    "6|HTX Ba|6200012346|4||||||\n");
    assert_int_equal(fx->form.n, 3);
    at(fx, 0, "tax.owed", "", "", 12500000);
    at(fx, 0, "land.area", "", "", 5250);
    o = at(fx, 0, "ocop.products", "3", "12/GCN", 1);
    assert_int_equal(o->as_of, date_make(2023, 11, 5));
    assert_string_equal(o->text, "Chè Tà Tổng");
    o = at(fx, 0, "ocop.products", "4", "13/GCN", 1);
    assert_int_equal(o->as_of, date_make(2024, 2, 20));
    at(fx, 0, "ocop.products", "3", "", 2);
    at(fx, 0, "ocop.products", "", "", 3);
    assert_int_equal(obs_of(fx, 0, "tax.owed", "", "")->as_of, DATE_NONE);
    assert_int_equal(obs_of(fx, 1, "insurance.social", "", "")->state, OBS_REFUSED);
    finding_is(fx, &fx->form.per_report[2], "DUPLICATE_CELL", "T!D12", true);
}

static void groups_and_funds_are_lists(void **state)
{
    struct fixture *fx = *state;

    read_text(fx, HEAD("05/THT", "6 tháng đầu năm 2025",
                       "thực hiện") "STT|Tên THT|Số đăng ký tại xã|Xã|Số thành "
                                    "viên|Trong đó: nữ|Thu nhập bình "
                                    "quân|Lĩnh vực|Tình trạng\n"
                                    "1|THT nuôi ong|01/2024|Tả Lèng|12|5|36,5|Chăn "
                                    "nuôi|Đang hoạt động\n");
    nothing_is_wrong(fx);
    assert_int_equal(fx->form.reports[0].subject.kind, SUBJECT_THT);
    assert_int_equal(fx->form.reports[0].subject.scheme, ID_REGISTER);
    assert_string_equal(fx->form.reports[0].subject.id_issuer, "Tả Lèng");
    at(fx, 0, "tht.member", "", "", 12);
    at(fx, 0, "tht.member.women", "", "", 5);
    at(fx, 0, "tht.income_avg", "", "", 36500000);

    read_text(fx,
              HEAD("07/QTD", "2025",
                   "thực hiện") "STT|Tên quỹ|Mã số thuế|Số thành viên|Vốn điều lệ|Vốn "
                                "huy động|Tổng dư "
                                "nợ|Trong đó: nợ xấu|Tỷ lệ nợ xấu (%)\n"
                                "1|QTDND Tân Phong|6200001234|1.250|2.500|88.000|75,5 tỷ "
                                "đồng|=302.5|0,4\n");
    nothing_is_wrong(fx);
    assert_int_equal(fx->form.reports[0].subject.kind, SUBJECT_QTDND);
    at(fx, 0, "qtd.loans_outstanding", "", "", INT64_C(75500000000));
    at(fx, 0, "qtd.npl", "", "", 302500000);
    at(fx, 0, "qtd.npl_ratio", "", "", 40);
}

static void texts_stand_beside_or_below_their_labels(void **state)
{
    struct fixture *fx = *state;
    const struct report *r;
    struct bytes big = {0};

    read_text(
        fx,
        HEAD("11/TM", "2025",
             "thực hiện") "STT|Nội dung|Thuyết minh\n"
                          "1|Đánh giá tác động|HTX giúp thành viên tiêu thụ chè.\n"
                          "||Đoạn thứ hai.\n"
                          "2|Những tồn tại, hạn chế|\n"
                          "|Một số HTX chậm báo cáo theo quy định của Luật Hợp tác xã; "
                          "đề nghị Sở hướng dẫn thêm cho các xã mới sáp nhập, nhất là "
                          "các xã vùng cao, biên giới còn nhiều khó khăn về hạ tầng số.\n"
                          "5. Kiến nghị: Bổ sung kinh phí.\n"
                          "6|Phong trào|thể thao\n"
                          "Người lập|Chủ tịch\n");
    assert_int_equal(fx->form.n, 1);
    r = &fx->form.reports[0];
    assert_int_equal(r->n_texts, 3);
    assert_string_equal(r->texts[0].key, "danh_gia_tac_dong");
    assert_string_equal(r->texts[0].text,
                        "HTX giúp thành viên tiêu thụ chè.\nĐoạn thứ hai.");
    assert_string_equal(r->texts[1].key, "ton_tai_han_che");
    assert_string_equal(r->texts[2].key, "kien_nghi");
    assert_string_equal(r->texts[2].text, "Bổ sung kinh phí.");
    finding_is(fx, &fx->form.sheet, "UNKNOWN_ROW", "T!B12", false);

    bytes_str(&big, HEAD("11/TM", "2025", "thực hiện") "1|Khó khăn|");
    for (int i = 0; i < 8001; i++)
        bytes_str(&big, "ư");
    bytes_str(&big, "\n2|Kiến nghị|ngắn\n");
    read_text(fx, bytes_cstr(&big));
    bytes_clear(&big);
    finding_is(fx, &fx->form.per_report[0], "TEXT_TOO_LONG", "T!C6", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(marks_and_words_of_a_list, setup, teardown),
        cmocka_unit_test_setup_teardown(movements_are_events_with_their_dates, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(groups_end_as_groups, setup, teardown),
        cmocka_unit_test_setup_teardown(a_union_and_its_members, setup, teardown),
        cmocka_unit_test_setup_teardown(loans_by_lender_and_borrower, setup, teardown),
        cmocka_unit_test_setup_teardown(lenders_as_group_headings_with_their_totals,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(support_by_source_and_item, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_department_knows, setup, teardown),
        cmocka_unit_test_setup_teardown(groups_and_funds_are_lists, setup, teardown),
        cmocka_unit_test_setup_teardown(texts_stand_beside_or_below_their_labels, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
