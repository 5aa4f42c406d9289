//! What an audited release promises, asked of the product's own reader: nothing that it answers proves a small group.

use std::collections::{BTreeSet, HashMap};

use ninzu::Published;
use ninzu::model::{Decoy, Kind, Policy, ROOT, Role};
use ninzu::write::release_files;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::people::{Person, crowd, people, population};
use crate::properties::{Memory, meta, question};
use crate::redteam::{bare, protected};

/// A declared cell: its codes by dimension, and the value of each partition that it fixes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Cell {
    codes: Vec<(usize, u32)>,
    values: Vec<Option<u32>>,
}

/// A centre, and the published interval of a cell at it.
type AtCentre = (usize, (u64, u64));

/// A release, and its cells; repaired and audited, unless a test says otherwise.
struct Audited {
    published: Published,
    memory: Memory,
    policy: Policy,
}

impl Audited {
    fn new(people: &[Person], policy: &Policy) -> Self {
        Self::of(protected(&population(people), policy, &[]), policy)
    }

    fn of(published: Published, policy: &Policy) -> Self {
        let memory = Memory::open(release_files(&meta(policy), &published).unwrap()).unwrap();
        Self { published, memory, policy: policy.clone() }
    }

    fn threshold(&self) -> u64 {
        self.policy.threshold().into()
    }

    /// Every declared cell with its published interval at each centre that collects its dimensions.
    fn cells(&self) -> HashMap<Cell, Vec<AtCentre>> {
        let declared = self.published.declared().unwrap();
        let mut cells = HashMap::new();
        for table in &self.published.tables {
            let layout = self.published.layout(table.order);
            let rows: HashMap<_, _> = table.rows.iter().map(|r| ((r.codes, r.centre, r.cell as usize), r.interval)).collect();
            for combination in table.combinations(&self.published.dimensions) {
                let codes: Vec<(usize, u32)> = table.codes.iter().copied().zip(combination).collect();
                for cell in 0..layout.len() {
                    let values = layout.values(cell);
                    if !declared.is_cell(&self.published.dimensions, &codes, &values) {
                        continue;
                    }
                    let interval = |centre: usize| {
                        let row = rows.get(&(combination, centre as u32, cell));
                        row.map_or((0, self.threshold() - 1), |interval| (interval.lower(), interval.upper().unwrap()))
                    };
                    let centres = (0..self.published.centres.len()).filter(|&c| self.published.collects(c, &table.codes));
                    let intervals = centres.map(|c| (c, interval(c))).collect();
                    cells.insert(Cell { codes: codes.clone(), values }, intervals);
                }
            }
        }
        cells
    }

    fn condition(&self, dimension: usize, value: u32, is: &str) -> String {
        let of = self.published.dimensions.get(dimension);
        let name = of.dictionary.name(value);
        if name == ROOT { format!("has {}", of.name) } else { format!("{} {is} \"{name}\"", of.name) }
    }

    /// A cell as a question.
    fn text(&self, cell: &Cell) -> String {
        let codes = cell.codes.iter().map(|&(d, code)| self.condition(d, code, "="));
        let partitions = self.published.dimensions.partitions().zip(&cell.values);
        let values = partitions.filter_map(|(d, value)| Some(self.condition(d, (*value)?, "=")));
        let terms: Vec<String> = codes.chain(values).collect();
        if terms.is_empty() { "everyone".into() } else { terms.join(" and ") }
    }

    /// Cells of which a cell is a part: of fewer values and codes, or of codes above.
    fn around(&self, cell: &Cell) -> BTreeSet<Cell> {
        let mut steps = Vec::new();
        for (p, _) in cell.values.iter().enumerate().filter(|(_, value)| value.is_some()) {
            let mut outer = cell.clone();
            outer.values[p] = None;
            steps.push(outer);
        }
        for (i, &(d, code)) in cell.codes.iter().enumerate() {
            let mut rest = cell.clone();
            rest.codes.remove(i);
            for &parent in self.published.dimensions.get(d).dictionary.parents(code) {
                let mut outer = rest.clone();
                outer.codes.push((d, parent));
                outer.codes.sort_unstable();
                steps.push(outer);
            }
            steps.push(rest);
        }
        let further: Vec<Cell> = steps.iter().flat_map(|outer| self.around(outer)).collect();
        steps.into_iter().chain(further).collect()
    }

