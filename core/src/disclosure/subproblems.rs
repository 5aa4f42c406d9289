//! Which blocks are audited, at which centres.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use ninzu_engine::{Declared, Dimensions};

use super::cell_intervals::{Code, Ledger};
use super::families::LargeFamily;
use super::system::{Block, Kind};
use crate::Published;

/// Families of more children are programs only where few of the children may be small.
const MOST_CHILDREN: usize = 4;
/// So many.
const MOST_SMALL: usize = 2;
/// And none has more: the codes of a program are bits of a word, the parent's among them.
const MOST_IN_PROGRAM: usize = u32::BITS as usize - 1;
/// Pairs with more codes above them are audited with one of these at a time.
const MOST_LINEAGE: usize = 8;
/// So many codes below a pair are audited with it at once.
const MOST_OFFSPRING: usize = 4;

/// A block and the centres where it is audited.
pub(crate) type Task = (Block, Vec<usize>);

/// Sets of codes, ascending, and the centres of each.
type CodeSets = BTreeMap<Vec<Code>, BTreeSet<usize>>;

/// A cell of a code, and those of its onsets: each with its stage.
struct DatedCell {
    most: i64,
    stages: Vec<(u32, (i64, i64))>,
}

/// Sets of codes by each of their codes.
struct Containers(BTreeMap<Code, Vec<CodeSet>>);

/// Codes, ascending, and centres.
type CodeSet = (Vec<Code>, BTreeSet<usize>);

/// Finds blocks.
pub(crate) struct Blocks<'a> {
    published: &'a Published,
    declared: &'a Declared,
    ledger: &'a Ledger,
    threshold: u32,
    /// For each centre and code, whether some row that counts it has a lower end above zero.
    speaks: Vec<BTreeSet<Code>>,
    /// Codes declared in pairs with a code.
    partners: BTreeMap<Code, BTreeSet<Code>>,
    lineages: OnceCell<CodeSets>,
}

impl<'a> Blocks<'a> {
    /// The blocks of a release.
    pub(crate) fn new(
        published: &'a Published,
        declared: &'a Declared,
        ledger: &'a Ledger,
        earlier: Option<&Ledger>,
        threshold: u32,
    ) -> Self {
        let mut partners: BTreeMap<Code, BTreeSet<Code>> = BTreeMap::new();
        let mut speaks = vec![BTreeSet::new(); published.centres.len()];
        let crossed = ledger.sheets.first().map_or(0, |sheet| sheet.layout.sizes().iter().filter(|&&size| size > 1).count());
        for sheet in &ledger.sheets {
            // Where not all partitions are crossed, a code that some strata rule out is audited even if nothing speaks of it.
            let full = sheet.layout.order() >= crossed;
            for (t, tuple) in sheet.tuples.iter().enumerate() {
                let codes: Vec<Code> = sheet.codes.iter().copied().zip(*tuple).collect();
                if let &[a, b] = &codes[..] {
                    partners.entry(a).or_default().insert(b);
                    partners.entry(b).or_default().insert(a);
                }
                let limited = !full && codes.iter().any(|&code| is_limited(&published.dimensions, declared, code));
                for (centre, speaks) in speaks.iter_mut().enumerate().filter(|(c, _)| published.collects(*c, &sheet.codes)) {
                    let says = |ledger: &Ledger| (0..sheet.layout.len()).any(|cell| ledger.ends(sheet.id(t, centre, cell)).0 > 0);
                    if limited || says(ledger) || earlier.is_some_and(says) {
                        for &(d, code) in &codes {
                            let onset = published.dimensions.get(d).dictionary.onset(code);
                            speaks.extend([(d, code), (d, onset.map_or(code, |onset| onset.code))]);
                        }
                    }
                }
            }
        }
        Self { published, declared, ledger, threshold, speaks, partners, lineages: OnceCell::new() }
    }

    /// Every block with the centres where it is a program of its own.
    ///
    /// Codes of which nothing speaks (every row has the lower end zero) need none. In any world of the other codes nobody has
    /// them, or any group of up to `k - 1` people: all their rows allow both. So their targets hold where the others' do.
    pub(crate) fn tasks(&self, kinds: &[Kind]) -> Vec<Task> {
        kinds.iter().flat_map(|&kind| self.tasks_of(kind)).collect()
    }

