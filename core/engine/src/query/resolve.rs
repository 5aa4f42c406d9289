//! Names to ids: what a query means for the dimensions of a release.

use std::cell::OnceCell;
use std::ops::Range;

use sha2::{Digest, Sha256};

use super::suggest::{Known, Patience, did_you_mean, listed, nearest, offered, plain};
use super::unknown::{Spellings, is_code};
use super::{Expr, Name, Predicate, Query, UnknownCodes};
use crate::limits::{QUERY_TEXT, QUERY_WORDS};
use crate::message::{Argument, Message, message};
use crate::model::{Dimension, Dimensions, Kind, Label, ROOT, UNKNOWN, distinct};
use crate::text::{same, word};
use crate::{Error, ErrorKind, Result};

/// The word in a `by` list that stands for the centres.
const CENTRE: &str = "centre";

/// What a count is broken down by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// The centres.
    Centre,
    /// The values or codes of a dimension, by its id.
    Dimension(usize),
}

/// Whom to count and how to break the count down, in ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    predicate: Predicate,
    by: Vec<By>,
    canonical: String,
    unknown_codes: UnknownCodes,
    unnamed: Vec<Unnamed>,
}

/// A code that a question names and the release does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unnamed {
    /// The dimension's id.
    pub dimension: usize,
    /// The code, as it was written.
    pub code: String,
    /// Codes that are named and spelled much like it, as messages show them; looked for where a question has a few such codes.
    pub near: Vec<String>,
}

impl Cohort {
    /// Whom to count.
    pub fn predicate(&self) -> &Predicate {
        &self.predicate
    }

    /// What to break the count down by, in the order asked for.
    pub fn by(&self) -> &[By] {
        &self.by
    }

    /// The names of what it is broken down by, as an answer's keys have them.
    pub fn by_names(&self, dimensions: &Dimensions) -> Vec<String> {
        let name = |by: &By| match *by {
            By::Centre => CENTRE.to_owned(),
            By::Dimension(d) => dimensions.get(d).name.clone(),
        };
        self.by.iter().map(name).collect()
    }

    /// The text that all spellings of this cohort share: names instead of labels, terms in normal form and sorted.
    ///
    /// It resolves to this cohort again.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The codes that the release does not name.
    pub fn unnamed(&self) -> &[Unnamed] {
        &self.unnamed
    }

    /// What is known of them.
    pub fn unknown_codes(&self) -> UnknownCodes {
        self.unknown_codes
    }

    /// The SHA-256 of the canonical text, in lower-case hexadecimal digits.
    pub fn hash(&self) -> String {
        let digit = |four: u8| char::from_digit(u32::from(four), 16).unwrap_or('0');
        Sha256::digest(self.canonical.as_bytes()).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }
}

impl Query {
    /// Looks up every name: dimensions, values and codes by their names or by their labels in either language. Codes that are not
    /// named are an error.
    pub fn resolve(&self, dimensions: &Dimensions) -> Result<Cohort> {
        self.resolve_with(dimensions, Some(UnknownCodes::Error), false)
    }

