//! Combinations that nobody can have: those of the lists that a spec names, and which rows contradict any of them.

use datafusion::common::HashMap;
use ninzu_engine::model::{Dictionary, Dimension, Kind, Role, StructuralZero};
use ninzu_engine::{Error, ErrorKind, Result, limits};

use crate::catalogue::message;
use crate::source::common_knowledge::{Sex, Who};
use crate::source::icd10::CodeRange;
use crate::source::life_stages::Scheme;
use crate::source::population::CodeRecords;
use crate::source::spec::KnownZeros;

/// The structural zeros that a list means for a dimension's dictionary: of the codes ruled out, those that lie under no other.
pub(super) fn of_list(
    known: &KnownZeros,
    dimension: &str,
    dictionary: &Dictionary,
    stages: Option<(&str, &Scheme)>,
) -> Result<Vec<StructuralZero>> {
    let lines = known.list.lines()?;
    let zero = |partition: &str, value: &str, code: u32| -> StructuralZero {
        let code = dictionary.name(code);
        [(partition, value), (dimension, code)].map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    };
    let mut zeros = Vec::new();
    if let Some(sex) = &known.sex {
        for (who, values) in [(Sex::Female, &sex.female), (Sex::Male, &sex.male)] {
            let ranges: Vec<&CodeRange> = lines.iter().filter(|l| l.who == Who::Sex(who)).map(|l| &l.codes).collect();
            for code in topmost(dictionary, &ranges) {
                zeros.extend(values.iter().map(|value| zero(&sex.dimension, value, code)));
            }
        }
    }
    if let Some((partition, scheme)) = stages {
        for band in scheme.bands() {
            let is_too_young = |who: Who| match who {
                Who::Under(years) => scheme.under(years).any(|young| young.code == band.code),
                Who::Sex(_) => false,
            };
            let ranges: Vec<&CodeRange> = lines.iter().filter(|l| is_too_young(l.who)).map(|l| &l.codes).collect();
            zeros.extend(topmost(dictionary, &ranges).into_iter().map(|code| zero(partition, &band.code, code)));
        }
    }
    if zeros.len() > limits::ZEROS {
        let message = message!("zeros.too_many", dimension = dimension, combinations = zeros.len(), most = limits::ZEROS);
        return Err(Error::new(ErrorKind::InvalidSpec, message).with_hint(message!("hint.blocks_of_codes")));
    }
    Ok(zeros)
}

/// The codes that lie in one of the ranges, without those below another such code.
fn topmost(dictionary: &Dictionary, ranges: &[&CodeRange]) -> Vec<u32> {
    let is_ruled_out = |id: u32| {
        let code = CodeRange::parse(dictionary.name(id));
        code.is_some_and(|code| ranges.iter().any(|range| range.holds(&code)))
    };
    let ruled_out: Vec<bool> = (0..dictionary.len() as u32).map(is_ruled_out).collect();
    let is_topmost =
        |&id: &u32| ruled_out[id as usize] && !dictionary.ancestors(id).iter().any(|&above| ruled_out[above as usize]);
    (0..dictionary.len() as u32).filter(is_topmost).collect()
}

/// A structural zero in numbers.
struct Zero {
    /// The partition's place among the partitions, and the value.
    values: Vec<(usize, u32)>,
    /// The codes dimension's place among these, and the code.
    codes: Vec<(usize, u32)>,
    has_onset: bool,
}

impl Zero {
    /// Nothing if it names what is not there (yet).
    fn new(zero: &StructuralZero, dimensions: &[Dimension]) -> Option<Self> {
        let mut found = Self { values: Vec::new(), codes: Vec::new(), has_onset: false };
        for (name, value) in zero {
            let d = dimensions.iter().position(|dimension| dimension.name == *name)?;
            let dimension = &dimensions[d];
            let place = dimensions[..d].iter().filter(|other| other.kind == dimension.kind).count();
            let id = dimension.dictionary.id(value)?;
            match dimension.kind {
                Kind::Partition => found.values.push((place, id)),
                Kind::Codes => {
                    found.has_onset |= value.contains('@');
                    found.codes.push((place, id));
                }
            }
        }
        Some(found)
    }
}

/// Structural zeros of partitions alone: a row of the persons table may contradict them.
#[derive(Default)]
pub(super) struct OfPersons {
    zeros: Vec<Zero>,
    /// Which of the partitions is the life stage, how it is taken, and on which day since 1970.
    stage: Option<(usize, Scheme, i32)>,
}

