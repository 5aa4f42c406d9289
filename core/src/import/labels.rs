//! What labels of values say: ranges of numbers, and words for everybody.

/// The numbers that a label speaks of, in years or whatever the others are in: both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: u32,
    /// `None`: and all above.
    pub(super) last: Option<u32>,
}

impl Range {
    /// Whether every number of `other` is in this range.
    pub(super) fn holds(self, other: Self) -> bool {
        self.first <= other.first && self.last.is_none_or(|last| other.last.is_some_and(|of| of <= last))
    }

    /// Whether they have more in common than one number, where one may end as the next begins.
    pub(super) fn overlaps(self, other: Self) -> bool {
        let first = self.first.max(other.first);
        let last = [self.last, other.last].into_iter().flatten().min();
        let is_single = |range: Self| range.last == Some(range.first);
        match last {
            Some(last) => first < last || (first == last && (is_single(self) || is_single(other))),
            None => true,
        }
    }

    /// Whether these ranges, in order, fill it without a gap: each begins where the one before ended, or one behind.
    pub(super) fn is_filled_by(self, parts: &[Self]) -> bool {
        let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
        let joins = |pair: &[Self]| pair[0].last.is_some_and(|last| pair[1].first == last || pair[1].first == last + 1);
        first.first == self.first && last.last == self.last && parts.windows(2).all(joins)
    }
}

/// What a label says about how much of a dimension it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// It is a word for everybody.
    Total,
    /// It may be one.
    Perhaps,
    /// It is none.
    None,
}

/// Words for all values together, in lower case and without blanks around.
const TOTALS: [&str; 52] = [
    "total",
    "totals",
    "grand total",
    "_t",
    "all",
    "all ages",
    "all sexes",
    "all persons",
    "all patients",
    "both",
    "both sexes",
    "everyone",
    "everybody",
    "overall",
    "subtotal",
    "sub-total",
    "sub total",
    "sum",
    "計",
    "総計",
    "合計",
    "総数",
    "総合計",
    "全体",
    "全国",
    "全数",
    "全年齢",
    "全年代",
    "男女計",
    "男女合計",
    "小計",
    "中計",
    "再掲",
    "总计",
    "总数",
    "合计",
    "全部",
    "全體",
    "總計",
    "합계",
    "전체",
    "계",
    "insgesamt",
    "gesamt",
    "alle",
    "ensemble",
    "totale",
    "totaal",
    "totalt",
    "ogółem",
    "razem",
    "всего",
];

/// Beginnings and ends of such words.
const BEGINNINGS: [&str; 6] = ["total ", "all ", "total_", "total:", "insgesamt ", "gesamt "];
const ENDS: [&str; 9] = [" total", "_total", "-total", "計", "総数", "合计", "全体", " combined", " (all)"];

/// Whether a label is a word for everybody.
pub(super) fn word(label: &str) -> Word {
    let label = plain(label);
    let inside = label.trim_matches(['(', ')', '[', ']', '<', '>', '*', ':', '【', '】']).trim();
    if TOTALS.contains(&inside) {
        return Word::Total;
    }
    let is_rest = ["all other", "total other"].iter().any(|rest| label.starts_with(rest));
    let is_near = BEGINNINGS.iter().any(|b| label.starts_with(b)) || ENDS.iter().any(|e| label.ends_with(e));
    if matches!(inside, "t" | "tot" | "ttl" | "tt" | "g" | "ges") || (is_near && !is_rest) { Word::Perhaps } else { Word::None }
}

/// Full-width forms as plain ones, in lower case, without blanks around.
fn plain(label: &str) -> String {
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' | '\u{202f}' | '\u{2009}' => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{301c}' | '\u{223c}' => '-',
        c => c,
    };
    let text: String = label.chars().map(narrow).collect();
    text.trim().to_lowercase().replace('~', "-")
}

/// Units and words around the numbers of a range that say nothing about where it begins or ends.
const FILLERS: [&str; 21] = [
    "years old",
    "years of age",
    "year olds",
    "years",
    "year",
    "yrs",
    "yr",
    "y.o.",
    "aged",
    "ages",
    "age",
    "from",
    "jahre",
    "ans",
    "歳",
    "才",
    "満",
    "の者",
    "_",
    "y",
    "a",
];
/// Words that open a range above, or below.
const ABOVES: [&str; 11] =
    ["and over", "and older", "and above", "and more", "or over", "or older", "or above", "or more", "and up", "以上", "plus"];
