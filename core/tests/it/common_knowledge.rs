//! Attacks of readers who know what everybody knows, each on a release of a few cells that falls to it, until it is repaired; and
//! what a build never publishes.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ninzu::build::{BuildOptions, Key, Proof, build};
use ninzu::disclosure::{Breach, CellNames, ShownViolation, audit, repair};
use ninzu::merge::{MergeOptions, MergeSource, merge};
use ninzu::model::{Decoy, Dimensions, Kind, Label, Listed, MarginLayout, Policy, StructuralZero};
use ninzu::write::release_files;
use ninzu::{Centre, DeclaredCodes, ErrorKind, Interval, Published, Row, Table, Trust, open_folder};

use crate::people::dimension;
use crate::properties::meta;

/// Codes by name, with the ends of their cells: of all people, and of each value of the partition.
type Cells<'a> = (&'a [&'a str], &'a [(u64, u64)]);

/// A release of one centre with one partition and one dimension of codes, each with its parents.
fn release(partition: (&str, &[&str]), codes: &[(&str, &[&str])], pairs: &[[&str; 2]], cells: &[Cells<'_>]) -> Published {
    let values: Vec<(&str, &[&str])> = partition.1.iter().map(|&value| (value, &[][..])).collect();
    let dimensions =
        Dimensions::new(vec![dimension(partition.0, Kind::Partition, &values), dimension("diagnosis", Kind::Codes, codes)])
            .unwrap();
    let id = |name: &&str| dimensions.get(1).dictionary.id(name).unwrap();
    let ids = |names: &[&str]| {
        let mut ids: Vec<u32> = names.iter().map(id).collect();
        ids.sort_unstable();
        [ids.first().copied().unwrap_or(0), ids.get(1).copied().unwrap_or(0)]
    };
    let layout = MarginLayout::new(&[values.len() as u32], 1);
    let at = |value: usize| layout.index(&[value.checked_sub(1).map(|value| value as u32)]).unwrap() as u32;
    let table = |codes: Vec<usize>, declared: DeclaredCodes| {
        let of_table = cells.iter().filter(|(names, _)| names.len() == codes.len());
        let mut rows: Vec<Row> = of_table
            .flat_map(|(names, ends)| {
                let row = |(value, &(lo, hi)): (usize, &(u64, u64))| {
                    let interval = Interval::new(lo, hi).unwrap();
                    (interval != Interval::new(0, 9).unwrap()).then(|| Row {
                        codes: ids(names),
                        centre: 0,
                        cell: at(value),
                        interval,
                    })
                };
                ends.iter().enumerate().filter_map(row).collect::<Vec<_>>()
            })
            .collect();
        rows.sort_by_key(|row| (row.codes, row.cell));
        Table { codes, order: 1, declared, suppressed: Interval::new(0, 9), rows }
    };
    let mut tables = vec![table(vec![], DeclaredCodes::Dictionary), table(vec![1], DeclaredCodes::Dictionary)];
    if !pairs.is_empty() {
        let mut listed: Vec<[u32; 2]> = pairs.iter().map(|pair| ids(pair)).collect();
        listed.sort_unstable();
        tables.push(table(vec![1, 1], DeclaredCodes::List(listed)));
    }
    let centres = vec![Centre { name: "X".into(), label: Label::same("X"), collects: vec![1] }];
    Published { dimensions, centres, structural_zeros: Vec::new(), tables }
}

fn ndb() -> Policy {
    Policy::new(10, 10, Decoy::DEFAULT).unwrap()
}

/// What the audit finds; after repair it finds nothing, not even where these combinations are known to be impossible.
fn falls_until_repaired(mut published: Published, known: &[[(&str, &str); 2]]) -> Vec<ShownViolation> {
    let found = audit(&published, &ndb(), &()).unwrap().violations;
    let found = found.iter().map(|violation| violation.shown(&CellNames::new(&published))).collect();
    repair(&mut published, &ndb(), &mut (), &()).unwrap();
    assert_eq!(audit(&published, &ndb(), &()).unwrap().violations, []);
    let zero = |zero: &[(&str, &str); 2]| zero.map(|(d, v)| (d.to_owned(), v.to_owned())).into();
    published.structural_zeros = known.iter().map(zero).collect::<Vec<StructuralZero>>();
    assert_eq!(audit(&published, &ndb(), &()).unwrap().violations, []);
    found
}

fn proves(found: &[ShownViolation], group: &str) -> bool {
    found.iter().any(|violation| violation.group.to_string() == group && violation.proof == Breach::Existence)
}

const SEXES: (&str, &[&str]) = ("sex", &["female", "male", "unknown"]);

#[test]
fn nobody_is_of_unknown_sex() {
    // Of 20 to 29 with A at most 29 are women and men; who knows that nobody's sex is unknown counts 1 to 9 men among them.
    let found = falls_until_repaired(
        release(
            SEXES,
            &[("A", &[])],
            &[],
            &[(&[], &[(200, 209), (100, 109), (90, 99), (0, 9)]), (&["A"], &[(40, 49), (20, 29), (0, 9), (0, 9)])],
        ),
        &[],
    );
    assert!(found.iter().any(|violation| violation.proof == Breach::Unsupported), "{found:?}");
    assert!(found[0].facts.iter().any(|fact| fact == "X, sex = unknown"), "{found:?}");
}

#[test]
fn no_man_has_it() {
    // Women with A and men make 20; who knows that no man has it knows that the women are at least 20, and few without B.
    let found = falls_until_repaired(
        release(
            ("sex", &["female", "male"]),
            &[("P", &[]), ("A", &["P"]), ("B", &["P"])],
            &[],
            &[
                (&[], &[(200, 209), (100, 109), (90, 99)]),
                (&["P"], &[(20, 29), (10, 19), (0, 9)]),
                (&["A"], &[(20, 29), (10, 19), (0, 9)]),
                (&["B"], &[(10, 19), (10, 19), (0, 9)]),
            ],
        ),
        &[[("sex", "male"), ("diagnosis", "P")]],
    );
    assert!(found.iter().any(|violation| violation.proof == Breach::Unsupported), "{found:?}");
}

#[test]
fn a_code_that_is_counted_with_one_of_a_pair() {
    // A and C are not counted together: A + BC - everybody <= AB.
    let cells = |everybody: (u64, u64)| {
        release(
            ("sex", &["female"]),
            &[("A", &[]), ("B", &[]), ("C", &[])],
            &[["A", "B"], ["B", "C"]],
            &[
                (&[], &[everybody]),
                (&["A"], &[(60, 69)]),
                (&["B"], &[(40, 69)]),
                (&["C"], &[(50, 69)]),
                (&["A", "B"], &[(0, 29)]),
                (&["B", "C"], &[(50, 59)]),
            ],
        )
    };
    assert_eq!(audit(&cells((100, 119)), &ndb(), &()).unwrap().violations, []);
    let found = falls_until_repaired(cells((100, 109)), &[]);
    assert!(proves(&found, "X, diagnosis = A, diagnosis = B"), "{found:?}");
}

#[test]
fn first_records_in_the_first_stage_nest() {
    // Whoever has C first as a child has what its parent lies in first as a child, too: not more adults than those of G.
    let codes: [(&str, &[&str]); 6] =
        [("G", &[]), ("P", &["G"]), ("C", &["P"]), ("G@child", &["G"]), ("P@child", &["P"]), ("C@child", &["C"])];
    let cells = |adults_of_g: (u64, u64)| {
        release(
            ("life_stage", &["child", "adult"]),
            &codes,
            &[],
            &[
                (&[], &[(200, 209), (100, 109), (90, 99)]),
                (&["G"], &[(90, 109), (0, 49), (50, 79)]),
                (&["P"], &[(90, 109), (0, 49), (50, 79)]),
                (&["C"], &[(20, 59), (0, 9), (0, 49)]),
                (&["G@child"], &[(20, 69), (0, 9), adults_of_g]),
                (&["P@child"], &[(20, 69), (0, 9), (10, 39)]),
                (&["C@child"], &[(20, 29), (0, 9), (10, 29)]),
            ],
        )
    };
    let found = falls_until_repaired(cells((10, 19)), &[]);
    assert!(proves(&found, "X, diagnosis = C, life_stage = child"), "{found:?}");
    let stands = audit(&cells((10, 39)), &ndb(), &()).unwrap().violations;
    let stands: Vec<_> = stands.iter().map(|violation| violation.shown(&CellNames::new(&cells((10, 39))))).collect();
    assert!(!proves(&stands, "X, diagnosis = C, life_stage = child"), "{stands:?}");
}

/// Whether somebody has a code of [`named_by_rows`].
fn has(person: usize, code: usize) -> bool {
    person * 7 % 300 < 8 + code || (person * 11 + code * 5).is_multiple_of(97)
}

/// A spec without a dictionary, and its people: codes that 8 to 27 of them have.
fn named_by_rows(folder: &Path, policy: &str) -> PathBuf {
    named_by_rows_at(folder, "X", policy, "order = 1", 0..300)
}

/// The same at a centre, with the persons' rows in some order; codes of another centre are other ones.
fn named_by_rows_at(folder: &Path, centre: &str, policy: &str, margins: &str, order: impl Iterator<Item = usize>) -> PathBuf {
    let (mut persons, mut diagnoses) = ("person_id,centre,sex\n".to_owned(), "person_id,centre,code\n".to_owned());
    for i in order {
        writeln!(persons, "{i},{centre},{}", ["female", "male"][i % 2]).unwrap();
        for code in (0..16).filter(|&code| has(i, code)) {
            let name = if code % 2 == 0 || centre == "X" { format!("D{code}") } else { format!("E{code}") };
            writeln!(diagnoses, "{i},{centre},{name}").unwrap();
        }
    }
    let spec = format!(
        "[release]\nname = \"test\"\ntitle = {{ en = \"Test\", ja = \"Test\" }}\nreference_date = 2024-12-31\n\
         [source]\nkind = \"table\"\npersons = \"persons.csv\"\nperson = \"person_id\"\ncentre = \"centre\"\n\
         [[centre]]\nname = \"{centre}\"\ncollects = [\"diagnosis\"]\n\
         [[dimension]]\nname = \"sex\"\nkind = \"partition\"\nvalues = [\"female\", \"male\"]\n\
         [[dimension]]\nname = \"diagnosis\"\nkind = \"codes\"\ntable = \"diagnoses.csv\"\ncode = \"code\"\n\
         [margins]\n{margins}\n[policy]\n{policy}\n"
    );
    for (name, text) in [("persons.csv", &persons), ("diagnoses.csv", &diagnoses), ("spec.toml", &spec)] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    folder.join("spec.toml")
}

fn options(key: u8) -> BuildOptions {
    BuildOptions { key: Key::new([key; 32]), proof: Proof::Audited, previous: Vec::new(), private_report: None }
}

fn published(folder: &Path) -> Published {
    Published::read(&open_folder(folder, Trust::Audited).unwrap(), folder).unwrap()
}

/// The totals of a code, over all people of a centre.
fn totals(published: &Published, code: u32) -> impl Iterator<Item = Interval> {
    let rows = published.tables.iter().filter(|table| table.codes == [1]).flat_map(|table| &table.rows);
    rows.filter(move |row| row.codes[0] == code && row.cell == 0).map(|row| row.interval)
}

/// Each code that is named has a total of the threshold or more at some centre; how many there are.
fn names_are_backed(published: &Published, of: &str) -> usize {
    let dictionary = &published.dimensions.get(1).dictionary;
    let named = (0..dictionary.len() as u32).filter(|&code| Some(code) != dictionary.root());
    named
        .inspect(|&code| {
            let least = totals(published, code).map(Interval::lower).max();
            let name = dictionary.name(code);
            assert!(least >= Some(10), "{of}: {name} is named, and its total begins at {least:?}");
        })
        .count()
}

#[test]
fn a_code_that_rows_name_proves_nothing_by_its_name() {
    // That it is named says that ten people have it: so says its published total.
    let folder = tempfile::tempdir().unwrap();
    let spec = named_by_rows(folder.path(), "preset = \"ndb\"");
    let (mut named, mut unclaimed) = (0, 0);
    for key in 0..24 {
        let out = folder.path().join(format!("out{key}"));
        build(&spec, &options(key), &out, &()).unwrap();
        let published = published(&out);
        let dictionary = &published.dimensions.get(1).dictionary;
        named += names_are_backed(&published, &format!("key {key}"));
        // A release that calls all other codes rare has named every one that is not.
        let unnamed = (0..16).filter(|code| dictionary.id(&format!("D{code}")).is_none());
        let common = unnamed.filter(|&code| (0..300).filter(|&person| has(person, code)).count() >= 10).count();
        assert!(common == 0 || dictionary.listed() != Some(Listed::Rows), "key {key}: {common} codes are not rare");
        unclaimed += usize::from(dictionary.listed() != Some(Listed::Rows));
    }
    assert!(named > 60, "{named} codes are named");
    assert!(unclaimed > 0, "no release lost a name");
}

#[test]
fn a_base_below_the_threshold_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let spec = named_by_rows(folder.path(), "threshold = 10\nbase = 1");
    let out = folder.path().join("out");
    let error = build(&spec, &options(1), &out, &()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPolicy, "{error}");
    assert!(error.message().contains("base = 1 is narrower than threshold = 10"), "{error}");
    assert!(!out.exists());
    build(&spec, &BuildOptions { proof: Proof::Unaudited, ..options(1) }, &out, &()).unwrap();
}

