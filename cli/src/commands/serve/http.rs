//! As much of HTTP/1.1 as plain files need.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;

/// The most bytes that the lines before a body may have.
const MOST_HEAD: usize = 16 << 10;
/// The most headers.
const MOST_HEADERS: usize = 100;

/// A request's lines.
#[derive(Debug)]
pub(super) struct Request {
    method: String,
    /// What is asked for: a path, or a whole address.
    target: String,
    is_http_11: bool,
    headers: Vec<(String, String)>,
}

/// How a request was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Status(u16, &'static str);

impl Status {
    pub(super) const OK: Self = Self(200, "OK");
    pub(super) const PARTIAL_CONTENT: Self = Self(206, "Partial Content");
    pub(super) const BAD_REQUEST: Self = Self(400, "Bad Request");
    pub(super) const NOT_FOUND: Self = Self(404, "Not Found");
    pub(super) const METHOD_NOT_ALLOWED: Self = Self(405, "Method Not Allowed");
    pub(super) const RANGE_NOT_SATISFIABLE: Self = Self(416, "Range Not Satisfiable");
    pub(super) const MISDIRECTED: Self = Self(421, "Misdirected Request");
    pub(super) const HEAD_TOO_LARGE: Self = Self(431, "Request Header Fields Too Large");
}

/// What is sent.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: Status,
    pub(super) headers: Vec<(String, String)>,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Text(&'static str),
    File(File, Range<u64>),
}

impl Request {
    /// Reads a request from the start of some bytes: it and how many bytes it took, or nothing yet.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, Status> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        let length = match request.parse(bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) if bytes.len() < MOST_HEAD => return Ok(None),
            Ok(httparse::Status::Partial) | Err(httparse::Error::TooManyHeaders) => return Err(Status::HEAD_TOO_LARGE),
            Err(_) => return Err(Status::BAD_REQUEST),
        };
        let text = |header: &httparse::Header<'_>| {
            let value = std::str::from_utf8(header.value).ok()?;
            Some((header.name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        let headers = request.headers.iter().map(text).collect::<Option<Vec<_>>>().ok_or(Status::BAD_REQUEST)?;
        let (Some(method), Some(target), Some(version)) = (request.method, request.path, request.version) else {
            return Err(Status::BAD_REQUEST);
        };
        let request = Self { method: method.to_owned(), target: target.to_owned(), is_http_11: version == 1, headers };
        let hosts = request.headers.iter().filter(|(name, _)| name == "host").count();
        if hosts > 1 || (request.is_http_11 && hosts == 0) {
            return Err(Status::BAD_REQUEST);
        }
        Ok(Some((request, length)))
    }

    pub(super) fn method(&self) -> &str {
        &self.method
    }

    /// A header's value.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The path that is asked for, without a query.
    pub(super) fn path(&self) -> &str {
        let path = self.authority().map_or(self.target.as_str(), |authority| {
            let rest = &self.target["http://".len() + authority.len()..];
            if rest.is_empty() { "/" } else { rest }
        });
        path.split(['?', '#']).next().unwrap_or_default()
    }

    /// The names that it says it is sent to, without their ports: that of a whole address, and that of the header.
    pub(super) fn hosts(&self) -> impl Iterator<Item = &str> {
        self.authority().into_iter().chain(self.header("host")).map(without_port)
    }

    fn authority(&self) -> Option<&str> {
        self.target.strip_prefix("http://").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default())
    }

    /// Whether a content coding is acceptable.
    pub(super) fn accepts(&self, encoding: &str) -> bool {
        let accepted = self.header("accept-encoding").unwrap_or_default();
        accepted.split(',').any(|one| {
            let mut parts = one.split(';').map(str::trim);
            let quality = |part: &str| part.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
            parts.next() == Some(encoding) && parts.find_map(quality).is_none_or(|q| q > 0.0)
        })
    }

    /// Whether another request may follow on the connection. Bodies are not read, so none follows one.
    pub(super) fn keeps_alive(&self) -> bool {
        let says = |word: &str| {
            let listed = |value: &str| value.split(',').any(|one| one.trim().eq_ignore_ascii_case(word));
            self.header("connection").is_some_and(listed)
        };
        let kept = if self.is_http_11 { !says("close") } else { says("keep-alive") };
        kept && !self.has_body()
    }

    /// Whether a body comes after the lines.
    pub(super) fn has_body(&self) -> bool {
        self.header("transfer-encoding").is_some() || self.header("content-length").is_some_and(|length| length != "0")
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && (!name.contains(':') || name.ends_with(']')) => name,
        _ => host,
    }
}