    /// The bounds of an answer at each centre: lower end, and upper end.
    fn bounds(&self, text: &str) -> Vec<Option<(u64, u64)>> {
        let numbers = self.memory.engine.count(&self.memory.prepare(text)).unwrap();
        let bounds = numbers.centres.into_iter().map(|centre| centre.map(|numbers| numbers.interval));
        bounds.map(|interval| interval.map(|interval| (interval.lower(), interval.upper().unwrap_or(u64::MAX)))).collect()
    }

    fn proves_no_small_cell(&self) {
        let cells = self.cells();
        let mut asked = 0;
        for (cell, intervals) in &cells {
            let bounds = self.bounds(&self.text(cell));
            for &(centre, (published, _)) in intervals {
                let (lower, upper) = bounds[centre].expect("the centre collects it");
                let is_open = lower == 0 && upper >= self.threshold() - 1;
                assert!(published >= self.threshold() || is_open, "{} at {centre}: {lower} to {upper}", self.text(cell));
                asked += 1;
            }
            for outer in self.around(cell).into_iter().filter(|outer| cells.contains_key(outer)) {
                let text = format!("{} and not ({})", self.text(&outer), self.text(cell));
                for (centre, bounds) in self.bounds(&text).into_iter().enumerate() {
                    let Some((lower, upper)) = bounds else { continue };
                    let is_open = upper >= self.threshold() || upper == self.threshold() - 1 && lower == 0;
                    assert!(upper == 0 || is_open, "{text} at {centre}: {lower} to {upper}");
                    asked += 1;
                }
            }
        }
        assert!(asked > 1_000, "{asked} answers");
    }

    /// The same release whose reader knows all that no row contradicts: that nobody, or nobody with a code, is within a value of a
    /// partition at any centre. It is known to the reader's programs, too: as structural zeros.
    fn with_public_knowledge(&self) -> Self {
        let mut published = self.published.clone();
        let dimensions = &published.dimensions;
        let partitions: Vec<usize> = dimensions.partitions().collect();
        let named = |d: usize, value: u32| {
            let of = dimensions.get(d);
            (of.name.clone(), of.dictionary.name(value).to_owned())
        };
        // The rows that prove people.
        let supports: Vec<Cell> = published
            .tables
            .iter()
            .flat_map(|table| table.rows.iter().filter(|row| row.interval.lower() > 0).map(move |row| (table, row)))
            .map(|(table, row)| {
                let values = published.layout(table.order).values(row.cell as usize);
                Cell { values, codes: table.codes.iter().copied().zip(row.codes).collect() }
            })
            .collect();
        let stage = partitions.iter().position(|&d| dimensions.get(d).role == Some(Role::LifeStage)).unwrap();
        // Whoever has a code in the first life stage, or first there, has what it lies in first there, too.
        let lies_in = |(d, below): (usize, u32), (of, code): (usize, u32), is_first_stage: bool| {
            let dictionary = &dimensions.get(d).dictionary;
            let is_first = |code: u32| dictionary.onset(code).filter(|onset| onset.stage == 0);
            let first = || is_first(code).filter(|_| is_first_stage || is_first(below).is_some());
            d == of && (dictionary.is_within(below, code) || first().is_some_and(|first| dictionary.is_within(below, first.code)))
        };
        let is_supported = |p: usize, value: u32, code: Option<(usize, u32)>| {
            let mut within = supports.iter().filter(|cell| cell.values[p] == Some(value));
            within.any(|cell| {
                let lies_in = |code| cell.codes.iter().any(|&below| lies_in(below, code, cell.values[stage] == Some(0)));
                code.is_none_or(lies_in)
            })
        };
        let coded = (0..dimensions.all().len()).filter(|&d| dimensions.get(d).kind == Kind::Codes);
        let codes = coded.flat_map(|d| (0..dimensions.get(d).dictionary.len() as u32).map(move |code| Some((d, code))));
        let facts: Vec<Option<(usize, u32)>> = std::iter::once(None).chain(codes).collect();
        let mut zeros = Vec::new();
        for (p, &partition) in partitions.iter().enumerate() {
            for value in 0..dimensions.get(partition).dictionary.len() as u32 {
                for &fact in facts.iter().filter(|&&fact| !is_supported(p, value, fact)) {
                    let of_code = fact.map(|(d, code)| named(d, code));
                    zeros.push(std::iter::once(named(partition, value)).chain(of_code).collect());
                }
            }
        }
        assert!(!zeros.is_empty());
        published.structural_zeros = zeros;
        Self::of(published, &self.policy)
    }

