"""The people behind a release, from the tables that its spec names: what is true, counted without Ninzu. Needs Python 3.11."""

import functools
import pathlib

import duckdb
import numpy
import pandas
import tomllib

from check_omop import REFERENCE, Truth, stage
from release import ROOT, UNKNOWN, Dictionary, Release

# The settings of a spec whose meaning is known here. Others may change who is counted.
SOURCE = {"kind", "persons", "person", "centre", "bad_rows"}
DIMENSION = {"name", "label", "kind", "column", "values", "ordered", "missing", "birth_date", "scheme", "bands"}
DIMENSION |= {"table", "code", "date", "dictionary", "structural_zeros"}


class Population:
    """Persons at centres, and who of them has which value.

    `holders[dimension][value]` is a boolean array with an entry for each person at a centre; of codes, whoever has a code below
    has it, too. There are no onsets, and a dimension that cannot be counted here is in `uncounted` instead.
    """

    def __init__(self, release: Release, people: pandas.DataFrame, records: dict, dictionaries: dict):
        """`people` has a row for each person at a centre: person, centre, and a column for each partition that can be counted.

        `records` are frames by dimension, of person, code and, if they differ by it, centre; `dictionaries` say which codes lie
        above them, where any do.
        """
        self.release = release
        self.centre = people["centre"].to_numpy()
        if not set(self.centre) <= set(release.centres):
            raise SystemExit(f"the tables have centres that the release lacks: {sorted(set(self.centre) - set(release.centres))}")
        self.holders = {
            name: {value: (people[name] == value).to_numpy() for value in release.dictionaries[name].names}
            for name in release.partitions
            if name in people
        }
        places = people[["person", "centre"]].assign(place=numpy.arange(len(people)))
        for dimension, rows in records.items():
            of = places.merge(rows, on=[column for column in ("person", "centre") if column in rows])
            holders = self.holders[dimension] = {}
            for code, held in of.groupby("code")["place"]:
                above = dictionaries[dimension].ancestors(code) if dimension in dictionaries else set()
                for name in {code} | above:
                    holders.setdefault(name, numpy.zeros(len(people), bool))[held] = True
        self.uncounted = [name for name in release.dimensions if name not in self.holders]

    @classmethod
    def of_spec(cls, path: pathlib.Path, release: Release) -> "Population":
        """The people of a spec, or of the spec.toml in a folder. Ends the program where a setting is not known here."""
        path = path / "spec.toml" if path.is_dir() else path
        spec = tomllib.loads(path.read_text(encoding="utf-8"))
        said = spec["release"]["name"], str(spec["release"]["reference_date"])
        if said != (release.descriptor["name"], release.manifest["reference_date"]):
            raise SystemExit(f"{path} is not the spec of {release.folder}")
        if spec["source"]["kind"] == "omop":
            return cls(release, *of_omop(path, spec), {})
        return cls(release, *of_tables(path, spec))

    @functools.cache
    def collecting(self, dimensions: frozenset) -> numpy.ndarray:
        """Who is at a centre that collects these dimensions: a boolean array as the others."""
        codes = {name for name in dimensions if self.release.dimensions[name]["kind"] == "codes"}
        centres = [centre for centre, collected in self.release.manifest["collects"].items() if codes <= set(collected)]
        return numpy.isin(self.centre, centres)


def table(path: pathlib.Path) -> pandas.DataFrame:
    """A table of CSV or Parquet; of CSV all columns are texts, and empty cells are missing."""
    if path.suffix == ".parquet":
        return pandas.read_parquet(path)
    return pandas.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])


def of_tables(path: pathlib.Path, spec: dict) -> tuple:
    """People, records and dictionaries of person tables."""
    source, folder = spec["source"], path.parent
    if source.get("bad_rows", "stop") != "stop":
        raise SystemExit(f"{path}: which rows are left out as bad is not known here")
    unknown = set(source) - SOURCE
    unknown |= {setting for dimension in spec["dimension"] for setting in dimension} - DIMENSION
    if unknown:
        raise SystemExit(f"{path}: what these settings do is not known here: {', '.join(sorted(unknown))}")
    rows = table(folder / source["persons"])
    people = pandas.DataFrame({"person": rows[source["person"]]})
    people["centre"] = rows[source["centre"]] if "centre" in source else spec["centre"][0]["name"]
    records, dictionaries = {}, {}
    for dimension in spec["dimension"]:
        name = dimension["name"]
        if dimension["kind"] == "codes":
            found = table(folder / dimension["table"])
            columns = {source["person"]: "person", dimension["code"]: "code"}
            if source.get("centre") in found:
                columns[source["centre"]] = "centre"
            records[name] = found[list(columns)].rename(columns=columns).drop_duplicates()
            if "dictionary" in dimension:
                dictionaries[name] = Dictionary.read(folder / dimension["dictionary"])
        elif "birth_date" not in dimension:
            people[name] = rows[dimension.get("column", name)].fillna(UNKNOWN)
        elif dimension.get("scheme") == "jh":
            people[name] = stages(rows[dimension["birth_date"]], spec["release"]["reference_date"])
    return people, records, dictionaries


def stages(births: pandas.Series, day) -> numpy.ndarray:
    """The life stages of the scheme jh on a day, in the order of the births."""
    born = pandas.DataFrame({"place": range(len(births)), "birth": births})
    sql = f"""SELECT {stage(f"DATE '{day}'")} AS stage
        FROM (SELECT place, CAST(birth AS DATE) AS birth FROM born) ORDER BY place"""
    return duckdb.connect().register("born", born).execute(sql).fetchnumpy()["stage"]


def of_omop(path: pathlib.Path, spec: dict) -> tuple:
    """People and records of OMOP tables, as check_omop.py reads them."""
    source = spec["source"]
    if {"vocabulary", "observation_periods"} & set(source) or source["scheme"] != "jh":
        raise SystemExit(f"{path}: what is true is known here without a vocabulary, in observation periods, by the scheme jh")
    if str(spec["release"]["reference_date"]) != REFERENCE:
        raise SystemExit(f"{path}: what is true is known here on {REFERENCE}")
    database = Truth(path.parent / source["path"]).database
    people = database.execute("SELECT person, sex, life_stage FROM people").df().assign(centre=source["centre"])
    facts = database.execute("SELECT * FROM facts WHERE code <> ? AND NOT contains(code, '@')", [ROOT]).df()
    return people, {name: rows[["person", "code"]] for name, rows in facts.groupby("dimension")}
