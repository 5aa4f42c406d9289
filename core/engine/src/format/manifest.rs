//! `datapackage.json`: what a release says of itself. Written by the builder and read by everybody through these types.

use std::fmt;

use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::schema::OPEN;
use crate::message::{Message, message};
use crate::model::{Kind, Label, Listed, Policy, Role, StructuralZero, size};
use crate::text::word;
use crate::{Error, ErrorKind, Interval, Result, limits};

/// The descriptor's path inside a release.
pub const DESCRIPTOR: &str = "datapackage.json";

/// The release format that this version writes. It reads this one and those before it.
pub const FORMAT: u32 = 2;

/// `datapackage.json`, a Frictionless Data Package (v2) with Ninzu's own part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Descriptor {
    /// The Data Package profile.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// A short name for machines.
    pub name: String,
    /// A title for people.
    #[serde(default)]
    pub title: String,
    /// Licences, as Frictionless describes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub licenses: Vec<serde_json::Value>,
    /// Sources, as Frictionless describes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<serde_json::Value>,
    /// One resource for each file, as Frictionless describes them.
    pub resources: Vec<serde_json::Value>,
    /// What Ninzu adds.
    pub ninzu: Manifest,
}

/// The descriptor's part under `ninzu`: all that anybody needs to enumerate and fetch cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The release format: 1 or 2.
    pub format: u32,
    /// The title in both languages.
    pub title: Label,
    /// The day that ages and stages refer to, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_date: Option<String>,
    /// The protection parameters; imports have none of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// Whose protection the release carries.
    pub protection: Protection,
    /// The centres, in order.
    pub centres: Vec<CentreInfo>,
    /// Which `codes` dimensions each centre collects.
    pub collects: std::collections::BTreeMap<String, Vec<String>>,
    /// The dimensions, in order.
    pub dimensions: Vec<DimensionInfo>,
    /// The tables: base, codes, pairs.
    pub tables: Vec<TableInfo>,
    /// For each table of the source (`base` for the persons): at most so many percent of its records are in no count, because
    /// they could not be true or have no code. One of 0, 1, 2, 5, 10, 25 and 100; older releases and imports do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out_percent: Option<std::collections::BTreeMap<String, u32>>,
    /// Combinations that nobody can have.
    #[serde(default)]
    pub structural_zeros: Vec<StructuralZero>,
    /// Of imported tables: whether counts are the sums of their parts, as far as that was tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additivity: Option<Additivity>,
    /// The small files with their hashes.
    pub files: Vec<FileInfo>,
}

/// Whether the counts of an imported table are the sums of their parts: what was tested when it was imported, all of which held.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Additivity {
    /// Single sums, by table and by what the parts are counted by.
    pub sums: Vec<SumsInfo>,
    /// How many combinations of codes the tables count, at all centres.
    pub systems: u64,
    /// Of how many of these all cells were tested together, over all partitions at once.
    pub tested: u64,
}

/// Sums of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct SumsInfo {
    /// The table.
    pub table: String,
    /// The partitions that the parts are counted by.
    pub over: Vec<String>,
    /// How many counts have parts beside them; 0: nothing could be tested.
    pub sums: u64,
    /// How many were tested on both sides; the others have parts, or are counts, that nothing bounds from above.
    pub tested: u64,
}

/// Whose protection a release carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Protection {
    /// `ninzu`, or the publisher of an imported table.
    pub by: String,
    /// Whether the audit proved the guarantee.
    pub audited: bool,
}

impl Protection {
    /// The name by which releases of our own say so.
    pub const OURS: &str = "ninzu";

    /// Whether the release was protected here, not imported.
    pub fn is_ours(&self) -> bool {
        self.by == Self::OURS
    }
}

/// A centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct CentreInfo {
    /// Its name, in files and queries.
    pub name: String,
    /// What people call it.
    pub label: Label,
    /// The day that its counts refer to, where that is not the release's: it hardly grew since an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub as_of: Option<String>,
    /// Which of its records count, by when people were observed, where the source knows that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub observation_periods: Option<ObservationRule>,
}

