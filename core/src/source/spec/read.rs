//! A spec that exists is consistent.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use ninzu_engine::model::{Code, Kind, Label, Policy, Preset, ROOT, StructuralZero, UNKNOWN};
use ninzu_engine::{Error, ErrorKind, Result};
use serde::Deserialize;

use super::known::{PartitionColumn, known_zeros};
use super::raw::{
    RawBand, RawCentre, RawDimension, RawKind, RawMargins, RawPairs, RawRelease, RawSource, RawSpec, RawValue, Text,
};
use super::rules::{self, RowRules, TableRules};
use super::settings::{
    Citation, KnownZeros, Missing, MissingPartitions, OMOP_CODES, ObservationPeriods, PairCodes, TooOld, with_missing,
};
use super::typed::{day, dimension_name, full, invalid, needed, one_line, release_name, span, without_effect};
use crate::source::life_stages::{self, Scheme};

/// What a release is built from and how.
#[derive(Debug, Clone)]
pub struct Spec {
    /// How the release presents itself.
    pub release: ReleaseSpec,
    /// Where the persons and their records are.
    pub source: SourceSpec,
    /// How rows are read, and which of them are counted.
    pub rules: RowRules,
    /// The centres in order; empty only for OMOP sources, which then have one or name them by care site.
    pub centres: Vec<CentreSpec>,
    /// The dimensions in order; empty for OMOP sources, which bring their own.
    pub dimensions: Vec<DimensionSpec>,
    /// Which margins are declared.
    pub margins: MarginsSpec,
    /// The protection parameters.
    pub policy: Policy,
    /// Combinations that nobody can have.
    pub structural_zeros: Vec<StructuralZero>,
}

/// How a release presents itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseSpec {
    /// Its name: lower-case letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// What people call it.
    pub title: Label,
    /// The day at which life stages are taken; no record is later.
    pub reference_date: Date,
    /// The licence that the release is published under, if one is given.
    pub licence: Option<String>,
    /// Where the data come from, for citing.
    pub sources: Vec<Citation>,
}

/// Where the persons and their records are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceSpec {
    /// Tables of the steward's own: CSV, TSV or Parquet.
    Table {
        /// One row per person and centre.
        persons: PathBuf,
        /// The column that names the person, in every table.
        person: String,
        /// The column that names the centre; without one, everybody is at the only centre.
        centre: Option<String>,
    },
    /// A folder of OMOP CDM tables.
    Omop {
        /// The folder.
        path: PathBuf,
        /// Where the persons are.
        centre: OmopCentre,
        /// A folder with `CONCEPT_ANCESTOR` and `CONCEPT`, for hierarchy and labels.
        vocabulary: Option<PathBuf>,
        /// The life stages.
        scheme: Scheme,
        /// Which records count, by the table `observation_period`; `None`: those inside, where the table is there.
        observation_periods: Option<ObservationPeriods>,
        /// Which of its partitions, `sex` and `life_stage`, may be missing.
        missing: MissingPartitions,
    },
}

/// The centre of the persons in OMOP tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OmopCentre {
    /// Everybody is at this one.
    Constant(String),
    /// The person's `care_site_id`.
    CareSite,
}

/// A centre as the spec names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CentreSpec {
    /// Its name, in files and queries.
    pub name: String,
    /// What people call it.
    pub label: Label,
    /// Names of the `codes` dimensions that it collects; `None`: all.
    pub collects: Option<Vec<String>>,
}

/// A dimension as the spec names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DimensionSpec {
    /// Its name, in files and queries.
    pub name: String,
    /// What people call it.
    pub label: Label,
    /// How people take its values.
    pub values: ValuesSpec,
}

