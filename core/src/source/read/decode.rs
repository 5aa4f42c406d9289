//! A file's bytes as UTF-8: unpacked, without a byte order mark, decoded.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use chardetng::EncodingDetector;
use encoding_rs::{Decoder, DecoderResult, Encoding, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};
use flate2::bufread::MultiGzDecoder;
use ninzu_engine::{Error, ErrorKind, Message, Result};

use crate::catalogue::message;

/// Bytes read at a time.
const CHUNK: usize = 1 << 18;
/// How much of a text that is not UTF-8 is looked at to guess its encoding.
const SAMPLE: u64 = 1 << 20;

/// How a file's text is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Charset {
    encoding: &'static Encoding,
    /// How many bytes of a byte order mark come before the text.
    mark: usize,
    /// Whether nobody said so and only the look of the bytes does.
    pub(super) is_guess: bool,
    pub(super) is_packed: bool,
}

impl Charset {
    /// What a file says of itself by a byte order mark, else UTF-8 if all of it is, else what the spec says. Any other encoding
    /// is named as a guess in the error: labels and codes that are read wrongly are worse than none.
    pub(super) fn find(path: &Path, name: &str, said: Option<&'static Encoding>) -> Result<Self> {
        let failed = |e: io::Error| io_error(name, &e);
        let (mut reader, is_packed) = unpacked(path, name)?;
        let head = reader.fill_buf().map_err(failed)?;
        if let Some((encoding, mark)) = Encoding::for_bom(head) {
            return Ok(Self { encoding, mark, is_guess: false, is_packed });
        }
        let of = |encoding, is_guess| Self { encoding, mark: 0, is_guess, is_packed };
        if let Some(encoding) = wide(head) {
            return Ok(of(encoding, said != Some(encoding)));
        }
        let Some((bytes, line)) = not_utf8(&mut reader).map_err(failed)? else { return Ok(of(UTF_8, false)) };
        if let Some(encoding) = said {
            return Ok(of(encoding, false));
        }
        let mut detector = EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
        detector.feed(&bytes, true);
        let guess = detector.guess(Some(b"jp"), chardetng::Utf8Detection::Deny);
        let likely = match guess {
            guess if guess == SHIFT_JIS => "shift_jis (cp932)".to_owned(),
            guess => guess.name().to_lowercase(),
        };
        Err(Error::new(ErrorKind::InvalidSource, message!("source.not_utf8", file = name, line = line)).with_hint(message!(
            "hint.encoding",
            likely = likely,
            encoding = guess.name().to_lowercase()
        )))
    }

    /// What people call the encoding.
    pub(super) fn name(&self) -> &'static str {
        self.encoding.name()
    }

    /// Whether the text is UTF-8.
    pub(super) fn is_utf8(&self) -> bool {
        self.encoding == UTF_8
    }

    /// The text as UTF-8; where bytes are none of this encoding, the byte `0xFF` stands.
    pub(super) fn open(&self, path: &Path, name: &str) -> Result<Box<dyn BufRead + Send>> {
        let (mut reader, _) = unpacked(path, name)?;
        let mut mark = [0; 3];
        reader.read_exact(&mut mark[..self.mark]).map_err(|e| io_error(name, &e))?;
        if self.is_utf8() {
            return Ok(reader);
        }
        let decoder = self.encoding.new_decoder_without_bom_handling();
        let decoded = Decoded { from: reader, decoder, out: vec![0; CHUNK], at: 0, filled: 0, has_ended: false };
        Ok(Box::new(BufReader::with_capacity(CHUNK, decoded)))
    }
}

