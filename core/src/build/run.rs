//! From a steward's spec to a release folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ninzu_engine::format::manifest::Protection;
use ninzu_engine::model::Policy;
use ninzu_engine::{Error, ErrorKind, Result};
use serde_json::json;

use super::checkpoint::FileJournal;
use super::key::Key;
use super::margins::{MarginPlan, PairPlan};
use super::named_codes::{without_claim, without_unproved_codes};
use super::previous::{Kept, Previous};
use super::protect::{ProtectSummary, Protected, protect_release};
use super::steward_report;
use crate::catalogue::message;
use crate::disclosure::{
    AuditTotals, CellNames, Earlier, Forecast, Journal, ReleaseCell, Repaired, audit_versions, can_be_proved, forecast,
    repair_versions,
};
use crate::source::{Citation, IngestReport, Naming, PairCodes, Population, Spec, ingest};
use crate::write::{OutputFolder, ReleaseMeta, refuse_existing, release_files, write_release_at};
use crate::{Progress, Published, Row, Table};

/// How a release is built.
#[derive(Debug, Clone)]
pub struct BuildOptions {
    /// The steward's key.
    pub key: Key,
    /// Whether its protection is proved.
    pub proof: Proof,
    /// The releases before this one, oldest first: what still fits the last one is kept, and all are audited together.
    pub previous: Vec<PathBuf>,
    /// Where the steward's own report goes: a file that does not exist.
    pub private_report: Option<PathBuf>,
}

/// Whether a release's protection is proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// Repaired and audited; finished work is kept beside the release until it is done, so that an interrupted build of the same
    /// people with the same key goes on where it was.
    Audited,
    /// Only buckets and decoys: not for publication.
    Unaudited,
}

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
    /// How many of them are published.
    pub published: u64,
    /// How many tables there are, each pair once.
    pub tables: usize,
    /// How many bytes the release has.
    pub bytes: u64,
    /// What became of every row that was read.
    pub report: IngestReport,
    /// What the audit found; `None`: there was none.
    pub audit: Option<AuditTotals>,
    /// How many cells repair widened.
    pub widened: usize,
    /// What was kept of the release before.
    pub kept: Option<Kept>,
}

/// Reads the sources that a spec names, counts, protects, proves and writes a release. `out` must not exist.
///
/// A release whose audit finds a violation is not written.
pub fn build(spec: &Path, options: &BuildOptions, out: &Path, progress: &dyn Progress) -> Result<BuildSummary> {
    let spec = Spec::read(spec)?;
    if options.proof == Proof::Audited {
        can_be_proved(&spec.policy)?;
    }
    let place = OutputFolder::claim(out, progress)?;
    options.private_report.as_deref().map(refuse_existing).transpose()?;
    let (population, report) = ingest(&spec, progress)?;
    let mut meta = release_meta(&spec);
    meta.left_out_percent = Some(report.left_out_percent(u64::from(spec.policy.base())));
    meta.observation =
        report.observation.iter().flat_map(|&rule| centre_names(&population).map(move |name| (name, rule))).collect();
    let counted = Counted { spec: &spec, population: &population, report: &report };
    let Made { repairing, kept, summary, journal } = counted.protected(&mut meta, options, out, progress)?;
    let Repairing { published, previous, decoys, repaired } = repairing;
    if options.proof == Proof::Audited {
        let mut audit = audit_versions(&published, &earlier(&previous), &spec.policy, progress)?;
        audit.totals.previous = previous.iter().map(|previous| previous.id().to_owned()).collect();
        if let Some(violation) = audit.violations.first() {
            let more = audit.violations.len() - 1;
            let violation = violation.shown(&CellNames::new(&published));
            let message = message!("build.violations", violation = violation.to_string(), more = more);
            return Err(Error::new(ErrorKind::Contradiction, message).with_hint(message!("hint.report_margins")));
        }
        meta.audit = Some(audit.totals);
    }
    progress.begin("write", None);
    let written =
        write_release_at(&meta, &published, &place).map_err(|e| journal.iter().fold(e, |e, journal| journal.mentioned(&e)))?;
    progress.end();
    journal.map(FileJournal::finish).transpose()?;
    if let Some(path) = &options.private_report {
        progress.begin("report", None);
        steward_report::write(path, &written.id, &report, &published, &spec.policy, &repaired, &decoys)?;
        progress.end();
    }
    let mut cells: Vec<ReleaseCell> = repaired.widenings.iter().map(|widening| widening.cell).collect();
    cells.sort_unstable();
    cells.dedup();
    Ok(BuildSummary {
        id: written.id,
        centres: population.centres.len(),
        persons: summary.persons,
        declared: summary.declared.iter().sum(),
        published: published.tables.iter().map(|table| table.rows.len() as u64).sum(),
        tables: published.tables.len(),
        bytes: written.bytes,
        report,
        audit: meta.audit,
        widened: cells.len(),
        kept,
    })
}