const BELOWS: [&str; 7] = ["and under", "and younger", "or under", "or younger", "or less", "以下", "and below"];
const UNDERS: [&str; 4] = ["under", "less than", "below", "younger than"];

/// The range that a label names: `0-14`, `65+`, `15 to 24`, `<1`, `Y_GE65`, `40～44歳`, `20代`, `75歳以上`, `7`.
pub(super) fn range(label: &str) -> Option<Range> {
    let mut text = plain(label);
    if ["month", "week", "day", "か月", "カ月", "ヶ月", "月", "週", "日"].iter().any(|unit| text.contains(unit)) {
        return None;
    }
    // Codes of SDMX: Y_GE65, Y_LT15, Y15T24.
    for (code, sign) in [("y_ge", ">="), ("y_gt", ">"), ("y_le", "<="), ("y_lt", "<"), ("ge", ">="), ("lt", "<")] {
        if let Some(rest) = text.strip_prefix(code).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
            text = format!("{sign}{rest}");
        }
    }
    let is_decade = text.ends_with('代');
    let mut text = text.trim_end_matches('代').to_owned();
    for (words, sign) in [(&ABOVES[..], "+"), (&BELOWS[..], "<=")] {
        if let Some(word) = words.iter().find(|word| text.contains(**word)) {
            let rest = text.replace(word, "");
            text = if sign == "+" { format!("{}+", rest.trim_end()) } else { format!("{sign}{rest}") };
        }
    }
    if let Some(rest) = text.strip_suffix("未満").map(str::to_owned) {
        text = format!("<{rest}");
    }
    for word in UNDERS {
        if let Some(rest) = text.strip_prefix(word).map(str::to_owned) {
            text = format!("<{rest}");
        }
    }
    for filler in FILLERS {
        text = text.replace(filler, " ");
    }
    let text = text.replace(" to ", "-").replace(" t ", "-").replace("≥", ">=").replace("≤", "<=");
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let found = parsed(&text)?;
    match (is_decade, found.last) {
        (true, Some(last)) if last == found.first => Some(Range { first: found.first, last: Some(last + 9) }),
        (true, _) => None,
        _ => Some(found),
    }
}

/// A range in plain signs: `0-14`, `0t14`, `65+`, `65-`, `<15`, `<=14`, `>64`, `>=65`, `7`.
fn parsed(text: &str) -> Option<Range> {
    let number = |text: &str| {
        let is_digits = !text.is_empty() && text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_digits.then(|| text.parse::<u32>().ok()).flatten()
    };
    if let Some(rest) = text.strip_prefix(">=") {
        return Some(Range { first: number(rest)?, last: None });
    }
    if let Some(rest) = text.strip_prefix("<=") {
        return Some(Range { first: 0, last: Some(number(rest)?) });
    }
    if let Some(rest) = text.strip_prefix('>') {
        return Some(Range { first: number(rest)?.checked_add(1)?, last: None });
    }
    if let Some(rest) = text.strip_prefix('<') {
        return Some(Range { first: 0, last: Some(number(rest)?.checked_sub(1)?) });
    }
    if let Some(rest) = text.strip_suffix('+').or_else(|| text.strip_suffix('-')) {
        return Some(Range { first: number(rest)?, last: None });
    }
    if let Some((first, last)) = text.split_once('-').or_else(|| text.split_once('t')) {
        let (first, last) = (number(first)?, number(last)?);
        return (first <= last).then_some(Range { first, last: Some(last) });
    }
    number(text).map(|number| Range { first: number, last: Some(number) })
}

/// The range that a spreadsheet made a date of, as it writes dates: `9-May` of `5-9`, `Oct-14` of `10-14`, `5月9日`.
pub(super) fn range_behind_date(label: &str) -> Option<Range> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let text = plain(label);
    if let Some((month, day)) = text.strip_suffix('日').and_then(|text| text.split_once('月')) {
        let (month, day) = (month.parse::<u32>().ok()?, day.parse::<u32>().ok()?);
        return (month <= 12 && month < day && day <= 31).then_some(Range { first: month, last: Some(day) });
    }
    let (a, b) = text.split_once('-')?;
    let month = |text: &str| MONTHS.iter().zip(1..).find(|(name, _)| text == **name).map(|(_, month)| month);
    let day = |text: &str| text.parse::<u32>().ok();
    let (month, day) = match (month(a), month(b)) {
        (Some(month), None) => (month, day(b)?),
        (None, Some(month)) => (month, day(a)?),
        _ => return None,
    };
    (month < day && day < 100).then_some(Range { first: month, last: Some(day) })
}

#[cfg(test)]
mod tests;