    /// The same by another rule for codes that are not named; nothing: the rule of each dictionary. `has_threshold`: whether the
    /// release has a threshold, below which such codes are.
    pub(crate) fn resolve_with(
        &self,
        dimensions: &Dimensions,
        unknown_codes: Option<UnknownCodes>,
        has_threshold: bool,
    ) -> Result<Cohort> {
        let spellings = dimensions.all().iter().map(|_| OnceCell::new()).collect();
        let resolver = Resolver { dimensions, unknown_codes, has_threshold, spellings, patience: Patience::default() };
        let predicate = resolver.predicate(&self.filter)?;
        let by = resolver.by(&self.by)?;
        let too_many = || {
            invalid(message!("query.too_many_values"), None).with_hint(message!(
                "hint.written_out",
                names = QUERY_WORDS,
                bytes = QUERY_TEXT
            ))
        };
        // Before it is written out: a `not` of one value stands for thousands.
        if predicate.names(dimensions) > 2 * QUERY_WORDS {
            return Err(too_many());
        }
        let filter = written(&predicate, dimensions);
        let names = by.iter().map(|by| match by {
            By::Centre => Name::new(CENTRE),
            By::Dimension(d) => Name::new(&*dimensions.get(*d).name),
        });
        let query = Query { filter, by: names.collect() };
        let canonical = query.to_string();
        if canonical.len() > QUERY_TEXT || query.words() > QUERY_WORDS {
            return Err(too_many());
        }
        let unnamed = resolver.unnamed(&predicate);
        let unknown_codes = unknown_codes.unwrap_or(if unnamed.is_empty() { UnknownCodes::Error } else { UnknownCodes::Rare });
        Ok(Cohort { predicate, by, canonical, unknown_codes, unnamed })
    }
}

struct Resolver<'a> {
    dimensions: &'a Dimensions,
    unknown_codes: Option<UnknownCodes>,
    has_threshold: bool,
    /// For each dimension, its names by their spelling, once they are looked for.
    spellings: Vec<OnceCell<Spellings<'a>>>,
    patience: Patience,
}

/// Among so many unnamed codes, the names near each are looked for.
const FEW_UNNAMED: usize = 8;

impl<'a> Resolver<'a> {
    fn predicate(&self, expr: &Expr) -> Result<Predicate> {
        let each = |terms: &[Expr]| terms.iter().map(|term| self.predicate(term)).collect::<Result<Vec<_>>>();
        Ok(match expr {
            Expr::Everyone => Predicate::Everyone,
            Expr::Is { dimension, value } => self.one_of(dimension, std::slice::from_ref(value))?,
            Expr::In { dimension, values } => self.one_of(dimension, values)?,
            Expr::Range { dimension, from, to } => self.range(dimension, from.as_ref(), to.as_ref())?,
            Expr::Has(dimension) => {
                let d = self.dimension(dimension)?;
                Predicate::code(d, self.root(d, dimension)?)
            }
            Expr::Not(term) => Predicate::not(self.dimensions, self.predicate(term)?),
            Expr::And(terms) => Predicate::and(self.dimensions, each(terms)?),
            Expr::Or(terms) => Predicate::or(self.dimensions, each(terms)?),
            Expr::AtLeast { n, of } => Predicate::at_least(self.dimensions, *n, each(of)?),
        })
    }

    fn one_of(&self, dimension: &Name, values: &[Name]) -> Result<Predicate> {
        let d = self.dimension(dimension)?;
        if self.dimensions.get(d).kind == Kind::Partition {
            let ids = values.iter().map(|value| self.value(d, value)).collect::<Result<Vec<_>>>()?;
            return Ok(Predicate::values(self.dimensions, d, ids.into_iter().flatten()));
        }
        let codes = values.iter().map(|value| self.code(d, value)).collect::<Result<Vec<_>>>()?;
        Ok(Predicate::or(self.dimensions, codes))
    }

    /// A value of a partition. Where none is missing, `unknown` is nobody's.
    fn value(&self, d: usize, name: &Name) -> Result<Option<u32>> {
        match self.find_value(d, name)? {
            None if name.text == UNKNOWN => Ok(None),
            None => Err(self.unknown_value(d, name)),
            id => Ok(id),
        }
    }

    /// A code, whether the release names it or not.
    fn code(&self, d: usize, name: &Name) -> Result<Predicate> {
        if let Some(id) = self.find_value(d, name)? {
            return Ok(Predicate::code(d, id));
        }
        let Some(code) = self.unnamed_code(d, &name.text) else { return Err(self.unknown_value(d, name)) };
        match UnknownCodes::of(self.unknown_codes, self.dimensions.get(d), self.has_threshold, name)
            .map_err(|error| located(error, name.span.clone()))?
        {
            UnknownCodes::Error => Err(self.unknown_value(d, name)),
            UnknownCodes::Rare => match self.elsewhere(name).or_else(|| self.spellings(d).meant(&name.text, &self.patience)) {
                Some(hint) => Err(self.is_no_value(d, name).with_hint(hint)),
                None => Ok(Predicate::unnamed(d, code)),
            },
            UnknownCodes::Anything => Ok(Predicate::unnamed(d, code)),
        }
    }

