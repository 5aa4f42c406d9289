//! The worked example of `docs/disclosure-method.md`: its tables are read from the page, and every number is asserted.

use ninzu::bounds::{Program, Solver, certified_minimum};
use ninzu::build::{Key, MarginPlan, protect_release};
use ninzu::disclosure::{Audit, Breach, CellNames, Repaired, audit, repair};
use ninzu::model::{Decoy, Dimensions, Kind, Label, MarginLayout, Policy};
use ninzu::source::{CodeRecords, Population};
use ninzu::{Centre, Interval, Published, Row};

use crate::people::dimension;

const PAGE: &str = include_str!("../../../docs/disclosure-method.md");

/// The people: sex, codes (closed, as positions in the dictionary P, A, B), how many.
const PEOPLE: [(u32, &[u32], usize); 7] =
    [(0, &[0, 1], 13), (0, &[0, 1, 2], 1), (0, &[0, 2], 3), (0, &[], 45), (1, &[0, 1], 13), (1, &[0, 2], 3), (1, &[], 34)];
/// The codes as the page names them; the empty name is everybody.
const CODES: [&str; 4] = ["everyone", "P", "A", "B"];
const SEXES: [&str; 3] = ["all", "female", "male"];
/// The byte that the page's key repeats, and that of the key by which chance does what repair did.
const KEY: u8 = 208;
const OTHER_KEY: u8 = 245;
const VARIABLES: [&str; 8] = ["n_f", "p_f", "a_f", "b_f", "n_m", "p_m", "a_m", "b_m"];

/// The body of the table that follows a marker on the page, cell by cell.
fn table(name: &str) -> Vec<Vec<&'static str>> {
    let marker = format!("<!-- example: {name} -->");
    let after = PAGE.split_once(&marker).unwrap_or_else(|| panic!("the page has no table {name:?}")).1;
    let lines = after.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect();
    lines.skip(2).map(cells).collect()
}

