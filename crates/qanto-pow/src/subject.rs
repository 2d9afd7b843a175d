//! One template of a job with its scanner: batches of positions go in, the positions of hits come out.
//!
//! A search orders the nonces and, for each nonce, the variants of the template. Variant v of nonce n has the *position*
//! `n * variants + v`. A template with several variants has nonces of 32 bits, so this does not overflow.

use crate::algorithm::Algorithm;
use crate::digest::Digest;
use crate::job::JobKernel;
use crate::kernel::{Kernel, Selection, Steps};
use crate::outcome::{Found, Outcome};
use crate::search::{Batch, Range};
use crate::sync::{Mutex, lock};
use crate::template::Template;

pub(crate) struct Subject {
    pub(crate) template: Template,
    pub(crate) kernel: JobKernel,
    /// The positions and the digests of all hits that the threads have found, in no order. Each thread computes those of its
    /// own hits.
    digests: Mutex<Vec<(u64, Digest)>>,
}

impl Subject {
    pub(crate) fn new(template: Template, selected: Selection) -> Self {
        Self {
            template,
            kernel: JobKernel::new(selected),
            digests: Mutex::default(),
        }
    }

    pub(crate) fn hashed_by(&self) -> (Algorithm, Kernel) {
        (
            self.template.algorithm(),
            self.kernel.current().scan.kernel(),
        )
    }

    /// Returns whether a hash of the other subject takes about the same time.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let shape = |subject: &Self| {
            let template = &subject.template;
            (
                subject.hashed_by(),
                template.preimage().len(),
                template.nonce(),
                template.variants(),
            )
        };
        shape(self) == shape(other)
    }

    /// Returns the range of a search that begins at this nonce.
    pub(crate) fn range(&self, start_nonce: u64, is_like_previous: bool) -> Range {
        let variants = self.variants();
        Range {
            start: start_nonce * variants,
            max: self.template.max_nonce() * variants + (variants - 1),
            lanes: self.kernel.current().scan.lanes() * variants,
            is_like_previous,
        }
    }

    /// Returns the positions of the hits in the batch, at most as many as it wants.
    ///
    /// # Panics
    ///
    /// Panics if the reference implementation rejects a hit. This is a bug of the kernel, and the hit is not an answer.
    pub(crate) fn scan_batch(&self, batch: Batch) -> Vec<u64> {
        let variants = self.variants();
        let scan = &self.kernel.current().scan;
        let mut first = batch.first / variants;
        let mut count = batch.count.div_ceil(variants);
        let mut hits = Vec::new();
        while let Some(hit) = scan.scan(first, count) {
            // The scanner reports the first hit only. The later variants of its nonce may be hits, too.
            for variant in hit.variant..self.template.variants() {
                let offset = hit.nonce * variants + u64::from(variant) - batch.first;
                // The budget may end between two variants of a nonce.
                if offset >= batch.count || hits.len() >= batch.wanted {
                    return hits;
                }
                match self.digest_of_hit(hit.nonce, variant) {
                    Some(digest) => {
                        let position = batch.first + offset;
                        lock(&self.digests).push((position, digest));
                        hits.push(position);
                    }
                    None if variant == hit.variant => panic!(
                        "kernel {} reported nonce {}, which is not a hit",
                        scan.kernel(),
                        hit.nonce
                    ),
                    None => {}
                }
            }
            let scanned = hit.nonce - first + 1;
            if scanned >= count || hits.len() >= batch.wanted {
                return hits;
            }
            first += scanned;
            count -= scanned;
        }
        hits
    }

    /// Begins to scan the batch in steps. Returns `None` if hashes take so little time that this is not necessary.
    pub(crate) fn in_steps(&self, batch: Batch) -> Option<Box<dyn Steps>> {
        let scan = &self.kernel.current().scan;
        scan.in_steps(batch.first, batch.count, batch.wanted)
    }

    /// Takes note of the hits of a scan in steps. Returns their positions.
    pub(crate) fn record(&self, found: &[Found]) -> Vec<u64> {
        debug_assert_eq!(self.variants(), 1, "the positions are the nonces");
        let mut digests = lock(&self.digests);
        digests.extend(found.iter().map(|found| (found.nonce, found.digest)));
        found.iter().map(|found| found.nonce).collect()
    }

    /// Returns whether the reference implementation finds a hit at this position. If so, it is one that a thread has found.
    pub(crate) fn is_hit(&self, position: u64) -> bool {
        let (nonce, variant) = (position / self.variants(), position % self.variants());
        let digest = self.digest_of_hit(nonce, variant as u32);
        lock(&self.digests).extend(digest.map(|digest| (position, digest)));
        digest.is_some()
    }

    /// Returns the hits at these positions, which threads have found.
    pub(crate) fn found(&self, positions: &[u64]) -> Vec<Found> {
        let mut digests = lock(&self.digests);
        digests.sort_unstable_by_key(|&(position, _)| position);
        let found = |&position: &u64| {
            let index = digests.binary_search_by_key(&position, |&(position, _)| position);
            let (_, digest) = digests[index.ok()?];
            Some(Found {
                nonce: position / self.variants(),
                variant: (position % self.variants()) as u32,
                digest,
            })
        };
        positions.iter().filter_map(found).collect()
    }

    /// Returns the outcome of a job whose first hit is at this position.
    pub(crate) fn outcome(&self, position: u64) -> Outcome {
        match self.found(&[position])[..] {
            [found] => Outcome::Found {
                nonce: found.nonce,
                variant: found.variant,
                digest: found.digest,
            },
            _ => Outcome::Panicked(format!("the digest of position {position} is missing")),
        }
    }

    /// Returns the digest by the reference implementation if it is a hit.
    fn digest_of_hit(&self, nonce: u64, variant: u32) -> Option<Digest> {
        let template = self.template.variant(variant)?;
        let digest = template.digest(nonce).ok()?;
        Some(digest).filter(|digest| self.template.rule().is_met_by(digest))
    }

    fn variants(&self) -> u64 {
        u64::from(self.template.variants())
    }
}
