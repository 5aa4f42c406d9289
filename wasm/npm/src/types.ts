// Written from Rust's types by wasm/tests/types.rs: do not edit.

/**
 * The JSON form of a query. Reading it is the engine's; this mirror only has its shape.
 */
export type QueryJson = { 
/**
 * Whom to count; everyone if absent.
 */
filter?: Filter, 
/**
 * Dimensions to break down by, or `centre`.
 */
by?: Array<string>, };

/**
 * A condition on a person at a centre.
 */
export type Filter = Everyone | { dimension: string, is: string, } | { dimension: string, in: Array<string>, } | { dimension: string, from?: string, to?: string, } | { has: string, } | { not: Filter, } | { and: Array<Filter>, } | { or: Array<Filter>, } | { at_least: number, of: Array<Filter>, };

export type Everyone = "everyone";

/**
 * How a question is to be understood, and how much may be computed for it.
 *
 * # Examples
 * ```
 * use ninzu_engine::{Asking, UnknownCodes};
 * let asking = Asking::from_json(r#"{"unknown_codes": "rare"}"#)?;
 * assert_eq!(asking, Asking { unknown_codes: Some(UnknownCodes::Rare), ..Asking::default() });
 * # Ok::<(), ninzu_engine::Error>(())
 * ```
 */
export type Asking = { 
/**
 * What is known of people with a code that the release does not name. Nothing: fewer than the threshold have it where the
 * dictionary came from the rows; elsewhere it is an error.
 */
unknown_codes?: UnknownCodes, 
/**
 * How much may be computed: 1 is about a second. What does not fit is answered by quicker ways, with wider bounds.
 */
work?: number, };

/**
 * What is known of people with a code that the release does not name.
 *
 * Whatever the rule, another spelling of a code that is named, a slip in a label, a code of another dimension and the beginning of
 * codes that are named are errors: they mean something else. Under `Anything` they are taken at their word.
 */
export type UnknownCodes = "error" | "rare" | "anything";

/**
 * An answer to a query.
 */
export type Answer = { 
/**
 * The canonical text of the query.
 */
query: string, 
/**
 * The SHA-256 of the canonical text.
 */
hash: string, 
/**
 * The release's id.
 */
release: string, 
/**
 * What is counted.
 */
unit: string, 
/**
 * Over all centres that collect what is asked.
 */
answer: Combined, 
/**
 * At each centre.
 */
centres: Array<CentreAnswer>, 
/**
 * For each combination of the values asked for with `by`.
 */
by?: Array<ByAnswer>, 
/**
 * The answer in a sentence, in English and Japanese.
 */
words: Label, 
/**
 * Whether the work that was allowed is too little for the tightest bounds: these hold too, but are wider.
 */
limited?: boolean, 
/**
 * Codes that the query names and the release does not, and what is taken to be known of them.
 */
unknown_codes?: Array<UnknownCode>, };

/**
 * A code that a query names and the release does not.
 */
export type UnknownCode = { 
/**
 * The dimension.
 */
dimension: string, 
/**
 * The code.
 */
code: string, 
/**
 * What is taken to be known of people who have it.
 */
rule: UnknownCodes, 
/**
 * How many of them there are at most at a centre; `null`: as many as there are people.
 */
most: number | null, 
/**
 * Codes that are named and spelled much like it.
 */
near: Array<string>, };

/**
 * A count over centres.
 */
export type Combined = { 
/**
 * Different people: some are at several centres, so between the largest centre's lower bound and the sum of all.
 */
persons: Bounds, 
/**
 * People at centres, added up.
 */
records: Count, 
/**
 * What the records' bounds mean.
 */
status: Status, 
/**
 * Whether every centre's bounds are sharp.
 */
sharp: boolean, };

/**
 * Hard bounds of a count: the truth lies inside.
 */
export type Bounds = { 
/**
 * The least possible count.
 */
lower: number, 
/**
 * The greatest possible count; `null`: nothing bounds it.
 */
upper: number | null, };

