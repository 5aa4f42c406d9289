//! What can be typed.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// How many people match? Honest cohort counts from protected releases
///
/// Ninzu builds releases of disclosure-protected counts from person tables, and answers questions from them: for each
/// centre and over all of them, hard bounds inside which the true count lies, and an estimate. A release is protected
/// once, when it is built; asking it needs no server, no login and no patient rows.
#[derive(Debug, Parser)]
#[command(
    name = "ninzu",
    version,
    disable_help_subcommand = true,
    after_help = "Try it: ninzu demo",
    after_long_help = "\
Examples:
  ninzu demo                                       everything at once, on synthetic people
  ninzu init persons.csv diagnoses.csv             a first spec for your tables
  ninzu build spec.toml --out release              from a spec to a release
  ninzu audit release                              prove again that it keeps its promise
  ninzu describe release                           what it holds, and how it is protected
  ninzu query release 'diagnosis = E10 by centre'  how many people match

Exit codes:
  0  done; or a `yes` to --at-least
  1  nobody matches, a `no` or `cannot tell` to --at-least, differences, or a check that failed
  2  an error"
)]
pub(crate) struct Typed {
    /// What every command understands.
    #[command(flatten)]
    pub(crate) common: Common,
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Common {
    /// When to use colours; `auto` heeds `NO_COLOR`
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    pub(crate) color: When,
    /// The language of answers [default: from LC_ALL, LC_MESSAGES or LANG]
    #[arg(long, global = true, value_enum, value_name = "LANGUAGE")]
    pub(crate) lang: Option<Lang>,
    /// Say nothing but the result, and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Log what is done; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Generate synthetic people, build a release and ask it: everything at once
    Demo(Demo),
    /// Write a first spec from the tables it is shown
    Init(Init),
    /// Say what tables hold and what is odd about them, before a release is built
    Profile(Profile),
    /// Make synthetic people of six centres, with a spec
    Generate(Generate),
    /// Build a release from a spec, and prove its protection
    Build(Build),
    /// Prove that a release keeps its promise, from its published files alone
    Audit(Audit),
    /// Turn a publisher's table of counts into a release
    Import(Import),
    /// Make one release of several centres' releases
    Merge(Merge),
    /// Say what changed between two releases
    Diff(Diff),
    /// Say who published a release, with a key that readers can pin
    Sign(Sign),
    /// Say what a release holds and how it is protected
    Describe(Describe),
    /// Ask a release how many people match
    Query(Query),
    /// Show how a question is understood and answered
    Explain(Explain),
    /// Count every value of every dimension under a question
    Facets(Facets),
    /// Ask a release in SQL: its cells, its dictionaries, and answers
    Sql(Sql),
    /// Write a portal: a page that asks the release, for any web server
    Site(Site),
    /// Show a portal on this machine
    Serve(Serve),
    /// Write completions for a shell
    Completions(Completions),
}

const SYNTAX: &str = "\
A question is a condition on people, and optionally `by` and what to break it down by:
  diagnosis = E10                          a code, with every code below it
  life_stage in aya..adulthood             a range of an ordered dimension
  diagnosis in (E10, G40)                  one of several
  sex != male                              not this one
  has specimen                             any code of a dimension
  diagnosis = G40@early_childhood          first recorded in that life stage
  at least 2 of (specimen = dna, specimen = serum, data = wgs)
  everyone                                 no condition
Join with `and`, `or`, `not` and parentheses. Values may be codes or labels, English or Japanese;
in double quotes where they hold other characters. A question may also be JSON, @FILE, or - for
standard input.";

/// Everything at once.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ninzu demo
  ninzu demo --persons 200000 --keep demo          look at its files afterwards
  ninzu query demo/release everyone                and ask more")]
pub(crate) struct Demo {
    /// How many synthetic people
    #[arg(long, default_value_t = 60_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) persons: u64,
    /// The seed of their making
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    pub(crate) seed: u64,
    /// Keep people and release in this new folder
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
}

/// A first spec.
#[derive(Debug, Args)]
#[command(after_help = "\
The first spec lists what the tables hold: read it, correct it, keep it.

Examples:
  ninzu init persons.csv diagnoses.csv icd10.csv --out spec.toml
  ninzu init omop/                                 a folder of OMOP tables")]
pub(crate) struct Init {
    /// Tables (CSV, TSV, Parquet), dictionaries, or a folder of them
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The encoding of text files that are not UTF-8, such as `shift_jis` or `euc-jp`
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,
    /// Write to this file, which must not exist, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// What tables hold.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads the tables as a build would, but stops at no row: what is left out is counted, with the reason.
Nothing is written. What it prints is the steward's: exact counts, not for publication.

Examples:
  ninzu profile spec.toml                          what a build would count, and what not
  ninzu profile persons.csv diagnoses.csv          before there is a spec
  ninzu profile omop/                              a folder of OMOP tables
  ninzu profile spec.toml --format json | jq .spellings")]
pub(crate) struct Profile {
    /// A spec; or tables (CSV, TSV, Parquet), or a folder of them
    #[arg(required = true, value_name = "SPEC|FILE|DIR")]
    pub(crate) files: Vec<PathBuf>,
    /// The encoding of text files that are not UTF-8, such as `shift_jis` or `euc-jp`; a spec says its own
    #[arg(long, value_name = "NAME")]
    pub(crate) encoding: Option<String>,
    /// How to write it
    #[arg(short, long, value_enum, default_value_t = OutputFormat::Table)]
    pub(crate) format: OutputFormat,
}

/// Synthetic people.
#[derive(Debug, Args)]
#[command(after_help = "\
The same seed gives the same bytes. Nobody in them exists.

Examples:
  ninzu generate --persons 100000 --out people
  ninzu build people/spec.toml --out release")]
pub(crate) struct Generate {
    /// How many people
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) persons: u64,
    /// The seed
    #[arg(long, default_value_t = 1, value_name = "SEED")]
    pub(crate) seed: u64,
    /// A folder that does not exist or is empty
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

/// A release from a spec.
#[derive(Debug, Args)]
#[command(after_help = "\
The key is part of the protection: decoys are drawn from it. Keep it secret, and keep it: with the
same key the same people give the same release. Without --key-file it is random and forgotten.

A release is repaired until its audit finds nothing: no reader can prove that a group below the
threshold has people, or has none. An interrupted build goes on where it was, if its key is in a file.

Examples:
  ninzu build spec.toml --dry-run                  what it will cost
  ninzu build spec.toml --out release --key-file steward.key
  ninzu build spec.toml --out release --key-file steward.key --private-report private.json
  ninzu build spec.toml --out next --key-file steward.key --previous release
  ninzu build spec.toml --out third --key-file steward.key --previous release --previous next
  ninzu audit release")]
pub(crate) struct Build {
    /// The spec
    #[arg(value_name = "SPEC.toml")]
    pub(crate) spec: PathBuf,
    /// The release: a folder that does not exist
    #[arg(short, long, value_name = "RELEASE", required_unless_present = "dry_run")]
    pub(crate) out: Option<PathBuf>,
    /// Write nothing: say how many cells, subproblems and programs the spec means, and how long they take
    #[arg(long, conflicts_with_all = ["out", "private_report", "previous", "unaudited"])]
    pub(crate) dry_run: bool,
    /// The file of the steward's key; created, for your eyes only, where there is none
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// A release before this one, the oldest first: what still fits the last is kept, and all are audited together
    #[arg(long, value_name = "RELEASE", conflicts_with = "unaudited")]
    pub(crate) previous: Vec<PathBuf>,
    /// Write what was widened and why, and how many decoys can be undone: never to be published
    #[arg(long, value_name = "FILE")]
    pub(crate) private_report: Option<PathBuf>,
    /// Neither repair nor audit: buckets and decoys alone, not for publication
    #[arg(long, conflicts_with = "private_report")]
    pub(crate) unaudited: bool,
}

/// Proof of a release.
#[derive(Debug, Args)]
#[command(after_help = "\
For every declared cell that is published below the threshold or suppressed, and every difference of
a cell and one that it covers, the linear programs over the published intervals are solved again.
Nothing but the release is read.

Examples:
  ninzu audit release
  ninzu audit release --report report.html         a page for everybody, in English and Japanese
  ninzu audit release --format json | jq .violations

Exit codes:
  0  nothing is proved too well
  1  violations, each with the cells that prove it
  2  an error")]
pub(crate) struct Audit {
    /// The release: a folder; whether it says that it was audited does not matter
    #[arg(value_name = "RELEASE")]
    pub(crate) release: PathBuf,
    /// Write a page that explains the protection and its proof
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
    /// Say so many violations in full
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub(crate) most: usize,
    /// Of an imported release: name the hidden cells that its other cells determine, with their counts
    #[arg(long)]
    pub(crate) derived: bool,
    /// How to write it
    #[arg(short, long, value_enum, default_value_t = OutputFormat::Table)]
    pub(crate) format: OutputFormat,
}

/// A release from published counts.
#[derive(Debug, Args)]
#[command(after_help = "\
The release carries its publisher's protection, and says so; Ninzu adds none. A table whose totals
cannot be the sums of their parts is refused, and so is one that holds totals as if they were values.
What could be tested, and how many hidden cells the others determine, is said.

Examples:
  ninzu import ndb.toml --out release
  ninzu query release 'sex = female by centre'")]
pub(crate) struct Import {
    /// The spec of the table
    #[arg(value_name = "SPEC.toml")]
    pub(crate) spec: PathBuf,
    /// The release: a folder that does not exist
    #[arg(short, long, value_name = "RELEASE")]
    pub(crate) out: PathBuf,
    /// Name the hidden cells that the other cells determine, with their counts
    #[arg(long)]
    pub(crate) derived: bool,
}

/// One release of several.
#[derive(Debug, Args)]
#[command(after_help = "\
Every centre counts and protects its own people, and sends its release: no rows, no key. The merged
release answers for each centre as its own did. Policies, reference dates, partitions and the tables
of what is collected must be equal; conflicts are all named at once. The whole is audited before it is
written.

A code that a release does not name, though its centre collects the dimension, was not counted there:
--absent-codes unknown lists it as anything up to everybody. Where the dictionaries were made from the
rows, a code is left out because it is rare: then --absent-codes rare is true, and tighter.

Examples:
  ninzu merge ncc ncvc ncchd --out six-centres
  ninzu merge a b --out both --title-en 'Two centres' --title-ja '2センター' --name two-centres
  ninzu audit both")]
pub(crate) struct Merge {
    /// The releases: folders
    #[arg(required = true, num_args = 2.., value_name = "RELEASE")]
    pub(crate) releases: Vec<PathBuf>,
    /// The merged release: a folder that does not exist
    #[arg(short, long, value_name = "RELEASE")]
    pub(crate) out: PathBuf,
    /// A short name for machines [default: the releases' names, joined]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Its English title [default: the releases' titles, joined]
    #[arg(long, value_name = "TITLE")]
    pub(crate) title_en: Option<String>,
    /// Its Japanese title [default: the releases' titles, joined]
    #[arg(long, value_name = "TITLE")]
    pub(crate) title_ja: Option<String>,
    /// What a code means that a release does not name, though its centre collects the dimension
    #[arg(long, value_enum, default_value_t = Absent::Unknown, value_name = "WHAT")]
    pub(crate) absent_codes: Absent,
    #[command(flatten)]
    pub(crate) accepted: Accepted,
}

/// What a code means that a release does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Absent {
    /// Anybody there may have it
    Unknown,
    /// Fewer people there than the threshold have it
    Rare,
}

/// Two releases to compare.
#[derive(Debug, Args)]
#[command(after_help = "\
A cell is the same if its centre, codes and values have the same names. Widened: the new interval holds
the old one; narrowed: the other way round; up, down: both ends moved.

Examples:
  ninzu diff release-2023 release-2024
  ninzu diff release-2023 release-2024 --format json | jq .largest
  ninzu diff mine theirs && echo the same

Exit codes:
  0  no difference
  1  differences
  2  an error")]
pub(crate) struct Diff {
    /// The old release: a folder
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The new release: a folder
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    /// Name so many of the largest changes
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub(crate) top: usize,
    /// How to write it; `csv` has one line for each table and centre
    #[arg(short, long, value_enum, default_value_t = Listing::Table)]
    pub(crate) format: Listing,
    #[command(flatten)]
    pub(crate) accepted: Accepted,
}

/// A release to read.
#[derive(Debug, Args)]
pub(crate) struct SourceArgs {
    /// The release: a folder
    #[arg(value_name = "RELEASE")]
    pub(crate) release: PathBuf,
    #[command(flatten)]
    pub(crate) accepted: Accepted,
}

/// Which releases are read.
#[derive(Debug, Clone, Args)]
pub(crate) struct Accepted {
    /// Accept a release whose protection no audit has proven
    #[arg(long)]
    pub(crate) unaudited: bool,
    /// Accept only what one of these keys signed: a public key (RW..), NAME=KEY, or a file of them
    #[arg(long, env = "NINZU_TRUST", hide_env_values = true, value_delimiter = ',', value_name = "KEY|FILE")]
    pub(crate) trust: Vec<String>,
}

/// A signature.
#[derive(Debug, Args)]
#[command(after_help = "\
A signature says that whoever holds the key published exactly this release, each byte of it. It does
not say that its counts are right or that its audit was run: `ninzu audit` proves that again. It is a
file of minisign beside the descriptor, which `minisign -V` checks too; readers name the keys that
they trust with --trust, or in NINZU_TRUST.

Examples:
  ninzu sign --new-key centre.key --name 'Centre A'   centre.key is yours, centre.key.pub is for all
  ninzu sign release --key centre.key
  ninzu query release everyone --trust centre.key.pub")]
pub(crate) struct Sign {
    /// The release to sign: a folder
    #[arg(value_name = "RELEASE", required_unless_present = "new_key", conflicts_with = "new_key")]
    pub(crate) release: Option<PathBuf>,
    /// The file of your secret key
    #[arg(long, value_name = "FILE", required_unless_present = "new_key", conflicts_with = "new_key")]
    pub(crate) key: Option<PathBuf>,
    /// Make a key: a file for your eyes only, and FILE.pub for everybody
    #[arg(long, value_name = "FILE")]
    pub(crate) new_key: Option<PathBuf>,
    /// Your name, in the signature or beside the new key
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The key's password, where it has one; a new key gets it
    #[arg(long, env = "NINZU_KEY_PASSWORD", hide = true, hide_env_values = true, value_name = "PASSWORD")]
    pub(crate) password: Option<String>,
    /// Sign even a release whose protection no audit has proven
    #[arg(long)]
    pub(crate) unaudited: bool,
}

impl Sign {
    /// What may be signed: by whom it was signed before does not matter.
    pub(crate) fn accepted(&self) -> Accepted {
        Accepted { unaudited: self.unaudited, trust: Vec::new() }
    }
}

/// What a release holds.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ninzu describe release
  ninzu describe release --verify                  check every byte of it
  ninzu describe release --format json | jq .dimensions")]
pub(crate) struct Describe {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// How to write it
    #[arg(short, long, value_enum, default_value_t = OutputFormat::Table)]
    pub(crate) format: OutputFormat,
    /// Check every byte against its hash
    #[arg(long)]
    pub(crate) verify: bool,
}

/// A question.
#[derive(Debug, Args)]
#[command(after_help = SYNTAX, after_long_help = format!("{SYNTAX}

Examples:
  ninzu query release 'diagnosis = E10 and specimen = dna'
  ninzu query release 'sex = female and life_stage in aya..adulthood by centre'
  ninzu query release 'diagnosis = G40' --by life_stage,centre --format csv
  ninzu query release @question.txt --at-least 100 && echo enough
  ninzu query release '{{\"filter\": {{\"dimension\": \"diagnosis\", \"is\": \"E10\"}}}}' --format json"))]
#[expect(clippy::struct_field_names, reason = "the argument of `query` is QUERY")]
pub(crate) struct Query {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// The question: text, JSON, @FILE, or - for standard input
    #[arg(value_name = "QUERY")]
    pub(crate) query: String,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Break down by these as well: dimensions, or `centre`
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) by: Vec<String>,
    /// Ask whether at least so many different people match: yes (exit code 0), no or cannot tell (1)
    #[arg(long, value_name = "N")]
    pub(crate) at_least: Option<u64>,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

/// How a question is answered.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ninzu explain release 'diagnosis = E10 and not specimen = dna'")]
pub(crate) struct Explain {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// The question: text, JSON, @FILE, or - for standard input
    #[arg(value_name = "QUERY")]
    pub(crate) query: String,
    /// How to write it
    #[arg(short, long, value_enum, default_value_t = OutputFormat::Table)]
    pub(crate) format: OutputFormat,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

/// Counts of all values.
#[derive(Debug, Args)]
#[command(after_help = "\
These are quick bounds: a question about one value alone may give tighter ones.

Examples:
  ninzu facets release
  ninzu facets release 'diagnosis = E10' --dimension specimen
  ninzu facets release 'life_stage = aya' --dimension diagnosis --top 20")]
pub(crate) struct Facets {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// The question: text, JSON, @FILE, or - for standard input
    #[arg(value_name = "QUERY", default_value = "everyone")]
    pub(crate) query: String,
    /// Only this dimension
    #[arg(short, long, value_name = "NAME")]
    pub(crate) dimension: Option<String>,
    /// Only so many values of each dimension, those with the most people first
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<usize>,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) asking: Asking,
}

/// How a question is understood, and how much may be done for it.
#[derive(Debug, Clone, Args)]
pub(crate) struct Asking {
    /// What is known of codes that the release does not name [default: `rare` where its codes are those of the rows, else `error`]
    #[arg(long, value_enum, value_name = "RULE")]
    pub(crate) unknown_codes: Option<Unknown>,
    /// How much may be computed: 1 is about a second; what does not fit gets wider bounds
    #[arg(long, default_value_t = 1.0, value_name = "N", value_parser = work)]
    pub(crate) work: f64,
    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) timeout: Option<u64>,
}

