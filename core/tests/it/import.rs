//! Importing tables of others: what comes out is what the table says, and what cannot be true is refused.
#![expect(clippy::print_stderr, reason = "tests")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use ninzu::engine::testing::prepare_with_programs;
use ninzu::import::{ImportSummary, import};
use ninzu::{Answer, Engine, Error, ErrorKind, Query, Result, Trust, ask, open_folder, verify_folder};
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;

use crate::files::folder;

mod hidden;
mod numbers;
mod properties;
mod refusals;
mod totals;

const RELEASE: &str = r#"
[release]
name = "exported"
title = { en = "Exported", ja = "集計表" }
reference_date = 2022-03-31
protection = "A registry"
licence = "CC-BY-4.0"
sources = [{ title = "A registry's yearly table" }]
"#;

const TABLE: &str = r#"
[table]
path = "counts.csv"
count = "persons"
total = ["", "total"]
centre = "area"
[table.markers]
"<10" = [0, 9]
"*" = "unknown"
"#;

const DIMENSIONS: &str = r#"
[[dimension]]
name = "sex"
kind = "partition"
column = "sex"
label = { en = "Sex", ja = "性別" }
labels = { F = { en = "female", ja = "女性" } }
[[dimension]]
name = "age"
kind = "partition"
column = "age"
ordered = true
values = ["child", "adult", "old"]
[[dimension]]
name = "diagnosis"
kind = "codes"
column = "icd10"
[[dimension]]
name = "specimen"
kind = "codes"
column = "specimen"
"#;

/// Two areas; north has totals of everybody, south has not. Blanks around names, a byte order mark, a blank line.
const COUNTS: &str = "\u{feff} area , sex,age,icd10,specimen ,persons
north,,,,,\"1,000\"
north,F,,,,600
north,M,,,,*
north,total,child,,,200

north,,adult,,,500
north,,old,,,300
north,,,E10,,30
north,F,,E10,,<10
north,M,,E10,,25
north,,,I10,,80
north,F,child,I10,,<10
north,M,child,I10,,12
north,F,,G40,,*
north,,,E10,dna,7
south,F,,G40,,*
south,M,,G40,,1234
south,,,I10,,<10
";

/// A folder with a spec and tables.
struct Case {
    folder: TempDir,
}

impl Case {
    fn new(files: &[(&str, &str)]) -> Self {
        Self { folder: folder(files) }
    }

    fn counts(counts: &str) -> Self {
        Self::new(&[("counts.csv", counts)])
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn import(&self, spec: &str, out: &str) -> Result<ImportSummary> {
        fs::write(self.path("spec.toml"), spec).unwrap();
        import(&self.path("spec.toml"), &self.path(out), &())
    }

    fn error(&self, spec: &str) -> Error {
        let error = self.import(spec, "refused").expect_err("this must be refused");
        assert!(!self.path("refused").exists(), "nothing is left behind");
        error
    }

    fn open(&self, out: &str) -> Asker {
        let folder = self.path(out);
        let engine = open_folder(&folder, Trust::Audited).unwrap();
        verify_folder(&engine, &folder, &|_| {}).unwrap();
        Asker { engine: open_folder(&folder, Trust::Audited).unwrap(), folder }
    }
}

struct Asker {
    engine: Engine,
    folder: PathBuf,
}

impl Asker {
    fn answer(&self, query: &str) -> Answer {
        let prepared = self.engine.prepare(&Query::parse(query).unwrap()).unwrap();
        ask(&self.engine, &self.folder, &prepared).unwrap()
    }

    /// The same by programs.
    fn programmed(&self, query: &str) -> Answer {
        let prepared = prepare_with_programs(&self.engine, &Query::parse(query).unwrap()).unwrap();
        ask(&self.engine, &self.folder, &prepared).unwrap()
    }