/// What was read, and how it is to be published.
struct Counted<'a> {
    spec: &'a Spec,
    population: &'a Population,
    report: &'a IngestReport,
}

/// Cells that are protected, and repaired if a proof is wanted.
struct Made {
    repairing: Repairing,
    kept: Option<Kept>,
    summary: ProtectSummary,
    journal: Option<FileJournal>,
}

/// So often the most frequent codes are chosen anew.
const MOST_CHOICES: usize = 8;

impl Counted<'_> {
    /// Protects and repairs, until a plan of the most frequent codes takes those that are most frequent by the totals that are
    /// published: else the choice would tell what repair took out of these.
    fn protected(&self, meta: &mut ReleaseMeta, options: &BuildOptions, out: &Path, progress: &dyn Progress) -> Result<Made> {
        let (population, policy) = (self.population, &self.spec.policy);
        let mut plan = margin_plan(self.spec, population)?;
        for _ in 0..MOST_CHOICES {
            let protected = protect_release(population, &plan, policy, &self.report.structural_zeros, &options.key, progress)?;
            let totals = |d: usize| protected.tables.iter().find(|table| table.codes == [d]).map_or(&[][..], |table| &table.rows);
            let chosen = plan.most_frequent(population, policy, totals)?;
            let made = self.repaired(protected, meta, options, out, progress)?;
            let by_published = plan.by_totals_of(population, &made.repairing.published);
            if options.proof == Proof::Unaudited || chosen == by_published.most_frequent(population, policy, |_| &[])? {
                return Ok(made);
            }
            plan = by_published;
        }
        Err(Error::new(ErrorKind::InvalidSpec, message!("margins.unsettled")).with_hint(message!("hint.most_frequent")))
    }

    fn repaired(
        &self,
        protected: Protected,
        meta: &mut ReleaseMeta,
        options: &BuildOptions,
        out: &Path,
        progress: &dyn Progress,
    ) -> Result<Made> {
        let policy = &self.spec.policy;
        let naming = self.population.naming(&protected.tables);
        let mut published = self.population.published(protected.tables, &self.report.structural_zeros)?;
        let decoys = renamed(&naming, &published.tables, &protected.decoys);
        let previous = Previous::read_all(&options.previous, &published, meta)?;
        let kept = previous.last().map(|previous| previous.keep(&mut published, policy, &decoys)).transpose()?;
        meta.as_of = kept.iter().flat_map(|kept| kept.stale.iter().cloned()).collect();
        let mut repairing = Repairing { published, previous, decoys, repaired: Repaired::default() };
        let mut journal = None;
        if options.proof == Proof::Audited {
            let mut of = release_files(meta, &repairing.published)?.id;
            for previous in &repairing.previous {
                of = format!("{of} after {}", previous.id());
            }
            let journal = journal.insert(FileJournal::open(out, &of)?);
            repairing.repair(policy, (options, meta), journal, progress)?;
        }
        Ok(Made { repairing, kept, summary: protected.summary, journal })
    }
}

fn earlier(previous: &[Previous]) -> Vec<Earlier> {
    previous.iter().map(Previous::earlier).collect()
}

/// A release that is being repaired.
struct Repairing {
    published: Published,
    previous: Vec<Previous>,
    /// For each table, the cells that decoys changed, as they were.
    decoys: Vec<Vec<Row>>,
    repaired: Repaired,
}

