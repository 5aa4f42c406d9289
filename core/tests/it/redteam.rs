//! Attacks that succeed against a release without repair, and fail against a protected one.
//!
//! Each attack is arithmetic on published intervals, written here and nowhere else; the linear programs of the audit and the
//! independent attacker in `attack/` come on top. `proved` counts small cells about which something is proved.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use ninzu::build::{Key, MarginPlan, PairPlan, protect_release};
use ninzu::disclosure::{Breach, CellNames, Journal, ShownViolation, Work, audit, repair};
use ninzu::model::{Decoy, Dimensions, Kind, Label, MarginLayout, Policy, StructuralZero};
use ninzu::source::{PairCodes, Population};
use ninzu::write::{ReleaseMeta, release_files};
use ninzu::{Centre, DeclaredCodes, Error, ErrorKind, Interval, Published, Result, Row, Table};
use proptest::prelude::*;

use crate::people::{DIAGNOSIS, Person, SPECIMEN, crowd, dimension, people, population};
use crate::properties::meta;

/// Persons enough for many cells near the threshold.
const PERSONS: u32 = 260;

pub(crate) fn plan(population: &Population, order: usize) -> MarginPlan {
    let list = |codes: &[&str]| PairCodes::List(codes.iter().map(|&c| c.to_owned()).collect());
    let pairs = vec![
        PairPlan { of: [DIAGNOSIS, DIAGNOSIS], codes: list(&["A", "A1", "B", "C"]) },
        PairPlan { of: [DIAGNOSIS, SPECIMEN], codes: list(&["A", "A1", "B", "dna", "serum"]) },
    ];
    MarginPlan::new(&population.dimensions, order, order.min(2), pairs).unwrap()
}

fn key() -> Key {
    Key::new([7; 32])
}

/// Buckets and decoys alone.
pub(crate) fn bare(population: &Population, policy: &Policy, zeros: &[StructuralZero]) -> Published {
    let protected = protect_release(population, &plan(population, 3), policy, zeros, &key(), &()).unwrap();
    population.published(protected.tables, zeros).unwrap()
}

/// The same, repaired and audited.
pub(crate) fn protected(population: &Population, policy: &Policy, zeros: &[StructuralZero]) -> Published {
    let mut published = bare(population, policy, zeros);
    repair(&mut published, policy, &mut (), &()).unwrap();
    let audit = audit(&published, policy, &()).unwrap();
    assert_eq!(audit.violations, []);
    published
}

fn ndb() -> Policy {
    Policy::new(10, 10, Decoy::DEFAULT).unwrap()
}

/// A release without repair and with it, of the same people.
fn both() -> &'static [Published; 2] {
    static BOTH: OnceLock<[Published; 2]> = OnceLock::new();
    BOTH.get_or_init(|| with_and_without(&ndb()))
}

/// The same with exact counts from the threshold up.
fn both_exact() -> &'static [Published; 2] {
    static BOTH: OnceLock<[Published; 2]> = OnceLock::new();
    BOTH.get_or_init(|| with_and_without(&Policy::new(10, 1, Decoy::DEFAULT).unwrap()))
}

fn with_and_without(policy: &Policy) -> [Published; 2] {
    let population = population(&crowd(PERSONS));
    [bare(&population, policy, &[]), protected(&population, policy, &[])]
}

type Codes = Vec<(usize, u32)>;

/// A declared cell: the centre, the codes, the partitions' values.
type Cell = (usize, Codes, Vec<Option<u32>>);

/// What a stranger reads: the interval of every declared cell.
struct Read<'a> {
    published: &'a Published,
    cells: HashMap<Cell, Interval>,
}