/// Where the values of a dimension come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValuesSpec {
    /// A partition: a column of the persons table, with these values: `unknown` among them where a value may be missing.
    Column {
        /// The column.
        column: String,
        /// The values in order.
        values: Vec<Code>,
        /// Whether the order means something.
        ordered: bool,
    },
    /// A partition: the life stage at the reference date.
    LifeStage {
        /// The column of the persons table with the date of birth.
        birth_date: String,
        /// The stages.
        scheme: Scheme,
        /// Whether a birth date may be missing.
        missing: Option<Missing>,
    },
    /// Codes: rows of a table.
    Codes {
        /// The table.
        table: PathBuf,
        /// The column with the code.
        code: String,
        /// The column with the date of the record, for `CODE@stage`.
        date: Option<String>,
        /// What may be named, and the hierarchy: `code,parent,label_en,label_ja`.
        dictionary: Option<PathBuf>,
        /// A list of combinations that nobody can have.
        structural_zeros: Option<KnownZeros>,
        /// What is said of this table alone.
        rules: TableRules,
    },
}

impl DimensionSpec {
    /// How people take its values.
    pub fn kind(&self) -> Kind {
        match self.values {
            ValuesSpec::Codes { .. } => Kind::Codes,
            _ => Kind::Partition,
        }
    }
}

/// Which margins are declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarginsSpec {
    /// How many partitions are crossed at most, alone and with one code.
    pub order: usize,
    /// Which pairs of codes are counted.
    pub pairs: Vec<PairSpec>,
    /// How many partitions are crossed at most with a pair of codes.
    pub pair_order: usize,
}

/// Pairs of codes of one or two dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairSpec {
    /// The two codes dimensions; one twice for pairs inside it.
    pub of: [String; 2],
    /// Which codes of them.
    pub codes: PairCodes,
}

impl Spec {
    /// Reads a spec from a file; its paths are relative to the file's folder.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Error::new(ErrorKind::Io, format!("cannot read the spec {}: {e}", path.display())).caused_by(e))?;
        let mut spec = Self::parse(&text)?;
        spec.resolve(path.parent().unwrap_or(Path::new("")));
        Ok(spec)
    }

    /// Understands a spec's text; its paths stay as they are written.
    pub fn parse(text: &str) -> Result<Self> {
        let raw: RawSpec = toml::from_str(text).map_err(|e| {
            let error = Error::new(ErrorKind::InvalidSpec, one_line(e.message()))
                .with_hint("the settings of a spec: [release], [source], [[centre]], [[dimension]], [margins], [policy]");
            match e.span() {
                Some(span) => error.at(span),
                None => error,
            }
        })?;
        Self::validate(raw)
    }

    fn validate(raw: RawSpec) -> Result<Self> {
        let release = release(raw.release)?;
        let omop = raw.source.get_ref().kind.get_ref() == &RawKind::Omop;
        let source = source(raw.source.get_ref(), raw.source.span(), raw.centre.len())?;
        let policy_span = raw.policy.span();
        let policy = Policy::deserialize(toml::Value::Table(raw.policy.into_inner())).map_err(|e| {
            let presets = Preset::ALL.map(|p| format!("{p:?}: {k}/{k}", k = p.threshold())).join(", ");
            Error::new(ErrorKind::InvalidPolicy, one_line(e.message())).at(policy_span).with_hint(format!(
                "write preset = \"ndb\" (threshold/base: {presets}), or threshold of 2 or more with base of 1 or more"
            ))
        })?;
        if omop && let Some(dimension) = raw.dimension.first() {
            return Err(invalid("an OMOP source brings its own dimensions", dimension.name.span())
                .with_hint("leave out [[dimension]], or write kind = \"table\""));
        }
        let mut dimensions: Vec<DimensionSpec> = Vec::new();
        for raw in &raw.dimension {
            let dimension = dimension(raw)?;
            if dimensions.iter().any(|d| d.name == dimension.name) {
                return Err(invalid(format!("dimension {:?} is declared twice", dimension.name), raw.name.span()));
            }
            if let ValuesSpec::LifeStage { .. } = dimension.values
                && dimensions.iter().any(|d| matches!(d.values, ValuesSpec::LifeStage { .. }))
            {
                return Err(invalid("two dimensions are life stages", raw.name.span()).with_hint("keep one of them"));
            }
            dimensions.push(dimension);
        }
        fill_known(&raw.dimension, &mut dimensions)?;
        if !omop {
            whole(&raw.dimension, &dimensions, &raw.source.span())?;
        }
        let own: Vec<&str> = dimensions.iter().filter(|d| d.kind() == Kind::Codes).map(|d| d.name.as_str()).collect();
        let tables = if omop { OMOP_CODES.to_vec() } else { own };
        let rules = rules::rules(raw.source.get_ref(), omop, &tables)?;
        unknown_stage(&rules, &source, &dimensions, raw.source.span())?;
        let centres = centres(&raw.centre, &dimensions, &source, &raw.source.span())?;
        for (raw, dimension) in raw.dimension.iter().zip(&dimensions) {
            let collected = centres.iter().any(|c| c.collects.as_ref().is_none_or(|names| names.contains(&dimension.name)));
            if dimension.kind() == Kind::Codes && !collected {
                return Err(invalid(format!("no centre collects {:?}", dimension.name), raw.name.span())
                    .with_hint("name it in collects = [...] of a [[centre]], or leave the dimension out"));
            }
        }
        let margins = margins(&raw.margins, &dimensions, omop)?;
        let structural_zeros = zeros(raw.structural_zero, &dimensions, omop)?;
        Ok(Self { release, source, rules, centres, dimensions, margins, policy, structural_zeros })
    }

    fn resolve(&mut self, folder: &Path) {
        match &mut self.source {
            SourceSpec::Table { persons, .. } => *persons = folder.join(&*persons),
            SourceSpec::Omop { path, vocabulary, .. } => {
                *path = folder.join(&*path);
                if let Some(vocabulary) = vocabulary {
                    *vocabulary = folder.join(&*vocabulary);
                }
            }
        }
        for dimension in &mut self.dimensions {
            if let ValuesSpec::Codes { table, dictionary, .. } = &mut dimension.values {
                *table = folder.join(&*table);
                if let Some(dictionary) = dictionary {
                    *dictionary = folder.join(&*dictionary);
                }
            }
        }
    }
}

