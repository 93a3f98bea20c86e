/* form: statements as districts and provinces have written them, in their own words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/lib/form_fixture.h"

static void has(struct fixture *fx, size_t report, const char *code, const char *b1,
                int64_t value)
{
    const struct observation *o = obs_of(fx, report, code, b1, "");

    assert_int_equal(o->state, OBS_VALUE);
    assert_int_equal(o->value, value);
}

static void tell(const struct findings *fs)
{
    for (size_t i = 0; i < fs->n; i++)
        print_message("%s %s %s (%s)\n", fs->list[i].code, fs->list[i].cell,
                      fs->list[i].value, fs->list[i].args[0]);
}

#define TRIEU INT64_C(1000000)

/* Headings over two rows, the unit line at the right, agency and number on top. */
static void a_district_by_sector(void **state)
{
    struct fixture *fx = *state;

    fx->ctx.unit = "110";
    read_text(
        fx, "ỦY BAN NHÂN DÂN|||||CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n"
            "HUYỆN THAN UYÊN|||||Độc lập - Tự do - Hạnh phúc\n"
            "Số: 755a/BC-UBND|||||Than Uyên, ngày 30 tháng 9 năm 2023\n"
            "PHỤ LỤC 02\n"
            "TÌNH HÌNH PHÁT TRIỂN KINH TẾ TẬP THỂ\n"
            "(Kèm theo Báo cáo số 755a/BC-UBND ngày 30 tháng 9 năm 2023 của UBND huyện)\n"
            "Mẫu số: Biểu 02/ĐV\n"
            "Đơn vị báo cáo: UBND huyện Than Uyên (mã 110)\n"
            "Kỳ báo cáo: Năm 2023\nLoại số liệu: Ước thực hiện\n"
            "|||||||||(Đơn vị tính: triệu đồng)\n"
            "TT|Nội dung|ĐVT|Tổng cộng|Trong đó chia theo lĩnh vực||||||Ghi chú\n"
            "||||HTX nông nghiệp|CN - TTCN|Ngành xây dựng|Vận tải|Du lịch|Lĩnh vực khác\n"
            "(1)|(2)|(3)|(4)=(5)+..|(5)|(6)|(7)|(8)|(9)|(10)|(11)\n"
            "I|HỢP TÁC XÃ\n"
            "1|Tổng số HTX trên địa bàn huyện|HTX|58|31|9|6|5|4|3|\n"
            "|Trong đó:\n"
            "1.1|- Số HTX đang hoạt động|HTX|52|28|8|6|5|3|2|\n"
            "1.2|- Số HTX đã ngừng hoạt động|HTX|06|3|1|-|-|1|1|\n"
            "1.3|- Thành lập mới trong năm|HTX|3|2|1|-|-|-|-|\n"
            "2|Tổng số thành viên của các HTX|Người|612|400|90|50|40|20|12|\n"
            "|- Trong đó: Số thành viên mới|Người|24|20|4|-|-|-|-|\n"
            "3|Tổng số LĐ thường xuyên trong HTX|Người|khoảng "
            "700|350|120|100|70|40|20|\n"
            "|+ Số lao động là thành viên HTX|Người|500|300|80|50|40|20|10|\n"
            "4|Doanh thu BQ một HTX|tr.đồng/năm|850|620,5|1.100|1.300|900|750|640|\n"
            "5|Lãi BQ một HTX|tr.đồng/năm|42|30|55|60|50|45|x|\n"
            "6|Thu nhập BQ của lao động thường xuyên|Triệu "
            "đồng/người/tháng|4,5|3,8|5|5,5|5|4,2|…|\n"
            "II|LIÊN HIỆP HỢP TÁC XÃ\n"
            "1|Tổng số liên hiệp HTX|LH HTX|1\n"
            "2|Tổng số HTX thành viên|HTX|5\n"
            "3|Doanh thu bình quân|triệu đồng|900\n"
            "III|TỔ HỢP TÁC\n"
            "1|Tổng số tổ hợp tác|THT|25\n"
            "|- Thành lập mới|THT|2\n"
            "2|Tổng số thành viên|Người|310\n"
            "|- Số thành viên mới|Người|15\n"
            "3|Số trâu bò|con|310\n"
            "4|Số lao động|người|7\n"
            "IV|CƠ CHẾ, CHÍNH SÁCH\n"
            "1|Doanh thu của HTX|tỷ đồng|49,3\n"
            "|||||||Than Uyên, ngày 30 tháng 9 năm 2023\n"
            "NGƯỜI LẬP BIỂU||||||TM. ỦY BAN NHÂN DÂN\n");
    if (fx->form.n != 1)
        tell(&fx->form.sheet);
    assert_int_equal(fx->form.n, 1);
    tell(&fx->form.per_report[0]);
    assert_int_equal(fx->form.per_report[0].n, 0);
    has(fx, 0, "htx.total", "", 58);
    has(fx, 0, "htx.total", "agri", 31);
    has(fx, 0, "htx.total", "transport", 5);
    has(fx, 0, "htx.total", "other", 3);
    has(fx, 0, "htx.active", "", 52);
    has(fx, 0, "htx.stopped", "", 6);
    has(fx, 0, "htx.new", "", 3);
    has(fx, 0, "member.total", "", 612);
    has(fx, 0, "member.joined", "", 24);
    has(fx, 0, "worker.regular", "", 700);
    has(fx, 0, "worker.regular_member", "agri", 300);
    has(fx, 0, "revenue.avg", "", 850 * TRIEU);
    has(fx, 0, "profit.avg", "", 42 * TRIEU);
    has(fx, 0, "income.worker_avg", "", 54 * TRIEU);
    assert_int_equal(obs_of(fx, 0, "profit.avg", "other", "")->state, OBS_NOT_APPLICABLE);
    assert_int_equal(obs_of(fx, 0, "income.worker_avg", "other", "")->state,
                     OBS_NOT_AVAILABLE);
    assert_int_equal(obs_of(fx, 0, "htx.stopped", "construction", "")->state, OBS_NIL);
    has(fx, 0, "lh.total", "", 1);
    has(fx, 0, "lh.member_htx", "", 5);
    has(fx, 0, "lh.revenue_avg", "", 900 * TRIEU);
    has(fx, 0, "tht.total", "", 25);
    has(fx, 0, "tht.new", "", 2);
    has(fx, 0, "tht.member", "", 310);
    has(fx, 0, "tht.member.joined", "", 15);
    has(fx, 0, "revenue.total", "", 49300 * TRIEU);
    has(fx, 0, "doc.number", "", 755);
    has(fx, 0, "doc.date", "", 20230930);
    assert_string_equal(obs_of(fx, 0, "doc.number", "", "")->text, "755a/BC-UBND");
    if (fx->form.sheet.n != 2)
        tell(&fx->form.sheet);
    /* "Số lao động" of the groups is not that of the cooperatives */
    assert_int_equal(fx->form.sheet.n, 2);
    assert_string_equal(fx->form.sheet.list[0].value, "Số trâu bò");
    assert_string_equal(fx->form.sheet.list[1].value, "Số lao động");
}

