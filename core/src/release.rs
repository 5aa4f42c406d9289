//! A release in a folder, and questions to it: the door to everything that a reader needs.

use std::fmt;
use std::path::{Path, PathBuf};

use ninzu_engine::answer::{Description, Explanation, Facet};
use ninzu_engine::release::DictionaryEntry;
use ninzu_engine::{Answer, Asking, Engine, Query, Result, Trust, UnknownCodes};

use crate::host::{ask, facets, load, open_folder, verify_folder};

/// A release in a folder, open for questions.
///
/// It reads the byte ranges that a question needs, checks them against their hashes, and keeps what it read for the next one.
/// Questions may be asked from several threads at once.
///
/// # Examples
/// ```
/// use ninzu::Release;
///
/// let release = Release::open("../examples/release")?;
/// assert_eq!(release.describe()?.title.en, "Two centres, people who do not exist");
///
/// let codes = release.dictionary("diagnosis")?;
/// assert_eq!(codes.iter().map(|code| code.name).collect::<Vec<_>>(), ["*", "G40", "G40.3", "G43"]);
/// assert_eq!(codes[1].label.ja, "てんかん");
/// # Ok::<(), ninzu::Error>(())
/// ```
#[derive(Debug)]
pub struct Release {
    engine: Engine,
    folder: PathBuf,
}

impl Release {
    /// Opens a release folder, if the release carries a passed audit or somebody else's protection.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(folder, Trust::Audited)
    }

    /// Opens a release folder that may be trusted so far: [`Trust::Unaudited`] accepts every release.
    pub fn open_with(folder: impl AsRef<Path>, trust: Trust) -> Result<Self> {
        let folder = folder.as_ref().to_owned();
        Ok(Self { engine: open_folder(&folder, trust)?, folder })
    }

    /// The release's id: the SHA-256 of its descriptor.
    pub fn id(&self) -> &str {
        self.engine.release().id()
    }

    /// A question, as text or JSON. It is answered when it is told what is wanted: [`Question::answer`], [`Question::explain`],
    /// [`Question::facets`].
    pub fn query(&self, query: &str) -> Result<Question<'_>> {
        Ok(self.ask(Query::read(query)?))
    }

    /// The same for a query that was read already.
    pub fn ask(&self, query: Query) -> Question<'_> {
        Question { release: self, query, asking: Asking::default() }
    }

    /// What the release holds and how it is protected.
    pub fn describe(&self) -> Result<Description<'_>> {
        Description::new(self.engine.release(), None)
    }

    /// The values or codes of a dimension, in order.
    pub fn dictionary(&self, dimension: &str) -> Result<Vec<DictionaryEntry<'_>>> {
        let release = self.engine.release();
        Ok(release.entries(release.dimensions().find(dimension)?))
    }

    /// Checks every byte against its hash; how many they are. Questions check what they read.
    pub fn verify(&self) -> Result<u64> {
        verify_folder(&self.engine, &self.folder, &|_| ())
    }

    /// The engine that answers, for what is not offered here.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

/// A question to a release, and how it is asked.
///
/// # Examples
/// ```
/// use ninzu::{Language, Release, UnknownCodes};
/// use ninzu::answer::Status;
///
/// let release = Release::open("../examples/release")?;
/// let question = release.query("diagnosis = G40")?.by("centre").by("sex");
/// let answer = question.answer()?;
/// assert_eq!(answer.words.get(Language::Ja), "診断「てんかん」（G40）ありの人：各センターの合計で60〜87人、推定 約74人。");
/// assert_eq!(answer.by.map(|by| by.len()), Some(4));
///
/// // Every value of every dimension at once; how it is answered, and from which bytes.
/// let facets = question.facets()?;
/// assert_eq!(facets[1].dimension, "diagnosis");
/// assert_eq!(question.explain()?.reads.len(), 2);
///
/// // A code that nobody listed: an error, or anybody may have it.
/// let question = release.query("diagnosis = Q90")?;
/// assert!(question.answer().is_err());
/// let answer = question.unknown_codes(UnknownCodes::Anything).work(0.1).answer()?;
/// assert_eq!(answer.answer.status, Status::Bounded);
/// # Ok::<(), ninzu::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a question does nothing until it is answered, explained or counted by facets"]
pub struct Question<'a> {
    release: &'a Release,
    query: Query,
    asking: Asking,
}

impl Question<'_> {
    /// Breaks the answer down by one dimension more, or by `centre`.
    pub fn by(mut self, dimension: &str) -> Self {
        self.query = self.query.with_by([dimension.to_owned()]);
        self
    }

    /// How much may be computed: 1, as it is without, is about a second. What does not fit is answered by quicker ways, with wider
    /// bounds.
    pub fn work(mut self, work: f64) -> Self {
        self.asking.work = work;
        self
    }

    /// What is taken to be known of people with a code that the release does not name.
    pub fn unknown_codes(mut self, rule: UnknownCodes) -> Self {
        self.asking.unknown_codes = Some(rule);
        self
    }

    /// How many people match.
    pub fn answer(&self) -> Result<Answer> {
        let Release { engine, folder } = self.release;
        ask(engine, folder, &engine.prepare_as(&self.query, &self.asking)?)
    }

    /// How the question is understood and answered.
    pub fn explain(&self) -> Result<Explanation> {
        let Release { engine, folder } = self.release;
        let prepared = engine.prepare_as(&self.query, &self.asking)?;
        load(engine, folder, &engine.needs(&prepared))?;
        engine.explain(&prepared)
    }

    /// Counts of every value of every dimension under the question; what it is broken down by does not matter.
    pub fn facets(&self) -> Result<Vec<Facet>> {
        let Release { engine, folder } = self.release;
        let query = Query { filter: self.query.filter.clone(), by: Vec::new() };
        facets(engine, folder, &query, &self.asking)
    }
}

/// The query's text.
impl fmt::Display for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.query.fmt(f)
    }
}
