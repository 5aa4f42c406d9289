//! What reading a source should make its steward look at: nothing here stops a build.

use std::collections::BTreeMap;

use ninzu_engine::Language;

use super::calendar::DateColumn;
use super::deaths::{DEATHS, Deaths};
use super::spelling::{SpellingGroup, spellings};
use crate::source::grammar::is_null;
use crate::source::life_stages::civil;

/// Something that a steward should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// A file's encoding was guessed.
    Encoding {
        /// The file's name.
        file: String,
        /// What the encoding is called.
        encoding: &'static str,
    },
    /// People are older than anybody may be.
    TooOld {
        /// The file's name.
        file: String,
        /// How many they are.
        people: u64,
        /// The age that is the limit.
        oldest: u16,
        /// The commonest of their birth dates.
        birth: String,
        /// How many of them have it.
        with_it: u64,
        /// Whether their birth dates were read as unknown.
        is_unknown: bool,
    },
    /// Many people have one birth date.
    OneBirthDate {
        /// The file's name.
        file: String,
        /// The date.
        birth: String,
        /// How many have it.
        people: u64,
        /// Of so many.
        of: u64,
    },
    /// People have no observation period, and records count inside one only.
    NeverObserved {
        /// The file's name.
        file: String,
        /// How many they are.
        people: u64,
    },
    /// A table of deaths is there and not read.
    Deaths {
        /// The file's name.
        file: String,
    },
    /// Persons or records contradict a table of deaths.
    DeathsContradicted {
        /// What contradicts it.
        deaths: Deaths,
    },
    /// Dates lie after today.
    AfterToday {
        /// The file's name.
        file: String,
        /// The column.
        column: String,
        /// How many they are.
        rows: u64,
        /// The latest.
        latest: String,
    },
    /// Far too many records have one date.
    Peak {
        /// The file's name.
        file: String,
        /// The column.
        column: String,
        /// The date.
        day: String,
        /// How many records have it.
        rows: u64,
        /// Of so many.
        of: u64,
        /// How many have a usual date.
        usual: u64,
    },
    /// Tables are there and not read.
    Unread {
        /// The files' names.
        files: Vec<String>,
    },
    /// Codes differ only by dots, width, case or padding.
    Spellings {
        /// The dimension.
        dimension: String,
        /// How many such groups there are.
        groups: u64,
        /// Some of them.
        examples: Vec<Vec<String>>,
    },
    /// Codes look like words for nothing.
    NullCodes {
        /// The dimension.
        dimension: String,
        /// The codes.
        codes: Vec<String>,
    },
}

/// So many groups of codes are named.
const EXAMPLES: usize = 3;
/// A birth date that more people share than this, and more than a twentieth, is told.
const CROWD: u64 = 20;

impl Note {
    /// The note in words.
    pub fn words(&self, language: Language) -> String {
        match language {
            Language::En => self.en(),
            Language::Ja => self.ja(),
        }
    }

    fn en(&self) -> String {
        match self {
            Self::Encoding { file, encoding } => {
                format!("{file} is read as {encoding}, by the look of its bytes; encoding = \"...\" says what it is")
            }
            Self::TooOld { file, people, oldest, birth, with_it, is_unknown } => format!(
                "{file}: {people} people would be older than {oldest}; {with_it} of them were born on {birth}. {}",
                if *is_unknown {
                    "Their life stage is unknown (too_old = \"unknown\")"
                } else {
                    "They are counted as such: if the date stands for an unknown one, write unknown_dates = [\"...\"]; \
                     too_old = \"unknown\" or \"stop\" treats all of them so"
                }
            ),
            Self::OneBirthDate { file, birth, people, of } => format!(
                "{file}: {people} of {of} people were born on {birth}; if the date stands for an unknown one, write unknown_dates \
                 = [\"{birth}\"]"
            ),
            Self::NeverObserved { file, people } => {
                format!("{file}: {people} people have no observation period: they are counted, their records are not")
            }
            Self::Deaths { file } => {
                format!("{file} is there and is not used: people who have died are counted like the living")
            }
            Self::DeathsContradicted { deaths } => contradicted(deaths),
            Self::AfterToday { file, column, rows, latest } => {
                format!("{file}: {rows} dates in {column} lie after today, the latest is {latest}")
            }
            Self::Peak { file, column, day, rows, of, usual } => format!(
                "{file}: {rows} of {of} dates in {column} are {day}, a usual day has {usual}; if the date stands for an unknown one, \
                 write unknown_dates = [\"{day}\"]"
            ),
            Self::Unread { files } => format!("not read, though there: {}", files.join(", ")),
            Self::Spellings { dimension, groups, examples } => format!(
                "{dimension}: codes that differ only by a dot, width, case or padding are counted apart (groups: {groups}): {}",
                shown(examples)
            ),
            Self::NullCodes { dimension, codes } => format!(
                "{dimension}: the codes {} are counted as codes; if they stand for no code, write null = [...] in the dimension",
                codes.join(", ")
            ),
        }
    }

