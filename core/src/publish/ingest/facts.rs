//! Records of codes to closed facts, person by person.

use arrow::array::RecordBatch;
use datafusion::common::HashMap;
use ninzu_engine::{Dictionary, ROOT, Result};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::super::population::Facts;
use super::super::scheme::Scheme;
use super::bad::{Bad, BadRow};
use super::cells::{Days, Keys, text, texts};
use super::persons::{At, NO_DAY, Persons};
use super::plan::{CodesPlan, Place};
use super::source::rows;

/// What records are checked against.
pub(super) struct Context<'a> {
    pub(super) plan: &'a CodesPlan,
    pub(super) persons: &'a Persons,
    pub(super) dictionary: &'a Dictionary,
    /// For each centre, whether it collects the dimension.
    pub(super) collects: &'a [bool],
    /// The stages of onsets, if the dimension has any.
    pub(super) stages: Option<&'a Scheme>,
    /// The reference date, in days since 1970.
    pub(super) reference: i32,
}

/// A person's record of a code on a day, or `NO_DAY`.
#[derive(Clone, Copy)]
struct Record {
    person: u32,
    code: u32,
    day: i32,
}

#[derive(Default)]
struct Chunk {
    records: Vec<Record>,
    bad: Bad,
    rows: u64,
}

/// Reads a table of codes. Returns the rows read and the bad ones beside.
pub(super) fn read(context: &Context<'_>) -> Result<(Facts, u64, Bad)> {
    let ids: HashMap<&str, u32> = (0..context.dictionary.len() as u32)
        .filter(|&id| !context.dictionary.code(id).name.contains('@'))
        .map(|id| (context.dictionary.code(id).name.as_str(), id))
        .filter(|&(name, _)| name != ROOT)
        .collect();
    let chunks = context.plan.table.scan(&context.plan.exprs(), |batch| Chunk::read(context, &ids, batch))?;
    let (mut bad, mut rows) = (Bad::default(), 0);
    for chunk in &chunks {
        bad.merge(&chunk.bad);
        rows += chunk.rows;
    }
    let (offsets, records) = by_person(context.persons.len(), chunks);
    Ok((close(context, &offsets, &records), rows, bad))
}

impl Chunk {
    fn read(context: &Context<'_>, ids: &HashMap<&str, u32>, batch: &RecordBatch) -> Result<Self> {
        let Some(numbers) = rows(batch) else { return Ok(Self::default()) };
        let plan = context.plan;
        let keys = Keys::new(batch, 1)?;
        let codes = texts(batch, 2)?;
        let centres = plan.centre_column().map(|c| texts(batch, c + 1)).transpose()?;
        let dates = plan.date_column().map(|c| Days::new(batch, c + 1)).transpose()?;
        let date_column = plan.date_column().unwrap_or(0);
        let mut chunk =
            Self { records: Vec::with_capacity(batch.num_rows()), bad: Bad::default(), rows: batch.num_rows() as u64 };
        for row in 0..batch.num_rows() {
            let code = text(&codes, row);
            if code.is_none() && plan.skip_empty {
                continue;
            }
            let before = chunk.records.len();
            let records = &mut chunk.records;
            let mut read = || -> std::result::Result<(), (BadRow, usize)> {
                let places = context.persons.places(keys.get(row).ok_or((BadRow::NoPerson, 0))?);
                let places = match &plan.place {
                    Place::Anywhere => places,
                    place => {
                        let centre = place.centre(centres.as_ref().and_then(|c| text(c, row))).map_err(|kind| (kind, 2))?;
                        let from = places.partition_point(|at| at.centre < centre);
                        places.get(from..from + 1).filter(|at| at[0].centre == centre).unwrap_or(&[])
                    }
                };
                if places.is_empty() {
                    return Err((BadRow::UnknownPerson, 0));
                }
                let code = *ids.get(code.ok_or((BadRow::NoCode, 1))?).ok_or((BadRow::UnknownCode, 1))?;
                let day = match &dates {
                    Some(dates) => dates.get(row).map_err(|()| (BadRow::InvalidDate, date_column))?.unwrap_or(NO_DAY),
                    None => NO_DAY,
                };
                if day != NO_DAY && day > context.reference {
                    return Err((BadRow::AfterReference, date_column));
                }
                for &At { centre, person, earliest } in places {
                    if context.collects[centre as usize] {
                        if earliest != NO_DAY && day < earliest {
                            return Err((BadRow::BeforeBirth, date_column));
                        }
                        records.push(Record { person, code, day });
                    }
                }
                if records.len() == before { Err((BadRow::NotCollected, 1)) } else { Ok(()) }
            };
            if let Err((kind, column)) = read() {
                chunk.records.truncate(before);
                chunk.bad.add(numbers.value(row), kind, column);
            }
        }
        Ok(chunk)
    }
}