/// Which records of OMOP tables count, by the table `observation_period`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum ObservationRule {
    /// Those inside an observation period of their person.
    Inside,
    /// All: the table was not asked, by the steward's choice.
    Ignored,
    /// All: there was no such table.
    Absent,
}

impl ObservationRule {
    /// Every rule.
    pub const ALL: [Self; 3] = [Self::Inside, Self::Ignored, Self::Absent];
}

/// A dimension; its dictionary is the file `dimensions/<name>.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DimensionInfo {
    /// Its name, in files and queries.
    pub name: String,
    /// What people call it.
    pub label: Label,
    /// How people take its values.
    pub kind: Kind,
    /// Whether ranges of its values mean something.
    #[serde(default)]
    pub ordered: bool,
    /// What it stands for, where the engine must know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Whether every parent is exhausted by its children.
    #[serde(default)]
    pub closed: bool,
    /// Whether its codes are a list of the publisher's or those that the rows have; without it nothing is known of codes that it
    /// does not name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dictionary: Option<Listed>,
}

impl DimensionInfo {
    /// The path of its dictionary inside the release.
    pub fn path(&self) -> String {
        format!("dimensions/{}.csv", self.name)
    }
}

/// A table of cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableInfo {
    /// Its name: `base`, or its codes dimensions joined by `+`.
    pub name: String,
    /// Its path inside the release.
    pub path: String,
    /// Its codes dimensions.
    pub codes: Vec<String>,
    /// How many partitions its margins cross at most.
    pub order: usize,
    /// Which codes or pairs were counted.
    pub declared: DeclaredInfo,
    /// What a declared cell without a row means; `null`: nothing is known. As in the cells, the largest number is no upper end.
    pub unlisted: Option<(u32, u32)>,
    /// The table of which this one is another order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror_of: Option<String>,
    /// The row groups.
    pub chunks: Vec<ChunkInfo>,
    /// The Parquet footer, for readers that want it.
    pub footer: FooterInfo,
}

impl TableInfo {
    /// The interval of declared cells that the table does not list.
    pub fn unlisted(&self) -> Interval {
        match self.unlisted {
            Some((lo, OPEN)) => Interval::at_least(u64::from(lo)),
            Some((lo, hi)) => Interval::new(u64::from(lo), u64::from(hi)).unwrap_or(Interval::ANY),
            None => Interval::ANY,
        }
    }
}

/// Which codes a table declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum DeclaredInfo {
    /// `"dictionary"`: every code of the dictionary.
    All(AllCodes),
    /// These codes, or pairs (a pair of a dimension with itself once).
    List(Vec<Vec<String>>),
}

/// Read as it comes: a list of a million pairs is not held twice, as an untagged enum would.
impl<'de> Deserialize<'de> for DeclaredInfo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Declared;
        impl<'de> Visitor<'de> for Declared {
            type Value = DeclaredInfo;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the word \"dictionary\" or a list of lists of codes")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> std::result::Result<DeclaredInfo, E> {
                match word {
                    "dictionary" => Ok(DeclaredInfo::All(AllCodes::Dictionary)),
                    _ => Err(E::invalid_value(de::Unexpected::Str(word), &self)),
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<DeclaredInfo, A::Error> {
                let mut list = Vec::new();
                while let Some(codes) = items.next_element()? {
                    list.push(codes);
                }
                Ok(DeclaredInfo::List(list))
            }
        }
        deserializer.deserialize_any(Declared)
    }
}

/// The word `dictionary`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AllCodes {
    /// Every code of the dictionary.
    Dictionary,
}

/// One row group of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkInfo {
    /// Where it begins in the file.
    pub offset: u64,
    /// How many bytes it has.
    pub length: u64,
    /// How many rows it has.
    pub rows: u32,
    /// Lower-case hexadecimal SHA-256 of its bytes.
    pub sha256: String,
    /// The codes of its first row.
    pub first: Vec<String>,
}

/// The end of a Parquet file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FooterInfo {
    /// Where it begins in the file.
    pub offset: u64,
    /// How many bytes it has.
    pub length: u64,
    /// Lower-case hexadecimal SHA-256 of its bytes.
    pub sha256: String,
}

