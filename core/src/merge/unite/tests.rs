//! Which codes a merged dictionary has, and in which order.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use ninzu_engine::model::{Code, Dictionary, Dimension, Dimensions, Kind, Label, Role};

use super::dimensions;
use crate::Published;

fn code(name: &str) -> Code {
    Code { name: name.into(), parents: Vec::new(), label: Label::same(name) }
}

/// A release without cells: codes with the life stages of their onsets.
fn release(codes: &[(&str, &[u32])]) -> Published {
    let stages = Arc::new(Dictionary::new(["child", "adult", "old"].map(code).to_vec()).unwrap());
    let onsets: Vec<Vec<u32>> = codes.iter().map(|(_, stages)| stages.to_vec()).collect();
    let codes = codes.iter().map(|(name, _)| code(name)).collect();
    let dictionary = Dictionary::with_onsets(codes, &onsets, Some(&stages)).unwrap();
    let dimension = |name: &str, kind, role, dictionary| Dimension {
        name: name.into(),
        label: Label::same(name),
        kind,
        ordered: true,
        role,
        closed: false,
        dictionary,
    };
    let stages = dimension("life_stage", Kind::Partition, Some(Role::LifeStage), (*stages).clone());
    let dimensions = Dimensions::new(vec![stages, dimension("diagnosis", Kind::Codes, None, dictionary)]).unwrap();
    Published { dimensions, centres: Vec::new(), structural_zeros: Vec::new(), tables: Vec::new() }
}

#[test]
fn onsets_of_all_sources_stand_behind_their_code() {
    let (one, other) = (release(&[("*", &[]), ("B", &[2]), ("A", &[])]), release(&[("A", &[0]), ("B", &[0, 1]), ("C", &[1])]));
    let names = |sources: &[&Published]| {
        let merged = dimensions(sources).unwrap();
        merged.get(1).dictionary.names().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(names(&[&one, &other]), ["*", "B", "B@child", "B@adult", "B@old", "A", "A@child", "C", "C@adult"]);
    assert_eq!(names(&[&other, &one]), ["A", "A@child", "B", "B@child", "B@adult", "B@old", "C", "C@adult", "*"]);
}
