//! The package's catalogues are written from the engine's: `NINZU_WRITE=1 cargo test -p ninzu-wasm` writes them anew.
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "support/committed.rs"]
mod committed;

use std::fmt::Write as _;

use ninzu_engine::Language;
use ninzu_engine::message::CATALOGUE;

/// The file of a language as it must be.
fn generated(language: Language) -> String {
    let (tag, name) = (language.tag(), format!("core/engine/messages/{}.toml", language.tag()));
    let mut text = format!(
        "// Written from {name} by wasm/tests/messages.rs: do not edit.\nimport type {{ Catalogue }} from './message.js';\n\n\
         /** What the engine says. */\nexport const {tag}: Catalogue = {{\n"
    );
    for (code, said) in CATALOGUE.texts(language) {
        writeln!(text, "  {}: {},", serde_json::to_string(code).unwrap(), serde_json::to_string(said).unwrap()).unwrap();
    }
    text.push_str("};\n");
    text
}

#[test]
fn committed_catalogues_are_the_generated_ones() {
    for language in Language::ALL {
        committed::is_generated(&format!("messages/engine-{}.ts", language.tag()), &generated(language));
    }
}
