//! A portal of plain files, and a look at it.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::fixtures::{arg, command, copy_of_release, ninzu, release};

const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";

/// A page as a build leaves it, with a release that it was tried with.
fn page(folder: &Path) -> PathBuf {
    let page = folder.join("page");
    fs::create_dir_all(page.join("assets")).unwrap();
    fs::create_dir_all(page.join("release")).unwrap();
    let html = format!("<!doctype html><meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\"><title>人数</title>");
    fs::write(page.join("index.html"), html + &" ".repeat(500)).unwrap();
    fs::write(page.join("assets/app.js"), "export {};\n".repeat(100)).unwrap();
    fs::write(page.join("assets/tiny.svg"), "<svg/>").unwrap();
    fs::write(page.join("release/datapackage.json"), "not this one").unwrap();
    page
}

fn site(folder: &Path, release: &Path) -> PathBuf {
    let out = folder.join("portal");
    let run = ninzu(&["site", arg(release), "--out", arg(&out), "--page", arg(&page(folder))]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("ninzu serve"), "{}", run.err);
    out
}

#[test]
fn the_page_and_the_release_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let copy = copy_of_release(folder.path());
    let names = |folder: &Path| {
        let files = walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|e| e.file_type().is_file());
        files.map(|e| e.path().strip_prefix(folder).unwrap().to_owned()).collect::<Vec<_>>()
    };
    fs::write(copy.join("private.json"), "the steward's").unwrap();
    let out = site(folder.path(), &copy);
    for file in names(&release()) {
        assert_eq!(fs::read(out.join("release").join(&file)).unwrap(), fs::read(release().join(&file)).unwrap(), "{file:?}");
    }
    assert!(!out.join("release/private.json").exists());
    let headers = fs::read_to_string(out.join("_headers")).unwrap();
    assert!(headers.contains(&format!("Content-Security-Policy: {POLICY}\n")), "{headers}");
    for file in names(&out) {
        let (path, text) = (out.join(&file), file.to_str().unwrap().to_owned());
        let plain = path.with_extension("");
        match path.extension().and_then(|e| e.to_str()) {
            Some("br" | "gz") if text.starts_with("release/cells") => panic!("{text}: ranges address plain bytes"),
            Some("br") => {
                let mut bytes = Vec::new();
                brotli::Decompressor::new(fs::File::open(&path).unwrap(), 4096).read_to_end(&mut bytes).unwrap();
                assert_eq!(bytes, fs::read(plain).unwrap(), "{text}");
            }
            Some("gz") => {
                let mut bytes = Vec::new();
                flate2::read::GzDecoder::new(fs::File::open(&path).unwrap()).read_to_end(&mut bytes).unwrap();
                assert_eq!(bytes, fs::read(plain).unwrap(), "{text}");
            }
            _ => {}
        }
    }
    assert!(out.join("index.html.br").exists() && out.join("assets/app.js.gz").exists());
    assert!(!out.join("assets/tiny.svg.br").exists(), "only where it is smaller");
}

#[test]
fn what_cannot_be_published_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (out, page) = (folder.path().join("portal"), page(folder.path()));
    let refused = |args: &[&str], code: i32, word: &str| {
        let run = ninzu(args);
        assert_eq!(run.code, code, "{args:?}: {}", run.err);
        assert!(run.err.contains(word), "{args:?}: {}", run.err);
    };
    let nowhere = folder.path().join("nowhere");
    refused(&["site", arg(&release()), "--out", arg(&out), "--page", arg(&nowhere)], 2, "scripts/build-page.sh");
    refused(&["site", arg(&nowhere), "--out", arg(&out), "--page", arg(&page)], 2, "datapackage.json");
    refused(&["serve", arg(&nowhere)], 2, "ninzu site");
    assert!(!out.exists());
    fs::create_dir(&out).unwrap();
    refused(&["site", arg(&release()), "--out", arg(&out), "--page", arg(&page)], 2, "exists already");
    fs::remove_dir(&out).unwrap();
    fs::write(page.join("index.html"), "<title>no policy</title>").unwrap();
    refused(&["site", arg(&release()), "--out", arg(&out), "--page", arg(&page)], 2, "does not say what the browser may load");
    assert!(!out.exists());
}

