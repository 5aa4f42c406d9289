//! An open release: tables whose row groups arrive as verified bytes. The engine names byte ranges, the host brings them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::chunk::{self, Chunk, Shape, sha256_hex};
use crate::dimension::distinct;
use crate::manifest::{DeclaredInfo, Descriptor, FileInfo, Manifest, TableInfo};
use crate::{Code, Declared, Dictionary, Dimension, Dimensions, Error, ErrorKind, Interval, Kind, Label, MarginLayout, Result};

/// Bytes that the engine asks its host for: a range of a file of the release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The file's path inside the release.
    pub path: String,
    /// The bytes of it.
    pub range: Range<u64>,
    sha256: String,
}

impl Need {
    /// Checks that bytes are the ones that were asked for.
    fn verify(&self, bytes: &[u8]) -> Result<()> {
        let Range { start, end } = self.range;
        if bytes.len() as u64 != end - start {
            return Err(Error::new(
                ErrorKind::Tampered,
                format!("{}: {} bytes came for the {} asked for at {start}", self.path, bytes.len(), end - start),
            )
            .with_hint("the release is truncated: fetch it again"));
        }
        if sha256_hex(bytes) != self.sha256 {
            return Err(Error::new(
                ErrorKind::Tampered,
                format!("{}: bytes {start}..{end} do not have the hash that the release promises", self.path),
            )
            .with_hint("the release is damaged or was changed: fetch it again"));
        }
        Ok(())
    }
}

/// Row groups that are being collected: those that a question needs.
#[derive(Debug)]
pub(crate) struct Wanted {
    even_loaded: bool,
    needs: Vec<Need>,
}

impl Wanted {
    /// Collects those that have not come yet.
    pub(crate) fn missing() -> Self {
        Self { even_loaded: false, needs: Vec::new() }
    }

    /// Collects all, as for a reader that has none.
    pub(crate) fn all() -> Self {
        Self { even_loaded: true, needs: Vec::new() }
    }

    /// Those of a table that may hold rows of these codes.
    pub(crate) fn rows(&mut self, release: &Release, table: usize, tuple: [u32; 2]) {
        let table = &release.tables[table];
        self.take(&table.chunks[table.span(tuple)]);
    }

    /// All of a table.
    pub(crate) fn table(&mut self, release: &Release, table: usize) {
        self.take(&release.tables[table].chunks);
    }

    fn take(&mut self, slots: &[ChunkSlot]) {
        let even_loaded = self.even_loaded;
        self.needs.extend(slots.iter().filter(|s| even_loaded || s.loaded.get().is_none()).map(|s| s.need.clone()));
    }

    /// Needs in the order of their places, each once.
    pub(crate) fn each_once(mut self) -> Vec<Need> {
        self.needs.sort_by(|a, b| (&a.path, a.range.start).cmp(&(&b.path, b.range.start)));
        self.needs.dedup();
        self.needs
    }
}

/// Which releases the caller accepts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trust {
    /// Only those whose audit passed, and imports.
    #[default]
    Audited,
    /// Also releases of ours that were never audited.
    Unaudited,
}

/// A release that is being opened: its descriptor is read, its small files are still to come.
#[derive(Debug)]
pub struct Opening {
    id: String,
    manifest: Manifest,
    /// Paths and bytes.
    files: Vec<(String, Vec<u8>)>,
}

impl Opening {
    /// Reads a descriptor; refuses unknown formats, and unaudited releases unless they are accepted.
    pub fn new(descriptor: &[u8], trust: Trust) -> Result<Self> {
        let Descriptor { ninzu: manifest, .. } = Descriptor::parse(descriptor)?;
        if manifest.protection.is_ours() {
            if manifest.policy.is_none() {
                return Err(Error::new(
                    ErrorKind::InvalidRelease,
                    "the release says that Ninzu protected it, but not by which policy",
                ));
            }
            if !manifest.protection.audited && trust == Trust::Audited {
                return Err(Error::new(ErrorKind::Unaudited, "the release carries no passed audit")
                    .with_hint("ask its publisher for an audited one, or accept it with --unaudited"));
            }
        }
        Ok(Self { id: sha256_hex(descriptor), manifest, files: Vec::new() })
    }

