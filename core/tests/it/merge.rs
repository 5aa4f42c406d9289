//! Merging: the same answers in one release, and every contradiction named.

use ninzu::build::{Key, MarginPlan, PairPlan, protect_release};
use ninzu::disclosure::{audit, repair};
use ninzu::merge::{Absent, ConflictKind, MergeOptions, MergeSource, conflicts, merge};
use ninzu::model::{Dictionary, Dimension, Dimensions, Label, Policy, StructuralZero};
use ninzu::source::{CodeRecords, PairCodes, Population};
use ninzu::write::{ReleaseMeta, release_files};
use ninzu::{Engine, ErrorKind, Interval, Published, Query, Snapshot, Trust, diff, load, open_folder};
use tempfile::TempDir;

use crate::people::{DIAGNOSIS, SPECIMEN, brute_force, crowd, population};
use crate::properties::{Memory, policy};

/// What a centre's release is built of.
pub(crate) struct Plan {
    pub(crate) population: Population,
    pub(crate) policy: Policy,
    pub(crate) order: usize,
    /// Codes that stand in pairs.
    pub(crate) pairs: Vec<&'static str>,
    pub(crate) zeros: Vec<StructuralZero>,
    pub(crate) date: &'static str,
}

impl Plan {
    /// A release of some centres of 300 people.
    pub(crate) fn of(centres: &[usize]) -> Self {
        Self {
            population: only(&population(&crowd(300)), centres),
            policy: policy(5, 5),
            order: 2,
            pairs: vec!["A", "B", "C", "dna"],
            zeros: Vec::new(),
            date: "2024-12-31",
        }
    }

    /// Its cells, before repair.
    pub(crate) fn cells(&self) -> Published {
        let Self { population, policy, order, pairs, zeros, .. } = self;
        let plan = |of: [usize; 2]| {
            let has = |&&name: &&&str| of.iter().any(|&d| population.dimensions.get(d).dictionary.id(name).is_some());
            PairPlan { of, codes: PairCodes::List(pairs.iter().filter(has).map(|&name| name.to_owned()).collect()) }
        };
        let of = [[DIAGNOSIS, DIAGNOSIS], [DIAGNOSIS, SPECIMEN]];
        let all = population.dimensions.all().len();
        let plans = of.into_iter().filter(|of| of[1] < all && !pairs.is_empty()).map(plan);
        let plan = MarginPlan::new(&population.dimensions, *order, *order, plans.collect()).unwrap();
        let tables = protect_release(population, &plan, policy, zeros, &Key::new([7; 32]), &()).unwrap().tables;
        population.published(tables, zeros).unwrap()
    }

    fn repaired(&self) -> Published {
        let mut published = self.cells();
        repair(&mut published, &self.policy, &mut (), &()).unwrap();
        published
    }

    /// A release of these cells.
    pub(crate) fn snapshot(&self, published: Published) -> Snapshot {
        let memory = self.memory(&published);
        let release = memory.engine.release();
        Snapshot { id: release.id().to_owned(), manifest: release.manifest().clone(), published }
    }

    pub(crate) fn memory(&self, published: &Published) -> Memory {
        let meta = ReleaseMeta {
            name: "test".into(),
            title: Label::same("Test"),
            reference_date: Some(self.date.into()),
            policy: Some(self.policy.clone()),
            as_of: std::collections::BTreeMap::new(),
            left_out_percent: None,
            observation: std::collections::BTreeMap::new(),
            protected_by: ninzu::format::manifest::Protection::OURS.into(),
            audit: None,
            additivity: None,
            licenses: Vec::new(),
            sources: Vec::new(),
        };
        Memory::open(release_files(&meta, published).unwrap()).unwrap()
    }

    fn source(&self, name: &str) -> MergeSource {
        self.source_of(name, self.cells())
    }

    fn source_of(&self, name: &str, published: Published) -> MergeSource {
        let snapshot = self.snapshot(published);
        MergeSource { name: name.into(), package: name.into(), snapshot, licenses: Vec::new(), sources: Vec::new() }
    }