/* The ministry's own annex, with comparisons between the columns. */
static void a_district_by_period(void **state)
{
    struct fixture *fx = *state;

    fx->ctx.unit = "109";
    read_text(
        fx,
        "UBND HUYỆN PHONG THỔ||||Biểu 03/CT\n"
        "PHÒNG TÀI CHÍNH - KẾ HOẠCH\n"
        "CHỈ TIÊU PHÁT TRIỂN KINH TẾ TẬP THỂ NĂM 2024\n"
        "Đơn vị: Huyện Phong Thổ - Mã đơn vị: 109\n"
        "STT|Chỉ tiêu|Đơn vị|Thực hiện năm 2022|Năm 2023|||Ước TH năm 2023 so với TH năm "
        "2022 (%)|Kế hoạch năm 2024|Ghi chú\n"
        "||||Kế hoạch|TH 6 tháng|Ước TH cả năm|||\n"
        "I|Hợp tác xã|||||||||\n"
        "1|Tổng số hợp tác xã|HTX|48|50|49|52|108,3|56|\n"
        "|Trong đó:|\n"
        "a)|Số hợp tác xã đang hoạt động|HTX|44|46|45|48||52\n"
        "b)|Số hợp tác xã thành lập mới|HTX|3|4|2|4||4\n"
        "c)|Số hợp tác xã giải thể|HTX|1|2|-|0||-\n"
        "d)|Số hợp tác xã đạt loại tốt, khá (*)|HTX|20|22|…|21||24\n"
        "|- Lĩnh vực nông nghiệp|HTX|5|6|5|6||7\n"
        "2|Tổng số thành viên hợp tác xã|Người|520|540|530|548||580\n"
        "|Trong đó: số thành viên mới|Thành viên|20|20|10|28||32\n"
        "3|Tổng số lao động thường xuyên trong hợp tác xã|Người|610|640|630|650||700\n"
        "|Trong đó: Số lao động thường xuyên mới|Người|12|30|20|40||50\n"
        "|Số lao động là thành viên hợp tác xã|Người|300|310|300|320||340\n"
        "4|Tổng số cán bộ quản lý hợp tác xã|Người|140|150|147|156||168\n"
        "|Số cán bộ quản lý HTX đã qua đào tạo đạt trình độ sơ, trung "
        "cấp|Người|60|65|62|66||70\n"
        "|Số cán bộ quản lý HTX đã qua đào tạo đạt trình độ cao đẳng, đại học trở "
        "lên|Người|20|22|21|24||26\n"
        "5|Doanh thu bình quân một hợp tác xã|Tr đồng/năm|800|850|400|=870.5||900\n"
        "|Trong đó: Doanh thu bình quân của HTX với thành viên|Tr "
        "đồng/năm|200|210|100|220||230\n"
        "6|Lãi bình quân một hợp tác xã|Tr đồng/năm|50|55|25|=56||60\n"
        "7|Thu nhập bình quân của lao động thường xuyên trong hợp tác xã|Tr "
        "đồng/năm|40|42|20|=42.5||45\n"
        "II|Liên hiệp hợp tác xã\n"
        "1|Tổng số liên hiệp hợp tác xã|LHHTX|-|-|-|-||1\n"
        "2|Tổng số hợp tác xã thành viên|HTX|-|-|-|-||4\n"
        "III|Tổ hợp tác\n"
        "1|Tổng số tổ hợp tác|THT|30|32|31|33||35\n"
        "|Trong đó: Số tổ hợp tác có đăng ký hoạt động với chính quyền "
        "xã/phường/thị trấn|THT|12|14|13|15||18\n"
        "2|Tổng số thành viên tổ hợp tác|Thành viên|300|310|305|320||340\n"
        "3|Doanh thu bình quân một tổ hợp tác|Tr đồng/năm|90|95|45|96||100\n"
        "Ghi chú: (*) theo Thông tư 01/2020/TT-BKHĐT\n");
    if (fx->form.n != 5)
        tell(&fx->form.sheet);
    assert_int_equal(fx->form.n, 5);
    for (size_t i = 0; i < fx->form.n; i++) {
        tell(&fx->form.per_report[i]);
        assert_int_equal(fx->form.per_report[i].n, 0);
    }
    assert_string_equal(fx->form.reports[2].period, "2023-S1");
    assert_int_equal(fx->form.reports[2].vintage, VINTAGE_ACTUAL);
    assert_string_equal(fx->form.reports[3].period, "2023");
    assert_int_equal(fx->form.reports[3].vintage, VINTAGE_ESTIMATE);
    assert_string_equal(fx->form.reports[4].period, "2024");
    assert_int_equal(fx->form.reports[4].vintage, VINTAGE_PLAN);
    has(fx, 3, "htx.total", "", 52);
    has(fx, 3, "htx.active", "", 48);
    has(fx, 3, "htx.good_fair", "", 21);
    has(fx, 3, "htx.good_fair", "agri", 6);
    has(fx, 3, "worker.joined", "", 40);
    has(fx, 3, "worker.regular_member", "", 320);
    has(fx, 3, "mgr.edu.so_cap+trung_cap", "", 66);
    has(fx, 3, "mgr.edu.cao_dang+dai_hoc+", "", 24);
    has(fx, 3, "revenue.avg", "", 870500000);
    has(fx, 3, "revenue.from_members.avg", "", 220 * TRIEU);
    has(fx, 3, "income.worker_avg", "", 42500000);
    has(fx, 3, "tht.registered", "", 15);
    has(fx, 3, "tht.member", "", 320);
    has(fx, 4, "lh.member_htx", "", 4);
    has(fx, 3, "tht.revenue_avg", "", 96 * TRIEU);
    assert_int_equal(obs_of(fx, 2, "htx.dissolved", "", "")->state, OBS_NIL);
    assert_int_equal(fx->form.sheet.n, 1);
    finding_is(fx, &fx->form.sheet, "COMPARISON_COLUMN", "T!H5", false);
}

