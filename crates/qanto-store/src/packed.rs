//! Many records in one array of bytes, as they cross the border to another language. Lengths are u32, little-endian.

use crate::error::StoreError;
use crate::hash::Hash;
use std::ops::Range;

const HASH_BYTES: usize = 32;
/// Of a record that comes without its second part.
const ABSENT: u32 = u32::MAX;

/// Blocks to be written: for each its hash, the lengths of head and body, then both.
#[derive(Debug, Default)]
pub struct Blocks {
    bytes: Vec<u8>,
    spans: Vec<Span>,
}

#[derive(Debug)]
struct Span {
    hash: Hash,
    head: Range<usize>,
    body: Range<usize>,
}

/// A block to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockRef<'a> {
    /// The block's id.
    pub hash: Hash,
    /// What it takes to know its place.
    pub head: &'a [u8],
    /// Its contents.
    pub body: &'a [u8],
}

impl Blocks {
    /// Reads where each block lies. Refuses bytes that are cut off.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, StoreError> {
        let mut reader = Reader {
            bytes: &bytes,
            offset: 0,
        };
        let mut spans = Vec::new();
        while reader.offset < bytes.len() {
            let hash = reader.hash()?;
            let (head, body) = (reader.u32()? as usize, reader.u32()? as usize);
            spans.push(Span {
                hash,
                head: reader.range(head)?,
                body: reader.range(body)?,
            });
        }
        Ok(Self { bytes, spans })
    }

    /// The blocks, packed.
    pub fn pack<'a>(blocks: impl IntoIterator<Item = BlockRef<'a>>) -> Self {
        let mut packed = Self::default();
        for BlockRef { hash, head, body } in blocks {
            let start = packed.bytes.len();
            packed.bytes.extend_from_slice(head);
            packed.bytes.extend_from_slice(body);
            let end = start + head.len();
            packed.spans.push(Span {
                hash,
                head: start..end,
                body: end..packed.bytes.len(),
            });
        }
        packed
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Bytes of all of them.
    pub fn byte_length(&self) -> usize {
        self.bytes.len()
    }

    /// Each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = BlockRef<'_>> {
        self.spans.iter().map(|span| BlockRef {
            hash: span.hash,
            head: &self.bytes[span.head.clone()],
            body: &self.bytes[span.body.clone()],
        })
    }
}

/// A block whose past goes, and what it is known by from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// The block's id.
    pub hash: Hash,
    /// Whether its body goes, unless the store is an archive.
    pub is_settled: bool,
    /// What the chain knows it by.
    pub record: Vec<u8>,
}

impl Trusted {
    /// Reads records that each have a hash, 1 when they are settled and 0 otherwise (u32), and a length (u32).
    pub fn parse_all(bytes: &[u8]) -> Result<Vec<Self>, StoreError> {
        let mut reader = Reader { bytes, offset: 0 };
        let mut records = Vec::new();
        while reader.offset < bytes.len() {
            let hash = reader.hash()?;
            let is_settled = reader.u32()? != 0;
            let length = reader.u32()? as usize;
            let record = bytes[reader.range(length)?].to_vec();
            records.push(Self {
                hash,
                is_settled,
                record,
            });
        }
        Ok(records)
    }
}

/// Hashes one after the other.
pub fn parse_hashes(bytes: &[u8]) -> Result<Vec<Hash>, StoreError> {
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    if !rest.is_empty() {
        return Err(cut_off());
    }
    Ok(hashes.iter().copied().map(Hash).collect())
}

/// Heads that were read: for each its hash, the lengths of head and trusted record (2^32 - 1 where there is none), then
/// both.
#[derive(Debug, Default)]
pub struct Heads {
    bytes: Vec<u8>,
    count: usize,
}

impl Heads {
    /// Adds a head at the end.
    pub fn push(&mut self, hash: Hash, head: &[u8], trusted: Option<&[u8]>) {
        self.bytes.extend_from_slice(&hash.0);
        self.bytes
            .extend_from_slice(&(head.len() as u32).to_le_bytes());
        let length = trusted.map_or(ABSENT, |record| record.len() as u32);
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(head);
        self.bytes.extend_from_slice(trusted.unwrap_or_default());
        self.count += 1;
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The bytes so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Each head again.
    pub fn iter(&self) -> impl Iterator<Item = (Hash, &[u8], Option<&[u8]>)> {
        let mut reader = Reader {
            bytes: &self.bytes,
            offset: 0,
        };
        (0..self.count).map_while(move |_| {
            let hash = reader.hash().ok()?;
            let (head, trusted) = (reader.u32().ok()?, reader.u32().ok()?);
            let head = &self.bytes[reader.range(head as usize).ok()?];
            let trusted = match trusted {
                ABSENT => None,
                length => Some(&self.bytes[reader.range(length as usize).ok()?]),
            };
            Some((hash, head, trusted))
        })
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl Reader<'_> {
    fn range(&mut self, length: usize) -> Result<Range<usize>, StoreError> {
        let end = self.offset.checked_add(length).ok_or_else(cut_off)?;
        if end > self.bytes.len() {
            return Err(cut_off());
        }
        let range = self.offset..end;
        self.offset = end;
        Ok(range)
    }

    fn hash(&mut self) -> Result<Hash, StoreError> {
        let range = self.range(HASH_BYTES)?;
        Hash::from_slice(&self.bytes[range]).ok_or_else(cut_off)
    }

    fn u32(&mut self) -> Result<u32, StoreError> {
        let range = self.range(4)?;
        let bytes = self.bytes[range].try_into().map_err(|_| cut_off())?;
        Ok(u32::from_le_bytes(bytes))
    }
}

fn cut_off() -> StoreError {
    StoreError::failed("packed records are cut off")
}
