//! Life stages: which one a person is in on a day, exactly by the calendar.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use ninzu_engine::model::{Code, Label, UNKNOWN};
use ninzu_engine::{Error, ErrorKind, Message, Result};

use crate::catalogue::message;

/// When a life stage begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// So many days after birth; less than 365.
    Days(u16),
    /// On this birthday.
    Years(u16),
}

/// One life stage; it ends where the next begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// Its code, in files and queries.
    pub code: String,
    /// What people call it.
    pub label: Label,
    /// When it begins.
    pub since: Since,
}

/// Life stages from birth on, in order. Where a birth date may be missing, the value `unknown` stands behind them.
///
/// A stage begins on a birthday. Who was born on 29 February has it on 28 February in common years, so that nobody's
/// birthday is skipped.
///
/// # Examples
/// ```
/// use ninzu::source::Scheme;
/// let scheme = Scheme::named("jh").unwrap();
/// assert_eq!(scheme.values().last().unwrap().name, "late_old_age");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheme {
    bands: Vec<Band>,
}

/// The names of the built-in schemes.
pub const SCHEMES: [&str; 3] = ["jh", "kenko_nippon21", "five_year"];

/// The stages that Japan's six national centres divide life into.
///
/// Neonatal period: 0 to 27 days (WHO, ICD). Infant, young child: under 1 year, then to school entry (Child Welfare Act,
/// article 4). AYA: 15 to 39 (Basic Plan to Promote Cancer Control). Early and late old age: 65 to 74, 75 on (Act on
/// Assurance of Medical Care for Elderly People).
const JH: [(&str, &str, &str, Since); 8] = [
    ("perinatal", "Perinatal (0-27 days)", "周産期・新生児期（0～27日）", Since::Days(0)),
    ("infancy", "Infancy (28 days to under 1)", "乳児期（28日～1歳未満）", Since::Days(28)),
    ("early_childhood", "Early childhood (1-5)", "幼児期（1～5歳）", Since::Years(1)),
    ("school_age", "School age (6-14)", "学童期（6～14歳）", Since::Years(6)),
    ("aya", "Adolescence and young adulthood (15-39)", "思春期・若年成人期（15～39歳）", Since::Years(15)),
    ("adulthood", "Adulthood (40-64)", "壮年・中年期（40～64歳）", Since::Years(40)),
    ("early_old_age", "Early old age (65-74)", "前期高齢期（65～74歳）", Since::Years(65)),
    ("late_old_age", "Late old age (75+)", "後期高齢期（75歳以上）", Since::Years(75)),
];

/// Life stages of Health Japan 21 (健康日本21), as secondary sources quote them; others put the borders elsewhere.
const KENKO_NIPPON21: [(&str, &str, &str, Since); 7] = [
    ("early_childhood", "Early childhood (0-4)", "幼年期（0～4歳）", Since::Years(0)),
    ("childhood", "Childhood (5-14)", "少年期（5～14歳）", Since::Years(5)),
    ("youth", "Youth (15-29)", "青年期（15～29歳）", Since::Years(15)),
    ("prime", "Prime (30-44)", "壮年期（30～44歳）", Since::Years(30)),
    ("middle_age", "Middle age (45-64)", "中年期（45～64歳）", Since::Years(45)),
    ("early_old_age", "Early old age (65-74)", "前期高年期（65～74歳）", Since::Years(65)),
    ("late_old_age", "Late old age (75+)", "中後期高年期（75歳以上）", Since::Years(75)),
];

impl Since {
    /// A number that orders beginnings: days, a year counting 366.
    fn order(self) -> u32 {
        match self {
            Self::Days(days) => u32::from(days),
            Self::Years(years) => u32::from(years) * 366,
        }
    }
}

impl Scheme {
    /// A scheme of one's own: distinct codes, the first stage beginning at birth, each later than the one before.
    pub fn new(bands: Vec<Band>) -> Result<Self> {
        let refuse = |what: Message| Err(Error::new(ErrorKind::InvalidSpec, what));
        let Some(first) = bands.first() else { return refuse(message!("scheme.no_band")) };
        if first.since.order() != 0 {
            return refuse(message!("scheme.first_band", band = &first.code));
        }
        for (i, band) in bands.iter().enumerate() {
            if band.code.is_empty() || band.code == UNKNOWN || band.code.contains('@') {
                return refuse(message!("scheme.no_code", band = &band.code));
            }
            if matches!(band.since, Since::Days(365..)) || matches!(band.since, Since::Years(200..)) {
                return refuse(message!("scheme.too_late", band = &band.code));
            }
            if bands[..i].iter().any(|other| other.code == band.code) {
                return refuse(message!("scheme.band_twice", band = &band.code));
            }
            if i > 0 && bands[i - 1].since.order() >= band.since.order() {
                return refuse(message!("scheme.not_after", band = &band.code, before = &bands[i - 1].code));
            }
        }
        Ok(Self { bands })
    }