#[test]
fn a_merge_names_no_more_than_its_rows_say() {
    let folder = tempfile::tempdir().unwrap();
    let sources = ["X", "Y"].map(|centre| {
        let people = folder.path().join(centre);
        std::fs::create_dir(&people).unwrap();
        let out = people.join("release");
        let spec = named_by_rows_at(&people, centre, "preset = \"ndb\"", "order = 1", 0..300);
        build(&spec, &options(3), &out, &()).unwrap();
        MergeSource::read(&open_folder(&out, Trust::Audited).unwrap(), &out).unwrap()
    });
    let out = folder.path().join("both");
    merge(&sources, &MergeOptions::default(), &out, &()).unwrap();
    assert!(names_are_backed(&published(&out), "merged") > 5);
}

#[test]
fn pairs_of_the_most_frequent_codes_are_so_by_what_is_published() {
    // Else the choice would say what repair took out of a total: that it began higher than those of codes not chosen.
    let folder = tempfile::tempdir().unwrap();
    let margins = "order = 1\npair_order = 1\npairs = [{ of = [\"diagnosis\", \"diagnosis\"], codes = \"top:5\" }]";
    let spec = named_by_rows_at(folder.path(), "X", "preset = \"ndb\"", margins, 0..300);
    let mut paired = 0;
    for key in 0..24 {
        let out = folder.path().join(format!("out{key}"));
        match build(&spec, &options(key), &out, &()) {
            Ok(_) => {}
            Err(error) => {
                assert_eq!(error.what().code(), "margins.unsettled", "{error}");
                continue;
            }
        }
        let published = published(&out);
        let dictionary = &published.dimensions.get(1).dictionary;
        let sum = |code: u32| totals(&published, code).fold((0, 0), |(lo, hi), t| (lo + t.lower(), hi + t.upper().unwrap()));
        let mut by_total: Vec<u32> = (0..dictionary.len() as u32).filter(|&code| Some(code) != dictionary.root()).collect();
        by_total.sort_by_key(|&code| (Reverse(sum(code)), dictionary.name(code)));
        let most: BTreeSet<u32> = by_total.into_iter().take(5).collect();
        let of_pairs = published.tables.iter().filter(|table| table.codes == [1, 1]).flat_map(|table| match &table.declared {
            DeclaredCodes::List(list) => list.iter().flatten().copied().collect::<Vec<u32>>(),
            DeclaredCodes::Dictionary => panic!("pairs are listed"),
        });
        assert_eq!(of_pairs.collect::<BTreeSet<u32>>(), most, "key {key}");
        paired += 1;
    }
    assert!(paired > 20, "{paired} releases of 24");
}

