//! The pages of a row group: the part of Parquet that cells files use, and no more.
//!
//! Columns are flat and hold texts or 32-bit counts: at most one dictionary page, then data pages of version 1, plain or by the
//! dictionary, all compressed by Snappy. Nothing stands between two columns: a column ends with its last row.

#[cfg(test)]
mod tests;

use crate::message::{Message, message};
use crate::{Error, ErrorKind, Result, limits};

// Parquet's numbers of page types and encodings.
const DATA_PAGE: i64 = 0;
const DICTIONARY_PAGE: i64 = 2;
const PLAIN: i64 = 0;
const PLAIN_DICTIONARY: i64 = 2;
const RLE: i64 = 3;
const RLE_DICTIONARY: i64 = 8;

/// Reads a value in its plain form and makes a number of it.
pub(crate) type Plain<'a> = &'a dyn Fn(&mut Input<'_>) -> Result<u32>;

/// The columns of a row group, read one after the other.
pub(crate) struct Pages<'a> {
    rest: Input<'a>,
    rows: usize,
}

/// What a page says of itself; sizes in bytes.
#[derive(Default)]
struct Header {
    kind: i64,
    /// Before compression.
    size: usize,
    stored: usize,
    values: usize,
    encoding: i64,
    /// The encoding of the marks which say where a value is.
    marks: i64,
}

impl<'a> Pages<'a> {
    /// The columns in the bytes of a row group.
    pub(crate) fn new(bytes: &'a [u8], rows: usize) -> Self {
        Self { rest: Input { bytes }, rows }
    }

    /// The next column. `null` is what stands where there is no value; a column without it has a value in every row.
    pub(crate) fn column(&mut self, null: Option<u32>, read: Plain<'_>) -> Result<Vec<u32>> {
        let (mut column, mut dictionary) = (Vec::with_capacity(self.rows), Vec::new());
        while column.len() < self.rows {
            let header = self.rest.header()?;
            let page = decompress(self.rest.take(header.stored)?, header.size)?;
            let mut page = Input { bytes: &page };
            match header.kind {
                DICTIONARY_PAGE if matches!(header.encoding, PLAIN | PLAIN_DICTIONARY) => {
                    dictionary = page.plain(header.values, read)?;
                }
                DATA_PAGE if header.values <= self.rows - column.len() => {
                    let values = page.values(&header, null, &dictionary, read)?;
                    column.extend(values);
                }
                DATA_PAGE => return Err(malformed(message!("page.more_rows"))),
                _ => return Err(malformed(message!("page.other_type"))),
            }
        }
        Ok(column)
    }
}

