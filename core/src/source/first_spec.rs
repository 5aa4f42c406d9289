//! A first spec from the tables that are there: for the steward to read, correct and keep.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use ninzu_engine::model::UNKNOWN;
use ninzu_engine::{Error, ErrorKind, Language, Result};

use super::common_knowledge::Sex;
use super::grammar::{is_null, plain};
use super::icd10::CodeRange;
use super::life_stages::civil;
use super::read::{Dates, Probe, omop_name, omop_person, omop_records, omop_table, omop_unread, spellings, tables_in, today};
use super::text_format::TextFormat;
use crate::catalogue::message;

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

/// The spec itself.
pub(super) fn first_spec(files: &[PathBuf], format: &TextFormat) -> Result<String> {
    let mut paths = Vec::new();
    for file in files {
        if !file.is_dir() {
            paths.push(file.clone());
            continue;
        }
        if let Some(person) = omop_person(file)?
            && Probe::open(&person, format)?.columns().iter().any(|c| c.eq_ignore_ascii_case("gender_concept_id"))
        {
            return of_omop(file, &Probe::open(&person, format)?, format);
        }
        paths.extend(tables_in(file)?);
    }
    let tables: Vec<Probe> = paths.iter().map(|path| Probe::open(path, format)).collect::<Result<_>>()?;
    of_tables(&tables, format)
}

/// The first of these names that a table has as a column, in any case.
fn named<'a>(table: &'a Probe, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| table.columns().iter().find(|c| c.eq_ignore_ascii_case(name)).map(String::as_str))
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

fn of_tables(tables: &[Probe], format: &TextFormat) -> Result<String> {
    let is_dictionary = |t: &&Probe| named(t, &["code"]).is_some() && named(t, &["parent", "label_en"]).is_some();
    let of_people = |t: &&Probe| named(t, &PERSON).is_some() && !is_dictionary(t);
    let by_birth = |t: &&Probe| named(t, &BIRTH).is_some() || named(t, &SEX).is_some();
    let by_name = |t: &&Probe| ["person", "patient", "subject", "participant"].iter().any(|s| t.name().starts_with(s));
    let candidates: Vec<&Probe> = tables.iter().filter(of_people).collect();
    let found = candidates.iter().copied().find(by_birth).or_else(|| candidates.iter().copied().find(by_name));
    let Some(persons) = found.or(candidates.first().copied().filter(|_| candidates.len() == 1)) else {
        return Err(
            Error::new(ErrorKind::InvalidSource, message!("source.no_persons_table")).with_hint(message!("hint.persons_table"))
        );
    };
    let person = named(persons, &PERSON).unwrap_or_default();
    let centre = named(persons, &CENTRE);
    let mut look = Look::new();
    for table in tables {
        look.writing(table);
    }
    let mut birth = named(persons, &BIRTH);
    if let Some(column) = birth
        && !look.dates(persons, column)?.is_column()
    {
        let bad = persons.dates(column, look.today)?.bad;
        look.say(format!(
            "{}: {column} is left out, and life stages with it: {} is not a date ({} such cells); dates begin with the year, \
             as 2024-12-31",
            persons.file(),
            persons.row(bad.first),
            bad.count
        ));
        birth = None;
    }
    let dictionaries: Vec<&Probe> = tables.iter().filter(is_dictionary).collect();
    let mut codes = Vec::new();
    for table in candidates.iter().copied().filter(|table| !std::ptr::eq(*table, persons)) {
        if !table.columns().iter().any(|c| c.eq_ignore_ascii_case(person)) {
            look.say(format!("{} is left out: it has no column {person:?}", table.file()));
        } else if let Some(found) = codes_of(table, person, centre, birth.is_some(), &dictionaries, &mut look)? {
            codes.push(found);
        } else {
            look.say(format!("{} is left out: none of its columns looks like codes", table.file()));
        }
    }
    for table in tables.iter().filter(|t| !is_dictionary(t) && !candidates.iter().any(|c| std::ptr::eq(*c, *t))) {
        look.say(format!("{} is left out: it has no column that names people, such as {person:?}", table.file()));
    }
    if let [only] = &mut codes[..]
        && let [dictionary] = dictionaries[..]
    {
        only.dictionary = Some(dictionary);
    }
    let (partitions, remarks) = partitions(persons, person, centre, birth)?;
    look.remarks.extend(remarks);
    let mut text = head("my-release", &look);
    let _ =
        writeln!(text, "[source]\nkind = \"table\"\npersons = {}          # one row per person and centre", path(persons.path()));
    let _ = writeln!(text, "person = {}", quoted(person));
    if let Some(centre) = centre {
        let _ = writeln!(text, "centre = {}", quoted(centre));
    }
    text.push_str(&rows(format));
    text.push_str(&centres(persons, centre, &codes)?);
    text.push_str(&partitions);
    let sexes = named(persons, &SEX).map(|column| persons.distinct(column)).transpose()?;
    for c in &codes {
        text.push_str(&dimension(c));
        text.push_str(&known_zeros(c, sexes.as_deref(), birth.is_some())?);
    }
    text.push_str(&tail(&codes.iter().map(|c| c.dimension.clone()).collect::<Vec<_>>()));
    Ok(text)
}

