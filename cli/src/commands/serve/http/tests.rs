//! Requests as clients write them.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::{Part, Request, Status, is_header, part, without_port};

fn request(text: &str) -> Request {
    let whole = format!("{text}\r\n\r\n");
    let (request, length) = Request::parse(whole.as_bytes()).unwrap().unwrap();
    assert_eq!(length, whole.len());
    request
}

#[test]
fn a_range_is_read_or_ignored() {
    assert_eq!(part("bytes=2-5"), Some(Part::From(2, Some(5))));
    assert_eq!(part("Bytes=2-"), Some(Part::From(2, None)));
    assert_eq!(part("bytes=-3"), Some(Part::Last(3)));
    for ignored in ["bytes=-", "bytes=5-2", "bytes=1-2,4-5", "rows=1-2", "bytes 1-2", "bytes=a-b", "bytes=+1-2"] {
        assert_eq!(part(ignored), None, "{ignored}");
    }
}

#[test]
fn a_range_lies_in_its_file_or_is_refused() {
    assert_eq!(Part::of(Part::From(2, Some(5)), 10), Some(2..6));
    assert_eq!(Part::of(Part::From(2, Some(u64::MAX)), 10), Some(2..10));
    assert_eq!(Part::of(Part::Last(99), 10), Some(0..10));
    for (refused, length) in [(Part::From(10, None), 10), (Part::Last(0), 10), (Part::From(0, None), 0), (Part::Last(1), 0)] {
        assert_eq!(Part::of(refused, length), None, "{refused:?} of {length}");
    }
}

#[test]
fn requests_name_their_host_once() {
    assert_eq!(Request::parse(b"GET / HTTP/1.1\r\n\r\n").unwrap_err(), Status::BAD_REQUEST);
    assert_eq!(Request::parse(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").unwrap_err(), Status::BAD_REQUEST);
    let whole = request("GET http://elsewhere:80/x?y HTTP/1.1\r\nHost: localhost");
    assert_eq!((whole.hosts().collect::<Vec<_>>(), whole.path()), (vec!["elsewhere", "localhost"], "/x"));
    assert_eq!(request("GET http://elsewhere HTTP/1.1\r\nHost: localhost").path(), "/");
    for (host, name) in [("localhost:8080", "localhost"), ("[::1]:80", "[::1]"), ("::1", "::1"), ("127.0.0.1", "127.0.0.1")] {
        assert_eq!(without_port(host), name);
    }
}

#[test]
fn lines_that_never_end_are_refused() {
    assert!(Request::parse(b"GET / HTTP/1.1\r\nHost: a\r\n").unwrap().is_none());
    let long = format!("GET / HTTP/1.1\r\nHost: {}", "a".repeat(20_000));
    assert_eq!(Request::parse(long.as_bytes()).unwrap_err(), Status::HEAD_TOO_LARGE);
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(200));
    assert_eq!(Request::parse(many.as_bytes()).unwrap_err(), Status::HEAD_TOO_LARGE);
    assert_eq!(Request::parse(b"\x16\x03\x01\x02\x00\x01\x00").unwrap_err(), Status::BAD_REQUEST);
}

#[test]
fn codings_of_quality_zero_are_not_sent() {
    let asked = request("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: br;q=0, gzip; q=0.5");
    assert!(!asked.accepts("br") && asked.accepts("gzip"));
}

#[test]
fn a_body_ends_the_connection() {
    assert!(request("GET / HTTP/1.1\r\nHost: a").keeps_alive());
    assert!(!request("GET / HTTP/1.0").keeps_alive());
    assert!(!request("GET / HTTP/1.1\r\nHost: a\r\nConnection: close").keeps_alive());
    assert!(!request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5").keeps_alive());
}

#[test]
fn headers_hold_no_lines() {
    assert!(is_header("X-Content-Type-Options", "nosniff"));
    assert!(!is_header("a b", "c") && !is_header("", "c") && !is_header("a", "b\r\nc: d"));
}