    /// A word as a code that the release does not name, life stages by their names; nothing if it cannot be one.
    fn unnamed_code(&self, d: usize, word: &str) -> Option<String> {
        let Some((code, stage)) = word.rsplit_once('@') else { return is_code(word).then(|| word.to_owned()) };
        let stages = self.dimensions.life_stage()?;
        let stage = self.find_value(stages, &Name::new(stage)).ok()??;
        let dictionary = &self.dimensions.get(d).dictionary;
        let code = match self.find_value(d, &Name::new(code)).ok()? {
            // Where no first record was counted by life stage, that one is not says nothing.
            Some(_) if !dictionary.has_onsets() => return None,
            Some(id) => dictionary.name(id).to_owned(),
            None => Some(code.to_owned()).filter(|code| !code.contains('@') && is_code(code))?,
        };
        Some(format!("{code}@{}", self.dimensions.get(stages).dictionary.name(stage)))
    }

    /// The codes of a condition that the release does not name.
    fn unnamed(&self, predicate: &Predicate) -> Vec<Unnamed> {
        let codes = predicate.unnamed_codes();
        let is_few = codes.len() <= FEW_UNNAMED;
        let near = |d: usize, code: &str| {
            let near = if is_few { nearest(code, self.spellings(d).known(), &self.patience) } else { Vec::new() };
            near.iter().map(Argument::to_string).collect()
        };
        codes.into_iter().map(|(d, code)| Unnamed { dimension: d, code: code.to_owned(), near: near(d, code) }).collect()
    }

    /// The values between two ends in the order of a partition; `unknown` has no place in it.
    fn range(&self, name: &Name, from: Option<&Name>, to: Option<&Name>) -> Result<Predicate> {
        let d = self.dimension(name)?;
        let dimension = self.dimensions.get(d);
        let span = from.or(to).and_then(|end| end.span.clone());
        let span = span.map(|start| start.start..to.and_then(|end| end.span.clone()).map_or(start.end, |end| end.end));
        if dimension.kind != Kind::Partition || !dimension.ordered {
            return Err(invalid(message!("query.no_order", dimension = &dimension.name), span)
                .with_hint(message!("hint.list_values", query = format!("{name} in (a, b)"))));
        }
        let unknown = dimension.dictionary.id(UNKNOWN);
        let end = |end: &Name| {
            let id = self.value(d, end)?;
            let Some(id) = id.filter(|_| id != unknown) else {
                return Err(invalid(message!("query.unknown_in_range", dimension = &dimension.name), end.span.clone())
                    .with_hint(message!("hint.beside_range", query = format!("or {name} = {UNKNOWN}"))));
            };
            Ok(id)
        };
        let first = from.map(end).transpose()?.unwrap_or(0);
        let last = to.map(end).transpose()?.unwrap_or(u32::MAX);
        if first > last {
            let error = invalid(message!("query.empty_range"), span);
            return Err(match (from, to) {
                (Some(from), Some(to)) => error.with_hint(message!("hint.write", query = format!("{name} in {to}..{from}"))),
                _ => error,
            });
        }
        let last = last.min((dimension.dictionary.len() as u32).saturating_sub(1));
        Ok(Predicate::values(self.dimensions, d, (first..=last).filter(|&id| Some(id) != unknown)))
    }

