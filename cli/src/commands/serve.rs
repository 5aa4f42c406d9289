//! `ninzu serve`: a portal, shown on this machine only.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::thread;

use ninzu::{Error, ErrorKind};
use percent_encoding::percent_decode_str;
use tiny_http::{Header, Method, Request, Response, Server, StatusCode};

use super::site::{HEADERS, INDEX};
use super::target::Target;
use crate::args;
use crate::context::Context;
use crate::errors::{Outcome, Result, refused};

/// Requests that are answered at once: browsers open six connections.
const ANSWERED_AT_ONCE: usize = 6;

/// A folder, and the headers that all its files are sent with.
struct Portal {
    folder: PathBuf,
    headers: Vec<Header>,
}

/// What is sent.
struct Found {
    file: File,
    length: u64,
    /// The bytes that were asked for, if not all.
    range: Option<Range<u64>>,
    headers: Vec<Header>,
}

/// Serves the portal until it is interrupted.
pub(crate) fn run(typed: &args::Serve, context: &Context) -> Result<Outcome> {
    let portal = Portal::open(&typed.folder)?;
    let server = Server::http(("127.0.0.1", typed.port)).map_err(|e| {
        Error::new(ErrorKind::Io, format!("port {} cannot be used: {e}", typed.port)).with_hint("choose another --port, or 0")
    })?;
    Target::Stdout.write(format!("http://{}/\n", server.server_addr()).as_bytes())?;
    context.note(context.say("Ctrl-C ends it", "Ctrl-Cで終了"));
    thread::scope(|scope| {
        for _ in 0..ANSWERED_AT_ONCE {
            scope.spawn(|| {
                while let Ok(request) = server.recv() {
                    portal.answer(request);
                }
            });
        }
    });
    Ok(Outcome::Done)
}

impl Portal {
    fn open(folder: &Path) -> Result<Self> {
        let hint = "make a portal with `ninzu site RELEASE --out DIR`";
        let index = folder.join(INDEX);
        fs::metadata(&index).map_err(|e| refused(&index, "read", &e).with_hint(hint))?;
        let path = folder.join(HEADERS);
        let text = fs::read_to_string(&path).map_err(|e| refused(&path, "read", &e).with_hint(hint))?;
        // Those of all files: the first paragraph.
        let lines = text.lines().skip_while(|line| *line != "/*").skip(1).take_while(|line| line.starts_with(' '));
        let headers = lines.filter_map(|line| line.trim().parse().ok()).collect();
        Ok(Self { folder: folder.to_owned(), headers })
    }

    fn answer(&self, request: Request) {
        let is_head = *request.method() == Method::Head;
        // A reader who went away is told nothing.
        let _ = match self.find(&request) {
            Ok(Found { mut file, length, range, mut headers }) => {
                let status = StatusCode(if range.is_some() { 206 } else { 200 });
                if let Some(range) = &range {
                    headers.extend(header("Content-Range", &format!("bytes {}-{}/{length}", range.start, range.end - 1)));
                }
                let range = range.unwrap_or(0..length);
                if file.seek(SeekFrom::Start(range.start)).is_err() {
                    return;
                }
                let length = range.end - range.start;
                let body = file.take(if is_head { 0 } else { length });
                let response = Response::new(status, headers, body, Some(length as usize), None);
                request.respond(response.with_chunked_threshold(usize::MAX))
            }
            Err(status) => request.respond(Response::from_string(status.default_reason_phrase()).with_status_code(status)),
        };
    }

    /// The file of a request, or why not.
    fn find(&self, request: &Request) -> std::result::Result<Found, StatusCode> {
        if !matches!(request.method(), Method::Get | Method::Head) {
            return Err(StatusCode(405));
        }
        let asked = |name: &'static str| {
            let header = request.headers().iter().find(|header| header.field.equiv(name));
            header.map_or("", |header| header.value.as_str())
        };
        let path = self.path(request.url()).ok_or(StatusCode(404))?;
        let kind = mime_guess::from_path(&path).first_or_octet_stream();
        let charset = if kind.type_() == "text" { "; charset=utf-8" } else { "" };
        let mut headers = self.headers.clone();
        headers.extend(header("Content-Type", &format!("{kind}{charset}")));
        headers.extend(header("Accept-Ranges", "bytes"));
        headers.extend(header("Cache-Control", "no-cache"));
        let (ranges, encodings) = (asked("Range"), asked("Accept-Encoding"));
        if ranges.is_empty() {
            let takes = |name: &str| encodings.split(',').any(|one| one.split(';').next().is_some_and(|one| one.trim() == name));
            for (name, ending) in [("br", "br"), ("gzip", "gz")] {
                let compressed = path.with_added_extension(ending);
                if let Ok((file, length)) = open(&compressed)
                    && takes(name)
                {
                    headers.extend(header("Content-Encoding", name));
                    headers.extend(header("Vary", "Accept-Encoding"));
                    return Ok(Found { file, length, range: None, headers });
                }
            }
        }
        let (file, length) = open(&path).map_err(|_| StatusCode(404))?;
        let range = match ranges.strip_prefix("bytes=") {
            Some(range) => Some(part(range, length).ok_or(StatusCode(416))?),
            None => None,
        };
        Ok(Found { file, length, range, headers })
    }

    /// The file of an address, which never lies outside the folder.
    fn path(&self, url: &str) -> Option<PathBuf> {
        let path = url.split(['?', '#']).next()?;
        let path = percent_decode_str(path.strip_prefix('/')?).decode_utf8().ok()?;
        let inside = Path::new(path.as_ref());
        if inside.components().any(|part| !matches!(part, Component::Normal(_))) {
            return None;
        }
        let path = self.folder.join(inside);
        Some(if path.is_dir() { path.join(INDEX) } else { path })
    }
}

fn open(path: &Path) -> std::io::Result<(File, u64)> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

/// One range of bytes as HTTP writes it: `a-b`, `a-`, or the last `-n`.
fn part(range: &str, length: u64) -> Option<Range<u64>> {
    let (from, to) = range.split_once('-')?;
    let range = match (from, to) {
        ("", last) => length.saturating_sub(last.parse().ok()?)..length,
        (from, "") => from.parse().ok()?..length,
        (from, to) => from.parse().ok()?..to.parse::<u64>().ok()?.saturating_add(1).min(length),
    };
    (range.start < range.end).then_some(range)
}

/// A header, unless it cannot be one.
fn header(name: &str, value: &str) -> Option<Header> {
    Header::from_bytes(name, value).ok()
}
