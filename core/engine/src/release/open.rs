//! An open release: tables whose row groups arrive as verified bytes. The engine names byte ranges, the host brings them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use super::byte_range::ByteRange;
use crate::format::manifest::{DeclaredInfo, DimensionInfo, FileInfo, Manifest, TableInfo};
use crate::format::{ALL, Chunk, GroupColumns, ListedCodes, decode, read_dictionary, sha256_hex};
use crate::message::{Message, message};
use crate::model::{Code, Declared, Dictionary, Dimension, Dimensions, Kind, MarginLayout, Role, distinct, size};
use crate::system::Structure;
use crate::text::word;
use crate::{Error, ErrorKind, Interval, Result, limits};

/// A file of a release and how many bytes it has: no more, no fewer.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct FileSize {
    /// The file's path inside the release.
    pub path: String,
    /// How many bytes it has.
    pub bytes: u64,
}

/// Row groups that are being collected: those that a question needs.
#[derive(Debug)]
pub(crate) struct ReadSet {
    even_loaded: bool,
    needs: Vec<ByteRange>,
}

impl ReadSet {
    /// Collects those that have not come yet.
    pub(crate) fn missing() -> Self {
        Self { even_loaded: false, needs: Vec::new() }
    }

    /// Collects all, as for a reader that has none.
    pub(crate) fn all() -> Self {
        Self { even_loaded: true, needs: Vec::new() }
    }