    fn tasks_of(&self, kind: Kind) -> Vec<Task> {
        let task = |codes, centres| (Block { kind, codes }, centres);
        let mut tasks = Vec::new();
        match kind {
            Kind::Base => tasks.push(task(Vec::new(), (0..self.published.centres.len()).collect())),
            Kind::Code => {
                tasks.extend(self.codes().map(|code| task(self.with_onsets_of(code), self.speaking(&[code]).collect())));
            }
            Kind::Nested => {
                tasks = as_tasks(kind, self.chains());
                for (code, parent) in self.codes().flat_map(|code| self.parents(code).map(move |parent| (code, parent))) {
                    let dated = self.speaking(&[code]).filter(|&centre| self.dates_tell(parent, code, centre)).collect();
                    tasks.push(task([self.with_onsets_of(parent), self.with_onsets_of(code)].concat(), dated));
                }
            }
            Kind::Family => tasks.extend(self.codes().map(|parent| {
                let children = self.children(parent, false);
                let speaks = |c: usize| [parent].iter().chain(&children).any(|code| self.speaks[c].contains(code));
                let mut centres = self.centres(parent.0);
                centres.retain(|&c| !children.is_empty() && speaks(c) && !self.is_large(&children, c));
                task([parent].into_iter().chain(children).collect(), centres)
            })),
            Kind::Pair => {
                let mut blocks = CodeSets::new();
                for pair in self.pairs() {
                    blocks.entry(self.with_onsets(&pair)).or_default().extend(self.speaking(&pair));
                }
                tasks = as_tasks(kind, blocks);
            }
            Kind::Lineage => tasks = as_tasks(kind, self.lineages().clone()),
            Kind::Offspring => tasks = as_tasks(kind, self.offspring()),
            Kind::Triple => tasks = as_tasks(kind, self.triples()),
        }
        tasks.retain(|(_, centres)| !centres.is_empty());
        tasks
    }

    /// The declared pairs, each once.
    fn pairs(&self) -> Vec<[Code; 2]> {
        self.partners.iter().flat_map(|(&a, others)| others.iter().filter(move |&&b| a < b).map(move |&b| [a, b])).collect()
    }

    /// Parents that are checked cell by cell.
    pub(crate) fn large_families(&self) -> Vec<LargeFamily> {
        let mut families = Vec::new();
        for parent in self.codes() {
            let children = self.children(parent, false);
            for centre in self.centres(parent.0).into_iter().filter(|&c| self.is_large(&children, c)) {
                families.push(LargeFamily { parent, children: children.clone(), centre });
            }
        }
        families
    }

    /// Each code with all codes above it, or with one of these at a time where they are many, but for those inside another one:
    /// what is left of larger blocks where some of their codes are silent.
    fn chains(&self) -> CodeSets {
        let mut chains = CodeSets::new();
        for code in self.codes() {
            for centre in self.speaking(&[code]) {
                let codes = self.with_above(&[code], centre);
                if codes.len() <= MOST_LINEAGE {
                    chains.entry(codes).or_default().insert(centre);
                    continue;
                }
                for above in codes.into_iter().filter(|&above| above != code) {
                    chains.entry(vec![above.min(code), above.max(code)]).or_default().insert(centre);
                }
            }
        }
        chains.retain(|codes, _| codes.len() > 1);
        maximal(chains)
    }

    /// Each declared pair with all codes above its two, but for those inside another one.
    fn lineages(&self) -> &CodeSets {
        self.lineages.get_or_init(|| {
            let mut lineages = CodeSets::new();
            for pair in self.pairs().into_iter().filter(|&pair| !self.has_onset(pair)) {
                for centre in self.speaking(&pair) {
                    let codes = self.with_above(&pair, centre);
                    if codes.len() > pair.len() && codes.len() <= MOST_LINEAGE {
                        lineages.entry(codes).or_default().insert(centre);
                    }
                }
            }
            maximal(lineages)
        })
    }

    /// These codes and all above them, as far as something speaks of them at a centre.
    fn with_above(&self, codes: &[Code], centre: usize) -> Vec<Code> {
        let all: BTreeSet<Code> = codes.iter().flat_map(|&code| self.above(code).chain([code])).collect();
        all.into_iter().filter(|code| self.speaks[centre].contains(code)).collect()
    }