    fn by(&self, names: &[Name]) -> Result<Vec<By>> {
        let mut by = Vec::with_capacity(names.len());
        for name in names {
            let next = if same(&name.text, CENTRE) { By::Centre } else { By::Dimension(self.by_dimension(name)?) };
            if by.contains(&next) {
                return Err(invalid(message!("query.by_twice", word = word(&name.text)), name.span.clone())
                    .with_hint(message!("hint.leave_one_out")));
            }
            by.push(next);
        }
        Ok(by)
    }

    fn by_dimension(&self, name: &Name) -> Result<usize> {
        let d = self.find_dimension(name, &[(CENTRE, &Label::same(CENTRE))])?;
        if same(&self.dimensions.get(d).name, CENTRE) {
            return Err(invalid(message!("query.centre_or_dimension"), name.span.clone()));
        }
        Ok(d)
    }

    fn dimension(&self, name: &Name) -> Result<usize> {
        if same(&name.text, CENTRE) && !self.dimensions.all().iter().any(|d| matches(name, &d.name, &d.label)) {
            return Err(unknown(message!("query.centre_is_no_dimension"), name).with_hint(message!("hint.by_centre")));
        }
        self.find_dimension(name, &[])
    }

    fn find_dimension(&self, name: &Name, also: &[(&str, &Label)]) -> Result<usize> {
        if let Some(d) = self.dimensions.id(&name.text) {
            return Ok(d);
        }
        let all = self.dimensions.all();
        let found: Vec<usize> = (0..all.len()).filter(|&d| matches(name, &all[d].name, &all[d].label)).collect();
        if let [d] = found[..] {
            return Ok(d);
        }
        if found.is_empty() {
            let known: Vec<Known<'_>> = all.iter().map(|d| (&*d.name, &d.label)).chain(also.iter().copied()).collect();
            let hint = did_you_mean(nearest(&name.text, &known, &self.patience));
            let hint = hint.unwrap_or_else(|| listed("hint.dimensions", known.iter().map(|entry| entry.0)));
            return Err(unknown(message!("query.unknown_dimension", word = word(&name.text)), name).with_hint(hint));
        }
        let names: Vec<&str> = found.iter().map(|&d| &*all[d].name).collect();
        Err(ambiguous(name, &names))
    }

    /// A value or code of a dimension, if there is one.
    fn find_value(&self, d: usize, name: &Name) -> Result<Option<u32>> {
        let dictionary = &self.dimensions.get(d).dictionary;
        if let Some(id) = dictionary.id(&name.text) {
            return Ok(Some(id));
        }
        if name.text == ROOT {
            return self.root(d, name).map(Some);
        }
        let found = dictionary.spelled(&name.text);
        // An onset may carry the label of its code.
        let plain: Vec<u32> = found.iter().copied().filter(|&id| dictionary.onset(id).is_none()).collect();
        let found = if plain.is_empty() { found } else { plain };
        match found[..] {
            [id] => Ok(Some(id)),
            [] => Ok(self.onset(d, name)),
            _ => Err(ambiguous(name, &found.iter().map(|&id| dictionary.name(id)).collect::<Vec<_>>())),
        }
    }

    /// `CODE@stage` with either part written as a label.
    fn onset(&self, d: usize, name: &Name) -> Option<u32> {
        let (code, stage) = name.text.rsplit_once('@')?;
        let stages = self.dimensions.life_stage()?;
        let code = if code.contains('@') { None } else { self.find_value(d, &Name::new(code)).ok().flatten() }?;
        let stage = self.find_value(stages, &Name::new(stage)).ok()??;
        let [code, stage] = [self.dimensions.get(d).dictionary.name(code), self.dimensions.get(stages).dictionary.name(stage)];
        self.dimensions.get(d).dictionary.id(&format!("{code}@{stage}"))
    }