impl OfPersons {
    pub(super) fn new(zeros: &[StructuralZero], dimensions: &[Dimension], stages: Option<&Scheme>, reference: i32) -> Self {
        let zeros = zeros.iter().filter_map(|zero| Zero::new(zero, dimensions)).filter(|zero| zero.codes.is_empty()).collect();
        let of_kind = dimensions.iter().filter(|d| d.kind == Kind::Partition);
        let place = of_kind.enumerate().find(|(_, d)| d.role == Some(Role::LifeStage)).map(|(place, _)| place);
        Self { zeros, stage: place.zip(stages).map(|(place, scheme)| (place, scheme.clone(), reference)) }
    }

    /// Whether nobody has these values of columns and this birth date, in days since 1970; nothing: it is not known.
    pub(super) fn hold(&self, columns: &[u32], birth: Option<i32>) -> bool {
        if self.zeros.is_empty() {
            return false;
        }
        let mut values = columns.to_vec();
        if let Some((place, scheme, reference)) = &self.stage {
            let stage = birth.map_or(scheme.unknown(), |birth| scheme.stage_on(birth, *reference, &mut Vec::new()));
            values.insert(*place, stage);
        }
        self.zeros.iter().any(|zero| zero.values.iter().all(|&(place, value)| values.get(place) == Some(&value)))
    }
}

/// What persons have that is known when a dimension of codes is read.
pub(super) struct Known<'a> {
    pub(super) dimensions: &'a [Dimension],
    /// For each partition, each person's value.
    pub(super) partitions: &'a [Vec<u32>],
    /// The dimensions of codes that were read before.
    pub(super) records: &'a [CodeRecords],
}

/// Structural zeros whose last codes are of one dimension: a record of it may contradict them.
pub(super) struct OfCodes<'a> {
    zeros: Vec<(u32, Zero)>,
    /// For each code, the zeros that it is in; few have any.
    by_code: HashMap<u32, Vec<usize>>,
    known: Known<'a>,
}

impl<'a> OfCodes<'a> {
    /// Of the dimension that is read after those of `known`. Onsets are of no single record: see [`Known::contradicted`].
    pub(super) fn new(zeros: &[StructuralZero], dictionary: &Dictionary, known: Known<'a>) -> Self {
        let place = known.records.len();
        let last = |mut zero: Zero| {
            let at = zero.codes.iter().position(|&(of, _)| of == place)?;
            let (_, code) = zero.codes.swap_remove(at);
            (!zero.has_onset && zero.codes.iter().all(|&(of, _)| of < place)).then_some((code, zero))
        };
        let zeros: Vec<(u32, Zero)> = zeros.iter().filter_map(|zero| last(Zero::new(zero, known.dimensions)?)).collect();
        let mut by_code: HashMap<u32, Vec<usize>> = HashMap::new();
        if !zeros.is_empty() {
            for id in 0..dictionary.len() as u32 {
                let of: Vec<usize> = (0..zeros.len()).filter(|&z| dictionary.is_within(id, zeros[z].0)).collect();
                if !of.is_empty() {
                    by_code.insert(id, of);
                }
            }
        }
        Self { zeros, by_code, known }
    }

    /// Whether a person cannot have a code.
    pub(super) fn hold(&self, person: u32, code: u32) -> bool {
        let of = self.by_code.get(&code);
        of.is_some_and(|of| of.iter().any(|&zero| self.known.has(person as usize, &self.zeros[zero].1)))
    }
}

impl Known<'_> {
    /// Whether a person has all values and codes of a zero.
    fn has(&self, person: usize, zero: &Zero) -> bool {
        zero.values.iter().all(|&(place, value)| self.partitions[place][person] == value)
            && zero.codes.iter().all(|&(place, code)| self.records[place].of(person).binary_search(&code).is_ok())
    }

    /// An error if people have what a zero with an onset rules out: which of their records is wrong, nobody knows.
    pub(super) fn contradicted(&self, zeros: &[StructuralZero]) -> Result<()> {
        let persons = self.partitions.first().map_or(0, Vec::len);
        for named in zeros {
            let Some(zero) = Zero::new(named, self.dimensions).filter(|zero| zero.has_onset) else { continue };
            let people = (0..persons).filter(|&person| self.has(person, &zero)).count();
            if people > 0 {
                let words: Vec<String> = named.iter().map(|(name, value)| format!("{name} = {value}")).collect();
                let message = message!("zeros.contradicted", people = people, zero = words);
                return Err(Error::new(ErrorKind::InvalidSource, message).with_hint(message!("hint.onset_dates")));
            }
        }
        Ok(())
    }
}
