//! Properties of the grammar of cells.

use jiff::civil::date as day;
use proptest::prelude::*;

use super::{NullWords, When, date, is_null, plain, whole};
use crate::source::life_stages::{civil, days};

fn exactly(year: i16, month: i8, of_month: i8) -> When {
    When::exactly(days(day(year, month, of_month)))
}

#[test]
fn a_date_is_read_in_every_form_of_the_field() {
    for cell in [
        "2015-03-01",
        "2015-3-1",
        "2015/03/01",
        "2015/3/1",
        "2015.3.1",
        "20150301",
        "20150301.0",
        "2015-03-01T00:00:00",
        "2015-03-01 23:59:59.999+09:00",
        "2015-03-01T23:59:59Z",
        "2015/3/1 0:00",
        "2015/3/1 12:00:00 AM",
        "20150301083000",
        "201503010830",
        "2015年3月1日",
        "２０１５／３／１",
        "1-MAR-2015",
        "01MAR2015",
        "01MAR2015:08:30:00",
    ] {
        assert_eq!(date(cell), Some(exactly(2015, 3, 1)), "{cell}");
    }
}

#[test]
fn what_may_be_two_dates_is_none() {
    for cell in [
        "01/03/2015",
        "1.3.2015",
        "01-03-2015",
        "15-03-01",
        "15/3/1",
        "42064",
        "42064.0",
        "195004",
        "9-May",
        "2015-13-01",
        "2015-02-29",
        "2015-00-01",
        "2015-3",
        "2015/3/1 noon",
        "2015-03/01",
        "2015-03-01x",
        "2015-03-011",
        "1950.04",
        "S25.4.1",
        "",
        "2015-",
        "1420070400",
        "-2015-03-01",
    ] {
        let is_month = cell == "2015-3";
        assert_eq!(date(cell).is_some(), is_month, "{cell}");
    }
}

#[test]
fn a_month_or_a_year_is_taken_as_omop_takes_it() {
    let of = |taken, first, last| Some(When { day: days(taken), earliest: days(first), latest: days(last) });
    for cell in ["1950-04", "1950/4", "1950-04-00", "1950年4月"] {
        assert_eq!(date(cell), of(day(1950, 4, 1), day(1950, 4, 1), day(1950, 4, 30)), "{cell}");
    }
    for cell in ["1950", "1950.0", "1950-00-00", "1950年"] {
        assert_eq!(date(cell), of(day(1950, 7, 1), day(1950, 1, 1), day(1950, 12, 31)), "{cell}");
    }
}

#[test]
fn whole_numbers_are_read_however_they_are_written() {
    for (cell, number) in [
        ("7", 7),
        ("7.0", 7),
        ("7.", 7),
        ("8507.000", 8507),
        ("-3.0", -3),
        ("1e+05", 100_000),
        ("2.01826e+05", 201_826),
        ("0.0", 0),
    ] {
        assert_eq!(whole(cell), Some(number), "{cell}");
        assert_eq!(plain(cell), number.to_string(), "{cell}");
    }
    for cell in ["7.5", "1e5", "12e3", "E10", "1E10", "", "-", ".0", "+7", "1e-05", "1.5e+00", "12345678901234567.0", "7 0"] {
        assert_eq!(whole(cell), None, "{cell}");
        assert_eq!(plain(cell), cell);
    }
}

#[test]
fn a_code_is_nothing_only_where_the_spec_says_so() {
    let (usual, own) = (NullWords::default(), NullWords::new(Some(vec!["-99".into()])));
    for word in ["NA", "null", "\\N", "N/A", "nan", "."] {
        assert!(is_null(word) && usual.has(word) && !own.has(word), "{word}");
        assert!(!usual.has_code(word), "{word}");
    }
    assert!(own.has("-99") && own.has_code("-99") && !usual.has("-99"));
    assert!(usual.has("") && usual.has_code("") && own.has_code(""));
}

proptest! {
    #[test]
    fn every_day_is_itself_in_every_form(number in -60_000_i32..80_000) {
        let day = civil(number).unwrap_or_default();
        let (y, m, d) = (day.year(), day.month(), day.day());
        for cell in [format!("{y:04}-{m:02}-{d:02}"), format!("{y}/{m}/{d}"), format!("{y:04}{m:02}{d:02}"), format!("{y}年{m}月{d}日")] {
            prop_assert_eq!(date(&cell), Some(When::exactly(number)), "{}", cell);
        }
    }

    #[test]
    fn no_cell_is_too_strange(cell in "\\PC{0,24}") {
        let (_, _) = (whole(&cell), plain(&cell));
        if let Some(when) = date(&cell) {
            prop_assert!(when.earliest <= when.day && when.day <= when.latest);
        }
    }

    #[test]
    fn what_looks_like_a_date_is_one_or_none(cell in "[0-9]{1,4}[-/.T: 年月日]?[0-9]{0,4}[-/.T: ]?[0-9]{0,4}[A-Za-z:.]{0,4}") {
        if let Some(when) = date(&cell) {
            prop_assert!(when.earliest <= when.day && when.day <= when.latest);
        }
    }
}
