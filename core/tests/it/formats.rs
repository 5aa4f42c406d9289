//! Releases in format 1, and what is the same in format 2.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ninzu::engine::answer::Request;
use ninzu::model::{Dimension, Kind};
use ninzu::write::release_files;
use ninzu::{Asking, Query, Release, Snapshot, Trust};

use crate::properties::{Memory, meta};

/// A release of before, with a code under two others and a dictionary that names only some onsets.
fn old() -> (Release, PathBuf) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/format-1");
    (Release::open_with(&folder, Trust::Audited).unwrap(), folder)
}

/// The same cells in the format of today.
fn new() -> Memory {
    let (release, folder) = old();
    let published = Snapshot::read(release.engine(), &folder).unwrap().published;
    let policy = release.engine().release().manifest().policy.clone().unwrap();
    Memory::open(release_files(&meta(&policy), &published).unwrap()).unwrap()
}

fn of(release: &ninzu::engine::release::Release, name: &str) -> Dimension {
    let dimensions = release.dimensions();
    dimensions.get(dimensions.find(name).unwrap()).clone()
}

#[test]
fn a_release_in_format_1_is_opened_verified_and_asked() {
    let (release, _) = old();
    assert_eq!(release.id(), "8018b49183e4014f1f64c1f71501f3903adde22cff55d0e3e264892498e1cee1");
    assert_eq!(release.engine().release().manifest().format, 1);
    assert_eq!(release.verify().unwrap(), 22_688);
    let drugs = of(release.engine().release(), "drug").dictionary;
    assert_eq!(drugs.names().take(4).collect::<Vec<_>>(), ["*", "d1", "d1@early_childhood", "d1@childhood"]);
    let diagnoses = of(release.engine().release(), "diagnosis").dictionary;
    let parents = |name: &str| diagnoses.parents(diagnoses.id(name).unwrap()).iter().map(|&id| diagnoses.name(id));
    assert_eq!(parents("A2").collect::<Vec<_>>(), ["A", "B"]);
    assert_eq!(parents("A2@youth").collect::<Vec<_>>(), ["A2"]);
    let answer = release.query("diagnosis = B@youth").unwrap().answer().unwrap();
    assert_eq!((answer.answer.records.lower, answer.answer.records.upper), (60, Some(101)));
}

#[test]
fn codes_and_cells_are_the_same_in_both_formats() {
    let (old, new) = (old().0, new());
    let (old, new) = (old.engine().release(), new.engine.release());
    assert_eq!(new.manifest().format, 2);
    for (old, new) in old.dimensions().all().iter().zip(new.dimensions().all()) {
        let (old, new) = (&old.dictionary, &new.dictionary);
        assert_eq!((old.codes(), old.listed()), (new.codes(), new.listed()));
        for id in 0..old.len() as u32 {
            let all = |of: &ninzu::model::Dictionary| {
                let above = (of.parents(id).to_vec(), of.children(id).to_vec(), of.ancestors(id).to_vec());
                (above, of.onset(id), of.id(of.name(id)))
            };
            assert_eq!(all(old), all(new), "{}", old.name(id));
            assert_eq!(new.id(old.name(id)), Some(id));
        }
    }
    for (old, new) in old.manifest().tables.iter().zip(&new.manifest().tables) {
        let bytes = |table: &ninzu::format::manifest::TableInfo| table.chunks.clone();
        assert_eq!(bytes(old), bytes(new), "{}", old.name);
    }
}

