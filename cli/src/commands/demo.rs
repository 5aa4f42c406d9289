//! `ninzu demo`: synthetic people, a release of them, and four questions.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ninzu::answer::{Combined, condition};
use ninzu::build::{BuildOptions, Key, Proof, build};
use ninzu::model::Label;
use ninzu::synthetic::{GenerateOptions, generate};
use ninzu::text::thousands;
use ninzu::{Answer, Engine, Error, ErrorKind, Language, Prepared, Query};

use super::build::told;
use super::explain::path_of;
use super::source::Source;
use crate::args;
use crate::catalogue::message;
use crate::context::Context;
use crate::errors::{Outcome, Result, refused};
use crate::render::{Column, ResultTable, Value, ValueKind, answer, bars, shown_estimate, table};

/// One question for each need: (why, in English and Japanese; the question).
const QUESTIONS: [(&str, &str, &str); 4] = [
    (
        "A rare cohort of children, across centres",
        "希少な小児コホートをセンター横断で",
        "diagnosis = C91.0 and life_stage in perinatal..school_age",
    ),
    (
        "Diagnosed in childhood, adult now",
        "小児期に診断され、現在は成人",
        "diagnosis in (G40@infancy, G40@early_childhood, G40@school_age) and life_stage in aya..late_old_age",
    ),
    (
        "At least two of three diseases of the brain, in late old age",
        "脳の3疾患（認知症・脳血管疾患・てんかん）のうち2つ以上、高齢後期",
        "at least 2 of (diagnosis = F00-F03, diagnosis = I60-I69, diagnosis = G40) and life_stage = late_old_age",
    ),
    (
        "A breakdown by life stage and centre",
        "ライフステージとセンターの内訳",
        "diagnosis = C00-C97 and sex = female by life_stage, centre",
    ),
];

/// Where the demo works.
enum Place {
    Temporary(tempfile::TempDir),
    Kept(PathBuf),
}

impl Place {
    fn new(keep: Option<&Path>) -> Result<Self> {
        let Some(path) = keep else {
            let folder = tempfile::Builder::new().prefix("ninzu-demo-").tempdir();
            return Ok(Self::Temporary(folder.map_err(|e| refused(&std::env::temp_dir(), "cli.unwritten", &e))?));
        };
        if std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(Error::new(ErrorKind::Io, message!("cli.not_empty", folder = path.display().to_string()))
                .with_hint(message!("hint.empty_folder"))
                .into());
        }
        std::fs::create_dir_all(path).map_err(|e| refused(path, "cli.unmade", &e))?;
        Ok(Self::Kept(path.to_owned()))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }
}

/// Runs the demo.
pub(crate) fn run(typed: &args::Demo, context: &Context) -> Result<Outcome> {
    let place = Place::new(typed.keep.as_deref())?;
    let (people, release) = (place.path().join("people"), place.path().join("release"));
    let mut out = std::io::stdout().lock();

    let start = Instant::now();
    generate(&GenerateOptions { persons: typed.persons, seed: typed.seed }, &people, &*context.progress())?;
    let persons = thousands(typed.persons);
    let made = match context.language {
        Language::En => format!("{persons} synthetic people of six centres: nobody in them exists"),
        Language::Ja => format!("6センターの合成データ {persons}人：実在の人はいません"),
    };
    writeln!(out, "{} {}", context.bold(&made), context.dim(&seconds(start.elapsed())))?;
    first_answer(&place, &people, &mut out, context)?;

    let start = Instant::now();
    let summary = build(&people.join("spec.toml"), &options(Proof::Audited), &release, &*context.progress())?;
    let built = context.say("A release of protected counts", "保護された集計のリリース");
    writeln!(out, "\n{} {}", context.bold(built), context.dim(&seconds(start.elapsed())))?;
    for line in told(&summary, Path::new("release"), context).iter().skip(1) {
        writeln!(out, "{line}")?;
    }

    let source = Source::fresh(release);
    let engine = source.open()?;
    writeln!(out, "  {}: {}", context.say("protection", "保護"), source.protection(engine.release(), context))?;
    for (at, (en, ja, query)) in QUESTIONS.iter().enumerate() {
        writeln!(out, "\n{}", context.bold(&format!("{}. {}", at + 1, context.say(en, ja))))?;
        let start = Instant::now();
        let prepared = engine.prepare(&Query::parse(query)?)?;
        let answer = ninzu::ask(&engine, &source.folder, &prepared)?;
        let took = start.elapsed();
        write!(out, "{}", told_answer(&engine, &prepared, &answer, query, took, context))?;
    }
    let more = match &place {
        Place::Kept(path) => {
            format!("{}: ninzu query {}/release everyone", context.say("ask more", "続けるには"), path.display())
        }
        Place::Temporary(_) => {
            format!("{}: ninzu demo --keep DIR", context.say("to keep people and release", "データとリリースを残すには"))
        }
    };
    writeln!(out, "\n{}", context.dim(&more))?;
    out.flush()?;
    Ok(Outcome::Done)
}

/// Nobody in the people exists: a key that everybody knows, so that the demo says the same each time.
fn options(proof: Proof) -> BuildOptions {
    BuildOptions { key: Key::new([0; 32]), proof, previous: Vec::new(), private_report: None }
}