    /// The same with another dimension in place of one.
    fn replaced(mut self, d: usize, change: impl FnOnce(Dimension) -> Dimension) -> Self {
        let mut all = self.population.dimensions.all().to_vec();
        let changed = change(all[d].clone());
        all[d] = changed;
        self.population.dimensions = Dimensions::new(all).unwrap();
        self
    }
}

/// The people of some centres.
fn only(of: &Population, centres: &[usize]) -> Population {
    let place = |person: usize| centres.iter().position(|&centre| centre == of.centre[person] as usize);
    let kept: Vec<usize> = (0..of.len()).filter(|&person| place(person).is_some()).collect();
    let records = of.records.iter().map(|records| records_of(kept.iter().map(|&person| records.of(person).to_vec())));
    Population {
        dimensions: of.dimensions.clone(),
        named_by_spec: of.named_by_spec.clone(),
        centres: centres.iter().map(|&centre| of.centres[centre].clone()).collect(),
        centre: kept.iter().map(|&person| place(person).unwrap() as u32).collect(),
        partitions: of.partitions.iter().map(|values| kept.iter().map(|&person| values[person]).collect()).collect(),
        records: records.collect(),
    }
}

fn records_of(persons: impl Iterator<Item = Vec<u32>>) -> CodeRecords {
    let mut records = CodeRecords { offsets: vec![0], codes: Vec::new() };
    for codes in persons {
        records.codes.extend(codes);
        records.offsets.push(records.codes.len());
    }
    records
}

/// The same people, of whom nobody recorded some diagnoses: neither they nor their onsets are named.
fn without(mut plan: Plan, names: &[&str], keep: fn(&[&str]) -> bool) -> Plan {
    let is_gone = |name: &str| names.contains(&name.split('@').next().unwrap());
    let old = plan.population.dimensions.get(DIAGNOSIS).dictionary.clone();
    let kept = old.codes().into_iter().filter(|code| !is_gone(&code.name)).collect();
    let new = Dictionary::new(kept).unwrap();
    let of_person = |person: usize| {
        let codes: Vec<&str> = plan.population.records[0].of(person).iter().map(|&code| old.name(code)).collect();
        let codes: Vec<&str> = codes.into_iter().filter(|name| !is_gone(name)).collect();
        let mut ids: Vec<u32> = codes.iter().filter_map(|name| new.id(name)).filter(|_| keep(&codes)).collect();
        ids.sort_unstable();
        ids
    };
    plan.population.records[0] = records_of((0..plan.population.len()).map(of_person));
    plan.pairs.retain(|name| !names.contains(name));
    plan.replaced(DIAGNOSIS, |d| Dimension { dictionary: new, ..d })
}

/// The same release without the dimension of specimens.
fn without_specimens(mut plan: Plan) -> Plan {
    plan.population.dimensions = Dimensions::new(plan.population.dimensions.all()[..SPECIMEN].to_vec()).unwrap();
    plan.population.named_by_spec.truncate(SPECIMEN);
    plan.population.records.truncate(1);
    plan
}

fn merged(sources: &[MergeSource], options: &MergeOptions) -> (TempDir, Engine) {
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("merged");
    let summary = merge(sources, options, &out, &()).unwrap();
    let engine = open_folder(&out, Trust::Audited).unwrap();
    assert_eq!(engine.release().id(), summary.id);
    load(&engine, &out, &engine.release().contents()).unwrap();
    (folder, engine)
}

pub(crate) const QUESTIONS: [&str; 14] = [
    "everyone",
    "sex = female",
    "sex = female and life_stage = adult",
    "life_stage != child",
    "diagnosis = A",
    "diagnosis = B and sex = male",
    "diagnosis = A1@child",
    "diagnosis = A1@adult and life_stage = old",
    "has diagnosis",
    "diagnosis = A and diagnosis = B",
    "diagnosis = A1 and not diagnosis = B",
    "diagnosis = A and specimen = dna",
    "at least 2 of (diagnosis = A, diagnosis = C, specimen = serum)",
    "has specimen and not sex = male",
];