fn release(raw: RawRelease) -> Result<ReleaseSpec> {
    let name = release_name(&raw.name)?;
    let reference_date = day(&raw.reference_date)?;
    let sources = raw.sources;
    Ok(ReleaseSpec { name, title: raw.title, reference_date, licence: raw.licence, sources })
}

fn source(raw: &RawSource, at: Range<usize>, centres: usize) -> Result<SourceSpec> {
    match raw.kind.get_ref() {
        RawKind::Table => {
            let unused = [
                ("path", span(raw.path.as_ref())),
                ("vocabulary", span(raw.vocabulary.as_ref())),
                ("scheme", span(raw.scheme.as_ref())),
                ("observation_periods", raw.observation_periods.as_ref().map(toml::Spanned::span)),
                ("missing", raw.missing.as_ref().map(toml::Spanned::span)),
            ];
            without_effect(&unused, "for kind = \"table\"")?;
            let persons = needed(raw.persons.as_ref(), "persons", at.clone(), "persons = \"persons.parquet\"")?.into();
            let person = needed(raw.person.as_ref(), "person", at.clone(), "person = \"person_id\"")?;
            let centre = raw.centre.as_ref().map(|text| full(text, "centre")).transpose()?;
            if centre.is_none() && centres > 1 {
                return Err(invalid("centre is missing, though there are several centres", at)
                    .with_hint("write centre = \"...\": the column that names a person's centre"));
            }
            Ok(SourceSpec::Table { persons, person, centre })
        }
        RawKind::Omop => {
            without_effect(
                &[("persons", span(raw.persons.as_ref())), ("person", span(raw.person.as_ref()))],
                "for kind = \"omop\"",
            )?;
            let path = needed(raw.path.as_ref(), "path", at.clone(), "path = \"cdm\"")?.into();
            let centre = match needed(raw.centre.as_ref(), "centre", at, "centre = \"care_site\", or the centre's name")?.as_str()
            {
                "care_site" => OmopCentre::CareSite,
                name => OmopCentre::Constant(name.to_owned()),
            };
            let vocabulary = raw.vocabulary.as_ref().map(|text| full(text, "vocabulary")).transpose()?.map(PathBuf::from);
            let scheme = raw
                .scheme
                .as_ref()
                .map_or_else(|| Scheme::named("jh").ok_or_else(|| invalid("no scheme", 0..0)), named_scheme)?;
            let observation_periods = raw.observation_periods.as_ref().map(|typed| *typed.get_ref());
            let missing = raw.missing.as_ref().map(|typed| *typed.get_ref()).unwrap_or_default();
            Ok(SourceSpec::Omop { path, centre, vocabulary, scheme, observation_periods, missing })
        }
    }
}