#[test]
fn what_no_hash_covers_is_not_published() {
    let folder = tempfile::tempdir().unwrap();
    let (out, page) = (folder.path().join("portal"), page(folder.path()));
    let damaged = |name: &str, damage: &dyn Fn(&Path)| {
        let inside = folder.path().join(name);
        fs::create_dir(&inside).unwrap();
        let release = copy_of_release(&inside);
        damage(&release);
        let run = ninzu(&["site", arg(&release), "--out", arg(&out), "--page", arg(&page)]);
        assert!(run.code == 1 || run.code == 2, "{name}: {}", run.err);
        assert!(!out.exists(), "{name}");
    };
    let add = |file: PathBuf, bytes: &[u8]| {
        let mut all = fs::read(&file).unwrap();
        all.extend_from_slice(bytes);
        fs::write(file, all).unwrap();
    };
    damaged("flipped", &|release| {
        let file = release.join("cells/base.parquet");
        let mut bytes = fs::read(&file).unwrap();
        bytes[9] ^= 1;
        fs::write(file, bytes).unwrap();
    });
    damaged("audit", &|release| add(release.join("audit.json"), b" "));
    damaged("appended", &|release| add(release.join("cells/base.parquet"), b"more"));
    #[cfg(unix)]
    damaged("link", &|release| {
        let (file, outside) = (release.join("dimensions/sex.csv"), folder.path().join("outside.csv"));
        fs::rename(&file, &outside).unwrap();
        std::os::unix::fs::symlink(&outside, &file).unwrap();
    });
    #[cfg(unix)]
    {
        fs::write(folder.path().join("secret"), "outside").unwrap();
        std::os::unix::fs::symlink(folder.path().join("secret"), page.join("assets/link.js")).unwrap();
        let run = ninzu(&["site", arg(&release()), "--out", arg(&out), "--page", arg(&page)]);
        assert!(run.code == 2 && run.err.contains("link.js"), "{}", run.err);
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".ninzu-")), "{left:?}");
}

/// A served portal, which ends with the test.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn new(portal: &Path) -> Self {
        let mut child =
            command(&["serve", arg(portal), "--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").and_then(|rest| rest.strip_suffix('/')).unwrap().to_owned();
        Self { child, address }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// The status line with the headers, and the body.
    fn get(&self, request: &str, headers: &str) -> (String, Vec<u8>) {
        let mut stream = self.connect();
        write!(stream, "{request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n").unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        let end = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        (String::from_utf8(all[..end].to_vec()).unwrap(), all[end + 4..].to_vec())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_browser_gets_what_it_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let out = site(folder.path(), &release());
    let served = Served::new(&out);
    assert!(served.address.starts_with("127.0.0.1:"));
    let descriptor = fs::read(out.join("release/datapackage.json")).unwrap();

    let (head, body) = served.get("GET /", "");
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("text/html; charset=utf-8") && head.contains(POLICY), "{head}");
    assert_eq!(body, fs::read(out.join("index.html")).unwrap());
    let (head, body) = served.get("GET /release/datapackage.json?x=1", "Accept-Encoding: gzip, br\r\n");
    assert!(head.contains("content-encoding: br") && head.contains("application/json"), "{head}");
    assert_eq!(body, fs::read(out.join("release/datapackage.json.br")).unwrap());

    for (range, expected) in [("2-5", 2..6), ("2-", 2..descriptor.len()), ("-3", descriptor.len() - 3..descriptor.len())] {
        let (head, body) =
            served.get("GET /release/datapackage.json", &format!("Range: bytes={range}\r\nAccept-Encoding: br\r\n"));
        assert!(head.starts_with("HTTP/1.1 206"), "{head}");
        let said = format!("content-range: bytes {}-{}/{}", expected.start, expected.end - 1, descriptor.len());
        assert!(head.contains(&said), "{head}");
        assert_eq!(body, descriptor[expected], "{range}");
    }
    let (head, _) = served.get("GET /release/datapackage.json", "Range: bytes=9999999-\r\n");
    let said = format!("content-range: bytes */{}", descriptor.len());
    assert!(head.starts_with("HTTP/1.1 416") && head.contains(&said), "{head}");
    let length = format!("content-length: {}", fs::metadata(out.join("assets/app.js")).unwrap().len());
    for headers in ["", "Range: bytes=1-2\r\n"] {
        let (head, body) = served.get("HEAD /assets/app.js", headers);
        assert!(head.starts_with("HTTP/1.1 200") && head.contains(&length) && body.is_empty(), "{head}");
    }
    fs::write(folder.path().join("secret"), "outside").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path().join("secret"), out.join("link")).unwrap();
    for path in ["/../secret", "/%2e%2e/secret", "//etc/passwd", "/nothing.js", "/_headers", "/%5Fheaders", "/link"] {
        assert!(served.get(&format!("GET {path}"), "").0.starts_with("HTTP/1.1 404"), "{path}");
    }
    assert!(served.get("POST /", "Content-Length: 0\r\n").0.starts_with("HTTP/1.1 405"));
}