#[test]
fn merge_preserves_answers() {
    for (base, order) in [(5, 2), (7, 1)] {
        let mut plans = [Plan::of(&[0]), without_specimens(Plan::of(&[1, 2]))];
        for plan in &mut plans {
            (plan.policy, plan.order) = (policy(5, base), order);
            plan.pairs.truncate(4 * (order - 1));
        }
        let cells = plans.each_ref().map(Plan::repaired);
        let sources: Vec<MergeSource> =
            plans.iter().zip(&cells).zip(["a", "b"]).map(|((plan, cells), name)| plan.source_of(name, cells.clone())).collect();
        let (_folder, engine) = merged(&sources, &MergeOptions::default());
        let manifest = engine.release().manifest();
        assert_eq!(manifest.centres.iter().map(|centre| centre.name.as_str()).collect::<Vec<_>>(), ["X", "Y", "Z"]);
        assert!(manifest.protection.audited && manifest.protection.is_ours());
        assert_eq!(manifest.policy.as_ref(), Some(&policy(5, base)));
        let mut compared = 0;
        for text in QUESTIONS {
            let query = Query::parse(text).unwrap();
            let all = engine.count(&engine.prepare(&query).unwrap()).unwrap().centres;
            let mut first = 0;
            for (plan, cells) in plans.iter().zip(&cells) {
                let memory = plan.memory(cells);
                let here = &all[first..first + cells.centres.len()];
                first += cells.centres.len();
                let Ok(prepared) = memory.engine.prepare(&query) else {
                    assert!(text.contains("specimen") && here.iter().all(Option::is_none), "{text}");
                    continue;
                };
                memory.load(&memory.engine.needs(&prepared)).unwrap();
                assert_eq!(memory.engine.count(&prepared).unwrap().centres, here, "{text}");
                compared += here.iter().flatten().count();
            }
        }
        assert!(compared > 30, "{compared}");
    }
}

#[test]
fn merging_is_building_together() {
    let sources = [Plan::of(&[0]), Plan::of(&[1, 2])].map(|plan| plan.source_of("part", plan.repaired()));
    let (folder, engine) = merged(&sources, &MergeOptions::default());
    let merged = Snapshot::read(&engine, &folder.path().join("merged")).unwrap();
    let together = Plan::of(&[0, 1, 2]);
    let mut difference = diff(&together.snapshot(together.repaired()), &merged, 10).unwrap();
    difference.metadata.clear();
    assert!(difference.is_empty(), "{difference:?}");
    assert!(difference.cells.iter().map(|cells| cells.counts.unchanged).sum::<u64>() > 100);
}

#[test]
fn the_order_of_sources_decides_only_the_order_of_centres() {
    let [a, b] = [Plan::of(&[0]), Plan::of(&[1, 2])].map(|plan| plan.source_of("part", plan.repaired()));
    let snapshot = |sources: &[MergeSource]| {
        let (folder, engine) = merged(sources, &MergeOptions::default());
        Snapshot::read(&engine, &folder.path().join("merged")).unwrap()
    };
    let (one, other) = (snapshot(&[a.clone(), b.clone()]), snapshot(&[b, a]));
    let names = |of: &Snapshot| of.published.centres.iter().map(|centre| centre.name.clone()).collect::<Vec<_>>();
    assert_eq!(
        (names(&one), names(&other)),
        (vec!["X".into(), "Y".into(), "Z".into()], vec!["Y".into(), "Z".into(), "X".into()])
    );
    assert!(diff(&one, &other, 10).unwrap().is_empty());
    for (dimension, other) in one.published.dimensions.all().iter().zip(other.published.dimensions.all()) {
        assert_eq!(dimension.dictionary.codes(), other.dictionary.codes());
    }
}