/// What is known of people with a code that the release does not name.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Unknown {
    /// Nothing is answered
    Error,
    /// Fewer than the threshold have it, at each centre
    Rare,
    /// From nobody to everybody
    Anything,
}

fn work(typed: &str) -> Result<f64, String> {
    typed.parse().ok().filter(|work| (0.0..=1e6).contains(work)).ok_or_else(|| "a number from 0 to 1000000 is needed".to_owned())
}

/// A statement in SQL.
#[derive(Debug, Args)]
#[command(after_help = "\
Tables: `dimensions`, and a table of cells for each table of the release (`show tables`). Null in a
partition column means \"all\"; suppressed cells have no row. `cohort('QUERY')` gives the
bounds that `ninzu query` gives, for each centre, or broken down as the query says. Statements only
read.

Examples:
  ninzu sql release 'show tables'
  ninzu sql release \"select * from cohort('diagnosis = G40 by life_stage')\"
  ninzu sql release \"select diagnosis, lo, hi from cells_diagnosis where hi < 100\"
  ninzu sql release @statement.sql --format parquet --out found.parquet")]
pub(crate) struct Sql {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// The statement: text, @FILE, or - for standard input
    #[arg(value_name = "SQL")]
    pub(crate) statement: String,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    /// Give up after so many seconds
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) timeout: u64,
    /// The most memory that the statement may take, in MiB
    #[arg(long, default_value_t = 1024, value_name = "MIB", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) memory: u32,
}