/**
 * Bounds and an estimate.
 */
export type Count = { 
/**
 * The least possible count.
 */
lower: number, 
/**
 * The greatest possible count; `null`: nothing bounds it.
 */
upper: number | null, 
/**
 * A model's guess inside the bounds (maximum entropy), not a count; `null` where nothing bounds the count.
 */
estimate: number | null, };

/**
 * A count at one centre.
 */
export type CentreAnswer = { 
/**
 * The centre.
 */
centre: string, 
/**
 * What the bounds mean.
 */
status: Status, 
/**
 * Whether no tighter bound follows by linear reasoning from the question's constraint system.
 */
sharp: boolean, 
/**
 * The tables and rows that the bounds rest on.
 */
basis: Array<Basis>, 
/**
 * The least possible count.
 */
lower: number | null, 
/**
 * The greatest possible count.
 */
upper: number | null, 
/**
 * A model's guess inside the bounds, not a count.
 */
estimate: number | null, };

/**
 * A count, or nothing where nothing is collected.
 */
export type MaybeCount = { 
/**
 * The least possible count.
 */
lower: number | null, 
/**
 * The greatest possible count.
 */
upper: number | null, 
/**
 * A model's guess inside the bounds, not a count.
 */
estimate: number | null, };

/**
 * Cells that an answer rests on.
 */
export type Basis = { 
/**
 * The table.
 */
table: string, 
/**
 * The codes whose cells were read.
 */
codes: Array<string>, 
/**
 * The partitions of the margin; none where all margins of a constraint system were read.
 */
margin: Array<string>, 
/**
 * How many listed rows were read.
 */
rows: number, };

/**
 * One combination of `by` values.
 */
export type ByAnswer = { 
/**
 * Dimension to value; `centre` to a centre.
 */
key: { [key in string]: string }, 
/**
 * Different people over centres; at one centre the same as the records.
 */
persons: Bounds | null, 
/**
 * What the records' bounds mean.
 */
status: Status, 
/**
 * Whether the bounds are sharp.
 */
sharp: boolean, 
/**
 * The least possible count.
 */
lower: number | null, 
/**
 * The greatest possible count.
 */
upper: number | null, 
/**
 * A model's guess inside the bounds, not a count.
 */
estimate: number | null, };

/**
 * What an interval means.
 */
export type Status = "exact" | "bounded" | "below_threshold" | "not_collected";

/**
 * A text in both languages of the project.
 */
export type Label = { 
/**
 * English.
 */
en: string, 
/**
 * Japanese; where a file has none, the English text.
 */
ja: string, };

/**
 * The counts of one dimension's values under a cohort.
 */
export type Facet = { 
/**
 * The dimension.
 */
dimension: string, 
/**
 * Its values in order, the root and onsets left out.
 */
values: Array<FacetValue>, 
/**
 * Whether the work that was allowed is too little for the usual bounds: these hold too, but are wider.
 */
limited?: boolean, };

/**
 * The count of one value under a cohort. Quick bounds: a query for the value alone may be tighter.
 */
export type FacetValue = { 
/**
 * The value.
 */
value: string, 
/**
 * What people call it.
 */
label: Label, 
/**
 * Different people: some are at several centres, so between the largest centre's lower bound and the sum of all.
 */
persons: Bounds, 
/**
 * People at centres, added up.
 */
records: Count, 
/**
 * What the records' bounds mean.
 */
status: Status, 
/**
 * Whether every centre's bounds are sharp.
 */
sharp: boolean, };

/**
 * How a question is understood and answered.
 */