    /// How far a question's answers are from proving that a group has people and fewer than the threshold: 0, it does.
    fn distance(&self, text: &str) -> u64 {
        let k = self.threshold();
        let of = |(lower, upper): (u64, u64)| (if lower == 0 { k } else { 0 }) + upper.saturating_sub(k - 1);
        let people = self.bounds(text).into_iter().flatten().filter(|&(_, upper)| upper > 0);
        people.map(of).min().unwrap_or(u64::MAX)
    }

    /// Asks so many questions, half of them made of those whose answers were nearest to proving a small group, and returns what does.
    fn small_answers(&self, count: usize, seed: u8) -> Vec<String> {
        let drawn = drawn(&question(), count, seed);
        let (drawn, terms) = drawn.split_at(count / 2);
        let mut nearest: BTreeSet<(u64, String)> = drawn.iter().map(|text| (self.distance(text), text.clone())).collect();
        for (i, term) in terms.iter().enumerate() {
            while nearest.len() > KEPT {
                nearest.pop_last();
            }
            let (_, text) = nearest.iter().nth(i * 7 % nearest.len()).expect("some question is kept");
            let changed = match i % 4 {
                0 | 1 => format!("({text}) and ({term})"),
                2 => format!("({text}) and not ({term})"),
                _ => format!("({text}) or ({term})"),
            };
            // A question that grew long is no longer told from its neighbours by another term.
            if changed.len() <= LONGEST {
                nearest.insert((self.distance(&changed), changed));
            }
        }
        nearest
            .into_iter()
            .take_while(|(distance, _)| *distance == 0)
            .map(|(_, text)| format!("{text}: {:?}", self.bounds(&text)))
            .collect()
    }
}

/// Questions that are kept because their answers are near to proving something, and how long they become.
const KEPT: usize = 100;
const LONGEST: usize = 600;

fn policies(of: [(u32, u32); 3]) -> [Policy; 3] {
    of.map(|(threshold, base)| Policy::new(threshold, base, Decoy::DEFAULT).unwrap())
}

/// Always the same random values.
fn drawn<T>(strategy: &impl Strategy<Value = T>, count: usize, seed: u8) -> Vec<T> {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]));
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

#[test]
fn an_answer_of_an_audited_release_proves_no_small_cell() {
    let policies = policies([(10, 10), (10, 5), (10, 1)]);
    for (policy, size) in policies.iter().zip([1_500, 600, 300]) {
        Audited::new(&crowd(size), policy).proves_no_small_cell();
    }
    for (i, people) in drawn(&people(400), 6, 1).iter().enumerate() {
        Audited::new(people, &policies[i % 3]).proves_no_small_cell();
    }
}

/// How many questions are asked: 100,000, or what `NINZU_QUESTIONS` says.
fn questions() -> usize {
    std::env::var("NINZU_QUESTIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000)
}

/// Half of the questions go to readers who know nothing but the release, half to those who know what everybody knows.
#[test]
#[expect(clippy::print_stdout, reason = "what is counted is shown")]
fn no_answer_proves_a_small_group() {
    // A release may be published under these.
    let policies = policies([(10, 10), (10, 15), (5, 5)]);
    let releases = 20;
    let each = questions() / releases / 2;
    let mut small = Vec::new();
    for (i, people) in drawn(&people(600), releases, 2).iter().enumerate() {
        let release = Audited::new(people, &policies[i % 3]);
        small.extend(release.small_answers(each, i as u8));
        small.extend(
            release.with_public_knowledge().small_answers(each, i as u8).into_iter().map(|answer| format!("known: {answer}")),
        );
    }
    println!("{} answers of {} questions prove a group of one to k - 1", small.len(), each * releases * 2);
    assert_eq!(small, Vec::<String>::new());
}

#[test]
fn such_questions_find_what_is_not_repaired() {
    let policy = &policies([(10, 10); 3])[0];
    let releases: Vec<Audited> =
        drawn(&people(600), 5, 2).iter().map(|people| Audited::of(bare(&population(people), policy, &[]), policy)).collect();
    let alone = |release: &Audited| !release.small_answers(2_000, 1).is_empty();
    assert!(releases.iter().any(alone));
}
