//! The arithmetic of ICD-10: which codes lie in which ranges, by their letters and digits alone.

/// A code of ICD-10 with all below it, or a range of such: `C53`, `C53.1`, `C51-C58`, `D07.0-D07.3`.
///
/// Codes are ordered as texts without dots, so that `O9A` of ICD-10-CM comes behind `O99`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodeRange {
    /// The first code, without dots.
    from: String,
    /// The last code, without dots; whatever begins with it belongs to the range.
    to: String,
}

/// Codes of ICD-10-CM have seven signs at most.
const LONGEST: usize = 7;

impl CodeRange {
    /// What a text means as a code or a range of codes of ICD-10; nothing if it is neither.
    ///
    /// A prefix (`ICD10:C53`), the signs of dagger and asterisk, and a dash for "all below" (`D06.-`) are left out.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.rsplit(':').next().unwrap_or(text).trim();
        if let Some(code) = plain(text) {
            return Some(Self { from: code.clone(), to: code });
        }
        let (from, to) = text.split_once(['-', '\u{2013}'])?;
        let (from, to) = (plain(from)?, plain(to)?);
        (from <= to).then_some(Self { from, to })
    }

    /// Whether every code of another range is one of this.
    pub(crate) fn holds(&self, other: &Self) -> bool {
        self.from <= other.from && (other.to <= self.to || other.to.starts_with(&self.to))
    }
}

/// A single code in capitals without its dot.
fn plain(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches(['-', '.', '*', '+', '!', '\u{2020}']);
    let code: String = text.chars().filter(|&c| c != '.').map(|c| c.to_ascii_uppercase()).collect();
    let [letter, digit, rest @ ..] = code.as_bytes() else { return None };
    let is_code = letter.is_ascii_uppercase() && digit.is_ascii_digit() && !rest.is_empty() && code.len() <= LONGEST;
    (is_code && rest.iter().all(u8::is_ascii_alphanumeric)).then_some(code)
}

#[cfg(test)]
mod tests;
