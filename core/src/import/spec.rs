//! An import's spec: as it was typed (`Raw...`, by serde) and what it means ([`ImportSpec`]).

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

use ninzu_engine::format::manifest::Protection;
use ninzu_engine::message::Argument;
use ninzu_engine::model::{Kind, Label, ROOT, Role};
use ninzu_engine::{Error, ErrorKind, Interval, Message, Result};
use serde::Deserialize;
use serde_json::json;
use toml::Spanned;

use super::parse_count::{Grammar, Rounding};
use crate::catalogue::message;
use crate::source::spec::typed::{day, dimension_name, full, invalid, needed, one_line, release_name, span, without_effect};
use crate::source::{Citation, Quotes, TextFormat};
use crate::write::ReleaseMeta;

/// What is imported and what it means.
pub(super) struct ImportSpec {
    pub(super) meta: ReleaseMeta,
    pub(super) table: TableSpec,
    pub(super) dimensions: Vec<ImportDimension>,
}

/// A long table: a row for each cell.
pub(super) struct TableSpec {
    pub(super) path: PathBuf,
    pub(super) format: TextFormat,
    /// How the first line below the table begins.
    pub(super) stop_at: Option<String>,
    pub(super) count: CountColumns,
    /// What stands for "all" in any column of a dimension.
    pub(super) totals: BTreeSet<String>,
    /// What a combination without a row means; `None`: nothing is known.
    pub(super) suppressed: Option<Interval>,
    pub(super) centre: CentreColumn,
    pub(super) centre_labels: Labels,
    /// What texts in the count column, or in the column of flags, mean that are no numbers.
    pub(super) markers: BTreeMap<String, Interval>,
    /// How numbers are written.
    pub(super) grammar: Grammar,
    /// The column of flags.
    pub(super) flag: Option<String>,
    /// How counts were rounded, if the spec says that they were, or that they were not.
    pub(super) rounding: Option<Rounding>,
    /// Values that are none though they look like totals.
    pub(super) not_total: Vec<String>,
    /// Column to the text that a row must have in it.
    pub(super) filter: BTreeMap<String, String>,
}

/// Where a row's interval is.
pub(super) enum CountColumns {
    Count(String),
    Bounds { lo: String, hi: String },
}

/// Whose people a row counts.
pub(super) enum CentreColumn {
    Column(String),
    Constant(String),
}

pub(super) struct ImportDimension {
    pub(super) name: String,
    pub(super) label: Label,
    pub(super) column: String,
    /// Texts of the column to the values that they stand for.
    pub(super) recode: BTreeMap<String, String>,
    /// Values whose rows are left out.
    pub(super) leave_out: BTreeSet<String>,
    pub(super) labels: Labels,
    pub(super) values: ImportValues,
}

pub(super) enum ImportValues {
    Partition { ordered: bool, role: Option<Role>, values: Option<Vec<String>> },
    Codes { dictionary: Option<PathBuf> },
}

impl ImportDimension {
    pub(super) fn kind(&self) -> Kind {
        match self.values {
            ImportValues::Partition { .. } => Kind::Partition,
            ImportValues::Codes { .. } => Kind::Codes,
        }
    }
}

/// Labels by value, and where they stand in the spec.
#[derive(Default)]
pub(super) struct Labels {
    by_value: BTreeMap<String, Label>,
    at: Range<usize>,
}

impl Labels {
    fn new(typed: Option<Spanned<BTreeMap<String, Label>>>) -> Self {
        typed.map_or_else(Self::default, |typed| Self { at: typed.span(), by_value: typed.into_inner() })
    }

    /// The label of a value: the value itself where the spec gives none.
    pub(super) fn get(&self, value: &str) -> Label {
        self.by_value.get(value).cloned().unwrap_or_else(|| Label::same(value))
    }

    /// Refuses labels of values that nothing has.
    pub(super) fn check(&self, whose: Message, values: &BTreeSet<&str>) -> Result<()> {
        match self.by_value.keys().find(|value| !values.contains(value.as_str())) {
            None => Ok(()),
            Some(value) => Err(invalid(message!("import.label_of_none", value = value, whose = whose), self.at.clone())
                .with_hint(message!("hint.correct_label"))),
        }
    }
}

