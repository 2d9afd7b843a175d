//! Verifying many answers at once: nonces that others say are hits.
//!
//! The messages of answers have nothing in common but, often, the hash function and their length. Those that have both
//! in common are hashed side by side, in the lanes of a vector. All others are hashed by the reference implementation.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::algorithm::Algorithm;
use crate::digest::MAX_DIGEST_LEN;
use crate::kernel::{self, Kernel, KernelUnavailable, SideBySide};
use crate::template::{MAX_PREIMAGE_LEN, MAX_TEXT_LEN, Template, TemplateError};

/// The fewest answers for which a whole vector is faster than the reference implementation.
const MIN_SIDE_BY_SIDE: usize = 4;

/// The most answers that are verified side by side: the lanes of AVX-512.
const MAX_LANES: usize = 16;

/// What takes the place of the nonce in the message of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerNonce<'a> {
    /// A nonce, written as the template's encoding says.
    Number(u64),
    /// The bytes of a text, see [`Template::digest_with_text`].
    Text(&'a [u8]),
}

/// Answers, and the templates that they answer.
#[derive(Debug, Default)]
pub struct Answers {
    templates: Vec<AnsweredTemplate>,
    /// The preimages of all answers, without the bytes that a nonce overwrites, and the texts.
    bytes: Vec<u8>,
    answers: Vec<Answer>,
}

#[derive(Debug)]
struct AnsweredTemplate {
    /// Its preimage does not matter.
    template: Template,
    /// Whether each answer states the version of its header.
    has_versions: bool,
}

#[derive(Clone, Copy, Debug)]
struct Answer {
    template: u32,
    /// The length of the message.
    len: u32,
    /// Where its preimage begins among the bytes.
    start: usize,
    preimage_len: u32,
    variant: u32,
    nonce: Nonce,
    /// The number of the answer in the order in which answers were added.
    index: usize,
}

#[derive(Clone, Copy, Debug)]
enum Nonce {
    Number(u64),
    Text { start: usize, len: u8 },
}

impl Answers {
    /// Adds a template and returns its number. Each of its answers has a preimage of its own. If `has_versions` is set,
    /// each answer also has the version of its variant, as in a template
    /// [with version rolling](Template::with_version_rolling), which has at least one variant.
    pub fn add_template(&mut self, template: Template, has_versions: bool) -> usize {
        self.templates.push(AnsweredTemplate {
            has_versions: has_versions || template.variants() > 1,
            template,
        });
        self.templates.len() - 1
    }

    /// Adds an answer to the template with this number, in which `preimage` replaces the preimage.
    ///
    /// # Errors
    ///
    /// Returns the errors of a template with this preimage, and those of its digest with this nonce and variant. The
    /// answer is then not added.
    ///
    /// # Panics
    ///
    /// Panics if there is no template with this number.
    pub fn add(
        &mut self,
        template: usize,
        preimage: &[u8],
        nonce: AnswerNonce<'_>,
        variant: u32,
    ) -> Result<(), TemplateError> {
        let of = &self.templates[template].template;
        let overwritten = check_preimage(of, preimage)?;
        let variants = of.variants();
        if variant >= variants {
            return Err(TemplateError::NoSuchVariant { variant, variants });
        }
        let nonce_len = match nonce {
            AnswerNonce::Number(nonce) => {
                let max = of.max_nonce();
                if nonce > max {
                    return Err(TemplateError::NonceTooLarge { nonce, max });
                }
                of.nonce().encoding.len_of(nonce)
            }
            AnswerNonce::Text(text) => {
                let length = text.len();
                if !(1..=MAX_TEXT_LEN).contains(&length) || !of.nonce().encoding.is_text() {
                    return Err(TemplateError::NonceText { length });
                }
                length
            }
        };
        let start = self.bytes.len();
        self.bytes.extend_from_slice(preimage);
        let nonce = match nonce {
            AnswerNonce::Number(nonce) => Nonce::Number(nonce),
            AnswerNonce::Text(text) => {
                let start = self.bytes.len();
                self.bytes.extend_from_slice(text);
                Nonce::Text {
                    start,
                    len: text.len() as u8,
                }
            }
        };
        self.answers.push(Answer {
            template: template as u32,
            len: (preimage.len() - overwritten + nonce_len) as u32,
            start,
            preimage_len: preimage.len() as u32,
            variant,
            nonce,
            index: self.answers.len(),
        });
        Ok(())
    }

    /// Returns the number of templates.
    pub fn templates(&self) -> usize {
        self.templates.len()
    }

    /// Reserves memory for this many more answers, whose preimages and texts have this many bytes together.
    pub fn reserve(&mut self, answers: usize, bytes: usize) {
        self.answers.reserve(answers);
        self.bytes.reserve(bytes);
    }

    fn algorithm_of(&self, answer: &Answer) -> Algorithm {
        self.templates[answer.template as usize]
            .template
            .algorithm()
    }

    /// Writes the message of an answer into bytes of its length.
    fn write_message(&self, answer: &Answer, message: &mut [u8]) {
        let AnsweredTemplate {
            template,
            has_versions,
        } = &self.templates[answer.template as usize];
        let field = template.nonce();
        let preimage = &self.bytes[answer.start..][..answer.preimage_len as usize];
        let (before, rest) = preimage.split_at(field.offset);
        let after = &rest[field.overwritten_len()..];
        let (head, tail) = message.split_at_mut(message.len() - after.len());
        tail.copy_from_slice(after);
        let (head, nonce) = head.split_at_mut(field.offset);
        head.copy_from_slice(before);
        match answer.nonce {
            Nonce::Number(number) => field.encoding.write(number, nonce),
            Nonce::Text { start, len } => {
                nonce.copy_from_slice(&self.bytes[start..][..usize::from(len)]);
            }
        }
        if *has_versions {
            Template::roll_version(message, answer.variant);
        }
    }

