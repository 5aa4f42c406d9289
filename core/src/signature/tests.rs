//! Keys and signatures, without a release around them.
#![expect(clippy::unwrap_used, reason = "tests")]

use ninzu_engine::ErrorKind;

use super::{SigningKey, TrustedKeys, new_key};

/// Made by minisign 0.11 over the word `test`: one as it signs today, one as it signed before.
const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
const PREHASHED: &str = "untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1633700835\tfile:test\tprehashed
wLMDjy9FLAuxZ3q4NlEvkgtyhrr0gtTu6KC4KBJdITbbOeAi1zBIYo0v4iTgt8jJpIidRJnp94ABQkJAgAooBQ==
";

fn trusting(keys: &[&str]) -> TrustedKeys {
    let mut trusted = TrustedKeys::default();
    for key in keys {
        trusted.add(key).expect("a key");
    }
    trusted
}

#[test]
fn what_minisign_signs_is_verified() {
    let signed = trusting(&[&format!("its author={KEY}")]).verify(b"test", PREHASHED).unwrap();
    assert_eq!((signed.name.as_deref(), signed.key.as_str()), (Some("its author"), "E7620F1842B4E81F"));
    assert!(signed.comment.starts_with("timestamp:1633700835"));
}

#[test]
fn nothing_else_is() {
    let trusted = trusting(&[KEY]);
    let kind = |text: &[u8], signature: &str| trusted.verify(text, signature).unwrap_err().kind();
    assert_eq!(kind(b"Test", PREHASHED), ErrorKind::Tampered);
    assert_eq!(kind(b"test", &PREHASHED.replace("file:test", "file:tost")), ErrorKind::Tampered);
    assert_eq!(kind(b"test", &PREHASHED.replace("RUQf6LRC", "RUQf6LRD")), ErrorKind::Untrusted);
    for broken in ["", "untrusted comment: x\n", &PREHASHED[..120], &PREHASHED.replace("RUQf", "RURf"), "\u{0}"] {
        assert!(trusted.verify(b"test", broken).is_err(), "{broken:?}");
    }
    let other = new_key("other", None).unwrap().1;
    let other = trusting(&[other.lines().nth(1).unwrap()]);
    assert_eq!(other.verify(b"test", PREHASHED).unwrap_err().kind(), ErrorKind::Untrusted);
}

#[test]
fn keys_are_read_from_files_with_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pinned");
    let mine = new_key("my centre", None).unwrap().1;
    std::fs::write(&file, format!("{mine}\n{KEY}\n")).unwrap();
    let trusted = trusting(&[file.to_str().unwrap()]);
    assert_eq!(trusted.0.len(), 2);
    assert_eq!(trusted.0[0].name.as_deref(), Some("my centre"));
    assert!(trusted.verify(b"test", PREHASHED).unwrap().name.is_none());
    for wrong in ["nothing here", "", "RWQnotakey"] {
        std::fs::write(&file, wrong).unwrap();
        assert_eq!(TrustedKeys::default().add(file.to_str().unwrap()).unwrap_err().kind(), ErrorKind::Untrusted);
        assert_eq!(TrustedKeys::default().add(wrong).unwrap_err().kind(), ErrorKind::Untrusted);
    }
}

#[test]
fn a_password_opens_its_key_and_no_other() {
    let (secret, public) = new_key("x", Some("open".into())).unwrap();
    let key = SigningKey::new(&secret, Some("open".into())).unwrap();
    assert!(public.contains(&key.public().unwrap()));
    assert!(SigningKey::new(&secret, Some("shut".into())).is_err());
    assert!(SigningKey::new("no key", None).is_err());
}
