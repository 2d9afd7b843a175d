//! Makes arguments from bytes. Missing bytes are read as zero, so every input is valid.

use qanto_pow::{
    Algorithm, MAX_VARIANTS, NonceEncoding, NonceField, Target, Template, TemplateError, U256,
};

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

    pub fn field(&mut self) -> NonceField {
        NonceField {
            offset: self.number() as usize,
            encoding: self.one_of(&NonceEncoding::ALL),
        }
    }

    /// Returns the arguments of a template, and the result of `Template::new`. Returns `None` if the target would be 0.
    pub fn template(mut self) -> Option<(Vec<u8>, NonceField, Result<Template, TemplateError>)> {
        let algorithm = self.one_of(&Algorithm::ALL);
        let field = self.field();
        let target = self.target()?;
        let repeated = usize::from(self.byte());
        let rest = self.rest();
        // Repetition reaches lengths around every block, and beyond the limit, with few bytes.
        let times = if repeated > 250 {
            1 << (repeated - 240)
        } else {
            1 + repeated % 16
        };
        let preimage = rest.repeat(times);
        let template = Template::new(algorithm, preimage.as_slice(), field, target);
        Some((preimage, field, template))
    }

    /// Returns a valid template: the nonce lies within the preimage, hits are dense, and there is version rolling where
    /// it is possible.
    pub fn sound_template(&mut self) -> Template {
        let algorithm = self.one_of(&Algorithm::ALL);
        let encoding = self.one_of(&NonceEncoding::ALL);
        let before = usize::from(self.byte());
        let after = usize::from(self.byte());
        let target = Target::MAX.value() >> usize::from(self.byte() % 10);
        let filling: [u8; 8] = self.array();
        let length = before + encoding.width() + after;
        let preimage: Vec<u8> = filling.into_iter().cycle().take(length).collect();
        let field = NonceField {
            offset: before,
            encoding,
        };
        let target = Target::new(target).expect("not 0");
        let template =
            Template::new(algorithm, preimage, field, target).expect("the nonce lies within");
        let variants = u32::from(self.byte()) % (2 * MAX_VARIANTS);
        template
            .clone()
            .with_version_rolling(variants)
            .unwrap_or(template)
    }
}
