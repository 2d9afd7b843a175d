//! A template for verifying many nonces.

use crate::algorithm::{Algorithm, sha256};
use crate::digest::Digest;
use crate::template::{Template, TemplateError};

/// A template of which many nonces are verified by the reference implementation. With SHA-256 and SHA-256d, the blocks
/// before the nonce are hashed only once.
#[derive(Clone, Debug)]
pub struct PreparedTemplate {
    template: Template,
    start: Option<Start>,
}

/// The hash value after the whole blocks before the nonce, and the template of what follows them.
#[derive(Clone, Debug)]
struct Start {
    state: sha256::State,
    len: usize,
    rest: Template,
}

impl PreparedTemplate {
    /// Prepares a template. With version rolling, only variant 0 is considered.
    pub fn new(template: Template) -> Self {
        let len = template.nonce().offset / sha256::BLOCK_LEN * sha256::BLOCK_LEN;
        let has_start = matches!(template.algorithm(), Algorithm::Sha256 | Algorithm::Sha256d)
            && template.repeated().is_none();
        let start = (has_start && len > 0).then(|| Start {
            state: sha256::absorb(&template.preimage()[..len]),
            len,
            rest: template.without_start(len),
        });
        Self { template, start }
    }

    /// Returns the template.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// Computes the digest with this nonce, as [`Template::digest`] does.
    ///
    /// # Errors
    ///
    /// Returns [`TemplateError::NonceTooLarge`].
    pub fn digest(&self, nonce: u64) -> Result<Digest, TemplateError> {
        let Some(Start { state, len, rest }) = &self.start else {
            return self.template.digest(nonce);
        };
        let digest = rest.with_message(nonce, |rest| sha256::digest_after(*state, *len, rest))?;
        Ok(match self.template.algorithm() {
            Algorithm::Sha256d => Digest::new(&sha256::digest(&digest)),
            _ => Digest::new(&digest),
        })
    }

    /// Returns whether this nonce is a hit, as [`Template::is_hit`] does.
    pub fn is_hit(&self, nonce: u64) -> bool {
        self.digest(nonce)
            .is_ok_and(|digest| self.template.rule().is_met_by(&digest))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{ByteOrder, HitRule, NonceEncoding, NonceField, U512};

    proptest! {
        #[test]
        fn digests_are_those_of_the_template(
            algorithm in prop::sample::select(Algorithm::ALL.to_vec()),
            preimage in proptest::collection::vec(any::<u8>(), 8..300),
            offset in any::<prop::sample::Index>(),
            encoding in prop::sample::select(vec![
                NonceEncoding::U32Be,
                NonceEncoding::U64Le,
                NonceEncoding::Decimal,
                NonceEncoding::Hex { width: 5 },
            ]),
            nonce in any::<u64>(),
        ) {
            let at_start = NonceField { offset: 0, encoding };
            let last = preimage.len() - at_start.overwritten_len();
            let field = NonceField { offset: offset.index(last + 1), encoding };
            let rule = HitRule::new(1, ByteOrder::BigEndian, U512::ZERO, U512::from(127));
            let template = Template::new(algorithm, preimage, field, rule.expect("valid"));
            let template = template.expect("valid");
            let prepared = PreparedTemplate::new(template.clone());
            for nonce in [nonce, nonce >> 32, nonce >> 50] {
                prop_assert_eq!(prepared.digest(nonce), template.digest(nonce));
                prop_assert_eq!(prepared.is_hit(nonce), template.is_hit(nonce));
            }
        }
    }
}
