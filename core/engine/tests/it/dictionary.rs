//! Onsets that are derived are those that a dictionary would list.

use std::borrow::Cow;
use std::sync::Arc;

use ninzu_engine::ErrorKind;
use ninzu_engine::model::{Code, Dictionary, Dimension, Dimensions, Kind, Label, Onset, Role};
use proptest::prelude::*;

const STAGES: [&str; 5] = ["child", "teen", "adult", "old", "unknown"];

fn code(name: &str, parents: Vec<String>) -> Code {
    Code { name: name.into(), parents, label: Label { en: format!("en {name}"), ja: format!("日 {name}") } }
}

fn stages(count: usize) -> Arc<Dictionary> {
    Arc::new(Dictionary::new(STAGES[..count].iter().map(|name| code(name, Vec::new())).collect()).expect("stages"))
}

/// Life stages and codes, as a release has them.
fn dimensions(count: usize, dictionary: Dictionary) -> Dimensions {
    let dimension = |name: &str, kind, role, dictionary| {
        let (name, label) = (name.to_owned(), Label::default());
        Dimension { name, label, kind, ordered: false, role, closed: false, dictionary }
    };
    let all =
        [("stage", Kind::Partition, Some(Role::LifeStage), (*stages(count)).clone()), ("code", Kind::Codes, None, dictionary)];
    Dimensions::new(all.map(|(name, kind, role, dictionary)| dimension(name, kind, role, dictionary)).to_vec()).expect("onsets")
}

proptest! {
    #[test]
    fn derived_onsets_are_listed_ones(
        count in 1..=STAGES.len(),
        root: bool,
        codes in prop::collection::vec((prop::collection::vec(0..20_usize, 0..3), prop::collection::btree_set(0..5_u32, 0..5)), 1..12),
    ) {
        let name = |at: usize| if root && at == 0 { "*".to_owned() } else { format!("c{at}") };
        let parents = |at: usize, of: &[usize]| of.iter().filter(|&&of| of < at).map(|&of| name(of)).collect();
        let plain: Vec<Code> = codes.iter().enumerate().map(|(at, (of, _))| code(&name(at), parents(at, of))).collect();
        let onsets: Vec<Vec<u32>> =
            codes.iter().map(|(_, at)| at.iter().copied().filter(|&stage| stage < count as u32).collect()).collect();
        let all = stages(count);
        let listed = plain.iter().zip(&onsets).flat_map(|(code, at)| {
            let onset = |&stage: &u32| Code {
                name: format!("{}@{}", code.name, all.name(stage)),
                parents: vec![code.name.clone()],
                label: Onset::label(&code.label, &all.label(stage)),
            };
            std::iter::once(code.clone()).chain(at.iter().map(onset)).collect::<Vec<_>>()
        });
        let listed = dimensions(count, Dictionary::new(listed.collect()).expect("listed"));
        let derived = dimensions(count, Dictionary::with_onsets(plain, &onsets, Some(&all)).expect("derived"));
        let (listed, derived) = (&listed.get(1).dictionary, &derived.get(1).dictionary);
        prop_assert_eq!(listed.codes(), derived.codes());
        for id in 0..listed.len() as u32 {
            prop_assert_eq!(derived.id(listed.name(id)), Some(id));
            prop_assert_eq!(listed.onset(id), derived.onset(id));
            prop_assert_eq!(listed.parents(id), derived.parents(id));
            prop_assert_eq!(listed.children(id), derived.children(id));
            prop_assert_eq!(listed.ancestors(id), derived.ancestors(id));
            prop_assert_eq!(matches!(derived.label(id), Cow::Owned(_)), derived.onset(id).is_some(), "it is made when it is shown");
            for stage in STAGES {
                let onset = format!("{}@{stage}", listed.name(id));
                prop_assert_eq!(listed.id(&onset), derived.id(&onset), "{}", onset);
            }
        }
    }
}

#[test]
fn onsets_that_cannot_be_are_refused() {
    let refused = |names: &[&str], onsets: &[Vec<u32>], stages: Option<&Arc<Dictionary>>| {
        let codes = names.iter().map(|name| code(name, Vec::new())).collect();
        let error = Dictionary::with_onsets(codes, onsets, stages).expect_err("no dictionary");
        assert_eq!(error.kind(), ErrorKind::InvalidRelease);
        error.message().to_owned()
    };
    let all = stages(3);
    let wrong = "the onsets of code \"A\" are not life stages in their order";
    assert_eq!(refused(&["A"], &[vec![3]], Some(&all)), wrong);
    assert_eq!(refused(&["A"], &[vec![1, 0]], Some(&all)), wrong);
    assert_eq!(refused(&["A"], &[vec![1, 1]], Some(&all)), wrong);
    assert_eq!(refused(&["A"], &[vec![0]], None), wrong);
    let sign = Arc::new(Dictionary::new(vec![code("a@b", Vec::new())]).expect("a stage that no onset can name"));
    assert_eq!(refused(&["A"], &[vec![0]], Some(&sign)), wrong);
    assert_eq!(refused(&["A@child", "A"], &[vec![], vec![0, 2]], Some(&all)), "code \"A@child\" is listed twice");
    assert_eq!(refused(&["A", "A@adult"], &[vec![0, 2]], Some(&all)), "code \"A@adult\" is listed twice");
}

#[test]
fn listed_onsets_may_stand_among_derived_ones() {
    let codes = ["A", "A@child", "B"].map(|name| code(name, Vec::new())).to_vec();
    let dictionary = Dictionary::with_onsets(codes, &[vec![2, 3], vec![], vec![0]], Some(&stages(4))).expect("a dictionary");
    let all = dimensions(4, dictionary);
    let dictionary = &all.get(1).dictionary;
    assert_eq!(dictionary.names().collect::<Vec<_>>(), ["A", "A@adult", "A@old", "A@child", "B", "B@child"]);
    assert!(dictionary.names().zip(0..).all(|(name, id)| dictionary.id(name) == Some(id)));
    assert_eq!(dictionary.onset(3), Some(Onset { code: 0, stage: 0 }));
    assert_eq!(dictionary.id("A@teen"), None);
}