/// A file's bytes, unpacked if they are gzip, and whether they are.
fn unpacked(path: &Path, name: &str) -> Result<(Box<dyn BufRead + Send>, bool)> {
    let failed = |e: io::Error| io_error(name, &e);
    let mut file = BufReader::with_capacity(CHUNK, File::open(path).map_err(failed)?);
    let head = file.fill_buf().map_err(failed)?;
    let refused = |what: Message, hint: Message| {
        Err(Error::new(ErrorKind::InvalidSource, message!("source.no_text", file = name, what = what)).with_hint(hint))
    };
    let packed = |how: &str| refused(message!("source.packed", how = how), message!("hint.gzip"));
    match head {
        [0x1f, 0x8b, ..] => {
            Ok((Box::new(BufReader::with_capacity(CHUNK, MultiGzDecoder::new(file))) as Box<dyn BufRead + Send>, true))
        }
        [b'P', b'K', 3, 4, ..] => refused(message!("source.zip"), message!("hint.unpack_or_csv")),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => refused(message!("source.excel"), message!("hint.csv")),
        [b'P', b'A', b'R', b'1', ..] => refused(message!("source.parquet"), message!("hint.parquet_name")),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => packed("zstd"),
        [b'B', b'Z', b'h', ..] => packed("bzip2"),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => packed("xz"),
        _ => Ok((Box::new(file), false)),
    }
}

pub(super) fn io_error(name: &str, e: &io::Error) -> Error {
    Error::new(ErrorKind::Io, message!("source.unread", file = name, reason = e.to_string()))
}

/// UTF-16 without a mark: most characters of a header are ASCII, so every second byte is zero.
fn wide(head: &[u8]) -> Option<&'static Encoding> {
    let head = &head[..head.len().min(512) & !1];
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|&&byte| byte == 0).count();
    let half = head.len() / 4;
    match (zeros(0), zeros(1)) {
        (0, high) if high > half => Some(UTF_16LE),
        (low, 0) if low > half => Some(UTF_16BE),
        _ => None,
    }
}

/// How many lines end here.
fn ends(bytes: &[u8]) -> u64 {
    bytes.split(|&byte| byte == b'\n').count() as u64 - 1
}

/// Some bytes around the first that are not UTF-8 and the number of their line; nothing if all bytes are.
fn not_utf8(reader: &mut dyn BufRead) -> io::Result<Option<(Vec<u8>, u64)>> {
    let (mut buffer, mut kept, mut line) = (vec![0; CHUNK], 0, 1);
    loop {
        let read = reader.read(&mut buffer[kept..])?;
        let end = kept + read;
        let valid = match std::str::from_utf8(&buffer[..end]) {
            Ok(_) => end,
            // The end of a chunk may lie inside a character; the end of the file may not.
            Err(e) if e.error_len().is_none() && read > 0 => e.valid_up_to(),
            Err(e) => {
                line += ends(&buffer[..e.valid_up_to()]);
                buffer.truncate(end);
                reader.take(SAMPLE).read_to_end(&mut buffer)?;
                return Ok(Some((buffer, line)));
            }
        };
        if read == 0 {
            return Ok(None);
        }
        line += ends(&buffer[..valid]);
        buffer.copy_within(valid..end, 0);
        kept = end - valid;
    }
}

/// Bytes of another encoding as UTF-8.
struct Decoded {
    from: Box<dyn BufRead + Send>,
    decoder: Decoder,
    out: Vec<u8>,
    at: usize,
    filled: usize,
    has_ended: bool,
}

impl Read for Decoded {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.filled {
            if self.has_ended {
                return Ok(0);
            }
            let bytes = self.from.fill_buf()?;
            let is_last = bytes.is_empty();
            // One byte is kept for what is no character.
            let room = self.out.len() - 1;
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(bytes, &mut self.out[..room], is_last);
            self.from.consume(read);
            (self.at, self.filled) = (0, written);
            match result {
                DecoderResult::InputEmpty => self.has_ended = is_last,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    self.out[written] = 0xff;
                    self.filled += 1;
                }
            }
        }
        let n = out.len().min(self.filled - self.at);
        out[..n].copy_from_slice(&self.out[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}