/* Years below "Thực hiện"; a day is no period, so such a column is asked about. */
static void columns_that_name_years(void **state)
{
    static const struct {
        const char *period;
        enum vintage vintage;
    } columns[] = {
        {"2021",      VINTAGE_ACTUAL  },
        {"2022",      VINTAGE_ACTUAL  },
        {"2023",      VINTAGE_PLAN    },
        {"2023-S1",   VINTAGE_ACTUAL  },
        {"2023",      VINTAGE_ESTIMATE},
        {"2024",      VINTAGE_PLAN    },
        {"2021-2025", VINTAGE_PLAN    },
        {"2025",      VINTAGE_PLAN    },
    };
    struct fixture *fx = *state;

    read_text(fx,
              "Mẫu số: Biểu 03/CT\nĐơn vị báo cáo: Huyện X (mã 106)\n"
              "Kỳ báo cáo: 2023\n"
              "STT|Chỉ tiêu|ĐVT|Thực hiện||KH 2023|TH 6T/2023|ƯTH 2023|Kế hoạch năm "
              "sau|Mục tiêu giai đoạn 2021 - 2025|Kế hoạch thực hiện năm 2025|Thực hiện "
              "đến 30/6/2023|TH tháng 6/2023\n"
              "|||=2021|2022|||||||\n"
              "1|Tổng số HTX|HTX|1|2|3|4|5|6|7|8|9|10\n");
    assert_int_equal(fx->form.n, COUNT(columns));
    for (size_t i = 0; i < COUNT(columns); i++) {
        assert_string_equal(fx->form.reports[i].period, columns[i].period);
        assert_int_equal(fx->form.reports[i].vintage, columns[i].vintage);
        has(fx, i, "htx.total", "", (int64_t)i + 1);
    }
    finding_is(fx, &fx->form.sheet, "UNKNOWN_COLUMN", "T!L4", false);
    assert_int_equal(fx->form.sheet.n, 2);
}