impl Response {
    pub(super) fn new(status: Status) -> Self {
        Self { status, headers: Vec::new(), body: Body::Text("") }
    }

    /// A refusal, in words.
    pub(super) fn refusal(status: Status) -> Self {
        let text = match status {
            Status::MISDIRECTED => {
                "This portal is shown on its own machine only. To show it under this name: ninzu serve --host NAME\n"
            }
            Status(_, reason) => reason,
        };
        let mut response = Self { status, headers: Vec::new(), body: Body::Text(text) };
        response.header("content-type", "text/plain; charset=utf-8");
        if status == Status::METHOD_NOT_ALLOWED {
            response.header("allow", "GET, HEAD");
        }
        response
    }

    pub(super) fn header(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        self.headers.retain(|(key, _)| key != name);
        self.headers.push((name.to_owned(), value));
    }

    /// The same response with a range of a file.
    #[must_use]
    pub(super) fn with_file(mut self, file: File, range: Range<u64>) -> Self {
        self.body = Body::File(file, range);
        self
    }

    /// Sends it; the body only where it was asked for, its length always.
    pub(super) fn send(self, to: &mut impl Write, with_body: bool, keeps_alive: bool) -> io::Result<()> {
        let Self { status: Status(number, reason), headers, body } = self;
        let length = match &body {
            Body::Text(text) => text.len() as u64,
            Body::File(_, range) => range.end - range.start,
        };
        let mut head = format!("HTTP/1.1 {number} {reason}\r\n").into_bytes();
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n")?;
        }
        let connection = if keeps_alive { "keep-alive" } else { "close" };
        write!(head, "content-length: {length}\r\nconnection: {connection}\r\n\r\n")?;
        to.write_all(&head)?;
        if with_body {
            match body {
                Body::Text(text) => to.write_all(text.as_bytes())?,
                Body::File(mut file, range) => {
                    file.seek(SeekFrom::Start(range.start))?;
                    if io::copy(&mut file.take(length), to)? < length {
                        // The file became shorter: the connection must not go on as if all had come.
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
            }
        }
        to.flush()
    }
}

/// Whether a name and a value may stand in a header.
pub(super) fn is_header(name: &str, value: &str) -> bool {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && name.bytes().all(is_token) && value.bytes().all(|b| b == b'\t' || (b' '..=b'~').contains(&b))
}

/// One range of bytes as HTTP writes it: from, to, both, or the last so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// `a-` and `a-b`.
    From(u64, Option<u64>),
    /// `-n`.
    Last(u64),
}

/// The range of a `Range` header; nothing where the header is to be ignored: other units, several ranges, no ranges.
pub(super) fn part(header: &str) -> Option<Part> {
    let (unit, range) = header.split_once('=')?;
    let (from, to) = range.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") || ![from, to].iter().all(|text| text.bytes().all(|b| b.is_ascii_digit())) {
        return None;
    }
    // A number that is too large is larger than any file.
    let number = |text: &str| text.parse().unwrap_or(u64::MAX);
    match (from, to) {
        ("", "") => None,
        ("", last) => Some(Part::Last(number(last))),
        (from, "") => Some(Part::From(number(from), None)),
        (from, to) => (number(from) <= number(to)).then(|| Part::From(number(from), Some(number(to)))),
    }
}

impl Part {
    /// The bytes of a file of some length; nothing where it has none of them.
    pub(super) fn of(part: Self, length: u64) -> Option<Range<u64>> {
        let range = match part {
            Self::From(from, to) => from..to.map_or(length, |to| to.saturating_add(1).min(length)),
            Self::Last(last) => length.saturating_sub(last)..length,
        };
        (range.start < range.end).then_some(range)
    }
}

#[cfg(test)]
mod tests;