    /// The root of a dimension's hierarchy, "any code".
    fn root(&self, d: usize, name: &Name) -> Result<u32> {
        let dimension = self.dimensions.get(d);
        if dimension.kind == Kind::Partition {
            let hint = match dimension.dictionary.id(UNKNOWN) {
                Some(_) => message!("hint.not_missing", query = format!("not {} = {UNKNOWN}", dimension.name)),
                None => message!("hint.leave_term_out"),
            };
            let message = message!("query.everyone_has", dimension = &dimension.name);
            return Err(invalid(message, name.span.clone()).with_hint(hint));
        }
        dimension.dictionary.root().ok_or_else(|| {
            unknown(message!("query.no_root", dimension = &dimension.name), name).with_hint(message!("hint.name_codes"))
        })
    }

    fn is_no_value(&self, d: usize, name: &Name) -> Error {
        let dimension = self.dimensions.get(d);
        let (word, dimension_name) = (word(&name.text), &dimension.name);
        let message = match dimension.kind {
            Kind::Partition => message!("query.unknown_value", word = word, dimension = dimension_name),
            Kind::Codes => message!("query.unknown_code", word = word, dimension = dimension_name),
        };
        unknown(message, name)
    }

    fn unknown_value(&self, d: usize, name: &Name) -> Error {
        let dimension = self.dimensions.get(d);
        let known = offered(dimension);
        let all = match dimension.kind {
            Kind::Partition => "hint.values",
            Kind::Codes => "hint.codes",
        };
        let hint = self
            .stages_known(d, name)
            .or_else(|| self.elsewhere(name))
            .or_else(|| did_you_mean(nearest(&name.text, &known, &self.patience)))
            .unwrap_or_else(|| listed(all, known.iter().map(|entry| entry.0)));
        self.is_no_value(d, name).with_hint(hint)
    }

    fn spellings(&self, d: usize) -> &Spellings<'a> {
        self.spellings[d].get_or_init(|| Spellings::new(self.dimensions.get(d)))
    }

    /// The dimension that has the word, if another one has.
    fn elsewhere(&self, name: &Name) -> Option<Message> {
        let holds = |other: &&Dimension| !other.dictionary.spelled(&name.text).is_empty();
        let other = self.dimensions.all().iter().find(holds)?;
        Some(message!("hint.elsewhere", dimension = word(&other.name)))
    }

    /// For `CODE@stage` with a known code: which of its stages there are.
    fn stages_known(&self, d: usize, name: &Name) -> Option<Message> {
        let (code, _) = name.text.rsplit_once('@')?;
        let dictionary = &self.dimensions.get(d).dictionary;
        let id = dictionary.id(code)?;
        let is_of = |other: &u32| dictionary.onset(*other).is_some_and(|onset| onset.code == id);
        let onsets: Vec<&str> = (0..dictionary.len() as u32).filter(is_of).map(|id| dictionary.name(id)).collect();
        Some(match onsets[..] {
            [] => message!("hint.no_stages", code = word(code)),
            _ => listed("hint.stages", onsets.into_iter()),
        })
    }
}

/// Whether a word is a name or a label, but for case and full-width forms.
fn matches(word: &Name, name: &str, label: &Label) -> bool {
    !word.text.is_empty() && [name, &label.en, &label.ja].iter().any(|text| same(text, &word.text))
}

fn ambiguous(name: &Name, names: &[&str]) -> Error {
    let names: Vec<Argument> = names.iter().take(6).map(|name| plain(name)).collect();
    unknown(message!("query.ambiguous", word = word(&name.text), names = names), name).with_hint(message!("hint.name_not_label"))
}

fn unknown(message: Message, word: &Name) -> Error {
    located(Error::new(ErrorKind::UnknownName, message), word.span.clone())
}

fn invalid(message: Message, span: Option<Range<usize>>) -> Error {
    located(Error::new(ErrorKind::InvalidQuery, message), span)
}

fn located(error: Error, span: Option<Range<usize>>) -> Error {
    match span {
        Some(span) => error.at(span),
        None => error,
    }
}