    fn ja(&self) -> String {
        match self {
            Self::Encoding { file, encoding } => {
                format!("{file} は内容から {encoding} と判断して読み込みました（encoding = \"...\" で指定できます）")
            }
            Self::TooOld { file, people, oldest, birth, with_it, is_unknown } => format!(
                "{file}：{people}人が{oldest}歳を超えます（うち{with_it}人の生年月日が {birth}）。{}",
                if *is_unknown {
                    "ライフステージは不明として計上しました（too_old = \"unknown\"）"
                } else {
                    "そのまま計上しています。不明を表す日付なら unknown_dates = [\"...\"]、全員を対象にするなら too_old = \"unknown\" か \
                     \"stop\" を指定してください"
                }
            ),
            Self::OneBirthDate { file, birth, people, of } => format!(
                "{file}：{of}人中{people}人の生年月日が {birth} です。不明を表す日付なら unknown_dates = [\"{birth}\"] を指定してください"
            ),
            Self::NeverObserved { file, people } => {
                format!("{file}：{people}人に観察期間がありません。人数には含めますが、その記録は計上しません")
            }
            Self::Deaths { file } => format!("{file} がありますが集計には使いません：死亡した人も生存者と同様に計上されます"),
            Self::DeathsContradicted { deaths } => contradicted_ja(deaths),
            Self::AfterToday { file, column, rows, latest } => {
                format!("{file}：{column} に今日より後の日付が{rows}件あります（最も遅いもの {latest}）")
            }
            Self::Peak { file, column, day, rows, of, usual } => format!(
                "{file}：{column} の{of}件中{rows}件が {day} です（通常の日は{usual}件）。不明を表す日付なら unknown_dates = [\"{day}\"] を\
                 指定してください"
            ),
            Self::Unread { files } => format!("読み込まなかった表：{}", files.join("、")),
            Self::Spellings { dimension, groups, examples } => format!(
                "{dimension}：点・全角半角・大文字小文字・桁埋めだけが異なるコードは別々に計上されます（{groups}組）：{}",
                shown(examples)
            ),
            Self::NullCodes { dimension, codes } => format!(
                "{dimension}：{} をコードとして計上しています。コードなしを表すなら項目に null = [...] を指定してください",
                codes.join("、")
            ),
        }
    }
}

/// What contradicts a table of deaths, as numbers and words.
fn contradictions(deaths: &Deaths) -> Vec<(u64, &'static str, &'static str)> {
    let all = [
        (deaths.unknown, "deaths of people who are not in the persons table", "個人表にない人の死亡"),
        (deaths.repeated, "second deaths of one person", "同じ人の2件目以降の死亡"),
        (deaths.undated, "deaths without a date", "日付のない死亡"),
        (deaths.before_birth, "deaths before birth", "出生前の死亡"),
    ];
    all.into_iter().filter(|&(count, ..)| count > 0).collect()
}

fn contradicted(deaths: &Deaths) -> String {
    let mut told: Vec<String> = contradictions(deaths).into_iter().map(|(count, en, _)| format!("{count} {en}")).collect();
    if !deaths.records_after.is_empty() {
        let of: Vec<String> = deaths.records_after.iter().map(|(name, count)| format!("{name} {count}")).collect();
        told.push(format!("records of {} people after their death ({})", deaths.people_after, of.join(", ")));
    }
    format!("{}: {}", deaths.file, told.join("; "))
}

