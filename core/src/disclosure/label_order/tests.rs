#![cfg(feature = "publish")]
#![expect(clippy::unwrap_used, reason = "tests")]

use ninzu_engine::Interval;
use ninzu_engine::model::{Code, Dictionary, Dimension, Dimensions, Kind, Label, Policy};

use super::LabelOrder;
use crate::disclosure::CellNames;
use crate::disclosure::cell_intervals::CellIntervals;
use crate::{Centre, DeclaredCodes, Published, Table};

/// Names of which one begins like another, with signs on either side of the comma.
const NAMES: [&str; 7] = ["A", "A (x)", "A1", "A,", "A, sex = f", "B", "-"];

fn dimension(name: &str, kind: Kind, values: &[&str]) -> Dimension {
    let codes = values.iter().map(|name| Code { name: (*name).into(), parents: Vec::new(), label: Label::default() }).collect();
    Dimension {
        name: name.into(),
        label: Label::default(),
        kind,
        ordered: false,
        role: None,
        closed: false,
        dictionary: Dictionary::new(codes).unwrap(),
    }
}

#[test]
fn places_are_those_of_the_labels() {
    let dimensions =
        Dimensions::new(vec![dimension("sex", Kind::Partition, &["f", "f ", "m"]), dimension("d", Kind::Codes, &NAMES)]).unwrap();
    let table =
        |codes: Vec<usize>, declared| Table { codes, order: 1, declared, suppressed: Interval::new(0, 9), rows: Vec::new() };
    let pairs = DeclaredCodes::List(vec![[0, 1], [0, 4], [1, 3], [2, 5]]);
    let centre = |name: &str| Centre { name: name.into(), label: Label::default(), collects: vec![1] };
    let published = Published {
        dimensions,
        centres: vec![centre("X"), centre("Y")],
        structural_zeros: Vec::new(),
        tables: vec![
            table(vec![], DeclaredCodes::Dictionary),
            table(vec![1], DeclaredCodes::Dictionary),
            table(vec![1, 1], pairs),
        ],
    };
    let policy: Policy =
        serde_json::from_str(r#"{"threshold": 10, "base": 10, "decoy": {"published": 0.1, "unlisted": 0.25}}"#).unwrap();
    let intervals = CellIntervals::new(&published, &policy);
    let order = LabelOrder::new(&published, &intervals);
    let names = CellNames::new(&published);
    let cells: Vec<usize> = intervals.cells_of_centre(1).collect();
    assert!(cells.len() > 40);
    for &a in &cells {
        for &b in &cells {
            let label = |id| names.cell(intervals.cell(id, None));
            assert_eq!(order.of(&intervals, a).cmp(&order.of(&intervals, b)), label(a).cmp(&label(b)));
        }
    }
}
