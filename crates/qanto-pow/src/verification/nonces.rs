//! Many nonces of one template.

use std::ops::Range;

use super::AnswerBatch;
use super::alike::{Alike, Hasher, PreparedRule, Source};
use super::answers::{AnswerNonce, Answers};
use crate::nonce::NonceEncoding;
use crate::template::{Template, TemplateError};

/// Nonces of one template, whose messages have the same length.
#[derive(Debug)]
pub struct Nonces {
    template: Template,
    rule: PreparedRule,
    nonces: Vec<u64>,
    /// A variant for each nonce, or nothing if there is only one.
    variants: Vec<u8>,
    /// The message with the first nonce.
    message: Vec<u8>,
    /// The place of the nonce in the message.
    nonce: Range<usize>,
}

/// Why nonces were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoncesError {
    /// The template cannot have the nonce, or has no such variant.
    #[error("nonce {index}: {error}")]
    Nonce {
        /// The number of the nonce.
        index: usize,
        /// What is wrong with it.
        error: TemplateError,
    },
    /// There is not one variant for each nonce.
    #[error("there must be a variant for each of the {nonces} nonces; got {variants}")]
    Variants {
        /// The number of nonces.
        nonces: usize,
        /// The number of variants.
        variants: usize,
    },
}

impl AnswerBatch {
    /// Checks nonces of a template. If there are no variants, all of them are 0; otherwise, there is one for each nonce.
    ///
    /// # Errors
    ///
    /// Returns [`NoncesError`].
    pub fn of_nonces(
        template: Template,
        nonces: Vec<u64>,
        variants: Vec<u8>,
    ) -> Result<Self, NoncesError> {
        if template.repeated().is_some() {
            return Err(NoncesError::Nonce {
                index: 0,
                error: TemplateError::NoRepetition,
            });
        }
        if !variants.is_empty() && variants.len() != nonces.len() {
            return Err(NoncesError::Variants {
                nonces: nonces.len(),
                variants: variants.len(),
            });
        }
        let max = template.max_nonce();
        let known = template.variants();
        let wrong_nonce = nonces.iter().position(|&nonce| nonce > max);
        let wrong_variant = variants
            .iter()
            .position(|&variant| u32::from(variant) >= known);
        if let Some(index) = wrong_nonce {
            let nonce = nonces[index];
            let error = TemplateError::NonceTooLarge { nonce, max };
            return Err(NoncesError::Nonce { index, error });
        }
        if let Some(index) = wrong_variant {
            let error = TemplateError::NoSuchVariant {
                variant: u32::from(variants[index]),
                variants: known,
            };
            return Err(NoncesError::Nonce { index, error });
        }
        Ok(match template.nonce().encoding {
            // These messages have different lengths.
            NonceEncoding::Decimal => Self::Answers(decimal(template, &nonces)),
            _ => Self::Nonces(Box::new(Nonces::new(template, nonces, variants))),
        })
    }
}

/// Makes answers that share their preimage.
fn decimal(template: Template, nonces: &[u64]) -> Answers {
    let range = 0..template.preimage().len() as u32;
    let mut answers = Answers::new(template.preimage());
    answers.reserve(nonces.len());
    let number = answers.add_template(template, false);
    for &nonce in nonces {
        answers
            .add(number, range.clone(), AnswerNonce::Number(nonce), 0)
            .expect("the nonces have been checked, and the preimage is that of the template");
    }
    answers
}

impl Nonces {
    fn new(template: Template, nonces: Vec<u64>, variants: Vec<u8>) -> Self {
        let field = template.nonce();
        let nonce_len = field.encoding.len_of(0);
        Self {
            rule: PreparedRule::new(*template.rule(), template.algorithm()),
            message: template.message_around(nonce_len),
            template,
            nonces,
            variants,
            nonce: field.offset..field.offset + nonce_len,
        }
    }

    /// Returns the number of nonces.
    pub fn count(&self) -> usize {
        self.nonces.len()
    }

    pub(super) fn verify(
        &self,
        numbers: Range<usize>,
        hasher: &mut Hasher,
        record: impl Fn(usize, bool),
    ) {
        let alike = Alike {
            algorithm: self.template.algorithm(),
            digest_len: self.template.digest_len(),
            message: &self.message,
            // Variants differ in the version at the beginning of the header.
            common: match self.variants.is_empty() {
                true => self.nonce.start,
                false => 0,
            },
        };
        hasher.hash(&alike, numbers, self, |number, hashed| {
            record(number, hashed.meets(&self.rule));
        });
    }
}

impl Source for Nonces {
    fn write(&self, number: usize, message: &mut [u8]) {
        let nonce = &mut message[self.nonce.clone()];
        self.template
            .nonce()
            .encoding
            .write(self.nonces[number], nonce);
        if let Some(&variant) = self.variants.get(number) {
            Template::roll_version(message, u32::from(variant));
        }
    }
}
