//! What changed between two releases, and the exit code.

use crate::fixtures::{arg, ninzu};
use crate::merge::centre;

#[test]
fn a_release_is_no_different_from_itself() {
    let folder = tempfile::tempdir().unwrap();
    let release = centre(folder.path(), "north", "2023-12-31", 300);
    for format in ["table", "markdown", "csv", "json"] {
        let run = ninzu(&["diff", arg(&release), arg(&release), "--format", format]);
        assert_eq!((run.code, run.err.as_str()), (0, ""));
        assert!(!run.out.is_empty());
    }
    let run = ninzu(&["diff", arg(&release), arg(&release)]);
    assert!(run.out.contains("it is the same release"), "{}", run.out);
}

#[test]
fn growth_is_told_in_every_format_with_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let old = centre(folder.path(), "north", "2023-12-31", 300);
    let new = centre(folder.path(), "north", "2024-12-31", 500);
    let diff = |more: &[&str]| {
        let run = ninzu(&[&["diff", arg(&old), arg(&new)][..], more].concat());
        assert_eq!((run.code, run.err.as_str()), (1, ""));
        run.out
    };
    let table = diff(&["--top", "1"]);
    assert!(table.contains("reference date: 2023-12-31 → 2024-12-31"), "{table}");
    let (_, largest) = table.split_once("The largest changes").unwrap();
    assert!(largest.contains("north") && largest.contains("up"), "{table}");
    assert!(diff(&["--lang", "ja"]).contains("最も大きな変化"));
    assert!(diff(&["--format", "markdown"]).contains("## The largest changes"));
    let json: serde_json::Value = serde_json::from_str(&diff(&["--format", "json", "--top", "3"])).unwrap();
    assert_eq!(json["said"], serde_json::json!([{"fact": "reference_date", "old": "2023-12-31", "new": "2024-12-31"}]));
    assert_eq!(json["largest"].as_array().unwrap().len(), 3);
    let cells = json["cells"].as_array().unwrap();
    let csv = diff(&["--format", "csv"]);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header[..3], ["table", "centre", "unchanged"]);
    for (row, cells) in reader.records().map(Result::unwrap).zip(cells) {
        assert_eq!((&row[0], &row[1]), (cells["table"].as_str().unwrap(), "north"));
        for (name, value) in header.iter().zip(&row).skip(2) {
            assert_eq!(value.parse::<u64>().ok(), cells[name].as_u64(), "{name}");
        }
    }
    let run = ninzu(&["diff", arg(&old), "nowhere"]);
    assert_eq!(run.code, 2, "{}", run.err);
}