fn contradicted_ja(deaths: &Deaths) -> String {
    let mut told: Vec<String> = contradictions(deaths).into_iter().map(|(count, _, ja)| format!("{ja} {count}件")).collect();
    if !deaths.records_after.is_empty() {
        let of: Vec<String> = deaths.records_after.iter().map(|(name, count)| format!("{name} {count}件")).collect();
        told.push(format!("死亡日より後の記録がある人 {}人（{}）", deaths.people_after, of.join("、")));
    }
    format!("{}：{}", deaths.file, told.join("；"))
}

fn shown(examples: &[Vec<String>]) -> String {
    examples.iter().map(|group| group.join(" / ")).collect::<Vec<_>>().join("; ")
}

/// What is to be said of codes that were found in rows.
pub(super) fn of_codes<'a>(dimension: &str, codes: impl Iterator<Item = &'a str>) -> Option<Note> {
    let codes: Vec<String> = codes.filter(|code| is_null(code)).map(str::to_owned).collect();
    (!codes.is_empty()).then(|| Note::NullCodes { dimension: dimension.to_owned(), codes })
}

/// What is to be said of codes that differ only in how they are spelt, where rows tell who has them.
pub(super) fn of_spellings(dimension: &str, groups: &[SpellingGroup]) -> Option<Note> {
    let shown = |group: &SpellingGroup| group.spellings.iter().map(ToString::to_string).collect();
    spelt(dimension, groups.iter().map(shown).collect())
}

/// The same of names that come without people.
pub(crate) fn of_names<'a>(dimension: &str, names: impl Iterator<Item = &'a str>) -> Option<Note> {
    spelt(dimension, spellings(names))
}

fn spelt(dimension: &str, mut groups: Vec<Vec<String>>) -> Option<Note> {
    let count = groups.len() as u64;
    groups.truncate(EXAMPLES);
    (count > 0).then(|| Note::Spellings { dimension: dimension.to_owned(), groups: count, examples: groups })
}

/// What is to be said of a column of dates.
pub(super) fn of_dates(column: &DateColumn) -> Vec<Note> {
    let mut notes = Vec::new();
    let (file, name) = (&column.file, &column.column);
    if column.after_today > 0 {
        let (file, column_name, latest) = (file.clone(), name.clone(), column.latest.clone());
        notes.push(Note::AfterToday { file, column: column_name, rows: column.after_today, latest });
    }
    if let Some(peak) = column.peaks.first() {
        notes.push(Note::Peak {
            file: file.clone(),
            column: name.clone(),
            day: peak.day.clone(),
            rows: peak.dates,
            of: column.dates,
            usual: peak.usual,
        });
    }
    notes
}

/// What is to be said of deaths that the persons and their records contradict.
pub(super) fn of_deaths(deaths: &Deaths) -> Option<Note> {
    (!deaths.is_sound()).then(|| Note::DeathsContradicted { deaths: deaths.clone() })
}

/// The day that most of these are, and how many are; the earlier of two.
pub(super) fn commonest(days: &BTreeMap<i32, u64>) -> Option<(String, u64)> {
    let (&day, &count) = days.iter().rev().max_by_key(|&(_, count)| count)?;
    Some((civil(day)?.to_string(), count))
}

/// What is to be said of the birth dates of all people, if one of them is shared by too many.
pub(super) fn of_births(file: &str, births: &BTreeMap<i32, u64>, of: u64) -> Option<Note> {
    let (birth, people) = commonest(births)?;
    (people > CROWD && people * 20 > of).then(|| Note::OneBirthDate { file: file.to_owned(), birth, people, of })
}

/// What is to be said of tables of a folder that are there and not read.
pub(super) fn of_unread(names: Vec<(String, String)>) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut files = Vec::new();
    for (name, file) in names {
        if name == DEATHS {
            notes.push(Note::Deaths { file });
        } else {
            files.push(file);
        }
    }
    if !files.is_empty() {
        notes.push(Note::Unread { files });
    }
    notes
}
