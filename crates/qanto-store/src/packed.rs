//! Many records in one array of bytes, in which they are passed to another language. Lengths are u32, little-endian.

use crate::error::StoreError;
use crate::hash::Hash;
use std::ops::Range;

const HASH_BYTES: usize = 32;
/// The length that stands for an absent second part of a record.
const ABSENT: u32 = u32::MAX;

/// Blocks to be appended. Each block is packed as its hash, the lengths of its head and body, the head, and the body.
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

/// A block to be appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockRef<'a> {
    /// The hash of the block.
    pub hash: Hash,
    /// The head: the data that is needed to place the block in the DAG.
    pub head: &'a [u8],
    /// The body: the contents of the block.
    pub body: &'a [u8],
}

impl Blocks {
    /// Parses packed blocks. Returns an error if the bytes are truncated.
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

    /// Packs blocks.
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

    /// Returns the number of records.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Returns whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Returns the total length of the heads and bodies, in bytes. Parsed blocks include the hashes and lengths.
    pub fn byte_length(&self) -> usize {
        self.bytes.len()
    }

    /// Returns an iterator over the blocks, in order.
    pub fn iter(&self) -> impl Iterator<Item = BlockRef<'_>> {
        self.spans.iter().map(|span| BlockRef {
            hash: span.hash,
            head: &self.bytes[span.head.clone()],
            body: &self.bytes[span.body.clone()],
        })
    }
}

/// A block whose past is pruned, and the record that replaces its past. It is then a *trusted* block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// The hash of the block.
    pub hash: Hash,
    /// Whether its body is pruned, unless the store is an archive.
    pub is_settled: bool,
    /// The record, which is opaque to the store.
    pub record: Vec<u8>,
}

impl Trusted {
    /// Parses packed records. Each is packed as its hash, 1 if it is settled and 0 otherwise (u32), its length (u32),
    /// and its bytes. Returns an error if the bytes are truncated.
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

/// Parses concatenated hashes. Returns an error if the bytes are truncated.
pub fn parse_hashes(bytes: &[u8]) -> Result<Vec<Hash>, StoreError> {
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    if !rest.is_empty() {
        return Err(cut_off());
    }
    Ok(hashes.iter().copied().map(Hash).collect())
}

/// Heads that were read. Each is packed as its hash, the lengths of the head and of the trusted record (2^32 - 1 if
/// there is no record), the head, and the record.
#[derive(Debug, Default)]
pub struct Heads {
    bytes: Vec<u8>,
    count: usize,
}

impl Heads {
    /// Appends a head.
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

    /// Returns the number of records.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Returns whether there are no records.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Returns the packed bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the packed bytes, and consumes the heads.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Returns an iterator over the heads: hash, head and trusted record.
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

/// A block as it is read with everything that the store has of it.
#[derive(Clone, Copy, Debug)]
pub struct WholeBlock<'a> {
    /// The hash of the block.
    pub hash: Hash,
    /// Whether the block is held. Otherwise it is archived.
    pub is_held: bool,
    /// The head: the data that is needed to place the block in the DAG.
    pub head: &'a [u8],
    /// The body: the contents of the block. It is empty if it was pruned.
    pub body: &'a [u8],
    /// The record of a trusted block.
    pub record: Option<&'a [u8]>,
}

/// Whole blocks that were read. Each is packed as its hash, 1 if it is held and 0 otherwise (u32), the lengths of head, body and
/// record (2^32 - 1 if there is no record), the head, the body, and the record.
#[derive(Debug, Default)]
pub struct WholeBlocks {
    bytes: Vec<u8>,
}

impl WholeBlocks {
    /// Appends a block.
    pub fn push(&mut self, block: &WholeBlock<'_>) {
        let record = block.record.map_or(ABSENT, |record| record.len() as u32);
        self.bytes.extend_from_slice(&block.hash.0);
        for number in [
            u32::from(block.is_held),
            block.head.len() as u32,
            block.body.len() as u32,
            record,
        ] {
            self.bytes.extend_from_slice(&number.to_le_bytes());
        }
        self.bytes.extend_from_slice(block.head);
        self.bytes.extend_from_slice(block.body);
        self.bytes
            .extend_from_slice(block.record.unwrap_or_default());
    }

    /// Returns the packed bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the packed bytes, and consumes the blocks.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
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
    StoreError::failed("the packed records are truncated")
}