/// Records in the order of persons, and where each person's begin.
fn by_person(persons: usize, chunks: Vec<Chunk>) -> (Vec<usize>, Vec<(u32, i32)>) {
    let mut offsets = vec![0_usize; persons + 2];
    for record in chunks.iter().flat_map(|c| &c.records) {
        offsets[record.person as usize + 2] += 1;
    }
    for i in 2..offsets.len() {
        offsets[i] += offsets[i - 1];
    }
    // While filling, offsets[p + 1] is where p's next record goes; afterwards, where p + 1's begin.
    let mut records = vec![(0, 0); offsets[persons + 1]];
    for chunk in chunks {
        for record in chunk.records {
            let at = &mut offsets[record.person as usize + 1];
            records[*at] = (record.code, record.day);
            *at += 1;
        }
    }
    offsets.truncate(persons + 1);
    (offsets, records)
}

/// Persons whose facts are closed in one go.
const SHARE: usize = 8192;

/// Every person's codes with all ancestors, the root and onsets.
fn close(context: &Context<'_>, offsets: &[usize], records: &[(u32, i32)]) -> Facts {
    let persons = context.persons.len();
    let dictionary = context.dictionary;
    let root = dictionary.root();
    let share = |from: usize| {
        let to = (from + SHARE).min(persons);
        let mut lengths = Vec::with_capacity(to - from);
        let mut codes = Vec::with_capacity(2 * (offsets[to] - offsets[from]));
        let (mut firsts, mut begins) = (Vec::new(), Vec::new());
        for person in from..to {
            let before = codes.len();
            firsts.clear();
            for &(code, day) in &records[offsets[person]..offsets[person + 1]] {
                firsts.push((code, day));
                firsts.extend(dictionary.ancestors(code).iter().filter(|&&a| Some(a) != root).map(|&a| (a, day)));
            }
            // The first day of each code comes first; NO_DAY is later than all.
            firsts.sort_unstable();
            firsts.dedup_by_key(|&mut (code, _)| code);
            if let (Some(root), false) = (root, firsts.is_empty()) {
                codes.push(root);
            }
            let birth = context.persons.birth[person].0;
            let stages = context.stages.filter(|_| birth != NO_DAY && firsts.iter().any(|&(_, day)| day != NO_DAY));
            if let Some(stages) = stages {
                stages.begins(birth, &mut begins);
            }
            for &(code, day) in &firsts {
                codes.push(code);
                if stages.is_some() && day != NO_DAY {
                    codes.push(code + 1 + begins.partition_point(|&begin| begin <= day) as u32);
                }
            }
            lengths.push(codes.len() - before);
        }
        (lengths, codes)
    };
    let shares: Vec<(Vec<usize>, Vec<u32>)> = (0..persons.div_ceil(SHARE)).into_par_iter().map(|i| share(i * SHARE)).collect();
    let mut facts =
        Facts { offsets: Vec::with_capacity(persons + 1), codes: Vec::with_capacity(shares.iter().map(|s| s.1.len()).sum()) };
    facts.offsets.push(0);
    let mut end = 0;
    for (lengths, codes) in shares {
        facts.offsets.extend(lengths.into_iter().map(|length| {
            end += length;
            end
        }));
        facts.codes.extend(codes);
    }
    facts
}
