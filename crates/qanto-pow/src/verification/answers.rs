//! Answers to any templates.

use std::ops::Range;

use super::alike::{Alike, Hasher, PreparedRule, Source};
use super::copied::Copied;
use crate::algorithm::Algorithm;
use crate::template::{MAX_PREIMAGE_LEN, MAX_TEXT_LEN, Template, TemplateError};

/// What takes the place of the nonce in the message of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerNonce {
    /// A nonce, written as the template's encoding says.
    Number(u64),
    /// The place of a text among the bytes, see [`Template::digest_with_text`].
    Text(Range<u32>),
}

/// Answers, and the templates that they answer.
#[derive(Debug, Default)]
pub struct Answers {
    templates: Vec<AnsweredTemplate>,
    /// The preimages of all answers, and the texts.
    bytes: Copied,
    answers: Vec<Answer>,
}

/// Why an answer was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// The preimage or the text lies outside the bytes.
    #[error("an answer lies outside the bytes")]
    OutsideBytes,
    /// A template with this preimage would be refused, or would not have this nonce or variant.
    #[error(transparent)]
    Template(#[from] TemplateError),
}

#[derive(Debug)]
struct AnsweredTemplate {
    /// Its preimage does not matter.
    template: Template,
    rule: PreparedRule,
    /// Whether each answer states the version of its header.
    has_versions: bool,
}

#[derive(Clone, Copy, Debug)]
struct Answer {
    nonce: Nonce,
    template: u32,
    /// Where its preimage begins among the bytes.
    start: u32,
    preimage_len: u32,
    /// The length of the message.
    len: u32,
    /// The number of the answer in the order in which answers were added.
    index: u32,
    variant: u8,
    algorithm: Algorithm,
}

#[derive(Clone, Copy, Debug)]
enum Nonce {
    Number(u64),
    Text { start: u32, len: u8 },
}

impl Answers {
    /// Creates an empty list of answers whose preimages and texts are among these bytes, which it copies.
    pub fn new(bytes: &[u8]) -> Self {
        Self {
            bytes: Copied::of(bytes),
            ..Self::default()
        }
    }

    /// Adds a template and returns its number. Each of its answers has a preimage of its own. If `has_versions` is set,
    /// each answer also has the version of its variant, as in a template
    /// [with version rolling](Template::with_version_rolling), which has at least one variant.
    pub fn add_template(&mut self, template: Template, has_versions: bool) -> usize {
        self.templates.push(AnsweredTemplate {
            rule: PreparedRule::new(*template.rule(), template.algorithm()),
            has_versions: has_versions || template.variants() > 1,
            template,
        });
        self.templates.len() - 1
    }

    /// Adds an answer to the template with this number, in which the bytes at `preimage` replace the preimage.
    ///
    /// # Errors
    ///
    /// Returns [`AnswerError`]. The answer is then not added.
    ///
    /// # Panics
    ///
    /// Panics if there is no template with this number.
    pub fn add(
        &mut self,
        template: usize,
        preimage: Range<u32>,
        nonce: AnswerNonce,
        variant: u32,
    ) -> Result<(), AnswerError> {
        let of = &self.templates[template].template;
        let preimage_len = self.len_of(&preimage)?;
        let overwritten = check_preimage(of, preimage_len)?;
        let variants = of.variants();
        if variant >= variants {
            return Err(TemplateError::NoSuchVariant { variant, variants }.into());
        }
        let (nonce, nonce_len) = match nonce {
            AnswerNonce::Number(nonce) => {
                let max = of.max_nonce();
                if nonce > max {
                    return Err(TemplateError::NonceTooLarge { nonce, max }.into());
                }
                (Nonce::Number(nonce), of.nonce().encoding.len_of(nonce))
            }
            AnswerNonce::Text(text) => {
                let length = self.len_of(&text)?;
                if !(1..=MAX_TEXT_LEN).contains(&length) || !of.nonce().encoding.is_text() {
                    return Err(TemplateError::NonceText { length }.into());
                }
                let nonce = Nonce::Text {
                    start: text.start,
                    len: length as u8,
                };
                (nonce, length)
            }
        };
        self.answers.push(Answer {
            nonce,
            template: template as u32,
            start: preimage.start,
            preimage_len: preimage_len as u32,
            len: (preimage_len - overwritten + nonce_len) as u32,
            index: self.answers.len() as u32,
            variant: variant as u8,
            algorithm: of.algorithm(),
        });
        Ok(())
    }