#[test]
fn every_question_is_answered_in_one_format_as_in_the_other() {
    let ((old, folder), new) = (old(), new());
    let dimensions = old.engine().release().dimensions();
    let mut texts = vec!["everyone by sex, life_stage, centre".to_owned(), "\"Alpha, first\" or Beta".to_owned()];
    for dimension in dimensions.all() {
        texts.extend(dimension.dictionary.names().map(|name| format!("{} = \"{name}\"", dimension.name)));
        if dimension.kind == Kind::Codes {
            let labels = dimension.dictionary.codes().into_iter().map(|code| code.label);
            texts.extend(labels.map(|label| format!("{} = \"{}\"", dimension.name, label.ja)));
            let names = dimension.dictionary.names();
            texts.extend(names.map(|name| format!("{} = \"{name}\" and not sex = male by life_stage", dimension.name)));
        }
    }
    texts
        .extend(["diagnosis = A1 and drug = d1", "diagnosis = A9", "diagnosis = A1@never", "drug = d4@prime"].map(str::to_owned));
    let mut kinds = BTreeSet::new();
    for text in texts {
        for facets in [false, true] {
            let ask = |engine: &ninzu::Engine, load: &dyn Fn(&Request)| {
                let query = Query::read(&text)?;
                let asking = Asking::default();
                let request =
                    if facets { Request::facets(engine, query, &asking) } else { Request::count(engine, &query, &asking) };
                let request = request?;
                load(&request);
                request.answer(engine)
            };
            let engine = old.engine();
            let one = ask(engine, &|request| ninzu::load(engine, &folder, &request.needs(engine)).unwrap());
            let other = ask(&new.engine, &|request| new.load(&request.needs(&new.engine)).unwrap());
            kinds.insert(one.is_ok());
            match (one, other) {
                (Ok(one), Ok(other)) => assert_eq!(one.replace(old.id(), new.engine.release().id()), other, "{text}"),
                (one, other) => assert_eq!(one.map_err(|e| e.to_string()), other.map_err(|e| e.to_string()), "{text}"),
            }
        }
    }
    assert_eq!(kinds.len(), 2, "answers and errors");
}

#[test]
fn an_onset_is_neither_listed_nor_held_with_a_label() {
    let memory = new();
    let release = memory.engine.release();
    for name in ["diagnosis", "drug"] {
        let file = &memory.files[&format!("dimensions/{name}.csv")];
        assert!(!file.contains(&b'@'), "{name}");
        let dictionary = of(release, name).dictionary;
        let onsets = (0..dictionary.len() as u32).filter(|&id| dictionary.onset(id).is_some());
        assert!(onsets.clone().count() >= 5);
        assert!(onsets.into_iter().all(|id| matches!(dictionary.label(id), Cow::Owned(_))));
    }
    let drugs = std::str::from_utf8(&memory.files["dimensions/drug.csv"]).unwrap();
    assert_eq!(
        drugs.lines().take(3).collect::<Vec<_>>(),
        ["code,parent,onsets,label_en,label_ja", "*,,,any,すべて", "d1,,0-3,d1,d1"]
    );
    let diagnoses = std::str::from_utf8(&memory.files["dimensions/diagnosis.csv"]).unwrap();
    let of_two = diagnoses.lines().filter(|line| line.starts_with("A2,")).collect::<Vec<_>>();
    assert_eq!(of_two, ["A2,A,0-6,Alpha second,Alpha second", "A2,B,,Alpha second,Alpha second"]);
}

/// An onset that cannot be derived keeps a record of its own: where it stands elsewhere, or is called otherwise.
#[test]
fn what_cannot_be_derived_is_listed() {
    let (release, folder) = old();
    let mut published = Snapshot::read(release.engine(), &folder).unwrap().published;
    let policy = release.engine().release().manifest().policy.clone().unwrap();
    published.tables.retain(|table| table.codes.is_empty());
    let all = published.dimensions.all().to_vec();
    let d = published.dimensions.find("drug").unwrap();
    for (change, listed) in [(0, "d1@childhood"), (1, "d1@youth")] {
        let mut codes = all[d].dictionary.codes();
        let at = codes.iter().position(|code| code.name == listed).unwrap();
        if change == 0 {
            codes[at].label.en = "another".into();
        } else {
            let code = codes.remove(at);
            codes.push(code);
        }
        let mut all = all.clone();
        all[d].dictionary = ninzu::model::Dictionary::new(codes.clone()).unwrap();
        published.dimensions = ninzu::model::Dimensions::new(all).unwrap();
        let memory = Memory::open(release_files(&meta(&policy), &published).unwrap()).unwrap();
        let file = std::str::from_utf8(&memory.files["dimensions/drug.csv"]).unwrap();
        assert!(file.contains(&format!("\n{listed},d1,")), "{file}");
        assert_eq!(of(memory.engine.release(), "drug").dictionary.codes(), codes);
    }
}