impl<'a> Read<'a> {
    fn new(published: &'a Published) -> Self {
        let rules = published.declared().unwrap();
        let mut cells = HashMap::new();
        for table in &published.tables {
            let layout = published.layout(table.order);
            let combinations = match &table.declared {
                DeclaredCodes::List(list) => list.clone(),
                DeclaredCodes::Dictionary => table.combinations(&published.dimensions),
            };
            let rows: BTreeMap<_, _> =
                table.rows.iter().map(|r| ((r.codes, r.centre as usize, r.cell as usize), r.interval)).collect();
            for combination in combinations {
                let codes: Codes = table.codes.iter().copied().zip(combination).collect();
                for cell in 0..layout.len() {
                    let values = layout.values(cell);
                    for centre in (0..published.centres.len()).filter(|&c| published.collects(c, &table.codes)) {
                        if rules.is_cell(&published.dimensions, &codes, &values) {
                            let interval = rows.get(&(combination, centre, cell)).copied().or(table.suppressed).unwrap();
                            cells.insert((centre, codes.clone(), values.clone()), interval);
                        }
                    }
                }
            }
        }
        Self { published, cells }
    }

    fn get(&self, centre: usize, codes: &[(usize, u32)], values: &[Option<u32>]) -> Option<(i64, i64)> {
        let mut codes = codes.to_vec();
        codes.sort_unstable();
        let interval = self.cells.get(&(centre, codes, values.to_vec()))?;
        Some((interval.lower().cast_signed(), interval.upper().unwrap().cast_signed()))
    }

    /// How many small cells have a proof by which they have people.
    fn proved(&self, proof: impl Fn(&Cell) -> Option<i64>) -> usize {
        self.cells.iter().filter(|(cell, interval)| interval.lower() < 10 && proof(cell).is_some_and(|least| least > 0)).count()
    }

    fn code(&self, d: usize, name: &str) -> u32 {
        self.published.dimensions.get(d).dictionary.id(name).unwrap()
    }
}