/// An answer of counts that are protected and not yet proved: the proof takes most of the time.
fn first_answer(place: &Place, people: &Path, out: &mut impl Write, context: &Context) -> Result<()> {
    let folder = place.path().join("unproved");
    let start = Instant::now();
    build(&people.join("spec.toml"), &options(Proof::Unaudited), &folder, &*context.progress())?;
    let source = Source::new(&folder, &args::Accepted { unaudited: true, trust: Vec::new() });
    let engine = source.open()?;
    let prepared = engine.prepare(&Query::parse(QUESTIONS[0].2)?)?;
    let answer = ninzu::ask(&engine, &folder, &prepared)?;
    let Combined { records, .. } = answer.answer;
    let bounds = context.bold(&answer::interval(records.lower, records.upper, context));
    let who = condition(engine.release(), prepared.cohort().predicate(), context.language);
    let took = context.dim(&seconds(start.elapsed()));
    match context.language {
        Language::En => writeln!(out, "A first answer, counted and rounded: {bounds} {who} {took}"),
        Language::Ja => writeln!(out, "最初の回答（集計と丸めのみ）：{who} {bounds}人 {took}"),
    }?;
    writeln!(
        out,
        "{}",
        context.say(
            "Now the proof that nobody in it can be found, which widens what would tell too much: most of the time goes there ..",
            "次に、個人が特定できないことを証明し、分かりすぎる区間を広げます。時間の大半はここで使います…"
        )
    )?;
    out.flush()?;
    Ok(std::fs::remove_dir_all(&folder).map_err(|e| refused(&folder, "cli.unremoved", &e))?)
}

fn seconds(took: Duration) -> String {
    if took < Duration::from_millis(100) {
        format!("{:.2} ms", took.as_secs_f64() * 1e3)
    } else {
        format!("{:.1} s", took.as_secs_f64())
    }
}

fn told_answer(engine: &Engine, prepared: &Prepared, answer: &Answer, query: &str, took: Duration, context: &Context) -> String {
    let release = engine.release();
    let who = condition(release, prepared.cohort().predicate(), context.language);
    let records = answer.answer.records;
    let bounds = answer::interval(records.lower, records.upper, context);
    let estimate = records.estimate.map_or_else(|| "–".to_owned(), shown_estimate);
    let mut text = String::new();
    let _ = writeln!(text, "   {who}");
    let _ = writeln!(text, "   {}", context.dim(query));
    let _ = match context.language {
        Language::En => writeln!(text, "   {} people at the centres, estimated {estimate}", context.bold(&bounds)),
        Language::Ja => writeln!(text, "   各センターの合計 {}人、推定 {estimate}", context.bold(&bounds)),
    };
    if let Some(sentence) = answer::persons_sentence(answer, context) {
        let _ = writeln!(text, "   {sentence}");
    }
    let _ = writeln!(text, "   {}", context.dim(&format!("{}, {}", path_of(prepared, context), seconds(took))));
    let most = answer.centres.iter().filter_map(|c| c.count.upper.or(c.count.lower)).max().unwrap_or(0);
    for centre in &answer.centres {
        let shown = match (centre.count.lower, context.language) {
            (Some(lower), _) => answer::interval(lower, centre.count.upper, context),
            (None, Language::En) => "not collected".to_owned(),
            (None, Language::Ja) => "収集なし".to_owned(),
        };
        let bar = bars::bar(&centre.count, most, 40);
        let _ = writeln!(text, "   {:<6} {shown:>13} {bar}", centre.centre);
    }
    let by = prepared.cohort().by_names(engine.release().dimensions());
    if let [down, across] = &by[..]
        && across == "centre"
    {
        for line in table::render(&crossed(engine, answer, down, context)).lines() {
            let _ = writeln!(text, "   {line}");
        }
    }
    text
}

/// A breakdown by a dimension and the centres: one line for each value, one column for each centre.
fn crossed(engine: &Engine, answer: &Answer, down: &str, context: &Context) -> ResultTable {
    let release = engine.release();
    let mut bounds: BTreeMap<(&str, &str), String> = BTreeMap::new();
    for part in answer.by.iter().flatten() {
        let (Some(value), Some(centre)) = (part.key.get(down), part.key.get("centre")) else { continue };
        let shown = part.count.lower.map_or_else(|| "–".to_owned(), |lower| answer::interval(lower, part.count.upper, context));
        bounds.insert((value.as_str(), centre.as_str()), shown);
    }
    let none = Label::default();
    let dimension = release.dimensions().id(down).map(|d| release.dimensions().get(d));
    let label = dimension.map_or(&none, |d| &d.label);
    let centres = release.centres().names();
    let mut columns = vec![Column::new(down, label.get(context.language), ValueKind::Text)];
    columns.extend(centres.clone().map(|centre| Column::new(centre, centre, ValueKind::Text)));
    let rows = dimension.into_iter().flat_map(|d| d.dictionary.codes()).map(|value| {
        let cell = |centre| Value::text(bounds.get(&(value.name.as_str(), centre)).cloned().unwrap_or_default());
        [Value::named(&value.name, value.label.get(context.language))].into_iter().chain(centres.clone().map(cell)).collect()
    });
    ResultTable { columns, rows: rows.collect() }
}