fn number(text: &str) -> i64 {
    text.replace('−', "-").parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

/// `[lo, hi]`; what follows is words.
fn interval(text: &str) -> Interval {
    let (lo, hi) = text.trim_start_matches('[').split_once(']').unwrap().0.split_once(',').unwrap();
    Interval::new(lo.parse().unwrap(), hi.trim().parse().unwrap()).unwrap()
}

fn population() -> Population {
    let dimensions = vec![
        dimension("sex", Kind::Partition, &[("female", &[]), ("male", &[])]),
        dimension("diagnosis", Kind::Codes, &[("P", &[]), ("A", &["P"]), ("B", &["P"])]),
    ];
    let each = || PEOPLE.iter().flat_map(|&(sex, codes, n)| std::iter::repeat_n((sex, codes), n));
    let mut records = CodeRecords { offsets: vec![0], codes: Vec::new() };
    for (_, codes) in each() {
        records.codes.extend(codes);
        records.offsets.push(records.codes.len());
    }
    Population {
        dimensions: Dimensions::new(dimensions).unwrap(),
        named_by_spec: vec![true, true],
        centres: vec![Centre { name: "X".into(), label: Label::same("X"), collects: vec![1] }],
        centre: vec![0; each().count()],
        partitions: vec![each().map(|person| person.0).collect()],
        records: vec![records],
    }
}

fn policy() -> Policy {
    Policy::new(10, 10, Decoy::DEFAULT).unwrap()
}

/// The release before repair.
fn bare() -> Published {
    under_key(KEY)
}

/// The same under a key that repeats a byte.
fn under_key(byte: u8) -> Published {
    let population = population();
    let plan = MarginPlan::new(&population.dimensions, 1, 0, Vec::new()).unwrap();
    let protected = protect_release(&population, &plan, &policy(), &[], &Key::new([byte; 32]), &()).unwrap();
    population.published(protected.tables, &[]).unwrap()
}

fn repaired() -> (Published, Repaired) {
    let mut published = bare();
    let repaired = repair(&mut published, &policy(), &mut (), &()).unwrap();
    (published, repaired)
}

fn audited(published: &Published) -> Audit {
    audit(published, &policy(), &()).unwrap()
}

/// The published row of a cell, by its names on the page.
fn row(published: &Published, code: &str, sex: &str) -> Option<Row> {
    let (table, code) = if code == "everyone" {
        (&published.tables[0], 0)
    } else {
        (&published.tables[1], published.dimensions.get(1).dictionary.id(code).unwrap())
    };
    let sex = published.dimensions.get(0).dictionary.id(sex);
    let cell = MarginLayout::new(&[2], 1).index(&[sex]).unwrap() as u32;
    table.rows.iter().find(|row| row.codes[0] == code && row.cell == cell).copied()
}

fn ends(published: &Published, code: &str, sex: &str) -> Interval {
    row(published, code, sex).map_or(policy().unlisted(), |row| row.interval)
}

fn shown(interval: Interval, is_published: bool) -> String {
    let words = if is_published { "" } else { " suppressed" };
    format!("[{}, {}]{words}", interval.lower(), interval.upper().unwrap())
}

/// One constraint of the page's program.
struct Constraint {
    name: &'static str,
    terms: Vec<(u32, i32)>,
    lower: i64,
    upper: Option<i64>,
    multiplier: i64,
    contribution: i64,
}

fn constraints() -> Vec<Constraint> {
    let term = |text: &str| {
        let (sign, name) = text.strip_prefix('−').map_or((1, text), |name| (-1, name));
        (VARIABLES.iter().position(|variable| *variable == name).unwrap() as u32, sign)
    };
    let constraint = |line: Vec<&'static str>| Constraint {
        name: line[0],
        terms: line[1].trim_matches('`').replace("− ", "−").replace("+ ", "").split(' ').map(term).collect(),
        lower: number(line[2]),
        upper: (line[3] != "∞").then(|| number(line[3])),
        multiplier: number(line[4]),
        contribution: number(line[5]),
    };
    table("program").into_iter().map(constraint).collect()
}

/// The page's program, with the cells' intervals of a release.
fn program(published: &Published) -> Program {
    let mut program = Program::new(VARIABLES.len());
    for constraint in constraints() {
        let interval = match constraint.name.split_once(", ") {
            Some((code, sex)) => ends(published, code, sex),
            None => Interval::at_least(constraint.lower.try_into().unwrap()),
        };
        program.constrain_weighted(constraint.terms, interval).unwrap();
    }
    program
}

/// The sum of variables that a cell is.
fn sum(code: &str, sex: &str) -> Vec<i64> {
    let name = format!("{code}, {sex}");
    let constraint = constraints().into_iter().find(|constraint| constraint.name == name).unwrap();
    let mut sum = vec![0; VARIABLES.len()];
    constraint.terms.iter().for_each(|&(u, a)| sum[u as usize] += i64::from(a));
    sum
}