/// What becomes of rows, with the settings that a steward may want.
const ROWS: &str = "bad_rows = \"stop\"                # or \"drop\": such rows are left out and counted, up to bad_rows_limit = 0.01\n\
     # bad_dates = \"undated\"         # records whose date cannot be true keep their code and lose the date\n\
     # unknown_dates = [\"1900-01-01\"]  # dates that stand for an unknown one\n\
     # too_old = \"unknown\"           # birth dates of people older than 120 (oldest = 120); without it they are counted and told\n";

fn rows(format: &TextFormat) -> String {
    match format.encoding {
        Some(encoding) => format!("encoding = {}\n{ROWS}", quoted(&encoding.name().to_lowercase())),
        None => ROWS.to_owned(),
    }
}

/// A dimension of codes, as a spec has it.
fn dimension(c: &Codes<'_>) -> String {
    let mut text = format!(
        "\n[[dimension]]\nname = {}\nkind = \"codes\"\ntable = {}\ncode = {}\n",
        quoted(&c.dimension),
        path(c.table.path()),
        quoted(c.code)
    );
    if let Some(date) = c.date {
        let _ = writeln!(text, "date = {}               # gives CODE@stage: the life stage of the first record", quoted(date));
    }
    match c.dictionary {
        Some(dictionary) => {
            let _ = writeln!(text, "dictionary = {}", path(dictionary.path()));
        }
        None => text.push_str(
            "# dictionary = \"codes.csv\"       # code,parent,label_en,label_ja: what may be named, and the hierarchy\n",
        ),
    }
    text
}

/// The line of a dimension of ICD-10 that rules out what nobody can have; as a remark where the sexes have other names.
fn known_zeros(c: &Codes<'_>, sexes: Option<&[String]>, is_staged: bool) -> Result<String> {
    let names = [c.code, &c.dimension].map(str::to_lowercase);
    let is_named = names.iter().any(|name| name.contains("icd") || name.contains("diagnos"));
    if !is_named || (sexes.is_none() && !is_staged) {
        return Ok(String::new());
    }
    let (table, column) = c.dictionary.map_or((c.table, c.code), |dictionary| (dictionary, "code"));
    let codes = table.distinct(column)?;
    let known = codes.iter().filter(|code| CodeRange::parse(code).is_some()).count();
    if known == 0 || known * 10 < codes.len() * 9 {
        return Ok(String::new());
    }
    let has = |values: &[String], sex: Sex| values.iter().any(|value| Sex::of_column(value) == Some(sex));
    Ok(match sexes {
        Some(values) if !(has(values, Sex::Female) && has(values, Sex::Male)) => {
            "# structural_zeros = { list = \"icd10\", sex = \"sex\", female = \"...\", male = \"...\" }  \
             # men have no O14: which values are the sexes?\n"
        }
        _ => {
            "structural_zeros = \"icd10\"      # what nobody can have: no man has O14, no child under 6; such rows are bad rows\n"
        }
    }
    .to_owned())
}

