//! SQL over a release for JavaScript: statements in, byte ranges out, bytes in, rows out. It only translates.
//!
//! The module holds the whole of `ninzu-wasm` too, so that one memory serves both.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use ninzu::sql::{self, Host, Selected};
use ninzu::{ByteRange, Engine, ErrorKind};
use ninzu_wasm::{Reader, Result, find, listed};
use wasm_bindgen::prelude::wasm_bindgen;

/// A session over an open release.
#[wasm_bindgen]
pub struct Sql {
    engine: Arc<Engine>,
    session: sql::SessionContext,
    bytes: Arc<Waiting>,
    needs: Vec<ByteRange>,
    statement: String,
    found: Option<Selected>,
}

/// What came, and what is waited for.
#[derive(Debug, Default)]
struct Waiting(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    came: BTreeSet<(String, u64)>,
    missing: Vec<ByteRange>,
}

impl Waiting {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Host for Waiting {
    fn load(&self, _: &Engine, needs: &[ByteRange]) -> ninzu::Result<()> {
        self.with(|state| {
            state.missing = needs.iter().filter(|need| !state.came.contains(&place(need))).cloned().collect();
            if state.missing.is_empty() { Ok(()) } else { Err(sql::bytes_awaited()) }
        })
    }
}

#[wasm_bindgen]
impl Sql {
    /// A session that may hold so many MiB.
    #[wasm_bindgen(constructor)]
    pub fn new(reader: &Reader, memory: u32) -> Result<Self> {
        let (engine, bytes) = (Arc::clone(reader.engine()), Arc::new(Waiting::default()));
        let session = sql::small_session((memory as usize).saturating_mul(1 << 20))?;
        sql::register(&session, &engine, Arc::clone(&bytes) as Arc<dyn Host>)?;
        Ok(Self { engine, session, bytes, needs: Vec::new(), statement: String::new(), found: None })
    }

    /// Runs a statement. `false`: it needs bytes first; supply them, and run it again.
    pub fn run(&mut self, statement: &str) -> Result<bool> {
        self.found = None;
        statement.trim().clone_into(&mut self.statement);
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.map_err(sql::not_started)?;
        match runtime.block_on(sql::select(&self.session, statement)) {
            Ok(found) => {
                self.found = Some(found);
                Ok(true)
            }
            Err(e) => {
                self.needs = self.bytes.with(|state| std::mem::take(&mut state.missing));
                if e.kind() == ErrorKind::MissingBytes && !self.needs.is_empty() { Ok(false) } else { Err(e.into()) }
            }
        }
    }

    /// The byte ranges that the statement waits for.
    pub fn needs(&self) -> Result<String> {
        listed(&self.needs)
    }

    /// Takes the bytes at a position of that list.
    pub fn supply(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        let need = find(&self.needs, at)?;
        self.engine.supply(need, bytes)?;
        self.bytes.with(|state| state.came.insert(place(need)));
        Ok(())
    }

    /// The rows as a JSON array of objects.
    pub fn rows(&mut self) -> Result<String> {
        Ok(self.take()?.json()?)
    }

    /// The rows as an Arrow IPC stream.
    pub fn ipc(&mut self) -> Result<Vec<u8>> {
        Ok(self.take()?.ipc()?)
    }

    /// The rows as a Parquet file, which names the statement and the release.
    pub fn parquet(&mut self) -> Result<Vec<u8>> {
        let found = self.take()?;
        Ok(found.parquet(&[("sql", &self.statement), ("release", self.engine.release().id())])?)
    }
}

impl Sql {
    fn take(&mut self) -> Result<Selected> {
        Ok(self.found.take().ok_or_else(sql::nothing_run)?)
    }
}

fn place(need: &ByteRange) -> (String, u64) {
    (need.path.clone(), need.range.start)
}
