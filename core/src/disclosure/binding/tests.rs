//! What binds an audit to its release, and what does not.
#![expect(clippy::unwrap_used, reason = "tests")]

use ninzu_engine::ErrorKind;
use serde_json::json;

use super::{audited_content, check_binding};

fn descriptor() -> serde_json::Value {
    json!({"name": "a", "ninzu": {"format": 1, "policy": {"threshold": 10, "base": 10},
        "protection": {"by": "ninzu", "audited": false},
        "tables": [{"name": "base", "chunks": [{"sha256": "aa"}]}], "files": [{"path": "dimensions/sex.csv", "sha256": "bb"}]}})
}

fn bytes(value: &serde_json::Value) -> Vec<u8> {
    serde_json::to_vec_pretty(value).unwrap()
}

#[test]
fn what_the_audit_adds_changes_nothing() {
    let before = audited_content(&bytes(&descriptor())).unwrap();
    let mut after = descriptor();
    after["title"] = json!("another title, which nobody audits");
    after["ninzu"]["protection"]["audited"] = json!(true);
    after["ninzu"]["files"].as_array_mut().unwrap().push(json!({"path": "audit.json", "sha256": "cc"}));
    assert_eq!(audited_content(&bytes(&after)).unwrap(), before);
    assert_eq!(audited_content(&serde_json::to_vec(&after).unwrap()).unwrap(), before, "spaces mean nothing");
}

#[test]
fn policy_tables_and_dictionaries_are_bound() {
    let of = audited_content(&bytes(&descriptor())).unwrap();
    let audit = bytes(&json!({"violations": 0, "of": of}));
    check_binding(&bytes(&descriptor()), &audit).unwrap();
    for path in ["/ninzu/policy/threshold", "/ninzu/tables/0/chunks/0/sha256", "/ninzu/files/0/sha256", "/ninzu/format"] {
        let mut other = descriptor();
        *other.pointer_mut(path).unwrap() = json!("another");
        assert_eq!(check_binding(&bytes(&other), &audit).unwrap_err().kind(), ErrorKind::Tampered, "{path}");
    }
    for audit in [json!({"violations": 1, "of": of}), json!({"of": of}), json!([]), json!({"violations": 0, "of": "ff"})] {
        assert_eq!(check_binding(&bytes(&descriptor()), &bytes(&audit)).unwrap_err().kind(), ErrorKind::Tampered, "{audit}");
    }
}