/// The attack must succeed without repair and fail with it.
fn only_without_repair(attack: impl Fn(&Read<'_>) -> usize) {
    stands_only_repaired(both(), attack);
}

fn stands_only_repaired([bare, protected]: &[Published; 2], attack: impl Fn(&Read<'_>) -> usize) {
    assert!(attack(&Read::new(bare)) > 0, "the attack succeeds without repair");
    assert_eq!(attack(&Read::new(protected)), 0, "the attack fails against a protected release");
}

#[test]
fn margin_minus_children() {
    let sizes = [2, 1, 3];
    only_without_repair(|read| {
        read.proved(|(centre, codes, values)| {
            let shortfall = |p: usize| {
                let with = |value: Option<u32>| {
                    let mut values = values.clone();
                    values[p] = value;
                    values
                };
                let value = values[p]?;
                let above = read.get(*centre, codes, &with(None))?.0;
                let others = (0..sizes[p]).filter(|&other| other != value);
                // A sibling that is not declared is impossible.
                Some(above - others.map(|other| read.get(*centre, codes, &with(Some(other))).map_or(0, |i| i.1)).sum::<i64>())
            };
            // An onset is impossible in earlier stages, and equal to its code in the first: left to `onset_partition`.
            let is_onset = |&(d, code): &(usize, u32)| read.published.dimensions.get(d).dictionary.onset(code).is_some();
            if codes.iter().any(is_onset) { None } else { (0..values.len()).filter_map(shortfall).max() }
        })
    });
}

#[test]
fn differencing_between_tables() {
    only_without_repair(|read| {
        read.proved(|(centre, codes, values)| {
            let [a, b] = codes[..] else { return None };
            // Everybody with A or B is a person: A + B - all.
            Some(read.get(*centre, &[a], values)?.0 + read.get(*centre, &[b], values)?.0 - read.get(*centre, &[], values)?.1)
        }) + read.proved(|(centre, codes, values)| {
            // A part that passes its whole: a decoy that its own parts undo.
            let inside =
                read.cells.iter().filter(|((c, inner, at), _)| c == centre && at == values && inner.len() == codes.len() + 1);
            inside
                .filter(|((_, inner, _), _)| codes.iter().all(|code| inner.contains(code)))
                .map(|(_, i)| i.lower().cast_signed())
                .max()
        })
    });
}

#[test]
fn group_disclosure() {
    // Of a larger group hardly anybody is outside a smaller one: the difference is known to be small.
    stands_only_repaired(both_exact(), |read| {
        let known = |(centre, codes, values): &Cell| {
            let (lo, _) = read.get(*centre, codes, values)?;
            let without = |p: usize| {
                let mut wider = values.clone();
                wider[p].take()?;
                read.get(*centre, codes, &wider)
            };
            let fewer = (0..codes.len()).filter_map(|i| {
                let mut fewer = codes.clone();
                fewer.remove(i);
                read.get(*centre, &fewer, values)
            });
            let above: Vec<(i64, i64)> = (0..values.len()).filter_map(without).chain(fewer).collect();
            above.into_iter().map(|(_, hi)| hi - lo).min()
        };
        read.cells.keys().filter(|cell| known(cell).is_some_and(|most| most < 9)).count()
    });
}

#[test]
fn hierarchy_with_pairs() {
    // A lies in its parent P: A + PB - P people have A and B.
    stands_only_repaired(both_exact(), |read| {
        let (inner, outer) = ((DIAGNOSIS, read.code(DIAGNOSIS, "A1")), (DIAGNOSIS, read.code(DIAGNOSIS, "A")));
        read.proved(|(centre, codes, values)| {
            let other = *codes.iter().find(|&&code| code != inner)?;
            if codes.len() != 2 || !codes.contains(&inner) {
                return None;
            }
            let both = read.get(*centre, &[outer, other], values)?.0;
            Some(read.get(*centre, &[inner], values)?.0 + both - read.get(*centre, &[outer], values)?.1)
        }) + read.proved(|(centre, codes, values)| {
            // Whoever has A and B has P and B.
            let other = *codes.iter().find(|&&code| code != outer)?;
            (codes.len() == 2 && codes.contains(&outer)).then(|| read.get(*centre, &[inner, other], values))?.map(|i| i.0)
        })
    });
}

#[test]
fn onset_partition() {
    // Whoever has CODE@stage has CODE; and in a life stage only the stages up to it are possible.
    only_without_repair(|read| {
        let a1 = (DIAGNOSIS, read.code(DIAGNOSIS, "A1"));
        let onsets = ["A1@child", "A1@adult", "A1@old"].map(|name| (DIAGNOSIS, read.code(DIAGNOSIS, name)));
        let sum = |centre: usize, values: &[Option<u32>]| {
            onsets.iter().filter_map(|&onset| read.get(centre, &[onset], values)).map(|i| i.0).sum::<i64>()
        };
        read.proved(|(centre, codes, values)| (codes[..] == [a1]).then(|| sum(*centre, values)))
            + read.proved(|(centre, codes, values)| {
                // An onset's margin over life stages is filled by the stages from it on.
                let onset = onsets.iter().position(|onset| codes[..] == [*onset])?;
                let stage = values[2]?;
                let mut all = values.clone();
                all[2] = None;
                let possible = (onset as u32..3).filter(|&other| other != stage);
                let others = possible.map(|other| {
                    let mut at = values.clone();
                    at[2] = Some(other);
                    read.get(*centre, codes, &at).map_or(i64::from(u32::MAX), |i| i.1)
                });
                Some(read.get(*centre, codes, &all)?.0 - others.sum::<i64>())
            })
    });
}

#[test]
fn root_and_union() {
    only_without_repair(|read| {
        read.proved(|(centre, codes, values)| {
            let &[(d, code)] = &codes[..] else { return None };
            let dictionary = &read.published.dimensions.get(d).dictionary;
            let shortfall = |&parent: &u32| {
                let children: Vec<u32> =
                    dictionary.children(parent).iter().copied().filter(|&c| dictionary.onset(c).is_none()).collect();
                if !children.contains(&code) {
                    return None;
                }
                let most = |child: u32| read.get(*centre, &[(d, child)], values).map_or(0, |i| i.1);
                let others: i64 = children.iter().filter(|&&child| child != code).map(|&child| most(child)).sum();
                let least = read.get(*centre, &[(d, parent)], values)?.0;
                // Children that cannot fill their parent at all visibly do not.
                (least <= others + most(code)).then_some(least - others)
            };
            dictionary.parents(code).iter().filter_map(shortfall).max()
        })
    });
}

#[test]
fn linear_programs() {
    let [bare, protected] = both();
    let found = audit(bare, &ndb(), &()).unwrap();
    for proof in [Breach::Existence, Breach::Differencing] {
        assert!(found.violations.iter().any(|violation| violation.proof == proof), "{proof:?}");
    }
    assert!(found.violations.iter().all(|violation| !violation.witness.is_empty()));
    assert_eq!(found.totals.violations, found.violations.len() as u64);
    assert_eq!(audit(protected, &ndb(), &()).unwrap().totals.violations, 0);
}

/// A code, or none, with the ends of its cells: of all people, and of each sex.
type Ends<'a> = (Option<&'a str>, [(u64, u64); 3]);

/// A release of one centre of these cells alone, from the base to a code three deep.
fn three_deep(cells: [Ends<'_>; 4]) -> Published {
    let codes: [(&str, &[&str]); 3] = [("G", &[]), ("P", &["G"]), ("C", &["P"])];
    let sexes: [(&str, &[&str]); 2] = [("female", &[]), ("male", &[])];
    let dimensions =
        Dimensions::new(vec![dimension("sex", Kind::Partition, &sexes), dimension("diagnosis", Kind::Codes, &codes)]).unwrap();
    let layout = MarginLayout::new(&[2], 1);
    let rows = |(code, ends): &Ends<'_>| {
        let code = code.map_or(0, |code| dimensions.get(1).dictionary.id(code).unwrap());
        let cells = [None, Some(0), Some(1)].map(|sex| layout.index(&[sex]).unwrap() as u32);
        let row = |(cell, (lo, hi))| Row { codes: [code, 0], centre: 0, cell, interval: Interval::new(lo, hi).unwrap() };
        cells.into_iter().zip(*ends).filter(|(_, ends)| ends.1 > 9).map(row).collect::<Vec<_>>()
    };
    let suppressed = Interval::new(0, 9);
    let table = |codes: &[usize], cells: &[_]| Table {
        codes: codes.to_vec(),
        order: 1,
        declared: DeclaredCodes::Dictionary,
        suppressed,
        rows: cells.iter().flat_map(rows).collect(),
    };
    let tables = vec![table(&[], &cells[..1]), table(&[1], &cells[1..])];
    let centres = vec![Centre { name: "X".into(), label: Label::same("X"), collects: vec![1] }];
    Published { dimensions, centres, structural_zeros: Vec::new(), tables }
}

#[test]
fn a_code_and_what_its_parent_lies_in() {
    // C lies in P, and P in G: not more men have C than G, so some women have C. P says nothing of it.
    let release = |men_of_g| {
        three_deep([
            (None, [(100, 109), (40, 49), (60, 69)]),
            (Some("G"), [(40, 59), (20, 29), men_of_g]),
            (Some("P"), [(10, 29), (0, 19), (10, 39)]),
            (Some("C"), [(20, 29), (0, 9), (10, 29)]),
        ])
    };
    assert_eq!(audit(&release((10, 29)), &ndb(), &()).unwrap().violations, []);
    let mut told = release((10, 19));
    let found = audit(&told, &ndb(), &()).unwrap().violations;
    let found: Vec<ShownViolation> = found.iter().map(|violation| violation.shown(&CellNames::new(&told))).collect();
    let is_it = |v: &ShownViolation| v.group.to_string() == "X, diagnosis = C, sex = female" && v.proof == Breach::Existence;
    assert!(found.iter().any(is_it), "{found:?}");
    assert!(found[0].witness.iter().any(|(cell, _)| cell == "X, diagnosis = G, sex = male"), "{found:?}");
    repair(&mut told, &ndb(), &mut (), &()).unwrap();
    assert_eq!(audit(&told, &ndb(), &()).unwrap().violations, []);
}

#[test]
fn structural_zeros_from_outside() {
    // Everybody knows that no male has C; the release that was not told so must hold as well.
    let men_without_c = |mut person: Person| {
        person.leaves.retain(|&leaf| leaf != "C" || person.sex == 0);
        person
    };
    let zeros: Vec<StructuralZero> =
        vec![[("sex", "male"), ("diagnosis", "C")].map(|(d, v)| (d.to_owned(), v.to_owned())).into()];
    let falls = |n: u32| {
        let people: Vec<Person> = crowd(n).into_iter().map(men_without_c).collect();
        let population = population(&people);
        let mut untold = protected(&population, &ndb(), &[]);
        untold.structural_zeros.clone_from(&zeros);
        protected(&population, &ndb(), &zeros);
        !audit(&untold, &ndb(), &()).unwrap().violations.is_empty()
    };
    assert!(!(900..1200).step_by(50).any(falls), "what nothing published supports is taken to be empty already");
}

/// People whose cells have the same buckets, though the counts differ: more of the commonest sort of person.
fn same_buckets() -> [Vec<Person>; 2] {
    let people = crowd(PERSONS);
    let rare: Vec<Person> = people.iter().filter(|person| person.leaves.is_empty()).cloned().collect();
    for person in rare {
        let mut more = people.clone();
        more.push(person);
        let [one, two] = [&people, &more].map(|people| buckets(people));
        if one == two {
            return [people, more];
        }
    }
    panic!("no person can be added within all buckets");
}

/// A table's dimensions, and for each row its codes, centre, cell and lower end.
type Buckets = (Vec<usize>, Vec<([u32; 2], u32, u32, u64)>);

fn buckets(people: &[Person]) -> Vec<Buckets> {
    // Hardly any decoys: what is listed is the buckets.
    let population = population(people);
    let policy = Policy::new(10, 10, Decoy { published: 1e-18, unlisted: 1e-18 }).unwrap();
    let tables = bare(&population, &policy, &[]).tables;
    let row = |row: &ninzu::Row| (row.codes, row.centre, row.cell, row.interval.lower());
    tables.iter().map(|table| (table.codes.clone(), table.rows.iter().map(row).collect())).collect()
}

/// Every byte of an audited release of these people.
fn bytes(population: &Population) -> BTreeMap<String, Vec<u8>> {
    let published = protected(population, &ndb(), &[]);
    let audit = audit(&published, &ndb(), &()).unwrap().totals;
    let meta = ReleaseMeta { audit: Some(audit), ..meta(&ndb()) };
    release_files(&meta, &published).unwrap().files.into_iter().collect()
}

#[test]
fn function_of_buckets() {
    let [one, two] = same_buckets().map(|people| bytes(&population(&people)));
    assert!(one.contains_key("audit.json") && one.len() > 8);
    assert_eq!(one, two);
    // The attack: releases of exact counts tell the two apart.
    let exact = Policy::new(10, 1, Decoy::DEFAULT).unwrap();
    let [one, two] = same_buckets().map(|people| bare(&population(&people), &exact, &[]).tables);
    assert_ne!(one, two);
}

/// Dictionaries, centres, order of rows, sizes: nothing of the people but their buckets.
#[test]
fn metadata() {
    let people = crowd(PERSONS);
    let mut turned = people.clone();
    turned.reverse();
    assert_eq!(bytes(&population(&people)), bytes(&population(&turned)), "the order of people is not in the release");
    let nobody = bytes(&population(&[]));
    let all = bytes(&population(&people));
    for path in nobody.keys().filter(|path| path.starts_with("dimensions/")) {
        assert_eq!(nobody[path], all[path], "{path} comes from the spec");
    }
    let collects = |files: &BTreeMap<String, Vec<u8>>| {
        let descriptor: serde_json::Value = serde_json::from_slice(&files["datapackage.json"]).unwrap();
        let ninzu = &descriptor["ninzu"];
        [ninzu["collects"].clone(), ninzu["centres"].clone(), ninzu["structural_zeros"].clone()]
    };
    assert_eq!(collects(&nobody), collects(&all), "centres and what they collect come from the spec");
    let audit = String::from_utf8(all["audit.json"].clone()).unwrap();
    assert!(!audit.contains("repair") && !audit.contains("decoy") && !audit.contains("widen"));
}

/// Every published interval can come from decoys alone, from every bucket inside it.
#[test]
fn support() {
    let [_, protected] = both();
    let read = Read::new(protected);
    for ((centre, codes, values), interval) in &read.cells {
        let (lo, hi) = (interval.lower(), interval.upper().unwrap());
        assert!(lo == 0 || lo >= 10, "{interval}");
        assert!(lo.is_multiple_of(10) && (hi + 1).is_multiple_of(10), "{interval}: whole buckets");
        if lo == 0 && hi > 9 {
            // From below the threshold: only where everything around it is listed.
            let listed =
                |codes: &[(usize, u32)], values: &[Option<u32>]| read.get(*centre, codes, values).is_none_or(|i| i.1 > 9);
            for p in 0..values.len() {
                let mut wider = values.clone();
                if wider[p].take().is_some() {
                    assert!(listed(codes, &wider), "{codes:?} {values:?}");
                }
            }
            for i in 0..codes.len() {
                let mut fewer = codes.clone();
                let (d, code) = fewer.remove(i);
                assert!(listed(&fewer, values), "{codes:?} {values:?}");
                for &parent in protected.dimensions.get(d).dictionary.parents(code) {
                    let mut above = fewer.clone();
                    above.push((d, parent));
                    assert!(listed(&above, values), "{codes:?} {values:?}");
                }
            }
        }
    }
}

#[test]
fn decoys_off_are_refused() {
    for decoy in [Decoy { published: 0.0, unlisted: 0.25 }, Decoy { published: 0.1, unlisted: 0.0 }] {
        assert_eq!(Policy::new(10, 10, decoy).unwrap_err().kind(), ErrorKind::InvalidPolicy);
    }
}

#[test]
fn totals_minus_all_other_centres() {
    // There is no total over centres to subtract from: every row has a centre.
    let [_, protected] = both();
    assert!(protected.tables.iter().flat_map(|table| &table.rows).all(|row| (row.centre as usize) < protected.centres.len()));
}

/// Stops after so many pieces of work.
struct Interrupted {
    known: BTreeMap<u64, Work>,
    most: usize,
}

impl Journal for Interrupted {
    fn recall(&mut self, number: u64) -> Option<Work> {
        self.known.get(&number).cloned()
    }

    fn record(&mut self, number: u64, work: &Work) -> Result<()> {
        if self.known.len() == self.most {
            return Err(Error::new(ErrorKind::Io, "interrupted"));
        }
        self.known.insert(number, work.clone());
        Ok(())
    }
}

#[test]
fn an_interrupted_repair_goes_on_and_changes_nothing() {
    let population = population(&crowd(PERSONS));
    let mut journal = Interrupted { known: BTreeMap::new(), most: 0 };
    let mut interruptions = 0;
    let repaired = loop {
        let mut published = bare(&population, &ndb(), &[]);
        match repair(&mut published, &ndb(), &mut journal, &()) {
            Ok(_) => break published,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Io),
        }
        interruptions += 1;
        journal.most += 3;
    };
    assert!(interruptions > 2, "{interruptions}");
    assert_eq!(repaired.tables, both()[1].tables);
}

#[test]
fn repair_is_the_same_for_any_number_of_threads() {
    let population = population(&crowd(PERSONS));
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| protected(&population, &ndb(), &[]).tables)
    };
    assert_eq!(with(1), with(5));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing is proved too well, for any people and policy; `base = 1` included.
    #[test]
    fn repaired_releases_pass_their_audit(people in people(400), (k, base) in prop::sample::select(vec![(10, 10), (5, 5), (8, 3), (10, 1)])) {
        let policy = Policy::new(k, base, Decoy::DEFAULT).unwrap();
        protected(&population(&people), &policy, &[]);
    }
}
