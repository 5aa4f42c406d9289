//! What reading a source should make its steward look at: nothing here stops a build.

use std::collections::BTreeMap;

use ninzu_engine::Language;

use super::super::grammar::is_null;
use super::super::scheme::civil;

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
    /// A table of deaths is there and not read.
    Deaths {
        /// The file's name.
        file: String,
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
            Self::Deaths { file } => {
                format!("{file} is there and is not read: people who have died are counted like the living")
            }
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
            Self::Deaths { file } => format!("{file} がありますが読み込みません：死亡した人も生存者と同様に計上されます"),
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

fn shown(examples: &[Vec<String>]) -> String {
    examples.iter().map(|group| group.join(" / ")).collect::<Vec<_>>().join("; ")
}

/// A code without what people write differently: dots, blanks, width, case, leading zeros of a number.
fn folded(code: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    };
    let kept = |c: &char| *c != '.' && !c.is_whitespace();
    let text: String = code.chars().map(narrow).filter(kept).flat_map(char::to_lowercase).collect();
    match text.trim_start_matches('0') {
        digits if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.to_owned(),
        _ => text,
    }
}

/// Codes that differ only in how they are spelt, as groups.
pub(in super::super) fn spellings<'a>(codes: impl Iterator<Item = &'a str>) -> Vec<Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for code in codes {
        groups.entry(folded(code)).or_default().push(code.to_owned());
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

/// What is to be said of codes that were found in rows.
pub(super) fn of_codes<'a>(dimension: &str, codes: impl Iterator<Item = &'a str> + Clone) -> Vec<Note> {
    let mut notes = Vec::new();
    let mut examples = spellings(codes.clone());
    if !examples.is_empty() {
        let groups = examples.len() as u64;
        examples.truncate(EXAMPLES);
        notes.push(Note::Spellings { dimension: dimension.to_owned(), groups, examples });
    }
    let nulls: Vec<String> = codes.filter(|code| is_null(code)).map(str::to_owned).collect();
    if !nulls.is_empty() {
        notes.push(Note::NullCodes { dimension: dimension.to_owned(), codes: nulls });
    }
    notes
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
        if name == "death" {
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
