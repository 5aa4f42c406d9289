//! Which labels are ranges, and which mean everybody.

use super::{Range, Word, range, range_behind_date, word};

#[expect(clippy::unnecessary_wraps, reason = "what it is compared with may be nothing")]
fn of(first: u32, last: impl Into<Option<u32>>) -> Option<Range> {
    Some(Range { first, last: last.into() })
}

#[test]
fn ranges_as_tables_write_them() {
    for label in [
        "0-14",
        "0–14",
        "00-14",
        "0～14歳",
        "0〜14歳",
        "0 to 14",
        "0-14 years",
        "A00-A14",
        "Y0-14",
        "Y0T14",
        "aged 0 to 14",
        "０－１４",
        "15歳未満",
    ] {
        assert_eq!(range(label), of(0, 14), "{label}");
    }
    for label in ["65+", "65 +", "65歳以上", "65 and over", "65 years and older", "Y_GE65", ">=65", "≥65", ">64", "A65+", "65-"]
    {
        assert_eq!(range(label), of(65, None), "{label}");
    }
    for (label, expected) in [
        ("<1", of(0, 0)),
        ("Under 15", of(0, 14)),
        ("Y_LT15", of(0, 14)),
        ("7", of(7, 7)),
        ("20代", of(20, 29)),
        ("100歳以上", of(100, None)),
        ("00+", of(0, None)),
    ] {
        assert_eq!(range(label), expected, "{label}");
    }
    for label in ["F", "unknown", "14-0", "0-11 months", "E10-E14", "不明", "", "-", "2024-05-09", "1.5-2", "children", "all"] {
        assert_eq!(range(label), None, "{label}");
    }
}

#[test]
fn ranges_that_share_more_than_an_end_overlap() {
    let range = |label| range(label).expect("a range");
    assert!(range("0-19").holds(range("10-19")) && range("0-19").overlaps(range("10-19")));
    assert!(range("60+").holds(range("65+")) && !range("65-69").holds(range("65+")));
    assert!(!range("0-10").overlaps(range("10-20")), "one may end where the next begins");
    assert!(range("0-10").overlaps(range("5-15")));
    assert!(range("1-2").overlaps(range("2")));
    assert!(range("0-19").is_filled_by(&[range("0-9"), range("10-19")]));
    assert!(!range("0-19").is_filled_by(&[range("0-9"), range("11-19")]));
    assert!(range("0+").is_filled_by(&[range("0-14"), range("15-59"), range("60+")]));
}

#[test]
fn words_for_everybody() {
    for label in ["Total", " TOTAL ", "全国", "総数", "計", "All", "Both sexes", "(Total)", "合計", "_T", "Ｔｏｔａｌ"]
    {
        assert_eq!(word(label), Word::Total, "{label}");
    }
    for label in ["T", "Total population", "All age groups", "男計", "Persons total"] {
        assert_eq!(word(label), Word::Perhaps, "{label}");
    }
    for label in ["F", "unknown", "Allied health", "All other", "時計台", "Tokyo", "totally"] {
        assert_eq!(word(label), Word::None, "{label}");
    }
}

#[test]
fn dates_that_were_ranges() {
    assert_eq!(range_behind_date("9-May"), of(5, 9));
    assert_eq!(range_behind_date("14-Oct"), of(10, 14));
    assert_eq!(range_behind_date("Oct-14"), of(10, 14));
    assert_eq!(range_behind_date("5月9日"), of(5, 9));
    for label in ["0-4", "May", "3-May", "E10-E14", "9-Mai"] {
        assert_eq!(range_behind_date(label), None, "{label}");
    }
}