    /// The small files that are needed before anything can be asked.
    pub fn needs(&self) -> Vec<Need> {
        let is_dictionary = |file: &FileInfo| self.manifest.dimensions.iter().any(|dimension| dimension.path() == file.path);
        let wanted = |file: &&FileInfo| self.file(&file.path).is_none() && is_dictionary(file);
        self.manifest.files.iter().filter(wanted).map(file_need).collect()
    }

    /// Takes the bytes of a file that was asked for.
    pub fn supply(&mut self, need: &Need, bytes: &[u8]) -> Result<()> {
        need.verify(bytes)?;
        if self.file(&need.path).is_none() {
            self.files.push((need.path.clone(), bytes.to_vec()));
        }
        Ok(())
    }

    /// The bytes of a file that came.
    fn file(&self, path: &str) -> Option<&[u8]> {
        self.files.iter().find(|(name, _)| name == path).map(|(_, bytes)| bytes.as_slice())
    }

    /// The open release.
    pub fn finish(self) -> Result<Release> {
        Release::new(self)
    }
}

fn file_need(file: &FileInfo) -> Need {
    Need { path: file.path.clone(), range: 0..file.length, sha256: file.sha256.clone() }
}

/// An open release. Its cells arrive on demand, by [`Release::supply`].
#[derive(Debug)]
pub struct Release {
    id: String,
    manifest: Manifest,
    dimensions: Dimensions,
    declared: Declared,
    centres: Dictionary,
    /// For each centre, for each dimension, whether the centre collects it.
    collects: Vec<Vec<bool>>,
    tables: Vec<Table>,
}

/// A table of an open release.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name, as in the manifest.
    pub(crate) name: String,
    path: String,
    /// Dimension ids of its codes, in the order of its columns.
    pub(crate) codes: Vec<usize>,
    /// Its margins.
    pub(crate) layout: MarginLayout,
    /// The pairs that it declares, ascending, or every code.
    listed: Option<Vec<[u32; 2]>>,
    /// What a declared cell without a row means.
    pub(crate) unlisted: Interval,
    chunks: Vec<ChunkSlot>,
}

/// A row group: where it lies, and its rows once they came.
#[derive(Debug)]
struct ChunkSlot {
    need: Need,
    rows: usize,
    first: [u32; 2],
    loaded: OnceLock<Arc<Chunk>>,
}

/// A table's codes dimensions, the tuples of codes that it declares (nothing: the whole dictionary), and its rows: codes, centre,
/// number of the cell in its margins, interval.
pub type TableRows = (Vec<usize>, Option<Vec<[u32; 2]>>, Vec<([u32; 2], u32, usize, Interval)>);

/// More cells than this for one combination of codes are refused: a descriptor must not exhaust memory.
const MOST_CELLS: u64 = 1 << 26;
const MOST_ROWS: u32 = 1 << 17;

