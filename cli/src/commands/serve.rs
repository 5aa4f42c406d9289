//! `ninzu serve`: a portal, shown on this machine only.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use ninzu::{Error, ErrorKind};
use oxhttp::Server;
use oxhttp::model::header::{
    ACCEPT_ENCODING, ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, RANGE, VARY,
};
use oxhttp::model::{Body, HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use percent_encoding::percent_decode_str;

use super::site::{HEADERS, INDEX};
use super::target::Target;
use crate::args;
use crate::context::Context;
use crate::errors::{Outcome, Result, refused};

/// Connections that are open at once. Browsers open six; each has a thread.
const CONNECTIONS: usize = 256;

/// A folder, and the headers that all its files are sent with.
struct Portal {
    folder: PathBuf,
    headers: HeaderMap,
}

/// Serves the portal until it is interrupted.
pub(crate) fn run(typed: &args::Serve, context: &Context) -> Result<Outcome> {
    let portal = Portal::open(&typed.folder)?;
    let unusable = |e: io::Error| {
        Error::new(ErrorKind::Io, format!("port {} cannot be used: {e}", typed.port)).with_hint("choose another --port, or 0")
    };
    // The server does not tell which port it was given: one that is free is looked up.
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, typed.port)).and_then(|l| l.local_addr()).map_err(unusable)?;
    let server = Server::new(move |request| portal.answer(request)).with_max_concurrent_connections(CONNECTIONS);
    let server = server.bind(address).spawn().map_err(unusable)?;
    Target::Stdout.write(format!("http://{address}/\n").as_bytes())?;
    context.note(context.say("Ctrl-C ends it", "Ctrl-Cで終了"));
    server.join().map_err(unusable)?;
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
        let mut headers = HeaderMap::new();
        for (name, value) in lines.filter_map(|line| line.trim().split_once(": ")) {
            let header = name.parse::<HeaderName>().ok().zip(HeaderValue::from_str(value).ok());
            let (name, value) = header.ok_or_else(|| {
                Error::new(ErrorKind::Io, format!("{}: \"{name}\" is not a header", path.display())).with_hint(hint)
            })?;
            headers.insert(name, value);
        }
        Ok(Self { folder: folder.to_owned(), headers })
    }

    fn answer(&self, request: &Request<Body>) -> Response<Body> {
        self.find(request).unwrap_or_else(|status| {
            let mut response = Response::new(Body::from(status.canonical_reason().unwrap_or_default()));
            *response.status_mut() = status;
            if status == StatusCode::METHOD_NOT_ALLOWED {
                response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            }
            response
        })
    }

    /// What is sent for a request, or why nothing is.
    fn find(&self, request: &Request<Body>) -> std::result::Result<Response<Body>, StatusCode> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return Err(StatusCode::METHOD_NOT_ALLOWED);
        }
        let asked = |name| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let path = self.path(request.uri().path()).ok_or(StatusCode::NOT_FOUND)?;
        let kind = mime_guess::from_path(&path).first_or_octet_stream();
        let charset = if kind.type_() == "text" { "; charset=utf-8" } else { "" };
        let mut headers = self.headers.clone();
        let kind = HeaderValue::from_str(&format!("{kind}{charset}")).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        headers.insert(CONTENT_TYPE, kind);
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));

        let (ranges, encodings) = (asked(RANGE), asked(ACCEPT_ENCODING));
        let takes = |name: &str| encodings.split(',').any(|one| one.split(';').next().is_some_and(|one| one.trim() == name));
        let compressed = [("br", "br"), ("gzip", "gz")].into_iter().filter(|(name, _)| ranges.is_empty() && takes(name));
        let mut compressed = compressed.filter_map(|(name, ending)| Some((name, open(&path.with_added_extension(ending)).ok()?)));
        let (mut file, length) = match compressed.next() {
            Some((name, found)) => {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
                headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
                found
            }
            None => open(&path).map_err(|_| StatusCode::NOT_FOUND)?,
        };
        let range = match ranges.strip_prefix("bytes=") {
            Some(range) => Some(part(range, length).ok_or(StatusCode::RANGE_NOT_SATISFIABLE)?),
            None => None,
        };
        let status = if let Some(Range { start, end }) = &range {
            let said = format!("bytes {start}-{}/{length}", end - 1);
            headers.insert(CONTENT_RANGE, said.parse().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?);
            StatusCode::PARTIAL_CONTENT
        } else {
            StatusCode::OK
        };
        let mut body = Vec::new();
        if *request.method() == Method::GET {
            let range = range.unwrap_or(0..length);
            let read = file.seek(SeekFrom::Start(range.start));
            let read = read.and_then(|_| file.take(range.end - range.start).read_to_end(&mut body));
            read.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        }
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }

    /// The file of an address, which never lies outside the folder.
    fn path(&self, path: &str) -> Option<PathBuf> {
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