/// Refuses to make life stages unknown where the spec has no such value.
fn unknown_stage(rules: &RowRules, source: &SourceSpec, dimensions: &[DimensionSpec], at: Range<usize>) -> Result<()> {
    let of_source = match source {
        SourceSpec::Omop { missing, .. } => Some(missing.life_stage),
        SourceSpec::Table { .. } => None,
    };
    let of_dimension = |d: &DimensionSpec| match &d.values {
        ValuesSpec::LifeStage { missing, .. } => Some(*missing),
        _ => None,
    };
    let missing = of_source.or_else(|| dimensions.iter().find_map(of_dimension));
    if rules.too_old == TooOld::Unknown && missing == Some(None) {
        return Err(invalid("too_old = \"unknown\" gives people a life stage that the spec does not have", at).with_hint(
            "write missing = \"unknown\" in the dimension of life stages (for OMOP tables missing = { life_stage = \"unknown\" } \
             in [source]), or too_old = \"stop\"",
        ));
    }
    Ok(())
}

fn named_scheme(text: &Text) -> Result<Scheme> {
    Scheme::named(text.get_ref()).ok_or_else(|| {
        invalid(format!("there is no scheme {:?}", text.get_ref()), text.span())
            .with_hint(format!("the built-in schemes are {}; or write bands = [...]", life_stages::SCHEMES.join(", ")))
    })
}