    /// Returns the number of templates.
    pub fn templates(&self) -> usize {
        self.templates.len()
    }

    /// Reserves memory for this many more answers.
    pub fn reserve(&mut self, answers: usize) {
        self.answers.reserve(answers);
    }

    /// Returns the number of answers.
    pub fn count(&self) -> usize {
        self.answers.len()
    }

    fn len_of(&self, range: &Range<u32>) -> Result<usize, AnswerError> {
        let bytes = self.bytes.get(range.start as usize..range.end as usize);
        bytes.map(<[u8]>::len).ok_or(AnswerError::OutsideBytes)
    }

    /// Puts those next to each other that can be hashed side by side.
    pub(super) fn sort(&mut self) {
        // Long messages come first: where the messages become longer, a thread would take too many of them at once,
        // because it takes as many as it could hash of the messages before.
        self.answers.sort_unstable_by_key(|answer| {
            (u64::from(u32::MAX - answer.len) << 8) | answer.algorithm as u64
        });
    }

    /// Verifies answers, whose numbers are those in the sorted order. `record` takes the number that an answer had before.
    pub(super) fn verify(
        &self,
        numbers: Range<usize>,
        hasher: &mut Hasher,
        record: impl Fn(usize, bool),
    ) {
        let mut left = &self.answers[numbers];
        let mut message = Vec::new();
        while let Some(answer) = left.first() {
            let lanes = hasher.lanes(answer.algorithm);
            let alike = left
                .iter()
                .take(lanes)
                .take_while(|other| other.len == answer.len && other.algorithm == answer.algorithm);
            let (group, others) = left.split_at(alike.count());
            left = others;
            message.resize(answer.len as usize, 0);
            let template = &self.templates[answer.template as usize].template;
            let alike = Alike {
                algorithm: answer.algorithm,
                digest_len: template.digest_len(),
                message: &message,
                common: 0,
            };
            let group = Group {
                answers: self,
                group,
            };
            hasher.hash(&alike, 0..group.group.len(), &group, |number, hashed| {
                let answer = &group.group[number];
                let rule = &self.templates[answer.template as usize].rule;
                record(answer.index as usize, hashed.meets(rule));
            });
        }
    }

    /// Writes the message of an answer into bytes of its length.
    fn write_message(&self, answer: &Answer, message: &mut [u8]) {
        let AnsweredTemplate {
            template,
            has_versions,
            ..
        } = &self.templates[answer.template as usize];
        let field = template.nonce();
        let preimage = &self.bytes[answer.start as usize..][..answer.preimage_len as usize];
        let (before, rest) = preimage.split_at(field.offset);
        let after = &rest[field.overwritten_len()..];
        let (head, tail) = message.split_at_mut(message.len() - after.len());
        tail.copy_from_slice(after);
        let (head, nonce) = head.split_at_mut(field.offset);
        head.copy_from_slice(before);
        match answer.nonce {
            Nonce::Number(number) => field.encoding.write(number, nonce),
            Nonce::Text { start, len } => {
                nonce.copy_from_slice(&self.bytes[start as usize..][..usize::from(len)]);
            }
        }
        if *has_versions {
            Template::roll_version(message, u32::from(answer.variant));
        }
    }
}

/// Answers whose messages have the hash function and the length in common.
struct Group<'a> {
    answers: &'a Answers,
    group: &'a [Answer],
}

impl Source for Group<'_> {
    fn write(&self, number: usize, message: &mut [u8]) {
        self.answers.write_message(&self.group[number], message);
    }
}

/// Returns the number of bytes of the preimage that a nonce overwrites.
fn check_preimage(template: &Template, length: usize) -> Result<usize, TemplateError> {
    if length == 0 || length > MAX_PREIMAGE_LEN {
        return Err(TemplateError::PreimageLength { length });
    }
    if template.repeated().is_some() {
        return Err(TemplateError::NoRepetition);
    }
    let field = template.nonce();
    let overwritten = field.overwritten_len();
    if field.offset + overwritten > length {
        return Err(TemplateError::NonceOutsidePreimage {
            field,
            preimage_len: length,
        });
    }
    Ok(overwritten)
}