#[test]
fn the_bytes_of_a_release_say_what_its_rows_say_and_no_more() {
    // The order of the people is forgotten; who reads the cells can write every file again, and audit.json too.
    let folder = tempfile::tempdir().unwrap();
    let built = |name: &str, order: &mut dyn Iterator<Item = usize>| {
        let people = folder.path().join(name);
        std::fs::create_dir(&people).unwrap();
        let spec = named_by_rows_at(&people, "X", "preset = \"ndb\"", "order = 1", order);
        let out = people.join("release");
        build(&spec, &options(5), &out, &()).unwrap();
        out
    };
    let (out, other) = (built("forwards", &mut (0..300)), built("backwards", &mut (0..300).rev()));
    let id = |out: &Path| open_folder(out, Trust::Audited).unwrap().release().id().to_owned();
    assert_eq!(id(&out), id(&other));
    let published = published(&out);
    let mut written = 0;
    for (path, bytes) in release_files(&meta(&ndb()), &published).unwrap().files {
        if path != "datapackage.json" {
            assert_eq!(std::fs::read(out.join(&path)).unwrap(), bytes, "{path}");
            written += 1;
        }
    }
    assert!(written >= 4, "{written} files");
    let mut said: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("audit.json")).unwrap()).unwrap();
    // Which cells it is of.
    said.as_object_mut().unwrap().remove("of").unwrap();
    assert_eq!(said, serde_json::to_value(audit(&published, &ndb(), &()).unwrap().totals).unwrap());
}
