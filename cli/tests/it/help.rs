//! Help texts.

use crate::fixtures::ninzu;

#[test]
fn every_command_explains_itself() {
    let short = ninzu(&["-h"]);
    let long = ninzu(&["--help"]);
    assert_eq!((short.code, long.code), (0, 0));
    insta::assert_snapshot!("help", short.out);
    insta::assert_snapshot!("help_long", long.out);
    for command in [
        "demo",
        "init",
        "profile",
        "generate",
        "build",
        "audit",
        "import",
        "merge",
        "diff",
        "describe",
        "query",
        "explain",
        "facets",
        "sql",
        "site",
        "serve",
        "completions",
    ] {
        let help = ninzu(&[command, "--help"]);
        assert_eq!(help.code, 0);
        assert!(help.out.contains("Examples:"), "{command} has no examples");
        insta::assert_snapshot!(format!("help_{command}"), help.out);
    }
}

#[test]
fn misuse_is_an_error_and_says_how_to_ask_for_help() {
    for args in [&["qery"][..], &["query"], &["query", "release"], &["generate", "--out", "x"], &[]] {
        let run = ninzu(args);
        assert_eq!(run.code, 2, "{args:?}");
        assert!(run.out.is_empty());
        assert!(run.err.contains("--help") || run.err.contains("Usage"), "{}", run.err);
    }
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let run = ninzu(&["completions", shell]);
        assert_eq!(run.code, 0);
        for command in ["demo", "generate", "build", "import", "merge", "diff", "describe", "query", "explain", "facets"] {
            assert!(run.out.contains(command), "{shell} lacks {command}");
        }
    }
}
