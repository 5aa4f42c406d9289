//! What nobody can have: the spec's structural zeros and the list of ICD-10, and the rows that contradict them.

use ninzu::build::{BuildOptions, Key, Proof, build};
use ninzu::model::StructuralZero;
use ninzu::source::{Reason, Spec};
use ninzu::{ErrorKind, Release, Trust};

use super::{Case, DIAGNOSES, DICTIONARY, PERSONS, SPEC, files, names};

const KNOWN: &str = "code = \"icd10\"\nstructural_zeros = \"icd10\"\n";

const CANCERS: &str = "code,parent,label_en,label_ja
C00-C97,,Cancers,がん
C51-C58,C00-C97,Female genital organs,女性生殖器
C53,C51-C58,Cervix,子宮頸部
C53.1,C53,Exocervix,外子宮頸部
C61,C00-C97,Prostate,前立腺
O00-O99,,Pregnancy,妊娠
O14,O00-O99,Pre-eclampsia,子癇前症
local,C53,Of our own,独自
";

fn spec() -> String {
    SPEC.replace("code = \"icd10\"\n", KNOWN)
}

fn case(rows: &str) -> Case {
    let diagnoses = format!("person_id,centre,icd10,first_date\n{rows}");
    Case::new(&[("persons.csv", PERSONS), ("diagnoses.csv", &diagnoses), ("icd10.csv", CANCERS)])
}

fn zero(pairs: [(&str, &str); 2]) -> StructuralZero {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
}

#[test]
fn a_list_becomes_the_topmost_codes_of_the_dictionary() {
    let (_, report) = case("10,A,C53,\n").ingest(&spec()).unwrap();
    let sex = |sex: &str, code: &str| zero([("sex", sex), ("diagnosis", code)]);
    let young = |stage: &str| zero([("life_stage", stage), ("diagnosis", "O00-O99")]);
    let expected = [
        sex("female", "C61"),
        sex("male", "C51-C58"),
        sex("male", "O00-O99"),
        young("perinatal"),
        young("infancy"),
        young("early_childhood"),
    ];
    assert_eq!(report.structural_zeros, expected);
    // What the spec says itself stands first, and once.
    let own = format!("{}[[structural_zero]]\nsex = \"male\"\ndiagnosis = \"O00-O99\"\n", spec());
    let (_, report) = case("10,A,C53,\n").ingest(&own).unwrap();
    assert_eq!((report.structural_zeros.len(), &report.structural_zeros[0]), (6, &expected[2]));
    // Bands of one's own: nobody under 9 is in the first, some may be in the second.
    let bands = spec().replace(
        "scheme = \"jh\"",
        "bands = [{ code = \"a\", from = 0 }, { code = \"b\", from = 9 }, { code = \"c\", from = 10 }]",
    );
    let (_, report) = case("10,A,C53,\n").ingest(&bands).unwrap();
    let stages: Vec<&String> = report.structural_zeros.iter().filter_map(|zero| zero.get("life_stage")).collect();
    assert_eq!(stages, ["a"]);
}

#[test]
fn a_row_that_contradicts_is_a_bad_row_like_any_other() {
    let rows = "10,A,C53.1,\n2,A,C53.1,\n2,A,C61,\n2,B,local,\n10,A,C61,\n7,A,C61,\n7,A,C53,\n";
    let error = case(rows).error(&spec());
    assert_eq!(error.kind(), ErrorKind::InvalidSource);
    assert_eq!(
        error.message(),
        "diagnoses.csv, line 3, column \"icd10\" makes a combination that nobody can have, by the spec's structural zeros \
         (2 more bad rows in this table)"
    );
    assert!(error.hint().unwrap().contains("structural_zeros of the dimension"), "{error:?}");
    let drop = spec().replace("kind = \"table\"\n", "kind = \"table\"\nbad_rows = \"drop\"\n");
    let error = case(rows).error(&drop);
    assert!(error.message().contains("3 of 7 rows (42.9 %) would be lost, and the limit is 1 %"), "{error}");
    let (population, report) = case(rows).ingest(&drop.replace("\"drop\"\n", "\"drop\"\nbad_rows_limit = 0.5\n")).unwrap();
    let table = report.table("diagnosis").unwrap();
    assert_eq!((table.counted, table.left_out.clone()), (4, [(Reason::Impossible, 3)].into()));
    assert_eq!(names(&population, 0), ["*", "C00-C97", "C61"]);
    // Of somebody whose sex nobody knows, both may be true.
    assert_eq!(names(&population, 1), ["*", "C00-C97", "C51-C58", "C53", "C61"]);
    assert_eq!(names(&population, 3), [""; 0]);
}

#[test]
fn a_child_is_not_pregnant() {
    let persons = PERSONS.replace("2000-02-29", "2020-02-29");
    let diagnoses = "person_id,icd10,first_date\n10,O14,\n";
    let files = [("persons.csv", persons.as_str()), ("diagnoses.csv", diagnoses), ("icd10.csv", CANCERS)];
    assert!(Case::new(&files).error(&spec()).message().contains("line 2, column \"icd10\" makes a combination"));
    assert!(Case::new(&files).ingest(SPEC).is_ok());
}