    /// Each declared pair with codes below one of its two that are not counted with the other, a few at a time.
    fn offspring(&self) -> CodeSets {
        let mut offspring = CodeSets::new();
        for pair in self.pairs().into_iter().filter(|&pair| !self.has_onset(pair)) {
            let below: Vec<Code> = self.offspring_of(pair).into_iter().collect();
            for centre in self.speaking(&pair) {
                let speaking: Vec<Code> = below.iter().copied().filter(|c| self.speaks[centre].contains(c)).collect();
                for few in speaking.chunks(MOST_OFFSPRING) {
                    offspring.entry(pair.iter().chain(few).copied().collect()).or_default().insert(centre);
                }
            }
        }
        offspring
    }

    /// Codes below one of a pair that are not counted with the other.
    fn offspring_of(&self, [a, b]: [Code; 2]) -> BTreeSet<Code> {
        let with = |of: Code, c: &Code| self.partners.get(&of).is_some_and(|with| with.contains(c));
        self.below(a).chain(self.below(b)).filter(|c| *c != a && *c != b && !with(a, c) && !with(b, c)).collect()
    }

    /// Each declared pair with a third code that is counted with both where single cells would already tell something, or that
    /// lies above or below one of its two, but for those inside a lineage and its offspring.
    fn triples(&self) -> CodeSets {
        let mut triples = CodeSets::new();
        for [a, b] in self.pairs() {
            let mut related: BTreeSet<Code> = [a, b].into_iter().flat_map(|of| self.above(of).chain(self.below(of))).collect();
            if !self.has_onset([a, b]) {
                let offspring = self.offspring_of([a, b]);
                related.retain(|c| !offspring.contains(c));
            }
            let none = BTreeSet::new();
            let partners = |code: Code| self.partners.get(&code).unwrap_or(&none);
            let others: Vec<Code> = partners(a).intersection(partners(b)).copied().filter(|c| !related.contains(c)).collect();
            for centre in self.speaking(&[a, b]) {
                let tells = others.iter().copied().filter(|&c| self.tells(a, b, c, centre));
                let thirds = related.iter().copied().chain(tells).filter(|&c| c != a && c != b);
                for c in thirds.filter(|c| self.speaks[centre].contains(c)) {
                    let mut codes = vec![a, b, c];
                    codes.sort_unstable();
                    triples.entry(codes).or_default().insert(centre);
                }
            }
        }
        without_contained(triples, &Containers::new(self.lineages().clone()))
            .into_iter()
            .map(|(codes, c)| (self.with_onsets(&codes), c))
            .collect()
    }

    /// Whether single cells of three codes tell something about the first two.
    fn tells(&self, a: Code, b: Code, c: Code, centre: usize) -> bool {
        let place = |codes: &[Code]| self.ledger.counting(codes);
        let (Some(ab), Some(ac), Some(bc), Some(one), Some(two), Some(three)) =
            (place(&[a, b]), place(&[a, c]), place(&[b, c]), place(&[a]), place(&[b]), place(&[c]))
        else {
            return false;
        };
        let ends = |(sheet, tuple): (usize, usize), cell| {
            let (lo, hi) = self.ledger.ends(self.ledger.sheets[sheet].id(tuple, centre, cell));
            (i64::from(lo), i64::from(hi))
        };
        let cells = [ab, ac, bc].iter().map(|place| self.ledger.sheets[place.0].layout.len()).min().unwrap_or(0);
        let small = i64::from(self.threshold) - 1;
        (0..cells).any(|cell| {
            let (ac, bc, a, b, c) = (ends(ac, cell), ends(bc, cell), ends(one, cell), ends(two, cell), ends(three, cell));
            ac.0 + bc.0 - c.1 > 0 || bc.1 + a.1 - ac.0 < small || ac.1 + b.1 - bc.0 < small
        })
    }