/// How and where a table of results is written.
#[derive(Debug, Args)]
pub(crate) struct OutputArgs {
    /// How to write the result
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// A portal.
#[derive(Debug, Args)]
#[command(after_help = "\
The portal is the page, the module and the release: plain files for any web server, where no
program runs. Queries run in the reader's browser and never leave it. Of the release only the files
that its descriptor names are copied, each byte checked. All but `release/cells/` is also written
as .br and .gz, for servers that send these; `_headers` holds the headers to send.

Examples:
  scripts/build-page.sh                            build the page, once
  ninzu site release --out portal
  ninzu serve portal")]
pub(crate) struct Site {
    #[command(flatten)]
    pub(crate) source: SourceArgs,
    /// The portal: a folder that does not exist
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The built page
    #[arg(long, env = "NINZU_PAGE", default_value = "web-demo/dist", value_name = "DIR")]
    pub(crate) page: PathBuf,
}

/// A look at a portal.
#[derive(Debug, Args)]
#[command(after_help = "\
Only programs of this machine can connect, and only by its own names (localhost, 127.0.0.1): a page
of somebody else's whose name was made to lead here reads nothing. Ctrl-C ends it.

Examples:
  ninzu serve portal
  ninzu serve portal --port 0                      a free port, whose address is printed
  ninzu serve portal --host portal.test            also by a name of your hosts file")]
pub(crate) struct Serve {
    /// The portal: a folder that `ninzu site` wrote
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// The port; 0 for any that is free
    #[arg(long, default_value_t = 8080, value_name = "PORT")]
    pub(crate) port: u16,
    /// A name by which it may be asked, besides this machine's own
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Vec<String>,
}

/// Completions.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ninzu completions bash > ~/.local/share/bash-completion/completions/ninzu
  ninzu completions fish > ~/.config/fish/completions/ninzu.fish")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// When to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// English
    En,
    /// Japanese
    Ja,
}

