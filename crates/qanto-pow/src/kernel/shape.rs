//! What of a template decides which kernel is the fastest.

use super::digit_counts::TYPICAL_DIGITS;
use crate::algorithm::{Algorithm, blake3};
use crate::nonce::NonceEncoding;
use crate::template::Template;

/// The class of a template. Templates of one shape have the same kernels and the same fastest kernel, with few
/// exceptions. Shapes are few, so that they can be an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape(usize);

/// The kinds of [`blocks_of`].
const BLOCKS: usize = 4;

impl Shape {
    /// The number of shapes.
    pub(super) const COUNT: usize = Self::REPEATED.0 + 1;

    /// The shape of all templates that repeat bytes.
    const REPEATED: Self = Self(Algorithm::ALL.len() * BLOCKS * 2 * 2);

    /// Returns the shape, or `None` if only the portable kernel supports the template.
    pub(super) fn of(template: &Template) -> Option<Self> {
        if template.repeated().is_some() {
            return Some(Self::REPEATED);
        }
        let encoding = template.nonce().encoding;
        let digits = match encoding {
            NonceEncoding::Decimal => TYPICAL_DIGITS,
            _ => encoding.len_of(0),
        };
        let inserted = if encoding.is_text() { digits } else { 0 };
        let len = template.preimage().len() + inserted;
        if template.algorithm() == Algorithm::Blake3 && len > blake3::CHUNK_LEN {
            return None;
        }
        let parts = [
            (template.algorithm() as usize, Algorithm::ALL.len()),
            (blocks_of(template, digits, len), BLOCKS),
            (usize::from(encoding.is_text()), 2),
            (usize::from(template.variants() > 1), 2),
        ];
        Some(Self(
            parts
                .into_iter()
                .fold(0, |index, (part, count)| index * count + part),
        ))
    }

    /// Returns the number of the shape, less than [`Self::COUNT`].
    pub(super) fn index(self) -> usize {
        self.0
    }
}

/// Returns which blocks are hashed for every nonce: 0 if there is one, 1 if there are two and the nonce ends in the last
/// one, 2 if there are two and it does not, and 3 if there are more.
fn blocks_of(template: &Template, nonce_len: usize, len: usize) -> usize {
    // The padding of the SHA functions is a byte and the length of the message.
    let (block_len, padding) = match template.algorithm() {
        Algorithm::Sha1 | Algorithm::Sha256 | Algorithm::Sha256d => (64, 9),
        Algorithm::Sha512 | Algorithm::Sha512d => (128, 17),
        Algorithm::Blake2b => (128, 0),
        Algorithm::Blake3 => (64, 0),
    };
    let first = template.nonce().offset / block_len;
    let end = (template.nonce().offset + nonce_len - 1) / block_len;
    let last = (len + padding - 1) / block_len;
    match (last - first, last == end) {
        (0, _) => 0,
        (1, true) => 1,
        (1, false) => 2,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ByteOrder, HitRule, NonceField, U512};

    fn template(
        algorithm: Algorithm,
        len: usize,
        offset: usize,
        encoding: NonceEncoding,
    ) -> Template {
        let field = NonceField { offset, encoding };
        let rule = HitRule::new(4, ByteOrder::BigEndian, U512::ZERO, U512::ZERO).expect("valid");
        Template::new(algorithm, vec![0; len], field, rule).expect("valid")
    }

    fn shape(algorithm: Algorithm, len: usize, offset: usize, encoding: NonceEncoding) -> Shape {
        Shape::of(&template(algorithm, len, offset, encoding)).expect("several kernels")
    }

    #[test]
    fn templates_of_different_lengths_have_one_shape_if_the_same_blocks_depend_on_the_nonce() {
        use NonceEncoding::{Decimal, U32Be, U32Le};
        let header = shape(Algorithm::Sha256d, 80, 76, U32Le);
        assert_eq!(header, shape(Algorithm::Sha256d, 1_000, 996, U32Be));
        assert_ne!(header, shape(Algorithm::Sha256d, 80, 0, U32Le));
        assert_ne!(header, shape(Algorithm::Sha256d, 80, 76, Decimal));
        assert_ne!(header, shape(Algorithm::Sha256, 80, 76, U32Le));
    }

    #[test]
    fn version_rolling_has_a_shape_of_its_own() {
        let plain = template(Algorithm::Sha256d, 80, 76, NonceEncoding::U32Le);
        let rolling = |variants| {
            let rolling = plain.clone().with_version_rolling(variants);
            Shape::of(&rolling.expect("a header"))
        };
        assert_ne!(Shape::of(&plain), rolling(2));
        assert_eq!(rolling(2), rolling(16));
    }

    #[test]
    fn a_message_of_several_chunks_with_blake3_has_no_shape() {
        let template = template(Algorithm::Blake3, 1_025, 0, NonceEncoding::U32Le);
        assert_eq!(Shape::of(&template), None);
    }

    #[test]
    fn every_shape_has_an_index_of_its_own() {
        let mut shapes = std::collections::BTreeMap::new();
        for algorithm in Algorithm::ALL {
            for (len, offset) in [(80, 72), (100, 60), (100, 0), (500, 0)] {
                for encoding in [NonceEncoding::U64Le, NonceEncoding::Hex { width: 8 }] {
                    let template = template(algorithm, len, offset, encoding);
                    let len = template.message_around(8).len();
                    let parts = (
                        algorithm.name(),
                        blocks_of(&template, 8, len),
                        encoding.is_text(),
                    );
                    let index = Shape::of(&template).expect("several kernels").index();
                    assert!(index < Shape::COUNT);
                    assert_eq!(*shapes.entry(index).or_insert(parts), parts);
                }
            }
        }
        let parts: std::collections::BTreeSet<_> = shapes.values().collect();
        assert_eq!(parts.len(), shapes.len());
        assert!(shapes.len() > 4 * Algorithm::ALL.len());
    }
}
