//! Unpacks what `verifyPowBatch` verifies.

use napi::bindgen_prelude::{BigUint64Array, Either, Uint8Array, Uint32Array};
use napi_derive::napi;
use qanto_pow::{AnswerBatch, AnswerNonce, Answers, MessageTarget, Messages};

use crate::error::{Result, invalid_argument};
use crate::template::{RuleInput, TemplateInput};

/// The number of words of an answer.
const WORDS: usize = 7;

/// Answers, already checked by TypeScript, which packs them in `ts/pow/answers.ts`.
#[napi(object, object_to_js = false)]
pub struct AnswersInput {
    /// One template for each kind of answers. Its preimage is that of one of them.
    pub templates: Vec<TemplateInput>,
    /// The preimages and texts.
    pub bytes: Uint8Array,
    /// Seven words for each answer: the number of its template, where its preimage begins among the bytes, the length of
    /// the preimage, the lower and the upper half of the nonce, the variant, and the length of the text. If this is not
    /// 0, the nonce is where the text begins.
    pub answers: Uint32Array,
}

impl AnswersInput {
    pub fn into_batch(self) -> Result<AnswerBatch> {
        let mut answers = Answers::new(&self.bytes);
        for input in self.templates {
            let has_versions = input.version_rolling.is_some();
            answers.add_template(input.into_template()?, has_versions);
        }
        let (packed, rest) = self.answers.as_chunks::<WORDS>();
        if !rest.is_empty() {
            return Err(invalid_argument("an answer has seven words"));
        }
        answers.reserve(packed.len());
        let templates = answers.templates();
        for &[template, start, len, low, high, variant, text_len] in packed {
            let template = template as usize;
            if template >= templates {
                return Err(invalid_argument("an answer has no template"));
            }
            let preimage = start..start.saturating_add(len);
            let nonce = match text_len {
                0 => AnswerNonce::Number(u64::from(high) << 32 | u64::from(low)),
                _ => AnswerNonce::Text(low..low.saturating_add(text_len)),
            };
            answers
                .add(template, preimage, nonce, variant)
                .map_err(invalid_argument)?;
        }
        Ok(AnswerBatch::Answers(answers))
    }
}

/// Messages of one length that contain their nonces, already checked by TypeScript.
#[napi(object, object_to_js = false)]
pub struct MessagesInput {
    /// The hash function.
    #[napi(ts_type = "Algorithm")]
    pub algorithm: String,
    /// The length of the digests in bytes.
    pub digest_length: u32,
    /// The messages, one behind the other.
    pub messages: Uint8Array,
    /// The length of a message in bytes, 1 to 65,536.
    pub message_length: u32,
    /// The rule of all messages.
    pub rule: Option<RuleInput>,
    /// If there is no rule: the offset in a message of the compact bits of its target.
    pub compact_offset: Option<u32>,
}

impl MessagesInput {
    pub fn into_batch(self) -> Result<AnswerBatch> {
        let target = match (self.rule, self.compact_offset) {
            (Some(rule), None) => MessageTarget::Rule(rule.to_rule()?),
            (None, Some(offset)) => MessageTarget::CompactAt(offset as usize),
            _ => return Err(invalid_argument("messages have a rule or compact bits")),
        };
        Messages::new(
            self.algorithm.parse().map_err(invalid_argument)?,
            self.digest_length as usize,
            self.message_length as usize,
            &self.messages,
            target,
        )
        .map(AnswerBatch::Messages)
        .map_err(invalid_argument)
    }
}

/// Nonces of one template, already checked by TypeScript.
#[napi(object, object_to_js = false)]
pub struct NoncesInput {
    pub template: TemplateInput,
    pub nonces: Either<Uint32Array, BigUint64Array>,
    /// The number of a variant for each nonce. If it is absent, all of them are 0.
    pub variants: Option<Uint8Array>,
}

impl NoncesInput {
    pub fn into_batch(self) -> Result<AnswerBatch> {
        let nonces = match self.nonces {
            Either::A(nonces) => nonces.iter().map(|&nonce| u64::from(nonce)).collect(),
            Either::B(nonces) => nonces.to_vec(),
        };
        let variants = self
            .variants
            .map_or(Vec::new(), |variants| variants.to_vec());
        AnswerBatch::of_nonces(self.template.into_template()?, nonces, variants)
            .map_err(invalid_argument)
    }
}
