//! Life stages by the calendar.

use jiff::civil::date;
use ninzu::ErrorKind;
use ninzu::model::Label;
use ninzu::source::{Band, SCHEMES, Scheme, Since};

fn stage(scheme: &str, birth: (i16, i8, i8), day: (i16, i8, i8)) -> String {
    let scheme = Scheme::named(scheme).unwrap();
    let stage = scheme.stage(date(birth.0, birth.1, birth.2), date(day.0, day.1, day.2));
    scheme.bands()[stage as usize].code.clone()
}

#[test]
fn stages_begin_on_birthdays() {
    assert_eq!(stage("jh", (2000, 5, 10), (2000, 5, 10)), "perinatal");
    assert_eq!(stage("jh", (2000, 5, 10), (2000, 6, 6)), "perinatal");
    assert_eq!(stage("jh", (2000, 5, 10), (2000, 6, 7)), "infancy");
    assert_eq!(stage("jh", (2000, 5, 10), (2001, 5, 9)), "infancy");
    assert_eq!(stage("jh", (2000, 5, 10), (2001, 5, 10)), "early_childhood");
    assert_eq!(stage("jh", (1949, 12, 31), (2024, 12, 30)), "early_old_age");
    assert_eq!(stage("jh", (1949, 12, 31), (2024, 12, 31)), "late_old_age");
    assert_eq!(stage("five_year", (1920, 1, 1), (2024, 12, 31)), "100+");
    assert_eq!(stage("five_year", (1925, 1, 1), (2024, 12, 31)), "95-99");
    assert_eq!(stage("kenko_nippon21", (1994, 12, 31), (2024, 12, 31)), "prime");
}

#[test]
fn leap_day_children_have_birthdays_every_year() {
    assert_eq!(stage("jh", (2000, 2, 29), (2001, 2, 27)), "infancy");
    assert_eq!(stage("jh", (2000, 2, 29), (2001, 2, 28)), "early_childhood");
    assert_eq!(stage("jh", (2000, 2, 29), (2040, 2, 28)), "aya");
    assert_eq!(stage("jh", (2000, 2, 29), (2040, 2, 29)), "adulthood");
}

#[test]
fn unknown_stands_behind_the_values_of_every_scheme() {
    for name in SCHEMES {
        let scheme = Scheme::named(name).unwrap();
        let values = scheme.values();
        assert_eq!((values.len(), scheme.unknown() as usize), (scheme.bands().len(), values.len()));
        assert!(values.iter().all(|value| value.name != "unknown"));
        assert!(Scheme::new(scheme.bands().to_vec()).is_ok());
    }
}

#[test]
fn bands_out_of_order_are_refused() {
    let band = |code: &str, since| Band { code: code.into(), label: Label::same(code), since };
    for bands in [
        vec![],
        vec![band("a", Since::Years(1))],
        vec![band("a", Since::Days(0)), band("b", Since::Years(1)), band("c", Since::Days(28))],
        vec![band("a", Since::Days(0)), band("a", Since::Years(1))],
        vec![band("a", Since::Days(0)), band("unknown", Since::Years(1))],
    ] {
        assert_eq!(Scheme::new(bands).expect_err("refused").kind(), ErrorKind::InvalidSpec);
    }
}
