//! OMOP CDM tables, clean and as they are met.

use std::path::PathBuf;

use ninzu::model::Kind;
use ninzu::source::{Reason, Spec, ingest};

use super::{Case, OMOP, names, with_any};

#[test]
fn synthea_counts_equal_an_independent_count() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/omop_synthea1k");
    if !path.is_dir() {
        eprintln!("skipped: there is no {}", path.display());
        return;
    }
    let spec = OMOP
        .replace("path = \".\"", &format!("path = {:?}\nbad_rows = \"drop\"\nbad_rows_limit = 0.3", path.display().to_string()));
    // Somebody's birth year is typed as 2099.
    let spec = spec.replace("2024-12-31", "2099-12-31");
    let (population, report) = ingest(&Spec::parse(&spec).unwrap(), &()).unwrap();
    assert_eq!(population.len(), 1130, "{report:?}");
    let male = population.dimensions.get(0).dictionary.id("male").unwrap();
    assert_eq!(population.partitions[0].iter().filter(|&&v| v == male).count(), 572);
    // Counted by another engine, from the same files: persons with a concept that is not 0 on a day of an observation period and
    // not before birth, concepts that are not 0, records before birth, and other records outside observation periods.
    for (name, persons, concepts, early, unobserved) in [("diagnosis", 1096, 126, 0, 102), ("specimen", 751, 13, 1215, 1760)] {
        let dimension = population.dimensions.id(name).unwrap();
        let at = population.dimensions.all()[..dimension].iter().filter(|d| d.kind == Kind::Codes).count();
        assert_eq!(with_any(&population.records[at]), persons, "{report:?}");
        let dictionary = &population.dimensions.get(dimension).dictionary;
        assert_eq!((0..dictionary.len() as u32).filter(|&id| dictionary.onset(id).is_none()).count(), 1 + concepts);
        let left_out = |reason| report.table(name).unwrap().left_out.get(&reason).copied().unwrap_or(0);
        assert_eq!([left_out(Reason::BeforeBirth), left_out(Reason::Unobserved)], [early, unobserved]);
    }
    assert_eq!(report.table("measurement").unwrap().rows, 199_514);
    assert_eq!(population.named_by_spec, [true, true, false, false, false, false, false]);
}

const PERSON: &str = "PERSON_ID ,Gender_Concept_Id,YEAR_OF_BIRTH,MONTH_OF_BIRTH,DAY_OF_BIRTH,BIRTH_DATETIME\r
1,8507,1980,5,17,\r
PERSON_ID,GENDER_CONCEPT_ID,YEAR_OF_BIRTH,MONTH_OF_BIRTH,DAY_OF_BIRTH,BIRTH_DATETIME\r
2,8532,1990,,,\r
3,0,,,,2000-02-29 00:00:00\r
4,8532,2010,3,,\r
";

const CONDITIONS: &str = "CONDITION_OCCURRENCE_ID\tPERSON_ID\tCONDITION_CONCEPT_ID\tCONDITION_START_DATE\r
1\t1\t201826\t1999-01-01 08:30:00\r
2\t1\t0\t1999-01-01 08:30:00\r
3\t2\t201826\t1990-02-01 00:00:00\r
4\t3\t\t2005-01-01\r
5\t4\t40484648\t2010-03-31\r
";

const SPECIMEN: &str = "specimen_id,person_id,specimen_concept_id,specimen_date
specimen_id,person_id,specimen_concept_id,specimen_date
";

