//! A first spec from the tables that are there: for the steward to read, correct and keep.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use ninzu_engine::{Error, ErrorKind, Result};

use super::ingest::{Probe, omop_latest, omop_person};
use super::scheme::civil;

const PERSON: [&str; 10] =
    ["person_id", "person", "patient_id", "patient", "subject_id", "subject", "participant_id", "pid", "患者番号", "id"];
const CENTRE: [&str; 10] =
    ["centre", "center", "centre_id", "center_id", "site", "site_id", "hospital", "institution", "facility", "施設"];
const SEX: [&str; 3] = ["sex", "gender", "性別"];
const BIRTH: [&str; 7] = ["birth_date", "date_of_birth", "birthdate", "birthday", "dob", "birth", "生年月日"];
const CODE: [&str; 12] =
    ["code", "icd10", "icd_10", "icd", "diagnosis", "atc", "drug", "procedure", "specimen", "material", "type", "kind"];
const DATE: [&str; 6] = ["date", "first_date", "start_date", "onset_date", "recorded", "day"];
/// Columns of the persons table with more values than this are no partitions.
const FEW: usize = 12;

/// Writes a first spec, with comments, for a persons table with its code tables and dictionaries (CSV, TSV or Parquet),
/// or for a folder of OMOP tables. Paths stay as they are given.
///
/// Partition values, centres and what they collect are listed from the rows once, here, under the steward's eyes;
/// building takes them from the spec alone.
pub fn init(files: &[PathBuf]) -> Result<String> {
    let mut paths = Vec::new();
    for file in files {
        if !file.is_dir() {
            paths.push(file.clone());
            continue;
        }
        if let Some(person) = omop_person(file)?
            && Probe::open(&person)?.columns().iter().any(|c| c.eq_ignore_ascii_case("gender_concept_id"))
        {
            return of_omop(file, &Probe::open(&person)?);
        }
        paths.extend(tables_in(file)?);
    }
    let tables: Vec<Probe> = paths.iter().map(|path| Probe::open(path)).collect::<Result<_>>()?;
    of_tables(&tables)
}

fn tables_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).map_err(|e| Error::new(ErrorKind::Io, format!("cannot list {}: {e}", folder.display())))?;
    let is_table = |path: &PathBuf| {
        path.extension().is_some_and(|e| ["csv", "tsv", "parquet"].contains(&e.to_string_lossy().to_lowercase().as_str()))
    };
    let mut all: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_table).collect();
    all.sort();
    Ok(all)
}

/// The first of these names that a table has as a column, in any case.
fn named<'a>(table: &'a Probe, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| table.columns().iter().find(|c| c.eq_ignore_ascii_case(name)).map(String::as_str))
}

fn stem(table: &Probe) -> String {
    table.path().file_stem().map(|s| s.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|t| quoted(t)).collect::<Vec<_>>().join(", "))
}

/// A table of codes, as far as it can be guessed.
struct Codes<'a> {
    dimension: String,
    table: &'a Probe,
    code: &'a str,
    date: Option<&'a str>,
    dictionary: Option<&'a Probe>,
}