impl Predicate {
    /// How many names it has once it is written out.
    fn names(&self, dimensions: &Dimensions) -> usize {
        match self {
            Self::Everyone | Self::Nobody => 1,
            Self::Code { .. } | Self::Unnamed { .. } => 2,
            Self::Values { dimension, values } => 1 + run(dimensions.get(*dimension), values).map_or(values.len(), |_| 2),
            Self::Not(term) => term.names(dimensions),
            Self::And(terms) | Self::Or(terms) | Self::AtLeast { of: terms, .. } => {
                terms.iter().map(|term| term.names(dimensions)).sum()
            }
        }
    }
}

/// A predicate with names instead of ids, its terms sorted by their text, so that ids leave no trace.
fn written(predicate: &Predicate, dimensions: &Dimensions) -> Expr {
    let name = |d: usize| Name::new(&*dimensions.get(d).name);
    let value = |d: usize, id: u32| Name::new(dimensions.get(d).dictionary.name(id));
    let sorted = |mut terms: Vec<Expr>| {
        terms.sort_by_cached_key(ToString::to_string);
        terms
    };
    let each = |terms: &[Predicate]| sorted(terms.iter().map(|term| written(term, dimensions)).collect());
    match predicate {
        Predicate::Everyone => Expr::Everyone,
        Predicate::Nobody => Expr::Not(Box::new(Expr::Everyone)),
        Predicate::Values { dimension, values } => {
            if let Some((first, last)) = run(dimensions.get(*dimension), values) {
                let [from, to] = [first, last].map(|id| Some(value(*dimension, id)));
                return Expr::Range { dimension: name(*dimension), from, to };
            }
            any_of(name(*dimension), values.iter().map(|&id| value(*dimension, id)).collect())
        }
        Predicate::Code { dimension, code } => any_of(name(*dimension), vec![value(*dimension, *code)]),
        Predicate::Unnamed { dimension, code } => any_of(name(*dimension), vec![Name::new(&**code)]),
        Predicate::Not(term) => Expr::Not(Box::new(written(term, dimensions))),
        Predicate::And(terms) => Expr::And(each(terms)),
        Predicate::Or(terms) => {
            // The codes of one dimension make one term.
            let mut codes: Vec<(usize, Vec<Name>)> = Vec::new();
            let mut rest = Vec::new();
            for term in terms {
                let (d, name) = match term {
                    Predicate::Code { dimension, code } => (*dimension, value(*dimension, *code)),
                    Predicate::Unnamed { dimension, code } => (*dimension, Name::new(&**code)),
                    other => {
                        rest.push(written(other, dimensions));
                        continue;
                    }
                };
                match codes.iter_mut().find(|(of, _)| *of == d) {
                    Some((_, names)) => names.push(name),
                    None => codes.push((d, vec![name])),
                }
            }
            rest.extend(codes.into_iter().map(|(d, codes)| any_of(name(d), codes)));
            if rest.len() == 1 { rest.remove(0) } else { Expr::Or(sorted(rest)) }
        }
        Predicate::AtLeast { n, of } => Expr::AtLeast { n: *n, of: each(of) },
    }
}

/// The ends of two or more values that follow each other in an order without `unknown`.
fn run(dimension: &Dimension, values: &[u32]) -> Option<(u32, u32)> {
    let (&[first, .., last], true) = (values, dimension.ordered) else { return None };
    let unknown = dimension.dictionary.id(UNKNOWN);
    let is_run = (first..=last).filter(|&id| Some(id) != unknown).eq(values.iter().copied());
    is_run.then_some((first, last))
}

/// `dimension = value`, or one of several, sorted by name.
fn any_of(dimension: Name, values: Vec<Name>) -> Expr {
    let mut names = distinct(values.into_iter().map(|value| value.text).collect()).into_iter().map(Name::new);
    match (names.next(), names.next()) {
        (Some(value), None) if value.text == ROOT => Expr::Has(dimension),
        (Some(value), None) => Expr::Is { dimension, value },
        (first, second) => Expr::In { dimension, values: first.into_iter().chain(second).chain(names).collect() },
    }
}