export type Explanation = { 
/**
 * The canonical text of the query.
 */
query: string, 
/**
 * The SHA-256 of the canonical text.
 */
hash: string, 
/**
 * The answer in a sentence, in English and Japanese.
 */
words: Label, 
/**
 * How it is answered.
 */
path: Path, 
/**
 * How many unknowns its program has, if it needs one.
 */
unknowns: number | null, 
/**
 * The bytes that a reader who has none must fetch.
 */
reads: Array<Read>, 
/**
 * The cells that the answer rests on, over all centres.
 */
basis: Array<Rest>, 
/**
 * Whether the work that was allowed is too little for the tightest bounds.
 */
limited?: boolean, 
/**
 * Codes that the query names and the release does not, and what is taken to be known of them.
 */
unknown_codes?: Array<UnknownCode>, };

/**
 * How a question is answered.
 */
export type Path = "direct" | "program" | "closed_form";

/**
 * Bytes that are read.
 */
export type Read = { 
/**
 * The file's path inside the release.
 */
path: string, 
/**
 * The first byte.
 */
start: number, 
/**
 * The byte after the last.
 */
end: number, };

/**
 * Cells that the answer rests on.
 */
export type Rest = { 
/**
 * The table.
 */
table: string, 
/**
 * The codes whose cells were read.
 */
codes: Array<string>, 
/**
 * The partitions of the margin; none where all margins of a constraint system were read.
 */
margin: Array<string>, 
/**
 * Listed rows, over the centres.
 */
rows: number, };

/**
 * What a release says of itself, and what was checked of it.
 */
export type Description = { 
/**
 * The release's id.
 */
id: string, 
/**
 * Its title.
 */
title: Label, 
/**
 * The day that ages and stages refer to.
 */
reference_date: string | null, 
/**
 * Whose protection it carries.
 */
protection: Protection, 
/**
 * The protection parameters; imports have none of ours.
 */
policy: Policy | null, 
/**
 * The centres.
 */
centres: Array<CentreDescription>, 
/**
 * The dimensions.
 */
dimensions: Array<DimensionDescription>, 
/**
 * For each table of the source: at most so many percent of its records are in no count; `null`: it is not said.
 */
left_out_percent: { [key in string]: number } | null, 
/**
 * The tables.
 */
tables: Array<TableDescription>, 
/**
 * Of imports: which sums were tested; `null`: none were.
 */
additivity: Additivity | null, 
/**
 * How many bytes all its files have.
 */
bytes: number, 
/**
 * How many bytes were checked; `null`: none were asked to be.
 */
verified: number | null, };

/**
 * A centre, and what it collects.
 */
export type CentreDescription = { 
/**
 * The dimensions of codes that it collects.
 */
collects: Array<string>, 
/**
 * Its name, in files and queries.
 */
name: string, 
/**
 * What people call it.
 */
label: Label, 
/**
 * The day that its counts refer to, where that is not the release's: it hardly grew since an earlier version.
 */
as_of?: string, 
/**
 * Which of its records count, by when people were observed, where the source knows that.
 */
observation_periods?: ObservationRule, };

/**
 * A centre.
 */
export type CentreInfo = { 
/**
 * Its name, in files and queries.
 */
name: string, 
/**
 * What people call it.
 */
label: Label, 
/**
 * The day that its counts refer to, where that is not the release's: it hardly grew since an earlier version.
 */
as_of?: string, 
/**
 * Which of its records count, by when people were observed, where the source knows that.
 */
observation_periods?: ObservationRule, };

/**
 * Which records of OMOP tables count, by the table `observation_period`.
 */
export type ObservationRule = "inside" | "ignored" | "absent";

/**
 * A dimension.
 */
export type DimensionDescription = { 
/**
 * Its name.
 */
name: string, 
/**
 * What people call it.
 */
label: Label, 
/**
 * How people take its values.
 */
kind: Kind, 
/**
 * Whether ranges of its values mean something.
 */
ordered: boolean, 
/**
 * What it stands for.
 */
role: Role | null, 
/**
 * How many values it has.
 */
values: number, 
/**
 * Where its codes come from, if that is said.
 */
dictionary?: Listed, };

