//! `ninzu site`: a portal of plain files that any web server can serve.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ninzu::disclosure::check_audit;
use ninzu::signature::SIGNATURE;
use ninzu::text::thousands;
use ninzu::write::write_folder;
use ninzu::{Error, ErrorKind, Language};
use rayon::prelude::*;
use walkdir::WalkDir;

use super::describe::of_check;
use super::source::Source;
use crate::args;
use crate::catalogue::message;
use crate::context::Context;
use crate::errors::{Outcome, Result, refused};

/// The page's own file, which says what the browser may load.
pub(super) const INDEX: &str = "index.html";
/// The headers to send, as many hosts read them.
pub(super) const HEADERS: &str = "_headers";

/// Writes the portal.
pub(crate) fn run(typed: &args::Site, context: &Context) -> Result<Outcome> {
    let source = Source::from(&typed.source);
    let engine = source.open()?;
    check_audit(&engine, &source.folder)?;
    let headers = headers(&typed.page)?;
    let page = files_of_page(&typed.page)?;
    let signature = signature(&source)?;
    let total = engine.release().contents().iter().map(|need| need.range.end.saturating_sub(need.range.start)).sum();

    let progress = context.progress();
    // What went wrong inside, in its own words.
    let mut failed = None;
    let mut files = page.len();
    let written = write_folder(&typed.out, &*progress, |folder| {
        fs::write(folder.join(HEADERS), &headers)?;
        progress.begin("page", Some(page.len() as u64));
        page.par_iter().try_for_each(|(inside, from)| {
            put(folder, inside, &fs::read(from)?)?;
            progress.advance(1);
            io::Result::Ok(())
        })?;
        progress.end();
        progress.begin("release", Some(total));
        let mut release = Portion { folder: folder.join("release"), file: None, files: 0 };
        // These bytes are the ones that were checked: nothing is read a second time.
        let verified = ninzu::verified_files(&engine, &source.folder, &mut |path, part| {
            progress.advance(part.len() as u64);
            release.take(path, part).map_err(|e| refused(&folder.join("release").join(path), "cli.unwritten", &e))
        });
        progress.end();
        if let Err(e) = verified {
            failed = Some(e);
            return Err(io::ErrorKind::Other.into());
        }
        release.end()?;
        if let Some(signature) = &signature {
            put(&release.folder, SIGNATURE, signature.as_bytes())?;
        }
        files += release.files + usize::from(signature.is_some());
        Ok(())
    });
    match (failed, written) {
        (Some(e), _) => return Err(of_check(e)),
        (None, written) => written?,
    }
    let (out, files, release) = (typed.out.display(), thousands(files as u64), engine.release().id());
    context.note(&match context.language {
        Language::En => format!("{out}: {files} files, release {release}\n  look at it: ninzu serve {out}"),
        Language::Ja => format!("{out}：{files}ファイル、リリース {release}\n  確認：ninzu serve {out}"),
    });
    Ok(Outcome::Done)
}

/// The release's files as they are written, one after the other.
struct Portion {
    folder: PathBuf,
    /// The file that is being written: its path, and its bytes where it is small, or itself.
    file: Option<(String, Opened)>,
    files: usize,
}

enum Opened {
    /// Written whole, with its compressed forms.
    Small(Vec<u8>),
    /// Ranges of these are asked for, and address plain bytes: they have no other form.
    Cells(File),
}

impl Portion {
    fn take(&mut self, path: &str, part: &[u8]) -> io::Result<()> {
        if self.file.as_ref().is_none_or(|(open, _)| open != path) {
            self.end()?;
            let opened = if path.starts_with("cells/") {
                let target = self.folder.join(path);
                target.parent().map_or(Ok(()), fs::create_dir_all)?;
                Opened::Cells(File::create_new(target)?)
            } else {
                Opened::Small(Vec::new())
            };
            self.file = Some((path.to_owned(), opened));
            self.files += 1;
        }
        match &mut self.file {
            Some((_, Opened::Small(bytes))) => bytes.extend_from_slice(part),
            Some((_, Opened::Cells(file))) => file.write_all(part)?,
            None => {}
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<()> {
        match self.file.take() {
            Some((path, Opened::Small(bytes))) => put(&self.folder, &path, &bytes),
            Some((_, Opened::Cells(_))) | None => Ok(()),
        }
    }
}

/// The signature that lies beside a release, if there is one.
fn signature(source: &Source) -> Result<Option<String>> {
    let path = source.folder.join(SIGNATURE);
    match fs::symlink_metadata(&path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Ok(found) if found.is_file() && found.len() < 1 << 16 => {
            Ok(Some(fs::read_to_string(&path).map_err(|e| refused(&path, "cli.unread", &e))?))
        }
        Ok(_) => Err(refused(&path, "cli.unread", &"it is no small file").into()),
        Err(e) => Err(refused(&path, "cli.unread", &e).into()),
    }
}

/// The page's files, by their paths inside it, without a release that it was tried with.
fn files_of_page(page: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    let walk = WalkDir::new(page).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| entry.depth() != 1 || entry.file_name() != "release") {
        let entry = entry.map_err(|e| refused(page, "cli.unread", &e))?;
        let inside = entry.path().strip_prefix(page).unwrap_or(entry.path());
        if entry.file_type().is_file() {
            let names: Vec<_> = inside.iter().map(|name| name.to_string_lossy()).collect();
            files.push((names.join("/"), entry.path().to_owned()));
        } else if !entry.file_type().is_dir() {
            let error = refused(entry.path(), "cli.uncopied", &"it is no plain file, and may lead out of the page");
            return Err(error.with_hint(message!("hint.plain_page")).into());
        }
    }
    Ok(files)
}

/// The headers of every file. What the browser may load stands in the page, and only there.
fn headers(page: &Path) -> Result<String> {
    let path = page.join(INDEX);
    let hint = || message!("hint.build_page");
    let html = fs::read_to_string(&path).map_err(|e| refused(&path, "cli.unread", &e).with_hint(hint()))?;
    let policy = html.split_once("http-equiv=\"Content-Security-Policy\"").and_then(|(_, rest)| {
        let (_, rest) = rest.split_once("content=\"")?;
        Some(rest.split_once('"')?.0.replace("&#39;", "'"))
    });
    let Some(policy) = policy else {
        let error = message!("cli.page_without_policy", file = path.display().to_string());
        return Err(Error::new(ErrorKind::Io, error).with_hint(hint()).into());
    };
    Ok(format!(
        "/*\n  Content-Security-Policy: {policy}\n  Referrer-Policy: no-referrer\n  X-Content-Type-Options: nosniff\n/assets/*\n  \
         Cache-Control: public, max-age=31536000, immutable\n"
    ))
}

/// Writes a file, and its .br and .gz beside it where these are smaller.
fn put(folder: &Path, inside: &str, bytes: &[u8]) -> io::Result<()> {
    let path = folder.join(inside);
    path.parent().map_or(Ok(()), fs::create_dir_all)?;
    fs::write(&path, bytes)?;
    let mut brotli = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: bytes.len(), ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut brotli, &params)?;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes)?;
    for (ending, compressed) in [("br", brotli), ("gz", gzip.finish()?)] {
        if compressed.len() < bytes.len() {
            fs::write(path.with_added_extension(ending), compressed)?;
        }
    }
    Ok(())
}