fn of_tables(tables: &[Probe]) -> Result<String> {
    let is_dictionary = |t: &&Probe| named(t, &["code"]).is_some() && named(t, &["parent", "label_en"]).is_some();
    let of_people = |t: &&Probe| named(t, &PERSON).is_some() && !is_dictionary(t);
    let by_birth = |t: &&Probe| named(t, &BIRTH).is_some() || named(t, &SEX).is_some();
    let by_name = |t: &&Probe| ["person", "patient", "subject", "participant"].iter().any(|s| stem(t).starts_with(s));
    let candidates: Vec<&Probe> = tables.iter().filter(of_people).collect();
    let found = candidates.iter().copied().find(by_birth).or_else(|| candidates.iter().copied().find(by_name));
    let Some(persons) = found.or(candidates.first().copied().filter(|_| candidates.len() == 1)) else {
        return Err(Error::new(ErrorKind::InvalidSource, "none of the files looks like a persons table")
            .with_hint("it has one row per person and centre, with columns such as person_id, centre, sex and birth_date"));
    };
    let person = named(persons, &PERSON).unwrap_or_default();
    let centre = named(persons, &CENTRE);
    let birth = match named(persons, &BIRTH) {
        Some(column) if persons.dates(column)?.is_some() => Some(column),
        _ => None,
    };
    let mut latest = birth.map(|column| persons.dates(column)).transpose()?.flatten().and_then(|d| d.latest);
    let dictionaries: Vec<&Probe> = tables.iter().filter(is_dictionary).collect();
    let mut codes = Vec::new();
    for table in candidates {
        if std::ptr::eq(table, persons) || !table.columns().iter().any(|c| c.eq_ignore_ascii_case(person)) {
            continue;
        }
        if let Some(found) = codes_of(table, person, centre, birth.is_some(), &dictionaries, &mut latest)? {
            codes.push(found);
        }
    }
    if let [only] = &mut codes[..]
        && let [dictionary] = dictionaries[..]
    {
        only.dictionary = Some(dictionary);
    }
    let mut text = head("my-release", latest);
    let _ =
        writeln!(text, "[source]\nkind = \"table\"\npersons = {}          # one row per person and centre", path(persons.path()));
    let _ = writeln!(text, "person = {}", quoted(person));
    if let Some(centre) = centre {
        let _ = writeln!(text, "centre = {}", quoted(centre));
    }
    text.push_str("bad_rows = \"stop\"                # or \"drop\": then the report counts them\n");
    text.push_str(&centres(persons, centre, &codes)?);
    text.push_str(&partitions(persons, person, centre, birth)?);
    for c in &codes {
        let _ = write!(
            text,
            "\n[[dimension]]\nname = {}\nkind = \"codes\"\ntable = {}\n",
            quoted(&c.dimension),
            path(c.table.path())
        );
        let _ = writeln!(text, "code = {}", quoted(c.code));
        if let Some(date) = c.date {
            let _ =
                writeln!(text, "date = {}               # gives CODE@stage: the life stage of the first record", quoted(date));
        }
        match c.dictionary {
            Some(dictionary) => {
                let _ = writeln!(text, "dictionary = {}", path(dictionary.path()));
            }
            None => text.push_str(
                "# dictionary = \"codes.csv\"       # code,parent,label_en,label_ja: what may be named, and the hierarchy\n",
            ),
        }
    }
    text.push_str(&tail(&codes.iter().map(|c| c.dimension.clone()).collect::<Vec<_>>()));
    Ok(text)
}

fn codes_of<'a>(
    table: &'a Probe,
    person: &str,
    centre: Option<&str>,
    staged: bool,
    dictionaries: &[&'a Probe],
    latest: &mut Option<i32>,
) -> Result<Option<Codes<'a>>> {
    let is = |column: &str, name: Option<&str>| name.is_some_and(|name| column.eq_ignore_ascii_case(name));
    let others: Vec<&str> =
        table.columns().iter().map(String::as_str).filter(|c| !is(c, Some(person)) && !is(c, centre)).collect();
    let dated =
        |column: &&&str| named(table, &DATE) == Some(**column) || column.to_lowercase().contains("date") || column.contains('日');
    let mut date = None;
    for column in others.iter().filter(dated) {
        if let Some(dates) = table.dates(column)? {
            *latest = (*latest).max(dates.latest);
            date = date.or(Some(*column).filter(|_| staged));
        }
    }
    let coded = |c: &&&str| ["code", "icd", "concept"].iter().any(|part| c.to_lowercase().contains(part));
    let code = named(table, &CODE)
        .filter(|c| others.contains(c))
        .or_else(|| others.iter().find(coded).copied())
        .or_else(|| others.iter().find(|c| !dated(c)).copied());
    let Some(code) = code else { return Ok(None) };
    let dimension = singular(&stem(table));
    let fits = |d: &&&Probe| {
        let name = stem(d);
        name.eq_ignore_ascii_case(code) || name.contains(&dimension) || name.contains(&stem(table))
    };
    let dictionary = dictionaries.iter().find(fits).copied();
    Ok(Some(Codes { dimension, table, code, date, dictionary }))
}

/// A dimension's name from a file's: `diagnoses` is `diagnosis`, `specimens` is `specimen`.
fn singular(stem: &str) -> String {
    let name: String = stem.chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if let Some(start) = name.strip_suffix("noses") {
        return format!("{start}nosis");
    }
    match name.strip_suffix('s') {
        Some(start) if !start.ends_with(['s', 'i']) && !start.is_empty() => start.to_owned(),
        _ => name,
    }
}

fn head(name: &str, latest: Option<i32>) -> String {
    let today = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() / 86_400);
    let day = civil(latest.unwrap_or(i32::try_from(today).unwrap_or(0))).map_or_else(String::new, |d| d.to_string());
    let note = if latest.is_some() { "the latest date in the tables" } else { "today" };
    format!(
        "# What to build a release from. Everything named here may be published; the rows are only counted.\n\
         [release]\nname = {}\ntitle = {{ en = \"Untitled\", ja = \"無題\" }}\nreference_date = {day}       # {note}; life stages are taken on this day\n\
         # licence = \"CC-BY-4.0\"\n\n",
        quoted(name)
    )
}