/* Sectors and labels in the words and short forms that offices use. */
static void sectors_in_short(void **state)
{
    struct fixture *fx = *state;

    read_text(fx, STATEMENT "STT|Chỉ tiêu|Tổng số|Trong đó||||||\n"
                            "|||Nông, lâm nghiệp, thủy sản|Công nghiệp - "
                            "TTCN|XD|Dịch vụ, thương mại|Giao thông|VSMT\n"
                            "1|Tổng số HTX|50|20|12|8|5|3|2\n"
                            "2|Doanh thu bình quân 01 HTX|900|||||||\n");
    nothing_is_wrong(fx);
    has(fx, 0, "htx.total", "agri", 20);
    has(fx, 0, "htx.total", "industry_craft", 12);
    has(fx, 0, "htx.total", "construction", 8);
    has(fx, 0, "htx.total", "trade_service", 5);
    has(fx, 0, "htx.total", "transport", 3);
    has(fx, 0, "htx.total", "environment", 2);
    has(fx, 0, "revenue.avg", "", 900 * TRIEU);
}

/* Every template has an empty place for the date above the signatures; it says nothing.
 */
static void an_empty_date_above_the_signatures(void **state)
{
    struct fixture *fx = *state;
    uint32_t date = catalogue_indicator(fx->cat, "doc.date")->no;

    read_text(fx, STATEMENT "STT|Chỉ tiêu|Tổng số\n1|Tổng số HTX|50\n\n"
                            "||..., ngày ... tháng ... năm ...\n|Người lập|Thủ trưởng\n");
    nothing_is_wrong(fx);
    assert_null(report_find(&fx->form.reports[0], date, "", ""));
    read_text(fx,
              STATEMENT "STT|Chỉ tiêu|Tổng số\n1|Tổng số HTX|50\n\n"
                        "||Phong Thổ, ngày 9 tháng 6 năm 2023\n|Người lập|Thủ trưởng\n");
    assert_int_equal(obs_of(fx, 0, "doc.date", "", "")->value, 20230609);
}