#[test]
fn zeros_of_partitions_of_two_dimensions_and_of_onsets_are_held_against_rows_too() {
    let with = |zero: &str| format!("{SPEC}[[structural_zero]]\n{zero}\n");
    let said = |spec: &str| Case::new(&files()).error(spec).message().to_owned();
    let persons = with("sex = \"male\"\nlife_stage = \"early_old_age\"");
    assert!(said(&persons).starts_with("persons.csv, line 2, column \"sex\" makes a combination"), "{}", said(&persons));
    assert!(Case::new(&files()).ingest(&with("sex = \"female\"\nlife_stage = \"early_old_age\"")).is_ok());
    let onset = with("sex = \"female\"\ndiagnosis = \"E10@infancy\"");
    assert_eq!(said(&onset), "1 people have what a structural zero rules out: diagnosis = E10@infancy, sex = female");
    let two = with("diagnosis = \"E10-E14\"\nspecimen = \"dna\"").replace(
        "[policy]",
        "[[dimension]]\nname = \"specimen\"\nkind = \"codes\"\ntable = \"specimens.csv\"\ncode = \"material\"\n[policy]",
    );
    let two = two.replace("[\"diagnosis\"]", "[\"diagnosis\", \"specimen\"]");
    let specimens = |person: &str| format!("person_id,centre,material\n{person},A,dna\n");
    let case = |specimens: &str| {
        let [a, b, c] = files();
        Case::new(&[a, b, c, ("specimens.csv", specimens)])
    };
    let error = case(&specimens("10")).error(&two);
    assert!(error.message().starts_with("specimens.csv, line 2, column \"material\" makes a combination"), "{error}");
    let diagnosed = DIAGNOSES.replace("7,A,E10,2020-01-01\n", "");
    let free = Case::new(&[
        ("persons.csv", PERSONS),
        ("diagnoses.csv", &diagnosed),
        ("icd10.csv", DICTIONARY),
        ("specimens.csv", &specimens("7")),
    ]);
    assert!(free.ingest(&two).is_ok());
}

#[test]
fn the_sexes_are_found_by_their_usual_names_or_named() {
    let values = |values: &str| spec().replace("[\"female\", \"male\"]", values);
    for usual in [
        "[\"F\", \"M\"]",
        "[\"女性\", \"男性\"]",
        "[\"1\", \"2\"]",
        "[\"8507\", \"8532\", \"8551\"]",
        "[\"女\", \"男\", \"other\"]",
    ] {
        assert!(Spec::parse(&values(usual)).is_ok(), "{usual}");
    }
    let labelled =
        "[{ code = \"a\", label = { en = \"female\", ja = \"女性\" } }, { code = \"b\", label = { en = \"x\", ja = \"男性\" } }]";
    assert!(Spec::parse(&values(labelled)).is_ok());
    let own = values("[\"w\", \"m\"]");
    let error = Spec::parse(&own).expect_err("w");
    assert_eq!(error.message(), "structural_zeros: no value of sex is known to stand for female");
    assert!(error.hint().unwrap().contains("sex = \"sex\", female = \"...\""), "{error:?}");
    let long =
        |text: &str| own.replace("structural_zeros = \"icd10\"", &format!("structural_zeros = {{ list = \"icd10\", {text} }}"));
    assert!(Spec::parse(&long("female = \"w\"")).is_ok());
    assert!(Spec::parse(&long("sex = \"sex\", female = \"w\", male = \"m\"")).is_ok());
    for (wrong, said) in [
        ("female = \"f\"", "which is no value of sex"),
        ("sex = \"gender\"", "which is no partition of a column"),
        ("sex = \"life_stage\"", "which is no partition of a column"),
    ] {
        assert!(Spec::parse(&long(wrong)).expect_err(wrong).message().contains(said), "{wrong}");
    }
    assert!(Spec::parse(&spec().replace("\"icd10\"\ndate", "\"icd11\"\ndate")).is_err());
    let elsewhere = SPEC.replace("[\"female\", \"male\"]", "[\"female\", \"male\"]\nstructural_zeros = \"icd10\"");
    assert!(Spec::parse(&elsewhere).expect_err("a partition").message().contains("has no effect"));
    // By its values, where the name does not say it.
    assert!(
        Spec::parse(
            &spec().replace("name = \"sex\"\nkind = \"partition\"", "name = \"s\"\nkind = \"partition\"\ncolumn = \"x\"")
        )
        .is_ok()
    );
}

#[test]
fn a_release_says_the_zeros_of_a_list_and_readers_use_them() {
    let person = |i: usize| format!("{i},A,{},{}-01-01\n", ["female", "male"][i % 2], if i < 100 { 2021 } else { 1980 });
    let persons = format!("person_id,centre,sex,birth_date\n{}", (0..400).map(person).collect::<Vec<_>>().concat());
    let row = |i: usize| format!("{i},A,{},\n", if i.is_multiple_of(2) { "C53" } else { "C61" });
    let rows = (100..300).map(row).collect::<Vec<_>>().concat();
    let case = Case::new(&[
        ("persons.csv", &persons),
        ("diagnoses.csv", &format!("person_id,centre,icd10,first_date\n{rows}")),
        ("icd10.csv", CANCERS),
    ]);
    std::fs::write(case.path("spec.toml"), spec()).unwrap();
    let options = BuildOptions { key: Key::new([7; 32]), proof: Proof::Audited, previous: Vec::new(), private_report: None };
    build(&case.path("spec.toml"), &options, &case.path("out"), &()).unwrap();
    let release = Release::open_with(case.path("out"), Trust::Unaudited).unwrap();
    let bounds = |text: &str| {
        let persons = release.query(text).unwrap().answer().unwrap().answer.persons;
        (persons.lower, persons.upper)
    };
    assert_eq!(bounds("diagnosis = C53.1 and sex = male"), (0, Some(0)));
    assert_eq!(bounds("diagnosis = O14 and life_stage = early_childhood"), (0, Some(0)));
    assert_ne!(bounds("diagnosis = C53 and sex = female").0, 0);
}