#[test]
fn every_conflict_is_named_with_both_sources() {
    use ConflictKind::{
        Centre, Code, Dimension as Dim, Pair, Policy as Parameters, ReferenceDate, StructuralZero as Zero, Table,
    };
    let b = || Plan::of(&[1]);
    let relabel = |d: Dimension, change: &dyn Fn(&mut Vec<ninzu::model::Code>)| {
        let mut codes = d.dictionary.codes();
        change(&mut codes);
        Dimension { dictionary: Dictionary::new(codes).unwrap(), ..d }
    };
    let code = |name: &'static str, change: fn(&mut ninzu::model::Code)| {
        b().replaced(DIAGNOSIS, |d| relabel(d, &|codes| codes.iter_mut().filter(|code| code.name == name).for_each(change)))
    };
    let zero: StructuralZero = [("sex", "male"), ("diagnosis", "B")].map(|(d, v)| (d.to_owned(), v.to_owned())).into();
    let decoys = ninzu::model::Policy::new(5, 5, ninzu::model::Decoy { published: 0.2, unlisted: 0.25 }).unwrap();
    let cases = [
        (Plan { policy: policy(7, 5), ..b() }, Parameters, "threshold: 5 in a, 7 in b"),
        (Plan { policy: policy(5, 3), ..b() }, Parameters, "base: 5 in a, 3 in b"),
        (Plan { policy: decoys, ..b() }, Parameters, "decoy rates: 0.1 and 0.25 in a, 0.2 and 0.25 in b"),
        (Plan { date: "2023-12-31", ..b() }, ReferenceDate, "2024-12-31 in a, 2023-12-31 in b"),
        (Plan::of(&[0]), Centre, "centre X: in a and in b"),
        (
            b().replaced(1, |d| Dimension { name: "nation".into(), ..d }),
            Dim,
            "sex, country, life_stage in a, sex, nation, life_stage in b",
        ),
        (b().replaced(0, |d| relabel(d, &|codes| codes.reverse())), Dim, "value 1 of sex: female in a, male in b"),
        (b().replaced(0, |d| Dimension { ordered: true, ..d }), Dim, "dimension sex: not ordered in a, ordered in b"),
        (b().replaced(2, |d| Dimension { role: None, ..d }), Dim, "the life stage in a, no role in b"),
        (b().replaced(0, |d| Dimension { label: Label::same("Sex"), ..d }), Dim, "label of dimension sex"),
        (code("A2", |code| code.parents.clear()), Code, "parents of diagnosis = A2: A in a, none in b"),
        (code("B", |code| code.label.ja = "別".into()), Code, "label of diagnosis = B: \"B\" / \"B\" in a, \"B\" / \"別\" in b"),
        (Plan { zeros: vec![zero], ..b() }, Zero, "diagnosis = B, sex = male: in b, not in a"),
        (Plan { order: 1, ..b() }, Table, "table base: up to 2 partitions crossed in a, up to 1 partitions crossed in b"),
        (
            Plan { pairs: vec!["A", "B", "dna"], ..b() },
            Pair,
            "diagnosis = A and diagnosis = C is declared in a, not in b (and 1 more)",
        ),
        (Plan { pairs: Vec::new(), ..b() }, Table, "table diagnosis+diagnosis: in a, not in b"),
    ];
    let a = Plan::of(&[0]).source("a");
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("merged");
    for (plan, kind, words) in cases {
        let sources = [a.clone(), plan.source("b")];
        let found = conflicts(&sources);
        assert!(!found.is_empty() && found.iter().all(|conflict| conflict.kind == kind), "{words}: {found:?}");
        assert!(found.iter().any(|conflict| conflict.message.to_string().contains(words)), "{words}: {found:?}");
        let error = merge(&sources, &MergeOptions::default(), &out, &()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Conflict);
        assert!(error.message().contains(words) && error.hint().is_some(), "{error}");
        assert!(!out.exists());
    }
    assert!(conflicts(&[a.clone(), b().source("b")]).is_empty());

    let mut imported = b().source("b");
    imported.snapshot.manifest.protection.by = "A registry".into();
    imported.snapshot.manifest.policy = None;
    let found = conflicts(&[a.clone(), imported.clone()]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].kind, ConflictKind::Protection);
    assert!(found[0].message.to_string().contains("b carries the protection of A registry"), "{found:?}");

    // All at once.
    imported.snapshot.manifest.reference_date = None;
    imported.snapshot.published.centres[0].name = "X".into();
    let error = merge(&[a, imported], &MergeOptions::default(), &out, &()).unwrap_err();
    for words in ["3 conflicts", "A registry", "2024-12-31 in a, no date in b", "centre X"] {
        assert!(error.message().contains(words), "{error}");
    }
}