fn dimension(raw: &RawDimension) -> Result<DimensionSpec> {
    let name = dimension_name(&raw.name)?;
    let of_codes = [
        ("table", span(raw.table.as_ref())),
        ("code", span(raw.code.as_ref())),
        ("date", span(raw.date.as_ref())),
        ("dictionary", span(raw.dictionary.as_ref())),
        ("structural_zeros", raw.structural_zeros.as_ref().map(toml::Spanned::span)),
        ("bad_dates", raw.bad_dates.as_ref().map(toml::Spanned::span)),
        ("null", raw.null.as_ref().map(toml::Spanned::span)),
        ("delimiter", span(raw.delimiter.as_ref())),
        ("quotes", raw.quotes.as_ref().map(toml::Spanned::span)),
        ("encoding", span(raw.encoding.as_ref())),
    ];
    let of_column = [
        ("column", span(raw.column.as_ref())),
        ("values", raw.values.as_ref().map(toml::Spanned::span)),
        ("ordered", raw.ordered.as_ref().map(toml::Spanned::span)),
    ];
    let of_birth = [
        ("birth_date", span(raw.birth_date.as_ref())),
        ("scheme", span(raw.scheme.as_ref())),
        ("bands", raw.bands.as_ref().map(toml::Spanned::span)),
    ];
    let at = raw.name.span();
    let missing = raw.missing.as_ref().map(|typed| *typed.get_ref());
    let values = match raw.kind {
        Kind::Codes => {
            without_effect(&[("missing", raw.missing.as_ref().map(toml::Spanned::span))], "for kind = \"codes\"")?;
            without_effect(&of_column, "for kind = \"codes\"")?;
            without_effect(&of_birth, "for kind = \"codes\"")?;
            ValuesSpec::Codes {
                table: needed(raw.table.as_ref(), "table", at.clone(), "table = \"diagnoses.parquet\"")?.into(),
                code: needed(raw.code.as_ref(), "code", at, "code = \"icd10\": the column with the code")?,
                date: raw.date.as_ref().map(|text| full(text, "date")).transpose()?,
                dictionary: raw.dictionary.as_ref().map(|text| full(text, "dictionary")).transpose()?.map(PathBuf::from),
                structural_zeros: None,
                rules: rules::table_rules(raw)?,
            }
        }
        Kind::Partition if raw.birth_date.is_some() => {
            without_effect(&of_codes, "for kind = \"partition\"")?;
            without_effect(&of_column, "beside birth_date")?;
            let birth_date = needed(raw.birth_date.as_ref(), "birth_date", at.clone(), "birth_date = \"birth_date\"")?;
            let scheme = match (&raw.scheme, &raw.bands) {
                (Some(name), None) => named_scheme(name)?,
                (None, Some(bands)) => own_scheme(bands.get_ref(), &bands.span())?,
                (Some(_), Some(bands)) => {
                    return Err(invalid("scheme and bands exclude each other", bands.span()).with_hint("leave out one of them"));
                }
                (None, None) => {
                    return Err(invalid(format!("dimension {name:?} has no life stages"), at)
                        .with_hint("write scheme = \"jh\", or bands = [{ code = \"child\", from = 0 }, ...]"));
                }
            };
            ValuesSpec::LifeStage { birth_date, scheme, missing }
        }
        Kind::Partition => {
            without_effect(&of_codes, "for kind = \"partition\"")?;
            without_effect(&of_birth, "without birth_date")?;
            let column =
                needed(raw.column.as_ref().or(raw.values.as_ref().map(|_| &raw.name)), "column", at.clone(), "column = \"sex\"")?;
            let typed = raw.values.as_ref().ok_or_else(|| {
                invalid(format!("dimension {name:?} has no values"), at)
                    .with_hint("write values = [...]: what may be published is never taken from the rows")
            })?;
            ValuesSpec::Column {
                column,
                values: values(typed.get_ref(), &typed.span(), raw.missing.as_ref())?,
                ordered: raw.ordered.as_ref().is_some_and(|o| *o.get_ref()),
            }
        }
    };
    let label = raw.label.clone().unwrap_or_else(|| Label::same(&name));
    Ok(DimensionSpec { name, label, values })
}

/// Understands `structural_zeros` where dimensions have it: it speaks of the partitions among them.
fn fill_known(raw: &[RawDimension], dimensions: &mut [DimensionSpec]) -> Result<()> {
    let columns = dimensions.iter().filter_map(|d| match &d.values {
        ValuesSpec::Column { column, values, .. } => Some(PartitionColumn { dimension: &d.name, column, values }),
        ValuesSpec::LifeStage { .. } | ValuesSpec::Codes { .. } => None,
    });
    let columns: Vec<PartitionColumn<'_>> = columns.collect();
    let has_stages = dimensions.iter().any(|d| matches!(d.values, ValuesSpec::LifeStage { .. }));
    let known =
        raw.iter().map(|raw| raw.structural_zeros.as_ref().map(|typed| known_zeros(typed, &columns, has_stages)).transpose());
    let known = known.collect::<Result<Vec<_>>>()?;
    for (known, dimension) in known.into_iter().zip(dimensions) {
        if let ValuesSpec::Codes { structural_zeros, .. } = &mut dimension.values {
            *structural_zeros = known;
        }
    }
    Ok(())
}

fn own_scheme(bands: &[RawBand], at: &Range<usize>) -> Result<Scheme> {
    let band = |raw: &RawBand| {
        let since = raw.from.since().ok_or_else(|| {
            invalid(format!("band {:?} does not say from when", raw.code), at.clone())
                .with_hint("write from = 15 (years), or from = \"28 days\"")
        })?;
        let label = raw.label.clone().unwrap_or_else(|| Label::same(&raw.code));
        Ok(life_stages::Band { code: raw.code.clone(), label, since })
    };
    Scheme::new(bands.iter().map(band).collect::<Result<_>>()?).map_err(|e| e.at(at.clone()))
}

