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
    RawBand, RawCentre, RawDimension, RawKind, RawMargins, RawPairPlans, RawPairs, RawRelease, RawSource, RawSpec, RawValue, Text,
};
use super::rules::{self, RowRules, TableRules};
use super::settings::{
    Citation, KnownZeros, Missing, MissingPartitions, OMOP_CODES, ObservationPeriods, PairCodes, TooOld, with_missing,
};
use super::typed::{day, dimension_name, full, invalid, needed, one_line, release_name, span, without_effect};
use crate::catalogue::message;
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
    /// Whether all pairs of codes of all dimensions are counted.
    pub every_pair: bool,
    /// Which pairs of codes are counted, if not all.
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
        let text = std::fs::read_to_string(path).map_err(|e| {
            Error::new(ErrorKind::Io, message!("spec.unread", file = path.display().to_string(), reason = e.to_string()))
                .caused_by(e)
        })?;
        let mut spec = Self::parse(&text)?;
        spec.resolve(path.parent().unwrap_or(Path::new("")));
        Ok(spec)
    }

    /// Understands a spec's text; its paths stay as they are written.
    pub fn parse(text: &str) -> Result<Self> {
        let raw: RawSpec = toml::from_str(text).map_err(|e| {
            let error = Error::new(ErrorKind::InvalidSpec, message!("spec.malformed", reason = one_line(e.message())))
                .with_hint(message!("hint.settings"));
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
            let presets = Preset::ALL.map(|p| format!("{p:?}: {k}/{k}", k = p.threshold())).to_vec();
            Error::new(ErrorKind::InvalidPolicy, message!("spec.malformed", reason = one_line(e.message())))
                .at(policy_span)
                .with_hint(message!("hint.presets", presets = presets))
        })?;
        if omop && let Some(dimension) = raw.dimension.first() {
            return Err(
                invalid(message!("spec.omop_dimensions"), dimension.name.span()).with_hint(message!("hint.omop_dimensions"))
            );
        }
        let mut dimensions: Vec<DimensionSpec> = Vec::new();
        for raw in &raw.dimension {
            let dimension = dimension(raw)?;
            if dimensions.iter().any(|d| d.name == dimension.name) {
                return Err(invalid(message!("spec.dimension_twice", dimension = dimension.name), raw.name.span()));
            }
            if let ValuesSpec::LifeStage { .. } = dimension.values
                && dimensions.iter().any(|d| matches!(d.values, ValuesSpec::LifeStage { .. }))
            {
                return Err(invalid(message!("spec.two_life_stages"), raw.name.span()).with_hint(message!("hint.keep_one")));
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
                return Err(invalid(message!("spec.uncollected", dimension = &dimension.name), raw.name.span())
                    .with_hint(message!("hint.collects")));
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
            without_effect(&unused, message!("condition.kind", kind = "table"))?;
            let persons = needed(raw.persons.as_ref(), "persons", at.clone(), "persons = \"persons.parquet\"")?.into();
            let person = needed(raw.person.as_ref(), "person", at.clone(), "person = \"person_id\"")?;
            let centre = raw.centre.as_ref().map(|text| full(text, "centre")).transpose()?;
            if centre.is_none() && centres > 1 {
                return Err(invalid(message!("spec.no_centre_column"), at).with_hint(message!("hint.centre_column")));
            }
            Ok(SourceSpec::Table { persons, person, centre })
        }
        RawKind::Omop => {
            without_effect(
                &[("persons", span(raw.persons.as_ref())), ("person", span(raw.person.as_ref()))],
                message!("condition.kind", kind = "omop"),
            )?;
            let path = needed(raw.path.as_ref(), "path", at.clone(), "path = \"cdm\"")?.into();
            let centre = match needed(raw.centre.as_ref(), "centre", at, message!("example.care_site"))?.as_str() {
                "care_site" => OmopCentre::CareSite,
                name => OmopCentre::Constant(name.to_owned()),
            };
            let vocabulary = raw.vocabulary.as_ref().map(|text| full(text, "vocabulary")).transpose()?.map(PathBuf::from);
            let scheme =
                raw.scheme.as_ref().map_or_else(|| named_scheme("jh", 0..0), |text| named_scheme(text.get_ref(), text.span()))?;
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
        return Err(invalid(message!("spec.too_old"), at).with_hint(message!("hint.too_old")));
    }
    Ok(())
}

fn named_scheme(name: &str, at: Range<usize>) -> Result<Scheme> {
    Scheme::named(name).ok_or_else(|| {
        invalid(message!("spec.no_scheme", scheme = name), at)
            .with_hint(message!("hint.schemes", schemes = life_stages::SCHEMES.to_vec()))
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
            without_effect(
                &[("missing", raw.missing.as_ref().map(toml::Spanned::span))],
                message!("condition.kind", kind = "codes"),
            )?;
            without_effect(&of_column, message!("condition.kind", kind = "codes"))?;
            without_effect(&of_birth, message!("condition.kind", kind = "codes"))?;
            ValuesSpec::Codes {
                table: needed(raw.table.as_ref(), "table", at.clone(), "table = \"diagnoses.parquet\"")?.into(),
                code: needed(raw.code.as_ref(), "code", at, message!("example.code"))?,
                date: raw.date.as_ref().map(|text| full(text, "date")).transpose()?,
                dictionary: raw.dictionary.as_ref().map(|text| full(text, "dictionary")).transpose()?.map(PathBuf::from),
                structural_zeros: None,
                rules: rules::table_rules(raw)?,
            }
        }
        Kind::Partition if raw.birth_date.is_some() => {
            without_effect(&of_codes, message!("condition.kind", kind = "partition"))?;
            without_effect(&of_column, message!("condition.beside", other = "birth_date"))?;
            let birth_date = needed(raw.birth_date.as_ref(), "birth_date", at.clone(), "birth_date = \"birth_date\"")?;
            let scheme = match (&raw.scheme, &raw.bands) {
                (Some(text), None) => named_scheme(text.get_ref(), text.span())?,
                (None, Some(bands)) => own_scheme(bands.get_ref(), &bands.span())?,
                (Some(_), Some(bands)) => {
                    return Err(invalid(message!("spec.exclusive", one = "scheme", other = "bands"), bands.span())
                        .with_hint(message!("hint.leave_out_one")));
                }
                (None, None) => {
                    return Err(
                        invalid(message!("spec.no_life_stages", dimension = name), at).with_hint(message!("hint.life_stages"))
                    );
                }
            };
            ValuesSpec::LifeStage { birth_date, scheme, missing }
        }
        Kind::Partition => {
            without_effect(&of_codes, message!("condition.kind", kind = "partition"))?;
            without_effect(&of_birth, message!("condition.without", other = "birth_date"))?;
            let column =
                needed(raw.column.as_ref().or(raw.values.as_ref().map(|_| &raw.name)), "column", at.clone(), "column = \"sex\"")?;
            let typed = raw.values.as_ref().ok_or_else(|| {
                invalid(message!("spec.no_values", dimension = &name), at).with_hint(message!("hint.write_values"))
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
            invalid(message!("spec.band_without_from", band = &raw.code), at.clone()).with_hint(message!("hint.from"))
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
            return Err(invalid(message!("spec.no_value", value = code), at.clone()));
        }
        if !names.insert(code.as_str()) {
            return Err(invalid(message!("spec.value_twice", value = code), at.clone()));
        }
        all.push(Code { name: code.clone(), parents: Vec::new(), label });
    }
    if all.is_empty() {
        return Err(invalid(message!("spec.empty", setting = "values"), at.clone()));
    }
    if names.contains(UNKNOWN) {
        without_effect(&[("missing", missing.map(toml::Spanned::span))], message!("condition.beside_unknown"))?;
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
        return Err(invalid(message!("spec.no_dimension"), source.clone()).with_hint(message!("hint.declare_dimension")));
    }
    if !dimensions.iter().any(|d| matches!(d.values, ValuesSpec::LifeStage { .. })) {
        for raw in raw {
            without_effect(&[("date", span(raw.date.as_ref()))], message!("condition.without_life_stage"))?;
        }
    }
    Ok(())
}

fn centres(raw: &[RawCentre], dimensions: &[DimensionSpec], source: &SourceSpec, at: &Range<usize>) -> Result<Vec<CentreSpec>> {
    let omop = matches!(source, SourceSpec::Omop { .. });
    if raw.is_empty() && !omop {
        return Err(invalid(message!("spec.no_centre"), at.clone()).with_hint(message!("hint.declare_centres")));
    }
    let mut all: Vec<CentreSpec> = Vec::new();
    for centre in raw {
        let name = full(&centre.name, "name")?;
        if all.iter().any(|c| c.name == name) {
            return Err(invalid(message!("spec.centre_twice", centre = name), centre.name.span()));
        }
        if let SourceSpec::Omop { centre: OmopCentre::Constant(constant), .. } = source
            && *constant != name
        {
            return Err(invalid(message!("spec.nobody_at_centre", centre = name, only = constant), centre.name.span())
                .with_hint(message!("hint.only_centre", only = constant)));
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
            return Err(invalid(message!("spec.listed_twice", name = name.get_ref()), name.span()));
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
    let message = message!("spec.no_codes_dimension", dimension = name.get_ref());
    Err(Error::new(ErrorKind::UnknownName, message)
        .at(name.span())
        .with_hint(message!("hint.codes_dimensions", dimensions = known)))
}

fn margins(raw: &RawMargins, dimensions: &[DimensionSpec], omop: bool) -> Result<MarginsSpec> {
    let order = raw.order.as_ref().map_or(3, |o| usize::from(*o.get_ref()));
    let (every_pair, listed) = match &raw.pairs {
        None => (false, &[][..]),
        Some(RawPairPlans::Every) => (true, &[][..]),
        Some(RawPairPlans::Listed(listed)) => (false, &listed[..]),
    };
    let usual = if every_pair { 0 } else { 2.min(order) };
    let pair_order = raw.pair_order.as_ref().map_or(usual, |o| usize::from(*o.get_ref()));
    if let Some(typed) = &raw.pair_order {
        if !every_pair && listed.is_empty() {
            without_effect(&[("pair_order", Some(typed.span()))], message!("condition.without", other = "pairs"))?;
        }
        if pair_order > order {
            return Err(invalid(message!("margins.pair_order", pair_order = pair_order, order = order), typed.span())
                .with_hint(message!("hint.pairs_cross")));
        }
    }
    let mut pairs: Vec<PairSpec> = Vec::new();
    for pair in listed {
        let pair = pairs_of(pair, dimensions, omop)?;
        let twice = |p: &PairSpec| p.of == pair.of || (p.of[0] == pair.of[1] && p.of[1] == pair.of[0]);
        if pairs.iter().any(twice) {
            let at = listed[pairs.len()].of.span();
            return Err(invalid(message!("spec.pairs_twice", one = &pair.of[0], other = &pair.of[1]), at));
        }
        pairs.push(pair);
    }
    Ok(MarginsSpec { order, every_pair, pairs, pair_order })
}

fn pairs_of(raw: &RawPairs, dimensions: &[DimensionSpec], omop: bool) -> Result<PairSpec> {
    let [a, b] = raw.of.get_ref().as_slice() else {
        return Err(invalid(message!("spec.pair_of_two"), raw.of.span()).with_hint(message!("hint.pair")));
    };
    codes_dimension(a, dimensions, omop)?;
    codes_dimension(b, dimensions, omop)?;
    let codes = raw
        .codes
        .get_ref()
        .meaning()
        .ok_or_else(|| invalid(message!("spec.pair_codes"), raw.codes.span()).with_hint(message!("hint.pair_codes")))?;
    Ok(PairSpec { of: [a.get_ref().clone(), b.get_ref().clone()], codes })
}

fn zeros(raw: Vec<toml::Spanned<StructuralZero>>, dimensions: &[DimensionSpec], omop: bool) -> Result<Vec<StructuralZero>> {
    for zero in &raw {
        if zero.get_ref().is_empty() {
            return Err(invalid(message!("spec.zero_of_everybody"), zero.span()));
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
                    message!("spec.undeclared_zero", dimension = name, value = value),
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