    /// Returns whether the digest of an answer's message makes it a hit.
    fn is_hit(&self, answer: &Answer, digest: &[u8]) -> bool {
        let template = &self.templates[answer.template as usize].template;
        template.rule().is_met_by(&digest[..template.digest_len()])
    }
}

/// Returns the number of bytes of the preimage that a nonce overwrites.
fn check_preimage(template: &Template, preimage: &[u8]) -> Result<usize, TemplateError> {
    let length = preimage.len();
    if length == 0 || length > MAX_PREIMAGE_LEN {
        return Err(TemplateError::PreimageLength { length });
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

/// The verification of answers. Several threads may work on it at once, each on answers of its own.
pub struct Verification {
    answers: Answers,
    hasher: SideBySide,
    verdicts: Vec<AtomicBool>,
}

impl Verification {
    /// Prepares the verification. The kernel is the one that [`Kernel::VARIABLE`] names, or else the fastest one.
    ///
    /// # Errors
    ///
    /// Returns [`KernelUnavailable`] if the variable names no kernel, or one that this machine cannot run.
    pub fn new(answers: Answers) -> Result<Self, KernelUnavailable> {
        Ok(Self::with(answers, SideBySide::select()?))
    }

    fn with(mut answers: Answers, hasher: SideBySide) -> Self {
        let mut sorted = std::mem::take(&mut answers.answers);
        // Long messages come first: where the messages become longer, a thread would take too many of them at once,
        // because it takes as many as it could hash of the messages before.
        sorted.sort_unstable_by_key(|answer| {
            let algorithm = answers.algorithm_of(answer) as u64;
            (u64::from(u32::MAX - answer.len) << 8) | algorithm
        });
        let verdicts = sorted.iter().map(|_| AtomicBool::new(false)).collect();
        answers.answers = sorted;
        Self {
            answers,
            hasher,
            verdicts,
        }
    }

    /// Returns the number of answers.
    pub fn count(&self) -> usize {
        self.verdicts.len()
    }

    /// Returns whether each answer is a hit, in the order in which they were added. Those that have not been verified
    /// are not.
    pub fn verdicts(&self) -> impl ExactSizeIterator<Item = bool> {
        self.verdicts
            .iter()
            .map(|verdict| verdict.load(Ordering::Relaxed))
    }

    pub(crate) fn kernel(&self) -> Kernel {
        self.hasher.kernel()
    }

    /// Returns how many answers are verified side by side at most.
    pub(crate) fn lanes(&self) -> u64 {
        Algorithm::ALL
            .map(|algorithm| self.hasher.lanes(algorithm) as u64)
            .into_iter()
            .fold(1, u64::max)
    }

    /// Verifies answers, which are numbered in the order in which they are worked on.
    pub(crate) fn verify(&self, first: u64, count: u64) {
        // The search of a job has one position even if there are no answers.
        let from = self.answers.answers.get(first as usize..).unwrap_or(&[]);
        let mut left = &from[..from.len().min(count as usize)];
        let mut messages = Vec::new();
        while let Some(answer) = left.first() {
            let algorithm = self.answers.algorithm_of(answer);
            let lanes = self.hasher.lanes(algorithm);
            let alike = left.iter().take(lanes).take_while(|other| {
                other.len == answer.len && self.answers.algorithm_of(other) == algorithm
            });
            let (group, others) = left.split_at(alike.count());
            if group.len() >= MIN_SIDE_BY_SIDE {
                self.verify_side_by_side(group, algorithm, lanes, &mut messages);
            } else {
                for answer in group {
                    self.verify_alone(answer);
                }
            }
            left = others;
        }
    }

    fn verify_alone(&self, answer: &Answer) {
        let mut message = vec![0; answer.len as usize];
        self.answers.write_message(answer, &mut message);
        let template = &self.answers.templates[answer.template as usize].template;
        let digest = template
            .algorithm()
            .digest_of_len(&message, template.digest_len());
        self.record(answer, &digest);
    }

    /// Verifies answers with the same hash function and messages of the same length, at most one for each lane.
    /// `messages` is memory that is used again.
    fn verify_side_by_side(
        &self,
        group: &[Answer],
        algorithm: Algorithm,
        lanes: usize,
        messages: &mut Vec<u8>,
    ) {
        let len = group[0].len as usize;
        let padded_len = kernel::padded_len(algorithm, len);
        // What is in the lanes without an answer does not matter.
        messages.resize(lanes * padded_len, 0);
        for (answer, padded) in group.iter().zip(messages.chunks_exact_mut(padded_len)) {
            self.answers.write_message(answer, &mut padded[..len]);
            kernel::pad(padded, len);
        }
        let mut digests = [[0; MAX_DIGEST_LEN]; MAX_LANES];
        self.hasher
            .digests(algorithm, messages, &mut digests[..lanes]);
        for (answer, digest) in group.iter().zip(&digests) {
            self.record(answer, digest);
        }
    }

    fn record(&self, answer: &Answer, digest: &[u8]) {
        let is_hit = self.answers.is_hit(answer, digest);
        self.verdicts[answer.index].store(is_hit, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
