//! The part of a message that depends on the nonce, if it is the last block of the hash function. All other blocks are hashed
//! once, and their result is what a device begins with.

use crate::algorithm::{Algorithm, blake3, sha256};
use crate::nonce::NonceEncoding;
use crate::template::Template;

/// The length of a block of SHA-256 and of BLAKE3, in bytes.
const BLOCK_LEN: usize = 64;
/// The length of a nonce's lower half, which changes from nonce to nonce, in bytes.
const LOW_LEN: usize = 4;

/// A template of which a device knows no kernel.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a GPU searches sha256, sha256d and blake3 with a binary nonce in the last block of the message; {0}"
)]
pub struct UnknownShape(String);

/// What decides about the instructions of a kernel. Templates of one shape differ only in data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LastBlockShape {
    /// The hash function: SHA-256, SHA-256d or BLAKE3.
    pub algorithm: Algorithm,
    /// The number of bytes of the message.
    pub message_len: usize,
    /// The offset, in the last block, of the four bytes with the lower half of the nonce.
    pub low_offset: usize,
    /// Whether the lower half is big-endian.
    pub is_big_endian: bool,
    /// The number of variants.
    pub variants: u32,
}

impl LastBlockShape {
    /// Returns the number of bytes of the message in the last block.
    pub fn last_len(&self) -> usize {
        self.message_len - last_block_at(self.algorithm, self.message_len)
    }

    /// Returns the flags of BLAKE3 for the last block.
    pub fn blake3_flags(&self) -> u32 {
        let is_first = self.message_len <= BLOCK_LEN;
        let start = if is_first {
            blake3::flags::CHUNK_START
        } else {
            0
        };
        start | blake3::flags::CHUNK_END | blake3::flags::ROOT
    }
}

/// The last block of a template's messages.
#[derive(Clone, Debug)]
pub struct LastBlock {
    shape: LastBlockShape,
    variants: Vec<VariantBlock>,
    /// The offset in the block of the upper half of a nonce of 8 bytes.
    high_offset: Option<usize>,
}

/// What is hashed for one variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantBlock {
    /// The hash value before the last block.
    pub state: [u32; 8],
    /// The words of the last block with its padding, in the byte order of the hash function. The lower half of the nonce is 0.
    pub words: [u32; 16],
}

impl LastBlock {
    /// Finds the last block of a template.
    ///
    /// # Errors
    ///
    /// Returns [`UnknownShape`] if more than the last block depends on the nonce, or if the hash function, the encoding or
    /// repeated bytes are not known here.
    pub fn of(template: &Template) -> Result<Self, UnknownShape> {
        let algorithm = template.algorithm();
        let field = template.nonce();
        let refuse = |what: String| Err(UnknownShape(what));
        let is_known = matches!(
            algorithm,
            Algorithm::Sha256 | Algorithm::Sha256d | Algorithm::Blake3
        );
        if !is_known {
            return refuse(format!("got {algorithm}"));
        }
        if field.encoding.is_text() {
            return refuse(format!("got a nonce of the encoding {}", field.encoding));
        }
        if template.repeated().is_some() {
            return refuse("got a message with repeated bytes".to_owned());
        }
        let message_len = template.preimage().len();
        if algorithm == Algorithm::Blake3 && message_len > blake3::CHUNK_LEN {
            return refuse(format!("got a message of {message_len} bytes with blake3"));
        }
        let start = last_block_at(algorithm, message_len);
        if field.offset < start {
            return refuse(format!(
                "got a nonce at byte {}, before the last block, which begins at byte {start}",
                field.offset
            ));
        }
        let at = field.offset - start;
        let (low, high_offset, is_big_endian) = match field.encoding {
            NonceEncoding::U32Le => (at, None, false),
            NonceEncoding::U32Be => (at, None, true),
            NonceEncoding::U64Le => (at, Some(at + LOW_LEN), false),
            NonceEncoding::U64Be => (at + LOW_LEN, Some(at), true),
            // The upper half comes first; both are little-endian.
            _ => (at + LOW_LEN, Some(at), false),
        };
        let shape = LastBlockShape {
            algorithm,
            message_len,
            low_offset: low,
            is_big_endian,
            variants: template.variants(),
        };
        let variants = template.each_variant();
        Ok(Self {
            shape,
            variants: variants
                .map(|variant| block_of(algorithm, &variant, start))
                .collect(),
            high_offset,
        })
    }

    /// Returns the shape.
    pub fn shape(&self) -> LastBlockShape {
        self.shape
    }

    /// Returns what is hashed for each variant if the upper half of the nonce is this one. It must be 0 for nonces of 4 bytes.
    pub fn with_high(&self, high: u32) -> Vec<VariantBlock> {
        let Some(offset) = self.high_offset else {
            return self.variants.clone();
        };
        let bytes = match self.shape.is_big_endian {
            true => high.to_be_bytes(),
            false => high.to_le_bytes(),
        };
        let variants = self.variants.iter();
        variants
            .map(|variant| {
                let mut block = variant.clone();
                for (place, byte) in bytes.into_iter().enumerate() {
                    let at = offset + place;
                    let in_word = match self.shape.algorithm {
                        Algorithm::Blake3 => at % 4,
                        _ => 3 - at % 4,
                    };
                    block.words[at / 4] |= u32::from(byte) << (8 * in_word);
                }
                block
            })
            .collect()
    }
}

