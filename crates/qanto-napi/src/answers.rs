//! Unpacks the answers that `verifyPowBatch` verifies.

use napi::bindgen_prelude::{Uint8Array, Uint32Array};
use napi_derive::napi;
use qanto_pow::{AnswerNonce, Answers};

use crate::error::{Result, invalid_argument};
use crate::template::TemplateInput;

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
    pub fn into_answers(self) -> Result<Answers> {
        let mut answers = Answers::default();
        for input in self.templates {
            let has_versions = input.version_rolling.is_some();
            answers.add_template(input.into_template()?, has_versions);
        }
        let (packed, rest) = self.answers.as_chunks::<WORDS>();
        if !rest.is_empty() {
            return Err(invalid_argument("an answer has seven words"));
        }
        answers.reserve(packed.len(), self.bytes.len());
        let templates = answers.templates();
        for &[template, start, len, low, high, variant, text_len] in packed {
            let template = template as usize;
            if template >= templates {
                return Err(invalid_argument("an answer has no template"));
            }
            let preimage = slice(&self.bytes, start, len)?;
            let nonce = match text_len {
                0 => AnswerNonce::Number(u64::from(high) << 32 | u64::from(low)),
                _ => AnswerNonce::Text(slice(&self.bytes, low, text_len)?),
            };
            answers
                .add(template, preimage, nonce, variant)
                .map_err(invalid_argument)?;
        }
        Ok(answers)
    }
}

fn slice(bytes: &[u8], start: u32, len: u32) -> Result<&[u8]> {
    let (start, len) = (start as usize, len as usize);
    bytes
        .get(start..)
        .and_then(|bytes| bytes.get(..len))
        .ok_or_else(|| invalid_argument("an answer lies outside the bytes"))
}
