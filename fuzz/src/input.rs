//! Makes arguments from bytes. Missing bytes are read as zero, so every input is valid.

use qanto_pow::{
    Algorithm, ByteOrder, HitRule, MAX_DECIMAL_WIDTH, MAX_DIGEST_LEN, MAX_HEX_WIDTH, MAX_VARIANTS,
    NonceEncoding, NonceField, Target, Template, TemplateError, U256, U512,
};

/// The arguments of a rule, which may be invalid.
#[derive(Clone, Copy)]
pub struct Bounds {
    pub width: usize,
    pub order: ByteOrder,
    pub lo: U512,
    pub hi: U512,
}

/// The arguments of a template, and the template itself if they are valid.
pub struct Arguments {
    pub algorithm: Algorithm,
    pub digest_len: usize,
    pub preimage: Vec<u8>,
    pub field: NonceField,
    pub bounds: Bounds,
    pub template: Result<Template, TemplateError>,
}

pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let (taken, rest) = self.0.split_at(N.min(self.0.len()));
        self.0 = rest;
        let mut array = [0; N];
        array[..taken.len()].copy_from_slice(taken);
        array
    }

    pub fn byte(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    pub fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    pub fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }

    /// Returns any number. It is often small, and often just below a power of two.
    pub fn number(&mut self) -> u64 {
        match self.byte() {
            small @ 0..128 => u64::from(small),
            power @ 128..192 => (u64::MAX >> (power - 128)).saturating_sub(u64::from(self.byte())),
            _ => self.u64(),
        }
    }

    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()]
    }

    pub fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Returns any target, or one that is so easy that hits are dense. Returns `None` if the target would be 0.
    pub fn target(&mut self) -> Option<Target> {
        let leading_zeros = self.byte();
        let mut bytes: [u8; 32] = self.array();
        if leading_zeros < 12 {
            bytes[31] |= 0x80;
            return Target::new(U256::from_le_bytes(bytes) >> usize::from(leading_zeros)).ok();
        }
        Target::from_le_bytes(bytes).ok()
    }

    /// Returns any encoding with a width that it can have.
    pub fn encoding(&mut self) -> NonceEncoding {
        let width = self.byte();
        self.one_of(&[
            NonceEncoding::U32Le,
            NonceEncoding::U32Be,
            NonceEncoding::U64Le,
            NonceEncoding::U64Be,
            NonceEncoding::U64LeSwapped,
            NonceEncoding::Decimal,
            NonceEncoding::DecimalFixed {
                width: 1 + width % MAX_DECIMAL_WIDTH,
            },
            NonceEncoding::Hex {
                width: 1 + width % MAX_HEX_WIDTH,
            },
        ])
    }

    fn order(&mut self) -> ByteOrder {
        self.one_of(&[ByteOrder::LittleEndian, ByteOrder::BigEndian])
    }

    /// Returns any integer of this number of bytes.
    fn bound(&mut self, width: usize) -> U512 {
        let bound = U512::from(self.u64()) << (2 * usize::from(self.byte()));
        bound & largest(width)
    }

    fn bounds(&mut self) -> Bounds {
        let width = 1 + usize::from(self.byte()) % MAX_DIGEST_LEN;
        Bounds {
            width,
            order: self.order(),
            lo: self.bound(width),
            hi: self.bound(width),
        }
    }

    /// Returns bounds with so many integers between them that hits are dense.
    fn dense_bounds(&mut self, digest_len: usize) -> Bounds {
        let width = 1 + usize::from(self.byte()) % digest_len;
        let span = largest(width) >> usize::from(self.byte() % 10).min(8 * width - 1);
        let lo = self.bound(width).min(largest(width) - span);
        Bounds {
            width,
            order: self.order(),
            lo,
            hi: lo + span,
        }
    }

    /// Returns a hash function and a length of its digests.
    fn algorithm(&mut self) -> (Algorithm, usize) {
        let algorithm = self.one_of(&Algorithm::ALL);
        let length = 1 + usize::from(self.byte()) % MAX_DIGEST_LEN;
        match algorithm {
            Algorithm::Blake2b => (algorithm, length),
            _ => (algorithm, algorithm.default_digest_len()),
        }
    }

    /// Returns the arguments of a template, and the result of `Template::with_digest_len`. Returns `None` if they
    /// contain no valid rule.
    pub fn template(mut self) -> Option<Arguments> {
        let (algorithm, mut digest_len) = self.algorithm();
        if self.byte() < 8 {
            digest_len = usize::from(self.byte());
        }
        let field = NonceField {
            offset: self.number() as usize,
            encoding: self.encoding(),
        };
        let bounds = self.bounds();
        let rule = bounds.rule()?;
        let repeated = usize::from(self.byte());
        let rest = self.rest();
        // Repetition reaches lengths around every block, and beyond the limit, with few bytes.
        let times = if repeated > 250 {
            1 << (repeated - 240)
        } else {
            1 + repeated % 16
        };
        let preimage = rest.repeat(times);
        let template =
            Template::with_digest_len(algorithm, digest_len, preimage.as_slice(), field, rule);
        Some(Arguments {
            algorithm,
            digest_len,
            preimage,
            field,
            bounds,
            template,
        })
    }

    /// Returns a valid template: the nonce lies within the preimage, hits are dense, and there is version rolling where
    /// it is possible.
    pub fn sound_template(&mut self) -> Template {
        let (algorithm, digest_len) = self.algorithm();
        let encoding = self.encoding();
        let before = usize::from(self.byte());
        let after = usize::from(self.byte());
        let rule = self.dense_bounds(digest_len).rule().expect("in order");
        let filling: [u8; 8] = self.array();
        // A text nonce is inserted, so its length is only additional bytes.
        let length = before + encoding.len_of(0) + after;
        let preimage: Vec<u8> = filling.into_iter().cycle().take(length).collect();
        let field = NonceField {
            offset: before,
            encoding,
        };
        let template = Template::with_digest_len(algorithm, digest_len, preimage, field, rule)
            .expect("the nonce lies within");
        let variants = u32::from(self.byte()) % (2 * MAX_VARIANTS);
        template
            .clone()
            .with_version_rolling(variants)
            .unwrap_or(template)
    }
}

impl Bounds {
    /// Returns the rule. Returns `None` if no integer lies between the bounds.
    fn rule(self) -> Option<HitRule> {
        HitRule::new(self.width, self.order, self.lo, self.hi).ok()
    }
}

/// Returns the largest integer of this number of bytes.
fn largest(width: usize) -> U512 {
    U512::MAX >> (8 * (MAX_DIGEST_LEN - width))
}
