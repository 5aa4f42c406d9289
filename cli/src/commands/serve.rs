//! `ninzu serve`: a portal, shown on this machine only.

mod connections;
mod http;

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use ninzu::{Error, ErrorKind};
use percent_encoding::percent_decode_str;

use self::connections::Connections;
use self::http::{Part, Request, Response, Status};
use super::site::{HEADERS, INDEX};
use super::target::Target;
use crate::args;
use crate::catalogue::message;
use crate::context::Context;
use crate::errors::{Outcome, Result, refused};

/// A folder, and the headers that all its files are sent with.
struct Portal {
    /// Without links: what a file's true path must begin with.
    folder: PathBuf,
    headers: Vec<(String, String)>,
    /// Names by which it may be asked, besides those of this machine.
    hosts: Vec<String>,
}

/// Serves the portal until it is interrupted.
pub(crate) fn run(typed: &args::Serve, context: &Context) -> Result<Outcome> {
    let portal = Arc::new(Portal::open(&typed.folder, &typed.host)?);
    let unusable = |e: io::Error| {
        Error::new(ErrorKind::Io, message!("cli.port", port = u64::from(typed.port), reason = e.to_string()))
            .with_hint(message!("hint.port"))
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, typed.port)).map_err(unusable)?;
    let address = listener.local_addr().map_err(unusable)?;
    Target::Stdout.write(format!("http://{address}/\n").as_bytes())?;
    context.note(context.say("Ctrl-C ends it", "Ctrl-Cで終了"));
    let connections = Arc::new(Connections::default());
    loop {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            // Who connected has gone again, or too many files are open: the next one may be served.
            Err(e) => {
                context.note(&format!("{}: {e}", context.say("a connection failed", "接続に失敗しました")));
                std::thread::sleep(std::time::Duration::from_millis(50));
                continue;
            }
        };
        let portal = Arc::clone(&portal);
        if let Err(e) = connections.serve(stream, move |request| portal.answer(request)) {
            context.note(&format!("{}: {e}", context.say("a connection failed", "接続に失敗しました")));
        }
    }
}

impl Portal {
    fn open(folder: &Path, hosts: &[String]) -> Result<Self> {
        let hint = || message!("hint.make_portal");
        let index = folder.join(INDEX);
        fs::metadata(&index).map_err(|e| refused(&index, "cli.unread", &e).with_hint(hint()))?;
        let path = folder.join(HEADERS);
        let text = fs::read_to_string(&path).map_err(|e| refused(&path, "cli.unread", &e).with_hint(hint()))?;
        // Those of all files: the first paragraph.
        let lines = text.lines().skip_while(|line| *line != "/*").skip(1).take_while(|line| line.starts_with(' '));
        let mut headers = Vec::new();
        for (name, value) in lines.filter_map(|line| line.trim().split_once(": ")) {
            if !http::is_header(name, value) {
                let name = name.escape_debug().to_string();
                let error = message!("cli.no_header", file = path.display().to_string(), header = name);
                return Err(Error::new(ErrorKind::Io, error).with_hint(hint()).into());
            }
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let folder = folder.canonicalize().map_err(|e| refused(folder, "cli.unread", &e))?;
        Ok(Self { folder, headers, hosts: hosts.iter().map(|host| host.to_ascii_lowercase()).collect() })
    }

    /// What is sent for a request.
    fn answer(&self, request: &Request) -> Response {
        self.find(request).unwrap_or_else(Response::refusal)
    }

    /// The file of a request, or why there is none.
    fn find(&self, request: &Request) -> std::result::Result<Response, Status> {
        // A page of somebody else's, whose name was made to lead here, must not read the portal.
        if !request.hosts().all(|host| self.is_known(host)) {
            return Err(Status::MISDIRECTED);
        }
        if !matches!(request.method(), "GET" | "HEAD") {
            return Err(Status::METHOD_NOT_ALLOWED);
        }
        let path = self.path(request.path()).ok_or(Status::NOT_FOUND)?;
        let kind = mime_guess::from_path(&path).first_or_octet_stream();
        let charset = if kind.type_() == "text" { "; charset=utf-8" } else { "" };
        let mut response = Response::new(Status::OK);
        response.headers.clone_from(&self.headers);
        response.header("content-type", format!("{kind}{charset}"));
        response.header("accept-ranges", "bytes");
        response.header("cache-control", "no-cache");
        response.header("vary", "accept-encoding");

        // A range of a file that may have changed is only sent with a validator, and there is none here. Ranges are for GET.
        let range = request.header("range").filter(|_| request.method() == "GET" && request.header("if-range").is_none());
        let part = range.and_then(http::part);
        if part.is_none() {
            for (encoding, ending) in [("br", "br"), ("gzip", "gz")] {
                let compressed = path.with_added_extension(ending);
                if request.accepts(encoding)
                    && let Some((file, length)) = self.open_inside(&compressed)
                {
                    response.header("content-encoding", encoding);
                    return Ok(response.with_file(file, 0..length));
                }
            }
        }
        let (file, length) = self.open_inside(&path).ok_or(Status::NOT_FOUND)?;
        let Some(part) = part else { return Ok(response.with_file(file, 0..length)) };
        let Some(range) = Part::of(part, length) else {
            let mut refusal = Response::refusal(Status::RANGE_NOT_SATISFIABLE);
            refusal.header("content-range", format!("bytes */{length}"));
            return Ok(refusal);
        };
        response.status = Status::PARTIAL_CONTENT;
        response.header("content-range", format!("bytes {}-{}/{length}", range.start, range.end - 1));
        Ok(response.with_file(file, range))
    }

    /// Whether a name, without its port, is one of this machine's own or one that was allowed.
    fn is_known(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let is_loopback = |host: &str| host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        host == "localhost"
            || host.ends_with(".localhost")
            || is_loopback(host.trim_start_matches('[').trim_end_matches(']'))
            || self.hosts.contains(&host)
    }

    /// The file of an address. What it says about where it lies is believed by nobody: `open_inside` looks.
    fn path(&self, path: &str) -> Option<PathBuf> {
        let path = percent_decode_str(path.strip_prefix('/')?).decode_utf8().ok()?;
        let inside = Path::new(path.as_ref());
        if inside.components().any(|part| !matches!(part, Component::Normal(_))) {
            return None;
        }
        let path = self.folder.join(inside);
        Some(if path.is_dir() { path.join(INDEX) } else { path })
    }

    /// A file that truly lies in the folder, links followed, and is no part of how the portal is served.
    fn open_inside(&self, path: &Path) -> Option<(File, u64)> {
        let path = path.canonicalize().ok()?;
        if !path.starts_with(&self.folder) || path == self.folder.join(HEADERS) || !fs::metadata(&path).ok()?.is_file() {
            return None;
        }
        let file = File::open(path).ok()?;
        let length = file.metadata().ok()?.len();
        Some((file, length))
    }
}