#[test]
fn messy_files_mean_what_they_say() {
    let case = Case::new(&[("PERSON.csv", PERSON), ("CONDITION_OCCURRENCE.CSV", CONDITIONS), ("Specimen.csv", SPECIMEN)]);
    let missing = OMOP.replace("centre = \"NCC\"", "centre = \"NCC\"\nmissing = { sex = \"unknown\" }");
    let (population, report) = case.ingest(&missing).unwrap();
    assert_eq!(report.persons, 4);
    assert_eq!(population.centres[0].name, "NCC");
    let value = |partition: usize, person: usize| {
        population.dimensions.get(partition).dictionary.name(population.partitions[partition][person])
    };
    assert_eq!([value(0, 0), value(0, 1), value(0, 2), value(0, 3)], ["male", "female", "unknown", "female"]);
    assert_eq!([value(1, 0), value(1, 1), value(1, 2), value(1, 3)], ["adulthood", "aya", "aya", "school_age"]);
    assert_eq!(names(&population, 0), ["*", "201826", "201826@aya"]);
    // Born some day in 1990, taken as 1 July: a record in February may be true, and lies in the first stage.
    assert_eq!(names(&population, 1), ["*", "201826", "201826@perinatal"]);
    assert_eq!(names(&population, 2), Vec::<&str>::new());
    assert_eq!(names(&population, 3), ["*", "40484648", "40484648@infancy"]);
    // The header alone, repeated as data: nothing recorded, but collected.
    assert_eq!(population.dimensions.id("specimen"), Some(3));
    assert_eq!(with_any(&population.records[1]), 0);
    let diagnosis = report.table("diagnosis").unwrap();
    assert_eq!((diagnosis.rows, diagnosis.counted, diagnosis.left_out[&Reason::Unmapped]), (5, 3, 2));
    assert_eq!(report.table("specimen").unwrap().left_out, [(Reason::HeaderAgain, 1)].into());
}

#[test]
fn records_before_any_possible_birth_are_bad() {
    let early = CONDITIONS.replace("1990-02-01", "1989-12-31");
    let case = Case::new(&[("person.csv", PERSON), ("condition_occurrence.csv", &early)]);
    let (_, report) = case.ingest(&OMOP.replace("[policy]", "bad_rows = \"drop\"\nbad_rows_limit = 0.5\n[policy]")).unwrap();
    assert_eq!(report.table("diagnosis").unwrap().left_out[&Reason::BeforeBirth], 1);
}

#[test]
fn vocabulary_gives_hierarchy_and_labels() {
    let ancestors = "ancestor_concept_id\tdescendant_concept_id\tmin_levels_of_separation\tmax_levels_of_separation
201820\t201826\t1\t1
201826\t201826\t0\t0
4008453\t201826\t2\t2
4008453\t201820\t1\t1
4008453\t999\t1\t1
201826\t555\t1\t1
";
    let concepts = "concept_id\tconcept_name\n201820\tDiabetes mellitus\n201826\tType 2 diabetes\n999\tOther\n";
    let case = Case::new(&[
        ("person.csv", PERSON),
        ("condition_occurrence.csv", CONDITIONS),
        ("CONCEPT_ANCESTOR.csv", ancestors),
        ("CONCEPT.csv", concepts),
    ]);
    let (population, _) = case
        .ingest(&OMOP.replace("centre = \"NCC\"", "centre = \"NCC\"\nmissing = { sex = \"unknown\" }\nvocabulary = \".\""))
        .unwrap();
    let dictionary = &population.dimensions.get(2).dictionary;
    let codes: Vec<&str> = dictionary.names().filter(|n| !n.contains('@')).collect();
    assert_eq!(codes, ["*", "201820", "201826", "4008453", "40484648"]);
    assert_eq!(dictionary.label(dictionary.id("201820").unwrap()).en, "Diabetes mellitus");
    assert_eq!(dictionary.label(dictionary.id("4008453").unwrap()).en, "4008453");
    let plain: Vec<&str> = names(&population, 0).into_iter().filter(|n| !n.contains('@')).collect();
    assert_eq!(plain, ["*", "201820", "201826", "4008453"]);
}

#[test]
fn care_sites_are_centres() {
    let person = "person_id,gender_concept_id,year_of_birth,care_site_id\n1,8507,1980,20\n2,8532,1990,3\n3,8507,1970,20\n";
    let case = Case::new(&[("person.csv", person)]);
    let (population, _) = case.ingest(&OMOP.replace("\"NCC\"", "\"care_site\"")).unwrap();
    assert_eq!(population.centres.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["3", "20"]);
    assert_eq!(population.centre, [0, 1, 1]);
}
