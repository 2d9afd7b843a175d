//! Instructions, as text in Intel's syntax, and the units of the processor that they occupy.

use std::fmt;

/// The units that compute an instruction on Zen 4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `sha256rnds2`: one port, once a cycle.
    Rounds,
    /// Rotations, shifts and shuffles of 256 bits: two of the four ports.
    Shift,
    /// Additions, exclusive ors and comparisons: any of the four ports.
    Arithmetic,
    /// Loads, stores, and moves between registers: none of the four ports.
    Move,
}

#[derive(Clone, Debug)]
pub struct Instruction {
    pub unit: Unit,
    pub text: String,
}

/// A register that holds a vector of 256 bits: ymm16 to ymm31, see the [module](super).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ymm(u8);

impl Ymm {
    pub fn new(number: usize) -> Self {
        assert!((16..32).contains(&number), "ymm{number} is not for vectors");
        Self(number as u8)
    }

    /// Returns the text of the lower half of the register.
    pub fn xmm(self) -> String {
        format!("xmm{}", self.0)
    }
}

impl fmt::Display for Ymm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ymm{}", self.0)
    }
}

/// A register of 128 bits that rounds use: xmm0 to xmm15.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Xmm(u8);

impl Xmm {
    pub fn new(number: usize) -> Self {
        assert!(number < 16, "xmm{number} is not for rounds");
        Self(number as u8)
    }
}

impl fmt::Display for Xmm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "xmm{}", self.0)
    }
}

/// A list of instructions, in the order of the program.
#[derive(Default)]
pub struct Stream(pub Vec<Instruction>);

impl Stream {
    fn push(&mut self, unit: Unit, text: String) {
        self.0.push(Instruction { unit, text });
    }

    pub fn rounds(&mut self, text: String) {
        self.push(Unit::Rounds, text);
    }

    pub fn shift(&mut self, text: String) {
        self.push(Unit::Shift, text);
    }

    pub fn arithmetic(&mut self, text: String) {
        self.push(Unit::Arithmetic, text);
    }

    pub fn moves(&mut self, text: String) {
        self.push(Unit::Move, text);
    }
}