fn centres(persons: &Probe, centre: Option<&str>, codes: &[Codes<'_>]) -> Result<String> {
    let dimensions = |of: &mut dyn FnMut(&Codes<'_>) -> Result<bool>| {
        codes.iter().filter_map(|c| of(c).map(|yes| yes.then(|| c.dimension.clone())).transpose()).collect::<Result<Vec<_>>>()
    };
    let mut text = String::new();
    let Some(column) = centre else {
        let all = dimensions(&mut |_| Ok(true))?;
        let _ = write!(
            text,
            "\n[[centre]]\nname = \"centre\"\nlabel = {{ en = \"Centre\", ja = \"センター\" }}\ncollects = {}\n",
            list(&all)
        );
        return Ok(text);
    };
    let mut present: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for c in codes {
        if let Some(own) = named(c.table, &[column]) {
            present.insert(c.dimension.clone(), c.table.distinct(own)?);
        }
    }
    for name in persons.distinct(column)? {
        let collected = dimensions(&mut |c| Ok(present.get(&c.dimension).is_none_or(|centres| centres.contains(&name))))?;
        let _ = write!(
            text,
            "\n[[centre]]\nname = {0}\nlabel = {{ en = {0}, ja = {0} }}\ncollects = {1}\n",
            quoted(&name),
            list(&collected)
        );
    }
    Ok(text)
}

fn partitions(persons: &Probe, person: &str, centre: Option<&str>, birth: Option<&str>) -> Result<String> {
    let mut text = String::new();
    let sex = named(persons, &SEX);
    if let Some(sex) = sex {
        let _ = write!(text, "\n[[dimension]]\nname = \"sex\"\nkind = \"partition\"\ncolumn = {}\n", quoted(sex));
        let _ =
            writeln!(text, "values = {}          # a missing value is \"unknown\"", list(&with_unknown(persons.distinct(sex)?)));
    }
    if let Some(birth) = birth {
        let _ = write!(text, "\n[[dimension]]\nname = \"life_stage\"\nkind = \"partition\"\nbirth_date = {}\n", quoted(birth));
        text.push_str("scheme = \"jh\"                   # or kenko_nippon21, five_year, or bands = [{ code = \"child\", from = 0 }, ...]\n");
    }
    for column in persons.columns() {
        if column == person || [sex, birth, centre].contains(&Some(column.as_str())) || BIRTH.contains(&column.as_str()) {
            continue;
        }
        let values = persons.distinct(column)?;
        if values.is_empty() || values.len() > FEW {
            continue;
        }
        // Where nothing else divides the persons, the first column that can does.
        let off = if sex.is_none() && birth.is_none() && text.is_empty() { "" } else { "# " };
        let name = column.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "_");
        let _ = write!(
            text,
            "\n{off}[[dimension]]\n{off}name = {}\n{off}kind = \"partition\"\n{off}column = {}\n{off}values = {}\n",
            quoted(&name),
            quoted(column),
            list(&with_unknown(values))
        );
    }
    Ok(text)
}

fn with_unknown(mut values: Vec<String>) -> Vec<String> {
    if !values.iter().any(|v| v == ninzu_engine::UNKNOWN) {
        values.push(ninzu_engine::UNKNOWN.into());
    }
    values
}

fn tail(dimensions: &[String]) -> String {
    let of = match dimensions {
        [] => ["diagnosis".into(), "specimen".into()],
        [a] => [a.clone(), a.clone()],
        [a, b, ..] => [a.clone(), b.clone()],
    };
    format!(
        "\n[margins]\norder = 3                         # partitions crossed, up to this many, alone and with one code\n\
         # pairs = [{{ of = {}, codes = \"top:12\" }}]\n# pair_order = 2\n\n\
         [policy]\npreset = \"ndb\"                    # counts under 10 are unlisted, the rest in buckets of 10; or threshold, base, decoy\n",
        list(&of)
    )
}

fn path(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}

fn of_omop(folder: &Path, person: &Probe) -> Result<String> {
    let mut text = head("my-cdm", omop_latest(folder)?);
    let site = named(person, &["care_site_id"]);
    let sites = site.map(|column| person.distinct(column)).transpose()?.unwrap_or_default();
    let _ = write!(text, "[source]\nkind = \"omop\"\npath = {}\n", path(folder));
    let note = if sites.is_empty() {
        "everybody is at this one"
    } else {
        "everybody is at one; or \"care_site\": person.care_site_id says where"
    };
    let _ = writeln!(text, "centre = \"centre\"                # {note}");
    text.push_str("# vocabulary = \"vocabulary\"       # a folder with CONCEPT_ANCESTOR and CONCEPT: hierarchy and labels\n");
    text.push_str("# scheme = \"jh\"                  # or kenko_nippon21, five_year\n");
    text.push_str("bad_rows = \"drop\"                # the report counts them; or \"stop\"\n");
    text.push_str(&tail(&["diagnosis".into(), "specimen".into()]));
    Ok(text)
}