/* A comma without quotes moves what stands behind it: asked back, never read. */
static void a_comma_that_splits_a_cell(void **state)
{
    struct fixture *fx = *state;

    fx->sheet = (struct sheet){.delimiter = ','};
    add_page(fx, "T",
             STATEMENT "STT|Chỉ tiêu|Tổng số|Nông nghiệp\n"
                       "1|Tổng số HTX|50|30\n"
                       "2|Tổng doanh thu|325|7|300\n");
    read_it(fx);
    finding_is(fx, &fx->form.per_report[0], "ROW_TORN", "T!E8", true);
    assert_int_equal(fx->form.per_report[0].n, 1);
}

/* Merged sectors are kept as written; the subtotal of what is given apart is not. */
static void sectors_that_a_document_merged(void **state)
{
    struct fixture *fx = *state;

    read_text(fx, STATEMENT "STT|Chỉ tiêu|Tổng số|Nông nghiệp|Công nghiệp - xây "
                            "dựng|Thương mại, dịch vụ, du lịch\n"
                            "1|Tổng số HTX|50|30|12|8\n");
    nothing_is_wrong(fx);
    has(fx, 0, "htx.total", "industry_craft+construction", 12);
    has(fx, 0, "htx.total", "trade_service+tourism", 8);

    read_text(fx,
              STATEMENT "STT|Chỉ tiêu|Tổng số|Nông nghiệp|Phi nông nghiệp|CN-TTCN|Xây "
                        "dựng\n"
                        "1|Tổng số HTX|50|30|20|12|8\n"
                        "2|Tổng số thành viên|500|300|200||\n");
    assert_int_equal(fx->form.n, 1);
    assert_int_equal(fx->form.sheet.n, 0);
    finding_is(fx, &fx->form.per_report[0], "SUBTOTAL", "T!E7", false);
    assert_null(report_find(&fx->form.reports[0],
                            catalogue_indicator(fx->cat, "htx.total")->no, "all-agri",
                            ""));
    has(fx, 0, "member.total", "all-agri", 200);
}