    /// Lower and upper bound at a centre; nothing where it does not collect what is asked.
    fn at(&self, centre: &str, query: &str) -> Option<(u64, Option<u64>)> {
        bounds(&self.answer(query), centre)
    }
}

fn bounds(answer: &Answer, centre: &str) -> Option<(u64, Option<u64>)> {
    let count = answer.centres.iter().find(|c| c.centre == centre).unwrap().count;
    count.lower.map(|lower| (lower, count.upper))
}

fn spec() -> String {
    [RELEASE, TABLE, DIMENSIONS].concat()
}

#[test]
fn a_long_table_is_asked_as_it_stands() {
    let case = Case::counts(COUNTS);
    let summary = case.import(&spec(), "release").unwrap();
    assert_eq!((summary.rows, summary.centres, summary.tables, summary.centre_totals), (17, 2, 3, 0));
    let release = case.open("release");
    assert_eq!(release.engine.release().id(), summary.id);
    let protection = &release.engine.release().manifest().protection;
    assert_eq!((protection.by.as_str(), protection.audited), ("A registry", false));

    assert_eq!(release.at("north", "sex = F"), Some((600, Some(600))), "a visible cell is exact");
    assert_eq!(release.at("north", "sex = female"), Some((600, Some(600))), "labels are names");
    assert_eq!(release.at("north", "everyone"), Some((1000, Some(1000))), "a comma between thousands");
    assert_eq!(release.at("north", "age in adult..old"), Some((800, Some(800))), "an order that the spec gives");
    assert_eq!(release.at("south", "diagnosis = I10"), Some((0, Some(9))), "a marker is its interval");
    assert_eq!(release.at("south", "diagnosis = G40 and sex = F"), Some((0, None)), "an unknown is open above");
    assert_eq!(release.at("south", "diagnosis = G40"), Some((1234, None)), "and so is what it is part of");
    assert_eq!(release.at("north", "diagnosis = E10 and specimen = dna"), Some((7, Some(7))), "a pair");
    assert_eq!(release.at("south", "specimen = dna"), None, "no row with a specimen: not collected");
    assert_eq!(release.at("south", "sex = F"), Some((0, None)), "no base row: nothing is known");
}

#[test]
fn totals_bound_hidden_cells() {
    let case = Case::counts(COUNTS);
    case.import(&spec(), "release").unwrap();
    let release = case.open("release");
    assert_eq!(release.at("north", "sex = M"), Some((400, Some(400))), "everybody minus the women");
    assert_eq!(release.at("north", "diagnosis = E10 and sex = F"), Some((5, Some(5))), "30 minus 25, inside <10");
    let unknown = bounds(&release.programmed("diagnosis = G40 and sex = F"), "north");
    assert_eq!(unknown, Some((0, Some(600))), "at most all women");
}

#[test]
fn the_same_table_gives_the_same_release_in_any_format() {
    let case = Case::counts(COUNTS);
    let summary = case.import(&spec(), "csv").unwrap();
    fs::write(case.path("counts.tsv"), COUNTS.replace("\"1,000\"", "1000").replace(',', "\t").replace('\n', "\r\n")).unwrap();
    let tabs = case.import(&spec().replace("counts.csv", "counts.tsv"), "tsv").unwrap();
    let rows: Vec<Vec<&str>> =
        COUNTS.lines().skip(1).filter(|l| !l.is_empty()).map(|l| l.trim_end_matches('\r').split(',').collect()).collect();
    let column = |c: usize| -> ArrayRef {
        let cells = rows.iter().map(|row| if row.len() == 7 && c == 5 { "1000" } else { row[c] });
        Arc::new(cells.map(|cell| Some(cell).filter(|cell| !cell.is_empty())).collect::<StringArray>())
    };
    let names = ["area", "sex", "age", "icd10", "specimen", "persons"];
    parquet(&case.path("counts.parquet"), names.iter().enumerate().map(|(c, name)| (*name, column(c))));
    let columns = case.import(&spec().replace("counts.csv", "counts.parquet"), "parquet").unwrap();
    assert_eq!(summary, tabs);
    assert_eq!(summary, columns);
    for (path, bytes) in files(&case.path("csv")) {
        assert_eq!(bytes, fs::read(case.path("parquet").join(&path)).unwrap(), "{}", path.display());
    }
}

#[test]
fn counts_of_any_numeric_type_are_read() {
    let case = Case::new(&[("counts.csv", "area,sex,persons\nnorth,F,12\nnorth,M,7\n")]);
    let area: ArrayRef = Arc::new(StringArray::from(vec!["north", "north"]));
    let sex: ArrayRef = Arc::new(StringArray::from(vec!["F", "M"]));
    let spec = [RELEASE, TABLE, &DIMENSIONS[..DIMENSIONS.find("[[dimension]]\nname = \"age\"").unwrap()]].concat();
    let id = case.import(&spec, "csv").unwrap().id;
    let counts: [ArrayRef; 2] = [Arc::new(Int64Array::from(vec![12, 7])), Arc::new(Float64Array::from(vec![12.0, 7.0]))];
    for (i, counts) in counts.into_iter().enumerate() {
        let columns = [("area", Arc::clone(&area)), ("sex", Arc::clone(&sex)), ("persons", counts)];
        parquet(&case.path("counts.parquet"), columns.into_iter());
        let same = case.import(&spec.replace("counts.csv", "counts.parquet"), &format!("parquet{i}")).unwrap();
        assert_eq!(same.id, id);
    }
}

#[test]
fn bounds_are_read_as_they_stand() {
    let case = Case::counts("sex,lo,hi\nF,10,19\nM,20,\n");
    let spec = [
        RELEASE,
        "[table]\npath = \"counts.csv\"\nlo = \"lo\"\nhi = \"hi\"\ncentre_name = \"Japan\"\n",
        "centre_labels = { Japan = { en = \"Japan\", ja = \"日本\" } }\n",
        "[[dimension]]\nname = \"sex\"\nkind = \"partition\"\ncolumn = \"sex\"\n",
    ]
    .concat();
    case.import(&spec, "release").unwrap();
    let release = case.open("release");
    assert_eq!(release.at("Japan", "sex = F"), Some((10, Some(19))));
    assert_eq!(release.at("Japan", "sex = M"), Some((20, None)));
    assert_eq!(release.at("Japan", "everyone"), Some((30, None)));
    assert_eq!(release.engine.release().manifest().centres[0].label.ja, "日本");
}

#[test]
fn unlisted_speaks_of_what_the_table_has() {
    // North has the crossing of sex and age for E10 without one cell; nothing is said of totals,
    // of other codes or of the south.
    let sparse = "area,sex,age,icd10,specimen,persons
north,F,child,E10,,5
north,F,adult,E10,,8
north,M,child,E10,,3
north,M,adult,I10,,2
south,,,,,50
";
    for (suppressed, hi) in [("\"zero\"", 0), ("[0, 9]", 9)] {
        let case = Case::counts(sparse);
        let table = TABLE.replace("count = ", &format!("unlisted = {suppressed}\ncount = "));
        let dimensions = DIMENSIONS.replace(", \"old\"", "");
        case.import(&[RELEASE, &table, &dimensions].concat(), "release").unwrap();
        let release = case.open("release");
        assert_eq!(release.at("north", "sex = M and age = adult and diagnosis = E10"), Some((0, Some(hi))));
        assert_eq!(release.at("north", "sex = M and diagnosis = E10"), Some((3, Some(3 + hi))));
        assert_eq!(release.at("north", "diagnosis = E10"), Some((16, Some(16 + hi))), "a total that is not listed is no zero");
        assert_eq!(release.at("north", "has diagnosis").unwrap().1, None, "nor is any code");
        assert_eq!(release.at("north", "everyone").unwrap().1, None, "nor is everybody at another centre");
        assert_eq!(release.at("south", "everyone"), Some((50, Some(50))));
        assert_eq!(release.at("south", "diagnosis = E10"), None);
    }
}

#[test]
fn unlisted_is_said_once_where_it_holds_everywhere() {
    let complete = "area,sex,icd10,persons\nnorth,,,20\nnorth,F,,20\nnorth,F,E10,3\nnorth,,E10,3\n";
    let case = Case::counts(complete);
    let table = TABLE.replace("count = ", "unlisted = \"zero\"\ncount = ");
    let sex = "[[dimension]]\nname = \"sex\"\nkind = \"partition\"\ncolumn = \"sex\"\nvalues = [\"F\", \"M\"]\n";
    let diagnosis = "[[dimension]]\nname = \"diagnosis\"\nkind = \"codes\"\ncolumn = \"icd10\"\n";
    let summary = case.import(&[RELEASE, &table, sex, diagnosis].concat(), "release").unwrap();
    assert_eq!(summary.cells, 4, "no row is made up");
    let release = case.open("release");
    assert_eq!(release.at("north", "sex = M"), Some((0, Some(0))));
    assert_eq!(release.at("north", "sex = M and diagnosis = E10"), Some((0, Some(0))));

    // Without an upper end it holds everywhere as well.
    let case = Case::counts("area,sex,persons\nnorth,,20\nnorth,F,15\n");
    let table = TABLE.replace("count = ", "unlisted = \"at least 3\"\ncount = ");
    case.import(&[RELEASE, &table, sex].concat(), "release").unwrap();
    let release = case.open("release");
    assert_eq!(release.engine.release().manifest().tables[0].unlisted, Some((3, u32::MAX)));
    assert_eq!(release.engine.release().manifest().tables[0].unlisted().upper(), None);
    assert_eq!(release.at("north", "sex = M"), Some((5, Some(5))));
}

#[test]
fn columns_are_recoded_and_rows_chosen() {
    // One column feeds two dimensions, one of whose texts is a total; rows over all areas are left out and counted.
    let counts = "sheet,area,group,persons
out,north,men all,30
out,north,men young,<10
out,north,women young,4
in,north,men all,999
out,total,men all,77
";
    let table = TABLE.replace("count = ", "where = { sheet = \"out\" }\ncount = ");
    let dimensions = r#"
[[dimension]]
name = "sex"
kind = "partition"
column = "group"
recode = { "men all" = "M", "men young" = "M", "women young" = "F" }
[[dimension]]
name = "age"
kind = "partition"
column = "group"
recode = { "men all" = "", "men young" = "young", "women young" = "young" }
values = ["young", "old"]
"#;
    let case = Case::counts(counts);
    let summary = case.import(&[RELEASE, &table, dimensions].concat(), "release").unwrap();
    assert_eq!((summary.rows, summary.centre_totals), (3, 1));
    let release = case.open("release");
    assert_eq!(release.at("north", "sex = M"), Some((30, Some(30))));
    assert_eq!(release.at("north", "sex = M and age = old"), Some((21, Some(30))));
    assert_eq!(release.at("north", "sex = F and age = young"), Some((4, Some(4))));
}

#[test]
fn a_dictionary_brings_hierarchy_and_labels() {
    let case = Case::new(&[
        ("counts.csv", "area,icd10,persons\nnorth,E10-E14,50\nnorth,E10,*\nnorth,*,70\n"),
        (
            "codes.csv",
            "code,parent,label_en,label_ja\nE10-E14,,Diabetes,糖尿病\nE10,E10-E14,Type 1,1型\nE11,E10-E14,Type 2,2型\n",
        ),
    ]);
    let dimension = "[[dimension]]\nname = \"diagnosis\"\nkind = \"codes\"\ncolumn = \"icd10\"\ndictionary = \"codes.csv\"\n";
    case.import(&[RELEASE, TABLE, dimension].concat(), "release").unwrap();
    let release = case.open("release");
    assert_eq!(release.at("north", "diagnosis = \"1型\""), Some((0, Some(50))), "at most its parent");
    assert_eq!(release.at("north", "diagnosis = \"Type 2\""), Some((0, Some(50))), "named, though no row has it");
    assert_eq!(release.at("north", "has diagnosis"), Some((70, Some(70))));
}

/// Japan's open claims data: additive by sex and age, a mark that is not "under 10".
#[test]
fn ndb_procedures_by_sex_and_age() {
    let Some(path) = ndb("ndb09_nc_procedures_persons_sex_age.csv") else { return };
    let table = format!(
        "[table]\npath = {path:?}\ncount = \"value\"\ntotal = [\"計\", \"総計\"]\ncentre_name = \"Japan\"\n\
         where = {{ sheet = \"外来\" }}\n[table.markers]\n\"-\" = \"unknown\"\n"
    );
    let dimensions = r#"
[[dimension]]
name = "sex"
kind = "partition"
column = "sex"
[[dimension]]
name = "age"
kind = "partition"
column = "age_band"
ordered = true
[[dimension]]
name = "procedure"
kind = "codes"
column = "code"
"#;
    let case = Case::new(&[]);
    let summary = case.import(&[RELEASE, &table, dimensions].concat(), "release").unwrap();
    assert_eq!(summary.rows, 897);
    let release = case.open("release");
    // Row by row from the file: 5 hidden cells beside visible ones that leave 27 of the total of 11,711.
    let at = |query: &str| release.at("Japan", query);
    assert_eq!(at("procedure = 113000310"), Some((11_711, Some(11_711))));
    assert_eq!(at("procedure = 113000310 and sex = 男 and age = \"30～34歳\""), Some((183, Some(183))));
    let hidden = release.programmed("procedure = 113000310 and sex = 男 and age = \"0～4歳\"");
    assert_eq!(bounds(&hidden, "Japan"), Some((0, Some(27))), "the total minus all that is visible");
}

/// A check-up question by prefecture: each prefecture's numbers as they stand in the file.
#[test]
fn ndb_questionnaire_by_prefecture() {
    let Some(path) = ndb("ndb09_questionnaire_pref.csv") else { return };
    let text = fs::read_to_string(&path).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let groups: std::collections::BTreeSet<&str> = rows.iter().map(|row| row[3]).collect();
    let sex = |group: &str| group.chars().next().unwrap().to_string();
    let age = |group: &str| group.chars().skip(1).collect::<String>().replace("中計", "");
    let recode = |to: &dyn Fn(&str) -> String| {
        groups.iter().map(|group| format!("{group:?} = {:?}", to(group))).collect::<Vec<_>>().join(", ")
    };
    let spec = format!(
        "{RELEASE}\n[table]\npath = {path:?}\ncount = \"value\"\ncentre = \"prefecture\"\nwhere = {{ question = \"Q1\" }}\n\
         [table.markers]\n\"-\" = \"unknown\"\n\
         [[dimension]]\nname = \"answer\"\nkind = \"partition\"\ncolumn = \"answer\"\n\
         [[dimension]]\nname = \"sex\"\nkind = \"partition\"\ncolumn = \"sex_age\"\nrecode = {{ {} }}\n\
         [[dimension]]\nname = \"age\"\nkind = \"partition\"\ncolumn = \"sex_age\"\nrecode = {{ {} }}\n",
        recode(&sex),
        recode(&age),
    );
    let case = Case::new(&[]);
    let summary = case.import(&spec, "release").unwrap();
    assert_eq!(summary.rows, 1_536);
    let release = case.open("release");
    for row in rows.iter().filter(|row| row[0] == "Q1" && ["北海道", "沖縄県"].contains(&row[1])) {
        let age = Some(age(row[3])).filter(|age| !age.is_empty()).map_or_else(String::new, |age| format!(" and age = {age:?}"));
        let count: u64 = row[4].parse().unwrap();
        let query = format!("answer = {:?} and sex = {:?}{age}", row[2], sex(row[3]));
        assert_eq!(release.at(row[1], &query), Some((count, Some(count))), "{query}");
    }
}

fn ndb(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/ndb_open_data").join(name);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped: no file {name} in shared/data/ndb_open_data beside the repository");
    None
}

fn parquet<'a>(path: &Path, columns: impl Iterator<Item = (&'a str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// Every file of a folder by its path.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                all.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    assert!(all.len() > 5);
    all
}
