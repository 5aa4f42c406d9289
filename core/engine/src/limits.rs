//! How large things from outside may be: questions, descriptors, dictionaries, cells, answers.
//!
//! A release may come from anywhere, and a question too. Each limit is checked before what it limits is read, parsed or
//! multiplied, so that no input takes more than about a second or a gigabyte, in a browser as on a server. All are far above
//! what releases need: dictionaries of 10,000 codes with their onsets, 47 centres, 10 million cells.

/// Bytes of a question's text. A question of every code of a chapter has a few thousand.
pub const QUERY_TEXT: usize = 65_536;

/// Bytes of a question's JSON: room for the longest text with every character escaped.
pub const QUERY_JSON: usize = 16 * QUERY_TEXT;

/// Dimensions, values and codes that a question names.
pub const QUERY_WORDS: usize = 2_048;

/// Levels of a question; so chosen that its JSON stays within what JSON readers accept (128).
pub const QUERY_DEPTH: usize = 60;

/// Combinations of values that an answer is broken down by, times the centres where they are told apart.
pub const KEYS: usize = 100_000;

/// Bytes of a descriptor. Row groups take some 400 each, declared pairs 60: room for 250,000 pairs.
pub const DESCRIPTOR_BYTES: u64 = 32 << 20;

/// Bytes of a small file (a dictionary, the audit) and of a table's footer: a dictionary of 100,000 codes has 10 million.
pub const FILE_BYTES: u64 = 64 << 20;

/// Small files of a release.
pub const FILES: usize = 1_024;

/// Dimensions of a release.
pub const DIMENSIONS: usize = 256;

/// Partitions among them: a margin is a set of bits.
pub const PARTITIONS: usize = 64;

/// Centres of a release.
pub const CENTRES: usize = 4_096;

/// Values of a partition: Japan has 1,741 municipalities.
pub const PARTITION_VALUES: usize = 4_096;

/// Codes of a dimension, onsets included: 100,000 codes with nine life stages each.
pub const CODES: usize = 1 << 20;

/// Bytes of the names and labels of a dimension's onsets, which are derived: those of 100,000 codes have 100 million.
pub const ONSET_BYTES: usize = 1 << 28;

/// Values of all dimensions, times the centres: facets hold a sum for each.
pub const CODES_AT_CENTRES: usize = 1 << 24;

/// Bytes of a name: of a dimension, a centre, a table, a value, a code.
pub const NAME_BYTES: usize = 1_024;

/// Bytes of a label or a title.
pub const LABEL_BYTES: usize = 4_096;

/// Columns of a dictionary: a code, its parent, its onsets, and a label in each language.
pub const LANGUAGES: usize = 128;

/// Codes above one another. SNOMED CT, the deepest in use, has some twenty.
pub const HIERARCHY_DEPTH: usize = 256;

/// Pairs of a code and one above it, in one dimension: 30 codes above each of a million.
pub const HIERARCHY_PAIRS: usize = 1 << 25;

/// Tables of a release.
pub const TABLES: usize = 4_096;

/// Partitions that a table's margins cross.
pub const ORDER: usize = PARTITIONS;

/// Cells of one combination of codes at one centre: six partitions of nine values, all crossed.
pub const CELLS: u64 = 1 << 20;

/// Margins of a table.
pub const MARGINS: u64 = 1 << 14;

/// Row groups of a release; tables have 256 until they pass 16 million rows.
pub const ROW_GROUPS: usize = 1 << 18;

/// Rows of a row group; ours have up to 65,536.
pub const GROUP_ROWS: u32 = 1 << 17;

/// Bytes of a row group.
pub const GROUP_BYTES: u64 = 16 << 20;

/// Bytes of a page once decompressed; ours have about one million.
pub const PAGE_BYTES: usize = 32 << 20;

/// Rows of all tables, times their columns: some 2 GB once decoded. Ten million cells in eight columns have a sixth.
pub const FIELDS: u64 = 1 << 29;

/// Combinations that nobody can have.
pub const ZEROS: usize = 4_096;

/// Cells of one combination of codes, times the combinations that are ruled out: each cell is held against each.
pub const CELLS_AND_ZEROS: u64 = 1 << 26;

/// Characters of an error's message, and of its hint.
pub const MESSAGE: usize = 2_000;