/* "-", "x", "…", KCC, 0 and nothing are six things, in every layout. */
static void legends_in_every_layout(void **state)
{
    static const enum obs_state states[] = {OBS_VALUE,          OBS_NIL,
                                            OBS_NOT_APPLICABLE, OBS_NOT_AVAILABLE,
                                            OBS_NOT_AVAILABLE,  OBS_REFUSED};
    static const char *const codes[] = {"member.total",  "member.joined",
                                        "member.left",   "worker.regular",
                                        "revenue.total", "profit.total"};
    struct fixture *fx = *state;

#define LEGEND                                                                                 \
    "1|Số thành viên|0\n2|Thành viên mới tham gia|-\n3|Thành viên ra khỏi HTX|x\n" \
    "4|Lao động thường xuyên|…\n5|Doanh thu|...\n6|Lãi (trước thuế)|KCC\n"      \
    "7|Vốn điều lệ đăng ký|\n"
    read_text(fx, STATEMENT "STT|Chỉ tiêu|Tổng số\n" LEGEND);
    nothing_is_wrong(fx);
    for (size_t i = 0; i < COUNT(codes); i++)
        assert_int_equal(obs_of(fx, 0, codes[i], "", "")->state, states[i]);
    assert_int_equal(fx->form.reports[0].n_obs, COUNT(codes));
    read_text(fx, HEAD("03/CT", "2023",
                       "thực hiện") "STT|Chỉ tiêu|Thực hiện năm 2023\n" LEGEND);
    nothing_is_wrong(fx);
    for (size_t i = 0; i < COUNT(codes); i++)
        assert_int_equal(obs_of(fx, 0, codes[i], "", "")->state, states[i]);
    assert_int_equal(fx->form.reports[0].n_obs, COUNT(codes));
    read_text(fx,
              LIST "STT|Tên HTX|Mã số thuế|Số thành viên|Thành viên mới|Thành viên ra "
                   "khỏi|Lao động|Doanh thu|Lãi|Vốn điều lệ\n"
                   "1|HTX Một|6200001234|0|-|x|…|...|KCC|\n");
    nothing_is_wrong(fx);
    for (size_t i = 0; i < COUNT(codes); i++)
        assert_int_equal(obs_of(fx, 0, codes[i], "", "")->state, states[i]);
    assert_int_equal(fx->form.reports[0].n_obs, COUNT(codes));
}

/* A province that parts fishery from agriculture, and writes in short. */
static void fishery_apart(void **state)
{
    struct fixture *fx = *state;

    read_text(fx, STATEMENT "STT|Các chỉ tiêu|Đơn vị|Tổng cộng|Nông nghiệp|Thủy sản|Công "
                            "nghiệp - TTCN|TM & DV|Tỷ trọng (%)\n"
                            "1|Tổng số HTX hiện có|HTX|25|10|3|2|10|100\n"
                            "|Tr.đó: - Đang hoạt động|HTX|22|9|3|2|8|\n"
                            "|      - Ngừng hoạt động|HTX|3|1|-|-|2|\n"
                            "2|Số sản phẩm OCOP của HTX được công nhận|sản phẩm|7\n"
                            "|+ 3 sao|sản phẩm|5\n"
                            "3|Tỷ lệ nợ xấu|%|0,6\n");
    assert_int_equal(fx->form.n, 1);
    assert_int_equal(fx->form.per_report[0].n, 0);
    assert_int_equal(fx->form.sheet.n, 2);
    finding_is(fx, &fx->form.sheet, "SECTOR_APART", "T!E6", false);
    finding_is(fx, &fx->form.sheet, "COMPARISON_COLUMN", "T!I6", false);
    has(fx, 0, "htx.total", "agri_rest", 10);
    has(fx, 0, "htx.total", "fishery", 3);
    has(fx, 0, "htx.total", "industry_craft", 2);
    has(fx, 0, "htx.total", "trade_service", 10);
    has(fx, 0, "htx.active", "", 22);
    has(fx, 0, "htx.stopped", "", 3);
    has(fx, 0, "ocop.products", "3", 5);
    has(fx, 0, "qtd.npl_ratio", "", 60);
}