/// How to write what is no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    Table,
    /// For programs
    Json,
}

/// How to write a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Listing {
    /// For people
    Table,
    /// All of it, for programs
    Json,
    /// One line for each row
    Csv,
    /// For documents
    Markdown,
}

/// How to write a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Table,
    /// The whole answer, for programs
    Json,
    /// One line for each row
    Csv,
    /// One row group, with the question in its metadata
    Parquet,
    /// For documents
    Markdown,
}

/// The command with the colours that were asked for.
pub(crate) fn command(color: ColorChoice) -> clap::Command {
    Typed::command().color(color)
}

/// What was typed. Help and errors are printed, and end the program.
pub(crate) fn parse() -> Typed {
    let words: Vec<OsString> = std::env::args_os().collect();
    let matches = command(color_of(&words)).get_matches_from(words);
    Typed::from_arg_matches(&matches).unwrap_or_else(|e| e.exit())
}

/// The colours of help and of errors in what was typed: they must be known before it is parsed.
fn color_of(words: &[OsString]) -> ColorChoice {
    let value = |(at, word): (usize, &OsString)| match word.to_str()? {
        "--color" => words.get(at + 1)?.to_str().map(str::to_owned),
        other => other.strip_prefix("--color=").map(str::to_owned),
    };
    let mut values = words.iter().enumerate().filter_map(value);
    values.next_back().and_then(|value| value.parse().ok()).unwrap_or(ColorChoice::Auto)
}