/**
 * Where the codes of a dictionary come from, which says what is known of a code that it does not name.
 */
export type Listed = "spec" | "rows";

/**
 * How people take values of a dimension.
 */
export type Kind = "partition" | "codes";

/**
 * What a dimension stands for, where the engine must know.
 */
export type Role = "life_stage";

/**
 * A value or code of a dimension.
 */
export type DictionaryEntry = { 
/**
 * Its name, in files and queries.
 */
name: string, 
/**
 * What people call it.
 */
label: Label, 
/**
 * The codes directly above it. Codes without another parent lie under the root `*`, if the dictionary has it.
 */
parents: Array<string>, 
/**
 * If it is `CODE@stage`: what it says.
 */
onset?: OnsetEntry, 
/**
 * Whether a table of the release counts it by itself. Bounds of other codes come from what lies above and below them.
 */
declared: boolean, };

/**
 * The first record of a code.
 */
export type OnsetEntry = { 
/**
 * The code.
 */
code: string, 
/**
 * The life stage in which the record fell.
 */
stage: string, };

/**
 * A table of cells.
 */
export type TableDescription = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its dimensions of codes.
 */
codes: Array<string>, 
/**
 * How many partitions its margins cross at most.
 */
order: number, 
/**
 * The table of which this one is another order.
 */
mirror_of: string | null, 
/**
 * How many cells were counted, at all centres; each pair once.
 */
declared: number, 
/**
 * How many rows it lists.
 */
listed: number, 
/**
 * What a declared cell without a row means; `null`: nothing is known.
 */
unlisted: [number, number] | null, 
/**
 * How many bytes it has.
 */
bytes: number, };

/**
 * Whose protection a release carries.
 */
export type Protection = { 
/**
 * `ninzu`, or the publisher of an imported table.
 */
by: string, 
/**
 * Whether the audit proved the guarantee.
 */
audited: boolean, };

/**
 * Whether the counts of an imported table are the sums of their parts: what was tested when it was imported, all of which held.
 */
export type Additivity = { 
/**
 * Single sums, by table and by what the parts are counted by.
 */
sums: Array<SumsInfo>, 
/**
 * How many combinations of codes the tables count, at all centres.
 */
systems: number, 
/**
 * Of how many of these all cells were tested together, over all partitions at once.
 */
tested: number, };

/**
 * Sums of one table.
 */
export type SumsInfo = { 
/**
 * The table.
 */
table: string, 
/**
 * The partitions that the parts are counted by.
 */
over: Array<string>, 
/**
 * How many counts have parts beside them; 0: nothing could be tested.
 */
sums: number, 
/**
 * How many were tested on both sides; the others have parts, or are counts, that nothing bounds from above.
 */
tested: number, };

/**
 * The protection parameters of a release.
 */
export type Policy = { threshold: number, base: number, decoy: Decoy, preset?: Preset, };

/**
 * How often a cell is widened although nothing forces it: deniability for the cells that repair widened.
 */
export type Decoy = { 
/**
 * Probability that a published cell is widened by one more bucket, each side.
 */
published: number, 
/**
 * Probability that an unlisted cell with published parents is listed with one more bucket.
 */
unlisted: number, };

/**
 * Thresholds that publishers use: `threshold`/`base`.
 */
export type Preset = "ndb" | "cms" | "all-of-us" | "nhs" | "ohdsi";

/**
 * A file of a release and how many bytes it has: no more, no fewer.
 */
export type FileSize = { 
/**
 * The file's path inside the release.
 */
path: string, 
/**
 * How many bytes it has.
 */
bytes: number, };

/**
 * What sort of thing went wrong.
 */
export type ErrorKind = "syntax" | "unknown_name" | "invalid_query" | "invalid_spec" | "invalid_source" | "invalid_policy" | "invalid_release" | "tampered" | "unsupported" | "unaudited" | "untrusted" | "missing_bytes" | "contradiction" | "conflict" | "io";