/* Neither mark nor the lines of our heads: the title and the table say what it is. */
static void a_sheet_that_knows_nothing_of_ours(void **state)
{
    struct fixture *fx = *state;

    read_text(fx, "UBND HUYỆN TAM ĐƯỜNG\n"
                  "BIỂU TỔNG HỢP KINH TẾ TẬP THỂ\nƯỚC THỰC HIỆN NĂM 2023\n"
                  "(Kèm theo Báo cáo số 12/BC-UBND ngày 5 tháng 9 năm 2024)\n"
                  "STT|Chỉ tiêu|ĐVT|Tổng số|Nông nghiệp|Xây dựng\n"
                  "1|Tổng số HTX|HTX|50|30|20\n2|Số thành viên HTX|người|500|300|200\n"
                  "3|Lao động thường xuyên|người|600|400|200\n"
                  "4|Doanh thu bình quân của HTX|triệu đồng|800|700|950\n"
                  "5|Lãi bình quân của HTX|triệu đồng|40|30|55\n");
    assert_int_equal(fx->form.n, 1);
    assert_string_equal(fx->form.reports[0].form, "unit_statement");
    assert_string_equal(fx->form.reports[0].period, "2023");
    assert_int_equal(fx->form.reports[0].vintage, VINTAGE_ESTIMATE);
    has(fx, 0, "htx.total", "agri", 30);
    finding_is(fx, &fx->form.sheet, "FORM_GUESSED", "T", false);
    finding_is(fx, &fx->form.sheet, "TITLE_READ", "T!A3", false);
    finding_is(fx, &fx->form.sheet, "NO_UNIT", "T", false);

    read_text(fx, "TÌNH HÌNH THỰC HIỆN KẾ HOẠCH NĂM 2023 VÀ KẾ HOẠCH NĂM 2024\n"
                  "STT|Chỉ tiêu|ĐVT|Tổng số|Nông nghiệp|Xây dựng\n"
                  "1|Tổng số HTX|HTX|50|30|20\n2|Số thành viên HTX|người|500|300|200\n"
                  "3|Lao động thường xuyên|người|600|400|200\n"
                  "4|Doanh thu bình quân của HTX|triệu đồng|800|700|950\n"
                  "5|Lãi bình quân của HTX|triệu đồng|40|30|55\n");
    assert_int_equal(fx->form.n, 0);
    finding_is(fx, &fx->form.sheet, "NO_PERIOD", "T", true);
    finding_is(fx, &fx->form.sheet, "NO_VINTAGE", "T", true);

    read_text(fx, "Danh bạ điện thoại\nSTT|Tên|Mã số|Số điện thoại|Ghi chú\n"
                  "1|Nguyễn A|123|0912|x\n");
    assert_int_equal(fx->form.n, 0);
    finding_is(fx, &fx->form.sheet, "NO_FORM", "", true);
}

/* Departments have letters for a code. */
static void a_department_by_its_code(void **state)
{
    struct fixture *fx = *state;

    fx->ctx.unit = "STC-12";
    read_text(fx, "Mẫu số: Biểu 10/SN\nĐơn vị báo cáo: Sở Tài chính (mã STC-12)\n"
                  "Kỳ báo cáo: 2025\nLoại số liệu: thực hiện\n"
                  "STT|Tên HTX|Mã số thuế|Nợ thuế\n1|HTX Một|6200001234|12\n");
    nothing_is_wrong(fx);
    assert_int_equal(fx->form.n, 1);
    fx->ctx.unit = "STC-13";
    read_it(fx);
    assert_int_equal(fx->form.n, 0);
    fx->ctx.unit = "106";
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_district_by_sector, setup, teardown),
        cmocka_unit_test_setup_teardown(a_district_by_period, setup, teardown),
        cmocka_unit_test_setup_teardown(columns_that_name_years, setup, teardown),
        cmocka_unit_test_setup_teardown(sectors_in_short, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_date_above_the_signatures, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_comma_that_splits_a_cell, setup, teardown),
        cmocka_unit_test_setup_teardown(sectors_that_a_document_merged, setup, teardown),
        cmocka_unit_test_setup_teardown(legends_in_every_layout, setup, teardown),
        cmocka_unit_test_setup_teardown(fishery_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(a_sheet_that_knows_nothing_of_ours, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_department_by_its_code, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