/// What is found while tables are looked at.
struct Look {
    /// In days since 1970.
    today: i32,
    /// The latest date that is not after today.
    latest: Option<i32>,
    /// What a steward should know, a sentence each.
    remarks: Vec<String>,
}

impl Look {
    fn new() -> Self {
        Self { today: today(), latest: None, remarks: Vec::new() }
    }

    fn say(&mut self, remark: String) {
        self.remarks.push(remark);
    }

    /// Says how a file is written, where that is unusual.
    fn writing(&mut self, table: &Probe) {
        let how = table.writing();
        if !how.is_empty() {
            self.say(format!("{}: {}", table.file(), how.join("; ")));
        }
    }

    /// Looks at a column that may be one of dates, and says what is strange in it.
    fn dates(&mut self, table: &Probe, column: &str) -> Result<Dates> {
        let dates = table.dates(column, self.today)?;
        if !dates.is_column() {
            return Ok(dates);
        }
        self.latest = self.latest.max(dates.latest);
        if let Some(form) = dates.form {
            self.say(format!("{}, column {column}: {form}", table.file()));
        }
        for (rows, what) in [(dates.later, "is after today"), (dates.bad, "is not a date")] {
            if rows.count > 0 {
                let more = if rows.count > 1 { format!(", and {} more", rows.count - 1) } else { String::new() };
                self.say(format!(
                    "{}, {}, column {column} {what}{more}: the build stops there; correct it, or write bad_dates = \"undated\"",
                    table.file(),
                    table.row(rows.first)
                ));
            }
        }
        Ok(dates)
    }

    /// Says which codes of a column differ only in how they are spelt.
    fn spellings(&mut self, table: &Probe, column: &str) -> Result<()> {
        let codes = table.distinct(column)?;
        let groups = spellings(codes.iter().map(String::as_str));
        if !groups.is_empty() {
            let some: Vec<String> = groups.iter().take(3).map(|group| group.join(" / ")).collect();
            self.say(format!(
                "{}, column {column}: codes that differ only by a dot, width, case or padding are counted apart (groups: {}): {}",
                table.file(),
                groups.len(),
                some.join("; ")
            ));
        }
        Ok(())
    }
}

fn codes_of<'a>(
    table: &'a Probe,
    person: &str,
    centre: Option<&str>,
    staged: bool,
    dictionaries: &[&'a Probe],
    look: &mut Look,
) -> Result<Option<Codes<'a>>> {
    let is = |column: &str, name: Option<&str>| name.is_some_and(|name| column.eq_ignore_ascii_case(name));
    let others: Vec<&str> =
        table.columns().iter().map(String::as_str).filter(|c| !is(c, Some(person)) && !is(c, centre)).collect();
    let has_dates =
        |column: &&&str| named(table, &DATE) == Some(**column) || column.to_lowercase().contains("date") || column.contains('日');
    let mut date = None;
    for column in others.iter().filter(has_dates) {
        if look.dates(table, column)?.is_column() {
            date = date.or(Some(*column).filter(|_| staged));
        }
    }
    let coded = |c: &&&str| ["code", "icd", "concept"].iter().any(|part| c.to_lowercase().contains(part));
    let code = named(table, &CODE)
        .filter(|c| others.contains(c))
        .or_else(|| others.iter().find(coded).copied())
        .or_else(|| others.iter().find(|c| !has_dates(c)).copied());
    let Some(code) = code else { return Ok(None) };
    let dimension = singular(&table.name());
    let fits = |d: &&&Probe| {
        let name = d.name();
        name.eq_ignore_ascii_case(code) || name.contains(&dimension) || name.contains(&table.name())
    };
    let dictionary = dictionaries.iter().find(fits).copied();
    if dictionary.is_none() {
        look.spellings(table, code)?;
    }
    let unused: Vec<&str> = others.iter().copied().filter(|c| *c != code && Some(*c) != date).collect();
    if !unused.is_empty() {
        look.say(format!("{}: not used, {code} being the column of codes: {}", table.file(), unused.join(", ")));
    }
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

