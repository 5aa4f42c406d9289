//! From a steward's spec to a release folder.

use std::fs::OpenOptions;
use std::io::{ErrorKind as IoErrorKind, Read, Write};
use std::path::Path;

use ninzu_engine::manifest::Protection;
use ninzu_engine::{Error, ErrorKind, Result};
use serde_json::json;

use super::write::refuse_existing;
use super::{
    Citation, IngestReport, Key, MarginPlan, PairPlan, Population, Progress, ReleaseMeta, Spec, ingest, protect_release,
    write_release,
};

/// What a build made. The totals are the steward's: nothing of them is in the release.
#[derive(Debug, Clone)]
pub struct BuildSummary {
    /// The release's id.
    pub id: String,
    /// How many centres there are.
    pub centres: usize,
    /// How many persons at centres were counted.
    pub persons: u64,
    /// How many cells are declared.
    pub declared: u64,
    /// How many of them are listed.
    pub listed: u64,
    /// How many tables there are, each pair once.
    pub tables: usize,
    /// How many bytes the release has.
    pub bytes: u64,
    /// What was read and what was dropped.
    pub report: IngestReport,
}

/// Reads the sources that a spec names, counts, protects and writes a release. `out` must not exist.
pub fn build(spec: &Path, key: &Key, out: &Path, progress: &dyn Progress) -> Result<BuildSummary> {
    let spec = Spec::read(spec)?;
    refuse_existing(out)?;
    let (population, report) = ingest(&spec, progress)?;
    let plan = margin_plan(&spec, &population)?;
    let protected = protect_release(&population, &plan, &spec.policy, &spec.structural_zeros, key, progress)?;
    progress.begin("write", None);
    let published = population.published(protected.tables, &spec.structural_zeros)?;
    let written = write_release(&release_meta(&spec), &published, out)?;
    progress.end();
    Ok(BuildSummary {
        id: written.id,
        centres: population.centres.len(),
        persons: protected.summary.persons,
        declared: protected.summary.declared.iter().sum(),
        listed: protected.summary.listed.iter().sum(),
        tables: published.tables.len(),
        bytes: written.bytes,
        report,
    })
}

/// The margins that a spec asks for.
pub fn margin_plan(spec: &Spec, population: &Population) -> Result<MarginPlan> {
    let pairs = spec.margins.pairs.iter().map(|pair| {
        let id = |name: &String| {
            population.dimensions.id(name).ok_or_else(|| {
                Error::new(ErrorKind::UnknownName, format!("a pair plan names dimension {name:?}, which is not declared"))
                    .with_hint("name codes dimensions of this spec in `of`")
            })
        };
        Ok(PairPlan { of: [id(&pair.of[0])?, id(&pair.of[1])?], codes: pair.codes.clone() })
    });
    let pairs = pairs.collect::<Result<Vec<_>>>()?;
    MarginPlan::new(&population.dimensions, spec.margins.order, spec.margins.pair_order, pairs)
}

/// What the release says of itself.
pub fn release_meta(spec: &Spec) -> ReleaseMeta {
    let source = |Citation { title, path }: &Citation| match path {
        Some(path) => json!({"title": title, "path": path}),
        None => json!({"title": title}),
    };
    ReleaseMeta {
        name: spec.release.name.clone(),
        title: spec.release.title.clone(),
        reference_date: Some(spec.release.reference_date.to_string()),
        policy: Some(spec.policy.clone()),
        protection: Protection { by: Protection::OURS.into(), audited: false },
        licenses: spec.release.licence.iter().map(|name| json!({"name": name})).collect(),
        sources: spec.release.sources.iter().map(source).collect(),
    }
}

impl Key {
    /// A key from the operating system's randomness.
    pub fn random() -> Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)
            .map_err(|e| Error::new(ErrorKind::Io, format!("the operating system gave no randomness: {e}")))?;
        Ok(Self::new(bytes))
    }

    /// The key in a file; where there is none, a new one is written with mode 0600.
    pub fn from_file(path: &Path) -> Result<Self> {
        let refused = |e: &std::io::Error| {
            Error::new(ErrorKind::Io, format!("the key file {} cannot be used: {e}", path.display()))
                .with_hint("name a file in a folder that only you can read; it is created when absent")
        };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Ok(mut file) => {
                let key = Self::random()?;
                file.write_all(key.bytes()).and_then(|()| file.sync_all()).map_err(|e| refused(&e))?;
                Ok(key)
            }
            Err(e) if e.kind() == IoErrorKind::AlreadyExists => {
                let mut bytes = Vec::new();
                std::fs::File::open(path).and_then(|f| f.take(33).read_to_end(&mut bytes)).map_err(|e| refused(&e))?;
                let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| {
                    Error::new(ErrorKind::InvalidPolicy, format!("the key file {} does not hold 32 bytes", path.display()))
                        .with_hint("a key file is made by `ninzu build --key-file`; restore it from your copy")
                })?;
                Ok(Self::new(bytes))
            }
            Err(e) => Err(refused(&e)),
        }
    }
}
