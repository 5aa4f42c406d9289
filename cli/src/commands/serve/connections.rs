//! Connections, each with a thread, a deadline for every request, and a place that it loses to a new one when all are taken.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Read};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::http::{Request, Response, Status};

/// Connections that are open at once; browsers open six. All who connect to a loopback address look the same, so there is no
/// share for each: whoever comes takes the place of the connection that has waited longest.
const MOST: usize = 128;
/// How long the lines of a request may take, from its first byte.
const HEAD: Duration = Duration::from_secs(10);
/// How long a connection may wait for its next request.
const IDLE: Duration = Duration::from_secs(30);
/// How long nothing of a response may be taken.
const WRITE: Duration = Duration::from_secs(10);
/// How much of a body that nobody reads is waited for, so that its sender reads the refusal.
const MOST_IGNORED: u64 = 1 << 20;

/// The connections that are open.
#[derive(Debug, Default)]
pub(super) struct Connections(Mutex<Places>);

#[derive(Debug, Default)]
struct Places {
    next: u64,
    taken: BTreeMap<u64, Place>,
}

#[derive(Debug)]
struct Place {
    stream: TcpStream,
    /// Whether a response is being sent.
    is_busy: bool,
    since: Instant,
}

impl Connections {
    /// Serves a connection on a thread of its own.
    pub(super) fn serve(
        self: &Arc<Self>,
        stream: TcpStream,
        answer: impl Fn(&Request) -> Response + Send + 'static,
    ) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(WRITE))?;
        let place = self.take(stream.try_clone()?);
        let all = Arc::clone(self);
        let work = move || {
            // Whoever went away or was too slow needs no word about it.
            let _ = all.converse(&stream, place, &answer);
            all.places().taken.remove(&place);
        };
        std::thread::Builder::new().spawn(work).map(drop).inspect_err(|_| {
            self.places().taken.remove(&place);
        })
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, stream: TcpStream) -> u64 {
        let mut places = self.places();
        if places.taken.len() >= MOST {
            let longest = places.taken.iter().min_by_key(|(_, place)| (place.is_busy, place.since)).map(|(&number, _)| number);
            if let Some(place) = longest.and_then(|number| places.taken.remove(&number)) {
                // Its thread wakes up and ends. An error means that it was closed already.
                let _ = place.stream.shutdown(Shutdown::Both);
            }
        }
        let number = places.next;
        places.next += 1;
        places.taken.insert(number, Place { stream, is_busy: false, since: Instant::now() });
        number
    }

    fn mark(&self, number: u64, is_busy: bool) {
        if let Some(place) = self.places().taken.get_mut(&number) {
            place.is_busy = is_busy;
            place.since = Instant::now();
        }
    }

    /// Answers one request after the other.
    fn converse(&self, stream: &TcpStream, place: u64, answer: &impl Fn(&Request) -> Response) -> io::Result<()> {
        let mut waiting = Vec::new();
        loop {
            let request = match next(stream, &mut waiting)? {
                Some(Ok(request)) => request,
                Some(Err(status)) => return Response::refusal(status).send(&mut BufWriter::new(stream), true, false),
                None => return Ok(()),
            };
            self.mark(place, true);
            let keeps_alive = request.keeps_alive();
            answer(&request).send(&mut BufWriter::new(stream), request.method() != "HEAD", keeps_alive)?;
            if !keeps_alive {
                return if request.has_body() { end(stream) } else { Ok(()) };
            }
            self.mark(place, false);
        }
    }
}

/// The next request: what came of it before, and what comes. Nothing: the other side has ended.
fn next(mut stream: &TcpStream, waiting: &mut Vec<u8>) -> io::Result<Option<Result<Request, Status>>> {
    let mut deadline = Instant::now() + if waiting.is_empty() { IDLE } else { HEAD };
    loop {
        match Request::parse(waiting) {
            Ok(Some((request, length))) => {
                waiting.drain(..length);
                return Ok(Some(Ok(request)));
            }
            Ok(None) => {}
            Err(status) => return Ok(Some(Err(status))),
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        let mut some = [0; 4096];
        let length = stream.read(&mut some)?;
        if length == 0 {
            return Ok(None);
        }
        if waiting.is_empty() {
            deadline = Instant::now() + HEAD;
        }
        waiting.extend_from_slice(&some[..length]);
    }
}

/// Ends a connection whose body was not read: were it closed at once, the response could be lost.
fn end(stream: &TcpStream) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    stream.set_read_timeout(Some(Duration::from_secs(1)))?;
    io::copy(&mut stream.take(MOST_IGNORED), &mut io::sink()).map(drop)
}