    /// Every code that a code lies in.
    fn above(&self, (d, code): Code) -> impl Iterator<Item = Code> + '_ {
        let dictionary = &self.published.dimensions.get(d).dictionary;
        dictionary.ancestors(code).iter().filter(|&&id| dictionary.onset(id).is_none()).map(move |&id| (d, id))
    }

    /// Every code inside a code that is no onset.
    fn below(&self, (d, code): Code) -> impl Iterator<Item = Code> + '_ {
        let dictionary = &self.published.dimensions.get(d).dictionary;
        let ids = (0..dictionary.len() as u32).filter(move |&id| id != code && dictionary.is_within(id, code));
        ids.filter(|&id| dictionary.onset(id).is_none()).map(move |id| (d, id))
    }

    fn has_onset(&self, pair: [Code; 2]) -> bool {
        pair.iter().any(|&(d, code)| self.published.dimensions.get(d).dictionary.onset(code).is_some())
    }

    /// Whether single cells of a code's onsets tell something about its parent's, or these about those.
    ///
    /// Whoever has the code first in a stage had the parent first in it or before.
    fn dates_tell(&self, parent: Code, code: Code, centre: usize) -> bool {
        let (outer, inner) = (self.dated_cells(parent, centre), self.dated_cells(code, centre));
        let small = i64::from(self.threshold) - 1;
        outer.iter().zip(&inner).any(|(outer, inner)| {
            inner.stages.iter().any(|&(last, _)| {
                // Without one of the stages, of which nothing is known yet: that one then has people, or few.
                let open = |cell: &DatedCell| {
                    let open = cell.stages.iter().filter(|stage| stage.0 <= last && stage.1.0 <= small && stage.1.1 > 0);
                    open.map(|stage| stage.0).collect::<Vec<u32>>()
                };
                open(outer).into_iter().any(|one| inner.least(last, None) > outer.most(last, Some(one)))
                    || open(inner).into_iter().any(|one| outer.most(last, None) - inner.least(last, Some(one)) < small)
            })
        })
    }

    /// The cells of a code at a centre, each with those of its onsets.
    fn dated_cells(&self, code: Code, centre: usize) -> Vec<DatedCell> {
        let Some((sheet, tuple)) = self.ledger.counting(&[code]) else { return Vec::new() };
        let dictionary = &self.published.dimensions.get(code.0).dictionary;
        let onsets: Vec<(u32, usize)> = self
            .children(code, true)
            .into_iter()
            .filter_map(|onset| Some((dictionary.onset(onset.1)?.stage, self.ledger.counting(&[onset])?.1)))
            .collect();
        let sheet = &self.ledger.sheets[sheet];
        let ends = |tuple: usize, cell: usize| {
            let code = [(code.0, sheet.tuples[tuple][0])];
            let is_possible = !self.declared.is_impossible(&self.published.dimensions, &code, &sheet.layout.values(cell));
            let (lo, hi) = self.ledger.ends(sheet.id(tuple, centre, cell));
            if is_possible { (i64::from(lo), i64::from(hi)) } else { (0, 0) }
        };
        let cell = |cell: usize| DatedCell {
            most: ends(tuple, cell).1,
            stages: onsets.iter().map(|&(stage, onset)| (stage, ends(onset, cell))).collect(),
        };
        (0..sheet.layout.len()).map(cell).collect()
    }

    /// The centres where all of these codes are spoken of.
    fn speaking<'s>(&'s self, codes: &'s [Code]) -> impl Iterator<Item = usize> + 's {
        (0..self.speaks.len()).filter(|&c| codes.iter().all(|code| self.speaks[c].contains(code)))
    }

    /// The centres that collect a dimension.
    fn centres(&self, dimension: usize) -> Vec<usize> {
        (0..self.published.centres.len()).filter(|&c| self.published.collects(c, &[dimension])).collect()
    }

    /// Codes, and for each `CODE@stage` among them its code with all onsets: one variable with many states.
    fn with_onsets(&self, codes: &[Code]) -> Vec<Code> {
        let mut all: BTreeSet<Code> = codes.iter().copied().collect();
        for &(d, code) in codes {
            if let Some(onset) = self.published.dimensions.get(d).dictionary.onset(code) {
                all.insert((d, onset.code));
                all.extend(self.children((d, onset.code), true));
            }
        }
        all.into_iter().collect()
    }

    /// A code and its onsets.
    fn with_onsets_of(&self, code: Code) -> Vec<Code> {
        [code].into_iter().chain(self.children(code, true)).collect()
    }

    /// Every code that is no onset.
    fn codes(&self) -> impl Iterator<Item = Code> + '_ {
        let sheets = self.ledger.sheets.iter().filter(|sheet| sheet.codes.len() == 1);
        sheets.flat_map(|sheet| {
            let d = sheet.codes[0];
            let dictionary = &self.published.dimensions.get(d).dictionary;
            sheet.tuples.iter().map(move |tuple| (d, tuple[0])).filter(|&(_, code)| dictionary.onset(code).is_none())
        })
    }

    fn parents(&self, (d, code): Code) -> impl Iterator<Item = Code> + '_ {
        self.published.dimensions.get(d).dictionary.parents(code).iter().map(move |&parent| (d, parent))
    }

    /// The children of a code: its onsets, or the others.
    fn children(&self, (d, code): Code, onsets: bool) -> Vec<Code> {
        let dictionary = &self.published.dimensions.get(d).dictionary;
        let children = dictionary.children(code).iter().copied().filter(|&child| dictionary.onset(child).is_some() == onsets);
        children.map(|child| (d, child)).collect()
    }

    /// Whether a family has too many children for a program.
    fn is_large(&self, children: &[Code], centre: usize) -> bool {
        let is_small = |child: &&Code| {
            let place = self.ledger.counting(&[**child]);
            place.is_none_or(|(sheet, tuple)| self.ledger.ends(self.ledger.sheets[sheet].id(tuple, centre, 0)).0 < self.threshold)
        };
        children.len() > MOST_IN_PROGRAM
            || children.len() > MOST_CHILDREN && children.iter().filter(is_small).count() > MOST_SMALL
    }
}