#[test]
fn the_pages_cells_are_those_of_the_release() {
    let (population, bare, (repaired, _)) = (population(), bare(), repaired());
    assert!(PAGE.contains(&format!("One centre X with {} persons", population.len())));
    assert!(PAGE.contains(&format!("$k = {}$, $b = {}$", policy().threshold(), policy().base())));
    let mut lines = table("cells").into_iter();
    for (c, code) in CODES.into_iter().enumerate() {
        for (s, sex) in SEXES.into_iter().enumerate() {
            let has = |&person: &usize| {
                (s == 0 || population.partitions[0][person] == s as u32 - 1)
                    && (c == 0 || population.records[0].of(person).contains(&(c as u32 - 1)))
            };
            let count = (0..population.len()).filter(has).count() as u64;
            let coded = policy().bucket(count);
            let after = |published| shown(ends(published, code, sex), row(published, code, sex).is_some());
            let coded = shown(coded.unwrap_or(policy().unlisted()), coded.is_some());
            let expected = [code.to_owned(), sex.to_owned(), count.to_string(), coded, after(&bare), after(&repaired)];
            assert_eq!(lines.next().unwrap_or_default(), expected);
        }
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn the_pages_program_proves_that_b_has_people() {
    let bare = bare();
    let (mut total, mut combined) = (0, vec![0; VARIABLES.len()]);
    let mut witness = Vec::new();
    for Constraint { name, terms, lower, upper, multiplier, contribution } in constraints() {
        if let Some((code, sex)) = name.split_once(", ") {
            let interval = ends(&bare, code, sex);
            assert_eq!((interval.lower().cast_signed(), interval.upper().map(u64::cast_signed)), (lower, upper), "{name}");
            if multiplier != 0 {
                witness.push((format!("X, diagnosis = {code}"), interval.to_string()));
            }
        }
        let end = if multiplier > 0 { Some(lower) } else { upper };
        assert_eq!(if multiplier == 0 { 0 } else { multiplier * end.unwrap() }, contribution, "{name}");
        total += contribution;
        for (u, a) in terms {
            combined[u as usize] += multiplier * i64::from(a);
        }
    }
    // The multipliers add the constraints up to the cell, and their ends to at least one person.
    let b = sum("B", "all");
    assert_eq!((&combined, total), (&b, 1));
    let duals: Vec<f64> = constraints().iter().map(|constraint| constraint.multiplier as f64).collect();
    assert_eq!(certified_minimum(&program(&bare), &b, &duals), Some(1));
    // It is what the audit itself found, with the same witness.
    let found = audited(&bare).violations;
    let names = CellNames::new(&bare);
    let [unsupported, violation, difference] = &found[..] else { panic!("{found:?}") };
    let [unsupported, violation, difference] = [unsupported, violation, difference].map(|violation| violation.shown(&names));
    // Where B is empty among women and among men, no point is left.
    assert_eq!((unsupported.proof, &unsupported.witness), (Breach::Unsupported, &violation.witness));
    assert_eq!(unsupported.facts, ["X, diagnosis = B, sex = female", "X, diagnosis = B, sex = male"]);
    assert_eq!((violation.group.to_string().as_str(), violation.proof), ("X, diagnosis = B", Breach::Existence));
    assert_eq!(
        (difference.group.to_string().as_str(), difference.proof),
        ("X, diagnosis = P outside of X, diagnosis = A", Breach::Differencing)
    );
    assert_eq!(difference.witness, [("X, diagnosis = B".to_owned(), "0–9".to_owned())]);
    let mut named = violation.witness.clone();
    named.sort();
    witness.sort();
    assert_eq!(named, witness);
}

#[test]
fn the_pages_choice_is_that_of_repair() {
    let (bare, (published, Repaired { widenings, .. })) = (bare(), repaired());
    let [widening] = &widenings[..] else { panic!("{widenings:?}") };
    let base = i64::from(policy().base());
    let mut candidates = Vec::new();
    for line in table("choice") {
        let (code, sex) = line[0].split_once(", ").unwrap();
        let (now, gap, multiplier) = (ends(&bare, code, sex), 1, number(line[2]));
        let (lo, hi) = (now.lower().cast_signed(), now.upper().unwrap().cast_signed());
        let constraint = constraints().into_iter().find(|constraint| constraint.name == line[0]).unwrap();
        assert_eq!((multiplier, now), (constraint.multiplier, interval(line[3])));
        let far = base * (f64::from(gap) / (multiplier.abs() * base) as f64).ceil() as i64;
        let (end, wider) = if multiplier > 0 { ("lower", (lo - far, hi)) } else { ("upper", (lo, hi + far)) };
        assert_eq!(line[1], end);
        assert_eq!(line[4], format!("[{}, {}]", wider.0, wider.1));
        assert_eq!(line[5], format!("{}/{hi}", hi - lo + base));
        candidates.push(((hi - lo + base) as f64 / hi as f64, line[0], wider));
    }
    candidates.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (_, name, (lo, hi)) = candidates[0];
    let (code, sex) = name.split_once(", ").unwrap();
    assert_eq!(
        (CellNames::new(&bare).cell(widening.cell), widening.to),
        (format!("X, diagnosis = {code}"), (lo as u32, hi as u32))
    );
    let chosen = Interval::new(lo as u64, hi as u64).unwrap();
    assert_eq!(ends(&published, code, sex), chosen);
    // What repair did here, chance alone does under another key.
    let other = under_key(OTHER_KEY);
    assert_eq!(ends(&other, code, sex), chosen);
    assert_eq!(audited(&other).violations, []);
    assert!(PAGE.contains(&format!("each {KEY})")) && PAGE.contains(&format!("(each byte {OTHER_KEY})")));
}

#[test]
fn the_pages_tables_are_consistent_with_the_repaired_release() {
    let published = repaired().0;
    let program = program(&published);
    for line in table("evidence") {
        let point: Vec<i64> = line[1..9].iter().map(|text| number(text)).collect();
        for i in 0..program.constraints() {
            let value: i64 = program.members(i).iter().map(|&(u, a)| point[u as usize] * i64::from(a)).sum();
            assert!(program.interval(i).contains(value.try_into().unwrap()), "{}: constraint {i} is {value}", line[0]);
        }
        let value = |code: &str, sex: &str| sum(code, sex).iter().zip(&point).map(|(a, u)| a * u).sum::<i64>();
        let shown: Vec<i64> = line[9..].iter().map(|text| number(text)).collect();
        let [b, female, male] = SEXES.map(|sex| value("B", sex));
        assert_eq!(shown, [b, female, male, value("P", "all") - value("A", "all")], "{}", line[0]);
    }
    // Together they clear the three cells of B, and the difference: each is 0 in one of them, and 9 in another.
    for at in 9..13 {
        let values: Vec<i64> = table("evidence").iter().map(|line| number(line[at])).collect();
        assert!(values.contains(&0) && values.contains(&9), "{values:?}");
    }
    assert_eq!(audited(&published).violations, []);
}

#[test]
fn the_pages_feasibility_intervals_are_the_programs() {
    let mut lines = table("feasibility").into_iter();
    for code in CODES {
        for sex in SEXES {
            let bounds = |published: &Published| {
                let bounds = Solver::new(program(published)).bounds(&sum(code, sex)).unwrap();
                assert!(bounds.sharp, "{code}, {sex}");
                shown(bounds.interval, true)
            };
            let expected = [code.to_owned(), sex.to_owned(), bounds(&bare()), bounds(&repaired().0)];
            assert_eq!(lines.next().unwrap_or_default(), expected);
        }
    }
    assert_eq!(lines.next(), None);
}

#[test]
fn the_pages_subproblems_are_those_of_the_audit() {
    let (before, after) = (audited(&bare()).totals, audited(&repaired().0).totals);
    for line in table("subproblems") {
        assert_eq!([&before, &after].map(|totals| totals.subproblems[line[0]].to_string()), [line[1], line[2]], "{}", line[0]);
    }
    let named: Vec<&str> = table("subproblems").iter().map(|line| line[0]).collect();
    let some = after.subproblems.iter().filter(|(_, n)| **n > 0).map(|(kind, _)| kind.as_str());
    assert!(some.clone().all(|kind| named.contains(&kind)), "{:?}", some.collect::<Vec<_>>());
    let of = |totals: &ninzu::disclosure::AuditTotals| [totals.targets, totals.violations].map(|n| n.to_string());
    for (i, line) in table("totals").iter().enumerate() {
        assert_eq!([&of(&before)[i], &of(&after)[i]], [line[1], line[2]], "{}", line[0]);
    }
}