impl Repairing {
    /// Widens until the audit finds nothing, and names no code whose total had to be widened below the threshold.
    fn repair(
        &mut self,
        policy: &Policy,
        (options, meta): (&BuildOptions, &ReleaseMeta),
        journal: &mut dyn Journal,
        progress: &dyn Progress,
    ) -> Result<()> {
        let (mut journal, mut fewer_named) = (Some(journal), BTreeSet::new());
        loop {
            let earlier = earlier(&self.previous);
            // Only the first and longest part goes on after an interruption.
            let more = match journal.take() {
                Some(journal) => repair_versions(&mut self.published, &earlier, policy, journal, progress)?,
                None => repair_versions(&mut self.published, &earlier, policy, &mut (), progress)?,
            };
            self.repaired.add(more);
            let Some((fewer, naming)) = without_unproved_codes(&self.published, policy.threshold())? else { break };
            let codes = |published: &Published, d: usize| published.dimensions.get(d).dictionary.len();
            let all = 0..self.published.dimensions.all().len();
            fewer_named.extend(all.filter(|&d| codes(&fewer, d) < codes(&self.published, d)));
            let tables = &self.published.tables;
            self.decoys = renamed(&naming, tables, &self.decoys);
            self.repaired
                .rename(&|cell| Some(ReleaseCell { codes: naming.rename(&tables[cell.table].codes, cell.codes)?, ..cell }));
            self.previous = Previous::read_all(&options.previous, &fewer, meta)?;
            self.published = fewer;
        }
        self.published.dimensions = without_claim(&self.published.dimensions, &fewer_named)?;
        Ok(())
    }
}

/// What was read, counted and protected: not yet proved.
struct Prepared {
    population: Population,
    report: IngestReport,
    protected: Protected,
}

fn prepare(spec: &Spec, key: &Key, progress: &dyn Progress) -> Result<Prepared> {
    let (population, report) = ingest(spec, progress)?;
    let plan = margin_plan(spec, &population)?;
    let protected = protect_release(&population, &plan, &spec.policy, &report.structural_zeros, key, progress)?;
    Ok(Prepared { population, report, protected })
}

fn centre_names(population: &Population) -> impl Iterator<Item = String> {
    population.centres.iter().map(|centre| centre.name.clone())
}

/// The cells that decoys changed, as the release numbers them.
fn renamed(naming: &Naming, tables: &[Table], decoys: &[Vec<Row>]) -> Vec<Vec<Row>> {
    let of_table = |(table, rows): (&Table, &Vec<Row>)| {
        let rename = |row: &Row| Some(Row { codes: naming.rename(&table.codes, row.codes)?, ..*row });
        rows.iter().filter_map(rename).collect()
    };
    tables.iter().zip(decoys).map(of_table).collect()
}

/// What a spec means: its cells and subproblems, and what proving them will cost. Nothing is written.
///
/// The sources are read and counted, because what is suppressed everywhere needs no program.
pub fn dry_run(spec: &Path, key: &Key, progress: &dyn Progress) -> Result<Forecast> {
    let spec = Spec::read(spec)?;
    let Prepared { population, protected, report } = prepare(&spec, key, progress)?;
    forecast(&population.published(protected.tables, &report.structural_zeros)?, &spec.policy, progress)
}

/// The margins that a spec asks for.
pub fn margin_plan(spec: &Spec, population: &Population) -> Result<MarginPlan> {
    let pairs = spec.margins.pairs.iter().map(|pair| {
        let id = |name: &String| {
            population.dimensions.id(name).ok_or_else(|| {
                Error::new(ErrorKind::UnknownName, message!("margins.no_dimension", dimension = name))
                    .with_hint(message!("hint.pair_of"))
            })
        };
        Ok(PairPlan { of: [id(&pair.of[0])?, id(&pair.of[1])?], codes: pair.codes.clone() })
    });
    let mut pairs = pairs.collect::<Result<Vec<_>>>()?;
    if spec.margins.every_pair {
        let codes: Vec<usize> = population.dimensions.with_codes().collect();
        let of = codes.iter().enumerate().flat_map(|(i, &a)| codes[i..].iter().map(move |&b| [a, b]));
        pairs.extend(of.map(|of| PairPlan { of, codes: PairCodes::Every }));
    }
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
        as_of: std::collections::BTreeMap::new(),
        left_out_percent: None,
        observation: std::collections::BTreeMap::new(),
        protected_by: Protection::OURS.into(),
        audit: None,
        additivity: None,
        licenses: spec.release.licence.iter().map(|name| json!({"name": name})).collect(),
        sources: spec.release.sources.iter().map(source).collect(),
    }
}