/// Whether nobody can have a code in some strata.
fn is_limited(dimensions: &Dimensions, declared: &Declared, (d, code): Code) -> bool {
    let dictionary = &dimensions.get(d).dictionary;
    declared.has_zeros()
        || dictionary.onset(code).is_some()
        || dictionary.children(code).iter().any(|&c| dictionary.onset(c).is_some())
}

impl DatedCell {
    /// How many people had it first in these stages, at least: none after the last, nor in the one left out.
    fn least(&self, last: u32, without: Option<u32>) -> i64 {
        self.stages.iter().filter(|stage| stage.0 <= last && Some(stage.0) != without).map(|stage| stage.1.0).sum()
    }

    /// How many at most: no more than those of the stages, and no more than the others leave.
    fn most(&self, last: u32, without: Option<u32>) -> i64 {
        let is_counted = |stage: u32| stage <= last && Some(stage) != without;
        let sum: i64 = self.stages.iter().filter(|stage| is_counted(stage.0)).map(|stage| stage.1.1).sum();
        let others: i64 = self.stages.iter().filter(|stage| !is_counted(stage.0)).map(|stage| stage.1.0).sum();
        let is_named = self.stages.iter().filter(|stage| stage.0 <= last).count() as u32 > last;
        if is_named { sum.min(self.most - others) } else { self.most - others }
    }
}

impl Containers {
    fn new(sets: CodeSets) -> Self {
        let mut by_code: BTreeMap<Code, Vec<CodeSet>> = BTreeMap::new();
        for (codes, centres) in sets {
            for &code in &codes {
                by_code.entry(code).or_default().push((codes.clone(), centres.clone()));
            }
        }
        Self(by_code)
    }

    /// Whether these codes lie in another set at a centre.
    fn contain(&self, codes: &[Code], centre: usize) -> bool {
        let fewest = codes.iter().map(|code| self.0.get(code).map_or(&[][..], Vec::as_slice)).min_by_key(|sets| sets.len());
        let is_around = |(other, centres): &CodeSet| {
            other.len() > codes.len() && centres.contains(&centre) && codes.iter().all(|code| other.binary_search(code).is_ok())
        };
        fewest.is_some_and(|sets| sets.iter().any(is_around))
    }
}

/// Those sets that lie in no other one, at each centre.
fn maximal(sets: CodeSets) -> CodeSets {
    let containers = Containers::new(sets.clone());
    without_contained(sets, &containers)
}

/// Those sets that lie in none of these, at each centre.
fn without_contained(mut sets: CodeSets, containers: &Containers) -> CodeSets {
    for (codes, centres) in &mut sets {
        centres.retain(|&centre| !containers.contain(codes, centre));
    }
    sets
}

/// Blocks of one kind.
fn as_tasks(kind: Kind, sets: impl IntoIterator<Item = CodeSet>) -> Vec<Task> {
    sets.into_iter().map(|(codes, centres)| (Block { kind, codes }, centres.into_iter().collect())).collect()
}