/// A browser keeps its connections open: none may wait until another one ends.
#[test]
fn connections_do_not_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let out = site(folder.path(), &release());
    for _ in 0..20 {
        let served = Served::new(&out);
        let mut open: Vec<_> = (0..8).map(|_| served.connect()).collect();
        for stream in &mut open {
            write!(stream, "GET /assets/tiny.svg HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n").unwrap();
        }
        for stream in &mut open {
            let mut start = [0; 12];
            stream.read_exact(&mut start).expect("an answer on each connection");
            assert_eq!(&start, b"HTTP/1.1 200");
        }
    }
}

#[test]
fn who_waits_longest_makes_room() {
    let folder = tempfile::tempdir().unwrap();
    let out = site(folder.path(), &release());
    let served = Served::new(&out);
    let idle: Vec<_> = (0..400).map(|_| served.connect()).collect();
    let mut half = served.connect();
    write!(half, "GET / HTTP/1.1\r\nHost: localh").unwrap();
    let start = std::time::Instant::now();
    assert!(served.get("GET /", "").0.starts_with("HTTP/1.1 200"));
    // Those that wait would keep it for 30 s.
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    drop(idle);
}

#[test]
fn only_this_machine_is_answered_by_its_own_names() {
    let folder = tempfile::tempdir().unwrap();
    let out = site(folder.path(), &release());
    let served = Served::new(&out);
    let status = |lines: &str| {
        let mut stream = served.connect();
        write!(stream, "{lines}\r\nConnection: close\r\n\r\n").unwrap();
        let mut all = String::new();
        stream.read_to_string(&mut all).unwrap();
        all.lines().next().unwrap().to_owned()
    };
    for known in ["localhost", "LOCALHOST:9000", "127.0.0.1", "[::1]:80", "portal.localhost"] {
        assert_eq!(status(&format!("HEAD / HTTP/1.1\r\nHost: {known}")), "HTTP/1.1 200 OK", "{known}");
    }
    for other in ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", "10.0.0.1", ""] {
        assert_eq!(status(&format!("HEAD / HTTP/1.1\r\nHost: {other}")), "HTTP/1.1 421 Misdirected Request", "{other}");
    }
    assert!(status("HEAD http://evil.example/ HTTP/1.1\r\nHost: localhost").contains("421"));
    assert!(status("HEAD / HTTP/1.1").contains("400"));
}
