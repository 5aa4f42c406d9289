//! `ninzu site`: a portal of plain files that any web server can serve.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ninzu::manifest::DESCRIPTOR;
use ninzu::publish::write_folder;
use ninzu::{Error, ErrorKind, Language, thousands};
use rayon::prelude::*;
use walkdir::WalkDir;

use super::describe::verify;
use super::source::Source;
use crate::args;
use crate::context::Context;
use crate::errors::{Outcome, Result, refused};

/// The page's own file, which says what the browser may load.
pub(super) const INDEX: &str = "index.html";
/// The headers to send, as many hosts read them.
pub(super) const HEADERS: &str = "_headers";

/// A file of the portal: its path there, and where it comes from.
struct Part {
    path: String,
    from: PathBuf,
}

/// Writes the portal.
pub(crate) fn run(typed: &args::Site, context: &Context) -> Result<Outcome> {
    let source = Source::from(&typed.source);
    let engine = source.open()?;
    verify(&engine, &source, context)?;
    let headers = headers(&typed.page)?;
    let mut parts = parts_of_page(&typed.page)?;
    let paths: BTreeSet<String> =
        engine.release().contents().into_iter().map(|need| need.path).chain([DESCRIPTOR.to_owned()]).collect();
    parts.extend(paths.into_iter().map(|path| Part { from: source.folder.join(&path), path: format!("release/{path}") }));

    let progress = context.progress();
    progress.begin("site", Some(parts.len() as u64));
    let write = |folder: &Path, part: &Part| {
        let target = folder.join(&part.path);
        target.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::copy(&part.from, &target)?;
        // Ranges of these are asked for, and address plain bytes.
        if !part.path.starts_with("release/cells/") {
            compress(&target)?;
        }
        progress.advance(1);
        io::Result::Ok(())
    };
    write_folder(&typed.out, |folder| {
        fs::write(folder.join(HEADERS), &headers)?;
        parts.par_iter().try_for_each(|part| write(folder, part))
    })?;
    progress.end();
    let (out, files, release) = (typed.out.display(), thousands(parts.len() as u64), engine.release().id());
    context.note(&match context.language {
        Language::En => format!("{out}: {files} files, release {release}\n  look at it: ninzu serve {out}"),
        Language::Ja => format!("{out}：{files}ファイル、リリース {release}\n  確認：ninzu serve {out}"),
    });
    Ok(Outcome::Done)
}

/// The page's files, without a release that it was tried with.
fn parts_of_page(page: &Path) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for entry in WalkDir::new(page).sort_by_file_name() {
        let entry = entry.map_err(|e| refused(page, "read", &e))?;
        let inside = entry.path().strip_prefix(page).unwrap_or(entry.path());
        if entry.file_type().is_file() && !inside.starts_with("release") {
            let names: Vec<_> = inside.iter().map(|name| name.to_string_lossy()).collect();
            parts.push(Part { path: names.join("/"), from: entry.path().to_owned() });
        }
    }
    Ok(parts)
}

/// The headers of every file. What the browser may load stands in the page, and only there.
fn headers(page: &Path) -> Result<String> {
    let path = page.join(INDEX);
    let hint = "build the page once with `scripts/build-page.sh`, or name the folder of a built one with --page";
    let html = fs::read_to_string(&path).map_err(|e| refused(&path, "read", &e).with_hint(hint))?;
    let policy = html.split_once("http-equiv=\"Content-Security-Policy\"").and_then(|(_, rest)| {
        let (_, rest) = rest.split_once("content=\"")?;
        Some(rest.split_once('"')?.0.replace("&#39;", "'"))
    });
    let Some(policy) = policy else {
        let error = format!("{} does not say what the browser may load", path.display());
        return Err(Error::new(ErrorKind::Io, error).with_hint(hint).into());
    };
    Ok(format!(
        "/*\n  Content-Security-Policy: {policy}\n  Referrer-Policy: no-referrer\n  X-Content-Type-Options: nosniff\n/assets/*\n  \
         Cache-Control: public, max-age=31536000, immutable\n"
    ))
}

/// Writes a file's .br and .gz beside it, where these are smaller.
fn compress(path: &Path) -> io::Result<()> {
    let bytes = fs::read(path)?;
    let mut brotli = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: bytes.len(), ..Default::default() };
    brotli::BrotliCompress(&mut bytes.as_slice(), &mut brotli, &params)?;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&bytes)?;
    for (ending, compressed) in [("br", brotli), ("gz", gzip.finish()?)] {
        if compressed.len() < bytes.len() {
            let mut name = path.as_os_str().to_owned();
            name.push(".");
            name.push(ending);
            fs::write(name, compressed)?;
        }
    }
    Ok(())
}
