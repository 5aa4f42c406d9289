//! `ninzu sign`: who published a release, said with a key.

use std::path::{Path, PathBuf};

use ninzu::private_file;
use ninzu::signature::{SIGNATURE, SigningKey, new_key};
use ninzu::{Error, ErrorKind, Language};

use super::describe::verify;
use super::source::Source;
use super::target::Target;
use crate::args;
use crate::catalogue::message;
use crate::context::Context;
use crate::errors::{Outcome, Result, refused};

/// Makes a key, or signs a release with one.
pub(crate) fn run(typed: &args::Sign, context: &Context) -> Result<Outcome> {
    match (&typed.new_key, &typed.release, &typed.key) {
        (Some(path), ..) => make(path, typed, context),
        (None, Some(release), Some(key)) => sign(release, key, typed, context),
        // What was typed is one of these two.
        _ => Err(Error::new(ErrorKind::Untrusted, message!("cli.no_key")).with_hint(message!("hint.sign")).into()),
    }
}

fn make(path: &Path, typed: &args::Sign, context: &Context) -> Result<Outcome> {
    let public = path.with_added_extension("pub");
    for file in [path, &public] {
        if file.symlink_metadata().is_ok() {
            return Err(Error::new(ErrorKind::Io, message!("cli.exists", file = file.display().to_string()))
                .with_hint(message!("hint.key_not_overwritten"))
                .into());
        }
    }
    let name = typed.name.clone().unwrap_or_else(|| path.file_name().unwrap_or_default().to_string_lossy().into_owned());
    let (secret, known) = new_key(&name, typed.password.clone())?;
    private_file::write_new(path, secret.as_bytes()).map_err(|e| refused(path, "cli.unwritten", &e))?;
    Target::File(public.clone()).write_new(known.as_bytes())?;
    Target::Stdout.write(known.lines().nth(1).map(|key| format!("{key}\n")).unwrap_or_default().as_bytes())?;
    let (path, public) = (path.display(), public.display());
    context.note(&match context.language {
        Language::En => format!(
            "{path} is yours alone: who has it can sign in your name, and who loses it cannot\n{public} is for everybody: say it on your \
             site, so that readers can pin it with --trust"
        ),
        Language::Ja => format!(
            "{path} は本人だけのものです。これを持つ人は誰でもあなたの名で署名できます\n{public} は公開用です。公式サイトに載せ、読者が \
             --trust で指定できるようにしてください"
        ),
    });
    Ok(Outcome::Done)
}

fn sign(release: &Path, key: &Path, typed: &args::Sign, context: &Context) -> Result<Outcome> {
    let flaw = private_file::flaw(key).map_err(|e| refused(key, "cli.unread", &e))?;
    if let Some(flaw) = flaw {
        let shown = key.display().to_string();
        return Err(Error::new(ErrorKind::Untrusted, message!("cli.key_flaw", file = &shown, flaw = flaw))
            .with_hint(message!("hint.key_alone", file = shown))
            .into());
    }
    let text = std::fs::read_to_string(key).map_err(|e| refused(key, "cli.unread", &e))?;
    let signing = SigningKey::new(&text, typed.password.clone())?;
    let source = Source::new(release, &typed.accepted());
    let engine = source.open()?;
    // Nobody puts a name to what was not checked.
    verify(&engine, &source, context)?;
    let by = typed.name.as_deref().map(|name| format!(" by {name}")).unwrap_or_default();
    let comment = format!("release {}, signed{by}", engine.release().id());
    let signature = signing.sign(&engine, release, &comment)?;
    let path: PathBuf = release.join(SIGNATURE);
    Target::File(path.clone()).write_new(signature.as_bytes())?;
    let (path, public) = (path.display(), signing.public()?);
    context.note(&match context.language {
        Language::En => format!("{path}: {comment}\n  readers check it with --trust {public}"),
        Language::Ja => format!("{path}：{comment}\n  読者は --trust {public} で確認できます"),
    });
    Ok(Outcome::Done)
}