type Text = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSpec {
    release: RawRelease,
    table: Spanned<RawTable>,
    #[serde(default)]
    dimension: Vec<RawDimension>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRelease {
    name: Text,
    title: Label,
    reference_date: Option<Spanned<toml::value::Datetime>>,
    protection: Text,
    licence: Option<String>,
    #[serde(default)]
    sources: Vec<Citation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    path: Text,
    delimiter: Option<Text>,
    quotes: Option<Quotes>,
    encoding: Option<Text>,
    header: Option<Spanned<u64>>,
    stop_at: Option<Text>,
    count: Option<Text>,
    lo: Option<Text>,
    hi: Option<Text>,
    total: Option<Spanned<Vec<String>>>,
    unlisted: Option<Spanned<RawCount>>,
    centre: Option<Text>,
    centre_name: Option<Text>,
    centre_labels: Option<Spanned<BTreeMap<String, Label>>>,
    markers: Option<Spanned<BTreeMap<String, Spanned<RawCount>>>>,
    thousands: Option<Text>,
    flags: Option<Spanned<Vec<String>>>,
    flag: Option<Text>,
    rounded_to: Option<Spanned<i64>>,
    rounding: Option<Spanned<RawRounding>>,
    #[serde(default)]
    not_total: Vec<String>,
    #[serde(default, rename = "where")]
    filter: BTreeMap<String, String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawRounding {
    Nearest,
    Random,
}

/// A count that is not written as one.
#[derive(Deserialize)]
#[serde(untagged)]
enum RawCount {
    Word(String),
    Exact(i64),
    Bounds(Vec<i64>),
}

impl RawCount {
    fn meaning(&self) -> Option<Interval> {
        let count = |n: &i64| u64::try_from(*n).ok().filter(|&n| n < u64::from(u32::MAX));
        match self {
            Self::Word(word) if word == "unknown" => Some(Interval::ANY),
            Self::Word(word) if word == "zero" => Some(Interval::ZERO),
            Self::Word(word) => {
                let least = word.strip_prefix("at least ")?.trim().parse::<i64>().ok()?;
                count(&least).map(Interval::at_least)
            }
            Self::Exact(n) => count(n).map(Interval::exact),
            Self::Bounds(bounds) => match bounds.as_slice() {
                [lo, hi] => Interval::new(count(lo)?, count(hi)?),
                _ => None,
            },
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDimension {
    name: Text,
    kind: Kind,
    column: Option<Text>,
    label: Option<Label>,
    labels: Option<Spanned<BTreeMap<String, Label>>>,
    #[serde(default)]
    recode: BTreeMap<String, String>,
    #[serde(default)]
    leave_out: Vec<String>,
    values: Option<Spanned<Vec<String>>>,
    ordered: Option<Spanned<bool>>,
    role: Option<Spanned<Role>>,
    dictionary: Option<Text>,
}

/// A spec of more bytes, or of more dimensions, is refused.
const MOST_BYTES: u64 = 16 << 20;
const MOST_DIMENSIONS: usize = 64;
/// Counts are not rounded more coarsely than this.
const MOST_ROUNDED: i64 = 1_000_000;

/// The text of a spec, as far as a spec may reach.
fn read_text(path: &Path) -> Result<String> {
    let file = || path.display().to_string();
    let failed = |e: std::io::Error| {
        Error::new(ErrorKind::Io, message!("spec.unread", file = file(), reason = e.to_string())).caused_by(e)
    };
    let mut text = String::new();
    let opened = std::fs::File::open(path).map_err(failed)?;
    opened.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(Error::new(ErrorKind::InvalidSpec, message!("spec.too_long", file = file(), most = MOST_BYTES))
            .with_hint(message!("hint.short_spec")));
    }
    Ok(text)
}

impl ImportSpec {
    /// Reads a spec from a file; its paths are relative to the file's folder.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = read_text(path)?;
        let raw: RawSpec = toml::from_str(&text).map_err(|e| {
            let error = Error::new(ErrorKind::InvalidSpec, message!("spec.malformed", reason = one_line(e.message())))
                .with_hint(message!("hint.import_settings"));
            match e.span() {
                Some(span) => error.at(span),
                None => error,
            }
        })?;
        Self::validate(raw, path.parent().unwrap_or(Path::new("")))
    }

    fn validate(raw: RawSpec, folder: &Path) -> Result<Self> {
        let at = raw.table.span();
        let table = table(raw.table, folder)?;
        if raw.dimension.len() > MOST_DIMENSIONS {
            return Err(invalid(message!("import.many_dimensions", most = MOST_DIMENSIONS), at)
                .with_hint(message!("hint.few_dimensions")));
        }
        if raw.dimension.is_empty() {
            return Err(invalid(message!("spec.no_dimension"), at).with_hint(message!("hint.declare_columns")));
        }
        let mut dimensions: Vec<ImportDimension> = Vec::with_capacity(raw.dimension.len());
        let mut has_stage = false;
        for raw in raw.dimension {
            let (name_at, role_at) = (raw.name.span(), raw.role.as_ref().map(Spanned::span));
            let dimension = dimension(raw, &table.totals, folder)?;
            if dimensions.iter().any(|d| d.name == dimension.name) {
                return Err(invalid(message!("spec.dimension_twice", dimension = dimension.name), name_at));
            }
            if let Some(at) = role_at
                && std::mem::replace(&mut has_stage, true)
            {
                return Err(invalid(message!("spec.two_life_stages"), at).with_hint(message!("hint.leave_out_role")));
            }
            dimensions.push(dimension);
        }
        Ok(Self { meta: meta(raw.release)?, table, dimensions })
    }
}

fn meta(raw: RawRelease) -> Result<ReleaseMeta> {
    let by = full(&raw.protection, "protection")?;
    if by.eq_ignore_ascii_case(Protection::OURS) {
        return Err(invalid(message!("import.protection", by = by), raw.protection.span()).with_hint(message!("hint.protection")));
    }
    let source = |Citation { title, path }: &Citation| match path {
        Some(path) => json!({"title": title, "path": path}),
        None => json!({"title": title}),
    };
    Ok(ReleaseMeta {
        name: release_name(&raw.name)?,
        title: raw.title,
        reference_date: raw.reference_date.as_ref().map(|date| day(date).map(|d| d.to_string())).transpose()?,
        policy: None,
        as_of: std::collections::BTreeMap::new(),
        left_out_percent: None,
        observation: std::collections::BTreeMap::new(),
        protected_by: by,
        audit: None,
        additivity: None,
        licenses: raw.licence.iter().map(|name| json!({"name": name})).collect(),
        sources: raw.sources.iter().map(source).collect(),
    })
}

fn table(raw: Spanned<RawTable>, folder: &Path) -> Result<TableSpec> {
    let at = raw.span();
    let raw = raw.into_inner();
    let column = |text: &Option<Text>, name: &str| text.as_ref().map(|text| full(text, name)).transpose();
    let count = match (column(&raw.count, "count")?, column(&raw.lo, "lo")?, column(&raw.hi, "hi")?) {
        (Some(count), None, None) => CountColumns::Count(count),
        (None, Some(lo), Some(hi)) => {
            let of_counts = [
                ("[table.markers]", raw.markers.as_ref().map(Spanned::span)),
                ("flags", raw.flags.as_ref().map(Spanned::span)),
                ("flag", span(raw.flag.as_ref())),
                ("rounded_to", raw.rounded_to.as_ref().map(Spanned::span)),
            ];
            without_effect(&of_counts, message!("condition.beside_bounds"))?;
            CountColumns::Bounds { lo, hi }
        }
        (Some(_), _, _) => {
            return Err(invalid(message!("import.count_and_bounds"), raw.lo.or(raw.hi).as_ref().map_or(at, Spanned::span))
                .with_hint(message!("hint.count_or_bounds")));
        }
        _ => {
            return Err(invalid(message!("import.no_counts"), at).with_hint(message!("hint.counts")));
        }
    };
    let centre = match (column(&raw.centre, "centre")?, column(&raw.centre_name, "centre_name")?) {
        (Some(centre), None) => CentreColumn::Column(centre),
        (None, Some(name)) => CentreColumn::Constant(name.trim().to_owned()),
        (Some(_), Some(_)) => {
            return Err(invalid(
                message!("spec.exclusive", one = "centre", other = "centre_name"),
                span(raw.centre_name.as_ref()).unwrap_or(at),
            )
            .with_hint(message!("hint.leave_out_one")));
        }
        (None, None) => {
            return Err(invalid(message!("import.no_centre"), at).with_hint(message!("hint.import_centre")));
        }
    };
    let totals = match raw.total {
        None => BTreeSet::from([String::new()]),
        Some(typed) => typed.get_ref().iter().map(|total| total.trim().to_owned()).collect(),
    };
    if let Some(both) = raw.not_total.iter().find(|name| totals.contains(name.trim())) {
        return Err(invalid(message!("import.total_and_not", value = both), at).with_hint(message!("hint.leave_out_of_one")));
    }
    let rounding = rounding(raw.rounded_to.as_ref(), raw.rounding.as_ref())?;
    let suppressed = raw.unlisted.as_ref().map(|typed| interval("unlisted", typed)).transpose()?;
    // What is left out or marked as nobody may have been rounded to nobody.
    let with_rounding = |interval: Interval| match rounding {
        Some(rounding) if interval == Interval::ZERO => Interval::exact(rounding.by).or_less(),
        _ => interval,
    };
    let flags = raw.flags.map(Spanned::into_inner).unwrap_or_default();
    let mut markers = BTreeMap::new();
    for (marker, typed) in raw.markers.map(Spanned::into_inner).unwrap_or_default() {
        let meaning = interval(message!("import.marker", marker = &marker), &typed)?;
        if flags.iter().any(|flag| flag.trim() == marker.trim()) {
            return Err(invalid(message!("import.marker_and_flag", marker = marker.trim()), typed.span())
                .with_hint(message!("hint.marker_or_flag")));
        }
        if markers.insert(marker.trim().to_owned(), with_rounding(meaning)).is_some() {
            return Err(invalid(message!("import.marker_twice", marker = marker.trim()), typed.span()));
        }
    }
    Ok(TableSpec {
        path: folder.join(full(&raw.path, "path")?),
        format: TextFormat {
            header: raw.header.as_ref().map(header).transpose()?,
            ..TextFormat::of(raw.delimiter.as_ref(), raw.quotes, raw.encoding.as_ref())?
        },
        stop_at: raw.stop_at.as_ref().map(|text| full(text, "stop_at")).transpose()?,
        count,
        totals,
        suppressed: suppressed.filter(|interval| *interval != Interval::ANY).map(with_rounding),
        centre,
        centre_labels: Labels::new(raw.centre_labels),
        markers,
        grammar: Grammar {
            thousands: raw.thousands.as_ref().map(thousands).transpose()?,
            flags: flags.into_iter().map(|flag| flag.trim().to_owned()).collect(),
        },
        flag: raw.flag.as_ref().map(|text| full(text, "flag")).transpose()?,
        rounding,
        not_total: raw.not_total.iter().map(|name| name.trim().to_owned()).collect(),
        filter: raw.filter.into_iter().map(|(column, value)| (column, value.trim().to_owned())).collect(),
    })
}

fn rounding(to: Option<&Spanned<i64>>, how: Option<&Spanned<RawRounding>>) -> Result<Option<Rounding>> {
    let Some(typed) = to else {
        without_effect(&[("rounding", how.map(Spanned::span))], message!("condition.without", other = "rounded_to"))?;
        return Ok(None);
    };
    let to = u64::try_from(*typed.get_ref()).ok().filter(|_| (1..=MOST_ROUNDED).contains(typed.get_ref()));
    let to =
        to.ok_or_else(|| invalid(message!("import.no_rounding"), typed.span()).with_hint(message!("hint.write_rounded_to")))?;
    let is_random = how.is_some_and(|how| *how.get_ref() == RawRounding::Random);
    Ok(Some(if is_random { Rounding::random(to) } else { Rounding::nearest(to) }))
}

/// The number of the line with the column names.
fn header(typed: &Spanned<u64>) -> Result<u64> {
    let line = *typed.get_ref();
    if line == 0 || line > u64::from(u32::MAX) {
        return Err(invalid(message!("import.header"), typed.span()).with_hint(message!("hint.lines_from_one")));
    }
    Ok(line)
}

/// What stands between groups of three digits.
fn thousands(typed: &Text) -> Result<char> {
    match typed.get_ref().as_str() {
        "," => Ok(','),
        "." => Ok('.'),
        " " | "\u{a0}" | "\u{202f}" | "\u{2009}" => Ok(' '),
        "'" | "\u{2019}" => Ok('\''),
        _ => {
            Err(invalid(message!("import.not_understood", setting = "thousands"), typed.span())
                .with_hint(message!("hint.thousands")))
        }
    }
}

fn interval(setting: impl Into<Argument>, typed: &Spanned<RawCount>) -> Result<Interval> {
    let setting: Argument = setting.into();
    typed.get_ref().meaning().ok_or_else(|| {
        invalid(message!("import.not_understood", setting = setting), typed.span()).with_hint(message!("hint.counts_meant"))
    })
}

fn dimension(raw: RawDimension, totals: &BTreeSet<String>, folder: &Path) -> Result<ImportDimension> {
    let name = dimension_name(&raw.name)?;
    let column = needed(raw.column.as_ref(), "column", raw.name.span(), format!("column = {name:?}"))?;
    let dictionary = ("dictionary", span(raw.dictionary.as_ref()));
    let values = match raw.kind {
        Kind::Partition => {
            without_effect(&[dictionary], message!("condition.kind", kind = "partition"))?;
            let values = raw.values.as_ref().map(|typed| listed(typed, totals)).transpose()?;
            ImportValues::Partition {
                ordered: raw.ordered.is_some_and(Spanned::into_inner),
                role: raw.role.map(Spanned::into_inner),
                values,
            }
        }
        Kind::Codes => {
            let of_partition = [
                ("values", raw.values.as_ref().map(Spanned::span)),
                ("ordered", raw.ordered.as_ref().map(Spanned::span)),
                ("role", raw.role.as_ref().map(Spanned::span)),
            ];
            without_effect(&of_partition, message!("condition.kind", kind = "codes"))?;
            if raw.dictionary.is_some() {
                without_effect(&[("labels", raw.labels.as_ref().map(Spanned::span))], message!("condition.beside_dictionary"))?;
            }
            let dictionary = raw.dictionary.as_ref().map(|text| full(text, "dictionary")).transpose()?;
            ImportValues::Codes { dictionary: dictionary.map(|path| folder.join(path)) }
        }
    };
    Ok(ImportDimension {
        label: raw.label.unwrap_or_else(|| Label::same(&name)),
        name,
        column,
        recode: raw.recode.into_iter().map(|(from, to)| (from.trim().to_owned(), to.trim().to_owned())).collect(),
        leave_out: raw.leave_out.into_iter().map(|value| value.trim().to_owned()).collect(),
        labels: Labels::new(raw.labels),
        values,
    })
}

/// The values of a partition as the spec lists them.
fn listed(typed: &Spanned<Vec<String>>, totals: &BTreeSet<String>) -> Result<Vec<String>> {
    let mut seen = BTreeSet::new();
    for value in typed.get_ref() {
        if value.trim() != value || value.is_empty() || value == ROOT {
            return Err(invalid(message!("spec.no_value", value = value), typed.span()));
        }
        if totals.contains(value) {
            return Err(invalid(message!("import.value_and_total", value = value), typed.span())
                .with_hint(message!("hint.value_or_total")));
        }
        if !seen.insert(value) {
            return Err(invalid(message!("spec.value_twice", value = value), typed.span()));
        }
    }
    if seen.is_empty() {
        return Err(invalid(message!("spec.empty", setting = "values"), typed.span()).with_hint(message!("hint.values_of_table")));
    }
    Ok(typed.get_ref().clone())
}