/// Returns the number of bytes before the last block that contains bytes of the message. With SHA-256 this block has no room for
/// the padding if the message ends in its last 9 bytes, so a nonce in it is not in the last block.
fn last_block_at(algorithm: Algorithm, message_len: usize) -> usize {
    match algorithm {
        Algorithm::Blake3 => (message_len - 1) / BLOCK_LEN * BLOCK_LEN,
        _ => (message_len + 8) / BLOCK_LEN * BLOCK_LEN,
    }
}

fn block_of(algorithm: Algorithm, template: &Template, start: usize) -> VariantBlock {
    let mut message = template.preimage().to_vec();
    let field = template.nonce();
    message[field.offset..][..field.overwritten_len()].fill(0);
    if algorithm == Algorithm::Blake3 {
        let mut blocks: Vec<_> = blake3::chunk_blocks(&message, blake3::flags::ROOT).collect();
        let last = blocks.pop().map(|block| block.words).unwrap_or_default();
        let state = blocks.iter().fold(blake3::IV, |state, block| {
            blake3::compress(&state, &block.words, 0, block.len, block.flags)
        });
        return VariantBlock { state, words: last };
    }
    let padded = sha256::pad(&message[start..], message.len());
    VariantBlock {
        state: sha256::absorb(&message[..start]),
        words: sha256::blocks(&padded).next().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NonceField, Target};
    use proptest::prelude::*;

    fn template(algorithm: Algorithm, len: usize, field: NonceField) -> Template {
        let preimage: Vec<u8> = (0..len).map(|byte| byte as u8).collect();
        Template::new(algorithm, preimage, field, Target::MAX).expect("sound")
    }

    /// Computes the digest from the last block, as a device does.
    fn digest(block: &LastBlock, nonce: u64, variant: usize) -> Vec<u8> {
        let shape = block.shape();
        let mut last = block.with_high((nonce >> 32) as u32)[variant].clone();
        let low = nonce as u32;
        let bytes = match shape.is_big_endian {
            true => low.to_be_bytes(),
            false => low.to_le_bytes(),
        };
        let is_blake3 = shape.algorithm == Algorithm::Blake3;
        for (place, byte) in bytes.into_iter().enumerate() {
            let at = shape.low_offset + place;
            let in_word = if is_blake3 { at % 4 } else { 3 - at % 4 };
            last.words[at / 4] |= u32::from(byte) << (8 * in_word);
        }
        if is_blake3 {
            let len = shape.last_len() as u32;
            let words = blake3::compress(&last.state, &last.words, 0, len, shape.blake3_flags());
            return words.into_iter().flat_map(u32::to_le_bytes).collect();
        }
        sha256::compress(&mut last.state, &last.words);
        let once: Vec<u8> = last.state.into_iter().flat_map(u32::to_be_bytes).collect();
        match shape.algorithm {
            Algorithm::Sha256d => sha256::digest(&once).to_vec(),
            _ => once,
        }
    }

    proptest! {
        #[test]
        fn the_last_block_gives_the_digest_of_every_template_that_is_not_refused(
            algorithm in prop::sample::select(vec![Algorithm::Sha256, Algorithm::Sha256d, Algorithm::Blake3]),
            len in 8usize..260,
            from_end in 0usize..56,
            encoding in prop::sample::select(NonceEncoding::BINARY.to_vec()),
            nonce: u64,
            rolling in any::<bool>(),
        ) {
            let width = encoding.len_of(0);
            let offset = (len - width).saturating_sub(from_end);
            let mut template = template(algorithm, len, NonceField { offset, encoding });
            if rolling && let Ok(rolled) = template.clone().with_version_rolling(3) {
                template = rolled;
            }
            let Ok(block) = LastBlock::of(&template) else {
                return Ok(());
            };
            let nonce = nonce & template.max_nonce();
            for (number, variant) in template.each_variant().enumerate() {
                let expected = variant.digest(nonce).expect("in range");
                prop_assert_eq!(&digest(&block, nonce, number)[..], &expected[..]);
            }
        }
    }

    #[test]
    fn a_block_header_is_known() {
        let field = NonceField {
            offset: 76,
            encoding: NonceEncoding::U32Le,
        };
        for algorithm in [Algorithm::Sha256, Algorithm::Sha256d, Algorithm::Blake3] {
            let block = LastBlock::of(&template(algorithm, 80, field)).expect("known");
            assert_eq!(block.shape().low_offset, 12);
            assert_eq!(block.shape().last_len(), 16);
        }
    }

    #[test]
    fn a_template_of_another_shape_is_refused_with_what_was_given() {
        let at = |offset, encoding| NonceField { offset, encoding };
        let refused = [
            (
                Algorithm::Sha512,
                80,
                at(76, NonceEncoding::U32Le),
                "sha512",
            ),
            (
                Algorithm::Sha256,
                20,
                at(4, NonceEncoding::Decimal),
                "decimal",
            ),
            (
                Algorithm::Sha256,
                56,
                at(0, NonceEncoding::U32Le),
                "byte 64",
            ),
            (
                Algorithm::Blake3,
                65,
                at(0, NonceEncoding::U32Le),
                "byte 64",
            ),
            (
                Algorithm::Sha256d,
                132,
                at(122, NonceEncoding::U64Le),
                "byte 128",
            ),
            (
                Algorithm::Blake3,
                1025,
                at(1000, NonceEncoding::U64Le),
                "1025",
            ),
        ];
        for (algorithm, len, field, given) in refused {
            let error = LastBlock::of(&template(algorithm, len, field)).expect_err("refused");
            assert!(error.to_string().contains(given), "{error}");
        }
    }
}