    /// A built-in scheme: one of [`SCHEMES`].
    pub fn named(name: &str) -> Option<Self> {
        let of = |table: &[(&str, &str, &str, Since)]| Self {
            bands: table
                .iter()
                .map(|&(code, en, ja, since)| Band { code: code.into(), label: Label { en: en.into(), ja: ja.into() }, since })
                .collect(),
        };
        match name {
            "jh" => Some(of(&JH)),
            "kenko_nippon21" => Some(of(&KENKO_NIPPON21)),
            "five_year" => Some(Self { bands: (0..=20).map(five_years).collect() }),
            _ => None,
        }
    }

    /// The stages, first to last.
    pub fn bands(&self) -> &[Band] {
        &self.bands
    }

    /// The stages in order, as values of a dimension.
    pub fn values(&self) -> Vec<Code> {
        self.bands.iter().map(|b| Code { name: b.code.clone(), parents: Vec::new(), label: b.label.clone() }).collect()
    }

    /// The value id of `unknown`, in a dimension that has it.
    pub fn unknown(&self) -> u32 {
        self.bands.len() as u32
    }

    /// The stage in which a person born on one day is on another; the first stage on any day before birth.
    ///
    /// # Examples
    /// ```
    /// use jiff::civil::date;
    /// use ninzu::source::Scheme;
    /// let scheme = Scheme::named("jh").unwrap();
    /// let stage = scheme.stage(date(2000, 2, 29), date(2001, 2, 28)) as usize;
    /// assert_eq!(scheme.bands()[stage].code, "early_childhood");
    /// ```
    pub fn stage(&self, birth: Date, day: Date) -> u32 {
        let later = self.bands.iter().skip(1).take_while(|band| begins(birth, band.since).is_some_and(|begin| begin <= day));
        later.count() as u32
    }

    /// The stages that everybody has left who is so many years old.
    pub(crate) fn under(&self, years: u16) -> impl Iterator<Item = &Band> {
        let ended = self.bands.iter().skip(1).take_while(move |next| next.since.order() <= Since::Years(years).order()).count();
        self.bands[..ended].iter()
    }

    /// The stage of a person born on one day, on another; both in days since 1970. `begins` is room to work in.
    pub(crate) fn stage_on(&self, birth: i32, day: i32, begins: &mut Vec<i32>) -> u32 {
        self.begins(birth, begins);
        begins.partition_point(|&begin| begin <= day) as u32
    }

    /// The days since 1970 on which the stages after the first begin, for a person born on a day since 1970.
    pub(crate) fn begins(&self, birth: i32, into: &mut Vec<i32>) {
        into.clear();
        let Some(birth) = civil(birth) else { return };
        into.extend(self.bands.iter().skip(1).map(|band| begins(birth, band.since).map_or(i32::MAX, days)));
    }
}

fn five_years(n: u16) -> Band {
    let from = n * 5;
    let (code, ja) = if n == 20 {
        ("100+".into(), "100歳以上".into())
    } else {
        (format!("{from}-{}", from + 4), format!("{from}～{}歳", from + 4))
    };
    Band { label: Label { en: format!("{code} years"), ja }, code, since: Since::Years(from) }
}

/// The day a stage begins; nothing beyond the calendar's end.
fn begins(birth: Date, since: Since) -> Option<Date> {
    match since {
        Since::Days(days) => birth.checked_add(i64::from(days).days()).ok(),
        Since::Years(years) => birth.checked_add(i64::from(years).years()).ok(),
    }
}

const EPOCH: Date = date(1970, 1, 1);

/// Days since 1970.
pub(crate) fn days(day: Date) -> i32 {
    day.duration_since(EPOCH).as_hours().div_euclid(24) as i32
}

/// The date so many days since 1970; nothing outside the years -9999 to 9999.
pub(crate) fn civil(days: i32) -> Option<Date> {
    EPOCH.checked_add(i64::from(days).days()).ok()
}

/// The value for a person whose value is missing.
pub(crate) fn unknown() -> Code {
    Code { name: UNKNOWN.into(), parents: Vec::new(), label: Label { en: "unknown".into(), ja: "不明".into() } }
}