/// Bytes that are not read yet.
pub(crate) struct Input<'a> {
    bytes: &'a [u8],
}

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or_else(|| malformed(message!("page.ends_early")))?;
        self.bytes = rest;
        Ok(taken)
    }

    /// A number in up to four bytes, the least first.
    fn little(&mut self, length: usize) -> Result<u32> {
        Ok(self.take(length)?.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte)))
    }

    /// A count in its plain form.
    pub(crate) fn count(&mut self) -> Result<u32> {
        self.little(4)
    }

    /// A text in its plain form.
    pub(crate) fn text(&mut self) -> Result<&'a str> {
        let length = self.little(4)? as usize;
        std::str::from_utf8(self.take(length)?).map_err(|_| malformed(message!("page.no_text")))
    }

    /// A number in groups of seven bits, the least first.
    fn varint(&mut self) -> Result<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.little(1)?;
            number |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Ok(number);
            }
        }
        Err(malformed(message!("page.long_number")))
    }

    /// How many of something there are, or how long it is.
    fn length(&mut self) -> Result<usize> {
        usize::try_from(self.varint()?).map_err(|_| malformed(message!("page.long_length")))
    }

    /// A page's header.
    fn header(&mut self) -> Result<Header> {
        let mut header = Header::default();
        let size = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        self.fields(&[], &mut |path, number| match path {
            [1] => header.kind = number,
            [2] => header.size = size(number),
            [3] => header.stored = size(number),
            [5 | 7, 1] => header.values = size(number),
            [5 | 7, 2] => header.encoding = number,
            [5, 3] => header.marks = number,
            _ => {}
        })?;
        Ok(header)
    }

    /// The fields of a struct in Thrift's compact form, and of the structs in it. `each` gets whole numbers, and the numbers of
    /// the fields that lead to them.
    fn fields(&mut self, within: &[u64], each: &mut dyn FnMut(&[u64], i64)) -> Result<()> {
        let mut path = [within, &[0]].concat();
        while let head @ 1.. = self.little(1)? {
            let field = match head >> 4 {
                0 => self.varint()? >> 1,
                step => path[within.len()].saturating_add(step.into()),
            };
            path[within.len()] = field;
            match head & 15 {
                1 | 2 => {} // true and false
                3 => drop(self.take(1)?),
                4..=6 => {
                    let number = self.varint()?;
                    // Zigzag: the sign is the lowest bit.
                    each(&path, (number >> 1).cast_signed() ^ -(number & 1).cast_signed());
                }
                7 => drop(self.take(8)?),
                8 => {
                    let length = self.length()?;
                    self.take(length)?;
                }
                12 if path.len() < 4 => self.fields(&path, each)?,
                _ => return Err(malformed(message!("page.other_header"))),
            }
        }
        Ok(())
    }

    fn plain(&mut self, count: usize, read: Plain<'_>) -> Result<Vec<u32>> {
        (0..count).map(|_| read(self)).collect()
    }

    /// The rows of a data page.
    fn values(&mut self, header: &Header, null: Option<u32>, dictionary: &[u32], read: Plain<'_>) -> Result<Vec<u32>> {
        let marks = match null {
            Some(_) if header.marks != RLE => return Err(malformed(message!("page.other_marks"))),
            Some(_) => {
                let length = self.little(4)? as usize;
                Some(Input { bytes: self.take(length)? }.numbers(1, header.values)?)
            }
            None => None,
        };
        let present = marks.as_ref().map_or(header.values, |marks| marks.iter().filter(|&&mark| mark > 0).count());
        let values = match header.encoding {
            PLAIN => self.plain(present, read)?,
            PLAIN_DICTIONARY | RLE_DICTIONARY => {
                let width = self.little(1)?;
                let mut values = self.numbers(width, present)?;
                for value in &mut values {
                    *value = *dictionary.get(*value as usize).ok_or_else(|| malformed(message!("page.no_entry")))?;
                }
                values
            }
            _ => return Err(malformed(message!("page.other_encoding"))),
        };
        let (Some(marks), Some(null)) = (marks, null) else { return Ok(values) };
        let mut values = values.into_iter();
        Ok(marks.into_iter().map(|mark| if mark > 0 { values.next().unwrap_or(null) } else { null }).collect())
    }

    /// Numbers of `width` bits: runs of one number, and groups of eight that lie bit by bit.
    fn numbers(&mut self, width: u32, count: usize) -> Result<Vec<u32>> {
        if width > 32 {
            return Err(malformed(message!("page.wide_number")));
        }
        let mut numbers = Vec::with_capacity(count);
        while numbers.len() < count {
            let head = self.length()?;
            let (length, left) = (head >> 1, count - numbers.len());
            if head & 1 == 0 {
                let number = self.little(width.div_ceil(8) as usize)?;
                numbers.resize(numbers.len() + length.min(left), number);
                continue;
            }
            let packed = length.checked_mul(width as usize).ok_or_else(|| malformed(message!("page.endless_run")))?;
            let mut packed = self.take(packed)?.iter();
            let (mut bits, mut known) = (0_u64, 0);
            for _ in 0..length.saturating_mul(8).min(left) {
                while known < width {
                    bits |= packed.next().map_or(0, |&byte| u64::from(byte)) << known;
                    known += 8;
                }
                numbers.push((bits & ((1 << width) - 1)) as u32);
                bits >>= width;
                known -= width;
            }
        }
        Ok(numbers)
    }
}

/// The `size` bytes that Snappy stored.
fn decompress(stored: &[u8], size: usize) -> Result<Vec<u8>> {
    // Three bytes never stand for more than 64: a forged size takes no memory.
    if size / 22 > stored.len() || size > limits::PAGE_BYTES {
        return Err(malformed(message!("page.too_long")));
    }
    let mut bytes = vec![0; size];
    let length = if size == 0 { Ok(0) } else { snap::raw::Decoder::new().decompress(stored, &mut bytes) };
    match length {
        Ok(length) if length == size => Ok(bytes),
        _ => Err(malformed(message!("page.not_compressed"))),
    }
}

fn malformed(what: Message) -> Error {
    Error::new(ErrorKind::InvalidRelease, message!("release.group_undecodable", what = what))
}