/// A small file, read whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInfo {
    /// Its path inside the release.
    pub path: String,
    /// How many bytes it has.
    pub length: u64,
    /// Lower-case hexadecimal SHA-256 of its bytes.
    pub sha256: String,
}

impl Descriptor {
    /// Reads a descriptor and refuses a format that this version does not know.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        check_format(bytes)?;
        serde_json::from_slice(bytes).map_err(|e| malformed(&e))
    }
}

impl Manifest {
    /// Reads a descriptor's part under `ninzu`, which is all that readers need; refuses a format that this version does not know
    /// and what passes [`limits`].
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Part {
            ninzu: Manifest,
        }
        check_format(bytes)?;
        let Part { ninzu } = serde_json::from_slice(bytes).map_err(|e| malformed(&e))?;
        ninzu.check()?;
        Ok(ninzu)
    }

    /// Refuses what is too much, and paths that lead out of the release.
    fn check(&self) -> Result<()> {
        let groups = self.tables.iter().map(|table| table.chunks.len()).sum::<usize>();
        for (what, count, most) in [
            (message!("amount.dimensions"), self.dimensions.len(), limits::DIMENSIONS),
            (message!("amount.centres"), self.centres.len(), limits::CENTRES),
            (message!("amount.tables"), self.tables.len(), limits::TABLES),
            (message!("amount.row_groups"), groups, limits::ROW_GROUPS),
            (message!("amount.zeros"), self.structural_zeros.len(), limits::ZEROS),
            (message!("amount.small_files"), self.files.len(), limits::FILES),
        ] {
            size::within(&|| what.clone(), count as u64, most as u64)?;
        }
        size::label(&|| message!("thing.release"), &self.title)?;
        for table in &self.tables {
            size::name(&|| message!("thing.table"), &table.name)?;
            size::within(&|| message!("amount.crossed"), table.order as u64, limits::ORDER as u64)?;
            size::within(&|| message!("amount.footer_bytes"), table.footer.length, limits::FILE_BYTES)?;
        }
        for file in &self.files {
            size::within(&|| message!("amount.file_bytes", file = word(&file.path)), file.length, limits::FILE_BYTES)?;
        }
        let mut paths: Vec<&str> = self.files.iter().map(|f| &*f.path).chain(self.tables.iter().map(|t| &*t.path)).collect();
        paths.iter().try_for_each(|path| check_path(path))?;
        paths.sort_unstable();
        if let Some(twice) = paths.windows(2).find(|two| two[0] == two[1]) {
            return Err(invalid(message!("release.file_twice", file = word(twice[0]))));
        }
        Ok(())
    }
}

/// Refuses a path that could lead out of a release on any system, or that is the descriptor's.
fn check_path(path: &str) -> Result<()> {
    let is_plain = |part: &str| !matches!(part, "" | "." | "..");
    let is_safe = |c: char| !c.is_control() && c != '\\';
    let is_drive = path.as_bytes().get(1) == Some(&b':');
    let leads_inside = path.split('/').all(is_plain) && path.chars().all(is_safe) && !is_drive;
    if leads_inside && path.len() <= 2 * limits::NAME_BYTES && path != DESCRIPTOR {
        return Ok(());
    }
    Err(invalid(message!("release.path", file = word(path))))
}

fn check_format(bytes: &[u8]) -> Result<()> {
    #[derive(Deserialize)]
    struct Version {
        ninzu: Format,
    }
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    size::within(&|| message!("amount.descriptor_bytes"), bytes.len() as u64, limits::DESCRIPTOR_BYTES)?;
    let version: Version = serde_json::from_slice(bytes).map_err(|e| malformed(&e))?;
    if !(1..=FORMAT).contains(&version.ninzu.format) {
        let message = message!("release.format", format = version.ninzu.format, known = FORMAT);
        return Err(Error::new(ErrorKind::Unsupported, message).with_hint(message!("hint.newer_version")));
    }
    Ok(())
}

fn malformed(e: &serde_json::Error) -> Error {
    invalid(message!("release.no_descriptor", reason = e.to_string())).with_hint(message!("hint.whole_folder"))
}

fn invalid(what: Message) -> Error {
    Error::new(ErrorKind::InvalidRelease, what)
}