    /// Those of a table that may hold rows of these codes.
    pub(crate) fn rows(&mut self, release: &Release, table: usize, combination: [u32; 2]) {
        let table = &release.tables[table];
        self.take(&table.chunks[table.span(combination)]);
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
    pub(crate) fn each_once(mut self) -> Vec<ByteRange> {
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
    descriptor: u64,
    manifest: Manifest,
    /// Paths and bytes.
    files: Vec<(String, Vec<u8>)>,
}

impl Opening {
    /// Reads a descriptor; refuses unknown formats, and unaudited releases unless they are accepted.
    pub fn new(descriptor: &[u8], trust: Trust) -> Result<Self> {
        let manifest = Manifest::parse(descriptor)?;
        if manifest.protection.is_ours() {
            if manifest.policy.is_none() {
                return Err(malformed(message!("release.no_policy")));
            }
            if !manifest.protection.audited && trust == Trust::Audited {
                return Err(
                    Error::new(ErrorKind::Unaudited, message!("release.unaudited")).with_hint(message!("hint.accept_unaudited"))
                );
            }
        }
        Ok(Self { id: sha256_hex(descriptor), descriptor: descriptor.len() as u64, manifest, files: Vec::new() })
    }

    /// The small files that are needed before anything can be asked.
    pub fn needs(&self) -> Vec<ByteRange> {
        let is_dictionary = |file: &FileInfo| self.manifest.dimensions.iter().any(|dimension| dimension.path() == file.path);
        let wanted = |file: &&FileInfo| self.file(&file.path).is_none() && is_dictionary(file);
        self.manifest.files.iter().filter(wanted).map(file_need).collect()
    }

    /// Takes the bytes of a file that was asked for.
    pub fn supply(&mut self, need: &ByteRange, bytes: &[u8]) -> Result<()> {
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

    /// The dictionary of a dimension, with the onsets that its file says: in format 1 it lists them.
    fn dictionary(&self, info: &DimensionInfo, stages: Option<&Arc<Dictionary>>) -> Result<Dictionary> {
        let path = info.path();
        let bytes = self.file(&path).ok_or_else(|| malformed(message!("release.no_file", file = word(&path))))?;
        let ListedCodes { codes, onsets } = read_dictionary(&path, bytes)?;
        let onsets = if self.manifest.format == 1 { &[] } else { &onsets[..] };
        Dictionary::with_onsets(codes, onsets, stages)
    }

    /// The open release.
    pub fn finish(self) -> Result<Release> {
        Release::new(self)
    }
}

fn file_need(file: &FileInfo) -> ByteRange {
    ByteRange { path: file.path.clone(), range: 0..file.length, sha256: file.sha256.clone() }
}

/// An open release. Its cells arrive on demand, by [`Release::supply`].
#[derive(Debug)]
pub struct Release {
    id: String,
    /// How many bytes its descriptor has.
    descriptor: u64,
    manifest: Manifest,
    dimensions: Dimensions,
    declared: Declared,
    centres: Dictionary,
    /// For each centre, for each dimension, whether the centre collects it.
    collects: Vec<Vec<bool>>,
    tables: Vec<Table>,
    /// The tables by their codes dimensions, in the order of their columns (see [`columns`]), ascending.
    by_codes: Vec<(u64, u32)>,
    /// The table of a file.
    by_path: BTreeMap<String, u32>,
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
    need: ByteRange,
    rows: usize,
    first: [u32; 2],
    loaded: OnceLock<Arc<Chunk>>,
}

/// Every row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRows {
    /// Dimension ids of its codes, in the order of its columns.
    pub codes: Vec<usize>,
    /// The codes that it declares, ascending; nothing: the whole dictionary.
    pub declared: Option<Vec<[u32; 2]>>,
    /// Its rows, in the file's order.
    pub rows: Vec<TableRow>,
}

/// A published cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableRow {
    /// Its codes; 0 where the table has none.
    pub codes: [u32; 2],
    /// Its centre.
    pub centre: u32,
    /// Its number among the cells of the table's margins.
    pub cell: usize,
    /// Its bounds.
    pub interval: Interval,
}

impl Release {
    fn new(opening: Opening) -> Result<Self> {
        let infos = &opening.manifest.dimensions;
        let stages = infos.iter().find(|info| info.kind == Kind::Partition && info.role == Some(Role::LifeStage));
        let stages = stages.map(|info| opening.dictionary(info, None).map(Arc::new)).transpose()?;
        let dimensions = infos
            .iter()
            .map(|info| {
                let (name, label) = (info.name.clone(), info.label.clone());
                let dictionary = opening.dictionary(info, stages.as_ref().filter(|_| info.kind == Kind::Codes))?;
                let dictionary = dictionary.listed_by(info.dictionary);
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
        let Opening { id, descriptor, manifest, .. } = opening;
        let dimensions = Dimensions::new(dimensions)?;
        let declared = Declared::new(&dimensions, &manifest.structural_zeros)?;
        let centres = manifest.centres.iter().map(|c| Code { name: c.name.clone(), parents: Vec::new(), label: c.label.clone() });
        let centres = Dictionary::new(centres.collect())?;
        let values: usize = dimensions.all().iter().map(|d| d.dictionary.len()).sum();
        let sums = values.saturating_mul(centres.len()) as u64;
        size::within(&|| message!("amount.values_and_centres"), sums, limits::CODES_AT_CENTRES as u64)?;
        let collects = collects(&manifest, &dimensions)?;
        let tables = manifest.tables.iter().map(|info| Table::new(info, &dimensions)).collect::<Result<Vec<_>>>()?;
        let fields = |t: &Table| {
            let columns = t.codes.len() + 1 + declared.partitions().len() + 2;
            t.chunks.iter().map(|c| c.rows as u64).sum::<u64>().saturating_mul(columns as u64)
        };
        let all = tables.iter().map(fields).fold(0, u64::saturating_add);
        size::within(&|| message!("amount.fields"), all, limits::FIELDS)?;
        let most = tables.iter().map(|t| t.layout.len() as u64).max().unwrap_or(0);
        let checks = most.saturating_mul(declared.zeros() as u64);
        size::within(&|| message!("amount.cells_and_zeros"), checks, limits::CELLS_AND_ZEROS)?;
        let mut by_path = BTreeMap::new();
        for (table, at) in tables.iter().zip(0..) {
            by_path.insert(table.path.clone(), at);
        }
        let by_codes = distinct(tables.iter().zip(0..).map(|(table, at)| (columns(&table.codes), at)).collect());
        if let Some(twice) = by_codes.windows(2).find(|two| two[0].0 == two[1].0) {
            let name = word(&tables[twice[1].1 as usize].name);
            return Err(malformed(message!("release.table_twice", table = name)));
        }
        if by_codes.first().is_none_or(|table| table.0 != columns(&[])) {
            return Err(malformed(message!("release.no_base")));
        }
        Ok(Self { id, descriptor, manifest, dimensions, declared, centres, collects, tables, by_codes, by_path })
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
        let at = self.by_codes.binary_search_by_key(&columns(codes), |table| table.0).ok()?;
        Some(self.by_codes[at].1 as usize)
    }

    /// The table that counts these codes `(dimension, code)`, and the codes as its rows have them; nothing if none declares them.
    pub(crate) fn counting(&self, codes: &[(usize, u32)]) -> Option<(usize, [u32; 2])> {
        let dims: Vec<usize> = codes.iter().map(|c| c.0).collect();
        let table = self.table(&dims)?;
        let mut combination = [0; 2];
        for (slot, code) in combination.iter_mut().zip(codes) {
            *slot = code.1;
        }
        self.declares(table, combination).then_some((table, combination))
    }

    /// What is possible for people.
    pub(crate) fn structure(&self) -> Structure<'_> {
        Structure { dimensions: &self.dimensions, declared: &self.declared }
    }

    /// How many values the partition at position `p` has.
    pub(crate) fn partition_size(&self, p: usize) -> u32 {
        self.dimensions.get(self.declared.partitions()[p]).dictionary.len() as u32
    }

    /// Every file of the release but its descriptor, to copy or check it whole. Each byte lies in exactly one need.
    pub fn contents(&self) -> Vec<ByteRange> {
        let mut contents: Vec<ByteRange> = self.manifest.files.iter().map(file_need).collect();
        for (table, info) in self.tables.iter().zip(&self.manifest.tables) {
            let need = |range: Range<u64>, sha256: String| ByteRange { path: info.path.clone(), range, sha256 };
            let first = table.chunks.first().map_or(info.footer.offset, |chunk| chunk.need.range.start);
            contents.extend((first > 0).then(|| need(0..first, sha256_hex(MAGIC))));
            contents.extend(table.chunks.iter().map(|chunk| chunk.need.clone()));
            contents.push(need(
                info.footer.offset..info.footer.offset.saturating_add(info.footer.length),
                info.footer.sha256.clone(),
            ));
        }
        contents
    }

    /// How many bytes all its files have, the descriptor among them.
    pub fn bytes(&self) -> u64 {
        self.files().iter().fold(self.descriptor, |sum, file| sum.saturating_add(file.bytes))
    }

    /// The files of the release but for its descriptor, and the size of each. Whoever verifies a release compares them: hashes say
    /// nothing of bytes behind the last one that they cover.
    pub fn files(&self) -> Vec<FileSize> {
        let small = self.manifest.files.iter().map(|file| FileSize { path: file.path.clone(), bytes: file.length });
        let tables = self.manifest.tables.iter();
        let tables = tables.map(|t| FileSize { path: t.path.clone(), bytes: t.footer.offset.saturating_add(t.footer.length) });
        small.chain(tables).collect()
    }

    /// Takes the bytes of a row group that was asked for: verifies, decodes and keeps them.
    pub fn supply(&self, need: &ByteRange, bytes: &[u8]) -> Result<()> {
        if let Some((slot, chunk)) = self.decoded(need, bytes)? {
            // A second copy of the same bytes changes nothing.
            let _ = slot.loaded.set(Arc::new(chunk));
        }
        Ok(())
    }

    /// Verifies bytes and, of a row group, that they decode, and keeps nothing.
    pub fn check(&self, need: &ByteRange, bytes: &[u8]) -> Result<()> {
        self.decoded(need, bytes).map(|_| ())
    }

    /// The rows in the bytes of a row group, once verified; nothing of a footer or a small file.
    fn decoded(&self, need: &ByteRange, bytes: &[u8]) -> Result<Option<(&ChunkSlot, Chunk)>> {
        need.verify(bytes)?;
        let Some(table) = self.by_path.get(&need.path).map(|&at| &self.tables[at as usize]) else { return Ok(None) };
        let at = table.chunks.partition_point(|slot| slot.need.range.start < need.range.start);
        let Some(slot) = table.chunks.get(at).filter(|slot| slot.need == *need) else { return Ok(None) };
        let named = |&d: &usize| (self.dimensions.get(d).name.as_str(), &self.dimensions.get(d).dictionary);
        let columns = GroupColumns {
            codes: table.codes.iter().map(named).collect(),
            centres: &self.centres,
            partitions: self.declared.partitions().iter().map(named).collect(),
        };
        let chunk = decode(bytes, slot.rows, &columns)?;
        if chunk.len() > 0 && chunk.combination(0) != slot.first {
            return Err(malformed(message!("release.group_begins_elsewhere", file = word(&need.path))));
        }
        Ok(Some((slot, chunk)))
    }

    /// The loaded row groups that may hold rows of these codes.
    pub(crate) fn chunks(&self, table: usize, combination: [u32; 2]) -> impl Iterator<Item = Result<&Chunk>> {
        let table = &self.tables[table];
        table.span(combination).map(|c| table.chunk(c))
    }

    /// All row groups of a table.
    pub(crate) fn all_chunks(&self, table: usize) -> impl Iterator<Item = Result<&Chunk>> {
        let table = &self.tables[table];
        (0..table.chunks.len()).map(|c| table.chunk(c))
    }

    /// Every row of a table, once all its bytes came.
    pub fn table_rows(&self, name: &str) -> Result<TableRows> {
        let unknown = || Error::new(ErrorKind::UnknownName, message!("release.no_table", table = word(name)));
        let at = self.tables.iter().position(|t| t.name == name).ok_or_else(unknown)?;
        let table = &self.tables[at];
        let mut rows = Vec::new();
        let mut values = vec![None; self.declared.partitions().len()];
        for chunk in self.all_chunks(at) {
            let chunk = chunk?;
            for row in 0..chunk.len() {
                for (value, column) in values.iter_mut().zip(&chunk.partitions) {
                    *value = (column[row] != ALL).then_some(column[row]);
                }
                let cell = table.layout.index(&values).ok_or_else(|| in_table(name, message!("table.row_of_no_margin")))?;
                rows.push(TableRow {
                    codes: chunk.combination(row),
                    centre: chunk.centre[row],
                    cell,
                    interval: chunk.interval(row),
                });
            }
        }
        Ok(TableRows { codes: table.codes.clone(), declared: table.listed.clone(), rows })
    }

    /// Whether a table declares these codes at all.
    pub(crate) fn declares(&self, table: usize, combination: [u32; 2]) -> bool {
        let table = &self.tables[table];
        let listed = |pairs: &Vec<[u32; 2]>| {
            let holds = |combination| pairs.binary_search(&combination).is_ok();
            holds(combination)
                || (table.codes.len() == 2 && table.codes[0] == table.codes[1] && holds([combination[1], combination[0]]))
        };
        table.listed.as_ref().is_none_or(listed)
    }
}

/// Up to two codes dimensions as one number: no dimension first, then one, then two.
fn columns(codes: &[usize]) -> u64 {
    codes.iter().fold(0, |number, &d| number << 16 | (d as u64 + 1))
}

/// For each centre, for each dimension, whether the centre collects it.
fn collects(manifest: &Manifest, dimensions: &Dimensions) -> Result<Vec<Vec<bool>>> {
    let mut collects = Vec::with_capacity(manifest.centres.len());
    for centre in &manifest.centres {
        let names = manifest.collects.get(&centre.name).map_or(&[][..], Vec::as_slice);
        size::within(&|| message!("amount.collected"), names.len() as u64, limits::DIMENSIONS as u64)?;
        let mut of = vec![false; dimensions.all().len()];
        for name in names {
            let unknown = || malformed(message!("release.collects_unknown", centre = word(&centre.name), dimension = word(name)));
            of[dimensions.id(name).ok_or_else(unknown)?] = true;
        }
        for p in dimensions.partitions() {
            of[p] = true;
        }
        collects.push(of);
    }
    Ok(collects)
}

impl Table {
    fn new(info: &TableInfo, dimensions: &Dimensions) -> Result<Self> {
        let place = |what| in_table(&info.name, what);
        let codes = info.codes.iter().take(3).map(|name| {
            let d = dimensions.id(name).filter(|&d| dimensions.get(d).kind == Kind::Codes);
            d.ok_or_else(|| place(message!("table.no_codes", dimension = word(name))))
        });
        let codes = codes.collect::<Result<Vec<usize>>>()?;
        if codes.len() > 2 {
            let message = message!("release.crosses_too_many", table = word(&info.name));
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let sizes: Vec<u32> = dimensions.partitions().map(|p| dimensions.get(p).dictionary.len() as u32).collect();
        let (margins, cells) = MarginLayout::count(&sizes, info.order);
        size::within(&|| message!("amount.margins"), margins, limits::MARGINS)?;
        size::within(&|| message!("amount.cells"), cells, limits::CELLS)?;
        let ids = |names: &[String]| {
            let mut combination = [0; 2];
            if names.len() != codes.len() {
                return Err(place(message!("table.number_of_codes", found = names.len(), wanted = codes.len())));
            }
            for ((slot, &d), name) in combination.iter_mut().zip(&codes).zip(names) {
                let unknown = || place(message!("table.code_unlisted", code = word(name)));
                *slot = dimensions.get(d).dictionary.id(name).ok_or_else(unknown)?;
            }
            Ok(combination)
        };
        let listed = match &info.declared {
            DeclaredInfo::All(_) => None,
            DeclaredInfo::List(list) => Some(distinct(list.iter().map(|names| ids(names)).collect::<Result<Vec<_>>>()?)),
        };
        let chunks = row_groups(info, &ids, &place)?;
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
    fn span(&self, combination: [u32; 2]) -> Range<usize> {
        let start = self.chunks.partition_point(|c| c.first < combination).saturating_sub(1);
        start..self.chunks.partition_point(|c| c.first <= combination).max(start)
    }

    fn chunk(&self, c: usize) -> Result<&Chunk> {
        self.chunks[c].loaded.get().map(Arc::as_ref).ok_or_else(|| {
            let Range { start, end } = self.chunks[c].need.range;
            let message = message!("bytes.missing", start = start, end = end, file = &self.path);
            Error::new(ErrorKind::MissingBytes, message).with_hint(message!("hint.supply"))
        })
    }
}

/// The row groups of a table: one behind the other, from behind the file's first four bytes to its footer, so that hashes cover
/// every byte.
fn row_groups(
    info: &TableInfo,
    ids: &dyn Fn(&[String]) -> Result<[u32; 2]>,
    place: &dyn Fn(Message) -> Error,
) -> Result<Vec<ChunkSlot>> {
    let mut chunks: Vec<ChunkSlot> = Vec::with_capacity(info.chunks.len());
    let mut end = if info.chunks.is_empty() && info.footer.offset == 0 { 0 } else { MAGIC.len() as u64 };
    let uncovered = || place(message!("table.uncovered"));
    for chunk in &info.chunks {
        size::within(&|| message!("amount.group_bytes"), chunk.length, limits::GROUP_BYTES)?;
        size::within(&|| message!("amount.group_rows"), chunk.rows.into(), limits::GROUP_ROWS.into())?;
        if chunk.rows == 0 {
            return Err(place(message!("table.empty_group")));
        }
        if chunk.offset != end {
            return Err(uncovered());
        }
        end = chunk.offset.checked_add(chunk.length).ok_or_else(|| place(message!("table.endless_group")))?;
        let first = ids(&chunk.first)?;
        if chunks.last().is_some_and(|c| c.first > first) {
            return Err(place(message!("table.unsorted_groups")));
        }
        let need = ByteRange { path: info.path.clone(), range: chunk.offset..end, sha256: chunk.sha256.clone() };
        chunks.push(ChunkSlot { need, rows: chunk.rows as usize, first, loaded: OnceLock::new() });
    }
    if info.footer.offset != end || end.checked_add(info.footer.length).is_none() {
        return Err(uncovered());
    }
    Ok(chunks)
}

/// What a Parquet file begins with, before its first row group; the descriptor has no hash of it.
const MAGIC: &[u8; 4] = b"PAR1";

fn malformed(what: Message) -> Error {
    Error::new(ErrorKind::InvalidRelease, what)
}

/// What is wrong with a table.
fn in_table(name: &str, what: Message) -> Error {
    malformed(message!("release.table", table = word(name), what = what))
}
