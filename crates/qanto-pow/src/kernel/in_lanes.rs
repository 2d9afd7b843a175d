//! The scanners that hash in vectors. The general function of each hash function supports every shape. There are others
//! for shapes that are common and become faster. Each costs several seconds of compilation.

use std::sync::Arc;

use super::lanes::blake3::HEADER_WORD;
use super::lanes::hashes::{
    ANY, Blake2bMessage, Blake3Message, FIRST, FIRST_OR_LAST, LAST, Sha1Message, Sha2Message,
};
use super::lanes::rolling_sha256d::RollingSha256d;
use super::lanes::sha2::Sha2;
use super::lanes::sha256::Sha256;
use super::lanes::sha512::Sha512;
use super::nonce_blocks::{self, NonceBlocks};
use super::nonce_bytes::MessageWord;
use super::scan::Scan;
use super::scanner::{LaneKernel, test_of};
use crate::algorithm::{Algorithm, sha256, sha512};
use crate::template::Template;
/// What of a template decides which of the compiled functions scans it.
#[derive(Clone, Copy)]
struct Shape {
    /// The number of the digest's word that is tested.
    word: usize,
    /// Whether only one word changes within a segment.
    is_single: bool,
    /// Whether there are blocks behind that of the words that change.
    is_followed: bool,
}

impl Shape {
    fn of<W: MessageWord>(template: &Template, blocks: &NonceBlocks<W>) -> Self {
        Self {
            word: test_of::<W>(template).index,
            is_single: blocks.changing.count() == 1,
            is_followed: blocks.changing.block() - blocks.first + 1 < blocks.blocks.len(),
        }
    }

    /// Returns whether one word of the last block changes, as in a block header, and this word of the digest is tested.
    fn is_header(self, word: usize) -> bool {
        self.is_single && !self.is_followed && self.word == word
    }
}

/// Prepares a scanner of a template without version rolling, whose nonces have a fixed length. Returns `None` if the hash
/// function does not support the template's shape.
pub(super) fn scanner<S: LaneKernel>(template: &Template, simd: S) -> Option<Arc<dyn Scan>> {
    Some(match template.algorithm() {
        Algorithm::Sha1 => sha1_message(template, simd),
        Algorithm::Sha256 => sha256_message::<S, false>(template, simd),
        Algorithm::Sha256d => sha256_message::<S, true>(template, simd),
        Algorithm::Sha512 | Algorithm::Sha512d => sha512_message(template, simd),
        Algorithm::Blake2b => blake2b_message(template, simd),
        Algorithm::Blake3 => return blake3_message(template, simd.wide()),
    })
}

/// Prepares a scanner that hashes all variants of a template with version rolling in vectors. Returns `None` if the hash
/// function or the shape has no such scanner.
pub(super) fn rolling_scanner<S: LaneKernel>(
    template: &Template,
    simd: S,
) -> Option<Arc<dyn Scan>> {
    if template.algorithm() != Algorithm::Sha256d {
        return None;
    }
    let (midstates, blocks) = nonce_blocks::of_sha256_variants(template)?;
    let shape = Shape::of(template, &blocks);
    match (shape.word, shape.is_followed) {
        (LAST, false) => Some(simd.scanner::<_, 1>(template, blocks, RollingSha256d { midstates })),
        _ => None,
    }
}

/// The test of the last word, which a target needs, saves the last rounds. That of the first word saves none.
fn sha256_message<S: LaneKernel, const TWICE: bool>(template: &Template, simd: S) -> Arc<dyn Scan> {
    let (before, blocks) = nonce_blocks::of_sha256(template);
    let shape = Shape::of(template, &blocks);
    let compress = sha256::compress;
    if shape.is_header(LAST) {
        let hash = Sha2Message::<Sha256, TWICE, LAST> {
            before,
            compress,
            word: LAST,
            is_twice: TWICE,
        };
        simd.scanner::<_, 1>(template, blocks, hash)
    } else {
        let hash = sha2_message_of_any_shape::<Sha256>(before, compress, shape, TWICE);
        simd.scanner::<_, 2>(template, blocks, hash)
    }
}

fn sha512_message<S: LaneKernel>(template: &Template, simd: S) -> Arc<dyn Scan> {
    let (before, blocks) = nonce_blocks::of_sha512(template);
    let shape = Shape::of(template, &blocks);
    let is_twice = template.algorithm() == Algorithm::Sha512d;
    let compress = sha512::compress;
    let hash = sha2_message_of_any_shape::<Sha512>(before, compress, shape, is_twice);
    simd.scanner::<_, 2>(template, blocks, hash)
}

/// Both numbers of applications have one compiled function in common.
fn sha2_message_of_any_shape<H: Sha2>(
    before: [H::Word; 8],
    compress: fn(&mut [H::Word; 8], &[H::Word; 16]),
    shape: Shape,
    is_twice: bool,
) -> Sha2Message<H, false, ANY> {
    Sha2Message {
        before,
        compress,
        word: shape.word,
        is_twice,
    }
}

fn sha1_message<S: LaneKernel>(template: &Template, simd: S) -> Arc<dyn Scan> {
    let (before, blocks) = nonce_blocks::of_sha1(template);
    let Shape { word, .. } = Shape::of(template, &blocks);
    simd.scanner::<_, 2>(template, blocks, Sha1Message { before, word })
}

fn blake2b_message<S: LaneKernel>(template: &Template, simd: S) -> Arc<dyn Scan> {
    let (inputs, blocks) = nonce_blocks::of_blake2b(template);
    let Shape { word, .. } = Shape::of(template, &blocks);
    simd.scanner::<_, 2>(template, blocks, Blake2bMessage { inputs, word })
}

fn blake3_message<S: LaneKernel>(template: &Template, simd: S) -> Option<Arc<dyn Scan>> {
    let (inputs, blocks) = nonce_blocks::of_blake3(template)?;
    let shape = Shape::of(template, &blocks);
    let word = shape.word;
    // The last block of a message often holds few words.
    let len = inputs.blocks.last().map_or(0, |block| block.len);
    let is_first_or_last = !shape.is_followed && (word == FIRST || word == LAST);
    let is_header = shape.is_header(LAST) && blocks.changing.indices() == [HEADER_WORD];
    Some(if is_header && len <= 16 {
        let hash = Blake3Message::<4, LAST> { inputs, word };
        simd.scanner::<_, 1>(template, blocks, hash)
    } else if is_first_or_last && len <= 32 {
        let hash = Blake3Message::<8, FIRST_OR_LAST> { inputs, word };
        simd.scanner::<_, 2>(template, blocks, hash)
    } else if is_first_or_last {
        let hash = Blake3Message::<16, FIRST_OR_LAST> { inputs, word };
        simd.scanner::<_, 2>(template, blocks, hash)
    } else {
        let hash = Blake3Message::<16, ANY> { inputs, word };
        simd.scanner::<_, 2>(template, blocks, hash)
    })
}