fn values(typed: &[RawValue], at: &Range<usize>, missing: Option<&toml::Spanned<Missing>>) -> Result<Vec<Code>> {
    let mut names = BTreeSet::new();
    let mut all = Vec::with_capacity(typed.len());
    for value in typed {
        let (code, label) = match value {
            RawValue::Code(code) => (code, common_label(code)),
            RawValue::Labelled { code, label } => (code, label.clone()),
        };
        if code.trim() != code || code.is_empty() || code == ROOT {
            return Err(invalid(format!("{code:?} cannot be a value"), at.clone()));
        }
        if !names.insert(code.as_str()) {
            return Err(invalid(format!("value {code:?} is listed twice"), at.clone()));
        }
        all.push(Code { name: code.clone(), parents: Vec::new(), label });
    }
    if all.is_empty() {
        return Err(invalid("values is empty", at.clone()));
    }
    if names.contains(UNKNOWN) {
        without_effect(&[("missing", missing.map(toml::Spanned::span))], "beside the value \"unknown\"")?;
    }
    Ok(with_missing(all, missing.map(|typed| *typed.get_ref())))
}

fn common_label(code: &str) -> Label {
    let ja = match code {
        "female" => "女性",
        "male" => "男性",
        UNKNOWN => "不明",
        _ => code,
    };
    Label { en: code.into(), ja: ja.into() }
}

/// What one dimension needs of the others.
fn whole(raw: &[RawDimension], dimensions: &[DimensionSpec], source: &Range<usize>) -> Result<()> {
    if dimensions.is_empty() {
        return Err(invalid("there is no [[dimension]]", source.clone()).with_hint("declare at least one, such as sex"));
    }
    if !dimensions.iter().any(|d| matches!(d.values, ValuesSpec::LifeStage { .. })) {
        for raw in raw {
            without_effect(&[("date", span(raw.date.as_ref()))], "without a life-stage dimension (a partition with birth_date)")?;
        }
    }
    Ok(())
}

fn centres(raw: &[RawCentre], dimensions: &[DimensionSpec], source: &SourceSpec, at: &Range<usize>) -> Result<Vec<CentreSpec>> {
    let omop = matches!(source, SourceSpec::Omop { .. });
    if raw.is_empty() && !omop {
        return Err(invalid("there is no [[centre]]", at.clone()).with_hint(
            "declare every centre that may be published: [[centre]] with its name, and label and collects if need be",
        ));
    }
    let mut all: Vec<CentreSpec> = Vec::new();
    for centre in raw {
        let name = full(&centre.name, "name")?;
        if all.iter().any(|c| c.name == name) {
            return Err(invalid(format!("centre {name:?} is declared twice"), centre.name.span()));
        }
        if let SourceSpec::Omop { centre: OmopCentre::Constant(constant), .. } = source
            && *constant != name
        {
            return Err(invalid(
                format!("nobody is at centre {name:?}: the source's centre is {constant:?}"),
                centre.name.span(),
            )
            .with_hint(format!("write name = {constant:?}, or centre = \"care_site\"")));
        }
        let collects = centre.collects.as_ref().map(|names| collects(names, dimensions, omop)).transpose()?;
        all.push(CentreSpec { label: centre.label.clone().unwrap_or_else(|| Label::same(&name)), name, collects });
    }
    Ok(all)
}

fn collects(names: &[Text], dimensions: &[DimensionSpec], omop: bool) -> Result<Vec<String>> {
    let mut all: Vec<String> = Vec::new();
    for name in names {
        codes_dimension(name, dimensions, omop)?;
        if all.contains(name.get_ref()) {
            return Err(invalid(format!("{:?} is listed twice", name.get_ref()), name.span()));
        }
        all.push(name.get_ref().clone());
    }
    Ok(all)
}

