//! What an audited release promises, asked of the product's own reader: nothing that it answers proves a small group.

use std::collections::HashMap;

use ninzu::Published;
use ninzu::model::{Decoy, Policy, ROOT};
use ninzu::write::release_files;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::people::{Person, crowd, people, population};
use crate::properties::{Memory, meta, question};
use crate::redteam::protected;

/// A declared cell: its codes by dimension, and the value of each partition that it fixes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Cell {
    codes: Vec<(usize, u32)>,
    values: Vec<Option<u32>>,
}

/// A centre, and the published interval of a cell at it.
type AtCentre = (usize, (u64, u64));

/// A release that was repaired and audited, and its cells.
struct Audited {
    published: Published,
    memory: Memory,
    threshold: u64,
}

impl Audited {
    fn new(people: &[Person], policy: &Policy) -> Self {
        let published = protected(&population(people), policy, &[]);
        let memory = Memory::open(release_files(&meta(policy), &published).unwrap()).unwrap();
        Self { published, memory, threshold: policy.threshold().into() }
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
                        row.map_or((0, self.threshold - 1), |interval| (interval.lower(), interval.upper().unwrap()))
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
        let name = &of.dictionary.code(value).name;
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

    /// Cells of which a cell is a part, each with the question of who is in that one and not in this one.
    fn around(&self, cell: &Cell) -> Vec<(Cell, String)> {
        let mut around = Vec::new();
        for (p, d) in self.published.dimensions.partitions().enumerate() {
            if let Some(value) = cell.values[p] {
                let mut outer = cell.clone();
                outer.values[p] = None;
                let text = format!("{} and {}", self.text(&outer), self.condition(d, value, "!="));
                around.push((outer, text));
            }
        }
        for (i, &(d, code)) in cell.codes.iter().enumerate() {
            let not = format!("not {}", self.condition(d, code, "="));
            let mut rest = cell.clone();
            rest.codes.remove(i);
            around.push((rest.clone(), format!("{} and {not}", self.text(&rest))));
            for &parent in self.published.dimensions.get(d).dictionary.parents(code) {
                let mut outer = rest.clone();
                outer.codes.push((d, parent));
                outer.codes.sort_unstable();
                around.push((outer.clone(), format!("{} and {not}", self.text(&outer))));
            }
        }
        around
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
                let is_open = lower == 0 && upper >= self.threshold - 1;
                assert!(published >= self.threshold || is_open, "{} at {centre}: {lower} to {upper}", self.text(cell));
                asked += 1;
            }
            for (outer, text) in self.around(cell).into_iter().filter(|(outer, _)| cells.contains_key(outer)) {
                for (centre, bounds) in self.bounds(&text).into_iter().enumerate() {
                    let Some((lower, upper)) = bounds else { continue };
                    let is_open = upper >= self.threshold || upper == self.threshold - 1 && lower == 0;
                    assert!(upper == 0 || is_open, "{text} ({outer:?}) at {centre}: {lower} to {upper}");
                    asked += 1;
                }
            }
        }
        assert!(asked > 1_000, "{asked} answers");
    }

    /// Answers to random questions that prove that a group has people, and fewer than the threshold.
    fn small_answers(&self, questions: &[String]) -> Vec<String> {
        let is_small = |&(lower, upper): &(u64, u64)| lower >= 1 && upper < self.threshold;
        let answers = questions.iter().flat_map(|text| self.bounds(text).into_iter().flatten().map(move |bounds| (text, bounds)));
        answers
            .filter(|(_, bounds)| is_small(bounds))
            .map(|(text, (lower, upper))| format!("{text}: {lower} to {upper}"))
            .collect()
    }
}

fn policies() -> [Policy; 3] {
    [(10, 10), (10, 5), (10, 1)].map(|(threshold, base)| Policy::new(threshold, base, Decoy::DEFAULT).unwrap())
}

/// Always the same random values.
fn drawn<T>(strategy: &impl Strategy<Value = T>, count: usize, seed: u8) -> Vec<T> {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]));
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

#[test]
fn an_answer_of_an_audited_release_proves_no_small_cell() {
    for (policy, size) in policies().iter().zip([1_500, 600, 300]) {
        Audited::new(&crowd(size), policy).proves_no_small_cell();
    }
    for (i, people) in drawn(&people(400), 6, 1).iter().enumerate() {
        Audited::new(people, &policies()[i % 3]).proves_no_small_cell();
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "what is counted is shown")]
fn random_questions_that_prove_small_groups_are_counted() {
    let (mut small, mut asked) = (0, 0);
    for (i, people) in drawn(&people(600), 20, 2).iter().enumerate() {
        let questions = drawn(&question(), 5_000, i as u8);
        for answer in Audited::new(people, &policies()[i % 3]).small_answers(&questions) {
            println!("{answer}");
            small += 1;
        }
        asked += questions.len();
    }
    println!("{small} answers of {asked} questions prove a group of 1 to 9");
    assert!(asked >= 100_000);
}