#[test]
fn a_code_that_a_release_does_not_name_is_not_zero_there() {
    let x = Plan::of(&[0]);
    // Nobody at Y recorded C, though people there have it.
    let y = || without(Plan::of(&[1]), &["C"], |codes| codes.iter().any(|&code| code != "*"));
    let truth = u64::from(brute_force(&population(&crowd(300)), 1, &[(DIAGNOSIS, 5)], &[None, None, None]));
    assert!(truth > 0);
    // Pairs with C would be a conflict: its own cells are what is missing.
    let mut x = x;
    x.pairs.retain(|&name| name != "C");
    let sources = [x.source_of("x", x.repaired()), y().source_of("y", y().repaired())];
    let ask = |absent: Absent, text: &str| {
        let (_folder, engine) = merged(&sources, &MergeOptions { absent, ..MergeOptions::default() });
        let prepared = engine.prepare(&Query::parse(text).unwrap()).unwrap();
        engine.count(&prepared).unwrap().centres[1].unwrap().interval
    };
    let anybody = ask(Absent::Unknown, "diagnosis = C");
    assert_eq!(anybody.lower(), 0);
    assert!(anybody.upper().unwrap() > 20 && anybody.contains(truth), "{anybody}");
    assert_eq!(anybody.upper(), ask(Absent::Unknown, "has diagnosis").upper(), "no more than have any diagnosis");
    assert_eq!(ask(Absent::Rare, "diagnosis = C"), Interval::new(0, 4).unwrap());
    // What was counted is as it was.
    let alone = y();
    let memory = alone.memory(&sources[1].snapshot.published);
    let prepared = memory.engine.prepare(&Query::parse("diagnosis = A and sex = male").unwrap()).unwrap();
    memory.load(&memory.engine.needs(&prepared)).unwrap();
    let before = memory.engine.count(&prepared).unwrap().centres[0].unwrap().interval;
    assert_eq!(ask(Absent::Unknown, "diagnosis = A and sex = male"), before);
}

#[test]
fn a_dictionary_that_grew_is_refused_with_a_witness() {
    let mut x = Plan::of(&[0]);
    // At Y, A has people whom its only child A1 visibly does not have: with A2 beside it, these would have to be A2's.
    let mut y = without(Plan::of(&[1]), &["A2"], |_| true);
    for plan in [&mut x, &mut y] {
        (plan.policy, plan.order) = (policy(5, 5), 1);
        plan.pairs.clear();
    }
    let sources = [x.source_of("x", x.repaired()), y.source_of("y", y.repaired())];
    for source in &sources {
        let audited = audit(&source.snapshot.published, &x.policy, &()).unwrap();
        assert!(audited.violations.is_empty(), "{:?}", audited.violations.first());
    }
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("merged");
    let error = merge(&sources, &MergeOptions::default(), &out, &()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unaudited);
    assert!(error.message().contains("diagnosis = A2") && error.message().contains("is proved to have people"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "something was left behind");
    // If A2 is rare, both children together visibly do not fill A: nobody in particular has to be A2's.
    let options = MergeOptions { absent: Absent::Rare, ..MergeOptions::default() };
    assert!(merge(&sources, &options, &out, &()).unwrap().audit.unfilled_aggregations > 0);
}

#[test]
fn releases_under_a_narrow_base_are_refused() {
    let narrow = |centres: &[usize]| Plan { policy: policy(5, 3), ..Plan::of(centres) };
    let sources = [narrow(&[0]).source("a"), narrow(&[1]).source("b")];
    let folder = TempDir::new().unwrap();
    let error = merge(&sources, &MergeOptions::default(), &folder.path().join("merged"), &()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPolicy);
    assert!(error.message().contains("base = 3 is narrower than threshold = 5"), "{error}");
}

#[test]
fn one_release_alone_and_a_target_that_exists_are_refused() {
    let folder = TempDir::new().unwrap();
    let source = Plan::of(&[0]).source("a");
    let alone = merge(std::slice::from_ref(&source), &MergeOptions::default(), &folder.path().join("merged"), &()).unwrap_err();
    assert_eq!(alone.kind(), ErrorKind::InvalidSpec);
    let exists = merge(&[source.clone(), source], &MergeOptions::default(), folder.path(), &()).unwrap_err();
    assert_eq!(exists.kind(), ErrorKind::Io);
}