fn head(name: &str, look: &Look) -> String {
    let day = civil(look.latest.unwrap_or(look.today)).map_or_else(String::new, |d| d.to_string());
    let note = if look.latest.is_some() { "the latest date in the tables that is not after today" } else { "today" };
    let mut text =
        "# What to build a release from. Everything named here may be published; the rows are only counted.\n".to_owned();
    if !look.remarks.is_empty() {
        text.push_str("#\n# What was found in the tables:\n");
    }
    for remark in &look.remarks {
        let _ = writeln!(text, "# - {}", remark.replace(['\n', '\r'], " "));
    }
    let _ = write!(
        text,
        "[release]\nname = {}\ntitle = {{ en = \"Untitled\", ja = \"無題\" }}\nreference_date = {day}       # {note}; life stages are taken on this day\n\
         # licence = \"CC-BY-4.0\"\n\n",
        quoted(name)
    );
    text
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
            "\n[[centre]]\nname = \"centre\"                  # write its own name: releases are merged by these\nlabel = {{ en = \"Centre\", ja = \"センター\" }}\ncollects = {}\n",
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

/// The partitions, and why columns are left out.
fn partitions(persons: &Probe, person: &str, centre: Option<&str>, birth: Option<&str>) -> Result<(String, Vec<String>)> {
    let (mut text, mut remarks) = (String::new(), Vec::new());
    let sex = named(persons, &SEX);
    if let Some(sex) = sex {
        let _ = write!(text, "\n[[dimension]]\nname = \"sex\"\nkind = \"partition\"\ncolumn = {}\n", quoted(sex));
        let (values, missing) = values(persons, sex)?;
        let _ = writeln!(text, "values = {}", list(&values));
        text.push_str(missing);
    }
    if let Some(birth) = birth {
        let _ = write!(text, "\n[[dimension]]\nname = \"life_stage\"\nkind = \"partition\"\nbirth_date = {}\n", quoted(birth));
        text.push_str("scheme = \"jh\"                   # or kenko_nippon21, five_year, or bands = [{ code = \"child\", from = 0 }, ...]\n");
        text.push_str(if persons.lacks(birth)? { MISSING } else { "" });
    }
    for column in persons.columns() {
        if column == person || [sex, birth, centre].contains(&Some(column.as_str())) || BIRTH.contains(&column.as_str()) {
            continue;
        }
        let (values, missing) = values(persons, column)?;
        if values.is_empty() || values.len() > FEW {
            let why = if values.is_empty() {
                "all its cells are empty".to_owned()
            } else {
                format!("{} values are too many for a partition", values.len())
            };
            remarks.push(format!("{}: column {column} is left out: {why}", persons.file()));
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
            list(&values)
        );
        if !missing.is_empty() {
            let _ = write!(text, "{off}{missing}");
        }
    }
    Ok((text, remarks))
}

/// The line of a partition of which some values are missing.
const MISSING: &str =
    "missing = \"unknown\"             # people without a value are counted as unknown; else none may be missing\n";

/// The values of a partition that is a column, and what is to be said where some are missing.
fn values(persons: &Probe, column: &str) -> Result<(Vec<String>, &'static str)> {
    let mut values = persons.distinct(column)?;
    values.retain(|value| !is_null(value));
    let is_said = values.iter().any(|value| value == UNKNOWN);
    Ok((values, if !is_said && persons.lacks(column)? { MISSING } else { "" }))
}

fn tail(dimensions: &[String]) -> String {
    let of = match dimensions {
        [] => ["diagnosis".into(), "specimen".into()],
        [a] => [a.clone(), a.clone()],
        [a, b, ..] => [a.clone(), b.clone()],
    };
    format!(
        "\n[margins]\norder = 3                         # partitions crossed, up to this many, alone and with one code\n\
         # pairs = \"every\"                 # all pairs of codes; or some: [{{ of = {}, codes = \"top:12\" }}]\n\
         # pair_order = 0                  # partitions crossed with a pair of codes: 0 is each centre alone\n\n\
         [policy]\npreset = \"ndb\"                    # counts under 10 are unlisted, the rest in buckets of 10; or threshold, base, decoy\n",
        list(&of)
    )
}

fn path(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}

/// The line that says which partitions of OMOP tables are missing, where some are.
fn omop_missing(person: &Probe) -> Result<String> {
    let lacks = |name: &str| named(person, &[name]).map(|column| person.lacks(column)).transpose();
    let mut missing = Vec::new();
    if let Some(column) = named(person, &["gender_concept_id"]) {
        let is_sex = |concept: &String| ["8507", "8532"].contains(&&*plain(concept));
        if person.lacks(column)? || !person.distinct(column)?.iter().all(is_sex) {
            missing.push("sex");
        }
    }
    if lacks("birth_datetime")?.unwrap_or(true) && lacks("year_of_birth")?.unwrap_or(true) {
        missing.push("life_stage");
    }
    let missing: Vec<String> = missing.into_iter().map(|name| format!("{name} = \"unknown\"")).collect();
    if missing.is_empty() {
        return Ok(String::new());
    }
    Ok(format!("missing = {{ {} }}  # people without a value have the value unknown\n", missing.join(", ")))
}

fn of_omop(folder: &Path, person: &Probe, format: &TextFormat) -> Result<String> {
    let mut look = Look::new();
    look.writing(person);
    for (table, column) in omop_records(folder, format)? {
        look.writing(&table);
        if table.columns().iter().any(|c| c.eq_ignore_ascii_case(column)) {
            look.dates(&table, column)?;
        }
    }
    look.remarks.extend(omop_unread(folder)?.iter().map(|note| note.words(Language::En)));
    let mut text = head("my-cdm", &look);
    let site = named(person, &["care_site_id"]);
    let sites = site.map(|column| person.distinct(column)).transpose()?.unwrap_or_default();
    let _ = write!(text, "[source]\nkind = \"omop\"\npath = {}\n", path(folder));
    let note = if sites.is_empty() {
        "everybody is at this one; write its own name: releases are merged by these"
    } else {
        "everybody is at one, to be called by its own name; or \"care_site\": person.care_site_id says where"
    };
    let name = omop_name(folder, format)?.filter(|name| name != "care_site").unwrap_or_else(|| "centre".to_owned());
    let _ = writeln!(text, "centre = {}                # {note}", quoted(&name));
    if omop_table(folder, "concept_ancestor")?.is_some() {
        let _ = writeln!(text, "vocabulary = {}       # CONCEPT_ANCESTOR and CONCEPT: hierarchy and labels", path(folder));
    } else {
        text.push_str("# vocabulary = \"vocabulary\"       # a folder with CONCEPT_ANCESTOR and CONCEPT: hierarchy and labels\n");
    }
    text.push_str("# scheme = \"jh\"                  # or kenko_nippon21, five_year\n");
    text.push_str(&omop_missing(person)?);
    text.push_str(&rows(format));
    text.push_str(
        "# unmapped = \"any\"              # records of concept 0 count as any code; without it they are left out and told\n",
    );
    if omop_table(folder, "observation_period")?.is_some() {
        text.push_str(
            "# observation_periods = \"ignore\"  # records outside observation periods count too; left out without this line\n",
        );
    }
    text.push_str(&tail(&["diagnosis".into(), "specimen".into()]));
    Ok(text)
}