impl Release {
    fn new(opening: Opening) -> Result<Self> {
        let dimensions = opening
            .manifest
            .dimensions
            .iter()
            .map(|info| {
                let bytes = opening
                    .file(&info.path())
                    .ok_or_else(|| malformed(format!("{} is not among the release's files, or did not come", info.path())))?;
                let codes = read_dictionary(&info.path(), bytes)?;
                let (name, label) = (info.name.clone(), info.label.clone());
                let dictionary = Dictionary::new(codes)?;
                Ok(Dimension {
                    name,
                    label,
                    kind: info.kind,
                    ordered: info.ordered,
                    role: info.role,
                    closed: info.closed,
                    dictionary,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let Opening { id, manifest, .. } = opening;
        let dimensions = Dimensions::new(dimensions)?;
        let declared = Declared::new(&dimensions, &manifest.structural_zeros)?;
        let centres = manifest.centres.iter().map(|c| Code { name: c.name.clone(), parents: Vec::new(), label: c.label.clone() });
        let centres = Dictionary::new(centres.collect())?;
        let mut collects = vec![vec![false; dimensions.all().len()]; centres.len()];
        for (c, centre) in manifest.centres.iter().enumerate() {
            for name in manifest.collects.get(&centre.name).into_iter().flatten() {
                let d = dimensions
                    .id(name)
                    .ok_or_else(|| malformed(format!("{} collects {name:?}, which is no dimension", centre.name)))?;
                collects[c][d] = true;
            }
            for p in dimensions.partitions() {
                collects[c][p] = true;
            }
        }
        let tables = manifest.tables.iter().map(|info| Table::new(info, &dimensions)).collect::<Result<Vec<_>>>()?;
        if !tables.iter().any(|t| t.codes.is_empty()) {
            return Err(malformed("the release has no base table"));
        }
        Ok(Self { id, manifest, dimensions, declared, centres, collects, tables })
    }

    /// The release's id: the SHA-256 of its descriptor.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the release says of itself.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Its dimensions.
    pub fn dimensions(&self) -> &Dimensions {
        &self.dimensions
    }

    /// Which cells it declares.
    pub fn declared(&self) -> &Declared {
        &self.declared
    }

    /// Its centres, as a dictionary.
    pub fn centres(&self) -> &Dictionary {
        &self.centres
    }

    /// Whether a centre collects a dimension; every centre has all partitions.
    pub fn collects(&self, centre: u32, dimension: usize) -> bool {
        self.collects[centre as usize][dimension]
    }

    /// Its tables.
    pub(crate) fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The table whose columns of codes are these dimensions in this order.
    pub(crate) fn table(&self, codes: &[usize]) -> Option<usize> {
        self.tables.iter().position(|t| t.codes == codes)
    }

    /// The table that counts these codes `(dimension, code)`, and the codes as its rows have them; nothing if none declares them.
    pub(crate) fn counting(&self, codes: &[(usize, u32)]) -> Option<(usize, [u32; 2])> {
        let dims: Vec<usize> = codes.iter().map(|c| c.0).collect();
        let table = self.table(&dims)?;
        let mut tuple = [0; 2];
        for (slot, code) in tuple.iter_mut().zip(codes) {
            *slot = code.1;
        }
        self.declares(table, tuple).then_some((table, tuple))
    }

    /// How many values the partition at position `p` has.
    pub(crate) fn partition_size(&self, p: usize) -> u32 {
        self.dimensions.get(self.declared.partitions()[p]).dictionary.len() as u32
    }

    /// Every file of the release, to copy or check it whole. Each byte lies in exactly one need.
    pub fn contents(&self) -> Vec<Need> {
        let chunks = self.tables.iter().flat_map(|t| t.chunks.iter().map(|c| c.need.clone()));
        let footers = self.manifest.tables.iter().map(|t| Need {
            path: t.path.clone(),
            range: t.footer.offset..t.footer.offset.saturating_add(t.footer.length),
            sha256: t.footer.sha256.clone(),
        });
        self.manifest.files.iter().map(file_need).chain(chunks).chain(footers).collect()
    }

    /// Takes the bytes of a row group that was asked for: verifies, decodes and keeps them.
    pub fn supply(&self, need: &Need, bytes: &[u8]) -> Result<()> {
        need.verify(bytes)?;
        let is_it = |slot: &ChunkSlot| slot.need == *need;
        let Some((table, slot)) = self.tables.iter().find_map(|t| t.chunks.iter().find(|c| is_it(c)).map(|c| (t, c))) else {
            return Ok(()); // a footer or a small file: verified, and nothing to keep
        };
        let named = |&d: &usize| (self.dimensions.get(d).name.as_str(), &self.dimensions.get(d).dictionary);
        let shape = Shape {
            codes: table.codes.iter().map(named).collect(),
            centres: &self.centres,
            partitions: self.declared.partitions().iter().map(named).collect(),
        };
        let chunk = chunk::decode(bytes, slot.rows, &shape)?;
        if chunk.len() > 0 && chunk.tuple(0) != slot.first {
            return Err(malformed(format!("{}: a row group does not begin where the manifest says", need.path)));
        }
        // A second copy of the same bytes changes nothing.
        let _ = slot.loaded.set(Arc::new(chunk));
        Ok(())
    }

    /// The loaded row groups that may hold rows of these codes.
    pub(crate) fn chunks(&self, table: usize, tuple: [u32; 2]) -> impl Iterator<Item = Result<&Chunk>> {
        let table = &self.tables[table];
        table.span(tuple).map(|c| table.chunk(c))
    }

    /// All row groups of a table.
    pub(crate) fn all_chunks(&self, table: usize) -> impl Iterator<Item = Result<&Chunk>> {
        let table = &self.tables[table];
        (0..table.chunks.len()).map(|c| table.chunk(c))
    }

    /// Every row of a table, once all its bytes came.
    pub fn table_rows(&self, name: &str) -> Result<TableRows> {
        let unknown = || Error::new(ErrorKind::UnknownName, format!("the release has no table {name:?}"));
        let at = self.tables.iter().position(|t| t.name == name).ok_or_else(unknown)?;
        let table = &self.tables[at];
        let mut rows = Vec::new();
        let mut values = vec![None; self.declared.partitions().len()];
        for chunk in self.all_chunks(at) {
            let chunk = chunk?;
            for row in 0..chunk.len() {
                for (value, column) in values.iter_mut().zip(&chunk.partitions) {
                    *value = (column[row] != chunk::ALL).then_some(column[row]);
                }
                let cell = table.layout.index(&values).ok_or_else(|| malformed(format!("table {name}: a row of no margin")))?;
                rows.push((chunk.tuple(row), chunk.centre[row], cell, chunk.interval(row)));
            }
        }
        Ok((table.codes.clone(), table.listed.clone(), rows))
    }

    /// Whether a table declares these codes at all.
    pub(crate) fn declares(&self, table: usize, tuple: [u32; 2]) -> bool {
        let table = &self.tables[table];
        let listed = |pairs: &Vec<[u32; 2]>| {
            let holds = |tuple| pairs.binary_search(&tuple).is_ok();
            holds(tuple) || (table.codes.len() == 2 && table.codes[0] == table.codes[1] && holds([tuple[1], tuple[0]]))
        };
        table.listed.as_ref().is_none_or(listed)
    }
}

impl Table {
    fn new(info: &TableInfo, dimensions: &Dimensions) -> Result<Self> {
        let place = |what: String| malformed(format!("table {}: {what}", info.name));
        let codes = info.codes.iter().map(|name| {
            let d = dimensions.id(name).filter(|&d| dimensions.get(d).kind == Kind::Codes);
            d.ok_or_else(|| place(format!("{name:?} is no codes dimension")))
        });
        let codes = codes.collect::<Result<Vec<usize>>>()?;
        if codes.len() > 2 {
            return Err(Error::new(ErrorKind::Unsupported, format!("table {} crosses more than two codes", info.name)));
        }
        let sizes: Vec<u32> = dimensions.partitions().map(|p| dimensions.get(p).dictionary.len() as u32).collect();
        let cells = sizes
            .iter()
            .try_fold(1_u64, |cells, &size| cells.checked_mul(u64::from(size) + 1))
            .filter(|&cells| cells <= MOST_CELLS);
        if sizes.len() > 64 || (cells.is_none() && info.order > 1) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("table {} has more cells for each code than this version reads", info.name),
            ));
        }
        let ids = |names: &[String]| {
            let mut tuple = [0; 2];
            if names.len() != codes.len() {
                return Err(place(format!("{names:?} names {} codes, not {}", names.len(), codes.len())));
            }
            for ((slot, &d), name) in tuple.iter_mut().zip(&codes).zip(names) {
                *slot = dimensions.get(d).dictionary.id(name).ok_or_else(|| place(format!("{name:?} is in no dictionary")))?;
            }
            Ok(tuple)
        };
        let listed = match &info.declared {
            DeclaredInfo::All(_) => None,
            DeclaredInfo::List(list) => Some(distinct(list.iter().map(|names| ids(names)).collect::<Result<Vec<_>>>()?)),
        };
        let mut chunks: Vec<ChunkSlot> = Vec::with_capacity(info.chunks.len());
        for chunk in &info.chunks {
            let end = chunk.offset.checked_add(chunk.length).ok_or_else(|| place("a row group has no end".into()))?;
            if chunk.rows == 0 || chunk.rows > MOST_ROWS {
                return Err(place(format!("a row group of {} rows", chunk.rows)));
            }
            let first = ids(&chunk.first)?;
            if chunks.last().is_some_and(|c| c.first > first || c.need.range.end > chunk.offset) {
                return Err(place("its row groups are not in order".into()));
            }
            let need = Need { path: info.path.clone(), range: chunk.offset..end, sha256: chunk.sha256.clone() };
            chunks.push(ChunkSlot { need, rows: chunk.rows as usize, first, loaded: OnceLock::new() });
        }
        Ok(Self {
            name: info.name.clone(),
            path: info.path.clone(),
            codes,
            layout: MarginLayout::new(&sizes, info.order),
            listed,
            unlisted: info.unlisted(),
            chunks,
        })
    }

    /// The row groups that may hold rows of these codes.
    fn span(&self, tuple: [u32; 2]) -> Range<usize> {
        let start = self.chunks.partition_point(|c| c.first < tuple).saturating_sub(1);
        start..self.chunks.partition_point(|c| c.first <= tuple).max(start)
    }

    fn chunk(&self, c: usize) -> Result<&Chunk> {
        self.chunks[c].loaded.get().map(Arc::as_ref).ok_or_else(|| {
            Error::new(
                ErrorKind::MissingBytes,
                format!("bytes {:?} of {} were not supplied", self.chunks[c].need.range, self.path),
            )
            .with_hint("ask needs() and supply what it names before asking for an answer")
        })
    }
}

fn malformed(what: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidRelease, what)
}

/// Reads `code,parent,label_en,label_ja`; several rows of one code give it several parents.
pub fn read_dictionary(path: &str, bytes: &[u8]) -> Result<Vec<Code>> {
    let unreadable = |e: csv::Error| malformed(format!("{path} cannot be read: {e}"));
    let mut reader = csv::Reader::from_reader(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes));
    if reader.headers().map_err(unreadable)? != ["code", "parent", "label_en", "label_ja"].as_slice() {
        return Err(malformed(format!("{path} does not begin with the line code,parent,label_en,label_ja")));
    }
    let mut codes: Vec<Code> = Vec::new();
    let mut at: BTreeMap<String, u32> = BTreeMap::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let [code, parent, en, ja] = [0, 1, 2, 3].map(|field| record.get(field).unwrap_or_default().to_owned());
        if code.is_empty() {
            return Err(malformed(format!("{path}: row {} has no code", codes.len() + 1)));
        }
        let entry = *at.entry(code.clone()).or_insert_with(|| {
            codes.push(Code { name: code, parents: Vec::new(), label: Label { en, ja } });
            codes.len() as u32 - 1
        });
        if !parent.is_empty() {
            codes[entry as usize].parents.push(parent);
        }
    }
    Ok(codes)
}