/// Whether a name is that of a `codes` dimension.
fn codes_dimension(name: &Text, dimensions: &[DimensionSpec], omop: bool) -> Result<()> {
    let own: Vec<&str> = dimensions.iter().filter(|d| d.kind() == Kind::Codes).map(|d| d.name.as_str()).collect();
    let known = if omop { OMOP_CODES.to_vec() } else { own };
    if known.contains(&name.get_ref().as_str()) {
        return Ok(());
    }
    let error = Error::new(ErrorKind::UnknownName, format!("there is no codes dimension {:?}", name.get_ref())).at(name.span());
    Err(error.with_hint(format!("the codes dimensions are {}", known.join(", "))))
}

fn margins(raw: &RawMargins, dimensions: &[DimensionSpec], omop: bool) -> Result<MarginsSpec> {
    let order = raw.order.as_ref().map_or(3, |o| usize::from(*o.get_ref()));
    let pair_order = raw.pair_order.as_ref().map_or(2.min(order), |o| usize::from(*o.get_ref()));
    if let Some(typed) = &raw.pair_order {
        if raw.pairs.is_empty() {
            without_effect(&[("pair_order", Some(typed.span()))], "without pairs")?;
        }
        if pair_order > order {
            return Err(invalid(format!("pair_order = {pair_order} is above order = {order}"), typed.span())
                .with_hint("pairs cross as many partitions as single codes, or fewer"));
        }
    }
    let mut pairs: Vec<PairSpec> = Vec::new();
    for pair in &raw.pairs {
        let pair = pairs_of(pair, dimensions, omop)?;
        let twice = |p: &PairSpec| p.of == pair.of || (p.of[0] == pair.of[1] && p.of[1] == pair.of[0]);
        if pairs.iter().any(twice) {
            let at = raw.pairs[pairs.len()].of.span();
            return Err(invalid(format!("pairs of {} and {} are planned twice", pair.of[0], pair.of[1]), at));
        }
        pairs.push(pair);
    }
    Ok(MarginsSpec { order, pairs, pair_order })
}

fn pairs_of(raw: &RawPairs, dimensions: &[DimensionSpec], omop: bool) -> Result<PairSpec> {
    let [a, b] = raw.of.get_ref().as_slice() else {
        return Err(invalid("a pair is of two dimensions", raw.of.span()).with_hint("write of = [\"diagnosis\", \"specimen\"]"));
    };
    codes_dimension(a, dimensions, omop)?;
    codes_dimension(b, dimensions, omop)?;
    let codes = raw.codes.get_ref().meaning().ok_or_else(|| {
        invalid("codes of a pair are not understood", raw.codes.span())
            .with_hint("write \"top:12\", \"level:1\" or a list of codes")
    })?;
    Ok(PairSpec { of: [a.get_ref().clone(), b.get_ref().clone()], codes })
}

fn zeros(raw: Vec<toml::Spanned<StructuralZero>>, dimensions: &[DimensionSpec], omop: bool) -> Result<Vec<StructuralZero>> {
    for zero in &raw {
        if zero.get_ref().is_empty() {
            return Err(invalid("a structural zero without any dimension rules out everybody", zero.span()));
        }
        for (name, value) in zero.get_ref() {
            let found = dimensions.iter().find(|d| d.name == *name);
            let known = match found.map(|d| &d.values) {
                _ if omop => true,
                Some(ValuesSpec::Column { values, .. }) => values.iter().any(|v| v.name == *value),
                Some(ValuesSpec::LifeStage { scheme, missing, .. }) => {
                    with_missing(scheme.values(), *missing).iter().any(|v| v.name == *value)
                }
                Some(ValuesSpec::Codes { .. }) => true,
                None => false,
            };
            if !known {
                return Err(Error::new(
                    ErrorKind::UnknownName,
                    format!("a structural zero names {name} = {value:?}, which is not declared"),
                )
                .at(zero.span()));
            }
        }
    }
    Ok(raw.into_iter().map(toml::Spanned::into_inner).collect())
}

/// Values with the labels that everybody knows.
pub(crate) fn values_of(codes: &[&str]) -> Vec<Code> {
    codes.iter().map(|code| Code { name: (*code).into(), parents: Vec::new(), label: common_label(code) }).collect()
}
